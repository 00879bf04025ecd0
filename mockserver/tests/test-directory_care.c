/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting, checking and compacting. What a check says is compared with harm that was done on
 * purpose; what compacting moves with the rows before it.
 */
#include "store/directory_care.h"

#include "data_dir.h"

#include "cosbase/buf.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#define MIB ((uint64_t)1 << 20)

static void key_of(char out[16], int i)
{
    (void)snprintf(out, 16, "%04d", i);
}

static void fill(struct data_dir *d, int n, uint64_t bytes)
{
    for (int i = 0; i < n; i++) {
        char key[16];
        key_of(key, i);
        assert_int_equal(put_row(d->backend, key, "v", (uint64_t)i, bytes), BACKEND_OK);
    }
}

/* Another row with the bytes of @from. */
static void share(struct data_dir *d, const char *from, const char *key)
{
    struct row *row = get_row(d->backend, from);
    struct batch *batch = batch_new();
    batch_put(batch, cos_span_of(key), COS_SPAN_LIT("v"), blob_ref(row->blob));
    assert_int_equal(commit_batch(d->backend, batch), BACKEND_OK);
    row_unref(row);
}

/* --- counting --- */

static void info_counts_what_there_is(void **state)
{
    struct data_dir *d = *state;
    struct directory_info info;
    struct commit c = {0};
    fill(d, 3, 5000);
    assert_int_equal(put_row(d->backend, "large", "v", 9, 2 * MIB), BACKEND_OK);
    assert_int_equal(put_row(d->backend, "none", "v", 0, 0), BACKEND_OK);
    share(d, "large", "same");
    assert_int_equal(directory_info(d->directory, &info, &c), BACKEND_OK);
    assert_int_equal(info.tenants, 1);
    assert_int_equal(info.rows, 6);
    assert_int_equal(info.rows_with_bytes, 5);
    assert_int_equal(info.chunks, 4); /* two rows have the same one */
    assert_int_equal(info.chunk_bytes, 3 * 5000 + 2 * MIB);
    assert_int_equal(info.files, 2);
    assert_true(info.file_bytes >= 3 * 5000 + 2 * MIB);
    assert_true(info.row_bytes > 0);
}

/* --- checking --- */

struct found {
    struct cos_buf complaints;
    unsigned n_rows;
};

static void add_complaint(void *ctx, const char *text)
{
    struct found *f = ctx;
    cos_buf_str(&f->complaints, text);
    cos_buf_ch(&f->complaints, '\n');
}

static void read_body(void *ctx, struct cos_span tenant, struct row *row)
{
    struct found *f = ctx;
    uint8_t piece[65536];
    int64_t n = 0;
    assert_true(cos_span_eq_str(tenant, "tenant"));
    f->n_rows++;
    for (uint64_t at = 0; row->blob != NULL && at < blob_bytes(row->blob); at += (uint64_t)n) {
        n = blob_read(row->blob, at, piece, sizeof(piece));
        if (n <= 0) {
            add_complaint(ctx, "a body cannot be read");
            return;
        }
    }
}

/* What a check complains of; static buffer. */
static const char *complaints_of(struct data_dir *d, unsigned *n_rows)
{
    static char text[4096];
    struct found f = {.n_rows = 0};
    struct commit c = {0};
    struct directory_check check = {.complaint = add_complaint, .row = read_body, .ctx = &f};
    cos_buf_init(&f.complaints, sizeof(text) - 1);
    if (directory_check(d->directory, &check, &c) != BACKEND_OK) {
        fail_msg("%d %s", c.result, c.reason);
    }
    (void)snprintf(text, sizeof(text), "%s", cos_buf_cstr(&f.complaints));
    cos_buf_deinit(&f.complaints);
    *n_rows = f.n_rows;
    return text;
}

static void a_whole_directory_has_no_complaints(void **state)
{
    struct data_dir *d = *state;
    unsigned n_rows;
    fill(d, 100, 5000);
    assert_int_equal(put_row(d->backend, "large", "v", 9, 2 * MIB), BACKEND_OK);
    share(d, "large", "same");
    share(d, "0003", "same too");
    assert_int_equal(delete_row(d->backend, "0004"), BACKEND_OK);
    assert_string_equal(complaints_of(d, &n_rows), "");
    assert_int_equal(n_rows, 102);
    data_dir_again(d);
    assert_string_equal(complaints_of(d, &n_rows), "");
    assert_int_equal(n_rows, 102);
}

