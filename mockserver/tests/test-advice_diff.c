/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The difference of two policies, against asking: random pairs, and every request of a small
 * world put to cam_eval() by itself. Where some request gets another answer the difference is
 * not empty, and what it prints does get another answer. The same policy in another spelling
 * has none.
 */
#include "advice/diff.h"

#include "cosbase/rng.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define AT "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/"

static struct cosmock *mock;
static struct cosmock_tenant *tenant;

static int open_mock(void **state)
{
    struct cosmock_error err;
    (void)state;
    return cosmock_new(&mock, NULL, &err) == 0 &&
                   cosmock_tenant_new(mock, &tenant, NULL, &err) == 0
               ? 0
               : -1;
}

static int close_mock(void **state)
{
    (void)state;
    (void)cosmock_free(mock);
    return 0;
}

static struct cam_policy *parsed(const char *text, enum cam_policy_use use)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    if (cam_policy_parse(&p, cos_span_of(text), use, "tested", &err) < 0) {
        fail_msg("%s: %s", text, err.message);
    }
    return p;
}

/* --- asking by ourselves --- */

static const char *const actions[] = {"name/cos:GetObject", "name/cos:PutObject",
                                      "name/cos:DeleteObject"};
static const char *const keys[] = {"a/x", "a/y", "b/x", "bb", "c"};
static const char *const acls[] = {NULL, "private", "public-read"};
static const char *const ips[] = {"9.255.255.255", "10.0.0.1", "10.1.0.1"};

struct request {
    const char *action, *resource, *acl, *ip;
};

static void find_said(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    const struct request *r = ctx;
    const char *said = key->id == CAM_KEY_IP ? r->ip : key->id == CAM_KEY_ACL ? r->acl : NULL;
    if (said != NULL) {
        *out = (struct cam_values){.one = cos_span_of(said), .n = 1};
    }
}

static enum cam_says ask(struct cam_policy *p, struct request *r)
{
    struct cam_policy *const policies[1] = {p};
    const struct cam_principal who = {.kind = CAM_USER,
                                      .uin = "100000000011",
                                      .owner_uin = "100000000001",
                                      .appid = "1250000000",
                                      .policies = policies,
                                      .n_policies = 1};
    const struct cam_question q = {.who = &who,
                                   .action = cos_span_of(r->action),
                                   .resource = cos_span_of(r->resource),
                                   .owner_uin = "100000000001",
                                   .owner_appid = "1250000000",
                                   .context = {.find = find_said, .ctx = r}};
    struct cos_arena arena;
    struct cam_verdict v;
    cos_arena_init(&arena, 1u << 20);
    cam_eval(&arena, &v, &q);
    cos_arena_deinit(&arena);
    return v.identity;
}

static bool differ_somewhere(struct cam_policy *a, struct cam_policy *b)
{
    size_t n =
        COS_ARRAY_LEN(actions) * COS_ARRAY_LEN(keys) * COS_ARRAY_LEN(acls) * COS_ARRAY_LEN(ips);
    for (size_t i = 0; i < n; i++) {
        char resource[128];
        size_t rest = i;
        struct request r = {.resource = resource};
        r.action = actions[rest % COS_ARRAY_LEN(actions)];
        rest /= COS_ARRAY_LEN(actions);
        (void)snprintf(resource, sizeof(resource), AT "%s", keys[rest % COS_ARRAY_LEN(keys)]);
        rest /= COS_ARRAY_LEN(keys);
        r.acl = acls[rest % COS_ARRAY_LEN(acls)];
        r.ip = ips[rest / COS_ARRAY_LEN(acls)];
        if (ask(a, &r) != ask(b, &r)) {
            return true;
        }
    }
    return false;
}

/* What a change prints, asked again. */
static void expect_change(const struct diff_change *c, struct cam_policy *a,
                          struct cam_policy *b)
{
    char action[160];
    for (size_t i = 0; i < c->n_actions; i++) {
        (void)snprintf(action, sizeof(action), "name/%s", c->actions[i]);
        struct request r = {.action = action, .resource = c->resource.ptr};
        for (size_t k = 0; k < c->n_context; k++) {
            bool is_ip = strncmp(c->context[k], "qcs:ip=", 7) == 0;
            bool is_acl = strncmp(c->context[k], "cos:x-cos-acl=", 14) == 0;
            r.ip = is_ip ? c->context[k] + 7 : r.ip;
            r.acl = is_acl ? c->context[k] + 14 : r.acl;
        }
        if (ask(a, &r) != c->was || ask(b, &r) != c->is) {
            fail_msg("%s on %s is not %d and %d", action, r.resource, c->was, c->is);
        }
    }
}

