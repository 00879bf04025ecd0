/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML reader: trees, bounds, and the classical attacks (OWASP "XML External Entity
 * Prevention", "billion laughs").
 */
#include "check.h"
#include "cosbase/xml.h"

#define LIT(s) COS_SPAN_LIT(s)

static const struct cos_xml_limits limits = {4u << 20, 32, 100000};

static struct cos_xml *parse(struct cos_span text)
{
    struct cos_xml *doc = NULL;
    struct cos_text_error err = {0};
    if (cos_xml_parse(&doc, text, &limits, &err) < 0) {
        fail_msg("'%.200s': %s", text.ptr, err.message);
    }
    return doc;
}

static void elements_are_found_by_name_and_order(void **state)
{
    COS_CLEANUP(cos_xml_free)
    struct cos_xml *doc = parse(LIT("<?xml version='1.0' encoding='UTF-8'?>\n"
                                    "<List>\n <Item><Key>a</Key><Size>1</Size></Item>\n"
                                    " <Item><Key>b</Key></Item>\n <Empty/>\n</List>\n"));
    assert_string_equal(cos_xml_name(doc), "List");
    const struct cos_xml *item = cos_xml_first(doc);
    assert_string_equal(cos_xml_child_text(item, "Key"), "a");
    assert_string_equal(cos_xml_child_text(item, "Size"), "1");
    item = cos_xml_next(item);
    assert_string_equal(cos_xml_child_text(item, "Key"), "b");
    assert_null(cos_xml_child_text(item, "Size"));
    item = cos_xml_next(item);
    assert_string_equal(cos_xml_name(item), "Empty");
    assert_string_equal(cos_xml_text(item), "");
    assert_null(cos_xml_next(item));
    assert_ptr_equal(cos_xml_get(doc, "Empty"), item);
    assert_null(cos_xml_get(doc, "item"));
}

static void text_is_joined_over_entities_comments_and_cdata(void **state)
{
    COS_CLEANUP(cos_xml_free)
    struct cos_xml *doc =
        parse(LIT("<a>x &amp; &lt;y&gt; &quot;&apos;<!-- no -->&#65;&#x4e2d;<?pi no?>"
                  "<![CDATA[<raw>&amp;]]><b>inner</b> end</a>"));
    assert_string_equal(cos_xml_text(doc), "x & <y> \"'A\xe4\xb8\xad<raw>&amp; end");
    assert_string_equal(cos_xml_child_text(doc, "b"), "inner");
}

static void blanks_in_text_are_kept(void **state)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = parse(LIT("<a>  </a>"));
    assert_string_equal(cos_xml_text(doc), "  ");
}

static void a_long_text_arrives_whole(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 1u << 20);
    cos_buf_str(&text, "<a>");
    for (int i = 0; i < 50000; i++) {
        cos_buf_printf(&text, "%d,", i);
    }
    cos_buf_str(&text, "</a>");
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = parse(cos_buf_view(&text));
    assert_int_equal(strlen(cos_xml_text(doc)), text.len - 7);
    assert_memory_equal(cos_xml_text(doc), text.ptr + 3, text.len - 7);
}

static void namespaces_are_ignored_and_attributes_read(void **state)
{
    COS_CLEANUP(cos_xml_free)
    struct cos_xml *doc = parse(LIT("<p:A xmlns:p='u' xmlns='v' x='1&amp;2' y=''>"
                                    "<B xmlns:xsi='w' xsi:type='T'/><q:C/></p:A>"));
    assert_string_equal(cos_xml_name(doc), "A");
    assert_string_equal(cos_xml_attr(doc, "x"), "1&2");
    assert_string_equal(cos_xml_attr(doc, "y"), "");
    assert_null(cos_xml_attr(doc, "z"));
    assert_string_equal(cos_xml_attr(cos_xml_get(doc, "B"), "type"), "T");
}

