/* SPDX-License-Identifier: Apache-2.0 */
/* Access logs: a line for each request of a bucket that has them, and files of lines every five
 * minutes of the modification clock. */
#ifndef SERVICES_ACCESS_LOG_H
#define SERVICES_ACCESS_LOG_H

#include "exchange/exchange.h"

/** The request is over, and @e says of it what the journal does. */
void access_log_add(struct cosmock_exchange *x, const struct entry_draft *e);
/** Delivers all that is due; what cannot be delivered is lost, and the journal says so. */
void access_log_run(struct cosmock_tenant *t, int64_t now_unix_ms);

#endif
