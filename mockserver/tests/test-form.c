/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostObject: forms as the document POST Object (436/14690) has them, its examples, its
 * published signature, and the refusals of the page "POST Object, common errors" word for word
 * (cos-operations-2.md s.3). The forms are signed here by hand, from the document's formulas.
 */
#include "client.h"

#define CONTENT "[Object Content]"
#define CONTENT_MD5 "7o3pGNBWQBRbGPcPTDqmAg==" /* the document's, example 2 */
#define ETAG "\"ee8de918d05640145b18f70f4c3aa602\""
#define CRC64 "16749565679157681890"
#define BOUNDARY "----WebKitFormBoundaryZBPbaoYE2gqeB21N"
#define WINDOW "1600000000;1800000000"
#define EXPIRATION "2023-11-15T00:00:00.000Z" /* CLIENT_NOW_S is in the evening before */
#define REQUIRED(id) \
    "{\"q-sign-algorithm\":\"sha1\"},{\"q-ak\":\"" id "\"},{\"q-sign-time\":\"" WINDOW "\"}"
#define POLICY(conditions) \
    "{\"expiration\":\"" EXPIRATION "\",\"conditions\":[" conditions REQUIRED(CLIENT_ID) "]}"
#define PUBLISHED_ID "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q"
#define PUBLISHED_SECRET "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
#define PUBLISHED_TIME "1567150692;1567157892"
#define PUBLISHED_SIGNATURE "7758dc9a832e9d301dca704cacbf9d9f8172fdef"

/* --- forms --- */

struct sent {
    struct cos_buf body;
    const char *content_type;
    struct question q;
    size_t piece; /* 0: the body comes whole */
};

static void form_open(struct sent *f)
{
    *f = (struct sent){.content_type = "multipart/form-data; boundary=" BOUNDARY,
                       .q = {.method = "POST", .target = "/"}};
    cos_buf_init(&f->body, 8u << 20);
}

static void add_field_of(struct sent *f, const char *name, struct cos_span value)
{
    cos_buf_printf(&f->body,
                   "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n",
                   name);
    cos_buf_span(&f->body, value);
    cos_buf_str(&f->body, "\r\n");
}

static void add_field(struct sent *f, const char *name, const char *value)
{
    add_field_of(f, name, cos_span_of(value));
}

static void add_file_called(struct sent *f, const char *filename, const char *content)
{
    cos_buf_printf(&f->body,
                   "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"; "
                   "filename=\"%s\"\r\nContent-Type: image/png\r\n\r\n%s\r\n",
                   filename, content);
}

static void add_file(struct sent *f, const char *content)
{
    add_file_called(f, "example.jpg", content);
}

static void form_close(struct sent *f)
{
    cos_buf_str(&f->body, "--" BOUNDARY "--\r\n");
}

struct signer {
    const char *id, *secret, *key_time;
};

/* The four fields and the policy. */
static void sign_as(struct sent *f, const struct signer *s, const char *policy)
{
    struct cos_buf encoded;
    char sign_key[41];
    char digest[41];
    char signature[41];
    cos_buf_init(&encoded, 1u << 20);
    cos_base64_append(&encoded, policy, strlen(policy));
    cos_hmac_sha1_hex(sign_key, s->secret, strlen(s->secret), s->key_time, strlen(s->key_time));
    cos_sha1_hex(digest, policy, strlen(policy));
    cos_hmac_sha1_hex(signature, sign_key, 40, digest, 40);
    add_field(f, "policy", cos_buf_cstr(&encoded));
    add_field(f, "q-sign-algorithm", "sha1");
    add_field(f, "q-ak", s->id);
    add_field(f, "q-key-time", s->key_time);
    add_field(f, "q-signature", signature);
    cos_buf_deinit(&encoded);
}

static void sign(struct sent *f, const char *policy)
{
    sign_as(f, &(struct signer){CLIENT_ID, CLIENT_SECRET, WINDOW}, policy);
}

static bool has_host(const struct question *q)
{
    for (size_t i = 0; i < q->n_headers; i++) {
        if (strcmp(q->headers[i].name, "Host") == 0) {
            return true;
        }
    }
    return false;
}

static void give_body(struct cosmock_exchange *x, const struct sent *f)
{
    struct cos_span rest = cos_buf_view(&f->body);
    size_t piece = f->piece == 0 ? rest.len : f->piece;
    int want = 0;
    while (rest.len > 0 && want == 0) {
        struct cos_span now = cos_span_sub(rest, 0, piece);
        want = cosmock_body(x, now.ptr, now.len);
        rest = cos_span_from(rest, now.len);
    }
}

