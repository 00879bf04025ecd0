/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Daily from 00:00 in China, in a service that does it some time that day; here it is done at
 * once (cos-operations-2.md s.6.3). Where a clock is turned over many midnights, each of them
 * happens, in its order, as if the clock had passed it; those at which nothing can become due
 * are left out, so that a year costs as much as what happens in it.
 *
 * A midnight that was begun and not ended, by a crash, is done again: what it has done already
 * is not there to be done.
 *
 * The public clock calls stand here, as only this room knows what is due (fault_push.c does the
 * same).
 */
#include "services/clock_work.h"

#include "cosbase/alloc.h"
#include "cosbase/log.h"
#include "services/access_log.h"
#include "services/inventory_run.h"
#include "services/lifecycle_run.h"
#include "services/replication.h"
#include "world/mock.h"
#include "world/projection.h"

#define ERRANDS_OF_A_JOB 64             /* then others have their turn */
#define CHINA_MS (8 * INT64_C(3600000)) /* ahead of UTC, all the year */

int64_t clock_midnight_from(int64_t unix_ms)
{
    return (unix_ms + CHINA_MS + CLOCK_DAY_MS - 1) / CLOCK_DAY_MS * CLOCK_DAY_MS - CHINA_MS;
}

static int64_t midnight_behind(int64_t unix_ms)
{
    return clock_midnight_from(unix_ms + 1);
}

void clock_work_plan(struct batch *batch, struct cosmock_tenant *t, int64_t now_unix_ms)
{
    int64_t next_unix_ms = midnight_behind(now_unix_ms);
    if (next_unix_ms < world_due_unix_ms(t)) {
        world_due_put(batch, next_unix_ms);
    }
}

enum store_result clock_work_commit(struct cosmock_tenant *t, struct batch *batch)
{
    struct commit c = {0};
    int r = world_commit(t, batch, &c, "what is due by the clock", /* err= */ NULL);
    return r == 0 ? STORE_OK : store_committed(&c);
}

/* --- every bucket --- */

typedef enum store_result bucket_fn(struct cosmock_tenant *t, const struct bucket_view *v,
                                    void *ctx);

static enum store_result one_bucket(struct cosmock_tenant *t, const char *name, bucket_fn *work,
                                    void *ctx)
{
    struct bucket_view v = world_bucket_view(t, cos_span_of(name));
    enum store_result r = v.bucket == NULL ? STORE_OK : work(t, &v, ctx);
    bucket_view_release(&v);
    return r == STORE_NO_BUCKET ? STORE_OK : r; /* it went meanwhile */
}

/* In the order of names. */
static enum store_result each_bucket(struct cosmock_tenant *t, bucket_fn *work, void *ctx)
{
    size_t most = world_bucket_count(t);
    struct bucket **all = cos_calloc(most + 1, sizeof(struct bucket *));
    if (all == NULL) {
        return STORE_NOMEM;
    }
    size_t n = world_buckets_of(t, /* owner_uin= */ NULL, all, most);
    enum store_result r = STORE_OK;
    for (size_t i = 0; i < n; i++) {
        if (r == STORE_OK) {
            r = one_bucket(t, all[i]->name, work, ctx);
        }
        bucket_unref(all[i]);
    }
    cos_free(all);
    return r;
}

/* --- errands --- */

static enum store_result bucket_errands(struct cosmock_tenant *t, const struct bucket_view *v,
                                        void *ctx)
{
    return replication_run(t, v, ctx);
}

/* At most *@left; waits for who is at it. */
static enum store_result do_errands(struct cosmock_tenant *t, size_t *left)
{
    world_duty_take(t);
    enum store_result r = errands_begin(t) ? each_bucket(t, bucket_errands, left) : STORE_OK;
    if (r != STORE_OK) {
        errands_note(t);
    }
    world_duty_end(t);
    return r;
}

