/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in: from heads and bodies to the responder (responder.h) and its answer.
 *
 * What is no HTTP gets one answer, the responder's own 400, and the connection ends: behind a
 * doubtful frame nothing is read as a request. Wherever it stands, first on a connection or
 * later, plain or inside TLS, in a head or in a chunk.
 *
 * A request refused before its body: with "Expect: 100-continue" the refusal goes out at once
 * and the connection ends, which is what the client asked to be able to do. Otherwise a body up
 * to DRAIN_MAX_BYTES is read and forgotten first, so that the connection can be used again; for
 * a longer one the answer goes out and the connection ends.
 */
#include "edge/connection.h"

#include "cosbase/clock.h"
#include "edge/reply.h"
#include "edge/request_head.h"
#include "edge/tls_session.h"

#define DRAIN_MAX_BYTES (64ull << 20)
#define COPIED_MAX_BYTES (16u << 10) /* a body up to here goes out with its head */

static const char within_head[] = "The request ends within its head.";
static const char within_body[] = "The request ends within its body.";
static const char too_slow[] = /* the service's own words for RequestTimeOut */
    "Your socket connection to the server was not read from or written to within the timeout "
    "period.";

/* --- the answer --- */

static void send_answer(struct connection *c, const struct response *r)
{
    const struct cosmock_delivery *d = &r->delivery;
    c->closes = c->closes || (d->is_in_pieces && c->is_http_1_0);
    reply_write_head(&c->loop->out, r, &c->closes,
                     /* is_chunked= */ d->is_in_pieces && !c->is_http_1_0);
    c->sent = 0;
    c->bytes_per_s = d->bytes_per_s;
    c->began_mono_ns = c->bytes_per_s == 0 ? 0 : cos_system_mono_ns();
    if (d->is_in_pieces) {
        send_pieces(c, d->truncate_after);
        return;
    }
    c->to_send = r->body_bytes;
    if (d->truncate_after >= 0 && (uint64_t)d->truncate_after < c->to_send) {
        c->to_send = (uint64_t)d->truncate_after;
        c->is_cut = true;
    }
    if (c->is_cut || c->to_send > COPIED_MAX_BYTES || c->bytes_per_s > 0) {
        c->phase = PHASE_SEND;
        return;
    }
    c->is_cut = !reply_write_body(&c->loop->out, responder_of(c), c->request, c->to_send);
    send_done(c);
}

static void wait_is_over(void *ctx)
{
    struct connection *c = ctx;

    mailbox_send(&c->loop->mailbox, c); /* the responder keeps @c until this has returned */
}

/* False: the responder has to wait; a letter will come. */
static bool finish(struct connection *c)
{
    c->is_finished = c->is_finished || responder_of(c)->finish(c->request) != COSMOCK_WAIT;
    return c->is_finished;
}

/* The body is complete, or not wanted any more. */
static void answer(struct connection *c)
{
    if (!finish(c)) {
        c->phase = PHASE_WAIT;
        return;
    }
    struct response r;
    responder_of(c)->response(c->request, &r);
    if (r.delivery.delay_ms > 0 && !c->has_waited) {
        c->has_waited = true;
        if (pause_connection(c, r.delivery.delay_ms)) {
            return;
        }
    }
    if (r.delivery.close_before) {
        c->is_cut = true;
        send_done(c);
        return;
    }
    send_answer(c, &r);
}

/* --- heads --- */

static void forget_request(struct connection *c)
{
    c->closes = false;
    c->is_unwanted = false;
    c->is_finished = false;
    c->has_waited = false;
    c->is_cut = false;
    c->bytes_per_s = 0;
    c->is_beginning = false;
    c->asks_first = false;
    c->is_asking = false;
    c->is_http_1_0 = false;
    c->is_in_pieces = false;
    c->wants_piece = false;
    c->is_chunked = false;
    c->chunked = (struct chunked){0};
    c->body_left = 0;
    c->forgotten_bytes = 0;
}

/* The responder does not want it: its answer stands, whatever the body will be. */
static void reject_body(struct connection *c)
{
    c->is_unwanted = true;
    (void)finish(c); /* a refusal waits for nothing */
}

/* An enum cosmock_want, or 0: no memory, and the connection ends. It waits only where the head
 * says whom to tell. */
