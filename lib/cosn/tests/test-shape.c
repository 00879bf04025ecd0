/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a success must look like: every operation of the client against every way in which a
 * good answer can be spoiled between the service and us. The good answers are the fake
 * service's, whose headers and documents are those of cos-wire.md s.2.0 and s.2.1.
 */
#include "client_ops.h"

#include <strings.h>

#define PAGE "<html><head><title>Welcome</title></head><body>Please log in.</body></html>"
struct fixture {
    struct bench b; /* its transport is the one below, in front of the fake */
    const struct spoiling *how;
};

/* --- spoilings --- */

static void drop_header(struct cosn_http_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (strcasecmp(reply->headers[i].name, name) == 0) {
            reply->headers[i].name[0] = '-';
        }
    }
}

static void set_header(struct cosn_http_reply *reply, const char *name, const char *value)
{
    drop_header(reply, name);
    assert_int_equal(cosn_http_reply_add_header(reply, name, strlen(name), value,
                                                strlen(value)),
                     0);
}

static void set_body(struct cosn_http_reply *reply, const char *text)
{
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", strlen(text));
    reply->body_bytes = 0;
    assert_int_equal(cosn_http_reply_add_body(reply, text, strlen(text)), 0);
    set_header(reply, "Content-Length", length);
}

static void be_204(struct cosn_http_reply *reply)
{
    reply->status = 204;
    set_body(reply, "");
}

static void be_200(struct cosn_http_reply *reply)
{
    reply->status = 200;
}

static void be_error(struct cosn_http_reply *reply)
{
    reply->status = 200;
    set_body(reply, "<Error><Code>AccessDenied</Code><Message>m</Message></Error>");
}

static void be_page(struct cosn_http_reply *reply)
{
    while (reply->n_headers > 0) {
        reply->n_headers--;
        cos_free(reply->headers[reply->n_headers].name);
        cos_free(reply->headers[reply->n_headers].value);
    }
    cos_free(reply->headers);
    reply->headers = NULL;
    reply->status = 200;
    set_body(reply, PAGE);
    set_header(reply, "Content-Type", "text/html");
}

static void be_page_without_length(struct cosn_http_reply *reply)
{
    be_page(reply);
    drop_header(reply, "Content-Length");
}

static void be_page_404(struct cosn_http_reply *reply)
{
    be_page(reply);
    reply->status = 404;
}

static void be_page_403(struct cosn_http_reply *reply)
{
    be_page(reply);
    reply->status = 403;
}

static void lose_id(struct cosn_http_reply *reply)
{
    drop_header(reply, "x-cos-request-id");
}

static void lose_etag(struct cosn_http_reply *reply)
{
    drop_header(reply, "ETag");
}

static void lose_crc(struct cosn_http_reply *reply)
{
    drop_header(reply, "x-cos-hash-crc64ecma");
}

static void lose_length(struct cosn_http_reply *reply)
{
    drop_header(reply, "Content-Length");
    drop_header(reply, "Content-Range");
}

static void be_wrong_crc(struct cosn_http_reply *reply)
{
    set_header(reply, "x-cos-hash-crc64ecma", "1");
}

static void be_nonsense_crc(struct cosn_http_reply *reply)
{
    set_header(reply, "x-cos-hash-crc64ecma", "many");
}

static void be_cut(struct cosn_http_reply *reply)
{
    reply->body_bytes /= 2;
    reply->body[reply->body_bytes] = '\0';
}

static void be_empty(struct cosn_http_reply *reply)
{
    set_body(reply, "");
}

static void be_other_document(struct cosn_http_reply *reply)
{
    set_body(reply, "<ListAllMyBucketsResult></ListAllMyBucketsResult>");
}

static void be_other_range(struct cosn_http_reply *reply)
{
    reply->status = 206;
    set_header(reply, "Content-Range", "bytes 1-20/21");
}

static void be_304(struct cosn_http_reply *reply)
{
    reply->status = 304;
    set_body(reply, "");
}

static void be_302(struct cosn_http_reply *reply)
{
    reply->status = 302;
    set_header(reply, "Location", "http://login.test/");
}

