/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls on one object (and HEAD of the bucket, deletion of many). What is sent carries
 * Content-MD5; what comes back is compared with what was sent: an ETag that looks like an MD5,
 * and the CRC-64 whenever the service gives one.
 *
 * A GET that breaks off goes on where it stopped, held to the same version by If-Match. A HEAD
 * that is refused says no more than its status, so the reason is asked for with a one-byte GET:
 * "bad signature" and "policy denies" are different errors to a user.
 * Sources: cos-wire.md s.2.0 (ETag, CRC-64, ranges, forbid-overwrite), s.2.1; fluss-plugin.md
 * s.6.4, F12.
 */
#include "client/call.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"

#include <inttypes.h>
#include <strings.h>

static bool header_u64(const struct cosn_http_reply *reply, const char *name, uint64_t *out)
{
    const char *text = cosn_http_reply_header(reply, name);
    return text != NULL && cos_span_u64(cos_span_trim(cos_span_of(text)), out);
}

static void copy_etag(char out[80], const char *text)
{
    struct cos_span s = cos_span_trim(cos_span_of(text));
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"') {
        s = cos_span_sub(s, 1, s.len - 2);
    }
    (void)snprintf(out, 80, COS_SPAN_FMT, COS_SPAN_ARG(s));
}

void object_of_headers(struct client_object *out, const struct cosn_http_reply *reply)
{
    memset(out, 0, sizeof(*out));
    uint64_t length = 0;
    if (header_u64(reply, "Content-Length", &length) && length <= INT64_MAX) {
        out->length_bytes = (int64_t)length;
    }
    const char *modified = cosn_http_reply_header(reply, "Last-Modified");
    int64_t modified_unix_s = 0;
    if (modified != NULL && cos_date_http_parse(cos_span_of(modified), &modified_unix_s)) {
        out->mtime_unix_ms = modified_unix_s * 1000;
    }
    copy_etag(out->etag, cosn_http_reply_header(reply, "ETag"));
    out->has_crc64 = header_u64(reply, "x-cos-hash-crc64ecma", &out->crc64);
}

/* --- HEAD --- */

static int discard(void *ctx, const void *bytes, size_t n)
{
    (void)ctx;
    (void)bytes;
    (void)n;
    return 0;
}

/* Ask the same question with a GET, whose refusal has a body. @err is replaced only by an
 * answer of the same kind. True: the reason is gone, because the GET found a remedy for it. */
static bool explain_refusal(struct client *c, const char *key, struct cosn_error *err)
{
    static const struct sign_pair one_key[] = {{"max-keys", "1"}};
    struct call probe = {
        .op = key == NULL ? "GetBucket" : "GetObject",
        .method = "GET",
        .key = key,
        .params = key == NULL ? one_key : NULL,
        .n_params = key == NULL ? 1 : 0,
        .on_body = discard,
    };
    if (key != NULL) {
        call_header(&probe, "Range", "bytes=0-0");
    }
    struct cosn_error reason = COSN_ERROR_INIT;
    int r = client_call(c, &probe, &reason);
    if ((r == COSN_E_DENIED || r == COSN_E_EXPIRED) && reason.code[0] != '\0') {
        *err = reason;
        return false;
    }
    return probe.remedies != 0;
}

static bool is_unexplained(const struct cosn_error *err)
{
    return err->code[0] == '\0' &&
           (err->http_status == 400 || err->http_status == 401 || err->http_status == 403);
}

static int check_head(void *ctx, const struct cosn_http_reply *reply, const struct cos_xml *doc,
                      struct cosn_error *err)
{
    (void)doc;
    struct client_object *out = ctx;
    (void)err;
    object_of_headers(out, reply);
    return 0;
}

static int head(struct client *c, struct call *call, struct cosn_error *err)
{
    struct cosn_error now = COSN_ERROR_INIT;
    int r = client_call(c, call, &now);
    if (r < 0 && is_unexplained(&now) && explain_refusal(c, call->key, &now)) {
        r = client_call(c, call, &now);
    }
    if (r == 0) {
        return 0;
    }
    return fail_again(err, &now);
}

