/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ${identifier:[path:]key} markers, as Fluss resolves them since 2026-07: once, after the whole
 * configuration was put together, and only through providers that config.providers names. A
 * marker is a whole value; inside one it is text. "$${" at the beginning stands for "${". What
 * a marker became is a secret from then on, whatever its key is called.
 *
 *   ${env:NAME}               an environment variable;
 *                             config.providers.env.param.allowlist.pattern may bound the names
 *   ${directory:/dir:file}    the bytes of /dir/file, a line break at its end included; below
 *                             ...param.allowed.paths only
 *   ${file:/path:property}    one property of a Java properties file; below
 *                             ...param.allowed.paths only
 *
 * A marker that is malformed, of another provider, outside what is allowed or without a value
 * is an error, as in Fluss. Differences: the pattern is a POSIX one, not Java's; what fails is
 * said with the key and its file and line.
 * Sources: apache/fluss #3658 (6f3c563c6) and #3685 (e21a03514): fluss-common
 * config/provider/{ConfigProviders,EnvVarConfigProvider,
 * DirectoryConfigProvider,FileConfigProvider,AllowedPaths,ProviderParams}.java as of
 * 2026-08-22, ConfigProvidersTest.java.
 */
#include "config/config.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "cosbase/shown.h"
#include "wire/wire.h"

#include <limits.h>
#include <regex.h>

#define PROVIDERS_KEY "config.providers"
#define MAX_SECRET_BYTES (1u << 20) /* of a file read for a marker [assumed] */

struct resolving;

struct marker {
    struct cos_span whole, path, key;
    const char *origin; /* of the value it stands in */
};

struct provider {
    const char *name;
    const char *param; /* the only one it knows */
    bool needs_param;
    int (*resolve)(struct cos_buf *out, const struct resolving *r, const struct marker *m,
                   struct cosn_error *err);
};

struct resolving {
    struct cosn_config *config;
    const struct cosn_platform *platform;
    const struct provider *provider; /* the one at work */
};

/* --- errors --- */

static int refuse(const struct marker *m, struct cosn_error *err, const char *why)
{
    char shown[COS_SHOWN_BYTES];
    return fail(err, COSN_E_INVALID, "%s: cannot resolve the marker '%s': %s", m->origin,
                cos_shown_value(shown, m->whole), why);
}

/* --- parameters --- */

static void param_key(char out[128], const struct provider *p)
{
    (void)snprintf(out, 128, PROVIDERS_KEY ".%s.param.%s", p->name, p->param);
}

static const char *param_of(const struct resolving *r)
{
    char key[128];
    param_key(key, r->provider);
    return cosn_config_get(r->config, key);
}

static bool is_within(const char *file, const char *root)
{
    size_t n = strlen(root);
    while (n > 0 && root[n - 1] == '/') {
        n--;
    }
    return strncmp(file, root, n) == 0 && (file[n] == '/' || file[n] == '\0');
}

/* Whether @file, links resolved, lies below one of the allowed roots. */
static bool is_allowed(const struct resolving *r, const char *file)
{
    struct cos_span rest = cos_span_of(param_of(r));
    while (rest.ptr != NULL) {
        struct cos_span root = cos_span_trim(cos_span_cut(&rest, ','));
        char name[4096], real[PATH_MAX];
        int n = snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(root));
        if (root.len > 0 && n > 0 && (size_t)n < sizeof(name) && realpath(name, real) != NULL &&
            is_within(file, real)) {
            return true;
        }
    }
    return false;
}

static int read_allowed(struct cos_buf *out, const struct resolving *r, const struct marker *m,
                        const char *path, struct cosn_error *err)
{
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) {
        return refuse(m, err, "the file cannot be read");
    }
    if (!is_allowed(r, real)) {
        return refuse(m, err, "the file lies outside the provider's param.allowed.paths");
    }
    if (cos_file_read(out, real) < 0) {
        return refuse(m, err, "the file cannot be read, or is larger than 1 MiB");
    }
    return 0;
}

/* --- the providers --- */

static bool is_permitted_name(const char *pattern, const char *name)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf whole = {0};
    cos_buf_init(&whole, 4096);
    cos_buf_printf(&whole, "^(%s)$", pattern);
    regex_t compiled;
    if (whole.failed ||
        regcomp(&compiled, cos_buf_cstr(&whole), REG_EXTENDED | REG_NOSUB) != 0) {
        return false;
    }
    bool matches = regexec(&compiled, name, 0, NULL, 0) == 0;
    regfree(&compiled);
    return matches;
}

