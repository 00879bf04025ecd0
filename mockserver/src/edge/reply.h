/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of the door as HTTP/1.1. */
#ifndef EDGE_REPLY_H
#define EDGE_REPLY_H

#include "cosmock/request.h"

#include "cosbase/buf.h"

/** Append status line, headers and blank line. @closes: in, whether the transport will close
 *  the connection; out, whether it has to. */
void reply_write_head(struct cos_buf *out, const struct cosmock_exchange *x, bool *closes);
/** How many body bytes follow that head (RFC 9112 s.6.3). */
uint64_t reply_body_bytes(const struct cosmock_exchange *x);
/** Append them all. False: they cannot be read to their end. */
COS_MUST_CHECK bool reply_write_body(struct cos_buf *out, struct cosmock_exchange *x);

#endif
