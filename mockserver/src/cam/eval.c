/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judgement (sts-cam.md s.3.3):
 *
 *   anonymous  a bucket statement for anyone: deny, else allow; else implicit deny
 *   signed     1 targeted bucket deny | identity deny | session deny        explicit deny
 *              2 base = root of the owner | identity allow | targeted bucket allow; across accounts the bucket must grant, and a
 *                sub-account needs its own policy as well
 *              3 temporary key with a policy: base AND session allow        the intersection
 *              4 a bucket allow for anyone, when no statement denies anyone
 *              5 implicit deny
 *
 * "Deny anyone" hits unsigned requests only (436/35240, 40105), unlike AWS; strict_anyone_deny changes that. Access control lists are not modelled yet.
 */
#include "cam/policy.h"

#include "cosbase/json.h"

enum clause { CLAUSE_NONE, CLAUSE_ACTION, CLAUSE_RESOURCE, CLAUSE_PRINCIPAL };

/* What one layer says, and by which statement; `near` is the allow statement that came closest, with what it lacked. */
struct opinion {
    enum cam_says says;
    int statement;
    const struct cam_policy *policy;
    int near_statement;
    enum clause near_clause;
    const struct cam_policy *near_policy;
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

/** @creator_*: the account whose policy it is; an empty account segment means its root. */
static bool account_matches(struct cos_span account, const struct cam_request *q,
                            const char *creator_uin)
{
    if (account.len == 0) {
        return strcmp(creator_uin, q->owner_uin) == 0;
    }
    if (cos_span_starts(account, COS_SPAN_LIT("uid/"))) {
        return cos_span_eq_str(cos_span_from(account, 4),
                               q->owner_appid); /* "uid/ *" is no wildcard: apache/fluss#3983 */
    }
    return cos_span_starts(account, COS_SPAN_LIT("uin/")) &&
           cos_span_eq_str(cos_span_from(account, 4), q->owner_uin);
}

static bool resource_matches(const struct cam_resource *have, const struct cam_resource *asked,
                             const struct cam_request *q, const char *creator_uin)
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

static bool any_resource_matches(const struct cam_statement *st,
                                 const struct cam_resource *asked, const struct cam_request *q,
                                 const char *creator_uin)
{
    for (size_t i = 0; i < st->n_resources; i++) {
        if (resource_matches(&st->resources[i], asked, q, creator_uin)) {
            return true;
        }
    }
    return false;
}

enum audience { AUDIENCE_ALL, AUDIENCE_ANYONE, AUDIENCE_CALLER, AUDIENCE_CALLERS_ROOT };

static bool grantee_matches(const struct cam_statement *st, enum audience audience,
                            const struct cam_principal *who)
{
    if (audience == AUDIENCE_ALL) {
        return true;
    }
    for (size_t i = 0; i < st->n_grantees; i++) {
        const struct cam_grantee *g = &st->grantees[i];
        bool mine = !g->is_anyone && cos_span_eq_str(g->owner_uin, who->owner_uin);
        bool hit =
            audience == AUDIENCE_ANYONE ? g->is_anyone
            : audience == AUDIENCE_CALLER
                ? mine && (cos_span_eq_str(g->uin, who->uin) || cos_span_eq_str(g->uin, "*"))
                : mine && cos_span_eq_str(g->uin, who->owner_uin);
        if (hit) {
            return true;
        }
    }
    return false;
}

static enum clause first_failing(const struct cam_statement *st, const struct cam_request *q,
                                 const struct cam_resource *asked, const char *creator_uin,
                                 enum audience audience)
{
    if (!grantee_matches(st, audience, q->who)) {
        return CLAUSE_PRINCIPAL;
    }
    if (!action_matches(st, cam_action_plain(q->action))) {
        return CLAUSE_ACTION;
    }
    return any_resource_matches(st, asked, q, creator_uin) ? CLAUSE_NONE : CLAUSE_RESOURCE;
}

/** Add the statements of one policy to the opinion of its layer: deny beats allow beats silence. */
static void consult(struct opinion *o, const struct cam_policy *p, const struct cam_request *q,
                    const struct cam_resource *asked, const char *creator_uin,
                    enum audience audience)
{
    for (size_t i = 0; p != NULL && i < p->n_statements && o->says != CAM_DENY; i++) {
        const struct cam_statement *st = &p->statements[i];
        enum clause failing = first_failing(st, q, asked, creator_uin, audience);
        if (failing == CLAUSE_NONE && (st->is_deny || o->says != CAM_ALLOW)) {
            o->says = st->is_deny ? CAM_DENY : CAM_ALLOW;
            o->statement = (int)i;
            o->policy = p;
        } else if (failing != CLAUSE_NONE && !st->is_deny &&
                   (o->near_policy == NULL || failing == CLAUSE_RESOURCE)) {
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

struct layers {
    struct cam_resource asked;
    struct opinion identity, session, bucket_caller, bucket_root, bucket_anyone;
};

static void consult_all(struct layers *l, const struct cam_request *q)
{
    (void)cam_resource_split(&l->asked, q->resource);
    l->identity = l->session = l->bucket_caller = l->bucket_root = l->bucket_anyone = silent();
    const char *creator = q->who->owner_uin;
    for (size_t i = 0; !q->who->anonymous && i < q->n_identity; i++) {
        consult(&l->identity, q->identity[i], q, &l->asked, creator, AUDIENCE_ALL);
    }
    if (q->has_session) {
        consult(&l->session, q->session, q, &l->asked, creator, AUDIENCE_ALL);
    } else {
        l->session.says = CAM_NA;
    }
    consult(&l->bucket_anyone, q->bucket, q, &l->asked, q->owner_uin, AUDIENCE_ANYONE);
    if (!q->who->anonymous) {
        consult(&l->bucket_caller, q->bucket, q, &l->asked, q->owner_uin, AUDIENCE_CALLER);
        consult(&l->bucket_root, q->bucket, q, &l->asked, q->owner_uin, AUDIENCE_CALLERS_ROOT);
    }
}

static void decide(struct cam_verdict *v, bool allowed, const char *reason, const char *layer,
                   const struct opinion *by)
{
    v->allowed = allowed;
    v->reason = reason;
    v->layer = layer;
    v->statement = by == NULL ? -1 : by->statement;
}

static bool base_allows(const struct layers *l, const struct cam_request *q, const char **layer,
                        const struct opinion **by)
{
    bool same_account = strcmp(q->who->owner_uin, q->owner_uin) == 0;
    *by = NULL;
    if (same_account && q->who->is_root) {
        *layer = "root";
        return true;
    }
    if (same_account && l->identity.says == CAM_ALLOW) {
        *layer = "identity";
        *by = &l->identity;
        return true;
    }
    if (l->bucket_caller.says == CAM_ALLOW &&
        (same_account || q->who->is_root || l->identity.says == CAM_ALLOW)) {
        *layer = "bucket";
        *by = &l->bucket_caller;
        return true;
    }
    if (!same_account && l->bucket_root.says == CAM_ALLOW && l->identity.says == CAM_ALLOW) {
        *layer = "bucket";
        *by = &l->bucket_root;
        return true;
    }
    return false;
}

static void judge_anonymous(struct cam_verdict *v, const struct layers *l)
{
    switch (l->bucket_anyone.says) {
    case CAM_DENY:
        decide(v, false, "explicit_deny:bucket", "bucket", &l->bucket_anyone);
        break;
    case CAM_ALLOW:
        decide(v, true, "bucket_anyone", "bucket", &l->bucket_anyone);
        break;
    default:
        decide(v, false, "implicit_deny", "none", NULL);
        break;
    }
}

static void judge_signed(struct cam_verdict *v, const struct layers *l,
                         const struct cam_request *q)
{
    /* The owner can always mend a bucket policy that shuts it out (45235). */
    bool may_mend = q->who->is_root && strcmp(q->who->owner_uin, q->owner_uin) == 0 &&
                    cos_span_eq_str(cam_action_plain(q->action), "cos:PutBucketPolicy");
    const char *layer = "none";
    const struct opinion *by = NULL;
    if (l->bucket_caller.says == CAM_DENY && !may_mend) {
        decide(v, false, "explicit_deny:bucket", "bucket", &l->bucket_caller);
    } else if (q->strict_anyone_deny && l->bucket_anyone.says == CAM_DENY && !may_mend) {
        decide(v, false, "explicit_deny:bucket", "bucket", &l->bucket_anyone);
    } else if (l->identity.says == CAM_DENY) {
        decide(v, false, "explicit_deny:identity", "identity", &l->identity);
    } else if (l->session.says == CAM_DENY) {
        decide(v, false, "explicit_deny:session", "session", &l->session);
    } else if (base_allows(l, q, &layer, &by)) {
        if (l->session.says == CAM_NA || l->session.says == CAM_ALLOW) {
            decide(v, true, "allow", layer, by);
        } else if (l->bucket_anyone.says == CAM_ALLOW) {
            decide(v, true, "bucket_anyone", "bucket", &l->bucket_anyone);
        } else {
            decide(v, false, "implicit_deny:session", "session", NULL);
        }
    } else if (l->bucket_anyone.says == CAM_ALLOW) {
        decide(v, true, "bucket_anyone", "bucket", &l->bucket_anyone);
    } else {
        decide(v, false, "implicit_deny", "none", NULL);
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

/** "statement 0 has the action but its resource is qcs::..." of the statement that came closest. */
static void print_near(struct cos_buf *b, const struct opinion *o, const char *what)
{
    if (o->near_policy == NULL) {
        cos_buf_printf(b, "the %s has no statement that could allow it", what);
        return;
    }
    const struct cam_statement *st = &o->near_policy->statements[o->near_statement];
    if (o->near_clause == CLAUSE_ACTION) {
        cos_buf_printf(b, "statement %d of the %s allows action " COS_SPAN_FMT "%s only",
                       o->near_statement, what, COS_SPAN_ARG(st->actions[0]),
                       st->n_actions > 1 ? " (and others)" : "");
    } else if (o->near_clause == CLAUSE_RESOURCE) {
        cos_buf_printf(b, "statement %d of the %s allows the action on " COS_SPAN_FMT "%s only",
                       o->near_statement, what, COS_SPAN_ARG(st->resources[0].text),
                       st->n_resources > 1 ? " (and others)" : "");
        if (cos_span_eq_str(st->resources[0].account, "uid/*")) {
            cos_buf_str(b, " (uid/* matches no account: write uid/<appid>)");
        }
    } else {
        cos_buf_printf(b, "statement %d of the %s is for somebody else", o->near_statement,
                       what);
    }
}

/** The caller has what it needs at home; what is missing is the word of the resource's owner (598/10605). */
static bool lacks_grant_of_owner(const struct layers *l, const struct cam_request *q)
{
    bool is_foreign = strcmp(q->who->owner_uin, q->owner_uin) != 0;
    return is_foreign && (q->who->is_root || l->identity.says == CAM_ALLOW);
}

static struct cos_span explain_denial(struct cos_arena *arena, const struct cam_verdict *v,
                                      const struct layers *l, const struct cam_request *q)
{
    struct cos_buf b;
    cos_buf_init(&b, 8192);
    if (q->who->anonymous) {
        cos_buf_str(&b, "anonymous");
    } else {
        cos_buf_printf(&b, "uin %s", q->who->uin);
    }
    cos_buf_printf(&b, " may not " COS_SPAN_FMT " on " COS_SPAN_FMT ": ",
                   COS_SPAN_ARG(q->action), COS_SPAN_ARG(q->resource));
    if (v->statement >= 0) {
        cos_buf_printf(
            &b, "statement %d of the %s policy denies it; remove or narrow that statement",
            v->statement, v->layer);
    } else if (strcmp(v->reason, "implicit_deny:session") == 0) {
        print_near(&b, &l->session, "session policy");
        cos_buf_str(&b, "; ask for a token whose policy allows it");
    } else if (q->who->anonymous) {
        cos_buf_str(&b,
                    "no signature and no bucket policy that allows anyone; sign the request");
    } else if (lacks_grant_of_owner(l, q)) {
        cos_buf_printf(&b,
                       "it belongs to account %s, whose bucket policy does not grant it; add a "
                       "statement for qcs::cam::uin/%s:uin/%s to that bucket policy",
                       q->owner_uin, q->who->owner_uin, q->who->uin);
    } else {
        print_near(&b, &l->identity, "caller's policies");
        cos_buf_printf(&b, "; allow the action on that resource to uin %s", q->who->uin);
    }
    struct cos_span why = cos_arena_span(arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return why;
}

void cam_eval(struct cos_arena *arena, struct cam_verdict *out,
              const struct cam_request *request)
{
    struct layers l;
    *out = (struct cam_verdict){.statement = -1};
    consult_all(&l, request);
    if (request->who->anonymous) {
        judge_anonymous(out, &l);
    } else {
        judge_signed(out, &l, request);
    }
    bool is_owner_root =
        request->who->is_root && strcmp(request->who->owner_uin, request->owner_uin) == 0;
    out->identity =
        request->who->anonymous
            ? CAM_NA
            : (is_owner_root && l.identity.says == CAM_IMPLICIT ? CAM_ALLOW : l.identity.says);
    out->session = l.session.says;
    out->bucket = request->bucket == NULL ? CAM_NA : bucket_says(&l);
    out->why =
        out->allowed ? cos_span_of(out->reason) : explain_denial(arena, out, &l, request);
}

/* --- the whole trace --- */

static void trace_policy(struct cos_jw *w, const struct cam_policy *p,
                         const struct cam_request *q, const struct cam_resource *asked,
                         const char *creator_uin, bool is_bucket)
{
    static const char *const clauses[] = {"none", "action", "resource", "principal"};
    for (size_t i = 0; p != NULL && i < p->n_statements; i++) {
        const struct cam_statement *st = &p->statements[i];
        enum audience audience =
            !is_bucket ? AUDIENCE_ALL : (q->who->anonymous ? AUDIENCE_ANYONE : AUDIENCE_CALLER);
        enum clause failing = first_failing(st, q, asked, creator_uin, audience);
        if (is_bucket && failing == CLAUSE_PRINCIPAL && !q->who->anonymous) {
            enum clause anyone = first_failing(st, q, asked, creator_uin, AUDIENCE_ANYONE);
            failing = anyone == CLAUSE_PRINCIPAL ? failing : anyone;
        }
        cos_jw_object(w, NULL);
        cos_jw_u64(w, "statement", i);
        if (st->sid.len > 0) {
            cos_jw_span(w, "sid", st->sid);
        }
        cos_jw_str(w, "effect", st->is_deny ? "deny" : "allow");
        cos_jw_bool(w, "applies", failing == CLAUSE_NONE);
        if (failing != CLAUSE_NONE) {
            cos_jw_str(w, "first_failing", clauses[failing]);
            if (failing != CLAUSE_PRINCIPAL) {
                cos_jw_span(w, "expected",
                            failing == CLAUSE_ACTION ? st->actions[0] : st->resources[0].text);
                cos_jw_span(w, "got",
                            failing == CLAUSE_ACTION ? cam_action_plain(q->action)
                                                     : q->resource);
            }
        }
        cos_jw_end(w);
    }
}

void cam_explain(struct cos_buf *out, const struct cam_request *request)
{
    struct cos_arena arena;
    struct cam_verdict v;
    struct layers l;
    struct cos_jw w;
    cos_arena_init(&arena, 1u << 20);
    cam_eval(&arena, &v, request);
    consult_all(&l, request);
    cos_jw_init(&w, out);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "principal", request->who->anonymous ? "anonymous" : request->who->uin);
    cos_jw_span(&w, "action", request->action);
    cos_jw_span(&w, "resource", request->resource);
    cos_jw_str(&w, "verdict", v.allowed ? "allow" : "deny");
    cos_jw_str(&w, "reason", v.reason);
    cos_jw_str(&w, "layer", v.layer);
    cos_jw_span(&w, "why", v.why);
    cos_jw_array(&w, "identity");
    for (size_t i = 0; i < request->n_identity; i++) {
        trace_policy(&w, request->identity[i], request, &l.asked, request->who->owner_uin,
                     /* is_bucket= */ false);
    }
    cos_jw_end(&w);
    cos_jw_array(&w, "session");
    trace_policy(&w, request->has_session ? request->session : NULL, request, &l.asked,
                 request->who->owner_uin, /* is_bucket= */ false);
    cos_jw_end(&w);
    cos_jw_array(&w, "bucket");
    trace_policy(&w, request->bucket, request, &l.asked, request->owner_uin,
                 /* is_bucket= */ true);
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_arena_deinit(&arena);
}
