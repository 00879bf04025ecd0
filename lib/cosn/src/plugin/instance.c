/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One plugin instance: the host's services turned into a platform, its options into a
 * configuration, and the provider that holds what the token receiver was given. Nothing here
 * sends a request or starts a thread.
 *
 * A host may lend a part of a clock. What it does not lend is the system's, and a wait without
 * the host's wait_until is one of real time for the rest of the host's.
 * Sources: include/cosn/plugin.h; fluss-plugin.md s.4 (COSFileSystemPlugin); requirements
 * PLUG-014..016, SEC-001, SEC-006.
 */
#include "plugin/internal.h"

#include "cosbase/alloc.h"

#define NO_MEMORY "out of memory"

/* --- the host's services as a platform --- */

static int64_t clock_unix_ms(void *ctx)
{
    struct cosn_plugin *p = ctx;
    return p->host.unix_ms != NULL ? p->host.unix_ms(p->host.ctx)
                                   : p->system_clock->unix_ms(p->system_clock->ctx);
}

static int64_t clock_mono_ms(void *ctx)
{
    struct cosn_plugin *p = ctx;
    return p->host.mono_ms != NULL ? p->host.mono_ms(p->host.ctx)
                                   : p->system_clock->mono_ms(p->system_clock->ctx);
}

static int clock_wait_until(void *ctx, int64_t deadline_mono_ms)
{
    struct cosn_plugin *p = ctx;
    if (p->host.wait_until != NULL) {
        return p->host.wait_until(p->host.ctx, deadline_mono_ms);
    }
    struct cos_clock *system = p->system_clock;
    int64_t left_ms = deadline_mono_ms - clock_mono_ms(p);
    return left_ms <= 0
               ? 0
               : system->wait_until(system->ctx, system->mono_ms(system->ctx) + left_ms);
}

static void clock_wake(void *ctx)
{
    struct cosn_plugin *p = ctx;
    if (p->host.wake != NULL) {
        p->host.wake(p->host.ctx);
    }
    p->system_clock->wake(p->system_clock->ctx);
}

static void log_to_host(void *ctx, enum cosn_log_level level, const char *area,
                        const char *line)
{
    struct cosn_plugin *p = ctx;
    p->host.log(p->host.ctx, (enum cosn_plugin_log_level)level, area, line);
}

static const char *env_of_host(void *ctx, const char *name)
{
    struct cosn_plugin *p = ctx;
    return p->host.env(p->host.ctx, name);
}

static void copy_host(struct cosn_plugin *p, const struct cosn_plugin_host *host)
{
    if (host == NULL) {
        return;
    }
    size_t known = host->struct_size < sizeof(p->host) ? host->struct_size : sizeof(p->host);
    memcpy(&p->host, host, known);
}

static int make_platform(struct cosn_plugin *p, struct cosn_error *err)
{
    p->system_clock = cos_clock_system_new();
    if (p->system_clock == NULL) {
        return fail(err, COSN_E_NOMEM, NO_MEMORY);
    }
    p->clock = (struct cosn_clock){
        .unix_ms = clock_unix_ms,
        .mono_ms = clock_mono_ms,
        .wait_until = clock_wait_until,
        .wake = clock_wake,
        .ctx = p,
    };
    struct cosn_platform wanted = COSN_PLATFORM_INIT;
    wanted.clock = &p->clock;
    wanted.transport = p->host.transport;
    wanted.seed = p->host.seed;
    wanted.sts_endpoint = p->host.sts_endpoint;
    wanted.ca_file = p->host.ca_file;
    wanted.resolve = p->host.resolve;
    wanted.scheme = p->host.scheme;
    if (p->host.log != NULL) {
        wanted.log = (struct cosn_log){log_to_host, p, COSN_LOG_DEBUG};
    }
    if (p->host.env != NULL) {
        wanted.env = env_of_host;
        wanted.env_ctx = p;
    }
    return platform_init(&p->platform, &wanted, err);
}

/* --- life --- */

static void log_option(struct cosn_plugin *p, const struct cosn_plugin_kv *kv)
{
    platform_log(&p->platform, COSN_LOG_DEBUG, "plugin", "option %s is set", kv->key);
}

static const char *origin_of(const struct cosn_plugin *p, size_t i)
{
    const char *told = p->host.conf_origin == NULL ? NULL : p->host.conf_origin(p->host.ctx, i);
    return told == NULL ? "host" : told;
}

