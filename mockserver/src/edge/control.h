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
    const char *token; /* demanded from every request; NULL: loopback, no token. Copied */
};
/** Owns @listen_fd, also on failure. */
int control_new(struct control **out, int listen_fd, const struct control_options *options,
                struct cosmock_error *err);
/** Ends long-polls, waits for requests under way. NULL. */
struct control *control_free(struct control *control);

#endif
