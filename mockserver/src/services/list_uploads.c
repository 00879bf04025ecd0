/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ListParts and ListMultipartUploads (cos-wire.md s.2.1). Uploads are few, so a page is cut
 * from the whole sorted list. Order is (key, upload id); the upload-id-marker means nothing
 * without the key-marker; a key-marker that equals a common prefix skips all of it.
 */
#include "services/handlers.h"

#include "exchange/xml_out.h"
#include "services/multipart.h"
#include "services/service.h"
#include "services/stored.h"

#define PAGE_MAX 1000

/* --- ListParts --- */

struct parts_query {
    unsigned max, marker;
    bool is_url;
};

static void write_part(struct cosmock_exchange *x, const struct upload_part *part)
{
    struct cos_buf *b = &x->result.body;
    cos_buf_str(b, "<Part>");
    xml_out_u64(b, "PartNumber", part->number);
    service_xml_date(x, "LastModified", DATE_IN_LIST, part->mtime_unix_ms);
    xml_out_etag(b, part->etag);
    xml_out_u64(b, "Size", part->bytes);
    cos_buf_str(b, "</Part>");
}

static void write_parts_head(struct cosmock_exchange *x, struct cos_buf *b,
                             const struct bucket *bucket, const struct upload_info *info,
                             const struct parts_query *q)
{
    cos_buf_printf(b, "<ListPartsResult><Bucket>%s</Bucket>", bucket->name);
    if (q->is_url) {
        cos_buf_str(b, "<EncodingType>url</EncodingType>");
    }
    xml_out_name(b, "Key", x->route.key, q->is_url);
    xml_out_text(b, "UploadId", cos_span_of(info->id));
    cos_buf_printf(b, "<Owner><ID>%s</ID><DisplayName>%s</DisplayName></Owner>",
                   bucket->owner_appid, bucket->owner_appid);
    xml_out_u64(b, "PartNumberMarker", q->marker);
    service_xml_person(b, "Initiator", bucket->owner_uin, bucket->owner_uin);
}

static int write_parts(struct cosmock_exchange *x, const struct bucket *bucket,
                       const struct upload_info *info, const struct parts_query *q,
                       const struct upload_part *parts, size_t n)
{
    struct cos_buf *b = service_xml(x);
    size_t first = 0;
    while (first < n && parts[first].number <= q->marker) {
        first++;
    }
    size_t count = n - first < q->max ? n - first : q->max;
    bool is_truncated = count > 0 && first + count < n;
    write_parts_head(x, b, bucket, info, q);
    for (size_t i = first; i < first + count; i++) {
        write_part(x, &parts[i]);
    }
    if (is_truncated) {
        xml_out_u64(b, "NextPartNumberMarker", parts[first + count - 1].number);
    }
    stored_xml_class(b, info->headers, info->n_headers);
    xml_out_u64(b, "MaxParts", q->max);
    xml_out_bool(b, "IsTruncated", is_truncated);
    cos_buf_str(b, "</ListPartsResult>");
    return service_xml_done(x);
}

int op_list_parts(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct parts_query q;
    if (bucket == NULL || !service_number_param(x, "max-parts", PAGE_MAX, PAGE_MAX, &q.max) ||
        !service_number_param(x, "part-number-marker", 0, UINT32_MAX, &q.marker) ||
        !service_encoding_param(x, &q.is_url)) {
        return service_stop(x);
    }
    const char *id = multipart_upload_id(x);
    struct store *store = x->tenant->store;
    struct upload *upload = NULL;
    if (id == NULL) {
        return -1;
    }
    enum store_result got =
        store->ops->upload_get(store, bucket->stored, x->route.key, id, &upload);
    if (got != STORE_OK) {
        return service_refuse_store(x, got);
    }
    struct upload_info info = upload_info(upload);
    struct upload_part *parts = NULL;
    size_t n = 0;
    got = store->ops->upload_parts(store, bucket->stored, x->route.key, id, &parts, &n);
    int r = got == STORE_OK ? write_parts(x, bucket, &info, &q, parts, n)
                            : service_refuse_store(x, got);
    store_parts_free(parts, n);
    upload_unref(upload);
    return r;
}

/* --- ListMultipartUploads --- */

struct uploads_query {
    struct cos_span prefix, delimiter, key_marker, id_marker;
    unsigned max;
    bool is_url;
};
/* One entry of the page: an upload, or a common prefix (upload NULL). */
struct entry {
    const struct upload *upload;
    struct cos_span prefix;
};
struct page {
    struct entry *entries; /* in the arena */
    size_t n;
    bool is_truncated;
};

static struct cos_span rolled_up(struct cos_span key, const struct uploads_query *q)
{
    if (q->delimiter.len == 0) {
        return COS_SPAN_EMPTY;
    }
    size_t at = cos_span_find(cos_span_from(key, q->prefix.len), q->delimiter);
    return at == SIZE_MAX ? COS_SPAN_EMPTY
                          : cos_span_sub(key, 0, q->prefix.len + at + q->delimiter.len);
}

