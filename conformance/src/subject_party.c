/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parties: named plugin instances ("server", "client"), each with its own configuration,
 * environment and clock view. `configure` is FileSystem.initialize: it replaces the instance
 * of that name and leaves the others alone.
 */
#include "subject_internal.h"

#include "cosbase/alloc.h"

#include <stdio.h>
#include <string.h>

/* ---- configuration as pairs ---- */

struct pairs {
    struct cosn_plugin_kv *kv;
    /* Where each comes from, as the plugin's reader said; NULL: from the request. */
    char **origins;
    size_t n;
    bool failed;
};

static bool pairs_grow(struct pairs *pairs)
{
    struct cosn_plugin_kv *kv = cos_realloc_array(pairs->kv, pairs->n + 1, sizeof(*kv));
    if (kv == NULL) {
        return false;
    }
    pairs->kv = kv;
    char **origins = cos_realloc_array(pairs->origins, pairs->n + 1, sizeof(*origins));
    if (origins == NULL) {
        return false;
    }
    pairs->origins = origins;
    return true;
}

static void pairs_add(struct pairs *pairs, const char *key, const char *value,
                      const char *origin)
{
    if (!pairs_grow(pairs)) {
        pairs->failed = true;
        return;
    }
    struct cosn_plugin_kv *kv = &pairs->kv[pairs->n];
    *kv = (struct cosn_plugin_kv){.key = cos_strdup(key), .value = cos_strdup(value)};
    pairs->origins[pairs->n] = origin == NULL ? NULL : cos_strdup(origin);
    if (kv->key == NULL || kv->value == NULL ||
        (origin != NULL && pairs->origins[pairs->n] == NULL)) {
        pairs->failed = true;
    }
    pairs->n++;
}

static void free_text(const char *text)
{
    union {
        const char *borrowed;
        void *owned;
    } p = {.borrowed = text};
    (void)cos_free(p.owned);
}

static void pairs_deinit(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        free_text(pairs->kv[i].key);
        free_text(pairs->kv[i].value);
        (void)cos_free(pairs->origins[i]);
    }
    pairs->kv = cos_free(pairs->kv);
    pairs->origins = cos_free(pairs->origins);
    pairs->n = 0;
}

/* ---- what it sees of the environment ---- */

struct party_env {
    struct party_env *older;
    /* Name and value by turns, NULL at the end. */
    char *vars[];
};

static struct party_env *env_free(struct party_env *env)
{
    struct party_env *older = env->older;
    for (char **v = env->vars; *v != NULL; v++) {
        (void)cos_free(*v);
    }
    (void)cos_free(env);
    return older;
}

/* The member `env` of the request; NULL without memory. */
static struct party_env *read_env(struct call *c)
{
    const struct cos_json *vars = cos_json_get(c->request, "env");
    size_t n = 2 * cos_json_count(vars) + 1, at = 0;
    struct party_env *env = cos_calloc(1, sizeof(*env) + n * sizeof(char *));
    if (env == NULL) {
        return NULL;
    }
    for (const struct cos_json *m = cos_json_first(vars); m != NULL; m = cos_json_next(m)) {
        const char *value = cos_json_str(m);
        env->vars[at] = cos_strdup(cos_json_name(m));
        if (env->vars[at] != NULL) {
            env->vars[at + 1] = cos_strdup(value != NULL ? value : "");
        }
        if (env->vars[at] == NULL || env->vars[at + 1] == NULL) {
            (void)env_free(env);
            return NULL;
        }
        at += 2;
    }
    return env;
}

/* ---- services lent to the plugin ---- */

static void host_log(void *ctx, enum cosn_plugin_log_level level, const char *area,
                     const char *line)
{
    static const char *const names[] = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    const struct party *p = ctx;
    if (level <= p->level) {
        subject_log(p->s, names[level], area != NULL ? area : "-", line != NULL ? line : "");
    }
}

static int64_t host_unix_ms(void *ctx)
{
    const struct party *p = ctx;
    return subject_unix_ms(p->s);
}

static int64_t host_mono_ms(void *ctx)
{
    const struct party *p = ctx;
    return p->s->clock->mono_ms(p->s->clock->ctx);
}

