/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutObject, GetObject, HeadObject, DeleteObject. Expected digests are those of the GET Object
 * samples of the documents (cos-wire.md s.2.0: "[Object Content]", MD5 ee8de9..., CRC-64
 * 167495...); statuses and wording from cos-wire.md s.2.0-2.1 and s.5.
 */
#include "door.h"

#define CONTENT "[Object Content]"
#define ETAG "\"ee8de918d05640145b18f70f4c3aa602\""
#define CRC64 "16749565679157681890"
#define MODIFIED "Fri, 10 Apr 2020 09:35:05 GMT"

static void put_answers_with_md5_and_crc64(void **state)
{
    struct door *d = *state;
    struct answer a = door_ask(d, &(struct ask){.method = "PUT",
                                                .target = "/exampleobject",
                                                .body = CONTENT,
                                                .n = strlen(CONTENT),
                                                .with_md5 = true});
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "ETag"), ETAG);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC64);
    assert_int_equal(a.n, 0);
    answer_free(&a);
}

static void get_brings_back_bytes_and_headers(void **state)
{
    struct door *d = *state;
    struct ask put = {.method = "PUT",
                      .target = "/exampleobject",
                      .headers = "Content-Type: image/jpeg\nCache-Control: max-age=86400\n"
                                 "Content-Disposition: attachment; filename=example.jpg\n"
                                 "Content-Encoding: identity\nContent-Language: zh\n"
                                 "X-Cos-Meta-Example-Field: Example Value",
                      .body = CONTENT,
                      .n = strlen(CONTENT)};
    static const char *const expected[][2] = {
        {"Content-Type", "image/jpeg"},
        {"Content-Length", "16"},
        {"Cache-Control", "max-age=86400"},
        {"Content-Disposition", "attachment; filename=example.jpg"},
        {"Content-Encoding", "identity"},
        {"Content-Language", "zh"},
        {"x-cos-meta-example-field", "Example Value"},
        {"ETag", ETAG},
        {"x-cos-hash-crc64ecma", CRC64},
        {"Last-Modified", MODIFIED},
        {"Accept-Ranges", "bytes"},
    };
    door_expect(d, &put, 200, NULL);
    for (int is_head = 0; is_head <= 1; is_head++) {
        struct answer a = door_send(d, is_head ? "HEAD" : "GET", "/exampleobject", NULL);
        assert_int_equal(a.status, 200);
        assert_int_equal(a.n, is_head ? 0 : 16); /* MK-33 */
        assert_string_equal(a.body, is_head ? "" : CONTENT);
        for (size_t i = 0; i < COS_ARRAY_LEN(expected); i++) {
            assert_string_equal(answer_header(&a, expected[i][0]), expected[i][1]);
        }
        assert_string_equal(answer_header(&a, "x-cos-storage-class"), "");
        answer_free(&a);
    }
}

static void an_empty_object_is_an_object(void **state)
{
    struct door *d = *state;
    door_put(d, "/dir/", "");
    struct answer a = door_send(d, "GET", "/dir/", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "Content-Length"), "0");
    assert_string_equal(answer_header(&a, "ETag"), "\"d41d8cd98f00b204e9800998ecf8427e\"");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), "0");
    answer_free(&a);
    door_expect(d,
                &(struct ask){.method = "GET", .target = "/dir/", .headers = "Range: bytes=0-"},
                416, "InvalidRange");
}

static void ranges_are_answered_with_206(void **state)
{
    static const struct {
        const char *range, *body, *content_range;
        int status;
    } rows[] = {
        {"Range: bytes=1-6", "Object", "bytes 1-6/16", 206},
        {"Range: bytes=8-", "Content]", "bytes 8-15/16", 206},
        {"Range: bytes=-3", "nt]", "bytes 13-15/16", 206},
        {"Range: bytes=0-99", CONTENT, "bytes 0-15/16", 206},
        {"Range: bytes=0-0,2-3", CONTENT, "", 200},
        {"Range: lines=1-2", CONTENT, "", 200},
    };
    struct door *d = *state;
    door_put(d, "/o", CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = door_send(d, "GET", "/o", rows[i].range);
        assert_int_equal(a.status, rows[i].status);
        assert_string_equal(a.body, rows[i].body);
        assert_string_equal(answer_header(&a, "Content-Range"), rows[i].content_range);
        assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC64);
        answer_free(&a);
    }
    door_expect(d,
                &(struct ask){.method = "GET", .target = "/o", .headers = "Range: bytes=16-"},
                416, "InvalidRange");
}

