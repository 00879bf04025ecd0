/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text errors: complete, cut between characters, optional.
 */
#include "check.h"
#include "cosbase/error.h"
#include "cosbase/utf8.h"

static bool is_utf8(struct cos_span s)
{
    size_t n = 1;
    while (s.len > 0 && n > 0) {
        n = cos_utf8_front(s);
        s = cos_span_from(s, n);
    }
    return n > 0;
}

static void position_and_message_are_set(void **state)
{
    struct cos_text_error err;
    cos_text_error_set(&err, 3, 7, "key '%s' is wrong", "a");
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 7);
    assert_string_equal(err.message, "key 'a' is wrong");
}

static void a_long_message_is_cut_between_characters(void **state)
{
    struct cos_text_error err;
    char text[400];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift);
        for (size_t i = 0; i < 120; i++) {
            memcpy(text + shift + 3 * i, "\xe4\xb8\xad", 4);
        }
        cos_text_error_set(&err, 1, 1, "%s", text);
        assert_true(strlen(err.message) > sizeof(err.message) - 8);
        assert_true(is_utf8(cos_span_of(err.message)));
    }
}

static void nobody_has_to_ask_for_the_error(void **state)
{
    cos_text_error_set(NULL, 1, 1, "%s", "unheard");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(position_and_message_are_set),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(nobody_has_to_ask_for_the_error),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
