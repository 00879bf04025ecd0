/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FS, reading: ranges, seeks, ends, damaged and cut replies, many readers and writers at once.
 * Sources: Fluss's FSDataInputStream contract (fluss-plugin.md s.9), the read-ahead of
 * hadoop-cos (s.6.5), RFC 9110 s.14 for ranges.
 */
#include "case.h"

#include "registry.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static int64_t fs_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static int64_t in_of(struct env *env, int64_t fs, const char *path)
{
    const struct reply *opened = op_in_open(env, fs, path);
    expect_ok(env, opened);
    return reply_i64(opened, "in");
}

static void open_of_a_missing_file_is_not_found(struct env *env)
{
    env_put_text(env, env_key(env, "somewhere"), "text");
    int64_t fs = fs_of(env);
    (void)in_of(env, fs, "somewhere");
    expect_error(env, op_in_open(env, fs, "nowhere"), "NOT_FOUND");
    expect_error(env, op_read(env, fs, "no/where"), "NOT_FOUND");
}

static void open_of_a_directory_fails(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "e/"), "");
    int64_t fs = fs_of(env);
    (void)in_of(env, fs, "d/x");
    expect_error(env, op_in_open(env, fs, "d"), "IS_DIR|NOT_FOUND|IO");
    expect_error(env, op_in_open(env, fs, "e"), "IS_DIR|NOT_FOUND|IO");
    expect_error(env, op_in_open(env, fs, "/"), "IS_DIR|NOT_FOUND|IO");
}

struct range {
    int64_t first, last;
};

/* "bytes=0-99"; without an end it reaches to the object's. */
static struct range range_of(struct env *env, const struct cosmock_entry *e, size_t size)
{
    struct range r = {-1, (int64_t)size - 1};
    expect_true(env, strncmp(e->range, "bytes=", 6) == 0, "GET without a range");
    struct cos_span rest = cos_span_of(e->range + 6);
    struct cos_span first = cos_span_cut(&rest, '-');
    if (!cos_span_i64(first, &r.first) || (rest.len > 0 && !cos_span_i64(rest, &r.last))) {
        case_fail(env, "a range of another form: '%s'", e->range);
    }
    return r;
}

/* How far the ranges cover the object without a gap, whatever order they were asked in. */
static int64_t covered(struct env *env, struct journal ranges, size_t size)
{
    int64_t end = 0;
    for (size_t round = 0; round < ranges.n; round++) {
        int64_t before = end;
        for (size_t i = 0; i < ranges.n; i++) {
            struct range got = range_of(env, &ranges.e[i], size);
            end = got.first <= end && got.last + 1 > end ? got.last + 1 : end;
        }
        if (end == before) {
            break;
        }
    }
    return end;
}

static void twenty_mib_come_in_ranges(struct env *env)
{
    size_t size = 20 * MIB;
    env_put_gen(env, env_key(env, "big"), 7, size);
    int64_t fs = fs_of(env);
    const struct reply *r = op_read(env, fs, "big");
    expect_ok(env, r);
    expect_i64(env, "bytes read", reply_i64(r, "len"), (int64_t)size);
    expect_str(env, "sha256 of what was read", reply_str(r, "sha256"),
               env_gen_sha256(env, 7, size));
    struct journal ranges = journal_of(env, "GetObject");
    expect_true(env, ranges.n > 1, "20 MiB came in one request");
    int64_t end = covered(env, ranges, size);
    expect_true(env, end >= (int64_t)size, "the ranges leave a gap at %lld", (long long)end);
}

static void expect_bytes_at(struct env *env, int64_t in, size_t size, size_t at, size_t n)
{
    expect_ok(env, op_in_seek(env, in, (int64_t)at));
    expect_i64(env, "position after seek", reply_i64(op_in_pos(env, in), "pos"), (int64_t)at);
    const struct reply *r = op_in_read(env, in, n, 0);
    expect_ok(env, r);
    int64_t got = reply_i64(r, "n");
    if (at == size) {
        expect_i64(env, "bytes at the end", got, -1);
        return;
    }
    expect_between(env, "bytes read", got, 1, (int64_t)n);
    expect_str(env, "bytes at an offset", reply_str(r, "sha256"),
               env_gen_part_sha256(env, 9, at, (size_t)got));
}

