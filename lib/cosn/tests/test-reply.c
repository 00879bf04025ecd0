/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies and errors as containers.
 */
#include "world.h"

#include "wire/wire.h"

static void headers_are_found_in_any_case(void **state)
{
    (void)state;
    struct cosn_http_reply reply = {0};
    for (int i = 0; i < 40; i++) {
        assert_int_equal(cosn_http_reply_add_header(&reply, "X-Fill", 6, "v", 1), 0);
    }
    assert_int_equal(cosn_http_reply_add_header(&reply, "content-LENGTH", 14, "42x", 2), 0);
    assert_string_equal(cosn_http_reply_header(&reply, "Content-Length"), "42");
    assert_null(cosn_http_reply_header(&reply, "ETag"));
    cosn_http_reply_deinit(&reply);
    cosn_http_reply_deinit(&reply);
}

static void a_body_grows_and_ends_in_nul(void **state)
{
    (void)state;
    struct cosn_http_reply reply = {0};
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(cosn_http_reply_add_body(&reply, "ab", 2), 0);
    }
    assert_int_equal(reply.body_bytes, 6000);
    assert_int_equal(strlen(reply.body), 6000);
    cosn_http_reply_deinit(&reply);
}

static bool attempt(void)
{
    struct cosn_http_reply reply = {0};
    int r = cosn_http_reply_add_header(&reply, "a", 1, "b", 1);
    r = r < 0 ? r : cosn_http_reply_add_header(&reply, "c", 1, "d", 1);
    r = r < 0 ? r : cosn_http_reply_add_body(&reply, "x", 1);
    cosn_http_reply_deinit(&reply);
    return r == 0;
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    torture(attempt);
}

static void an_error_is_one_line_and_complete(void **state)
{
    (void)state;
    struct cosn_error err = {.http_status = 503, .retryable = true, .code = "Old"};
    assert_int_equal(fail_detail(&err, COSN_E_BUSY, COSN_D_THROTTLED, "a\r\nb: %d", 7),
                     COSN_E_BUSY);
    assert_string_equal(err.message, "a  b: 7");
    assert_int_equal(err.http_status, 0);
    assert_false(err.retryable);
    assert_string_equal(err.code, "");
    fail_prefix(&err, "reading %s", "x");
    assert_string_equal(err.message, "reading x: a  b: 7");
    assert_string_equal(cosn_status_name(COSN_E_BUSY), "COSN_E_BUSY");
    assert_string_equal(cosn_status_name((enum cosn_status)7), "unknown");
    assert_int_equal((fail)(NULL, COSN_E_IO, "nobody listens"), COSN_E_IO);
}

static void a_long_prefix_keeps_the_error_terminated(void **state)
{
    (void)state;
    struct cosn_error err = COSN_ERROR_INIT;
    char long_text[600];
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    (void)(fail)(&err, COSN_E_IO, "%s", long_text);
    fail_prefix(&err, "%s", long_text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_found_in_any_case),
        cmocka_unit_test(a_body_grows_and_ends_in_nul),
        cmocka_unit_test(running_out_of_memory_is_reported),
        cmocka_unit_test(an_error_is_one_line_and_complete),
        cmocka_unit_test(a_long_prefix_keeps_the_error_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
