/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetFederationToken and GetCallerIdentity at the door: limits, shapes and errors of sts-cam.md
 * s.2. MK-29 to MK-32, MK-37. Every request is signed by hand (client.h); TC3 itself is proved
 * in test-tc3.c.
 */
#include "client.h"

#include "cosbase/alloc.h"
#include "world/maps.h"
#include "world/mock.h"

#define ALLOW_GET_EXAMPLE                                                            \
    "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"allow\\\"," \
    "\\\"action\\\":[\\\"name/cos:GetObject\\\"],\\\"resource\\\":[\\\"%s\\\"]}]}"

/* The reply's code for a body; "" for success. */
static const char *code_of(struct client *c, const char *id, const char *secret,
                           const char *json)
{
    static char code[96];
    struct answer r = mint(c, id, secret, json);
    assert_int_equal(r.status, 200); /* MK-31 */
    assert_string_equal(answer_header(&r, "Content-Type"), "application/json");
    assert_int_equal(strlen(between(r.body, "\"RequestId\":\"", "\"")), 36);
    (void)snprintf(code, sizeof(code), "%s", sts_code(&r));
    answer_free(&r);
    return code;
}

static void a_token_has_the_documented_shape(void **state)
{
    struct client *c = *state;
    struct answer r = mint(c, CLIENT_ID, CLIENT_SECRET,
                           "{\"Name\":\"fluss-cos-federation\",\"DurationSeconds\":3600,"
                           "\"Policy\":\"" POLICY_ALL "\"}");
    struct token t;
    read_token(&r, &t);
    assert_int_equal(strlen(t.id), 68); /* sts-cam.md s.2, realistic shapes */
    assert_int_equal(strlen(t.secret), 44);
    assert_memory_equal(t.id, "AKID", 4);
    assert_true(strlen(t.token) <= 4096);
    assert_int_equal(t.expires_s, CLIENT_NOW_S + 3600);
    assert_string_equal(between(r.body, "\"Expiration\":\"", "\""), "2023-11-14T23:15:00Z");
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->op, "GetFederationToken");
    assert_string_equal(e->sts_name, "fluss-cos-federation");
    assert_int_equal(e->sts_duration_s, 3600);
    assert_string_equal(e->sts_region, "ap-beijing");
    assert_string_equal(e->sts_version, "2018-08-13");
    assert_string_equal(e->issued_secret_id, t.id);
    assert_memory_equal(e->sts_policy, "{\"version\":\"2.0\"", 16);
    cosmock_entries_free(e);
    answer_free(&r);
}

/* MK-30 */
static void durations_have_limits(void **state)
{
    static const struct {
        const char *id, *secret, *duration;
        const char *code;
        int64_t ttl_s;
    } cases[] = {
        {CLIENT_ID, CLIENT_SECRET, NULL, "", 1800},
        {CLIENT_ID, CLIENT_SECRET, "1", "", 1},
        {CLIENT_ID, CLIENT_SECRET, "7200", "", 7200},
        {CLIENT_ID, CLIENT_SECRET, "7201", "InvalidParameter.OverTimeError", 0},
        {CLIENT_ID, CLIENT_SECRET, "0", "InvalidParameter.OverTimeError", 0},
        {CLIENT_ID, CLIENT_SECRET, "-1", "InvalidParameter.OverTimeError", 0},
        {CLIENT_ID, CLIENT_SECRET, "1.5", "InvalidParameter", 0},
        {CLIENT_ID, CLIENT_SECRET, "\"1800\"", "InvalidParameter", 0},
        {CLIENT_ID, CLIENT_SECRET, "[]", "InvalidParameter", 0},
        {CLIENT_SUB_ID, CLIENT_SUB_SECRET, "7201", "", 7201},
        {CLIENT_SUB_ID, CLIENT_SUB_SECRET, "129600", "", 129600},
        {CLIENT_SUB_ID, CLIENT_SUB_SECRET, "129601", "InvalidParameter.OverTimeError", 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char json[800];
        (void)snprintf(json, sizeof(json), "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"%s%s}",
                       cases[i].duration == NULL ? "" : ",\"DurationSeconds\":",
                       cases[i].duration == NULL ? "" : cases[i].duration);
        struct answer r = mint(*state, cases[i].id, cases[i].secret, json);
        if (strcmp(sts_code(&r), cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].duration, r.body);
        }
        if (cases[i].ttl_s > 0) {
            struct token t;
            read_token(&r, &t);
            assert_int_equal(t.expires_s, CLIENT_NOW_S + cases[i].ttl_s);
        }
        answer_free(&r);
    }
}