static void seek_goes_everywhere(struct env *env)
{
    size_t size = 256 * KIB + 5;
    env_put_gen(env, env_key(env, "f"), 9, size);
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.read.ahead.block.size", "32768");
    int64_t in = in_of(env, op_fs(env, "server", c, env_root_uri(env)), "f");
    expect_bytes_at(env, in, size, size - 1, 10);
    expect_bytes_at(env, in, size, 0, 10);
    expect_bytes_at(env, in, size, size, 10);
    uint64_t state = env_seed(env) | 1;
    for (unsigned i = 0; i < 200; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        expect_bytes_at(env, in, size, (size_t)((state >> 33) % size), 100);
    }
}

/*
 * To where read-ahead has just been, to where it ends, and behind it: what is there is the same
 * in whatever order it is asked for. Of the first object three blocks are all.
 */
static void seek_is_not_misled_by_read_ahead(struct env *env)
{
    static const struct {
        size_t size;
        size_t at[7];
    } rows[] = {{96 * KIB, {0, 64 * KIB, 32 * KIB, 95 * KIB, 31 * KIB, 33 * KIB, 0}},
                {200 * KIB, {0, 32 * KIB, 64 * KIB, 10, 96 * KIB, 40 * KIB, 0}},
                {200 * KIB, {0, 64 * KIB, 0, 32 * KIB, 96 * KIB, 64 * KIB, 199 * KIB}}};
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.read.ahead.block.size", "32768");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *path = env_text(env, "f%zu", i);
        env_put_gen(env, env_key(env, path), 9, rows[i].size);
        int64_t in = in_of(env, fs, path);
        for (size_t k = 0; k < COS_ARRAY_LEN(rows[i].at); k++) {
            expect_bytes_at(env, in, rows[i].size, rows[i].at[k], 100);
        }
    }
}

static void seek_outside_is_an_error(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "ten bytes.");
    int64_t in = in_of(env, fs_of(env), "f");
    control_ok(env, op_in_seek(env, in, 4));
    expect_error(env, op_in_seek(env, in, -1), "INVALID_ARG|IO");
    expect_error(env, op_in_seek(env, in, 11), "INVALID_ARG|IO");
    expect_ok(env, op_in_seek(env, in, 10));
    expect_i64(env, "read at the end", reply_i64(op_in_read(env, in, 1, 0), "n"), -1);
    expect_ok(env, op_in_seek(env, in, 4));
    expect_i64(env, "position", reply_i64(op_in_pos(env, in), "pos"), 4);
}

static void read_fills_the_place_it_was_given(struct env *env)
{
    env_put_gen(env, env_key(env, "f"), 9, 1000);
    int64_t in = in_of(env, fs_of(env), "f");
    static const size_t offsets[] = {7, 0, 64, 1};
    size_t at = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(offsets); i++) {
        const struct reply *r = op_in_read(env, in, 100, offsets[i]);
        expect_ok(env, r);
        expect_between(env, "bytes read", reply_i64(r, "n"), 1, 100);
        size_t got = (size_t)reply_i64(r, "n");
        expect_true(env, reply_bool(r, "clean"), "bytes outside the place were touched");
        expect_str(env, "bytes", reply_str(r, "sha256"), env_gen_part_sha256(env, 9, at, got));
        at += got;
        expect_i64(env, "position", reply_i64(op_in_pos(env, in), "pos"), (int64_t)at);
    }
}

static void a_read_of_nothing_is_zero(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "text");
    int64_t in = in_of(env, fs_of(env), "f");
    expect_i64(env, "read of nothing", reply_i64(op_in_read(env, in, 0, 0), "n"), 0);
    expect_ok(env, op_in_seek(env, in, 4));
    expect_i64(env, "read of nothing at the end", reply_i64(op_in_read(env, in, 0, 0), "n"), 0);
    expect_i64(env, "read at the end", reply_i64(op_in_read(env, in, 1, 0), "n"), -1);
}

