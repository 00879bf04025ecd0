/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the question for cam_eval and keeps what was asked. The six-segment resource is made
 * of bucket and key; whose it is says the bucket, or, where there is none yet (PutBucket), the
 * caller.
 *
 * Two action names for one request ("PutObject or PutObjectCopy"): one of them must be allowed
 * and neither explicitly denied. The journal then has two questions. Enforcement concerns
 * policies here; soft does not weaken signatures.
 */
#include "exchange/question.h"

/*
 * Whoever has a permanent key may call STS unless a policy denies it: the pages of
 * GetFederationToken (1312/48195, 436/68283) ask for a CAM user and for no grant; some guides
 * grant name/sts:GetFederationToken all the same (docs/DEVIATIONS.md). To assume a role takes
 * one (cam-conditions.md s.6).
 */
static bool needs_no_grant(const struct question_parts *parts)
{
    return parts->role == NULL && cos_span_starts(parts->action, COS_SPAN_LIT("name/sts:"));
}

/* Whose the resource is: the bucket's owner's, the role's, or the caller's own. */
static const char *owner_of(const struct question_parts *parts)
{
    return parts->bucket != NULL ? parts->bucket->owner_uin
           : parts->role != NULL ? parts->role->owner_uin
                                 : parts->who->owner_uin;
}

static const char *owner_appid_of(const struct question_parts *parts)
{
    return parts->bucket != NULL ? parts->bucket->owner_appid
           : parts->role != NULL ? parts->role->appid
                                 : parts->who->appid;
}

struct cam_question question_of(const struct question_parts *parts)
{
    return (struct cam_question){
        .who = parts->who,
        .action = parts->action,
        .resource = parts->resource,
        .owner_uin = owner_of(parts),
        .owner_appid = owner_appid_of(parts),
        .bucket = parts->bucket_policy,
        .trust = parts->role == NULL ? NULL : parts->role->trust,
        .context = {.find = parts->find_context,
                    .ctx = parts->context,
                    .facts = parts->facts,
                    .n_facts = parts->n_facts},
        .find_list = parts->lists == NULL ? NULL : lists_find,
        .lists = parts->lists,
        .needs_no_grant = needs_no_grant(parts),
        .rules = world_cam_rules(parts->tenant),
    };
}

/* The bucket of a question: the routed one, or another (copy source), or none (PutBucket). */
static const struct bucket_view *place_of(const struct cosmock_exchange *x,
                                          struct cos_span name)
{
    return cos_span_eq(name, x->route.bucket) ? &x->target.at : &x->target.source.at;
}

static struct cos_span resource_of(struct cosmock_exchange *x, const struct right *right,
                                   const struct bucket *b)
{
    enum op_resource form = right->form;
    if (form == OP_RES_STAR || form == OP_RES_NONE) {
        return COS_SPAN_LIT("*");
    }
    bool has_path = form == OP_RES_PREFIX || form == OP_RES_OBJECT || form == OP_RES_COPY ||
                    form == OP_RES_PER_KEY;
    struct cos_span region = b != NULL ? cos_span_of(b->region) : x->route.region;
    const struct cos_span segments[] = {
        COS_SPAN_LIT("qcs::cos:"),
        region,
        COS_SPAN_LIT(":uid/"),
        cos_span_of(b != NULL ? b->owner_appid : x->principal.who.appid),
        COS_SPAN_LIT(":"),
        right->bucket,
        COS_SPAN_LIT("/"),
        has_path ? right->key : COS_SPAN_EMPTY,
    };
    return cos_arena_join(&x->arena, segments, COS_ARRAY_LEN(segments));
}

/* Without memory the exchange has failed anyhow. */
static bool make_room(struct cosmock_exchange *x)
{
    struct decision *d = &x->decision;
    if (d->n_questions < d->cap_questions) {
        return true;
    }
    size_t cap = d->cap_questions == 0 ? 2 : 2 * d->cap_questions;
    struct cosmock_question *more = cos_arena_array(&x->arena, cap, sizeof(*more));
    if (more == NULL) {
        return false;
    }
    if (d->n_questions > 0) {
        memcpy(more, d->questions, d->n_questions * sizeof(*more));
    }
    d->questions = more;
    d->cap_questions = cap;
    return true;
}

