/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line that has chunks waits in the pool's queue, or a thread has it: never both, so its
 * chunks are hashed in order without a lock. A thread takes the two lines that wait longest and
 * hashes both at once, which takes hardly longer than one (cosbase/md5_lanes.c), until the
 * first chunk of one of them ends; then it goes to the next two, so that a long body does not
 * hold up a short one. A line that its owner leaves while it is in there is freed by the thread
 * that comes upon it.
 *
 * Two threads with a line each would cost two cores what one does alone. So a thread leaves a
 * line that waits to another one that can take it along, at the end of its chunk: there are no
 * more threads at work than half of the lines.
 *
 * Threads are started as lines come and stay until the end; a thread that cannot be started is
 * no error as long as there is another one, and without any the owner hashes by himself.
 */
#include "store/digest_pool.h"

#include "cosbase/alloc.h"

#include <assert.h>
#include <signal.h>

#define CHUNK_BYTES (UINT64_C(256) << 10)
#define READ_BYTES ((size_t)32 << 10) /* of a file at once */
enum { LANES = 2 };                   /* lines that a thread hashes at once */

struct chunk {
    struct blob *bytes;
    uint64_t hashed_bytes; /* of the thread that has the line */
    struct chunk *next;
};
struct digest_line {
    struct digest_pool *pool;
    struct cos_digest md5; /* of the thread that has the line; of the owner when none has */
    bool is_unreadable;    /* the same: some of it could not be read again */
    uint64_t given_bytes;  /* the owner's: of the body, in chunks so far */
    /* the pool's lock guards everything below */
    struct chunk *first, *last;
    struct digest_line *next; /* in the queue */
    bool is_under_way;        /* in the queue, or a thread has it */
    bool is_left;             /* it has no owner any more */
    void (*done)(void *ctx);
    void *ctx;
};
/* A line that a thread has, and the chunk that is hashed. */
struct turn {
    struct digest_line *line; /* NULL: none */
    struct chunk *chunk;      /* NULL: its owner left it, or it is hashed */
    const uint8_t *at;        /* what is hashed next of it, */
    size_t n;                 /* as far as it is at hand */
    void (*done)(void *ctx);  /* whom to tell that it is over; NULL: nobody */
    void *ctx;
    uint8_t read[READ_BYTES];
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

/* The lock is held, as it is for all that follows but where they say so. */
static void queue(struct digest_pool *p, struct digest_line *l)
{
    l->next = NULL;
    *(p->first == NULL ? &p->first : &p->last->next) = l;
    p->last = l;
}

/* The lines under way are all that the threads at work can take along. */
static bool is_crowded(const struct digest_pool *p)
{
    return p->n_at_work * LANES >= p->n_under_way;
}

static void take(struct digest_pool *p, struct turn *t)
{
    t->line = p->first;
    t->chunk = NULL;
    t->n = 0;
    t->done = NULL;
    if (t->line != NULL) {
        p->first = t->line->next;
        t->chunk = t->line->first;
    }
    if (t->chunk != NULL) {
        t->line->first = t->chunk->next;
        t->chunk->next = NULL;
    }
}

/* Have bytes at hand. False: the chunk is at its end, or there is none. */
static bool look(struct turn *t)
{
    const struct chunk *c = t->chunk;
    if (c == NULL || t->n > 0) {
        return t->n > 0;
    }
    t->at = blob_peek(c->bytes, c->hashed_bytes, &t->n);
    if (t->at == NULL) {
        int64_t n = blob_read(c->bytes, c->hashed_bytes, t->read, sizeof(t->read));
        t->line->is_unreadable = t->line->is_unreadable || n < 0;
        t->at = t->read;
        t->n = n < 0 ? 0 : (size_t)n;
    }
    return t->n > 0;
}

static void advance(struct turn *t, size_t n)
{
    t->at += n;
    t->n -= n;
    t->chunk->hashed_bytes += n;
}

static void hash_one(struct turn *t)
{
    while (look(t)) {
        cos_digest_update(&t->line->md5, t->at, t->n);
        advance(t, t->n);
    }
}

static void hash_two(struct turn *one, struct turn *two)
{
    while (look(one) && look(two)) {
        size_t n = one->n < two->n ? one->n : two->n;
        cos_md5_update_two(&one->line->md5, one->at, &two->line->md5, two->at, n);
        advance(one, n);
        advance(two, n);
    }
}

/* Until one of the chunks is at its end; without the lock. */
static void hash(struct turn turns[LANES])
{
    if (turns[0].chunk != NULL && turns[1].chunk != NULL) {
        hash_two(&turns[0], &turns[1]);
    } else {
        hash_one(turns[0].chunk == NULL ? &turns[1] : &turns[0]);
    }
    for (int i = 0; i < LANES; i++) {
        struct chunk *c = turns[i].chunk;
        if (c != NULL &&
            (c->hashed_bytes == blob_bytes(c->bytes) || turns[i].line->is_unreadable)) {
            chunks_free(c);
            turns[i].chunk = NULL;
        }
    }
}

/* What is left of the chunk is the first of its line again. */
static void return_chunk(struct digest_line *l, struct chunk *c)
{
    c->next = l->first;
    l->first = c;
    l->last = c->next == NULL ? c : l->last;
}

static void end_turn(struct digest_pool *p, struct turn *t)
{
    struct digest_line *l = t->line;
    if (l == NULL) {
        return;
    }
    if (t->chunk != NULL) {
        return_chunk(l, t->chunk);
    }
    if (!l->is_left && l->first != NULL) {
        queue(p, l);
        return;
    }
    p->n_under_way--;
    l->is_under_way = false;
    if (l->is_left) {
        line_delete(l);
    } else {
        t->done = l->done;
        t->ctx = l->ctx;
    }
}

static void work(struct digest_pool *p)
{
    struct turn turns[LANES];
    for (int i = 0; i < LANES; i++) {
        take(p, &turns[i]);
    }
    p->n_at_work++;
    (void)pthread_mutex_unlock(&p->lock);
    hash(turns);
    (void)pthread_mutex_lock(&p->lock);
    p->n_at_work--;
    bool is_told = false;
    for (int i = 0; i < LANES; i++) {
        end_turn(p, &turns[i]);
        is_told = is_told || turns[i].done != NULL;
    }
    if (is_told && p->first != NULL) {
        (void)pthread_cond_signal(&p->changed); /* who is told may take his time */
    }
    (void)pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < LANES; i++) {
        if (turns[i].done != NULL) {
            turns[i].done(turns[i].ctx); /* its line may be gone */
        }
    }
    (void)pthread_mutex_lock(&p->lock);
}

static void *pool_run(void *arg)
{
    struct digest_pool *p = arg;
    (void)pthread_mutex_lock(&p->lock);
    while (p->first != NULL || !p->is_stopping) {
        if (p->first == NULL || (is_crowded(p) && !p->is_stopping)) {
            (void)pthread_cond_wait(&p->changed, &p->lock);
        } else {
            work(p);
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
    if (p->n_threads < p->max_threads && p->n_threads * LANES < p->n_lines) {
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
    struct digest_pool *p = l->pool;
    *(l->first == NULL ? &l->first : &l->last->next) = c;
    l->last = c;
    if (!l->is_under_way) {
        l->is_under_way = true;
        p->n_under_way++;
        queue(p, l);
        if (!is_crowded(p)) {
            (void)pthread_cond_signal(&p->changed);
        }
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

bool digest_line_md5(struct digest_line *l, uint8_t out[COS_MD5_BYTES])
{
    uint8_t digest[COS_DIGEST_MAX_BYTES];
    (void)cos_digest_final(&l->md5, digest);
    memcpy(out, digest, COS_MD5_BYTES);
    return !l->is_unreadable;
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
