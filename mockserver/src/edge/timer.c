/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted list and one thread that sleeps until its head is due. Delays are rare and few, so a
 * list does. The functions are called without the lock.
 */
#include "edge/timer.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "edge/socket.h"

#include <pthread.h>

struct due {
    int64_t at_mono_ns;
    void (*fire)(void *ctx);
    void *ctx;
    struct due *next;
};
struct edge_timer {
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t changed;
    struct due *first;
    bool has_thread, hurry, stop;
    pthread_t thread;
};

static struct timespec as_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
}

/* With the lock: the next entry that is due, taken off the list; NULL: none yet. */
static struct due *take_due(struct edge_timer *t)
{
    struct due *d = t->first;

    if (d == NULL || (!t->hurry && d->at_mono_ns > cos_system_mono_ns())) {
        return NULL;
    }
    t->first = d->next;
    return d;
}

static void wait_for_change(struct edge_timer *t)
{
    if (t->first == NULL) {
        (void)pthread_cond_wait(&t->changed, &t->lock);
    } else {
        struct timespec at = as_timespec(t->first->at_mono_ns);

        (void)pthread_cond_timedwait(&t->changed, &t->lock, &at);
    }
}

static void *timer_run(void *arg)
{
    struct edge_timer *t = arg;

    (void)pthread_mutex_lock(&t->lock);
    for (;;) {
        struct due *d = take_due(t);

        if (d != NULL) {
            (void)pthread_mutex_unlock(&t->lock);
            d->fire(d->ctx);
            cos_free(d);
            (void)pthread_mutex_lock(&t->lock);
        } else if (t->stop) {
            break;
        } else {
            wait_for_change(t);
        }
    }
    (void)pthread_mutex_unlock(&t->lock);
    return NULL;
}

struct edge_timer *edge_timer_new(void)
{
    struct edge_timer *t = cos_calloc(1, sizeof(*t));

    if (t == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&t->lock, NULL);
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&t->changed, &attr);
    (void)pthread_condattr_destroy(&attr);
    return t;
}

static bool start_thread(struct edge_timer *t)
{
    if (!t->has_thread) {
        sigset_t old;
        socket_signals_block(&old);
        t->has_thread = pthread_create(&t->thread, NULL, timer_run, t) == 0;
        socket_signals_restore(&old);
    }
    return t->has_thread;
}

int edge_timer_add(struct edge_timer *t, int64_t delay_ms, void (*fire)(void *ctx), void *ctx)
{
    struct due *d = cos_calloc(1, sizeof(*d));
    struct due **at = &t->first;

    if (d == NULL) {
        return -1;
    }
    d->at_mono_ns = cos_system_mono_ns() + delay_ms * 1000000;
    d->fire = fire;
    d->ctx = ctx;
    (void)pthread_mutex_lock(&t->lock);
    bool ok = start_thread(t);
    if (ok) {
        while (*at != NULL && (*at)->at_mono_ns <= d->at_mono_ns) {
            at = &(*at)->next;
        }
        d->next = *at;
        *at = d;
        (void)pthread_cond_signal(&t->changed);
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (!ok) {
        cos_free(d);
        return -1;
    }
    return 0;
}

void edge_timer_flush(struct edge_timer *t)
{
    (void)pthread_mutex_lock(&t->lock);
    t->hurry = true;
    (void)pthread_cond_signal(&t->changed);
    (void)pthread_mutex_unlock(&t->lock);
}

struct edge_timer *edge_timer_free(struct edge_timer *t)
{
    if (t == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&t->lock);
    t->hurry = true;
    t->stop = true;
    (void)pthread_cond_signal(&t->changed);
    (void)pthread_mutex_unlock(&t->lock);
    if (t->has_thread) {
        (void)pthread_join(t->thread, NULL);
    }
    (void)pthread_cond_destroy(&t->changed);
    (void)pthread_mutex_destroy(&t->lock);
    return cos_free(t);
}
