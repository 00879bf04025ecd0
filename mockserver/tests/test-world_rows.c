/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a world: they say what was put, in whatever kind of row it was. */
#include "world/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The one row that was put. */
static struct row *row_of(const struct batch *b)
{
    assert_false(batch_failed(b));
    assert_int_equal(batch_size(b), 1);
    return batch_change(b, 0).row;
}

static void a_users_row_says_what_was_put(void **state)
{
    static const struct user_row put = {.order = 3,
                                        .uin = {"100", 3},
                                        .owner_uin = {"1", 1},
                                        .appid = {"125", 3},
                                        .name = {"reader", 6},
                                        .boundary = {"\1p\2{}", 5}};
    struct batch *b = batch_new();
    user_row_put(b, &put);
    struct user_row got;
    assert_true(user_row_read(row_of(b), &got));
    assert_int_equal(got.order, 3);
    assert_true(cos_span_eq(got.uin, put.uin));
    assert_true(cos_span_eq(got.owner_uin, put.owner_uin));
    assert_true(cos_span_eq(got.appid, put.appid));
    assert_true(cos_span_eq(got.name, put.name));
    assert_int_equal(got.policies.len, 0);
    assert_true(cos_span_eq(got.boundary, put.boundary));
    (void)batch_free(b);
}

static void a_keys_row_says_what_was_put(void **state)
{
    static const struct key_row put = {.order = UINT64_MAX,
                                       .secret_id = {"AKIDy", 5},
                                       .uin = {"100", 3},
                                       .secret_key = {"s", 1},
                                       .is_revoked = true,
                                       .is_temporary = true,
                                       .token = {"token", 5},
                                       .federated_name = {"alice", 5},
                                       .expires_unix_ms = -1,
                                       .session = {"{}", 2}};
    struct batch *b = batch_new();
    key_row_put(b, &put);
    struct key_row got;
    assert_true(key_row_read(row_of(b), &got));
    assert_true(got.is_revoked && got.is_temporary);
    assert_true(got.order == UINT64_MAX && got.expires_unix_ms == -1);
    assert_true(cos_span_eq(got.secret_id, put.secret_id));
    assert_true(cos_span_eq(got.uin, put.uin));
    assert_true(cos_span_eq(got.secret_key, put.secret_key));
    assert_true(cos_span_eq(got.token, put.token));
    assert_true(cos_span_eq(got.federated_name, put.federated_name));
    assert_true(cos_span_eq(got.session, put.session));
    (void)batch_free(b);
}

static void a_policys_row_says_what_was_put(void **state)
{
    struct named_policy put = {.id = {"17000001", 8},
                               .said = {.owner_uin = {"7", 1},
                                        .name = {"reads", 5},
                                        .description = {"d", 1},
                                        .created_unix_ms = -1,
                                        .updated_unix_ms = 2,
                                        .default_version = 2,
                                        .last_version = 3,
                                        .versions = {"\1v\2{}", 5},
                                        .attached = {"\1u\0", 3}}};
    struct batch *b = batch_new();
    policy_row_put(b, &put);
    struct named_policy got;
    assert_true(policy_row_read(row_of(b), &got));
    assert_true(cos_span_eq(got.id, put.id));
    assert_true(cos_span_eq(got.said.owner_uin, put.said.owner_uin));
    assert_true(cos_span_eq(got.said.name, put.said.name));
    assert_true(cos_span_eq(got.said.description, put.said.description));
    assert_true(got.said.created_unix_ms == -1 && got.said.updated_unix_ms == 2);
    assert_true(got.said.default_version == 2 && got.said.last_version == 3);
    assert_true(cos_span_eq(got.said.versions, put.said.versions));
    assert_true(cos_span_eq(got.said.attached, put.said.attached));
    (void)batch_free(b);
}

static void a_groups_row_says_what_was_put(void **state)
{
    struct named_group put = {.id = {"100001", 6},
                              .said = {.owner_uin = {"7", 1},
                                       .name = {"team", 4},
                                       .remark = {"r", 1},
                                       .created_unix_ms = 5,
                                       .members = {"\1u\1t", 4}}};
    struct batch *b = batch_new();
    group_row_put(b, &put);
    struct named_group got;
    struct named_policy other;
    assert_true(group_row_read(row_of(b), &got));
    assert_false(policy_row_read(row_of(b), &other));
    assert_true(cos_span_eq(got.id, put.id));
    assert_true(cos_span_eq(got.said.owner_uin, put.said.owner_uin));
    assert_true(cos_span_eq(got.said.name, put.said.name));
    assert_true(cos_span_eq(got.said.remark, put.said.remark));
    assert_int_equal(got.said.created_unix_ms, 5);
    assert_true(cos_span_eq(got.said.members, put.said.members));
    (void)batch_free(b);
}

static void a_switchs_row_says_what_was_put(void **state)
{
    struct batch *b = batch_new();
    switch_row_put(b, &(struct set_switch){COS_SPAN_LIT("if-range"), COS_SPAN_LIT("ignore")});
    struct set_switch got;
    assert_true(switch_row_read(row_of(b), &got));
    assert_true(cos_span_eq_str(got.name, "if-range"));
    assert_true(cos_span_eq_str(got.value, "ignore"));
    (void)batch_free(b);
}

static void a_clocks_row_says_what_was_put(void **state)
{
    struct batch *b = batch_new();
    clock_row_put(b, &(struct set_clock){2, true, -7});
    struct set_clock got;
    assert_true(clock_row_read(row_of(b), &got));
    assert_true(got.which == 2 && got.is_frozen && got.value_ms == -7);
    (void)batch_free(b);
}

static void a_mark_says_what_was_put(void **state)
{
    struct batch *b = batch_new();
    mark_row_put(b, MARK_TTL, &(struct mark){-5, COS_SPAN_LIT("text")});
    struct cos_span name;
    struct mark got;
    assert_true(mark_row_read(row_of(b), &name, &got));
    assert_true(cos_span_eq_str(name, MARK_TTL));
    assert_int_equal(got.number, -5);
    assert_true(cos_span_eq_str(got.text, "text"));
    (void)batch_free(b);
}

static void a_row_of_another_kind_says_nothing(void **state)
{
    struct batch *b = batch_new();
    mark_row_put(b, MARK_TTL, &(struct mark){.number = 1});
    struct user_row user;
    struct key_row key;
    struct set_switch set_switch;
    struct set_clock set_clock;
    assert_false(user_row_read(row_of(b), &user));
    assert_false(key_row_read(row_of(b), &key));
    assert_false(switch_row_read(row_of(b), &set_switch));
    assert_false(clock_row_read(row_of(b), &set_clock));
    (void)batch_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_users_row_says_what_was_put),
        cmocka_unit_test(a_keys_row_says_what_was_put),
        cmocka_unit_test(a_policys_row_says_what_was_put),
        cmocka_unit_test(a_groups_row_says_what_was_put),
        cmocka_unit_test(a_switchs_row_says_what_was_put),
        cmocka_unit_test(a_clocks_row_says_what_was_put),
        cmocka_unit_test(a_mark_says_what_was_put),
        cmocka_unit_test(a_row_of_another_kind_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