static int host_wait_until(void *ctx, int64_t deadline_mono_ms)
{
    const struct party *p = ctx;
    struct subject *s = p->s;
    subject_tell_time(s, deadline_mono_ms - s->clock->mono_ms(s->clock->ctx));
    return s->clock->wait_until(s->clock->ctx, deadline_mono_ms);
}

static void host_wake(void *ctx)
{
    const struct party *p = ctx;
    p->s->clock->wake(p->s->clock->ctx);
}

static const char *host_env(void *ctx, const char *name)
{
    const struct party *p = ctx;
    if (strcmp(name, "COSN_MUTANT") == 0) {
        return p->s->options.mutant;
    }
    const struct party_env *env = __atomic_load_n(&p->env, __ATOMIC_ACQUIRE);
    for (char *const *pair = env->vars; pair[0] != NULL; pair += 2) {
        if (strcmp(pair[0], name) == 0) {
            return pair[1];
        }
    }
    return NULL;
}

/* Asked by create, while the pairs it was given are there. */
static const char *host_conf_origin(void *ctx, size_t i)
{
    const struct party *p = ctx;
    return p->conf == NULL || i >= p->conf->n ? NULL : p->conf->origins[i];
}

/* ---- reading the configuration ---- */

static void emit_pair(void *ctx, const char *key, const char *value, const char *origin)
{
    pairs_add(ctx, key, value, origin);
}

/*
 * The key/value pairs of the request: from a file through the plugin's own reader, then `conf`
 * on top.
 */
static bool read_conf(struct call *c, struct party *p, struct pairs *pairs)
{
    const char *file = protocol_str_or(c, "yaml", NULL);
    if (file != NULL) {
        if (p->table == NULL || p->table->load_config == NULL) {
            protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: the subject reads no files");
            return false;
        }
        struct cosn_plugin_error e = CALL_ERROR_INIT;
        int r = p->table->load_config(&p->host, file, (int)protocol_i64_or(c, "mode", 0),
                                      emit_pair, pairs, &e);
        if (!protocol_check(c, r, &e)) {
            return false;
        }
    }
    const struct cos_json *conf = cos_json_get(c->request, "conf");
    for (const struct cos_json *m = cos_json_first(conf); m != NULL; m = cos_json_next(m)) {
        const char *value = cos_json_str(m);
        pairs_add(pairs, cos_json_name(m), value != NULL ? value : "", /* origin= */ NULL);
    }
    if (pairs->failed) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return false;
    }
    return true;
}

/* ---- the party ---- */

struct party *party_free(struct party *p)
{
    if (p == NULL) {
        return NULL;
    }
    struct party *next = p->next;
    if (p->plugin != NULL) {
        p->table->destroy(p->plugin);
    }
    while (p->env != NULL) {
        p->env = env_free(p->env);
    }
    (void)cos_free(p->name);
    (void)cos_free(p->ca_file);
    (void)cos_free(p->resolve);
    (void)cos_free(p->scheme);
    (void)cos_free(p);
    return next;
}

struct party *party_find(struct subject *s, const char *name)
{
    (void)pthread_mutex_lock(&s->lock);
    struct party *p = s->parties;
    while (p != NULL && strcmp(p->name, name) != 0) {
        p = p->next;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return p;
}

static bool copy_member(char **out, const struct cos_json *object, const char *member)
{
    const char *v = cos_json_str(cos_json_get(object, member));
    *out = v != NULL ? cos_strdup(v) : NULL;
    return v == NULL || *out != NULL;
}

/* net.resolve is a list in the protocol and one string with ';' in the ABI. */
static bool read_resolve(struct party *p, const struct cos_json *net)
{
    const struct cos_json *list = cos_json_get(net, "resolve");
    if (cos_json_count(list) == 0) {
        return true;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 64 << 10);
    for (const struct cos_json *m = cos_json_first(list); m != NULL; m = cos_json_next(m)) {
        if (b.len > 0) {
            cos_buf_ch(&b, ';');
        }
        cos_buf_str(&b, cos_json_str(m));
    }
    p->resolve = cos_buf_take(&b);
    return p->resolve != NULL;
}

static enum cosn_plugin_log_level level_of(const char *name)
{
    static const char *const names[] = {"error", "warn", "info", "debug", "trace"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum cosn_plugin_log_level)i;
        }
    }
    return COSN_PLUGIN_LOG_DEBUG;
}

