/* SPDX-License-Identifier: Apache-2.0 */
/* A connection waits for the timer and holds no thread meanwhile: a delayed answer, and a body
 * that may not go faster. */
#include "edge/connection.h"
#include "edge/timer.h"

static void pause_is_over(void *ctx)
{
    struct connection *c = ctx;
    struct commons *commons = c->loop->commons;

    mailbox_send(&c->loop->mailbox, c); /* @c may be gone from here on */
    gate_leave(&commons->delayed);
}

bool pause_connection(struct connection *c, int64_t ms)
{
    struct commons *commons = c->loop->commons;

    gate_enter(&commons->delayed);
    c->phase = PHASE_DELAY;
    if (!__atomic_load_n(&commons->is_stopping, __ATOMIC_SEQ_CST) &&
        edge_timer_add(commons->timer, ms, pause_is_over, c) == 0) {
        return true;
    }
    gate_leave(&commons->delayed);
    return false;
}
