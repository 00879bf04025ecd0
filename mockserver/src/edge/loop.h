/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event loop, its thread, and what the connections it serves share. Everything in it
 * belongs to that thread but the mailbox.
 */
#ifndef EDGE_LOOP_H
#define EDGE_LOOP_H

#include <pthread.h>

#include "cosbase/buf.h"
#include "edge/deadlines.h"
#include "edge/listener.h"
#include "edge/mailbox.h"
#include "edge/responder.h"
#include "world/gate.h"

#define LOOP_IN_BYTES (256u << 10) /* read at once; see docs/internals/edge.md */

struct connection;
struct edge_timer;
struct tls_server;
struct commons { /* what the loops of a plane share */
    struct cosmock *mock;
    const struct responder *responder;
    void *responder_of; /* what it answers for */
    struct edge_timer *timer;
    struct tls_server *tls;       /* NULL: plain */
    struct gate busy;             /* connections with a request under way */
    struct gate delayed;          /* of them, waiting for the timer */
    bool is_stopping;             /* atomic: delay nothing any more */
    unsigned n_connections;       /* atomic */
    void (*make_room)(void *ctx); /* no descriptor is left: free some. Of a loop that listens */
    void *make_room_ctx;
};
struct loop {
    struct commons *commons;
    int epoll_fd;
    struct listener listener; /* closed: it is given its sockets */
    pthread_t thread;
    bool has_thread;
    int64_t now_ms; /* of this round */
    struct deadlines deadlines;
    struct connection *first; /* all of this loop */
    char *in;                 /* LOOP_IN_BYTES: what the connection at hand has sent */
    struct cosmock_header *headers;
    struct cosmock_spare spare;
    struct cos_buf out;     /* what the connection at hand is to be sent */
    struct mailbox mailbox; /* what other threads hand over */
};
/** Start a loop; it owns @listen_fd (-1: none), also on failure. False: no memory, no thread;
 *  errno may say. */
bool loop_start(struct loop *loop, struct commons *commons, int listen_fd);
/** End the thread, close the connections. Fine on a zeroed loop. */
void loop_stop(struct loop *loop);

#endif
