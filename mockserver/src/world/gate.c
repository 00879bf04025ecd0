/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaving takes the lock only when it may leave the gate empty, so a busy server does not meet
 * there. It counts the last one out with the lock held: whoever waits may take the gate down as
 * soon as he has seen it empty, and sees that with the lock held, too.
 */
#include "world/gate.h"

#include "cosbase/clock.h"

void gate_init(struct gate *g)
{
    pthread_condattr_t attr;
    g->inside = 0;
    (void)pthread_mutex_init(&g->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&g->empty, &attr);
    (void)pthread_condattr_destroy(&attr);
}

void gate_deinit(struct gate *g)
{
    (void)pthread_cond_destroy(&g->empty);
    (void)pthread_mutex_destroy(&g->lock);
}

void gate_enter(struct gate *g)
{
    (void)__atomic_add_fetch(&g->inside, 1, __ATOMIC_SEQ_CST);
}

void gate_leave(struct gate *g)
{
    unsigned inside = __atomic_load_n(&g->inside, __ATOMIC_SEQ_CST);
    while (inside > 1) {
        if (__atomic_compare_exchange_n(&g->inside, &inside, inside - 1, /* weak= */ true,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            return;
        }
    }
    (void)pthread_mutex_lock(&g->lock);
    if (__atomic_sub_fetch(&g->inside, 1, __ATOMIC_SEQ_CST) == 0) {
        (void)pthread_cond_broadcast(&g->empty);
    }
    (void)pthread_mutex_unlock(&g->lock);
}

bool gate_wait_empty(struct gate *g, int64_t timeout_ms)
{
    int64_t deadline = cos_system_mono_ns() + timeout_ms * 1000000;
    struct timespec at = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    (void)pthread_mutex_lock(&g->lock);
    while (__atomic_load_n(&g->inside, __ATOMIC_SEQ_CST) > 0 &&
           pthread_cond_timedwait(&g->empty, &g->lock, &at) == 0) {
    }
    bool is_empty = __atomic_load_n(&g->inside, __ATOMIC_SEQ_CST) == 0;
    (void)pthread_mutex_unlock(&g->lock);
    return is_empty;
}
