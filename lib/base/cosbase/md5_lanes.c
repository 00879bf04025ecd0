/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 (RFC 1321) is a chain: each of its 64 steps needs the one before, and a core computes it
 * with most of its units idle. The steps of a second message laid between those of the first
 * use them: two bodies take as long as OpenSSL takes for one (gcc 12; 1.25 times as long with
 * clang 14). What we depend on does not offer that: OpenSSL has such functions for SHA
 * only, and inside; those of ISA-L are a library of their own, which Debian 12 has not.
 *
 * One message alone goes the same way. Its chain is, counted, 288 cycles a block where that of
 * OpenSSL 3.0 is 304, whose G ors its halves; and that does not read ahead. 0.95 of its time
 * where the bytes are in a cache, 0.87 where they are not (gcc 12; 1.15 and 1.07 with clang 14,
 * which puts the halves of G together again. Keeping it from that gives 1.00 and 0.94 there and
 * takes 5 % from two messages here.)
 *
 * Plain integers: vectors of SSE2, which is all an x86-64 is sure to have, cannot rotate, and
 * four of their lanes would have to wait for four bodies. Those of AVX-512 can, and choose by
 * any function of three words at once, and one chain in them took 1.05 of OpenSSL's time.
 */
#include "cosbase/md5_lanes.h"

/* What is read ahead: a large body has left the caches when its turn comes, and a core that
 * looks ahead by itself stops at the end of each page. 64 MiB twice: 103 to 106 ms without, 87
 * to 91 with 8 to 32 blocks; 1 MiB alone 0.92 of the time without, with 8 to 64. */
#define AHEAD_BLOCKS 16

/* floor(2^32 * abs(sin(i + 1))), RFC 1321 s.3.4 */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
    0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
    0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
    0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
    0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
    0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
    0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
    0xeb86d391,
};

static inline uint32_t word(const uint8_t *block, size_t i)
{
    const uint8_t *p = block + 4 * i;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* The RFC's auxiliary functions, each added to @sum. */
static inline uint32_t f(uint32_t sum, uint32_t x, uint32_t y, uint32_t z)
{
    return sum + (((y ^ z) & x) ^ z);
}

/* The halves have no bit in common, so they can be added one by one: only one waits for @x. */
static inline uint32_t g(uint32_t sum, uint32_t x, uint32_t y, uint32_t z)
{
    sum += y & ~z;
    return sum + (x & z);
}

static inline uint32_t h(uint32_t sum, uint32_t x, uint32_t y, uint32_t z)
{
    return sum + (x ^ (y ^ z));
}

static inline uint32_t i(uint32_t sum, uint32_t x, uint32_t y, uint32_t z)
{
    return sum + (y ^ (x | ~z));
}

/* [abcd k s i] of the RFC: a = b + ((a + F(b,c,d) + X[k] + T[i]) <<< s) */
#define ONE_STEP(function, a, b, c, d, k, s, t)                                          \
    one.a = function(one.a + word(one.bytes, (k) % 16) + sines[t], one.b, one.c, one.d); \
    one.a = rotate(one.a, s) + one.b

/* The same in both lanes. */
#define TWO_STEPS(function, a, b, c, d, k, s, t)                                         \
    one.a = function(one.a + word(one.bytes, (k) % 16) + sines[t], one.b, one.c, one.d); \
    two.a = function(two.a + word(two.bytes, (k) % 16) + sines[t], two.b, two.c, two.d); \
    one.a = rotate(one.a, s) + one.b;                                                    \
    two.a = rotate(two.a, s) + two.b

#define FOUR_STEPS(step, function, t, k, more, s0, s1, s2, s3)              \
    step(function, a, b, c, d, (k) + (more) * ((t) % 16), s0, t);           \
    step(function, d, a, b, c, (k) + (more) * ((t) % 16 + 1), s1, (t) + 1); \
    step(function, c, d, a, b, (k) + (more) * ((t) % 16 + 2), s2, (t) + 2); \
    step(function, b, c, d, a, (k) + (more) * ((t) % 16 + 3), s3, (t) + 3)

/* From word @k on, @more further at each step; the four shifts by turns. */
#define ROUND(step, function, t, k, more, s0, s1, s2, s3)         \
    FOUR_STEPS(step, function, t, k, more, s0, s1, s2, s3);       \
    FOUR_STEPS(step, function, (t) + 4, k, more, s0, s1, s2, s3); \
    FOUR_STEPS(step, function, (t) + 8, k, more, s0, s1, s2, s3); \
    FOUR_STEPS(step, function, (t) + 12, k, more, s0, s1, s2, s3)

/* 64 steps. */
#define BLOCK(step)                          \
    ROUND(step, f, 0, 0, 1, 7, 12, 17, 22);  \
    ROUND(step, g, 16, 1, 5, 5, 9, 14, 20);  \
    ROUND(step, h, 32, 5, 3, 4, 11, 16, 23); \
    ROUND(step, i, 48, 0, 7, 6, 10, 15, 21)

static inline void read_ahead(const uint8_t *bytes)
{
    __builtin_prefetch(bytes + (size_t)AHEAD_BLOCKS * COS_MD5_BLOCK_BYTES);
}

static inline void add(struct cos_md5_lane *lane, const struct cos_md5_lane *before)
{
    lane->a += before->a;
    lane->b += before->b;
    lane->c += before->c;
    lane->d += before->d;
    lane->bytes += COS_MD5_BLOCK_BYTES;
}

void cos_md5_lanes(struct cos_md5_lane lanes[2], size_t n_blocks)
{
    struct cos_md5_lane one = lanes[0];
    struct cos_md5_lane two = lanes[1];
    for (; n_blocks > 0; n_blocks--) {
        const struct cos_md5_lane one_before = one;
        const struct cos_md5_lane two_before = two;
        if (n_blocks > AHEAD_BLOCKS) {
            read_ahead(one.bytes);
            read_ahead(two.bytes);
        }
        BLOCK(TWO_STEPS);
        add(&one, &one_before);
        add(&two, &two_before);
    }
    lanes[0] = one;
    lanes[1] = two;
}

void cos_md5_lane(struct cos_md5_lane *lane, size_t n_blocks)
{
    struct cos_md5_lane one = *lane;
    for (; n_blocks > 0; n_blocks--) {
        const struct cos_md5_lane before = one;
        if (n_blocks > AHEAD_BLOCKS) {
            read_ahead(one.bytes);
        }
        BLOCK(ONE_STEP);
        add(&one, &before);
    }
    *lane = one;
}
