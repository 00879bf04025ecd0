/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multipart calls (cos-wire.md s.2.1; MK-20 to MK-22). MD5, CRC-64 and the joined ETag
 * (S3's formula: MD5 of the raw MD5s) of 1 MiB of 'a', 1 MiB of 'b' and "tail" were computed
 * with Python's hashlib and a table CRC-64/XZ checked on "123456789".
 */
#include "door.h"

#define MIB ((size_t)1 << 20)
#define ETAG_A "7202826a7791073fe2787f0c94603278"
#define ETAG_B "96767d2b46489f3520698a6df536dc4c"
#define ETAG_TAIL "7aea2552dfe7eb84b9443b6fc9ba6e01"
#define ETAG_ABTAIL "363be71c541d1dd5d821be5b1147b12c-3"
#define CRC_ABTAIL "13745729108564155657"
#define CRC_TAIL "1564134088860173973"
#define PART(n, etag) "<Part><PartNumber>" n "</PartNumber><ETag>" etag "</ETag></Part>"
#define DOCUMENT(parts) "<CompleteMultipartUpload>" parts "</CompleteMultipartUpload>"

struct upload_test {
    struct door *d;
    char id[80];
    char target[160];
};

static void initiate(struct upload_test *t, struct door *d, const char *key,
                     const char *headers)
{
    char target[96];
    (void)snprintf(target, sizeof(target), "%s?uploads", key);
    char decoded[96] = "";
    (void)cos_percent_decode(decoded, cos_span_of(key + 1), /* plus_is_space= */ false);
    struct answer a = door_send(d, "POST", target, headers);
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "Bucket"), d->info.bucket);
    assert_string_equal(xml_of(&a, "Key"), decoded);
    (void)snprintf(t->id, sizeof(t->id), "%.79s", xml_of(&a, "UploadId"));
    assert_int_equal(strlen(t->id), 74); /* 10 digits and 64 hex digits: s.2.0 */
    (void)snprintf(t->target, sizeof(t->target), "%.60s?uploadId=%s", key, t->id);
    t->d = d;
    answer_free(&a);
}

static struct answer put_part(struct upload_test *t, const char *number, const void *bytes,
                              size_t n)
{
    char target[200];
    (void)snprintf(target, sizeof(target), "%.160s&partNumber=%s", t->target, number);
    return door_ask(t->d,
                    &(struct ask){.method = "PUT", .target = target, .body = bytes, .n = n});
}

static void put_letters(struct upload_test *t, const char *number, char letter, size_t n,
                        const char *etag)
{
    char *bytes = malloc(n);
    assert_non_null(bytes);
    memset(bytes, letter, n);
    struct answer a = put_part(t, number, bytes, n);
    char quoted[48];
    (void)snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "ETag"), quoted);
    answer_free(&a);
    free(bytes);
}

static void put_three(struct upload_test *t)
{
    put_letters(t, "2", 'b', MIB, ETAG_B); /* order of arrival does not matter */
    put_letters(t, "1", 'a', MIB, ETAG_A);
    struct answer a = put_part(t, "3", "tail", 4);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "ETag"), "\"" ETAG_TAIL "\"");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC_TAIL);
    answer_free(&a);
}

static struct ask completion(const struct upload_test *t, const char *document)
{
    return (struct ask){.method = "POST",
                        .target = t->target,
                        .headers = "Content-Type: application/xml",
                        .body = document,
                        .n = strlen(document)};
}

static void complete_joins_the_parts(void **state)
{
    struct door *d = *state;
    struct upload_test t;
    initiate(&t, d, "/a%20b", "Content-Type: video/mp4\nx-cos-meta-colour: red");
    put_three(&t);
    door_expect(d, &(struct ask){.method = "GET", .target = "/a%20b"}, 404, "NoSuchKey");
    struct ask q = completion(&t, DOCUMENT(PART("1", "\"" ETAG_A "\"") PART("2", ETAG_B)
                                               PART("3", "&quot;" ETAG_TAIL "&quot;")));
    struct answer a = door_ask(d, &q);
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "ETag"), "&quot;" ETAG_ABTAIL "&quot;");
    assert_string_equal(xml_of(&a, "Key"), "a b");
    char location[256];
    (void)snprintf(location, sizeof(location), "http://%s/a%%20b", d->host);
    assert_string_equal(xml_of(&a, "Location"), location); /* encoded: s.5.28 */
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC_ABTAIL);
    answer_free(&a);
    a = door_send(d, "GET", "/a%20b", NULL);
    assert_int_equal(a.n, 2 * MIB + 4);
    assert_true(a.body[0] == 'a' && a.body[MIB - 1] == 'a' && a.body[MIB] == 'b');
    assert_string_equal(a.body + 2 * MIB, "tail");
    assert_string_equal(answer_header(&a, "ETag"), "\"" ETAG_ABTAIL "\"");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC_ABTAIL);
    assert_string_equal(answer_header(&a, "Content-Type"), "video/mp4");
    assert_string_equal(answer_header(&a, "x-cos-meta-colour"), "red");
    answer_free(&a);
    door_expect(d, &q, 404, "NoSuchUpload"); /* a second Complete */
}

