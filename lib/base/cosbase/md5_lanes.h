/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One MD5, or two at once on one core, by blocks; padding and lengths are the caller's, see
 * digest.c.
 */
#ifndef COSBASE_MD5_LANES_H
#define COSBASE_MD5_LANES_H

#include <stddef.h>
#include <stdint.h>

#define COS_MD5_BLOCK_BYTES 64

/* A message under way: the four words of RFC 1321 s.3.3, and the blocks that come next. */
struct cos_md5_lane {
    uint32_t a, b, c, d;
    const uint8_t *bytes;
};
/** Go @n_blocks on; `bytes` stands behind them then. */
void cos_md5_lane(struct cos_md5_lane *lane, size_t n_blocks);
/** The same in two. */
void cos_md5_lanes(struct cos_md5_lane lanes[2], size_t n_blocks);

#endif
