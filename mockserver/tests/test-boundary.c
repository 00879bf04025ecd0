/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permission boundaries (cam-conditions.md s.5): a user or a role has what his policies give
 * and his boundary allows; the boundary gives nothing, and a deny in it counts. Whether it
 * bounds what resources grant is the switch boundary-reach. Seen by signed requests.
 */
#include "client.h"
#include "scratch.h"

#define ACCOUNT_UIN "100000000001"
#define ROLE_ID "4611686018427397919"
#define FOREIGN_UIN "100000000022"
#define FOREIGN_ID "AKIDEXAMPLE0000000000000000000000004"
#define FOREIGN_SECRET "mockSecretKey0000000000000000004"
#define TRUST                                                                     \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"       \
    "\"name/sts:AssumeRole\",\"principal\":{\"qcs\":\"qcs::cam::uin/" ACCOUNT_UIN \
    ":root\"}}]}"
#define STATEMENT(effect, action) \
    "{\"effect\":\"" effect "\",\"action\":\"" action "\",\"resource\":\"*\"}"
#define POLICY(statements) "{\"version\":\"2.0\",\"statement\":[" statements "]}"
#define ALL POLICY(STATEMENT("allow", "*"))
#define GETS POLICY(STATEMENT("allow", "name/cos:GetObject"))
#define PUTS POLICY(STATEMENT("allow", "name/cos:PutObject"))
#define ALL_BUT_GETS POLICY(STATEMENT("allow", "*") "," STATEMENT("deny", "name/cos:GetObject"))
#define GRANT_TO(uin)                                                             \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\"," \
    "\"resource\":\"*\",\"principal\":{\"qcs\":[\"qcs::cam::" uin "\"]}}]}"

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
    "    roles:\n"
    "      - {name: app, id: \"" ROLE_ID "\", trust: '" TRUST "'}\n"
    "  - uin: \"100000000002\"\n"
    "    appid: \"1250000002\"\n"
    "    users:\n"
    "      - uin: \"" FOREIGN_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" FOREIGN_ID "\", secret_key: \"" FOREIGN_SECRET "\"}\n"
    "buckets:\n"
    "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n";

static int open_world(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
    *state = c;
    return 0;
}

static struct answer get_with(struct client *c, const struct token *key)
{
    static struct question q;
    q = (struct question){.method = "GET", .target = "/k"};
    authorize(&q, key->id, key->secret, "/k");
    if (key->token[0] != '\0') {
        add_header(&q, "x-cos-security-token", key->token);
    }
    return client_send(c, &q);
}

enum who { SUB, SUB_FEDERATED, ROLE, FOREIGN };

static void key_of(struct client *c, enum who who, struct token *out)
{
    static const struct token sub = {.id = CLIENT_SUB_ID, .secret = CLIENT_SUB_SECRET};
    static const struct token root = {.id = CLIENT_ID, .secret = CLIENT_SECRET};
    static const struct token foreign = {.id = FOREIGN_ID, .secret = FOREIGN_SECRET};
    if (who == SUB_FEDERATED || who == ROLE) {
        struct answer a = who == ROLE
                              ? sts_call(c, &root, "AssumeRole",
                                         "{\"RoleArn\":\"qcs::cam::uin/" ACCOUNT_UIN
                                         ":roleName/app\",\"RoleSessionName\":\"mock\"}")
                              : sts_call(c, &sub, "GetFederationToken",
                                         "{\"Name\":\"mock\",\"Policy\":\"" POLICY_ALL "\"}");
        read_token(&a, out);
        answer_free(&a);
    } else {
        *out = who == SUB ? sub : foreign;
    }
}

