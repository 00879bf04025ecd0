/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature Version 4 as S3 has it (AWS, sigv4-auth-using-authorization-header.html and
 * sigv4-query-string-auth.html).
 *
 *     canonical request = method \n path \n query \n headers \n \n SignedHeaders \n payload
 *     string to sign    = AWS4-HMAC-SHA256 \n date \n scope \n hex(SHA-256(canonical request))
 *     key               = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), "s3"),
 *                              "aws4_request")
 *
 * The path is decoded once and encoded once: S3 neither removes dots and double slashes nor
 * encodes twice, as other services do. The query is sorted by its encoded names, then values,
 * and "name" is "name=". Header values are trimmed, their blanks folded, several of one name
 * joined by commas. The payload is what x-amz-content-sha256 says; a signed URL may say
 * nothing, which is UNSIGNED-PAYLOAD. botocore, minio-go, the SDKs for Java, Go and JavaScript
 * and curl sign this (fixtures/vectors/aws); s3cmd 2.4.0 folds no blanks.
 *
 * host must be signed, and every x-amz-* header that came: whoever adds one behind the signer's
 * back would say what he did not. The key of the last scope is kept with the access key.
 */
#include "authn/aws_v4.h"

#include "authn/authn.h"
#include "authn/encode.h"
#include "cosbase/codec.h"
#include "exchange/xml_out.h"

#include <stdlib.h>

/* --- the canonical request --- */

static int by_name(const void *a, const void *b)
{
    const struct aws_v4_pair *x = a;
    const struct aws_v4_pair *y = b;
    int r = cos_span_cmp(x->name, y->name);
    return r != 0 ? r : cos_span_cmp(x->value, y->value);
}

bool aws_v4_is_signature_param(const struct aws_auth *a, struct cos_span name)
{
    return a->form == AWS_V4_QUERY && cos_span_eq_str(name, "X-Amz-Signature");
}

static void put_query(struct cos_buf *b, struct cosmock_exchange *x, const struct aws_auth *a)
{
    struct aws_v4_pair *pairs = cos_arena_array(&x->arena, x->parts.n_params, sizeof(*pairs));
    size_t n = 0;
    for (size_t i = 0; i < x->parts.n_params && pairs != NULL; i++) {
        const struct param *p = &x->parts.params[i];
        if (!aws_v4_is_signature_param(a, p->name)) {
            pairs[n++] = (struct aws_v4_pair){authn_encode(&x->arena, p->name),
                                              authn_encode(&x->arena, p->value)};
        }
    }
    if (n > 1) {
        qsort(pairs, n, sizeof(*pairs), by_name);
    }
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(b, i == 0 ? "" : "&");
        cos_buf_span(b, pairs[i].name);
        cos_buf_ch(b, '=');
        cos_buf_span(b, pairs[i].value);
    }
}

static void put_value(struct cos_buf *b, struct cos_span value, bool keeps_blanks)
{
    bool is_blank = false;
    for (size_t i = 0; i < value.len; i++) {
        bool was_blank = is_blank;
        is_blank = value.ptr[i] == ' ' || value.ptr[i] == '\t';
        if (!is_blank) {
            cos_buf_ch(b, value.ptr[i]);
        } else if (!was_blank || keeps_blanks) {
            cos_buf_ch(b, ' ');
        }
    }
}

bool aws_v4_put_values(struct cos_buf *b, const struct cosmock_exchange *x,
                       struct cos_span name, bool keeps_blanks)
{
    bool is_there = false;
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        const struct header *h = &x->parts.headers[i];
        if (cos_span_eq_nocase(h->name, name)) {
            cos_buf_str(b, is_there ? "," : "");
            put_value(b, h->value, keeps_blanks);
            is_there = true;
        }
    }
    if (!is_there && cos_span_eq_str(name, "host")) {
        cos_buf_span(b, x->parts.host); /* absolute-form without a Host header */
        is_there = true;
    }
    return is_there;
}

static int by_bytes(const void *a, const void *b)
{
    return cos_span_cmp(*(const struct cos_span *)a, *(const struct cos_span *)b);
}

bool aws_v4_names(struct cosmock_exchange *x, const struct aws_auth *a,
                  struct aws_v4_names *out)
{
    out->n = 0;
    for (struct cos_span rest = cos_arena_lower(&x->arena, a->signed_headers);
         rest.ptr != NULL;) {
        out->items[out->n++] = cos_span_cut(&rest, ';');
    }
    qsort(out->items, out->n, sizeof(out->items[0]), by_bytes);
    return !x->arena.failed;
}

