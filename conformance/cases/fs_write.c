/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FS, writing: single uploads, multipart, what is visible when, what a failed upload leaves
 * behind. Sources: Fluss's FileSystem and FSDataOutputStream contract (fluss-plugin.md s.9),
 * the sequences of hadoop-cos (s.6.5), COS multipart rules (cos-wire.md s.2.1).
 */
#include "case.h"

#include "registry.h"

#define MIB ((size_t)1 << 20)
#define OVERWRITE true

static int64_t fs_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

/**
 * A filesystem whose parts are as small as the service allows: multipart cases stay quick. It
 * gives up soon, for those whose time is real.
 */
static int64_t fs_of_small_blocks(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.block.size", "1048576");
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    return op_fs(env, "server", c, env_root_uri(env));
}

static int64_t out_of(struct env *env, int64_t fs, const char *path)
{
    const struct reply *opened = op_out_open(env, fs, path, OVERWRITE);
    expect_ok(env, opened);
    return reply_i64(opened, "out");
}

static void write_and_read_back(struct env *env, int64_t fs, const char *path, size_t bytes)
{
    expect_ok(env, op_write_gen(env, fs, path, bytes + 1, bytes, 0));
    expect_stored_gen(env, env_key(env, path), bytes + 1, bytes);
    const struct reply *r = op_read(env, fs, path);
    expect_ok(env, r);
    expect_i64(env, "bytes read", reply_i64(r, "len"), (int64_t)bytes);
    expect_str(env, "sha256 of what was read", reply_str(r, "sha256"),
               env_gen_sha256(env, bytes + 1, bytes));
}

static void the_uri_has_no_path(struct env *env)
{
    expect_ok(env, op_configure(env, "server", conf_new(env)));
    const struct reply *opened = op_open(env, "server", env_root_uri(env));
    expect_ok(env, opened);
    expect_str(env, "uri", reply_str(opened, "uri"),
               env_text(env, "cosn://%s", env_bucket(env)));
}

static void odd_sizes_and_chunks_survive(struct env *env)
{
    static const size_t sizes[] = {1, 2, 4095, 65536, 65537, 1000003};
    static const size_t chunks[] = {1, 7, 512, 65536, 1009, 4096};
    int64_t fs = fs_of(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        const char *path = env_text(env, "d/f%zu", sizes[i]);
        size_t chunk = sizes[i] > 70000 ? 4099 : chunks[i];
        const struct reply *r = op_write_gen(env, fs, path, 20 + i, sizes[i], chunk);
        expect_ok(env, r);
        expect_stored_gen(env, env_key(env, path), 20 + i, sizes[i]);
        expect_str(env, "sha256 of what was read", reply_str(op_read(env, fs, path), "sha256"),
                   env_gen_sha256(env, 20 + i, sizes[i]));
    }
}

/* No object has such a name, and what was taken is lost unless somebody says so. */
static void a_write_to_too_long_a_path_is_no_success(struct env *env)
{
    static const size_t sizes[] = {ENV_KEY_MOST + 1, 2 * ENV_KEY_MOST};
    int64_t fs = fs_of(env);
    const char *fits = env_long_path(env, "d/", ENV_KEY_MOST - 1);
    control_ok(env, op_write_text(env, fs, fits, "text"));
    expect_stored_text(env, env_key(env, fits), "text");
    const char *before = env_store_digest(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        const char *path = env_long_path(env, "d/", sizes[i]);
        expect_error(env, op_write_text(env, fs, path, "text"), "INVALID_ARG|IO");
        expect_error(env, op_create_text(env, fs, path, "text"), "INVALID_ARG|IO");
        expect_str(env, "digest of the store", env_store_digest(env), before);
    }
}

static void an_unwritten_stream_makes_an_empty_file(struct env *env)
{
    int64_t fs = fs_of(env);
    expect_ok(env, op_out_close(env, out_of(env, fs, "empty")));
    expect_i64(env, "length of the object", env_stored_bytes(env, env_key(env, "empty")), 0);
    const struct cosmock_entry *put = journal_last(env, "PutObject");
    expect_i64(env, "bytes sent", (int64_t)put->bytes_in, 0);
    expect_str(env, "key", put->key, env_key(env, "empty"));
    const struct reply *st = op_stat(env, fs, "empty");
    expect_ok(env, st);
    expect_true(env, !reply_bool(st, "is_dir"), "an empty file is shown as a directory");
}

static void a_single_upload_carries_its_md5(struct env *env)
{
    expect_ok(env, op_write_text(env, fs_of(env), "a", "hello"));
    /* RFC 1321 of "hello" is 5d41402abc4b2a76b9719d911017c592. */
    expect_str(env, "Content-MD5", journal_last(env, "PutObject")->content_md5,
               "XUFAKrxLKna5cZ2REBfFkg==");
}

static void expect_parts(struct env *env, size_t n, size_t last_bytes)
{
    struct journal parts = journal_of(env, "UploadPart");
    expect_i64(env, "parts", (int64_t)parts.n, (int64_t)n);
    size_t whole = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        whole += parts.e[i].bytes_in == MIB ? 1 : 0;
        rest += parts.e[i].bytes_in == last_bytes ? 1 : 0;
    }
    if (last_bytes == MIB) {
        expect_i64(env, "parts of one block", (int64_t)whole, (int64_t)n);
    } else {
        expect_i64(env, "parts of one block", (int64_t)whole, (int64_t)n - 1);
        expect_i64(env, "parts with the rest", (int64_t)rest, 1);
    }
}

