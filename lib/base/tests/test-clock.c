/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks. The thread tests decide their order by wakes and advances, never by sleeping.
 */
#include "check.h"
#include "cosbase/clock.h"

#include <pthread.h>

#define NOON_UNIX_MS INT64_C(1700000000000)

static int64_t mono(struct cos_clock *c)
{
    return c->mono_ms(c->ctx);
}

static int64_t unix_now(struct cos_clock *c)
{
    return c->unix_ms(c->ctx);
}

static void the_system_clock_is_the_kernels(void **state)
{
    COS_CLEANUP(cos_clock_free) struct cos_clock *c = cos_clock_system_new();
    int64_t before_unix = cos_system_unix_ms();
    int64_t before_mono = cos_system_mono_ns() / 1000000;
    assert_true(unix_now(c) >= before_unix && unix_now(c) <= cos_system_unix_ms());
    assert_true(mono(c) >= before_mono && mono(c) <= cos_system_mono_ns() / 1000000);
    assert_true(before_unix > INT64_C(1600000000000));
}

static void a_reached_deadline_does_not_wait(void **state)
{
    COS_CLEANUP(cos_clock_free) struct cos_clock *c = cos_clock_system_new();
    assert_int_equal(c->wait_until(c->ctx, INT64_MIN), 0);
    assert_int_equal(c->wait_until(c->ctx, mono(c)), 0);
}

static void the_system_clock_wakes_at_its_deadline(void **state)
{
    COS_CLEANUP(cos_clock_free) struct cos_clock *c = cos_clock_system_new();
    int64_t deadline = mono(c) + 3;
    assert_int_equal(c->wait_until(c->ctx, deadline), 0);
    assert_true(mono(c) >= deadline);
}

static void a_wake_before_the_wait_is_remembered_once(void **state)
{
    COS_CLEANUP(cos_clock_free) struct cos_clock *c = cos_clock_system_new();
    c->wake(c->ctx);
    c->wake(c->ctx);
    assert_int_equal(c->wait_until(c->ctx, INT64_MAX), 1);
    assert_int_equal(c->wait_until(c->ctx, mono(c)), 0);
}

static void an_advance_moves_both_clocks(void **state)
{
    COS_CLEANUP(cos_clock_free)
    struct cos_clock *c = cos_clock_manual_new(NOON_UNIX_MS, /* auto_advance= */ false);
    int64_t start = mono(c);
    assert_int_equal(unix_now(c), NOON_UNIX_MS);
    cos_clock_advance(c, 1500);
    assert_int_equal(unix_now(c), NOON_UNIX_MS + 1500);
    assert_int_equal(mono(c), start + 1500);
}

static void a_step_back_spares_the_monotonic_clock(void **state)
{
    COS_CLEANUP(cos_clock_free)
    struct cos_clock *c = cos_clock_manual_new(NOON_UNIX_MS, /* auto_advance= */ false);
    int64_t start = mono(c);
    cos_clock_advance(c, -60000);
    assert_int_equal(unix_now(c), NOON_UNIX_MS - 60000);
    assert_int_equal(mono(c), start);
}

static void an_auto_advancing_clock_lives_an_hour_at_once(void **state)
{
    COS_CLEANUP(cos_clock_free)
    struct cos_clock *c = cos_clock_manual_new(NOON_UNIX_MS, /* auto_advance= */ true);
    int64_t start = mono(c);
    assert_int_equal(c->wait_until(c->ctx, start + 3600000), 0);
    assert_int_equal(mono(c), start + 3600000);
    assert_int_equal(unix_now(c), NOON_UNIX_MS + 3600000);
}

struct waiter {
    struct cos_clock *clock;
    int64_t deadline;
    int result;
};

static void *wait_in_thread(void *arg)
{
    struct waiter *w = arg;
    w->result = w->clock->wait_until(w->clock->ctx, w->deadline);
    return NULL;
}

static void wait_woken_by_another_thread(struct cos_clock *c)
{
    pthread_t thread;
    struct waiter w = {c, INT64_MAX, -1};
    assert_int_equal(pthread_create(&thread, NULL, wait_in_thread, &w), 0);
    c->wake(c->ctx); /* before or during the wait: both must end it */
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(w.result, 1);
}

static void a_wake_from_another_thread_ends_any_wait(void **state)
{
    struct cos_clock *clocks[] = {
        cos_clock_system_new(),
        cos_clock_manual_new(NOON_UNIX_MS, /* auto_advance= */ false),
        cos_clock_manual_new(NOON_UNIX_MS, /* auto_advance= */ true),
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(clocks); i++) {
        for (int k = 0; k < 50; k++) {
            wait_woken_by_another_thread(clocks[i]);
        }
        (void)cos_clock_free(clocks[i]);
    }
}

static void an_advance_in_another_thread_reaches_the_deadline(void **state)
{
    COS_CLEANUP(cos_clock_free)
    struct cos_clock *c = cos_clock_manual_new(NOON_UNIX_MS, /* auto_advance= */ false);
    pthread_t thread;
    struct waiter w = {c, mono(c) + 1000, -1};
    assert_int_equal(pthread_create(&thread, NULL, wait_in_thread, &w), 0);
    cos_clock_advance(c, 999);
    cos_clock_advance(c, 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(w.result, 0);
}

static bool make_clocks(void)
{
    struct cos_clock *system = cos_clock_system_new();
    struct cos_clock *manual = cos_clock_manual_new(0, /* auto_advance= */ false);
    bool ok = system != NULL && manual != NULL;
    (void)cos_clock_free(system);
    (void)cos_clock_free(manual);
    return ok;
}

static void a_clock_without_memory_is_null(void **state)
{
    assert_int_equal(torture(make_clocks), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_system_clock_is_the_kernels),
        cmocka_unit_test(a_reached_deadline_does_not_wait),
        cmocka_unit_test(the_system_clock_wakes_at_its_deadline),
        cmocka_unit_test(a_wake_before_the_wait_is_remembered_once),
        cmocka_unit_test(an_advance_moves_both_clocks),
        cmocka_unit_test(a_step_back_spares_the_monotonic_clock),
        cmocka_unit_test(an_auto_advancing_clock_lives_an_hour_at_once),
        cmocka_unit_test(a_wake_from_another_thread_ends_any_wait),
        cmocka_unit_test(an_advance_in_another_thread_reaches_the_deadline),
        cmocka_unit_test(a_clock_without_memory_is_null),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
