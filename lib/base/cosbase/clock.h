/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time as a value that is handed in. The only file that asks the kernel for the time is
 * clock.c.
 *   unix_ms     wall clock, milliseconds since 1970, may jump
 *   mono_ms     never goes back; deadlines use it
 *   wait_until  block until mono_ms >= deadline or until woken; 0 = reached, 1 = woken
 *   wake        wake every waiter of this clock once (a wake before the wait is remembered once
 *               per clock)
 * Threads: all four may be called from any thread.
 */
#ifndef COSBASE_CLOCK_H
#define COSBASE_CLOCK_H

#include "cosbase/base.h"

struct cos_clock {
    int64_t (*unix_ms)(void *ctx);
    int64_t (*mono_ms)(void *ctx);
    int (*wait_until)(void *ctx, int64_t deadline_mono_ms);
    void (*wake)(void *ctx);
    void *ctx;
};

/** The system clock; wait_until waits on a condition private to the returned object's ctx. Free
 *  with cos_clock_free. */
COS_MUST_CHECK struct cos_clock *cos_clock_system_new(void);
/**
 * A manual clock that only cos_clock_advance() moves. wait_until returns as soon as an advance
 * reaches the deadline. With @auto_advance a wait moves the clock itself to the deadline at
 * once and returns 0: one thread then lives an hour in a microsecond.
 */
COS_MUST_CHECK struct cos_clock *cos_clock_manual_new(int64_t unix_ms, bool auto_advance);
void cos_clock_advance(struct cos_clock *clock, int64_t ms); /* manual clocks only */
struct cos_clock *cos_clock_free(struct cos_clock *clock);
/** Plain readings of the system clocks, for code that has no clock object (start-up,
 *  benches). */
int64_t cos_system_unix_ms(void);
int64_t cos_system_mono_ns(void);

COS_CLEANUP_DEFINE(struct cos_clock *, cos_clock_free)

#endif
