/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles at the door: who may assume one, for how long, what comes of it (sts-cam.md s.2, s.2.1;
 * cam-conditions.md s.6), and the calls that permanent keys alone may make. Requests are signed
 * by hand (client.h).
 */
#include "client.h"

#include "scratch.h"

#define OWNER "100000000001"
#define OTHER "100000000002"
#define OTHER_ID "AKIDEXAMPLE0000000000000000000000003"
#define OTHER_SECRET "mockSecretKey0000000000000000003"
#define DEVICE_UIN "100000000012"
#define DEVICE_ID "AKIDEXAMPLE0000000000000000000000004"
#define DEVICE_SECRET "mockSecretKey0000000000000000004"
#define ROLE_ID "4611686018427397919" /* of the samples of 1312/48197 */
#define BY_NAME "qcs::cam::uin/" OWNER ":roleName/"

#define ALLOW(action, resource)                                                      \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"" action \
    "\",\"resource\":\"" resource "\"}]}"
#define TRUST(principal, condition)                                             \
    "'{\"version\":\"2.0\",\"statement\":[{\"action\":\"name/sts:AssumeRole\"," \
    "\"effect\":\"allow\",\"principal\":" principal condition "}]}'"
#define QCS(arn) "{\"qcs\":[\"" arn "\"]}"
#define EXTERNAL ",\"condition\":{\"string_equal\":{\"sts:external_id\":\"secret-handshake\"}}"

static const char world[] =
    "accounts:\n"
    "  - uin: \"" OWNER "\"\n"
    "    appid: \"1250000000\"\n"
    "    keys: [{secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}]\n"
    "    users:\n"
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" CLIENT_SUB_ID "\", secret_key: \"" CLIENT_SUB_SECRET "\"}\n"
    "        policies: ['" ALLOW(
        "name/sts:AssumeRole",
        "*") "']\n"
             "      - uin: \"" DEVICE_UIN "\"\n"
             "        mfa: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n"
             "        keys: [{secret_id: \"" DEVICE_ID "\", secret_key: \"" DEVICE_SECRET
             "\"}]\n"
             "    roles:\n"
             "      - name: reader\n"
             "        id: \"" ROLE_ID "\"\n"
             "        trust: " TRUST(
                 QCS("qcs::cam::uin/" OWNER ":root"),
                 "") "\n"
                     "        policies: ['" ALLOW(
                         "name/cos:GetObject",
                         "*") "']\n"
                              "      - name: sub-only\n"
                              "        trust: " TRUST(
                                  QCS("qcs::cam::uin/" OWNER ":uin/" CLIENT_SUB_UIN),
                                  "") "\n"
                                      "        max_session_seconds: 3600\n"
                                      "      - name: handshake\n"
                                      "        trust: " TRUST(
                                          QCS("qcs::cam::uin/" OWNER ":root"),
                                          EXTERNAL) "\n"
                                                    "      - name: for-other\n"
                                                    "        trust: " TRUST(
                                                        QCS("qcs::cam::uin/" OTHER ":root"),
                                                        "") "\n"
                                                            "      - name: chained\n"
                                                            "        trust: " TRUST(
                                                                QCS("qcs::cam::uin/" OWNER
                                                                    ":role/" ROLE_ID),
                                                                "") "\n"
                                                                    "        policies: "
                                                                    "['" ALLOW(
                                                                        "name/cos:PutObject",
                                                                        "*") "']\n"
                                                                             "  - uin: \"" OTHER
                                                                             "\"\n"
                                                                             "    appid: "
                                                                             "\"1250000002\"\n"
                                                                             "    keys: "
                                                                             "[{secret_id: "
                                                                             "\"" OTHER_ID
                                                                             "\", secret_key: "
                                                                             "\"" OTHER_SECRET
                                                                             "\"}]\n"
                                                                             "buckets:\n"
                                                                             "  - "
                                                                             "{name:"
                                                                             " " CLIENT_BUCKET
                                                                             ", region: "
                                                                             "ap-beijing}\n"
                                                                             "suffixes: "
                                                                             "[cos.mock.test]"
                                                                             "\n";

