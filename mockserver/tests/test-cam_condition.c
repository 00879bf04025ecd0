/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions as tables: which requests each operator lets through, and what a policy may not
 * say. Expected values: the worked examples of Tencent's page on condition keys (436/46205,
 * 436/46206, in cam-conditions.md s.3 by number) and the rules of s.1; [U] where the documents
 * are silent.
 */
#include "cam/cam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* "key=value" as a request carries it, NULL at the end. */
#define SAID_MAX 4
struct said {
    const char *pairs[SAID_MAX];
};

static void find(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    static struct cos_span values[SAID_MAX];
    const struct said *said = ctx;
    size_t n = 0;
    for (size_t i = 0; i < SAID_MAX && said->pairs[i] != NULL; i++) {
        struct cos_span rest = cos_span_of(said->pairs[i]);
        if (cos_span_eq_str(cos_span_cut(&rest, '='), key->name)) {
            values[n++] = rest;
        }
    }
    *out = (struct cam_values){.one = values[0], .several = n > 1 ? values : NULL, .n = n};
}

#define WITH(effect, condition)                                                                \
    "{\"effect\":\"" effect "\",\"action\":\"*\",\"resource\":\"*\",\"condition\":{" condition \
    "}}"
#define POLICY(statements) "{\"version\":\"2.0\",\"statement\":[" statements "]}"
#define ALLOW(condition) POLICY(WITH("allow", condition))
#define DENY(condition) \
    POLICY(             \
        "{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\"}," WITH("deny", condition))
#define PAIR(yes, no) POLICY(WITH("allow", yes) "," WITH("deny", no))

static struct cam_policy *policy_of(const char *json)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err = {0};
    if (cam_policy_parse(&p, cos_span_of(json), CAM_IDENTITY, "tested", &err) < 0) {
        fail_msg("%s: %s", json, err.message);
    }
    return p;
}

static bool is_allowed(const char *json, const char *action, const struct said *said)
{
    struct cam_policy *p = policy_of(json);
    struct cam_principal who = {.kind = CAM_USER,
                                .uin = "100000000011",
                                .owner_uin = "100000000001",
                                .appid = "1250000000",
                                .policies = &p,
                                .n_policies = 1};
    struct said copy = *said;
    struct cam_question q = {.who = &who,
                             .action = cos_span_of(action),
                             .resource = COS_SPAN_LIT("qcs::cos:ap-beijing:uid/1250000000:"
                                                      "b-1250000000/k"),
                             .owner_uin = "100000000001",
                             .owner_appid = "1250000000",
                             .context = {.find = find, .ctx = &copy}};
    struct cos_arena arena;
    cos_arena_init(&arena, 1u << 20);
    struct cam_verdict v;
    cam_eval(&arena, &v, &q);
    cos_arena_deinit(&arena);
    cam_policy_unref(p);
    return v.allowed;
}

struct row {
    const char *name, *policy, *action;
    struct said said;
    bool expected;
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_allowed(rows[i].policy, rows[i].action, &rows[i].said) != rows[i].expected) {
            fail_msg("%s: expected %s", rows[i].name, rows[i].expected ? "allow" : "deny");
        }
    }
}

#define GET "name/cos:GetObject"
#define PUT "name/cos:PutObject"
#define LIST "name/cos:GetBucket"
#define KEY(op, key, value) "\"" op "\":{\"" key "\":" value "}"
#define VERSION_V(op) KEY(op, "cos:versionid", "\"V\"")
#define LATEST                                                  \
    PAIR(KEY("string_equal_if_exist", "cos:versionid", "\"\""), \
         KEY("string_not_equal", "cos:versionid", "\"\""))
#define SHORT                                                        \
    PAIR(KEY("numeric_less_than_equal", "cos:content-length", "10"), \
         KEY("numeric_greater_than_if_exist", "cos:content-length", "10"))
#define JPEG                                                        \
    PAIR(KEY("string_equal", "cos:content-type", "\"image/jpeg\""), \
         KEY("string_not_equal_if_exist", "cos:content-type", "\"image/jpeg\""))
