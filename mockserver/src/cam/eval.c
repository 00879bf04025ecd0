/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judgement (sts-cam.md s.3.3):
 *
 *   anonymous  a bucket statement for anyone: deny, else allow; a list's grant to AllUsers;
 *              else implicit deny
 *   signed     1 targeted bucket deny | identity deny | boundary deny | session deny
 *                                                                           explicit deny
 *              2 base = root of the owner | identity allow, which the boundary allows, too |
 *                targeted bucket allow | a list's grant to the caller; across accounts bucket
 *                or list must grant, and a sub-account needs its own policy as well
 *              3 temporary key with a policy: base AND session allow        the intersection
 *              4 a bucket allow or a list's grant for anyone, when no statement denies anyone
 *              5 a question that needs no grant: allow
 *              6 implicit deny
 *   a role     is assumed when its trust policy and the caller's own rights both allow it, and
 *              nothing denies it; who comes from an identity provider has no rights of his own
 *              to ask (cam-conditions.md s.6)
 *
 * A boundary is of sub-accounts and roles, grants nothing, and bounds what their own policies
 * give (cam-conditions.md s.5); whether grants of a bucket policy or a list to them as well is
 * open, and a rule of the question.
 *
 * A list is looked for when policies leave it open, so whoever has a right by policy pays for
 * none. "Deny anyone" hits unsigned requests only (436/35240, 40105), unlike AWS, unless the
 * rules of the question say otherwise.
 */
#include "cam/layers.h"

#define REASON_ROW(id, word, allows) [CAM_REASON_##id] = {word, allows},
static const struct {
    const char *word;
    bool allows;
} reasons[] = {CAM_REASONS(REASON_ROW)};

const char *cam_reason_word(enum cam_reason reason)
{
    return reasons[reason].word;
}

#define LAYER_WORD(id, word) [CAM_LAYER_##id] = (word),
static const char *const layer_words[] = {CAM_LAYERS(LAYER_WORD)};

const char *cam_layer_word(enum cam_layer layer)
{
    return layer_words[layer];
}

/* How far a statement got that does not apply. */
static int nearness(enum clause failing)
{
    static const int order[] = {[CLAUSE_NONE] = 0,
                                [CLAUSE_PRINCIPAL] = 1,
                                [CLAUSE_ACTION] = 1,
                                [CLAUSE_RESOURCE] = 2,
                                [CLAUSE_CONDITION] = 3};
    return order[failing];
}

/* Add the statements of one policy to the opinion of its layer: deny beats allow beats
 * silence. */
static void consult(struct opinion *o, const struct cam_policy *p, struct inquiry *in,
                    const char *creator_uin, enum audience audience)
{
    for (size_t i = 0; p != NULL && i < p->n_statements && o->says != CAM_DENY; i++) {
        const struct cam_statement *st = &p->statements[i];
        enum clause failing = cam_first_failing(st, in, creator_uin, audience);
        if (failing == CLAUSE_NONE && (st->is_deny || o->says != CAM_ALLOW)) {
            o->says = st->is_deny ? CAM_DENY : CAM_ALLOW;
            o->statement = (int)i;
            o->policy = p;
        } else if (failing != CLAUSE_NONE && !st->is_deny &&
                   (o->near_policy == NULL || nearness(failing) >= 2)) {
            o->near_policy = p;
            o->near_statement = (int)i;
            o->near_clause = failing;
        }
    }
}

static struct opinion silent(void)
{
    return (struct opinion){.says = CAM_IMPLICIT, .statement = -1, .near_statement = -1};
}

/* A policy that gives nothing, and takes what it does not allow; NULL: there is none. */
static void consult_limit(struct opinion *o, const struct cam_policy *p, struct inquiry *in,
                          const char *creator_uin)
{
    consult(o, p, in, creator_uin, AUDIENCE_ALL);
    o->says = p == NULL ? CAM_NA : o->says;
}

static bool lets_pass(const struct opinion *limit)
{
    return limit->says == CAM_NA || limit->says == CAM_ALLOW;
}

bool cam_speaks_for_account(const struct cam_principal *who)
{
    return who->kind != CAM_ANONYMOUS && strcmp(who->uin, who->owner_uin) == 0;
}

const struct cam_policy *cam_boundary_of(const struct cam_principal *who)
{
    return who->kind == CAM_ANONYMOUS || cam_speaks_for_account(who) ? NULL : who->boundary;
}

bool cam_own_policies_allow(const struct layers *l)
{
    return l->identity.says == CAM_ALLOW && lets_pass(&l->boundary);
}

