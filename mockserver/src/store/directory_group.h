/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches that are kept together: one transaction of the database, one write to the segment.
 * Either all of a group is kept or nothing; a batch whose expectation does not hold changes
 * nothing and hinders nobody. All of it is the writer's thread alone.
 */
#ifndef STORE_DIRECTORY_GROUP_H
#define STORE_DIRECTORY_GROUP_H

#include "store/directory_shelf.h"

struct group;
struct job {
    struct job *next;
    /* OK as well when an expectation does not hold: then the commit's result says so. */
    enum backend_result (*apply)(struct group *g, struct job *job);
    struct backend *backend; /* whose observer is told; NULL: nobody */
    uint64_t space;
    struct batch *batch;  /* NULL: none */
    struct cos_span name; /* of a tenant; borrowed */
    struct commit *commit;
    bool is_copy; /* freed when it is done */
};

/** Keep them, or nothing: then *reason says why. Behind OK each commit has its result. */
enum backend_result group_keep(struct shelf *s, struct job *jobs, char reason[REASON_BYTES]);

enum backend_result group_apply_batch(struct group *g, struct job *job);
/** A space for job->name: job->space is its number. */
enum backend_result group_apply_space(struct group *g, struct job *job);
/** All that is in job->space, and its name. */
enum backend_result group_apply_drop(struct group *g, struct job *job);

#endif
