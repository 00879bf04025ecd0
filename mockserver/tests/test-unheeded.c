/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No header or parameter that a document names is ignored in silence (the tables of
 * services/names.c and services/ops.c). Two worlds that are alike are asked the same, but for
 * the names in question: what the tables say is heeded makes the answer or what is kept
 * another; what they say is not makes neither another, and is noted.
 */
#include "exchange/exchange.h"

#include "cosbase/file.h"
#include "door.h"
#include "scratch.h"
#include "services/names.h"
#include "services/ops.h"

#define BEGINNING "beginning" /* so that all worlds are of the same age */
#define SNAPSHOT "end"
#define LINES_MAX 8192

/* A request that succeeds, for each operation that is built. "@" in a target is the id of an
 * upload of one part to /up. */
struct scenario {
    const char *op, *target, *headers, *body;
    bool with_md5;
    /* put before */
    struct {
        const char *target, *body;
    } before[2];
};

#define DOCUMENT(noun, sub, text)                                       \
    {"GetBucket" noun, "/?" sub, .before = {{"/?" sub, (text)}}},       \
        {"PutBucket" noun, "/?" sub, .body = (text), .with_md5 = true}, \
    {                                                                   \
        "DeleteBucket" noun, "/?" sub, .before = { {"/?" sub, (text)} } \
    }
#define SETTING(noun, sub, text)                                     \
    {"GetBucket" noun, "/?" sub, .before = {{"/?" sub, (text)}}},    \
    {                                                                \
        "PutBucket" noun, "/?" sub, .body = (text), .with_md5 = true \
    }

#define CORS                                                         \
    ("<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>" \
     "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>")
#define LIFE                                                                              \
    ("<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/><Expiration><Days>1" \
     "</Days></Expiration></Rule></LifecycleConfiguration>")
#define TAGS "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
#define SITE                                                                            \
    ("<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>" \
     "</WebsiteConfiguration>")
#define SSE                                                                            \
    ("<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"   \
     "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>" \
     "</ServerSideEncryptionConfiguration>")
#define REFERER                                                                            \
    ("<RefererConfiguration><Status>Enabled</Status><RefererType>White-List</RefererType>" \
     "<DomainList><Domain>*.qq.com</Domain></DomainList>"                                  \
     "<EmptyReferConfiguration>Allow</EmptyReferConfiguration></RefererConfiguration>")
#define DOMAIN                                                                         \
    ("<DomainConfiguration><DomainRule><Status>ENABLED</Status><Name>www.a.com</Name>" \
     "<Type>REST</Type></DomainRule></DomainConfiguration>")
#define ORIGIN                                                                                \
    ("<OriginConfiguration><OriginRule><OriginType>Mirror</OriginType><OriginInfo><HostInfo>" \
     "<HostName>a.com</HostName></HostInfo></OriginInfo></OriginRule></OriginConfiguration>")
#define LOCK                                                                   \
    ("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>" \
     "</ObjectLockConfiguration>")
#define STRICT                                                                                \
    ("<StrictSignatureConfiguration><Rule><ID>limit_acl</ID><actionlist><action>PutObjectACL" \
     "</action></actionlist><headerlist><header>Host</header></headerlist><paramlist><param>" \
     "acl</param></paramlist></Rule></StrictSignatureConfiguration>")
#define VERSIONED "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
#define POLICY                                                                          \
    ("{\"version\":\"2.0\",\"Statement\":[{\"Principal\":{\"qcs\":[\"qcs::cam::anyone:" \
     "anyone\"]},"                                                                      \
     "\"Effect\":\"allow\",\"Action\":[\"name/cos:GetObject\"],\"Resource\":[\"*\"]}]}")
#define COPIES "copies-1250000000"
#define REPLICATION                                                                       \
    ("<ReplicationConfiguration><Role>qcs::cam::uin/100000000001:uin/100000000001</Role>" \
     "<Rule><Status>Enabled</Status><Prefix/"                                             \
     "><Destination><Bucket>qcs::cos:ap-guangzhou::" COPIES                               \
     "</Bucket></Destination></Rule></ReplicationConfiguration>")
