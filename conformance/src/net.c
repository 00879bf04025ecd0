/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a subject's requests really go. Names of the cloud must lead to one port of the
 * loopback, without root and without a word of the subject's: a C library takes addresses for
 * names (resolve), a JVM a hosts file and a SOCKS proxy, and each its own kind of trust store.
 * All of them stand in every `net`, and lead to the same listener, which looks at the first
 * bytes of a connection (cosmock/listen.h).
 */
#include "net.h"

#include "cosbase/file.h"
#include "cosbase/json.h"
#include "env.h"
#include "lane.h"
#include "outcome.h"
#include "world.h"

#include <string.h>

#define HOSTS_MAX_BYTES ((size_t)1 << 20)
/* A JVM asks no proxy for an address of the loopback, and nobody listens on this one. */
#define DEAD_ADDRESS "127.0.0.9"

static bool is_dead(const struct env *env, struct cos_span host)
{
    for (size_t i = 0; i < env->n_dead; i++) {
        if (cos_span_eq_str(host, env->dead[i])) {
            return true;
        }
    }
    return false;
}

/* Port 1 of the loopback: nothing listens there, so a connection is refused at once. */
static void write_route(struct cos_jw *w, struct env *env, const char *host)
{
    static const unsigned ports[] = {80, 443};
    unsigned to = is_dead(env, cos_span_of(host)) ? 1u : env->lane->front.port;
    for (size_t i = 0; i < COS_ARRAY_LEN(ports); i++) {
        cos_jw_str(w, NULL,
                   env_text(env, "%s:%u:%s:%u", host, ports[i], env->lane->front.host, to));
    }
}

static void write_resolve(struct cos_jw *w, struct env *env)
{
    cos_jw_array(w, "resolve");
    for (size_t i = 0; i < env->n_buckets; i++) {
        write_route(w, env, env_text(env, "%s.%s", env->buckets[i], env_suffix(env)));
    }
    for (size_t i = 0; i < env->n_routes; i++) {
        write_route(w, env, env->routes[i]);
    }
    write_route(w, env, "sts.tencentcloudapi.com");
    cos_jw_end(w);
}

/* The lines of @all but those of dead hosts; a JVM takes every line with a name. */
static void bury_the_dead(struct cos_buf *out, const struct env *env, struct cos_span all)
{
    while (all.len > 0) {
        struct cos_span line = cos_span_cut(&all, '\n');
        size_t space = cos_span_rchr(line, ' ');
        if (space == SIZE_MAX || !is_dead(env, cos_span_from(line, space + 1))) {
            cos_buf_span(out, line);
            cos_buf_ch(out, '\n');
        }
    }
    for (size_t i = 0; i < env->n_dead; i++) {
        cos_buf_printf(out, DEAD_ADDRESS " %s\n", env->dead[i]);
    }
}

/* One file a lane: a JVM is told its path when it starts, and reads it at every look-up. */
static void write_hosts_file(struct env *env)
{
    const char *path = env->lane->hosts_path;
    const char *extra[COS_ARRAY_LEN(env->routes) + 1] = {NULL};
    struct cosmock_error err = {0};
    memcpy(extra, env->routes, env->n_routes * sizeof(extra[0]));
    world_must(env, cosmock_hosts_write(env->lane->mock, extra, path, &err), &err,
               "hosts file");
    if (env->n_dead == 0) {
        return;
    }
    struct cos_buf *all = env_buf(env, HOSTS_MAX_BYTES);
    struct cos_buf *kept = env_buf(env, HOSTS_MAX_BYTES);
    int r = cos_file_read(all, path);
    bury_the_dead(kept, env, cos_buf_view(all));
    r = r < 0 ? r : cos_file_write(path, cos_buf_view(kept), 0644);
    if (r < 0 || kept->failed) {
        case_error(env, "hosts file %s: %s", path, r < 0 ? strerror(-r) : "too long");
    }
}

static void write_trust(struct cos_jw *w, const struct env *env)
{
    cos_jw_str(w, "ca_file", env->lane->ca_path);
    cos_jw_object(w, "trust_store");
    cos_jw_str(w, "path", env->lane->trust_store_path);
    cos_jw_str(w, "type", "JKS");
    cos_jw_str(w, "password", "changeit"); /* cosmock_ca_write */
    cos_jw_end(w);
}

void net_write(struct env *env, struct cos_jw *w, const char *scheme, bool no_ca)
{
    const struct lane *lane = env->lane;
    cos_jw_object(w, "net");
    cos_jw_str(w, "scheme", scheme);
    if (!lane->options->in_process) {
        write_resolve(w, env);
        write_hosts_file(env);
        cos_jw_str(w, "hosts_file", lane->hosts_path);
        cos_jw_object(w, "socks");
        cos_jw_str(w, "host", lane->front.host);
        cos_jw_u64(w, "port", lane->front.port);
        cos_jw_end(w);
        if (!no_ca) {
            write_trust(w, env);
        }
    }
    cos_jw_end(w);
}