int client_head(struct client *c, const char *key, struct client_object *out,
                struct cosn_error *err)
{
    struct client_object got = {0};
    struct call call = {
        .op = "HeadObject", .method = "HEAD", .key = key, .check = check_head, .ctx = &got};
    int r = head(c, &call, err);
    if (r == 0) {
        *out = got;
    }
    return r;
}

bool object_holds(struct client *c, const struct call *call, int64_t length_bytes,
                  uint64_t crc64)
{
    struct client_object there = {0};
    struct call look = {.op = "HeadObject",
                        .method = "HEAD",
                        .key = call->key,
                        .check = check_head,
                        .ctx = &there,
                        .is_glance = call->is_glance};
    return client_call(c, &look, /* err= */ NULL) == 0 && there.has_crc64 &&
           there.crc64 == crc64 && (length_bytes < 0 || there.length_bytes == length_bytes);
}

int client_head_bucket(struct client *c, struct cosn_error *err)
{
    struct call call = {.op = "HeadBucket", .method = "HEAD"};
    return head(c, &call, err);
}

/* --- GET --- */

struct get_state {
    const struct client_range *asked;
    size_t got;        /* handed on, over all attempts */
    size_t got_before; /* of them, before this attempt */
    bool is_too_long, is_stopped;
    uint64_t crc64; /* of what was handed on */
    char etag_quoted[96];
    char range[64];
    struct client_object object;
    const struct call *call;
    bool is_refused; /* by its head: the reason is beside */
    struct cosn_error refusal;
};

static void prepare_get(void *ctx, struct call *call)
{
    struct get_state *s = ctx;
    s->got_before = s->got;
    int64_t first = s->asked->offset + (int64_t)s->got;
    int64_t last = s->asked->offset + (int64_t)s->asked->n - 1;
    (void)snprintf(s->range, sizeof(s->range), "bytes=%" PRId64 "-%" PRId64, first,
                   last < first ? first : last);
    call->n_headers = 0;
    call_header(call, "Range", s->range);
    if (s->asked->if_match != NULL && s->asked->if_match[0] != '\0') {
        (void)snprintf(s->etag_quoted, sizeof(s->etag_quoted), "\"%s\"", s->asked->if_match);
        call_header(call, "If-Match", s->etag_quoted);
    }
}

static int take_body(void *ctx, const void *bytes, size_t n)
{
    struct get_state *s = ctx;
    if (n > s->asked->n - s->got) {
        s->is_too_long = true;
        return -1;
    }
    s->crc64 = cos_crc64(s->crc64, bytes, n);
    s->got += n;
    if (s->asked->on_body(s->asked->ctx, bytes, n) != 0) {
        s->is_stopped = true;
        return -1;
    }
    return 0;
}

/* "bytes 0-99/1234" */
static bool parse_content_range(const char *text, int64_t *first, int64_t *last, int64_t *total)
{
    struct cos_span s = cos_span_trim(cos_span_of(text));
    if (!cos_span_starts(s, COS_SPAN_LIT("bytes "))) {
        return false;
    }
    struct cos_span rest = cos_span_from(s, strlen("bytes "));
    struct cos_span range = cos_span_cut(&rest, '/');
    struct cos_span a = cos_span_cut(&range, '-');
    return rest.ptr != NULL && range.ptr != NULL && cos_span_i64(a, first) &&
           cos_span_i64(range, last) && cos_span_i64(rest, total) && *first >= 0 &&
           *last >= *first && *total > *last;
}