/* Objects of these sizes come back whole. */
static void expect_read_back(struct env *env, int64_t fs, const size_t sizes[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *path = env_text(env, "f%zu", sizes[i]);
        env_put_gen(env, env_key(env, path), 30 + i, sizes[i]);
        const struct reply *r = op_read(env, fs, path);
        expect_ok(env, r);
        expect_i64(env, env_text(env, "bytes read of %zu", sizes[i]), reply_i64(r, "len"),
                   (int64_t)sizes[i]);
        expect_str(env, "sha256 of what was read", reply_str(r, "sha256"),
                   env_gen_sha256(env, 30 + i, sizes[i]));
    }
}

static void sizes_around_the_read_ahead_are_complete(struct env *env)
{
    static const size_t sizes[] = {512 * KIB - 1,  512 * KIB, 512 * KIB + 1,
                                   1024 * KIB + 1, 1,         0};
    expect_read_back(env, fs_of(env), sizes, COS_ARRAY_LEN(sizes));
}

static void sizes_around_a_small_read_ahead_are_complete(struct env *env)
{
    static const size_t sizes[] = {32 * KIB - 1, 32 * KIB,     32 * KIB + 1,
                                   64 * KIB,     96 * KIB - 1, 5 * 32 * KIB + 7};
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.read.ahead.block.size", "32768");
    expect_read_back(env, op_fs(env, "server", c, env_root_uri(env)), sizes,
                     COS_ARRAY_LEN(sizes));
}

/* The plugin opens no filesystem at all with a queue of one or two (fluss-plugin.md F17). */
static void short_read_ahead_queues_work(struct env *env)
{
    static const char *const queues[] = {"1", "2", "3"};
    for (size_t i = 0; i < COS_ARRAY_LEN(queues); i++) {
        struct conf *c = conf_new(env);
        conf_set(c, "fs.cosn.read.ahead.queue.size", queues[i]);
        conf_set(c, "fs.cosn.read.ahead.block.size", "32768");
        int64_t fs = op_fs(env, queues[i], c, env_root_uri(env));
        const char *path = env_text(env, "q%s", queues[i]);
        expect_ok(env, op_write_gen(env, fs, path, 8, 100 * KIB + 1, 0));
        expect_stored_gen(env, env_key(env, path), 8, 100 * KIB + 1);
        const struct reply *r = op_read(env, fs, path);
        expect_ok(env, r);
        expect_str(env, "sha256 of what was read", reply_str(r, "sha256"),
                   env_gen_sha256(env, 8, 100 * KIB + 1));
    }
}

/*
 * The mock lies about the length of a small object and refuses the range. What is shown is
 * what was asked for, by the seek or by the read: no 5 GiB have to exist.
 */
static void offsets_beyond_4_gib_are_asked_for(struct env *env)
{
    const int64_t at = INT64_C(9) << 29; /* 4.5 GiB */
    env_put_text(env, env_key(env, "f"), "text");
    int64_t fs = fs_of(env);
    env_fault(env, (struct cosmock_fault){.op = "HeadObject",
                                          .kind = COSMOCK_FAULT_HEADER,
                                          .header = "Content-Length",
                                          .value = "5368709120"});
    expect_i64(env, "length", reply_i64(op_stat(env, fs, "f"), "len"), INT64_C(5) << 30);
    int64_t in = in_of(env, fs, "f");
    journal_mark(env);
    if (reply_ok(op_in_seek(env, in, at))) {
        expect_i64(env, "position", reply_i64(op_in_pos(env, in), "pos"), at);
    }
    (void)op_in_read(env, in, 10, 0);
    struct range asked = range_of(env, journal_first(env, "GetObject"), (size_t)5 << 30);
    expect_i64(env, "first byte asked for", asked.first, at);
    expect_true(env, asked.last >= at, "the range ends at %lld", (long long)asked.last);
}

#define LANES 8

static size_t lane_bytes(size_t i)
{
    return 300 * KIB + 977 * i;
}