static const struct {
    const char *name, *document, *code;
    int status;
} completions[] = {
    {"unknown etag", DOCUMENT(PART("1", ETAG_B) PART("2", ETAG_B) PART("3", ETAG_TAIL)),
     "InvalidPart", 400},
    {"empty etag", DOCUMENT(PART("1", "") PART("2", ETAG_B) PART("3", ETAG_TAIL)),
     "InvalidPart", 400},
    {"etag of quotes",
     DOCUMENT(PART("1", "&quot;&quot;") PART("2", ETAG_B) PART("3", ETAG_TAIL)), "InvalidPart",
     400},
    {"gap", DOCUMENT(PART("1", ETAG_A) PART("3", ETAG_TAIL)), "InvalidPart", 400},
    {"does not begin at 1", DOCUMENT(PART("2", ETAG_B) PART("3", ETAG_TAIL)), "InvalidPart",
     400},
    {"a part that never came",
     DOCUMENT(PART("1", ETAG_A) PART("2", ETAG_B) PART("3", ETAG_TAIL) PART("4", ETAG_A)),
     "InvalidPart", 400},
    {"descending", DOCUMENT(PART("2", ETAG_B) PART("1", ETAG_A)), "InvalidPartOrder", 400},
    {"twice", DOCUMENT(PART("1", ETAG_A) PART("1", ETAG_A)), "InvalidPartOrder", 400},
    {"no part", DOCUMENT(""), "MalformedXML", 400},
    {"no etag", DOCUMENT("<Part><PartNumber>1</PartNumber></Part>"), "MalformedXML", 400},
    {"no number", DOCUMENT("<Part><ETag>" ETAG_A "</ETag></Part>"), "MalformedXML", 400},
    {"not the document", "<Complete>" PART("1", ETAG_A) "</Complete>", "MalformedXML", 400},
    {"not XML", "{\"Part\": 1}", "MalformedXML", 400},
    {"nothing", "", "MissingRequestBodyError", 400},
};

