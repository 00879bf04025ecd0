/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy allows and nobody used: of each statement the actions and the resources that no
 * need took. Every pair of them is made a policy of its own and asked all needs, so conditions
 * count as they do in the whole.
 */
#include "advice/suggest.h"

#include "cam/policy.h"
#include "cosbase/json.h"

#define PAIRS_MAX 4096

struct use {
    struct cos_buf *out;
    const struct needs *needs;
    struct cosmock_tenant *tenant;
    const struct cos_json *statement, *action, *resource, *condition;
    size_t number;
    size_t pairs;
};

static const struct cos_json *member(const struct cos_json *object, const char *name)
{
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        if (cos_span_eq_nocase(cos_span_of(cos_json_name(m)), cos_span_of(name))) {
            return m;
        }
    }
    return NULL;
}

static struct cam_policy *pair_of(const struct use *u, const char *action, const char *resource)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    struct cos_buf b;
    cos_buf_init(&b, 1u << 20);
    cos_buf_str(&b, "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":");
    cos_json_quote(&b, cos_span_of(action));
    cos_buf_str(&b, ",\"resource\":");
    cos_json_quote(&b, cos_span_of(resource));
    if (u->condition != NULL) {
        cos_buf_str(&b, ",\"condition\":");
        cos_json_print(&b, u->condition);
    }
    cos_buf_str(&b, "}]}");
    if (cam_policy_parse(&p, cos_buf_view(&b), CAM_IDENTITY, "pair", &err) < 0) {
        p = NULL;
    }
    cos_buf_deinit(&b);
    return p;
}

/* Some need that the pair allows; NULL: none. */
static const struct need *find_use(struct use *u, const char *action, const char *resource)
{
    const struct cam_principal who = {.kind = CAM_USER,
                                      .uin = ADVICE_USER_UIN,
                                      .owner_uin = ADVICE_OWNER_UIN,
                                      .appid = ADVICE_APPID};
    const struct need *found = NULL;
    struct cam_policy *p = ++u->pairs > PAIRS_MAX ? NULL : pair_of(u, action, resource);
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, 16u << 20);
    for (size_t i = 0; p != NULL && i < u->needs->n && found == NULL; i++) {
        const struct need *need = &u->needs->items[i];
        const struct advice_question q = {.action = cos_span_of(need->action),
                                          .resource = cos_span_of(need->resource),
                                          .context = need->context,
                                          .n_context = need->n_context};
        cos_arena_clear(&arena);
        found = advice_says(&arena, u->tenant, p, &who, &q) == CAM_ALLOW ? need : NULL;
    }
    cam_policy_unref(p);
    return found;
}

/* Items of a list of texts, or the one text. */
static const struct cos_json *first_of(const struct cos_json *n)
{
    return cos_json_kind(n) == COS_JSON_ARRAY ? cos_json_first(n) : n;
}

static const struct cos_json *next_of(const struct cos_json *list, const struct cos_json *n)
{
    return cos_json_kind(list) == COS_JSON_ARRAY ? cos_json_next(n) : NULL;
}

static bool is_action_used(struct use *u, const char *action)
{
    for (const struct cos_json *r = first_of(u->resource); r != NULL;
         r = next_of(u->resource, r)) {
        if (find_use(u, action, cos_json_str(r)) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_resource_used(struct use *u, const char *resource)
{
    for (const struct cos_json *a = first_of(u->action); a != NULL; a = next_of(u->action, a)) {
        if (find_use(u, cos_json_str(a), resource) != NULL) {
            return true;
        }
    }
    return false;
}

/* Of a pattern each known action that it takes. */
static void look_into_pattern(struct use *u, struct cos_span pattern)
{
    struct cos_span plain = cam_action_plain(pattern);
    size_t n = 0;
    for (size_t i = 0; cam_action_at(i) != NULL; i++) {
        char name[160];
        (void)snprintf(name, sizeof(name), "name/%s", cam_action_at(i));
        if (!cam_glob(plain, cos_span_of(cam_action_at(i))) || is_action_used(u, name)) {
            continue;
        }
        if (n == 0) {
            cos_buf_printf(u->out,
                           "statement %zu: of '" COS_SPAN_FMT "' never used:", u->number,
                           COS_SPAN_ARG(pattern));
        }
        cos_buf_printf(u->out, "%s %s", n == 0 ? "" : ",", name);
        n++;
    }
    cos_buf_str(u->out, n == 0 ? "" : "\n");
}

static void look_at_actions(struct use *u)
{
    for (const struct cos_json *a = first_of(u->action); a != NULL; a = next_of(u->action, a)) {
        struct cos_span action = cos_span_of(cos_json_str(a));
        if (!is_action_used(u, cos_json_str(a))) {
            cos_buf_printf(u->out, "statement %zu: action " COS_SPAN_FMT " was never used\n",
                           u->number, COS_SPAN_ARG(action));
        } else if (cos_span_chr(action, '*') != SIZE_MAX) {
            look_into_pattern(u, action);
        }
    }
}

static void look_at_statement(struct use *u)
{
    const char *effect = cos_json_str(member(u->statement, "effect"));
    if (!cos_span_eq_nocase(cos_span_of(effect), COS_SPAN_LIT("allow"))) {
        return;
    }
    u->action = member(u->statement, "action");
    u->resource = member(u->statement, "resource");
    u->condition = member(u->statement, "condition");
    look_at_actions(u);
    for (const struct cos_json *r = first_of(u->resource); r != NULL;
         r = next_of(u->resource, r)) {
        if (!is_resource_used(u, cos_json_str(r))) {
            cos_buf_printf(u->out, "statement %zu: resource %s was never used\n", u->number,
                           cos_json_str(r));
        }
    }
}

int suggest_unused(struct cos_buf *out, struct cos_span json, const struct needs *needs,
                   struct cosmock_tenant *t, struct cos_text_error *err)
{
    struct cam_policy *whole = NULL;
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    if (cam_policy_parse(&whole, json, CAM_SESSION, "old", err) < 0 ||
        cos_json_parse(&root, json, /* limits= */ NULL, err) < 0) {
        cam_policy_unref(whole);
        return -1;
    }
    cam_policy_unref(whole);
    struct use u = {.out = out, .needs = needs, .tenant = t};
    const struct cos_json *list = member(root, "statement");
    for (const struct cos_json *n = first_of(list); n != NULL; n = next_of(list, n)) {
        u.statement = n;
        look_at_statement(&u);
        u.number++;
    }
    if (u.pairs > PAIRS_MAX) {
        cos_buf_str(out, "the policy is too large to ask about all of it\n");
    }
    return 0;
}
