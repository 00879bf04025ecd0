/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading. pread is one range request into the caller's memory. Streaming fetches blocks of
 * fs.cosn.read.ahead.block.size and, while reading goes forward, has the next block under way
 * in one background thread; requests of one reader never overlap, so their order is a function
 * of the calls alone.
 *
 * The version found at open is held: every GET carries If-Match, and a file replaced meanwhile
 * ends in an error, never in a mixture. The CRC-64 of the whole object is compared when the
 * last block of an unbroken forward read arrives.
 * Sources: fluss-plugin.md s.6.5 (read sequence, 512 KiB blocks), s.9 (seek rules);
 * requirements FS-020..029, FS-081, EXP-006.
 */
#include "fs/internal.h"

#include "cosbase/alloc.h"
#include "cosbase/digest.h"

#include <inttypes.h>
#include <pthread.h>

struct block {
    char *bytes;
    int64_t offset;
    size_t len, cap;
};

enum ahead_state { AHEAD_IDLE, AHEAD_WANTED, AHEAD_READY, AHEAD_QUIT };

struct cosn_reader {
    struct cosn_fs *fs;
    char *key;
    struct client_object object;
    int64_t position;
    struct block current;
    int64_t crc_offset; /* up to here crc64 covers the object */
    uint64_t crc64;
    /* read-ahead */
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the members below */
    pthread_cond_t changed;
    enum ahead_state ahead_state;
    struct block ahead; /* the thread's while WANTED, the caller's otherwise */
    int ahead_result;
};

/* --- one block --- */

static int append_to_block(void *ctx, const void *bytes, size_t n)
{
    struct block *b = ctx;
    if (n > b->cap - b->len) {
        return -1;
    }
    memcpy(b->bytes + b->len, bytes, n);
    b->len += n;
    return 0;
}

static int explain(struct cosn_reader *r, const struct cosn_error *now, struct cosn_error *err)
{
    if (now->http_status == 412) {
        int status = fail(err, COSN_E_IO, "cosn://%s/%.200s changed while it was being read",
                          r->fs->bucket, r->key);
        if (err != NULL) {
            err->http_status = 412;
            memcpy(err->code, now->code, sizeof(err->code));
            memcpy(err->request_id, now->request_id, sizeof(err->request_id));
        }
        return status;
    }
    return fail_again(err, now);
}

static int get_range(struct cosn_reader *r, struct block *b, size_t n, struct cosn_error *err)
{
    struct client_range range = {.key = r->key,
                                 .offset = b->offset,
                                 .n = n,
                                 .if_match = r->object.etag,
                                 .on_body = append_to_block,
                                 .ctx = b};
    struct cosn_error now = COSN_ERROR_INIT;
    int status = 0;
    for (int tries = 0; tries < 2; tries++) {
        b->len = 0;
        status = client_get(r->fs->client, &range, /* out= */ NULL, &now);
        if (status == 0 || now.detail != COSN_D_CHECKSUM) {
            break; /* a body that arrived damaged may arrive whole the second time */
        }
    }
    if (status < 0) {
        return explain(r, &now, err);
    }
    if (b->len != n) {
        return fail(err, COSN_E_PROTOCOL, "cosn://%s/%.200s: %zu bytes came for a range of %zu",
                    r->fs->bucket, r->key, b->len, n);
    }
    return 0;
}

/* Blocks keep their memory; all have one size but the last. */
static int fill_block(struct cosn_reader *r, struct block *b, struct cosn_error *err)
{
    size_t n = (size_t)r->fs->settings.read_ahead_bytes;
    if ((int64_t)n > r->object.length_bytes - b->offset) {
        n = (size_t)(r->object.length_bytes - b->offset);
    }
    if (b->cap < n) {
        char *bytes = cos_realloc_array(b->bytes, n, 1);
        if (bytes == NULL) {
            return fail(err, COSN_E_NOMEM, "no memory for a block of %zu bytes", n);
        }
        b->bytes = bytes;
        b->cap = n;
    }
    return get_range(r, b, n, err);
}

/* --- read-ahead --- */

