/* SPDX-License-Identifier: Apache-2.0 */
/* Where a backend is done at once there is nothing to wait for, and no lock is touched. */
#include "exchange/commit.h"

#include "exchange/wait.h"
#include "world/projection.h"

#include <assert.h>

static void on_done(struct commit *c)
{
    exchange_resume(c->ctx);
}

int exchange_commit(struct cosmock_exchange *x, struct batch *batch,
                    int (*then)(struct cosmock_exchange *x))
{
    struct backend *rows = x->tenant->rows;
    x->commit = cos_arena_alloc(&x->arena, sizeof(*x->commit));
    assert(!is_refused(x));
    if (batch == NULL || x->arena.failed || x->failed || world_prepare(x->tenant, batch) < 0) {
        (void)batch_free(batch);
        return -1;
    }
    *x->commit = (struct commit){.done = on_done, .ctx = x};
    if (rows->is_immediate) {
        (void)rows->ops->commit(rows, batch, x->commit);
        return then(x);
    }
    if (x->work.is_away) {
        x->work.batch = batch;
        x->work.then = then;
        return 0;
    }
    x->then = then;
    exchange_wait(x);
    if (rows->ops->commit(rows, batch, x->commit)) {
        exchange_wait_cancel(x);
    }
    return 0;
}

int exchange_commit_end(struct cosmock_exchange *x)
{
    int (*then)(struct cosmock_exchange * x) = x->then;
    x->then = NULL;
    return then == NULL ? 0 : then(x);
}

void exchange_refuse_backend(struct cosmock_exchange *x, enum stage stage,
                             enum backend_result r, struct cos_span reason)
{
    x->identity.detail = reason;
    refuse(x, stage, r == BACKEND_NO_ROOM ? x->service->codes[CODE_NO_ROOM] : "InternalError");
}
