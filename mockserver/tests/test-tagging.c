/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags of objects: documents PUT, GET, DELETE Object tagging and the header x-cos-tagging, with
 * what the SDKs' suites ask (cos-operations-1.md s.5.2).
 */
#include "door.h"

#define TAG(k, v) "<Tag><Key>" k "</Key><Value>" v "</Value></Tag>"
#define TAGGING(tags) "<Tagging><TagSet>" tags "</TagSet></Tagging>"

static void expect_put(struct door *d, const char *target, const char *body, int status,
                       const char *code)
{
    struct answer a = door_ask(
        d, &(struct ask){.method = "PUT", .target = target, .body = body, .n = strlen(body)});
    if (a.status != status || strcmp(status < 400 ? "" : xml_of(&a, "Code"), code) != 0) {
        fail_msg("%s: %d %s", body, a.status, a.body);
    }
    answer_free(&a);
}

static void expect_tags(struct door *d, const char *key, const char *tags, const char *count)
{
    char target[64];
    (void)snprintf(target, sizeof(target), "%s?tagging", key);
    struct answer a = door_send(d, "GET", target, NULL);
    assert_int_equal(a.status, 200);
    if (strstr(a.body, tags) == NULL) {
        fail_msg("%s: %s", key, a.body);
    }
    answer_free(&a);
    static const char *const methods[] = {"HEAD", "GET"};
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        a = door_send(d, methods[i], key, NULL);
        assert_int_equal(a.status, 200);
        assert_string_equal(answer_header(&a, "x-cos-tagging-count"), count);
        answer_free(&a);
    }
}

static void tags_are_put_got_and_deleted(void **state)
{
    struct door *d = *state;
    door_put(d, "/o", "x");
    expect_tags(d, "/o", "<TagSet></TagSet>", "");
    struct answer before = door_send(d, "HEAD", "/o", NULL);
    expect_put(d, "/o?tagging", TAGGING(TAG("b", "2") TAG("a", "1 &amp; more")), 400,
               "InvalidTag"); /* an ampersand is no character of a tag */
    expect_put(d, "/o?tagging", TAGGING(TAG("b", "2") TAG("a", "")), 200, "");
    expect_tags(d, "/o", TAGGING(TAG("b", "2") TAG("a", "")), "2");
    expect_put(d, "/o?tagging", TAGGING(TAG("c", "3")), 200, ""); /* a replacement */
    expect_tags(d, "/o", TAGGING(TAG("c", "3")), "1");
    struct answer after = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&after, "ETag"), "\"9dd4e461268c8034f5c8564e155c67a6\"");
    char modified[64];
    (void)snprintf(modified, sizeof(modified), "%s", answer_header(&before, "Last-Modified"));
    assert_string_equal(answer_header(&after, "Last-Modified"), modified);
    answer_free(&before);
    answer_free(&after);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o?tagging"}, 204, NULL);
    expect_tags(d, "/o", "<TagSet></TagSet>", "");
    expect_put(d, "/o?tagging", TAGGING(TAG("c", "3")), 200, "");
    expect_put(d, "/o?tagging", TAGGING(""), 200, "");
    expect_tags(d, "/o", "<TagSet></TagSet>", "");
}

static void tags_of_a_missing_object_are_refused(void **state)
{
    struct door *d = *state;
    static const char *const methods[] = {"GET", "DELETE"};
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        door_expect(d, &(struct ask){.method = methods[i], .target = "/none?tagging"}, 404,
                    "NoSuchKey");
    }
    expect_put(d, "/none?tagging", TAGGING(TAG("a", "1")), 404, "NoSuchKey");
}

#define TEN      \
    TAG("0", "") \
    TAG("1", "") \
    TAG("2", "") \
    TAG("3", "") TAG("4", "") TAG("5", "") TAG("6", "") TAG("7", "") TAG("8", "") TAG("9", "")

static void limits_of_tags_have_their_codes(void **state)
{
    struct door *d = *state;
    char key[300];
    char body[800];
    door_put(d, "/o", "x");
    expect_put(d, "/o?tagging", TAGGING(TEN), 200, "");
    expect_put(d, "/o?tagging", TAGGING(TEN TAG("10", "")), 400, "BadRequest");
    expect_put(d, "/o?tagging", TAGGING(TAG("a", "1") TAG("a", "2")), 400, "InvalidTag");
    expect_put(d, "/o?tagging", TAGGING(TAG("qcs:a", "1")), 400, "InvalidTag");
    expect_put(d, "/o?tagging", TAGGING(TAG("", "1")), 400, "InvalidTag");
    expect_put(d, "/o?tagging", "<Tagging>", 400, "MalformedXML");
    expect_put(d, "/o?tagging", "<TagSet></TagSet>", 400, "MalformedXML");
    expect_put(d, "/o?tagging", "", 400, "MissingRequestBodyError");
    for (int n = 128; n <= 129; n++) {
        memset(key, 'k', (size_t)n);
        key[n] = '\0';
        (void)snprintf(body, sizeof(body), TAGGING(TAG("%s", "v")), key);
        expect_put(d, "/o?tagging", body, n == 128 ? 200 : 400, n == 128 ? "" : "InvalidTag");
    }
}

