/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a struct cosmock: registry of tenants, options, the edge. mock.c owns it. */
#ifndef WORLD_MOCK_H
#define WORLD_MOCK_H

#include "cosmock/cosmock.h"

#include "cosbase/rsa.h"
#include "store/budget.h"
#include "store/digest_pool.h"
#include "world/errands.h"
#include "world/gate.h"
#include "world/workers.h"

#include <pthread.h>

struct world_readers; /* world/readers.h */
struct backend;       /* store/backend.h */
struct directory;     /* store/directory.h */
struct registry;      /* world/registry.c */
struct edge;          /* edge/edge.c; NULL until the first listen */
struct mock_name {
    struct mock_name *next;
    char text[];
};
struct cosmock {
    struct cosmock_options options;
    struct budget memory;       /* of everything clients make it keep */
    struct digest_pool digests; /* a thread a core, for large bodies; one core: none */
    /* for work that is long; two at least, so that one job holds up few */
    struct workers workers;
    const struct world_readers *readers; /* of world files; never NULL */
    struct registry *registry;
    struct directory *directory; /* NULL: everything is in memory. kept.c */
    /* exchanges whose transport is gone while their commit is under way */
    struct gate abandoned;
    /* what it does by itself and soon (world/errands.h); atomic; NULL: nobody has said */
    errands_fn *do_errands;
    /* what keeps the tenant of this name, new or from before; NULL and *err: nothing can. Not
     * set: memory. Set before the first tenant */
    struct backend *(*rows_of)(void *ctx, const char *name, struct cosmock_error *err);
    void *rows_ctx;
    unsigned n_pulls;          /* atomic: what workers fetch from origins (journey/origin.c) */
    int broken;                /* atomic: a 500 of our own making happened */
    pthread_mutex_t idp_lock;  /* guards idp_key */
    struct cos_rsa *idp_key;   /* of its identity providers; NULL: nobody has asked yet */
    struct mock_name *names;   /* atomic: hosts it was told to listen under; only ever grows */
    pthread_mutex_t edge_lock; /* guards edge */
    struct edge *edge;
    /* set by the edge, so that world never links it */
    struct edge *(*edge_free)(struct edge *edge);
};
/** cosmock_new(), which knows the @readers. */
int mock_new(struct cosmock **out, const struct cosmock_options *options,
             const struct world_readers *readers, struct cosmock_error *err);
struct registry *registry_new(void);
struct registry *registry_free(struct registry *r); /* drops tenants */
/** Remember a host name, or "*.suffix" (world/host.h). 0, or -1: no memory. */
int mock_add_name(struct cosmock *mock, const char *name);
/** The key its identity providers seal with, made when it is asked for first; lives as long as
 *  @mock. NULL: no memory. */
const struct cos_rsa *mock_idp_key(struct cosmock *mock);
void mock_set_broken(struct cosmock *mock);
void mock_log(const struct cosmock *mock, int level, const char *area, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
