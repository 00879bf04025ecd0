/* SPDX-License-Identifier: Apache-2.0 */
/* GetService, PutBucket, HeadBucket, DeleteBucket (cos-wire.md s.2.0-2.2, s.5.22; GET Service
 * and HEAD Bucket samples). */
#include "door.h"
#include "names.h"

static const char *fixtures = "fixtures";

static void bucket_host(const struct door *d, const char *label, char out[192])
{
    (void)snprintf(out, 192, "%s-%s.cos.%s.myqcloud.com", label, d->info.appid, d->info.region);
}

static struct ask on_bucket(const char *method, const char *host)
{
    return (struct ask){.method = method, .target = "/", .host = host};
}

/* GET Service, samples 4 and 5 (of 2022): each bucket has four elements. */
static void a_bucket_is_listed_as_in_the_samples(void **state)
{
    struct door *d = *state;
    char expected[300];
    struct answer a = door_ask(d, &(struct ask){.method = "GET",
                                                .target = "/",
                                                .host = "service.cos.myqcloud.com"});
    assert_int_equal(a.status, 200);
    (void)snprintf(expected, sizeof(expected),
                   "<Bucket><Name>%s</Name><Location>%s</Location><CreationDate>",
                   d->info.bucket, d->info.region);
    assert_non_null(strstr(a.body, expected));
    assert_non_null(strstr(a.body, "Z</CreationDate><BucketType>cos</BucketType></Bucket>"));
    answer_free(&a);
}

static void head_bucket_tells_the_region_and_nothing_of_its_kind(void **state)
{
    struct door *d = *state;
    struct answer a = door_send(d, "HEAD", "/", NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(a.n, 0);
    assert_string_equal(answer_header(&a, "x-cos-bucket-region"), d->info.region);
    assert_string_equal(answer_header(&a, "x-cos-bucket-arch"), "");
    answer_free(&a);
}

static void a_bucket_is_made_once_and_dropped_when_empty(void **state)
{
    struct door *d = *state;
    char host[192];
    bucket_host(d, "fresh", host);
    struct ask put = on_bucket("PUT", host);
    struct ask head = on_bucket("HEAD", host);
    struct ask drop = on_bucket("DELETE", host);
    door_expect(d, &head, 404, NULL);
    door_expect(d, &put, 200, NULL);
    door_expect(d, &head, 200, NULL);
    door_expect(d, &put, 409, "BucketAlreadyOwnedByYou");
    struct ask object = {.method = "PUT", .target = "/o", .host = host, .body = "x", .n = 1};
    door_expect(d, &object, 200, NULL);
    door_expect(d, &drop, 409, "BucketNotEmpty");
    object.method = "DELETE";
    object.body = NULL;
    object.n = 0;
    door_expect(d, &object, 204, NULL);
    door_expect(d, &drop, 204, NULL);
    door_expect(d, &head, 404, NULL);
    door_expect(d, &drop, 404, "NoSuchBucket");
}

/* cos-wire.md s.2.0; one is there already. */
static void an_account_has_200_buckets_at_most(void **state)
{
    struct door *d = *state;
    char host[192];

    for (int i = 1; i <= 200; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "b%d", i);
        bucket_host(d, name, host);
        struct ask put = on_bucket("PUT", host);
        door_expect(d, &put, i < 200 ? 200 : 400, i < 200 ? NULL : "TooManyBuckets");
    }
    bucket_host(d, "b1", host);
    struct ask again = on_bucket("PUT", host);
    door_expect(d, &again, 409, "BucketAlreadyOwnedByYou");
    struct ask drop = on_bucket("DELETE", host);
    door_expect(d, &drop, 204, NULL);
    door_expect(d, &again, 200, NULL);
}

/* By path, so that no name is too odd for a host. */
static void check_put_bucket(void *ctx, const char *name, bool is_good, const char *why)
{
    struct door *d = ctx;
    char target[300];
    size_t n = (size_t)snprintf(target, sizeof(target), "/");
    for (const char *s = name; *s != '\0'; s++) {
        n += (size_t)snprintf(target + n, sizeof(target) - n, "%%%02X", (unsigned char)*s);
    }
    if (strchr(name, '/') != NULL) {
        return; /* it is a bucket and a key */
    }
    struct ask q = on_bucket("PUT", "cos.ap-guangzhou.myqcloud.com");
    q.target = target;
    struct answer a = door_ask(d, &q);
    const char *code = is_good ? "(absent)" : "InvalidBucketName";
    if (a.status != (is_good ? 200 : 400) || strcmp(xml_of(&a, "Code"), code) != 0) {
        fail_msg("'%s' (%s): got %d %s", name, why, a.status, a.body);
    }
    answer_free(&a);
}

