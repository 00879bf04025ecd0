/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same thing asked in COS's dialect and in S3's, each with its own signature: the same
 * objects and the same rights. One script of writes is played in two worlds that are alike,
 * once in each dialect, and then everything is read in both dialects out of both worlds: four
 * readings that must be one, but for the names that the dialects have (names_s3.c).
 */
#include "s3_sign.h"
#include "services/names.h"

#define TEXT_MAX_BYTES ((size_t)1 << 20)
#define UPLOAD "@UPLOAD@"
#define SOURCE "@SOURCE@"
#define HELLO_ETAG "5d41402abc4b2a76b9719d911017c592" /* of "hello" */

enum dialect { COS, S3, DIALECTS };
static const char *const prefixes[] = {[COS] = "x-cos-", [S3] = "x-amz-"};

/* Who asks, and in which dialect. */
struct asker {
    enum dialect dialect;
    struct s3_signing as;
};
static const struct s3_signing root = {CLIENT_ID, CLIENT_SECRET, NULL, CLIENT_HOST};
static const struct s3_signing sub = {CLIENT_SUB_ID, CLIENT_SUB_SECRET, NULL, CLIENT_HOST};

/* Headers are lines; a name "@acl" is x-cos-acl or x-amz-acl. */
struct step {
    const char *method, *target, *headers, *body;
    bool with_md5;
};

/* --- asking --- */

/* A source is named with the host in one, without in the other. */
static void add_line(struct question *q, enum dialect dialect, const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    assert_non_null(colon);
    char name[80];
    char value[400];
    const char *at = line[0] == '@' ? line + 1 : line;
    const char *said = colon + 2;
    bool is_source = strncmp(said, SOURCE, strlen(SOURCE)) == 0;
    said += is_source ? strlen(SOURCE) : 0;
    (void)snprintf(name, sizeof(name), "%s%.*s", line[0] == '@' ? prefixes[dialect] : "",
                   (int)(colon - at), at);
    (void)snprintf(value, sizeof(value), "%s%.*s",
                   !is_source       ? ""
                   : dialect == COS ? CLIENT_HOST
                                    : CLIENT_BUCKET,
                   (int)(line + n - said), said);
    add_header(q, name, value);
}

static void add_lines(struct question *q, enum dialect dialect, const char *lines)
{
    while (lines != NULL && *lines != '\0') {
        const char *end = strchr(lines, '\n');
        size_t n = end == NULL ? strlen(lines) : (size_t)(end - lines);
        add_line(q, dialect, lines, n);
        lines = end == NULL ? NULL : end + 1;
    }
}

static void add_md5(struct question *q, const char *body)
{
    char md5[COS_BASE64_BYTES(COS_MD5_BYTES) + 1] = "";
    uint8_t raw[COS_MD5_BYTES];
    cos_md5(raw, body, strlen(body));
    cos_base64_encode(md5, raw, sizeof(raw));
    add_header(q, "Content-MD5", md5);
}

static struct answer ask(struct client *c, const struct asker *who, const struct step *s)
{
    static struct question q;
    q = (struct question){.method = s->method, .target = s->target};
    add_lines(&q, who->dialect, s->headers);
    if (s->body != NULL || strcmp(s->method, "PUT") == 0) {
        char length[24];
        q.body = s->body == NULL ? "" : s->body;
        q.n = strlen(q.body);
        (void)snprintf(length, sizeof(length), "%zu", q.n);
        add_header(&q, "Content-Length", length);
    }
    if (s->with_md5) {
        add_md5(&q, s->body);
    }
    if (who->as.id == NULL) {
        add_header(&q, "Host", who->as.host);
        if (who->dialect == S3) {
            add_header(&q, "x-amz-date", "20231114T221500Z");
        }
    } else if (who->dialect == S3) {
        s3_authorize(&q, &who->as);
    } else {
        char path[300];
        size_t n = cos_percent_decode(path, cos_span_make(s->target, strcspn(s->target, "?")),
                                      /* plus_is_space= */ false);
        path[n] = '\0';
        authorize(&q, who->as.id, who->as.secret, path);
        if (who->as.token != NULL) {
            add_header(&q, "x-cos-security-token", who->as.token);
        }
    }
    return client_send(c, &q);
}

