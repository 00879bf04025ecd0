/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Principals: one row a way of being somebody, and what GetCallerIdentity calls it (1312/66098,
 * the table of AssumedRole, CAMUser and federated users).
 */
#include "exchange/principal.h"

#include "issue.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROOT "100000000001"
#define SUB "100000000011"
#define POLICY                                                                             \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"name/cos:*\"," \
    "\"resource\":\"*\"}]}"

struct stage {
    struct cosmock *mock;
    struct cosmock_tenant *t;
    struct cos_arena arena;
};

static struct stage stage;

static int open_stage(void **state)
{
    static const char world[] = "accounts:\n"
                                "  - uin: \"" ROOT "\"\n"
                                "    appid: \"1250000000\"\n"
                                "    users:\n"
                                "      - uin: \"" SUB "\"\n"
                                "        policies:\n"
                                "          - '" POLICY "'\n";
    struct stage *s = &stage;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = world;
    *state = s;
    struct cosmock_error err = {0};
    if (cosmock_new(&s->mock, NULL, &err) < 0 ||
        cosmock_tenant_new(s->mock, &s->t, &options, &err) < 0) {
        print_error("%s\n", err.message);
        return -1;
    }
    cos_arena_init(&s->arena, 1u << 16);
    return 0;
}

static int close_stage(void **state)
{
    struct stage *s = *state;
    cos_arena_deinit(&s->arena);
    s->t = cosmock_tenant_free(s->t);
    s->mock = cosmock_free(s->mock);
    return 0;
}

/* NULL: without a policy of its own. */
static struct access_key *issue(struct stage *s, struct user *user, const char *policy)
{
    struct cam_policy *session = NULL;
    struct cos_text_error err = {0};
    if (policy != NULL) {
        assert_int_equal(cam_policy_parse(&session, cos_span_of(policy), CAM_SESSION, "alice",
                                          &err),
                         0);
    }
    const struct key_grant grant = {user, "alice", session, INT64_MAX};
    struct access_key *key = issue_key(s->t, &grant);
    assert_non_null(key);
    cam_policy_unref(session);
    return key;
}

enum way { NOBODY, ITSELF, BY_TOKEN, BY_BARE_TOKEN };

static struct principal make(struct stage *s, enum way way, const char *uin)
{
    struct user *user = world_user_find(s->t, uin);
    struct principal p;
    if (way == NOBODY) {
        principal_anonymous(&p);
    } else if (way == ITSELF) {
        principal_of_user(&p, s->t, user);
    } else {
        struct access_key *key = issue(s, user, way == BY_TOKEN ? POLICY : NULL);
        struct key_view found = world_key_view(s->t, cos_span_of(key->secret_id));
        principal_of_key(&p, &found);
        key_view_release(&found);
        access_key_unref(key);
    }
    user_unref(user);
    return p;
}

static void a_principal_is_its_kind_its_owner_and_its_policies(void **state)
{
    static const struct {
        enum way way;
        const char *uin, *owner, *arn, *name;
        enum cam_kind kind;
        size_t n_policies;
        bool has_session, speaks_for_account;
    } rows[] = {
        {NOBODY, "", "", "", "", CAM_ANONYMOUS, 0, false, false},
        {ITSELF, ROOT, ROOT, "qcs::cam:" ROOT ":uin/" ROOT, ROOT, CAM_ROOT, 0, false, true},
        {ITSELF, SUB, ROOT, "qcs::cam:" ROOT ":uin/" SUB, SUB, CAM_USER, 1, false, false},
        {BY_TOKEN, ROOT, ROOT, "qcs::sts:" ROOT ":federated-user/" ROOT, ROOT ":alice",
         CAM_FEDERATED, 0, true, true},
        {BY_TOKEN, SUB, ROOT, "qcs::sts:" ROOT ":federated-user/" SUB, SUB ":alice",
         CAM_FEDERATED, 1, true, false},
        {BY_BARE_TOKEN, SUB, ROOT, "qcs::sts:" ROOT ":federated-user/" SUB, SUB ":alice",
         CAM_FEDERATED, 1, false, false},
    };
    struct stage *s = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct principal p = make(s, rows[i].way, rows[i].uin);
        assert_int_equal(p.who.kind, rows[i].kind);
        assert_string_equal(p.who.uin, rows[i].uin);
        assert_string_equal(p.who.owner_uin, rows[i].owner);
        assert_int_equal(p.who.n_policies, rows[i].n_policies);
        assert_int_equal(p.who.session != NULL, rows[i].has_session);
        assert_int_equal(cam_speaks_for_account(&p.who), rows[i].speaks_for_account);
        struct cos_span arn = principal_arn(&s->arena, &p);
        struct cos_span name = principal_name(&s->arena, &p, ':');
        assert_true(cos_span_eq_str(arn, rows[i].arn));
        assert_true(cos_span_eq_str(name, rows[i].name));
        principal_deinit(&p);
    }
}

/* A change counts for the next request, not for the rest of this one. */
static void a_principal_keeps_the_policies_it_began_with(void **state)
{
    struct stage *s = *state;
    struct principal before = make(s, BY_TOKEN, SUB);
    assert_int_equal(cosmock_user_policy_set(s->t, SUB, NULL, NULL), 0);
    struct user *user = before.user;
    struct key_view found = world_key_view(s->t, cos_span_of(before.key->secret_id));
    struct principal after;
    principal_of_key(&after, &found);
    assert_ptr_equal(after.user, user);
    assert_int_equal(before.who.n_policies, 1);
    assert_int_equal(after.who.n_policies, 0);
    key_view_release(&found);
    principal_deinit(&before);
    principal_deinit(&after);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)
    const struct CMUnitTest tests[] = {
        TEST(a_principal_is_its_kind_its_owner_and_its_policies),
        TEST(a_principal_keeps_the_policies_it_began_with),
    };
    return cmocka_run_group_tests_name("principal", tests, NULL, NULL);
}
