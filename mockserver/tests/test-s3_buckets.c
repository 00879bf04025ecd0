/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buckets in S3's dialect, with enforcement off: lists of the second form (S3 API:
 * ListObjectsV2), where buckets are found and made, lists of access, and what a client has to
 * set where COS is not S3 (cos-s3.md s.2, s.4, s.5).
 */
#include "services/s3_hints.h"

#include "client.h"
#include "s3_door.h"

#define REGION_HOST "cos.ap-guangzhou.myqcloud.com"
#define OTHER_REGION_HOST "cos.ap-beijing.myqcloud.com"
#define URIS_OF_S3 "http://acs.amazonaws.com/groups/global/"
#define URIS_OF_COS "http://cam.qcloud.com/groups/global/"

/* --- lists of the second form --- */

/* "a,b/,c": keys and common prefixes of the page, each kind in its order. */
static void names_of(const struct answer *a, char out[500])
{
    size_t n = 0;
    out[0] = '\0';
    const char *at = a->body;
    for (const char *name; (name = xml_next(&at, "Key")) != NULL;) {
        n += (size_t)snprintf(out + n, 500 - n, "%s%s", n > 0 ? "," : "", name);
    }
    at = strstr(a->body, "<CommonPrefixes>");
    for (const char *name; (name = xml_next(&at, "Prefix")) != NULL;) {
        n += (size_t)snprintf(out + n, 500 - n, "%s%s", n > 0 ? "," : "", name);
    }
}

static void put_all(struct door *d, const char *const *targets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s3_put(d, targets[i], NULL, "x");
    }
}

static const char *const keys[] = {"/a", "/b/1", "/b/2", "/c%20d", "/e"};

static void a_list_of_the_second_form_counts_and_goes_on_by_a_token(void **state)
{
    struct door *d = *state;
    static const char *const pages[] = {"a,b/", "c d,e"};
    char next[500] = "";
    put_all(d, keys, COS_ARRAY_LEN(keys));
    for (size_t i = 0; i < COS_ARRAY_LEN(pages); i++) {
        char target[700];
        char names[500];
        (void)snprintf(target, sizeof(target), "/?list-type=2&delimiter=%%2F&max-keys=2%s%s",
                       i > 0 ? "&continuation-token=" : "", next);
        struct answer a = s3_send(d, "GET", target, NULL);
        assert_int_equal(a.status, 200);
        names_of(&a, names);
        assert_string_equal(names, pages[i]);
        assert_string_equal(xml_of(&a, "KeyCount"), "2");
        assert_string_equal(xml_of(&a, "IsTruncated"), i == 0 ? "true" : "false");
        assert_null(strstr(a.body, "Marker>"));
        assert_null(strstr(a.body, "<Owner>"));
        if (i == 0) {
            assert_null(strstr(a.body, "<ContinuationToken>"));
            (void)snprintf(next, sizeof(next), "%s", xml_of(&a, "NextContinuationToken"));
        } else {
            assert_string_equal(xml_of(&a, "ContinuationToken"), next);
            assert_null(strstr(a.body, "NextContinuationToken"));
        }
        answer_free(&a);
    }
}