/* The mock takes a completion only with its parts in order, each with its own ETag. */
static void above_the_block_size_parts_go_up(struct env *env)
{
    size_t bytes = 2 * MIB + 9;
    int64_t fs = fs_of_small_blocks(env);
    expect_ok(env, op_write_gen(env, fs, "big", 5, bytes, 0));
    expect_stored_gen(env, env_key(env, "big"), 5, bytes);
    expect_count(env, "InitiateMultipartUpload", 1);
    expect_parts(env, 3, 9);
    expect_count(env, "CompleteMultipartUpload", 1);
    expect_count(env, "PutObject", 0);
    expect_str(env, "error of the completion",
               journal_last(env, "CompleteMultipartUpload")->code, "");
    expect_i64(env, "unfinished uploads", env_upload_count(env), 0);
}

static void a_whole_number_of_blocks_has_no_empty_part(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    write_and_read_back(env, fs, "three", 3 * MIB);
    expect_parts(env, 3, MIB);
}

static void sizes_around_the_block_are_intact(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    write_and_read_back(env, fs, "below", MIB - 1);
    write_and_read_back(env, fs, "equal", MIB);
    write_and_read_back(env, fs, "above", MIB + 1);
    write_and_read_back(env, fs, "under-two", 2 * MIB - 1);
    write_and_read_back(env, fs, "two", 2 * MIB);
    write_and_read_back(env, fs, "over-two", 2 * MIB + 1);
}

/* The block size that everybody has who sets none: 8 MiB (fluss-plugin.md s.2.1). */
static void sizes_around_the_default_block_are_intact(struct env *env)
{
    static const size_t sizes[] = {8 * MIB - 1, 8 * MIB, 8 * MIB + 1};
    int64_t fs = fs_of(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        expect_ok(env, op_write_gen(env, fs, "f", 40 + i, sizes[i], 1 * MIB));
        expect_stored_gen(env, env_key(env, "f"), 40 + i, sizes[i]);
    }
    (void)journal_last(env, "CompleteMultipartUpload");
}

static void one_buffer_is_enough(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.block.size", "1048576");
    conf_set(c, "fs.cosn.buffer.size", "1048576");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    write_and_read_back(env, fs, "big", 3 * MIB + 3);
    expect_parts(env, 4, 3);
    write_and_read_back(env, fs, "whole", 2 * MIB);
}

/* ---- uploads that go wrong ---- */

/* What happens to a request. */
struct mishap {
    const char *name;
    enum cosmock_fault_kind kind;
    int http_status;
    const char *code;
    const char *header, *value;
};

#define N_UNDONE 5  /* of the first ones: the service did nothing of what it was asked */
#define N_MISHAPS 7 /* can befall any request; the rest one that stores bytes */
static const struct mishap mishaps[] = {
    {.name = "refused",
     .kind = COSMOCK_FAULT_REPLY,
     .http_status = 403,
     .code = "AccessDenied"},
    {.name = "failed",
     .kind = COSMOCK_FAULT_REPLY,
     .http_status = 500,
     .code = "InternalError"},
    {.name = "cut off", .kind = COSMOCK_FAULT_RESET},
    /* Neither done nor refused: who does not know what it means must not guess. */
    {.name = "sent on to nowhere",
     .kind = COSMOCK_FAULT_REPLY,
     .http_status = 307,
     .code = "TemporaryRedirect"},
    /* Somebody else writes the same key, for good. */
    {.name = "refused for a conflict",
     .kind = COSMOCK_FAULT_REPLY,
     .http_status = 409,
     .code = "PathConflict"},
    {.name = "done, but answered with 503",
     .kind = COSMOCK_FAULT_REPLY_AFTER,
     .http_status = 503,
     .code = "ServiceUnavailable"},
    {.name = "done, but not answered", .kind = COSMOCK_FAULT_RESET_AFTER},
    /* The receipt is for other bytes: the ETag is the MD5 of what was stored. */
    {.name = "done, with another ETag",
     .kind = COSMOCK_FAULT_HEADER,
     .header = "ETag",
     .value = "\"0123456789abcdef0123456789abcdef\""},
};

/* For what is answered with a document: another one is no answer. */
static const struct mishap page = {.name = "answered with a page of somebody else",
                                   .kind = COSMOCK_FAULT_FOREIGN};

/** @op goes wrong behind @skip of its kind, @times of them (0: for good). */
static void strikes(struct env *env, const struct mishap *m, const char *op, unsigned skip,
                    unsigned times)
{
    env_fault(env, (struct cosmock_fault){.op = op,
                                          .skip = skip,
                                          .times = times,
                                          .kind = m->kind,
                                          .http_status = m->http_status,
                                          .code = m->code,
                                          .header = m->header,
                                          .value = m->value});
}

/** The file is not there, and no upload of it either. */
static void expect_nothing_left(struct env *env, const char *path)
{
    env_fault_clear(env);
    expect_not_stored(env, env_key(env, path));
    expect_i64(env, "unfinished uploads", env_upload_count(env), 0);
}

#define PARTS_BYTES (2 * MIB + 1) /* three parts */

/* Which part is struck, and how: the first, a middle and the last one. */
static const struct {
    unsigned part, mishap;
} struck[] = {{0, 0}, {1, 0}, {2, 0}, {2, 1}, {0, 2}};

