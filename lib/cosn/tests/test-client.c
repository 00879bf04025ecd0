/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client against the fake service: what it sends, what it repeats, which error a refusal
 * becomes (what it does not believe: test-client_answers.c). Expectations come from cos-wire.md
 * s.1.5, s.2.0, s.5 and from the defects of the plugin (fluss-plugin.md F5, F6) turned round.
 */
#include "client_bench.h"

#include "cosbase/date.h"
#include "cosbase/digest.h"

/* --- what is sent --- */

static void a_permanent_key_sends_no_token(void **state)
{
    struct client_bench *b = *state;
    assert_int_equal(client_put(b->client, "a b/%+.txt", "x", 1, /* forbid_overwrite= */ false,
                                &b->err),
                     0);
    const struct fake_request *rq = fake_last(b->fake);
    assert_string_equal(rq->url,
                        "https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/"
                        "a%20b/%25%2B.txt");
    assert_string_equal(fake_header(rq, "Host"),
                        "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com");
    assert_null(fake_header(rq, "x-cos-security-token"));
    assert_string_equal(fake_header(rq, "User-Agent"), "cosn/test");
    CHECK_HOLDS(fake_header(rq, "Authorization"), "q-header-list=content-md5;host&");
    CHECK_HOLDS(fake_header(rq, "Authorization"), "q-sign-time=1699999940;1700003600&");
}

static void a_session_token_is_sent_and_signed(void **state)
{
    struct client_bench *b = *state;
    b->token = CLIENT_TOKEN;
    b->expires_unix_ms = CLIENT_NOW_MS + 600000;
    assert_int_equal(client_head_bucket(b->client, &b->err), 0);
    const struct fake_request *rq = fake_last(b->fake);
    assert_string_equal(fake_header(rq, "x-cos-security-token"), CLIENT_TOKEN);
    CHECK_HOLDS(fake_header(rq, "Authorization"), "q-header-list=host;x-cos-security-token&");
    /* The signature's window ends with the credential. */
    CHECK_HOLDS(fake_header(rq, "Authorization"), ";1700000600&");
}

/* RFC 1321: MD5 of "message digest" is f96b697d7cb7938d525a2f31aaf161d0. */
static void a_put_carries_content_md5(void **state)
{
    struct client_bench *b = *state;
    assert_int_equal(client_put(b->client, "k", "message digest", 14,
                                /* forbid_overwrite= */ true, &b->err),
                     0);
    const struct fake_request *rq = fake_last(b->fake);
    assert_string_equal(fake_header(rq, "Content-MD5"), "+WtpfXy3k41SWi8xqvFh0A==");
    assert_string_equal(fake_header(rq, "x-cos-forbid-overwrite"), "true");
}

/* Metadata will be headers, as many as a user has: none may be lost without a word. */
static void a_header_too_many_is_an_error_and_nothing_is_sent(void **state)
{
    struct client_bench *b = *state;
    struct call call = {.op = "DeleteObject", .method = "DELETE", .key = "k"};
    for (size_t i = 0; i < CALL_MAX_HEADERS; i++) {
        call_header(&call, "x-cos-meta-a", "1");
    }
    assert_int_equal(client_call(b->client, &call, &b->err), 0);
    size_t n_sent = b->fake->n_requests;
    call_header(&call, "x-cos-meta-b", "2");
    assert_int_equal(client_call(b->client, &call, &b->err), COSN_E_INVALID);
    CHECK_HOLDS(b->err.message, "DeleteObject");
    CHECK_HOLDS(b->err.message, "7 headers");
    assert_int_equal(b->fake->n_requests, n_sent);
}

static void a_copy_source_is_qualified_and_encoded(void **state)
{
    struct client_bench *b = *state;
    fake_seed(b->fake, "dir/a b+\xE4\xB8\xAD", "x", 1);
    assert_int_equal(client_copy(b->client, "dir/a b+\xE4\xB8\xAD", "to", &b->err), 0);
    assert_string_equal(fake_header(fake_last(b->fake), "x-cos-copy-source"),
                        "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/"
                        "dir/a%20b%2B%E4%B8%AD");
    assert_non_null(fake_object(b->fake, "to"));
}

static void a_dead_credential_sends_nothing(void **state)
{
    struct client_bench *b = *state;
    b->token = CLIENT_TOKEN;
    b->expires_unix_ms = CLIENT_NOW_MS;
    assert_int_equal(client_head_bucket(b->client, &b->err), COSN_E_EXPIRED);
    assert_int_equal(b->fake->n_requests, 0);
    CHECK_HOLDS(b->err.message, "nothing was sent");
}

/* --- what is repeated --- */