/* Half of them write what later is read; the other half reads at the same time. */
static void eight_readers_and_writers_do_not_mix(struct env *env)
{
    int64_t fs = fs_of(env);
    const char *ops[2 * LANES];
    for (size_t i = 0; i < LANES; i++) {
        env_put_gen(env, env_key(env, env_text(env, "r%zu", i)), 50 + i, lane_bytes(i));
        ops[2 * i] =
            env_text(env, "{\"op\":\"read\",\"fs\":%lld,\"path\":\"r%zu\"}", (long long)fs, i);
        ops[2 * i + 1] =
            env_text(env,
                     "{\"op\":\"write\",\"fs\":%lld,\"path\":\"w%zu\",\"chunk\":4099,"
                     "\"data\":{\"gen\":{\"alg\":\"xs64\",\"seed\":%zu,\"size\":%zu}}}",
                     (long long)fs, i, 70 + i, lane_bytes(i));
    }
    const struct reply *r = op_parallel(env, ops, COS_ARRAY_LEN(ops));
    expect_ok(env, r);
    const struct cos_json *one = cos_json_first(reply_json(r, "replies"));
    for (size_t i = 0; i < 2 * LANES; i++, one = cos_json_next(one)) {
        expect_true(env, cos_json_bool(cos_json_get(one, "ok"), /* fallback= */ false), "%s",
                    ops[i]);
        uint64_t seed = (i % 2 == 0 ? 50 : 70) + i / 2;
        const char *sha256 = cos_json_str(cos_json_get(one, "sha256"));
        expect_str(env, "sha256", sha256 != NULL ? sha256 : "",
                   env_gen_sha256(env, seed, lane_bytes(i / 2)));
    }
    for (size_t i = 0; i < LANES; i++) {
        expect_stored_gen(env, env_key(env, env_text(env, "w%zu", i)), 70 + i, lane_bytes(i));
    }
    expect_all_verified(env);
}

/* Two streams in turn, so that no luck with threads hides what they share. */
static void two_open_streams_do_not_mix(struct env *env)
{
    int64_t fs = fs_of(env);
    int64_t out[2], in[2];
    size_t read[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        const struct reply *r = op_out_open(env, fs, env_text(env, "w%zu", i), true);
        expect_ok(env, r);
        out[i] = reply_i64(r, "out");
        env_put_gen(env, env_key(env, env_text(env, "r%zu", i)), 60 + i, 5000);
        in[i] = in_of(env, fs, env_text(env, "r%zu", i));
    }
    for (size_t at = 0; at < 5000; at += 1000) {
        for (size_t i = 0; i < 2; i++) {
            expect_ok(env, op_out_write_gen(env, out[i], 70 + i, at, 1000));
            const struct reply *r = op_in_read(env, in[i], 1000, 0);
            expect_ok(env, r);
            expect_between(env, "bytes read", reply_i64(r, "n"), 1, 1000);
            size_t got = (size_t)reply_i64(r, "n");
            expect_str(env, "bytes", reply_str(r, "sha256"),
                       env_gen_part_sha256(env, 60 + i, read[i], got));
            read[i] += got;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        expect_ok(env, op_out_close(env, out[i]));
        expect_stored_gen(env, env_key(env, env_text(env, "w%zu", i)), 70 + i, 5000);
    }
}

static void is_cut(struct env *env, unsigned times, int64_t after_bytes)
{
    env_fault(env, (struct cosmock_fault){.op = "GetObject",
                                          .times = times,
                                          .kind = COSMOCK_FAULT_TRUNCATE,
                                          .amount = after_bytes});
}

/* All of the @size bytes, or an error: each attempt brings some, so patience may win. */
static void expect_all_or_error(struct env *env, const struct reply *r, size_t size)
{
    if (reply_ok(r)) {
        expect_i64(env, "bytes read", reply_i64(r, "len"), (int64_t)size);
        expect_str(env, "sha256 after retries", reply_str(r, "sha256"),
                   env_gen_sha256(env, 9, size));
    } else {
        expect_error(env, r, "NETWORK|IO|CORRUPT");
    }
}

static void a_cut_body_is_never_the_whole_file(struct env *env)
{
    static const int64_t amounts[] = {0, 1, 1000, 32 * KIB - 1};
    size_t size = 70 * KIB;
    env_put_gen(env, env_key(env, "f"), 9, size);
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.read.ahead.block.size", "32768");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_str(env, "sha256", reply_str(op_read(env, fs, "f"), "sha256"),
               env_gen_sha256(env, 9, size));
    for (size_t i = 0; i < COS_ARRAY_LEN(amounts); i++) {
        is_cut(env, 1, amounts[i]);
        expect_all_or_error(env, op_read(env, fs, "f"), size);
        env_fault_clear(env);
    }
    is_cut(env, 0, 1000);
    expect_all_or_error(env, op_read(env, fs, "f"), size);
}

