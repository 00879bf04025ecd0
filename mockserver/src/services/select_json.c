/* SPDX-License-Identifier: Apache-2.0 */
/* A record of JSON: a value and what is in it; and rows as objects. Numbers that go through a
 * query are doubles; a record that is answered as a whole keeps their spelling. */
#include "services/select_inside.h"

bool json_read(struct selection *s)
{
    struct cos_text_error err;
    s->tree = cos_json_free(s->tree);
    if (cos_json_parse(&s->tree, cos_buf_view(&s->record), NULL, &err) < 0) {
        select_stop(s, "JSONParsingError", "a record is not JSON");
        return false;
    }
    return true;
}

struct sql_value json_value(const struct cos_json *j)
{
    struct sql_value v = {.kind = SQL_MISSING, .tree = j};
    if (j == NULL) {
        return v;
    }
    switch (cos_json_kind(j)) {
    case COS_JSON_NULL:
        v.kind = SQL_NULL;
        break;
    case COS_JSON_BOOL:
        v.kind = SQL_BOOL;
        v.number = cos_json_bool(j, false) ? 1 : 0;
        break;
    case COS_JSON_NUMBER:
        v.kind = SQL_NUMBER;
        v = cos_json_i64(j, &v.whole) ? sql_whole(v.whole) : sql_number(cos_json_double(j, 0));
        break;
    case COS_JSON_STRING:
        v.kind = SQL_TEXT;
        v.text = cos_span_of(cos_json_str(j));
        break;
    case COS_JSON_ARRAY:
    case COS_JSON_OBJECT:
        v.kind = SQL_TREE;
        break;
    }
    return v;
}

static const struct cos_json *take_step(const struct cos_json *j, const struct sql_step *step)
{
    if (cos_json_kind(j) != (step->index == SIZE_MAX ? COS_JSON_OBJECT : COS_JSON_ARRAY)) {
        return NULL;
    }
    const struct cos_json *c = cos_json_first(j);
    for (size_t i = 0; c != NULL; c = cos_json_next(c), i++) {
        struct cos_span name = cos_span_of(cos_json_name(c));
        bool is_it = step->index != SIZE_MAX ? i == step->index
                     : step->is_exact        ? cos_span_eq(name, step->name)
                                             : cos_span_eq_nocase(name, step->name);
        if (is_it) {
            return c;
        }
    }
    return NULL;
}

struct sql_value json_find(const void *ctx, const struct sql_step *steps, size_t n)
{
    const struct selection *s = ctx;
    const struct cos_json *j = s->tree;
    for (size_t i = 0; j != NULL && i < n; i++) {
        j = take_step(j, &steps[i]);
    }
    return json_value(j);
}

void json_put_compact(struct selection *s)
{
    bool is_in_text = false;
    for (size_t i = 0; i < s->record.len; i++) {
        char c = s->record.ptr[i];
        if (is_in_text && c == '\\' && i + 1 < s->record.len) {
            cos_buf_ch(&s->rows, c);
            c = s->record.ptr[++i];
        } else if (c == '"') {
            is_in_text = !is_in_text;
        } else if (!is_in_text && strchr(" \t\r\n", c) != NULL) {
            continue;
        }
        cos_buf_ch(&s->rows, c);
    }
}

void json_put(struct selection *s, struct cos_span name, const struct sql_value *v, size_t i)
{
    struct cos_buf *out = &s->rows;
    char room[SQL_TEXT_ROOM];
    cos_buf_ch(out, i == 0 ? '{' : ',');
    if (name.len > 0) {
        cos_json_quote(out, name);
    } else {
        cos_buf_printf(out, "\"_%zu\"", i + 1);
    }
    cos_buf_ch(out, ':');
    if (v->kind == SQL_TEXT || v->kind == SQL_TIME) {
        cos_json_quote(out, sql_text(v, room));
    } else if (v->kind == SQL_TREE) {
        cos_json_print(out, v->tree);
    } else {
        struct cos_span text = sql_text(v, room);
        cos_buf_span(out, text.ptr == NULL ? COS_SPAN_LIT("null") : text);
    }
}
