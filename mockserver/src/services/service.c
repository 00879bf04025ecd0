/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks and small writers the handlers share. Limits: cos-wire.md s.2.0.
 * Sources stand at the rules.
 */
#include "services/service.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "exchange/work.h"
#include "exchange/xml_out.h"
#include "services/choice.h"
#include "services/encryption.h"
#include "services/stored.h"

#include <stdarg.h>

#define XML_MAX_BYTES ((size_t)64 << 20)
/* Each time somebody else has written the same key: 503 then, as of any key in high demand. */
#define AGAIN_MAX 64

int service_stop(const struct cosmock_exchange *x)
{
    return is_refused(x) ? 0 : -1;
}

int service_refuse(struct cosmock_exchange *x, const char *code)
{
    refuse(x, STAGE_EXECUTE, code);
    return 0;
}

int service_refuse_saying(struct cosmock_exchange *x, const char *code, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n;
    length = length < sizeof(text) ? length : sizeof(text) - 1;
    struct cos_span message = cos_arena_span(&x->arena, cos_span_make(text, length));
    refuse_with(x, STAGE_EXECUTE, code, message, COS_SPAN_EMPTY);
    return 0;
}

/* The words of the service for x-cos-acl: cos-wx-sdk-v5#12, cos-nodejs-sdk-v5#29. */
int service_refuse_value(struct cosmock_exchange *x, const char *code, const char *name,
                         struct cos_span value)
{
    return service_refuse_saying(x, code, "%s value invalid:" COS_SPAN_FMT, name,
                                 COS_SPAN_ARG(value));
}

int service_refuse_case(struct cosmock_exchange *x, enum error_case which)
{
    refuse_case(x, STAGE_EXECUTE, which);
    return 0;
}

/* Why the backend could not: it says so of a commit; of a read it has told its log. */
static struct cos_span reason_of(const struct cosmock_exchange *x)
{
    return x->commit != NULL && x->commit->reason[0] != '\0'
               ? cos_span_of(x->commit->reason)
               : COS_SPAN_LIT("what is kept cannot be read");
}

int service_refuse_store(struct cosmock_exchange *x, enum store_result r)
{
    switch (r) {
    case STORE_NO_BUCKET:
        return service_refuse(x, "NoSuchBucket");
    case STORE_NO_KEY:
        return service_refuse(x, "NoSuchKey");
    case STORE_NO_UPLOAD:
        return service_refuse(x, "NoSuchUpload");
    case STORE_EXISTS:
        return service_refuse(x,
                              SWITCH_IS(x->tenant, FORBID_OVERWRITE_CODE, OBJECT_ALREADY_EXISTS)
                                  ? "ObjectAlreadyExists"
                                  : "FileAlreadyExists");
    case STORE_NOT_EMPTY:
        return service_refuse(x, "BucketNotEmpty");
    case STORE_PART_CHANGED:
        return service_refuse(x, "InvalidPart");
    case STORE_CHANGED:
        return service_refuse(x, "SlowDown");
    case STORE_NO_VERSION:
        return service_refuse(x, "NoSuchVersion");
    case STORE_LOCKED:
        return service_refuse(x, "ObjectLocked");
    case STORE_NO_ROOM:
        exchange_refuse_backend(x, STAGE_EXECUTE, BACKEND_NO_ROOM, reason_of(x));
        return 0;
    case STORE_IO:
        exchange_refuse_backend(x, STAGE_EXECUTE, BACKEND_IO, reason_of(x));
        return 0;
    case STORE_OK:
    case STORE_NOMEM:
        break;
    }
    return -1;
}

static int run_again(struct cosmock_exchange *x)
{
    x->n_made_again++;
    return target_find_again(x) ? exchange_execute(x) : service_refuse(x, "NoSuchBucket");
}

int service_committed(struct cosmock_exchange *x)
{
    enum store_result r = store_committed(x->commit);
    if (r == STORE_OK) {
        return 0;
    }
    x->result.n_headers = 0;
    x->stored_sha256 = COS_SPAN_EMPTY;
    if (r == STORE_CHANGED && x->n_made_again < AGAIN_MAX) {
        x->then = run_again; /* by stage commit, so that tries do not lie in each other */
        return 0;
    }
    return service_refuse_store(x, r);
}

int service_commit(struct cosmock_exchange *x, struct batch *batch)
{
    if (is_refused(x)) {
        (void)batch_free(batch);
        return 0;
    }
    return exchange_commit(x, batch, service_committed);
}

int service_commit_filled(struct cosmock_exchange *x, struct batch *batch, enum store_result r)
{
    if (r != STORE_OK) {
        (void)batch_free(batch);
        x->result.n_headers = 0;
        return service_refuse_store(x, r);
    }
    return service_commit(x, batch);
}

const struct bucket *service_bucket(struct cosmock_exchange *x)
{
    if (x->target.at.bucket == NULL) {
        service_refuse(x, "NoSuchBucket");
    }
    return x->target.at.bucket;
}