static void consult_all(struct layers *l, const struct cam_question *q, struct cos_arena *arena)
{
    cam_asked_init(&l->in.keys, q, arena);
    (void)cam_resource_split(&l->in.asked, q->resource);
    l->in.path = (struct cam_text){l->in.asked.path, .may_index = true};
    l->identity = l->boundary = l->session = l->trust = silent();
    l->bucket_caller = l->bucket_root = l->bucket_anyone = silent();
    const char *creator = q->who->owner_uin;
    for (size_t i = 0; q->who->kind != CAM_ANONYMOUS && i < q->who->n_policies; i++) {
        consult(&l->identity, q->who->policies[i], &l->in, creator, AUDIENCE_ALL);
    }
    consult_limit(&l->boundary, cam_boundary_of(q->who), &l->in, creator);
    consult_limit(&l->session, q->who->session, &l->in, creator);
    consult(&l->bucket_anyone, q->bucket, &l->in, q->owner_uin, AUDIENCE_ANYONE);
    if (q->who->kind != CAM_ANONYMOUS) {
        consult(&l->bucket_caller, q->bucket, &l->in, q->owner_uin, AUDIENCE_CALLER);
        consult(&l->bucket_root, q->bucket, &l->in, q->owner_uin, AUDIENCE_CALLERS_ROOT);
    }
    /* an account stands for its users there (cn:598/33164) */
    consult(&l->trust, q->trust, &l->in, q->owner_uin, AUDIENCE_CALLERS_ROOT);
    consult(&l->trust, q->trust, &l->in, q->owner_uin, AUDIENCE_CALLER);
    if (q->who->kind != CAM_ANONYMOUS) {
        consult(&l->trust, q->trust, &l->in, q->owner_uin, AUDIENCE_ANYONE);
    }
    cam_text_deinit(&l->in.path);
}

/* @by: the opinion whose statement decided; NULL: none did. */
static void decide(struct cam_verdict *v, struct layers *l, enum cam_reason reason,
                   enum cam_layer layer, const struct opinion *by)
{
    v->allowed = reasons[reason].allows;
    v->reason = reason;
    v->layer = layer;
    v->statement = by == NULL ? -1 : by->statement;
    l->by = by;
    l->grant = NULL;
}

static void decide_by_grant(struct cam_verdict *v, struct layers *l, enum cam_reason reason,
                            const struct acl_grant *grant)
{
    decide(v, l, reason, l->list.list.layer, /* by= */ NULL);
    l->grant = grant;
}

static bool owns_resource(const struct cam_question *q)
{
    return cam_speaks_for_account(q->who) && strcmp(q->who->owner_uin, q->owner_uin) == 0;
}

/* Whether what a bucket policy or a list grants him reaches him. */
static bool can_be_granted(const struct layers *l, const struct cam_question *q)
{
    return !q->rules.does_boundary_cap_grants || lets_pass(&l->boundary);
}

static bool base_allows(const struct layers *l, const struct cam_question *q,
                        enum cam_layer *layer, const struct opinion **by)
{
    bool same_account = strcmp(q->who->owner_uin, q->owner_uin) == 0;
    bool speaks_for_account = cam_speaks_for_account(q->who);
    bool own_allow = cam_own_policies_allow(l);
    bool may_be_granted = can_be_granted(l, q);
    *by = NULL;
    if (same_account && speaks_for_account) {
        *layer = CAM_LAYER_ROOT;
        return true;
    }
    if (same_account && own_allow) {
        *layer = CAM_LAYER_IDENTITY;
        *by = &l->identity;
        return true;
    }
    if (l->bucket_caller.says == CAM_ALLOW && may_be_granted &&
        (same_account || speaks_for_account || own_allow)) {
        *layer = CAM_LAYER_BUCKET;
        *by = &l->bucket_caller;
        return true;
    }
    if (!same_account && l->bucket_root.says == CAM_ALLOW && own_allow) {
        *layer = CAM_LAYER_BUCKET;
        *by = &l->bucket_root;
        return true;
    }
    return false;
}

static bool lists_grant(const struct list_opinion *o, const struct cam_question *q,
                        enum acl_audience audience, struct acl_grant *out)
{
    return acl_find_grant(&o->list.acl, &o->list.owners, q->who, audience, o->need.permission,
                          out);
}

/* A grant to an account reaches another one's user if his own policies allow it, too
 * (598/10605), unless the bucket's policy denies the account what it would hand on; the owner's
 * users need one to themselves. */
