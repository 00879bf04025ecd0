/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions, by recursive descent over one pass of the text. Patterns of LIKE are bounded,
 * because matching costs their length times the text's. */
#include "services/select_sql_inside.h"

enum { PATTERN_MAX = 1024 };

struct sql_node *sql_node(struct parser *p, enum node_kind kind, struct sql_node *first)
{
    struct sql_node *n = cos_arena_alloc(p->query->arena, sizeof(*n));
    if (n == NULL) {
        (void)sql_fail(p->err, "InternalError", "no memory");
        return NULL;
    }
    n->kind = kind;
    n->first = first;
    for (const struct sql_node *c = first; c != NULL; c = c->next) {
        n->depth = c->depth + 1 > n->depth ? c->depth + 1 : n->depth;
    }
    if (n->depth > DEPTH_MAX) {
        (void)sql_fail(p->err, "SQLParsingError", "the expression is nested too deeply");
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
    struct sql_node *n = sql_node(p, kind, a);
    if (n != NULL) {
        n->op = op;
    }
    return n;
}

static struct sql_node *parse_sum(struct parser *p);

static bool add_step(struct parser *p, struct sql_node *n, const struct sql_step *step)
{
    struct sql_step *steps = cos_arena_array(p->query->arena, n->n_steps + 1, sizeof(*steps));
    if (steps == NULL) {
        return sql_fail(p->err, "InternalError", "no memory");
    }
    if (n->n_steps > 0) {
        memcpy(steps, n->steps, n->n_steps * sizeof(*steps));
    }
    steps[n->n_steps++] = *step;
    n->steps = steps;
    return n->n_steps <= 32 || sql_fail(p->err, "SQLParsingError", "the path is too long");
}

static bool take_index(struct parser *p, struct sql_node *n)
{
    uint64_t index;
    if (!words_advance(p)) {
        return false;
    }
    if (p->kind != TOKEN_NUMBER || !cos_span_u64(p->token, &index) || index >= SIZE_MAX) {
        return words_refuse(p, "the place in a list");
    }
    return add_step(p, n, &(struct sql_step){.index = (size_t)index}) && words_advance(p) &&
           words_want_mark(p, "]");
}

static bool take_name(struct parser *p, struct sql_node *n)
{
    if (p->kind != TOKEN_WORD && p->kind != TOKEN_QUOTED) {
        return words_refuse(p, "a name");
    }
    const struct sql_step step = {p->token, SIZE_MAX, p->kind == TOKEN_QUOTED};
    return add_step(p, n, &step) && words_advance(p);
}

/* The alias in front is taken away when the query is whole: it stands behind the columns. */
static struct sql_node *parse_path(struct parser *p)
{
    struct sql_node *n = sql_node(p, NODE_PATH, NULL);
    bool is_fine = n != NULL && take_name(p, n);
    while (is_fine && (words_is_mark(p, ".") || words_is_mark(p, "["))) {
        is_fine =
            words_is_mark(p, ".") ? words_advance(p) && take_name(p, n) : take_index(p, n);
    }
    return is_fine ? n : NULL;
}

struct sql_node *sql_constant(struct parser *p, struct sql_value value)
{
    struct sql_node *n = sql_node(p, NODE_VALUE, NULL);
    if (n != NULL) {
        n->value = value;
    }
    return n != NULL && words_advance(p) ? n : NULL;
}

static struct sql_node *parse_word(struct parser *p)
{
    if (sql_is_call(p)) {
        return sql_parse_call(p);
    }
    if (words_is(p, "TRUE") || words_is(p, "FALSE")) {
        return sql_constant(p, sql_truth(words_is(p, "TRUE")));
    }
    return words_is(p, "NULL") ? sql_constant(p, (struct sql_value){.kind = SQL_NULL})
                               : parse_path(p);
}

/* What may stand in itself without a bracket. */
static struct sql_node *parse_deeper(struct parser *p,
                                     struct sql_node *(*parse)(struct parser *p))
{
    if (++p->depth > DEPTH_MAX) {
        (void)sql_fail(p->err, "SQLParsingError", "the expression is nested too deeply");
        return NULL;
    }
    struct sql_node *n = parse(p);
    p->depth--;
    return n;
}

static struct sql_node *parse_primary(struct parser *p)
{
    struct sql_value number = sql_whole(0);
    if (words_is_mark(p, "-")) {
        struct sql_node *zero = sql_constant(p, number);
        return zero == NULL
                   ? NULL
                   : pair(p, NODE_CALCULATE, '-', zero, parse_deeper(p, parse_primary));
    }
    if (words_is_mark(p, "(")) {
        struct sql_node *inner = words_advance(p) ? sql_parse_any(p) : NULL;
        return inner != NULL && words_want_mark(p, ")") ? inner : NULL;
    }
    if (p->kind == TOKEN_NUMBER && sql_spells_number(p->token, &number)) {
        return sql_constant(p, number);
    }
    if (p->kind == TOKEN_TEXT) {
        return sql_constant(p, (struct sql_value){.kind = SQL_TEXT, .text = p->token});
    }
    if (p->kind == TOKEN_QUOTED) {
        return parse_path(p);
    }
    if (p->kind == TOKEN_WORD) {
        return parse_word(p);
    }
    (void)words_refuse(p, "a value");
    return NULL;
}

static struct sql_node *parse_product(struct parser *p)
{
    struct sql_node *n = parse_primary(p);
    while (n != NULL &&
           (words_is_mark(p, "*") || words_is_mark(p, "/") || words_is_mark(p, "%"))) {
        char op = p->token.ptr[0];
        n = words_advance(p) ? pair(p, NODE_CALCULATE, op, n, parse_primary(p)) : NULL;
    }
    return n;
}

static struct sql_node *parse_sum(struct parser *p)
{
    struct sql_node *n = parse_product(p);
    while (n != NULL && (words_is_mark(p, "+") || words_is_mark(p, "-"))) {
        char op = p->token.ptr[0];
        n = words_advance(p) ? pair(p, NODE_CALCULATE, op, n, parse_product(p)) : NULL;
    }
    return n;
}

static struct sql_node *parse_between(struct parser *p, struct sql_node *of)
{
    struct sql_node *low = parse_sum(p);
    struct sql_node *high = low != NULL && words_want(p, "AND") ? parse_sum(p) : NULL;
    if (high == NULL) {
        return NULL;
    }
    low->next = high;
    return pair(p, NODE_BETWEEN, 0, of, low);
}

static struct sql_node *parse_like(struct parser *p, struct sql_node *of)
{
    if (p->kind != TOKEN_TEXT || p->token.len > PATTERN_MAX) {
        (void)words_refuse(p, "a pattern of at most 1024 bytes");
        return NULL;
    }
    struct sql_value pattern = {.kind = SQL_TEXT, .text = p->token};
    struct sql_node *n = pair(p, NODE_LIKE, 0, of, sql_constant(p, pattern));
    bool is_there = false;
    if (n == NULL || !words_take(p, "ESCAPE", &is_there)) {
        return NULL;
    }
    if (is_there) {
        if (p->kind != TOKEN_TEXT || p->token.len != 1) {
            (void)words_refuse(p, "one character");
            return NULL;
        }
        n->op = p->token.ptr[0];
        return words_advance(p) ? n : NULL;
    }
    return n;
}

static struct sql_node *parse_in(struct parser *p, struct sql_node *of)
{
    size_t n;
    struct sql_node *list = words_want_mark(p, "(") ? sql_parse_list(p, &n) : NULL;
    return pair(p, NODE_IN, 0, of, list);
}

static struct sql_node *parse_is(struct parser *p, struct sql_node *of)
{
    bool is_not = false;
    if (!words_take(p, "NOT", &is_not)) {
        return NULL;
    }
    char op = words_is(p, "NULL") ? 'n' : words_is(p, "MISSING") ? 'm' : '\0';
    if (op == '\0') {
        (void)words_refuse(p, "NULL or MISSING");
        return NULL;
    }
    struct sql_node *n = sql_node(p, NODE_IS, of);
    if (n == NULL || !words_advance(p)) {
        return NULL;
    }
    n->op = op;
    return is_not ? sql_node(p, NODE_NOT, n) : n;
}

static char comparison(const struct parser *p)
{
    static const struct {
        const char *mark;
        char op;
    } marks[] = {{"=", '='}, {"<>", '!'}, {"!=", '!'}, {"<", '<'},
                 {">", '>'}, {"<=", 'l'}, {">=", 'g'}};
    for (size_t i = 0; i < COS_ARRAY_LEN(marks); i++) {
        if (words_is_mark(p, marks[i].mark)) {
            return marks[i].op;
        }
    }
    return '\0';
}

static struct sql_node *parse_comparison(struct parser *p)
{
    struct sql_node *n = parse_sum(p);
    bool is_not = false;
    if (n == NULL || !words_take(p, "NOT", &is_not)) {
        return NULL;
    }
    char op = comparison(p);
    if (op != '\0' && !is_not) {
        return words_advance(p) ? pair(p, NODE_COMPARE, op, n, parse_sum(p)) : NULL;
    }
    if (words_is(p, "BETWEEN")) {
        n = words_advance(p) ? parse_between(p, n) : NULL;
    } else if (words_is(p, "IN")) {
        n = words_advance(p) ? parse_in(p, n) : NULL;
    } else if (words_is(p, "LIKE")) {
        n = words_advance(p) ? parse_like(p, n) : NULL;
    } else if (words_is(p, "IS") && !is_not) {
        n = words_advance(p) ? parse_is(p, n) : NULL;
    } else if (is_not) {
        (void)words_refuse(p, "BETWEEN, IN or LIKE");
        return NULL;
    }
    return n != NULL && is_not ? sql_node(p, NODE_NOT, n) : n;
}

static struct sql_node *parse_not(struct parser *p)
{
    bool is_not = false;
    if (!words_take(p, "NOT", &is_not)) {
        return NULL;
    }
    struct sql_node *n = is_not ? parse_deeper(p, parse_not) : parse_comparison(p);
    return n != NULL && is_not ? sql_node(p, NODE_NOT, n) : n;
}

static struct sql_node *parse_and(struct parser *p)
{
    struct sql_node *n = parse_not(p);
    while (n != NULL && words_is(p, "AND")) {
        n = words_advance(p) ? pair(p, NODE_AND, 0, n, parse_not(p)) : NULL;
    }
    return n;
}

struct sql_node *sql_parse_any(struct parser *p)
{
    if (++p->depth > DEPTH_MAX) {
        (void)sql_fail(p->err, "SQLParsingError", "the expression is nested too deeply");
        return NULL;
    }
    struct sql_node *n = parse_and(p);
    while (n != NULL && words_is(p, "OR")) {
        n = words_advance(p) ? pair(p, NODE_OR, 0, n, parse_and(p)) : NULL;
    }
    p->depth--;
    return n;
}
