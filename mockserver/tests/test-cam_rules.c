/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What documents leave open about rights (struct cam_rules): each question both ways, by the
 * judge alone and by a signed request under its switch. The default is the first word.
 */
#include "client.h"

#include "cam/cam.h"

#define ACCOUNT_UIN "100000000001"
#define FOREIGN_UIN "100000000002"
#define FOREIGN_SUB_UIN "100000000022"
#define FOREIGN_SUB_ID "AKIDEXAMPLE0000000000000000000000004"
#define FOREIGN_SUB_SECRET "mockSecretKey0000000000000000004"
#define SERVICE_HOST "service.cos.myqcloud.com"
#define PATH(account, region) "qcs::cos:" region ":" account ":" CLIENT_BUCKET "/*"
#define POLICY(statements) "{\"version\":\"2.0\",\"statement\":[" statements "]}"
#define ON(effect, resource) \
    "{\"effect\":\"" effect "\",\"action\":\"*\",\"resource\":\"" resource "\"}"
#define TO(effect, who)                                                             \
    "{\"effect\":\"" effect "\",\"action\":\"*\",\"resource\":\"*\",\"principal\":" \
    "{\"qcs\":[\"qcs::cam::" who "\"]}}"
#define ALL POLICY(ON("allow", "*"))

static const char world[] =
    "accounts:\n"
    "  - uin: \"" ACCOUNT_UIN "\"\n"
    "    appid: \"1250000000\"\n"
    "    keys:\n"
    "      - {secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}\n"
    "    users:\n"
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" CLIENT_SUB_ID "\", secret_key: \"" CLIENT_SUB_SECRET "\"}\n"
    "  - uin: \"" FOREIGN_UIN "\"\n"
    "    appid: \"1250000002\"\n"
    "    users:\n"
    "      - uin: \"" FOREIGN_SUB_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" FOREIGN_SUB_ID "\", secret_key: \"" FOREIGN_SUB_SECRET "\"}\n"
    "buckets:\n"
    "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n";

