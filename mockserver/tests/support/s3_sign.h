/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs the questions of client.h as S3's clients do, at CLIENT_NOW_S: Signature Version 4 with
 * an unsigned payload, over the host and every x-amz- header that is there. Spelled out from
 * AWS's formulas ("Authenticating Requests: Using the Authorization Header", "... Query
 * Parameters") with plain HMACs; it shares nothing with the verifier but the digests.
 */
#ifndef TESTS_S3_SIGN_H
#define TESTS_S3_SIGN_H

#include "client.h"

struct s3_signing {
    const char *id, *secret;
    const char *token; /* NULL: none */
    const char *host;
};
/** Adds Host, x-amz-date, x-amz-content-sha256 and Authorization; the target's names and values
 *  must be encoded already. */
void s3_authorize(struct question *q, const struct s3_signing *s);
/** Signs the target instead, for an hour: writes it to @target, which q->target then is, and
 *  adds Host. */
void s3_presign(struct question *q, const struct s3_signing *s, char target[6000]);

#endif
