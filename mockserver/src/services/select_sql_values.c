/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values, and how they compare. Text that is compared with a number, or calculated with, counts
 * as the number it spells; what spells none compares as unknown, and such a record does not
 * pass.
 */
#include "services/select_sql_inside.h"

#include <math.h>
#include <stdlib.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool sql_spells_number(struct cos_span s, double *out)
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
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out) && strpbrk(text, "xXpP") == NULL;
}

bool sql_as_number(const struct sql_value *v, double *out)
{
    *out = v->number;
    return v->kind == SQL_NUMBER || (v->kind == SQL_TEXT && sql_spells_number(v->text, out));
}

bool sql_is_unknown(const struct sql_value *v)
{
    return v->kind == SQL_MISSING || v->kind == SQL_NULL || v->kind == SQL_TREE;
}

bool sql_compare(const struct sql_value *a, const struct sql_value *b, int *out)
{
    double x = 0;
    double y = 0;
    if (sql_is_unknown(a) || sql_is_unknown(b)) {
        return false;
    }
    if (a->kind == SQL_TEXT && b->kind == SQL_TEXT) {
        *out = cos_span_cmp(a->text, b->text);
        return true;
    }
    if (a->kind == SQL_BOOL && b->kind == SQL_BOOL) {
        *out = (a->number > b->number) - (a->number < b->number);
        return true;
    }
    *out = sql_as_number(a, &x) && sql_as_number(b, &y) ? (x > y) - (x < y) : 2;
    return *out != 2;
}

struct sql_value sql_truth(bool is_true)
{
    return (struct sql_value){.kind = SQL_BOOL, .number = is_true ? 1 : 0};
}

bool sql_matches(struct cos_span text, struct cos_span pattern, char escape)
{
    size_t t = 0;
    size_t p = 0;
    size_t star = SIZE_MAX; /* behind the last % */
    size_t from = 0;
    while (t < text.len) {
        bool is_escaped = escape != '\0' && p + 1 < pattern.len && pattern.ptr[p] == escape;
        size_t at = p + (is_escaped ? 1 : 0);
        if (!is_escaped && p < pattern.len && pattern.ptr[p] == '%') {
            star = ++p;
            from = t;
        } else if (at < pattern.len && (pattern.ptr[at] == text.ptr[t] ||
                                        (!is_escaped && pattern.ptr[at] == '_'))) {
            p = at + 1;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '%') {
        p++;
    }
    return p == pattern.len;
}

struct cos_span sql_text(const struct sql_value *v, char room[32])
{
    switch (v->kind) {
    case SQL_TEXT:
        return v->text;
    case SQL_BOOL:
        return v->number != 0 ? COS_SPAN_LIT("true") : COS_SPAN_LIT("false");
    case SQL_NUMBER:
        (void)snprintf(room, 32, "%.15g", v->number);
        return cos_span_of(room);
    case SQL_MISSING:
    case SQL_NULL:
    case SQL_TREE:
        break;
    }
    return (struct cos_span){NULL, 0};
}
