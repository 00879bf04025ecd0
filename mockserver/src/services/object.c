/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetObject, HeadObject, PutObject, DeleteObject (cos-wire.md s.2.1). A GET
 * takes a reference and says which bytes; it copies nothing.
 */
#include "services/handlers.h"

#include "cosbase/codec.h"
#include "exchange/work.h"
#include "services/condition.h"
#include "services/encryption.h"
#include "services/object.h"
#include "services/reads.h"
#include "services/replication.h"
#include "services/restore.h"
#include "services/retention.h"
#include "services/service.h"
#include "services/stored.h"
#include "services/tier.h"

#define SHA256_MAX_BYTES ((uint64_t)1 << 20) /* larger bodies: the journal has no digest */

/* --- reading --- */

struct read_headers {
    struct conditions conditions;
    struct cos_span range, if_range;
};

/* One walk over the headers instead of one per name: this is the path every
 * GET takes. The first of a name counts. */
static void read_headers(const struct cosmock_exchange *x, struct read_headers *out)
{
    static const struct {
        struct cos_span name;
        size_t offset;
    } wanted[] = {
        {{"range", 5}, offsetof(struct read_headers, range)},
        {{"if-range", 8}, offsetof(struct read_headers, if_range)},
        {{"if-match", 8}, offsetof(struct read_headers, conditions.if_match)},
        {{"if-none-match", 13}, offsetof(struct read_headers, conditions.if_none_match)},
        {{"if-modified-since", 17},
         offsetof(struct read_headers, conditions.if_modified_since)},
        {{"if-unmodified-since", 19},
         offsetof(struct read_headers, conditions.if_unmodified_since)},
    };
    *out = (struct read_headers){0};
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        const struct header *h = &x->parts.headers[i];
        char initial = (char)(h->name.len == 0 ? '\0' : h->name.ptr[0] | 0x20);
        if (initial != 'i' && initial != 'r') {
            continue;
        }
        for (size_t j = 0; j < COS_ARRAY_LEN(wanted); j++) {
            struct cos_span *value =
                (struct cos_span *)(void *)((char *)out + wanted[j].offset);
            if (value->ptr == NULL && cos_span_eq_nocase(h->name, wanted[j].name)) {
                *value = h->value;
            }
        }
    }
}

static const char disposition[] = "Content-Disposition";

/* response-content-type and its like (GET Object document). */
static const struct {
    const char *param, *header;
} overrides[] = {
    {"response-content-type", "Content-Type"},
    {"response-content-language", "Content-Language"},
    {"response-expires", "Expires"},
    {"response-cache-control", "Cache-Control"},
    {"response-content-disposition", disposition},
    {"response-content-encoding", "Content-Encoding"},
};

static bool has_override(const struct cosmock_exchange *x)
{
    for (size_t i = 0; x->parts.n_params > 0 && i < COS_ARRAY_LEN(overrides); i++) {
        if (param_value(x, overrides[i].param).len > 0) {
            return true;
        }
    }
    return false;
}

/* Only on signed requests; that the others are refused is [U]: cos-wire.md s.5.30. */
static bool overrides_check(struct cosmock_exchange *x)
{
    if (x->principal.who.kind == CAM_ANONYMOUS && has_override(x)) {
        service_refuse_saying(x, "InvalidRequest",
                              "Request specific response headers cannot be used for anonymous "
                              "GET requests");
        return false;
    }
    return true;
}

/* Buckets made since 2024 let nothing be shown that comes through a host of COS. */
static bool is_download(const struct cosmock_exchange *x)
{
    return !x->route.is_domain && SWITCH_IS(x->tenant, FORCE_DOWNLOAD, ON);
}

/* Packages of applications may not come that way at all: 436/57456. */
static bool download_check(struct cosmock_exchange *x)
{
    struct cos_span key = x->route.key;
    struct cos_span end = key.len < 4 ? COS_SPAN_EMPTY : cos_span_from(key, key.len - 4);
    if (is_download(x) && (cos_span_eq_nocase(end, COS_SPAN_LIT(".apk")) ||
                           cos_span_eq_nocase(end, COS_SPAN_LIT(".ipa")))) {
        service_refuse(x, "DownloadForbidden");
        return false;
    }
    return true;
}

