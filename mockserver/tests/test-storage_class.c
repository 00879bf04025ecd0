/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which storage class a write gets where: documents storage class overview (436/33417), PUT
 * Bucket (BucketAZConfig), HEAD Bucket (x-cos-bucket-az-type), limits (436/14518), codes of the
 * table of errors (436/7730); cos-operations-1.md s.9. How a class is spelt: test-choice.c.
 */
#include "door.h"

#define NOT_HERE "MAZOperationNotSupportOnOAZBucket"
#define NOT_THERE "OAZOperationNotSupportOnMAZBucket"

static struct answer put(struct door *d, const char *class)
{
    return door_ask(
        d,
        &(struct ask){.method = "PUT", .target = "/o", .headers = class, .body = "x", .n = 1});
}

static struct answer copy(struct door *d, const char *class)
{
    char headers[400];
    door_put(d, "/source", "x");
    (void)snprintf(headers, sizeof(headers), "x-cos-copy-source: %s/source%s%s", d->host,
                   class == NULL ? "" : "\n", class == NULL ? "" : class);
    return door_ask(d, &(struct ask){.method = "PUT", .target = "/o", .headers = headers});
}

static struct answer initiate(struct door *d, const char *class)
{
    return door_ask(d,
                    &(struct ask){.method = "POST", .target = "/o?uploads", .headers = class});
}

static struct answer append(struct door *d, const char *class)
{
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o"}, 204, NULL);
    return door_ask(d, &(struct ask){.method = "POST",
                                     .target = "/o?append&position=0",
                                     .headers = class,
                                     .body = "x",
                                     .n = 1});
}

enum { ONE_ZONE, ZONES, PLACES };
typedef struct answer (*write_of_class)(struct door *d, const char *class);

struct class_row {
    const char *name;
    write_of_class write;
    const char *class;        /* the header, or NULL */
    const char *code[PLACES]; /* "": 200 */
};

static const struct class_row rows[] = {
    {"PUT", put, NULL, {"", ""}},
    {"PUT", put, "x-cos-storage-class: STANDARD", {"", NOT_THERE}},
    {"PUT", put, "x-cos-storage-class: Standard_IA", {"", NOT_THERE}},
    {"PUT", put, "x-cos-storage-class: DEEP_ARCHIVE", {"", NOT_THERE}},
    {"PUT", put, "x-cos-storage-class: MAZ_STANDARD", {NOT_HERE, ""}},
    {"PUT", put, "x-cos-storage-class: Maz_Standard_Ia", {NOT_HERE, ""}},
    {"PUT", put, "x-cos-storage-class: MAZ_DEEP_ARCHIVE", {NOT_HERE, ""}},
    {"PUT",
     put,
     "x-cos-storage-class: MAZ",
     {"NotSupportedStorageClass", "NotSupportedStorageClass"}},
    {"Copy", copy, NULL, {"", ""}},
    {"Copy", copy, "x-cos-storage-class: ARCHIVE", {"", NOT_THERE}},
    {"Copy", copy, "x-cos-storage-class: MAZ_ARCHIVE", {NOT_HERE, ""}},
    {"Initiate", initiate, NULL, {"", ""}},
    {"Initiate", initiate, "x-cos-storage-class: STANDARD_IA", {"", NOT_THERE}},
    {"Initiate", initiate, "x-cos-storage-class: MAZ_STANDARD_IA", {NOT_HERE, ""}},
    {"Append", append, NULL, {"", NOT_THERE}},
    {"Append", append, "x-cos-storage-class: STANDARD_IA", {"", NOT_THERE}},
    {"Append", append, "x-cos-storage-class: MAZ_STANDARD", {NOT_HERE, NOT_THERE}},
};

static void check_rows(struct door *d, int place)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = rows[i].write(d, rows[i].class);
        const char *code = a.status == 200 ? "" : xml_of(&a, "Code");
        if (strcmp(code, rows[i].code[place]) != 0 || (a.status != 200 && a.status != 400)) {
            fail_msg("%s, %s, place %d: %d %s", rows[i].name, rows[i].class, place, a.status,
                     a.body);
        }
        answer_free(&a);
    }
}

static void a_bucket_takes_the_classes_of_its_kind(void **state)
{
    struct door *d = *state;
    check_rows(d, ONE_ZONE);
    door_move_to_zones(d);
    check_rows(d, ZONES);
}

static void expect_class(struct door *d, const char *target, const char *shown,
                         const char *listed)
{
    char list[100];
    struct answer a = door_send(d, "HEAD", target, NULL);
    assert_string_equal(answer_header(&a, "x-cos-storage-class"), shown);
    answer_free(&a);
    (void)snprintf(list, sizeof(list), "/?prefix=%s", target + 1);
    a = door_send(d, "GET", list, NULL);
    assert_string_equal(xml_of(&a, "StorageClass"), listed);
    answer_free(&a);
}

