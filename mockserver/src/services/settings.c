/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small documents of a bucket, of which a few words are all: encryption by default, access
 * logs, global acceleration (cos-operations-2.md s.7.1, s.14).
 */
#include "exchange/exchange.h"
#include "services/accelerate.h"
#include "services/documents.h"
#include "services/service.h"

/* --- encryption --- */

/* SDK suites put the second name and read the first. */
static const struct element by_default_elements[] = {
    {A_WORD("SSEAlgorithm", ONCE, "AES256 KMS SM4")},
    {A_TEXT("KMSMasterKeyID", OPTIONAL, 0, 0)},
    {A_TEXT("KMSAlgorithm", OPTIONAL, 0, 0)},
    {0},
};
static const struct element encryption_rule_elements[] = {
    {A_WORD("BucketKeyEnabled", OPTIONAL, "true false")},
    {A_GROUP("ApplyServerSideEncryptionByDefault", ONCE, by_default_elements),
     .alias = "ApplySideEncryptionConfiguration"},
    {0},
};
static const struct element encryption_elements[] = {
    {A_GROUP("Rule", ONCE, encryption_rule_elements)},
    {0},
};
static const struct element encryption_root = {
    A_GROUP("ServerSideEncryptionConfiguration", ONCE, encryption_elements)};

const struct document document_encryption = {
    .which = BUCKET_ENCRYPTION,
    .form = {.root = &encryption_root},
    .absent_code = "NoSuchEncryptionConfiguration",
};

/* --- access logs --- */

static const struct element logging_enabled_elements[] = {
    {A_TEXT("TargetBucket", ONCE, 1, 0)},
    {A_TEXT("TargetPrefix", OPTIONAL, 0, 0)},
    {0},
};
static const struct element logging_elements[] = {
    {A_GROUP("LoggingEnabled", OPTIONAL, logging_enabled_elements)},
    {0},
};
static const struct element logging_root = {
    A_GROUP("BucketLoggingStatus", ONCE, logging_elements)};

/* A bucket of the same owner in the same region; it may be this one. */
static bool permit_logging(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    const struct bucket *here = x->target.at.bucket;
    const struct cos_xml *enabled = cos_xml_get(xml, "LoggingEnabled");
    struct cos_span name = xml_child(enabled, "TargetBucket");
    if (enabled == NULL) {
        return true;
    }
    struct bucket *target = world_bucket_find(x->tenant, name);
    bool is_fine = target != NULL && strcmp(target->region, here->region) == 0 &&
                   strcmp(target->owner_uin, here->owner_uin) == 0;
    if (!is_fine) {
        x->identity.detail =
            cos_arena_printf(&x->arena, "'" COS_SPAN_FMT "' is no bucket of %s in %s",
                             COS_SPAN_ARG(cos_span_sub(name, 0, sizeof(here->name))),
                             here->owner_uin, here->region);
        service_refuse(x, "InvalidTargetBucketForLogging");
    }
    bucket_unref(target);
    return is_fine;
}

const struct document document_logging = {
    .which = BUCKET_LOGGING,
    .form = {.root = &logging_root},
    .permits = permit_logging,
};

/* --- global acceleration --- */

static const struct element accelerate_elements[] = {
    {A_WORD("Status", ONCE, "Enabled Suspended")},
    {A_TEXT("Type", OPTIONAL, 0, 0)},
    {0},
};
static const struct element accelerate_root = {
    A_GROUP("AccelerateConfiguration", ONCE, accelerate_elements)};

bool accelerate_is_enabled(const struct bucket_view *v)
{
    /* as it is kept, so nothing stands between */
    struct cos_span kept = bucket_document(v, BUCKET_ACCELERATE);
    return kept.ptr != NULL &&
           cos_span_find(kept, COS_SPAN_LIT("<Status>Enabled</Status>")) != SIZE_MAX;
}

const struct document document_accelerate = {
    .which = BUCKET_ACCELERATE,
    .form = {.root = &accelerate_root},
};
