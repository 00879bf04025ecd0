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

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(only_what_is_tiered_has_a_tier),
        DOOR_TEST(who_is_not_read_sinks_and_comes_back_by_a_read),
        DOOR_TEST(what_brings_no_bytes_brings_nothing_back),
        DOOR_TEST(what_is_small_or_has_no_rule_stays),
        DOOR_TEST(a_read_leaves_the_object_as_it_is),
    };
    return cmocka_run_group_tests_name("tier", tests, NULL, NULL);
}
