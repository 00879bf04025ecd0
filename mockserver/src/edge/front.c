/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The acceptor. It never reads what belongs to HTTP or TLS: it peeks (MSG_PEEK), answers
 * CONNECT and SOCKS5 itself, and hands the same descriptor on, so that no byte of the
 * conversation is ever relayed (layout.md s.4).
 *
 * A slow greeting must not keep others waiting, so every undecided socket lies in an
 * edge-triggered epoll set and has a deadline. Edge triggering matters: with MSG_PEEK an
 * undecided half greeting stays readable, and a level-triggered set would spin on it.
 * Undecided sockets are in a list in order of their deadlines (all have the same patience), so
 * the next one to expire is the first.
 * A client that was refused is kept until it hangs up, its bytes read and forgotten: closing
 * with unread bytes resets the connection and takes the answer away (RFC 9112 s.9.6).
 * Limits: 1024 undecided sockets (the oldest gives way), 8 KiB of a CONNECT head, two minutes
 * of silence, 1 MiB after a refusal.
 * Out of descriptors, new clients wait in the kernel's queue: connections that are idle between
 * two requests give way, and until one has there is no accept.
 */
#include "edge/front.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "edge/greet.h"
#include "edge/listener.h"
#include "edge/socket.h"
#include "world/fail.h"
#include "world/host.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define MAX_UNDECIDED 1024
#define PATIENCE_MS 120000 /* [assumed]: longer than any client keeps a fresh socket silent */
#define EVENTS_A_ROUND 64
#define REFUSAL_MAX_BYTES (64u << 10)
#define FORGOTTEN_MAX_BYTES (1u << 20)
#define TUNNEL_NAME_BYTES 256
#define SOCKS_NOT_ALLOWED "\x05\x02\x00\x01\0\0\0\0\0\0" /* RFC 1928 s.6 */

struct newcomer { /* a socket whose protocol is not known yet */
    int fd;
    bool is_watched;
    bool is_refused; /* told so; what it still sends is forgotten */
    size_t forgotten_bytes;
    enum greet_stage stage;
    int64_t deadline_mono_ms;
    struct newcomer *prev, *next;
};
struct front {
    struct listener listener;
    int epoll_fd, wake_fd;
    struct front_owner owner;
    pthread_t thread;
    bool has_thread;
    struct newcomer *oldest, *newest;
    size_t n_undecided;
    char peeked[GREET_PEEK_BYTES];
};

static int64_t now_mono_ms(void)
{
    return cos_system_mono_ns() / 1000000;
}

static void list_append(struct front *f, struct newcomer *c)
{
    c->deadline_mono_ms = now_mono_ms() + PATIENCE_MS;
    c->prev = f->newest;
    c->next = NULL;
    *(f->newest == NULL ? &f->oldest : &f->newest->next) = c;
    f->newest = c;
    f->n_undecided++;
}

static void list_remove(struct front *f, struct newcomer *c)
{
    *(c->prev == NULL ? &f->oldest : &c->prev->next) = c->next;
    *(c->next == NULL ? &f->newest : &c->next->prev) = c->prev;
    f->n_undecided--;
}

/* By name: a child between fork and exec may hold a copy of the descriptor, and then closing
 * ours would not do it. */
static void leave_set(struct front *f, struct newcomer *c)
{
    list_remove(f, c);
    if (c->is_watched) {
        (void)epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
    }
}

static void drop(struct front *f, struct newcomer *c)
{
    leave_set(f, c);
    (void)close(c->fd);
    cos_free(c);
}

static void hand_on(struct front *f, struct newcomer *c, bool is_tls)
{
    leave_set(f, c);
    f->owner.hand_over(f->owner.ctx, is_tls, c->fd);
    cos_free(c);
}

/* Take the greeting off the socket and answer it. The answer is a few bytes on a socket that
 * has sent nothing yet: it always fits. */
static bool answer(struct front *f, struct newcomer *c, const struct greet *g)
{
    if (recv(c->fd, f->peeked, g->consume, MSG_DONTWAIT) != (ssize_t)g->consume ||
        send(c->fd, g->reply, g->reply_bytes, MSG_NOSIGNAL | MSG_DONTWAIT) !=
            (ssize_t)g->reply_bytes) {
        return false;
    }
    c->stage = g->next;
    return true;
}

