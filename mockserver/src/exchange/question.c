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
 * grant name/sts:GetFederationToken all the same (docs/DEVIATIONS.md).
 */
static bool needs_no_grant(struct cos_span action)
{
    return cos_span_starts(action, COS_SPAN_LIT("name/sts:"));
}

struct cam_question question_of(const struct question_parts *parts)
{
    const struct bucket *b = parts->bucket;
    return (struct cam_question){
        .who = parts->who,
        .action = parts->action,
        .resource = parts->resource,
        .owner_uin = b != NULL ? b->owner_uin : parts->who->owner_uin,
        .owner_appid = b != NULL ? b->owner_appid : parts->who->appid,
        .bucket = parts->bucket_policy,
        .context = {.peer = parts->peer},
        .find_list = lists_find,
        .lists = parts->lists,
        .needs_no_grant = needs_no_grant(parts->action),
        .strict_anyone_deny = SWITCH_IS(parts->tenant, ANYONE_DENY, STRICT),
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
                          const struct cam_verdict *v)
{
    if (make_room(x)) {
        x->decision.questions[x->decision.n_questions++] = (struct cosmock_question){
            .action = q->action.ptr,
            .resource = q->resource.ptr,
            .allowed = v->allowed,
            .layer = cam_layer_word(v->layer),
            .policy = v->policy.len > 0 ? v->policy.ptr : "",
            .statement = v->statement,
        };
    }
}

static void judge(struct cosmock_exchange *x, const struct cam_question *q,
                  struct cam_verdict *out)
{
    cam_eval(&x->arena, out, q);
    keep_question(x, q, out);
}

static bool is_denied(const struct cam_verdict *v)
{
    return v->identity == CAM_DENY || v->session == CAM_DENY || v->bucket == CAM_DENY;
}

/* The first action decides unless it is only not granted; the second may grant or deny it. */
static void judge_either(struct cosmock_exchange *x, struct cam_question *q,
                         const char *action_or, struct cam_verdict *out)
{
    judge(x, q, out);
    if (action_or == NULL || is_denied(out)) {
        return;
    }
    q->action = cos_span_of(action_or);
    struct cam_verdict second;
    judge(x, q, &second);
    if (is_denied(&second) || (!out->allowed && second.allowed)) {
        *out = second;
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

/* The object of a right, where stage target has looked for it; NULL: it has not. */
static const struct object *object_of(const struct cosmock_exchange *x,
                                      const struct right *right)
{
    const struct op_row *op = x->route.op;
    const struct copy_source *source = &x->target.source;
    if (op->resource == OP_RES_COPY && right->form == OP_RES_OBJECT) {
        return found_as(&source->object, source->key, right->key);
    }
    return op->reads_object ? found_as(&x->target.object, x->route.key, right->key) : NULL;
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
    bool is_first = x->decision.n_questions == 0;
    struct cam_question q = question_of(&(struct question_parts){
        .tenant = x->tenant,
        .who = &x->principal.who,
        .action = cos_span_of(right->action),
        .resource = resource_of(x, right, place->bucket),
        .bucket = place->bucket,
        .bucket_policy = bucket_policy(place),
        .lists = &lists,
        .peer = x->parts.peer,
    });
    judge_either(x, &q, right->action_or, out);
    if (is_first || x->decision.allowed) { /* the first denial stays */
        x->decision.allowed = out->allowed;
        x->decision.verdict = *out;
    }
}

void question_ask(struct cosmock_exchange *x, const struct right *right,
                  struct cam_verdict *out)
{
    *out = (struct cam_verdict){.allowed = true,
                                .reason = CAM_REASON_NOT_ASKED,
                                .layer = CAM_LAYER_NONE,
                                .statement = -1,
                                .why = COS_SPAN_EMPTY};
    unsigned mode = world_switch_choice(x->tenant, SWITCH_ENFORCEMENT);
    if (mode != SWITCH_ENFORCEMENT_OFF) {
        ask(x, right, out);
        out->allowed = out->allowed || mode == SWITCH_ENFORCEMENT_SOFT;
    }
}
