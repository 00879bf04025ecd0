/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inventory reports (guide "Inventory Overview", 436/30622; cos-operations-2.md s.13): one
 * data file, and a manifest that names it with its digest, below
 * <prefix>/<appid>/<bucket>/<id>/ of the destination. Daily reports come at every midnight,
 * weekly ones at the beginning of Sunday [assumed: "the last day of the week"], monthly ones at
 * that of their day; one-shot reports at the next midnight, and then they are over.
 *
 * Rows are quoted [assumed], keys percent-encoded; a field this mock knows nothing of is an
 * empty column.
 */
#include "services/inventory_run.h"

#include <inttypes.h>

#include "cosbase/alloc.h"
#include "cosbase/date.h"
#include "cosbase/json.h"
#include "exchange/xml_out.h"
#include "services/clock_file.h"
#include "services/errors.h"
#include "services/own_work.h"
#include "services/replication.h"
#include "services/schema.h"
#include "services/stored.h"
#include "services/tags.h"
#include "world/mock.h"

#define FAMILIES 2 /* those with a schedule, and one-shots */
#define PAGE_ROWS 1000
#define ROW_MAX_BYTES ((size_t)64 << 10)
#define KEY_MAX_BYTES ((size_t)4096)
#define CHINA_MS (8 * INT64_C(3600000))

static const char *const families[FAMILIES] = {"inventory/", "inventory-once/"};

struct report {
    struct cosmock_tenant *t;
    const struct bucket *source;
    struct store_bucket source_rows;
    struct bucket_view destination;
    const struct cos_xml *xml;
    int64_t midnight;
    char day[9];                  /* in China: 20221120 */
    const struct cos_xml *filter; /* what its elements stand in; NULL: none */
    struct cos_span prefix, storage_class;
    int64_t from_unix_ms, until_unix_ms; /* of Last-Modified */
    bool has_versions, is_encrypted;
    const char *code, *fault; /* why there is none of it; NULL and "": there is */
    struct clock_gzip data;
    struct cos_buf row;
    uint64_t n_objects, n_bytes;
};

/* --- columns --- */

static void column(struct cos_buf *b, struct cos_span value)
{
    cos_buf_str(b, b->len == 0 ? "\"" : ",\"");
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"') {
            cos_buf_ch(b, '"');
        }
        cos_buf_ch(b, value.ptr[i]);
    }
    cos_buf_ch(b, '"');
}

static void number(struct cos_buf *b, uint64_t n)
{
    char digits[20];
    column(b, cos_decimal(digits, n));
}

static void truth(struct cos_buf *b, bool is_true)
{
    column(b, is_true ? COS_SPAN_LIT("true") : COS_SPAN_LIT("false"));
}

static void write_size(struct cos_buf *b, const struct object *o)
{
    number(b, o->bytes);
}

static void write_date(struct cos_buf *b, const struct object *o)
{
    char text[25];
    cos_date_iso_ms(text, o->mtime_unix_ms - o->mtime_unix_ms % 1000);
    column(b, cos_span_of(text));
}

static void write_etag(struct cos_buf *b, const struct object *o)
{
    column(b, o->etag);
}

static void write_class(struct cos_buf *b, const struct object *o)
{
    column(b, cos_span_of(word_spelling(stored_class_of(o))));
}

/* The ETag of a joined object says of how many parts it is. */
static void write_multipart(struct cos_buf *b, const struct object *o)
{
    truth(b, cos_span_chr(o->etag, '-') != SIZE_MAX);
}

static void write_crc64(struct cos_buf *b, const struct object *o)
{
    number(b, o->crc64);
}

static void write_replication(struct cos_buf *b, const struct object *o)
{
    column(b, replication_inventory_word(object_facet(o, FACET_REPLICATION)));
}

/* As x-cos-tagging has them [assumed]. */
static void write_tags(struct cos_buf *b, const struct object *o)
{
    struct cos_buf text;
    cos_buf_init(&text, ROW_MAX_BYTES);
    tags_write_pairs(&text, object_facet(o, FACET_TAGS));
    column(b, cos_buf_view(&text));
    cos_buf_deinit(&text);
}

/* In the same form [assumed]. */
static void write_meta(struct cos_buf *b, const struct object *o)
{
    struct cos_buf text;
    struct kept_headers rest = o->headers;
    cos_buf_init(&text, ROW_MAX_BYTES);
    for (struct object_header h; kept_headers_next(&rest, &h);) {
        if (cos_span_starts_nocase(h.name, COS_SPAN_LIT("x-cos-meta-"))) {
            cos_buf_str(&text, text.len == 0 ? "" : "&");
            cos_buf_span(&text, h.name);
            cos_buf_ch(&text, '=');
            xml_out_percent(&text, h.value);
        }
    }
    column(b, cos_buf_view(&text));
    cos_buf_deinit(&text);
}