static void a_list_of_the_second_form_begins_where_it_is_told(void **state)
{
    struct door *d = *state;
    static const struct {
        const char *query, *names, *contains;
    } cases[] = {
        {"list-type=2", "a,b/1,b/2,c d,e", "<MaxKeys>1000</MaxKeys>"},
        {"list-type=2&start-after=b/1", "b/2,c d,e", "<StartAfter>b/1</StartAfter>"},
        {"list-type=2&start-after=zz", "", "<KeyCount>0</KeyCount>"},
        {"list-type=2&max-keys=0", "", "<IsTruncated>false</IsTruncated>"},
        {"list-type=2&prefix=b&fetch-owner=true", "b/1,b/2", "<Owner><ID>"},
        {"list-type=2&prefix=c&encoding-type=url", "c%20d", "<EncodingType>url</EncodingType>"},
        /* the token wins: S3 API, ContinuationToken; RFC 4648 s.4: "b/2" is Yi8y */
        {"list-type=2&start-after=zz&continuation-token=Yi8y", "c d,e",
         "<ContinuationToken>Yi8y</ContinuationToken>"},
        /* the first form shows whose they are, and knows neither */
        {"prefix=b", "b/1,b/2", "<Marker></Marker>"},
        {"marker=b/2", "c d,e", "<Owner><ID>"},
    };
    put_all(d, keys, COS_ARRAY_LEN(keys));
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char target[300];
        char names[500];
        (void)snprintf(target, sizeof(target), "/?%s", cases[i].query);
        struct answer a = s3_send(d, "GET", target, NULL);
        names_of(&a, names);
        if (a.status != 200 || strcmp(names, cases[i].names) != 0 ||
            strstr(a.body, cases[i].contains) == NULL ||
            answer_header(&a, "x-cosmock-note")[0] != '\0') {
            fail_msg("%s: %d %s", cases[i].query, a.status, a.body);
        }
        answer_free(&a);
    }
}

static void what_is_no_token_and_no_form_is_refused(void **state)
{
    static const char *const queries[] = {"list-type=1", "list-type=", "list-type=3",
                                          "list-type=2&continuation-token=",
                                          "list-type=2&continuation-token=%21%21"};
    for (size_t i = 0; i < COS_ARRAY_LEN(queries); i++) {
        char target[300];
        (void)snprintf(target, sizeof(target), "/?%s", queries[i]);
        s3_expect(*state, &(struct ask){.method = "GET", .target = target}, 400,
                  "InvalidArgument");
    }
}

/* Nobody has seen COS answer it in its own dialect. */
static void the_second_form_is_of_s3_alone(void **state)
{
    struct answer a = door_send(*state, "GET", "/?list-type=2&fetch-owner=true", NULL);
    assert_int_equal(a.status, 200);
    assert_null(strstr(a.body, "KeyCount"));
    assert_string_equal(answer_header(&a, "x-cosmock-note"),
                        "?list-type is unknown to this mock; ?fetch-owner is unknown to this "
                        "mock");
    answer_free(&a);
}

/* --- hosts: cos-s3.md s.2 --- */

static void a_bucket_in_the_path_is_refused_and_the_reason_says_what_to_set(void **state)
{
    static const char *const settings[] = {"addressing_style", "BucketLookupDNS",
                                           "provider = TencentCOS", "host_bucket",
                                           "fs.s3a.path.style.access=false"};
    struct door *d = *state;
    char target[200];
    (void)snprintf(target, sizeof(target), "/%s/k", d->info.bucket);
    struct ask q = {.method = "GET", .target = target, .host = REGION_HOST};
    struct answer a = s3_ask(d, &q);
    assert_int_equal(a.status, 403);
    assert_string_equal(xml_of(&a, "Code"), "PathStyleDomainForbidden");
    assert_string_equal(xml_of(&a, "Message"),
                        "The bucket you are attempting to access must be addressed using COS "
                        "virtual-styled domain.");
    struct client c = {d->mock, d->tenant};
    struct cosmock_entry *e = last_entry(&c);
    for (size_t i = 0; i < COS_ARRAY_LEN(settings); i++) {
        if (strstr(answer_header(&a, "x-cosmock-reason"), settings[i]) == NULL ||
            strstr(e->detail, settings[i]) == NULL) {
            fail_msg("no %s in: %s", settings[i], e->detail);
        }
    }
    cosmock_entries_free(e);
    answer_free(&a);
}

