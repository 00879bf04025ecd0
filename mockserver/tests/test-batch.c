/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and batches, and the wait for a commit of a backend that takes its time. */
#include "store/backend.h"

#include "cosbase/alloc.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct blob *blob_of(const char *text)
{
    struct blob_writer *w = blob_writer_new(strlen(text), /* budget= */ NULL);
    assert_int_equal(blob_writer_add(w, text, strlen(text)), 0);
    return blob_writer_done(w);
}

static void a_row_is_its_key_its_value_and_its_bytes(void **state)
{
    struct budget budget = {.limit_bytes = UINT64_MAX};
    struct row *row =
        row_new(cos_span_make("k\0", 2), COS_SPAN_LIT("value"), blob_of("bytes"), &budget);

    assert_true(cos_span_eq(row_key(row), cos_span_make("k\0", 2)));
    assert_true(cos_span_eq_str(row_value(row), "value"));
    assert_int_equal(blob_bytes(row->blob), 5);
    assert_in_range(budget.used_bytes, sizeof(struct row) + 2 + 5, UINT64_MAX);
    assert_ptr_equal(row_ref(row), row);
    assert_null(row_unref(row));
    assert_null(row_unref(row));
    assert_int_equal(budget.used_bytes, 0);
}

static void a_blob_without_bytes_is_none(void **state)
{
    struct row *row = row_new(COS_SPAN_EMPTY, COS_SPAN_EMPTY, blob_of(""), /* budget= */ NULL);

    assert_null(row->blob);
    assert_int_equal(row_key(row).len + row_value(row).len, 0);
    row_unref(row);
}

static int n_memos_freed;

static void free_memo(void *memo)
{
    n_memos_freed++;
}

static void what_was_made_of_a_row_goes_with_it(void **state)
{
    struct row *row = row_new(COS_SPAN_LIT("k"), COS_SPAN_EMPTY, /* blob= */ NULL,
                              /* budget= */ NULL);

    row->memo = row;
    row->memo_free = free_memo;
    (void)row_ref(row);
    row_unref(row);
    assert_int_equal(n_memos_freed, 0);
    row_unref(row);
    assert_int_equal(n_memos_freed, 1);
}

static void a_batch_copies_and_keeps_the_order_of_its_calls(void **state)
{
    enum { MANY = 50 };
    struct batch *b = batch_new();
    char key[16];

    for (int i = 0; i < MANY; i++) {
        (void)snprintf(key, sizeof(key), "key-%d", i);
        batch_expect(b, EXPECT_SAME, cos_span_of(key), cos_span_of(key), i);
        if (i % 3 == 0) {
            batch_put(b, cos_span_of(key), COS_SPAN_EMPTY, blob_of("x"));
        } else if (i % 3 == 1) {
            batch_delete(b, cos_span_of(key));
        } else {
            batch_delete_all(b, cos_span_of(key));
        }
    }
    assert_false(batch_failed(b));
    assert_int_equal(batch_size(b), MANY);
    assert_int_equal(batch_n_expectations(b), MANY);
    for (int i = 0; i < MANY; i++) {
        struct change change = batch_change(b, (size_t)i);
        struct expectation e = batch_expectation(b, (size_t)i);

        (void)snprintf(key, sizeof(key), "key-%d", i);
        assert_true(cos_span_eq_str(change.key, key));
        assert_int_equal(change.row != NULL, i % 3 == 0);
        assert_int_equal(change.is_prefix, i % 3 == 2);
        assert_true(cos_span_eq_str(e.key, key) && cos_span_eq_str(e.value, key));
        assert_int_equal(e.kind, EXPECT_SAME);
        assert_int_equal(e.tag, i);
    }
    batch_free(b);
}

static void fill(struct batch *b)
{
    for (int i = 0; i < 9; i++) {
        batch_expect(b, EXPECT_ABSENT, COS_SPAN_LIT("k"), COS_SPAN_EMPTY, 0);
        batch_delete(b, COS_SPAN_LIT("k"));
        batch_put(b, COS_SPAN_LIT("k"), COS_SPAN_LIT("v"), /* blob= */ NULL);
    }
}

static void a_batch_that_lost_a_step_says_so(void **state)
{
    uint64_t nth = 1;
    bool was_met = true;

    for (; was_met; nth++) {
        struct batch *b = NULL;
        struct blob *blob = blob_of("bytes");

        cos_alloc_fail_nth(nth);
        b = batch_new();
        if (b != NULL) {
            fill(b);
            batch_put(b, COS_SPAN_LIT("b"), COS_SPAN_EMPTY, blob);
        } else {
            blob_unref(blob);
        }
        was_met = cos_alloc_count() >= nth;
        cos_alloc_fail_nth(0);
        assert_int_equal(b == NULL || batch_failed(b), was_met);
        batch_free(b);
    }
    assert_in_range(nth, 10, 50);
}

/* --- waiting --- */

static void *answer_late(void *ctx)
{
    struct commit *c = ctx;

    c->result = BACKEND_NO_ROOM;
    c->done(c);
    return NULL;
}

static pthread_t answering;

static bool commit_late(struct backend *b, struct batch *batch, struct commit *c)
{
    batch_free(batch);
    assert_int_equal(pthread_create(&answering, NULL, answer_late, c), 0);
    return false;
}

static bool commit_now(struct backend *b, struct batch *batch, struct commit *c)
{
    batch_free(batch);
    c->result = BACKEND_IO;
    return true;
}

static void who_waits_for_a_commit_gets_its_result(void **state)
{
    static const struct backend_ops late = {.commit = commit_late};
    static const struct backend_ops now = {.commit = commit_now};
    struct backend b = {.ops = &late};
    struct commit c = {0};

    for (int i = 0; i < 100; i++) {
        assert_int_equal(backend_commit(&b, batch_new(), &c), BACKEND_NO_ROOM);
        assert_int_equal(pthread_join(answering, NULL), 0);
    }
    b.ops = &now;
    assert_int_equal(backend_commit(&b, batch_new(), &c), BACKEND_IO);
}

static void what_a_change_carries_goes_with_the_batch(void **state)
{
    static char mine;
    struct batch *b = batch_new();

    n_memos_freed = 0;
    batch_delete(b, COS_SPAN_LIT("k"));
    batch_put(b, COS_SPAN_LIT("l"), COS_SPAN_EMPTY, /* blob= */ NULL);
    assert_null(batch_change(b, 0).carried);
    batch_carry(b, 0, &mine, free_memo);
    batch_carry(b, 1, &mine, free_memo);
    batch_carry(b, 1, &mine, free_memo);
    assert_int_equal(n_memos_freed, 1);
    assert_ptr_equal(batch_change(b, 0).carried, &mine);
    (void)batch_free(b);
    assert_int_equal(n_memos_freed, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_its_key_its_value_and_its_bytes),
        cmocka_unit_test(a_blob_without_bytes_is_none),
        cmocka_unit_test(what_was_made_of_a_row_goes_with_it),
        cmocka_unit_test(what_a_change_carries_goes_with_the_batch),
        cmocka_unit_test(a_batch_copies_and_keeps_the_order_of_its_calls),
        cmocka_unit_test(a_batch_that_lost_a_step_says_so),
        cmocka_unit_test(who_waits_for_a_commit_gets_its_result),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
