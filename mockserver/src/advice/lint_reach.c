/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements that do nothing: no request fits them, or another one has always spoken already.
 * Each statement is made a policy of its own, and all of them are asked every kind of request
 * that the whole policy tells apart (space.h). Where that is only a sample, nothing is said.
 */
#include "advice/lint_inside.h"

#include "advice/space.h"
#include "cam/policy.h"
#include "cosbase/alloc.h"

#define STATEMENTS_MAX 400
#define ANSWERS_MAX 1000000

struct one {
    struct cam_policy *policy; /* this statement alone */
    bool is_deny, is_explained;
    size_t hits;
    bool is_always_denied;
    bool *covered_by; /* of each statement: it hits wherever this one does */
};
struct reach {
    struct look *l;
    struct one *ones;
    size_t n;
    bool *hits; /* of the point at hand */
    struct cos_arena arena;
    size_t answers;
    bool is_complete;
};

/* --- a statement alone --- */

static const struct cos_json *member(const struct cos_json *object, const char *name)
{
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        if (cos_span_eq_nocase(cos_span_of(cos_json_name(m)), cos_span_of(name))) {
            return m;
        }
    }
    return NULL;
}

static struct cam_policy *policy_of(const struct look *l, const struct cos_json *root,
                                    const struct cos_json *statement)
{
    const struct cos_json *principal = member(root, "principal");
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    struct cos_buf b;
    cos_buf_init(&b, 1u << 20);
    cos_buf_str(&b, "{\"version\":\"2.0\",");
    if (principal != NULL) {
        cos_buf_str(&b, "\"principal\":");
        cos_json_print(&b, principal);
        cos_buf_ch(&b, ',');
    }
    cos_buf_str(&b, "\"statement\":[");
    cos_json_print(&b, statement);
    cos_buf_str(&b, "]}");
    if (cam_policy_parse(&p, cos_buf_view(&b), l->use, "alone", &err) < 0) {
        p = NULL;
    }
    cos_buf_deinit(&b);
    return p;
}

static bool is_explained(const struct lint *out, size_t statement)
{
    for (size_t i = 0; i < out->n; i++) {
        if (out->findings[i].statement == (int)statement &&
            lint_rows[out->findings[i].rule].severity != LINT_NOTE) {
            return true;
        }
    }
    return false;
}

/* --- asking --- */

static bool hits(struct reach *r, const struct one *one, const struct advice_point *point)
{
    enum cam_says says =
        advice_says(&r->arena, r->l->tenant, one->policy, point->who, &point->q);
    return says == CAM_ALLOW || says == CAM_DENY;
}

static void note_hit(struct reach *r, struct one *one)
{
    bool is_denied = false;
    for (size_t k = 0; k < r->n; k++) {
        one->covered_by[k] = one->covered_by[k] && r->hits[k];
        is_denied = is_denied || (r->hits[k] && r->ones[k].is_deny);
    }
    one->is_always_denied = one->is_always_denied && is_denied;
    one->hits++;
}

static bool ask_all(void *ctx, const struct advice_point *point)
{
    struct reach *r = ctx;
    r->answers += r->n;
    if (r->answers > ANSWERS_MAX) {
        r->is_complete = false;
        return false;
    }
    cos_arena_clear(&r->arena);
    for (size_t i = 0; i < r->n; i++) {
        r->hits[i] = hits(r, &r->ones[i], point);
    }
    for (size_t i = 0; i < r->n; i++) {
        if (r->hits[i]) {
            note_hit(r, &r->ones[i]);
        }
    }
    return true;
}

/* --- what follows --- */

/* One of the same effect that makes @i unnecessary; of two that are alike the later one is. */
static bool find_cover(const struct reach *r, size_t i, size_t *by)
{
    for (size_t k = 0; k < r->n; k++) {
        bool is_same = r->ones[k].is_deny == r->ones[i].is_deny && k != i;
        if (is_same && r->ones[i].covered_by[k] && (k < i || !r->ones[k].covered_by[i])) {
            *by = k;
            return true;
        }
    }
    return false;
}

