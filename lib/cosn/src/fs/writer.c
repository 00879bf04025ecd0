/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing. Up to one block (fs.cosn.block.size) is held and sent as one PUT at commit; what is
 * longer goes as a multipart upload, its parts in worker threads (upload.c). Nothing is visible
 * before commit.
 *
 * The first failure is final: it is what every later call returns, the upload is aborted, and
 * commit never publishes the part that happened to be complete. That is the plugin's worst
 * defect turned round: after a failed write, its close() publishes a truncated file
 * (fluss-plugin.md F10), and a failure in the last part leaks the upload (F11).
 * Sources: fluss-plugin.md s.6.5 (write rows), s.9; requirements FS-002..018, EXP-007;
 * x-cos-forbid-overwrite: cos-wire.md s.2.1.
 */
#include "fs/upload.h"

#include "cosbase/alloc.h"
#include "cosbase/digest.h"

#include <assert.h>

#define FIRST_BUFFER_BYTES (64u << 10)

enum writer_state { WRITER_OPEN, WRITER_COMMITTED, WRITER_FAILED };

struct cosn_writer {
    struct cosn_fs *fs;
    char *key;
    bool overwrite;
    enum writer_state state;
    struct cosn_error failure;
    char *block; /* what is not yet handed over; grows to one block */
    size_t len, cap;
    int64_t position;      /* bytes accepted */
    uint64_t crc64;        /* of them */
    struct upload *upload; /* NULL: all fits in one block so far */
    /* The file takes the place of this directory, at commit; the root: of none. */
    struct fs_path replaced;
};

static size_t block_bytes(const struct cosn_writer *w)
{
    return (size_t)w->fs->settings.block_bytes;
}

/* The first failure: keep it, give the upload up. */
static int fail_writer(struct cosn_writer *w, const struct cosn_error *now)
{
    w->state = WRITER_FAILED;
    w->failure = *now;
    if (w->upload != NULL) {
        upload_abort(w->upload);
        w->upload = upload_free(w->upload);
    }
    w->block = cos_free(w->block);
    w->len = w->cap = 0;
    return now->status;
}

static int refuse_closed(const struct cosn_writer *w, struct cosn_error *err)
{
    if (w->state == WRITER_FAILED) {
        return fail_again(err, &w->failure);
    }
    return fail_detail(err, COSN_E_IO, COSN_D_CLOSED,
                       "the stream of cosn://%s/%.250s is closed", w->fs->bucket, w->key);
}

static int make_room(struct cosn_writer *w, size_t n, struct cosn_error *err)
{
    size_t wanted = w->cap == 0 ? FIRST_BUFFER_BYTES : w->cap;
    while (wanted < w->len + n) {
        wanted *= 2;
    }
    if (wanted > block_bytes(w)) {
        wanted = block_bytes(w);
    }
    if (wanted <= w->cap) {
        return 0;
    }
    char *grown = cos_realloc_array(w->block, wanted, 1);
    if (grown == NULL) {
        return fail(err, COSN_E_NOMEM, "no memory for a block of %zu bytes", wanted);
    }
    w->block = grown;
    w->cap = wanted;
    return 0;
}

/* Hand the full block to the upload, which frees it. */
static int ship_block(struct cosn_writer *w, struct cosn_error *err)
{
    if (w->upload == NULL) {
        int r = upload_begin(&w->upload, w->fs, w->key, err);
        if (r < 0) {
            return r;
        }
    }
    char *bytes = w->block;
    size_t n = w->len;
    w->block = NULL;
    w->len = w->cap = 0;
    return upload_part(w->upload, bytes, n, err);
}

static int accept_bytes(struct cosn_writer *w, const char *bytes, size_t n,
                        struct cosn_error *err)
{
    while (n > 0) {
        int r = 0;
        if (w->len == block_bytes(w)) {
            r = ship_block(w, err); /* only when more follows: no empty last part */
        }
        size_t part = block_bytes(w) - w->len;
        if (part > n) {
            part = n;
        }
        if (r == 0) {
            r = make_room(w, part, err);
        }
        if (r < 0) {
            return r;
        }
        assert(w->block != NULL); /* make_room() gave at least one byte */
        memcpy(w->block + w->len, bytes, part);
        w->len += part;
        bytes += part;
        n -= part;
    }
    return 0;
}

int cosn_writer_write(struct cosn_writer *w, const void *buf, size_t n, struct cosn_error *err)
{
    if (w->state != WRITER_OPEN) {
        return refuse_closed(w, err);
    }
    struct cosn_error now = COSN_ERROR_INIT;
    if (accept_bytes(w, buf, n, &now) < 0) {
        return fail_again(err, (fail_writer(w, &now), &now));
    }
    w->crc64 = cos_crc64(w->crc64, buf, n);
    w->position += (int64_t)n;
    return 0;
}

int cosn_writer_flush(struct cosn_writer *w, struct cosn_error *err)
{
    if (w->state != WRITER_OPEN) {
        return refuse_closed(w, err);
    }
    return 0;
}

int64_t cosn_writer_position(const struct cosn_writer *w)
{
    return w->position;
}

