/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a statement applies: to this caller, action, resource, under these conditions. What
 * documents leave open about matching is a rule of the question (struct cam_rules).
 */
#include "cam/layers.h"

/* A statement, and what it is compared with. */
struct comparison {
    const struct cam_statement *st;
    const struct cam_question *q;
    const struct cam_resource *asked;
    struct cam_text *path;
    const char *creator_uin; /* whose policy it is */
};

static bool action_matches(const struct cam_statement *st, struct cos_span action)
{
    for (size_t i = 0; i < st->n_actions; i++) {
        if (cam_glob(st->actions[i], action)) {
            return true;
        }
    }
    return false;
}

/* --- resources --- */

/* "uid/ *" is no wildcard (apache/fluss#3983); that a deny means every account by it is a
 * rule. */
static bool is_any_account(struct cos_span account)
{
    return cos_span_eq_str(account, "*") || cos_span_eq_str(account, "uid/*") ||
           cos_span_eq_str(account, "uin/*");
}

/* An empty account segment means the creator's root. */
static bool account_matches(const struct comparison *c, struct cos_span account)
{
    const struct cam_question *q = c->q;
    if (account.len == 0) {
        return strcmp(c->creator_uin, q->owner_uin) == 0;
    }
    if (is_any_account(account)) {
        return c->st->is_deny && q->rules.does_deny_hit_any_account;
    }
    if (cos_span_starts(account, COS_SPAN_LIT("uid/"))) {
        return cos_span_eq_str(cos_span_from(account, 4), q->owner_appid);
    }
    return cos_span_starts(account, COS_SPAN_LIT("uin/")) &&
           cos_span_eq_str(cos_span_from(account, 4), q->owner_uin);
}

static bool is_all(struct cos_span segment)
{
    return segment.len == 0 || cos_span_eq_str(segment, "*");
}

static bool region_matches(const struct comparison *c, struct cos_span region)
{
    return is_all(region) || cos_span_eq(region, c->asked->region) ||
           (c->q->rules.are_regions_globs && cam_glob(region, c->asked->region));
}

static bool path_matches(const struct comparison *c, struct cos_span path)
{
    return c->q->rules.is_question_mark_any ? cam_glob_with_marks(path, c->asked->path)
                                            : cam_glob_in(c->path, path);
}

/* A service-level action must be granted on "*" (cn:598/69901). That qcs::cos:::* limits
 * nothing either is a rule. */
static bool is_all_of_service(const struct comparison *c, const struct cam_resource *have)
{
    struct cos_span rest = cam_action_plain(c->q->action);
    struct cos_span service = cos_span_cut(&rest, ':');
    return c->q->rules.is_all_of_service_star &&
           (is_all(have->service) || cos_span_eq(have->service, service)) &&
           is_all(have->region) && account_matches(c, have->account) &&
           cos_span_eq_str(have->path, "*");
}

static bool resource_matches(const struct comparison *c, const struct cam_resource *have)
{
    if (have->is_star || c->asked->is_star) {
        return have->is_star || is_all_of_service(c, have);
    }
    return (is_all(have->service) || cos_span_eq(have->service, c->asked->service)) &&
           region_matches(c, have->region) && account_matches(c, have->account) &&
           path_matches(c, have->path);
}

/* A trust policy names no resource: its role is meant. */
static bool any_resource_matches(const struct comparison *c)
{
    for (size_t i = 0; i < c->st->n_resources; i++) {
        if (resource_matches(c, &c->st->resources[i])) {
            return true;
        }
    }
    return c->st->resources == NULL;
}

/* --- principals --- */

static bool is_of_account(const struct cam_grantee *g, const struct cam_principal *who)
{
    return who->kind != CAM_ANONYMOUS && cos_span_eq_str(g->owner_uin, who->owner_uin);
}

/* Of a role none: it is no user. */
static bool is_user(const struct comparison *c, const struct cam_grantee *g)
{
    const struct cam_principal *who = c->q->who;
    bool is_any = cos_span_eq_str(g->uin, "*") && !c->q->rules.is_any_user_nobody;
    return who->kind != CAM_ROLE && (is_any || cos_span_eq_str(g->uin, who->uin));
}

static bool is_role(const struct cam_grantee *g, const struct cam_principal *who)
{
    return who->kind == CAM_ROLE &&
           (cos_span_eq_str(g->role, who->role) || cos_span_eq_str(g->role_id, who->uin));
}

static bool is_root_of(const struct cam_grantee *g, const struct cam_principal *who)
{
    return is_of_account(g, who) && cos_span_eq_str(g->uin, who->owner_uin);
}

static bool is_caller(const struct comparison *c, const struct cam_grantee *g)
{
    const struct cam_principal *who = c->q->who;
    const struct cam_rules *rules = &c->q->rules;
    bool stands_for_users =
        c->st->is_deny ? rules->does_root_deny_hit_users : rules->does_root_stand_for_users;
    if (g->whole_arn.len > 0) {
        return who->provider != NULL && cos_span_eq_str(g->whole_arn, who->provider);
    }
    return is_of_account(g, who) &&
           (is_user(c, g) || is_role(g, who) || (stands_for_users && is_root_of(g, who)));
}

static bool grantee_matches(const struct comparison *c, enum audience audience)
{
    for (size_t i = 0; i < c->st->n_grantees; i++) {
        const struct cam_grantee *g = &c->st->grantees[i];
        bool hit = audience == AUDIENCE_ANYONE   ? g->is_anyone
                   : audience == AUDIENCE_CALLER ? is_caller(c, g)
                                                 : is_root_of(g, c->q->who);
        if (hit) {
            return true;
        }
    }
    return audience == AUDIENCE_ALL;
}

enum clause cam_first_failing(const struct cam_statement *st, struct inquiry *in,
                              const char *creator_uin, enum audience audience)
{
    const struct cam_question *q = in->keys.question;
    const struct comparison c = {st, q, &in->asked, &in->path, creator_uin};
    if (!grantee_matches(&c, audience)) {
        return CLAUSE_PRINCIPAL;
    }
    if (!action_matches(st, cam_action_plain(q->action))) {
        return CLAUSE_ACTION;
    }
    if (!any_resource_matches(&c)) {
        return CLAUSE_RESOURCE;
    }
    return cam_condition_failing(st->conditions, st->n_conditions, &in->keys) == NULL
               ? CLAUSE_NONE
               : CLAUSE_CONDITION;
}

/* By whichever way the caller is named. */
static bool is_named(const struct comparison *c)
{
    bool is_nobody = c->q->who->kind == CAM_ANONYMOUS;
    return grantee_matches(c, AUDIENCE_ANYONE) ||
           (!is_nobody &&
            (grantee_matches(c, AUDIENCE_CALLER) || grantee_matches(c, AUDIENCE_CALLERS_ROOT)));
}

bool cam_clause_holds(enum clause clause, const struct cam_statement *st, struct inquiry *in,
                      const char *creator_uin, enum cam_layer layer)
{
    const struct cam_question *q = in->keys.question;
    const struct comparison c = {st, q, &in->asked, &in->path, creator_uin};
    switch (clause) {
    case CLAUSE_PRINCIPAL:
        return (layer != CAM_LAYER_BUCKET && layer != CAM_LAYER_TRUST) || is_named(&c);
    case CLAUSE_ACTION:
        return action_matches(st, cam_action_plain(q->action));
    case CLAUSE_RESOURCE:
        return any_resource_matches(&c);
    case CLAUSE_CONDITION:
        return cam_condition_failing(st->conditions, st->n_conditions, &in->keys) == NULL;
    case CLAUSE_NONE:
        break;
    }
    return true;
}