/* Sends and frees the form. */
static struct answer post(struct client *c, struct sent *f)
{
    char length[32];
    (void)snprintf(length, sizeof(length), "%zu", f->body.len);
    if (!has_host(&f->q)) {
        add_header(&f->q, "Host", CLIENT_HOST);
    }
    add_header(&f->q, "Content-Type", f->content_type);
    add_header(&f->q, "Content-Length", length);
    struct answer a = {0};
    a.want = client_begin(c, &a.x, &f->q);
    if (a.want == COSMOCK_WANT_BODY) {
        give_body(a.x, f);
    }
    assert_int_equal(cosmock_finish(a.x), 0);
    answer_read(&a);
    cos_buf_deinit(&f->body);
    return a;
}

static void expect(const char *name, struct answer *a, int status, const char *code)
{
    if (a->status != status || strcmp(xml_code(a), code) != 0) {
        fail_msg("%s: %d %s, %s", name, a->status, a->body,
                 answer_header(a, "x-cosmock-reason"));
    }
}

static struct answer get(struct client *c, const char *path)
{
    struct question q = {.method = "GET", .target = path};
    authorize(&q, CLIENT_ID, CLIENT_SECRET, path);
    return client_send(c, &q);
}

static int64_t count(struct client *c)
{
    return cosmock_object_count(c->tenant, CLIENT_BUCKET);
}

/* --- the published example --- */

static const char published_policy[] =
    "{\n"
    "    \"expiration\": \"2019-08-30T09:38:12.414Z\",\n"
    "    \"conditions\": [\n"
    "        { \"acl\": \"default\" },\n"
    "        { \"bucket\": \"examplebucket-1250000000\" },\n"
    "        [ \"starts-with\", \"$key\", \"folder/subfolder/\" ],\n"
    "        [ \"starts-with\", \"$Content-Type\", \"image/\" ],\n"
    "        [ \"starts-with\", \"$success_action_redirect\", \"https://my.website/\" ],\n"
    "        [ \"eq\", \"$x-cos-server-side-encryption\", \"AES256\" ],\n"
    "        { \"q-sign-algorithm\": \"sha1\" },\n"
    "        { \"q-ak\": \"" PUBLISHED_ID "\" },\n"
    "        { \"q-sign-time\": \"" PUBLISHED_TIME "\" }\n"
    "    ]\n"
    "}";

static int open_published(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, "accounts:\n"
                         "  - uin: \"100000000001\"\n"
                         "    appid: \"1250000000\"\n"
                         "    keys:\n"
                         "      - {secret_id: \"" PUBLISHED_ID "\", secret_key: "
                         "\"" PUBLISHED_SECRET "\"}\n"
                         "buckets:\n"
                         "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n");
    client_freeze(c, 1567150700);
    *state = c;
    return 0;
}

/* @policy and @signature as the document prints them, or spoilt. */
static struct answer post_published(struct client *c, const char *policy, const char *signature)
{
    struct sent f;
    struct cos_buf encoded;
    form_open(&f);
    cos_buf_init(&encoded, 1u << 16);
    cos_base64_append(&encoded, policy, strlen(policy));
    add_field(&f, "key", "folder/subfolder/${filename}");
    add_field(&f, "acl", "default");
    add_field(&f, "Content-Type", "image/jpeg");
    add_field(&f, "success_action_redirect", "https://my.website/upload_success.html");
    add_field(&f, "x-cos-server-side-encryption", "AES256");
    add_field(&f, "policy", cos_buf_cstr(&encoded));
    add_field(&f, "q-sign-algorithm", "sha1");
    add_field(&f, "q-ak", PUBLISHED_ID);
    add_field(&f, "q-key-time", PUBLISHED_TIME);
    add_field(&f, "q-signature", signature);
    add_file_called(&f, "photo.jpg", CONTENT);
    form_close(&f);
    cos_buf_deinit(&encoded);
    return post(c, &f);
}

static void the_published_signature_verifies(void **state)
{
    struct client *c = *state;
    struct answer a = post_published(c, published_policy, PUBLISHED_SIGNATURE);
    expect("published", &a, 303, "");
    assert_string_equal(answer_header(&a, "Location"),
                        "https://my.website/upload_success.html?bucket=" CLIENT_BUCKET
                        "&key=folder/subfolder/photo.jpg"
                        "&etag=%22ee8de918d05640145b18f70f4c3aa602%22");
    assert_string_equal(answer_header(&a, "x-cos-server-side-encryption"), "AES256");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->authn, "ok");
    assert_string_equal(e->op, "PostObject");
    assert_string_equal(e->key, "folder/subfolder/photo.jpg");
    cosmock_entries_free(e);
}

/* The blank behind the policy's last brace changes no meaning, only the bytes. */
static void a_changed_byte_of_policy_or_signature_is_noticed(void **state)
{
    struct client *c = *state;
    char policy[sizeof(published_policy) + 1];
    (void)snprintf(policy, sizeof(policy), "%s ", published_policy);
    char signature[] = PUBLISHED_SIGNATURE;
    signature[39] = 'e';
    const char *const forms[][2] = {{policy, PUBLISHED_SIGNATURE},
                                    {published_policy, signature}};
    for (size_t i = 0; i < COS_ARRAY_LEN(forms); i++) {
        struct answer a = post_published(c, forms[i][0], forms[i][1]);
        expect("changed", &a, 403, "SignatureDoesNotMatch");
        assert_non_null(strstr(a.body, "<Message>The Signature you specified is invalid."));
        answer_free(&a);
    }
    assert_int_equal(count(c), 0);
}