#define ASKED_JPEG                                                             \
    PAIR(KEY("string_equal", "cos:response-content-type", "\"image%2Fjpeg\""), \
         KEY("string_not_equal_if_exist", "cos:response-content-type", "\"image%2Fjpeg\""))

static void the_worked_examples_of_the_documents_come_out(void **state)
{
    static const struct row rows[] = {
        {"1, none", ALLOW(VERSION_V("string_equal")), GET, {{NULL}}, false},
        {"1, V", ALLOW(VERSION_V("string_equal")), GET, {{"cos:versionid=V"}}, true},
        {"1, W", ALLOW(VERSION_V("string_equal")), GET, {{"cos:versionid=W"}}, false},
        {"2, none", ALLOW(VERSION_V("string_equal_if_exist")), GET, {{NULL}}, true},
        {"2, W", ALLOW(VERSION_V("string_equal_if_exist")), GET, {{"cos:versionid=W"}}, false},
        {"3, none", DENY(VERSION_V("string_equal")), GET, {{NULL}}, true},
        {"3, V", DENY(VERSION_V("string_equal")), GET, {{"cos:versionid=V"}}, false},
        {"3, W", DENY(VERSION_V("string_equal")), GET, {{"cos:versionid=W"}}, true},
        {"4, none", DENY(VERSION_V("string_equal_if_exist")), GET, {{NULL}}, false},
        {"4, W", DENY(VERSION_V("string_equal_if_exist")), GET, {{"cos:versionid=W"}}, true},
        {"4a, none",
         PAIR(VERSION_V("string_equal"), VERSION_V("string_not_equal_if_exist")),
         GET,
         {{NULL}},
         false},
        {"4a, V",
         PAIR(VERSION_V("string_equal"), VERSION_V("string_not_equal_if_exist")),
         GET,
         {{"cos:versionid=V"}},
         true},
        {"5, none", LATEST, GET, {{NULL}}, true},
        {"5, empty", LATEST, GET, {{"cos:versionid="}}, true},
        {"5, X", LATEST, GET, {{"cos:versionid=X"}}, false},
        {"7, 10", SHORT, PUT, {{"cos:content-length=10"}}, true},
        {"7, 11", SHORT, PUT, {{"cos:content-length=11"}}, false},
        {"7, 9 is less than 10", SHORT, PUT, {{"cos:content-length=9"}}, true},
        {"7, no length", SHORT, PUT, {{NULL}}, false},
        {"9, jpeg", JPEG, PUT, {{"cos:content-type=image/jpeg"}}, true},
        {"9, text", JPEG, PUT, {{"cos:content-type=text/plain"}}, false},
        {"9, none", JPEG, PUT, {{NULL}}, false},
        {"10, jpeg", ASKED_JPEG, GET, {{"cos:response-content-type=image/jpeg"}}, true},
        {"10, text", ASKED_JPEG, GET, {{"cos:response-content-type=text/plain"}}, false},
        {"11, raw",
         ALLOW(KEY("string_equal", "cos:response-content-type", "\"image/jpeg\"")),
         GET,
         {{"cos:response-content-type=image/jpeg"}},
         false},
        {"12, https",
         ALLOW(KEY("bool_equal", "cos:secure-transport", "\"true\"")),
         GET,
         {{"cos:secure-transport=true"}},
         true},
        {"12, http",
         ALLOW(KEY("bool_equal", "cos:secure-transport", "\"true\"")),
         GET,
         {{"cos:secure-transport=false"}},
         false},
        {"17, 1.2",
         ALLOW(KEY("numeric_equal", "cos:tls-version", "1.2")),
         GET,
         {{"cos:tls-version=1.2"}},
         true},
        {"17, 1.0",
         ALLOW(KEY("numeric_equal", "cos:tls-version", "1.2")),
         GET,
         {{"cos:tls-version=1.0"}},
         false},
        {"22, an action that carries no such key",
         DENY(KEY("string_equal_if_exist", "cos:x-cos-acl", "\"private\"")),
         GET,
         {{"cos:x-cos-acl=public-read"}},
         false},
        {"23",
         ALLOW(KEY("string_equal", "cos:x-cos-acl", "\"private\"")),
         GET,
         {{"cos:x-cos-acl=private"}},
         false},
        {"26, any image",
         ALLOW(KEY("string_like", "cos:content-type", "\"image/*\"")),
         PUT,
         {{"cos:content-type=image/png"}},
         true},
        {"26, text",
         ALLOW(KEY("string_like", "cos:content-type", "\"image/*\"")),
         PUT,
         {{"cos:content-type=text/plain"}},
         false},
        {"29, xxx/*",
         ALLOW(KEY("string_like", "cos:prefix", "\"xxx/*\"")),
         LIST,
         {{"cos:prefix=xxx/"}},
         false},
        {"29, xxx*",
         ALLOW(KEY("string_like", "cos:prefix", "\"xxx*\"")),
         LIST,
         {{"cos:prefix=xxx/"}},
         true},
    };
    check(rows, COS_ARRAY_LEN(rows));
}

