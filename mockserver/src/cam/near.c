/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Near misses of a denial: one change to one statement that would allow it, or that takes away
 * what is in the way now. An allow statement is near when exactly one of its clauses fails, a
 * deny when it is the one that decides. Nothing is taken on trust: the change is made to a copy
 * of the policy and the question asked again, and what changes nothing is not told.
 */
#include "cam/layers.h"

#include "cosbase/json.h"

enum { CANDIDATES_MAX = 256, TOLD_MAX = 3 };

enum change {
    ADD_ACTION,
    ADD_RESOURCE,
    ADD_PRINCIPAL,
    DROP_CONDITION,
    DROP_ACTION,
    DROP_STATEMENT
};
static const char *const change_words[] = {
    [ADD_ACTION] = "add_action",       [ADD_RESOURCE] = "add_resource",
    [ADD_PRINCIPAL] = "add_principal", [DROP_CONDITION] = "drop_condition",
    [DROP_ACTION] = "drop_action",     [DROP_STATEMENT] = "drop_statement",
};

struct near {
    enum cam_layer layer;
    const struct cam_policy *policy;
    size_t statement;
    enum change change;
    struct cos_span value;                 /* what is added, or dropped */
    const struct cam_condition *condition; /* that is dropped */
    struct cam_verdict then;               /* with the change */
};
struct search {
    struct cos_arena *arena;
    const struct cam_question *q;
    const struct cam_verdict *now;
    struct layers *l;
    struct near found[TOLD_MAX]; /* the best first */
    size_t n, tried;
};

/* --- the change, made to copies --- */

static struct cam_grantee grantee_of(const struct cam_principal *who)
{
    struct cam_grantee g = {.is_anyone = who->kind == CAM_ANONYMOUS};
    if (who->kind != CAM_ANONYMOUS) {
        g.owner_uin = cos_span_of(who->owner_uin);
        g.role = who->kind == CAM_ROLE ? cos_span_of(who->role) : COS_SPAN_EMPTY;
        g.uin = who->kind == CAM_ROLE ? COS_SPAN_EMPTY : cos_span_of(who->uin);
    }
    return g;
}

/* @items with room for one more. */
static void *longer(struct cos_arena *arena, const void *items, size_t n, size_t bytes)
{
    char *more = cos_arena_array(arena, n + 1, bytes);
    if (more != NULL && n > 0) {
        memcpy(more, items, n * bytes);
    }
    return more;
}

static void drop_action(struct cos_arena *arena, struct cam_statement *st,
                        struct cos_span action)
{
    struct cos_span *left = cos_arena_array(arena, st->n_actions, sizeof(*left));
    size_t n = 0;
    for (size_t i = 0; i < st->n_actions && left != NULL; i++) {
        if (!cos_span_eq(st->actions[i], action)) {
            left[n++] = st->actions[i];
        }
    }
    st->actions = left;
    st->n_actions = n;
}

static void drop_condition(struct cos_arena *arena, struct cam_statement *st,
                           const struct cam_condition *condition)
{
    struct cam_condition *left = cos_arena_array(arena, st->n_conditions, sizeof(*left));
    size_t n = 0;
    for (size_t i = 0; i < st->n_conditions && left != NULL; i++) {
        if (&st->conditions[i] != condition) {
            left[n++] = st->conditions[i];
        }
    }
    st->conditions = left;
    st->n_conditions = n;
}

static void make_change(struct search *s, const struct near *near, struct cam_statement *st)
{
    struct cos_arena *arena = s->arena;
    switch (near->change) {
    case ADD_ACTION:
        st->actions = longer(arena, st->actions, st->n_actions, sizeof(*st->actions));
        if (st->actions != NULL) {
            st->actions[st->n_actions++] = cam_action_plain(near->value);
        }
        break;
    case ADD_RESOURCE:
        st->resources = longer(arena, st->resources, st->n_resources, sizeof(*st->resources));
        if (st->resources != NULL) {
            (void)cam_resource_split(&st->resources[st->n_resources++], near->value);
        }
        break;
    case ADD_PRINCIPAL:
        st->grantees = longer(arena, st->grantees, st->n_grantees, sizeof(*st->grantees));
        if (st->grantees != NULL) {
            st->grantees[st->n_grantees++] = grantee_of(s->q->who);
        }
        break;
    case DROP_CONDITION:
        drop_condition(arena, st, near->condition);
        break;
    case DROP_ACTION:
        drop_action(arena, st, near->value);
        break;
    case DROP_STATEMENT:
        st->n_actions = 0;
        break;
    }
}

