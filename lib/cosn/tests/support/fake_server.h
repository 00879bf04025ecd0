/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hand-written service of fake_transport.h behind a socket on loopback, at a port of the
 * kernel's choosing, so that the `cosn` program can be run against it as users run it.
 * HTTP/1.1, no TLS; one thread a connection.
 */
#ifndef COSN_TESTS_FAKE_SERVER_H
#define COSN_TESTS_FAKE_SERVER_H

#include "fake_transport.h"

/** What an intercept of the fake returns (with @err untouched) when the client shall wait for
 *  an answer that never comes. */
#define FAKE_NEVER_ANSWERS (-1000)

struct fake_server;
struct fake_server *fake_server_new(struct fake *f);
struct fake_server *fake_server_free(struct fake_server *s); /* before the fake */
unsigned fake_server_port(const struct fake_server *s);

#endif
