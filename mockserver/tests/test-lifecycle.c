/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lifecycle rules do at the midnights of the tenant's clock: cos-operations-2.md s.6.2,
 * s.6.3, whose worked cases are the table (D:guide/lifecycle, D:faq/lifecycle). Days begin in
 * China, at 16:00 GMT.
 */
#include "door.h"

#include "services/lifecycle_rules.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define MIDNIGHT INT64_C(1609516800000) /* 2021-01-02T00:00:00+08:00 */
#define EVENING (MIDNIGHT - 5 * 60000)  /* 2021-01-01T23:55:00+08:00 */

#define LARGE_BYTES ((size_t)65536)

static void put_rules(struct door *d, const char *rules)
{
    char text[4096];
    (void)snprintf(text, sizeof(text), "<LifecycleConfiguration>%s</LifecycleConfiguration>",
                   rules);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?lifecycle",
                              .body = text,
                              .n = strlen(text),
                              .with_md5 = true},
                200, NULL);
}

static void put_bytes(struct door *d, const char *target, size_t n, const char *headers)
{
    static const char bytes[LARGE_BYTES];
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = target,
                              .headers = headers,
                              .body = bytes,
                              .n = n},
                200, NULL);
}

/* "": STANDARD; "(gone)". Static buffer. */
static const char *class_of(struct door *d, const char *target)
{
    static char text[64];
    struct answer a = door_send(d, "HEAD", target, NULL);
    assert_true(a.status == 200 || a.status == 404);
    (void)snprintf(text, sizeof(text), "%s",
                   a.status == 404 ? "(gone)" : answer_header(&a, "x-cos-storage-class"));
    answer_free(&a);
    return text;
}

/* --- when --- */

static void things_are_due_at_the_midnights_of_the_documents(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct lifecycle_time when;
        int64_t since, due;
    } rows[] = {
        {"Days 0, put at 01-01 23:55: 01-02 00:00", {0, -1}, EVENING, MIDNIGHT},
        {"Days 1, put at 01-01 23:55: 01-03 00:00", {1, -1}, EVENING, MIDNIGHT + DAY_MS},
        {"Days 1, put at the stroke of midnight", {1, -1}, MIDNIGHT, MIDNIGHT + DAY_MS},
        {"Days 1, put a millisecond behind it", {1, -1}, MIDNIGHT + 1, MIDNIGHT + 2 * DAY_MS},
        {"Days 3650", {3650, -1}, EVENING, MIDNIGHT + 3650 * DAY_MS},
        {"a date acts at 00:00 of that day", {-1, MIDNIGHT}, EVENING, MIDNIGHT},
        {"whatever hour it has", {-1, MIDNIGHT + 9 * HOUR_MS}, EVENING, MIDNIGHT},
        {"and whatever was put before or behind",
         {-1, MIDNIGHT},
         MIDNIGHT + 9 * DAY_MS,
         MIDNIGHT},
        {"neither days nor a date: never", {-1, -1}, EVENING, INT64_MAX},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        int64_t due = lifecycle_due(rows[i].when, rows[i].since);
        if (due != rows[i].due) {
            fail_msg("%s: %lld", rows[i].name, (long long)due);
        }
    }
}

static void an_object_expires_at_its_midnight_and_not_before(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    door_put(d, "/o", "x");
    put_rules(d,
              "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>");
    door_turn_to(d, MIDNIGHT + DAY_MS - 1);
    assert_string_equal(class_of(d, "/o"), "");
    door_turn_to(d, MIDNIGHT + DAY_MS);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket),
                     0); /* without a request */
    assert_string_equal(class_of(d, "/o"), "(gone)");
}

static void a_request_finds_done_what_was_due_before_it(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    door_put(d, "/o", "x");
    put_rules(d,
              "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>");
    assert_int_equal(world_clock_freeze(d->tenant, COSMOCK_CLOCK_MODIFICATION,
                                        MIDNIGHT + DAY_MS),
                     0);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
    door_expect(d, &(struct ask){.method = "GET", .target = "/o"}, 404, "NoSuchKey");
}

