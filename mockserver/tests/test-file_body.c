/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers whose bytes lie in a file, as a backend on a disk keeps large ones: over plain
 * sockets and TLS, small and large, and when the file cannot be read to its end.
 */
#include "tls_line.h"

#include "cosmock/fault.h"
#include "cosmock/journal.h"

#include "store/backend.h"
#include "store/objects.h"
#include "world/world.h"

#include <sys/mman.h>

#define LARGE_BYTES (1 << 20)
#define SMALL_BYTES 1000
#define FILE_OFFSET 77 /* what stands before it in the file is another's */

static char bytes[LARGE_BYTES];

static int open_file(void **state)
{
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)('a' + i * i % 23);
    }
    return wire_open(state);
}

static void close_chunk(void *ctx)
{
    (void)close((int)(intptr_t)ctx);
}

/* @n bytes from @first on, in a file that ends after @n_in_file of them. */
static struct blob *in_file(size_t first, size_t n, size_t n_in_file)
{
    int fd = memfd_create("chunk", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes + first, n_in_file, FILE_OFFSET), n_in_file);
    const struct blob_chunk chunk = {.fd = fd,
                                     .offset = FILE_OFFSET,
                                     .bytes = n,
                                     .release = close_chunk,
                                     .ctx = (void *)(intptr_t)fd};
    return blob_of_chunk(&chunk, /* budget= */ NULL);
}

static void put_blob(struct wire *w, const char *key, struct blob *blob)
{
    const struct object_draft draft = {.key = cos_span_of(key),
                                       .blob = blob,
                                       .etag = COS_SPAN_LIT("e")};
    struct bucket *b = world_bucket_find(w->tenant, cos_span_of(w->info.bucket));
    struct batch *batch = batch_new();
    struct commit c = {0};
    struct version ignored;
    assert_int_equal(objects_put(batch, w->tenant->rows, &b->stored, &draft, &ignored),
                     STORE_OK);
    assert_int_equal(backend_commit(w->tenant->rows, batch, &c), BACKEND_OK);
    bucket_unref(b);
}

static void put(struct wire *w, const char *key, size_t n, size_t n_in_file)
{
    put_blob(w, key, in_file(/* first= */ 0, n, n_in_file));
}

/* Three files, of which the middle one is empty. */
static void put_with_gap(struct wire *w, const char *key, size_t n)
{
    size_t third = n / 3;
    struct blob *parts[] = {in_file(0, third, third), in_file(third, third, 0),
                            in_file(2 * third, third, third)};
    put_blob(w, key, blob_concat(parts, COS_ARRAY_LEN(parts)));
    for (size_t i = 0; i < COS_ARRAY_LEN(parts); i++) {
        blob_unref(parts[i]);
    }
}

static void ask(struct line *l, const struct wire *w, const char *key, const char *more)
{
    line_say(l, "GET /%s HTTP/1.1\r\nHost: %s\r\n%s\r\n", key, w->host, more);
}

static void expect_bytes(struct line *l, int status, const char *expected, size_t n)
{
    struct reply r;
    assert_true(line_hear(l, &r, /* has_body= */ true));
    assert_int_equal(r.status, status);
    assert_true(r.is_complete);
    assert_int_equal(r.body.len, n);
    assert_memory_equal(r.body.ptr, expected, n);
    reply_free(&r);
}

static void a_file_is_sent_as_memory_is(void **state)
{
    struct wire *w = *state;
    put(w, "large", LARGE_BYTES, LARGE_BYTES);
    put(w, "small", SMALL_BYTES, SMALL_BYTES);
    struct line l = line_open(w->front.port);
    ask(&l, w, "large", "");
    expect_bytes(&l, 200, bytes, LARGE_BYTES);
    ask(&l, w, "small", "");
    expect_bytes(&l, 200, bytes, SMALL_BYTES);
    ask(&l, w, "large", "Range: bytes=500000-899999\r\n");
    expect_bytes(&l, 206, bytes + 500000, 400000);
    line_close(&l);
}

