/* SPDX-License-Identifier: Apache-2.0 */
/* Threads are started as jobs wait and stay until the end; one that cannot be started is no
 * error as long as there is another. An idle thread that was woken and does not run yet still
 * counts as idle, so it is held against the jobs that wait for one. */
#include "world/workers.h"

#include <signal.h>

void workers_init(struct workers *w, unsigned max_threads)
{
    *w = (struct workers){.max_threads = max_threads < WORKERS_MAX ? max_threads : WORKERS_MAX};
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->changed, NULL);
}

void workers_deinit(struct workers *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->is_stopping = true;
    (void)pthread_cond_broadcast(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->n_threads; i++) {
        (void)pthread_join(w->threads[i], NULL);
    }
    (void)pthread_cond_destroy(&w->changed);
    (void)pthread_mutex_destroy(&w->lock);
}

/* The lock is held, and there is a job. */
static void run_first(struct workers *w)
{
    struct worker_job *job = w->first;
    w->first = job->next;
    w->n_queued--;
    (void)pthread_mutex_unlock(&w->lock);
    job->run(job);
    (void)pthread_mutex_lock(&w->lock);
}

static void *worker_run(void *arg)
{
    struct workers *w = arg;
    (void)pthread_mutex_lock(&w->lock);
    while (w->first != NULL || !w->is_stopping) {
        if (w->first != NULL) {
            run_first(w);
        } else {
            w->n_idle++;
            (void)pthread_cond_wait(&w->changed, &w->lock);
            w->n_idle--;
        }
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* The lock is held. Signals are for the threads of whoever made the mock. */
static void start_thread(struct workers *w)
{
    sigset_t all;
    sigset_t old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&w->threads[w->n_threads], NULL, worker_run, w) == 0) {
        w->n_threads++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

bool workers_add(struct workers *w, struct worker_job *job)
{
    (void)pthread_mutex_lock(&w->lock);
    if (w->n_queued >= w->n_idle && w->n_threads < w->max_threads) {
        start_thread(w);
    }
    bool has_thread = w->n_threads > 0;
    if (has_thread) {
        job->next = NULL;
        *(w->first == NULL ? &w->first : &w->last->next) = job;
        w->last = job;
        w->n_queued++;
        (void)pthread_cond_signal(&w->changed);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return has_thread;
}