static void ttl_override_answers_its_own_end(void **state)
{
    struct client *c = *state;
    cosmock_ttl_override(c->tenant, 6);
    struct token t;
    mint_token(c, &t);
    assert_int_equal(t.expires_s, CLIENT_NOW_S + 6);
    cosmock_ttl_override(c->tenant, 0);
    mint_token(c, &t);
    assert_int_equal(t.expires_s, CLIENT_NOW_S + 1800);
}

static void parameters_are_checked(void **state)
{
    static const struct {
        const char *name, *json, *code;
    } cases[] = {
        {"no name", "{\"Policy\":\"" POLICY_ALL "\"}", "MissingParameter"},
        {"no policy", "{\"Name\":\"n\"}", "MissingParameter"},
        {"an unknown one", "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\",\"RoleArn\":\"r\"}",
         "UnknownParameter"},
        {"a name with a blank", "{\"Name\":\"a b\",\"Policy\":\"" POLICY_ALL "\"}",
         "InvalidParameter.ParamError"},
        {"a name that is a number", "{\"Name\":7,\"Policy\":\"" POLICY_ALL "\"}",
         "InvalidParameter"},
        {"no JSON", "Name=n", "InvalidParameter"},
        {"an array", "[]", "InvalidParameter"},
        {"a name twice", "{\"Name\":\"n\",\"Name\":\"m\",\"Policy\":\"" POLICY_ALL "\"}",
         "InvalidParameter"},
        {"a policy that is no JSON", "{\"Name\":\"n\",\"Policy\":\"allow me\"}",
         "InvalidParameter.StrategyFormatError"},
        {"every name the clients use",
         "{\"Name\":\"cos-sts_p.y@x=,+\",\"Policy\":\"" POLICY_ALL "\"}", ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const char *code = code_of(*state, CLIENT_ID, CLIENT_SECRET, cases[i].json);
        if (strcmp(code, cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].name, code);
        }
    }
}

/* sts-cam.md s.2.1: raised when a resource names another account; "*" and uid/<any> pass STS
 * (fluss#3983). */
static void another_account_cannot_be_granted(void **state)
{
    static const struct {
        const char *resource, *code;
    } cases[] = {
        {"*", ""},
        {"qcs::cos:ap-beijing:uid/1250000000:examplebucket-1250000000/*", ""},
        {"qcs::cos:ap-beijing:uid/*:examplebucket-1250000000/*", ""},
        {"qcs::cos:ap-beijing:uid/1251111111:examplebucket-1251111111/*",
         "InvalidParameter.GrantOtherResource"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char policy[600];
        (void)snprintf(policy, sizeof(policy), ALLOW_GET_EXAMPLE, cases[i].resource);
        char json[800];
        (void)snprintf(json, sizeof(json), "{\"Name\":\"n\",\"Policy\":\"%s\"}", policy);
        const char *code = code_of(*state, CLIENT_ID, CLIENT_SECRET, json);
        if (strcmp(code, cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].resource, code);
        }
    }
}

