/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature v1 (sts-cam.md s.1.2):
 *     base64(HMAC-SHA1|SHA256(SecretKey, METHOD + host + "/?" + sorted "k=v" joined by "&"))
 * over every field but Signature, values as form decoding leaves them, keys in byte order.
 * SHA-256 only with SignatureMethod=HmacSHA256. The host is tried with and without its port,
 * and as sts.tencentcloudapi.com, which cos-sts for Java signs whatever it talks to.
 */
#include "authn/authn.h"
#include "exchange/sts_request.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"

#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
    const struct sts_field *x = a;
    const struct sts_field *y = b;
    int r = cos_span_cmp(x->name, y->name);
    return r != 0 ? r : cos_span_cmp(x->value, y->value);
}

static void append_source(struct cos_buf *b, const struct cosmock_exchange *x,
                          struct cos_span host, const struct sts_field *fields, size_t n)
{
    cos_buf_span(b, x->parts.method);
    cos_buf_span(b, host);
    cos_buf_ch(b, '/');
    char separator = '?';
    for (size_t i = 0; i < n; i++) {
        if (cos_span_eq_str(fields[i].name, "Signature")) {
            continue;
        }
        cos_buf_ch(b, separator);
        separator = '&';
        cos_buf_span(b, fields[i].name);
        cos_buf_ch(b, '=');
        cos_buf_span(b, fields[i].value);
    }
}

static bool matches(const struct cosmock_exchange *x, struct cos_span secret_key,
                    struct cos_span source)
{
    bool is_sha256 = cos_span_eq_str(sts_field_value(x->sts, "SignatureMethod"), "HmacSHA256");
    uint8_t digest[COS_DIGEST_MAX_BYTES];
    if (is_sha256) {
        cos_hmac_sha256(digest, secret_key.ptr, secret_key.len, source.ptr, source.len);
    } else {
        cos_hmac_sha1(digest, secret_key.ptr, secret_key.len, source.ptr, source.len);
    }
    struct cos_buf expected;
    cos_buf_init(&expected, 64);
    cos_base64_append(&expected, digest, is_sha256 ? COS_SHA256_BYTES : COS_SHA1_BYTES);
    bool ok = !expected.failed && cos_equal_ct(x->sts->signature, cos_buf_view(&expected));
    cos_buf_deinit(&expected);
    return ok;
}

bool authn_v1_matches(struct cosmock_exchange *x, struct cos_span secret_key)
{
    const struct sts_request *r = x->sts;
    struct sts_field *sorted = cos_arena_array(&x->arena, r->n_fields, sizeof(*sorted));
    if (sorted == NULL) {
        return false;
    }
    if (r->n_fields > 0) {
        memcpy(sorted, r->fields, r->n_fields * sizeof(*sorted));
        qsort(sorted, r->n_fields, sizeof(*sorted), by_name);
    }
    struct cos_span host = header_get(x, "Host");
    struct cos_span sent = host.ptr == NULL ? x->parts.host : host;
    size_t colon = cos_span_rchr(sent, ':');
    const struct cos_span hosts[] = {sent, cos_span_sub(sent, 0, colon),
                                     COS_SPAN_LIT("sts.tencentcloudapi.com")};
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    bool ok = false;
    for (size_t i = 0; i < COS_ARRAY_LEN(hosts) && !ok; i++) {
        cos_buf_clear(&b);
        append_source(&b, x, hosts[i], sorted, r->n_fields);
        ok = !b.failed && matches(x, secret_key, cos_buf_view(&b));
    }
    cos_buf_deinit(&b);
    return ok;
}
