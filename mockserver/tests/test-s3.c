/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S3's dialect at the door, with enforcement off: which requests speak it, what is called what,
 * what one dialect stores and the other reads, and copies (cos-s3.md s.2, s.4).
 */
#include "services/names.h"

#include "client.h"
#include "s3_door.h"

#define HELLO_ETAG "\"5d41402abc4b2a76b9719d911017c592\"" /* of "hello" */

static struct cosmock_entry *newest(struct door *d)
{
    struct client c = {d->mock, d->tenant};
    return last_entry(&c);
}

/* --- which dialect --- */

/* Contract and DEVIATIONS: the signature decides, and where there is none the headers. */
static void the_signature_says_which_dialect_is_spoken(void **state)
{
    static const struct {
        const char *target, *headers;
        bool is_s3;
    } cases[] = {
        {"/k",
         "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20200410/auto/s3/aws4_request, "
         "SignedHeaders=host, Signature=00",
         true},
        {"/k", "Authorization: AWS AKID:c2ln", true},
        {"/k", "Authorization: AWS4-ECDSA-P256-SHA256 Credential=AKID/20200410/s3/aws4_request",
         true},
        {"/k", "Authorization: AWS AKID:c2ln\nx-cos-acl: private", true},
        {"/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", NULL, true},
        {"/k?AWSAccessKeyId=AKID&Signature=c2ln&Expires=1586511305", NULL, true},
        {"/k", "x-amz-meta-a: 1", true},
        {"/k", "X-Amz-Date: 20200410T093505Z", true},
        {"/k", NULL, false},
        {"/k", "x-amz-meta-a: 1\nx-cos-meta-a: 1", false},
        {"/k", "x-amzn-trace: 1", false},
        {"/k", "Authorization: q-sign-algorithm=sha1&q-ak=AKID\nx-amz-acl: private", false},
        {"/k?q-sign-algorithm=sha1&q-ak=AKID", "x-amz-date: 1", false},
        {"/k?sign=q-sign-algorithm%3Dsha1", "x-amz-date: 1", false},
        {"/k", "Authorization: Bearer x\nx-amz-date: 1", false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer a = door_send(*state, "GET", cases[i].target, cases[i].headers);
        struct cosmock_entry *e = newest(*state);
        bool is_s3 = strcmp(e->service, "s3") == 0;
        assert_string_equal(e->op, "GetObject");
        if (is_s3 != cases[i].is_s3 ||
            (answer_header(&a, "x-amz-request-id")[0] != '\0') != is_s3 ||
            (answer_header(&a, "x-cos-request-id")[0] == '\0') != is_s3 ||
            (answer_header(&a, "x-amz-trace-id")[0] != '\0') != is_s3) {
            fail_msg("%s, %s: %s", cases[i].target, cases[i].headers, e->service);
        }
        cosmock_entries_free(e);
        answer_free(&a);
    }
}

/* cos-s3.md s.2: no x-amz-id-2; s.4.2: the document is COS's. */
static void an_error_names_code_message_resource_and_request(void **state)
{
    struct door *d = *state;
    struct answer a = s3_send(d, "GET", "/a%20b", NULL);
    char resource[256];
    (void)snprintf(resource, sizeof(resource), "%s/a b", d->host);
    assert_int_equal(a.status, 404);
    assert_string_equal(xml_of(&a, "Code"), "NoSuchKey");
    assert_string_equal(xml_of(&a, "Message"), "The specified key does not exist.");
    assert_string_equal(xml_of(&a, "Resource"), resource);
    assert_string_equal(xml_of(&a, "RequestId"), answer_header(&a, "x-amz-request-id"));
    assert_string_equal(answer_header(&a, "Server"), "tencent-cos");
    assert_string_equal(answer_header(&a, "x-amz-id-2"), "");
    assert_null(strstr(a.body, "HostId"));
    answer_free(&a);
}

static void the_journal_hides_what_signs_a_query(void **state)
{
    struct answer a = door_send(*state, "GET",
                                "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F1&"
                                "X-Amz-Signature=5ec7e7&X-Amz-Security-Token=5ec7e7&"
                                "Signature=5ec7e7",
                                NULL);
    struct cosmock_entry *e = newest(*state);
    assert_string_equal(e->target,
                        "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F1&"
                        "X-Amz-Signature=***&X-Amz-Security-Token=***&Signature=***");
    assert_string_equal(e->unknown, "");
    cosmock_entries_free(e);
    answer_free(&a);
}

/* --- names --- */

static void every_header_of_s3_has_a_source_and_is_found(void **state)
{
    for (size_t i = HEADER_NONE + 1; names_s3_headers[i].name != NULL; i++) {
        const struct known_name *row = &names_s3_headers[i];
        assert_true(row->source[0] != '\0');
        if (row->name[0] == '\0') {
            assert_int_equal(row->kind, NAME_ANSWERS);
            continue;
        }
        const struct known_name *found =
            name_of_header(names_s3_headers, cos_span_of(row->name));
        if ((found == row) != (row->kind != NAME_ANSWERS)) {
            fail_msg("%s", row->name);
        }
        assert_true((row->kind == NAME_IDLE || row->kind == NAME_REMARK) == (row->why != NULL));
    }
    assert_string_equal(
        name_of_header(names_s3_headers, COS_SPAN_LIT("x-cos-forbid-overwrite"))->name,
        "x-cos-...");
    for (size_t i = 0; names_s3_queries[i].name != NULL; i++) {
        assert_true(names_s3_queries[i].source[0] != '\0');
        assert_ptr_equal(name_of_query(names_s3_queries, cos_span_of(names_s3_queries[i].name)),
                         &names_s3_queries[i]);
    }
}

/* The same suffix in both, wherever both have the header: cos-s3.md s.4.1. */
static void a_pair_of_headers_has_the_same_suffix(void **state)
{
    for (size_t i = HEADER_NONE + 1; i < HEADER_NAMES; i++) {
        const char *s3 = names_s3_headers[i].name;
        const char *cos = names_cos_headers[i].name;
        bool is_pair = strncmp(s3, "x-amz-", 6) == 0 && strncmp(cos, "x-cos-", 6) == 0;
        if (is_pair && strcmp(s3 + 6, cos + 6) != 0) {
            fail_msg("%s is not %s", s3, cos);
        }
        if (is_pair) {
            assert_int_equal(names_s3_headers[i].theme, names_cos_headers[i].theme);
        }
    }
}

/* What S3 has and COS has not is ignored, and said. */
static void what_cos_does_not_have_is_noted_or_refused_by_name(void **state)
{
    struct answer a = s3_send(*state, "PUT", "/k",
                              "Authorization: AWS AKID:c2ln\n"
                              "x-amz-checksum-crc32: AAAAAA==\nx-cos-forbid-overwrite: true\n"
                              "x-amz-storage-clas: STANDARD");
    assert_int_equal(a.status, 200);
    const char *note = answer_header(&a, "x-cosmock-note");
    assert_non_null(strstr(note, "x-amz-checksum-crc32 is accepted and has no effect here: COS "
                                 "checks Content-MD5"));
    assert_non_null(strstr(note, "x-cos-forbid-overwrite is accepted and has no effect here: "
                                 "it has no name in S3's dialect"));
    assert_non_null(strstr(note, "x-amz-storage-clas is unknown to this mock"));
    answer_free(&a);
    static const char *const targets[] = {"/k?attributes",       "/k?torrent",
                                          "/?publicAccessBlock", "/?policyStatus=",
                                          "/?requestPayment",    "/?session"};
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        s3_expect(*state, &(struct ask){.method = "GET", .target = targets[i]}, 400,
                  "NotImplemented");
        s3_expect(*state, &(struct ask){.method = "DELETE", .target = targets[i]},
                  strstr(targets[i], "Block") != NULL ? 400 : 405,
                  strstr(targets[i], "Block") != NULL ? "NotImplemented" : "MethodNotAllowed");
    }
    door_switch(*state, "not-built-status", "405");
    s3_expect(*state, &(struct ask){.method = "GET", .target = "/k?attributes"}, 405,
              "NotImplemented");
}

