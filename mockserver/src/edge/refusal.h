/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that the acceptor refuses itself, because nobody else will see them. */
#ifndef EDGE_REFUSAL_H
#define EDGE_REFUSAL_H

#include "cosmock/cosmock.h"

#include "cosbase/buf.h"

/**
 * The whole reply to a client that began with these @n bytes (@peer: as in struct
 * cosmock_head): the service's own refusal, journalled like any other. Nothing in @out: close
 * silently.
 */
void refusal_write(struct cosmock *mock, const char *sentence, const void *bytes, size_t n,
                   const char *peer, struct cos_buf *out);

#endif
