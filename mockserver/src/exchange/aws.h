/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request of the S3 dialect says of its body, and what its signature leaves for whoever
 * reads that: with chunks that are signed each, the first one is signed over the signature of
 * the head, by the same key.
 */
#ifndef EXCHANGE_AWS_H
#define EXCHANGE_AWS_H

#include "cosbase/digest.h"
#include "cosbase/span.h"

struct cosmock_exchange;

/* What x-amz-content-sha256 says. */
enum aws_payload {
    AWS_PAYLOAD_NONE,            /* it is not there */
    AWS_PAYLOAD_HASH,            /* of the body, in hexadecimal digits */
    AWS_PAYLOAD_UNSIGNED,        /* UNSIGNED-PAYLOAD */
    AWS_PAYLOAD_CHUNKS,          /* STREAMING-AWS4-HMAC-SHA256-PAYLOAD */
    AWS_PAYLOAD_CHUNKS_TRAILER,  /* STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER */
    AWS_PAYLOAD_UNSIGNED_CHUNKS, /* STREAMING-UNSIGNED-PAYLOAD-TRAILER */
    AWS_PAYLOAD_UNKNOWN,         /* something else: refused */
};
enum { AWS_SIGNATURE_DIGITS = 2 * COS_SHA256_BYTES };

struct aws_request {
    enum aws_payload payload;
    struct cos_span payload_text;     /* as sent; ptr NULL: it is not there */
    uint8_t sha256[COS_SHA256_BYTES]; /* of AWS_PAYLOAD_HASH */
    /* of a signature of version 4 that holds; seed_signature is "" otherwise */
    uint8_t signing_key[COS_SHA256_BYTES]; /* a secret; the arena wipes it */
    struct cos_span scope;                 /* "20130524/us-east-1/s3/aws4_request" */
    struct cos_span date;                  /* "20130524T000000Z" */
    char seed_signature[AWS_SIGNATURE_DIGITS + 1];
};
/** x->aws, made (in the arena) by the first who asks; NULL: no memory. */
struct aws_request *aws_request_of(struct cosmock_exchange *x);

#endif
