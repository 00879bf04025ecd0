/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least policy, as properties: of random journals it allows every question and nothing with
 * another action or another resource; cut to a size it still allows every question. Journals
 * are lines as the control API gives them.
 */
#include "advice/suggest.h"

#include "cosbase/rng.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define AT "qcs::cos:ap-guangzhou:uid/1250000000:"
#define KINDS 6
#define KEYS 8

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

/* --- journals --- */

static const char *const actions[KINDS] = {"name/cos:GetObject",    "name/cos:PutObject",
                                           "name/cos:DeleteObject", "name/cos:GetBucket",
                                           "name/cos:HeadBucket",   "name/cos:GetService"};
static const char *const keys[KEYS] = {AT "a-1250000000/d/x",
                                       AT "a-1250000000/d/y",
                                       AT "a-1250000000/d/e/z",
                                       AT "a-1250000000/",
                                       AT "b-1250000000/d/x",
                                       AT "a-1250000000/d/",
                                       "*",
                                       AT "a-1250000000/d"};

/* Which pairs were asked. */
struct asked {
    bool pairs[KINDS][KEYS];
    size_t n;
};

static void question(struct cos_buf *out, const char *action, const char *resource,
                     bool is_allowed)
{
    cos_buf_printf(out,
                   "{\"authn\":\"ok\",\"principal\":\"1\",\"questions\":[{\"action\":\"%s\","
                   "\"resource\":\"%s\",\"allowed\":%s,\"layer\":\"root\"}]}\n",
                   action, resource, is_allowed ? "true" : "false");
}

static void draw(struct cos_buf *out, struct asked *asked, struct cos_rng *rng)
{
    *asked = (struct asked){.n = 0};
    cos_buf_init(out, 1u << 20);
    size_t n = 1 + cos_rng_below(rng, 12);
    for (size_t i = 0; i < n; i++) {
        size_t a = cos_rng_below(rng, KINDS);
        size_t k = cos_rng_below(rng, KEYS);
        question(out, actions[a], keys[k], true);
        asked->n += !asked->pairs[a][k];
        asked->pairs[a][k] = true;
    }
}

static void read_needs(struct needs *needs, const struct cos_buf *text, bool takes_denied)
{
    struct cos_text_error err;
    const struct needs_from from = {NULL, takes_denied};
    if (needs_read(needs, cos_buf_view(text), &from, &err) < 0) {
        fail_msg("%u:%u: %s", err.line, err.column, err.message);
    }
}

static bool allows(struct cam_policy *p, const char *action, const char *resource)
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
                                   .owner_appid = "1250000000"};
    struct cos_arena arena;
    struct cam_verdict v;
    cos_arena_init(&arena, 1u << 20);
    cam_eval(&arena, &v, &q);
    cos_arena_deinit(&arena);
    return v.allowed;
}

static struct cam_policy *parsed(const struct suggestion *s)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    if (cam_policy_parse(&p, cos_buf_view(&s->policy), CAM_SESSION, "suggested", &err) < 0) {
        fail_msg("%s: %s", err.message, cos_buf_cstr(&s->policy));
    }
    cam_policy_unref(p);
    assert_int_equal(cam_policy_parse(&p, cos_buf_view(&s->policy), CAM_IDENTITY, "suggested",
                                      &err),
                     0);
    return p;
}

/* --- the properties --- */

static void expect_just_that(struct cam_policy *p, const struct asked *asked,
                             const struct suggestion *s)
{
    for (size_t a = 0; a < KINDS; a++) {
        for (size_t k = 0; k < KEYS; k++) {
            /* what is granted on "*" is granted everywhere */
            bool is_asked = asked->pairs[a][k] || asked->pairs[a][6];
            if (allows(p, actions[a], keys[k]) != is_asked) {
                fail_msg("%s on %s: asked %d: %s", actions[a], keys[k], is_asked,
                         cos_buf_cstr(&s->policy));
            }
        }
    }
}

/* A byte more, a byte less, another region, another bucket. */
static void expect_no_neighbour(struct cam_policy *p, const struct asked *asked)
{
    for (size_t a = 0; a < KINDS; a++) {
        for (size_t k = 0; k < KEYS; k++) {
            char near[4][160];
            size_t n = strlen(keys[k]);
            if (!asked->pairs[a][k] || asked->pairs[a][6]) {
                continue;
            }
            (void)snprintf(near[0], sizeof(near[0]), "%sq", keys[k]);
            (void)snprintf(near[1], sizeof(near[1]), "%.*sQ", (int)n - 1, keys[k]);
            (void)snprintf(near[2], sizeof(near[2]), "qcs::cos:ap-beijing:%s",
                           keys[k] + strlen("qcs::cos:ap-guangzhou:"));
            (void)snprintf(near[3], sizeof(near[3]), AT "q%s", keys[k] + strlen(AT));
            for (size_t i = 0; i < COS_ARRAY_LEN(near); i++) {
                if (allows(p, actions[a], near[i])) {
                    fail_msg("%s on %s was not asked", actions[a], near[i]);
                }
            }
        }
    }
}

