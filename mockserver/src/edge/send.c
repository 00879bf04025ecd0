/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes out. Heads and small bodies are collected in the loop's `out`, so that the answers to
 * pipelined requests leave together; large bodies go out from the store's memory by
 * reference. What does not fit into the socket is kept with the connection, which reads
 * nothing until it is gone.
 */
#include "edge/connection.h"

#include "cosbase/clock.h"
#include "edge/reply.h"

#define PIECES_A_STEP 16
#define STEP_MAX_BYTES (4u << 20) /* then others have their turn */
#define PACE_MS 50                /* a slow body is sent in pieces of so much time */
#define READ_A_STEP (16u << 10)   /* of a file into memory: a record of TLS */

static void give_up(struct connection *c)
{
    cos_buf_deinit(&c->out);
    cos_buf_clear(&c->loop->out);
    if (c->phase != PHASE_DELAY) { /* the timer knows it: it stays until that has fired */
        c->phase = PHASE_CLOSED;
    }
}

/* As much as goes. False: the connection is broken. */
static bool send_some(struct connection *c, struct cos_buf *from, bool more)
{
    size_t sent = 0;
    int64_t n = 0;

    while (sent < from->len &&
           (n = stream_write(&c->stream, from->ptr + sent, from->len - sent, more)) > 0) {
        sent += (size_t)n;
    }
    if (sent == from->len) {
        cos_buf_clear(from);
    } else {
        cos_buf_consume(from, sent);
    }
    return from->len == 0 || n == STREAM_AGAIN;
}

bool send_pending(struct connection *c, bool more)
{
    struct cos_buf *out = &c->loop->out;

    if (out->failed || (c->out.len > 0 && !send_some(c, &c->out, more)) ||
        (c->out.len == 0 && out->len > 0 && !send_some(c, out, more))) {
        give_up(c);
        return false;
    }
    if (out->len > 0) {
        cos_buf_span(&c->out, cos_buf_view(out));
        cos_buf_clear(out);
    }
    if (c->out.failed) {
        give_up(c);
        return false;
    }
    if (c->out.len == 0 && c->out.cap > 0) {
        cos_buf_deinit(&c->out);
    }
    return c->out.len == 0;
}

void send_done(struct connection *c)
{
    responder_of(c)->free(c->request, /* is_cut= */ false);
    c->request = NULL;
    c->phase = c->is_cut ? PHASE_CUT : c->closes ? PHASE_BYE : PHASE_HEAD;
}

/* The next pieces of the body; their number. */
static int collect(struct connection *c, struct iovec pieces[PIECES_A_STEP])
{
    uint64_t end =
        c->may_send - c->sent > STEP_MAX_BYTES ? c->sent + STEP_MAX_BYTES : c->may_send;
    int n = 0;

    for (uint64_t at = c->sent; n < PIECES_A_STEP && at < end; n++) {
        size_t size = 0;
        const void *bytes = responder_of(c)->peek(c->request, at, &size);

        if (bytes == NULL) {
            break;
        }
        size = size < end - at ? size : (size_t)(end - at);
        pieces[n] = (struct iovec){(void *)(uintptr_t)bytes, size};
        at += size;
    }
    return n;
}

/* From a file, read for it: TLS, and what a fault changes on its way. */
static int64_t send_read(struct connection *c)
{
    char bytes[READ_A_STEP];
    uint64_t left = c->may_send - c->sent;
    size_t n = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);
    int64_t got = responder_of(c)->read(c->request, c->sent, bytes, n);

    return got <= 0 ? STREAM_BROKEN
                    : stream_write(&c->stream, bytes, (size_t)got, /* more= */ false);
}