/* --- what becomes of a form --- */

/* Examples 1 and 2 of the document; the file's own Content-Type, image/png, is not used. */
static void a_form_becomes_an_object(void **state)
{
    static const char *const kept[][2] = {
        {"Content-Type", "image/jpeg"},
        {"Cache-Control", "max-age=86400"},
        {"Content-Disposition", "attachment; filename=example.jpg"},
        {"Content-Encoding", "identity"},
        {"Expires", "Fri, 10 Apr 2020 09:35:05 GMT"},
        {"x-cos-meta-example-field", "example-value"},
        {"x-cos-storage-class", "STANDARD_IA"},
        {"ETag", ETAG},
    };
    struct client *c = *state;
    struct sent f;
    form_open(&f);
    add_field(&f, "KEY", "dir/exampleobject");
    for (size_t i = 0; i + 1 < COS_ARRAY_LEN(kept); i++) {
        add_field(&f, kept[i][0], kept[i][1]);
    }
    add_field(&f, "Content-MD5", CONTENT_MD5);
    add_field(&f, "submit", "Upload");
    sign(&f, POLICY("[\"eq\",\"$Content-Disposition\",\"attachment; filename=example.jpg\"],"
                    "[\"starts-with\",\"$Content-Type\",\"image/\"],"
                    "{\"x-cos-meta-example-field\":\"example-value\"},"));
    add_file(&f, CONTENT);
    form_close(&f);
    add_header(&f.q, "Cache-Control", "no-cache"); /* of the browser, not of the object */
    struct answer a = post(c, &f);
    expect("form", &a, 204, "");
    assert_int_equal(a.n, 0);
    assert_string_equal(answer_header(&a, "ETag"), ETAG);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC64);
    assert_string_equal(answer_header(&a, "Location"),
                        "http://" CLIENT_HOST "/dir/exampleobject");
    answer_free(&a);
    a = get(c, "/dir/exampleobject");
    assert_string_equal(a.body, CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(kept); i++) {
        assert_string_equal(answer_header(&a, kept[i][0]), kept[i][1]);
    }
    answer_free(&a);
}

/* The demo of the WeChat SDK sends the field empty (demo-post-policy.js:46). */
static void an_empty_content_type_counts_as_none(void **state)
{
    struct client *c = *state;
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "a.txt");
    add_field(&f, "Content-Type", "");
    sign(&f, POLICY(""));
    add_file(&f, CONTENT);
    form_close(&f);
    struct answer a = post(c, &f);
    expect("empty", &a, 204, "");
    answer_free(&a);
    a = get(c, "/a.txt");
    assert_string_equal(answer_header(&a, "Content-Type"), "text/plain");
    answer_free(&a);
}

static void a_form_answers_as_it_asks(void **state)
{
    static const struct {
        const char *status, *redirect, *body_switch;
        int answer;
        const char *location, *body;
    } rows[] = {
        {"200", NULL, "xml", 200, "http://" CLIENT_HOST "/a%20b%2Bc", ""},
        {"204", NULL, "xml", 204, "http://" CLIENT_HOST "/a%20b%2Bc", ""},
        {"303", NULL, "xml", 204, "http://" CLIENT_HOST "/a%20b%2Bc", ""},
        {"201", NULL, "xml", 201, "http://" CLIENT_HOST "/a%20b%2Bc",
         "<?xml version='1.0' encoding='utf-8' ?>\n<PostResponse><Location>http://" CLIENT_HOST
         "/a%20b%2Bc</Location><Bucket>" CLIENT_BUCKET "</Bucket><Key>a b+c</Key>"
         "<ETag>ee8de918d05640145b18f70f4c3aa602</ETag></PostResponse>"},
        {"201", NULL, "empty", 201, "http://" CLIENT_HOST "/a%20b%2Bc", ""},
        {"200", "http://x/done?from=1", "xml", 303,
         "http://x/done?from=1&bucket=" CLIENT_BUCKET
         "&key=a%20b%2Bc&etag=%22ee8de918d05640145b18f70f4c3aa602%22",
         ""},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        client_switch(c, "form-created-body", rows[i].body_switch);
        struct sent f;
        form_open(&f);
        add_field(&f, "key", "a b+c");
        add_field(&f, "success_action_status", rows[i].status);
        if (rows[i].redirect != NULL) {
            add_field(&f, "success_action_redirect", rows[i].redirect);
        }
        sign(&f, POLICY(""));
        add_file(&f, CONTENT);
        form_close(&f);
        struct answer a = post(c, &f);
        expect(rows[i].status, &a, rows[i].answer, "");
        assert_string_equal(answer_header(&a, "Location"), rows[i].location);
        assert_string_equal(answer_header(&a, "ETag"), ETAG);
        assert_string_equal(a.body, rows[i].body);
        answer_free(&a);
    }
}

