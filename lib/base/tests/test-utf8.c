/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8. Rows follow RFC 3629 s.3, s.4, s.7 and Markus Kuhn's "UTF-8 decoder capability and
 * stress test" (2015).
 */
#include "check.h"
#include "cosbase/utf8.h"

static void first_and_last_of_each_length_are_valid(void **state)
{
    static const struct {
        struct cos_span bytes;
        uint32_t code_point;
    } rows[] = {
        {COS_SPAN_LIT("\0"), 0},
        {COS_SPAN_LIT("\x7f"), 0x7f},
        {COS_SPAN_LIT("\xc2\x80"), 0x80},
        {COS_SPAN_LIT("\xdf\xbf"), 0x7ff},
        {COS_SPAN_LIT("\xe0\xa0\x80"), 0x800},
        {COS_SPAN_LIT("\xed\x9f\xbf"), 0xd7ff},
        {COS_SPAN_LIT("\xee\x80\x80"), 0xe000},
        {COS_SPAN_LIT("\xef\xbf\xbf"), 0xffff},
        {COS_SPAN_LIT("\xf0\x90\x80\x80"), 0x10000},
        {COS_SPAN_LIT("\xf4\x8f\xbf\xbf"), 0x10ffff},
        {COS_SPAN_LIT("\xf0\xa3\x8e\xb4"), 0x233b4}, /* RFC 3629 s.7 */
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        size_t n = rows[i].bytes.len;
        assert_int_equal(cos_utf8_front(rows[i].bytes), n);
        assert_int_equal(cos_utf8_code_point(rows[i].bytes.ptr, n), rows[i].code_point);
    }
}

static void malformed_sequences_are_invalid(void **state)
{
    static const struct {
        const char *name;
        struct cos_span bytes;
    } rows[] = {
        {"lonely continuation", COS_SPAN_LIT("\x80")},
        {"lonely continuation, last", COS_SPAN_LIT("\xbf")},
        {"overlong slash, 2", COS_SPAN_LIT("\xc0\xaf")},
        {"overlong slash, 3", COS_SPAN_LIT("\xe0\x80\xaf")},
        {"overlong slash, 4", COS_SPAN_LIT("\xf0\x80\x80\xaf")},
        {"overlong NUL", COS_SPAN_LIT("\xc0\x80")},
        {"largest overlong, 2", COS_SPAN_LIT("\xc1\xbf")},
        {"largest overlong, 3", COS_SPAN_LIT("\xe0\x9f\xbf")},
        {"largest overlong, 4", COS_SPAN_LIT("\xf0\x8f\xbf\xbf")},
        {"first surrogate", COS_SPAN_LIT("\xed\xa0\x80")},
        {"last surrogate", COS_SPAN_LIT("\xed\xbf\xbf")},
        {"above U+10FFFF", COS_SPAN_LIT("\xf4\x90\x80\x80")},
        {"five bytes", COS_SPAN_LIT("\xf8\x88\x80\x80\x80")},
        {"0xfe", COS_SPAN_LIT("\xfe")},
        {"cut after one of two", COS_SPAN_LIT("\xc3")},
        {"cut after two of three", COS_SPAN_LIT("\xe4\xb8")},
        {"cut after three of four", COS_SPAN_LIT("\xf0\xa3\x8e")},
        {"ascii inside", COS_SPAN_LIT("\xe4"
                                      "a"
                                      "\xad")},
        {"ascii at the end", COS_SPAN_LIT("\xe4\xb8"
                                          "a")},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        CHECK_ROW(rows[i].name, cos_utf8_front(rows[i].bytes) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_and_last_of_each_length_are_valid),
        cmocka_unit_test(malformed_sequences_are_invalid),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
