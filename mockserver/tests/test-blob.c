/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs: what goes in comes out, in any cutting, from memory and from a file; slices and joins
 * share bytes and outlive their parents. */
#include "store/blob.h"

#include "cosbase/alloc.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 2654435761u >> 24);
}

static struct blob *make_in(struct budget *budget, uint64_t bytes, uint64_t expected,
                            size_t step)
{
    struct blob_writer *w = blob_writer_new(expected, budget);
    assert_non_null(w);
    for (uint64_t at = 0; at < bytes;) {
        size_t n = bytes - at < step ? (size_t)(bytes - at) : step;
        uint8_t piece[8192];
        for (size_t i = 0; i < n; i++) {
            piece[i] = byte_at(at + i);
        }
        assert_int_equal(blob_writer_add(w, piece, n), 0);
        at += n;
    }
    struct blob *b = blob_writer_done(w);
    assert_non_null(b);
    assert_int_equal(blob_bytes(b), bytes);
    return b;
}

static struct blob *make(uint64_t bytes, uint64_t expected, size_t step)
{
    return make_in(/* budget= */ NULL, bytes, expected, step);
}

static void holds(const struct blob *b, uint64_t first, uint64_t bytes)
{
    assert_int_equal(blob_bytes(b), bytes);
    size_t n;
    const uint8_t *p;
    uint64_t at = 0;
    for (; (p = blob_peek(b, at, &n)) != NULL; at += n) {
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++) {
            if (p[i] != byte_at(first + at + i)) {
                fail_msg("byte %llu differs", (unsigned long long)(at + i));
            }
        }
    }
    assert_int_equal(at, bytes);
    assert_int_equal(n, 0);
}

static void every_size_comes_back(void **state)
{
    static const struct {
        uint64_t bytes, expected;
        size_t step;
    } rows[] = {
        {0, 0, 1},
        {1, 1, 1},
        {4096, 4096, 8192},
        {4096, 0, 100}, /* no length announced */
        {100000, 0, 8192},
        {100000, 10, 8192}, /* more than announced */
        {100, 1u << 20, 7}, /* less than announced */
        {1u << 20, 1u << 20, 8192},
        {(1u << 20) + 1, (1u << 20) + 1, 8192},
        {(9u << 20) + 5, (9u << 20) + 5, 8192},
        {(9u << 20) + 5, 0, 8192},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct blob *b = make(rows[i].bytes, rows[i].expected, rows[i].step);
        holds(b, 0, rows[i].bytes);
        blob_unref(b);
    }
}

static void slices_and_joins_outlive_their_parents(void **state)
{
    const uint64_t whole = (6u << 20) + 123;
    static const uint64_t cuts[] = {0, 1, 4096, (1u << 20) - 1, 1u << 20, (5u << 20) + 7};
    struct blob *b = make(whole, whole, 8192);
    struct blob *parts[COS_ARRAY_LEN(cuts)];
    for (size_t i = 0; i < COS_ARRAY_LEN(cuts); i++) {
        uint64_t end = i + 1 < COS_ARRAY_LEN(cuts) ? cuts[i + 1] : whole;
        parts[i] = blob_slice(b, cuts[i], end - cuts[i]);
        assert_non_null(parts[i]);
    }
    blob_unref(b);
    struct blob *joined = blob_concat(parts, COS_ARRAY_LEN(parts));
    for (size_t i = 0; i < COS_ARRAY_LEN(cuts); i++) {
        uint64_t end = i + 1 < COS_ARRAY_LEN(cuts) ? cuts[i + 1] : whole;
        holds(parts[i], cuts[i], end - cuts[i]);
        blob_unref(parts[i]);
    }
    holds(joined, 0, whole);
    blob_unref(joined);
}

static void a_slice_beyond_the_end_is_clipped(void **state)
{
    struct blob *b = make(10, 10, 10);
    struct blob *tail = blob_slice(b, 8, 100);
    struct blob *nothing = blob_slice(b, 10, 1);
    holds(tail, 8, 2);
    holds(nothing, 0, 0);
    blob_unref(b);
    blob_unref(tail);
    blob_unref(nothing);
}