#define TAGS(op) ALLOW(KEY(op, "qcs:request_tag", "[\"a&b\",\"c&d\"]"))
#define MAKE "name/cos:PutBucket"

static void sets_are_compared_as_their_prefix_says(void **state)
{
    static const struct row rows[] = {
        {"19, both",
         TAGS("for_any_value:string_equal"),
         MAKE,
         {{"qcs:request_tag=a&b", "qcs:request_tag=c&d"}},
         true},
        {"19, one more",
         TAGS("for_any_value:string_equal"),
         MAKE,
         {{"qcs:request_tag=e&f", "qcs:request_tag=c&d"}},
         true},
        {"19, another",
         TAGS("for_any_value:string_equal"),
         MAKE,
         {{"qcs:request_tag=e&f"}},
         false},
        {"19, none [U]", TAGS("for_any_value:string_equal"), MAKE, {{NULL}}, false},
        {"20, both",
         TAGS("for_all_value:string_equal"),
         MAKE,
         {{"qcs:request_tag=a&b", "qcs:request_tag=c&d"}},
         true},
        {"20, one", TAGS("for_all_value:string_equal"), MAKE, {{"qcs:request_tag=a&b"}}, true},
        {"20, one more",
         TAGS("for_all_value:string_equal"),
         MAKE,
         {{"qcs:request_tag=a&b", "qcs:request_tag=e&f"}},
         false},
        {"20, none: of none all fit [U]",
         TAGS("for_all_value:string_equal"),
         MAKE,
         {{NULL}},
         true},
        {"not equal to either",
         TAGS("string_not_equal"),
         MAKE,
         {{"qcs:request_tag=e&f"}},
         true},
        {"not equal, and one is",
         TAGS("string_not_equal"),
         MAKE,
         {{"qcs:request_tag=e&f", "qcs:request_tag=a&b"}},
         false},
    };
    check(rows, COS_ARRAY_LEN(rows));
}

#define AT(op, value) ALLOW(KEY(op, "qcs:current_time", "\"" value "\""))
#define FROM(op, value) ALLOW(KEY(op, "qcs:ip", value))
#define LENGTH(op, value) ALLOW(KEY(op, "cos:content-length", value))

