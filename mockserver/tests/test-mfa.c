/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-time codes. RFC 6238 appendix B (SHA-1) shows eight digits; six are the last of those
 * (RFC 4226 s.5.3: the number modulo a power of ten). Its seed is the twenty bytes
 * "12345678901234567890", in base32 as RFC 4648 s.6 writes them.
 */
#include "services/mfa.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SEED COS_SPAN_LIT("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

static const struct {
    int64_t unix_s;
    const char *code;
} vectors[] = {
    {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
    {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
};

static void a_device_shows_what_the_rfc_shows(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        char code[MFA_CODE_DIGITS + 1];
        assert_true(mfa_code(SEED, vectors[i].unix_s, code));
        assert_string_equal(code, vectors[i].code);
    }
}

/* RFC 6238 s.5.2 */
static void one_step_to_either_side_is_taken_and_no_more(void **state)
{
    struct cos_span code = COS_SPAN_LIT("005924");
    const int64_t step = 1234567890; /* a multiple of thirty: it begins here */
    assert_true(mfa_shows(SEED, step, code));
    assert_true(mfa_shows(SEED, step - 30, code));
    assert_true(mfa_shows(SEED, step + 59, code));
    assert_false(mfa_shows(SEED, step - 31, code));
    assert_false(mfa_shows(SEED, step + 60, code));
}

static void without_a_seed_nothing_is_shown(void **state)
{
    char code[MFA_CODE_DIGITS + 1];
    assert_false(mfa_code(COS_SPAN_EMPTY, 59, code));
    assert_false(mfa_shows(COS_SPAN_EMPTY, 59, COS_SPAN_LIT("")));
    assert_false(mfa_shows(SEED, 59, COS_SPAN_LIT("28708")));
    assert_false(mfa_shows(SEED, 59, COS_SPAN_LIT("2870820")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_shows_what_the_rfc_shows),
        cmocka_unit_test(one_step_to_either_side_is_taken_and_no_more),
        cmocka_unit_test(without_a_seed_nothing_is_shown),
    };
    return cmocka_run_group_tests_name("mfa", tests, NULL, NULL);
}
