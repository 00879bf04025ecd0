/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the real plugin was seen to send (fixtures/exchanges/plugin.json) gets the answer it was
 * seen to work with: the same status and the same meaning. Requests come as captured, with
 * their own signatures and at their own time. Only a request that names an upload is signed
 * anew: its id is made here.
 */
#include "client.h"

#include "cosbase/file.h"
#include "cosbase/xml.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)
#define BUCKET "testbkt-1250000000"
#define HOST BUCKET ".cos.mock.test"
#define ID "AKIDdummySecretId"
#define SECRET "dummySecretKey"
#define WORLD                                                              \
    "accounts:\n"                                                          \
    "  - uin: \"100000000001\"\n"                                          \
    "    appid: \"1250000000\"\n"                                          \
    "    keys:\n"                                                          \
    "      - {secret_id: " ID ", secret_key: " SECRET "}\n"                \
    "      - {secret_id: AKIDtmp001265, secret_key: tmpSecretKey001265}\n" \
    "buckets:\n"                                                           \
    "  - {name: " BUCKET ", region: ap-guangzhou}\n"                       \
    "suffixes: [cos.mock.test]\n"

static struct cos_json *exchanges;

static const char *text_of(const struct cos_json *row, const char *name)
{
    return cos_json_str(cos_json_get(row, name));
}

static int64_t number_of(const struct cos_json *row, const char *name)
{
    int64_t n = 0;
    (void)cos_json_i64(cos_json_get(row, name), &n);
    return n;
}

struct bytes {
    char *ptr;
    size_t n;
};

/* "body", "hex" or "zeros" of @what; none of them: no bytes. */
static struct bytes bytes_of(const struct cos_json *what)
{
    const char *text = text_of(what, "body");
    const char *hex = text_of(what, "hex");
    size_t n = text != NULL  ? strlen(text)
               : hex != NULL ? strlen(hex) / 2
                             : (size_t)number_of(what, "zeros");
    struct bytes b = {calloc(1, n + 1), n};
    assert_non_null(b.ptr);
    if (text != NULL) {
        memcpy(b.ptr, text, n);
    }
    assert_true(hex == NULL || cos_hex_decode(b.ptr, n, cos_span_of(hex)));
    return b;
}

/* --- what an exchange finds --- */

