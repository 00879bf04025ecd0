/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests: MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4), HMAC (RFC 2104), through OpenSSL;
 * CRC-64/XZ through ISA-L with a portable fallback (same results, checked against each other).
 * The only user of OpenSSL digests outside certificates. The streaming object lives in the
 * caller's memory; init may fail (it allocates), the rest cannot.
 */
#ifndef COSBASE_DIGEST_H
#define COSBASE_DIGEST_H

#include "cosbase/span.h"

enum cos_digest_kind { COS_MD5, COS_SHA1, COS_SHA256 };
#define COS_MD5_BYTES 16
#define COS_SHA1_BYTES 20
#define COS_SHA256_BYTES 32
#define COS_DIGEST_MAX_BYTES 32

struct cos_digest {
    void *impl; /* the running state, kept for reuse */
    enum cos_digest_kind kind;
};
COS_MUST_CHECK bool cos_digest_init(struct cos_digest *d, enum cos_digest_kind kind);
void cos_digest_reset(struct cos_digest *d); /* start over, no allocation */
void cos_digest_update(struct cos_digest *d, const void *bytes, size_t n);
size_t
cos_digest_final(struct cos_digest *d,
                 uint8_t out[COS_DIGEST_MAX_BYTES]); /* its length; then reset to use again */
void cos_digest_deinit(struct cos_digest *d);
/** Add @n bytes to each of two MD5: hardly slower than to one of them (md5_lanes.c). */
void cos_md5_update_two(struct cos_digest *one, const void *one_bytes, struct cos_digest *two,
                        const void *two_bytes, size_t n);
COS_CLEANUP_DEINIT_DEFINE(struct cos_digest, cos_digest_deinit)

/* One-shot; cannot fail. The _hex forms write 2 * bytes + 1 characters. */
void cos_md5(uint8_t out[COS_MD5_BYTES], const void *bytes, size_t n);
void cos_sha1(uint8_t out[COS_SHA1_BYTES], const void *bytes, size_t n);
void cos_sha256(uint8_t out[COS_SHA256_BYTES], const void *bytes, size_t n);
void cos_hmac_sha1(uint8_t out[COS_SHA1_BYTES], const void *key, size_t key_bytes,
                   const void *bytes, size_t n);
void cos_hmac_sha256(uint8_t out[COS_SHA256_BYTES], const void *key, size_t key_bytes,
                     const void *bytes, size_t n);
void cos_md5_hex(char out[33], const void *bytes, size_t n);
void cos_sha1_hex(char out[41], const void *bytes, size_t n);
void cos_sha256_hex(char out[65], const void *bytes, size_t n);
void cos_hmac_sha1_hex(char out[41], const void *key, size_t key_bytes, const void *bytes,
                       size_t n);

/** CRC-64/XZ (ECMA-182 reflected). Start with 0; feed the previous value to go on. "123456789"
 *  gives 11051210869376104954. */
uint64_t cos_crc64(uint64_t crc, const void *bytes, size_t n);
uint64_t cos_crc64_portable(uint64_t crc, const void *bytes, size_t n);
/** CRC of A followed by B from crc(A), crc(B) and the length of B in bytes. */
uint64_t cos_crc64_combine(uint64_t crc_a, uint64_t crc_b, uint64_t len_b);

/** Equal length and bytes, in time that depends on the length only. */
bool cos_equal_ct(struct cos_span a, struct cos_span b);

#endif
