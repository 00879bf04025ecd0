/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which provider a configuration asks for. One table maps short names and Java class names, so
 * that a server.yaml that works for the plugin works here.
 *
 *   fs.cosn.credentials.provider not blank   exactly the listed ones, in order; keys of the
 *                                            configuration count only if listed
 *   secretId set (even to nothing), or the
 *   provider key set to nothing              SimpleCredentialsProvider, then the environment:
 *                                            hadoop-cos's default chain
 *   neither, and there is a receiver         the received token, and only that: what the plugin
 *                                            forces for clients, where an environment alone is
 *                                            not enough
 *   neither, and there is no receiver        hadoop-cos's default chain
 *
 * An unknown class is refused with its origin and the names that would be right; it never falls
 * back to something else.
 * Sources: fluss-plugin.md s.3 (both layers and the matrix); tencentyun/hadoop-cos README for
 * the org.apache.hadoop.fs.auth names.
 */
#include "credentials/provider.h"

#include "cosbase/shown.h"
#include "cosbase/span.h"
#include "wire/wire.h"

#define PROVIDER_KEY "fs.cosn.credentials.provider"
#define MAX_PROVIDERS 16

enum kind { SIMPLE, ENVIRONMENT, SESSION, DYNAMIC };

static const struct {
    const char *name;
    enum kind kind;
} known_providers[] = {
    {"simple", SIMPLE},
    {"environment", ENVIRONMENT},
    {"session", SESSION},
    {"dynamic", DYNAMIC},
    {"org.apache.hadoop.fs.cosn.auth.SimpleCredentialsProvider", SIMPLE},
    {"org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider", ENVIRONMENT},
    {"org.apache.fluss.fs.cos.token.DynamicTemporaryCOSCredentialsProvider", DYNAMIC},
    {"org.apache.hadoop.fs.auth.SimpleCredentialProvider", SIMPLE},
    {"org.apache.hadoop.fs.auth.SimpleCredentialsProvider", SIMPLE},
    {"org.apache.hadoop.fs.auth.EnvironmentVariableCredentialProvider", ENVIRONMENT},
    {"org.apache.hadoop.fs.auth.EnvironmentVariableCredentialsProvider", ENVIRONMENT},
    {"org.apache.hadoop.fs.auth.SessionTokenCredentialProvider", SESSION},
    {"org.apache.hadoop.fs.auth.SessionTokenCredentialsProvider", SESSION},
};

struct request {
    const struct cosn_config *config;
    struct cosn_provider *dynamic;
    const struct cosn_platform *platform;
};

struct list {
    struct cosn_provider *items[MAX_PROVIDERS];
    size_t n;
};

static void drop_list(struct list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        list->items[i] = cosn_provider_unref(list->items[i]);
    }
    list->n = 0;
}

static int make(struct cosn_provider **out, enum kind kind, const struct request *q,
                struct cosn_error *err)
{
    switch (kind) {
    case SIMPLE:
        return provider_configured_new(out, q->config, /* needs_token= */ false, err);
    case SESSION:
        return provider_configured_new(out, q->config, /* needs_token= */ true, err);
    case ENVIRONMENT:
        return cosn_provider_env_new(out, q->platform, err);
    case DYNAMIC:
        break;
    }
    if (q->dynamic != NULL) {
        *out = cosn_provider_ref(q->dynamic);
        return 0;
    }
    return cosn_provider_dynamic_new(out, q->platform, err);
}

static int add(struct list *list, enum kind kind, const struct request *q,
               struct cosn_error *err)
{
    if (list->n == MAX_PROVIDERS) {
        return fail(err, COSN_E_INVALID, "%s lists more than %d providers", PROVIDER_KEY,
                    MAX_PROVIDERS);
    }
    int r = make(&list->items[list->n], kind, q, err);
    if (r == 0) {
        list->n++;
    }
    return r;
}

static int add_named(struct list *list, struct cos_span name, const struct request *q,
                     struct cosn_error *err)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(known_providers); i++) {
        if (cos_span_eq_str(name, known_providers[i].name)) {
            return add(list, known_providers[i].kind, q, err);
        }
    }
    char shown[COS_SHOWN_BYTES];
    return fail(err, COSN_E_INVALID,
                "%s: unknown credentials provider '%s' (%s); known are simple, environment, "
                "session, dynamic, org.apache.hadoop.fs.cosn.auth.{SimpleCredentialsProvider,"
                "EnvironmentVariableCredentialsProvider} and org.apache.fluss.fs.cos.token."
                "DynamicTemporaryCOSCredentialsProvider",
                PROVIDER_KEY, cos_shown_value(shown, name),
                cosn_config_origin(q->config, PROVIDER_KEY));
}

static int add_listed(struct list *list, const char *names, const struct request *q,
                      struct cosn_error *err)
{
    struct cos_span rest = cos_span_of(names);
    while (rest.ptr != NULL) {
        struct cos_span name = cos_span_trim(cos_span_cut(&rest, ','));
        int r = name.len > 0 ? add_named(list, name, q, err) : 0;
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int add_unlisted(struct list *list, bool has_provider_key, const struct request *q,
                        struct cosn_error *err)
{
    bool has_id = cosn_config_get(q->config, "fs.cosn.userinfo.secretId") != NULL;
    if (q->dynamic != NULL && !has_id && !has_provider_key) {
        return add(list, DYNAMIC, q, err);
    }
    int r = add(list, SIMPLE, q, err);
    return r < 0 ? r : add(list, ENVIRONMENT, q, err);
}

int cosn_provider_from_config(struct cosn_provider **out, const struct cosn_config *config,
                              struct cosn_provider *dynamic,
                              const struct cosn_platform *platform, struct cosn_error *err)
{
    struct request q = {.config = config, .dynamic = dynamic, .platform = platform};
    struct list list = {.n = 0};
    const char *names = cosn_config_get(config, PROVIDER_KEY);
    int r = 0;
    if (names != NULL) {
        r = add_listed(&list, names, &q, err);
    }
    if (r == 0 && list.n == 0) {
        r = add_unlisted(&list, names != NULL, &q, err);
    }
    if (r == 0) {
        r = cosn_provider_chain_new(out, list.items, list.n, err);
    }
    drop_list(&list);
    return r;
}
