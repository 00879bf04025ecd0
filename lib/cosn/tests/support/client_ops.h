/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every operation of the client as a row of a table, over the fake service: for tests that ask
 * the same of all of them.
 */
#ifndef COSN_TESTS_CLIENT_OPS_H
#define COSN_TESTS_CLIENT_OPS_H

#include "world.h"

#include "client/client.h"
#include "fake_transport.h"

#define CONTENT "0123456789abcdefghij"
/* The check value of CRC-64/XZ, and its MD5. */
#define PART "123456789"
#define PART_CRC64 UINT64_C(11051210869376104954)
#define PART_MD5 "25f9e794323b453885f5181f1b624d0b"
#define N_CONTENT (sizeof(CONTENT) - 1)

/* What an operation's answer has. */
enum trait {
    HAS_ETAG = 1,
    HAS_CRC64 = 2,
    HAS_LENGTH = 4,
    HAS_DOCUMENT = 8,
    HAS_BODY = 16, /* bytes of an object */
    IS_WRITE = 32, /* answers with an empty body */
    IS_SUCCESS_204 = 64,
};

struct bench {
    struct world world;
    struct fake *fake;
    struct platform platform;
    struct cosn_provider *provider;
    struct client *client;
    struct cosn_error err;
    size_t got; /* bytes handed on by a GET */
    char *upload_id;
};

struct operation {
    const char *name;
    int (*run)(struct bench *b);
    unsigned traits;
};
#define N_OPERATIONS 13
extern const struct operation operations[N_OPERATIONS];
int get_object(struct bench *b);
int put_object(struct bench *b);
int put_part(struct bench *b);
int complete_upload(struct bench *b);

/** @transport: stands in front of the fake, or NULL. */
void bench_init(struct bench *b, const struct cosn_transport *transport);
void bench_deinit(struct bench *b);

#endif