/* MK-37: raw, encoded once and encoded twice; '+' and %2F of raw JSON stay. */
static void the_policy_may_be_encoded_or_not(void **state)
{
#define RAW                                                                          \
    "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"allow\\\"," \
    "\\\"action\\\":\\\"name/cos:*\\\","                                             \
    "\\\"resource\\\":\\\"qcs::cos:ap-beijing:uid/1250000000:"                       \
    "examplebucket-1250000000/a+b%2Fc/*\\\"}]}"
#define PLAIN                                                                              \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"name/cos:*\"," \
    "\"resource\":\"qcs::cos:ap-beijing:uid/1250000000:"                                   \
    "examplebucket-1250000000/a+b%2Fc/*\"}]}"
    static const struct {
        const char *name, *policy;
    } cases[] = {
        {"raw", RAW},
        {"raw with blanks around", "  " RAW "\\n"},
        {"encoded once",
         "%7B%22version%22%3A%222.0%22%2C%22statement%22%3A%5B%7B%22effect%22%3A%22allow%22%2C"
         "%22action%22%3A%22name/cos%3A*%22%2C%22resource%22%3A%22qcs%3A%3Acos%3Aap-beijing%3A"
         "uid/1250000000%3Aexamplebucket-1250000000/a%2Bb%252Fc/*%22%7D%5D%7D"},
        {"encoded as a form is",
         "+%7B%22version%22%3A%222.0%22%2C%22statement%22%3A%5B%7B%22effect%22%3A%22allow%22%2C"
         "%22action%22%3A%22name/cos%3A*%22%2C%22resource%22%3A%22qcs%3A%3Acos%3Aap-beijing%3A"
         "uid/1250000000%3Aexamplebucket-1250000000/a%2Bb%252Fc/*%22%7D%5D%7D+"},
        {"encoded twice",
         "%257B%2522version%2522%253A%25222.0%2522%252C%2522statement%2522%253A%255B%257B"
         "%2522effect%2522%253A%2522allow%2522%252C%2522action%2522%253A%2522name%252Fcos%253A*"
         "%2522%252C%2522resource%2522%253A%2522qcs%253A%253Acos%253Aap-beijing%253Auid"
         "%252F1250000000%253Aexamplebucket-1250000000%252Fa%252Bb%25252Fc%252F*%2522%257D%255D"
         "%257D"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char json[3000];
        (void)snprintf(json, sizeof(json), "{\"Name\":\"n\",\"Policy\":\"%s\"}",
                       cases[i].policy);
        const char *code = code_of(*state, CLIENT_ID, CLIENT_SECRET, json);
        struct cosmock_entry *e = last_entry(*state);
        if (code[0] != '\0' || strcmp(e->sts_policy, PLAIN) != 0) {
            fail_msg("%s: %s %s", cases[i].name, code, e->sts_policy);
        }
        cosmock_entries_free(e);
    }
}

static void a_policy_may_have_6144_characters_without_blanks(void **state)
{
    static const char head[] =
        "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":"
        "\\\"allow\\\",\\\"action\\\":\\\"name/cos:*\\\",\\\"resource\\\":"
        "\\\"qcs::cos:ap-beijing:uid/1250000000:b-1250000000/";
    static const char tail[] = "\\\"}]}";
    /* "\\\"" is one character of the policy */
    size_t escapes = 0;
    for (const char *p = head; *p != '\0'; p++) {
        escapes += *p == '\\';
    }
    size_t fixed = sizeof(head) - 1 - escapes + sizeof(tail) - 2;
    for (size_t over = 0; over <= 1; over++) {
        static char json[8000];
        size_t n =
            (size_t)snprintf(json, sizeof(json), "{\"Name\":\"n\",\"Policy\":\"   %s", head);
        size_t filler = 6144 - fixed + over;
        memset(json + n, 'a', filler);
        (void)snprintf(json + n + filler, sizeof(json) - n - filler, "%s\"}", tail);
        assert_string_equal(code_of(*state, CLIENT_ID, CLIENT_SECRET, json),
                            over ? "InvalidParameter.PolicyTooLong" : "");
    }
}

/* sts-cam.md s.1.1: 10 MiB with TC3. Too much is a refusal, never a failure of ours
 * (client_close looks). */
static void huge_bodies_are_refused(void **state)
{
    static const struct {
        const char *prefix;
        size_t n;
        const char *code;
    } cases[] = {
        {"{\"Name\":\"n\",\"Policy\":\"%257B", 10u << 20, "InvalidParameter.PolicyTooLong"},
        {"{\"Name\":\"n\",\"Policy\":\"{", 10u << 20, "InvalidParameter.PolicyTooLong"},
        {"{\"Name\":\"", 10u << 20, "InvalidParameter.ParamError"},
        {"{\"Name\":\"", (10u << 20) + 1, "RequestSizeLimitExceeded"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char *json = malloc(cases[i].n + 1);
        size_t n = strlen(cases[i].prefix);
        assert_non_null(json);
        memset(json, 'a', cases[i].n);
        memcpy(json, cases[i].prefix, n);
        memcpy(json + cases[i].n - 2, "\"}", 3);
        const char *code = code_of(*state, CLIENT_ID, CLIENT_SECRET, json);
        if (strcmp(code, cases[i].code) != 0) {
            fail_msg("%zu: %s", i, code);
        }
        free(json);
    }
}

/* The reader of JSON allocates once an object with two members or more: a refusal that has read
 * the body shows it. */
static void the_body_of_an_unknown_sender_is_not_read(void **state)
{
    enum { OBJECTS = 1000, REFUSAL_ALLOCATIONS = 200 };
    static char json[OBJECTS * 16 + 16] = "{\"Name\":[0";
    char *end = json + strlen(json);

    for (int i = 0; i < OBJECTS; i++) {
        end = stpcpy(end, ",{\"a\":1,\"b\":2}");
    }
    (void)stpcpy(end, "]}");
    cos_alloc_fail_nth(0);
    assert_string_equal(code_of(*state, CLIENT_ID, "another secret", json),
                        "AuthFailure.SignatureFailure");
    assert_in_range(cos_alloc_count(), 1, REFUSAL_ALLOCATIONS);
    cos_alloc_fail_nth(0);
    assert_string_equal(code_of(*state, CLIENT_ID, CLIENT_SECRET, json), "InvalidParameter");
    assert_in_range(cos_alloc_count(), OBJECTS, UINT64_MAX);
}

static bool commit_to_full_disk(struct backend *b, struct batch *batch, struct commit *commit)
{
    (void)batch_free(batch);
    commit->result = BACKEND_NO_ROOM;
    (void)snprintf(commit->reason, sizeof(commit->reason), "the disk is full");
    return true;
}

static void a_token_that_is_not_kept_is_not_handed_out(void **state)
{
    struct client *c = *state;
    const struct backend_ops *ops = c->tenant->rows->ops;
    struct backend_ops full = *ops;
    full.commit = commit_to_full_disk;
    size_t before = c->tenant->maps->keys.n;
    c->tenant->rows->ops = &full;
    assert_string_equal(code_of(c, CLIENT_ID, CLIENT_SECRET,
                                "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}"),
                        "RequestLimitExceeded");
    c->tenant->rows->ops = ops;
    struct cosmock_entry *entry = NULL;
    assert_int_equal(cosmock_journal_read(c->tenant, &entry, NULL), 1);
    assert_string_equal(entry->issued_secret_id, "");
    (void)cosmock_entries_free(entry);
    assert_int_equal(c->tenant->maps->keys.n, before);
    assert_false(cosmock_broken(c->mock));
}

/* A token and its policy are kept until they are forgotten: they count, and a full mock issues
 * none. */
static void tokens_count_and_a_full_mock_issues_none(void **state)
{
    struct client *c = *state;
    struct budget *memory = &c->mock->memory;
    uint64_t before = memory->used_bytes;
    struct token t;

    mint_token(c, &t);
    assert_in_range(memory->used_bytes - before, 1000, 20000);
    memory->limit_bytes = memory->used_bytes;
    assert_string_equal(code_of(c, CLIENT_ID, CLIENT_SECRET,
                                "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}"),
                        "RequestLimitExceeded");
    memory->limit_bytes = UINT64_MAX;
    mint_token(c, &t);
}

/* MK-29: what is answered is what is enforced. MK-32: no two alike. */
static void every_mint_is_its_own(void **state)
{
    enum { MINTS = 100 };
    static struct token tokens[MINTS];
    struct client *c = *state;
    for (size_t i = 0; i < MINTS; i++) {
        cosmock_clock_freeze(c->tenant, COSMOCK_CLOCK_TOKEN,
                             CLIENT_NOW_S * INT64_C(1000) + (int64_t)i * 737);
        mint_token(c, &tokens[i]);
        assert_int_equal(tokens[i].expires_s,
                         (CLIENT_NOW_S * INT64_C(1000) + (int64_t)i * 737) / 1000 + 1800);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(tokens[i].id, tokens[k].id);
            assert_string_not_equal(tokens[i].token, tokens[k].token);
            assert_string_not_equal(tokens[i].secret, tokens[k].secret);
        }
    }
    for (size_t i = 0; i < MINTS; i++) {
        static struct question q;
        for (int64_t offset_ms = -1; offset_ms <= 0; offset_ms++) {
            cosmock_clock_freeze(c->tenant, COSMOCK_CLOCK_TOKEN,
                                 tokens[i].expires_s * 1000 + offset_ms);
            q = (struct question){.method = "GET", .target = "/k"};
            authorize(&q, tokens[i].id, tokens[i].secret, "/k");
            add_header(&q, "x-cos-security-token", tokens[i].token);
            struct answer r = client_send(c, &q);
            assert_string_equal(xml_code(&r), offset_ms < 0 ? "NoSuchKey" : "ExpiredToken");
            answer_free(&r);
        }
    }
}

static struct answer call_as(struct client *c, const struct token *t, const char *token,
                             const char *action, const char *json)
{
    static struct question q;
    q = (struct question){.method = "POST", .target = "/", .body = json, .n = strlen(json)};
    tc3_authorize(&q, t->id, t->secret, action, CLIENT_NOW_S);
    if (token != NULL) {
        add_header(&q, "X-TC-Token", token);
    }
    return client_send(c, &q);
}

static void a_temporary_key_may_ask_who_it_is_but_not_mint(void **state)
{
    struct client *c = *state;
    static struct token a;
    static struct token b;
    mint_token(c, &a);
    mint_token(c, &b);
    struct answer r = call_as(c, &a, a.token, "GetFederationToken",
                              "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}");
    assert_string_equal(sts_code(&r), "FailedOperation.TempKeyNotAllowed");
    answer_free(&r);
    const struct {
        const char *name, *token, *code;
    } cases[] = {
        {"its own", a.token, ""},
        {"none", NULL, "AuthFailure.TokenFailure"},
        {"another's", b.token, "AuthFailure.TokenFailure"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        r = call_as(c, &a, cases[i].token, "GetCallerIdentity", "{}");
        if (strcmp(sts_code(&r), cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].name, r.body);
        }
        answer_free(&r);
    }
    cosmock_clock_freeze(c->tenant, COSMOCK_CLOCK_TOKEN, a.expires_s * 1000);
    r = call_as(c, &a, a.token, "GetCallerIdentity", "{}");
    assert_string_equal(sts_code(&r), "AuthFailure.TokenFailure");
    answer_free(&r);
}

static void a_token_with_a_permanent_key_is_what_the_switch_says(void **state)
{
    static const struct {
        const char *choice, *code;
    } cases[] = {{"ignore", ""},
                 {"InvalidAccessKeyId", "AuthFailure.TokenFailure"},
                 {"InvalidToken", "AuthFailure.TokenFailure"}};
    static struct token permanent;
    struct client *c = *state;
    (void)snprintf(permanent.id, sizeof(permanent.id), "%s", CLIENT_ID);
    (void)snprintf(permanent.secret, sizeof(permanent.secret), "%s", CLIENT_SECRET);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        client_switch(c, "token-with-permanent-key", cases[i].choice);
        struct answer r = call_as(c, &permanent, "garbage", "GetCallerIdentity", "{}");
        assert_string_equal(sts_code(&r), cases[i].code);
        answer_free(&r);
    }
}

