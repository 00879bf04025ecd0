/* SPDX-License-Identifier: Apache-2.0 */
/* What signature version 2 is made of, for aws_v2.c and aws_v2_mistakes.c. */
#ifndef AUTHN_AWS_V2_H
#define AUTHN_AWS_V2_H

#include "authn/aws.h"
#include "cosbase/buf.h"

struct aws_v2_pair {
    struct cos_span name, value;
    size_t order; /* among those of one name */
};
/** "": it did not come. */
struct cos_span aws_v2_header(const struct cosmock_exchange *x, const char *name);
/** "name:value\n" of each x-amz-* header but @without. */
void aws_v2_put_amz(struct cos_buf *b, struct cosmock_exchange *x, const struct aws_auth *a,
                    struct cos_span without);
/** The bucket, if the host names it, @path and sub-resources. */
void aws_v2_put_resource(struct cos_buf *b, struct cosmock_exchange *x, struct cos_span path);
/** The path as it was sent, or in the other spelling there is of it. */
struct cos_span aws_v2_bucket_path(struct cosmock_exchange *x);

/* --- aws_v2_mistakes.c: of a signature that does not hold, the cause and both strings --- */
void aws_v2_look(struct cosmock_exchange *x, const struct aws_auth *auth);

#endif
