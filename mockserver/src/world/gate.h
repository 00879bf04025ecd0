/* SPDX-License-Identifier: Apache-2.0 */
/* Counts who is inside, and lets one wait until nobody is. Entering and leaving cost one atomic
 * step. */
#ifndef WORLD_GATE_H
#define WORLD_GATE_H

#include <pthread.h>

#include "cosbase/base.h"

struct gate {
    unsigned inside; /* atomic */
    pthread_mutex_t lock;
    pthread_cond_t empty;
};
void gate_init(struct gate *g);
void gate_deinit(struct gate *g);
void gate_enter(struct gate *g);
void gate_leave(struct gate *g);
/** True when nobody is inside, within @timeout_ms. */
bool gate_wait_empty(struct gate *g, int64_t timeout_ms);

#endif
