/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET, PUT, DELETE Bucket policy: a bucket's document in JSON, which every request is judged
 * by (cos-operations-1.md s.4).
 */
#include "services/handlers.h"
#include "services/service.h"

#define NO_CONTENT 204
#define POLICY_MAX_BYTES ((size_t)20 << 10)

static const char *no_policy_code(struct cosmock_tenant *t)
{
    if (SWITCH_IS(t, NO_POLICY_CODE, NO_SUCH_BUCKET_POLICY)) {
        return "NoSuchBucketPolicy";
    }
    return SWITCH_IS(t, NO_POLICY_CODE, NO_SUCH_POLICY) ? "NoSuchPolicy"
                                                        : "NoSuchPolicyVersion";
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
    cos_buf_init(out, POLICY_MAX_BYTES);
    cos_buf_span(out, text);
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
    if (cam_policy_parse(&policy, text, CAM_BUCKET, b->name, &why) < 0) {
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
