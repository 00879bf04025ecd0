/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is there: status, existence, listing. A file is an object under exactly the key; a
 * directory is a prefix "key/" under which anything lies, be it only its marker. The file wins
 * where both exist, as with the plugin.
 *
 * Two requests decide where the plugin needs three: HEAD key, then one key of the list of
 * "key/", whose first entry is the marker when there is one. Reading never writes. A refusal is
 * an error and never "does not exist".
 *
 * A token scoped to "bucket/dir/" + "*" may not HEAD "dir" itself, yet a client names just that
 * directory first: a refused HEAD is followed by the list of "dir/", and only when that is
 * refused or empty, too, does the refusal stand.
 * Sources: fluss-plugin.md s.4 (consequence of the trailing star), s.6.5 (getFileStatus,
 * listStatus), s.9; requirements FS-030..046, FS-083, ERR-002, POL-001.
 */
#include "fs/internal.h"

#include "cosbase/alloc.h"

static bool is_missing_object(int r, const struct cosn_error *e)
{
    return r == COSN_E_NOT_FOUND && e->detail != COSN_D_NO_BUCKET;
}

/* Refused by a policy; a refused signature or key is refused everywhere. */
static bool is_out_of_scope(int r, const struct cosn_error *e)
{
    return r == COSN_E_DENIED && e->detail != COSN_D_AUTH;
}

static int not_found(const struct cosn_fs *fs, const struct fs_path *p, struct cosn_error *err)
{
    int r = fail(err, COSN_E_NOT_FOUND, "no such file or directory: cosn://%s/%.250s",
                 fs->bucket, p->key);
    if (err != NULL) {
        err->http_status = 404;
    }
    return r;
}

static int status_of_root(struct cosn_fs *fs, struct cosn_stat *out, struct cosn_error *err)
{
    int r = client_head_bucket(fs->client, err);
    if (r == 0) {
        *out = (struct cosn_stat){.is_dir = true};
    }
    return r;
}

/* The directory half: @out is set when something lies below. */
static int status_of_dir(struct cosn_fs *fs, const struct fs_path *p, struct cosn_stat *out,
                         struct cosn_error *err)
{
    char prefix[PATH_KEY_MAX + 2];
    if (!path_dir_key(prefix, p)) {
        return not_found(fs, p, err);
    }
    struct client_list_page page;
    struct client_list_question question = {.prefix = prefix, .max_keys = 1};
    int r = client_list(fs->client, &question, &page, err);
    if (r < 0) {
        return r;
    }
    bool is_marker = page.n_items > 0 && strcmp(page.items[0].key, prefix) == 0;
    bool is_dir = page.n_items > 0;
    int64_t mtime_unix_ms = is_marker ? page.items[0].mtime_unix_ms : 0;
    client_list_page_deinit(&page);
    if (!is_dir) {
        return not_found(fs, p, err);
    }
    *out = (struct cosn_stat){.is_dir = true, .mtime_unix_ms = mtime_unix_ms};
    return 0;
}

int fs_status(struct cosn_fs *fs, const struct fs_path *p, struct cosn_stat *out,
              struct client_object *object, struct cosn_error *err)
{
    if (path_is_root(p)) {
        return status_of_root(fs, out, err);
    }
    struct client_object got;
    struct cosn_error now = COSN_ERROR_INIT;
    int r = client_head(fs->client, p->key, &got, &now);
    if (is_missing_object(r, &now)) {
        return status_of_dir(fs, p, out, err);
    }
    if (is_out_of_scope(r, &now) && status_of_dir(fs, p, out, /* err= */ NULL) == 0) {
        return 0;
    }
    if (r < 0) {
        return fail_again(err, &now);
    }
    *out = (struct cosn_stat){.length_bytes = got.length_bytes,
                              .mtime_unix_ms = got.mtime_unix_ms};
    if (object != NULL) {
        *object = got;
    }
    return 0;
}

int fs_is_file(struct cosn_fs *fs, const struct fs_path *p, bool *out, struct cosn_error *err)
{
    struct client_object got;
    struct cosn_error now = COSN_ERROR_INIT;
    int r = client_head(fs->client, p->key, &got, &now);
    if (r < 0 && !is_missing_object(r, &now)) {
        return fail_again(err, &now);
    }
    *out = r == 0;
    return 0;
}

int fs_has_children(struct cosn_fs *fs, const struct fs_path *p, bool *out,
                    struct cosn_error *err)
{
    char prefix[PATH_KEY_MAX + 2];
    if (!path_dir_key(prefix, p)) {
        *out = false;
        return 0;
    }
    struct client_list_page page;
    struct client_list_question question = {.prefix = prefix, .max_keys = 2};
    int r = client_list(fs->client, &question, &page, err);
    if (r < 0) {
        return r;
    }
    bool any = false;
    for (size_t i = 0; i < page.n_items; i++) {
        any = any || strcmp(page.items[i].key, prefix) != 0;
    }
    client_list_page_deinit(&page);
    *out = any;
    return 0;
}

int cosn_fs_stat(struct cosn_fs *fs, struct cosn_stat *out, const char *path,
                 struct cosn_error *err)
{
    struct fs_path p;
    int r = fs_resolve(&p, fs, path, err);
    return r < 0 ? r : fs_status(fs, &p, out, /* object= */ NULL, err);
}

int cosn_fs_exists(struct cosn_fs *fs, bool *out, const char *path, struct cosn_error *err)
{
    struct fs_path p;
    int r = fs_resolve(&p, fs, path, err);
    if (r < 0) {
        return r;
    }
    struct cosn_stat st;
    struct cosn_error now = COSN_ERROR_INIT;
    r = fs_status(fs, &p, &st, /* object= */ NULL, &now);
    if (r < 0 && !is_missing_object(r, &now)) {
        return fail_again(err, &now);
    }
    *out = r == 0;
    return 0;
}

