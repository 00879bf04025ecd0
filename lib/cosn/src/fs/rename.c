/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rename: the service has none, so it is copies and then deletions. Every copy is made before
 * the first deletion; when one fails, what was copied is removed again and the source stays
 * whole. Not atomic: a reader may see both.
 *
 * Refused: onto an existing file, onto itself, into its own subtree, below a parent that does
 * not exist. Onto an existing directory it moves inside. The root is not moved (false). An
 * object above the service's limit for one copy (5 GB) makes the rename fail with everything
 * left in place.
 * Sources: fluss-plugin.md s.6.5 (rename); cos-wire.md s.2.1 (Copy); requirements FS-060..070.
 */
#include "fs/internal.h"

#include "cosbase/alloc.h"

static int exists_already(const struct cosn_fs *fs, const struct fs_path *p,
                          enum cosn_detail detail, struct cosn_error *err)
{
    return fail_detail(err, COSN_E_EXISTS, detail, "cosn://%s/%.250s exists already",
                       fs->bucket, p->key);
}

static bool is_missing(int r, const struct cosn_error *e)
{
    return r == COSN_E_NOT_FOUND && e->detail != COSN_D_NO_BUCKET;
}

/* The target must be free; an existing directory moves it inside. @to is changed then. */
static int settle_target(struct cosn_fs *fs, const struct fs_path *from, struct fs_path *to,
                         bool *out_inside, struct cosn_error *err)
{
    struct cosn_stat st;
    struct cosn_error now = COSN_ERROR_INIT;
    int r = fs_status(fs, to, &st, /* object= */ NULL, &now);
    if (is_missing(r, &now)) {
        return 0;
    }
    if (r < 0) {
        *err = now;
        return r;
    }
    if (!st.is_dir) {
        return exists_already(fs, to, COSN_D_NONE, err);
    }
    if (*out_inside) {
        return exists_already(fs, to, COSN_D_IS_DIR, err);
    }
    *out_inside = true;
    r = path_join(to, to, path_name(from), err);
    return r < 0 ? r : settle_target(fs, from, to, out_inside, err);
}

static int check_target_parent(struct cosn_fs *fs, const struct fs_path *to,
                               struct cosn_error *err)
{
    struct fs_path parent;
    path_parent(&parent, to);
    if (path_is_root(&parent)) {
        return 0;
    }
    struct cosn_stat st;
    struct cosn_error now = COSN_ERROR_INIT;
    int r = fs_status(fs, &parent, &st, /* object= */ NULL, &now);
    if (r == COSN_E_DENIED && now.detail != COSN_D_AUTH) {
        return 0; /* outside what a scoped token may see */
    }
    if (r < 0) {
        *err = now;
        return r;
    }
    if (!st.is_dir) {
        return fail_detail(err, COSN_E_EXISTS, COSN_D_NOT_DIR,
                           "cosn://%s/%.250s is a file, not a directory", fs->bucket,
                           parent.key);
    }
    return 0;
}

static int rename_file(struct cosn_fs *fs, const struct fs_path *from, const struct fs_path *to,
                       struct cosn_error *err)
{
    int r = client_copy(fs->client, from->key, to->key, err);
    if (r < 0) {
        return r;
    }
    r = fs_keep_parent(fs, from, err);
    return r < 0 ? r : client_delete(fs->client, from->key, err);
}

struct move {
    struct cosn_fs *fs;
    const char *from_prefix, *to_prefix;
};

static int copy_one(const struct move *m, const char *key, struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf to = {0};
    cos_buf_init(&to, 4096);
    cos_buf_str(&to, m->to_prefix);
    cos_buf_str(&to, key + strlen(m->from_prefix));
    if (to.failed || to.len > PATH_KEY_MAX) {
        return fail(err, COSN_E_INVALID,
                    "below the new name a key would be longer than %d bytes", PATH_KEY_MAX);
    }
    return client_copy(m->fs->client, key, cos_buf_cstr(&to), err);
}