/* Action and resource are literals, or text of the arena: both end with a NUL. */
static void keep_question(struct cosmock_exchange *x, const struct cam_question *q,
                          const struct context_kept *kept, const struct cam_verdict *v)
{
    if (make_room(x)) {
        x->decision.questions[x->decision.n_questions++] = (struct cosmock_question){
            .action = q->action.ptr,
            .resource = q->resource.ptr,
            .allowed = v->allowed,
            .layer = cam_layer_word(v->layer),
            .policy = v->policy.len > 0 ? v->policy.ptr : "",
            .statement = v->statement,
            .context = context_text(&x->arena, kept).ptr,
        };
    }
}

static void judge(struct cosmock_exchange *x, const struct cam_question *q,
                  struct cam_verdict *out)
{
    struct cam_question asked = *q;
    struct context_kept kept;
    kept.of = &q->context;
    kept.n = 0;
    asked.context.find = context_find_and_keep;
    asked.context.ctx = &kept;
    cam_eval(&x->arena, out, &asked);
    keep_question(x, q, &kept, out);
}

/* By a statement, not by silence. What a layer says is no measure: a bucket policy that denies
 * anyone says "deny" to who signs, too, whom it does not hit. */
static bool is_denied(const struct cam_verdict *v)
{
    return !v->allowed && v->statement >= 0;
}

/* What @q asks now is the second of two ways to ask the same. The first decides unless it is
 * only not granted; the second may grant or deny it. */
static void judge_second(struct cosmock_exchange *x, const struct cam_question *q,
                         struct cam_verdict *out)
{
    struct cam_verdict second;
    judge(x, q, &second);
    if (is_denied(&second) || (!out->allowed && second.allowed)) {
        *out = second;
    }
}

static void judge_either(struct cosmock_exchange *x, struct cam_question *q,
                         const char *action_or, struct cam_verdict *out)
{
    judge(x, q, out);
    if (action_or != NULL && !is_denied(out)) {
        q->action = cos_span_of(action_or);
        judge_second(x, q, out);
    }
}

/* What was found under @key: what was named, a link perhaps, or what the link points to; NULL:
 * nobody has looked for it. */
static const struct object *found_as(const struct found_object *found, struct cos_span named,
                                     struct cos_span key)
{
    if (cos_span_eq(key, named)) {
        return found->link.row != NULL ? &found->link : &found->object;
    }
    return found->link.row != NULL && cos_span_eq(key, found->points_to) ? &found->object
                                                                         : NULL;
}

/* The source of a copy, or the copy. */
static bool is_of_source(const struct cosmock_exchange *x, const struct right *right)
{
    return x->route.op->resource == OP_RES_COPY && right->form == OP_RES_OBJECT;
}

/* The object of a right, where stage target has looked for it; NULL: it has not. */
static const struct object *object_of(const struct cosmock_exchange *x,
                                      const struct right *right)
{
    const struct copy_source *source = &x->target.source;
    if (is_of_source(x, right)) {
        return found_as(&source->object, source->key, right->key);
    }
    return x->route.op->reads_object ? found_as(&x->target.object, x->route.key, right->key)
                                     : NULL;
}

/* Of several, the first denial stays. */
static void keep_verdict(struct cosmock_exchange *x, bool is_first,
                         const struct cam_verdict *out)
{
    if (is_first || x->decision.allowed) {
        x->decision.allowed = out->allowed;
        x->decision.verdict = *out;
    }
}