static int read_options(struct cosn_plugin *p, const struct cosn_plugin_kv *conf, size_t n,
                        struct cosn_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (conf[i].key == NULL || conf[i].value == NULL) {
            return fail(err, COSN_E_INVALID, "option %zu has no %s", i,
                        conf[i].key == NULL ? "key" : "value");
        }
        int r = cosn_config_set(p->config, conf[i].key, conf[i].value, origin_of(p, i), err);
        if (r < 0) {
            return r;
        }
        log_option(p, &conf[i]);
    }
    return cosn_config_check(p->config, &p->platform.p, err);
}

struct cosn_plugin *plugin_hold(struct cosn_plugin *p)
{
    atomic_fetch_add(&p->holders, 1);
    return p;
}

void plugin_destroy(struct cosn_plugin *p)
{
    if (p == NULL || atomic_fetch_sub(&p->holders, 1) > 1) {
        return;
    }
    (void)cosn_provider_unref(p->dynamic);
    (void)cosn_config_free(p->config);
    platform_deinit(&p->platform);
    (void)cos_clock_free(p->system_clock);
    (void)pthread_mutex_destroy(&p->lock);
    cos_free(p);
}

int plugin_create(const struct cosn_plugin_host *host, const struct cosn_plugin_kv *conf,
                  size_t n, struct cosn_plugin **out, struct cosn_plugin_error *e)
{
    if (out == NULL || (conf == NULL && n > 0)) {
        return plugin_refuse(e, COSN_PLUGIN_INVALID_ARG,
                             "create needs somewhere to put the plugin");
    }
    struct cosn_plugin *p = cos_calloc(1, sizeof(*p));
    if (p == NULL) {
        return plugin_refuse(e, COSN_PLUGIN_NOMEM, NO_MEMORY);
    }
    atomic_init(&p->holders, 1);
    (void)pthread_mutex_init(&p->lock, NULL);
    copy_host(p, host);
    struct cosn_error err = COSN_ERROR_INIT;
    int r = make_platform(p, &err);
    if (r == 0) {
        r = cosn_config_new(&p->config, &err);
    }
    if (r == 0) {
        r = read_options(p, conf, n, &err);
    }
    if (r == 0) {
        r = cosn_provider_dynamic_new(&p->dynamic, &p->platform.p, &err);
    }
    if (r < 0) {
        plugin_destroy(p);
        return plugin_fail(e, &err, PHASE_CONFIG);
    }
    *out = p;
    return COSN_PLUGIN_OK;
}

int plugin_config_copy(struct cosn_plugin *p, struct cosn_config **out, struct cosn_error *err)
{
    (void)pthread_mutex_lock(&p->lock);
    int r = cosn_config_clone(out, p->config, err);
    (void)pthread_mutex_unlock(&p->lock);
    return r;
}

/* --- load_config --- */

int plugin_load_config(const struct cosn_plugin_host *host, const char *path, int mode,
                       void (*emit)(void *ctx, const char *key, const char *value,
                                    const char *origin),
                       void *ctx, struct cosn_plugin_error *e)
{
    static const enum cosn_config_mode modes[] = {COSN_CONFIG_FLUSS, COSN_CONFIG_STRICT,
                                                  COSN_CONFIG_CORE_SITE};
    if (path == NULL || emit == NULL || mode < 0 || mode >= (int)COS_ARRAY_LEN(modes)) {
        return plugin_refuse(e, COSN_PLUGIN_INVALID_ARG,
                             "load_config needs a path, a mode of 0 to 2 and a function");
    }
    struct cosn_plugin p = {.holders = 1};
    copy_host(&p, host);
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_config *config = NULL;
    int r = make_platform(&p, &err);
    if (r == 0) {
        r = cosn_config_new(&config, &err);
    }
    if (r == 0) {
        r = cosn_config_load_file(config, path, modes[mode], &err);
    }
    if (r == 0) {
        r = cosn_config_resolve(config, &p.platform.p, &err);
    }
    if (r == 0) {
        r = cosn_config_check(config, &p.platform.p, &err);
    }
    if (r == 0) {
        cosn_config_each(config, emit, ctx);
    }
    (void)cosn_config_free(config);
    platform_deinit(&p.platform);
    (void)cos_clock_free(p.system_clock);
    return r == 0 ? COSN_PLUGIN_OK : plugin_fail(e, &err, PHASE_CONFIG);
}
