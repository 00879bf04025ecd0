/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutObjectCopy and UploadPartCopy (cos-wire.md s.2.1). The right to read the source was asked
 * by authz (OP_RES_COPY). Bytes are shared, not copied: a copy is a second object on the same
 * segments. Every condition on the source that fails is a 412, If-None-Match included.
 */
#include "services/handlers.h"

#include "cosbase/codec.h"
#include "exchange/work.h"
#include "exchange/xml_out.h"
#include "services/choice.h"
#include "services/condition.h"
#include "services/encryption.h"
#include "services/multipart.h"
#include "services/replication.h"
#include "services/retention.h"
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

/* Appendable objects are not copied (436/7741, 2024-11-15); the code is not published [U]. */
static bool source_kind_check(struct cosmock_exchange *x, const struct object *source)
{
    if (object_facet(source, FACET_APPEND).ptr == NULL ||
        SWITCH_IS(x->tenant, COPY_OF_APPENDABLE, NORMAL)) {
        return true;
    }
    service_refuse_saying(x, "InvalidRequest", "An appendable object cannot be copied");
    return false;
}

/* Only when it was named: PUT Object - Copy, samples 9 and 10 (cos-operations-1.md s.2.2). */
static void source_version_header(struct cosmock_exchange *x, const struct copy_source *source)
{
    char room[VERSION_NAME_BYTES];
    if (source->version.kind != VERSION_LATEST) {
        const struct found_object *found = &source->object;
        const struct object *named = found->link.row != NULL ? &found->link : &found->object;
        struct cos_span id = version_name_write(room, &named->version);
        result_header_of(x, HEADER_COPY_SOURCE_VERSION_ID, cos_arena_span(&x->arena, id));
    }
}

/* The source object, borrowed from the target, or NULL: refused. A marker that is named is no
 * source: Upload Part - Copy, x-cos-copy-source (cos-operations-1.md s.2.2). */
static const struct object *source_open(struct cosmock_exchange *x)
{
    const struct copy_source *source = &x->target.source;
    if (source->is_elsewhere || source->at.bucket == NULL) {
        service_refuse_case(x, ERROR_SOURCE_STATE);
        return NULL;
    }
    const struct object *o = &source->object.object;
    if (source->object.is_marker && source->version.kind != VERSION_LATEST) {
        service_refuse_saying(x, "InvalidRequest", "The copy source is a delete marker");
        return NULL;
    }
    if (o->row == NULL) {
        (void)service_refuse_store(x, source->object.why);
        return NULL;
    }
    if (!source_kind_check(x, o) || !stored_readable_check(x, &x->target.source.at, o) ||
        !encryption_permits_copy(x, o) || !source_conditions_check(x, o)) {
        return NULL;
    }
    source_version_header(x, source);
    return o;
}

/* --- PutObjectCopy --- */

/* What comes from the request, and not from the source. */
struct directives {
    bool replaces_headers, replaces_tags;
};

static bool directives_read(struct cosmock_exchange *x, struct directives *out)
{
    enum word metadata;
    enum word tagging;
    bool is_read = choice_read(x, CHOICE_METADATA_DIRECTIVE, &metadata) &&
                   choice_read(x, CHOICE_TAGGING_DIRECTIVE, &tagging);
    *out = (struct directives){is_read && metadata == WORD_REPLACED,
                               is_read && tagging == WORD_REPLACED};
    return is_read;
}

static bool collect(struct cosmock_exchange *x, const struct object *source,
                    const struct directives *d, struct stored_headers *out)
{
    bool is_collected =
        d->replaces_headers ? stored_collect(x, out) : stored_collect_copy(x, source, out);
    return is_collected && stored_tags_of_copy(x, source, d->replaces_tags, out);
}

