/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of the object as a query reads them: decrypted, where it is kept with a key of the
 * caller's, and unfolded, where the request says that it is packed. BytesScanned are those of
 * the object, BytesProcessed those that were unfolded of it (records count these).
 *
 * Few bytes may unfold to many: deflate makes 1,032 of one at most, bzip2 a multiple of that.
 * Nothing is unfolded before there is room for it, and what a selection may cost is a multiple
 * of what is stored: beyond BOMB_MIN_BYTES an object that unfolds to more than BOMB_RATIO times
 * its size is refused as corrupt.
 */
#include "cosbase/alloc.h"
#include "services/select_inside.h"
#include "services/unpacker.h"

#define BOMB_MIN_BYTES (UINT64_C(64) << 20)
#define BOMB_RATIO UINT64_C(1100)

bool source_open(struct selection *s)
{
    bool is_packed = s->in.packing != PACKED_NOT;
    s->read = cos_malloc(READ_BYTES);
    if (is_packed) {
        s->unfolded = cos_malloc(READ_BYTES);
        s->unpacker = s->in.packing == PACKED_GZIP ? gzip_unpacker_new() : bzip2_unpacker_new();
    }
    return s->read != NULL && (!is_packed || (s->unfolded != NULL && s->unpacker != NULL));
}

void source_close(struct selection *s)
{
    if (s->unpacker != NULL) {
        s->unpacker = s->unpacker->free(s->unpacker);
    }
    cos_free(s->unfolded);
    cos_free(s->read);
}

/* The next bytes of the object; none: it is at its end, or cannot be read. */
static struct cos_span read_object(struct selection *s)
{
    struct cosmock_exchange *x = s->x;
    const struct blob *blob = x->target.object.object.row->blob;
    int64_t n = 0;
    if (x->result.seal.ptr != NULL) {
        const struct sealed sealed = {blob, x->result.seal, x->sealing->own.bytes};
        n = sealed_read(&sealed, s->at, s->read, READ_BYTES);
    } else if (blob != NULL) {
        n = blob_read(blob, s->at, s->read, READ_BYTES);
    }
    if (n < 0) {
        x->identity.detail =
            cos_arena_printf(&x->arena, "stored bytes cannot be read: %s", strerror((int)-n));
        select_stop(s, "InternalError", "We encountered an internal error.");
        return COS_SPAN_EMPTY;
    }
    s->at += (uint64_t)n;
    s->scanned += (uint64_t)n;
    return cos_span_make(s->read, (size_t)n);
}

static void stop_corrupt(struct selection *s, const char *what)
{
    bool is_gzip = s->in.packing == PACKED_GZIP;
    char text[120];
    (void)snprintf(text, sizeof(text), "the object %s %s", what, is_gzip ? "gzip" : "bzip2");
    select_stop(s, is_gzip ? "GzipDecompressError" : "Bzip2DecompressError", text);
}

static bool is_bomb(const struct selection *s)
{
    return s->processed > BOMB_MIN_BYTES && s->processed / BOMB_RATIO > s->scanned;
}

static void unfold(struct selection *s)
{
    int64_t n = s->unpacker->take(s->unpacker, &s->packed, s->unfolded, READ_BYTES);
    if (n == UNPACKER_NO_MEMORY) {
        s->x->failed = true;
        s->is_done = true;
    } else if (n < 0) {
        stop_corrupt(s, "is no");
    } else if (is_bomb(s)) {
        stop_corrupt(s, "unfolds to more than 1,100 times its size:");
    } else if (n > 0) {
        s->unused = cos_span_make(s->unfolded, (size_t)n);
    } else {
        s->packed = read_object(s);
        if (s->packed.len == 0 && !s->is_done && !s->unpacker->is_whole(s->unpacker)) {
            stop_corrupt(s, "ends within its");
        } else if (s->packed.len == 0 && !s->is_done) {
            records_end(s);
        }
    }
}

void source_read(struct selection *s)
{
    if (s->unpacker != NULL) {
        unfold(s);
        return;
    }
    s->unused = read_object(s);
    if (s->unused.len == 0 && !s->is_done) {
        records_end(s);
    }
}