static void a_failing_part_leaves_nothing(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    control_ok(env, op_write_gen(env, fs, "whole", 5, PARTS_BYTES, 0));
    for (size_t i = 0; i < COS_ARRAY_LEN(struck); i++) {
        const struct mishap *m = &mishaps[struck[i].mishap];
        strikes(env, m, "UploadPart", struck[i].part, 0);
        journal_mark(env);
        const struct reply *r = op_write_gen(env, fs, "big", 5, PARTS_BYTES, 0);
        expect_true(env, !reply_ok(r), "part %u was %s, yet the file was reported as written",
                    struck[i].part + 1, m->name);
        op_ping(env);
        (void)journal_last(env, "AbortMultipartUpload");
        expect_count(env, "CompleteMultipartUpload", 0);
        expect_nothing_left(env, "big");
    }
    expect_stored_gen(env, env_key(env, "whole"), 5, PARTS_BYTES);
}

/**
 * What a try-with-resources does: whatever came of the write, the stream is closed. Close may
 * answer ok only when the file is there (FSDataOutputStream.close).
 */
static const struct reply *write_then_close(struct env *env, int64_t fs, const char *path,
                                            size_t bytes)
{
    int64_t out = out_of(env, fs, path);
    const struct reply *written = op_out_write_gen(env, out, 5, 0, bytes);
    const struct reply *closed = op_out_close(env, out);
    expect_true(env, !reply_ok(closed) || env_stored(env, env_key(env, path)),
                "close() answered ok and there is no file; the write before it %s",
                reply_ok(written) ? "was ok" : "had failed");
    (void)op_out_close(env, out); /* once more: nothing may appear */
    return closed;
}

static void close_after_a_failed_part_leaves_nothing(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    control_ok(env, write_then_close(env, fs, "whole", PARTS_BYTES));
    for (size_t i = 0; i < COS_ARRAY_LEN(struck); i++) {
        const struct mishap *m = &mishaps[struck[i].mishap];
        strikes(env, m, "UploadPart", struck[i].part, 0);
        journal_mark(env);
        const struct reply *closed = write_then_close(env, fs, "big", PARTS_BYTES);
        expect_true(env, !reply_ok(closed), "part %u was %s, yet close() answered ok",
                    struck[i].part + 1, m->name);
        (void)journal_last(env, "AbortMultipartUpload");
        expect_nothing_left(env, "big");
    }
    expect_stored_gen(env, env_key(env, "whole"), 5, PARTS_BYTES);
}

/*
 * The plugin's worst defect (fluss-plugin.md F10): the first block, held back while the upload
 * is begun, is published by close() as if it were the whole.
 */
static void an_upload_that_cannot_begin_publishes_nothing(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    control_ok(env, write_then_close(env, fs, "whole", PARTS_BYTES));
    for (size_t i = 0; i <= N_MISHAPS; i++) {
        const struct mishap *m = i < N_MISHAPS ? &mishaps[i] : &page;
        strikes(env, m, "InitiateMultipartUpload", 0, 0);
        journal_mark(env);
        const struct reply *closed = write_then_close(env, fs, "big", PARTS_BYTES);
        expect_true(env, !reply_ok(closed),
                    "the upload's begin was %s, yet close() answered ok", m->name);
        const struct reply *r = op_write_gen(env, fs, "big", 5, PARTS_BYTES, 0);
        expect_true(env, !reply_ok(r),
                    "the upload's begin was %s, yet the file was reported "
                    "as written",
                    m->name);
        (void)journal_last(env, "InitiateMultipartUpload");
        env_fault_clear(env);
        expect_not_stored(env, env_key(env, "big"));
    }
    expect_ok(env, write_then_close(env, fs, "big", PARTS_BYTES));
    expect_stored_gen(env, env_key(env, "big"), 5, PARTS_BYTES);
}

/* A begin that fails once may be repeated: then all is there, or nothing. */
static void a_begin_that_fails_once_gives_all_or_nothing(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    for (size_t i = 0; i < N_MISHAPS; i++) {
        const char *path = env_text(env, "f%zu", i);
        strikes(env, &mishaps[i], "InitiateMultipartUpload", 0, 1);
        if (reply_ok(write_then_close(env, fs, path, PARTS_BYTES))) {
            expect_stored_gen(env, env_key(env, path), 5, PARTS_BYTES);
        } else {
            expect_not_stored(env, env_key(env, path));
        }
    }
}

/* Whether the file is there, and then it is whole. */
static bool is_whole(struct env *env, const char *path)
{
    bool is_there = env_stored(env, env_key(env, path));
    if (is_there) {
        expect_stored_gen(env, env_key(env, path), 5, PARTS_BYTES);
    }
    return is_there;
}

static void a_completion_that_goes_wrong_tells_the_truth(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    for (size_t i = 0; i <= N_MISHAPS; i++) {
        const struct mishap *m = i < N_MISHAPS ? &mishaps[i] : &page;
        const char *path = env_text(env, "f%zu", i);
        strikes(env, m, "CompleteMultipartUpload", 0, 0);
        journal_mark(env);
        const struct reply *closed = write_then_close(env, fs, path, PARTS_BYTES);
        (void)journal_last(env, "CompleteMultipartUpload");
        bool is_there = is_whole(env, path);
        expect_true(env, is_there || !reply_ok(closed),
                    "the completion was %s, yet close() answered ok", m->name);
        if (i < N_UNDONE || m == &page) {
            expect_true(env, !reply_ok(closed),
                        "the completion was %s, yet close() answered ok", m->name);
            (void)journal_last(env, "AbortMultipartUpload");
            expect_nothing_left(env, path);
        }
        env_fault_clear(env);
    }
}