#define TIERING                                                                             \
    ("<IntelligentTieringConfiguration><Status>Enabled</Status><Transition><Days>30</Days>" \
     "<RequestFrequent>1</RequestFrequent></Transition></IntelligentTieringConfiguration>")
#define TIERING_BY_ID                                                                       \
    ("<IntelligentTieringConfiguration><Id>a</Id><Status>Enabled</Status><Filter><Prefix>p" \
     "</Prefix></Filter><Tiering><AccessTier>INFREQUENT</AccessTier><Days>30</Days>"        \
     "<RequestFrequent>1</RequestFrequent></Tiering></IntelligentTieringConfiguration>")
#define INVENTORY(inside)                                                             \
    ("<InventoryConfiguration><Id>a</Id>" inside                                      \
     "<Destination><COSBucketDestination><Format>CSV</Format><AccountId>100000000001" \
     "</AccountId><Bucket>qcs::cos:ap-guangzhou::examplebucket-1250000000</Bucket>"   \
     "</COSBucketDestination></Destination><IncludedObjectVersions>All"               \
     "</IncludedObjectVersions></InventoryConfiguration>")
#define DAILY \
    INVENTORY("<IsEnabled>true</IsEnabled><Schedule><Frequency>Daily</Frequency></Schedule>")
#define CERTIFICATE                                                                          \
    ("<DomainCertificate><CertificateInfo><CertType>CustomCert</CertType><CustomCert><Cert>" \
     "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n</Cert><PrivateKey>"     \
     "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----</PrivateKey>"     \
     "</CustomCert></CertificateInfo><DomainList><DomainName>www.a.com</DomainName>"         \
     "</DomainList></DomainCertificate>")
#define CANNED "x-cos-acl: private"
#define SELECT                                                                               \
    ("<SelectRequest><Expression>Select * from COSObject</Expression><ExpressionType>SQL"    \
     "</ExpressionType><InputSerialization><CSV/></InputSerialization><OutputSerialization>" \
     "<CSV/></OutputSerialization></SelectRequest>")
#define UNTIL "2020-05-01T00:00:00Z"
#define RETAIN                                                                        \
    ("<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>" UNTIL "</RetainUntilDate>" \
     "</Retention>")