/* --- listing --- */

int fs_list_pages(struct cosn_fs *fs, const struct client_list_question *about,
                  fs_page_fn *each, void *ctx, struct cosn_error *err)
{
    struct client_list_question question = *about;
    question.max_keys = FS_LIST_PAGE;
    char *marker = NULL;
    int r = 0;
    do {
        struct client_list_page page;
        question.marker = marker;
        r = client_list(fs->client, &question, &page, err);
        marker = cos_free(marker);
        if (r < 0) {
            break;
        }
        r = each(ctx, &page, err);
        marker = page.next_marker;
        page.next_marker = NULL;
        client_list_page_deinit(&page);
    } while (r == 0 && marker != NULL);
    cos_free(marker);
    return r;
}

struct listing {
    struct cosn_fs *fs;
    char prefix[PATH_KEY_MAX + 2];
    size_t prefix_len;
    bool recursive;
    int (*visit)(void *ctx, const char *path, const struct cosn_stat *st);
    void *ctx;
    bool any; /* the prefix holds something, be it only its marker */
};

static int call_visit(const struct listing *l, const char *key, const struct cosn_stat *st,
                      struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf path = {0};
    cos_buf_init(&path, 16u << 10);
    cos_buf_ch(&path, '/');
    cos_buf_str(&path, key);
    if (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
        path.ptr[path.len] = '\0';
    }
    if (path.failed) {
        return fail(err, COSN_E_NOMEM, "no memory for a path of a list");
    }
    return l->visit(l->ctx, cos_buf_cstr(&path), st);
}

static bool is_self(const struct listing *l, const char *key)
{
    return strcmp(key, l->prefix) == 0;
}

static int visit_item(struct listing *l, const struct client_list_page *page, size_t i,
                      struct cosn_error *err)
{
    const char *key = page->items[i].key;
    size_t n = strlen(key);
    bool is_marker = n > 0 && key[n - 1] == '/';
    if (is_self(l, key) || (l->recursive && is_marker)) {
        return 0;
    }
    struct cosn_stat st = {.length_bytes = page->items[i].length_bytes,
                           .mtime_unix_ms = page->items[i].mtime_unix_ms,
                           .is_dir = is_marker};
    return call_visit(l, key, &st, err);
}

/* "dir//" has no name of its own and cannot be reached through a path. */
static int visit_prefix(struct listing *l, const char *prefix, struct cosn_error *err)
{
    if (strlen(prefix) <= l->prefix_len + 1) {
        return 0;
    }
    struct cosn_stat st = {.is_dir = true};
    return call_visit(l, prefix, &st, err);
}

/* Objects and common prefixes come as two sorted sequences; the page is their merge. */
static int visit_page(void *ctx, const struct client_list_page *page, struct cosn_error *err)
{
    struct listing *l = ctx;
    size_t i = 0, d = 0;
    while (i < page->n_items || d < page->n_prefixes) {
        bool takes_item =
            d == page->n_prefixes ||
            (i < page->n_items && strcmp(page->items[i].key, page->prefixes[d]) < 0);
        l->any = true;
        int r = takes_item ? visit_item(l, page, i++, err)
                           : visit_prefix(l, page->prefixes[d++], err);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

static int list_prefix(struct listing *l, struct cosn_error *err)
{
    const char *delimiter = l->recursive ? NULL : "/";
    const struct client_list_question below = {.prefix = l->prefix, .delimiter = delimiter};
    return fs_list_pages(l->fs, &below, visit_page, l, err);
}

static int list_dir(struct cosn_fs *fs, const struct fs_path *p, bool recursive,
                    int (*visit)(void *ctx, const char *path, const struct cosn_stat *st),
                    void *ctx, struct cosn_error *err)
{
    struct listing l = {.fs = fs, .recursive = recursive, .visit = visit, .ctx = ctx};
    if (!path_dir_key(l.prefix, p)) {
        return not_found(fs, p, err);
    }
    l.prefix_len = strlen(l.prefix);
    int r = list_prefix(&l, err);
    if (r == 0 && !l.any && !path_is_root(p)) {
        return not_found(fs, p, err);
    }
    return r;
}

int cosn_fs_list(struct cosn_fs *fs, const char *path, bool recursive,
                 int (*visit)(void *ctx, const char *path, const struct cosn_stat *st),
                 void *ctx, struct cosn_error *err)
{
    struct fs_path p;
    int r = fs_resolve(&p, fs, path, err);
    if (r < 0) {
        return r;
    }
    if (path_is_root(&p)) {
        return list_dir(fs, &p, recursive, visit, ctx, err);
    }
    struct client_object got;
    struct cosn_error now = COSN_ERROR_INIT;
    r = client_head(fs->client, p.key, &got, &now);
    if (is_missing_object(r, &now)) {
        return list_dir(fs, &p, recursive, visit, ctx, err);
    }
    if (is_out_of_scope(r, &now)) {
        struct cosn_error below = COSN_ERROR_INIT;
        r = list_dir(fs, &p, recursive, visit, ctx, &below);
        bool is_no_answer = r == COSN_E_DENIED || r == COSN_E_NOT_FOUND;
        return r >= 0 ? r : fail_again(err, is_no_answer ? &now : &below);
    }
    if (r < 0) {
        return fail_again(err, &now);
    }
    struct listing l = {.fs = fs, .visit = visit, .ctx = ctx};
    struct cosn_stat st = {.length_bytes = got.length_bytes,
                           .mtime_unix_ms = got.mtime_unix_ms};
    return call_visit(&l, p.key, &st, err);
}