const struct object *service_object(struct cosmock_exchange *x)
{
    const struct found_object *found = &x->target.object;
    if (service_bucket(x) == NULL) {
        return NULL;
    }
    if (found->object.row == NULL) {
        x->failed = x->failed || service_refuse_store(x, found->why) < 0;
        return NULL;
    }
    return &found->object;
}

/* A POSIX path would be "/" with it; a ".." makes it a key (the Node suite, test.js:6291). */
static bool is_slashes_alone(struct cos_span key)
{
    struct cos_span rest = key;
    while (rest.ptr != NULL) {
        struct cos_span segment = cos_span_cut(&rest, '/');
        if (segment.len > 0 && !cos_span_eq_str(segment, ".")) {
            return false;
        }
    }
    return key.len > 0;
}

bool service_key_check(struct cosmock_exchange *x)
{
    struct cos_span key = x->route.key;
    if (is_slashes_alone(key) && SWITCH_IS(x->tenant, SLASHES_ALONE, REFUSE)) {
        service_refuse_saying(x, "InvalidURI", "The key holds slashes and single dots alone");
        return false;
    }
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char)key.ptr[i];
        if (c == 0 || (c >= 0x18 && c <= 0x1B)) { /* CAN, EM, SUB, ESC */
            service_refuse_saying(x, "InvalidURI",
                                  "The key holds the control character 0x%02X at byte %zu", c,
                                  i);
            return false;
        }
    }
    return true;
}

void service_tell_written(struct cosmock_exchange *x, const struct object_draft *draft)
{
    x->written = (struct written){true, blob_bytes(draft->blob),
                                  stored_value_of(draft->headers, draft->n_headers,
                                                  HEADER_STORAGE_CLASS)};
}

struct store_bucket service_stored(const struct cosmock_exchange *x)
{
    return bucket_stored(&x->target.at);
}

/* The clock knows milliseconds; what comes in one of them is told apart by its number. */
struct object_draft service_draft(const struct cosmock_exchange *x)
{
    uint64_t number = __atomic_load_n(&x->tenant->request_counter, __ATOMIC_RELAXED);
    return (struct object_draft){.key = x->route.key,
                                 .etag = COS_SPAN_EMPTY,
                                 .mtime_unix_ms = x->now.modification_unix_ms,
                                 .born_us = (unsigned)(number % 1000)};
}

static void version_header(struct cosmock_exchange *x, const struct version *v)
{
    char room[VERSION_NAME_BYTES];
    result_header_of(x, HEADER_VERSION_ID,
                     cos_arena_span(&x->arena, version_name_write(room, v)));
}

void service_version_header(struct cosmock_exchange *x, const struct version *made)
{
    if (made->order != 0 && !made->is_null) {
        version_header(x, made);
    }
}

void service_version_echo(struct cosmock_exchange *x, const struct version *v)
{
    if (!v->is_null || SWITCH_IS(x->tenant, NULL_VERSION_HEADER, SEND)) {
        version_header(x, v);
    }
}

void service_refuse_reading(struct cosmock_exchange *x, int r)
{
    struct cos_span reason =
        cos_arena_printf(&x->arena, "stored bytes cannot be read: %s", strerror(-r));
    exchange_refuse_backend(x, STAGE_EXECUTE, BACKEND_IO, reason);
}

bool service_read_all(struct cosmock_exchange *x, const struct blob *b,
                      void (*visit)(void *ctx, const void *bytes, size_t n), void *ctx)
{
    int r = blob_each(b, visit, ctx);
    if (r < 0) {
        service_refuse_reading(x, r);
    }
    return r == 0;
}

static void add_to_digest(void *ctx, const void *bytes, size_t n)
{
    cos_digest_update(ctx, bytes, n);
}

bool service_digest_body(struct cosmock_exchange *x, enum cos_digest_kind kind,
                         uint8_t out[COS_DIGEST_MAX_BYTES])
{
    COS_CLEANUP(cos_digest_deinit) struct cos_digest d = {0};
    if (!cos_digest_init(&d, kind) || !encryption_each_of_body(x, add_to_digest, &d)) {
        return false;
    }
    (void)cos_digest_final(&d, out);
    return true;
}

bool service_sha1_check(struct cosmock_exchange *x)
{
    struct cos_span sent = header_of(x, HEADER_CONTENT_SHA1);
    if (sent.ptr == NULL || sent.len == 0) {
        return true;
    }
    uint8_t actual[COS_DIGEST_MAX_BYTES];
    if (!service_digest_body(x, COS_SHA1, actual)) {
        return false;
    }
    char hex[2 * COS_SHA1_BYTES + 1];
    cos_hex_encode(hex, actual, COS_SHA1_BYTES);
    if (!cos_span_eq_nocase(sent, cos_span_of(hex))) {
        service_refuse(x, "InvalidSHA1Digest");
        return false;
    }
    return true;
}

bool service_number_param(struct cosmock_exchange *x, const char *name, unsigned fallback,
                          unsigned max, unsigned *out)
{
    struct cos_span text = param_value(x, name);
    if (text.ptr == NULL || text.len == 0) {
        *out = fallback;
        return true;
    }
    uint64_t value;
    if (!cos_span_u64(text, &value)) {
        service_refuse_saying(x, "InvalidArgument", "%s must be a number from 0 on", name);
        return false;
    }
    *out = value < max ? (unsigned)value : max; /* clamped: cos-wire.md s.2.0, Limits [U] */
    return true;
}