/* Patience is asked for, nothing else: a fifth of a second where time is real. */
static void an_upload_with_late_answers_is_whole(struct env *env)
{
    static const char *const ops[] = {"InitiateMultipartUpload", "UploadPart",
                                      "CompleteMultipartUpload", "PutObject"};
    int64_t fs = fs_of_small_blocks(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(ops); i++) {
        env_fault(env, (struct cosmock_fault){.op = ops[i],
                                              .times = 1,
                                              .kind = COSMOCK_FAULT_DELAY,
                                              .amount = 200});
    }
    expect_ok(env, write_then_close(env, fs, "big", PARTS_BYTES));
    expect_stored_gen(env, env_key(env, "big"), 5, PARTS_BYTES);
    int64_t out = out_of(env, fs, "small");
    expect_ok(env, op_out_write_text(env, out, "text"));
    expect_ok(env, op_out_close(env, out));
    expect_stored_text(env, env_key(env, "small"), "text");
}

/* ---- what is visible when ---- */

static void close_returns_when_the_object_is_there(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    int64_t small = out_of(env, fs, "small");
    expect_ok(env, op_out_write_text(env, small, "text"));
    expect_ok(env, op_out_close(env, small));
    expect_stored_text(env, env_key(env, "small"), "text");
    int64_t big = out_of(env, fs, "big");
    expect_ok(env, op_out_write_gen(env, big, 8, 0, 3 * MIB + 1));
    expect_ok(env, op_out_close(env, big));
    expect_stored_gen(env, env_key(env, "big"), 8, 3 * MIB + 1);
}

static void nothing_is_visible_before_close(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    int64_t small = out_of(env, fs, "small");
    expect_ok(env, op_out_write_text(env, small, "text"));
    expect_ok(env, op_out_flush(env, small));
    expect_not_stored(env, env_key(env, "small"));
    int64_t big = out_of(env, fs, "big");
    expect_ok(env, op_out_write_gen(env, big, 8, 0, 3 * MIB));
    expect_ok(env, op_out_flush(env, big));
    expect_not_stored(env, env_key(env, "big"));
    if (!env_lacks(env, "out_free")) { /* who can give a stream up publishes nothing by it */
        expect_ok(env, op_out_free(env, small));
        expect_ok(env, op_out_free(env, big));
        expect_not_stored(env, env_key(env, "small"));
        expect_not_stored(env, env_key(env, "big"));
    }
    int64_t done = out_of(env, fs, "done");
    expect_ok(env, op_out_write_text(env, done, "text"));
    expect_not_stored(env, env_key(env, "done"));
    expect_ok(env, op_out_close(env, done));
    expect_stored_text(env, env_key(env, "done"), "text");
}

static void a_second_close_is_harmless(struct env *env)
{
    int64_t fs = fs_of(env);
    int64_t out = out_of(env, fs, "a");
    expect_ok(env, op_out_write_text(env, out, "one"));
    expect_ok(env, op_out_close(env, out));
    expect_ok(env, op_out_close(env, out));
    expect_count(env, "PutObject", 1);
    expect_stored_text(env, env_key(env, "a"), "one");
}

static void a_write_after_close_is_an_error(struct env *env)
{
    int64_t fs = fs_of(env);
    int64_t out = out_of(env, fs, "a");
    expect_ok(env, op_out_write_text(env, out, "one"));
    expect_ok(env, op_out_close(env, out));
    expect_error(env, op_out_write_text(env, out, "two"), "CLOSED|IO");
    expect_stored_text(env, env_key(env, "a"), "one");
    expect_count(env, "PutObject", 1);
}

static void the_position_is_what_was_written(struct env *env)
{
    static const size_t steps[] = {1, 6, 4096, 1000003, 44470, 1, 1048576, 13};
    int64_t fs = fs_of_small_blocks(env);
    int64_t out = out_of(env, fs, "big");
    size_t total = 0;
    expect_i64(env, "position of a new stream", reply_i64(op_out_pos(env, out), "pos"), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(steps); i++) {
        expect_ok(env, op_out_write_gen(env, out, 4, total, steps[i]));
        total += steps[i];
        expect_i64(env, "position", reply_i64(op_out_pos(env, out), "pos"), (int64_t)total);
    }
    expect_ok(env, op_out_flush(env, out));
    expect_i64(env, "position", reply_i64(op_out_pos(env, out), "pos"), (int64_t)total);
    expect_ok(env, op_out_close(env, out));
    expect_stored_gen(env, env_key(env, "big"), 4, total);
}

static void flush_loses_nothing(struct env *env)
{
    int64_t fs = fs_of(env);
    int64_t out = out_of(env, fs, "a");
    expect_ok(env, op_out_write_text(env, out, "one "));
    expect_ok(env, op_out_flush(env, out));
    expect_ok(env, op_out_write_text(env, out, "two"));
    expect_ok(env, op_out_flush(env, out));
    expect_ok(env, op_out_close(env, out));
    expect_stored_text(env, env_key(env, "a"), "one two");
}

/* Parts below 1 MiB are allowed at the end only: a flush that makes one spoils the file. */
static void flush_between_parts_loses_nothing(struct env *env)
{
    static const size_t steps[] = {100, 2 * MIB, MIB, 7};
    int64_t fs = fs_of_small_blocks(env);
    int64_t out = out_of(env, fs, "big");
    size_t total = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(steps); i++) {
        expect_ok(env, op_out_write_gen(env, out, 4, total, steps[i]));
        expect_ok(env, op_out_flush(env, out));
        total += steps[i];
    }
    expect_ok(env, op_out_close(env, out));
    expect_stored_gen(env, env_key(env, "big"), 4, total);
}

