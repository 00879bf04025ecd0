/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs: what goes in comes out, in any cutting; slices and joins share bytes and outlive their
 * parents. */
#include "store/store.h"

#include "cosbase/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 2654435761u >> 24);
}

static struct blob *make(uint64_t bytes, uint64_t expected, size_t step)
{
    struct blob_writer *w = blob_writer_new(expected, /* budget: */ NULL);
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

static void a_writer_without_memory_says_so(void **state)
{
    for (uint64_t nth = 1; nth < 8; nth++) {
        cos_alloc_fail_nth(nth);
        struct blob_writer *w = blob_writer_new(0, /* budget: */ NULL);
        if (w == NULL) {
            continue;
        }
        int r = 0;
        for (int i = 0; i < 40 && r == 0; i++) {
            static const uint8_t zeros[8192];
            r = blob_writer_add(w, zeros, sizeof(zeros));
        }
        if (r < 0) {
            blob_writer_free(w);
        } else {
            blob_unref(blob_writer_done(w));
        }
    }
    cos_alloc_fail_nth(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_comes_back),
        cmocka_unit_test(slices_and_joins_outlive_their_parents),
        cmocka_unit_test(a_slice_beyond_the_end_is_clipped),
        cmocka_unit_test(no_blob_is_an_empty_blob),
        cmocka_unit_test(a_writer_without_memory_says_so),
    };
    return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