static void lines_are_those_of_the_start_tag(void **state)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = parse(LIT("<a>\n\n<b>\n</b>\n<c/></a>"));
    assert_int_equal(cos_xml_line(doc), 1);
    assert_int_equal(cos_xml_line(cos_xml_get(doc, "b")), 3);
    assert_int_equal(cos_xml_line(cos_xml_get(doc, "c")), 5);
}

static void absent_elements_answer_absent(void **state)
{
    assert_null(cos_xml_name(NULL));
    assert_null(cos_xml_get(NULL, "a"));
    assert_null(cos_xml_first(NULL));
    assert_null(cos_xml_next(NULL));
    assert_null(cos_xml_text(NULL));
    assert_null(cos_xml_child_text(NULL, "a"));
    assert_null(cos_xml_attr(NULL, "a"));
    assert_int_equal(cos_xml_line(NULL), 0);
    assert_null(cos_xml_free(NULL));
}

static void a_doctype_is_refused_whatever_it_holds(void **state)
{
    static const char *const rows[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a []><a/>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/x.dtd'><a/>",
        "<!DOCTYPE a PUBLIC 'p' 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/'> %x;]><a/>",
        "<!DOCTYPE lolz [<!ENTITY lol \"lol\">"
        "<!ENTITY lol2 \"&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;\">"
        "<!ENTITY lol3 \"&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;\">"
        "<!ENTITY lol4 \"&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;\">"
        "<!ENTITY lol5 \"&lol4;&lol4;&lol4;&lol4;&lol4;&lol4;&lol4;&lol4;&lol4;&lol4;\">"
        "<!ENTITY lol6 \"&lol5;&lol5;&lol5;&lol5;&lol5;&lol5;&lol5;&lol5;&lol5;&lol5;\">"
        "<!ENTITY lol7 \"&lol6;&lol6;&lol6;&lol6;&lol6;&lol6;&lol6;&lol6;&lol6;&lol6;\">"
        "<!ENTITY lol8 \"&lol7;&lol7;&lol7;&lol7;&lol7;&lol7;&lol7;&lol7;&lol7;&lol7;\">"
        "<!ENTITY lol9 \"&lol8;&lol8;&lol8;&lol8;&lol8;&lol8;&lol8;&lol8;&lol8;&lol8;\">"
        "]><lolz>&lol9;</lolz>",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_xml *doc = NULL;
        struct cos_text_error err = {0};
        CHECK_ROW(rows[i], cos_xml_parse(&doc, cos_span_of(rows[i]), &limits, &err) == -1);
        CHECK_ROW(rows[i], doc == NULL);
        CHECK_ROW(rows[i], strcmp(err.message, "a DOCTYPE is not accepted") == 0);
        CHECK_ROW(rows[i], err.line == 1);
    }
}

static void malformed_texts_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *name;
        struct cos_span text;
        unsigned line;
    } rows[] = {
        {"empty", LIT(""), 1},
        {"blank", LIT("  "), 1},
        {"no markup", LIT("text"), 1},
        {"json", LIT("{\"a\":1}"), 1},
        {"not closed", LIT("<a>"), 1},
        {"closed by another", LIT("<a>\n<b></a>"), 2},
        {"two roots", LIT("<a/>\n<b/>"), 2},
        {"text after the root", LIT("<a/>x"), 1},
        {"unknown entity", LIT("<a>\n&nbsp;</a>"), 2},
        {"bare ampersand", LIT("<a>x & y</a>"), 1},
        {"bare less-than", LIT("<a>1 < 2</a>"), 1},
        {"repeated attribute", LIT("<a x='1' x='2'/>"), 1},
        {"attribute without quotes", LIT("<a x=1/>"), 1},
        {"NUL in the text", LIT("<a>x\0y</a>"), 1},
        {"NUL by reference", LIT("<a>&#0;</a>"), 1},
        {"control character", LIT("<a>\x01</a>"), 1},
        {"control by reference", LIT("<a>&#1;</a>"), 1},
        {"invalid UTF-8", LIT("<a>\n\xff</a>"), 2},
        {"unknown encoding", LIT("<?xml version='1.0' encoding='x-none'?><a/>"), 1},
        {"declaration not first", LIT(" <?xml version='1.0'?><a/>"), 1},
        {"cut inside a tag", LIT("<a><b"), 1},
        {"cut inside CDATA", LIT("<a><![CDATA[x"), 1},
        {"dashes in a comment", LIT("<a><!-- -- --></a>"), 1},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_xml *doc = NULL;
        struct cos_text_error err = {0};
        CHECK_ROW(rows[i].name, cos_xml_parse(&doc, rows[i].text, &limits, &err) == -1);
        CHECK_ROW(rows[i].name, doc == NULL);
        CHECK_ROW(rows[i].name, err.message[0] != '\0');
        CHECK_ROW(rows[i].name, strchr(err.message, '\n') == NULL);
        CHECK_ROW(rows[i].name, err.line == rows[i].line);
    }
}

