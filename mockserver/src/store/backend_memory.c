/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory backend: all rows in one ordered index. Commits go one behind the other; what a
 * batch needs, nodes of the index, is allocated before its first change, so that no failure
 * leaves half of it. Readers are held up for the pointer swaps alone, and whatever was replaced
 * or removed is freed when no lock is held: dropping a large bucket holds up nobody.
 *
 * Two locks: whoever commits holds `commits` and is the only one to change the index, so he
 * looks at it freely; `rows` is what he and the readers share. Writers come first at it,
 * because a few clients that list without a pause would keep them out for good.
 */
#include "store/backend.h"

#include <assert.h>
#include <pthread.h>

#include "cosbase/alloc.h"
#include "store/index.h"

enum { OWN_NODES = 4 };

struct memory {
    struct backend base;
    pthread_mutex_t commits; /* guards the order of batches */
    pthread_rwlock_t rows;   /* guards the index */
    struct index *index;     /* key -> struct row, one reference */
    struct budget *budget;   /* pays for rows; NULL: nobody does */
};

/* A node for each change of a batch; behind the change, what it took out of the index. */
struct nodes {
    size_t n;
    struct index_node **items; /* own, or the heap */
    struct index_node *own[OWN_NODES];
};

/* What a source gave, and behind the change what it replaced. */
struct poured {
    struct pour {
        struct row *row;
        struct index_node *node;
    } * items;
    size_t n, cap;
};

static struct memory *memory_of(struct backend *b)
{
    return (struct memory *)b;
}

static void lock_to_read(struct memory *m)
{
    (void)pthread_rwlock_rdlock(&m->rows); /* fails only on misuse */
}

static void lock_to_write(struct memory *m)
{
    (void)pthread_rwlock_wrlock(&m->rows);
}

static void unlock(struct memory *m)
{
    (void)pthread_rwlock_unlock(&m->rows);
}

/* --- reading --- */

static struct blob_writer *blob_writer(struct backend *b, uint64_t expected_bytes)
{
    return blob_writer_new(expected_bytes, memory_of(b)->budget);
}

static enum backend_result get(struct backend *b, struct cos_span key, struct row **out)
{
    struct memory *m = memory_of(b);
    lock_to_read(m);
    struct row *row = row_ref(index_get(m->index, key));
    unlock(m);
    if (row == NULL) {
        return BACKEND_ABSENT;
    }
    *out = row;
    return BACKEND_OK;
}

static void walk(const struct index *index, struct cos_span from, struct cos_span until,
                 scan_visit *visit, void *ctx)
{
    const struct index_node *node = index_seek(index, from);
    while (node != NULL && (until.len == 0 || cos_span_cmp(index_key(node), until) < 0)) {
        struct cos_span seek = COS_SPAN_EMPTY;
        switch (visit(ctx, index_value(node), &seek)) {
        case SCAN_STOP:
            return;
        case SCAN_SEEK:
            assert(cos_span_cmp(seek, index_key(node)) > 0);
            node = index_seek(index, seek);
            break;
        case SCAN_NEXT:
            node = index_next(node);
            break;
        }
    }
}

static enum backend_result scan(struct backend *b, struct cos_span from, struct cos_span until,
                                scan_visit *visit, void *ctx)
{
    struct memory *m = memory_of(b);
    lock_to_read(m);
    walk(m->index, from, until, visit, ctx);
    unlock(m);
    return BACKEND_OK;
}

/* --- committing; all of it under `commits` --- */

static bool holds(const struct index *index, const struct expectation *e)
{
    const struct row *row = index_get(index, e->key);
    switch (e->kind) {
    case EXPECT_ABSENT:
        return row == NULL;
    case EXPECT_PRESENT:
        return row != NULL;
    case EXPECT_SAME:
        return row != NULL && cos_span_eq(row_value(row), e->value);
    case EXPECT_EMPTY:
        break;
    }
    const struct index_node *node = index_seek(index, e->key);
    return node == NULL || !cos_span_starts(index_key(node), e->key);
}

static enum backend_result check(const struct index *index, const struct batch *batch,
                                 int *out_tag)
{
    for (size_t i = 0; i < batch_n_expectations(batch); i++) {
        struct expectation e = batch_expectation(batch, i);
        if (!holds(index, &e)) {
            *out_tag = e.tag;
            return BACKEND_UNEXPECTED;
        }
    }
    return BACKEND_OK;
}

/* Values that left the index, and the nodes. No lock. */
static void nodes_deinit(struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->n; i++) {
        const struct index_node *node = nodes->items[i];
        for (; node != NULL; node = index_next(node)) {
            row_unref(index_value(node));
        }
        index_chain_free(nodes->items[i]);
    }
    if (nodes->items != nodes->own) {
        cos_free(nodes->items);
    }
    *nodes = (struct nodes){0};
}

static enum backend_result prepare(struct index *index, const struct batch *batch,
                                   struct nodes *nodes)
{
    size_t n = batch_size(batch);
    nodes->items = n <= OWN_NODES ? nodes->own : cos_calloc(n, sizeof(struct index_node *));
    if (nodes->items == NULL) {
        return BACKEND_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (batch_change(batch, i).row != NULL) {
            nodes->items[i] = index_node_new(index);
            if (nodes->items[i] == NULL) {
                return BACKEND_NOMEM;
            }
        }
        nodes->n = i + 1;
    }
    return BACKEND_OK;
}

/* --- rows of a source --- */