/* From a file, by the kernel alone. Where that fails, reading says why. */
static int64_t send_file(struct connection *c)
{
    struct cosmock_file_piece piece;

    if (c->stream.tls != NULL || !responder_of(c)->file(c->request, c->sent, &piece)) {
        return send_read(c);
    }
    uint64_t most =
        c->may_send - c->sent < STEP_MAX_BYTES ? c->may_send - c->sent : STEP_MAX_BYTES;
    uint64_t n = piece.bytes < most ? piece.bytes : most;
    int64_t sent = stream_sendfile(&c->stream, piece.fd, piece.at, n);
    return sent == 0 || sent == STREAM_BROKEN ? send_read(c) : sent;
}

/* How much of the body may be out by now, or soon: a window ahead of the clock. */
static uint64_t limit_now(const struct connection *c)
{
    if (c->bytes_per_s == 0) {
        return c->to_send;
    }
    uint64_t ms = (uint64_t)((cos_system_mono_ns() - c->began_mono_ns) / 1000000);
    uint64_t most = c->bytes_per_s * (ms + PACE_MS) / 1000;
    return most < c->to_send ? most : c->to_send;
}

/* False: it goes on at once, and without a limit. */
static bool wait_for_limit(struct connection *c)
{
    if (pause_connection(c, PACE_MS)) {
        return true;
    }
    c->phase = PHASE_SEND;
    c->bytes_per_s = 0;
    return false;
}

/* --- a body in pieces, a chunk each --- */

static void begin_piece(struct connection *c, bool is_first)
{
    struct response r;
    responder_of(c)->response(c->request, &r);
    uint64_t n = r.body_bytes;

    if (c->left_until_cut >= 0) {
        c->is_cut = (uint64_t)c->left_until_cut < n;
        n = c->is_cut ? (uint64_t)c->left_until_cut : n;
        c->left_until_cut -= (int64_t)n;
    }
    if (!c->is_http_1_0) {
        reply_write_chunk(&c->loop->out, r.body_bytes, is_first);
    }
    c->sent = 0;
    c->to_send = n;
    c->began_mono_ns = c->bytes_per_s == 0 ? 0 : cos_system_mono_ns();
}

void send_pieces(struct connection *c, int64_t truncate_after)
{
    c->is_in_pieces = true;
    c->left_until_cut = truncate_after;
    c->phase = PHASE_SEND;
    begin_piece(c, /* is_first= */ true);
}

/* False: nothing more can be sent now. */
static bool next_piece(struct connection *c)
{
    int r = responder_of(c)->next(c->request);

    if (r == COSMOCK_WAIT) {
        c->phase = PHASE_WAIT;
        return false;
    }
    if (r < 0) {
        give_up(c);
        return false;
    }
    c->wants_piece = false;
    if (r > 0) {
        begin_piece(c, /* is_first= */ false);
        return true;
    }
    if (!c->is_http_1_0) {
        reply_write_chunk(&c->loop->out, 0, /* is_first= */ false);
    }
    c->is_in_pieces = false;
    send_done(c);
    return true;
}

/* The body, or a piece of it, is sent. */
static bool end_sending(struct connection *c)
{
    if (!c->is_in_pieces || c->is_cut) {
        send_done(c);
        return true;
    }
    c->wants_piece = true;
    return next_piece(c);
}

bool send_body(struct connection *c)
{
    if (!send_pending(c, /* more= */ c->to_send > 0)) {
        return false;
    }
    if (c->wants_piece) {
        return next_piece(c);
    }
    c->may_send = limit_now(c);
    if (c->sent >= c->may_send && c->sent < c->to_send) {
        return !wait_for_limit(c);
    }
    if (c->sent < c->to_send) {
        struct iovec pieces[PIECES_A_STEP];
        int n = collect(c, pieces);
        int64_t sent = n == 0 ? send_file(c) : stream_writev(&c->stream, pieces, n);
        if (sent < 0) {
            if (sent != STREAM_AGAIN) {
                give_up(c);
            }
            return false;
        }
        c->sent += (uint64_t)sent;
    }
    return c->sent != c->to_send || end_sending(c);
}