static const struct token root = {CLIENT_ID, CLIENT_SECRET, "", 0};
static const struct token sub = {CLIENT_SUB_ID, CLIENT_SUB_SECRET, "", 0};
static const struct token device = {DEVICE_ID, DEVICE_SECRET, "", 0};
static const struct token other = {OTHER_ID, OTHER_SECRET, "", 0};

static int open_world(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    client_freeze(c, CLIENT_NOW_S);
    *state = c;
    return 0;
}

static const char *code_of(struct client *c, const struct token *as, const char *action,
                           const char *json)
{
    static char code[96];
    struct answer r = sts_call(c, as, action, json);
    assert_int_equal(r.status, 200);
    (void)snprintf(code, sizeof(code), "%s", sts_code(&r));
    answer_free(&r);
    return code;
}

/* @more: further members, each behind a comma. */
static struct answer assume(struct client *c, const struct token *as, const char *arn,
                            const char *more)
{
    char json[4000];
    (void)snprintf(json, sizeof(json), "{\"RoleArn\":\"%s\",\"RoleSessionName\":\"job-7\"%s}",
                   arn, more);
    return sts_call(c, as, "AssumeRole", json);
}

static void assume_token(struct client *c, const struct token *as, const char *arn,
                         const char *more, struct token *out)
{
    struct answer r = assume(c, as, arn, more);
    read_token(&r, out);
    answer_free(&r);
}

static void both_sides_must_agree(void **state)
{
    static const struct {
        const char *name;
        const struct token *as;
        const char *arn, *more, *code;
    } cases[] = {
        {"the account itself", &root, BY_NAME "reader", "", ""},
        {"a user that may", &sub, BY_NAME "reader", "", ""},
        {"by id", &sub, "qcs::cam::uin/" OWNER ":role/" ROLE_ID, "", ""},
        {"a user that may not", &device, BY_NAME "reader", "", "UnauthorizedOperation"},
        {"whom the trust names", &sub, BY_NAME "sub-only", "", ""},
        {"whom it does not", &root, BY_NAME "sub-only", "", "UnauthorizedOperation"},
        {"another account that is trusted", &other, BY_NAME "for-other", "", ""},
        {"another account that is not", &other, BY_NAME "reader", "", "UnauthorizedOperation"},
        {"the owner that is not", &root, BY_NAME "for-other", "", "UnauthorizedOperation"},
        {"with its handshake", &root, BY_NAME "handshake",
         ",\"ExternalId\":\"secret-handshake\"", ""},
        {"with another", &root, BY_NAME "handshake", ",\"ExternalId\":\"Secret-handshake\"",
         "UnauthorizedOperation"},
        {"without", &root, BY_NAME "handshake", "", "UnauthorizedOperation"},
        {"one that is not asked for", &root, BY_NAME "reader", ",\"ExternalId\":\"other\"", ""},
        {"a role that is not there", &root, BY_NAME "nobody", "",
         "ResourceNotFound.RoleNotFound"},
        {"an id where a name stands", &root, BY_NAME ROLE_ID, "",
         "ResourceNotFound.RoleNotFound"},
        {"of an account that is not there", &root, "qcs::cam::uin/7:roleName/reader", "",
         "ResourceNotFound.RoleNotFound"},
        {"a user's arn", &root, "qcs::cam::uin/" OWNER ":uin/" CLIENT_SUB_UIN, "",
         "InvalidParameter.ParamError"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer r = assume(*state, cases[i].as, cases[i].arn, cases[i].more);
        if (r.status != 200 || strcmp(sts_code(&r), cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].name, r.body);
        }
        answer_free(&r);
    }
}

/* The text of sts-cam.md s.2.1 (UnauthorizedOperation), and why, in the journal. */
static void a_refusal_names_the_role_and_says_why(void **state)
{
    struct client *c = *state;
    struct answer r = assume(c, &root, BY_NAME "handshake", ",\"ExternalId\":\"other\"");
    assert_string_equal(between(r.body, "\"Message\":\"", "\""),
                        "you are not authorized to perform operation (sts:AssumeRole)\\n"
                        "resource (" BY_NAME "handshake) has no permission\\n");
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->authz, "deny");
    assert_non_null(
        strstr(e->authz_reason, "statement 0 of the trust policy of role handshake"));
    assert_non_null(strstr(e->authz_reason,
                           "sts:external_id (string_equal) 'secret-handshake', "
                           "the request has 'other'"));
    assert_string_equal(e->sts_role, BY_NAME "handshake");
    assert_string_equal(e->questions[0].action, "name/sts:AssumeRole");
    assert_string_equal(e->questions[0].resource, BY_NAME "handshake");
    cosmock_entries_free(e);
    answer_free(&r);
}

