/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundles: a tar archive (POSIX.1-1988 ustar) of plain files in one folder, which every tool
 * opens. Two runs that found the same make the same bytes but for the time in each header.
 */
#ifndef CONFORM_TAR_H
#define CONFORM_TAR_H

#include "cosbase/buf.h"

#define TAR_MAX_BYTES ((size_t)1 << 30)

/** Append a file; @name has at most 100 bytes. */
void tar_put(struct cos_buf *b, const char *name, struct cos_span bytes, int64_t unix_s);
/** Append the end of the archive. */
void tar_end(struct cos_buf *b);
/** True when the bytes begin like such an archive. */
bool tar_is(struct cos_span bytes);
/**
 * The next file of @rest, which moves on. 1, 0 at the end, or -1: the archive is cut off, was
 * changed, or holds what we never write.
 */
COS_MUST_CHECK int tar_next(struct cos_span *rest, struct cos_span *name,
                            struct cos_span *bytes);

#endif
