/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomness as a value that is handed in. Seed 0 draws from the operating system; any other
 * seed gives the same bytes in every run (for reproducible tests, never for real secrets).
 * Threads: an rng locks itself; any thread may draw.
 */
#ifndef COSBASE_RNG_H
#define COSBASE_RNG_H

#include "cosbase/base.h"

struct cos_rng;
COS_MUST_CHECK struct cos_rng *cos_rng_new(uint64_t seed);
/** Go on as one that was made with this seed; one of the operating system stays so. */
void cos_rng_reseed(struct cos_rng *rng, uint64_t seed);
struct cos_rng *cos_rng_free(struct cos_rng *rng);
void cos_rng_fill(struct cos_rng *rng, void *out, size_t n);
uint64_t cos_rng_u64(struct cos_rng *rng);
uint64_t cos_rng_below(struct cos_rng *rng,
                       uint64_t bound); /* 0 <= result < bound; bound > 0 */
/** @n characters drawn from @alphabet, then a NUL: @out holds n + 1 bytes. */
void cos_rng_text(struct cos_rng *rng, char *out, size_t n, const char *alphabet);

COS_CLEANUP_DEFINE(struct cos_rng *, cos_rng_free)

#endif
