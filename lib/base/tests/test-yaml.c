/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML reader: trees with lines, and everything it refuses by name.
 */
#include "check.h"
#include "cosbase/buf.h"
#include "cosbase/yaml.h"

#define LIT(s) COS_SPAN_LIT(s)

static const struct cos_yaml_limits limits = {4u << 20, 32, 100000};

static struct cos_yaml *parse(struct cos_span text)
{
    struct cos_yaml *doc = NULL;
    struct cos_text_error err = {0};
    if (cos_yaml_parse(&doc, text, &limits, &err) < 0) {
        fail_msg("'%.200s': %u: %s", text.ptr, err.line, err.message);
    }
    return doc;
}

static void mappings_and_sequences_keep_order_and_lines(void **state)
{
    COS_CLEANUP(cos_yaml_free)
    struct cos_yaml *doc =
        parse(LIT("# comment\nb:\n  - x\n  - {k: v}\na: 'q'\nempty:\nlist: []\n"));
    assert_int_equal(cos_yaml_kind(doc), COS_YAML_MAPPING);
    assert_int_equal(cos_yaml_line(doc), 2);
    const struct cos_yaml *b = cos_yaml_first(doc);
    assert_string_equal(cos_yaml_key(b), "b");
    assert_int_equal(cos_yaml_kind(b), COS_YAML_SEQUENCE);
    const struct cos_yaml *x = cos_yaml_first(b);
    assert_string_equal(cos_yaml_str(x), "x");
    assert_null(cos_yaml_key(x));
    assert_int_equal(cos_yaml_line(x), 3);
    assert_string_equal(cos_yaml_str(cos_yaml_get(cos_yaml_next(x), "k")), "v");
    assert_null(cos_yaml_next(cos_yaml_next(x)));
    const struct cos_yaml *a = cos_yaml_next(b);
    assert_string_equal(cos_yaml_key(a), "a");
    assert_int_equal(cos_yaml_line(a), 5);
    assert_true(cos_yaml_quoted(a));
    const struct cos_yaml *empty = cos_yaml_get(doc, "empty");
    assert_string_equal(cos_yaml_str(empty), "");
    assert_false(cos_yaml_quoted(empty));
    assert_null(cos_yaml_first(cos_yaml_get(doc, "list")));
    assert_null(cos_yaml_get(doc, "A"));
    assert_null(cos_yaml_next(doc));
}

static void json_is_yaml(void **state)
{
    COS_CLEANUP(cos_yaml_free)
    struct cos_yaml *doc = parse(LIT("{\"a\": [1, \"two\", {\"b\": null}]}"));
    const struct cos_yaml *one = cos_yaml_first(cos_yaml_get(doc, "a"));
    int64_t value = 0;
    assert_true(cos_yaml_i64(one, &value));
    assert_int_equal(value, 1);
    assert_true(cos_yaml_quoted(cos_yaml_next(one)));
}

static void blocks_and_escapes_are_text(void **state)
{
    COS_CLEANUP(cos_yaml_free)
    struct cos_yaml *doc =
        parse(LIT("lit: |\n  a\n  b\nfold: >-\n  a\n  b\nesc: \"\\x41\\u4e2d\\n\"\n"));
    assert_string_equal(cos_yaml_str(cos_yaml_get(doc, "lit")), "a\nb\n");
    assert_true(cos_yaml_quoted(cos_yaml_get(doc, "lit")));
    assert_string_equal(cos_yaml_str(cos_yaml_get(doc, "fold")), "a b");
    assert_string_equal(cos_yaml_str(cos_yaml_get(doc, "esc")), "A\xe4\xb8\xad\n");
}

static void empty_documents_are_null(void **state)
{
    static const char *const rows[] = {"", "\n\n", "# only a comment\n", "---\n", "---\n...\n"};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char untouched;
        struct cos_yaml *doc = (struct cos_yaml *)(void *)&untouched;
        struct cos_span text = cos_span_of(rows[i]);
        CHECK_ROW(rows[i], cos_yaml_parse(&doc, text, &limits, NULL) == 0);
        CHECK_ROW(rows[i], doc == NULL);
    }
}

static void a_lone_scalar_is_a_document(void **state)
{
    COS_CLEANUP(cos_yaml_free) struct cos_yaml *word = parse(LIT("word\n"));
    COS_CLEANUP(cos_yaml_free) struct cos_yaml *quoted = parse(LIT("''\n"));
    assert_string_equal(cos_yaml_str(word), "word");
    assert_string_equal(cos_yaml_str(quoted), "");
}