static bool is_behind_marker(const struct upload_info *info, struct cos_span rolled,
                             const struct uploads_query *q)
{
    if (q->key_marker.len == 0) {
        return true;
    }
    if (rolled.len > 0 && cos_span_eq(rolled, q->key_marker)) {
        return false;
    }
    int order = cos_span_cmp(cos_span_make(info->key, info->key_bytes), q->key_marker);
    if (order == 0 && q->id_marker.len > 0) {
        return cos_span_cmp(cos_span_of(info->id), q->id_marker) > 0;
    }
    return order > 0;
}

static void cut_page(struct page *page, const struct store_uploads *all,
                     const struct uploads_query *q)
{
    for (size_t i = 0; i < all->n_items && q->max > 0; i++) {
        struct upload_info info = upload_info(all->items[i]);
        struct cos_span key = cos_span_make(info.key, info.key_bytes);
        if (!cos_span_starts(key, q->prefix)) {
            continue;
        }
        struct cos_span rolled = rolled_up(key, q);
        bool is_again = rolled.len > 0 && page->n > 0 &&
                        page->entries[page->n - 1].upload == NULL &&
                        cos_span_eq(rolled, page->entries[page->n - 1].prefix);
        if (is_again || !is_behind_marker(&info, rolled, q)) {
            continue;
        }
        if (page->n == q->max) {
            page->is_truncated = true;
            return;
        }
        page->entries[page->n++] = (struct entry){
            .upload = rolled.len > 0 ? NULL : all->items[i],
            .prefix = rolled,
        };
    }
}

static void write_upload(struct cosmock_exchange *x, const struct upload *upload,
                         const struct bucket *bucket, bool is_url)
{
    struct upload_info info = upload_info(upload);
    struct cos_buf *b = &x->result.body;
    cos_buf_str(b, "<Upload>");
    xml_out_name(b, "Key", cos_span_make(info.key, info.key_bytes), is_url);
    xml_out_text(b, "UploadId", cos_span_of(info.id));
    stored_xml_class(b, info.headers, info.n_headers);
    service_xml_person(b, "Initiator", bucket->owner_uin, bucket->owner_uin);
    service_xml_person(b, "Owner", bucket->owner_uin, bucket->owner_uin);
    service_xml_date(x, "Initiated", DATE_IN_LIST, info.initiated_unix_ms);
    cos_buf_str(b, "</Upload>");
}

static void write_next(struct cos_buf *b, const struct entry *last, bool is_url)
{
    if (last->upload == NULL) {
        xml_out_name(b, "NextKeyMarker", last->prefix, is_url);
        xml_out_text(b, "NextUploadIdMarker", COS_SPAN_EMPTY);
        return;
    }
    struct upload_info info = upload_info(last->upload);
    xml_out_name(b, "NextKeyMarker", cos_span_make(info.key, info.key_bytes), is_url);
    xml_out_text(b, "NextUploadIdMarker", cos_span_of(info.id));
}

static void write_uploads(struct cosmock_exchange *x, const struct bucket *bucket,
                          const struct uploads_query *q, const struct page *page)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_printf(b, "<ListMultipartUploadsResult><Bucket>%s</Bucket>", bucket->name);
    cos_buf_str(b, q->is_url ? "<Encoding-Type>url</Encoding-Type>" : "<Encoding-Type/>");
    xml_out_name(b, "KeyMarker", q->key_marker, q->is_url);
    xml_out_text(b, "UploadIdMarker", q->id_marker);
    if (page->is_truncated) {
        write_next(b, &page->entries[page->n - 1], q->is_url);
    }
    xml_out_u64(b, "MaxUploads", q->max);
    xml_out_bool(b, "IsTruncated", page->is_truncated);
    xml_out_name(b, "Prefix", q->prefix, q->is_url);
    xml_out_name(b, "Delimiter", q->delimiter, q->is_url);
    for (size_t i = 0; i < page->n; i++) {
        if (page->entries[i].upload != NULL) {
            write_upload(x, page->entries[i].upload, bucket, q->is_url);
        }
    }
    for (size_t i = 0; i < page->n; i++) {
        if (page->entries[i].upload == NULL) {
            cos_buf_str(b, "<CommonPrefixes>");
            xml_out_name(b, "Prefix", page->entries[i].prefix, q->is_url);
            cos_buf_str(b, "</CommonPrefixes>");
        }
    }
    cos_buf_str(b, "</ListMultipartUploadsResult>");
}

int op_list_multipart_uploads(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct uploads_query q = {
        .prefix = service_param(x, "prefix"),
        .key_marker = service_param(x, "key-marker"),
        .id_marker = service_param(x, "upload-id-marker"),
    };
    if (bucket == NULL || !service_delimiter_param(x, &q.delimiter) ||
        !service_number_param(x, "max-uploads", PAGE_MAX, PAGE_MAX, &q.max) ||
        !service_encoding_param(x, &q.is_url)) {
        return service_stop(x);
    }
    struct page page = {
        .entries = cos_arena_array(&x->arena, q.max + 1u, sizeof(struct entry)),
    };
    if (page.entries == NULL) {
        return -1;
    }
    struct store_uploads all;
    struct store *store = x->tenant->store;
    enum store_result r = store->ops->uploads(store, bucket->stored, &all);
    if (r != STORE_OK) {
        return service_refuse_store(x, r);
    }
    cut_page(&page, &all, &q);
    write_uploads(x, bucket, &q, &page);
    store_uploads_deinit(&all);
    return service_xml_done(x);
}
