/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of dates. The guide names them (cos-operations-2.md s.16.3: DATE_ADD, DATE_DIFF and
 * others); how they count is S3's reference, whose examples test-select_dates.c has. A time is
 * milliseconds with an offset; what it was written without begins with its first: 2010T is
 * 2010-01-01T00:00:00Z. Texts that spell a time are taken where one is wanted [assumed].
 */
#include "services/select_sql_inside.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)
#define YEAR_MAX 9999
#define PATTERN_ROOM_BYTES ((size_t)1024)

enum part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, ZONE_HOUR, ZONE_MINUTE, PARTS };

/* As a wall at its offset shows it. */
struct civil {
    int64_t of[SECOND + 1];
    int64_t ms;
};

/* --- a calendar --- */

/* Of a year that begins with March, so that the leap day is its last: days since 1970. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static struct civil civil_of(const struct sql_value *time)
{
    int64_t ms = time->whole + (int64_t)time->number * MINUTE_MS;
    int64_t days = floor_div(ms, DAY_MS) + 719468;
    int64_t of_day = ms - floor_div(ms, DAY_MS) * DAY_MS;
    int64_t of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct civil c = {.ms = of_day % 1000};
    c.of[MONTH] = month + (month < 10 ? 3 : -9);
    c.of[YEAR] = year + days / 146097 * 400 + (c.of[MONTH] <= 2);
    c.of[DAY] = of_year - (153 * month + 2) / 5 + 1;
    c.of[HOUR] = of_day / HOUR_MS;
    c.of[MINUTE] = of_day / MINUTE_MS % 60;
    c.of[SECOND] = of_day / 1000 % 60;
    return c;
}

static int64_t days_in(int64_t year, int64_t month)
{
    return month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1);
}

/* False: there is no such day, or it is beyond the years that are written with four digits. */
static bool time_of(const struct civil *c, int64_t offset_minutes, struct sql_value *out)
{
    static const int64_t most[] = {YEAR_MAX, 12, 31, 23, 59, 59};
    for (enum part p = YEAR; p <= SECOND; p++) {
        if (c->of[p] < (p <= DAY ? 1 : 0) || c->of[p] > most[p]) {
            return false;
        }
    }
    *out = (struct sql_value){.kind = SQL_TIME, .number = (double)offset_minutes};
    out->whole = days_of(c->of[YEAR], c->of[MONTH], c->of[DAY]) * DAY_MS +
                 c->of[HOUR] * HOUR_MS + c->of[MINUTE] * MINUTE_MS + c->of[SECOND] * 1000 +
                 c->ms - offset_minutes * MINUTE_MS;
    return c->of[DAY] <= days_in(c->of[YEAR], c->of[MONTH]);
}

/* --- reading and writing --- */

static bool take_char(struct cos_span *s, const char *one_of)
{
    bool is_there = s->len > 0 && strchr(one_of, s->ptr[0]) != NULL;
    *s = is_there ? cos_span_from(*s, 1) : *s;
    return is_there;
}

static bool take_digits(struct cos_span *s, size_t n, int64_t *out)
{
    uint64_t number;
    if (s->len < n || !cos_span_u64(cos_span_sub(*s, 0, n), &number)) {
        return false;
    }
    *out = (int64_t)number;
    *s = cos_span_from(*s, n);
    return true;
}

/* ".079", of which milliseconds are kept. */
static bool take_fraction(struct cos_span *s, int64_t *ms)
{
    size_t n = 0;
    *ms = 0;
    if (!take_char(s, ".")) {
        return true;
    }
    for (; n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9'; n++) {
        int64_t digit = s->ptr[n] - '0';
        *ms += n == 0 ? 100 * digit : n == 1 ? 10 * digit : n == 2 ? digit : 0;
    }
    *s = cos_span_from(*s, n);
    return n > 0;
}

static bool take_zone(struct cos_span *s, int64_t *minutes)
{
    int64_t hours;
    bool is_west = s->len > 0 && s->ptr[0] == '-';
    *minutes = 0;
    if (s->len == 0 || take_char(s, "Z")) {
        return s->len == 0;
    }
    if (!take_char(s, "+-") || !take_digits(s, 2, &hours) || !take_char(s, ":") ||
        !take_digits(s, 2, minutes) || hours > 23 || *minutes > 59) {
        return false;
    }
    *minutes = (hours * 60 + *minutes) * (is_west ? -1 : 1);
    return s->len == 0;
}

