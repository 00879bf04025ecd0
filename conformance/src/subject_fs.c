/* SPDX-License-Identifier: Apache-2.0 */
/* Filesystem operations of the protocol: open, stat, exists, list, mkdirs, delete, rename. */
#include "subject_internal.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ENTRIES_SPELLED 1000
#define GUARD 0xA5 /* what a lent struct holds before the call */

/* ---- paths ---- */

/* The part of "scheme://authority/path" from the path's slash on; "" when there is none. */
static const char *uri_path(const char *uri)
{
    const char *authority = strstr(uri, "://");
    if (authority == NULL) {
        return uri;
    }
    const char *slash = strchr(authority + 3, '/');
    return slash != NULL ? slash : "";
}

static struct cos_span authority_of(const char *uri)
{
    const char *start = strstr(uri, "://");
    const char *path = uri_path(uri);
    size_t n = start == NULL ? 0 : strlen(uri) - strlen(path) - (size_t)(start + 3 - uri);
    return cos_span_make(start == NULL ? uri : start + 3, n);
}

/* A URI of another bucket goes to the plugin as it is: what it makes of that is judged. */
char *fs_absolute_path(const struct handle *fs, const char *path)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 64 << 10);
    bool is_uri = strncmp(path, "cosn://", 7) == 0;
    bool is_foreign = is_uri && !cos_span_eq(authority_of(path), authority_of(fs->uri));
    if (is_uri && !is_foreign) {
        path = uri_path(path);
        cos_buf_str(&b, path[0] != '\0' ? path : "/");
    } else if (is_foreign || path[0] == '/') {
        cos_buf_str(&b, path);
    } else {
        const char *root = uri_path(fs->uri);
        cos_buf_str(&b, root);
        if (path[0] == '\0' || strcmp(path, ".") == 0) { /* the root itself */
            cos_buf_str(&b, b.len == 0 ? "/" : "");
            return cos_buf_take(&b);
        }
        if (b.len == 0 || b.ptr[b.len - 1] != '/') {
            cos_buf_ch(&b, '/');
        }
        cos_buf_str(&b, path);
    }
    return cos_buf_take(&b);
}

/* The filesystem of the call and @member as an absolute path (heap). */
static struct handle *fs_and_path(struct call *c, const char *member, char **out_path)
{
    struct handle *fs = protocol_handle(c, "fs", HANDLE_FS);
    if (fs == NULL) {
        return NULL;
    }
    const char *path = protocol_str(c, member);
    if (path == NULL) {
        return NULL;
    }
    *out_path = fs_absolute_path(fs, path);
    if (*out_path == NULL) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return NULL;
    }
    return fs;
}

static bool has_slot(struct call *c, bool present, const char *what)
{
    if (!present) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: the plugin has no '%s'", what);
    }
    return present;
}

/* ---- open, close ---- */

static bool serves_scheme_of(const struct cosn_plugin_table *table, const char *uri)
{
    for (const char *const *s = table->schemes; s != NULL && *s != NULL; s++) {
        size_t n = strlen(*s);
        if (strncmp(uri, *s, n) == 0 && uri[n] == ':') {
            return true;
        }
    }
    return false;
}

void run_open(struct call *c)
{
    const char *uri = protocol_str(c, "uri");
    struct party *p = party_find(c->s, protocol_str_or(c, "as", "server"));
    if (uri == NULL) {
        return;
    }
    if (p == NULL) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: configure comes before open");
        return;
    }
    if (p->plugin == NULL || !serves_scheme_of(p->table, uri)) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED_SCHEME, "no loaded plugin serves '%.200s'",
                      uri);
        return;
    }
    struct cosn_plugin_fs *fs = NULL;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (!protocol_check(c, p->table->open_fs(p->plugin, uri, &fs, &e), &e)) {
        return;
    }
    int64_t number = protocol_handle_add(c, HANDLE_FS, p, fs);
    if (number == 0) {
        p->table->close_fs(fs);
        return;
    }
    struct handle *h = protocol_handle_at(c, number);
    h->uri = cos_strdup(uri);
    char own_uri[2048] = "";
    if (h->uri == NULL ||
        (p->table->fs_uri != NULL &&
         !protocol_check(c, p->table->fs_uri(fs, own_uri, sizeof(own_uri), &e), &e))) {
        return;
    }
    cos_jw_i64(&c->w, "fs", number);
    cos_jw_str(&c->w, "uri", own_uri);
}

