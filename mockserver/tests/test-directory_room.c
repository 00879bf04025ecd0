/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room on the disk: that of deleted bodies comes back, as soon as nobody reads them; a disk
 * without room, or that fails, is a result with a reason, costs nothing that was
 * acknowledged, and is forgotten when there is room again.
 */
#include "data_dir.h"
#include "disk.h"

#include "cosbase/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MIB ((uint64_t)1 << 20)

struct place {
    struct data_dir d;
    char chunks[128];
    pthread_mutex_t lock; /* guards what follows: any thread asks */
    /* The step that fails, how many times yet, and with what. */
    enum directory_step step;
    int left, number;
};

static void fail_at(struct place *p, enum directory_step step, int times, int number)
{
    (void)pthread_mutex_lock(&p->lock);
    p->step = step;
    p->left = times;
    p->number = number;
    (void)pthread_mutex_unlock(&p->lock);
}

static int at_step(void *ctx, enum directory_step step)
{
    struct place *p = ctx;
    (void)pthread_mutex_lock(&p->lock);
    bool fails = step == p->step && p->left > 0;
    p->left -= fails ? 1 : 0;
    int number = fails ? p->number : 0;
    (void)pthread_mutex_unlock(&p->lock);
    return number;
}

static int make(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    assert_non_null(p);
    (void)pthread_mutex_init(&p->lock, NULL);
    data_dir_make(&p->d);
    (void)snprintf(p->chunks, sizeof(p->chunks), "%s/chunks", p->d.path);
    data_dir_close(&p->d);
    p->d.options.step = at_step;
    p->d.options.step_ctx = p;
    data_dir_open(&p->d);
    *state = p;
    return 0;
}

static int discard(void **state)
{
    struct place *p = *state;
    disk_watch(NULL, NULL);
    data_dir_remove(&p->d);
    free(p);
    return 0;
}

static void fill(struct place *p, int n, uint64_t bytes)
{
    for (int i = 0; i < n; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%03d", i);
        assert_int_equal(put_row(p->d.backend, key, "v", (uint64_t)i, bytes), BACKEND_OK);
    }
}

/*
 * The writer gives back between two groups: behind the next one, what was free before is
 * gone.
 */
static void let_it_give_back(struct place *p)
{
    for (int i = 0; i < 2; i++) {
        assert_int_equal(delete_row(p->d.backend, "no such row"), BACKEND_OK);
    }
}

/* --- room comes back --- */

static void room_of_deleted_bodies_comes_back(void **state)
{
    static const uint64_t sizes[] = {4096, 20000, 2 * MIB};
    struct place *p = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        enum { N = 40 };
        fill(p, N, sizes[i]);
        uint64_t full = room_taken(p->chunks);
        assert_true(full >= N * sizes[i]);
        for (int j = 0; j < N; j += 2) {
            char key[16];
            (void)snprintf(key, sizeof(key), "%03d", j);
            assert_int_equal(delete_row(p->d.backend, key), BACKEND_OK);
        }
        let_it_give_back(p);
        uint64_t half = room_taken(p->chunks);
        if (half > full - N / 2 * (sizes[i] / 4096 * 4096)) {
            fail_msg("%llu: %llu of %llu are left", (unsigned long long)sizes[i],
                     (unsigned long long)half, (unsigned long long)full);
        }
        for (int j = 1; j < N; j += 2) {
            char key[16];
            (void)snprintf(key, sizeof(key), "%03d", j);
            row_is(p->d.backend, key, "v", (uint64_t)j, sizes[i]);
            assert_int_equal(delete_row(p->d.backend, key), BACKEND_OK);
        }
        let_it_give_back(p);
        assert_true(room_taken(p->chunks) <= 8192);
    }
}

static void room_of_overwritten_bodies_comes_back(void **state)
{
    struct place *p = *state;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(put_row(p->d.backend, "k", "v", (uint64_t)i, 100000), BACKEND_OK);
    }
    let_it_give_back(p);
    row_is(p->d.backend, "k", "v", 49, 100000);
    assert_true(room_taken(p->chunks) <= 110000);
}

static void small_bodies_go_with_their_neighbours(void **state)
{
    struct place *p = *state;
    fill(p, 200, 100);
    for (int i = 0; i < 200; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%03d", i);
        assert_int_equal(delete_row(p->d.backend, key), BACKEND_OK);
    }
    let_it_give_back(p);
    assert_true(room_taken(p->chunks) <= 8192);
}