/* Whether a head announces what was asked for: the range, of the version that is held. */
static int check_range(struct get_state *s, const struct cosn_http_reply *reply,
                       int64_t *out_bytes, struct cosn_error *err)
{
    int64_t start = s->asked->offset + (int64_t)s->got_before;
    object_of_headers(&s->object, reply);
    if (s->asked->if_match != NULL && s->asked->if_match[0] != '\0' &&
        strcmp(s->asked->if_match, s->object.etag) != 0) {
        return fail(err, COSN_E_PROTOCOL, "asked for the version %s, the answer's ETag is %s",
                    s->asked->if_match, s->object.etag);
    }
    if (reply->status == 206) {
        int64_t first = 0, last = 0, total = 0;
        const char *text = cosn_http_reply_header(reply, "Content-Range");
        if (text == NULL || !parse_content_range(text, &first, &last, &total) ||
            first != start || last >= s->asked->offset + (int64_t)s->asked->n) {
            return fail(err, COSN_E_PROTOCOL,
                        "asked for %s, the answer's Content-Range is '%.80s'", s->range,
                        text == NULL ? "absent" : text);
        }
        s->object.length_bytes = total;
        *out_bytes = last - first + 1;
        return 0;
    }
    if (start != 0) {
        return fail(err, COSN_E_PROTOCOL, "asked for %s, the answer's status is %d", s->range,
                    reply->status);
    }
    *out_bytes = s->object.length_bytes;
    return 0;
}

/* Before a byte is taken: a page of somebody else must not become the beginning of a file that
 * a repetition completes. */
static int take_head(void *ctx, const struct cosn_http_reply *reply)
{
    struct get_state *s = ctx;
    int64_t bytes = 0;
    int r = shape_check(s->call, reply, /* doc= */ NULL, &s->refusal);
    r = r < 0 ? r : check_range(s, reply, &bytes, &s->refusal);
    s->is_refused = r < 0;
    s->refusal.http_status = reply->status;
    return r;
}

static int check_get(void *ctx, const struct cosn_http_reply *reply, const struct cos_xml *doc,
                     struct cosn_error *err)
{
    (void)doc;
    struct get_state *s = ctx;
    int64_t bytes = 0;
    int r = check_range(s, reply, &bytes, err);
    if (r < 0) {
        return r;
    }
    if ((int64_t)(s->got - s->got_before) != bytes) {
        r = fail(err, COSN_E_NET, "the body of %s ended early", s->range);
        if (err != NULL) {
            err->retryable = true;
        }
        return r;
    }
    bool is_whole = s->asked->offset == 0 && (int64_t)s->got == s->object.length_bytes;
    if (is_whole && s->object.has_crc64 && s->object.crc64 != s->crc64) {
        return fail_detail(err, COSN_E_PROTOCOL, COSN_D_CHECKSUM,
                           "the body's CRC-64 is %" PRIu64 ", the service announced %" PRIu64,
                           s->crc64, s->object.crc64);
    }
    return 0;
}

int client_get(struct client *c, const struct client_range *range, struct client_object *out,
               struct cosn_error *err)
{
    struct get_state s = {.asked = range};
    struct call call = {
        .op = "GetObject",
        .method = "GET",
        .key = range->key,
        .prepare = prepare_get,
        .on_body = take_body,
        .on_head = take_head,
        .check = check_get,
        .ctx = &s,
    };
    s.call = &call;
    struct cosn_error now = COSN_ERROR_INIT;
    int r = client_call(c, &call, &now);
    if (r < 0 && s.is_too_long) {
        (void)fail(&s.refusal, COSN_E_PROTOCOL, "the body is longer than the range %s",
                   s.range);
    }
    if (r < 0 && (s.is_too_long || s.is_refused)) {
        fail_prefix(&s.refusal, "GetObject cosn://%s/%.120s", c->bucket, range->key);
        now = s.refusal;
        r = now.status;
    }
    if (r < 0) {
        if (err != NULL) {
            *err = now;
        }
        return r;
    }
    if (out != NULL) {
        *out = s.object;
    }
    return 0;
}

/* --- PUT --- */

int upload_sum_of(struct upload_sum *out, const void *bytes, size_t n, struct cosn_error *err)
{
    uint8_t md5[COS_MD5_BYTES];
    cos_md5(md5, bytes, n);
    cos_hex_encode(out->md5_hex, md5, sizeof(md5));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text = {0};
    cos_buf_init(&text, sizeof(out->md5_base64));
    cos_base64_append(&text, md5, sizeof(md5));
    if (text.failed) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    (void)snprintf(out->md5_base64, sizeof(out->md5_base64), "%s", cos_buf_cstr(&text));
    out->crc64 = cos_crc64(0, bytes, n);
    return 0;
}

