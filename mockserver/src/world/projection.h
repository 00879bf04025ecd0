/* SPDX-License-Identifier: Apache-2.0 */
/* From rows to what a tenant has in memory, and from writers to rows. */
#ifndef WORLD_PROJECTION_H
#define WORLD_PROJECTION_H

#include "store/backend.h"
#include "world/world.h"

/**
 * Make what @batch says of the world, so that nothing can fail once it has happened. 0; -1: no
 * memory. Whoever commits a batch with rows of a world calls it before.
 */
COS_MUST_CHECK int world_prepare(struct cosmock_tenant *t, struct batch *batch);
/** backend.observe of a tenant's rows; @ctx is the tenant. */
void world_observe(void *ctx, const struct batch *batch);
/** Every row there is, at opening. 0, or a cosmock_status with err filled. */
int world_read_rows(struct cosmock_tenant *t, struct cosmock_error *err);
/**
 * Prepare, commit, wait; takes the batch. *c tells more about BACKEND_UNEXPECTED; NULL: nobody
 * asks. 0, or a cosmock_status with err filled, which names @what was to be kept.
 */
int world_commit(struct cosmock_tenant *t, struct batch *batch, struct commit *c,
                 const char *what, struct cosmock_error *err);

#endif
