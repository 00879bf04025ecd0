/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See client_ops.h.
 */
#include "client_ops.h"

static int count_bytes(void *ctx, const void *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)ctx += n;
    return 0;
}

static int head_bucket(struct bench *b)
{
    return client_head_bucket(b->client, &b->err);
}

static int head_object(struct bench *b)
{
    struct client_object there;
    return client_head(b->client, "k", &there, &b->err);
}

int get_object(struct bench *b)
{
    struct client_range range = {.key = "k",
                                 .n = N_CONTENT,
                                 .on_body = count_bytes,
                                 .ctx = &b->got};
    return client_get(b->client, &range, /* out= */ NULL, &b->err);
}

static int list(struct bench *b)
{
    struct client_list_page page = {0};
    struct client_list_question question = {.max_keys = 1000};
    int r = client_list(b->client, &question, &page, &b->err);
    client_list_page_deinit(&page);
    return r;
}

int put_object(struct bench *b)
{
    return client_put(b->client, "new", "body", 4, /* forbid_overwrite= */ false, &b->err);
}

static int put_marker(struct bench *b)
{
    return client_put(b->client, "dir/", /* bytes= */ NULL, 0, /* forbid_overwrite= */ false,
                      &b->err);
}

static int copy(struct bench *b)
{
    return client_copy(b->client, "k", "copy", &b->err);
}

static int delete_object(struct bench *b)
{
    return client_delete(b->client, "k", &b->err);
}

static int delete_many(struct bench *b)
{
    static const char *const keys[] = {"k", "l"};
    return client_delete_many(b->client, keys, COS_ARRAY_LEN(keys), &b->err);
}

static int begin(struct bench *b)
{
    char *id = NULL;
    int r = client_multipart_begin(b->client, "new", &id, &b->err);
    cos_free(id);
    return r;
}

static int send_part(struct bench *b, unsigned number, char etag[80])
{
    struct client_part part = {
        .key = "big", .upload_id = b->upload_id, .number = number, .bytes = PART, .n = 9};
    return client_multipart_part(b->client, &part, etag, &b->err);
}

int put_part(struct bench *b)
{
    char etag[80] = "";
    int r = send_part(b, 2, etag);
    assert_string_equal(etag, r == 0 ? PART_MD5 : "");
    return r;
}

int complete_upload(struct bench *b)
{
    static const char etags[1][80] = {PART_MD5};
    struct client_completion whole = {.key = "big",
                                      .upload_id = b->upload_id,
                                      .etags = etags,
                                      .n_parts = 1,
                                      .crc64 = PART_CRC64};
    return client_multipart_complete(b->client, &whole, &b->err);
}

static int abort_upload(struct bench *b)
{
    return client_multipart_abort(b->client, "big", b->upload_id, &b->err);
}

const struct operation operations[N_OPERATIONS] = {
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
    {"UploadPart", put_part, HAS_ETAG | HAS_CRC64 | IS_WRITE},
    {"CompleteMultipartUpload", complete_upload, HAS_DOCUMENT | HAS_CRC64},
    {"AbortMultipartUpload", abort_upload, IS_SUCCESS_204 | IS_WRITE},
};

void bench_init(struct bench *b, const struct cosn_transport *transport)
{
    memset(b, 0, sizeof(*b));
    world_init(&b->world);
    b->fake = fake_new();
    b->world.platform.transport = transport == NULL ? &b->fake->transport : transport;
    assert_int_equal(platform_init(&b->platform, &b->world.platform, &b->err), 0);
    struct cosn_credentials *c = NULL;
    assert_int_equal(cosn_credentials_new(&c, "AKIDexample", "key", /* token= */ NULL,
                                          COSN_NEVER_EXPIRES,
                                          /* err= */ NULL),
                     0);
    assert_int_equal(cosn_provider_static_new(&b->provider, c, NULL), 0);
    (void)cosn_credentials_unref(c);
    b->client = fake_client(b->provider, &b->platform);
    fake_seed(b->fake, "k", CONTENT, N_CONTENT);
    assert_int_equal(client_multipart_begin(b->client, "big", &b->upload_id, &b->err), 0);
    char etag[80];
    assert_int_equal(send_part(b, 1, etag), 0);
}

void bench_deinit(struct bench *b)
{
    cos_free(b->upload_id);
    (void)client_free(b->client);
    (void)cosn_provider_unref(b->provider);
    platform_deinit(&b->platform);
    (void)fake_free(b->fake);
}