/* @sql by SQLite itself, on the closed directory. */
static void harm(const struct data_dir *d, const char *sql)
{
    char path[128];
    sqlite3 *db;
    char *why = NULL;
    (void)snprintf(path, sizeof(path), "%s/rows.db", d->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s", why);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void what_does_not_fit_is_a_complaint(void **state)
{
    static const struct {
        const char *name, *sql, *expected;
    } rows[] = {
        {"a chunk is missing", "DELETE FROM chunks WHERE id=(SELECT min(id) FROM chunks)",
         "row '0000' of tenant 'tenant' names bytes that no chunk has\n"},
        {"a list is garbled", "UPDATE rows SET pieces=x'00' WHERE key=CAST('0001' AS BLOB)",
         "row '0001' of tenant 'tenant' names bytes that no chunk has\n"
         "chunk 8192: rows use it 0 times, and it says 1\n"},
        {"a row is missing", "DELETE FROM rows WHERE key=CAST('0001' AS BLOB)",
         "chunk 8192: rows use it 0 times, and it says 1\n"},
        {"a count is wrong", "UPDATE chunks SET refs=5 WHERE id=8192",
         "chunk 8192: rows use it 1 times, and it says 5\n"},
        {"a chunk is short", "UPDATE chunks SET bytes=10 WHERE id=8192",
         "row '0001' of tenant 'tenant' names bytes that no chunk has\n"},
        {"chunks lie on each other", "UPDATE chunks SET bytes=9000 WHERE id=8192",
         "chunks/0000000000000000: two chunks lie on each other at 16384\n"},
    };
    struct data_dir *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        unsigned n_rows;
        data_dir_remove(d);
        data_dir_make(d);
        fill(d, 3, 5000); /* each on two blocks: chunks 0, 8192, 16384 */
        data_dir_close(d);
        harm(d, rows[i].sql);
        data_dir_open(d);
        const char *said = complaints_of(d, &n_rows);
        if (strcmp(said, rows[i].expected) != 0) {
            fail_msg("%s: %s", rows[i].name, said);
        }
    }
}

static void a_page_that_is_garbled_is_a_complaint(void **state)
{
    static const char noise[4096] = "noise";
    struct data_dir *d = *state;
    char path[128];
    struct stat st;
    unsigned n_rows;
    fill(d, 400, 0);
    data_dir_close(d);
    (void)snprintf(path, sizeof(path), "%s/rows.db", d->path);
    int fd = open(path, O_WRONLY);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(pwrite(fd, noise, sizeof(noise), st.st_size - 4096), sizeof(noise));
    (void)close(fd);
    data_dir_open(d);
    const char *said = complaints_of(d, &n_rows);
    assert_non_null(strstr(said, "rows.db: database disk image is malformed; "));
    assert_true(n_rows < 400);
}

/* --- compacting --- */

/* It only grows; no more when it did not. */
static void note_moved(void *ctx, uint64_t bytes)
{
    uint64_t *moved_bytes = ctx;
    *moved_bytes = bytes > *moved_bytes ? bytes : UINT64_MAX;
}

static void compacting_moves_what_is_left_together(void **state)
{
    enum { N = 1500 };
    struct data_dir *d = *state;
    struct directory_info before;
    struct directory_info after;
    struct commit c = {0};
    unsigned n_rows;
    fill(d, N, 100000); /* three segments */
    assert_int_equal(put_row(d->backend, "large", "v", 9, 2 * MIB), BACKEND_OK);
    share(d, "0100", "same");
    data_dir_again(d);
    for (int i = 0; i < N; i++) {
        char key[16];
        key_of(key, i);
        if (i % 100 != 0) {
            assert_int_equal(delete_row(d->backend, key), BACKEND_OK);
        }
    }
    struct row *held = get_row(d->backend, "0200");
    assert_int_equal(directory_info(d->directory, &before, &c), BACKEND_OK);
    assert_int_equal(before.files, 4);
    uint64_t moved_bytes = 0;
    const struct directory_progress progress = {note_moved, &moved_bytes};
    if (directory_compact(d->directory, &progress, &c) != BACKEND_OK) {
        fail_msg("%s", c.reason);
    }
    assert_int_equal(moved_bytes, N / 100 * 100000); /* and not the large one */
    body_is(held->blob, 200, 100000);                /* who had it keeps it */
    row_unref(held);
    assert_int_equal(delete_row(d->backend, "no such row"), BACKEND_OK);
    assert_int_equal(delete_row(d->backend, "no such row"), BACKEND_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(directory_info(d->directory, &after, &c), BACKEND_OK);
        assert_int_equal(after.files, 2);
        assert_int_equal(after.rows, before.rows);
        assert_int_equal(after.chunks, before.chunks); /* what was shared is */
        assert_int_equal(after.chunk_bytes, before.chunk_bytes);
        assert_string_equal(complaints_of(d, &n_rows), "");
        for (int i = 0; i < N; i += 100) {
            char key[16];
            key_of(key, i);
            row_is(d->backend, key, "v", (uint64_t)i, 100000);
        }
        row_is(d->backend, "same", "v", 100, 100000);
        row_is(d->backend, "large", "v", 9, 2 * MIB);
        data_dir_again(d);
    }
    assert_int_equal(put_row(d->backend, "0100", "new", 7, 3000), BACKEND_OK);
    row_is(d->backend, "same", "v", 100, 100000);
}

static void compacting_gives_the_room_of_rows_back(void **state)
{
    struct data_dir *d = *state;
    struct directory_info before;
    struct directory_info after;
    struct commit c = {0};
    fill(d, 5000, 0);
    struct batch *batch = batch_new();
    batch_delete_all(batch, COS_SPAN_EMPTY);
    assert_int_equal(commit_batch(d->backend, batch), BACKEND_OK);
    data_dir_again(d);
    assert_int_equal(directory_info(d->directory, &before, &c), BACKEND_OK);
    assert_int_equal(directory_compact(d->directory, /* progress= */ NULL, &c), BACKEND_OK);
    assert_int_equal(directory_info(d->directory, &after, &c), BACKEND_OK);
    assert_true(after.row_bytes < before.row_bytes);
    assert_true(after.row_bytes <= 16 * 4096);
}

/* Chunks that say less than rows do: what is given back by them alone would be bodies. */
static void what_chunks_do_not_know_is_taken_from_no_row(void **state)
{
    static const char *const harms[] = {
        "UPDATE chunks SET bytes = 4096",
        "DELETE FROM chunks WHERE rowid % 40960 = 0",
        "DELETE FROM chunks",
    };
    struct data_dir *d = *state;
    struct commit c = {0};
    fill(d, 30, 20000);
    data_dir_close(d);
    for (size_t i = 0; i < COS_ARRAY_LEN(harms); i++) {
        harm(d, harms[i]);
        d->options.has_sweeper = true;
        data_dir_open(d);
        directory_wait_for_sweep(d->directory);
        assert_int_equal(directory_compact(d->directory, /* progress= */ NULL, &c), BACKEND_IO);
        assert_non_null(strstr(c.reason, "'cosmock data check' says where"));
        data_dir_again(d);
        for (int j = 0; j < 30; j++) {
            char key[16];
            key_of(key, j);
            row_is(d->backend, key, "v", (uint64_t)j, 20000);
        }
        data_dir_close(d);
    }
    data_dir_open(d);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, data_dir_setup, data_dir_teardown)
    const struct CMUnitTest tests[] = {
        TEST(info_counts_what_there_is),
        TEST(a_whole_directory_has_no_complaints),
        TEST(what_does_not_fit_is_a_complaint),
        TEST(a_page_that_is_garbled_is_a_complaint),
        TEST(compacting_moves_what_is_left_together),
        TEST(compacting_gives_the_room_of_rows_back),
        TEST(what_chunks_do_not_know_is_taken_from_no_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
