/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens: the server's side (obtain), the client's side (apply) and the manager that keeps the
 * client's fresh.
 *
 * Applying swaps the credential whole, so live filesystems use it with their next request, and
 * takes the infos that say where the bucket is into the options of filesystems opened later. An
 * info is taken only when it is an fs.cosn.* key that neither is secret nor chooses
 * credentials: a token brings one credential, not a way to get others.
 * Sources: fluss-plugin.md s.4 (receiver), s.5 (manager); requirements PLUG-010, STS-013,
 * STS-014, REF-011, REF-016, REF-017.
 */
#include "plugin/internal.h"

#include "cosbase/alloc.h"
#include "cosbase/secret.h"
#include "token/token.h"

#define FOR_EVER (-1) /* the ABI's COSN_NEVER_EXPIRES */

/* --- obtain --- */

struct held_token {
    struct cosn_plugin_token shown; /* first: the host's pointer is this object's */
    struct cosn_token *token;
    struct cosn_plugin_kv infos[COSN_TOKEN_MAX_INFOS];
};

static void release_token(struct cosn_plugin_token *self)
{
    struct held_token *held = self == NULL ? NULL : self->priv;
    if (held != NULL) {
        (void)cosn_token_free(held->token);
        cos_free(held);
    }
}

static void show_token(struct held_token *held)
{
    struct cosn_token *t = held->token;
    for (size_t i = 0; i < t->n_infos; i++) {
        held->infos[i] = (struct cosn_plugin_kv){t->infos[i].key, t->infos[i].value};
    }
    held->shown = (struct cosn_plugin_token){
        .struct_size = sizeof(held->shown),
        .scheme = t->scheme,
        .token = (const uint8_t *)t->bytes,
        .token_len = t->n_bytes,
        .valid_until_unix_ms =
            t->valid_until_unix_ms == COSN_NEVER_EXPIRES ? FOR_EVER : t->valid_until_unix_ms,
        .infos = held->infos,
        .n_infos = t->n_infos,
        .release = release_token,
        .priv = held,
    };
}

int plugin_obtain_token(struct cosn_plugin_fs *fs, struct cosn_plugin_token **out,
                        struct cosn_plugin_error *e)
{
    struct held_token *held = cos_calloc(1, sizeof(*held));
    if (held == NULL) {
        return plugin_refuse(e, COSN_PLUGIN_NOMEM, "out of memory");
    }
    struct cosn_error err = COSN_ERROR_INIT;
    int r = token_obtain_once(&held->token, cosn_fs_config(fs->fs), fs->uri,
                              &fs->plugin->platform.p, &err);
    if (r < 0) {
        cos_free(held);
        return plugin_fail(e, &err, PHASE_CONFIG);
    }
    show_token(held);
    *out = &held->shown;
    return COSN_PLUGIN_OK;
}

/* --- apply --- */

static char *copy_bytes(const uint8_t *bytes, size_t n)
{
    char *out = cos_malloc(n + 1);
    if (out != NULL) {
        memcpy(out, bytes, n);
        out[n] = '\0';
    }
    return out;
}

static int copy_infos(struct cosn_token *to, const struct cosn_plugin_token *from,
                      struct cosn_error *err)
{
    if (from->n_infos > COSN_TOKEN_MAX_INFOS) {
        return fail(err, COSN_E_INVALID, "the token has more than %d additional infos",
                    COSN_TOKEN_MAX_INFOS);
    }
    for (size_t i = 0; i < from->n_infos; i++) {
        if (from->infos[i].key == NULL || from->infos[i].value == NULL) {
            return fail(err, COSN_E_INVALID, "additional info %zu of the token is incomplete",
                        i);
        }
        to->infos[i].key = cos_strdup(from->infos[i].key);
        to->infos[i].value = cos_strdup(from->infos[i].value);
        to->n_infos = i + 1;
        if (to->infos[i].key == NULL || to->infos[i].value == NULL) {
            return fail(err, COSN_E_NOMEM, "out of memory");
        }
    }
    return 0;
}

