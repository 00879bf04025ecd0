/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what a client has sent so far the head of an HTTP/1 request, and how long is the body
 * behind it? Pure: bytes in, judgement out.
 */
#ifndef EDGE_REQUEST_HEAD_H
#define EDGE_REQUEST_HEAD_H

#include "cosmock/request.h"

#include "cosbase/span.h"

#define REQUEST_HEAD_MAX_BYTES (64u << 10) /* with its blank line */
#define REQUEST_HEAD_FIELDS_MAX 256

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
    /* FINE: of the head with its blank line; UNFINISHED: of empty lines before it */
    size_t bytes;
    size_t n_headers;       /* FINE, as all below */
    int64_t content_length; /* -1: none */
    bool is_chunked;
    bool expects_continue;
    bool is_persistent; /* the client means to send more (RFC 9112 s.9.3) */
    bool is_http_1_0;
};
/** Look at the @n bytes sent so far. The spans point into them, and so do the @headers (NULL,
 *  or room for REQUEST_HEAD_FIELDS_MAX). */
struct request_head request_head_look(const void *bytes, size_t n,
                                      struct cosmock_header *headers);

#endif
