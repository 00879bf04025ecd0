/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a success must look like: every operation of the client against every way in which a good answer can be spoiled between the
 * service and us. The good answers are the fake service's, whose headers and documents are those of cos-wire.md s.2.0 and s.2.1.
 */
#include "check.h"

#include "client/client.h"
#include "fake_transport.h"

#include <strings.h>

#define PAGE "<html><head><title>Welcome</title></head><body>Please log in.</body></html>"
#define CONTENT "0123456789abcdefghij"
/* The check value of CRC-64/XZ, and its MD5. */
#define PART "123456789"
#define PART_CRC64 UINT64_C(11051210869376104954)
#define PART_MD5 "25f9e794323b453885f5181f1b624d0b"
#define N_CONTENT (sizeof(CONTENT) - 1)

/* Where in the table an operation belongs: which spoilings concern it. */
enum trait {
    HAS_ETAG = 1,
    HAS_CRC64 = 2,
    HAS_LENGTH = 4,
    HAS_DOCUMENT = 8,
    HAS_BODY = 16, /* bytes of an object */
    IS_WRITE = 32, /* answers with an empty body */
    IS_SUCCESS_204 = 64,
};

struct bench {
    struct world world;
    struct fake *fake;
    struct cosn_transport spoiling; /* in front of the fake */
    struct platform platform;
    struct cosn_provider *provider;
    struct client *client;
    struct cosn_error err;
    const struct spoiling *how;
    size_t got; /* bytes handed on by a GET */
    char *upload_id;
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
    struct bench *b = ctx;
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
    if (b->how != NULL) {
        b->how->spoil(reply);
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

/* --- operations --- */

static int count_bytes(void *ctx, const void *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)ctx += n;
    return 0;
}

static int head_bucket(struct bench *b)
{
    return client_head_bucket(b->client, &b->err);
}

static int head_object(struct bench *b)
{
    struct client_object there;
    return client_head(b->client, "k", &there, &b->err);
}

static int get_object(struct bench *b)
{
    return client_get(b->client, "k", 0, N_CONTENT, NULL, count_bytes, &b->got, NULL, &b->err);
}

static int list(struct bench *b)
{
    struct client_list_page page = {0};
    int r = client_list(b->client, "", NULL, NULL, 1000, &page, &b->err);
    client_list_page_deinit(&page);
    return r;
}

static int put_object(struct bench *b)
{
    return client_put(b->client, "new", "body", 4, false, &b->err);
}

static int put_marker(struct bench *b)
{
    return client_put(b->client, "dir/", NULL, 0, false, &b->err);
}

static int copy(struct bench *b)
{
    return client_copy(b->client, "k", "copy", &b->err);
}

static int delete_object(struct bench *b)
{
    return client_delete(b->client, "k", &b->err);
}

static int delete_many(struct bench *b)
{
    static const char *const keys[] = {"k", "l"};
    return client_delete_many(b->client, keys, COS_ARRAY_LEN(keys), &b->err);
}

static int begin(struct bench *b)
{
    char *id = NULL;
    int r = client_multipart_begin(b->client, "new", &id, &b->err);
    cos_free(id);
    return r;
}

static int part(struct bench *b)
{
    char etag[80];
    return client_multipart_part(b->client, "big", b->upload_id, 1, PART, 9, etag, &b->err);
}

static int complete(struct bench *b)
{
    static const char etags[1][80] = {PART_MD5};
    return client_multipart_complete(b->client, "big", b->upload_id, etags, 1, PART_CRC64,
                                     false, &b->err);
}

static int abort_upload(struct bench *b)
{
    return client_multipart_abort(b->client, "big", b->upload_id, &b->err);
}

static const struct operation {
    const char *name;
    int (*run)(struct bench *b);
    unsigned traits;
} operations[] = {
    {"HeadBucket", head_bucket, 0},
    {"HeadObject", head_object, HAS_ETAG | HAS_LENGTH},
    {"GetObject", get_object, HAS_ETAG | HAS_LENGTH | HAS_BODY | HAS_CRC64},
    {"GetBucket", list, HAS_DOCUMENT},
    {"PutObject", put_object, HAS_ETAG | HAS_CRC64 | IS_WRITE},
    {"PutObject, empty", put_marker, HAS_ETAG | IS_WRITE},
    {"PutObjectCopy", copy, HAS_DOCUMENT},
    {"DeleteObject", delete_object, IS_SUCCESS_204 | IS_WRITE},
    {"DeleteMultipleObjects", delete_many, HAS_DOCUMENT},
    {"InitiateMultipartUpload", begin, HAS_DOCUMENT},
    {"UploadPart", part, HAS_ETAG | HAS_CRC64 | IS_WRITE},
    {"CompleteMultipartUpload", complete, HAS_DOCUMENT | HAS_CRC64},
    {"AbortMultipartUpload", abort_upload, IS_SUCCESS_204 | IS_WRITE},
};

static bool concerns(const struct spoiling *s, const struct operation *o)
{
    /* A GET's CRC-64 may be absent: objects from before it was introduced have none. */
    bool is_optional = s->spoil == lose_crc || s->spoil == be_nonsense_crc;
    if (is_optional && (o->traits & HAS_BODY) != 0) {
        return false;
    }
    return (s->concerns == 0 || (s->concerns & o->traits) != 0) && (s->spares & o->traits) == 0;
}

/* --- the bench --- */

static void bench_init(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    world_init(&b->world);
    b->fake = fake_new();
    b->spoiling = (struct cosn_transport){.perform = perform, .ctx = b};
    b->world.platform.transport = &b->spoiling;
    assert_int_equal(platform_init(&b->platform, &b->world.platform, &b->err), 0);
    struct cosn_credentials *c = NULL;
    assert_int_equal(cosn_credentials_new(&c, "AKIDexample", "key", NULL, COSN_NEVER_EXPIRES,
                                          NULL),
                     0);
    assert_int_equal(cosn_provider_static_new(&b->provider, c, NULL), 0);
    (void)cosn_credentials_unref(c);
    struct client_options o = {
        .bucket = "examplebucket-1250000000",
        .host = "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com",
        .scheme = "https",
        .provider = b->provider,
        .platform = &b->platform,
        .retry = {.max_attempts = 4, .base_ms = 200, .cap_ms = 3000},
        .timeout_ms = 60000,
        .user_agent = "cosn/test",
    };
    assert_int_equal(client_new(&b->client, &o, &b->err), 0);
    fake_seed(b->fake, "k", CONTENT, N_CONTENT);
    assert_int_equal(client_multipart_begin(b->client, "big", &b->upload_id, &b->err), 0);
    char etag[80];
    assert_int_equal(client_multipart_part(b->client, "big", b->upload_id, 1, PART, 9, etag,
                                           &b->err),
                     0);
}

static void bench_deinit(struct bench *b)
{
    cos_free(b->upload_id);
    (void)client_free(b->client);
    (void)cosn_provider_unref(b->provider);
    platform_deinit(&b->platform);
    (void)fake_free(b->fake);
}

static int run_spoiled(struct bench *b, const struct operation *o, const struct spoiling *s)
{
    bench_init(b);
    b->how = s;
    int r = o->run(b);
    bench_deinit(b);
    return r;
}

static void no_spoiled_answer_counts_as_a_success(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(operations); i++) {
        for (size_t j = 0; j < COS_ARRAY_LEN(spoilings); j++) {
            const struct operation *o = &operations[i];
            const struct spoiling *s = &spoilings[j];
            if (!concerns(s, o)) {
                continue;
            }
            struct bench b;
            char row[128];
            (void)snprintf(row, sizeof(row), "%s: %s", o->name, s->name);
            int r = run_spoiled(&b, o, s);
            CHECK_ROW(row, r < 0);
            if (strstr(b.err.message, s->says) == NULL) {
                fail_msg("row '%s': '%s' is not in '%s'", row, s->says, b.err.message);
            }
            if (strcmp(s->says, FOREIGN) == 0) {
                CHECK_ROW(row, r == COSN_E_PROTOCOL);
                CHECK_ROW(row, b.got == 0);
            }
        }
    }
}

static void every_good_answer_counts_as_a_success(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(operations); i++) {
        struct bench b;
        bench_init(&b);
        if (operations[i].run(&b) < 0) {
            fail_msg("row '%s': %s", operations[i].name, b.err.message);
        }
        bench_deinit(&b);
    }
}

/* --- what a repetition makes of it --- */

struct cut_page {
    struct bench *b;
    unsigned times;
};

/* A proxy's page that breaks off, then the service itself. */
static int cut_page(void *ctx, const struct cosn_http_request *request,
                    struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct cut_page *c = ctx;
    if (c->times == 0) {
        return perform(c->b, request, reply, err);
    }
    c->times--;
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
    bench_init(&b);
    struct cut_page c = {&b, 1};
    b.spoiling = (struct cosn_transport){.perform = cut_page, .ctx = &c};
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
