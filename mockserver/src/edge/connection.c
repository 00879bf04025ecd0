/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is. An event, a letter or a deadline gives a connection one turn: it goes on
 * step by step until it has to wait, or until it has had its share; then what it waits for
 * is written down (settle). Only the end of a turn frees, so that no step stands on a
 * connection that is gone.
 *
 * An idle connection holds this struct and nothing else: bytes are read into the loop's memory,
 * and only what cannot be used at once is kept.
 * A connection is closed in two ways. Whoever was told something is told that nothing follows,
 * and then listened to until he hangs up: closing with unread bytes resets the connection and
 * takes the answer away (RFC 9112 s.9.6). Faults that break a connection, and broken ones, are
 * closed without ceremony. Before that a descriptor leaves the epoll set by name: while a child
 * between fork and exec holds a copy of it, closing ours takes it out of nothing, and the set
 * would go on to tell of a connection that is gone.
 */
#include "edge/connection.h"

#include "cosbase/alloc.h"
#include "edge/tls_session.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define STEPS_A_TURN 4
#define IDLE_MS (300 * 1000)    /* [assumed] */
#define STALLED_MS (300 * 1000) /* a client that does not take its answer; [assumed] */
#define LINGER_MS (5 * 1000)
#define LINGER_MAX_BYTES (64ull << 20)
#define KEPT_MAX_BYTES (64u << 20)

/* --- lifetime --- */

struct connection *connection_new(struct loop *loop, int fd)
{
    struct connection *c = cos_calloc(1, sizeof(*c));
    struct tls_server *tls = loop->commons->tls;

    if (c != NULL && tls != NULL) {
        c->stream.tls = tls_session_new(tls, fd);
    }
    if (c == NULL || (tls != NULL && c->stream.tls == NULL)) {
        (void)close(fd);
        return cos_free(c);
    }
    c->loop = loop;
    c->stream.fd = fd;
    socket_peer(fd, c->peer);
    c->phase = tls != NULL ? PHASE_HANDSHAKE : PHASE_HEAD;
    cos_buf_init(&c->in, LOOP_IN_BYTES);
    cos_buf_init(&c->out, KEPT_MAX_BYTES);
    (void)__atomic_add_fetch(&loop->commons->n_connections, 1, __ATOMIC_SEQ_CST);
    return c;
}

void connection_adopt(struct connection *c)
{
    if (!c->is_adopted) {
        c->is_adopted = true;
        c->next = c->loop->first;
        if (c->next != NULL) {
            c->next->prev = c;
        }
        c->loop->first = c;
    }
}

static void leave_list(struct connection *c)
{
    if (c->is_adopted) {
        *(c->prev == NULL ? &c->loop->first : &c->prev->next) = c->next;
        if (c->next != NULL) {
            c->next->prev = c->prev;
        }
    }
}

static void count_busy(struct connection *c, bool is_busy)
{
    if (c->is_busy != is_busy) {
        c->is_busy = is_busy;
        (is_busy ? gate_enter : gate_leave)(&c->loop->commons->busy);
    }
}

struct connection *connection_free(struct connection *c)
{
    if (c->request != NULL) {
        responder_of(c)->free(c->request, /* is_cut= */ !c->is_finished);
    }
    deadlines_remove(&c->loop->deadlines, &c->deadline);
    leave_list(c);
    (void)tls_session_free(c->stream.tls);
    if (c->watched != 0) {
        (void)epoll_ctl(c->loop->epoll_fd, EPOLL_CTL_DEL, c->stream.fd, NULL);
    }
    (void)close(c->stream.fd);
    cos_buf_deinit(&c->in);
    cos_buf_deinit(&c->out);
    count_busy(c, /* is_busy= */ false);
    (void)__atomic_sub_fetch(&c->loop->commons->n_connections, 1, __ATOMIC_SEQ_CST);
    return cos_free(c);
}

/* --- steps: each returns whether another may follow at once --- */

static void journal_failed_handshake(struct connection *c, const char *why)
{
    const struct cosmock_transport_refusal r = {.authn = "tls-handshake",
                                                .host = tls_session_host(c->stream.tls),
                                                .detail = why,
                                                .tls = true,
                                                .peer = c->peer};

    cosmock_refused_by_transport(c->loop->commons->mock, &r);
}