static void overrides_add(struct cosmock_exchange *x)
{
    for (size_t i = 0; x->parts.n_params > 0 && i < COS_ARRAY_LEN(overrides); i++) {
        struct cos_span value = param_value(x, overrides[i].param);
        bool is_forced = is_download(x) && overrides[i].header == disposition;
        if (value.len > 0 && !is_forced) {
            result_header(x, overrides[i].header, value);
        }
    }
}

static void download_add(struct cosmock_exchange *x)
{
    if (is_download(x)) {
        result_header_of(x, HEADER_FORCE_DOWNLOAD, COS_SPAN_LIT("true"));
        result_header(x, disposition, COS_SPAN_LIT("attachment"));
    }
}

static bool range_apply(struct cosmock_exchange *x, const struct object *o,
                        struct cos_span range)
{
    struct result *out = &x->result;
    unsigned long long size = o->bytes;
    switch (range_read(range, o->bytes, &out->first, &out->count)) {
    case RANGE_WHOLE:
        out->status = 200;
        return true;
    case RANGE_PART:
        out->status = 206;
        result_header(x, "Content-Range",
                      cos_arena_printf(&x->arena, "bytes %llu-%llu/%llu",
                                       (unsigned long long)out->first,
                                       (unsigned long long)(out->first + out->count - 1),
                                       size));
        return true;
    case RANGE_UNSATISFIABLE:
        break;
    }
    result_header(x, "Content-Range", cos_arena_printf(&x->arena, "bytes */%llu", size));
    service_refuse(x, "InvalidRange");
    return false;
}

/* The range asked for; none when the client has parts of another object (RFC 9110 s.13.1.5). */
static struct cos_span range_of(struct cosmock_exchange *x, const struct read_headers *sent,
                                const struct object *o)
{
    bool holds = sent->if_range.ptr == NULL ||
                 if_range_holds(sent->if_range, o->etag, o->mtime_unix_ms) ||
                 SWITCH_IS(x->tenant, IF_RANGE, IGNORE);
    return holds ? sent->range : (struct cos_span){NULL, 0};
}

/* True: x->result says what to send of @o. Conditions are for what would be sent without them,
 * ranges for what they let pass: RFC 9110 s.13.2.1, s.13.2.2. */
static bool answer_read(struct cosmock_exchange *x, const struct object *o, bool is_head)
{
    struct read_headers sent;
    read_headers(x, &sent);
    if (!is_head && (!stored_readable_check(x, &x->target.at, o) || !overrides_check(x) ||
                     !download_check(x))) {
        return false;
    }
    switch (conditions_judge(&sent.conditions, o->etag, o->mtime_unix_ms)) {
    case CONDITION_FAILED:
        service_refuse(x, "PreconditionFailed");
        return false;
    case CONDITION_NOT_MODIFIED:
        x->result.status = 304;
        x->result.first = 0;
        x->result.count = 0;
        return true;
    case CONDITION_PASS:
        break;
    }
    if (is_head) {
        return range_apply(x, o, (struct cos_span){NULL, 0});
    }
    if (!range_apply(x, o, range_of(x, &sent, o))) {
        return false;
    }
    download_add(x);
    overrides_add(x);
    return true;
}

/*
 * The first and the last byte, which a file that fails or ends too early does not give: behind
 * the head of an answer there is only cutting. What lies in memory is there.
 */
static bool bytes_check(struct cosmock_exchange *x, const struct object *o)
{
    const struct result *r = &x->result;
    const struct blob *b = o->row->blob;
    const uint64_t ends[] = {r->first, r->first + r->count - 1};
    int64_t got = 0;
    for (size_t i = 0; got >= 0 && r->count > 0 && i < COS_ARRAY_LEN(ends); i++) {
        char byte;
        got = blob_chunk(b, ends[i]) == NULL ? 0 : blob_read(b, ends[i], &byte, 1);
    }
    if (got < 0) {
        service_refuse_reading(x, (int)got);
    }
    return got >= 0;
}