/* Not a byte came, of the first range or of a later one: that is not the end of the file. */
static void a_range_that_fails_is_not_the_end(struct env *env)
{
    static const struct {
        enum cosmock_fault_kind kind;
        int http_status;
    } rows[] = {{COSMOCK_FAULT_REPLY, 403},
                {COSMOCK_FAULT_REPLY, 500},
                {COSMOCK_FAULT_RESET, 0}};
    size_t size = 70 * KIB;
    env_put_gen(env, env_key(env, "f"), 9, size);
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.read.ahead.block.size", "32768");
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    journal_mark(env);
    control_ok(env, op_read(env, fs, "f"));
    unsigned ranges = (unsigned)journal_count(env, "GetObject");
    for (size_t i = 0; i < 2 * COS_ARRAY_LEN(rows); i++) {
        env_fault(env, (struct cosmock_fault){.op = "GetObject",
                                              .skip = i % 2 == 0 ? 0 : ranges - 1,
                                              .kind = rows[i / 2].kind,
                                              .http_status = rows[i / 2].http_status});
        const struct reply *r = op_read(env, fs, "f");
        expect_true(env, !reply_ok(r),
                    "a range was not read, yet the read was ok with %lld bytes",
                    (long long)reply_i64(r, "len"));
        op_ping(env);
        env_fault_clear(env);
    }
}

/* A stream whose read failed goes on with the right bytes, or not at all. */
static void a_stream_that_failed_reads_no_others_bytes(struct env *env)
{
    static const int64_t amounts[] = {0, 1, 1000};
    size_t size = 70 * KIB, at = 40 * KIB;
    env_put_gen(env, env_key(env, "f"), 9, size);
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.read.ahead.block.size", "32768");
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    for (size_t i = 0; i < COS_ARRAY_LEN(amounts); i++) {
        int64_t in = in_of(env, fs, "f");
        is_cut(env, 0, amounts[i]);
        if (reply_ok(op_in_seek(env, in, (int64_t)at))) {
            (void)op_in_read(env, in, 100, 0);
        }
        env_fault_clear(env);
        const struct reply *r = op_in_read(env, in, 100, 0);
        if (reply_ok(r)) {
            size_t from =
                (size_t)reply_i64(op_in_pos(env, in), "pos") - (size_t)reply_i64(r, "n");
            expect_between(env, "bytes read", reply_i64(r, "n"), 1, 100);
            expect_str(env, "bytes behind a failure", reply_str(r, "sha256"),
                       env_gen_part_sha256(env, 9, from, (size_t)reply_i64(r, "n")));
        }
        op_ping(env);
    }
}

static void a_cut_range_is_never_whole(struct env *env)
{
    size_t size = 20000, at = 5000, bytes = 3000;
    env_put_gen(env, env_key(env, "f"), 9, size);
    int64_t fs = fs_of(env);
    for (unsigned times = 0; times < 2; times++) {
        is_cut(env, times, 100);
        const struct reply *r = op_read_range(env, fs, "f", (int64_t)at, (int64_t)bytes);
        if (reply_ok(r)) {
            expect_i64(env, "bytes read", reply_i64(r, "len"), (int64_t)bytes);
            expect_str(env, "sha256 of the range", reply_str(r, "sha256"),
                       env_gen_part_sha256(env, 9, at, bytes));
        } else {
            expect_error(env, r, "NETWORK|IO|CORRUPT");
        }
        env_fault_clear(env);
    }
}

