/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AppendObject: document APPEND Object (436/7741) and what the SDKs' suites ask of it
 * (cos-operations-2.md s.0.1, s.4). "[Object Content]", its MD5 and CRC-64 are those of the
 * GET Object samples.
 */
#include "door.h"

#define CONTENT "[Object Content]"
#define CONTENT_MD5 "ee8de918d05640145b18f70f4c3aa602"
#define CONTENT_CRC64 "16749565679157681890"

static struct answer append_with(struct door *d, const char *target, const char *headers,
                                 const char *block)
{
    return door_ask(d, &(struct ask){.method = "POST",
                                     .target = target,
                                     .headers = headers,
                                     .body = block,
                                     .n = strlen(block)});
}

static void expect_append(struct door *d, const char *target, const char *block, int status,
                          const char *code)
{
    struct answer a = append_with(d, target, NULL, block);
    if (a.status != status || strcmp(status < 400 ? "" : xml_of(&a, "Code"), code) != 0) {
        fail_msg("%s: %d %s", target, a.status, a.body);
    }
    answer_free(&a);
}

/* "123456789" has the CRC-64 that every catalogue gives: 995dc9bbdf1939fa. */
static void blocks_become_one_object(void **state)
{
    struct door *d = *state;
    struct answer a = append_with(d, "/o?append&position=0", NULL, "1234");
    assert_int_equal(a.status, 200);
    assert_int_equal(a.n, 0);
    assert_string_equal(answer_header(&a, "x-cos-next-append-position"), "4");
    assert_string_equal(answer_header(&a, "x-cos-content-sha1"),
                        "81dc9bdb52d04dc20036dbd8313ed055"); /* md5sum of 1234 */
    answer_free(&a);
    a = append_with(d, "/o?append&position=4", NULL, "56789");
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "x-cos-next-append-position"), "9");
    answer_free(&a);
    a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, "123456789");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), "11051210869376104954");
    assert_string_equal(answer_header(&a, "x-cos-object-type"), "appendable");
    answer_free(&a);
    a = door_send(d, "GET", "/o", "Range: bytes=2-5");
    assert_string_equal(a.body, "3456");
    answer_free(&a);
}

/* [T] c ut test_cos_crc.c:150-176: a client that compares finds nothing to compare with. */
static void an_append_says_its_crc_only_by_a_switch(void **state)
{
    struct door *d = *state;
    struct answer a = append_with(d, "/o?append&position=0", NULL, "1234");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), "");
    answer_free(&a);
    assert_int_equal(cosmock_switch_set(d->tenant, "append-crc64", "sent", NULL), 0);
    a = append_with(d, "/o?append&position=4", NULL, "56789");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), "11051210869376104954");
    answer_free(&a);
}

static void the_first_block_alone_has_its_digests(void **state)
{
    struct door *d = *state;
    struct answer a = append_with(d, "/o?append&position=0", NULL, CONTENT);
    assert_string_equal(answer_header(&a, "x-cos-content-sha1"), CONTENT_MD5);
    char etag[64];
    (void)snprintf(etag, sizeof(etag), "%s", answer_header(&a, "ETag"));
    answer_free(&a);
    a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "ETag"), etag);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CONTENT_CRC64);
    answer_free(&a);
    a = append_with(d, "/o?append&position=16", NULL, "x");
    assert_string_not_equal(answer_header(&a, "ETag"), etag);
    answer_free(&a);
}

/* The C++ suite: a hundred appends, each followed by one at the old position. */
static void a_block_at_another_place_is_refused(void **state)
{
    struct door *d = *state;
    for (int i = 0; i < 100; i++) {
        char target[64];
        (void)snprintf(target, sizeof(target), "/o?append&position=%d", 3 * i);
        expect_append(d, target, "abc", 200, "");
        expect_append(d, target, "abc", 409, "AppendPositionErr");
    }
    struct answer a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "Content-Length"), "300");
    answer_free(&a);
    expect_append(d, "/new?append&position=1", "x", 409, "AppendPositionErr");
}

static void what_is_no_append_is_refused(void **state)
{
    static const struct {
        const char *target, *headers;
        int status;
        const char *code;
    } rows[] = {
        {"/o?append", NULL, 400, "InvalidArgument"},
        {"/o?append&position=", NULL, 400, "InvalidArgument"},
        {"/o?append&position=-1", NULL, 400, "InvalidArgument"},
        {"/o?append&position=a", NULL, 400, "InvalidArgument"},
        {"/o?append&position=0", "x-cos-storage-class: INTELLIGENT_TIERING", 400,
         "NotSupportedStorageClass"},
        {"/o?append&position=0", "x-cos-storage-class: ARCHIVE", 400,
         "NotSupportedStorageClass"},
        {"/o?append&position=0", "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==", 400, "BadDigest"},
        {"/o?append&position=0", "x-cos-content-sha1: da39a3ee5e6b4b0d3255bfef95601890afd80709",
         400, "InvalidSHA1Digest"},
        {"/put?append&position=16", NULL, 409, "ObjectNotAppendable"},
    };
    struct door *d = *state;
    door_put(d, "/put", CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = append_with(d, rows[i].target, rows[i].headers, "x");
        if (a.status != rows[i].status || strcmp(xml_of(&a, "Code"), rows[i].code) != 0) {
            fail_msg("%s %s: %d %s", rows[i].target, rows[i].headers, a.status, a.body);
        }
        answer_free(&a);
    }
    door_expect(d,
                &(struct ask){.method = "POST",
                              .target = "/o?append&position=0",
                              .body = "x",
                              .n = 1,
                              .no_length = true},
                411, "MissingContentLength");
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/o"}, 404, NULL);
    struct answer a = append_with(d, "/put?append&position=16", NULL, "x");
    assert_string_equal(xml_of(&a, "Message"),
                        "The operation is not valid for the current state of the object.");
    answer_free(&a);
}

