/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bzip2, by libbz2. A file may be several streams behind each other, as those of pbzip2 are;
 * what follows the last one and begins none is an error. A stream is opened when its first byte
 * comes.
 */
#include "services/unpacker.h"

#include "cosbase/alloc.h"

#include <bzlib.h>

struct bunzip {
    struct unpacker base; /* first */
    bz_stream z;
    bool is_within; /* a stream is open */
    bool had_one;
};

static int64_t error_of(int r)
{
    return r == BZ_MEM_ERROR ? UNPACKER_NO_MEMORY : UNPACKER_CORRUPT;
}

static int64_t open_stream(struct bunzip *b)
{
    bz_stream z = {.next_in = b->z.next_in,
                   .avail_in = b->z.avail_in,
                   .next_out = b->z.next_out,
                   .avail_out = b->z.avail_out};
    b->z = z;
    int r = BZ2_bzDecompressInit(&b->z, /* verbosity= */ 0, /* small= */ 0);
    b->is_within = r == BZ_OK;
    return r == BZ_OK ? 0 : error_of(r);
}

static int64_t step(struct bunzip *b)
{
    int64_t opened = b->is_within ? 0 : open_stream(b);
    if (opened < 0) {
        return opened;
    }
    int r = BZ2_bzDecompress(&b->z);
    if (r == BZ_STREAM_END) {
        b->is_within = false;
        b->had_one = true;
        r = BZ2_bzDecompressEnd(&b->z);
    }
    return r == BZ_OK ? 0 : error_of(r);
}

static int64_t take(struct unpacker *u, struct cos_span *in, char *out, size_t n)
{
    struct bunzip *b = (struct bunzip *)u;
    int64_t r = 0;
    b->z.next_in = (char *)(uintptr_t)in->ptr;
    b->z.avail_in = (unsigned)in->len;
    b->z.next_out = out;
    b->z.avail_out = (unsigned)n;
    for (bool has_more = true; r == 0 && has_more && b->z.avail_out > 0;) {
        unsigned in_before = b->z.avail_in;
        unsigned out_before = b->z.avail_out;
        r = b->is_within || b->z.avail_in > 0 ? step(b) : 0;
        has_more = b->z.avail_in != in_before || b->z.avail_out != out_before;
    }
    *in = cos_span_from(*in, in->len - b->z.avail_in);
    return r < 0 ? r : (int64_t)(n - b->z.avail_out);
}

static bool is_whole(const struct unpacker *u)
{
    const struct bunzip *b = (const struct bunzip *)u;
    return b->had_one && !b->is_within;
}

static struct unpacker *delete (struct unpacker *u)
{
    struct bunzip *b = (struct bunzip *)u;
    if (b->is_within) {
        (void)BZ2_bzDecompressEnd(&b->z);
    }
    cos_free(b);
    return NULL;
}

struct unpacker *bzip2_unpacker_new(void)
{
    struct bunzip *b = cos_calloc(1, sizeof(*b));
    if (b == NULL) {
        return NULL;
    }
    b->base = (struct unpacker){take, is_whole, delete};
    return &b->base;
}
