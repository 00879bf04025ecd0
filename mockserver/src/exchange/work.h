/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that is long leaves the thread of the transport. The request waits meanwhile
 * (exchange/wait.h) and is the worker's alone; what he has made of it goes on as if the handler
 * had returned just then. A batch that he ends with is committed by the transport's thread
 * where that takes time, so that only one of the two ever resumes the request.
 */
#ifndef EXCHANGE_WORK_H
#define EXCHANGE_WORK_H

#include "exchange/exchange.h"

/** So many bytes are work: below it the way to a worker and back takes a part of what is
 *  saved. */
#define WORK_MIN_BYTES (UINT64_C(1) << 20)
/** So much text is: a document is read and judged at 20 MiB/s, in the worst case. */
#define WORK_MIN_TEXT_BYTES ((size_t)32 << 10)

/** What the operation of @x does, by a worker where its row says that it is long, or its text
 *  is. As a handler returns. */
int exchange_execute(struct cosmock_exchange *x);
/**
 * The last thing a handler does: @work, which returns as a handler does, by a worker. Where
 * there is none, or the thread belongs to nobody else, at once.
 */
int exchange_work(struct cosmock_exchange *x, int (*work)(struct cosmock_exchange *x));
/** The transport has gone: what is still to be done of @x is done on the thread that does it,
 *  on which nobody waits for anything. */
void exchange_work_alone(struct cosmock_exchange *x);
void exchange_work_deinit(struct cosmock_exchange *x);

#endif
