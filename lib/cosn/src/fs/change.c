/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and removing: mkdirs and delete. A new directory is one zero-byte object "dir/";
 * parents get none, they are prefixes.
 *
 * Deleting the last child would make its directory vanish, so the directory's marker is written
 * first, as the plugin does: one PUT, never a moment without the directory (FS-058). Below a
 * directory the objects go by the thousand; a policy that forbids that call, and a key that XML
 * cannot carry, make it one request a key.
 * Sources: fluss-plugin.md s.6.5 (mkdirs, delete); cos-wire.md s.2.1 (DELETE Multiple);
 * requirements FS-047..059.
 */
#include "fs/internal.h"

#include "cosbase/alloc.h"

int fs_put_marker(struct cosn_fs *fs, const struct fs_path *dir, struct cosn_error *err)
{
    char key[PATH_KEY_MAX + 2];
    if (!path_dir_key(key, dir)) {
        return fail(err, COSN_E_INVALID, "a directory's key is at most %d bytes long",
                    PATH_KEY_MAX - 1);
    }
    return client_put(fs->client, key, NULL, 0, /* forbid_overwrite= */ false, err);
}

int fs_keep_parent(struct cosn_fs *fs, const struct fs_path *p, struct cosn_error *err)
{
    struct fs_path parent;
    path_parent(&parent, p);
    if (path_is_root(&parent)) {
        return 0;
    }
    int r = fs_put_marker(fs, &parent, err);
    return r == COSN_E_DENIED ? 0 : r;
}

/* --- mkdirs --- */

static int parent_is_file(const struct cosn_fs *fs, const struct fs_path *file,
                          struct cosn_error *err)
{
    return fail_detail(err, COSN_E_EXISTS, COSN_D_NOT_DIR,
                       "cosn://%s/%.250s is a file, not a directory", fs->bucket, file->key);
}

/* Parents outside what a scoped token may see (403) are taken for directories: they must be, if
 * anything lies below. */
static int check_parents(struct cosn_fs *fs, const struct fs_path *leaf, struct cosn_error *err)
{
    struct fs_path p;
    path_parent(&p, leaf);
    while (!path_is_root(&p)) {
        bool is_file = false;
        struct cosn_error now = COSN_ERROR_INIT;
        int r = fs_is_file(fs, &p, &is_file, &now);
        if (r == COSN_E_DENIED && now.detail != COSN_D_AUTH) {
            return 0;
        }
        if (r < 0) {
            if (err != NULL) {
                *err = now;
            }
            return r;
        }
        if (is_file) {
            return parent_is_file(fs, &p, err);
        }
        path_parent(&p, &p);
    }
    return 0;
}

int cosn_fs_mkdirs(struct cosn_fs *fs, const char *path, struct cosn_error *err)
{
    struct fs_path p;
    int r = fs_resolve(&p, fs, path, err);
    if (r < 0 || path_is_root(&p)) {
        return r;
    }
    struct cosn_stat st;
    struct cosn_error now = COSN_ERROR_INIT;
    r = fs_status(fs, &p, &st, /* object= */ NULL, &now);
    if (r == 0) {
        return st.is_dir ? 0 : parent_is_file(fs, &p, err);
    }
    if (r != COSN_E_NOT_FOUND || now.detail == COSN_D_NO_BUCKET) {
        if (err != NULL) {
            *err = now;
        }
        return r;
    }
    r = check_parents(fs, &p, err);
    return r < 0 ? r : fs_put_marker(fs, &p, err);
}

/* --- delete --- */

struct sweep {
    struct cosn_fs *fs;
    const char *dir_key; /* its marker, which goes last */
    const char *batch[CLIENT_DELETE_MAX];
    size_t n;
    bool one_by_one; /* the service or the policy refuses the call for many */
};

/* XML 1.0 s.2.2: no controls but TAB LF CR; and a parser may turn CR into LF, so that one goes
 * alone, too. */
static bool survives_xml(const char *key)
{
    for (const char *s = key; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20) {
            return false;
        }
    }
    return true;
}

