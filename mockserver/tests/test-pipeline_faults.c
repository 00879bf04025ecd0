/* SPDX-License-Identifier: Apache-2.0 */
/* What a test may make go wrong on the whole journey, without sockets: MK-28. */
#include "client.h"

#include "cosbase/json.h"

static uint64_t push(struct client *c, const struct cosmock_fault *f)
{
    uint64_t id = 0;
    assert_int_equal(cosmock_fault_push(c->tenant, f, &id, NULL), COSMOCK_OK);
    return id;
}

static struct cosmock_fault fault(enum cosmock_fault_kind kind, const char *op)
{
    struct cosmock_fault f = COSMOCK_FAULT_INIT;
    f.kind = kind;
    f.op = op;
    f.times = 1;
    return f;
}

static void a_fault_may_answer_instead_of_executing(void **state)
{
    static const struct {
        const char *name;
        int status;
        const char *code;
        int want_status;
        const char *want_code;
    } cases[] = {
        {"by status", 503, NULL, 503, "SlowDown"},
        {"a code of another status", 500, "NoSuchKey", 500, "NoSuchKey"},
        {"both", 409, "PathConflict", 409, "PathConflict"},
        {"a code of no table", 418, "ImATeapot", 418, "ImATeapot"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY, "PutObject");
        f.http_status = cases[i].status;
        f.code = cases[i].code;
        (void)push(c, &f);
        client_expect(c, "GET", "/k", 404); /* another operation */
        struct answer r = client_put(c, "/k", "x");
        if (r.status != cases[i].want_status || strcmp(xml_code(&r), cases[i].want_code) != 0) {
            fail_msg("%s: %d %s", cases[i].name, r.status, r.body);
        }
        answer_free(&r);
        client_expect(c, "HEAD", "/k", 404);
    }
    struct answer r = client_put(c, "/k", "x");
    assert_int_equal(r.status, 200); /* once each */
    answer_free(&r);
}

static void a_lost_acknowledgement_executes_and_then_fails(void **state)
{
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY_AFTER, "PutObject");
    f.http_status = 500;
    uint64_t id = push(c, &f);
    struct answer r = client_put(c, "/k", "x");
    assert_int_equal(r.status, 500);
    assert_string_equal(xml_code(&r), "InternalError");
    assert_string_equal(answer_header(&r, "ETag"), "");
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->fault, "reply_after");
    cosmock_entries_free(e);
    answer_free(&r);
    client_expect(c, "HEAD", "/k", 200);
    assert_int_equal(cosmock_fault_hits(c->tenant, id), 1);
}

static void an_error_may_hide_in_a_200(void **state)
{
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY_200, "PutObject");
    f.code = "SlowDown";
    (void)push(c, &f);
    struct answer r = client_put(c, "/k", "x");
    assert_int_equal(r.status, 200);
    assert_string_equal(xml_code(&r), "SlowDown");
    answer_free(&r);
    client_expect(c, "HEAD", "/k", 404);
}

/* As the page of a network that wants one to sign in first, or of a proxy that is at its end:
 * nothing in it is the service's. */
static void somebody_on_the_way_may_answer(void **state)
{
    static const char json[] = "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}";
    static const int statuses[] = {0, 502};
    struct client *c = *state;
    for (size_t i = 0; i < 2 * COS_ARRAY_LEN(statuses); i++) {
        bool is_sts = i % 2 == 1;
        struct cosmock_fault f =
            fault(COSMOCK_FAULT_FOREIGN, is_sts ? "GetFederationToken" : "PutObject");
        f.http_status = statuses[i / 2];
        (void)push(c, &f);
        struct answer r =
            is_sts ? mint(c, CLIENT_ID, CLIENT_SECRET, json) : client_put(c, "/k", "x");
        assert_int_equal(r.status, f.http_status == 0 ? 200 : f.http_status);
        assert_string_equal(answer_header(&r, "Content-Type"), "text/html");
        assert_string_equal(answer_header(&r, "x-cos-request-id"), "");
        assert_string_equal(answer_header(&r, "Server"), "");
        assert_non_null(strstr(r.body, "</html>"));
        assert_non_null(strstr(answer_header(&r, "x-cosmock-reason"), "fault: foreign: "));
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->fault, "foreign");
        assert_string_equal(e->code, "");
        assert_string_equal(e->issued_secret_id, "");
        cosmock_entries_free(e);
        answer_free(&r);
        client_expect(c, "HEAD", "/k", 404);
    }
}

