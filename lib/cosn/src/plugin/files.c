/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filesystem part of the table. Each open gives a filesystem of its own over the options as
 * they are then, token infos included, so two buckets never share anything but the received
 * credential.
 * Sources: include/cosn/plugin.h; fluss-plugin.md s.9; requirements PLUG-014, PLUG-015,
 * REF-016.
 */
#include "plugin/internal.h"

#include "cosbase/alloc.h"

int plugin_open_fs(struct cosn_plugin *p, const char *uri, struct cosn_plugin_fs **out,
                   struct cosn_plugin_error *e)
{
    if (uri == NULL || out == NULL) {
        return plugin_refuse(e, COSN_PLUGIN_INVALID_ARG, "open_fs needs a URI");
    }
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_config *config = NULL;
    struct cosn_plugin_fs *fs = cos_calloc(1, sizeof(*fs));
    int r = fs == NULL ? fail(&err, COSN_E_NOMEM, "out of memory")
                       : plugin_config_copy(p, &config, &err);
    if (r == 0) {
        atomic_init(&fs->holders, 1);
        fs->plugin = plugin_hold(p);
        fs->uri = cos_strdup(uri);
        struct cosn_fs_options options = COSN_FS_OPTIONS_INIT;
        options.config = config;
        options.dynamic = p->dynamic;
        options.platform = &p->platform.p;
        r = fs->uri == NULL ? fail(&err, COSN_E_NOMEM, "out of memory")
                            : cosn_fs_open(&fs->fs, uri, &options, &err);
        if (r < 0) {
            plugin_close_fs(fs);
            fs = NULL;
        }
    }
    (void)cosn_config_free(config);
    if (r < 0) {
        cos_free(fs);
        return plugin_fail(e, &err, PHASE_CONFIG);
    }
    *out = fs;
    return COSN_PLUGIN_OK;
}

struct cosn_plugin_fs *plugin_fs_hold(struct cosn_plugin_fs *fs)
{
    atomic_fetch_add(&fs->holders, 1);
    return fs;
}

void plugin_close_fs(struct cosn_plugin_fs *fs)
{
    if (fs == NULL || atomic_fetch_sub(&fs->holders, 1) > 1) {
        return;
    }
    (void)cosn_fs_free(fs->fs);
    plugin_destroy(fs->plugin);
    cos_free(fs->uri);
    cos_free(fs);
}

int plugin_fs_uri(struct cosn_plugin_fs *fs, char *buf, size_t cap, struct cosn_plugin_error *e)
{
    const char *uri = cosn_fs_uri(fs->fs);
    if (buf == NULL || strlen(uri) >= cap) {
        return plugin_refuse(e, COSN_PLUGIN_INVALID_ARG, "the buffer is too small for the URI");
    }
    memcpy(buf, uri, strlen(uri) + 1);
    return COSN_PLUGIN_OK;
}

static int fill_status(struct cosn_plugin_status *out, const char *path,
                       const struct cosn_stat *st, struct cosn_error *err)
{
    memset(out, 0, sizeof(*out));
    out->struct_size = sizeof(*out);
    out->is_dir = st->is_dir ? 1 : 0;
    out->length = (uint64_t)st->length_bytes;
    out->mtime_unix_ms = st->mtime_unix_ms;
    if (strlen(path) >= sizeof(out->path)) {
        return fail(err, COSN_E_INVALID, "a path is longer than %zu bytes",
                    sizeof(out->path) - 1);
    }
    (void)snprintf(out->path, sizeof(out->path), "%s", path);
    return 0;
}

int plugin_stat(struct cosn_plugin_fs *fs, const char *path, struct cosn_plugin_status *st,
                struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_stat got = {0};
    struct cosn_plugin_status full;
    int r = cosn_fs_stat(fs->fs, &got, path, &err);
    if (r == 0) {
        r = fill_status(&full, path, &got, &err);
    }
    if (r < 0) {
        return plugin_fail(e, &err, PHASE_USE);
    }
    plugin_give_struct(st, st->struct_size, &full, sizeof(full));
    return COSN_PLUGIN_OK;
}

int plugin_exists(struct cosn_plugin_fs *fs, const char *path, int *exists,
                  struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    bool found = false;
    if (cosn_fs_exists(fs->fs, &found, path, &err) < 0) {
        return plugin_fail(e, &err, PHASE_USE);
    }
    *exists = found ? 1 : 0;
    return COSN_PLUGIN_OK;
}

struct list_call {
    cosn_plugin_list_fn cb;
    void *ctx;
    struct cosn_error *err;
};

#define STOPPED 1

static int pass_on(void *ctx, const char *path, const struct cosn_stat *st)
{
    struct list_call *call = ctx;
    struct cosn_plugin_status full;
    int r = fill_status(&full, path, st, call->err);
    if (r < 0) {
        return r;
    }
    return call->cb(call->ctx, &full) != 0 ? STOPPED : 0;
}

int plugin_list(struct cosn_plugin_fs *fs, const char *path, cosn_plugin_list_fn cb, void *ctx,
                struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    struct list_call call = {cb, ctx, &err};
    int r = cosn_fs_list(fs->fs, path, /* recursive= */ false, pass_on, &call, &err);
    return r < 0 ? plugin_fail(e, &err, PHASE_USE) : COSN_PLUGIN_OK;
}

int plugin_mkdirs(struct cosn_plugin_fs *fs, const char *path, int *created,
                  struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    if (cosn_fs_mkdirs(fs->fs, path, &err) < 0) {
        return plugin_fail(e, &err, PHASE_USE);
    }
    *created = 1;
    return COSN_PLUGIN_OK;
}

int plugin_remove(struct cosn_plugin_fs *fs, const char *path, int recursive, int *deleted,
                  struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    bool was_there = false;
    if (cosn_fs_delete(fs->fs, path, recursive != 0, &was_there, &err) < 0) {
        return plugin_fail(e, &err, PHASE_USE);
    }
    *deleted = was_there ? 1 : 0;
    return COSN_PLUGIN_OK;
}

int plugin_rename(struct cosn_plugin_fs *fs, const char *src, const char *dst, int *renamed,
                  struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    bool was_moved = false;
    if (cosn_fs_rename(fs->fs, src, dst, &was_moved, &err) < 0) {
        return plugin_fail(e, &err, PHASE_USE);
    }
    *renamed = was_moved ? 1 : 0;
    return COSN_PLUGIN_OK;
}
