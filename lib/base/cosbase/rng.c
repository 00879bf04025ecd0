/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomness. The system kind asks getrandom(2) every time: a cache would repeat its bytes in a
 * forked child. The seeded kind is xoshiro256** started from splitmix64 (Blackman and Vigna,
 * https://prng.di.unimi.it/, 2018 versions, public domain): predictable by design, so it must
 * never make a real secret.
 */
#include "cosbase/rng.h"

#include "cosbase/alloc.h"
#include "cosbase/secret.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

struct cos_rng {
    bool is_seeded;
    pthread_mutex_t lock; /* guards state */
    uint64_t state[4];
};

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static uint64_t xoshiro256(uint64_t s[4])
{
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

static bool fill_from_system(void *out, size_t n)
{
    char *at = out;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno != EINTR) {
            return false;
        }
        if (got > 0) {
            at += got;
            n -= (size_t)got;
        }
    }
    return true;
}

/* Whole words, the last one cut; little-endian, so that a seed means the same bytes on every
 * machine. */
static void fill_from_state(uint64_t state[4], void *out, size_t n)
{
    unsigned char *at = out;
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) {
        word = i % 8 == 0 ? xoshiro256(state) : word >> 8;
        at[i] = (unsigned char)word;
    }
}

struct cos_rng *cos_rng_new(uint64_t seed)
{
    uint64_t probe;
    if (seed == 0 && !fill_from_system(&probe, sizeof(probe))) {
        return NULL;
    }
    struct cos_rng *rng = cos_calloc(1, sizeof(*rng));
    if (rng == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&rng->lock, NULL) != 0) {
        return cos_free(rng);
    }
    rng->is_seeded = seed != 0;
    cos_rng_reseed(rng, seed);
    return rng;
}

void cos_rng_reseed(struct cos_rng *rng, uint64_t seed)
{
    (void)pthread_mutex_lock(&rng->lock);
    for (size_t i = 0; i < COS_ARRAY_LEN(rng->state); i++) {
        rng->state[i] = splitmix64(&seed);
    }
    (void)pthread_mutex_unlock(&rng->lock);
}

struct cos_rng *cos_rng_free(struct cos_rng *rng)
{
    if (rng == NULL) {
        return NULL;
    }
    (void)pthread_mutex_destroy(&rng->lock);
    cos_wipe(rng, sizeof(*rng));
    return cos_free(rng);
}

/* A system without randomness, after cos_rng_new saw it working, leaves nothing safe to do:
 * keys would be guessable. */
void cos_rng_fill(struct cos_rng *rng, void *out, size_t n)
{
    if (!rng->is_seeded) {
        if (!fill_from_system(out, n)) {
            abort();
        }
        return;
    }
    (void)pthread_mutex_lock(&rng->lock);
    fill_from_state(rng->state, out, n);
    (void)pthread_mutex_unlock(&rng->lock);
}

uint64_t cos_rng_u64(struct cos_rng *rng)
{
    unsigned char bytes[8];
    uint64_t value = 0;
    cos_rng_fill(rng, bytes, sizeof(bytes));
    for (size_t i = sizeof(bytes); i > 0; i--) {
        value = value << 8 | bytes[i - 1];
    }
    return value;
}

/* Draws below the largest multiple of @bound only, so that no result is likelier than
 * another. */
uint64_t cos_rng_below(struct cos_rng *rng, uint64_t bound)
{
    uint64_t too_small = (0 - bound) % bound; /* 2^64 mod bound */
    uint64_t drawn;
    do {
        drawn = cos_rng_u64(rng);
    } while (drawn < too_small);
    return drawn % bound;
}

/* By the byte, refusing those that would favour the front of the alphabet; one system call
 * serves a usual id. */
void cos_rng_text(struct cos_rng *rng, char *out, size_t n, const char *alphabet)
{
    unsigned char drawn[64];
    size_t n_letters = strlen(alphabet); /* at most 256 */
    size_t usable = 256 - 256 % n_letters;
    size_t done = 0;
    while (done < n) {
        cos_rng_fill(rng, drawn, sizeof(drawn));
        for (size_t i = 0; i < sizeof(drawn) && done < n; i++) {
            if (drawn[i] < usable) {
                out[done++] = alphabet[drawn[i] % n_letters];
            }
        }
    }
    out[n] = '\0';
    cos_wipe(drawn, sizeof(drawn));
}