static void every_attempt_asks_for_the_credential(void **state)
{
    struct client_bench *b = *state;
    b->token = CLIENT_TOKEN;
    b->expires_unix_ms = CLIENT_NOW_MS + 3600000;
    b->fail_first = 1;
    b->status = 503;
    b->code = "SlowDown";
    assert_int_equal(client_put(b->client, "k", "body", 4, /* forbid_overwrite= */ false,
                                &b->err),
                     0);
    CHECK_HOLDS(fake_header(&b->fake->requests[0], "Authorization"), "9U5q1&");
    CHECK_HOLDS(fake_header(&b->fake->requests[1], "Authorization"), "9U5q2&");
}

static void a_repeated_put_sends_the_whole_body_and_says_so(void **state)
{
    struct client_bench *b = *state;
    b->fail_first = 2;
    b->status = 500;
    assert_int_equal(client_put(b->client, "k", "whole body", 10, /* forbid_overwrite= */ false,
                                &b->err),
                     0);
    assert_int_equal(b->fake->n_requests, 3);
    assert_null(fake_header(&b->fake->requests[0], "x-cos-sdk-retry"));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(b->fake->requests[i].body_bytes, 10);
        assert_int_equal(b->fake->requests[i].body_crc64, cos_crc64(0, "whole body", 10));
    }
    assert_string_equal(fake_header(&b->fake->requests[1], "x-cos-sdk-retry"), "true");
    CHECK_HOLDS(fake_header(&b->fake->requests[2], "Authorization"), "x-cos-sdk-retry&");
    assert_true(b->world.mono_ms > 0); /* it waited on the platform's clock */
}

static void repetition_ends(void **state)
{
    struct client_bench *b = *state;
    b->fail_first = 100;
    b->status = 503;
    b->code = "SlowDown";
    size_t got = 0;
    assert_int_equal(client_bench_get(b, 1, &got), COSN_E_BUSY);
    assert_in_range(b->fake->n_requests, 5, 16);
    assert_int_equal(b->world.mono_ms, 9000);
    assert_int_equal(b->err.detail, COSN_D_THROTTLED);
    assert_true(b->err.retryable);
}

static void a_lost_connection_is_repeated_and_named(void **state)
{
    struct client_bench *b = *state;
    b->fail_first = 100;
    assert_int_equal(client_put(b->client, "k", "x", 1, /* forbid_overwrite= */ false, &b->err),
                     COSN_E_NET);
    assert_in_range(fake_count(b->fake, "PUT", /* part= */ NULL), 5, 16);
    CHECK_HOLDS(b->err.message, " tries in 9.0 s: PutObject");
    CHECK_HOLDS(b->err.message, "PutObject cosn://examplebucket-1250000000/k on "
                                "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com");
}

static void a_request_overtaken_by_a_refresh_is_repeated_once(void **state)
{
    struct client_bench *b = *state;
    b->token = CLIENT_TOKEN;
    b->expires_unix_ms = CLIENT_NOW_MS + 3600000;
    b->fail_first = 1;
    b->status = 403;
    b->code = "AccessDenied";
    assert_int_equal(client_put(b->client, "k", "x", 1, /* forbid_overwrite= */ false, &b->err),
                     0);
    assert_int_equal(b->fake->n_requests, 2);
    assert_int_equal(b->world.mono_ms, 0); /* at once */
    b->fail_first = 100;
    assert_int_equal(client_put(b->client, "k", "x", 1, /* forbid_overwrite= */ false, &b->err),
                     COSN_E_DENIED);
    assert_int_equal(b->fake->n_requests, 4);
}

/* A service whose clock is @ahead_s ahead of the world's and that minds. */
struct strict_clock {
    const struct world *world;
    int64_t ahead_s;
    const char *code, *message;
    bool has_date;
};

static int judge_time(void *ctx, struct fake *f, const struct fake_request *rq,
                      struct cosn_http_reply *reply, struct cosn_error *err)
{
    const struct strict_clock *s = ctx;
    (void)f;
    (void)err;
    int64_t now_s = s->world->unix_ms / 1000 + s->ahead_s;
    long long start_s = 0, end_s = 0;
    const char *window = strstr(fake_header(rq, "Authorization"), "q-sign-time=");
    assert_int_equal(sscanf(window, "q-sign-time=%lld;%lld", &start_s, &end_s), 2);
    if (start_s <= now_s + 900 && now_s <= end_s) {
        return 0;
    }
    char date[32];
    cos_date_http(date, now_s);
    if (s->has_date) {
        reply_add_header(reply, "Date", date);
    }
    fake_refuse(reply, 403, strcmp(rq->method, "HEAD") == 0 ? NULL : s->code, s->message);
    return 1;
}

