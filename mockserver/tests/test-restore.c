/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archived objects and POST Object restore: cos-operations-1.md s.8. Headers are those of the
 * samples of HEAD Object, times of tiers the ends of the published ranges.
 */
#include "door.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define ASKED INT64_C(1577434769000) /* Fri, 27 Dec 2019 08:19:29 GMT: POST Object restore */

static void put_of_class(struct door *d, const char *target, const char *class)
{
    char header[80];
    (void)snprintf(header, sizeof(header), "x-cos-storage-class: %s", class);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = target,
                              .headers = header,
                              .body = "bytes",
                              .n = 5},
                200, NULL);
}

/* "Expedited 1"; NULL for a part that is left out. */
static void restore(struct door *d, const char *target, const char *days, const char *tier,
                    int status, const char *code)
{
    char text[512];
    int n = snprintf(text, sizeof(text), "<RestoreRequest>");
    if (days != NULL) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "<Days>%s</Days>", days);
    }
    if (tier != NULL) {
        n += snprintf(text + n, sizeof(text) - (size_t)n,
                      "<CASJobParameters><Tier>%s</Tier></CASJobParameters>", tier);
    }
    n += snprintf(text + n, sizeof(text) - (size_t)n, "</RestoreRequest>");
    door_expect(d,
                &(struct ask){.method = "POST",
                              .target = target,
                              .body = text,
                              .n = (size_t)n,
                              .with_md5 = true},
                status, code);
}

static void expect_headers(struct door *d, const char *method, const char *restore,
                           const char *status)
{
    struct answer a = door_send(d, method, "/exampleobject", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "x-cos-restore"), restore);
    assert_string_equal(answer_header(&a, "x-cos-restore-status"), status);
    assert_string_equal(answer_header(&a, "x-cos-storage-class"), "ARCHIVE");
    answer_free(&a);
}

static void expect_unreadable(struct door *d, const char *target)
{
    struct answer a = door_send(d, "GET", target, NULL);
    assert_int_equal(a.status, 403);
    assert_string_equal(xml_of(&a, "Code"), "InvalidObjectState");
    assert_string_not_equal(answer_header(&a, "x-cos-storage-class"), "");
    answer_free(&a);
}

static void a_restore_is_shown_as_in_the_samples(void **state)
{
    struct door *d = *state;
    door_turn_to(d, ASKED);
    put_of_class(d, "/exampleobject", "ARCHIVE");
    expect_headers(d, "HEAD", "", "");
    restore(d, "/exampleobject?restore", "1", "Expedited", 202, NULL);
    door_turn_to(d, ASKED + 5 * MINUTE_MS - 1);
    expect_headers(d, "HEAD", "ongoing-request=\"true\"",
                   "tier=\"expedited\"; request-date=\"Fri, 27 Dec 2019 08:19:29 GMT\"");
    expect_unreadable(d, "/exampleobject");
    door_turn_to(d, ASKED + 5 * MINUTE_MS);
    const char *done =
        "ongoing-request=\"false\", expiry-date=\"Sat, 28 Dec 2019 16:00:00 GMT\"";
    expect_headers(d, "HEAD", done, "");
    expect_headers(d, "GET", done, "");
    door_turn_to(d, INT64_C(1577548800000) - 1); /* Sat, 28 Dec 2019 16:00:00 GMT */
    expect_headers(d, "GET", done, "");
    door_turn_to(d, INT64_C(1577548800000));
    expect_headers(d, "HEAD", "", "");
    expect_unreadable(d, "/exampleobject");
}

