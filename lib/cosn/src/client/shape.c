/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a success must look like: one row an operation. Between the library and the service
 * stand proxies, gateways and login pages that answer 200 to anything; a 2xx counts only with
 * the marks that COS puts on it, and what is missing is named.
 *
 * x-cos-request-id is on every answer of the service. A write is acknowledged with the ETag and
 * the CRC-64 of what was stored; only an empty body may come without the sum (the Go SDK, which
 * refuses an answer without it, reads an absent one as 0 there). What is read has a length and
 * an ETag. A document has its root.
 * It refuses to judge values: whether sums, ranges and lists are the right ones is the
 * operation's own check, and an <Error> inside a 200 is a refusal (refusal.c).
 * Sources: cos-wire.md s.2.0 (headers of every response, CRC-64, "MANDATORY on"), s.2.1
 * (statuses and documents), s.5 no. 10, 14.
 */
#include "client/call.h"

#include <assert.h>

enum mark {
    MARK_ETAG = 1,
    MARK_CRC64 = 2,
    MARK_LENGTH = 4, /* of a 206 the Content-Range says it, which object.c compares */
};

struct reply_shape {
    const char *op;
    int status, other_status; /* of a success; 0: none */
    unsigned marks;
    const char *root; /* of the document; NULL: nothing is read from the body */
};

static const struct reply_shape shapes[] = {
    {"AbortMultipartUpload", 204, 0, 0, NULL},
    {"CompleteMultipartUpload", 200, 0, MARK_CRC64, "CompleteMultipartUploadResult"},
    {"DeleteMultipleObjects", 200, 0, 0, "DeleteResult"},
    {"DeleteObject", 204, 0, 0, NULL},
    {"GetBucket", 200, 0, 0, "ListBucketResult"},
    {"GetObject", 200, 206, MARK_ETAG | MARK_LENGTH, NULL},
    {"HeadBucket", 200, 0, 0, NULL},
    {"HeadObject", 200, 0, MARK_ETAG | MARK_LENGTH, NULL},
    {"InitiateMultipartUpload", 200, 0, 0, "InitiateMultipartUploadResult"},
    {"ListParts", 200, 0, 0, "ListPartsResult"},
    {"ListMultipartUploads", 200, 0, 0, "ListMultipartUploadsResult"},
    {"PutObject", 200, 0, MARK_ETAG | MARK_CRC64, NULL},
    {"PutObjectCopy", 200, 0, 0, "CopyObjectResult"},
    {"UploadPart", 200, 0, MARK_ETAG | MARK_CRC64, NULL},
};

static const struct reply_shape *shape_of(const char *op)
{
    size_t i = 0;
    while (i < COS_ARRAY_LEN(shapes) && strcmp(shapes[i].op, op) != 0) {
        i++;
    }
    assert(i < COS_ARRAY_LEN(shapes));
    return &shapes[i];
}

static bool has_number(const struct cosn_http_reply *reply, const char *name)
{
    uint64_t number = 0;
    return cos_span_u64(cos_span_trim(cos_span_of(cosn_http_reply_header(reply, name))),
                        &number);
}

static bool has_header(const struct cosn_http_reply *reply, const char *name)
{
    return cos_span_trim(cos_span_of(cosn_http_reply_header(reply, name))).len > 0;
}

static bool lacks(const struct call *call, const struct cosn_http_reply *reply, enum mark mark)
{
    switch (mark) {
    case MARK_ETAG:
        return !has_header(reply, "ETag");
    case MARK_CRC64:
        return call->body_bytes > 0 && !has_number(reply, "x-cos-hash-crc64ecma");
    case MARK_LENGTH:
        break;
    }
    return reply->status != 206 && !has_number(reply, "Content-Length");
}

static int check_marks(const struct call *call, const struct reply_shape *shape,
                       const struct cosn_http_reply *reply, struct cosn_error *err)
{
    static const struct {
        enum mark mark;
        const char *name;
    } rows[] = {
        {MARK_ETAG, "ETag"},
        {MARK_CRC64, "x-cos-hash-crc64ecma"},
        {MARK_LENGTH, "Content-Length"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if ((shape->marks & rows[i].mark) != 0 && lacks(call, reply, rows[i].mark)) {
            return fail(
                err, COSN_E_PROTOCOL,
                "the answer has no usable %s, so it acknowledges nothing; is there a proxy "
                "in between?",
                rows[i].name);
        }
    }
    return 0;
}

static bool is_foreign(const struct cosn_http_reply *reply)
{
    return !has_header(reply, "x-cos-request-id");
}

int shape_refuse_foreign(const struct cosn_http_reply *reply, struct cosn_error *err)
{
    const char *type = cosn_http_reply_header(reply, "Content-Type");
    return fail(err, COSN_E_PROTOCOL,
                "this answer does not come from COS: no x-cos-request-id (HTTP %d, %.40s); is "
                "there a proxy in between?",
                reply->status, type == NULL ? "no Content-Type" : type);
}

static int check_shape(const struct call *call, const struct cosn_http_reply *reply,
                       const struct cos_xml *doc, struct cosn_error *err)
{
    const struct reply_shape *shape = shape_of(call->op);
    if (is_foreign(reply)) {
        return shape_refuse_foreign(reply, err);
    }
    if (reply->status != shape->status && reply->status != shape->other_status) {
        return fail(err, COSN_E_PROTOCOL, "the answer is HTTP %d, a success would be %d",
                    reply->status, shape->status);
    }
    int r = check_marks(call, shape, reply, err);
    if (r == 0 && shape->root != NULL &&
        (doc == NULL || strcmp(cos_xml_name(doc), shape->root) != 0)) {
        r = fail(err, COSN_E_PROTOCOL, "the answer is not a whole %s document", shape->root);
    }
    return r;
}

int shape_check(const struct call *call, const struct cosn_http_reply *reply,
                const struct cos_xml *doc, struct cosn_error *err)
{
    int r = check_shape(call, reply, doc, err);
    if (r < 0 && err != NULL) {
        err->http_status = reply->status;
    }
    return r;
}