/* The policy with the change; NULL: no memory. */
static struct cam_policy *changed_policy(struct search *s, const struct near *near)
{
    struct cam_policy *copy = cos_arena_alloc(s->arena, sizeof(*copy));
    size_t n = near->policy->n_statements;
    struct cam_statement *statements = cos_arena_array(s->arena, n, sizeof(*statements));
    if (copy == NULL || statements == NULL) {
        return NULL;
    }
    *copy = *near->policy;
    memcpy(statements, near->policy->statements, n * sizeof(*statements));
    copy->statements = statements;
    make_change(s, near, &statements[near->statement]);
    return s->arena->failed ? NULL : copy;
}

static bool replace_in(struct search *s, struct cam_principal *who,
                       const struct cam_policy *old, struct cam_policy *by)
{
    struct cam_policy **items =
        cos_arena_array(s->arena, who->n_policies, sizeof(struct cam_policy *));
    for (size_t i = 0; i < who->n_policies && items != NULL; i++) {
        items[i] = who->policies[i] == old ? by : who->policies[i];
    }
    who->policies = items;
    return items != NULL;
}

/* Ask again, with the change. False: no memory. */
static bool ask_again(struct search *s, struct near *near)
{
    struct cam_policy *policy = changed_policy(s, near);
    struct cam_principal who = *s->q->who;
    struct cam_question q = *s->q;
    if (policy == NULL) {
        return false;
    }
    q.who = &who;
    switch (near->layer) {
    case CAM_LAYER_SESSION:
        who.session = policy;
        break;
    case CAM_LAYER_BOUNDARY:
        who.boundary = policy;
        break;
    case CAM_LAYER_BUCKET:
        q.bucket = policy;
        break;
    case CAM_LAYER_TRUST:
        q.trust = policy;
        break;
    default:
        if (!replace_in(s, &who, near->policy, policy)) {
            return false;
        }
        break;
    }
    cam_eval(s->arena, &near->then, &q);
    return !s->arena->failed;
}

/* --- which are told --- */

/* Better: what allows it, then what takes the smaller change. */
static int rank(const struct near *near)
{
    static const int of_change[] = {
        [DROP_ACTION] = 0,  [DROP_CONDITION] = 1, [ADD_ACTION] = 2,
        [ADD_RESOURCE] = 3, [ADD_PRINCIPAL] = 4,  [DROP_STATEMENT] = 5,
    };
    return (near->then.allowed ? 0 : 10) + of_change[near->change];
}

static void keep(struct search *s, const struct near *near)
{
    size_t at = s->n < TOLD_MAX ? s->n++ : TOLD_MAX;
    while (at > 0 && rank(&s->found[at - 1]) > rank(near)) {
        if (at < TOLD_MAX) {
            s->found[at] = s->found[at - 1];
        }
        at--;
    }
    if (at < TOLD_MAX) {
        s->found[at] = *near;
    }
}

static bool is_other(const struct cam_verdict *a, const struct cam_verdict *b)
{
    return a->reason != b->reason || a->layer != b->layer || a->statement != b->statement ||
           !cos_span_eq(a->policy, b->policy);
}

static void consider(struct search *s, struct near *near)
{
    if (s->tried++ < CANDIDATES_MAX && ask_again(s, near) &&
        (near->then.allowed || is_other(&near->then, s->now))) {
        keep(s, near);
    }
}

/* --- candidates --- */

static struct cos_span service_of(struct cos_span action)
{
    return cos_span_sub(action, 0, cos_span_chr(action, ':'));
}

