/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replication: cos-operations-2.md s.12, s.0.6. Both buckets must keep versions: 409
 * InvalidBucketState of the two codes in the table of errors (the other is 400
 * BucketVersionNotOpen). A destination that this mock does not have is refused as a missing
 * bucket is [assumed]. That prefixes must not overlap has no code; such rules are taken, and so
 * is a class in any case.
 */
#include "exchange/exchange.h"
#include "services/documents.h"
#include "services/service.h"

#define MAX_RULES 1000
#define MAX_BYTES ((size_t)1 << 20) /* that many rules do not fit into 64 KB */
#define CLASSES                                                                   \
    "STANDARD STANDARD_IA INTELLIGENT_TIERING ARCHIVE DEEP_ARCHIVE MAZ_STANDARD " \
    "MAZ_STANDARD_IA MAZ_INTELLIGENT_TIERING MAZ_ARCHIVE MAZ_DEEP_ARCHIVE"
#define SWITCHED "Enabled Disabled"

static const struct element tag_elements[] = {
    {A_TEXT("Key", ONCE, 1, 128)},
    {A_TEXT("Value", ONCE, 0, 256)},
    {0},
};
static const struct element and_elements[] = {
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Tag", MANY, tag_elements)},
    {0},
};
static const struct element filter_elements[] = {
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Tag", OPTIONAL, tag_elements)},
    {A_GROUP("And", OPTIONAL, and_elements)},
    {0},
};
static const struct element encryption_elements[] = {
    {A_TEXT("ReplicaKmsKeyID", OPTIONAL, 0, 0)},
    {0},
};
static const struct element destination_elements[] = {
    {A_TEXT("Bucket", ONCE, 1, 0)},
    {A_WORD("StorageClass", OPTIONAL, CLASSES)},
    {A_GROUP("EncryptionConfiguration", OPTIONAL, encryption_elements)},
    {0},
};
static const struct element status_elements[] = {
    {A_WORD("Status", ONCE, SWITCHED)},
    {0},
};
static const struct element source_elements[] = {
    {A_GROUP("SseKmsEncryptedObjects", OPTIONAL, status_elements)},
    {0},
};
static const struct element rule_elements[] = {
    {A_TEXT("ID", OPTIONAL, 0, 255)},
    {A_NUMBER("Priority", OPTIONAL, 0, INT32_MAX)},
    {A_WORD("Status", ONCE, SWITCHED)},
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Filter", OPTIONAL, filter_elements)},
    {A_GROUP("Destination", ONCE, destination_elements)},
    {A_GROUP("DeleteMarkerReplication", OPTIONAL, status_elements)},
    {A_GROUP("SourceSelectionCriteria", OPTIONAL, source_elements)},
    {0},
};
static const struct element root_elements[] = {
    {A_TEXT("Role", ONCE, 1, 0)},
    {A_GROUP("Rule", ONE_TO(MAX_RULES), rule_elements)},
    {0},
};
static const struct element root = {A_GROUP("ReplicationConfiguration", ONCE, root_elements)};

static struct cos_span destination_of(const struct cos_xml *rule)
{
    return xml_child(cos_xml_get(rule, "Destination"), "Bucket");
}

/* "qcs::cos:<region>::<bucket>" */
static bool split_destination(struct cos_span text, struct cos_span *region,
                              struct cos_span *bucket)
{
    struct cos_span prefix = COS_SPAN_LIT("qcs::cos:");
    struct cos_span rest =
        cos_span_starts(text, prefix) ? cos_span_from(text, prefix.len) : COS_SPAN_EMPTY;
    *region = cos_span_cut(&rest, ':');
    bool is_anyones = rest.len > 0 && rest.ptr[0] == ':';
    *bucket = is_anyones ? cos_span_from(rest, 1) : COS_SPAN_EMPTY;
    return region->len > 0 && world_is_bucket_name(*bucket);
}

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    const struct cos_xml *first = xml_first_of(xml, "Rule");
    struct cos_span region;
    struct cos_span bucket;
    if (!split_destination(destination_of(first), &region, &bucket)) {
        return complain(out, first, NULL, "<Bucket> is '%.100s'; qcs::cos:<region>::<bucket>",
                        cos_xml_child_text(cos_xml_get(first, "Destination"), "Bucket"));
    }
    for (const struct cos_xml *rule = first; rule != NULL; rule = xml_next_of(rule, "Rule")) {
        if (!cos_span_eq(destination_of(rule), destination_of(first))) {
            return complain(out, rule, "MultiBucketNotSupport",
                            "all rules of a bucket have one destination");
        }
    }
    return true;
}

static bool keeps_versions(const struct bucket_view *v)
{
    return cos_span_find(bucket_document(v, BUCKET_VERSIONING),
                         COS_SPAN_LIT("<Status>Enabled</Status>")) != SIZE_MAX;
}

static bool refuse_state(struct cosmock_exchange *x, const char *name)
{
    x->identity.detail =
        cos_arena_printf(&x->arena, "versioning of bucket %s is not Enabled", name);
    service_refuse(x, "InvalidBucketState");
    return false;
}

static bool permit(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    struct cos_span region;
    struct cos_span name;
    (void)split_destination(destination_of(xml_first_of(xml, "Rule")), &region, &name);
    struct bucket_view to = world_bucket_view(x->tenant, name);
    bool is_there = to.bucket != NULL && cos_span_eq_str(region, to.bucket->region);
    if (!is_there) {
        x->identity.detail =
            cos_arena_printf(&x->arena, "no bucket " COS_SPAN_FMT " in " COS_SPAN_FMT,
                             COS_SPAN_ARG(name), COS_SPAN_ARG(cos_span_sub(region, 0, 40)));
        service_refuse(x, "NoSuchBucket");
    } else if (!keeps_versions(&x->target.at)) {
        refuse_state(x, x->target.at.bucket->name);
    } else if (!keeps_versions(&to)) {
        refuse_state(x, to.bucket->name);
    }
    bucket_view_release(&to);
    return !is_refused(x);
}

const struct document document_replication = {
    .which = BUCKET_REPLICATION,
    .form = {.root = &root, .rules = rules, .max_bytes = MAX_BYTES},
    .absent_code = "ReplicationConfigurationNotFoundError",
    .permits = permit,
};