static void the_journal_tells_what_a_midnight_did(void **state)
{
    struct door *d = *state;
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    door_turn_to(d, EVENING);
    door_put(d, "/o", "x");
    door_put(d, "/p", "x");
    put_rules(d,
              "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>");
    door_turn_to(d, MIDNIGHT + 2 * DAY_MS); /* the other midnights have nothing to tell */
    q.op = "ApplyLifecycle";
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
    assert_string_equal(e->bucket, d->info.bucket);
    assert_non_null(strstr(e->detail, "2 expired"));
    cosmock_entries_free(e);
}

static void a_rule_acts_from_the_midnight_behind_it_on(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING - 30 * DAY_MS);
    door_put(d, "/o", "x");
    door_turn_to(d, EVENING);
    put_rules(d,
              "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>");
    door_turn_to(d, MIDNIGHT - 1);
    assert_string_equal(class_of(d, "/o"), "");
    door_turn_to(d, MIDNIGHT);
    assert_string_equal(class_of(d, "/o"), "(gone)");
}

static void a_date_is_the_day_in_china(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING - 3 * DAY_MS);
    door_put(d, "/o", "x");
    put_rules(d, "<Rule><Status>Enabled</Status><Expiration>"
                 "<Date>2021-01-02T00:00:00+08:00</Date></Expiration></Rule>");
    door_turn_to(d, MIDNIGHT - 1);
    assert_string_equal(class_of(d, "/o"), "");
    door_turn_to(d, MIDNIGHT);
    assert_string_equal(class_of(d, "/o"), "(gone)");
}

/* --- what --- */

/* Document APPEND Object: appendable objects take no part in lifecycle; overwritten it is one
 * like others. */
static void what_is_appendable_stays_as_it_is(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    door_expect(
        d,
        &(struct ask){.method = "POST", .target = "/o?append&position=0", .body = "x", .n = 1},
        200, NULL);
    put_rules(d,
              "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>");
    door_turn_to(d, MIDNIGHT + 9 * DAY_MS);
    assert_string_equal(class_of(d, "/o"), "");
    door_put(d, "/o", "y");
    door_turn_to(d, MIDNIGHT + 11 * DAY_MS);
    assert_string_equal(class_of(d, "/o"), "(gone)");
}

static void a_class_changes_and_nothing_else(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    put_bytes(d, "/o", LARGE_BYTES, "x-cos-meta-a: b");
    struct answer before = door_send(d, "HEAD", "/o", NULL);
    put_rules(d, "<Rule><Status>Enabled</Status><Transition><Days>0</Days>"
                 "<StorageClass>STANDARD_IA</StorageClass></Transition></Rule>");
    door_turn_to(d, MIDNIGHT - 1);
    assert_string_equal(class_of(d, "/o"), "");
    door_turn_to(d, MIDNIGHT);
    assert_string_equal(class_of(d, "/o"), "STANDARD_IA");
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_int_equal(a.n, LARGE_BYTES);
    static const char *const same[] = {"Last-Modified", "ETag", "x-cos-hash-crc64ecma",
                                       "x-cos-meta-a"};
    for (size_t i = 0; i < COS_ARRAY_LEN(same); i++) {
        assert_string_equal(answer_header(&a, same[i]), answer_header(&before, same[i]));
    }
    answer_free(&before);
    answer_free(&a);
}

#define TO(days, class)                                                       \
    "<Transition><Days>" days "</Days><StorageClass>" class "</StorageClass>" \
                                                            "</Transition>"
#define EXPIRES(days) "<Expiration><Days>" days "</Days></Expiration>"
#define RULE(filter, actions) \
    "<Rule><Filter>" filter "</Filter><Status>Enabled</Status>" actions "</Rule>"