static void refused_texts_name_line_and_reason(void **state)
{
    static const struct {
        struct cos_span text;
        unsigned line;
        const char *reason; /* part of the message; NULL: libyaml's own words */
    } rows[] = {
        {LIT("a: &x 1\n"), 1, "anchors"},
        {LIT("a: 1\nb: &x [1]\n"), 2, "anchors"},
        {LIT("&x a: 1\n"), 1, "anchors"},
        {LIT("a: 1\nb: *x\n"), 2, "aliases"},
        {LIT("base: {a: 1}\nb:\n  <<: *base\n"), 3, "aliases"},
        {LIT("*x : 1\n"), 1, "aliases"},
        {LIT("a: !!str 1\n"), 1, "tags"},
        {LIT("a: !local {}\n"), 1, "tags"},
        {LIT("a: !!python/object:os.system []\n"), 1, "tags"},
        {LIT("%TAG ! tag:x,2000:\n---\na: 1\n"), 1, "%TAG"},
        {LIT("a: 1\n---\nb: 1\n"), 2, "one document"},
        {LIT("a: 1\nb: 2\na: 3\n"), 3, "'a' appears twice"},
        {LIT("a: 1\n'a': 2\n"), 2, "'a' appears twice"},
        {LIT("o:\n  k: {x: 1,\n   x: 2}\n"), 3, "'x' appears twice"},
        {LIT("a: 1\na:\n\n  - 1\n"), 2, "'a' appears twice"},
        {LIT("[1, 2]: x\n"), 1, "key must be a scalar"},
        {LIT("? {a: 1}\n: x\n"), 1, "key must be a scalar"},
        {LIT("a: \"x\\0y\"\n"), 1, "U+0000"},
        {LIT("\"k\\0\": 1\n"), 1, "U+0000"},
        {LIT("a: [1, 2\n"), 2, NULL},
        {LIT("a: 'open\n"), 2, NULL},
        {LIT("a: 1\n\tb: 2\n"), 2, NULL},
        {LIT("a: b: c\n"), 1, NULL},
        {LIT("a:\n - x\n b: 1\n"), 3, NULL},
        {LIT("a: \xff\n"), 1, NULL},
        {LIT("a: \x01\n"), 1, NULL},
        {LIT("a: x\0y\n"), 1, NULL},
        {LIT("a: @x\n"), 1, NULL},
        {LIT("a: \"\\q\"\n"), 1, NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_yaml *doc = NULL;
        struct cos_text_error err = {0};
        char name[400];
        int r = cos_yaml_parse(&doc, rows[i].text, &limits, &err);
        (void)snprintf(name, sizeof(name), "%.100s => %u: %s", rows[i].text.ptr, err.line,
                       err.message);
        CHECK_ROW(name, r == -1);
        CHECK_ROW(name, doc == NULL);
        CHECK_ROW(name, err.message[0] != '\0');
        CHECK_ROW(name, err.line == rows[i].line);
        CHECK_ROW(name, rows[i].reason == NULL || strstr(err.message, rows[i].reason) != NULL);
    }
}

static void bytes_depth_and_nodes_are_bounded(void **state)
{
    static const struct {
        const char *name, *text;
        struct cos_yaml_limits limits;
        bool ok;
    } rows[] = {
        {"bytes at the limit", "[1, 2]", {6, 9, 9}, true},
        {"bytes above", "[1, 2] ", {6, 9, 9}, false},
        {"depth at the limit", "[[{a: 1}], [[]]]", {99, 3, 99}, true},
        {"depth above", "[[{a: []}]]", {99, 3, 99}, false},
        {"nodes at the limit", "[1, 2]", {99, 9, 3}, true},
        {"nodes above", "[1, 2, 3]", {99, 9, 3}, false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_yaml *doc = NULL;
        struct cos_text_error err = {0};
        struct cos_span text = cos_span_of(rows[i].text);
        int r = cos_yaml_parse(&doc, text, &rows[i].limits, &err);
        CHECK_ROW(rows[i].name, r == (rows[i].ok ? 0 : -1));
        CHECK_ROW(rows[i].name, rows[i].ok || strstr(err.message, "too") != NULL);
        (void)cos_yaml_free(doc);
    }
}

static void a_deep_bomb_does_no_harm(void **state)
{
    const struct cos_yaml_limits wide = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
    static char brackets[20000];
    struct cos_yaml *doc = NULL;
    memset(brackets, '[', sizeof(brackets));
    struct cos_span text = cos_span_make(brackets, sizeof(brackets));
    assert_int_equal(cos_yaml_parse(&doc, text, &wide, NULL), -1);
}

static void numbers_are_plain_decimal_integers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},      {"-5", true, -5},
        {"007", true, 7},    {"9223372036854775807", true, INT64_MAX},
        {"'5'", false, 77},  {"\"5\"", false, 77},
        {"0x10", false, 77}, {"1_000", false, 77},
        {"1.0", false, 77},  {"9223372036854775808", false, 77},
        {"+5", false, 77},   {"[5]", false, 77},
        {"five", false, 77},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_yaml_free) struct cos_yaml *doc = parse(cos_span_of(rows[i].text));
        int64_t value = 77;
        CHECK_ROW(rows[i].text, cos_yaml_i64(doc, &value) == rows[i].ok);
        CHECK_ROW(rows[i].text, value == rows[i].value);
    }
}