static void a_tier_takes_its_time(void **state)
{
    static const struct {
        const char *class, *tier;
        int64_t takes_ms; /* 0: it has no such tier */
    } rows[] = {
        {"ARCHIVE", "Expedited", 5 * MINUTE_MS},    {"ARCHIVE", "Standard", 5 * HOUR_MS},
        {"ARCHIVE", "Bulk", 12 * HOUR_MS},          {"ARCHIVE", NULL, 5 * HOUR_MS},
        {"DEEP_ARCHIVE", "Expedited", 0},           {"DEEP_ARCHIVE", "Bulk", 48 * HOUR_MS},
        {"DEEP_ARCHIVE", "Standard", 24 * HOUR_MS}, {"MAZ_ARCHIVE", "Standard", 5 * HOUR_MS},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        door_turn_to(d, ASKED);
        if (strcmp(rows[i].class, "MAZ_ARCHIVE") == 0) {
            door_move_to_zones(d);
        }
        put_of_class(d, "/o", rows[i].class);
        if (rows[i].takes_ms == 0) {
            restore(d, "/o?restore", "1", rows[i].tier, 400, "InvalidArgument");
            continue;
        }
        restore(d, "/o?restore", "1", rows[i].tier, 202, NULL);
        door_turn_to(d, ASKED + rows[i].takes_ms - 1);
        expect_unreadable(d, "/o");
        door_turn_to(d, ASKED + rows[i].takes_ms);
        door_expect(d, &(struct ask){.method = "GET", .target = "/o"}, 200, NULL);
    }
}

static void what_is_under_way_is_not_begun_again(void **state)
{
    struct door *d = *state;
    door_turn_to(d, ASKED);
    put_of_class(d, "/a", "ARCHIVE");
    put_of_class(d, "/d", "DEEP_ARCHIVE");
    restore(d, "/a?restore", "1", "Bulk", 202, NULL);
    restore(d, "/a?restore", "1", "Expedited", 409, "RestoreAlreadyInProgress");
    restore(d, "/d?restore", "1", "Bulk", 202, NULL);
    restore(d, "/d?restore", "1", "Bulk", 409, "RestoreAlreadyInProgress");
    restore(d, "/d?restore", "1", "Standard", 202, NULL); /* faster than the running one */
    restore(d, "/d?restore", "1", "Bulk", 409, "RestoreAlreadyInProgress");
    door_turn_to(d, ASKED + 24 * HOUR_MS);
    door_expect(d, &(struct ask){.method = "GET", .target = "/d"}, 200, NULL);
}

static void a_copy_that_is_there_lives_longer_when_asked(void **state)
{
    struct door *d = *state;
    door_turn_to(d, ASKED);
    put_of_class(d, "/exampleobject", "ARCHIVE");
    restore(d, "/exampleobject?restore", "1", "Expedited", 202, NULL);
    door_turn_to(d, ASKED + HOUR_MS);
    restore(d, "/exampleobject?restore", "9", "Expedited", 200, NULL);
    expect_headers(d, "HEAD",
                   "ongoing-request=\"false\", expiry-date=\"Sun, 05 Jan 2020 16:00:00 GMT\"",
                   "");
}

static void what_cannot_be_restored_is_refused(void **state)
{
    struct door *d = *state;
    put_of_class(d, "/hot", "STANDARD_IA");
    put_of_class(d, "/cold", "ARCHIVE");
    restore(d, "/missing?restore", "1", "Standard", 404, "NoSuchKey");
    restore(d, "/missing?restore&versionId=test", "1", "Standard", 404, NULL);
    restore(d, "/hot?restore", "1", "Standard", 405, "RestoreNonArchiveObject");
    restore(d, "/cold?restore", "0", "Standard", 400, NULL);
    restore(d, "/cold?restore", "366", "Standard", 400, NULL);
    restore(d, "/cold?restore", "1", "Fast", 400, NULL);
    door_expect(d,
                &(struct ask){.method = "POST", .target = "/cold?restore", .body = "", .n = 0},
                400, "MissingRequestBodyError");
    restore(d, "/cold?restore", NULL, "Standard", 202, NULL); /* .NET's suite sends no Days */
}

