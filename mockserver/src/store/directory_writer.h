/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that writes. What is queued when it comes round is one group; while it
 * writes, the next one gathers.
 */
#ifndef STORE_DIRECTORY_WRITER_H
#define STORE_DIRECTORY_WRITER_H

#include "store/directory_group.h"

struct writer;
/** Takes what is in @shelf on success. NULL: no memory, or no thread. */
struct writer *writer_start(const struct shelf *shelf);
/** What is queued is kept first. */
struct writer *writer_stop(struct writer *w);

/** As a backend's commit(). Takes job->batch; the rest of *job is copied. */
bool writer_commit(struct writer *w, const struct job *job);
/** Do it and wait; job->space is set by who applies it. */
enum backend_result writer_do(struct writer *w, struct job *job);
/** Between two groups, on the writer's thread; waits for it. */
enum backend_result writer_borrow(struct writer *w,
                                  enum backend_result (*use)(struct shelf *s, void *ctx,
                                                             char reason[REASON_BYTES]),
                                  void *ctx, struct commit *c);

#endif