/* An SDK's own remark changes nothing: aws-sdk-go-v2. */
static void x_id_is_a_remark(void **state)
{
    s3_put(*state, "/k?x-id=PutObject", NULL, "hello");
    struct answer a = s3_send(*state, "GET", "/k?x-id=GetObject", NULL);
    assert_string_equal(a.body, "hello");
    assert_string_equal(answer_header(&a, "x-cosmock-note"), "");
    answer_free(&a);
}

/* --- what one stores the other reads --- */

static void expect_no_header_of(const struct answer *a, const char *prefix)
{
    size_t n;
    const struct cosmock_header *h = cosmock_reply_headers(a->x, &n);
    for (size_t i = 0; i < n; i++) {
        if (cos_span_starts_nocase(cos_span_make(h[i].name.ptr, h[i].name.len),
                                   cos_span_of(prefix))) {
            fail_msg("%.*s", (int)h[i].name.len, h[i].name.ptr);
        }
    }
}

/* One object in the names of one dialect: what is sent, and what is answered. */
static const char *const described[][3] = {
    /* suffix or whole name, value, in answers */
    {"meta-Colour", "blue", "meta-colour"},
    {"storage-class", "STANDARD_IA", "storage-class"},
    {"server-side-encryption", "AES256", "server-side-encryption"},
};

