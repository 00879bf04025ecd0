/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket-free door: begin(head) -> body(bytes)* -> finish -> read the reply. Unit tests,
 * fuzzers, the direct transport and the socket edge all call it. Promise: may change before
 * 1.0.
 * Threads: an exchange belongs to one thread at a time.
 */
#ifndef COSMOCK_REQUEST_H
#define COSMOCK_REQUEST_H

#include "cosmock/cosmock.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cosmock_slice {
    const char *ptr;
    size_t len;
};
struct cosmock_header {
    struct cosmock_slice name, value;
};
struct cosmock_head {
    struct cosmock_slice method;
    /* raw bytes as sent: origin-form, absolute-form; never decoded by the transport */
    struct cosmock_slice target;
    const struct cosmock_header *headers; /* in order, with duplicates */
    size_t n_headers;
    bool tls;
    const char *tls_version; /* "1.3"; NULL: none, or not known */
    const char *peer; /* the client's end: "127.0.0.1:5123" "[::1]:5123"; NULL: there is none */
    /* NULL; else one static sentence: what no HTTP is in the bytes. Refused in the service's
     * words. */
    const char *malformed;
    bool is_late; /* with `malformed`: it is only that the head did not come in time */
    /* As of cosmock_on_resume(), from the beginning on: cosmock_begin() may answer COSMOCK_WAIT
     * then. NULL: it blocks. */
    void (*resumed)(void *ctx);
    void *resumed_ctx;
};
struct cosmock_exchange; /* one request's journey; owns its arena */
enum cosmock_want {
    COSMOCK_WANT_BODY = 1, /* go on with cosmock_body()* and cosmock_finish() */
    /* refused before the body: do not read it; call cosmock_finish() at once */
    COSMOCK_WANT_SEND = 2,
    COSMOCK_WAIT = 3 /* of cosmock_finish(): see there; and of cosmock_begin() */
};
/** Copies what it keeps. Returns an enum cosmock_want.
 *  Errors: COSMOCK_E_NOMEM (then *out is NULL: answer 500 and close). */
COSMOCK_API int cosmock_begin(struct cosmock *mock, struct cosmock_exchange **out,
                              const struct cosmock_head *head);
/**
 * The same by the back door: the request is the bucket's owner's, who need not sign, is asked
 * for no right, meets no fault and leaves no journal entry. So a test prepares what it would
 * ask the service for: versioning, lists, tags, configurations.
 *
 * @head        names a bucket of @t by its host, "<bucket>.cos.<region>.myqcloud.com"
 * Errors:      as cosmock_begin()
 */
COSMOCK_API int cosmock_begin_as_owner(struct cosmock_tenant *t, struct cosmock_exchange **out,
                                       const struct cosmock_head *head);
/** cosmock_begin() has answered COSMOCK_WAIT, and the transport was told. Returns what the head
 *  wants, as that does, or COSMOCK_WAIT again. */
COSMOCK_API int cosmock_begin_again(struct cosmock_exchange *x);
/* Memory of an exchange that is over, for the next one of its thread; all zero: none yet. */
struct cosmock_spare {
    struct cosmock_exchange *exchange;
};
/**
 * cosmock_begin(), in the memory that the last exchange of this spare has left: for a transport
 * that serves one request after the other, and spares the heap and its lock.
 *
 * @spare       there until the exchange is freed
 * Errors:      as cosmock_begin()
 * Threads:     the exchanges of a spare begin and are freed on one thread
 */
COSMOCK_API int cosmock_begin_in(struct cosmock *mock, struct cosmock_exchange **out,
                                 const struct cosmock_head *head, struct cosmock_spare *spare);
/** Give the memory to the heap; every exchange of it has been freed. */
COSMOCK_API void cosmock_spare_deinit(struct cosmock_spare *spare);
/** More body bytes. Returns 0, or COSMOCK_WANT_SEND when the rest is not wanted. */
COSMOCK_API int cosmock_body(struct cosmock_exchange *x, const void *bytes, size_t n);
/**
 * The body is complete (or was not wanted): execute, respond, journal. A body shorter than its
 * Content-Length is refused here.
 *
 * Returns      COSMOCK_OK: the reply can be read; or COSMOCK_WAIT: what was executed is not
 *              kept yet, there is no reply. The function given to cosmock_on_resume() is called
 *              once when that is over; call cosmock_finish() again then (it goes on where it
 *              stopped, and may answer COSMOCK_WAIT once more). Sooner, it answers COSMOCK_WAIT
 *              and does nothing
 * Threads:     one at a time for each exchange, always the transport's: the thread that ends
 *              the wait neither responds nor journals for a transport that is there. Where
 *              cosmock_on_resume() was not called it never answers COSMOCK_WAIT, but blocks
 *              until the wait is over
 */
COSMOCK_API int cosmock_finish(struct cosmock_exchange *x);
/**
 * Be told when a wait is over. Call it before cosmock_finish(), or never.
 *
 * @resumed     called once for each COSMOCK_WAIT, perhaps before cosmock_finish() has returned
 *              it. It must not block and must not touch the exchange: it mails a letter to the
 *              thread that will call cosmock_finish() again. Never called once
 *              cosmock_exchange_free() has returned
 * Threads:     @resumed runs on whichever thread has done the work
 */