/* --- one answer as text, without what the dialects call differently --- */

/* What S3 has no name for, what each request has its own of, and lengths of what follows. */
static bool is_left_out(struct cos_span name)
{
    static const char *const own[] = {"x-cos-request-id", "x-amz-request-id", "x-cos-trace-id",
                                      "x-amz-trace-id", "Content-Length"};
    bool is_own = cos_span_starts_nocase(name, COS_SPAN_LIT("x-cosmock-"));
    for (size_t i = 0; i < COS_ARRAY_LEN(own); i++) {
        is_own = is_own || cos_span_eq_nocase(name, cos_span_of(own[i]));
    }
    for (size_t i = HEADER_NONE + 1; i < HEADER_NAMES; i++) {
        is_own = is_own || (names_s3_headers[i].name[0] == '\0' &&
                            cos_span_eq_nocase(name, cos_span_of(names_cos_headers[i].name)));
    }
    return is_own;
}

static void write_header(struct cos_buf *out, const struct cosmock_header *h)
{
    struct cos_span name = cos_span_make(h->name.ptr, h->name.len);
    if (is_left_out(name)) {
        return;
    }
    for (int i = 0; i < DIALECTS; i++) {
        if (cos_span_starts_nocase(name, cos_span_of(prefixes[i]))) {
            cos_buf_ch(out, '@');
            name = cos_span_from(name, strlen(prefixes[i]));
        }
    }
    cos_buf_span(out, name);
    cos_buf_printf(out, ": %.*s\n", (int)h->value.len, h->value.ptr);
}

static void replace(struct cos_buf *out, struct cos_span text, const char *from,
                    const char *until, const char *by)
{
    size_t at;
    while ((at = cos_span_find(text, cos_span_of(from))) != SIZE_MAX) {
        cos_buf_span(out, cos_span_sub(text, 0, at));
        cos_buf_str(out, by);
        text = cos_span_from(text, at + strlen(from));
        if (until != NULL) {
            text = cos_span_from(text, cos_span_find(text, cos_span_of(until)));
        }
    }
    cos_buf_span(out, text);
}

/* Names of headers in sentences, the groups' URIs, and the ids of a request. */
static void write_body(struct cos_buf *out, const struct answer *a)
{
    static const struct {
        const char *from, *until, *by;
    } rows[] = {
        {"x-amz-", NULL, "x-cos-"},
        {"http://acs.amazonaws.com/", NULL, "http://cam.qcloud.com/"},
        {"<RequestId>", "</RequestId>", ""},
        {"<TraceId>", "</TraceId>", ""},
    };
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, TEXT_MAX_BYTES);
    cos_buf_append(&text, a->body, a->n);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_buf next;
        cos_buf_init(&next, TEXT_MAX_BYTES);
        replace(&next, cos_buf_view(&text), rows[i].from, rows[i].until, rows[i].by);
        cos_buf_deinit(&text);
        text = next;
    }
    cos_buf_span(out, cos_buf_view(&text));
    cos_buf_ch(out, '\n');
}

static void write_answer(struct cos_buf *out, const struct step *s, const struct answer *a)
{
    size_t n;
    const struct cosmock_header *h = cosmock_reply_headers(a->x, &n);
    cos_buf_printf(out, "%s %s %s: %d\n", s->method, s->target,
                   s->headers == NULL ? "" : s->headers, a->status);
    for (size_t i = 0; i < n; i++) {
        write_header(out, &h[i]);
    }
    write_body(out, a);
}

/* --- the script --- */

#define PART                                                                       \
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"" HELLO_ETAG \
    "\"</ETag></Part></CompleteMultipartUpload>"
#define TAGS "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
#define CORS_RULES                                                                      \
    "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</" \
    "AllowedMethod></CORSRule></CORSConfiguration>"
