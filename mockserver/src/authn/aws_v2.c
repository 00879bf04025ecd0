/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature Version 2 of S3 (AWS, RESTAuthentication.html), which Tencent's guide for boto3
 * still asks for (cos-s3.md s.1.1).
 *
 *     string to sign = method \n Content-MD5 \n Content-Type \n date \n
 *                      "name:value\n" of each x-amz-* header, sorted
 *                      "/" bucket, where the host names it, the path as it was sent
 *                      "?" sub-resources, sorted, values decoded
 *     signature      = base64(HMAC-SHA1(secret, string to sign))
 *
 * The date is "" where x-amz-date has it, and Expires in a signed URL. botocore moves the
 * headers it has signed into such a URL, so an x-amz-* that is not sent as a header is looked
 * up there. (Content-Type it moves as well; what is stored is the header's, so that counts.)
 */
#include "authn/aws_v2.h"

#include "authn/authn.h"
#include "cosbase/codec.h"

#include <stdlib.h>

/* RESTAuthentication.html; delete and response-* as it says below the list; cors, tagging,
 * replication: botocore 1.44.8 (auth.py, QSAOfInterest) and minio-go 7.0.91
 * (request-signature-v2.go, resourceList) alike; the others are in one of the two. */
static const char *const sub_resources[] = {
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "encryption",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
};

/* The name that selects the operation is one, though no list of AWS has those of COS alone: or
 * a signature of one operation would be one of another. */
static bool is_sub_resource(const struct cosmock_exchange *x, struct cos_span name)
{
    const char *selects = x->route.choice.sub_resource;
    if (selects != NULL && cos_span_eq_str(name, selects)) {
        return true;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(sub_resources); i++) {
        if (cos_span_eq_str(name, sub_resources[i])) {
            return true;
        }
    }
    return false;
}

struct cos_span aws_v2_header(const struct cosmock_exchange *x, const char *name)
{
    struct cos_span sent = header_get(x, name);
    return sent.ptr == NULL ? COS_SPAN_EMPTY : sent;
}

/* --- x-amz-* --- */

static int by_name(const void *a, const void *b)
{
    const struct aws_v2_pair *x = a;
    const struct aws_v2_pair *y = b;
    int r = cos_span_cmp(x->name, y->name);
    return r != 0 ? r : (x->order > y->order) - (x->order < y->order);
}

static bool is_amz(struct cos_span name)
{
    return cos_span_starts_nocase(name, COS_SPAN_LIT("x-amz-"));
}

/* What came as headers and, of a signed URL, as parameters. */
static size_t collect(struct cosmock_exchange *x, const struct aws_auth *a,
                      struct cos_span without, struct aws_v2_pair *out)
{
    size_t n = 0;
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        const struct header *h = &x->parts.headers[i];
        if (is_amz(h->name) && !cos_span_eq_nocase(h->name, without)) {
            out[n] = (struct aws_v2_pair){cos_arena_lower(&x->arena, h->name), h->value, n};
            n++;
        }
    }
    for (size_t i = 0; a->form == AWS_V2_QUERY && i < x->parts.n_params; i++) {
        const struct param *p = &x->parts.params[i];
        if (is_amz(p->name) && header_get(x, cos_arena_str(&x->arena, p->name)).ptr == NULL) {
            out[n] = (struct aws_v2_pair){cos_arena_lower(&x->arena, p->name), p->value, n};
            n++;
        }
    }
    return n;
}

void aws_v2_put_amz(struct cos_buf *b, struct cosmock_exchange *x, const struct aws_auth *a,
                    struct cos_span without)
{
    struct aws_v2_pair *pairs =
        cos_arena_array(&x->arena, x->parts.n_headers + x->parts.n_params, sizeof(*pairs));
    size_t n = pairs == NULL ? 0 : collect(x, a, without, pairs);
    if (n > 1) {
        qsort(pairs, n, sizeof(*pairs), by_name);
    }
    for (size_t i = 0; i < n; i++) {
        bool is_more = i > 0 && cos_span_eq(pairs[i].name, pairs[i - 1].name);
        if (is_more) {
            cos_buf_ch(b, ',');
        } else {
            cos_buf_str(b, i == 0 ? "" : "\n");
            cos_buf_span(b, pairs[i].name);
            cos_buf_ch(b, ':');
        }
        cos_buf_span(b, pairs[i].value);
    }
    cos_buf_str(b, n > 0 ? "\n" : "");
}