/* The 15 minutes, code and text: cos-wire.md s.1.5. */
static void a_wrong_clock_is_set_right_by_the_service_once(void **state)
{
    struct client_bench *b = *state;
    static const struct {
        const char *name;
        struct strict_clock clock;
        int want;
        size_t n_requests;
    } rows[] = {
        {"we are 2 h late", {NULL, 7200, "AccessDenied", "Request has expired", true}, 0, 2},
        {"we are 1 h early", {NULL, -3600, "RequestTimeTooSkewed", "m", true}, 0, 2},
        {"no date",
         {NULL, 7200, "AccessDenied", "Request has expired", false},
         COSN_E_DENIED,
         1},
        {"another refusal",
         {NULL, 7200, "AccessDenied", "Access Denied.", true},
         COSN_E_DENIED,
         1},
    };
    fake_seed(b->fake, "k", "x", 1);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct strict_clock s = rows[i].clock;
        s.world = &b->world;
        b->fake->intercept = judge_time;
        b->fake->intercept_ctx = &s;
        size_t before = b->fake->n_requests;
        int r = client_put(b->client, "k", "x", 1, /* forbid_overwrite= */ false, &b->err);
        CHECK_ROW(rows[i].name, r == rows[i].want);
        CHECK_ROW(rows[i].name, b->fake->n_requests - before == rows[i].n_requests);
        if (rows[i].want == 0) {
            r = client_put(b->client, "k", "x", 1, /* forbid_overwrite= */ false,
                           &b->err); /* it is remembered */
            CHECK_ROW(rows[i].name, b->fake->n_requests - before == rows[i].n_requests + 1);
        }
    }
}

/* A HEAD is refused without a word; the GET that asks why finds the remedy, and the HEAD is
 * made again. */
static void a_wrong_clock_is_noticed_behind_a_bare_403(void **state)
{
    struct client_bench *b = *state;
    struct client_object there;
    fake_seed(b->fake, "k", "x", 1);
    struct strict_clock s = {&b->world, 7200, "AccessDenied", "Request has expired", true};
    b->fake->intercept = judge_time;
    b->fake->intercept_ctx = &s;
    assert_int_equal(client_head(b->client, "k", &there, &b->err), 0);
    assert_int_equal(b->fake->n_requests, 4);
}

/* --- refusals --- */

static const struct {
    const char *name;
    int http;
    const char *code;
    enum cosn_status status;
    enum cosn_detail detail;
    bool is_repeated;
} refusals[] = {
    {"policy", 403, "AccessDenied", COSN_E_DENIED, COSN_D_NONE, false},
    {"unknown key", 403, "InvalidAccessKeyId", COSN_E_DENIED, COSN_D_AUTH, false},
    {"bad signature", 403, "SignatureDoesNotMatch", COSN_E_DENIED, COSN_D_AUTH, false},
    {"skewed clock", 403, "RequestTimeTooSkewed", COSN_E_DENIED, COSN_D_AUTH, false},
    {"expired token", 400, "ExpiredToken", COSN_E_EXPIRED, COSN_D_NONE, false},
    {"no key", 404, "NoSuchKey", COSN_E_NOT_FOUND, COSN_D_NONE, false},
    {"no bucket", 404, "NoSuchBucket", COSN_E_NOT_FOUND, COSN_D_NO_BUCKET, false},
    {"conflict", 409, "PathConflict", COSN_E_BUSY, COSN_D_NONE, true},
    {"exists", 409, "FileAlreadyExists", COSN_E_BUSY, COSN_D_NONE, false},
    {"precondition", 412, "PreconditionFailed", COSN_E_BUSY, COSN_D_NONE, false},
    {"bad argument", 400, "KeyTooLong", COSN_E_INVALID, COSN_D_NONE, false},
    {"method", 405, "MethodNotAllowed", COSN_E_UNSUPPORTED, COSN_D_NONE, false},
    {"too many", 429, "TooManyRequests", COSN_E_BUSY, COSN_D_THROTTLED, true},
    {"slow down", 503, "SlowDown", COSN_E_BUSY, COSN_D_THROTTLED, true},
    {"bad gateway", 502, NULL, COSN_E_BUSY, COSN_D_NONE, true},
    {"not implemented", 501, "NotImplemented", COSN_E_UNSUPPORTED, COSN_D_NONE, false},
    {"not implemented, with a status nobody repeats", 400, "NotImplemented", COSN_E_UNSUPPORTED,
     COSN_D_NONE, false},
    {"redirect", 302, NULL, COSN_E_PROTOCOL, COSN_D_NONE, false},
};

