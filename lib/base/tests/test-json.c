/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader. Accept and refuse rows go through the grammar of RFC 8259 in the manner of
 * Nicolas Seriot's JSONTestSuite ("Parsing JSON is a minefield", 2016); where that suite leaves
 * the answer open (i_), ours is the strict one and the row says so.
 */
#include "check.h"
#include "cosbase/json.h"

#include <cjson/cJSON.h>

#define LIT(s) COS_SPAN_LIT(s)

static const struct cos_json_limits limits = {10u << 20, 64, 200000};

static void valid_texts_are_accepted(void **state)
{
    static const struct cos_span rows[] = {
        LIT("null"),
        LIT("true"),
        LIT("false"),
        LIT(" \t\r\n0\n"),
        LIT("-0"),
        LIT("1e5"),
        LIT("1E+5"),
        LIT("1.5e-7"),
        LIT("123456789012345678901234567890"),
        LIT("\"\""),
        LIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\""),
        LIT("\"\\ud834\\udd1e\""),
        LIT("\"\xf0\x9d\x84\x9e\""),
        LIT("\"\x7f\""),
        LIT("[]"),
        LIT("[ ]"),
        LIT("{}"),
        LIT("{ }"),
        LIT("[[[]],{}]"),
        LIT("{\"\":0}"),
        LIT("{\"a\":1,\"A\":2}"),
        LIT("[1 , 2\n,3]"),
        LIT("{\"a\" : {\"a\" : [null]}}"),
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
        CHECK_ROW(rows[i].ptr, cos_json_parse(&doc, rows[i], &limits, NULL) == 0);
        CHECK_ROW(rows[i].ptr, doc != NULL);
    }
}

static void invalid_texts_are_refused_with_their_place(void **state)
{
    static const struct {
        struct cos_span text;
        unsigned line, column;
    } rows[] = {
        {LIT(""), 1, 1},
        {LIT("  "), 1, 3},
        {{NULL, 0}, 1, 1},
        {LIT("nul"), 1, 1},
        {LIT("True"), 1, 1},
        {LIT("NaN"), 1, 1},
        {LIT("Infinity"), 1, 1},
        {LIT("-Infinity"), 1, 2},
        {LIT("01"), 1, 2},
        {LIT("-01"), 1, 3},
        {LIT("1."), 1, 3},
        {LIT(".5"), 1, 1},
        {LIT("+1"), 1, 1},
        {LIT("0x1"), 1, 2},
        {LIT("1e"), 1, 3},
        {LIT("1e+"), 1, 4},
        {LIT("1eE2"), 1, 3},
        {LIT("-"), 1, 2},
        {LIT("1 2"), 1, 3},
        {LIT("{}x"), 1, 3},
        {LIT("[]\n\n]"), 3, 1},
        {LIT("[1,]"), 1, 4},
        {LIT("[,1]"), 1, 2},
        {LIT("[1,,2]"), 1, 4},
        {LIT("[1 2]"), 1, 4},
        {LIT("[1"), 1, 3},
        {LIT("["), 1, 2},
        {LIT("[1}"), 1, 3},
        {LIT("{"), 1, 2},
        {LIT("{\"a\"}"), 1, 5},
        {LIT("{\"a\":}"), 1, 6},
        {LIT("{\"a\":1,}"), 1, 8},
        {LIT("{,}"), 1, 2},
        {LIT("{a:1}"), 1, 2},
        {LIT("{'a':1}"), 1, 2},
        {LIT("{1:1}"), 1, 2},
        {LIT("{\"a\":1 \"b\":2}"), 1, 8},
        {LIT("{\n\"a\": tru\n}"), 2, 6},
        {LIT("\""), 1, 2},
        {LIT("\"a"), 1, 3},
        {LIT("\"\\\""), 1, 4},
        {LIT("\"\\x41\""), 1, 3},
        {LIT("\"\\u12\""), 1, 6},
        {LIT("\"\\u00zz\""), 1, 6},
        {LIT("\"\t\""), 1, 2},
        {LIT("\"\n\""), 1, 2},
        {LIT("\"\0\""), 1, 2},
        {LIT("\"\xff\""), 1, 2},
        {LIT("\"\xc0\xaf\""), 1, 2},
        {LIT("\"\xed\xa0\x80\""), 1, 2},
        {LIT("\"\xe4\xb8\""), 1, 2},
        {LIT("\"\xe4\xb8\xad\xff\""), 1, 3}, /* columns count characters */
        {LIT("\"ab\\u0000\""), 1, 4},        /* would cut a C string */
        {LIT("{\"\\u0000\":1}"), 1, 3},
        {LIT("\"\\ud800\""), 1, 2},        /* i_: strict */
        {LIT("\"\\ud800\\n\""), 1, 2},     /* i_: strict */
        {LIT("\"\\udc00\\ud800\""), 1, 2}, /* i_: strict */
        {LIT("\"\\ud800\\u0041\""), 1, 2}, /* i_: strict */
        {LIT("\xef\xbb\xbf{}"), 1, 1},     /* i_: strict */
        {LIT("1e999"), 1, 1},              /* i_: strict */
        {LIT("[-1e999]"), 1, 2},           /* i_: strict */
        {LIT("1234567890123456789012345678901234567890123456789012345678901234"), 1, 1},
        {LIT("// x\n1"), 1, 1},
        {LIT("[1] /* x */"), 1, 5},
        {LIT("\v1"), 1, 1},
        {LIT("\xc2\xa0"
             "1"),
         1, 1},
        {LIT("1\0"), 1, 2},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_text_error err = {0};
        struct cos_json *doc = NULL;
        char name[100];
        (void)snprintf(name, sizeof(name), "%zu %.60s: %u:%u", i,
                       rows[i].text.ptr == NULL ? "" : rows[i].text.ptr, rows[i].line,
                       rows[i].column);
        CHECK_ROW(name, cos_json_parse(&doc, rows[i].text, &limits, &err) == -1);
        CHECK_ROW(name, doc == NULL);
        CHECK_ROW(name, err.message[0] != '\0');
        CHECK_ROW(name, err.line == rows[i].line);
        CHECK_ROW(name, err.column == rows[i].column);
    }
}