static void a_boundary_bounds_what_policies_give(void **state)
{
    static const char *const uins[] = {[SUB] = CLIENT_SUB_UIN,
                                       [SUB_FEDERATED] = CLIENT_SUB_UIN,
                                       [ROLE] = ROLE_ID,
                                       [FOREIGN] = FOREIGN_UIN};
    static const struct {
        const char *name;
        enum who who;
        const char *identity, *boundary, *bucket, *acl, *reach;
        int status;
        const char *says; /* of a denial */
    } rows[] = {
        {"both allow", SUB, GETS, ALL, NULL, NULL, "policies", 200, ""},
        {"policies alone", SUB, GETS, NULL, NULL, NULL, "policies", 200, ""},
        {"a boundary gives nothing", SUB, NULL, ALL, NULL, NULL, "policies", 403,
         "uin " CLIENT_SUB_UIN " has no policy"},
        {"the boundary is silent", SUB, ALL, PUTS, NULL, NULL, "policies", 403,
         "statement 0 of the permission boundary of uin " CLIENT_SUB_UIN
         " allows action cos:PutObject only"},
        {"the boundary denies", SUB, ALL, ALL_BUT_GETS, NULL, NULL, "policies", 403,
         "statement 1 of the permission boundary of uin " CLIENT_SUB_UIN " denies it"},
        {"so it does of a federated user", SUB_FEDERATED, ALL, PUTS, NULL, NULL, "policies",
         403, "permission boundary of uin " CLIENT_SUB_UIN " allows action cos:PutObject only"},
        {"and lets him as it lets the user", SUB_FEDERATED, GETS, ALL, NULL, NULL, "policies",
         200, ""},
        {"and of a role", ROLE, ALL, PUTS, NULL, NULL, "policies", 403,
         "permission boundary of uin " ROLE_ID " allows action cos:PutObject only"},
        {"which it lets pass", ROLE, ALL, GETS, NULL, NULL, "policies", 200, ""},
        {"a bucket's grant is no policy of his", SUB, NULL, PUTS,
         GRANT_TO("uin/" ACCOUNT_UIN ":uin/" CLIENT_SUB_UIN), NULL, "policies", 200, ""},
        {"unless the switch says so", SUB, NULL, PUTS,
         GRANT_TO("uin/" ACCOUNT_UIN ":uin/" CLIENT_SUB_UIN), NULL, "all", 403,
         "permission boundary of uin " CLIENT_SUB_UIN " allows action cos:PutObject only"},
        {"which lets pass what the boundary has", SUB, NULL, GETS,
         GRANT_TO("uin/" ACCOUNT_UIN ":uin/" CLIENT_SUB_UIN), NULL, "all", 200, ""},
        {"a deny counts against a grant", SUB, NULL, ALL_BUT_GETS,
         GRANT_TO("uin/" ACCOUNT_UIN ":uin/" CLIENT_SUB_UIN), NULL, "policies", 403,
         "permission boundary of uin " CLIENT_SUB_UIN " denies it"},
        {"a list's grant to him", SUB, NULL, PUTS, NULL,
         "private READ:" ACCOUNT_UIN "/" CLIENT_SUB_UIN, "policies", 200, ""},
        {"unless the switch says so here, too", SUB, NULL, PUTS, NULL,
         "private READ:" ACCOUNT_UIN "/" CLIENT_SUB_UIN, "all", 403,
         "permission boundary of uin " CLIENT_SUB_UIN " allows action cos:PutObject only"},
        {"what everybody may, he may", SUB, NULL, PUTS, NULL, "public-read", "all", 200, ""},
        {"and by a bucket policy", SUB, NULL, PUTS, GRANT_TO("anyone:anyone"), NULL, "all", 200,
         ""},
        {"a foreign user needs his own right", FOREIGN, ALL, PUTS,
         GRANT_TO("uin/100000000002:uin/" FOREIGN_UIN), NULL, "policies", 403,
         "permission boundary of uin " FOREIGN_UIN " allows action cos:PutObject only"},
        {"which his boundary lets him have", FOREIGN, ALL, GETS,
         GRANT_TO("uin/100000000002:uin/" FOREIGN_UIN), NULL, "policies", 200, ""},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *uin = uins[rows[i].who];
        struct token key = {.id = ""};
        client_switch(c, "boundary-reach", rows[i].reach);
        assert_int_equal(cosmock_user_boundary_set(c->tenant, uin, NULL, NULL), 0);
        assert_int_equal(cosmock_user_policy_set(c->tenant, uin, rows[i].identity, NULL), 0);
        assert_int_equal(cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET, rows[i].bucket,
                                                   NULL),
                         0);
        assert_int_equal(cosmock_bucket_acl_set(c->tenant, CLIENT_BUCKET, rows[i].acl, NULL),
                         0);
        key_of(c, rows[i].who, &key);
        assert_int_equal(cosmock_user_boundary_set(c->tenant, uin, rows[i].boundary, NULL), 0);
        struct answer a = get_with(c, &key);
        if (a.status != rows[i].status ||
            strstr(answer_header(&a, "x-cosmock-reason"), rows[i].says) == NULL) {
            fail_msg("%s: %d '%s'", rows[i].name, a.status,
                     answer_header(&a, "x-cosmock-reason"));
        }
        answer_free(&a);
    }
}

