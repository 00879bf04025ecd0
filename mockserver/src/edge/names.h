/* SPDX-License-Identifier: Apache-2.0 */
/* The DNS names and addresses a certificate must carry, so that unmodified clients believe they
 * reached Tencent Cloud. */
#ifndef EDGE_NAMES_H
#define EDGE_NAMES_H

#include "cosmock/cosmock.h"

#include "cosbase/arena.h"

struct names { /* everything in the arena */
    struct cos_arena *arena;
    const char **items;
    size_t n, cap;
};
/** Collect: every form of world/host.h in every known region, every tenant's suffixes, the
 *  names the mock was told, loopback. False: no memory. */
bool names_collect(struct names *out, struct cos_arena *arena, struct cosmock *mock);
/** SHA-256 over the names, to see whether a certificate still fits. */
void names_sha(const struct names *names, char out[65]);

#endif
