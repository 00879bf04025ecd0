/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT columns FROM COSObject WHERE ... LIMIT n: what stands around expressions. */
#include "services/select_sql_inside.h"

static bool parse_column(struct parser *p)
{
    struct sql_query *q = p->query;
    struct sql_column c = {.what = sql_parse_any(p), .name = COS_SPAN_EMPTY};
    bool is_named = false;
    if (c.what == NULL || !words_take(p, "AS", &is_named)) {
        return false;
    }
    if (is_named) {
        if (p->kind != TOKEN_WORD && p->kind != TOKEN_QUOTED) {
            return words_refuse(p, "a name");
        }
        c.name = p->token;
        if (!words_advance(p)) {
            return false;
        }
    } else if (c.what->kind == NODE_PATH) {
        const struct sql_step *last = &c.what->steps[c.what->n_steps - 1];
        c.name = last->index == SIZE_MAX ? last->name : COS_SPAN_EMPTY;
    }
    struct sql_column *columns = cos_arena_array(q->arena, q->n_columns + 1, sizeof(*columns));
    if (columns == NULL) {
        return sql_fail(p->err, "InternalError", "no memory");
    }
    if (q->n_columns > 0) {
        memcpy(columns, q->columns, q->n_columns * sizeof(*columns));
    }
    columns[q->n_columns++] = c;
    q->columns = columns;
    return q->n_columns <= 1024 || sql_fail(p->err, "SQLParsingError", "too many columns");
}

static bool parse_columns(struct parser *p)
{
    if (words_is_mark(p, "*")) {
        return words_advance(p);
    }
    bool is_fine = parse_column(p);
    while (is_fine && words_is_mark(p, ",")) {
        is_fine = words_advance(p) && parse_column(p);
    }
    return is_fine;
}

/* FROM COSObject[*] alias: what stands in one is a record. */
static bool parse_table(struct parser *p)
{
    if (!words_want(p, "FROM") || !words_want(p, "COSObject")) {
        return false;
    }
    if (words_is_mark(p, "[") &&
        (!words_advance(p) || !words_want_mark(p, "*") || !words_want_mark(p, "]"))) {
        return false;
    }
    bool is_as = false;
    if (!words_take(p, "AS", &is_as)) {
        return false;
    }
    if (p->kind == TOKEN_WORD && !words_is(p, "WHERE") && !words_is(p, "LIMIT")) {
        p->alias = p->token;
        return words_advance(p);
    }
    return !is_as || words_refuse(p, "a name");
}

static bool parse_limit(struct parser *p)
{
    if (!words_advance(p)) {
        return false;
    }
    if (p->kind != TOKEN_NUMBER || !cos_span_u64(p->token, &p->query->limit)) {
        return words_refuse(p, "a number of records");
    }
    return words_advance(p);
}

static bool parse_where(struct parser *p)
{
    bool had_aggregate = p->query->is_aggregate;
    p->query->is_aggregate = false;
    p->query->where = words_advance(p) ? sql_parse_any(p) : NULL;
    if (p->query->where != NULL && p->query->is_aggregate) {
        return sql_fail(p->err, "SQLParsingError", "an aggregate in WHERE");
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
        return sql_fail(err, "SQLParsingError", "the expression is longer than 256 KB");
    }
    if (!words_advance(&p) || !words_want(&p, "SELECT") || !parse_columns(&p) ||
        !parse_table(&p) || (words_is(&p, "WHERE") && !parse_where(&p)) ||
        (words_is(&p, "LIMIT") && !parse_limit(&p))) {
        return false;
    }
    out->alias = p.alias;
    return p.kind == TOKEN_END || words_refuse(&p, "the end");
}
