/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of objects that are encrypted with a key that is not here: AES-256 in counter mode, so
 * that a range costs its length and no byte is added. What is kept beside them (FACET_SSE, the
 * *seal*) is enough to know the key again and not to make it: a salt and the HMAC-SHA256 of
 * that under the key; then the *runs* in their order, each a nonce and how many bytes are
 * encrypted with it. An object that was put is one run, one of parts has theirs.
 */
#ifndef STORE_SEALED_H
#define STORE_SEALED_H

#include "cosbase/cipher.h"
#include "cosbase/digest.h"
#include "store/blob.h"

#define SEAL_SALT_BYTES 16
#define SEAL_HEAD_BYTES (SEAL_SALT_BYTES + COS_SHA256_BYTES)
#define SEAL_RUN_BYTES (COS_CTR_NONCE_BYTES + 8)

void seal_head_write(uint8_t out[SEAL_HEAD_BYTES], const uint8_t salt[SEAL_SALT_BYTES],
                     const uint8_t key[COS_AES256_KEY_BYTES]);
void seal_run_write(uint8_t out[SEAL_RUN_BYTES], const uint8_t nonce[COS_CTR_NONCE_BYTES],
                    uint64_t bytes);
/** It begins with the head of this key. */
bool seal_is_of(struct cos_span seal, const uint8_t key[COS_AES256_KEY_BYTES]);

struct sealed {
    const struct blob *blob; /* NULL: no bytes */
    struct cos_span seal;
    const uint8_t *key; /* one it is of */
};
/** As blob_read(), decrypted. -ENOMEM: no memory; -EIO: the seal does not fit the bytes. */
COS_MUST_CHECK int64_t sealed_read(const struct sealed *s, uint64_t offset, void *buf,
                                   size_t n);
/** As blob_each(), of @n bytes from @offset on. */
COS_MUST_CHECK int sealed_each(const struct sealed *s, uint64_t offset, uint64_t n,
                               void (*visit)(void *ctx, const void *bytes, size_t n),
                               void *ctx);

#endif
