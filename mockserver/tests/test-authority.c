/* SPDX-License-Identifier: Apache-2.0 */
/* An authority that is made before its mock is: whose it becomes, and that nobody needs it. */
#include "edge/authority.h"

#include "cosbase/base.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct cosmock *make(void)
{
    struct cosmock *mock = NULL;
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_error err;
    if (cosmock_new(&mock, &options, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    return mock;
}

static void one_that_was_begun_is_that_of_the_mock(void **state)
{
    struct authority_making *begun = authority_begin();
    assert_non_null(begun);
    struct cosmock *mock = make();
    authority_end(begun, mock);
    const char *pem = cosmock_ca_pem(mock);
    assert_non_null(pem);
    assert_int_equal(strncmp(pem, "-----BEGIN CERTIFICATE-----", 27), 0);
    (void)cosmock_free(mock);
}

/* Clients may have it already. */
static void a_mock_keeps_the_one_it_has(void **state)
{
    struct cosmock *mock = make();
    const char *pem = cosmock_ca_pem(mock);
    authority_end(authority_begin(), mock);
    assert_ptr_equal(cosmock_ca_pem(mock), pem);
    (void)cosmock_free(mock);
}

static void one_that_could_not_be_begun_is_made_when_it_is_asked_for(void **state)
{
    struct cosmock *mock = make();
    authority_end(/* m= */ NULL, mock);
    assert_non_null(cosmock_ca_pem(mock));
    (void)cosmock_free(mock);
}

/* The start failed; what is left behind a sanitizer sees. */
static void one_that_nobody_wants_goes(void **state)
{
    authority_end(authority_begin(), /* mock= */ NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_was_begun_is_that_of_the_mock),
        cmocka_unit_test(a_mock_keeps_the_one_it_has),
        cmocka_unit_test(one_that_could_not_be_begun_is_made_when_it_is_asked_for),
        cmocka_unit_test(one_that_nobody_wants_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
