/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a part of the edge may ask of the whole, answered from the state behind its lock. It
 * makes and ends no part, so the parts may call it.
 */
#include "edge/edge.h"
#include "edge/tls.h"

bool edge_first_front(struct edge *e, struct cosmock_endpoint *out)
{
    (void)pthread_mutex_lock(&e->lock);
    bool found = e->fronts != NULL;
    if (found) {
        *out = e->fronts->at;
    }
    (void)pthread_mutex_unlock(&e->lock);
    return found;
}

struct tls_authority *edge_authority_locked(struct edge *e, struct cosmock_error *err)
{
    if (e->authority == NULL) {
        (void)tls_authority_new(&e->authority, err);
    }
    return e->authority;
}

struct tls_authority *edge_authority(struct edge *e, struct cosmock_error *err)
{
    (void)pthread_mutex_lock(&e->lock);
    struct tls_authority *a = edge_authority_locked(e, err);
    (void)pthread_mutex_unlock(&e->lock);
    return a;
}