/* Undecided: watch it. False when it has to go. */
static bool keep_watching(struct front *f, struct newcomer *c)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = c};

    if (!c->is_watched) {
        c->is_watched = epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) == 0;
    }
    return c->is_watched;
}

/* Read what a refused client still sends, until it hangs up. */
static void forget(struct front *f, struct newcomer *c)
{
    ssize_t n;
    while (c->forgotten_bytes < FORGOTTEN_MAX_BYTES &&
           (n = recv(c->fd, f->peeked, sizeof(f->peeked), MSG_DONTWAIT)) != 0) {
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && keep_watching(f, c)) {
            return;
        }
        if (n < 0) {
            break;
        }
        c->forgotten_bytes += (size_t)n;
    }
    drop(f, c);
}

/* Say it and hang up. The answer is short and the socket has sent next to
 * nothing yet: it fits. */
static void say_and_leave(struct front *f, struct newcomer *c, const void *reply, size_t n)
{
    if (n > 0) {
        (void)send(c->fd, reply, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    (void)shutdown(c->fd, SHUT_WR);
    c->is_refused = true;
    forget(f, c);
}

/* @n bytes were peeked. */
static void refuse_malformed(struct front *f, struct newcomer *c, const char *sentence,
                             size_t n)
{
    struct cos_buf reply;
    cos_buf_init(&reply, REFUSAL_MAX_BYTES);
    char peer[SOCKET_PEER_BYTES];
    socket_peer(c->fd, peer);
    f->owner.refuse(f->owner.ctx, sentence, f->peeked, n, peer, &reply);
    say_and_leave(f, c, cos_buf_cstr(&reply), reply.failed ? 0 : reply.len);
    cos_buf_deinit(&reply);
}

/* The bytes of a name as text: they come from a stranger and go into a header
 * line and the journal. */
static void tunnel_name(char out[TUNNEL_NAME_BYTES], const struct greet *g)
{
    size_t n = g->host_bytes < TUNNEL_NAME_BYTES - 1 ? g->host_bytes : TUNNEL_NAME_BYTES - 1;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)g->host[i];
        out[i] = (char)(c > ' ' && c < 0x7f ? c : '?');
    }
    out[n] = '\0';
}

/* A tunnel to a name that nobody here answers to: said at once, or the client would see a
 * certificate that does not fit. */
static void refuse_tunnel(struct front *f, struct newcomer *c, const struct greet *g, size_t n)
{
    char name[TUNNEL_NAME_BYTES];
    tunnel_name(name, g);
    char sentence[900];
    (void)snprintf(sentence, sizeof(sentence),
                   "The tunnel leads to '%s', which is no host of COS; %s", name,
                   host_forms_line);
    if (c->stage != GREET_SOCKS_REQUEST) {
        refuse_malformed(f, c, sentence, n);
        return;
    }
    char head[TUNNEL_NAME_BYTES + 32];
    (void)snprintf(head, sizeof(head), "CONNECT %s HTTP/1.1\r\n\r\n", name);
    struct cos_buf reply;
    cos_buf_init(&reply, REFUSAL_MAX_BYTES);
    char peer[SOCKET_PEER_BYTES];
    socket_peer(c->fd, peer);
    f->owner.refuse(f->owner.ctx, sentence, head, strlen(head), peer,
                    &reply); /* for the journal */
    cos_buf_deinit(&reply);
    say_and_leave(f, c, SOCKS_NOT_ALLOWED, sizeof(SOCKS_NOT_ALLOWED) - 1);
}

/* Look as often as the bytes at hand allow a decision. @hung_up: the
 * client will not send more. */
static void look(struct front *f, struct newcomer *c, bool hung_up)
{
    if (c->is_refused) {
        forget(f, c);
        return;
    }
    for (;;) {
        ssize_t n = recv(c->fd, f->peeked, sizeof(f->peeked), MSG_PEEK | MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
            drop(f, c);
            return;
        }
        struct greet g = greet_look(c->stage, f->peeked, n < 0 ? 0 : (size_t)n);
        switch (g.kind) {
        case GREET_MORE:
            if (hung_up || !keep_watching(f, c)) {
                drop(f, c);
            }
            return;
        case GREET_HTTP:
        case GREET_TLS:
            hand_on(f, c, g.kind == GREET_TLS);
            return;
        case GREET_REFUSE:
            say_and_leave(f, c, g.reply, g.reply_bytes);
            return;
        case GREET_MALFORMED:
            refuse_malformed(f, c, g.sentence, (size_t)n);
            return;
        case GREET_ANSWER:
        default:
            if (g.host != NULL && !f->owner.knows_host(f->owner.ctx, g.host, g.host_bytes)) {
                refuse_tunnel(f, c, &g, (size_t)n);
                return;
            }
            if (!answer(f, c, &g)) {
                drop(f, c);
                return;
            }
            break;
        }
    }
}

