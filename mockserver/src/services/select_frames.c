/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of an answer (cos-operations-2.md s.16.2): big-endian, with the CRC-32 of IEEE
 * 802.3. */
#include "services/gzip.h"
#include "services/select_inside.h"

static void put_u32(struct cos_buf *b, uint32_t v)
{
    const uint8_t bytes[] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                             (uint8_t)v};
    cos_buf_append(b, bytes, sizeof(bytes));
}

static void put_header(struct cos_buf *b, const char *name, const char *value)
{
    size_t n = strlen(value);
    cos_buf_ch(b, (char)strlen(name));
    cos_buf_str(b, name);
    cos_buf_ch(b, 7); /* a string */
    cos_buf_ch(b, (char)(n >> 8));
    cos_buf_ch(b, (char)n);
    cos_buf_str(b, value);
}

static void put_frame(struct selection *s, struct cos_span headers, struct cos_span payload)
{
    struct cos_buf *out = &s->x->result.body;
    size_t from = out->len;
    put_u32(out, (uint32_t)(headers.len + payload.len + 16));
    put_u32(out, (uint32_t)headers.len);
    if (!out->failed) {
        put_u32(out, gzip_crc32(0, cos_span_make(out->ptr + from, 8)));
    }
    cos_buf_span(out, headers);
    cos_buf_span(out, payload);
    if (!out->failed) {
        put_u32(out, gzip_crc32(0, cos_span_from(cos_buf_view(out), from)));
    }
    s->has_frames = true;
}

static void put_event(struct selection *s, const char *type, const char *content_type,
                      struct cos_span payload)
{
    struct cos_buf headers;
    cos_buf_init(&headers, 512);
    put_header(&headers, ":message-type", "event");
    put_header(&headers, ":event-type", type);
    if (content_type != NULL) {
        put_header(&headers, ":content-type", content_type);
    }
    put_frame(s, cos_buf_view(&headers), payload);
    s->x->failed = s->x->failed || headers.failed;
    cos_buf_deinit(&headers);
}

void frames_put_rows(struct selection *s)
{
    for (size_t at = 0; at < s->rows.len; at += FRAME_BYTES) {
        size_t left = s->rows.len - at;
        put_event(s, "Records", "application/octet-stream",
                  cos_span_make(s->rows.ptr + at, left < FRAME_BYTES ? left : FRAME_BYTES));
    }
    s->returned += s->rows.len;
    cos_buf_clear(&s->rows);
}

void frames_put_cont(struct selection *s)
{
    put_event(s, "Cont", NULL, COS_SPAN_EMPTY);
}

void frames_put_count(struct selection *s, const char *element)
{
    char text[400];
    int n = snprintf(text, sizeof(text),
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?><%s><BytesScanned>%llu"
                     "</BytesScanned><BytesProcessed>%llu</BytesProcessed><BytesReturned>%llu"
                     "</BytesReturned></%s>",
                     element, (unsigned long long)s->scanned, (unsigned long long)s->processed,
                     (unsigned long long)s->returned, element);
    put_event(s, element, "text/xml", cos_span_make(text, n < 0 ? 0 : (size_t)n));
}

void frames_put_end(struct selection *s)
{
    put_event(s, "End", NULL, COS_SPAN_EMPTY);
}

void frames_put_error(struct selection *s)
{
    struct cos_buf headers;
    cos_buf_init(&headers, 1024);
    put_header(&headers, ":message-type", "error");
    put_header(&headers, ":error-code", s->error.code);
    put_header(&headers, ":error-message", s->error.text);
    put_frame(s, cos_buf_view(&headers), COS_SPAN_EMPTY);
    s->x->failed = s->x->failed || headers.failed;
    cos_buf_deinit(&headers);
}