static void describe(char out[500], const char *prefix)
{
    size_t n = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(described); i++) {
        n += (size_t)snprintf(out + n, 500 - n, "%s%s: %s\n", prefix, described[i][0],
                              described[i][1]);
    }
    (void)snprintf(out + n, 500 - n, "%stagging: a=1&b=2\nCache-Control: no-cache", prefix);
}

static void expect_described(const struct answer *a, const char *prefix)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(described); i++) {
        char name[80];
        (void)snprintf(name, sizeof(name), "%s%s", prefix, described[i][2]);
        assert_string_equal(answer_header(a, name), described[i][1]);
    }
    char count[80];
    (void)snprintf(count, sizeof(count), "%stagging-count", prefix);
    assert_string_equal(answer_header(a, count), "2");
    assert_string_equal(answer_header(a, "Cache-Control"), "no-cache");
    assert_string_equal(answer_header(a, "ETag"), HELLO_ETAG);
}

static void what_one_dialect_stores_the_other_reads(void **state)
{
    char headers[500];
    describe(headers, "x-amz-");
    s3_put(*state, "/of-s3", headers, "hello");
    describe(headers, "x-cos-");
    struct answer put =
        door_ask(*state, &(struct ask){"PUT", "/of-cos", headers, NULL, "hello", 5, 0, 0});
    assert_int_equal(put.status, 200);
    answer_free(&put);
    static const char *const keys[] = {"/of-s3", "/of-cos"};
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        struct answer a = s3_send(*state, "HEAD", keys[i], NULL);
        expect_described(&a, "x-amz-");
        expect_no_header_of(&a, "x-cos-");
        answer_free(&a);
        a = door_send(*state, "HEAD", keys[i], NULL);
        expect_described(&a, "x-cos-");
        expect_no_header_of(&a, "x-amz-");
        answer_free(&a);
    }
}

/* RFC 9110 s.15.4.5, and which version it is. */
static void a_304_says_the_version_in_its_own_dialect(void **state)
{
    door_set_versioning(*state, "Enabled");
    s3_put(*state, "/k", NULL, "hello");
    struct answer a = s3_send(*state, "GET", "/k", "If-None-Match: " HELLO_ETAG);
    assert_int_equal(a.status, 304);
    assert_string_equal(answer_header(&a, "ETag"), HELLO_ETAG);
    assert_string_not_equal(answer_header(&a, "x-amz-version-id"), "");
    expect_no_header_of(&a, "x-cos-");
    answer_free(&a);
    a = s3_send(*state, "GET", "/k", "Range: bytes=1-2");
    assert_int_equal(a.status, 206);
    assert_string_equal(a.body, "el");
    answer_free(&a);
}