static void put(struct client *c, const char *key, const void *bytes, size_t n)
{
    struct cosmock_error err = {0};
    if (cosmock_object_put(c->tenant, BUCKET, key, bytes, n, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

static void put_objects(struct client *c, const struct cos_json *given)
{
    for (const struct cos_json *o = cos_json_first(cos_json_get(given, "objects")); o != NULL;
         o = cos_json_next(o)) {
        struct bytes b = bytes_of(o);
        put(c, text_of(o, "key"), b.ptr, b.n);
        free(b.ptr);
    }
    for (int64_t i = 0; i < number_of(given, "many"); i++) {
        char key[32];
        (void)snprintf(key, sizeof(key), "many/%lld", (long long)i);
        put(c, key, "", 0);
    }
}

static void push_fault(struct client *c, const struct cos_json *planted)
{
    if (planted == NULL) {
        return;
    }
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;
    fault.kind = COSMOCK_FAULT_REPLY;
    fault.http_status = (int)number_of(planted, "status");
    fault.code = text_of(planted, "code");
    assert_int_equal(cosmock_fault_push(c->tenant, &fault, NULL, NULL), COSMOCK_OK);
}

static struct answer ask_unsigned(struct client *c, const char *method, const char *target,
                                  struct bytes body)
{
    static struct question q;
    q = (struct question){.method = method, .target = target, .body = body.ptr, .n = body.n};
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", body.n);
    add_header(&q, "Host", HOST);
    add_header(&q, "Content-Length", length);
    struct answer r = client_send(c, &q);
    assert_int_equal(r.status, 200);
    return r;
}

/* An upload and its parts, of zeros; its id to @id. */
static void begin_upload(struct client *c, const struct cos_json *upload, char id[128])
{
    if (upload == NULL) {
        return;
    }
    const char *key = text_of(upload, "key");
    char target[300];
    (void)snprintf(target, sizeof(target), "/%s?uploads", key);
    client_switch(c, "enforcement", "off");
    struct answer r = ask_unsigned(c, "POST", target, (struct bytes){NULL, 0});
    (void)snprintf(id, 128, "%.100s", between(r.body, "<UploadId>", "</UploadId>"));
    answer_free(&r);
    int number = 0;
    for (const struct cos_json *part = cos_json_first(cos_json_get(upload, "parts"));
         part != NULL; part = cos_json_next(part)) {
        struct bytes zeros = bytes_of(part);
        (void)snprintf(target, sizeof(target), "/%s?partNumber=%d&uploadId=%s", key, ++number,
                       id);
        r = ask_unsigned(c, "PUT", target, zeros);
        answer_free(&r);
        free(zeros.ptr);
    }
    client_switch(c, "enforcement", "enforce");
}

/* --- the request --- */

/* @text with the upload's id where it says so. */
static void with_id(char out[600], const char *text, const char *id)
{
    const char *at = strstr(text, "{uploadId}");
    (void)snprintf(out, 600, "%.*s%s%s", (int)(at == NULL ? strlen(text) : (size_t)(at - text)),
                   text, at == NULL ? "" : id, at == NULL ? "" : at + strlen("{uploadId}"));
}

/* The captured line with the signature of @format. */
static void sign_anew(char line[600], const char *captured, const char *format)
{
    const char *cut = strstr(captured, "q-signature=");
    assert_non_null(cut);
    char window[64];
    (void)snprintf(window, sizeof(window), "%s", between(captured, "q-sign-time=", "&"));
    char key[41];
    cos_hmac_sha1_hex(key, SECRET, strlen(SECRET), window, strlen(window));
    char digest[41];
    cos_sha1_hex(digest, format, strlen(format));
    char string[200];
    int n = snprintf(string, sizeof(string), "sha1\n%s\n%s\n", window, digest);
    char signature[41];
    cos_hmac_sha1_hex(signature, key, 40, string, (size_t)n);
    (void)snprintf(line, 600, "%.*sq-signature=%s", (int)(cut - captured), captured, signature);
}

static struct answer replay(struct client *c, const struct cos_json *row, const char *id)
{
    static struct question q;
    char target[600];
    with_id(target, text_of(row, "target"), id);
    struct bytes body = bytes_of(row);
    q = (struct question){.method = text_of(row, "method"),
                          .target = target,
                          .body = body.ptr,
                          .n = body.n};
    for (const struct cos_json *h = cos_json_first(cos_json_get(row, "headers")); h != NULL;
         h = cos_json_next(h)) {
        const char *name = cos_json_str(cos_json_first(h));
        const char *value = cos_json_str(cos_json_next(cos_json_first(h)));
        char line[600];
        if (strcmp(name, "Authorization") == 0 && text_of(row, "format") != NULL) {
            char format[600];
            with_id(format, text_of(row, "format"), id);
            sign_anew(line, value, format);
            value = line;
        }
        add_header(&q, name, value);
    }
    struct answer r = client_send(c, &q);
    free(body.ptr);
    return r;
}

/* --- the meaning of an answer --- */

/* What another mock could not know: ids, times, and whose host it was. */
static bool is_free(const char *name)
{
    static const char *const names[] = {"LastModified", "UploadId",    "Location", "Token",
                                        "TmpSecretKey", "TmpSecretId", "RequestId"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The child of @other that is what @child is of @parent: the first, second, ... of its name. */
static const struct cos_xml *counterpart(const struct cos_xml *other,
                                         const struct cos_xml *parent,
                                         const struct cos_xml *child)
{
    const struct cos_xml *o = cos_xml_get(other, cos_xml_name(child));
    for (const struct cos_xml *e = cos_xml_first(parent); e != child; e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), cos_xml_name(child)) != 0) {
            continue;
        }
        do {
            o = cos_xml_next(o);
        } while (o != NULL && strcmp(cos_xml_name(o), cos_xml_name(child)) != 0);
    }
    return o;
}

/* Not their order, and documents have elements that the recorder had not, such as CRC64. */
static void expect_xml(const struct cos_xml *want, const struct cos_xml *got, const char *title)
{
    if (cos_xml_first(want) == NULL && !is_free(cos_xml_name(want)) &&
        strcmp(cos_xml_text(want), cos_xml_text(got)) != 0) {
        fail_msg("%s: <%s> is %s", title, cos_xml_name(want), cos_xml_text(got));
    }
    for (const struct cos_xml *w = cos_xml_first(want); w != NULL; w = cos_xml_next(w)) {
        const struct cos_xml *g = counterpart(got, want, w);
        if (g == NULL) {
            fail_msg("%s: <%s> has no <%s>", title, cos_xml_name(want), cos_xml_name(w));
        }
        expect_xml(w, g, title);
    }
    for (const struct cos_xml *g = cos_xml_first(got); g != NULL; g = cos_xml_next(g)) {
        if (cos_xml_get(want, cos_xml_name(g)) != NULL && counterpart(want, got, g) == NULL) {
            fail_msg("%s: one <%s> too many", title, cos_xml_name(g));
        }
    }
}

static void expect_document(const char *want, const struct answer *r, const char *title)
{
    struct cos_xml_limits limits = COS_XML_LIMITS_DEFAULT;
    struct cos_text_error err;
    COS_CLEANUP(cos_xml_free) struct cos_xml *w = NULL;
    COS_CLEANUP(cos_xml_free) struct cos_xml *g = NULL;
    assert_int_equal(cos_xml_parse(&w, cos_span_of(want), &limits, &err), 0);
    if (cos_xml_parse(&g, cos_span_make(r->body, r->n), &limits, &err) != 0) {
        fail_msg("%s: %s", title, r->body);
    }
    assert_string_equal(cos_xml_name(g), cos_xml_name(w));
    if (strcmp(cos_xml_name(w), "Error") != 0) {
        expect_xml(w, g, title);
    } else if (strcmp(cos_xml_child_text(w, "Code"), cos_xml_child_text(g, "Code")) != 0) {
        fail_msg("%s: %s", title, r->body);
    }
}

/* The members of the captured object, each of its kind; what is not free is equal. */
static void expect_json(const struct cos_json *want, const struct cos_json *got,
                        const char *title)
{
    for (const struct cos_json *w = cos_json_first(want); w != NULL; w = cos_json_next(w)) {
        const struct cos_json *g = cos_json_get(got, cos_json_name(w));
        bool is_equal = cos_json_kind(w) == cos_json_kind(g);
        if (is_equal && cos_json_kind(w) == COS_JSON_OBJECT) {
            expect_json(w, g, title);
        } else if (is_equal && !is_free(cos_json_name(w))) {
            is_equal = cos_json_is_str(w) ? strcmp(cos_json_str(w), cos_json_str(g)) == 0
                                          : cos_json_double(w, -1) == cos_json_double(g, -2);
        }
        if (!is_equal) {
            fail_msg("%s: %s", title, cos_json_name(w));
        }
    }
}

static void expect_fields(const char *want, const struct answer *r, const char *title)
{
    struct cos_text_error err;
    COS_CLEANUP(cos_json_free) struct cos_json *w = NULL;
    COS_CLEANUP(cos_json_free) struct cos_json *g = NULL;
    assert_int_equal(cos_json_parse(&w, cos_span_of(want), NULL, &err), 0);
    assert_int_equal(cos_json_parse(&g, cos_span_make(r->body, r->n), NULL, &err), 0);
    expect_json(w, g, title);
}

/* Names in the captured spelling: this SDK looks for `Content-Length`, not `content-length`. */
static void expect_headers(const struct cos_json *want, const struct answer *r,
                           const char *title)
{
    size_t n;
    const struct cosmock_header *got = cosmock_reply_headers(r->x, &n);
    for (const struct cos_json *h = cos_json_first(want); h != NULL; h = cos_json_next(h)) {
        const char *name = cos_json_str(cos_json_first(h));
        const char *value = cos_json_str(cos_json_next(cos_json_first(h)));
        size_t i = 0;
        while (i < n &&
               !cos_span_eq_str(cos_span_make(got[i].name.ptr, got[i].name.len), name)) {
            i++;
        }
        if (i == n ||
            !cos_span_eq_str(cos_span_make(got[i].value.ptr, got[i].value.len), value)) {
            fail_msg("%s: %s: %s", title, name, answer_header(r, name));
        }
    }
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        n++;
    }
    return n;
}

/* A page too long to be kept: how many entries, the first and the last. */
static void expect_page(const struct cos_json *listed, const struct answer *r,
                        const char *title)
{
    if (listed == NULL) {
        return;
    }
    char first[64];
    char last[64];
    (void)snprintf(first, sizeof(first), "<Key>%s</Key>", text_of(listed, "first"));
    (void)snprintf(last, sizeof(last), "<Key>%s</Key>", text_of(listed, "last"));
    if (count(r->body, "<Key>") != (size_t)number_of(listed, "count") ||
        count(r->body, first) != 1 || count(r->body, last) != 1 ||
        strstr(r->body, "<IsTruncated>false</IsTruncated>") == NULL) {
        fail_msg("%s: %s", title, r->body);
    }
}

static void expect_captured(const struct cos_json *row, const struct answer *r)
{
    const char *title = text_of(row, "name");
    const char *want = text_of(row, "answer");
    if (r->status != number_of(row, "status")) {
        fail_msg("%s: %d %s", title, r->status, r->body);
    }
    expect_headers(cos_json_get(row, "answer_headers"), r, title);
    expect_page(cos_json_get(row, "listed"), r, title);
    if (want != NULL && want[0] == '<') {
        expect_document(want, r, title);
    } else if (want != NULL) {
        expect_fields(want, r, title);
    }
}

/* --- claims --- */

static void open_for(struct client *c, const struct cos_json *row, char id[128])
{
    const struct cos_json *given = cos_json_get(row, "given");
    client_open_world(c, WORLD);
    client_freeze(c, number_of(row, "at_s"));
    put_objects(c, given);
    begin_upload(c, cos_json_get(given, "upload"), id);
    push_fault(c, cos_json_get(given, "fault"));
}

static void every_exchange_ends_as_it_was_captured(void **state)
{
    size_t n = 0;
    for (const struct cos_json *row = cos_json_first(exchanges); row != NULL;
         row = cos_json_next(row), n++) {
        struct client c;
        char id[128];
        open_for(&c, row, id);
        if (strcmp(text_of(row, "signature"), "ok") != 0) {
            client_switch(&c, "enforcement", "off"); /* the recorder let it pass, too */
        }
        struct answer r = replay(&c, row, id);
        expect_captured(row, &r);
        answer_free(&r);
        client_shut(&c);
    }
    assert_int_equal(n, 91);
}

static void what_was_signed_with_a_wrong_key_is_refused(void **state)
{
    size_t n = 0;
    for (const struct cos_json *row = cos_json_first(exchanges); row != NULL;
         row = cos_json_next(row)) {
        const char *signature = text_of(row, "signature");
        if (strcmp(signature, "ok") == 0) {
            continue;
        }
        struct client c;
        char id[128];
        open_for(&c, row, id);
        struct answer r = replay(&c, row, id);
        struct cosmock_entry *e = last_entry(&c);
        if (r.status != 403 ||
            strcmp(e->code, strcmp(signature, "wrong") == 0 ? "SignatureDoesNotMatch"
                                                            : "InvalidAccessKeyId") != 0) {
            fail_msg("%s: %d %s", text_of(row, "name"), r.status, e->code);
        }
        cosmock_entries_free(e);
        answer_free(&r);
        client_shut(&c);
        n++;
    }
    assert_int_equal(n, 12);
}

static bool load(const char *fixtures)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, FILE_MAX_BYTES);
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/exchanges/plugin.json", fixtures);
    struct cos_text_error err;
    return cos_file_read(&text, path) == 0 &&
           cos_json_parse(&exchanges, cos_buf_view(&text), NULL, &err) == 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_exchange_ends_as_it_was_captured),
        cmocka_unit_test(what_was_signed_with_a_wrong_key_is_refused),
    };

    if (argc != 2 || !load(argv[1])) {
        (void)fprintf(stderr, "usage: %s FIXTURES\n", argv[0]);
        return 2;
    }
    int r = cmocka_run_group_tests_name("exchanges", tests, NULL, NULL);
    exchanges = cos_json_free(exchanges);
    return r;
}
