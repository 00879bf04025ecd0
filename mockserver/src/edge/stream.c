/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain sockets here, TLS in tls_session.c. Our threads block every signal, so a write to a
 * connection that is gone is an error and no SIGPIPE, also where OpenSSL writes.
 */
#include "edge/stream.h"

#include "edge/tls_session.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

static int64_t outcome(ssize_t n)
{
    if (n >= 0) {
        return n;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? STREAM_AGAIN
                                                                     : STREAM_BROKEN;
}

int64_t stream_read(struct stream *s, void *out, size_t n)
{
    return s->tls != NULL ? tls_session_read(s->tls, out, n)
                          : outcome(recv(s->fd, out, n, MSG_DONTWAIT));
}

int64_t stream_write(struct stream *s, const void *bytes, size_t n, bool more)
{
    return s->tls != NULL ? tls_session_write(s->tls, bytes, n)
                          : outcome(send(s->fd, bytes, n,
                                         MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
}

/* TLS: the first piece is enough, a record holds 16 KiB. */
int64_t stream_writev(struct stream *s, const struct iovec *pieces, int n)
{
    struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = (size_t)n};

    return s->tls != NULL ? tls_session_write(s->tls, pieces[0].iov_base, pieces[0].iov_len)
                          : outcome(sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL));
}

int64_t stream_sendfile(struct stream *s, int file, uint64_t at, uint64_t n)
{
    off_t offset = (off_t)at;

    return outcome(sendfile(s->fd, file, &offset, n));
}

void stream_bye(struct stream *s)
{
    if (s->tls != NULL) {
        tls_session_bye(s->tls);
    }
    (void)shutdown(s->fd, SHUT_WR);
}