/* Nobody would add an action of COS to a statement about machines. */
static bool is_about(const struct cam_statement *st, struct cos_span action)
{
    for (size_t i = 0; i < st->n_actions; i++) {
        struct cos_span service = service_of(st->actions[i]);
        if (cos_span_eq_str(service, "*") || cos_span_eq(service, service_of(action))) {
            return true;
        }
    }
    return false;
}

static struct cos_span caller_arn(struct cos_arena *arena, const struct cam_principal *who)
{
    return who->kind == CAM_ANONYMOUS ? COS_SPAN_LIT("qcs::cam::anyone:anyone")
           : who->kind == CAM_ROLE
               ? cos_arena_printf(arena, "qcs::cam::uin/%s:roleName/%s", who->owner_uin,
                                  who->role)
               : cos_arena_printf(arena, "qcs::cam::uin/%s:uin/%s", who->owner_uin, who->uin);
}

/* The one clause that fails; CLAUSE_NONE: none does, or several do. */
static enum clause only_failing(struct search *s, const struct near *near,
                                const char *creator_uin)
{
    const struct cam_statement *st = &near->policy->statements[near->statement];
    static const enum clause all[] = {CLAUSE_PRINCIPAL, CLAUSE_ACTION, CLAUSE_RESOURCE,
                                      CLAUSE_CONDITION};
    enum clause failing = CLAUSE_NONE;
    size_t n = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
        if (!cam_clause_holds(all[i], st, &s->l->in, creator_uin, near->layer)) {
            failing = all[i];
            n++;
        }
    }
    return n == 1 ? failing : CLAUSE_NONE;
}

static const struct cam_condition *only_failing_condition(struct search *s,
                                                          const struct cam_statement *st)
{
    const struct cam_condition *first =
        cam_condition_failing(st->conditions, st->n_conditions, &s->l->in.keys);
    size_t behind = (size_t)(first - st->conditions) + 1;
    return cam_condition_failing(st->conditions + behind, st->n_conditions - behind,
                                 &s->l->in.keys) == NULL
               ? first
               : NULL;
}

static void consider_allow(struct search *s, struct near *near, const char *creator_uin)
{
    const struct cam_statement *st = &near->policy->statements[near->statement];
    struct cos_span action = cam_action_plain(s->q->action);
    switch (only_failing(s, near, creator_uin)) {
    case CLAUSE_ACTION:
        near->change = ADD_ACTION;
        near->value = s->q->action;
        if (is_about(st, action)) {
            consider(s, near);
        }
        break;
    case CLAUSE_RESOURCE:
        near->change = ADD_RESOURCE;
        near->value = s->q->resource;
        consider(s, near);
        break;
    case CLAUSE_PRINCIPAL:
        near->change = ADD_PRINCIPAL;
        near->value = caller_arn(s->arena, s->q->who);
        if (s->q->who->provider == NULL) {
            consider(s, near);
        }
        break;
    case CLAUSE_CONDITION:
        near->change = DROP_CONDITION;
        near->condition = only_failing_condition(s, st);
        if (near->condition != NULL) {
            near->value = near->condition->key_name;
            consider(s, near);
        }
        break;
    case CLAUSE_NONE:
        break;
    }
}

/* It hits: the action alone, where it is spelt out among others, else the whole statement. */
static void consider_deny(struct search *s, struct near *near)
{
    const struct cam_statement *st = &near->policy->statements[near->statement];
    struct cos_span action = cam_action_plain(s->q->action);
    bool is_spelt = false;
    for (size_t i = 0; i < st->n_actions; i++) {
        is_spelt = is_spelt || cos_span_eq(st->actions[i], action);
    }
    near->change = is_spelt && st->n_actions > 1 ? DROP_ACTION : DROP_STATEMENT;
    near->value = near->change == DROP_ACTION ? action : COS_SPAN_EMPTY;
    consider(s, near);
}

