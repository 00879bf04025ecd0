/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object lock: who may not replace, change or delete what, and until when; and how that time
 * comes to an object. Sources: cos-operations-1.md s.7; codes: the table of errors (436/7730).
 */
#include "door.h"

#include "world/projection.h"
#include "world/world.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define NOW DOOR_NOW_UNIX_MS /* 2020-04-10T09:35:05Z */
#define IN_A_DAY "2020-04-11T09:35:05.000Z"
#define IN_TWO_DAYS "2020-04-12T09:35:05.000Z"

/* As its configuration is kept. */
static void lock_bucket(struct door *d, const char *rule)
{
    char text[300];
    (void)snprintf(text, sizeof(text),
                   "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>%s"
                   "</ObjectLockConfiguration>",
                   rule);
    struct bucket_view v = world_bucket_view(d->tenant, cos_span_of(d->info.bucket));
    struct batch *batch = batch_new();
    assert_non_null(v.bucket);
    assert_non_null(batch);
    world_bucket_document_put(batch, v.bucket, BUCKET_OBJECT_LOCK, cos_span_of(text),
                              /* value= */ NULL, /* kind= */ NULL);
    assert_int_equal(world_commit(d->tenant, batch, NULL, "a lock", NULL), 0);
    bucket_view_release(&v);
}

#define DAYS(n) "<Rule><DefaultRetention><Days>" n "</Days></DefaultRetention></Rule>"

static void put_locked(struct door *d, const char *target, const char *until, int status,
                       const char *code)
{
    char headers[200];
    (void)snprintf(headers, sizeof(headers),
                   "x-cos-object-lock-mode: COMPLIANCE\n"
                   "x-cos-object-lock-retain-until-date: %s",
                   until);
    door_expect(d,
                &(struct ask){
                    .method = "PUT", .target = target, .headers = headers, .body = "x", .n = 1},
                status, code);
}

static void retain(struct door *d, const char *until, int status, const char *code)
{
    char text[200];
    (void)snprintf(text, sizeof(text),
                   "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>%s</RetainUntilDate>"
                   "</Retention>",
                   until);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/o?retention",
                              .body = text,
                              .n = strlen(text),
                              .with_md5 = true},
                status, code);
}

static void expect_until(struct door *d, const char *target, const char *until)
{
    struct answer a = door_send(d, "GET", target, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "Mode"), "COMPLIANCE");
    assert_string_equal(xml_of(&a, "RetainUntilDate"), until);
    answer_free(&a);
}

static void a_retention_is_given_back(void **state)
{
    struct door *d = *state;
    lock_bucket(d, "");
    put_locked(d, "/o", IN_A_DAY, 200, NULL);
    expect_until(d, "/o?retention", IN_A_DAY);
    put_locked(d, "/zone", "2020-04-11T17:35:05+08:00", 200, NULL);
    expect_until(d, "/zone?retention", IN_A_DAY);
}

/* No page names them there: a switch. */
static void a_read_shows_what_is_locked(void **state)
{
    struct door *d = *state;
    lock_bucket(d, "");
    put_locked(d, "/o", IN_A_DAY, 200, NULL);
    door_put(d, "/free", "x");
    static const char *const methods[] = {"HEAD", "GET"};
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        struct answer a = door_send(d, methods[i], "/o", NULL);
        assert_string_equal(answer_header(&a, "x-cos-object-lock-mode"), "COMPLIANCE");
        assert_string_equal(answer_header(&a, "x-cos-object-lock-retain-until-date"), IN_A_DAY);
        answer_free(&a);
        a = door_send(d, methods[i], "/free", NULL);
        assert_string_equal(answer_header(&a, "x-cos-object-lock-mode"), "");
        answer_free(&a);
    }
    assert_int_equal(cosmock_switch_set(d->tenant, "lock-headers", "left-out", NULL), 0);
    struct answer a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "x-cos-object-lock-mode"), "");
    answer_free(&a);
}

static void the_default_of_a_bucket_is_for_what_comes_later(void **state)
{
    struct door *d = *state;
    door_put(d, "/before", "x");
    lock_bucket(d, DAYS("1"));
    door_put(d, "/o", "x");
    expect_until(d, "/o?retention", IN_A_DAY);
    door_expect(d, &(struct ask){.method = "GET", .target = "/before?retention"}, 404,
                "NoSuchObjectLockConfiguration");
    put_locked(d, "/own", IN_TWO_DAYS, 200, NULL);
    expect_until(d, "/own?retention", IN_TWO_DAYS);
    lock_bucket(d, ""); /* the default goes, what is locked stays so */
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o"}, 409, "ObjectLocked");
    door_put(d, "/after", "x");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/after"}, 204, NULL);
}

