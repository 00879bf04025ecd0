/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutObjectCopy and UploadPartCopy (cos-wire.md s.2.1). The right to read the source was asked
 * by authz (OP_RES_COPY). Bytes are shared, not copied: a copy is a second object on the same
 * segments. Every condition on the source that fails is a 412, If-None-Match included.
 */
#include "services/handlers.h"

#include "cosbase/codec.h"
#include "exchange/xml_out.h"
#include "services/choice.h"
#include "services/condition.h"
#include "services/multipart.h"
#include "services/service.h"
#include "services/stored.h"

/* --- the source --- */

static bool source_conditions_check(struct cosmock_exchange *x, const struct object *source)
{
    struct conditions c = {
        .if_match = header_of(x, HEADER_COPY_SOURCE_IF_MATCH),
        .if_none_match = header_of(x, HEADER_COPY_SOURCE_IF_NONE_MATCH),
        .if_modified_since = header_of(x, HEADER_COPY_SOURCE_IF_MODIFIED_SINCE),
        .if_unmodified_since = header_of(x, HEADER_COPY_SOURCE_IF_UNMODIFIED_SINCE),
    };
    if (conditions_judge(&c, source->etag, source->mtime_unix_ms) == CONDITION_PASS) {
        return true;
    }
    service_refuse(x, "PreconditionFailed");
    return false;
}

/* The source object, borrowed from the target, or NULL: refused. */
static const struct object *source_open(struct cosmock_exchange *x)
{
    const struct copy_source *source = &x->target.source;
    if (!service_is_only_version(source->version)) {
        service_refuse(x, "NoSuchVersion");
        return NULL;
    }
    if (source->is_elsewhere || source->at.bucket == NULL) {
        service_refuse_case(x, ERROR_SOURCE_STATE);
        return NULL;
    }
    const struct object *o = source->object.object;
    if (o == NULL) {
        (void)service_refuse_store(x, source->object.why);
        return NULL;
    }
    return source_conditions_check(x, o) && stored_readable_check(x, o) ? o : NULL;
}

/* --- PutObjectCopy --- */

static bool directive_read(struct cosmock_exchange *x, bool *is_replaced)
{
    enum word metadata;
    enum word tagging; /* tags are not built */
    bool is_read = choice_read(x, CHOICE_METADATA_DIRECTIVE, &metadata) &&
                   choice_read(x, CHOICE_TAGGING_DIRECTIVE, &tagging);
    *is_replaced = is_read && metadata == WORD_REPLACED;
    return is_read;
}

static bool is_change(const struct object *source, const struct stored_headers *stored,
                      bool is_replaced)
{
    return is_replaced || stored_storage_class(source->headers, source->n_headers) !=
                              stored_storage_class(stored->items, stored->n);
}

static int copy_answer(struct cosmock_exchange *x, const char *etag, uint64_t crc64)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_printf(b, "<CopyObjectResult><ETag>\"%s\"</ETag><CRC64>%llu</CRC64>", etag,
                   (unsigned long long)crc64);
    service_xml_date(x, "LastModified", DATE_OF_COPY, x->now.modification_unix_ms);
    cos_buf_str(b, "</CopyObjectResult>");
    return service_xml_done(x);
}

static int copy_to(struct cosmock_exchange *x, const struct bucket *bucket,
                   const struct object *source, const struct stored_headers *stored)
{
    struct object *copy =
        object_new(x->route.key, blob_ref(source->blob), source->etag, source->crc64,
                   x->now.modification_unix_ms, stored->items, stored->n);
    if (copy == NULL) {
        blob_unref(source->blob);
        return -1;
    }
    memcpy(copy->sha256, source->sha256, sizeof(copy->sha256));
    struct store *store = x->tenant->store;
    enum store_result r =
        store->ops->put(store, bucket->stored, copy, service_forbids_overwrite(x));
    if (r != STORE_OK) {
        object_unref(copy);
        return service_refuse_store(x, r);
    }
    stored_echo(x, HEADER_ENCRYPTION, stored->items, stored->n);
    return copy_answer(x, source->etag, source->crc64);
}

static int copy_object(struct cosmock_exchange *x, const struct bucket *bucket,
                       const struct object *source, bool is_self)
{
    if (source->bytes > SERVICE_OBJECT_MAX_BYTES) {
        return service_refuse_saying(x, "InvalidRequest",
                                     "The copy source is larger than 5 GB");
    }
    struct stored_headers stored;
    bool is_replaced;
    if (!directive_read(x, &is_replaced) ||
        !(is_replaced ? stored_collect(x, &stored) : stored_collect_copy(x, source, &stored))) {
        return service_stop(x);
    }
    if (is_self && !is_change(source, &stored, is_replaced)) {
        return service_refuse_saying(
            x, "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself "
            "without changing the object's metadata or storage class");
    }
    return copy_to(x, bucket, source, &stored);
}

