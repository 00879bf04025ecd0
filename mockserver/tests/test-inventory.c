/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inventory reports: which files come at which midnights, and what they say. Paths and the
 * members of the manifest are those of the guide's sample (436/30622); gzip is RFC 1952.
 */
#include "door.h"
#include "scratch.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define MIDNIGHT INT64_C(1609516800000) /* Saturday, 2021-01-02T00:00:00+08:00 */
#define EVENING (MIDNIGHT - 5 * 60000)

struct destination {
    const char *format, *bucket, *inside;
};

static const char *text_of(struct door *d, const struct destination *to, const char *inside,
                           const char *tail)
{
    static char text[2048];
    (void)snprintf(
        text, sizeof(text),
        "<InventoryConfiguration><Id>list1</Id><IsEnabled>true</IsEnabled><Destination>"
        "<COSBucketDestination><Format>%s</Format><Bucket>qcs::cos:%s::%s</Bucket>"
        "<Prefix>reports</Prefix>%s</COSBucketDestination></Destination>%s"
        "%s</InventoryConfiguration>",
        to->format, d->info.region, to->bucket == NULL ? d->info.bucket : to->bucket,
        to->inside, inside, tail);
    return text;
}

static struct ask asking(const char *method, const char *text)
{
    return (struct ask){.method = method,
                        .target = "/?inventory&id=list1",
                        .body = text,
                        .n = strlen(text),
                        .with_md5 = true};
}

#define CURRENT "<IncludedObjectVersions>Current</IncludedObjectVersions>"
static const struct destination as_csv = {"CSV", NULL, ""};

static void put_inventory(struct door *d, const char *method, const char *inside,
                          const char *versions)
{
    char tail[600];
    (void)snprintf(tail, sizeof(tail),
                   "<IncludedObjectVersions>%s</IncludedObjectVersions><OptionalFields>"
                   "<Field>Size</Field><Field>LastModifiedDate</Field><Field>ETag</Field>"
                   "<Field>StorageClass</Field><Field>IsMultipartUploaded</Field>"
                   "<Field>ReplicationStatus</Field></OptionalFields>",
                   versions);
    const struct ask ask = asking(method, text_of(d, &as_csv, inside, tail));
    door_expect(d, &ask, 200, NULL);
}

#define EVERY(how) "<Schedule><Frequency>" how "</Frequency></Schedule>"
#define NOTES "<Filter><Prefix>notes/</Prefix></Filter>"

/* "reports/<appid>/<bucket>/list1/", the bucket without its APPID. */
static const char *folder_of(struct door *d)
{
    static char text[200];
    const char *dash = strrchr(d->info.bucket, '-');
    (void)snprintf(text, sizeof(text), "reports/%s/%.*s/list1/", dash + 1,
                   (int)(dash - d->info.bucket), d->info.bucket);
    return text;
}

static struct answer get_below(struct door *d, const char *name)
{
    char target[300];
    (void)snprintf(target, sizeof(target), "/%s%s", folder_of(d), name);
    return door_send(d, "GET", target, NULL);
}

static bool is_there(struct door *d, const char *day)
{
    char name[60];
    (void)snprintf(name, sizeof(name), "%s/manifest.json", day);
    struct answer a = get_below(d, name);
    bool is_found = a.status == 200;
    answer_free(&a);
    return is_found;
}

/* What a gzip file of blocks that are not compressed holds: RFC 1952, RFC 1951 s.3.2.4. */
static void unpack(const struct answer *a, char *out, size_t size)
{
    const unsigned char *p = (const unsigned char *)a->body;
    size_t at = 10;
    size_t n = 0;
    assert_true(a->n > 18 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && p[3] == 0);
    for (bool is_last = false; !is_last;) {
        size_t length = p[at + 1] | (size_t)p[at + 2] << 8;
        assert_int_equal(p[at] & ~1, 0);
        assert_int_equal((p[at + 3] | p[at + 4] << 8) ^ 0xFFFF, length);
        assert_true(n + length < size);
        memcpy(out + n, p + at + 5, length);
        n += length;
        is_last = p[at] == 1;
        at += 5 + length;
    }
    out[n] = '\0';
    assert_int_equal(at + 8, a->n);
    assert_int_equal(p[at + 4] | (size_t)p[at + 5] << 8, n);
}