static void the_beginning_describes_the_object(void **state)
{
    struct door *d = *state;
    struct answer a = append_with(d, "/o?append&position=0",
                                  "Content-Type: text/css\nx-cos-meta-a: 1\n"
                                  "x-cos-storage-class: STANDARD_IA\nCache-Control: no-cache",
                                  "x");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = append_with(d, "/o?append&position=1",
                    "Content-Type: text/html\nx-cos-meta-a: 2\nx-cos-storage-class: ARCHIVE",
                    "y");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "Content-Type"), "text/css");
    assert_string_equal(answer_header(&a, "Cache-Control"), "no-cache");
    assert_string_equal(answer_header(&a, "x-cos-meta-a"), "1");
    assert_string_equal(answer_header(&a, "x-cos-storage-class"), "STANDARD_IA");
    answer_free(&a);
}

static void an_overwrite_makes_a_normal_object(void **state)
{
    struct door *d = *state;
    expect_append(d, "/o?append&position=0", "x", 200, "");
    door_put(d, "/o", "y");
    struct answer a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "x-cos-object-type"), "");
    answer_free(&a);
    expect_append(d, "/o?append&position=1", "x", 409, "ObjectNotAppendable");
}

/* A GET that has begun reads on what it began with. */
static void who_reads_sees_no_growth(void **state)
{
    struct door *d = *state;
    expect_append(d, "/o?append&position=0", "abc", 200, "");
    struct cosmock_header host = {{"Host", 4}, {d->host, strlen(d->host)}};
    struct cosmock_head head = {.method = {"GET", 3},
                                .target = {"/o", 2},
                                .headers = &host,
                                .n_headers = 1};
    struct answer a = {0};
    assert_true(cosmock_begin(d->mock, &a.x, &head) > 0);
    assert_int_equal(cosmock_finish(a.x), 0);
    expect_append(d, "/o?append&position=3", "def", 200, "");
    answer_read(&a);
    assert_string_equal(a.body, "abc");
    answer_free(&a);
}

static void an_empty_block_begins_an_object(void **state)
{
    struct door *d = *state;
    expect_append(d, "/o?append&position=0", "", 200, "");
    expect_append(d, "/o?append&position=0", "x", 200, "");
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, "x");
    answer_free(&a);
}

/* 436/7741, 2024-11-15: they cannot be copied, also not in parts and not through a link. */
static void no_appendable_object_is_copied(void **state)
{
    struct door *d = *state;
    char source[250];
    char through_link[250];
    char part[200];
    expect_append(d, "/o?append&position=0", "abc", 200, "");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/l?symlink",
                              .headers = "x-cos-symlink-target: o"},
                200, NULL);
    struct answer a = door_send(d, "POST", "/c?uploads", NULL);
    (void)snprintf(part, sizeof(part), "/c?partNumber=1&uploadId=%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    (void)snprintf(source, sizeof(source), "x-cos-copy-source: %s/o", d->host);
    (void)snprintf(through_link, sizeof(through_link), "x-cos-copy-source: %s/l", d->host);
    const struct ask asks[] = {
        {.method = "PUT", .target = "/c", .headers = source},
        {.method = "PUT", .target = "/c", .headers = through_link},
        {.method = "PUT", .target = part, .headers = source},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(asks); i++) {
        door_expect(d, &asks[i], 400, "InvalidRequest");
    }
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/c"}, 404, NULL);
    assert_int_equal(cosmock_switch_set(d->tenant, "copy-of-appendable", "normal", NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(asks); i++) {
        door_expect(d, &asks[i], 200, NULL);
    }
    a = door_send(d, "GET", "/c", NULL);
    assert_string_equal(a.body, "abc");
    assert_string_equal(answer_header(&a, "x-cos-object-type"), "");
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(blocks_become_one_object),
        DOOR_TEST(an_append_says_its_crc_only_by_a_switch),
        DOOR_TEST(the_first_block_alone_has_its_digests),
        DOOR_TEST(a_block_at_another_place_is_refused),
        DOOR_TEST(what_is_no_append_is_refused),
        DOOR_TEST(the_beginning_describes_the_object),
        DOOR_TEST(an_overwrite_makes_a_normal_object),
        DOOR_TEST(who_reads_sees_no_growth),
        DOOR_TEST(an_empty_block_begins_an_object),
        DOOR_TEST(no_appendable_object_is_copied),
    };
    return cmocka_run_group_tests_name("append", tests, NULL, NULL);
}