static void a_flipped_bit_is_noticed(struct env *env)
{
    size_t size = 100 * KIB;
    env_put_gen(env, env_key(env, "f"), 9, size);
    int64_t fs = fs_of(env);
    env_fault(env, (struct cosmock_fault){.op = "GetObject",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_CORRUPT,
                                          .amount = 50000});
    expect_error(env, op_read(env, fs, "f"), "CORRUPT|IO");
    env_fault_clear(env);
    static const int64_t amounts[] = {0, 99 * KIB};
    for (size_t i = 0; i < COS_ARRAY_LEN(amounts); i++) {
        env_fault(env, (struct cosmock_fault){.op = "GetObject",
                                              .times = 1,
                                              .kind = COSMOCK_FAULT_CORRUPT,
                                              .amount = amounts[i]});
        expect_all_or_error(env, op_read(env, fs, "f"), size);
        env_fault_clear(env);
    }
}

/* The sum is of the whole object: who reads on to the end in ranges can tell, too. */
static void a_flipped_bit_of_a_later_range_is_noticed(struct env *env)
{
    size_t size = 100 * KIB;
    env_put_gen(env, env_key(env, "f"), 9, size);
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.read.ahead.block.size", "32768");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_str(env, "sha256", reply_str(op_read(env, fs, "f"), "sha256"),
               env_gen_sha256(env, 9, size));
    for (unsigned skip = 0; skip < 4; skip++) {
        env_fault(env, (struct cosmock_fault){.op = "GetObject",
                                              .skip = skip,
                                              .times = 0,
                                              .kind = COSMOCK_FAULT_CORRUPT,
                                              .amount = 50});
        expect_error(env, op_read(env, fs, "f"), "CORRUPT|IO");
        env_fault_clear(env);
    }
}

/* ---- repetitions ---- */

/**
 * A server mints with @policy (NULL: the default), a client receives; returns the client's
 * filesystem.
 */
static int64_t client_of(struct env *env, int64_t server, const struct reply **out_token)
{
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    *out_token = token;
    return reply_i64(opened, "fs");
}

static void one_503_is_not_noticed(struct env *env)
{
    static const char *const ops[] = {"HeadObject", "GetObject", "GetBucket", "PutObject",
                                      "DeleteObject"};
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "gone"), "text");
    int64_t fs = fs_of(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(ops); i++) {
        env_fault(env, (struct cosmock_fault){.op = ops[i],
                                              .times = 1,
                                              .kind = COSMOCK_FAULT_REPLY,
                                              .http_status = 503,
                                              .code = "ServiceUnavailable"});
    }
    expect_ok(env, op_stat(env, fs, "d/x"));
    expect_str(env, "text", reply_str(op_read_text(env, fs, "d/x"), "text"), "text");
    static const char *const names[] = {"x"};
    expect_listing(env, op_list(env, fs, "d"), names, 1);
    expect_ok(env, op_write_text(env, fs, "y", "one"));
    expect_ok(env, op_delete(env, fs, "gone", /* recursive= */ false));
    expect_stored_text(env, env_key(env, "y"), "one");
    expect_not_stored(env, env_key(env, "gone"));
    struct journal all = journal_of(env, /* op= */ NULL);
    size_t hits = 0;
    for (size_t i = 0; i < all.n; i++) {
        hits += all.e[i].http_status == 503 ? 1 : 0;
    }
    expect_i64(env, "answers with 503", (int64_t)hits, (int64_t)COS_ARRAY_LEN(ops));
}

static bool is_hit(const struct cosmock_entry *e)
{
    return e->fault != NULL && e->fault[0] != '\0';
}

