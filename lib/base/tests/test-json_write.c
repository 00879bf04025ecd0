/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON out. Escapes follow RFC 8259 s.7.
 */
#include "check.h"
#include "cosbase/json.h"

#include <math.h>

static void strings_are_escaped_as_rfc_8259_says(void **state)
{
    static const struct {
        struct cos_span in;
        const char *out;
    } rows[] = {
        {COS_SPAN_LIT(""), "\"\""},
        {COS_SPAN_LIT("a\"b\\c/"), "\"a\\\"b\\\\c/\""},
        {COS_SPAN_LIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {COS_SPAN_LIT("\0\x01\x1f"), "\"\\u0000\\u0001\\u001f\""},
        {COS_SPAN_LIT("\xc3\xa4\xe4\xb8\xad"), "\"\xc3\xa4\xe4\xb8\xad\""},
        {COS_SPAN_LIT("a\xff\xe4\xb8z"), "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
        {COS_SPAN_LIT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        cos_buf_init(&b, 1000);
        cos_json_quote(&b, rows[i].in);
        assert_string_equal(cos_buf_cstr(&b), rows[i].out);
    }
}

static void check_quoted(const char *name, struct cos_span text, const char *expected)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    struct cos_text_error err;
    cos_buf_init(&b, 1000);
    cos_json_quote(&b, text);
    CHECK_ROW(name, cos_json_parse(&doc, cos_buf_view(&b), /* limits= */ NULL, &err) == 0);
    CHECK_ROW(name, strcmp(cos_json_str(doc), expected) == 0);
}

/* U+0000 is the one character that JSON has and the reader refuses. */
static void every_character_of_one_or_two_bytes_reads_back(void **state)
{
    for (unsigned c = 1; c < 0x800; c++) {
        char name[16];
        char text[8];
        const int wide[] = {'[', (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)), ']'};
        int n = 0;
        for (size_t i = 0; i < COS_ARRAY_LEN(wide); i++) {
            if (c >= 0x80 || i != 1) {
                text[n++] = (char)(c < 0x80 && i == 2 ? (int)c : wide[i]);
            }
        }
        text[n] = '\0';
        (void)snprintf(name, sizeof(name), "U+%04X", c);
        check_quoted(name, cos_span_of(text), text);
    }
}

static void every_stray_byte_becomes_a_replacement_character(void **state)
{
    for (unsigned c = 0x80; c < 0x100; c++) {
        char name[16];
        const char text[] = {'[', (char)c, ']'};
        (void)snprintf(name, sizeof(name), "0x%02X", c);
        check_quoted(name, cos_span_make(text, sizeof(text)), "[\xef\xbf\xbd]");
    }
}

static void the_writer_keeps_commas_right(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    struct cos_jw w;
    cos_buf_init(&b, 1000);
    cos_jw_init(&w, &b);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_str(&w, "s", "x");
    cos_jw_str(&w, "none", /* value= */ NULL);
    cos_jw_array(&w, "list");
    cos_jw_i64(&w, /* name= */ NULL, INT64_MIN);
    cos_jw_u64(&w, /* name= */ NULL, UINT64_MAX);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_end(&w);
    cos_jw_array(&w, /* name= */ NULL);
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_jw_bool(&w, "yes", true);
    cos_jw_bool(&w, "no", false);
    cos_jw_raw(&w, "raw", COS_SPAN_LIT("[1]"));
    cos_jw_span(&w, "k\"ey", COS_SPAN_LIT("a\0b"));
    cos_jw_end(&w);
    assert_false(b.failed);
    assert_string_equal(cos_buf_cstr(&b),
                        "{\"s\":\"x\",\"none\":null,"
                        "\"list\":[-9223372036854775808,18446744073709551615,{},[]],"
                        "\"yes\":true,\"no\":false,\"raw\":[1],\"k\\\"ey\":\"a\\u0000b\"}");
}

static void doubles_are_short_and_read_back(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},          {0.1, "0.1"},
        {1.5, "1.5"},      {-2, "-2"},
        {1e300, "1e+300"}, {1.0 / 3, NULL},
        {5e-324, NULL},    {INFINITY, "null"},
        {NAN, "null"},     {123456789012, "123456789012"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        struct cos_jw w;
        cos_buf_init(&b, 1000);
        cos_jw_init(&w, &b);
        cos_jw_double(&w, /* name= */ NULL, rows[i].value);
        if (rows[i].text != NULL) {
            assert_string_equal(cos_buf_cstr(&b), rows[i].text);
        } else {
            assert_true(strtod(cos_buf_cstr(&b), NULL) == rows[i].value);
        }
    }
}

static void the_deepest_level_is_the_thirty_second(void **state)
{
    for (int depth = 32; depth <= 33; depth++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        struct cos_jw w;
        cos_buf_init(&b, 1000);
        cos_jw_init(&w, &b);
        for (int i = 0; i < depth; i++) {
            cos_jw_array(&w, /* name= */ NULL);
        }
        cos_jw_i64(&w, /* name= */ NULL, 1);
        for (int i = 0; i < depth; i++) {
            cos_jw_end(&w);
        }
        assert_true(b.failed == (depth > 32));
        assert_int_equal(w.depth, 0);
    }
}

static void an_end_without_begin_fails(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    struct cos_jw w;
    cos_buf_init(&b, 1000);
    cos_jw_init(&w, &b);
    cos_jw_end(&w);
    assert_true(b.failed);
}

static void a_printed_tree_has_no_blanks_and_the_same_order(void **state)
{
    static const char text[] = " { \"b\" : [ 1 , 1.50 , true , null , \"\\u00e4\\n\" ] ,"
                               " \"a\" : { } , \"c\" : -9007199254740991 } ";
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    const struct cos_json_limits limits = COS_JSON_LIMITS_DEFAULT;
    cos_buf_init(&b, 1000);
    assert_int_equal(cos_json_parse(&doc, cos_span_of(text), &limits, NULL), 0);
    cos_json_print(&b, doc);
    assert_string_equal(
        cos_buf_cstr(&b),
        "{\"b\":[1,1.5,true,null,\"\xc3\xa4\\n\"],\"a\":{},\"c\":-9007199254740991}");
    cos_buf_clear(&b);
    cos_json_print(&b, NULL);
    assert_string_equal(cos_buf_cstr(&b), "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_escaped_as_rfc_8259_says),
        cmocka_unit_test(every_character_of_one_or_two_bytes_reads_back),
        cmocka_unit_test(every_stray_byte_becomes_a_replacement_character),
        cmocka_unit_test(the_writer_keeps_commas_right),
        cmocka_unit_test(doubles_are_short_and_read_back),
        cmocka_unit_test(the_deepest_level_is_the_thirty_second),
        cmocka_unit_test(an_end_without_begin_fails),
        cmocka_unit_test(a_printed_tree_has_no_blanks_and_the_same_order),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
