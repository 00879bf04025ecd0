/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads for what takes long: a request's computing over many bytes or rows, so that the loops
 * go on serving. A job runs once and should be over soon: long work is cut into jobs, and each
 * stands behind those that wait already. Any thread.
 */
#ifndef WORLD_WORKERS_H
#define WORLD_WORKERS_H

#include "cosbase/base.h"

#include <pthread.h>

#define WORKERS_MAX 64

/* Lives in what it works on, which may be gone when run() has returned. */
struct worker_job {
    void (*run)(struct worker_job *job);
    struct worker_job *next; /* the queue's */
};
struct workers {
    unsigned max_threads; /* set before the first job, 1 to WORKERS_MAX */
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t changed;
    struct worker_job *first, *last; /* wait for a thread */
    unsigned n_queued;               /* those */
    unsigned n_threads, n_idle;
    bool is_stopping;
    pthread_t threads[WORKERS_MAX];
};
/** Starts no thread: the first job does. */
void workers_init(struct workers *w, unsigned max_threads);
/** Blocks until every job has run. */
void workers_deinit(struct workers *w);
/** False: there is no thread; whoever asked works by himself. */
COS_MUST_CHECK bool workers_add(struct workers *w, struct worker_job *job);

#endif
