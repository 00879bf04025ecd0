/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multipart calls that write: Initiate, Upload Part, Complete, Abort (cos-wire.md
 * s.2.1). Complete wants the numbers 1..N without a gap (the documents; unlike S3),
 * ascending, with the ETags the parts were answered with; only the last part may be small,
 * and size counts here, not at Upload Part. The ETag is "<md5 of the parts' raw md5s>-<N>"
 * (S3's formula: clients cannot rely on it, s.2.0), the CRC-64 that of the whole, combined.
 */
#include "services/handlers.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "exchange/xml_out.h"
#include "services/condition.h"
#include "services/encryption.h"
#include "services/multipart.h"
#include "services/replication.h"
#include "services/retention.h"
#include "services/service.h"
#include "services/stored.h"

#define PARTS_MAX 10000u
#define UPLOAD_ID_SECONDS 10 /* digits */
#define UPLOAD_ID_RANDOM 64  /* hex digits */

bool multipart_part_number(struct cosmock_exchange *x, unsigned *out)
{
    uint64_t n = 0;
    if (!cos_span_u64(service_param(x, "partNumber"), &n) || n < 1 || n > PARTS_MAX) {
        service_refuse_saying(x, "InvalidArgument",
                              "partNumber must be an integer between 1 and %u", PARTS_MAX);
        return false;
    }
    *out = (unsigned)n;
    return true;
}

/* "" when absent. */
static struct cos_span upload_id(const struct cosmock_exchange *x)
{
    struct cos_span id = param_value(x, "uploadId");
    return id.ptr == NULL ? COS_SPAN_EMPTY : id;
}

bool multipart_open(struct cosmock_exchange *x, const struct bucket *b, struct upload *out)
{
    enum store_result r =
        uploads_get(x->tenant->rows, &b->stored, x->route.key, upload_id(x), out);
    x->failed = x->failed || (r != STORE_OK && service_refuse_store(x, r) < 0);
    return r == STORE_OK;
}

/* Parts are encrypted as their upload was begun, and every answer says so:
 * cos-operations-2.md s.7.2. */
static void echo_encryption(struct cosmock_exchange *x, const struct upload *upload)
{
    encryption_tell_upload(x, upload);
    stored_echo(x, HEADER_ENCRYPTION, stored_value_kept(upload->headers, HEADER_ENCRYPTION));
}

int multipart_put_part(struct cosmock_exchange *x, const struct bucket *b,
                       const struct part_draft *part)
{
    struct upload upload;
    struct batch *batch = batch_new();
    bool is_open = batch != NULL && multipart_open(x, b, &upload);
    if (!is_open || !encryption_fits_upload(x, &upload)) {
        (void)batch_free(batch);
        blob_unref(part->blob);
        (void)(is_open ? row_unref(upload.row) : NULL);
        x->result.n_headers = 0;
        return batch == NULL ? -1 : service_stop(x);
    }
    echo_encryption(x, &upload);
    uploads_put_part(batch, &b->stored, &upload, part);
    (void)row_unref(upload.row);
    return service_commit(x, batch);
}

/* --- Initiate --- */

/* 10 digits of seconds and 64 hex digits: cos-wire.md s.2.0. */
static void draw_upload_id(struct cosmock_exchange *x, char out[80])
{
    long long now_s = (long long)(x->now.modification_unix_ms / 1000);
    int n = snprintf(out, 80, "%0*lld", UPLOAD_ID_SECONDS, now_s < 0 ? 0 : now_s % 10000000000);
    cos_rng_text(x->tenant->rng, out + n, UPLOAD_ID_RANDOM, "0123456789abcdef");
}

/* Forbidden at Initiate already when the key exists; Complete asks again. */
static bool overwrite_check(struct cosmock_exchange *x)
{
    if (!service_forbids_overwrite(x) || x->target.object.object.row == NULL ||
        service_stored(x).versioning != VERSIONING_NONE) {
        return true;
    }
    (void)service_refuse_store(x, STORE_EXISTS);
    return false;
}

static int initiate_answer(struct cosmock_exchange *x, const struct bucket *bucket,
                           const char *id, const struct stored_headers *stored)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_printf(b, "<InitiateMultipartUploadResult><Bucket>%s</Bucket>", bucket->name);
    xml_out_text(b, "Key", x->route.key);
    cos_buf_printf(b, "<UploadId>%s</UploadId></InitiateMultipartUploadResult>", id);
    stored_echo(x, HEADER_ENCRYPTION, stored_value(stored, HEADER_ENCRYPTION));
    encryption_tell_key(x);
    return service_xml_done(x);
}

