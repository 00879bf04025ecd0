/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side encryption as the pages of PUT, POST, Initiate, Upload Part, Complete, Copy, GET
 * and HEAD Object show it (cos-operations-2.md s.7). The keys and their digests are those of
 * the samples; "[Object Content]", its MD5 and CRC-64 are the GET Object samples'.
 */
#include "door.h"

#include "store/objects.h"
#include "world/world.h"

#define CONTENT "[Object Content]"
#define CONTENT_MD5 "\"ee8de918d05640145b18f70f4c3aa602\""
#define CONTENT_CRC64 "16749565679157681890"
#define SSE "x-cos-server-side-encryption"
#define KEY_TEXT "MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUY="
#define KEY_MD5 "U5L61r7jcwdNvT7frmUG8g=="
#define KEY_OF(prefix, key, md5)                                                    \
    prefix "-customer-algorithm: AES256\n" prefix "-customer-key: " key "\n" prefix \
           "-customer-key-MD5: " md5
#define KEY KEY_OF(SSE, KEY_TEXT, KEY_MD5)
#define OTHER_MD5 "hRasmdxgYDKV3nvbahU1MA=="
#define OTHER KEY_OF(SSE, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", OTHER_MD5)
#define SOURCE KEY_OF("x-cos-copy-source-server-side-encryption", KEY_TEXT, KEY_MD5)

static struct answer send_body(struct door *d, const char *method, const char *target,
                               const char *headers, const char *body)
{
    return door_ask(d, &(struct ask){.method = method,
                                     .target = target,
                                     .headers = headers,
                                     .body = body,
                                     .n = strlen(body)});
}

static void put_sealed(struct door *d, const char *target, const char *text)
{
    struct answer a = send_body(d, "PUT", target, KEY, text);
    if (a.status != 200) {
        fail_msg("PUT %s: %d %s", target, a.status, a.body);
    }
    answer_free(&a);
}

static void expect_body(struct door *d, const char *target, const char *headers, int status,
                        const char *text)
{
    struct answer a = door_send(d, "GET", target, headers);
    if (a.status != status || strcmp(a.body, text) != 0) {
        fail_msg("%s: %d %s", target, a.status, a.body);
    }
    answer_free(&a);
}

static void expect_refusal(struct door *d, const struct ask *q, int status, const char *code)
{
    struct answer a = door_ask(d, q);
    if (a.status != status || (code != NULL && strcmp(xml_of(&a, "Code"), code) != 0)) {
        fail_msg("%s %s with '%s': %d %s", q->method, q->target,
                 q->headers == NULL ? "" : q->headers, a.status, a.body);
    }
    answer_free(&a);
}

static void tells_key(const struct answer *a, const char *md5)
{
    assert_string_equal(answer_header(a, SSE "-customer-algorithm"), "AES256");
    assert_string_equal(answer_header(a, SSE "-customer-key-MD5"), md5);
    assert_string_equal(answer_header(a, SSE "-customer-key"), "");
    assert_string_equal(answer_header(a, SSE), "");
}

static void copy_source(struct door *d, char *out, size_t n, const char *key,
                        const char *headers)
{
    (void)snprintf(out, n, "x-cos-copy-source: %s/%s\n%s", d->host, key, headers);
}

/* --- with a key of the caller's own --- */

static void an_object_comes_back_with_its_key_alone(void **state)
{
    struct door *d = *state;
    struct answer a = send_body(d, "PUT", "/o", KEY, CONTENT);
    assert_int_equal(a.status, 200);
    tells_key(&a, KEY_MD5);
    assert_string_not_equal(answer_header(&a, "ETag"), CONTENT_MD5);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CONTENT_CRC64);
    answer_free(&a);
    a = door_send(d, "GET", "/o", KEY);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, CONTENT);
    tells_key(&a, KEY_MD5);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CONTENT_CRC64);
    answer_free(&a);
    a = door_send(d, "HEAD", "/o", KEY);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "Content-Length"), "16");
    tells_key(&a, KEY_MD5);
    answer_free(&a);
    static const char *const wrong[] = {NULL, OTHER};
    for (size_t i = 0; i < COS_ARRAY_LEN(wrong); i++) {
        expect_refusal(d, &(struct ask){.method = "GET", .target = "/o", .headers = wrong[i]},
                       400, "SsecDecryptHeaderInvalid");
        expect_refusal(d, &(struct ask){.method = "HEAD", .target = "/o", .headers = wrong[i]},
                       400, NULL);
    }
}

