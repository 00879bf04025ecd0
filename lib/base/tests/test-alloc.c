/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap door: overflow is a failure, zero bytes are a block, and the Nth allocation fails on
 * demand, once.
 */
#include "check.h"

static void size_overflow_gives_null(void **state)
{
    assert_null(cos_calloc(SIZE_MAX / 2, 3));
    assert_null(cos_realloc_array(NULL, SIZE_MAX / 8, 16));
    assert_null(cos_strndup("x", SIZE_MAX));
}

static void calloc_zeroes(void **state)
{
    static const char zeroes[64];
    char *p = cos_calloc(8, 8);
    assert_non_null(p);
    assert_memory_equal(p, zeroes, sizeof(zeroes));
    assert_null(cos_free(p));
}

static void zero_bytes_are_still_a_block(void **state)
{
    void *blocks[] = {cos_malloc(0), cos_calloc(0, 8), cos_realloc_array(NULL, 0, 8)};
    for (size_t i = 0; i < COS_ARRAY_LEN(blocks); i++) {
        assert_non_null(blocks[i]);
        cos_free(blocks[i]);
    }
}

static void strndup_takes_all_bytes_and_ends_them(void **state)
{
    char *p = cos_strndup("a\0b", 3);
    assert_memory_equal(p, "a\0b\0", 4);
    cos_free(p);
}

static void free_takes_null(void **state)
{
    assert_null(cos_free(NULL));
}

static void only_the_nth_allocation_fails(void **state)
{
    void *blocks[3];
    cos_alloc_fail_nth(2);
    for (size_t i = 0; i < 3; i++) {
        blocks[i] = cos_malloc(1);
    }
    assert_int_equal(cos_alloc_count(), 3);
    cos_alloc_fail_nth(0);
    assert_non_null(blocks[0]);
    assert_null(blocks[1]);
    assert_non_null(blocks[2]);
    cos_free(blocks[0]);
    cos_free(blocks[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_overflow_gives_null),
        cmocka_unit_test(calloc_zeroes),
        cmocka_unit_test(zero_bytes_are_still_a_block),
        cmocka_unit_test(strndup_takes_all_bytes_and_ends_them),
        cmocka_unit_test(free_takes_null),
        cmocka_unit_test(only_the_nth_allocation_fails),
    };
    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
