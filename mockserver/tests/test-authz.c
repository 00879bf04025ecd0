/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions authz asks: which action on which six-segment resource, with which policies.
 * The answers are cam's (test-cam.c); here a table of policies shows that the right question
 * was asked. sts-cam.md s.3.1, s.3.3, s.3.5. MK-09, MK-11, MK-24 at the door.
 */
#include "client.h"

#define OTHER "other-1250000000"
#define WORLD CLIENT_ACCOUNT_AND_BUCKET "  - {name: " OTHER ", region: ap-beijing}\n"

static int open_two(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, WORLD);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "dir/k", "x", 1, NULL), 0);
    assert_int_equal(cosmock_object_put(c->tenant, OTHER, "src/k", "y", 1, NULL), 0);
    *state = c;
    return 0;
}

static void allow(struct client *c, const char *action, const char *resource)
{
    char json[600];
    (void)snprintf(
        json, sizeof(json),
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[\"%s\"],"
        "\"resource\":[\"%s\"]}]}",
        action, resource);
    struct cosmock_error err = {0};
    if (cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, json, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

static struct answer ask_as_sub(struct client *c, const char *method, const char *host,
                                const char *target, const char *path, const char *copy_source)
{
    static struct question q;
    q = (struct question){.method = method, .target = target};
    authorize_as(&q, &(struct signing){CLIENT_SUB_ID, CLIENT_SUB_SECRET, host, path});
    if (strcmp(method, "PUT") == 0) {
        add_header(&q, "Content-Length", "0");
    }
    if (copy_source != NULL) {
        add_header(&q, "x-cos-copy-source", copy_source);
    }
    return client_send(c, &q);
}

/* Each request is denied without its right and allowed with exactly it. */
static void each_operation_needs_its_action_on_its_resource(void **state)
{
    static const struct {
        const char *method, *host, *target, *path, *action, *resource;
    } cases[] = {
        {"GET", CLIENT_HOST, "/dir/k", "/dir/k", "name/cos:GetObject",
         "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/k"},
        {"HEAD", CLIENT_HOST, "/dir/k", "/dir/k", "name/cos:HeadObject",
         "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/*"},
        {"PUT", CLIENT_HOST, "/dir/n", "/dir/n", "name/cos:PutObject",
         "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/n"},
        {"DELETE", CLIENT_HOST, "/a:b", "/a:b", "name/cos:DeleteObject",
         "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/a:b"},
        {"HEAD", CLIENT_HOST, "/", "/", "name/cos:HeadBucket",
         "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/"},
        {"GET", CLIENT_HOST, "/?prefix=dir%2F", "/", "name/cos:GetBucket",
         "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/*"},
        {"GET", CLIENT_HOST, "/?uploads&prefix=dir%2F", "/", "name/cos:ListMultipartUploads",
         "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/"},
        {"GET", "service.cos.myqcloud.com", "/", "/", "name/cos:GetService", "*"},
        {"POST", CLIENT_HOST, "/dir/m?uploads", "/dir/m", "name/cos:InitiateMultipartUpload",
         "qcs::cos::uid/1250000000:" CLIENT_BUCKET "/dir/m"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        allow(c, "name/cos:GetObjectACL", "*");
        struct answer r =
            ask_as_sub(c, cases[i].method, cases[i].host, cases[i].target, cases[i].path, NULL);
        assert_int_equal(r.status, 403);
        assert_memory_equal(answer_header(&r, "x-cosmock-reason"), "authz: AccessDenied: ", 21);
        answer_free(&r);
        allow(c, cases[i].action, cases[i].resource);
        r = ask_as_sub(c, cases[i].method, cases[i].host, cases[i].target, cases[i].path, NULL);
        if (r.status == 403) {
            fail_msg("%s %s: %s", cases[i].method, cases[i].target,
                     answer_header(&r, "x-cosmock-reason"));
        }
        answer_free(&r);
    }
}

/* The line in the answer and the line in the journal name policy and statement. */
static void a_denial_names_its_policy_in_answer_and_journal(void **state)
{
    static const char named[] = "statement 0 of policy 'no. 1 of uin " CLIENT_SUB_UIN
                                "' allows action cos:GetObjectACL only";
    struct client *c = *state;
    allow(c, "name/cos:GetObjectACL", "*");
    struct answer r = ask_as_sub(c, "GET", CLIENT_HOST, "/dir/k", "/dir/k", NULL);
    assert_int_equal(r.status, 403);
    assert_non_null(strstr(answer_header(&r, "x-cosmock-reason"), named));
    answer_free(&r);
    struct cosmock_entry *e = last_entry(c);
    assert_non_null(strstr(e->authz_reason, named));
    (void)cosmock_entries_free(e);
}

static void a_listing_outside_the_granted_prefix_is_denied(void **state)
{
    static const char *const targets[] = {"/", "/?prefix=", "/?prefix=di", "/?prefix=dir",
                                          "/?prefix=dir-evil%2F"};
    struct client *c = *state;
    allow(c, "name/cos:GetBucket",
          "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/*");
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        struct answer r = ask_as_sub(c, "GET", CLIENT_HOST, targets[i], "/", NULL);
        assert_int_equal(r.status, 403);
        answer_free(&r);
    }
}

/* MK-24: sts-cam.md s.3.5, GetObject on the source and a write on the destination. */
static void a_copy_asks_for_its_source_and_its_destination(void **state)
{
#define SOURCE "qcs::cos:ap-beijing:uid/1250000000:" OTHER "/src/*"
#define TARGET "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/*"
#define TWO(a, ra, b, rb)                                                        \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[\"" a \
    "\"],\"resource\":[\"" ra "\"]},{\"effect\":\"allow\",\"action\":[\"" b      \
    "\"],\"resource\":[\"" rb "\"]}]}"
    static const struct {
        const char *name, *policy, *choice;
        int status;
    } cases[] = {
        {"both", TWO("name/cos:GetObject", SOURCE, "name/cos:PutObject", TARGET), "either",
         200},
        {"source only", TWO("name/cos:GetObject", SOURCE, "name/cos:GetObject", TARGET),
         "either", 403},
        {"destination only", TWO("name/cos:PutObject", SOURCE, "name/cos:PutObject", TARGET),
         "either", 403},
        {"PutObjectCopy", TWO("name/cos:GetObject", SOURCE, "name/cos:PutObjectCopy", TARGET),
         "either", 200},
        {"PutObjectCopy is not PutObject",
         TWO("name/cos:GetObject", SOURCE, "name/cos:PutObjectCopy", TARGET), "PutObject", 403},
        {"PutObject is not PutObjectCopy",
         TWO("name/cos:GetObject", SOURCE, "name/cos:PutObject", TARGET), "PutObjectCopy", 403},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        client_switch(c, "copy-action", cases[i].choice);
        assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, cases[i].policy,
                                                 NULL),
                         0);
        struct answer r = ask_as_sub(c, "PUT", CLIENT_HOST, "/dir/copy", "/dir/copy",
                                     OTHER ".cos.ap-beijing.myqcloud.com/src/k");
        if (r.status != cases[i].status) {
            fail_msg("%s: %d %s", cases[i].name, r.status, r.body);
        }
        answer_free(&r);
    }
}

/* sts-cam.md s.3.5: allowed if either name is, and neither denied. A bucket policy that denies
 * whoever does not sign is beside the point. */
static void a_deny_of_either_of_two_names_denies(void **state)
{
#define DENIED(action)                                                                         \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\",\"resource\":" \
    "\"*\"},{\"effect\":\"deny\",\"action\":\"" action "\",\"resource\":\"*\"}]}"
    static const char anyone_denied[] =
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"deny\",\"action\":\"*\","
        "\"resource\":\"*\",\"principal\":{\"qcs\":[\"qcs::cam::anyone:anyone\"]}}]}";
    static const struct {
        const char *method, *target, *source, *policy;
    } cases[] = {
        {"PUT", "/dir/copy", "/src/k", DENIED("name/cos:PutObject")},
        {"PUT", "/dir/copy", "/src/k", DENIED("name/cos:PutObjectCopy")},
        {"PUT", "/dir/m?partNumber=1&uploadId=1", "/src/k", DENIED("name/cos:PutObject")},
        {"PUT", "/dir/m?partNumber=1&uploadId=1", "/src/k", DENIED("name/cos:UploadPartCopy")},
        {"POST", "/dir/k?restore", NULL, DENIED("name/cos:PostObjectRestore")},
        {"POST", "/dir/k?restore", NULL, DENIED("name/cos:RestoreObject")},
        {"PUT", "/dir/l?symlink", NULL, DENIED("name/cos:PutSymlink")},
        {"PUT", "/dir/l?symlink", NULL, DENIED("name/cos:PutObject")},
        {"GET", "/dir/k?symlink", NULL, DENIED("name/cos:GetSymlink")},
        {"GET", "/dir/k?symlink", NULL, DENIED("name/cos:GetObject")},
    };
    struct client *c = *state;
    for (size_t i = 0; i < 2 * COS_ARRAY_LEN(cases); i++) {
        char source[200];
        char path[100];
        size_t k = i % COS_ARRAY_LEN(cases);
        (void)snprintf(source, sizeof(source), OTHER ".cos.ap-beijing.myqcloud.com%s",
                       cases[k].source == NULL ? "" : cases[k].source);
        (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(cases[k].target, "?"),
                       cases[k].target);
        assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, cases[k].policy,
                                                 NULL),
                         0);
        assert_int_equal(cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET,
                                                   i == k ? NULL : anyone_denied, NULL),
                         0);
        struct answer r = ask_as_sub(c, cases[k].method, CLIENT_HOST, cases[k].target, path,
                                     cases[k].source == NULL ? NULL : source);
        if (strcmp(xml_code(&r), "AccessDenied") != 0) {
            fail_msg("%s %s, %s: %d %s", cases[k].method, cases[k].target, cases[k].policy,
                     r.status, r.body);
        }
        answer_free(&r);
    }
}

