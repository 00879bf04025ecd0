/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of operations through the socket-free door: a private mock with the built-in world, and
 * one function that asks. The mock has no signer (law 2), so these tests run with enforcement
 * off unless they set a bucket policy for everybody. Every answer must be freed.
 */
#ifndef TESTS_DOOR_H
#define TESTS_DOOR_H

#include "cosmock/cosmock.h"
#include "cosmock/request.h"

#include "answer.h"
#include "cosbase/base.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DOOR_NOW_UNIX_MS 1586511305000 /* Fri, 10 Apr 2020 09:35:05 GMT: GET Object sample */

struct door {
    struct cosmock *mock;
    struct cosmock_tenant *tenant;
    struct cosmock_world_info info;
    char host[160];
};
/* A request: what is NULL is not sent. `headers` are lines "Name: value" with '\n' between. */
struct ask {
    const char *method, *target, *headers, *host;
    const void *body;
    size_t n;
    bool no_length, with_md5;
};

int door_open(void **state);
/** The same after @prepare, which sees the mock before it has a tenant. */
int door_open_over(void **state, void (*prepare)(struct cosmock *mock));
int door_close(void **state);
/** A mock that keeps what its tenant has in @folder, enforcement off; *d is zeros. */
void door_open_desk(struct door *d, const char *folder);
void door_shut_desk(struct door *d);
struct answer door_ask(struct door *d, const struct ask *q);
/** Text between <element> and </element>, the first from *@at on; moves *@at behind it; NULL:
 *  none. Static buffer. */
const char *xml_next(const char **at, const char *element);
const char *xml_of(const struct answer *a, const char *element);

/* --- the everyday questions --- */
struct answer door_send(struct door *d, const char *method, const char *target,
                        const char *headers);
void door_put(struct door *d, const char *target, const char *text);
/** The modification clock stands at @unix_ms. */
void door_turn_to(struct door *d, int64_t unix_ms);
void door_switch(struct door *d, const char *name, const char *value);
/** PUT ?versioning with this Status. */
void door_set_versioning(struct door *d, const char *status);
/** Ask and assert status and, unless NULL, the error code. */
void door_expect(struct door *d, const struct ask *q, int status, const char *code);
/** Make a bucket in several zones, which is asked from now on. */
void door_move_to_zones(struct door *d);
/** The document that completes an upload of one part, from the answer to its upload. */
void door_one_part(char out[300], const struct answer *part);

#define DOOR_TEST(f) cmocka_unit_test_setup_teardown(f, door_open, door_close)

#endif
