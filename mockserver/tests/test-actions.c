/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of actions: what some operation asks for is known, what is misspelt is named with its
 * neighbour, in policies (a warning: CAM takes them) and in questions (a refusal). Names that
 * are right stand in 436/30580, 598/69901 and the SDKs' demos.
 */
#include "cam/cam.h"
#include "services/ops.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void whatever_an_operation_asks_for_is_known(void **state)
{
    for (const struct op_row *row = ops_rows(); row->name != NULL; row++) {
        const char *const actions[] = {row->action, row->action_or};
        for (size_t i = 0; i < COS_ARRAY_LEN(actions); i++) {
            char why[200];
            if (actions[i] != NULL &&
                cam_action_complaint(cos_span_of(actions[i]), why, sizeof(why)) != NULL) {
                fail_msg("%s: %s", row->name, why);
            }
        }
    }
}

static void names_that_documents_use_are_known(void **state)
{
    static const char *const names[] = {
        "*",
        "cos:*",
        "name/cos:*",
        "name/cos:Get*",
        "cos:*Multipart*",
        "name/cos:DeleteMultipleObjects",
        "name/cos:ListBucketInventory",
        "name/cos:GetBucketObjectLock",
        "name/sts:AssumeRole",
        "name/cvm:DescribeInstances", /* not ours to judge */
        "ci:CreateMediaJobs",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        char why[200];
        if (cam_action_complaint(cos_span_of(names[i]), why, sizeof(why)) != NULL) {
            fail_msg("%s: %s", names[i], why);
        }
    }
}

static const struct {
    const char *action, *says;
} misspelt[] = {
    {"name/cos:GetObjet",
     "no known action is called 'cos:GetObjet'; the nearest is cos:GetObject"},
    {"cos:getobject", "the nearest is cos:GetObject"},
    {"name/cos:GetBucketAcl", "the nearest is cos:GetBucketACL"},
    {"name/cos:putObjectCopy", "the nearest is cos:PutObjectCopy"},
    {"name/sts:GetFederatonToken", "the nearest is sts:GetFederationToken"},
    {"name/cos:UploadFile", "no known action is called 'cos:UploadFile'"},
    {"name/cos:Gett*", "no known action fits 'cos:Gett*'"},
};

static void a_misspelt_action_is_named_with_its_neighbour(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(misspelt); i++) {
        char why[200] = "";
        (void)cam_action_complaint(cos_span_of(misspelt[i].action), why, sizeof(why));
        if (strstr(why, misspelt[i].says) == NULL) {
            fail_msg("%s: '%s'", misspelt[i].action, why);
        }
    }
}

static void a_policy_with_a_misspelt_action_is_taken_with_a_warning(void **state)
{
    static const char json[] =
        "{\"version\":\"2.0\",\"statement\":["
        "{\"effect\":\"allow\",\"action\":\"name/cos:GetObject\",\"resource\":\"*\"},"
        "{\"sid\":\"reads\",\"effect\":\"allow\",\"action\":[\"name/cos:HeadObject\","
        "\"name/cos:GetObjet\"],\"resource\":\"*\"}]}";
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    assert_int_equal(cam_policy_parse(&p, cos_span_of(json), CAM_IDENTITY, "readers", &err), 0);
    const struct cam_warning *w = cam_policy_warnings(p);
    assert_non_null(w);
    assert_true(cos_span_eq_str(
        w->text, "statement 1 (sid 'reads') of policy 'readers': no known action is called "
                 "'cos:GetObjet'; the nearest is cos:GetObject"));
    assert_null(w->next);
    cam_policy_unref(p);
}

static void a_policy_of_mistakes_gets_eight_warnings(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1u << 16);
    cos_buf_str(&b, "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[");
    for (int i = 0; i < 3000; i++) {
        cos_buf_printf(&b, "%s\"cos:Get%d\"", i == 0 ? "" : ",", i);
    }
    cos_buf_str(&b, "],\"resource\":[\"qcs::cos::*:b\"]}]}");
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    assert_int_equal(cam_policy_parse(&p, cos_buf_view(&b), CAM_IDENTITY, "many", &err), 0);
    size_t n = 0;
    for (const struct cam_warning *w = cam_policy_warnings(p); w != NULL; w = w->next) {
        n++;
    }
    assert_int_equal(n, 8);
    cam_policy_unref(p);
}

