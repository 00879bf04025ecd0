/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judgement (sts-cam.md s.3.3):
 *
 *   anonymous  a bucket statement for anyone: deny, else allow; a list's grant to AllUsers;
 *              else implicit deny
 *   signed     1 targeted bucket deny | identity deny | session deny        explicit deny
 *              2 base = root of the owner | identity allow | targeted bucket allow | a list's
 *                grant to the caller; across accounts bucket or list must grant, and a
 *                sub-account needs its own policy as well
 *              3 temporary key with a policy: base AND session allow        the intersection
 *              4 a bucket allow or a list's grant for anyone, when no statement denies anyone
 *              5 a question that needs no grant: allow
 *              6 implicit deny
 *   a role     is assumed when its trust policy and the caller's own rights both allow it, and
 *              nothing denies it; who comes from an identity provider has no rights of his own
 *              to ask (cam-conditions.md s.6)
 *
 * A list is looked for when policies leave it open, so whoever has a right by policy pays for
 * none. "Deny anyone" hits unsigned requests only (436/35240, 40105), unlike AWS;
 * strict_anyone_deny changes that.
 */
#include "cam/policy.h"

#include "cam/acl.h"
#include "cosbase/json.h"

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

enum clause {
    CLAUSE_NONE,
    CLAUSE_ACTION,
    CLAUSE_RESOURCE,
    CLAUSE_PRINCIPAL,
    CLAUSE_CONDITION,
};

/* What one layer says, and by which statement; `near` is the allow statement that came closest,
 * with what it lacked. */
struct opinion {
    enum cam_says says;
    int statement;
    const struct cam_policy *policy;
    int near_statement;
    enum clause near_clause;
    const struct cam_policy *near_policy;
};

