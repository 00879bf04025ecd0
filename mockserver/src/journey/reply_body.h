/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies respond writes by itself: errors in the words of each service, and the broken ones a fault asks for. */
#ifndef JOURNEY_REPLY_BODY_H
#define JOURNEY_REPLY_BODY_H

#include "exchange/exchange.h"

/** Replace result.body by the error of x->result (nothing for HEAD). */
void reply_error_body(struct cosmock_exchange *x);
/** Replace result.body by bytes that are neither XML nor JSON. */
void reply_malformed_body(struct cosmock_exchange *x);
/** x-cos-trace-id of this request: base64 of hexadecimal digits, as the service's (cos-wire.md s.2.0). Arena. */
struct cos_span reply_trace_id(struct cosmock_exchange *x);
/** Why the request was refused, as one header line of visible ASCII. Arena. */
struct cos_span reply_reason(struct cosmock_exchange *x);
/** The Message of an error document: the one given, or its row's. */
struct cos_span reply_error_message(const struct result *r);

#endif