static void wrong_completions_change_nothing(void **state)
{
    struct door *d = *state;
    struct upload_test t;
    initiate(&t, d, "/k", NULL);
    put_three(&t);
    for (size_t i = 0; i < COS_ARRAY_LEN(completions); i++) {
        struct ask q = completion(&t, completions[i].document);
        struct answer a = door_ask(d, &q);
        if (a.status != completions[i].status ||
            strcmp(xml_of(&a, "Code"), completions[i].code) != 0) {
            fail_msg("%s: got %d %s", completions[i].name, a.status, a.body);
        }
        answer_free(&a);
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
    assert_int_equal(cosmock_upload_count(d->tenant, d->info.bucket), 1);
}

static void only_the_last_part_may_be_small(void **state)
{
    struct door *d = *state;
    struct upload_test t;
    initiate(&t, d, "/k", NULL);
    struct answer a = put_part(&t, "1", "tail", 4);
    answer_free(&a);
    a = put_part(&t, "2", "tail", 4);
    answer_free(&a);
    struct ask q = completion(&t, DOCUMENT(PART("1", ETAG_TAIL) PART("2", ETAG_TAIL)));
    door_expect(d, &q, 400, "EntityTooSmall");
    struct cosmock_error err;
    assert_int_equal(cosmock_switch_set(d->tenant, "part-min-bytes", "4", &err), COSMOCK_OK);
    door_expect(d, &q, 200, NULL);
}

static void part_numbers_have_bounds(void **state)
{
    static const char *const numbers[] = {"0", "10001", "-1", "one", ""};
    struct door *d = *state;
    struct upload_test t;
    initiate(&t, d, "/k", NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(numbers); i++) {
        struct answer a = put_part(&t, numbers[i], "x", 1);
        assert_int_equal(a.status, 400);
        assert_string_equal(xml_of(&a, "Code"), "InvalidArgument");
        answer_free(&a);
    }
    struct answer a = put_part(&t, "10000", "x", 1);
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

static void abort_forgets_the_upload(void **state)
{
    struct door *d = *state;
    struct upload_test t;
    initiate(&t, d, "/k", NULL);
    put_letters(&t, "1", 'a', MIB, ETAG_A);
    door_expect(d, &(struct ask){.method = "DELETE", .target = t.target}, 204, NULL);
    door_expect(d, &(struct ask){.method = "DELETE", .target = t.target}, 404, "NoSuchUpload");
    door_expect(d, &(struct ask){.method = "GET", .target = t.target}, 404, "NoSuchUpload");
    struct ask q = completion(&t, DOCUMENT(PART("1", ETAG_A)));
    door_expect(d, &q, 404, "NoSuchUpload");
    struct answer a = put_part(&t, "2", "x", 1);
    assert_int_equal(a.status, 404);
    answer_free(&a);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

static void an_upload_of_another_key_is_none(void **state)
{
    struct door *d = *state;
    struct upload_test t;
    initiate(&t, d, "/k", NULL);
    char target[160];
    (void)snprintf(target, sizeof(target), "/other?uploadId=%s&partNumber=1", t.id);
    door_expect(d, &(struct ask){.method = "PUT", .target = target, .body = "x", .n = 1}, 404,
                "NoSuchUpload");
}

static void parts_are_listed_page_by_page(void **state)
{
    struct door *d = *state;
    struct upload_test t;
    initiate(&t, d, "/k", NULL);
    put_three(&t);
    char target[240];
    (void)snprintf(target, sizeof(target), "%s&max-parts=2", t.target);
    struct answer a = door_send(d, "GET", target, NULL);
    const char *at = a.body;
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "UploadId"), t.id);
    assert_string_equal(xml_of(&a, "IsTruncated"), "true");
    assert_string_equal(xml_of(&a, "NextPartNumberMarker"), "2");
    assert_string_equal(xml_of(&a, "MaxParts"), "2");
    assert_string_equal(xml_next(&at, "PartNumber"), "1");
    assert_string_equal(xml_next(&at, "LastModified"), "2020-04-10T09:35:05.000Z");
    assert_string_equal(xml_next(&at, "ETag"), "&quot;" ETAG_A "&quot;");
    assert_string_equal(xml_next(&at, "Size"), "1048576");
    assert_string_equal(xml_next(&at, "PartNumber"), "2");
    assert_null(xml_next(&at, "PartNumber"));
    answer_free(&a);
    (void)snprintf(target, sizeof(target), "%s&part-number-marker=2", t.target);
    a = door_send(d, "GET", target, NULL);
    assert_string_equal(xml_of(&a, "PartNumber"), "3");
    assert_string_equal(xml_of(&a, "IsTruncated"), "false");
    assert_string_equal(xml_of(&a, "NextPartNumberMarker"), "(absent)");
    answer_free(&a);
}

/* --- ListMultipartUploads --- */

static void listed(struct door *d, const char *target, const char *keys, const char *next)
{
    struct answer a = door_send(d, "GET", target, NULL);
    const char *at = a.body;
    assert_int_equal(a.status, 200);
    char got[256] = "";
    size_t n = 0;
    const char *text;
    while ((text = xml_next(&at, "Upload")) != NULL) {
        const char *inner = text;
        n += (size_t)snprintf(got + n, sizeof(got) - n, "%s ", xml_next(&inner, "Key"));
    }
    at = a.body;
    while ((text = xml_next(&at, "CommonPrefixes")) != NULL) {
        const char *inner = text;
        n += (size_t)snprintf(got + n, sizeof(got) - n, "[%s] ", xml_next(&inner, "Prefix"));
    }
    if (strcmp(got, keys) != 0) {
        fail_msg("%s: got \"%s\"", target, got);
    }
    assert_string_equal(xml_of(&a, "NextKeyMarker"), next);
    assert_string_equal(xml_of(&a, "IsTruncated"),
                        strcmp(next, "(absent)") == 0 ? "false" : "true");
    answer_free(&a);
}

static void uploads_are_listed_page_by_page(void **state)
{
    struct door *d = *state;
    static const char *const keys[] = {"/d/2", "/b", "/d/1", "/e", "/a", "/b"};
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        struct upload_test t;
        initiate(&t, d, keys[i], NULL);
    }
    listed(d, "/?uploads", "a b b d/1 d/2 e ", "(absent)");
    listed(d, "/?uploads&max-uploads=2", "a b ", "b");
    listed(d, "/?uploads&key-marker=b", "d/1 d/2 e ", "(absent)");
    listed(d, "/?uploads&key-marker=b&upload-id-marker=0", "b b d/1 d/2 e ", "(absent)");
    listed(d, "/?uploads&upload-id-marker=z", "a b b d/1 d/2 e ", "(absent)");
    listed(d, "/?uploads&delimiter=/", "a b b e [d/] ", "(absent)");
    listed(d, "/?uploads&delimiter=/&max-uploads=4", "a b b [d/] ", "d/");
    listed(d, "/?uploads&delimiter=/&key-marker=d/", "e ", "(absent)");
    listed(d, "/?uploads&prefix=d/", "d/1 d/2 ", "(absent)");
    listed(d, "/?uploads&prefix=d/&encoding-type=url", "d/1 d/2 ", "(absent)");
    struct answer a = door_send(d, "GET", "/?uploads&prefix=d/2", NULL);
    char owner[96];
    (void)snprintf(owner, sizeof(owner), "qcs::cam::uin/%s:uin/%s", d->info.owner_uin,
                   d->info.owner_uin);
    assert_string_equal(xml_of(&a, "ID"), owner);
    assert_string_equal(xml_of(&a, "Initiated"), "2020-04-10T09:35:05.000Z");
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(complete_joins_the_parts),        DOOR_TEST(wrong_completions_change_nothing),
        DOOR_TEST(only_the_last_part_may_be_small), DOOR_TEST(part_numbers_have_bounds),
        DOOR_TEST(abort_forgets_the_upload),        DOOR_TEST(an_upload_of_another_key_is_none),
        DOOR_TEST(parts_are_listed_page_by_page),   DOOR_TEST(uploads_are_listed_page_by_page),
    };
    return cmocka_run_group_tests_name("multipart", tests, NULL, NULL);
}