static void conflicts_end_as_documented(void **state)
{
    static const struct {
        const char *name, *rules, *class, *headers;
        size_t bytes;
        int days;
    } rows[] = {
        {"expiration beats transition", RULE("", TO("1", "ARCHIVE")) RULE("", EXPIRES("1")),
         "(gone)", NULL, LARGE_BYTES, 1},
        {"the earliest expiration wins", RULE("", EXPIRES("9")) RULE("", EXPIRES("2")),
         "(gone)", NULL, LARGE_BYTES, 2},
        {"of transitions the coldest",
         RULE("", TO("1", "DEEP_ARCHIVE")) RULE("", TO("1", "STANDARD_IA")), "DEEP_ARCHIVE",
         NULL, LARGE_BYTES, 1},
        {"whichever is first", RULE("", TO("1", "STANDARD_IA")) RULE("", TO("1", "ARCHIVE")),
         "ARCHIVE", NULL, LARGE_BYTES, 1},
        {"one behind the other", RULE("", TO("1", "STANDARD_IA") TO("9", "ARCHIVE")),
         "STANDARD_IA", NULL, LARGE_BYTES, 8},
        {"to the end", RULE("", TO("1", "STANDARD_IA") TO("9", "ARCHIVE")), "ARCHIVE", NULL,
         LARGE_BYTES, 9},
        {"never to a hotter class", RULE("", TO("1", "STANDARD_IA")), "ARCHIVE",
         "x-cos-storage-class: ARCHIVE", LARGE_BYTES, 9},
        {"nothing under 64 KB", RULE("", TO("1", "STANDARD_IA")), "", NULL, LARGE_BYTES - 1, 9},
        {"which expires all the same", RULE("", TO("1", "STANDARD_IA") EXPIRES("2")), "(gone)",
         NULL, 1, 2},
        {"a disabled rule does nothing",
         "<Rule><Status>Disabled</Status>" EXPIRES("1") "</Rule>", "", NULL, 1, 99},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct door *d = *state;
        door_turn_to(d, EVENING);
        put_bytes(d, "/o", rows[i].bytes, rows[i].headers);
        put_rules(d, rows[i].rules);
        door_turn_to(d, MIDNIGHT + rows[i].days * DAY_MS);
        const char *class = class_of(d, "/o");
        if (strcmp(class, rows[i].class) != 0) {
            fail_msg("%s: '%s'", rows[i].name, class);
        }
    }
}

static void a_rule_is_for_the_objects_it_names(void **state)
{
    static const char *const keys[] = {"/a/1", "/a/x/1", "/b", "/large"};
    static const struct {
        const char *filter, *gone;
    } rows[] = {
        {"", "1111"},
        {"<Prefix>a/</Prefix>", "1100"},
        {"<Prefix>c</Prefix>", "0000"},
        {"<And><Prefix>a/</Prefix><PrefixNotEquals>a/x/</PrefixNotEquals></And>", "1000"},
        {"<ObjectSizeGreaterThan>1</ObjectSizeGreaterThan>", "0001"},
        {"<ObjectSizeLessThan>2</ObjectSizeLessThan>", "1110"},
        {"<Tag><Key>k</Key><Value>v</Value></Tag>", "0000"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char rule[512];
        char gone[sizeof("1111")] = "";
        door_turn_to(d, EVENING);
        for (size_t j = 0; j < COS_ARRAY_LEN(keys); j++) {
            put_bytes(d, keys[j], j == 3 ? 2 : 1, NULL);
        }
        (void)snprintf(rule, sizeof(rule), RULE("%s", EXPIRES("1")), rows[i].filter);
        put_rules(d, rule);
        door_turn_to(d, MIDNIGHT + DAY_MS);
        for (size_t j = 0; j < COS_ARRAY_LEN(keys); j++) {
            gone[j] = strcmp(class_of(d, keys[j]), "(gone)") == 0 ? '1' : '0';
        }
        if (strcmp(gone, rows[i].gone) != 0) {
            fail_msg("%s: %s", rows[i].filter, gone);
        }
    }
}

static void uploads_are_aborted_and_others_go_on(void **state)
{
    struct door *d = *state;
    static const char *const keys[] = {"/a/1?uploads", "/a/2?uploads", "/b?uploads"};
    door_turn_to(d, EVENING);
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        door_expect(d, &(struct ask){.method = "POST", .target = keys[i]}, 200, NULL);
    }
    put_rules(d, RULE("<Prefix>a/</Prefix>",
                      "<AbortIncompleteMultipartUpload><DaysAfterInitiation>2"
                      "</DaysAfterInitiation></AbortIncompleteMultipartUpload>"));
    door_turn_to(d, MIDNIGHT + 2 * DAY_MS - 1);
    assert_int_equal(cosmock_upload_count(d->tenant, d->info.bucket), 3);
    door_turn_to(d, MIDNIGHT + 2 * DAY_MS);
    assert_int_equal(cosmock_upload_count(d->tenant, d->info.bucket), 1);
    struct answer a = door_send(d, "GET", "/?uploads", NULL);
    assert_string_equal(xml_of(&a, "Key"), "b");
    answer_free(&a);
}

