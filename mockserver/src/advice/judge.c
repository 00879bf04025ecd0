/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a bench and a question to the judge in cam/. A bucket that the world does not have is
 * the caller's own, as in a question about PutBucket: then its account owns what is asked for.
 */
#include "advice/judge.h"

#include "cam/policy.h"

#define LISTS_MAX_BYTES (1u << 20)
#define ID_BYTES 24

/* What one question needs besides its bench. */
struct seat {
    struct cam_principal who;
    char owner_uin[ID_BYTES], appid[ID_BYTES];
    struct bucket_view at;
    struct bucket stand_in; /* of the owner that the bench names */
    struct lists lists;
    struct supposed_context supposed;
};

static void copy_id(char out[ID_BYTES], struct cos_span id)
{
    (void)snprintf(out, ID_BYTES, COS_SPAN_FMT, COS_SPAN_ARG(id));
}

/* "qcs::cos:region:uid/x:bucket/key" has an account and a path; "*" has neither. */
static void split(struct cos_span resource, struct cos_span *account, struct cos_span *path)
{
    *path = resource;
    for (unsigned i = 0; i < 5; i++) {
        *account = cos_span_cut(path, ':');
    }
    if (path->ptr == NULL) {
        *account = *path = COS_SPAN_EMPTY;
    }
}

/* The caller's account, and so the owner of what is asked for, is called as the resource calls
 * it. */
static void take_account(struct seat *s, struct cos_span account)
{
    copy_id(s->owner_uin, cos_span_of(s->who.owner_uin));
    copy_id(s->appid, cos_span_of(s->who.appid));
    if (cos_span_starts(account, COS_SPAN_LIT("uid/"))) {
        copy_id(s->appid, cos_span_from(account, 4));
        s->who.appid = s->appid;
    } else if (cos_span_starts(account, COS_SPAN_LIT("uin/")) && s->who.kind != CAM_ANONYMOUS) {
        bool speaks_for_account = cam_speaks_for_account(&s->who);
        copy_id(s->owner_uin, cos_span_from(account, 4));
        s->who.owner_uin = s->owner_uin;
        s->who.uin = speaks_for_account ? s->owner_uin : s->who.uin;
    }
}

/* Release with bucket_view_release(&s->at). */
static struct cam_question sit(struct seat *s, struct cos_arena *arena,
                               const struct advice_bench *bench,
                               const struct advice_question *q)
{
    *s = (struct seat){.who = bench->who};
    struct cos_span account;
    struct cos_span key;
    split(q->resource, &account, &key);
    struct cos_span bucket = cos_span_cut(&key, '/');
    if (bench->owns_all) {
        take_account(s, account);
    } else if (cos_span_starts(q->resource, COS_SPAN_LIT("qcs::cos:"))) {
        s->at = world_bucket_view(bench->tenant, bucket);
    }
    key = key.ptr == NULL ? COS_SPAN_EMPTY : key;
    s->lists =
        (struct lists){.arena = arena, .tenant = bench->tenant, .at = &s->at, .key = key};
    s->supposed =
        (struct supposed_context){arena, bench->tenant, &s->at, q->context, q->n_context};
    const struct cam_policy *own = bucket_policy(&s->at);
    if (bench->owner_uin != NULL) {
        copy_id(s->stand_in.owner_uin, cos_span_of(bench->owner_uin));
        copy_id(s->stand_in.owner_appid, cos_span_of(s->who.appid));
    }
    return question_of(&(struct question_parts){
        .tenant = bench->tenant,
        .who = &s->who,
        .action = q->action,
        .resource = q->resource,
        .bucket = bench->owner_uin != NULL ? &s->stand_in : s->at.bucket,
        .bucket_policy = bench->bucket_policy != NULL ? bench->bucket_policy : own,
        .lists = s->at.bucket == NULL ? NULL : &s->lists,
        .find_context = context_as_supposed,
        .context = &s->supposed,
    });
}

const char *advice_complaint(const struct advice_question *q, char *out, size_t size)
{
    if (cam_question_complaint(q->action, q->resource, out, size) != NULL) {
        return out;
    }
    for (size_t i = 0; i < q->n_context; i++) {
        struct cos_span rest = cos_span_of(q->context[i]);
        struct cos_span name = cos_span_cut(&rest, '=');
        if (rest.ptr == NULL || cam_key_named(name) == NULL) {
            (void)snprintf(out, size,
                           "context '%.100s' must be <condition key>=<value>, such as "
                           "cos:prefix=dir/",
                           q->context[i]);
            return out;
        }
    }
    return NULL;
}

void advice_ask(struct cos_arena *arena, struct cam_verdict *out,
                const struct advice_bench *bench, const struct advice_question *q)
{
    struct seat s;
    struct cam_question question = sit(&s, arena, bench, q);
    cam_eval(arena, out, &question);
    bucket_view_release(&s.at);
}

enum cam_says advice_says(struct cos_arena *arena, struct cosmock_tenant *t,
                          struct cam_policy *policy, const struct cam_principal *who,
                          const struct advice_question *q)
{
    struct cam_policy *const identity[1] = {policy};
    struct advice_bench bench = {.tenant = t, .who = *who, .owns_all = true};
    bench.who.policies = policy->use == CAM_IDENTITY ? identity : NULL;
    bench.who.n_policies = policy->use == CAM_IDENTITY ? 1 : 0;
    bench.who.session = policy->use == CAM_SESSION ? policy : NULL;
    bench.who.boundary = policy->use == CAM_BOUNDARY ? policy : NULL;
    bench.bucket_policy = policy->use == CAM_BUCKET ? policy : NULL;
    struct cam_verdict v;
    advice_ask(arena, &v, &bench, q);
    return policy->use == CAM_IDENTITY   ? v.identity
           : policy->use == CAM_SESSION  ? v.session
           : policy->use == CAM_BOUNDARY ? v.boundary
                                         : v.bucket;
}

void advice_explain(struct cos_buf *out, const struct advice_bench *bench,
                    const struct advice_question *q)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, LISTS_MAX_BYTES);
    struct seat s;
    struct cam_question question = sit(&s, &arena, bench, q);
    cam_explain(out, &question, /* warnings= */ NULL);
    bucket_view_release(&s.at);
}

void advice_print(struct cos_buf *out, const struct cam_verdict *v,
                  const struct advice_question *q)
{
    if (!v->allowed) {
        cos_buf_printf(out, "deny: " COS_SPAN_FMT, COS_SPAN_ARG(v->why));
        return;
    }
    cos_buf_printf(out, "allow: " COS_SPAN_FMT " on " COS_SPAN_FMT ": ",
                   COS_SPAN_ARG(q->action), COS_SPAN_ARG(q->resource));
    if (v->statement >= 0) {
        cos_buf_printf(out, "statement %d of " COS_SPAN_FMT " (%s)", v->statement,
                       COS_SPAN_ARG(v->policy), cam_layer_word(v->layer));
    } else if (v->policy.len > 0) {
        cos_buf_span(out, v->policy);
    } else if (v->layer == CAM_LAYER_ROOT) {
        cos_buf_str(out, "the account owns it");
    } else {
        cos_buf_str(out, cam_reason_word(v->reason));
    }
}
