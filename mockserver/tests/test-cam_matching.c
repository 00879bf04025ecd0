/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a statement's action, resource and principal hit, and what lies beside it (sts-cam.md
 * s.3.1, s.3.3): the judge alone, one statement that allows, one question. MK-11, MK-12, MK-36.
 */
#include "cam/cam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OWNER "100000000001"
#define APPID "1250000000"
#define OTHER "100000000002"
#define OTHER_APPID "1250000002"
#define ROLE_ID "4611686018427397919"
#define GET "name/cos:GetObject"
#define BUCKET "b-" APPID
#define HERE "qcs::cos:ap-beijing:uid/" APPID ":" BUCKET "/dir/k"

static struct cam_policy *read_policy(enum cam_policy_use use, const char *json)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err = {0};
    if (cam_policy_parse(&p, cos_span_of(json), use, "tested", &err) < 0) {
        fail_msg("%s: %s", json, err.message);
    }
    return p;
}

/* Of a bucket of OWNER; @identity is @who's own policy. */
static bool is_allowed(const struct cam_principal *who, const char *action,
                       const char *resource, struct cam_policy *identity,
                       const struct cam_policy *bucket)
{
    struct cam_policy *own[] = {identity};
    struct cam_principal asking = *who;
    asking.policies = own;
    asking.n_policies = identity != NULL;
    const struct cam_question q = {.who = &asking,
                                   .action = cos_span_of(action),
                                   .resource = cos_span_of(resource),
                                   .owner_uin = OWNER,
                                   .owner_appid = APPID,
                                   .bucket = bucket};
    struct cos_arena arena;
    struct cam_verdict v;
    cos_arena_init(&arena, 1u << 20);
    cam_eval(&arena, &v, &q);
    bool allowed = v.allowed;
    cos_arena_deinit(&arena);
    return allowed;
}

static const struct cam_principal user = {.kind = CAM_USER,
                                          .uin = "100000000011",
                                          .owner_uin = OWNER,
                                          .appid = APPID};
static const struct cam_principal foreigner = {.kind = CAM_USER,
                                               .uin = "100000000022",
                                               .owner_uin = OTHER,
                                               .appid = OTHER_APPID};
static const struct cam_principal role = {
    .kind = CAM_ROLE, .uin = ROLE_ID, .owner_uin = OWNER, .appid = APPID, .role = "app"};

/* A pattern without '*' is one action, in all its letters. */
static void an_action_is_what_its_pattern_says(void **state)
{
    static const struct {
        const char *pattern, *asked;
        bool hits;
    } rows[] = {
        {"name/cos:GetObject", "name/cos:GetObject", true},
        {"cos:GetObject", "name/cos:GetObject", true},
        {"name/cos:GetObject", "name/cos:GetObjectACL", false},
        {"name/cos:GetObjectACL", "name/cos:GetObject", false},
        {"name/cos:GetObject", "name/cos:HeadObject", false},
        {"name/cos:HeadObject", "name/cos:GetObject", false},
        {"name/cos:Get*", "name/cos:GetObjectACL", true},
        {"name/cos:Get*", "name/cos:PutObject", false},
        {"name/cos:*Object", "name/cos:DeleteObject", true},
        {"name/cos:*Object", "name/cos:PutObjectACL", false},
        {"name/cos:*", "name/cos:GetService", true},
        {"name/cos:*", "name/sts:AssumeRole", false},
        {"name/sts:*", "name/cos:GetObject", false},
        {"*", "name/sts:AssumeRole", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char json[400];
        (void)snprintf(json, sizeof(json),
                       "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                       "\"%s\",\"resource\":\"*\"}]}",
                       rows[i].pattern);
        struct cam_policy *p = read_policy(CAM_IDENTITY, json);
        if (is_allowed(&user, rows[i].asked, HERE, p, NULL) != rows[i].hits) {
            fail_msg("%s of %s", rows[i].asked, rows[i].pattern);
        }
        (void)cam_policy_unref(p);
    }
}

/* uid is an APPID and uin the owner's, neither of them a pattern; an empty account is whose
 * policy it is. A foreign user, whom the bucket lets in, needs the same at home. */
static void a_resource_names_its_account_exactly(void **state)
{
    static const struct {
        const char *account;
        bool of_user, of_foreigner;
    } rows[] = {
        {"uid/" APPID, true, true},
        {"uin/" OWNER, true, true},
        {"", true, false},
        {"uid/" OWNER, false, false},
        {"uin/" APPID, false, false},
        {"uid/" OTHER_APPID, false, false},
        {"uin/" OTHER, false, false},
        {"uid/*", false, false},
        {"uin/*", false, false},
        {"uid/125000000*", false, false},
        {"uin/100000000*", false, false},
        {"uid/", false, false},
        {"uid/1250000000 ", false, false},
    };
    struct cam_policy *bucket = read_policy(
        CAM_BUCKET,
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
        "\"resource\":\"*\",\"principal\":{\"qcs\":[\"qcs::cam::uin/" OTHER
        ":uin/100000000022\"]}}]}");
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char json[400];
        (void)snprintf(json, sizeof(json),
                       "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                       "\"*\",\"resource\":\"qcs::cos:ap-beijing:%s:" BUCKET "/*\"}]}",
                       rows[i].account);
        struct cam_policy *p = NULL;
        struct cos_text_error err = {0};
        if (cam_policy_parse(&p, cos_span_of(json), CAM_IDENTITY, "tested", &err) < 0) {
            assert_false(rows[i].of_user || rows[i].of_foreigner); /* said before it is asked */
            continue;
        }
        if (is_allowed(&user, GET, HERE, p, NULL) != rows[i].of_user ||
            is_allowed(&foreigner, GET, HERE, p, bucket) != rows[i].of_foreigner) {
            fail_msg("account '%s'", rows[i].account);
        }
        (void)cam_policy_unref(p);
    }
    (void)cam_policy_unref(bucket);
}

