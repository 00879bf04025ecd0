/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers and writers over the fake service: requirements FS-002 to FS-029, FS-081, EXP-007;
 * fluss-plugin.md F10, F11, s.9.
 */
#include "fs_bench.h"

#include "cosbase/digest.h"

#include <pthread.h>

/* --- writing --- */

static int write_file(struct bench *b, const char *path, const char *bytes, size_t n,
                      size_t chunk)
{
    struct cosn_writer *w = NULL;
    int r = cosn_fs_create(b->fs, &w, path, /* overwrite= */ true, &b->err);
    for (size_t at = 0; at < n && r == 0; at += chunk) {
        size_t part = n - at < chunk ? n - at : chunk;
        r = cosn_writer_write(w, bytes + at, part, &b->err);
    }
    if (r == 0) {
        assert_int_equal(cosn_writer_position(w), (int64_t)n);
        r = cosn_writer_commit(w, &b->err);
    }
    (void)cosn_writer_free(w);
    return r;
}

static const struct {
    const char *name;
    size_t n, puts_of_object, parts, last_part;
} sizes[] = {
    {"empty", 0, 1, 0, 0},
    {"one byte", 1, 1, 0, 0},
    {"block - 1", MIB - 1, 1, 0, 0},
    {"block", MIB, 1, 0, 0},
    {"block + 1", MIB + 1, 0, 2, 1},
    {"three blocks", 3 * MIB, 0, 3, MIB},
    {"three blocks and five", 3 * MIB + 5, 0, 4, 5},
};

static void every_size_arrives_whole(void **state)
{
    static const char *const pools[][2] = {{"1", "33554432"},
                                           {"1", "1048576"},
                                           {"4", "33554432"}};
    for (size_t p = 0; p < COS_ARRAY_LEN(pools); p++) {
        for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
            bench_teardown(state);
            bench_setup(state);
            struct bench *b = *state;
            bench_set(b, "fs.cosn.upload_thread_pool", pools[p][0]);
            bench_set(b, "fs.cosn.buffer.size", pools[p][1]);
            bench_open(b);
            char *bytes = pattern(sizes[i].n);
            CHECK_ROW(sizes[i].name, write_file(b, "/dir/f", bytes, sizes[i].n, 65537) == 0);
            const struct fake_object *o = fake_object(b->fake, "dir/f");
            CHECK_ROW(sizes[i].name, o != NULL && o->n == sizes[i].n);
            CHECK_ROW(sizes[i].name, o != NULL && memcmp(o->bytes, bytes, sizes[i].n) == 0);
            CHECK_ROW(sizes[i].name,
                      fake_count(b->fake, "PUT", "partNumber") == sizes[i].parts);
            CHECK_ROW(sizes[i].name,
                      fake_count(b->fake, "PUT", /* part= */ NULL) - sizes[i].parts ==
                          sizes[i].puts_of_object);
            if (sizes[i].parts > 0) {
                CHECK_ROW(sizes[i].name,
                          b->fake->uploads[0].parts[sizes[i].parts].n == sizes[i].last_part);
            }
            CHECK_ROW(sizes[i].name, fake_open_uploads(b->fake) == 0);
            free(bytes);
        }
    }
}

static void nothing_is_visible_before_commit(void **state)
{
    struct bench *b = *state;
    char *bytes = pattern(3 * MIB);
    struct cosn_writer *w = NULL;
    assert_int_equal(cosn_fs_create(b->fs, &w, "/f", /* overwrite= */ true, &b->err), 0);
    assert_int_equal(cosn_writer_write(w, bytes, 3 * MIB, &b->err), 0);
    assert_int_equal(cosn_writer_flush(w, &b->err), 0);
    assert_null(fake_object(b->fake, "f"));
    assert_int_equal(fake_open_uploads(b->fake), 1);
    w = cosn_writer_free(w);
    assert_null(fake_object(b->fake, "f"));
    assert_int_equal(fake_open_uploads(b->fake), 0);
    assert_int_equal(fake_count(b->fake, "DELETE", "uploadId"), 1);
    free(bytes);
}

