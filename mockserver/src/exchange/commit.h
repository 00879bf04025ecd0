/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a handler changes the world: it fills a batch, ends with exchange_commit(), and a second
 * half of it makes the answer from what became of the batch. So what a client is told never
 * depends on what is not kept. Where keeping takes time, on a disk, the request waits meanwhile
 * (exchange/wait.h), and the second half runs on the transport's thread again.
 */
#ifndef EXCHANGE_COMMIT_H
#define EXCHANGE_COMMIT_H

#include "exchange/exchange.h"

/**
 * Takes @batch; NULL: no memory. @then is a handler's second half, which reads x->commit and
 * returns as a handler does. It is called, now or later, unless -1 comes back before: there is
 * no memory then. Nothing is refused yet.
 */
int exchange_commit(struct cosmock_exchange *x, struct batch *batch,
                    int (*then)(struct cosmock_exchange *x));
/** The second half, if one is due. */
int exchange_commit_end(struct cosmock_exchange *x);
/** Refuse with what a backend is not able to do at the moment, NO_ROOM or IO, for @reason: the
 *  service's own failure, not ours. */
void exchange_refuse_backend(struct cosmock_exchange *x, enum stage stage,
                             enum backend_result r, struct cos_span reason);

#endif
