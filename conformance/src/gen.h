/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deterministic bytes, so that 20 MiB need not travel through a pipe: xs64 of the driver
 * protocol (facts: conformance.md s.3b, with its vectors). Every driver makes the same bytes
 * from seed, size and offset.
 */
#ifndef CONFORM_GEN_H
#define CONFORM_GEN_H

#include "cosbase/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gen {
    uint64_t state;
    uint8_t word[8];
    /* Bytes of `word` already given; 8: none left. */
    unsigned used;
};
void gen_init(struct gen *g, uint64_t seed);
void gen_skip(struct gen *g, uint64_t bytes);
void gen_fill(struct gen *g, void *out, size_t n);
/** SHA-256 of @bytes bytes from @offset; false when the digest cannot be made. */
COS_MUST_CHECK bool gen_sha256(char out[65], uint64_t seed, uint64_t offset, uint64_t bytes);

#endif