static int copy_page(void *ctx, const struct client_list_page *page, struct cosn_error *err)
{
    const struct move *m = ctx;
    for (size_t i = 0; i < page->n_items; i++) {
        if (strcmp(page->items[i].key, m->from_prefix) == 0) {
            continue; /* the marker: its successor is there already */
        }
        int r = copy_one(m, page->items[i].key, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int copy_tree(struct cosn_fs *fs, const char *from_prefix, const char *to_prefix,
                     struct cosn_error *err)
{
    struct move move = {fs, from_prefix, to_prefix};
    const struct client_list_question below = {.prefix = from_prefix};
    return fs_list_pages(fs, &below, copy_page, &move, err);
}

/* The target did not exist when the rename began, so all below it is ours. */
static void undo_copies(struct cosn_fs *fs, const struct fs_path *to)
{
    struct cosn_error now = COSN_ERROR_INIT;
    if (fs_delete_tree(fs, to, &now) < 0) {
        platform_log(&fs->platform, COSN_LOG_WARN, "fs",
                     "a failed rename left copies behind: %s", now.message);
    }
}

static int rename_dir(struct cosn_fs *fs, const struct fs_path *from, const struct fs_path *to,
                      struct cosn_error *err)
{
    char from_prefix[PATH_KEY_MAX + 2], to_prefix[PATH_KEY_MAX + 2];
    if (!path_dir_key(from_prefix, from) || !path_dir_key(to_prefix, to)) {
        return fail(err, COSN_E_INVALID, "a directory's key is at most %d bytes long",
                    PATH_KEY_MAX - 1);
    }
    int r = fs_put_marker(fs, to, err);
    if (r < 0) {
        return r;
    }
    r = copy_tree(fs, from_prefix, to_prefix, err);
    if (r < 0) {
        undo_copies(fs, to);
        return r;
    }
    r = fs_keep_parent(fs, from, err);
    return r < 0 ? r : fs_delete_tree(fs, from, err);
}

static int check_distinct(const struct cosn_fs *fs, const struct fs_path *from,
                          const struct fs_path *to, struct cosn_error *err)
{
    if (strcmp(from->key, to->key) == 0) {
        return fail(err, COSN_E_INVALID, "cosn://%s/%.250s cannot be renamed to itself",
                    fs->bucket, from->key);
    }
    if (path_is_within(to, from)) {
        return fail(err, COSN_E_INVALID, "cosn://%s/%.250s cannot be moved below itself",
                    fs->bucket, from->key);
    }
    return 0;
}

static int rename_paths(struct cosn_fs *fs, const struct fs_path *from, struct fs_path *to,
                        struct cosn_error *err)
{
    struct cosn_stat source;
    int r = fs_status(fs, from, &source, /* object= */ NULL, err);
    if (r == 0) {
        r = check_distinct(fs, from, to, err);
    }
    bool inside = path_is_root(to); /* the root is a directory without asking */
    if (r == 0 && inside) {
        r = path_join(to, to, path_name(from), err);
    }
    if (r == 0) {
        r = settle_target(fs, from, to, &inside, err);
    }
    if (r == 0) {
        r = check_distinct(fs, from, to, err);
    }
    if (r == 0 && !inside) {
        r = check_target_parent(fs, to, err);
    }
    if (r < 0) {
        return r;
    }
    return source.is_dir ? rename_dir(fs, from, to, err) : rename_file(fs, from, to, err);
}

int cosn_fs_rename(struct cosn_fs *fs, const char *from, const char *to, bool *out_renamed,
                   struct cosn_error *err)
{
    struct fs_path source, target;
    int r = fs_resolve(&source, fs, from, err);
    if (r == 0) {
        r = fs_resolve(&target, fs, to, err);
    }
    if (r < 0) {
        return r;
    }
    if (path_is_root(&source)) {
        *out_renamed = false;
        return 0;
    }
    struct cosn_error now = COSN_ERROR_INIT;
    r = rename_paths(fs, &source, &target, &now);
    if (r < 0) {
        if (err != NULL) {
            *err = now;
        }
        return r;
    }
    *out_renamed = true;
    return 0;
}
