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

#include "cosbase/buf.h"
#include "issue.h"
#include "world/maps.h"
#include "world/mock.h"
#include "world/rows.h"

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
    const struct world_source source = {.yaml = COS_SPAN_LIT(text), .origin = "w"};
    struct cosmock_error err;
    says_the_disk_is_full(world_load_source(s->t, &source, /* warner= */ NULL, &err), &err);
    assert_null(world_user_find(s->t, "7"));
    assert_null(registry_by_secret_id(s->mock, COS_SPAN_LIT("AKIDgiven")));
    s->t->rows->ops = s->ops;
    assert_int_equal(world_load_source(s->t, &source, /* warner= */ NULL, &err), 0);
    struct cosmock_tenant *t = registry_by_secret_id(s->mock, COS_SPAN_LIT("AKIDgiven"));
    assert_ptr_equal(t, s->t);
    tenant_unref(t);
}

/* --- everything is replaced --- */

/* One key is new, one has its name from before. */
static struct batch *another_world(struct cosmock_tenant *t, const char *same_id)
{
    struct batch *b = batch_new();
    assert_non_null(b);
    batch_delete_all(b, COS_SPAN_EMPTY);
    user_row_put(b, &(struct user_row){.order = 90,
                                       .uin = COS_SPAN_LIT("7"),
                                       .owner_uin = COS_SPAN_LIT("7"),
                                       .appid = COS_SPAN_LIT("77")});
    key_row_put(b, &(struct key_row){.order = 92,
                                     .secret_id = COS_SPAN_LIT("AKIDnew"),
                                     .uin = COS_SPAN_LIT("7"),
                                     .secret_key = COS_SPAN_LIT("new")});
    key_row_put(b, &(struct key_row){.order = 91,
                                     .secret_id = cos_span_of(same_id),
                                     .uin = COS_SPAN_LIT("7"),
                                     .secret_key = COS_SPAN_LIT("other")});
    assert_int_equal(world_key_claim(t, COS_SPAN_LIT("AKIDnew")), 0);
    return b;
}

static void gather_key(void *ctx, const struct cosmock_key *key)
{
    cos_buf_printf(ctx, "%s %s %s;", key->uin, key->secret_id, key->secret_key);
}

static void what_is_replaced_is_gone_with_its_names(void **state)
{
    struct stage *s = *state;
    struct cosmock_world_info before;
    struct cosmock_world_info now;
    char said[200];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf keys;
    cos_buf_init(&keys, 4096);
    s->t->rows->ops = s->ops;
    cosmock_world_info(s->t, &before);
    struct user *user = world_user_find(s->t, ACCOUNT);
    struct access_key *token =
        issue_key(s->t, &(struct key_grant){.user = user, .federated_name = "n"});
    assert_non_null(token);
    (void)snprintf(said, sizeof(said), "7 %s other;7 AKIDnew new;", before.secret_id);
    assert_int_equal(world_commit(s->t, another_world(s->t, before.secret_id),
                                  /* c= */ NULL, "a world", /* err= */ NULL),
                     0);
    assert_null(world_user_find(s->t, ACCOUNT));
    assert_null(world_key_find(s->t, cos_span_of(token->secret_id)));
    assert_null(registry_by_secret_id(s->mock, cos_span_of(token->secret_id)));
    assert_int_equal(s->t->maps->n_temporary, 0);
    assert_int_equal(cosmock_key_each(s->t, gather_key, &keys), 0);
    assert_string_equal(cos_buf_cstr(&keys), said);
    cosmock_world_info(s->t, &now);
    assert_string_equal(now.owner_uin, "7");
    assert_string_equal(now.secret_key, "other");
    assert_string_equal(before.owner_uin, ACCOUNT); /* lent until the tenant is freed */
    user_unref(user);
    access_key_unref(token);
}

static void what_is_replaced_was_never_set(void **state)
{
    struct stage *s = *state;
    struct cosmock_world_info info;
    s->t->rows->ops = s->ops;
    cosmock_world_info(s->t, &info);
    assert_int_equal(cosmock_switch_set(s->t, "enforcement", "off", NULL), 0);
    assert_int_equal(cosmock_switch_set(s->t, "session-token-bytes", "901", NULL), 0);
    assert_int_equal(cosmock_clock_freeze(s->t, COSMOCK_CLOCK_TOKEN, 77), 0);
    assert_int_equal(cosmock_ttl_override(s->t, 9), 0);
    assert_int_equal(world_commit(s->t, another_world(s->t, info.secret_id), /* c= */ NULL,
                                  "a world", /* err= */ NULL),
                     0);
    assert_string_equal(cosmock_switch_get(s->t, "enforcement"), "enforce");
    assert_string_not_equal(cosmock_switch_get(s->t, "session-token-bytes"), "901");
    assert_true(cosmock_clock_now_unix_ms(s->t, COSMOCK_CLOCK_TOKEN) > 77);
    assert_int_equal(s->t->ttl_override_s, 0);
    assert_null(world_suffixes(s->t)[0]);
}

static void what_is_not_replaced_after_all_stays(void **state)
{
    struct stage *s = *state;
    struct cosmock_world_info info;
    struct cosmock_error err;
    cosmock_world_info(s->t, &info);
    says_the_disk_is_full(world_commit(s->t, another_world(s->t, info.secret_id),
                                       /* c= */ NULL, "a world", &err),
                          &err);
    world_key_give_up(s->t, COS_SPAN_LIT("AKIDnew"));
    struct access_key *key = world_key_find(s->t, cos_span_of(info.secret_id));
    assert_string_equal(key->user->uin, ACCOUNT);
    access_key_unref(key);
    assert_int_equal(n_policies_of(s->t, READER), 1);
    assert_null(world_user_find(s->t, "7"));
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
        cmocka_unit_test_setup_teardown(what_is_replaced_is_gone_with_its_names, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(what_is_replaced_was_never_set, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(what_is_not_replaced_after_all_stays, open_stage,
                                        close_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