/* More than a page, so that pages follow each other. */
static void many_objects_expire_and_what_came_later_stays(void **state)
{
    struct door *d = *state;
    char target[32];
    enum { OLD = 2500, YOUNG = 7 };
    door_turn_to(d, EVENING);
    put_rules(d, RULE("<Prefix>k/</Prefix>", EXPIRES("1")));
    for (int i = 0; i < OLD + YOUNG; i++) {
        if (i == OLD) {
            door_turn_to(d, MIDNIGHT + HOUR_MS);
        }
        (void)snprintf(target, sizeof(target), "/k/%d", i * 7919 % (OLD + YOUNG));
        door_put(d, target, "x");
    }
    door_turn_to(d, MIDNIGHT + DAY_MS);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), YOUNG);
}

static void a_year_at_once_is_a_year_of_days(void **state)
{
    struct door *d = *state;
    const char *rules = RULE("<Prefix>a</Prefix>", TO("30", "STANDARD_IA") TO("60", "ARCHIVE"))
        RULE("<Prefix>b</Prefix>", EXPIRES("365"));
    for (int is_by_days = 0; is_by_days <= 1; is_by_days++) {
        door_turn_to(d, EVENING);
        put_bytes(d, "/a", LARGE_BYTES, NULL);
        put_bytes(d, "/b", 1, NULL);
        put_rules(d, rules);
        for (int day = 1; is_by_days && day < 365; day++) {
            door_turn_to(d, EVENING + day * DAY_MS);
        }
        door_turn_to(d, EVENING + 365 * DAY_MS);
        assert_string_equal(class_of(d, "/a"), "ARCHIVE");
        assert_string_equal(class_of(d, "/b"), "");
        door_turn_to(d, EVENING + 366 * DAY_MS);
        assert_string_equal(class_of(d, "/b"), "(gone)");
    }
}

/* --- versions --- */

/* Of all keys, the newest first: 'v' a version, 'm' a marker, ',' between keys. */
static const char *versions_of(struct door *d)
{
    static char text[64];
    char key[64] = "";
    size_t n = 0;
    struct answer a = door_send(d, "GET", "/?versions", NULL);
    assert_int_equal(a.status, 200);
    for (const char *at = a.body; (at = strstr(at, "<Key>")) != NULL; at++) {
        size_t length = strcspn(at + 5, "<");
        if (key[0] != '\0' && strncmp(key, at + 5, length) != 0) {
            text[n++] = ',';
        }
        (void)snprintf(key, sizeof(key), "%.*s", (int)length, at + 5);
        text[n++] = strncmp(at - strlen("<Version>"), "<Version>", 9) == 0 ? 'v' : 'm';
    }
    text[n] = '\0';
    answer_free(&a);
    return text;
}

static void delete_now(struct door *d, const char *target)
{
    door_expect(d, &(struct ask){.method = "DELETE", .target = target}, 204, NULL);
}

#define OLD_GO(days)                                                         \
    "<NoncurrentVersionExpiration><NoncurrentDays>" days "</NoncurrentDays>" \
    "</NoncurrentVersionExpiration>"
#define LONE_MARKERS_GO                                                       \
    "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>" \
    "</Expiration>"