static void truth_is_true_and_false_only(void **state)
{
    static const struct {
        const char *text;
        bool ok, value;
    } rows[] = {
        {"true", true, true}, {"false", true, false}, {"yes", false, false},
        {"no", false, false}, {"True", false, false}, {"'true'", false, false},
        {"on", false, false}, {"1", false, false},    {"[true]", false, false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_yaml_free) struct cos_yaml *doc = parse(cos_span_of(rows[i].text));
        bool value = false;
        CHECK_ROW(rows[i].text, cos_yaml_bool(doc, &value) == rows[i].ok);
        CHECK_ROW(rows[i].text, value == rows[i].value);
    }
}

static void absent_nodes_answer_absent(void **state)
{
    int64_t number = 77;
    bool truth = true;
    assert_int_equal(cos_yaml_kind(NULL), COS_YAML_NONE);
    assert_int_equal(cos_yaml_line(NULL), 0);
    assert_null(cos_yaml_get(cos_yaml_get(NULL, "a"), "b"));
    assert_null(cos_yaml_first(NULL));
    assert_null(cos_yaml_next(NULL));
    assert_null(cos_yaml_key(NULL));
    assert_null(cos_yaml_str(NULL));
    assert_false(cos_yaml_quoted(NULL));
    assert_false(cos_yaml_i64(NULL, &number));
    assert_false(cos_yaml_bool(NULL, &truth));
    assert_null(cos_yaml_free(NULL));
}

static bool parse_once(void)
{
    struct cos_yaml *doc = NULL;
    struct cos_text_error err = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 100000);
    for (int i = 0; i < 100; i++) {
        cos_buf_printf(&text, "k%d: {a: [1, 2], b: 'x'}\n", i);
    }
    if (text.failed) {
        return false;
    }
    int r = cos_yaml_parse(&doc, cos_buf_view(&text), &limits, &err);
    assert_true(r == 0 || strcmp(err.message, "out of memory") == 0);
    (void)cos_yaml_free(doc);
    return r == 0;
}

static void every_failed_allocation_of_the_tree_is_out_of_memory(void **state)
{
    assert_true(torture(parse_once) > 100);
}

/* RFC 8259 s.7: its own example, the G clef; YAML 1.2 s.5.7 has \\U. */
static void json_may_escape_a_character_as_two_halves(void **state)
{
    COS_CLEANUP(cos_yaml_free)
    struct cos_yaml *doc =
        parse(LIT(" {\"k\":\"a\\uD834\\uDD1Eb\", \"\\ud834\\udd1e\":\"\\\\ud834\\\\udd1e\"}"));
    assert_string_equal(cos_yaml_str(cos_yaml_get(doc, "k")), "a\xf0\x9d\x84\x9e"
                                                              "b");
    assert_string_equal(cos_yaml_str(cos_yaml_get(doc, "\xf0\x9d\x84\x9e")), "\\ud834\\udd1e");
}

static void what_yaml_quotes_itself_keeps_its_escapes(void **state)
{
    COS_CLEANUP(cos_yaml_free)
    struct cos_yaml *doc = parse(LIT("{k: '{\"x\":\"\\ud834\\udd1e\"}'}"));
    assert_string_equal(cos_yaml_str(cos_yaml_get(doc, "k")), "{\"x\":\"\\ud834\\udd1e\"}");
}

static void half_a_character_is_refused(void **state)
{
    static const char *const texts[] = {"{\"k\":\"\\ud834\"}", "{\"k\":\"\\udd1e\\ud834\"}",
                                        "{\"k\":\"\\ud834\\u0041\"}"};
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        struct cos_yaml *doc = NULL;
        struct cos_text_error err = {0};
        assert_int_equal(cos_yaml_parse(&doc, cos_span_of(texts[i]), &limits, &err), -1);
        assert_int_equal(err.line, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings_and_sequences_keep_order_and_lines),
        cmocka_unit_test(json_is_yaml),
        cmocka_unit_test(blocks_and_escapes_are_text),
        cmocka_unit_test(empty_documents_are_null),
        cmocka_unit_test(a_lone_scalar_is_a_document),
        cmocka_unit_test(refused_texts_name_line_and_reason),
        cmocka_unit_test(bytes_depth_and_nodes_are_bounded),
        cmocka_unit_test(a_deep_bomb_does_no_harm),
        cmocka_unit_test(numbers_are_plain_decimal_integers),
        cmocka_unit_test(truth_is_true_and_false_only),
        cmocka_unit_test(absent_nodes_answer_absent),
        cmocka_unit_test(json_may_escape_a_character_as_two_halves),
        cmocka_unit_test(what_yaml_quotes_itself_keeps_its_escapes),
        cmocka_unit_test(half_a_character_is_refused),
        cmocka_unit_test(every_failed_allocation_of_the_tree_is_out_of_memory),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
