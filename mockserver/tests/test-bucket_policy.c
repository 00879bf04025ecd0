/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a bucket over the wire, and that what is put is what is judged by. Source:
 * cos-operations-1.md s.1 and s.4 (GET, PUT, DELETE Bucket policy). */
#include "door.h"

#define MISSING "missing-1250000000.cos.ap-guangzhou.myqcloud.com"

/* Anyone may read the bucket's objects. */
static const char *readable(const struct door *d, char out[512])
{
    (void)
        snprintf(out, 512,
                 "{\"version\":\"2.0\",\"Principal\":{\"qcs\":[\"qcs::cam::anyone:anyone\"]},"
                 "\n \"Statement\":[{\"Effect\":\"allow\",\"Action\":[\"name/cos:GetObject\"],"
                 "\"Resource\":[\"qcs::cos:%s:uid/%s:%s/*\"]}]}",
                 d->info.region, d->info.appid, d->info.bucket);
    return out;
}

static struct ask put_of(const char *text)
{
    return (struct ask){.method = "PUT", .target = "/?policy", .body = text, .n = strlen(text)};
}

static void a_policy_is_given_back_as_it_was_put(void **state)
{
    struct door *d = *state;
    char text[512];
    const struct ask put = put_of(readable(d, text));
    door_expect(d, &put, 204, NULL);
    struct answer a = door_send(d, "GET", "/?policy", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, text);
    assert_string_equal(answer_header(&a, "Content-Type"), "application/xml");
    answer_free(&a);
}

/* What Node's suite puts, and what it reads of the answer (test.js:3267-3323). */
static void the_lower_case_form_comes_back_with_a_capital_statement(void **state)
{
    struct door *d = *state;
    char text[700];
    (void)snprintf(text, sizeof(text),
                   "{\"version\":\"2.0\",\"principal\":{\"qcs\":[\"qcs::cam::uin/10001:"
                   "uin/10001\"]},\"statement\":[{\"effect\":\"allow\",\"action\":[\"name/"
                   "cos:GetBucket\"],\"resource\":[\"qcs::cos:%s:uid/%s:%s//%s/"
                   "examplebucket/prefix/*\"]}]}",
                   d->info.region, d->info.appid, d->info.bucket, d->info.appid);
    const struct ask put = put_of(text);
    door_expect(d, &put, 204, NULL);
    char want[700];
    (void)snprintf(want, sizeof(want),
                   "{\"Statement\":[{\"effect\":\"allow\",\"action\":[\"name/cos:GetBucket\"],"
                   "\"resource\":[\"qcs::cos:%s:uid/%s:%s//%s/examplebucket/prefix/*\"],"
                   "\"Principal\":{\"qcs\":[\"qcs::cam::uin/10001:uin/10001\"]}}],"
                   "\"version\":\"2.0\"}",
                   d->info.region, d->info.appid, d->info.bucket, d->info.appid);
    struct answer a = door_send(d, "GET", "/?policy", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, want);
    const struct ask again = put_of(a.body); /* which can be put as it came */
    door_expect(d, &again, 204, NULL);
    answer_free(&a);
}

/* cos-operations-1.md s.4: every spelling of everybody. */
static void everybody_is_spelt_in_three_ways(void **state)
{
    static const char *const principals[] = {"{\"qcs\":[\"qcs::cam::anyone:anyone\"]}",
                                             "{\"qcs\":[\"qcs::cam::anonymous:anonymous\"]}",
                                             "{\"qcs\":[\"*\"]}", "\"*\""};
    struct door *d = *state;
    const struct ask read = {.method = "GET", .target = "/k"};
    door_put(d, "/k", "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(principals); i++) {
        char text[512];
        (void)
            snprintf(text, sizeof(text),
                     "{\"version\":\"2.0\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
                     "%s,\"Action\":[\"cos:GetObject\"],\"Resource\":[\"qcs::cos:%s:uid/%s:%s/"
                     "*\"]}]}",
                     principals[i], d->info.region, d->info.appid, d->info.bucket);
        const struct ask put = put_of(text);
        const struct ask drop = {.method = "DELETE", .target = "/?policy"};
        print_message("# %s\n", principals[i]);
        door_expect(d, &put, 204, NULL);
        door_switch(d, "enforcement", "enforce");
        door_expect(d, &read, 200, NULL);
        door_switch(d, "enforcement", "off");
        door_expect(d, &drop, 204, NULL);
    }
}

