/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans, with the empty and the NULL one wherever they can hurt.
 */
#include "check.h"

#define LIT(s) COS_SPAN_LIT(s)
static const struct cos_span null_span = {NULL, 0};

static void null_and_empty_are_equal(void **state)
{
    assert_true(cos_span_eq(null_span, COS_SPAN_EMPTY));
    assert_true(cos_span_eq(cos_span_of(NULL), LIT("")));
    assert_int_equal(cos_span_cmp(null_span, LIT("")), 0);
    assert_true(cos_span_starts(null_span, null_span));
    assert_true(cos_span_eq_nocase(null_span, LIT("")));
}

static void null_has_no_bytes_to_find(void **state)
{
    assert_true(cos_span_chr(null_span, 'a') == SIZE_MAX);
    assert_true(cos_span_rchr(null_span, 'a') == SIZE_MAX);
    assert_true(cos_span_find(null_span, LIT("a")) == SIZE_MAX);
    assert_int_equal(cos_span_trim(null_span).len, 0);
}

static void sub_is_clipped(void **state)
{
    assert_true(cos_span_eq_str(cos_span_sub(LIT("hello"), 1, 3), "ell"));
    assert_true(cos_span_eq_str(cos_span_sub(LIT("hello"), 3, SIZE_MAX), "lo"));
    assert_int_equal(cos_span_sub(LIT("hello"), 5, 1).len, 0);
    assert_int_equal(cos_span_from(LIT("hello"), SIZE_MAX).len, 0);
}

static void order_is_by_unsigned_byte_then_length(void **state)
{
    static const struct {
        const char *name;
        struct cos_span low, high;
    } rows[] = {
        {"prefix first", LIT("ab"), LIT("abc")},
        {"byte decides", LIT("abc"), LIT("abd")},
        {"high bytes are high", LIT("z"), LIT("\xff")},
        {"upper before lower", LIT("Z"), LIT("a")},
        {"nul is a byte", LIT("a"), LIT("a\0")},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        CHECK_ROW(rows[i].name, cos_span_cmp(rows[i].low, rows[i].high) < 0);
        CHECK_ROW(rows[i].name, cos_span_cmp(rows[i].high, rows[i].low) > 0);
        CHECK_ROW(rows[i].name, !cos_span_eq(rows[i].low, rows[i].high));
    }
}

static void case_folding_is_ascii_only(void **state)
{
    assert_true(cos_span_eq_nocase(LIT("Content-MD5"), LIT("content-md5")));
    assert_false(cos_span_eq_nocase(LIT("\xc3\x84"), LIT("\xc3\xa4")));
    assert_false(cos_span_eq_nocase(LIT("["), LIT("{")));
    assert_true(cos_span_starts_nocase(LIT("X-Meta-a"), LIT("x-meta-")));
    assert_false(cos_span_starts_nocase(LIT("X-"), LIT("x-meta-")));
}

static void ends_are_found(void **state)
{
    assert_true(cos_span_ends(LIT("a/b/"), LIT("/")));
    assert_true(cos_span_ends(LIT("a"), LIT("")));
    assert_false(cos_span_ends(LIT("a"), LIT("aa")));
    assert_int_equal(cos_span_chr(LIT("a/b/c"), '/'), 1);
    assert_int_equal(cos_span_rchr(LIT("a/b/c"), '/'), 3);
    assert_int_equal(cos_span_find(LIT("a\0bc"), LIT("\0b")), 1);
    assert_int_equal(cos_span_find(LIT("abc"), LIT("")), 0);
}

static void trim_takes_four_blanks_only(void **state)
{
    assert_true(cos_span_eq_str(cos_span_trim(LIT(" \t\r\n a b \n")), "a b"));
    assert_true(cos_span_eq_str(cos_span_trim(LIT("\v\f")), "\v\f"));
    assert_int_equal(cos_span_trim(LIT(" \t ")).len, 0);
}

static void cut_walks_all_pieces_with_the_empty_ones(void **state)
{
    static const char *const expected[] = {"a", "", "b", ""};
    struct cos_span rest = LIT("a&&b&");
    size_t n = 0;
    while (rest.ptr != NULL) {
        struct cos_span piece = cos_span_cut(&rest, '&');
        assert_true(n < COS_ARRAY_LEN(expected));
        assert_true(cos_span_eq_str(piece, expected[n]));
        n++;
    }
    assert_int_equal(n, COS_ARRAY_LEN(expected));
    assert_int_equal(cos_span_cut(&rest, '&').len, 0);
}

static void unsigned_numbers_are_read_exactly(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1x", false, 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        uint64_t value = 0;
        CHECK_ROW(rows[i].text, cos_span_u64(cos_span_of(rows[i].text), &value) == rows[i].ok);
        CHECK_ROW(rows[i].text, value == rows[i].value);
    }
}

static void signed_numbers_are_read_exactly(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"-0", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        int64_t value = 0;
        CHECK_ROW(rows[i].text, cos_span_i64(cos_span_of(rows[i].text), &value) == rows[i].ok);
        CHECK_ROW(rows[i].text, value == rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_and_empty_are_equal),
        cmocka_unit_test(null_has_no_bytes_to_find),
        cmocka_unit_test(sub_is_clipped),
        cmocka_unit_test(order_is_by_unsigned_byte_then_length),
        cmocka_unit_test(case_folding_is_ascii_only),
        cmocka_unit_test(ends_are_found),
        cmocka_unit_test(trim_takes_four_blanks_only),
        cmocka_unit_test(cut_walks_all_pieces_with_the_empty_ones),
        cmocka_unit_test(unsigned_numbers_are_read_exactly),
        cmocka_unit_test(signed_numbers_are_read_exactly),
    };
    return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
