/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The type of an object nobody gave one. "1.zip" and "1.txt": cos-nodejs-sdk-v5, test.js; the
 * others: Debian's media-types 10.0.0, whose whole list the machine that runs this may or may
 * not have, so the expectations stand here.
 */
#include "door.h"

static const struct {
    const char *key, *type;
} types[] = {
    {"1.zip", "application/zip"},
    {"1.txt", "text/plain"},
    {"dir.zip/a.html", "text/html"},
    {"A.JPG", "image/jpeg"},
    {"a.tar.gz", "application/gzip"},
    {"a.json", "application/json"},
    {"a.csv", "text/csv"},
    {"a.7z", "application/x-7z-compressed"}, /* the first row */
    {"a.zst", "application/zstd"},           /* the last row */
    {"a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"a.mp4", "video/mp4"},
    {"a.parquet", "application/octet-stream"},
    {"a", "application/octet-stream"},
    {"a.", "application/octet-stream"},
    {"dir.zip/a", "application/octet-stream"},
    {"dir.zip/", "application/octet-stream"},
    {".txt", "application/octet-stream"},
    {"a.txtt", "application/octet-stream"},
    {"a.tx", "application/octet-stream"},
    {"a.zip%20", "application/octet-stream"},
};

static void expect_type(struct door *d, const char *key, const char *type)
{
    char target[100];
    (void)snprintf(target, sizeof(target), "/%s", key);
    struct answer a = door_send(d, "HEAD", target, NULL);
    if (strcmp(answer_header(&a, "Content-Type"), type) != 0) {
        fail_msg("'%s': %d %s, not %s", key, a.status, answer_header(&a, "Content-Type"), type);
    }
    answer_free(&a);
}

static void put(struct door *d, const char *key, const char *headers)
{
    char target[100];
    (void)snprintf(target, sizeof(target), "/%s", key);
    door_expect(d, &(struct ask){.method = "PUT", .target = target, .headers = headers}, 200,
                NULL);
}

static void the_extension_gives_the_type(void **state)
{
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(types); i++) {
        put(d, types[i].key, NULL);
        expect_type(d, types[i].key, types[i].type);
    }
}

static void what_the_client_says_stands(void **state)
{
    put(*state, "a.zip", "Content-Type: text/x-own");
    expect_type(*state, "a.zip", "text/x-own");
}

static void off_makes_all_of_them_octet_streams(void **state)
{
    struct door *d = *state;
    assert_int_equal(cosmock_switch_set(d->tenant, "content-type-by-extension", "off", NULL),
                     0);
    put(d, "a.zip", NULL);
    expect_type(d, "a.zip", "application/octet-stream");
}

static void an_upload_gets_its_type_when_it_begins(void **state)
{
    struct door *d = *state;
    struct answer a = door_send(d, "POST", "/1.txt?uploads", NULL);
    char target[200];
    (void)snprintf(target, sizeof(target), "/1.txt?partNumber=1&uploadId=%.100s",
                   xml_of(&a, "UploadId"));
    answer_free(&a);
    a = door_ask(d, &(struct ask){.method = "PUT", .target = target, .body = "x", .n = 1});
    char body[300];
    door_one_part(body, &a);
    answer_free(&a);
    memmove(target + strlen("/1.txt?"), strchr(target, '&') + 1,
            strlen(strchr(target, '&') + 1) + 1);
    door_expect(
        d, &(struct ask){.method = "POST", .target = target, .body = body, .n = strlen(body)},
        200, NULL);
    expect_type(d, "1.txt", "text/plain");
}

/* A copy keeps its source's type; one with new metadata is written like a new object, under its
 * own key. */
static void a_copy_with_new_metadata_gets_the_type_of_its_own_key(void **state)
{
    struct door *d = *state;
    put(d, "a.txt", NULL);
    char headers[300];
    (void)snprintf(headers, sizeof(headers), "x-cos-copy-source: %s/a.txt", d->host);
    put(d, "b.zip", headers);
    expect_type(d, "b.zip", "text/plain");
    (void)snprintf(headers, sizeof(headers),
                   "x-cos-copy-source: %s/a.txt\nx-cos-metadata-directive: Replaced", d->host);
    put(d, "c.zip", headers);
    expect_type(d, "c.zip", "application/zip");
}

static void the_back_door_does_the_same(void **state)
{
    struct door *d = *state;
    assert_int_equal(cosmock_object_put(d->tenant, d->info.bucket, "a.csv", "x", 1, NULL), 0);
    expect_type(d, "a.csv", "text/csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(the_extension_gives_the_type),
        DOOR_TEST(what_the_client_says_stands),
        DOOR_TEST(off_makes_all_of_them_octet_streams),
        DOOR_TEST(an_upload_gets_its_type_when_it_begins),
        DOOR_TEST(a_copy_with_new_metadata_gets_the_type_of_its_own_key),
        DOOR_TEST(the_back_door_does_the_same),
    };
    return cmocka_run_group_tests_name("content_type", tests, NULL, NULL);
}