#define LIFECYCLE                                                                          \
    "<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix>old/" \
    "</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule></"                   \
    "LifecycleConfiguration>"
#define WEBSITE                                                                          \
    "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></" \
    "WebsiteConfiguration>"
#define VERSIONED "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
#define DELETE_TWO \
    "<Delete><Object><Key>gone</Key></Object><Object><Key>none</Key></Object></Delete>"

static const struct step writes[] = {
    {"PUT", "/k",
     "@meta-Colour: blue\n@acl: public-read\n@tagging: a=1&b=2\nContent-Type: text/plain\n"
     "Cache-Control: no-cache",
     "hello", 0},
    {"PUT", "/cold", "@storage-class: STANDARD_IA", "hello", 0},
    {"PUT", "/sealed", "@server-side-encryption: AES256", "hello", 0},
    {"PUT", "/granted", "@grant-read: id=\"100000000002\"", "hello", 0},
    {"PUT", "/a%20b/c%2Bd", NULL, "hello", 0},
    {"PUT", "/gone", NULL, "hello", 0},
    {"PUT", "/copied", "@copy-source: " SOURCE "/k", NULL, 0},
    {"PUT", "/replaced",
     "@copy-source: " SOURCE "/a%20b/c%2Bd\n@metadata-directive: REPLACE\n@meta-new: 1", NULL,
     0},
    {"PUT", "/never", "@copy-source: " SOURCE "/k\n@copy-source-if-match: \"x\"", NULL, 0},
    {"PUT", "/never", "@acl: nobody", "hello", 0},
    {"PUT", "/never", "Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==", "hello", 0},
    {"POST", "/joined?uploads", "@meta-joined: yes", NULL, 0},
    {"PUT", "/joined?partNumber=1&uploadId=" UPLOAD, NULL, "hello", 0},
    {"GET", "/joined?uploadId=" UPLOAD, NULL, NULL, 0},
    {"PUT", "/joined?partNumber=2&uploadId=" UPLOAD,
     "@copy-source: " SOURCE "/k\n@copy-source-range: bytes=0-2", NULL, 0},
    {"POST", "/joined?uploadId=" UPLOAD, NULL, PART, 0},
    {"POST", "/open?uploads=", NULL, NULL, 0},
    {"PUT", "/k?tagging", NULL, TAGS, 1},
    {"PUT", "/cold?acl", "@acl: authenticated-read", NULL, 0},
    {"PUT", "/?acl", "@acl: public-read", NULL, 0},
    {"PUT", "/?tagging", NULL, TAGS, 1},
    {"PUT", "/?cors", NULL, CORS_RULES, 1},
    {"PUT", "/?lifecycle", NULL, LIFECYCLE, 1},
    {"PUT", "/?website", NULL, WEBSITE, 1},
    {"PUT", "/?versioning", NULL, VERSIONED, 1},
    {"PUT", "/k", "@meta-colour: red", "again", 0},
    {"DELETE", "/cold", NULL, NULL, 0},
    {"POST", "/?delete", NULL, DELETE_TWO, 1},
    {"POST", "/?delete=", NULL, DELETE_TWO, 0},
    {"DELETE", "/?website", NULL, NULL, 0},
    {"DELETE", "/", NULL, NULL, 0},
};

