/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client's connection: requests in, answers out. Everything but connection_new() is called
 * by its loop's thread.
 *     connection.c  whose turn it is: phases, deadlines, what to watch for
 *     serve.c       bytes in: heads, bodies, what becomes of them
 *     send.c        bytes out
 *     pause.c       waits for the timer
 */
#ifndef EDGE_CONNECTION_H
#define EDGE_CONNECTION_H

#include "edge/chunked.h"
#include "edge/loop.h"
#include "edge/socket.h"
#include "edge/stream.h"

enum phase {
    PHASE_HANDSHAKE, /* of TLS */
    PHASE_HEAD,      /* between requests, or within a head */
    PHASE_BODY,      /* within a body */
    PHASE_WAIT,      /* the responder waits: for what it executed to be kept, for a worker */
    PHASE_DELAY,     /* the answer waits for the timer */
    PHASE_SEND,      /* a large body is on its way out */
    PHASE_BYE,       /* all is said; once it is sent, say that nothing follows */
    PHASE_LINGER,    /* what still comes is forgotten */
    PHASE_CUT,       /* all is said; once it is sent, close without ceremony */
    PHASE_CLOSED,    /* freed at the end of the turn */
};
struct connection {
    struct deadline deadline;                   /* first: the loop finds the connection by it */
    struct connection *prev, *next, *next_mail; /* the loop's */
    struct loop *loop;
    struct stream stream;
    unsigned watched; /* the epoll events asked for; 0: not in the set */
    char peer[SOCKET_PEER_BYTES];
    enum phase phase;
    bool is_adopted;   /* in the loop's list */
    bool wants_write;  /* PHASE_HANDSHAKE: which way it waits */
    bool is_busy;      /* counted in the gate */
    bool is_greeted;   /* the first byte of a request has come: its head must follow in time */
    bool has_unserved; /* `in` is more than the beginning of a head */
    /* of the request under way */
    void *request;    /* the responder's; NULL: none */
    bool closes;      /* the connection ends with this answer */
    bool is_unwanted; /* refused: its body is read and forgotten */
    bool is_finished, has_waited, is_cut;
    bool is_beginning; /* the responder waits before it says what it wants */
    bool asks_first;   /* "Expect: 100-continue" */
    bool is_asking;    /* the same, and nothing of the body has come */
    bool is_http_1_0;
    bool is_in_pieces, wants_piece; /* the answer; the next one of it is due */
    bool is_chunked;
    struct chunked chunked;
    uint64_t body_left;       /* without chunked: to come */
    uint64_t forgotten_bytes; /* of unwanted bodies, and while lingering */
    uint64_t sent, to_send;   /* of the answer's body, or of the piece that is there */
    int64_t left_until_cut;   /* of a body in pieces, by a fault; -1: all of it */
    uint64_t may_send;        /* of it, up to now */
    uint64_t bytes_per_s;     /* 0: as fast as it can */
    int64_t began_mono_ns;    /* to send it */
    /* what must wait; both empty while idle */
    struct cos_buf in; /* read and not used yet */
    /* did not fit into the socket; while there is something nothing is read */
    struct cos_buf out;
};
static inline const struct responder *responder_of(const struct connection *c)
{
    return c->loop->commons->responder;
}

/** Owns @fd, also on failure. Counted in the plane from now on. Any thread. */
struct connection *connection_new(struct loop *loop, int fd);
/** Into its loop's list, where it may be already. */
void connection_adopt(struct connection *c);
/** It was mailed to its loop: it is new, or what it waited for is over. */
void connection_on_mail(struct connection *c);
void connection_on_event(struct connection *c, unsigned events);
void connection_on_deadline(struct connection *c);
/** Between two requests, with nothing to say. */
bool connection_is_idle(const struct connection *c);
struct connection *connection_free(struct connection *c);

/* --- serve.c --- */
/** Use what stands at the beginning of the @n (> 0) bytes: a head, or a piece of a body. How
 *  many; 0: more have to come. */
size_t serve_bytes(struct connection *c, const char *bytes, size_t n);
/** The client will not send more (@is_clean), or is gone; @n bytes of a head have come. */
void serve_end(struct connection *c, const char *bytes, size_t n, bool is_clean);
/** What was begun was not continued in time; @n bytes of a head have come. */
void serve_late(struct connection *c, const char *bytes, size_t n);
/** The wait, or the delay, is over. */
void serve_on(struct connection *c);
/** How long the rest of what was begun may take; DEADLINE_NEVER. */
int64_t serve_patience_ms(const struct connection *c);
/** PHASE_WAIT: how long at most; DEADLINE_NEVER. */
int64_t serve_wait_ms(const struct connection *c);
/** PHASE_WAIT has lasted long enough. False: a letter is on its way. */
bool serve_end_wait(struct connection *c);

/* --- pause.c --- */
/** PHASE_DELAY for so long, then a letter. False: the plane is being closed, so go on at once,
 *  in another phase. */
bool pause_connection(struct connection *c, int64_t ms);

/* --- send.c --- */
/** Send what the loop's `out` and the connection's hold. False: something is left, and kept in
 *  the connection's. @more: other bytes follow at once. */
bool send_pending(struct connection *c, bool more);
/** PHASE_SEND: a piece of the body by reference. False: it has to wait. */
bool send_body(struct connection *c);
/** A body in pieces begins, with the one that is there. */
void send_pieces(struct connection *c, int64_t truncate_after);
/** The answer is whole in `out`, or sent. */
void send_done(struct connection *c);

#endif
