/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of struct backend_ops (store/backend.h), asked of the backend whose name is the
 * argument. A batch is written here as a line: `+k=v` puts, `-k` deletes, `*k` deletes
 * all that begins with k; expectations stand before: `!k` absent, `?k` present, `=k=v` the
 * same, `0k` empty. The tag of an expectation is its number in the line.
 */
#include "store/backend.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "backends.h"

static const struct backend_kind *kind; /* that is asked */
static struct backend *the_backend;     /* of the running claim */

static int set_up(void **state)
{
    the_backend = kind->open();
    return the_backend == NULL;
}

static int tear_down(void **state)
{
    kind->close(the_backend);
    the_backend = NULL;
    return 0;
}

/* One word of a line; a put row has bytes beside it, the same as its value. */
static void add_word(struct batch *batch, const char *word, int tag)
{
    static const char kinds[] = "!?=0";
    const char *expected = strchr(kinds, word[0]);
    const char *equals = strchr(word + 1, '=');
    struct cos_span key = cos_span_make(word + 1, equals == NULL ? strlen(word + 1)
                                                                 : (size_t)(equals - word - 1));
    struct cos_span value = cos_span_of(equals == NULL ? "" : equals + 1);
    if (expected != NULL) {
        batch_expect(batch, (enum expectation_kind)(expected - kinds), key, value, tag);
    } else if (word[0] == '+') {
        batch_put(batch, key, value, backend_blob(the_backend, value.ptr, value.len));
    } else if (word[0] == '-') {
        batch_delete(batch, key);
    } else {
        assert_int_equal(word[0], '*');
        batch_delete_all(batch, key);
    }
}

static struct batch *batch_of(const char *line)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    char copy[512];
    (void)snprintf(copy, sizeof(copy), "%s", line);
    char *rest = copy;
    int tag = 0;
    for (const char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (word[0] != '\0') {
            add_word(batch, word, ++tag);
        }
    }
    return batch;
}

static enum backend_result commit_line(const char *line)
{
    struct commit c = {0};
    return backend_commit(the_backend, batch_of(line), &c);
}

static void happens(const char *line)
{
    assert_int_equal(commit_line(line), BACKEND_OK);
}

static enum scan_next write_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct cos_buf *out = ctx;
    struct cos_span value = row_value(row);
    assert_true(blob_holds(row->blob, value.ptr, value.len));
    cos_buf_printf(out, "%s" COS_SPAN_FMT "=" COS_SPAN_FMT, out->len == 0 ? "" : " ",
                   COS_SPAN_ARG(row_key(row)), COS_SPAN_ARG(value));
    return SCAN_NEXT;
}

/* What is there, from @from on and below @until. */
static void there_is_between(const char *from, const char *until, const char *expected)
{
    struct cos_buf out;
    cos_buf_init(&out, 1u << 20);
    assert_int_equal(the_backend->ops->scan(the_backend, cos_span_of(from), cos_span_of(until),
                                            write_row, &out),
                     BACKEND_OK);
    assert_string_equal(cos_buf_cstr(&out), expected);
    cos_buf_deinit(&out);
}

static void there_is(const char *expected)
{
    there_is_between("", "", expected);
}

static struct row *get_row(const char *key)
{
    struct row *row = NULL;
    assert_int_equal(the_backend->ops->get(the_backend, cos_span_of(key), &row), BACKEND_OK);
    assert_true(cos_span_eq_str(row_key(row), key));
    return row;
}

static void what_is_put_is_got(void **state)
{
    happens("+a=one +b=");
    struct row *row = get_row("a");
    assert_true(cos_span_eq_str(row_value(row), "one"));
    assert_true(blob_holds(row->blob, "one", 3));
    row_unref(row);
    row = get_row("b");
    assert_int_equal(row_value(row).len, 0);
    assert_null(row->blob);
    row_unref(row);
}

static void what_is_not_there_is_absent(void **state)
{
    struct row *row = NULL;
    happens("+aa=1");
    static const char *const keys[] = {"", "a", "aaa", "ab", "b"};
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        assert_int_equal(the_backend->ops->get(the_backend, cos_span_of(keys[i]), &row),
                         BACKEND_ABSENT);
    }
    assert_null(row);
}