static const struct {
    const char *name, *other; /* of the switch; its word that is not the default */
    size_t rule;              /* which that word sets */
    bool is_foreign;          /* the caller: a user of the owner, or of another account */
    const char *key;          /* GetObject; NULL: GetService */
    const char *identity, *bucket;
    bool by_default, otherwise; /* allowed */
} rows[] = {
#define RULE(field) offsetof(struct cam_rules, field)
#define OWN_ROOT "uin/" ACCOUNT_UIN ":root"
#define THEIR_ROOT "uin/" FOREIGN_UIN ":uin/" FOREIGN_UIN
#define THEIR_SUB "uin/" FOREIGN_UIN ":uin/" FOREIGN_SUB_UIN
    {"anyone-deny", "strict", RULE(is_anyone_deny_strict), false, "k", ALL,
     POLICY(TO("deny", "anyone:anyone")), true, false},
    {"root-grant", "users", RULE(does_root_stand_for_users), false, "k", NULL,
     POLICY(TO("allow", OWN_ROOT)), false, true},
    {"root-grant", "users", RULE(does_root_stand_for_users), true, "k", ALL,
     POLICY(TO("allow", THEIR_ROOT)), true, true},
    {"root-grant", "users", RULE(does_root_stand_for_users), true, "k", NULL,
     POLICY(TO("allow", THEIR_ROOT)), false, false},
    {"root-grant", "users", RULE(does_root_stand_for_users), false, "k", ALL,
     POLICY(TO("deny", OWN_ROOT)), true, true},
    {"root-deny", "users", RULE(does_root_deny_hit_users), false, "k", ALL,
     POLICY(TO("deny", OWN_ROOT)), true, false},
    {"root-deny", "users", RULE(does_root_deny_hit_users), true, "k", ALL,
     POLICY(TO("allow", THEIR_SUB) "," TO("deny", THEIR_ROOT)), true, false},
    {"root-deny", "users", RULE(does_root_deny_hit_users), true, "k", ALL,
     POLICY(TO("allow", THEIR_ROOT) "," TO("deny", THEIR_ROOT)), false, false},
    {"root-deny", "users", RULE(does_root_deny_hit_users), false, "k", NULL,
     POLICY(TO("allow", OWN_ROOT)), false, false},
    {"any-account-deny", "hit", RULE(does_deny_hit_any_account), false, "k",
     POLICY(ON("allow", "*") "," ON("deny", PATH("uid/*", "ap-beijing"))), NULL, true, false},
    {"any-account-deny", "hit", RULE(does_deny_hit_any_account), false, "k",
     POLICY(ON("allow", "*") "," ON("deny", PATH("uin/*", ""))), NULL, true, false},
    {"any-account-deny", "hit", RULE(does_deny_hit_any_account), false, "k",
     POLICY(ON("allow", "*") "," ON("deny", PATH("*", "*"))), NULL, true, false},
    {"any-account-deny", "hit", RULE(does_deny_hit_any_account), false, "k",
     POLICY(ON("allow", PATH("uid/*", "ap-beijing"))), NULL, false, false},
    {"region-pattern", "glob", RULE(are_regions_globs), false, "k",
     POLICY(ON("allow", PATH("uid/1250000000", "ap-*"))), NULL, false, true},
    {"region-pattern", "glob", RULE(are_regions_globs), false, "k",
     POLICY(ON("allow", PATH("uid/1250000000", "cn-*"))), NULL, false, false},
    {"region-pattern", "glob", RULE(are_regions_globs), false, "k",
     POLICY(ON("allow", PATH("uid/1250000000", "*"))), NULL, true, true},
    {"service-level-grant", "all-of-cos", RULE(is_all_of_service_star), false, NULL,
     POLICY(ON("allow", "qcs::cos:::*")), NULL, false, true},
    {"service-level-grant", "all-of-cos", RULE(is_all_of_service_star), false, NULL,
     POLICY(ON("allow", "qcs::::uid/1250000000:*")), NULL, false, true},
    {"service-level-grant", "all-of-cos", RULE(is_all_of_service_star), false, NULL,
     POLICY(ON("allow", "qcs::cos:ap-beijing::*")), NULL, false, false},
    {"service-level-grant", "all-of-cos", RULE(is_all_of_service_star), false, NULL,
     POLICY(ON("allow", "qcs::cos::uid/1250000002:*")), NULL, false, false},
    {"service-level-grant", "all-of-cos", RULE(is_all_of_service_star), false, NULL,
     POLICY(ON("allow", "qcs::cam:::*")), NULL, false, false},
    {"service-level-grant", "all-of-cos", RULE(is_all_of_service_star), false, NULL,
     POLICY(ON("allow", "qcs::cos:::" CLIENT_BUCKET "/*")), NULL, false, false},
    {"service-level-grant", "all-of-cos", RULE(is_all_of_service_star), false, NULL, ALL, NULL,
     true, true},
    {"question-mark", "character", RULE(is_question_mark_any), false, "k",
     POLICY(ON("allow", "qcs::cos:::" CLIENT_BUCKET "/?")), NULL, false, true},
    {"question-mark", "character", RULE(is_question_mark_any), false, "\xe6\x96\x87",
     POLICY(ON("allow", "qcs::cos:::" CLIENT_BUCKET "/?")), NULL, false, true},
    {"question-mark", "character", RULE(is_question_mark_any), false, "kk",
     POLICY(ON("allow", "qcs::cos:::" CLIENT_BUCKET "/?")), NULL, false, false},
    {"question-mark", "character", RULE(is_question_mark_any), false, "?",
     POLICY(ON("allow", "qcs::cos:::" CLIENT_BUCKET "/?")), NULL, true, true},
    {"any-user-principal", "nobody", RULE(is_any_user_nobody), false, "k", NULL,
     POLICY(TO("allow", "uin/" ACCOUNT_UIN ":uin/*")), true, false},
    {"any-user-principal", "nobody", RULE(is_any_user_nobody), true, "k", ALL,
     POLICY(TO("allow", "uin/" ACCOUNT_UIN ":uin/*")), false, false},
};

/* --- by the judge --- */

static struct cam_policy *parse(const char *json, enum cam_policy_use use)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    if (json != NULL && cam_policy_parse(&p, cos_span_of(json), use, "tested", &err) < 0) {
        fail_msg("%s: %s", json, err.message);
    }
    return p;
}