/* By a worker. What it cannot do now is tried again with what comes next. */
static bool do_errands_soon(struct cosmock_tenant *t)
{
    size_t left = ERRANDS_OF_A_JOB;
    enum store_result r = SWITCH_IS(t, REPLICATION, SOON) ? do_errands(t, &left) : STORE_OK;
    if (r != STORE_OK) {
        mock_log(t->mock, COS_LOG_WARN, "replication",
                 "tenant %s: what is to be copied cannot be kept now", t->name);
    }
    return r == STORE_OK && left == 0;
}

void clock_errand_put(struct batch *batch, const struct bucket *b, struct cos_span name,
                      struct cos_span text)
{
    errands_by(b->tenant->mock, do_errands_soon);
    document_put(batch, &b->stored, name, text);
}

/* --- one midnight --- */

struct midnight {
    int64_t unix_ms;
    struct clock_outcome *out;
};

static enum store_result bucket_midnight(struct cosmock_tenant *t, const struct bucket_view *v,
                                         void *ctx)
{
    const struct midnight *m = ctx;
    enum store_result r = lifecycle_run(t, v, m->unix_ms, m->out);
    /* of what the rules have left */
    return r == STORE_OK ? inventory_run(t, v, m->unix_ms, m->out) : r;
}

static enum store_result one_midnight(struct cosmock_tenant *t, int64_t midnight,
                                      struct clock_outcome *out)
{
    struct midnight m = {midnight, out};
    return each_bucket(t, bucket_midnight, &m);
}

/* --- all that are due --- */

static enum store_result keep_due(struct cosmock_tenant *t, int64_t unix_ms)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_due_put(batch, unix_ms);
    }
    return clock_work_commit(t, batch);
}

static enum store_result do_midnights(struct cosmock_tenant *t, int64_t now_unix_ms)
{
    int64_t midnight = clock_midnight_from(world_due_unix_ms(t));
    while (midnight <= now_unix_ms) {
        struct clock_outcome outcome = {.next_unix_ms = INT64_MAX};
        enum store_result r = one_midnight(t, midnight, &outcome);
        if (r != STORE_OK) {
            return r;
        }
        midnight = outcome.has_changed ? midnight + CLOCK_DAY_MS : outcome.next_unix_ms;
    }
    return keep_due(t, midnight_behind(now_unix_ms));
}

enum store_result clock_work(struct cosmock_tenant *t, int64_t now_unix_ms)
{
    if (errands_are_waiting(t)) {
        errands_by(t->mock, do_errands_soon);
        errands_send(t);
    }
    if (now_unix_ms < world_next_unix_ms(t)) {
        return STORE_OK;
    }
    if (!world_duty_begin(t, now_unix_ms)) {
        return STORE_OK;
    }
    access_log_run(t, now_unix_ms);
    enum store_result r =
        world_due_unix_ms(t) <= now_unix_ms ? do_midnights(t, now_unix_ms) : STORE_OK;
    world_duty_end(t);
    return r;
}

/* --- the public calls --- */

static int turned(struct cosmock_tenant *t, int r)
{
    if (r < 0) {
        return r;
    }
    size_t left = SIZE_MAX;
    enum store_result done = do_errands(t, &left);
    if (done == STORE_OK) {
        done = clock_work(t, cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_MODIFICATION));
    }
    switch (done) {
    case STORE_OK:
        return COSMOCK_OK;
    case STORE_NOMEM:
        return COSMOCK_E_NOMEM;
    default:
        return COSMOCK_E_IO;
    }
}

int cosmock_clock_freeze(struct cosmock_tenant *t, enum cosmock_clock which, int64_t unix_ms)
{
    return turned(t, world_clock_freeze(t, which, unix_ms));
}

int cosmock_clock_advance(struct cosmock_tenant *t, enum cosmock_clock which, int64_t ms)
{
    return turned(t, world_clock_advance(t, which, ms));
}

int cosmock_clock_follow(struct cosmock_tenant *t, enum cosmock_clock which, int64_t offset_ms)
{
    return turned(t, world_clock_follow(t, which, offset_ms));
}
