/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multipart upload. Each part is checked against its own MD5 and CRC-64, the whole against the
 * CRC-64 of all bytes.
 *
 * Completion is the one call whose repetition can lie: when its acknowledgement is lost, the
 * second attempt finds no such upload. So an unclear end is settled by looking: the object is
 * there with the expected CRC-64, or the upload failed. A 200 may also carry an <Error>, which
 * is a failure.
 * Sources: cos-wire.md s.2.1 (multipart rows), s.5 no. 13-15; fluss-plugin.md F10, F11.
 */
#include "client/page.h"

#include "cosbase/alloc.h"
#include "cosbase/xml.h"

#include <inttypes.h>

/* Whose upload it is. XML cannot carry every key, so one with control bytes is not compared. */
static int check_target(const struct client *c, const char *key, const struct cos_xml *root,
                        struct cosn_error *err)
{
    int r = page_check_echo("Bucket", cos_xml_child_text(root, "Bucket"), c->bucket, err);
    for (const char *p = key; r == 0 && *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20) {
            return 0;
        }
    }
    return r < 0 ? r : page_check_echo("Key", cos_xml_child_text(root, "Key"), key, err);
}

struct begin_state {
    const struct client *client;
    const char *key;
    char *upload_id;
};

static int check_begin(void *ctx, const struct cosn_http_reply *reply,
                       const struct cos_xml *root, struct cosn_error *err)
{
    (void)reply;
    struct begin_state *s = ctx;
    int r = check_target(s->client, s->key, root, err);
    if (r < 0) {
        return r;
    }
    const char *id = cos_xml_child_text(root, "UploadId");
    if (id == NULL || id[0] == '\0') {
        return fail(err, COSN_E_PROTOCOL, "the reply has no UploadId");
    }
    s->upload_id = cos_strdup(id);
    return s->upload_id == NULL ? fail(err, COSN_E_NOMEM, "out of memory") : 0;
}

int client_multipart_begin(struct client *c, const char *key, char **out_upload_id,
                           struct cosn_error *err)
{
    static const struct sign_pair params[] = {{"uploads", ""}};
    struct begin_state s = {.client = c, .key = key};
    struct call call = {
        .op = "InitiateMultipartUpload",
        .method = "POST",
        .key = key,
        .params = params,
        .n_params = COS_ARRAY_LEN(params),
        .check = check_begin,
        .ctx = &s,
    };
    int r = client_call(c, &call, err);
    if (r == 0) {
        *out_upload_id = s.upload_id;
    }
    return r;
}

struct part_state {
    const struct client_part *part;
    char number[16];
    struct upload_sum sum;
    char etag[80];
};

static int check_part(void *ctx, const struct cosn_http_reply *reply, const struct cos_xml *doc,
                      struct cosn_error *err)
{
    (void)doc;
    struct part_state *s = ctx;
    struct client_object stored;
    object_of_headers(&stored, reply);
    memcpy(s->etag, stored.etag, sizeof(s->etag));
    return upload_sum_check(&s->sum, reply, err);
}

/* Whether the list of one part shows it with the bytes that were sent. */
static int check_listed(void *ctx, const struct cosn_http_reply *reply,
                        const struct cos_xml *doc, struct cosn_error *err)
{
    (void)reply;
    struct part_state *s = ctx;
    const struct cos_xml *part = cos_xml_get(doc, "Part");
    const char *number = cos_xml_child_text(part, "PartNumber");
    const char *etag = cos_xml_child_text(part, "ETag");
    const char *size = cos_xml_child_text(part, "Size");
    bool is_it = number != NULL && etag != NULL && size != NULL &&
                 strcmp(number, s->number) == 0 && strstr(etag, s->sum.md5_hex) != NULL &&
                 strtoull(size, NULL, 10) == s->part->n;
    return is_it ? 0 : fail(err, COSN_E_NOT_FOUND, "the part is not listed");
}

/* What tencentyun's hadoop-cos does with a 409, too: ListParts (cos-wire.md s.5 no. 13). */
static bool is_part_there(void *ctx, struct client *c, const struct call *call)
{
    struct part_state *s = ctx;
    char before[16];
    (void)snprintf(before, sizeof(before), "%u", s->part->number - 1);
    struct sign_pair params[] = {{"uploadId", s->part->upload_id},
                                 {"max-parts", "1"},
                                 {"part-number-marker", before}};
    struct call look = {
        .op = "ListParts",
        .method = "GET",
        .key = call->key,
        .params = params,
        .n_params = COS_ARRAY_LEN(params),
        .check = check_listed,
        .ctx = s,
        .is_glance = call->is_glance,
    };
    if (client_call(c, &look, /* err= */ NULL) < 0) {
        return false;
    }
    (void)snprintf(s->etag, sizeof(s->etag), "%s", s->sum.md5_hex);
    return true;
}