static void ask(struct cosmock_exchange *x, const struct right *right, struct cam_verdict *out)
{
    const struct bucket_view *place = place_of(x, right->bucket);
    struct lists lists = {.arena = &x->arena,
                          .tenant = x->tenant,
                          .at = place,
                          .key = right->key,
                          .object = object_of(x, right),
                          .is_bucket_alone = x->route.is_domain && place == &x->target.at};
    struct request_context context = {x, place, is_of_source(x, right)};
    bool is_first = x->decision.n_questions == 0;
    struct cam_question q = question_of(&(struct question_parts){
        .tenant = x->tenant,
        .who = &x->principal.who,
        .action = cos_span_of(right->action),
        .resource = resource_of(x, right, place->bucket),
        .bucket = place->bucket,
        .bucket_policy = bucket_policy(place),
        .lists = &lists,
        .find_context = context_of_request,
        .context = &context,
    });
    judge_either(x, &q, right->action_or, out);
    keep_verdict(x, is_first, out);
}

/* Whether anything is asked. */
static bool begin(struct cosmock_exchange *x, struct cam_verdict *out)
{
    *out = (struct cam_verdict){.allowed = true,
                                .reason = CAM_REASON_NOT_ASKED,
                                .layer = CAM_LAYER_NONE,
                                .statement = -1,
                                .why = COS_SPAN_EMPTY};
    return !x->is_owners && !SWITCH_IS(x->tenant, ENFORCEMENT, OFF);
}

/* The verdict that is kept is the judge's. */
static void soften(struct cosmock_exchange *x, struct cam_verdict *out)
{
    out->allowed = out->allowed || SWITCH_IS(x->tenant, ENFORCEMENT, SOFT);
}

void question_ask(struct cosmock_exchange *x, const struct right *right,
                  struct cam_verdict *out)
{
    if (begin(x, out)) {
        ask(x, right, out);
        soften(x, out);
    }
}

struct cos_span role_arn_by_name(struct cos_arena *arena, const struct user *role)
{
    return cos_arena_printf(arena, "qcs::cam::uin/%s:roleName/%s", role->owner_uin, role->name);
}

static void ask_names(struct cosmock_exchange *x, const char *action,
                      const struct cos_span names[2], struct cam_verdict *out)
{
    struct request_context context = {.x = x};
    bool is_first = x->decision.n_questions == 0;
    struct cam_question q = question_of(&(struct question_parts){
        .tenant = x->tenant,
        .who = &x->principal.who,
        .action = cos_span_of(action),
        .resource = names[0],
        .find_context = context_of_request,
        .context = &context,
    });
    judge(x, &q, out);
    if (names[1].len > 0 && !is_denied(out)) {
        q.resource = names[1];
        judge_second(x, &q, out);
    }
    keep_verdict(x, is_first, out);
}

void question_ask_names(struct cosmock_exchange *x, const char *action,
                        const struct cos_span names[2], struct cam_verdict *out)
{
    if (begin(x, out)) {
        ask_names(x, action, names, out);
        soften(x, out);
    }
}

static void ask_assumption(struct cosmock_exchange *x, const struct assumption *a,
                           struct cam_verdict *out)
{
    struct request_context context = {.x = x};
    bool is_first = x->decision.n_questions == 0;
    struct cam_question q = question_of(&(struct question_parts){
        .tenant = x->tenant,
        .who = a->who,
        .action = cos_span_of(a->action),
        .resource = role_arn_by_name(&x->arena, a->role),
        .find_context = context_of_request,
        .context = &context,
        .role = a->role,
        .facts = a->facts,
        .n_facts = a->n_facts,
    });
    judge(x, &q, out);
    if (!is_denied(out)) {
        q.resource = cos_arena_printf(&x->arena, "qcs::cam::uin/%s:role/%s", a->role->owner_uin,
                                      a->role->uin);
        judge_second(x, &q, out);
    }
    keep_verdict(x, is_first, out);
}

void question_ask_assumption(struct cosmock_exchange *x, const struct assumption *a,
                             struct cam_verdict *out)
{
    if (begin(x, out)) {
        ask_assumption(x, a, out);
        soften(x, out);
    }
}
