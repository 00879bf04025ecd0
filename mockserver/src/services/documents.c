/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trio that serves a bucket's documents, and their rows. DELETE of what is not there is
 * 204, too (cos-operations-1.md s.4); a missing bucket was refused before (stage target).
 */
#include "services/documents.h"

#include "exchange/exchange.h"
#include "services/handlers.h"
#include "services/service.h"

#define NO_CONTENT 204

/* --- the policy: cos-operations-1.md s.4 --- */

#define POLICY_MAX_BYTES ((size_t)20 << 10)

static const char *no_policy_code(struct cosmock_tenant *t)
{
    if (SWITCH_IS(t, NO_POLICY_CODE, NO_SUCH_BUCKET_POLICY)) {
        return "NoSuchBucketPolicy";
    }
    return SWITCH_IS(t, NO_POLICY_CODE, NO_SUCH_POLICY) ? "NoSuchPolicy"
                                                        : "NoSuchPolicyVersion";
}

static bool policy_read(struct cosmock_exchange *x, struct cos_buf *out)
{
    struct cos_span text = bucket_document(&x->target.at, BUCKET_POLICY);
    if (text.ptr == NULL) {
        service_refuse(x, no_policy_code(x->tenant));
        return false;
    }
    cos_buf_span(out, text);
    return true;
}

static bool policy_keep(struct batch *batch, const struct bucket *b, struct cos_span text,
                        struct cos_text_error *why)
{
    struct cam_policy *policy = NULL;
    if (cam_policy_parse(&policy, text, CAM_BUCKET, b->name, why) < 0) {
        return false;
    }
    world_bucket_policy_put(batch, b, policy);
    return true;
}

/* JSON, and still application/xml: the sample of the page GET Bucket policy
 * (cos-operations-1.md s.4). */
const struct document document_bucket_policy = {
    .content_type = "application/xml",
    .max_bytes = POLICY_MAX_BYTES,
    .bad_code = "MalformedPolicy",
    .read = policy_read,
    .keep = policy_keep,
    .which = BUCKET_POLICY,
};

/* --- the trio --- */

int op_get_document(struct cosmock_exchange *x)
{
    const struct document *d = x->route.op->document;
    struct cos_buf *out = &x->result.body;
    cos_buf_deinit(out);
    cos_buf_init(out, d->max_bytes);
    if (!d->read(x, out)) {
        return service_refuse(x, d->absent_code);
    }
    x->result.status = 200;
    x->result.content_type = d->content_type;
    return out->failed ? -1 : 0;
}

static int put_in(struct cosmock_exchange *x, const struct document *d, const struct bucket *b)
{
    struct cos_text_error why = {0};
    struct batch *batch = batch_new();
    if (batch != NULL && !d->keep(batch, b, cos_buf_view(&x->body.small), &why)) {
        (void)batch_free(batch);
        return service_refuse_saying(x, d->bad_code, "line %u column %u: %s", why.line,
                                     why.column, why.message);
    }
    x->result.status = NO_CONTENT;
    return service_commit(x, batch);
}

int op_put_document(struct cosmock_exchange *x)
{
    size_t n = x->body.small.len;
    if (n == 0) {
        return service_refuse(x, "MissingRequestBodyError");
    }
    const struct document *d = x->route.op->document;
    if (n > d->max_bytes) {
        return service_refuse_saying(x, d->bad_code, "%zu bytes; at most %zu are allowed", n,
                                     d->max_bytes);
    }
    return put_in(x, d, x->target.at.bucket);
}

int op_delete_document(struct cosmock_exchange *x)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_document_delete(batch, x->target.at.bucket, x->route.op->document->which);
    }
    x->result.status = NO_CONTENT;
    return service_commit(x, batch);
}
