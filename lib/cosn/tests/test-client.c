/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client against the fake service: what it sends, what it repeats, what it refuses to
 * believe. Expectations come from cos-wire.md s.1.5, s.2.0, s.2.1, s.5 and from the defects of
 * the plugin (fluss-plugin.md F5, F6, F10 to F12) turned round.
 */
#include "world.h"

#include "client/call.h"
#include "fake_transport.h"

#include "cosbase/date.h"
#include "cosbase/digest.h"

/* Published example key, cos-go-sdk-v5 auth_test.go:15. */
#define SECRET "Gu5t9xGARNpq86cd98joQYCN3Cozk1qA"
#define TOKEN "tokenTOKENtoken"
#define NOW_MS INT64_C(1700000000000)

struct bench {
    struct world world;
    struct fake *fake;
    struct platform platform;
    struct cosn_provider *provider;
    struct client *client;
    struct cosn_error err;
    /* the credential the provider yields */
    const char *id, *token;
    int64_t expires_unix_ms;
    unsigned asked;
    /* intercept */
    int fail_first, status;
    const char *code, *message, *method;
};

static int give_credential(void *ctx, struct cosn_credentials **out, struct cosn_error *err)
{
    struct bench *b = ctx;
    char id[64];
    (void)snprintf(id, sizeof(id), "%s%u", b->id, ++b->asked);
    return cosn_credentials_new(out, b->token == NULL ? b->id : id, SECRET, b->token,
                                b->expires_unix_ms, err);
}

/* Refuse the first requests of one method, then serve. */
static int refuse_first(void *ctx, struct fake *f, const struct fake_request *rq,
                        struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct bench *b = ctx;
    (void)f;
    if (b->fail_first == 0 || (b->method != NULL && strcmp(rq->method, b->method) != 0)) {
        return 0;
    }
    b->fail_first--;
    if (b->status == 0) {
        memset(err, 0, sizeof(*err));
        err->status = COSN_E_NET;
        err->retryable = true;
        (void)snprintf(err->message, sizeof(err->message), "connection reset");
        return COSN_E_NET;
    }
    fake_refuse(reply, b->status, strcmp(rq->method, "HEAD") == 0 ? NULL : b->code, b->message);
    return 1;
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    world_init(&b->world);
    b->fake = fake_new();
    b->fake->intercept = refuse_first;
    b->fake->intercept_ctx = b;
    b->world.platform.transport = &b->fake->transport;
    b->id = "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q";
    b->expires_unix_ms = COSN_NEVER_EXPIRES;
    b->message = "Something is wrong.";
    struct cosn_provider_ops ops = {.size = sizeof(ops),
                                    .name = "test",
                                    .get = give_credential};
    assert_int_equal(platform_init(&b->platform, &b->world.platform, &b->err), 0);
    assert_int_equal(cosn_provider_new(&b->provider, &ops, b, &b->err), 0);
    b->client = fake_client(b->provider, &b->platform);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    (void)client_free(b->client);
    (void)cosn_provider_unref(b->provider);
    platform_deinit(&b->platform);
    (void)fake_free(b->fake);
    free(b);
    return 0;
}

static void add_header(struct cosn_http_reply *reply, const char *name, const char *value)
{
    assert_int_equal(cosn_http_reply_add_header(reply, name, strlen(name), value,
                                                strlen(value)),
                     0);
}

static int ignore(void *ctx, const void *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)ctx += n;
    return 0;
}

static int get(struct bench *b, size_t n, size_t *got)
{
    struct client_range range = {.key = "k", .n = n, .on_body = ignore, .ctx = got};
    return client_get(b->client, &range, /* out= */ NULL, &b->err);
}

static int list_from(struct bench *b, const char *prefix, const char *marker,
                     struct client_list_page *page)
{
    struct client_list_question question = {.prefix = prefix,
                                            .delimiter = "/",
                                            .marker = marker,
                                            .max_keys = 1000};
    return client_list(b->client, &question, page, &b->err);
}