/* --- the resource --- */

static void put_sub_resources(struct cos_buf *b, struct cosmock_exchange *x)
{
    struct aws_v2_pair *pairs = cos_arena_array(&x->arena, x->parts.n_params, sizeof(*pairs));
    size_t n = 0;
    for (size_t i = 0; i < x->parts.n_params && pairs != NULL; i++) {
        const struct param *p = &x->parts.params[i];
        if (is_sub_resource(x, p->name)) {
            pairs[n] = (struct aws_v2_pair){p->name, p->value, n};
            n++;
        }
    }
    if (n > 1) {
        qsort(pairs, n, sizeof(*pairs), by_name);
    }
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(b, i == 0 ? "?" : "&");
        cos_buf_span(b, pairs[i].name);
        if (pairs[i].value.len > 0) {
            cos_buf_ch(b, '=');
            cos_buf_span(b, pairs[i].value);
        }
    }
}

/* botocore sends a bucket of path style as "/bucket" and signs "/bucket/". */
struct cos_span aws_v2_bucket_path(struct cosmock_exchange *x)
{
    struct cos_span path = x->parts.raw_path;
    const struct cos_span parts[] = {path, COS_SPAN_LIT("/")};
    return cos_span_rchr(path, '/') == 0 && path.len > 1
               ? cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts))
               : path;
}

void aws_v2_put_resource(struct cos_buf *b, struct cosmock_exchange *x, struct cos_span path)
{
    if (x->route.bucket.len > 0 && !x->route.is_path_style) {
        cos_buf_ch(b, '/');
        cos_buf_span(b, x->route.bucket);
    }
    cos_buf_span(b, path);
    put_sub_resources(b, x);
}

/* --- the check --- */

static void put_head(struct cos_buf *b, struct cosmock_exchange *x, const struct aws_auth *a)
{
    cos_buf_span(b, x->parts.method);
    cos_buf_ch(b, '\n');
    cos_buf_span(b, aws_v2_header(x, "content-md5"));
    cos_buf_ch(b, '\n');
    cos_buf_span(b, aws_v2_header(x, "content-type"));
    cos_buf_ch(b, '\n');
    cos_buf_span(b, a->date_line);
    cos_buf_ch(b, '\n');
    aws_v2_put_amz(b, x, a, /* without= */ COS_SPAN_EMPTY);
}

static bool is_signed(struct cosmock_exchange *x, const struct aws_auth *a,
                      struct cos_span string)
{
    struct cos_span secret = cos_secret_view(&x->identity.found.key->secret_key);
    uint8_t mac[COS_SHA1_BYTES];
    char expected[COS_BASE64_BYTES(COS_SHA1_BYTES)];
    cos_hmac_sha1(mac, secret.ptr, secret.len, string.ptr, string.len);
    cos_base64_encode(expected, mac, sizeof(mac));
    return cos_equal_ct(a->signature, cos_span_of(expected));
}

void aws_v2_check(struct cosmock_exchange *x, const struct aws_auth *auth)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf string;
    cos_buf_init(&string, SIZE_MAX / 2);
    put_head(&string, x, auth);
    size_t head_bytes = string.len;
    aws_v2_put_resource(&string, x, x->parts.raw_path);
    bool is_right = is_signed(x, auth, cos_buf_view(&string));
    if (!is_right) {
        struct cos_span sent = cos_arena_span(&x->arena, cos_buf_view(&string));
        string.len = head_bytes;
        aws_v2_put_resource(&string, x, aws_v2_bucket_path(x));
        is_right = is_signed(x, auth, cos_buf_view(&string));
        if (!is_right) {
            aws_refuse_signature(x, sent, COS_SPAN_EMPTY);
            aws_v2_look(x, auth);
        }
    }
    if (is_right) {
        x->identity.reason = REASON_OK;
        (void)aws_request_of(x);
    }
    x->failed = x->failed || string.failed || x->arena.failed;
}
