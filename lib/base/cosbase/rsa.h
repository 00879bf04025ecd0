/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA with PKCS#1 v1.5 over SHA-256 (RFC 8017 s.8.2), which JSON Web Tokens call RS256
 * (RFC 7518 s.3.3) and XML signatures rsa-sha256: proof by a public key, and seals by a pair
 * that is made anew each time.
 */
#ifndef COSBASE_RSA_H
#define COSBASE_RSA_H

#include "cosbase/buf.h"

struct cos_rsa; /* immutable; any thread */
/** A pair of 2048 bits; takes about a tenth of a second. NULL: no memory. */
struct cos_rsa *cos_rsa_generate(void);
/** A public key of its numbers, big-endian. NULL: they are none, or no memory. */
struct cos_rsa *cos_rsa_public(struct cos_span modulus, struct cos_span exponent);
struct cos_rsa *cos_rsa_free(struct cos_rsa *key);
COS_CLEANUP_DEFINE(struct cos_rsa *, cos_rsa_free)

/** The numbers of the public key, appended big-endian. False: no memory. */
COS_MUST_CHECK bool cos_rsa_numbers(const struct cos_rsa *key, struct cos_buf *modulus,
                                    struct cos_buf *exponent);
/** Append the seal of @message. False: no memory, or @key is a public one. */
COS_MUST_CHECK bool cos_rsa_seal(const struct cos_rsa *key, struct cos_span message,
                                 struct cos_buf *out);
/** Whether @seal was made of @message by whoever has the private half of @key. */
COS_MUST_CHECK bool cos_rsa_is_sealed(const struct cos_rsa *key, struct cos_span message,
                                      struct cos_span seal);

#endif
