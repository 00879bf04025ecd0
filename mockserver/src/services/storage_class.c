/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The storage class of a write: cos-operations-1.md s.9. A bucket in several zones takes the
 * MAZ_ classes alone and gives MAZ_STANDARD to who says none, any other takes the plain ones; a
 * tiered class wants the bucket's rule. Classes are words that a read shows: nothing lies
 * elsewhere, but that archived bytes want a restore (services/restore.c), and tiered ones sink
 * (services/tier.c).
 */
#include "services/storage_class.h"

#include "services/service.h"
#include "services/tier.h"

bool storage_class_is_maz(const struct cosmock_exchange *x)
{
    return bucket_document(&x->target.at, BUCKET_AZ).ptr != NULL;
}

static bool is_maz_class(enum word class)
{
    return cos_span_starts(cos_span_of(word_spelling(class)), COS_SPAN_LIT("MAZ_"));
}

static bool rule_check(struct cosmock_exchange *x, enum word class)
{
    if (!tier_has(class) ||
        bucket_document(&x->target.at, BUCKET_INTELLIGENT_TIERING).ptr != NULL ||
        SWITCH_IS(x->tenant, TIERING_WITHOUT_RULE, ACCEPT)) {
        return true;
    }
    service_refuse_saying(x, "NotSupportedStorageClass",
                          "%s needs a bucket with an intelligent tiering configuration",
                          word_spelling(class));
    return false;
}

bool storage_class_choose(struct cosmock_exchange *x, enum word *out)
{
    bool is_maz = storage_class_is_maz(x);
    if (!choice_read(x, CHOICE_STORAGE_CLASS, out)) {
        return false;
    }
    if (*out == WORD_NONE) {
        *out = is_maz ? WORD_MAZ_STANDARD : WORD_STANDARD;
    }
    if (is_maz_class(*out) != is_maz) {
        service_refuse(x, is_maz ? "OAZOperationNotSupportOnMAZBucket"
                                 : "MAZOperationNotSupportOnOAZBucket");
        return false;
    }
    return rule_check(x, *out);
}