static void connections_may_be_cut_before_or_after(void **state)
{
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_RESET, "PutObject");
    (void)push(c, &f);
    struct answer r = client_put(c, "/k", "x");
    assert_true(cosmock_reply_delivery(r.x).close_before);
    answer_free(&r);
    client_expect(c, "HEAD", "/k", 404);
    f = fault(COSMOCK_FAULT_RESET_AFTER, "PutObject");
    (void)push(c, &f);
    r = client_put(c, "/k", "x");
    assert_true(cosmock_reply_delivery(r.x).close_before);
    struct cosmock_entry *e = last_entry(c);
    assert_int_equal(e->http_status, 0);
    cosmock_entries_free(e);
    answer_free(&r);
    client_expect(c, "HEAD", "/k", 200);
}

static void replies_may_be_delayed_truncated_corrupted_or_broken(void **state)
{
    struct client *c = *state;
    struct answer r = client_put(c, "/k", "[Object Content]");
    answer_free(&r);
    struct cosmock_fault f = fault(COSMOCK_FAULT_DELAY, "GetObject");
    f.amount = 40;
    (void)push(c, &f);
    r = client_ask(c, "GET", "/k");
    assert_int_equal(cosmock_reply_delivery(r.x).delay_ms, 40);
    assert_int_equal(cosmock_reply_delivery(r.x).truncate_after, -1);
    answer_free(&r);
    f = fault(COSMOCK_FAULT_TRUNCATE, "GetObject");
    f.amount = 5;
    (void)push(c, &f);
    r = client_ask(c, "GET", "/k");
    assert_int_equal(cosmock_reply_delivery(r.x).truncate_after, 5);
    assert_string_equal(answer_header(&r, "Content-Length"), "16");
    answer_free(&r);
    f = fault(COSMOCK_FAULT_CORRUPT, "GetObject");
    f.amount = 3;
    (void)push(c, &f);
    r = client_ask(c, "GET", "/k");
    assert_int_equal(r.n, 16);
    assert_memory_equal(r.body, "[Ob", 3);
    assert_int_equal(r.body[3], 'j' ^ 1);
    assert_string_equal(r.body + 4, "ect Content]");
    assert_string_equal(answer_header(&r, "x-cos-hash-crc64ecma"), "16749565679157681890");
    answer_free(&r);
    f = fault(COSMOCK_FAULT_MALFORMED, "GetBucket");
    (void)push(c, &f);
    r = client_ask(c, "GET", "/");
    assert_int_equal(r.status, 200);
    assert_null(strstr(r.body, "</"));
    answer_free(&r);
}

static void sts_faults_are_http_200_unless_they_have_no_code(void **state)
{
    static const char json[] = "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}";
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY, "GetFederationToken");
    f.code = "RequestLimitExceeded";
    f.http_status = 503;
    (void)push(c, &f);
    struct answer r = mint(c, CLIENT_ID, CLIENT_SECRET, json);
    assert_int_equal(r.status, 200);
    assert_string_equal(sts_code(&r), "RequestLimitExceeded");
    answer_free(&r);
    f = fault(COSMOCK_FAULT_REPLY, "GetFederationToken");
    f.http_status = 502;
    (void)push(c, &f);
    r = mint(c, CLIENT_ID, CLIENT_SECRET, json);
    assert_int_equal(r.status, 502);
    answer_free(&r);
    f = fault(COSMOCK_FAULT_REPLY_AFTER, "GetFederationToken");
    f.code = "InternalError";
    f.http_status = 500;
    (void)push(c, &f);
    r = mint(c, CLIENT_ID, CLIENT_SECRET, json);
    assert_string_equal(sts_code(&r), "InternalError");
    struct cosmock_entry *e = last_entry(c);
    assert_int_equal(strlen(e->issued_secret_id), 68); /* it was minted all the same */
    cosmock_entries_free(e);
    answer_free(&r);
}

