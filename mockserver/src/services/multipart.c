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
#include "services/multipart.h"
#include "services/service.h"
#include "services/stored.h"

#define PARTS_MAX 10000u
#define UPLOADS_MAX 50000    /* of a bucket */
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

const char *multipart_upload_id(struct cosmock_exchange *x)
{
    struct cos_span id = service_param(x, "uploadId");
    if (memchr(id.ptr, 0, id.len) !=
        NULL) { /* no id of ours; must not match by its beginning */
        id = COS_SPAN_EMPTY;
    }
    return cos_arena_str(&x->arena, id);
}

/* Parts are encrypted as their upload was begun, and every answer says so:
 * cos-operations-2.md s.7.2. */
static void echo_encryption(struct cosmock_exchange *x, const struct upload *upload)
{
    struct upload_info info = upload_info(upload);
    stored_echo(x, HEADER_ENCRYPTION, info.headers, info.n_headers);
}

int multipart_put_part(struct cosmock_exchange *x, struct store_bucket *bucket, const char *id,
                       const struct upload_part *part)
{
    struct store *store = x->tenant->store;
    struct upload *upload = NULL;
    enum store_result r = store->ops->upload_get(store, bucket, x->route.key, id, &upload);
    if (r == STORE_OK) {
        r = store->ops->upload_part(store, bucket, x->route.key, id, part);
        echo_encryption(x, upload);
        upload_unref(upload);
    }
    if (r != STORE_OK) {
        blob_unref(part->blob);
        return service_refuse_store(x, r);
    }
    return 0;
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
    if (!service_forbids_overwrite(x) || x->target.object.object == NULL) {
        return true;
    }
    (void)service_refuse_store(x, STORE_EXISTS);
    return false;
}

/* Ours alone: a listing looks at every upload of the bucket, so their number
 * is a bound on its time. */
static bool has_all_uploads(struct cosmock_exchange *x, const struct bucket *bucket)
{
    struct store *store = x->tenant->store;

    if (store->ops->upload_count(store, bucket->stored) < UPLOADS_MAX) {
        return false;
    }
    x->identity.detail =
        cos_arena_printf(&x->arena, "bucket %s has %d unfinished uploads already; abort some",
                         bucket->name, UPLOADS_MAX);
    service_refuse(x, "ServiceUnavailable");
    return true;
}

int op_initiate_multipart_upload(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct stored_headers stored;
    if (bucket == NULL || !service_key_check(x) || !overwrite_check(x) ||
        !stored_collect(x, &stored) || has_all_uploads(x, bucket)) {
        return service_stop(x);
    }
    char id[80];
    draw_upload_id(x, id);
    struct store *store = x->tenant->store;
    enum store_result r =
        store->ops->upload_begin(store, bucket->stored, id, x->route.key,
                                 x->now.modification_unix_ms, stored.items, stored.n);
    if (r == STORE_EXISTS) {
        return -1; /* 256 random bits came twice */
    }
    if (r != STORE_OK) {
        return service_refuse_store(x, r);
    }
    struct cos_buf *b = service_xml(x);
    cos_buf_printf(b, "<InitiateMultipartUploadResult><Bucket>%s</Bucket>", bucket->name);
    xml_out_text(b, "Key", x->route.key);
    cos_buf_printf(b, "<UploadId>%s</UploadId></InitiateMultipartUploadResult>", id);
    stored_echo(x, HEADER_ENCRYPTION, stored.items, stored.n);
    return service_xml_done(x);
}

/* --- Upload Part --- */

int op_upload_part(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    struct upload_part part = {.mtime_unix_ms = x->now.modification_unix_ms};
    if (bucket == NULL || !multipart_part_number(x, &part.number) ||
        !stored_encryption_check(x) || !service_sha1_check(x)) {
        return service_stop(x);
    }
    const char *id = multipart_upload_id(x);
    if (id == NULL) {
        return -1;
    }
    part.blob = x->body.blob;
    x->body.blob = NULL;
    part.bytes = blob_bytes(part.blob);
    part.crc64 = x->body.crc64;
    memcpy(part.etag, x->body.md5_hex, sizeof(x->body.md5_hex));
    int r = multipart_put_part(x, bucket->stored, id, &part);
    if (r < 0 || is_refused(x)) {
        return r;
    }
    service_digest_headers(x, part.etag, part.crc64);
    x->result.status = 200;
    return 0;
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
    /* in the arena, @n_parts each: what the document names, and what is stored under that */
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
        /* our own hex */
        (void)cos_hex_decode(part, sizeof(part), cos_span_of(c->chosen[i]->etag));
        cos_digest_update(md5, part, sizeof(part));
    }
    uint8_t raw[COS_DIGEST_MAX_BYTES];
    (void)cos_digest_final(md5, raw);
    cos_hex_encode(out, raw, COS_MD5_BYTES);
    (void)snprintf(out + 2 * COS_MD5_BYTES, ETAG_SIZE - 2 * COS_MD5_BYTES, "-%zu", c->n_parts);
}

