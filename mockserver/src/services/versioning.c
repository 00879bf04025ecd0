/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutBucketVersioning and GetBucketVersioning (cos-operations-1.md s.2.1). Once a bucket has a
 * state it never goes back to none. What is under way while it changes begins again
 * (services/service.h).
 */
#include "services/handlers.h"

#include "services/service.h"
#include "world/bucket_documents.h"

#define ROOT "VersioningConfiguration"

int op_get_bucket_versioning(struct cosmock_exchange *x)
{
    struct cos_span text = bucket_document(&x->target.at, BUCKET_VERSIONING);
    struct cos_buf *b = service_xml(x);
    if (text.ptr == NULL) {
        cos_buf_str(b, "<" ROOT "/>");
    } else {
        cos_buf_span(b, text);
    }
    return service_xml_done(x);
}

/* NONE: it names neither. */
static enum versioning read_status(const struct cos_xml *root)
{
    const char *status = cos_xml_child_text(root, "Status");
    struct cos_span word = cos_span_trim(cos_span_of(status));
    if (cos_span_eq_str(word, "Enabled")) {
        return VERSIONING_ENABLED;
    }
    return cos_span_eq_str(word, "Suspended") ? VERSIONING_SUSPENDED : VERSIONING_NONE;
}

int op_put_bucket_versioning(struct cosmock_exchange *x)
{
    if (x->body.small.len == 0) {
        return service_refuse(x, "InvalidArgument");
    }
    COS_CLEANUP(cos_xml_free) struct cos_xml *root = service_xml_read(x, ROOT);
    if (root == NULL) {
        return service_stop(x);
    }
    enum versioning wanted = read_status(root);
    if (wanted == VERSIONING_NONE) {
        return service_refuse_saying(x, "InvalidArgument",
                                     "Status must be Enabled or Suspended");
    }
    /* W40136: what is locked would be replaced (cos-operations-1.md s.7) */
    if (wanted == VERSIONING_SUSPENDED &&
        bucket_document(&x->target.at, BUCKET_OBJECT_LOCK).ptr != NULL) {
        return service_refuse(x, "BucketLocked");
    }
    /* what is copied keeps versions: cos-operations-1.md s.2.1 */
    if (wanted == VERSIONING_SUSPENDED &&
        bucket_document(&x->target.at, BUCKET_REPLICATION).ptr != NULL) {
        x->identity.detail =
            COS_SPAN_LIT("the bucket has replication rules; delete them first");
        return service_refuse(x, "InvalidBucketState");
    }
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_versioning_put(batch, x->target.at.bucket, wanted);
    }
    x->result.status = 200;
    return service_commit(x, batch);
}
