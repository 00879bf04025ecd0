/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests. The block functions of libcrypto are used directly (SHA1_Update and kin), not
 * through EVP: a signature is four HMACs over short strings, and with EVP in OpenSSL 3 the
 * provider look-ups cost several times the hashing. They are marked deprecated there, they are
 * not going away in 3.x, and they cannot fail, which EVP can. HMAC (RFC 2104) is twenty lines
 * on top. The whole blocks of an MD5 are our own, which is faster (md5_lanes.c).
 *
 * CRC-64/XZ: polynomial 0x42F0E1EBA9EA3693 (ECMA-182), reflected, initial value and final xor
 * all ones, check value 0x995DC9BBDF1939FA (catalogue of parametrised CRC algorithms,
 * https://reveng.sourceforge.io/crc-catalogue/17plus.htm). ISA-L's crc64_ecma_refl does both
 * inversions itself, so feeding it its own result goes on, as cos_crc64 promises.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "cosbase/digest.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/md5_lanes.h"
#include "cosbase/secret.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <pthread.h>

#ifdef HAVE_ISAL
#include <isa-l/crc64.h>
#endif

enum { HMAC_BLOCK_BYTES = 64 }; /* of MD5, SHA-1 and SHA-256 alike */

#define CRC64_POLYNOMIAL_REFLECTED UINT64_C(0xc96c5795d7870f42)

union state {
    MD5_CTX md5;
    SHA_CTX sha1;
    SHA256_CTX sha256;
};

/* To the end of the block that was begun; how many of @n bytes. */
static size_t end_block(MD5_CTX *m, const void *bytes, size_t n)
{
    size_t missing = (COS_MD5_BLOCK_BYTES - m->num) % COS_MD5_BLOCK_BYTES;
    size_t taken = missing < n ? missing : n;
    (void)MD5_Update(m, bytes, taken);
    return taken;
}

static struct cos_md5_lane lane_begin(const MD5_CTX *m, const uint8_t *bytes)
{
    return (struct cos_md5_lane){m->A, m->B, m->C, m->D, bytes};
}

/* @n bytes went through the lane. */
static void lane_end(MD5_CTX *m, const struct cos_md5_lane *lane, size_t n)
{
    uint64_t bits = ((uint64_t)m->Nh << 32 | m->Nl) + (uint64_t)n * 8;
    m->A = lane->a;
    m->B = lane->b;
    m->C = lane->c;
    m->D = lane->d;
    m->Nl = (MD5_LONG)bits;
    m->Nh = (MD5_LONG)(bits >> 32);
}

static void md5_update(MD5_CTX *m, const uint8_t *bytes, size_t n)
{
    size_t done = end_block(m, bytes, n);
    struct cos_md5_lane lane = lane_begin(m, bytes + done);
    size_t rest = (n - done) % COS_MD5_BLOCK_BYTES;
    cos_md5_lane(&lane, (n - done) / COS_MD5_BLOCK_BYTES);
    lane_end(m, &lane, n - done - rest);
    (void)MD5_Update(m, lane.bytes, rest);
}

static void state_init(union state *s, enum cos_digest_kind kind)
{
    switch (kind) {
    case COS_MD5:
        (void)MD5_Init(&s->md5);
        return;
    case COS_SHA1:
        (void)SHA1_Init(&s->sha1);
        return;
    case COS_SHA256:
        (void)SHA256_Init(&s->sha256);
        return;
    }
}

static void state_update(union state *s, enum cos_digest_kind kind, const void *bytes, size_t n)
{
    if (n == 0) {
        return;
    }
    switch (kind) {
    case COS_MD5:
        md5_update(&s->md5, bytes, n);
        return;
    case COS_SHA1:
        (void)SHA1_Update(&s->sha1, bytes, n);
        return;
    case COS_SHA256:
        (void)SHA256_Update(&s->sha256, bytes, n);
        return;
    }
}

static size_t state_final(union state *s, enum cos_digest_kind kind, uint8_t *out)
{
    switch (kind) {
    case COS_MD5:
        (void)MD5_Final(out, &s->md5);
        return COS_MD5_BYTES;
    case COS_SHA1:
        (void)SHA1_Final(out, &s->sha1);
        return COS_SHA1_BYTES;
    case COS_SHA256:
        (void)SHA256_Final(out, &s->sha256);
        return COS_SHA256_BYTES;
    }
    return 0;
}

static size_t one_shot(uint8_t *out, enum cos_digest_kind kind, const void *bytes, size_t n)
{
    union state s;
    state_init(&s, kind);
    state_update(&s, kind, bytes, n);
    return state_final(&s, kind, out);
}

static void hmac_pass(uint8_t *out, enum cos_digest_kind kind, const uint8_t *key, uint8_t pad,
                      const void *bytes, size_t n)
{
    union state s;
    uint8_t block[HMAC_BLOCK_BYTES];
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] = key[i] ^ pad;
    }
    state_init(&s, kind);
    state_update(&s, kind, block, sizeof(block));
    state_update(&s, kind, bytes, n);
    (void)state_final(&s, kind, out);
    cos_wipe(block, sizeof(block));
    cos_wipe(&s, sizeof(s));
}