static const struct step reads[] = {
    {"GET", "/k", NULL, NULL, 0},
    {"HEAD", "/k", NULL, NULL, 0},
    {"GET", "/k", "Range: bytes=1-2", NULL, 0},
    {"GET", "/k", "Range: bytes=9-", NULL, 0},
    {"GET", "/k", "If-None-Match: *", NULL, 0},
    {"GET", "/k", "If-Match: \"x\"", NULL, 0},
    {"GET", "/k", "If-Modified-Since: Tue, 14 Nov 2023 23:00:00 GMT", NULL, 0},
    {"GET", "/k", "Origin: http://example.com", NULL, 0},
    {"GET", "/k?response-content-type=a%2Fb", NULL, NULL, 0},
    {"GET", "/k?versionId=null", NULL, NULL, 0},
    {"GET", "/k?acl", NULL, NULL, 0},
    {"GET", "/k?tagging", NULL, NULL, 0},
    {"HEAD", "/cold", NULL, NULL, 0},
    {"GET", "/cold?versionId=null", NULL, NULL, 0},
    {"GET", "/cold?acl&versionId=null", NULL, NULL, 0},
    {"HEAD", "/sealed", NULL, NULL, 0},
    {"GET", "/granted?acl", NULL, NULL, 0},
    {"GET", "/a%20b/c%2Bd", NULL, NULL, 0},
    {"HEAD", "/copied", NULL, NULL, 0},
    {"HEAD", "/replaced", NULL, NULL, 0},
    {"GET", "/joined", NULL, NULL, 0},
    {"HEAD", "/never", NULL, NULL, 0},
    {"GET", "/never", NULL, NULL, 0},
    {"GET", "/?delimiter=%2F&encoding-type=url", NULL, NULL, 0},
    {"GET", "/?max-keys=2&marker=c", NULL, NULL, 0},
    {"GET", "/?versions", NULL, NULL, 0},
    {"GET", "/?uploads", NULL, NULL, 0},
    {"GET", "/?acl", NULL, NULL, 0},
    {"GET", "/?tagging", NULL, NULL, 0},
    {"GET", "/?cors", NULL, NULL, 0},
    {"GET", "/?lifecycle", NULL, NULL, 0},
    {"GET", "/?website", NULL, NULL, 0},
    {"GET", "/?versioning", NULL, NULL, 0},
    {"GET", "/?location", NULL, NULL, 0},
    {"GET", "/?policy", NULL, NULL, 0},
    {"GET", "/?encryption", NULL, NULL, 0},
    {"GET", "/?replication", NULL, NULL, 0},
    {"GET", "/?object-lock", NULL, NULL, 0},
    {"HEAD", "/", NULL, NULL, 0},
};

/* The upload that the last Initiate began. */
static void remember_upload(const struct answer *a, char upload[100])
{
    const char *id = between(a->body, "<UploadId>", "</UploadId>");
    if (id[0] != '\0') {
        (void)snprintf(upload, 100, "%s", id);
    }
}

static void play(struct client *c, enum dialect dialect, const struct step *steps, size_t n,
                 struct cos_buf *out)
{
    const struct asker who = {dialect, root};
    char upload[100] = "";
    for (size_t i = 0; i < n; i++) {
        char target[400];
        struct step s = steps[i];
        const char *mark = strstr(s.target, UPLOAD);
        (void)snprintf(target, sizeof(target), "%.*s%s",
                       (int)(mark == NULL ? strlen(s.target) : (size_t)(mark - s.target)),
                       s.target, mark == NULL ? "" : upload);
        s.target = target;
        struct answer a = ask(c, &who, &s);
        remember_upload(&a, upload);
        write_answer(out, &s, &a);
        answer_free(&a);
    }
}

static void expect_alike(const char *what, const struct cos_buf *a, const struct cos_buf *b)
{
    const char *x = cos_buf_cstr(a);
    const char *y = cos_buf_cstr(b);
    size_t at = 0;
    while (x[at] != '\0' && x[at] == y[at]) {
        at++;
    }
    if (x[at] != y[at]) {
        at = at < 300 ? 0 : at - 300;
        fail_msg("%s:\n%.600s\n--- and ---\n%.600s", what, x + at, y + at);
    }
}

