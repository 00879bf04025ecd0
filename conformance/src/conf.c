/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of a case, and `configure`: what the subject is told. */
#include "conf.h"

#include "cosbase/json.h"
#include "env.h"
#include "lane.h"
#include "net.h"
#include "op.h"
#include "outcome.h"
#include "page.h"
#include "scratch.h"
#include "world.h"

#include <string.h>

struct pair {
    const char *key, *value;
};
struct pairs {
    struct pair *items;
    size_t n, cap;
};
struct conf {
    struct env *env;
    struct pairs keys;
    /* Environment. */
    struct pairs vars;
    /* Text of the file handed over instead of the keys; NULL: none. */
    const char *file;
    int file_mode;
    const char *log_level, *scheme;
    bool no_ca;
    /* -1: nothing is said of it. */
    int abi_minor;
};

/* ---- pairs ---- */

static void set_pair(struct env *env, struct pairs *p, const char *key, const char *value)
{
    for (size_t i = 0; i < p->n; i++) {
        if (strcmp(p->items[i].key, key) == 0) {
            p->items[i].value = value != NULL ? env_text(env, "%s", value) : NULL;
            return;
        }
    }
    if (value == NULL) {
        return;
    }
    if (p->n == p->cap) {
        size_t grown_cap = p->cap != 0 ? 2 * p->cap : 16;
        struct pair *grown = env_alloc(env, grown_cap * sizeof(*grown));
        if (p->n > 0) {
            memcpy(grown, p->items, p->n * sizeof(*grown));
        }
        p->items = grown;
        p->cap = grown_cap;
    }
    p->items[p->n++] =
        (struct pair){.key = env_text(env, "%s", key), .value = env_text(env, "%s", value)};
}

void conf_set(struct conf *c, const char *key, const char *value)
{
    set_pair(c->env, &c->keys, key, value);
}

void conf_env(struct conf *c, const char *name, const char *value)
{
    set_pair(c->env, &c->vars, name, value);
}

/* ---- configurations ---- */

struct conf *conf_new_client(struct env *env)
{
    struct conf *c = env_alloc(env, sizeof(*c));
    *c = (struct conf){.env = env, .log_level = "debug", .scheme = "http", .abi_minor = -1};
    return c;
}

struct conf *conf_new(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_set(c, "remote.data.dir", env_root_uri(env));
    conf_set(c, "fs.cosn.bucket.endpoint_suffix", env_suffix(env));
    conf_set(c, "fs.cosn.userinfo.region", env_region(env));
    conf_set(c, "fs.cosn.userinfo.secretId", env_secret_id(env));
    conf_set(c, "fs.cosn.userinfo.secretKey", env_secret_key(env));
    conf_set(c, "fs.cosn.maxRetries", "2");
    return c;
}

void conf_file(struct conf *c, const char *text, int mode)
{
    c->file = env_text(c->env, "%s", text);
    c->file_mode = mode;
}

void conf_file_of_page(struct conf *c, int option)
{
    struct env *env = c->env;
    struct page_values values = {
        .bucket = env_bucket(env),
        .suffix = env_suffix(env),
        .region = env_region(env),
        .secret_id = env_secret_id(env),
        .secret_key = env_secret_key(env),
        .provider = "org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider",
    };
    struct cos_buf *b = env_buf(env, 64 << 10);
    page_fill(b, option, &values);
    conf_file(c, env_keep(env, b), /* mode= */ 0);
    c->keys.n = 0; /* the file says it all */
}

void conf_log_level(struct conf *c, const char *level)
{
    c->log_level = level;
}

void conf_scheme(struct conf *c, const char *scheme)
{
    c->scheme = scheme;
}

void conf_ca_none(struct conf *c)
{
    c->no_ca = true;
}

void conf_abi_minor(struct conf *c, int minor)
{
    c->abi_minor = minor;
}

void conf_resolve(struct conf *c, const char *host)
{
    struct env *env = c->env;
    if (env->n_routes == COS_ARRAY_LEN(env->routes)) {
        case_error(env, "too many routes for one case");
    }
    env->routes[env->n_routes++] = env_text(env, "%s", host);
}

void conf_unreachable(struct conf *c, const char *host)
{
    struct env *env = c->env;
    if (env->n_dead == COS_ARRAY_LEN(env->dead)) {
        case_error(env, "too many unreachable hosts for one case");
    }
    env->dead[env->n_dead++] = env_text(env, "%s", host);
    if (env_is_direct(env) && driver_native_unreachable(env->lane->driver, host) < 0) {
        env_out_of_memory(env);
    }
}

/* ---- configure ---- */

static void write_pairs(struct cos_jw *w, const char *name, const struct pairs *p)
{
    cos_jw_object(w, name);
    for (size_t i = 0; i < p->n; i++) {
        if (p->items[i].value != NULL) {
            cos_jw_str(w, p->items[i].key, p->items[i].value);
        }
    }
    cos_jw_end(w);
}

/* The members of the request, without the braces. */
static const char *configure_members(struct env *env, const char *who, struct conf *c)
{
    struct cos_buf *b = env_buf(env, DRIVER_MAX_LINE);
    struct cos_jw w;
    cos_jw_init(&w, b);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "as", who);
    write_pairs(&w, "conf", &c->keys);
    write_pairs(&w, "env", &c->vars);
    if (c->file != NULL) {
        const char *dir = env_scratch(env, env_text(env, "conf-%s", who));
        const char *name = c->file_mode == 2 ? "core-site.xml" : "server.yaml";
        env_place_file(env, dir, name, c->file);
        cos_jw_str(&w, "yaml", env_text(env, "%s/%s", dir, name));
        cos_jw_i64(&w, "mode", c->file_mode);
    }
    net_write(env, &w, c->scheme, c->no_ca);
    cos_jw_str(&w, "log_level", c->log_level);
    cos_jw_u64(&w, "seed", (env->seed >> 16) | 1);
    if (c->abi_minor >= 0) {
        cos_jw_i64(&w, "abi_minor", c->abi_minor);
    }
    cos_jw_end(&w);
    const char *object = env_keep(env, b);
    return env_text(env, "%.*s", (int)strlen(object) - 2, object + 1);
}

const struct reply *op_configure(struct env *env, const char *who, struct conf *c)
{
    if (c->vars.n > 0 && env_lacks(env, "env")) {
        case_lacking(env, "env");
    }
    const struct reply *r = op_call(env, "configure", configure_members(env, who, c));
    if (c->vars.n > 0) {
        op_judge_lacking(env, r, "env");
    }
    return r;
}
