/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of chunks and lists of pieces; pure. */
#include "store/directory_pieces.h"

uint64_t chunk_id(uint64_t file, uint64_t offset)
{
    return file << CHUNK_OFFSET_BITS | offset;
}

uint64_t chunk_file(uint64_t id)
{
    return id >> CHUNK_OFFSET_BITS;
}

uint64_t chunk_offset(uint64_t id)
{
    return id & (CHUNK_OFFSET_LIMIT - 1);
}

size_t pieces_count(struct cos_span pieces)
{
    return pieces.len / PIECE_BYTES;
}

static uint64_t number_at(const char *bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof(number); i++) {
        number = number << 8 | (uint8_t)bytes[i];
    }
    return number;
}

static void add_number(struct cos_buf *out, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8) {
        cos_buf_ch(out, (char)(uint8_t)(number >> shift));
    }
}

struct piece_place pieces_at(struct cos_span pieces, size_t i)
{
    const char *at = pieces.ptr + i * PIECE_BYTES;
    return (struct piece_place){.chunk = number_at(at),
                                .offset = number_at(at + 8),
                                .bytes = number_at(at + 16)};
}

bool pieces_valid(struct cos_span pieces)
{
    uint64_t total = 0;
    for (size_t i = 0; i < pieces_count(pieces); i++) {
        struct piece_place p = pieces_at(pieces, i);
        bool is_place = chunk_file(p.chunk) < CHUNK_FILE_LIMIT && p.bytes > 0 &&
                        p.bytes < INT64_MAX && p.offset < INT64_MAX - p.bytes;
        if (!is_place || __builtin_add_overflow(total, p.bytes, &total) || total > INT64_MAX) {
            return false;
        }
    }
    return pieces.len % PIECE_BYTES == 0;
}

void pieces_add(struct cos_buf *out, struct piece_place place)
{
    add_number(out, place.chunk);
    add_number(out, place.offset);
    add_number(out, place.bytes);
}