/* CONTENT has 16 bytes. */
static void a_stale_if_range_brings_the_whole_object(void **state)
{
    static const struct {
        const char *headers, *policy;
        int status;
        size_t n;
    } rows[] = {
        {"Range: bytes=5-9\nIf-Range: " ETAG, "honour", 206, 5},
        {"Range: bytes=5-9\nIf-Range: Fri, 10 Apr 2020 09:35:05 GMT", "honour", 206, 5},
        {"Range: bytes=5-9\nIf-Range: \"00000000000000000000000000000000\"", "honour", 200, 16},
        {"Range: bytes=5-9\nIf-Range: Fri, 10 Apr 2020 09:35:04 GMT", "honour", 200, 16},
        {"Range: bytes=99-\nIf-Range: \"0\"", "honour", 200, 16},
        {"If-Range: \"0\"", "honour", 200, 16},
        {"Range: bytes=5-9\nIf-Range: \"0\"", "ignore", 206, 5},
        {"Range: bytes=5-9\nIf-Range: \"0\"\nIf-None-Match: " ETAG, "honour", 304, 0},
    };
    struct door *d = *state;
    door_put(d, "/o", CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        assert_int_equal(cosmock_switch_set(d->tenant, "if-range", rows[i].policy, NULL), 0);
        struct answer a = door_send(d, "GET", "/o", rows[i].headers);
        if (a.status != rows[i].status || a.n != rows[i].n ||
            (answer_header(&a, "Content-Range")[0] != '\0') != (rows[i].status == 206)) {
            fail_msg("row %zu: got %d, %zu bytes", i, a.status, a.n);
        }
        answer_free(&a);
    }
}

static void conditions_answer_304_and_412(void **state)
{
    struct door *d = *state;
    door_put(d, "/o", CONTENT);
    for (int is_head = 0; is_head <= 1; is_head++) {
        const char *method = is_head ? "HEAD" : "GET";
        struct answer a = door_send(d, method, "/o", "If-None-Match: " ETAG);
        assert_int_equal(a.status, 304);
        assert_int_equal(a.n, 0);
        assert_string_equal(answer_header(&a, "ETag"), ETAG);
        assert_string_equal(answer_header(&a, "Content-Length"), "0");
        answer_free(&a);
        a = door_send(d, method, "/o", "If-Modified-Since: " MODIFIED);
        assert_int_equal(a.status, 304);
        answer_free(&a);
        a = door_send(d, method, "/o", "If-Match: \"aa488bb80185a6be87f4a7b936a80752\"");
        assert_int_equal(a.status, 412);
        answer_free(&a);
    }
    struct answer a = door_send(d, "GET", "/o", "If-Match: \"x\"");
    assert_string_equal(xml_of(&a, "Code"), "PreconditionFailed");
    assert_string_equal(xml_of(&a, "Message"), "Precondition not match.");
    answer_free(&a);
}

/*
 * The sample of GET Object's 304 has Content-Type, a length of 0, ETag and CRC; RFC 9110
 * s.15.4.5 asks for what a cache keeps by, and for no more; s.9.3.2: HEAD as GET.
 */