/* Which of @n requests were hit: '1' and '0'. */
static void hits_of(struct client *c, const struct cosmock_fault *f, char *out, size_t n)
{
    uint64_t id = push(c, f);
    for (size_t i = 0; i < n; i++) {
        uint64_t before = cosmock_fault_hits(c->tenant, id);
        struct answer r = client_ask(c, "HEAD", "/k");
        out[i] = cosmock_fault_hits(c->tenant, id) > before ? '1' : '0';
        assert_int_equal(r.status, out[i] == '1' ? 503 : 404);
        answer_free(&r);
    }
    out[n] = '\0';
    assert_true(cosmock_fault_remove(c->tenant, id));
}

/* The members that were there are there still, each once. */
static void an_answer_of_sts_may_hold_members_that_nobody_knows(void **state)
{
    static const char json[] = "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}";
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_EXTRA, "GetFederationToken");
    f.code = "Added";
    (void)push(c, &f);
    struct answer r = mint(c, CLIENT_ID, CLIENT_SECRET, json);
    struct cos_json *root = NULL;
    struct cos_text_error why;
    assert_int_equal(cos_json_parse(&root, cos_span_of(r.body), NULL, &why), 0);
    const struct cos_json *response = cos_json_get(root, "Response");
    const struct cos_json *credentials = cos_json_get(response, "Credentials");
    assert_int_equal(cos_json_count(cos_json_get(response, "Added")), 1);
    assert_int_equal(cos_json_count(cos_json_get(credentials, "Added")), 1);
    assert_int_equal(cos_json_count(credentials), 4);
    assert_non_null(cos_json_str(cos_json_get(credentials, "Token")));
    assert_non_null(cos_json_get(response, "ExpiredTime"));
    (void)cos_json_free(root);
    answer_free(&r);
}

static void the_message_of_an_error_may_be_chosen(void **state)
{
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY, "GetObject");
    f.http_status = 403;
    f.code = "AccessDenied";
    f.message = "the token a<b is not known";
    (void)push(c, &f);
    struct answer r = client_ask(c, "GET", "/k");
    assert_int_equal(r.status, 403);
    assert_non_null(strstr(r.body, "<Message>the token a&lt;b is not known</Message>"));
    answer_free(&r);
}

static void counters_say_which_matches_are_hit(void **state)
{
    static const struct {
        unsigned skip, every, times;
        const char *want;
    } rows[] = {
        {0, 0, 1, "1000000000"}, {2, 0, 3, "0011100000"}, {0, 3, 0, "0010010010"},
        {1, 3, 2, "0001001000"}, {0, 1, 0, "1111111111"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY, "HeadObject");
        f.http_status = 503;
        f.skip = rows[i].skip;
        f.every = rows[i].every;
        f.times = rows[i].times;
        char got[11];
        hits_of(c, &f, got, sizeof(got) - 1);
        assert_string_equal(got, rows[i].want);
    }
}

/* Of 200 requests at 25 of a hundred fewer than 20 or more than 90 would be six deviations off
 * the mean of a binomial distribution. */