/* --- what is sent --- */

static void a_permanent_key_sends_no_token(void **state)
{
    struct bench *b = *state;
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
    struct bench *b = *state;
    b->token = TOKEN;
    b->expires_unix_ms = NOW_MS + 600000;
    assert_int_equal(client_head_bucket(b->client, &b->err), 0);
    const struct fake_request *rq = fake_last(b->fake);
    assert_string_equal(fake_header(rq, "x-cos-security-token"), TOKEN);
    CHECK_HOLDS(fake_header(rq, "Authorization"), "q-header-list=host;x-cos-security-token&");
    /* The signature's window ends with the credential. */
    CHECK_HOLDS(fake_header(rq, "Authorization"), ";1700000600&");
}

/* RFC 1321: MD5 of "message digest" is f96b697d7cb7938d525a2f31aaf161d0. */
static void a_put_carries_content_md5(void **state)
{
    struct bench *b = *state;
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
    struct bench *b = *state;
    struct call call = {.op = "DeleteObject", .method = "DELETE", .key = "k"};
    for (size_t i = 0; i < CALL_MAX_HEADERS; i++) {
        call_header(&call, "x-cos-meta-a", "1");
    }
    assert_int_equal(client_call(b->client, &call, /* reply= */ NULL, &b->err), 0);
    size_t n_sent = b->fake->n_requests;
    call_header(&call, "x-cos-meta-b", "2");
    assert_int_equal(client_call(b->client, &call, /* reply= */ NULL, &b->err), COSN_E_INVALID);
    CHECK_HOLDS(b->err.message, "DeleteObject");
    CHECK_HOLDS(b->err.message, "7 headers");
    assert_int_equal(b->fake->n_requests, n_sent);
}

static void a_copy_source_is_qualified_and_encoded(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "dir/a b+\xE4\xB8\xAD", "x", 1);
    assert_int_equal(client_copy(b->client, "dir/a b+\xE4\xB8\xAD", "to", &b->err), 0);
    assert_string_equal(fake_header(fake_last(b->fake), "x-cos-copy-source"),
                        "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/"
                        "dir/a%20b%2B%E4%B8%AD");
    assert_non_null(fake_object(b->fake, "to"));
}

static void a_dead_credential_sends_nothing(void **state)
{
    struct bench *b = *state;
    b->token = TOKEN;
    b->expires_unix_ms = NOW_MS;
    assert_int_equal(client_head_bucket(b->client, &b->err), COSN_E_EXPIRED);
    assert_int_equal(b->fake->n_requests, 0);
    CHECK_HOLDS(b->err.message, "nothing was sent");
}

/* --- what is repeated --- */

static void every_attempt_asks_for_the_credential(void **state)
{
    struct bench *b = *state;
    b->token = TOKEN;
    b->expires_unix_ms = NOW_MS + 3600000;
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
    struct bench *b = *state;
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
    struct bench *b = *state;
    b->fail_first = 100;
    b->status = 503;
    b->code = "SlowDown";
    size_t got = 0;
    assert_int_equal(get(b, 1, &got), COSN_E_BUSY);
    assert_in_range(b->fake->n_requests, 5, 16);
    assert_int_equal(b->world.mono_ms, 9000);
    assert_int_equal(b->err.detail, COSN_D_THROTTLED);
    assert_true(b->err.retryable);
}

static void a_lost_connection_is_repeated_and_named(void **state)
{
    struct bench *b = *state;
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
    struct bench *b = *state;
    b->token = TOKEN;
    b->expires_unix_ms = NOW_MS + 3600000;
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
        add_header(reply, "Date", date);
    }
    fake_refuse(reply, 403, strcmp(rq->method, "HEAD") == 0 ? NULL : s->code, s->message);
    return 1;
}