static void no_blob_is_an_empty_blob(void **state)
{
    size_t n = 1;
    struct blob *none[] = {NULL, NULL};
    assert_int_equal(blob_bytes(NULL), 0);
    assert_null(blob_peek(NULL, 0, &n));
    struct blob *joined = blob_concat(none, 2);
    assert_non_null(joined);
    assert_int_equal(blob_bytes(joined), 0);
    blob_unref(joined);
}

/* 320 KiB; NULL when memory ran out. */
static struct blob *write_zeros(void)
{
    struct blob_writer *w = blob_writer_new(0, /* budget= */ NULL);
    if (w == NULL) {
        return NULL;
    }
    for (int i = 0; i < 40; i++) {
        static const uint8_t zeros[8192];
        if (blob_writer_add(w, zeros, sizeof(zeros)) < 0) {
            (void)blob_writer_free(w);
            return NULL;
        }
    }
    return blob_writer_done(w);
}

static void a_writer_without_memory_says_so(void **state)
{
    uint64_t nth = 0;
    int n_refused = 0;
    bool was_met = true;
    while (was_met) {
        cos_alloc_fail_nth(++nth);
        struct blob *b = write_zeros();
        was_met = cos_alloc_count() >= nth;
        cos_alloc_fail_nth(0);
        assert_true(b == NULL ? was_met : blob_bytes(b) == 40 * 8192);
        n_refused += b == NULL;
        blob_unref(b);
    }
    assert_true(n_refused > 3);
}

/* --- bytes in a file --- */

struct file {
    int fd;
    int n_released;
};

static void note_release(void *ctx)
{
    ((struct file *)ctx)->n_released++;
}

/* A file of @n bytes as byte_at() says. */
static struct file file_of(size_t n)
{
    struct file f = {.fd = memfd_create("chunk", 0)};
    assert_true(f.fd >= 0);
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = byte_at(i);
        assert_int_equal(pwrite(f.fd, &byte, 1, (off_t)i), 1);
    }
    return f;
}

static struct blob *chunk_of(struct file *f, uint64_t offset, uint64_t bytes)
{
    struct blob_chunk chunk = {
        .fd = f->fd, .offset = offset, .bytes = bytes, .release = note_release, .ctx = f};
    struct blob *b = blob_of_chunk(&chunk, /* budget= */ NULL);
    assert_non_null(b);
    return b;
}

/* As holds(), wherever the bytes lie. */
static void reads(const struct blob *b, uint64_t first, uint64_t bytes, size_t step)
{
    uint8_t buf[512];
    uint64_t at = 0;
    int64_t n;
    assert_int_equal(blob_bytes(b), bytes);
    for (; (n = blob_read(b, at, buf, step)) > 0; at += (uint64_t)n) {
        for (size_t i = 0; i < (size_t)n; i++) {
            assert_int_equal(buf[i], byte_at(first + at + i));
        }
    }
    assert_int_equal(n, 0);
    assert_int_equal(at, bytes);
}

static void bytes_in_a_file_are_told_by_their_place(void **state)
{
    struct file f = file_of(1000);
    struct blob *b = chunk_of(&f, 100, 800);
    size_t in_memory = 1;
    int fd = -1;
    uint64_t at = 0;
    uint64_t n = 0;

    assert_null(blob_peek(b, 0, &in_memory));
    assert_int_equal(in_memory, 0);
    assert_true(blob_file(b, 50, &fd, &at, &n));
    assert_int_equal(fd, f.fd);
    assert_int_equal(at, 150);
    assert_int_equal(n, 750);
    assert_ptr_equal(blob_chunk(b, 799)->ctx, &f);
    assert_null(blob_chunk(b, 800));
    assert_false(blob_file(b, 800, &fd, &at, &n));
    reads(b, 100, 800, 7);
    blob_unref(b);
    (void)close(f.fd);
}

