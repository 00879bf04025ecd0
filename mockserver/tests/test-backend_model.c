/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random batches against a model that cannot be wrong in the same way: a plain sorted array.
 * After each batch its result, one row and one walk with jumps are compared, from time to time
 * all of it; other threads read meanwhile. Each batch ends with a row that tells how many
 * others there are and what they add up to: a reader who saw half a batch would find another
 * sum.
 *
 * The argument is the backend's name; MODEL_BATCHES in the environment says how many.
 */
#include "store/backend.h"

#include "cosbase/alloc.h"
#include "cosbase/rng.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "backends.h"

enum { KEY_BYTES = 4, ROWS_MAX = 1024, READERS = 2, HELD = 16, QUICK = 20000 };
#define SUM_KEY COS_SPAN_LIT("sum") /* of letters that no drawn key has */

struct model_row {
    char key[KEY_BYTES];
    size_t key_bytes;
    uint64_t value;
};
struct model {
    struct model_row rows[ROWS_MAX]; /* sorted; without the sum's row */
    size_t n;
};
/* What the sum's row says. */
struct sum {
    uint64_t n, total;
};

static const struct backend_kind *kind; /* that is asked */

/* --- the model --- */

static struct cos_span key_of(const struct model_row *r)
{
    return cos_span_make(r->key, r->key_bytes);
}

static size_t place(const struct model *m, struct cos_span key)
{
    size_t i = 0;
    while (i < m->n && cos_span_cmp(key_of(&m->rows[i]), key) < 0) {
        i++;
    }
    return i;
}

static bool has(const struct model *m, size_t at, struct cos_span key)
{
    return at < m->n && cos_span_eq(key_of(&m->rows[at]), key);
}

static void model_remove(struct model *m, size_t at)
{
    m->n--;
    memmove(&m->rows[at], &m->rows[at + 1], (m->n - at) * sizeof(m->rows[0]));
}

static void model_put(struct model *m, struct cos_span key, uint64_t value)
{
    size_t at = place(m, key);
    if (!has(m, at, key)) {
        assert_true(m->n < ROWS_MAX);
        memmove(&m->rows[at + 1], &m->rows[at], (m->n - at) * sizeof(m->rows[0]));
        m->n++;
        m->rows[at].key_bytes = key.len;
        memcpy(m->rows[at].key, key.ptr, key.len);
    }
    m->rows[at].value = value;
}

static void model_delete_all(struct model *m, struct cos_span prefix)
{
    size_t at = place(m, prefix);
    while (at < m->n && cos_span_starts(key_of(&m->rows[at]), prefix)) {
        model_remove(m, at);
    }
}

/* Of one row: depends on every byte of it. */
static uint64_t mix(struct cos_span key, uint64_t value)
{
    uint64_t h = 1469598103934665603u ^ value * 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < key.len; i++) {
        h = (h ^ (uint8_t)key.ptr[i]) * 1099511628211u;
    }
    return h ^ h >> 29;
}

static struct sum sum_of(const struct model *m)
{
    struct sum s = {.n = m->n};
    for (size_t i = 0; i < m->n; i++) {
        s.total += mix(key_of(&m->rows[i]), m->rows[i].value);
    }
    return s;
}

/* --- what is drawn --- */

/* Few letters, among them the hard ones: keys meet, and are prefixes of each other. */
static struct cos_span draw_key(struct cos_rng *rng, char room[KEY_BYTES])
{
    static const char letters[] = "\x00\xFF"
                                  "ab";
    size_t n = cos_rng_below(rng, KEY_BYTES + 1);
    for (size_t i = 0; i < n; i++) {
        room[i] = letters[cos_rng_below(rng, 4)];
    }
    return cos_span_make(room, n);
}

static bool model_holds(const struct model *m, enum expectation_kind expected,
                        struct cos_span key, uint64_t value)
{
    size_t at = place(m, key);
    switch (expected) {
    case EXPECT_ABSENT:
        return !has(m, at, key);
    case EXPECT_PRESENT:
        return has(m, at, key);
    case EXPECT_SAME:
        return has(m, at, key) && m->rows[at].value == value;
    case EXPECT_EMPTY:
        break;
    }
    bool is_sum_in = cos_span_starts(SUM_KEY, key);
    return !is_sum_in && !(at < m->n && cos_span_starts(key_of(&m->rows[at]), key));
}