static bool reserve_pour(struct poured *p)
{
    if (p->n < p->cap) {
        return true;
    }
    size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
    struct pour *more = cos_realloc_array(p->items, cap, sizeof(*more));
    if (more != NULL) {
        p->items = more;
        p->cap = cap;
    }
    return more != NULL;
}

/* All of them, before anything changes; no lock, since a source may take its time. */
static enum backend_result pull(struct row_source *source, struct poured *p, char reason[160])
{
    enum backend_result r = BACKEND_OK;
    if (source != NULL) {
        source->rewind(source);
    }
    while (source != NULL && r == BACKEND_OK) {
        struct row *row;
        r = reserve_pour(p) ? source->next(source, &row, reason) : BACKEND_NOMEM;
        if (r == BACKEND_OK) {
            p->items[p->n++] = (struct pour){.row = row};
        }
    }
    return r == BACKEND_ABSENT ? BACKEND_OK : r;
}

static enum backend_result prepare_poured(struct index *index, struct poured *p)
{
    for (size_t i = 0; i < p->n; i++) {
        p->items[i].node = index_node_new(index);
        if (p->items[i].node == NULL) {
            return BACKEND_NOMEM;
        }
    }
    return BACKEND_OK;
}

static void poured_deinit(struct poured *p)
{
    for (size_t i = 0; i < p->n; i++) {
        row_unref(p->items[i].row);
        if (p->items[i].node != NULL) {
            row_unref(index_value(p->items[i].node));
            index_chain_free(p->items[i].node);
        }
    }
    cos_free(p->items);
}

/* --- the change --- */

static void charge(const struct memory *m, const struct batch *batch, const struct poured *p)
{
    for (size_t i = 0; i < batch_size(batch); i++) {
        struct row *row = batch_change(batch, i).row;
        if (row != NULL) {
            row_charge(row, m->budget);
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        row_charge(p->items[i].row, m->budget);
    }
}

/* Cannot fail. */
static void apply(struct memory *m, const struct batch *batch, struct nodes *nodes,
                  struct poured *poured)
{
    lock_to_write(m);
    for (size_t i = 0; i < nodes->n; i++) {
        struct change change = batch_change(batch, i);
        if (change.row != NULL) {
            nodes->items[i] = index_put_node(m->index, nodes->items[i], row_key(change.row),
                                             row_ref(change.row));
        } else if (change.is_prefix) {
            nodes->items[i] = index_take_all(m->index, change.key);
        } else {
            nodes->items[i] = index_take(m->index, change.key);
        }
    }
    for (size_t i = 0; i < poured->n; i++) {
        struct pour *p = &poured->items[i];
        p->node = index_put_node(m->index, p->node, row_key(p->row), p->row);
        p->row = NULL;
    }
    unlock(m);
}

static enum backend_result happen(struct memory *m, const struct batch *batch,
                                  struct nodes *nodes, struct poured *poured, int *out_tag)
{
    enum backend_result r =
        batch_failed(batch) ? BACKEND_NOMEM : check(m->index, batch, out_tag);
    if (r == BACKEND_OK) {
        r = prepare(m->index, batch, nodes);
    }
    if (r == BACKEND_OK) {
        r = prepare_poured(m->index, poured);
    }
    if (r < 0) {
        return r;
    }
    charge(m, batch, poured);
    apply(m, batch, nodes, poured);
    if (m->base.observe != NULL) {
        m->base.observe(m->base.observe_ctx, batch);
    }
    return BACKEND_OK;
}

static bool commit(struct backend *b, struct batch *batch, struct commit *c)
{
    struct memory *m = memory_of(b);
    struct nodes nodes = {0};
    struct poured poured = {0};
    c->result = pull(batch_source(batch), &poured, c->reason);
    if (c->result == BACKEND_OK) {
        (void)pthread_mutex_lock(&m->commits);
        c->result = happen(m, batch, &nodes, &poured, &c->tag);
        (void)pthread_mutex_unlock(&m->commits);
    }
    nodes_deinit(&nodes);
    poured_deinit(&poured);
    batch_free(batch);
    return true;
}

/* --- the backend --- */

static struct backend *memory_free(struct backend *b)
{
    if (b == NULL) {
        return NULL;
    }
    struct memory *m = memory_of(b);
    if (m->index != NULL) {
        const struct index_node *node = index_first(m->index);
        for (; node != NULL; node = index_next(node)) {
            row_unref(index_value(node));
        }
    }
    index_free(m->index);
    (void)pthread_rwlock_destroy(&m->rows);
    (void)pthread_mutex_destroy(&m->commits);
    return cos_free(m);
}

static const struct backend_ops memory_ops = {
    .name = "memory",
    .blob_writer = blob_writer,
    .get = get,
    .scan = scan,
    .commit = commit,
    .free = memory_free,
};

static int init_rows_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;
    int r = pthread_rwlockattr_init(&attr);
    if (r != 0) {
        return r;
    }
    (void)pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    r = pthread_rwlock_init(lock, &attr);
    (void)pthread_rwlockattr_destroy(&attr);
    return r;
}

struct backend *backend_memory_new(struct budget *budget)
{
    struct memory *m = cos_calloc(1, sizeof(*m));
    struct index *index = index_new();
    if (m == NULL || index == NULL || init_rows_lock(&m->rows) != 0) {
        index_free(index);
        return cos_free(m);
    }
    m->base.ops = &memory_ops;
    m->base.is_immediate = true;
    (void)pthread_mutex_init(&m->commits, NULL); /* the default kind: never fails */
    m->index = index;
    m->budget = budget;
    return &m->base;
}