static bool is_hex(const char *s)
{
    return strspn(s, "0123456789abcdefABCDEF") == strlen(s);
}

/* An ETag is an MD5 only when it is 32 hex digits and the service did not encrypt (cos-wire.md
 * s.2.0). */
static bool is_md5_etag(const char *etag, const struct cosn_http_reply *reply)
{
    return strlen(etag) == 32 && is_hex(etag) &&
           cosn_http_reply_header(reply, "x-cos-server-side-encryption") == NULL &&
           cosn_http_reply_header(reply, "x-cos-server-side-encryption-customer-algorithm") ==
               NULL;
}

int upload_sum_check(const struct upload_sum *sum, const struct cosn_http_reply *reply,
                     struct cosn_error *err)
{
    struct client_object stored;
    object_of_headers(&stored, reply);
    if (is_md5_etag(stored.etag, reply) && strcasecmp(stored.etag, sum->md5_hex) != 0) {
        return fail_detail(err, COSN_E_PROTOCOL, COSN_D_CHECKSUM,
                           "sent a body with MD5 %s, the service stored %s", sum->md5_hex,
                           stored.etag);
    }
    if (stored.has_crc64 && stored.crc64 != sum->crc64) {
        return fail_detail(err, COSN_E_PROTOCOL, COSN_D_CHECKSUM,
                           "sent a body with CRC-64 %" PRIu64 ", the service stored %" PRIu64,
                           sum->crc64, stored.crc64);
    }
    return 0;
}

static int check_put(void *ctx, const struct cosn_http_reply *reply, const struct cos_xml *doc,
                     struct cosn_error *err)
{
    (void)doc;
    return upload_sum_check(ctx, reply, err);
}

/* "Exists" after a repeated PUT may be our own first attempt, whose answer was lost. */
static bool is_stored(void *ctx, struct client *c, const struct call *call)
{
    const struct upload_sum *sum = ctx;
    return object_holds(c, call, (int64_t)call->body_bytes, sum->crc64);
}

int client_put(struct client *c, const char *key, const void *bytes, size_t n,
               bool forbid_overwrite, struct cosn_error *err)
{
    struct upload_sum sum = {0};
    int r = upload_sum_of(&sum, bytes, n, err);
    if (r < 0) {
        return r;
    }
    struct call call = {
        .op = "PutObject",
        .method = "PUT",
        .key = key,
        .body = n == 0 ? NULL : bytes,
        .body_bytes = n,
        .forbids_overwrite = forbid_overwrite,
        .check = check_put,
        .settled = is_stored,
        .ctx = &sum,
    };
    call_header(&call, "Content-MD5", sum.md5_base64);
    if (forbid_overwrite) {
        call_header(&call, "x-cos-forbid-overwrite", "true");
    }
    return client_call(c, &call, err);
}

/* --- DELETE --- */

int client_delete(struct client *c, const char *key, struct cosn_error *err)
{
    struct call call = {.op = "DeleteObject", .method = "DELETE", .key = key};
    struct cosn_error now = COSN_ERROR_INIT;
    int r = client_call(c, &call, &now);
    if (r == COSN_E_NOT_FOUND && now.detail != COSN_D_NO_BUCKET) {
        return 0; /* gone is gone */
    }
    if (r < 0 && err != NULL) {
        *err = now;
    }
    return r;
}

static void delete_document(struct cos_buf *b, const char *const keys[], size_t n)
{
    cos_buf_str(b, "<Delete><Quiet>true</Quiet>");
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(b, "<Object><Key>");
        cos_xml_escape(b, cos_span_of(keys[i]));
        cos_buf_str(b, "</Key></Object>");
    }
    cos_buf_str(b, "</Delete>");
}

struct delete_state {
    const char *const *keys;
    size_t n;
};

