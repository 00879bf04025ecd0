/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inventories of a bucket: cos-operations-2.md s.13, s.0.8. Of the samples, SSE-COS stands
 * inside Encryption for every client that reads it back; one page has it beside Format, and
 * both are kept where they were put. AccountId is a uin in some samples and an APPID in
 * others: as it was given. A one-shot inventory (POST) is kept apart, for it is in no list.
 */
#include "exchange/exchange.h"
#include "exchange/xml_out.h"
#include "services/clock_work.h"
#include "services/documents.h"
#include "services/handlers.h"
#include "services/inventory_run.h"
#include "services/keyed.h"
#include "services/service.h"
#include "services/tags.h"

#define FAMILY "inventory/"
#define ONE_SHOTS "inventory-once/"
#define MAX_INVENTORIES 1000
#define PAGE_ITEMS 100

static const struct element sse_elements[] = {
    {A_TEXT("SSE-COS", OPTIONAL, 0, 0)},
    {A_TREE("SSE-KMS", OPTIONAL)},
    {0},
};
static const struct element destination_elements[] = {
    {A_WORD("Format", ONCE, "CSV ORC Parquet")},
    {A_TEXT("AccountId", OPTIONAL, 0, 0)},
    {A_TEXT("Bucket", ONCE, 1, 0)},
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Encryption", OPTIONAL, sse_elements)},
    {A_TEXT("SSE-COS", OPTIONAL, 0, 0)},
    {0},
};
static const struct element place_elements[] = {
    {A_GROUP("COSBucketDestination", ONCE, destination_elements)},
    {0},
};
static const struct element schedule_elements[] = {
    {A_WORD("Frequency", ONCE, "Daily Weekly Monthly")},
    {A_NUMBER("MonthlyDate", OPTIONAL, 1, 31)},
    {0},
};
static const struct element and_elements[] = {
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Tag", MANY, tags_wanted)},
    {A_TEXT("StorageClass", OPTIONAL, 0, 0)},
    {0},
};
static const struct element period_elements[] = {
    {A_NUMBER("StartTime", OPTIONAL, 0, UINT32_MAX)},
    {A_NUMBER("EndTime", OPTIONAL, 0, UINT32_MAX)},
    {0},
};
static const struct element filter_elements[] = {
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Tag", OPTIONAL, tags_wanted)},
    {A_TEXT("StorageClass", OPTIONAL, 0, 0)},
    {A_GROUP("And", OPTIONAL, and_elements)},
    {A_GROUP("Period", OPTIONAL, period_elements)},
    {0},
};
static const struct element field_elements[] = {
    {A_TEXT("Field", MANY, 1, 64)},
    {0},
};
static const struct element root_elements[] = {
    {A_TEXT("Id", ONCE, 1, KEYED_ID_MAX_BYTES)},
    {A_WORD("IsEnabled", OPTIONAL, "true false")},
    {A_GROUP("Destination", ONCE, place_elements)},
    {A_GROUP("Schedule", OPTIONAL, schedule_elements)},
    {A_GROUP("Filter", OPTIONAL, filter_elements)},
    {A_WORD("IncludedObjectVersions", ONCE, "All Current")},
    {A_GROUP("OptionalFields", OPTIONAL, field_elements)},
    {0},
};
static const struct element root = {A_GROUP("InventoryConfiguration", ONCE, root_elements)};

static const struct cos_xml *destination_of(const struct cos_xml *xml)
{
    return cos_xml_get(cos_xml_get(xml, "Destination"), "COSBucketDestination");
}

static bool is_built(const struct cos_xml *xml, struct complaint *out)
{
    const struct cos_xml *to = destination_of(xml);
    const char *format = cos_xml_child_text(to, "Format");
    if (strcmp(format, "CSV") != 0) {
        return complain(out, to, "NotImplemented",
                        "this mock writes inventories in CSV and not in %s", format);
    }
    return cos_xml_get(cos_xml_get(to, "Encryption"), "SSE-KMS") == NULL ||
           complain(out, to, "NotImplemented", "this mock has no SSE-KMS");
}

/* One that runs by itself says when. */
static bool scheduled(const struct cos_xml *xml, struct complaint *out)
{
    static const char *const needed[] = {"IsEnabled", "Schedule"};
    for (size_t i = 0; i < COS_ARRAY_LEN(needed); i++) {
        if (cos_xml_get(xml, needed[i]) == NULL) {
            return complain(out, xml, "MalformedXML", "<%s> has no <%s>", root.name, needed[i]);
        }
    }
    return is_built(xml, out);
}

static const struct document_form form = {.root = &root, .rules = scheduled};
static const struct document_form one_shot_form = {.root = &root, .rules = is_built};

/* A field that no report fills is an empty column of it; the journal says which. */
static void note_fields(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    const struct cos_xml *e = xml_first_of(cos_xml_get(xml, "OptionalFields"), "Field");
    while (e != NULL && inventory_has_field(cos_xml_text(e))) {
        e = xml_next_of(e, "Field");
    }
    if (e != NULL) {
        x->identity.detail =
            cos_arena_printf(&x->arena, "field %.64s will be an empty column", cos_xml_text(e));
    }
}