/* 256 random bits came twice. */
static int initiated(struct cosmock_exchange *x)
{
    return store_committed(x->commit) == STORE_EXISTS ? -1 : service_committed(x);
}

int op_initiate_multipart_upload(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct stored_headers stored;
    if (bucket == NULL || !service_key_check(x) || !overwrite_check(x) ||
        !stored_collect(x, &stored)) {
        return service_stop(x);
    }
    stored.facets.of[FACET_SSE] = encryption_upload_seal(x);
    char id[80];
    draw_upload_id(x, id);
    struct batch *batch = batch_new();
    if (batch == NULL || initiate_answer(x, bucket, id, &stored) < 0) {
        (void)batch_free(batch);
        return -1;
    }
    const struct object_draft draft = {.key = x->route.key,
                                       .mtime_unix_ms = x->now.modification_unix_ms,
                                       .headers = stored.items,
                                       .n_headers = stored.n,
                                       .facets = stored.facets};
    uploads_begin(batch, &bucket->stored, cos_span_of(id), &draft);
    return exchange_commit(x, batch, initiated);
}

/* --- Upload Part --- */

int op_upload_part(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct part_draft part = {.mtime_unix_ms = x->now.modification_unix_ms};
    if (bucket == NULL || !multipart_part_number(x, &part.number) || !service_sha1_check(x)) {
        return service_stop(x);
    }
    part.blob = x->body.blob;
    x->body.blob = NULL;
    part.crc64 = x->body.crc64;
    part.etag = encryption_body_etag(x);
    service_digest_headers(x, part.etag, part.crc64);
    x->result.status = 200;
    return multipart_put_part(x, bucket, &part);
}

/* --- Complete --- */

struct wanted_part {
    unsigned number;
    const char *etag; /* as sent; in the document */
};
/* An upload that is to become an object. */
struct completion {
    const struct bucket *bucket;
    const struct upload *upload;
    size_t n_parts;
    /* in the arena, @n_parts each: what the document names, and what is kept under that */
    struct wanted_part *wanted;
    const struct upload_part **chosen;
};

static bool read_wanted(const struct cos_xml *part, struct wanted_part *out)
{
    const char *number = cos_xml_child_text(part, "PartNumber");
    uint64_t n = 0;
    out->etag = cos_xml_child_text(part, "ETag");
    if (number == NULL || out->etag == NULL ||
        !cos_span_u64(cos_span_trim(cos_span_of(number)), &n) || n > PARTS_MAX) {
        return false;
    }
    out->number = (unsigned)n;
    return true;
}

/* False: no list of parts, or no memory. */
static bool read_document(struct cosmock_exchange *x, const struct cos_xml *root,
                          struct completion *c)
{
    size_t n = 0;
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL; e = cos_xml_next(e)) {
        n += strcmp(cos_xml_name(e), "Part") == 0;
    }
    if (n == 0 || n > PARTS_MAX) {
        service_refuse(x, "MalformedXML");
        return false;
    }
    c->n_parts = n;
    c->wanted = cos_arena_array(&x->arena, n, sizeof(*c->wanted));
    c->chosen = cos_arena_array(&x->arena, n, sizeof(const struct upload_part *));
    if (c->wanted == NULL || c->chosen == NULL) {
        return false;
    }
    size_t i = 0;
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL; e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "Part") == 0 && !read_wanted(e, &c->wanted[i++])) {
            service_refuse(x, "MalformedXML");
            return false;
        }
    }
    return true;
}

