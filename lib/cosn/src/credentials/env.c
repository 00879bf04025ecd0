/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment provider: COSN_SECRET_ID and COSN_SECRET_KEY as hadoop-cos reads them,
 * trimmed, and beyond it COSN_SESSION_TOKEN. Read anew on every call, so that a rotated
 * environment takes effect without a restart. Half a pair is nothing: it never signs with only
 * one of the two.
 * Sources: fluss-plugin.md s.3 (EnvironmentVariableCredentialsProvider).
 */
#include "credentials/provider.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "wire/wire.h"

#define ID_NAME "COSN_SECRET_ID"
#define KEY_NAME "COSN_SECRET_KEY"
#define MAX_VALUE_BYTES (64u << 10)

struct env_source {
    struct platform platform;
};

/* The trimmed value into @b; an unset variable reads as an empty one. */
static void read_trimmed(const struct env_source *s, const char *name, struct cos_buf *b)
{
    struct cos_span value = cos_span_of(s->platform.p.env(s->platform.p.env_ctx, name));
    cos_buf_init(b, MAX_VALUE_BYTES);
    cos_buf_span(b, cos_span_trim(value));
}

static int get(void *ctx, struct cosn_credentials **out, struct cosn_error *err)
{
    const struct env_source *s = ctx;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf id = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf key = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf token = {0};
    read_trimmed(s, ID_NAME, &id);
    read_trimmed(s, KEY_NAME, &key);
    read_trimmed(s, "COSN_SESSION_TOKEN", &token);
    if (id.failed || key.failed || token.failed) {
        return fail(err, COSN_E_NOMEM, "no room for the credentials of the environment");
    }
    if (id.len == 0 || key.len == 0) {
        return fail(err, COSN_E_NO_CREDENTIALS, "%s: environment variable %s is not set",
                    PROVIDER_NAME_ENVIRONMENT, id.len == 0 ? ID_NAME : KEY_NAME);
    }
    return cosn_credentials_new(out, cos_buf_cstr(&id), cos_buf_cstr(&key),
                                cos_buf_cstr(&token), COSN_NEVER_EXPIRES, err);
}

static void drop(void *ctx)
{
    struct env_source *s = ctx;
    platform_deinit(&s->platform);
    cos_free(s);
}

int cosn_provider_env_new(struct cosn_provider **out, const struct cosn_platform *platform,
                          struct cosn_error *err)
{
    static const struct cosn_provider_ops ops = {.size = sizeof(ops),
                                                 .name = PROVIDER_NAME_ENVIRONMENT,
                                                 .get = get,
                                                 .free = drop};
    struct env_source *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    int r = platform_init_light(&s->platform, platform, err);
    if (r < 0) {
        cos_free(s);
        return r;
    }
    r = cosn_provider_new(out, &ops, s, err);
    if (r < 0) {
        drop(s);
    }
    return r;
}