/* A repetition is a request like others: signed anew, with the token (CRED-014). */
static void a_retry_under_a_temporary_credential_carries_its_token(struct env *env)
{
    static const char *const ops[] = {"HeadObject", "GetObject", "GetBucket", "PutObject"};
    env_put_text(env, env_key(env, "d/x"), "text");
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.security.token.policy",
             "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
             "\"action\":[\"name/cos:*\"],\"resource\":[\"*\"]}]}");
    const struct reply *token;
    int64_t fs = client_of(env, op_fs(env, "server", c, env_root_uri(env)), &token);
    for (unsigned round = 0; round < 2; round++) {
        journal_mark(env);
        expect_ok(env, op_write_text(env, fs, "y", "one"));
        expect_str(env, "text", reply_str(op_read_text(env, fs, "d/x"), "text"), "text");
        static const char *const names[] = {"x"};
        expect_listing(env, op_list(env, fs, "d"), names, 1);
        for (size_t i = 0; i < COS_ARRAY_LEN(ops) && round == 0; i++) {
            env_fault(env, (struct cosmock_fault){.op = ops[i],
                                                  .times = 1,
                                                  .kind = COSMOCK_FAULT_REPLY,
                                                  .http_status = 503,
                                                  .code = "ServiceUnavailable"});
        }
    }
    struct journal all = journal_of(env, /* op= */ NULL);
    const char *id = token_field(env, token, "access_key_id");
    for (size_t i = 0; i < all.n; i++) {
        if (!is_hit(&all.e[i])) {
            expect_str(env, env_text(env, "token of %s", all.e[i].op), all.e[i].token, "ok");
            expect_str(env, "signing key", all.e[i].secret_id, id);
        }
    }
}

/** What was refused is not sent again. What else a subject asks is its own matter. */
static void expect_refused_once(struct env *env, const char *op)
{
    struct journal all = journal_of(env, op);
    for (size_t i = 0; i < all.n; i++) {
        for (size_t k = i + 1; is_hit(&all.e[i]) && k < all.n; k++) {
            expect_true(env, strcmp(all.e[k].target, all.e[i].target) != 0,
                        "%s %s was refused with %d and sent again", op, all.e[i].target,
                        all.e[i].http_status);
        }
    }
}

static void a_4xx_is_not_retried(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_write_text(env, fs, "x", "yes"));
    journal_mark(env);
    env_fault(env, (struct cosmock_fault){.op = "PutObject",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = 403,
                                          .code = "AccessDenied"});
    expect_error(env, op_write_text(env, fs, "x", "no"), "ACCESS_DENIED");
    expect_refused_once(env, "PutObject");
    env_fault_clear(env);
    env_fault(env, (struct cosmock_fault){.op = "GetBucket",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = 400,
                                          .code = "InvalidArgument"});
    expect_error(env, op_list(env, fs, env_root_uri(env)), "IO|INVALID_ARG|INTERNAL|CORRUPT");
    expect_refused_once(env, "GetBucket");
}

/* ---- the client flow ---- */

static void a_client_reads_the_servers_snapshot(struct env *env)
{
    static const char *const names[] = {"_METADATA", "000012.sst", "000013.sst"};
    int64_t server = fs_of(env);
    expect_ok(env, op_mkdirs(env, server, "kv/snap-7"));
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const char *path = env_text(env, "kv/snap-7/%s", names[i]);
        expect_ok(env, op_write_gen(env, server, path, 80 + i, 50000 + i, 0));
    }
    expect_signed_by(env, env_secret_id(env));
    const struct reply *token;
    int64_t client = client_of(env, server, &token);
    journal_mark(env);
    expect_listing(env, op_list(env, client, "kv/snap-7"), names, COS_ARRAY_LEN(names));
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const struct reply *r = op_read(env, client, env_text(env, "kv/snap-7/%s", names[i]));
        expect_ok(env, r);
        expect_str(env, "bytes", reply_str(r, "sha256"),
                   env_gen_sha256(env, 80 + i, 50000 + i));
    }
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    expect_all_verified(env);
    expect_no_writes(env);
}