#define SCHEMA                                                                          \
    "\"fileSchema\":\"Appid, Bucket, Key, Size, LastModifiedDate, ETag, StorageClass, " \
    "IsMultipartUploaded, ReplicationStatus\""

static void a_report_is_written_at_midnight(void **state)
{
    struct door *d = *state;
    char expected[1024];
    char rows[4096];
    char key[300];
    char md5[33];
    door_turn_to(d, EVENING);
    door_put(d, "/notes/a%20b", "[Object Content]");
    door_put(d, "/other", "x");
    put_inventory(d, "PUT", EVERY("Daily") NOTES, "Current");
    door_turn_to(d, MIDNIGHT - 1);
    assert_false(is_there(d, "20210102"));
    door_turn_to(d, MIDNIGHT);
    struct answer manifest = get_below(d, "20210102/manifest.json");
    assert_int_equal(manifest.status, 200);
    static const char *const says[] = {
        "\"fileFormat\":\"CSV\"",
        "\"listObjectCount\":\"1\"",
        "\"listStorageSize\":\"16\"",
        SCHEMA,
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(says); i++) {
        assert_non_null(strstr(manifest.body, says[i]));
    }
    const char *at = strstr(manifest.body, "\"key\":\"");
    assert_non_null(at);
    (void)snprintf(key, sizeof(key), "/%.*s", (int)strcspn(at + 7, "\""), at + 7);
    assert_int_equal(strncmp(key + 1, folder_of(d), strlen(folder_of(d))), 0);
    assert_non_null(strstr(key, ".csv.gz"));
    struct answer data = door_send(d, "GET", key, NULL);
    unpack(&data, rows, sizeof(rows));
    const char *dash = strrchr(d->info.bucket, '-');
    (void)snprintf(expected, sizeof(expected),
                   "\"%s\",\"%.*s\",\"notes/a%%20b\",\"16\",\"2021-01-01T15:55:00.000Z\","
                   "\"ee8de918d05640145b18f70f4c3aa602\",\"STANDARD\",\"false\",\"\"\n",
                   dash + 1, (int)(dash - d->info.bucket), d->info.bucket);
    assert_string_equal(rows, expected);
    cos_md5_hex(md5, data.body, data.n);
    assert_non_null(strstr(manifest.body, md5));
    cos_md5_hex(md5, manifest.body, manifest.n);
    struct answer checksum = get_below(d, "20210102/manifest.checksum");
    assert_string_equal(checksum.body, md5);
    answer_free(&checksum);
    answer_free(&data);
    answer_free(&manifest);
}

static void reports_come_on_their_days(void **state)
{
    static const struct {
        const char *schedule;
        const char *days; /* of January 2021, from the 2nd to the 8th; the 3rd is a Sunday */
    } rows[] = {
        {EVERY("Daily"), "1111111"},
        {EVERY("Weekly"), "0100000"},
        {"<Schedule><Frequency>Monthly</Frequency><MonthlyDate>5</MonthlyDate></Schedule>",
         "0001000"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct door *d = *state;
        char days[8] = "";
        door_turn_to(d, EVENING);
        door_expect(d, &(struct ask){.method = "DELETE", .target = "/?inventory&id=list1"}, 204,
                    NULL);
        put_inventory(d, "PUT", rows[i].schedule, "Current");
        door_turn_to(d, MIDNIGHT + 6 * DAY_MS);
        for (int day = 0; day < 7; day++) {
            char name[300];
            (void)snprintf(name, sizeof(name), "/%s2021010%d/manifest.json", folder_of(d),
                           day + 2);
            struct answer a = door_send(d, "GET", name, NULL);
            days[day] = a.status == 200 ? '1' : '0';
            answer_free(&a);
            door_expect(d, &(struct ask){.method = "DELETE", .target = name}, 204, NULL);
        }
        if (strcmp(days, rows[i].days) != 0) {
            fail_msg("%s: %s", rows[i].schedule, days);
        }
    }
}

static void a_one_shot_report_comes_once(void **state)
{
    struct door *d = *state;
    door_turn_to(d, EVENING);
    put_inventory(d, "POST", "", "All");
    door_turn_to(d, MIDNIGHT + DAY_MS);
    assert_true(is_there(d, "20210102"));
    assert_false(is_there(d, "20210103"));
}

static void a_disabled_inventory_writes_nothing(void **state)
{
    struct door *d = *state;
    char text[1024];
    (void)snprintf(
        text, sizeof(text),
        "<InventoryConfiguration><Id>list1</Id><IsEnabled>false</IsEnabled><Destination>"
        "<COSBucketDestination><Format>CSV</Format><Bucket>qcs::cos:%s::%s</Bucket>"
        "</COSBucketDestination></Destination><Schedule><Frequency>Daily</Frequency></Schedule>"
        "<IncludedObjectVersions>All</IncludedObjectVersions></InventoryConfiguration>",
        d->info.region, d->info.bucket);
    door_turn_to(d, EVENING);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?inventory&id=list1",
                              .body = text,
                              .n = strlen(text),
                              .with_md5 = true},
                200, NULL);
    door_turn_to(d, MIDNIGHT + DAY_MS);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

