/* SPDX-License-Identifier: Apache-2.0 */
/* A record of a CSV: fields between delimiters, with or without quotes; and rows as such. What
 * stands behind the closing quote of a field belongs to it. */
#include "services/select_inside.h"

/* In place: a field without its quotes is no longer than with them. False: it was refused. */
bool csv_read(struct selection *s)
{
    const struct format *f = &s->in;
    char *at = s->record.ptr;
    char *end = s->record.ptr + s->record.len;
    for (s->n_fields = 0;; at++) {
        if (s->n_fields == FIELDS_MAX) {
            select_stop(s, "CSVParsingError", "a record has more than 4096 fields");
            return false;
        }
        char *from = at;
        char *to = at;
        bool is_quoted = at < end && *at == f->quote;
        for (at += is_quoted ? 1 : 0; at < end && (is_quoted || *at != f->field); at++) {
            if (is_quoted && *at == f->escape && at + 1 < end && at[1] == f->quote) {
                *to++ = *++at;
            } else if (is_quoted && *at == f->quote) {
                is_quoted = false;
            } else {
                *to++ = *at;
            }
        }
        if (is_quoted) {
            select_stop(s, "CSVParsingError", "a quoted field does not end with its record");
            return false;
        }
        s->fields[s->n_fields++] = cos_span_make(from, (size_t)(to - from));
        if (at >= end) {
            return true;
        }
    }
}

#define PLACE_AMBIGUOUS (UINT64_MAX - 1)

/* Of the field of that name; UINT64_MAX: there is none. */
static uint64_t place_of(const struct selection *s, const struct sql_step *step)
{
    uint64_t place = UINT64_MAX;
    for (size_t i = 0; i < s->n_names; i++) {
        bool is_it = step->is_exact ? cos_span_eq(step->name, s->names[i])
                                    : cos_span_eq_nocase(step->name, s->names[i]);
        if (is_it) {
            place = place == UINT64_MAX ? i : PLACE_AMBIGUOUS;
        }
    }
    return place;
}

struct sql_value csv_find(const void *ctx, const struct sql_step *steps, size_t n)
{
    const struct selection *s = ctx;
    struct cos_span name = steps[0].name;
    uint64_t place = 0;
    if (n != 1 || steps[0].index != SIZE_MAX) {
        return (struct sql_value){.kind = SQL_MISSING};
    }
    if (name.len > 1 && name.ptr[0] == '_' && cos_span_u64(cos_span_from(name, 1), &place) &&
        place > 0) {
        place--;
    } else {
        place = place_of(s, &steps[0]);
    }
    if (place == PLACE_AMBIGUOUS) {
        return (struct sql_value){.kind = SQL_AMBIGUOUS};
    }
    if (place >= s->n_fields) {
        return (struct sql_value){.kind = SQL_MISSING};
    }
    return (struct sql_value){.kind = SQL_TEXT, .text = s->fields[place]};
}

void csv_keep_header(struct selection *s)
{
    s->has_header = true;
    if (s->in.header != HEADER_IS_USED || !csv_read(s)) {
        return;
    }
    s->names = cos_arena_array(&s->x->arena, s->n_fields, sizeof(*s->names));
    for (size_t i = 0; s->names != NULL && i < s->n_fields; i++) {
        s->names[i] = cos_arena_span(&s->x->arena, s->fields[i]);
    }
    s->n_names = s->names == NULL ? 0 : s->n_fields;
}

void csv_put(struct selection *s, struct cos_span text, size_t i)
{
    const struct format *f = &s->out;
    struct cos_buf *out = &s->rows;
    if (i > 0) {
        cos_buf_ch(out, f->field);
    }
    bool has_quotes = f->quotes_always || cos_span_chr(text, f->field) != SIZE_MAX ||
                      cos_span_chr(text, f->quote) != SIZE_MAX ||
                      cos_span_find(text, cos_span_of(f->record)) != SIZE_MAX;
    if (!has_quotes) {
        cos_buf_span(out, text);
        return;
    }
    cos_buf_ch(out, f->quote);
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == f->quote) {
            cos_buf_ch(out, f->escape);
        }
        cos_buf_ch(out, text.ptr[at]);
    }
    cos_buf_ch(out, f->quote);
}
