/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of dates in SELECT Object Content. The examples are those of S3's reference of
 * DATE_ADD, DATE_DIFF, EXTRACT, TO_STRING and TO_TIMESTAMP, whose language the documents of COS
 * name (cos-operations-2.md s.16.3); it prints a result as exactly as its source was written,
 * here it is always to the second. Its DATE_DIFF(year, 2010T, 2010-05T) = 4 is a month's.
 */
#include "services/select_sql.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOW_UNIX_MS INT64_C(1586511305678) /* 2020-04-10T09:35:05.678Z */

/* A record without a field. */
static struct sql_value find(const void *ctx, const struct sql_step *steps, size_t n)
{
    (void)ctx;
    (void)steps;
    (void)n;
    return (struct sql_value){.kind = SQL_MISSING};
}

/* As a field of the answer, "null", or "! <code>: <why>". Static buffer. */
static const char *answer(const char *expression)
{
    static char out[300];
    char sql[300];
    char room[SQL_TEXT_ROOM];
    struct cos_arena arena;
    struct sql_query q;
    struct sql_value v;
    struct sql_error err = {.code = NULL};
    const struct sql_record r = {.scratch = &arena, .find = find};
    cos_arena_init(&arena, 1u << 20);
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM COSObject", expression);
    bool is_read = sql_parse(&arena, cos_span_of(sql), &q, &err);
    q.now_unix_ms = NOW_UNIX_MS;
    if (is_read && sql_column(&q, 0, &r, &v, &err)) {
        struct cos_span text = sql_text(&v, room);
        (void)snprintf(out, sizeof(out), COS_SPAN_FMT,
                       COS_SPAN_ARG(text.ptr == NULL ? COS_SPAN_LIT("null") : text));
    } else {
        (void)snprintf(out, sizeof(out), "! %s: %s", err.code, err.text);
    }
    cos_arena_deinit(&arena);
    return out;
}

static void dates_count_as_in_the_reference(void **state)
{
    static const char *const rows[][2] = {
        {"DATE_ADD(year, 5, `2010-01-01T`)", "2015-01-01T00:00:00Z"},
        {"DATE_ADD(month, 1, `2010T`)", "2010-02-01T00:00:00Z"},
        {"DATE_ADD(month, 13, `2010T`)", "2011-02-01T00:00:00Z"},
        {"DATE_ADD(day, -1, `2017-01-10T`)", "2017-01-09T00:00:00Z"},
        {"DATE_ADD(hour, 1, `2017T`)", "2017-01-01T01:00:00Z"},
        {"DATE_ADD(hour, 1, `2017-01-02T03:04Z`)", "2017-01-02T04:04:00Z"},
        {"DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:05:05.006Z"},
        {"DATE_ADD(second, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:04:06.006Z"},
        {"DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)", "1"},
        {"DATE_DIFF(month, `2010T`, `2010-05T`)", "4"},
        {"DATE_DIFF(month, `2010T`, `2011T`)", "12"},
        {"DATE_DIFF(month, `2011T`, `2010T`)", "-12"},
        {"DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "0"},
        {"EXTRACT(YEAR FROM `2010-01-01T`)", "2010"},
        {"EXTRACT(MONTH FROM `2010T`)", "1"},
        {"EXTRACT(MONTH FROM `2010-10T`)", "10"},
        {"EXTRACT(HOUR FROM `2017-01-02T03:04:05+07:08`)", "3"},
        {"EXTRACT(MINUTE FROM `2017-01-02T03:04:05+07:08`)", "4"},
        {"EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05+07:08`)", "7"},
        {"EXTRACT(TIMEZONE_MINUTE FROM `2017-01-02T03:04:05+07:08`)", "8"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y')", "July 20, 1969"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'MMM d, yyyy')", "Jul 20, 1969"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy')", "7-20-69"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'MM-d-y')", "07-20-1969"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')", "July 20, 1969 8:18 PM"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m:ssX')", "1969-07-20T20:18:00Z"},
        {"TO_STRING(`1969-07-20T20:18:00+08:00`, 'y-MM-dd''T''H:m:ssXXXX')",
         "1969-07-20T20:18:00+0800"},
        {"TO_STRING(`1969-07-20T20:18:00+08:00`, 'y-MM-dd''T''H:m:ssXXXXX')",
         "1969-07-20T20:18:00+08:00"},
        {"TO_TIMESTAMP('2007T')", "2007-01-01T00:00:00Z"},
        {"TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "2007-02-23T12:14:33.079-08:00"},
        {"UTCNOW()", "2020-04-10T09:35:05.678Z"},
    };
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (strcmp(answer(rows[i][0]), rows[i][1]) != 0) {
            fail_msg("%s: %s, not %s", rows[i][0], answer(rows[i][0]), rows[i][1]);
        }
    }
}