static void explain_link(struct cosmock_exchange *x, const struct found_object *found)
{
    if (found->link.row != NULL) {
        x->identity.detail =
            cos_arena_printf(&x->arena,
                             "the link leads to '" COS_SPAN_FMT "', and that is none",
                             COS_SPAN_ARG(found->points_to));
    }
}

static void marker_header(struct cosmock_exchange *x, const struct found_object *found)
{
    if (found->why != STORE_NO_KEY || found->link.row != NULL ||
        SWITCH_IS(x->tenant, MARKER_HEADER, LEFT_OUT)) {
        return;
    }
    const struct store_bucket b = service_stored(x);
    struct object marker = {.row = NULL};
    if (found->is_marker ||
        versions_get_marker(x->tenant->rows, &b, x->route.key, &marker) == STORE_OK) {
        result_header_of(x, HEADER_DELETE_MARKER, COS_SPAN_LIT("true"));
    }
    (void)row_unref(marker.row);
}

/* What has tiers has no class to leave for another one by how often it is read. */
static int note_read(struct cosmock_exchange *x, const struct object *o)
{
    return tier_is_noted(o) ? tier_read(x, o) : reads_note(x, o);
}

static int read_object(struct cosmock_exchange *x, bool is_head)
{
    if (service_bucket(x) == NULL) {
        return service_stop(x);
    }
    const struct found_object *found = &x->target.object;
    if (found->object.row == NULL) {
        explain_link(x, found);
        marker_header(x, found);
        return service_refuse_store(x, found->why);
    }
    if (!encryption_permits_read(x, &found->object, is_head) ||
        !answer_read(x, &found->object, is_head) ||
        (!is_head && !bytes_check(x, &found->object))) {
        return service_stop(x);
    }
    restore_headers(x, &found->object);
    retention_headers(x, &found->object);
    tier_header(x, &found->object);
    x->result.object = &found->object;
    if (x->arena.failed) {
        return -1;
    }
    return is_head || x->result.status == 304 ? 0 : note_read(x, &found->object);
}

int op_get_object(struct cosmock_exchange *x)
{
    return read_object(x, /* is_head= */ false);
}

int op_head_object(struct cosmock_exchange *x)
{
    return read_object(x, /* is_head= */ true);
}

/* --- writing --- */

/* It is hashed once more. */
bool body_is_long(const struct cosmock_exchange *x)
{
    return x->body.received >= WORK_MIN_BYTES && header_of(x, HEADER_CONTENT_SHA1).len > 0;
}

static bool digest_for_journal(struct cosmock_exchange *x)
{
    const struct blob *body = x->body.blob;
    char hex[2 * COS_SHA256_BYTES + 1];
    size_t n;
    const void *bytes = blob_peek(body, 0, &n);
    if (blob_bytes(body) > SHA256_MAX_BYTES) {
        return true;
    }
    if (n == blob_bytes(body) && x->sealing == NULL) { /* one segment, or none */
        cos_sha256_hex(hex, bytes == NULL ? "" : bytes, n);
    } else {
        uint8_t raw[COS_DIGEST_MAX_BYTES];
        if (!service_digest_body(x, COS_SHA256, raw)) {
            return false;
        }
        cos_hex_encode(hex, raw, COS_SHA256_BYTES);
    }
    x->stored_sha256 = cos_arena_span(&x->arena, cos_span_of(hex));
    return true;
}

static int put(struct cosmock_exchange *x, struct cos_span etag,
               const struct stored_headers *stored)
{
    const struct store_bucket b = service_stored(x);
    struct batch *batch = batch_new();
    if (batch == NULL) {
        return -1;
    }
    enum store_result locked = retention_check(x, &b, x->route.key, batch);
    if (locked != STORE_OK) {
        return service_commit_filled(x, batch, locked);
    }
    struct object_draft draft = service_draft(x);
    draft.blob = blob_ref(x->body.blob);
    draft.etag = etag;
    draft.crc64 = x->body.crc64;
    draft.headers = stored->items;
    draft.n_headers = stored->n;
    draft.facets = stored->facets;
    draft.forbids_overwrite = service_forbids_overwrite(x);
    const struct replication_rule *rule =
        replication_mark(x, &b, &draft, REPLICATION_OF_OBJECT);
    service_tell_written(x, &draft);
    struct version made;
    enum store_result r = objects_put(batch, x->tenant->rows, &b, &draft, &made);
    replication_note(x, batch, rule, draft.key, &made);
    service_version_header(x, &made);
    return service_commit_filled(x, batch, r);
}