static void a_form_is_the_same_in_whichever_pieces_it_comes(void **state)
{
    struct client *c = *state;
    for (size_t piece = 1; piece < 200; piece += 11) {
        struct sent f;
        form_open(&f);
        f.piece = piece;
        add_field(&f, "key", "k");
        sign(&f, POLICY("{\"bucket\":\"" CLIENT_BUCKET "\"},"));
        add_file(&f, "\r\n--" BOUNDARY);
        form_close(&f);
        struct answer a = post(c, &f);
        expect("half a delimiter", &a, 400, "MalformedPOSTRequest");
        answer_free(&a);
        form_open(&f);
        f.piece = piece;
        add_field(&f, "key", "k");
        sign(&f, POLICY("{\"bucket\":\"" CLIENT_BUCKET "\"},"));
        add_file(&f, "\r\n---" BOUNDARY "\r\r\n-");
        form_close(&f);
        a = post(c, &f);
        expect("pieces", &a, 204, "");
        answer_free(&a);
        a = get(c, "/k");
        assert_string_equal(a.body, "\r\n---" BOUNDARY "\r\r\n-");
        answer_free(&a);
    }
}

/* Example 7; what a client says of the file's folder is not heeded (RFC 7578 s.4.2). */
static void the_filename_stands_in_the_key(void **state)
{
    static const struct {
        const char *key, *filename, *becomes;
    } rows[] = {
        {"folder/subfolder/${filename}", "photo.jpg", "folder/subfolder/photo.jpg"},
        {"${filename}", "C:\\pictures\\photo.jpg", "photo.jpg"},
        {"u/${filename}", "/srv/u/photo.jpg", "u/photo.jpg"},
        {"${filename}/${filename}.bak", "a", "a/a.bak"},
        {"$filename${filename", "a", "$filename${filename"},
        {"x${filename}", "", "x"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct sent f;
        form_open(&f);
        add_field(&f, "key", rows[i].key);
        sign(&f, POLICY("[\"starts-with\",\"$key\",\"\"],"));
        add_file_called(&f, rows[i].filename, CONTENT);
        form_close(&f);
        struct answer a = post(c, &f);
        expect(rows[i].key, &a, 204, "");
        answer_free(&a);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->key, rows[i].becomes);
        cosmock_entries_free(e);
    }
}

/* --- who posts --- */

static struct answer post_signed_with(struct client *c, void (*add)(struct sent *f))
{
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "dir/k");
    add(&f);
    add_file(&f, CONTENT);
    form_close(&f);
    return post(c, &f);
}

static void by_header(struct sent *f)
{
    authorize(&f->q, CLIENT_ID, CLIENT_SECRET, "/");
}

/* .NET says it in both places (PostObjectRequest.cs:248); here the header goes. */
static void by_field(struct sent *f)
{
    authorize(&f->q, CLIENT_ID, CLIENT_SECRET, "/");
    add_field(f, "Signature", f->q.headers[--f->q.n_headers].value);
}

static void by_header_of_another_path(struct sent *f)
{
    authorize(&f->q, CLIENT_ID, CLIENT_SECRET, "/dir/k");
}

static void by_nobody(struct sent *f)
{
    add_field(f, "x-cos-meta-a", "b");
}

static void by_half(struct sent *f)
{
    add_field(f, "q-sign-algorithm", "sha1");
    add_field(f, "q-ak", CLIENT_ID);
    add_field(f, "q-key-time", WINDOW);
    add_field(f, "q-signature", PUBLISHED_SIGNATURE);
}

static void by_an_unknown_key(struct sent *f)
{
    sign_as(f, &(struct signer){"AKIDnobody", "x", WINDOW},
            "{\"expiration\":\"" EXPIRATION "\",\"conditions\":[" REQUIRED("AKIDnobody") "]}");
}

static void in_a_window_that_is_over(struct sent *f)
{
    sign_as(f, &(struct signer){CLIENT_ID, CLIENT_SECRET, "1600000000;1600000001"}, POLICY(""));
}

static void a_form_is_signed_by_its_policy_or_as_any_request(void **state)
{
    static const struct {
        const char *name;
        void (*add)(struct sent *f);
        int status;
        const char *code, *authn;
    } rows[] = {
        {"header", by_header, 204, "", "ok"},
        {"field Signature", by_field, 204, "", "ok"},
        {"header of another path", by_header_of_another_path, 403, "SignatureDoesNotMatch",
         "signature-differs"},
        {"nobody", by_nobody, 403, "AccessDenied", "anonymous"},
        {"no policy", by_half, 403, "AccessDenied", "malformed"},
        {"unknown key", by_an_unknown_key, 403, "InvalidAccessKeyId", "unknown-key"},
        {"late", in_a_window_that_is_over, 403, "AccessDenied", "outside-key-time"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = post_signed_with(c, rows[i].add);
        expect(rows[i].name, &a, rows[i].status, rows[i].code);
        answer_free(&a);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->authn, rows[i].authn);
        cosmock_entries_free(e);
    }
}

