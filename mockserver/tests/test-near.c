/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Near misses are true: whoever makes the change that is told to the policy's text is allowed,
 * or, where that is what was told, is denied for another reason. Policies by chance, each
 * change made to the model they are printed from.
 */
#include "cam/cam.h"

#include "cosbase/rng.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define OWNER "100000000001"
#define ME "100000000011"
#define APPID "1250000000"
#define TREE "qcs::cos:ap-guangzhou:uid/" APPID ":a-" APPID "/"

static const char *const actions[] = {"name/cos:GetBucket", "name/cos:GetBucketObjectVersions",
                                      "name/cos:GetObject", "name/cos:PutObject",
                                      "name/cos:HeadBucket"};
static const char *const resources[] = {TREE, TREE "k", TREE "dir/k"};
static const char *const arns[] = {"qcs::cam::uin/" OWNER ":uin/" ME,
                                   "qcs::cam::uin/" OWNER ":uin/100000000012",
                                   "qcs::cam::anyone:anyone"};
enum { N_ACTIONS = 5, N_RESOURCES = 3, N_ARNS = 3, STATEMENTS = 3, POLICIES = 4 };

struct statement {
    bool is_deny;
    unsigned actions, resources, arns; /* bits */
    int condition;                     /* on cos:prefix; 0: none, 1: holds, 2: does not */
};
struct model {
    const char *name;
    enum cam_policy_use use;
    bool is_there;
    struct statement statements[STATEMENTS];
};
struct world {
    struct model models[POLICIES]; /* two of identity, session, bucket */
    struct cam_policy *parsed[POLICIES];
};

/* --- the model as text --- */

static void put_list(struct cos_buf *b, unsigned bits, const char *const *words, size_t n,
                     const char *none)
{
    bool is_first = true;
    cos_buf_ch(b, '[');
    for (size_t i = 0; i < n; i++) {
        if ((bits & (1u << i)) != 0) {
            cos_buf_printf(b, "%s\"%s\"", is_first ? "" : ",", words[i]);
            is_first = false;
        }
    }
    if (is_first) {
        cos_buf_printf(b, "\"%s\"", none);
    }
    cos_buf_ch(b, ']');
}

static void put_statement(struct cos_buf *b, const struct model *m, const struct statement *s)
{
    cos_buf_printf(b, "{\"effect\":\"%s\",\"action\":", s->is_deny ? "deny" : "allow");
    put_list(b, s->actions, actions, N_ACTIONS, "name/cos:PutBucketCORS");
    cos_buf_str(b, ",\"resource\":");
    put_list(b, s->resources, resources, N_RESOURCES, TREE "elsewhere");
    if (m->use == CAM_BUCKET) {
        cos_buf_str(b, ",\"principal\":{\"qcs\":");
        put_list(b, s->arns, arns, N_ARNS, "qcs::cam::uin/7:uin/7");
        cos_buf_ch(b, '}');
    }
    if (s->condition != 0) {
        cos_buf_printf(b, ",\"condition\":{\"string_equal\":{\"cos:prefix\":\"%s\"}}",
                       s->condition == 1 ? "p" : "q");
    }
    cos_buf_ch(b, '}');
}

static void parse_model(struct world *w, size_t i)
{
    const struct model *m = &w->models[i];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1u << 16);
    cos_buf_str(&b, "{\"version\":\"2.0\",\"statement\":[");
    for (size_t k = 0; k < STATEMENTS; k++) {
        cos_buf_str(&b, k == 0 ? "" : ",");
        put_statement(&b, m, &m->statements[k]);
    }
    cos_buf_str(&b, "]}");
    struct cos_text_error err;
    w->parsed[i] = cam_policy_unref(w->parsed[i]);
    if (m->is_there &&
        cam_policy_parse(&w->parsed[i], cos_buf_view(&b), m->use, m->name, &err) < 0) {
        fail_msg("%s: %s", cos_buf_cstr(&b), err.message);
    }
}

static void free_world(struct world *w)
{
    for (size_t i = 0; i < POLICIES; i++) {
        w->parsed[i] = cam_policy_unref(w->parsed[i]);
    }
}

/* --- by chance --- */

static unsigned some(struct cos_rng *rng, unsigned n)
{
    return (unsigned)(cos_rng_below(rng, UINT64_C(1) << n) &
                      cos_rng_below(rng, UINT64_C(1) << n)) |
           (1u << cos_rng_below(rng, n));
}