void run_close(struct call *c)
{
    struct handle *h = protocol_handle(c, "fs", HANDLE_FS);
    if (h != NULL) {
        handle_close(h);
        h->kind = HANDLE_FREE;
    }
}

/* ---- status and lists ---- */

static void write_status(struct cos_jw *w, const struct cosn_plugin_status *st)
{
    cos_jw_str(w, "path", st->path);
    cos_jw_bool(w, "is_dir", st->is_dir != 0);
    cos_jw_u64(w, "len", st->length);
    cos_jw_i64(w, "mtime_ms", st->mtime_unix_ms);
}

/*
 * What a host compiled against an older header does: it lends a status that ends after @size
 * bytes. `clean`: nothing behind it was written.
 */
static void stat_short(struct call *c, struct handle *fs, const char *path, size_t size)
{
    union {
        struct cosn_plugin_status st;
        uint8_t bytes[sizeof(struct cosn_plugin_status)];
    } lent;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    bool clean = true;
    memset(lent.bytes, GUARD, sizeof(lent.bytes));
    lent.st.struct_size = (uint32_t)size;
    if (!protocol_check(c, fs->party->table->stat(fs->object, path, &lent.st, &e), &e)) {
        return;
    }
    for (size_t i = size; i < sizeof(lent.bytes) && clean; i++) {
        clean = lent.bytes[i] == GUARD;
    }
    cos_jw_bool(&c->w, "clean", clean);
}

void run_stat(struct call *c)
{
    char *path = NULL;
    struct handle *fs = fs_and_path(c, "path", &path);
    int64_t size = protocol_i64_or(c, "struct_size", 0);
    if (fs != NULL && size >= (int64_t)sizeof(uint32_t) &&
        size <= (int64_t)sizeof(struct cosn_plugin_status)) {
        stat_short(c, fs, path, (size_t)size);
        (void)cos_free(path);
        return;
    }
    struct cosn_plugin_status st = {.struct_size = sizeof(st)};
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (fs != NULL &&
        protocol_check(c, fs->party->table->stat(fs->object, path, &st, &e), &e)) {
        write_status(&c->w, &st);
    }
    (void)cos_free(path);
}

/*
 * A plugin of ABI 1.0 has no `exists`: then it is what Fluss makes of stat, NOT_FOUND is false
 * and any other error stays one.
 */
static int ask_exists(const struct cosn_plugin_table *table, struct cosn_plugin_fs *fs,
                      const char *path, int *out, struct cosn_plugin_error *e)
{
    if (table->struct_size > offsetof(struct cosn_plugin_table, exists) &&
        table->exists != NULL) {
        return table->exists(fs, path, out, e);
    }
    struct cosn_plugin_status st = {.struct_size = sizeof(st)};
    int r = table->stat(fs, path, &st, e);
    *out = r == COSN_PLUGIN_OK;
    return r == COSN_PLUGIN_NOT_FOUND ? COSN_PLUGIN_OK : r;
}

void run_exists(struct call *c)
{
    char *path = NULL;
    int exists = 0;
    struct handle *fs = fs_and_path(c, "path", &path);
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (fs != NULL &&
        protocol_check(c, ask_exists(fs->party->table, fs->object, path, &exists, &e), &e)) {
        cos_jw_bool(&c->w, "exists", exists != 0);
    }
    (void)cos_free(path);
}

struct entries {
    struct cosn_plugin_status *items;
    size_t n, cap;
    bool failed;
};