bool service_encoding_param(struct cosmock_exchange *x, bool *is_url)
{
    enum word word;
    bool is_read = choice_read(x, CHOICE_ENCODING_TYPE, &word);
    *is_url = word == WORD_URL;
    return is_read;
}

/* One character, which in UTF-8 is one byte and the continuation bytes behind it. */
static bool is_one_character(struct cos_span s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (((unsigned char)s.ptr[i] & 0xC0) != 0x80) {
            return false;
        }
    }
    return true;
}

bool service_delimiter_param(struct cosmock_exchange *x, struct cos_span *out)
{
    *out = service_param(x, "delimiter");
    if (!is_one_character(*out)) {
        service_refuse(x, "InvalidDelimiter"); /* cos-wire.md s.2.1, List Objects v1 */
        return false;
    }
    return true;
}

struct cos_span service_param(struct cosmock_exchange *x, const char *name)
{
    struct cos_span value = param_value(x, name);
    return value.ptr == NULL ? COS_SPAN_EMPTY : value;
}

bool service_forbids_overwrite(struct cosmock_exchange *x)
{
    enum word word;
    return choice_read(x, CHOICE_FORBID_OVERWRITE, &word) && word == WORD_TRUE;
}

static bool is_one_of(const char *name, const char *names)
{
    struct cos_span rest = cos_span_of(names);
    while (rest.len > 0) {
        if (cos_span_eq_str(cos_span_cut(&rest, '|'), name)) {
            return true;
        }
    }
    return false;
}

struct cos_xml *service_xml_read(struct cosmock_exchange *x, const char *roots)
{
    struct cos_xml_limits limits = COS_XML_LIMITS_DEFAULT;
    struct cos_text_error err;
    struct cos_xml *document = NULL;
    if (x->body.small.len == 0) {
        service_refuse(x, "MissingRequestBodyError");
        return NULL;
    }
    if (cos_xml_parse(&document, cos_buf_view(&x->body.small), &limits, &err) < 0 ||
        !is_one_of(cos_xml_name(document), roots)) {
        service_refuse(x, "MalformedXML");
        return cos_xml_free(document);
    }
    return document;
}

/* cos-wire.md s.5.28 */
struct cos_span service_location(struct cosmock_exchange *x)
{
    const struct bucket *bucket = x->target.at.bucket;
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    cos_buf_str(&b, "http://");
    if (x->route.is_path_style) {
        cos_buf_printf(&b, "%s.cos.%s.myqcloud.com", bucket->name, bucket->region);
    } else {
        cos_buf_span(&b, x->parts.host_name);
    }
    cos_buf_ch(&b, '/');
    xml_out_percent(&b, x->route.key);
    x->failed = x->failed || b.failed;
    struct cos_span location = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return location;
}

void service_etag_header(struct cosmock_exchange *x, struct cos_span etag)
{
    const struct cos_span quoted[] = {COS_SPAN_LIT("\""), etag, COS_SPAN_LIT("\"")};
    result_header(x, "ETag", cos_arena_join(&x->arena, quoted, COS_ARRAY_LEN(quoted)));
}

void service_digest_headers(struct cosmock_exchange *x, struct cos_span etag, uint64_t crc64)
{
    char digits[20];
    service_etag_header(x, etag);
    result_header_of(x, HEADER_CRC64, cos_arena_span(&x->arena, cos_decimal(digits, crc64)));
}

struct cos_buf *service_xml(struct cosmock_exchange *x)
{
    struct cos_buf *b = &x->result.body;
    cos_buf_deinit(b);
    cos_buf_init(b, XML_MAX_BYTES);
    cos_buf_str(b, "<?xml version='1.0' encoding='utf-8' ?>\n");
    return b;
}

void service_xml_date(struct cosmock_exchange *x, const char *element, enum date_place place,
                      int64_t unix_ms)
{
    char text[25] = "";
    switch (x->service->dates[place]) {
    case DATE_ISO:
        cos_date_iso(text, unix_ms / 1000);
        break;
    case DATE_ISO_MS:
        cos_date_iso_ms(text, unix_ms - unix_ms % 1000); /* the service shows whole seconds */
        break;
    case DATE_NONE:
        break;
    }
    xml_out_text(&x->result.body, element, cos_span_of(text));
}

int service_xml_done(struct cosmock_exchange *x)
{
    if (x->result.body.failed || x->arena.failed) {
        return -1;
    }
    x->result.status = 200;
    x->result.content_type = "application/xml";
    return 0;
}

void service_xml_person(struct cos_buf *b, const char *element, const char *owner_uin,
                        const char *uin)
{
    cos_buf_printf(b, "<%s><ID>qcs::cam::uin/%s:uin/%s</ID>", element, owner_uin, uin);
    cos_buf_printf(b, "<DisplayName>%s</DisplayName></%s>", uin, element);
}