/* The host's token as one of the library's, whole or not at all. */
static int copy_token(struct cosn_token **out, const struct cosn_plugin_token *from,
                      struct cosn_error *err)
{
    if (from == NULL || from->struct_size < offsetof(struct cosn_plugin_token, release) ||
        from->scheme == NULL || from->token == NULL) {
        return fail(err, COSN_E_INVALID, "the token is incomplete");
    }
    struct cosn_token *t = cos_calloc(1, sizeof(*t));
    if (t == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    t->scheme = cos_strdup(from->scheme);
    t->bytes = copy_bytes(from->token, from->token_len);
    t->n_bytes = from->token_len;
    t->valid_until_unix_ms =
        from->valid_until_unix_ms == FOR_EVER ? COSN_NEVER_EXPIRES : from->valid_until_unix_ms;
    int r = t->scheme == NULL || t->bytes == NULL ? fail(err, COSN_E_NOMEM, "out of memory")
                                                  : copy_infos(t, from, err);
    if (r < 0) {
        (void)cosn_token_free(t);
        return r;
    }
    *out = t;
    return 0;
}

static bool may_set(const char *key)
{
    return strncmp(key, "fs.cosn.", strlen("fs.cosn.")) == 0 && !cosn_config_is_secret(key) &&
           strcmp(key, "fs.cosn.credentials.provider") != 0;
}

static int take_infos(struct cosn_plugin *p, const struct cosn_token *token,
                      struct cosn_error *err)
{
    int r = 0;
    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < token->n_infos && r == 0; i++) {
        if (may_set(token->infos[i].key)) {
            r = cosn_config_set(p->config, token->infos[i].key, token->infos[i].value, "token",
                                err);
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    return r;
}

static int receive(struct cosn_plugin *p, const struct cosn_token *token,
                   struct cosn_error *err)
{
    int r = cosn_token_receive(p->dynamic, token, err);
    return r < 0 ? r : take_infos(p, token, err);
}

int plugin_apply_token(struct cosn_plugin *p, const struct cosn_plugin_token *t,
                       struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_token *token = NULL;
    int r = copy_token(&token, t, &err);
    if (r == 0) {
        r = receive(p, token, &err);
    }
    (void)cosn_token_free(token);
    return r < 0 ? plugin_fail(e, &err, PHASE_USE) : COSN_PLUGIN_OK;
}

/* --- the refresh manager --- */

struct cosn_plugin_manager {
    struct cosn_plugin *plugin;
    cosn_plugin_provide_fn provide;
    void *ctx;
    struct cosn_refresher *refresher;
};

static int fetch_from_host(void *ctx, struct cosn_token **out, struct cosn_error *err)
{
    struct cosn_plugin_manager *m = ctx;
    struct cosn_plugin_token *t = NULL;
    struct cosn_plugin_error e = {.struct_size = sizeof(e)};
    int code = m->provide(m->ctx, &t, &e);
    if (code != COSN_PLUGIN_OK) {
        return plugin_error_back(err, code, &e);
    }
    int r = copy_token(out, t, err);
    if (t != NULL && t->struct_size >= sizeof(*t) && t->release != NULL) {
        t->release(t);
    }
    return r;
}

static int deliver_to_plugin(void *ctx, const struct cosn_token *token, struct cosn_error *err)
{
    struct cosn_plugin_manager *m = ctx;
    return receive(m->plugin, token, err);
}

static void free_manager(void *ctx)
{
    struct cosn_plugin_manager *m = ctx;
    plugin_destroy(m->plugin);
    cos_free(m);
}

static bool claim_manager(struct cosn_plugin *p, bool wanted)
{
    (void)pthread_mutex_lock(&p->lock);
    bool changed = p->has_manager != wanted;
    p->has_manager = wanted;
    (void)pthread_mutex_unlock(&p->lock);
    return changed;
}

static int read_rule(struct cosn_plugin *p, const struct cosn_plugin_kv *conf, size_t n,
                     struct cosn_refresh_rule *out, struct cosn_error *err)
{
    struct cosn_config *config = NULL;
    int r = plugin_config_copy(p, &config, err);
    for (size_t i = 0; i < n && r == 0; i++) {
        r = conf[i].key == NULL || conf[i].value == NULL
                ? fail(err, COSN_E_INVALID, "option %zu of the manager is incomplete", i)
                : cosn_config_set(config, conf[i].key, conf[i].value, "manager", err);
    }
    if (r == 0) {
        r = cosn_config_get_ratio(config, "client.filesystem.security.token.renewal.time-ratio",
                                  &out->ratio, err);
    }
    if (r == 0) {
        r = cosn_config_get_ms(config, "client.filesystem.security.token.renewal.backoff",
                               &out->backoff_ms, err);
    }
    (void)cosn_config_free(config);
    return r;
}

static int start_manager(struct cosn_plugin_manager *m, const struct cosn_refresh_rule *rule,
                         struct cosn_error *err)
{
    struct cosn_plugin *p = m->plugin;
    struct cosn_refresher_options options = {
        .size = sizeof(options),
        .fetch = fetch_from_host,
        .deliver = deliver_to_plugin,
        .ctx = m,
        .rule = *rule,
        .platform = &p->platform.p,
        .manual = p->host.wait_until != NULL,
        .release = free_manager,
        .dynamic = p->dynamic,
    };
    return cosn_refresher_start(&m->refresher, &options, err);
}

int plugin_manager_start(struct cosn_plugin *p, cosn_plugin_provide_fn provide, void *ctx,
                         const struct cosn_plugin_kv *conf, size_t n,
                         struct cosn_plugin_manager **out, struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_refresh_rule rule = COSN_REFRESH_RULE_INIT;
    if (provide == NULL || out == NULL) {
        return plugin_refuse(e, COSN_PLUGIN_INVALID_ARG, "a manager needs a token provider");
    }
    if (read_rule(p, conf, n, &rule, &err) < 0) {
        return plugin_fail(e, &err, PHASE_CONFIG);
    }
    struct cosn_plugin_manager *m = cos_calloc(1, sizeof(*m));
    if (m == NULL) {
        return plugin_refuse(e, COSN_PLUGIN_NOMEM, "out of memory");
    }
    if (!claim_manager(p, /* wanted= */ true)) {
        cos_free(m);
        return plugin_refuse(e, COSN_PLUGIN_INVALID_ARG, "the manager is started already");
    }
    m->plugin = plugin_hold(p);
    m->provide = provide;
    m->ctx = ctx;
    if (start_manager(m, &rule, &err) < 0) {
        (void)claim_manager(p, /* wanted= */ false);
        free_manager(m);
        return plugin_fail(e, &err, PHASE_CONFIG);
    }
    *out = m;
    return COSN_PLUGIN_OK;
}

int64_t plugin_manager_step(struct cosn_plugin_manager *m)
{
    return cosn_refresher_step(m->refresher);
}

void plugin_manager_stop(struct cosn_plugin_manager *m)
{
    if (m == NULL) {
        return;
    }
    (void)claim_manager(m->plugin, /* wanted= */ false);
    (void)cosn_refresher_stop(m->refresher); /* releases m, now or when a hung fetch ends */
}
