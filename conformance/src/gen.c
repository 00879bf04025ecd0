/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xs64: s ^= s>>12; s ^= s<<25; s ^= s>>27; emit s*0x2545F4914F6CDD1D, little endian
 * (conformance.md s.3b).
 */
#include "gen.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"

#include <endian.h>

#define SEED_OF_ZERO UINT64_C(0x9E3779B97F4A7C15)
#define MULTIPLIER UINT64_C(0x2545F4914F6CDD1D)

static void put_word(struct gen *g, uint8_t out[8])
{
    uint64_t s = g->state;
    s ^= s >> 12;
    s ^= s << 25;
    s ^= s >> 27;
    g->state = s;
    uint64_t v = htole64(s * MULTIPLIER);
    memcpy(out, &v, sizeof(v));
}

static void next_word(struct gen *g)
{
    put_word(g, g->word);
    g->used = 0;
}

void gen_init(struct gen *g, uint64_t seed)
{
    *g = (struct gen){.state = seed != 0 ? seed : SEED_OF_ZERO, .used = 8};
}

void gen_skip(struct gen *g, uint64_t bytes)
{
    while (bytes > 0) {
        if (g->used == 8) {
            next_word(g);
        }
        uint64_t left = 8u - g->used;
        uint64_t step = bytes < left ? bytes : left;
        g->used += (unsigned)step;
        bytes -= step;
    }
}

void gen_fill(struct gen *g, void *out, size_t n)
{
    uint8_t *p = out;
    for (; n > 0 && g->used < 8; n--) {
        *p++ = g->word[g->used++];
    }
    for (; n >= 8; n -= 8, p += 8) { /* most of the time: word by word, past g->word */
        put_word(g, p);
    }
    for (; n > 0; n--) {
        if (g->used == 8) {
            next_word(g);
        }
        *p++ = g->word[g->used++];
    }
}

bool gen_sha256(char out[65], uint64_t seed, uint64_t offset, uint64_t bytes)
{
    COS_CLEANUP(cos_digest_deinit) struct cos_digest d = {0};
    if (!cos_digest_init(&d, COS_SHA256)) {
        return false;
    }
    struct gen g;
    gen_init(&g, seed);
    gen_skip(&g, offset);
    uint8_t block[4096];
    while (bytes > 0) {
        size_t n = bytes < sizeof(block) ? (size_t)bytes : sizeof(block);
        gen_fill(&g, block, n);
        cos_digest_update(&d, block, n);
        bytes -= n;
    }
    uint8_t sum[COS_DIGEST_MAX_BYTES];
    size_t len = cos_digest_final(&d, sum);
    cos_hex_encode(out, sum, len);
    return true;
}
