/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of texts. A character is one of UTF-8; a byte that is none is one by itself. Only
 * letters of ASCII have another case here. What is unknown stays so; a number is the text that
 * it is answered as.
 */
#include "cosbase/utf8.h"
#include "services/select_sql_inside.h"

static size_t character(struct cos_span s)
{
    size_t n = cos_utf8_front(s);
    return n == 0 ? 1 : n;
}

static int64_t count_characters(struct cos_span s)
{
    int64_t n = 0;
    for (; s.len > 0; s = cos_span_from(s, character(s))) {
        n++;
    }
    return n;
}

/* From the @first character (the first is 1) on, @n of them: SQL counts those in front of the
 * text, too. */
static struct cos_span substring(struct cos_span s, int64_t first, int64_t n)
{
    int64_t end = 0; /* the first that is not wanted */
    if (__builtin_add_overflow(first, n, &end)) {
        end = INT64_MAX;
    }
    int64_t at = 1;
    for (; s.len > 0 && at < first; at++) {
        s = cos_span_from(s, character(s));
    }
    size_t bytes = 0;
    for (; bytes < s.len && at < end; at++) {
        bytes += character(cos_span_from(s, bytes));
    }
    return cos_span_sub(s, 0, bytes);
}

static bool has_character(struct cos_span set, struct cos_span c)
{
    for (; set.len > 0; set = cos_span_from(set, character(set))) {
        if (cos_span_eq(cos_span_sub(set, 0, character(set)), c)) {
            return true;
        }
    }
    return false;
}

/* Characters at the front that are in @set, or at the end. */
static struct cos_span trim(struct cos_span s, struct cos_span set, char op)
{
    while (op != 'e' && s.len > 0 && has_character(set, cos_span_sub(s, 0, character(s)))) {
        s = cos_span_from(s, character(s));
    }
    while (op != 'f' && s.len > 0) {
        size_t at = s.len - 1;
        while (at > 0 && s.len - at < 4 && ((unsigned char)s.ptr[at] & 0xC0) == 0x80) {
            at--;
        }
        at = character(cos_span_from(s, at)) == s.len - at ? at : s.len - 1;
        if (!has_character(set, cos_span_from(s, at))) {
            break;
        }
        s = cos_span_sub(s, 0, at);
    }
    return s;
}

/* ptr NULL: no memory. */
static struct cos_span change_case(struct cos_span s, char op, struct cos_arena *scratch)
{
    char *out = cos_arena_alloc(scratch, s.len + 1);
    for (size_t i = 0; out != NULL && i < s.len; i++) {
        char c = s.ptr[i];
        bool is_changed = op == 'l' ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z';
        out[i] = (char)(is_changed ? c ^ 0x20 : c);
    }
    return (struct cos_span){out, out == NULL ? 0 : s.len};
}

static bool answer(struct cos_span text, struct sql_value *out, struct sql_error *err)
{
    *out = (struct sql_value){.kind = SQL_TEXT, .text = text};
    return text.ptr != NULL || sql_fail(err, "InternalError", "no memory");
}

static bool call_substring(struct cos_span text, const struct sql_value args[], size_t n,
                           struct sql_value *out, struct sql_error *err)
{
    struct sql_value first;
    struct sql_value count = sql_whole(INT64_MAX);
    if (!sql_as_number(&args[1], &first) || !first.is_whole ||
        (n > 2 && (!sql_as_number(&args[2], &count) || !count.is_whole || count.whole < 0))) {
        return sql_fail(err, "CastFailed",
                        "SUBSTRING takes whole numbers, none below zero "
                        "for its length");
    }
    return answer(substring(text, first.whole, count.whole), out, err);
}

bool sql_text_call(char op, const struct sql_value args[], size_t n, struct cos_arena *scratch,
                   struct sql_value *out, struct sql_error *err)
{
    char *room = cos_arena_alloc(scratch, 32);
    *out = (struct sql_value){.kind = SQL_NULL};
    for (size_t i = 0; i < n; i++) {
        if (sql_is_unknown(&args[i])) {
            return true;
        }
    }
    if (room == NULL) {
        return sql_fail(err, "InternalError", "no memory");
    }
    struct cos_span text = sql_text(&args[0], room);
    switch (op) {
    case 'n':
        *out = sql_whole(count_characters(text));
        return true;
    case 's':
        return call_substring(text, args, n, out, err);
    case 'l':
    case 'u':
        return answer(change_case(text, op, scratch), out, err);
    default:
        if (n > 1 && args[1].kind != SQL_TEXT) {
            return sql_fail(err, "CastFailed", "TRIM takes characters as a text");
        }
        return answer(trim(text, n > 1 ? args[1].text : COS_SPAN_LIT(" "), op), out, err);
    }
}