static void it_allows_what_was_asked_and_nothing_else(void **state)
{
    (void)state;
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(20261127);
    for (unsigned round = 0; round < 500; round++) {
        struct cos_buf journal;
        struct asked asked;
        struct needs needs;
        struct suggestion s;
        draw(&journal, &asked, rng);
        read_needs(&needs, &journal, /* takes_denied= */ false);
        assert_true(suggest(&s, &needs, /* group= */ 0, SUGGEST_MAX_CHARACTERS, tenant));
        assert_null(s.folded);
        assert_int_equal(s.asked, s.allowed);
        assert_int_equal(s.asked, needs.n);
        struct cam_policy *p = parsed(&s);
        expect_just_that(p, &asked, &s);
        expect_no_neighbour(p, &asked);
        cam_policy_unref(p);
        suggestion_deinit(&s);
        needs_deinit(&needs);
        cos_buf_deinit(&journal);
    }
}

/* 600 keys in 30 folders: what fits, and what it then allows besides. */
static void it_is_cut_to_size_folder_by_folder(void **state)
{
    static const struct {
        size_t max;
        const char *folded, *resource;
    } rows[] = {
        {50000, NULL, AT "a-1250000000/f07/k012\""},
        {SUGGEST_MAX_CHARACTERS, "more than 16 keys of a folder with the same actions",
         AT "a-1250000000/f07/*\""},
        {200, "all keys of a bucket", AT "a-1250000000/*\""},
    };
    struct cos_buf journal;
    struct needs needs;
    (void)state;
    cos_buf_init(&journal, 16u << 20);
    for (unsigned i = 0; i < 600; i++) {
        char resource[160];
        (void)snprintf(resource, sizeof(resource), AT "a-1250000000/f%02u/k%03u", i % 30,
                       i / 30);
        question(&journal, "name/cos:PutObject", resource, true);
    }
    read_needs(&needs, &journal, /* takes_denied= */ false);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct suggestion s;
        assert_true(suggest(&s, &needs, /* group= */ 0, rows[i].max, tenant));
        assert_true(s.characters <= rows[i].max);
        assert_int_equal(s.allowed, 600);
        assert_int_equal(s.folded == NULL, rows[i].folded == NULL);
        if (rows[i].folded != NULL) {
            assert_string_equal(s.folded, rows[i].folded);
        }
        assert_non_null(strstr(cos_buf_cstr(&s.policy), rows[i].resource));
        suggestion_deinit(&s);
    }
    struct suggestion none; /* not even the coarsest fits */
    assert_true(suggest(&none, &needs, /* group= */ 0, /* max_characters= */ 100, tenant));
    assert_true(none.characters > 100);
    suggestion_deinit(&none);
    needs_deinit(&needs);
    cos_buf_deinit(&journal);
}

/* Keys with other actions, and other folders, stay as they are. */
static void a_group_is_of_one_folder_and_the_same_actions(void **state)
{
    struct cos_buf journal;
    struct needs needs;
    struct suggestion s;
    (void)state;
    cos_buf_init(&journal, 1u << 20);
    question(&journal, actions[0], AT "a-1250000000/d/1", true);
    question(&journal, actions[0], AT "a-1250000000/d/2", true);
    question(&journal, actions[0], AT "a-1250000000/d/3", true);
    question(&journal, actions[1], AT "a-1250000000/d/4", true);
    question(&journal, actions[0], AT "a-1250000000/e/1", true);
    read_needs(&needs, &journal, /* takes_denied= */ false);
    assert_true(suggest(&s, &needs, /* group= */ 2, SUGGEST_MAX_CHARACTERS, tenant));
    struct cam_policy *p = parsed(&s);
    assert_true(allows(p, actions[0], AT "a-1250000000/d/9"));
    assert_false(allows(p, actions[1], AT "a-1250000000/d/9"));
    assert_true(allows(p, actions[1], AT "a-1250000000/d/4"));
    assert_false(allows(p, actions[0], AT "a-1250000000/e/2"));
    assert_int_equal(s.allowed, 5);
    cam_policy_unref(p);
    suggestion_deinit(&s);
    needs_deinit(&needs);
    cos_buf_deinit(&journal);
}

/* --- what is a need --- */

