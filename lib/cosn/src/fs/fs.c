/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing a filesystem: configuration in, client out. No request is sent here, so a
 * wrong bucket or key shows at the first operation, as with the plugin.
 *
 * Sources: fluss-plugin.md s.2.1 (keys, defaults), F6 (what not to do with credentials), F17.
 */
#include "fs/internal.h"

#include "cosbase/alloc.h"

#define USER_AGENT "cosn/" COS_VERSION /* as in the key table */

int fs_resolve(struct fs_path *out, const struct cosn_fs *fs, const char *path,
               struct cosn_error *err)
{
    return path_resolve(out, fs->bucket, fs->base, path, err);
}

static int read_settings(struct fs_settings *out, const struct cosn_config *config,
                         struct cosn_error *err)
{
    const struct {
        const char *key;
        int64_t *to;
    } rows[] = {
        {"fs.cosn.block.size", &out->block_bytes},
        {"fs.cosn.buffer.size", &out->buffer_bytes},
        {"fs.cosn.upload_thread_pool", &out->upload_threads},
        {"fs.cosn.read.ahead.block.size", &out->read_ahead_bytes},
        {"fs.cosn.read.ahead.queue.size", &out->read_ahead_blocks},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        int r = cosn_config_get_i64(config, rows[i].key, rows[i].to, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int pick_provider(struct cosn_provider **out, const struct cosn_fs *fs,
                         const struct cosn_fs_options *options, struct cosn_error *err)
{
    if (options->provider != NULL) {
        *out = cosn_provider_ref(options->provider);
        return 0;
    }
    return cosn_provider_from_config(out, fs->config, options->dynamic, &fs->platform.p, err);
}

static int make_client(struct cosn_fs *fs, const struct cosn_fs_options *options,
                       struct cosn_error *err)
{
    char *host = NULL;
    struct cosn_provider *provider = NULL;
    const char *user_agent = cosn_config_get(fs->config, "fs.cosn.user.agent");
    struct client_options o = {
        .bucket = fs->bucket,
        .platform = &fs->platform,
        .user_agent = user_agent == NULL ? USER_AGENT : user_agent,
    };
    int r = endpoint_host(&host, fs->config, fs->bucket, err);
    if (r == 0) {
        r = endpoint_scheme(&o.scheme, fs->config, fs->platform.p.scheme, err);
    }
    if (r == 0) {
        r = cosn_config_get_ms(fs->config, "fs.cosn.request.timeout", &o.stall_ms, err);
    }
    if (r == 0) {
        r = cosn_config_get_ms(fs->config, "fs.cosn.request.timeout.total", &o.timeout_ms, err);
    }
    if (r == 0) {
        r = retry_rule_from_config(&o.retry, fs->config, err);
    }
    if (r == 0) {
        r = pick_provider(&provider, fs, options, err);
    }
    if (r == 0) {
        o.host = host;
        o.provider = provider;
        r = client_new(&fs->client, &o, err);
    }
    (void)cosn_provider_unref(provider);
    cos_free(host);
    return r;
}

static int name_fs(struct cosn_fs *fs, const char *uri, struct cosn_error *err)
{
    int r = path_split_uri(uri, &fs->bucket, &fs->base, err);
    if (r < 0) {
        return r;
    }
    struct fs_path base; /* a path that cannot be a key is refused now, not later */
    r = path_resolve(&base, fs->bucket, "", fs->base[0] == '\0' ? "/" : fs->base, err);
    if (r < 0) {
        return r;
    }
    struct cos_buf b;
    cos_buf_init(&b, 1024);
    cos_buf_printf(&b, "cosn://%s", fs->bucket);
    fs->uri = cos_buf_take(&b);
    cos_buf_deinit(&b);
    return fs->uri == NULL ? fail(err, COSN_E_NOMEM, "out of memory") : 0;
}

int cosn_fs_open(struct cosn_fs **out, const char *uri, const struct cosn_fs_options *options,
                 struct cosn_error *err)
{
    struct cosn_fs_options given = COSN_FS_OPTIONS_INIT;
    if (options != NULL && !cos_sized_copy(&given, sizeof(given), options)) {
        return fail(err, COSN_E_INVALID,
                    "the options have no size: begin them with COSN_FS_OPTIONS_INIT");
    }
    if (uri == NULL || given.config == NULL) {
        return fail(err, COSN_E_INVALID, "a filesystem needs a URI and a configuration");
    }
    struct cosn_fs *fs = cos_calloc(1, sizeof(*fs));
    if (fs == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    int r = name_fs(fs, uri, err);
    if (r == 0) {
        r = cosn_config_clone(&fs->config, given.config, err);
    }
    if (r == 0) {
        r = read_settings(&fs->settings, fs->config, err);
    }
    if (r == 0) {
        r = platform_init(&fs->platform, given.platform, err);
    }
    if (r == 0) {
        r = make_client(fs, &given, err);
    }
    if (r < 0) {
        (void)cosn_fs_free(fs);
        return r;
    }
    *out = fs;
    return 0;
}

struct cosn_fs *cosn_fs_free(struct cosn_fs *fs)
{
    if (fs == NULL) {
        return NULL;
    }
    (void)client_free(fs->client);
    platform_deinit(&fs->platform);
    (void)cosn_config_free(fs->config);
    cos_free(fs->bucket);
    cos_free(fs->base);
    cos_free(fs->uri);
    cos_free(fs);
    return NULL;
}

const char *cosn_fs_uri(const struct cosn_fs *fs)
{
    return fs->uri;
}

const struct cosn_config *cosn_fs_config(const struct cosn_fs *fs)
{
    return fs->config;
}
