/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets, and threads that leave signals to the program. */
#ifndef EDGE_SOCKET_H
#define EDGE_SOCKET_H

#include <signal.h>

#include "cosmock/cosmock.h"

#include "cosbase/base.h"

/** Listen on numeric @address (NULL: 127.0.0.1) and @port (0: any); the fd is non-blocking. The
 *  fd, or a negative status and *err. */
int socket_listen(const char *address, uint16_t port, struct cosmock_endpoint *out,
                  struct cosmock_error *err);
/** Is numeric @address (NULL: yes) one that only this machine can reach? */
bool socket_is_loopback(const char *address);
#define SOCKET_PEER_BYTES 64
/** The other end of @fd as "127.0.0.1:5123" or "[::1]:5123"; "" when it is gone. */
void socket_peer(int fd, char out[SOCKET_PEER_BYTES]);
/** Block every signal in the calling thread; threads made meanwhile inherit it, so signals stay
 *  with the program's own. */
void socket_signals_block(sigset_t *old);
void socket_signals_restore(const sigset_t *old);

#endif
