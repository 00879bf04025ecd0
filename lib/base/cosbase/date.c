/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates by arithmetic alone: the day count is Howard Hinnant's days_from_civil /
 * civil_from_days (https://howardhinnant.github.io/date_algorithms.html), so neither locale nor
 * TZ can leak in. The readers are strict: fixed columns, real days, the right weekday. The two
 * obsolete HTTP forms are refused: rfc850-date needs today's century, and no client of today
 * sends either. A leap second (":60") reads as the second after it. Years outside 0001 to 9999
 * are written as the nearest instant inside, because the fields have fixed width.
 */
#include "cosbase/date.h"

#define SECONDS_PER_DAY INT64_C(86400)
#define FIRST_UNIX_S INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_UNIX_S INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct fields {
    int year, month, day, hour, minute, second; /* month and day from 1 */
    int weekday;                                /* 0: Sunday */
};

static int64_t days_from_civil(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

static void civil_from_days(struct fields *f, int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int day_of_era = (int)(z - era * 146097);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;
    f->day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    f->month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    f->year = (int)(year_of_era + era * 400) + (f->month <= 2);
}

static int weekday_of(int64_t days)
{
    return (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static struct fields split(int64_t unix_s)
{
    struct fields f;
    if (unix_s < FIRST_UNIX_S) {
        unix_s = FIRST_UNIX_S;
    }
    if (unix_s > LAST_UNIX_S) {
        unix_s = LAST_UNIX_S;
    }
    int64_t days = unix_s / SECONDS_PER_DAY - (unix_s % SECONDS_PER_DAY < 0);
    int rest = (int)(unix_s - days * SECONDS_PER_DAY);
    civil_from_days(&f, days);
    f.hour = rest / 3600;
    f.minute = rest / 60 % 60;
    f.second = rest % 60;
    f.weekday = weekday_of(days);
    return f;
}

static int days_in_month(int year, int month)
{
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && is_leap);
}

static bool is_real(const struct fields *f)
{
    return f->year >= 1 && f->month >= 1 && f->month <= 12 && f->day >= 1 &&
           f->day <= days_in_month(f->year, f->month) && f->hour <= 23 && f->minute <= 59 &&
           f->second <= 60;
}

static int64_t join(const struct fields *f)
{
    return days_from_civil(f->year, f->month, f->day) * SECONDS_PER_DAY + f->hour * 3600 +
           f->minute * 60 + f->second;
}

static char *put_digits(char *at, int value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

static char *put_text(char *at, const char *text)
{
    while (*text != '\0') {
        *at++ = *text++;
    }
    return at;
}

static char *put_day(char *at, const struct fields *f)
{
    at = put_digits(at, f->year, 4);
    *at++ = '-';
    at = put_digits(at, f->month, 2);
    *at++ = '-';
    return put_digits(at, f->day, 2);
}

static char *put_time(char *at, const struct fields *f)
{
    at = put_digits(at, f->hour, 2);
    *at++ = ':';
    at = put_digits(at, f->minute, 2);
    *at++ = ':';
    return put_digits(at, f->second, 2);
}

/* The @width digits at @start, or -1. */
static int get_digits(struct cos_span s, size_t start, size_t width)
{
    uint64_t value;
    struct cos_span digits = cos_span_sub(s, start, width);
    return digits.len == width && cos_span_u64(digits, &value) ? (int)value : -1;
}

/* @shape has '0' where any digit stands, '?' where anything stands, and itself elsewhere. */
static bool has_shape(struct cos_span s, const char *shape)
{
    if (s.len != strlen(shape)) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool is_digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
        if (shape[i] != '?' && !(shape[i] == '0' ? is_digit : s.ptr[i] == shape[i])) {
            return false;
        }
    }
    return true;
}

static int find_name(struct cos_span s, const char names[][4], int n_names)
{
    for (int i = 0; i < n_names; i++) {
        if (cos_span_eq_str(s, names[i])) {
            return i;
        }
    }
    return -1;
}

void cos_date_http(char out[30], int64_t unix_s)
{
    struct fields f = split(unix_s);
    char *at = put_text(out, day_names[f.weekday]);
    at = put_text(at, ", ");
    at = put_digits(at, f.day, 2);
    *at++ = ' ';
    at = put_text(at, month_names[f.month - 1]);
    *at++ = ' ';
    at = put_digits(at, f.year, 4);
    *at++ = ' ';
    at = put_time(at, &f);
    at = put_text(at, " GMT");
    *at = '\0';
}

void cos_date_iso(char out[21], int64_t unix_s)
{
    struct fields f = split(unix_s);
    char *at = put_day(out, &f);
    *at++ = 'T';
    at = put_time(at, &f);
    *at++ = 'Z';
    *at = '\0';
}

void cos_date_iso_ms(char out[25], int64_t unix_ms)
{
    int64_t unix_s = unix_ms / 1000 - (unix_ms % 1000 < 0);
    struct fields f = split(unix_s);
    char *at = put_day(out, &f);
    *at++ = 'T';
    at = put_time(at, &f);
    *at++ = '.';
    at = put_digits(at, (int)(unix_ms - unix_s * 1000), 3);
    *at++ = 'Z';
    *at = '\0';
}

void cos_date_day(char out[11], int64_t unix_s)
{
    struct fields f = split(unix_s);
    *put_day(out, &f) = '\0';
}

bool cos_date_http_parse(struct cos_span s, int64_t *unix_s)
{
    if (!has_shape(s, "???, 00 ??? 0000 00:00:00 GMT")) {
        return false;
    }
    struct fields f = {
        .year = get_digits(s, 12, 4),
        .month = 1 + find_name(cos_span_sub(s, 8, 3), month_names, 12),
        .day = get_digits(s, 5, 2),
        .hour = get_digits(s, 17, 2),
        .minute = get_digits(s, 20, 2),
        .second = get_digits(s, 23, 2),
        .weekday = find_name(cos_span_sub(s, 0, 3), day_names, 7),
    };
    if (!is_real(&f) || f.weekday != weekday_of(days_from_civil(f.year, f.month, f.day))) {
        return false;
    }
    *unix_s = join(&f);
    return true;
}

bool cos_date_iso_parse(struct cos_span s, int64_t *unix_ms)
{
    struct cos_span main_part = cos_span_sub(s, 0, 19);
    struct cos_span tail = cos_span_from(s, 19);
    if (!has_shape(main_part, "0000-00-00T00:00:00") ||
        !cos_span_ends(tail, COS_SPAN_LIT("Z"))) {
        return false;
    }
    struct fields f = {
        .year = get_digits(s, 0, 4),
        .month = get_digits(s, 5, 2),
        .day = get_digits(s, 8, 2),
        .hour = get_digits(s, 11, 2),
        .minute = get_digits(s, 14, 2),
        .second = get_digits(s, 17, 2),
    };
    struct cos_span fraction = cos_span_sub(tail, 0, tail.len - 1);
    int ms = 0;
    if (fraction.len > 0) {
        if (fraction.ptr[0] != '.' || fraction.len < 2 || fraction.len > 10) {
            return false;
        }
        for (size_t i = 1; i < fraction.len; i++) {
            if (get_digits(fraction, i, 1) < 0) {
                return false;
            }
        }
        for (size_t i = 1; i <= 3; i++) {
            ms = ms * 10 + (i < fraction.len ? get_digits(fraction, i, 1) : 0);
        }
    }
    if (!is_real(&f)) {
        return false;
    }
    *unix_ms = join(&f) * 1000 + ms;
    return true;
}
