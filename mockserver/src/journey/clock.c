/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is due by the tenant's clock happens before a request finds anything: rules of a bucket
 * with a million objects, a report of them. A worker does it, so that who waits for it is this
 * tenant's requests, and not those of others on the same loop.
 */
#include "journey/stages.h"

#include "exchange/commit.h"
#include "exchange/work.h"
#include "services/clock_work.h"
#include "world/errands.h"

static int catch_up(struct cosmock_exchange *x)
{
    enum store_result r = clock_work(x->tenant, x->now.modification_unix_ms);
    if (r == STORE_NOMEM) {
        return -1;
    }
    if (r != STORE_OK) {
        exchange_refuse_backend(x, STAGE_ROUTE,
                                r == STORE_NO_ROOM ? BACKEND_NO_ROOM : BACKEND_IO,
                                COS_SPAN_LIT("what is due by the clock cannot be done"));
    }
    return 0;
}

void stage_clock(struct cosmock_exchange *x)
{
    bool is_due = x->now.modification_unix_ms >= world_next_unix_ms(x->tenant);
    if (!is_due && !errands_are_waiting(x->tenant)) {
        return;
    }
    if ((is_due ? exchange_work(x, catch_up) : catch_up(x)) != 0) {
        x->failed = true;
    }
}
