/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the answer: of all that a record has, or of the columns that are asked for. */
#include "services/select_inside.h"

static void put_value(struct selection *s, struct cos_span name, const struct sql_value *v,
                      size_t i)
{
    char room[SQL_TEXT_ROOM];
    struct cos_buf printed;
    if (s->out.is_json) {
        json_put(s, name, v, i);
        return;
    }
    cos_buf_init(&printed, 2 * RECORD_MAX_BYTES);
    struct cos_span text = sql_text(v, room);
    if (v->kind == SQL_TREE) {
        cos_json_print(&printed, v->tree);
        text = cos_buf_view(&printed);
    }
    csv_put(s, text.ptr == NULL ? COS_SPAN_EMPTY : text, i);
    s->rows.failed = s->rows.failed || printed.failed;
    cos_buf_deinit(&printed);
}

static size_t put_all(struct selection *s)
{
    size_t n = 0;
    if (s->in.is_json && s->out.is_json) {
        json_put_compact(s);
        return 0;
    }
    if (s->in.is_json) {
        for (const struct cos_json *c = cos_json_first(s->tree); c != NULL;
             c = cos_json_next(c)) {
            struct sql_value v = json_value(c);
            put_value(s, cos_span_of(cos_json_name(c)), &v, n++);
        }
        return n;
    }
    for (; n < s->n_fields; n++) {
        const struct sql_value v = {.kind = SQL_TEXT, .text = s->fields[n]};
        put_value(s, n < s->n_names ? s->names[n] : COS_SPAN_EMPTY, &v, n);
    }
    return n;
}

static bool put_columns(struct selection *s, const struct sql_record *record)
{
    const struct sql_query *q = &s->query;
    for (size_t i = 0; i < q->n_columns; i++) {
        struct sql_value v;
        if (!sql_column(q, i, record, &v, &s->error)) {
            s->is_done = true;
            return false;
        }
        put_value(s, q->columns[i].name, &v, i);
    }
    return true;
}

void rows_put(struct selection *s, const struct sql_record *record)
{
    size_t before = s->rows.len;
    size_t n = s->query.n_columns;
    if (n == 0) {
        n = put_all(s);
    } else if (!put_columns(s, record)) {
        s->rows.len = before;
        return;
    }
    if (s->out.is_json && n > 0) {
        cos_buf_ch(&s->rows, '}');
    }
    cos_buf_str(&s->rows, s->out.record);
    if (s->rows.failed || s->rows.len - before > RECORD_MAX_BYTES) {
        cos_buf_clear(&s->rows); /* and those before it: an error follows them anyway */
        select_stop(s, "OverMaxRecordSize", "a row of the answer is longer than 1 MB");
        return;
    }
    s->n_rows++;
}