static void *ahead_main(void *arg)
{
    struct cosn_reader *r = arg;
    (void)pthread_mutex_lock(&r->lock);
    while (r->ahead_state != AHEAD_QUIT) {
        if (r->ahead_state != AHEAD_WANTED) {
            (void)pthread_cond_wait(&r->changed, &r->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&r->lock);
        int result = fill_block(r, &r->ahead, /* err= */ NULL);
        (void)pthread_mutex_lock(&r->lock);
        r->ahead_result = result;
        if (r->ahead_state == AHEAD_WANTED) {
            r->ahead_state = AHEAD_READY;
        }
        (void)pthread_cond_broadcast(&r->changed);
    }
    (void)pthread_mutex_unlock(&r->lock);
    return NULL;
}

static void ahead_start(struct cosn_reader *r, int64_t offset)
{
    if (r->fs->settings.read_ahead_blocks < 2 || offset >= r->object.length_bytes) {
        return;
    }
    if (!r->has_thread) {
        r->has_thread = pthread_create(&r->thread, NULL, ahead_main, r) == 0;
        if (!r->has_thread) {
            return; /* reading works without */
        }
    }
    (void)pthread_mutex_lock(&r->lock);
    r->ahead.offset = offset;
    r->ahead_state = AHEAD_WANTED;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}

/* Wait for what is under way, whether it is wanted or not: requests of one reader do not
 * overlap. */
static bool ahead_take(struct cosn_reader *r, int64_t offset)
{
    (void)pthread_mutex_lock(&r->lock);
    while (r->ahead_state == AHEAD_WANTED) {
        (void)pthread_cond_wait(&r->changed, &r->lock);
    }
    bool is_usable = r->ahead_state == AHEAD_READY && r->ahead_result == 0 &&
                     offset >= r->ahead.offset &&
                     offset < r->ahead.offset + (int64_t)r->ahead.len;
    r->ahead_state = AHEAD_IDLE;
    if (is_usable) {
        struct block spent = r->current;
        r->current = r->ahead;
        r->ahead = spent;
    }
    (void)pthread_mutex_unlock(&r->lock);
    return is_usable;
}

static void ahead_stop(struct cosn_reader *r)
{
    if (!r->has_thread) {
        return;
    }
    (void)pthread_mutex_lock(&r->lock);
    r->ahead_state = AHEAD_QUIT;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
}

/* --- streaming --- */

static int check_crc(struct cosn_reader *r, struct cosn_error *err)
{
    if (r->current.offset != r->crc_offset) {
        return 0;
    }
    uint64_t crc64 = cos_crc64(r->crc64, r->current.bytes, r->current.len);
    int64_t end = r->crc_offset + (int64_t)r->current.len;
    if (end == r->object.length_bytes && r->object.has_crc64 && r->object.crc64 != crc64) {
        r->current.len = 0; /* nothing of it is served; another read asks for it again */
        return fail_detail(err, COSN_E_PROTOCOL, COSN_D_CHECKSUM,
                           "cosn://%s/%.200s: the bytes read have CRC-64 %" PRIu64
                           ", the service announced %" PRIu64,
                           r->fs->bucket, r->key, crc64, r->object.crc64);
    }
    r->crc64 = crc64;
    r->crc_offset = end;
    return 0;
}

static bool current_holds(const struct cosn_reader *r, int64_t offset)
{
    return r->current.len > 0 && offset >= r->current.offset &&
           offset < r->current.offset + (int64_t)r->current.len;
}

/* A block whose read-ahead failed is asked for again here, in the caller's name and with the
 * newest credential. */
static int load_current(struct cosn_reader *r, struct cosn_error *err)
{
    bool is_forward =
        r->position == 0 || r->position == r->current.offset + (int64_t)r->current.len;
    if (!ahead_take(r, r->position)) {
        r->current.offset = r->position;
        r->current.len = 0;
        int status = fill_block(r, &r->current, err);
        if (status < 0) {
            r->current.len = 0;
            return status;
        }
    }
    int status = check_crc(r, err);
    if (status == 0 && is_forward) {
        ahead_start(r, r->current.offset + (int64_t)r->current.len);
    }
    return status;
}

int cosn_reader_read(struct cosn_reader *r, void *buf, size_t n, size_t *out_n,
                     struct cosn_error *err)
{
    if (n == 0 || r->position >= r->object.length_bytes) {
        *out_n = 0;
        return 0;
    }
    if (!current_holds(r, r->position)) {
        int status = load_current(r, err);
        if (status < 0) {
            return status;
        }
        if (!current_holds(r, r->position)) {
            *out_n = 0;
            return 0;
        }
    }
    size_t skip = (size_t)(r->position - r->current.offset);
    size_t part = r->current.len - skip;
    if (part > n) {
        part = n;
    }
    memcpy(buf, r->current.bytes + skip, part);
    r->position += (int64_t)part;
    *out_n = part;
    return 0;
}

int cosn_reader_pread(struct cosn_reader *r, void *buf, size_t n, int64_t offset, size_t *out_n,
                      struct cosn_error *err)
{
    if (offset < 0) {
        return fail(err, COSN_E_INVALID, "cannot read at the negative offset %" PRId64, offset);
    }
    if (n == 0 || offset >= r->object.length_bytes) {
        *out_n = 0;
        return 0;
    }
    if ((uint64_t)n > (uint64_t)(r->object.length_bytes - offset)) {
        n = (size_t)(r->object.length_bytes - offset);
    }
    struct block b = {.bytes = buf, .offset = offset, .cap = n};
    int status = get_range(r, &b, n, err);
    if (status == 0) {
        *out_n = b.len;
    }
    return status;
}

int cosn_reader_seek(struct cosn_reader *r, int64_t offset, struct cosn_error *err)
{
    if (offset < 0) {
        return fail(err, COSN_E_INVALID, "cannot seek to the negative offset %" PRId64, offset);
    }
    if (offset > r->object.length_bytes) {
        return fail(err, COSN_E_INVALID,
                    "attempted to seek to %" PRId64 ", past the end of the file at %" PRId64,
                    offset, r->object.length_bytes);
    }
    r->position = offset;
    return 0;
}

int64_t cosn_reader_position(const struct cosn_reader *r)
{
    return r->position;
}

int64_t cosn_reader_length_bytes(const struct cosn_reader *r)
{
    return r->object.length_bytes;
}

/* --- life --- */

static int reader_new(struct cosn_reader **out, struct cosn_fs *fs, const struct fs_path *p,
                      const struct client_object *object, struct cosn_error *err)
{
    struct cosn_reader *r = cos_calloc(1, sizeof(*r));
    char *key = cos_strdup(p->key);
    if (r == NULL || key == NULL) {
        cos_free(r);
        cos_free(key);
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    r->fs = fs;
    r->key = key;
    r->object = *object;
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->changed, NULL);
    *out = r;
    return 0;
}

int cosn_fs_open_read(struct cosn_fs *fs, struct cosn_reader **out, const char *path,
                      struct cosn_error *err)
{
    struct fs_path p;
    int r = fs_resolve(&p, fs, path, err);
    if (r < 0) {
        return r;
    }
    struct cosn_stat st = {0};
    struct client_object object = {0};
    r = path_is_root(&p) ? 0 : fs_status(fs, &p, &st, &object, err);
    if (r < 0) {
        return r;
    }
    if (path_is_root(&p) || st.is_dir) {
        return fail_detail(err, COSN_E_EXISTS, COSN_D_IS_DIR, "cosn://%s/%.250s is a directory",
                           fs->bucket, p.key);
    }
    return reader_new(out, fs, &p, &object, err);
}

struct cosn_reader *cosn_reader_free(struct cosn_reader *r)
{
    if (r == NULL) {
        return NULL;
    }
    ahead_stop(r);
    (void)pthread_cond_destroy(&r->changed);
    (void)pthread_mutex_destroy(&r->lock);
    cos_free(r->current.bytes);
    cos_free(r->ahead.bytes);
    cos_free(r->key);
    cos_free(r);
    return NULL;
}