static void changes_happen_in_the_order_of_their_calls(void **state)
{
    static const struct {
        const char *before, *line, *after;
    } rows[] = {
        {"", "", ""},
        {"", "-a", ""},
        {"", "*", ""},
        {"", "+a=1 +a=2", "a=2"},
        {"", "+a=1 -a", ""},
        {"", "+a=1 *a", ""},
        {"+a=1", "-a +a=2", "a=2"},
        {"+a=1", "*a +a=2", "a=2"},
        {"+a=1", "+a=2 *a +ab=3", "ab=3"},
        {"+a=1 +b=2", "-a", "b=2"},
        {"+a=1 +ab=2 +abc=3 +ac=4 +b=5", "*ab", "a=1 ac=4 b=5"},
        {"+a=1 +ab=2 +b=3", "*", ""},
        {"+a=1 +b=2", "+a= +b=3 +c=4 +d=5 +e=6 +f=7", "a= b=3 c=4 d=5 e=6 f=7"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        happens("*");
        happens(rows[i].before);
        happens(rows[i].line);
        there_is(rows[i].after);
    }
}

static void a_batch_happens_only_as_expected(void **state)
{
    static const struct {
        const char *line; /* on a=1 ab=2 b=3 */
        int tag;          /* 0: as expected */
    } rows[] = {
        {"!c", 0},
        {"!a", 1},
        {"!", 0},
        {"?a", 0},
        {"?c", 1},
        {"?aba", 1},
        {"=a=1", 0},
        {"=a=", 1},
        {"=a=12", 1},
        {"=c=", 1},
        {"0c", 0},
        {"0a", 1},
        {"0ab", 1},
        {"0aba", 0},
        {"0aa", 0},
        {"0", 1},
        {"?a ?ab !b !a", 3},
        {"?a =ab=2 0c !d", 0},
        {"=b=3 =b=3 =b=4 ?x", 3},
        {"?a ?a ?a ?a ?a ?c", 6},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char line[128];
        struct commit c = {.tag = -1};
        happens("* +a=1 +ab=2 +b=3");
        (void)snprintf(line, sizeof(line), "%s +z=9 -b *a", rows[i].line);
        enum backend_result r = backend_commit(the_backend, batch_of(line), &c);
        if (r != (rows[i].tag == 0 ? BACKEND_OK : BACKEND_UNEXPECTED) ||
            (rows[i].tag != 0 && c.tag != rows[i].tag)) {
            fail_msg("%s: result %d, tag %d", rows[i].line, r, c.tag);
        }
        there_is(rows[i].tag == 0 ? "z=9" : "a=1 ab=2 b=3");
    }
}

static void expectations_are_of_what_was_before(void **state)
{
    happens("!a +a=1");
    happens("?a -a");
    happens("!a 0a +a=2 -a +ab=3");
    there_is("ab=3");
}

static void a_walk_has_a_beginning_and_an_end(void **state)
{
    static const struct {
        const char *from, *until, *expected;
    } rows[] = {
        {"", "", "a=1 ab=2 b=3 c=4"},
        {"a", "b", "a=1 ab=2"},
        {"aa", "c", "ab=2 b=3"},
        {"b", "b", ""},
        {"b", "a", ""},
        {"d", "", ""},
        {"ab", "", "ab=2 b=3 c=4"},
        {"", "aa", "a=1"},
    };
    happens("+c=4 +b=3 +a=1 +ab=2");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        there_is_between(rows[i].from, rows[i].until, rows[i].expected);
    }
}

struct seen {
    const struct cos_span *expected;
    size_t n; /* still to come */
};

static enum scan_next compare_key(void *ctx, struct row *row, struct cos_span *seek)
{
    struct seen *seen = ctx;
    assert_true(seen->n > 0);
    assert_true(cos_span_eq(row_key(row), *seen->expected));
    assert_true(cos_span_eq(row_value(row), *seen->expected));
    seen->expected++;
    seen->n--;
    return SCAN_NEXT;
}

/*
 * As memcmp has it: bytes are unsigned, what is shorter comes first, a 00 is a byte like
 * others.
 */