static void every_range_is_the_same_as_of_what_was_sent(void **state)
{
    struct door *d = *state;
    enum { N = 100 };
    char text[N + 1] = "";
    for (size_t i = 0; i < N; i++) {
        text[i] = (char)('!' + i % 90);
    }
    put_sealed(d, "/o", text);
    for (size_t from = 0; from < N; from++) {
        for (size_t n = 1; n <= N - from; n += 7) {
            char headers[600];
            char part[N + 1] = "";
            (void)snprintf(headers, sizeof(headers), KEY "\nRange: bytes=%zu-%zu", from,
                           from + n - 1);
            memcpy(part, text + from, n);
            expect_body(d, "/o", headers, 206, part);
        }
    }
}

/* What lies in the store, not what an answer shows. */
static void what_is_kept_is_neither_the_text_nor_the_key(void **state)
{
    struct door *d = *state;
    put_sealed(d, "/o", CONTENT);
    struct bucket *b = world_bucket_find(d->tenant, cos_span_of(d->info.bucket));
    assert_non_null(b);
    struct object o = {0};
    assert_int_equal(objects_get(d->tenant->rows, &b->stored, COS_SPAN_LIT("o"), &o), STORE_OK);
    char kept[64] = "";
    assert_int_equal(blob_read(o.row->blob, 0, kept, sizeof(kept)), strlen(CONTENT));
    assert_memory_not_equal(kept, CONTENT, strlen(CONTENT));
    struct cos_span seal = object_facet(&o, FACET_SSE);
    assert_true(seal.len > 0);
    assert_int_equal(cos_span_find(seal, COS_SPAN_LIT("0123456789ABCDEF")), SIZE_MAX);
    assert_int_equal(cos_span_find(seal, COS_SPAN_LIT(KEY_TEXT)), SIZE_MAX);
    (void)row_unref(o.row);
    bucket_unref(b);
}

static void the_same_bytes_are_never_kept_the_same(void **state)
{
    struct door *d = *state;
    char etags[2][64];
    for (size_t i = 0; i < 2; i++) {
        struct answer a = send_body(d, "PUT", "/o", KEY, CONTENT);
        (void)snprintf(etags[i], sizeof(etags[i]), "%s", answer_header(&a, "ETag"));
        answer_free(&a);
    }
    assert_string_not_equal(etags[0], etags[1]);
}

static void a_key_that_is_none_is_refused_and_nothing_kept(void **state)
{
#define ALGORITHM SSE "-customer-algorithm: AES256\n"
    static const struct {
        const char *headers, *code;
    } rows[] = {
        {SSE "-customer-algorithm: AES128\n" SSE "-customer-key: " KEY_TEXT "\n" SSE
             "-customer-key-MD5: " KEY_MD5,
         "SSEContentNotSupported"},
        {ALGORITHM, "InvalidArgument"},
        {ALGORITHM SSE "-customer-key: " KEY_TEXT, "InvalidArgument"},
        {ALGORITHM SSE "-customer-key-MD5: " KEY_MD5, "InvalidArgument"},
        {SSE "-customer-key: " KEY_TEXT "\n" SSE "-customer-key-MD5: " KEY_MD5,
         "InvalidArgument"},
        {ALGORITHM SSE "-customer-key: " KEY_TEXT "\n" SSE "-customer-key-MD5: " OTHER_MD5,
         "InvalidArgument"},
        /* 16 bytes and their MD5 */
        {ALGORITHM SSE "-customer-key: MDEyMzQ1Njc4OUFCQ0RFRg==\n" SSE
                       "-customer-key-MD5: 5D35taRrdV6o8bTdCCZVRA==",
         "InvalidArgument"},
        {ALGORITHM SSE "-customer-key: no base64!\n" SSE "-customer-key-MD5: " KEY_MD5,
         "InvalidArgument"},
        {KEY "\n" SSE ": AES256", "InvalidArgument"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        expect_refusal(d,
                       &(struct ask){.method = "PUT",
                                     .target = "/o",
                                     .headers = rows[i].headers,
                                     .body = "x",
                                     .n = 1},
                       400, rows[i].code);
        struct answer a = send_body(d, "PUT", "/o", rows[i].headers, "x");
        assert_null(strstr(a.body, "MDEyMzQ1"));
        answer_free(&a);
    }
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/o"}, 404, NULL);
}

static void an_upload_is_encrypted_part_by_part(void **state)
{
    struct door *d = *state;
    assert_int_equal(cosmock_switch_set(d->tenant, "part-min-bytes", "0", NULL), COSMOCK_OK);
    struct answer a = door_send(d, "POST", "/m?uploads", KEY);
    assert_int_equal(a.status, 200);
    tells_key(&a, KEY_MD5);
    char id[128];
    (void)snprintf(id, sizeof(id), "%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    static const char *const texts[] = {"1234", "56789"};
    char list[600] = "<CompleteMultipartUpload>";
    char target[300];
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        (void)snprintf(target, sizeof(target), "/m?partNumber=%zu&uploadId=%s", i + 1, id);
        static const char *const wrong[] = {NULL, OTHER};
        for (size_t j = 0; j < COS_ARRAY_LEN(wrong); j++) {
            expect_refusal(d,
                           &(struct ask){.method = "PUT",
                                         .target = target,
                                         .headers = wrong[j],
                                         .body = "x",
                                         .n = 1},
                           400, "SsecDecryptHeaderInvalid");
        }
        a = send_body(d, "PUT", target, KEY, texts[i]);
        assert_int_equal(a.status, 200);
        tells_key(&a, KEY_MD5);
        size_t at = strlen(list);
        (void)snprintf(list + at, sizeof(list) - at,
                       "<Part><PartNumber>%zu</PartNumber><ETag>%s</ETag></Part>", i + 1,
                       answer_header(&a, "ETag"));
        answer_free(&a);
    }
    strncat(list, "</CompleteMultipartUpload>", sizeof(list) - strlen(list) - 1);
    (void)snprintf(target, sizeof(target), "/m?uploadId=%s", id);
    a = send_body(d, "POST", target, NULL, list); /* no key: sample 4 */
    assert_int_equal(a.status, 200);
    tells_key(&a, KEY_MD5);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), "11051210869376104954");
    answer_free(&a);
    expect_body(d, "/m", KEY, 200, "123456789");
    expect_body(d, "/m", KEY "\nRange: bytes=2-5", 206, "3456");
    expect_refusal(d, &(struct ask){.method = "GET", .target = "/m"}, 400,
                   "SsecDecryptHeaderInvalid");
}

