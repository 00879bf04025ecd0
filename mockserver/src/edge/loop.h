/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event loop, its thread, and what the connections it serves share. Everything in it belongs to that thread but the mail.
 */
#ifndef EDGE_LOOP_H
#define EDGE_LOOP_H

#include <pthread.h>

#include "cosmock/request.h"

#include "cosbase/buf.h"
#include "edge/deadlines.h"
#include "edge/gate.h"

#define LOOP_IN_BYTES (256u << 10) /* read at once; see docs/internals/edge.md */

struct connection;
struct edge_timer;
struct tls_server;
struct commons { /* what the loops of a plane share */
    struct cosmock *mock;
    struct edge_timer *timer;
    struct tls_server *tls; /* NULL: plain */
    struct gate busy;       /* connections with a request under way */
    struct gate delayed;    /* of them, waiting for the timer */
    bool is_stopping;       /* atomic: delay nothing any more */
    unsigned n_connections; /* atomic */
};
struct loop {
    struct commons *commons;
    int epoll_fd, wake_fd;
    pthread_t thread;
    bool has_thread;
    int64_t now_ms; /* of this round */
    struct deadlines deadlines;
    struct connection *first; /* all of this loop */
    char *in;                 /* LOOP_IN_BYTES: what the connection at hand has sent */
    struct cosmock_header *headers;
    struct cos_buf out;      /* what the connection at hand is to be sent */
    pthread_mutex_t lock;    /* guards everything below */
    struct connection *mail; /* new ones, and those whose delay is over; the newest first */
    bool stop, make_room;
};
/** Start a loop. False: no memory, no thread; errno may say. */
bool loop_start(struct loop *loop, struct commons *commons);
/** End the thread, close the connections. Fine on a zeroed loop. */
void loop_stop(struct loop *loop);
/** Hand a connection over, from any thread: a new one, or one whose delay is over. */
void loop_mail(struct loop *loop, struct connection *c);
/** Close what is idle, from any thread. */
void loop_make_room(struct loop *loop);

#endif