static void a_refusal_becomes_the_right_error(void **state)
{
    struct client_bench *b = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(refusals); i++) {
        size_t before = b->fake->n_requests;
        b->fail_first = 100;
        b->status = refusals[i].http;
        b->code = refusals[i].code;
        int r = client_put(b->client, "k", "x", 1, /* forbid_overwrite= */ false, &b->err);
        CHECK_ROW(refusals[i].name, r == refusals[i].status);
        CHECK_ROW(refusals[i].name, b->err.status == refusals[i].status);
        CHECK_ROW(refusals[i].name, b->err.detail == refusals[i].detail);
        CHECK_ROW(refusals[i].name, b->err.http_status == refusals[i].http);
        CHECK_ROW(refusals[i].name,
                  (b->fake->n_requests - before > 1) == refusals[i].is_repeated);
    }
}

static void an_error_tells_everything_support_asks_for(void **state)
{
    struct client_bench *b = *state;
    b->fail_first = 1;
    b->status = 403;
    b->code = "AccessDenied";
    b->message = "Access Denied.";
    assert_int_equal(client_put(b->client, "dir/k", "x", 1, /* forbid_overwrite= */ false,
                                &b->err),
                     COSN_E_DENIED);
    assert_string_equal(
        b->err.message,
        "PutObject cosn://examplebucket-1250000000/dir/k: HTTP 403 AccessDenied, "
        "Access Denied. (request NjA0NGFjMmFfZTViOTJhMDk=)");
    assert_string_equal(b->err.code, "AccessDenied");
    assert_string_equal(b->err.request_id, "NjA0NGFjMmFfZTViOTJhMDk=");
}

static void a_secret_that_the_service_echoes_is_not_quoted(void **state)
{
    struct client_bench *b = *state;
    b->token = CLIENT_TOKEN;
    b->expires_unix_ms = CLIENT_NOW_MS + 3600000;
    char part[17];
    (void)snprintf(part, sizeof(part), "%.16s", &CLIENT_SECRET[3]);
    char cut[64];
    (void)snprintf(cut, sizeof(cut), "your key is ...%s...", part);
    const char *const echoes[] = {"your key is " CLIENT_SECRET, "your token is " CLIENT_TOKEN,
                                  cut};
    for (size_t i = 0; i < COS_ARRAY_LEN(echoes); i++) {
        b->fail_first = 100;
        b->status = 403;
        b->code = "AccessDenied";
        b->message = echoes[i];
        assert_int_equal(client_put(b->client, "k", "x", 1, /* forbid_overwrite= */ false,
                                    &b->err),
                         COSN_E_DENIED);
        assert_null(strstr(b->err.message, CLIENT_SECRET));
        assert_null(strstr(b->err.message, CLIENT_TOKEN));
        assert_null(strstr(b->err.message, part));
    }
    assert_null(strstr(b->world.log, CLIENT_SECRET));
    assert_null(strstr(b->world.log, CLIENT_TOKEN));
}

static void a_refused_head_is_explained_by_one_get(void **state)
{
    struct client_bench *b = *state;
    struct client_object object;
    b->fail_first = 2;
    b->status = 403;
    b->code = "SignatureDoesNotMatch";
    assert_int_equal(client_head(b->client, "k", &object, &b->err), COSN_E_DENIED);
    assert_int_equal(b->err.detail, COSN_D_AUTH);
    assert_int_equal(b->fake->n_requests, 2);
    assert_string_equal(fake_header(fake_last(b->fake), "Range"), "bytes=0-0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_BENCH_TEST(a_permanent_key_sends_no_token),
        CLIENT_BENCH_TEST(a_session_token_is_sent_and_signed),
        CLIENT_BENCH_TEST(a_put_carries_content_md5),
        CLIENT_BENCH_TEST(a_header_too_many_is_an_error_and_nothing_is_sent),
        CLIENT_BENCH_TEST(a_copy_source_is_qualified_and_encoded),
        CLIENT_BENCH_TEST(a_dead_credential_sends_nothing),
        CLIENT_BENCH_TEST(every_attempt_asks_for_the_credential),
        CLIENT_BENCH_TEST(a_repeated_put_sends_the_whole_body_and_says_so),
        CLIENT_BENCH_TEST(repetition_ends),
        CLIENT_BENCH_TEST(a_lost_connection_is_repeated_and_named),
        CLIENT_BENCH_TEST(a_request_overtaken_by_a_refresh_is_repeated_once),
        CLIENT_BENCH_TEST(a_wrong_clock_is_set_right_by_the_service_once),
        CLIENT_BENCH_TEST(a_wrong_clock_is_noticed_behind_a_bare_403),
        CLIENT_BENCH_TEST(a_refusal_becomes_the_right_error),
        CLIENT_BENCH_TEST(an_error_tells_everything_support_asks_for),
        CLIENT_BENCH_TEST(a_secret_that_the_service_echoes_is_not_quoted),
        CLIENT_BENCH_TEST(a_refused_head_is_explained_by_one_get),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
