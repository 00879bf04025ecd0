/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena: many small allocations that die together. The first block is inline-sized (4 KiB)
 * so that a short exchange allocates once. Memory is aligned for any type. Not thread-safe.
 */
#ifndef COSBASE_ARENA_H
#define COSBASE_ARENA_H

#include "cosbase/span.h"

struct cos_arena_block;
struct cos_arena {
    struct cos_arena_block *blocks;
    size_t used_bytes, max_bytes;
    bool failed; /* sticky, as in cos_buf */
};

void cos_arena_init(struct cos_arena *a, size_t max_bytes);
void cos_arena_deinit(struct cos_arena *a); /* wipes and frees everything */
/** Wipe everything, free all but a first block: the next short exchange allocates nothing. */
void cos_arena_clear(struct cos_arena *a);
COS_MUST_CHECK void *cos_arena_alloc(struct cos_arena *a,
                                     size_t bytes); /* zeroed; NULL on failure */
COS_MUST_CHECK void *cos_arena_array(struct cos_arena *a, size_t n, size_t bytes);
/** Copies, NUL-terminated (the NUL is not counted). On failure: the empty span / NULL, and
 *  a->failed. */
struct cos_span cos_arena_span(struct cos_arena *a, struct cos_span s);
const char *cos_arena_str(struct cos_arena *a, struct cos_span s);
struct cos_span cos_arena_join(struct cos_arena *a, const struct cos_span *parts, size_t n);
struct cos_span cos_arena_printf(struct cos_arena *a, const char *fmt, ...) COS_PRINTF(2, 3);
struct cos_span cos_arena_lower(struct cos_arena *a,
                                struct cos_span s); /* ASCII lower-case copy */

COS_CLEANUP_DEINIT_DEFINE(struct cos_arena, cos_arena_deinit)

#endif
