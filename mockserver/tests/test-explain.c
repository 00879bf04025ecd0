/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An explanation names the policy, the statement and its sid: with several policies on a user
 * "statement 0" says nothing. Each row is one world in which one known statement decides, and
 * what the explanation must call it.
 */
#include "world/world.h"

#include "issue.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ALLOW(sid, action, resource)                                 \
    "{\"sid\":\"" sid "\",\"effect\":\"allow\",\"action\":\"" action \
    "\",\"resource\":\"" resource "\"}"
#define DENY(sid, action, resource)                                 \
    "{\"sid\":\"" sid "\",\"effect\":\"deny\",\"action\":\"" action \
    "\",\"resource\":\"" resource "\"}"
#define POLICY(statements) "{\"version\":\"2.0\",\"statement\":[" statements "]}"
#define TREE "qcs::cos:ap-guangzhou:uid/1250000000:a-1250000000/"

#define USER_POLICY POLICY(ALLOW("", "name/cos:PutObject", TREE "in/*"))
#define READERS                                                                          \
    POLICY(ALLOW("", "name/cos:HeadObject", "*") "," ALLOW("gets", "name/cos:GetObject", \
                                                           TREE "*"))
#define KEEP_OUT                                                                          \
    POLICY(DENY("no-secrets", "*", TREE "secret/*") "," DENY("", "name/cos:DeleteObject", \
                                                             TREE "*"))
#define OF_BUCKET                                                                           \
    "{\"version\":\"2.0\",\"principal\":{\"qcs\":[\"qcs::cam::uin/100000000001:uin/"        \
    "100000000011\"]},\"statement\":[" DENY("", "name/cos:GetObject",                       \
                                            TREE "shut/*") "," ALLOW("posts",               \
                                                                     "name/cos:PostObject", \
                                                                     TREE "*") "]}"
#define TRUST                                                               \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":" \
    "\"name/sts:AssumeRole\",\"principal\":{\"qcs\":[\"qcs::cam::uin/100000000001:root\"]}}]}"

static const char world[] =
    "accounts:\n"
    "  - uin: \"100000000001\"\n"
    "    appid: \"1250000000\"\n"
    "    keys: [{}]\n"
    "    roles: [{name: visitor, id: \"4611686018427387904\", trust: '" TRUST "'}]\n"
    "    users:\n"
    "      - uin: \"100000000011\"\n"
    "        policies: [readers, keep-out, '" USER_POLICY "']\n"
    "      - {uin: \"100000000012\", name: reader, keys: [{secret_id: AKIDofreader}]}\n"
    "policies:\n"
    "  readers: '" READERS "'\n"
    "  keep-out: '" KEEP_OUT "'\n"
    "buckets:\n"
    "  - {name: a-1250000000, region: ap-guangzhou, policy: '" OF_BUCKET "'}\n";

struct stage {
    struct cosmock *mock;
    struct cosmock_tenant *t;
    char secret_id[96];
};

/* A temporary key of the user: may GET, but not below tmp/. */
static void issue(struct stage *s)
{
    struct user *user = world_user_find(s->t, "100000000011");
    struct cos_span text = COS_SPAN_LIT(
        POLICY(ALLOW("", "name/cos:GetObject", "*") "," DENY("no-tmp", "*", TREE "tmp/*")));
    struct cam_policy *session = NULL;
    struct cos_text_error err = {0};
    assert_int_equal(cam_policy_parse(&session, text, CAM_SESSION, "alice", &err), 0);
    const struct key_grant grant = {user, "alice", session, INT64_MAX};
    struct access_key *key = issue_key(s->t, &grant);
    assert_non_null(key);
    (void)snprintf(s->secret_id, sizeof(s->secret_id), "%s", key->secret_id);
    access_key_unref(key);
    cam_policy_unref(session);
    user_unref(user);
}

static int open_stage(void **state)
{
    static struct stage s;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = world;
    *state = &s;
    struct cosmock_error err = {0};
    if (cosmock_new(&s.mock, NULL, &err) < 0 ||
        cosmock_tenant_new(s.mock, &s.t, &options, &err) < 0) {
        print_error("%s\n", err.message);
        return -1;
    }
    issue(&s);
    return 0;
}

static int close_stage(void **state)
{
    struct stage *s = *state;
    s->t = cosmock_tenant_free(s->t);
    s->mock = cosmock_free(s->mock);
    return 0;
}