int op_put_object_copy(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    if (bucket == NULL || !service_key_check(x)) {
        return service_stop(x);
    }
    const struct object *source = source_open(x);
    if (source == NULL) {
        return service_stop(x);
    }
    const struct copy_source *from = &x->target.source;
    bool is_self =
        cos_span_eq(from->key, x->route.key) && cos_span_eq_str(from->bucket, bucket->name);
    return copy_object(x, bucket, source, is_self);
}

/* --- UploadPartCopy --- */

/* bytes=a-b with both ends, inside the source; absent: all of it. */
static bool source_range(struct cosmock_exchange *x, const struct object *source,
                         uint64_t *first, uint64_t *count)
{
    struct cos_span range = header_of(x, HEADER_COPY_SOURCE_RANGE);
    *first = 0;
    *count = source->bytes;
    if (range.ptr == NULL || range.len == 0) {
        return true;
    }
    size_t dash = cos_span_rchr(range, '-');
    size_t equals = cos_span_chr(range, '=');
    uint64_t begin;
    uint64_t end;
    if (!cos_span_starts_nocase(range, COS_SPAN_LIT("bytes=")) || dash == SIZE_MAX ||
        dash < equals ||
        !cos_span_u64(cos_span_sub(range, equals + 1, dash - equals - 1), &begin) ||
        !cos_span_u64(cos_span_from(range, dash + 1), &end) || end < begin) {
        service_refuse_saying(x, "InvalidArgument", "%s must be of the form bytes=first-last",
                              header_spelling(x, HEADER_COPY_SOURCE_RANGE));
        return false;
    }
    if (end >= source->bytes) {
        service_refuse(x, "InvalidRange");
        return false;
    }
    *first = begin;
    *count = end - begin + 1;
    return true;
}

static bool part_digests(struct upload_part *part)
{
    COS_CLEANUP(cos_digest_deinit) struct cos_digest md5 = {0};
    if (!cos_digest_init(&md5, COS_MD5)) {
        return false;
    }
    size_t n;
    const void *bytes;
    for (uint64_t at = 0; (bytes = blob_peek(part->blob, at, &n)) != NULL; at += n) {
        cos_digest_update(&md5, bytes, n);
        part->crc64 = cos_crc64(part->crc64, bytes, n);
    }
    uint8_t raw[COS_DIGEST_MAX_BYTES];
    (void)cos_digest_final(&md5, raw);
    cos_hex_encode(part->etag, raw, COS_MD5_BYTES);
    return true;
}

/* Fills the part with a blob reference; false: refused, or no memory. */
static bool part_of_source(struct cosmock_exchange *x, const struct object *source,
                           struct upload_part *part)
{
    uint64_t first;
    if (!source_range(x, source, &first, &part->bytes)) {
        return false;
    }
    if (part->bytes > SERVICE_OBJECT_MAX_BYTES) {
        service_refuse(x, "EntityTooLarge");
        return false;
    }
    part->blob = source->blob == NULL ? NULL : blob_slice(source->blob, first, part->bytes);
    if ((part->blob == NULL && source->blob != NULL) || !part_digests(part)) {
        part->blob = blob_unref(part->blob);
        return false;
    }
    return true;
}

static int part_answer(struct cosmock_exchange *x, const struct upload_part *part)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_printf(b, "<CopyPartResult><ETag>\"%s\"</ETag><CRC64>%llu</CRC64>", part->etag,
                   (unsigned long long)part->crc64);
    service_xml_date(x, "LastModified", DATE_OF_COPY, part->mtime_unix_ms);
    cos_buf_str(b, "</CopyPartResult>");
    return service_xml_done(x);
}

int op_upload_part_copy(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct upload_part part = {.mtime_unix_ms = x->now.modification_unix_ms};
    if (bucket == NULL || !multipart_part_number(x, &part.number)) {
        return service_stop(x);
    }
    const char *id = multipart_upload_id(x);
    if (id == NULL) {
        return -1;
    }
    const struct object *source = source_open(x);
    if (source == NULL || !part_of_source(x, source, &part)) {
        return service_stop(x);
    }
    int r = multipart_put_part(x, bucket->stored, id, &part);
    return r < 0 || is_refused(x) ? r : part_answer(x, &part);
}
