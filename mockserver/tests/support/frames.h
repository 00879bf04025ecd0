/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of SelectObjectContent as cos-operations-2.md s.16.2 draws them; CRC-32 from its
 * polynomial. */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include "cosbase/buf.h"

struct frames {
    /* what all Records frames carry, one behind the other */
    struct cos_buf rows;
    /* the kinds of frames, with a blank behind each: "Records Stats End ", as far as there is
     * room */
    char kinds[400];
    size_t n_records, n_conts, n_progress, n_stats, n_ends, n_errors;
    /* of an error frame; "" */
    char error[64];
    /* the payload of the last Stats frame; "" */
    char stats[400];
};
/** False: they are no frames, or a checksum is wrong. frames_deinit() in any case. */
bool frames_read(struct cos_span body, struct frames *out);
void frames_deinit(struct frames *f);

#endif