static void what_somebody_reads_stays_until_he_is_done(void **state)
{
    static const uint64_t sizes[] = {200000, 2 * MIB};
    struct place *p = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        assert_int_equal(put_row(p->d.backend, "k", "v", 1, sizes[i]), BACKEND_OK);
        data_dir_again(&p->d); /* not from the cache */
        struct row *row = get_row(p->d.backend, "k");
        assert_int_equal(delete_row(p->d.backend, "k"), BACKEND_OK);
        let_it_give_back(p);
        body_is(row->blob, 1, sizes[i]);
        row_unref(row);
        let_it_give_back(p);
        assert_true(room_taken(p->chunks) <= 4096);
    }
}

static void a_body_that_no_batch_puts_is_gone(void **state)
{
    struct place *p = *state;
    struct blob *b = body_make(p->d.backend, 1, 3 * MIB, 65536);
    assert_true(room_taken(p->chunks) >= 3 * MIB);
    blob_unref(b);
    let_it_give_back(p);
    assert_int_equal(room_taken(p->chunks), 0);
    struct blob_writer *w = p->d.backend->ops->blob_writer(p->d.backend, 3 * MIB);
    char piece[65536] = "";
    for (int i = 0; i < 40; i++) {
        assert_int_equal(blob_writer_add(w, piece, sizeof(piece)), 0);
    }
    assert_true(room_taken(p->chunks) >= 2 * MIB);
    (void)blob_writer_free(w); /* whose client went away */
    assert_int_equal(room_taken(p->chunks), 0);
}

static void what_a_crash_left_is_found_behind_the_next_start(void **state)
{
    struct place *p = *state;
    struct data_dir *d = &p->d;
    fill(p, 20, 20000);
    data_dir_close(d);
    pid_t pid = fork();
    if (pid == 0) { /* a large body comes, others go: and nothing is given back */
        data_dir_open(d);
        (void)body_make(d->backend, 1, 3 * MIB, 65536);
        fail_at(p, DIRECTORY_FREE, /* times= */ 1000, EIO);
        for (int i = 0; i < 19; i++) {
            char key[16];
            (void)snprintf(key, sizeof(key), "%03d", i);
            (void)delete_row(d->backend, key);
        }
        (void)kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(room_taken(p->chunks) >= 3 * MIB + 20 * 20000);
    d->options.has_sweeper = true;
    data_dir_open(d);
    directory_wait_for_sweep(d->directory);
    assert_true(room_taken(p->chunks) <= 24576);
    row_is(d->backend, "019", "v", 19, 20000);
}

/* --- no room --- */

static enum backend_result put_says(struct place *p, const char *key, uint64_t bytes,
                                    char reason[160])
{
    struct commit c = {0};
    struct batch *batch = batch_new();
    batch_put(batch, cos_span_of(key), COS_SPAN_LIT("new"),
              body_make(p->d.backend, 1, bytes, 65536));
    (void)backend_commit(p->d.backend, batch, &c);
    memcpy(reason, c.reason, sizeof(c.reason));
    return c.result;
}

static void a_disk_that_says_no_is_a_result_with_a_reason(void **state)
{
    static const struct {
        const char *name;
        enum directory_step step;
        int number;
        enum backend_result result;
        const char *reason;
    } rows[] = {
        {"full while bytes are written", DIRECTORY_APPEND, ENOSPC, BACKEND_NO_ROOM,
         "chunks/: No space left on device"},
        {"quota", DIRECTORY_APPEND, EDQUOT, BACKEND_NO_ROOM, "chunks/: Disk quota exceeded"},
        {"read-only", DIRECTORY_APPEND, EROFS, BACKEND_IO, "chunks/: Read-only file system"},
        {"failing", DIRECTORY_APPEND, EIO, BACKEND_IO, "chunks/: Input/output error"},
        {"full while rows are kept", DIRECTORY_COMMIT, ENOSPC, BACKEND_NO_ROOM,
         "rows.db: No space left on device"},
        {"read-only rows", DIRECTORY_COMMIT, EROFS, BACKEND_IO,
         "rows.db: Read-only file system"},
    };
    struct place *p = *state;
    fill(p, 10, 5000);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char reason[160];
        fail_at(p, rows[i].step, /* times= */ 2, rows[i].number); /* the group, and alone */
        enum backend_result result = put_says(p, "005", 6000, reason);
        if (result != rows[i].result || strcmp(reason, rows[i].reason) != 0) {
            fail_msg("%s: %d %s", rows[i].name, result, reason);
        }
        row_is(p->d.backend, "005", "v", 5, 5000);
        assert_int_equal(put_says(p, "new", 6000, reason),
                         BACKEND_OK); /* there is room again */
        data_dir_again(&p->d);
        row_is(p->d.backend, "005", "v", 5, 5000);
        row_is(p->d.backend, "new", "new", 1, 6000);
        assert_int_equal(delete_row(p->d.backend, "new"), BACKEND_OK);
    }
}