static int begin(struct connection *c, const struct cosmock_head *head)
{
    forget_request(c);
    const struct commons *commons = c->loop->commons;
    int want =
        commons->responder->begin(commons->responder_of, &c->request, head, &c->loop->spare);
    if (want < 0) {
        cos_buf_str(&c->loop->out, "HTTP/1.1 500 Internal Server Error\r\n"
                                   "Content-Length: 0\r\nConnection: close\r\n"
                                   "x-cosmock-reason: failure: no memory\r\n\r\n");
        c->phase = PHASE_BYE;
        return 0;
    }
    if (want == COSMOCK_WAIT) {
        return want;
    }
    commons->responder->on_resume(c->request, wait_is_over, c);
    if (want == COSMOCK_WANT_SEND) {
        reject_body(c);
    }
    return want;
}

static struct cosmock_slice slice(struct cos_span s)
{
    return (struct cosmock_slice){s.ptr == NULL ? "" : s.ptr, s.len};
}

/* What was read of a head that is none, or did not come in time. */
static void refuse_head(struct connection *c, const struct request_head *seen,
                        const char *sentence, bool is_late)
{
    struct cosmock_header host = {{"Host", 4}, slice(seen->host)};
    struct cosmock_head head = {.method = slice(seen->method),
                                .target = slice(seen->target),
                                .headers = &host,
                                .n_headers = seen->host.ptr != NULL,
                                .tls = c->loop->commons->tls != NULL,
                                .peer = c->peer,
                                .malformed = sentence,
                                .is_late = is_late};

    if (begin(c, &head) > 0) {
        c->closes = true;
        answer(c);
    }
}

/* A refused request whose body must not be waited for: the client asked first, or
 * there is too much of it. */
static bool must_answer_now(const struct connection *c)
{
    return c->is_unwanted && (c->asks_first || c->body_left > DRAIN_MAX_BYTES);
}

/* The responder has said what it wants of the request. */
static void go_on(struct connection *c)
{
    if (!c->is_chunked && c->body_left == 0) {
        answer(c);
    } else if (must_answer_now(c)) {
        c->closes = true;
        answer(c);
    } else {
        c->phase = PHASE_BODY;
        if (c->is_asking) {
            cos_buf_str(&c->loop->out, "HTTP/1.1 100 Continue\r\n\r\n");
        }
    }
}

static void begin_request(struct connection *c, const struct request_head *head,
                          bool has_more_bytes)
{
    struct cosmock_head h = {.method = slice(head->method),
                             .target = slice(head->target),
                             .headers = c->loop->headers,
                             .n_headers = head->n_headers,
                             .tls = c->loop->commons->tls != NULL,
                             .tls_version = tls_session_version(c->stream.tls),
                             .peer = c->peer,
                             .resumed = wait_is_over,
                             .resumed_ctx = c};
    int want = begin(c, &h);

    if (want == 0) {
        return;
    }
    c->closes = !head->is_persistent;
    c->is_http_1_0 = head->is_http_1_0;
    c->is_chunked = head->is_chunked;
    c->body_left = head->content_length > 0 ? (uint64_t)head->content_length : 0;
    c->asks_first = head->expects_continue;
    c->is_asking = head->expects_continue && !has_more_bytes;
    c->is_beginning = want == COSMOCK_WAIT;
    if (c->is_beginning) {
        c->phase = PHASE_WAIT;
    } else {
        go_on(c);
    }
}

/* The wait before that is over. */
static void begin_again(struct connection *c)
{
    int want = responder_of(c)->begin_again(c->request);

    if (want == COSMOCK_WAIT) {
        return;
    }
    c->is_beginning = false;
    if (want == COSMOCK_WANT_SEND) {
        reject_body(c);
    }
    go_on(c);
}

void serve_on(struct connection *c)
{
    if (c->is_beginning) {
        begin_again(c);
    } else if (c->bytes_per_s > 0 || c->is_in_pieces) {
        c->phase = PHASE_SEND;
    } else {
        answer(c);
    }
}