static void repeated_names_are_refused_at_the_second(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
    } rows[] = {
        {"{\"a\":1,\"a\":2}", 1, 8},
        {"{\"a\":1,\n \"\\u0061\":2}", 2, 2},
        {"[{\"x\":{\"b\":1}},\n{\"c\":1,\"d\":2,\n\"c\":3}]", 3, 1},
        {"{\"z\":1,\"y\":{\"q\":1,\"q\":1},\"z\":1}", 1, 26},
        {"{\"a\":1,\"b\":1,\"b\":1,\"a\":1}", 1, 14},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_text_error err = {0};
        struct cos_json *doc = NULL;
        int r = cos_json_parse(&doc, cos_span_of(rows[i].text), &limits, &err);
        CHECK_ROW(rows[i].text, r == -1);
        CHECK_ROW(rows[i].text, err.line == rows[i].line && err.column == rows[i].column);
        CHECK_ROW(rows[i].text, strstr(err.message, "twice") != NULL);
    }
}

static void equal_names_in_different_objects_are_fine(void **state)
{
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    assert_int_equal(cos_json_parse(&doc, LIT("{\"a\":{\"a\":1},\"b\":{\"a\":2}}"), &limits,
                                    NULL),
                     0);
}

static void a_large_object_with_a_repeated_name_is_refused_quickly(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    struct cos_text_error err = {0};
    struct cos_json *doc = NULL;
    cos_buf_init(&text, 10u << 20);
    cos_buf_ch(&text, '{');
    for (int i = 0; i < 150000; i++) {
        cos_buf_printf(&text, "\"n%d\":0,", i);
    }
    cos_buf_str(&text, "\"n77\":0}");
    assert_int_equal(cos_json_parse(&doc, cos_buf_view(&text), &limits, &err), -1);
    assert_non_null(strstr(err.message, "'n77'"));
}

