/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the memory backend's own: who pays, and memory that runs out in the middle of a
 * commit.
 */
#include "store/backend.h"

#include "cosbase/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "backends.h"

static struct budget budget;

static struct backend *open_backend(void)
{
    budget = (struct budget){.limit_bytes = UINT64_MAX};
    struct backend *b = backend_memory_new(&budget);
    assert_non_null(b);
    assert_true(b->is_immediate);
    return b;
}

static void put(struct backend *b, const char *key, const char *value)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_put(batch, cos_span_of(key), cos_span_of(value),
              backend_blob(b, value, strlen(value)));
    struct commit c;
    assert_int_equal(backend_commit(b, batch, &c), BACKEND_OK);
}

static void delete_all(struct backend *b)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_delete_all(batch, COS_SPAN_EMPTY);
    struct commit c;
    assert_int_equal(backend_commit(b, batch, &c), BACKEND_OK);
}

static void rows_and_bytes_are_paid_until_they_go(void **state)
{
    struct backend *b = open_backend();
    put(b, "a", "1");
    uint64_t one = budget.used_bytes;
    assert_in_range(one, sizeof(struct row) + 2, 1000);
    put(b, "b", "");
    assert_in_range(budget.used_bytes, one + sizeof(struct row), 2 * one);
    put(b, "a", "2");
    put(b, "a", "3");
    put(b, "b", "");
    struct row *held = NULL;
    assert_int_equal(b->ops->get(b, COS_SPAN_LIT("a"), &held), BACKEND_OK);
    delete_all(b);
    assert_int_equal(budget.used_bytes, one);
    row_unref(held);
    assert_int_equal(budget.used_bytes, 0);
    put(b, "a", "1");
    (void)b->ops->free(b);
    assert_int_equal(budget.used_bytes, 0);
}

static void a_batch_that_is_not_taken_costs_nothing(void **state)
{
    struct backend *b = open_backend();
    struct batch *batch = batch_new();
    batch_expect(batch, EXPECT_PRESENT, COS_SPAN_LIT("a"), COS_SPAN_EMPTY, 0);
    batch_put(batch, COS_SPAN_LIT("a"), COS_SPAN_LIT("1"), backend_blob(b, "1", 1));
    struct commit c;
    assert_int_equal(backend_commit(b, batch, &c), BACKEND_UNEXPECTED);
    assert_int_equal(budget.used_bytes, 0);
    (void)b->ops->free(b);
}

/*
 * Puts of new rows and of old ones, deletions of one and of many, in an order where each would
 * show.
 */
static struct batch *many_changes(void)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_delete(batch, COS_SPAN_LIT("a"));
    batch_put(batch, COS_SPAN_LIT("b"), COS_SPAN_LIT("new"), /* blob= */ NULL);
    batch_delete_all(batch, COS_SPAN_LIT("c"));
    batch_put(batch, COS_SPAN_LIT("d"), COS_SPAN_LIT("new"), /* blob= */ NULL);
    for (char key[] = "e"; key[0] < 'k'; key[0]++) {
        batch_put(batch, cos_span_of(key), COS_SPAN_LIT("new"), /* blob= */ NULL);
    }
    return batch;
}

static enum scan_next write_row(void *ctx, struct row *row, struct cos_span *seek)
{
    char *out = ctx;
    size_t n = strlen(out);
    (void)snprintf(out + n, 256 - n, COS_SPAN_FMT "=" COS_SPAN_FMT " ",
                   COS_SPAN_ARG(row_key(row)), COS_SPAN_ARG(row_value(row)));
    return SCAN_NEXT;
}

static void there_is(struct backend *b, const char *expected)
{
    char seen[256] = "";
    assert_int_equal(b->ops->scan(b, COS_SPAN_EMPTY, COS_SPAN_EMPTY, write_row, seen),
                     BACKEND_OK);
    assert_string_equal(seen, expected);
}

static int n_observed;

static void observe(void *ctx, const struct batch *batch)
{
    n_observed++;
}

static void memory_that_runs_out_in_a_commit_changes_nothing(void **state)
{
    static const char before[] = "a=1 b=2 c/1=3 c/2=4 ";
    struct backend *b = open_backend();
    put(b, "a", "1");
    put(b, "b", "2");
    put(b, "c/1", "3");
    put(b, "c/2", "4");
    b->observe = observe;
    uint64_t used = budget.used_bytes;
    enum backend_result r = BACKEND_NOMEM;
    uint64_t nth = 0;
    while (r != BACKEND_OK) {
        struct batch *batch = many_changes();
        struct commit c;
        cos_alloc_fail_nth(++nth);
        r = backend_commit(b, batch, &c);
        cos_alloc_fail_nth(0);
        if (r != BACKEND_OK) {
            assert_int_equal(r, BACKEND_NOMEM);
            assert_int_equal(budget.used_bytes, used);
            assert_int_equal(n_observed, 0);
            there_is(b, before);
        }
    }
    assert_in_range(nth, 1 + 8, 20); /* at least a node for each row that was put */
    assert_int_equal(n_observed, 1);
    there_is(b, "b=new d=new e=new f=new g=new h=new i=new j=new ");
    (void)b->ops->free(b);
    assert_int_equal(budget.used_bytes, 0);
}

static void a_backend_without_memory_is_none(void **state)
{
    for (uint64_t nth = 1; nth <= 2; nth++) {
        cos_alloc_fail_nth(nth);
        assert_null(backend_memory_new(NULL));
    }
    cos_alloc_fail_nth(3);
    struct backend *b = backend_memory_new(NULL);
    cos_alloc_fail_nth(0);
    assert_non_null(b);
    (void)b->ops->free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_bytes_are_paid_until_they_go),
        cmocka_unit_test(a_batch_that_is_not_taken_costs_nothing),
        cmocka_unit_test(memory_that_runs_out_in_a_commit_changes_nothing),
        cmocka_unit_test(a_backend_without_memory_is_none),
    };
    return cmocka_run_group_tests_name("backend_memory", tests, NULL, NULL);
}
