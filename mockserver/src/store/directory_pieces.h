/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the bytes of a row lie, as its column `pieces` says: 24 bytes a piece, big-endian:
 * chunk, offset in the chunk, bytes. A chunk's number is its place: the file's number, then
 * 26 bits of offset, so that the chunks of a file stand together and in order, and none needs
 * to be looked up to be read. A file of more than 64 MiB holds one chunk, from its beginning.
 */
#ifndef STORE_DIRECTORY_PIECES_H
#define STORE_DIRECTORY_PIECES_H

#include "cosbase/buf.h"

#define CHUNK_OFFSET_BITS 26
#define CHUNK_OFFSET_LIMIT ((uint64_t)1 << CHUNK_OFFSET_BITS)
#define CHUNK_FILE_LIMIT ((uint64_t)1 << (63 - CHUNK_OFFSET_BITS))
#define PIECE_BYTES 24

struct piece_place {
    uint64_t chunk, offset, bytes;
};

uint64_t chunk_id(uint64_t file, uint64_t offset);
uint64_t chunk_file(uint64_t id);
uint64_t chunk_offset(uint64_t id);

size_t pieces_count(struct cos_span pieces);
/** False: it is no list of pieces. Whether the chunks are there is another question. */
bool pieces_valid(struct cos_span pieces);
struct piece_place pieces_at(struct cos_span pieces, size_t i);
void pieces_add(struct cos_buf *out, struct piece_place place);

#endif