static void a_lot_draws_the_same_requests_in_every_run(void **state)
{
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY, "HeadObject");
    f.http_status = 503;
    f.times = 0;
    f.percent = 25;
    f.seed = 7;
    char first[201];
    char again[201];
    char other[201];
    hits_of(c, &f, first, 200);
    hits_of(c, &f, again, 200);
    assert_string_equal(first, again);
    size_t n = 0;
    for (const char *at = first; *at != '\0'; at++) {
        n += *at == '1';
    }
    assert_in_range(n, 20, 90);
    f.seed = 8;
    hits_of(c, &f, other, 200);
    assert_string_not_equal(first, other);
}

/* What SDKs look for before they turn to another domain (cos-nodejs-sdk-v5, cos-go-sdk-v5), in
 * the header, and cos_api in the body, too (CosErrorResponseHandler.java:171; its suite:
 * CosServiceExceptionTest.java:58-66). */
static void an_error_may_come_without_its_request_id(void **state)
{
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY, "PutObject");
    f.http_status = 503;
    f.header = "X-Cos-Request-Id";
    (void)push(c, &f);
    struct answer r = client_put(c, "/k", "x");
    assert_int_equal(r.status, 503);
    assert_string_equal(answer_header(&r, "x-cos-request-id"), "");
    assert_null(strstr(r.body, "RequestId"));
    assert_non_null(strstr(r.body, "<Code>SlowDown</Code>"));
    assert_string_not_equal(answer_header(&r, "Date"), "");
    answer_free(&r);
    r = client_put(c, "/k", "x");
    assert_string_not_equal(answer_header(&r, "x-cos-request-id"), "");
    answer_free(&r);
}

static void a_header_of_any_origin_is_changed_left_out_or_added(void **state)
{
    static const struct {
        const char *header, *value, *want;
    } rows[] = {
        {"etag", "\"0\"", "\"0\""}, /* the object's block */
        {"ETag", NULL, ""},           {"Date", "yesterday", "yesterday"}, /* respond's own */
        {"Server", NULL, ""},                                             /* the service's */
        {"Content-Length", "3", "3"}, {"Content-Length", NULL, ""},
        {"x-cos-new", "", ""},        {"x-cos-new", "there", "there"},
    };
    struct client *c = *state;
    struct answer r = client_put(c, "/k", "whole");
    answer_free(&r);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_fault f = fault(COSMOCK_FAULT_HEADER, "GetObject");
        f.header = rows[i].header;
        f.value = rows[i].value;
        (void)push(c, &f);
        r = client_ask(c, "GET", "/k");
        assert_int_equal(r.status, 200);
        assert_string_equal(r.body, "whole");
        if (strcmp(answer_header(&r, rows[i].header), rows[i].want) != 0) {
            fail_msg("%s: %s", rows[i].header, answer_header(&r, rows[i].header));
        }
        bool has_no_length = strcmp(rows[i].header, "Content-Length") == 0;
        assert_string_equal(answer_header(&r, "Connection"),
                            has_no_length ? "close" : "keep-alive");
        answer_free(&r);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->fault, "header");
        cosmock_entries_free(e);
    }
}

static void a_skewed_clock_judges_one_request(void **state)
{
    static const char json[] = "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}";
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_SKEW, NULL);
    f.amount = -INT64_C(600000);
    (void)push(c, &f);
    struct answer r = client_ask(c, "HEAD", "/k");
    /* CLIENT_NOW_S is 22:15:00 */
    assert_string_equal(answer_header(&r, "Date"), "Tue, 14 Nov 2023 22:05:00 GMT");
    answer_free(&r);
    r = client_ask(c, "HEAD", "/k");
    assert_string_equal(answer_header(&r, "Date"), "Tue, 14 Nov 2023 22:15:00 GMT");
    answer_free(&r);
    f = fault(COSMOCK_FAULT_SKEW, "GetFederationToken");
    f.amount = 600000; /* TC3 forgives five minutes */
    (void)push(c, &f);
    r = mint(c, CLIENT_ID, CLIENT_SECRET, json);
    assert_string_equal(sts_code(&r), "AuthFailure.SignatureExpire");
    answer_free(&r);
    r = mint(c, CLIENT_ID, CLIENT_SECRET, json);
    assert_string_equal(sts_code(&r), "");
    answer_free(&r);
}

