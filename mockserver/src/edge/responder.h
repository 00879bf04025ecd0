/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers what the connections of a plane read: the mock's door (responder.c), or the
 * control API (control_visit.c). Framing, deadlines and sending are the connection's alone, so
 * that a client cannot tell by them whom it is talking to.
 *
 * A request belongs to the thread of its connection. One that waits is not touched until the
 * letter comes that it was promised.
 */
#ifndef EDGE_RESPONDER_H
#define EDGE_RESPONDER_H

#include "cosmock/request.h"

#include "cosbase/span.h"

/* What goes out. */
struct response {
    int status; /* not from 100 to 999: our own failure, of which a bare 500 is said */
    const struct cosmock_header *headers; /* with Content-Length and Connection */
    size_t n_headers;
    uint64_t body_bytes; /* that follow; of a body in pieces: of the piece that is there */
    struct cosmock_delivery delivery;
};
/* @request: what begin() has made. */
struct responder {
    /** As cosmock_begin_in(). @of: the plane's responder_of. */
    int (*begin)(void *of, void **request, const struct cosmock_head *head,
                 struct cosmock_spare *spare);
    /** As cosmock_begin_again(). NULL: begin() never waits. */
    int (*begin_again)(void *request);
    /** As cosmock_on_resume(): the letter. */
    void (*on_resume)(void *request, void (*resumed)(void *ctx), void *ctx);
    int (*body)(void *request, const void *bytes, size_t n); /* as cosmock_body() */
    int (*finish)(void *request);                            /* as cosmock_finish() */
    /** How long finish() waits at most; -1: until the letter comes. NULL: as -1. */
    int64_t (*wait_ms)(const void *request);
    /** It has waited so long, or the plane ends. True: there will be no letter, finish() goes
     *  on; false: one is on its way. NULL: as false. */
    bool (*end_wait)(void *request);
    /** Instead of more body: @sentence says what is wrong with it; NULL: it does not come. */
    void (*refuse)(void *request, const char *sentence);
    /** As cosmock_patience_ms(). */
    int64_t (*patience_ms)(void *of, const void *request);
    void (*response)(const void *request, struct response *out);
    /** Of its body, as cosmock_reply_peek(), _read(), _file() and _next(), which is NULL where
     *  no body is in pieces. */
    const void *(*peek)(void *request, uint64_t offset, size_t *n);
    int64_t (*read)(void *request, uint64_t offset, void *out, size_t n);
    bool (*file)(const void *request, uint64_t offset, struct cosmock_file_piece *out);
    int (*next)(void *request);
    /** @is_cut: the connection ended before finish() did. */
    void (*free)(void *request, bool is_cut);
};
/** The mock's door, of a struct cosmock. */
extern const struct responder responder_door;

#endif
