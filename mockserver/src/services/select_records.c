/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes become records: lines of a CSV or of JSON, or the one of a document. A record may lie
 * in any number of pieces of the object, and so may its delimiter and its quotes. One record at
 * a time is in memory.
 */
#include "services/select_inside.h"

#define BYTE_ORDER_MARK COS_SPAN_LIT("\xEF\xBB\xBF")

static void judge(struct selection *s)
{
    const struct sql_record record = {&s->scratch, s, s->in.is_json ? json_find : csv_find};
    if (s->scratch.used_bytes > 0) {
        cos_arena_clear(&s->scratch);
    }
    if (s->n_rows >= s->query.limit) {
        s->is_done = true;
        return;
    }
    if (!(s->in.is_json ? json_read(s) : csv_read(s))) {
        return;
    }
    int passes = sql_passes(&s->query, &record, &s->error);
    if (passes < 0) {
        s->is_done = true;
    } else if (passes > 0 && s->query.is_aggregate) {
        s->is_done = !sql_gather(&s->query, &record, &s->error);
    } else if (passes > 0) {
        rows_put(s, &record);
    }
}

static bool is_comment(const struct selection *s, struct cos_span r)
{
    return !s->in.is_json && s->in.comment != '\0' && r.len > 0 && r.ptr[0] == s->in.comment;
}

static void drop_byte_order_mark(struct selection *s)
{
    if (!s->has_begun && cos_span_starts(cos_buf_view(&s->record), BYTE_ORDER_MARK)) {
        cos_buf_consume(&s->record, BYTE_ORDER_MARK.len);
    }
    s->has_begun = true;
}

static void end_record(struct selection *s)
{
    drop_byte_order_mark(s);
    struct cos_span r = cos_buf_view(&s->record);
    if (cos_span_trim(r).len > 0 && !is_comment(s, r)) {
        bool is_header = !s->in.is_json && s->in.header != HEADER_IS_NONE && !s->has_header;
        if (is_header) {
            csv_keep_header(s);
        } else {
            judge(s);
        }
    }
    cos_buf_clear(&s->record);
    s->is_quoted = false;
}

/* Lines may end as they do elsewhere: a carriage return is no part of the last field. */
static void cut_delimiter(struct selection *s)
{
    s->record.len -= strlen(s->in.record);
    if (!s->in.is_json && s->record.len > 0 && s->in.record[0] == '\n' &&
        s->record.ptr[s->record.len - 1] == '\r') {
        s->record.len--;
    }
}

/* The delimiter ends what has come. */
static bool is_at_end(const struct selection *s)
{
    size_t n = strlen(s->in.record);
    return !s->in.is_document && !s->is_quoted && s->record.len >= n &&
           memcmp(s->record.ptr + s->record.len - n, s->in.record, n) == 0;
}

/* The last byte of a delimiter, or a quote that matters: up to there bytes are only kept. */
static size_t bytes_to_look_at(const struct selection *s, bool *is_quote)
{
    struct cos_span from = s->unused;
    const char *last = s->in.record + strlen(s->in.record) - 1;
    const char *end = s->in.is_document ? NULL : memchr(from.ptr, *last, from.len);
    size_t n = end == NULL ? from.len : (size_t)(end - from.ptr) + 1;
    bool heeds_quotes = !s->in.is_json && s->in.quotes_delimiters;
    const char *quote = heeds_quotes ? memchr(from.ptr, s->in.quote, n) : NULL;
    *is_quote = quote != NULL;
    return quote == NULL ? n : (size_t)(quote - from.ptr) + 1;
}

void records_take(struct selection *s)
{
    while (s->unused.len > 0) {
        bool is_quote = false;
        size_t n = bytes_to_look_at(s, &is_quote);
        cos_buf_append(&s->record, s->unused.ptr, n);
        s->unused = cos_span_from(s->unused, n);
        s->processed += n;
        if (s->record.failed) {
            select_stop(s, "OverMaxRecordSize", "a record is longer than 1 MB");
            return;
        }
        s->is_quoted = s->is_quoted != is_quote;
        if (is_at_end(s)) {
            cut_delimiter(s);
            end_record(s);
            return;
        }
    }
}

void records_end(struct selection *s)
{
    if (!s->is_done && s->record.len > 0) {
        end_record(s);
    }
    s->is_done = true;
}
