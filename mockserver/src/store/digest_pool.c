/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line that has chunks waits in the pool's queue, or a thread has it: never both, so its
 * chunks are hashed in order without a lock. A thread hashes one chunk and goes to the next
 * line, so that a long body does not hold up a short one. A line that its owner leaves while it
 * is in there is freed by the thread that comes upon it.
 *
 * Threads are started as lines come and stay until the end; a thread that cannot be started is
 * no error as long as there is another one, and without any the owner hashes by himself.
 */
#include "store/digest_pool.h"

#include "cosbase/alloc.h"

#include <assert.h>
#include <signal.h>

#define CHUNK_BYTES (UINT64_C(256) << 10)

struct chunk {
    struct blob *bytes;
    struct chunk *next;
};
struct digest_line {
    struct digest_pool *pool;
    struct cos_digest md5; /* of the thread that has the line; of the owner when none has */
    uint64_t given_bytes;  /* the owner's: of the body, in chunks so far */
    /* the pool's lock guards everything below */
    struct chunk *first, *last;
    struct digest_line *next; /* in the queue */
    bool is_under_way;        /* in the queue, or a thread has it */
    bool is_left;             /* it has no owner any more */
    void (*done)(void *ctx);
    void *ctx;
};

static void chunks_free(struct chunk *first)
{
    for (struct chunk *next; first != NULL; first = next) {
        next = first->next;
        (void)blob_unref(first->bytes);
        cos_free(first);
    }
}

static void line_delete(struct digest_line *l)
{
    chunks_free(l->first);
    cos_digest_deinit(&l->md5);
    cos_free(l);
}

/* The lock is held. */
static void queue(struct digest_pool *p, struct digest_line *l)
{
    l->next = NULL;
    *(p->first == NULL ? &p->first : &p->last->next) = l;
    p->last = l;
    l->is_under_way = true;
}

static void hash(struct cos_digest *md5, const struct blob *bytes)
{
    size_t n;
    const void *at;
    for (uint64_t offset = 0; (at = blob_peek(bytes, offset, &n)) != NULL; offset += n) {
        cos_digest_update(md5, at, n);
    }
}

/* One chunk of a line that was taken off the queue. The lock is held, but while it is hashed
 * and while its owner is told. */
static void serve(struct digest_pool *p, struct digest_line *l)
{
    struct chunk *c = l->first;
    if (c != NULL) {
        l->first = c->next;
        c->next = NULL;
        (void)pthread_mutex_unlock(&p->lock);
        hash(&l->md5, c->bytes);
        chunks_free(c);
        (void)pthread_mutex_lock(&p->lock);
    }
    if (l->is_left) {
        line_delete(l);
    } else if (l->first != NULL) {
        queue(p, l);
    } else {
        void (*done)(void *ctx) = l->done;
        void *ctx = l->ctx;
        l->is_under_way = false;
        if (done != NULL) {
            (void)pthread_mutex_unlock(&p->lock);
            done(ctx); /* @l may be gone */
            (void)pthread_mutex_lock(&p->lock);
        }
    }
}