static void create_spares_an_existing_file(struct env *env)
{
    env_put_text(env, env_key(env, "a"), "old");
    int64_t fs = fs_of(env);
    expect_ok(env, op_create_text(env, fs, "b", "new"));
    expect_stored_text(env, env_key(env, "b"), "new");
    const char *before = env_store_digest(env);
    expect_error(env, op_create_text(env, fs, "a", "new"), "ALREADY_EXISTS");
    expect_error(env, op_create_text(env, fs, "b", "newer"), "ALREADY_EXISTS");
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

static void keep_versions(struct env *env)
{
    struct cosmock_error err = {0};
    if (cosmock_bucket_versioning_set(env_tenant(env), env_bucket(env),
                                      COSMOCK_VERSIONING_ENABLED, &err) < 0) {
        case_error(env, "the bucket keeps no versions: %s", err.message);
    }
}

/* Where versions are kept the service heeds no x-cos-forbid-overwrite (436/7746): who relies on
 * it alone overwrites. */
static void create_spares_a_file_where_versions_are_kept(struct env *env)
{
    keep_versions(env);
    env_put_text(env, env_key(env, "a"), "old");
    int64_t fs = fs_of(env);
    control_ok(env, op_create_text(env, fs, "b", "new"));
    expect_error(env, op_create_text(env, fs, "a", "new"), "ALREADY_EXISTS");
    expect_stored_text(env, env_key(env, "a"), "old");
    expect_stored_text(env, env_key(env, "b"), "new");
}

/* And who could not look does not know that nothing is there. */
static void create_that_cannot_look_spares_the_file(struct env *env)
{
    static const struct mishap blind[] = {
        {.kind = COSMOCK_FAULT_REPLY, .http_status = 403, .code = "AccessDenied"},
        {.kind = COSMOCK_FAULT_REPLY, .http_status = 500, .code = "InternalError"}};
    keep_versions(env);
    env_put_text(env, env_key(env, "a"), "old");
    int64_t fs = fs_of_small_blocks(env);
    control_ok(env, op_create_text(env, fs, "b", "new"));
    for (size_t i = 0; i < COS_ARRAY_LEN(blind); i++) {
        strikes(env, &blind[i], "HeadObject", 0, 0);
        const struct reply *r = op_create_text(env, fs, "a", "new");
        expect_true(env, !reply_ok(r), "what is there was not to be seen, yet it was created");
        env_fault_clear(env);
        expect_stored_text(env, env_key(env, "a"), "old");
    }
}

static void overwrite_replaces_content_and_length(struct env *env)
{
    env_put_gen(env, env_key(env, "a"), 3, 100000);
    int64_t fs = fs_of(env);
    expect_ok(env, op_write_text(env, fs, "a", "short"));
    expect_stored_text(env, env_key(env, "a"), "short");
    expect_i64(env, "length", reply_i64(op_stat(env, fs, "a"), "len"), 5);
    expect_ok(env, op_write_gen(env, fs, "a", 9, 70001, 0));
    expect_stored_gen(env, env_key(env, "a"), 9, 70001);
}

/* A file it is, though objects lie below its name: they are others', and nobody named them. */
static void overwrite_of_a_file_takes_nothing_else(struct env *env)
{
    env_put_text(env, env_key(env, "a"), "old");
    env_put_text(env, env_key(env, "a/"), "");
    env_put_text(env, env_key(env, "a/x"), "below");
    env_put_text(env, env_key(env, "ab"), "beside");
    int64_t fs = fs_of(env);
    expect_ok(env, op_write_text(env, fs, "a", "new"));
    expect_stored_text(env, env_key(env, "a"), "new");
    expect_stored_text(env, env_key(env, "a/x"), "below");
    expect_stored_text(env, env_key(env, "ab"), "beside");
}

static void create_on_a_directory_fails(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "e/"), "");
    int64_t fs = fs_of(env);
    control_ok(env, op_create_text(env, fs, "f", "new"));
    const char *before = env_store_digest(env);
    expect_error(env, op_create_text(env, fs, "d", "new"), "IS_DIR|ALREADY_EXISTS");
    expect_error(env, op_create_text(env, fs, "e", "new"), "IS_DIR|ALREADY_EXISTS");
    expect_error(env, op_create_text(env, fs, "/", "new"), "IS_DIR|ALREADY_EXISTS|INVALID_ARG");
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

/* Whatever request of the new file goes wrong for good: the old one is there as it was. */
static void a_failed_overwrite_keeps_the_file(struct env *env)
{
    static const struct {
        const char *op;
        size_t bytes;
    } rows[] = {{"PutObject", 1000},
                {"PutObject", 3}, /* as long as the old one, which must not pass for it */
                {"InitiateMultipartUpload", MIB + 1},
                {"UploadPart", MIB + 1},
                {"CompleteMultipartUpload", MIB + 1}};
    int64_t fs = fs_of_small_blocks(env);
    control_ok(env, op_write_text(env, fs, "f", "older"));
    control_ok(env, op_write_text(env, fs, "f", "old"));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows) * N_UNDONE; i++) {
        size_t row = i / N_UNDONE;
        const struct mishap *m = &mishaps[i % N_UNDONE];
        strikes(env, m, rows[row].op, 0, 0);
        const struct reply *r = op_write_gen(env, fs, "f", 5, rows[row].bytes, 0);
        expect_true(env, !reply_ok(r), "%s was %s, yet the file was reported as written",
                    rows[row].op, m->name);
        op_ping(env);
        env_fault_clear(env);
        expect_stored_text(env, env_key(env, "f"), "old");
    }
}