static const struct scenario scenarios[] = {
    {"GetService", "/?range=gt&create-time=1&tagkey=k&tagvalue=v"},
    {"ListMultipartUploads", "/?uploads"},
    {"DeleteMultipleObjects", "/?delete",
     .body = "<Delete><Object><Key>k</Key></Object></Delete>", .with_md5 = true},
    {"GetBucketLocation", "/?location"},
    {"GetBucketObjectVersions", "/?versions"},
    {"GetBucketACL", "/?acl"},
    {"PutBucketACL", "/?acl", .headers = CANNED},
    DOCUMENT("CORS", "cors", CORS),
    DOCUMENT("Lifecycle", "lifecycle", LIFE),
    DOCUMENT("Policy", "policy", POLICY),
    DOCUMENT("Tagging", "tagging", TAGS),
    DOCUMENT("Website", "website", SITE),
    DOCUMENT("Encryption", "encryption", SSE),
    {"GetBucketReplication", "/?replication",
     .before = {{"/?versioning", VERSIONED}, {"/?replication", REPLICATION}}},
    {"PutBucketReplication", "/?replication", .body = REPLICATION, .with_md5 = true,
     .before = {{"/?versioning", VERSIONED}}},
    {"DeleteBucketReplication", "/?replication",
     .before = {{"/?versioning", VERSIONED}, {"/?replication", REPLICATION}}},
    {"GetBucketInventory", "/?inventory", .before = {{"/?inventory&id=a", DAILY}}},
    {"PutBucketInventory", "/?inventory&id=a", .body = DAILY, .with_md5 = true},
    {"PostBucketInventory", "/?inventory&id=a", .body = INVENTORY("")},
    {"DeleteBucketInventory", "/?inventory&id=a", .before = {{"/?inventory&id=a", DAILY}}},
    SETTING("Logging", "logging", "<BucketLoggingStatus></BucketLoggingStatus>"),
    SETTING("Versioning", "versioning", VERSIONED),
    SETTING("Referer", "referer", REFERER),
    SETTING("Accelerate", "accelerate",
            "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"),
    DOCUMENT("Domain", "domain", DOMAIN),
    {"GetBucketDomainCertificate", "/?domaincertificate&domainname=www.a.com",
     .before = {{"/?domain", DOMAIN}}},
    {"PutBucketDomainCertificate", "/?domaincertificate", .body = CERTIFICATE, .with_md5 = true,
     .before = {{"/?domain", DOMAIN}}},
    {"DeleteBucketDomainCertificate", "/?domaincertificate&domainname=www.a.com",
     .before = {{"/?domain", DOMAIN}}},
    DOCUMENT("Origin", "origin", ORIGIN),
    SETTING("IntelligentTiering", "intelligenttiering", TIERING),
    SETTING("ObjectLockConfiguration", "object-lock", LOCK),
    DOCUMENT("StrictSignature", "strict-signature", STRICT),
    {"GetBucketIntelligentTieringConfiguration", "/?intelligent-tiering",
     .before = {{"/?intelligent-tiering&id=a", TIERING_BY_ID}}},
    {"PutBucketIntelligentTieringConfiguration", "/?intelligent-tiering&id=a",
     .body = TIERING_BY_ID, .with_md5 = true},
    {"DeleteBucketIntelligentTieringConfiguration", "/?intelligent-tiering&id=a",
     .before = {{"/?intelligent-tiering&id=a", TIERING_BY_ID}}},
    {"PutBucket", "/"},
    {"HeadBucket", "/"},
    {"DeleteBucket", "/"},
    {"GetBucket", "/"},
    {"PostObject", "/", .headers = "Content-Type: multipart/form-data; boundary=b",
     .body = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b\r\n"
             "Content-Disposition: form-data; name=\"file\"\r\n\r\nnew\r\n--b--\r\n"},
    {"InitiateMultipartUpload", "/k?uploads"},
    {"UploadPartCopy", "/up?partNumber=1&uploadId=@",
     .headers = "x-cos-copy-source: examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/k"},
    {"UploadPart", "/up?partNumber=1&uploadId=@", .body = "another"},
    {"ListParts", "/up?uploadId=@"},
    {"CompleteMultipartUpload", "/up?uploadId=@",
     .body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"
             "\"5d41402abc4b2a76b9719d911017c592\"</ETag></Part></CompleteMultipartUpload>"},
    {"AbortMultipartUpload", "/up?uploadId=@"},
    {"AppendObject", "/new?append&position=0", .body = "first"},
    {"PostObjectRestore", "/cold?restore",
     .body = "<RestoreRequest><Days>1</Days><CASJobParameters><Tier>Standard</Tier>"
             "</CASJobParameters></RestoreRequest>"},
    {"SelectObjectContent", "/k?select&select-type=2", .body = SELECT},
    {"PutObjectACL", "/k?acl", .headers = CANNED},
    {"GetObjectACL", "/k?acl"},
    {"PutObjectTagging", "/k?tagging", .body = TAGS, .with_md5 = true},
    {"GetObjectTagging", "/k?tagging"},
    {"DeleteObjectTagging", "/k?tagging"},
    {"PutObjectRetention", "/locked?retention", .body = RETAIN,
     .before = {{"/?object-lock", LOCK}}},
    {"GetObjectRetention", "/locked?retention", .before = {{"/?object-lock", LOCK}}},
    {"PutSymlink", "/link?symlink", .headers = "x-cos-symlink-target: k"},
    {"GetSymlink", "/link?symlink"},
    {"PutObjectCopy", "/up",
     .headers = "x-cos-copy-source: examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/k\n"
                "x-cos-metadata-directive: Replaced\nx-cos-tagging-directive: Replaced"},
    {"PutObject", "/k", .body = "new"},
    {"GetObject", "/k", .headers = "Range: bytes=0-3"},
    {"HeadObject", "/k"},
    {"DeleteObject", "/k"},
};

/* --- a request --- */

struct asked {
    char target[1024], headers[LINES_MAX];
};

