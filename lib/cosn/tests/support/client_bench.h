/* SPDX-License-Identifier: Apache-2.0 */
/* A client with a credential of its own, and a service that refuses what a test says. */
#ifndef COSN_TESTS_CLIENT_BENCH_H
#define COSN_TESTS_CLIENT_BENCH_H

#include "world.h"

#include "client/call.h"
#include "fake_transport.h"

/* Published example key, cos-go-sdk-v5 auth_test.go:15. */
#define CLIENT_SECRET "Gu5t9xGARNpq86cd98joQYCN3Cozk1qA"
#define CLIENT_TOKEN "tokenTOKENtoken"
#define CLIENT_NOW_MS INT64_C(1700000000000)

struct client_bench {
    struct world world;
    struct fake *fake;
    struct platform platform;
    struct cosn_provider *provider;
    struct client *client;
    struct cosn_error err;
    /* the credential the provider yields */
    const char *id, *token;
    int64_t expires_unix_ms;
    unsigned asked;
    /* intercept */
    int fail_first, status;
    const char *code, *message, *method;
};

int client_bench_setup(void **state);
int client_bench_teardown(void **state);
/** The first @n bytes of "k"; *got counts them. */
int client_bench_get(struct client_bench *b, size_t n, size_t *got);
int client_bench_list(struct client_bench *b, const char *prefix, const char *marker,
                      struct client_list_page *page);
void reply_add_header(struct cosn_http_reply *reply, const char *name, const char *value);

#define CLIENT_BENCH_TEST(f) \
    cmocka_unit_test_setup_teardown(f, client_bench_setup, client_bench_teardown)

#endif