static void the_same_writes_make_the_same_world_in_either_dialect(void **state)
{
    struct cos_buf written[DIALECTS];
    struct cos_buf read[DIALECTS][DIALECTS];
    for (int writer = 0; writer < DIALECTS; writer++) {
        struct client c = {0};
        client_open_world(&c, CLIENT_WORLD);
        cos_buf_init(&written[writer], TEXT_MAX_BYTES);
        play(&c, (enum dialect)writer, writes, COS_ARRAY_LEN(writes), &written[writer]);
        for (int reader = 0; reader < DIALECTS; reader++) {
            cos_buf_init(&read[writer][reader], TEXT_MAX_BYTES);
            play(&c, (enum dialect)reader, reads, COS_ARRAY_LEN(reads), &read[writer][reader]);
        }
        client_shut(&c);
    }
    expect_alike("the answers to writes", &written[COS], &written[S3]);
    expect_alike("COS's writes, read in both", &read[COS][COS], &read[COS][S3]);
    expect_alike("both writes, read in COS's", &read[COS][COS], &read[S3][COS]);
    expect_alike("both writes, read in S3's", &read[COS][S3], &read[S3][S3]);
    /* and they are about something */
    const char *text = cos_buf_cstr(&read[S3][S3]);
    assert_non_null(strstr(text, "@meta-colour: red"));
    assert_non_null(strstr(text, "@storage-class: STANDARD_IA"));
    assert_non_null(strstr(text, "again"));
    assert_non_null(strstr(text, "cam.qcloud.com/groups/global/AllUsers"));
    assert_null(strstr(cos_buf_cstr(&written[S3]), "SignatureDoesNotMatch"));
    for (int writer = 0; writer < DIALECTS; writer++) {
        cos_buf_deinit(&written[writer]);
        for (int reader = 0; reader < DIALECTS; reader++) {
            cos_buf_deinit(&read[writer][reader]);
        }
    }
}

/* --- rights --- */

#define ARN "\"qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/*\""
#define SUB "\"principal\":{\"qcs\":[\"qcs::cam::uin/100000000001:uin/" CLIENT_SUB_UIN "\"]}"
/* What a sub-account may: read and write, not below secret/, no public list, no cold class. */
#define BUCKET_POLICY                                                                          \
    "{\"version\":\"2.0\",\"Statement\":["                                                     \
    "{\"effect\":\"allow\"," SUB ",\"action\":[\"name/cos:GetObject\",\"name/cos:PutObject\"," \
    "\"name/cos:GetBucket\",\"name/cos:HeadObject\"],\"resource\":[" ARN "]},"                 \
    "{\"effect\":\"deny\"," SUB ",\"action\":[\"name/cos:*\"],\"resource\":["                  \
    "\"qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/secret/*\"]},"                     \
    "{\"effect\":\"deny\"," SUB ",\"action\":[\"name/cos:PutObject\"],\"resource\":[" ARN "]," \
    "\"condition\":{\"string_equal\":{\"cos:x-cos-acl\":[\"public-read\"]}}},"                 \
    "{\"effect\":\"deny\"," SUB ",\"action\":[\"name/cos:PutObject\"],\"resource\":[" ARN "]," \
    "\"condition\":{\"string_equal\":{\"cos:x-cos-storage-class\":[\"ARCHIVE\"]}}},"           \
    "{\"effect\":\"deny\"," SUB ",\"action\":[\"name/cos:GetBucket\"],\"resource\":[" ARN "]," \
    "\"condition\":{\"string_equal\":{\"cos:prefix\":[\"secret/\"]}}}]}"

static void put_policy(struct client *c)
{
    const struct asker who = {COS, root};
    struct answer a = ask(c, &who,
                          &(struct step){"PUT", "/?policy", "Content-Type: application/json",
                                         BUCKET_POLICY, 1});
    if (a.status / 100 != 2) {
        fail_msg("%d %s", a.status, a.body);
    }
    answer_free(&a);
}