static const struct {
    const char *name, *method, *part;
    int let_pass;
} upload_failures[] = {
    {"begin", "POST", "uploads", 0},
    {"first part", "PUT", "partNumber=1", 0},
    {"last part", "PUT", "partNumber=4", 0},
    {"complete", "POST", "uploadId", 0},
};

/* F10: after a failed write, close publishes nothing. F11: whichever part fails, the upload is
 * aborted. */
static void a_failed_upload_is_final_and_leaves_nothing(void **state)
{
    char *bytes = pattern(3 * MIB + 5);
    for (size_t i = 0; i < COS_ARRAY_LEN(upload_failures); i++) {
        bench_teardown(state);
        bench_setup(state);
        struct bench *b = *state;
        bench_refuse(b, upload_failures[i].method, upload_failures[i].part, 403,
                     "AccessDenied");
        struct cosn_writer *w = NULL;
        CHECK_ROW(upload_failures[i].name,
                  cosn_fs_create(b->fs, &w, "/f", /* overwrite= */ true, &b->err) == 0);
        int written = cosn_writer_write(w, bytes, 3 * MIB + 5, &b->err);
        CHECK_ROW(upload_failures[i].name, written == 0 || written == COSN_E_DENIED);
        CHECK_ROW(upload_failures[i].name, cosn_writer_commit(w, &b->err) == COSN_E_DENIED);
        CHECK_ROW(upload_failures[i].name, cosn_writer_commit(w, &b->err) == COSN_E_DENIED);
        CHECK_ROW(upload_failures[i].name, cosn_writer_write(w, "x", 1, &b->err) < 0);
        (void)cosn_writer_free(w);
        CHECK_ROW(upload_failures[i].name, fake_object(b->fake, "f") == NULL);
        CHECK_ROW(upload_failures[i].name, fake_open_uploads(b->fake) == 0);
    }
    free(bytes);
}

static void a_second_commit_does_nothing_and_a_late_write_is_refused(void **state)
{
    struct bench *b = *state;
    struct cosn_writer *w = NULL;
    assert_int_equal(cosn_fs_create(b->fs, &w, "/f", /* overwrite= */ true, &b->err), 0);
    assert_int_equal(cosn_writer_write(w, "abc", 3, &b->err), 0);
    assert_int_equal(cosn_writer_commit(w, &b->err), 0);
    assert_int_equal(cosn_writer_commit(w, &b->err), 0);
    assert_int_equal(fake_count(b->fake, "PUT", /* part= */ NULL), 1);
    assert_int_equal(cosn_writer_write(w, "d", 1, &b->err), COSN_E_IO);
    assert_int_equal(b->err.detail, COSN_D_CLOSED);
    assert_int_equal(cosn_writer_position(w), 3);
    (void)cosn_writer_free(w);
    assert_int_equal(fake_object(b->fake, "f")->n, 3);
}

static void without_overwrite_what_is_there_stays(void **state)
{
    struct bench *b = *state;
    struct cosn_writer *w = NULL;
    fake_seed(b->fake, "f", "old", 3);
    assert_int_equal(cosn_fs_create(b->fs, &w, "/f", /* overwrite= */ false, &b->err),
                     COSN_E_EXISTS);
    /* Appears between create and commit. */
    assert_int_equal(cosn_fs_create(b->fs, &w, "/g", /* overwrite= */ false, &b->err), 0);
    fake_seed(b->fake, "g", "theirs", 6);
    assert_int_equal(cosn_writer_write(w, "mine", 4, &b->err), 0);
    assert_int_equal(cosn_writer_commit(w, &b->err), COSN_E_EXISTS);
    (void)cosn_writer_free(w);
    assert_string_equal(fake_object(b->fake, "g")->bytes, "theirs");
    assert_string_equal(fake_object(b->fake, "f")->bytes, "old");
}