static void nesting_is_bounded(void **state)
{
    static const struct cos_json_limits three = {100, 3, 100};
    struct cos_text_error err = {0};
    struct cos_json *doc = NULL;
    assert_int_equal(cos_json_parse(&doc, LIT("[{\"a\":[1]}]"), &three, &err), 0);
    doc = cos_json_free(doc);
    assert_int_equal(cos_json_parse(&doc, LIT("[{\"a\":[[]]}]"), &three, &err), -1);
    assert_int_equal(err.column, 8);
}

static void a_hundred_thousand_brackets_do_no_harm(void **state)
{
    static char brackets[100000];
    const struct cos_json_limits deep = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
    struct cos_json *doc = NULL;
    memset(brackets, '[', sizeof(brackets));
    struct cos_span text = cos_span_make(brackets, sizeof(brackets));
    assert_int_equal(cos_json_parse(&doc, text, &deep, NULL), -1);
}

static void bytes_and_nodes_are_bounded(void **state)
{
    static const struct cos_json_limits five_bytes = {5, 9, 9};
    static const struct cos_json_limits three_nodes = {99, 9, 3};
    struct cos_json *doc = NULL;
    assert_int_equal(cos_json_parse(&doc, LIT("[1,2]"), &five_bytes, NULL), 0);
    doc = cos_json_free(doc);
    assert_int_equal(cos_json_parse(&doc, LIT("[1,22]"), &five_bytes, NULL), -1);
    assert_int_equal(cos_json_parse(&doc, LIT("[1,2]"), &three_nodes, NULL), 0);
    doc = cos_json_free(doc);
    assert_int_equal(cos_json_parse(&doc, LIT("[1,2,3]"), &three_nodes, NULL), -1);
}

static void bytes_beyond_the_span_are_not_read(void **state)
{
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    int64_t value = 0;
    assert_int_equal(cos_json_parse(&doc, cos_span_make("12345", 2), &limits, NULL), 0);
    assert_true(cos_json_i64(doc, &value));
    assert_int_equal(value, 12);
}

static void the_tree_is_walked_in_document_order(void **state)
{
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    assert_int_equal(cos_json_parse(&doc, LIT("{\"b\":[1,true,\"s\"],\"a\":null,\"o\":{}}"),
                                    &limits, NULL),
                     0);
    assert_int_equal(cos_json_kind(doc), COS_JSON_OBJECT);
    assert_int_equal(cos_json_count(doc), 3);
    const struct cos_json *b = cos_json_first(doc);
    assert_string_equal(cos_json_name(b), "b");
    assert_int_equal(cos_json_kind(b), COS_JSON_ARRAY);
    assert_int_equal(cos_json_count(b), 3);
    const struct cos_json *item = cos_json_first(b);
    assert_null(cos_json_name(item));
    assert_int_equal(cos_json_kind(item), COS_JSON_NUMBER);
    item = cos_json_next(item);
    assert_true(cos_json_bool(item, /* fallback= */ false));
    item = cos_json_next(item);
    assert_string_equal(cos_json_str(item), "s");
    assert_null(cos_json_next(item));
    assert_string_equal(cos_json_name(cos_json_next(b)), "a");
    assert_int_equal(cos_json_kind(cos_json_get(doc, "a")), COS_JSON_NULL);
    assert_non_null(cos_json_get(doc, "a"));
    assert_null(cos_json_get(doc, "A"));
    assert_null(cos_json_next(doc));
}

static void absent_nodes_answer_absent(void **state)
{
    int64_t value = 77;
    assert_int_equal(cos_json_kind(NULL), COS_JSON_NULL);
    assert_null(cos_json_get(cos_json_get(NULL, "a"), "b"));
    assert_null(cos_json_first(NULL));
    assert_null(cos_json_next(NULL));
    assert_int_equal(cos_json_count(NULL), 0);
    assert_null(cos_json_name(NULL));
    assert_null(cos_json_str(NULL));
    assert_false(cos_json_is_str(NULL));
    assert_false(cos_json_i64(NULL, &value));
    assert_int_equal(value, 77);
    assert_true(cos_json_bool(NULL, /* fallback= */ true));
    assert_true(cos_json_double(NULL, 1.5) == 1.5);
    assert_null(cos_json_free(NULL));
}

