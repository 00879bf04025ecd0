/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures of S3 clients: Signature Version 4 and 2 of AWS, each in the Authorization
 * header or in the query. What COS makes of them: cos-s3.md s.3; where nothing is known it is
 * what AWS documents. Errors are those of AWS, their reasons ours.
 */
#ifndef AUTHN_AWS_H
#define AUTHN_AWS_H

#include "exchange/aws.h"
#include "exchange/exchange.h"

enum aws_form { AWS_UNSIGNED, AWS_V4_HEADER, AWS_V4_QUERY, AWS_V2_HEADER, AWS_V2_QUERY };
enum {
    AWS_SKEW_S = 900,
    AWS_EXPIRES_MAX_S = 604800,
    AWS_DATE_BYTES = 16,
    AWS_NAMES_MAX = 128 /* SignedHeaders */
};

struct aws_auth {
    enum aws_form form;
    struct cos_span id, signature;
    int64_t at_unix_s;      /* when it was signed; V2 in the query does not say */
    int64_t expires_unix_s; /* of a query */
    /* --- version 4 --- */
    struct cos_span day, region; /* of the scope: "20130524", "us-east-1" */
    struct cos_span signed_headers;
    char date[AWS_DATE_BYTES + 1]; /* "20130524T000000Z" */
    /* --- version 2: its line of the date, as sent; "" where x-amz-date says it --- */
    struct cos_span date_line;
};
/* What cannot be read, and the code of the answer. */
struct aws_flaw {
    const char *code;
    struct cos_span why; /* a sentence, lasting */
};
/** False: @flaw has what is malformed. The id is filled in even then, if there is one. */
bool aws_auth_read(const struct cosmock_exchange *x, struct aws_auth *out,
                   struct aws_flaw *flaw);

/* --- aws.c --- */
void aws_refuse(struct cosmock_exchange *x, const struct aws_flaw *flaw, const char *reason);
/** The clock is within 15 minutes of when it was signed, or before its end. False: refused. */
bool aws_check_times(struct cosmock_exchange *x, const struct aws_auth *auth);
/** Of the same code as the others, with the server's strings; @words may be "". */
void aws_refuse_signature(struct cosmock_exchange *x, struct cos_span string_to_sign,
                          struct cos_span canonical_request);

/* --- aws_v4.c --- */
void aws_v4_check(struct cosmock_exchange *x, const struct aws_auth *auth);

/* --- aws_v2.c --- */
void aws_v2_check(struct cosmock_exchange *x, const struct aws_auth *auth);

#endif