/* The rows of the report of the 2nd; the caller's @rows hold them. */
static void read_rows(struct door *d, char *rows, size_t size)
{
    char key[300];
    struct answer manifest = get_below(d, "20210102/manifest.json");
    assert_int_equal(manifest.status, 200);
    const char *at = strstr(manifest.body, "\"key\":\"");
    assert_non_null(at);
    (void)snprintf(key, sizeof(key), "/%.*s", (int)strcspn(at + 7, "\""), at + 7);
    struct answer data = door_send(d, "GET", key, NULL);
    unpack(&data, rows, size);
    answer_free(&data);
    answer_free(&manifest);
}

/* The newest entry of the journal. */
static void told(struct door *d, const char *op, int status, const char *detail)
{
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    q.op = op;
    q.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
    assert_int_equal(e->http_status, status);
    assert_non_null(strstr(e->detail, detail));
    cosmock_entries_free(e);
}

#define TAG(k, v) "<Tag><Key>" k "</Key><Value>" v "</Value></Tag>"

/* Each condition counts; a period is of seconds, and both its ends are in it [assumed]. */
static void a_filter_is_heeded_whole(void **state)
{
    static const struct {
        const char *filter, *found; /* of a, b, and c an hour behind them */
    } rows[] = {
        {"<And>" TAG("k", "1") TAG("l", "2") "</And>", "b"},
        {"<And>" TAG("k", "1") "<Prefix>a</Prefix></And>", "a"},
        {TAG("k", "1"), "ab"},
        {"<Period><StartTime>1609513201</StartTime></Period>", "c"},
        {"<Period><EndTime>1609513200</EndTime></Period>", "ab"},
        {"<Period><StartTime>1609513200</StartTime><EndTime>1609513200</EndTime></Period>",
         "ab"},
        {"<Prefix>a</Prefix><Period><StartTime>1609513201</StartTime></Period>", ""},
    };
    struct door *d = *state;
    door_turn_to(d, INT64_C(1609513200000));
    door_expect(d,
                &(struct ask){.method = "PUT", .target = "/a", .headers = "x-cos-tagging: k=1"},
                200, NULL);
    door_expect(
        d, &(struct ask){.method = "PUT", .target = "/b", .headers = "x-cos-tagging: k=1&l=2"},
        200, NULL);
    door_turn_to(d, INT64_C(1609513201000));
    door_put(d, "/c", "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char inside[600];
        char text[4096];
        char found[4];
        size_t n = 0;
        (void)snprintf(inside, sizeof(inside), EVERY("Daily") "<Filter>%s</Filter>",
                       rows[i].filter);
        door_turn_to(d, EVENING);
        put_inventory(d, "PUT", inside, "Current");
        door_turn_to(d, MIDNIGHT);
        read_rows(d, text, sizeof(text));
        for (const char *key = "abc"; *key != '\0'; key++) {
            char column[8];
            (void)snprintf(column, sizeof(column), ",\"%c\",", *key);
            found[n] = *key;
            n += strstr(text, column) != NULL;
        }
        found[n] = '\0';
        if (strcmp(found, rows[i].found) != 0) {
            fail_msg("%s: '%s', not '%s'", rows[i].filter, found, rows[i].found);
        }
        door_expect(d, &(struct ask){.method = "DELETE", .target = "/?inventory&id=list1"}, 204,
                    NULL);
    }
}

