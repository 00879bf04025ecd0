/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evaluation against fixtures/policies/policy-cases.json, whose outcomes come from the
 * documents, and what a policy reader must refuse. Conditions: test-cam_condition.c.
 */
#include "cam/acl.h"

#include "cosbase/file.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *fixtures;

/** The policy node as JSON text: some cases hold a text that is no JSON on purpose. */
static int parse_node(struct cam_policy **out, const struct cos_json *n,
                      enum cam_policy_use use, struct cos_text_error *err)
{
    struct cos_buf b;
    cos_buf_init(&b, 1u << 20);
    if (cos_json_is_str(n)) {
        cos_buf_str(&b, cos_json_str(n));
    } else {
        cos_json_print(&b, n);
    }
    int r = cam_policy_parse(out, cos_buf_view(&b), use, "tested", err);
    cos_buf_deinit(&b);
    return r;
}

struct parsed {
    struct cam_policy *identity[8], *session, *bucket;
    size_t n_identity;
};

static void parsed_deinit(struct parsed *p)
{
    for (size_t i = 0; i < p->n_identity; i++) {
        cam_policy_unref(p->identity[i]);
    }
    cam_policy_unref(p->session);
    cam_policy_unref(p->bucket);
}

static int parse_all(struct parsed *p, const struct cos_json *policies,
                     struct cos_text_error *err)
{
    int r = 0;
    for (const struct cos_json *n = cos_json_first(cos_json_get(policies, "identity"));
         n != NULL && r == 0; n = cos_json_next(n)) {
        r = parse_node(&p->identity[p->n_identity], n, CAM_IDENTITY, err);
        p->n_identity += r == 0 ? 1 : 0;
    }
    const struct cos_json *session = cos_json_get(policies, "session");
    const struct cos_json *bucket = cos_json_get(policies, "bucket");
    if (r == 0 && session != NULL) {
        r = parse_node(&p->session, session, CAM_SESSION, err);
    }
    if (r == 0 && bucket != NULL) {
        r = parse_node(&p->bucket, bucket, CAM_BUCKET, err);
    }
    return r;
}

/* The lists of a case, as text; "" where it has none. */
struct lists {
    char object[200], bucket[200];
};

static void list_text(char out[200], const struct cos_json *grants)
{
    size_t n = grants == NULL ? 0 : (size_t)snprintf(out, 200, "-");
    for (const struct cos_json *g = cos_json_first(grants); g != NULL; g = cos_json_next(g)) {
        n += (size_t)snprintf(out + n, 200 - n, " %s:%s", json_text(g, "permission"),
                              json_text(g, "grantee"));
    }
    out[n] = '\0';
}

static bool find_list(void *ctx, const struct acl_need *need, struct acl_list *out)
{
    const struct lists *l = ctx;
    bool is_own = need->place == ACL_OF_OBJECT && l->object[0] != '\0';
    out->layer = is_own ? CAM_LAYER_OBJECT_ACL : CAM_LAYER_BUCKET_ACL;
    out->of = COS_SPAN_LIT("tested");
    out->owners = (struct acl_owners){.resource_uin = COS_SPAN_LIT("100000000001"),
                                      .bucket_uin = COS_SPAN_LIT("100000000001")};
    return acl_read(cos_span_of(is_own ? l->object : l->bucket),
                    is_own ? ACL_OF_OBJECT : ACL_OF_BUCKET, &out->acl);
}

/* What the request of a case says, @ctx: decoded, as the request carries it. */
static void find_context(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    static struct cos_span values[8];
    const struct cos_json *said = cos_json_get(ctx, key->name);
    bool is_list = cos_json_kind(said) == COS_JSON_ARRAY;
    size_t n = 0;
    for (const struct cos_json *v = is_list ? cos_json_first(said) : said;
         v != NULL && n < COS_ARRAY_LEN(values); v = is_list ? cos_json_next(v) : NULL) {
        const char *word = cos_json_bool(v, /* fallback= */ false) ? "true" : "false";
        values[n++] = cos_span_of(cos_json_is_str(v) ? cos_json_str(v) : word);
    }
    if (is_list) {
        *out = (struct cam_values){.several = values, .n = n};
    } else if (n == 1) {
        *out = (struct cam_values){.one = values[0], .n = 1};
    }
}

