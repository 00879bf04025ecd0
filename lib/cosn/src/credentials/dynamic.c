/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic provider: holds the credential that was received last and swaps it whole. The
 * lock guards one pointer and is held for a pointer copy only, never over a request, so a slow
 * token service delays nobody.
 *
 * When the service refuses what is held, the refresher that feeds it is asked for another one
 * (attach); the lock is not held meanwhile.
 *
 * A credential that has died by the platform's wall clock is COSN_E_EXPIRED, not "none":
 * whoever asks must not fall back to another identity because this one is late.
 * Sources: fluss-plugin.md s.4 (COSSecurityTokenReceiver,
 * DynamicTemporaryCOSCredentialsProvider), requirements CRED-008, EXP-003, REF-014.
 */
#include "credentials/provider.h"

#include "cosbase/alloc.h"
#include "wire/wire.h"

#include <pthread.h>

struct holder {
    struct platform platform;
    pthread_mutex_t lock; /* guards current, renewer */
    struct cosn_credentials *current;
    struct provider_renewer renewer; /* renew NULL: nobody can be asked */
};

static struct cosn_credentials *borrow_current(struct holder *h)
{
    (void)pthread_mutex_lock(&h->lock);
    struct cosn_credentials *c = cosn_credentials_ref(h->current);
    (void)pthread_mutex_unlock(&h->lock);
    return c;
}

static bool is_dead(const struct holder *h, const struct cosn_credentials *c)
{
    int64_t expires_unix_ms = cosn_credentials_expires_unix_ms(c);
    if (expires_unix_ms == COSN_NEVER_EXPIRES) {
        return false;
    }
    return platform_unix_ms(&h->platform) >= expires_unix_ms;
}

static int get(void *ctx, struct cosn_credentials **out, struct cosn_error *err)
{
    struct holder *h = ctx;
    struct cosn_credentials *c = borrow_current(h);
    if (c == NULL) {
        return fail(err, COSN_E_NO_CREDENTIALS,
                    "%s: COS credentials have not been received yet; a token must be applied "
                    "before the first request",
                    PROVIDER_NAME_DYNAMIC);
    }
    if (is_dead(h, c)) {
        (void)cosn_credentials_unref(c);
        return fail(err, COSN_E_EXPIRED,
                    "%s: the temporary credential received last has expired and no newer one "
                    "has arrived",
                    PROVIDER_NAME_DYNAMIC);
    }
    *out = c;
    return 0;
}

/* Nobody is asked when the credential in hand is another one than the refused already. */
static int renew(void *ctx, const struct cosn_credentials *refused, struct cosn_error *err)
{
    struct holder *h = ctx;
    (void)pthread_mutex_lock(&h->lock);
    bool is_newer = refused != NULL && h->current != NULL && h->current != refused;
    struct provider_renewer renewer = h->renewer;
    if (!is_newer && renewer.renew != NULL) {
        renewer.hold(renewer.ctx);
    }
    (void)pthread_mutex_unlock(&h->lock);
    if (is_newer) {
        return 0;
    }
    return renewer.renew != NULL
               ? renewer.renew(renewer.ctx, err)
               : fail(err, COSN_E_UNSUPPORTED, "no refresher renews the token of %s",
                      PROVIDER_NAME_DYNAMIC);
}

int provider_dynamic_attach(struct cosn_provider *dynamic,
                            const struct provider_renewer *renewer, struct cosn_error *err)
{
    struct holder *h = provider_ctx(dynamic, get);
    if (h == NULL) {
        return fail(err, COSN_E_INVALID, "only a dynamic provider can ask a refresher");
    }
    (void)pthread_mutex_lock(&h->lock);
    h->renewer = *renewer;
    (void)pthread_mutex_unlock(&h->lock);
    return 0;
}

void provider_dynamic_detach(struct cosn_provider *dynamic, const void *renewer_ctx)
{
    struct holder *h = provider_ctx(dynamic, get);
    if (h == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&h->lock);
    if (h->renewer.ctx == renewer_ctx) {
        h->renewer = (struct provider_renewer){.renew = NULL};
    }
    (void)pthread_mutex_unlock(&h->lock);
}

static void drop(void *ctx)
{
    struct holder *h = ctx;
    (void)cosn_credentials_unref(h->current);
    (void)pthread_mutex_destroy(&h->lock);
    platform_deinit(&h->platform);
    cos_free(h);
}

int cosn_provider_dynamic_new(struct cosn_provider **out, const struct cosn_platform *platform,
                              struct cosn_error *err)
{
    static const struct cosn_provider_ops ops = {.size = sizeof(ops),
                                                 .name = PROVIDER_NAME_DYNAMIC,
                                                 .get = get,
                                                 .free = drop,
                                                 .renew = renew};
    struct holder *h = cos_calloc(1, sizeof(*h));
    if (h == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    int r = platform_init_light(&h->platform, platform, err);
    if (r < 0) {
        cos_free(h);
        return r;
    }
    (void)pthread_mutex_init(&h->lock, NULL);
    r = cosn_provider_new(out, &ops, h, err);
    if (r < 0) {
        drop(h);
    }
    return r;
}

int cosn_provider_dynamic_set(struct cosn_provider *dynamic, struct cosn_credentials *c,
                              struct cosn_error *err)
{
    struct holder *h = provider_ctx(dynamic, get);
    if (h == NULL) {
        return fail(err, COSN_E_INVALID, "a token can only be given to a dynamic provider");
    }
    (void)cosn_credentials_ref(c);
    (void)pthread_mutex_lock(&h->lock);
    struct cosn_credentials *old = h->current;
    h->current = c;
    (void)pthread_mutex_unlock(&h->lock);
    (void)cosn_credentials_unref(old);
    return 0;
}