/* The headers and, behind an empty line, the list of their names. */
static void put_headers(struct cos_buf *b, struct cosmock_exchange *x, struct aws_v4 *v)
{
    for (size_t i = 0; i < v->names.n; i++) {
        cos_buf_span(b, v->names.items[i]);
        cos_buf_ch(b, ':');
        if (!aws_v4_put_values(b, x, v->names.items[i], v->keeps_blanks) &&
            v->missing.ptr == NULL) {
            v->missing = v->names.items[i];
        }
        cos_buf_ch(b, '\n');
    }
    cos_buf_ch(b, '\n');
    for (size_t i = 0; i < v->names.n; i++) {
        cos_buf_str(b, i == 0 ? "" : ";");
        cos_buf_span(b, v->names.items[i]);
    }
}

static void put_request(struct cos_buf *b, struct cosmock_exchange *x, struct aws_v4 *v)
{
    cos_buf_span(b, x->parts.method);
    cos_buf_ch(b, '\n');
    cos_buf_span(b, authn_encode_path(&x->arena, x->parts.path));
    cos_buf_ch(b, '\n');
    put_query(b, x, v->auth);
    cos_buf_ch(b, '\n');
    put_headers(b, x, v);
    cos_buf_ch(b, '\n');
    struct cos_span payload = x->aws->payload_text;
    cos_buf_span(b, payload.ptr != NULL ? payload : COS_SPAN_LIT("UNSIGNED-PAYLOAD"));
}

/* --- the key and the signature --- */

void aws_v4_derive(uint8_t out[COS_SHA256_BYTES], const struct aws_auth *a,
                   struct cos_span start)
{
    cos_hmac_sha256(out, start.ptr, start.len, a->day.ptr, a->day.len);
    cos_hmac_sha256(out, out, COS_SHA256_BYTES, a->region.ptr, a->region.len);
    cos_hmac_sha256(out, out, COS_SHA256_BYTES, "s3", 2);
    cos_hmac_sha256(out, out, COS_SHA256_BYTES, "aws4_request", sizeof("aws4_request") - 1);
}

/* As the key remembers it if it is the same scope as last time. */
static void signing_key(struct cosmock_exchange *x, const struct aws_auth *a,
                        uint8_t out[COS_SHA256_BYTES])
{
    const struct cos_span of_parts[] = {a->day, COS_SPAN_LIT("/"), a->region};
    struct cos_span of = cos_arena_join(&x->arena, of_parts, COS_ARRAY_LEN(of_parts));
    if (authn_recall_derived(x, of, out, COS_SHA256_BYTES)) {
        return;
    }
    const struct cos_span parts[] = {COS_SPAN_LIT("AWS4"),
                                     cos_secret_view(&x->identity.found.key->secret_key)};
    aws_v4_derive(out, a, cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts)));
    authn_keep_derived(x, of, out, COS_SHA256_BYTES);
}

struct cos_span aws_v4_string(struct cos_arena *arena, const struct aws_auth *a,
                              struct cos_span hash)
{
    return cos_arena_printf(arena,
                            "AWS4-HMAC-SHA256\n%s\n" COS_SPAN_FMT "/" COS_SPAN_FMT
                            "/s3/aws4_request\n" COS_SPAN_FMT,
                            a->date, COS_SPAN_ARG(a->day), COS_SPAN_ARG(a->region),
                            COS_SPAN_ARG(hash));
}

static bool is_signed(struct cosmock_exchange *x, const struct aws_auth *a,
                      struct cos_span string)
{
    uint8_t mac[COS_SHA256_BYTES];
    char expected[AWS_SIGNATURE_DIGITS + 1];
    cos_hmac_sha256(mac, x->aws->signing_key, COS_SHA256_BYTES, string.ptr, string.len);
    cos_hex_encode(expected, mac, sizeof(mac));
    return cos_equal_ct(a->signature, cos_span_make(expected, AWS_SIGNATURE_DIGITS));
}

/* --- what must be so before it is compared --- */

/* Without the header nobody knows what was hashed; AWS answers so, and COS in the same words
 * where it misses another header (cos-s3.md s.4.5). */
static bool check_payload(struct cosmock_exchange *x, const struct aws_auth *a)
{
    struct aws_flaw flaw = {"InvalidRequest", COS_SPAN_LIT("Missing required header for this "
                                                           "request: x-amz-content-sha256")};
    if (x->aws->payload == AWS_PAYLOAD_UNKNOWN) {
        flaw = (struct aws_flaw){
            "InvalidArgument",
            COS_SPAN_LIT(
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
                "STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.")};
    } else if (a->form == AWS_V4_QUERY || x->aws->payload != AWS_PAYLOAD_NONE) {
        return true;
    }
    aws_refuse(x, &flaw, REASON_MALFORMED);
    return false;
}

