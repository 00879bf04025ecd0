/* SPDX-License-Identifier: Apache-2.0 */
/* Only one thread resumes a request: the worker, when he is done with it. What he leaves, a
 * batch or a second half, is taken over behind that. */
#include "exchange/work.h"

#include "exchange/commit.h"
#include "exchange/wait.h"

/* Behind the work, on the transport's thread. */
static int take_over(struct cosmock_exchange *x)
{
    struct work *w = &x->work;
    struct batch *batch = w->batch;
    w->batch = NULL;
    if (w->result != 0) {
        (void)batch_free(batch);
        return w->result;
    }
    if (batch == NULL) {
        x->then = w->then;
        return 0;
    }
    return exchange_commit(x, batch, w->then);
}

static void run(struct worker_job *job)
{
    struct work *w = (struct work *)job; /* its first member */
    struct cosmock_exchange *x = w->x;
    w->is_away = true;
    w->result = w->run(x);
    w->is_away = false;
    if (w->batch == NULL) { /* else it has noted what follows that */
        w->then = x->then;
    }
    x->then = take_over;
    exchange_resume(x);
}

int exchange_work(struct cosmock_exchange *x, int (*work)(struct cosmock_exchange *x))
{
    struct work *w = &x->work;
    if (w->is_away || w->is_alone) {
        return work(x);
    }
    w->job.run = run;
    w->x = x;
    w->run = work;
    w->then = NULL;
    exchange_wait(x);
    /* from here on it is the worker's */
    if (!workers_add(&x->mock->workers, &w->job)) {
        exchange_wait_cancel(x);
        return work(x);
    }
    return 0;
}

int exchange_execute(struct cosmock_exchange *x)
{
    const struct op_row *op = x->route.op;
    bool is_long =
        x->body.small.len >= WORK_MIN_TEXT_BYTES || (op->is_long != NULL && op->is_long(x));
    return is_long ? exchange_work(x, op->execute) : op->execute(x);
}

void exchange_work_alone(struct cosmock_exchange *x)
{
    x->work.is_alone = true;
}

void exchange_work_deinit(struct cosmock_exchange *x)
{
    (void)batch_free(x->work.batch);
}