static const struct {
    const char *name;
    void (*write)(struct cos_buf *b, const struct object *o);
} fields[] = {
    {"Size", write_size},
    {"LastModifiedDate", write_date},
    {"ETag", write_etag},
    {"StorageClass", write_class},
    {"IsMultipartUploaded", write_multipart},
    {"Crc64", write_crc64},
    {"ReplicationStatus", write_replication},
    {"Tag", write_tags},
    {"x-cos-meta-*", write_meta},
};

bool inventory_has_field(const char *name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(fields); i++) {
        if (strcmp(name, fields[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static const struct cos_xml *first_field(const struct report *r)
{
    return xml_first_of(cos_xml_get(r->xml, "OptionalFields"), "Field");
}

static void write_field(struct cos_buf *b, const char *name, const struct object *o)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(fields); i++) {
        if (strcmp(name, fields[i].name) == 0) {
            fields[i].write(b, o);
            return;
        }
    }
    column(b, COS_SPAN_EMPTY);
}

/* "examplebucket" of "examplebucket-1250000000", as the manifest of the guide has it. */
static struct cos_span name_alone(const struct bucket *b)
{
    struct cos_span name = cos_span_of(b->name);
    return cos_span_sub(name, 0, cos_span_rchr(name, '-'));
}

/* --- rows --- */

static bool has_tags(const struct report *r, const struct object *o)
{
    const struct cos_xml *tag = xml_first_of(r->filter, "Tag");
    while (tag != NULL && tags_have(object_facet(o, FACET_TAGS), xml_child(tag, "Key"),
                                    xml_child(tag, "Value"))) {
        tag = xml_next_of(tag, "Tag");
    }
    return tag == NULL;
}

static bool is_listed(const struct report *r, const struct object *o)
{
    return has_tags(r, o) && o->mtime_unix_ms >= r->from_unix_ms &&
           o->mtime_unix_ms < r->until_unix_ms &&
           (r->storage_class.len == 0 ||
            cos_span_eq_nocase(r->storage_class,
                               cos_span_of(word_spelling(stored_class_of(o)))));
}

static void write_key(struct report *r, struct cos_span key)
{
    struct cos_buf encoded;
    cos_buf_init(&encoded, KEY_MAX_BYTES);
    xml_out_percent(&encoded, key);
    column(&r->row, cos_buf_view(&encoded));
    cos_buf_deinit(&encoded);
}

static void write_row(struct report *r, const struct versions_item *item)
{
    const struct object *o = &item->object;
    char id[VERSION_NAME_BYTES];
    cos_buf_clear(&r->row);
    column(&r->row, cos_span_of(r->source->owner_appid));
    column(&r->row, name_alone(r->source));
    write_key(r, o->key);
    if (r->has_versions) {
        column(&r->row, version_name_write(id, &o->version));
        truth(&r->row, item->is_latest);
        truth(&r->row, o->version.is_marker);
    }
    for (const struct cos_xml *e = first_field(r); e != NULL; e = xml_next_of(e, "Field")) {
        write_field(&r->row, cos_xml_text(e), o);
    }
    cos_buf_ch(&r->row, '\n');
    clock_gzip_add(&r->data, cos_buf_view(&r->row));
    r->n_objects++;
    r->n_bytes += o->bytes;
}

static void write_page(struct report *r, const struct versions_page *page)
{
    for (size_t i = 0; i < page->n_items; i++) {
        const struct versions_item *item = &page->items[i];
        bool is_wanted =
            r->has_versions || (item->is_latest && !item->object.version.is_marker);
        if (is_wanted && is_listed(r, &item->object)) {
            write_row(r, item);
        }
    }
}

static enum store_result write_rows(struct report *r)
{
    struct versions_page page = {.n_items = 0};
    enum store_result got = STORE_OK;
    bool is_last = false;
    while (!is_last && got == STORE_OK) {
        struct versions_page next;
        struct versions_query q = {.prefix = r->prefix, .max_items = PAGE_ROWS};
        if (page.n_items > 0) {
            const struct object *last = &page.items[page.n_items - 1].object;
            q.key_marker = last->key;
            q.version_marker = (struct version_name){VERSION_ID, last->version.order};
        }
        got = versions_list(r->t->rows, &r->source_rows, &q, &next);
        versions_page_deinit(&page);
        if (got == STORE_OK) {
            page = next;
            is_last = !page.is_truncated;
            write_page(r, &page);
        }
    }
    versions_page_deinit(&page);
    return got == STORE_OK && r->row.failed ? STORE_NOMEM : got;
}

/* --- files --- */

static const struct cos_xml *destination_of(const struct cos_xml *xml)
{
    return cos_xml_get(cos_xml_get(xml, "Destination"), "COSBucketDestination");
}

/* <prefix>/<appid>/<bucket>/<id>/ */
static void write_folder(const struct report *r, struct cos_buf *out)
{
    struct cos_span prefix = xml_child(destination_of(r->xml), "Prefix");
    cos_buf_span(out, prefix);
    cos_buf_str(out, prefix.len > 0 ? "/" : "");
    cos_buf_printf(out, "%s/" COS_SPAN_FMT "/" COS_SPAN_FMT "/", r->source->owner_appid,
                   COS_SPAN_ARG(name_alone(r->source)), COS_SPAN_ARG(xml_child(r->xml, "Id")));
}

/* Made of what it is the report of, so that a midnight that is done again writes the same. */
static void write_data_key(const struct report *r, struct cos_buf *out)
{
    char hex[33];
    write_folder(r, out);
    cos_buf_printf(out, "%s", r->day);
    cos_md5_hex(hex, out->ptr, out->len);
    out->len -= strlen(r->day);
    cos_buf_printf(out, "%s.csv.gz", hex);
}

static void write_schema(const struct report *r, struct cos_buf *out)
{
    cos_buf_str(out, "Appid, Bucket, Key");
    cos_buf_str(out, r->has_versions ? ", VersionId, IsLatest, IsDeleteMarker" : "");
    for (const struct cos_xml *e = first_field(r); e != NULL; e = xml_next_of(e, "Field")) {
        cos_buf_printf(out, ", %s", cos_xml_text(e));
    }
}

static void write_number(struct cos_jw *w, const char *name, uint64_t n)
{
    char digits[20];
    char text[21];
    *cos_span_put(text, cos_decimal(digits, n)) = '\0';
    cos_jw_str(w, name, text);
}

struct data_file {
    const char *key, *md5_hex;
    uint64_t bytes;
};

static void write_manifest(const struct report *r, const struct data_file *data,
                           struct cos_buf *out)
{
    struct cos_jw w;
    struct cos_buf schema;
    char name[80];
    const struct bucket *to = r->destination.bucket;
    cos_buf_init(&schema, ROW_MAX_BYTES);
    write_schema(r, &schema);
    cos_jw_init(&w, out);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "sourceAppid", r->source->owner_appid);
    *cos_span_put(name, name_alone(r->source)) = '\0';
    cos_jw_str(&w, "sourceBucket", name);
    cos_jw_str(&w, "destinationAppid", to->owner_appid);
    *cos_span_put(name, name_alone(to)) = '\0';
    cos_jw_str(&w, "destinationBucket", name);
    cos_jw_str(&w, "fileFormat", "CSV");
    write_number(&w, "listObjectCount", r->n_objects);
    write_number(&w, "listStorageSize", r->n_bytes);
    write_number(&w, "filterObjectCount", r->n_objects);
    write_number(&w, "filterStorageSize", r->n_bytes);
    cos_jw_str(&w, "fileSchema", cos_buf_cstr(&schema));
    cos_jw_array(&w, "files");
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "key", data->key);
    write_number(&w, "size", data->bytes);
    cos_jw_str(&w, "md5Checksum", data->md5_hex);
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_jw_end(&w);
    out->failed = out->failed || schema.failed;
    cos_buf_deinit(&schema);
}

