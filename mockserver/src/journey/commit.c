/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer goes out when what it says is kept. Where keeping takes time, a store on a disk,
 * the mock has a committer; the request then waits without holding a thread (exchange/wait.h).
 * In memory everything is kept at once, and there is none.
 */
#include "journey/stages.h"

#include "exchange/wait.h"

static void on_kept(void *arg, bool is_kept)
{
    exchange_resume(arg, is_kept);
}

void stage_commit(struct cosmock_exchange *x)
{
    const struct committer *c = x->mock->committer;
    if (c == NULL || x->failed) {
        return;
    }
    exchange_wait(x);
    if (!c->commit(c->ctx, on_kept, x)) {
        exchange_wait_cancel(x);
    }
}