/* 1312/66098 by way of sts-cam.md s.2. */
static void whoever_has_assumed_a_role_is_the_role(void **state)
{
    struct client *c = *state;
    static struct token t;
    assume_token(c, &sub, BY_NAME "reader", ",\"SourceIdentity\":\"100000000011\"", &t);
    assert_int_equal(t.expires_s, CLIENT_NOW_S + 7200); /* py sts models.py */
    assert_int_equal(strlen(t.id), 68);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->sts_source_identity, "100000000011");
    assert_string_equal(e->sts_name, "job-7");
    assert_string_equal(e->issued_secret_id, t.id);
    cosmock_entries_free(e);
    struct answer r = sts_call(c, &t, "GetCallerIdentity", "{}");
    assert_string_equal(between(r.body, "\"Arn\":\"", "\""),
                        "qcs::sts:" OWNER ":assumed-role/" ROLE_ID);
    assert_string_equal(between(r.body, "\"AccountId\":\"", "\""), OWNER);
    assert_string_equal(between(r.body, "\"UserId\":\"", "\""), ROLE_ID ":job-7");
    assert_string_equal(between(r.body, "\"PrincipalId\":\"", "\""), CLIENT_SUB_UIN);
    assert_string_equal(between(r.body, "\"Type\":\"", "\""), "CAMRole");
    answer_free(&r);
}

/* The code of a request; GET is for what is not there, so NoSuchKey says: it was allowed. */
static const char *asks(struct client *c, const struct token *t, const char *method)
{
    static char code[64];
    static struct question q;
    bool is_put = strcmp(method, "PUT") == 0;
    const char *path = is_put ? "/k" : "/absent";
    q = (struct question){.method = method, .target = path};
    q.body = is_put ? "x" : NULL;
    q.n = is_put ? 1 : 0;
    if (is_put) {
        add_header(&q, "Content-Length", "1");
    }
    struct signing s = {t->id, t->secret, CLIENT_HOST, path, NULL, NULL};
    authorize_as(&q, &s);
    if (t->token[0] != '\0') {
        add_header(&q, "x-cos-security-token", t->token);
    }
    struct answer r = client_send(c, &q);
    (void)snprintf(code, sizeof(code), "%s", r.status < 300 ? "" : xml_code(&r));
    answer_free(&r);
    return code;
}