static bool judged(size_t i, struct cam_rules rules)
{
    struct cam_policy *identity = parse(rows[i].identity, CAM_IDENTITY);
    struct cam_policy *bucket = parse(rows[i].bucket, CAM_BUCKET);
    struct cos_arena arena;
    cos_arena_init(&arena, 1u << 16);
    bool is_foreign = rows[i].is_foreign;
    const struct cam_principal who = {.kind = CAM_USER,
                                      .uin = is_foreign ? FOREIGN_SUB_UIN : CLIENT_SUB_UIN,
                                      .owner_uin = is_foreign ? FOREIGN_UIN : ACCOUNT_UIN,
                                      .appid = is_foreign ? "1250000002" : "1250000000",
                                      .policies = &identity,
                                      .n_policies = identity != NULL};
    struct cam_question q = {
        .who = &who,
        .action = rows[i].key == NULL ? COS_SPAN_LIT("name/cos:GetService")
                                      : COS_SPAN_LIT("name/cos:GetObject"),
        .resource =
            rows[i].key == NULL
                ? COS_SPAN_LIT("*")
                : cos_arena_printf(&arena,
                                   "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/%s",
                                   rows[i].key),
        .owner_uin = ACCOUNT_UIN,
        .owner_appid = "1250000000",
        .bucket = bucket,
        .rules = rules};
    struct cam_verdict v;
    cam_eval(&arena, &v, &q);
    cos_arena_deinit(&arena);
    cam_policy_unref(identity);
    cam_policy_unref(bucket);
    return v.allowed;
}

static void a_rule_changes_what_is_open_and_nothing_else(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cam_rules rules = {0};
        bool by_default = judged(i, rules);
        *(bool *)((char *)&rules + rows[i].rule) = true;
        bool otherwise = judged(i, rules);
        if (by_default != rows[i].by_default || otherwise != rows[i].otherwise) {
            fail_msg("row %zu, %s: %d and %d, of %s and %s", i, rows[i].name, by_default,
                     otherwise, rows[i].identity, rows[i].bucket);
        }
    }
}

/* --- by a request --- */

static int open_world(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    *state = c;
    return 0;
}

static const char *asked(struct client *c, size_t i)
{
    static struct question q;
    static char code[64];
    struct cos_buf path;
    cos_buf_init(&path, 100);
    cos_buf_str(&path, "/");
    for (const char *k = rows[i].key; k != NULL && *k != '\0'; k++) {
        cos_buf_printf(&path, "%%%02X", (unsigned)(unsigned char)*k);
    }
    char decoded[20];
    (void)snprintf(decoded, sizeof(decoded), "/%s", rows[i].key == NULL ? "" : rows[i].key);
    q = (struct question){.method = "GET", .target = cos_buf_cstr(&path)};
    authorize_as(&q,
                 &(struct signing){rows[i].is_foreign ? FOREIGN_SUB_ID : CLIENT_SUB_ID,
                                   rows[i].is_foreign ? FOREIGN_SUB_SECRET : CLIENT_SUB_SECRET,
                                   rows[i].key == NULL ? SERVICE_HOST : CLIENT_HOST, decoded});
    struct answer a = client_send(c, &q);
    (void)snprintf(code, sizeof(code), "%s", xml_code(&a));
    answer_free(&a);
    cos_buf_deinit(&path);
    return code;
}

static void a_switch_changes_what_is_open_for_requests(void **state)
{
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *uin = rows[i].is_foreign ? FOREIGN_SUB_UIN : CLIENT_SUB_UIN;
        const char *allowed = rows[i].key == NULL ? "" : "NoSuchKey";
        const char *first = cosmock_switch_get(c->tenant, rows[i].name);
        assert_int_equal(cosmock_user_policy_set(c->tenant, uin, rows[i].identity, NULL), 0);
        assert_int_equal(cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET, rows[i].bucket,
                                                   NULL),
                         0);
        for (unsigned k = 0; k < 2; k++) {
            bool want = k == 0 ? rows[i].by_default : rows[i].otherwise;
            client_switch(c, rows[i].name, k == 0 ? first : rows[i].other);
            const char *code = asked(c, i);
            if (strcmp(code, want ? allowed : "AccessDenied") != 0) {
                fail_msg("row %zu, %s=%s: '%s'", i, rows[i].name,
                         k == 0 ? first : rows[i].other, code);
            }
        }
        client_switch(c, rows[i].name, first);
    }
}

/* --- what is refused where a policy is put --- */

static const char *put_bucket_policy(struct client *c, const char *json)
{
    static struct question q;
    static char code[64];
    q = (struct question){.method = "PUT",
                          .target = "/?policy",
                          .body = json,
                          .n = strlen(json)};
    authorize(&q, CLIENT_ID, CLIENT_SECRET, "/");
    struct answer a = client_send(c, &q);
    (void)snprintf(code, sizeof(code), "%s", xml_code(&a));
    answer_free(&a);
    return code;
}

