/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TC3-HMAC-SHA256 for the POST requests this library makes: the Authorization value. Pure.
 *
 *     CanonicalRequest = "POST\n/\n\ncontent-type:" type "\nhost:" host
 *                        "\n\ncontent-type;host\n" hex(SHA256(body))
 *     StringToSign     = "TC3-HMAC-SHA256\n" timestamp "\n" date "/" service "/tc3_request\n"
 *                        hex(SHA256(CanonicalRequest))
 *     key              = HMAC(HMAC(HMAC("TC3" SecretKey, date), service), "tc3_request")
 *
 * The date is the UTC day of the timestamp. Exactly content-type and host are signed, as every
 * official SDK does; GET, other signed headers and unsigned payloads are not built because
 * nothing here sends them.
 * Sources: sts-cam.md s.1.1; fluss-plugin.md s.7; fixtures/vectors/tc3.
 */
#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"
#include "cosbase/secret.h"
#include "wire/wire.h"

#define MAX_TEXT_BYTES (64u << 10)

static void derive_key(uint8_t key[COS_SHA256_BYTES], const struct sign_tc3_input *in,
                       const char *date, struct cos_buf *scratch)
{
    cos_buf_clear(scratch);
    cos_buf_str(scratch, "TC3");
    cos_buf_str(scratch, in->secret_key);
    struct cos_span first = cos_buf_view(scratch);
    cos_hmac_sha256(key, first.ptr, first.len, date, strlen(date));
    uint8_t next[COS_SHA256_BYTES];
    cos_hmac_sha256(next, key, sizeof(next), in->service, strlen(in->service));
    cos_hmac_sha256(key, next, sizeof(next), "tc3_request", strlen("tc3_request"));
    cos_wipe(next, sizeof(next));
}

static void hash_canonical_request(char out[65], const struct sign_tc3_input *in,
                                   struct cos_buf *scratch)
{
    char body_hash[65];
    cos_sha256_hex(body_hash, in->body.ptr, in->body.len);
    cos_buf_clear(scratch);
    cos_buf_str(scratch, "POST\n/\n\ncontent-type:");
    cos_buf_str(scratch, in->content_type);
    cos_buf_str(scratch, "\nhost:");
    cos_buf_str(scratch, in->host);
    cos_buf_str(scratch, "\n\ncontent-type;host\n");
    cos_buf_str(scratch, body_hash);
    struct cos_span text = cos_buf_view(scratch);
    cos_sha256_hex(out, text.ptr, text.len);
}

int sign_tc3(struct cos_buf *out, const struct sign_tc3_input *in)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf scratch;
    cos_buf_init(&scratch, MAX_TEXT_BYTES);
    char date[11];
    cos_date_day(date, in->now_unix_s);

    uint8_t key[COS_SHA256_BYTES];
    char request_hash[65];
    derive_key(key, in, date, &scratch);
    hash_canonical_request(request_hash, in, &scratch);
    cos_buf_clear(&scratch);
    cos_buf_printf(&scratch, "TC3-HMAC-SHA256\n%lld\n%s/%s/tc3_request\n%s",
                   (long long)in->now_unix_s, date, in->service, request_hash);
    uint8_t mac[COS_SHA256_BYTES];
    struct cos_span text = cos_buf_view(&scratch);
    cos_hmac_sha256(mac, key, sizeof(key), text.ptr, text.len);
    cos_wipe(key, sizeof(key));
    if (scratch.failed) {
        return COSN_E_NOMEM;
    }
    char signature[65];
    cos_hex_encode(signature, mac, sizeof(mac));
    cos_buf_printf(out,
                   "TC3-HMAC-SHA256 Credential=%s/%s/%s/tc3_request, "
                   "SignedHeaders=content-type;host, Signature=%s",
                   in->secret_id, date, in->service, signature);
    return out->failed ? COSN_E_NOMEM : 0;
}