static void a_directory_is_not_written_over(void **state)
{
    struct bench *b = *state;
    struct cosn_writer *w = NULL;
    fake_seed(b->fake, "d/x", "", 0);
    assert_int_equal(cosn_fs_create(b->fs, &w, "/d", /* overwrite= */ true, &b->err),
                     COSN_E_EXISTS);
    assert_int_equal(b->err.detail, COSN_D_IS_DIR);
    assert_int_equal(cosn_fs_create(b->fs, &w, "/", /* overwrite= */ true, &b->err),
                     COSN_E_EXISTS);
}

/* --- reading --- */

static void a_stream_reads_the_file_in_contiguous_ranges(void **state)
{
    struct bench *b = *state;
    static const size_t lengths[] = {0, 1, 999, 1000, 1001, 5432};
    char *bytes = pattern(6000);
    for (size_t i = 0; i < COS_ARRAY_LEN(lengths); i++) {
        size_t n = lengths[i], first_request = b->fake->n_requests;
        fake_seed(b->fake, "f", bytes, n);
        struct cosn_reader *r = NULL;
        assert_int_equal(cosn_fs_open_read(b->fs, &r, "/f", &b->err), 0);
        assert_int_equal(cosn_reader_length_bytes(r), (int64_t)n);
        char got[6000];
        size_t total = 0, part = 1;
        while (part > 0) {
            assert_int_equal(cosn_reader_read(r, got + total, 77, &part, &b->err), 0);
            total += part;
            assert_int_equal(cosn_reader_position(r), (int64_t)total);
        }
        assert_int_equal(total, n);
        assert_memory_equal(got, bytes, n);
        assert_int_equal(cosn_reader_read(r, got, 0, &part, &b->err), 0);
        r = cosn_reader_free(r);
        size_t next = 0;
        for (size_t q = first_request + 1; q < b->fake->n_requests; q++) {
            size_t a = 0, z = 0;
            assert_string_equal(b->fake->requests[q].method, "GET");
            assert_int_equal(sscanf(fake_header(&b->fake->requests[q], "Range"),
                                    "bytes=%zu-%zu", &a, &z),
                             2);
            assert_int_equal(a, next);
            next = z + 1;
        }
        assert_int_equal(next, n);
    }
    assert_int_equal(fake_count(b->fake, "PUT", /* part= */ NULL), 0);
    free(bytes);
}

static void seeking_goes_anywhere_inside(void **state)
{
    struct bench *b = *state;
    char *bytes = pattern(10000);
    fake_seed(b->fake, "f", bytes, 10000);
    struct cosn_reader *r = NULL;
    assert_int_equal(cosn_fs_open_read(b->fs, &r, "/f", &b->err), 0);
    unsigned seed = 7;
    for (int i = 0; i < 200; i++) {
        seed = seed * 1103515245u + 12345u;
        int64_t at = (int64_t)((seed >> 8) % 10001);
        char got[100];
        size_t n = 0;
        assert_int_equal(cosn_reader_seek(r, at, &b->err), 0);
        assert_int_equal(cosn_reader_read(r, got, sizeof(got), &n, &b->err), 0);
        assert_true(n > 0 || at == 10000);
        assert_memory_equal(got, bytes + at, n);
        size_t m = 0;
        assert_int_equal(cosn_reader_pread(r, got, sizeof(got), at, &m, &b->err), 0);
        assert_int_equal(m, at + 100 > 10000 ? 10000 - at : 100);
        assert_memory_equal(got, bytes + at, m);
    }
    assert_int_equal(cosn_reader_seek(r, -1, &b->err), COSN_E_INVALID);
    assert_int_equal(cosn_reader_seek(r, 10001, &b->err), COSN_E_INVALID);
    (void)cosn_reader_free(r);
    free(bytes);
}