static const struct upload_part *find_part(const struct upload_part *parts, size_t n,
                                           unsigned number)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (parts[middle].number < number) {
            low = middle + 1;
        } else {
            n = middle;
        }
    }
    return parts != NULL && parts[low].number == number ? &parts[low] : NULL;
}

/* What is wrong with the list, as an error code; NULL: nothing, and the parts are chosen. */
static const char *choose_parts(struct completion *c, const struct upload_part *stored,
                                size_t n_stored)
{
    const struct wanted_part *wanted = c->wanted;

    for (size_t i = 1; i < c->n_parts; i++) {
        if (wanted[i].number <= wanted[i - 1].number) {
            return "InvalidPartOrder";
        }
    }
    for (size_t i = 0; i < c->n_parts; i++) {
        bool is_in_range = n_stored > 0 && wanted[i].number <= stored[n_stored - 1].number;
        c->chosen[i] = is_in_range ? find_part(stored, n_stored, wanted[i].number) : NULL;
        if (wanted[i].number != i + 1 || c->chosen[i] == NULL ||
            !etag_is(cos_span_of(wanted[i].etag), c->chosen[i]->etag)) {
            return "InvalidPart";
        }
    }
    return NULL;
}

static bool sizes_check(struct cosmock_exchange *x, const struct completion *c)
{
    uint64_t least = (uint64_t)world_switch_number(x->tenant, SWITCH_PART_MIN_BYTES);
    for (size_t i = 0; i + 1 < c->n_parts; i++) {
        if (c->chosen[i]->bytes < least) {
            service_refuse(x, "EntityTooSmall");
            return false;
        }
    }
    return true;
}

#define ETAG_SIZE 64 /* 32 hex digits, "-" and any size_t */

static void multipart_etag(char out[ETAG_SIZE], const struct completion *c,
                           struct cos_digest *md5)
{
    for (size_t i = 0; i < c->n_parts; i++) {
        uint8_t part[COS_MD5_BYTES] = {0};
        (void)cos_hex_decode(part, sizeof(part), c->chosen[i]->etag); /* our own hex */
        cos_digest_update(md5, part, sizeof(part));
    }
    uint8_t raw[COS_DIGEST_MAX_BYTES];
    (void)cos_digest_final(md5, raw);
    cos_hex_encode(out, raw, COS_MD5_BYTES);
    (void)snprintf(out + 2 * COS_MD5_BYTES, ETAG_SIZE - 2 * COS_MD5_BYTES, "-%zu", c->n_parts);
}

/* The whole of the parts; false: no memory. */
static bool join_parts(struct cosmock_exchange *x, const struct completion *c,
                       struct object_draft *out)
{
    COS_CLEANUP(cos_digest_deinit) struct cos_digest md5 = {0};
    struct blob **blobs = cos_arena_array(&x->arena, c->n_parts, sizeof(struct blob *));
    if (blobs == NULL || !cos_digest_init(&md5, COS_MD5) ||
        !stored_again(x, c->upload->headers, out)) {
        return false;
    }
    for (size_t i = 0; i < c->n_parts; i++) {
        blobs[i] = c->chosen[i]->row->blob;
        out->crc64 = cos_crc64_combine(out->crc64, c->chosen[i]->crc64, c->chosen[i]->bytes);
    }
    char etag[ETAG_SIZE];
    multipart_etag(etag, c, &md5);
    out->etag = cos_arena_span(&x->arena, cos_span_of(etag));
    out->facets.of[FACET_SSE] = encryption_joined_seal(x, c->upload, c->chosen, c->n_parts);
    out->blob = x->arena.failed ? NULL : blob_concat(blobs, c->n_parts);
    return out->blob != NULL;
}

static int answer_complete(struct cosmock_exchange *x, const struct bucket *bucket,
                           struct cos_span etag, uint64_t crc64)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<CompleteMultipartUploadResult "
                   "xmlns=\"http://www.qcloud.com/document/product/436/7751\">");
    xml_out_text(b, "Location", service_location(x));
    xml_out_text(b, "Bucket", cos_span_of(bucket->name));
    xml_out_text(b, "Key", x->route.key);
    xml_out_etag(b, etag);
    cos_buf_str(b, "</CompleteMultipartUploadResult>");
    result_header_of(x, HEADER_CRC64,
                     cos_arena_printf(&x->arena, "%llu", (unsigned long long)crc64));
    return service_xml_done(x);
}

