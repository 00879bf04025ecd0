/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens by a tenant's modification clock: at each midnight in China the lifecycle rules
 * of its buckets act. It is done when it is asked for, by the first request behind a midnight
 * or by the call that turns the clock, and before either is answered; so a test ages a month in
 * a moment, and the same calls have the same effect in every run.
 */
#ifndef SERVICES_CLOCK_WORK_H
#define SERVICES_CLOCK_WORK_H

#include "world/world.h"

#define CLOCK_DAY_MS INT64_C(86400000)
/** The first midnight (GMT+8) at @unix_ms or behind it. */
int64_t clock_midnight_from(int64_t unix_ms);

/** Into a batch: what is still to be done about @b, which is done soon once the batch is kept.
 *  @name begins with WORLD_ERRANDS. */
void clock_errand_put(struct batch *batch, const struct bucket *b, struct cos_span name,
                      struct cos_span text);
/** Into the batch that keeps what acts by the clock: from the next midnight on. */
void clock_work_plan(struct batch *batch, struct cosmock_tenant *t, int64_t now_unix_ms);
/** Does all that is due at @now_unix_ms, each midnight in its turn; waits for who is at it.
 *  Errands that were left over at a restart are sent on their way, and not waited for. */
enum store_result clock_work(struct cosmock_tenant *t, int64_t now_unix_ms);

/* For what is done then: */
/** Takes @batch; NULL: no memory. Waits. */
enum store_result clock_work_commit(struct cosmock_tenant *t, struct batch *batch);
/* What became of one midnight. */
struct clock_outcome {
    bool has_changed;
    int64_t next_unix_ms; /* the earliest midnight behind it at which more is due */
};

#endif
