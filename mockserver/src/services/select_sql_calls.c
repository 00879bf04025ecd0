/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the documented language, by one table. Two of them have a grammar of their own,
 * which becomes a list of values: TRIM([LEADING|TRAILING|BOTH] [these FROM] text) and
 * SUBSTRING(text FROM n [FOR n]), which may be written with commas, too. Those of dates are
 * select_sql_dates.c's.
 */
#include "services/select_sql_inside.h"

struct sql_node *sql_parse_list(struct parser *p, size_t *n)
{
    struct sql_node *first = sql_parse_any(p);
    struct sql_node *last = first;
    for (*n = 1; last != NULL && words_is_mark(p, ","); (*n)++) {
        last->next = words_advance(p) ? sql_parse_any(p) : NULL;
        last = last->next;
    }
    return last != NULL && words_want_mark(p, ")") ? first : NULL;
}

static struct sql_node *parse_cast(struct parser *p)
{
    static const struct {
        const char *type;
        char op;
    } types[] = {{"INT", 'i'},     {"INTEGER", 'i'}, {"FLOAT", 'n'},
                 {"DECIMAL", 'n'}, {"NUMERIC", 'n'}, {"STRING", 't'},
                 {"BOOLEAN", 'b'}, {"BOOL", 'b'},    {"TIMESTAMP", 'd'}};
    struct sql_node *of = sql_parse_any(p);
    if (of == NULL || !words_want(p, "AS")) {
        return NULL;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(types); i++) {
        if (words_is(p, types[i].type)) {
            struct sql_node *n = sql_node(p, NODE_CAST, of);
            if (n == NULL || !words_advance(p) || !words_want_mark(p, ")")) {
                return NULL;
            }
            n->op = types[i].op;
            return n;
        }
    }
    (void)words_refuse(p, "INT, FLOAT, DECIMAL, STRING, BOOL or TIMESTAMP");
    return NULL;
}

static struct sql_node *parse_aggregate(struct parser *p, char op)
{
    if (p->is_in_aggregate) {
        (void)sql_fail(p->err, "SQLParsingError", "an aggregate of an aggregate");
        return NULL;
    }
    p->query->is_aggregate = true;
    bool is_all = op == 'c' && words_is_mark(p, "*");
    p->is_in_aggregate = true;
    struct sql_node *of = is_all ? NULL : sql_parse_any(p);
    p->is_in_aggregate = false;
    if ((of == NULL && !is_all) || (is_all && !words_advance(p)) || !words_want_mark(p, ")")) {
        return NULL;
    }
    struct sql_node *n = sql_node(p, NODE_AGGREGATE, of);
    if (n != NULL) {
        n->op = op;
    }
    return n;
}

static struct sql_node *text_node(struct parser *p, char op, struct sql_node *first)
{
    struct sql_node *n = first == NULL ? NULL : sql_node(p, NODE_TEXT_CALL, first);
    if (n != NULL) {
        n->op = op;
    }
    return n;
}

/* A text, and what is trimmed of it; ' ' where nothing is said. */
static struct sql_node *parse_trim(struct parser *p)
{
    static const struct {
        const char *word;
        char op;
    } sides[] = {{"LEADING", 'f'}, {"TRAILING", 'e'}, {"BOTH", 'b'}};
    char op = 'b';
    bool is_side = false;
    for (size_t i = 0; i < COS_ARRAY_LEN(sides) && !is_side; i++) {
        op = words_is(p, sides[i].word) ? sides[i].op : op;
        if (!words_take(p, sides[i].word, &is_side)) {
            return NULL;
        }
    }
    struct sql_node *these = is_side && words_is(p, "FROM") ? NULL : sql_parse_any(p);
    bool is_from = false;
    if ((these == NULL && p->err->code != NULL) || !words_take(p, "FROM", &is_from)) {
        return NULL;
    }
    struct sql_node *of = is_from ? sql_parse_any(p) : these;
    if (of != NULL && is_from) {
        of->next = these;
    }
    return text_node(p, op, of);
}

