/* SPDX-License-Identifier: Apache-2.0 */
/* A plane: event loops that serve the sockets they are given, plain or TLS, through the mock's
 * door (cosmock/request.h). */
#ifndef EDGE_PLANE_H
#define EDGE_PLANE_H

#include "cosmock/cosmock.h"

#include "cosbase/base.h"

struct edge_timer;
struct plane;
struct responder;
struct plane_listener {
    int fd;                       /* owned by the plane, also on failure */
    void (*make_room)(void *ctx); /* no descriptor is left: free some. Its loop's thread */
    void *ctx;
};
struct plane_options {
    struct cosmock *mock;
    const struct responder *responder; /* NULL: the mock's door */
    void *responder_of;
    const struct plane_listener *listener; /* of its first loop; NULL: plane_take() only */
    struct edge_timer *timer;              /* for delays; outlives the plane */
    unsigned threads;                      /* event loops */
    const char *key_pem, *chain_pem; /* both: TLS; both NULL: plain. Borrowed for the call */
};
int plane_new(struct plane **out, const struct plane_options *options,
              struct cosmock_error *err);
/** Serve @fd (non-blocking) from now on; owns it, also on failure (then it is closed).
 *  One thread calls it. */
void plane_take(struct plane *plane, int fd);
/** Open connections, busy or idle. */
unsigned plane_connections(const struct plane *plane);
/** Close connections that wait for nothing, the longest idle first, so that others find
 *  descriptors. Any thread. */
void plane_make_room(struct plane *plane);
/** Nobody new, and nobody is to wait any more, but for work that is under way. Any thread. */
void plane_hurry(struct plane *plane);
/** Wait until no request is under way, at most @timeout_ms. The caller has
 *  stopped giving sockets. */
void plane_drain(struct plane *plane, int64_t timeout_ms);
/** Closes every connection. No delay may be pending (edge_timer_flush first). NULL. */
struct plane *plane_free(struct plane *plane);

#endif
