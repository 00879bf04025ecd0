/* SPDX-License-Identifier: Apache-2.0 */
/* The front door: one listening port, one acceptor thread that recognises what a client speaks and hands its socket on. */
#ifndef EDGE_FRONT_H
#define EDGE_FRONT_H

#include "edge/edge.h"

struct front;
/** Takes the socket, called from the acceptor thread; must not block for long. */
typedef void front_hand_over(void *ctx, bool is_tls, int fd, const struct sockaddr *address,
                             socklen_t address_bytes);
/** Owns @listen_fd from now on, also on failure. */
int front_new(struct front **out, int listen_fd, front_hand_over *hand_over, void *ctx,
              struct cosmock_error *err);
/** Ends the thread, closes the listener and every socket not yet handed on. NULL. */
struct front *front_free(struct front *front);

#endif