/* '*' crosses '/' and matches nothing at all; what has no star is all of the name. */
static void a_path_is_what_its_pattern_says(void **state)
{
    static const struct {
        const char *path;
        bool hits;
    } rows[] = {
        {BUCKET "/dir/k", true},   {BUCKET "/dir/k*", true},
        {BUCKET "/dir/*", true},   {BUCKET "/d*", true},
        {BUCKET "/*", true},       {BUCKET "*", true},
        {BUCKET "/*/k", true},     {"*", true},
        {BUCKET "/dir", false},    {BUCKET "/dir/", false},
        {BUCKET "/", false},       {BUCKET, false},
        {BUCKET "/dir/kk", false}, {BUCKET "/dir/*/", false},
        {BUCKET "/DIR/k", false},  {"b-125000000/dir/k", false},
        {"b/dir/k", false},        {BUCKET "0/*", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char json[400];
        (void)snprintf(json, sizeof(json),
                       "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                       "\"*\",\"resource\":\"qcs::cos:ap-beijing:uid/" APPID ":%s\"}]}",
                       rows[i].path);
        struct cam_policy *p = read_policy(CAM_IDENTITY, json);
        if (is_allowed(&user, GET, HERE, p, NULL) != rows[i].hits) {
            fail_msg("path '%s'", rows[i].path);
        }
        (void)cam_policy_unref(p);
    }
}

/* Users are uin/, roles role/ and roleName/, and neither is the other, whatever its number. */
static void a_principal_of_a_bucket_policy_is_one_kind(void **state)
{
    static const struct {
        const char *who;
        bool is_user, is_role, is_foreigner;
    } rows[] = {
        {"uin/" OWNER ":uin/100000000011", true, false, false},
        {"uin/" OWNER ":uin/*", true, false, false},
        {"uin/" OWNER ":uin/" ROLE_ID, false, false, false},
        {"uin/" OWNER ":role/" ROLE_ID, false, true, false},
        {"uin/" OWNER ":roleName/app", false, true, false},
        {"uin/" OWNER ":roleName/apps", false, false, false},
        {"uin/" OTHER ":roleName/app", false, false, false},
        {"uin/" OTHER ":uin/100000000011", false, false, false},
        {"uin/" OTHER ":uin/100000000022", false, false, true},
        {"uin/" OWNER ":uin/100000000022", false, false, false},
    };
    struct cam_policy *all =
        read_policy(CAM_IDENTITY,
                    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                    "\"*\",\"resource\":\"*\"}]}");
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char json[400];
        (void)snprintf(json, sizeof(json),
                       "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                       "\"*\",\"resource\":\"*\",\"principal\":{\"qcs\":[\"qcs::cam::%s\"]}}]}",
                       rows[i].who);
        struct cam_policy *p = read_policy(CAM_BUCKET, json);
        if (is_allowed(&user, GET, HERE, NULL, p) != rows[i].is_user ||
            is_allowed(&role, GET, HERE, NULL, p) != rows[i].is_role ||
            is_allowed(&foreigner, GET, HERE, all, p) != rows[i].is_foreigner) {
            fail_msg("principal '%s'", rows[i].who);
        }
        (void)cam_policy_unref(p);
    }
    (void)cam_policy_unref(all);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_action_is_what_its_pattern_says),
        cmocka_unit_test(a_resource_names_its_account_exactly),
        cmocka_unit_test(a_path_is_what_its_pattern_says),
        cmocka_unit_test(a_principal_of_a_bucket_policy_is_one_kind),
    };
    return cmocka_run_group_tests_name("what statements hit", tests, NULL, NULL);
}
