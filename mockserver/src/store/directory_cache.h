/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that were read or written lately, with their small bodies, in memory. A reader who
 * found nothing offers what the database said; the writer shuts what a group of batches
 * touches before the group is committed and opens it behind, so that nothing older than a
 * commit comes in. Any thread; shut, settle and open are the writer's.
 */
#ifndef STORE_DIRECTORY_CACHE_H
#define STORE_DIRECTORY_CACHE_H

#include "store/backend.h"

/* Larger bodies are read from their files each time. */
#define CACHE_BODY_BYTES ((uint64_t)64 << 10)

struct cache;
struct cache *cache_new(uint64_t limit_bytes); /* NULL: no memory */
struct cache *cache_free(struct cache *c);

/** A reference, or NULL and the @ticket with which the row may be offered. */
struct row *cache_get(struct cache *c, uint64_t space, struct cos_span key, uint64_t *ticket);
void cache_offer(struct cache *c, uint64_t space, struct row *row, uint64_t ticket);

/** Of which parts a group holds the door. */
typedef uint64_t cache_doors;
/**
 * The row of @key is not in it any more, and no reader brings it back before the door opens.
 */
void cache_shut(struct cache *c, uint64_t space, struct cos_span key, cache_doors *doors);
/** Behind the commit: the row as it is now; @row NULL: there is none. */
void cache_settle(struct cache *c, uint64_t space, struct cos_span key, struct row *row);
void cache_open(struct cache *c, cache_doors *doors);

#endif