/* The 15 minutes, code and text: cos-wire.md s.1.5. */
static void a_wrong_clock_is_set_right_by_the_service_once(void **state)
{
    struct bench *b = *state;
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
    struct bench *b = *state;
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
    struct bench *b = *state;
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
    struct bench *b = *state;
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
    struct bench *b = *state;
    b->token = TOKEN;
    b->expires_unix_ms = NOW_MS + 3600000;
    static const char *const echoes[] = {"your key is " SECRET, "your token is " TOKEN};
    for (size_t i = 0; i < COS_ARRAY_LEN(echoes); i++) {
        b->fail_first = 100;
        b->status = 403;
        b->code = "AccessDenied";
        b->message = echoes[i];
        assert_int_equal(client_put(b->client, "k", "x", 1, /* forbid_overwrite= */ false,
                                    &b->err),
                         COSN_E_DENIED);
        assert_null(strstr(b->err.message, SECRET));
        assert_null(strstr(b->err.message, TOKEN));
    }
    assert_null(strstr(b->world.log, SECRET));
    assert_null(strstr(b->world.log, TOKEN));
}

static void a_refused_head_is_explained_by_one_get(void **state)
{
    struct bench *b = *state;
    struct client_object object;
    b->fail_first = 2;
    b->status = 403;
    b->code = "SignatureDoesNotMatch";
    assert_int_equal(client_head(b->client, "k", &object, &b->err), COSN_E_DENIED);
    assert_int_equal(b->err.detail, COSN_D_AUTH);
    assert_int_equal(b->fake->n_requests, 2);
    assert_string_equal(fake_header(fake_last(b->fake), "Range"), "bytes=0-0");
}

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
    add_header(reply, lie->header, lie->value);
    add_header(reply, "x-cos-request-id", "NjA0NGFjMmFfZTViOTJhMDk=");
    add_header(reply, "ETag", "\"25f9e794323b453885f5181f1b624d0b\""); /* MD5 and */
    add_header(reply, "x-cos-hash-crc64ecma", "11051210869376104954"); /* CRC of 123456789 */
    return 1;
}

static void a_wrong_checksum_in_the_answer_is_an_error(void **state)
{
    struct bench *b = *state;
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
    add_header(reply, "x-cos-request-id", "NjA0NGFjMmFfZTViOTJhMDk=");
    assert_int_equal(cosn_http_reply_add_body(reply, body, strlen(body)), 0);
    return 1;
}

static void play(struct bench *b, struct script *s)
{
    b->fake->intercept = answer_bodies;
    b->fake->intercept_ctx = s;
}

static void an_error_inside_a_200_copy_is_an_error(void **state)
{
    struct bench *b = *state;
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
    struct bench *b = *state;
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
        int r = list_from(b, "p/", rows[i].marker, &page);
        CHECK_ROW(rows[i].name, r == COSN_E_PROTOCOL);
    }
}

static void a_list_is_decoded_and_goes_on(void **state)
{
    struct bench *b = *state;
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
    assert_int_equal(list_from(b, "", /* marker= */ NULL, &page), 0);
    assert_string_equal(page.items[0].key, "a b+c d");
    assert_int_equal(page.items[0].length_bytes, 7);
    assert_int_equal(page.items[0].mtime_unix_ms, INT64_C(1607571450000));
    assert_string_equal(page.prefixes[0], "\xE4\xB8\xAD/");
    assert_string_equal(page.next_marker,
                        "\xE4\xB8\xAD/"); /* the last name: no NextMarker came */
    client_list_page_deinit(&page);
    assert_int_equal(list_from(b, "", /* marker= */ NULL, &page), 0);
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
    add_header(reply, "x-cos-request-id", "NjA0NGFjMmFfZTViOTJhMDk=");
    add_header(reply, "ETag", "\"0123456789abcdef0123456789abcdef\"");
    add_header(reply, "Content-Range", range_lie->content_range);
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

static void lie_about_range(struct bench *b, struct range_lie *lie)
{
    range_lie = lie;
    if (b->fake->transport.perform != perform_lie) {
        real_perform = b->fake->transport.perform;
        b->fake->transport.perform = perform_lie;
    }
}

static void a_range_that_was_not_asked_for_is_refused(void **state)
{
    struct bench *b = *state;
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
        int r = get(b, 10, &got);
        CHECK_ROW(rows[i].name, r == rows[i].want);
    }
}

