/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values, and how they compare. Text that is compared with a number, or calculated with, counts
 * as the number it spells; what spells none compares as unknown, and such a record does not
 * pass. Whole numbers of 64 bits are exact, and so is what is calculated of them as long as it
 * fits: 7 / 2 is 3. Everything else is a double.
 */
#include "cosbase/utf8.h"
#include "services/select_sql_inside.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct sql_value sql_whole(int64_t whole)
{
    return (struct sql_value){.kind = SQL_NUMBER,
                              .is_whole = true,
                              .whole = whole,
                              .number = (double)whole};
}

struct sql_value sql_number(double number)
{
    return (struct sql_value){.kind = SQL_NUMBER, .number = number};
}

bool sql_spells_number(struct cos_span s, struct sql_value *out)
{
    char text[64];
    s = cos_span_trim(s);
    if (s.len == 0 || s.len >= sizeof(text) ||
        (!is_digit(s.ptr[0]) && strchr("+-.", s.ptr[0]) == NULL)) {
        return false;
    }
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    char *end;
    errno = 0;
    long long whole = strtoll(text, &end, 10);
    if (*end == '\0' && end != text && errno == 0) {
        *out = sql_whole(whole);
        return true;
    }
    *out = sql_number(strtod(text, &end));
    return *end == '\0' && isfinite(out->number) && strpbrk(text, "xXpP") == NULL;
}

bool sql_as_number(const struct sql_value *v, struct sql_value *out)
{
    *out = *v;
    return v->kind == SQL_NUMBER || (v->kind == SQL_TEXT && sql_spells_number(v->text, out));
}

/* False: it does not fit, or is none of whole numbers. */
static bool calculate_whole(char op, int64_t a, int64_t b, int64_t *out)
{
    switch (op) {
    case '+':
        return !__builtin_add_overflow(a, b, out);
    case '-':
        return !__builtin_sub_overflow(a, b, out);
    case '*':
        return !__builtin_mul_overflow(a, b, out);
    default:
        if (b == -1) { /* INT64_MIN / -1 traps */
            *out = 0;
            return op == '%' || !__builtin_sub_overflow(0, a, out);
        }
        *out = op == '/' ? a / b : a % b;
        return true;
    }
}

bool sql_calculate(char op, const struct sql_value *a, const struct sql_value *b,
                   struct sql_value *out)
{
    int64_t whole;
    double x = a->number;
    double y = b->number;
    if ((op == '/' || op == '%') && y == 0) {
        return false;
    }
    if (a->is_whole && b->is_whole && calculate_whole(op, a->whole, b->whole, &whole)) {
        *out = sql_whole(whole);
        return true;
    }
    *out = sql_number(op == '+'   ? x + y
                      : op == '-' ? x - y
                      : op == '*' ? x * y
                      : op == '/' ? x / y
                                  : fmod(x, y));
    return true;
}

bool sql_is_unknown(const struct sql_value *v)
{
    return v->kind == SQL_MISSING || v->kind == SQL_NULL || v->kind == SQL_TREE;
}

static int order_of(const struct sql_value *a, const struct sql_value *b)
{
    if (a->is_whole && b->is_whole) {
        return (a->whole > b->whole) - (a->whole < b->whole);
    }
    return (a->number > b->number) - (a->number < b->number);
}

bool sql_compare(const struct sql_value *a, const struct sql_value *b, int *out)
{
    struct sql_value x;
    struct sql_value y;
    if (sql_is_unknown(a) || sql_is_unknown(b)) {
        return false;
    }
    if (a->kind == SQL_TEXT && b->kind == SQL_TEXT) {
        *out = cos_span_cmp(a->text, b->text);
        return true;
    }
    if (a->kind == SQL_TIME || b->kind == SQL_TIME) {
        if (!sql_as_time(a, &x) || !sql_as_time(b, &y)) {
            return false;
        }
        *out = (x.whole > y.whole) - (x.whole < y.whole);
        return true;
    }
    if (a->kind == SQL_BOOL && b->kind == SQL_BOOL) {
        *out = order_of(a, b);
        return true;
    }
    if (!sql_as_number(a, &x) || !sql_as_number(b, &y)) {
        return false;
    }
    *out = order_of(&x, &y);
    return true;
}

struct sql_value sql_truth(bool is_true)
{
    return (struct sql_value){.kind = SQL_BOOL, .number = is_true ? 1 : 0};
}

/* Bytes of a character; one that is none in UTF-8 is a character by itself. */
static size_t character(struct cos_span s, size_t at)
{
    size_t n = cos_utf8_front(cos_span_from(s, at));
    return n == 0 ? 1 : n;
}

/* A search that goes back to the last % alone. */
bool sql_matches(struct cos_span text, struct cos_span pattern, char escape)
{
    size_t t = 0;
    size_t p = 0;
    size_t star = SIZE_MAX; /* behind the last % */
    size_t from = 0;
    while (t < text.len) {
        bool is_escaped = escape != '\0' && p + 1 < pattern.len && pattern.ptr[p] == escape;
        size_t at = p + (is_escaped ? 1 : 0);
        bool is_any = !is_escaped && at < pattern.len && pattern.ptr[at] == '_';
        if (!is_escaped && p < pattern.len && pattern.ptr[p] == '%') {
            star = ++p;
            from = t;
        } else if (at < pattern.len && (is_any || pattern.ptr[at] == text.ptr[t])) {
            p = at + 1;
            t += is_any ? character(text, t) : 1;
        } else if (star != SIZE_MAX) {
            p = star;
            from += character(text, from);
            t = from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '%') {
        p++;
    }
    return p == pattern.len;
}

/* The shortest that reads back as the same. */
static void print_number(char room[SQL_TEXT_ROOM], double number)
{
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(room, SQL_TEXT_ROOM, "%.*g", digits, number);
        if (strtod(room, NULL) == number) {
            return;
        }
    }
}

struct cos_span sql_text(const struct sql_value *v, char room[SQL_TEXT_ROOM])
{
    switch (v->kind) {
    case SQL_TEXT:
        return v->text;
    case SQL_TIME:
        sql_print_time(room, v);
        return cos_span_of(room);
    case SQL_BOOL:
        return v->number != 0 ? COS_SPAN_LIT("true") : COS_SPAN_LIT("false");
    case SQL_NUMBER:
        if (v->is_whole) {
            (void)snprintf(room, SQL_TEXT_ROOM, "%lld", (long long)v->whole);
        } else {
            print_number(room, v->number);
        }
        return cos_span_of(room);
    case SQL_MISSING:
    case SQL_NULL:
    case SQL_TREE:
    case SQL_AMBIGUOUS:
        break;
    }
    return (struct cos_span){NULL, 0};
}
