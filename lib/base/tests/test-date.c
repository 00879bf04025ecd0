/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates. The HTTP examples are RFC 9110 s.5.6.7, the others RFC 3339 s.5.8 and well-known
 * instants of Unix time; the whole range is swept against timegm(3) of the C library.
 */
#include "check.h"
#include "cosbase/date.h"

static const struct {
    int64_t unix_s;
    const char *http, *iso;
} rows[] = {
    {784111777, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
    {0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"},
    {-1, "Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z"},
    {951782400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00Z"},
    {1000000000, "Sun, 09 Sep 2001 01:46:40 GMT", "2001-09-09T01:46:40Z"},
    {1234567890, "Fri, 13 Feb 2009 23:31:30 GMT", "2009-02-13T23:31:30Z"},
    {2147483647, "Tue, 19 Jan 2038 03:14:07 GMT", "2038-01-19T03:14:07Z"},
    {-62135596800, "Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z"},
    {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"},
};

static void known_instants_are_written(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char http[30];
        char iso[21];
        char day[11];
        cos_date_http(http, rows[i].unix_s);
        cos_date_iso(iso, rows[i].unix_s);
        cos_date_day(day, rows[i].unix_s);
        assert_string_equal(http, rows[i].http);
        assert_string_equal(iso, rows[i].iso);
        assert_memory_equal(day, rows[i].iso, 10);
        assert_int_equal(strlen(day), 10);
    }
}

static void known_instants_are_read(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        int64_t s = 0;
        int64_t ms = 0;
        CHECK_ROW(rows[i].http, cos_date_http_parse(cos_span_of(rows[i].http), &s));
        CHECK_ROW(rows[i].iso, cos_date_iso_parse(cos_span_of(rows[i].iso), &ms));
        assert_true(s == rows[i].unix_s);
        assert_true(ms == rows[i].unix_s * 1000);
    }
}

static void milliseconds_are_written_also_before_1970(void **state)
{
    char iso[25];
    cos_date_iso_ms(iso, 784111777042);
    assert_string_equal(iso, "1994-11-06T08:49:37.042Z");
    cos_date_iso_ms(iso, -1);
    assert_string_equal(iso, "1969-12-31T23:59:59.999Z");
}

static void years_beyond_four_digits_are_clamped(void **state)
{
    char iso[21];
    cos_date_iso(iso, INT64_MAX);
    assert_string_equal(iso, "9999-12-31T23:59:59Z");
    cos_date_iso(iso, INT64_MIN);
    assert_string_equal(iso, "0001-01-01T00:00:00Z");
}

static void fractions_are_read_to_the_millisecond(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } fractions[] = {
        {"1985-04-12T23:20:50.52Z", 482196050520}, /* RFC 3339 s.5.8 */
        {"1970-01-01T00:00:00.1Z", 100},
        {"1970-01-01T00:00:00.0019999Z", 1},
        {"1970-01-01T00:00:00.123456789Z", 123},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(fractions); i++) {
        int64_t ms = -1;
        CHECK_ROW(fractions[i].text, cos_date_iso_parse(cos_span_of(fractions[i].text), &ms));
        CHECK_ROW(fractions[i].text, ms == fractions[i].ms);
    }
}

static void a_leap_second_is_the_second_after(void **state)
{
    int64_t ms = 0;
    assert_true(cos_date_iso_parse(COS_SPAN_LIT("1990-12-31T23:59:60Z"), &ms)); /* RFC 3339 */
    assert_true(ms == INT64_C(662688000000));
}

static void malformed_http_dates_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT", /* obsolete */
        "Sun Nov  6 08:49:37 1994",       /* obsolete */
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Mon, 06 Nov 1994 08:49:37 GMT", /* was a Sunday */
        "sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Thu, 31 Nov 1994 08:49:37 GMT",
        "Wed, 29 Feb 1995 08:49:37 GMT",
        "Sun, 06 Xov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994  8:49:37 GMT",
        "Sat, 01 Jan 0000 00:00:00 GMT",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(bad); i++) {
        int64_t s = 77;
        CHECK_ROW(bad[i], !cos_date_http_parse(cos_span_of(bad[i]), &s));
        CHECK_ROW(bad[i], s == 77);
    }
}

static void malformed_iso_dates_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Z",
        "1994-11-06",
        "1994-11-06T08:49:37",
        "1994-11-06 08:49:37Z",
        "1994-11-06T08:49:37z",
        "1994-11-06T08:49:37+00:00",
        "1994-11-06T08:49:37.Z",
        "1994-11-06T08:49:37,5Z",
        "1994-11-06T08:49:37.5xZ",
        "1994-11-06T08:49:37.1234567890Z",
        "1994-13-06T08:49:37Z",
        "1994-00-06T08:49:37Z",
        "1900-02-29T00:00:00Z",
        "-994-11-06T08:49:37Z",
        "0000-01-01T00:00:00Z",
        "1994-11-06T08:49:37ZZ",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(bad); i++) {
        int64_t ms = 77;
        CHECK_ROW(bad[i], !cos_date_iso_parse(cos_span_of(bad[i]), &ms));
        CHECK_ROW(bad[i], ms == 77);
    }
}

static void the_calendar_agrees_with_the_c_library(void **state)
{
    for (int64_t s = -62135596800; s <= 253402300799; s += 86400 * 97 + 12345) {
        struct tm tm;
        char expected[80];
        char iso[21];
        char http[30];
        time_t t = (time_t)s;
        int64_t back = 0;
        assert_non_null(gmtime_r(&t, &tm));
        (void)snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02dZ",
                       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                       tm.tm_sec);
        cos_date_iso(iso, s);
        assert_string_equal(iso, expected);
        cos_date_http(http, s);
        assert_true(cos_date_http_parse(cos_span_of(http), &back));
        assert_true(back == s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_instants_are_written),
        cmocka_unit_test(known_instants_are_read),
        cmocka_unit_test(milliseconds_are_written_also_before_1970),
        cmocka_unit_test(years_beyond_four_digits_are_clamped),
        cmocka_unit_test(fractions_are_read_to_the_millisecond),
        cmocka_unit_test(a_leap_second_is_the_second_after),
        cmocka_unit_test(malformed_http_dates_are_refused),
        cmocka_unit_test(malformed_iso_dates_are_refused),
        cmocka_unit_test(the_calendar_agrees_with_the_c_library),
    };
    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
