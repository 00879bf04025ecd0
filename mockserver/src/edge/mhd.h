/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP framing by libmicrohttpd, and nothing of it visible here: a *plane* serves sockets it is given through the mock's door (cosmock/request.h); a *control
 * server* has a listener of its own and gives whole requests to one function.
 */
#ifndef EDGE_MHD_H
#define EDGE_MHD_H

#include <stdbool.h>
#include <sys/socket.h>

#include "cosmock/cosmock.h"

#include "cosbase/buf.h"

struct edge_timer;

/* --- the data plane --- */
struct mhd_plane;
struct mhd_plane_options {
    struct cosmock *mock;
    struct edge_timer *timer;        /* for delays; outlives the plane */
    unsigned threads;                /* event loops */
    const char *key_pem, *chain_pem; /* both: TLS; both NULL: plain. Borrowed for the call */
};
int mhd_plane_new(struct mhd_plane **out, const struct mhd_plane_options *options,
                  struct cosmock_error *err);
/** Serve @fd from now on; owns it, also on failure (then it is closed). One thread calls it. */
void mhd_plane_take(struct mhd_plane *plane, int fd, const struct sockaddr *address,
                    socklen_t address_bytes);
/** Open connections, busy or idle. */
unsigned mhd_plane_connections(const struct mhd_plane *plane);
/** Wait until no request is under way, at most @timeout_ms. The caller has stopped giving sockets. */
void mhd_plane_drain(struct mhd_plane *plane, int64_t timeout_ms);
/** Closes every connection. No delay may be pending (edge_timer_flush first). NULL. */
struct mhd_plane *mhd_plane_free(struct mhd_plane *plane);

/* --- the control server --- */
struct mhd_control_request {
    const char *method, *target;               /* target raw, as sent */
    const char *host, *origin, *authorization; /* "" when absent */
    struct cos_span body;
};
struct mhd_control_reply {
    int status;
    const char *content_type; /* static; NULL: application/json */
    struct cos_buf body;      /* freed by the server */
    void *heap;               /* instead of `body`: malloc'ed bytes, freed by the server */
    size_t heap_bytes;
};
struct mhd_control_handler {
    /** Before the body is read: true to go on; false: *reply is the answer. */
    bool (*admit)(void *ctx, const struct mhd_control_request *request,
                  struct mhd_control_reply *reply);
    /** The whole request. May block: every connection has its own thread. */
    void (*serve)(void *ctx, const struct mhd_control_request *request,
                  struct mhd_control_reply *reply);
    void *ctx;
};
struct mhd_control;
/** Owns @listen_fd, also on failure. */
int mhd_control_new(struct mhd_control **out, int listen_fd,
                    const struct mhd_control_handler *handler, struct cosmock_error *err);
struct mhd_control *mhd_control_free(struct mhd_control *control);

#endif