static void a_directory_or_nothing_is_not_opened(void **state)
{
    struct bench *b = *state;
    struct cosn_reader *r = NULL;
    fake_seed(b->fake, "d/x", "", 0);
    assert_int_equal(cosn_fs_open_read(b->fs, &r, "/none", &b->err), COSN_E_NOT_FOUND);
    assert_int_equal(cosn_fs_open_read(b->fs, &r, "/d", &b->err), COSN_E_EXISTS);
    assert_int_equal(b->err.detail, COSN_D_IS_DIR);
    assert_int_equal(cosn_fs_open_read(b->fs, &r, "/", &b->err), COSN_E_EXISTS);
}

static int read_to_end(struct bench *b, struct cosn_reader *r)
{
    char got[256];
    size_t n = 1;
    int status = 0;
    while (status == 0 && n > 0) {
        status = cosn_reader_read(r, got, sizeof(got), &n, &b->err);
    }
    return status;
}

static void a_file_replaced_while_read_is_an_error_and_no_mixture(void **state)
{
    struct bench *b = *state;
    char *bytes = pattern(5000);
    fake_seed(b->fake, "f", bytes, 5000);
    struct cosn_reader *r = NULL;
    char got[10];
    size_t n = 0;
    assert_int_equal(cosn_fs_open_read(b->fs, &r, "/f", &b->err), 0);
    assert_int_equal(cosn_reader_read(r, got, sizeof(got), &n, &b->err), 0);
    bytes[4999] ^= 1;
    fake_seed(b->fake, "f", bytes, 5000);
    assert_int_equal(read_to_end(b, r), COSN_E_IO);
    CHECK_HOLDS(b->err.message, "changed while it was being read");
    (void)cosn_reader_free(r);
    free(bytes);
}

/* A HEAD that announces a CRC-64 that the bytes do not have: the same as bytes damaged on the
 * way. */
static int wrong_crc(void *ctx, struct fake *f, const struct fake_request *rq,
                     struct cosn_http_reply *reply, struct cosn_error *err)
{
    (void)ctx;
    (void)err;
    if (strcmp(rq->method, "HEAD") != 0) {
        return 0;
    }
    const struct fake_object *o = fake_object(f, rq->path + 1);
    char md5[33];
    cos_md5_hex(md5, o->bytes, o->n);
    const char *const headers[][2] = {{"x-cos-request-id", "NjA0NGFjMmFfZTViOTJhMDk="},
                                      {"ETag", md5},
                                      {"Content-Length", "5000"},
                                      {"x-cos-hash-crc64ecma", "1"}};
    for (size_t i = 0; i < COS_ARRAY_LEN(headers); i++) {
        assert_int_equal(cosn_http_reply_add_header(reply, headers[i][0], strlen(headers[i][0]),
                                                    headers[i][1], strlen(headers[i][1])),
                         0);
    }
    reply->status = 200;
    return 1;
}

static void damaged_bytes_never_end_well(void **state)
{
    struct bench *b = *state;
    char *bytes = pattern(5000);
    fake_seed(b->fake, "f", bytes, 5000);
    b->fake->intercept = wrong_crc;
    struct cosn_reader *r = NULL;
    assert_int_equal(cosn_fs_open_read(b->fs, &r, "/f", &b->err), 0);
    assert_int_equal(read_to_end(b, r), COSN_E_PROTOCOL);
    assert_int_equal(b->err.detail, COSN_D_CHECKSUM);
    assert_int_equal(read_to_end(b, r), COSN_E_PROTOCOL);
    (void)cosn_reader_free(r);
    free(bytes);
}

/* --- together --- */

struct job {
    struct cosn_fs *fs;
    int number;
    int failures;
};