static void a_policy_that_is_not_there_is_404_and_deleted_all_the_same(void **state)
{
    struct door *d = *state;
    char text[512];
    const struct ask put = put_of(readable(d, text));
    const struct ask get = {.method = "GET", .target = "/?policy"};
    const struct ask drop = {.method = "DELETE", .target = "/?policy"};
    door_expect(d, &get, 404, "NoSuchPolicyVersion");
    door_expect(d, &drop, 204, NULL);
    door_expect(d, &put, 204, NULL);
    door_expect(d, &get, 200, NULL);
    door_expect(d, &drop, 204, NULL);
    door_expect(d, &get, 404, "NoSuchPolicyVersion");
}

/* 436/7730 and the two SDKs that know a code of their own: docs/DEVIATIONS.md. */
static void the_code_of_no_policy_is_what_the_switch_says(void **state)
{
    struct door *d = *state;
    static const char *const codes[] = {"NoSuchPolicyVersion", "NoSuchPolicy",
                                        "NoSuchBucketPolicy"};
    const struct ask get = {.method = "GET", .target = "/?policy"};
    for (size_t i = 0; i < COS_ARRAY_LEN(codes); i++) {
        assert_int_equal(cosmock_switch_set(d->tenant, "no-policy-code", codes[i], NULL), 0);
        door_expect(d, &get, 404, codes[i]);
    }
}

static void a_document_of_no_bucket_is_no_such_bucket(void **state)
{
    static const char *const methods[] = {"GET", "PUT", "DELETE"};
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        const struct ask q = {
            .method = methods[i], .target = "/?policy", .host = MISSING, .body = "{}", .n = 2};
        door_expect(*state, &q, 404, "NoSuchBucket");
    }
}

/* A refused policy leaves the old one in force. */
static void a_bad_policy_is_refused_and_the_old_one_stays(void **state)
{
    struct door *d = *state;
    static char big[(20 << 10) + 2];
    memset(big, ' ', sizeof(big) - 1);
    char text[512];
    const struct {
        const char *text, *code;
    } rows[] = {
        {"", "MissingRequestBodyError"},
        {"{", "MalformedPolicy"},
        {"{\"version\":\"2.0\"}", "MalformedPolicy"},
        {big, "MalformedPolicy"},
    };
    const struct ask good = put_of(readable(d, text));
    door_expect(d, &good, 204, NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask bad = put_of(rows[i].text);
        door_expect(d, &bad, 400, rows[i].code);
    }
    struct answer a = door_send(d, "GET", "/?policy", NULL);
    assert_string_equal(a.body, text);
    answer_free(&a);
}

static void a_policy_that_was_put_is_what_requests_are_judged_by(void **state)
{
    struct door *d = *state;
    char text[512];
    const struct ask put = put_of(readable(d, text));
    const struct ask read = {.method = "GET", .target = "/k"};
    const struct ask drop = {.method = "DELETE", .target = "/?policy"};
    door_put(d, "/k", "x");
    door_switch(d, "enforcement", "enforce");
    door_expect(d, &read, 403, "AccessDenied");
    door_expect(d, &put, 403, "AccessDenied"); /* nobody signed */
    door_switch(d, "enforcement", "off");
    door_expect(d, &put, 204, NULL);
    door_switch(d, "enforcement", "enforce");
    door_expect(d, &read, 200, NULL);
    door_expect(d, &drop, 403, "AccessDenied");
    door_switch(d, "enforcement", "off");
    door_expect(d, &drop, 204, NULL);
    door_switch(d, "enforcement", "enforce");
    door_expect(d, &read, 403, "AccessDenied");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_policy_is_given_back_as_it_was_put),
        DOOR_TEST(the_lower_case_form_comes_back_with_a_capital_statement),
        DOOR_TEST(everybody_is_spelt_in_three_ways),
        DOOR_TEST(a_policy_that_is_not_there_is_404_and_deleted_all_the_same),
        DOOR_TEST(the_code_of_no_policy_is_what_the_switch_says),
        DOOR_TEST(a_document_of_no_bucket_is_no_such_bucket),
        DOOR_TEST(a_bad_policy_is_refused_and_the_old_one_stays),
        DOOR_TEST(a_policy_that_was_put_is_what_requests_are_judged_by),
    };
    return cmocka_run_group_tests_name("bucket_policy", tests, NULL, NULL);
}
