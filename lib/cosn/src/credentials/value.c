/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential: an immutable, reference-counted value. Swapped whole and never edited, so a
 * request that holds a reference always sees an id, a key and a token that were minted
 * together.
 *
 * It refuses what cannot go into a header field: a control byte in the id or the token would
 * let a configuration value smuggle headers into requests. A secret key may be any text,
 * because it is only ever hashed.
 */
#include "cosn/credentials.h"

#include "cosbase/alloc.h"
#include "cosbase/secret.h"
#include "wire/wire.h"

#include <stdatomic.h>

struct cosn_credentials {
    atomic_uint refs;
    struct cos_secret secret_id, secret_key, token;
    int64_t expires_unix_ms;
};

static bool fits_a_header(const char *s)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static int check_parts(const char *secret_id, const char *secret_key, const char *token,
                       struct cosn_error *err)
{
    if (secret_id == NULL || secret_id[0] == '\0') {
        return fail(err, COSN_E_INVALID, "a credential needs a secret id");
    }
    if (secret_key == NULL || secret_key[0] == '\0') {
        return fail(err, COSN_E_INVALID, "a credential needs a secret key");
    }
    if (!fits_a_header(secret_id)) {
        return fail(err, COSN_E_INVALID, "the secret id holds a control character");
    }
    if (token != NULL && !fits_a_header(token)) {
        return fail(err, COSN_E_INVALID, "the session token holds a control character");
    }
    return 0;
}

int cosn_credentials_new(struct cosn_credentials **out, const char *secret_id,
                         const char *secret_key, const char *token, int64_t expires_unix_ms,
                         struct cosn_error *err)
{
    int r = check_parts(secret_id, secret_key, token, err);
    if (r < 0) {
        return r;
    }
    struct cosn_credentials *c = cos_calloc(1, sizeof(*c));
    if (c == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    atomic_init(&c->refs, 1);
    c->expires_unix_ms = expires_unix_ms;
    bool has_token = token != NULL && token[0] != '\0';
    if (cos_secret_set(&c->secret_id, cos_span_of(secret_id)) < 0 ||
        cos_secret_set(&c->secret_key, cos_span_of(secret_key)) < 0 ||
        (has_token && cos_secret_set(&c->token, cos_span_of(token)) < 0)) {
        (void)cosn_credentials_unref(c);
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    *out = c;
    return 0;
}

struct cosn_credentials *cosn_credentials_ref(struct cosn_credentials *c)
{
    if (c != NULL) {
        atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    }
    return c;
}

struct cosn_credentials *cosn_credentials_unref(struct cosn_credentials *c)
{
    if (c != NULL && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1) {
        cos_secret_deinit(&c->secret_id);
        cos_secret_deinit(&c->secret_key);
        cos_secret_deinit(&c->token);
        cos_free(c);
    }
    return NULL;
}

const char *cosn_credentials_secret_id(const struct cosn_credentials *c)
{
    return c->secret_id.ptr;
}

const char *cosn_credentials_secret_key(const struct cosn_credentials *c)
{
    return c->secret_key.ptr;
}

const char *cosn_credentials_token(const struct cosn_credentials *c)
{
    return c->token.ptr;
}

int64_t cosn_credentials_expires_unix_ms(const struct cosn_credentials *c)
{
    return c->expires_unix_ms;
}
