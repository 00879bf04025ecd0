/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that the client does not believe, and those it goes on from. Expectations come from
 * cos-wire.md s.2.0, s.2.1, s.5 and from the defects of the plugin (fluss-plugin.md F5, F6, F10
 * to F12) turned round.
 */
#include "client_bench.h"

#include "cosbase/digest.h"

/* --- what is not believed --- */

struct lie {
    const char *header, *value;
};

/* The first header of a name counts. */
static int lie_in_header(void *ctx, struct fake *f, const struct fake_request *rq,
                         struct cosn_http_reply *reply, struct cosn_error *err)
{
    const struct lie *lie = ctx;
    (void)f;
    (void)rq;
    (void)err;
    reply->status = 200;
    reply_add_header(reply, lie->header, lie->value);
    reply_add_header(reply, "x-cos-request-id", "NjA0NGFjMmFfZTViOTJhMDk=");
    reply_add_header(reply, "ETag", "\"25f9e794323b453885f5181f1b624d0b\""); /* MD5 and */
    reply_add_header(reply, "x-cos-hash-crc64ecma",
                     "11051210869376104954"); /* CRC of 123456789 */
    return 1;
}

static void a_wrong_checksum_in_the_answer_is_an_error(void **state)
{
    struct client_bench *b = *state;
    static const struct {
        const char *name;
        struct lie lie;
        int want;
    } rows[] = {
        {"other MD5", {"ETag", "\"00000000000000000000000000000000\""}, COSN_E_PROTOCOL},
        {"other CRC", {"x-cos-hash-crc64ecma", "1"}, COSN_E_PROTOCOL},
        {"not an MD5", {"ETag", "\"00000000000000000000000000000000-2\""}, 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct lie lie = rows[i].lie;
        b->fake->intercept = lie_in_header;
        b->fake->intercept_ctx = &lie;
        int r =
            client_put(b->client, "k", "123456789", 9, /* forbid_overwrite= */ false, &b->err);
        CHECK_ROW(rows[i].name, r == rows[i].want);
        if (r < 0) {
            CHECK_ROW(rows[i].name, b->err.detail == COSN_D_CHECKSUM);
        }
    }
    assert_int_equal(b->fake->n_requests, COS_ARRAY_LEN(rows));
}

struct script {
    const char *bodies[8]; /* one a request; NULL: serve */
    size_t at;
    int status;
};

static int answer_bodies(void *ctx, struct fake *f, const struct fake_request *rq,
                         struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct script *s = ctx;
    (void)f;
    (void)rq;
    (void)err;
    const char *body = s->at < COS_ARRAY_LEN(s->bodies) ? s->bodies[s->at++] : NULL;
    if (body == NULL) {
        return 0;
    }
    reply->status = s->status == 0 ? 200 : s->status;
    reply_add_header(reply, "x-cos-request-id", "NjA0NGFjMmFfZTViOTJhMDk=");
    assert_int_equal(cosn_http_reply_add_body(reply, body, strlen(body)), 0);
    return 1;
}

static void play(struct client_bench *b, struct script *s)
{
    b->fake->intercept = answer_bodies;
    b->fake->intercept_ctx = s;
}

static void an_error_inside_a_200_copy_is_an_error(void **state)
{
    struct client_bench *b = *state;
    struct script s = {
        .bodies = {"<Error><Code>AccessDenied</Code><Message>m</Message></Error>"}};
    play(b, &s);
    assert_int_equal(client_copy(b->client, "a", "b", &b->err), COSN_E_DENIED);
    assert_int_equal(b->fake->n_requests, 1);
    struct script slow = {.bodies = {"<Error><Code>SlowDown</Code></Error>",
                                     "<Error><Code>InternalError</Code></Error>"}};
    fake_seed(b->fake, "a", "x", 1);
    play(b, &slow);
    assert_int_equal(client_copy(b->client, "a", "b", &b->err), 0);
    assert_int_equal(b->fake->n_requests, 4);
    struct script cut = {.bodies = {"<CopyObjectResult><ETag>"}};
    play(b, &cut);
    assert_int_equal(client_copy(b->client, "a", "b", &b->err), COSN_E_PROTOCOL);
}

static void an_impossible_list_is_refused_whole(void **state)
{
    struct client_bench *b = *state;
    static const struct {
        const char *name, *marker, *body;
    } rows[] = {
        {"no XML", NULL, "hello"},
        {"cut", NULL, "<ListBucketResult><Contents><Key>a</Key>"},
        {"other root", NULL, "<ListAllMyBucketsResult></ListAllMyBucketsResult>"},
        {"no size", NULL,
         "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>"},
        {"no key", NULL,
         "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>"},
        {"bad size", NULL,
         "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></"
         "ListBucketResult>"},
        {"no way on", NULL,
         "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"},
        {"standing still", "m",
         "<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>m</NextMarker>"
         "</ListBucketResult>"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct script s = {.bodies = {rows[i].body}};
        play(b, &s);
        struct client_list_page page;
        int r = client_bench_list(b, "p/", rows[i].marker, &page);
        CHECK_ROW(rows[i].name, r == COSN_E_PROTOCOL);
    }
}

static void a_list_is_decoded_and_goes_on(void **state)
{
    struct client_bench *b = *state;
    struct script s = {
        .bodies = {
            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
            "<Contents><Key>a%20b%2Bc+d</Key><Size>7</Size>"
            "<LastModified>2020-12-10T03:37:30.000Z</LastModified></Contents>"
            "<CommonPrefixes><Prefix>%E4%B8%AD/</Prefix></CommonPrefixes></ListBucketResult>",
            "<ListBucketResult><IsTruncated>false</IsTruncated>"
            "<Contents><Key>a%20b</Key><Size>7</Size></Contents>"
            "</ListBucketResult>"}};
    play(b, &s);
    struct client_list_page page;
    assert_int_equal(client_bench_list(b, "", /* marker= */ NULL, &page), 0);
    assert_string_equal(page.items[0].key, "a b+c d");
    assert_int_equal(page.items[0].length_bytes, 7);
    assert_int_equal(page.items[0].mtime_unix_ms, INT64_C(1607571450000));
    assert_string_equal(page.prefixes[0], "\xE4\xB8\xAD/");
    assert_string_equal(page.next_marker,
                        "\xE4\xB8\xAD/"); /* the last name: no NextMarker came */
    client_list_page_deinit(&page);
    assert_int_equal(client_bench_list(b, "", /* marker= */ NULL, &page), 0);
    assert_string_equal(page.items[0].key, "a%20b"); /* not said to be encoded */
    assert_null(page.next_marker);
    client_list_page_deinit(&page);
    CHECK_HOLDS(b->fake->requests[0].query, "encoding-type=url");
}

/* --- ranges --- */

struct range_lie {
    const char *content_range;
    size_t bytes;
    int status;
    bool breaks; /* the connection dies after the bytes */
    unsigned times;
};

static struct range_lie *range_lie;

static int (*real_perform)(void *ctx, const struct cosn_http_request *request,
                           struct cosn_http_reply *reply, struct cosn_error *err);

/* Stands before the fake: needs the request's on_body, which an intercept does not see. */
static int perform_lie(void *ctx, const struct cosn_http_request *request,
                       struct cosn_http_reply *reply, struct cosn_error *err)
{
    if (range_lie->times == 0 || strcmp(request->method, "GET") != 0) {
        return real_perform(ctx, request, reply, err);
    }
    range_lie->times--;
    char bytes[64] = "0123456789abcdefghij";
    reply->status = range_lie->status;
    reply_add_header(reply, "x-cos-request-id", "NjA0NGFjMmFfZTViOTJhMDk=");
    reply_add_header(reply, "ETag", "\"0123456789abcdef0123456789abcdef\"");
    reply_add_header(reply, "Content-Range", range_lie->content_range);
    if (request->on_head(request->on_body_ctx, reply) != 0 ||
        request->on_body(request->on_body_ctx, bytes, range_lie->bytes) != 0) {
        cosn_http_reply_deinit(reply);
        memset(err, 0, sizeof(*err));
        err->status = COSN_E_IO;
        return COSN_E_IO;
    }
    if (range_lie->breaks) {
        cosn_http_reply_deinit(reply);
        memset(err, 0, sizeof(*err));
        err->status = COSN_E_NET;
        err->retryable = true;
        return COSN_E_NET;
    }
    return 0;
}

static void lie_about_range(struct client_bench *b, struct range_lie *lie)
{
    range_lie = lie;
    if (b->fake->transport.perform != perform_lie) {
        real_perform = b->fake->transport.perform;
        b->fake->transport.perform = perform_lie;
    }
}

/* A host's own transport, which says neither what nor why. */
static int perform_silently(void *ctx, const struct cosn_http_request *request,
                            struct cosn_http_reply *reply, struct cosn_error *err)
{
    return -1;
}

static void a_transport_that_fails_in_silence_is_no_success(void **state)
{
    struct client_bench *b = *state;
    size_t got = 0;
    fake_seed(b->fake, "k", "0123456789", 10);
    b->fake->transport.perform = perform_silently;
    assert_int_equal(client_bench_get(b, 10, &got), COSN_E_NET);
    assert_int_equal(got, 0);
}

static void a_range_that_was_not_asked_for_is_refused(void **state)
{
    struct client_bench *b = *state;
    fake_seed(b->fake, "k", "0123456789abcdefghij", 20);
    static const struct {
        const char *name;
        struct range_lie lie;
        int want;
    } rows[] = {
        {"other start", {"bytes 1-10/20", 10, 206, false, 1}, COSN_E_PROTOCOL},
        {"other end", {"bytes 0-19/20", 10, 206, false, 1}, COSN_E_PROTOCOL},
        {"nonsense", {"bytes */20", 10, 206, false, 1}, COSN_E_PROTOCOL},
        {"too many bytes", {"bytes 0-9/20", 20, 206, false, 1}, COSN_E_PROTOCOL},
        {"partial as it should be", {"bytes 0-9/20", 10, 206, false, 1}, 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct range_lie lie = rows[i].lie;
        lie_about_range(b, &lie);
        size_t got = 0;
        int r = client_bench_get(b, 10, &got);
        CHECK_ROW(rows[i].name, r == rows[i].want);
    }
}

static void a_broken_get_goes_on_where_it_stopped(void **state)
{
    struct client_bench *b = *state;
    fake_seed(b->fake, "k", "0123456789abcdefghij", 20);
    struct range_lie lie = {"bytes 0-19/20", 8, 206, true, 1};
    lie_about_range(b, &lie);
    size_t got = 0;
    assert_int_equal(client_bench_get(b, 20, &got), 0);
    assert_int_equal(got, 20);
    assert_string_equal(fake_header(fake_last(b->fake), "Range"), "bytes=8-19");
}

static void a_short_body_is_never_taken_for_the_end(void **state)
{
    struct client_bench *b = *state;
    fake_seed(b->fake, "k", "0123456789abcdefghij", 20);
    struct range_lie lie = {"bytes 0-19/20", 12, 206, false, 1};
    lie_about_range(b, &lie);
    size_t got = 0;
    assert_int_equal(client_bench_get(b, 20, &got), 0);
    assert_int_equal(got, 20);
    assert_string_equal(fake_header(fake_last(b->fake), "Range"), "bytes=12-19");
}

/* --- multipart --- */

static int upload(struct client_bench *b, char etags[2][80], char **id)
{
    int r = client_multipart_begin(b->client, "k", id, &b->err);
    struct client_part first = {
        .key = "k", .upload_id = *id, .number = 1, .bytes = "aa", .n = 2};
    struct client_part second = {
        .key = "k", .upload_id = *id, .number = 2, .bytes = "b", .n = 1};
    r = r < 0 ? r : client_multipart_part(b->client, &first, etags[0], &b->err);
    return r < 0 ? r : client_multipart_part(b->client, &second, etags[1], &b->err);
}

static int complete(struct client_bench *b, char etags[2][80], const char *id)
{
    struct client_completion whole = {.key = "k",
                                      .upload_id = id,
                                      .etags = (const char(*)[80])etags,
                                      .n_parts = 2,
                                      .crc64 = cos_crc64(0, "aab", 3)};
    return client_multipart_complete(b->client, &whole, &b->err);
}

struct lost_ack {
    bool executes;
    int status; /* 0: the connection dies */
};

/* Run the completion, then pretend it failed. */
static int lose_completion(void *ctx, struct fake *f, const struct fake_request *rq,
                           struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct lost_ack *l = ctx;
    if (strcmp(rq->method, "POST") != 0 || strstr(rq->query, "uploadId") == NULL ||
        f->uploads[0].is_open == false) {
        return 0;
    }
    if (l->executes) {
        fake_seed(f, "k", "aab", 3);
    }
    f->uploads[0].is_open = false;
    if (l->status != 0) {
        fake_refuse(reply, l->status, "InternalError", "m");
        return 1;
    }
    memset(err, 0, sizeof(*err));
    err->status = COSN_E_NET;
    return COSN_E_NET;
}

static void a_lost_acknowledgement_of_completion_is_settled_by_looking(void **state)
{
    struct client_bench *b = *state;
    char etags[2][80];
    char *id = NULL;
    assert_int_equal(upload(b, etags, &id), 0);
    struct lost_ack lost = {.executes = true, .status = 500};
    b->fake->intercept = lose_completion;
    b->fake->intercept_ctx = &lost;
    assert_int_equal(complete(b, etags, id), 0);
    assert_int_equal(fake_count(b->fake, "HEAD", "/k"), 1);
    free(id);
}

static void a_completion_that_never_happened_is_a_failure(void **state)
{
    struct client_bench *b = *state;
    char etags[2][80];
    char *id = NULL;
    fake_seed(b->fake, "k", "older content", 13);
    assert_int_equal(upload(b, etags, &id), 0);
    struct lost_ack lost = {.executes = false, .status = 0};
    b->fake->intercept = lose_completion;
    b->fake->intercept_ctx = &lost;
    assert_int_equal(complete(b, etags, id), COSN_E_NOT_FOUND);
    free(id);
}

static void an_error_inside_a_200_completion_is_an_error(void **state)
{
    struct client_bench *b = *state;
    char etags[2][80];
    char *id = NULL;
    assert_int_equal(upload(b, etags, &id), 0);
    struct script s = {
        .bodies = {"<Error><Code>InvalidPart</Code><Message>m</Message></Error>"}};
    play(b, &s);
    assert_true(complete(b, etags, id) < 0);
    CHECK_HOLDS(b->err.message, "InvalidPart");
    assert_null(fake_object(b->fake, "k"));
    free(id);
}

/* An ETag is opaque (RFC 9110 s.8.8.3): what the service gave comes back as text, whatever is
 * in it. */
static void an_etag_goes_back_as_text(void **state)
{
    static const char document[] =
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        "<ETag>&quot;a&amp;b&lt;c&quot;</ETag></Part></CompleteMultipartUpload>";
    static const char etags[1][80] = {"\"a&b<c\""};
    struct client_bench *b = *state;
    char *id = NULL;
    assert_int_equal(client_multipart_begin(b->client, "k", &id, &b->err), 0);
    struct script refusal = {.bodies = {"<Error><Code>InvalidPart</Code></Error>"}};
    play(b, &refusal);
    struct client_completion whole = {.key = "k",
                                      .upload_id = id,
                                      .etags = etags,
                                      .n_parts = 1};
    (void)client_multipart_complete(b->client, &whole, &b->err);
    const struct fake_request *sent = NULL;
    for (size_t i = 0; i < b->fake->n_requests; i++) {
        const struct fake_request *rq = &b->fake->requests[i];
        sent = strcmp(rq->method, "POST") == 0 && rq->body_bytes > 0 ? rq : sent;
    }
    assert_non_null(sent);
    assert_int_equal(sent->body_bytes, strlen(document));
    assert_true(sent->body_crc64 == cos_crc64(0, document, strlen(document)));
    free(id);
}

static void exists_after_a_repeated_put_may_be_our_own(void **state)
{
    struct client_bench *b = *state;
    /* Ours: the first attempt is stored, its answer lost. */
    b->fail_first = 1;
    b->status = 500;
    b->method = "PUT";
    fake_seed(b->fake, "mine", "body", 4);
    assert_int_equal(client_put(b->client, "mine", "body", 4, /* forbid_overwrite= */ true,
                                &b->err),
                     0);
    /* Somebody else's. */
    b->fail_first = 1;
    fake_seed(b->fake, "theirs", "other", 5);
    assert_int_equal(client_put(b->client, "theirs", "body", 4, /* forbid_overwrite= */ true,
                                &b->err),
                     COSN_E_EXISTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_BENCH_TEST(a_wrong_checksum_in_the_answer_is_an_error),
        CLIENT_BENCH_TEST(an_error_inside_a_200_copy_is_an_error),
        CLIENT_BENCH_TEST(an_impossible_list_is_refused_whole),
        CLIENT_BENCH_TEST(a_list_is_decoded_and_goes_on),
        CLIENT_BENCH_TEST(a_transport_that_fails_in_silence_is_no_success),
        CLIENT_BENCH_TEST(a_range_that_was_not_asked_for_is_refused),
        CLIENT_BENCH_TEST(a_broken_get_goes_on_where_it_stopped),
        CLIENT_BENCH_TEST(a_short_body_is_never_taken_for_the_end),
        CLIENT_BENCH_TEST(a_lost_acknowledgement_of_completion_is_settled_by_looking),
        CLIENT_BENCH_TEST(a_completion_that_never_happened_is_a_failure),
        CLIENT_BENCH_TEST(an_error_inside_a_200_completion_is_an_error),
        CLIENT_BENCH_TEST(an_etag_goes_back_as_text),
        CLIENT_BENCH_TEST(exists_after_a_repeated_put_may_be_our_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