void cam_consult_list(struct layers *l, const struct cam_question *q)
{
    struct list_opinion *o = &l->list;
    if (o->is_asked || q->find_list == NULL) {
        return;
    }
    o->is_asked = true;
    o->is_found = acl_need_of(cam_action_plain(q->action), &o->need) &&
                  q->find_list(q->lists, &o->need, &o->list);
    if (!o->is_found) {
        return;
    }
    o->to_anyone = lists_grant(o, q, ACL_EVERYONE, &o->anyone_grant);
    if (q->who->kind == CAM_ANONYMOUS) {
        return;
    }
    bool same_account = strcmp(q->who->owner_uin, q->owner_uin) == 0;
    bool is_let = same_account || cam_speaks_for_account(q->who) || cam_own_policies_allow(l);
    bool has_root = !same_account && l->bucket_root.says != CAM_DENY;
    o->to_caller = is_let && (lists_grant(o, q, ACL_CALLER, &o->caller_grant) ||
                              (has_root && lists_grant(o, q, ACL_HIS_ROOT, &o->caller_grant)));
}

static void judge_anonymous(struct cam_verdict *v, struct layers *l,
                            const struct cam_question *q)
{
    switch (l->bucket_anyone.says) {
    case CAM_DENY:
        decide(v, l, CAM_REASON_EXPLICIT_DENY_BUCKET, CAM_LAYER_BUCKET, &l->bucket_anyone);
        break;
    case CAM_ALLOW:
        decide(v, l, CAM_REASON_BUCKET_ANYONE, CAM_LAYER_BUCKET, &l->bucket_anyone);
        break;
    default:
        cam_consult_list(l, q);
        if (l->list.to_anyone) {
            decide_by_grant(v, l, CAM_REASON_ACL, &l->list.anyone_grant);
        } else {
            decide(v, l, CAM_REASON_IMPLICIT_DENY, CAM_LAYER_NONE, /* by= */ NULL);
        }
        break;
    }
}

/* The boundary is what is in the way, or one of two things. */
static bool is_capped(const struct layers *l, const struct cam_question *q)
{
    bool is_granted = l->bucket_caller.says == CAM_ALLOW || l->list.to_caller;
    return !lets_pass(&l->boundary) &&
           (l->identity.says == CAM_ALLOW || (is_granted && !can_be_granted(l, q)));
}

/* Where no policy decides: lists, and what needs no grant. @has_base: there is one, and the
 * session's policy does not let it pass. */
static void judge_undecided(struct cam_verdict *v, struct layers *l,
                            const struct cam_question *q, bool has_base)
{
    cam_consult_list(l, q);
    bool is_granted = l->list.to_caller && can_be_granted(l, q);
    if (is_granted && lets_pass(&l->session)) {
        decide_by_grant(v, l, CAM_REASON_ACL, &l->list.caller_grant);
    } else if (l->list.to_anyone && l->bucket_anyone.says != CAM_DENY) {
        decide_by_grant(v, l, CAM_REASON_ACL_ANYONE, &l->list.anyone_grant);
    } else if (q->needs_no_grant) {
        decide(v, l, CAM_REASON_NO_GRANT_NEEDED, CAM_LAYER_NONE, /* by= */ NULL);
    } else if (has_base || is_granted) {
        decide(v, l, CAM_REASON_IMPLICIT_DENY_SESSION, CAM_LAYER_SESSION, /* by= */ NULL);
    } else if (is_capped(l, q)) {
        decide(v, l, CAM_REASON_IMPLICIT_DENY_BOUNDARY, CAM_LAYER_BOUNDARY, /* by= */ NULL);
    } else {
        decide(v, l, CAM_REASON_IMPLICIT_DENY, CAM_LAYER_NONE, /* by= */ NULL);
    }
}

/* What is the caller's own denies it. */
static bool own_deny(struct cam_verdict *v, struct layers *l)
{
    const struct {
        const struct opinion *opinion;
        enum cam_reason reason;
        enum cam_layer layer;
    } rows[] = {
        {&l->identity, CAM_REASON_EXPLICIT_DENY_IDENTITY, CAM_LAYER_IDENTITY},
        {&l->boundary, CAM_REASON_EXPLICIT_DENY_BOUNDARY, CAM_LAYER_BOUNDARY},
        {&l->session, CAM_REASON_EXPLICIT_DENY_SESSION, CAM_LAYER_SESSION},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (rows[i].opinion->says == CAM_DENY) {
            decide(v, l, rows[i].reason, rows[i].layer, rows[i].opinion);
            return true;
        }
    }
    return false;
}

