/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tiers of intelligent tiering: documents HEAD Object (x-cos-storage-tier), GET Bucket
 * (StorageTier), PUT Bucket IntelligentTiering (436/38314: accessed less than once in 30
 * consecutive days), intelligent tiering (436/38293: what is smaller than 64 KB stays).
 */
#include "door.h"

#define DAY_MS INT64_C(86400000)
#define NOW DOOR_NOW_UNIX_MS
#define TIERED "x-cos-storage-class: INTELLIGENT_TIERING"

static char bytes[64 << 10];

static void put(struct door *d, const char *target, const char *headers, size_t n)
{
    memset(bytes, 'x', sizeof(bytes));
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = target,
                              .headers = headers,
                              .body = bytes,
                              .n = n},
                200, NULL);
}

static void sink_after_30_days(struct door *d)
{
    const char *rule = "<IntelligentTieringConfiguration><Status>Enabled</Status><Transition>"
                       "<Days>30</Days><RequestFrequent>1</RequestFrequent></Transition>"
                       "</IntelligentTieringConfiguration>";
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?intelligenttiering",
                              .body = rule,
                              .n = strlen(rule)},
                200, NULL);
}

static void expect_tier(struct door *d, const char *method, const char *target,
                        const char *tier)
{
    struct answer a = door_send(d, method, target, NULL);
    if (a.status != 200 || strcmp(answer_header(&a, "x-cos-storage-tier"), tier) != 0) {
        fail_msg("%s %s: %d, tier '%s', not '%s'", method, target, a.status,
                 answer_header(&a, "x-cos-storage-tier"), tier);
    }
    answer_free(&a);
}

/* In both lists of the key, which lies there alone; "": none. */
static void expect_listed(struct door *d, const char *tier)
{
    static const char *const targets[] = {"/", "/?versions"};
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        struct answer a = door_send(d, "GET", targets[i], NULL);
        const char *shown =
            strstr(a.body, "<StorageTier>") == NULL ? "" : xml_of(&a, "StorageTier");
        if (strcmp(shown, tier) != 0) {
            fail_msg("%s: '%s', not '%s'", targets[i], shown, tier);
        }
        answer_free(&a);
    }
}

static void only_what_is_tiered_has_a_tier(void **state)
{
    static const struct {
        const char *headers, *tier;
    } rows[] = {
        {NULL, ""},
        {"x-cos-storage-class: STANDARD_IA", ""},
        {TIERED, "FREQUENT"},
        {"x-cos-storage-class: Intelligent_Tiering", "FREQUENT"},
    };
    struct door *d = *state;
    sink_after_30_days(d);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        put(d, "/o", rows[i].headers, sizeof(bytes));
        expect_tier(d, "HEAD", "/o", rows[i].tier);
        expect_tier(d, "GET", "/o", rows[i].tier);
        expect_listed(d, rows[i].tier);
    }
}

static void who_is_not_read_sinks_and_comes_back_by_a_read(void **state)
{
    struct door *d = *state;
    door_turn_to(d, NOW);
    sink_after_30_days(d);
    put(d, "/o", TIERED, sizeof(bytes));
    door_turn_to(d, NOW + 30 * DAY_MS - 1);
    expect_tier(d, "HEAD", "/o", "FREQUENT");
    door_turn_to(d, NOW + 30 * DAY_MS);
    expect_tier(d, "HEAD", "/o", "INFREQUENT");
    expect_listed(d, "INFREQUENT");
    expect_tier(d, "GET", "/o", "INFREQUENT");
    expect_tier(d, "HEAD", "/o", "FREQUENT");
    door_turn_to(d, NOW + 59 * DAY_MS);
    expect_tier(d, "GET", "/o", "FREQUENT");
    door_turn_to(d, NOW + 88 * DAY_MS);
    expect_tier(d, "HEAD", "/o", "FREQUENT");
    door_turn_to(d, NOW + 89 * DAY_MS);
    expect_tier(d, "HEAD", "/o", "INFREQUENT");
}

/* Neither a HEAD, nor a 304, nor a refusal reads bytes. */
static void what_brings_no_bytes_brings_nothing_back(void **state)
{
    struct door *d = *state;
    door_turn_to(d, NOW);
    sink_after_30_days(d);
    put(d, "/o", TIERED, sizeof(bytes));
    door_turn_to(d, NOW + 30 * DAY_MS);
    expect_tier(d, "HEAD", "/o", "INFREQUENT");
    door_expect(d,
                &(struct ask){.method = "GET", .target = "/o", .headers = "If-None-Match: *"},
                304, NULL);
    door_expect(d, &(struct ask){.method = "GET", .target = "/o", .headers = "If-Match: \"0\""},
                412, "PreconditionFailed");
    expect_tier(d, "HEAD", "/o", "INFREQUENT");
}

