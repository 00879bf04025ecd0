/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share about providers; outside it only the refresher
 * includes this.
 */
#ifndef COSN_CREDENTIALS_PROVIDER_H
#define COSN_CREDENTIALS_PROVIDER_H

#include "cosn/credentials.h"

/** The context of @p when it was made with @get, else NULL: how the receiver knows its own
 *  provider again. */
void *provider_ctx(struct cosn_provider *p, int (*get)(void *ctx, struct cosn_credentials **out,
                                                       struct cosn_error *err));

/** --- configured.c: values of the configuration; one that lacks some says which key. --- */
/** @needs_token: the session form, which is empty without fs.cosn.session.token. */
int provider_configured_new(struct cosn_provider **out, const struct cosn_config *config,
                            bool needs_token, struct cosn_error *err);

#define PROVIDER_NAME_SIMPLE "SimpleCredentialsProvider"
#define PROVIDER_NAME_SESSION "SessionTokenCredentialsProvider"
#define PROVIDER_NAME_ENVIRONMENT "EnvironmentVariableCredentialsProvider"
#define PROVIDER_NAME_DYNAMIC "DynamicTemporaryCOSCredentialsProvider"

/* Who can be asked for a newer token: a refresher. hold keeps it alive until renew returns,
 * which lets it go. */
struct provider_renewer {
    void (*hold)(void *ctx);
    int (*renew)(void *ctx, struct cosn_error *err);
    void *ctx;
};
/** From now on a dynamic provider asks @renewer; the last one attached counts. COSN_E_INVALID
 *  for another kind of provider. */
int provider_dynamic_attach(struct cosn_provider *dynamic,
                            const struct provider_renewer *renewer, struct cosn_error *err);
/** No call of hold begins after this. */
void provider_dynamic_detach(struct cosn_provider *dynamic, const void *renewer_ctx);

#endif
