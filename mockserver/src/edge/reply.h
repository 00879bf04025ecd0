/* SPDX-License-Identifier: Apache-2.0 */
/* A responder's answer as HTTP/1.1. */
#ifndef EDGE_REPLY_H
#define EDGE_REPLY_H

#include "cosbase/buf.h"
#include "edge/responder.h"

/** Append status line, headers and blank line. @closes: in, whether the transport will close
 *  the connection; out, whether it has to. @is_chunked: the body will be (RFC 9112 s.7.1). */
void reply_write_head(struct cos_buf *out, const struct response *r, bool *closes,
                      bool is_chunked);
/** How the chunk of @n bytes begins, behind another one if it is not the first; 0: the end of
 *  the body. */
void reply_write_chunk(struct cos_buf *out, uint64_t n, bool is_first);
/** Append all @total bytes of its body. False: they cannot be read to their end. */
COS_MUST_CHECK bool reply_write_body(struct cos_buf *out, const struct responder *responder,
                                     void *request, uint64_t total);

#endif