static void bucket_names_are_those_of_the_document(void **state)
{
    each_bucket_name(fixtures, check_put_bucket, *state);
}

static void a_bucket_has_the_callers_appid(void **state)
{
    struct ask q = on_bucket("PUT", "other-1.cos.ap-guangzhou.myqcloud.com");
    door_expect(*state, &q, 400, "InvalidBucketName");
}

static void a_bucket_is_seen_on_its_own_region_only(void **state)
{
    struct door *d = *state;
    char host[192];
    (void)snprintf(host, sizeof(host), "%s.cos.xx-elsewhere.myqcloud.com", d->info.bucket);
    struct ask q = {.method = "GET", .target = "/", .host = host};
    struct answer a = door_ask(d, &q);
    assert_int_equal(a.status, 404);
    assert_string_equal(xml_of(&a, "Code"), "NoSuchBucket");
    assert_string_equal(xml_of(&a, "Message"), "The specified bucket does not exist.");
    answer_free(&a);
}

static void get_service_lists_the_callers_buckets(void **state)
{
    struct door *d = *state;
    char name[96];
    (void)snprintf(name, sizeof(name), "elsewhere-%s", d->info.appid);
    struct cosmock_error err;
    assert_int_equal(cosmock_bucket_put(d->tenant, name, "eu-frankfurt", &err), COSMOCK_OK);
    struct ask q = {.method = "GET", .target = "/", .host = "service.cos.myqcloud.com"};
    struct answer a = door_ask(d, &q);
    char owner[96];
    char open[256];
    (void)snprintf(owner, sizeof(owner), "qcs::cam::uin/%s:uin/%s", d->info.owner_uin,
                   d->info.owner_uin);
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "ID"), owner);
    assert_string_equal(xml_of(&a, "DisplayName"), d->info.owner_uin);
    (void)snprintf(open, sizeof(open), "<Name>%s</Name><Location>%s</Location>", d->info.bucket,
                   d->info.region);
    assert_non_null(strstr(a.body, open));
    (void)snprintf(open, sizeof(open), "<Name>%s</Name><Location>eu-frankfurt</Location>",
                   name);
    assert_non_null(strstr(a.body, open));
    answer_free(&a);
    q.host = "cos.eu-frankfurt.myqcloud.com"; /* a regional host: those of the region */
    a = door_ask(d, &q);
    assert_string_equal(xml_of(&a, "Name"), name);
    assert_null(strstr(a.body, d->info.bucket));
    answer_free(&a);
}

static struct answer get_service(struct door *d, const char *target)
{
    struct ask q = {.method = "GET", .target = target, .host = "service.cos.myqcloud.com"};
    struct answer a = door_ask(d, &q);
    assert_int_equal(a.status, 200);
    return a;
}

/* Python's suite reads Marker and IsTruncated without asking (ut/test.py:912), Go declares all
 * three (service.go:13). */
static void get_service_pages_with_markers(void **state)
{
    struct door *d = *state;
    static const char *const names[] = {"a-1250000000", "b-1250000000", "c-1250000000"};
    char target[100] = "/?max-keys=2";
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        assert_int_equal(cosmock_bucket_put(d->tenant, names[i], "eu-frankfurt", NULL), 0);
    }
    struct answer a = get_service(d, target);
    assert_string_equal(xml_of(&a, "Marker"), "");
    assert_string_equal(xml_of(&a, "IsTruncated"), "true");
    assert_string_equal(xml_of(&a, "NextMarker"), "b-1250000000");
    answer_free(&a);
    a = get_service(d, "/?max-keys=2&marker=b-1250000000");
    assert_string_equal(xml_of(&a, "Marker"), "b-1250000000");
    assert_string_equal(xml_of(&a, "IsTruncated"), "false");
    assert_string_equal(xml_of(&a, "NextMarker"), "(absent)");
    assert_null(strstr(a.body, "<Name>b-"));
    assert_non_null(strstr(a.body, "<Name>c-1250000000"));
    assert_non_null(strstr(a.body, d->info.bucket));
    answer_free(&a);
    a = get_service(d, "/?max-keys=2000&region=eu-frankfurt");
    assert_string_equal(xml_of(&a, "Marker"), "");
    assert_string_equal(xml_of(&a, "IsTruncated"), "false");
    assert_null(strstr(a.body, d->info.bucket));
    answer_free(&a);
}