/* The service did what it was asked and its answer is lost: the file is the new one or the old
 * one, and after an error, too, it is there. */
static void an_unclear_overwrite_loses_no_file(struct env *env)
{
    static const struct mishap unclear[] = {
        {.name = "done, but answered with 503",
         .kind = COSMOCK_FAULT_REPLY_AFTER,
         .http_status = 503,
         .code = "ServiceUnavailable"},
        {.name = "done, but not answered", .kind = COSMOCK_FAULT_RESET_AFTER},
        {.name = "done, and answered with no document", .kind = COSMOCK_FAULT_MALFORMED},
    };
    int64_t fs = fs_of_small_blocks(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(unclear); i++) {
        const char *path = env_text(env, "f%zu", i);
        control_ok(env, op_write_text(env, fs, path, "old"));
        int64_t out = out_of(env, fs, path);
        control_ok(env, op_out_write_gen(env, out, 5, 0, MIB + 1));
        strikes(env, &unclear[i], "CompleteMultipartUpload", 0, 0);
        /* Only who looks what became of it asks for this, and does not learn it. */
        env_fault_maybe(env, (struct cosmock_fault){.op = "HeadObject",
                                                    .kind = COSMOCK_FAULT_REPLY,
                                                    .http_status = 503,
                                                    .code = "ServiceUnavailable"});
        const struct reply *r = op_out_close(env, out);
        env_fault_clear(env);
        expect_true(env, env_stored(env, env_key(env, path)),
                    "the completion was %s, and now there is no file at all", unclear[i].name);
        if (reply_ok(r) || env_stored_bytes(env, env_key(env, path)) != 3) {
            expect_stored_gen(env, env_key(env, path), 5, MIB + 1);
        } else {
            expect_stored_text(env, env_key(env, path), "old");
        }
    }
}

/* FileSystem.WriteMode.OVERWRITE: "existing files and directories will be deleted". */
static void overwrite_takes_the_place_of_a_directory(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "d/sub/y"), "text");
    env_put_text(env, env_key(env, "e/"), "");
    env_put_text(env, env_key(env, "dd/x"), "text");
    int64_t fs = fs_of(env);
    static const char *const paths[] = {"d", "e"};
    for (size_t i = 0; i < COS_ARRAY_LEN(paths); i++) {
        expect_ok(env, op_write_text(env, fs, paths[i], "new"));
        expect_stored_text(env, env_key(env, paths[i]), "new");
        const struct reply *st = op_stat(env, fs, paths[i]);
        expect_ok(env, st);
        expect_true(env, !reply_bool(st, "is_dir"), "'%s' is still a directory", paths[i]);
    }
    expect_not_stored(env, env_key(env, "d/x"));
    expect_not_stored(env, env_key(env, "d/sub/y"));
    expect_not_stored(env, env_key(env, "e/"));
    expect_stored_text(env, env_key(env, "dd/x"), "text");
    const char *before = env_store_digest(env); /* but the root is nobody's to replace */
    expect_error(env, op_write_text(env, fs, "/", "new"),
                 "IS_DIR|ALREADY_EXISTS|INVALID_ARG|IO");
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

/* The file goes up first, the directory goes then: what did not go up replaces nothing. */
static void a_failed_overwrite_keeps_the_directory(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "d/sub/y"), "text");
    int64_t fs = fs_of_small_blocks(env);
    control_ok(env, op_write_text(env, fs, "e", "text"));
    for (size_t i = 0; i < N_UNDONE; i++) {
        /* Who overwrites no directory sends nothing. */
        env_fault_maybe(env, (struct cosmock_fault){.op = "PutObject",
                                                    .kind = mishaps[i].kind,
                                                    .http_status = mishaps[i].http_status,
                                                    .code = mishaps[i].code});
        const struct reply *r = op_write_text(env, fs, "d", "new");
        expect_true(env, !reply_ok(r),
                    "the upload was %s, yet the file was reported as written", mishaps[i].name);
        op_ping(env);
        env_fault_clear(env);
        expect_stored_text(env, env_key(env, "d/x"), "text");
        expect_stored_text(env, env_key(env, "d/sub/y"), "text");
    }
}

static void parents_appear_with_the_file(struct env *env)
{
    int64_t fs = fs_of(env);
    expect_ok(env, op_create_text(env, fs, "new/deep/f", "one"));
    static const char *const parents[] = {"new", "new/deep"};
    for (size_t i = 0; i < COS_ARRAY_LEN(parents); i++) {
        const struct reply *st = op_stat(env, fs, parents[i]);
        expect_ok(env, st);
        expect_true(env, reply_bool(st, "is_dir"), "'%s' is no directory", parents[i]);
    }
}

/* ---- repetitions ---- */

/*
 * Every @op that no fault met brought one of these numbers of bytes. A body that was cut short
 * is refused by the service; the plugin sends such ones (fluss-plugin.md F12).
 */
static void expect_bodies(struct env *env, const char *op, size_t bytes, size_t or_bytes)
{
    struct journal all = journal_of(env, op);
    for (size_t i = 0; i < all.n; i++) {
        const struct cosmock_entry *e = &all.e[i];
        bool is_hit = e->fault != NULL && e->fault[0] != '\0';
        expect_true(env, is_hit || e->bytes_in == bytes || e->bytes_in == or_bytes,
                    "%s number %zu brought %llu bytes of a body of %zu", op, i + 1,
                    (unsigned long long)e->bytes_in, bytes);
    }
}