static void a_copy_source_that_is_none_is_refused(void **state)
{
    static const char *const sources[] = {"",
                                          "/",
                                          "no-slash",
                                          "/" OTHER,
                                          "/" OTHER "/",
                                          "//src/k",
                                          "http://" OTHER ".cos.ap-beijing.myqcloud.com/k",
                                          OTHER ".cos.ap-beijing.myqcloud.com/"};
    struct client *c = *state;
    allow(c, "name/cos:*", "*");
    for (size_t i = 0; i < COS_ARRAY_LEN(sources); i++) {
        struct answer r = ask_as_sub(c, "PUT", CLIENT_HOST, "/k", "/k", sources[i]);
        assert_int_equal(r.status, 400);
        assert_string_equal(xml_code(&r), "InvalidCopySource");
        answer_free(&r);
    }
}

/* MK-09: what a token may do is what its issuer may do and its policy says. */
static void a_token_has_the_intersection(void **state)
{
    static const struct {
        const char *user_action, *session_action;
        int status;
    } cases[] = {
        {"name/cos:GetObject", "name/cos:GetObject", 200},
        {"name/cos:GetObject", "name/cos:PutObject", 403},
        {"name/cos:PutObject", "name/cos:GetObject", 403},
        {"name/cos:PutObject", "name/cos:PutObject", 403},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        static struct token t;
        static struct question q;
        allow(c, cases[i].user_action, "*");
        char json[600];
        (void)snprintf(json, sizeof(json),
                       "{\"Name\":\"n\",\"Policy\":\"{\\\"version\\\":\\\"2.0\\\","
                       "\\\"statement\\\":[{\\\"effect\\\":\\\"allow\\\",\\\"action\\\":"
                       "[\\\"%s\\\"],\\\"resource\\\":[\\\"*\\\"]}]}\"}",
                       cases[i].session_action);
        struct answer r = mint(c, CLIENT_SUB_ID, CLIENT_SUB_SECRET, json);
        read_token(&r, &t);
        answer_free(&r);
        q = (struct question){.method = "GET", .target = "/dir/k"};
        authorize(&q, t.id, t.secret, "/dir/k");
        add_header(&q, "x-cos-security-token", t.token);
        r = client_send(c, &q);
        assert_int_equal(r.status, cases[i].status);
        answer_free(&r);
        allow(c, "name/cos:DeleteObject", "*"); /* the issuer's rights are those of now */
        r = client_send(c, &q);
        assert_int_equal(r.status, 403);
        answer_free(&r);
    }
}