COSMOCK_API void cosmock_on_resume(struct cosmock_exchange *x, void (*resumed)(void *ctx),
                                   void *ctx);
/** Instead of finish: the connection died in the middle of the body. Journals; stores nothing.
 *  During a wait it does nothing: what is executed stays executed. */
COSMOCK_API void cosmock_abort(struct cosmock_exchange *x);

/** Instead of more body: what came is none (@sentence, static, says why). Refused in the
 *  service's words; go on with cosmock_finish(). */
COSMOCK_API void cosmock_refuse_malformed(struct cosmock_exchange *x, const char *sentence);
/** Instead of more body: nothing came for cosmock_patience_ms(). RequestTimeOut; go on with
 *  cosmock_finish(). */
COSMOCK_API void cosmock_refuse_late(struct cosmock_exchange *x);
/** How long a transport waits for the next byte of what a client has begun; 0: for ever. @x
 *  NULL: no head has come yet. */
COSMOCK_API int64_t cosmock_patience_ms(struct cosmock *mock, const struct cosmock_exchange *x);

/* A client the transport dropped by itself, before there was a request. */
struct cosmock_transport_refusal {
    const char *authn;  /* the entry's word: "tls-handshake" */
    const char *host;   /* whom the client wanted, as far as it said so; "" */
    const char *detail; /* one line: why */
    bool tls;
    const char *peer; /* as in struct cosmock_head */
};
/** One journal entry, with the tenant of the host's bucket, or the first; no reply is made.
 *  Borrowed for the call. */
COSMOCK_API void cosmock_refused_by_transport(struct cosmock *mock,
                                              const struct cosmock_transport_refusal *refusal);

/* What a fault, or a limit of traffic, asks the transport to do with the reply; all zero: just
 * send it. */
struct cosmock_delivery {
    int64_t delay_ms;       /* wait before sending */
    bool close_before;      /* reset or close without a status line */
    int64_t truncate_after; /* close after this many body bytes; -1: whole */
    uint64_t bytes_per_s;   /* how fast the body may go out; 0: as it can */
    /* the body is made while it goes out, and its length is not known: see
     * cosmock_reply_next() */
    bool is_in_pieces;
};
COSMOCK_API struct cosmock_delivery cosmock_reply_delivery(const struct cosmock_exchange *x);
/** Returns the HTTP status. */
COSMOCK_API int cosmock_reply_status(const struct cosmock_exchange *x);
/** Borrowed until free. Content-Length and Connection are included, but for a body in pieces
 *  the first; a transport must not add its own Date or Server. */
COSMOCK_API const struct cosmock_header *cosmock_reply_headers(const struct cosmock_exchange *x,
                                                               size_t *out_n);
/** 0 for HEAD. Of a body in pieces: the piece that is there, not 0. */
COSMOCK_API uint64_t cosmock_reply_body_bytes(const struct cosmock_exchange *x);
/**
 * Copy up to @n body bytes from @offset.
 *
 * Returns      the count; 0 at the end
 * Errors:      COSMOCK_E_IO: they lie in a file that cannot be read. It is journalled; close
 *              the connection
 */
COSMOCK_API int64_t cosmock_reply_read(struct cosmock_exchange *x, uint64_t offset, void *buf,
                                       size_t n);
/** Borrow the contiguous body bytes at @offset without a copy: length in *n; NULL at the end,
 *  and where they lie in a file: cosmock_reply_read() has them then. Valid until free. */
COSMOCK_API const void *cosmock_reply_peek(struct cosmock_exchange *x, uint64_t offset,
                                           size_t *n);
/**
 * The next piece of a body in pieces, in the place of the one that is there: what peek and read
 * give is a piece, and its offsets begin at 0. Nothing more of the body is made before it is
 * asked for.
 *
 * Returns      1: it is there; 0: there is none, and the body was whole; or COSMOCK_WAIT, as of
 *              cosmock_finish(): ask again when you are told
 * Errors:      COSMOCK_E_NOMEM: it breaks off. It is journalled; close the connection
 * Threads:     as cosmock_finish()
 */
COSMOCK_API int cosmock_reply_next(struct cosmock_exchange *x);
struct cosmock_file_piece {
    int fd; /* borrowed until free; its position is nobody's */
    uint64_t at, bytes;
};
/** The body bytes at @offset lie in a file, as they are to be sent: for sendfile(2). False:
 *  they do not. */
COSMOCK_API bool cosmock_reply_file(const struct cosmock_exchange *x, uint64_t offset,
                                    struct cosmock_file_piece *out);
/** NULL. During a wait the exchange lives on until that is over, is then journalled on the
 *  thread that ends it, and freed; cosmock_free() waits for it. */
COSMOCK_API struct cosmock_exchange *cosmock_exchange_free(struct cosmock_exchange *x);

#ifdef __cplusplus
}
#endif
#endif