static void a_part_brings_no_key_of_its_own(void **state)
{
    struct door *d = *state;
    struct answer a = door_send(d, "POST", "/m?uploads", NULL);
    char target[300];
    (void)snprintf(target, sizeof(target), "/m?partNumber=1&uploadId=%s",
                   xml_of(&a, "UploadId"));
    answer_free(&a);
    expect_refusal(
        d,
        &(struct ask){.method = "PUT", .target = target, .headers = KEY, .body = "x", .n = 1},
        400, "InvalidRequest");
}

/* Copy, samples 4 and 5, and Go's TestSSE_C: to another key, and to none. */
static void a_copy_is_opened_and_locked_anew(void **state)
{
    struct door *d = *state;
    char headers[1200];
    put_sealed(d, "/o", CONTENT);
    copy_source(d, headers, sizeof(headers), "o", SOURCE "\n" OTHER);
    struct answer a = door_send(d, "PUT", "/other", headers);
    assert_int_equal(a.status, 200);
    tells_key(&a, OTHER_MD5);
    assert_string_equal(xml_of(&a, "CRC64"), CONTENT_CRC64);
    answer_free(&a);
    expect_body(d, "/other", OTHER, 200, CONTENT);
    expect_refusal(d, &(struct ask){.method = "GET", .target = "/other", .headers = KEY}, 400,
                   "SsecDecryptHeaderInvalid");
    copy_source(d, headers, sizeof(headers), "o", SOURCE);
    a = door_send(d, "PUT", "/plain", headers);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = door_send(d, "GET", "/plain", NULL);
    assert_string_equal(a.body, CONTENT);
    assert_string_equal(answer_header(&a, "ETag"), CONTENT_MD5);
    answer_free(&a);
    copy_source(d, headers, sizeof(headers), "plain", KEY);
    a = door_send(d, "PUT", "/again", headers);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    expect_body(d, "/again", KEY, 200, CONTENT);
}