static struct cos_json *explain_to(struct stage *s, const char *uin, const char *secret_id,
                                   const char *action, const char *resource)
{
    struct cosmock_error err = {0};
    char *json = NULL;
    const struct cosmock_explain_query query = {
        .size = sizeof(query),
        .uin = uin,
        .secret_id = secret_id,
        .action = action,
        .resource = resource,
    };
    if (cosmock_policy_explain(s->t, &query, &json, &err) < 0) {
        fail_msg("%s", err.message);
    }
    struct cos_json *doc = parse_json(cos_span_of(json));
    free(json);
    return doc;
}

static struct cos_json *explain(struct stage *s, bool by_token, const char *action,
                                const char *resource)
{
    return explain_to(s, by_token ? NULL : "100000000011", by_token ? s->secret_id : NULL,
                      action, resource);
}

static void the_deciding_statement_is_named_with_its_policy(void **state)
{
    static const struct {
        const char *action, *resource, *policy, *sid, *why;
        int statement;
        bool by_token;
    } rows[] = {
        {"name/cos:GetObject", TREE "k", "readers", "gets", "allow", 1, false},
        {"name/cos:PutObject", TREE "in/k", "no. 3 of uin 100000000011", "", "allow", 0, false},
        {"name/cos:PostObject", TREE "k", "bucket policy of a-1250000000", "posts", "allow", 1,
         false},
        {"name/cos:GetObject", TREE "secret/k", "keep-out", "no-secrets",
         "statement 0 (sid 'no-secrets') of policy 'keep-out' denies it", 0, false},
        {"name/cos:DeleteObject", TREE "k", "keep-out", "",
         "statement 1 of policy 'keep-out' denies it", 1, false},
        {"name/cos:GetObject", TREE "shut/k", "bucket policy of a-1250000000", "",
         "statement 0 of the bucket policy of a-1250000000 denies it", 0, false},
        {"name/cos:GetObject", TREE "tmp/k", "session policy of alice", "no-tmp",
         "statement 1 (sid 'no-tmp') of the session policy of alice denies it", 1, true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_json *doc =
            explain(*state, rows[i].by_token, rows[i].action, rows[i].resource);
        int64_t statement = -1;
        (void)cos_json_i64(cos_json_get(doc, "statement"), &statement);
        if (strcmp(json_text(doc, "policy"), rows[i].policy) != 0 ||
            strcmp(json_text(doc, "sid"), rows[i].sid) != 0 || statement != rows[i].statement ||
            strstr(json_text(doc, "why"), rows[i].why) == NULL) {
            fail_msg("%s on %s: policy '%s' sid '%s' statement %d why '%s'", rows[i].action,
                     rows[i].resource, json_text(doc, "policy"), json_text(doc, "sid"),
                     (int)statement, json_text(doc, "why"));
        }
        cos_json_free(doc);
    }
}

static void what_comes_closest_is_named_with_its_policy(void **state)
{
    static const struct {
        const char *action, *resource, *why;
        bool by_token;
    } rows[] = {
        {"name/cos:PutObject", TREE "out/k",
         "statement 0 of policy 'no. 3 of uin 100000000011' allows the action on " TREE
         "in/* only",
         false},
        {"name/cos:GetBucket", TREE,
         "statement 0 of policy 'readers' allows action "
         "cos:HeadObject only",
         false},
        {"name/cos:PostObject", TREE "k",
         "statement 0 of the session policy of alice allows action cos:GetObject only", true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_json *doc =
            explain(*state, rows[i].by_token, rows[i].action, rows[i].resource);
        if (strstr(json_text(doc, "why"), rows[i].why) == NULL) {
            fail_msg("%s on %s: why '%s'", rows[i].action, rows[i].resource,
                     json_text(doc, "why"));
        }
        assert_null(cos_json_get(doc, "policy"));
        cos_json_free(doc);
    }
}

static void a_user_without_policies_is_told_so(void **state)
{
    struct stage *s = *state;
    struct cosmock_error err = {0};
    assert_int_equal(cosmock_user_policy_set(s->t, "100000000011", NULL, &err), 0);
    struct cos_json *doc = explain(s, false, "name/cos:GetBucket", TREE);
    assert_non_null(strstr(json_text(doc, "why"), "uin 100000000011 has no policy"));
    cos_json_free(doc);
}

static void a_policy_that_only_denies_is_named_as_of_no_help(void **state)
{
    struct stage *s = *state;
    struct cosmock_error err = {0};
    assert_int_equal(cosmock_user_policy_set(s->t, "100000000011",
                                             POLICY(DENY("", "name/cos:PutObject", "*")), &err),
                     0);
    struct cos_json *doc = explain(s, false, "name/cos:GetBucket", TREE);
    assert_non_null(
        strstr(json_text(doc, "why"),
               "no statement of policy 'no. 1 of uin 100000000011' could allow it"));
    cos_json_free(doc);
}

/* Entry @index of the layer's trace. */
static void check_entry(const struct cos_json *doc, const char *layer, size_t index,
                        const char *policy, int statement)
{
    const struct cos_json *entry = cos_json_first(cos_json_get(doc, layer));
    for (size_t i = 0; i < index; i++) {
        entry = cos_json_next(entry);
    }
    int64_t got = -1;
    (void)cos_json_i64(cos_json_get(entry, "statement"), &got);
    if (strcmp(json_text(entry, "layer"), layer) != 0 ||
        strcmp(json_text(entry, "policy"), policy) != 0 || got != statement) {
        fail_msg("%s %zu: layer '%s' policy '%s' statement %d", layer, index,
                 json_text(entry, "layer"), json_text(entry, "policy"), (int)got);
    }
}

static void every_entry_of_the_trace_says_layer_policy_and_statement(void **state)
{
    struct cos_json *doc = explain(*state, true, "name/cos:GetObject", TREE "k");
    assert_int_equal(cos_json_count(cos_json_get(doc, "identity")), 5);
    check_entry(doc, "identity", 0, "readers", 0);
    check_entry(doc, "identity", 1, "readers", 1);
    check_entry(doc, "identity", 2, "keep-out", 0);
    check_entry(doc, "identity", 3, "keep-out", 1);
    check_entry(doc, "identity", 4, "no. 3 of uin 100000000011", 0);
    assert_int_equal(cos_json_count(cos_json_get(doc, "session")), 2);
    check_entry(doc, "session", 1, "session policy of alice", 1);
    assert_int_equal(cos_json_count(cos_json_get(doc, "bucket")), 2);
    check_entry(doc, "bucket", 0, "bucket policy of a-1250000000", 0);
    cos_json_free(doc);
}

static void a_bucket_or_region_of_no_world_is_warned_of(void **state)
{
    static const struct {
        /* NULL: none */
        const char *resource, *warning;
    } rows[] = {
        {TREE "k", NULL},
        {"qcs::cos:ap-guangzhou:uid/1250000000:aa-1250000000/k",
         "no bucket is called 'aa-1250000000'; the nearest is a-1250000000"},
        {"qcs::cos:ap-beijing:uid/1250000000:a-1250000000/k",
         "bucket a-1250000000 is in region ap-guangzhou, the resource says 'ap-beijing'"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_json *doc = explain(*state, false, "name/cos:GetObject", rows[i].resource);
        const char *got = cos_json_str(cos_json_first(cos_json_get(doc, "warnings")));
        if ((got == NULL) != (rows[i].warning == NULL) ||
            (got != NULL && strcmp(got, rows[i].warning) != 0)) {
            fail_msg("%s: '%s'", rows[i].resource, got == NULL ? "(none)" : got);
        }
        cos_json_free(doc);
    }
}

static void a_misspelt_question_is_no_denial(void **state)
{
    struct stage *s = *state;
    struct cosmock_error err = {0};
    char *json = NULL;
    const struct cosmock_explain_query query = {.size = sizeof(query),
                                                .uin = "100000000011",
                                                .action = "name/cos:GetObjet",
                                                .resource = TREE "k"};
    assert_int_equal(cosmock_policy_explain(s->t, &query, &json, &err), COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "the nearest is cos:GetObject"));
    assert_null(json);
}

/* --- how a question should read --- */

/* What people have at hand, against the documents' forms (sts-cam.md s.3.1: six segments, uid
 * is the appid) and the names of this world. */
static void a_question_that_is_none_says_how_it_should_read(void **state)
{
    static const struct {
        const char *uin, *action, *resource, *says;
    } rows[] = {
        {"100000000011", "GetObject", TREE "k",
         "action 'GetObject' must be [name/]<service>:<action>, such as name/cos:GetObject"},
        {"100000000011", "s3:PutObject", TREE "k",
         "action 's3:PutObject' must be [name/]<service>:<action>, such as name/cos:PutObject"},
        {"100000000011", "name/cos:GetObject", "a-1250000000/dir/k",
         "; in this world it reads " TREE "dir/k"},
        {"100000000011", "name/cos:GetObject", "cos://a-1250000000/k",
         "; in this world it reads " TREE "k"},
        {"100000000011", "name/cos:GetObject", "arn:aws:s3:::a-1250000000/k",
         "; in this world it reads " TREE "k"},
        {"100000000011", "name/cos:GetObject",
         "https://a-1250000000.cos.ap-guangzhou.myqcloud.com/dir/k",
         "; in this world it reads " TREE "dir/k"},
        {"100000000011", "name/cos:GetObject",
         "qcs::cos:ap-guangzhou:uid/100000000001:a-1250000000/k",
         "uid/100000000001 is a uin where an appid is due: write uid/1250000000"},
        {"1250000000", "name/cos:GetObject", TREE "k",
         "no account or user with uin '1250000000' in this tenant: that is the appid of uin "
         "100000000001"},
        {"reader", "name/cos:GetObject", TREE "k", "that is the name of uin 100000000012"},
        {"AKIDofreader", "name/cos:GetObject", TREE "k",
         "that is a secret id, of uin 100000000012"},
        {"nobody", "name/cos:GetObject", TREE "k", "no account or user with uin 'nobody'"},
    };
    struct stage *s = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_error err = {0};
        char *json = NULL;
        const struct cosmock_explain_query query = {.size = sizeof(query),
                                                    .uin = rows[i].uin,
                                                    .action = rows[i].action,
                                                    .resource = rows[i].resource};
        assert_true(cosmock_policy_explain(s->t, &query, &json, &err) < 0);
        assert_null(json);
        if (strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: '%s'", rows[i].says, err.message);
        }
    }
}

static void who_asks_may_be_named_as_policies_name_him(void **state)
{
    static const struct {
        const char *who, *principal;
    } rows[] = {
        {"100000000011", "100000000011"},
        {"qcs::cam::uin/100000000001:uin/100000000011", "100000000011"},
        {"qcs::cam::uin/100000000001:root", "100000000001"},
        {"qcs::cam::uin/100000000001:uin/100000000001", "100000000001"},
        {"qcs::cam::uin/100000000001:roleName/visitor", "4611686018427387904"},
        {"anonymous", "anonymous"},
        {"qcs::cam::anyone:anyone", "anonymous"},
        {"qcs::cam::anonymous:anonymous", "anonymous"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_json *doc = explain_to(*state, rows[i].who, /* secret_id= */ NULL,
                                          "name/cos:GetObject", TREE "k");
        if (strcmp(json_text(doc, "principal"), rows[i].principal) != 0) {
            fail_msg("%s: '%s'", rows[i].who, json_text(doc, "principal"));
        }
        cos_json_free(doc);
    }
}

static void what_was_asked_of_the_context_is_told(void **state)
{
    struct stage *s = *state;
    static const char *const context[] = {"cos:prefix=dir/a", "qcs:ip=10.0.0.1"};
    static const char policy[] =
        POLICY("{\"effect\":\"allow\",\"action\":\"cos:GetBucket\",\"resource\":\"*\","
               "\"condition\":{\"string_equal\":{\"cos:prefix\":\"dir/\"}}}");
    assert_int_equal(cosmock_user_policy_set(s->t, "100000000011", policy, NULL), 0);
    const struct cosmock_explain_query query = {.size = sizeof(query),
                                                .uin = "100000000011",
                                                .action = "name/cos:GetBucket",
                                                .resource = TREE,
                                                .context = context,
                                                .n_context = COS_ARRAY_LEN(context)};
    char *json = NULL;
    assert_int_equal(cosmock_policy_explain(s->t, &query, &json, NULL), 0);
    struct cos_json *doc = parse_json(cos_span_of(json));
    const struct cos_json *told = cos_json_get(doc, "context");
    assert_int_equal(cos_json_count(told), 1); /* nobody asked for the address */
    assert_string_equal(cos_json_str(cos_json_first(cos_json_get(told, "cos:prefix"))),
                        "dir%2Fa");
    cos_json_free(doc);
    free(json);
}

/* --- people and programs are told the same --- */

static void expect_told(const char *text, const struct cos_json *n)
{
    if (cos_json_is_str(n) && strstr(text, cos_json_str(n)) == NULL) {
        fail_msg("'%s' is not in\n%s", cos_json_str(n), text);
    }
    for (const struct cos_json *m = cos_json_first(n); m != NULL; m = cos_json_next(m)) {
        expect_told(text, m);
    }
}

static void the_text_says_whatever_the_json_says(void **state)
{
    static const char *const actions[] = {"name/cos:GetObject", "name/cos:DeleteObject",
                                          "name/cos:PutObject", "name/cos:PostObject"};
    struct stage *s = *state;
    for (size_t i = 0; i < 2 * COS_ARRAY_LEN(actions); i++) {
        bool by_token = i % 2 == 1;
        const struct cosmock_explain_query query = {
            .size = sizeof(query),
            .uin = by_token ? NULL : "100000000011",
            .secret_id = by_token ? s->secret_id : NULL,
            .action = actions[i / 2],
            .resource = TREE "in/k",
        };
        char *json = NULL;
        char *text = NULL;
        assert_int_equal(cosmock_policy_explain(s->t, &query, &json, NULL), 0);
        assert_int_equal(cosmock_explain_text(json, &text, NULL), 0);
        struct cos_json *doc = parse_json(cos_span_of(json));
        expect_told(text, doc);
        cos_json_free(doc);
        free(json);
        free(text);
    }
    char *text = NULL;
    struct cosmock_error err;
    assert_int_equal(cosmock_explain_text("{", &text, &err), COSMOCK_E_INVALID);
    assert_null(text);
}

static void a_query_without_a_size_is_refused(void **state)
{
    struct stage *s = *state;
    struct cosmock_error err = {0};
    char *json = NULL;
    const struct cosmock_explain_query query = {.uin = "100000000011",
                                                .action = "name/cos:GetObject",
                                                .resource = TREE "k"};
    assert_int_equal(cosmock_policy_explain(s->t, &query, &json, &err), COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "COSMOCK_EXPLAIN_QUERY_INIT"));
    assert_null(json);
}

/*
 * 1312/48195, 436/68283: a user may get tokens without being granted it. The mock let it and
 * explained that it may not.
 */
static void what_needs_no_grant_is_explained_so(void **state)
{
    static const struct {
        const char *policy, *verdict, *reason;
    } rows[] = {
        {NULL, "allow", "no_grant_needed"},
        {POLICY(ALLOW("", "name/sts:GetFederationToken", "*")), "allow", "allow"},
        {POLICY(DENY("", "name/sts:*", "*")), "deny", "explicit_deny:identity"},
    };
    struct stage *s = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        assert_int_equal(cosmock_user_policy_set(s->t, "100000000011", rows[i].policy, NULL),
                         0);
        struct cos_json *doc = explain(s, false, "name/sts:GetFederationToken", "*");
        assert_string_equal(json_text(doc, "verdict"), rows[i].verdict);
        assert_string_equal(json_text(doc, "reason"), rows[i].reason);
        cos_json_free(doc);
    }
}