static void hmac(uint8_t *out, enum cos_digest_kind kind, size_t digest_bytes,
                 struct cos_span key, struct cos_span text)
{
    uint8_t padded_key[HMAC_BLOCK_BYTES] = {0};
    uint8_t inner[COS_DIGEST_MAX_BYTES];
    if (key.len > sizeof(padded_key)) {
        (void)one_shot(padded_key, kind, key.ptr, key.len);
    } else if (key.len > 0) {
        memcpy(padded_key, key.ptr, key.len);
    }
    hmac_pass(inner, kind, padded_key, 0x36, text.ptr, text.len);
    hmac_pass(out, kind, padded_key, 0x5c, inner, digest_bytes);
    cos_wipe(padded_key, sizeof(padded_key));
}

bool cos_digest_init(struct cos_digest *d, enum cos_digest_kind kind)
{
    union state *s = cos_malloc(sizeof(*s));
    *d = (struct cos_digest){s, kind};
    if (s == NULL) {
        return false;
    }
    state_init(s, kind);
    return true;
}

void cos_digest_reset(struct cos_digest *d)
{
    state_init(d->impl, d->kind);
}

void cos_digest_update(struct cos_digest *d, const void *bytes, size_t n)
{
    state_update(d->impl, d->kind, bytes, n);
}

size_t cos_digest_final(struct cos_digest *d, uint8_t out[COS_DIGEST_MAX_BYTES])
{
    return state_final(d->impl, d->kind, out);
}

void cos_digest_deinit(struct cos_digest *d)
{
    if (d->impl != NULL) {
        cos_wipe(d->impl, sizeof(union state));
        d->impl = cos_free(d->impl);
    }
}

void cos_md5_update_two(struct cos_digest *one, const void *one_bytes, struct cos_digest *two,
                        const void *two_bytes, size_t n)
{
    assert(one->kind == COS_MD5 && two->kind == COS_MD5 && one != two);
    MD5_CTX *m[2] = {&((union state *)one->impl)->md5, &((union state *)two->impl)->md5};
    const uint8_t *bytes[2] = {one_bytes, two_bytes};
    size_t done[2];
    struct cos_md5_lane lanes[2];
    for (int i = 0; i < 2; i++) {
        done[i] = end_block(m[i], bytes[i], n);
        lanes[i] = lane_begin(m[i], bytes[i] + done[i]);
    }
    size_t in_lanes = n - (done[0] > done[1] ? done[0] : done[1]);
    in_lanes -= in_lanes % COS_MD5_BLOCK_BYTES;
    cos_md5_lanes(lanes, in_lanes / COS_MD5_BLOCK_BYTES);
    for (int i = 0; i < 2; i++) {
        lane_end(m[i], &lanes[i], in_lanes);
        (void)MD5_Update(m[i], lanes[i].bytes, n - done[i] - in_lanes);
    }
}

void cos_md5(uint8_t out[COS_MD5_BYTES], const void *bytes, size_t n)
{
    (void)one_shot(out, COS_MD5, bytes, n);
}

void cos_sha1(uint8_t out[COS_SHA1_BYTES], const void *bytes, size_t n)
{
    (void)one_shot(out, COS_SHA1, bytes, n);
}

void cos_sha256(uint8_t out[COS_SHA256_BYTES], const void *bytes, size_t n)
{
    (void)one_shot(out, COS_SHA256, bytes, n);
}

