/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomness: a seed repeats itself, the system does not, bounds hold and nothing inside them
 * is unreachable.
 */
#include "check.h"
#include "cosbase/rng.h"

static void one_seed_gives_one_stream(void **state)
{
    COS_CLEANUP(cos_rng_free) struct cos_rng *a = cos_rng_new(42);
    COS_CLEANUP(cos_rng_free) struct cos_rng *b = cos_rng_new(42);
    unsigned char from_a[100];
    unsigned char from_b[100];
    cos_rng_fill(a, from_a, sizeof(from_a));
    cos_rng_fill(b, from_b, sizeof(from_b));
    assert_memory_equal(from_a, from_b, sizeof(from_a));
    assert_true(cos_rng_u64(a) == cos_rng_u64(b));
}

static void seeds_differ(void **state)
{
    COS_CLEANUP(cos_rng_free) struct cos_rng *a = cos_rng_new(1);
    COS_CLEANUP(cos_rng_free) struct cos_rng *b = cos_rng_new(2);
    assert_true(cos_rng_u64(a) != cos_rng_u64(b));
}

static void the_system_does_not_repeat_itself(void **state)
{
    COS_CLEANUP(cos_rng_free) struct cos_rng *a = cos_rng_new(0);
    COS_CLEANUP(cos_rng_free) struct cos_rng *b = cos_rng_new(0);
    unsigned char from_a[1000];
    unsigned char from_b[1000];
    cos_rng_fill(a, from_a, sizeof(from_a));
    cos_rng_fill(b, from_b, sizeof(from_b));
    assert_memory_not_equal(from_a, from_b, sizeof(from_a));
}

/*
 * splitmix64 of seed 1234567 begins 6457827717110365317, 3203168211198807973,
 * 9817491932198370423, 4593380528125082431 (Rosetta Code, "Pseudo-random numbers/Splitmix64");
 * the first xoshiro256** output is then rotl(s[1] * 5, 7) * 9 by its definition, worked out
 * below from those published words.
 */
static void the_seeded_stream_is_xoshiro_started_by_splitmix(void **state)
{
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(1234567);
    uint64_t s1 = UINT64_C(3203168211198807973) * 5;
    assert_true(cos_rng_u64(rng) == (s1 << 7 | s1 >> 57) * 9);
}

static void below_stays_below_and_reaches_everything(void **state)
{
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(7);
    unsigned seen = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t drawn = cos_rng_below(rng, 10);
        assert_true(drawn < 10);
        seen |= 1u << drawn;
    }
    assert_int_equal(seen, 0x3ff);
    assert_int_equal(cos_rng_below(rng, 1), 0);
    assert_true(cos_rng_below(rng, UINT64_MAX) < UINT64_MAX);
}

static void text_uses_the_whole_alphabet_and_ends(void **state)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(7);
    char text[2001];
    text[2000] = 'x';
    cos_rng_text(rng, text, 2000, alphabet);
    assert_int_equal(strlen(text), 2000);
    assert_int_equal(strspn(text, alphabet), 2000);
    for (const char *letter = alphabet; *letter != '\0'; letter++) {
        assert_non_null(strchr(text, *letter));
    }
    cos_rng_text(rng, text, 0, alphabet);
    assert_string_equal(text, "");
}

static void a_stream_may_start_again_with_another_seed(void **state)
{
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(7);
    COS_CLEANUP(cos_rng_free) struct cos_rng *other = cos_rng_new(8);
    (void)cos_rng_u64(rng);
    cos_rng_reseed(rng, 8);
    assert_int_equal(cos_rng_u64(rng), cos_rng_u64(other));
}

static bool make(void)
{
    struct cos_rng *rng = cos_rng_new(1);
    bool ok = rng != NULL;
    (void)cos_rng_free(rng);
    return ok;
}

static void without_memory_there_is_no_rng(void **state)
{
    assert_int_equal(torture(make), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_gives_one_stream),
        cmocka_unit_test(seeds_differ),
        cmocka_unit_test(the_system_does_not_repeat_itself),
        cmocka_unit_test(the_seeded_stream_is_xoshiro_started_by_splitmix),
        cmocka_unit_test(below_stays_below_and_reaches_everything),
        cmocka_unit_test(text_uses_the_whole_alphabet_and_ends),
        cmocka_unit_test(a_stream_may_start_again_with_another_seed),
        cmocka_unit_test(without_memory_there_is_no_rng),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