static void a_policy_judges_both_dialects_alike(void **state)
{
    static const struct {
        struct step step;
        int status; /* what the policy means */
    } cases[] = {
        {{"GET", "/k", NULL, NULL, 0}, 200},
        {{"HEAD", "/k", NULL, NULL, 0}, 200},
        {{"GET", "/secret/k", NULL, NULL, 0}, 403},
        {{"PUT", "/new", NULL, "x", 0}, 200},
        {{"PUT", "/new", "@acl: public-read", "x", 0}, 403},
        {{"PUT", "/new", "@acl: private", "x", 0}, 200},
        {{"PUT", "/new", "@storage-class: ARCHIVE", "x", 0}, 403},
        {{"PUT", "/new", "@storage-class: STANDARD_IA", "x", 0}, 200},
        {{"PUT", "/new", "@copy-source: " SOURCE "/k", NULL, 0}, 200},
        {{"PUT", "/new", "@copy-source: " SOURCE "/secret/k", NULL, 0}, 403},
        {{"DELETE", "/k", NULL, NULL, 0}, 403},
        {{"GET", "/", NULL, NULL, 0}, 200},
        {{"GET", "/?prefix=secret%2F", NULL, NULL, 0}, 403},
        {{"GET", "/?acl", NULL, NULL, 0}, 403},
        {{"GET", "/k?acl", NULL, NULL, 0}, 403},
        {{"PUT", "/?acl", "@acl: public-read", NULL, 0}, 403},
        {{"POST", "/k?uploads", NULL, NULL, 0}, 403},
        {{"POST", "/?delete", NULL, DELETE_TWO, 1}, 200},
    };
    struct client *c = *state;
    put_policy(c);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "secret/k", "x", 1, NULL), 0);
    for (size_t i = 0; i < DIALECTS * COS_ARRAY_LEN(cases); i++) {
        const struct step *s = &cases[i / DIALECTS].step;
        const struct asker who = {(enum dialect)(i % DIALECTS), sub};
        struct answer a = ask(c, &who, s);
        struct cosmock_entry *e = last_entry(c);
        bool is_denied = a.status == 403 && strcmp(e->code, "AccessDenied") == 0;
        bool is_right = cases[i / DIALECTS].status == 403 ? is_denied : a.status == 200;
        if (!is_right || strcmp(e->authn, "ok") != 0) {
            fail_msg("%s%s %s %s: %d %s", prefixes[i % DIALECTS], s->method, s->target,
                     s->headers == NULL ? "" : s->headers, a.status, a.body);
        }
        cosmock_entries_free(e);
        answer_free(&a);
    }
}

/* Of a document that deletes each key is asked for: 200, with what stays. */
static void each_key_of_a_deletion_is_judged_alike(void **state)
{
    struct client *c = *state;
    put_policy(c);
    for (int dialect = 0; dialect < DIALECTS; dialect++) {
        const struct asker who = {(enum dialect)dialect, sub};
        struct answer a = ask(c, &who, &(struct step){"POST", "/?delete", NULL, DELETE_TWO, 1});
        assert_int_equal(a.status, 200);
        assert_non_null(strstr(a.body, "<Key>gone</Key><Code>AccessDenied</Code>"));
        answer_free(&a);
    }
}

static void who_signs_nothing_has_the_rights_of_the_list(void **state)
{
    struct client *c = *state;
    const struct asker owner = {S3, root};
    const char *const lists[] = {"@acl: public-read", "@acl: private"};
    for (size_t i = 0; i < COS_ARRAY_LEN(lists); i++) {
        struct answer a = ask(c, &owner, &(struct step){"PUT", "/k", lists[i], "x", 0});
        assert_int_equal(a.status, 200);
        answer_free(&a);
        for (int dialect = 0; dialect < DIALECTS; dialect++) {
            const struct asker nobody = {(enum dialect)dialect, {.host = CLIENT_HOST}};
            a = ask(c, &nobody, &(struct step){"GET", "/k", NULL, NULL, 0});
            assert_int_equal(a.status, i == 0 ? 200 : 403);
            answer_free(&a);
        }
    }
}

/* --- tokens of our STS, and signed URLs --- */

static void a_token_of_sts_signs_both_dialects(void **state)
{
    struct client *c = *state;
    struct token t;
    mint_token(c, &t);
    for (int dialect = 0; dialect < DIALECTS; dialect++) {
        struct asker who = {(enum dialect)dialect, {t.id, t.secret, t.token, CLIENT_HOST}};
        struct answer a = ask(c, &who, &(struct step){"PUT", "/k", NULL, "x", 0});
        if (a.status != 200) {
            fail_msg("%s %s", prefixes[dialect], a.body);
        }
        answer_free(&a);
        who.as.token = NULL;
        a = ask(c, &who, &(struct step){"PUT", "/k", NULL, "x", 0});
        assert_int_equal(a.status, 403);
        assert_string_equal(xml_code(&a), "InvalidAccessKeyId");
        answer_free(&a);
    }
}

