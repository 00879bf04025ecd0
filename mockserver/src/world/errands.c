/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant is with the workers at most once, with a reference. Where they have no thread, the
 * next call that turns the tenant's clock does the work.
 */
#include "world/errands.h"

#include "world/mock.h"
#include "world/world.h"

void errands_by(struct cosmock *mock, errands_fn *run)
{
    __atomic_store_n(&mock->do_errands, run, __ATOMIC_RELEASE);
}

void errands_note(struct cosmock_tenant *t)
{
    __atomic_store_n(&t->errands.are_told, false, __ATOMIC_RELAXED);
    __atomic_store_n(&t->errands.are_there, true, __ATOMIC_RELEASE);
}

bool errands_are_waiting(struct cosmock_tenant *t)
{
    return __atomic_load_n(&t->errands.are_there, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&t->errands.are_told, __ATOMIC_RELAXED);
}

bool errands_begin(struct cosmock_tenant *t)
{
    return __atomic_exchange_n(&t->errands.are_there, false, __ATOMIC_ACQ_REL);
}

/* Free to be queued again before it looks, so that nothing comes between. */
static void run(struct worker_job *job)
{
    struct cosmock_tenant *t =
        (struct cosmock_tenant *)(void *)((char *)job -
                                          offsetof(struct cosmock_tenant, errands.job));
    __atomic_store_n(&t->errands.is_queued, false, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&t->mock->do_errands, __ATOMIC_ACQUIRE)(t)) {
        errands_note(t);
        errands_send(t);
    }
    (void)tenant_unref(t);
}

void errands_send(struct cosmock_tenant *t)
{
    if (!errands_are_waiting(t) ||
        __atomic_load_n(&t->mock->do_errands, __ATOMIC_ACQUIRE) == NULL) {
        return;
    }
    __atomic_store_n(&t->errands.are_told, true, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(&t->errands.is_queued, true, __ATOMIC_SEQ_CST)) {
        return;
    }
    t->errands.job.run = run;
    (void)tenant_ref(t);
    if (!workers_add(&t->mock->workers, &t->errands.job)) {
        __atomic_store_n(&t->errands.is_queued, false, __ATOMIC_SEQ_CST);
        (void)tenant_unref(t);
    }
}
