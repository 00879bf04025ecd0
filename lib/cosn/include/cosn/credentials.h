/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials: immutable, reference-counted values; and providers that yield them. Promise: may
 * change before 1.0. Credentials are swapped whole, never edited. Threads: everything here may
 * be shared.
 */
#ifndef COSN_CREDENTIALS_H
#define COSN_CREDENTIALS_H

#include "cosn/config.h"

#ifdef __cplusplus
extern "C" {
#endif

#define COSN_NEVER_EXPIRES INT64_MAX

struct cosn_credentials;
/**
 * Copies its strings.
 *
 * @token           NULL or "": a permanent key
 * @expires_unix_ms COSN_NEVER_EXPIRES when there is no end
 * Errors:          COSN_E_INVALID (an empty secret id or key, a control character)
 */
COSN_API int cosn_credentials_new(struct cosn_credentials **out, const char *secret_id,
                                  const char *secret_key, const char *token,
                                  int64_t expires_unix_ms, struct cosn_error *err);
COSN_API struct cosn_credentials *cosn_credentials_ref(struct cosn_credentials *c);
/** Wipes with the last reference. NULL. */
COSN_API struct cosn_credentials *cosn_credentials_unref(struct cosn_credentials *c);
COSN_API const char *cosn_credentials_secret_id(const struct cosn_credentials *c);
COSN_API const char *cosn_credentials_secret_key(const struct cosn_credentials *c);
/** NULL: a permanent key. */
COSN_API const char *cosn_credentials_token(const struct cosn_credentials *c);
COSN_API int64_t cosn_credentials_expires_unix_ms(const struct cosn_credentials *c);

struct cosn_provider;
/* For your own provider. get may block; it is called outside every lock of the library. */
struct cosn_provider_ops {
    size_t size;
    /* shown in errors */
    const char *name;
    /* *out: one reference, yours to give */
    int (*get)(void *ctx, struct cosn_credentials **out, struct cosn_error *err);
    void (*free)(void *ctx);
    /* May be NULL. The service refused @refused as ended or unknown (NULL: what get yields is
     * dead by the clock): 0 when get may now yield another one. May block for a token service;
     * is called from the thread of the refused request, outside every lock. */
    int (*renew)(void *ctx, const struct cosn_credentials *refused, struct cosn_error *err);
};
/**
 * A provider of your own: @ctx is passed to each of @ops and freed by ops->free with the last
 * reference.
 *
 * Errors:      COSN_E_INVALID (no size, no get); @ctx stays yours then
 */
COSN_API int cosn_provider_new(struct cosn_provider **out, const struct cosn_provider_ops *ops,
                               void *ctx, struct cosn_error *err);
COSN_API struct cosn_provider *cosn_provider_ref(struct cosn_provider *p);
COSN_API struct cosn_provider *cosn_provider_unref(struct cosn_provider *p); /* NULL */
/** *out: one reference. Errors: COSN_E_NO_CREDENTIALS naming every provider asked;
 *  COSN_E_EXPIRED when all it has is dead by the clock; what a provider of your own gives. */
COSN_API int cosn_provider_get(struct cosn_provider *p, struct cosn_credentials **out,
                               struct cosn_error *err);
/** Ask for another credential after a refusal; the providers of a chain are asked in order. May
 *  block for a token service. Errors: COSN_E_UNSUPPORTED when none can renew; else what the
 *  renewing one gives. */
COSN_API int cosn_provider_renew(struct cosn_provider *p,
                                 const struct cosn_credentials *refused,
                                 struct cosn_error *err);
COSN_API const char *cosn_provider_name(const struct cosn_provider *p);

/** Takes a reference to @c. Errors: COSN_E_NOMEM. */
COSN_API int cosn_provider_static_new(struct cosn_provider **out, struct cosn_credentials *c,
                                      struct cosn_error *err);
/**
 * COSN_SECRET_ID, COSN_SECRET_KEY and, beyond hadoop-cos, COSN_SESSION_TOKEN; values are
 * trimmed, and read at every get.
 *
 * Errors:      COSN_E_NOMEM
 */
COSN_API int cosn_provider_env_new(struct cosn_provider **out,
                                   const struct cosn_platform *platform,
                                   struct cosn_error *err);
/** Holds what was last received; empty until then. An expired one makes get fail with
 *  COSN_E_EXPIRED.
 *  Errors: COSN_E_NOMEM. */
COSN_API int cosn_provider_dynamic_new(struct cosn_provider **out,
                                       const struct cosn_platform *platform,
                                       struct cosn_error *err);
/** Swap in @c, to which a reference is taken. Errors: COSN_E_INVALID (another kind of
 *  provider). */
COSN_API int cosn_provider_dynamic_set(struct cosn_provider *dynamic,
                                       struct cosn_credentials *c, struct cosn_error *err);
/** First provider with credentials wins, asked anew each time. Takes references. Errors:
 *  COSN_E_NOMEM. */
COSN_API int cosn_provider_chain_new(struct cosn_provider **out,
                                     struct cosn_provider *const providers[], size_t n,
                                     struct cosn_error *err);
/**
 * What the configuration asks for: fs.cosn.credentials.provider (comma list of short names or
 * of the Java class names of hadoop-cos and Fluss) exactly in its order; without it @dynamic
 * alone, when it is not NULL and no fs.cosn.userinfo.secretId is set; else secretId/secretKey,
 * then the environment.
 *
 * Errors:      COSN_E_INVALID (a name that is none, too many)
 * Source:      fluss-plugin.md s.3
 */
COSN_API int cosn_provider_from_config(struct cosn_provider **out,
                                       const struct cosn_config *config,
                                       struct cosn_provider *dynamic,
                                       const struct cosn_platform *platform,
                                       struct cosn_error *err);

#ifdef __cplusplus
}
#endif
#endif
