/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parser by recursive descent over one pass of the text, and an evaluator over its tree. The
 * tree is no deeper than DEPTH_MAX, so neither needs more stack than that; patterns of LIKE are
 * bounded, because matching costs their length times the text's.
 *
 * Text that is compared with a number, or calculated with, counts as the number it spells; what
 * spells none compares as unknown, and such a record does not pass.
 */
#include "services/select_sql.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

enum { DEPTH_MAX = 200, PATTERN_MAX = 1024 };

enum node_kind {
    NODE_VALUE,
    NODE_PATH,
    NODE_OR,
    NODE_AND,
    NODE_NOT,
    NODE_COMPARE, /* by `op` */
    NODE_BETWEEN,
    NODE_IN,
    NODE_LIKE,
    NODE_IS, /* `op`: 'n' NULL, 'm' MISSING */
    NODE_CALCULATE,
    NODE_CAST, /* `op`: 'n' number, 'i' integer, 't' text, 'b' bool */
    NODE_COALESCE,
    NODE_NULLIF,
    NODE_AGGREGATE, /* `op`: 'c' COUNT 's' SUM 'l' MIN 'h' MAX 'a' AVG */
};
struct sql_node {
    enum node_kind kind;
    char op;
    unsigned depth;
    struct sql_value value;
    struct sql_step *steps;
    size_t n_steps;
    struct sql_node *first, *next; /* what it is of; the next of those */
    /* of an aggregate: what it has seen */
    uint64_t n;
    double sum, least, most;
};

/* --- words --- */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_MARK };
struct parser {
    struct cos_span rest;
    enum token_kind kind;
    struct cos_span token; /* without its quotes */
    struct cos_span alias; /* of the table; "" */
    struct sql_query *query;
    struct sql_error *err;
    unsigned depth;
    bool is_in_aggregate;
};

static bool fail(struct sql_error *err, const char *code, const char *fmt, ...)
    COS_PRINTF(3, 4);
static bool fail(struct sql_error *err, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    err->code = code;
    return false;
}