/* GET Service: one pair, any bucket having it (cos-operations-1.md s.10). */
static void get_service_finds_buckets_by_their_tag(void **state)
{
    struct door *d = *state;
    char host[192];
    bucket_host(d, "tagged", host);
    struct ask put = {.method = "PUT",
                      .target = "/",
                      .host = host,
                      .headers = "x-cos-tagging: a=1&b=2"};
    door_expect(d, &put, 200, NULL);
    static const struct {
        const char *target;
        bool is_found, is_other_found;
    } rows[] = {
        {"/?tagkey=b&tagvalue=2", true, false},
        {"/?tagkey=b&tagvalue=1", false, false},
        {"/?tagkey=c&tagvalue=2", false, false},
        {"/?tagkey=b", true, true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = get_service(d, rows[i].target);
        if ((strstr(a.body, "<Name>tagged-") != NULL) != rows[i].is_found ||
            (strstr(a.body, d->info.bucket) != NULL) != rows[i].is_other_found) {
            fail_msg("%s: %s", rows[i].target, a.body);
        }
        answer_free(&a);
    }
}

/* GET Service: create-time with range (cos-operations-1.md s.10); the bucket is made at
 * DOOR_NOW_UNIX_MS. */
static void get_service_finds_buckets_by_their_time(void **state)
{
    char host[192];
    bucket_host(*state, "timed", host);
    struct ask put = on_bucket("PUT", host);
    door_expect(*state, &put, 200, NULL);
    static const struct {
        const char *range;
        int at_s;
        bool is_found;
    } rows[] = {
        {"lt", 0, false},  {"lt", 1, true},    {"lte", 0, true}, {"lte", -1, false},
        {"gt", 0, false},  {"gt", -1, true},   {"gte", 0, true}, {"gte", 1, false},
        {"near", 1, true}, {"near", -1, true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char target[80];
        (void)snprintf(target, sizeof(target), "/?create-time=%lld&range=%s",
                       DOOR_NOW_UNIX_MS / 1000LL + rows[i].at_s, rows[i].range);
        struct answer a = get_service(*state, target);
        if ((strstr(a.body, "<Name>timed-") != NULL) != rows[i].is_found) {
            fail_msg("%s: %s", target, a.body);
        }
        answer_free(&a);
    }
}

static void what_is_not_built_names_itself(void **state)
{
    static const struct {
        const char *method, *target, *name;
    } rows[] = {
        {"GET", "/?style", "GetBucketStyle"},
        {"PUT", "/?notification", "PutBucketNotification"},
        {"PUT", "/?guetzli", "PutBucketGuetzli"},
        {"GET", "/?live", "ListLiveChannels"},
        {"PUT", "/k?rename", "RenameObject"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = door_send(d, rows[i].method, rows[i].target, NULL);
        assert_int_equal(a.status, 400); /* no SDK repeats it */
        assert_string_equal(xml_of(&a, "Code"), "NotImplemented");
        assert_non_null(strstr(xml_of(&a, "Message"), rows[i].name));
        answer_free(&a);
    }
    static const char *const statuses[] = {"501", "405", "400"};
    for (size_t i = 0; i < COS_ARRAY_LEN(statuses); i++) {
        assert_int_equal(cosmock_switch_set(d->tenant, "not-built-status", statuses[i], NULL),
                         COSMOCK_OK);
        door_expect(d, &(struct ask){.method = "GET", .target = "/?notification"},
                    (int)strtol(statuses[i], NULL, 10), "NotImplemented");
    }
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/?location"}, 405,
                "MethodNotAllowed");
    door_expect(d, &(struct ask){.method = "POST", .target = "/k"}, 405, "MethodNotAllowed");
}

int main(int argc, char **argv)
{
    fixtures = argc > 1 ? argv[1] : fixtures;
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_bucket_is_listed_as_in_the_samples),
        DOOR_TEST(head_bucket_tells_the_region_and_nothing_of_its_kind),
        DOOR_TEST(a_bucket_is_made_once_and_dropped_when_empty),
        DOOR_TEST(an_account_has_200_buckets_at_most),
        DOOR_TEST(bucket_names_are_those_of_the_document),
        DOOR_TEST(a_bucket_has_the_callers_appid),
        DOOR_TEST(a_bucket_is_seen_on_its_own_region_only),
        DOOR_TEST(get_service_lists_the_callers_buckets),
        DOOR_TEST(get_service_pages_with_markers),
        DOOR_TEST(get_service_finds_buckets_by_their_tag),
        DOOR_TEST(get_service_finds_buckets_by_their_time),
        DOOR_TEST(what_is_not_built_names_itself),
    };
    return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
