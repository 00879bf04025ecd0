/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows and batches, which every backend has in common. A batch makes its rows as it is filled,
 * so that a commit has nothing to copy; four changes, four expectations and half a kilobyte of
 * keys, more than any request has but a DeleteObjects, need no memory beyond the batch's own.
 */
#include "store/backend.h"

#include <pthread.h>

#include "cosbase/alloc.h"

enum { OWN_STEPS = 4, OWN_TEXT_BYTES = 512 };
#define PLACE_BYTES 64 /* about what an index keeps a row, and malloc each of the two */

/* --- rows --- */

size_t row_cost(const struct row *row)
{
    return sizeof(*row) + PLACE_BYTES + row->key_bytes + row->value_bytes;
}

void row_charge(struct row *row, struct budget *budget)
{
    row->budget = budget;
    budget_charge(budget, row_cost(row));
}

static struct row *row_alloc(struct cos_span key, struct cos_span value)
{
    size_t total;
    if (key.len > UINT32_MAX || value.len > UINT32_MAX ||
        !cos_size_add(&total, sizeof(struct row), key.len) ||
        !cos_size_add(&total, total, value.len)) {
        return NULL;
    }
    return cos_malloc(total);
}

struct row *row_new(struct cos_span key, struct cos_span value, struct blob *blob,
                    struct budget *budget)
{
    struct row *row = row_alloc(key, value);
    if (row == NULL) {
        blob_unref(blob);
        return NULL;
    }
    *row = (struct row){
        .refs = 1,
        .key_bytes = (uint32_t)key.len,
        .value_bytes = (uint32_t)value.len,
        .blob = blob_bytes(blob) > 0 ? blob : blob_unref(blob),
    };
    if (key.len > 0) {
        memcpy(row->bytes, key.ptr, key.len);
    }
    if (value.len > 0) {
        memcpy(row->bytes + key.len, value.ptr, value.len);
    }
    row_charge(row, budget);
    return row;
}

struct row *row_ref(struct row *row)
{
    if (row != NULL) {
        __atomic_add_fetch(&row->refs, 1, __ATOMIC_RELAXED);
    }
    return row;
}