static bool shake_hands(struct connection *c)
{
    int r = tls_session_handshake(c->stream.tls);

    if (r == STREAM_DONE) {
        c->phase = PHASE_HEAD;
        c->is_greeted = false;
    } else if (r == STREAM_BROKEN) {
        journal_failed_handshake(c, tls_session_failure(c->stream.tls));
        (void)shutdown(c->stream.fd, SHUT_WR); /* behind OpenSSL's alert */
        c->phase = PHASE_LINGER;
    }
    c->wants_write = r == STREAM_AGAIN_WRITE;
    return r == STREAM_DONE || r == STREAM_BROKEN;
}

static bool is_reading(const struct connection *c)
{
    return (c->phase == PHASE_HEAD || c->phase == PHASE_BODY) && c->out.len == 0;
}

/* Everything that can be done with these bytes; the rest is kept, or forgotten when
 * nothing is to follow. */
static void serve(struct connection *c, const char *bytes, size_t n)
{
    size_t used = 1;

    while (n > 0 && used > 0 && is_reading(c)) {
        used = serve_bytes(c, bytes, n);
        bytes += used;
        n -= used;
        if (c->loop->out.len > LOOP_IN_BYTES) {
            (void)send_pending(c, /* more= */ false);
        }
    }
    if (n > 0 && c->phase <= PHASE_SEND) {
        cos_buf_append(&c->in, bytes, n);
        c->has_unserved = used > 0;
        c->phase = c->in.failed ? PHASE_CLOSED : c->phase;
    }
}

/* What was kept goes back to the loop's memory. */
static size_t take_kept(struct connection *c)
{
    size_t n = c->in.len;

    if (n > 0) {
        memcpy(c->loop->in, c->in.ptr, n);
        cos_buf_deinit(&c->in);
    }
    c->has_unserved = false;
    return n;
}

static bool receive(struct connection *c)
{
    size_t had = c->in.len;
    char *at = c->loop->in + had;
    size_t room = LOOP_IN_BYTES - had;

    if (c->has_unserved) {
        had = take_kept(c);
        serve(c, c->loop->in, had);
        return true;
    }
    int64_t n = stream_read(&c->stream, at, room);
    if (n == STREAM_AGAIN) {
        return false;
    }
    had = take_kept(c);
    if (n <= 0) {
        serve_end(c, c->loop->in, had, n == STREAM_DONE);
        return true;
    }
    serve(c, c->loop->in, had + (size_t)n);
    return (size_t)n == room || !is_reading(c) || c->has_unserved || c->stream.tls != NULL;
}

static bool say_goodbye(struct connection *c)
{
    if (!send_pending(c, /* more= */ false)) {
        return false;
    }
    stream_bye(&c->stream);
    c->phase = PHASE_LINGER;
    c->forgotten_bytes = 0;
    return true;
}

