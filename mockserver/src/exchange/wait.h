/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage that has to wait for work of another thread does not hold its own: it calls
 * exchange_wait(), gives the work away and returns. The walk stops there, cosmock_finish()
 * answers COSMOCK_WAIT, and once the work is done exchange_resume() tells the transport, which
 * calls cosmock_finish() again: the walk goes on with the next stage.
 */
#ifndef EXCHANGE_WAIT_H
#define EXCHANGE_WAIT_H

#include "exchange/exchange.h"

/** Before the work is given away. Each call is followed by one exchange_resume() or, when there
 *  was nothing to wait for, one exchange_wait_cancel(). */
void exchange_wait(struct cosmock_exchange *x);
void exchange_wait_cancel(struct cosmock_exchange *x);
/** The work is done. Any thread, perhaps before the stage has returned; @x may be gone
 *  afterwards. */
void exchange_resume(struct cosmock_exchange *x);
/** A stage waits, and cosmock_finish() has not gone on yet. The transport's thread. */
bool exchange_is_waiting(const struct cosmock_exchange *x);
/** Go on after a wait. False: the work is not done. Blocks until it is when nobody asked to be
 *  told. The transport's thread. */
bool exchange_wait_end(struct cosmock_exchange *x);
/** Leave a waiting exchange: a worker calls @carry_on, when the wait is over. False: it does
 *  not wait, and is the caller's as before. */
bool exchange_abandon(struct cosmock_exchange *x, void (*carry_on)(struct cosmock_exchange *x));
void exchange_wait_deinit(struct cosmock_exchange *x);

#endif
