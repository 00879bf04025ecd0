/* SPDX-License-Identifier: Apache-2.0 */
/* Opens data directories, fills them with rows and bodies, and reads them back. */
#include "data_dir.h"

#include "cosbase/buf.h"
#include "cosbase/file.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

void data_dir_open(struct data_dir *d)
{
    struct directory_error err = {0};
    struct commit c = {0};
    d->directory = directory_open(d->path, &d->options, &err);
    if (d->directory == NULL) {
        fail_msg("%s", err.message);
    }
    d->backend = directory_backend(d->directory, COS_SPAN_LIT("tenant"), &c);
    if (d->backend == NULL) {
        fail_msg("%s", c.reason);
    }
}

void data_dir_make(struct data_dir *d)
{
    *d = (struct data_dir){.options = DIRECTORY_OPTIONS_DEFAULT};
    d->options.has_sweeper = false;
    scratch_make(&d->scratch);
    (void)snprintf(d->path, sizeof(d->path), "%s/data", d->scratch.path);
    data_dir_open(d);
}

void data_dir_close(struct data_dir *d)
{
    if (d->backend != NULL) {
        d->backend = d->backend->ops->free(d->backend);
    }
    d->directory = directory_close(d->directory);
}

void data_dir_again(struct data_dir *d)
{
    data_dir_close(d);
    data_dir_open(d);
}

void data_dir_die(struct data_dir *d, void (*life)(struct data_dir *d))
{
    data_dir_close(d);
    pid_t pid = fork();
    if (pid == 0) {
        data_dir_open(d);
        life(d);
        (void)kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The order of names does not count. */
void fingerprint_add(uint8_t sum[COS_SHA256_BYTES], const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    const struct dirent *e;
    while ((e = readdir(dir)) != NULL) {
        char name[512];
        char hex[65];
        uint8_t one[COS_SHA256_BYTES];
        struct stat st;
        (void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        assert_int_equal(lstat(name, &st), 0);
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            fingerprint_add(sum, name);
            continue;
        }
        char text[700];
        (void)snprintf(hex, sizeof(hex), "no file, of mode %o", (unsigned)st.st_mode);
        assert_true(!S_ISREG(st.st_mode) || cos_file_sha256(hex, name) == 0);
        int n = snprintf(text, sizeof(text), "%s %s", name, hex);
        cos_sha256(one, text, (size_t)n);
        for (size_t i = 0; i < sizeof(one); i++) {
            sum[i] ^= one[i];
        }
    }
    (void)closedir(dir);
}

void data_dir_remove(struct data_dir *d)
{
    data_dir_close(d);
    scratch_remove(&d->scratch);
}

int data_dir_setup(void **state)
{
    struct data_dir *d = calloc(1, sizeof(*d));
    assert_non_null(d);
    data_dir_make(d);
    *state = d;
    return 0;
}

int data_dir_teardown(void **state)
{
    data_dir_remove(*state);
    free(*state);
    return 0;
}

uint8_t body_byte(uint64_t seed, uint64_t i)
{
    return (uint8_t)((i + seed * 7919) * 2654435761u >> 24);
}

struct blob *body_try(struct backend *b, uint64_t seed, uint64_t n, size_t step)
{
    uint8_t piece[65536];
    struct blob_writer *w = b->ops->blob_writer(b, n);
    for (uint64_t at = 0; at < n;) {
        size_t take = n - at < step ? (size_t)(n - at) : step;
        take = take < sizeof(piece) ? take : sizeof(piece);
        for (size_t i = 0; i < take; i++) {
            piece[i] = body_byte(seed, at + i);
        }
        if (w == NULL || blob_writer_add(w, piece, take) < 0) {
            (void)blob_writer_free(w);
            return NULL;
        }
        at += take;
    }
    return w == NULL ? NULL : blob_writer_done(w);
}

struct blob *body_make(struct backend *b, uint64_t seed, uint64_t n, size_t step)
{
    struct blob *blob = body_try(b, seed, n, step);
    assert_non_null(blob);
    return blob;
}

void body_is(const struct blob *blob, uint64_t seed, uint64_t n)
{
    uint8_t piece[65536];
    assert_int_equal(blob_bytes(blob), n);
    for (uint64_t at = 0; at < n;) {
        int64_t got = blob_read(blob, at, piece, sizeof(piece));
        if (got <= 0) {
            fail_msg("byte %llu cannot be read: %lld", (unsigned long long)at, (long long)got);
        }
        for (int64_t i = 0; i < got; i++) {
            if (piece[i] != body_byte(seed, at + (uint64_t)i)) {
                fail_msg("byte %llu differs", (unsigned long long)at + (unsigned long long)i);
            }
        }
        at += (uint64_t)got;
    }
}

enum backend_result commit_batch(struct backend *b, struct batch *batch)
{
    struct commit c = {0};
    return backend_commit(b, batch, &c);
}

enum backend_result put_row(struct backend *b, const char *key, const char *value,
                            uint64_t seed, uint64_t n)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_put(batch, cos_span_of(key), cos_span_of(value),
              n == 0 ? NULL : body_make(b, seed, n, (size_t)n));
    return commit_batch(b, batch);
}

enum backend_result delete_row(struct backend *b, const char *key)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_delete(batch, cos_span_of(key));
    return commit_batch(b, batch);
}

struct row *get_row(struct backend *b, const char *key)
{
    struct row *row = NULL;
    enum backend_result result = b->ops->get(b, cos_span_of(key), &row);
    assert_true(result == BACKEND_OK || result == BACKEND_ABSENT);
    assert_int_equal(result == BACKEND_OK, row != NULL);
    return row;
}

void row_is(struct backend *b, const char *key, const char *value, uint64_t seed, uint64_t n)
{
    struct row *row = get_row(b, key);
    if (row == NULL) {
        fail_msg("there is no row '%s'", key);
    }
    assert_true(cos_span_eq(row_key(row), cos_span_of(key)));
    assert_true(cos_span_eq(row_value(row), cos_span_of(value)));
    body_is(row->blob, seed, n);
    row_unref(row);
}

void row_is_absent(struct backend *b, const char *key)
{
    struct row *row = get_row(b, key);
    if (row != NULL) {
        fail_msg("there is a row '%s'", key);
    }
}

static enum scan_next add_key(void *ctx, struct row *row, struct cos_span *seek)
{
    struct cos_buf *keys = ctx;
    cos_buf_span(keys, row_key(row));
    cos_buf_ch(keys, ' ');
    return SCAN_NEXT;
}

const char *keys_of(struct backend *b, const char *from, const char *until)
{
    static char text[4096];
    struct cos_buf keys;
    cos_buf_init(&keys, sizeof(text) - 1);
    assert_int_equal(b->ops->scan(b, cos_span_of(from), cos_span_of(until), add_key, &keys),
                     BACKEND_OK);
    (void)snprintf(text, sizeof(text), "%s", cos_buf_cstr(&keys));
    cos_buf_deinit(&keys);
    return text;
}

uint64_t room_taken(const char *folder)
{
    uint64_t blocks = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    const struct dirent *e;
    while ((e = readdir(dir)) != NULL) {
        struct stat st;
        if (fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode)) {
            blocks += (uint64_t)st.st_blocks;
        }
    }
    (void)closedir(dir);
    return blocks * 512; /* stat(2): in units of 512 bytes */
}