static void rows_come_in_the_order_of_their_bytes(void **state)
{
    static const struct cos_span keys[] = {
        {"", 0},   {"\0", 1},   {"\0\0", 2}, {"\0\1", 2},     {"\0\xFF", 2},
        {"\1", 1}, {"a", 1},    {"a\0", 2},  {"a\0b", 3},     {"a\xFF", 2},
        {"b", 1},  {"\x7F", 1}, {"\x80", 1}, {"\xFF\x00", 2}, {"\xFF\xFF", 2},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        struct batch *batch = batch_new();
        struct cos_span key = keys[(i * 7) % COS_ARRAY_LEN(keys)];
        batch_put(batch, key, key, /* blob= */ NULL);
        struct commit c;
        assert_int_equal(backend_commit(the_backend, batch, &c), BACKEND_OK);
    }
    for (size_t from = 0; from < COS_ARRAY_LEN(keys); from++) {
        struct seen seen = {.expected = keys + from, .n = COS_ARRAY_LEN(keys) - from};
        assert_int_equal(the_backend->ops->scan(the_backend, keys[from], COS_SPAN_EMPTY,
                                                compare_key, &seen),
                         BACKEND_OK);
        assert_int_equal(seen.n, 0);
    }
}

struct jumper {
    char keys[8], seek[1];
    size_t n;
};

/* One row of each folder, and at most four of them. */
static enum scan_next jump(void *ctx, struct row *row, struct cos_span *seek)
{
    struct jumper *j = ctx;
    j->keys[j->n++] = row_key(row).ptr[0];
    if (j->n == 4) {
        return SCAN_STOP;
    }
    if (row_key(row).len == 1) {
        return SCAN_NEXT;
    }
    j->seek[0] = (char)(row_key(row).ptr[0] + 1);
    *seek = cos_span_make(j->seek, 1);
    return SCAN_SEEK;
}

static void a_walk_jumps_and_stops(void **state)
{
    struct jumper j = {.n = 0};
    happens("+a/1= +a/2= +a/3= +b= +c/1= +c/2= +e/1= +e/2= +f=");
    assert_int_equal(the_backend->ops->scan(the_backend, COS_SPAN_LIT("a/2"), COS_SPAN_LIT("f"),
                                            jump, &j),
                     BACKEND_OK);
    assert_int_equal(j.n, 4);
    assert_memory_equal(j.keys, "abce", 4);
    j.n = 0;
    assert_int_equal(the_backend->ops->scan(the_backend, COS_SPAN_LIT("c"), COS_SPAN_LIT("e"),
                                            jump, &j),
                     BACKEND_OK);
    assert_int_equal(j.n, 1);
}

static void a_reader_keeps_the_row_it_has(void **state)
{
    happens("+a=before");
    struct row *row = get_row("a");
    happens("+a=behind");
    happens("-a");
    assert_true(cos_span_eq_str(row_value(row), "before"));
    assert_true(blob_holds(row->blob, "before", 6));
    row_unref(row);
}

static void a_row_outlives_its_backend(void **state)
{
    happens("+a=kept");
    struct row *row = get_row("a");
    (void)tear_down(state);
    assert_true(cos_span_eq_str(row_value(row), "kept"));
    assert_true(blob_holds(row->blob, "kept", 4));
    row_unref(row);
    assert_int_equal(set_up(state), 0);
}

static void put_blob(const char *key, struct blob *blob)
{
    struct batch *batch = batch_new();
    struct commit c;
    batch_put(batch, cos_span_of(key), COS_SPAN_EMPTY, blob);
    assert_int_equal(backend_commit(the_backend, batch, &c), BACKEND_OK);
}

static void row_holds(const char *key, const void *bytes, size_t n)
{
    struct row *row = get_row(key);
    assert_true(blob_holds(row->blob, bytes, n));
    row_unref(row);
}