static void a_304_says_what_a_cache_has_need_of(void **state)
{
    static const char *const rows[][2] = {
        {"Content-Type", "image/jpeg"},
        {"Content-Length", "0"},
        {"ETag", ETAG},
        {"x-cos-hash-crc64ecma", CRC64},
        {"Cache-Control", "max-age=86400"},
        {"Expires", "Wed, 21 Oct 2026 07:28:00 GMT"},
        {"Last-Modified", ""},
        {"Accept-Ranges", ""},
        {"Content-Disposition", ""},
        {"Content-Language", ""},
        {"x-cos-meta-a", ""},
        {"x-cos-storage-class", ""},
        {"x-cos-tagging-count", ""},
        {"x-cos-server-side-encryption", ""},
    };
    struct door *d = *state;
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/o",
                              .headers =
                                  "Content-Type: image/jpeg\nCache-Control: max-age=86400\n"
                                  "Expires: Wed, 21 Oct 2026 07:28:00 GMT\n"
                                  "Content-Disposition: inline\nContent-Language: zh\n"
                                  "x-cos-meta-a: b\nx-cos-storage-class: STANDARD_IA\n"
                                  "x-cos-tagging: k=v\n"
                                  "x-cos-server-side-encryption: AES256",
                              .body = CONTENT,
                              .n = strlen(CONTENT)},
                200, NULL);
    for (int is_head = 0; is_head <= 1; is_head++) {
        struct answer a = door_send(d, is_head ? "HEAD" : "GET", "/o", "If-None-Match: " ETAG);
        assert_int_equal(a.status, 304);
        for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
            if (strcmp(answer_header(&a, rows[i][0]), rows[i][1]) != 0) {
                fail_msg("HEAD %d: %s: %s", is_head, rows[i][0], answer_header(&a, rows[i][0]));
            }
        }
        answer_free(&a);
    }
}

static void a_missing_key_is_404_and_deleting_it_is_204(void **state)
{
    struct door *d = *state;
    struct answer a = door_send(d, "GET", "/none", NULL);
    assert_int_equal(a.status, 404);
    assert_string_equal(xml_of(&a, "Code"), "NoSuchKey");
    assert_string_equal(xml_of(&a, "Message"), "The specified key does not exist.");
    answer_free(&a);
    a = door_send(d, "HEAD", "/none", NULL);
    assert_int_equal(a.status, 404);
    assert_int_equal(a.n, 0);
    assert_string_equal(answer_header(&a, "Content-Length"), "0");
    answer_free(&a);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/none"}, 204, NULL);
    door_put(d, "/o", "x");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o"}, 204, NULL);
    door_expect(d, &(struct ask){.method = "GET", .target = "/o"}, 404, "NoSuchKey");
}

static void a_wrong_digest_stores_nothing(void **state)
{
    static const struct {
        const char *header, *code;
    } rows[] = {
        {"Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==",
         "BadDigest"}, /* of the empty string, RFC 1321 */
        {"Content-MD5: ee8de918d05640145b18f70f4c3aa602", "InvalidDigest"},
        {"Content-MD5: !", "InvalidDigest"},
        {"x-cos-content-sha1: da39a3ee5e6b4b0d3255bfef95601890afd80709", "InvalidSHA1Digest"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct ask q = {.method = "PUT",
                        .target = "/o",
                        .headers = rows[i].header,
                        .body = CONTENT,
                        .n = strlen(CONTENT)};
        door_expect(d, &q, 400, rows[i].code);
        door_expect(d, &(struct ask){.method = "HEAD", .target = "/o"}, 404, NULL);
    }
}

static void limits_are_kept(void **state)
{
    struct door *d = *state;
    char meta[2100] = "x-cos-meta-a: ";
    char key[1 + 851 + 1];
    memset(key, 'k', sizeof(key));
    key[0] = '/';
    key[sizeof(key) - 1] = '\0';
    door_expect(d, &(struct ask){.method = "PUT", .target = key, .body = "x", .n = 1}, 400,
                "KeyTooLong");
    key[851] = '\0';
    door_expect(d, &(struct ask){.method = "PUT", .target = key, .body = "x", .n = 1}, 200,
                NULL);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/a%18b", .body = "x", .n = 1}, 400,
                NULL);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/o", .no_length = true}, 411,
                "MissingContentLength");
    memset(meta + 14, 'v', 2048);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/o", .headers = meta}, 400,
                "MetadataTooLarge");
    meta[14 + 2047] = '\0'; /* name "a" and 2047 bytes make 2 KB */
    door_expect(d, &(struct ask){.method = "PUT", .target = "/o", .headers = meta}, 200, NULL);
}

