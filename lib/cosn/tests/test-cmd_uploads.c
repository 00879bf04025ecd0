/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cosn uploads`: what is listed, what is aborted, and what is left alone. The binary is the
 * first argument.
 */
#include "program.h"

#include "cosbase/clock.h"

static const char *program;

#define HOUR_MS INT64_C(3600000)

/* By key, as the service keeps them. */
static void seed_upload(struct bench *b, const char *key, const char *id, int64_t age_ms)
{
    size_t u = b->fake->n_uploads++;
    b->fake->uploads[u].key = strdup(key);
    b->fake->uploads[u].id = strdup(id);
    b->fake->uploads[u].is_open = true;
    b->fake->uploads[u].initiated_unix_ms = cos_system_unix_ms() - age_ms;
}

static int start(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    bench_start(b, program);
    seed_upload(b, "dir", "id-file", 50 * HOUR_MS);
    seed_upload(b, "dir.bak/x", "id-sibling", 50 * HOUR_MS);
    seed_upload(b, "dir/a", "id-1", 50 * HOUR_MS);
    seed_upload(b, "dir/a", "id-2", HOUR_MS);
    seed_upload(b, "dir/b c+d", "id-3", 25 * HOUR_MS);
    seed_upload(b, "other", "id-other", 50 * HOUR_MS);
    *state = b;
    return 0;
}

static bool is_open(const struct bench *b, const char *id)
{
    for (size_t u = 0; u < b->fake->n_uploads; u++) {
        if (strcmp(b->fake->uploads[u].id, id) == 0) {
            return b->fake->uploads[u].is_open;
        }
    }
    return false;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

static void uploads_are_listed_by_path_and_age(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *words, *shows;
        size_t n;
    } rows[] = {
        {"uploads ls " BUCKET_URI "/", "id-other  " BUCKET_URI "/other\n", 6},
        {"uploads ls " BUCKET_URI, "id-other", 6},
        {"uploads ls " BUCKET_URI "/dir", "id-1  " BUCKET_URI "/dir/a\n", 4},
        {"uploads ls " BUCKET_URI "/dir/", "id-3  " BUCKET_URI "/dir/b c+d\n", 4},
        {"uploads ls " BUCKET_URI "/dir/a", "id-2", 2},
        {"uploads ls " BUCKET_URI "/di", "", 0},
        {"uploads ls " BUCKET_URI "/nothing", "", 0},
        {"uploads ls --older-than 2h " BUCKET_URI "/dir", "id-3", 3},
        {"uploads ls --older-than 30h " BUCKET_URI "/dir", "id-1", 2},
        {"uploads ls --older-than 3650d " BUCKET_URI "/dir", "", 0},
        {"uploads ls --json " BUCKET_URI "/dir/a",
         "{\"path\":\"" BUCKET_URI "/dir/a\",\"upload_id\":\"id-1\",\"initiated_ms\":", 2},
        {"uploads ls " BUCKET_URI "/dir " BUCKET_URI "/other", "id-other", 5},
        {"uploads ls --set remote.data.dir=" BUCKET_URI "/dir", "id-1", 4},
    };
    for (size_t page = 1; page <= 1000; page += 999) {
        b->fake->page_max = page;
        for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
            bench_run(b, rows[i].words);
            CHECK_ROW(rows[i].words, b->exit_code == 0);
            CHECK_HOLDS(b->out, rows[i].shows);
            CHECK_ROW(rows[i].words, count_lines(b->out) == rows[i].n);
        }
    }
    assert_int_equal(fake_open_uploads(b->fake), 6);
}

static void abort_takes_old_ones_of_the_path_only(void **state)
{
    struct bench *b = *state;
    bench_run(b, "uploads abort --dry-run " BUCKET_URI "/dir");
    assert_int_equal(b->exit_code, 0);
    assert_int_equal(count_lines(b->out), 3);
    CHECK_HOLDS(b->err, "3 uploads would be aborted");
    assert_int_equal(fake_count(b->fake, "DELETE", /* part= */ NULL), 0);

    bench_run(b, "uploads abort " BUCKET_URI "/dir"); /* a day, by default */
    assert_int_equal(b->exit_code, 0);
    CHECK_HOLDS(b->err, "3 uploads aborted");
    assert_true(is_open(b, "id-2") && is_open(b, "id-sibling") && is_open(b, "id-other"));
    assert_true(!is_open(b, "id-file") && !is_open(b, "id-1") && !is_open(b, "id-3"));

    bench_run(b, "uploads abort --json --older-than 0s " BUCKET_URI "/dir");
    assert_int_equal(b->exit_code, 0);
    CHECK_HOLDS(b->out, "\"upload_id\":\"id-2\"");
    CHECK_HOLDS(b->out, "\"aborted\":true");
    assert_string_equal(b->err, "");
    assert_int_equal(fake_open_uploads(b->fake), 2);
}

static int refuse_one(void *ctx, struct fake *f, const struct fake_request *rq,
                      struct cosn_http_reply *reply, struct cosn_error *err)
{
    const char *query = ctx;
    (void)f;
    (void)err;
    if (strstr(rq->query, query) == NULL || strstr(rq->query, "prefix=dir%2F") != NULL) {
        return 0;
    }
    fake_refuse(reply, 403, "AccessDenied", "Access Denied.");
    return 1;
}

static void one_that_may_not_be_aborted_does_not_save_the_others(void **state)
{
    struct bench *b = *state;
    static char query[] = "uploadId=id-1";
    b->fake->intercept = refuse_one;
    b->fake->intercept_ctx = query;
    bench_run(b, "uploads abort " BUCKET_URI "/dir");
    assert_int_equal(b->exit_code, 1);
    CHECK_HOLDS(b->err, "AccessDenied");
    CHECK_HOLDS(b->err, "2 uploads aborted");
    assert_true(is_open(b, "id-1") && !is_open(b, "id-file") && !is_open(b, "id-3"));
}

/* Below "dir" a scoped token may look, beside it not. */
static void a_scoped_token_sees_the_uploads_of_its_directory(void **state)
{
    struct bench *b = *state;
    static char query[] = "uploads";
    b->fake->intercept = refuse_one;
    b->fake->intercept_ctx = query;
    bench_run(b, "uploads ls " BUCKET_URI "/dir");
    CHECK_ROW(b->err, b->exit_code == 0);
    assert_int_equal(count_lines(b->out), 3);
    bench_run(b, "uploads ls " BUCKET_URI "/");
    assert_int_equal(b->exit_code, 1);
    CHECK_HOLDS(b->err, "AccessDenied");
}

static int kill_at_part(void *ctx, struct fake *f, const struct fake_request *rq,
                        struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct bench *b = ctx;
    (void)f;
    (void)reply;
    (void)err;
    if (strstr(rq->query, "partNumber=2") == NULL) {
        return 0;
    }
    assert_int_equal(kill(b->pid, SIGKILL), 0);
    return FAKE_NEVER_ANSWERS;
}

static void what_a_killed_put_leaves_behind_can_be_found_and_removed(void **state)
{
    struct bench *b = *state;
    bench_make_file(b, "local", 5u << 20);
    b->fake->intercept = kill_at_part;
    b->fake->intercept_ctx = b;
    bench_run(b, "put local " BUCKET_URI "/zoo");
    assert_true(WIFSIGNALED(b->status));
    b->fake->uploads[6].initiated_unix_ms = cos_system_unix_ms() - HOUR_MS;
    b->fake->intercept = NULL;
    bench_run(b, "uploads ls " BUCKET_URI "/zoo");
    assert_int_equal(count_lines(b->out), 1);
    bench_run(b, "uploads abort --older-than 10m " BUCKET_URI "/zoo");
    assert_int_equal(b->exit_code, 0);
    assert_int_equal(fake_open_uploads(b->fake), 6);
}

static void wrong_calls_say_what_would_be_right(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *words, *says;
    } rows[] = {
        {"uploads ls", "remote.data.dir"},
        {"uploads abort --older-than soon " BUCKET_URI "/", "--older-than"},
        {"uploads abort --older-than -1d " BUCKET_URI "/", "--older-than"},
        {"uploads ls --dry-run " BUCKET_URI "/", "--dry-run"},
        {"ls --older-than 1d " BUCKET_URI "/", "--older-than"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        bench_run(b, rows[i].words);
        CHECK_ROW(rows[i].words, b->exit_code == 2);
        CHECK_HOLDS(b->err, rows[i].says);
    }
    assert_int_equal(b->fake->n_requests, 0);
}

int main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, bench_close)
    const struct CMUnitTest tests[] = {
        T(uploads_are_listed_by_path_and_age),
        T(abort_takes_old_ones_of_the_path_only),
        T(one_that_may_not_be_aborted_does_not_save_the_others),
        T(a_scoped_token_sees_the_uploads_of_its_directory),
        T(what_a_killed_put_leaves_behind_can_be_found_and_removed),
        T(wrong_calls_say_what_would_be_right),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "usage: test-cosn-cmd_uploads COSN\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* it runs in another directory */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