#define POLICY_LIST                                                                 \
    ",\"Policy\":\"{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":{\\\"effect\\\":" \
    "\\\"allow\\\",\\\"action\\\":\\\"name/cos:GetBucket\\\",\\\"resource\\\":\\\"*\\\"}}\""

static void its_rights_are_the_roles_as_far_as_the_policy_goes(void **state)
{
    struct client *c = *state;
    static struct token t;
    assume_token(c, &root, BY_NAME "reader", "", &t);
    assert_string_equal(asks(c, &t, "GET"), "NoSuchKey");
    assert_string_equal(asks(c, &root, "PUT"), ""); /* the caller may; the role may not */
    assert_string_equal(asks(c, &t, "PUT"), "AccessDenied");
    struct cosmock_entry *e = last_entry(c);
    assert_non_null(strstr(e->authz_reason, "role reader (" ROLE_ID ") may not"));
    assert_string_equal(e->principal, ROLE_ID "/job-7");
    cosmock_entries_free(e);
    assume_token(c, &root, BY_NAME "reader", ",\"Policy\":\"" POLICY_ALL "\"", &t);
    assert_string_equal(asks(c, &t, "GET"), "NoSuchKey");
    assert_string_equal(asks(c, &t, "PUT"), "AccessDenied");
    assume_token(c, &root, BY_NAME "reader", POLICY_LIST, &t);
    assert_string_equal(asks(c, &t, "GET"), "AccessDenied");
}

/* A token freezes nothing (sts-cam.md s.3.3). */
static void what_a_role_may_can_change_under_its_sessions(void **state)
{
    struct client *c = *state;
    static struct token t;
    assume_token(c, &root, BY_NAME "reader", "", &t);
    assert_int_equal(cosmock_user_policy_set(c->tenant, ROLE_ID,
                                             ALLOW("name/cos:PutObject", "*"), NULL),
                     COSMOCK_OK);
    assert_string_equal(asks(c, &t, "GET"), "AccessDenied");
    assert_string_equal(asks(c, &t, "PUT"), "");
    struct answer r = sts_call(c, &t, "GetCallerIdentity", "{}");
    assert_string_equal(between(r.body, "\"Type\":\"", "\""), "CAMRole");
    answer_free(&r);
}

/* cam-conditions.md s.4: a role in a bucket policy, by id and by name; [U] in bucket
 * policies. */
static void a_bucket_policy_can_name_a_role(void **state)
{
    static const struct {
        const char *principal, *code;
    } cases[] = {
        {"qcs::cam::uin/" OWNER ":roleName/reader", ""},
        {"qcs::cam::uin/" OWNER ":role/" ROLE_ID, ""},
        {"qcs::cam::uin/" OWNER ":roleName/other", "AccessDenied"},
        {"qcs::cam::uin/" OWNER ":uin/" CLIENT_SUB_UIN, "AccessDenied"},
        {"qcs::cam::uin/" OTHER ":roleName/reader", "AccessDenied"},
    };
    struct client *c = *state;
    static struct token t;
    assume_token(c, &sub, BY_NAME "reader", "", &t);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char policy[600];
        (void)snprintf(policy, sizeof(policy),
                       "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                       "\"name/cos:PutObject\",\"resource\":\"*\",\"principal\":{\"qcs\":"
                       "[\"%s\"]}}]}",
                       cases[i].principal);
        assert_int_equal(cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET, policy, NULL),
                         COSMOCK_OK);
        const char *code = asks(c, &t, "PUT");
        if (strcmp(code, cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].principal, code);
        }
    }
}