static void a_broken_get_goes_on_where_it_stopped(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "k", "0123456789abcdefghij", 20);
    struct range_lie lie = {"bytes 0-19/20", 8, 206, true, 1};
    lie_about_range(b, &lie);
    size_t got = 0;
    assert_int_equal(get(b, 20, &got), 0);
    assert_int_equal(got, 20);
    assert_string_equal(fake_header(fake_last(b->fake), "Range"), "bytes=8-19");
}

static void a_short_body_is_never_taken_for_the_end(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "k", "0123456789abcdefghij", 20);
    struct range_lie lie = {"bytes 0-19/20", 12, 206, false, 1};
    lie_about_range(b, &lie);
    size_t got = 0;
    assert_int_equal(get(b, 20, &got), 0);
    assert_int_equal(got, 20);
    assert_string_equal(fake_header(fake_last(b->fake), "Range"), "bytes=12-19");
}

/* --- multipart --- */

static int upload(struct bench *b, char etags[2][80], char **id)
{
    int r = client_multipart_begin(b->client, "k", id, &b->err);
    struct client_part first = {
        .key = "k", .upload_id = *id, .number = 1, .bytes = "aa", .n = 2};
    struct client_part second = {
        .key = "k", .upload_id = *id, .number = 2, .bytes = "b", .n = 1};
    r = r < 0 ? r : client_multipart_part(b->client, &first, etags[0], &b->err);
    return r < 0 ? r : client_multipart_part(b->client, &second, etags[1], &b->err);
}

static int complete(struct bench *b, char etags[2][80], const char *id)
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
    struct bench *b = *state;
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
    struct bench *b = *state;
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
    struct bench *b = *state;
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
    struct bench *b = *state;
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
    struct bench *b = *state;
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
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(a_permanent_key_sends_no_token),
        T(a_session_token_is_sent_and_signed),
        T(a_put_carries_content_md5),
        T(a_header_too_many_is_an_error_and_nothing_is_sent),
        T(a_copy_source_is_qualified_and_encoded),
        T(a_dead_credential_sends_nothing),
        T(every_attempt_asks_for_the_credential),
        T(a_repeated_put_sends_the_whole_body_and_says_so),
        T(repetition_ends),
        T(a_lost_connection_is_repeated_and_named),
        T(a_request_overtaken_by_a_refresh_is_repeated_once),
        T(a_wrong_clock_is_set_right_by_the_service_once),
        T(a_wrong_clock_is_noticed_behind_a_bare_403),
        T(a_refusal_becomes_the_right_error),
        T(an_error_tells_everything_support_asks_for),
        T(a_secret_that_the_service_echoes_is_not_quoted),
        T(a_refused_head_is_explained_by_one_get),
        T(a_wrong_checksum_in_the_answer_is_an_error),
        T(an_error_inside_a_200_copy_is_an_error),
        T(an_impossible_list_is_refused_whole),
        T(a_list_is_decoded_and_goes_on),
        T(a_range_that_was_not_asked_for_is_refused),
        T(a_broken_get_goes_on_where_it_stopped),
        T(a_short_body_is_never_taken_for_the_end),
        T(a_lost_acknowledgement_of_completion_is_settled_by_looking),
        T(a_completion_that_never_happened_is_a_failure),
        T(an_error_inside_a_200_completion_is_an_error),
        T(an_etag_goes_back_as_text),
        T(exists_after_a_repeated_put_may_be_our_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
