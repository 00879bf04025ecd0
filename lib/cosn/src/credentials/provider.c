/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider: something that can be asked for a credential, any number of times, from any
 * thread. Who asks does so before every attempt of every request, so a provider whose answer
 * changes (a rotated environment, a new token) takes effect at once; hadoop-cos asks once at
 * start and freezes what it got (fluss-plugin.md F6).
 */
#include "credentials/provider.h"

#include "cosbase/alloc.h"
#include "wire/wire.h"

#include <stdatomic.h>

struct cosn_provider {
    atomic_uint refs;
    struct cosn_provider_ops ops;
    char *name;
    void *ctx;
};

int cosn_provider_new(struct cosn_provider **out, const struct cosn_provider_ops *ops,
                      void *ctx, struct cosn_error *err)
{
    struct cosn_provider *p = cos_calloc(1, sizeof(*p));
    if (p == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    if (!cos_sized_copy(&p->ops, sizeof(p->ops), ops)) {
        cos_free(p);
        return fail(err, COSN_E_INVALID, "the provider's functions have no size");
    }
    p->name = cos_strdup(p->ops.name != NULL ? p->ops.name : "provider");
    if (p->name == NULL || p->ops.get == NULL) {
        int r = p->name == NULL ? fail(err, COSN_E_NOMEM, "out of memory")
                                : fail(err, COSN_E_INVALID, "a provider needs a get function");
        cos_free(p->name);
        cos_free(p);
        return r;
    }
    atomic_init(&p->refs, 1);
    p->ctx = ctx;
    *out = p;
    return 0;
}

struct cosn_provider *cosn_provider_ref(struct cosn_provider *p)
{
    if (p != NULL) {
        atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    }
    return p;
}

struct cosn_provider *cosn_provider_unref(struct cosn_provider *p)
{
    if (p != NULL && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        if (p->ops.free != NULL) {
            p->ops.free(p->ctx);
        }
        cos_free(p->name);
        cos_free(p);
    }
    return NULL;
}

int cosn_provider_get(struct cosn_provider *p, struct cosn_credentials **out,
                      struct cosn_error *err)
{
    struct cosn_credentials *got = NULL;
    int r = p->ops.get(p->ctx, &got, err);
    if (r < 0) {
        return r;
    }
    if (got == NULL) {
        return fail(err, COSN_E_NO_CREDENTIALS, "%s gave no credentials", p->name);
    }
    *out = got;
    return 0;
}

int cosn_provider_renew(struct cosn_provider *p, const struct cosn_credentials *refused,
                        struct cosn_error *err)
{
    if (p->ops.renew == NULL) {
        return fail(err, COSN_E_UNSUPPORTED, "%s cannot renew credentials", p->name);
    }
    return p->ops.renew(p->ctx, refused, err);
}

const char *cosn_provider_name(const struct cosn_provider *p)
{
    return p->name;
}

void *provider_ctx(struct cosn_provider *p,
                   int (*get)(void *ctx, struct cosn_credentials **out, struct cosn_error *err))
{
    return p != NULL && p->ops.get == get ? p->ctx : NULL;
}