static void who_is_refused_for_his_path_is_told_by_switch_host_and_dialect(void **state)
{
    struct door *d = *state;
    char path[200];
    (void)snprintf(path, sizeof(path), "/%s/k", d->info.bucket);
    static const struct {
        const char *value, *host;
        bool is_s3, is_refused;
    } cases[] = {
        {"native-only", REGION_HOST, true, true},
        {"native-only", REGION_HOST, false, false},
        {"native-only", "127.0.0.1:9000", true, false}, /* no name could stand before it */
        {"native-only", "localhost:9000", true, false},
        {"native-only", "127.0.0.1:9000", false, false},
        {"allow", REGION_HOST, true, false},
        {"allow", REGION_HOST, false, false},
        {"refuse", REGION_HOST, true, true},
        {"refuse", REGION_HOST, false, true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct ask q = {.method = "GET", .target = path, .host = cases[i].host};
        door_switch(d, "path-style", cases[i].value);
        struct answer a = cases[i].is_s3 ? s3_ask(d, &q) : door_ask(d, &q);
        if (a.status != (cases[i].is_refused ? 403 : 404)) {
            fail_msg("%zu: %d %s", i, a.status, a.body);
        }
        answer_free(&a);
    }
}

static void the_service_shows_the_buckets_of_the_region_of_the_host(void **state)
{
    struct door *d = *state;
    assert_int_equal(cosmock_bucket_put(d->tenant, "north-1250000000", "ap-beijing", NULL), 0);
    static const struct {
        const char *host;
        bool has_own, has_north;
    } cases[] = {
        {REGION_HOST, true, false},
        {OTHER_REGION_HOST, false, true},
        {"127.0.0.1:9000", true, true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer a =
            s3_ask(d, &(struct ask){.method = "GET", .target = "/", .host = cases[i].host});
        assert_int_equal(a.status, 200);
        if ((strstr(a.body, d->info.bucket) != NULL) != cases[i].has_own ||
            (strstr(a.body, "north-1250000000") != NULL) != cases[i].has_north) {
            fail_msg("%s: %s", cases[i].host, a.body);
        }
        answer_free(&a);
    }
}

/* --- a bucket is made: boto3's body (cos-s3.md s.4.5) --- */

#define CONFIGURATION(region)                                                       \
    "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" \
    "<LocationConstraint>" region "</LocationConstraint></CreateBucketConfiguration>"

static void make_bucket(struct door *d, const char *host, const char *target, const char *body,
                        int status)
{
    struct ask q = {
        .method = "PUT", .target = target, .host = host, .body = body, .n = strlen(body)};
    s3_expect(d, &q, status, status == 200 ? NULL : "InvalidRegionName");
}

static void expect_location(struct door *d, const char *host, const char *target,
                            const char *region)
{
    static const char *const spellings[] = {"?location", "?location="};
    for (size_t i = 0; i < COS_ARRAY_LEN(spellings); i++) {
        char path[200];
        (void)snprintf(path, sizeof(path), "%s%s", target, spellings[i]);
        struct answer a =
            s3_ask(d, &(struct ask){.method = "GET", .target = path, .host = host});
        assert_int_equal(a.status, 200);
        assert_string_equal(xml_of(&a, "LocationConstraint"), region);
        answer_free(&a);
    }
}

static void the_host_says_where_a_bucket_lies_and_the_document_where_it_does_not(void **state)
{
    struct door *d = *state;
    make_bucket(d, "one-1250000000." OTHER_REGION_HOST, "/", CONFIGURATION("ap-guangzhou"),
                200);
    expect_location(d, "one-1250000000." OTHER_REGION_HOST, "/", "ap-beijing");
    make_bucket(d, "127.0.0.1:9000", "/two-1250000000", CONFIGURATION("ap-shanghai"), 200);
    expect_location(d, "127.0.0.1:9000", "/two-1250000000/", "ap-shanghai");
    door_switch(d, "location-constraint", "refuse");
    make_bucket(d, "three-1250000000." OTHER_REGION_HOST, "/", CONFIGURATION("us-east-1"), 400);
    make_bucket(d, "three-1250000000." OTHER_REGION_HOST, "/", CONFIGURATION("ap-beijing"),
                200);
}

/* --- access lists --- */

static void groups_are_named_by_the_uris_of_the_dialect(void **state)
{
    struct door *d = *state;
    s3_put(d, "/k", "x-amz-acl: public-read", "x");
    struct answer a = s3_send(d, "GET", "/k?acl", NULL);
    assert_string_equal(xml_of(&a, "URI"), URIS_OF_S3 "AllUsers");
    assert_string_equal(answer_header(&a, "x-amz-acl"), "public-read");
    answer_free(&a);
    a = door_send(d, "GET", "/k?acl", NULL);
    assert_string_equal(xml_of(&a, "URI"), URIS_OF_COS "AllUsers");
    answer_free(&a);
    static const char *const grants[] = {"x-amz-grant-read: uri=\"" URIS_OF_S3
                                         "AuthenticatedUsers\"",
                                         "x-amz-grant-read: uri=" URIS_OF_COS
                                         "AuthenticatedUsers"};
    for (size_t i = 0; i < COS_ARRAY_LEN(grants); i++) {
        s3_put(d, "/granted", grants[i], "x");
        a = door_send(d, "GET", "/granted?acl", NULL);
        assert_string_equal(xml_of(&a, "URI"), URIS_OF_COS "AuthenticatedUsers");
        assert_string_equal(xml_of(&a, "Permission"), "READ");
        answer_free(&a);
    }
}

/* What GET answers can be put back, in either dialect. */
static void a_list_that_was_got_can_be_put(void **state)
{
    struct door *d = *state;
    s3_put(d, "/k", "x-amz-acl: authenticated-read", "x");
    s3_put(d, "/other", NULL, "x");
    struct answer got = s3_send(d, "GET", "/k?acl", NULL);
    s3_expect(
        d, &(struct ask){.method = "PUT", .target = "/other?acl", .body = got.body, .n = got.n},
        200, NULL);
    struct answer again = s3_send(d, "GET", "/other?acl", NULL);
    assert_string_equal(again.body, got.body);
    answer_free(&again);
    /* the other one knows its own groups alone */
    door_expect(
        d, &(struct ask){.method = "PUT", .target = "/other?acl", .body = got.body, .n = got.n},
        400, "InvalidArgument");
    answer_free(&got);
}

/* cos-s3.md s.4.3: S3's words that COS has not. */
static void a_canned_list_that_cos_has_not_is_refused(void **state)
{
    static const char *const words[] = {"aws-exec-read", "log-delivery-write",
                                        "public-read-write"};
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        char header[100];
        (void)snprintf(header, sizeof(header), "x-amz-acl: %s", words[i]);
        s3_expect(*state, &(struct ask){.method = "PUT", .target = "/k", .headers = header},
                  400, "InvalidArgument");
    }
    s3_expect(*state,
              &(struct ask){.method = "PUT",
                            .target = "/k",
                            .headers = "x-amz-grant-read: emailAddress=\"a@example.com\""},
              400, "InvalidArgument");
}

/* --- storage classes: cos-s3.md s.4.4 --- */

static void a_storage_class_is_named_as_cos_names_it(void **state)
{
    static const struct {
        const char *sent, *kept; /* "": STANDARD, which no header shows */
        bool is_of_s3;
    } cases[] = {
        {"STANDARD", "", false},
        {"STANDARD_IA", "STANDARD_IA", false},
        {"ARCHIVE", "ARCHIVE", false},
        {"DEEP_ARCHIVE", "DEEP_ARCHIVE", false},
        {"GLACIER", "ARCHIVE", true},
        {"GLACIER_IR", "STANDARD_IA", true},
        {"ONEZONE_IA", "STANDARD_IA", true},
        {"REDUCED_REDUNDANCY", "", true},
    };
    for (size_t i = 0; i < 2 * COS_ARRAY_LEN(cases); i++) {
        bool is_mapped = i >= COS_ARRAY_LEN(cases);
        size_t k = i % COS_ARRAY_LEN(cases);
        char header[100];
        door_switch(*state, "s3-storage-class", is_mapped ? "map" : "refuse");
        (void)snprintf(header, sizeof(header), "x-amz-storage-class: %s", cases[k].sent);
        if (cases[k].is_of_s3 && !is_mapped) {
            s3_expect(*state, &(struct ask){.method = "PUT", .target = "/k", .headers = header},
                      400, "InvalidStorageClass");
            continue;
        }
        s3_put(*state, "/k", header, "x");
        struct answer a = s3_send(*state, "HEAD", "/k", NULL);
        assert_string_equal(answer_header(&a, "x-amz-storage-class"), cases[k].kept);
        answer_free(&a);
    }
    door_expect(*state,
                &(struct ask){.method = "PUT",
                              .target = "/k",
                              .headers = "x-cos-storage-class: GLACIER"},
                400, "NotSupportedStorageClass");
}

/* --- writes --- */

static void a_condition_on_a_write_is_noted_or_refused(void **state)
{
    struct answer a = s3_send(*state, "PUT", "/k", "If-None-Match: *");
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "x-cosmock-note"),
                        "if-none-match is accepted and has no effect here: PutObject does not "
                        "heed it");
    answer_free(&a);
    door_switch(*state, "conditional-write", "refuse");
    s3_expect(*state,
              &(struct ask){.method = "PUT", .target = "/k", .headers = "If-None-Match: *"},
              400, "NotImplemented");
    a = s3_send(*state, "GET", "/k", "If-None-Match: \"x\"");
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

