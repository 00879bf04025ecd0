/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies respond writes by itself: errors, in the words of the service, and the broken ones
 * a fault asks for. */
#ifndef JOURNEY_REPLY_BODY_H
#define JOURNEY_REPLY_BODY_H

#include "exchange/exchange.h"

/** Replace result.body by the error of x->result (nothing for HEAD). */
void reply_error_body(struct cosmock_exchange *x);
/** Replace result.body by bytes that are neither XML nor JSON. */
void reply_malformed_body(struct cosmock_exchange *x);
/** Why the request was refused, as one header line of visible ASCII. Arena. */
struct cos_span reply_reason(struct cosmock_exchange *x);

#endif
