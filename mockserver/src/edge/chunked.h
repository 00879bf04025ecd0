/* SPDX-License-Identifier: Apache-2.0 */
/* The chunked coding of a request body (RFC 9112 s.7.1), taken apart as the bytes come. Pure:
 * bytes in, data out; nothing is kept but where it stands. */
#ifndef EDGE_CHUNKED_H
#define EDGE_CHUNKED_H

#include "cosbase/span.h"

enum chunked_state {
    CHUNKED_SIZE,      /* within the digits of a chunk's size */
    CHUNKED_EXTENSION, /* behind them, up to the end of the line */
    CHUNKED_SIZE_LF,   /* before the LF of that line */
    CHUNKED_DATA,
    CHUNKED_DATA_CR, /* before the CR LF that ends a chunk's data */
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER,    /* at the beginning of a trailer line, or of the last, empty one */
    CHUNKED_NAME,       /* within the name of a trailer field */
    CHUNKED_VALUE,      /* within its value */
    CHUNKED_TRAILER_LF, /* before the LF of a trailer line */
    CHUNKED_LAST_LF,    /* before the very last LF */
    CHUNKED_END,
    CHUNKED_MALFORMED,
};
struct chunked { /* all zero: before the first byte */
    enum chunked_state state;
    /* the size as far as it was read; then of the chunk's data what is to come */
    uint64_t left;
    unsigned n_digits;    /* of the size */
    size_t extra_bytes;   /* of extensions and trailers, of the whole body */
    const char *sentence; /* what is malformed */
};
/**
 * Take apart what stands at the beginning of the @n bytes, up to and with one piece of data;
 * returns how many bytes that were. Call again while that is less than @n and the state is
 * neither CHUNKED_END nor CHUNKED_MALFORMED. @data may be empty.
 */
size_t chunked_take(struct chunked *c, const char *bytes, size_t n, struct cos_span *data);

#endif
