/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All rows of a backend and the bytes beside them as one file, which any backend takes back.
 * Numbers are big-endian.
 *
 *     "cosmock-snapshot"  u32 format: 1
 *     of each row, in the order of memcmp of the keys:
 *         'R'  u32 bytes of the key  u32 of the value  u64 of the body  key  value  body
 *     'E'  u64 rows  u64 bytes of all bodies  SHA-256 of all before it
 *
 * The same rows make the same file, whichever backend they are in and however they came there:
 * no time, no name, no order of events. What copies of an object share is therefore written for
 * each of them. A file is believed when all of it is good, its last byte included.
 *
 * Threads: any; a struct snapshot is one thread's.
 */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include "store/backend.h"

enum snapshot_status {
    SNAPSHOT_OK = 0,
    SNAPSHOT_REFUSED = -1, /* no snapshot, a later one, or not whole */
    SNAPSHOT_NO_MEMORY = -2,
    SNAPSHOT_NO_ROOM = -3, /* the disk or the budget is full */
    SNAPSHOT_IO = -4,
};
/* Untouched on success. */
struct snapshot_error {
    enum snapshot_status status;
    /* Names the file and the place, what is wrong and what would be right. */
    char message[512];
};

/* --- saving --- */

/**
 * One state of @b, while others go on with it, to a descriptor; @name is what messages call
 * it. Memory: one reference for each row where rows are in memory anyway, else none.
 */
COS_MUST_CHECK int snapshot_write(struct backend *b, int fd, const char *name,
                                  struct snapshot_error *err);
/**
 * The same to a file (mode 0600: there are secret keys in it), which has its name when all of
 * it is on the disk. Until then an older one of that name stays (cosbase/outfile.h has the
 * exceptions).
 */
COS_MUST_CHECK int snapshot_save(struct backend *b, const char *path,
                                 struct snapshot_error *err);

/* --- loading --- */

/* A file that was read to its end and is good. */
struct snapshot;
/** Memory: the longest row, without its body. */
COS_MUST_CHECK int snapshot_open(struct snapshot **out, const char *path,
                                 struct snapshot_error *err);
/** Takes @fd, also on failure: a regular file, read from its beginning. @name is copied. */
COS_MUST_CHECK int snapshot_read(struct snapshot **out, int fd, const char *name,
                                 struct snapshot_error *err);
struct snapshot *snapshot_free(struct snapshot *s);
const char *snapshot_name(const struct snapshot *s);

/* What a file says of a row. */
struct snapshot_row {
    uint64_t number; /* from 1 */
    struct cos_span key, value;
    uint64_t body_bytes;
};
/** @row is borrowed for the call. A status; other than 0: no more, and *err says why. */
typedef int snapshot_visit(void *ctx, const struct snapshot_row *row,
                           struct snapshot_error *err);
COS_MUST_CHECK int snapshot_each(struct snapshot *s, snapshot_visit *visit, void *ctx,
                                 struct snapshot_error *err);
/**
 * When @batch is committed to @b, the rows of @s are put one behind the other (all of them, or
 * those that @is_poured says, if not NULL); bodies go through the writer of @b. @s is read on
 * the committing thread and outlives the commit. One batch, so all of it or nothing; memory:
 * the longest row, and what the backend keeps of one.
 */
void snapshot_pour(struct snapshot *s, struct backend *b,
                   bool (*is_poured)(struct cos_span key), struct batch *batch);
/** A commit that failed because of @s or of a body of it: *out says why. False: of else. */
bool snapshot_trouble(const struct snapshot *s, struct snapshot_error *out);

COS_CLEANUP_DEFINE(struct snapshot *, snapshot_free)

#endif
