/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for an entry without a thread is told once, or knows that nobody will tell him. */
#include "world/world.h"

#include "door.h"

#include <pthread.h>
#include <semaphore.h>

struct ear {
    struct journal_watch watch;
    sem_t entered, go;
    unsigned times;
    bool is_slow, has_returned; /* atomic */
};

static void hear(void *ctx)
{
    struct ear *e = ctx;
    (void)__atomic_add_fetch(&e->times, 1, __ATOMIC_SEQ_CST);
    if (e->is_slow) {
        (void)sem_post(&e->entered);
        (void)sem_wait(&e->go);
    }
    __atomic_store_n(&e->has_returned, true, __ATOMIC_SEQ_CST);
}

static struct ear ear_for(const char *op, uint64_t after_seq)
{
    struct ear e = {.watch = {.query = COSMOCK_JOURNAL_QUERY_INIT, .tell = hear}};
    e.watch.query.op = op;
    e.watch.query.after_seq = after_seq;
    return e;
}

static void ask_for(struct door *d, const char *method, const char *target)
{
    struct answer a = door_send(d, method, target, /* headers= */ NULL);
    answer_free(&a);
}

static void a_watch_is_told_once_and_of_what_fits_only(void **state)
{
    struct door *d = *state;
    struct ear reads = ear_for("GetObject", 0);
    struct ear heads = ear_for("HeadObject", 0);
    struct ear later = ear_for("GetObject", 3);
    struct ear *const all[] = {&reads, &heads, &later};
    for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
        all[i]->watch.ctx = all[i];
        assert_true(world_journal_watch(d->tenant, &all[i]->watch));
    }
    ask_for(d, "DELETE", "/k");
    assert_int_equal(reads.times, 0);
    ask_for(d, "GET", "/k");
    ask_for(d, "GET", "/k");
    assert_int_equal(reads.times, 1);
    assert_int_equal(heads.times, 0);
    assert_int_equal(later.times, 0); /* those were 2 and 3 */
    ask_for(d, "GET", "/k");
    assert_int_equal(later.times, 1);
    assert_false(world_journal_unwatch(d->tenant, &reads.watch));
    assert_false(world_journal_unwatch(d->tenant, &later.watch));
    assert_true(world_journal_unwatch(d->tenant, &heads.watch));
    ask_for(d, "HEAD", "/k");
    assert_int_equal(heads.times, 0);
}

static void an_entry_that_is_there_is_not_waited_for(void **state)
{
    struct door *d = *state;
    ask_for(d, "GET", "/k");
    struct ear before = ear_for("GetObject", 0);
    struct ear behind = ear_for("GetObject", 1);
    before.watch.ctx = &before;
    behind.watch.ctx = &behind;
    assert_false(world_journal_watch(d->tenant, &before.watch));
    assert_true(world_journal_watch(d->tenant, &behind.watch));
    assert_true(world_journal_unwatch(d->tenant, &behind.watch));
    assert_int_equal(before.times, 0);
}

/* --- two threads --- */

struct pair {
    struct door *door;
    struct ear ear;
    bool was_open, had_returned; /* what the one that ends the watch saw */
};

static void *add_entry(void *ctx)
{
    const struct pair *p = ctx;
    const struct cosmock_header host = {{"Host", 4}, {p->door->host, strlen(p->door->host)}};
    const struct cosmock_head head = {.method = {"GET", 3},
                                      .target = {"/k", 2},
                                      .headers = &host,
                                      .n_headers = 1};
    struct cosmock_exchange *x = NULL;
    if (cosmock_begin(p->door->mock, &x, &head) > 0) {
        (void)cosmock_finish(x);
    }
    (void)cosmock_exchange_free(x);
    return NULL;
}

static void *end_watch(void *ctx)
{
    struct pair *p = ctx;
    (void)sem_post(&p->ear.go);
    p->was_open = world_journal_unwatch(p->door->tenant, &p->ear.watch);
    p->had_returned = __atomic_load_n(&p->ear.has_returned, __ATOMIC_SEQ_CST);
    return NULL;
}

/* What is told may be freed when the watch has ended. */
static void who_ends_a_watch_outlasts_the_telling(void **state)
{
    struct pair p = {.door = *state, .ear = ear_for(NULL, 0)};
    p.ear.watch.ctx = &p.ear;
    p.ear.is_slow = true;
    assert_int_equal(sem_init(&p.ear.entered, 0, 0), 0);
    assert_int_equal(sem_init(&p.ear.go, 0, 0), 0);
    assert_true(world_journal_watch(p.door->tenant, &p.ear.watch));
    pthread_t adds;
    assert_int_equal(pthread_create(&adds, NULL, add_entry, &p), 0);
    assert_int_equal(sem_wait(&p.ear.entered), 0);
    pthread_t ends;
    assert_int_equal(pthread_create(&ends, NULL, end_watch, &p), 0);
    assert_int_equal(pthread_join(ends, NULL), 0);
    assert_int_equal(pthread_join(adds, NULL), 0);
    assert_false(p.was_open);
    assert_true(p.had_returned);
    (void)sem_destroy(&p.ear.entered);
    (void)sem_destroy(&p.ear.go);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_watch_is_told_once_and_of_what_fits_only),
        DOOR_TEST(an_entry_that_is_there_is_not_waited_for),
        DOOR_TEST(who_ends_a_watch_outlasts_the_telling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
