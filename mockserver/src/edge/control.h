/* SPDX-License-Identifier: Apache-2.0 */
/* The control API (docs/CONTROL-API.md): a test's hand in the world, on a
 * listener of its own. */
#ifndef EDGE_CONTROL_H
#define EDGE_CONTROL_H

#include "edge/edge.h"

struct control;
struct control_options {
    struct edge *edge;
    struct cosmock_endpoint at;
    const char *token;   /* demanded from every request; NULL: loopback, no token. Copied */
    int64_t patience_ms; /* with the rest of what a client has begun; 0: 20 s */
    void (*make_room)(void *edge); /* no descriptor is left: free some. Its loop's thread */
};
/** Owns @listen_fd, also on failure. */
int control_new(struct control **out, int listen_fd, const struct control_options *options,
                struct cosmock_error *err);
/** Close connections that wait for nothing. Any thread. */
void control_make_room(struct control *control);
/** Ends long-polls, waits for requests under way. NULL. */
struct control *control_free(struct control *control);

#endif
