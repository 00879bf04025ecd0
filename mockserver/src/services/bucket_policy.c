/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET, PUT, DELETE Bucket policy: a bucket's document in JSON, which every request is judged
 * by (cos-operations-1.md s.4).
 */
#include "services/handlers.h"

#include "cosbase/json.h"
#include "services/service.h"

#define NO_CONTENT 204
#define POLICY_MAX_BYTES ((size_t)20 << 10)
#define SHOWN_MAX_BYTES ((size_t)16 << 20) /* a principal may be shown in every statement */

static const char *no_policy_code(struct cosmock_tenant *t)
{
    if (SWITCH_IS(t, NO_POLICY_CODE, NO_SUCH_BUCKET_POLICY)) {
        return "NoSuchBucketPolicy";
    }
    return SWITCH_IS(t, NO_POLICY_CODE, NO_SUCH_POLICY) ? "NoSuchPolicy"
                                                        : "NoSuchPolicyVersion";
}

static void copy(struct cos_jw *w, const char *name, const struct cos_json *value)
{
    struct cos_buf json;
    cos_buf_init(&json, POLICY_MAX_BYTES);
    cos_json_print(&json, value);
    cos_jw_raw(w, name, cos_buf_view(&json));
    cos_buf_deinit(&json);
}

/* All members of @object, without those called as one of @but (NULL: none). */
static void copy_members(struct cos_jw *w, const struct cos_json *object,
                         const char *const but[])
{
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        bool is_left_out = false;
        for (size_t i = 0; but != NULL && but[i] != NULL; i++) {
            is_left_out = is_left_out || strcmp(cos_json_name(m), but[i]) == 0;
        }
        if (!is_left_out) {
            copy(w, cos_json_name(m), m);
        }
    }
}

static void show_statement(struct cos_jw *w, const struct cos_json *statement,
                           const struct cos_json *principal)
{
    cos_jw_object(w, NULL);
    copy_members(w, statement, /* but= */ NULL);
    if (principal != NULL && cos_json_get(statement, "principal") == NULL) {
        copy(w, "Principal", principal);
    }
    cos_jw_end(w);
}

/*
 * The service gives the lower-case form back with "Statement" for "statement" and what is in
 * it as it was (Node's suite, test.js:3302); where a principal beside it stands then is not
 * known. It has a meaning in the statement alone, so it stands there.
 */
static void show_lower_case(struct cos_buf *out, const struct cos_json *policy)
{
    static const char *const moved[] = {"statement", "principal", NULL};
    const struct cos_json *list = cos_json_get(policy, "statement");
    const struct cos_json *principal = cos_json_get(policy, "principal");
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, NULL);
    cos_jw_array(&w, "Statement");
    for (const struct cos_json *s = cos_json_first(list); s != NULL; s = cos_json_next(s)) {
        show_statement(&w, s, principal);
    }
    cos_jw_end(&w);
    copy_members(&w, policy, moved);
    cos_jw_end(&w);
}

/* As it was put, unless that was the lower-case form. */
static void show(struct cos_buf *out, struct cos_span text)
{
    struct cos_json *policy = NULL;
    struct cos_text_error ignored;
    if (cos_json_parse(&policy, text, NULL, &ignored) == 0 &&
        cos_json_kind(cos_json_get(policy, "statement")) == COS_JSON_ARRAY) {
        show_lower_case(out, policy);
    } else {
        cos_buf_span(out, text);
    }
    cos_json_free(policy);
}

/* JSON, and still application/xml: the sample of the page GET Bucket policy
 * (cos-operations-1.md s.4). */
int op_get_bucket_policy(struct cosmock_exchange *x)
{
    struct cos_span text = bucket_document(&x->target.at, BUCKET_POLICY);
    if (text.ptr == NULL) {
        return service_refuse(x, no_policy_code(x->tenant));
    }
    struct cos_buf *out = &x->result.body;
    cos_buf_deinit(out);
    cos_buf_init(out, SHOWN_MAX_BYTES);
    show(out, text);
    x->result.status = 200;
    x->result.content_type = "application/xml";
    return out->failed ? -1 : 0;
}

int op_put_bucket_policy(struct cosmock_exchange *x)
{
    const struct bucket *b = x->target.at.bucket;
    struct cos_span text = cos_buf_view(&x->body.small);
    struct cam_policy *policy = NULL;
    struct cos_text_error why = {0};
    if (text.len == 0) {
        return service_refuse(x, "MissingRequestBodyError");
    }
    if (text.len > POLICY_MAX_BYTES) {
        return service_refuse_saying(x, "MalformedPolicy", "%zu bytes; at most %zu are allowed",
                                     text.len, POLICY_MAX_BYTES);
    }
    if (cam_policy_parse(&policy, text, CAM_BUCKET, b->name, &why) < 0 ||
        world_policy_admit(x->tenant, &policy, &why, /* at= */ NULL) < 0) {
        return service_refuse_saying(x, "MalformedPolicy", "line %u column %u: %s", why.line,
                                     why.column, why.message);
    }
    struct batch *batch = batch_new();
    if (batch == NULL) {
        cam_policy_unref(policy);
    } else {
        world_bucket_policy_put(batch, b, policy);
    }
    x->result.status = NO_CONTENT;
    return service_commit(x, batch);
}

int op_delete_bucket_policy(struct cosmock_exchange *x)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_policy_put(batch, x->target.at.bucket, /* policy= */ NULL);
    }
    x->result.status = NO_CONTENT;
    return service_commit(x, batch);
}
