/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a multipart upload and the threads that send them. fs.cosn.upload_thread_pool
 * says how many at once, fs.cosn.buffer.size how much memory they may hold together with the
 * block being filled; when that leaves no room for a thread, parts are sent by the caller.
 *
 * After the first failed part no further one is sent. Abort comes after the last part under way
 * has ended: a part that arrived later would bring the upload's storage back to life.
 * Sources: fluss-plugin.md s.2.1 (pool and buffer keys), F11; cos-wire.md s.2.0 (1 to 10000
 * parts).
 */
#include "fs/upload.h"

#include "cosbase/alloc.h"

#include <pthread.h>

#define MAX_PARTS 10000
#define MAX_WORKERS 64

struct part {
    unsigned number; /* 0: none */
    char *bytes;
    size_t n;
};

struct upload {
    struct cosn_fs *fs;
    char *key, *id;
    size_t n_workers;
    pthread_t workers[MAX_WORKERS];
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct part pending;
    size_t n_busy;
    bool quits;
    unsigned n_parts;
    char (*etags)[80];
    size_t etags_cap;
    int result; /* of the first part that failed */
    struct cosn_error error;
};

static void record(struct upload *u, unsigned number, int result, const char etag[80],
                   const struct cosn_error *err)
{
    if (result == 0) {
        memcpy(u->etags[number - 1], etag, sizeof(u->etags[0]));
    } else if (u->result == 0) {
        u->result = result;
        u->error = *err;
    }
}

static void send_part(struct upload *u, struct part part)
{
    char etag[80] = "";
    struct cosn_error err = COSN_ERROR_INIT;
    struct client_part sent = {.key = u->key,
                               .upload_id = u->id,
                               .number = part.number,
                               .bytes = part.bytes,
                               .n = part.n};
    int r = client_multipart_part(u->fs->client, &sent, etag, &err);
    cos_free(part.bytes);
    (void)pthread_mutex_lock(&u->lock);
    record(u, part.number, r, etag, &err);
    (void)pthread_mutex_unlock(&u->lock);
}

static void *worker_main(void *arg)
{
    struct upload *u = arg;
    (void)pthread_mutex_lock(&u->lock);
    for (;;) {
        while (u->pending.number == 0 && !u->quits) {
            (void)pthread_cond_wait(&u->changed, &u->lock);
        }
        if (u->pending.number == 0) {
            break;
        }
        struct part part = u->pending;
        u->pending.number = 0;
        (void)pthread_cond_broadcast(&u->changed);
        (void)pthread_mutex_unlock(&u->lock);
        send_part(u, part);
        (void)pthread_mutex_lock(&u->lock);
        u->n_busy--;
        (void)pthread_cond_broadcast(&u->changed);
    }
    (void)pthread_mutex_unlock(&u->lock);
    return NULL;
}

static size_t workers_wanted(const struct fs_settings *s)
{
    /* A negative buffer size means no bound, as in hadoop-cos. */
    int64_t blocks = s->buffer_bytes < 0 ? MAX_WORKERS + 1 : s->buffer_bytes / s->block_bytes;
    int64_t n = s->upload_threads;
    if (n > blocks - 1) {
        n = blocks - 1;
    }
    if (n > MAX_WORKERS) {
        n = MAX_WORKERS;
    }
    return n < 0 ? 0 : (size_t)n;
}

static void start_workers(struct upload *u)
{
    size_t wanted = workers_wanted(&u->fs->settings);
    while (u->n_workers < wanted &&
           pthread_create(&u->workers[u->n_workers], NULL, worker_main, u) == 0) {
        u->n_workers++;
    }
}

static void stop_workers(struct upload *u)
{
    (void)pthread_mutex_lock(&u->lock);
    u->quits = true;
    (void)pthread_cond_broadcast(&u->changed);
    (void)pthread_mutex_unlock(&u->lock);
    for (size_t i = 0; i < u->n_workers; i++) {
        (void)pthread_join(u->workers[i], NULL);
    }
    u->n_workers = 0;
}

