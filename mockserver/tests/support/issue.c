/* SPDX-License-Identifier: Apache-2.0 */
/* Claim, batch, commit: the steps of services/sts.c, one behind the other. */
#include "issue.h"

#include "world/projection.h"

struct access_key *issue_key(struct cosmock_tenant *t, const struct key_grant *grant)
{
    struct cos_arena arena;
    struct cos_span id;
    struct access_key *key = NULL;
    struct batch *batch = batch_new();
    cos_arena_init(&arena, 1u << 16);
    if (world_key_grant(t, batch, grant, &id, &arena) < 0) {
        (void)batch_free(batch);
    } else if (world_commit(t, batch, /* c= */ NULL, "a key", /* err= */ NULL) < 0) {
        world_key_give_up(t, id);
    } else {
        key = world_key_find(t, id);
    }
    cos_arena_deinit(&arena);
    return key;
}
