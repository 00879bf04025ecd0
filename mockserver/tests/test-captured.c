/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captured error answers: what the service was seen to say (fixtures/errors/captured.json, each
 * with its source) is what the mock says to the request that brings it about. Every row of the
 * fixture is asked for.
 */
#include "client.h"

#include "cosbase/file.h"
#include "cosbase/xml.h"
#include "services/errors.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)

static struct cos_json *captured;

enum signer { SIGNED, UNSIGNED, WRONG_KEY, UNKNOWN_ID, BLANK_ID, PAST };

struct probe {
    const char *name, *method, *target;
    /* NULL: the bucket's */
    const char *host;
    const char *headers[2][2];
    /* sent with its length; NULL: none */
    const char *body;
    enum signer signer;
    bool no_length;
    /* what nothing in the mock brings about is planted: its words are the table's */
    const char *fault;
};

static const struct probe probes[] = {
    {"no signature on a private object", "GET", "/k", .signer = UNSIGNED},
    {"a key id that does not exist", "GET", "/k", .signer = UNKNOWN_ID},
    {"a key id with a blank", "GET", "/k", .signer = BLANK_ID},
    {"a signature past its end", "GET", "/k", .signer = PAST},
    {"a wrong signature", "GET", "/k", .signer = WRONG_KEY},
    {"a key that does not exist", "GET", "/none"},
    {"a bucket that does not exist", "GET", "/k",
     "none-1250000000.cos.ap-beijing.myqcloud.com"},
    {"a bucket without its appid", "PUT", "/k", "examplebucket.cos.ap-beijing.myqcloud.com"},
    {"path style on a new bucket", "GET", "/" CLIENT_BUCKET "/k",
     "cos.ap-beijing.myqcloud.com"},
    {"PUT at the website host", "PUT", "/k",
     CLIENT_BUCKET ".cos-website.ap-beijing.myqcloud.com"},
    {"a copy from a bucket that cannot be asked", "PUT", "/k",
     .headers = {{"x-cos-copy-source", "examplebucket.cos.ap-beijing.myqcloud.com/k"}}},
    {"x-cos-acl of an object", "PUT", "/k", .headers = {{"x-cos-acl", "[object Undefined]"}},
     .body = "x"},
    {"x-cos-acl of a new bucket",
     "PUT",
     "/",
     "new-1250000000.cos.ap-beijing.myqcloud.com",
     {{"x-cos-acl", "[object Undefined]"}}},
    {"multi-delete without Content-MD5", "POST", "/?delete", .body = "<Delete/>"},
    {"multi-delete of no XML", "POST", "/?delete",
     .headers = {{"Content-MD5", "kAFQmDzST7DWlj99KOF/cg=="}}, /* of "abc": RFC 1321 */
     .body = "abc"},
    {"a precondition that fails", "GET", "/k", .headers = {{"If-Match", "\"no\""}}},
    {"GET of an archived object", "GET", "/cold"},
    {"PUT without a length", "PUT", "/k", .no_length = true},
    {"another account's bucket name", "PUT", "/", .fault = "BucketAlreadyExists"},
    {"a bucket of one's own again", "PUT", "/"},
    {"a conflict of paths", "DELETE", "/k", .fault = "PathConflict"},
};

static const struct cos_json *captured_find(const char *name)
{
    for (const struct cos_json *row = cos_json_first(captured); row != NULL;
         row = cos_json_next(row)) {
        if (strcmp(cos_json_str(cos_json_get(row, "name")), name) == 0) {
            return row;
        }
    }
    fail_msg("no captured answer for: %s", name);
    return NULL;
}

/* The text of an element of a flat error document, decoded. */
static void read_error(const struct answer *r, char code[64], char message[512])
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = NULL;
    struct cos_xml_limits limits = COS_XML_LIMITS_DEFAULT;
    struct cos_text_error err;

    assert_int_equal(cos_xml_parse(&doc, cos_span_make(r->body, r->n), &limits, &err), 0);
    (void)snprintf(code, 64, "%s", cos_xml_child_text(doc, "Code"));
    (void)snprintf(message, 512, "%s", cos_xml_child_text(doc, "Message"));
}

static void expect_captured(const char *name, struct answer *r)
{
    const struct cos_json *row = captured_find(name);
    int64_t status = 0;

    assert_true(cos_json_i64(cos_json_get(row, "status"), &status));
    char code[64];
    char message[512];
    read_error(r, code, message);
    if (r->status != status || strcmp(code, cos_json_str(cos_json_get(row, "code"))) != 0 ||
        strcmp(message, cos_json_str(cos_json_get(row, "message"))) != 0) {
        fail_msg("%s: %d %s", name, r->status, r->body);
    }
}

static void sign(struct question *q, const struct probe *p, const char *path)
{
    const char *host = p->host == NULL ? CLIENT_HOST : p->host;
    const char *window = p->signer == PAST ? "1600000000;1600000100" : NULL;
    const char *id = p->signer == UNKNOWN_ID ? "AKIDnobody"
                     : p->signer == BLANK_ID ? " " CLIENT_ID
                                             : CLIENT_ID;

    if (p->signer == UNSIGNED) {
        add_header(q, "Host", host);
        return;
    }
    const char *secret = p->signer == WRONG_KEY ? "wrong" : CLIENT_SECRET;
    authorize_as(q, &(struct signing){id, secret, host, path, .sign_time = window});
}