static void a_fault_of_one_service_leaves_the_other_alone(void **state)
{
    static const char json[] = "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}";
    struct client *c = *state;
    struct cosmock_fault f = fault(COSMOCK_FAULT_REPLY, NULL);
    f.service = "sts";
    f.code = "InternalError";
    f.http_status = 500;
    (void)push(c, &f);
    client_expect(c, "HEAD", "/k", 404);
    struct answer r = mint(c, CLIENT_ID, CLIENT_SECRET, json);
    assert_string_equal(sts_code(&r), "InternalError");
    answer_free(&r);
}

/* A line break in one of them would write headers of its own. */
static void what_no_answer_can_hold_is_no_fault(void **state)
{
    struct client *c = *state;
    char long_code[65];
    memset(long_code, 'c', sizeof(long_code) - 1);
    long_code[sizeof(long_code) - 1] = '\0';
    const struct cosmock_fault rows[] = {
        {.kind = COSMOCK_FAULT_HEADER},
        {.kind = COSMOCK_FAULT_HEADER, .header = ""},
        {.kind = COSMOCK_FAULT_HEADER, .header = "a b"},
        {.kind = COSMOCK_FAULT_HEADER, .header = "a:"},
        {.kind = COSMOCK_FAULT_HEADER, .header = "a", .value = "b\r\nSet-Cookie: c"},
        {.kind = COSMOCK_FAULT_DELAY, .value = "of no header"},
        {.kind = COSMOCK_FAULT_REPLY, .http_status = 302, .location = "/\r\nSet-Cookie: c"},
        {.kind = COSMOCK_FAULT_REPLY, .http_status = 500, .code = "a\nb"},
        {.kind = COSMOCK_FAULT_REPLY, .http_status = 500, .message = "a\nb"},
        {.kind = COSMOCK_FAULT_REPLY, .http_status = 500, .code = long_code},
        {.kind = COSMOCK_FAULT_RESET, .percent = 101},
        {.kind = COSMOCK_FAULT_RESET, .service = "cvm"},
        {.kind = COSMOCK_FAULT_SKEW, .amount = INT64_C(31536000001)},
        {.kind = COSMOCK_FAULT_SKEW, .amount = INT64_MIN},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_fault f = rows[i];
        f.size = sizeof(f);
        struct cosmock_error err;
        if (cosmock_fault_push(c->tenant, &f, NULL, &err) != COSMOCK_E_INVALID) {
            fail_msg("row %zu was taken", i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_fault_may_answer_instead_of_executing),
        CLIENT_TEST(a_lost_acknowledgement_executes_and_then_fails),
        CLIENT_TEST(an_error_may_hide_in_a_200),
        CLIENT_TEST(somebody_on_the_way_may_answer),
        CLIENT_TEST(connections_may_be_cut_before_or_after),
        CLIENT_TEST(replies_may_be_delayed_truncated_corrupted_or_broken),
        CLIENT_TEST(sts_faults_are_http_200_unless_they_have_no_code),
        CLIENT_TEST(an_answer_of_sts_may_hold_members_that_nobody_knows),
        CLIENT_TEST(the_message_of_an_error_may_be_chosen),
        CLIENT_TEST(counters_say_which_matches_are_hit),
        CLIENT_TEST(a_lot_draws_the_same_requests_in_every_run),
        CLIENT_TEST(an_error_may_come_without_its_request_id),
        CLIENT_TEST(a_header_of_any_origin_is_changed_left_out_or_added),
        CLIENT_TEST(a_skewed_clock_judges_one_request),
        CLIENT_TEST(a_fault_of_one_service_leaves_the_other_alone),
        CLIENT_TEST(what_no_answer_can_hold_is_no_fault),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