static bool refuse(struct parser *p, const char *wanted)
{
    return fail(p->err, "SQLParsingError", "%s is expected at '%.40s'", wanted,
                p->kind == TOKEN_END ? "the end" : p->token.ptr);
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
        return fail(p->err, "SQLParsingError", "a quote does not end");
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

static bool advance(struct parser *p)
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
    if (c == '\'' || c == '"') {
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

static bool is_word(const struct parser *p, const char *word)
{
    return p->kind == TOKEN_WORD && cos_span_eq_nocase(p->token, cos_span_of(word));
}

static bool is_mark(const struct parser *p, const char *mark)
{
    return p->kind == TOKEN_MARK && cos_span_eq_str(p->token, mark);
}

/* The word stands here, and is taken. */
static bool take_word(struct parser *p, const char *word, bool *is_there)
{
    *is_there = is_word(p, word);
    return !*is_there || advance(p);
}

static bool want_mark(struct parser *p, const char *mark)
{
    return is_mark(p, mark) ? advance(p) : refuse(p, mark);
}

static bool want_word(struct parser *p, const char *word)
{
    return is_word(p, word) ? advance(p) : refuse(p, word);
}

/* --- the tree --- */

static struct sql_node *node(struct parser *p, enum node_kind kind, struct sql_node *first)
{
    struct sql_node *n = cos_arena_alloc(p->query->arena, sizeof(*n));
    if (n == NULL) {
        (void)fail(p->err, "InternalError", "no memory");
        return NULL;
    }
    n->kind = kind;
    n->first = first;
    for (const struct sql_node *c = first; c != NULL; c = c->next) {
        n->depth = c->depth + 1 > n->depth ? c->depth + 1 : n->depth;
    }
    if (n->depth > DEPTH_MAX) {
        (void)fail(p->err, "SQLParsingError", "the expression is nested too deeply");
        return NULL;
    }
    return n;
}

static struct sql_node *pair(struct parser *p, enum node_kind kind, char op, struct sql_node *a,
                             struct sql_node *b)
{
    if (a == NULL || b == NULL) {
        return NULL;
    }
    a->next = b;
    struct sql_node *n = node(p, kind, a);
    if (n != NULL) {
        n->op = op;
    }
    return n;
}

static struct sql_node *parse_any(struct parser *p);
static struct sql_node *parse_sum(struct parser *p);

static bool add_step(struct parser *p, struct sql_node *n, const struct sql_step *step)
{
    struct sql_step *steps = cos_arena_array(p->query->arena, n->n_steps + 1, sizeof(*steps));
    if (steps == NULL) {
        return fail(p->err, "InternalError", "no memory");
    }
    if (n->n_steps > 0) {
        memcpy(steps, n->steps, n->n_steps * sizeof(*steps));
    }
    steps[n->n_steps++] = *step;
    n->steps = steps;
    return n->n_steps <= 32 || fail(p->err, "SQLParsingError", "the path is too long");
}

static bool take_index(struct parser *p, struct sql_node *n)
{
    uint64_t index;
    if (!advance(p)) {
        return false;
    }
    if (p->kind != TOKEN_NUMBER || !cos_span_u64(p->token, &index) || index >= SIZE_MAX) {
        return refuse(p, "the place in a list");
    }
    return add_step(p, n, &(struct sql_step){.index = (size_t)index}) && advance(p) &&
           want_mark(p, "]");
}

static bool take_name(struct parser *p, struct sql_node *n)
{
    if (p->kind != TOKEN_WORD && p->kind != TOKEN_QUOTED) {
        return refuse(p, "a name");
    }
    const struct sql_step step = {p->token, SIZE_MAX, p->kind == TOKEN_QUOTED};
    return add_step(p, n, &step) && advance(p);
}

/* The alias in front is taken away when the query is whole: it stands behind the columns. */
static struct sql_node *parse_path(struct parser *p)
{
    struct sql_node *n = node(p, NODE_PATH, NULL);
    bool is_fine = n != NULL && take_name(p, n);
    while (is_fine && (is_mark(p, ".") || is_mark(p, "["))) {
        is_fine = is_mark(p, ".") ? advance(p) && take_name(p, n) : take_index(p, n);
    }
    return is_fine ? n : NULL;
}

static struct sql_node *constant(struct parser *p, struct sql_value value)
{
    struct sql_node *n = node(p, NODE_VALUE, NULL);
    if (n != NULL) {
        n->value = value;
    }
    return n != NULL && advance(p) ? n : NULL;
}

static bool spells_number(struct cos_span s, double *out)
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

/* Behind the "(": one or more, then ")". */
static struct sql_node *parse_list(struct parser *p, size_t *n)
{
    struct sql_node *first = parse_any(p);
    struct sql_node *last = first;
    for (*n = 1; last != NULL && is_mark(p, ","); (*n)++) {
        last->next = advance(p) ? parse_any(p) : NULL;
        last = last->next;
    }
    return last != NULL && want_mark(p, ")") ? first : NULL;
}

static struct sql_node *parse_cast(struct parser *p)
{
    static const struct {
        const char *type;
        char op;
    } types[] = {{"INT", 'i'},     {"INTEGER", 'i'}, {"FLOAT", 'n'},   {"DECIMAL", 'n'},
                 {"NUMERIC", 'n'}, {"STRING", 't'},  {"BOOLEAN", 'b'}, {"BOOL", 'b'}};
    struct sql_node *of = parse_any(p);
    if (of == NULL || !want_word(p, "AS")) {
        return NULL;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(types); i++) {
        if (is_word(p, types[i].type)) {
            struct sql_node *n = node(p, NODE_CAST, of);
            if (n == NULL || !advance(p) || !want_mark(p, ")")) {
                return NULL;
            }
            n->op = types[i].op;
            return n;
        }
    }
    (void)refuse(p, "INT, FLOAT, DECIMAL, STRING or BOOL");
    return NULL;
}

static struct sql_node *parse_aggregate(struct parser *p, char op)
{
    if (p->is_in_aggregate) {
        (void)fail(p->err, "SQLParsingError", "an aggregate of an aggregate");
        return NULL;
    }
    p->query->is_aggregate = true;
    bool is_all = op == 'c' && is_mark(p, "*");
    p->is_in_aggregate = true;
    struct sql_node *of = is_all ? NULL : parse_any(p);
    p->is_in_aggregate = false;
    if ((of == NULL && !is_all) || (is_all && !advance(p)) || !want_mark(p, ")")) {
        return NULL;
    }
    struct sql_node *n = node(p, NODE_AGGREGATE, of);
    if (n != NULL) {
        n->op = op;
    }
    return n;
}

static struct sql_node *parse_call(struct parser *p, enum node_kind kind, char op)
{
    if (!advance(p) || !want_mark(p, "(")) {
        return NULL;
    }
    if (kind == NODE_AGGREGATE) {
        return parse_aggregate(p, op);
    }
    if (kind == NODE_CAST) {
        return parse_cast(p);
    }
    size_t n;
    struct sql_node *list = parse_list(p, &n);
    if (list == NULL) {
        return NULL;
    }
    if (kind == NODE_NULLIF && n != 2) {
        (void)refuse(p, "two values");
        return NULL;
    }
    return node(p, kind, list);
}

/* A word that is a function is followed by a "(". */
static bool is_call(const struct parser *p)
{
    struct cos_span s = p->rest;
    while (s.len > 0 && strchr(" \t\r\n", s.ptr[0]) != NULL) {
        s = cos_span_from(s, 1);
    }
    return p->kind == TOKEN_WORD && s.len > 0 && s.ptr[0] == '(';
}

static struct sql_node *parse_word(struct parser *p)
{
    static const struct {
        const char *word;
        enum node_kind kind;
        char op;
    } calls[] = {{"COUNT", NODE_AGGREGATE, 'c'}, {"SUM", NODE_AGGREGATE, 's'},
                 {"MIN", NODE_AGGREGATE, 'l'},   {"MAX", NODE_AGGREGATE, 'h'},
                 {"AVG", NODE_AGGREGATE, 'a'},   {"CAST", NODE_CAST, 0},
                 {"COALESCE", NODE_COALESCE, 0}, {"NULLIF", NODE_NULLIF, 0}};
    for (size_t i = 0; is_call(p) && i < COS_ARRAY_LEN(calls); i++) {
        if (is_word(p, calls[i].word)) {
            return parse_call(p, calls[i].kind, calls[i].op);
        }
    }
    if (is_call(p)) {
        (void)fail(p->err, "SQLParsingError", "the function %.*s is not implemented",
                   (int)(p->token.len < 40 ? p->token.len : 40), p->token.ptr);
        return NULL;
    }
    if (is_word(p, "TRUE") || is_word(p, "FALSE")) {
        return constant(p, (struct sql_value){.kind = SQL_BOOL,
                                              .number = is_word(p, "TRUE") ? 1 : 0});
    }
    return is_word(p, "NULL") ? constant(p, (struct sql_value){.kind = SQL_NULL})
                              : parse_path(p);
}

/* What may stand in itself without a bracket. */
static struct sql_node *parse_deeper(struct parser *p,
                                     struct sql_node *(*parse)(struct parser *p))
{
    if (++p->depth > DEPTH_MAX) {
        (void)fail(p->err, "SQLParsingError", "the expression is nested too deeply");
        return NULL;
    }
    struct sql_node *n = parse(p);
    p->depth--;
    return n;
}

static struct sql_node *parse_primary(struct parser *p)
{
    struct sql_value number = {.kind = SQL_NUMBER};
    if (is_mark(p, "-")) {
        struct sql_node *zero = constant(p, number);
        return zero == NULL
                   ? NULL
                   : pair(p, NODE_CALCULATE, '-', zero, parse_deeper(p, parse_primary));
    }
    if (is_mark(p, "(")) {
        struct sql_node *inner = advance(p) ? parse_any(p) : NULL;
        return inner != NULL && want_mark(p, ")") ? inner : NULL;
    }
    if (p->kind == TOKEN_NUMBER && spells_number(p->token, &number.number)) {
        return constant(p, number);
    }
    if (p->kind == TOKEN_TEXT) {
        return constant(p, (struct sql_value){.kind = SQL_TEXT, .text = p->token});
    }
    if (p->kind == TOKEN_QUOTED) {
        return parse_path(p);
    }
    if (p->kind == TOKEN_WORD) {
        return parse_word(p);
    }
    (void)refuse(p, "a value");
    return NULL;
}

static struct sql_node *parse_product(struct parser *p)
{
    struct sql_node *n = parse_primary(p);
    while (n != NULL && (is_mark(p, "*") || is_mark(p, "/") || is_mark(p, "%"))) {
        char op = p->token.ptr[0];
        n = advance(p) ? pair(p, NODE_CALCULATE, op, n, parse_primary(p)) : NULL;
    }
    return n;
}

static struct sql_node *parse_sum(struct parser *p)
{
    struct sql_node *n = parse_product(p);
    while (n != NULL && (is_mark(p, "+") || is_mark(p, "-"))) {
        char op = p->token.ptr[0];
        n = advance(p) ? pair(p, NODE_CALCULATE, op, n, parse_product(p)) : NULL;
    }
    return n;
}

static struct sql_node *parse_between(struct parser *p, struct sql_node *of)
{
    struct sql_node *low = parse_sum(p);
    struct sql_node *high = low != NULL && want_word(p, "AND") ? parse_sum(p) : NULL;
    if (high == NULL) {
        return NULL;
    }
    low->next = high;
    return pair(p, NODE_BETWEEN, 0, of, low);
}

static struct sql_node *parse_like(struct parser *p, struct sql_node *of)
{
    if (p->kind != TOKEN_TEXT || p->token.len > PATTERN_MAX) {
        (void)refuse(p, "a pattern of at most 1024 bytes");
        return NULL;
    }
    struct sql_value pattern = {.kind = SQL_TEXT, .text = p->token};
    struct sql_node *n = pair(p, NODE_LIKE, 0, of, constant(p, pattern));
    bool is_there = false;
    if (n == NULL || !take_word(p, "ESCAPE", &is_there)) {
        return NULL;
    }
    if (is_there) {
        if (p->kind != TOKEN_TEXT || p->token.len != 1) {
            (void)refuse(p, "one character");
            return NULL;
        }
        n->op = p->token.ptr[0];
        return advance(p) ? n : NULL;
    }
    return n;
}

static struct sql_node *parse_in(struct parser *p, struct sql_node *of)
{
    size_t n;
    struct sql_node *list = want_mark(p, "(") ? parse_list(p, &n) : NULL;
    return pair(p, NODE_IN, 0, of, list);
}

static struct sql_node *parse_is(struct parser *p, struct sql_node *of)
{
    bool is_not = false;
    if (!take_word(p, "NOT", &is_not)) {
        return NULL;
    }
    char op = is_word(p, "NULL") ? 'n' : is_word(p, "MISSING") ? 'm' : '\0';
    if (op == '\0') {
        (void)refuse(p, "NULL or MISSING");
        return NULL;
    }
    struct sql_node *n = node(p, NODE_IS, of);
    if (n == NULL || !advance(p)) {
        return NULL;
    }
    n->op = op;
    return is_not ? node(p, NODE_NOT, n) : n;
}

static char comparison(const struct parser *p)
{
    static const struct {
        const char *mark;
        char op;
    } marks[] = {{"=", '='}, {"<>", '!'}, {"!=", '!'}, {"<", '<'},
                 {">", '>'}, {"<=", 'l'}, {">=", 'g'}};
    for (size_t i = 0; i < COS_ARRAY_LEN(marks); i++) {
        if (is_mark(p, marks[i].mark)) {
            return marks[i].op;
        }
    }
    return '\0';
}

static struct sql_node *parse_comparison(struct parser *p)
{
    struct sql_node *n = parse_sum(p);
    bool is_not = false;
    if (n == NULL || !take_word(p, "NOT", &is_not)) {
        return NULL;
    }
    char op = comparison(p);
    if (op != '\0' && !is_not) {
        return advance(p) ? pair(p, NODE_COMPARE, op, n, parse_sum(p)) : NULL;
    }
    if (is_word(p, "BETWEEN")) {
        n = advance(p) ? parse_between(p, n) : NULL;
    } else if (is_word(p, "IN")) {
        n = advance(p) ? parse_in(p, n) : NULL;
    } else if (is_word(p, "LIKE")) {
        n = advance(p) ? parse_like(p, n) : NULL;
    } else if (is_word(p, "IS") && !is_not) {
        n = advance(p) ? parse_is(p, n) : NULL;
    } else if (is_not) {
        (void)refuse(p, "BETWEEN, IN or LIKE");
        return NULL;
    }
    return n != NULL && is_not ? node(p, NODE_NOT, n) : n;
}

static struct sql_node *parse_not(struct parser *p)
{
    bool is_not = false;
    if (!take_word(p, "NOT", &is_not)) {
        return NULL;
    }
    struct sql_node *n = is_not ? parse_deeper(p, parse_not) : parse_comparison(p);
    return n != NULL && is_not ? node(p, NODE_NOT, n) : n;
}

static struct sql_node *parse_and(struct parser *p)
{
    struct sql_node *n = parse_not(p);
    while (n != NULL && is_word(p, "AND")) {
        n = advance(p) ? pair(p, NODE_AND, 0, n, parse_not(p)) : NULL;
    }
    return n;
}

static struct sql_node *parse_any(struct parser *p)
{
    if (++p->depth > DEPTH_MAX) {
        (void)fail(p->err, "SQLParsingError", "the expression is nested too deeply");
        return NULL;
    }
    struct sql_node *n = parse_and(p);
    while (n != NULL && is_word(p, "OR")) {
        n = advance(p) ? pair(p, NODE_OR, 0, n, parse_and(p)) : NULL;
    }
    p->depth--;
    return n;
}

/* --- the query --- */

static bool parse_column(struct parser *p)
{
    struct sql_query *q = p->query;
    struct sql_column c = {.what = parse_any(p), .name = COS_SPAN_EMPTY};
    bool is_named = false;
    if (c.what == NULL || !take_word(p, "AS", &is_named)) {
        return false;
    }
    if (is_named) {
        if (p->kind != TOKEN_WORD && p->kind != TOKEN_QUOTED) {
            return refuse(p, "a name");
        }
        c.name = p->token;
        if (!advance(p)) {
            return false;
        }
    } else if (c.what->kind == NODE_PATH) {
        const struct sql_step *last = &c.what->steps[c.what->n_steps - 1];
        c.name = last->index == SIZE_MAX ? last->name : COS_SPAN_EMPTY;
    }
    struct sql_column *columns = cos_arena_array(q->arena, q->n_columns + 1, sizeof(*columns));
    if (columns == NULL) {
        return fail(p->err, "InternalError", "no memory");
    }
    if (q->n_columns > 0) {
        memcpy(columns, q->columns, q->n_columns * sizeof(*columns));
    }
    columns[q->n_columns++] = c;
    q->columns = columns;
    return q->n_columns <= 1024 || fail(p->err, "SQLParsingError", "too many columns");
}

static bool parse_columns(struct parser *p)
{
    if (is_mark(p, "*")) {
        return advance(p);
    }
    bool is_fine = parse_column(p);
    while (is_fine && is_mark(p, ",")) {
        is_fine = advance(p) && parse_column(p);
    }
    return is_fine;
}

/* FROM COSObject[*] alias: what stands in one is a record. */
static bool parse_table(struct parser *p)
{
    if (!want_word(p, "FROM") || !want_word(p, "COSObject")) {
        return false;
    }
    if (is_mark(p, "[") && (!advance(p) || !want_mark(p, "*") || !want_mark(p, "]"))) {
        return false;
    }
    bool is_as = false;
    if (!take_word(p, "AS", &is_as)) {
        return false;
    }
    if (p->kind == TOKEN_WORD && !is_word(p, "WHERE") && !is_word(p, "LIMIT")) {
        p->alias = p->token;
        return advance(p);
    }
    return !is_as || refuse(p, "a name");
}

static bool parse_limit(struct parser *p)
{
    if (!advance(p)) {
        return false;
    }
    if (p->kind != TOKEN_NUMBER || !cos_span_u64(p->token, &p->query->limit)) {
        return refuse(p, "a number of records");
    }
    return advance(p);
}

static bool parse_where(struct parser *p)
{
    bool had_aggregate = p->query->is_aggregate;
    p->query->is_aggregate = false;
    p->query->where = advance(p) ? parse_any(p) : NULL;
    if (p->query->where != NULL && p->query->is_aggregate) {
        return fail(p->err, "SQLParsingError", "an aggregate in WHERE");
    }
    p->query->is_aggregate = had_aggregate;
    return p->query->where != NULL;
}

bool sql_parse(struct cos_arena *arena, struct cos_span text, struct sql_query *out,
               struct sql_error *err)
{
    *out = (struct sql_query){.arena = arena, .limit = UINT64_MAX};
    struct parser p = {.rest = text, .query = out, .err = err};
    if (text.len > SQL_MAX_BYTES) {
        return fail(err, "SQLParsingError", "the expression is longer than 256 KB");
    }
    if (!advance(&p) || !want_word(&p, "SELECT") || !parse_columns(&p) || !parse_table(&p) ||
        (is_word(&p, "WHERE") && !parse_where(&p)) ||
        (is_word(&p, "LIMIT") && !parse_limit(&p))) {
        return false;
    }
    out->alias = p.alias;
    return p.kind == TOKEN_END || refuse(&p, "the end");
}

/* --- values --- */

static bool as_number(const struct sql_value *v, double *out)
{
    *out = v->number;
    return v->kind == SQL_NUMBER || (v->kind == SQL_TEXT && spells_number(v->text, out));
}

static bool is_unknown(const struct sql_value *v)
{
    return v->kind == SQL_MISSING || v->kind == SQL_NULL || v->kind == SQL_TREE;
}

/* False: they cannot be compared. */
static bool compare(const struct sql_value *a, const struct sql_value *b, int *out)
{
    double x = 0;
    double y = 0;
    if (is_unknown(a) || is_unknown(b)) {
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
    *out = as_number(a, &x) && as_number(b, &y) ? (x > y) - (x < y) : 2;
    return *out != 2;
}

static struct sql_value truth(bool is_true)
{
    return (struct sql_value){.kind = SQL_BOOL, .number = is_true ? 1 : 0};
}

static bool matches(struct cos_span text, struct cos_span pattern, char escape)
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

struct evaluation {
    const struct sql_query *query;
    const struct sql_record *record; /* NULL: what was gathered */
    struct sql_error *err;
};

static bool eval(const struct evaluation *e, const struct sql_node *n, struct sql_value *out);

static bool eval_path(const struct evaluation *e, const struct sql_node *n,
                      struct sql_value *out)
{
    if (e->record == NULL) {
        return fail(e->err, "SQLParsingError", "a column beside aggregates");
    }
    struct cos_span first = n->steps[0].name;
    bool has_table = n->n_steps > 1 &&
                     (cos_span_eq_nocase(first, COS_SPAN_LIT("COSObject")) ||
                      (e->query->alias.len > 0 && cos_span_eq_nocase(first, e->query->alias)));
    size_t skip = has_table ? 1 : 0;
    *out = e->record->find(e->record->ctx, n->steps + skip, n->n_steps - skip);
    return true;
}

static bool eval_compare(const struct evaluation *e, const struct sql_node *n,
                         struct sql_value *out)
{
    struct sql_value a;
    struct sql_value b;
    int order = 0;
    if (!eval(e, n->first, &a) || !eval(e, n->first->next, &b)) {
        return false;
    }
    *out = (struct sql_value){.kind = SQL_NULL};
    if (compare(&a, &b, &order)) {
        *out = truth(n->op == '='   ? order == 0
                     : n->op == '!' ? order != 0
                     : n->op == '<' ? order < 0
                     : n->op == '>' ? order > 0
                     : n->op == 'l' ? order <= 0
                                    : order >= 0);
    }
    return true;
}

/* AND and OR: what is decided needs no other side; unknown stays unknown. */
static bool eval_logic(const struct evaluation *e, const struct sql_node *n,
                       struct sql_value *out)
{
    bool decides = n->kind == NODE_OR;
    bool is_unknown_there = false;
    for (const struct sql_node *c = n->first; c != NULL; c = c->next) {
        struct sql_value v;
        if (!eval(e, c, &v)) {
            return false;
        }
        if (v.kind == SQL_BOOL && (v.number != 0) == decides) {
            *out = v;
            return true;
        }
        is_unknown_there = is_unknown_there || v.kind != SQL_BOOL;
    }
    *out = is_unknown_there ? (struct sql_value){.kind = SQL_NULL} : truth(!decides);
    return true;
}

static bool eval_set(const struct evaluation *e, const struct sql_node *n,
                     struct sql_value *out)
{
    struct sql_value v = {.kind = SQL_NULL};
    struct sql_value of[2];
    int order = 0;
    int other = 0;
    if (!eval(e, n->first, &v)) {
        return false;
    }
    if (n->kind == NODE_BETWEEN) {
        if (!eval(e, n->first->next, &of[0]) || !eval(e, n->first->next->next, &of[1])) {
            return false;
        }
        bool is_known = compare(&v, &of[0], &order) && compare(&v, &of[1], &other);
        *out =
            is_known ? truth(order >= 0 && other <= 0) : (struct sql_value){.kind = SQL_NULL};
        return true;
    }
    *out = is_unknown(&v) ? (struct sql_value){.kind = SQL_NULL} : truth(false);
    for (const struct sql_node *c = n->first->next; c != NULL; c = c->next) {
        if (!eval(e, c, &of[0])) {
            return false;
        }
        if (compare(&v, &of[0], &order) && order == 0) {
            *out = truth(true);
            return true;
        }
    }
    return true;
}

static bool eval_like(const struct evaluation *e, const struct sql_node *n,
                      struct sql_value *out)
{
    struct sql_value v = {.kind = SQL_NULL};
    if (!eval(e, n->first, &v)) {
        return false;
    }
    *out = v.kind == SQL_TEXT ? truth(matches(v.text, n->first->next->value.text, n->op))
                              : (struct sql_value){.kind = SQL_NULL};
    return true;
}

static bool eval_calculation(const struct evaluation *e, const struct sql_node *n,
                             struct sql_value *out)
{
    struct sql_value a;
    struct sql_value b;
    double x = 0;
    double y = 0;
    if (!eval(e, n->first, &a) || !eval(e, n->first->next, &b)) {
        return false;
    }
    *out = (struct sql_value){.kind = SQL_NULL};
    if (is_unknown(&a) || is_unknown(&b)) {
        return true;
    }
    if (!as_number(&a, &x) || !as_number(&b, &y)) {
        return fail(e->err, "CastFailed", "%c of what is no number", n->op);
    }
    if ((n->op == '/' || n->op == '%') && y == 0) {
        return fail(e->err, "CastFailed", "a division by zero");
    }
    *out = (struct sql_value){.kind = SQL_NUMBER,
                              .number = n->op == '+'   ? x + y
                                        : n->op == '-' ? x - y
                                        : n->op == '*' ? x * y
                                        : n->op == '/' ? x / y
                                                       : fmod(x, y)};
    return true;
}

static bool eval_cast(const struct evaluation *e, const struct sql_node *n,
                      struct sql_value *out)
{
    struct sql_value v = {.kind = SQL_NULL};
    double x = 0;
    if (!eval(e, n->first, &v)) {
        return false;
    }
    *out = v;
    if (is_unknown(&v)) {
        return true;
    }
    if (n->op == 't') {
        char *room = cos_arena_alloc(e->query->arena, 32);
        *out = (struct sql_value){.kind = SQL_TEXT};
        out->text = room == NULL ? COS_SPAN_EMPTY : sql_text(&v, room);
        return room != NULL || fail(e->err, "InternalError", "no memory");
    }
    if (n->op == 'b') {
        bool is_true = v.kind == SQL_TEXT ? cos_span_eq_nocase(v.text, COS_SPAN_LIT("true"))
                                          : v.number != 0;
        bool is_false = v.kind != SQL_TEXT || cos_span_eq_nocase(v.text, COS_SPAN_LIT("false"));
        *out = truth(is_true);
        return is_true || is_false || fail(e->err, "CastFailed", "what is cast is no BOOL");
    }
    if (v.kind != SQL_BOOL && !as_number(&v, &x)) {
        return fail(e->err, "CastFailed", "what is cast is no number");
    }
    x = v.kind == SQL_BOOL ? v.number : x;
    *out = (struct sql_value){.kind = SQL_NUMBER, .number = n->op == 'i' ? trunc(x) : x};
    return true;
}

static void eval_aggregate(const struct sql_node *n, struct sql_value *out)
{
    *out = (struct sql_value){.kind = n->n > 0 || n->op == 'c' ? SQL_NUMBER : SQL_NULL,
                              .number = n->op == 'c'   ? (double)n->n
                                        : n->op == 's' ? n->sum
                                        : n->op == 'l' ? n->least
                                        : n->op == 'h'
                                            ? n->most
                                            : n->sum / (n->n == 0 ? 1.0 : (double)n->n)};
}

static bool eval_other(const struct evaluation *e, const struct sql_node *n,
                       struct sql_value *out)
{
    struct sql_value v = {.kind = SQL_NULL};
    struct sql_value other = {.kind = SQL_NULL};
    int order = 1;
    if (n->kind == NODE_COALESCE) {
        for (const struct sql_node *c = n->first; c != NULL && is_unknown(&v); c = c->next) {
            if (!eval(e, c, &v)) {
                return false;
            }
        }
        *out = v;
        return true;
    }
    if (!eval(e, n->first, &v)) {
        return false;
    }
    if (n->kind == NODE_NULLIF) {
        if (!eval(e, n->first->next, &other)) {
            return false;
        }
        bool is_same = compare(&v, &other, &order) && order == 0;
        *out = is_same ? (struct sql_value){.kind = SQL_NULL} : v;
    } else if (n->kind == NODE_IS) {
        *out = truth(v.kind == SQL_MISSING || (n->op == 'n' && v.kind == SQL_NULL));
    } else { /* NODE_NOT */
        *out = v.kind == SQL_BOOL ? truth(v.number == 0) : (struct sql_value){.kind = SQL_NULL};
    }
    return true;
}

static bool eval(const struct evaluation *e, const struct sql_node *n, struct sql_value *out)
{
    switch (n->kind) {
    case NODE_VALUE:
        *out = n->value;
        return true;
    case NODE_PATH:
        return eval_path(e, n, out);
    case NODE_OR:
    case NODE_AND:
        return eval_logic(e, n, out);
    case NODE_COMPARE:
        return eval_compare(e, n, out);
    case NODE_BETWEEN:
    case NODE_IN:
        return eval_set(e, n, out);
    case NODE_LIKE:
        return eval_like(e, n, out);
    case NODE_CALCULATE:
        return eval_calculation(e, n, out);
    case NODE_CAST:
        return eval_cast(e, n, out);
    case NODE_AGGREGATE:
        eval_aggregate(n, out);
        return true;
    case NODE_NOT:
    case NODE_IS:
    case NODE_COALESCE:
    case NODE_NULLIF:
        return eval_other(e, n, out);
    }
    return false;
}

int sql_passes(const struct sql_query *q, const struct sql_record *r, struct sql_error *err)
{
    struct sql_value v = {.kind = SQL_BOOL, .number = 1};
    const struct evaluation e = {q, r, err};
    if (q->where != NULL && !eval(&e, q->where, &v)) {
        return -1;
    }
    return v.kind == SQL_BOOL && v.number != 0;
}

static bool gather(const struct evaluation *e, struct sql_node *n)
{
    for (struct sql_node *c = n->kind == NODE_AGGREGATE ? NULL : n->first; c != NULL;
         c = c->next) {
        if (!gather(e, c)) {
            return false;
        }
    }
    if (n->kind != NODE_AGGREGATE) {
        return true;
    }
    struct sql_value v = {.kind = SQL_NUMBER};
    double x = 0;
    if (n->first != NULL && !eval(e, n->first, &v)) {
        return false;
    }
    if (v.kind == SQL_MISSING || v.kind == SQL_NULL) {
        return true;
    }
    if (n->op != 'c' && !as_number(&v, &x)) {
        return fail(e->err, "CastFailed", "an aggregate of what is no number");
    }
    n->least = n->n == 0 || x < n->least ? x : n->least;
    n->most = n->n == 0 || x > n->most ? x : n->most;
    n->sum += x;
    n->n++;
    return true;
}

bool sql_gather(const struct sql_query *q, const struct sql_record *r, struct sql_error *err)
{
    const struct evaluation e = {q, r, err};
    for (size_t i = 0; i < q->n_columns; i++) {
        if (!gather(&e, q->columns[i].what)) {
            return false;
        }
    }
    return true;
}

bool sql_column(const struct sql_query *q, size_t i, const struct sql_record *r,
                struct sql_value *out, struct sql_error *err)
{
    const struct evaluation e = {q, r, err};
    return eval(&e, q->columns[i].what, out);
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
