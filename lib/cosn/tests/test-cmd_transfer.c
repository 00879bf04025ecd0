/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cosn put` and `cosn get` against a service that looks, at a chosen request, at what happens
 * to the local file meanwhile. The binary is the first argument.
 */
#include "program.h"

#include <dirent.h>
#include <sched.h>

static const char *program;

static int start(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    bench_start(b, program);
    *state = b;
    return 0;
}

/* --- put: the source changes --- */

#define SMALL 3000
#define LARGE (5u << 20)

enum meddling { TRUNCATED, GROWN, REWRITTEN, REPLACED, UNTOUCHED };

struct meddler {
    const struct bench *bench;
    const char *method, *part; /* of the request at which it happens */
    enum meddling what;
    size_t size;
    bool is_done;
};

static void meddle(const struct meddler *m)
{
    char path[256], other[256];
    bench_path(path, m->bench, "local");
    bench_path(other, m->bench, "other");
    /* A file system's clock may be coarser than this test is fast. */
    const struct timespec later[] = {{.tv_sec = 4000000000}, {.tv_sec = 4000000000}};
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    switch (m->what) {
    case TRUNCATED:
        assert_int_equal(ftruncate(fd, (off_t)m->size / 2), 0);
        break;
    case GROWN:
        assert_int_equal(pwrite(fd, "more", 4, (off_t)m->size), 4);
        break;
    case REWRITTEN:
        assert_int_equal(pwrite(fd, "other", 5, (off_t)m->size - 5), 5);
        assert_int_equal(futimens(fd, later), 0);
        break;
    case REPLACED:
        bench_write_file(m->bench, "other", "new", 3);
        assert_int_equal(rename(other, path), 0);
        break;
    case UNTOUCHED:
        break;
    }
    (void)close(fd);
}

static int meddle_once(void *ctx, struct fake *f, const struct fake_request *rq,
                       struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct meddler *m = ctx;
    (void)f;
    (void)reply;
    (void)err;
    if (!m->is_done && strcmp(rq->method, m->method) == 0 &&
        strstr(rq->query, m->part) != NULL) {
        m->is_done = true;
        meddle(m);
    }
    return 0;
}

static const struct {
    const char *name, *method, *part;
    enum meddling what;
    size_t size;
    bool from_stdin, is_stored;
} meddlings[] = {
    {"small, truncated", "HEAD", "", TRUNCATED, SMALL, false, false},
    {"small, grown", "HEAD", "", GROWN, SMALL, false, false},
    {"small, rewritten", "HEAD", "", REWRITTEN, SMALL, false, false},
    {"large, truncated before the first byte", "HEAD", "", TRUNCATED, LARGE, false, false},
    {"large, truncated under way", "POST", "uploads", TRUNCATED, LARGE, false, false},
    {"large, grown under way", "PUT", "partNumber=2&", GROWN, LARGE, false, false},
    {"large, rewritten under way", "PUT", "partNumber=1&", REWRITTEN, LARGE, false, false},
    {"standard input, truncated", "HEAD", "", TRUNCATED, SMALL, true, false},
    {"large on standard input, grown", "POST", "uploads", GROWN, LARGE, true, false},
    {"small, name given to another file", "HEAD", "", REPLACED, SMALL, false, true},
    {"large, name given to another file", "POST", "uploads", REPLACED, LARGE, false, true},
    {"small, untouched", "HEAD", "", UNTOUCHED, SMALL, false, true},
    {"large, untouched", "HEAD", "", UNTOUCHED, LARGE, true, true},
    {"empty, untouched", "HEAD", "", UNTOUCHED, 0, false, true},
};

static void a_local_file_that_changes_while_it_is_read_is_not_stored(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(meddlings); i++) {
        struct bench b;
        char path[256];
        const char *name = meddlings[i].name;
        bench_start(&b, program);
        bench_path(path, &b, "local");
        bench_make_file(&b, "local", meddlings[i].size);
        struct meddler m = {.bench = &b,
                            .method = meddlings[i].method,
                            .part = meddlings[i].part,
                            .what = meddlings[i].what,
                            .size = meddlings[i].size};
        b.fake->intercept = meddle_once;
        b.fake->intercept_ctx = &m;
        bench_spawn(&b,
                    meddlings[i].from_stdin ? "put - " BUCKET_URI "/stored"
                                            : "put local " BUCKET_URI "/stored",
                    meddlings[i].from_stdin ? path : NULL, /* out_path= */ NULL);
        bench_wait(&b);
        CHECK_ROW(name, m.is_done);
        const struct fake_object *stored = fake_object(b.fake, "stored");
        if (meddlings[i].is_stored) {
            CHECK_ROW(b.err, b.exit_code == 0);
            CHECK_ROW(name, stored != NULL && stored->n == meddlings[i].size);
        } else {
            CHECK_ROW(name, b.exit_code == 1);
            CHECK_ROW(name, stored == NULL);
            CHECK_HOLDS(b.err, "changed while it was read");
            CHECK_HOLDS(b.err, meddlings[i].from_stdin ? "standard input" : "local");
        }
        CHECK_ROW(name, fake_open_uploads(b.fake) == 0);
        bench_stop(&b);
    }
}

/* Files of /proc say they are empty: what is read is what they hold. */
static void a_file_without_a_size_is_stored_as_it_reads(void **state)
{
    struct bench *b = *state;
    bench_run(b, "put /proc/self/comm " BUCKET_URI "/comm");
    assert_int_equal(b->exit_code, 0);
    assert_non_null(fake_object(b->fake, "comm"));
    assert_int_equal(fake_object(b->fake, "comm")->n, strlen("cosn\n"));
}

/* Standard input may have been read by somebody before. */
static void standard_input_is_stored_from_where_it_stands(void **state)
{
    struct bench *b = *state;
    bench_write_file(b, "local", "headtail", 8);
    char path[256];
    bench_path(path, b, "local");
    int shared = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(shared >= 0);
    assert_int_equal(lseek(shared, 4, SEEK_SET), 4);
    bench_spawn_from(b, "put - " BUCKET_URI "/tail", shared, /* out_path= */ NULL);
    bench_wait(b);
    (void)close(shared);
    CHECK_ROW(b->err, b->exit_code == 0);
    assert_string_equal(fake_object(b->fake, "tail")->bytes, "tail");
}

/* --- get: what stands there already --- */

static void seed_pattern(struct bench *b, const char *key, size_t n)
{
    char *bytes = malloc(n);
    assert_non_null(bytes);
    memset(bytes, 'x', n);
    fake_seed(b->fake, key, bytes, n);
    free(bytes);
}

static void check_file(const struct bench *b, const char *name, size_t n, unsigned mode)
{
    char path[256];
    struct stat st;
    bench_path(path, b, name);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_size, n);
    assert_int_equal(st.st_mode & 07777, mode);
}

static void get_keeps_the_mode_of_what_it_writes_over(void **state)
{
    struct bench *b = *state;
    seed_pattern(b, "there", SMALL);
    bench_write_file(b, "private", "old", 3); /* 0600 */
    bench_run(b, "get " BUCKET_URI "/there private");
    CHECK_ROW(b->err, b->exit_code == 0);
    check_file(b, "private", SMALL, 0600);
    mode_t mask = umask(027);
    bench_run(b, "get " BUCKET_URI "/there fresh");
    (void)umask(mask);
    check_file(b, "fresh", SMALL, 0640);
}

static void get_follows_a_link(void **state)
{
    struct bench *b = *state;
    char path[256];
    struct stat st;
    seed_pattern(b, "there", SMALL);
    bench_write_file(b, "target", "old", 3);
    bench_path(path, b, "link");
    bench_link(b, "link", "target");
    bench_run(b, "get " BUCKET_URI "/there link");
    CHECK_ROW(b->err, b->exit_code == 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    check_file(b, "target", SMALL, 0600);
}

static void get_writes_a_device_and_a_fifo_through(void **state)
{
    struct bench *b = *state;
    char path[256], bytes[2 * SMALL];
    struct stat st;
    seed_pattern(b, "there", SMALL);
    bench_link(b, "null", "/dev/null");
    bench_path(path, b, "null");
    bench_run(b, "get " BUCKET_URI "/there null");
    CHECK_ROW(b->err, b->exit_code == 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    bench_link(b, "out", "/dev/stdout");
    bench_run(b, "get " BUCKET_URI "/there out");
    CHECK_ROW(b->err, b->exit_code == 0);
    assert_int_equal(strlen(b->out), SMALL);
    bench_path(path, b, "fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    bench_spawn(b, "get " BUCKET_URI "/there fifo", /* in_path= */ NULL, /* out_path= */ NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got;
    while ((got = read(fd, bytes + n, sizeof(bytes) - n)) > 0) {
        n += (size_t)got;
    }
    (void)close(fd);
    bench_wait(b);
    CHECK_ROW(b->err, b->exit_code == 0);
    assert_int_equal(n, SMALL);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
}

static void a_get_that_fails_leaves_what_was_there(void **state)
{
    struct bench *b = *state;
    bench_write_file(b, "local", "old", 3);
    bench_run(b, "get " BUCKET_URI "/absent local");
    assert_int_equal(b->exit_code, 1);
    check_file(b, "local", 3, 0600);
    seed_pattern(b, "there", LARGE);
    bench_link(b, "full", "/dev/full");
    bench_run(b, "get " BUCKET_URI "/there full");
    assert_int_equal(b->exit_code, 1);
    CHECK_HOLDS(b->err, "write to full");
    bench_run(b, "get " BUCKET_URI "/there /nonexistent/local");
    assert_int_equal(b->exit_code, 1);
    CHECK_HOLDS(b->err, "/nonexistent/local");
}

/* --- signals --- */

struct killer {
    const struct bench *bench;
    const char *method, *part; /* of the request that the signal comes in */
    int signal;
    bool answers, is_done;
};

static int kill_once(void *ctx, struct fake *f, const struct fake_request *rq,
                     struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct killer *k = ctx;
    (void)f;
    (void)reply;
    (void)err;
    if (k->is_done || strcmp(rq->method, k->method) != 0 ||
        strstr(rq->query, k->part) == NULL) {
        return 0;
    }
    k->is_done = true;
    while (k->bench->pid == 0) {
        (void)sched_yield(); /* posix_spawn() is not back yet */
    }
    assert_int_equal(kill(k->bench->pid, k->signal), 0);
    return k->answers ? 0 : FAKE_NEVER_ANSWERS;
}

/* At the third block, when there are bytes on disk. */
static int kill_late(void *ctx, struct fake *f, const struct fake_request *rq,
                     struct cosn_http_reply *reply, struct cosn_error *err)
{
    return fake_count(f, "GET", /* part= */ NULL) < 3 ? 0 : kill_once(ctx, f, rq, reply, err);
}

static const struct {
    const char *name, *words, *method, *part;
    int signal;
    bool answers;
} kills[] = {
    {"put looks around", "put local " BUCKET_URI "/stored", "HEAD", "", SIGTERM, false},
    {"put sends a small file", "put small " BUCKET_URI "/stored", "PUT", "", SIGTERM, false},
    {"put begins an upload", "put local " BUCKET_URI "/stored", "POST", "uploads", SIGINT,
     false},
    {"put sends a part", "put local " BUCKET_URI "/stored", "PUT", "partNumber=2", SIGTERM,
     false},
    {"put sends a part", "put local " BUCKET_URI "/stored", "PUT", "partNumber=2", SIGINT,
     false},
    {"put sends a part", "put local " BUCKET_URI "/stored", "PUT", "partNumber=2", SIGHUP,
     false},
    {"put got a part through", "put local " BUCKET_URI "/stored", "PUT", "partNumber=3",
     SIGTERM, true},
    {"put completes", "put local " BUCKET_URI "/stored", "POST", "uploadId", SIGTERM, false},
    {"get looks", "get " BUCKET_URI "/there got", "HEAD", "", SIGTERM, false},
    {"get fetches", "get " BUCKET_URI "/there got", "GET", "", SIGTERM, false},
    {"get fetches", "get " BUCKET_URI "/there got", "GET", "", SIGINT, false},
    {"get fetches", "get " BUCKET_URI "/there got", "GET", "", SIGHUP, false},
    {"get got a block", "get " BUCKET_URI "/there got", "GET", "", SIGTERM, true},
    {"cat fetches", "cat " BUCKET_URI "/there", "GET", "", SIGTERM, false},
    {"ls waits", "ls " BUCKET_URI "/", "GET", "", SIGINT, false},
    {"rm waits", "rm " BUCKET_URI "/there", "DELETE", "", SIGINT, false},
};

static size_t files_in(const char *dir)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        n += e->d_name[0] != '.';
    }
    (void)closedir(d);
    return n;
}

static void a_signal_ends_it_and_leaves_nothing_behind(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(kills); i++) {
        struct bench b;
        const char *name = kills[i].name;
        bench_start(&b, program);
        bench_make_file(&b, "local", LARGE);
        bench_make_file(&b, "small", SMALL);
        char *there = calloc(1, LARGE);
        fake_seed(b.fake, "there", there, LARGE);
        free(there);
        size_t n_files = files_in(b.dir);
        struct killer k = {.bench = &b,
                           .method = kills[i].method,
                           .part = kills[i].part,
                           .signal = kills[i].signal,
                           .answers = kills[i].answers};
        b.fake->intercept = kill_once;
        b.fake->intercept_ctx = &k;
        bench_run(&b, kills[i].words);
        CHECK_ROW(name, k.is_done);
        CHECK_ROW(name, WIFSIGNALED(b.status) && WTERMSIG(b.status) == kills[i].signal);
        CHECK_HOLDS(b.err, "ended by signal");
        CHECK_ROW(name, fake_open_uploads(b.fake) == 0);
        CHECK_ROW(name, fake_object(b.fake, "stored") == NULL);
        CHECK_ROW(name, files_in(b.dir) == n_files);
        bench_stop(&b);
    }
}

/* /tmp may be on a file system that has no files without a name; then a name of ours is left,
 * and nothing else. */
static void a_killed_get_leaves_no_half_a_file(void **state)
{
    struct bench *b = *state;
    char path[256];
    bench_path(path, b, ".");
    int probe = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    seed_pattern(b, "there", LARGE);
    size_t n_files = files_in(b->dir);
    struct killer k = {.bench = b, .method = "GET", .part = "", .signal = SIGKILL};
    b->fake->intercept = kill_late;
    b->fake->intercept_ctx = &k;
    bench_run(b, "get " BUCKET_URI "/there got");
    assert_true(WIFSIGNALED(b->status));
    assert_int_equal(files_in(b->dir), n_files);
    DIR *d = opendir(b->dir);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        CHECK_ROW(e->d_name, probe < 0 || strncmp(e->d_name, ".tmp", 4) != 0);
    }
    (void)closedir(d);
    if (probe >= 0) {
        (void)close(probe);
    }
}

/* As nohup starts it. */
static void a_signal_that_was_ignored_stays_ignored(void **state)
{
    struct bench *b = *state;
    bench_make_file(b, "local", LARGE);
    struct killer k = {
        .bench = b, .method = "PUT", .part = "partNumber=2", .signal = SIGHUP, .answers = true};
    b->fake->intercept = kill_once;
    b->fake->intercept_ctx = &k;
    b->inherits_signals = true;
    void (*old)(int) = signal(SIGHUP, SIG_IGN);
    bench_run(b, "put local " BUCKET_URI "/stored");
    (void)signal(SIGHUP, old);
    CHECK_ROW(b->err, b->exit_code == 0);
    assert_true(k.is_done);
    assert_non_null(fake_object(b->fake, "stored"));
}

/* A producer that says nothing for hours: the read must end, too. */
static void a_signal_ends_a_wait_for_standard_input(void **state)
{
    struct bench *b = *state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    bench_spawn_from(b, "put - " BUCKET_URI "/stored", ends[0], /* out_path= */ NULL);
    char *bytes = calloc(1, 3u << 20);
    assert_int_equal(write(ends[1], bytes, 3u << 20),
                     3u << 20); /* two parts are on their way */
    free(bytes);
    assert_int_equal(kill(b->pid, SIGTERM), 0);
    bench_wait(b);
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_true(WIFSIGNALED(b->status) && WTERMSIG(b->status) == SIGTERM);
    assert_int_equal(fake_open_uploads(b->fake), 0);
    assert_null(fake_object(b->fake, "stored"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_local_file_that_changes_while_it_is_read_is_not_stored),
        cmocka_unit_test_setup_teardown(a_file_without_a_size_is_stored_as_it_reads, start,
                                        bench_close),
        cmocka_unit_test_setup_teardown(standard_input_is_stored_from_where_it_stands, start,
                                        bench_close),
        cmocka_unit_test_setup_teardown(get_keeps_the_mode_of_what_it_writes_over, start,
                                        bench_close),
        cmocka_unit_test_setup_teardown(get_follows_a_link, start, bench_close),
        cmocka_unit_test_setup_teardown(get_writes_a_device_and_a_fifo_through, start,
                                        bench_close),
        cmocka_unit_test_setup_teardown(a_get_that_fails_leaves_what_was_there, start,
                                        bench_close),
        cmocka_unit_test_setup_teardown(a_killed_get_leaves_no_half_a_file, start, bench_close),
        cmocka_unit_test(a_signal_ends_it_and_leaves_nothing_behind),
        cmocka_unit_test_setup_teardown(a_signal_that_was_ignored_stays_ignored, start,
                                        bench_close),
        cmocka_unit_test_setup_teardown(a_signal_ends_a_wait_for_standard_input, start,
                                        bench_close),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "usage: test-cosn-cmd_transfer COSN\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* it runs in another directory */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
