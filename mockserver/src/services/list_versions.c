/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetBucketObjectVersions (cos-operations-1.md s.2.4): keys in byte order, the versions of a
 * key newest first, data and markers in one row; max-keys counts them and common prefixes; what
 * comes next is named by the last entry of the page, which for a common prefix has no version.
 */
#include "services/handlers.h"

#include "exchange/xml_out.h"
#include "services/service.h"
#include "services/stored.h"
#include "services/tier.h"

#define VERSIONS_MAX 1000

struct versions_request {
    struct versions_query page;
    struct cos_span version_marker; /* as sent */
    bool is_url;
    /* Of a bucket that never had versions the ids are empty, and null comes with the first
     * state: Get Bucket Object versions, example 1. */
    bool has_ids;
};

static void write_id(struct cos_buf *b, const char *element, const struct versions_request *q,
                     const struct versions_item *item)
{
    char room[VERSION_NAME_BYTES];
    xml_out_text(b, element,
                 q->has_ids && !item->is_prefix
                     ? version_name_write(room, &item->object.version)
                     : COS_SPAN_EMPTY);
}

static void write_head(struct cosmock_exchange *x, const struct versions_request *q,
                       const struct versions_page *page)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<ListVersionsResult>");
    if (q->is_url) {
        cos_buf_str(b, "<EncodingType>url</EncodingType>");
    }
    cos_buf_printf(b, "<Name>%s</Name>", x->target.at.bucket->name);
    xml_out_name(b, "Prefix", q->page.prefix, q->is_url);
    xml_out_name(b, "KeyMarker", q->page.key_marker, q->is_url);
    xml_out_text(b, "VersionIdMarker", q->version_marker);
    xml_out_u64(b, "MaxKeys", q->page.max_items);
    xml_out_bool(b, "IsTruncated", page->is_truncated);
    if (page->is_truncated) {
        const struct versions_item *last = &page->items[page->n_items - 1];
        xml_out_name(b, "NextKeyMarker", last->name, q->is_url);
        write_id(b, "NextVersionIdMarker", q, last);
    }
    if (q->page.delimiter.len > 0) {
        xml_out_name(b, "Delimiter", q->page.delimiter, q->is_url);
    }
}

static void write_version(struct cosmock_exchange *x, const struct versions_request *q,
                          const struct versions_item *item)
{
    static const char *const elements[] = {"Version", "DeleteMarker"};
    struct cos_buf *b = &x->result.body;
    const struct object *o = &item->object;
    const char *element = elements[o->version.is_marker];
    const char *appid = x->target.at.bucket->owner_appid;
    cos_buf_printf(b, "<%s>", element);
    xml_out_name(b, "Key", o->key, q->is_url);
    write_id(b, "VersionId", q, item);
    xml_out_bool(b, "IsLatest", item->is_latest);
    service_xml_date(x, "LastModified", DATE_IN_LIST, o->mtime_unix_ms);
    if (!o->version.is_marker) {
        xml_out_etag(b, o->etag);
        xml_out_u64(b, "Size", o->bytes);
        stored_xml_class(b, o->headers);
        tier_xml(x, o);
    }
    cos_buf_printf(b, "<Owner><ID>%s</ID><DisplayName>%s</DisplayName></Owner></%s>", appid,
                   appid, element);
}

static int write_page(struct cosmock_exchange *x, const struct versions_request *q,
                      const struct versions_page *page)
{
    write_head(x, q, page);
    struct cos_buf *b = &x->result.body;
    for (size_t i = 0; i < page->n_items; i++) {
        if (page->items[i].is_prefix) {
            cos_buf_str(b, "<CommonPrefixes>");
            xml_out_name(b, "Prefix", page->items[i].name, q->is_url);
            cos_buf_str(b, "</CommonPrefixes>");
        }
    }
    for (size_t i = 0; i < page->n_items; i++) {
        if (!page->items[i].is_prefix) {
            write_version(x, q, &page->items[i]);
        }
    }
    cos_buf_str(b, "</ListVersionsResult>");
    return service_xml_done(x);
}

/* Without the key it belongs to, or as a text that is no id, it says nothing; no document tells
 * what becomes of it [assumed]. */
static bool read_version_marker(struct cosmock_exchange *x, struct versions_request *q)
{
    q->version_marker = service_param(x, "version-id-marker");
    q->page.version_marker = version_name_read(q->version_marker);
    if (q->page.version_marker.kind == VERSION_UNKNOWN) {
        service_refuse_saying(x, "InvalidArgument", "version-id-marker is no version id");
        return false;
    }
    if (q->version_marker.len > 0 && q->page.key_marker.len == 0) {
        service_refuse_saying(x, "InvalidArgument",
                              "A version-id-marker cannot be specified without a key-marker");
        return false;
    }
    return true;
}

int op_get_bucket_object_versions(struct cosmock_exchange *x)
{
    struct versions_request q = {.page = {.prefix = service_param(x, "prefix"),
                                          .key_marker = service_param(x, "key-marker")}};
    if (service_bucket(x) == NULL || !service_delimiter_param(x, &q.page.delimiter) ||
        !service_number_param(x, "max-keys", VERSIONS_MAX, VERSIONS_MAX, &q.page.max_items) ||
        !service_encoding_param(x, &q.is_url) || !read_version_marker(x, &q)) {
        return service_stop(x);
    }
    const struct store_bucket b = service_stored(x);
    struct versions_page page;
    q.has_ids = b.versioning != VERSIONING_NONE;
    enum store_result r = versions_list(x->tenant->rows, &b, &q.page, &page);
    if (r != STORE_OK) {
        return service_refuse_store(x, r);
    }
    int written = write_page(x, &q, &page);
    versions_page_deinit(&page);
    return written;
}
