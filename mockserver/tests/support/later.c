/* SPDX-License-Identifier: Apache-2.0 */
/* One queue, one thread. */
#include "later.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "cosbase/alloc.h"
#include "world/mock.h"

struct letter {
    struct letter *next;
    struct batch *batch;
    struct commit *commit;
};
struct later {
    struct backend base;
    struct backend *memory;
    pthread_t thread;
    /* guards what follows */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct letter *first, **end;
    unsigned n_waiting, n_answers;
    enum backend_result answer;
    char reason[160];
    bool is_held, is_over;
};

static struct later *later_of(struct backend *b)
{
    return (struct later *)b;
}

/* The lock is held. NULL: it is over. */
static struct letter *take(struct later *l)
{
    while ((l->first == NULL || l->is_held) && !l->is_over) {
        (void)pthread_cond_wait(&l->changed, &l->lock);
    }
    struct letter *letter = l->first;
    if (letter != NULL) {
        l->first = letter->next;
        l->end = l->first == NULL ? &l->first : l->end;
        l->n_waiting--;
    }
    return letter;
}

/* The lock is held: does a test say what becomes of it? */
static bool is_answered(struct later *l, struct commit *c)
{
    if (l->n_answers == 0) {
        return false;
    }
    l->n_answers--;
    c->result = l->answer;
    memcpy(c->reason, l->reason, sizeof(c->reason));
    return true;
}

static void serve(struct later *l, const struct letter *letter, bool answered)
{
    struct commit inner = {0};
    if (answered) {
        (void)batch_free(letter->batch);
    } else {
        l->memory->observe = l->base.observe;
        l->memory->observe_ctx = l->base.observe_ctx;
        (void)backend_commit(l->memory, letter->batch, &inner);
        letter->commit->result = inner.result;
        letter->commit->tag = inner.tag;
    }
    letter->commit->done(letter->commit);
}

static void *work(void *arg)
{
    struct later *l = arg;
    (void)pthread_mutex_lock(&l->lock);
    for (struct letter *letter; (letter = take(l)) != NULL;) {
        bool answered = is_answered(l, letter->commit);
        (void)pthread_mutex_unlock(&l->lock);
        serve(l, letter, answered);
        cos_free(letter);
        (void)pthread_mutex_lock(&l->lock);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return NULL;
}

static bool commit(struct backend *b, struct batch *batch, struct commit *c)
{
    struct later *l = later_of(b);
    struct letter *letter = cos_calloc(1, sizeof(*letter));
    if (letter == NULL) {
        (void)batch_free(batch);
        c->result = BACKEND_NOMEM;
        return true;
    }
    letter->batch = batch;
    letter->commit = c;
    (void)pthread_mutex_lock(&l->lock);
    *l->end = letter;
    l->end = &letter->next;
    l->n_waiting++;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->lock);
    return false;
}

static struct blob_writer *blob_writer(struct backend *b, uint64_t expected_bytes)
{
    struct backend *memory = later_of(b)->memory;
    return memory->ops->blob_writer(memory, expected_bytes);
}

static enum backend_result get(struct backend *b, struct cos_span key, struct row **out)
{
    struct backend *memory = later_of(b)->memory;
    return memory->ops->get(memory, key, out);
}

static enum backend_result scan(struct backend *b, struct cos_span from, struct cos_span until,
                                scan_visit *visit, void *ctx)
{
    struct backend *memory = later_of(b)->memory;
    return memory->ops->scan(memory, from, until, visit, ctx);
}

static void end_thread(struct later *l)
{
    (void)pthread_mutex_lock(&l->lock);
    l->is_over = true;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->lock);
    /* a tenant may end with the last of its batches, on this very thread */
    if (pthread_equal(pthread_self(), l->thread)) {
        (void)pthread_detach(l->thread);
    } else {
        (void)pthread_join(l->thread, NULL);
    }
}

static struct backend *later_free(struct backend *b)
{
    struct later *l = later_of(b);
    end_thread(l);
    (void)l->memory->ops->free(l->memory);
    (void)pthread_cond_destroy(&l->changed);
    (void)pthread_mutex_destroy(&l->lock);
    return cos_free(l);
}

static const struct backend_ops later_ops = {
    .name = "later",
    .blob_writer = blob_writer,
    .get = get,
    .scan = scan,
    .commit = commit,
    .free = later_free,
};

struct backend *later_new(struct budget *budget)
{
    struct later *l = cos_calloc(1, sizeof(*l));
    assert_non_null(l);
    l->base.ops = &later_ops;
    l->memory = backend_memory_new(budget);
    assert_non_null(l->memory);
    l->end = &l->first;
    (void)pthread_mutex_init(&l->lock, NULL);
    (void)pthread_cond_init(&l->changed, NULL);
    assert_int_equal(pthread_create(&l->thread, NULL, work, l), 0);
    return &l->base;
}

static struct backend *rows_of(void *ctx, const char *name, struct cosmock_error *err)
{
    struct cosmock *mock = ctx;
    return later_new(&mock->memory);
}

void later_use(struct cosmock *mock)
{
    mock->rows_of = rows_of;
    mock->rows_ctx = mock;
}

void later_use_if_asked(struct cosmock *mock)
{
    const char *kind = getenv("COSMOCK_TEST_BACKEND");
    if (kind != NULL && strcmp(kind, "later") == 0) {
        later_use(mock);
    }
}

void later_answer(struct backend *b, unsigned n, enum backend_result result, const char *reason)
{
    struct later *l = later_of(b);
    (void)pthread_mutex_lock(&l->lock);
    l->n_answers = n;
    l->answer = result;
    (void)snprintf(l->reason, sizeof(l->reason), "%s", reason);
    (void)pthread_mutex_unlock(&l->lock);
}

static void set_held(struct backend *b, bool is_held)
{
    struct later *l = later_of(b);
    (void)pthread_mutex_lock(&l->lock);
    l->is_held = is_held;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->lock);
}

void later_hold(struct backend *b)
{
    set_held(b, /* is_held= */ true);
}

void later_go_on(struct backend *b)
{
    set_held(b, /* is_held= */ false);
}

void later_wait(struct backend *b, unsigned n)
{
    struct later *l = later_of(b);
    (void)pthread_mutex_lock(&l->lock);
    while (l->n_waiting < n) {
        (void)pthread_cond_wait(&l->changed, &l->lock);
    }
    (void)pthread_mutex_unlock(&l->lock);
}