static void tags_and_metadata_are_columns(void **state)
{
    struct door *d = *state;
    char rows[2048];
    door_turn_to(d, EVENING);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/k",
                              .headers = "x-cos-tagging: k=1&l%2F=a%20b\n"
                                         "x-cos-meta-a: 1\nx-cos-meta-b: x y"},
                200, NULL);
    const struct ask ask =
        asking("PUT",
               text_of(d, &as_csv, EVERY("Daily"),
                       CURRENT "<OptionalFields><Field>Tag</Field><Field>x-cos-meta-*</Field>"
                               "<Field>Unheard</Field></OptionalFields>"));
    door_expect(d, &ask, 200, NULL);
    told(d, "PutBucketInventory", 200, "Unheard");
    door_turn_to(d, MIDNIGHT);
    read_rows(d, rows, sizeof(rows));
    assert_non_null(strstr(rows, ",\"k\",\"k=1&l/=a%20b\","
                                 "\"x-cos-meta-a=1&x-cos-meta-b=x%20y\",\"\"\n"));
}

static void the_files_of_a_report_are_encrypted_as_it_asks(void **state)
{
    static const struct {
        const char *inside, *said; /* "": nothing */
    } rows[] = {
        {"", ""},
        {"<Encryption><SSE-COS></SSE-COS></Encryption>", "AES256"},
        {"<SSE-COS></SSE-COS>", "AES256"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct destination to = {"CSV", NULL, rows[i].inside};
        door_turn_to(d, EVENING);
        const struct ask ask = asking("PUT", text_of(d, &to, EVERY("Daily"), CURRENT));
        door_expect(d, &ask, 200, NULL);
        door_turn_to(d, MIDNIGHT);
        struct answer a = get_below(d, "20210102/manifest.json");
        assert_int_equal(a.status, 200);
        assert_string_equal(answer_header(&a, "x-cos-server-side-encryption"), rows[i].said);
        answer_free(&a);
    }
}

/* What this mock cannot write is refused when it is asked for, by its name. */
static void a_report_that_is_not_written_is_refused(void **state)
{
    static const struct destination rows[] = {
        {"ORC", NULL, ""},
        {"Parquet", NULL, ""},
        {"CSV", NULL, "<Encryption><SSE-KMS><KeyId>k</KeyId></SSE-KMS></Encryption>"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct ask ask = asking("PUT", text_of(*state, &rows[i], EVERY("Daily"), CURRENT));
        door_expect(*state, &ask, 400, "NotImplemented");
        ask = asking("POST", text_of(*state, &rows[i], "", CURRENT));
        door_expect(*state, &ask, 400, "NotImplemented");
    }
}

static void the_journal_tells_of_each_report(void **state)
{
    struct door *d = *state;
    const struct destination elsewhere = {"CSV", "gone-1250000000", ""};
    struct ask ask = asking("PUT", text_of(d, &elsewhere, EVERY("Daily"), CURRENT));
    door_turn_to(d, EVENING);
    door_expect(d, &ask, 200, NULL);
    door_turn_to(d, MIDNIGHT);
    told(d, "WriteInventory", 404, "list1");
    put_inventory(d, "PUT", EVERY("Daily"), "Current");
    door_turn_to(d, MIDNIGHT + DAY_MS);
    told(d, "WriteInventory", 200, "list1");
}

static void a_report_is_due_after_a_restart(void **state)
{
    struct scratch dir;
    struct door *d = calloc(1, sizeof(*d));
    (void)state;
    assert_non_null(d);
    scratch_make(&dir);
    door_open_desk(d, dir.path);
    door_turn_to(d, EVENING);
    put_inventory(d, "PUT", EVERY("Daily"), "Current");
    door_shut_desk(d);
    door_open_desk(d, dir.path);
    door_turn_to(d, MIDNIGHT);
    told(d, "WriteInventory", 200, "list1");
    assert_true(is_there(d, "20210102"));
    door_shut_desk(d);
    scratch_remove(&dir);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_report_is_written_at_midnight),
        DOOR_TEST(reports_come_on_their_days),
        DOOR_TEST(a_one_shot_report_comes_once),
        DOOR_TEST(a_disabled_inventory_writes_nothing),
        DOOR_TEST(a_filter_is_heeded_whole),
        DOOR_TEST(tags_and_metadata_are_columns),
        DOOR_TEST(the_files_of_a_report_are_encrypted_as_it_asks),
        DOOR_TEST(a_report_that_is_not_written_is_refused),
        DOOR_TEST(the_journal_tells_of_each_report),
        cmocka_unit_test(a_report_is_due_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
