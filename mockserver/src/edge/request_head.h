/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what a client has sent so far the head of an HTTP/1 request? Pure: bytes in, judgement out.
 */
#ifndef EDGE_REQUEST_HEAD_H
#define EDGE_REQUEST_HEAD_H

#include "cosbase/span.h"

/* Of a head with its blank line; each header line and each parameter counts 64 bytes more than its text. */
#define REQUEST_HEAD_MAX_BYTES (28u << 10)

enum request_head_state {
    REQUEST_HEAD_UNFINISHED, /* nothing wrong so far */
    REQUEST_HEAD_FINE,       /* whole, and framed as RFC 9112 wants it */
    REQUEST_HEAD_MALFORMED,
};
struct request_head {
    enum request_head_state state;
    const char *sentence;           /* what is malformed; NULL: nothing */
    struct cos_span method, target; /* as far as they were read; empty: not */
    struct cos_span host;           /* value of the first Host header */
};
/** Look at the @n bytes sent so far. The spans point into them. */
struct request_head request_head_look(const void *bytes, size_t n);

#endif