static bool is_listed(const struct aws_v4_names *names, struct cos_span name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (cos_span_eq_nocase(names->items[i], name)) {
            return true;
        }
    }
    return false;
}

static void refuse_unsigned(struct cosmock_exchange *x, struct cos_span name)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    xml_out_line(&b, "HeadersNotSigned", cos_arena_lower(&x->arena, name));
    x->failed = x->failed || b.failed;
    x->identity.reason = REASON_UNSIGNED_HEADER;
    x->identity.detail =
        cos_arena_printf(&x->arena,
                         "SignedHeaders must name host and every x-amz-* header that is sent, "
                         "and lacks " COS_SPAN_FMT,
                         COS_SPAN_ARG(name));
    refuse_with(x, STAGE_AUTHN, "AccessDenied",
                COS_SPAN_LIT("There were headers present in the request which were not signed"),
                cos_arena_span(&x->arena, cos_buf_view(&b)));
}

static bool check_names(struct cosmock_exchange *x, const struct aws_v4_names *names)
{
    if (!is_listed(names, COS_SPAN_LIT("host"))) {
        refuse_unsigned(x, COS_SPAN_LIT("host"));
        return false;
    }
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        struct cos_span name = x->parts.headers[i].name;
        if (cos_span_starts_nocase(name, COS_SPAN_LIT("x-amz-")) && !is_listed(names, name)) {
            refuse_unsigned(x, name);
            return false;
        }
    }
    return true;
}

/* --- the check --- */

static void keep_for_body(struct cosmock_exchange *x, const struct aws_auth *a)
{
    struct aws_request *r = x->aws;
    r->scope = cos_arena_printf(&x->arena, COS_SPAN_FMT "/" COS_SPAN_FMT "/s3/aws4_request",
                                COS_SPAN_ARG(a->day), COS_SPAN_ARG(a->region));
    r->date = cos_arena_span(&x->arena, cos_span_of(a->date));
    memcpy(r->seed_signature, a->signature.ptr, AWS_SIGNATURE_DIGITS);
}

static void say_cause(struct cosmock_exchange *x, const struct aws_v4 *v)
{
    if (v->missing.ptr == NULL) {
        aws_v4_look(x, v);
        return;
    }
    x->identity.cause = COS_SPAN_LIT("signed-not-sent");
    x->identity.detail =
        cos_arena_printf(&x->arena, COS_SPAN_FMT " is listed as signed but not in the request",
                         COS_SPAN_ARG(v->missing));
}

static struct cos_span string_of(struct cosmock_exchange *x, const struct aws_auth *a,
                                 struct cos_span request)
{
    char hash[AWS_SIGNATURE_DIGITS + 1];
    cos_sha256_hex(hash, request.ptr, request.len);
    return aws_v4_string(&x->arena, a, cos_span_of(hash));
}

/* In the other spelling; @request is room. */
static bool is_signed_unfolded(struct cosmock_exchange *x, const struct aws_v4 *v,
                               struct cos_buf *request)
{
    struct aws_v4 other = *v;
    other.keeps_blanks = true;
    cos_buf_clear(request);
    put_request(request, x, &other);
    return is_signed(x, v->auth, string_of(x, v->auth, cos_buf_view(request)));
}

static void check_signature(struct cosmock_exchange *x, struct aws_v4 *v)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf request;
    cos_buf_init(&request, SIZE_MAX / 2);
    put_request(&request, x, v);
    struct cos_span string = string_of(x, v->auth, cos_buf_view(&request));
    signing_key(x, v->auth, x->aws->signing_key);
    bool is_whole = v->missing.ptr == NULL;
    if (is_whole && (is_signed(x, v->auth, string) || is_signed_unfolded(x, v, &request))) {
        x->identity.reason = REASON_OK;
        keep_for_body(x, v->auth);
    } else {
        cos_wipe(x->aws->signing_key, sizeof(x->aws->signing_key));
        cos_buf_clear(&request);
        put_request(&request, x, v);
        aws_refuse_signature(x, string, cos_buf_view(&request));
        say_cause(x, v);
    }
    x->failed = x->failed || request.failed || x->arena.failed;
}

void aws_v4_check(struct cosmock_exchange *x, const struct aws_auth *auth)
{
    struct aws_v4 v = {.auth = auth, .missing = {NULL, 0}};
    if (aws_request_of(x) == NULL || !aws_v4_names(x, auth, &v.names)) {
        return;
    }
    if (check_payload(x, auth) && check_names(x, &v.names)) {
        check_signature(x, &v);
    }
}
