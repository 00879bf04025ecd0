/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for long work: as many as jobs want at once, up to the maximum. */
#include "world/workers.h"

#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define PATIENCE_S 20

struct job {
    struct worker_job job; /* first */
    sem_t *waits_for, *tells;
    bool was_told;
};

static void run(struct worker_job *job)
{
    struct job *j = (struct job *)job;
    struct timespec until;
    if (j->waits_for != NULL) {
        (void)timespec_get(&until, TIME_UTC);
        until.tv_sec += PATIENCE_S;
        j->was_told = sem_timedwait(j->waits_for, &until) == 0;
    }
    if (j->tells != NULL) {
        (void)sem_post(j->tells);
    }
}

static void wait_until_idle(struct workers *w, unsigned n)
{
    unsigned n_idle = 0;
    while (n_idle < n) {
        (void)pthread_mutex_lock(&w->lock);
        n_idle = w->n_idle;
        (void)pthread_mutex_unlock(&w->lock);
        (void)sched_yield();
    }
}

/* The second job comes before the idle thread has woken for the first. */
static void a_job_does_not_stand_behind_another_while_threads_are_left(void **state)
{
    for (int round = 0; round < 200; round++) {
        struct workers w;
        sem_t told;
        assert_int_equal(sem_init(&told, 0, 0), 0);
        workers_init(&w, 2);
        struct job first = {{.run = run}, NULL, NULL, false};
        struct job waits = {{.run = run}, &told, NULL, false};
        struct job tells = {{.run = run}, NULL, &told, false};
        assert_true(workers_add(&w, &first.job));
        wait_until_idle(&w, 1);
        assert_true(workers_add(&w, &waits.job));
        assert_true(workers_add(&w, &tells.job));
        workers_deinit(&w);
        assert_true(waits.was_told);
        (void)sem_destroy(&told);
    }
}

static void an_idle_thread_is_used_before_another_is_started(void **state)
{
    struct workers w;
    struct job jobs[10];
    sem_t done;
    assert_int_equal(sem_init(&done, 0, 0), 0);
    workers_init(&w, 4);
    for (size_t i = 0; i < COS_ARRAY_LEN(jobs); i++) {
        jobs[i] = (struct job){{.run = run}, NULL, &done, false};
        assert_true(workers_add(&w, &jobs[i].job));
        assert_int_equal(sem_wait(&done), 0);
        wait_until_idle(&w, 1);
    }
    assert_int_equal(w.n_threads, 1);
    workers_deinit(&w);
    (void)sem_destroy(&done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_does_not_stand_behind_another_while_threads_are_left),
        cmocka_unit_test(an_idle_thread_is_used_before_another_is_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
