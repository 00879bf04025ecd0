/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of a form: the refusals are those of the page "POST Object, common errors", word
 * for word (cos-operations-2.md s.3.2, s.3.3).
 */
#include "sent.h"

#define DIFFERS(key, value) "Condition key " key " doesn&apos;t match the value " value

static void a_form_keeps_its_policy(void **state)
{
    static const struct {
        const char *policy;
        int status;
        const char *code, *message;
    } rows[] = {
        {POLICY("{\"acl\":\"private\"},"), 204, "", NULL},
        {POLICY("[\"eq\",\"$ACL\",\"private\"],"), 204, "", NULL},
        {POLICY("[\"starts-with\",\"$acl\",\"pri\"],"), 204, "", NULL},
        {POLICY("[\"starts-with\",\"$x-cos-meta-a\",\"\"],"), 204, "", NULL},
        {POLICY("{\"bucket\":\"" CLIENT_BUCKET "\"},{\"key\":\"dir/example.jpg\"},"), 204, "",
         NULL},
        {POLICY("[\"content-length-range\",16,16],"), 204, "", NULL},
        {POLICY("[\"content-length-range\",\"1\",\"16\"],"), 204, "", NULL},
        {POLICY("{\"acl\":\"default\"},"), 403, "AccessDenied", DIFFERS("acl", "default")},
        {POLICY("[\"starts-with\",\"$key\",\"other/\"],"), 403, "AccessDenied",
         DIFFERS("key", "other/")},
        {POLICY("{\"key\":\"dir/${filename}\"},"), 403, "AccessDenied",
         DIFFERS("key", "dir/${filename}")},
        {POLICY("{\"bucket\":\"other-1250000000\"},"), 403, "AccessDenied",
         DIFFERS("bucket", "other-1250000000")},
        {POLICY("{\"q-ak\":\"AKIDother\"},"), 403, "AccessDenied",
         DIFFERS("q-ak", "AKIDother")},
        {POLICY("[\"starts-with\",\"$Content-Type\",\"\"],"), 403, "AccessDenied",
         DIFFERS("Content-Type", "")}, /* the form has none */
        {POLICY("[\"content-length-range\",17,20],"), 400, "EntityTooSmall", NULL},
        {POLICY("[\"content-length-range\",0,15],"), 400, "EntityTooLarge", NULL},
        {POLICY("[\"starts-with\",\"$bucket\",\"ex\"],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("[\"starts-with\",\"$x-cos-grant-read\",\"\"],"), 400, "InvalidPolicyDocument",
         NULL},
        {POLICY("[\"gt\",\"$key\",\"a\"],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("[\"eq\",\"key\",\"dir/example.jpg\"],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("[\"eq\",\"$key\"],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("[\"content-length-range\",\"a\",1],"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("{\"key\":1},"), 400, "InvalidPolicyDocument", NULL},
        {POLICY("\"key\","), 400, "InvalidPolicyDocument", NULL},
        {"{\"expiration\":\"" EXPIRATION "\",\"conditions\":[]}", 400, "InvalidPolicyDocument",
         "You must provide condition if you specify a policy in post object request."},
        {"{\"expiration\":\"" EXPIRATION "\"}", 400, "InvalidPolicyDocument",
         "You must provide condition if you specify a policy in post object request."},
        {"{\"expiration\":", 400, "InvalidPolicyDocument",
         "You must provide condition if you specify a policy in post object request."},
        {"{\"conditions\":[" REQUIRED(CLIENT_ID) "]}", 400, "InvalidPolicyDocument", NULL},
        {"{\"expiration\":\"tomorrow\",\"conditions\":[" REQUIRED(CLIENT_ID) "]}", 400,
         "InvalidPolicyDocument", NULL},
        {"{\"expiration\":\"2023-11-14T22:15:00Z\",\"conditions\":[" REQUIRED(CLIENT_ID) "]}",
         403, "AccessDenied",
         "You post object request has been expired, expiration time: 1700000100 but the time "
         "now : 1700000100"},
        {"{\"expiration\":\"" EXPIRATION "\",\"conditions\":[{\"acl\":\"private\"}]}", 400,
         "InvalidPolicyDocument", NULL},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct sent f;
        sent_open(&f);
        sent_field(&f, "key", "dir/${filename}");
        sent_field(&f, "Acl", "private");
        sent_field(&f, "x-cos-meta-a", "1");
        sent_policy(&f, rows[i].policy);
        sent_file(&f, CONTENT);
        sent_close(&f);
        int64_t before = count_objects(c);
        struct answer a = sent_post(c, &f);
        expect_answer(rows[i].policy, &a, rows[i].status, rows[i].code);
        if (rows[i].message != NULL && strstr(a.body, rows[i].message) == NULL) {
            fail_msg("%s: %s", rows[i].policy, a.body);
        }
        answer_free(&a);
        assert_int_equal(count_objects(c) - before, i == 0 ? 1 : 0);
    }
}

static void the_conditions_on_the_signature_are_a_switch(void **state)
{
    struct client *c = *state;
    client_switch(c, "form-conditions", "optional");
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "k");
    sent_policy(&f, "{\"expiration\":\"" EXPIRATION "\",\"conditions\":[{\"key\":\"k\"}]}");
    sent_file(&f, CONTENT);
    sent_close(&f);
    struct answer a = sent_post(c, &f);
    expect_answer("optional", &a, 204, "");
    answer_free(&a);
}

/* The fields are those of AWS's page "Browser-based uploads using POST", and of the one of its
 * version 2. */
static void a_form_that_is_signed_as_in_s3_is_told_so(void **state)
{
    static const struct {
        const char *id_field, *id, *signature_field, *signature;
    } rows[] = {
        {"x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request",
         "x-amz-signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"},
        {"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE", "signature", "0RavWzkygo6QX9caELEqKi9kDbU="},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct sent f;
        sent_open(&f);
        sent_field(&f, "key", "k");
        sent_field(&f, "policy",
                   "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiIH0=");
        sent_field(&f, rows[i].id_field, rows[i].id);
        sent_field(&f, rows[i].signature_field, rows[i].signature);
        sent_file(&f, CONTENT);
        sent_close(&f);
        struct answer a = sent_post(c, &f);
        expect_answer(rows[i].signature_field, &a, 403, "AccessDenied");
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->authn, "malformed");
        assert_non_null(strstr(e->detail, "signed as forms of S3 are"));
        cosmock_entries_free(e);
        answer_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_form_keeps_its_policy),
        CLIENT_TEST(the_conditions_on_the_signature_are_a_switch),
        CLIENT_TEST(a_form_that_is_signed_as_in_s3_is_told_so),
    };
    return cmocka_run_group_tests_name("form_policy", tests, NULL, NULL);
}