/* "qcs::cos:<region>::<bucket>", in the region of the bucket itself. */
static bool check_destination(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    const struct cos_xml *to = destination_of(xml);
    struct cos_span rest = xml_child(to, "Bucket");
    struct cos_span wanted =
        cos_arena_printf(&x->arena, "qcs::cos:%s::", x->target.at.bucket->region);
    struct complaint c;
    if (cos_span_starts(rest, wanted) &&
        world_is_bucket_name(cos_span_from(rest, wanted.len))) {
        return true;
    }
    (void)complain(&c, to, NULL, "<Bucket> is '" COS_SPAN_FMT "'; " COS_SPAN_FMT "<bucket>",
                   COS_SPAN_ARG(cos_span_sub(rest, 0, 100)), COS_SPAN_ARG(wanted));
    document_refuse(x, &c);
    return false;
}

/* --- reading --- */

/* The token is the number of the last one that was shown. */
static int answer_list(struct cosmock_exchange *x, const struct keyed_documents *all)
{
    struct cos_span token = service_param(x, "continuation-token");
    uint64_t behind = 0;
    size_t n = 0;
    size_t i = 0;
    if (token.len > 0 && !cos_span_u64(token, &behind)) {
        return service_refuse_saying(x, "InvalidArgument",
                                     "continuation-token is none that a list gave");
    }
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<ListInventoryConfigurationResult>");
    for (; i < all->n && n < PAGE_ITEMS; i++) {
        if (all->items[i].order > behind) {
            cos_buf_span(b, all->items[i].text);
            n++;
        }
    }
    bool is_truncated = i < all->n;
    xml_out_bool(b, "IsTruncated", is_truncated);
    if (token.len > 0) {
        xml_out_text(b, "ContinuationToken", token);
    }
    if (is_truncated) {
        xml_out_u64(b, "NextContinuationToken", all->items[i - 1].order);
    }
    cos_buf_str(b, "</ListInventoryConfigurationResult>");
    return service_xml_done(x);
}

int op_get_bucket_inventory(struct cosmock_exchange *x)
{
    COS_CLEANUP(keyed_deinit) struct keyed_documents all;
    if (!keyed_read(x, FAMILY, &all)) {
        return service_stop(x);
    }
    return param_get(x, "id") == NULL
               ? answer_list(x, &all)
               : keyed_answer(x, &all, "InventoryConfigurationNotFoundError");
}

/* --- writing --- */

struct inventory_kind {
    const char *family;
    const struct document_form *form;
    bool replaces;
};

static int keep(struct cosmock_exchange *x, const struct inventory_kind *kind,
                const struct keyed_document *d)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        keyed_put(batch, x->target.at.bucket, kind->family, d);
        clock_work_plan(batch, x->tenant, x->now.modification_unix_ms);
    }
    x->result.status = 200;
    return service_commit(x, batch);
}

static int put(struct cosmock_exchange *x, const struct inventory_kind *kind)
{
    struct keyed_document d = {0};
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    COS_CLEANUP(keyed_deinit) struct keyed_documents all = {0};
    xml = keyed_id_param(x, "id", &d.id) ? document_body(x, kind->form) : NULL;
    if (xml == NULL || !keyed_id_check(x, xml, d.id) || !check_destination(x, xml) ||
        !keyed_read(x, kind->family, &all)) {
        return service_stop(x);
    }
    const struct keyed_document *known = keyed_find(&all, d.id);
    if (known != NULL && !kind->replaces) {
        return service_refuse(x, "DuplicateInventoryId");
    }
    if (known == NULL && all.n >= MAX_INVENTORIES) {
        return service_refuse(x, "InventoryFull");
    }
    note_fields(x, xml);
    d.order = keyed_order_of(&all, d.id);
    d.text = document_text(x, &root, xml);
    return keep(x, kind, &d);
}

int op_put_bucket_inventory(struct cosmock_exchange *x)
{
    return put(x, &(const struct inventory_kind){FAMILY, &form, /* replaces= */ true});
}

int op_post_bucket_inventory(struct cosmock_exchange *x)
{
    return put(x, &(const struct inventory_kind){ONE_SHOTS, &one_shot_form,
                                                 /* replaces= */ false});
}

/* Fine when there is none: python test.py:1942 deletes first. */
int op_delete_bucket_inventory(struct cosmock_exchange *x)
{
    struct cos_span id;
    if (!keyed_id_param(x, "id", &id)) {
        return service_stop(x);
    }
    struct batch *batch = batch_new();
    if (batch != NULL) {
        keyed_delete(batch, x->target.at.bucket, FAMILY, id);
        keyed_delete(batch, x->target.at.bucket, ONE_SHOTS, id);
    }
    x->result.status = 204;
    return service_commit(x, batch);
}
