/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the client share. */
#include "client_bench.h"

static int give_credential(void *ctx, struct cosn_credentials **out, struct cosn_error *err)
{
    struct client_bench *b = ctx;
    char id[64];
    (void)snprintf(id, sizeof(id), "%s%u", b->id, ++b->asked);
    return cosn_credentials_new(out, b->token == NULL ? b->id : id, CLIENT_SECRET, b->token,
                                b->expires_unix_ms, err);
}

/* Refuse the first requests of one method, then serve. */
static int refuse_first(void *ctx, struct fake *f, const struct fake_request *rq,
                        struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct client_bench *b = ctx;
    (void)f;
    if (b->fail_first == 0 || (b->method != NULL && strcmp(rq->method, b->method) != 0)) {
        return 0;
    }
    b->fail_first--;
    if (b->status == 0) {
        memset(err, 0, sizeof(*err));
        err->status = COSN_E_NET;
        err->retryable = true;
        (void)snprintf(err->message, sizeof(err->message), "connection reset");
        return COSN_E_NET;
    }
    fake_refuse(reply, b->status, strcmp(rq->method, "HEAD") == 0 ? NULL : b->code, b->message);
    return 1;
}

int client_bench_setup(void **state)
{
    struct client_bench *b = calloc(1, sizeof(*b));
    world_init(&b->world);
    b->fake = fake_new();
    b->fake->intercept = refuse_first;
    b->fake->intercept_ctx = b;
    b->world.platform.transport = &b->fake->transport;
    b->id = "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q";
    b->expires_unix_ms = COSN_NEVER_EXPIRES;
    b->message = "Something is wrong.";
    struct cosn_provider_ops ops = {.size = sizeof(ops),
                                    .name = "test",
                                    .get = give_credential};
    assert_int_equal(platform_init(&b->platform, &b->world.platform, &b->err), 0);
    assert_int_equal(cosn_provider_new(&b->provider, &ops, b, &b->err), 0);
    b->client = fake_client(b->provider, &b->platform);
    *state = b;
    return 0;
}

int client_bench_teardown(void **state)
{
    struct client_bench *b = *state;
    (void)client_free(b->client);
    (void)cosn_provider_unref(b->provider);
    platform_deinit(&b->platform);
    (void)fake_free(b->fake);
    free(b);
    return 0;
}

void reply_add_header(struct cosn_http_reply *reply, const char *name, const char *value)
{
    assert_int_equal(cosn_http_reply_add_header(reply, name, strlen(name), value,
                                                strlen(value)),
                     0);
}

static int ignore(void *ctx, const void *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)ctx += n;
    return 0;
}

int client_bench_get(struct client_bench *b, size_t n, size_t *got)
{
    struct client_range range = {.key = "k", .n = n, .on_body = ignore, .ctx = got};
    return client_get(b->client, &range, /* out= */ NULL, &b->err);
}

int client_bench_list(struct client_bench *b, const char *prefix, const char *marker,
                      struct client_list_page *page)
{
    struct client_list_question question = {.prefix = prefix,
                                            .delimiter = "/",
                                            .marker = marker,
                                            .max_keys = 1000};
    return client_list(b->client, &question, page, &b->err);
}
