/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory backend as a store of rows: what was kept is there when it is opened again,
 * bodies of every size and origin, tenants beside each other. The contract that it shares
 * with the memory backend is test-backend.c's.
 */
#include "data_dir.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"

static void rows_are_there_after_a_restart(void **state)
{
    struct data_dir *d = *state;
    assert_int_equal(put_row(d->backend, "a", "one", 0, 0), BACKEND_OK);
    assert_int_equal(put_row(d->backend, "b", "", 0, 0), BACKEND_OK);
    assert_int_equal(put_row(d->backend, "b", "two", 0, 0), BACKEND_OK);
    assert_int_equal(put_row(d->backend, "c", "three", 0, 0), BACKEND_OK);
    assert_int_equal(delete_row(d->backend, "c"), BACKEND_OK);
    for (int i = 0; i < 2; i++) {
        row_is(d->backend, "a", "one", 0, 0);
        row_is(d->backend, "b", "two", 0, 0);
        row_is_absent(d->backend, "c");
        assert_string_equal(keys_of(d->backend, "", ""), "a b ");
        data_dir_again(d);
    }
}

static void bodies_of_every_size_come_back(void **state)
{
    static const uint64_t sizes[] = {1,       100,   4095,           4096,     4097,
                                     65536,   65537, (1u << 20) - 1, 1u << 20, (1u << 20) + 1,
                                     9u << 20};
    struct data_dir *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%zu", i);
        assert_int_equal(put_row(d->backend, key, "v", i, sizes[i]), BACKEND_OK);
        row_is(d->backend, key, "v", i, sizes[i]);
    }
    data_dir_again(d);
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%zu", i);
        row_is(d->backend, key, "v", i, sizes[i]);
        row_is(d->backend, key, "v", i, sizes[i]); /* from the cache, where it is small */
    }
}

static void a_body_of_unknown_length_comes_back(void **state)
{
    struct data_dir *d = *state;
    struct blob_writer *w = d->backend->ops->blob_writer(d->backend, /* expected_bytes= */ 0);
    uint8_t piece[5000];
    for (uint64_t at = 0; at < 3000000; at += sizeof(piece)) {
        for (size_t i = 0; i < sizeof(piece); i++) {
            piece[i] = body_byte(5, at + i);
        }
        assert_int_equal(blob_writer_add(w, piece, sizeof(piece)), 0);
    }
    struct batch *batch = batch_new();
    batch_put(batch, COS_SPAN_LIT("k"), COS_SPAN_LIT("v"), blob_writer_done(w));
    assert_int_equal(commit_batch(d->backend, batch), BACKEND_OK);
    data_dir_again(d);
    row_is(d->backend, "k", "v", 5, 3000000);
}

/* As a completed upload does it: parts of several kinds become one body, and go. */
static void a_body_joined_of_others_outlives_them(void **state)
{
    struct data_dir *d = *state;
    static const uint64_t sizes[] = {2u << 20, 70000, 10};
    static const char *const keys[] = {"p1", "p2", "p3"};
    struct blob *parts[4];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(put_row(d->backend, keys[i], "part", i, sizes[i]), BACKEND_OK);
    }
    for (size_t i = 0; i < 3; i++) {
        struct row *row = get_row(d->backend, keys[i]);
        parts[i] = blob_ref(row->blob);
        row_unref(row);
    }
    struct blob *slice = blob_slice(parts[0], 1000, 500);
    parts[3] = slice;
    struct batch *batch = batch_new();
    batch_put(batch, COS_SPAN_LIT("object"), COS_SPAN_LIT("v"), blob_concat(parts, 4));
    batch_delete_all(batch, COS_SPAN_LIT("p"));
    assert_int_equal(commit_batch(d->backend, batch), BACKEND_OK);
    for (size_t i = 0; i < 4; i++) {
        blob_unref(parts[i]);
    }
    for (int round = 0; round < 2; round++) {
        struct row *row = get_row(d->backend, "object");
        uint64_t at = 0;
        for (size_t i = 0; i < 3; i++) {
            struct blob *part = blob_slice(row->blob, at, sizes[i]);
            body_is(part, i, sizes[i]);
            blob_unref(part);
            at += sizes[i];
        }
        uint8_t first;
        assert_int_equal(blob_read(row->blob, at, &first, 1), 1);
        assert_int_equal(first, body_byte(0, 1000));
        assert_int_equal(blob_bytes(row->blob), at + 500);
        row_unref(row);
        assert_string_equal(keys_of(d->backend, "", ""), "object ");
        data_dir_again(d);
    }
}