static enum store_result put_text(const struct report *r, struct batch *batch,
                                  struct cos_span key, const char *type, struct cos_span text,
                                  char md5_hex[33])
{
    const struct store_bucket b = bucket_stored(&r->destination);
    struct clock_file f;
    clock_file_begin(&f, r->t->rows);
    clock_file_add(&f, text);
    return clock_file_put(&f, batch,
                          &(const struct clock_file_place){.rows = r->t->rows,
                                                           .bucket = &b,
                                                           .key = key,
                                                           .content_type = type,
                                                           .is_encrypted = r->is_encrypted,
                                                           .now_unix_ms = r->midnight},
                          md5_hex);
}

/* The data, the manifest that names it, and the digest of that, in one batch. */
static enum store_result put_files(struct report *r, struct batch *batch)
{
    struct cos_buf key;
    struct cos_buf manifest;
    char data_md5[33];
    char md5[33];
    const struct store_bucket b = bucket_stored(&r->destination);
    cos_buf_init(&key, KEY_MAX_BYTES);
    cos_buf_init(&manifest, ROW_MAX_BYTES);
    write_data_key(r, &key);
    clock_gzip_end(&r->data);
    uint64_t bytes =
        r->data.file.result == STORE_OK ? blob_writer_bytes(r->data.file.writer) : 0;
    enum store_result got =
        clock_file_put(&r->data.file, batch,
                       &(const struct clock_file_place){.rows = r->t->rows,
                                                        .bucket = &b,
                                                        .key = cos_buf_view(&key),
                                                        .content_type = "application/gzip",
                                                        .is_encrypted = r->is_encrypted,
                                                        .now_unix_ms = r->midnight},
                       data_md5);
    if (got == STORE_OK) {
        const struct data_file data = {cos_buf_cstr(&key), data_md5, bytes};
        write_manifest(r, &data, &manifest);
        cos_buf_clear(&key);
        write_folder(r, &key);
        cos_buf_printf(&key, "%s/manifest.json", r->day);
        got = put_text(r, batch, cos_buf_view(&key), "application/json",
                       cos_buf_view(&manifest), md5);
    }
    if (got == STORE_OK) {
        cos_buf_clear(&key);
        write_folder(r, &key);
        cos_buf_printf(&key, "%s/manifest.checksum", r->day);
        got = put_text(r, batch, cos_buf_view(&key), "text/plain", cos_span_of(md5), data_md5);
    }
    bool has_failed = key.failed || manifest.failed;
    cos_buf_deinit(&key);
    cos_buf_deinit(&manifest);
    return got == STORE_OK && has_failed ? STORE_NOMEM : got;
}