static void tags_come_with_a_write(void **state)
{
    struct door *d = *state;
    struct ask put = {.method = "PUT",
                      .target = "/o",
                      .headers = "x-cos-tagging: a=1&b%2Fc=%E4%B8%AD",
                      .body = "x",
                      .n = 1};
    door_expect(d, &put, 200, NULL);
    expect_tags(d, "/o", TAGGING(TAG("a", "1") TAG("b/c", "\xE4\xB8\xAD")), "2");
    put.headers = "x-cos-tagging: a=1&a=2";
    door_expect(d, &put, 400, "InvalidTag");
    put.headers = "x-cos-tagging: 0=&1=&2=&3=&4=&5=&6=&7=&8=&9=&a=";
    door_expect(d, &put, 400, "BadRequest");
    put.headers = "x-cos-tagging: ";
    door_expect(d, &put, 200, NULL);
    expect_tags(d, "/o", "<TagSet></TagSet>", ""); /* an overwrite drops them */
}

/* Python's suite: tags of an upload are those of its Initiate. */
static void tags_of_an_upload_are_those_of_its_beginning(void **state)
{
    struct door *d = *state;
    char target[200];
    char document[300];
    struct answer a = door_send(d, "POST", "/m?uploads", "x-cos-tagging: a=1");
    (void)snprintf(target, sizeof(target), "/m?partNumber=1&uploadId=%s",
                   xml_of(&a, "UploadId"));
    answer_free(&a);
    a = door_ask(d, &(struct ask){.method = "PUT", .target = target, .body = "x", .n = 1});
    door_one_part(document, &a);
    answer_free(&a);
    memmove(target + 3, strstr(target, "uploadId"), strlen(strstr(target, "uploadId")) + 1);
    door_expect(d,
                &(struct ask){.method = "POST",
                              .target = target,
                              .body = document,
                              .n = strlen(document)},
                200, NULL);
    expect_tags(d, "/m", TAGGING(TAG("a", "1")), "1");
}

static void a_copy_takes_tags_as_its_directive_says(void **state)
{
    static const struct {
        const char *headers, *tags, *count;
    } rows[] = {
        {"", TAG("a", "1"), "1"},
        {"\nx-cos-tagging-directive: Copy\nx-cos-tagging: b=2", TAG("a", "1"), "1"},
        {"\nx-cos-tagging-directive: Replaced\nx-cos-tagging: b=2", TAG("b", "2"), "1"},
        {"\nx-cos-tagging-directive: Replaced", "", ""},
        {"\nx-cos-metadata-directive: Replaced", TAG("a", "1"), "1"},
    };
    struct door *d = *state;
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/o",
                              .headers = "x-cos-tagging: a=1",
                              .body = "x",
                              .n = 1},
                200, NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char headers[400];
        char tags[200];
        (void)snprintf(headers, sizeof(headers), "x-cos-copy-source: %s/o%s", d->host,
                       rows[i].headers);
        (void)snprintf(tags, sizeof(tags), TAGGING("%s"), rows[i].tags);
        door_expect(d, &(struct ask){.method = "PUT", .target = "/c", .headers = headers}, 200,
                    NULL);
        expect_tags(d, "/c", tags, rows[i].count);
    }
    char headers[400];
    (void)snprintf(headers, sizeof(headers), "x-cos-copy-source: %s/o", d->host);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/o", .headers = headers}, 400,
                "InvalidRequest");
    (void)snprintf(headers, sizeof(headers),
                   "x-cos-copy-source: %s/o\nx-cos-tagging-directive: Replaced\n"
                   "x-cos-tagging: z=26",
                   d->host);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/o", .headers = headers}, 200,
                NULL);
    expect_tags(d, "/o", TAGGING(TAG("z", "26")), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(tags_are_put_got_and_deleted),
        DOOR_TEST(tags_of_a_missing_object_are_refused),
        DOOR_TEST(limits_of_tags_have_their_codes),
        DOOR_TEST(tags_come_with_a_write),
        DOOR_TEST(tags_of_an_upload_are_those_of_its_beginning),
        DOOR_TEST(a_copy_takes_tags_as_its_directive_says),
    };
    return cmocka_run_group_tests_name("tagging", tests, NULL, NULL);
}
