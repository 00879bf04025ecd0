/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutObjectCopy and UploadPartCopy (cos-wire.md s.2.1, PUT Object - Copy samples). MD5 and
 * CRC-64 of "Object" were computed with Python's hashlib and a table CRC-64/XZ checked on
 * "123456789".
 */
#include "door.h"

#define CONTENT "[Object Content]"
#define ETAG "\"ee8de918d05640145b18f70f4c3aa602\""
#define CRC64 "16749565679157681890"
#define ETAG_OBJECT "\"497031794414a552435f90151ac3b54b\""
#define CRC64_OBJECT "11864167786077715833"

static const char *copy_headers(const struct door *d, const char *key, const char *more)
{
    static char text[1024];
    (void)snprintf(text, sizeof(text), "x-cos-copy-source: %s/%s%s%s", d->host, key,
                   more == NULL ? "" : "\n", more == NULL ? "" : more);
    return text;
}

static void put_source(struct door *d)
{
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/example-%E8%85%BE%E8%AE%AF%E4%BA%91.jpg",
                              .headers = "Content-Type: image/jpeg\nx-cos-meta-colour: red",
                              .body = CONTENT,
                              .n = strlen(CONTENT)},
                200, NULL);
}
#define SOURCE_KEY "example-%E8%85%BE%E8%AE%AF%E4%BA%91.jpg"

static void a_copy_carries_bytes_digests_and_headers(void **state)
{
    struct door *d = *state;
    put_source(d);
    struct answer a = door_send(d, "PUT", "/copy", copy_headers(d, SOURCE_KEY, NULL));
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "ETag"), ETAG);
    assert_string_equal(xml_of(&a, "CRC64"), CRC64);
    assert_string_equal(xml_of(&a, "LastModified"), "2020-04-10T09:35:05Z");
    answer_free(&a);
    a = door_send(d, "GET", "/copy", NULL);
    assert_string_equal(a.body, CONTENT);
    assert_string_equal(answer_header(&a, "ETag"), ETAG);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC64);
    assert_string_equal(answer_header(&a, "Content-Type"), "image/jpeg"); /* MK-24 */
    assert_string_equal(answer_header(&a, "x-cos-meta-colour"), "red");
    answer_free(&a);
}

static void replaced_takes_the_headers_of_the_request(void **state)
{
    struct door *d = *state;
    put_source(d);
    struct answer a = door_send(d, "PUT", "/copy",
                                copy_headers(d, SOURCE_KEY,
                                             "x-cos-metadata-directive: Replaced\n"
                                             "Content-Type: text/plain\nx-cos-meta-size: big"));
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = door_send(d, "HEAD", "/copy", NULL);
    assert_string_equal(answer_header(&a, "Content-Type"), "text/plain");
    assert_string_equal(answer_header(&a, "x-cos-meta-size"), "big");
    assert_string_equal(answer_header(&a, "x-cos-meta-colour"), "");
    answer_free(&a);
}

static const struct {
    const char *name, *key, *more, *code;
    int status;
} refusals[] = {
    {"missing source", "none", NULL, "NoSuchKey", 404},
    {"no key", "", NULL, "InvalidCopySource", 400},
    {"another version, in the C++ SDK's spelling", SOURCE_KEY "?VersionId=MTg0", NULL,
     "NoSuchVersion", 404},
    {"another version", SOURCE_KEY "?versionId=MTg0", NULL, "NoSuchVersion", 404},
    {"if-match fails", SOURCE_KEY, "x-cos-copy-source-If-Match: \"a\"", "PreconditionFailed",
     412},
    {"if-none-match hits", SOURCE_KEY, "x-cos-copy-source-If-None-Match: " ETAG,
     "PreconditionFailed", 412},
    {"not modified since", SOURCE_KEY,
     "x-cos-copy-source-If-Modified-Since: Fri, 10 Apr 2020 09:35:05 GMT", "PreconditionFailed",
     412},
    {"modified since", SOURCE_KEY,
     "x-cos-copy-source-If-Unmodified-Since: Fri, 10 Apr 2020 09:35:04 GMT",
     "PreconditionFailed", 412},
    {"unknown directive", SOURCE_KEY, "x-cos-metadata-directive: Keep", "InvalidArgument", 400},
};

static void refused_copies_write_nothing(void **state)
{
    struct door *d = *state;
    put_source(d);
    for (size_t i = 0; i < COS_ARRAY_LEN(refusals); i++) {
        struct answer a =
            door_send(d, "PUT", "/copy", copy_headers(d, refusals[i].key, refusals[i].more));
        if (a.status != refusals[i].status ||
            strcmp(xml_of(&a, "Code"), refusals[i].code) != 0) {
            fail_msg("%s: got %d %s", refusals[i].name, a.status, a.body);
        }
        answer_free(&a);
    }
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/copy"}, 404, NULL);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/copy",
                              .headers = "x-cos-copy-source: none-1250000000.cos.ap-beijing."
                                         "myqcloud.com/key"},
                404, "NoSuchBucket");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/copy",
                              .headers = "x-cos-copy-source: nonsense"},
                400, "InvalidCopySource");
}