/* What a host of an older minor version does not know has no meaning to it. */
static void forget_newer(struct cosn_plugin_host *host, int64_t minor)
{
    size_t known = minor < 2 ? offsetof(struct cosn_plugin_host, conf_origin) : sizeof(*host);
    host->struct_size = (uint32_t)known;
    memset((char *)host + known, 0x5A, sizeof(*host) - known);
}

static void lend_services(struct call *c, struct party *p)
{
    p->host = (struct cosn_plugin_host){
        .struct_size = sizeof(p->host),
        .ctx = p,
        .log = host_log,
        .env = host_env,
        .conf_origin = host_conf_origin,
        .ca_file = p->ca_file,
        .resolve = p->resolve,
        .scheme = p->scheme,
        .transport = c->s->options.transport,
        .seed = (uint64_t)protocol_i64_or(c, "seed", 0),
    };
    p->host.unix_ms = host_unix_ms;
    if (c->s->clock != NULL) {
        p->host.mono_ms = host_mono_ms;
        p->host.wait_until = host_wait_until;
        p->host.wake = host_wake;
    }
    forget_newer(&p->host, protocol_i64_or(c, "abi_minor", COSN_PLUGIN_ABI_MINOR));
}

static struct party *make_party(struct call *c)
{
    struct party *p = cos_calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    const struct cos_json *net = cos_json_get(c->request, "net");
    p->s = c->s;
    p->table = c->s->table;
    p->level = level_of(protocol_str_or(c, "log_level", "debug"));
    p->name = cos_strdup(protocol_str_or(c, "as", "server"));
    p->env = read_env(c);
    if (p->name == NULL || p->env == NULL || !read_resolve(p, net) ||
        !copy_member(&p->ca_file, net, "ca_file") || !copy_member(&p->scheme, net, "scheme")) {
        (void)party_free(p);
        return NULL;
    }
    lend_services(c, p);
    return p;
}

/*
 * A re-configured party starts anew: its filesystems, streams and managers are closed first.
 */
static void drop_party(struct subject *s, const char *name)
{
    static const enum handle_kind order[] = {HANDLE_MANAGER, HANDLE_IN, HANDLE_OUT, HANDLE_FS};
    struct party **at = &s->parties;
    while (*at != NULL && strcmp((*at)->name, name) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        return;
    }
    for (size_t k = 0; k < COS_ARRAY_LEN(order); k++) {
        for (size_t i = 0; i < s->n_handles; i++) {
            struct handle *h = s->handles[i];
            if (h != NULL && h->kind == order[k] && h->party == *at) {
                handle_close(h);
                h->party = NULL;
                h->kind = HANDLE_FREE;
            }
        }
    }
    *at = party_free(*at);
}

void run_configure(struct call *c)
{
    drop_party(c->s, protocol_str_or(c, "as", "server"));
    struct party *p = make_party(c);
    if (p == NULL) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return;
    }
    struct pairs pairs = {0};
    bool ok = read_conf(c, p, &pairs);
    if (ok && p->table != NULL) {
        struct cosn_plugin_error e = CALL_ERROR_INIT;
        p->conf = &pairs;
        ok = protocol_check(c, p->table->create(&p->host, pairs.kv, pairs.n, &p->plugin, &e),
                            &e);
        p->conf = NULL;
    }
    if (ok) {
        cos_jw_array(&c->w, "keys");
        for (size_t i = 0; i < pairs.n; i++) {
            cos_jw_str(&c->w, NULL, pairs.kv[i].key);
        }
        cos_jw_end(&c->w);
        (void)pthread_mutex_lock(&c->s->lock);
        p->next = c->s->parties;
        c->s->parties = p;
        (void)pthread_mutex_unlock(&c->s->lock);
    } else {
        (void)party_free(p);
    }
    pairs_deinit(&pairs);
}

/*
 * A plugin may be reading a value just now, and keeps what it was given for a while: what is
 * replaced stays until the party ends.
 */
void run_env(struct call *c)
{
    struct party *p = party_find(c->s, protocol_str_or(c, "as", "server"));
    if (p == NULL) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: configure comes before env");
        return;
    }
    struct party_env *env = read_env(c);
    if (env == NULL) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return;
    }
    env->older = p->env;
    __atomic_store_n(&p->env, env, __ATOMIC_RELEASE);
}
