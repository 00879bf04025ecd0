/* SPDX-License-Identifier: Apache-2.0 */
/* The front door: one listening port, one acceptor thread that recognises what a client speaks
 * and hands its socket on. */
#ifndef EDGE_FRONT_H
#define EDGE_FRONT_H

#include "cosmock/cosmock.h"

#include "cosbase/buf.h"

struct front;
/** Takes the socket, called from the acceptor thread; must not block for long. */
typedef void front_hand_over(void *ctx, bool is_tls, int fd);
/** Word the refusal of the @n @bytes a client began with; @sentence says what is wrong. Called
 *  from the acceptor thread. Nothing in @out: just close. */
typedef void front_refuse(void *ctx, const char *sentence, const void *bytes, size_t n,
                          const char *peer, struct cos_buf *out);
/** Does anybody here answer to @host (@n bytes)? Called from the acceptor thread. */
typedef bool front_knows_host(void *ctx, const char *host, size_t n);
/** No descriptor is left: free some. Called from the acceptor thread, which listens
 *  again a moment later. */
typedef void front_make_room(void *ctx);
struct front_owner {
    front_hand_over *hand_over;
    front_refuse *refuse;
    front_knows_host *knows_host;
    front_make_room *make_room;
    void *ctx;
};
/** Owns @listen_fd from now on, also on failure. */
int front_new(struct front **out, int listen_fd, const struct front_owner *owner,
              struct cosmock_error *err);
/** Ends the thread, closes the listener and every socket not yet handed on. NULL. */
struct front *front_free(struct front *front);

#endif