/* A copy takes what the request says, never its source's (PUT Object - Copy). */
static void who_says_no_class_gets_the_standard_one_of_the_bucket(void **state)
{
    static const struct {
        const char *other, *shown, *listed;
    } places[PLACES] = {
        {"x-cos-storage-class: STANDARD_IA", "", "STANDARD"},
        {"x-cos-storage-class: MAZ_STANDARD_IA", "MAZ_STANDARD", "MAZ_STANDARD"},
    };
    struct door *d = *state;
    for (int place = ONE_ZONE; place < PLACES; place++) {
        if (place == ZONES) {
            door_move_to_zones(d);
        }
        char headers[300];
        struct answer a = put(d, places[place].other);
        assert_int_equal(a.status, 200);
        answer_free(&a);
        (void)snprintf(headers, sizeof(headers), "x-cos-copy-source: %s/o", d->host);
        door_expect(d, &(struct ask){.method = "PUT", .target = "/copy", .headers = headers},
                    200, NULL);
        expect_class(d, "/copy", places[place].shown, places[place].listed);
        a = put(d, NULL);
        answer_free(&a);
        expect_class(d, "/o", places[place].shown, places[place].listed);
    }
}

static void a_bucket_in_several_zones_says_so(void **state)
{
    struct door *d = *state;
    struct answer a = door_send(d, "HEAD", "/", NULL);
    assert_string_equal(answer_header(&a, "x-cos-bucket-az-type"), "");
    answer_free(&a);
    door_move_to_zones(d);
    a = door_send(d, "HEAD", "/", NULL);
    assert_string_equal(answer_header(&a, "x-cos-bucket-az-type"), "MAZ");
    answer_free(&a);
}

/* Python's suite makes a bucket of both kinds (ut/test.py:655); without OFS nobody speaks its
 * protocol (hadoop-cos asks x-cos-bucket-arch). */
static void what_a_bucket_is_made_with_is_read(void **state)
{
#define DOCUMENT(inside) "<CreateBucketConfiguration>" inside "</CreateBucketConfiguration>"
    static const struct {
        const char *document;
        int status;
        const char *code, *az;
    } made[] = {
        {DOCUMENT(""), 200, NULL, ""},
        {DOCUMENT("<BucketAZConfig>MAZ</BucketAZConfig><BucketArchConfig>OFS"
                  "</BucketArchConfig>"),
         200, NULL, "MAZ"},
        {DOCUMENT("<BucketAZConfig>OAZ</BucketAZConfig>"), 200, NULL, ""},
        {DOCUMENT("<BucketAZConfig>THREE</BucketAZConfig>"), 400, "InvalidArgument", ""},
        {"<Configuration/>", 400, "MalformedXML", ""},
        {"zones", 400, "MalformedXML", ""},
    };
#undef DOCUMENT
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(made); i++) {
        (void)snprintf(d->host, sizeof(d->host), "b%zu-%s.cos.%s.myqcloud.com", i,
                       d->info.appid, d->info.region);
        door_expect(d,
                    &(struct ask){.method = "PUT",
                                  .target = "/",
                                  .body = made[i].document,
                                  .n = strlen(made[i].document)},
                    made[i].status, made[i].code);
        struct answer a = door_send(d, "HEAD", "/", NULL);
        assert_int_equal(a.status, made[i].status == 200 ? 200 : 404);
        assert_string_equal(answer_header(&a, "x-cos-bucket-az-type"), made[i].az);
        assert_string_equal(answer_header(&a, "x-cos-bucket-arch"), "");
        answer_free(&a);
    }
}

/* The page of limits; the code [U], a switch. */
static void a_tiered_class_wants_a_rule(void **state)
{
    static const char rule[] =
        "<IntelligentTieringConfiguration><Status>Enabled</Status><Transition><Days>30</Days>"
        "<RequestFrequent>1</RequestFrequent></Transition></IntelligentTieringConfiguration>";
    struct door *d = *state;
    struct ask q = {.method = "PUT",
                    .target = "/o",
                    .headers = "x-cos-storage-class: INTELLIGENT_TIERING"};
    door_expect(d, &q, 400, "NotSupportedStorageClass");
    assert_int_equal(cosmock_switch_set(d->tenant, "tiering-without-rule", "accept", NULL), 0);
    door_expect(d, &q, 200, NULL);
    assert_int_equal(cosmock_switch_set(d->tenant, "tiering-without-rule", "refuse", NULL), 0);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?intelligenttiering",
                              .body = rule,
                              .n = strlen(rule)},
                200, NULL);
    door_expect(d, &q, 200, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_bucket_takes_the_classes_of_its_kind),
        DOOR_TEST(who_says_no_class_gets_the_standard_one_of_the_bucket),
        DOOR_TEST(a_bucket_in_several_zones_says_so),
        DOOR_TEST(what_a_bucket_is_made_with_is_read),
        DOOR_TEST(a_tiered_class_wants_a_rule),
    };
    return cmocka_run_group_tests_name("storage_class", tests, NULL, NULL);
}
