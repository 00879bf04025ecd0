/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The retry rule as a table: what is repeated, what never, and how long the wait may be.
 */
#include "check.h"

#include "wire/wire.h"

static const struct retry_rule rule = {.max_attempts = 4, .base_ms = 100, .cap_ms = 350};

static void only_what_can_change_is_repeated(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned attempt;
        int http_status;
        bool retryable;
        bool repeats;
    } rows[] = {
        {"lost connection, idempotent", 1, 0, true, true},
        {"lost connection, not idempotent", 1, 0, false, false},
        {"500", 1, 500, true, true},
        {"500 of a call that may have run", 1, 500, false, false},
        {"503 on the last attempt", 4, 503, true, false},
        {"501 will not change", 1, 501, true, false},
        {"400", 1, 400, true, false},
        {"403", 1, 403, true, false},
        {"404", 1, 404, true, false},
        {"409", 1, 409, true, false},
        {"412", 1, 412, true, false},
        {"429 asks for patience", 1, 429, false, true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        int64_t delay_ms =
            retry_delay_ms(&rule, rows[i].attempt, rows[i].http_status, rows[i].retryable, 0.5);
        CHECK_ROW(rows[i].name, (delay_ms >= 0) == rows[i].repeats);
    }
}

static void waits_grow_to_the_cap_with_full_jitter(void **state)
{
    (void)state;
    struct retry_rule patient = {.max_attempts = 100, .base_ms = 100, .cap_ms = 350};
    assert_int_equal(retry_delay_ms(&patient, 1, 500, true, 0.0), 0);
    assert_int_equal(retry_delay_ms(&patient, 1, 500, true, 0.5), 50);
    assert_int_equal(retry_delay_ms(&patient, 2, 500, true, 0.5), 100);
    assert_int_equal(retry_delay_ms(&patient, 3, 500, true, 0.5), 175);
    assert_int_equal(retry_delay_ms(&patient, 90, 500, true, 0.5), 175);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_can_change_is_repeated),
        cmocka_unit_test(waits_grow_to_the_cap_with_full_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