void cos_hmac_sha1(uint8_t out[COS_SHA1_BYTES], const void *key, size_t key_bytes,
                   const void *bytes, size_t n)
{
    hmac(out, COS_SHA1, COS_SHA1_BYTES, cos_span_make(key, key_bytes), cos_span_make(bytes, n));
}

void cos_hmac_sha256(uint8_t out[COS_SHA256_BYTES], const void *key, size_t key_bytes,
                     const void *bytes, size_t n)
{
    hmac(out, COS_SHA256, COS_SHA256_BYTES, cos_span_make(key, key_bytes),
         cos_span_make(bytes, n));
}

void cos_md5_hex(char out[33], const void *bytes, size_t n)
{
    uint8_t digest[COS_MD5_BYTES];
    cos_md5(digest, bytes, n);
    cos_hex_encode(out, digest, sizeof(digest));
}

void cos_sha1_hex(char out[41], const void *bytes, size_t n)
{
    uint8_t digest[COS_SHA1_BYTES];
    cos_sha1(digest, bytes, n);
    cos_hex_encode(out, digest, sizeof(digest));
}

void cos_sha256_hex(char out[65], const void *bytes, size_t n)
{
    uint8_t digest[COS_SHA256_BYTES];
    cos_sha256(digest, bytes, n);
    cos_hex_encode(out, digest, sizeof(digest));
}

void cos_hmac_sha1_hex(char out[41], const void *key, size_t key_bytes, const void *bytes,
                       size_t n)
{
    uint8_t digest[COS_SHA1_BYTES];
    cos_hmac_sha1(digest, key, key_bytes, bytes, n);
    cos_hex_encode(out, digest, sizeof(digest));
    cos_wipe(digest, sizeof(digest));
}

/* Row k gives the effect of a byte that k more bytes follow ("slicing by 8"). Constant after
 * crc_once. */
static uint64_t crc_table[8][256];
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;

static void make_crc_table(void)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        uint64_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ CRC64_POLYNOMIAL_REFLECTED : crc >> 1;
        }
        crc_table[0][byte] = crc;
    }
    for (size_t row = 1; row < 8; row++) {
        for (size_t byte = 0; byte < 256; byte++) {
            uint64_t before = crc_table[row - 1][byte];
            crc_table[row][byte] = before >> 8 ^ crc_table[0][before & 255];
        }
    }
}

uint64_t cos_crc64_portable(uint64_t crc, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    (void)pthread_once(&crc_once, make_crc_table);
    crc = ~crc;
    for (; n >= 8; n -= 8, at += 8) {
        uint64_t next = 0;
        for (size_t i = 0; i < 8; i++) {
            next ^= crc_table[7 - i][(crc >> (8 * i) & 255) ^ at[i]];
        }
        crc = next;
    }
    for (; n > 0; n--, at++) {
        crc = crc >> 8 ^ crc_table[0][(crc ^ *at) & 255];
    }
    return ~crc;
}

uint64_t cos_crc64(uint64_t crc, const void *bytes, size_t n)
{
#ifdef HAVE_ISAL
    return n == 0 ? crc : crc64_ecma_refl(crc, bytes, n);
#else
    return cos_crc64_portable(crc, bytes, n);
#endif
}

/* Product of two polynomials modulo the CRC polynomial; reflected, so the top bit is x^0. */
static uint64_t multiply_mod(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    for (uint64_t bit = UINT64_C(1) << 63; bit != 0; bit >>= 1) {
        if (a & bit) {
            product ^= b;
        }
        b = b & 1 ? b >> 1 ^ CRC64_POLYNOMIAL_REFLECTED : b >> 1;
    }
    return product;
}

/*
 * Appending @len_b zero bytes multiplies the remainder by x^(8 * len_b); the inversions at both
 * ends cancel against those inside crc_b (the argument of zlib's crc32_combine).
 */
uint64_t cos_crc64_combine(uint64_t crc_a, uint64_t crc_b, uint64_t len_b)
{
    uint64_t power = UINT64_C(1) << (63 - 8); /* x^8 */
    for (; len_b > 0; len_b >>= 1) {
        if (len_b & 1) {
            crc_a = multiply_mod(power, crc_a);
        }
        power = multiply_mod(power, power);
    }
    return crc_a ^ crc_b;
}

bool cos_equal_ct(struct cos_span a, struct cos_span b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}