static int sweep_singly(struct sweep *s, struct cosn_error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        int r = client_delete(s->fs->client, s->batch[i], err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int sweep_flush(struct sweep *s, struct cosn_error *err)
{
    int r = 0;
    if (s->n > 1 && !s->one_by_one) {
        struct cosn_error now = COSN_ERROR_INIT;
        r = client_delete_many(s->fs->client, s->batch, s->n, &now);
        if (r == COSN_E_DENIED || r == COSN_E_UNSUPPORTED) {
            s->one_by_one = true;
        } else if (r < 0 && err != NULL) {
            *err = now;
        }
    }
    if (s->n == 1 || s->one_by_one) {
        r = sweep_singly(s, err);
    }
    s->n = 0;
    return r;
}

static int sweep_page(void *ctx, const struct client_list_page *page, struct cosn_error *err)
{
    struct sweep *s = ctx;
    int r = 0;
    for (size_t i = 0; i < page->n_items && r == 0; i++) {
        const char *key = page->items[i].key;
        if (strcmp(key, s->dir_key) == 0) {
            continue;
        }
        if (!survives_xml(key)) {
            r = client_delete(s->fs->client, key, err);
            continue;
        }
        s->batch[s->n++] = key;
        if (s->n == CLIENT_DELETE_MAX) {
            r = sweep_flush(s, err);
        }
    }
    /* The keys die with the page. */
    return r < 0 ? r : sweep_flush(s, err);
}

int fs_delete_tree(struct cosn_fs *fs, const struct fs_path *dir, struct cosn_error *err)
{
    char key[PATH_KEY_MAX + 2];
    if (!path_dir_key(key, dir)) {
        return 0;
    }
    struct sweep *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    s->fs = fs;
    s->dir_key = key;
    const struct client_list_question below = {.prefix = key};
    int r = fs_list_pages(fs, &below, sweep_page, s, err);
    cos_free(s);
    return r < 0 ? r : client_delete(fs->client, key, err);
}

static int not_empty(const struct cosn_fs *fs, const struct fs_path *p, struct cosn_error *err)
{
    return fail_detail(err, COSN_E_EXISTS, COSN_D_NOT_EMPTY,
                       "cosn://%s/%.250s is not empty and the call is not recursive",
                       fs->bucket, p->key);
}

static int delete_root(struct cosn_fs *fs, const struct fs_path *p, bool recursive,
                       bool *out_deleted, struct cosn_error *err)
{
    bool any = false;
    int r = recursive ? 0 : fs_has_children(fs, p, &any, err);
    if (r == 0 && any) {
        r = not_empty(fs, p, err);
    }
    if (r == 0) {
        *out_deleted = false;
    }
    return r;
}

static int delete_dir(struct cosn_fs *fs, const struct fs_path *p, bool recursive,
                      struct cosn_error *err)
{
    bool any = false;
    int r = recursive ? 0 : fs_has_children(fs, p, &any, err);
    if (r == 0 && any) {
        r = not_empty(fs, p, err);
    }
    if (r == 0) {
        r = fs_keep_parent(fs, p, err);
    }
    return r < 0 ? r : fs_delete_tree(fs, p, err);
}

static int delete_file(struct cosn_fs *fs, const struct fs_path *p, struct cosn_error *err)
{
    int r = fs_keep_parent(fs, p, err);
    if (r < 0) {
        return r;
    }
    return client_delete(fs->client, p->key, err);
}

int cosn_fs_delete(struct cosn_fs *fs, const char *path, bool recursive, bool *out_deleted,
                   struct cosn_error *err)
{
    struct fs_path p;
    int r = fs_resolve(&p, fs, path, err);
    if (r < 0) {
        return r;
    }
    if (path_is_root(&p)) {
        return delete_root(fs, &p, recursive, out_deleted, err);
    }
    struct cosn_stat st;
    struct cosn_error now = COSN_ERROR_INIT;
    r = fs_status(fs, &p, &st, /* object= */ NULL, &now);
    if (r == COSN_E_NOT_FOUND && now.detail != COSN_D_NO_BUCKET) {
        *out_deleted = false;
        return 0;
    }
    if (r == 0) {
        r = st.is_dir ? delete_dir(fs, &p, recursive, &now) : delete_file(fs, &p, &now);
    }
    if (r < 0) {
        if (err != NULL) {
            *err = now;
        }
        return r;
    }
    *out_deleted = true;
    return 0;
}