/* Of metadata, tags, class, or encryption [assumed for the last]. */
static bool is_change(const struct cosmock_exchange *x, const struct object *source,
                      const struct stored_headers *stored, const struct directives *d)
{
    return d->replaces_headers || d->replaces_tags || encryption_differs(x, source) ||
           (stored_value_kept(source->headers, HEADER_ENCRYPTION).ptr == NULL) !=
               (stored_value(stored, HEADER_ENCRYPTION).ptr == NULL) ||
           stored_class(stored_value_kept(source->headers, HEADER_STORAGE_CLASS)) !=
               stored_class(stored_value(stored, HEADER_STORAGE_CLASS));
}

/* The version stands last, and in no header: PUT Object - Copy, sample 10. */
static int copy_answer(struct cosmock_exchange *x, const struct object_draft *source,
                       const struct version *made)
{
    char room[VERSION_NAME_BYTES];
    struct cos_buf *b = service_xml(x);
    cos_buf_printf(b, "<CopyObjectResult><ETag>\"" COS_SPAN_FMT "\"</ETag><CRC64>%llu</CRC64>",
                   COS_SPAN_ARG(source->etag), (unsigned long long)source->crc64);
    service_xml_date(x, "LastModified", DATE_OF_COPY, x->now.modification_unix_ms);
    if (made->order != 0 && !made->is_null) {
        xml_out_text(b, "VersionId", version_name_write(room, made));
    }
    cos_buf_str(b, "</CopyObjectResult>");
    return service_xml_done(x);
}

/* Shared, unless one of the two is encrypted. False: refused, or no memory. */
static bool take_bytes(struct cosmock_exchange *x, const struct object *source,
                       struct object_draft *draft)
{
    if (!encryption_differs(x, source)) {
        draft->blob = blob_ref(source->row->blob);
        draft->etag = source->etag;
        draft->crc64 = source->crc64;
        return true;
    }
    struct encrypted_copy copy;
    if (!encryption_copy(x, source, 0, source->bytes, &copy)) {
        return false;
    }
    draft->blob = copy.blob;
    draft->etag = copy.etag;
    draft->crc64 = copy.crc64;
    draft->facets.of[FACET_SSE] = copy.seal;
    return true;
}

static int copy_to(struct cosmock_exchange *x, const struct object *source,
                   const struct stored_headers *stored)
{
    struct object_draft draft = service_draft(x);
    draft.headers = stored->items;
    draft.n_headers = stored->n;
    draft.facets = stored->facets;
    draft.forbids_overwrite = service_forbids_overwrite(x);
    const struct store_bucket b = service_stored(x);
    struct batch *batch = batch_new();
    if (batch == NULL) {
        return -1;
    }
    enum store_result r = retention_check(x, &b, x->route.key, batch);
    if (r != STORE_OK) {
        return service_commit_filled(x, batch, r);
    }
    if (!take_bytes(x, source, &draft)) {
        (void)batch_free(batch);
        return service_stop(x);
    }
    const struct replication_rule *rule =
        replication_mark(x, &b, &draft, REPLICATION_OF_OBJECT);
    service_tell_written(x, &draft);
    struct version made;
    r = objects_put(batch, x->tenant->rows, &b, &draft, &made);
    replication_note(x, batch, rule, draft.key, &made);
    stored_echo(x, HEADER_ENCRYPTION, stored_value(stored, HEADER_ENCRYPTION));
    encryption_tell_key(x);
    if (copy_answer(x, &draft, &made) < 0) {
        r = STORE_NOMEM;
    }
    return service_commit_filled(x, batch, r);
}

static int copy_object(struct cosmock_exchange *x, const struct object *source, bool is_self)
{
    if (source->bytes > SERVICE_OBJECT_MAX_BYTES) {
        return service_refuse_saying(x, "InvalidRequest",
                                     "The copy source is larger than 5 GB");
    }
    struct stored_headers stored;
    struct directives d;
    if (!directives_read(x, &d) || !collect(x, source, &d, &stored)) {
        return service_stop(x);
    }
    if (is_self && !is_change(x, source, &stored, &d)) {
        return service_refuse_saying(
            x, "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself "
            "without changing the object's metadata or storage class");
    }
    return copy_to(x, source, &stored);
}