static bool forget(struct connection *c)
{
    ssize_t n = recv(c->stream.fd, c->loop->in, LOOP_IN_BYTES, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    c->forgotten_bytes += n > 0 ? (size_t)n : 0;
    if (n <= 0 || c->forgotten_bytes > LINGER_MAX_BYTES) {
        c->phase = PHASE_CLOSED;
    }
    return n == (ssize_t)LOOP_IN_BYTES;
}

static bool step(struct connection *c)
{
    switch (c->phase) {
    case PHASE_HANDSHAKE:
        return shake_hands(c);
    case PHASE_HEAD:
    case PHASE_BODY:
        return (c->out.len == 0 || send_pending(c, /* more= */ false)) && receive(c);
    case PHASE_SEND:
        return send_body(c);
    case PHASE_BYE:
        return say_goodbye(c);
    case PHASE_LINGER:
        return forget(c);
    case PHASE_CUT:
        if (send_pending(c, /* more= */ false)) {
            c->phase = PHASE_CLOSED;
        }
        return false;
    case PHASE_WAIT:
    case PHASE_DELAY:
    case PHASE_CLOSED:
    default:
        return false;
    }
}

/* --- a turn --- */

static int64_t after(const struct connection *c, int64_t ms)
{
    return ms == DEADLINE_NEVER ? DEADLINE_NEVER : c->loop->now_ms + ms;
}

/* A head, and a handshake, must be whole within the patience from their first byte;
 * a body must come on. */
static int64_t next_deadline_ms(struct connection *c)
{
    bool is_within = c->phase == PHASE_HANDSHAKE || (c->phase == PHASE_HEAD && c->in.len > 0);
    bool was_greeted = c->is_greeted;

    c->is_greeted = is_within;
    switch (c->phase) {
    case PHASE_WAIT:
        return after(c, serve_wait_ms(c));
    case PHASE_DELAY:
        return DEADLINE_NEVER;
    case PHASE_LINGER:
        return after(c, LINGER_MS);
    default:
        break;
    }
    if (c->out.len > 0 || c->phase > PHASE_DELAY) {
        return after(c, STALLED_MS);
    }
    if (c->phase == PHASE_BODY || (is_within && !was_greeted)) {
        return after(c, serve_patience_ms(c));
    }
    return is_within ? c->deadline.at_ms : after(c, IDLE_MS);
}

static unsigned next_events(const struct connection *c)
{
    switch (c->phase) {
    case PHASE_HANDSHAKE:
        return c->wants_write ? EPOLLOUT : EPOLLIN;
    case PHASE_HEAD:
    case PHASE_BODY:
        return c->out.len > 0 ? EPOLLOUT : EPOLLIN;
    case PHASE_LINGER:
        return EPOLLIN;
    case PHASE_WAIT:
    case PHASE_DELAY:
        return 0;
    default:
        return EPOLLOUT;
    }
}

/* False: no memory in the kernel. */
static bool watch(struct connection *c)
{
    struct epoll_event ev = {.events = next_events(c), .data.ptr = c};
    int what = c->watched == 0 ? EPOLL_CTL_ADD : ev.events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

    if (ev.events == c->watched) {
        return true;
    }
    c->watched = ev.events;
    return epoll_ctl(c->loop->epoll_fd, what, c->stream.fd, &ev) == 0;
}

/* A request is, or its answer: whoever stops the mock waits for it. A head that
 * is not whole is none. */
static bool is_under_way(const struct connection *c)
{
    switch (c->phase) {
    case PHASE_HANDSHAKE:
    case PHASE_LINGER:
        return false;
    case PHASE_HEAD:
        return c->out.len > 0 || c->has_unserved;
    default:
        return true;
    }
}

/* The end of a turn: what is left to say is sent or kept, what to wait for is written down. */
static void settle(struct connection *c)
{
    if (c->phase != PHASE_CLOSED) {
        (void)send_pending(c, /* more= */ false);
    }
    cos_buf_clear(&c->loop->out);
    if (c->phase == PHASE_CLOSED ||
        !deadlines_set(&c->loop->deadlines, &c->deadline, next_deadline_ms(c)) || !watch(c)) {
        (void)connection_free(c);
        return;
    }
    count_busy(c, is_under_way(c));
}

/* A share is a few steps; bytes that are here already, where epoll does not see
 * them, are no part of it. */
static void turn(struct connection *c)
{
    int n = 0;

    while (step(c)) {
        bool is_hidden =
            is_reading(c) &&
            (c->has_unserved || (c->stream.tls != NULL && tls_session_has_more(c->stream.tls)));

        if (++n >= STEPS_A_TURN && !is_hidden) {
            break;
        }
    }
    settle(c);
}

bool connection_is_idle(const struct connection *c)
{
    return c->phase == PHASE_HEAD && c->in.len == 0 && c->out.len == 0;
}

/* For a letter; its socket is not watched. */
static bool waits(const struct connection *c)
{
    return c->phase == PHASE_WAIT || c->phase == PHASE_DELAY;
}

void connection_on_mail(struct connection *c)
{
    connection_adopt(c);
    if (waits(c)) {
        serve_on(c);
    }
    turn(c);
}

void connection_on_event(struct connection *c, unsigned events)
{
    if (!waits(c)) {
        turn(c);
    }
}

void connection_on_deadline(struct connection *c)
{
    bool is_stalled = c->out.len > 0;
    size_t had;

    switch (c->phase) {
    case PHASE_HANDSHAKE:
        journal_failed_handshake(c, "the handshake was not finished in time");
        c->phase = PHASE_CLOSED;
        break;
    case PHASE_HEAD:
    case PHASE_BODY:
        had = take_kept(c);
        if (is_stalled || (c->phase == PHASE_HEAD && had == 0)) {
            c->phase = PHASE_CLOSED;
        } else {
            serve_late(c, c->loop->in, had);
        }
        break;
    case PHASE_WAIT:
        if (serve_end_wait(c)) {
            serve_on(c);
        }
        break;
    case PHASE_DELAY:
        break;
    default:
        c->phase = PHASE_CLOSED;
        break;
    }
    turn(c);
}
