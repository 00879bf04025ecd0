/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Tokens as OpenID Connect providers issue them (RFC 7515, RFC 7519): RS256 alone, in
 * the compact form. */
#ifndef SERVICES_JWT_H
#define SERVICES_JWT_H

#include "cosbase/arena.h"
#include "cosbase/json.h"
#include "cosbase/rsa.h"

struct jwt {
    struct cos_span sealed, seal; /* what the seal is of, as sent; its bytes */
    struct cos_span kid;          /* ptr NULL: none */
    struct cos_json *claims;
};
/** NULL; else what is wrong with @text, one English line. */
const char *jwt_read(struct jwt *out, struct cos_arena *arena, struct cos_span text);
void jwt_deinit(struct jwt *t);
/** Append a token with these claims, of JSON text. False: no memory. */
COS_MUST_CHECK bool jwt_write(struct cos_buf *out, const struct cos_rsa *key, const char *kid,
                              struct cos_span claims);

/** A key of a set (RFC 7517) by its id; with no id the only one. NULL: there is none, or it is
 *  no RSA key. */
struct cos_rsa *jwks_find(const struct cos_json *set, struct cos_span kid);
/** The set with this one key in it. False: no memory. */
COS_MUST_CHECK bool jwks_write(struct cos_buf *out, const struct cos_rsa *key, const char *kid);

#endif