static void wrong_kinds_answer_absent(void **state)
{
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    int64_t value = 77;
    assert_int_equal(cos_json_parse(&doc, LIT("[\"1\",1]"), &limits, NULL), 0);
    const struct cos_json *string = cos_json_first(doc);
    assert_null(cos_json_get(doc, "a"));
    assert_false(cos_json_i64(string, &value));
    assert_true(cos_json_bool(string, /* fallback= */ true));
    assert_null(cos_json_str(cos_json_next(string)));
    assert_true(cos_json_double(string, 2.5) == 2.5);
}

static void integers_are_exact_or_none(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"-1", true, -1},
        {"1.0", true, 1},
        {"1e3", true, 1000},
        {"1700000000000", true, INT64_C(1700000000000)},
        {"9007199254740991", true, INT64_C(9007199254740991)},
        {"-9007199254740991", true, INT64_C(-9007199254740991)},
        {"9007199254740993", false, 77}, /* the double next to it is 2^53 */
        {"9223372036854775807", false, 77},
        {"1e300", false, 77},
        {"1.5", false, 77},
        {"1e-3", false, 77},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
        int64_t value = 77;
        struct cos_span text = cos_span_of(rows[i].text);
        CHECK_ROW(rows[i].text, cos_json_parse(&doc, text, &limits, NULL) == 0);
        CHECK_ROW(rows[i].text, cos_json_i64(doc, &value) == rows[i].ok);
        CHECK_ROW(rows[i].text, value == rows[i].value);
    }
}

static void escapes_become_utf8(void **state)
{
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    assert_int_equal(cos_json_parse(&doc, LIT("\"\\u00e4\\u4e2d\\ud834\\udd1e\\n\\/\""),
                                    &limits, NULL),
                     0);
    assert_string_equal(cos_json_str(doc), "\xc3\xa4\xe4\xb8\xad\xf0\x9d\x84\x9e\n/");
}

static void error_and_result_are_untouched_as_promised(void **state)
{
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    struct cos_text_error err = {5, 6, "before"};
    assert_int_equal(cos_json_parse(&doc, LIT("1"), &limits, &err), 0);
    assert_int_equal(err.line, 5);
    assert_string_equal(err.message, "before");
    struct cos_json *same = doc;
    assert_int_equal(cos_json_parse(&same, LIT("x"), &limits, &err), -1);
    assert_ptr_equal(same, doc);
}

static void free_for_cjson(void *p)
{
    cos_free(p);
}

static bool parse_once(void)
{
    struct cos_json *doc = NULL;
    struct cos_text_error err = {0};
    int r = cos_json_parse(&doc, LIT("{\"a\":[1,\"x\",{\"b\":null,\"c\":\"\"}],\"d\":{}}"),
                           &limits, &err);
    assert_true(r == 0 || strcmp(err.message, "out of memory") == 0);
    (void)cos_json_free(doc);
    return r == 0;
}

/* The hooks are the test's alone: they are global, and the reader must not touch them. */
static void every_failed_allocation_is_out_of_memory(void **state)
{
    cJSON_Hooks hooks = {cos_malloc, free_for_cjson};
    cJSON_InitHooks(&hooks);
    assert_true(torture(parse_once) > 10);
    cJSON_InitHooks(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_texts_are_accepted),
        cmocka_unit_test(invalid_texts_are_refused_with_their_place),
        cmocka_unit_test(repeated_names_are_refused_at_the_second),
        cmocka_unit_test(equal_names_in_different_objects_are_fine),
        cmocka_unit_test(a_large_object_with_a_repeated_name_is_refused_quickly),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(a_hundred_thousand_brackets_do_no_harm),
        cmocka_unit_test(bytes_and_nodes_are_bounded),
        cmocka_unit_test(bytes_beyond_the_span_are_not_read),
        cmocka_unit_test(the_tree_is_walked_in_document_order),
        cmocka_unit_test(absent_nodes_answer_absent),
        cmocka_unit_test(wrong_kinds_answer_absent),
        cmocka_unit_test(integers_are_exact_or_none),
        cmocka_unit_test(escapes_become_utf8),
        cmocka_unit_test(error_and_result_are_untouched_as_promised),
        cmocka_unit_test(every_failed_allocation_is_out_of_memory),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