static void a_retried_put_sends_the_whole_body(struct env *env)
{
    static const size_t sizes[] = {600001, 1000};
    int64_t fs = fs_of(env);
    for (size_t i = 0; i < 2 * COS_ARRAY_LEN(mishaps); i++) {
        const char *path = env_text(env, "f%zu", i);
        size_t bytes = sizes[i % 2];
        journal_mark(env);
        strikes(env, &mishaps[i / 2], "PutObject", 0, 1);
        const struct reply *r = op_write_gen(env, fs, path, 6, bytes, 0);
        op_ping(env);
        expect_bodies(env, "PutObject", bytes, bytes);
        if (reply_ok(r) || env_stored(env, env_key(env, path))) {
            expect_stored_gen(env, env_key(env, path), 6, bytes);
        }
        env_fault_clear(env);
    }
}

static void a_retried_part_sends_the_whole_part(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    for (unsigned i = 0; i < COS_ARRAY_LEN(mishaps); i++) {
        const char *path = env_text(env, "f%u", i);
        journal_mark(env);
        strikes(env, &mishaps[i], "UploadPart", 0, 1);
        const struct reply *r = op_write_gen(env, fs, path, 6, MIB + 5, 0);
        op_ping(env);
        expect_bodies(env, "UploadPart", MIB, 5);
        if (reply_ok(r)) {
            expect_stored_gen(env, env_key(env, path), 6, MIB + 5);
        } else {
            expect_not_stored(env, env_key(env, path));
        }
        env_fault_clear(env);
    }
}

static void keys_have_no_leading_slash(struct env *env)
{
    int64_t fs = fs_of(env);
    expect_ok(env, op_write_text(env, fs, "/top/f", "one"));
    expect_ok(env, op_mkdirs(env, fs, "/top/d"));
    expect_true(env, env_stored(env, "top/f"), "the object is not under 'top/f'");
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_true(env, all.e[i].key[0] != '/', "%s used the key '%s'", all.e[i].op,
                    all.e[i].key);
    }
}

