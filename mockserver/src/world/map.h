/* SPDX-License-Identifier: Apache-2.0 */
/* A small hash map from byte strings to pointers; keys are copied, values are the caller's. Not
 * thread-safe. */
#ifndef WORLD_MAP_H
#define WORLD_MAP_H

#include "cosbase/span.h"

struct map_node;
struct map {
    struct map_node **slots;
    size_t n_slots, n;
};
void map_deinit(struct map *m);
void *map_get(const struct map *m, struct cos_span key); /* NULL: absent */
/** 0; -1 without memory; 1 when the key is taken (nothing changes). */
int map_put(struct map *m, struct cos_span key, void *value);
/** Replaces what stands there, which is nobody's then; fails only where no place is. 0, or -1:
 *  no memory. */
int map_set(struct map *m, struct cos_span key, void *value);
void *map_remove(struct map *m, struct cos_span key); /* the value, NULL when absent */
void map_remove_value(struct map *m, void *value);    /* every key that has it; one pass */
/** Every key for which @keeps says no; it may change the value of one that stays. */
void map_filter(struct map *m, bool (*keeps)(void *ctx, struct cos_span key, void **value),
                void *ctx);
void map_each(const struct map *m, void (*visit)(void *ctx, struct cos_span key, void *value),
              void *ctx);

#endif
