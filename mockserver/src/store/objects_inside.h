/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind store/objects.h have in common, and nobody else needs: buckets.c,
 * facets.c, objects.c, pages.c, uploads.c, versions.c.
 */
#ifndef STORE_OBJECTS_INSIDE_H
#define STORE_OBJECTS_INSIDE_H

#include "cosbase/buf.h"
#include "store/objects.h"
#include "store/rowkey.h"

#define OBJECTS_VALUE_MAX_BYTES ((size_t)64 << 20)
#define OBJECT_HEAD_BYTES 5 /* of its key: the kind, the bucket */

enum store_result objects_result(enum backend_result r);
struct rowkey objects_rowkey(enum rowkey_kind kind, uint32_t bucket_id, struct cos_span name);

/* --- reading --- */

/** As objects_get(), by the key of any row. */
enum store_result objects_get_row(struct backend *rows, struct cos_span key,
                                  struct object *out);
/** The row of @key, as a reference. @absent: what it means that there is none. */
enum store_result objects_fetch(struct backend *rows, struct cos_span key,
                                enum store_result absent, struct row **out);
/** All rows whose key begins with @prefix, from @from on. */
enum store_result objects_scan(struct backend *rows, struct cos_span prefix,
                               struct cos_span from, scan_visit *visit, void *ctx);
/** False: not the key of an upload, or of a later cosmock. */
bool uploads_key_read(const struct row *row, struct rowkey *out);
/** The order of what is born then. */
uint64_t objects_order(int64_t unix_ms, unsigned us);

/* --- adding to a batch --- */

void objects_expect(struct batch *batch, enum expectation_kind kind, struct cos_span key,
                    enum store_result tag);
/** It is there still, and the same one. One without a row is put by the same batch. */
void objects_expect_same_bucket(struct batch *batch, const struct store_bucket *b);
/** Takes the value and the reference to @blob. */
void objects_put_row(struct batch *batch, struct cos_span key, struct cos_buf *value,
                     struct blob *blob);
/** Pairs, of which @out begins anew. */
void objects_write_headers(struct cos_buf *out, const struct object_draft *draft);
void objects_write_facets(struct cos_buf *out, const struct facet_values *facets);
/** The bucket is there, and its versioning is what @b says. */
void objects_expect_bucket(struct batch *batch, const struct store_bucket *b);
/** Else: STORE_CHANGED. */
void objects_expect_same(struct batch *batch, const struct row *row);
/** What @draft says, under @key, as that version; all zero: there are none. Takes the blob. */
void objects_put_draft(struct batch *batch, struct cos_span key,
                       const struct object_draft *draft, const struct version *version);
/** The same version under another key, which says what it is now. */
void objects_move(struct batch *batch, struct cos_span key, const struct object *o);
/**
 * Of a bucket with versions: the latest makes room for another one, whose key and time @draft
 * has, and which comes a moment later where there is one of that time. *next: which one it is.
 */
enum store_result versions_succeed(struct batch *batch, struct backend *rows,
                                   const struct store_bucket *b,
                                   const struct object_draft *draft, struct version *next);

/* --- pages --- */

/** @items with room for one more; NULL: no memory. */
void *objects_grown(void *items, size_t n, size_t *cap, size_t item_bytes);
/** The part of @key that rolls up into one common prefix: up to and with the first delimiter
 *  behind @prefix. len 0: none. */
struct cos_span objects_common_prefix(struct cos_span key, struct cos_span prefix,
                                      struct cos_span delimiter);
/** The first key behind @key itself, which lies in @room. */
struct cos_span objects_next_key(struct rowkey_room *room, struct cos_span key);

#endif
