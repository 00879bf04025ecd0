/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks; the only file that asks the kernel for the time. Waits use a condition variable bound
 * to CLOCK_MONOTONIC, so a step of the wall clock neither shortens nor lengthens them. A wake
 * that finds nobody waiting is remembered in `wake_pending` and taken by the next wait: a
 * stopper that calls wake() just before its thread falls asleep is never lost.
 */
#include "cosbase/clock.h"

#include "cosbase/alloc.h"

#include <pthread.h>

/* A condition wait is cut into pieces of at most this, to keep deadlines like INT64_MAX out of
 * struct timespec. */
#define LONGEST_WAIT_MS (INT64_C(24) * 3600 * 1000)

/* Further away than this means "until woken": an auto-advancing clock must not jump there, it
 * would overflow. */
#define NEVER_MS (INT64_C(36500) * 24 * 3600 * 1000)

struct clock_impl {
    struct cos_clock clock; /* its ctx points back here */
    bool is_manual, auto_advance;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    int64_t manual_unix_ms, manual_mono_ms;
    unsigned n_waiting;
    uint64_t n_wakes;
    bool wake_pending;
};

static int64_t read_ns(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now); /* cannot fail for these two clocks and a valid address */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t system_unix_ms(void *ctx)
{
    return cos_system_unix_ms();
}

static int64_t system_mono_ms(void *ctx)
{
    return cos_system_mono_ns() / 1000000;
}

static int64_t manual_unix_ms(void *ctx)
{
    struct clock_impl *c = ctx;
    (void)pthread_mutex_lock(&c->lock);
    int64_t now = c->manual_unix_ms;
    (void)pthread_mutex_unlock(&c->lock);
    return now;
}

static int64_t manual_mono_ms(void *ctx)
{
    struct clock_impl *c = ctx;
    (void)pthread_mutex_lock(&c->lock);
    int64_t now = c->manual_mono_ms;
    (void)pthread_mutex_unlock(&c->lock);
    return now;
}

static void wait_piece(struct clock_impl *c, int64_t now_ms, int64_t deadline_ms)
{
    if (c->is_manual) {
        (void)pthread_cond_wait(&c->changed, &c->lock);
        return;
    }
    int64_t until_ms = deadline_ms;
    if (deadline_ms - now_ms > LONGEST_WAIT_MS) {
        until_ms = now_ms + LONGEST_WAIT_MS;
    }
    struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
                             .tv_nsec = (long)(until_ms % 1000) * 1000000};
    (void)pthread_cond_timedwait(&c->changed, &c->lock, &until);
}

static int wait_locked(struct clock_impl *c, int64_t deadline_ms)
{
    uint64_t wakes_at_start = c->n_wakes;
    if (c->wake_pending) {
        c->wake_pending = false;
        return 1;
    }
    for (;;) {
        int64_t now_ms = c->is_manual ? c->manual_mono_ms : system_mono_ms(c);
        if (c->n_wakes != wakes_at_start) {
            return 1;
        }
        if (now_ms >= deadline_ms) {
            return 0;
        }
        if (c->auto_advance && deadline_ms - now_ms < NEVER_MS) {
            c->manual_unix_ms += deadline_ms - now_ms;
            c->manual_mono_ms = deadline_ms;
            (void)pthread_cond_broadcast(&c->changed);
            return 0;
        }
        wait_piece(c, now_ms, deadline_ms);
    }
}

static int clock_wait_until(void *ctx, int64_t deadline_mono_ms)
{
    struct clock_impl *c = ctx;
    (void)pthread_mutex_lock(&c->lock);
    c->n_waiting++;
    int r = wait_locked(c, deadline_mono_ms);
    c->n_waiting--;
    (void)pthread_mutex_unlock(&c->lock);
    return r;
}

static void clock_wake(void *ctx)
{
    struct clock_impl *c = ctx;
    (void)pthread_mutex_lock(&c->lock);
    if (c->n_waiting > 0) {
        c->n_wakes++;
        (void)pthread_cond_broadcast(&c->changed);
    } else {
        c->wake_pending = true;
    }
    (void)pthread_mutex_unlock(&c->lock);
}

static bool init_condition(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0) {
        return false;
    }
    bool ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(cond, &attr) == 0;
    (void)pthread_condattr_destroy(&attr);
    return ok;
}

static struct clock_impl *clock_new(void)
{
    struct clock_impl *c = cos_calloc(1, sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&c->lock, NULL) != 0) {
        return cos_free(c);
    }
    if (!init_condition(&c->changed)) {
        (void)pthread_mutex_destroy(&c->lock);
        return cos_free(c);
    }
    c->clock = (struct cos_clock){.unix_ms = system_unix_ms,
                                  .mono_ms = system_mono_ms,
                                  .wait_until = clock_wait_until,
                                  .wake = clock_wake,
                                  .ctx = c};
    return c;
}

struct cos_clock *cos_clock_system_new(void)
{
    struct clock_impl *c = clock_new();
    return c == NULL ? NULL : &c->clock;
}

struct cos_clock *cos_clock_manual_new(int64_t unix_ms, bool auto_advance)
{
    struct clock_impl *c = clock_new();
    if (c == NULL) {
        return NULL;
    }
    c->is_manual = true;
    c->auto_advance = auto_advance;
    c->manual_unix_ms = unix_ms;
    c->clock.unix_ms = manual_unix_ms;
    c->clock.mono_ms = manual_mono_ms;
    return &c->clock;
}

/* A negative step moves the wall clock back and leaves the monotonic one where it is, as a real
 * step does. */
void cos_clock_advance(struct cos_clock *clock, int64_t ms)
{
    struct clock_impl *c = clock->ctx;
    (void)pthread_mutex_lock(&c->lock);
    c->manual_unix_ms += ms;
    c->manual_mono_ms += ms > 0 ? ms : 0;
    (void)pthread_cond_broadcast(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
}

struct cos_clock *cos_clock_free(struct cos_clock *clock)
{
    if (clock == NULL) {
        return NULL;
    }
    struct clock_impl *c = clock->ctx;
    (void)pthread_cond_destroy(&c->changed);
    (void)pthread_mutex_destroy(&c->lock);
    return cos_free(c);
}

int64_t cos_system_unix_ms(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000;
}

int64_t cos_system_mono_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}