static void what_expires_is_covered_where_there_are_versions(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    door_set_versioning(d, "Enabled");
    door_put(d, "/o", "x");
    put_rules(d, RULE("", EXPIRES("1")));
    door_turn_to(d, MIDNIGHT + DAY_MS - 1);
    assert_string_equal(versions_of(d), "v");
    door_turn_to(d, MIDNIGHT + DAY_MS);
    assert_string_equal(versions_of(d), "mv");
    door_expect(d, &(struct ask){.method = "GET", .target = "/o"}, 404, "NoSuchKey");
    struct answer a = door_send(d, "GET", "/?versions", NULL);
    assert_non_null(strstr(a.body, "<LastModified>2021-01-02T16:00:00.000Z</LastModified>"));
    answer_free(&a);
    door_turn_to(d, MIDNIGHT + 99 * DAY_MS); /* a marker is not covered again */
    assert_string_equal(versions_of(d), "mv");
}

/* Each is counted from when the next newer one came, not from its own birth. */
static void an_old_version_goes_so_many_days_after_it_became_old(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    door_set_versioning(d, "Enabled");
    door_put(d, "/o", "1");
    door_turn_to(d, EVENING + 10 * DAY_MS);
    door_put(d, "/o", "2");
    put_rules(d, RULE("", OLD_GO("3")));
    door_turn_to(d, EVENING + 12 * DAY_MS);
    door_put(d, "/o", "3");
    door_turn_to(d, MIDNIGHT + 13 * DAY_MS - 1);
    assert_string_equal(versions_of(d), "vvv");
    door_turn_to(d, MIDNIGHT + 13 * DAY_MS);
    assert_string_equal(versions_of(d), "vv");
    door_turn_to(d, MIDNIGHT + 15 * DAY_MS);
    assert_string_equal(versions_of(d), "v");
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, "3");
    answer_free(&a);
}

/* /o was appended before there were versions, /p was not; both as the latest and as old. */
static void a_version_that_is_appendable_stays(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    door_expect(
        d,
        &(struct ask){.method = "POST", .target = "/o?append&position=0", .body = "x", .n = 1},
        200, NULL);
    door_put(d, "/p", "x");
    door_set_versioning(d, "Enabled");
    put_rules(d, RULE("", "<Expiration><Days>1</Days></Expiration>" OLD_GO("1")));
    door_turn_to(d, MIDNIGHT + DAY_MS);
    assert_string_equal(versions_of(d), "v,mv");
    door_put(d, "/o", "y");
    door_turn_to(d, MIDNIGHT + 9 * DAY_MS);
    struct answer a = door_send(d, "HEAD", "/o?versionId=null", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "x-cos-object-type"), "appendable");
    answer_free(&a);
    assert_string_equal(class_of(d, "/p?versionId=null"), "(gone)");
}

static void an_old_version_changes_its_class(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    door_set_versioning(d, "Enabled");
    put_bytes(d, "/o", LARGE_BYTES, NULL);
    put_bytes(d, "/o", LARGE_BYTES, NULL);
    put_rules(d,
              RULE("", "<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays>"
                       "<StorageClass>ARCHIVE</StorageClass></NoncurrentVersionTransition>"));
    door_turn_to(d, MIDNIGHT + DAY_MS);
    struct answer a = door_send(d, "GET", "/?versions", NULL);
    const char *latest = strstr(a.body, "<StorageClass>STANDARD</StorageClass>");
    assert_non_null(latest);
    assert_non_null(strstr(latest, "<StorageClass>ARCHIVE</StorageClass>"));
    answer_free(&a);
    assert_string_equal(versions_of(d), "vv");
}

