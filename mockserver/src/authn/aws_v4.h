/* SPDX-License-Identifier: Apache-2.0 */
/* What signature version 4 is made of, for those who verify one (aws_v4.c) and for those who
 * look for the mistake in one (aws_v4_mistakes.c). */
#ifndef AUTHN_AWS_V4_H
#define AUTHN_AWS_V4_H

#include "authn/aws.h"
#include "cosbase/buf.h"

struct aws_v4_pair { /* of the query */
    struct cos_span name, value;
};
struct aws_v4_names { /* SignedHeaders: in lower case, sorted */
    struct cos_span items[AWS_NAMES_MAX];
    size_t n;
};
struct aws_v4 {
    const struct aws_auth *auth;
    struct aws_v4_names names;
    bool keeps_blanks;       /* runs of them, in values: s3cmd does */
    struct cos_span missing; /* is signed and did not come; ptr NULL: none is */
};
/** False: no memory. */
bool aws_v4_names(struct cosmock_exchange *x, const struct aws_auth *a,
                  struct aws_v4_names *out);
/** In the query, what is not signed because it is the signature. */
bool aws_v4_is_signature_param(const struct aws_auth *a, struct cos_span name);
/** All values of the header @name, in their order, runs of blanks as one unless they are kept.
 *  False: it did not come. */
bool aws_v4_put_values(struct cos_buf *b, const struct cosmock_exchange *x,
                       struct cos_span name, bool keeps_blanks);
/** The signing key of @start, which is "AWS4" and the secret key. */
void aws_v4_derive(uint8_t out[COS_SHA256_BYTES], const struct aws_auth *a,
                   struct cos_span start);
struct cos_span aws_v4_string(struct cos_arena *arena, const struct aws_auth *a,
                              struct cos_span hash);

/* --- aws_v4_mistakes.c: of a signature that does not hold, the cause and both requests --- */
void aws_v4_look(struct cosmock_exchange *x, const struct aws_v4 *v4);

#endif