static void consider_policy(struct search *s, enum cam_layer layer,
                            const struct cam_policy *policy)
{
    bool is_owners = layer == CAM_LAYER_BUCKET || layer == CAM_LAYER_TRUST;
    const char *creator_uin = is_owners ? s->q->owner_uin : s->q->who->owner_uin;
    for (size_t i = 0; policy != NULL && i < policy->n_statements; i++) {
        struct near near = {.layer = layer, .policy = policy, .statement = i};
        bool decides =
            s->l->by != NULL && s->l->by->policy == policy && s->l->by->statement == (int)i;
        if (policy->statements[i].is_deny && decides) {
            consider_deny(s, &near);
        } else if (!policy->statements[i].is_deny) {
            consider_allow(s, &near, creator_uin);
        }
    }
}

static void look(struct search *s)
{
    const struct cam_principal *who = s->q->who;
    for (size_t i = 0; who->kind != CAM_ANONYMOUS && i < who->n_policies; i++) {
        consider_policy(s, CAM_LAYER_IDENTITY, who->policies[i]);
    }
    consider_policy(s, CAM_LAYER_BOUNDARY, cam_boundary_of(who));
    consider_policy(s, CAM_LAYER_SESSION, who->session);
    consider_policy(s, CAM_LAYER_BUCKET, s->q->bucket);
    consider_policy(s, CAM_LAYER_TRUST, s->q->trust);
}

/* --- in words --- */

static void say_change(struct cos_buf *b, const struct near *near)
{
    const struct cam_statement *st = &near->policy->statements[near->statement];
    const char *kind = near->change == ADD_ACTION || near->change == DROP_ACTION ? "action"
                       : near->change == ADD_RESOURCE                            ? "resource"
                                                                                 : "principal";
    switch (near->change) {
    case ADD_ACTION:
    case ADD_RESOURCE:
    case ADD_PRINCIPAL:
        cos_buf_printf(b, "if %s '" COS_SPAN_FMT "' were added to ", kind,
                       COS_SPAN_ARG(near->value));
        break;
    case DROP_CONDITION:
        cos_buf_printf(b, "without the condition on " COS_SPAN_FMT " (" COS_SPAN_FMT ") of ",
                       COS_SPAN_ARG(near->value), COS_SPAN_ARG(near->condition->name));
        break;
    case DROP_ACTION:
        cos_buf_printf(b, "if action '" COS_SPAN_FMT "' were taken out of the deny in ",
                       COS_SPAN_ARG(near->value));
        break;
    case DROP_STATEMENT:
        cos_buf_str(b, "without the deny in ");
        break;
    }
    cam_print_statement(b, near->policy, (int)near->statement, st->sid);
}

static void tell(struct cos_jw *w, const struct near *near)
{
    const struct cam_statement *st = &near->policy->statements[near->statement];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 8192);
    cos_buf_str(&b, near->then.allowed ? "allowed " : "one obstacle less ");
    say_change(&b, near);
    if (!near->then.allowed) {
        cos_buf_printf(&b, "; then still denied: %s", cam_reason_word(near->then.reason));
    }
    cos_jw_object(w, NULL);
    cos_jw_span(w, "says", cos_buf_view(&b));
    cos_jw_bool(w, "allows", near->then.allowed);
    cos_jw_str(w, "layer", cam_layer_word(near->layer));
    cos_jw_span(w, "policy", near->policy->name);
    cos_jw_u64(w, "statement", near->statement);
    if (st->sid.len > 0) {
        cos_jw_span(w, "sid", st->sid);
    }
    cos_jw_str(w, "change", change_words[near->change]);
    if (near->value.len > 0) {
        cos_jw_span(w, "value", near->value);
    }
    cos_jw_end(w);
}

void cam_tell_near(struct cos_jw *w, struct cos_arena *arena, struct layers *l,
                   const struct cam_question *q, const struct cam_verdict *now)
{
    struct search s = {.arena = arena, .q = q, .now = now, .l = l};
    if (!now->allowed) {
        look(&s);
    }
    cos_jw_array(w, "near_misses");
    for (size_t i = 0; i < s.n; i++) {
        tell(w, &s.found[i]);
    }
    cos_jw_end(w);
}
