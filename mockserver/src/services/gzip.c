/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip (RFC 1952), by zlib. A file may be several members behind each other (s.2.2), as those
 * are that were appended to; what follows the last one and begins none is an error.
 */
#include "services/gzip.h"

#include "cosbase/alloc.h"
#include "services/unpacker.h"

#include <zlib.h>

#define GZIP_ONLY (16 + MAX_WBITS) /* zlib.h, inflateInit2() */

struct gunzip {
    struct unpacker base; /* first */
    z_stream z;
    bool is_within; /* a member has begun and not ended */
    bool had_one;
};

uint32_t gzip_crc32(uint32_t crc, struct cos_span bytes)
{
    return (uint32_t)crc32_z(crc, (const Bytef *)bytes.ptr, bytes.len);
}

/* 0, or an error. */
static int64_t step(struct gunzip *g)
{
    g->is_within = true;
    int r = inflate(&g->z, Z_NO_FLUSH);
    if (r == Z_STREAM_END) {
        g->is_within = false;
        g->had_one = true;
        r = inflateReset(&g->z);
    }
    return r == Z_OK || r == Z_BUF_ERROR ? 0
           : r == Z_MEM_ERROR            ? UNPACKER_NO_MEMORY
                                         : UNPACKER_CORRUPT;
}

static int64_t take(struct unpacker *u, struct cos_span *in, char *out, size_t n)
{
    struct gunzip *g = (struct gunzip *)u;
    int64_t r = 0;
    g->z.next_in = (Bytef *)(uintptr_t)in->ptr;
    g->z.avail_in = (uInt)in->len;
    g->z.next_out = (Bytef *)out;
    g->z.avail_out = (uInt)n;
    /* between two members nothing is left to come out, so bytes are what begins one */
    for (bool has_more = true; r == 0 && has_more && g->z.avail_out > 0;) {
        uInt in_before = g->z.avail_in;
        uInt out_before = g->z.avail_out;
        r = g->is_within || g->z.avail_in > 0 ? step(g) : 0;
        has_more = g->z.avail_in != in_before || g->z.avail_out != out_before;
    }
    *in = cos_span_from(*in, in->len - g->z.avail_in);
    return r < 0 ? r : (int64_t)(n - g->z.avail_out);
}

static bool is_whole(const struct unpacker *u)
{
    const struct gunzip *g = (const struct gunzip *)u;
    return g->had_one && !g->is_within;
}

static struct unpacker *delete (struct unpacker *u)
{
    (void)inflateEnd(&((struct gunzip *)u)->z);
    cos_free(u);
    return NULL;
}

struct unpacker *gzip_unpacker_new(void)
{
    struct gunzip *g = cos_calloc(1, sizeof(*g));
    if (g == NULL || inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
        cos_free(g);
        return NULL;
    }
    g->base = (struct unpacker){take, is_whole, delete};
    return &g->base;
}