static int collect_entry(void *ctx, const struct cosn_plugin_status *st)
{
    struct entries *all = ctx;
    if (all->n == all->cap) {
        size_t cap = all->cap != 0 ? 2 * all->cap : 32;
        struct cosn_plugin_status *grown =
            cos_realloc_array(all->items, cap, sizeof(*all->items));
        if (grown == NULL) {
            all->failed = true;
            return 1;
        }
        all->items = grown;
        all->cap = cap;
    }
    all->items[all->n++] = *st;
    return 0;
}

static int compare_entries(const void *a, const void *b)
{
    const struct cosn_plugin_status *left = a, *right = b;
    return strcmp(left->path, right->path);
}

static void write_entries(struct call *c, struct entries *all)
{
    cos_jw_u64(&c->w, "count", all->n);
    if (all->n <= MAX_ENTRIES_SPELLED) {
        cos_jw_array(&c->w, "entries");
        for (size_t i = 0; i < all->n; i++) {
            cos_jw_object(&c->w, NULL);
            write_status(&c->w, &all->items[i]);
            cos_jw_end(&c->w);
        }
        cos_jw_end(&c->w);
        return;
    }
    /* Too many to spell: one digest over the sorted paths, each followed by a newline. */
    COS_CLEANUP(cos_digest_deinit) struct cos_digest d = {0};
    if (!cos_digest_init(&d, COS_SHA256)) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return;
    }
    qsort(all->items, all->n, sizeof(*all->items), compare_entries);
    for (size_t i = 0; i < all->n; i++) {
        cos_digest_update(&d, all->items[i].path, strlen(all->items[i].path));
        cos_digest_update(&d, "\n", 1);
    }
    uint8_t sum[COS_DIGEST_MAX_BYTES];
    char hex[2 * COS_DIGEST_MAX_BYTES + 1];
    cos_hex_encode(hex, sum, cos_digest_final(&d, sum));
    cos_jw_str(&c->w, "sha256_of_sorted_paths", hex);
}

void run_list(struct call *c)
{
    char *path = NULL;
    struct handle *fs = fs_and_path(c, "path", &path);
    struct entries all = {0};
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (fs != NULL &&
        protocol_check(c, fs->party->table->list(fs->object, path, collect_entry, &all, &e),
                       &e)) {
        if (all.failed) {
            protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory for the list");
        } else {
            write_entries(c, &all);
        }
    }
    (void)cos_free(all.items);
    (void)cos_free(path);
}

/* ---- changes ---- */

void run_mkdirs(struct call *c)
{
    char *path = NULL;
    struct handle *fs = fs_and_path(c, "path", &path);
    int result = 0;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (fs != NULL && has_slot(c, fs->party->table->mkdirs != NULL, "mkdirs") &&
        protocol_check(c, fs->party->table->mkdirs(fs->object, path, &result, &e), &e)) {
        cos_jw_bool(&c->w, "result", result != 0);
    }
    (void)cos_free(path);
}

void run_delete(struct call *c)
{
    char *path = NULL;
    struct handle *fs = fs_and_path(c, "path", &path);
    bool recursive = cos_json_bool(cos_json_get(c->request, "recursive"), false);
    int result = 0;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (fs != NULL && has_slot(c, fs->party->table->remove != NULL, "delete") &&
        protocol_check(c, fs->party->table->remove(fs->object, path, recursive, &result, &e),
                       &e)) {
        cos_jw_bool(&c->w, "result", result != 0);
    }
    (void)cos_free(path);
}

void run_rename(struct call *c)
{
    char *src = NULL, *dst = NULL;
    struct handle *fs = fs_and_path(c, "src", &src);
    int result = 0;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (fs != NULL && fs_and_path(c, "dst", &dst) != NULL &&
        has_slot(c, fs->party->table->rename != NULL, "rename") &&
        protocol_check(c, fs->party->table->rename(fs->object, src, dst, &result, &e), &e)) {
        cos_jw_bool(&c->w, "result", result != 0);
    }
    (void)cos_free(src);
    (void)cos_free(dst);
}