static struct object *join_parts(struct cosmock_exchange *x, const struct completion *c)
{
    COS_CLEANUP(cos_digest_deinit) struct cos_digest md5 = {0};
    struct blob **blobs = cos_arena_array(&x->arena, c->n_parts, sizeof(struct blob *));
    if (blobs == NULL || !cos_digest_init(&md5, COS_MD5)) {
        return NULL;
    }
    uint64_t crc = 0;
    for (size_t i = 0; i < c->n_parts; i++) {
        blobs[i] = c->chosen[i]->blob;
        crc = cos_crc64_combine(crc, c->chosen[i]->crc64, c->chosen[i]->bytes);
    }
    char etag[ETAG_SIZE];
    multipart_etag(etag, c, &md5);
    struct blob *whole = blob_concat(blobs, c->n_parts);
    if (whole == NULL) {
        return NULL;
    }
    struct upload_info info = upload_info(c->upload);
    struct object *o = object_new(x->route.key, whole, etag, crc, x->now.modification_unix_ms,
                                  info.headers, info.n_headers);
    if (o == NULL) {
        blob_unref(whole);
    }
    return o;
}

/* Location is URL-encoded while Key is raw: cos-wire.md s.5.28. */
static int answer_complete(struct cosmock_exchange *x, const struct bucket *bucket,
                           const char *etag, uint64_t crc64)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<CompleteMultipartUploadResult "
                   "xmlns=\"http://www.qcloud.com/document/product/436/7751\">"
                   "<Location>http://");
    if (x->route.is_path_style) {
        cos_buf_printf(b, "%s.cos.%s.myqcloud.com/", bucket->name, bucket->region);
    } else {
        cos_xml_escape(b, x->parts.host_name);
        cos_buf_ch(b, '/');
    }
    xml_out_percent(b, x->route.key);
    cos_buf_printf(b, "</Location><Bucket>%s</Bucket>", bucket->name);
    xml_out_text(b, "Key", x->route.key);
    xml_out_etag(b, etag);
    cos_buf_str(b, "</CompleteMultipartUploadResult>");
    result_header_of(x, HEADER_CRC64,
                     cos_arena_printf(&x->arena, "%llu", (unsigned long long)crc64));
    return service_xml_done(x);
}

static int complete(struct cosmock_exchange *x, struct completion *c,
                    const struct upload_part *stored, size_t n_stored)
{
    const char *code = choose_parts(c, stored, n_stored);
    if (code != NULL) {
        return service_refuse(x, code);
    }
    if (!sizes_check(x, c)) {
        return service_stop(x);
    }
    struct object *o = join_parts(x, c);
    if (o == NULL) {
        return -1;
    }
    char etag[48];
    memcpy(etag, o->etag, sizeof(etag));
    uint64_t crc64 = o->crc64;
    struct store *store = x->tenant->store;
    enum store_result r =
        store->ops->upload_complete(store, c->bucket->stored, upload_info(c->upload).id, o,
                                    service_forbids_overwrite(x));
    if (r != STORE_OK) {
        object_unref(o);
        return service_refuse_store(x, r);
    }
    echo_encryption(x, c->upload);
    return answer_complete(x, c->bucket, etag, crc64);
}

static int complete_upload(struct cosmock_exchange *x, struct completion *c)
{
    struct store *store = x->tenant->store;
    struct upload_part *stored = NULL;
    size_t n_stored = 0;
    enum store_result got =
        store->ops->upload_parts(store, c->bucket->stored, x->route.key,
                                 upload_info(c->upload).id, &stored, &n_stored);
    if (got != STORE_OK) {
        return service_refuse_store(x, got);
    }
    int r = complete(x, c, stored, n_stored);
    store_parts_free(stored, n_stored);
    return r;
}

int op_complete_multipart_upload(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    const char *id = multipart_upload_id(x);
    if (bucket == NULL || id == NULL) {
        return service_stop(x);
    }
    struct store *store = x->tenant->store;
    struct upload *upload = NULL;
    enum store_result got =
        store->ops->upload_get(store, bucket->stored, x->route.key, id, &upload);
    if (got != STORE_OK) {
        return service_refuse_store(x, got);
    }
    COS_CLEANUP(cos_xml_free)
    struct cos_xml *root = service_xml_read(x, "CompleteMultipartUpload");
    struct completion c = {.bucket = bucket, .upload = upload};
    bool is_read = root != NULL && read_document(x, root, &c);
    int r = is_read ? complete_upload(x, &c) : service_stop(x);
    upload_unref(upload);
    return r;
}

/* --- Abort --- */

int op_abort_multipart_upload(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    const char *id = multipart_upload_id(x);
    if (bucket == NULL || id == NULL) {
        return service_stop(x);
    }
    struct store *store = x->tenant->store;
    enum store_result r = store->ops->upload_abort(store, bucket->stored, x->route.key, id);
    if (r != STORE_OK) {
        return service_refuse_store(x, r);
    }
    x->result.status = 204;
    return 0;
}
