/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks and when, beside the signature itself: windows of time, ids, tokens and their ends,
 * nobody. cos-wire.md s.1.5, sts-cam.md s.4 (MK-03, MK-05 to MK-08).
 */
#include "client.h"

/* --- time --- */

static void send_windows(struct client *c, const char *sign_time, const char *key_time,
                         struct answer *out)
{
    static struct question q;
    q = (struct question){.method = "GET", .target = "/missing"};
    authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, CLIENT_HOST, "/missing",
                                       sign_time, key_time});
    *out = client_send(c, &q);
}

/* cos-wire.md s.1.5: now > end is expired; a start up to 15 minutes ahead is accepted. */
static void windows_are_judged_to_the_second(void **state)
{
    enum { N = CLIENT_NOW_S };
    static const struct {
        const char *name;
        int64_t sign_start, sign_end, key_start, key_end;
        int status;
        const char *code, *reason;
    } cases[] = {
        {"around now", N - 1, N + 1, N - 1, N + 1, 404, "NoSuchKey", "ok"},
        {"ends now", N - 9, N, N - 9, N, 404, "NoSuchKey", "ok"},
        {"ended a second ago", N - 9, N - 1, N - 9, N - 1, 403, "AccessDenied",
         "outside-key-time"},
        {"sign time ended, key time runs", N - 9, N - 1, N - 9, N + 9, 403, "AccessDenied",
         "outside-sign-time"},
        {"key time ended, sign time runs", N - 9, N + 9, N - 9, N - 1, 403, "AccessDenied",
         "outside-key-time"},
        {"starts in 15 minutes", N + 900, N + 999, N + 900, N + 999, 404, "NoSuchKey", "ok"},
        {"starts a second later", N + 901, N + 999, N + 901, N + 999, 403,
         "RequestTimeTooSkewed", "not-yet-valid"},
        {"only key time starts late", N, N + 999, N + 901, N + 999, 403, "RequestTimeTooSkewed",
         "not-yet-valid"},
        {"only sign time starts late", N + 901, N + 999, N, N + 999, 403,
         "RequestTimeTooSkewed", "not-yet-valid"},
        {"sign time inside key time", N - 5, N + 5, N - 900, N + 900, 404, "NoSuchKey", "ok"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char sign_time[64];
        (void)snprintf(sign_time, 64, "%lld;%lld", (long long)cases[i].sign_start,
                       (long long)cases[i].sign_end);
        char key_time[64];
        (void)snprintf(key_time, 64, "%lld;%lld", (long long)cases[i].key_start,
                       (long long)cases[i].key_end);
        struct answer r;
        send_windows(c, sign_time, key_time, &r);
        struct cosmock_entry *e = last_entry(c);
        if (r.status != cases[i].status || strcmp(xml_code(&r), cases[i].code) != 0 ||
            strcmp(e->authn, cases[i].reason) != 0) {
            fail_msg("%s: %d %s %s", cases[i].name, r.status, xml_code(&r), e->authn);
        }
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

/* What node's SDK looks for before it corrects its clock: base.js:3930-3951. */
static void an_expired_request_names_the_server_time(void **state)
{
    struct answer r;
    send_windows(*state, "1600000000;1600000001", "1600000000;1600000001", &r);
    assert_int_equal(r.status, 403);
    assert_string_equal(xml_code(&r), "AccessDenied");
    assert_string_equal(between(r.body, "<Message>", "</Message>"), "Request has expired");
    /* 1700000100 */
    assert_string_equal(between(r.body, "<ServerTime>", "</ServerTime>"),
                        "2023-11-14T22:15:00Z");
    assert_string_equal(answer_header(&r, "Date"), "Tue, 14 Nov 2023 22:15:00 GMT");
    answer_free(&r);
}

static void the_early_start_switch_narrows_the_window(void **state)
{
    client_switch(*state, "early-start-s", "0");
    char window[64];
    (void)snprintf(window, sizeof(window), "%d;%d", CLIENT_NOW_S + 1, CLIENT_NOW_S + 99);
    struct answer r;
    send_windows(*state, window, window, &r);
    assert_string_equal(xml_code(&r), "RequestTimeTooSkewed");
    answer_free(&r);
}

/* --- keys and tokens --- */

static void malformed_ids_have_their_own_words(void **state)
{
    static struct question q;
    q = (struct question){.method = "GET", .target = "/k"};
    authorize(&q, " AKID blank ", CLIENT_SECRET, "/k");
    struct answer r = client_send(*state, &q);
    assert_string_equal(xml_code(&r), "InvalidAccessKeyId");
    assert_string_equal(between(r.body, "<Message>", "</Message>"),
                        "The access key Id format you provided is invalid.");
    answer_free(&r);
}

static void a_revoked_key_is_unknown(void **state)
{
    struct client *c = *state;
    static struct question q;
    assert_int_equal(cosmock_key_revoke(c->tenant, CLIENT_SUB_ID, NULL), COSMOCK_OK);
    q = (struct question){.method = "GET", .target = "/k"};
    authorize(&q, CLIENT_SUB_ID, CLIENT_SUB_SECRET, "/k");
    struct answer r = client_send(c, &q);
    assert_int_equal(r.status, 403);
    assert_string_equal(xml_code(&r), "InvalidAccessKeyId");
    answer_free(&r);
}

static struct answer send_token(struct client *c, const struct token *t, const char *header,
                                const char *query)
{
    static struct question q;
    static char target[6000];
    (void)snprintf(target, sizeof(target), "/missing%s%s",
                   query == NULL ? "" : "?x-cos-security-token=", query == NULL ? "" : query);
    q = (struct question){.method = "GET", .target = target};
    authorize(&q, t->id, t->secret, "/missing");
    if (header != NULL) {
        add_header(&q, "x-cos-security-token", header);
    }
    return client_send(c, &q);
}

/* sts-cam.md s.4 */
static void a_temporary_key_needs_its_own_token(void **state)
{
    struct client *c = *state;
    static struct token a;
    static struct token b;
    mint_token(c, &a);
    mint_token(c, &b);
    static char shorter[sizeof(a.token)];
    static char longer[sizeof(a.token) + 1];
    (void)snprintf(shorter, sizeof(shorter), "%.*s", (int)strlen(a.token) - 1, a.token);
    (void)snprintf(longer, sizeof(longer), "%sA", a.token);
    const struct {
        const char *name, *header, *query, *without; /* the switch */
        int status;
        const char *code, *reason, *token;
    } cases[] = {
        {"in the header", a.token, NULL, "InvalidAccessKeyId", 404, "NoSuchKey", "ok", "ok"},
        {"in the query", NULL, a.token, "InvalidAccessKeyId", 404, "NoSuchKey", "ok", "ok"},
        {"none (MK-05)", NULL, NULL, "InvalidAccessKeyId", 403, "InvalidAccessKeyId",
         "token-missing", "missing"},
        {"empty", "", NULL, "InvalidAccessKeyId", 403, "InvalidAccessKeyId", "token-missing",
         "missing"},
        {"another key's (MK-06)", b.token, NULL, "InvalidAccessKeyId", 403,
         "InvalidAccessKeyId", "token-mismatch", "mismatch"},
        {"another key's, in the query", NULL, b.token, "InvalidAccessKeyId", 403,
         "InvalidAccessKeyId", "token-mismatch", "mismatch"},
        {"without its last character", shorter, NULL, "InvalidAccessKeyId", 403,
         "InvalidAccessKeyId", "token-mismatch", "mismatch"},
        {"with one more", longer, NULL, "InvalidAccessKeyId", 403, "InvalidAccessKeyId",
         "token-mismatch", "mismatch"},
        {"cut, in the query", NULL, shorter, "InvalidAccessKeyId", 403, "InvalidAccessKeyId",
         "token-mismatch", "mismatch"},
        {"none, AccessDenied", NULL, NULL, "AccessDenied", 403, "AccessDenied", "token-missing",
         "missing"},
        {"none, accepted", NULL, NULL, "accept", 404, "NoSuchKey", "ok", "missing"},
        {"another key's is never accepted", b.token, NULL, "accept", 403, "InvalidAccessKeyId",
         "token-mismatch", "mismatch"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        client_switch(c, "temp-key-without-token", cases[i].without);
        struct answer r = send_token(c, &a, cases[i].header, cases[i].query);
        struct cosmock_entry *e = last_entry(c);
        if (r.status != cases[i].status || strcmp(xml_code(&r), cases[i].code) != 0 ||
            strcmp(e->authn, cases[i].reason) != 0 || strcmp(e->token, cases[i].token) != 0) {
            fail_msg("%s: %d %s %s %s", cases[i].name, r.status, xml_code(&r), e->authn,
                     e->token);
        }
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

/* No report says what the service does: sts-cam.md s.4 infers that it ignores the token. */
static void a_token_with_a_permanent_key_is_what_the_switch_says(void **state)
{
    static const struct {
        const char *header, *query, *choice;
        int status;
        const char *code, *reason, *token;
    } cases[] = {
        {NULL, NULL, "InvalidToken", 404, "NoSuchKey", "ok", "none"},
        {"", NULL, "InvalidToken", 404, "NoSuchKey", "ok", "none"},
        {"garbage", NULL, "ignore", 404, "NoSuchKey", "ok", "mismatch"},
        {"garbage", NULL, "InvalidAccessKeyId", 403, "InvalidAccessKeyId", "token-mismatch",
         "mismatch"},
        {"garbage", NULL, "InvalidToken", 400, "InvalidToken", "token-mismatch", "mismatch"},
        {NULL, "garbage", "InvalidToken", 400, "InvalidToken", "token-mismatch", "mismatch"},
    };
    struct client *c = *state;
    static struct token permanent;
    (void)snprintf(permanent.id, sizeof(permanent.id), "%s", CLIENT_ID);
    (void)snprintf(permanent.secret, sizeof(permanent.secret), "%s", CLIENT_SECRET);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        client_switch(c, "token-with-permanent-key", cases[i].choice);
        struct answer r = send_token(c, &permanent, cases[i].header, cases[i].query);
        struct cosmock_entry *e = last_entry(c);
        if (r.status != cases[i].status || strcmp(xml_code(&r), cases[i].code) != 0 ||
            strcmp(e->authn, cases[i].reason) != 0 || strcmp(e->token, cases[i].token) != 0) {
            fail_msg("row %zu: %d %s %s %s", i, r.status, xml_code(&r), e->authn, e->token);
        }
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

/* MK-07 */
static void a_temporary_key_dies_at_expired_time(void **state)
{
    static const struct {
        int64_t offset_s;
        const char *choice;
        int status;
        const char *code;
    } cases[] = {
        {-1, "ExpiredToken403", 404, "NoSuchKey"},
        {0, "ExpiredToken403", 403, "ExpiredToken"},
        {1, "ExpiredToken403", 403, "ExpiredToken"},
        {1, "ExpiredToken400", 400, "ExpiredToken"},
        {1, "InvalidAccessKeyId", 403, "InvalidAccessKeyId"},
    };
    struct client *c = *state;
    static struct token t;
    mint_token(c, &t);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        client_switch(c, "expired-temp-key", cases[i].choice);
        cosmock_clock_freeze(c->tenant, COSMOCK_CLOCK_TOKEN,
                             (t.expires_s + cases[i].offset_s) * 1000);
        struct answer r = send_token(c, &t, t.token, NULL);
        assert_int_equal(r.status, cases[i].status);
        assert_string_equal(xml_code(&r), cases[i].code);
        answer_free(&r);
    }
    client_switch(c, "temp-key-without-token", "accept");
    struct answer r = send_token(c, &t, NULL, NULL);
    assert_int_equal(r.status, 403); /* without its token it is dead, too */
    answer_free(&r);
}

/* MK-08 */
static void ageing_tokens_leaves_signatures_alone(void **state)
{
    struct client *c = *state;
    static struct token t;
    mint_token(c, &t);
    cosmock_clock_advance(c->tenant, COSMOCK_CLOCK_TOKEN, 2 * 3600 * 1000);
    struct answer r = send_token(c, &t, t.token, NULL);
    assert_string_equal(xml_code(&r), "ExpiredToken");
    answer_free(&r);
    char minute[64]; /* which is over on the tokens' clock */
    (void)snprintf(minute, sizeof(minute), "%d;%d", CLIENT_NOW_S - 30, CLIENT_NOW_S + 30);
    send_windows(c, minute, minute, &r);
    assert_string_equal(xml_code(&r), "NoSuchKey");
    answer_free(&r);
}

static void an_empty_authorization_is_anonymous(void **state)
{
    static struct question q;
    q = (struct question){.method = "GET", .target = "/k"};
    add_header(&q, "Host", CLIENT_HOST);
    add_header(&q, "Authorization", "");
    struct answer r = client_send(*state, &q);
    struct cosmock_entry *e = last_entry(*state);
    assert_string_equal(e->authn, "anonymous");
    assert_string_equal(xml_code(&r), "AccessDenied");
    assert_string_equal(between(r.body, "<Message>", "</Message>"), "Access Denied.");
    cosmock_entries_free(e);
    answer_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(windows_are_judged_to_the_second),
        CLIENT_TEST(an_expired_request_names_the_server_time),
        CLIENT_TEST(the_early_start_switch_narrows_the_window),
        CLIENT_TEST(malformed_ids_have_their_own_words),
        CLIENT_TEST(a_revoked_key_is_unknown),
        CLIENT_TEST(a_temporary_key_needs_its_own_token),
        CLIENT_TEST(a_token_with_a_permanent_key_is_what_the_switch_says),
        CLIENT_TEST(a_temporary_key_dies_at_expired_time),
        CLIENT_TEST(ageing_tokens_leaves_signatures_alone),
        CLIENT_TEST(an_empty_authorization_is_anonymous),
    };
    return cmocka_run_group_tests_name("cos keys", tests, NULL, NULL);
}
