/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines by virtual time: the heap is compared with a list that is searched. */
#include "edge/deadlines.h"

#include "cosbase/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MANY = 200 };

static void each_is_due_once_and_in_time(void **state)
{
    struct deadline all[MANY] = {{0}};
    int64_t wanted[MANY]; /* 0: not in */
    struct cos_rng *rng = cos_rng_new(4);

    assert_non_null(rng);
    memset(wanted, 0, sizeof(wanted));
    struct deadlines d = {0};
    for (int64_t now = 1; now < 3000; now++) {
        for (int i = 0; i < 20; i++) {
            size_t one = cos_rng_below(rng, MANY);

            if (cos_rng_below(rng, 4) == 0) {
                deadlines_remove(&d, &all[one]);
                wanted[one] = 0;
            } else {
                wanted[one] = now + 1 + (int64_t)cos_rng_below(rng, 50);
                assert_true(deadlines_set(&d, &all[one], wanted[one]));
            }
        }
        for (const struct deadline *due; (due = deadlines_take_due(&d, now)) != NULL;) {
            assert_int_equal(wanted[due - all], now); /* not before, and not after */
            wanted[due - all] = 0;
        }
        for (size_t i = 0; i < MANY; i++) {
            assert_true(wanted[i] == 0 || wanted[i] > now);
            assert_true(wanted[i] == 0 || deadlines_next_ms(&d) <= wanted[i]);
        }
    }
    (void)cos_rng_free(rng);
    deadlines_deinit(&d);
}

static void never_is_never(void **state)
{
    struct deadlines d = {0};

    assert_int_equal(deadlines_next_ms(&d), DEADLINE_NEVER);
    struct deadline one = {0};
    assert_true(deadlines_set(&d, &one, 10));
    assert_true(deadlines_set(&d, &one, DEADLINE_NEVER));
    assert_null(deadlines_take_due(&d, INT64_MAX - 1));
    assert_int_equal(deadlines_next_ms(&d), DEADLINE_NEVER);
    deadlines_deinit(&d);
}

/* What makes a kept connection cheap: a deadline that is put off again and again does not move
 * in the heap. */
static void putting_off_moves_nothing(void **state)
{
    struct deadline all[3] = {{0}};
    struct deadlines d = {0};

    for (size_t i = 0; i < 3; i++) {
        assert_true(deadlines_set(&d, &all[i], 10 + (int64_t)i));
    }
    for (int64_t at = 20; at < 1000; at++) {
        assert_true(deadlines_set(&d, &all[0], at));
        assert_int_equal(all[0].place, 1);
    }
    assert_ptr_equal(deadlines_take_due(&d, 11), &all[1]);
    deadlines_deinit(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_due_once_and_in_time),
        cmocka_unit_test(never_is_never),
        cmocka_unit_test(putting_off_moves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
