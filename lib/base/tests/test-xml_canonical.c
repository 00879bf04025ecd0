/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exclusive canonical XML. The example of xml-exc-c14n s.2.2: an element has the same form
 * wherever its surroundings put it; the rules of canonical XML 1.0 s.1.1 (order of attributes,
 * quotes, empty elements, references, comments).
 */
#include "check.h"
#include "cosbase/xml_canonical.h"

static const char *form_of(const char *text, const char *name, const char *without)
{
    static char out[1024];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, sizeof(out));
    bool ok = cos_xml_canonical(&b, cos_span_of(text), name, without);
    (void)snprintf(out, sizeof(out), "%s", ok ? cos_buf_cstr(&b) : "(none)");
    return out;
}

/* Both documents and the result stand in xml-exc-c14n s.2.2. */
static void an_element_is_the_same_in_other_surroundings(void **state)
{
    static const char expected[] =
        "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\">\n"
        "     <n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff>\n"
        "   </n1:elem2>";
    assert_string_equal(form_of("<n0:pdu xmlns:n0=\"http://a.example\">\n"
                                "   <n1:elem2 xmlns:n1=\"http://example.net\" \n"
                                "             xml:lang=\"en\">\n"
                                "     <n3:stuff xmlns:n3=\"ftp://example.org\"/>\n"
                                "   </n1:elem2>\n"
                                "</n0:pdu>",
                                "elem2", NULL),
                        expected);
    assert_string_equal(form_of("<n2:pdu xmlns:n1=\"http://example.com\"\n"
                                "        xmlns:n2=\"http://foo.example\"\n"
                                "        xml:lang=\"fr\"\n"
                                "        xml:space=\"retain\">\n"
                                "   <n1:elem2 xmlns:n1=\"http://example.net\"\n"
                                "             xml:lang=\"en\">\n"
                                "     <n3:stuff xmlns:n3=\"ftp://example.org\"/>\n"
                                "   </n1:elem2>\n"
                                "</n2:pdu>",
                                "elem2", NULL),
                        expected);
}

static void a_form_is_one_whatever_was_written(void **state)
{
    assert_string_equal(form_of("<r><a z='1'  b=\"&lt;2\"/><!-- gone --></r>", "a", NULL),
                        "<a b=\"&lt;2\" z=\"1\"></a>");
    assert_string_equal(form_of("<r><a>x<!-- gone -->&gt;<![CDATA[<]]></a></r>", "a", NULL),
                        "<a>x&gt;&lt;</a>");
}

static void what_is_left_out_is_left_out_whole(void **state)
{
    assert_string_equal(form_of("<r><a><s><t/></s>x<b><s/></b></a></r>", "a", "s"),
                        "<a>x<b></b></a>");
    assert_string_equal(form_of("<r><a/></r>", "b", NULL), "(none)");
    assert_string_equal(form_of("<r><a></r>", "a", NULL), "(none)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_is_the_same_in_other_surroundings),
        cmocka_unit_test(a_form_is_one_whatever_was_written),
        cmocka_unit_test(what_is_left_out_is_left_out_whole),
    };
    return cmocka_run_group_tests_name("xml_canonical", tests, NULL, NULL);
}
