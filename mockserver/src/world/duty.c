/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a tenant has work by its clock: one number, which a request asks for by one load. It is
 * a row, too, so a tenant that was closed over a midnight does afterwards what it would have
 * done. What the work is, services know; here is only said that one thread at a time does it
 * and that whoever needs it done waits.
 */
#include "world/maps.h"

#include "world/rows.h"

int64_t world_due_unix_ms(struct cosmock_tenant *t)
{
    return __atomic_load_n(&t->duty.due_unix_ms, __ATOMIC_ACQUIRE);
}

int64_t world_next_unix_ms(struct cosmock_tenant *t)
{
    int64_t logs_unix_ms = __atomic_load_n(&t->logs.due_unix_ms, __ATOMIC_ACQUIRE);
    int64_t due_unix_ms = world_due_unix_ms(t);
    return logs_unix_ms < due_unix_ms ? logs_unix_ms : due_unix_ms;
}

void world_due_put(struct batch *batch, int64_t unix_ms)
{
    mark_row_put(batch, MARK_DUE, &(struct mark){.number = unix_ms});
}

void due_apply(struct cosmock_tenant *t, int64_t unix_ms)
{
    t->maps->told.due = true;
    __atomic_store_n(&t->duty.due_unix_ms, unix_ms, __ATOMIC_RELEASE);
}

void due_reset(struct cosmock_tenant *t, const struct told *told)
{
    if (!told->due) {
        __atomic_store_n(&t->duty.due_unix_ms, INT64_MAX, __ATOMIC_RELEASE);
    }
}

static bool take(struct cosmock_tenant *t, int64_t now_unix_ms)
{
    struct duty *d = &t->duty;
    (void)pthread_mutex_lock(&d->lock);
    while (d->is_under_way) {
        (void)pthread_cond_wait(&d->ended, &d->lock);
    }
    bool is_due = world_next_unix_ms(t) <= now_unix_ms;
    d->is_under_way = is_due;
    (void)pthread_mutex_unlock(&d->lock);
    return is_due;
}

void world_duty_take(struct cosmock_tenant *t)
{
    (void)take(t, INT64_MAX);
}

bool world_duty_begin(struct cosmock_tenant *t, int64_t now_unix_ms)
{
    return take(t, now_unix_ms);
}

void world_duty_end(struct cosmock_tenant *t)
{
    struct duty *d = &t->duty;
    (void)pthread_mutex_lock(&d->lock);
    d->is_under_way = false;
    (void)pthread_cond_broadcast(&d->ended);
    (void)pthread_mutex_unlock(&d->lock);
}
