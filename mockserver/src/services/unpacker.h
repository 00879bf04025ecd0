/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that are packed, unfolded as they come: one interface, a file for each way of packing
 * (gzip.c, bzip2.c). What is unfolded may be any multiple of what comes; it is never more at a
 * time than there is room for.
 */
#ifndef SERVICES_UNPACKER_H
#define SERVICES_UNPACKER_H

#include "cosbase/span.h"

enum { UNPACKER_CORRUPT = -1, UNPACKER_NO_MEMORY = -2 };

struct unpacker {
    /** Takes from *in and fills @out; how many bytes: 0 when *in is used up and nothing is left
     *  of it. UNPACKER_CORRUPT: it is none of its kind; UNPACKER_NO_MEMORY. */
    int64_t (*take)(struct unpacker *u, struct cos_span *in, char *out, size_t n);
    /** What has come is whole: one such stream, or several behind each other. */
    bool (*is_whole)(const struct unpacker *u);
    struct unpacker *(*free)(struct unpacker *u);
};

/** NULL: no memory. */
struct unpacker *gzip_unpacker_new(void);
struct unpacker *bzip2_unpacker_new(void);

#endif
