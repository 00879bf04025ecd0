/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TC3-HMAC-SHA256 (sts-cam.md s.1.1). The query of a GET is taken as sent, never sorted or
 * encoded again; a POST has none. The date of the scope is the UTC day of X-TC-Timestamp.
 * Clients differ in two things: host with or without its port (node signs URL.hostname), and
 * the service of the scope, which is the first label of the endpoint ("127" for 127.0.0.1), so
 * the key is derived from the scope as sent. Header values are tried as received, then in lower
 * case, as the document has them (x-tc-action:describeinstances).
 */
#include "authn/authn.h"
#include "exchange/sts_request.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"

enum { HASH_HEX = 2 * COS_SHA256_BYTES, SPELLINGS = 4 };

struct spelling {
    struct cos_span host;
    bool lowers_values;
};

static void derive_key(uint8_t out[COS_SHA256_BYTES], struct cosmock_exchange *x,
                       struct cos_span secret_key)
{
    char first[512];
    int n = snprintf(first, sizeof(first), "TC3" COS_SPAN_FMT, COS_SPAN_ARG(secret_key));
    if (n >= (int)sizeof(first)) {
        n = sizeof(first) - 1;
    }
    struct cos_span date = x->sts->scope_date;
    struct cos_span service = x->sts->scope_service;
    cos_hmac_sha256(out, first, (size_t)n, date.ptr, date.len);
    cos_hmac_sha256(out, out, COS_SHA256_BYTES, service.ptr, service.len);
    cos_hmac_sha256(out, out, COS_SHA256_BYTES, "tc3_request", sizeof("tc3_request") - 1);
    cos_wipe(first, sizeof(first));
}

static void hash_payload(struct cosmock_exchange *x, char out[HASH_HEX + 1])
{
    struct cos_span payload = COS_SPAN_EMPTY;
    if (cos_span_eq_str(header_get(x, "X-TC-Content-SHA256"), "UNSIGNED-PAYLOAD")) {
        payload = COS_SPAN_LIT("UNSIGNED-PAYLOAD");
    } else if (cos_span_eq_str(x->parts.method, "POST")) {
        payload = cos_buf_view(&x->body.small);
    }
    cos_sha256_hex(out, payload.ptr, payload.len);
}

/* False: a signed header is not in the request. */
static bool append_headers(struct cos_buf *b, struct cosmock_exchange *x,
                           const struct spelling *how)
{
    for (struct cos_span rest = x->sts->signed_headers; rest.ptr != NULL;) {
        struct cos_span name = cos_arena_lower(&x->arena, cos_span_cut(&rest, ';'));
        struct cos_span value = header_get(x, cos_arena_str(&x->arena, name));
        if (cos_span_eq_str(name, "host")) {
            value = how->host;
        }
        if (value.ptr == NULL || x->arena.failed) {
            return false;
        }
        cos_buf_span(b, name);
        cos_buf_ch(b, ':');
        cos_buf_span(b, how->lowers_values ? cos_arena_lower(&x->arena, value) : value);
        cos_buf_ch(b, '\n');
    }
    return true;
}

static bool append_request(struct cos_buf *b, struct cosmock_exchange *x,
                           const struct spelling *how)
{
    cos_buf_span(b, x->parts.method);
    cos_buf_str(b, "\n/\n");
    bool is_post = cos_span_eq_str(x->parts.method, "POST");
    cos_buf_span(b, is_post ? COS_SPAN_EMPTY : x->parts.raw_query);
    cos_buf_ch(b, '\n');
    if (!append_headers(b, x, how)) {
        return false;
    }
    cos_buf_ch(b, '\n');
    cos_buf_span(b, cos_arena_lower(&x->arena, x->sts->signed_headers));
    cos_buf_ch(b, '\n');
    char payload[HASH_HEX + 1];
    hash_payload(x, payload);
    cos_buf_str(b, payload);
    return !b->failed;
}

static bool matches(struct cosmock_exchange *x, const uint8_t key[COS_SHA256_BYTES],
                    struct cos_span given, const struct spelling *how)
{
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    bool ok = append_request(&b, x, how);
    char hashed[HASH_HEX + 1];
    cos_sha256_hex(hashed, b.ptr == NULL ? "" : b.ptr, b.len);
    cos_buf_clear(&b);
    const struct sts_request *r = x->sts;
    cos_buf_printf(&b,
                   "TC3-HMAC-SHA256\n" COS_SPAN_FMT "\n" COS_SPAN_FMT "/" COS_SPAN_FMT
                   "/tc3_request\n%s",
                   COS_SPAN_ARG(r->timestamp), COS_SPAN_ARG(r->scope_date),
                   COS_SPAN_ARG(r->scope_service), hashed);
    ok = ok && !b.failed;
    if (ok) {
        uint8_t digest[COS_SHA256_BYTES];
        cos_hmac_sha256(digest, key, COS_SHA256_BYTES, b.ptr, b.len);
        char expected[HASH_HEX + 1];
        cos_hex_encode(expected, digest, sizeof(digest));
        ok = cos_equal_ct(given, cos_span_make(expected, HASH_HEX));
    }
    cos_buf_deinit(&b);
    return ok;
}

static bool is_scope_date_right(const struct sts_request *r)
{
    int64_t sent_s = 0;
    if (!cos_span_i64(r->timestamp, &sent_s) || sent_s < 0) {
        return false;
    }
    char day[11];
    cos_date_day(day, sent_s);
    return cos_span_eq_str(r->scope_date, day);
}

bool authn_tc3_matches(struct cosmock_exchange *x, struct cos_span secret_key)
{
    if (!is_scope_date_right(x->sts)) {
        return false;
    }
    struct cos_span host = header_get(x, "Host");
    struct cos_span sent = host.ptr == NULL ? x->parts.host : host;
    const struct spelling spellings[SPELLINGS] = {{sent, false},
                                                  {authn_cut_port(sent), false},
                                                  {sent, true},
                                                  {authn_cut_port(sent), true}};
    struct cos_span given = cos_arena_lower(&x->arena, x->sts->signature);
    uint8_t key[COS_SHA256_BYTES];
    derive_key(key, x, secret_key);
    bool ok = false;
    for (size_t i = 0; i < SPELLINGS && !ok; i++) {
        ok = matches(x, key, given, &spellings[i]);
    }
    cos_wipe(key, sizeof(key));
    return ok;
}