static void judge(const struct cos_json *c, const struct parsed *p, struct cos_arena *arena,
                  struct cam_verdict *v)
{
    const struct cos_json *acl = cos_json_get(cos_json_get(c, "policies"), "acl");
    struct lists lists;
    list_text(lists.object, cos_json_get(acl, "object"));
    list_text(lists.bucket, cos_json_get(acl, "bucket"));
    const struct cos_json *principal = cos_json_get(c, "principal");
    const struct cos_json *owner = cos_json_get(c, "owner");
    const struct cos_json *request = cos_json_get(c, "request");
    struct cam_principal who = {
        .uin = json_text(principal, "uin"),
        .owner_uin = json_text(principal, "owner_uin"),
        .appid = json_text(principal, "appid"),
        .policies = p->identity,
        .n_policies = p->n_identity,
        .session = p->session,
    };
    if (strcmp(json_text(principal, "type"), "anonymous") != 0) {
        bool is_root = strcmp(who.uin, who.owner_uin) == 0;
        who.kind = p->session != NULL ? CAM_FEDERATED : is_root ? CAM_ROOT : CAM_USER;
    }
    struct cam_question q = {
        .who = &who,
        .action = cos_span_of(json_text(request, "action")),
        .resource = cos_span_of(json_text(request, "resource")),
        .owner_uin = json_text(owner, "uin"),
        .owner_appid = json_text(owner, "appid"),
        .bucket = p->bucket,
        .context = {.find = find_context,
                    .ctx = (void *)(uintptr_t)cos_json_get(request, "context")},
        .find_list = find_list,
        .lists = &lists,
    };
    cam_eval(arena, v, &q);
}

static bool check_case(const struct cos_json *c)
{
    struct cos_arena arena;
    cos_arena_init(&arena, 1u << 20);
    struct parsed p = {0};
    struct cos_text_error err = {0};
    int r = parse_all(&p, cos_json_get(c, "policies"), &err);
    const char *want = json_text(c, "expect");
    bool good;
    struct cam_verdict v = {0};
    if (strcmp(want, "invalid_policy") == 0) {
        good = r < 0 && err.message[0] != '\0';
    } else {
        good = r == 0;
        if (good) {
            judge(c, &p, &arena, &v);
            good = v.allowed == (strcmp(want, "allow") == 0) &&
                   strcmp(cam_reason_word(v.reason), json_text(c, "reason")) == 0 &&
                   v.why.len > 0;
        }
    }
    if (!good) {
        print_error("%s %s: want %s %s, got %s %s %s\n", json_text(c, "id"),
                    json_text(c, "title"), want, json_text(c, "reason"),
                    v.allowed ? "allow" : "deny", cam_reason_word(v.reason), err.message);
    }
    parsed_deinit(&p);
    cos_arena_deinit(&arena);
    return good;
}

static struct cos_json *load_cases(struct cos_buf *file)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/policies/policy-cases.json", fixtures);
    cos_buf_init(file, 8u << 20);
    assert_int_equal(cos_file_read(file, path), 0);
    struct cos_json *doc = NULL;
    struct cos_text_error err;
    assert_int_equal(cos_json_parse(&doc, cos_buf_view(file), NULL, &err), 0);
    return doc;
}

static void every_case_of_the_documents_is_judged_as_they_say(void **state)
{
    struct cos_buf file;
    struct cos_json *doc = load_cases(&file);
    unsigned checked = 0;
    unsigned wrong = 0;
    for (const struct cos_json *c = cos_json_first(cos_json_get(doc, "cases")); c != NULL;
         c = cos_json_next(c)) {
        checked++;
        wrong += check_case(c) ? 0 : 1;
    }
    cos_json_free(doc);
    cos_buf_deinit(&file);
    assert_int_equal(wrong, 0);
    assert_int_equal(checked, 106);
}

#define STATEMENT(body) "{\"version\":\"2.0\",\"statement\":[{" body "}]}"
#define FULL "\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\""

