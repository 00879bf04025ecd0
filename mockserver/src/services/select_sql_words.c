/* SPDX-License-Identifier: Apache-2.0 */
/* The words of an expression: names, texts, numbers and marks. */
#include "services/select_sql_inside.h"

#include <stdarg.h>

enum { SHOWN_BYTES = 40 }; /* of a word, in a refusal */

bool sql_fail(struct sql_error *err, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    err->code = code;
    return false;
}

bool words_refuse(struct parser *p, const char *wanted)
{
    struct cos_span token = p->kind == TOKEN_END ? COS_SPAN_LIT("the end") : p->token;
    size_t n = token.len < SHOWN_BYTES ? token.len : SHOWN_BYTES;
    while (n < token.len && n > 0 && ((unsigned char)token.ptr[n] & 0xC0) == 0x80) {
        n--; /* whole characters only */
    }
    return sql_fail(p->err, "SQLParsingError", "%s is expected at '%.*s'", wanted, (int)n,
                    token.ptr);
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t number_bytes(struct cos_span s)
{
    size_t n = 0;
    while (n < s.len && (is_digit(s.ptr[n]) || s.ptr[n] == '.')) {
        n++;
    }
    if (n + 1 < s.len && (s.ptr[n] | 0x20) == 'e' &&
        (is_digit(s.ptr[n + 1]) || ((s.ptr[n + 1] == '-' || s.ptr[n + 1] == '+') &&
                                    n + 2 < s.len && is_digit(s.ptr[n + 2])))) {
        for (n += 2; n < s.len && is_digit(s.ptr[n]);) {
            n++;
        }
    }
    return n;
}

/* Behind the opening quote; a quote is doubled inside. False: it does not end. */
static bool take_quoted(struct parser *p, char quote)
{
    struct cos_span s = cos_span_from(p->rest, 1);
    size_t n = 0;
    bool is_doubled = false;
    while (n < s.len && (s.ptr[n] != quote || (n + 1 < s.len && s.ptr[n + 1] == quote))) {
        is_doubled = is_doubled || s.ptr[n] == quote;
        n += s.ptr[n] == quote ? 2 : 1;
    }
    if (n >= s.len) {
        return sql_fail(p->err, "SQLParsingError", "a quote does not end");
    }
    p->token = cos_span_sub(s, 0, n);
    p->rest = cos_span_from(s, n + 1);
    if (!is_doubled) {
        return true;
    }
    char *plain = cos_arena_alloc(p->query->arena, n);
    size_t at = 0;
    for (size_t i = 0; plain != NULL && i < n; i++) {
        plain[at++] = p->token.ptr[i];
        i += p->token.ptr[i] == quote;
    }
    p->token = cos_span_make(plain, at);
    return plain != NULL;
}

static size_t mark_bytes(struct cos_span s)
{
    static const char *const two[] = {"<=", ">=", "<>", "!=", "||"};
    for (size_t i = 0; i < COS_ARRAY_LEN(two); i++) {
        if (cos_span_starts(s, cos_span_of(two[i]))) {
            return 2;
        }
    }
    return 1;
}

bool words_advance(struct parser *p)
{
    while (p->rest.len > 0 && strchr(" \t\r\n", p->rest.ptr[0]) != NULL) {
        p->rest = cos_span_from(p->rest, 1);
    }
    if (p->rest.len == 0) {
        p->kind = TOKEN_END;
        p->token = COS_SPAN_EMPTY;
        return true;
    }
    char c = p->rest.ptr[0];
    if (c == '\'' || c == '"' || c == '`') { /* `2010T` */
        p->kind = c == '"' ? TOKEN_QUOTED : TOKEN_TEXT;
        return take_quoted(p, c);
    }
    size_t n = 0;
    if (is_digit(c)) {
        p->kind = TOKEN_NUMBER;
        n = number_bytes(p->rest);
    } else if (is_word_byte(c)) {
        p->kind = TOKEN_WORD;
        while (n < p->rest.len && is_word_byte(p->rest.ptr[n])) {
            n++;
        }
    } else {
        p->kind = TOKEN_MARK;
        n = mark_bytes(p->rest);
    }
    p->token = cos_span_sub(p->rest, 0, n);
    p->rest = cos_span_from(p->rest, n);
    return true;
}

bool words_is(const struct parser *p, const char *word)
{
    return p->kind == TOKEN_WORD && cos_span_eq_nocase(p->token, cos_span_of(word));
}

bool words_is_mark(const struct parser *p, const char *mark)
{
    return p->kind == TOKEN_MARK && cos_span_eq_str(p->token, mark);
}

bool words_take(struct parser *p, const char *word, bool *is_there)
{
    *is_there = words_is(p, word);
    return !*is_there || words_advance(p);
}

bool words_want_mark(struct parser *p, const char *mark)
{
    return words_is_mark(p, mark) ? words_advance(p) : words_refuse(p, mark);
}

bool words_want(struct parser *p, const char *word)
{
    return words_is(p, word) ? words_advance(p) : words_refuse(p, word);
}