static void bytes_of_every_size_come_back(void **state)
{
    enum { LARGEST = (3 << 20) + 5 };
    static uint8_t bytes[LARGEST];
    static const size_t sizes[] = {1, 4096, 65536, (1u << 20) - 1, 1u << 20, LARGEST};
    for (size_t i = 0; i < LARGEST; i++) {
        bytes[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        struct blob_writer *w =
            the_backend->ops->blob_writer(the_backend, i % 2 == 0 ? 0 : sizes[i]);
        assert_non_null(w);
        for (size_t at = 0; at < sizes[i]; at += 50000) {
            size_t rest = sizes[i] - at;
            assert_int_equal(blob_writer_add(w, bytes + at, rest < 50000 ? rest : 50000), 0);
        }
        put_blob("k", blob_writer_done(w));
        row_holds("k", bytes, sizes[i]);
    }
    struct blob_writer *unfinished = the_backend->ops->blob_writer(the_backend, LARGEST);
    assert_int_equal(blob_writer_add(unfinished, bytes, LARGEST), 0);
    blob_writer_free(unfinished);
}

/* A part becomes an object, a copy shares its source, and each outlives the others. */
static void bytes_are_shared_among_rows(void **state)
{
    struct blob *new_bytes = backend_blob(the_backend, "new", 3);
    happens("+1=first +2=second");
    struct row *one = get_row("1");
    struct row *two = get_row("2");
    struct blob *cut = blob_slice(two->blob, 3, 3);
    struct blob *joined = blob_concat((struct blob *[]){one->blob, new_bytes, cut}, 3);
    blob_unref(cut);
    row_unref(two);
    put_blob("copy", blob_ref(one->blob));
    row_unref(one);
    struct batch *batch = batch_of("-1 -2");
    batch_put(batch, COS_SPAN_LIT("x"), COS_SPAN_EMPTY, joined);
    batch_put(batch, COS_SPAN_LIT("y"), COS_SPAN_EMPTY, new_bytes);
    batch_put(batch, COS_SPAN_LIT("z"), COS_SPAN_EMPTY, blob_ref(joined));
    struct commit c;
    assert_int_equal(backend_commit(the_backend, batch, &c), BACKEND_OK);
    row_holds("x", "firstnewond", 11);
    row_holds("y", "new", 3);
    happens("-x -y");
    row_holds("z", "firstnewond", 11);
    row_holds("copy", "first", 5);
}

static void a_batch_without_memory_changes_nothing(void **state)
{
    struct batch *batch = batch_of("+a=1");
    cos_alloc_fail_nth(1);
    batch_put(batch, COS_SPAN_LIT("b"), COS_SPAN_EMPTY, /* blob= */ NULL);
    cos_alloc_fail_nth(0);
    batch_put(batch, COS_SPAN_LIT("c"), COS_SPAN_EMPTY, /* blob= */ NULL);
    struct commit c;
    assert_int_equal(backend_commit(the_backend, batch, &c), BACKEND_NOMEM);
    there_is("");
}

static enum scan_next count_row(void *ctx, struct row *row, struct cos_span *seek)
{
    ++*(size_t *)ctx;
    return SCAN_NEXT;
}

static void a_thousand_changes_are_one_batch(void **state)
{
    enum { MANY = 1000 };
    struct batch *batch = batch_new();
    char key[16];
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(key, sizeof(key), "%04d", i);
        batch_expect(batch, EXPECT_ABSENT, cos_span_of(key), COS_SPAN_EMPTY, i);
        batch_put(batch, cos_span_of(key), cos_span_of(key), /* blob= */ NULL);
    }
    struct commit c;
    assert_int_equal(backend_commit(the_backend, batch, &c), BACKEND_OK);
    size_t n = 0;
    assert_int_equal(the_backend->ops->scan(the_backend, COS_SPAN_EMPTY, COS_SPAN_EMPTY,
                                            count_row, &n),
                     BACKEND_OK);
    assert_int_equal(n, MANY);
    happens("*");
    there_is("");
}

/* --- rows of a source --- */

/* Rows s0, s1, ... whose value and bytes are their number. */
struct series {
    struct row_source source;
    int n, at;
    int fails_at; /* instead of which row; -1: never */
    enum backend_result fails_with;
};

static void series_rewind(struct row_source *source)
{
    ((struct series *)source)->at = 0;
}

static enum backend_result series_next(struct row_source *source, struct row **out,
                                       char reason[160])
{
    struct series *s = (struct series *)source;
    char key[16];
    char value[16];
    if (s->at == s->n) {
        return BACKEND_ABSENT;
    }
    if (s->at == s->fails_at) {
        (void)snprintf(reason, 160, "row %d does not come", s->at);
        return s->fails_with;
    }
    (void)snprintf(key, sizeof(key), "s%d", s->at);
    (void)snprintf(value, sizeof(value), "%d", s->at);
    struct blob *blob = backend_try_blob(the_backend, value, strlen(value));
    *out = row_new(cos_span_of(key), cos_span_of(value), blob, /* budget= */ NULL);
    s->at++;
    return *out == NULL ? BACKEND_NOMEM : BACKEND_OK;
}