static void a_join_reads_on_from_memory_to_file_and_back(void **state)
{
    struct file f = file_of(1000);
    struct blob *memory = make(300, 300, 300);
    struct blob *file = chunk_of(&f, 0, 1000);
    struct blob *middle = blob_slice(file, 300, 400);
    struct blob *rest = blob_slice(file, 700, 300);
    struct blob *all = blob_concat((struct blob *[]){memory, middle, rest}, 3);
    size_t in_memory;
    int fd;
    uint64_t at;
    uint64_t n;

    blob_unref(memory);
    blob_unref(file);
    blob_unref(middle);
    blob_unref(rest);
    for (size_t step = 1; step <= 512; step += 73) {
        reads(all, 0, 1000, step);
    }
    assert_non_null(blob_peek(all, 299, &in_memory));
    assert_int_equal(in_memory, 1);
    assert_false(blob_file(all, 299, &fd, &at, &n));
    assert_true(blob_file(all, 301, &fd, &at, &n));
    assert_int_equal(at, 301);
    assert_int_equal(n, 399);
    assert_int_equal(f.n_released, 0);
    blob_unref(all);
    assert_int_equal(f.n_released, 1);
    (void)close(f.fd);
}

static void a_file_that_is_too_short_is_an_error(void **state)
{
    struct file f = file_of(10);
    struct blob *b = chunk_of(&f, 5, 10);
    uint8_t buf[10];

    assert_int_equal(blob_read(b, 0, buf, 5), 5);
    assert_int_equal(blob_read(b, 0, buf, 10), -EIO);
    (void)close(f.fd);
    assert_int_equal(blob_read(b, 0, buf, 5), -EBADF);
    blob_unref(b);
}

static void a_chunk_without_memory_is_not_released(void **state)
{
    struct file f = {.fd = -1};
    struct blob_chunk chunk = {.fd = -1, .bytes = 1, .release = note_release, .ctx = &f};
    struct budget budget = {.limit_bytes = UINT64_MAX};

    for (uint64_t nth = 1; nth <= 2; nth++) {
        cos_alloc_fail_nth(nth);
        assert_null(blob_of_chunk(&chunk, &budget));
    }
    cos_alloc_fail_nth(0);
    assert_int_equal(f.n_released, 0);
    assert_int_equal(budget.used_bytes, 0);
}

/* --- a backend's own writer --- */

struct counting_sink {
    struct blob_sink base;
    size_t n_added;
    int n_freed;
};

static int sink_add(struct blob_sink *s, const void *bytes, size_t n)
{
    ((struct counting_sink *)s)->n_added += n;
    return n == 13 ? BLOB_NO_ROOM : 0;
}

static struct blob *sink_done(struct blob_sink *s)
{
    return make(((struct counting_sink *)s)->n_added, 0, 1);
}

static void sink_free(struct blob_sink *s)
{
    ((struct counting_sink *)s)->n_freed++;
}

static void a_sink_gets_all_of_it_and_makes_the_blob(void **state)
{
    struct counting_sink s = {.base = {sink_add, sink_done, sink_free}};
    struct blob_writer *w = blob_writer_to(&s.base);

    assert_false(blob_writer_can_share(w));
    assert_int_equal(blob_writer_add(w, "abcdefg", 7), 0);
    assert_null(blob_writer_share(w, 0));
    assert_int_equal(blob_writer_add(w, "abcdefghijklm", 13), BLOB_NO_ROOM);
    struct blob *b = blob_writer_done(w);
    assert_int_equal(blob_bytes(b), 20);
    assert_int_equal(s.n_freed, 0);
    blob_unref(b);
    blob_writer_free(blob_writer_to(&s.base));
    assert_int_equal(s.n_freed, 1);
    cos_alloc_fail_nth(1);
    assert_null(blob_writer_to(&s.base));
    cos_alloc_fail_nth(0);
    assert_int_equal(s.n_freed, 2);
}