static void *write_and_read(void *arg)
{
    struct job *j = arg;
    for (int i = 0; i < 20; i++) {
        char path[64], bytes[3000], got[3000];
        struct cosn_writer *w = NULL;
        struct cosn_reader *r = NULL;
        size_t n = 0, total = 0;
        (void)snprintf(path, sizeof(path), "/t/%d-%d", j->number, i);
        memset(bytes, j->number * 20 + i, sizeof(bytes));
        bool ok =
            cosn_fs_create(j->fs, &w, path, /* overwrite= */ false, /* err= */ NULL) == 0 &&
            cosn_writer_write(w, bytes, sizeof(bytes), NULL) == 0 &&
            cosn_writer_commit(w, NULL) == 0 && cosn_fs_open_read(j->fs, &r, path, NULL) == 0;
        while (ok && total < sizeof(got)) {
            ok = cosn_reader_read(r, got + total, sizeof(got) - total, &n, NULL) == 0 && n > 0;
            total += n;
        }
        j->failures += ok && memcmp(got, bytes, sizeof(got)) == 0 ? 0 : 1;
        (void)cosn_reader_free(r);
        (void)cosn_writer_free(w);
    }
    return NULL;
}

static void one_filesystem_serves_many_threads(void **state)
{
    struct bench *b = *state;
    struct job jobs[8];
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) {
        jobs[i] = (struct job){b->fs, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, &jobs[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(jobs[i].failures, 0);
    }
}

/* A token for uploads: PutObject and the multipart actions, as in the action list of the
 * official STS demos. */
static int allow_uploads_only(void *ctx, struct fake *f, const struct fake_request *rq,
                              struct cosn_http_reply *reply, struct cosn_error *err)
{
    const char *code = ctx;
    (void)f;
    (void)err;
    bool is_look = strcmp(rq->method, "HEAD") == 0 || strcmp(rq->method, "GET") == 0;
    if (!is_look) {
        return 0;
    }
    fake_refuse(reply, 403, strcmp(rq->method, "HEAD") == 0 ? NULL : code, "m");
    return 1;
}

static void a_token_for_uploads_only_can_overwrite(void **state)
{
    struct bench *b = *state;
    char *bytes = pattern(3 * MIB);
    b->fake->intercept = allow_uploads_only;
    char code[] = "AccessDenied";
    b->fake->intercept_ctx = code;
    static const size_t lengths[] = {0, 1000, 3 * MIB};
    for (size_t i = 0; i < COS_ARRAY_LEN(lengths); i++) {
        assert_int_equal(write_file(b, "/d/f", bytes, lengths[i], MIB / 2), 0);
        assert_int_equal(fake_object(b->fake, "d/f")->n, lengths[i]);
    }
    struct cosn_writer *w = NULL;
    assert_int_equal(cosn_fs_create(b->fs, &w, "/d/f", /* overwrite= */ false, &b->err),
                     COSN_E_DENIED);
    free(bytes);
}

static void a_refused_key_ends_a_write_before_it_begins(void **state)
{
    struct bench *b = *state;
    b->fake->intercept = allow_uploads_only;
    char code[] = "SignatureDoesNotMatch";
    b->fake->intercept_ctx = code;
    struct cosn_writer *w = NULL;
    assert_int_equal(cosn_fs_create(b->fs, &w, "/d/f", /* overwrite= */ true, &b->err),
                     COSN_E_DENIED);
    assert_int_equal(b->err.detail, COSN_D_AUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_size_arrives_whole),
        T(nothing_is_visible_before_commit),
        T(a_failed_upload_is_final_and_leaves_nothing),
        T(a_second_commit_does_nothing_and_a_late_write_is_refused),
        T(without_overwrite_what_is_there_stays),
        T(a_directory_is_not_written_over),
        T(a_stream_reads_the_file_in_contiguous_ranges),
        T(seeking_goes_anywhere_inside),
        T(a_directory_or_nothing_is_not_opened),
        T(a_file_replaced_while_read_is_an_error_and_no_mixture),
        T(damaged_bytes_never_end_well),
        T(one_filesystem_serves_many_threads),
        T(a_token_for_uploads_only_can_overwrite),
        T(a_refused_key_ends_a_write_before_it_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