static size_t line_at(const char *lines, const char *name, size_t *n)
{
    for (const char *at = lines; *at != '\0';) {
        size_t line = strcspn(at, "\n");
        if (cos_span_starts_nocase(cos_span_make(at, line), cos_span_of(name)) &&
            at[strlen(name)] == ':') {
            *n = line;
            return (size_t)(at - lines);
        }
        at += line + (at[line] == '\n');
    }
    return SIZE_MAX;
}

/* In place of the one that is there. */
static void set_header(struct asked *q, const char *name, const char *value)
{
    char *h = q->headers;
    size_t n;
    size_t at = line_at(h, name, &n);
    if (at != SIZE_MAX) {
        size_t end = at + n + (h[at + n] == '\n');
        memmove(h + at, h + end, strlen(h + end) + 1);
    }
    size_t length = strlen(h);
    const char *between = length == 0 || h[length - 1] == '\n' ? "" : "\n";
    (void)snprintf(h + length, LINES_MAX - length, "%s%s: %s", between, name, value);
}

static void set_param(struct asked *q, const char *name, const char *value)
{
    char sought[128];
    (void)snprintf(sought, sizeof(sought), "%s=", name);
    char *at = strchr(q->target, '?');
    at = at == NULL ? NULL : strstr(at, sought);
    struct cos_buf b;
    cos_buf_init(&b, sizeof(q->target) - 1);
    if (at != NULL && (at[-1] == '?' || at[-1] == '&')) {
        cos_buf_append(&b, q->target, (size_t)(at - q->target));
        cos_buf_printf(&b, "%s%s%s", sought, value, at + strcspn(at, "&"));
    } else {
        cos_buf_str(&b, q->target);
        cos_buf_ch(&b, strchr(q->target, '?') == NULL ? '?' : '&');
        cos_buf_printf(&b, "%s%s", sought, value);
    }
    assert_false(b.failed);
    memcpy(q->target, cos_buf_cstr(&b), b.len + 1);
    cos_buf_deinit(&b);
}

/* --- a world, and what becomes of it --- */

struct outcome {
    int status;
    struct cos_buf answer, kept;
    char note[4096], code[64], message[1024];
};

static void outcome_free(struct outcome *o)
{
    cos_buf_deinit(&o->answer);
    cos_buf_deinit(&o->kept);
}

static void put(struct door *d, const char *target, const char *headers, const char *text)
{
    const struct ask q = {.method = "PUT",
                          .target = target,
                          .headers = headers,
                          .body = text,
                          .n = strlen(text),
                          .with_md5 = true};
    struct answer a = door_ask(d, &q);
    if (a.status / 100 != 2) {
        fail_msg("%s: %d %s", target, a.status, a.body);
    }
    answer_free(&a);
}

