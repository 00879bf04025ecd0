/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials out of the configuration: fs.cosn.userinfo.secretId and .secretKey, with
 * fs.cosn.session.token when it is set. When something is missing it is an empty provider that
 * says which key, so that the chain can go on and its error can name it.
 *
 * Values are taken as they stand, because a secret may hold any printable character (CRED-022);
 * but one made of blanks only counts as missing, where hadoop-cos sends the blanks
 * (fluss-plugin.md s.3, row `id="  " + key`).
 */
#include "credentials/provider.h"

#include "cosbase/alloc.h"
#include "wire/wire.h"

struct configured {
    struct cosn_credentials *credentials; /* NULL: missing names the key */
    const char *name;
    const char *missing;
};

static int get(void *ctx, struct cosn_credentials **out, struct cosn_error *err)
{
    struct configured *s = ctx;
    if (s->credentials == NULL) {
        return fail(err, COSN_E_NO_CREDENTIALS, "%s: %s is not set", s->name, s->missing);
    }
    *out = cosn_credentials_ref(s->credentials);
    return 0;
}

static void drop(void *ctx)
{
    struct configured *s = ctx;
    (void)cosn_credentials_unref(s->credentials);
    cos_free(s);
}

static bool is_blank(const char *value)
{
    return cos_span_trim(cos_span_of(value)).len == 0;
}

static const char *first_missing(const struct cosn_config *config, bool needs_token)
{
    static const char *const keys[] = {"fs.cosn.userinfo.secretId",
                                       "fs.cosn.userinfo.secretKey", "fs.cosn.session.token"};
    for (size_t i = 0; i < COS_ARRAY_LEN(keys) - (needs_token ? 0 : 1); i++) {
        if (is_blank(cosn_config_get(config, keys[i]))) {
            return keys[i];
        }
    }
    return NULL;
}

static int read_credentials(struct configured *s, const struct cosn_config *config,
                            struct cosn_error *err)
{
    const char *id = cosn_config_get(config, "fs.cosn.userinfo.secretId");
    const char *key = cosn_config_get(config, "fs.cosn.userinfo.secretKey");
    const char *token = cosn_config_get(config, "fs.cosn.session.token");
    int r = cosn_credentials_new(&s->credentials, id, key, token, COSN_NEVER_EXPIRES, err);
    if (r == COSN_E_INVALID) {
        fail_prefix(err, "fs.cosn.userinfo.secretId or fs.cosn.session.token (%s)",
                    cosn_config_origin(config, "fs.cosn.userinfo.secretId"));
    }
    return r;
}

int provider_configured_new(struct cosn_provider **out, const struct cosn_config *config,
                            bool needs_token, struct cosn_error *err)
{
    struct configured *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    s->name = needs_token ? PROVIDER_NAME_SESSION : PROVIDER_NAME_SIMPLE;
    s->missing = first_missing(config, needs_token);
    int r = s->missing == NULL ? read_credentials(s, config, err) : 0;
    if (r == 0) {
        struct cosn_provider_ops ops = {.size = sizeof(ops),
                                        .name = s->name,
                                        .get = get,
                                        .free = drop};
        r = cosn_provider_new(out, &ops, s, err);
    }
    if (r < 0) {
        drop(s);
    }
    return r;
}