static void judge_signed(struct cam_verdict *v, struct layers *l, const struct cam_question *q)
{
    /* The owner can always mend a bucket policy that shuts it out (45235). */
    bool may_mend =
        owns_resource(q) && cos_span_eq_str(cam_action_plain(q->action), "cos:PutBucketPolicy");
    enum cam_layer layer = CAM_LAYER_NONE;
    const struct opinion *by = NULL;
    bool has_base = base_allows(l, q, &layer, &by);
    if (l->bucket_caller.says == CAM_DENY && !may_mend) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_BUCKET, CAM_LAYER_BUCKET, &l->bucket_caller);
    } else if (q->rules.is_anyone_deny_strict && l->bucket_anyone.says == CAM_DENY &&
               !may_mend) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_BUCKET, CAM_LAYER_BUCKET, &l->bucket_anyone);
    } else if (own_deny(v, l)) {
        return;
    } else if (has_base && lets_pass(&l->session)) {
        decide(v, l, CAM_REASON_ALLOW, layer, by);
    } else if (l->bucket_anyone.says == CAM_ALLOW) {
        decide(v, l, CAM_REASON_BUCKET_ANYONE, CAM_LAYER_BUCKET, &l->bucket_anyone);
    } else {
        judge_undecided(v, l, q, has_base);
    }
}

static bool has_own_right(const struct layers *l, const struct cam_question *q)
{
    return q->who->provider != NULL || cam_speaks_for_account(q->who) ||
           cam_own_policies_allow(l);
}

static void judge_assumption(struct cam_verdict *v, struct layers *l,
                             const struct cam_question *q)
{
    if (l->trust.says == CAM_DENY) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_TRUST, CAM_LAYER_TRUST, &l->trust);
    } else if (own_deny(v, l)) {
        return;
    } else if (l->trust.says != CAM_ALLOW) {
        decide(v, l, CAM_REASON_IMPLICIT_DENY_TRUST, CAM_LAYER_TRUST, /* by= */ NULL);
    } else if (!has_own_right(l, q) && l->identity.says == CAM_ALLOW) {
        decide(v, l, CAM_REASON_IMPLICIT_DENY_BOUNDARY, CAM_LAYER_BOUNDARY, /* by= */ NULL);
    } else if (!has_own_right(l, q)) {
        decide(v, l, CAM_REASON_IMPLICIT_DENY, CAM_LAYER_NONE, /* by= */ NULL);
    } else if (l->session.says == CAM_IMPLICIT) {
        decide(v, l, CAM_REASON_IMPLICIT_DENY_SESSION, CAM_LAYER_SESSION, /* by= */ NULL);
    } else {
        decide(v, l, CAM_REASON_ALLOW, CAM_LAYER_TRUST, &l->trust);
    }
}

static enum cam_says bucket_says(const struct layers *l)
{
    if (l->bucket_caller.says == CAM_DENY || l->bucket_anyone.says == CAM_DENY) {
        return CAM_DENY;
    }
    return l->bucket_caller.says == CAM_ALLOW || l->bucket_root.says == CAM_ALLOW ||
                   l->bucket_anyone.says == CAM_ALLOW
               ? CAM_ALLOW
               : CAM_IMPLICIT;
}

void cam_judge(struct cos_arena *arena, struct cam_verdict *out, struct layers *l,
               const struct cam_question *q)
{
    *out = (struct cam_verdict){.statement = -1};
    l->list.is_asked = l->list.is_found = l->list.to_caller = l->list.to_anyone = false;
    consult_all(l, q, arena);
    if (q->trust != NULL) {
        judge_assumption(out, l, q);
    } else if (q->who->kind == CAM_ANONYMOUS) {
        judge_anonymous(out, l, q);
    } else {
        judge_signed(out, l, q);
    }
    out->identity =
        q->who->kind == CAM_ANONYMOUS
            ? CAM_NA
            : (owns_resource(q) && l->identity.says == CAM_IMPLICIT ? CAM_ALLOW
                                                                    : l->identity.says);
    out->boundary = l->boundary.says;
    out->session = l->session.says;
    out->bucket = q->bucket == NULL ? CAM_NA : bucket_says(l);
    out->trust = q->trust == NULL ? CAM_NA : l->trust.says;
    out->policy = l->by != NULL      ? cos_arena_span(arena, l->by->policy->name)
                  : l->grant != NULL ? cam_say_grant(arena, l)
                                     : COS_SPAN_EMPTY;
    out->why = !out->allowed ? cam_say_denied(arena, out, l, q)
               : l->grant != NULL
                   ? cos_arena_printf(arena, "%s: " COS_SPAN_FMT, cam_reason_word(out->reason),
                                      COS_SPAN_ARG(out->policy))
                   : cos_span_of(cam_reason_word(out->reason));
}

void cam_eval(struct cos_arena *arena, struct cam_verdict *out,
              const struct cam_question *question)
{
    struct layers l;
    cam_judge(arena, out, &l, question);
}
