/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which numbers have been used once (signature v1: Nonce with Timestamp, cn:598/13884). A ring
 * of digests: a request that is older than the clock's tolerance is refused for that, so only
 * the last few minutes matter, and 4096 calls in them are more than the service takes of one
 * caller. Made when it is needed first; no part of what a tenant keeps.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/digest.h"

enum { NONCES_MAX = 4096 };
struct nonces {
    uint64_t used[NONCES_MAX]; /* 0: none yet */
    size_t next;
};

static uint64_t digest_of(const struct nonce *n)
{
    struct cos_buf b;
    uint8_t digest[COS_SHA256_BYTES];
    cos_buf_init(&b, SIZE_MAX / 2);
    cos_buf_printf(&b, COS_SPAN_FMT "\n" COS_SPAN_FMT "\n" COS_SPAN_FMT,
                   COS_SPAN_ARG(n->secret_id), COS_SPAN_ARG(n->timestamp),
                   COS_SPAN_ARG(n->number));
    cos_sha256(digest, cos_buf_cstr(&b), b.len);
    cos_buf_deinit(&b);
    uint64_t first = 1; /* never 0 */
    for (size_t i = 0; i < sizeof(first); i++) {
        first = first << 8 | digest[i];
    }
    return first | 1;
}

static bool use(struct nonces *all, uint64_t digest)
{
    for (size_t i = 0; i < NONCES_MAX; i++) {
        if (all->used[i] == digest) {
            return false;
        }
    }
    all->used[all->next] = digest;
    all->next = (all->next + 1) % NONCES_MAX;
    return true;
}

bool world_nonce_use(struct cosmock_tenant *t, const struct nonce *n)
{
    uint64_t digest = digest_of(n);
    (void)pthread_mutex_lock(&t->lock);
    if (t->maps->nonces == NULL) {
        t->maps->nonces = cos_calloc(1, sizeof(struct nonces));
    }
    bool is_new = t->maps->nonces == NULL || use(t->maps->nonces, digest);
    (void)pthread_mutex_unlock(&t->lock);
    return is_new;
}