/* Whoever may do nothing but PostObject on its key may post, signed or not. */
static void a_form_needs_the_right_to_post_its_key(void **state)
{
    static const char anyone[] =
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"principal\":{\"qcs\":"
        "[\"qcs::cam::anyone:anyone\"]},\"action\":[\"name/cos:PostObject\"],\"resource\":"
        "[\"qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/*\"]}]}";
    struct client *c = *state;
    assert_int_equal(cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET, anyone, NULL),
                     COSMOCK_OK);
    struct answer a = post_signed_with(c, by_nobody);
    expect("public", &a, 204, "");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->questions[0].action, "name/cos:PostObject");
    assert_string_equal(e->questions[0].resource,
                        "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/k");
    cosmock_entries_free(e);
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "elsewhere");
    add_file(&f, CONTENT);
    form_close(&f);
    a = post(c, &f);
    expect("elsewhere", &a, 403, "AccessDenied");
    answer_free(&a);
    assert_int_equal(count(c), 1);
}

static void a_temporary_key_brings_its_token_in_a_field(void **state)
{
    struct client *c = *state;
    struct token t;
    mint_token(c, &t);
    for (int has_token = 0; has_token <= 1; has_token++) {
        struct sent f;
        char policy[600];
        (void)snprintf(policy, sizeof(policy),
                       "{\"expiration\":\"" EXPIRATION "\",\"conditions\":["
                       "{\"q-sign-algorithm\":\"sha1\"},{\"q-ak\":\"%s\"},"
                       "[\"eq\",\"$q-sign-time\",\"" WINDOW "\"]]}",
                       t.id);
        form_open(&f);
        add_field(&f, "key", "dir/k");
        if (has_token) {
            add_field(&f, "x-cos-security-token", t.token);
        }
        sign_as(&f, &(struct signer){t.id, t.secret, WINDOW}, policy);
        add_file(&f, CONTENT);
        form_close(&f);
        struct answer a = post(c, &f);
        expect("token", &a, has_token ? 204 : 403, has_token ? "" : "InvalidAccessKeyId");
        answer_free(&a);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->token, has_token ? "ok" : "missing");
        assert_null(strstr(e->ignored, "token"));
        cosmock_entries_free(e);
    }
}

static void with_enforcement_off_no_policy_is_asked(void **state)
{
    struct client *c = *state;
    client_switch(c, "enforcement", "off");
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "k");
    add_field(&f, "policy", "nonsense");
    add_field(&f, "q-ak", CLIENT_ID);
    add_file(&f, CONTENT);
    form_close(&f);
    struct answer a = post(c, &f);
    expect("off", &a, 204, "");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->secret_id, CLIENT_ID);
    cosmock_entries_free(e);
}

/* --- policies --- */

#define DIFFERS(key, value) "Condition key " key " doesn&apos;t match the value " value