/* Who looks at bytes while more come keeps them, and the writer does not move them away. */
static void what_is_written_so_far_can_be_shared(void **state)
{
    (void)state;
    static uint8_t bytes[3u << 20];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = byte_at(i);
    }
    for (uint64_t from = 0; from < sizeof(bytes) / 2; from = from * 3 + 1) {
        struct blob_writer *w = blob_writer_new(/* expected_bytes= */ 0, /* budget= */ NULL);
        assert_non_null(w);
        assert_true(blob_writer_can_share(w));
        assert_int_equal(blob_writer_add(w, bytes, sizeof(bytes) / 2), 0);
        assert_int_equal(blob_writer_bytes(w), sizeof(bytes) / 2);
        struct blob *shared = blob_writer_share(w, from);
        assert_non_null(shared);
        struct blob *whole = blob_writer_done(w); /* shrinks its last segment, unless shared */
        holds(shared, from, sizeof(bytes) / 2 - from);
        blob_unref(whole);
        holds(shared, from, sizeof(bytes) / 2 - from);
        blob_unref(shared);
    }
}

static size_t resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*u %lu", &pages), 1);
    (void)fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Also where the heap keeps what is freed, as the command asks it to. */
static void a_large_body_that_goes_is_no_memory_any_more(void **state)
{
    (void)state;
    const uint64_t bytes = 64u << 20;
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
    size_t before = resident_bytes();
    struct blob *b = make(bytes, bytes, 8192);
    assert_true(resident_bytes() > before + bytes * 9 / 10);
    blob_unref(b);
    assert_true(resident_bytes() < before + bytes / 10);
}

/* What a body takes besides when it comes for the first time: the heap's, a sanitizer's. */
static size_t resident_bytes_when_warm(uint64_t bytes)
{
    blob_unref(make(bytes, bytes, 8192));
    return resident_bytes();
}

/* Eight segments of 4 MiB, as store/blob.c has it, for the body that comes. */
static void a_budget_has_some_segments_at_hand(void **state)
{
    (void)state;
    const uint64_t mib = 1u << 20;
    struct budget budget = {.limit_bytes = 200 * mib};
    size_t before = resident_bytes_when_warm(64 * mib);
    struct blob *b = make_in(&budget, 64 * mib, 64 * mib, 8192);
    blob_unref(b);
    assert_int_equal(budget.used_bytes, 0);
    assert_in_range(resident_bytes(), before + 30 * mib, before + 35 * mib);
    b = make_in(&budget, 34 * mib, 34 * mib, 8192);
    holds(b, 0, 34 * mib);
    assert_true(resident_bytes() < before + 40 * mib); /* they are what it lies in */
    blob_unref(b);
    blob_spares_drop(&budget);
    assert_true(resident_bytes() < before + 4 * mib);
    blob_spares_drop(/* budget= */ NULL);
}

static void a_small_limit_has_better_use_for_them(void **state)
{
    (void)state;
    const uint64_t mib = 1u << 20;
    struct budget budget = {.limit_bytes = 24 * mib};
    size_t before = resident_bytes_when_warm(20 * mib);
    blob_unref(make_in(&budget, 20 * mib, 20 * mib, 8192));
    assert_true(resident_bytes() < before + 4 * mib);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_comes_back),
        cmocka_unit_test(slices_and_joins_outlive_their_parents),
        cmocka_unit_test(a_slice_beyond_the_end_is_clipped),
        cmocka_unit_test(no_blob_is_an_empty_blob),
        cmocka_unit_test(a_writer_without_memory_says_so),
        cmocka_unit_test(bytes_in_a_file_are_told_by_their_place),
        cmocka_unit_test(a_join_reads_on_from_memory_to_file_and_back),
        cmocka_unit_test(a_file_that_is_too_short_is_an_error),
        cmocka_unit_test(a_chunk_without_memory_is_not_released),
        cmocka_unit_test(a_sink_gets_all_of_it_and_makes_the_blob),
        cmocka_unit_test(what_is_written_so_far_can_be_shared),
        cmocka_unit_test(a_large_body_that_goes_is_no_memory_any_more),
        cmocka_unit_test(a_budget_has_some_segments_at_hand),
        cmocka_unit_test(a_small_limit_has_better_use_for_them),
    };
    return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