static int ask_presigned(struct client *c, const char *method, const char *target,
                         const struct s3_signing *as)
{
    static char signed_target[6000];
    static struct question q;
    q = (struct question){.method = method, .target = target};
    s3_presign(&q, as, signed_target);
    if (strcmp(method, "PUT") == 0) {
        q.body = "hello";
        q.n = 5;
        add_header(&q, "Content-Length", "5");
    }
    struct answer a = client_send(c, &q);
    int status = a.status;
    assert_string_not_equal(answer_header(&a, "x-amz-request-id"), "");
    answer_free(&a);
    return status;
}

static void a_signed_url_stores_and_reads(void **state)
{
    struct client *c = *state;
    struct token t;
    mint_token(c, &t);
    const struct s3_signing temporary = {t.id, t.secret, t.token, CLIENT_HOST};
    assert_int_equal(ask_presigned(c, "PUT", "/k", &root), 200);
    assert_int_equal(ask_presigned(c, "GET", "/k?response-content-type=a%2Fb", &temporary),
                     200);
    assert_int_equal(ask_presigned(c, "GET", "/k?x-id=GetObject", &sub), 403);
    const struct asker who = {COS, root};
    struct answer a = ask(c, &who, &(struct step){"GET", "/k", NULL, NULL, 0});
    assert_string_equal(a.body, "hello");
    answer_free(&a);
    struct s3_signing wrong = root;
    wrong.secret = CLIENT_SUB_SECRET;
    assert_int_equal(ask_presigned(c, "GET", "/k", &wrong), 403);
}

/* Names are unique in a mock, and keys lead to their tenant in every form of a signature. */
static void a_key_leads_to_its_tenant(void **state)
{
    struct client *c = *state;
    struct client other = {.mock = c->mock};
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = "accounts:\n  - uin: \"200000000001\"\n    appid: \"1260000000\"\n"
                         "    keys:\n      - {secret_id: \"AKIDother\", secret_key: \"o\"}\n";
    assert_int_equal(cosmock_tenant_new(c->mock, &other.tenant, &options, NULL), COSMOCK_OK);
    client_freeze(&other, CLIENT_NOW_S);
    static const struct {
        const char *target, *authorization;
    } cases[] = {
        {"/", "AWS4-HMAC-SHA256 Credential=AKIDother/20231114/auto/s3/aws4_request, "
              "SignedHeaders=host, Signature=00"},
        {"/", "AWS AKIDother:AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDother%2F20231114", NULL},
        {"/?AWSAccessKeyId=AKIDother&Expires=1700000200&Signature=AAAA", NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        static struct question q;
        uint64_t before = cosmock_journal_last_seq(other.tenant);
        q = (struct question){.method = "GET", .target = cases[i].target};
        add_header(&q, "Host", "cos.ap-beijing.myqcloud.com");
        if (cases[i].authorization != NULL) {
            add_header(&q, "Authorization", cases[i].authorization);
        }
        struct answer a = client_send(c, &q);
        if (cosmock_journal_last_seq(other.tenant) != before + 1 || a.status / 100 == 2) {
            fail_msg("%zu: %d %s", i, a.status, a.body);
        }
        answer_free(&a);
    }
    other.tenant = cosmock_tenant_free(other.tenant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_writes_make_the_same_world_in_either_dialect),
        CLIENT_TEST(a_policy_judges_both_dialects_alike),
        CLIENT_TEST(each_key_of_a_deletion_is_judged_alike),
        CLIENT_TEST(who_signs_nothing_has_the_rights_of_the_list),
        CLIENT_TEST(a_token_of_sts_signs_both_dialects),
        CLIENT_TEST(a_signed_url_stores_and_reads),
        CLIENT_TEST(a_key_leads_to_its_tenant),
    };
    return cmocka_run_group_tests_name("s3_same", tests, NULL, NULL);
}
