/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue and a thread. A group that the disk refuses is tried again batch by batch. On a full
 * disk a deletion gets the slack, and the room in the log that is written back already. Who
 * waits is told on this thread, when all of the group is in the cache and the observers know
 * it.
 */
#include "store/directory_writer.h"

#include "cosbase/alloc.h"
#include "store/directory_slack.h"

#include <pthread.h>

/* Somebody who needs the writer's things for himself. */
struct loan {
    struct loan *next;
    enum backend_result (*use)(struct shelf *s, void *ctx, char reason[REASON_BYTES]);
    void *ctx;
    struct commit *commit;
};
struct writer {
    pthread_t thread;
    struct shelf shelf;   /* the thread's */
    struct slack slack;   /* the same */
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t woken;
    struct job *first, **last;
    struct loan *loans;
    bool has_trash, wants_stop;
};

/* --- telling --- */

static void observe(const struct job *job)
{
    const struct backend *b = job->backend;
    if (b != NULL && b->observe != NULL && job->commit->result == BACKEND_OK) {
        b->observe(b->observe_ctx, job->batch);
    }
}

static void tell(struct job *job)
{
    while (job != NULL) {
        struct job *next = job->next;
        struct commit *c = job->commit;
        batch_free(job->batch);
        if (job->is_copy) {
            cos_free(job);
        }
        c->done(c); /* whose *job and *c are gone behind it */
        job = next;
    }
}

static bool only_deletes(const struct job *job)
{
    bool result = job->apply != group_apply_space &&
                  (job->batch == NULL || batch_source(job->batch) == NULL);
    for (size_t i = 0; job->batch != NULL && i < batch_size(job->batch); i++) {
        result = result && batch_change(job->batch, i).row == NULL;
    }
    return result;
}

static enum backend_result keep_one(struct writer *w, struct job *job,
                                    char reason[REASON_BYTES])
{
    bool deletes = only_deletes(job);
    if (!deletes && !slack_take(&w->slack)) {
        (void)snprintf(reason, REASON_BYTES,
                       "no room: the disk is full, or a limit is reached");
        return BACKEND_NO_ROOM;
    }
    enum backend_result result = group_keep(&w->shelf, job, reason);
    if (result == BACKEND_NO_ROOM && deletes) {
        slack_give(&w->slack);
        (void)db_checkpoint(w->shelf.db);
        result = group_keep(&w->shelf, job, reason);
    }
    return result;
}

/* Each of them, one behind the other: whatever is wrong with one is not the others' fault. */
static void keep_singly(struct writer *w, struct job *jobs)
{
    for (struct job *job = jobs; job != NULL;) {
        struct job *next = job->next;
        char reason[REASON_BYTES] = "";
        job->next = NULL;
        enum backend_result result = keep_one(w, job, reason);
        if (result != BACKEND_OK) {
            job->commit->result = result;
            memcpy(job->commit->reason, reason, sizeof(reason));
        }
        observe(job);
        job->next = next;
        job = next;
    }
}

static void keep_all(struct writer *w, struct job *jobs)
{
    char reason[REASON_BYTES] = "";
    if (slack_take(&w->slack) && group_keep(&w->shelf, jobs, reason) == BACKEND_OK) {
        for (const struct job *job = jobs; job != NULL; job = job->next) {
            observe(job);
        }
    } else {
        keep_singly(w, jobs);
    }
    tell(jobs);
}

static void lend(struct writer *w, struct loan *loans)
{
    while (loans != NULL) {
        struct loan *next = loans->next;
        struct commit *c = loans->commit;
        c->result = reads_damaged(w->shelf.reads, c->reason)
                        ? BACKEND_IO
                        : loans->use(&w->shelf, loans->ctx, c->reason);
        c->done(c);
        loans = next;
    }
}

/* --- the thread --- */

struct work {
    struct job *jobs;
    struct loan *loans;
    bool stops;
};

/* What there is to do, without waiting when @is_busy. */
static struct work take_work(struct writer *w, bool is_busy)
{
    (void)pthread_mutex_lock(&w->lock);
    while (!is_busy && w->first == NULL && w->loans == NULL && !w->has_trash &&
           !w->wants_stop) {
        (void)pthread_cond_wait(&w->woken, &w->lock);
    }
    struct work work = {.jobs = w->first, .loans = w->loans, .stops = w->wants_stop};
    w->first = NULL;
    w->last = &w->first;
    w->loans = NULL;
    w->has_trash = false;
    (void)pthread_mutex_unlock(&w->lock);
    return work;
}