/* One that holds, four times of five; returns whether it does. */
static bool draw_expectation(struct cos_rng *rng, const struct model *m, struct batch *batch,
                             int tag)
{
    char room[KEY_BYTES];
    struct cos_span key = draw_key(rng, room);
    size_t at = place(m, key);
    static const enum expectation_kind of_absent[] = {EXPECT_ABSENT, EXPECT_EMPTY};
    static const enum expectation_kind of_present[] = {EXPECT_PRESENT, EXPECT_SAME};
    bool is_there = has(m, at, key) == (cos_rng_below(rng, 5) != 0);
    enum expectation_kind expected = (is_there ? of_present : of_absent)[cos_rng_below(rng, 2)];
    uint64_t value = has(m, at, key) && cos_rng_below(rng, 5) != 0 ? m->rows[at].value : 1;
    batch_expect(batch, expected, key, cos_span_make(&value, sizeof(value)), tag);
    return model_holds(m, expected, key, value);
}

/* Rows of an even value have bytes beside them: the same ones. */
static void draw_change(struct cos_rng *rng, struct model *m, struct backend *b,
                        struct batch *batch)
{
    char room[KEY_BYTES];
    struct cos_span key = draw_key(rng, room);
    uint64_t kind_of_change = cos_rng_below(rng, 100);
    if (kind_of_change < 68) {
        uint64_t value = cos_rng_u64(rng);
        struct cos_span bytes = cos_span_make(&value, sizeof(value));
        batch_put(batch, key, bytes, value % 2 == 0 ? backend_blob(b, &value, 8) : NULL);
        model_put(m, key, value);
    } else if (kind_of_change < 97) {
        batch_delete(batch, key);
        size_t at = place(m, key);
        if (has(m, at, key)) {
            model_remove(m, at);
        }
    } else {
        batch_delete_all(batch, key);
        model_delete_all(m, key);
    }
}

/* --- comparing --- */

static uint64_t value_of(const struct row *row)
{
    uint64_t value = 0;
    assert_int_equal(row_value(row).len, sizeof(value));
    memcpy(&value, row_value(row).ptr, sizeof(value));
    return value;
}

static void row_is(const struct row *row, const struct model_row *expected)
{
    assert_true(cos_span_eq(row_key(row), key_of(expected)));
    uint64_t value = value_of(row);
    assert_true(value == expected->value);
    assert_true(value % 2 != 0 ? row->blob == NULL : blob_holds(row->blob, &value, 8));
}

struct walk {
    struct cos_rng *rng; /* NULL: step by step */
    const struct model *model;
    struct cos_span until;
    size_t at; /* in the model: the row that comes next */
    bool is_stopped;
    char seek[KEY_BYTES];
};

static enum scan_next compare_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct walk *w = ctx;
    assert_true(w->until.len == 0 || cos_span_cmp(row_key(row), w->until) < 0);
    if (cos_span_eq(row_key(row), SUM_KEY)) {
        return SCAN_NEXT;
    }
    assert_true(w->at < w->model->n);
    row_is(row, &w->model->rows[w->at]);
    uint64_t choice = w->rng == NULL ? 0 : cos_rng_below(w->rng, 8);
    if (choice == 1) {
        w->is_stopped = true;
        return SCAN_STOP;
    }
    if (choice >= 6) {
        struct cos_span to = draw_key(w->rng, w->seek);
        if (cos_span_cmp(to, row_key(row)) > 0) {
            w->at = place(w->model, to);
            *seek = to;
            return SCAN_SEEK;
        }
    }
    w->at++;
    return SCAN_NEXT;
}

static void compare_walk(struct backend *b, const struct model *m, struct cos_rng *rng)
{
    char from_room[KEY_BYTES];
    char until_room[KEY_BYTES];
    struct cos_span from = rng == NULL ? COS_SPAN_EMPTY : draw_key(rng, from_room);
    struct walk w = {.rng = rng, .model = m, .until = COS_SPAN_EMPTY, .at = place(m, from)};
    if (rng != NULL && cos_rng_below(rng, 2) == 0) {
        w.until = draw_key(rng, until_room);
    }
    assert_int_equal(b->ops->scan(b, from, w.until, compare_row, &w), BACKEND_OK);
    bool is_at_end =
        w.at >= m->n || (w.until.len > 0 && cos_span_cmp(key_of(&m->rows[w.at]), w.until) >= 0);
    assert_true(w.is_stopped || is_at_end);
}

static void compare_get(struct backend *b, const struct model *m, struct cos_rng *rng,
                        struct row **held)
{
    char room[KEY_BYTES];
    struct cos_span key = draw_key(rng, room);
    size_t at = place(m, key);
    struct row *row = NULL;
    enum backend_result r = b->ops->get(b, key, &row);
    assert_int_equal(r, has(m, at, key) ? BACKEND_OK : BACKEND_ABSENT);
    if (row != NULL) {
        row_is(row, &m->rows[at]);
        struct row **slot = &held[cos_rng_below(rng, HELD)];
        if (*slot != NULL) { /* of long ago, and still whole */
            uint64_t value = value_of(*slot);
            assert_true(value % 2 != 0 || blob_holds((*slot)->blob, &value, 8));
        }
        row_unref(*slot);
        *slot = row;
    }
}