static void a_form_keeps_its_policy(void **state)
{
    static const struct {
        const char *policy;
        int status;
        const char *code, *message;
    } rows[] = {
        {POLICY("{\"acl\":\"private\"},"), 204, "", NULL},
        {POLICY("[\"eq\",\"$ACL\",\"private\"],"), 204, "", NULL},
        {POLICY("[\"starts-with\",\"$acl\",\"pri\"],"), 204, "", NULL},
        {POLICY("[\"starts-with\",\"$x-cos-meta-a\",\"\"],"), 204, "", NULL},
        {POLICY("{\"bucket\":\"" CLIENT_BUCKET "\"},{\"key\":\"dir/example.jpg\"},"), 204, "",
         NULL},
        {POLICY("[\"content-length-range\",16,16],"), 204, "", NULL},
        {POLICY("[\"content-length-range\",\"1\",\"16\"],"), 204, "", NULL},
        {POLICY("{\"acl\":\"default\"},"), 403, "AccessDenied", DIFFERS("acl", "default")},
        {POLICY("[\"starts-with\",\"$key\",\"other/\"],"), 403, "AccessDenied",
         DIFFERS("key", "other/")},
        {POLICY("{\"key\":\"dir/${filename}\"},"), 403, "AccessDenied",
         DIFFERS("key", "dir/${filename}")},
        {POLICY("{\"bucket\":\"other-1250000000\"},"), 403, "AccessDenied",
         DIFFERS("bucket", "other-1250000000")},
        {POLICY("{\"q-ak\":\"AKIDother\"},"), 403, "AccessDenied",
         DIFFERS("q-ak", "AKIDother")},
        {POLICY("[\"starts-with\",\"$Content-Type\",\"\"],"), 403, "AccessDenied",
         DIFFERS("Content-Type", "")}, /* the form has none */
        {POLICY("[\"content-length-range\",17,20],"), 400, "EntityTooSmall", NULL},
        {POLICY("[\"content-length-range\",0,15],"), 400, "EntityTooLarge", NULL},
        {POLICY("[\"starts-with\",\"$bucket\",\"ex\"],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("[\"starts-with\",\"$x-cos-grant-read\",\"\"],"), 400, "InvalidPolicyDocument",
         NULL},
        {POLICY("[\"gt\",\"$key\",\"a\"],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("[\"eq\",\"key\",\"dir/example.jpg\"],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("[\"eq\",\"$key\"],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("[\"content-length-range\",\"a\",1],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("{\"key\":1},"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("\"key\","), 400, "InvalidPolicyDocument", NULL},
        {"{\"expiration\":\"" EXPIRATION "\",\"conditions\":[]}", 400, "InvalidPolicyDocument",
         "You must provide condition if you specify a policy in post object request."},
        {"{\"expiration\":\"" EXPIRATION "\"}", 400, "InvalidPolicyDocument",
         "You must provide condition if you specify a policy in post object request."},
        {"{\"expiration\":", 400, "InvalidPolicyDocument",
         "You must provide condition if you specify a policy in post object request."},
        {"{\"conditions\":[" REQUIRED(CLIENT_ID) "]}", 400, "InvalidPolicyDocument", NULL},
        {"{\"expiration\":\"tomorrow\",\"conditions\":[" REQUIRED(CLIENT_ID) "]}", 400,
         "InvalidPolicyDocument", NULL},
        {"{\"expiration\":\"2023-11-14T22:15:00Z\",\"conditions\":[" REQUIRED(CLIENT_ID) "]}",
         403, "AccessDenied",
         "You post object request has been expired, expiration time: 1700000100 but the time "
         "now : 1700000100"},
        {"{\"expiration\":\"" EXPIRATION "\",\"conditions\":[{\"acl\":\"private\"}]}", 400,
         "InvalidPolicyDocument", NULL},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct sent f;
        form_open(&f);
        add_field(&f, "key", "dir/${filename}");
        add_field(&f, "Acl", "private");
        add_field(&f, "x-cos-meta-a", "1");
        sign(&f, rows[i].policy);
        add_file(&f, CONTENT);
        form_close(&f);
        int64_t before = count(c);
        struct answer a = post(c, &f);
        expect(rows[i].policy, &a, rows[i].status, rows[i].code);
        if (rows[i].message != NULL && strstr(a.body, rows[i].message) == NULL) {
            fail_msg("%s: %s", rows[i].policy, a.body);
        }
        answer_free(&a);
        assert_int_equal(count(c) - before, i == 0 ? 1 : 0);
    }
}

static void the_conditions_on_the_signature_are_a_switch(void **state)
{
    struct client *c = *state;
    client_switch(c, "form-conditions", "optional");
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "k");
    sign(&f, "{\"expiration\":\"" EXPIRATION "\",\"conditions\":[{\"key\":\"k\"}]}");
    add_file(&f, CONTENT);
    form_close(&f);
    struct answer a = post(c, &f);
    expect("optional", &a, 204, "");
    answer_free(&a);
}

/* --- what is no form, or too much of one --- */

static void nothing_before_the_file(struct sent *f)
{
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void two_files(struct sent *f)
{
    add_field(f, "key", "k");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
    add_file(f, CONTENT);
}

static void no_file(struct sent *f)
{
    add_field(f, "key", "k");
    sign(f, POLICY(""));
}

static void a_key_of_851_bytes(struct sent *f)
{
    char key[852];
    memset(key, 'k', sizeof(key) - 1);
    key[851] = '\0';
    add_field(f, "key", key);
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void two_keys(struct sent *f)
{
    add_field(f, "key", "k");
    add_field(f, "Key", "l");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void a_line_end_in_a_type(struct sent *f)
{
    add_field(f, "key", "k");
    add_field(f, "Content-Type", "text/plain\r\nSet-Cookie: a=b");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void a_line_end_in_a_redirect(struct sent *f)
{
    add_field(f, "key", "k");
    add_field(f, "success_action_redirect", "http://x/\r\nSet-Cookie: a=b");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void a_blank_in_a_name(struct sent *f)
{
    add_field(f, "key", "k");
    add_field(f, "x-cos-meta-a b", "c");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void a_field_of_66_kib(struct sent *f)
{
    char *value = calloc(1, (66 << 10) + 1);
    memset(value, 'v', 66 << 10);
    add_field(f, "submit", value);
    free(value);
    add_field(f, "key", "k");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void fields_by_the_hundred(struct sent *f)
{
    for (int i = 0; i < 200; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "f%d", i);
        add_field(f, name, "");
    }
    add_file(f, CONTENT);
}

static void another_md5(struct sent *f)
{
    add_field(f, "key", "k");
    add_field(f, "Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void no_md5(struct sent *f)
{
    add_field(f, "key", "k");
    add_field(f, "Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void another_md5_of_all(struct sent *f)
{
    add_header(&f->q, "Content-MD5", CONTENT_MD5);
    add_field(f, "key", "k");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void another_type(struct sent *f)
{
    f->content_type = "application/octet-stream";
    add_field(f, "key", "k");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void another_boundary(struct sent *f)
{
    f->content_type = "multipart/form-data; boundary=other";
    add_field(f, "key", "k");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void another_bucket(struct sent *f)
{
    add_header(&f->q, "Host", "other-1250000000.cos.ap-beijing.myqcloud.com");
    add_field(f, "key", "k");
    sign(f, POLICY(""));
    add_file(f, CONTENT);
}

static void what_is_no_good_form_is_refused(void **state)
{
    static const struct {
        const char *name;
        void (*add)(struct sent *f);
        int status;
        const char *code;
    } rows[] = {
        {"no key", nothing_before_the_file, 400, "InvalidArgument"},
        {"two files", two_files, 400, "IncorrectNumberOfFilesInPostRequest"},
        {"no file", no_file, 400, "IncorrectNumberOfFilesInPostRequest"},
        {"long key", a_key_of_851_bytes, 400, "KeyTooLong"},
        {"two keys", two_keys, 400, "InvalidRequest"},
        {"line end in a type", a_line_end_in_a_type, 400, "InvalidArgument"},
        {"line end in a redirect", a_line_end_in_a_redirect, 400, "InvalidArgument"},
        {"blank in a name", a_blank_in_a_name, 400, "InvalidArgument"},
        {"much", a_field_of_66_kib, 400, "MaxPostPreDataLengthExceededError"},
        {"many", fields_by_the_hundred, 400, "MaxPostPreDataLengthExceededError"},
        {"another MD5", another_md5, 400, "BadDigest"},
        {"no MD5", no_md5, 400, "InvalidDigest"},
        {"another MD5 of the form", another_md5_of_all, 400, "BadDigest"},
        {"another type", another_type, 400, "MalformedPOSTRequest"},
        {"another boundary", another_boundary, 400, "MalformedPOSTRequest"},
        {"another bucket", another_bucket, 404, "NoSuchBucket"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct sent f;
        form_open(&f);
        rows[i].add(&f);
        form_close(&f);
        struct answer a = post(c, &f);
        expect(rows[i].name, &a, rows[i].status, rows[i].code);
        answer_free(&a);
        assert_int_equal(count(c), 0);
    }
}

/* The header is of the whole body, the field of the file. */
static void the_md5_of_a_whole_form_is_heeded(void **state)
{
    struct client *c = *state;
    struct sent f;
    uint8_t md5[COS_MD5_BYTES];
    char text[COS_BASE64_BYTES(COS_MD5_BYTES)];
    form_open(&f);
    add_field(&f, "key", "k");
    sign(&f, POLICY(""));
    add_file(&f, CONTENT);
    form_close(&f);
    cos_md5(md5, f.body.ptr, f.body.len);
    cos_base64_encode(text, md5, sizeof(md5));
    add_header(&f.q, "Content-MD5", text);
    f.piece = 7;
    struct answer a = post(c, &f);
    expect("md5", &a, 204, "");
    answer_free(&a);
}

static void a_form_cut_short_stores_nothing(void **state)
{
    struct client *c = *state;
    struct sent f;
    size_t whole = SIZE_MAX;
    /* of the last "--" and its line's end it needs the former only */
    for (size_t n = 0; n < whole - 4; n += 13) {
        form_open(&f);
        add_field(&f, "key", "k");
        sign(&f, POLICY(""));
        add_file(&f, CONTENT);
        form_close(&f);
        whole = f.body.len;
        f.body.len = n;
        struct answer a = post(c, &f);
        expect("cut", &a, 400, "MalformedPOSTRequest");
        answer_free(&a);
    }
    assert_int_equal(count(c), 0);
}

/* The transport is told to stop as soon as the fields are there. */
static void a_refusal_comes_before_a_byte_of_the_file(void **state)
{
    struct client *c = *state;
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "k");
    sign(&f, POLICY("{\"key\":\"other\"},"));
    add_file(&f, "");
    add_header(&f.q, "Host", CLIENT_HOST);
    add_header(&f.q, "Content-Type", f.content_type);
    add_header(&f.q, "Content-Length", "1000000000");
    struct answer a = {0};
    assert_int_equal(client_begin(c, &a.x, &f.q), COSMOCK_WANT_BODY);
    assert_int_equal(cosmock_body(a.x, f.body.ptr, f.body.len - 2), COSMOCK_WANT_SEND);
    assert_int_equal(cosmock_finish(a.x), 0);
    answer_read(&a);
    expect("early", &a, 403, "AccessDenied");
    answer_free(&a);
    cos_buf_deinit(&f.body);
}

/* The document wants the file last. */
static void fields_behind_the_file_have_no_effect_and_are_named(void **state)
{
    struct client *c = *state;
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "k");
    sign(&f, POLICY(""));
    add_file(&f, CONTENT);
    add_field(&f, "x-cos-meta-late", "v");
    add_field(&f, "success_action_status", "200");
    form_close(&f);
    struct answer a = post(c, &f);
    expect("late", &a, 204, "");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->ignored, "x-cos-meta-late;success_action_status");
    cosmock_entries_free(e);
    a = get(c, "/k");
    assert_string_equal(answer_header(&a, "x-cos-meta-late"), "");
    answer_free(&a);
}

static void a_form_heeds_forbid_overwrite(void **state)
{
    struct client *c = *state;
    for (int i = 0; i < 2; i++) {
        struct sent f;
        form_open(&f);
        add_field(&f, "key", "k");
        add_field(&f, "x-cos-forbid-overwrite", "true");
        sign(&f, POLICY(""));
        add_file(&f, CONTENT);
        form_close(&f);
        struct answer a = post(c, &f);
        expect("overwrite", &a, i == 0 ? 204 : 409, i == 0 ? "" : "FileAlreadyExists");
        answer_free(&a);
    }
}

static void faults_know_the_key_of_a_form(void **state)
{
    struct client *c = *state;
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;
    fault.op = "PostObject";
    fault.key_glob = "dir/*";
    fault.kind = COSMOCK_FAULT_REPLY;
    fault.http_status = 503;
    assert_int_equal(cosmock_fault_push(c->tenant, &fault, NULL, NULL), COSMOCK_OK);
    struct answer a = post_signed_with(c, by_header);
    expect("fault", &a, 503, "SlowDown");
    answer_free(&a);
    assert_int_equal(count(c), 0);
}

/* The secret itself, in whatever field. */
static void a_form_that_shows_a_secret_is_noticed(void **state)
{
    struct client *c = *state;
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "k");
    add_field(&f, "secret", CLIENT_SECRET);
    sign(&f, POLICY(""));
    add_file(&f, CONTENT);
    form_close(&f);
    struct answer a = post(c, &f);
    expect("secret", &a, 204, "");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_true(e->shows_secret);
    cosmock_entries_free(e);
}

/* Its digest is computed by other threads, and the request waits for it. */
static void a_large_file_comes_whole(void **state)
{
    struct client *c = *state;
    size_t n = 5u << 20;
    char *content = calloc(1, n + 1);
    memset(content, 'a', n);
    struct sent f;
    form_open(&f);
    add_field(&f, "key", "k");
    sign(&f, POLICY(""));
    add_file(&f, content);
    form_close(&f);
    f.piece = 100000;
    struct answer a = post(c, &f);
    expect("large", &a, 204, "");
    uint8_t md5[COS_MD5_BYTES];
    char hex[2 * COS_MD5_BYTES + 3] = "\"";
    cos_md5(md5, content, n);
    cos_hex_encode(hex + 1, md5, sizeof(md5));
    hex[33] = '"';
    hex[34] = '\0';
    assert_string_equal(answer_header(&a, "ETag"), hex);
    answer_free(&a);
    free(content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_published_signature_verifies, open_published,
                                        client_close),
        cmocka_unit_test_setup_teardown(a_changed_byte_of_policy_or_signature_is_noticed,
                                        open_published, client_close),
        CLIENT_TEST(a_form_becomes_an_object),
        CLIENT_TEST(an_empty_content_type_counts_as_none),
        CLIENT_TEST(a_form_answers_as_it_asks),
        CLIENT_TEST(a_form_is_the_same_in_whichever_pieces_it_comes),
        CLIENT_TEST(the_filename_stands_in_the_key),
        CLIENT_TEST(a_form_is_signed_by_its_policy_or_as_any_request),
        CLIENT_TEST(a_form_needs_the_right_to_post_its_key),
        CLIENT_TEST(a_temporary_key_brings_its_token_in_a_field),
        CLIENT_TEST(with_enforcement_off_no_policy_is_asked),
        CLIENT_TEST(a_form_keeps_its_policy),
        CLIENT_TEST(the_conditions_on_the_signature_are_a_switch),
        CLIENT_TEST(what_is_no_good_form_is_refused),
        CLIENT_TEST(the_md5_of_a_whole_form_is_heeded),
        CLIENT_TEST(a_form_cut_short_stores_nothing),
        CLIENT_TEST(a_refusal_comes_before_a_byte_of_the_file),
        CLIENT_TEST(fields_behind_the_file_have_no_effect_and_are_named),
        CLIENT_TEST(a_form_heeds_forbid_overwrite),
        CLIENT_TEST(faults_know_the_key_of_a_form),
        CLIENT_TEST(a_form_that_shows_a_secret_is_noticed),
        CLIENT_TEST(a_large_file_comes_whole),
    };
    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
