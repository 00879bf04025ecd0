/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a connection, whether they go plain or through TLS. Nothing here ever blocks. */
#ifndef EDGE_STREAM_H
#define EDGE_STREAM_H

#include <sys/uio.h>

#include "cosbase/base.h"

enum {                    /* instead of a count */
       STREAM_DONE = 0,   /* the other side will not send more; of a handshake: it succeeded */
       STREAM_AGAIN = -1, /* the socket has to become readable, or writable, first */
       STREAM_BROKEN = -2,
       STREAM_AGAIN_READ = -3, /* of a handshake: which of the two */
       STREAM_AGAIN_WRITE = -4,
};
struct tls_session;
struct stream {
    int fd;
    struct tls_session *tls; /* NULL: plain */
};
/** Up to @n bytes. The count, or STREAM_DONE, STREAM_AGAIN, STREAM_BROKEN. */
int64_t stream_read(struct stream *s, void *out, size_t n);
/** The count, at least 1, or STREAM_AGAIN, STREAM_BROKEN. @more: other bytes follow at once. */
int64_t stream_write(struct stream *s, const void *bytes, size_t n, bool more);
int64_t stream_writev(struct stream *s, const struct iovec *pieces, int n);
/** As much as goes of @n bytes that lie at @at in the file; a plain stream only. 0: the file
 *  ends there; STREAM_BROKEN: also when it cannot be read. */
int64_t stream_sendfile(struct stream *s, int file, uint64_t at, uint64_t n);
/** Nothing will follow: tell the other side, which may still send. */
void stream_bye(struct stream *s);

#endif
