/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of a snapshot have in common: how numbers stand in the file, how errors
 * are said. */
#ifndef STORE_SNAPSHOT_FORMAT_H
#define STORE_SNAPSHOT_FORMAT_H

#include "cosbase/digest.h"
#include "store/snapshot.h"

#define SNAPSHOT_MAGIC COS_SPAN_LIT("cosmock-snapshot")
enum {
    SNAPSHOT_FORMAT = 1,
    SNAPSHOT_ROW = 'R',
    SNAPSHOT_END = 'E',
    SNAPSHOT_MAGIC_BYTES = 16,
    SNAPSHOT_HEAD_BYTES = SNAPSHOT_MAGIC_BYTES + 4,
    SNAPSHOT_ROW_BYTES = 4 + 4 + 8, /* behind its 'R' */
    SNAPSHOT_END_BYTES = 8 + 8,     /* behind its 'E', without the digest */
    SNAPSHOT_PIECE_BYTES = 1 << 16, /* what is read and written at once */
};

uint64_t snapshot_number(const uint8_t *at, size_t bytes);

/** Fill *err (may be NULL); the status. */
int snapshot_fail(struct snapshot_error *err, enum snapshot_status status, const char *fmt, ...)
    COS_PRINTF(3, 4);

#endif