static void overwriting_can_be_forbidden(void **state)
{
    struct door *d = *state;
    struct ask q = {.method = "PUT",
                    .target = "/o",
                    .headers = "x-cos-forbid-overwrite: true",
                    .body = "new",
                    .n = 3};
    door_expect(d, &q, 200, NULL);
    door_expect(d, &q, 409, "FileAlreadyExists");
    struct cosmock_error err;
    assert_int_equal(cosmock_switch_set(d->tenant, "forbid-overwrite-code",
                                        "ObjectAlreadyExists", &err),
                     COSMOCK_OK);
    door_expect(d, &q, 409, "ObjectAlreadyExists");
}

static void only_the_null_version_exists(void **state)
{
    struct door *d = *state;
    door_put(d, "/o", CONTENT);
    door_expect(d, &(struct ask){.method = "GET", .target = "/o?versionId=null"}, 200, NULL);
    door_expect(d, &(struct ask){.method = "GET", .target = "/o?versionId=MTg0"}, 404,
                "NoSuchVersion");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o?versionId=MTg0"}, 204, NULL);
    /* the C++ SDK's spelling */
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o?VersionId=abc"}, 204, NULL);
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/o"}, 200, NULL);
    assert_int_equal(cosmock_switch_set(d->tenant, "delete-unknown-version", "NoSuchVersion",
                                        NULL),
                     COSMOCK_OK);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o?VersionId=abc"}, 404,
                "NoSuchVersion");
    /* dotnet ObjectTest: the plain object goes by the name null, too */
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o?versionId=null"}, 204, NULL);
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/o"}, 404, NULL);
}

static void archived_bytes_cannot_be_read(void **state)
{
    struct door *d = *state;
    struct ask q = {.method = "PUT", .target = "/o", .headers = "x-cos-storage-class: ARCHIVE"};
    door_expect(d, &q, 200, NULL);
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_int_equal(a.status, 403);
    assert_string_equal(xml_of(&a, "Code"), "InvalidObjectState");
    assert_string_equal(answer_header(&a, "x-cos-storage-class"), "ARCHIVE");
    answer_free(&a);
    a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "x-cos-storage-class"), "ARCHIVE");
    answer_free(&a);
}

static void anonymous_requests_may_not_rewrite_headers(void **state)
{
    struct door *d = *state;
    door_put(d, "/o", CONTENT);
    door_expect(d, &(struct ask){.method = "GET", .target = "/o?response-content-type=a%2Fb"},
                400, "InvalidRequest");
}

/* Keys are bytes: nothing is normalised (cos-wire.md s.2.0, s.5.18). */
static void odd_keys_stay_distinct(void **state)
{
    static const char *const targets[] = {
        "/a/b",   "/a//b",  "//a/b",    "/a/./b", "/a/../b",
        "/a%2Bb", "/a%20b", "/a%252Fb", "/.",     "/%E4%B8%AD",
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        door_put(d, targets[i], targets[i]);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        struct answer a = door_send(d, "GET", targets[i], NULL);
        assert_string_equal(a.body, targets[i]);
        answer_free(&a);
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), COS_ARRAY_LEN(targets));
}

static void half_of_an_upload_part_is_no_object(void **state)
{
    struct door *d = *state;
    door_expect(
        d, &(struct ask){.method = "PUT", .target = "/o?partNumber=1", .body = "x", .n = 1},
        400, "InvalidArgument");
}

static void offer_downloads(struct door *d)
{
    static const char website[] = "<WebsiteConfiguration><IndexDocument><Suffix>index.html"
                                  "</Suffix></IndexDocument></WebsiteConfiguration>";
    static const char domain[] = "<DomainConfiguration><DomainRule><Status>ENABLED</Status>"
                                 "<Name>files.example.com</Name><Type>REST</Type></DomainRule>"
                                 "</DomainConfiguration>";
    const struct ask asks[] = {
        {.method = "PUT",
         .target = "/o",
         .headers = "Content-Disposition: inline",
         .body = "x",
         .n = 1},
        {.method = "PUT", .target = "/index.html"},
        {.method = "PUT", .target = "/a.apk"},
        {.method = "PUT", .target = "/a.IPA"},
        {.method = "PUT", .target = "/apk"},
        {.method = "PUT", .target = "/?website", .body = website, .n = strlen(website)},
        {.method = "PUT", .target = "/?domain", .body = domain, .n = strlen(domain)},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(asks); i++) {
        door_expect(d, &asks[i], 200, NULL);
    }
}