static void a_resource_of_no_account_is_warned_of(void **state)
{
    static const struct {
        /* NULL: no warning */
        const char *resource, *says;
    } rows[] = {
        {"qcs::cos:ap-guangzhou:uid/*:b-1250000000/*",
         "statement 0 of policy 'readers': resource "
         "'qcs::cos:ap-guangzhou:uid/*:b-1250000000/*' "
         "matches nothing: 'uid/*' is no account, write uid/<appid>"},
        {"qcs::cos:ap-guangzhou:*:b-1250000000/*", "'*' is no account"},
        {"qcs::cos:ap-guangzhou:1250000000:b-1250000000/*", "'1250000000' is no account"},
        {"qcs::cos:ap-guangzhou:uid/12x:b-1250000000/*", "'uid/12x' is no account"},
        {"qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/*", NULL},
        {"qcs::cos::uin/100000000001:b-1250000000/*", NULL},
        {"qcs::cos:ap-guangzhou::b-1250000000/*", NULL},
        {"qcs::cvm:ap-guangzhou:uin/*:instance/*", NULL},
        {"*", NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char json[400];
        (void)snprintf(json, sizeof(json),
                       "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                       "\"*\",\"resource\":\"%s\"}]}",
                       rows[i].resource);
        struct cam_policy *p = NULL;
        struct cos_text_error err;
        assert_int_equal(cam_policy_parse(&p, cos_span_of(json), CAM_IDENTITY, "readers", &err),
                         0);
        const struct cam_warning *w = cam_policy_warnings(p);
        assert_int_equal(w != NULL, rows[i].says != NULL);
        assert_true(w == NULL || cos_span_find(w->text, cos_span_of(rows[i].says)) != SIZE_MAX);
        cam_policy_unref(p);
    }
}

#define RESOURCE "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/"

static void a_question_nobody_can_ask_is_refused(void **state)
{
    static const struct {
        const char *action, *resource, *says;
    } rows[] = {
        {"GetObject", RESOURCE "k", "action 'GetObject' must be [name/]<service>:<action>"},
        {"name/cos:", RESOURCE "k", "must be [name/]<service>:<action>"},
        {"name/cos:Get*", RESOURCE "k", "without '*'"},
        {"name/cos:GetObjet", RESOURCE "k", "the nearest is cos:GetObject"},
        {"name/cos:GetObject", "", "resource '' must be \"*\" or qcs::<service>:"},
        {"name/cos:GetObject", "b-1250000000/k", "resource 'b-1250000000/k' must be"},
        {"name/cos:GetObject", "qcs:cos:ap-guangzhou:uid/1250000000:b-1250000000/k", "must be"},
        {"name/cos:GetObject", "qcs::cso:ap-guangzhou:uid/1250000000:b-1250000000/k",
         "resource of service 'cso' asked with an action of 'cos'"},
        {"name/cos:GetObject", "qcs::cos:*:uid/1250000000:b-1250000000/k",
         "is not one resource"},
        {"name/cos:GetObject", "qcs::cos:ap-guangzhou:uid/*:b-1250000000/k",
         "is not one resource: name the region and the account as uid/<appid>"},
        {"name/cos:GetObject", "qcs::cos:ap-guangzhou:1250000000:b-1250000000/k",
         "is not one resource"},
        {"name/cos:HeadBucket", "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000",
         "must be <bucket>-<appid>/<key>, and <bucket>-<appid>/ for the bucket itself"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char why[400] = "";
        (void)cam_question_complaint(cos_span_of(rows[i].action), cos_span_of(rows[i].resource),
                                     why, sizeof(why));
        if (strstr(why, rows[i].says) == NULL) {
            fail_msg("%s on %s: '%s'", rows[i].action, rows[i].resource, why);
        }
    }
}

static void questions_that_requests_ask_are_fine(void **state)
{
    static const struct {
        const char *action, *resource;
    } rows[] = {
        {"name/cos:GetObject", RESOURCE "k"},
        {"cos:GetObject", RESOURCE "a:b*c"},
        {"name/cos:GetBucket", RESOURCE},
        {"name/cos:GetService", "*"},
        {"name/sts:GetFederationToken", "*"},
        {"name/cos:GetObject", "qcs::cos:ap-guangzhou:uin/100000000001:b-1250000000/k"},
        {"name/cvm:StartInstances", "qcs::cvm:ap-guangzhou:uid/1250000000:instance/i"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char why[400];
        if (cam_question_complaint(cos_span_of(rows[i].action), cos_span_of(rows[i].resource),
                                   why, sizeof(why)) != NULL) {
            fail_msg("%s on %s: %s", rows[i].action, rows[i].resource, why);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_an_operation_asks_for_is_known),
        cmocka_unit_test(names_that_documents_use_are_known),
        cmocka_unit_test(a_misspelt_action_is_named_with_its_neighbour),
        cmocka_unit_test(a_policy_with_a_misspelt_action_is_taken_with_a_warning),
        cmocka_unit_test(a_policy_of_mistakes_gets_eight_warnings),
        cmocka_unit_test(a_resource_of_no_account_is_warned_of),
        cmocka_unit_test(a_question_nobody_can_ask_is_refused),
        cmocka_unit_test(questions_that_requests_ask_are_fine),
    };
    return cmocka_run_group_tests_name("actions", tests, NULL, NULL);
}
