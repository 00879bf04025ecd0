/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers beside writers: nobody sees a row without its body, half of a batch in one walk, or
 * an old row behind a newer one, whether it comes from the cache, the database or a file
 * whose room is being given back.
 */
#include "data_dir.h"

#include <pthread.h>

enum { N_PAIRS = 12, N_READERS = 4, N_WRITERS = 2, ROUNDS = 250, KEY_BYTES = 16 };

struct scene {
    struct data_dir d;
    int n_writing; /* atomic */
};

/* Two rows of a pair are put by the same batches; the number only grows. */
static void key_of(char out[KEY_BYTES], char half, unsigned pair)
{
    (void)snprintf(out, KEY_BYTES, "%c%02u", half, pair);
}

static uint64_t size_of(uint64_t number)
{
    static const uint64_t sizes[] = {100, 5000, 70000, 0};
    return number % 40 == 7 ? 1100000 : sizes[number % 4];
}

static enum backend_result put_pair(struct backend *b, unsigned pair, uint64_t number)
{
    char value[32];
    char key[KEY_BYTES];
    struct batch *batch = batch_new();
    int n = snprintf(value, sizeof(value), "%llu", (unsigned long long)number);
    for (const char *half = "ab"; *half != '\0'; half++) {
        uint64_t bytes = size_of(number);
        key_of(key, *half, pair);
        batch_put(batch, cos_span_of(key), cos_span_make(value, (size_t)n),
                  bytes == 0 ? NULL : body_try(b, number, bytes, 65536));
    }
    return commit_batch(b, batch);
}

struct writer {
    struct scene *scene;
    unsigned index;
    pthread_t thread;
    bool is_right;
};

static void *write_pairs(void *ctx)
{
    struct writer *w = ctx;
    w->is_right = true;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        /* each pair has one writer, so its numbers grow */
        unsigned pair = (unsigned)(round % (N_PAIRS / N_WRITERS)) * N_WRITERS + w->index;
        w->is_right = w->is_right && put_pair(w->scene->d.backend, pair, round) == BACKEND_OK;
    }
    __atomic_sub_fetch(&w->scene->n_writing, 1, __ATOMIC_RELEASE);
    return NULL;
}

struct reader {
    struct scene *scene;
    unsigned index;
    pthread_t thread;
    uint64_t seen[N_PAIRS];   /* by get */
    uint64_t walked[N_PAIRS]; /* by the running walk: of its first half */
    const char *complaint;
};

static uint64_t number_of(const struct row *row)
{
    char text[32] = "";
    struct cos_span value = row_value(row);
    memcpy(text, value.ptr, value.len < sizeof(text) ? value.len : sizeof(text) - 1);
    return strtoull(text, NULL, 10);
}

static bool has_its_body(const struct row *row)
{
    uint8_t piece[4096];
    uint64_t number = number_of(row);
    if (blob_bytes(row->blob) != size_of(number)) {
        return false;
    }
    for (uint64_t at = 0; at < blob_bytes(row->blob); at += 60000) { /* some of it */
        int64_t n = blob_read(row->blob, at, piece, sizeof(piece));
        for (int64_t i = 0; i < n; i++) {
            if (piece[i] != body_byte(number, at + (uint64_t)i)) {
                return false;
            }
        }
        if (n <= 0) {
            return false;
        }
    }
    return true;
}

static void read_one(struct reader *r, unsigned pair)
{
    char key[KEY_BYTES];
    struct row *row = NULL;
    struct backend *b = r->scene->d.backend;
    key_of(key, 'a', pair);
    if (b->ops->get(b, cos_span_of(key), &row) != BACKEND_OK) {
        r->complaint = "a row cannot be read";
        return;
    }
    if (number_of(row) < r->seen[pair]) {
        r->complaint = "an old row came behind a newer one";
    }
    r->seen[pair] = number_of(row);
    if (!has_its_body(row)) {
        r->complaint = "a row has another body";
    }
    row_unref(row);
}

static enum scan_next compare_halves(void *ctx, struct row *row, struct cos_span *seek)
{
    struct reader *r = ctx;
    struct cos_span key = row_key(row);
    size_t pair = (size_t)(key.ptr[1] - '0') * 10 + (size_t)(key.ptr[2] - '0');
    if (key.ptr[0] == 'a') {
        r->walked[pair] = number_of(row);
    } else if (r->walked[pair] != number_of(row)) {
        r->complaint = "a walk saw half of a batch";
    }
    if (!has_its_body(row)) {
        r->complaint = "a row of a walk has another body";
    }
    return SCAN_NEXT;
}