static struct series series_of(int n)
{
    return (struct series){.source = {.rewind = series_rewind, .next = series_next},
                           .n = n,
                           .at = n, /* nobody has rewound it */
                           .fails_at = -1};
}

static enum backend_result pour(const char *line, struct series *s, struct commit *c)
{
    struct batch *batch = batch_of(line);
    batch_pour(batch, &s->source);
    return backend_commit(the_backend, batch, c);
}

static void rows_of_a_source_are_put_behind_the_other_changes(void **state)
{
    struct series s = series_of(3);
    struct commit c = {0};
    happens("+a=1 +s0=old +s9=old");
    assert_int_equal(pour("* +s1=new +z=2", &s, &c), BACKEND_OK);
    there_is("s0=0 s1=1 s2=2 z=2");
    struct row *row = get_row("s2");
    assert_true(blob_holds(row->blob, "2", 1));
    row_unref(row);
    s = series_of(0);
    assert_int_equal(pour("-z", &s, &c), BACKEND_OK);
    there_is("s0=0 s1=1 s2=2");
}

static void a_source_that_fails_changes_nothing(void **state)
{
    static const enum backend_result results[] = {BACKEND_NOMEM, BACKEND_NO_ROOM, BACKEND_IO};
    happens("+a=1 +s0=old");
    for (size_t i = 0; i < COS_ARRAY_LEN(results); i++) {
        for (int at = 0; at < 3; at++) {
            struct series s = series_of(3);
            struct commit c = {0};
            char reason[32];
            s.fails_at = at;
            s.fails_with = results[i];
            (void)snprintf(reason, sizeof(reason), "row %d does not come", at);
            assert_int_equal(pour("* +z=1", &s, &c), results[i]);
            assert_string_equal(c.reason, reason);
            there_is("a=1 s0=old");
        }
    }
    struct series s = series_of(3);
    struct commit c = {0};
    assert_int_equal(pour("!a *", &s, &c), BACKEND_UNEXPECTED);
    there_is("a=1 s0=old");
}

/* --- the observer --- */

static void observe(void *ctx, const struct batch *batch)
{
    struct cos_buf *seen = ctx;
    for (size_t i = 0; i < batch_size(batch); i++) {
        struct change change = batch_change(batch, i);
        struct row *row = NULL;
        bool is_there = the_backend->ops->get(the_backend, change.key, &row) == BACKEND_OK;
        cos_buf_printf(seen, "%c" COS_SPAN_FMT "%s", row == NULL ? '-' : '+',
                       COS_SPAN_ARG(change.key), change.is_prefix ? "*" : "");
        assert_true(is_there == (change.row != NULL));
        row_unref(row);
    }
    cos_buf_ch(seen, ';');
}

static void the_observer_sees_what_happened_in_order(void **state)
{
    struct cos_buf seen;
    cos_buf_init(&seen, 4096);
    the_backend->observe = observe;
    the_backend->observe_ctx = &seen;
    happens("+a=1 +b=2");
    assert_string_equal(cos_buf_cstr(&seen), "+a+b;");
    assert_int_equal(commit_line("!a +c=3"), BACKEND_UNEXPECTED);
    happens("?a -a *b");
    happens("");
    assert_string_equal(cos_buf_cstr(&seen), "+a+b;-a-b*;;");
    struct series s = series_of(2);
    struct commit c = {0};
    assert_int_equal(pour("+d=4", &s, &c), BACKEND_OK); /* of its rows nobody is told */
    assert_string_equal(cos_buf_cstr(&seen), "+a+b;-a-b*;;+d;");
    cos_buf_deinit(&seen);
}

/* --- many at once --- */

enum { THREADS = 8, ROUNDS = 500 };