static void a_file_is_sent_over_tls(void **state)
{
    struct wire *w = *state;
    char request[512];
    put(w, "large", LARGE_BYTES, LARGE_BYTES);
    struct tls_line l = tls_line_open(w);
    int n =
        snprintf(request, sizeof(request), "GET /large HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    tls_line_say(&l, request, (size_t)n);
    size_t head = SIZE_MAX;
    while (head == SIZE_MAX || l.in.len < head + 4 + LARGE_BYTES) {
        assert_true(tls_line_more(&l));
        head = cos_span_find(cos_buf_view(&l.in), COS_SPAN_LIT("\r\n\r\n"));
    }
    assert_memory_equal(l.in.ptr + head + 4, bytes, LARGE_BYTES);
    tls_line_close(&l);
}

static void a_fault_changes_a_file_on_its_way(void **state)
{
    struct wire *w = *state;
    const struct cosmock_fault corrupt = {.size = sizeof(corrupt),
                                          .kind = COSMOCK_FAULT_CORRUPT,
                                          .amount = 600000};
    struct cosmock_error err = {0};
    uint64_t id;
    put(w, "large", LARGE_BYTES, LARGE_BYTES);
    if (cosmock_fault_push(w->tenant, &corrupt, &id, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    struct line l = line_open(w->front.port);
    struct reply r;
    ask(&l, w, "large", "");
    assert_true(line_hear(&l, &r, /* has_body= */ true));
    assert_int_equal(r.body.len, LARGE_BYTES);
    assert_memory_equal(r.body.ptr, bytes, 600000);
    assert_int_equal(r.body.ptr[600000], bytes[600000] ^ 1);
    assert_memory_equal(r.body.ptr + 600001, bytes + 600001, LARGE_BYTES - 600001);
    reply_free(&r);
    line_close(&l);
}

/* Nothing is said of a body that is not there: the client gets an error, not half an object. */
static void a_file_that_ends_too_early_is_an_error_and_no_object(void **state)
{
    static const struct {
        const char *key, *range;
        size_t n, n_in_file;
    } files[] = {{"large", "", LARGE_BYTES, 700000},
                 {"small", "", SMALL_BYTES, 10},
                 {"empty", "", LARGE_BYTES, 0},
                 {"behind", "Range: bytes=800000-800009\r\n", LARGE_BYTES, 700000}};
    struct wire *w = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(files); i++) {
        put(w, files[i].key, files[i].n, files[i].n_in_file);
        struct line l = line_open(w->front.port);
        struct reply r;
        ask(&l, w, files[i].key, files[i].range);
        assert_true(line_hear(&l, &r, /* has_body= */ true));
        assert_int_equal(r.status, 500);
        assert_true(r.is_complete);
        assert_true(cos_span_find(cos_buf_view(&r.body),
                                  COS_SPAN_LIT("<Code>InternalError</Code>")) != SIZE_MAX);
        reply_free(&r);
        ask(&l, w, files[i].key, "Range: bytes=0-0\r\n");
        line_expect(&l, files[i].n_in_file > 0 ? 206 : 500);
        line_close(&l);
        struct cosmock_journal_query query = COSMOCK_JOURNAL_QUERY_INIT;
        query.after_seq = cosmock_journal_last_seq(w->tenant) - 2;
        struct cosmock_entry *e = NULL;
        assert_int_equal(cosmock_journal_read(w->tenant, &e, &query), 2);
        assert_string_equal(e->code, "InternalError");
        assert_string_equal(e->detail, "stored bytes cannot be read: Input/output error");
        cosmock_entries_free(e);
    }
    assert_false(cosmock_broken(w->mock));
}

/* The head is out: the connection ends before its length is reached, and the journal says why,
 * in an entry behind that of the request. */
static void a_file_that_fails_in_the_middle_ends_the_connection_and_is_journalled(void **state)
{
    static const struct {
        const char *key;
        size_t n;
    } files[] = {{"large", LARGE_BYTES}, {"small", SMALL_BYTES}};
    struct wire *w = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(files); i++) {
        put_with_gap(w, files[i].key, files[i].n);
        struct cosmock_journal_query query = COSMOCK_JOURNAL_QUERY_INIT;
        query.after_seq = cosmock_journal_last_seq(w->tenant);
        struct line l = line_open(w->front.port);
        struct reply r;
        ask(&l, w, files[i].key, "");
        assert_true(line_hear(&l, &r, /* has_body= */ true));
        assert_int_equal(r.status, 200);
        assert_false(r.is_complete);
        assert_true(line_is_at_end(&l));
        reply_free(&r);
        line_close(&l);
        struct cosmock_entry *e = NULL;
        assert_int_equal(cosmock_journal_read(w->tenant, &e, &query), 2);
        assert_string_equal(e->code, "");
        assert_string_equal(e[1].code, "InternalError");
        assert_non_null(strstr(e[1].detail, "the reply breaks off"));
        assert_string_equal(e[1].request_id, e->request_id);
        cosmock_entries_free(e);
    }
    assert_false(cosmock_broken(w->mock));
}

#define WITH_FILE(f) cmocka_unit_test_setup_teardown(f, open_file, wire_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(a_file_is_sent_as_memory_is),
        WITH_FILE(a_file_is_sent_over_tls),
        WITH_FILE(a_fault_changes_a_file_on_its_way),
        WITH_FILE(a_file_that_ends_too_early_is_an_error_and_no_object),
        WITH_FILE(a_file_that_fails_in_the_middle_ends_the_connection_and_is_journalled),
    };
    return cmocka_run_group_tests_name("file_body", tests, NULL, NULL);
}
