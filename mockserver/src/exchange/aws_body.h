/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an S3 client says of its body besides Content-MD5, and what becomes of it:
 *
 *     x-amz-content-sha256: <digits>   the body has this hash, or 400 XAmzContentSHA256Mismatch
 *     Content-Encoding: aws-chunked    the switch aws-chunked: raw, as COS is seen to do, which
 *                                      does not know it and keeps the framing as if it were the
 *                                      object (cos-s3.md s.5.1); decode takes it off and holds
 *                                      the signature of each chunk
 *     x-amz-checksum-...               not read by COS (milvus-storage#500); with decode, in a
 *                                      header or in the trailer, the body has that checksum
 *
 * Errors are AWS's, since COS has none: "Checking object integrity in Amazon S3".
 */
#ifndef EXCHANGE_AWS_BODY_H
#define EXCHANGE_AWS_BODY_H

#include "cosbase/buf.h"
#include "cosbase/checksum.h"
#include "cosbase/digest.h"
#include "exchange/aws_chunked.h"

struct cosmock_exchange;
struct aws_checksum; /* a row of the table in aws_body.c */

struct aws_body {
    bool is_framed; /* and its framing is taken off */
    bool is_raw;    /* it is framed, and kept as it comes */
    bool is_signed; /* chunk by chunk, and that is held */
    bool failed;    /* no memory */
    struct aws_chunked chunks;
    uint64_t wire_bytes;
    int64_t announced_bytes; /* without the framing; -1: not said */
    /* of the whole where x-amz-content-sha256 is a hash, of the chunk where each is signed */
    struct cos_digest sha256;
    bool has_sha256;
    char previous[AWS_CHUNK_SIGNATURE_DIGITS + 1]; /* the signature before, of the chain */
    char claimed[AWS_CHUNK_SIGNATURE_DIGITS + 1];  /* of the chunk that has begun */
    struct cos_buf text;                           /* to be signed, again and again */
    struct cos_buf trailers; /* "name:value\n" of each, as they are signed */
    bool has_trailer_signature;
    /* what the body should have: of a header, or of a trailer that is announced */
    const struct aws_checksum *checksum; /* NULL: nothing */
    bool is_checksum_in_trailer;
    struct cos_span checksum_text; /* as sent, in the arena; ptr NULL: it has not come */
    uint64_t crc;
    struct cos_digest digest;
    bool has_digest;
};
/** Makes x->aws_body where there is something to do. False: refused. */
bool aws_body_begin(struct cosmock_exchange *x);
/** The payload in @bytes goes to @add in pieces; a refusal ends it. */
void aws_body_take(struct cosmock_exchange *x, struct cos_span bytes,
                   void (*add)(struct cosmock_exchange *x, struct cos_span payload));
/** All has come: refuses what does not hold. */
void aws_body_end(struct cosmock_exchange *x);
void aws_body_deinit(struct aws_body *b);
/** Bytes that will be kept, as far as the head says; -1: it does not. */
int64_t aws_body_announced(const struct cosmock_exchange *x);
/** Content-Encoding as it is to be kept: without aws-chunked where that was taken off. */
struct cos_span aws_body_content_encoding(struct cosmock_exchange *x);

#endif