static bool accept_one(struct front *f)
{
    int fd = listener_accept(&f->listener);

    if (fd == LISTENER_NO_ROOM) {
        f->owner.make_room(f->owner.ctx);
    }
    if (fd < 0) {
        return fd == LISTENER_NEXT;
    }
    struct newcomer *c = cos_calloc(1, sizeof(*c));
    if (c == NULL) {
        (void)close(fd);
        return true;
    }
    c->fd = fd;
    if (f->n_undecided >= MAX_UNDECIDED) {
        drop(f, f->oldest);
    }
    list_append(f, c);
    look(f, c, /* hung_up= */ false);
    return true;
}

static void accept_some(struct front *f)
{
    for (int i = 0; i < EVENTS_A_ROUND; i++) {
        if (!accept_one(f)) {
            return;
        }
    }
}

static void drop_expired(struct front *f)
{
    int64_t now = now_mono_ms();

    while (f->oldest != NULL && f->oldest->deadline_mono_ms <= now) {
        drop(f, f->oldest);
    }
}

static int next_timeout_ms(const struct front *f)
{
    if (f->listener.is_paused) {
        return LISTENER_RETRY_MS;
    }
    if (f->oldest == NULL) {
        return -1;
    }
    int64_t left = f->oldest->deadline_mono_ms - now_mono_ms();
    return left < 0 ? 0 : (int)left;
}

/* A newcomer dropped to make room may still stand in this round's events, so new sockets are
 * accepted after all events were seen. */
static bool handle_round(struct front *f, const struct epoll_event *events, int n)
{
    bool has_new = false;

    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == NULL) {
            return false;
        }
        if (events[i].data.ptr == f) {
            has_new = true;
        } else {
            look(f, events[i].data.ptr,
                 (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
        }
    }
    if (has_new) {
        accept_some(f);
    }
    return true;
}

static void *front_run(void *arg)
{
    struct front *f = arg;

    for (;;) {
        struct epoll_event events[EVENTS_A_ROUND];
        int n = epoll_wait(f->epoll_fd, events, EVENTS_A_ROUND, next_timeout_ms(f));

        if (n > 0 && !handle_round(f, events, n)) {
            return NULL;
        }
        drop_expired(f);
        listener_resume(&f->listener, f);
    }
}

static bool open_set(struct front *f)
{
    struct epoll_event wake = {.events = EPOLLIN, .data.ptr = NULL};

    f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    f->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (f->epoll_fd < 0 || f->wake_fd < 0 ||
        epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, f->wake_fd, &wake) != 0) {
        return false;
    }
    listener_open(&f->listener, f->listener.fd, f->epoll_fd, f);
    return true;
}

int front_new(struct front **out, int listen_fd, const struct front_owner *owner,
              struct cosmock_error *err)
{
    struct front *f = cos_calloc(1, sizeof(*f));

    if (f == NULL) {
        (void)close(listen_fd);
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for a listener");
    }
    f->listener.fd = listen_fd;
    f->epoll_fd = -1;
    f->wake_fd = -1;
    f->owner = *owner;
    if (open_set(f)) {
        sigset_t old;
        socket_signals_block(&old);
        f->has_thread = pthread_create(&f->thread, NULL, front_run, f) == 0;
        socket_signals_restore(&old);
    }
    if (!f->has_thread) {
        (void)front_free(f);
        return world_fail(err, COSMOCK_E_IO, "cannot start the acceptor: %s", strerror(errno));
    }
    *out = f;
    return COSMOCK_OK;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

struct front *front_free(struct front *f)
{
    uint64_t one = 1;

    if (f == NULL) {
        return NULL;
    }
    if (f->has_thread) {
        (void)!write(f->wake_fd, &one, sizeof(one));
        (void)pthread_join(f->thread, NULL);
    }
    while (f->oldest != NULL) {
        drop(f, f->oldest);
    }
    listener_close(&f->listener);
    close_if_open(f->epoll_fd);
    close_if_open(f->wake_fd);
    return cos_free(f);
}