#define B "examplebucket-1250000000" /* the built-in world's bucket, in ap-guangzhou */

static struct answer copy_from(struct door *d, const char *host)
{
    char header[400];
    (void)snprintf(header, sizeof(header), "x-cos-copy-source: %s/%s", host, SOURCE_KEY);
    return door_send(d, "PUT", "/copy", header);
}

/* The captured sentence: flysystem-qcloud-cos-v5#8; that other regions give it, too:
 * cos-python-sdk-v5#71. */
static void a_source_that_is_elsewhere_cannot_be_asked(void **state)
{
    static const char *const hosts[] = {
        B ".cos.ap-shanghai.myqcloud.com",
        B ".cn-east.myqcloud.com",
        B ".s3.amazonaws.com",
        B ".example.com",
        B ".cos.ap-guangzhou.myqcloud.co",
        B ".cos.cos.ap-guangzhou.myqcloud.com",
        B ".ci.ap-guangzhou.myqcloud.com",
        "sts.tencentcloudapi.com/" B,
        "examplebucket.cos.ap-guangzhou.myqcloud.com",
        "none-1250000000.cos.mock.test",
        "cos.ap-shanghai.myqcloud.com/" B,
        "/none-1250000000",
    };
    struct door *d = *state;
    put_source(d);
    for (size_t i = 0; i < COS_ARRAY_LEN(hosts); i++) {
        struct answer a = copy_from(d, hosts[i]);
        if (a.status != 404 || strcmp(xml_of(&a, "Code"), "NoSuchBucket") != 0 ||
            strcmp(xml_of(&a, "Message"), "Failed to query the state of source object") != 0) {
            fail_msg("%s: %d %s", hosts[i], a.status, a.body);
        }
        answer_free(&a);
    }
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/copy"}, 404, NULL);
}

static void every_host_of_the_bucket_is_a_source(void **state)
{
    static const char *const hosts[] = {
        B ".cos.ap-guangzhou.myqcloud.com",
        B ".cos.ap-guangzhou.tencentcos.cn",
        B ".cos.ap-guangzhou.myqcloud.com:443",
        B ".COS.ap-guangzhou.myqcloud.com",
        B ".cn-south.myqcloud.com",
        B ".cos.accelerate.myqcloud.com",
        B ".cos.mock.test",
        "127.0.0.1:9000/" B,
        "[::1]:9000/" B,
        "[::1]/" B,
        "cos.ap-guangzhou.myqcloud.com/" B,
        "/" B, /* OpenDAL, seen to work in ap-guangzhou: apache/opendal#7526, #5672 */
    };
    struct door *d = *state;
    put_source(d);
    for (size_t i = 0; i < COS_ARRAY_LEN(hosts); i++) {
        struct answer a = copy_from(d, hosts[i]);
        if (a.status != 200) {
            fail_msg("%s: %d %s", hosts[i], a.status, a.body);
        }
        answer_free(&a);
    }
}

static void the_null_version_can_be_copied(void **state)
{
    struct door *d = *state;
    put_source(d);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/copy",
                              .headers = copy_headers(d, SOURCE_KEY "?versionId=null", NULL)},
                200, NULL);
}

static void copying_onto_itself_needs_a_change(void **state)
{
    static const struct {
        const char *more;
        int status;
    } rows[] = {
        {NULL, 400},
        {"x-cos-metadata-directive: Copy", 400},
        {"x-cos-metadata-directive: Replaced\nContent-Type: a/b", 200},
        {"x-cos-storage-class: STANDARD_IA", 200},
    };
    struct door *d = *state;
    door_put(d, "/o", CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = door_send(d, "PUT", "/o", copy_headers(d, "o", rows[i].more));
        assert_int_equal(a.status, rows[i].status);
        if (a.status == 400) {
            assert_string_equal(xml_of(&a, "Code"), "InvalidRequest");
        }
        answer_free(&a);
    }
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, CONTENT);
    assert_string_equal(answer_header(&a, "x-cos-storage-class"), "STANDARD_IA");
    answer_free(&a);
}

/* PUT Object - Copy: an archived source must be restored first, also to change its own
 * class. */
