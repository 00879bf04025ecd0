/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arenas: zeroed, aligned, bounded, one allocation for a short exchange, sticky failure.
 */
#include "check.h"
#include "cosbase/arena.h"

#include <stdalign.h>

static void memory_is_zeroed_and_aligned(void **state)
{
    static const char zeroes[100];
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, 1 << 20);
    for (size_t n = 0; n <= 100; n++) {
        char *p = cos_arena_alloc(&a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        assert_memory_equal(p, zeroes, n);
        memset(p, 0xaa, n);
    }
}

static void pieces_do_not_overlap_whatever_their_size(void **state)
{
    enum { N = 300 };
    unsigned char *pieces[N];
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, 100 << 20);
    for (size_t i = 0; i < N; i++) {
        pieces[i] = cos_arena_alloc(&a, i * i % 70000);
        assert_non_null(pieces[i]);
        memset(pieces[i], (int)i, i * i % 70000);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < i * i % 70000; k++) {
            assert_true(pieces[i][k] == (unsigned char)i);
        }
    }
}

static void a_short_exchange_allocates_once(void **state)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, 1 << 20);
    cos_alloc_fail_nth(0);
    for (int i = 0; i < 50; i++) {
        assert_non_null(cos_arena_alloc(&a, 64));
    }
    assert_int_equal(cos_alloc_count(), 1);
}

static void parts_are_joined_and_end_with_a_nul(void **state)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    const struct cos_span parts[] = {COS_SPAN_LIT("qcs"), {NULL, 0}, COS_SPAN_LIT("::cos")};
    cos_arena_init(&a, 64);
    struct cos_span joined = cos_arena_join(&a, parts, COS_ARRAY_LEN(parts));
    assert_string_equal(joined.ptr, "qcs::cos");
    assert_int_equal(joined.len, 8);
    assert_int_equal(cos_arena_join(&a, parts, 0).len, 0);
    const struct cos_span too_much[] = {{"", SIZE_MAX}, COS_SPAN_LIT("x")};
    assert_false(a.failed);
    assert_int_equal(cos_arena_join(&a, too_much, COS_ARRAY_LEN(too_much)).len, 0);
    assert_true(a.failed);
}

static void a_cleared_arena_gives_zeroes_without_allocating(void **state)
{
    static const char zeroes[64];
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, 1 << 20);
    for (size_t n = 1; n < 10000; n *= 2) { /* over the first block, and into others */
        char *p = cos_arena_alloc(&a, n);
        assert_non_null(p);
        memset(p, 0xaa, n);
    }
    assert_null(cos_arena_alloc(&a, 2 << 20));
    cos_arena_clear(&a);
    assert_int_equal(a.used_bytes, 0);
    cos_alloc_fail_nth(0);
    for (int i = 0; i < 50; i++) {
        const char *p = cos_arena_alloc(&a, sizeof(zeroes));
        assert_non_null(p);
        assert_memory_equal(p, zeroes, sizeof(zeroes));
    }
    assert_int_equal(cos_alloc_count(), 0);
}

static void the_maximum_bounds_what_is_given_out(void **state)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, 64);
    assert_non_null(cos_arena_alloc(&a, 64));
    assert_null(cos_arena_alloc(&a, 1));
    assert_true(a.failed);
}

static void failure_is_sticky(void **state)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, 64);
    assert_null(cos_arena_alloc(&a, 65));
    assert_null(cos_arena_alloc(&a, 1));
    assert_int_equal(cos_arena_span(&a, COS_SPAN_LIT("x")).len, 0);
    assert_null(cos_arena_str(&a, COS_SPAN_LIT("x")));
}

static void sizes_that_wrap_fail(void **state)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 8, SIZE_MAX - 64};
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
        cos_arena_init(&a, SIZE_MAX);
        assert_null(cos_arena_alloc(&a, sizes[i]));
        assert_true(a.failed);
    }
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, SIZE_MAX);
    assert_null(cos_arena_array(&a, SIZE_MAX / 4, 8));
    assert_true(a.failed);
}

static void copies_end_with_nul_and_leave_the_source(void **state)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, 4096);
    struct cos_span copy = cos_arena_span(&a, COS_SPAN_LIT("a\0B"));
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0B\0", 4);
    assert_string_equal(cos_arena_lower(&a, COS_SPAN_LIT("X-Meta-\xc3\x84")).ptr,
                        "x-meta-\xc3\x84");
    struct cos_span printed = cos_arena_printf(&a, "%s=%d", "k", 5);
    assert_int_equal(printed.len, 3);
    assert_string_equal(printed.ptr, "k=5");
    assert_string_equal(cos_arena_str(&a, (struct cos_span){NULL, 0}), "");
}

static void an_arena_can_be_used_again_after_deinit(void **state)
{
    struct cos_arena a = {0};
    cos_arena_deinit(&a);
    cos_arena_init(&a, 32);
    assert_null(cos_arena_alloc(&a, 33));
    cos_arena_deinit(&a);
    assert_non_null(cos_arena_alloc(&a, 32));
    cos_arena_deinit(&a);
}

static bool fill(void)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena a;
    cos_arena_init(&a, 10 << 20);
    for (size_t i = 0; i < 200; i++) {
        char *p = cos_arena_alloc(&a, i * 97 % 9000);
        if (p != NULL) {
            memset(p, 1, i * 97 % 9000);
        }
        (void)cos_arena_printf(&a, "%zu", i);
    }
    return !a.failed;
}

static void every_failed_allocation_shows_as_failed(void **state)
{
    assert_true(torture(fill) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(pieces_do_not_overlap_whatever_their_size),
        cmocka_unit_test(a_short_exchange_allocates_once),
        cmocka_unit_test(parts_are_joined_and_end_with_a_nul),
        cmocka_unit_test(a_cleared_arena_gives_zeroes_without_allocating),
        cmocka_unit_test(the_maximum_bounds_what_is_given_out),
        cmocka_unit_test(failure_is_sticky),
        cmocka_unit_test(sizes_that_wrap_fail),
        cmocka_unit_test(copies_end_with_nul_and_leave_the_source),
        cmocka_unit_test(an_arena_can_be_used_again_after_deinit),
        cmocka_unit_test(every_failed_allocation_shows_as_failed),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