/* A bucket with an object of each kind and an upload; its id to @upload. */
static void furnish(struct door *d, const struct scenario *s, char upload[128])
{
    assert_int_equal(cosmock_tenant_restore(d->tenant, BEGINNING, NULL), COSMOCK_OK);
    upload[0] = '\0';
    if (strcmp(s->op, "DeleteBucket") == 0) {
        return;
    }
    put(d, "/k", "x-cos-meta-a: 1\nx-cos-tagging: a=b", "a,b\n1,2\n");
    put(d, "/cold", "x-cos-storage-class: ARCHIVE", "cold");
    put(d, "/link?symlink", "x-cos-symlink-target: cold", "");
    struct answer a = door_send(d, "POST", "/up?uploads", NULL);
    (void)snprintf(upload, 128, "%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    char target[256];
    (void)snprintf(target, sizeof(target), "/up?partNumber=1&uploadId=%s", upload);
    put(d, target, NULL, "hello");
    for (size_t i = 0; i < COS_ARRAY_LEN(s->before) && s->before[i].target != NULL; i++) {
        put(d, s->before[i].target, NULL, s->before[i].body);
    }
    if (strstr(s->op, "Retention") != NULL) {
        put(d, "/locked", NULL, "locked");
    }
    if (strcmp(s->op, "GetObjectRetention") == 0) {
        put(d, "/locked?retention", NULL, RETAIN);
    }
    put(d, "/up", NULL, "there before it is complete");
}

static const struct op_row *row_of(const struct scenario *s)
{
    const struct op_row *row = ops_named(s->op);
    assert_non_null(row);
    return row;
}

static const char *host_of(const struct op_row *row)
{
    if (row->target == OP_ON_SERVICE) {
        return "service.cos.myqcloud.com";
    }
    return row->makes_bucket ? "fresh-1250000000.cos.ap-guangzhou.myqcloud.com" : NULL;
}

static void read_answer(struct outcome *o, const struct answer *a)
{
    size_t n;
    const struct cosmock_header *h = cosmock_reply_headers(a->x, &n);
    o->status = a->status;
    (void)snprintf(o->note, sizeof(o->note), "%s", answer_header(a, "x-cosmock-note"));
    (void)snprintf(o->code, sizeof(o->code), "%s", xml_of(a, "Code"));
    cos_buf_init(&o->answer, 1u << 20);
    for (size_t i = 0; i < n; i++) {
        struct cos_span name = cos_span_make(h[i].name.ptr, h[i].name.len);
        if (!cos_span_eq_str(name, "x-cosmock-note")) {
            cos_buf_printf(&o->answer, COS_SPAN_FMT ": %.*s\n", COS_SPAN_ARG(name),
                           (int)h[i].value.len, h[i].value.ptr);
        }
    }
    cos_buf_append(&o->answer, a->body, a->n);
}

/* The journal's words, for a HEAD has none of its own. */
static void read_journal(struct outcome *o, struct door *d, const struct scenario *s)
{
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    q.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
    if (strcmp(e->op, s->op) != 0) {
        fail_msg("%s ran as %s", s->op, e->op);
    }
    (void)snprintf(o->code, sizeof(o->code), "%s", e->code);
    (void)snprintf(o->message, sizeof(o->message), "%s", e->message);
    cosmock_entries_free(e);
}

static void ask(struct outcome *o, const struct scenario *s, const struct asked *asked)
{
    void *state;
    assert_int_equal(door_open(&state), 0);
    struct door *d = state;
    char upload[128];
    furnish(d, s, upload);
    struct asked q = *asked;
    if (strstr(q.target, "uploadId=@") != NULL) {
        set_param(&q, "uploadId", upload);
    }
    const struct op_row *row = row_of(s);
    struct answer a = door_ask(d, &(struct ask){.method = row->method,
                                                .target = q.target,
                                                .headers = q.headers,
                                                .host = host_of(row),
                                                .body = s->body,
                                                .n = s->body == NULL ? 0 : strlen(s->body),
                                                .with_md5 = s->with_md5});
    read_answer(o, &a);
    answer_free(&a);
    read_journal(o, d, s);
    cos_buf_init(&o->kept, 1u << 24);
    assert_int_equal(cosmock_tenant_save(d->tenant, SNAPSHOT, NULL), COSMOCK_OK);
    assert_int_equal(cos_file_read(&o->kept, SNAPSHOT), 0);
    assert_int_equal(door_close(&state), 0);
}

static struct asked plain(const struct scenario *s)
{
    struct asked q = {.target = ""};
    (void)snprintf(q.target, sizeof(q.target), "%s", s->target);
    (void)snprintf(q.headers, sizeof(q.headers), "%s", s->headers == NULL ? "" : s->headers);
    return q;
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return a->status == b->status &&
           cos_span_eq(cos_buf_view(&a->answer), cos_buf_view(&b->answer)) &&
           cos_span_eq(cos_buf_view(&a->kept), cos_buf_view(&b->kept));
}

/* --- names --- */

/* One with which something becomes another where it is heeded. */
static const char *value_for(const char *name)
{
    static const char *const values[][2] = {
        {"x-cos-forbid-overwrite", "true"},
        {"x-cos-server-side-encryption", "AES256"},
        {"x-cos-tagging", "c=d"},
        {"x-cos-symlink-target", "up"},
        {"If-Match", "\"0\""},
        {"If-Range", "\"0\""},
        {"If-None-Match", "*"},
        {"If-Modified-Since", "Sat, 11 Apr 2020 09:35:05 GMT"},
        {"If-Unmodified-Since", "Sun, 10 Apr 2016 09:35:05 GMT"},
        {"Range", "bytes=1-1"},
        {"x-cos-copy-source-if-match", "\"0\""},
        {"x-cos-copy-source-if-none-match", "*"},
        {"x-cos-copy-source-if-modified-since", "Sat, 11 Apr 2020 09:35:05 GMT"},
        {"x-cos-copy-source-if-unmodified-since", "Sun, 10 Apr 2016 09:35:05 GMT"},
        {"encoding-type", "url"},
        {"delimiter", "p"},
        {"part-number-marker", "1"},
        {"range", "lt"},
        {"create-time", "9999999999"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(values); i++) {
        if (strcmp(values[i][0], name) == 0) {
            return values[i][1];
        }
    }
    return "zz";
}

struct probe {
    char name[128];
    bool is_param, is_heeded;
};
struct probes {
    struct probe items[256];
    size_t n;
};

/* Where nothing is written HTTP's headers describe nothing. */
static bool means_nothing(const struct op_row *op, const struct known_name *row)
{
    return row->theme == THEME_DESCRIPTION && strcmp(op->method, "PUT") != 0 &&
           strcmp(op->method, "POST") != 0;
}

/* With the header it is another operation. */
static bool selects(const struct op_row *op, const struct known_name *row)
{
    for (const struct op_row *other = ops_rows(); other->name != NULL; other++) {
        bool is_neighbour =
            other->service == op->service && other->target == op->target &&
            strcmp(other->method, op->method) == 0 &&
            (other->query == NULL || op->query == NULL ? other->query == op->query
                                                       : strcmp(other->query, op->query) == 0);
        if (is_neighbour && other->header != HEADER_NONE &&
            row == &names_cos_headers[other->header]) {
            return true;
        }
    }
    return false;
}

/* A form's fields describe its file, and its request's headers do not. */
static bool is_heeded(const struct op_row *op, const struct known_name *row)
{
    bool is_of_fields = row->theme == THEME_DESCRIPTION && op->body == OP_BODY_FORM;
    return row->kind == NAME_SAYS && (op->heeds & HEEDS(row->theme)) != 0 && !is_of_fields;
}

static void gather(struct probes *p, const struct op_row *op, const struct known_name *rows,
                   bool is_param)
{
    for (const struct known_name *row = rows; row->name != NULL; row++) {
        bool is_judged =
            row->kind == NAME_IDLE || (row->kind == NAME_SAYS && row->theme != THEME_SIGNATURE);
        if (!is_judged || means_nothing(op, row) || selects(op, row)) {
            continue;
        }
        struct probe *next = &p->items[p->n++];
        *next = (struct probe){.is_param = is_param, .is_heeded = is_heeded(op, row)};
        struct cos_span stem = name_stem(row->name);
        (void)snprintf(next->name, sizeof(next->name), COS_SPAN_FMT "%s", COS_SPAN_ARG(stem),
                       stem.ptr == NULL ? row->name : "zz");
    }
}

static void gather_all(struct probes *p, const struct op_row *op)
{
    p->n = 0;
    gather(p, op, names_cos_headers + HEADER_NONE + 1, /* is_param= */ false);
    gather(p, op, names_of_http_headers(), /* is_param= */ false);
    gather(p, op, names_of_queries(), /* is_param= */ true);
}

static void set(struct asked *q, const struct probe *p)
{
    if (p->is_param) {
        set_param(q, p->name, value_for(p->name));
    } else {
        set_header(q, p->name, value_for(p->name));
    }
}

static bool is_noted(const struct outcome *o, const struct probe *p)
{
    char sought[160];
    size_t n = (size_t)snprintf(sought, sizeof(sought), "%s%s is accepted and has no effect",
                                p->is_param ? "?" : "", p->name);
    for (size_t i = 0; !p->is_param && i < n; i++) {
        sought[i] = (char)(sought[i] >= 'A' && sought[i] <= 'Z' ? sought[i] + 32 : sought[i]);
    }
    return strstr(o->note, sought) != NULL;
}

/* --- the claims --- */

static unsigned n_wrong;

static void wrong(const struct scenario *s, const struct probe *p, const struct outcome *o,
                  const char *what)
{
    n_wrong++;
    print_error("%s, %s%s: %s (%d %s)\n", s->op, p->is_param ? "?" : "", p->name, what,
                o->status, o->code);
}

static void ask_heeded(const struct scenario *s, const struct outcome *base,
                       const struct probe *p)
{
    struct asked q = plain(s);
    set(&q, p);
    struct outcome o;
    ask(&o, s, &q);
    if (is_same(&o, base)) {
        wrong(s, p, &o, "the table says that it is heeded, and nothing comes of it");
    } else if (is_noted(&o, p)) {
        wrong(s, p, &o, "is heeded, and noted as if it were not");
    }
    outcome_free(&o);
}

static void ask_unheeded(const struct scenario *s, const struct outcome *base,
                         const struct probe *const *group, size_t n)
{
    struct asked q = plain(s);
    for (size_t i = 0; i < n; i++) {
        set(&q, group[i]);
    }
    struct outcome o;
    ask(&o, s, &q);
    if (!is_same(&o, base)) {
        for (size_t i = 0; n > 1 && i < n; i++) {
            ask_unheeded(s, base, group + i, 1);
        }
        if (n == 1) {
            wrong(s, group[0], &o, "the table says that nobody heeds it, and something does");
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_noted(&o, group[i])) {
            wrong(s, group[i], &o, "is not noted");
        }
    }
    outcome_free(&o);
}

static void ask_all(const struct scenario *s)
{
    struct asked q = plain(s);
    struct outcome base;
    ask(&base, s, &q);
    if (base.status / 100 != 2) {
        fail_msg("%s: %d %s", s->op, base.status, cos_buf_cstr(&base.answer));
    }
    static struct probes all;
    gather_all(&all, row_of(s));
    const struct probe *group[UNHEEDED_MAX];
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++) {
        const struct probe *p = &all.items[i];
        if (p->is_heeded) {
            ask_heeded(s, &base, p);
            continue;
        }
        group[n++] = p;
        if (n == COS_ARRAY_LEN(group)) {
            ask_unheeded(s, &base, group, n);
            n = 0;
        }
    }
    if (n > 0) {
        ask_unheeded(s, &base, group, n);
    }
    outcome_free(&base);
}

static void every_name_has_its_effect_or_is_noted(void **state)
{
    n_wrong = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(scenarios); i++) {
        ask_all(&scenarios[i]);
    }
    assert_int_equal(n_wrong, 0);
}