static void be_100(struct cosn_http_reply *reply)
{
    reply->status = 100;
}

static void be_202(struct cosn_http_reply *reply)
{
    reply->status = 202;
}

#define FOREIGN "does not come from COS: no x-cos-request-id"

static const struct spoiling {
    const char *name;
    unsigned concerns; /* traits, one of which the operation must have; 0: every operation */
    unsigned spares;   /* traits whose operations it does not spoil */
    void (*spoil)(struct cosn_http_reply *reply);
    const char *says;
} spoilings[] = {
    {"204", 0, IS_SUCCESS_204, be_204, "HTTP 204"},
    {"200 for a 204", IS_SUCCESS_204, 0, be_200, "HTTP 200"},
    {"202", 0, 0, be_202, "HTTP 202"},
    {"an <Error> inside a 200", HAS_DOCUMENT | IS_WRITE, 0, be_error, "AccessDenied"},
    {"a proxy's page", 0, 0, be_page, FOREIGN},
    {"a proxy's page without a length", 0, 0, be_page_without_length, FOREIGN},
    {"a proxy's 404", 0, 0, be_page_404, FOREIGN},
    {"a proxy's 403", 0, 0, be_page_403, FOREIGN},
    {"no request id", 0, 0, lose_id, FOREIGN},
    {"no ETag", HAS_ETAG, 0, lose_etag, "no usable ETag"},
    {"no CRC-64", HAS_CRC64, 0, lose_crc, "no usable x-cos-hash-crc64ecma"},
    {"another CRC-64", HAS_CRC64, 0, be_wrong_crc, "CRC-64"},
    {"a CRC-64 that is no number", HAS_CRC64, 0, be_nonsense_crc,
     "no usable x-cos-hash-crc64ecma"},
    {"no length", HAS_LENGTH, 0, lose_length, "Content-"},
    {"an empty document", HAS_DOCUMENT, 0, be_empty, "not a whole"},
    {"a document cut in the middle", HAS_DOCUMENT, 0, be_cut, "not a whole"},
    {"another document", HAS_DOCUMENT, 0, be_other_document, "not a whole"},
    {"another range", HAS_BODY, 0, be_other_range, "bytes 1-20/21"},
    {"304 unasked", 0, 0, be_304, "HTTP 304"},
    {"302", 0, 0, be_302, "HTTP 302"},
    {"100 as the answer", 0, 0, be_100, "HTTP 100"},
};

/* Completed, but not: else the client would look, find its object, and be right. */
static void undo_completion(struct bench *b, const struct cosn_http_request *request)
{
    struct cosn_http_request undo = {.size = sizeof(undo), .method = "DELETE"};
    char url[512];
    (void)snprintf(url, sizeof(url), "%.*s", (int)strcspn(request->url, "?"), request->url);
    undo.url = url;
    struct cosn_http_reply reply = {0};
    assert_int_equal(b->fake->transport.perform(b->fake, &undo, &reply, NULL), 0);
    cosn_http_reply_deinit(&reply);
}

/* The good answer, spoiled, then delivered as a transport does. */
static int perform(void *ctx, const struct cosn_http_request *request,
                   struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct fixture *f = ctx;
    struct bench *b = &f->b;
    struct cosn_http_request whole = *request;
    whole.on_body = NULL;
    whole.on_head = NULL;
    int r = b->fake->transport.perform(b->fake, &whole, reply, err);
    if (r < 0) {
        return r;
    }
    if (reply->body == NULL) {
        assert_int_equal(cosn_http_reply_add_body(reply, "", 0), 0);
    }
    if (f->how != NULL) {
        f->how->spoil(reply);
        if (strcmp(request->method, "POST") == 0 && strstr(request->url, "uploadId=") != NULL) {
            undo_completion(b, request);
        }
    }
    if (strcmp(request->method, "HEAD") == 0) {
        reply->body_bytes = 0;
    }
    if (request->on_body == NULL || reply->status < 200 || reply->status > 299) {
        return 0;
    }
    bool is_stopped =
        (reply->body_bytes > 0 && request->on_head != NULL &&
         request->on_head(request->on_body_ctx, reply) != 0) ||
        request->on_body(request->on_body_ctx, reply->body, reply->body_bytes) != 0;
    reply->body_bytes = 0;
    if (is_stopped) {
        cosn_http_reply_deinit(reply);
        *err = (struct cosn_error){.status = COSN_E_IO, .message = "stopped"};
        return COSN_E_IO;
    }
    return 0;
}

