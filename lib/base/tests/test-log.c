/* SPDX-License-Identifier: Apache-2.0 */
/* The log line of the ready sink. */
#include "check.h"
#include "cosbase/log.h"

static void a_file_gets_time_level_and_area(void **state)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    cos_log_to_file(f, COS_LOG_WARN, "token", "replaced");
    assert_int_equal(fclose(f), 0);
    assert_int_equal(n, 24 + strlen(" WARN token: replaced\n"));
    assert_string_equal(text + 23, "Z WARN token: replaced\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gets_time_level_and_area),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