static void copies_wait_for_the_restore_of_their_source(void **state)
{
    struct door *d = *state;
    door_turn_to(d, ASKED);
    put_of_class(d, "/cold", "ARCHIVE");
    char header[200];
    (void)snprintf(header, sizeof(header), "x-cos-copy-source: %s/cold", d->host);
    const struct ask copy = {.method = "PUT", .target = "/copy", .headers = header};
    door_expect(d, &copy, 403, "InvalidObjectState");
    restore(d, "/cold?restore", "1", "Expedited", 202, NULL);
    door_expect(d, &copy, 403, "InvalidObjectState");
    door_turn_to(d, ASKED + HOUR_MS);
    door_expect(d, &copy, 200, NULL);
    struct answer a = door_send(d, "GET", "/copy", NULL);
    assert_string_equal(a.body, "bytes");
    assert_string_equal(answer_header(&a, "x-cos-restore"), "");
    answer_free(&a);
}

/* Expedited is no tier of DEEP_ARCHIVE, whatever was restored before. */
static void a_tier_that_the_class_has_not_is_refused_of_a_restored_one_too(void **state)
{
    struct door *d = *state;
    door_turn_to(d, ASKED);
    put_of_class(d, "/cold", "DEEP_ARCHIVE");
    restore(d, "/cold?restore", "1", "Standard", 202, NULL);
    door_turn_to(d, ASKED + 24 * HOUR_MS);
    restore(d, "/cold?restore", "9", "Expedited", 400, "InvalidArgument");
    restore(d, "/cold?restore", "9", "Bulk", 200, NULL);
}

/* GET Bucket: a node of ARCHIVE and DEEP_ARCHIVE alone, empty where nobody asked. */
static void lists_show_how_far_a_restore_is(void **state)
{
    struct door *d = *state;
    static const struct {
        int64_t after_ms;
        const char *shown;
    } rows[] = {
        {0, "<StorageClass>ARCHIVE</StorageClass><RestoreStatus>ONGOING</RestoreStatus>"},
        {HOUR_MS, "<StorageClass>ARCHIVE</StorageClass><RestoreStatus>DONE</RestoreStatus>"},
        {72 * HOUR_MS, "<StorageClass>ARCHIVE</StorageClass><RestoreStatus></RestoreStatus>"},
    };
    door_turn_to(d, ASKED);
    put_of_class(d, "/cold", "ARCHIVE");
    put_of_class(d, "/hot", "STANDARD");
    restore(d, "/cold?restore", "1", "Expedited", 202, NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        door_turn_to(d, ASKED + rows[i].after_ms);
        struct answer a = door_send(d, "GET", "/", NULL);
        assert_non_null(strstr(a.body, rows[i].shown));
        assert_non_null(strstr(a.body, "<StorageClass>STANDARD</StorageClass></Contents>"));
        answer_free(&a);
    }
}

static void an_overwrite_ends_a_restore(void **state)
{
    struct door *d = *state;
    door_turn_to(d, ASKED);
    put_of_class(d, "/o", "ARCHIVE");
    restore(d, "/o?restore", "1", "Expedited", 202, NULL);
    put_of_class(d, "/o", "ARCHIVE");
    door_turn_to(d, ASKED + HOUR_MS);
    expect_unreadable(d, "/o");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o"}, 204, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_restore_is_shown_as_in_the_samples),
        DOOR_TEST(a_tier_takes_its_time),
        DOOR_TEST(what_is_under_way_is_not_begun_again),
        DOOR_TEST(a_copy_that_is_there_lives_longer_when_asked),
        DOOR_TEST(what_cannot_be_restored_is_refused),
        DOOR_TEST(a_tier_that_the_class_has_not_is_refused_of_a_restored_one_too),
        DOOR_TEST(copies_wait_for_the_restore_of_their_source),
        DOOR_TEST(lists_show_how_far_a_restore_is),
        DOOR_TEST(an_overwrite_ends_a_restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