/* ISO 8601 and the Gregorian calendar. */
static void days_are_those_of_the_calendar(void **state)
{
    static const char *const rows[][2] = {
        {"DATE_ADD(day, 1, '2000-02-28')", "2000-02-29T00:00:00Z"},
        {"DATE_ADD(day, 1, '1900-02-28')", "1900-03-01T00:00:00Z"},
        {"DATE_ADD(year, 1, '2020-02-29')", "2021-02-28T00:00:00Z"},
        {"DATE_ADD(month, -1, '2021-03-31')", "2021-02-28T00:00:00Z"},
        {"DATE_ADD(month, -13, '2021-01-15')", "2019-12-15T00:00:00Z"},
        {"DATE_DIFF(month, '2010-01-31', '2010-03-01')", "1"},
        {"DATE_DIFF(month, '2010-01-15', '2010-02-14T23:59:59Z')", "0"},
        {"DATE_DIFF(year, '2020-02-29', '2021-02-28')", "1"},
        {"DATE_DIFF(day, '1969-12-31', '1970-01-02')", "2"},
        {"DATE_DIFF(hour, '2010T', '2009-12-31T22:30:00Z')", "-1"},
        {"EXTRACT(day FROM '1969-12-31T23:59:59.999Z')", "31"},
        {"EXTRACT(TIMEZONE_HOUR FROM '2017-01-02T03:04:05-07:30')", "-7"},
        {"TO_STRING('2017-01-02T00:04:05.079Z', 'hh:mm:ss.SSS a x xxx')",
         "12:04:05.079 AM +00 +00:00"},
        {"TO_TIMESTAMP('2010-01-01T08:00:00+08:00') = `2010T`", "true"},
        {"`2010T` = '2010-01-01'", "false"}, /* two texts */
        {"CAST('2010-01-01' AS TIMESTAMP) < TO_TIMESTAMP('2010-01-01T00:00:00.001Z')", "true"},
        {"CAST(TO_TIMESTAMP('2010T') AS STRING)", "2010-01-01T00:00:00Z"},
        {"TO_TIMESTAMP(missing)", "null"},
        {"DATE_ADD(day, NULL, '2010T')", "null"},
    };
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (strcmp(answer(rows[i][0]), rows[i][1]) != 0) {
            fail_msg("%s: %s, not %s", rows[i][0], answer(rows[i][0]), rows[i][1]);
        }
    }
}

static void what_is_no_date_is_refused(void **state)
{
    static const char *const rows[][2] = {
        {"TO_TIMESTAMP('2010-13T')", "! CastFailed: "},
        {"TO_TIMESTAMP('2010-02-29')", "! CastFailed: "},
        {"TO_TIMESTAMP('2010-01-01T24:00Z')", "! CastFailed: "},
        {"TO_TIMESTAMP('2010-01-01T10:00+24:00')", "! CastFailed: "},
        {"TO_TIMESTAMP('2010-1-1')", "! CastFailed: "},
        {"TO_TIMESTAMP('2010T ')", "2010-01-01T00:00:00Z"},
        {"TO_TIMESTAMP(7)", "! CastFailed: "},
        {"TO_TIMESTAMP('0000T')", "! CastFailed: "},
        {"CAST('x' AS TIMESTAMP)", "! CastFailed: "},
        {"CAST(UTCNOW() AS INT)", "! CastFailed: "},
        {"CAST(UTCNOW() AS BOOL)", "! CastFailed: "},
        {"DATE_ADD(day, 1.5, '2010T')", "! CastFailed: "},
        {"DATE_ADD(day, 9223372036854775807, '2010T')", "! CastFailed: "},
        {"DATE_ADD(year, 9000, '2010T')", "! CastFailed: "},
        {"DATE_ADD(month, -99999, '2010T')", "! CastFailed: "},
        {"DATE_ADD(second, 300000000000, '2010T')", "! CastFailed: "},
        {"TO_STRING('2010T', 'q')", "! CastFailed: a pattern of TO_STRING has 'q'"},
        {"TO_STRING('2010T', 7)", "! CastFailed: "},
        {"DATE_ADD(week, 1, '2010T')", "! SQLParsingError: "},
        {"DATE_ADD(day, 1)", "! SQLParsingError: "},
        {"DATE_DIFF(TIMEZONE_HOUR, '2010T', '2010T')", "! SQLParsingError: "},
        {"EXTRACT(day, '2010T')", "! SQLParsingError: "},
        {"UTCNOW(1)", "! SQLParsingError: "},
    };
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *said = answer(rows[i][0]);
        if (strncmp(said, rows[i][1], strlen(rows[i][1])) != 0) {
            fail_msg("%s: %s, not %s", rows[i][0], said, rows[i][1]);
        }
    }
}

/* Whichever day it is: what is printed reads back as the same. */
static void every_day_reads_back(void **state)
{
    (void)state;
    for (int day = -719000; day < 2932000; day += 997) {
        char expression[120];
        char printed[40];
        (void)snprintf(expression, sizeof(expression), "DATE_ADD(day, %d, '1970T')", day);
        (void)snprintf(printed, sizeof(printed), "%s", answer(expression));
        (void)snprintf(expression, sizeof(expression), "DATE_DIFF(day, '1970T', '%s')",
                       printed);
        char number[16];
        (void)snprintf(number, sizeof(number), "%d", day);
        if (strcmp(answer(expression), number) != 0) {
            fail_msg("day %d: %s: %s", day, printed, answer(expression));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_count_as_in_the_reference),
        cmocka_unit_test(days_are_those_of_the_calendar),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(every_day_reads_back),
    };
    return cmocka_run_group_tests_name("select_dates", tests, NULL, NULL);
}