/* Of two questions the denied one is the answer, in the journal, too. */
static void a_denied_destination_is_a_denial_in_the_journal(void **state)
{
    struct client *c = *state;
    allow(c, "name/cos:GetObject", "*");
    struct answer r = ask_as_sub(c, "PUT", CLIENT_HOST, "/copy", "/copy",
                                 OTHER ".cos.ap-beijing.myqcloud.com/src/k");
    struct cosmock_entry *e = last_entry(c);
    assert_int_equal(r.status, 403);
    assert_string_equal(e->authz, "deny");
    assert_true(e->n_questions >= 2);
    assert_true(e->questions[0].allowed);
    assert_false(e->questions[e->n_questions - 1].allowed);
    cosmock_entries_free(e);
    answer_free(&r);
}

/* A question names the bucket's account, whoever asks. */
static void a_foreigner_asks_for_the_owner_s_resource(void **state)
{
    static const char world[] = CLIENT_ACCOUNT_AND_BUCKET
        "  - {name: b-1250000002, region: ap-beijing, owner: \"100000000002\"}\n";
    static const char account[] = "  - uin: \"100000000002\"\n    appid: \"1250000002\"\n";
    (void)state;
    struct client c = {0};
    const char *buckets = strstr(world, "buckets:\n");
    char whole[sizeof(world) + sizeof(account)];
    (void)snprintf(whole, sizeof(whole), "%.*s%s%s", (int)(buckets - world), world, account,
                   buckets);
    client_open_world(&c, whole);
    struct answer r =
        ask_as_sub(&c, "GET", "b-1250000002.cos.ap-beijing.myqcloud.com", "/k", "/k", NULL);
    struct cosmock_entry *e = last_entry(&c);
    assert_int_equal(r.status, 403);
    assert_int_equal(e->n_questions, 1);
    assert_string_equal(e->questions[0].resource,
                        "qcs::cos:ap-beijing:uid/1250000002:b-1250000002/k");
    cosmock_entries_free(e);
    answer_free(&r);
    client_shut(&c);
}

