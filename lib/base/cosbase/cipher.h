/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-256 in counter mode (NIST SP 800-38A s.6.5): a stream of bytes that is made of a key and
 * a nonce, to be xored to others, from any offset on. It hides and does not authenticate. The
 * same bytes of one stream must never be used twice.
 */
#ifndef COSBASE_CIPHER_H
#define COSBASE_CIPHER_H

#include "cosbase/span.h"

#define COS_AES256_KEY_BYTES 32
#define COS_CTR_NONCE_BYTES 16 /* the first counter; it counts up, big-endian */

struct cos_ctr {
    void *impl; /* NULL: none */
};
/** From byte @offset of the stream on. False: no memory. */
COS_MUST_CHECK bool cos_ctr_init(struct cos_ctr *c, const uint8_t key[COS_AES256_KEY_BYTES],
                                 const uint8_t nonce[COS_CTR_NONCE_BYTES], uint64_t offset);
/** The next @n bytes; @out may be @in. */
void cos_ctr_xor(struct cos_ctr *c, void *out, const void *in, size_t n);
void cos_ctr_deinit(struct cos_ctr *c); /* wipes the key */
COS_CLEANUP_DEINIT_DEFINE(struct cos_ctr, cos_ctr_deinit)

#endif