/* --- a report --- */

/* Of "qcs::cos:<region>::<bucket>", which was checked when it was put. */
static struct cos_span destination_name(const struct cos_xml *xml)
{
    struct cos_span text = xml_child(destination_of(xml), "Bucket");
    size_t colon = cos_span_rchr(text, ':');
    return colon == SIZE_MAX ? text : cos_span_from(text, colon + 1);
}

static void read_filter(struct report *r)
{
    const struct cos_xml *filter = cos_xml_get(r->xml, "Filter");
    const struct cos_xml *all = cos_xml_get(filter, "And");
    const struct cos_xml *in = all == NULL ? filter : all;
    const struct cos_xml *period = cos_xml_get(filter, "Period");
    r->filter = in;
    r->prefix = xml_child(in, "Prefix");
    r->storage_class = xml_child(in, "StorageClass");
    r->from_unix_ms = xml_child_number(period, "StartTime", 0) * 1000;
    r->until_unix_ms = xml_child_number(period, "EndTime", UINT32_MAX) * 1000 + 1000;
}

static enum store_result write_report(struct report *r, struct batch *batch)
{
    cos_buf_init(&r->row, ROW_MAX_BYTES);
    clock_gzip_begin(&r->data, r->t->rows);
    enum store_result got = write_rows(r);
    if (got != STORE_OK && r->data.file.result == STORE_OK) {
        r->data.file.result = got;
    }
    enum store_result put = put_files(r, batch);
    cos_buf_deinit(&r->row);
    return got == STORE_OK ? put : got;
}

static void fail(struct report *r, const char *code, const char *fault)
{
    r->code = code;
    r->fault = fault;
}

/* Who else's bucket takes one, no document says [assumed: none]. */
static void judge(struct report *r)
{
    const struct bucket *to = r->destination.bucket;
    if (to == NULL) {
        fail(r, "NoSuchBucket", ": there is no such destination");
    } else if (strcmp(to->owner_uin, r->source->owner_uin) != 0) {
        fail(r, "AccessDenied", ": the destination belongs to another account");
    }
}

static void tell(const struct report *r)
{
    char detail[400];
    char to[80];
    struct cos_buf key;
    cos_buf_init(&key, KEY_MAX_BYTES);
    write_folder(r, &key);
    cos_buf_printf(&key, "%s/manifest.json", r->day);
    *cos_span_put(to, cos_span_sub(destination_name(r->xml), 0, sizeof(to) - 1)) = '\0';
    (void)snprintf(detail, sizeof(detail), "inventory '%s' of bucket %s: %" PRIu64 " rows%s",
                   cos_xml_child_text(r->xml, "Id"), r->source->name, r->n_objects, r->fault);
    own_work_tell(r->t,
                  &(struct own_work){.kind = OWN_WRITE_INVENTORY,
                                     .bucket = to,
                                     .key = cos_buf_view(&key),
                                     .status =
                                         r->code == NULL ? 200 : error_cos(r->code)->status,
                                     .code = r->code,
                                     .detail = cos_span_of(detail)});
    cos_buf_deinit(&key);
}