int object_store(struct cosmock_exchange *x)
{
    struct stored_headers stored;
    if (!service_sha1_check(x) || !stored_collect(x, &stored) || !digest_for_journal(x)) {
        return service_stop(x);
    }
    struct cos_span etag = encryption_body_etag(x);
    stored.facets.of[FACET_SSE] = encryption_body_seal(x);
    service_digest_headers(x, etag, x->body.crc64);
    stored_echo(x, HEADER_ENCRYPTION, stored_value(&stored, HEADER_ENCRYPTION));
    encryption_tell_key(x);
    /* cos-operations-1.md s.1 */
    stored_echo(x, HEADER_STORAGE_CLASS, stored_value(&stored, HEADER_STORAGE_CLASS));
    return put(x, etag, &stored);
}

int op_put_object(struct cosmock_exchange *x)
{
    if (service_bucket(x) == NULL || !service_key_check(x)) {
        return service_stop(x);
    }
    /* half of an Upload Part must not become an object */
    if (param_get(x, "partNumber") != NULL) {
        return service_refuse_saying(x, "InvalidArgument", "partNumber without uploadId");
    }
    x->result.status = 200;
    return object_store(x);
}

/* --- deleting --- */

/* Where there are versions, what goes is covered by a marker, and a missing key gets one, too:
 * cos-operations-1.md s.2.2. */
static enum store_result cover(struct cosmock_exchange *x, const struct store_bucket *b,
                               struct batch *batch)
{
    struct object_draft marker = service_draft(x);
    struct version made = {0};
    const struct replication_rule *rule =
        replication_mark(x, b, &marker, REPLICATION_OF_MARKER);
    enum store_result r = retention_check(x, b, x->route.key, batch);
    if (r == STORE_OK) {
        r = objects_delete(batch, x->tenant->rows, b, &marker, &made);
        replication_note(x, batch, rule, marker.key, &made);
    }
    if (r == STORE_OK && made.is_marker) {
        result_header_of(x, HEADER_DELETE_MARKER, COS_SPAN_LIT("true"));
        service_version_echo(x, &made);
    }
    return r;
}

/* For good. That there is none is said of an id alone (switch). */
static enum store_result remove_version(struct cosmock_exchange *x,
                                        const struct store_bucket *b, struct batch *batch)
{
    struct object o;
    enum store_result r = versions_get(x->tenant->rows, b, x->route.key, x->target.version, &o);
    if (r == STORE_NO_VERSION && SWITCH_IS(x->tenant, DELETE_UNKNOWN_VERSION, SUCCEED)) {
        return STORE_OK;
    }
    if (r != STORE_OK) {
        return r;
    }
    r = retention_check_one(x, &o);
    if (r == STORE_OK) {
        r = versions_delete(batch, x->tenant->rows, b, &o);
    }
    if (o.version.is_marker) {
        result_header_of(x, HEADER_DELETE_MARKER, COS_SPAN_LIT("true"));
    }
    service_version_echo(x, &o.version);
    (void)row_unref(o.row);
    return r;
}

/* A missing key is deleted: cos-wire.md s.2.1. */
int op_delete_object(struct cosmock_exchange *x)
{
    if (service_bucket(x) == NULL) {
        return service_stop(x);
    }
    const struct store_bucket b = service_stored(x);
    struct batch *batch = batch_new();
    if (batch == NULL) {
        return -1;
    }
    x->result.status = 204;
    enum store_result r = x->target.version.kind == VERSION_LATEST
                              ? cover(x, &b, batch)
                              : remove_version(x, &b, batch);
    return service_commit_filled(x, batch, r);
}
