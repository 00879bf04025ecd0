/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The versions of a key: the latest stands in a row that is looked up by the key alone, an
 * object's or a delete marker's; the older ones in rows behind each other, newest first. A key
 * that has versions has a latest one. Ids and what becomes of them: cos-operations-1.md s.2.
 */
#ifndef STORE_VERSIONS_H
#define STORE_VERSIONS_H

#include "store/objects.h"

/* --- names --- */

enum version_kind {
    VERSION_LATEST, /* none is named */
    VERSION_NULL,   /* the one without an id */
    VERSION_ID,
    VERSION_UNKNOWN, /* a text that is no id */
};
struct version_name {
    enum version_kind kind;
    uint64_t order; /* of an id */
};
struct version_name version_name_read(struct cos_span text);
#define VERSION_NAME_BYTES 32
/** "null", or the base64 without padding of what an id is: 2^64-1 less the microseconds of its
 *  birth, in decimal (cos-wire.md s.2.0). */
struct cos_span version_name_write(char room[VERSION_NAME_BYTES], const struct version *v);

/* --- one of them --- */

/** STORE_NO_VERSION, or of the latest as objects_get(). A marker is found, too. */
enum store_result versions_get(struct backend *rows, const struct store_bucket *b,
                               struct cos_span key, struct version_name name,
                               struct object *out);
/** The latest, where that is a delete marker; else STORE_NO_KEY. */
enum store_result versions_get_marker(struct backend *rows, const struct store_bucket *b,
                                      struct cos_span key, struct object *out);
/** For good; the next older one becomes the latest when @o was it. Else: STORE_CHANGED. */
enum store_result versions_delete(struct batch *batch, struct backend *rows,
                                  const struct store_bucket *b, const struct object *o);

/**
 * What has an id already, of another bucket of the same key: the version @as, a marker perhaps,
 * in its place among those of its key. STORE_EXISTS: that id is taken. Where there are versions
 * only; else as objects_put().
 */
enum store_result versions_put_as(struct batch *batch, struct backend *rows,
                                  const struct store_bucket *b,
                                  const struct object_draft *draft, const struct version *as);

/* --- pages --- */

struct versions_query {
    /* empty: none; key_marker is exclusive, and may be a common prefix */
    struct cos_span prefix, delimiter, key_marker;
    /* of the key that is the marker: those behind this one, or none */
    struct version_name version_marker;
    unsigned max_items;
};
struct versions_item {
    struct cos_span name; /* the key, or the common prefix; in the row */
    bool is_prefix;
    bool is_latest;
    struct object object; /* its row is a reference; of a prefix the first of it, not read */
};
struct versions_page {
    struct versions_item *items; /* by key, the newest of a key first */
    size_t n_items;
    bool is_truncated;
};
enum store_result versions_list(struct backend *rows, const struct store_bucket *b,
                                const struct versions_query *q, struct versions_page *out);
void versions_page_deinit(struct versions_page *page);

#endif