static void what_is_small_or_has_no_rule_stays(void **state)
{
    struct door *d = *state;
    door_turn_to(d, NOW);
    assert_int_equal(cosmock_switch_set(d->tenant, "tiering-without-rule", "accept", NULL), 0);
    put(d, "/o", TIERED, sizeof(bytes));
    put(d, "/small", TIERED, sizeof(bytes) - 1);
    door_turn_to(d, NOW + 400 * DAY_MS);
    expect_tier(d, "HEAD", "/o", "FREQUENT");
    sink_after_30_days(d);
    expect_tier(d, "HEAD", "/o", "INFREQUENT");
    expect_tier(d, "HEAD", "/small", "FREQUENT");
}

/* A read is no change: time, ETag and version stay. */
static void a_read_leaves_the_object_as_it_is(void **state)
{
    static const char *const names[] = {"ETag", "Last-Modified", "x-cos-version-id"};
    struct door *d = *state;
    door_turn_to(d, NOW);
    assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket,
                                                   COSMOCK_VERSIONING_ENABLED, NULL),
                     0);
    sink_after_30_days(d);
    put(d, "/o", TIERED, sizeof(bytes));
    door_turn_to(d, NOW + 40 * DAY_MS);
    struct answer first = door_send(d, "GET", "/o", NULL);
    struct answer second = door_send(d, "GET", "/o", NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        char before[80];
        (void)snprintf(before, sizeof(before), "%s", answer_header(&first, names[i]));
        assert_string_not_equal(before, "");
        assert_string_equal(answer_header(&second, names[i]), before);
    }
    assert_string_equal(answer_header(&second, "x-cos-storage-tier"), "FREQUENT");
    answer_free(&first);
    answer_free(&second);
}

/* --- rules by id --- */

#define LEVEL(tier, days) \
    "<Tiering><AccessTier>" tier "</AccessTier><Days>" days "</Days></Tiering>"
#define ARCHIVES LEVEL("ARCHIVE_ACCESS", "90") LEVEL("DEEP_ARCHIVE_ACCESS", "180")

static void put_rule(struct door *d, const char *id, const char *status, const char *filter)
{
    char target[80];
    char text[1000];
    (void)snprintf(target, sizeof(target), "/?intelligent-tiering&id=%s", id);
    (void)snprintf(text, sizeof(text),
                   "<IntelligentTieringConfiguration><Id>%s</Id><Status>%s</Status>"
                   "<Filter>%s</Filter>" ARCHIVES "</IntelligentTieringConfiguration>",
                   id, status, filter);
    door_expect(
        d, &(struct ask){.method = "PUT", .target = target, .body = text, .n = strlen(text)},
        200, NULL);
}

static void archive_tiers_are_reached_by_rules_that_fit(void **state)
{
    static const struct {
        const char *status, *filter, *on_day_180;
    } rows[] = {
        {"Enabled", "", "DEEP_ARCHIVE_ACCESS"},
        {"Disabled", "", "INFREQUENT"},
        {"Enabled", "<Prefix>dir/</Prefix>", "DEEP_ARCHIVE_ACCESS"},
        {"Enabled", "<Prefix>other/</Prefix>", "INFREQUENT"},
        {"Enabled", "<Tag><Key>k</Key><Value>v</Value></Tag>", "DEEP_ARCHIVE_ACCESS"},
        {"Enabled", "<Tag><Key>k</Key><Value>w</Value></Tag>", "INFREQUENT"},
        {"Enabled", "<And><Prefix>dir/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And>",
         "DEEP_ARCHIVE_ACCESS"},
        {"Enabled", "<And><Prefix>a</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And>",
         "INFREQUENT"},
    };
    struct door *d = *state;
    door_turn_to(d, NOW);
    sink_after_30_days(d);
    put(d, "/dir/o", TIERED "\nx-cos-tagging: k=v", sizeof(bytes));
    put(d, "/dir/small", TIERED "\nx-cos-tagging: k=v", sizeof(bytes) - 1);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        bool is_hit = strcmp(rows[i].on_day_180, "INFREQUENT") != 0;
        put_rule(d, "archives", rows[i].status, rows[i].filter);
        door_turn_to(d, NOW + 90 * DAY_MS - 1);
        expect_tier(d, "HEAD", "/dir/o", "INFREQUENT");
        door_turn_to(d, NOW + 90 * DAY_MS);
        expect_tier(d, "HEAD", "/dir/o", is_hit ? "ARCHIVE_ACCESS" : "INFREQUENT");
        door_turn_to(d, NOW + 180 * DAY_MS);
        expect_tier(d, "HEAD", "/dir/o", rows[i].on_day_180);
        expect_tier(d, "HEAD", "/dir/small", "FREQUENT");
        door_turn_to(d, NOW);
    }
}

