/* SPDX-License-Identifier: Apache-2.0 */
/*
 * epoll, level-triggered: what was not read is told again, so nothing a client sent, its FIN
 * included, can be missed, and a loop may leave a busy connection for the next one whenever it
 * likes. The price, an epoll_ctl whenever a connection changes from reading to writing, falls
 * due only when an answer does not fit into the socket.
 *
 * A round: events, mail, new clients, deadlines. The system's clock is read once a round.
 */
#include "edge/loop.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "edge/connection.h"
#include "edge/request_head.h"
#include "edge/socket.h"

#include <errno.h>
#include <sys/epoll.h>

#define EVENTS_A_ROUND 128
#define ACCEPTS_A_ROUND 64
#define STACK_BYTES (512u << 10)
#define OUT_MAX_BYTES (64u << 20)

static int timeout_ms(const struct loop *l)
{
    int64_t next = deadlines_next_ms(&l->deadlines);
    int64_t left = next - l->now_ms;

    if (l->listener.is_paused && left > LISTENER_RETRY_MS) {
        return LISTENER_RETRY_MS;
    }
    if (next == DEADLINE_NEVER) {
        return -1;
    }
    return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static void accept_some(struct loop *l)
{
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        int fd = listener_accept(&l->listener);

        if (fd == LISTENER_NO_ROOM) {
            l->commons->make_room(l->commons->make_room_ctx);
        }
        if (fd < 0 && fd != LISTENER_NEXT) {
            return;
        }
        struct connection *c = fd < 0 ? NULL : connection_new(l, fd);
        if (c != NULL) {
            connection_on_mail(c);
        }
    }
}

static void end_waits(struct loop *l)
{
    struct connection *next;

    for (struct connection *c = l->first; c != NULL; c = next) {
        next = c->next;
        if (c->phase == PHASE_WAIT) {
            connection_on_deadline(c);
        }
    }
}

/* Half of those that are idle: the list is in order of birth, and a client that has lost its
 * connection makes another. */
static void close_idle(struct loop *l)
{
    struct connection *next;
    bool odd = false;

    for (struct connection *c = l->first; c != NULL; c = next) {
        next = c->next;
        if (connection_is_idle(c) && (odd = !odd)) {
            (void)connection_free(c);
        }
    }
}

/* False: the loop has to end. */
static bool read_mail(struct loop *l)
{
    uint64_t count;
    (void)!read(l->mailbox.wake_fd, &count, sizeof(count));
    struct mail mail = mailbox_take(&l->mailbox);
    struct connection *next;
    for (struct connection *c = mail.oldest; c != NULL; c = next) {
        next = c->next_mail;
        c->next_mail = NULL;
        connection_on_mail(c);
    }
    if (mail.wants_room) {
        close_idle(l);
    }
    if (mail.wants_haste) {
        listener_close(&l->listener);
        end_waits(l);
    }
    return !mail.wants_stop;
}

static void *loop_run(void *arg)
{
    struct loop *l = arg;
    bool goes_on = true;

    while (goes_on) {
        struct epoll_event events[EVENTS_A_ROUND];
        int n = epoll_wait(l->epoll_fd, events, EVENTS_A_ROUND, timeout_ms(l));

        l->now_ms = cos_system_mono_ns() / 1000000;
        bool has_mail = false;
        bool has_new = false;
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL) {
                has_mail = true; /* after the events: it may free connections */
            } else if (events[i].data.ptr == l) {
                has_new = true;
            } else {
                connection_on_event(events[i].data.ptr, events[i].events);
            }
        }
        goes_on = !has_mail || read_mail(l);
        if (has_new) {
            accept_some(l);
        }
        listener_resume(&l->listener, l);
        struct deadline *due;
        while ((due = deadlines_take_due(&l->deadlines, l->now_ms)) != NULL) {
            connection_on_deadline((struct connection *)due);
        }
    }
    return NULL;
}

/* --- lifetime --- */

static bool open_set(struct loop *l)
{
    struct epoll_event mail = {.events = EPOLLIN, .data.ptr = NULL};

    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0 ||
        epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->mailbox.wake_fd, &mail) != 0) {
        return false;
    }
    if (l->listener.fd >= 0) {
        listener_open(&l->listener, l->listener.fd, l->epoll_fd, l);
    }
    return true;
}

static bool start_thread(struct loop *l)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0) {
        return false;
    }
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigset_t old;
    socket_signals_block(&old);
    l->has_thread = pthread_create(&l->thread, &attr, loop_run, l) == 0;
    socket_signals_restore(&old);
    (void)pthread_attr_destroy(&attr);
    return l->has_thread;
}

bool loop_start(struct loop *l, struct commons *commons, int listen_fd)
{
    l->commons = commons;
    l->epoll_fd = -1;
    l->listener.fd = listen_fd;
    cos_buf_init(&l->out, OUT_MAX_BYTES);
    l->now_ms = cos_system_mono_ns() / 1000000;
    l->in = cos_malloc(LOOP_IN_BYTES);
    l->headers = cos_calloc(REQUEST_HEAD_FIELDS_MAX, sizeof(*l->headers));
    return mailbox_init(&l->mailbox) && l->in != NULL && l->headers != NULL && open_set(l) &&
           start_thread(l);
}

void loop_stop(struct loop *l)
{
    if (l->commons == NULL) {
        return;
    }
    if (l->has_thread) {
        mailbox_ask_stop(&l->mailbox);
        (void)pthread_join(l->thread, NULL);
    }
    listener_close(&l->listener);
    for (struct connection *c = mailbox_take(&l->mailbox).oldest; c != NULL; c = c->next_mail) {
        connection_adopt(c);
    }
    while (l->first != NULL) {
        (void)connection_free(l->first);
    }
    cosmock_spare_deinit(&l->spare);
    deadlines_deinit(&l->deadlines);
    cos_free(l->headers);
    cos_free(l->in);
    cos_buf_deinit(&l->out);
    if (l->epoll_fd >= 0) {
        (void)close(l->epoll_fd);
    }
    mailbox_deinit(&l->mailbox);
}