static void make_world(struct world *w, struct cos_rng *rng)
{
    static const struct model kinds[POLICIES] = {{.name = "one", .use = CAM_IDENTITY},
                                                 {.name = "two", .use = CAM_IDENTITY},
                                                 {.name = "token", .use = CAM_SESSION},
                                                 {.name = "bucket", .use = CAM_BUCKET}};
    *w = (struct world){.parsed = {NULL}};
    for (size_t i = 0; i < POLICIES; i++) {
        w->models[i] = kinds[i];
        w->models[i].is_there = cos_rng_below(rng, 3) != 0;
        for (size_t k = 0; k < STATEMENTS; k++) {
            w->models[i].statements[k] =
                (struct statement){.is_deny = cos_rng_below(rng, 5) == 0,
                                   .actions = some(rng, N_ACTIONS),
                                   .resources = some(rng, N_RESOURCES),
                                   .arns = some(rng, N_ARNS),
                                   .condition = (int)cos_rng_below(rng, 3)};
        }
        parse_model(w, i);
    }
}

/* --- the question --- */

struct asked {
    struct cam_policy *identity[2];
    struct cam_principal who;
    struct cam_question q;
};

static void find(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    if (strcmp(key->name, "cos:prefix") == 0) {
        *out = (struct cam_values){.one = COS_SPAN_LIT("p"), .n = 1};
    }
}

static void ask(struct asked *a, const struct world *w, const char *action,
                const char *resource)
{
    size_t n = 0;
    for (size_t i = 0; i < 2; i++) {
        if (w->parsed[i] != NULL) {
            a->identity[n++] = w->parsed[i];
        }
    }
    a->who = (struct cam_principal){.kind = CAM_USER,
                                    .uin = ME,
                                    .owner_uin = OWNER,
                                    .appid = APPID,
                                    .policies = a->identity,
                                    .n_policies = n,
                                    .session = w->parsed[2]};
    a->q = (struct cam_question){.who = &a->who,
                                 .action = cos_span_of(action),
                                 .resource = cos_span_of(resource),
                                 .owner_uin = OWNER,
                                 .owner_appid = APPID,
                                 .bucket = w->parsed[3],
                                 .context = {.find = find}};
}

static struct cos_json *explain(const struct world *w, const char *action, const char *resource)
{
    struct asked a;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1u << 20);
    ask(&a, w, action, resource);
    cam_explain(&b, &a.q, /* warnings= */ NULL);
    return parse_json(cos_buf_view(&b));
}

/* --- the change --- */

static unsigned bit_of(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], word) == 0 || strcmp(words[i] + strlen("name/"), word) == 0) {
            return 1u << i;
        }
    }
    fail_msg("'%s' was never asked for", word);
    return 0;
}

static const char *const changes[] = {"add_action",     "add_resource", "add_principal",
                                      "drop_condition", "drop_action",  "drop_statement"};
enum { CHANGES = 6 };

static size_t make_change(struct world *w, const struct cos_json *near)
{
    int64_t index = 0;
    size_t policy = 0;
    size_t change = 0;
    const char *value = json_text(near, "value");
    assert_true(cos_json_i64(cos_json_get(near, "statement"), &index));
    /* "bucket policy of bucket" */
    while (!cos_span_ends(cos_span_of(json_text(near, "policy")),
                          cos_span_of(w->models[policy].name))) {
        policy++;
    }
    while (strcmp(changes[change], json_text(near, "change")) != 0) {
        change++;
    }
    struct statement *s = &w->models[policy].statements[index];
    switch (change) {
    case 0:
        s->actions |= bit_of(actions, N_ACTIONS, value);
        break;
    case 1:
        s->resources |= bit_of(resources, N_RESOURCES, value);
        break;
    case 2:
        s->arns |= bit_of(arns, N_ARNS, value);
        break;
    case 3:
        s->condition = 0;
        break;
    case 4:
        s->actions &= ~bit_of(actions, N_ACTIONS, value);
        break;
    default:
        s->actions = 0;
        break;
    }
    parse_model(w, policy);
    return change;
}