static void an_archived_source_cannot_be_copied(void **state)
{
    struct door *d = *state;
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/cold",
                              .headers = "x-cos-storage-class: Deep_Archive",
                              .body = "x",
                              .n = 1},
                200, NULL);
    struct ask q = {.method = "PUT", .headers = copy_headers(d, "cold", NULL)};
    q.target = "/copy";
    door_expect(d, &q, 403, "InvalidObjectState");
    struct answer a = door_send(d, "POST", "/m?uploads", NULL);
    char id[128];
    (void)snprintf(id, sizeof(id), "%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    char target[200];
    (void)snprintf(target, sizeof(target), "/m?partNumber=1&uploadId=%s", id);
    q.target = target;
    door_expect(d, &q, 403, "InvalidObjectState");
    q.target = "/cold";
    q.headers = copy_headers(d, "cold", "x-cos-storage-class: STANDARD");
    door_expect(d, &q, 403, "InvalidObjectState");
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
}

/* MK-24: a caller who may write but not read the source. */
static void a_denied_source_denies_the_copy(void **state)
{
    struct door *d = *state;
    put_source(d);
    char policy[512];
    (void)snprintf(policy, sizeof(policy),
                   "{\"version\":\"2.0\",\"Statement\":[{\"Principal\":{\"qcs\":"
                   "[\"qcs::cam::anyone:anyone\"]},\"Effect\":\"allow\",\"Action\":"
                   "[\"name/cos:PutObject\"],\"Resource\":[\"qcs::cos:%s:uid/%s:%s/*\"]}]}",
                   d->info.region, d->info.appid, d->info.bucket);
    struct cosmock_error err = {0};
    if (cosmock_bucket_policy_set(d->tenant, d->info.bucket, policy, &err) != COSMOCK_OK ||
        cosmock_switch_set(d->tenant, "enforcement", "enforce", &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    door_expect(d, &(struct ask){.method = "PUT", .target = "/new", .body = "x", .n = 1}, 200,
                NULL);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/copy",
                              .headers = copy_headers(d, SOURCE_KEY, NULL)},
                403, "AccessDenied");
}

static void start_upload(struct door *d, char *target, size_t cap)
{
    struct answer a = door_send(d, "POST", "/whole?uploads", NULL);
    (void)snprintf(target, cap, "/whole?partNumber=1&uploadId=%s", xml_of(&a, "UploadId"));
    answer_free(&a);
}

static void a_range_of_a_source_becomes_a_part(void **state)
{
    struct door *d = *state;
    put_source(d);
    char target[160];
    start_upload(d, target, sizeof(target));
    struct answer a =
        door_send(d, "PUT", target,
                  copy_headers(d, SOURCE_KEY, "x-cos-copy-source-range: bytes=1-6"));
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "ETag"), ETAG_OBJECT);
    assert_string_equal(xml_of(&a, "CRC64"), CRC64_OBJECT);
    answer_free(&a);
    const char *document = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"
                           "497031794414a552435f90151ac3b54b</ETag></Part>"
                           "</CompleteMultipartUpload>";
    char complete[160];
    (void)snprintf(complete, sizeof(complete), "/whole?%s", strstr(target, "uploadId"));
    door_expect(d,
                &(struct ask){.method = "POST",
                              .target = complete,
                              .body = document,
                              .n = strlen(document)},
                200, NULL);
    a = door_send(d, "GET", "/whole", NULL);
    assert_string_equal(a.body, "Object");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC64_OBJECT);
    answer_free(&a);
}

static void bad_source_ranges_are_refused(void **state)
{
    static const struct {
        const char *more, *code;
        int status;
    } rows[] = {
        {"x-cos-copy-source-range: bytes=0-16", "InvalidRange", 416},
        {"x-cos-copy-source-range: bytes=5-", "InvalidArgument", 400},
        {"x-cos-copy-source-range: bytes=6-5", "InvalidArgument", 400},
        {"x-cos-copy-source-range: 1-2", "InvalidArgument", 400},
        {"x-cos-copy-source-If-Match: \"a\"", "PreconditionFailed", 412},
    };
    struct door *d = *state;
    char target[160];
    put_source(d);
    start_upload(d, target, sizeof(target));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        door_expect(d,
                    &(struct ask){.method = "PUT",
                                  .target = target,
                                  .headers = copy_headers(d, SOURCE_KEY, rows[i].more)},
                    rows[i].status, rows[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_copy_carries_bytes_digests_and_headers),
        DOOR_TEST(replaced_takes_the_headers_of_the_request),
        DOOR_TEST(refused_copies_write_nothing),
        DOOR_TEST(a_source_that_is_elsewhere_cannot_be_asked),
        DOOR_TEST(every_host_of_the_bucket_is_a_source),
        DOOR_TEST(the_null_version_can_be_copied),
        DOOR_TEST(copying_onto_itself_needs_a_change),
        DOOR_TEST(an_archived_source_cannot_be_copied),
        DOOR_TEST(a_denied_source_denies_the_copy),
        DOOR_TEST(a_range_of_a_source_becomes_a_part),
        DOOR_TEST(bad_source_ranges_are_refused),
    };
    return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
