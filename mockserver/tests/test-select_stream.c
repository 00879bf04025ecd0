/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer of SELECT Object Content over sockets: it is made while it goes out, no faster
 * than its client reads, beside others of the same loop. What is in the frames is
 * test-select.c's.
 */
#include "door.h"

#include "frames.h"
#include "one_loop.h"
#include "store/objects.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/world.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define PATIENCE_MS 20000
#define MIB ((size_t)1 << 20)
#define SMALL_BODY_BYTES 1000             /* of the request, while it is there */
#define STATED_BYTES ((uint64_t)16 << 20) /* docs/internals/bounds.md */

#define SELECT_OF(sql, progress)                                                          \
    "<SelectRequest><Expression>" sql "</Expression><ExpressionType>SQL</ExpressionType>" \
    "<InputSerialization><CSV><FileHeaderInfo>NONE</FileHeaderInfo></CSV>"                \
    "</InputSerialization><OutputSerialization><CSV/></OutputSerialization>"              \
    "<RequestProgress><Enabled>" progress "</Enabled></RequestProgress></SelectRequest>"

/* @n MiB of lines of 16 bytes, put as @n parts that are the same MiB. */
static void put_large(struct door *d, const char *key, size_t n)
{
    char *one = malloc(MIB + 1);
    assert_non_null(one);
    for (size_t at = 0; at < MIB; at += 16) {
        (void)snprintf(one + at, 17, "%07zu,abcdefg\n", at / 16);
    }
    door_put(d, "/one", one);
    free(one);
    struct object o;
    const struct bucket_view v = world_bucket_view(d->tenant, cos_span_of(d->info.bucket));
    const struct store_bucket b = bucket_stored(&v);
    assert_int_equal(objects_get(d->tenant->rows, &b, COS_SPAN_LIT("one"), &o), STORE_OK);
    struct blob *parts[512];
    assert_true(n <= COS_ARRAY_LEN(parts));
    for (size_t i = 0; i < n; i++) {
        parts[i] = o.row->blob;
    }
    const struct object_draft draft = {.key = cos_span_of(key),
                                       .blob = blob_concat(parts, n),
                                       .etag = COS_SPAN_LIT("none")};
    struct batch *batch = batch_new();
    struct version made;
    struct commit c = {0};
    assert_int_equal(objects_put(batch, d->tenant->rows, &b, &draft, &made), STORE_OK);
    assert_int_equal(world_commit(d->tenant, batch, &c, "a large object", NULL), 0);
    (void)row_unref(o.row);
    struct bucket_view gone = v;
    bucket_view_release(&gone);
}