/* Bytes are shared, unless one of the two is encrypted. */
bool copy_is_long(const struct cosmock_exchange *x)
{
    const struct object *o = &x->target.source.object.object;
    return o->bytes >= WORK_MIN_BYTES && (object_facet(o, FACET_SSE).ptr != NULL ||
                                          header_of(x, HEADER_CUSTOMER_ENCRYPTION).ptr != NULL);
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
    /* a version that is named is brought back: cos-operations-1.md s.2.2 */
    bool is_self = from->version.kind == VERSION_LATEST &&
                   cos_span_eq(from->key, x->route.key) &&
                   cos_span_eq_str(from->bucket, bucket->name);
    return copy_object(x, source, is_self);
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

struct part_digests {
    struct cos_digest md5;
    uint64_t crc64;
};

static void add_to_digests(void *ctx, const void *bytes, size_t n)
{
    struct part_digests *d = ctx;
    cos_digest_update(&d->md5, bytes, n);
    d->crc64 = cos_crc64(d->crc64, bytes, n);
}

static bool digest_part(struct cosmock_exchange *x, struct part_draft *part)
{
    struct part_digests d = {0};
    uint8_t raw[COS_DIGEST_MAX_BYTES];
    char hex[2 * COS_MD5_BYTES + 1];
    if (!cos_digest_init(&d.md5, COS_MD5)) {
        return false;
    }
    bool is_read = service_read_all(x, part->blob, add_to_digests, &d);
    (void)cos_digest_final(&d.md5, raw);
    cos_digest_deinit(&d.md5);
    cos_hex_encode(hex, raw, COS_MD5_BYTES);
    part->etag = cos_arena_span(&x->arena, cos_span_of(hex));
    part->crc64 = d.crc64;
    return is_read && !x->arena.failed;
}

/* Fills the part with a blob reference; false: refused, or no memory. */
static bool part_of_source(struct cosmock_exchange *x, const struct object *source,
                           struct part_draft *part)
{
    uint64_t first;
    uint64_t count;
    if (!source_range(x, source, &first, &count)) {
        return false;
    }
    if (count > SERVICE_OBJECT_MAX_BYTES) {
        service_refuse(x, "EntityTooLarge");
        return false;
    }
    if (encryption_differs(x, source)) {
        struct encrypted_copy copy = {.blob = NULL};
        bool is_copied = encryption_copy(x, source, first, count, &copy);
        part->blob = copy.blob;
        part->etag = copy.etag;
        part->crc64 = copy.crc64;
        return is_copied;
    }
    struct blob *blob = source->row->blob;
    part->blob = blob == NULL ? NULL : blob_slice(blob, first, count);
    if ((part->blob == NULL && blob != NULL) || !digest_part(x, part)) {
        part->blob = blob_unref(part->blob);
        return false;
    }
    return true;
}

static int part_answer(struct cosmock_exchange *x, const struct part_draft *part)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_printf(b, "<CopyPartResult><ETag>\"" COS_SPAN_FMT "\"</ETag><CRC64>%llu</CRC64>",
                   COS_SPAN_ARG(part->etag), (unsigned long long)part->crc64);
    service_xml_date(x, "LastModified", DATE_OF_COPY, part->mtime_unix_ms);
    cos_buf_str(b, "</CopyPartResult>");
    return service_xml_done(x);
}

/* A part has an ETag of its own. */
bool part_copy_is_long(const struct cosmock_exchange *x)
{
    return x->target.source.object.object.bytes >= WORK_MIN_BYTES;
}

int op_upload_part_copy(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct part_draft part = {.mtime_unix_ms = x->now.modification_unix_ms};
    if (bucket == NULL || !multipart_part_number(x, &part.number)) {
        return service_stop(x);
    }
    const struct object *source = source_open(x);
    if (source == NULL || !part_of_source(x, source, &part)) {
        return service_stop(x);
    }
    if (part_answer(x, &part) < 0) {
        part.blob = blob_unref(part.blob);
        return -1;
    }
    return multipart_put_part(x, bucket, &part);
}