static void each_type_has_its_own_comparison(void **state)
{

    static const struct row rows[] = {
        {"a number is no text",
         LENGTH("numeric_equal", "\"10.0\""),
         PUT,
         {{"cos:content-length=10"}},
         true},
        {"nor its zeros",
         LENGTH("numeric_equal", "\"010\""),
         PUT,
         {{"cos:content-length=10"}},
         true},
        {"9 < 10", LENGTH("numeric_greater_than", "9"), PUT, {{"cos:content-length=10"}}, true},
        {"9.5 < 10",
         LENGTH("numeric_greater_than", "9.5"),
         PUT,
         {{"cos:content-length=10"}},
         true},
        {"-11 < 10",
         LENGTH("numeric_greater_than", "-11"),
         PUT,
         {{"cos:content-length=10"}},
         true},
        {"10 > 10",
         LENGTH("numeric_greater_than", "10"),
         PUT,
         {{"cos:content-length=10"}},
         false},
        {"10 != 10",
         LENGTH("numeric_not_equal", "10"),
         PUT,
         {{"cos:content-length=10"}},
         false},
        {"no number [U]",
         LENGTH("numeric_not_equal", "10"),
         PUT,
         {{"cos:content-length=ten"}},
         false},
        {"the instant",
         AT("date_equal", "2030-01-01T00:00:00Z"),
         GET,
         {{"qcs:current_time=2030-01-01T00:00:00.000Z"}},
         true},
        {"in Beijing",
         AT("date_equal", "2030-01-01T08:00:00+08:00"),
         GET,
         {{"qcs:current_time=2030-01-01T00:00:00.000Z"}},
         true},
        {"with a blank",
         AT("date_less_than", "2030-01-01T 00:00:01Z"),
         GET,
         {{"qcs:current_time=2030-01-01T00:00:00.000Z"}},
         true},
        {"not before",
         AT("date_less_than", "2030-01-01T00:00:00Z"),
         GET,
         {{"qcs:current_time=2030-01-01T00:00:00.000Z"}},
         false},
        {"at or before",
         AT("date_less_than_equal", "2030-01-01T00:00:00Z"),
         GET,
         {{"qcs:current_time=2030-01-01T00:00:00.000Z"}},
         true},
        {"a network's host bits",
         FROM("ip_equal", "\"10.217.182.3/24\""),
         GET,
         {{"qcs:ip=10.217.182.200"}},
         true},
        {"a bit beside it",
         FROM("ip_equal", "\"10.217.182.0/25\""),
         GET,
         {{"qcs:ip=10.217.182.200"}},
         false},
        {"everybody", FROM("ip_equal", "\"0.0.0.0/0\""), GET, {{"qcs:ip=8.8.8.8"}}, true},
        {"everybody of IPv4",
         FROM("ip_equal", "\"0.0.0.0/0\""),
         GET,
         {{"qcs:ip=2001:db8::1"}},
         false},
        {"IPv6", FROM("ip_equal", "\"2001:db8::/32\""), GET, {{"qcs:ip=2001:db8:1::1"}}, true},
        {"IPv4 in IPv6",
         FROM("ip_equal", "\"10.0.0.0/8\""),
         GET,
         {{"qcs:ip=::ffff:10.1.1.1"}},
         true},
        {"outside of two",
         FROM("ip_not_equal", "[\"10.0.0.0/8\",\"192.168.0.0/16\"]"),
         GET,
         {{"qcs:ip=192.168.1.1"}},
         false},
        {"no address [U]",
         FROM("ip_not_equal", "\"10.0.0.0/8\""),
         GET,
         {{"qcs:ip=localhost"}},
         false},
        {"bool, as JSON has it",
         ALLOW(KEY("bool_equal", "cos:secure-transport", "true")),
         GET,
         {{"cos:secure-transport=true"}},
         true},
        {"null, absent",
         ALLOW(KEY("null_equal", "cos:versionid", "true")),
         GET,
         {{NULL}},
         true},
        {"null, present",
         ALLOW(KEY("null_equal", "cos:versionid", "true")),
         GET,
         {{"cos:versionid=V"}},
         false},
        {"not null, present",
         ALLOW(KEY("null_equal", "cos:versionid", "false")),
         GET,
         {{"cos:versionid=V"}},
         true},
        {"not null, absent",
         ALLOW(KEY("null_equal", "cos:versionid", "false")),
         GET,
         {{NULL}},
         false},
        {"the caller",
         ALLOW(KEY("string_equal", "qcs:uin", "\"100000000011\"")),
         GET,
         {{NULL}},
         true},
        {"another",
         ALLOW(KEY("string_equal", "qcs:uin", "\"100000000012\"")),
         GET,
         {{NULL}},
         false},
        {"a variable",
         ALLOW(KEY("string_equal", "cos:content-type", "\"x/${uin}/${app_id}\"")),
         PUT,
         {{"cos:content-type=x/100000000011/1250000000"}},
         true},
        {"keys have a case",
         ALLOW(KEY("string_equal_if_exist", "COS:content-type", "\"a\"")),
         PUT,
         {{"COS:content-type=b"}},
         true},
        {"operators have none",
         ALLOW(KEY("String_Equal", "cos:content-type", "\"a\"")),
         PUT,
         {{"cos:content-type=a"}},
         true},
        {"blanks around names",
         ALLOW(KEY(" string_equal ", "cos:content-type ", "\"a\"")),
         PUT,
         {{"cos:content-type=a"}},
         true},
        {"two operators",
         ALLOW(KEY("string_equal", "cos:content-type",
                   "\"a\"") "," KEY("numeric_equal", "cos:content-length", "1")),
         PUT,
         {{"cos:content-type=a", "cos:content-length=2"}},
         false},
    };
    check(rows, COS_ARRAY_LEN(rows));
}