struct download_row {
    const char *method, *target, *host, *headers;
    int status;
    const char *disposition, *forced;
};

static void check_download(struct door *d, const struct download_row *row)
{
    struct answer a = door_ask(d, &(struct ask){.method = row->method,
                                                .target = row->target,
                                                .host = row->host,
                                                .headers = row->headers});
    if (a.status != row->status ||
        (a.status == 403 && strcmp(xml_of(&a, "Code"), "DownloadForbidden") != 0)) {
        fail_msg("%s %s: %d %s", row->method, row->target, a.status, a.body);
    }
    if (strcmp(answer_header(&a, "Content-Disposition"), row->disposition) != 0 ||
        strcmp(answer_header(&a, "x-cos-force-download"), row->forced) != 0) {
        fail_msg("%s %s: %s", row->method, row->target,
                 answer_header(&a, "Content-Disposition"));
    }
    answer_free(&a);
}

/* 436/57456: of buckets made since 2024, through every host of COS; a HEAD does without. */
static void a_download_can_be_forced(void **state)
{
    char website[192];
    const struct download_row rows[] = {
        {"GET", "/o", NULL, NULL, 200, "attachment", "true"},
        {"GET", "/o", NULL, "Range: bytes=0-0", 206, "attachment", "true"},
        {"GET", "/o", NULL, "If-None-Match: *", 304, "", ""},
        {"HEAD", "/o", NULL, NULL, 200, "inline", ""},
        {"HEAD", "/a.apk", NULL, NULL, 200, "", ""},
        {"GET", "/", website, NULL, 200, "attachment", "true"},
        {"GET", "/o", "files.example.com", NULL, 200, "inline", ""},
        {"GET", "/a.apk", "files.example.com", NULL, 200, "", ""},
        {"GET", "/a.apk", NULL, NULL, 403, "", ""},
        {"GET", "/a.IPA", NULL, NULL, 403, "", ""},
        {"GET", "/apk", NULL, NULL, 200, "attachment", "true"},
    };
    struct door *d = *state;
    (void)snprintf(website, sizeof(website), "%s.cos-website.%s.myqcloud.com", d->info.bucket,
                   d->info.region);
    offer_downloads(d);
    check_download(d, &(struct download_row){"GET", "/o", NULL, NULL, 200, "inline", ""});
    assert_int_equal(cosmock_switch_set(d->tenant, "force-download", "on", NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        check_download(d, &rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(put_answers_with_md5_and_crc64),
        DOOR_TEST(get_brings_back_bytes_and_headers),
        DOOR_TEST(an_empty_object_is_an_object),
        DOOR_TEST(ranges_are_answered_with_206),
        DOOR_TEST(a_stale_if_range_brings_the_whole_object),
        DOOR_TEST(conditions_answer_304_and_412),
        DOOR_TEST(a_304_says_what_a_cache_has_need_of),
        DOOR_TEST(a_missing_key_is_404_and_deleting_it_is_204),
        DOOR_TEST(a_wrong_digest_stores_nothing),
        DOOR_TEST(limits_are_kept),
        DOOR_TEST(overwriting_can_be_forbidden),
        DOOR_TEST(only_the_null_version_exists),
        DOOR_TEST(archived_bytes_cannot_be_read),
        DOOR_TEST(anonymous_requests_may_not_rewrite_headers),
        DOOR_TEST(odd_keys_stay_distinct),
        DOOR_TEST(half_of_an_upload_part_is_no_object),
        DOOR_TEST(a_download_can_be_forced),
    };
    return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
