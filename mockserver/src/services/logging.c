/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the access logs of a bucket go: cos-operations-2.md s.14. What is in them and when they
 * come says services/access_log.c. The code LoggingPrefixInvalid is in the table of errors;
 * here it is for a prefix that leaves no room for the name of a file [assumed].
 */
#include "services/logging.h"

#include "cosbase/alloc.h"
#include "services/documents.h"
#include "world/neighbours.h"

#define PREFIX_MAX_BYTES 800 /* of a key 850, of which the name of a file takes 40 */

static const struct element enabled_elements[] = {
    {A_TEXT("TargetBucket", ONCE, 1, 0)},
    {A_TEXT("TargetPrefix", OPTIONAL, 0, 0)},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("LoggingEnabled", OPTIONAL, enabled_elements)},
    {0},
};
static const struct element root = {A_GROUP("BucketLoggingStatus", ONCE, root_elements)};

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    const struct cos_xml *enabled = cos_xml_get(xml, "LoggingEnabled");
    struct cos_span prefix = xml_child(enabled, "TargetPrefix");
    return prefix.len <= PREFIX_MAX_BYTES ||
           complain(out, enabled, "LoggingPrefixInvalid",
                    "<TargetPrefix> has %zu bytes; at most %d", prefix.len, PREFIX_MAX_BYTES);
}

/* A bucket of the same owner in the same region; it may be this one. */
static bool fit(const struct neighbours *near, const struct cos_xml *xml, struct complaint *out)
{
    const struct cos_xml *enabled = cos_xml_get(xml, "LoggingEnabled");
    struct neighbour target;
    bool is_fine = enabled == NULL ||
                   (near->find(near->ctx, xml_child(enabled, "TargetBucket"), &target) &&
                    strcmp(target.region, near->here.region) == 0 &&
                    strcmp(target.owner_uin, near->here.owner_uin) == 0);
    return is_fine || complain(out, enabled, "InvalidTargetBucketForLogging",
                               "'%.80s' is no bucket of %s in %s",
                               cos_xml_child_text(enabled, "TargetBucket"),
                               near->here.owner_uin, near->here.region);
}

const struct document document_logging = {
    .which = BUCKET_LOGGING,
    .form = {.root = &root, .rules = rules},
    .fits = fit,
};

/* --- for those who act on it --- */

static void forget(void *value)
{
    struct logging *l = value;
    xml_reading_end(&l->reading);
    cos_free(l);
}

static void *parse(struct cos_span text)
{
    struct logging *l = cos_calloc(1, sizeof(*l));
    if (l == NULL || !xml_reading_begin(&l->reading, text)) {
        if (l != NULL) {
            forget(l);
        }
        return NULL;
    }
    const struct cos_xml *enabled = cos_xml_get(l->reading.xml, "LoggingEnabled");
    l->is_on = enabled != NULL;
    l->bucket = xml_child(enabled, "TargetBucket");
    l->prefix = xml_child(enabled, "TargetPrefix");
    return l;
}

const struct logging *logging_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse, forget};
    const struct logging *l = bucket_document_value(v, BUCKET_LOGGING, &kind);
    return l != NULL && l->is_on ? l : NULL;
}