static void roles_have_durations_of_their_own(void **state)
{
    static const struct {
        const char *role, *duration, *code;
        int64_t ttl_s;
    } cases[] = {
        {BY_NAME "reader", "", "", 7200},
        {BY_NAME "reader", ",\"DurationSeconds\":43200", "", 43200},
        {BY_NAME "reader", ",\"DurationSeconds\":43201", "InvalidParameter.OverTimeError", 0},
        {BY_NAME "reader", ",\"DurationSeconds\":0", "InvalidParameter.OverTimeError", 0},
        {BY_NAME "reader", ",\"DurationSeconds\":\"900\"", "", 900},
        {BY_NAME "reader", ",\"DurationSeconds\":\"x\"", "InvalidParameter", 0},
        {BY_NAME "sub-only", "", "", 3600},
        {BY_NAME "sub-only", ",\"DurationSeconds\":3600", "", 3600},
        {BY_NAME "sub-only", ",\"DurationSeconds\":3601", "InvalidParameter.OverTimeError", 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer r = assume(*state, &sub, cases[i].role, cases[i].duration);
        if (strcmp(sts_code(&r), cases[i].code) != 0) {
            fail_msg("%s%s: %s", cases[i].role, cases[i].duration, r.body);
        }
        if (cases[i].ttl_s > 0) {
            struct token t;
            read_token(&r, &t);
            assert_int_equal(t.expires_s, CLIENT_NOW_S + cases[i].ttl_s);
        }
        answer_free(&r);
    }
}

/* Lengths and characters: py sts models.py. */
static void parameters_are_checked(void **state)
{
#define ARN "\"RoleArn\":\"" BY_NAME "reader\","
#define NAMED ARN "\"RoleSessionName\":\"ab\""
    static const struct {
        const char *name, *json, *code;
    } cases[] = {
        {"no arn", "{\"RoleSessionName\":\"ab\"}", "MissingParameter"},
        {"no name", "{\"RoleArn\":\"" BY_NAME "reader\"}", "MissingParameter"},
        {"a name of one", "{" ARN "\"RoleSessionName\":\"a\"}", "InvalidParameter.ParamError"},
        {"a name with a colon", "{" ARN "\"RoleSessionName\":\"a:b\"}",
         "InvalidParameter.ParamError"},
        {"every character", "{" ARN "\"RoleSessionName\":\"aZ09_+=,.@-\"}", ""},
        {"an external id of one", "{" NAMED ",\"ExternalId\":\"a\"}",
         "InvalidParameter.ParamError"},
        {"an external id with a blank", "{" NAMED ",\"ExternalId\":\"a b\"}",
         "InvalidParameter.ParamError"},
        {"every character of one", "{" NAMED ",\"ExternalId\":\"aZ09_+=,.@:/-\"}", ""},
        {"an unknown one", "{" NAMED ",\"Name\":\"n\"}", "UnknownParameter"},
        {"tags",
         "{" NAMED ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"},"
         "{\"Key\":\"K\",\"Value\":\"\"}]}",
         ""},
        {"a key twice",
         "{" NAMED ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"},"
         "{\"Key\":\"k\",\"Value\":\"w\"}]}",
         "InvalidParameter.ParamError"},
        {"a tag without value", "{" NAMED ",\"Tags\":[{\"Key\":\"k\"}]}", "InvalidParameter"},
        {"tags that are no list", "{" NAMED ",\"Tags\":\"k\"}", "InvalidParameter"},
        {"a policy that is none", "{" NAMED ",\"Policy\":\"{}\"}",
         "InvalidParameter.StrategyFormatError"},
        {"a code without a device's number", "{" NAMED ",\"TokenCode\":\"123456\"}",
         "MissingParameter"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const char *code = code_of(*state, &root, "AssumeRole", cases[i].json);
        if (strcmp(code, cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].name, code);
        }
    }
}

static void a_session_has_fifty_tags_at_most(void **state)
{
    for (int n = 50; n <= 51; n++) {
        static char json[4000];
        int at = snprintf(json, sizeof(json), "{" NAMED ",\"Tags\":[");
        for (int i = 0; i < n; i++) {
            at += snprintf(json + at, sizeof(json) - (size_t)at,
                           "%s{\"Key\":\"k%d\",\"Value\":\"v\"}", i == 0 ? "" : ",", i);
        }
        (void)snprintf(json + at, sizeof(json) - (size_t)at, "]}");
        assert_string_equal(code_of(*state, &root, "AssumeRole", json),
                            n == 50 ? "" : "InvalidParameter.OverLimit");
    }
}

/* A policy of the call may name the role's account and no other (sts-cam.md s.2.1). */
static void another_account_than_the_roles_cannot_be_granted(void **state)
{
#define ON(appid)                                                                   \
    ",\"Policy\":\"{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":{\\\"effect\\\":" \
    "\\\"allow\\\",\\\"action\\\":\\\"name/"                                        \
    "cos:*\\\",\\\"resource\\\":\\\"qcs::cos::uid/" appid ":b-" appid "/*\\\"}}\""
    struct answer r = assume(*state, &other, BY_NAME "for-other", ON("1250000000"));
    assert_string_equal(sts_code(&r), "");
    answer_free(&r);
    r = assume(*state, &other, BY_NAME "for-other", ON("1250000002"));
    assert_string_equal(sts_code(&r), "InvalidParameter.GrantOtherResource");
    answer_free(&r);
}

/* Permanent and temporary keys may (cam-conditions.md s.6); each role needs its own two
 * sides. */
static void a_role_can_assume_another(void **state)
{
    struct client *c = *state;
    static struct token reader;
    static struct token chained;
    assume_token(c, &sub, BY_NAME "reader", "", &reader);
    struct answer r = assume(c, &reader, BY_NAME "chained", "");
    assert_string_equal(sts_code(&r), "UnauthorizedOperation"); /* trusted, without a right */
    answer_free(&r);
    assert_int_equal(cosmock_user_policy_set(c->tenant, ROLE_ID,
                                             ALLOW("name/sts:AssumeRole",
                                                   "qcs::cam::uin/" OWNER ":roleName/chained"),
                                             NULL),
                     COSMOCK_OK);
    assume_token(c, &reader, BY_NAME "chained", "", &chained);
    assert_string_equal(asks(c, &chained, "PUT"), "");
    r = sts_call(c, &chained, "GetCallerIdentity", "{}");
    assert_string_equal(between(r.body, "\"PrincipalId\":\"", "\""), CLIENT_SUB_UIN);
    answer_free(&r);
    r = assume(c, &root, BY_NAME "chained", "");
    assert_string_equal(sts_code(&r), "UnauthorizedOperation"); /* not trusted */
    answer_free(&r);
}

/* The policy of a federated user's token bounds what it may assume, too. */
static void a_federated_user_assumes_what_his_token_allows(void **state)
{
    struct client *c = *state;
    static struct token all;
    static struct token none;
    mint_token(c, &none); /* name/cos:* only */
    struct answer r = mint(c, CLIENT_ID, CLIENT_SECRET,
                           "{\"Name\":\"n\",\"Policy\":\"{\\\"version\\\":\\\"2.0\\\","
                           "\\\"statement\\\":{\\\"effect\\\":\\\"allow\\\",\\\"action\\\":"
                           "\\\"*\\\",\\\"resource\\\":\\\"*\\\"}}\"}");
    read_token(&r, &all);
    answer_free(&r);
    r = assume(c, &all, BY_NAME "reader", "");
    assert_string_equal(sts_code(&r), "");
    answer_free(&r);
    r = assume(c, &none, BY_NAME "reader", "");
    assert_string_equal(sts_code(&r), "UnauthorizedOperation");
    answer_free(&r);
}

static void a_role_and_its_sessions_come_back_from_a_snapshot(void **state)
{
    struct client *c = *state;
    static struct token t;
    struct scratch s;
    char path[256];
    scratch_make(&s);
    (void)snprintf(path, sizeof(path), "%s/snapshot", s.path);
    assume_token(c, &sub, BY_NAME "reader", ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]", &t);
    assert_int_equal(cosmock_tenant_save(c->tenant, path, NULL), COSMOCK_OK);
    assert_int_equal(cosmock_tenant_reset(c->tenant, NULL), COSMOCK_OK);
    client_freeze(c, CLIENT_NOW_S);
    assert_string_equal(code_of(c, &t, "GetCallerIdentity", "{}"),
                        "AuthFailure.SecretIdNotFound");
    assert_string_equal(code_of(c, &sub, "AssumeRole", "{" NAMED "}"), "");
    assert_int_equal(cosmock_tenant_restore(c->tenant, path, NULL), COSMOCK_OK);
    assert_string_equal(asks(c, &t, "GET"), "NoSuchKey");
    assert_string_equal(asks(c, &t, "PUT"), "AccessDenied");
    struct answer r = sts_call(c, &t, "GetCallerIdentity", "{}");
    assert_string_equal(between(r.body, "\"PrincipalId\":\"", "\""), CLIENT_SUB_UIN);
    answer_free(&r);
    scratch_remove(&s);
}

/* As the call would be judged: trust and the caller's own rights, statement by statement. */
static void whether_a_role_may_be_assumed_is_explained(void **state)
{
    static const struct {
        const char *name, *uin, *action, *resource, *external_id;
        const char *says[2]; /* of the explanation, or of the error */
        int r;
    } cases[] = {
        {"trusted",
         OWNER,
         "name/sts:AssumeRole",
         BY_NAME "reader",
         NULL,
         {"\"verdict\":\"allow\"", "\"layer\":\"trust\""},
         0},
        {"by id, a user with a right",
         CLIENT_SUB_UIN,
         "name/sts:AssumeRole",
         "qcs::cam::uin/" OWNER ":role/" ROLE_ID,
         NULL,
         {"\"verdict\":\"allow\"", "\"policy\":\"trust policy of role reader\""},
         0},
        {"a user without",
         DEVICE_UIN,
         "name/sts:AssumeRole",
         BY_NAME "reader",
         NULL,
         {"\"verdict\":\"deny\"", "uin " DEVICE_UIN " has no policy"},
         0},
        {"no handshake",
         OWNER,
         "name/sts:AssumeRole",
         BY_NAME "handshake",
         NULL,
         {"\"reason\":\"implicit_deny:trust\"",
          "\"first_failing\":\"condition\",\"key\":\"sts:external_id\""},
         0},
        {"with it",
         OWNER,
         "name/sts:AssumeRole",
         BY_NAME "handshake",
         "secret-handshake",
         {"\"verdict\":\"allow\"", ""},
         0},
        {"nobody's role",
         OWNER,
         "name/sts:AssumeRole",
         BY_NAME "nobody",
         NULL,
         {"no role of this tenant", "nobody"},
         COSMOCK_E_NOT_FOUND},
        {"no role",
         OWNER,
         "name/sts:AssumeRole",
         "qcs::cam::uin/" OWNER ":uin/" CLIENT_SUB_UIN,
         NULL,
         {"is no role", "roleName/<name>"},
         COSMOCK_E_INVALID},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct cosmock_explain_query q = COSMOCK_EXPLAIN_QUERY_INIT;
        q.uin = cases[i].uin;
        q.action = cases[i].action;
        q.resource = cases[i].resource;
        q.external_id = cases[i].external_id;
        char *json = NULL;
        struct cosmock_error err = {0};
        int r = cosmock_policy_explain(c->tenant, &q, &json, &err);
        const char *text = json != NULL ? json : err.message;
        if (r != cases[i].r || strstr(text, cases[i].says[0]) == NULL ||
            strstr(text, cases[i].says[1]) == NULL) {
            fail_msg("%s: %d %s", cases[i].name, r, text);
        }
        free(json);
    }
}

/* --- GetSessionToken and QueryApiKey --- */

#define SERIAL "\"SerialNumber\":\"qcs::cam:uin/" OWNER "::mfa/softToken\""

/* RFC 6238 appendix B, its seed in the world: what the device shows at 1234567890. */
static void a_session_token_takes_the_callers_device(void **state)
{
    static const struct {
        const char *name;
        const struct token *as;
        const char *json, *code;
    } cases[] = {
        {"its code", &device, "{" SERIAL ",\"TokenCode\":\"005924\"}", ""},
        {"the longest", &device,
         "{" SERIAL ",\"TokenCode\":\"005924\",\"DurationSeconds\":129600}", ""},
        {"too long", &device,
         "{" SERIAL ",\"TokenCode\":\"005924\",\"DurationSeconds\":129601}",
         "InvalidParameter.OverTimeError"},
        {"another code", &device, "{" SERIAL ",\"TokenCode\":\"005925\"}",
         "FailedOperation.CheckMFAError"},
        {"no device", &sub, "{" SERIAL ",\"TokenCode\":\"005924\"}",
         "FailedOperation.CheckMFAError"},
        {"another type", &device,
         "{\"SerialNumber\":\"qcs::cam:uin/" OWNER "::mfa/phone\",\"TokenCode\":\"005924\"}",
         "FailedOperation.MFATypeNotSupported"},
        {"no code", &device, "{" SERIAL "}", "MissingParameter"},
        {"no number", &device, "{\"TokenCode\":\"005924\"}", "MissingParameter"},
    };
    client_freeze(*state, 1234567890);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const char *code = code_of(*state, cases[i].as, "GetSessionToken", cases[i].json);
        if (strcmp(code, cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].name, code);
        }
    }
}

