/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Care for a data directory that serves nobody meanwhile: what is in it, whether it is whole,
 * and less of it on the disk. What each costs grows with what is stored.
 */
#ifndef STORE_DIRECTORY_CARE_H
#define STORE_DIRECTORY_CARE_H

#include "store/directory.h"

struct directory_info {
    unsigned format; /* of its files */
    uint64_t tenants, rows, rows_with_bytes;
    uint64_t chunks, chunk_bytes; /* of bodies that rows use; a shared one counts once */
    uint64_t files, file_bytes;   /* in chunks/: what they take of the disk */
    uint64_t row_bytes;           /* rows.db and its log */
    uint64_t slack_bytes;         /* what is there for a full disk */
};
enum backend_result directory_info(struct directory *d, struct directory_info *out,
                                   struct commit *c);

struct directory_check {
    /* A sentence for each thing that is wrong. */
    void (*complaint)(void *ctx, const char *text);
    /* Each row, whose bytes can be read: what they should be its owner knows. NULL: nobody. */
    void (*row)(void *ctx, struct cos_span tenant, struct row *row);
    void *ctx;
};
/** Change nothing, look at all there is. What is wrong is a complaint, not a failure. */
enum backend_result directory_check(struct directory *d, const struct directory_check *check,
                                    struct commit *c);

struct directory_progress {
    /* So many bytes of bodies have been moved; on the writer's thread. */
    void (*moved)(void *ctx, uint64_t bytes);
    void *ctx;
};
/** Move what is left in sparse segments together; write the database anew without gaps.
 *  @progress NULL: nobody looks on. */
enum backend_result directory_compact(struct directory *d,
                                      const struct directory_progress *progress,
                                      struct commit *c);

#endif