/* --- random pairs --- */

static void draw(struct cos_buf *out, struct cos_rng *rng)
{
    static const char *const globs[] = {"name/cos:GetObject", "name/cos:PutObject",
                                        "name/cos:*Object", "name/cos:DeleteObject"};
    static const char *const paths[] = {"*", "a/*", "a/x", "b*", "b/*", "*x", "c"};
    static const char *const conditions[] = {
        "",
        "",
        ",\"condition\":{\"ip_equal\":{\"qcs:ip\":\"10.0.0.0/16\"}}",
        ",\"condition\":{\"ip_not_equal\":{\"qcs:ip\":\"10.0.0.0/8\"}}",
        ",\"condition\":{\"string_equal\":{\"cos:x-cos-acl\":\"private\"}}",
        ",\"condition\":{\"string_like_if_exist\":{\"cos:x-cos-acl\":\"p*\"}}",
    };
    size_t n = 1 + cos_rng_below(rng, 3);
    cos_buf_init(out, 1u << 16);
    cos_buf_str(out, "{\"version\":\"2.0\",\"statement\":[");
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(out,
                       "%s{\"effect\":\"%s\",\"action\":[\"%s\"],\"resource\":[\"" AT
                       "%s\"]%s}",
                       i == 0 ? "" : ",", cos_rng_below(rng, 3) == 0 ? "deny" : "allow",
                       globs[cos_rng_below(rng, COS_ARRAY_LEN(globs))],
                       paths[cos_rng_below(rng, COS_ARRAY_LEN(paths))],
                       conditions[cos_rng_below(rng, COS_ARRAY_LEN(conditions))]);
    }
    cos_buf_str(out, "]}");
}

static void what_differs_is_found_and_what_is_found_differs(void **state)
{
    (void)state;
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(20261127);
    size_t same = 0;
    for (unsigned round = 0; round < 1000; round++) {
        struct cos_buf texts[2];
        draw(&texts[0], rng);
        draw(&texts[1], rng);
        struct cam_policy *a = parsed(cos_buf_cstr(&texts[0]), CAM_IDENTITY);
        struct cam_policy *b = parsed(cos_buf_cstr(&texts[1]), CAM_IDENTITY);
        struct diff d;
        assert_true(advice_diff(&d, a, b, tenant));
        assert_string_equal(d.gap, "");
        if (d.n == 0 && differ_somewhere(a, b)) {
            fail_msg("no difference is found of %s and %s", cos_buf_cstr(&texts[0]),
                     cos_buf_cstr(&texts[1]));
        }
        for (size_t i = 0; i < d.n; i++) {
            expect_change(&d.changes[i], a, b);
        }
        same += d.n == 0;
        diff_deinit(&d);
        cam_policy_unref(a);
        cam_policy_unref(b);
        cos_buf_deinit(&texts[0]);
        cos_buf_deinit(&texts[1]);
    }
    assert_in_range(same, 1, 500);
}

/* --- spellings --- */

#define POLICY(statements) "{\"version\":\"2.0\",\"statement\":[" statements "]}"
#define S(effect, action, resource) \
    "{\"effect\":\"" effect "\",\"action\":" action ",\"resource\":\"" resource "\"}"
#define IF(effect, action, resource, condition)                                 \
    "{\"effect\":\"" effect "\",\"action\":" action ",\"resource\":\"" resource \
    "\",\"condition\":{" condition "}}"