static void a_source_is_not_copied_without_its_key(void **state)
{
    static const struct {
        const char *key, *headers, *code;
    } rows[] = {
        {"o", "", "SsecDecryptHeaderInvalid"},
        {"o", KEY, "SsecDecryptHeaderInvalid"},
        {"o",
         KEY_OF("x-cos-copy-source-server-side-encryption",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", OTHER_MD5),
         "SsecDecryptHeaderInvalid"},
        {"plain", SOURCE, "InvalidRequest"},
    };
    struct door *d = *state;
    put_sealed(d, "/o", CONTENT);
    door_put(d, "/plain", CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char headers[1200];
        copy_source(d, headers, sizeof(headers), rows[i].key, rows[i].headers);
        expect_refusal(d, &(struct ask){.method = "PUT", .target = "/copy", .headers = headers},
                       400, rows[i].code);
    }
}

static void a_part_is_copied_out_of_a_range(void **state)
{
    struct door *d = *state;
    put_sealed(d, "/o", CONTENT);
    struct answer a = door_send(d, "POST", "/m?uploads", OTHER);
    char id[128];
    (void)snprintf(id, sizeof(id), "%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    char target[300];
    char headers[1400];
    (void)snprintf(target, sizeof(target), "/m?partNumber=1&uploadId=%s", id);
    copy_source(d, headers, sizeof(headers), "o",
                SOURCE "\n" OTHER "\nx-cos-copy-source-range: bytes=1-6");
    a = door_send(d, "PUT", target, headers);
    assert_int_equal(a.status, 200);
    tells_key(&a, OTHER_MD5);
    char list[300];
    (void)snprintf(list, sizeof(list),
                   "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag>"
                   "</Part></CompleteMultipartUpload>",
                   xml_of(&a, "ETag"));
    answer_free(&a);
    (void)snprintf(target, sizeof(target), "/m?uploadId=%s", id);
    a = send_body(d, "POST", target, NULL, list);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    expect_body(d, "/m", OTHER, 200, "Object");
}

static void an_object_without_a_key_takes_none(void **state)
{
    struct door *d = *state;
    door_put(d, "/plain", CONTENT);
    expect_refusal(d, &(struct ask){.method = "GET", .target = "/plain", .headers = KEY}, 400,
                   "InvalidRequest");
    expect_refusal(d,
                   &(struct ask){.method = "POST",
                                 .target = "/a?append&position=0",
                                 .headers = KEY,
                                 .body = "x",
                                 .n = 1},
                   400, "SSEHeaderNotAllowed");
}

static void head_without_the_key_is_a_switch(void **state)
{
    struct door *d = *state;
    put_sealed(d, "/o", CONTENT);
    assert_int_equal(cosmock_switch_set(d->tenant, "ssec-head", "answer", NULL), COSMOCK_OK);
    struct answer a = door_send(d, "HEAD", "/o", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "Content-Length"), "16");
    answer_free(&a);
    expect_refusal(d, &(struct ask){.method = "HEAD", .target = "/o", .headers = OTHER}, 400,
                   NULL);
}

/* The MD5 of what was sent still counts, and so does its SHA-1. */
static void digests_are_of_what_was_sent(void **state)
{
    struct door *d = *state;
    struct answer a = send_body(d, "PUT", "/o",
                                KEY "\nContent-MD5: ee8de918d05640145b18f70f4c3aa602", CONTENT);
    assert_int_equal(a.status, 400);
    answer_free(&a);
    a = door_ask(d, &(struct ask){.method = "PUT",
                                  .target = "/o",
                                  .headers = KEY,
                                  .body = CONTENT,
                                  .n = strlen(CONTENT),
                                  .with_md5 = true});
    assert_int_equal(a.status, 200);
    answer_free(&a);
    /* sha1sum of "abc": FIPS 180-4 */
    a = send_body(d, "PUT", "/o",
                  KEY "\nx-cos-content-sha1: a9993e364706816aba3e25717850c26c9cd0d89d", "abc");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = send_body(d, "PUT", "/o",
                  KEY "\nx-cos-content-sha1: a9993e364706816aba3e25717850c26c9cd0d89d", "abd");
    assert_int_equal(a.status, 400);
    answer_free(&a);
}

static void no_key_is_in_the_journal(void **state)
{
    struct door *d = *state;
    put_sealed(d, "/o", CONTENT);
    struct answer a = door_send(
        d, "GET",
        "/o?x-cos-server-side-encryption-customer-key=MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQk"
        "NERUY%3D",
        KEY);
    answer_free(&a);
    struct cosmock_journal_query every = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(d->tenant, &entries, &every);
    assert_true(n >= 2);
    for (int64_t i = 0; i < n; i++) {
        char *json = cosmock_entry_json(&entries[i]);
        assert_non_null(json);
        assert_null(strstr(json, "MDEyMzQ1"));
        assert_null(strstr(json, "0123456789ABCDEF"));
        free(json);
    }
    (void)cosmock_entries_free(entries);
}

/* "Only signed requests" (guide, server-side encryption). */
static void nobody_reads_encrypted_objects_without_a_signature(void **state)
{
    static const struct {
        const char *target, *headers;
    } rows[] = {
        {"/sealed", KEY "\nx-cos-acl: public-read"},
        {"/kept", SSE ": AES256\nx-cos-acl: public-read"},
        {"/plain", "x-cos-acl: public-read"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = send_body(d, "PUT", rows[i].target, rows[i].headers, CONTENT);
        assert_int_equal(a.status, 200);
        answer_free(&a);
    }
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), COSMOCK_OK);
    expect_refusal(d, &(struct ask){.method = "GET", .target = "/sealed", .headers = KEY}, 403,
                   "AccessDenied");
    expect_refusal(d, &(struct ask){.method = "GET", .target = "/kept"}, 403, "AccessDenied");
    expect_refusal(d, &(struct ask){.method = "HEAD", .target = "/kept"}, 403, NULL);
    expect_body(d, "/plain", NULL, 200, CONTENT);
}