static bool concerns(const struct spoiling *s, const struct operation *o)
{
    /* A GET's CRC-64 may be absent: objects from before it was introduced have none. */
    bool is_optional = s->spoil == lose_crc || s->spoil == be_nonsense_crc;
    if (is_optional && (o->traits & HAS_BODY) != 0) {
        return false;
    }
    return (s->concerns == 0 || (s->concerns & o->traits) != 0) && (s->spares & o->traits) == 0;
}

static int run_spoiled(struct fixture *f, const struct operation *o, const struct spoiling *s)
{
    struct cosn_transport spoiling = {.perform = perform, .ctx = f};
    f->how = NULL;
    bench_init(&f->b, &spoiling);
    f->how = s;
    int r = o->run(&f->b);
    bench_deinit(&f->b);
    return r;
}

static void no_spoiled_answer_counts_as_a_success(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        for (size_t j = 0; j < COS_ARRAY_LEN(spoilings); j++) {
            const struct operation *o = &operations[i];
            const struct spoiling *s = &spoilings[j];
            if (!concerns(s, o)) {
                continue;
            }
            struct fixture f;
            char row[128];
            (void)snprintf(row, sizeof(row), "%s: %s", o->name, s->name);
            int r = run_spoiled(&f, o, s);
            CHECK_ROW(row, r < 0);
            if (strstr(f.b.err.message, s->says) == NULL) {
                fail_msg("row '%s': '%s' is not in '%s'", row, s->says, f.b.err.message);
            }
            if (strcmp(s->says, FOREIGN) == 0) {
                CHECK_ROW(row, r == COSN_E_PROTOCOL);
                CHECK_ROW(row, f.b.got == 0);
            }
        }
    }
}

static void every_good_answer_counts_as_a_success(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        struct bench b;
        bench_init(&b, /* transport= */ NULL);
        if (operations[i].run(&b) < 0) {
            fail_msg("row '%s': %s", operations[i].name, b.err.message);
        }
        bench_deinit(&b);
    }
}

/* --- what a repetition makes of it --- */

/* A proxy's page that breaks off, then the service itself. */
static int cut_page(void *ctx, const struct cosn_http_request *request,
                    struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct bench *b = ctx;
    if (strcmp(request->method, "GET") != 0 || b->fake->intercept_ctx != NULL) {
        return b->fake->transport.perform(b->fake, request, reply, err);
    }
    b->fake->intercept_ctx = b; /* the page comes once */
    be_page(reply);
    bool is_stopped = request->on_head(request->on_body_ctx, reply) != 0 ||
                      request->on_body(request->on_body_ctx, PAGE, 8) != 0;
    cosn_http_reply_deinit(reply);
    *err = (struct cosn_error){.status = is_stopped ? COSN_E_IO : COSN_E_NET,
                               .retryable = !is_stopped,
                               .message = "cut"};
    return err->status;
}

static void a_page_that_breaks_off_is_not_the_beginning_of_a_file(void **state)
{
    (void)state;
    struct bench b;
    struct cosn_transport cutting = {.perform = cut_page, .ctx = &b};
    bench_init(&b, &cutting);
    assert_int_equal(get_object(&b), COSN_E_PROTOCOL);
    assert_int_equal(b.got, 0);
    CHECK_HOLDS(b.err.message, FOREIGN);
    bench_deinit(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_spoiled_answer_counts_as_a_success),
        cmocka_unit_test(every_good_answer_counts_as_a_success),
        cmocka_unit_test(a_page_that_breaks_off_is_not_the_beginning_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