static void a_reader_keeps_what_is_overwritten_and_deleted(void **state)
{
    struct data_dir *d = *state;
    static const uint64_t sizes[] = {10, 100000, 3u << 20};
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        assert_int_equal(put_row(d->backend, "k", "old", 1, sizes[i]), BACKEND_OK);
        data_dir_again(d);
        struct row *row = get_row(d->backend, "k");
        assert_int_equal(put_row(d->backend, "k", "new", 2, sizes[i]), BACKEND_OK);
        assert_int_equal(delete_row(d->backend, "k"), BACKEND_OK);
        body_is(row->blob, 1, sizes[i]);
        /* and may put it again: the bytes are there */
        struct batch *batch = batch_new();
        batch_put(batch, COS_SPAN_LIT("again"), COS_SPAN_LIT("v"), blob_ref(row->blob));
        assert_int_equal(commit_batch(d->backend, batch), BACKEND_OK);
        row_unref(row);
        data_dir_again(d);
        row_is(d->backend, "again", "v", 1, sizes[i]);
    }
}

static void blobs_outlive_the_directory(void **state)
{
    struct data_dir *d = *state;
    assert_int_equal(put_row(d->backend, "k", "v", 3, 3u << 20), BACKEND_OK);
    struct row *row = get_row(d->backend, "k");
    struct blob *never_put = body_make(d->backend, 4, 2u << 20, 65536);
    data_dir_close(d);
    body_is(row->blob, 3, 3u << 20);
    body_is(never_put, 4, 2u << 20);
    blob_unref(never_put);
    row_unref(row);
    data_dir_open(d);
}

static void collect(void *ctx, struct cos_span tenant)
{
    cos_buf_span(ctx, tenant);
    cos_buf_ch(ctx, ' ');
}

/* Of a body that grows large: what is in memory, what has gone to its file, both. */
static void a_body_can_be_read_while_it_comes(void **state)
{
    enum { PIECE = 300 << 10, PIECES = 8 };
    struct data_dir *d = *state;
    struct blob_writer *w = d->backend->ops->blob_writer(d->backend, PIECE * PIECES);
    struct blob *shared[PIECES];
    uint8_t *bytes = cos_malloc(PIECE);
    assert_non_null(bytes);
    assert_true(blob_writer_can_share(w));
    for (uint64_t i = 0; i < PIECES; i++) {
        for (uint64_t j = 0; j < PIECE; j++) {
            bytes[j] = body_byte(i / 2, j + i % 2 * PIECE);
        }
        assert_int_equal(blob_writer_add(w, bytes, PIECE), 0);
        assert_int_equal(blob_writer_bytes(w), (i + 1) * PIECE);
        shared[i] = blob_writer_share(w, i / 2 * 2 * PIECE);
        body_is(shared[i], i / 2, (i % 2 + 1) * PIECE);
    }
    cos_free(bytes);
    (void)blob_writer_free(w); /* nobody wants it: the file goes */
    data_dir_close(d);
    for (uint64_t i = 0; i < PIECES; i++) {
        body_is(shared[i], i / 2, (i % 2 + 1) * PIECE);
        (void)blob_unref(shared[i]);
    }
}

static void tenants_are_beside_each_other(void **state)
{
    struct data_dir *d = *state;
    struct commit c = {0};
    struct backend *other = directory_backend(d->directory, COS_SPAN_LIT("other"), &c);
    assert_int_equal(put_row(d->backend, "k", "mine", 1, 10), BACKEND_OK);
    assert_int_equal(put_row(other, "k", "his", 2, 10), BACKEND_OK);
    row_is(d->backend, "k", "mine", 1, 10);
    row_is(other, "k", "his", 2, 10);
    (void)other->ops->free(other);
    data_dir_again(d);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf names;
    cos_buf_init(&names, 100);
    assert_int_equal(directory_tenants(d->directory, collect, &names, &c), BACKEND_OK);
    assert_string_equal(cos_buf_cstr(&names), "tenant other ");
    assert_int_equal(directory_drop(d->directory, COS_SPAN_LIT("other"), &c), BACKEND_OK);
    assert_int_equal(directory_drop(d->directory, COS_SPAN_LIT("other"), &c), BACKEND_ABSENT);
    cos_buf_clear(&names);
    assert_int_equal(directory_tenants(d->directory, collect, &names, &c), BACKEND_OK);
    assert_string_equal(cos_buf_cstr(&names), "tenant ");
    other = directory_backend(d->directory, COS_SPAN_LIT("other"), &c);
    row_is_absent(other, "k");
    row_is(d->backend, "k", "mine", 1, 10);
    (void)other->ops->free(other);
}

