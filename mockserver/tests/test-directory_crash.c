/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Killed at any moment, a directory is as it was behind one of its batches: all of each batch
 * that was acknowledged, nothing of a half one. A child writes batches, several at a time,
 * until it is killed at a step that a seed chose, some of SQLite's own writes cut in half;
 * then the parent opens what is left and compares it with a plain model. With the power gone
 * instead (the tail of the log is cut or garbled) it is behind some earlier batch.
 *     test-mock-directory_crash FIXTURES [ROUNDS]
 */
#include "data_dir.h"
#include "disk.h"

#include "cosbase/alloc.h"
#include "cosbase/rng.h"
#include "store/directory_care.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { N_KEYS = 30, IN_FLIGHT = 6, BATCHES_MAX = 60 };

static unsigned long n_rounds = 24;

/* --- the model --- */

struct model_row {
    bool is_there;
    uint64_t seed, bytes; /* of its body; the value says the same */
};
struct model {
    struct model_row rows[N_KEYS];
};

static void key_of(char out[16], uint64_t i)
{
    (void)snprintf(out, 16, "%c/%02d", (char)('a' + i % 3), (int)i);
}

static void value_of(char out[64], const struct model_row *row)
{
    (void)snprintf(out, 64, "%llu %llu", (unsigned long long)row->seed,
                   (unsigned long long)row->bytes);
}

/*
 * Batch number @n of a run: the same for who writes it and for who checks it. @batch NULL: only
 * the model changes. A row that is copied shares the bytes of the other one.
 */
static void make_batch(struct model *m, uint64_t run, uint64_t n, struct backend *b,
                       struct batch *batch)
{
    static const uint64_t sizes[] = {0, 10, 3000, 5000, 70000, 1200000};
    struct cos_rng *rng = cos_rng_new(run * 100003 + n + 1);
    assert_non_null(rng);
    for (uint64_t left = 1 + cos_rng_below(rng, 4); left > 0; left--) {
        char key[16];
        uint64_t i = cos_rng_below(rng, N_KEYS);
        uint64_t what = cos_rng_below(rng, 20);
        key_of(key, i);
        if (what < 12) {
            char value[64];
            m->rows[i] = (struct model_row){true, run * 1000 + n * 10 + left,
                                            sizes[cos_rng_below(rng, what == 0 ? 6 : 5)]};
            value_of(value, &m->rows[i]);
            if (batch != NULL) {
                uint64_t bytes = m->rows[i].bytes;
                batch_put(batch, cos_span_of(key), cos_span_of(value),
                          bytes == 0 ? NULL : body_make(b, m->rows[i].seed, bytes, 65536));
            }
        } else if (what < 19) {
            m->rows[i].is_there = false;
            if (batch != NULL) {
                batch_delete(batch, cos_span_of(key));
            }
        } else {
            for (size_t j = i % 3; j < N_KEYS; j += 3) {
                m->rows[j].is_there = false;
            }
            if (batch != NULL) {
                batch_delete_all(batch, cos_span_make(key, 2));
            }
        }
    }
    (void)cos_rng_free(rng);
}

static enum scan_next compare(void *ctx, struct row *row, struct cos_span *seek)
{
    struct model *left = ctx;
    for (size_t i = 0; i < N_KEYS; i++) {
        char key[16];
        char value[64];
        key_of(key, i);
        value_of(value, &left->rows[i]);
        if (left->rows[i].is_there && cos_span_eq_str(row_key(row), key) &&
            cos_span_eq_str(row_value(row), value)) {
            left->rows[i].is_there = false;
            return SCAN_NEXT;
        }
    }
    return SCAN_STOP; /* not in the model */
}

/* Whether the rows are those of @m, bodies aside. */
static bool is_model(struct backend *b, const struct model *m)
{
    struct model left = *m;
    size_t n = 0;
    for (size_t i = 0; i < N_KEYS; i++) {
        n += m->rows[i].is_there ? 1 : 0;
    }
    assert_int_equal(b->ops->scan(b, COS_SPAN_EMPTY, COS_SPAN_EMPTY, compare, &left),
                     BACKEND_OK);
    for (size_t i = 0; i < N_KEYS; i++) {
        if (left.rows[i].is_there) {
            return false;
        }
    }
    const char *keys = keys_of(b, "", "");
    for (; *keys != '\0'; keys++) {
        n -= *keys == ' ' ? 1 : 0;
    }
    return n == 0;
}

