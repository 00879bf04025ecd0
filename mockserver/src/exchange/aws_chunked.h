/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Content-Encoding: aws-chunked" as its bytes come, in whichever pieces: chunks of a body,
 * each with its signature where the payload is signed, and the headers behind the last of them
 * ("trailers"). Pure: it keeps one line and nothing of the body.
 *
 *     <hex size>[;chunk-signature=<64 hex digits>] CR LF <bytes> CR LF
 *     0[;chunk-signature=<64 hex digits>] CR LF
 *     [<name>:<value> CR LF]... CR LF
 *
 * The grammar is that of AWS's pages "Transferring Payload in Multiple Chunks" and "... with
 * trailing headers"; what each client sends stands in cos-s3.md s.5.2.
 */
#ifndef EXCHANGE_AWS_CHUNKED_H
#define EXCHANGE_AWS_CHUNKED_H

#include "cosbase/span.h"

enum {
    AWS_CHUNK_SIGNATURE_DIGITS = 64,
    AWS_CHUNK_LINE_MAX_BYTES = 512, /* ours; of a chunk's size, or of one trailer */
    AWS_TRAILERS_MAX = 8,           /* ours */
};
enum aws_chunk_event {
    AWS_CHUNK_MORE,      /* every byte is used */
    AWS_CHUNK_BEGIN,     /* of `size` bytes; 0: the last one, trailers may follow */
    AWS_CHUNK_DATA,      /* bytes of it: `data` */
    AWS_CHUNK_END,       /* it is whole; not of the last one, which has none */
    AWS_CHUNK_TRAILER,   /* `name`, `value` */
    AWS_CHUNK_FINISHED,  /* nothing may follow */
    AWS_CHUNK_MALFORMED, /* `why`, and stays so */
};
struct aws_chunked {
    enum {
        AWS_IN_SIZE,
        AWS_IN_DATA,
        AWS_BEHIND_DATA, /* its CR LF is due */
        AWS_IN_TRAILERS,
        AWS_AT_END,
        AWS_BROKEN,
    } state;
    bool is_signed; /* each chunk says its signature, and none does otherwise */
    char line[AWS_CHUNK_LINE_MAX_BYTES];
    size_t line_bytes;
    uint64_t left; /* of the chunk */
    unsigned n_trailers;
    /* of the event; spans in `line` or in the bytes given, until the next call */
    uint64_t size;
    struct cos_span signature; /* AWS_CHUNK_BEGIN; "": it is not signed */
    struct cos_span data;
    struct cos_span name, value;
    const char *why;
};
void aws_chunked_init(struct aws_chunked *d, bool is_signed);
/** Takes from @bytes, which are some, up to the next event; returns how many. */
size_t aws_chunked_take(struct aws_chunked *d, struct cos_span bytes,
                        enum aws_chunk_event *out);
/** The last chunk and its trailers have come. */
bool aws_chunked_is_at_end(const struct aws_chunked *d);

#endif
