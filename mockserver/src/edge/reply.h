/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of the door as HTTP/1.1. */
#ifndef EDGE_REPLY_H
#define EDGE_REPLY_H

#include "cosmock/request.h"

#include "cosbase/buf.h"

/** Append status line, headers and blank line. @closes: in, whether the transport will close
 *  the connection; out, whether it has to. @is_chunked: the body will be (RFC 9112 s.7.1). */
void reply_write_head(struct cos_buf *out, const struct cosmock_exchange *x, bool *closes,
                      bool is_chunked);
/** How the chunk of @n bytes begins, behind another one if it is not the first; 0: the end of
 *  the body. */
void reply_write_chunk(struct cos_buf *out, uint64_t n, bool is_first);
/** How many body bytes follow that head (RFC 9112 s.6.3). */
uint64_t reply_body_bytes(const struct cosmock_exchange *x);
/** Append them all. False: they cannot be read to their end. */
COS_MUST_CHECK bool reply_write_body(struct cos_buf *out, struct cosmock_exchange *x);

#endif