bool sql_spells_time(struct cos_span text, struct sql_value *out)
{
    struct civil c = {.of = {1, 1, 1, 0, 0, 0}};
    struct cos_span s = cos_span_trim(text);
    int64_t zone = 0;
    bool is_read = take_digits(&s, 4, &c.of[YEAR]);
    for (enum part p = MONTH; is_read && p <= DAY && take_char(&s, "-"); p++) {
        is_read = take_digits(&s, 2, &c.of[p]);
    }
    if (is_read && take_char(&s, "T") && s.len > 0) {
        is_read = take_digits(&s, 2, &c.of[HOUR]) && take_char(&s, ":") &&
                  take_digits(&s, 2, &c.of[MINUTE]);
        if (is_read && take_char(&s, ":")) {
            is_read = take_digits(&s, 2, &c.of[SECOND]) && take_fraction(&s, &c.ms);
        }
        is_read = is_read && take_zone(&s, &zone);
    }
    return is_read && s.len == 0 && time_of(&c, zone, out);
}

bool sql_as_time(const struct sql_value *v, struct sql_value *out)
{
    *out = *v;
    return v->kind == SQL_TIME || (v->kind == SQL_TEXT && sql_spells_time(v->text, out));
}

static void print_zone(char *room, size_t n, int64_t minutes, const char *between)
{
    int64_t m = minutes < 0 ? -minutes : minutes;
    (void)snprintf(room, n, "%c%02d%s%02d", minutes < 0 ? '-' : '+', (int)(m / 60), between,
                   (int)(m % 60));
}

void sql_print_time(char room[SQL_TEXT_ROOM], const struct sql_value *time)
{
    struct civil c = civil_of(time);
    char ms[8] = "";
    char zone[8] = "Z";
    if (c.ms != 0) {
        (void)snprintf(ms, sizeof(ms), ".%03d", (int)c.ms);
    }
    if (time->number != 0) {
        print_zone(zone, sizeof(zone), (int64_t)time->number, ":");
    }
    (void)snprintf(room, SQL_TEXT_ROOM, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", (int)c.of[YEAR],
                   (int)c.of[MONTH], (int)c.of[DAY], (int)c.of[HOUR], (int)c.of[MINUTE],
                   (int)c.of[SECOND], ms, zone);
}

/* --- TO_STRING --- */

static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

static void put_month(struct cos_buf *out, int64_t month, size_t n)
{
    const char *name = month_names[month - 1];
    if (n <= 2) {
        cos_buf_printf(out, "%0*d", (int)n, (int)month);
    } else {
        cos_buf_printf(out, "%.*s", n == 3 ? 3 : n == 4 ? 16 : 1, name);
    }
}

static void put_zone(struct cos_buf *out, char letter, int64_t minutes, size_t n)
{
    char room[16];
    print_zone(room, sizeof(room), minutes, n == 3 || n == 5 ? ":" : "");
    if (letter == 'X' && minutes == 0) {
        cos_buf_ch(out, 'Z');
    } else {
        cos_buf_printf(out, "%.*s", n == 1 && minutes % 60 == 0 ? 3 : 16, room);
    }
}

static void put_fraction(struct cos_buf *out, int64_t ms, int digits)
{
    char room[16];
    (void)snprintf(room, sizeof(room), "%03d000000", (int)ms);
    cos_buf_printf(out, "%.*s", digits, room);
}