static const struct scenario *scenario_of(const char *op)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(scenarios); i++) {
        if (strcmp(scenarios[i].op, op) == 0) {
            return &scenarios[i];
        }
    }
    return NULL;
}

/* A preflight repeats the target of the request that follows, and is not asked. */
static void every_operation_that_is_built_is_asked(void **state)
{
    for (const struct op_row *row = ops_rows(); row->name != NULL; row++) {
        bool is_asked = row->service == OP_COS && row->execute != NULL && !row->is_unsigned;
        if (is_asked && scenario_of(row->name) == NULL) {
            fail_msg("%s has no request here", row->name);
        }
    }
}

static void ask_with(struct outcome *o, const struct scenario *s, const char *name)
{
    struct asked q = plain(s);
    set_header(&q, name, "{}");
    ask(o, s, &q);
}

/* As ?ci-process is: cos-operations-2.md s.1.2. */
static void what_asks_for_data_processing_is_refused_by_name(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(scenarios); i++) {
        struct outcome o;
        ask_with(&o, &scenarios[i], "Pic-Operations");
        if (o.status != 400 || strcmp(o.code, "NotImplemented") != 0 ||
            strstr(o.message, "Pic-Operations") == NULL) {
            fail_msg("%s: %d %s %s", scenarios[i].op, o.status, o.code, o.message);
        }
        outcome_free(&o);
    }
}

