/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge: sockets. The front is one port that speaks everything (HTTP in virtual-host, path
 * and absolute form, TLS, CONNECT, SOCKS5); the control API is on another listener only.
 * Promise: may change before 1.0.
 * Threads: any.
 */
#ifndef COSMOCK_LISTEN_H
#define COSMOCK_LISTEN_H

#include "cosmock/cosmock.h"

#ifdef __cplusplus
extern "C" {
#endif

enum cosmock_listener {
    COSMOCK_FRONT,
    COSMOCK_CONTROL,
};
struct cosmock_listen_options {
    size_t size;
    const char *address; /* NULL: 127.0.0.1 */
    uint16_t port;       /* 0: any free one */
    unsigned threads;    /* event loops; 0: one per core, at most 4 */
    /* control only: demanded when the address is not loopback; then 16 bytes at least, of
     * letters, digits and -._~+/= */
    const char *control_token;
    /* front: more host names to answer to, in the certificate, too ("*.x": a suffix),
     * NULL-terminated; NULL */
    const char *const *extra_names;
};
#define COSMOCK_LISTEN_OPTIONS_INIT COSMOCK_SIZED_INIT(struct cosmock_listen_options)
struct cosmock_endpoint {
    char host[64];
    uint16_t port;
};
/**
 * Returns when the socket listens.
 *
 * @options     NULL: all defaults
 * Errors:      COSMOCK_E_INVALID (no size, another @which, a control_token that is missing or
 *              weak), COSMOCK_E_IO (the address or port)
 */
COSMOCK_API int cosmock_listen(struct cosmock *mock, enum cosmock_listener which,
                               const struct cosmock_listen_options *options,
                               struct cosmock_endpoint *out, struct cosmock_error *err);
/** Stop every listener, let requests under way finish. cosmock_free does it too. */
COSMOCK_API void cosmock_listen_stop(struct cosmock *mock);
/** The throw-away CA as PEM; made at the first use; borrowed until cosmock_free. NULL on
 *  failure. */
COSMOCK_API const char *cosmock_ca_pem(struct cosmock *mock);
/** Write the CA as a Java trust store (JKS, password "changeit") or as PEM, or both; NULL: not
 *  that one.
 *  Errors: COSMOCK_E_IO (the path is named). */
COSMOCK_API int cosmock_ca_write(struct cosmock *mock, const char *pem_path,
                                 const char *jks_path, struct cosmock_error *err);
/**
 * Write a hosts file for JVMs (jdk.net.hosts.file), which has no wildcards: the service's
 * hosts, every bucket of every tenant of this moment, and @extra (NULL-terminated; NULL) at
 * TEST-NET addresses that only a proxy can take anywhere; localhost at loopback.
 *
 * Errors:      COSMOCK_E_IO (the path is named)
 * Source:      conformance.md s.0.7, fluss-plugin.md s.8
 */
COSMOCK_API int cosmock_hosts_write(struct cosmock *mock, const char *const *extra,
                                    const char *path, struct cosmock_error *err);

#ifdef __cplusplus
}
#endif
#endif
