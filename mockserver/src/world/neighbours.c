/* SPDX-License-Identifier: Apache-2.0 */
/* Those that a tenant has. World files tell of theirs in worldfile_documents.c. */
#include "world/neighbours.h"

#include "world/bucket_documents.h"
#include "world/domains.h"
#include "world/mock.h"

static struct neighbour neighbour_of(const struct bucket_view *v)
{
    const struct bucket *b = v->bucket;
    struct neighbour n = {.keeps_versions = bucket_stored(v).versioning == VERSIONING_ENABLED};
    (void)snprintf(n.name, sizeof(n.name), "%s", b->name);
    (void)snprintf(n.region, sizeof(n.region), "%s", b->region);
    (void)snprintf(n.owner_uin, sizeof(n.owner_uin), "%s", b->owner_uin);
    return n;
}

static bool find(void *ctx, struct cos_span name, struct neighbour *out)
{
    const struct bucket *here = ctx;
    struct bucket_view v = world_bucket_view(here->tenant, name);
    bool is_there = v.bucket != NULL;
    if (is_there) {
        *out = neighbour_of(&v);
    }
    bucket_view_release(&v);
    return is_there;
}

static bool has_domain(void *ctx, struct cos_span name)
{
    const struct bucket *here = ctx;
    return domain_is_taken(here->tenant->mock, name, here->name);
}

struct neighbours neighbours_of(const struct bucket_view *at)
{
    return (struct neighbours){at->bucket, neighbour_of(at), find, has_domain};
}
