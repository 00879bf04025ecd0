/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small documents of a bucket, of which a few words are all: encryption by default, global
 * acceleration (cos-operations-2.md s.7.1, s.14).
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