/* Of a suspended bucket the header says null, unlike that of a PUT: Complete Multipart Upload,
 * sample (cos-operations-1.md s.1). */
static void whole_version_header(struct cosmock_exchange *x, const struct version *made)
{
    if (made->order != 0 && made->is_null) {
        result_header_of(x, HEADER_VERSION_ID, COS_SPAN_LIT("null"));
    }
    service_version_header(x, made);
}

static int store_whole(struct cosmock_exchange *x, struct completion *c)
{
    const struct store_bucket b = service_stored(x);
    struct object_draft draft = service_draft(x);
    draft.facets = facets_values(c->upload->facets);
    draft.forbids_overwrite = service_forbids_overwrite(x);
    struct batch *batch = batch_new();
    enum store_result locked =
        batch == NULL ? STORE_NOMEM : retention_check(x, &b, x->route.key, batch);
    if (locked != STORE_OK) {
        return service_commit_filled(x, batch, locked);
    }
    if (!join_parts(x, c, &draft) ||
        answer_complete(x, c->bucket, draft.etag, draft.crc64) < 0) {
        (void)batch_free(batch);
        blob_unref(draft.blob);
        return -1;
    }
    echo_encryption(x, c->upload);
    const struct replication_rule *rule =
        replication_mark(x, &b, &draft, REPLICATION_OF_OBJECT);
    service_tell_written(x, &draft);
    const struct upload_completion whole = {.upload = c->upload,
                                            .parts = c->chosen,
                                            .n_parts = c->n_parts,
                                            .draft = &draft};
    struct version made;
    enum store_result r = uploads_complete(batch, x->tenant->rows, &b, &whole, &made);
    replication_note(x, batch, rule, draft.key, &made);
    whole_version_header(x, &made);
    return service_commit_filled(x, batch, r);
}

static int complete(struct cosmock_exchange *x, struct completion *c,
                    const struct upload_parts *stored)
{
    const char *code = choose_parts(c, stored->items, stored->n);
    if (code != NULL) {
        return service_refuse(x, code);
    }
    if (!sizes_check(x, c)) {
        return service_stop(x);
    }
    return store_whole(x, c);
}

static int complete_upload(struct cosmock_exchange *x, struct completion *c)
{
    struct upload_parts stored;
    enum store_result got =
        uploads_parts(x->tenant->rows, &c->bucket->stored, c->upload,
                      &(struct upload_parts_query){.max = PARTS_MAX}, &stored);
    if (got != STORE_OK) {
        return service_refuse_store(x, got);
    }
    int r = complete(x, c, &stored);
    uploads_parts_deinit(&stored);
    return r;
}

int op_complete_multipart_upload(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct upload upload;
    if (bucket == NULL || !multipart_open(x, bucket, &upload)) {
        return service_stop(x);
    }
    COS_CLEANUP(cos_xml_free)
    struct cos_xml *root = service_xml_read(x, "CompleteMultipartUpload");
    struct completion c = {.bucket = bucket, .upload = &upload};
    bool is_read = root != NULL && read_document(x, root, &c);
    int r = is_read ? complete_upload(x, &c) : service_stop(x);
    (void)row_unref(upload.row);
    return r;
}

/* --- Abort --- */

/* How many parts there are is known when they are gone. */
bool abort_is_long(const struct cosmock_exchange *x)
{
    return true;
}

int op_abort_multipart_upload(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct upload upload;
    if (bucket == NULL || !multipart_open(x, bucket, &upload)) {
        return service_stop(x);
    }
    struct batch *batch = batch_new();
    if (batch != NULL) {
        uploads_abort(batch, &bucket->stored, &upload);
    }
    (void)row_unref(upload.row);
    x->result.status = 204;
    return service_commit(x, batch);
}