/* What is asked, as statements are compared with it. */
struct inquiry {
    struct cam_resource asked;
    struct cam_asked keys;
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

/* @creator_*: the account whose policy it is; an empty account segment means its root. */
static bool account_matches(struct cos_span account, const struct cam_question *q,
                            const char *creator_uin)
{
    if (account.len == 0) {
        return strcmp(creator_uin, q->owner_uin) == 0;
    }
    if (cos_span_starts(account, COS_SPAN_LIT("uid/"))) {
        /* "uid/ *" is no wildcard: apache/fluss#3983 */
        return cos_span_eq_str(cos_span_from(account, 4), q->owner_appid);
    }
    return cos_span_starts(account, COS_SPAN_LIT("uin/")) &&
           cos_span_eq_str(cos_span_from(account, 4), q->owner_uin);
}

static bool resource_matches(const struct cam_resource *have, const struct cam_resource *asked,
                             const struct cam_question *q, const char *creator_uin)
{
    if (have->is_star) {
        return true;
    }
    if (asked->is_star) {
        return false; /* a service-level action must be granted on "*" (cn:598/69901) */
    }
    bool service = have->service.len == 0 || cos_span_eq_str(have->service, "*") ||
                   cos_span_eq(have->service, asked->service);
    bool region = have->region.len == 0 || cos_span_eq_str(have->region, "*") ||
                  cos_span_eq(have->region, asked->region);
    return service && region && account_matches(have->account, q, creator_uin) &&
           cam_glob(have->path, asked->path);
}

/* A trust policy names no resource: its role is meant. */
static bool any_resource_matches(const struct cam_statement *st,
                                 const struct cam_resource *asked, const struct cam_question *q,
                                 const char *creator_uin)
{
    if (st->resources == NULL) {
        return true;
    }
    for (size_t i = 0; i < st->n_resources; i++) {
        if (resource_matches(&st->resources[i], asked, q, creator_uin)) {
            return true;
        }
    }
    return false;
}

enum audience { AUDIENCE_ALL, AUDIENCE_ANYONE, AUDIENCE_CALLER, AUDIENCE_CALLERS_ROOT };

static bool is_caller(const struct cam_grantee *g, const struct cam_principal *who)
{
    if (g->whole_arn.len > 0) {
        return who->provider != NULL && cos_span_eq_str(g->whole_arn, who->provider);
    }
    if (g->is_anyone || who->kind == CAM_ANONYMOUS ||
        !cos_span_eq_str(g->owner_uin, who->owner_uin)) {
        return false;
    }
    if (who->kind == CAM_ROLE) {
        return cos_span_eq_str(g->role, who->role) || cos_span_eq_str(g->role_id, who->uin);
    }
    return cos_span_eq_str(g->uin, who->uin) || cos_span_eq_str(g->uin, "*");
}

static bool is_root_of(const struct cam_grantee *g, const struct cam_principal *who)
{
    return g->uin.len > 0 && cos_span_eq_str(g->owner_uin, who->owner_uin) &&
           cos_span_eq_str(g->uin, who->owner_uin);
}

static bool grantee_matches(const struct cam_statement *st, enum audience audience,
                            const struct cam_principal *who)
{
    if (audience == AUDIENCE_ALL) {
        return true;
    }
    for (size_t i = 0; i < st->n_grantees; i++) {
        const struct cam_grantee *g = &st->grantees[i];
        bool hit = audience == AUDIENCE_ANYONE   ? g->is_anyone
                   : audience == AUDIENCE_CALLER ? is_caller(g, who)
                                                 : is_root_of(g, who);
        if (hit) {
            return true;
        }
    }
    return false;
}

static enum clause first_failing(const struct cam_statement *st, struct inquiry *in,
                                 const char *creator_uin, enum audience audience)
{
    const struct cam_question *q = in->keys.question;
    if (!grantee_matches(st, audience, q->who)) {
        return CLAUSE_PRINCIPAL;
    }
    if (!action_matches(st, cam_action_plain(q->action))) {
        return CLAUSE_ACTION;
    }
    if (!any_resource_matches(st, &in->asked, q, creator_uin)) {
        return CLAUSE_RESOURCE;
    }
    return cam_condition_failing(st->conditions, st->n_conditions, &in->keys) == NULL
               ? CLAUSE_NONE
               : CLAUSE_CONDITION;
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
        enum clause failing = first_failing(st, in, creator_uin, audience);
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

/* What the list says that decides about the resource. */
struct list_opinion {
    bool is_asked, is_found; /* found: action and resource have one */
    struct acl_need need;
    struct acl_list list;
    bool to_caller, to_anyone;
    struct acl_grant caller_grant, anyone_grant;
};

struct layers {
    struct inquiry in;
    struct opinion identity, session, bucket_caller, bucket_root, bucket_anyone, trust;
    struct list_opinion list;
    const struct opinion *by;      /* the one whose statement decided; NULL: none did */
    const struct acl_grant *grant; /* of the list, the one that decided; NULL: none did */
};

static void consult_all(struct layers *l, const struct cam_question *q, struct cos_arena *arena)
{
    cam_asked_init(&l->in.keys, q, arena);
    (void)cam_resource_split(&l->in.asked, q->resource);
    l->identity = l->session = l->bucket_caller = l->bucket_root = l->bucket_anyone = silent();
    l->trust = silent();
    const char *creator = q->who->owner_uin;
    for (size_t i = 0; q->who->kind != CAM_ANONYMOUS && i < q->who->n_policies; i++) {
        consult(&l->identity, q->who->policies[i], &l->in, creator, AUDIENCE_ALL);
    }
    if (q->who->session != NULL) {
        consult(&l->session, q->who->session, &l->in, creator, AUDIENCE_ALL);
    } else {
        l->session.says = CAM_NA;
    }
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

bool cam_speaks_for_account(const struct cam_principal *who)
{
    return who->kind != CAM_ANONYMOUS && strcmp(who->uin, who->owner_uin) == 0;
}

static bool owns_resource(const struct cam_question *q)
{
    return cam_speaks_for_account(q->who) && strcmp(q->who->owner_uin, q->owner_uin) == 0;
}

static bool base_allows(const struct layers *l, const struct cam_question *q,
                        enum cam_layer *layer, const struct opinion **by)
{
    bool same_account = strcmp(q->who->owner_uin, q->owner_uin) == 0;
    bool speaks_for_account = cam_speaks_for_account(q->who);
    *by = NULL;
    if (same_account && speaks_for_account) {
        *layer = CAM_LAYER_ROOT;
        return true;
    }
    if (same_account && l->identity.says == CAM_ALLOW) {
        *layer = CAM_LAYER_IDENTITY;
        *by = &l->identity;
        return true;
    }
    if (l->bucket_caller.says == CAM_ALLOW &&
        (same_account || speaks_for_account || l->identity.says == CAM_ALLOW)) {
        *layer = CAM_LAYER_BUCKET;
        *by = &l->bucket_caller;
        return true;
    }
    if (!same_account && l->bucket_root.says == CAM_ALLOW && l->identity.says == CAM_ALLOW) {
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
 * (598/10605); the owner's users need one to themselves. */
static void consult_list(struct layers *l, const struct cam_question *q)
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
    bool is_let =
        same_account || cam_speaks_for_account(q->who) || l->identity.says == CAM_ALLOW;
    o->to_caller =
        is_let && (lists_grant(o, q, ACL_CALLER, &o->caller_grant) ||
                   (!same_account && lists_grant(o, q, ACL_HIS_ROOT, &o->caller_grant)));
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
        consult_list(l, q);
        if (l->list.to_anyone) {
            decide_by_grant(v, l, CAM_REASON_ACL, &l->list.anyone_grant);
        } else {
            decide(v, l, CAM_REASON_IMPLICIT_DENY, CAM_LAYER_NONE, /* by= */ NULL);
        }
        break;
    }
}

/* Where no policy decides: lists, and what needs no grant. @has_base: there is one, and the
 * session's policy does not let it pass. */
static void judge_undecided(struct cam_verdict *v, struct layers *l,
                            const struct cam_question *q, bool has_base)
{
    consult_list(l, q);
    bool session_lets = l->session.says == CAM_NA || l->session.says == CAM_ALLOW;
    if (l->list.to_caller && session_lets) {
        decide_by_grant(v, l, CAM_REASON_ACL, &l->list.caller_grant);
    } else if (l->list.to_anyone && l->bucket_anyone.says != CAM_DENY) {
        decide_by_grant(v, l, CAM_REASON_ACL_ANYONE, &l->list.anyone_grant);
    } else if (q->needs_no_grant) {
        decide(v, l, CAM_REASON_NO_GRANT_NEEDED, CAM_LAYER_NONE, /* by= */ NULL);
    } else if (has_base || l->list.to_caller) {
        decide(v, l, CAM_REASON_IMPLICIT_DENY_SESSION, CAM_LAYER_SESSION, /* by= */ NULL);
    } else {
        decide(v, l, CAM_REASON_IMPLICIT_DENY, CAM_LAYER_NONE, /* by= */ NULL);
    }
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
    } else if (q->strict_anyone_deny && l->bucket_anyone.says == CAM_DENY && !may_mend) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_BUCKET, CAM_LAYER_BUCKET, &l->bucket_anyone);
    } else if (l->identity.says == CAM_DENY) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_IDENTITY, CAM_LAYER_IDENTITY, &l->identity);
    } else if (l->session.says == CAM_DENY) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_SESSION, CAM_LAYER_SESSION, &l->session);
    } else if (has_base && (l->session.says == CAM_NA || l->session.says == CAM_ALLOW)) {
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
           l->identity.says == CAM_ALLOW;
}