static int publish(struct cosn_writer *w, struct cosn_error *err)
{
    bool forbid_overwrite = !w->overwrite;
    if (w->upload == NULL) {
        return client_put(w->fs->client, w->key, w->block, w->len, forbid_overwrite, err);
    }
    int r = ship_block(w, err);
    if (r < 0) {
        return r;
    }
    return upload_complete(w->upload, w->crc64, forbid_overwrite, err);
}

/* What the service stored is not what was sent: better no file than a wrong one. */
static void remove_damaged(struct cosn_writer *w, const struct cosn_error *now)
{
    if (now->status == COSN_E_PROTOCOL && now->detail == COSN_D_CHECKSUM) {
        (void)client_delete(w->fs->client, w->key, /* err= */ NULL);
    }
}

/*
 * The directory goes when the file is there: who is stopped in between has both, never neither.
 */
static int publish_over(struct cosn_writer *w, struct cosn_error *err)
{
    int r = publish(w, err);
    if (r < 0 || path_is_root(&w->replaced)) {
        return r;
    }
    return fs_delete_tree(w->fs, &w->replaced, err);
}

int cosn_writer_commit(struct cosn_writer *w, struct cosn_error *err)
{
    if (w->state == WRITER_COMMITTED) {
        return 0;
    }
    if (w->state == WRITER_FAILED) {
        return fail_again(err, &w->failure);
    }
    struct cosn_error now = COSN_ERROR_INIT;
    if (publish_over(w, &now) < 0) {
        remove_damaged(w, &now);
        (void)fail_writer(w, &now);
        return fail_again(err, &now);
    }
    w->state = WRITER_COMMITTED;
    w->upload = upload_free(w->upload);
    return 0;
}

static int writer_new(struct cosn_writer **out, struct cosn_fs *fs, const struct fs_path *p,
                      bool overwrite, struct cosn_error *err)
{
    struct cosn_writer *w = cos_calloc(1, sizeof(*w));
    char *key = cos_strdup(p->key);
    if (w == NULL || key == NULL) {
        cos_free(w);
        cos_free(key);
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    w->fs = fs;
    w->key = key;
    w->overwrite = overwrite;
    *out = w;
    return 0;
}

/* A policy forbids to look, as that of a token for uploads does. Then an overwriting write goes
 * on: what it would find is not needed. Without overwriting it ends, because
 * x-cos-forbid-overwrite alone is heeded only where versioning is off (436/7746,
 * cos-operations-1.md). */
static bool may_go_on_blindly(bool overwrite, int r, const struct cosn_error *e)
{
    return overwrite && r == COSN_E_DENIED && e->detail != COSN_D_AUTH;
}

static int check_target(struct cosn_fs *fs, const struct fs_path *p, bool overwrite,
                        struct cosn_error *err)
{
    struct cosn_stat st = {0};
    struct cosn_error now = COSN_ERROR_INIT;
    int r = path_is_root(p) ? 0 : fs_status(fs, p, &st, /* object= */ NULL, &now);
    bool is_free = r == COSN_E_NOT_FOUND && now.detail != COSN_D_NO_BUCKET;
    if (is_free || may_go_on_blindly(overwrite, r, &now)) {
        return 0;
    }
    if (r < 0) {
        return fail_again(err, &now);
    }
    if (path_is_root(p) || st.is_dir) {
        return fail_detail(err, COSN_E_EXISTS, COSN_D_IS_DIR, "cosn://%s/%.250s is a directory",
                           fs->bucket, p->key);
    }
    if (!overwrite) {
        return fail(err, COSN_E_EXISTS, "cosn://%s/%.250s exists already", fs->bucket, p->key);
    }
    return 0;
}

int cosn_fs_create(struct cosn_fs *fs, struct cosn_writer **out, const char *path,
                   bool overwrite, struct cosn_error *err)
{
    struct fs_path p;
    int r = fs_resolve(&p, fs, path, err);
    if (r == 0) {
        r = check_target(fs, &p, overwrite, err);
    }
    return r < 0 ? r : writer_new(out, fs, &p, overwrite, err);
}

int fs_create_over(struct cosn_fs *fs, struct cosn_writer **out, const char *path,
                   struct cosn_error *err)
{
    struct fs_path p;
    struct cosn_error now = COSN_ERROR_INIT;
    int r = fs_resolve(&p, fs, path, err);
    if (r < 0) {
        return r;
    }
    r = check_target(fs, &p, /* overwrite= */ true, &now);
    bool is_dir = r < 0 && now.detail == COSN_D_IS_DIR && !path_is_root(&p);
    if (r < 0 && !is_dir) {
        return fail_again(err, &now);
    }
    r = writer_new(out, fs, &p, /* overwrite= */ true, err);
    if (r == 0 && is_dir) {
        (*out)->replaced = p;
    }
    return r;
}

struct cosn_writer *cosn_writer_free(struct cosn_writer *w)
{
    if (w == NULL) {
        return NULL;
    }
    if (w->upload != NULL) {
        upload_abort(w->upload);
        w->upload = upload_free(w->upload);
    }
    cos_free(w->block);
    cos_free(w->key);
    cos_free(w);
    return NULL;
}
