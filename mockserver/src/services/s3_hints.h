/* SPDX-License-Identifier: Apache-2.0 */
/* What to set in a client of S3 that is refused for one of its settings: THE TABLE. */
#ifndef SERVICES_S3_HINTS_H
#define SERVICES_S3_HINTS_H

struct cosmock_exchange;

enum s3_hint {
    S3_HINT_FRAMED,     /* the body is framed as aws-chunked, and is taken as it came */
    S3_HINT_NO_MD5,     /* a checksum of another kind stands for Content-MD5 */
    S3_HINT_PATH_STYLE, /* the bucket stands in the path */
    S3_HINTS
};
/** One line of settings, client by client. */
const char *s3_hint_text(enum s3_hint which);
/** Of the refusal of @x; NULL: it is no setting's fault. */
const char *s3_hint_of(const struct cosmock_exchange *x);

#endif
