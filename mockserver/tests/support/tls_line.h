/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client for tests that speaks TLS, by OpenSSL: the other end of edge/tls_session.c. It
 * trusts the mock's authority or nobody.
 */
#ifndef TESTS_TLS_LINE_H
#define TESTS_TLS_LINE_H

#include "wire.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>

struct tls_line {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    struct cos_buf in;
};
struct tls_wish {
    /* NULL: no SNI */
    const char *host;
    bool trusts_nobody;
    /* 0: any */
    int max_version;
    /* TLS 1.2; NULL: any */
    const char *cipher_list;
};

void tls_trust(SSL_CTX *context, const char *pem);
/** Not connected yet: SSL_connect(l.ssl) is the caller's. */
struct tls_line tls_line_new(struct wire *w, const struct tls_wish *wish);
struct tls_line tls_line_open(struct wire *w);
void tls_line_close(struct tls_line *l);
void tls_line_say(struct tls_line *l, const void *bytes, size_t n);
/** One more piece of input; false at the end of the stream. */
bool tls_line_more(struct tls_line *l);

#endif