static const struct {
    const char *name, *a, *b;
} alike[] = {
    {"order and case of elements",
     POLICY(S("allow", "\"cos:GetObject\"", AT "*") "," S("deny", "\"*\"", AT "a/*")),
     "{\"Statement\":[{\"Resource\":[\"" AT "a/*\"],\"Effect\":\"Deny\",\"Action\":[\"*\"]},"
     "{\"action\":[\"name/cos:GetObject\"],\"effect\":\"allow\",\"resource\":[\"" AT
     "*\"]}],\"version\":\"2.0\"}"},
    {"one statement or two",
     POLICY(S("allow", "[\"cos:GetObject\",\"cos:HeadObject\"]", AT "a/*")),
     POLICY(S("allow", "\"cos:GetObject\"", AT "a/*") "," S("allow", "\"cos:HeadObject\"",
                                                            AT "a/*"))},
    {"one that another one covers", POLICY(S("allow", "\"cos:GetObject\"", AT "*")),
     POLICY(S("allow", "\"cos:GetObject\"", AT "*") "," S("allow", "\"cos:GetObject\"",
                                                          AT "a*b*"))},
    {"stars beside each other", POLICY(S("allow", "\"cos:GetObject\"", AT "a/**")),
     POLICY(S("allow", "\"cos:GetObject\"", AT "a/*"))},
    {"an action that only objects have, of all and of keys",
     POLICY(S("allow", "\"cos:GetObject\"", AT "*") "," S("allow", "\"cos:GetObject\"", AT)),
     POLICY(S("allow", "\"cos:GetObject\"", AT "*"))},
    {"numbers as texts",
     POLICY(IF("allow", "\"cos:PutObject\"", AT "*",
               "\"numeric_less_than\":{\"cos:content-length\":10}")),
     POLICY(IF("allow", "\"cos:PutObject\"", AT "*",
               "\"numeric_less_than\":{\"cos:content-length\":\"10.0\"}"))},
    {"a network by another address of it",
     POLICY(IF("allow", "\"*\"", AT "*", "\"ip_equal\":{\"qcs:ip\":\"10.1.2.3/8\"}")),
     POLICY(IF("allow", "\"*\"", AT "*",
               "\"ip_equal\":{\"qcs:ip\":[\"10.0.0.0/9\",\"10.128.0.0/9\"]}"))},
    {"a time in another zone",
     POLICY(IF("allow", "\"*\"", AT "*",
               "\"date_less_than\":{\"qcs:current_time\":\"2030-01-01T08:00:00+08:00\"}")),
     POLICY(IF("allow", "\"*\"", AT "*",
               "\"date_less_than\":{\"qcs:current_time\":\"2030-01-01T00:00:00Z\"}"))},
    {"a prefix in the resource or in a condition",
     POLICY(S("allow", "\"cos:GetBucket\"", AT "a/*")),
     POLICY(IF("allow", "\"cos:GetBucket\"", AT "*",
               "\"string_like\":{\"cos:prefix\":\"a%2F*\"}"))},
};

static void another_spelling_is_no_difference(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(alike); i++) {
        struct cam_policy *a = parsed(alike[i].a, CAM_IDENTITY);
        struct cam_policy *b = parsed(alike[i].b, CAM_IDENTITY);
        struct diff d;
        assert_true(advice_diff(&d, a, b, tenant));
        if (d.n > 0) {
            struct cos_buf text;
            cos_buf_init(&text, 1u << 20);
            diff_print(&text, &d);
            fail_msg("%s: %s", alike[i].name, cos_buf_cstr(&text));
        }
        diff_deinit(&d);
        cam_policy_unref(a);
        cam_policy_unref(b);
    }
}