static struct answer ask(struct client *c, const struct probe *p)
{
    static struct question q;

    q = (struct question){.method = p->method, .target = p->target};
    char path[256];
    (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(p->target, "?"), p->target);
    if (strcmp(p->target, "/?delete") == 0) {
        client_switch(c, "enforcement", "off"); /* the helper signs no parameters */
    }
    sign(&q, p, path);
    for (size_t i = 0; i < 2 && p->headers[i][0] != NULL; i++) {
        add_header(&q, p->headers[i][0], p->headers[i][1]);
    }
    q.body = p->body;
    q.n = p->body == NULL ? 0 : strlen(p->body);
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", q.n);
    if (!p->no_length) {
        add_header(&q, "Content-Length", length);
    }
    return client_send(c, &q);
}

static void prepare(struct client *c, const struct probe *p)
{
    static const struct probe cold = {"", "PUT", "/cold",
                                      .headers = {{"x-cos-storage-class", "ARCHIVE"}},
                                      .body = "x"};
    struct answer r = ask(c, &cold);

    assert_int_equal(r.status, 200);
    answer_free(&r);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;
    fault.kind = COSMOCK_FAULT_REPLY;
    if (p->fault != NULL) {
        fault.code = p->fault;
        fault.http_status = error_cos(p->fault)->status;
        struct cosmock_error err = {0};
        if (cosmock_fault_push(c->tenant, &fault, NULL, &err) != COSMOCK_OK) {
            fail_msg("%s", err.message);
        }
    }
}

static void the_mock_answers_as_the_service_was_seen_to(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(probes); i++) {
        struct client c;

        client_open_world(&c, CLIENT_WORLD);
        prepare(&c, &probes[i]);
        client_switch(&c, "path-style", "refuse"); /* buckets made since 2024 */
        struct answer r = ask(&c, &probes[i]);
        expect_captured(probes[i].name, &r);
        answer_free(&r);
        client_shut(&c);
    }
}

/* clickhouse-backup#464, over the door: Initiate, a part of one byte, another, Complete. */
static void a_small_part_is_refused_as_captured(void **state)
{
    static struct question q;

    client_switch(*state, "enforcement", "off");
    q = (struct question){.method = "POST", .target = "/m?uploads"};
    add_header(&q, "Host", CLIENT_HOST);
    struct answer r = client_send(*state, &q);
    char id[128];
    (void)snprintf(id, sizeof(id), "%.100s", between(r.body, "<UploadId>", "</UploadId>"));
    answer_free(&r);
    char target[200];
    for (int part = 1; part <= 2; part++) {
        (void)snprintf(target, sizeof(target), "/m?partNumber=%d&uploadId=%s", part, id);
        q = (struct question){.method = "PUT", .target = target, .body = "x", .n = 1};
        add_header(&q, "Host", CLIENT_HOST);
        add_header(&q, "Content-Length", "1");
        r = client_send(*state, &q);
        assert_int_equal(r.status, 200);
        answer_free(&r);
    }
    char body[300];
    int n = snprintf(body, sizeof(body),
                     "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag>"
                     "</Part><Part><PartNumber>2</PartNumber><ETag>%s</ETag></Part>"
                     "</CompleteMultipartUpload>",
                     "9dd4e461268c8034f5c8564e155c67a6", "9dd4e461268c8034f5c8564e155c67a6");
    (void)snprintf(target, sizeof(target), "/m?uploadId=%s", id);
    q = (struct question){.method = "POST", .target = target, .body = body, .n = (size_t)n};
    add_header(&q, "Host", CLIENT_HOST);
    r = client_send(*state, &q);
    expect_captured("a small part that is not the last", &r);
    answer_free(&r);
}

static void every_captured_answer_is_asked_for(void **state)
{
    for (const struct cos_json *row = cos_json_first(captured); row != NULL;
         row = cos_json_next(row)) {
        const char *name = cos_json_str(cos_json_get(row, "name"));
        bool is_asked = strcmp(name, "a small part that is not the last") == 0;

        assert_true(cos_json_str(cos_json_get(row, "source"))[0] != '\0');
        for (size_t i = 0; i < COS_ARRAY_LEN(probes) && !is_asked; i++) {
            is_asked = strcmp(probes[i].name, name) == 0;
        }
        if (!is_asked) {
            fail_msg("nothing asks for: %s", name);
        }
    }
}

static bool load(const char *fixtures)
{
    struct cos_buf text;

    cos_buf_init(&text, FILE_MAX_BYTES);
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/errors/captured.json", fixtures);
    struct cos_text_error err;
    bool ok =
        cos_file_read(&text, path) == 0 &&
        cos_json_parse(&captured, cos_buf_view(&text), &COS_JSON_LIMITS_DEFAULT, &err) == 0;
    cos_buf_deinit(&text);
    return ok;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mock_answers_as_the_service_was_seen_to),
        CLIENT_TEST(a_small_part_is_refused_as_captured),
        cmocka_unit_test(every_captured_answer_is_asked_for),
    };

    if (argc != 2 || !load(argv[1])) {
        (void)fprintf(stderr, "usage: %s FIXTURES\n", argv[0]);
        return 2;
    }
    int r = cmocka_run_group_tests_name("captured", tests, NULL, NULL);
    captured = cos_json_free(captured);
    return r;
}
