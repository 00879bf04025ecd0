/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 of large bodies, in threads of its own while they come: it is four fifths of what a large
 * PUT costs. Each body is a line of chunks, hashed in order by one thread at a time; the chunks
 * are the blob's own segments, so nothing is copied, or parts of its file, which are read
 * again. There is no bound on how far a line is behind but the body's.
 */
#ifndef STORE_DIGEST_POOL_H
#define STORE_DIGEST_POOL_H

#include "cosbase/digest.h"
#include "store/blob.h"

#include <pthread.h>

#define DIGEST_THREADS_MAX 64
/* Below it a thread's waking costs as much as it saves: MD5 of a MiB is 1.4 ms. */
#define DIGEST_LINE_MIN_BYTES (UINT64_C(1) << 20)

struct digest_line;
/* Any thread. */
struct digest_pool {
    unsigned max_threads; /* 0: none; set before the first line, at most DIGEST_THREADS_MAX */
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t changed;
    struct digest_line *first, *last; /* wait for a thread */
    unsigned n_lines, n_threads;
    unsigned n_under_way, n_at_work; /* lines that wait or are hashed; threads that hash */
    bool is_stopping;
    pthread_t threads[DIGEST_THREADS_MAX];
};
/** Starts no thread: the first line does. */
void digest_pool_init(struct digest_pool *p, unsigned max_threads);
/** Every line has been freed. Blocks until what they left is let go. */
void digest_pool_deinit(struct digest_pool *p);

/* --- lines; one thread --- */

/** NULL: no thread, or no memory; whoever asked hashes by himself. */
struct digest_line *digest_line_new(struct digest_pool *p);
/**
 * What was added to @w since the last time. False: no memory, and nothing more is hashed.
 *
 * @w           one that can share, always the same
 */
COS_MUST_CHECK bool digest_line_add(struct digest_line *l, const struct blob_writer *w);
/**
 * @w is complete. Returns whether there is something to wait for: then @done is called once, on
 * a thread of the pool, perhaps before this returns. It may free the line.
 * Errors: -1: no memory
 */
COS_MUST_CHECK int digest_line_end(struct digest_line *l, const struct blob_writer *w,
                                   void (*done)(void *ctx), void *ctx);
/** Behind the end, and what was to be waited for. False: some of it could not be read again. */
COS_MUST_CHECK bool digest_line_md5(struct digest_line *l, uint8_t out[COS_MD5_BYTES]);
/** At any time but while @done is due: what is not hashed yet is forgotten. */
struct digest_line *digest_line_free(struct digest_line *l);

#endif