static const struct {
    const char *name, *line;
    bool takes_denied;
    size_t n, denied;
    const char *first;
} entries[] = {
    {"an allowed question",
     "{\"authn\":\"ok\",\"questions\":[{\"action\":\"name/cos:GetObject\","
     "\"resource\":\"*\",\"allowed\":true,\"layer\":\"root\"}]}",
     false, 1, 0, "name/cos:GetObject"},
    {"a denied one",
     "{\"authn\":\"ok\",\"questions\":[{\"action\":\"name/cos:GetObject\","
     "\"resource\":\"*\",\"allowed\":false,\"layer\":\"none\"}]}",
     false, 0, 1, NULL},
    {"a denied one that shall be allowed",
     "{\"authn\":\"ok\",\"questions\":[{\"action\":\"name/cos:GetObject\","
     "\"resource\":\"*\",\"allowed\":false,\"layer\":\"none\"}]}",
     true, 1, 0, "name/cos:GetObject"},
    {"one of nobody",
     "{\"authn\":\"anonymous\",\"questions\":[{\"action\":\"name/cos:GetObject\","
     "\"resource\":\"*\",\"allowed\":true,\"layer\":\"bucket\"}]}",
     false, 0, 0, NULL},
    {"one that needs no grant",
     "{\"authn\":\"ok\",\"questions\":[{\"action\":\"name/sts:GetFederationToken\","
     "\"resource\":\"*\",\"allowed\":true,\"layer\":\"none\"}]}",
     false, 0, 0, NULL},
    {"two names for one, the second allowed",
     "{\"authn\":\"ok\",\"questions\":[{\"action\":\"name/cos:PutObject\",\"resource\":\"*\","
     "\"allowed\":false,\"layer\":\"none\"},{\"action\":\"name/cos:PutObjectCopy\","
     "\"resource\":\"*\",\"allowed\":true,\"layer\":\"identity\"}]}",
     false, 1, 0, "name/cos:PutObjectCopy"},
    {"two names for one, both denied",
     "{\"authn\":\"ok\",\"questions\":[{\"action\":\"name/cos:PutObject\",\"resource\":\"*\","
     "\"allowed\":false,\"layer\":\"none\"},{\"action\":\"name/cos:PutObjectCopy\","
     "\"resource\":\"*\",\"allowed\":false,\"layer\":\"none\"}]}",
     true, 1, 0, "name/cos:PutObject"},
    {"an entry that asked nothing", "{\"op\":\"GetObject\",\"status\":403}", true, 0, 0, NULL},
};

static void a_need_is_what_takes_a_grant(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(entries); i++) {
        struct cos_buf text;
        struct needs needs;
        cos_buf_init(&text, 1u << 16);
        cos_buf_str(&text, entries[i].line);
        read_needs(&needs, &text, entries[i].takes_denied);
        if (needs.n != entries[i].n || needs.denied != entries[i].denied ||
            (needs.n > 0 && strcmp(needs.items[0].action, entries[i].first) != 0)) {
            fail_msg("%s: %zu needs, %zu denied", entries[i].name, needs.n, needs.denied);
        }
        needs_deinit(&needs);
        cos_buf_deinit(&text);
    }
}

static void a_line_that_is_no_entry_is_named(void **state)
{
    struct needs needs;
    struct cos_text_error err;
    const struct needs_from from = {NULL, false};
    (void)state;
    assert_int_equal(needs_read(&needs, COS_SPAN_LIT("{}\n{\"a\":\n"), &from, &err), -1);
    assert_int_equal(err.line, 2);
    needs_deinit(&needs);
    assert_int_equal(needs_read(&needs, COS_SPAN_LIT("{}\n\n[]\n"), &from, &err), -1);
    assert_int_equal(err.line, 3);
    needs_deinit(&needs);
}

/* --- what was never used --- */

static void what_nobody_used_is_told(void **state)
{
    static const char old[] =
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
        "[\"name/cos:GetObject\",\"name/cos:DeleteObject\",\"name/cos:*Bucket\"],\"resource\":"
        "[\"" AT "a-1250000000/*\",\"" AT "b-1250000000/*\"]},"
        "{\"effect\":\"deny\",\"action\":\"name/cos:PutObject\",\"resource\":\"*\"}]}";
    struct cos_buf journal;
    struct cos_buf out;
    struct needs needs;
    struct cos_text_error err;
    (void)state;
    cos_buf_init(&journal, 1u << 16);
    cos_buf_init(&out, 1u << 16);
    question(&journal, "name/cos:GetObject", AT "a-1250000000/d/x", true);
    question(&journal, "name/cos:HeadBucket", AT "a-1250000000/", true);
    read_needs(&needs, &journal, /* takes_denied= */ false);
    assert_int_equal(suggest_unused(&out, COS_SPAN_LIT(old), &needs, tenant, &err), 0);
    assert_string_equal(cos_buf_cstr(&out),
                        "statement 0: action name/cos:DeleteObject was never used\n"
                        "statement 0: of 'name/cos:*Bucket' never used: name/cos:DeleteBucket, "
                        "name/cos:GetBucket, name/cos:PutBucket\n"
                        "statement 0: resource " AT "b-1250000000/* was never used\n");
    needs_deinit(&needs);
    cos_buf_deinit(&out);
    cos_buf_deinit(&journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_allows_what_was_asked_and_nothing_else),
        cmocka_unit_test(it_is_cut_to_size_folder_by_folder),
        cmocka_unit_test(a_group_is_of_one_folder_and_the_same_actions),
        cmocka_unit_test(a_need_is_what_takes_a_grant),
        cmocka_unit_test(a_line_that_is_no_entry_is_named),
        cmocka_unit_test(what_nobody_used_is_told),
    };
    return cmocka_run_group_tests(tests, open_mock, close_mock);
}