static const struct {
    const char *name, *a, *b, *says;
    enum cam_policy_use use;
} unlike[] = {
    {"a slash less", POLICY(S("allow", "\"cos:GetObject\"", AT "a*")),
     POLICY(S("allow", "\"cos:GetObject\"", AT "a/*")),
     "allow -> silent: name/cos:GetObject\n    on " AT "a", CAM_IDENTITY},
    {"a deny where nothing was said", POLICY(S("allow", "\"cos:GetObject\"", AT "a")),
     POLICY(S("allow", "\"cos:GetObject\"", AT "a") "," S("deny", "\"cos:PutObject\"", AT "a")),
     "silent -> deny: name/cos:PutObject\n    on " AT "a\n", CAM_SESSION},
    {"one byte more",
     POLICY(IF("allow", "\"cos:PutObject\"", AT "*",
               "\"numeric_less_than\":{\"cos:content-length\":10}")),
     POLICY(IF("allow", "\"cos:PutObject\"", AT "*",
               "\"numeric_less_than_equal\":{\"cos:content-length\":10}")),
     "with cos:content-length=10\n", CAM_IDENTITY},
    {"a key that is not sent",
     POLICY(IF("allow", "\"cos:PutObject\"", AT "*",
               "\"string_equal\":{\"cos:x-cos-acl\":\"private\"}")),
     POLICY(IF("allow", "\"cos:PutObject\"", AT "*",
               "\"string_equal_if_exist\":{\"cos:x-cos-acl\":\"private\"}")),
     "silent -> allow: name/cos:PutObject\n    on " AT "x\n    to ", CAM_IDENTITY},
    {"a region less",
     POLICY(S("allow", "\"cos:GetObject\"", "qcs::cos::uid/1250000000:b-1250000000/*")),
     POLICY(S("allow", "\"cos:GetObject\"", AT "*")),
     "on qcs::cos:ap-beijing:uid/1250000000:b-1250000000/", CAM_IDENTITY},
    {"another user",
     "{\"version\":\"2.0\",\"principal\":{\"qcs\":[\"qcs::cam::uin/100000000001:uin/"
     "100000000022\"]},\"statement\":[" S("allow", "\"cos:GetObject\"", AT "*") "]}",
     "{\"version\":\"2.0\",\"principal\":{\"qcs\":[\"qcs::cam::uin/100000000001:uin/"
     "100000000033\"]},\"statement\":[" S("allow", "\"cos:GetObject\"", AT "*") "]}",
     "to 100000000001/100000000022\n", CAM_BUCKET},
    {"the public",
     "{\"version\":\"2.0\",\"principal\":\"*\",\"statement\":[" S("allow", "\"cos:GetObject\"",
                                                                  AT "*") "]}",
     "{\"version\":\"2.0\",\"principal\":{\"qcs\":[\"qcs::cam::uin/100000000001:uin/"
     "100000000011\"]},\"statement\":[" S("allow", "\"cos:GetObject\"", AT "*") "]}",
     "to anonymous\n", CAM_BUCKET},
};

static void a_difference_is_shown_by_a_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(unlike); i++) {
        struct cam_policy *a = parsed(unlike[i].a, unlike[i].use);
        struct cam_policy *b = parsed(unlike[i].b, unlike[i].use);
        struct diff d;
        struct cos_buf text;
        cos_buf_init(&text, 1u << 20);
        assert_true(advice_diff(&d, a, b, tenant));
        diff_print(&text, &d);
        if (d.n == 0 || strstr(cos_buf_cstr(&text), unlike[i].says) == NULL) {
            fail_msg("%s: '%s' is not in %s", unlike[i].name, unlike[i].says,
                     cos_buf_cstr(&text));
        }
        cos_buf_deinit(&text);
        diff_deinit(&d);
        cam_policy_unref(a);
        cam_policy_unref(b);
    }
}

/* Two sets of three tags each have more sides than are tried. */
static void what_is_only_sampled_is_said(void **state)
{
    static const char tags[] = POLICY(
        IF("allow", "\"cos:PutBucket\"", "*",
           "\"for_any_value:string_equal\":{\"qcs:request_tag\":[\"a&1\",\"b&2\",\"c&3\"]}"));
    (void)state;
    struct cam_policy *a = parsed(tags, CAM_IDENTITY);
    struct cam_policy *b = parsed(tags, CAM_IDENTITY);
    struct diff d;
    struct cos_buf text;
    cos_buf_init(&text, 1u << 20);
    assert_true(advice_diff(&d, a, b, tenant));
    diff_print(&text, &d);
    assert_non_null(strstr(cos_buf_cstr(&text), "no difference was found\nonly sampled: "));
    cos_buf_clear(&text);
    diff_print_json(&text, &d);
    struct cos_json *doc = parse_json(cos_buf_view(&text));
    assert_true(cos_json_bool(cos_json_get(doc, "same"), false));
    assert_false(cos_json_bool(cos_json_get(doc, "exact"), true));
    cos_json_free(doc);
    cos_buf_deinit(&text);
    diff_deinit(&d);
    cam_policy_unref(a);
    cam_policy_unref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_found_and_what_is_found_differs),
        cmocka_unit_test(another_spelling_is_no_difference),
        cmocka_unit_test(a_difference_is_shown_by_a_request),
        cmocka_unit_test(what_is_only_sampled_is_said),
    };
    return cmocka_run_group_tests(tests, open_mock, close_mock);
}
