/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests over real sockets: a mock that listens on loopback at ports of the kernel's choice, and
 * a client that knows nothing but bytes. Enforcement is off because the mock has no signer (law
 * 2): what is tested here is what only sockets show. Every wait has an end of PATIENCE_MS.
 */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include "cosmock/cosmock.h"

#include "cosbase/base.h"
#include "cosbase/buf.h"
#include "cosbase/span.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#define PATIENCE_MS 20000

struct wire {
    struct cosmock *mock;
    struct cosmock_tenant *tenant;
    struct cosmock_world_info info;
    struct cosmock_endpoint front, control;
    /* <bucket>.cos.<region>.myqcloud.com */
    char host[160];
};
/* a client's connection and what it has read beyond the last reply */
struct line {
    int fd;
    struct cos_buf in;
};
struct reply {
    int status;
    /* status line and headers, NUL-terminated */
    char head[4096];
    struct cos_buf body;
    /* the body had its announced length */
    bool is_complete;
    /* of the last reply_value() */
    char value[512];
};

int wire_open(void **state);
int wire_close(void **state);
struct line line_open(uint16_t port);
void line_close(struct line *l);
void line_say_bytes(struct line *l, const void *bytes, size_t n);
void line_say(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** One more piece of input; false at the end of the stream, fails when nothing comes. */
bool line_more(struct line *l);
/** Exactly these bytes come next. */
void line_hear_bytes(struct line *l, const void *bytes, size_t n);
/** The other side has closed, and nothing is left to read. */
bool line_is_at_end(struct line *l);
const char *reply_value(struct reply *r, const char *name);
/** The next reply. False: the connection ended before a status line. @has_body false for
 *  HEAD. */
bool line_hear(struct line *l, struct reply *r, bool has_body);
void reply_free(struct reply *r);
/** The next reply has this status. */
void line_expect(struct line *l, int status);
/** The next reply is a 200 with this body. */
void line_expect_text(struct line *l, const char *text);
/** One request without a body on a connection of its own: the status; the body in *out when not
 *  NULL. */
int wire_get(uint16_t port, const char *host, const char *target, struct cos_buf *out);
void wire_put_object(struct wire *w, const char *key, const char *text);

#define OVER_WIRE(test) cmocka_unit_test_setup_teardown(test, wire_open, wire_close)

#endif