static void what_cannot_be_judged_by_is_refused_by_name(void **state)
{
    static const struct {
        const char *policy, *says;
    } rows[] = {
        {ALLOW(KEY("string_equals", "qcs:ip", "\"1.1.1.1\"")), "the nearest is string_equal"},
        {ALLOW(KEY("StringEquals", "qcs:ip", "\"1.1.1.1\"")),
         "condition operator 'StringEquals'"},
        {ALLOW(KEY("null_equal_if_exist", "cos:versionid", "true")),
         "null_equal has no _if_exist"},
        {ALLOW(KEY("ip_equal", "qcs:ip", "\"10.0.0.0/33\"")), "10.0.0.0/33"},
        {ALLOW(KEY("ip_equal", "qcs:ip", "\"10.0.0\"")), "an address or a network"},
        {ALLOW(KEY("numeric_equal", "cos:content-length", "\"ten\"")), "a decimal number"},
        {ALLOW(KEY("date_equal", "qcs:current_time", "\"tomorrow\"")), "ISO 8601"},
        {ALLOW(KEY("date_equal", "qcs:current_time", "\"2030-01-01T00:00:00+25:00\"")),
         "ISO 8601"},
        {ALLOW(KEY("bool_equal", "cos:secure-transport", "\"yes\"")), "\"true\" or \"false\""},
        {ALLOW(KEY("string_equal", "cos:prefix", "[]")), "cos:prefix"},
        {ALLOW(KEY("string_equal", "cos:prefix", "{}")), "cos:prefix"},
        {ALLOW(KEY("string_equal", "cos:prefix", "[[\"a\"]]")), "cos:prefix"},
        {ALLOW("\"string_equal\":\"x\""), "{operator: {key: value}}"},
        {ALLOW("\"string_equal\":{}"), "{operator: {key: value}}"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cam_policy *p = NULL;
        struct cos_text_error err = {0};
        int r = cam_policy_parse(&p, cos_span_of(rows[i].policy), CAM_SESSION, "t", &err);
        if (r == 0 || strstr(err.message, rows[i].says) == NULL || err.line != 1) {
            fail_msg("%s: got %d '%s' in line %u", rows[i].policy, r, err.message, err.line);
        }
    }
}

static void what_never_fits_is_warned_of(void **state)
{
    static const struct {
        const char *policy, *says; /* NULL: nothing */
    } rows[] = {
        {ALLOW(KEY("string_like", "cos:prefix", "\"xxx/*\"")), "write %2F"},
        {ALLOW(KEY("string_equal", "cos:prefx", "\"a\"")), "the nearest is cos:prefix"},
        {ALLOW(KEY("string_equal", "vpc:requester_vpc", "\"vpc-a\"")),
         "no request to this mock"},
        {ALLOW(KEY("ip_equal", "cos:host", "\"10.0.0.1\"")), "cos:host is none"},
        {ALLOW(KEY("string_equal", "cos:content-type", "\"a/b\"")), NULL},
        {ALLOW(KEY("string_equal", "cos:prefix", "\"xxx%2F\"")), NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cam_policy *p = policy_of(rows[i].policy);
        const struct cam_warning *w = cam_policy_warnings(p);
        bool is_right =
            rows[i].says == NULL
                ? w == NULL
                : w != NULL && cos_span_find(w->text, cos_span_of(rows[i].says)) != SIZE_MAX;
        cam_policy_unref(p);
        if (!is_right) {
            fail_msg("%s", rows[i].policy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_examples_of_the_documents_come_out),
        cmocka_unit_test(sets_are_compared_as_their_prefix_says),
        cmocka_unit_test(each_type_has_its_own_comparison),
        cmocka_unit_test(what_cannot_be_judged_by_is_refused_by_name),
        cmocka_unit_test(what_never_fits_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