static size_t serve_head(struct connection *c, const char *bytes, size_t n)
{
    struct request_head head = request_head_look(bytes, n, c->loop->headers);

    switch (head.state) {
    case REQUEST_HEAD_FINE:
        begin_request(c, &head, n > head.bytes);
        return head.bytes;
    case REQUEST_HEAD_MALFORMED:
        refuse_head(c, &head, head.sentence, /* is_late= */ false);
        return n;
    case REQUEST_HEAD_UNFINISHED:
    default:
        return head.bytes;
    }
}

/* --- bodies --- */

static void refuse_body(struct connection *c, const char *sentence)
{
    if (!c->is_unwanted) {
        responder_of(c)->refuse(c->request, sentence);
    }
    c->closes = true;
    answer(c);
}

static void use_body(struct connection *c, const char *bytes, size_t n)
{
    if (!c->is_unwanted) {
        if (responder_of(c)->body(c->request, bytes, n) != 0) {
            reject_body(c);
        }
        return;
    }
    c->forgotten_bytes += n;
    if (c->forgotten_bytes > DRAIN_MAX_BYTES) {
        c->closes = true;
        answer(c);
    }
}

static size_t serve_chunked(struct connection *c, const char *bytes, size_t n)
{
    size_t used = 0;

    while (used < n && c->phase == PHASE_BODY) {
        struct cos_span data;
        used += chunked_take(&c->chunked, bytes + used, n - used, &data);
        if (c->chunked.state == CHUNKED_MALFORMED) {
            refuse_body(c, c->chunked.sentence);
            return n;
        }
        if (data.len > 0) {
            use_body(c, data.ptr, data.len);
        }
        if (c->chunked.state == CHUNKED_END) {
            answer(c);
        }
    }
    return used;
}

static size_t serve_body(struct connection *c, const char *bytes, size_t n)
{
    size_t used = c->body_left < n ? (size_t)c->body_left : n;

    c->body_left -= used;
    use_body(c, bytes, used);
    if (c->phase == PHASE_BODY && c->body_left == 0) {
        answer(c);
    }
    return used;
}

size_t serve_bytes(struct connection *c, const char *bytes, size_t n)
{
    if (c->phase == PHASE_HEAD) {
        return serve_head(c, bytes, n);
    }
    return c->is_chunked ? serve_chunked(c, bytes, n) : serve_body(c, bytes, n);
}

/* --- what does not come --- */

/* A body cut short: with an announced length the responder says so itself (IncompleteBody). */
static void end_body(struct connection *c, bool is_clean)
{
    if (!is_clean) {
        c->phase = PHASE_CLOSED; /* the responder hears of it when the connection is freed */
    } else if (c->is_chunked) {
        refuse_body(c, within_body);
    } else {
        c->closes = true;
        answer(c);
    }
}

void serve_end(struct connection *c, const char *bytes, size_t n, bool is_clean)
{
    if (c->phase == PHASE_BODY) {
        end_body(c, is_clean);
    } else if (n == 0 || !is_clean) {
        c->phase = is_clean ? PHASE_CUT : PHASE_CLOSED;
    } else {
        struct request_head seen = request_head_look(bytes, n, /* headers= */ NULL);
        refuse_head(c, &seen, within_head, /* is_late= */ false);
    }
}

void serve_late(struct connection *c, const char *bytes, size_t n)
{
    if (c->phase == PHASE_BODY) {
        if (!c->is_unwanted) {
            responder_of(c)->refuse(c->request, /* sentence= */ NULL);
        }
        c->closes = true;
        answer(c);
    } else {
        struct request_head seen = request_head_look(bytes, n, /* headers= */ NULL);
        refuse_head(c, &seen, too_slow, /* is_late= */ true);
    }
}

int64_t serve_patience_ms(const struct connection *c)
{
    int64_t ms = responder_of(c)->patience_ms(c->loop->commons->responder_of, c->request);

    return ms == 0 ? DEADLINE_NEVER : ms;
}

int64_t serve_wait_ms(const struct connection *c)
{
    const struct responder *r = responder_of(c);
    int64_t ms = r->wait_ms == NULL ? -1 : r->wait_ms(c->request);

    return ms < 0 ? DEADLINE_NEVER : ms;
}

bool serve_end_wait(struct connection *c)
{
    const struct responder *r = responder_of(c);

    return r->end_wait != NULL && r->end_wait(c->request);
}
