/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock of a bucket: cos-operations-1.md s.7. Of two generations of documents the
 * current one, which a suite has seen live: a rule may be missing (python test.py:814-838),
 * and a default period may change or go, for it concerns new objects only; the older one
 * refuses a shorter period (switch object-lock-shorten). It is never switched off: there is
 * no DELETE.
 */
#include "exchange/exchange.h"
#include "services/documents.h"
#include "services/service.h"

#define MAX_DAYS 36500

static const struct element retention_elements[] = {
    {A_WORD("Mode", OPTIONAL, "COMPLIANCE")},
    {A_NUMBER("Days", ONCE, 1, MAX_DAYS)},
    {0},
};
static const struct element rule_elements[] = {
    {A_GROUP("DefaultRetention", ONCE, retention_elements)},
    {0},
};
static const struct element root_elements[] = {
    {A_WORD("ObjectLockEnabled", ONCE, "Enabled")},
    {A_GROUP("Rule", OPTIONAL, rule_elements)},
    {0},
};
static const struct element root = {A_GROUP("ObjectLockConfiguration", ONCE, root_elements)};

/* 0: none. */
static int64_t days_of(const struct cos_xml *xml)
{
    return xml_child_number(cos_xml_get(cos_xml_get(xml, "Rule"), "DefaultRetention"), "Days",
                            0);
}

static int64_t days_before(const struct cosmock_exchange *x)
{
    struct cos_span kept = bucket_document(&x->target.at, BUCKET_OBJECT_LOCK);
    struct cos_text_error why;
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    bool is_read = kept.ptr != NULL && cos_xml_parse(&xml, kept, /* limits= */ NULL, &why) == 0;
    return is_read ? days_of(xml) : 0;
}

static bool permit(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    struct cos_span versioning = bucket_document(&x->target.at, BUCKET_VERSIONING);
    if (cos_span_find(versioning, COS_SPAN_LIT("<Status>Suspended</Status>")) != SIZE_MAX) {
        x->identity.detail = COS_SPAN_LIT("versioning of the bucket is Suspended");
        service_refuse(x, "InvalidBucketState");
    } else if (SWITCH_IS(x->tenant, OBJECT_LOCK_SHORTEN, REFUSE) &&
               days_of(xml) < days_before(x)) {
        service_refuse(x, "InvalidLockedTime");
    }
    return !is_refused(x);
}

const struct document document_object_lock = {
    .which = BUCKET_OBJECT_LOCK,
    .form = {.root = &root},
    .absent_code = "NoSuchObjectLockConfiguration",
    .permits = permit,
};