static void reading_with_read_rights_writes_nothing(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.security.token.policy",
             env_text(env,
                      "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                      "\"action\":[\"name/cos:GetObject\",\"name/cos:HeadObject\","
                      "\"name/cos:GetBucket\"],\"resource\":[\"qcs::cos:%s:uid/%s:%s/*\"]}]}",
                      env_region(env), env_appid(env), env_bucket(env)));
    const struct reply *token;
    int64_t client = client_of(env, op_fs(env, "server", c, env_root_uri(env)), &token);
    const char *before = env_store_digest(env);
    journal_mark(env);
    static const char *const names[] = {"x"};
    expect_ok(env, op_stat(env, client, "d/x"));
    expect_ok(env, op_stat(env, client, "d"));
    expect_listing(env, op_list(env, client, "d"), names, 1);
    expect_str(env, "text", reply_str(op_read_text(env, client, "d/x"), "text"), "text");
    expect_no_writes(env);
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

const struct conform_case cases_fs_read[] = {
    {"FS-020", "open of a missing file is not found", "fs,fs.streams",
     open_of_a_missing_file_is_not_found, 0},
    {"FS-021", "open of a directory fails", "fs,fs.streams", open_of_a_directory_fails, 0},
    {"FS-022", "20 MiB come in ranges", "fs", twenty_mib_come_in_ranges, 0},
    {"FS-023", "seek goes everywhere", "fs,fs.streams", seek_goes_everywhere, 0},
    {"FS-023", "seek is not misled by read-ahead", "fs,fs.streams",
     seek_is_not_misled_by_read_ahead, 0},
    {"FS-024", "seek outside is an error", "fs,fs.streams", seek_outside_is_an_error, 0},
    {"FS-025", "read fills the place it was given", "fs,fs.streams",
     read_fills_the_place_it_was_given, 0},
    {"FS-026", "a read of nothing is zero", "fs,fs.streams", a_read_of_nothing_is_zero, 0},
    {"FS-027", "sizes around the read-ahead are complete", "fs",
     sizes_around_the_read_ahead_are_complete, 0},
    {"FS-027", "sizes around a small read-ahead are complete", "fs",
     sizes_around_a_small_read_ahead_are_complete, 0},
    {"FS-028", "eight readers and writers do not mix", "fs",
     eight_readers_and_writers_do_not_mix, 0},
    {"FS-028", "two open streams do not mix", "fs,fs.streams", two_open_streams_do_not_mix, 0},
    {"FS-029", "a cut body is never the whole file", "fs", a_cut_body_is_never_the_whole_file,
     0},
    {"FS-029", "a range that fails is not the end", "fs", a_range_that_fails_is_not_the_end, 0},
    {"FS-029", "a stream that failed reads no others' bytes", "fs,fs.streams",
     a_stream_that_failed_reads_no_others_bytes, 0},
    {"FS-029", "a cut range is never whole", "fs", a_cut_range_is_never_whole, 0},
    {"FS-071", "one 503 is not noticed", "fs", one_503_is_not_noticed, 0},
    {"FS-071", "a retry under a temporary credential carries its token", "fs,token.apply",
     a_retry_under_a_temporary_credential_carries_its_token, 0, "CRED-014,POL-019"},
    {"FS-072", "a 4xx is not retried", "fs", a_4xx_is_not_retried, 0},
    {"FS-079", "offsets beyond 4 GiB are asked for", "fs,fs.streams",
     offsets_beyond_4_gib_are_asked_for, 0},
    {"FS-081", "a flipped bit is noticed", "fs", a_flipped_bit_is_noticed, 0},
    {"FS-081", "a flipped bit of a later range is noticed", "fs",
     a_flipped_bit_of_a_later_range_is_noticed, 0},
    {"FS-082", "a client reads the server's snapshot", "fs,token.obtain,token.apply",
     a_client_reads_the_servers_snapshot, 0, "CRED-014,POL-019"},
    {"FS-083", "reading with read rights writes nothing", "fs,token.obtain,token.apply",
     reading_with_read_rights_writes_nothing, 0, "CRED-014,POL-019"},
    {"FS-085", "short read-ahead queues work", "fs", short_read_ahead_queues_work,
     CASE_FRESH_PROCESS},
    {0},
};