static void what_nobody_knows_is_noted_as_unknown(void **state)
{
    struct asked q = plain(scenario_of("PutObject"));
    set_header(&q, "X-Cos-Mtea-A", "1");
    set_header(&q, "x-amz-acl", "private");
    set_param(&q, "prefx", "1");
    struct outcome o;
    ask(&o, scenario_of("PutObject"), &q);
    assert_int_equal(o.status, 200);
    assert_string_equal(o.note, "x-cos-mtea-a is unknown to this mock; x-amz-acl is unknown to "
                                "this mock; ?prefx is unknown to this mock");
    outcome_free(&o);
}

/* The SDKs send them of themselves, and with them what every client of HTTP sends. */
static void what_asks_for_nothing_is_not_noted(void **state)
{
    static const char *const others[] = {"User-Agent", "Accept", "Content-Type", "Referer",
                                         "Accept-Encoding"};
    for (size_t i = 0; i < COS_ARRAY_LEN(scenarios); i++) {
        struct asked q = plain(&scenarios[i]);
        for (const struct known_name *row = names_cos_headers; row->name != NULL; row++) {
            if (row->kind == NAME_REMARK) {
                assert_non_null(row->why);
                set_header(&q, row->name, "true");
            }
        }
        for (size_t k = 0; k < COS_ARRAY_LEN(others); k++) {
            if (strcmp(scenarios[i].op, "PostObject") != 0 ||
                strcmp(others[k], "Content-Type") != 0) {
                set_header(&q, others[k], "x");
            }
        }
        struct outcome o;
        ask(&o, &scenarios[i], &q);
        if (o.status / 100 != 2 || o.note[0] != '\0') {
            fail_msg("%s: %d %s", scenarios[i].op, o.status, o.note);
        }
        outcome_free(&o);
    }
}

