/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing buffers: the maximum, the sticky failure, the NUL behind the bytes.
 */
#include "check.h"
#include "cosbase/buf.h"

static void an_unused_buffer_reads_as_empty(void **state)
{
    struct cos_buf b;
    cos_buf_init(&b, 10);
    assert_string_equal(cos_buf_cstr(&b), "");
    assert_int_equal(cos_buf_view(&b).len, 0);
    cos_buf_deinit(&b);
}

static void appends_of_every_kind_follow_each_other(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1000);
    cos_buf_str(&b, "s");
    cos_buf_ch(&b, ',');
    cos_buf_span(&b, COS_SPAN_LIT("p"));
    cos_buf_append(&b, /* bytes= */ NULL, 0);
    cos_buf_printf(&b, "[%d]", 7);
    cos_buf_u64(&b, UINT64_MAX);
    cos_buf_ch(&b, ',');
    cos_buf_i64(&b, INT64_MIN);
    cos_buf_u64(&b, 0);
    assert_false(b.failed);
    assert_string_equal(cos_buf_cstr(&b), "s,p[7]18446744073709551615,-92233720368547758080");
    assert_int_equal(strlen(b.ptr), b.len);
}

static void the_maximum_itself_fits_and_one_more_fails_for_good(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 5);
    cos_buf_str(&b, "12345");
    assert_false(b.failed);
    cos_buf_ch(&b, '6');
    assert_true(b.failed);
    cos_buf_consume(&b, 5);
    cos_buf_ch(&b, 'x');
    assert_int_equal(b.len, 0);
    assert_null(cos_buf_take(&b));
    cos_buf_clear(&b);
    cos_buf_ch(&b, 'x');
    assert_string_equal(cos_buf_cstr(&b), "x");
}

static void a_size_that_wraps_fails(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX);
    cos_buf_str(&b, "abc");
    assert_null(cos_buf_reserve(&b, SIZE_MAX - 1));
    assert_true(b.failed);
    assert_string_equal(cos_buf_cstr(&b), "abc");
}

static void a_printed_text_longer_than_the_rest_fails_whole(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 5);
    cos_buf_str(&b, "ab");
    cos_buf_printf(&b, "%s", "cdef");
    assert_true(b.failed);
    assert_string_equal(cos_buf_cstr(&b), "ab");
}

static void reserved_room_is_the_callers_to_fill(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 4096);
    char *at = cos_buf_reserve(&b, 4096);
    assert_non_null(at);
    memset(at, 'x', 4096);
    b.len += 4096;
    assert_int_equal(cos_buf_view(&b).len, 4096);
}

static void consume_leaves_the_rest(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 100);
    cos_buf_consume(&b, 1);
    cos_buf_str(&b, "abcdef");
    cos_buf_consume(&b, 2);
    assert_string_equal(cos_buf_cstr(&b), "cdef");
    cos_buf_consume(&b, 100);
    assert_string_equal(cos_buf_cstr(&b), "");
}

static void take_hands_over_and_starts_anew(void **state)
{
    struct cos_buf b;
    cos_buf_init(&b, 100);
    char *empty = cos_buf_take(&b);
    assert_string_equal(empty, "");
    cos_buf_str(&b, "bytes");
    char *taken = cos_buf_take(&b);
    assert_string_equal(taken, "bytes");
    assert_null(b.ptr);
    cos_buf_str(&b, "more");
    assert_string_equal(cos_buf_cstr(&b), "more");
    cos_free(empty);
    cos_free(taken);
    cos_buf_deinit(&b);
}

static void deinit_takes_a_zeroed_object(void **state)
{
    struct cos_buf b = {0};
    cos_buf_deinit(&b);
    assert_null(b.ptr);
}

static bool build(void)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 100000);
    for (int i = 0; i < 1000; i++) {
        cos_buf_printf(&b, "line %d\n", i);
    }
    assert_true(b.failed || b.len == 8890);
    return !b.failed;
}

static void every_failed_allocation_shows_as_failed(void **state)
{
    assert_true(torture(build) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unused_buffer_reads_as_empty),
        cmocka_unit_test(appends_of_every_kind_follow_each_other),
        cmocka_unit_test(the_maximum_itself_fits_and_one_more_fails_for_good),
        cmocka_unit_test(a_size_that_wraps_fails),
        cmocka_unit_test(a_printed_text_longer_than_the_rest_fails_whole),
        cmocka_unit_test(reserved_room_is_the_callers_to_fill),
        cmocka_unit_test(consume_leaves_the_rest),
        cmocka_unit_test(take_hands_over_and_starts_anew),
        cmocka_unit_test(deinit_takes_a_zeroed_object),
        cmocka_unit_test(every_failed_allocation_shows_as_failed),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