static void *read_pairs(void *ctx)
{
    struct reader *r = ctx;
    struct backend *b = r->scene->d.backend;
    for (unsigned i = r->index; __atomic_load_n(&r->scene->n_writing, __ATOMIC_ACQUIRE) > 0;
         i++) {
        read_one(r, i % N_PAIRS);
        if (i % 16 == 0 &&
            b->ops->scan(b, COS_SPAN_EMPTY, COS_SPAN_EMPTY, compare_halves, r) != BACKEND_OK) {
            r->complaint = "a walk failed";
        }
    }
    return NULL;
}

/* @cache_bytes: as much as all rows need, so little that they come and go, or none. */
static void read_beside_writers(uint64_t cache_bytes)
{
    struct scene s = {.n_writing = N_WRITERS};
    struct writer writers[N_WRITERS];
    struct reader readers[N_READERS] = {0};
    data_dir_make(&s.d);
    data_dir_close(&s.d);
    s.d.options.cache_bytes = cache_bytes;
    data_dir_open(&s.d);
    for (unsigned pair = 0; pair < N_PAIRS; pair++) {
        assert_int_equal(put_pair(s.d.backend, pair, 0), BACKEND_OK);
    }
    for (unsigned i = 0; i < N_WRITERS; i++) {
        writers[i] = (struct writer){.scene = &s, .index = i};
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_pairs, &writers[i]), 0);
    }
    for (unsigned i = 0; i < N_READERS; i++) {
        readers[i].scene = &s;
        readers[i].index = i;
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_pairs, &readers[i]), 0);
    }
    for (unsigned i = 0; i < N_WRITERS; i++) {
        (void)pthread_join(writers[i].thread, NULL);
        assert_true(writers[i].is_right);
    }
    for (unsigned i = 0; i < N_READERS; i++) {
        (void)pthread_join(readers[i].thread, NULL);
        if (readers[i].complaint != NULL) {
            fail_msg("%s", readers[i].complaint);
        }
    }
    data_dir_remove(&s.d);
}

static void readers_with_a_cache_see_whole_batches_in_order(void **state)
{
    read_beside_writers((uint64_t)64 << 20);
}

static void readers_with_a_small_cache_see_whole_batches_in_order(void **state)
{
    read_beside_writers((uint64_t)512 << 10);
}

static void readers_without_a_cache_see_whole_batches_in_order(void **state)
{
    read_beside_writers(0);
}

/* --- batches of one who does not wait --- */

enum { N_QUEUED = 200 };
struct queued {
    struct commit commit;
    int *n_left; /* atomic */
};

static void count_down(struct commit *c)
{
    __atomic_sub_fetch(((struct queued *)c->ctx)->n_left, 1, __ATOMIC_RELEASE);
}

static void what_is_queued_is_kept_when_it_is_closed(void **state)
{
    struct data_dir d;
    static struct queued queue[N_QUEUED];
    int n_left = N_QUEUED;
    char key[KEY_BYTES];
    data_dir_make(&d);
    for (unsigned i = 0; i < N_QUEUED; i++) {
        struct batch *batch = batch_new();
        key_of(key, 'q', i);
        batch_put(batch, cos_span_of(key), cos_span_of(key), /* blob= */ NULL);
        queue[i] = (struct queued){.commit = {.done = count_down, .ctx = &queue[i]},
                                   .n_left = &n_left};
        assert_false(d.backend->ops->commit(d.backend, batch, &queue[i].commit));
    }
    d.directory = directory_close(d.directory); /* while its backend is there: it is used */
    data_dir_close(&d);
    assert_int_equal(__atomic_load_n(&n_left, __ATOMIC_ACQUIRE), 0);
    data_dir_open(&d);
    for (unsigned i = 0; i < N_QUEUED; i++) {
        assert_int_equal(queue[i].commit.result, BACKEND_OK);
        key_of(key, 'q', i);
        row_is(d.backend, key, key, 0, 0);
    }
    data_dir_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_with_a_cache_see_whole_batches_in_order),
        cmocka_unit_test(readers_with_a_small_cache_see_whole_batches_in_order),
        cmocka_unit_test(readers_without_a_cache_see_whole_batches_in_order),
        cmocka_unit_test(what_is_queued_is_kept_when_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
