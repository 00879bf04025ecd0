/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two kinds of clients are refused before the door sees a request.
 *
 * A plain connection that does not begin with HTTP: the acceptor has not handed it on yet, so the door words the refusal and writes the entry, and the bytes
 * go out from here.
 *
 * Everything libmicrohttpd (0.9.75) notices itself, later on a connection or inside TLS: it sends a page of its own and offers no hook for that. Its log tells,
 * without saying which connection, so that the entry holds the status and nothing of the request. Two of its lines are known here by their beginning (connection.c
 * transmit_error_response_len, connection_https.c MHD_run_tls_handshake_); a bad chunk is left out, because the exchange under way journals its own end.
 */
#include "edge/refusal.h"

#include "cosbase/span.h"
#include "cosmock/request.h"
#include "edge/request_head.h"

#define REFUSED_LINE "Error processing request (HTTP response code is %u ('%s'))"
#define HANDSHAKE_LINE "Error: received handshake message"
#define WORD_MALFORMED_HTTP "malformed-http" /* as stage_parse says it */
#define WORD_TLS_HANDSHAKE "tls-handshake"

static struct cosmock_slice slice(struct cos_span s)
{
    return (struct cosmock_slice){s.ptr == NULL ? "" : s.ptr, s.len};
}

static const char *phrase_of(int status)
{
    return status == 400 ? "Bad Request" : status == 503 ? "Service Unavailable" : "Error";
}

static void write_reply(struct cosmock_exchange *x, struct cos_buf *out)
{
    size_t n_headers = 0;
    const struct cosmock_header *headers = cosmock_reply_headers(x, &n_headers);
    int status = cosmock_reply_status(x);
    size_t body_bytes = 0;
    const void *body = cosmock_reply_peek(x, 0, &body_bytes);

    cos_buf_printf(out, "HTTP/1.1 %d %s\r\n", status, phrase_of(status));
    for (size_t i = 0; i < n_headers; i++) {
        cos_buf_span(out, cos_span_make(headers[i].name.ptr, headers[i].name.len));
        cos_buf_str(out, ": ");
        cos_buf_span(out, cos_span_make(headers[i].value.ptr, headers[i].value.len));
        cos_buf_str(out, "\r\n");
    }
    cos_buf_str(out, "\r\n");
    cos_buf_append(out, body, body_bytes);
}

void refusal_write(struct cosmock *mock, const char *sentence, const void *bytes, size_t n,
                   struct cos_buf *out)
{
    struct request_head seen = request_head_look(bytes, n);
    struct cosmock_header host = {{"Host", 4}, slice(seen.host)};
    struct cosmock_head head = {.method = slice(seen.method),
                                .target = slice(seen.target),
                                .headers = &host,
                                .n_headers = seen.host.ptr != NULL,
                                .malformed = sentence};
    struct cosmock_exchange *x = NULL;

    if (cosmock_begin(mock, &x, &head) > 0 && cosmock_finish(x) == COSMOCK_OK &&
        cosmock_reply_status(x) != 0) {
        write_reply(x, out);
    }
    (void)cosmock_exchange_free(x);
}

void refusal_overhear(void *ear, const char *fmt, va_list args)
{
    const struct refusal_ear *e = ear;
    unsigned status;

    if (strncmp(fmt, HANDSHAKE_LINE, sizeof(HANDSHAKE_LINE) - 1) == 0) {
        cosmock_refused_by_transport(e->mock, WORD_TLS_HANDSHAKE, 0, e->is_tls);
    } else if (strncmp(fmt, REFUSED_LINE, sizeof(REFUSED_LINE) - 1) == 0) {
        status = va_arg(args, unsigned);
        if (strstr(va_arg(args, const char *), "chunked encoding") == NULL) {
            cosmock_refused_by_transport(e->mock, WORD_MALFORMED_HTTP, (int)status, e->is_tls);
        }
    }
}
