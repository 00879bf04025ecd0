/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider of one fixed credential that the caller already holds.
 */
#include "credentials/provider.h"

static int get(void *ctx, struct cosn_credentials **out, struct cosn_error *err)
{
    (void)err;
    *out = cosn_credentials_ref(ctx);
    return 0;
}

static void drop(void *ctx)
{
    (void)cosn_credentials_unref(ctx);
}

int cosn_provider_static_new(struct cosn_provider **out, struct cosn_credentials *c,
                             struct cosn_error *err)
{
    static const struct cosn_provider_ops ops = {.size = sizeof(ops),
                                                 .name = "StaticCredentialsProvider",
                                                 .get = get,
                                                 .free = drop};
    int r = cosn_provider_new(out, &ops, c, err);
    if (r == 0) {
        (void)cosn_credentials_ref(c);
    }
    return r;
}