#define DELETE_K "<Delete><Object><Key>k</Key></Object></Delete>"

/* Moonlark#1416: what COS answers boto3, whatever is set there. */
static void deleting_many_needs_md5_and_the_reason_says_who_sends_it(void **state)
{
    static const char *const targets[] = {"/?delete", "/?delete="};
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        struct ask q = {.method = "POST",
                        .target = targets[i],
                        .body = DELETE_K,
                        .n = strlen(DELETE_K),
                        .headers = "x-amz-checksum-crc32: AAAAAA=="};
        struct answer a = s3_ask(*state, &q);
        assert_int_equal(a.status, 400);
        assert_string_equal(xml_of(&a, "Code"), "InvalidRequest");
        assert_string_equal(xml_of(&a, "Message"),
                            "Missing required header for this request: Content-MD5");
        assert_non_null(strstr(answer_header(&a, "x-cosmock-reason"), "LegacyMd5Plugin"));
        answer_free(&a);
        q.with_md5 = true;
        s3_expect(*state, &q, 200, NULL);
        q.with_md5 = false;
        door_switch(*state, "multi-delete-md5", "optional");
        s3_expect(*state, &q, 200, NULL);
        door_switch(*state, "multi-delete-md5", "required");
    }
    /* boto3 1.44 puts rules so, too */
    struct ask q = {.method = "PUT",
                    .target = "/?cors",
                    .body = "<CORSConfiguration/>",
                    .n = 20};
    struct answer a = s3_ask(*state, &q);
    assert_non_null(strstr(answer_header(&a, "x-cosmock-reason"), "LegacyMd5Plugin"));
    answer_free(&a);
    q.with_md5 = true; /* another InvalidRequest, or none: not for want of it */
    a = s3_ask(*state, &q);
    assert_null(strstr(answer_header(&a, "x-cosmock-reason"), "LegacyMd5Plugin"));
    answer_free(&a);
}