static void a_group_that_fails_once_is_kept_batch_by_batch(void **state)
{
    struct place *p = *state;
    fail_at(p, DIRECTORY_COMMIT, /* times= */ 1, ENOSPC);
    fill(p, 1, 5000);
    row_is(p->d.backend, "000", "v", 0, 5000);
}

/* --- a source that ends in the middle --- */

/* Bodies of almost 1 MiB, which go to segments of 64. */
struct many {
    struct row_source source;
    struct backend *backend;
    int at, n_times, n; /* rows of a time; how often it is asked anew */
    bool fails;
};

static void many_rewind(struct row_source *source)
{
    struct many *m = (struct many *)source;
    m->at = 0;
    m->n_times++;
}

static enum backend_result many_next(struct row_source *source, struct row **out,
                                     char reason[160])
{
    struct many *m = (struct many *)source;
    char key[16];
    if (m->at == m->n) {
        (void)snprintf(reason, 160, "it ends too soon");
        return m->fails ? BACKEND_IO : BACKEND_ABSENT;
    }
    (void)snprintf(key, sizeof(key), "%03d", m->at);
    struct blob *blob = body_try(m->backend, (uint64_t)m->at++, MIB - 1, MIB);
    *out = blob == NULL ? NULL : row_new(cos_span_of(key), COS_SPAN_LIT("v"), blob, NULL);
    return *out == NULL ? BACKEND_NOMEM : BACKEND_OK;
}

static enum backend_result pour(struct place *p, struct many *m)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    m->source = (struct row_source){.rewind = many_rewind, .next = many_next};
    m->backend = p->d.backend;
    batch_delete_all(batch, COS_SPAN_EMPTY);
    batch_pour(batch, &m->source);
    return commit_batch(p->d.backend, batch);
}

static void what_a_source_gave_before_it_failed_takes_no_room(void **state)
{
    struct place *p = *state;
    struct many m = {.n = 150, .fails = true};
    fill(p, 3, 5000);
    uint64_t before = room_taken(p->chunks);
    assert_int_equal(pour(p, &m), BACKEND_IO);
    let_it_give_back(p);
    assert_int_equal(room_taken(p->chunks), before);
    row_is(p->d.backend, "002", "v", 2, 5000);
    fill(p, 4, 6000); /* where it goes on */
    data_dir_again(&p->d);
    row_is(p->d.backend, "003", "v", 3, 6000);
}

static void a_source_is_asked_anew_when_a_group_is_tried_anew(void **state)
{
    struct place *p = *state;
    struct many m = {.n = 2};
    fail_at(p, DIRECTORY_COMMIT, /* times= */ 1, EIO);
    assert_int_equal(pour(p, &m), BACKEND_OK);
    assert_int_equal(m.n_times, 2);
    row_is(p->d.backend, "001", "v", 1, MIB - 1);
    assert_string_equal(keys_of(p->d.backend, "", ""), "000 001 ");
}

static void a_large_body_finds_no_room_while_it_comes(void **state)
{
    static const struct {
        int number, expected;
    } rows[] = {{ENOSPC, BLOB_NO_ROOM}, {EIO, BLOB_IO}, {EROFS, BLOB_IO}};
    struct place *p = *state;
    char piece[65536] = "";
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct blob_writer *w = p->d.backend->ops->blob_writer(p->d.backend, 2 * MIB);
        fail_at(p, DIRECTORY_SPOOL, /* times= */ 1, rows[i].number);
        int r = 0;
        while (r == 0) {
            r = blob_writer_add(w, piece, sizeof(piece));
        }
        assert_int_equal(r, rows[i].expected);
        assert_int_equal(blob_writer_error(w), rows[i].number);
        (void)blob_writer_free(w);
        assert_int_equal(room_taken(p->chunks), 0);
    }
}