int client_multipart_part(struct client *c, const struct client_part *part, char out_etag[80],
                          struct cosn_error *err)
{
    struct part_state s = {.part = part};
    int r = upload_sum_of(&s.sum, part->bytes, part->n, err);
    if (r < 0) {
        return r;
    }
    (void)snprintf(s.number, sizeof(s.number), "%u", part->number);
    struct sign_pair params[] = {{"partNumber", s.number}, {"uploadId", part->upload_id}};
    struct call call = {
        .op = "UploadPart",
        .method = "PUT",
        .key = part->key,
        .params = params,
        .n_params = COS_ARRAY_LEN(params),
        .body = part->bytes,
        .body_bytes = part->n,
        .check = check_part,
        .settled = is_part_there,
        .ctx = &s,
    };
    call_header(&call, "Content-MD5", s.sum.md5_base64);
    r = client_call(c, &call, err);
    if (r == 0) {
        memcpy(out_etag, s.etag, sizeof(s.etag));
    }
    return r;
}

struct complete_state {
    const struct client_completion *whole;
};

static int check_complete(void *ctx, const struct cosn_http_reply *reply,
                          const struct cos_xml *doc, struct cosn_error *err)
{
    (void)doc;
    const struct complete_state *s = ctx;
    struct client_object stored;
    object_of_headers(&stored, reply);
    if (!stored.has_crc64 || stored.crc64 != s->whole->crc64) {
        return fail_detail(err, COSN_E_PROTOCOL, COSN_D_CHECKSUM,
                           "sent parts with CRC-64 %" PRIu64
                           ", the service joined them to %" PRIu64,
                           s->whole->crc64, stored.crc64);
    }
    return 0;
}

static void complete_document(struct cos_buf *b, const struct client_completion *whole)
{
    cos_buf_str(b, "<CompleteMultipartUpload>");
    for (size_t i = 0; i < whole->n_parts; i++) {
        cos_buf_printf(b, "<Part><PartNumber>%zu</PartNumber><ETag>", i + 1);
        cos_xml_escape(b, cos_span_of(whole->etags[i]));
        cos_buf_str(b, "</ETag></Part>");
    }
    cos_buf_str(b, "</CompleteMultipartUpload>");
}

static bool has_landed(void *ctx, struct client *c, const struct call *call)
{
    const struct complete_state *s = ctx;
    return object_holds(c, call, /* length_bytes= */ -1, s->whole->crc64);
}

/* An answer that cannot be right (cut, without its marks) leaves it open, too; a wrong sum does
 * not. */
static bool is_unclear(const struct cosn_error *e)
{
    return e->status == COSN_E_PROTOCOL && e->detail != COSN_D_CHECKSUM;
}

static int send_complete(struct client *c, struct call *call, struct cosn_error *err)
{
    struct cosn_error now = COSN_ERROR_INIT;
    int r = client_call(c, call, &now);
    if (r < 0 && is_unclear(&now) && has_landed(call->ctx, c, call)) {
        return 0;
    }
    if (r < 0 && err != NULL) {
        *err = now;
    }
    return r;
}

int client_multipart_complete(struct client *c, const struct client_completion *whole,
                              struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf body = {0};
    cos_buf_init(&body, 4u << 20);
    complete_document(&body, whole);
    if (body.failed) {
        return fail(err, COSN_E_NOMEM, "no memory to complete an upload of %zu parts",
                    whole->n_parts);
    }
    struct complete_state s = {whole};
    struct sign_pair params[] = {{"uploadId", whole->upload_id}};
    struct call call = {
        .op = "CompleteMultipartUpload",
        .method = "POST",
        .key = whole->key,
        .params = params,
        .n_params = COS_ARRAY_LEN(params),
        .body = body.ptr,
        .body_bytes = body.len,
        .forbids_overwrite = whole->forbid_overwrite,
        .check = check_complete,
        .settled = has_landed,
        .ctx = &s,
    };
    call_header(&call, "Content-Type", "application/xml");
    if (whole->forbid_overwrite) {
        call_header(&call, "x-cos-forbid-overwrite", "true");
    }
    return send_complete(c, &call, err);
}

int client_multipart_abort(struct client *c, const char *key, const char *upload_id,
                           struct cosn_error *err)
{
    struct sign_pair params[] = {{"uploadId", upload_id}};
    struct call call = {
        .op = "AbortMultipartUpload",
        .is_cleanup = true,
        .method = "DELETE",
        .key = key,
        .params = params,
        .n_params = COS_ARRAY_LEN(params),
    };
    struct cosn_error now = COSN_ERROR_INIT;
    int r = client_call(c, &call, &now);
    if (r == COSN_E_NOT_FOUND && now.detail != COSN_D_NO_BUCKET) {
        return 0; /* no such upload: nothing is left to abort */
    }
    if (r < 0 && err != NULL) {
        *err = now;
    }
    return r;
}
