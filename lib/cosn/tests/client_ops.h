/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every operation of the client as a row of a table, over the fake service: for tests that ask
 * the same of all of them.
 */
#ifndef COSN_TESTS_CLIENT_OPS_H
#define COSN_TESTS_CLIENT_OPS_H

#include "check.h"

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

static inline int count_bytes(void *ctx, const void *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)ctx += n;
    return 0;
}

static inline int head_bucket(struct bench *b)
{
    return client_head_bucket(b->client, &b->err);
}

static inline int head_object(struct bench *b)
{
    struct client_object there;
    return client_head(b->client, "k", &there, &b->err);
}

static inline int get_object(struct bench *b)
{
    struct client_range range = {.key = "k",
                                 .n = N_CONTENT,
                                 .on_body = count_bytes,
                                 .ctx = &b->got};
    return client_get(b->client, &range, /* out= */ NULL, &b->err);
}

static inline int list(struct bench *b)
{
    struct client_list_page page = {0};
    struct client_list_question question = {.max_keys = 1000};
    int r = client_list(b->client, &question, &page, &b->err);
    client_list_page_deinit(&page);
    return r;
}

static inline int put_object(struct bench *b)
{
    return client_put(b->client, "new", "body", 4, false, &b->err);
}

static inline int put_marker(struct bench *b)
{
    return client_put(b->client, "dir/", NULL, 0, false, &b->err);
}

static inline int copy(struct bench *b)
{
    return client_copy(b->client, "k", "copy", &b->err);
}

static inline int delete_object(struct bench *b)
{
    return client_delete(b->client, "k", &b->err);
}

static inline int delete_many(struct bench *b)
{
    static const char *const keys[] = {"k", "l"};
    return client_delete_many(b->client, keys, COS_ARRAY_LEN(keys), &b->err);
}

static inline int begin(struct bench *b)
{
    char *id = NULL;
    int r = client_multipart_begin(b->client, "new", &id, &b->err);
    cos_free(id);
    return r;
}

static inline int send_part(struct bench *b, unsigned number, char etag[80])
{
    struct client_part part = {
        .key = "big", .upload_id = b->upload_id, .number = number, .bytes = PART, .n = 9};
    return client_multipart_part(b->client, &part, etag, &b->err);
}

static inline int part(struct bench *b)
{
    char etag[80] = "";
    int r = send_part(b, 2, etag);
    assert_string_equal(etag, r == 0 ? PART_MD5 : "");
    return r;
}

static inline int complete(struct bench *b)
{
    static const char etags[1][80] = {PART_MD5};
    struct client_completion whole = {.key = "big",
                                      .upload_id = b->upload_id,
                                      .etags = etags,
                                      .n_parts = 1,
                                      .crc64 = PART_CRC64};
    return client_multipart_complete(b->client, &whole, &b->err);
}

static inline int abort_upload(struct bench *b)
{
    return client_multipart_abort(b->client, "big", b->upload_id, &b->err);
}

static const struct operation {
    const char *name;
    int (*run)(struct bench *b);
    unsigned traits;
} operations[] = {
    {"HeadBucket", head_bucket, 0},
    {"HeadObject", head_object, HAS_ETAG | HAS_LENGTH},
    {"GetObject", get_object, HAS_ETAG | HAS_LENGTH | HAS_BODY | HAS_CRC64},
    {"GetBucket", list, HAS_DOCUMENT},
    {"PutObject", put_object, HAS_ETAG | HAS_CRC64 | IS_WRITE},
    {"PutObject, empty", put_marker, HAS_ETAG | IS_WRITE},
    {"PutObjectCopy", copy, HAS_DOCUMENT},
    {"DeleteObject", delete_object, IS_SUCCESS_204 | IS_WRITE},
    {"DeleteMultipleObjects", delete_many, HAS_DOCUMENT},
    {"InitiateMultipartUpload", begin, HAS_DOCUMENT},
    {"UploadPart", part, HAS_ETAG | HAS_CRC64 | IS_WRITE},
    {"CompleteMultipartUpload", complete, HAS_DOCUMENT | HAS_CRC64},
    {"AbortMultipartUpload", abort_upload, IS_SUCCESS_204 | IS_WRITE},
};

/** @transport: stands in front of the fake, or NULL. */
static inline void bench_init(struct bench *b, const struct cosn_transport *transport)
{
    memset(b, 0, sizeof(*b));
    world_init(&b->world);
    b->fake = fake_new();
    b->world.platform.transport = transport == NULL ? &b->fake->transport : transport;
    assert_int_equal(platform_init(&b->platform, &b->world.platform, &b->err), 0);
    struct cosn_credentials *c = NULL;
    assert_int_equal(cosn_credentials_new(&c, "AKIDexample", "key", NULL, COSN_NEVER_EXPIRES,
                                          NULL),
                     0);
    assert_int_equal(cosn_provider_static_new(&b->provider, c, NULL), 0);
    (void)cosn_credentials_unref(c);
    struct client_options o = {
        .bucket = "examplebucket-1250000000",
        .host = "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com",
        .scheme = "https",
        .provider = b->provider,
        .platform = &b->platform,
        .retry = {.retries = 3, .interval_ms = 3000},
        .stall_ms = 60000,
        .user_agent = "cosn/test",
    };
    assert_int_equal(client_new(&b->client, &o, &b->err), 0);
    fake_seed(b->fake, "k", CONTENT, N_CONTENT);
    assert_int_equal(client_multipart_begin(b->client, "big", &b->upload_id, &b->err), 0);
    char etag[80];
    assert_int_equal(send_part(b, 1, etag), 0);
}

static inline void bench_deinit(struct bench *b)
{
    cos_free(b->upload_id);
    (void)client_free(b->client);
    (void)cosn_provider_unref(b->provider);
    platform_deinit(&b->platform);
    (void)fake_free(b->fake);
}

#endif
