/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordered map from byte strings to pointers: a skip list in unsigned byte order, which is
 * UTF-8 code point order. Finding, putting, removing and seeking cost O(log n), walking on
 * costs O(1). It borrows the keys: a key must live as long as its entry.
 * Threads: none of its own; its owner locks.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "cosbase/span.h"

struct index;
struct index_node; /* an entry; valid until it is removed */

struct index *index_new(void);              /* NULL: no memory */
struct index *index_free(struct index *ix); /* the values are the caller's business */
void *index_get(const struct index *ix, struct cos_span key); /* NULL: no such key */

/*
 * Changing: the nodes are in the caller's hands, who changes many keys or none. They are made
 * before the first change, and what goes is freed behind the last one. A node that is out of
 * the index begins a chain, which index_next() walks.
 */
struct index_node *index_node_new(struct index *ix); /* NULL: no memory */
/** NULL; or the key was there, and @node is out again, with the value that was replaced. */
struct index_node *index_put_node(struct index *ix, struct index_node *node,
                                  struct cos_span key, void *value);
struct index_node *index_take(struct index *ix, struct cos_span key); /* NULL: no such key */
/** A chain of all whose keys begin with @prefix; NULL: none. */
struct index_node *index_take_all(struct index *ix, struct cos_span prefix);
struct index_node *index_chain_free(struct index_node *chain); /* not the values */

/* Walking: NULL at the end. */
const struct index_node *index_first(const struct index *ix);
const struct index_node *index_seek(const struct index *ix, struct cos_span key); /* >= key */
const struct index_node *index_next(const struct index_node *node);
struct cos_span index_key(const struct index_node *node);
void *index_value(const struct index_node *node);

#endif
