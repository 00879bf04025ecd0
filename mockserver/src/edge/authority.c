/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that makes one authority and ends. It knows no mock, since there is none yet; what
 * fails in it is tried again by whoever needs the authority, and told by him.
 */
#include "edge/authority.h"

#include "cosbase/alloc.h"
#include "edge/edge.h"
#include "edge/tls.h"

#include <pthread.h>

struct authority_making {
    pthread_t thread;
    struct tls_authority *authority; /* the thread's until it is joined; NULL: it failed */
};

static void *make(void *ctx)
{
    struct authority_making *m = ctx;
    (void)tls_authority_new(&m->authority, /* err= */ NULL);
    return NULL;
}

struct authority_making *authority_begin(void)
{
    struct authority_making *m = cos_calloc(1, sizeof(*m));
    if (m != NULL && pthread_create(&m->thread, NULL, make, m) != 0) {
        cos_free(m);
        m = NULL;
    }
    return m;
}

void authority_end(struct authority_making *m, struct cosmock *mock)
{
    if (m == NULL) {
        return;
    }
    (void)pthread_join(m->thread, NULL);
    struct edge *e = mock == NULL ? NULL : edge_of(mock);
    if (e != NULL) {
        (void)pthread_mutex_lock(&e->lock);
        if (e->authority == NULL) {
            e->authority = m->authority;
            m->authority = NULL;
        }
        (void)pthread_mutex_unlock(&e->lock);
    }
    (void)tls_authority_free(m->authority);
    cos_free(m);
}