/* --- when --- */

/* Of a day in China: days since 1970, which began with a Thursday. */
static int64_t day_of(int64_t midnight)
{
    return (midnight + CHINA_MS) / CLOCK_DAY_MS;
}

static bool is_due(const struct cos_xml *xml, int64_t midnight)
{
    const struct cos_xml *schedule = cos_xml_get(xml, "Schedule");
    if (xml_child_is(xml, "IsEnabled", "false")) {
        return false;
    }
    if (xml_child_is(schedule, "Frequency", "Weekly")) {
        return (day_of(midnight) + 4) % 7 == 0;
    }
    if (xml_child_is(schedule, "Frequency", "Monthly")) {
        char day[11];
        uint64_t of_month = 0;
        cos_date_day(day, (midnight + CHINA_MS) / 1000);
        (void)cos_span_u64(cos_span_of(day + 8), &of_month);
        return (int64_t)of_month == xml_child_number(schedule, "MonthlyDate", 1);
    }
    return true;
}

static void write_day(char out[9], int64_t midnight)
{
    char day[11];
    cos_date_day(day, (midnight + CHINA_MS) / 1000);
    (void)snprintf(out, 9, "%.4s%.2s%.2s", day, day + 5, day + 8);
}

/* A text is kept with its number before it (services/keyed.c). */
static struct cos_xml *read_document(const struct document_item *item)
{
    struct cos_text_error why;
    struct cos_xml *xml = NULL;
    struct cos_span text = item->text;
    (void)cos_span_cut(&text, ' ');
    return text.ptr != NULL && cos_xml_parse(&xml, text, /* limits= */ NULL, &why) == 0 ? xml
                                                                                        : NULL;
}

/* The report and, of one that comes once, its end. */
static enum store_result run_report(struct report *r, const char *once, struct cos_span name)
{
    char document[320];
    struct batch *batch = batch_new();
    enum store_result got = batch == NULL ? STORE_NOMEM : STORE_OK;
    if (got == STORE_OK && r->code == NULL) {
        read_filter(r);
        got = write_report(r, batch);
    }
    if (got == STORE_OK && once != NULL) {
        (void)snprintf(document, sizeof(document), "%s" COS_SPAN_FMT, once, COS_SPAN_ARG(name));
        document_delete(batch, &r->source->stored, cos_span_of(document));
    }
    if (got != STORE_OK || batch_size(batch) == 0) {
        (void)batch_free(batch);
        return got;
    }
    return clock_work_commit(r->t, batch);
}

static enum store_result run_one(struct cosmock_tenant *t, const struct bucket_view *v,
                                 const struct document_item *item, const char *once,
                                 int64_t midnight)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = read_document(item);
    if (xml == NULL || !is_due(xml, midnight)) {
        return STORE_OK;
    }
    struct report *r = cos_calloc(1, sizeof(*r)); /* a block of its data is large */
    if (r == NULL) {
        return STORE_NOMEM;
    }
    const struct cos_xml *encryption = cos_xml_get(destination_of(xml), "Encryption");
    r->t = t;
    r->source = v->bucket;
    r->source_rows = bucket_stored(v);
    r->destination = world_bucket_view(t, destination_name(xml));
    r->xml = xml;
    r->midnight = midnight;
    r->has_versions = xml_child_is(xml, "IncludedObjectVersions", "All");
    r->is_encrypted = cos_xml_get(encryption, "SSE-COS") != NULL ||
                      cos_xml_get(destination_of(xml), "SSE-COS") != NULL;
    r->fault = "";
    write_day(r->day, midnight);
    judge(r);
    enum store_result got = run_report(r, once, item->name);
    if (got == STORE_OK) {
        tell(r);
    }
    bucket_view_release(&r->destination);
    cos_free(r);
    return got;
}

enum store_result inventory_run(struct cosmock_tenant *t, const struct bucket_view *v,
                                int64_t midnight, struct clock_outcome *out)
{
    enum store_result got = STORE_OK;
    for (size_t i = 0; i < FAMILIES && got == STORE_OK; i++) {
        struct document_list list;
        got = documents_list(t->rows, &v->bucket->stored, cos_span_of(families[i]), &list);
        if (got != STORE_OK) {
            return got;
        }
        for (size_t j = 0; j < list.n && got == STORE_OK; j++) {
            got = run_one(t, v, &list.items[j], i == 1 ? families[i] : NULL, midnight);
            /* every midnight is asked whether it is its day */
            out->next_unix_ms = midnight + CLOCK_DAY_MS;
        }
        document_list_deinit(&list);
    }
    return got;
}
