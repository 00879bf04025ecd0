/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ListParts and ListMultipartUploads (cos-wire.md s.2.1). Order is (key, upload id); the
 * upload-id-marker means nothing without the key-marker; a key-marker that equals a common
 * prefix skips all of it.
 */
#include "services/handlers.h"

#include "exchange/xml_out.h"
#include "services/multipart.h"
#include "services/service.h"
#include "services/stored.h"

#define PAGE_MAX 1000

/* --- ListParts --- */

struct parts_query {
    struct upload_parts_query page;
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
                             const struct bucket *bucket, const struct upload *upload,
                             const struct parts_query *q)
{
    cos_buf_printf(b, "<ListPartsResult><Bucket>%s</Bucket>", bucket->name);
    if (q->is_url) {
        cos_buf_str(b, "<EncodingType>url</EncodingType>");
    }
    xml_out_name(b, "Key", x->route.key, q->is_url);
    xml_out_text(b, "UploadId", upload->id);
    cos_buf_printf(b, "<Owner><ID>%s</ID><DisplayName>%s</DisplayName></Owner>",
                   bucket->owner_appid, bucket->owner_appid);
    xml_out_u64(b, "PartNumberMarker", q->page.marker);
    service_xml_person(b, "Initiator", bucket->owner_uin, bucket->owner_uin);
}

static int write_parts(struct cosmock_exchange *x, const struct bucket *bucket,
                       const struct upload *upload, const struct parts_query *q,
                       const struct upload_parts *parts)
{
    struct cos_buf *b = service_xml(x);
    write_parts_head(x, b, bucket, upload, q);
    for (size_t i = 0; i < parts->n; i++) {
        write_part(x, &parts->items[i]);
    }
    if (parts->is_truncated) {
        xml_out_u64(b, "NextPartNumberMarker", parts->items[parts->n - 1].number);
    }
    stored_xml_class(b, upload->headers);
    xml_out_u64(b, "MaxParts", q->page.max);
    xml_out_bool(b, "IsTruncated", parts->is_truncated);
    cos_buf_str(b, "</ListPartsResult>");
    return service_xml_done(x);
}

int op_list_parts(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct parts_query q;
    if (bucket == NULL ||
        !service_number_param(x, "max-parts", PAGE_MAX, PAGE_MAX, &q.page.max) ||
        !service_number_param(x, "part-number-marker", 0, UINT32_MAX, &q.page.marker) ||
        !service_encoding_param(x, &q.is_url)) {
        return service_stop(x);
    }
    struct upload upload;
    if (!multipart_open(x, bucket, &upload)) {
        return service_stop(x);
    }
    struct upload_parts parts;
    enum store_result got =
        uploads_parts(x->tenant->rows, &bucket->stored, &upload, &q.page, &parts);
    int r = got == STORE_OK ? write_parts(x, bucket, &upload, &q, &parts)
                            : service_refuse_store(x, got);
    if (got == STORE_OK) {
        uploads_parts_deinit(&parts);
    }
    (void)row_unref(upload.row);
    return r;
}

/* --- ListMultipartUploads --- */

/* False: the row is damaged. */
static bool write_upload(struct cosmock_exchange *x, struct row *row,
                         const struct bucket *bucket, bool is_url)
{
    struct upload u;
    if (!upload_read(row, &u)) {
        return false;
    }
    struct cos_buf *b = &x->result.body;
    cos_buf_str(b, "<Upload>");
    xml_out_name(b, "Key", u.key, is_url);
    xml_out_text(b, "UploadId", u.id);
    stored_xml_class(b, u.headers);
    service_xml_person(b, "Initiator", bucket->owner_uin, bucket->owner_uin);
    service_xml_person(b, "Owner", bucket->owner_uin, bucket->owner_uin);
    service_xml_date(x, "Initiated", DATE_IN_LIST, u.initiated_unix_ms);
    cos_buf_str(b, "</Upload>");
    return true;
}

static void write_next(struct cos_buf *b, const struct store_list_item *last, bool is_url)
{
    struct upload u = {.id = COS_SPAN_EMPTY};
    if (!last->is_prefix) {
        (void)upload_read(last->row, &u); /* was read before */
    }
    xml_out_name(b, "NextKeyMarker", last->name, is_url);
    xml_out_text(b, "NextUploadIdMarker", u.id);
}

static void write_uploads_head(struct cos_buf *b, const struct bucket *bucket,
                               const struct store_list_query *q, const struct store_list *list,
                               bool is_url)
{
    cos_buf_printf(b, "<ListMultipartUploadsResult><Bucket>%s</Bucket>", bucket->name);
    cos_buf_str(b, is_url ? "<Encoding-Type>url</Encoding-Type>" : "<Encoding-Type/>");
    xml_out_name(b, "KeyMarker", q->marker, is_url);
    xml_out_text(b, "UploadIdMarker", q->id_marker);
    if (list->is_truncated) {
        write_next(b, &list->items[list->n_items - 1], is_url);
    }
    xml_out_u64(b, "MaxUploads", q->max_items);
    xml_out_bool(b, "IsTruncated", list->is_truncated);
    xml_out_name(b, "Prefix", q->prefix, is_url);
    xml_out_name(b, "Delimiter", q->delimiter, is_url);
}

/* False: a row is damaged. */
static bool write_uploads(struct cosmock_exchange *x, const struct bucket *bucket,
                          const struct store_list_query *q, const struct store_list *list,
                          bool is_url)
{
    struct cos_buf *b = service_xml(x);
    write_uploads_head(b, bucket, q, list, is_url);
    for (size_t i = 0; i < list->n_items; i++) {
        if (!list->items[i].is_prefix && !write_upload(x, list->items[i].row, bucket, is_url)) {
            return false;
        }
    }
    for (size_t i = 0; i < list->n_items; i++) {
        if (list->items[i].is_prefix) {
            cos_buf_str(b, "<CommonPrefixes>");
            xml_out_name(b, "Prefix", list->items[i].name, is_url);
            cos_buf_str(b, "</CommonPrefixes>");
        }
    }
    cos_buf_str(b, "</ListMultipartUploadsResult>");
    return true;
}

int op_list_multipart_uploads(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct store_list_query q = {
        .prefix = service_param(x, "prefix"),
        .marker = service_param(x, "key-marker"),
        .id_marker = service_param(x, "upload-id-marker"),
    };
    bool is_url;
    if (bucket == NULL || !service_delimiter_param(x, &q.delimiter) ||
        !service_number_param(x, "max-uploads", PAGE_MAX, PAGE_MAX, &q.max_items) ||
        !service_encoding_param(x, &is_url)) {
        return service_stop(x);
    }
    struct store_list list;
    enum store_result r = uploads_list(x->tenant->rows, &bucket->stored, &q, &list);
    if (r != STORE_OK) {
        return service_refuse_store(x, r);
    }
    bool is_whole = write_uploads(x, bucket, &q, &list, is_url);
    store_list_deinit(&list);
    return is_whole ? service_xml_done(x) : service_refuse_store(x, STORE_IO);
}