/* Of whose boundary it was, the journal's question and the trace say. */
static void a_denial_by_a_boundary_is_kept_and_explained(void **state)
{
    struct client *c = *state;
    struct token key;
    assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, ALL, NULL), 0);
    assert_int_equal(cosmock_user_boundary_set(c->tenant, CLIENT_SUB_UIN, ALL_BUT_GETS, NULL),
                     0);
    key_of(c, SUB, &key);
    struct answer a = get_with(c, &key);
    assert_int_equal(a.status, 403);
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_int_equal(e->n_questions, 1);
    assert_false(e->questions[0].allowed);
    assert_string_equal(e->questions[0].layer, "boundary");
    assert_string_equal(e->questions[0].policy, "permission boundary of uin " CLIENT_SUB_UIN);
    assert_int_equal(e->questions[0].statement, 1);
    (void)cosmock_entries_free(e);
    struct cosmock_explain_query query = COSMOCK_EXPLAIN_QUERY_INIT;
    query.uin = CLIENT_SUB_UIN;
    query.action = "name/cos:GetObject";
    query.resource = "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/k";
    char *json = NULL;
    assert_int_equal(cosmock_policy_explain(c->tenant, &query, &json, NULL), 0);
    assert_non_null(strstr(json, "\"reason\":\"explicit_deny:boundary\""));
    assert_non_null(strstr(json, "\"boundary\":[{\"layer\":\"boundary\",\"policy\":"
                                 "\"permission boundary of uin " CLIENT_SUB_UIN
                                 "\",\"statement\":0,\"effect\":\"allow\",\"applies\":true}"));
    free(json);
}

/* To assume a role takes a right of one's own. */
static void what_a_boundary_leaves_out_nobody_assumes(void **state)
{
    static const struct token sub = {.id = CLIENT_SUB_ID, .secret = CLIENT_SUB_SECRET};
    static const struct {
        const char *boundary;
        const char *code;
    } rows[] = {{GETS, "UnauthorizedOperation"},
                {POLICY(STATEMENT("allow", "name/sts:AssumeRole")), ""}};
    struct client *c = *state;
    assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, ALL, NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        assert_int_equal(cosmock_user_boundary_set(c->tenant, CLIENT_SUB_UIN, rows[i].boundary,
                                                   NULL),
                         0);
        struct answer a = sts_call(c, &sub, "AssumeRole",
                                   "{\"RoleArn\":\"qcs::cam::uin/" ACCOUNT_UIN
                                   ":roleName/app\",\"RoleSessionName\":\"mock\"}");
        assert_string_equal(sts_code(&a), rows[i].code);
        answer_free(&a);
    }
}