int upload_begin(struct upload **out, struct cosn_fs *fs, const char *key,
                 struct cosn_error *err)
{
    struct upload *u = cos_calloc(1, sizeof(*u));
    if (u == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    u->fs = fs;
    (void)pthread_mutex_init(&u->lock, NULL);
    (void)pthread_cond_init(&u->changed, NULL);
    u->key = cos_strdup(key);
    int r = u->key == NULL ? fail(err, COSN_E_NOMEM, "out of memory")
                           : client_multipart_begin(fs->client, key, &u->id, err);
    if (r < 0) {
        (void)upload_free(u);
        return r;
    }
    start_workers(u);
    *out = u;
    return 0;
}

/* Under the lock: the number of the new part, or 0 and @err. */
static unsigned new_number(struct upload *u, struct cosn_error *err)
{
    if (u->n_parts == MAX_PARTS) {
        (void)fail(err, COSN_E_INVALID,
                   "more than %d parts: raise fs.cosn.block.size for files this large",
                   MAX_PARTS);
        return 0;
    }
    if (u->n_parts == u->etags_cap) {
        size_t cap = u->etags_cap == 0 ? 16 : u->etags_cap * 2;
        char(*grown)[80] = cos_realloc_array(u->etags, cap, sizeof(u->etags[0]));
        if (grown == NULL) {
            (void)fail(err, COSN_E_NOMEM, "out of memory");
            return 0;
        }
        u->etags = grown;
        u->etags_cap = cap;
    }
    memset(u->etags[u->n_parts], 0, sizeof(u->etags[0]));
    return ++u->n_parts;
}

static int earlier_failure(struct upload *u, struct cosn_error *err)
{
    if (u->result < 0 && err != NULL) {
        *err = u->error;
    }
    return u->result;
}

/* Under the lock: every worker has a part, or the last one handed over was not picked up
 * yet. */
static bool is_full(const struct upload *u)
{
    return u->n_workers > 0 && (u->n_busy == u->n_workers || u->pending.number != 0);
}

int upload_part(struct upload *u, char *bytes, size_t n, struct cosn_error *err)
{
    (void)pthread_mutex_lock(&u->lock);
    while (is_full(u) && u->result == 0) {
        (void)pthread_cond_wait(&u->changed, &u->lock);
    }
    int r = earlier_failure(u, err);
    struct part part = {.bytes = bytes, .n = n};
    if (r == 0) {
        struct cosn_error now = COSN_ERROR_INIT;
        part.number = new_number(u, &now);
        if (part.number == 0) {
            u->result = r = now.status;
            u->error = now;
            (void)earlier_failure(u, err);
        }
    }
    bool is_handed_over = r == 0 && u->n_workers > 0;
    if (is_handed_over) {
        u->pending = part;
        u->n_busy++;
        (void)pthread_cond_broadcast(&u->changed);
    }
    (void)pthread_mutex_unlock(&u->lock);
    if (is_handed_over) {
        return 0;
    }
    if (r < 0) {
        cos_free(bytes);
        return r;
    }
    send_part(u, part);
    return earlier_failure(u, err);
}

static void wait_for_parts(struct upload *u)
{
    (void)pthread_mutex_lock(&u->lock);
    while (u->n_busy > 0) {
        (void)pthread_cond_wait(&u->changed, &u->lock);
    }
    (void)pthread_mutex_unlock(&u->lock);
}

int upload_complete(struct upload *u, uint64_t crc64, bool forbid_overwrite,
                    struct cosn_error *err)
{
    wait_for_parts(u);
    int r = earlier_failure(u, err);
    if (r < 0) {
        return r;
    }
    struct client_completion whole = {.key = u->key,
                                      .upload_id = u->id,
                                      .etags = (const char(*)[80])u->etags,
                                      .n_parts = u->n_parts,
                                      .crc64 = crc64,
                                      .forbid_overwrite = forbid_overwrite};
    return client_multipart_complete(u->fs->client, &whole, err);
}

void upload_abort(struct upload *u)
{
    wait_for_parts(u);
    struct cosn_error now = COSN_ERROR_INIT;
    if (client_multipart_abort(u->fs->client, u->key, u->id, &now) < 0) {
        platform_log(&u->fs->platform, COSN_LOG_WARN, "fs",
                     "an unfinished upload was left behind: %s", now.message);
    }
}

struct upload *upload_free(struct upload *u)
{
    if (u == NULL) {
        return NULL;
    }
    stop_workers(u);
    (void)pthread_cond_destroy(&u->changed);
    (void)pthread_mutex_destroy(&u->lock);
    cos_free(u->etags);
    cos_free(u->key);
    cos_free(u->id);
    cos_free(u);
    return NULL;
}