static void a_switch_refuses_what_would_be_noted(void **state)
{
    struct door *d = *state;
    assert_int_equal(cosmock_switch_set(d->tenant, "unheeded-names", "refuse", NULL),
                     COSMOCK_OK);
    static const char *const refused[][2] = {
        {"x-cos-callback: e30=", "x-cos-callback is accepted and has no effect here: nobody is "
                                 "called back"},
        {"x-cos-mtea-a: 1", "x-cos-mtea-a is unknown to this mock"},
        {"If-None-Match: *", "if-none-match is accepted and has no effect here: PutObject does "
                             "not heed it"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(refused); i++) {
        struct answer a = door_send(d, "PUT", "/k", refused[i][0]);
        assert_int_equal(a.status, 400);
        assert_string_equal(xml_of(&a, "Code"), "NotImplemented");
        assert_string_equal(xml_of(&a, "Message"), refused[i][1]);
        answer_free(&a);
    }
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 404, "NoSuchKey");
    door_put(d, "/k", "plain");
}

static struct scratch scratch;

static void configure_copies(struct door *d, const char *target, const char *text, int status)
{
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = target,
                              .host = COPIES ".cos.ap-guangzhou.myqcloud.com",
                              .body = text,
                              .n = strlen(text),
                              .with_md5 = true},
                status, NULL);
}

static int enter(void **state)
{
    scratch_enter(&scratch);
    void *first;
    assert_int_equal(door_open(&first), 0);
    struct door *d = first;
    for (int i = 0; i < COSMOCK_CLOCKS; i++) {
        cosmock_clock_freeze(d->tenant, (enum cosmock_clock)i, DOOR_NOW_UNIX_MS);
    }
    assert_int_equal(cosmock_bucket_put(d->tenant, COPIES, "ap-guangzhou", NULL), COSMOCK_OK);
    configure_copies(d, "/?versioning", VERSIONED, 200);
    configure_copies(d, "/?tagging", TAGS, 204);
    /* nothing comes by itself */
    assert_int_equal(cosmock_switch_set(d->tenant, "replication", "by-clock", NULL),
                     COSMOCK_OK);
    assert_int_equal(cosmock_tenant_save(d->tenant, BEGINNING, NULL), COSMOCK_OK);
    assert_int_equal(door_close(&first), 0);
    return 0;
}

static int leave(void **state)
{
    scratch_remove(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_that_is_built_is_asked),
        cmocka_unit_test(every_name_has_its_effect_or_is_noted),
        cmocka_unit_test(what_asks_for_data_processing_is_refused_by_name),
        cmocka_unit_test(what_nobody_knows_is_noted_as_unknown),
        cmocka_unit_test(what_asks_for_nothing_is_not_noted),
        DOOR_TEST(a_switch_refuses_what_would_be_noted),
    };
    return cmocka_run_group_tests_name("unheeded", tests, enter, leave);
}
