/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The buckets that a configuration of one of them may speak of: where its logs go, what its
 * rules copy to, whose a domain is. They are those of a tenant, or those that a world file is
 * about to make; who judges a configuration need not know.
 */
#ifndef WORLD_NEIGHBOURS_H
#define WORLD_NEIGHBOURS_H

#include "world/world.h"

struct neighbour {
    char name[80], region[40], owner_uin[24];
    bool keeps_versions;
};
struct neighbours {
    void *ctx;
    struct neighbour here; /* the bucket that is configured */
    /** False: there is none of that name. */
    bool (*find)(void *ctx, struct cos_span name, struct neighbour *out);
    /** A bucket but this one names the domain (any case), switched on or off. */
    bool (*has_domain)(void *ctx, struct cos_span name);
};

/** Those of the tenant of @at, which is borrowed for as long as they are asked. */
struct neighbours neighbours_of(const struct bucket_view *at);

#endif