/* A policy as a field of a call of STS, or of CAM. */
static const char *call_with_policy(struct client *c, bool is_sts, const char *json)
{
    static const struct token root = {.id = CLIENT_ID, .secret = CLIENT_SECRET};
    static char code[64];
    static unsigned nth = 0;
    struct cos_buf body;
    cos_buf_init(&body, 4096);
    cos_buf_printf(&body,
                   is_sts ? "{\"Name\":\"n%u\",\"Policy\":"
                          : "{\"PolicyName\":\"n%u\",\"PolicyDocument\":",
                   nth++);
    cos_json_quote(&body, cos_span_of(json));
    cos_buf_str(&body, "}");
    struct answer a = is_sts ? sts_call(c, &root, "GetFederationToken", cos_buf_cstr(&body))
                             : cam_call(c, &root, "CreatePolicy", cos_buf_cstr(&body));
    (void)snprintf(code, sizeof(code), "%s", sts_code(&a));
    answer_free(&a);
    cos_buf_deinit(&body);
    return code;
}

static void a_liberty_is_refused_where_the_switch_says_so(void **state)
{
    enum door { BUCKET, STS, CAM };
    static const struct {
        const char *name;
        bool is_refused; /* by default */
        enum door door;
        const char *json, *code; /* "": never refused */
    } puts[] = {
        {"policy-principal", false, CAM,
         POLICY("{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\",\"principal\":"
                "{\"qcs\":[\"*\"]}}"),
         "InvalidParameter.PrincipalError"},
        {"policy-principal", false, STS,
         POLICY("{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\",\"principal\":"
                "{\"qcs\":[\"*\"]}}"),
         ""},
        {"bare-principal", true, BUCKET,
         POLICY("{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\",\"principal\":"
                "\"qcs::cam::uin/1:uin/1\"}"),
         "MalformedPolicy"},
        {"bare-principal", true, BUCKET,
         POLICY("{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\",\"principal\":"
                "\"*\"}"),
         ""},
        {"policy-blanks", false, CAM,
         POLICY("{\"effect\":\"allow\",\"action\":\" cos:*\",\"resource\":\"*\"}"),
         "InvalidParameter.ActionError"},
        {"policy-blanks", false, STS,
         POLICY("{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\" *\"}"),
         "InvalidParameter.StrategyFormatError"},
        {"odd-resource-path", true, CAM, POLICY(ON("allow", "qcs::cos:::prefix//*/b/x")),
         "InvalidParameter.ResourceError"},
        {"odd-resource-path", true, STS,
         POLICY(ON("allow", "qcs::cos:::b-1.cos-website.r.myqcloud.com/*")),
         "InvalidParameter.StrategyFormatError"},
        {"odd-resource-path", true, STS,
         POLICY(ON("allow", "qcs::cos:::prefix//1250000000/b/x")), ""},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(puts); i++) {
        for (unsigned k = 0; k < 2; k++) {
            bool is_refused = (k == 0) == puts[i].is_refused;
            const char *word = k == 0       ? cosmock_switch_get(c->tenant, puts[i].name)
                               : is_refused ? "refuse"
                                            : "warn";
            client_switch(c, puts[i].name, word);
            const char *code = puts[i].door == BUCKET
                                   ? put_bucket_policy(c, puts[i].json)
                                   : call_with_policy(c, puts[i].door == STS, puts[i].json);
            if (strcmp(code, is_refused ? puts[i].code : "") != 0) {
                fail_msg("%s=%s: %s: '%s'", puts[i].name, word, puts[i].json, code);
            }
        }
        client_switch(c, puts[i].name, puts[i].is_refused ? "refuse" : "warn");
    }
}

/* Every rule of the judge has a row, but for the one of test-boundary.c. */
static void no_open_question_is_left_out(void **state)
{
    for (size_t rule = 0; rule < RULE(refuses); rule++) {
        bool has_row = rule == RULE(does_boundary_cap_grants);
        for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
            has_row =
                has_row || (rows[i].rule == rule && rows[i].by_default != rows[i].otherwise);
        }
        if (!has_row) {
            fail_msg("rule %zu of struct cam_rules", rule);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_changes_what_is_open_and_nothing_else),
        cmocka_unit_test_setup_teardown(a_switch_changes_what_is_open_for_requests, open_world,
                                        client_close),
        cmocka_unit_test_setup_teardown(a_liberty_is_refused_where_the_switch_says_so,
                                        open_world, client_close),
        cmocka_unit_test(no_open_question_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
