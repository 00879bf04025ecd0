/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world is a projection of rows: what was not kept is not seen, by nobody, and leaves no
 * name behind.
 */
#include "world/projection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "issue.h"
#include "world/maps.h"
#include "world/mock.h"

#define ACCOUNT "100000000001"
#define READER "100000000011"

struct stage {
    struct cosmock *mock;
    struct cosmock_tenant *t;
    const struct backend_ops *ops; /* of the rows */
    struct backend_ops full;       /* the same with a full disk */
};

static bool commit_to_full_disk(struct backend *b, struct batch *batch, struct commit *c)
{
    (void)batch_free(batch);
    c->result = BACKEND_NO_ROOM;
    (void)snprintf(c->reason, sizeof(c->reason), "the disk is full");
    return true;
}

static int open_stage(void **state)
{
    static struct stage s;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.seed = 5;
    *state = &s;
    if (cosmock_new(&s.mock, NULL, NULL) < 0 ||
        cosmock_tenant_new(s.mock, &s.t, &options, NULL) < 0) {
        return -1;
    }
    s.ops = s.t->rows->ops;
    s.full = *s.ops;
    s.full.commit = commit_to_full_disk;
    s.t->rows->ops = &s.full;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *s = *state;
    s->t->rows->ops = s->ops;
    s->t = cosmock_tenant_free(s->t);
    s->mock = cosmock_free(s->mock);
    return 0;
}

static void says_the_disk_is_full(int r, const struct cosmock_error *err)
{
    assert_int_equal(r, COSMOCK_E_IO);
    assert_non_null(strstr(err->message, "the disk is full"));
}

static void a_switch_that_is_not_kept_stays_as_it_was(void **state)
{
    struct stage *s = *state;
    struct cosmock_error err;
    says_the_disk_is_full(cosmock_switch_set(s->t, "enforcement", "off", &err), &err);
    says_the_disk_is_full(cosmock_switch_set(s->t, "session-token-bytes", "901", &err), &err);
    assert_string_equal(cosmock_switch_get(s->t, "enforcement"), "enforce");
    assert_string_not_equal(cosmock_switch_get(s->t, "session-token-bytes"), "901");
    s->t->rows->ops = s->ops;
    assert_int_equal(cosmock_switch_set(s->t, "enforcement", "off", &err), 0);
    assert_string_equal(cosmock_switch_get(s->t, "enforcement"), "off");
}

static void a_clock_that_is_not_kept_goes_on(void **state)
{
    struct stage *s = *state;
    int64_t before = cosmock_clock_now_unix_ms(s->t, COSMOCK_CLOCK_TOKEN);
    assert_int_equal(cosmock_clock_freeze(s->t, COSMOCK_CLOCK_TOKEN, 77), COSMOCK_E_IO);
    assert_int_equal(cosmock_clock_advance(s->t, COSMOCK_CLOCK_TOKEN, -before), COSMOCK_E_IO);
    assert_int_equal(cosmock_clock_follow(s->t, COSMOCK_CLOCK_TOKEN, -before), COSMOCK_E_IO);
    assert_int_equal(cosmock_ttl_override(s->t, 9), COSMOCK_E_IO);
    assert_true(cosmock_clock_now_unix_ms(s->t, COSMOCK_CLOCK_TOKEN) >= before);
    assert_int_equal(s->t->ttl_override_s, 0);
}

static size_t n_policies_of(struct cosmock_tenant *t, const char *uin)
{
    struct user *user = world_user_find(t, uin);
    struct policy_set *policies = world_user_policies(t, user);
    size_t n = policies->n;
    policy_set_unref(policies);
    user_unref(user);
    return n;
}

static void a_policy_that_is_not_kept_leaves_the_old_one(void **state)
{
    struct stage *s = *state;
    struct cosmock_error err;
    assert_int_equal(n_policies_of(s->t, READER), 1);
    says_the_disk_is_full(cosmock_user_policy_set(s->t, READER, /* json= */ NULL, &err), &err);
    assert_int_equal(n_policies_of(s->t, READER), 1);
    s->t->rows->ops = s->ops;
    assert_int_equal(cosmock_user_policy_set(s->t, READER, /* json= */ NULL, &err), 0);
    assert_int_equal(n_policies_of(s->t, READER), 0);
}

static void a_key_whose_end_is_not_kept_lives_on(void **state)
{
    struct stage *s = *state;
    struct cosmock_world_info info;
    struct cosmock_error err;
    cosmock_world_info(s->t, &info);
    says_the_disk_is_full(cosmock_key_revoke(s->t, info.secret_id, &err), &err);
    struct access_key *key = world_key_find(s->t, cos_span_of(info.secret_id));
    assert_false(key->revoked);
    access_key_unref(key);
}

static void a_token_that_is_not_kept_leaves_no_name_behind(void **state)
{
    struct stage *s = *state;
    struct user *user = world_user_find(s->t, ACCOUNT);
    const struct key_grant grant = {user, "n", /* session= */ NULL, 1};
    size_t before = s->t->maps->keys.n;
    assert_null(issue_key(s->t, &grant));
    assert_int_equal(s->t->maps->keys.n, before);
    user_unref(user);
}

static void a_world_that_is_not_kept_leaves_no_name_behind(void **state)
{
    struct stage *s = *state;
    static const char text[] = "accounts:\n  - {uin: \"7\", appid: \"77\", keys: "
                               "[{secret_id: AKIDgiven, secret_key: x}]}\n";
    struct cosmock_error err;
    says_the_disk_is_full(world_load(s->t, cos_span_of(text), "w", /* warner= */ NULL, &err),
                          &err);
    assert_null(world_user_find(s->t, "7"));
    assert_null(registry_by_secret_id(s->mock, COS_SPAN_LIT("AKIDgiven")));
    s->t->rows->ops = s->ops;
    assert_int_equal(world_load(s->t, cos_span_of(text), "w", /* warner= */ NULL, &err), 0);
    struct cosmock_tenant *t = registry_by_secret_id(s->mock, COS_SPAN_LIT("AKIDgiven"));
    assert_ptr_equal(t, s->t);
    tenant_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_switch_that_is_not_kept_stays_as_it_was, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(a_clock_that_is_not_kept_goes_on, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(a_policy_that_is_not_kept_leaves_the_old_one,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_key_whose_end_is_not_kept_lives_on, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(a_token_that_is_not_kept_leaves_no_name_behind,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_world_that_is_not_kept_leaves_no_name_behind,
                                        open_stage, close_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