struct row *row_unref(struct row *row)
{
    if (row != NULL && __atomic_sub_fetch(&row->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        if (row->memo != NULL && row->memo_free != NULL) {
            row->memo_free(row->memo);
        }
        budget_give(row->budget, row_cost(row));
        blob_unref(row->blob);
        cos_free(row);
    }
    return NULL;
}

struct cos_span row_key(const struct row *row)
{
    return cos_span_make(row->bytes, row->key_bytes);
}

struct cos_span row_value(const struct row *row)
{
    return cos_span_make(row->bytes + row->key_bytes, row->value_bytes);
}

/* --- batches --- */

/* A key of a deletion, a key or a value of an expectation that own_text had no room for. */
struct text {
    struct text *next;
    char bytes[];
};
struct batch {
    bool failed;
    struct text *texts;
    size_t own_text_bytes;  /* taken */
    struct change *changes; /* own_changes, or the heap; each row is a reference */
    size_t n_changes, cap_changes;
    struct expectation *expectations; /* own_expectations, or the heap */
    size_t n_expectations, cap_expectations;
    struct row_source *source; /* NULL: none */
    struct change own_changes[OWN_STEPS];
    struct expectation own_expectations[OWN_STEPS];
    char own_text[OWN_TEXT_BYTES];
};

struct batch *batch_new(void)
{
    struct batch *b = cos_malloc(sizeof(*b));
    if (b == NULL) {
        return NULL;
    }
    b->failed = false;
    b->texts = NULL;
    b->own_text_bytes = 0;
    b->changes = b->own_changes;
    b->n_changes = 0;
    b->cap_changes = OWN_STEPS;
    b->expectations = b->own_expectations;
    b->n_expectations = 0;
    b->cap_expectations = OWN_STEPS;
    b->source = NULL;
    return b;
}

static void drop_carried(struct change *change)
{
    if (change->carried != NULL) {
        change->carried_free(change->carried);
        change->carried = NULL;
    }
}

struct batch *batch_free(struct batch *b)
{
    if (b == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < b->n_changes; i++) {
        row_unref(b->changes[i].row);
        drop_carried(&b->changes[i]);
    }
    if (b->changes != b->own_changes) {
        cos_free(b->changes);
    }
    if (b->expectations != b->own_expectations) {
        cos_free(b->expectations);
    }
    while (b->texts != NULL) {
        struct text *next = b->texts->next;
        cos_free(b->texts);
        b->texts = next;
    }
    return cos_free(b);
}

/* A table of @cap items, the first of them in the batch itself, becomes twice as long. */
static void *grow(void *items, void *own, size_t cap, size_t item_bytes)
{
    void *more = cos_realloc_array(items == own ? NULL : items, 2 * cap, item_bytes);
    if (more != NULL && items == own) {
        memcpy(more, own, cap * item_bytes);
    }
    return more;
}

static bool reserve_change(struct batch *b)
{
    if (b->failed || b->n_changes < b->cap_changes) {
        return !b->failed;
    }
    struct change *more = grow(b->changes, b->own_changes, b->cap_changes, sizeof(*more));
    if (more == NULL) {
        b->failed = true;
        return false;
    }
    b->changes = more;
    b->cap_changes *= 2;
    return true;
}

static bool reserve_expectation(struct batch *b)
{
    if (b->failed || b->n_expectations < b->cap_expectations) {
        return !b->failed;
    }
    struct expectation *more =
        grow(b->expectations, b->own_expectations, b->cap_expectations, sizeof(*more));
    if (more == NULL) {
        b->failed = true;
        return false;
    }
    b->expectations = more;
    b->cap_expectations *= 2;
    return true;
}

/* Room for a copy; NULL: no memory. */
static char *text_room(struct batch *b, size_t n)
{
    if (n <= OWN_TEXT_BYTES - b->own_text_bytes) {
        char *room = b->own_text + b->own_text_bytes;
        b->own_text_bytes += n;
        return room;
    }
    size_t total;
    struct text *text = cos_size_add(&total, sizeof(struct text), n) ? cos_malloc(total) : NULL;
    if (text == NULL) {
        b->failed = true;
        return NULL;
    }
    text->next = b->texts;
    b->texts = text;
    return text->bytes;
}

static struct cos_span copy(struct batch *b, struct cos_span text)
{
    char *room = text.len == 0 ? NULL : text_room(b, text.len);
    if (room == NULL) {
        return COS_SPAN_EMPTY;
    }
    memcpy(room, text.ptr, text.len);
    return cos_span_make(room, text.len);
}

void batch_expect(struct batch *b, enum expectation_kind kind, struct cos_span key,
                  struct cos_span value, int tag)
{
    if (reserve_expectation(b)) {
        b->expectations[b->n_expectations++] = (struct expectation){.kind = kind,
                                                                    .tag = tag,
                                                                    .key = copy(b, key),
                                                                    .value = copy(b, value)};
    }
}

void batch_put(struct batch *b, struct cos_span key, struct cos_span value, struct blob *blob)
{
    if (!reserve_change(b)) {
        blob_unref(blob);
        return;
    }
    struct row *row = row_new(key, value, blob, /* budget= */ NULL);
    if (row == NULL) {
        b->failed = true;
        return;
    }
    b->changes[b->n_changes++] = (struct change){.key = row_key(row), .row = row};
}

static void add_deletion(struct batch *b, struct cos_span key, bool is_prefix)
{
    if (reserve_change(b)) {
        b->changes[b->n_changes++] =
            (struct change){.key = copy(b, key), .is_prefix = is_prefix};
    }
}

void batch_delete(struct batch *b, struct cos_span key)
{
    add_deletion(b, key, /* is_prefix= */ false);
}

void batch_delete_all(struct batch *b, struct cos_span prefix)
{
    add_deletion(b, prefix, /* is_prefix= */ true);
}

size_t batch_size(const struct batch *b)
{
    return b->n_changes;
}

struct change batch_change(const struct batch *b, size_t i)
{
    return b->changes[i];
}

void batch_carry(struct batch *b, size_t i, void *carried, void (*carried_free)(void *carried))
{
    drop_carried(&b->changes[i]);
    b->changes[i].carried = carried;
    b->changes[i].carried_free = carried_free;
}

size_t batch_n_expectations(const struct batch *b)
{
    return b->n_expectations;
}

struct expectation batch_expectation(const struct batch *b, size_t i)
{
    return b->expectations[i];
}

void batch_pour(struct batch *b, struct row_source *source)
{
    b->source = source;
}

struct row_source *batch_source(const struct batch *b)
{
    return b->source;
}

void batch_fail(struct batch *b)
{
    b->failed = true;
}

bool batch_failed(const struct batch *b)
{
    return b->failed;
}

/* --- waiting for a commit --- */

struct waiter {
    pthread_mutex_t lock; /* guards is_done */
    pthread_cond_t woken;
    bool is_done;
};

static void wake(struct commit *c)
{
    struct waiter *w = c->ctx;
    (void)pthread_mutex_lock(&w->lock);
    w->is_done = true;
    (void)pthread_cond_signal(&w->woken); /* under the lock: behind it, *w may be gone */
    (void)pthread_mutex_unlock(&w->lock);
}

enum backend_result backend_commit(struct backend *b, struct batch *batch, struct commit *c)
{
    struct waiter w = {.lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};
    c->done = wake;
    c->ctx = &w;
    if (b->ops->commit(b, batch, c)) {
        return c->result;
    }
    (void)pthread_mutex_lock(&w.lock);
    while (!w.is_done) {
        (void)pthread_cond_wait(&w.woken, &w.lock);
    }
    (void)pthread_mutex_unlock(&w.lock);
    return c->result;
}
