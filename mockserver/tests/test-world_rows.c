/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a world: they say what was put, and one that is cut or goes on says nothing. */
#include "world/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool reads_user(const struct row *row)
{
    struct user_row ignored;
    return user_row_read(row, &ignored);
}

static bool reads_key(const struct row *row)
{
    struct key_row ignored;
    return key_row_read(row, &ignored);
}

static bool reads_switch(const struct row *row)
{
    struct switch_row_text ignored;
    return switch_row_read(row, &ignored);
}

static bool reads_clock(const struct row *row)
{
    struct clock_row ignored;
    return clock_row_read(row, &ignored);
}

static bool reads_number(const struct row *row)
{
    int64_t ignored;
    return mark_number_read(row, &ignored);
}

static const struct user_row user = {.order = 3,
                                     .uin = {"100", 3},
                                     .owner_uin = {"1", 1},
                                     .appid = {"125", 3},
                                     .name = {"reader", 6}};
static const struct policy_row policies[] = {{{"read-only", 9}, {"{}", 2}},
                                             {{"", 0}, {"{ }", 3}}};
static const struct key_row permanent = {.order = 4,
                                         .secret_id = {"AKIDx", 5},
                                         .uin = {"100", 3},
                                         .secret_key = {"s", 1},
                                         .is_revoked = true};
static const struct key_row temporary = {.order = UINT64_MAX,
                                         .secret_id = {"AKIDy", 5},
                                         .uin = {"100", 3},
                                         .secret_key = {"s", 1},
                                         .is_temporary = true,
                                         .token = {"token", 5},
                                         .federated_name = {"alice", 5},
                                         .expires_unix_ms = -1,
                                         .has_session = true,
                                         .session = {"{}", 2}};

/* Every kind of row that has one form. */
static const struct {
    const char *name;
    bool (*reads)(const struct row *row);
} kinds[] = {
    {"user", reads_user},     {"key", reads_key},     {"temporary key", reads_key},
    {"switch", reads_switch}, {"clock", reads_clock}, {"number", reads_number},
};

static struct batch *all_rows(void)
{
    struct batch *b = batch_new();
    user_row_put(b, &user, policies, 2);
    key_row_put(b, &permanent);
    key_row_put(b, &temporary);
    switch_row_put(b, COS_SPAN_LIT("if-range"), COS_SPAN_LIT("ignore"));
    clock_row_put(b, &(struct clock_row){2, INT64_MIN});
    mark_number_put(b, MARK_TTL, -5);
    assert_int_equal(batch_size(b), COS_ARRAY_LEN(kinds));
    return b;
}

static bool reads_value(size_t kind, struct cos_span key, struct cos_span value)
{
    struct row *row = row_new(key, value, /* blob= */ NULL, /* budget= */ NULL);
    bool is_read = kinds[kind].reads(row);
    row_unref(row);
    return is_read;
}

static void a_row_that_is_cut_or_goes_on_is_none(void **state)
{
    struct batch *b = all_rows();
    for (size_t i = 0; i < COS_ARRAY_LEN(kinds); i++) {
        struct row *row = batch_change(b, i).row;
        struct cos_span value = row_value(row);
        char longer[512];
        assert_true(value.len < sizeof(longer));
        memcpy(longer, value.ptr, value.len);
        longer[value.len] = 0;
        assert_true(reads_value(i, row_key(row), value));
        for (size_t n = 0; n < value.len; n++) {
            if (reads_value(i, row_key(row), cos_span_sub(value, 0, n))) {
                fail_msg("%s, cut to %zu of %zu bytes", kinds[i].name, n, value.len);
            }
        }
        assert_false(reads_value(i, row_key(row), cos_span_make(longer, value.len + 1)));
        longer[0]++; /* the format of a mock that is newer */
        assert_false(reads_value(i, row_key(row), cos_span_make(longer, value.len)));
    }
    (void)batch_free(b);
}

static void a_users_row_says_what_was_put(void **state)
{
    struct batch *b = all_rows();
    struct user_row got;
    assert_true(user_row_read(batch_change(b, 0).row, &got));
    assert_int_equal(got.order, 3);
    assert_true(cos_span_eq(got.uin, user.uin));
    assert_true(cos_span_eq(got.owner_uin, user.owner_uin));
    assert_true(cos_span_eq(got.appid, user.appid));
    assert_true(cos_span_eq(got.name, user.name));
    assert_int_equal(got.n_policies, 2);
    struct policy_row p;
    for (size_t i = 0; i < 2; i++) {
        assert_true(user_row_policy(&got, &p));
        assert_true(cos_span_eq(p.name, policies[i].name));
        assert_true(cos_span_eq(p.json, policies[i].json));
    }
    assert_false(user_row_policy(&got, &p));
    (void)batch_free(b);
}

static void a_keys_row_says_what_was_put(void **state)
{
    struct batch *b = all_rows();
    struct key_row got;
    assert_true(key_row_read(batch_change(b, 1).row, &got));
    assert_true(got.is_revoked);
    assert_false(got.is_temporary);
    assert_true(cos_span_eq(got.secret_key, permanent.secret_key));
    assert_true(key_row_read(batch_change(b, 2).row, &got));
    assert_false(got.is_revoked);
    assert_true(got.is_temporary && got.has_session);
    assert_true(got.order == UINT64_MAX && got.expires_unix_ms == -1);
    assert_true(cos_span_eq(got.secret_id, temporary.secret_id));
    assert_true(cos_span_eq(got.token, temporary.token));
    assert_true(cos_span_eq(got.federated_name, temporary.federated_name));
    assert_true(cos_span_eq(got.session, temporary.session));
    (void)batch_free(b);
}

static void the_other_rows_say_what_was_put(void **state)
{
    struct batch *b = all_rows();
    struct switch_row_text s;
    struct clock_row clock;
    int64_t number;
    assert_true(switch_row_read(batch_change(b, 3).row, &s));
    assert_true(cos_span_eq_str(s.name, "if-range") && cos_span_eq_str(s.value, "ignore"));
    assert_true(clock_row_read(batch_change(b, 4).row, &clock));
    assert_true(clock.which == 2 && clock.word == INT64_MIN);
    assert_true(mark_number_read(batch_change(b, 5).row, &number));
    assert_int_equal(number, -5);
    (void)batch_free(b);
}

static void a_list_of_texts_says_what_was_put(void **state)
{
    const struct cos_span texts[] = {{"a", 1}, {"", 0}, {"c", 1}};
    struct batch *b = batch_new();
    mark_texts_put(b, MARK_SUFFIXES, texts, 3);
    struct row *row = batch_change(b, 0).row;
    struct cos_span rest;
    struct cos_span text;
    assert_true(mark_texts_read(row, &rest));
    for (size_t i = 0; i < 3; i++) {
        assert_true(mark_text_next(&rest, &text));
        assert_true(cos_span_eq(text, texts[i]));
    }
    assert_false(mark_text_next(&rest, &text));
    struct row *cut =
        row_new(row_key(row), cos_span_sub(row_value(row), 0, row_value(row).len - 1),
                /* blob= */ NULL, /* budget= */ NULL);
    assert_false(mark_texts_read(cut, &rest));
    row_unref(cut);
    (void)batch_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_that_is_cut_or_goes_on_is_none),
        cmocka_unit_test(a_users_row_says_what_was_put),
        cmocka_unit_test(a_keys_row_says_what_was_put),
        cmocka_unit_test(the_other_rows_say_what_was_put),
        cmocka_unit_test(a_list_of_texts_says_what_was_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