static void bodies_are_whole(struct backend *b, const struct model *m)
{
    for (size_t i = 0; i < N_KEYS; i++) {
        if (m->rows[i].is_there) {
            char key[16];
            char value[64];
            key_of(key, i);
            value_of(value, &m->rows[i]);
            row_is(b, key, value, m->rows[i].seed, m->rows[i].bytes);
        }
    }
}

/* --- the child --- */

/* When it dies. */
struct fate {
    uint64_t steps_left; /* atomic; 0: never */
    bool tears;          /* a write of SQLite's */
};

static bool is_due(struct fate *fate)
{
    return __atomic_load_n(&fate->steps_left, __ATOMIC_RELAXED) > 0 &&
           __atomic_sub_fetch(&fate->steps_left, 1, __ATOMIC_RELAXED) == 0;
}

static int at_step(void *ctx, enum directory_step step)
{
    if (is_due(ctx)) {
        (void)kill(getpid(), SIGKILL);
    }
    return 0;
}

static int at_disk(void *ctx, enum disk_op op, const char *name)
{
    struct fate *fate = ctx;
    if (!is_due(fate)) {
        return 0;
    }
    if (!fate->tears || op != DISK_WRITE) {
        (void)kill(getpid(), SIGKILL);
    }
    return DISK_TEAR;
}

struct flight {
    struct commit commit;
    int fd;
    uint8_t n; /* of the batch */
    bool is_busy;
};
static pthread_mutex_t flight_lock = PTHREAD_MUTEX_INITIALIZER; /* guards every is_busy */
static pthread_cond_t flight_landed = PTHREAD_COND_INITIALIZER;

/* The parent is told, and from then on relies on it. */
static void acknowledge(struct commit *c)
{
    struct flight *f = c->ctx;
    if (c->result != BACKEND_OK || write(f->fd, &f->n, 1) != 1) {
        _exit(3);
    }
    (void)pthread_mutex_lock(&flight_lock);
    f->is_busy = false;
    (void)pthread_cond_broadcast(&flight_landed);
    (void)pthread_mutex_unlock(&flight_lock);
}

static void wait_for(struct flight *f)
{
    (void)pthread_mutex_lock(&flight_lock);
    while (f->is_busy) {
        (void)pthread_cond_wait(&flight_landed, &flight_lock);
    }
    (void)pthread_mutex_unlock(&flight_lock);
}

static void write_batches(struct data_dir *d, struct model *m, uint64_t run, int fd)
{
    static struct flight flights[IN_FLIGHT];
    for (uint64_t n = 0; n < BATCHES_MAX; n++) {
        struct flight *f = &flights[n % IN_FLIGHT];
        wait_for(f);
        *f = (struct flight){.commit = {.done = acknowledge, .ctx = f},
                             .fd = fd,
                             .n = (uint8_t)n,
                             .is_busy = true};
        struct batch *batch = batch_new();
        make_batch(m, run, n, d->backend, batch);
        if (d->backend->ops->commit(d->backend, batch, &f->commit)) {
            acknowledge(&f->commit);
        }
    }
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        wait_for(&flights[i]);
    }
}

