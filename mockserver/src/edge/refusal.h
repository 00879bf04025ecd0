/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that are refused before there is a request: the acceptor's answers, and what the HTTP server did by itself. */
#ifndef EDGE_REFUSAL_H
#define EDGE_REFUSAL_H

#include <stdarg.h>

#include "cosmock/cosmock.h"

#include "cosbase/buf.h"

/** The whole reply to a client that began with these @n bytes: the service's own refusal, journalled like any other. Nothing in @out: close silently. */
void refusal_write(struct cosmock *mock, const char *sentence, const void *bytes, size_t n,
                   struct cos_buf *out);
struct refusal_ear { /* who listens to a log */
    struct cosmock *mock;
    bool is_tls;
};
/** A line of libmicrohttpd's log (@ear: a struct refusal_ear); journals what says that a client was refused there. */
void refusal_overhear(void *ear, const char *fmt, va_list args);

#endif
