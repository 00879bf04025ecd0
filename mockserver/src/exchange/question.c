/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the question for cam_eval: the six-segment resource from bucket and key, the caller's policies as they are now (a token
 * freezes none, sts-cam.md s.3.3), the session policy of a temporary key, the policy of the bucket.
 *
 * Two action names for one request ("PutObject or PutObjectCopy"): one of them must be allowed and neither explicitly denied.
 * Enforcement "soft" asks, journals and lets pass; "off" does not ask. Both concern policies here; soft does not weaken signatures.
 */
#include "exchange/question.h"

/* The bucket of a question: the routed one, or another (copy source), or none yet (PutBucket). */
struct place {
    struct bucket *bucket; /* reference */
    struct cam_policy *policy;
    const char *region, *owner_uin, *owner_appid;
};

static void find_place(struct cosmock_exchange *x, struct cos_span name, struct place *out,
                       const struct cam_principal *who)
{
    *out = (struct place){.region = "", .owner_uin = who->owner_uin, .owner_appid = who->appid};
    if (cos_span_eq(name, x->route.bucket)) {
        out->bucket = bucket_ref(x->route.found);
        out->policy = cam_policy_ref(x->route.bucket_policy);
    } else if (name.len > 0) {
        out->bucket = world_bucket_find(x->tenant, name, &out->policy);
    }
    if (out->bucket != NULL) {
        out->region = out->bucket->region;
        out->owner_uin = out->bucket->owner_uin;
        out->owner_appid = out->bucket->owner_appid;
    } else {
        out->region = cos_arena_str(&x->arena, x->route.region);
    }
}

static void release_place(struct place *p)
{
    p->bucket = bucket_unref(p->bucket);
    p->policy = cam_policy_unref(p->policy);
}

static struct cos_span resource_of(struct cosmock_exchange *x, enum op_resource form,
                                   const struct place *p, struct cos_span bucket,
                                   struct cos_span key)
{
    bool has_path = form == OP_RES_PREFIX || form == OP_RES_OBJECT || form == OP_RES_COPY ||
                    form == OP_RES_PER_KEY;

    if (form == OP_RES_STAR || form == OP_RES_NONE) {
        return COS_SPAN_LIT("*");
    }
    return cos_arena_printf(&x->arena, "qcs::cos:%s:uid/%s:" COS_SPAN_FMT "/" COS_SPAN_FMT,
                            p->region, p->owner_appid, COS_SPAN_ARG(bucket),
                            COS_SPAN_ARG(has_path ? key : COS_SPAN_EMPTY));
}

/* The first action decides unless it is only not granted; the second may grant it or deny it. */
static void eval_either(struct cosmock_exchange *x, struct cam_question *q,
                        const char *action_or, struct cam_verdict *out)
{
    struct cam_verdict second;

    cam_eval(&x->arena, out, q);
    if (action_or == NULL) {
        return;
    }
    bool first_denies =
        out->identity == CAM_DENY || out->session == CAM_DENY || out->bucket == CAM_DENY;
    if (first_denies) {
        return;
    }
    struct cos_span first_action = q->action;
    q->action = cos_span_of(action_or);
    cam_eval(&x->arena, &second, q);
    bool second_denies =
        second.identity == CAM_DENY || second.session == CAM_DENY || second.bucket == CAM_DENY;
    if (second_denies || (!out->allowed && second.allowed)) {
        *out = second;
    } else {
        q->action = first_action;
    }
}

static void ask(struct cosmock_exchange *x, const char *action, const char *action_or,
                enum op_resource form, struct cos_span bucket, struct cos_span key,
                struct cam_verdict *out)
{
    const struct cam_principal *who = &x->principal.who;
    struct place place;
    struct cam_question q;

    find_place(x, bucket, &place, who);
    q = (struct cam_question){
        .who = who,
        .action = cos_span_of(action),
        .resource = resource_of(x, form, &place, bucket, key),
        .owner_uin = place.owner_uin,
        .owner_appid = place.owner_appid,
        .bucket = place.policy,
        .strict_anyone_deny = SWITCH_IS(x->tenant, ANYONE_DENY, STRICT),
    };
    eval_either(x, &q, action_or, out);
    if (!x->decision.asked || x->decision.allowed) { /* the first denial stays */
        x->decision = (struct decision){true, out->allowed, *out, q.action, q.resource};
    }
    release_place(&place);
}

void authz_ask(struct cosmock_exchange *x, const char *action, const char *action_or,
               enum op_resource form, struct cos_span bucket, struct cos_span key,
               struct cam_verdict *out)
{
    unsigned mode = world_switch_choice(x->tenant, SWITCH_ENFORCEMENT);

    *out = (struct cam_verdict){.allowed = true,
                                .reason = "not_asked",
                                .layer = "none",
                                .statement = -1,
                                .why = COS_SPAN_EMPTY};
    if (mode != SWITCH_ENFORCEMENT_OFF) {
        ask(x, action, action_or, form, bucket, key, out);
        out->allowed = out->allowed || mode == SWITCH_ENFORCEMENT_SOFT;
    }
}