/* cos-s3.md s.5.1: 411, and BadDigest of the frames. */
static void a_body_in_frames_is_told_from_a_broken_one(void **state)
{
    static const struct {
        const char *headers;
        bool has_no_length;
        const char *code;
        bool is_told;
    } cases[] = {
        {"Content-Encoding: aws-chunked", true, "MissingContentLength", true},
        {"Content-Encoding: gzip", true, "MissingContentLength", false},
        {"Content-Encoding: aws-chunked\nContent-MD5: AAAAAAAAAAAAAAAAAAAAAA==", false,
         "BadDigest", true},
        {"Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==", false, "BadDigest", false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer a = s3_ask(*state, &(struct ask){.method = "PUT",
                                                       .target = "/k",
                                                       .headers = cases[i].headers,
                                                       .body = "hello",
                                                       .n = 5,
                                                       .no_length = cases[i].has_no_length});
        const char *reason = answer_header(&a, "x-cosmock-reason");
        if (strcmp(xml_of(&a, "Code"), cases[i].code) != 0 ||
            (strstr(reason, "request_checksum_calculation=when_required") != NULL) !=
                cases[i].is_told) {
            fail_msg("%s: %d %s", cases[i].headers, a.status, reason);
        }
        answer_free(&a);
    }
}

static void every_hint_fits_the_header_it_travels_in(void **state)
{
    for (int i = 0; i < S3_HINTS; i++) {
        size_t n = strlen(s3_hint_text((enum s3_hint)i));
        assert_in_range(n, 100, 820); /* 900 with the stage and the code before it */
    }
}

/* --- faults --- */

static int faulty_get(struct door *d, bool is_s3)
{
    struct answer a = is_s3 ? s3_send(d, "GET", "/k", NULL) : door_send(d, "GET", "/k", NULL);
    int status = a.status;
    answer_free(&a);
    return status;
}

/* Whoever plants a fault for COS means its operations, however they are spoken of. */
static void a_fault_for_cos_is_one_for_its_dialects(void **state)
{
    struct door *d = *state;
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;
    fault.kind = COSMOCK_FAULT_REPLY;
    fault.http_status = 503;
    fault.op = "GetObject";
    fault.service = "cos";
    s3_put(d, "/k", NULL, "x");
    assert_int_equal(cosmock_fault_push(d->tenant, &fault, NULL, NULL), 0);
    assert_int_equal(faulty_get(d, true), 503);
    cosmock_fault_clear(d->tenant);
    fault.service = "s3";
    assert_int_equal(cosmock_fault_push(d->tenant, &fault, NULL, NULL), 0);
    assert_int_equal(faulty_get(d, false), 200);
    assert_int_equal(faulty_get(d, true), 503);
    fault.service = "s4";
    struct cosmock_error err;
    assert_int_equal(cosmock_fault_push(d->tenant, &fault, NULL, &err), COSMOCK_E_INVALID);
    assert_string_equal(err.message, "service of a fault is 's4': cos, s3, sts or cam");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_list_of_the_second_form_counts_and_goes_on_by_a_token),
        DOOR_TEST(a_list_of_the_second_form_begins_where_it_is_told),
        DOOR_TEST(what_is_no_token_and_no_form_is_refused),
        DOOR_TEST(the_second_form_is_of_s3_alone),
        DOOR_TEST(a_bucket_in_the_path_is_refused_and_the_reason_says_what_to_set),
        DOOR_TEST(who_is_refused_for_his_path_is_told_by_switch_host_and_dialect),
        DOOR_TEST(the_service_shows_the_buckets_of_the_region_of_the_host),
        DOOR_TEST(the_host_says_where_a_bucket_lies_and_the_document_where_it_does_not),
        DOOR_TEST(groups_are_named_by_the_uris_of_the_dialect),
        DOOR_TEST(a_list_that_was_got_can_be_put),
        DOOR_TEST(a_canned_list_that_cos_has_not_is_refused),
        DOOR_TEST(a_storage_class_is_named_as_cos_names_it),
        DOOR_TEST(a_condition_on_a_write_is_noted_or_refused),
        DOOR_TEST(deleting_many_needs_md5_and_the_reason_says_who_sends_it),
        DOOR_TEST(a_body_in_frames_is_told_from_a_broken_one),
        cmocka_unit_test(every_hint_fits_the_header_it_travels_in),
        DOOR_TEST(a_fault_for_cos_is_one_for_its_dialects),
    };
    return cmocka_run_group_tests_name("s3_buckets", tests, NULL, NULL);
}