static void deletions_find_room_where_bodies_do_not(void **state)
{
    struct place *p = *state;
    char reason[160];
    fill(p, 10, 5000);
    fail_at(p, DIRECTORY_APPEND, /* times= */ 1000, ENOSPC);
    assert_int_equal(put_says(p, "new", 6000, reason), BACKEND_NO_ROOM);
    assert_int_equal(delete_row(p->d.backend, "003"), BACKEND_OK);
    assert_int_equal(put_row(p->d.backend, "x", "no body", 0, 0), BACKEND_OK);
    row_is_absent(p->d.backend, "003");
}

/* Of SQLite's own files: @ctx says how many operations there is room for yet. */
static int little_room(void *ctx, enum disk_op op, const char *name)
{
    int *left = ctx;
    if (op != DISK_WRITE) {
        return 0;
    }
    *left -= *left > 0 ? 1 : 0;
    return *left == 0 ? ENOSPC : 0;
}

static void a_disk_that_fills_up_under_the_rows_loses_nothing(void **state)
{
    for (int room = 1; room < 30; room++) {
        struct place *p = *state;
        int left = room;
        char reason[160] = "";
        unsigned n_kept = 0;
        data_dir_close(&p->d);
        disk_watch(little_room, &left);
        left = 10000;
        data_dir_open(&p->d);
        left = room;
        for (; n_kept < 40; n_kept++) {
            char key[16];
            (void)snprintf(key, sizeof(key), "%02d-%02u", room, n_kept);
            enum backend_result result = put_says(p, key, 5000, reason);
            if (result != BACKEND_OK) {
                assert_int_equal(result, BACKEND_NO_ROOM);
                assert_string_equal(
                    reason, "rows.db: no room: the disk is full, or a limit is reached");
                break;
            }
        }
        assert_true(n_kept < 40);
        left = 10000;
        assert_int_equal(put_says(p, "again", 5000, reason), BACKEND_OK);
        disk_watch(NULL, NULL);
        data_dir_again(&p->d);
        for (unsigned i = 0; i < n_kept; i++) {
            char key[16];
            (void)snprintf(key, sizeof(key), "%02d-%02u", room, i);
            row_is(p->d.backend, key, "new", 1, 5000);
        }
    }
}