/* The table of sts-cam.md s.2 (1312/66098). */
static void callers_are_named(void **state)
{
    struct client *c = *state;
    static struct token t;
    mint_token(c, &t);
    const struct token sub = {CLIENT_SUB_ID, CLIENT_SUB_SECRET, "", 0};
    struct answer r = call_as(c, &sub, NULL, "GetCallerIdentity", "{}");
    assert_string_equal(between(r.body, "\"Arn\":\"", "\""),
                        "qcs::cam:100000000001:uin/100000000011");
    assert_string_equal(between(r.body, "\"AccountId\":\"", "\""), "100000000001");
    assert_string_equal(between(r.body, "\"UserId\":\"", "\""), "100000000011");
    assert_string_equal(between(r.body, "\"PrincipalId\":\"", "\""), "100000000011");
    assert_string_equal(between(r.body, "\"Type\":\"", "\""), "CAMUser");
    answer_free(&r);
    r = call_as(c, &t, t.token, "GetCallerIdentity", "{}");
    assert_string_equal(between(r.body, "\"Arn\":\"", "\""),
                        "qcs::sts:100000000001:federated-user/100000000001");
    assert_string_equal(between(r.body, "\"UserId\":\"", "\""), "100000000001:test");
    assert_string_equal(between(r.body, "\"Type\":\"", "\""), "CAMUser");
    answer_free(&r);
}

