/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The retry rule as tables: how long it goes on, how long each wait may be, when the last try
 * is made.
 */
#include "world.h"

#include "wire/wire.h"

/* The defaults of hadoop-cos: fs.cosn.maxRetries 3, fs.cosn.retry.interval.seconds 3. */
static const struct retry_rule rule = {.retries = 3, .interval_ms = 3000};

static void waits_grow_to_the_interval_with_full_jitter(void **state)
{
    (void)state;
    static const struct retry_rule patient = {.retries = 1000, .interval_ms = 350};
    assert_int_equal(retry_delay_ms(&patient, 1, 0, 0, 0.0), 0);
    assert_int_equal(retry_delay_ms(&patient, 1, 0, 0, 0.5), 100);
    assert_int_equal(retry_delay_ms(&patient, 2, 0, 0, 0.5), 175);
    assert_int_equal(retry_delay_ms(&patient, 3, 0, 0, 0.5), 175);
    assert_int_equal(retry_delay_ms(&patient, 900, 0, 0, 0.5), 175);
}

static void it_ends_with_the_time_or_the_number(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct retry_rule rule;
        unsigned attempts;
        int64_t elapsed_ms, asked_ms;
        double jitter;
        int64_t delay_ms;
    } rows[] = {
        {"no retries wanted", {0, 3000}, 1, 0, 0, 0.5, -1},
        {"time left", {3, 3000}, 9, 8000, 0, 0.1, 300},
        {"the last try is made when the time is up", {3, 3000}, 9, 8000, 0, 0.9, 1000},
        {"the time is up", {3, 3000}, 9, 9000, 0, 0.1, -1},
        {"the time is up long ago", {3, 3000}, 9, INT64_MAX, 0, 0.1, -1},
        {"slow exchanges: as many retries as asked for", {3, 3000}, 3, 90000, 0, 0.5, 400},
        {"slow exchanges: and no more", {3, 3000}, 4, 90000, 0, 0.5, -1},
        {"the last request the number allows waits for the time",
         {3, 3000},
         15,
         2000,
         0,
         0,
         7000},
        {"the number is used up", {3, 3000}, 16, 2000, 0, 0, -1},
        {"no interval: as many retries as asked for, at once", {3, 0}, 3, 10, 0, 0.9, 0},
        {"no interval: and no more", {3, 0}, 4, 10, 0, 0.9, -1},
        {"the service asks for patience", {3, 3000}, 1, 0, 5000, 0.5, 5000},
        {"it asks for more than there is", {3, 3000}, 1, 0, 60000, 0.5, 9000},
        {"it asks for less than the dice", {3, 3000}, 5, 0, 1000, 0.5, 1500},
        {"the longest keys", {1000, 3600000}, 1000, 0, 0, 1.0, 3600000},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        int64_t delay_ms = retry_delay_ms(&rows[i].rule, rows[i].attempts, rows[i].elapsed_ms,
                                          rows[i].asked_ms, rows[i].jitter);
        CHECK_ROW(rows[i].name, delay_ms == rows[i].delay_ms);
    }
}

/* The promise, whatever the dice say: dice that are always low, always high, and in between. */
static void the_last_try_is_made_at_the_end_of_the_time(void **state)
{
    (void)state;
    for (double jitter = 0; jitter < 1; jitter += 0.01) {
        int64_t elapsed_ms = 0;
        unsigned attempts = 1;
        int64_t delay_ms;
        while ((delay_ms = retry_delay_ms(&rule, attempts, elapsed_ms, 0, jitter)) >= 0) {
            elapsed_ms += delay_ms;
            attempts++;
        }
        assert_int_equal(elapsed_ms, 9000);
        assert_in_range(attempts, 5, 16); /* the plugin: 16 requests in about 8 s */
    }
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    static const int64_t now_unix_ms = INT64_C(1586511395000); /* the date below, less 5 s */
    static const struct {
        const char *name, *header;
        int64_t want_ms;
    } rows[] = {
        {"none", NULL, 0},
        {"seconds", "120", 120000},
        {"blanks", " 2 ", 2000},
        {"a date", "Fri, 10 Apr 2020 09:36:40 GMT", 5000},
        {"a date that is past", "Fri, 10 Apr 2020 09:36:30 GMT", 0},
        {"nonsense", "soon", 0},
        {"negative", "-1", 0},
        {"without end", "18446744073709551615", 86400000},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        CHECK_ROW(rows[i].name, retry_after_ms(rows[i].header, now_unix_ms) == rows[i].want_ms);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_grow_to_the_interval_with_full_jitter),
        cmocka_unit_test(it_ends_with_the_time_or_the_number),
        cmocka_unit_test(the_last_try_is_made_at_the_end_of_the_time),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