static void *run(void *ctx)
{
    struct writer *w = ctx;
    bool is_busy = false;
    for (;;) {
        struct work work = take_work(w, is_busy);
        if (work.jobs != NULL) {
            keep_all(w, work.jobs);
        }
        lend(w, work.loans);
        is_busy = room_free(&w->shelf);
        if (work.stops && work.jobs == NULL && !is_busy) {
            return NULL;
        }
    }
}

static void wake(void *ctx)
{
    struct writer *w = ctx;
    (void)pthread_mutex_lock(&w->lock);
    w->has_trash = true;
    (void)pthread_cond_signal(&w->woken);
    (void)pthread_mutex_unlock(&w->lock);
}

struct writer *writer_start(const struct shelf *shelf)
{
    struct writer *w = cos_calloc(1, sizeof(*w));
    if (w == NULL) {
        return NULL;
    }
    w->shelf = *shelf;
    slack_open(&w->slack, shelf->folder_fd);
    w->last = &w->first;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->woken, NULL);
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        slack_close(&w->slack);
        (void)pthread_cond_destroy(&w->woken);
        (void)pthread_mutex_destroy(&w->lock);
        return cos_free(w);
    }
    chunks_on_trash(shelf->chunks, wake, w);
    reads_on_leave(shelf->reads, wake, w);
    return w;
}

struct writer *writer_stop(struct writer *w)
{
    if (w == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&w->lock);
    w->wants_stop = true;
    (void)pthread_cond_signal(&w->woken);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    chunks_on_trash(w->shelf.chunks, NULL, NULL);
    reads_on_leave(w->shelf.reads, NULL, NULL);
    if (w->shelf.active != NULL) {
        chunks_file_unref(w->shelf.chunks, w->shelf.active);
    }
    cos_free(w->shelf.freed);
    slack_close(&w->slack);
    (void)pthread_cond_destroy(&w->woken);
    (void)pthread_mutex_destroy(&w->lock);
    return cos_free(w);
}

/* --- asking --- */

static void queue(struct writer *w, struct job *job)
{
    job->next = NULL;
    (void)pthread_mutex_lock(&w->lock);
    *w->last = job;
    w->last = &job->next;
    (void)pthread_cond_signal(&w->woken);
    (void)pthread_mutex_unlock(&w->lock);
}

bool writer_commit(struct writer *w, const struct job *job)
{
    struct job *copy = batch_failed(job->batch) ? NULL : cos_malloc(sizeof(*copy));
    if (copy == NULL) {
        job->commit->result = BACKEND_NOMEM;
        batch_free(job->batch);
        return true;
    }
    *copy = *job;
    copy->is_copy = true;
    queue(w, copy);
    return false;
}

/* One who waits. */
struct waiter {
    pthread_mutex_t lock; /* guards is_done */
    pthread_cond_t woken;
    bool is_done;
};

static void wake_waiter(struct commit *c)
{
    struct waiter *waiter = c->ctx;
    (void)pthread_mutex_lock(&waiter->lock);
    waiter->is_done = true;
    (void)pthread_cond_signal(&waiter->woken);
    (void)pthread_mutex_unlock(&waiter->lock);
}

static void wait_for(struct waiter *waiter)
{
    (void)pthread_mutex_lock(&waiter->lock);
    while (!waiter->is_done) {
        (void)pthread_cond_wait(&waiter->woken, &waiter->lock);
    }
    (void)pthread_mutex_unlock(&waiter->lock);
}

enum backend_result writer_do(struct writer *w, struct job *job)
{
    struct waiter waiter = {.lock = PTHREAD_MUTEX_INITIALIZER,
                            .woken = PTHREAD_COND_INITIALIZER};
    job->commit->done = wake_waiter;
    job->commit->ctx = &waiter;
    queue(w, job);
    wait_for(&waiter);
    return job->commit->result;
}

enum backend_result writer_borrow(struct writer *w,
                                  enum backend_result (*use)(struct shelf *s, void *ctx,
                                                             char reason[REASON_BYTES]),
                                  void *ctx, struct commit *c)
{
    struct waiter waiter = {.lock = PTHREAD_MUTEX_INITIALIZER,
                            .woken = PTHREAD_COND_INITIALIZER};
    struct loan loan = {.use = use, .ctx = ctx, .commit = c};
    c->done = wake_waiter;
    c->ctx = &waiter;
    (void)pthread_mutex_lock(&w->lock);
    loan.next = w->loans;
    w->loans = &loan;
    (void)pthread_cond_signal(&w->woken);
    (void)pthread_mutex_unlock(&w->lock);
    wait_for(&waiter);
    return c->result;
}