static void a_sub_account_may_mint_unless_denied(void **state)
{
    struct client *c = *state;
    static const char json[] = "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}";
    assert_string_equal(code_of(c, CLIENT_SUB_ID, CLIENT_SUB_SECRET, json), "");
    assert_int_equal(
        cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN,
                                "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"deny\","
                                "\"action\":[\"name/sts:*\"],\"resource\":[\"*\"]}]}",
                                NULL),
        COSMOCK_OK);
    assert_string_equal(code_of(c, CLIENT_SUB_ID, CLIENT_SUB_SECRET, json),
                        "UnauthorizedOperation");
}

static void requests_beside_the_protocol_are_refused(void **state)
{
    static const struct {
        const char *name, *header, *value, *method, *code;
    } cases[] = {
        {"unknown action", "X-TC-Action", "Dance", "POST", "InvalidAction"},
        {"no action", "X-TC-Action", "", "POST", "MissingParameter"},
        {"no version", "X-TC-Version", "", "POST", "MissingParameter"},
        {"other version", "X-TC-Version", "2017-03-12", "POST", "NoSuchVersion"},
        {"no time", "X-TC-Timestamp", "", "POST", "MissingParameter"},
        {"time is no number", "X-TC-Timestamp", "now", "POST", "InvalidParameterValue"},
        {"no region", "X-TC-Region", "", "POST", "MissingParameter"},
        {"region is none", "X-TC-Region", "Peking!", "POST", "InvalidParameterValue"},
        {"PUT", NULL, NULL, "PUT", "UnsupportedProtocol"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        static struct question q;
        static const char json[] = "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}";
        q = (struct question){.method = cases[i].method,
                              .target = "/",
                              .body = json,
                              .n = sizeof(json) - 1};
        tc3_authorize(&q, CLIENT_ID, CLIENT_SECRET, "GetFederationToken", CLIENT_NOW_S);
        for (size_t h = 0; h < q.n_headers && cases[i].header != NULL; h++) {
            if (strcmp(q.headers[h].name, cases[i].header) == 0) {
                (void)snprintf(q.headers[h].value, 64, "%s", cases[i].value);
            }
        }
        struct answer r = client_send(*state, &q);
        if (strcmp(sts_code(&r), cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].name, r.body);
        }
        answer_free(&r);
    }
}

