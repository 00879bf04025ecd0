/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call a function later, from one thread of its own that exists once it is needed. Only delays
 * (faults, limits of traffic) use it: no request waits here otherwise.
 */
#ifndef EDGE_TIMER_H
#define EDGE_TIMER_H

#include "cosbase/base.h"

struct edge_timer;
struct edge_timer *edge_timer_new(void);
/** Calls what is still due at once, ends the thread. NULL. */
struct edge_timer *edge_timer_free(struct edge_timer *timer);
/** Call @fire(@ctx) in @delay_ms. 0, or -1: no memory or no thread, and @fire is not called. */
int edge_timer_add(struct edge_timer *timer, int64_t delay_ms, void (*fire)(void *ctx),
                   void *ctx);
/** Call everything that is due later now, and whatever is added from now on at once. */
void edge_timer_flush(struct edge_timer *timer);

#endif
