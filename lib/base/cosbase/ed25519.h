/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519 (RFC 8032): seals by a private key, and proof by the public one. Keys are PEM files
 * in the forms of RFC 8410, which every other tool reads, too: PKCS#8 and SubjectPublicKeyInfo.
 */
#ifndef COSBASE_ED25519_H
#define COSBASE_ED25519_H

#include "cosbase/buf.h"

#define COS_ED25519_SEAL_BYTES 64

struct cos_ed25519; /* immutable; any thread */
/** A new pair. NULL: no memory. */
struct cos_ed25519 *cos_ed25519_generate(void);
/** The key in a PEM text. NULL: there is none, it is of another kind, or asks for a pass
 *  phrase. */
struct cos_ed25519 *cos_ed25519_private(struct cos_span pem);
struct cos_ed25519 *cos_ed25519_public(struct cos_span pem);
struct cos_ed25519 *cos_ed25519_free(struct cos_ed25519 *key);
COS_CLEANUP_DEFINE(struct cos_ed25519 *, cos_ed25519_free)

/** Append one half as PEM. False: no memory, or @key has no private half. */
COS_MUST_CHECK bool cos_ed25519_private_pem(const struct cos_ed25519 *key, struct cos_buf *out);
COS_MUST_CHECK bool cos_ed25519_public_pem(const struct cos_ed25519 *key, struct cos_buf *out);
/** The name of a key: SHA-256 of its public half in DER, as 64 hex digits. False: no memory. */
COS_MUST_CHECK bool cos_ed25519_id(const struct cos_ed25519 *key, char out[65]);

/** The seal of @message. False: no memory, or @key is a public one. */
COS_MUST_CHECK bool cos_ed25519_seal(const struct cos_ed25519 *key, struct cos_span message,
                                     uint8_t out[COS_ED25519_SEAL_BYTES]);
/** Whether @seal was made of @message by whoever has the private half of @key. */
COS_MUST_CHECK bool cos_ed25519_is_sealed(const struct cos_ed25519 *key,
                                          struct cos_span message, struct cos_span seal);

#endif