static void bad_policies_are_refused_with_a_reason(void **state)
{
    static const struct {
        const char *name, *json, *says;
    } rows[] = {
        {"empty object", "{}", "version"},
        {"empty text", "", ""},
        {"list", "[]", "object"},
        {"no statement", "{\"version\":\"2.0\"}", "statement"},
        {"empty statement list", "{\"version\":\"2.0\",\"statement\":[]}", "statement"},
        {"unknown element of a policy", "{\"version\":\"2.0\",\"Id\":1,\"statement\":[]}",
         "Id"},
        {"notAction", STATEMENT("\"effect\":\"allow\",\"notAction\":\"*\",\"resource\":\"*\""),
         "notAction"},
        {"duplicate effect",
         STATEMENT(
             "\"effect\":\"allow\",\"Effect\":\"deny\",\"action\":\"*\",\"resource\":\"*\""),
         "twice"},
        {"duplicate name",
         STATEMENT(
             "\"effect\":\"allow\",\"effect\":\"deny\",\"action\":\"*\",\"resource\":\"*\""),
         ""},
        {"effect perhaps",
         STATEMENT("\"effect\":\"perhaps\",\"action\":\"*\",\"resource\":\"*\""), "effect"},
        {"action without service",
         STATEMENT("\"effect\":\"allow\",\"action\":\"GetObject\",\"resource\":\"*\""),
         "GetObject"},
        {"action number", STATEMENT("\"effect\":\"allow\",\"action\":1,\"resource\":\"*\""),
         "action"},
        {"empty action list",
         STATEMENT("\"effect\":\"allow\",\"action\":[],\"resource\":\"*\""), "action"},
        {"short resource",
         STATEMENT("\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"qcs::cos:x\""),
         "resource"},
        {"comment", "{\"version\":\"2.0\", // x\n\"statement\":[]}", ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cam_policy *p = NULL;
        struct cos_text_error err = {0};
        int r = cam_policy_parse(&p, cos_span_of(rows[i].json), CAM_IDENTITY, "tested", &err);
        if (r == 0 || strstr(err.message, rows[i].says) == NULL || err.message[0] == '\0') {
            fail_msg("%s: got %d '%s'", rows[i].name, r, err.message);
        }
    }
}

static void a_bucket_policy_needs_a_principal(void **state)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    assert_int_equal(cam_policy_parse(&p, COS_SPAN_LIT(STATEMENT(FULL)), CAM_BUCKET, "tested",
                                      &err),
                     -1);
    assert_non_null(strstr(err.message, "principal"));
    assert_int_equal(cam_policy_parse(&p, COS_SPAN_LIT(STATEMENT(FULL ",\"principal\":\"*\"")),
                                      CAM_BUCKET, "tested", &err),
                     0);
    cam_policy_unref(p);
}

static void globs_are_right_and_never_exponential(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool want;
    } rows[] = {
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
        {"a*", "a", true},
        {"a*b", "ab", true},
        {"a*b", "a/x/b", true},
        {"a*b", "abx", false},
        {"*a*", "bab", true},
        {"a?c", "abc", false},
        {"bucket/*", "bucket2/x", false},
        {"**", "x", true},
        {"a*a*a*a*a*a*a*a*b",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (cam_glob(cos_span_of(rows[i].pattern), cos_span_of(rows[i].text)) != rows[i].want) {
            fail_msg("'%s' on '%s'", rows[i].pattern, rows[i].text);
        }
    }
}