static void a_retention_only_grows(void **state)
{
    struct door *d = *state;
    lock_bucket(d, "");
    door_put(d, "/o", "x");
    retain(d, IN_A_DAY, 200, NULL);
    retain(d, "2020-04-11T09:35:04.000Z", 409, "InvalidLockedTime");
    retain(d, IN_TWO_DAYS, 200, NULL);
    retain(d, IN_A_DAY, 409, "InvalidLockedTime");
    expect_until(d, "/o?retention", IN_TWO_DAYS);
}

static void what_is_no_retention_is_refused(void **state)
{
    struct door *d = *state;
    door_put(d, "/o", "x");
    put_locked(d, "/p", IN_A_DAY, 400, "InvalidRequest"); /* the bucket has no lock */
    retain(d, IN_A_DAY, 400, "InvalidRequest");
    lock_bucket(d, "");
    put_locked(d, "/p", "2020-04-10T09:35:05.000Z", 400, "InvalidArgument");
    put_locked(d, "/p", "tomorrow", 400, "InvalidArgument");
    retain(d, "2019-04-11T09:35:05.000Z", 400, "InvalidArgument");
    retain(d, "", 400, NULL);
    static const char *const halves[] = {
        "x-cos-object-lock-mode: COMPLIANCE",
        "x-cos-object-lock-retain-until-date: " IN_A_DAY,
        "x-cos-object-lock-mode: GOVERNANCE\n"
        "x-cos-object-lock-retain-until-date: " IN_A_DAY,
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(halves); i++) {
        door_expect(d, &(struct ask){.method = "PUT", .target = "/p", .headers = halves[i]},
                    400, "InvalidArgument");
    }
    door_expect(d, &(struct ask){.method = "GET", .target = "/missing?retention"}, 404,
                "NoSuchKey");
}

/* An upload of one part that is ready to be completed: the target and the document. */
static void begin_upload(struct door *d, char target[200], char document[300])
{
    struct answer begun = door_send(d, "POST", "/o?uploads", NULL);
    (void)snprintf(target, 200, "/o?partNumber=1&uploadId=%s", xml_of(&begun, "UploadId"));
    answer_free(&begun);
    struct answer part =
        door_ask(d, &(struct ask){.method = "PUT", .target = target, .body = "part", .n = 4});
    door_one_part(document, &part);
    answer_free(&part);
    const char *id = strstr(target, "uploadId");
    (void)memmove(target + strlen("/o?"), id, strlen(id) + 1);
}

static void nothing_replaces_what_is_locked(void **state)
{
    struct door *d = *state;
    char upload[200];
    char document[300];
    char from[200];
    char to_itself[300];
    const char *deletes = "<Delete><Object><Key>o</Key></Object><Object><Key>free</Key>"
                          "</Object></Delete>";
    begin_upload(d, upload, document);
    door_put(d, "/free", "y");
    (void)snprintf(from, sizeof(from), "x-cos-copy-source: %s/free", d->host);
    (void)snprintf(to_itself, sizeof(to_itself),
                   "x-cos-copy-source: %s/o\nx-cos-storage-class: STANDARD_IA", d->host);
    lock_bucket(d, "");
    put_locked(d, "/o", IN_A_DAY, 200, NULL);
    const struct ask refused[] = {
        {.method = "DELETE", .target = "/o"},
        {.method = "PUT", .target = "/o", .body = "y", .n = 1},
        {.method = "PUT", .target = "/o", .headers = from},
        {.method = "PUT", .target = "/o", .headers = to_itself},
        {.method = "POST", .target = "/o?append&position=0", .body = "y", .n = 1},
        {.method = "PUT", .target = "/o?symlink", .headers = "x-cos-symlink-target: free"},
        {.method = "DELETE", .target = "/o?tagging"},
        {.method = "POST", .target = upload, .body = document, .n = strlen(document)},
    };
    door_turn_to(d, NOW + DAY_MS - 1);
    for (size_t i = 0; i < COS_ARRAY_LEN(refused); i++) {
        door_expect(d, &refused[i], 409, "ObjectLocked");
    }
    struct answer many = door_ask(d, &(struct ask){.method = "POST",
                                                   .target = "/?delete",
                                                   .body = deletes,
                                                   .n = strlen(deletes),
                                                   .with_md5 = true});
    assert_int_equal(many.status, 200);
    assert_string_equal(xml_of(&many, "Code"), "ObjectLocked");
    assert_non_null(strstr(many.body, "<Deleted><Key>free</Key></Deleted>"));
    answer_free(&many);
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, "x");
    answer_free(&a);
    door_turn_to(d, NOW + DAY_MS);
    door_expect(d, &refused[7], 200, NULL);
    door_expect(d, &refused[1], 200, NULL);
    door_expect(d, &refused[0], 204, NULL);
}