static struct sql_node *parse_substring(struct parser *p)
{
    static const char *const words[] = {"FROM", "FOR"};
    struct sql_node *first = sql_parse_any(p);
    struct sql_node *last = first;
    for (size_t i = 0; last != NULL && i < COS_ARRAY_LEN(words); i++) {
        bool is_there = words_is_mark(p, ",") || words_is(p, words[i]);
        if (!is_there && i > 0) {
            break;
        }
        if (!is_there) {
            (void)words_refuse(p, "FROM");
            return NULL;
        }
        last->next = words_advance(p) ? sql_parse_any(p) : NULL;
        last = last->next;
    }
    return text_node(p, 's', last == NULL ? NULL : first);
}

static struct sql_node *parse_text_call(struct parser *p, char op)
{
    struct sql_node *n = op == 's'   ? parse_substring(p)
                         : op == 'b' ? parse_trim(p)
                                     : text_node(p, op, sql_parse_any(p));
    return n != NULL && words_want_mark(p, ")") ? n : NULL;
}

static struct sql_node *parse_values(struct parser *p, enum node_kind kind)
{
    size_t n;
    struct sql_node *list = sql_parse_list(p, &n);
    if (list == NULL) {
        return NULL;
    }
    if (kind == NODE_NULLIF && n != 2) {
        (void)words_refuse(p, "two values");
        return NULL;
    }
    return sql_node(p, kind, list);
}

bool sql_is_call(const struct parser *p)
{
    struct cos_span s = p->rest;
    while (s.len > 0 && strchr(" \t\r\n", s.ptr[0]) != NULL) {
        s = cos_span_from(s, 1);
    }
    return p->kind == TOKEN_WORD && s.len > 0 && s.ptr[0] == '(';
}

struct sql_node *sql_parse_call(struct parser *p)
{
    static const struct {
        const char *word;
        enum node_kind kind;
        char op;
    } calls[] = {
        {"COUNT", NODE_AGGREGATE, 'c'},        {"SUM", NODE_AGGREGATE, 's'},
        {"MIN", NODE_AGGREGATE, 'l'},          {"MAX", NODE_AGGREGATE, 'h'},
        {"AVG", NODE_AGGREGATE, 'a'},          {"CAST", NODE_CAST, 0},
        {"COALESCE", NODE_COALESCE, 0},        {"NULLIF", NODE_NULLIF, 0},
        {"LOWER", NODE_TEXT_CALL, 'l'},        {"UPPER", NODE_TEXT_CALL, 'u'},
        {"TRIM", NODE_TEXT_CALL, 'b'},         {"SUBSTRING", NODE_TEXT_CALL, 's'},
        {"CHAR_LENGTH", NODE_TEXT_CALL, 'n'},  {"CHARACTER_LENGTH", NODE_TEXT_CALL, 'n'},
        {"DATE_ADD", NODE_DATE_CALL, 'a'},     {"DATE_DIFF", NODE_DATE_CALL, 'd'},
        {"EXTRACT", NODE_DATE_CALL, 'e'},      {"TO_STRING", NODE_DATE_CALL, 's'},
        {"TO_TIMESTAMP", NODE_DATE_CALL, 't'}, {"UTCNOW", NODE_NOW, 0}};
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        if (!words_is(p, calls[i].word)) {
            continue;
        }
        if (!words_advance(p) || !words_want_mark(p, "(")) {
            return NULL;
        }
        switch (calls[i].kind) {
        case NODE_AGGREGATE:
            return parse_aggregate(p, calls[i].op);
        case NODE_CAST:
            return parse_cast(p);
        case NODE_TEXT_CALL:
            return parse_text_call(p, calls[i].op);
        case NODE_DATE_CALL:
            return sql_parse_date_call(p, calls[i].op);
        case NODE_NOW:
            return words_want_mark(p, ")") ? sql_node(p, NODE_NOW, /* first= */ NULL) : NULL;
        default:
            return parse_values(p, calls[i].kind);
        }
    }
    (void)sql_fail(p->err, "SQLParsingError", "the function %.*s is not implemented",
                   (int)(p->token.len < 40 ? p->token.len : 40), p->token.ptr);
    return NULL;
}