static void bytes_depth_and_nodes_are_bounded(void **state)
{
    static const struct {
        const char *name, *text;
        struct cos_xml_limits limits;
        bool ok;
    } rows[] = {
        {"bytes at the limit", "<a></a>", {7, 9, 9}, true},
        {"bytes above", "<a> </a>", {7, 9, 9}, false},
        {"depth at the limit", "<a><b><c/></b><b><c/></b></a>", {99, 3, 9}, true},
        {"depth above", "<a><b><c><d/></c></b></a>", {99, 3, 9}, false},
        {"elements at the limit", "<a><b/><b/></a>", {99, 9, 3}, true},
        {"elements above", "<a><b/><b/><b/></a>", {99, 9, 3}, false},
        {"attributes count", "<a x='1' y='2' z='3'/>", {99, 9, 3}, false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_xml *doc = NULL;
        struct cos_text_error err = {0};
        struct cos_span text = cos_span_of(rows[i].text);
        int r = cos_xml_parse(&doc, text, &rows[i].limits, &err);
        CHECK_ROW(rows[i].name, r == (rows[i].ok ? 0 : -1));
        CHECK_ROW(rows[i].name, rows[i].ok || strstr(err.message, "too") != NULL);
        (void)cos_xml_free(doc);
    }
}

/* <a b0='' b1='' ...><c b0='' .../>...: @n attributes on each of @elements. */
static void write_attributes(struct cos_buf *text, int elements, const char *name, int n)
{
    cos_buf_str(text, "<r>");
    for (int e = 0; e < elements; e++) {
        cos_buf_str(text, "<e");
        for (int i = 0; i < n; i++) {
            cos_buf_printf(text, " %s%d='>'", name, i);
        }
        cos_buf_str(text, "/>");
    }
    cos_buf_str(text, "</r>");
}

static void attributes_and_namespaces_are_bounded_before_libxml2_sees_them(void **state)
{
    static const struct {
        const char *name, *attribute;
        int elements, n;
        const char *refused; /* NULL: read */
    } rows[] = {
        {"attributes at the limit", "b", 700, 64, NULL},
        {"attributes above", "b", 1, 65, "an element has more than 64 attributes"},
        {"namespaces at the limit", "xmlns:b", 8, 64, NULL},
        {"namespaces above", "xmlns:b", 171, 3, "the text declares more than 512 namespaces"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
        COS_CLEANUP(cos_xml_free) struct cos_xml *doc = NULL;
        struct cos_text_error err = {0};
        cos_buf_init(&text, 1u << 20);
        write_attributes(&text, rows[i].elements, rows[i].attribute, rows[i].n);
        int r = cos_xml_parse(&doc, cos_buf_view(&text), /* limits= */ NULL, &err);
        CHECK_ROW(rows[i].name, rows[i].refused == NULL ? r == 0 : r == -1);
        CHECK_ROW(rows[i].name,
                  rows[i].refused == NULL || strcmp(err.message, rows[i].refused) == 0);
    }
}

/* In an encoding that moves ASCII about, a count of '<' and '=' would count nothing. */
static void encodings_that_hide_markup_are_refused(void **state)
{
    static const struct {
        const char *name;
        struct cos_span text;
        bool ok;
    } rows[] = {
        {"none declared", LIT("<a/>"), true},
        {"byte order mark", LIT("\xef\xbb\xbf<a/>"), true},
        {"utf-8", LIT("<?xml version='1.0' encoding = \"utf-8\"?><a/>"), true},
        {"Latin-1", LIT("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>"), true},
        {"GBK", LIT("<?xml version='1.0' encoding='GBK'?><a>\xd6\xd0</a>"), true},
        {"another instruction", LIT("<?xml-stylesheet encoding='UTF-7'?><a/>"), true},
        {"UTF-7", LIT("<?xml version='1.0' encoding='UTF-7'?><a/>"), false},
        {"UTF-16, declared", LIT("<?xml version='1.0' encoding='UTF-16'?><a/>"), false},
        {"UTF-16, marked", LIT("\xff\xfe<\0a\0/\0>\0"), false},
        {"UTF-16, guessed", LIT("<\0a\0/\0>\0"), false},
        {"ISO-2022-JP", LIT("<?xml version='1.0' encoding='ISO-2022-JP'?><a/>"), false},
        {"EBCDIC", LIT("\x4c\x6f\xa7\x94\x93"), false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_xml_free) struct cos_xml *doc = NULL;
        struct cos_text_error err = {0};
        int r = cos_xml_parse(&doc, rows[i].text, /* limits= */ NULL, &err);
        CHECK_ROW(rows[i].name, r == (rows[i].ok ? 0 : -1));
        CHECK_ROW(rows[i].name, rows[i].ok || err.line == 1);
    }
}

static void a_deep_bomb_does_no_harm(void **state)
{
    const struct cos_xml_limits wide = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    struct cos_xml *doc = NULL;
    cos_buf_init(&text, 1u << 20);
    for (int i = 0; i < 100000; i++) {
        cos_buf_str(&text, "<a>");
    }
    assert_int_equal(cos_xml_parse(&doc, cos_buf_view(&text), &wide, NULL), -1);
}

static void markup_is_escaped_and_what_xml_lacks_is_replaced(void **state)
{
    static const struct {
        struct cos_span in;
        const char *out;
    } rows[] = {
        {LIT("a&<>\"'b"), "a&amp;&lt;&gt;&quot;&apos;b"},
        {LIT("\t\n\r"), "\t\n&#13;"},
        {LIT("x\0\x01\x1f"), "x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {LIT("\xe4\xb8\xad\xf0\x9d\x84\x9e"), "\xe4\xb8\xad\xf0\x9d\x84\x9e"},
        {LIT("\xff\xc3"), "\xef\xbf\xbd\xef\xbf\xbd"},
        {LIT("\xef\xbf\xbe\xef\xbf\xbf"), "\xef\xbf\xbd\xef\xbf\xbd"}, /* U+FFFE, U+FFFF */
        {LIT(""), ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        cos_buf_init(&b, 1000);
        cos_xml_escape(&b, rows[i].in);
        assert_string_equal(cos_buf_cstr(&b), rows[i].out);
    }
}

static void what_is_escaped_reads_back(void **state)
{
    static const char text[] = "a & b < c > d \" e ' \t \xe4\xb8\xad ]]>";
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1000);
    cos_buf_str(&b, "<a>");
    cos_xml_escape(&b, cos_span_of(text));
    cos_buf_str(&b, "</a>");
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = parse(cos_buf_view(&b));
    assert_string_equal(cos_xml_text(doc), text);
}

/* Every character up to U+0800 that XML 1.0 s.2.2 knows, and the edges behind. */
static const uint32_t edges[] = {0x800,  0xd7ff,  0xe000,  0xfeff,
                                 0xfffd, 0x10000, 0x1f600, 0x10ffff};

static size_t put_utf8(char out[5], uint32_t c)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : (c < 0x800 ? 2 : (c < 0x10000 ? 3 : 4));
    for (size_t i = n; i-- > 1; c >>= 6) {
        out[i] = (char)(0x80 | (c & 0x3f));
    }
    out[0] = (char)(leads[n] | c);
    out[n] = '\0';
    return n;
}

static void check_round_trip(uint32_t c)
{
    char text[16] = "[";
    char name[32];
    size_t n = put_utf8(text + 1, c);
    memcpy(text + 1 + n, "]", 2);
    (void)snprintf(name, sizeof(name), "U+%04X", (unsigned)c);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1000);
    cos_buf_str(&b, "<a x=\"");
    cos_xml_escape_attr(&b, cos_span_of(text));
    cos_buf_str(&b, "\">");
    cos_xml_escape(&b, cos_span_of(text));
    cos_buf_str(&b, "</a>");
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = parse(cos_buf_view(&b));
    CHECK_ROW(name, strcmp(cos_xml_text(doc), text) == 0);
    CHECK_ROW(name, strcmp(cos_xml_attr(doc, "x"), text) == 0);
}

static void every_character_of_xml_reads_back_from_text_and_attributes(void **state)
{
    static const char lacking[] = "\t\n\r";
    for (uint32_t c = 1; c < 0x800; c++) {
        if (c >= 0x20 || strchr(lacking, (int)c) != NULL) {
            check_round_trip(c);
        }
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(edges); i++) {
        check_round_trip(edges[i]);
    }
}

static bool parse_once(void)
{
    struct cos_xml *doc = NULL;
    struct cos_text_error err = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 100000);
    cos_buf_str(&text, "<a x='1'>");
    for (int i = 0; i < 200; i++) {
        cos_buf_str(&text, "<b y='2'>x&amp;y</b>");
    }
    cos_buf_str(&text, "</a>");
    if (text.failed) {
        return false;
    }
    int r = cos_xml_parse(&doc, cos_buf_view(&text), &limits, &err);
    assert_true(r == 0 || strcmp(err.message, "out of memory") == 0);
    (void)cos_xml_free(doc);
    return r == 0;
}

