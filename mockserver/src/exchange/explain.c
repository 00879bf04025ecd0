/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Why would this user be allowed or denied?" from outside (cosmock/world.h). A question that
 * nobody can ask, because its action or resource is misspelt, gets no answer but what is wrong
 * with it: "denied" would be taken for a fact about the policies. What can be asked but looks
 * like a mistake, a bucket or region that this world does not have, is answered, with a
 * warning.
 */
#include "exchange/explain.h"

#include "world/fail.h"

#define LISTS_MAX_BYTES (1u << 20)
#define EXPLANATION_MAX_BYTES (16u << 20)

static void asked_deinit(struct asked *a)
{
    bucket_view_release(&a->at);
    user_unref(a->role);
    principal_deinit(&a->who);
}

/* The role of a question about assuming one. */
static int find_role(struct asked *a, struct cosmock_tenant *t,
                     const struct cosmock_explain_query *q, struct cosmock_error *err)
{
    struct role_arn arn;
    if (!role_arn_read(cos_span_of(q->resource), &arn)) {
        return 0;
    }
    a->role = world_role_find(t, &arn);
    return a->role != NULL ? 0
                           : world_fail(err, COSMOCK_E_NOT_FOUND,
                                        "no role of this tenant is '%.200s'", q->resource);
}

static int explain(const struct asked *a, struct cosmock_tenant *t,
                   const struct cosmock_explain_query *q, char **out_json,
                   struct cosmock_error *err)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, LISTS_MAX_BYTES);
    struct lists lists = {.arena = &arena, .tenant = t, .at = &a->at, .key = a->key};
    const struct cam_fact external_id = {"sts:external_id", cos_span_of(q->external_id)};
    struct supposed_context supposed = {&arena, t, &a->at, q->context, q->n_context};
    const struct cam_question question = question_of(&(struct question_parts){
        .tenant = t,
        .who = &a->who.who,
        .action = cos_span_of(q->action),
        .resource = cos_span_of(q->resource),
        .bucket = a->at.bucket,
        .bucket_policy = bucket_policy(&a->at),
        .lists = a->role != NULL ? NULL : &lists,
        .find_context = context_as_supposed,
        .context = &supposed,
        .role = a->role,
        .facts = &external_id,
        .n_facts = q->external_id != NULL,
    });
    struct cos_buf out;
    cos_buf_init(&out, EXPLANATION_MAX_BYTES);
    cam_explain(&out, &question, a->warning_text[0] == '\0' ? NULL : &a->warning);
    *out_json = cos_buf_take(&out);
    cos_buf_deinit(&out);
    return *out_json != NULL
               ? 0
               : world_fail(err, COSMOCK_E_NOMEM, "no memory for the explanation");
}

int cosmock_policy_explain(struct cosmock_tenant *t, const struct cosmock_explain_query *query,
                           char **out_json, struct cosmock_error *err)
{
    struct cosmock_explain_query q;
    if (!cos_sized_copy(&q, sizeof(q), query)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the query has no size: begin it with COSMOCK_EXPLAIN_QUERY_INIT");
    }
    struct asked a = {.key = COS_SPAN_EMPTY};
    principal_anonymous(&a.who);
    int r = asked_check(t, &q, err);
    r = r < 0 ? r : asked_find_caller(&a, t, &q, err);
    if (r == 0) {
        asked_find_bucket(&a, t, cos_span_of(q.resource));
        a.warning.text = cos_span_of(a.warning_text);
        r = find_role(&a, t, &q, err);
        r = r < 0 ? r : explain(&a, t, &q, out_json, err);
    }
    asked_deinit(&a);
    return r;
}
