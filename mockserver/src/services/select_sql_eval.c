/* SPDX-License-Identifier: Apache-2.0 */
/* What a query says of a record, and of all of them. */
#include "services/select_sql_inside.h"

#include <math.h>

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
        return sql_fail(e->err, "SQLParsingError", "a column beside aggregates");
    }
    struct cos_span first = n->steps[0].name;
    bool has_table = n->n_steps > 1 &&
                     (cos_span_eq_nocase(first, COS_SPAN_LIT("COSObject")) ||
                      (e->query->alias.len > 0 && cos_span_eq_nocase(first, e->query->alias)));
    size_t skip = has_table ? 1 : 0;
    *out = e->record->find(e->record->ctx, n->steps + skip, n->n_steps - skip);
    return out->kind != SQL_AMBIGUOUS ||
           sql_fail(e->err, "AmbiguousFieldName", "more than one field is called %.*s",
                    (int)(first.len < 64 ? first.len : 64), first.ptr);
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
    if (sql_compare(&a, &b, &order)) {
        *out = sql_truth(n->op == '='   ? order == 0
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
    *out = is_unknown_there ? (struct sql_value){.kind = SQL_NULL} : sql_truth(!decides);
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
        bool is_known = sql_compare(&v, &of[0], &order) && sql_compare(&v, &of[1], &other);
        *out = is_known ? sql_truth(order >= 0 && other <= 0)
                        : (struct sql_value){.kind = SQL_NULL};
        return true;
    }
    *out = sql_is_unknown(&v) ? (struct sql_value){.kind = SQL_NULL} : sql_truth(false);
    for (const struct sql_node *c = n->first->next; c != NULL; c = c->next) {
        if (!eval(e, c, &of[0])) {
            return false;
        }
        if (sql_compare(&v, &of[0], &order) && order == 0) {
            *out = sql_truth(true);
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
    *out = v.kind == SQL_TEXT
               ? sql_truth(sql_matches(v.text, n->first->next->value.text, n->op))
               : (struct sql_value){.kind = SQL_NULL};
    return true;
}

static bool eval_calculation(const struct evaluation *e, const struct sql_node *n,
                             struct sql_value *out)
{
    struct sql_value a;
    struct sql_value b;
    struct sql_value x;
    struct sql_value y;
    if (!eval(e, n->first, &a) || !eval(e, n->first->next, &b)) {
        return false;
    }
    *out = (struct sql_value){.kind = SQL_NULL};
    if (sql_is_unknown(&a) || sql_is_unknown(&b)) {
        return true;
    }
    if (!sql_as_number(&a, &x) || !sql_as_number(&b, &y)) {
        return sql_fail(e->err, "CastFailed", "%c of what is no number", n->op);
    }
    return sql_calculate(n->op, &x, &y, out) ||
           sql_fail(e->err, "CastFailed", "a division by zero");
}

static struct cos_arena *scratch_of(const struct evaluation *e)
{
    return e->record == NULL ? e->query->arena : e->record->scratch;
}

static bool cast_to_number(const struct evaluation *e, char op, const struct sql_value *v,
                           struct sql_value *out)
{
    if (v->kind == SQL_BOOL) {
        *out = sql_whole(v->number != 0);
    } else if (!sql_as_number(v, out)) {
        return sql_fail(e->err, "CastFailed", "what is cast is no number");
    }
    if (op == 'i' && !out->is_whole) {
        if (!(fabs(out->number) < 9223372036854775808.0)) {
            return sql_fail(e->err, "CastFailed", "what is cast is no INT of 64 bits");
        }
        *out = sql_whole((int64_t)out->number);
    }
    return true;
}

static bool cast_to_bool(const struct evaluation *e, const struct sql_value *v,
                         struct sql_value *out)
{
    if (v->kind == SQL_TIME) {
        return sql_fail(e->err, "CastFailed", "what is cast is no BOOL");
    }
    bool is_true = v->kind == SQL_TEXT ? cos_span_eq_nocase(v->text, COS_SPAN_LIT("true"))
                                       : v->number != 0;
    bool is_false = v->kind != SQL_TEXT || cos_span_eq_nocase(v->text, COS_SPAN_LIT("false"));
    *out = sql_truth(is_true);
    return is_true || is_false || sql_fail(e->err, "CastFailed", "what is cast is no BOOL");
}

static bool eval_cast(const struct evaluation *e, const struct sql_node *n,
                      struct sql_value *out)
{
    struct sql_value v = {.kind = SQL_NULL};
    if (!eval(e, n->first, &v)) {
        return false;
    }
    *out = v;
    if (sql_is_unknown(&v)) {
        return true;
    }
    if (n->op == 'b') {
        return cast_to_bool(e, &v, out);
    }
    if (n->op == 'd') {
        return sql_as_time(&v, out) ||
               sql_fail(e->err, "CastFailed", "what is cast is no TIMESTAMP");
    }
    if (n->op != 't') {
        return cast_to_number(e, n->op, &v, out);
    }
    char *room = cos_arena_alloc(scratch_of(e), 32);
    *out = (struct sql_value){.kind = SQL_TEXT};
    out->text = room == NULL ? COS_SPAN_EMPTY : sql_text(&v, room);
    return room != NULL || sql_fail(e->err, "InternalError", "no memory");
}

static bool eval_text_call(const struct evaluation *e, const struct sql_node *n,
                           struct sql_value *out)
{
    struct sql_value args[3] = {{.kind = SQL_NULL}};
    size_t n_args = 0;
    for (const struct sql_node *c = n->first; c != NULL && n_args < COS_ARRAY_LEN(args);
         c = c->next) {
        if (!eval(e, c, &args[n_args++])) {
            return false;
        }
    }
    return sql_text_call(n->op, args, n_args, scratch_of(e), out, e->err);
}

static bool eval_date_call(const struct evaluation *e, const struct sql_node *n,
                           struct sql_value *out)
{
    struct sql_value args[2] = {{.kind = SQL_NULL}};
    size_t n_args = 0;
    for (const struct sql_node *c = n->first; c != NULL && n_args < COS_ARRAY_LEN(args);
         c = c->next) {
        if (!eval(e, c, &args[n_args])) {
            return false;
        }
        if (sql_is_unknown(&args[n_args++])) {
            *out = (struct sql_value){.kind = SQL_NULL};
            return true;
        }
    }
    return sql_date_call(n, args, scratch_of(e), out, e->err);
}

static void eval_aggregate(const struct sql_node *n, struct sql_value *out)
{
    if (n->op == 'c') {
        *out = sql_whole((int64_t)n->n);
    } else if (n->n == 0) {
        *out = (struct sql_value){.kind = SQL_NULL};
    } else if (n->op == 'a') {
        *out = sql_number(n->sum.number / (double)n->n);
    } else {
        *out = n->op == 's' ? n->sum : n->op == 'l' ? n->least : n->most;
    }
}

static bool eval_other(const struct evaluation *e, const struct sql_node *n,
                       struct sql_value *out)
{
    struct sql_value v = {.kind = SQL_NULL};
    struct sql_value other = {.kind = SQL_NULL};
    int order = 1;
    if (n->kind == NODE_COALESCE) {
        for (const struct sql_node *c = n->first; c != NULL && sql_is_unknown(&v);
             c = c->next) {
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
        bool is_same = sql_compare(&v, &other, &order) && order == 0;
        *out = is_same ? (struct sql_value){.kind = SQL_NULL} : v;
    } else if (n->kind == NODE_IS) {
        *out = sql_truth(v.kind == SQL_MISSING || (n->op == 'n' && v.kind == SQL_NULL));
    } else { /* NODE_NOT */
        *out = v.kind == SQL_BOOL ? sql_truth(v.number == 0)
                                  : (struct sql_value){.kind = SQL_NULL};
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
    case NODE_TEXT_CALL:
        return eval_text_call(e, n, out);
    case NODE_DATE_CALL:
        return eval_date_call(e, n, out);
    case NODE_NOW:
        *out = (struct sql_value){.kind = SQL_TIME, .whole = e->query->now_unix_ms};
        return true;
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
    struct sql_value v = sql_whole(0);
    struct sql_value x = v;
    int order = 0;
    if (n->first != NULL && !eval(e, n->first, &v)) {
        return false;
    }
    if (v.kind == SQL_MISSING || v.kind == SQL_NULL) {
        return true;
    }
    if (n->op != 'c' && !sql_as_number(&v, &x)) {
        return sql_fail(e->err, "CastFailed", "an aggregate of what is no number");
    }
    n->sum = n->n == 0 ? x : n->sum;
    n->least = n->n == 0 || (sql_compare(&x, &n->least, &order) && order < 0) ? x : n->least;
    n->most = n->n == 0 || (sql_compare(&x, &n->most, &order) && order > 0) ? x : n->most;
    if (n->n++ > 0) {
        (void)sql_calculate('+', &n->sum, &x, &n->sum);
    }
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