static void every_failed_allocation_of_the_tree_is_out_of_memory(void **state)
{
    assert_true(torture(parse_once) > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_found_by_name_and_order),
        cmocka_unit_test(text_is_joined_over_entities_comments_and_cdata),
        cmocka_unit_test(blanks_in_text_are_kept),
        cmocka_unit_test(a_long_text_arrives_whole),
        cmocka_unit_test(namespaces_are_ignored_and_attributes_read),
        cmocka_unit_test(lines_are_those_of_the_start_tag),
        cmocka_unit_test(absent_elements_answer_absent),
        cmocka_unit_test(a_doctype_is_refused_whatever_it_holds),
        cmocka_unit_test(malformed_texts_are_refused_with_their_line),
        cmocka_unit_test(bytes_depth_and_nodes_are_bounded),
        cmocka_unit_test(attributes_and_namespaces_are_bounded_before_libxml2_sees_them),
        cmocka_unit_test(encodings_that_hide_markup_are_refused),
        cmocka_unit_test(a_deep_bomb_does_no_harm),
        cmocka_unit_test(markup_is_escaped_and_what_xml_lacks_is_replaced),
        cmocka_unit_test(what_is_escaped_reads_back),
        cmocka_unit_test(every_character_of_xml_reads_back_from_text_and_attributes),
        cmocka_unit_test(every_failed_allocation_of_the_tree_is_out_of_memory),
    };
    return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