/* --- without memory --- */

static enum scan_next count(void *ctx, struct row *row, struct cos_span *seek)
{
    ++*(unsigned *)ctx;
    return SCAN_NEXT;
}

/* The directory, a row, a walk: each with the n-th allocation failing, until none does. */
static void a_reader_without_memory_is_told(void **state)
{
    struct data_dir *d = *state;
    assert_int_equal(put_row(d->backend, "small", "v", 1, 5000), BACKEND_OK);
    assert_int_equal(put_row(d->backend, "large", "v", 1, 2u << 20), BACKEND_OK);
    data_dir_close(d);
    uint64_t n = 0;
    for (bool failed = true; failed; n++) {
        struct directory_error err = {0};
        cos_alloc_fail_nth(n + 1);
        struct directory *directory = directory_open(d->path, &d->options, &err);
        failed = cos_alloc_count() > n;
        cos_alloc_fail_nth(0);
        assert_true(directory != NULL || err.kind == DIRECTORY_NO_MEMORY);
        assert_true(directory != NULL || failed);
        (void)directory_close(directory);
    }
    assert_true(n > 5);
    for (const char *key = "small"; key != NULL;
         key = strcmp(key, "small") == 0 ? "large" : NULL) {
        bool failed = true;
        for (n = 0; failed; n++) {
            struct row *row = NULL;
            unsigned n_rows = 0;
            data_dir_open(d);
            cos_alloc_fail_nth(n + 1);
            enum backend_result got = d->backend->ops->get(d->backend, cos_span_of(key), &row);
            enum backend_result walked = d->backend->ops->scan(d->backend, COS_SPAN_EMPTY,
                                                               COS_SPAN_EMPTY, count, &n_rows);
            failed = cos_alloc_count() > n;
            cos_alloc_fail_nth(0);
            assert_true(got == BACKEND_OK || got == BACKEND_NOMEM);
            assert_true(walked == BACKEND_OK ? n_rows == 2 : walked == BACKEND_NOMEM);
            row_unref(row);
            row_is(d->backend, key, "v", 1, strcmp(key, "small") == 0 ? 5000 : 2u << 20);
            data_dir_close(d);
        }
        assert_true(n > 3);
    }
}

static void a_batch_without_memory_is_kept_whole_or_not_at_all(void **state)
{
    struct data_dir *d = *state;
    assert_int_equal(put_row(d->backend, "old", "v", 1, 5000), BACKEND_OK);
    bool failed = true;
    uint64_t n = 0;
    for (; failed; n++) {
        char key[16];
        struct batch *batch = batch_new();
        (void)snprintf(key, sizeof(key), "%llu", (unsigned long long)n);
        batch_put(batch, cos_span_of(key), COS_SPAN_LIT("v"),
                  body_make(d->backend, n, 5000, 5000));
        batch_put(batch, COS_SPAN_LIT("old"), cos_span_of(key),
                  body_make(d->backend, n, 6000, 6000));
        cos_alloc_fail_nth(n + 1);
        enum backend_result result = commit_batch(d->backend, batch);
        failed = cos_alloc_count() > n;
        cos_alloc_fail_nth(0);
        assert_true(result == BACKEND_OK || result == BACKEND_NOMEM);
        if (result == BACKEND_OK) {
            row_is(d->backend, key, "v", n, 5000);
            row_is(d->backend, "old", key, n, 6000);
        } else {
            row_is_absent(d->backend, key);
        }
    }
    assert_true(n > 3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, data_dir_setup, data_dir_teardown)
    const struct CMUnitTest tests[] = {
        TEST(rows_are_there_after_a_restart),
        TEST(bodies_of_every_size_come_back),
        TEST(a_body_of_unknown_length_comes_back),
        TEST(a_body_joined_of_others_outlives_them),
        TEST(a_reader_keeps_what_is_overwritten_and_deleted),
        TEST(blobs_outlive_the_directory),
        TEST(a_body_can_be_read_while_it_comes),
        TEST(tenants_are_beside_each_other),
        TEST(a_reader_without_memory_is_told),
        TEST(a_batch_without_memory_is_kept_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