/* @n times the same letter. False: it is none of the page's. */
static bool put_letter(struct cos_buf *out, const struct civil *c, int64_t zone, char letter,
                       size_t n)
{
    int64_t hour = c->of[HOUR] % 12 == 0 ? 12 : c->of[HOUR] % 12;
    int width = n < 10 ? (int)n : 9;
    switch (letter) {
    case 'y':
        cos_buf_printf(out, "%0*d", width, (int)(n == 2 ? c->of[YEAR] % 100 : c->of[YEAR]));
        return true;
    case 'M':
        put_month(out, c->of[MONTH], n);
        return true;
    case 'a':
        cos_buf_str(out, c->of[HOUR] < 12 ? "AM" : "PM");
        return true;
    case 'S':
        put_fraction(out, c->ms, width);
        return true;
    case 'n':
        cos_buf_printf(out, "%d", (int)c->ms * 1000000);
        return true;
    case 'x':
    case 'X':
        put_zone(out, letter, zone, n);
        return true;
    default:
        break;
    }
    const char *at = strchr("dhHms", letter);
    const int64_t numbers[] = {c->of[DAY], hour, c->of[HOUR], c->of[MINUTE], c->of[SECOND]};
    if (at == NULL) {
        return false;
    }
    cos_buf_printf(out, "%0*d", width, (int)numbers[at - "dhHms"]);
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What stands between quotes is put as it is. */
static bool put_pattern(struct cos_buf *out, const struct sql_value *time,
                        struct cos_span pattern, struct sql_error *err)
{
    struct civil c = civil_of(time);
    bool is_quoted = false;
    for (size_t i = 0; i < pattern.len;) {
        char letter = pattern.ptr[i];
        size_t n = 1;
        if (letter == '\'') {
            is_quoted = !is_quoted;
        } else if (is_quoted || !is_letter(letter)) {
            cos_buf_ch(out, letter);
        } else {
            while (i + n < pattern.len && pattern.ptr[i + n] == letter) {
                n++;
            }
            if (!put_letter(out, &c, (int64_t)time->number, letter, n)) {
                return sql_fail(err, "CastFailed", "a pattern of TO_STRING has '%c'", letter);
            }
        }
        i += n;
    }
    return true;
}

static bool to_string(const struct sql_value *time, const struct sql_value *pattern,
                      struct cos_arena *scratch, struct sql_value *out, struct sql_error *err)
{
    struct cos_buf text;
    if (pattern->kind != SQL_TEXT) {
        return sql_fail(err, "CastFailed", "a pattern of TO_STRING is a text");
    }
    cos_buf_init(&text, PATTERN_ROOM_BYTES);
    bool is_put = put_pattern(&text, time, pattern->text, err);
    *out = (struct sql_value){.kind = SQL_TEXT,
                              .text = cos_arena_span(scratch, cos_buf_view(&text))};
    bool is_whole = !text.failed && !scratch->failed;
    cos_buf_deinit(&text);
    return is_put &&
           (is_whole || sql_fail(err, "OverMaxRecordSize", "TO_STRING makes a long text"));
}

/* --- counting --- */

static const int64_t part_ms[PARTS] = {
    [DAY] = DAY_MS, [HOUR] = HOUR_MS, [MINUTE] = MINUTE_MS, [SECOND] = 1000};

/* A day that its month has not becomes the last it has [assumed]. */
static bool add_months(const struct sql_value *time, int64_t months, struct sql_value *out)
{
    struct civil c = civil_of(time);
    int64_t all = c.of[YEAR] * 12 + c.of[MONTH] - 1 + months;
    c.of[YEAR] = floor_div(all, 12);
    c.of[MONTH] = all - c.of[YEAR] * 12 + 1;
    int64_t days =
        c.of[YEAR] >= 1 && c.of[YEAR] <= YEAR_MAX ? days_in(c.of[YEAR], c.of[MONTH]) : 0;
    c.of[DAY] = c.of[DAY] < days ? c.of[DAY] : days;
    return time_of(&c, (int64_t)time->number, out);
}

static bool add(enum part part, const struct sql_value *quantity, const struct sql_value *time,
                struct sql_value *out)
{
    int64_t n = quantity->whole;
    if (n > YEAR_MAX * 366 * DAY_MS / 1000 || n < -YEAR_MAX * 366 * DAY_MS / 1000) {
        return false;
    }
    if (part <= MONTH) {
        return add_months(time, part == YEAR ? 12 * n : n, out);
    }
    struct sql_value sum = *time;
    if (__builtin_mul_overflow(n, part_ms[part], &n) ||
        __builtin_add_overflow(sum.whole, n, &sum.whole) ||
        sum.whole < days_of(1, 1, 2) * DAY_MS ||
        sum.whole >= days_of(YEAR_MAX, 12, 31) * DAY_MS) {
        return false;
    }
    *out = sum;
    return true;
}

/* Whole ones alone: 23 hours are no day, and 2010-01-31 to 2010-03-01 is a month. */
static int64_t difference(enum part part, const struct sql_value *from,
                          const struct sql_value *to)
{
    if (part > MONTH) {
        return (to->whole - from->whole) / part_ms[part];
    }
    struct civil a = civil_of(from);
    struct civil b = civil_of(to);
    int64_t months = (b.of[YEAR] - a.of[YEAR]) * 12 + b.of[MONTH] - a.of[MONTH];
    struct sql_value there;
    bool is_there = add_months(from, months, &there);
    if (is_there && months > 0 && there.whole > to->whole) {
        months--;
    } else if (is_there && months < 0 && there.whole < to->whole) {
        months++;
    }
    return part == YEAR ? months / 12 : months;
}

static int64_t extract(enum part part, const struct sql_value *time)
{
    struct civil c = civil_of(time);
    int64_t zone = (int64_t)time->number;
    return part == ZONE_HOUR ? zone / 60 : part == ZONE_MINUTE ? zone % 60 : c.of[part];
}

/* --- a call --- */

static bool want_time(const struct sql_value *v, struct sql_value *out, struct sql_error *err)
{
    return sql_as_time(v, out) || sql_fail(err, "CastFailed", "what is taken is no time");
}

static bool call_add(enum part part, const struct sql_value args[], struct sql_value *out,
                     struct sql_error *err)
{
    struct sql_value quantity;
    struct sql_value time;
    if (!want_time(&args[1], &time, err)) {
        return false;
    }
    if (!sql_as_number(&args[0], &quantity) || !quantity.is_whole) {
        return sql_fail(err, "CastFailed", "DATE_ADD takes a whole number");
    }
    return add(part, &quantity, &time, out) ||
           sql_fail(err, "CastFailed", "DATE_ADD leaves the years 1 to %d", YEAR_MAX);
}

bool sql_date_call(const struct sql_node *n, const struct sql_value args[],
                   struct cos_arena *scratch, struct sql_value *out, struct sql_error *err)
{
    enum part part = (enum part)n->value.whole;
    struct sql_value time;
    struct sql_value other;
    if (n->op == 'a') {
        return call_add(part, args, out, err);
    }
    if (!want_time(&args[0], &time, err)) {
        return false;
    }
    switch (n->op) {
    case 's':
        return to_string(&time, &args[1], scratch, out, err);
    case 'd':
        if (!want_time(&args[1], &other, err)) {
            return false;
        }
        *out = sql_whole(difference(part, &time, &other));
        return true;
    case 'e':
        *out = sql_whole(extract(part, &time));
        return true;
    default:
        *out = time;
        return true;
    }
}

/* --- how they are written --- */

static bool parse_part(struct parser *p, enum part last, enum part *out)
{
    static const char *const names[PARTS] = {"YEAR",          "MONTH",          "DAY",
                                             "HOUR",          "MINUTE",         "SECOND",
                                             "TIMEZONE_HOUR", "TIMEZONE_MINUTE"};
    for (enum part part = YEAR; part <= last; part++) {
        if (words_is(p, names[part])) {
            *out = part;
            return words_advance(p);
        }
    }
    (void)words_refuse(p, "a part of a date");
    return false;
}

struct sql_node *sql_parse_date_call(struct parser *p, char op)
{
    size_t wanted = op == 'a' || op == 'd' || op == 's' ? 2 : 1;
    size_t n = 0;
    enum part part = YEAR;
    bool has_part = op == 'a' || op == 'd' || op == 'e';
    if (has_part && (!parse_part(p, op == 'e' ? ZONE_MINUTE : SECOND, &part) ||
                     !(op == 'e' ? words_want(p, "FROM") : words_want_mark(p, ",")))) {
        return NULL;
    }
    struct sql_node *list = sql_parse_list(p, &n);
    if (list != NULL && n != wanted) {
        (void)words_refuse(p, wanted == 2 ? "two values" : "one value");
        return NULL;
    }
    struct sql_node *call = list == NULL ? NULL : sql_node(p, NODE_DATE_CALL, list);
    if (call != NULL) {
        call->op = op;
        call->value = sql_whole(part);
    }
    return call;
}
