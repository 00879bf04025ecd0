/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     UNDER_WAY -> TELLING -> OVER       (and UNDER_WAY again when a later stage waits)
 *            \
 *             -> ABANDONED               the transport is gone: when the exchange is resumed, a
 *                                        worker carries it to its end
 *
 * What is carried to its end may wait again, and for the thread that has just ended this wait,
 * a backend's: so it is a worker who carries.
 *
 * TELLING lasts as long as the transport's callback runs. It touches what belongs to the
 * transport, so neither going on nor giving up happens meanwhile: both wait for its end, which
 * is near, because a callback only mails a letter.
 */
#include "exchange/wait.h"

#include "exchange/work.h"

static void make(struct wait *w)
{
    if (!w->is_made) {
        w->is_made = true;
        (void)pthread_mutex_init(&w->lock, NULL);
        (void)pthread_cond_init(&w->changed, NULL);
    }
}

/* The lock is held. */
static void outlast_telling(struct wait *w)
{
    while (w->state == WAIT_TELLING) {
        (void)pthread_cond_wait(&w->changed, &w->lock);
    }
}

void exchange_wait(struct cosmock_exchange *x)
{
    struct wait *w = &x->wait;
    make(w);
    w->is_pending = true;
    (void)pthread_mutex_lock(&w->lock);
    w->state = WAIT_UNDER_WAY;
    (void)pthread_mutex_unlock(&w->lock);
}

void exchange_wait_cancel(struct cosmock_exchange *x)
{
    x->wait.is_pending = false;
}

static void carry(struct worker_job *job)
{
    struct cosmock_exchange *x = ((struct work *)job)->x; /* its first member */
    struct cosmock *mock = x->mock;
    x->wait.carry_on(x);
    gate_leave(&mock->abandoned);
}

static void hand_over(struct cosmock_exchange *x)
{
    struct work *w = &x->work;
    exchange_work_alone(x);
    w->x = x;
    w->job.run = carry;
    if (!workers_add(&x->mock->workers, &w->job)) {
        carry(&w->job);
    }
}

void exchange_resume(struct cosmock_exchange *x)
{
    struct wait *w = &x->wait;
    (void)pthread_mutex_lock(&w->lock);
    bool is_abandoned = w->state == WAIT_ABANDONED;
    void (*resumed)(void *ctx) = w->resumed;
    void *ctx = w->ctx;
    w->state = resumed == NULL || is_abandoned ? WAIT_OVER : WAIT_TELLING;
    (void)pthread_cond_broadcast(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
    if (is_abandoned) {
        hand_over(x);
        return;
    }
    if (resumed == NULL) {
        return; /* @x may be gone */
    }
    resumed(ctx);
    (void)pthread_mutex_lock(&w->lock);
    w->state = WAIT_OVER;
    (void)pthread_cond_broadcast(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
}

bool exchange_is_waiting(const struct cosmock_exchange *x)
{
    return x->wait.is_pending;
}

bool exchange_wait_end(struct cosmock_exchange *x)
{
    struct wait *w = &x->wait;
    (void)pthread_mutex_lock(&w->lock);
    while (w->state == WAIT_UNDER_WAY && w->resumed == NULL) {
        (void)pthread_cond_wait(&w->changed, &w->lock);
    }
    outlast_telling(w);
    bool is_over = w->state == WAIT_OVER;
    (void)pthread_mutex_unlock(&w->lock);
    w->is_pending = !is_over;
    return is_over;
}

bool exchange_abandon(struct cosmock_exchange *x, void (*carry_on)(struct cosmock_exchange *x))
{
    struct wait *w = &x->wait;
    if (!w->is_pending) {
        return false;
    }
    gate_enter(&x->mock->abandoned);
    (void)pthread_mutex_lock(&w->lock);
    outlast_telling(w);
    bool is_under_way = w->state == WAIT_UNDER_WAY;
    w->resumed = NULL;
    w->carry_on = carry_on;
    w->state = is_under_way ? WAIT_ABANDONED : WAIT_OVER;
    (void)pthread_mutex_unlock(&w->lock);
    if (!is_under_way) {
        hand_over(x);
    }
    return true;
}

void exchange_wait_deinit(struct cosmock_exchange *x)
{
    if (x->wait.is_made) {
        (void)pthread_cond_destroy(&x->wait.changed);
        (void)pthread_mutex_destroy(&x->wait.lock);
    }
}