static void judge_assumption(struct cam_verdict *v, struct layers *l,
                             const struct cam_question *q)
{
    if (l->trust.says == CAM_DENY) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_TRUST, CAM_LAYER_TRUST, &l->trust);
    } else if (l->identity.says == CAM_DENY) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_IDENTITY, CAM_LAYER_IDENTITY, &l->identity);
    } else if (l->session.says == CAM_DENY) {
        decide(v, l, CAM_REASON_EXPLICIT_DENY_SESSION, CAM_LAYER_SESSION, &l->session);
    } else if (l->trust.says != CAM_ALLOW) {
        decide(v, l, CAM_REASON_IMPLICIT_DENY_TRUST, CAM_LAYER_TRUST, /* by= */ NULL);
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

static void print_policy(struct cos_buf *b, const struct cam_policy *p)
{
    bool is_identity = p->use == CAM_IDENTITY;
    cos_buf_printf(b, is_identity ? "policy '" COS_SPAN_FMT "'" : "the " COS_SPAN_FMT,
                   COS_SPAN_ARG(p->name));
}

void cam_print_statement(struct cos_buf *b, const struct cam_policy *p, int index,
                         struct cos_span sid)
{
    cos_buf_printf(b, "statement %d ", index);
    if (sid.len > 0) {
        cos_buf_printf(b, "(sid '" COS_SPAN_FMT "') ", COS_SPAN_ARG(sid));
    }
    cos_buf_str(b, "of ");
    print_policy(b, p);
}

static void print_statement(struct cos_buf *b, const struct cam_policy *p, int index)
{
    cam_print_statement(b, p, index, p->statements[index].sid);
}

/* " wants sts:external_id (string_equal) 'abc', the request has none" */
static void print_condition(struct cos_buf *b, const struct cam_statement *st,
                            struct cam_asked *keys)
{
    const struct cam_condition *c =
        cam_condition_failing(st->conditions, st->n_conditions, keys);
    struct cam_values have = cam_asked_values(keys, c);
    cos_buf_printf(b, " wants " COS_SPAN_FMT " (" COS_SPAN_FMT ") '" COS_SPAN_FMT "'%s, ",
                   COS_SPAN_ARG(c->key_name), COS_SPAN_ARG(c->name),
                   COS_SPAN_ARG(c->values[0].text), c->n_values > 1 ? " (and others)" : "");
    if (have.n == 0) {
        cos_buf_str(b, "the request has none");
    } else {
        cos_buf_printf(b, "the request has '" COS_SPAN_FMT "'%s",
                       COS_SPAN_ARG(cam_value_at(&have, 0)), have.n > 1 ? " (and others)" : "");
    }
}

/* "statement 0 of policy 'read-only' allows the action on qcs::... only" of the statement that
 * came closest. */
static void print_near(struct cos_buf *b, const struct opinion *o, struct cam_asked *keys)
{
    const struct cam_statement *st = &o->near_policy->statements[o->near_statement];
    print_statement(b, o->near_policy, o->near_statement);
    if (o->near_clause == CLAUSE_ACTION) {
        cos_buf_printf(b, " allows action " COS_SPAN_FMT "%s only",
                       COS_SPAN_ARG(st->actions[0]), st->n_actions > 1 ? " (and others)" : "");
    } else if (o->near_clause == CLAUSE_RESOURCE) {
        cos_buf_printf(b, " allows the action on " COS_SPAN_FMT "%s only",
                       COS_SPAN_ARG(st->resources[0].text),
                       st->n_resources > 1 ? " (and others)" : "");
        if (cos_span_eq_str(st->resources[0].account, "uid/*")) {
            cos_buf_str(b, " (uid/* matches no account: write uid/<appid>)");
        }
    } else if (o->near_clause == CLAUSE_CONDITION) {
        print_condition(b, st, keys);
    } else {
        cos_buf_str(b, " is for somebody else");
    }
}

static void print_trust_gap(struct cos_buf *b, struct layers *l, const struct cam_question *q)
{
    const struct opinion *o = &l->trust;
    if (o->near_policy == NULL) {
        print_policy(b, q->trust);
        cos_buf_str(b, " has no statement that could allow it");
    } else {
        print_near(b, o, &l->in.keys);
    }
    cos_buf_str(b, "; let the role's trust policy name the caller");
}

static void print_session_gap(struct cos_buf *b, struct layers *l,
                              const struct cam_policy *session)
{
    const struct opinion *o = &l->session;
    if (o->near_policy != NULL) {
        print_near(b, o, &l->in.keys);
    } else {
        print_policy(b, session);
        cos_buf_str(b, " has no statement that could allow it");
    }
    cos_buf_str(b, "; ask for a token whose policy allows it");
}

static void print_caller(struct cos_buf *b, const struct cam_principal *who)
{
    if (who->kind == CAM_ANONYMOUS && who->provider != NULL) {
        cos_buf_printf(b, "a user of %s", who->provider);
    } else if (who->kind == CAM_ANONYMOUS) {
        cos_buf_str(b, "anonymous");
    } else if (who->kind == CAM_ROLE) {
        cos_buf_printf(b, "role %s (%s)", who->role, who->uin);
    } else {
        cos_buf_printf(b, "uin %s", who->uin);
    }
}

static void print_identity_gap(struct cos_buf *b, struct layers *l,
                               const struct cam_question *q)
{
    const struct opinion *o = &l->identity;
    if (o->near_policy != NULL) {
        print_near(b, o, &l->in.keys);
    } else if (q->who->n_policies == 0) {
        print_caller(b, q->who);
        cos_buf_str(b, " has no policy");
    } else {
        cos_buf_str(b, "no statement of ");
        for (size_t i = 0; i < q->who->n_policies; i++) {
            cos_buf_str(b, i == 0 ? "" : ", ");
            print_policy(b, q->who->policies[i]);
        }
        cos_buf_str(b, " could allow it");
    }
    cos_buf_str(b, "; allow the action on that resource to ");
    print_caller(b, q->who);
}

/* The caller has what it needs at home; what is missing is the word of the resource's owner
 * (598/10605). */
static bool lacks_grant_of_owner(const struct layers *l, const struct cam_question *q)
{
    bool is_foreign = strcmp(q->who->owner_uin, q->owner_uin) != 0;
    return is_foreign && (cam_speaks_for_account(q->who) || l->identity.says == CAM_ALLOW);
}

/* What is missing to somebody who did not sign. */
static void print_public_gap(struct cos_buf *b, const struct layers *l)
{
    cos_buf_str(b, "no signature and no bucket policy that allows anyone");
    if (l->list.is_found) {
        cos_buf_printf(b, ", nor %s to AllUsers in the %s of " COS_SPAN_FMT,
                       acl_permission_word(l->list.need.permission),
                       cam_layer_word(l->list.list.layer), COS_SPAN_ARG(l->list.list.of));
    }
    cos_buf_str(b, "; sign the request");
}

static struct cos_span explain_denial(struct cos_arena *arena, const struct cam_verdict *v,
                                      struct layers *l, const struct cam_question *q)
{
    struct cos_buf b;
    cos_buf_init(&b, 8192);
    print_caller(&b, q->who);
    cos_buf_printf(&b, " may not " COS_SPAN_FMT " on " COS_SPAN_FMT ": ",
                   COS_SPAN_ARG(q->action), COS_SPAN_ARG(q->resource));
    if (l->by != NULL) {
        print_statement(&b, l->by->policy, l->by->statement);
        cos_buf_str(&b, " denies it; remove or narrow that statement");
    } else if (v->reason == CAM_REASON_IMPLICIT_DENY_SESSION) {
        print_session_gap(&b, l, q->who->session);
    } else if (v->reason == CAM_REASON_IMPLICIT_DENY_TRUST) {
        print_trust_gap(&b, l, q);
    } else if (q->trust == NULL && q->who->kind == CAM_ANONYMOUS) {
        print_public_gap(&b, l);
    } else if (q->trust == NULL && lacks_grant_of_owner(l, q)) {
        cos_buf_printf(&b,
                       "it belongs to account %s, whose bucket policy does not grant it; add a "
                       "statement for qcs::cam::uin/%s:uin/%s to that bucket policy",
                       q->owner_uin, q->who->owner_uin, q->who->uin);
    } else {
        print_identity_gap(&b, l, q);
    }
    struct cos_span why = cos_arena_span(arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return why;
}

/* "READ to AllUsers (acl of examplebucket-1250000000)" */
static struct cos_span describe_grant(struct cos_arena *arena, const struct layers *l)
{
    struct cos_buf b;
    cos_buf_init(&b, 4096);
    acl_print_grant(&b, l->grant);
    cos_buf_printf(&b, " (acl of " COS_SPAN_FMT ")", COS_SPAN_ARG(l->list.list.of));
    struct cos_span text = cos_arena_span(arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return text;
}

static void judge(struct cos_arena *arena, struct cam_verdict *out, struct layers *l,
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
    out->session = l->session.says;
    out->bucket = q->bucket == NULL ? CAM_NA : bucket_says(l);
    out->trust = q->trust == NULL ? CAM_NA : l->trust.says;
    out->policy = l->by != NULL      ? cos_arena_span(arena, l->by->policy->name)
                  : l->grant != NULL ? describe_grant(arena, l)
                                     : COS_SPAN_EMPTY;
    out->why = !out->allowed ? explain_denial(arena, out, l, q)
               : l->grant != NULL
                   ? cos_arena_printf(arena, "%s: " COS_SPAN_FMT, cam_reason_word(out->reason),
                                      COS_SPAN_ARG(out->policy))
                   : cos_span_of(cam_reason_word(out->reason));
}

void cam_eval(struct cos_arena *arena, struct cam_verdict *out,
              const struct cam_question *question)
{
    struct layers l;
    judge(arena, out, &l, question);
}

/* --- the whole trace --- */

/* What is asked, of which layer, and whose account made its policies. */
struct trace {
    struct cos_jw *w;
    struct inquiry *in;
    enum cam_layer layer;
    const char *creator_uin;
};

/* By whichever way the caller is named. */
static enum clause trust_clause(const struct trace *t, const struct cam_statement *st)
{
    static const enum audience ways[] = {AUDIENCE_CALLERS_ROOT, AUDIENCE_CALLER,
                                         AUDIENCE_ANYONE};
    enum clause failing = CLAUSE_PRINCIPAL;
    for (size_t i = 0; i < COS_ARRAY_LEN(ways) && failing == CLAUSE_PRINCIPAL; i++) {
        failing = first_failing(st, t->in, t->creator_uin, ways[i]);
    }
    return failing;
}

static enum clause failing_clause(const struct trace *t, const struct cam_statement *st)
{
    bool is_anonymous = t->in->keys.question->who->kind == CAM_ANONYMOUS;
    bool is_bucket = t->layer == CAM_LAYER_BUCKET;
    if (t->layer == CAM_LAYER_TRUST) {
        return trust_clause(t, st);
    }
    enum audience audience = !is_bucket     ? AUDIENCE_ALL
                             : is_anonymous ? AUDIENCE_ANYONE
                                            : AUDIENCE_CALLER;
    enum clause failing = first_failing(st, t->in, t->creator_uin, audience);
    if (is_bucket && failing == CLAUSE_PRINCIPAL && !is_anonymous) {
        enum clause anyone = first_failing(st, t->in, t->creator_uin, AUDIENCE_ANYONE);
        failing = anyone == CLAUSE_PRINCIPAL ? failing : anyone;
    }
    return failing;
}

static void trace_condition(const struct trace *t, const struct cam_statement *st)
{
    const struct cam_condition *c =
        cam_condition_failing(st->conditions, st->n_conditions, &t->in->keys);
    struct cam_values have = cam_asked_values(&t->in->keys, c);
    cos_jw_span(t->w, "key", c->key_name);
    cos_jw_span(t->w, "operator", c->name);
    cos_jw_span(t->w, "expected", c->values[0].text);
    if (have.n > 0) {
        cos_jw_span(t->w, "got", cam_value_at(&have, 0));
    }
}

static void trace_statement(const struct trace *t, const struct cam_policy *p, size_t index)
{
    static const char *const clauses[] = {"none", "action", "resource", "principal",
                                          "condition"};
    const struct cam_statement *st = &p->statements[index];
    enum clause failing = failing_clause(t, st);
    struct cos_jw *w = t->w;
    cos_jw_object(w, NULL);
    cos_jw_str(w, "layer", cam_layer_word(t->layer));
    cos_jw_span(w, "policy", p->name);
    cos_jw_u64(w, "statement", index);
    if (st->sid.len > 0) {
        cos_jw_span(w, "sid", st->sid);
    }
    cos_jw_str(w, "effect", st->is_deny ? "deny" : "allow");
    cos_jw_bool(w, "applies", failing == CLAUSE_NONE);
    if (failing != CLAUSE_NONE) {
        cos_jw_str(w, "first_failing", clauses[failing]);
    }
    if (failing == CLAUSE_ACTION) {
        cos_jw_span(w, "expected", st->actions[0]);
        cos_jw_span(w, "got", cam_action_plain(t->in->keys.question->action));
    } else if (failing == CLAUSE_RESOURCE) {
        cos_jw_span(w, "expected", st->resources[0].text);
        cos_jw_span(w, "got", t->in->keys.question->resource);
    } else if (failing == CLAUSE_CONDITION) {
        trace_condition(t, st);
    }
    cos_jw_end(w);
}

static void trace_layer(struct cos_jw *w, enum cam_layer layer, const struct cam_question *q,
                        struct layers *l, const struct cam_policy *const *policies, size_t n)
{
    struct trace t = {
        .w = w,
        .in = &l->in,
        .layer = layer,
        .creator_uin = layer == CAM_LAYER_BUCKET || layer == CAM_LAYER_TRUST
                           ? q->owner_uin
                           : q->who->owner_uin,
    };
    cos_jw_array(w, cam_layer_word(layer));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < policies[i]->n_statements; k++) {
            trace_statement(&t, policies[i], k);
        }
    }
    cos_jw_end(w);
}

static void trace_grants(struct cos_jw *w, const struct acl_list *list)
{
    struct acl_grants shown;
    acl_shown(&list->acl, &list->owners, &shown);
    cos_jw_array(w, "grants");
    for (size_t i = 0; i < shown.n; i++) {
        struct cos_buf b;
        cos_buf_init(&b, 256);
        acl_print_grant(&b, &shown.items[i]);
        cos_jw_span(w, NULL, cos_buf_view(&b));
        cos_buf_deinit(&b);
    }
    cos_jw_end(w);
}

/* The list that decides about the resource, whether it was needed or not. */
static void trace_list(struct cos_jw *w, struct layers *l, const struct cam_question *q)
{
    consult_list(l, q);
    const struct list_opinion *o = &l->list;
    if (!o->is_asked || !o->is_found) {
        return;
    }
    cos_jw_object(w, "acl");
    cos_jw_str(w, "layer", cam_layer_word(o->list.layer));
    cos_jw_span(w, "of", o->list.of);
    cos_jw_str(w, "canned", acl_canned_word(o->list.acl.canned));
    trace_grants(w, &o->list);
    cos_jw_str(w, "needed", acl_permission_word(o->need.permission));
    cos_jw_bool(w, "applies", o->to_caller || o->to_anyone);
    cos_jw_end(w);
}

static void write_warnings(struct cos_jw *w, const struct cam_warning *warnings)
{
    for (; warnings != NULL; warnings = warnings->next) {
        cos_jw_span(w, NULL, warnings->text);
    }
}

static void write_verdict(struct cos_jw *w, const struct cam_question *q,
                          const struct cam_verdict *v, const struct opinion *by)
{
    cos_jw_str(w, "principal", q->who->kind == CAM_ANONYMOUS ? "anonymous" : q->who->uin);
    cos_jw_span(w, "action", q->action);
    cos_jw_span(w, "resource", q->resource);
    cos_jw_str(w, "verdict", v->allowed ? "allow" : "deny");
    cos_jw_str(w, "reason", cam_reason_word(v->reason));
    cos_jw_str(w, "layer", cam_layer_word(v->layer));
    if (by != NULL) {
        struct cos_span sid = by->policy->statements[by->statement].sid;
        cos_jw_span(w, "policy", v->policy);
        cos_jw_i64(w, "statement", v->statement);
        if (sid.len > 0) {
            cos_jw_span(w, "sid", sid);
        }
    } else if (v->policy.len > 0) {
        cos_jw_span(w, "policy", v->policy);
    }
    cos_jw_span(w, "why", v->why);
}

void cam_explain(struct cos_buf *out, const struct cam_question *question,
                 const struct cam_warning *warnings)
{
    const struct cam_question *q = question;
    struct cos_arena arena;
    cos_arena_init(&arena, 1u << 20);
    struct cam_verdict v;
    struct layers l;
    judge(&arena, &v, &l, q);
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, NULL);
    write_verdict(&w, q, &v, l.by);
    const struct cam_policy *const *identity =
        (const struct cam_policy *const *)q->who->policies;
    trace_layer(&w, CAM_LAYER_IDENTITY, q, &l, identity, q->who->n_policies);
    trace_layer(&w, CAM_LAYER_SESSION, q, &l, &q->who->session, q->who->session != NULL);
    trace_layer(&w, CAM_LAYER_BUCKET, q, &l, &q->bucket, q->bucket != NULL);
    if (q->trust != NULL) {
        trace_layer(&w, CAM_LAYER_TRUST, q, &l, &q->trust, /* n= */ 1);
    }
    trace_list(&w, &l, q);
    cos_jw_array(&w, "warnings");
    write_warnings(&w, warnings);
    for (size_t i = 0; i < q->who->n_policies; i++) {
        write_warnings(&w, cam_policy_warnings(identity[i]));
    }
    write_warnings(&w, cam_policy_warnings(q->who->session));
    write_warnings(&w, cam_policy_warnings(q->bucket));
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_arena_deinit(&arena);
}
