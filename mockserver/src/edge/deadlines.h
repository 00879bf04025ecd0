/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who must be looked at when, for one event loop: a heap whose members know their own deadline.
 * Putting a deadline off costs nothing, which is what happens at every request; only an earlier
 * one moves the member.
 */
#ifndef EDGE_DEADLINES_H
#define EDGE_DEADLINES_H

#include "cosbase/base.h"

#define DEADLINE_NEVER INT64_MAX

struct deadline { /* stands inside its owner; all zero: not in a heap */
    int64_t at_ms;
    int64_t key_ms; /* what the heap is ordered by: never later than at_ms */
    size_t place;   /* in the heap, from 1; 0: not there */
};
struct deadlines {
    struct deadline **heap;
    size_t n, cap;
};
/** Frees the heap, not its members. */
void deadlines_deinit(struct deadlines *d);
/** Put @one in, or give it another time. False: no memory. */
COS_MUST_CHECK bool deadlines_set(struct deadlines *d, struct deadline *one, int64_t at_ms);
void deadlines_remove(struct deadlines *d, struct deadline *one);
/** One whose time has come, taken out; NULL: none. */
struct deadline *deadlines_take_due(struct deadlines *d, int64_t now_ms);
/** Nothing is due before this moment; it may prove too early.
 *  DEADLINE_NEVER: the heap is empty. */
int64_t deadlines_next_ms(const struct deadlines *d);

#endif
