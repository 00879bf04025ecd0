/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain: providers asked in order, anew each time; the first that has credentials wins.
 * When none has, the error names each one asked and why it was empty (hadoop-cos prints object
 * addresses there, fluss-plugin.md s.3).
 *
 * Only "I have none" moves on to the next one. An expired or unreadable credential ends the
 * search: to go on would mean to act under another identity because the right one is late
 * (requirement EXP-003).
 */
#include "credentials/provider.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "wire/wire.h"

struct chain {
    size_t n;
    struct cosn_provider *links[];
};

/* "NAME: reason" or, for a provider of somebody else's making, NAME and its sentence. */
static void note_refusal(struct cos_buf *why, const struct cosn_provider *p,
                         const struct cosn_error *refusal)
{
    struct cos_span name = cos_span_of(cosn_provider_name(p));
    struct cos_span sentence = cos_span_of(refusal->message);
    cos_buf_str(why, why->len == 0 ? "" : "; ");
    if (!cos_span_starts(sentence, name)) {
        cos_buf_span(why, name);
        cos_buf_str(why, ": ");
    }
    cos_buf_span(why, sentence);
}

static int get(void *ctx, struct cosn_credentials **out, struct cosn_error *err)
{
    struct chain *chain = ctx;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf why;
    cos_buf_init(&why, 4096);
    for (size_t i = 0; i < chain->n; i++) {
        struct cosn_error refusal = COSN_ERROR_INIT;
        int r = cosn_provider_get(chain->links[i], out, &refusal);
        if (r == 0) {
            return 0;
        }
        if (r != COSN_E_NO_CREDENTIALS) {
            if (err != NULL) {
                *err = refusal;
            }
            return r;
        }
        note_refusal(&why, chain->links[i], &refusal);
    }
    return fail(err, COSN_E_NO_CREDENTIALS, "no COS credentials: %s", cos_buf_cstr(&why));
}

static int renew(void *ctx, const struct cosn_credentials *refused, struct cosn_error *err)
{
    struct chain *chain = ctx;
    for (size_t i = 0; i < chain->n; i++) {
        int r = cosn_provider_renew(chain->links[i], refused, err);
        if (r != COSN_E_UNSUPPORTED) {
            return r;
        }
    }
    return fail(err, COSN_E_UNSUPPORTED, "no provider of the chain can renew credentials");
}

static void drop(void *ctx)
{
    struct chain *chain = ctx;
    for (size_t i = 0; i < chain->n; i++) {
        (void)cosn_provider_unref(chain->links[i]);
    }
    cos_free(chain);
}

int cosn_provider_chain_new(struct cosn_provider **out, struct cosn_provider *const providers[],
                            size_t n, struct cosn_error *err)
{
    static const struct cosn_provider_ops ops = {.size = sizeof(ops),
                                                 .name = "COSCredentialsProviderList",
                                                 .get = get,
                                                 .free = drop,
                                                 .renew = renew};
    size_t bytes;
    if (n == 0) {
        return fail(err, COSN_E_INVALID, "a provider chain needs at least one provider");
    }
    if (!cos_size_mul(&bytes, n, sizeof(struct cosn_provider *)) ||
        !cos_size_add(&bytes, bytes, sizeof(struct chain))) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    struct chain *chain = cos_calloc(1, bytes);
    if (chain == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        chain->links[i] = cosn_provider_ref(providers[i]);
    }
    chain->n = n;
    int r = cosn_provider_new(out, &ops, chain, err);
    if (r < 0) {
        drop(chain);
    }
    return r;
}
