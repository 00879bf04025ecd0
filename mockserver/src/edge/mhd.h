/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP for the control API, by libmicrohttpd, and nothing of it visible here: a server with a
 * listener of its own that gives whole requests to one function. */
#ifndef EDGE_MHD_H
#define EDGE_MHD_H

#include <stdbool.h>

#include "cosmock/request.h"

#include "cosbase/buf.h"

struct mhd_control_request {
    const char *method, *target;               /* target raw, as sent */
    const char *host, *origin, *authorization; /* "" when absent */
    const struct cosmock_header *headers;      /* all of them; borrowed */
    size_t n_headers;
    struct cos_span body;
    /* Where the terms say so, instead: a file, the server's; or -errno: it was not kept. */
    int body_file;
};
struct mhd_body_terms {
    uint64_t max_bytes;
    bool to_file;
};
struct mhd_control_reply {
    int status;
    const char *content_type; /* static; NULL: application/json */
    struct cos_buf body;      /* freed by the server */
    void *heap;               /* instead of `body`: malloc'ed bytes, freed by the server */
    size_t heap_bytes;
    int file; /* instead of both: a file's bytes, closed by the server; -1: none */
};
struct mhd_control_handler {
    /** Before the body is read: true to go on, and on which terms; false:
     *  *reply is the answer. */
    bool (*admit)(void *ctx, const struct mhd_control_request *request,
                  struct mhd_control_reply *reply, struct mhd_body_terms *body);
    /** The body is longer, announced or come: *reply says so. */
    void (*refuse_body)(void *ctx, const struct mhd_control_request *request,
                        struct mhd_control_reply *reply, uint64_t body_max);
    /** The whole request. May block: every connection has its own thread. */
    void (*serve)(void *ctx, const struct mhd_control_request *request,
                  struct mhd_control_reply *reply);
    void *ctx;
};
struct mhd_control;
/** Owns @listen_fd, also on failure. */
int mhd_control_new(struct mhd_control **out, int listen_fd,
                    const struct mhd_control_handler *handler, struct cosmock_error *err);
struct mhd_control *mhd_control_free(struct mhd_control *control);

#endif
