/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets: copied, replaced, hinted at, wiped.
 */
#include "check.h"
#include "cosbase/secret.h"

#include <sys/resource.h>
#include <sys/wait.h>

static void a_secret_is_a_copy_and_can_be_replaced(void **state)
{
    char source[] = "first";
    struct cos_secret s = {0};
    assert_int_equal(cos_secret_set(&s, cos_span_of(source)), 0);
    memset(source, 'x', 5);
    assert_true(cos_span_eq_str(cos_secret_view(&s), "first"));
    assert_int_equal(cos_secret_set(&s, cos_secret_view(&s)), 0);
    assert_string_equal(s.ptr, "first");
    cos_secret_deinit(&s);
    assert_null(s.ptr);
    assert_int_equal(cos_secret_view(&s).len, 0);
    cos_secret_deinit(&s);
}

static void a_hint_shows_four_characters_at_most(void **state)
{
    static const struct {
        struct cos_span value;
        const char *hint;
    } rows[] = {
        {COS_SPAN_LIT("AKIDEXAMPLE"), "AKID\xe2\x80\xa6"},
        {COS_SPAN_LIT("12345678"), "1234\xe2\x80\xa6"},
        {COS_SPAN_LIT("1234567"), "\xe2\x80\xa6"},
        {COS_SPAN_LIT(""), "\xe2\x80\xa6"},
        {COS_SPAN_LIT("a\0\n\xe4wxyz"), "a???\xe2\x80\xa6"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char hint[8];
        cos_secret_hint(hint, rows[i].value);
        assert_string_equal(hint, rows[i].hint);
    }
}

static void wipe_zeroes(void **state)
{
    char bytes[] = "secret";
    cos_wipe(bytes, sizeof(bytes));
    assert_memory_equal(bytes, "\0\0\0\0\0\0\0", sizeof(bytes));
    cos_wipe(NULL, 0);
}

static bool set(void)
{
    struct cos_secret s = {0};
    bool ok = cos_secret_set(&s, COS_SPAN_LIT("value")) == 0;
    assert_true(ok || s.ptr == NULL);
    cos_secret_deinit(&s);
    return ok;
}

static void without_memory_the_old_value_stays(void **state)
{
    struct cos_secret s = {0};
    assert_int_equal(torture(set), 1);
    assert_int_equal(cos_secret_set(&s, COS_SPAN_LIT("old")), 0);
    cos_alloc_fail_nth(1);
    assert_int_equal(cos_secret_set(&s, COS_SPAN_LIT("new")), -1);
    cos_alloc_fail_nth(0);
    assert_string_equal(s.ptr, "old");
    cos_secret_deinit(&s);
}

/* In a child, because the limits cannot be raised again. */
static void no_core_means_no_core(void **state)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {1, 1};
        cos_secret_no_core();
        bool ok = getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0;
        _exit(ok && limit.rlim_max == 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_a_copy_and_can_be_replaced),
        cmocka_unit_test(a_hint_shows_four_characters_at_most),
        cmocka_unit_test(wipe_zeroes),
        cmocka_unit_test(without_memory_the_old_value_stays),
        cmocka_unit_test(no_core_means_no_core),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