static bool was_to_be_deleted(const struct delete_state *s, const char *key)
{
    size_t i = 0;
    while (i < s->n && (key == NULL || strcmp(s->keys[i], key) != 0)) {
        i++;
    }
    return i < s->n;
}

static int refuse_key(const struct cos_xml *refused, const struct cosn_http_reply *reply,
                      struct cosn_error *err)
{
    const char *code = cos_xml_child_text(refused, "Code");
    const char *key = cos_xml_child_text(refused, "Key");
    bool is_denied = code != NULL && strcmp(code, "AccessDenied") == 0;
    int r = fail(err, is_denied ? COSN_E_DENIED : COSN_E_IO, "key '%.120s' was not deleted: %s",
                 key == NULL ? "" : key, code == NULL ? "no code given" : code);
    if (err != NULL) {
        err->http_status = is_denied ? 403 : 200;
        err->retryable = code != NULL &&
                         (strcmp(code, "InternalError") == 0 || strcmp(code, "SlowDown") == 0);
        (void)snprintf(err->code, sizeof(err->code), "%s", code == NULL ? "" : code);
        const char *id = cosn_http_reply_header(reply, "x-cos-request-id");
        (void)snprintf(err->request_id, sizeof(err->request_id), "%s", id == NULL ? "" : id);
    }
    return r;
}

/* Every key it speaks of was asked for; the first that is still there is the error. What was
 * not there before is as good as deleted. */
static int check_delete_many(void *ctx, const struct cosn_http_reply *reply,
                             const struct cos_xml *doc, struct cosn_error *err)
{
    const struct delete_state *s = ctx;
    const struct cos_xml *refused = NULL;
    for (const struct cos_xml *e = cos_xml_first(doc); e != NULL; e = cos_xml_next(e)) {
        bool is_error = strcmp(cos_xml_name(e), "Error") == 0;
        const char *key = cos_xml_child_text(e, "Key");
        const char *code = cos_xml_child_text(e, "Code");
        if (!is_error && strcmp(cos_xml_name(e), "Deleted") != 0) {
            continue;
        }
        if (!was_to_be_deleted(s, key)) {
            return fail(err, COSN_E_PROTOCOL,
                        "the reply is about the key '%.120s', which was not to be deleted",
                        key == NULL ? "" : key);
        }
        if (is_error && refused == NULL && (code == NULL || strcmp(code, "NoSuchKey") != 0)) {
            refused = e;
        }
    }
    return refused == NULL ? 0 : refuse_key(refused, reply, err);
}

int client_delete_many(struct client *c, const char *const keys[], size_t n,
                       struct cosn_error *err)
{
    static const struct sign_pair params[] = {{"delete", ""}};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf body = {0};
    cos_buf_init(&body, 16u << 20);
    delete_document(&body, keys, n);
    if (body.failed) {
        return fail(err, COSN_E_NOMEM, "no memory for a list of %zu keys", n);
    }
    struct upload_sum sum = {0};
    int r = upload_sum_of(&sum, body.ptr, body.len, err);
    if (r < 0) {
        return r;
    }
    struct delete_state state = {keys, n};
    struct call call = {
        .op = "DeleteMultipleObjects",
        .method = "POST",
        .params = params,
        .n_params = COS_ARRAY_LEN(params),
        .body = body.ptr,
        .body_bytes = body.len,
        .check = check_delete_many,
        .ctx = &state,
    };
    call_header(&call, "Content-MD5", sum.md5_base64);
    call_header(&call, "Content-Type", "application/xml");
    return client_call(c, &call, err);
}

/* --- copy --- */

int client_copy(struct client *c, const char *from_key, const char *to_key,
                struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf source = {0};
    cos_buf_init(&source, 16u << 10);
    cos_buf_str(&source, c->host);
    cos_buf_ch(&source, '/');
    uri_encode_path(&source, cos_span_of(from_key));
    if (source.failed) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    struct call call = {.op = "PutObjectCopy", .method = "PUT", .key = to_key};
    call_header(&call, "x-cos-copy-source", cos_buf_cstr(&source));
    return client_call(c, &call, err);
}