static void a_marker_over_nothing_goes_as_the_rules_say(void **state)
{
    static const struct {
        const char *name, *rule, *left;
        int versions, markers; /* of the key, in this order */
        int days;
    } rows[] = {
        {"with the last version under it", RULE("", OLD_GO("2")), "", 1, 1, 2},
        {"and not before", RULE("", OLD_GO("2")), "mv", 1, 1, 1},
        {"not where nothing says so", RULE("", EXPIRES("1")), "mv", 1, 1, 9},
        {"a lone one", RULE("", LONE_MARKERS_GO), "", 0, 1, 0},
        {"several", RULE("", LONE_MARKERS_GO), "", 0, 3, 0},
        {"not over a version", RULE("", LONE_MARKERS_GO), "mv", 1, 1, 9},
        {"not of another prefix", RULE("<Prefix>p</Prefix>", LONE_MARKERS_GO), "m", 0, 1, 9},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        void *own = NULL;
        assert_int_equal(door_open(&own), 0);
        struct door *d = own;
        door_turn_to(d, EVENING);
        door_set_versioning(d, "Enabled");
        for (int n = 0; n < rows[i].versions; n++) {
            door_put(d, "/o", "x");
        }
        for (int n = 0; n < rows[i].markers; n++) {
            delete_now(d, "/o");
        }
        put_rules(d, rows[i].rule);
        door_turn_to(d, MIDNIGHT + rows[i].days * DAY_MS);
        const char *left = versions_of(d);
        if (strcmp(left, rows[i].left) != 0) {
            fail_msg("%s: '%s'", rows[i].name, left);
        }
        (void)door_close(&own);
    }
    (void)state;
}

/* Keys lie across pages, and each has what the others have. */
static void many_versions_expire(void **state)
{
    struct door *d = *state;
    char target[32];
    enum { KEYS = 700 };
    door_turn_to(d, EVENING);
    door_set_versioning(d, "Enabled");
    for (int i = 0; i < 3 * KEYS; i++) {
        (void)snprintf(target, sizeof(target), "/k%d", i % KEYS);
        door_put(d, target, "x");
    }
    put_rules(d, RULE("", OLD_GO("1")));
    door_turn_to(d, MIDNIGHT + DAY_MS);
    char query[64] = "/?versions";
    int versions = 0;
    struct answer a = door_send(d, "GET", query, NULL);
    for (const char *at = a.body; (at = strstr(at, "<Version>")) != NULL; at++) {
        versions++;
    }
    answer_free(&a);
    assert_int_equal(versions, KEYS);
}

static void a_rule_may_ask_for_tags(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    put_bytes(d, "/both", 1, "x-cos-tagging: k=v&l=w");
    put_bytes(d, "/one", 1, "x-cos-tagging: k=v");
    put_bytes(d, "/other", 1, "x-cos-tagging: k=w");
    put_bytes(d, "/none", 1, NULL);
    put_rules(d,
              RULE("<And><Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>l</Key>"
                   "<Value>w</Value></Tag></And>",
                   EXPIRES("1")) RULE("<Tag><Key>k</Key><Value>w</Value></Tag>", EXPIRES("2")));
    door_turn_to(d, MIDNIGHT + DAY_MS);
    assert_string_equal(class_of(d, "/both"), "(gone)");
    assert_string_equal(class_of(d, "/other"), "");
    door_turn_to(d, MIDNIGHT + 2 * DAY_MS);
    assert_string_equal(class_of(d, "/other"), "(gone)");
    assert_string_equal(class_of(d, "/one"), "");
    assert_string_equal(class_of(d, "/none"), "");
}

/* --- how often it is read: cos-operations-2.md s.6.1, AccessFrequency --- */

#define SELDOM(count, days)                                                                \
    "<Rule><ID>a</ID><Status>Enabled</Status><Filter/><Transition><Days>10</Days>"         \
    "<StorageClass>STANDARD_IA</StorageClass><AccessFrequency><AccessCountLessThan>" count \
    "</AccessCountLessThan><RecentDays>" days                                              \
    "</RecentDays></AccessFrequency></Transition></Rule>"

static void read_times(struct door *d, const char *target, const char *headers, int times)
{
    for (int i = 0; i < times; i++) {
        struct answer a = door_send(d, "GET", target, headers);
        answer_free(&a);
    }
}

