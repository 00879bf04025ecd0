/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a multipart/form-data body (RFC 7578; delimiters: RFC 2046 s.5.1) as its bytes
 * come, in whichever pieces. Pure: it keeps the head of one part and nothing of its bytes.
 */
#ifndef EXCHANGE_FORM_READER_H
#define EXCHANGE_FORM_READER_H

#include "cosbase/span.h"

enum {
    FORM_BOUNDARY_MAX_BYTES = 70, /* RFC 2046 s.5.1.1 */
    FORM_HEAD_MAX_BYTES = 4096,   /* ours */
};
enum form_event {
    FORM_MORE,      /* every byte is used */
    FORM_PART,      /* a part begins: `name`, `filename` */
    FORM_DATA,      /* bytes of it: `data` */
    FORM_PART_END,  /* it is whole */
    FORM_MALFORMED, /* and stays so */
};
struct form_reader {
    enum {
        FORM_IN_PREAMBLE,
        FORM_BEHIND_DELIMITER,
        FORM_BEHIND_DASH, /* "--boundary-" */
        FORM_BEHIND_CR,
        FORM_IN_HEAD,
        FORM_IN_DATA,
        FORM_IN_EPILOGUE, /* the last delimiter is behind us; what follows means nothing */
        FORM_BROKEN,
    } state;
    char delimiter[4 + FORM_BOUNDARY_MAX_BYTES]; /* "\r\n--boundary" */
    size_t delimiter_bytes;
    size_t matched; /* so much of it has come, and is data if the rest does not */
    char head[FORM_HEAD_MAX_BYTES];
    size_t head_bytes;
    /* of the part; in `head`, until the next part */
    struct cos_span name;
    struct cos_span filename; /* ptr NULL: it is no file */
    struct cos_span data;     /* in the bytes given, or in `delimiter` */
};
/** False: @content_type is not multipart/form-data with a boundary. */
bool form_reader_init(struct form_reader *r, struct cos_span content_type);
/** Takes from @bytes up to the next event; returns how many. None may be taken at FORM_DATA:
 *  what looked like a delimiter was none. */
size_t form_reader_take(struct form_reader *r, struct cos_span bytes, enum form_event *out);
/** The last delimiter has come. */
bool form_reader_is_at_end(const struct form_reader *r);

#endif
