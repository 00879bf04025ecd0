/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the command line to a configuration and a platform. Later wins: file, environment for
 * what is missing, --set and the short options. This file reads the environment of the `cosn`
 * program; secrets come through the library's own provider.
 */
#include "cmd.h"

#define KEY_SUFFIX "fs.cosn.bucket.endpoint_suffix"
#define KEY_REGION "fs.cosn.userinfo.region"
#define KEY_DIR "remote.data.dir"

static void write_log(void *ctx, enum cosn_log_level level, const char *area, const char *line)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    (void)ctx;
    (void)fprintf(stderr, "cosn: %s: %s: %s\n", names[level], area, line);
}

static void make_platform(struct cosn_platform *out, const struct cmd_args *args)
{
    *out = (struct cosn_platform)COSN_PLATFORM_INIT;
    out->log =
        (struct cosn_log){write_log, NULL, args->verbose ? COSN_LOG_DEBUG : COSN_LOG_WARN};
    out->ca_file = args->ca_file;
    out->resolve = args->resolve;
    out->transport = args->transport;
    out->is_cancelled = cmd_is_cancelled;
    out->scheme = args->http ? "http" : NULL;
}

static int load_file(struct cmd_session *s, struct cosn_error *err)
{
    if (s->args->config_path != NULL) {
        return cosn_config_load_file(s->config, s->args->config_path, COSN_CONFIG_AUTO, err);
    }
    const char *home = getenv("FLUSS_HOME");
    if (home == NULL || home[0] == '\0') {
        return 0;
    }
    char path[4096];
    int n = snprintf(path, sizeof(path), "%s/conf/server.yaml", home);
    if (n < 0 || (size_t)n >= sizeof(path) || access(path, F_OK) != 0) {
        return 0;
    }
    return cosn_config_load_file(s->config, path, COSN_CONFIG_AUTO, err);
}

static int set_from_env(struct cmd_session *s, const char *key, const char *name,
                        struct cosn_error *err)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0' || cosn_config_get(s->config, key) != NULL) {
        return 0;
    }
    return cosn_config_set(s->config, key, value, name, err);
}

static int set_option(struct cmd_session *s, const char *key, const char *value,
                      const char *origin, struct cosn_error *err)
{
    return value == NULL ? 0 : cosn_config_set(s->config, key, value, origin, err);
}

static int set_pair(struct cmd_session *s, const char *text, struct cosn_error *err)
{
    char key[256];
    const char *equals = strchr(text, '=');
    (void)snprintf(key, sizeof(key), "%.*s", (int)(equals - text), text);
    return cosn_config_set(s->config, key, equals + 1, "--set", err);
}

static int fill_config(struct cmd_session *s, struct cosn_error *err)
{
    int r = load_file(s, err);
    bool has_endpoint = cosn_config_get(s->config, "fs.cosn.bucket.region") != NULL;
    if (r == 0 && !has_endpoint) {
        r = set_from_env(s, KEY_SUFFIX, "COSN_ENDPOINT_SUFFIX", err);
    }
    if (r == 0) {
        r = set_from_env(s, KEY_REGION, "COSN_REGION", err);
    }
    for (size_t i = 0; i < s->args->sets.n && r == 0; i++) {
        r = set_pair(s, s->args->sets.items[i], err);
    }
    if (r == 0) {
        r = set_option(s, KEY_SUFFIX, s->args->endpoint_suffix, "--endpoint-suffix", err);
    }
    if (r == 0) {
        r = set_option(s, KEY_REGION, s->args->region, "--region", err);
    }
    if (r == 0 && s->args->http) {
        r = cosn_config_set(s->config, "fs.cosn.useHttps", "false", "--http", err);
    }
    if (r == 0) {
        r = cosn_config_resolve(s->config, &s->platform, err);
    }
    return r == 0 ? cosn_config_check(s->config, &s->platform, err) : r;
}

int cmd_session_open(struct cmd_session *s, const struct cmd_args *args)
{
    memset(s, 0, sizeof(*s));
    s->args = args;
    make_platform(&s->platform, args);
    struct cosn_error err = COSN_ERROR_INIT;
    int r = cosn_config_new(&s->config, &err);
    if (r == 0) {
        r = fill_config(s, &err);
    }
    if (r < 0) {
        (void)cmd_report(s, &err);
        cmd_session_close(s);
        return r == COSN_E_NOMEM ? EXIT_FAILED : EXIT_USAGE;
    }
    return EXIT_DONE;
}

void cmd_session_close(struct cmd_session *s)
{
    s->config = cosn_config_free(s->config);
}

const char *cmd_remote_dir(const struct cmd_session *s)
{
    const char *dir = cosn_config_get(s->config, KEY_DIR);
    if (dir == NULL) {
        cmd_complain("which bucket? write cosn://<bucket>/<path>, or set '" KEY_DIR "'");
    }
    return dir;
}

int cmd_open_fs(struct cmd_session *s, const char *where, struct cosn_fs **out)
{
    const char *uri = strstr(where, "://") != NULL ? where : cmd_remote_dir(s);
    if (uri == NULL) {
        return EXIT_USAGE;
    }
    struct cosn_fs_options options = COSN_FS_OPTIONS_INIT;
    options.config = s->config;
    options.platform = &s->platform;
    struct cosn_error err = COSN_ERROR_INIT;
    if (cosn_fs_open(out, uri, &options, &err) < 0) {
        return cmd_report(s, &err);
    }
    return EXIT_DONE;
}
