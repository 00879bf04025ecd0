/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Why would this user be allowed or denied?" from outside (cosmock/world.h). A question that
 * nobody can ask, because its action or resource is misspelt, gets no answer but what is wrong
 * with it: "denied" would be taken for a fact about the policies. What can be asked but looks
 * like a mistake, a bucket or region that this world does not have, is answered, with a
 * warning.
 */
#include "exchange/question.h"

#include "cosbase/alloc.h"
#include "cosbase/nearest.h"
#include "world/fail.h"

#define BUCKETS_MAX 1000
#define LISTS_MAX_BYTES (1u << 20)
#define ANONYMOUS "anonymous" /* no uin: those are digits */

/* Who asks for what, with references. */
struct asked {
    struct principal who;
    struct bucket_view at;
    struct cos_span key; /* behind the bucket in the resource */
    struct user *role;   /* that shall be assumed: a reference; NULL: another question */
    struct cam_warning warning;
    char warning_text[300];
};

static void asked_deinit(struct asked *a)
{
    bucket_view_release(&a->at);
    user_unref(a->role);
    principal_deinit(&a->who);
}

static int find_caller(struct asked *a, struct cosmock_tenant *t,
                       const struct cosmock_explain_query *q, struct cosmock_error *err)
{
    if (q->secret_id != NULL) {
        struct key_view found = world_key_view(t, cos_span_of(q->secret_id));
        if (found.key == NULL) {
            return world_fail(err, COSMOCK_E_NOT_FOUND,
                              "no key with secret id '%s' in this tenant", q->secret_id);
        }
        principal_of_key(&a->who, &found);
        key_view_release(&found);
        return 0;
    }
    const char *uin = q->uin != NULL ? q->uin : "";
    if (strcmp(uin, ANONYMOUS) == 0) {
        return 0; /* which the principal is from the start */
    }
    struct user *user = world_user_find(t, uin);
    if (user == NULL) {
        return world_fail(err, COSMOCK_E_NOT_FOUND,
                          "no account or user with uin '%s' in this tenant", uin);
    }
    principal_of_user(&a->who, t, user);
    user_unref(user);
    return 0;
}

static void warn_of_bucket(struct asked *a, struct cosmock_tenant *t, struct cos_span name)
{
    struct bucket **buckets = cos_calloc(BUCKETS_MAX, sizeof(struct bucket *));
    const char **names = cos_calloc(BUCKETS_MAX, sizeof(char *));
    size_t n = buckets == NULL || names == NULL
                   ? 0
                   : world_buckets_of(t, /* owner_uin= */ NULL, buckets, BUCKETS_MAX);
    for (size_t i = 0; i < n; i++) {
        names[i] = buckets[i]->name;
    }
    const char *nearest = cos_nearest(name, names, n);
    (void)snprintf(a->warning_text, sizeof(a->warning_text), "no bucket is called '%.*s'%s%s",
                   (int)(name.len < 80 ? name.len : 80), name.ptr,
                   nearest == NULL ? "" : "; the nearest is ", nearest == NULL ? "" : nearest);
    for (size_t i = 0; i < n; i++) {
        bucket_unref(buckets[i]);
    }
    cos_free(names);
    cos_free(buckets);
}

/* The bucket of "qcs::cos:region:uid/x:bucket/key", well-formed by now; "*" has none. */
static void find_bucket(struct asked *a, struct cosmock_tenant *t, struct cos_span resource)
{
    struct cos_span region = COS_SPAN_EMPTY;
    struct cos_span rest = resource;
    for (unsigned i = 0; i < 5 && rest.ptr != NULL; i++) {
        struct cos_span segment = cos_span_cut(&rest, ':');
        region = i == 3 ? segment : region;
    }
    if (rest.ptr == NULL || !cos_span_starts(resource, COS_SPAN_LIT("qcs::cos:"))) {
        return;
    }
    struct cos_span name = cos_span_cut(&rest, '/');
    a->at = world_bucket_view(t, name);
    a->key = rest.ptr == NULL ? COS_SPAN_EMPTY : rest;
    if (a->at.bucket == NULL) {
        warn_of_bucket(a, t, name);
    } else if (!cos_span_eq_str(region, a->at.bucket->region)) {
        (void)snprintf(a->warning_text, sizeof(a->warning_text),
                       "bucket %s is in region %s, the resource says '%.*s'",
                       a->at.bucket->name, a->at.bucket->region,
                       (int)(region.len < 40 ? region.len : 40), region.ptr);
    }
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
    cos_buf_init(&out, 1u << 20);
    cam_explain(&out, &question, a->warning_text[0] == '\0' ? NULL : &a->warning);
    *out_json = cos_buf_take(&out);
    cos_buf_deinit(&out);
    return *out_json != NULL
               ? 0
               : world_fail(err, COSMOCK_E_NOMEM, "no memory for the explanation");
}

static int check_context(const struct cosmock_explain_query *q, struct cosmock_error *err)
{
    for (size_t i = 0; i < q->n_context; i++) {
        struct cos_span rest = cos_span_of(q->context[i]);
        struct cos_span name = cos_span_cut(&rest, '=');
        if (rest.ptr == NULL || cam_key_named(name) == NULL) {
            return world_fail(err, COSMOCK_E_INVALID,
                              "'%.100s' must be <condition key>=<value>, such as "
                              "cos:prefix=dir/",
                              q->context[i]);
        }
    }
    return 0;
}

int cosmock_policy_explain(struct cosmock_tenant *t, const struct cosmock_explain_query *query,
                           char **out_json, struct cosmock_error *err)
{
    struct cosmock_explain_query q;
    if (!cos_sized_copy(&q, sizeof(q), query)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the query has no size: begin it with COSMOCK_EXPLAIN_QUERY_INIT");
    }
    char why[400];
    if (cam_question_complaint(cos_span_of(q.action), cos_span_of(q.resource), why,
                               sizeof(why)) != NULL) {
        return world_fail(err, COSMOCK_E_INVALID, "%s", why);
    }
    struct asked a = {.key = COS_SPAN_EMPTY};
    principal_anonymous(&a.who);
    int r = check_context(&q, err);
    r = r < 0 ? r : find_caller(&a, t, &q, err);
    if (r == 0) {
        find_bucket(&a, t, cos_span_of(q.resource));
        a.warning.text = cos_span_of(a.warning_text);
        r = find_role(&a, t, &q, err);
        r = r < 0 ? r : explain(&a, t, &q, out_json, err);
    }
    asked_deinit(&a);
    return r;
}