static int resolve_env(struct cos_buf *out, const struct resolving *r, const struct marker *m,
                       struct cosn_error *err)
{
    char name[256];
    int n = snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(m->key));
    if (m->path.len > 0) {
        return refuse(m, err, "write ${env:NAME}");
    }
    if (n < 0 || (size_t)n >= sizeof(name)) {
        return refuse(m, err, "the name is too long");
    }
    const char *pattern = param_of(r);
    if (pattern != NULL && !is_permitted_name(pattern, name)) {
        return refuse(m, err,
                      "the name is not permitted by config.providers.env.param."
                      "allowlist.pattern");
    }
    const char *value = r->platform->env(r->platform->env_ctx, name);
    if (value == NULL) {
        return refuse(m, err, "the environment variable is not set");
    }
    cos_buf_str(out, value);
    return 0;
}

static int resolve_directory(struct cos_buf *out, const struct resolving *r,
                             const struct marker *m, struct cosn_error *err)
{
    if (m->path.len == 0) {
        return refuse(m, err, "write ${directory:/dir:file}");
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf path = {0};
    cos_buf_init(&path, 8192);
    cos_buf_span(&path, m->path);
    cos_buf_ch(&path, '/');
    cos_buf_span(&path, m->key);
    return path.failed ? refuse(m, err, "the path is too long")
                       : read_allowed(out, r, m, cos_buf_cstr(&path), err);
}

static int resolve_file(struct cos_buf *out, const struct resolving *r, const struct marker *m,
                        struct cosn_error *err)
{
    if (m->path.len == 0) {
        return refuse(m, err, "write ${file:/path/to/file.properties:property}");
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf path = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text = {0};
    cos_buf_init(&path, 8192);
    cos_buf_init(&text, MAX_SECRET_BYTES);
    cos_buf_span(&path, m->path);
    if (path.failed) {
        return refuse(m, err, "the path is too long");
    }
    int status = read_allowed(&text, r, m, cos_buf_cstr(&path), err);
    if (status == 0 && !config_property_find(out, cos_buf_view(&text), m->key)) {
        status = refuse(m, err, "the file has no such property");
    }
    return status;
}

static const struct provider known[] = {
    {"directory", "allowed.paths", true, resolve_directory},
    {"env", "allowlist.pattern", false, resolve_env},
    {"file", "allowed.paths", true, resolve_file},
};

/* --- what config.providers says --- */

static const struct provider *find_provider(struct cos_span name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(known); i++) {
        if (cos_span_eq_str(name, known[i].name)) {
            return &known[i];
        }
    }
    return NULL;
}

static bool is_declared(const struct cosn_config *config, const struct provider *p)
{
    struct cos_span rest = cos_span_of(cosn_config_get(config, PROVIDERS_KEY));
    while (rest.ptr != NULL) {
        if (cos_span_eq_str(cos_span_trim(cos_span_cut(&rest, ',')), p->name)) {
            return true;
        }
    }
    return false;
}

struct params_check {
    const struct provider *p;
    struct cosn_error *err;
    int status;
};

static void check_param(void *ctx, const char *key, const char *value, const char *origin)
{
    struct params_check *c = ctx;
    char prefix[128], wanted[128], shown[COS_SHOWN_BYTES];
    (void)value;
    (void)snprintf(prefix, sizeof(prefix), PROVIDERS_KEY ".%s.param.", c->p->name);
    param_key(wanted, c->p);
    if (c->status == 0 && strncmp(key, prefix, strlen(prefix)) == 0 &&
        strcmp(key, wanted) != 0) {
        c->status = fail(c->err, COSN_E_INVALID, "%s: unknown key '%s', it must be '%s'",
                         origin, cos_shown_value(shown, cos_span_of(key)), wanted);
    }
}

static int check_provider(const struct cosn_config *config, const struct provider *p,
                          struct cosn_error *err)
{
    struct params_check c = {.p = p, .err = err};
    cosn_config_each(config, check_param, &c);
    char key[128];
    param_key(key, p);
    const char *value = cosn_config_get(config, key);
    if (c.status == 0 && p->needs_param && cos_span_trim(cos_span_of(value)).len == 0) {
        return fail(err, COSN_E_INVALID,
                    "%s: the provider '%s' needs '%s', the comma-separated directories it may "
                    "read from",
                    cosn_config_origin(config, PROVIDERS_KEY), p->name, key);
    }
    return c.status;
}

/* Sets *out_any when there is at least one provider. */
static int check_providers(bool *out_any, const struct cosn_config *config,
                           struct cosn_error *err)
{
    struct cos_span rest = cos_span_of(cosn_config_get(config, PROVIDERS_KEY));
    bool any = false;
    while (rest.ptr != NULL && rest.len > 0) {
        struct cos_span name = cos_span_trim(cos_span_cut(&rest, ','));
        if (name.len == 0) {
            continue;
        }
        const struct provider *p = find_provider(name);
        char shown[COS_SHOWN_BYTES];
        int r = p == NULL
                    ? fail(err, COSN_E_INVALID,
                           "%s: '%s' names the provider '%s'; known are directory, env and "
                           "file",
                           cosn_config_origin(config, PROVIDERS_KEY), PROVIDERS_KEY,
                           cos_shown_value(shown, name))
                    : check_provider(config, p, err);
        if (r < 0) {
            return r;
        }
        any = true;
    }
    *out_any = any;
    return 0;
}

/* --- markers --- */

static bool is_marker(struct cos_span value)
{
    return value.len > 3 && cos_span_starts(value, COS_SPAN_LIT("${")) &&
           cos_span_ends(value, COS_SPAN_LIT("}"));
}

bool config_is_unresolved(struct cos_span value)
{
    if (!is_marker(value)) {
        return false;
    }
    struct cos_span name = cos_span_sub(value, 2, value.len - 3);
    return find_provider(cos_span_cut(&name, ':')) != NULL;
}

static int resolve_marker(struct cos_buf *out, struct resolving *r, struct cos_span value,
                          const char *origin, struct cosn_error *err)
{
    struct marker m = {.whole = value, .origin = origin};
    struct cos_span inner = cos_span_sub(value, 2, value.len - 3);
    size_t first = cos_span_chr(inner, ':');
    if (first == SIZE_MAX || first == 0 || first + 1 == inner.len) {
        return refuse(&m, err, "it must be ${identifier:[path:]key}");
    }
    struct cos_span rest = cos_span_from(inner, first + 1);
    size_t last = cos_span_rchr(rest, ':');
    m.path = last == SIZE_MAX ? COS_SPAN_EMPTY : cos_span_sub(rest, 0, last);
    m.key = last == SIZE_MAX ? rest : cos_span_from(rest, last + 1);
    r->provider = find_provider(cos_span_sub(inner, 0, first));
    if (r->provider == NULL || !is_declared(r->config, r->provider)) {
        return refuse(&m, err, "its provider is not declared in 'config.providers'");
    }
    int status = r->provider->resolve(out, r, &m, err);
    if (status < 0) {
        return status;
    }
    if (out->failed) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    return memchr(out->ptr == NULL ? "" : out->ptr, '\0', out->len) != NULL
               ? refuse(&m, err, "its value holds a NUL byte")
               : 0;
}

static int warn_of_line_end(const struct resolving *r, const char *key, const char *origin,
                            struct cos_span value, struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    if (!cos_span_ends(value, COS_SPAN_LIT("\n"))) {
        return 0;
    }
    return config_store_warn(
        r->config, err,
        "%s: the file behind '%s' ends with a line break, which is part of "
        "the value, as in Fluss",
        origin, cos_shown_value(shown, cos_span_of(key)));
}

static int resolve_entry(struct resolving *r, size_t i, struct cosn_error *err)
{
    const char *key, *origin;
    struct cos_span value = cos_span_of(config_store_at(r->config, i, &key, &origin));
    if (cos_span_starts(value, COS_SPAN_LIT("$${"))) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf literal = {0};
        cos_buf_init(&literal, CONFIG_MAX_BYTES);
        cos_buf_span(&literal, cos_span_from(value, 1));
        return config_store_resolve(r->config, i, cos_buf_view(&literal), /* hides= */ false,
                                    err);
    }
    if (!is_marker(value)) {
        return 0;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf out = {0};
    cos_buf_init(&out, MAX_SECRET_BYTES);
    int status = resolve_marker(&out, r, value, origin, err);
    if (status == 0) {
        status = warn_of_line_end(r, key, origin, cos_buf_view(&out), err);
    }
    return status < 0 ? status
                      : config_store_resolve(r->config, i, cos_buf_view(&out),
                                             /* hides= */ true, err);
}

int cosn_config_resolve(struct cosn_config *config, const struct cosn_platform *platform,
                        struct cosn_error *err)
{
    bool any = false;
    int status = check_providers(&any, config, err);
    if (status < 0 || !any) {
        return status;
    }
    struct cosn_config *next = NULL;
    struct platform filled;
    status = platform_init_light(&filled, platform, err);
    if (status < 0) {
        return status;
    }
    status = cosn_config_clone(&next, config, err);
    struct resolving r = {.config = next, .platform = &filled.p};
    for (size_t i = 0; status == 0 && i < config_store_count(next); i++) {
        status = config_store_is_resolved(next, i) ? 0 : resolve_entry(&r, i, err);
    }
    if (status == 0) {
        config_store_swap(config, next);
    }
    (void)cosn_config_free(next);
    platform_deinit(&filled);
    return status;
}
