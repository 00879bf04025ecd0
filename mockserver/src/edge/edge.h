/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the edge share: the object behind cosmock->edge, and small helpers. The
 * edge knows sockets, TLS and HTTP framing; of COS it knows the names a certificate must
 * carry and nothing else.
 */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include <pthread.h>
#include <sys/socket.h>

#include "cosmock/cosmock.h"

#include "cosbase/base.h"

struct front;
struct control;
struct plane;
struct tls_authority;
struct edge_timer;

struct edge_front {
    struct front *front;
    struct cosmock_endpoint at;
    struct edge_front *next;
};
struct edge_control {
    struct control *control;
    struct cosmock_endpoint at;
    struct edge_control *next;
};
struct edge_tls_plane { /* the newest first; older ones serve the connections they have */
    struct plane *plane;
    struct edge_tls_plane *next;
};
struct edge {
    struct cosmock *mock;
    pthread_mutex_t lock; /* guards everything below; never held while a thread is joined */
    unsigned threads;     /* event loops of each plane; set by the first front */
    struct edge_front *fronts;
    struct edge_control *controls;
    struct plane *plain;
    struct edge_tls_plane *tls;
    char tls_names_sha[65]; /* of the names in the newest certificate */
    struct tls_authority *authority;
    struct edge_timer *timer;
};

/** The edge of @mock, made at the first use; NULL without memory. */
struct edge *edge_of(struct cosmock *mock);

/* --- state.c --- */
/** The first front's address, for the control API; false when none listens. */
bool edge_first_front(struct edge *e, struct cosmock_endpoint *out);
/** The certificate authority, made at the first use. NULL: *err says why. */
struct tls_authority *edge_authority(struct edge *e, struct cosmock_error *err);
/** The same, with the lock held. */
struct tls_authority *edge_authority_locked(struct edge *e, struct cosmock_error *err);

#endif