/* With enforcement off nobody is asked who he is; what he asks for must be something all the
 * same. */
static void an_unknown_action_is_refused_whoever_asks(void **state)
{
    struct client *c = *state;
    static const char *const modes[] = {"enforce", "off"};
    for (size_t i = 0; i < COS_ARRAY_LEN(modes); i++) {
        client_switch(c, "enforcement", modes[i]);
        struct question q = {.method = "GET",
                             .target = "/?Action=Nope&Version=2018-08-13&SecretId=" CLIENT_ID
                                       "&Timestamp=1700000000&Nonce=1&Signature=x"};
        add_header(&q, "Host", "sts.tencentcloudapi.com");
        struct answer r = client_send(c, &q);
        assert_int_equal(r.status, 200);
        assert_string_equal(sts_code(&r), "InvalidAction");
        answer_free(&r);
    }
}

/* sts-cam.md s.2.1, wording other programs look for */
static void messages_are_the_service_s(void **state)
{
    struct answer r = mint(*state, CLIENT_ID, CLIENT_SUB_SECRET, "{}");
    assert_string_equal(between(r.body, "\"Message\":\"", "\""),
                        "The provided credentials could not be validated. Please check your "
                        "signature is correct.");
    answer_free(&r);
    r = mint(*state, CLIENT_ID, CLIENT_SECRET, "{\"Name\":\"n\"}");
    assert_string_equal(between(r.body, "\"Message\":\"", "\""),
                        "The request is missing a required parameter `Policy`.");
    answer_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_token_has_the_documented_shape),
        CLIENT_TEST(durations_have_limits),
        CLIENT_TEST(ttl_override_answers_its_own_end),
        CLIENT_TEST(parameters_are_checked),
        CLIENT_TEST(another_account_cannot_be_granted),
        CLIENT_TEST(the_policy_may_be_encoded_or_not),
        CLIENT_TEST(a_policy_may_have_6144_characters_without_blanks),
        CLIENT_TEST(huge_bodies_are_refused),
        CLIENT_TEST(a_token_that_is_not_kept_is_not_handed_out),
        CLIENT_TEST(tokens_count_and_a_full_mock_issues_none),
        CLIENT_TEST(the_body_of_an_unknown_sender_is_not_read),
        CLIENT_TEST(every_mint_is_its_own),
        CLIENT_TEST(a_token_with_a_permanent_key_is_what_the_switch_says),
        CLIENT_TEST(a_temporary_key_may_ask_who_it_is_but_not_mint),
        CLIENT_TEST(callers_are_named),
        CLIENT_TEST(a_sub_account_may_mint_unless_denied),
        CLIENT_TEST(requests_beside_the_protocol_are_refused),
        CLIENT_TEST(an_unknown_action_is_refused_whoever_asks),
        CLIENT_TEST(messages_are_the_service_s),
    };
    return cmocka_run_group_tests_name("sts", tests, NULL, NULL);
}
