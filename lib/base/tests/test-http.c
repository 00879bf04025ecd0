/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of HTTP: RFC 9110 s.5.5 and s.5.6.2. */
#include "check.h"
#include "cosbase/http.h"

#define TCHAR                                          \
    "!#$%&'*+-.^_`|~" /* and DIGIT, ALPHA (s.5.6.2) */ \
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static void a_token_holds_what_the_rfc_lists_and_nothing_else(void **state)
{
    for (unsigned c = 0; c < 256; c++) {
        const char text[] = {'a', (char)c, 'z'};
        bool is_listed = c != 0 && strchr(TCHAR, (int)c) != NULL;
        if (cos_http_is_token(cos_span_make(text, sizeof(text))) != is_listed) {
            fail_msg("byte %02x", c);
        }
    }
}

static void nothing_is_no_token(void **state)
{
    assert_false(cos_http_is_token(COS_SPAN_EMPTY));
}

static void only_control_bytes_are_control_bytes(void **state)
{
    for (unsigned c = 0; c < 256; c++) {
        const char text[] = {'a', (char)c, 'z'};
        bool is_control = c < 0x20 || c == 0x7f;
        struct cos_span s = cos_span_make(text, sizeof(text));
        assert_int_equal(cos_http_has_control(s, /* may_hold_tab= */ false), is_control);
        assert_int_equal(cos_http_has_control(s, /* may_hold_tab= */ true),
                         is_control && c != '\t');
    }
}

static void a_control_byte_is_found_wherever_it_stands(void **state)
{
    char text[200];
    memset(text, 'x', sizeof(text));
    for (size_t at = 0; at < sizeof(text); at++) {
        struct cos_span up_to_it = cos_span_make(text, at + 1);
        assert_false(cos_http_has_control(up_to_it, /* may_hold_tab= */ false));
        text[at] = '\r';
        assert_true(cos_http_has_control(up_to_it, /* may_hold_tab= */ false));
        assert_true(cos_http_has_control(cos_span_make(text, sizeof(text)),
                                         /* may_hold_tab= */ true));
        text[at] = 'x';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_holds_what_the_rfc_lists_and_nothing_else),
        cmocka_unit_test(nothing_is_no_token),
        cmocka_unit_test(only_control_bytes_are_control_bytes),
        cmocka_unit_test(a_control_byte_is_found_wherever_it_stands),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