/* --- with a key of the service --- */

static void a_read_says_nothing_about_it(void **state)
{
    struct door *d = *state;
    door_put(d, "/o", CONTENT);
    expect_refusal(d, &(struct ask){.method = "GET", .target = "/o", .headers = SSE ": AES256"},
                   400, "SSEHeaderNotAllowed");
    assert_int_equal(cosmock_switch_set(d->tenant, "sse-on-read", "ignore", NULL), COSMOCK_OK);
    expect_body(d, "/o", SSE ": AES256", 200, CONTENT);
}

static void put_default(struct door *d, const char *algorithm)
{
    char text[300];
    (void)snprintf(text, sizeof(text),
                   "<ServerSideEncryptionConfiguration><Rule>"
                   "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>%s</SSEAlgorithm>"
                   "</ApplyServerSideEncryptionByDefault></Rule>"
                   "</ServerSideEncryptionConfiguration>",
                   algorithm);
    struct answer a = send_body(d, "PUT", "/?encryption", NULL, text);
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

/* Guide, bucket encryption: new objects, not those that are there; the request wins. */
static void the_default_of_the_bucket_is_for_new_objects(void **state)
{
    struct door *d = *state;
    door_put(d, "/old", CONTENT);
    put_default(d, "AES256");
    struct answer a = send_body(d, "PUT", "/new", NULL, CONTENT);
    assert_string_equal(answer_header(&a, SSE), "AES256");
    answer_free(&a);
    a = door_send(d, "HEAD", "/new", NULL);
    assert_string_equal(answer_header(&a, SSE), "AES256");
    answer_free(&a);
    a = door_send(d, "HEAD", "/old", NULL);
    assert_string_equal(answer_header(&a, SSE), "");
    answer_free(&a);
    put_sealed(d, "/mine", CONTENT);
    a = door_send(d, "GET", "/mine", KEY);
    tells_key(&a, KEY_MD5);
    answer_free(&a);
    a = door_send(d, "POST", "/m?uploads", NULL);
    assert_string_equal(answer_header(&a, SSE), "AES256");
    answer_free(&a);
}

static void a_default_that_is_not_built_names_itself(void **state)
{
    struct door *d = *state;
    put_default(d, "KMS");
    expect_refusal(d, &(struct ask){.method = "PUT", .target = "/o", .body = "x", .n = 1}, 400,
                   "NotImplemented");
    struct answer a = send_body(d, "PUT", "/o", NULL, "x");
    assert_non_null(strstr(a.body, "cos/kms"));
    answer_free(&a);
    a = send_body(d, "PUT", "/o", SSE ": AES256", "x");
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(an_object_comes_back_with_its_key_alone),
        DOOR_TEST(every_range_is_the_same_as_of_what_was_sent),
        DOOR_TEST(what_is_kept_is_neither_the_text_nor_the_key),
        DOOR_TEST(the_same_bytes_are_never_kept_the_same),
        DOOR_TEST(a_key_that_is_none_is_refused_and_nothing_kept),
        DOOR_TEST(an_upload_is_encrypted_part_by_part),
        DOOR_TEST(a_part_brings_no_key_of_its_own),
        DOOR_TEST(a_copy_is_opened_and_locked_anew),
        DOOR_TEST(a_source_is_not_copied_without_its_key),
        DOOR_TEST(a_part_is_copied_out_of_a_range),
        DOOR_TEST(an_object_without_a_key_takes_none),
        DOOR_TEST(head_without_the_key_is_a_switch),
        DOOR_TEST(digests_are_of_what_was_sent),
        DOOR_TEST(no_key_is_in_the_journal),
        DOOR_TEST(nobody_reads_encrypted_objects_without_a_signature),
        DOOR_TEST(a_read_says_nothing_about_it),
        DOOR_TEST(the_default_of_the_bucket_is_for_new_objects),
        DOOR_TEST(a_default_that_is_not_built_names_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
