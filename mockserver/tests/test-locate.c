/* SPDX-License-Identifier: Apache-2.0 */
/* An error in a policy names the line and column of its element, where that is there, and a
 * denial across accounts says whose word is missing. Positions counted by hand. */
#include "cam/cam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define GOOD "{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\"}"

static void an_error_names_the_place_of_its_element(void **state)
{
    static const struct {
        const char *name, *json;
        unsigned line, column;
    } rows[] = {
        {"second of a list on its own line",
         "{\"version\":\"2.0\",\n \"statement\":[\n  " GOOD ",\n    {\"effect\":\"maybe\"}]}",
         4, 6},
        {"a resource on its own line",
         "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\n \"action\":\"*\",\n"
         "  \"Resource\":\"b\"}]}",
         3, 3},
        {"a condition behind a sid that looks like one",
         "{\"version\":\"2.0\",\"statement\":[{\"sid\":\"\\\"condition\\\":\",\"effect\":"
         "\"allow\","
         "\"action\":\"*\",\"resource\":\"*\",\n\"condition\":{\"x\":{\"y\":1}}}]}",
         2, 1},
        {"a statement that is none", "{\"version\":\"2.0\",\"statement\":[\n5]}", 2, 1},
        {"an element that is missing",
         "{\"version\":\"2.0\",\"statement\":[\n {\"effect\":\"deny\"}]}", 2, 2},
        {"brackets and quotes inside strings",
         "{\"statement\":[{\"sid\":\"]},{\\\"\",\"effect\":\"allow\",\"action\":\"*\","
         "\"resource\":\"*\"},\n"
         "{}],\"version\":\"2.0\"}",
         2, 1},
        {"names in capitals", "{\"Version\":\"2.0\",\"Statement\":[{}]}", 1, 31},
        {"one statement without a list", "{\"version\":\"2.0\",\"statement\":{}}", 1, 30},
        {"version, after blanks", "\n {\"version\":\"1.0\",\"statement\":[" GOOD "]}", 2, 3},
        {"a name in escapes is not found", "{\"version\":\"2.0\",\"\\u0073tatement\":[{}]}", 0,
         0},
        {"not JSON", "{\"version\":\n\"2.0\",}", 2, 7},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cam_policy *p = NULL;
        struct cos_text_error err = {0};
        int r = cam_policy_parse(&p, cos_span_of(rows[i].json), CAM_IDENTITY, "tested", &err);
        if (r == 0 || err.line != rows[i].line || err.column != rows[i].column) {
            fail_msg("%s: %u:%u %s", rows[i].name, err.line, err.column, err.message);
        }
    }
}

static void messages_outside_of_statements_name_none(void **state)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err = {0};
    assert_int_equal(cam_policy_parse(&p, COS_SPAN_LIT("{\"version\":\"2.0\",\"statment\":[]}"),
                                      CAM_IDENTITY, "tested", &err),
                     -1);
    assert_string_equal(err.message,
                        "unknown element 'statment' in a policy; known are version, "
                        "statement, principal");
}

static void deny_across_accounts(struct cam_principal who, bool has_policy,
                                 const char *expected)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    assert_int_equal(
        cam_policy_parse(&p, COS_SPAN_LIT("{\"version\":\"2.0\",\"statement\":[" GOOD "]}"),
                         CAM_IDENTITY, "tested", &err),
        0);
    who.policies = &p;
    who.n_policies = has_policy ? 1 : 0;
    const struct cam_question q = {
        .who = &who,
        .action = COS_SPAN_LIT("name/cos:GetObject"),
        .resource =
            COS_SPAN_LIT("qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/k"),
        .owner_uin = "100000000001",
        .owner_appid = "1250000000",
    };
    struct cos_arena arena;
    cos_arena_init(&arena, 1u << 16);
    struct cam_verdict v;
    cam_eval(&arena, &v, &q);
    assert_false(v.allowed);
    assert_string_equal(cam_reason_word(v.reason), "implicit_deny");
    if (cos_span_find(v.why, cos_span_of(expected)) == SIZE_MAX) {
        fail_msg("'%.*s' lacks '%s'", (int)v.why.len, v.why.ptr, expected);
    }
    cos_arena_deinit(&arena);
    cam_policy_unref(p);
}

/* 598/10605, cases P128 and P131: the owner of the resource must grant, whatever the caller has
 * at home. */
static void a_denial_across_accounts_asks_for_the_owners_grant(void **state)
{
    const struct cam_principal root = {.kind = CAM_ROOT,
                                       .uin = "100000000002",
                                       .owner_uin = "100000000002",
                                       .appid = "1250000002"};
    const struct cam_principal sub = {.kind = CAM_USER,
                                      .uin = "100000000022",
                                      .owner_uin = "100000000002",
                                      .appid = "1250000002"};
    deny_across_accounts(root, false, "bucket policy does not grant it");
    deny_across_accounts(sub, true, "qcs::cam::uin/100000000002:uin/100000000022");
    deny_across_accounts(sub, false, "allow the action on that resource to uin 100000000022");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_names_the_place_of_its_element),
        cmocka_unit_test(messages_outside_of_statements_name_none),
        cmocka_unit_test(a_denial_across_accounts_asks_for_the_owners_grant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