static void another_account_is_seen_at_issue_time(void **state)
{
    static const struct {
        const char *resource;
        bool want;
    } rows[] = {
        {"*", false},
        {"qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/*", false},
        {"qcs::cos:ap-guangzhou:uid/*:b-1250000000/*", false},
        {"qcs::cos:ap-guangzhou:uid/1250000001:b-1250000001/*", true},
        {"qcs::cos::uin/100000000001:b/*", false},
        {"qcs::cos::uin/100000000002:b/*", true},
        {"qcs::cos:ap-guangzhou::b/*", false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char json[400];
        (void)snprintf(json, sizeof(json),
                       "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                       "\"*\",\"resource\":\"%s\"}]}",
                       rows[i].resource);
        struct cam_policy *p = NULL;
        struct cos_text_error err;
        assert_int_equal(cam_policy_parse(&p, cos_span_of(json), CAM_SESSION, "tested", &err),
                         0);
        if (cam_policy_names_other_account(p, "1250000000", "100000000001") != rows[i].want) {
            fail_msg("%s", rows[i].resource);
        }
        cam_policy_unref(p);
    }
}

static void a_denial_says_who_what_and_what_would_help(void **state)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    assert_int_equal(
        cam_policy_parse(
            &p,
            COS_SPAN_LIT("{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                         "[\"name/cos:*\"],"
                         "\"resource\":[\"qcs::cos:ap-guangzhou:uid/*:b-1250000000/w/*\"]}]}"),
            CAM_SESSION, "tested", &err),
        0);
    struct cam_principal who = {.kind = CAM_FEDERATED,
                                .uin = "100000000001",
                                .owner_uin = "100000000001",
                                .appid = "1250000000",
                                .session = p};
    struct cam_question q = {.who = &who,
                             .action = COS_SPAN_LIT("name/cos:PutObject"),
                             .resource = COS_SPAN_LIT(
                                 "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/w/x"),
                             .owner_uin = "100000000001",
                             .owner_appid = "1250000000"};
    struct cos_arena arena;
    cos_arena_init(&arena, 1u << 20);
    struct cam_verdict v;
    cam_eval(&arena, &v, &q);
    assert_false(v.allowed);
    assert_string_equal(cam_reason_word(v.reason), "implicit_deny:session");
    const char *why = cos_arena_str(&arena, v.why);
    assert_non_null(strstr(why, "uin 100000000001"));
    assert_non_null(strstr(why, "name/cos:PutObject"));
    assert_non_null(strstr(why, "uid/* matches no account"));
    struct cos_buf b;
    cos_buf_init(&b, 1u << 16);
    cam_explain(&b, &q, NULL);
    struct cos_json *doc = parse_json(cos_buf_view(&b));
    const struct cos_json *first = cos_json_first(cos_json_get(doc, "session"));
    assert_string_equal(cos_json_str(cos_json_get(first, "first_failing")), "resource");
    cos_json_free(doc);
    cos_buf_deinit(&b);
    cos_arena_deinit(&arena);
    cam_policy_unref(p);
}

/* More than the documents have is taken, and said to be so (sts-cam.md s.3.1). */
static void what_is_taken_beyond_the_documents_is_warned_of(void **state)
{
    static const struct {
        enum cam_policy_use use;
        const char *json, *says; /* NULL: nothing */
    } rows[] = {
        {CAM_IDENTITY, STATEMENT(FULL ",\"principal\":{\"qcs\":[\"*\"]}"),
         "principal is ignored"},
        {CAM_SESSION, STATEMENT(FULL ",\"principal\":{\"qcs\":[\"*\"]}"),
         "principal is ignored"},
        {CAM_BUCKET, STATEMENT(FULL ",\"principal\":\"qcs::cam::uin/1:uin/1\""),
         "stands in {\"qcs\""},
        {CAM_BUCKET, STATEMENT(FULL ",\"principal\":\"*\""), NULL},
        {CAM_IDENTITY,
         STATEMENT("\"effect\":\"allow\",\"action\":\"cos:GetObject\",\"resource\":\"qcs::cos:"
                   "ap-beijing:uid/1250000000:prefix//1250000000/b/*\""),
         "'b-1250000000/*' is"},
        {CAM_IDENTITY,
         STATEMENT("\"effect\":\"allow\",\"action\":\"cos:GetObject\",\"resource\":\"qcs::cos:"
                   "ap-beijing:uid/1250000000:b-1250000000.cos.ap-beijing.myqcloud.com/*\""),
         "'b-1250000000/*' is"},
        {CAM_IDENTITY,
         STATEMENT("\"effect\":\"allow\",\"action\":\"cos:GetObject\",\"resource\":\"qcs::cos:"
                   "ap-beijing:uid/1250000000:b-1250000000/*\""),
         NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cam_policy *p = NULL;
        struct cos_text_error err = {0};
        assert_int_equal(cam_policy_parse(&p, cos_span_of(rows[i].json), rows[i].use, "tested",
                                          &err),
                         0);
        const struct cam_warning *w = cam_policy_warnings(p);
        bool is_right =
            rows[i].says == NULL
                ? w == NULL
                : w != NULL && cos_span_find(w->text, cos_span_of(rows[i].says)) != SIZE_MAX;
        cam_policy_unref(p);
        if (!is_right) {
            fail_msg("%s", rows[i].json);
        }
    }
}

/* What an older version has kept is read; what is put anew may be refused, with its place. */
static void what_is_taken_is_refused_where_a_rule_says_so(void **state)
{
    static const char inside[] = "{\"version\":\"2.0\",\n \"statement\":[\n";
    static const struct {
        enum cam_liberty liberty;
        enum cam_policy_use use;
        enum cam_element at;
        const char *statement, *says; /* NULL: it is never refused */
    } rows[] = {
        {CAM_LIBERTY_PRINCIPAL, CAM_IDENTITY, CAM_ELEMENT_PRINCIPAL,
         FULL ",\"principal\":{\"qcs\":[\"*\"]}", "its principal is ignored"},
        {CAM_LIBERTY_PRINCIPAL, CAM_BOUNDARY, CAM_ELEMENT_PRINCIPAL,
         FULL ",\"principal\":\"*\"", "its principal is ignored"},
        {CAM_LIBERTY_PRINCIPAL, CAM_SESSION, CAM_ELEMENT_PRINCIPAL,
         FULL ",\"principal\":{\"qcs\":[\"*\"]}", NULL},
        {CAM_LIBERTY_BARE_PRINCIPAL, CAM_BUCKET, CAM_ELEMENT_PRINCIPAL,
         FULL ",\"principal\":\"qcs::cam::uin/1:uin/1\"", "stands in {\"qcs\""},
        {CAM_LIBERTY_BARE_PRINCIPAL, CAM_TRUST, CAM_ELEMENT_PRINCIPAL,
         FULL ",\"principal\":[\"qcs::cam::uin/1:uin/1\"]", "stands in {\"qcs\""},
        {CAM_LIBERTY_BARE_PRINCIPAL, CAM_BUCKET, CAM_ELEMENT_PRINCIPAL,
         FULL ",\"principal\":\"*\"", NULL},
        {CAM_LIBERTY_BLANKS, CAM_IDENTITY, CAM_ELEMENT_ACTION,
         "\"effect\":\"allow\",\"action\":[\"*\",\" cos:GetObject\"],\"resource\":\"*\"",
         "blanks stand around action 'cos:GetObject'"},
        {CAM_LIBERTY_BLANKS, CAM_IDENTITY, CAM_ELEMENT_RESOURCE,
         "\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"* \"",
         "blanks stand around resource '*'"},
        {CAM_LIBERTY_BLANKS, CAM_BUCKET, CAM_ELEMENT_PRINCIPAL,
         FULL ",\"principal\":{\"qcs\":[\"qcs::cam::uin/1:uin/1 \"]}",
         "blanks stand around principal 'qcs::cam::uin/1:uin/1'"},
        {CAM_LIBERTY_PATH, CAM_SESSION, CAM_ELEMENT_RESOURCE,
         "\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"qcs::cos:r:uid/1:prefix//*/b/"
         "x\"",
         "'prefix//*/b/x' is no spelling of the documents; 'b-*/x' is"},
        {CAM_LIBERTY_PATH, CAM_IDENTITY, CAM_ELEMENT_RESOURCE,
         "\"effect\":\"allow\",\"action\":\"*\",\"resource\":"
         "\"qcs::cos:r:uid/1:b-1.cos-website.r.myqcloud.com/*\"",
         "is no spelling of the documents; 'b-1/*' is"},
        {CAM_LIBERTY_PATH, CAM_IDENTITY, CAM_ELEMENT_RESOURCE,
         "\"effect\":\"allow\",\"action\":\"*\",\"resource\":"
         "\"qcs::cos:r:uid/1:b-1.r.myqcloud.com/*\"",
         NULL},
        {CAM_LIBERTY_PATH, CAM_SESSION, CAM_ELEMENT_RESOURCE,
         "\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"qcs::cos:r:uid/1:prefix//1/b/"
         "x\"",
         NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char json[600];
        (void)snprintf(json, sizeof(json), "%s{" FULL ",\"principal\":\"*\"},\n  {%s}]}",
                       inside, rows[i].statement);
        if (rows[i].use != CAM_BUCKET && rows[i].use != CAM_TRUST) {
            (void)snprintf(json, sizeof(json), "%s{" FULL "},\n  {%s}]}", inside,
                           rows[i].statement);
        }
        struct cam_policy *p = NULL;
        struct cos_text_error err = {0};
        enum cam_element at = CAM_ELEMENT_DOCUMENT;
        struct cam_rules rules = {0};
        assert_int_equal(cam_policy_parse(&p, cos_span_of(json), rows[i].use, "tested", &err),
                         0);
        assert_int_equal(cam_policy_admit(p, &rules, &err, &at), 0);
        rules.refuses[rows[i].liberty] = true;
        int r = cam_policy_admit(p, &rules, &err, &at);
        static const char *const names[CAM_ELEMENTS] = {[CAM_ELEMENT_ACTION] = "\"action\"",
                                                        [CAM_ELEMENT_RESOURCE] = "\"resource\"",
                                                        [CAM_ELEMENT_PRINCIPAL] =
                                                            "\"principal\""};
        const char *line = strrchr(json, '\n') + 1; /* the fourth */
        unsigned column = (unsigned)(strstr(line, names[rows[i].at]) - line) + 1;
        bool is_refused = rows[i].says != NULL;
        if (r != (is_refused ? -1 : 0) ||
            (is_refused && (strstr(err.message, rows[i].says) == NULL || at != rows[i].at ||
                            err.line != 4 || err.column != column))) {
            fail_msg("%s: %d %u:%u %d '%s'", rows[i].statement, r, err.line, err.column,
                     (int)at, err.message);
        }
        cam_policy_unref(p);
    }
}

/* cam-conditions.md s.4; a service is no caller of this mock, so its grants reach nobody. */
static void documented_principals_are_taken(void **state)
{
    static const struct {
        const char *principal, *says; /* NULL: taken */
    } rows[] = {
        {"{\"qcs\":[\"qcs::cam::anyone:anyone\"]}", NULL},
        {"{\"qcs\":[\"qcs::cam::anonymous:anonymous\"]}", NULL},
        {"{\"qcs\":[\"qcs::cam::uin/1:root\",\"qcs::cam::uin/1:uin/2\"]}", NULL},
        {"{\"qcs\":\"qcs::cam::uin/1:roleName/r\"}", NULL},
        {"{\"qcs\":[\"qcs::cam::uin/1:service/cdn\"]}", NULL},
        {"{\"service\":[\"cls.cloud.tencent.com\"]}", NULL},
        {"{\"qcs\":[\"qcs::cam::uin/1:uin/2\"],\"service\":\"cos.qcloud.com\"}", NULL},
        {"{\"qcs\":[\"qcs::cam::uin/1:service/\"]}", "principal 'qcs::cam::uin/1:service/'"},
        {"{\"service\":[\"\"]}", "must not be empty"},
        {"{\"federated\":[\"x\"]}", "'principal' has 'federated'; known are qcs, service"},
        {"{}", "'principal' must be \"*\" or {\"qcs\": [...]}"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char json[400];
        (void)snprintf(json, sizeof(json), STATEMENT(FULL ",\"principal\":%s"),
                       rows[i].principal);
        struct cam_policy *p = NULL;
        struct cos_text_error err = {0};
        int r = cam_policy_parse(&p, cos_span_of(json), CAM_BUCKET, "tested", &err);
        if (rows[i].says == NULL ? r < 0
                                 : r == 0 || strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: %d '%s'", rows[i].principal, r, err.message);
        }
        cam_policy_unref(p);
    }
}

int main(int argc, char **argv)
{
    fixtures = argc > 1 ? argv[1] : "fixtures";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_the_documents_is_judged_as_they_say),
        cmocka_unit_test(bad_policies_are_refused_with_a_reason),
        cmocka_unit_test(a_bucket_policy_needs_a_principal),
        cmocka_unit_test(globs_are_right_and_never_exponential),
        cmocka_unit_test(another_account_is_seen_at_issue_time),
        cmocka_unit_test(what_is_taken_beyond_the_documents_is_warned_of),
        cmocka_unit_test(what_is_taken_is_refused_where_a_rule_says_so),
        cmocka_unit_test(documented_principals_are_taken),
        cmocka_unit_test(a_denial_says_who_what_and_what_would_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
