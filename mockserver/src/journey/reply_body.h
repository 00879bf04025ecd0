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
/** Put a member that nobody knows into an answer of STS and into its credentials. */
void reply_extra_body(struct cosmock_exchange *x);
/** Whether a fault lets somebody on the way answer, not the service. */
bool reply_is_foreign(const struct cosmock_exchange *x);
/** Replace result.body by his page. */
void reply_foreign_body(struct cosmock_exchange *x);
/** Is there something to say why: a refusal, one behind a page, keys that stay? */
bool reply_has_reason(const struct cosmock_exchange *x);
/** Why, as one header line of visible ASCII, other bytes and '%' as %XX, without secrets, cut
 *  behind 900 bytes. Arena. */
struct cos_span reply_reason(struct cosmock_exchange *x);

#endif