static void say(int fd, struct door *d, const char *start, const char *body)
{
    char text[2000];
    int n = snprintf(text, sizeof(text), "%s\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n%s",
                     start, d->host, strlen(body), body);
    assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

static void say_select(int fd, struct door *d, const char *body)
{
    say(fd, d, "POST /large?select&select-type=2 HTTP/1.1", body);
}

/* Bytes until the @end has been seen, or the connection ends; free them. */
static struct cos_buf hear_until(int fd, struct cos_span end)
{
    struct cos_buf heard;
    cos_buf_init(&heard, 1024 * MIB);
    for (;;) {
        char *room = cos_buf_reserve(&heard, 65536);
        assert_non_null(room);
        ssize_t n = recv(fd, room, 65536, 0);
        assert_true(n >= 0);
        heard.len += (size_t)n;
        size_t tail = heard.len < (size_t)n + end.len ? heard.len : (size_t)n + end.len;
        if (n == 0 || cos_span_find(cos_span_from(cos_buf_view(&heard), heard.len - tail),
                                    end) != SIZE_MAX) {
            return heard;
        }
    }
}

/* The body behind the head of an answer in chunks (RFC 9112 s.7.1), in its place; what follows
 * its end is not looked at. */
static struct cos_span unchunk(struct cos_buf *heard)
{
    struct cos_span all = cos_buf_view(heard);
    size_t head = cos_span_find(all, COS_SPAN_LIT("\r\n\r\n"));
    assert_true(head != SIZE_MAX);
    assert_true(cos_span_find(cos_span_sub(all, 0, head),
                              COS_SPAN_LIT("\r\nTransfer-Encoding: chunked")) != SIZE_MAX);
    assert_true(cos_span_find(cos_span_sub(all, 0, head), COS_SPAN_LIT("Content-Length")) ==
                SIZE_MAX);
    char *to = heard->ptr + head + 4;
    char *body = to;
    for (const char *at = to;;) {
        char *line_end;
        size_t n = strtoul(at, &line_end, 16);
        assert_true(line_end > at && line_end[0] == '\r' && line_end[1] == '\n');
        if (n == 0) {
            return cos_span_make(body, (size_t)(to - body));
        }
        memmove(to, line_end + 2, n);
        to += n;
        at = line_end + 2 + n;
        assert_true(at[0] == '\r' && at[1] == '\n');
        at += 2;
    }
}

static struct frames frames_of(struct cos_span body)
{
    struct frames f;
    if (!frames_read(body, &f)) {
        fail_msg("no frames: %s", f.kinds);
    }
    return f;
}

static uint64_t memory_used(struct door *d)
{
    return __atomic_load_n(&d->mock->memory.used_bytes, __ATOMIC_SEQ_CST);
}

/* How often an answer to @fd has ended so far, without waiting for it. */
static size_t ends_so_far(int fd, struct cos_buf *heard)
{
    char bytes[65536];
    for (ssize_t n; (n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0;) {
        cos_buf_append(heard, bytes, (size_t)n);
    }
    return cos_span_find(cos_buf_view(heard), COS_SPAN_LIT("\r\n0\r\n\r\n")) != SIZE_MAX;
}

/* By order, not by time: of 256 MiB nothing passes, so the answer ends when all of it was
 * read; ten others that are asked for behind it are answered before. */
static void while_an_object_is_searched_others_are_served(void **state)
{
    struct door *d = *state;
    put_large(d, "large", 256);
    door_put(d, "/small", "s");
    struct plane *p = one_loop_open(d->mock);
    int slow = one_loop_dial(p);
    int fast = one_loop_dial(p);
    struct cos_buf heard;
    cos_buf_init(&heard, MIB);
    say_select(slow, d, SELECT_OF("SELECT * FROM COSObject s WHERE s._1 = 'no'", "FALSE"));
    for (int i = 0; i < 10; i++) {
        say(fast, d, "GET /small HTTP/1.1", "");
        struct cos_buf small = hear_until(fast, COS_SPAN_LIT("\r\n\r\ns"));
        assert_true(cos_span_starts(cos_buf_view(&small), COS_SPAN_LIT("HTTP/1.1 200 ")));
        cos_buf_deinit(&small);
    }
    assert_int_equal(ends_so_far(slow, &heard), 0);
    cos_buf_deinit(&heard);
    (void)close(slow);
    (void)close(fast);
    (void)plane_free(p);
    assert_true(gate_wait_empty(&d->mock->abandoned, PATIENCE_MS));
}

static void an_answer_has_all_rows_and_says_how_far_it_is(void **state)
{
    enum { N = 12 };
    static const struct {
        const char *name, *body;
        uint64_t row_bytes;
        bool has_conts, has_progress;
    } asked[] = {
        {"all", SELECT_OF("SELECT * FROM COSObject", "FALSE"), N * MIB, false, false},
        {"none", SELECT_OF("SELECT * FROM COSObject s WHERE s._1 = 'no'", "FALSE"), 0, true,
         false},
        {"none, with progress",
         SELECT_OF("SELECT * FROM COSObject s WHERE s._1 = 'no'", "TRUE"), 0, false, true},
        {"a count", SELECT_OF("SELECT COUNT(*) FROM COSObject", "FALSE"), 7, true, false},
    };
    struct door *d = *state;
    put_large(d, "large", N);
    struct plane *p = one_loop_open(d->mock);
    int fd = one_loop_dial(p); /* one connection for all */
    for (size_t i = 0; i < COS_ARRAY_LEN(asked); i++) {
        say_select(fd, d, asked[i].body);
        struct cos_buf heard = hear_until(fd, COS_SPAN_LIT("\r\n0\r\n\r\n"));
        struct frames f = frames_of(unchunk(&heard));
        if (f.rows.len != asked[i].row_bytes || f.n_stats != 1 || f.n_ends != 1 ||
            f.n_errors != 0 || (f.n_conts > 0) != asked[i].has_conts ||
            (f.n_progress > 1) != asked[i].has_progress) {
            fail_msg("%s: %llu bytes, %zu Cont, %zu Progress, %zu Stats, %zu End",
                     asked[i].name, (unsigned long long)f.rows.len, f.n_conts, f.n_progress,
                     f.n_stats, f.n_ends);
        }
        frames_deinit(&f);
        cos_buf_deinit(&heard);
    }
    (void)close(fd);
    (void)plane_free(p);
}

/* HTTP/1.0 knows no chunks: the end of the connection is the end of the answer. */
static void an_old_client_reads_until_the_connection_ends(void **state)
{
    struct door *d = *state;
    put_large(d, "large", 6);
    struct plane *p = one_loop_open(d->mock);
    int fd = one_loop_dial(p);
    say(fd, d, "POST /large?select&select-type=2 HTTP/1.0",
        SELECT_OF("SELECT * FROM COSObject", "FALSE"));
    struct cos_buf heard = hear_until(fd, COS_SPAN_LIT("never"));
    struct cos_span all = cos_buf_view(&heard);
    size_t head = cos_span_find(all, COS_SPAN_LIT("\r\n\r\n"));
    assert_true(head != SIZE_MAX);
    assert_true(cos_span_find(cos_span_sub(all, 0, head), COS_SPAN_LIT("Connection: close")) !=
                SIZE_MAX);
    struct frames f = frames_of(cos_span_from(all, head + 4));
    assert_int_equal(f.rows.len, 6 * MIB);
    assert_int_equal(f.n_ends, 1);
    frames_deinit(&f);
    cos_buf_deinit(&heard);
    (void)close(fd);
    (void)plane_free(p);
}

/* Whoever does not read costs what is stated and no work: the object is read no further. */
static void a_client_that_does_not_read_is_waited_for(void **state)
{
    struct door *d = *state;
    put_large(d, "large", 24);
    struct plane *p = one_loop_open(d->mock);
    uint64_t before = memory_used(d);
    uint64_t n_entries = cosmock_journal_last_seq(d->tenant);
    int fd = one_loop_dial(p);
    say_select(fd, d, SELECT_OF("SELECT * FROM COSObject", "FALSE"));
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    assert_in_range(memory_used(d) - before, STATED_BYTES, STATED_BYTES + SMALL_BODY_BYTES);
    assert_int_equal(cosmock_journal_last_seq(d->tenant), n_entries); /* it is not over */
    struct cos_buf heard = hear_until(fd, COS_SPAN_LIT("\r\n0\r\n\r\n"));
    struct frames f = frames_of(unchunk(&heard));
    assert_int_equal(f.rows.len, 24 * MIB);
    frames_deinit(&f);
    assert_int_equal(memory_used(d), before);
    cos_buf_deinit(&heard);
    (void)close(fd);
    (void)plane_free(p);
}

/* After so many bytes of an answer. */
static void cut(struct door *d, struct plane *p, size_t bytes)
{
    int fd = one_loop_dial(p);
    say_select(fd, d, SELECT_OF("SELECT * FROM COSObject", "FALSE"));
    for (size_t n = 0; n < bytes;) {
        char heard[8192];
        size_t left = bytes - n;
        ssize_t r = recv(fd, heard, left < sizeof(heard) ? left : sizeof(heard), 0);
        assert_true(r > 0);
        n += (size_t)r;
    }
    (void)close(fd);
}

static void connections_that_are_cut_leave_nothing(void **state)
{
    struct door *d = *state;
    static const size_t places[] = {0, 1, 200, 300, 65536, 300000, 700000, 1500000};
    put_large(d, "large", 16);
    struct plane *p = one_loop_open(d->mock);
    uint64_t before = memory_used(d);
    uint64_t n_entries = cosmock_journal_last_seq(d->tenant);
    for (size_t i = 0; i < COS_ARRAY_LEN(places); i++) {
        cut(d, p, places[i]);
    }
    (void)plane_free(p);
    assert_true(gate_wait_empty(&d->mock->abandoned, PATIENCE_MS));
    assert_int_equal(memory_used(d), before);
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    q.after_seq = n_entries;
    struct cosmock_entry *e = NULL;
    int64_t n = cosmock_journal_read(d->tenant, &e, &q);
    assert_true(n >= (int64_t)COS_ARRAY_LEN(places) - 2); /* two may have left unheard */
    for (int64_t i = 0; i < n; i++) {
        assert_string_equal(e[i].op, "SelectObjectContent");
    }
    (void)cosmock_entries_free(e);
}

/* What ends the stream stands in the journal, as it stands in its last frame. */
static void an_error_within_the_answer_is_journalled(void **state)
{
    struct door *d = *state;
    put_large(d, "large", 8);
    struct plane *p = one_loop_open(d->mock);
    int fd = one_loop_dial(p);
    say_select(fd, d,
               SELECT_OF("SELECT CAST(s._2 AS INT) FROM COSObject s WHERE s._1 = '0065535'",
                         "FALSE"));
    struct cos_buf heard = hear_until(fd, COS_SPAN_LIT("\r\n\r\n"));
    assert_true(cos_span_starts(cos_buf_view(&heard), COS_SPAN_LIT("HTTP/1.1 400 ")));
    cos_buf_deinit(&heard);
    say_select(fd, d,
               SELECT_OF("SELECT s._1, s._2, 1 / (s._1 - 65535) FROM COSObject s LIMIT 70000",
                         "FALSE"));
    heard = hear_until(fd, COS_SPAN_LIT("\r\n0\r\n\r\n"));
    struct frames f = frames_of(unchunk(&heard));
    assert_int_equal(f.n_errors, 1);
    assert_int_equal(f.n_ends, 0);
    frames_deinit(&f);
    cos_buf_deinit(&heard);
    (void)close(fd);
    (void)plane_free(p);
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    q.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
    assert_int_equal(e->http_status, 200);
    assert_string_equal(e->code, "CastFailed");
    (void)cosmock_entries_free(e);
}

static void push(struct door *d, enum cosmock_fault_kind kind, int64_t amount)
{
    struct cosmock_fault f = COSMOCK_FAULT_INIT;
    f.op = "SelectObjectContent";
    f.kind = kind;
    f.amount = amount;
    f.times = 1;
    assert_int_equal(cosmock_fault_push(d->tenant, &f, /* out_id= */ NULL, /* err= */ NULL),
                     COSMOCK_OK);
}

/* The place of what a fault does is counted from the beginning of the body, not of a piece. */
static void faults_reach_into_any_piece(void **state)
{
    enum { AT = 1000000, CHUNK_HEADS = 100 };
    struct door *d = *state;
    static const char all[] = SELECT_OF("SELECT * FROM COSObject", "FALSE");
    put_large(d, "large", 4);
    struct plane *p = one_loop_open(d->mock);
    int fd = one_loop_dial(p);
    say_select(fd, d, all);
    struct cos_buf whole = hear_until(fd, COS_SPAN_LIT("\r\n0\r\n\r\n"));
    struct cos_span good = unchunk(&whole);
    push(d, COSMOCK_FAULT_CORRUPT, AT);
    say_select(fd, d, all);
    struct cos_buf changed = hear_until(fd, COS_SPAN_LIT("\r\n0\r\n\r\n"));
    struct cos_span bad = unchunk(&changed);
    assert_int_equal(good.len, bad.len);
    size_t n_other = 0;
    for (size_t i = 0; i < good.len; i++) {
        n_other += good.ptr[i] != bad.ptr[i];
    }
    assert_int_equal(n_other, 1);
    assert_int_equal(good.ptr[AT] ^ bad.ptr[AT], 1);
    push(d, COSMOCK_FAULT_TRUNCATE, AT);
    say_select(fd, d, all);
    struct cos_buf cut_off = hear_until(fd, COS_SPAN_LIT("never"));
    struct cos_span heard = cos_buf_view(&cut_off);
    size_t head = cos_span_find(heard, COS_SPAN_LIT("\r\n\r\n")) + 4;
    assert_in_range(heard.len - head, AT, AT + CHUNK_HEADS);
    cos_buf_deinit(&whole);
    cos_buf_deinit(&changed);
    cos_buf_deinit(&cut_off);
    (void)close(fd);
    (void)plane_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(while_an_object_is_searched_others_are_served),
        DOOR_TEST(an_answer_has_all_rows_and_says_how_far_it_is),
        DOOR_TEST(an_old_client_reads_until_the_connection_ends),
        DOOR_TEST(a_client_that_does_not_read_is_waited_for),
        DOOR_TEST(connections_that_are_cut_leave_nothing),
        DOOR_TEST(an_error_within_the_answer_is_journalled),
        DOOR_TEST(faults_reach_into_any_piece),
    };
    return cmocka_run_group_tests_name("select_stream", tests, NULL, NULL);
}
