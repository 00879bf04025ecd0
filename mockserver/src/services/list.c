/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetBucket, the List Objects v1 of the service (cos-wire.md s.2.1): UTF-8 byte
 * order; max-keys counts keys and common prefixes; the marker is exclusive, and
 * one that equals a common prefix skips all of it; NextMarker whenever truncated,
 * the last key or common prefix of the page (the document's own sample; without
 * it the Java SDK falls back to the last key and would list a prefix twice).
 */
#include "services/handlers.h"

#include "exchange/xml_out.h"
#include "services/restore.h"
#include "services/service.h"
#include "services/stored.h"
#include "services/tier.h"

#define KEYS_MAX 1000

/* False: the row is damaged. */
static bool write_contents(struct cosmock_exchange *x, struct row *row, const char *appid,
                           bool is_url)
{
    struct object o;
    if (!object_read(row, &o)) {
        return false;
    }
    struct cos_buf *b = &x->result.body;
    cos_buf_str(b, "<Contents>");
    xml_out_name(b, "Key", o.key, is_url);
    service_xml_date(x, "LastModified", DATE_IN_LIST, o.mtime_unix_ms);
    xml_out_etag(b, o.etag);
    xml_out_u64(b, "Size", o.bytes);
    cos_buf_printf(b, "<Owner><ID>%s</ID><DisplayName>%s</DisplayName></Owner>", appid, appid);
    stored_xml_class(b, o.headers);
    tier_xml(x, &o);
    restore_xml_status(x, &o);
    cos_buf_str(b, "</Contents>");
    return true;
}

static void write_head(struct cos_buf *b, const struct bucket *bucket,
                       const struct store_list_query *q, const struct store_list *list,
                       bool is_url)
{
    cos_buf_printf(b, "<ListBucketResult><Name>%s</Name>", bucket->name);
    if (is_url) {
        cos_buf_str(b, "<EncodingType>url</EncodingType>");
    }
    xml_out_name(b, "Prefix", q->prefix, is_url);
    xml_out_name(b, "Marker", q->marker, is_url);
    xml_out_u64(b, "MaxKeys", q->max_items);
    if (q->delimiter.len > 0) {
        xml_out_name(b, "Delimiter", q->delimiter, is_url);
    }
    xml_out_bool(b, "IsTruncated", list->is_truncated);
    if (list->is_truncated) {
        xml_out_name(b, "NextMarker", list->items[list->n_items - 1].name, is_url);
    }
}

/* False: a row is damaged. */
static bool write_page(struct cosmock_exchange *x, const struct bucket *bucket,
                       const struct store_list_query *q, const struct store_list *list,
                       bool is_url)
{
    struct cos_buf *b = service_xml(x);
    write_head(b, bucket, q, list, is_url);
    for (size_t i = 0; i < list->n_items; i++) {
        if (list->items[i].is_prefix) {
            cos_buf_str(b, "<CommonPrefixes>");
            xml_out_name(b, "Prefix", list->items[i].name, is_url);
            cos_buf_str(b, "</CommonPrefixes>");
        }
    }
    for (size_t i = 0; i < list->n_items; i++) {
        if (!list->items[i].is_prefix &&
            !write_contents(x, list->items[i].row, bucket->owner_appid, is_url)) {
            return false;
        }
    }
    cos_buf_str(b, "</ListBucketResult>");
    return true;
}

int op_get_bucket(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct store_list_query q = {
        .prefix = service_param(x, "prefix"),
        .marker = service_param(x, "marker"),
    };
    bool is_url;
    if (bucket == NULL || !service_delimiter_param(x, &q.delimiter) ||
        !service_number_param(x, "max-keys", KEYS_MAX, KEYS_MAX, &q.max_items) ||
        !service_encoding_param(x, &is_url)) {
        return service_stop(x);
    }
    struct store_list list;
    enum store_result r = objects_list(x->tenant->rows, &bucket->stored, &q, &list);
    if (r != STORE_OK) {
        return service_refuse_store(x, r);
    }
    bool is_whole = write_page(x, bucket, &q, &list, is_url);
    store_list_deinit(&list);
    if (!is_whole) {
        return service_refuse_store(x, STORE_IO);
    }
    result_header_of(x, HEADER_BUCKET_REGION, cos_span_of(bucket->region));
    return service_xml_done(x);
}