/* The kernel says it, at some file of the directory: EFBIG, where a full disk says ENOSPC. */
static void what_the_kernel_refuses_loses_nothing(void **state)
{
    struct place *p = *state;
    struct rlimit before;
    char reason[160] = "";
    unsigned n_kept = 0;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit tight = {.rlim_cur = 300000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    enum backend_result result = BACKEND_OK;
    while (n_kept < 1000 && result == BACKEND_OK) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%03u", n_kept);
        result = put_says(p, key, 5000, reason);
        n_kept += result == BACKEND_OK ? 1 : 0;
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    if (result != BACKEND_NO_ROOM) {
        fail_msg("%d %s", result, reason);
    }
    assert_true(n_kept > 3);
    assert_int_equal(put_says(p, "again", 5000, reason), BACKEND_OK);
    data_dir_again(&p->d);
    for (unsigned i = 0; i < n_kept; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%03u", i);
        row_is(p->d.backend, key, "new", 1, 5000);
    }
    row_is(p->d.backend, "again", "new", 1, 5000);
}

/* No file may grow, the log included, and a deletion writes into it. */
static void a_deletion_finds_room_where_nothing_else_does(void **state)
{
    struct place *p = *state;
    struct rlimit before;
    struct stat log;
    char path[128];
    char reason[160] = "";
    fill(p, 400, 0);
    (void)snprintf(path, sizeof(path), "%s/rows.db-wal", p->d.path);
    assert_int_equal(stat(path, &log), 0);
    assert_true(log.st_size > 1 << 20); /* the slack has to fit */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit tight = {.rlim_cur = (rlim_t)log.st_size, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    enum backend_result refused = put_says(p, "more", 0, reason);
    enum backend_result deleted = delete_row(p->d.backend, "003");
    enum backend_result put = put_says(p, "again", 0, reason);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(refused, BACKEND_NO_ROOM);
    assert_int_equal(deleted, BACKEND_OK);
    assert_int_equal(put, BACKEND_OK); /* and there is room again */
    data_dir_again(&p->d);
    row_is_absent(p->d.backend, "003");
    row_is_absent(p->d.backend, "more");
    row_is(p->d.backend, "again", "new", 0, 0);
}

/* --- what cannot be read --- */

static void a_body_that_cannot_be_read_is_a_result_with_a_reason(void **state)
{
    struct place *p = *state;
    struct row *row = NULL;
    char reason[160];
    assert_int_equal(put_row(p->d.backend, "k", "v", 1, 5000), BACKEND_OK);
    data_dir_again(&p->d);
    fail_at(p, DIRECTORY_READ, /* times= */ 1, EIO);
    assert_int_equal(p->d.backend->ops->get(p->d.backend, COS_SPAN_LIT("k"), &row), BACKEND_IO);
    assert_null(row);
    directory_trouble(p->d.directory, reason);
    assert_string_equal(reason, "a file of chunks/: Input/output error");
    row_is(p->d.backend, "k", "v", 1, 5000);
}

static void a_page_that_is_garbled_is_a_reason_to_write_no_more(void **state)
{
    static const char noise[4096] = "noise";
    struct place *p = *state;
    char path[128];
    char reason[160];
    fill(p, 400, 0);
    assert_int_equal(put_row(p->d.backend, "other", "v", 0, 0), BACKEND_OK);
    data_dir_close(&p->d);
    (void)snprintf(path, sizeof(path), "%s/rows.db", p->d.path);
    int fd = open(path, O_WRONLY);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    /* the last page that was needed holds the last rows */
    assert_int_equal(pwrite(fd, noise, sizeof(noise), st.st_size - 4096), sizeof(noise));
    (void)close(fd);
    data_dir_open(&p->d);
    unsigned n_lost = 0;
    for (int i = 0; i < 400; i++) {
        struct row *row = NULL;
        char key[16];
        (void)snprintf(key, sizeof(key), "%03d", i);
        enum backend_result result =
            p->d.backend->ops->get(p->d.backend, cos_span_of(key), &row);
        assert_true(result == BACKEND_OK || result == BACKEND_IO);
        n_lost += result == BACKEND_IO ? 1 : 0;
        row_unref(row);
    }
    assert_true(n_lost > 0);
    directory_trouble(p->d.directory, reason);
    assert_string_equal(reason, "rows.db: database disk image is malformed");
    struct commit c = {0};
    assert_int_equal(put_row(p->d.backend, "late", "v", 0, 0), BACKEND_IO);
    assert_null(directory_backend(p->d.directory, COS_SPAN_LIT("a new one"), &c));
    assert_string_equal(c.reason, "rows.db: database disk image is malformed: nothing more is "
                                  "written; restore the directory from a copy");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, discard)
    const struct CMUnitTest tests[] = {
        TEST(room_of_deleted_bodies_comes_back),
        TEST(room_of_overwritten_bodies_comes_back),
        TEST(small_bodies_go_with_their_neighbours),
        TEST(what_somebody_reads_stays_until_he_is_done),
        TEST(a_body_that_no_batch_puts_is_gone),
        TEST(what_a_crash_left_is_found_behind_the_next_start),
        TEST(a_disk_that_says_no_is_a_result_with_a_reason),
        TEST(a_group_that_fails_once_is_kept_batch_by_batch),
        TEST(what_a_source_gave_before_it_failed_takes_no_room),
        TEST(a_source_is_asked_anew_when_a_group_is_tried_anew),
        TEST(a_large_body_finds_no_room_while_it_comes),
        TEST(deletions_find_room_where_bodies_do_not),
        TEST(a_disk_that_fills_up_under_the_rows_loses_nothing),
        TEST(what_the_kernel_refuses_loses_nothing),
        TEST(a_deletion_finds_room_where_nothing_else_does),
        TEST(a_body_that_cannot_be_read_is_a_result_with_a_reason),
        TEST(a_page_that_is_garbled_is_a_reason_to_write_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