/* --- copies: cos-s3.md s.4.1, boto3 and rclone send "bucket/key" --- */

static void a_source_is_bucket_and_key(void **state)
{
    struct door *d = *state;
    static const struct {
        const char *before, *behind; /* the bucket */
        int status;
        const char *code;
    } cases[] = {
        {"", "/a%20b", 200, NULL},
        {"/", "/a%20b", 200, NULL},
        {"", "%2Fa%20b", 200, NULL},
        {"/", "/a%20b?versionId=null", 200, NULL},
        {"", "/other", 404, "NoSuchKey"},
        {"", "", 400, "InvalidCopySource"},
        {"/", "/", 400, "InvalidCopySource"},
        {"not", "/a%20b", 404, "NoSuchBucket"},
    };
    s3_put(d, "/a%20b", "x-amz-meta-a: 1", "hello");
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char headers[400];
        (void)snprintf(headers, sizeof(headers), "x-amz-copy-source: %s%s%s", cases[i].before,
                       d->info.bucket, cases[i].behind);
        struct answer a = s3_send(d, "PUT", "/copy", headers);
        if (a.status != cases[i].status ||
            (cases[i].code != NULL && strcmp(xml_of(&a, "Code"), cases[i].code) != 0)) {
            fail_msg("%s: %d %s", headers, a.status, a.body);
        }
        if (cases[i].code == NULL) {
            assert_string_equal(xml_of(&a, "ETag"), HELLO_ETAG);
        }
        answer_free(&a);
    }
}

static void a_copy_keeps_metadata_or_replaces_it(void **state)
{
    struct door *d = *state;
    static const struct {
        const char *directive, *expected;
    } cases[] = {{"", "old"}, {"COPY", "old"}, {"REPLACE", "new"}};
    s3_put(d, "/k", "x-amz-meta-a: old", "hello");
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char headers[400];
        (void)snprintf(headers, sizeof(headers),
                       "x-amz-copy-source: %s/k\nx-amz-meta-a: new\n"
                       "x-amz-metadata-directive: %s",
                       d->info.bucket, cases[i].directive);
        struct answer a = s3_send(d, "PUT", "/copy", headers);
        assert_int_equal(a.status, 200);
        answer_free(&a);
        a = s3_send(d, "HEAD", "/copy", NULL);
        assert_string_equal(answer_header(&a, "x-amz-meta-a"), cases[i].expected);
        answer_free(&a);
    }
}

/* Signed for COS it is the other spelling still, and no copy. */
static void a_copy_source_of_the_other_dialect_is_not_taken_for_none(void **state)
{
    struct door *d = *state;
    char headers[400];
    (void)snprintf(headers, sizeof(headers), "x-amz-copy-source: %s/k\nx-cos-acl: private",
                   d->info.bucket);
    door_put(d, "/k", "hello");
    door_expect(d, &(struct ask){.method = "PUT", .target = "/copy", .headers = headers}, 400,
                "NotImplemented");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(the_signature_says_which_dialect_is_spoken),
        DOOR_TEST(an_error_names_code_message_resource_and_request),
        DOOR_TEST(the_journal_hides_what_signs_a_query),
        cmocka_unit_test(every_header_of_s3_has_a_source_and_is_found),
        cmocka_unit_test(a_pair_of_headers_has_the_same_suffix),
        DOOR_TEST(what_cos_does_not_have_is_noted_or_refused_by_name),
        DOOR_TEST(x_id_is_a_remark),
        DOOR_TEST(what_one_dialect_stores_the_other_reads),
        DOOR_TEST(a_304_says_the_version_in_its_own_dialect),
        DOOR_TEST(a_source_is_bucket_and_key),
        DOOR_TEST(a_copy_keeps_metadata_or_replaces_it),
        DOOR_TEST(a_copy_source_of_the_other_dialect_is_not_taken_for_none),
    };
    return cmocka_run_group_tests_name("s3", tests, NULL, NULL);
}