static void what_is_read_often_keeps_its_class(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    put_rules(d, SELDOM("3", "5"));
    put_bytes(d, "/often", LARGE_BYTES, NULL);
    put_bytes(d, "/seldom", LARGE_BYTES, NULL);
    put_bytes(d, "/looked-at", LARGE_BYTES, NULL);
    put_bytes(d, "/before", LARGE_BYTES, NULL);
    door_turn_to(d, MIDNIGHT + 2 * DAY_MS);
    read_times(d, "/before", NULL, 9);
    door_turn_to(d, MIDNIGHT + 5 * DAY_MS); /* the first of the five days */
    read_times(d, "/often", NULL, 1);
    door_turn_to(d, MIDNIGHT + 9 * DAY_MS);
    read_times(d, "/often", NULL, 2);
    read_times(d, "/seldom", NULL, 2);
    read_times(d, "/looked-at", "If-None-Match: *", 9);
    door_turn_to(d, MIDNIGHT + 10 * DAY_MS);
    assert_string_equal(class_of(d, "/often"), "");
    assert_string_equal(class_of(d, "/seldom"), "STANDARD_IA");
    assert_string_equal(class_of(d, "/looked-at"), "STANDARD_IA");
    assert_string_equal(class_of(d, "/before"), "STANDARD_IA");
    door_turn_to(d, MIDNIGHT + 11 * DAY_MS); /* the first read is six days old */
    assert_string_equal(class_of(d, "/often"), "STANDARD_IA");
}

static void reads_are_counted_where_a_rule_asks(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    put_bytes(d, "/o", LARGE_BYTES, NULL);
    read_times(d, "/o", NULL, 9);
    put_rules(d, SELDOM("1", "30"));
    door_turn_to(d, MIDNIGHT + 10 * DAY_MS);
    assert_string_equal(class_of(d, "/o"), "STANDARD_IA");
}

static void frequency_is_for_the_class_of_the_document(void **state)
{
    static const char archive[] =
        "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/>"
        "<Transition><Days>1</Days><StorageClass>ARCHIVE</StorageClass><AccessFrequency>"
        "<AccessCountLessThan>1</AccessCountLessThan><RecentDays>1</RecentDays>"
        "</AccessFrequency></Transition></Rule></LifecycleConfiguration>";
    struct door *d = *state;
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?lifecycle",
                              .body = archive,
                              .n = strlen(archive),
                              .with_md5 = true},
                400, "InvalidArgument");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(what_is_read_often_keeps_its_class),
        DOOR_TEST(reads_are_counted_where_a_rule_asks),
        DOOR_TEST(frequency_is_for_the_class_of_the_document),
        cmocka_unit_test(things_are_due_at_the_midnights_of_the_documents),
        DOOR_TEST(an_object_expires_at_its_midnight_and_not_before),
        DOOR_TEST(a_request_finds_done_what_was_due_before_it),
        DOOR_TEST(the_journal_tells_what_a_midnight_did),
        DOOR_TEST(a_rule_acts_from_the_midnight_behind_it_on),
        DOOR_TEST(a_date_is_the_day_in_china),
        DOOR_TEST(what_is_appendable_stays_as_it_is),
        DOOR_TEST(a_class_changes_and_nothing_else),
        DOOR_TEST(conflicts_end_as_documented),
        DOOR_TEST(a_rule_is_for_the_objects_it_names),
        DOOR_TEST(uploads_are_aborted_and_others_go_on),
        DOOR_TEST(many_objects_expire_and_what_came_later_stays),
        DOOR_TEST(a_year_at_once_is_a_year_of_days),
        DOOR_TEST(what_expires_is_covered_where_there_are_versions),
        DOOR_TEST(an_old_version_goes_so_many_days_after_it_became_old),
        DOOR_TEST(a_version_that_is_appendable_stays),
        DOOR_TEST(an_old_version_changes_its_class),
        cmocka_unit_test(a_marker_over_nothing_goes_as_the_rules_say),
        DOOR_TEST(many_versions_expire),
        DOOR_TEST(a_rule_may_ask_for_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