/* As S3 has it: no bytes before a restore, and then it is FREQUENT again. */
static void an_archive_tier_is_left_by_a_restore(void **state)
{
    static const char days[] =
        "<RestoreRequest><CASJobParameters><Tier>Standard</Tier></CASJobParameters>"
        "</RestoreRequest>";
    static const int64_t hour_ms = 3600 * 1000;
    const struct ask restore = {.method = "POST",
                                .target = "/o?restore",
                                .body = days,
                                .n = sizeof(days) - 1};
    const struct ask get = {.method = "GET", .target = "/o"};
    struct door *d = *state;
    door_turn_to(d, NOW);
    sink_after_30_days(d);
    put_rule(d, "archives", "Enabled", "");
    put(d, "/o", TIERED, sizeof(bytes));
    door_turn_to(d, NOW + 30 * DAY_MS);
    door_expect(d, &restore, 405, "RestoreNonArchiveObject");
    int64_t asked = NOW + 90 * DAY_MS;
    door_turn_to(d, asked);
    expect_listed(d, "ARCHIVE_ACCESS");
    door_expect(d, &get, 403, "InvalidObjectState");
    door_expect(d, &restore, 202, NULL);
    door_expect(d, &restore, 409, "RestoreAlreadyInProgress");
    door_turn_to(d, asked + 5 * hour_ms - 1);
    door_expect(d, &get, 403, "InvalidObjectState");
    struct answer head = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&head, "x-cos-restore"), "ongoing-request=\"true\"");
    answer_free(&head);
    door_turn_to(d, asked + 5 * hour_ms);
    head = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&head, "x-cos-restore"), "");
    answer_free(&head);
    expect_tier(d, "GET", "/o", "FREQUENT");
    door_turn_to(d, asked + 5 * hour_ms + 30 * DAY_MS);
    expect_tier(d, "HEAD", "/o", "INFREQUENT");
    door_turn_to(d, asked + 5 * hour_ms + 90 * DAY_MS);
    door_expect(d, &get, 403, "InvalidObjectState");
    door_expect(d, &restore, 202, NULL);
}

/* The rules of the bucket it lies in hold for it, not those of where it goes. */
static void a_copy_is_asked_where_its_source_lies(void **state)
{
    static const char other[] = "other-1250000000";
    static const char host[] = "other-1250000000.cos.ap-guangzhou.myqcloud.com";
    struct door *d = *state;
    char from_here[260];
    (void)snprintf(from_here, sizeof(from_here), "x-cos-copy-source: %s/o\n" TIERED, d->host);
    assert_int_equal(cosmock_bucket_put(d->tenant, other, "ap-guangzhou", NULL), 0);
    door_turn_to(d, NOW);
    sink_after_30_days(d);
    put(d, "/o", TIERED, sizeof(bytes));
    door_switch(d, "tiering-without-rule", "accept");
    const struct ask there = {.method = "PUT",
                              .target = "/o",
                              .headers = from_here,
                              .host = host};
    put_rule(d, "archives", "Enabled", "");
    door_turn_to(d, NOW + 90 * DAY_MS);
    door_expect(d, &there, 403, "InvalidObjectState");
    put_rule(d, "archives", "Disabled", "");
    door_expect(d, &there, 200, NULL);
    put_rule(d, "archives", "Enabled", "");
    const struct ask back = {.method = "PUT",
                             .target = "/p",
                             .headers = "x-cos-copy-source: "
                                        "other-1250000000.cos.ap-guangzhou.myqcloud.com/o",
                             .host = NULL};
    door_turn_to(d, NOW + 300 * DAY_MS);
    door_expect(d, &back, 200, NULL);
}

static void the_deepest_tier_takes_a_day_and_no_haste(void **state)
{
    static const char expedited[] =
        "<RestoreRequest><CASJobParameters><Tier>Expedited</Tier></CASJobParameters>"
        "</RestoreRequest>";
    static const char standard[] = "<RestoreRequest></RestoreRequest>";
    struct ask restore = {.method = "POST",
                          .target = "/o?restore",
                          .body = expedited,
                          .n = sizeof(expedited) - 1};
    struct door *d = *state;
    door_turn_to(d, NOW);
    sink_after_30_days(d);
    put_rule(d, "archives", "Enabled", "");
    put(d, "/o", TIERED, sizeof(bytes));
    door_turn_to(d, NOW + 180 * DAY_MS);
    door_expect(d, &restore, 400, "InvalidArgument");
    restore.body = standard;
    restore.n = sizeof(standard) - 1;
    door_expect(d, &restore, 202, NULL);
    door_turn_to(d, NOW + 181 * DAY_MS - 1);
    expect_tier(d, "HEAD", "/o", "DEEP_ARCHIVE_ACCESS");
    door_turn_to(d, NOW + 181 * DAY_MS);
    expect_tier(d, "HEAD", "/o", "FREQUENT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(only_what_is_tiered_has_a_tier),
        DOOR_TEST(who_is_not_read_sinks_and_comes_back_by_a_read),
        DOOR_TEST(what_brings_no_bytes_brings_nothing_back),
        DOOR_TEST(what_is_small_or_has_no_rule_stays),
        DOOR_TEST(a_read_leaves_the_object_as_it_is),
        DOOR_TEST(archive_tiers_are_reached_by_rules_that_fit),
        DOOR_TEST(an_archive_tier_is_left_by_a_restore),
        DOOR_TEST(a_copy_is_asked_where_its_source_lies),
        DOOR_TEST(the_deepest_tier_takes_a_day_and_no_haste),
    };
    return cmocka_run_group_tests_name("tier", tests, NULL, NULL);
}