/* A session token is its user: no name, no policy of its own, and 1800 s unless asked. */
static void a_session_token_speaks_for_its_user(void **state)
{
    struct client *c = *state;
    static struct token t;
    client_freeze(c, 1234567890);
    struct answer r =
        sts_call(c, &device, "GetSessionToken", "{" SERIAL ",\"TokenCode\":\"005924\"}");
    read_token(&r, &t);
    assert_int_equal(t.expires_s, 1234567890 + 1800);
    answer_free(&r);
    r = sts_call(c, &t, "GetCallerIdentity", "{}");
    assert_string_equal(between(r.body, "\"Arn\":\"", "\""),
                        "qcs::cam:" OWNER ":uin/" DEVICE_UIN);
    assert_string_equal(between(r.body, "\"UserId\":\"", "\""), DEVICE_UIN);
    answer_free(&r);
    assert_string_equal(code_of(c, &t, "GetSessionToken", "{}"),
                        "FailedOperation.TempKeyNotAllowed");
    assert_string_equal(code_of(c, &t, "GetFederationToken", "{}"),
                        "FailedOperation.TempKeyNotAllowed");
}

/* By the switch; of a token with a policy no more than it. */
static void a_temporary_key_may_be_let_have_a_session_token(void **state)
{
    struct client *c = *state;
    static struct token t;
    static struct token session;
    client_freeze(c, 1234567890);
    client_switch(c, "session-token-caller", "any");
    struct answer r = sts_call(c, &device, "GetFederationToken",
                               "{\"Name\":\"n\",\"Policy\":\"{\\\"version\\\":\\\"2.0\\\","
                               "\\\"statement\\\":[{\\\"effect\\\":\\\"deny\\\","
                               "\\\"action\\\":\\\"sts:QueryApiKey\\\","
                               "\\\"resource\\\":\\\"*\\\"}]}\"}");
    read_token(&r, &t);
    answer_free(&r);
    r = sts_call(c, &t, "GetSessionToken", "{" SERIAL ",\"TokenCode\":\"005924\"}");
    read_token(&r, &session);
    answer_free(&r);
    assert_string_not_equal(session.id, t.id);
    assert_string_equal(code_of(c, &session, "QueryApiKey", "{}"), "UnauthorizedOperation");
    r = sts_call(c, &session, "GetCallerIdentity", "{}");
    assert_string_equal(between(r.body, "\"UserId\":\"", "\""), DEVICE_UIN ":n");
    answer_free(&r);
    assert_string_equal(code_of(c, &session, "GetFederationToken", "{}"),
                        "FailedOperation.TempKeyNotAllowed");
}