/* How many batches it acknowledged before its end. */
static unsigned live_and_die(struct data_dir *d, const struct model *m, uint64_t run,
                             disk_hook *hook, void *ctx)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct model mine = *m;
        disk_watch(hook, ctx);
        data_dir_open(d);
        write_batches(d, &mine, run, fds[1]);
        (void)kill(getpid(), SIGKILL);
    }
    (void)close(fds[1]);
    unsigned acknowledged = 0;
    uint8_t n;
    while (read(fds[0], &n, 1) == 1) {
        assert_int_equal(n, acknowledged); /* in their order */
        acknowledged++;
    }
    (void)close(fds[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return acknowledged;
}

/* @m becomes what is there, which is the state behind @least batches of the run, or more. */
static unsigned recover(struct data_dir *d, struct model *m, uint64_t run, unsigned least)
{
    data_dir_open(d);
    for (unsigned n = 0; n <= BATCHES_MAX; n++) {
        if (n >= least && is_model(d->backend, m)) {
            bodies_are_whole(d->backend, m);
            data_dir_close(d);
            return n;
        }
        make_batch(m, run, n, /* backend= */ NULL, /* batch= */ NULL);
    }
    fail_msg("run %llu: the rows are not those behind batch %u or a later one",
             (unsigned long long)run, least);
    return 0;
}

static void what_was_acknowledged_survives_the_process(void **state)
{
    struct data_dir d;
    struct model m = {0};
    unsigned n_acknowledged = 0;
    data_dir_make(&d);
    data_dir_close(&d);
    for (uint64_t run = 1; run <= n_rounds; run++) {
        struct cos_rng *rng = cos_rng_new(run);
        struct fate fate = {.steps_left = 1 + cos_rng_below(rng, 400),
                            .tears = cos_rng_below(rng, 2) == 0};
        d.options.survives_power = cos_rng_below(rng, 4) == 0;
        d.options.has_sweeper = cos_rng_below(rng, 2) == 0;
        (void)cos_rng_free(rng);
        d.options.step = at_step;
        d.options.step_ctx = &fate;
        unsigned acknowledged = live_and_die(&d, &m, run, at_disk, &fate);
        d.options.step = NULL;
        d.options.has_sweeper = run % 2 == 0;
        (void)recover(&d, &m, run, acknowledged);
        n_acknowledged += acknowledged;
    }
    assert_true(n_acknowledged > n_rounds); /* there was something to lose */
    data_dir_remove(&d);
}

/* --- the power goes --- */

/* What the disk has been told to keep; a page that parent and child share. */
struct disk_state {
    uint64_t log_synced; /* bytes of the log */
    struct fate fate;
    bool dies_at_sync; /* of the log: then there is something to lose */
};

static uint64_t log_bytes(const struct data_dir *d)
{
    char path[128];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/rows.db-wal", d->path);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static const struct data_dir *the_dir;

static int at_power(void *ctx, enum disk_op op, const char *name)
{
    struct disk_state *disk = ctx;
    bool is_log_sync = op == DISK_SYNC && strstr(name, "-wal") != NULL;
    if ((is_log_sync || !disk->dies_at_sync) && is_due(&disk->fate)) {
        (void)kill(getpid(), SIGKILL);
    }
    if (is_log_sync) {
        disk->log_synced = log_bytes(the_dir);
    }
    return 0;
}

/*
 * Of what the disk was not told to keep, some did not come to it: the file is shorter, or a
 * sector is empty, or is something else. The log's head is one sector: it is there or not.
 */
static void lose_log(const struct data_dir *d, uint64_t synced, struct cos_rng *rng)
{
    enum { HEAD = 32, SECTOR = 512 };
    uint8_t noise[SECTOR] = {0};
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/rows.db-wal", d->path);
    uint64_t end = log_bytes(d);
    if (end == synced) {
        return;
    }
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    uint64_t at = synced + cos_rng_below(rng, end - synced);
    uint64_t how = cos_rng_below(rng, 3);
    if (how == 0) {
        assert_int_equal(ftruncate(fd, (off_t)at), 0);
    } else {
        uint64_t sector = at / SECTOR * SECTOR;
        at = sector < synced ? synced : sector;
        uint64_t n = sector + SECTOR < end ? sector + SECTOR - at : end - at;
        if (how == 2 && at >= HEAD) {
            cos_rng_fill(rng, noise, sizeof(noise));
        }
        assert_int_equal(pwrite(fd, noise, n, (off_t)at), n);
    }
    (void)close(fd);
}

static void what_was_acknowledged_survives_the_power(void **state)
{
    struct disk_state *disk = mmap(NULL, sizeof(*disk), PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, /* fd= */ -1, /* offset= */ 0);
    assert_true(disk != MAP_FAILED);
    unsigned n_torn = 0;
    for (uint64_t run = 1; run <= n_rounds / 2; run++) {
        struct data_dir d;
        struct model m = {0};
        struct cos_rng *rng = cos_rng_new(run + 5000);
        data_dir_make(&d);
        data_dir_close(&d);
        d.options.survives_power = true;
        the_dir = &d;
        bool dies_at_sync = run % 2 == 0;
        uint64_t steps = dies_at_sync ? cos_rng_below(rng, 8) : 20 + cos_rng_below(rng, 200);
        *disk = (struct disk_state){.fate = {.steps_left = 1 + steps},
                                    .dies_at_sync = dies_at_sync};
        unsigned acknowledged = live_and_die(&d, &m, run, at_power, disk);
        n_torn += log_bytes(&d) > disk->log_synced ? 1 : 0;
        lose_log(&d, disk->log_synced, rng);
        (void)recover(&d, &m, run, acknowledged);
        (void)cos_rng_free(rng);
        data_dir_remove(&d);
    }
    assert_true(n_torn > n_rounds / 8); /* there was something to tear */
    (void)munmap(disk, sizeof(*disk));
}

static void a_log_whose_head_never_came_is_an_empty_one(void **state)
{
    static const char nothing[512];
    struct disk_state disk = {.fate = {.steps_left = 1}, .dies_at_sync = true};
    struct data_dir d;
    struct model m = {0};
    char path[128];
    data_dir_make(&d);
    data_dir_close(&d);
    d.options.survives_power = true;
    the_dir = &d;
    assert_int_equal(live_and_die(&d, &m, /* run= */ 1, at_power, &disk), 0);
    assert_true(log_bytes(&d) > 0);
    (void)snprintf(path, sizeof(path), "%s/rows.db-wal", d.path);
    int fd = open(path, O_WRONLY);
    size_t n = log_bytes(&d) < sizeof(nothing) ? (size_t)log_bytes(&d) : sizeof(nothing);
    assert_int_equal(pwrite(fd, nothing, n, /* offset= */ 0), n);
    (void)close(fd);
    assert_int_equal(recover(&d, &m, /* run= */ 1, /* least= */ 0), 0);
    data_dir_remove(&d);
}

/* --- compacting --- */

enum { N_COMPACTED = 40, LEFT_EVERY = 8, COMPACTED_BYTES = 20000 };

/* Most of its only segment is of no use, and some rows have the same bytes. */
static void make_sparse(struct data_dir *d)
{
    char key[16];
    data_dir_make(d);
    for (uint64_t i = 0; i < N_COMPACTED; i++) {
        key_of(key, i);
        assert_int_equal(put_row(d->backend, key, "v", i, COMPACTED_BYTES), BACKEND_OK);
    }
    struct row *row = get_row(d->backend, "a/00");
    struct batch *batch = batch_new();
    batch_put(batch, COS_SPAN_LIT("same"), COS_SPAN_LIT("v"), blob_ref(row->blob));
    assert_int_equal(commit_batch(d->backend, batch), BACKEND_OK);
    row_unref(row);
    for (uint64_t i = 0; i < N_COMPACTED; i++) {
        key_of(key, i);
        if (i % LEFT_EVERY != 0) {
            assert_int_equal(delete_row(d->backend, key), BACKEND_OK);
        }
    }
    data_dir_close(d);
}

/* Whether it was killed before it was done. */
static bool dies_compacting(struct data_dir *d, struct fate *fate)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct commit c = {0};
        disk_watch(at_disk, fate);
        d->options.step = at_step;
        d->options.step_ctx = fate;
        data_dir_open(d);
        enum backend_result r = directory_compact(d->directory, /* progress= */ NULL, &c);
        data_dir_close(d);
        _exit(r == BACKEND_OK ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL);
    return WIFSIGNALED(status);
}

static void fail_on_complaint(void *ctx, const char *text)
{
    fail_msg("killed at step %llu: %s", (unsigned long long)*(uint64_t *)ctx, text);
}

static void all_is_there(struct data_dir *d, uint64_t step)
{
    const struct directory_check check = {.complaint = fail_on_complaint, .ctx = &step};
    struct commit c = {0};
    data_dir_open(d);
    assert_int_equal(directory_check(d->directory, &check, &c), BACKEND_OK);
    for (uint64_t i = 0; i < N_COMPACTED; i++) {
        char key[16];
        key_of(key, i);
        if (i % LEFT_EVERY == 0) {
            row_is(d->backend, key, "v", i, COMPACTED_BYTES);
        } else {
            row_is_absent(d->backend, key);
        }
    }
    row_is(d->backend, "same", "v", 0, COMPACTED_BYTES);
    data_dir_close(d);
}

/* At every step and every write of SQLite's, of which every other one is cut in half. */
static void compacting_loses_nothing_wherever_it_is_killed(void **state)
{
    bool is_killed = true;
    uint64_t step = 1;
    for (; is_killed; step++) {
        struct data_dir d;
        struct fate fate = {.steps_left = step, .tears = step % 2 == 0};
        make_sparse(&d);
        is_killed = dies_compacting(&d, &fate);
        all_is_there(&d, step);
        data_dir_remove(&d);
    }
    assert_true(step > 20); /* there were places to be killed at */
}

/* --- the order of things --- */

static struct {
    char text[256];
    size_t n;
    bool is_full; /* more than that happened */
} seen;

/* On the writer's thread. */
static void see(char what)
{
    seen.is_full = seen.n + 1 == sizeof(seen.text);
    if (!seen.is_full && (seen.n == 0 || seen.text[seen.n - 1] != what)) {
        seen.text[seen.n++] = what;
        seen.text[seen.n] = '\0';
    }
}

static int see_step(void *ctx, enum directory_step step)
{
    static const char names[] = {
        [DIRECTORY_SPOOL] = 'P',       [DIRECTORY_APPEND] = 'A', [DIRECTORY_SYNC] = 'S',
        [DIRECTORY_SYNC_FOLDER] = 'F', [DIRECTORY_COMMIT] = 'C', [DIRECTORY_COMMITTED] = 'K',
        [DIRECTORY_READ] = 'R',        [DIRECTORY_FREE] = 'X'};
    see(names[step]);
    return 0;
}

static int see_disk(void *ctx, enum disk_op op, const char *name)
{
    see(op == DISK_SYNC ? 'y' : 'w');
    return 0;
}

static void bytes_are_on_the_disk_before_rows_and_rows_before_anybody_is_told(void **state)
{
    static const struct {
        const char *name;
        bool survives_power;
        uint64_t bytes;
        const char *expected
            [2]; /* of the first one, before which the log gets its head, and of the next */
    } rows[] = {
        {"small, process", false, 5000, {"ACwywK", "ACwK"}},
        {"large, process", false, 2u << 20, {"PCwywK", "PCwK"}},
        {"none, process", false, 0, {"CwywK", "CwK"}},
        {"small, power", true, 5000, {"ASFCwywyK", "ASCwyK"}},
        {"large, power", true, 2u << 20, {"PSFCwywyK", "PSFCwyK"}},
        {"none, power", true, 0, {"CwywyK", "CwyK"}},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct data_dir d;
        data_dir_make(&d);
        data_dir_close(&d);
        d.options.survives_power = rows[i].survives_power;
        d.options.step = see_step;
        disk_watch(see_disk, NULL);
        data_dir_open(&d);
        for (size_t j = 0; j < 2; j++) {
            seen.n = 0;
            seen.text[0] = '\0';
            assert_int_equal(put_row(d.backend, j == 0 ? "a" : "b", "v", 1, rows[i].bytes),
                             BACKEND_OK);
            assert_false(seen.is_full);
            if (strcmp(seen.text, rows[i].expected[j]) != 0) {
                fail_msg("%s, %zu: %s", rows[i].name, j, seen.text);
            }
        }
        disk_watch(NULL, NULL);
        data_dir_remove(&d);
    }
}

int main(int argc, char *argv[])
{
    if (argc == 3) {
        n_rounds = strtoul(argv[2], NULL, 10);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_the_process),
        cmocka_unit_test(what_was_acknowledged_survives_the_power),
        cmocka_unit_test(a_log_whose_head_never_came_is_an_empty_one),
        cmocka_unit_test(compacting_loses_nothing_wherever_it_is_killed),
        cmocka_unit_test(bytes_are_on_the_disk_before_rows_and_rows_before_anybody_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