/* It takes its time between what is asked first and what is changed. */
static enum backend_result count(uint64_t n)
{
    char now[16], next[16];
    (void)snprintf(now, sizeof(now), "%d", (int)n);
    (void)snprintf(next, sizeof(next), "%d", (int)n + 1);
    struct batch *batch = batch_new();
    struct blob *blob = backend_try_blob(the_backend, next, strlen(next));
    if (batch == NULL || blob == NULL) {
        (void)batch_free(batch);
        (void)blob_unref(blob);
        return BACKEND_NOMEM;
    }
    batch_expect(batch, EXPECT_SAME, COS_SPAN_LIT("n"), cos_span_of(now), /* tag= */ 1);
    batch_put(batch, COS_SPAN_LIT("n"), cos_span_of(next), blob);
    for (int i = 0; i < 100; i++) {
        batch_expect(batch, EXPECT_ABSENT, COS_SPAN_LIT("z"), COS_SPAN_EMPTY, i);
    }
    struct commit c;
    return backend_commit(the_backend, batch, &c);
}

/* @ctx, or NULL: something else than another thread was in the way. */
static void *count_up(void *ctx)
{
    for (int done = 0; done < ROUNDS;) {
        struct row *row = NULL;
        uint64_t n = 0;
        bool is_read =
            the_backend->ops->get(the_backend, COS_SPAN_LIT("n"), &row) == BACKEND_OK &&
            cos_span_u64(row_value(row), &n);
        row_unref(row);
        enum backend_result r = is_read ? count(n) : BACKEND_IO;
        if (r != BACKEND_OK && r != BACKEND_UNEXPECTED) {
            return NULL;
        }
        done += r == BACKEND_OK;
    }
    return ctx;
}

static void batches_happen_one_behind_the_other(void **state)
{
    pthread_t threads[THREADS];
    char total[32];
    happens("+n=0");
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, total), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
    }
    (void)snprintf(total, sizeof(total), "n=%d", THREADS * ROUNDS);
    there_is(total);
}

static void note_done(struct commit *c)
{
    (void)__atomic_add_fetch((int *)c->ctx, 1, __ATOMIC_RELEASE);
}

/* Nobody waits for the one before; the last is waited for, so that all of them are done. */
static void the_batches_of_a_thread_keep_their_order(void **state)
{
    static struct commit commits[ROUNDS];
    int n_done = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char line[64];
        (void)snprintf(line, sizeof(line), i == 0 ? "!n +n=0" : "=n=%d +n=%d", i - 1, i);
        commits[i] = (struct commit){.done = note_done, .ctx = &n_done};
        struct batch *batch = batch_of(line);
        if (the_backend->ops->commit(the_backend, batch, &commits[i])) {
            note_done(&commits[i]);
        } else {
            assert_false(the_backend->is_immediate);
        }
    }
    happens("");
    assert_int_equal(__atomic_load_n(&n_done, __ATOMIC_ACQUIRE), ROUNDS);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(commits[i].result, BACKEND_OK);
    }
    char last[32];
    (void)snprintf(last, sizeof(last), "n=%d", ROUNDS - 1);
    there_is(last);
}

#define CONTRACT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest claims[] = {
        CONTRACT(what_is_put_is_got),
        CONTRACT(what_is_not_there_is_absent),
        CONTRACT(changes_happen_in_the_order_of_their_calls),
        CONTRACT(a_batch_happens_only_as_expected),
        CONTRACT(expectations_are_of_what_was_before),
        CONTRACT(a_walk_has_a_beginning_and_an_end),
        CONTRACT(rows_come_in_the_order_of_their_bytes),
        CONTRACT(a_walk_jumps_and_stops),
        CONTRACT(a_reader_keeps_the_row_it_has),
        CONTRACT(a_row_outlives_its_backend),
        CONTRACT(bytes_of_every_size_come_back),
        CONTRACT(bytes_are_shared_among_rows),
        CONTRACT(a_batch_without_memory_changes_nothing),
        CONTRACT(a_thousand_changes_are_one_batch),
        CONTRACT(rows_of_a_source_are_put_behind_the_other_changes),
        CONTRACT(a_source_that_fails_changes_nothing),
        CONTRACT(the_observer_sees_what_happened_in_order),
        CONTRACT(batches_happen_one_behind_the_other),
        CONTRACT(the_batches_of_a_thread_keep_their_order),
    };
    kind = backend_kind_of(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name(kind->name, claims, NULL, NULL);
}