static void an_account_has_no_boundary(void **state)
{
    struct client *c = *state;
    struct cosmock_error err;
    assert_int_equal(cosmock_user_boundary_set(c->tenant, ACCOUNT_UIN, PUTS, &err),
                     COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "boundaries are of users and roles"));
    assert_int_equal(cosmock_user_boundary_set(c->tenant, "7", PUTS, &err),
                     COSMOCK_E_NOT_FOUND);
    assert_int_equal(cosmock_user_boundary_set(c->tenant, CLIENT_SUB_UIN, "{}", &err),
                     COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "policy of " CLIENT_SUB_UIN ", line 1"));
}

/* What is put for one of them leaves the others. */
static void policies_and_boundary_are_put_apart(void **state)
{
    struct client *c = *state;
    struct token key;
    struct cosmock_role role = COSMOCK_ROLE_INIT;
    role.name = "app";
    role.trust = TRUST;
    role.policy = ALL;
    assert_int_equal(cosmock_user_boundary_set(c->tenant, ROLE_ID, GETS, NULL), 0);
    assert_int_equal(cosmock_user_policy_set(c->tenant, ROLE_ID, PUTS, NULL), 0);
    assert_int_equal(cosmock_role_put(c->tenant, &role, NULL), 0);
    key_of(c, ROLE, &key);
    struct answer a = get_with(c, &key);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    assert_int_equal(cosmock_user_boundary_set(c->tenant, ROLE_ID, PUTS, NULL), 0);
    assert_int_equal(cosmock_role_put(c->tenant, &role, NULL), 0);
    a = get_with(c, &key);
    assert_int_equal(a.status, 403);
    answer_free(&a);
}

static void expect_bounded(struct client *c)
{
    static const struct token sub = {.id = CLIENT_SUB_ID, .secret = CLIENT_SUB_SECRET};
    struct answer a = get_with(c, &sub);
    assert_int_equal(a.status, 403);
    assert_non_null(strstr(answer_header(&a, "x-cosmock-reason"),
                           "statement 0 of the permission boundary writers allows action"));
    answer_free(&a);
}

/* A policy is named there as everywhere; and it comes back from a snapshot. */
static void a_world_file_gives_boundaries(void **state)
{
    static const char with_boundary[] = "accounts:\n"
                                        "  - uin: \"" ACCOUNT_UIN "\"\n"
                                        "    appid: \"1250000000\"\n"
                                        "    users:\n"
                                        "      - uin: \"" CLIENT_SUB_UIN "\"\n"
                                        "        keys:\n"
                                        "          - {secret_id: \"" CLIENT_SUB_ID
                                        "\", secret_key: \"" CLIENT_SUB_SECRET "\"}\n"
                                        "        policies: ['" ALL "']\n"
                                        "        boundary: writers\n"
                                        "policies:\n"
                                        "  writers: '" PUTS "'\n"
                                        "buckets:\n"
                                        "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n";
    struct client *c = *state;
    struct scratch s;
    char path[256];
    scratch_make(&s);
    (void)snprintf(path, sizeof(path), "%s/snapshot", s.path);
    client_shut(c);
    client_open_world(c, with_boundary);
    expect_bounded(c);
    assert_int_equal(cosmock_tenant_save(c->tenant, path, NULL), COSMOCK_OK);
    assert_int_equal(cosmock_user_boundary_set(c->tenant, CLIENT_SUB_UIN, NULL, NULL), 0);
    assert_int_equal(cosmock_tenant_restore(c->tenant, path, NULL), COSMOCK_OK);
    expect_bounded(c);
    scratch_remove(&s);
}

#define BOUNDARY_TEST(f) cmocka_unit_test_setup_teardown(f, open_world, client_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOUNDARY_TEST(a_boundary_bounds_what_policies_give),
        BOUNDARY_TEST(a_denial_by_a_boundary_is_kept_and_explained),
        BOUNDARY_TEST(what_a_boundary_leaves_out_nobody_assumes),
        BOUNDARY_TEST(an_account_has_no_boundary),
        BOUNDARY_TEST(policies_and_boundary_are_put_apart),
        BOUNDARY_TEST(a_world_file_gives_boundaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
