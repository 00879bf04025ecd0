/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every verb of `cosn` whose output cannot be written: /dev/full, a closed descriptor, a reader
 * that went away. The binary is the first argument.
 */
#include "program.h"

static const char *program;

static const char *const calls[] = {
    "ls " BUCKET_URI "/",
    "ls --json -r " BUCKET_URI "/",
    "stat " BUCKET_URI "/dir/a",
    "stat --json " BUCKET_URI "/dir/a",
    "cat " BUCKET_URI "/dir/a",
    "get " BUCKET_URI "/dir/a -",
    "get " BUCKET_URI "/dir/a link-to-stdout",
    "uploads ls " BUCKET_URI "/",
    "uploads ls --json " BUCKET_URI "/",
    "uploads abort --dry-run --older-than 0s " BUCKET_URI "/",
    "help",
    "ls --help",
    "version",
    "--version",
};

static int start(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    bench_start(b, program);
    fake_seed(b->fake, "dir/a", "12345", 5);
    b->fake->uploads[0].id = strdup("1");
    b->fake->uploads[0].key = strdup("dir/up");
    b->fake->uploads[0].is_open = true;
    b->fake->n_uploads = 1;
    bench_link(b, "link-to-stdout", "/dev/stdout");
    *state = b;
    return 0;
}

static void check_refused(const struct bench *b, const char *words)
{
    if (b->exit_code != 1) {
        fail_msg("'cosn %s' ended with %d", words, b->exit_code);
    }
    CHECK_HOLDS(b->err, "cosn");
    CHECK_ROW(words, strstr(b->err, "standard output") != NULL ||
                         strstr(b->err, "link-to-stdout") != NULL);
}

static void a_full_disk_is_a_failure(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        bench_spawn(b, calls[i], /* in_path= */ NULL, "/dev/full");
        bench_wait(b);
        check_refused(b, calls[i]);
    }
}

static void a_reader_that_went_away_is_a_failure(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        char path[256];
        bench_path(path, b, "fifo");
        (void)unlink(path);
        assert_int_equal(mkfifo(path, 0600), 0);
        int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        int writer = open(path, O_WRONLY | O_CLOEXEC);
        assert_true(reader >= 0 && writer >= 0);
        char by_number[64];
        (void)snprintf(by_number, sizeof(by_number), "/proc/self/fd/%d", writer);
        bench_spawn(b, calls[i], /* in_path= */ NULL, by_number);
        (void)close(writer);
        (void)close(reader);
        bench_wait(b);
        /* It may have been faster than we were. */
        CHECK_ROW(calls[i], b->exit_code == 0 || b->exit_code == 1);
        CHECK_ROW(calls[i], b->exit_code == 0 || b->err[0] != '\0');
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_disk_is_a_failure, start, bench_close),
        cmocka_unit_test_setup_teardown(a_reader_that_went_away_is_a_failure, start,
                                        bench_close),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "usage: test-cosn-cmd_output COSN\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* it runs in another directory */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