static void one_can_ask_about_an_unsigned_caller(void **state)
{
    struct stage *s = *state;
    struct cos_json *doc =
        explain_to(s, "anonymous", /* secret_id= */ NULL, "name/cos:PutObject", TREE "in/k");
    assert_string_equal(json_text(doc, "principal"), "anonymous");
    assert_string_equal(json_text(doc, "verdict"), "deny");
    assert_non_null(strstr(json_text(doc, "why"), "sign the request"));
    cos_json_free(doc);
    assert_int_equal(
        cosmock_bucket_policy_set(
            s->t, "a-1250000000",
            "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"principal\":"
            "{\"qcs\":[\"qcs::cam::anyone:anyone\"]},\"action\":\"name/cos:PutObject\","
            "\"resource\":\"" TREE "in/*\"}]}",
            NULL),
        0);
    doc = explain_to(s, "anonymous", /* secret_id= */ NULL, "name/cos:PutObject", TREE "in/k");
    assert_string_equal(json_text(doc, "verdict"), "allow");
    assert_string_equal(json_text(doc, "policy"), "bucket policy of a-1250000000");
    cos_json_free(doc);
}

#define STAGE_TEST(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(the_deciding_statement_is_named_with_its_policy),
        STAGE_TEST(what_comes_closest_is_named_with_its_policy),
        STAGE_TEST(a_user_without_policies_is_told_so),
        STAGE_TEST(a_policy_that_only_denies_is_named_as_of_no_help),
        STAGE_TEST(a_bucket_or_region_of_no_world_is_warned_of),
        STAGE_TEST(a_misspelt_question_is_no_denial),
        STAGE_TEST(a_question_that_is_none_says_how_it_should_read),
        STAGE_TEST(who_asks_may_be_named_as_policies_name_him),
        STAGE_TEST(what_was_asked_of_the_context_is_told),
        STAGE_TEST(the_text_says_whatever_the_json_says),
        STAGE_TEST(a_query_without_a_size_is_refused),
        STAGE_TEST(what_needs_no_grant_is_explained_so),
        STAGE_TEST(one_can_ask_about_an_unsigned_caller),
        STAGE_TEST(every_entry_of_the_trace_says_layer_policy_and_statement),
    };
    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