static void say(const struct reach *r, size_t i)
{
    const struct one *one = &r->ones[i];
    size_t by = 0;
    if (one->is_explained) {
        return;
    }
    lint_enter(r->l, PLACE_MEMBER("statement"));
    lint_enter(r->l, PLACE_ITEM(i));
    if (one->hits == 0) {
        lint_add(r->l, LINT_NEVER_MATCHES,
                 "no request has an action, a resource and conditions that all fit");
    } else if (!one->is_deny && one->is_always_denied) {
        lint_add(r->l, LINT_SHADOWED, "all that it allows is denied by other statements");
    } else if (find_cover(r, i, &by)) {
        lint_add(r->l, LINT_REDUNDANT, "statement %zu does all that it does", by);
    }
    lint_leave(r->l);
    lint_leave(r->l);
}

static bool is_complete(const struct reach *r, const struct advice_space *space)
{
    return r->is_complete && advice_space_gap(space) == NULL;
}

static void look_around(struct reach *r, const struct cam_policy *whole)
{
    const struct cam_policy *const policies[1] = {whole};
    const struct cam_principal who = {.kind =
                                          r->l->use == CAM_SESSION ? CAM_FEDERATED : CAM_USER,
                                      .uin = ADVICE_USER_UIN,
                                      .owner_uin = ADVICE_OWNER_UIN,
                                      .appid = ADVICE_APPID};
    struct advice_space *space = advice_space_new(
        &(struct advice_space_of){.policies = policies, .n_policies = 1, .who = &who});
    if (space == NULL) {
        return;
    }
    advice_space_visit(space, ask_all, r);
    for (size_t i = 0; i < r->n && is_complete(r, space); i++) {
        say(r, i);
    }
    (void)advice_space_free(space);
}

/* --- the whole --- */

static bool make_ones(struct reach *r, const struct cos_json *root)
{
    const struct cos_json *list = member(root, "statement");
    bool is_list = cos_json_kind(list) == COS_JSON_ARRAY;
    r->n = is_list ? cos_json_count(list) : 1;
    r->ones = r->n > STATEMENTS_MAX ? NULL : cos_calloc(r->n, sizeof(*r->ones));
    r->hits = cos_calloc(r->n, sizeof(*r->hits));
    if (r->ones == NULL || r->hits == NULL) {
        return false;
    }
    const struct cos_json *n = is_list ? cos_json_first(list) : list;
    for (size_t i = 0; i < r->n; i++, n = is_list ? cos_json_next(n) : NULL) {
        struct one *one = &r->ones[i];
        one->policy = policy_of(r->l, root, n);
        one->covered_by = cos_calloc(r->n, sizeof(*one->covered_by));
        if (one->policy == NULL || one->covered_by == NULL) {
            return false;
        }
        memset(one->covered_by, 1, r->n * sizeof(*one->covered_by));
        one->is_deny = one->policy->statements[0].is_deny;
        one->is_always_denied = true;
        one->is_explained = is_explained(r->l->out, i);
    }
    return true;
}

static void free_ones(struct reach *r)
{
    for (size_t i = 0; r->ones != NULL && i < r->n; i++) {
        cam_policy_unref(r->ones[i].policy);
        cos_free(r->ones[i].covered_by);
    }
    cos_free(r->ones);
    cos_free(r->hits);
}

void lint_reach(struct look *l, const struct cos_json *root, const struct cam_policy *whole)
{
    struct reach r = {.l = l, .is_complete = true};
    if (l->use == CAM_TRUST) {
        return; /* a role is asked about, and nothing else */
    }
    cos_arena_init(&r.arena, 16u << 20);
    if (make_ones(&r, root)) {
        look_around(&r, whole);
    }
    free_ones(&r);
    cos_arena_deinit(&r.arena);
}