static void an_account_is_told_its_keys(void **state)
{
    struct client *c = *state;
    struct answer r = sts_call(c, &sub, "QueryApiKey", "{}");
    assert_string_equal(between(r.body, "\"SecretId\":\"", "\""), CLIENT_SUB_ID);
    assert_string_equal(between(r.body, "\"Status\":", "}"), "2");
    assert_null(strstr(r.body, CLIENT_SUB_SECRET));
    answer_free(&r);
    r = sts_call(c, &root, "QueryApiKey", "{\"TargetUin\":" CLIENT_SUB_UIN "}");
    assert_string_equal(between(r.body, "\"SecretId\":\"", "\""), CLIENT_SUB_ID);
    answer_free(&r);
    assert_string_equal(code_of(c, &sub, "QueryApiKey", "{\"TargetUin\":" OWNER "}"),
                        "UnauthorizedOperation");
    assert_string_equal(code_of(c, &root, "QueryApiKey", "{\"TargetUin\":" OTHER "}"),
                        "InvalidParameter.AccountNotAvaliable");
    assert_string_equal(code_of(c, &root, "QueryApiKey", "{\"TargetUin\":7}"),
                        "InvalidParameter.AccountNotAvaliable");
    assert_int_equal(cosmock_key_revoke(c->tenant, CLIENT_SUB_ID, NULL), COSMOCK_OK);
    r = sts_call(c, &root, "QueryApiKey", "{\"TargetUin\":" CLIENT_SUB_UIN "}");
    assert_string_equal(between(r.body, "\"Status\":", "}"), "3");
    answer_free(&r);
}

