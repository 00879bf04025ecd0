/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linter's rules against fixtures/policies/lint-cases.json: each fires on its bad case, at
 * the word that is wrong, and nothing else does; its good case is clean. And what a clean
 * policy promises: each of its statements decides about some request.
 */
#include "advice/lint.h"

#include "cosbase/file.h"
#include "cosbase/rng.h"
#include "cosmock/cosmock.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *fixtures;
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

/* --- the cases --- */

static enum cam_policy_use use_of(const char *word)
{
    return strcmp(word, "bucket") == 0    ? CAM_BUCKET
           : strcmp(word, "session") == 0 ? CAM_SESSION
                                          : CAM_IDENTITY;
}

static struct cos_json *load(struct cos_buf *file)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/policies/lint-cases.json", fixtures);
    cos_buf_init(file, 8u << 20);
    assert_int_equal(cos_file_read(file, path), 0);
    return parse_json(cos_buf_view(file));
}

/* As one line; a text that is no JSON as it is. */
static void print_policy(struct cos_buf *out, const struct cos_json *n)
{
    cos_buf_init(out, 1u << 20);
    if (cos_json_is_str(n)) {
        cos_buf_str(out, cos_json_str(n));
    } else {
        cos_json_print(out, n);
    }
}

static bool is_named(const struct cos_json *list, const char *name)
{
    for (const struct cos_json *n = cos_json_first(list); n != NULL; n = cos_json_next(n)) {
        if (strcmp(cos_json_str(n), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool points_at(const struct lint_finding *f, struct cos_span text, const char *word)
{
    return f->at.line == 1 && f->at.column >= 1 &&
           cos_span_starts(cos_span_from(text, f->at.column - 1), cos_span_of(word));
}

static void expect_bad(const struct cos_json *c)
{
    struct cos_buf text;
    struct lint lint;
    bool is_there = false;
    const char *rule = json_text(c, "rule");
    print_policy(&text, cos_json_get(c, "bad"));
    assert_true(lint_policy(&lint, cos_buf_view(&text), use_of(json_text(c, "as")), tenant));
    for (size_t i = 0; i < lint.n; i++) {
        const struct lint_finding *f = &lint.findings[i];
        bool is_it = strcmp(lint_rows[f->rule].name, rule) == 0;
        is_there =
            is_there || (is_it && points_at(f, cos_buf_view(&text), json_text(c, "points_at")));
        if (!is_it && !is_named(cos_json_get(c, "also"), lint_rows[f->rule].name)) {
            fail_msg("%s: also %s: " COS_SPAN_FMT ": %s", rule, lint_rows[f->rule].name,
                     COS_SPAN_ARG(f->message), cos_buf_cstr(&text));
        }
    }
    if (!is_there) {
        fail_msg("%s is not said at %s of %s (%zu findings, the first at %u)", rule,
                 json_text(c, "points_at"), cos_buf_cstr(&text), lint.n,
                 lint.n == 0 ? 0 : lint.findings[0].at.column);
    }
    lint_deinit(&lint);
    cos_buf_deinit(&text);
}

static void expect_good(const struct cos_json *c)
{
    struct cos_buf text;
    struct lint lint;
    print_policy(&text, cos_json_get(c, "good"));
    assert_true(lint_policy(&lint, cos_buf_view(&text), use_of(json_text(c, "as")), tenant));
    if (lint.n > 0) {
        fail_msg("the good case of %s: %s: " COS_SPAN_FMT ": %s", json_text(c, "rule"),
                 lint_rows[lint.findings[0].rule].name, COS_SPAN_ARG(lint.findings[0].message),
                 cos_buf_cstr(&text));
    }
    lint_deinit(&lint);
    cos_buf_deinit(&text);
}

static void each_rule_speaks_of_its_bad_case_alone(void **state)
{
    (void)state;
    struct cos_buf file;
    COS_CLEANUP(cos_json_free) struct cos_json *doc = load(&file);
    for (const struct cos_json *c = cos_json_first(cos_json_get(doc, "cases")); c != NULL;
         c = cos_json_next(c)) {
        expect_bad(c);
    }
    cos_buf_deinit(&file);
}

static void the_good_cases_are_clean(void **state)
{
    (void)state;
    struct cos_buf file;
    COS_CLEANUP(cos_json_free) struct cos_json *doc = load(&file);
    for (const struct cos_json *c = cos_json_first(cos_json_get(doc, "cases")); c != NULL;
         c = cos_json_next(c)) {
        expect_good(c);
    }
    cos_buf_deinit(&file);
}

static void each_rule_has_a_case(void **state)
{
    (void)state;
    struct cos_buf file;
    COS_CLEANUP(cos_json_free) struct cos_json *doc = load(&file);
    for (size_t i = 0; i < LINT_RULES_N; i++) {
        bool has_case = false;
        for (const struct cos_json *c = cos_json_first(cos_json_get(doc, "cases"));
             c != NULL && !has_case; c = cos_json_next(c)) {
            has_case = strcmp(json_text(c, "rule"), lint_rows[i].name) == 0;
        }
        if (!has_case) {
            fail_msg("rule %s has no case", lint_rows[i].name);
        }
    }
    cos_buf_deinit(&file);
}

/* --- what the reader refuses --- */

static void what_cannot_be_read_is_an_error(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{",
        "{\"version\":\"2.0\"}",
        "{\"version\":\"2.0\",\"statement\":[]}",
        "{\"version\":\"2.0\",\"statement\":[1]}",
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":1,\"action\":\"*\",\"resource\":\"*\"}"
        "]}",
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[],"
        "\"resource\":\"*\"}]}",
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[1],"
        "\"resource\":\"*\"}]}",
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
        "\"resource\":{}}]}",
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
        "\"resource\":\"*\",\"condition\":{\"string_equal\":\"x\"}}]}",
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
        "\"resource\":\"*\",\"condition\":{\"string_equal\":{\"cos:prefix\":[]}}}]}",
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"Effect\":\"allow\","
        "\"action\":\"*\",\"resource\":\"*\"}]}",
    };
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        struct lint lint;
        bool has_error = false;
        assert_true(lint_policy(&lint, cos_span_of(texts[i]), CAM_IDENTITY, tenant));
        for (size_t k = 0; k < lint.n; k++) {
            has_error = has_error || lint_rows[lint.findings[k].rule].severity == LINT_ERROR;
        }
        if (!has_error) {
            fail_msg("no error is said of %s", texts[i]);
        }
        lint_deinit(&lint);
    }
}

static void a_finding_stands_at_its_line_and_column(void **state)
{
    static const char text[] =
        "{\n"
        "  \"version\": \"2.0\",\n"
        "  \"statement\": [\n"
        "    {\"effect\": \"allow\", \"action\": \"*\", \"resource\": \"*\",\n"
        "     \"sid\": \"\xe8\xaf\xbb\", \"condition\": {\"string_like\": {\n"
        "       \"cos:x-cos-acl\": \"a\",\n"
        "       \"cos:prefix\": [\"ok\",\n"
        "        \"\xc3\xbc\", \"a/b\"]}}}\n"
        "  ]\n"
        "}\n";
    static const struct {
        enum lint_rule rule;
        unsigned line, column, column_chars;
    } expected[] = {
        {LINT_VALUE_UNENCODED, 8, 9, 9},
        {LINT_VALUE_UNENCODED, 8, 15, 14},
    };
    struct lint lint;
    (void)state;
    assert_true(lint_policy(&lint, cos_span_of(text), CAM_IDENTITY, tenant));
    assert_int_equal(lint.n, COS_ARRAY_LEN(expected));
    for (size_t i = 0; i < lint.n; i++) {
        assert_int_equal(lint.findings[i].rule, expected[i].rule);
        assert_int_equal(lint.findings[i].at.line, expected[i].line);
        assert_int_equal(lint.findings[i].at.column, expected[i].column);
        assert_int_equal(lint.findings[i].at.column_chars, expected[i].column_chars);
    }
    lint_deinit(&lint);
}

/* --- what a clean policy promises --- */

#define AT "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/"
/* A small world: every request that can be made of these. */
static const struct {
    const char *action;
    bool has_key;
} world_actions[] = {
    {"name/cos:GetObject", true},    {"name/cos:PutObject", true},
    {"name/cos:DeleteObject", true}, {"name/cos:AppendObject", true},
    {"name/cos:HeadBucket", false},  {"name/cos:GetBucketACL", false},
};
static const char *const world_keys[] = {"a/x", "a/y", "b/x", "c"};
static const char *const world_acls[] = {NULL, "private", "public-read", "other"};
static const char *const world_ips[] = {"10.0.0.1", "10.1.0.1", "192.0.2.1"};

struct request {
    const char *acl, *ip;
};

static void find_said(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    const struct request *r = ctx;
    const char *said = key->id == CAM_KEY_IP ? r->ip : key->id == CAM_KEY_ACL ? r->acl : NULL;
    if (said != NULL) {
        *out = (struct cam_values){.one = cos_span_of(said), .n = 1};
    }
}

static bool is_allowed(struct cam_policy *p, const char *action, const char *resource,
                       struct request *said)
{
    struct cam_policy *const policies[1] = {p};
    const struct cam_principal who = {.kind = CAM_USER,
                                      .uin = "100000000011",
                                      .owner_uin = "100000000001",
                                      .appid = "1250000000",
                                      .policies = policies,
                                      .n_policies = 1};
    const struct cam_question q = {.who = &who,
                                   .action = cos_span_of(action),
                                   .resource = cos_span_of(resource),
                                   .owner_uin = "100000000001",
                                   .owner_appid = "1250000000",
                                   .context = {.find = find_said, .ctx = said}};
    struct cos_arena arena;
    struct cam_verdict v;
    cos_arena_init(&arena, 1u << 20);
    cam_eval(&arena, &v, &q);
    cos_arena_deinit(&arena);
    return v.allowed;
}

static struct cam_policy *parsed(const struct cos_buf *text)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    assert_int_equal(cam_policy_parse(&p, cos_buf_view(text), CAM_IDENTITY, "tested", &err), 0);
    return p;
}

/* Does some request get another answer without the statement? */
static bool differs_somewhere(struct cam_policy *with, struct cam_policy *without)
{
    for (size_t a = 0; a < COS_ARRAY_LEN(world_actions); a++) {
        size_t n_keys = world_actions[a].has_key ? COS_ARRAY_LEN(world_keys) : 1;
        for (size_t i = 0; i < n_keys * COS_ARRAY_LEN(world_acls) * COS_ARRAY_LEN(world_ips);
             i++) {
            char resource[128];
            struct request r = {
                .acl = world_acls[i / n_keys % COS_ARRAY_LEN(world_acls)],
                .ip = world_ips[i / n_keys / COS_ARRAY_LEN(world_acls)],
            };
            (void)snprintf(resource, sizeof(resource), AT "%s",
                           world_actions[a].has_key ? world_keys[i % n_keys] : "");
            if (is_allowed(with, world_actions[a].action, resource, &r) !=
                (without != NULL &&
                 is_allowed(without, world_actions[a].action, resource, &r))) {
                return true;
            }
        }
    }
    return false;
}

#define STATEMENTS_MAX 4
struct statements {
    char items[STATEMENTS_MAX][400];
    bool is_deny[STATEMENTS_MAX];
    size_t n;
};

static void draw(struct statements *s, struct cos_rng *rng)
{
    static const char *const actions[] = {"name/cos:GetObject",    "name/cos:PutObject",
                                          "name/cos:DeleteObject", "name/cos:HeadBucket",
                                          "name/cos:GetBucketACL", "name/cos:*Object"};
    static const char *const paths[] = {"", "*", "a/*", "a/x", "b/*", "c", "a/y"};
    static const char *const conditions[] = {
        "",
        "",
        "",
        ",\"condition\":{\"ip_equal\":{\"qcs:ip\":\"10.0.0.0/16\"}}",
        ",\"condition\":{\"ip_not_equal\":{\"qcs:ip\":\"10.0.0.0/8\"}}",
        ",\"condition\":{\"string_equal\":{\"cos:x-cos-acl\":\"private\"}}",
        ",\"condition\":{\"string_equal\":{\"cos:x-cos-acl\":[\"private\",\"public-read\"]}}",
    };
    s->n = 1 + cos_rng_below(rng, STATEMENTS_MAX);
    for (size_t i = 0; i < s->n; i++) {
        s->is_deny[i] = cos_rng_below(rng, 3) == 0;
        (void)snprintf(s->items[i], sizeof(s->items[i]),
                       "{\"effect\":\"%s\",\"action\":[\"%s\"],\"resource\":[\"" AT "%s\"]%s}",
                       s->is_deny[i] ? "deny" : "allow",
                       actions[cos_rng_below(rng, COS_ARRAY_LEN(actions))],
                       paths[cos_rng_below(rng, COS_ARRAY_LEN(paths))],
                       conditions[cos_rng_below(rng, COS_ARRAY_LEN(conditions))]);
    }
}

/* Without statement @left_out; SIZE_MAX: all. */
static void print_statements(struct cos_buf *out, const struct statements *s, size_t left_out)
{
    cos_buf_init(out, 1u << 16);
    cos_buf_str(out, "{\"version\":\"2.0\",\"statement\":[");
    bool is_first = true;
    for (size_t i = 0; i < s->n; i++) {
        if (i != left_out) {
            cos_buf_printf(out, "%s%s", is_first ? "" : ",", s->items[i]);
            is_first = false;
        }
    }
    cos_buf_str(out, "]}");
}

/* An allow changes some answer. A deny may stand for what another policy allows: it does, when
 * everything is. */
static void expect_that_it_decides(const struct statements *s, size_t i)
{
    struct cos_buf with;
    struct cos_buf without;
    struct statements tried = *s;
    if (s->is_deny[i]) {
        tried = (struct statements){.n = 2, .is_deny = {true}};
        memcpy(tried.items[0], s->items[i], sizeof(tried.items[0]));
        (void)snprintf(tried.items[1], sizeof(tried.items[1]),
                       "{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\"}");
        i = 0;
    }
    print_statements(&with, &tried, SIZE_MAX);
    print_statements(&without, &tried, i);
    struct cam_policy *p = parsed(&with);
    struct cam_policy *rest = tried.n == 1 ? NULL : parsed(&without);
    if (!differs_somewhere(p, rest)) {
        fail_msg("statement %zu decides nothing: %s", i, cos_buf_cstr(&with));
    }
    cam_policy_unref(p);
    cam_policy_unref(rest);
    cos_buf_deinit(&with);
    cos_buf_deinit(&without);
}

static void each_statement_of_a_clean_policy_decides(void **state)
{
    (void)state;
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(20261127);
    size_t clean = 0;
    for (unsigned round = 0; round < 2000; round++) {
        struct statements s;
        struct cos_buf text;
        struct lint lint;
        draw(&s, rng);
        print_statements(&text, &s, SIZE_MAX);
        assert_true(lint_policy(&lint, cos_buf_view(&text), CAM_IDENTITY, tenant));
        for (size_t i = 0; i < s.n && lint.n == 0; i++) {
            expect_that_it_decides(&s, i);
        }
        clean += lint.n == 0;
        lint_deinit(&lint);
        cos_buf_deinit(&text);
    }
    assert_in_range(clean, 300, 1900);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_speaks_of_its_bad_case_alone),
        cmocka_unit_test(the_good_cases_are_clean),
        cmocka_unit_test(each_rule_has_a_case),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
        cmocka_unit_test(a_finding_stands_at_its_line_and_column),
        cmocka_unit_test(each_statement_of_a_clean_policy_decides),
    };
    fixtures = argc > 1 ? argv[1] : "fixtures";
    return cmocka_run_group_tests(tests, open_mock, close_mock);
}