static void soft_allows_and_journals_off_does_not_ask(void **state)
{
    static const struct {
        const char *mode;
        int status;
        const char *authz, *header;
    } cases[] = {{"enforce", 403, "deny", ""},
                 {"soft", 200, "deny", "soft"},
                 {"off", 200, "", "off"}};
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        client_switch(c, "enforcement", cases[i].mode);
        struct answer r = ask_as_sub(c, "GET", CLIENT_HOST, "/dir/k", "/dir/k", NULL);
        struct cosmock_entry *e = last_entry(c);
        assert_int_equal(r.status, cases[i].status);
        assert_string_equal(e->authz, cases[i].authz);
        assert_string_equal(answer_header(&r, "x-cosmock-enforcement"), cases[i].header);
        cosmock_entries_free(e);
        answer_free(&r);
    }
    client_switch(c, "enforcement", "soft");
    struct answer r = ask_as_sub(c, "GET", CLIENT_HOST, "/dir/k", "/other", NULL);
    assert_string_equal(xml_code(&r), "SignatureDoesNotMatch"); /* soft is about policies */
    answer_free(&r);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_two, client_close)
    const struct CMUnitTest tests[] = {
        TEST(each_operation_needs_its_action_on_its_resource),
        TEST(a_listing_outside_the_granted_prefix_is_denied),
        TEST(a_copy_asks_for_its_source_and_its_destination),
        TEST(a_deny_of_either_of_two_names_denies),
        TEST(a_copy_source_that_is_none_is_refused),
        TEST(a_token_has_the_intersection),
        TEST(a_denial_names_its_policy_in_answer_and_journal),
        TEST(a_denied_destination_is_a_denial_in_the_journal),
        cmocka_unit_test(a_foreigner_asks_for_the_owner_s_resource),
        TEST(soft_allows_and_journals_off_does_not_ask),
    };
    return cmocka_run_group_tests_name("authz", tests, NULL, NULL);
}
