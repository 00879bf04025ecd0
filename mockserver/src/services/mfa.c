/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time-based one-time passwords (RFC 6238 s.4, RFC 4226 s.5.3): what authenticator programs
 * show, so that a test can use one, or pyotp, or oathtool. A step to either side is taken for
 * the same (RFC 6238 s.5.2). The seed is text in a world file, and base32 as those programs
 * want it.
 */
#include "services/mfa.h"

#include "cosbase/digest.h"
#include "cosbase/secret.h"

enum { STEP_S = 30, SEED_MAX_BYTES = 64 };

/* RFC 4648 s.6; padding is not wanted. */
static size_t base32_decode(uint8_t out[SEED_MAX_BYTES], struct cos_span s)
{
    uint32_t bits = 0;
    unsigned n_bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < s.len && n < SEED_MAX_BYTES; i++) {
        char c = s.ptr[i];
        bits = bits << 5 | (uint32_t)(c >= 'A' ? c - 'A' : c - '2' + 26);
        n_bits += 5;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[n++] = (uint8_t)(bits >> n_bits);
        }
    }
    return n;
}

bool mfa_code(struct cos_span seed, int64_t unix_s, char out[MFA_CODE_DIGITS + 1])
{
    uint8_t key[SEED_MAX_BYTES];
    size_t n = base32_decode(key, seed);
    if (n == 0) {
        return false;
    }
    uint64_t step = (uint64_t)(unix_s / STEP_S);
    uint8_t counter[8];
    for (size_t i = 0; i < sizeof(counter); i++) {
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    }
    uint8_t digest[COS_SHA1_BYTES];
    cos_hmac_sha1(digest, key, n, counter, sizeof(counter));
    cos_wipe(key, sizeof(key));
    const uint8_t *at = digest + (digest[COS_SHA1_BYTES - 1] & 0x0f);
    uint32_t number =
        (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    (void)snprintf(out, MFA_CODE_DIGITS + 1, "%06u", number % 1000000U);
    return true;
}

bool mfa_shows(struct cos_span seed, int64_t unix_s, struct cos_span code)
{
    for (int64_t step = -1; step <= 1; step++) {
        char shown[MFA_CODE_DIGITS + 1];
        if (mfa_code(seed, unix_s + step * STEP_S, shown) &&
            cos_equal_ct(code, cos_span_of(shown))) {
            return true;
        }
    }
    return false;
}