static void uploads_and_copies_are_locked_as_puts_are(void **state)
{
    struct door *d = *state;
    char upload[200];
    char document[300];
    char from[200];
    lock_bucket(d, DAYS("1"));
    begin_upload(d, upload, document);
    door_expect(d,
                &(struct ask){.method = "POST",
                              .target = upload,
                              .body = document,
                              .n = strlen(document)},
                200, NULL);
    expect_until(d, "/o?retention", IN_A_DAY);
    (void)snprintf(from, sizeof(from), "x-cos-copy-source: %s/o", d->host);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/copy", .headers = from}, 200,
                NULL);
    expect_until(d, "/copy?retention", IN_A_DAY);
}

/* Where there are versions, what is locked is not in the way, and stays. */
static void a_version_is_locked_against_its_own_deletion(void **state)
{
    struct door *d = *state;
    const char *suspended = "<VersioningConfiguration><Status>Suspended</Status>"
                            "</VersioningConfiguration>";
    char target[200];
    char document[300];
    door_set_versioning(d, "Enabled");
    lock_bucket(d, DAYS("1"));
    struct answer put =
        door_ask(d, &(struct ask){.method = "PUT", .target = "/o", .body = "x", .n = 1});
    (void)snprintf(target, sizeof(target), "/o?versionId=%s",
                   answer_header(&put, "x-cos-version-id"));
    (void)snprintf(document, sizeof(document),
                   "<Delete><Object><Key>o</Key><VersionId>%s</VersionId></Object></Delete>",
                   answer_header(&put, "x-cos-version-id"));
    answer_free(&put);
    door_put(d, "/o", "y");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o"}, 204, NULL);
    const struct ask drop = {.method = "DELETE", .target = target};
    door_expect(d, &drop, 409, "ObjectLocked");
    struct answer many = door_ask(d, &(struct ask){.method = "POST",
                                                   .target = "/?delete",
                                                   .body = document,
                                                   .n = strlen(document),
                                                   .with_md5 = true});
    assert_string_equal(xml_of(&many, "Code"), "ObjectLocked");
    answer_free(&many);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?versioning",
                              .body = suspended,
                              .n = strlen(suspended)},
                409, "BucketLocked");
    door_turn_to(d, NOW + DAY_MS);
    door_expect(d, &drop, 204, NULL);
}

/* An append writes the version without an id, which it would replace. */
static void no_append_takes_the_place_of_what_is_locked(void **state)
{
    struct door *d = *state;
    struct ask block = {.method = "POST",
                        .target = "/o?append&position=0",
                        .body = "y",
                        .n = 1};
    lock_bucket(d, "");
    put_locked(d, "/o", IN_A_DAY, 200, NULL);
    assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket,
                                                   COSMOCK_VERSIONING_ENABLED, NULL),
                     0);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o"}, 204, NULL);
    door_expect(d, &block, 409, "ObjectLocked");
    door_expect(d, &(struct ask){.method = "GET", .target = "/o?versionId=null"}, 200, NULL);
    door_turn_to(d, NOW + DAY_MS);
    door_expect(d, &block, 200, NULL);
}

/* W40136: a rule is not applied before a retention ends. */
static void expect_to_wait(struct door *d)
{
    const char *rules = "<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration>"
                        "<Days>1</Days></Expiration></Rule></LifecycleConfiguration>";
    lock_bucket(d, "");
    put_locked(d, "/o", "2020-04-20T09:35:05.000Z", 200, NULL);
    door_put(d, "/free", "x");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?lifecycle",
                              .body = rules,
                              .n = strlen(rules),
                              .with_md5 = true},
                200, NULL);
    door_turn_to(d, NOW + 9 * DAY_MS);
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/free"}, 404, NULL);
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/o"}, 200, NULL);
    door_turn_to(d, NOW + 11 * DAY_MS);
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/o"}, 404, NULL);
}

static void a_lifecycle_waits_for_the_end_of_a_retention(void **state)
{
    expect_to_wait(*state);
}

/* Not even a marker covers it before. */
static void a_lifecycle_of_versions_waits_as_long(void **state)
{
    door_set_versioning(*state, "Enabled");
    expect_to_wait(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_retention_is_given_back),
        DOOR_TEST(a_read_shows_what_is_locked),
        DOOR_TEST(the_default_of_a_bucket_is_for_what_comes_later),
        DOOR_TEST(a_retention_only_grows),
        DOOR_TEST(what_is_no_retention_is_refused),
        DOOR_TEST(nothing_replaces_what_is_locked),
        DOOR_TEST(uploads_and_copies_are_locked_as_puts_are),
        DOOR_TEST(a_version_is_locked_against_its_own_deletion),
        DOOR_TEST(no_append_takes_the_place_of_what_is_locked),
        DOOR_TEST(a_lifecycle_waits_for_the_end_of_a_retention),
        DOOR_TEST(a_lifecycle_of_versions_waits_as_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
