/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers go out as the responder made them, in its order and case; only Connection is the
 * transport's business, too. Without a status (our own failure) a bare 500 is said.
 */
#include "edge/reply.h"

#include "services/errors.h"

static bool is_connection(const struct cosmock_header *h)
{
    return h->name.len == 10 && cos_span_eq_nocase(cos_span_make(h->name.ptr, h->name.len),
                                                   COS_SPAN_LIT("Connection"));
}

static void write_field(struct cos_buf *out, struct cos_span name, struct cos_span value)
{
    char *at = cos_buf_reserve(out, name.len + value.len + 4);

    if (at == NULL) {
        return;
    }
    memcpy(at, name.ptr, name.len);
    at += name.len;
    *at++ = ':';
    *at++ = ' ';
    memcpy(at, value.ptr, value.len);
    at += value.len;
    *at++ = '\r';
    *at = '\n';
    out->len += name.len + value.len + 4;
}

void reply_write_head(struct cos_buf *out, const struct response *r, bool *closes,
                      bool is_chunked)
{
    if (r->status < 100 || r->status > 999) {
        *closes = true;
        cos_buf_str(out, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n"
                         "Connection: close\r\n"
                         "x-cosmock-reason: failure: no status that HTTP has\r\n\r\n");
        return;
    }
    cos_buf_str(out, "HTTP/1.1 ");
    cos_buf_u64(out, (uint64_t)r->status);
    cos_buf_ch(out, ' ');
    cos_buf_str(out, error_reason_phrase(r->status));
    cos_buf_str(out, "\r\n");
    for (size_t i = 0; i < r->n_headers; i++) {
        const struct cosmock_header *h = &r->headers[i];
        struct cos_span value = cos_span_make(h->value.ptr, h->value.len);

        if (is_connection(h)) {
            *closes = *closes || cos_span_eq_nocase(value, COS_SPAN_LIT("close"));
            value = *closes ? COS_SPAN_LIT("close") : value;
        }
        write_field(out, cos_span_make(h->name.ptr, h->name.len), value);
    }
    cos_buf_str(out, is_chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
}

void reply_write_chunk(struct cos_buf *out, uint64_t n, bool is_first)
{
    cos_buf_printf(out, "%s%llx\r\n%s", is_first ? "" : "\r\n", (unsigned long long)n,
                   n == 0 ? "\r\n" : "");
}

/* From a file. */
static bool read_rest(struct cos_buf *out, const struct responder *responder, void *request,
                      uint64_t at, uint64_t n)
{
    char *room = cos_buf_reserve(out, n);

    if (room == NULL) {
        return true; /* `out` has failed, which is its own end */
    }
    if (responder->read(request, at, room, n) != (int64_t)n) {
        return false;
    }
    out->len += n;
    return true;
}

bool reply_write_body(struct cos_buf *out, const struct responder *responder, void *request,
                      uint64_t total)
{
    size_t n = 0;

    for (uint64_t at = 0; at < total; at += n) {
        const void *bytes = responder->peek(request, at, &n);

        if (bytes == NULL) {
            return read_rest(out, responder, request, at, total - at);
        }
        cos_buf_append(out, bytes, n);
    }
    return true;
}