static void append_is_refused_and_changes_nothing(struct env *env)
{
    env_put_text(env, env_key(env, "a"), "old");
    int64_t fs = fs_of(env);
    const char *before = env_store_digest(env);
    const struct reply *r =
        op_call(env, "append",
                env_text(env, "\"fs\":%lld,\"path\":\"a\",\"data\":{\"text\":\"new\"}",
                         (long long)fs));
    expect_error(env, r, "UNSUPPORTED");
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

static void slashes_are_normalised(struct env *env)
{
    int64_t fs = fs_of(env);
    const char *root = env_root(env);
    expect_ok(env, op_write_text(env, fs, env_text(env, "//%s//d///f", root), "one"));
    expect_stored_text(env, env_key(env, "d/f"), "one");
    expect_str(env, "text", reply_str(op_read_text(env, fs, "d//f"), "text"), "one");
    const struct reply *st = op_stat(env, fs, env_text(env, "/%s/d/", root));
    expect_ok(env, st);
    expect_true(env, reply_bool(st, "is_dir"), "'d/' is no directory");
    expect_ok(env, op_mkdirs(env, fs, "e//g/"));
    expect_true(env, env_stored(env, env_key(env, "e/g/")), "no marker under 'e/g/'");
}

/* Peak memory counts from a process of its own: what the harness keeps is elsewhere. */
static void a_large_write_needs_bounded_memory(struct env *env)
{
    int64_t fs = fs_of(env); /* 32 MiB of write buffers by default */
    int64_t before_kb = reply_i64(op_stats(env), "peak_rss_kb");
    int64_t out = out_of(env, fs, "big");
    for (unsigned i = 0; i < 16; i++) { /* not in one call: there is a time for each */
        expect_ok(env, op_out_write_gen(env, out, 5 + i, 0, 16 * MIB));
    }
    expect_ok(env, op_out_close(env, out));
    expect_i64(env, "length of the object", env_stored_bytes(env, env_key(env, "big")),
               (int64_t)(256 * MIB));
    int64_t grown_kb = reply_i64(op_stats(env), "peak_rss_kb") - before_kb;
    if (strcmp(env_language(env), "c") != 0 && grown_kb > 96 * 1024) {
        case_info(env,
                  "the peak grew by %lld KiB; a heap that is collected says nothing of "
                  "buffers",
                  (long long)grown_kb);
        return;
    }
    expect_between(env, "growth of the peak, KiB", grown_kb, 0, 96 * 1024);
}

static void the_parts_etags_are_those_returned(struct env *env)
{
    int64_t fs = fs_of_small_blocks(env);
    expect_ok(env, op_write_gen(env, fs, "big", 5, 2 * MIB + 9, 0));
    const struct cosmock_entry *done = journal_last(env, "CompleteMultipartUpload");
    expect_i64(env, "status of the completion", done->http_status, 200);
    expect_str(env, "error of the completion", done->code, "");
    expect_count(env, "CompleteMultipartUpload", 1);
    expect_stored_gen(env, env_key(env, "big"), 5, 2 * MIB + 9);
}

const struct conform_case cases_fs_write[] = {
    {"FS-001", "the URI has no path", "fs", the_uri_has_no_path, CASE_QUIET},
    {"FS-002", "odd sizes and chunks survive", "fs", odd_sizes_and_chunks_survive, 0},
    {"FS-002", "a write to too long a path is no success", "fs",
     a_write_to_too_long_a_path_is_no_success, 0},
    {"FS-003", "an unwritten stream makes an empty file", "fs,fs.streams",
     an_unwritten_stream_makes_an_empty_file, 0},
    {"FS-004", "a single upload carries its MD5", "fs", a_single_upload_carries_its_md5, 0},
    {"FS-005", "above the block size parts go up", "fs", above_the_block_size_parts_go_up,
     CASE_FRESH_PROCESS},
    {"FS-006", "a whole number of blocks has no empty part", "fs",
     a_whole_number_of_blocks_has_no_empty_part, CASE_FRESH_PROCESS},
    {"FS-007", "sizes around the block are intact", "fs", sizes_around_the_block_are_intact,
     CASE_FRESH_PROCESS},
    {"FS-007", "sizes around the default block are intact", "fs",
     sizes_around_the_default_block_are_intact, CASE_FRESH_PROCESS},
    {"FS-008", "one buffer is enough", "fs", one_buffer_is_enough, CASE_FRESH_PROCESS},
    {"FS-009", "a failing part leaves nothing", "fs", a_failing_part_leaves_nothing,
     CASE_FRESH_PROCESS},
    {"FS-009", "close after a failed part leaves nothing", "fs,fs.streams",
     close_after_a_failed_part_leaves_nothing, CASE_FRESH_PROCESS},
    {"FS-010", "close returns when the object is there", "fs,fs.streams",
     close_returns_when_the_object_is_there, CASE_FRESH_PROCESS},
    {"FS-010", "an upload with late answers is whole", "fs,fs.streams",
     an_upload_with_late_answers_is_whole, CASE_FRESH_PROCESS},
    {"FS-011", "nothing is visible before close", "fs,fs.streams",
     nothing_is_visible_before_close, CASE_FRESH_PROCESS},
    {"FS-012", "a second close is harmless", "fs,fs.streams", a_second_close_is_harmless, 0},
    {"FS-013", "a write after close is an error", "fs,fs.streams",
     a_write_after_close_is_an_error, 0},
    {"FS-014", "the position is what was written", "fs,fs.streams",
     the_position_is_what_was_written, CASE_FRESH_PROCESS},
    {"FS-015", "flush loses nothing", "fs,fs.streams", flush_loses_nothing, 0},
    {"FS-015", "flush between parts loses nothing", "fs,fs.streams",
     flush_between_parts_loses_nothing, CASE_FRESH_PROCESS},
    {"FS-016", "create spares an existing file", "fs", create_spares_an_existing_file, 0},
    {"FS-016", "create spares a file where versions are kept", "fs",
     create_spares_a_file_where_versions_are_kept, 0},
    {"FS-016", "create that cannot look spares the file", "fs",
     create_that_cannot_look_spares_the_file, 0},
    {"FS-017", "overwrite replaces content and length", "fs",
     overwrite_replaces_content_and_length, 0},
    {"FS-017", "overwrite of a file takes nothing else", "fs",
     overwrite_of_a_file_takes_nothing_else, 0},
    {"FS-018", "create on a directory fails", "fs", create_on_a_directory_fails, 0},
    {"FS-019", "parents appear with the file", "fs", parents_appear_with_the_file, 0},
    {"FS-073", "a retried PUT sends the whole body", "fs", a_retried_put_sends_the_whole_body,
     0},
    {"FS-074", "a retried part sends the whole part", "fs", a_retried_part_sends_the_whole_part,
     CASE_FRESH_PROCESS},
    {"FS-075", "keys have no leading slash", "fs", keys_have_no_leading_slash, 0},
    {"FS-076", "append is refused and changes nothing", "fs",
     append_is_refused_and_changes_nothing, 0},
    {"FS-077", "slashes are normalised", "fs", slashes_are_normalised, 0},
    {"FS-078", "a large write needs bounded memory", "fs,fs.streams",
     a_large_write_needs_bounded_memory, CASE_FRESH_PROCESS | CASE_PROCESS_ONLY},
    {"FS-080", "the parts' ETags are those returned", "fs", the_parts_etags_are_those_returned,
     CASE_FRESH_PROCESS},
    {"FS-084", "overwrite takes the place of a directory", "fs",
     overwrite_takes_the_place_of_a_directory, 0},
    {"FS-084", "a failed overwrite keeps the directory", "fs",
     a_failed_overwrite_keeps_the_directory, 0},
    {"FS-090", "a failed overwrite keeps the file", "fs", a_failed_overwrite_keeps_the_file,
     CASE_FRESH_PROCESS, .stands_on = "FS-086"},
    {"FS-090", "an unclear overwrite loses no file", "fs,fs.streams",
     an_unclear_overwrite_loses_no_file, CASE_FRESH_PROCESS},
    {"FS-086", "an upload that cannot begin publishes nothing", "fs,fs.streams",
     an_upload_that_cannot_begin_publishes_nothing, CASE_FRESH_PROCESS},
    {"FS-086", "a begin that fails once gives all or nothing", "fs,fs.streams",
     a_begin_that_fails_once_gives_all_or_nothing, CASE_FRESH_PROCESS},
    {"FS-087", "a completion that goes wrong tells the truth", "fs,fs.streams",
     a_completion_that_goes_wrong_tells_the_truth, CASE_FRESH_PROCESS},
    {0},
};