static void whoever_makes_the_change_is_allowed(void **state)
{
    enum { WORLDS = 4000 };
    size_t seen[CHANGES][2] = {{0}};
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(1);
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        cos_rng_reseed(rng, seed);
        const char *action = actions[cos_rng_below(rng, N_ACTIONS)];
        const char *resource = resources[cos_rng_below(rng, N_RESOURCES)];
        struct world w;
        make_world(&w, rng);
        struct cos_json *doc = explain(&w, action, resource);
        const struct cos_json *near = cos_json_first(cos_json_get(doc, "near_misses"));
        for (; near != NULL; near = cos_json_next(near)) {
            struct world other = w;
            memset(other.parsed, 0, sizeof(other.parsed));
            for (size_t i = 0; i < POLICIES; i++) {
                parse_model(&other, i);
            }
            size_t change = make_change(&other, near);
            struct cos_json *then = explain(&other, action, resource);
            bool allows = cos_json_bool(cos_json_get(near, "allows"), false);
            bool is_allowed = strcmp(json_text(then, "verdict"), "allow") == 0;
            if (is_allowed != allows ||
                (!allows && strcmp(json_text(then, "why"), json_text(doc, "why")) == 0)) {
                fail_msg("seed %d: %s: %s", (int)seed, json_text(near, "says"),
                         json_text(then, "why"));
            }
            seen[change][allows]++;
            cos_json_free(then);
            free_world(&other);
        }
        cos_json_free(doc);
        free_world(&w);
    }
    for (size_t i = 0; i < CHANGES; i++) {
        if (seen[i][1] == 0) {
            fail_msg("no %s ever allowed anything", changes[i]);
        }
    }
    assert_true(seen[0][0] + seen[1][0] > 0);
}

/* --- what is said --- */

static void a_near_miss_is_said_in_one_sentence(void **state)
{
    static const struct statement all[] = {{false, 1u << 3, 1, 0, 0},
                                           {false, 1u << 3, 2, 0, 0},
                                           {false, 1u << 3, 4, 0, 0}};
    struct world w = {.models = {{.name = "upload", .use = CAM_IDENTITY, .is_there = true},
                                 {.name = "two"},
                                 {.name = "token"},
                                 {.name = "bucket"}}};
    memcpy(w.models[0].statements, all, sizeof(all));
    parse_model(&w, 0);
    struct cos_json *doc = explain(&w, "name/cos:HeadBucket", TREE "dir/k");
    const struct cos_json *near = cos_json_first(cos_json_get(doc, "near_misses"));
    assert_string_equal(json_text(near, "says"),
                        "allowed if action 'name/cos:HeadBucket' were added to statement 2 of "
                        "policy 'upload'");
    assert_int_equal(cos_json_count(cos_json_get(doc, "near_misses")), 1);
    cos_json_free(doc);
    w.models[0].statements[0] = (struct statement){true, (1u << 4) | 1, 4, 0, 0};
    w.models[0].statements[2].actions = 1u << 4;
    parse_model(&w, 0);
    doc = explain(&w, "name/cos:HeadBucket", TREE "dir/k");
    near = cos_json_first(cos_json_get(doc, "near_misses"));
    assert_string_equal(json_text(near, "says"),
                        "allowed if action 'cos:HeadBucket' were taken out of the deny in "
                        "statement 0 of policy 'upload'");
    cos_json_free(doc);
    free_world(&w);
}

static void what_is_allowed_misses_nothing(void **state)
{
    static const struct statement all[] = {{false, 31, 7, 0, 0},
                                           {false, 1, 1, 0, 0},
                                           {false, 1, 1, 0, 0}};
    struct world w = {.models = {{.name = "upload", .use = CAM_IDENTITY, .is_there = true},
                                 {.name = "two"},
                                 {.name = "token"},
                                 {.name = "bucket"}}};
    memcpy(w.models[0].statements, all, sizeof(all));
    parse_model(&w, 0);
    struct cos_json *doc = explain(&w, "name/cos:GetObject", TREE "k");
    assert_string_equal(json_text(doc, "verdict"), "allow");
    assert_int_equal(cos_json_count(cos_json_get(doc, "near_misses")), 0);
    cos_json_free(doc);
    free_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_makes_the_change_is_allowed),
        cmocka_unit_test(a_near_miss_is_said_in_one_sentence),
        cmocka_unit_test(what_is_allowed_misses_nothing),
    };
    return cmocka_run_group_tests_name("near", tests, NULL, NULL);
}
