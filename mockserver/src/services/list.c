/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetBucket, the List Objects v1 of the service (cos-wire.md s.2.1): UTF-8 byte
 * order; max-keys counts keys and common prefixes; the marker is exclusive, and
 * one that equals a common prefix skips all of it; NextMarker whenever truncated,
 * the last key or common prefix of the page (the document's own sample; without
 * it the Java SDK falls back to the last key and would list a prefix twice).
 *
 * S3's dialect has a second form of the same page (list-type=2; cos-s3.md s.4.5):
 * the marker is a token that clients hand back unread, or start-after. A token is
 * the marker in base64, so it holds as long as the key could.
 */
#include "services/handlers.h"

#include "cosbase/codec.h"
#include "exchange/xml_out.h"
#include "services/restore.h"
#include "services/service.h"
#include "services/stored.h"
#include "services/tier.h"

#define KEYS_MAX 1000
#define TOKEN_MAX_BYTES ((size_t)64 << 10) /* no query is longer */

struct page {
    const struct bucket *bucket;
    struct store_list_query q;
    bool is_url;
    bool is_second;                     /* the form: list-type=2 */
    bool shows_owners;                  /* the first form always does */
    struct cos_span token, start_after; /* of the second, as sent; ptr NULL: not */
};

/* False: the row is damaged. */
static bool write_contents(struct cosmock_exchange *x, const struct page *page, struct row *row)
{
    struct object o;
    if (!object_read(row, &o)) {
        return false;
    }
    struct cos_buf *b = &x->result.body;
    cos_buf_str(b, "<Contents>");
    xml_out_name(b, "Key", o.key, page->is_url);
    service_xml_date(x, "LastModified", DATE_IN_LIST, o.mtime_unix_ms);
    xml_out_etag(b, o.etag);
    xml_out_u64(b, "Size", o.bytes);
    if (page->shows_owners) {
        const char *appid = page->bucket->owner_appid;
        cos_buf_printf(b, "<Owner><ID>%s</ID><DisplayName>%s</DisplayName></Owner>", appid,
                       appid);
    }
    stored_xml_class(b, o.headers);
    tier_xml(x, &o);
    restore_xml_status(x, &o);
    cos_buf_str(b, "</Contents>");
    return true;
}

/* From where the page goes on. */
static void write_place(struct cos_buf *b, const struct page *page, size_t n_items)
{
    if (!page->is_second) {
        xml_out_name(b, "Marker", page->q.marker, page->is_url);
        return;
    }
    xml_out_u64(b, "KeyCount", n_items);
    if (page->token.ptr != NULL) {
        xml_out_text(b, "ContinuationToken", page->token);
    }
    if (page->start_after.ptr != NULL) {
        xml_out_name(b, "StartAfter", page->start_after, page->is_url);
    }
}

/* And from where the next one does. */
static void write_next(struct cos_buf *b, const struct page *page, struct cos_span last)
{
    if (!page->is_second) {
        xml_out_name(b, "NextMarker", last, page->is_url);
        return;
    }
    cos_buf_str(b, "<NextContinuationToken>");
    cos_base64_append(b, last.ptr, last.len);
    cos_buf_str(b, "</NextContinuationToken>");
}

static void write_head(struct cos_buf *b, const struct page *page,
                       const struct store_list *list)
{
    cos_buf_printf(b, "<ListBucketResult><Name>%s</Name>", page->bucket->name);
    if (page->is_url) {
        cos_buf_str(b, "<EncodingType>url</EncodingType>");
    }
    xml_out_name(b, "Prefix", page->q.prefix, page->is_url);
    write_place(b, page, list->n_items);
    xml_out_u64(b, "MaxKeys", page->q.max_items);
    if (page->q.delimiter.len > 0) {
        xml_out_name(b, "Delimiter", page->q.delimiter, page->is_url);
    }
    xml_out_bool(b, "IsTruncated", list->is_truncated);
    if (list->is_truncated) {
        write_next(b, page, list->items[list->n_items - 1].name);
    }
}

/* False: a row is damaged. */
static bool write_page(struct cosmock_exchange *x, const struct page *page,
                       const struct store_list *list)
{
    struct cos_buf *b = service_xml(x);
    write_head(b, page, list);
    for (size_t i = 0; i < list->n_items; i++) {
        if (list->items[i].is_prefix) {
            cos_buf_str(b, "<CommonPrefixes>");
            xml_out_name(b, "Prefix", list->items[i].name, page->is_url);
            cos_buf_str(b, "</CommonPrefixes>");
        }
    }
    for (size_t i = 0; i < list->n_items; i++) {
        if (!list->items[i].is_prefix && !write_contents(x, page, list->items[i].row)) {
            return false;
        }
    }
    cos_buf_str(b, "</ListBucketResult>");
    return true;
}

/* An empty one is none that was ever given. */
static bool read_token(struct cosmock_exchange *x, struct cos_span token, struct cos_span *out)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf marker;
    cos_buf_init(&marker, TOKEN_MAX_BYTES);
    if (!cos_base64_decode(&marker, token) || marker.len == 0) {
        x->failed = x->failed || marker.failed;
        service_refuse_value(x, "InvalidArgument", "continuation-token", token);
        return false;
    }
    *out = cos_arena_span(&x->arena, cos_buf_view(&marker));
    return !x->arena.failed;
}

/* Of the first form the marker, of the second a token, which wins, or start-after. False:
 * refused, or no memory. */
static bool read_place(struct cosmock_exchange *x, struct page *page)
{
    struct cos_span type =
        x->service->has_list_type ? param_value(x, "list-type") : (struct cos_span){NULL, 0};
    page->is_second = type.ptr != NULL;
    page->shows_owners = !page->is_second;
    if (!page->is_second) {
        page->q.marker = service_param(x, "marker");
        return true;
    }
    if (!cos_span_eq_str(type, "2")) {
        service_refuse_value(x, "InvalidArgument", "list-type", type);
        return false;
    }
    page->shows_owners = cos_span_eq_str(service_param(x, "fetch-owner"), "true");
    page->start_after = param_value(x, "start-after");
    page->token = param_value(x, "continuation-token");
    if (page->token.ptr == NULL) {
        page->q.marker = service_param(x, "start-after");
        return true;
    }
    return read_token(x, page->token, &page->q.marker);
}

int op_get_bucket(struct cosmock_exchange *x)
{
    struct page page = {.bucket = service_bucket(x), .q.prefix = service_param(x, "prefix")};
    if (page.bucket == NULL || !read_place(x, &page) ||
        !service_delimiter_param(x, &page.q.delimiter) ||
        !service_number_param(x, "max-keys", KEYS_MAX, KEYS_MAX, &page.q.max_items) ||
        !service_encoding_param(x, &page.is_url)) {
        return service_stop(x);
    }
    struct store_list list;
    enum store_result r = objects_list(x->tenant->rows, &page.bucket->stored, &page.q, &list);
    if (r != STORE_OK) {
        return service_refuse_store(x, r);
    }
    bool is_whole = write_page(x, &page, &list);
    store_list_deinit(&list);
    if (!is_whole) {
        return service_refuse_store(x, STORE_IO);
    }
    result_header_of(x, HEADER_BUCKET_REGION, cos_span_of(page.bucket->region));
    return service_xml_done(x);
}
