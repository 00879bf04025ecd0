/* SPDX-License-Identifier: Apache-2.0 */
/*
 * N single-threaded loops, fed round robin: a connection stays with its loop, so nothing of it
 * is shared and nothing is locked.
 */
#include "edge/plane.h"

#include "cosbase/alloc.h"
#include "edge/connection.h"
#include "edge/loop.h"
#include "edge/tls_session.h"
#include "world/fail.h"

#include <errno.h>

#define DELAYED_MAX_MS 60000 /* never reached: the timer was told to hurry */

struct plane {
    struct commons commons;
    unsigned n_loops, next;
    struct loop loops[];
};

static void close_if_open(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

int plane_new(struct plane **out, const struct plane_options *o, struct cosmock_error *err)
{
    struct plane *p = cos_calloc(1, sizeof(*p) + o->threads * sizeof(struct loop));

    int listen_fd = o->listener == NULL ? -1 : o->listener->fd;
    if (p == NULL) {
        close_if_open(listen_fd);
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for the HTTP server");
    }
    p->commons.mock = o->mock;
    p->commons.responder = o->responder == NULL ? &responder_door : o->responder;
    p->commons.responder_of = o->responder == NULL ? o->mock : o->responder_of;
    p->commons.timer = o->timer;
    if (o->listener != NULL) {
        p->commons.make_room = o->listener->make_room;
        p->commons.make_room_ctx = o->listener->ctx;
    }
    gate_init(&p->commons.busy);
    gate_init(&p->commons.delayed);
    int r = COSMOCK_OK;
    if (o->key_pem != NULL) {
        r = tls_server_new(&p->commons.tls, o->key_pem, o->chain_pem, err);
    }
    while (r == COSMOCK_OK && p->n_loops < o->threads) {
        if (!loop_start(&p->loops[p->n_loops++], &p->commons, listen_fd)) {
            r = world_fail(err, COSMOCK_E_IO, "cannot start the HTTP server: %s",
                           strerror(errno));
        }
        listen_fd = -1; /* the first one's */
    }
    close_if_open(listen_fd);
    if (r != COSMOCK_OK) {
        (void)plane_free(p);
        return r;
    }
    *out = p;
    return COSMOCK_OK;
}

void plane_take(struct plane *p, int fd)
{
    struct loop *loop = &p->loops[p->next++ % p->n_loops];
    struct connection *c = connection_new(loop, fd);

    if (c != NULL) {
        mailbox_send(&loop->mailbox, c);
    }
}

unsigned plane_connections(const struct plane *p)
{
    return __atomic_load_n(&p->commons.n_connections, __ATOMIC_SEQ_CST);
}

void plane_make_room(struct plane *p)
{
    for (unsigned i = 0; i < p->n_loops; i++) {
        mailbox_ask_room(&p->loops[i].mailbox);
    }
}

void plane_hurry(struct plane *p)
{
    for (unsigned i = 0; i < p->n_loops; i++) {
        mailbox_ask_haste(&p->loops[i].mailbox);
    }
}

void plane_drain(struct plane *p, int64_t timeout_ms)
{
    (void)gate_wait_empty(&p->commons.busy, timeout_ms);
}

struct plane *plane_free(struct plane *p)
{
    if (p == NULL) {
        return NULL;
    }
    __atomic_store_n(&p->commons.is_stopping, true, __ATOMIC_SEQ_CST);
    (void)gate_wait_empty(&p->commons.delayed, DELAYED_MAX_MS);
    for (unsigned i = 0; i < p->n_loops; i++) {
        loop_stop(&p->loops[i]);
    }
    (void)tls_server_free(p->commons.tls);
    gate_deinit(&p->commons.busy);
    gate_deinit(&p->commons.delayed);
    return cos_free(p);
}