/* --- readers --- */

struct reader {
    struct backend *backend;
    pthread_t thread;
    const int *is_over; /* atomic */
    uint64_t n_scans, n_torn;
};
struct seen {
    struct sum added, said;
};

static enum scan_next add_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct seen *s = ctx;
    uint64_t value[2] = {0};
    memcpy(value, row_value(row).ptr, row_value(row).len);
    if (cos_span_eq(row_key(row), SUM_KEY)) {
        s->said = (struct sum){value[0], value[1]};
    } else {
        s->added.n++;
        s->added.total += mix(row_key(row), value[0]);
    }
    return SCAN_NEXT;
}

static void *read_on(void *ctx)
{
    struct reader *r = ctx;
    do {
        struct seen s = {0};
        bool is_done = r->backend->ops->scan(r->backend, COS_SPAN_EMPTY, COS_SPAN_EMPTY,
                                             add_row, &s) == BACKEND_OK;
        bool is_whole = s.said.n == s.added.n && s.said.total == s.added.total;
        r->n_scans++;
        r->n_torn += !is_done || !is_whole;
    } while (!__atomic_load_n(r->is_over, __ATOMIC_ACQUIRE));
    return NULL;
}

/* --- the run --- */

static uint64_t batches_of_this_run(void)
{
    const char *given = getenv("MODEL_BATCHES");
    uint64_t n = 0;
    return given != NULL && cos_span_u64(cos_span_of(given), &n) ? n : QUICK;
}

/* Never without its row, so that it is one of those that are there. */
static void begin_sum(struct backend *b)
{
    struct sum s = {0};
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_put(batch, SUM_KEY, cos_span_make(&s, sizeof(s)), /* blob= */ NULL);
    struct commit c;
    assert_int_equal(backend_commit(b, batch, &c), BACKEND_OK);
}

static void one_batch(struct backend *b, struct model *m, struct cos_rng *rng)
{
    static struct model after;
    struct batch *batch = batch_new();
    assert_non_null(batch);
    int tag = 0; /* of the first expectation that does not hold */
    for (int i = (int)cos_rng_below(rng, 4); i > 0; i--) {
        bool holds = draw_expectation(rng, m, batch, i);
        tag = holds || tag != 0 ? tag : i;
    }
    after.n = m->n;
    memcpy(after.rows, m->rows, m->n * sizeof(m->rows[0]));
    uint64_t n_changes = cos_rng_below(rng, 50) == 0 ? 60 : cos_rng_below(rng, 6);
    for (; n_changes > 0; n_changes--) {
        draw_change(rng, &after, b, batch);
    }
    struct sum s = sum_of(&after);
    batch_put(batch, SUM_KEY, cos_span_make(&s, sizeof(s)), /* blob= */ NULL);
    struct commit c = {0};
    assert_int_equal(backend_commit(b, batch, &c), tag == 0 ? BACKEND_OK : BACKEND_UNEXPECTED);
    if (tag != 0) {
        assert_int_equal(c.tag, tag);
        return;
    }
    m->n = after.n;
    memcpy(m->rows, after.rows, after.n * sizeof(m->rows[0]));
}

static void random_batches_do_what_a_sorted_array_does(void **state)
{
    static struct model m;
    uint64_t n = batches_of_this_run();
    struct backend *b = kind->open();
    struct cos_rng *rng = cos_rng_new(20261127);
    struct row *held[HELD] = {0};
    struct reader readers[READERS];
    int is_over = 0;
    assert_non_null(b);
    begin_sum(b);
    for (size_t i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.backend = b, .is_over = &is_over};
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]), 0);
    }
    for (uint64_t i = 0; i < n; i++) {
        one_batch(b, &m, rng);
        compare_get(b, &m, rng, held);
        compare_walk(b, &m, rng);
        if (i % 500 == 0) {
            compare_walk(b, &m, /* rng= */ NULL);
        }
    }
    compare_walk(b, &m, /* rng= */ NULL);
    __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
        assert_int_equal(readers[i].n_torn, 0);
        assert_true(readers[i].n_scans > 0);
    }
    for (size_t i = 0; i < HELD; i++) {
        row_unref(held[i]);
    }
    kind->close(b);
    cos_rng_free(rng);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_batches_do_what_a_sorted_array_does),
    };
    kind = backend_kind_of(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name(kind->name, tests, NULL, NULL);
}
