/* SPDX-License-Identifier: Apache-2.0 */
/* The server's side of TLS on a non-blocking socket. */
#ifndef EDGE_TLS_SESSION_H
#define EDGE_TLS_SESSION_H

#include "cosmock/cosmock.h"

#include "edge/stream.h"

/* What all sessions of a plane share: key, certificate, rules. */
struct tls_server;
/** @key_pem, @chain_pem (leaf, then CA): borrowed for the call. */
int tls_server_new(struct tls_server **out, const char *key_pem, const char *chain_pem,
                   struct cosmock_error *err);
struct tls_server *tls_server_free(struct tls_server *s);

struct tls_session;
/** A session on @fd, which stays the caller's; NULL without memory. @server outlives it. */
struct tls_session *tls_session_new(struct tls_server *server, int fd);
struct tls_session *tls_session_free(struct tls_session *s);
/** STREAM_DONE, or STREAM_AGAIN_READ, STREAM_AGAIN_WRITE, STREAM_BROKEN
 *  (tls_session_failure() says why). */
int tls_session_handshake(struct tls_session *s);
/** As stream_read() and stream_write(). */
int64_t tls_session_read(struct tls_session *s, void *out, size_t n);
int64_t tls_session_write(struct tls_session *s, const void *bytes, size_t n);
/** Bytes were read from the socket that nobody has asked for yet: epoll will not tell. */
bool tls_session_has_more(const struct tls_session *s);
/** Say that nothing follows (close_notify). */
void tls_session_bye(struct tls_session *s);
/** The host the client asked for (SNI), as sent; "" when it said none. Also after a failed
 *  handshake. Borrowed. */
const char *tls_session_host(const struct tls_session *s);
/** "1.3"; NULL: @s is NULL, or another protocol. */
const char *tls_session_version(const struct tls_session *s);
/** Why the handshake failed, one English line. Borrowed. */
const char *tls_session_failure(const struct tls_session *s);

#endif
