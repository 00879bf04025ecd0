/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES through EVP, which finds the processor's own instructions. What can fail there is the
 * allocation at the beginning: the counter mode has no padding and no length that does not fit,
 * and a piece is cut to what fits into an int.
 */
#include "cosbase/cipher.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>

enum { BLOCK_BYTES = 16 };

/* The counter @blocks further. */
static void advance(uint8_t counter[COS_CTR_NONCE_BYTES], uint64_t blocks)
{
    for (size_t i = COS_CTR_NONCE_BYTES; i > 0 && blocks > 0; i--) {
        blocks += counter[i - 1];
        counter[i - 1] = (uint8_t)blocks;
        blocks >>= 8;
    }
}

bool cos_ctr_init(struct cos_ctr *c, const uint8_t key[COS_AES256_KEY_BYTES],
                  const uint8_t nonce[COS_CTR_NONCE_BYTES], uint64_t offset)
{
    uint8_t counter[COS_CTR_NONCE_BYTES];
    memcpy(counter, nonce, sizeof(counter));
    advance(counter, offset / BLOCK_BYTES);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL || EVP_EncryptInit_ex(ctx, EVP_aes_256_ctr(), NULL, key, counter) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        c->impl = NULL;
        return false;
    }
    c->impl = ctx;
    uint8_t passed[BLOCK_BYTES] = {0};
    cos_ctr_xor(c, passed, passed, offset % BLOCK_BYTES);
    return true;
}

void cos_ctr_xor(struct cos_ctr *c, void *out, const void *in, size_t n)
{
    for (size_t done = 0; done < n;) {
        size_t step = n - done < INT_MAX / 2 ? n - done : INT_MAX / 2;
        int written = 0;
        int r = EVP_EncryptUpdate(c->impl, (uint8_t *)out + done, &written,
                                  (const uint8_t *)in + done, (int)step);
        assert(r == 1 && (size_t)written == step);
        (void)r;
        done += step;
    }
}

void cos_ctr_deinit(struct cos_ctr *c)
{
    if (c != NULL) {
        EVP_CIPHER_CTX_free(c->impl);
        c->impl = NULL;
    }
}