static void *pool_run(void *arg)
{
    struct digest_pool *p = arg;
    (void)pthread_mutex_lock(&p->lock);
    while (p->first != NULL || !p->is_stopping) {
        struct digest_line *l = p->first;
        if (l == NULL) {
            (void)pthread_cond_wait(&p->changed, &p->lock);
        } else {
            p->first = l->next;
            serve(p, l);
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* The lock is held. Signals are for the threads of whoever made the mock. */
static void start_thread(struct digest_pool *p)
{
    sigset_t all;
    sigset_t old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&p->threads[p->n_threads], NULL, pool_run, p) == 0) {
        p->n_threads++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void digest_pool_init(struct digest_pool *p, unsigned max_threads)
{
    *p = (struct digest_pool){
        .max_threads = max_threads < DIGEST_THREADS_MAX ? max_threads : DIGEST_THREADS_MAX};
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->changed, NULL);
}

void digest_pool_deinit(struct digest_pool *p)
{
    (void)pthread_mutex_lock(&p->lock);
    assert(p->n_lines == 0);
    p->is_stopping = true;
    (void)pthread_cond_broadcast(&p->changed);
    (void)pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->n_threads; i++) {
        (void)pthread_join(p->threads[i], NULL);
    }
    (void)pthread_cond_destroy(&p->changed);
    (void)pthread_mutex_destroy(&p->lock);
}

struct digest_line *digest_line_new(struct digest_pool *p)
{
    struct digest_line *l = p->max_threads == 0 ? NULL : cos_calloc(1, sizeof(*l));
    if (l == NULL || !cos_digest_init(&l->md5, COS_MD5)) {
        return cos_free(l);
    }
    l->pool = p;
    (void)pthread_mutex_lock(&p->lock);
    p->n_lines++;
    if (p->n_threads < p->max_threads && p->n_threads < p->n_lines) {
        start_thread(p);
    }
    bool has_thread = p->n_threads > 0;
    (void)pthread_mutex_unlock(&p->lock);
    return has_thread ? l : digest_line_free(l);
}

/* All that is new, however little; NULL: no memory. */
static struct chunk *chunk_new(struct digest_line *l, const struct blob_writer *w)
{
    struct chunk *c = cos_calloc(1, sizeof(*c));
    struct blob *bytes = c == NULL ? NULL : blob_writer_share(w, l->given_bytes);
    if (bytes == NULL) {
        return cos_free(c);
    }
    c->bytes = bytes;
    l->given_bytes = blob_writer_bytes(w);
    return c;
}

/* The lock is held. */
static void append(struct digest_line *l, struct chunk *c)
{
    *(l->first == NULL ? &l->first : &l->last->next) = c;
    l->last = c;
    if (!l->is_under_way) {
        queue(l->pool, l);
        (void)pthread_cond_signal(&l->pool->changed);
    }
}

bool digest_line_add(struct digest_line *l, const struct blob_writer *w)
{
    if (blob_writer_bytes(w) - l->given_bytes < CHUNK_BYTES) {
        return true;
    }
    struct chunk *c = chunk_new(l, w);
    if (c == NULL) {
        return false;
    }
    (void)pthread_mutex_lock(&l->pool->lock);
    append(l, c);
    (void)pthread_mutex_unlock(&l->pool->lock);
    return true;
}

int digest_line_end(struct digest_line *l, const struct blob_writer *w, void (*done)(void *ctx),
                    void *ctx)
{
    bool has_rest = blob_writer_bytes(w) > l->given_bytes;
    struct chunk *c = has_rest ? chunk_new(l, w) : NULL;
    if (has_rest && c == NULL) {
        return -1;
    }
    (void)pthread_mutex_lock(&l->pool->lock);
    if (has_rest) {
        append(l, c);
    }
    bool is_under_way = l->is_under_way;
    if (is_under_way) {
        l->done = done;
        l->ctx = ctx;
    }
    (void)pthread_mutex_unlock(&l->pool->lock);
    return is_under_way;
}

void digest_line_md5(struct digest_line *l, uint8_t out[COS_MD5_BYTES])
{
    uint8_t digest[COS_DIGEST_MAX_BYTES];
    (void)cos_digest_final(&l->md5, digest);
    memcpy(out, digest, COS_MD5_BYTES);
}

struct digest_line *digest_line_free(struct digest_line *l)
{
    if (l == NULL) {
        return NULL;
    }
    struct digest_pool *p = l->pool;
    (void)pthread_mutex_lock(&p->lock);
    struct chunk *forgotten = l->first;
    bool is_under_way = l->is_under_way;
    l->first = NULL;
    l->is_left = true;
    p->n_lines--;
    (void)pthread_mutex_unlock(&p->lock);
    chunks_free(forgotten);
    if (!is_under_way) {
        line_delete(l);
    }
    return NULL;
}