#define ROLE_TEST(f) cmocka_unit_test_setup_teardown(f, open_world, client_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROLE_TEST(both_sides_must_agree),
        ROLE_TEST(a_refusal_names_the_role_and_says_why),
        ROLE_TEST(whoever_has_assumed_a_role_is_the_role),
        ROLE_TEST(its_rights_are_the_roles_as_far_as_the_policy_goes),
        ROLE_TEST(what_a_role_may_can_change_under_its_sessions),
        ROLE_TEST(a_bucket_policy_can_name_a_role),
        ROLE_TEST(roles_have_durations_of_their_own),
        ROLE_TEST(parameters_are_checked),
        ROLE_TEST(a_session_has_fifty_tags_at_most),
        ROLE_TEST(another_account_than_the_roles_cannot_be_granted),
        ROLE_TEST(a_role_can_assume_another),
        ROLE_TEST(a_federated_user_assumes_what_his_token_allows),
        ROLE_TEST(a_role_and_its_sessions_come_back_from_a_snapshot),
        ROLE_TEST(whether_a_role_may_be_assumed_is_explained),
        ROLE_TEST(a_session_token_takes_the_callers_device),
        ROLE_TEST(a_session_token_speaks_for_its_user),
        ROLE_TEST(a_temporary_key_may_be_let_have_a_session_token),
        ROLE_TEST(an_account_is_told_its_keys),
    };
    return cmocka_run_group_tests_name("sts_role", tests, NULL, NULL);
}
