/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the first bytes of a connection mean. Pure: bytes in, decision out; front.c does the
 * reading and writing.
 */
#ifndef EDGE_GREET_H
#define EDGE_GREET_H

#include "cosbase/base.h"

#define GREET_MAX_BYTES 8192             /* of a CONNECT head; a longer one is refused */
#define GREET_PEEK_BYTES GREET_MAX_BYTES /* with as many bytes every decision falls */

enum greet_stage {
    GREET_FIRST,         /* nothing is known yet */
    GREET_SOCKS_REQUEST, /* the SOCKS5 greeting was answered */
    GREET_TUNNEL,        /* CONNECT or SOCKS5 succeeded: TLS or HTTP follows */
};
enum greet_kind {
    GREET_MORE,   /* undecided: wait for more bytes */
    GREET_HTTP,   /* hand the socket on, nothing consumed */
    GREET_TLS,    /* the same, to the TLS side */
    GREET_ANSWER, /* consume, send the reply, go on in `next` */
    GREET_REFUSE, /* send the reply (may be empty) and close */
    /* a CONNECT that is none: `sentence` says why; the service's own refusal, and close */
    GREET_MALFORMED,
};
struct greet {
    enum greet_kind kind;
    enum greet_stage next;
    size_t consume;
    const char *reply;
    size_t reply_bytes;
    const char *sentence;
    /* of a tunnel asked for by name, among the bytes; NULL: by address, or no tunnel */
    const char *host;
    size_t host_bytes;
};
/** Look at the @n bytes a client has sent so far in @stage. Reads nothing beyond
 *  them; never allocates. */
struct greet greet_look(enum greet_stage stage, const void *bytes, size_t n);

#endif
