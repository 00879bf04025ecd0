/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three clocks of a tenant (cosmock/clock.h). Each is real time plus an offset, or stands
 * still. A request samples all of them once, so that one journey sees one time. A clock is one
 * word, read and written whole, so no request waits for a lock here; no call sets two clocks,
 * so there is no state of several to be torn.
 */
#include "world/maps.h"

#include "world/projection.h"
#include "world/rows.h"

static int64_t clamp(int64_t ms, int64_t min, int64_t max)
{
    return ms < min ? min : (ms > max ? max : ms);
}

/* Twice the milliseconds, so the lowest bit is free: 1 is a clock that stands still at them, 0
 * one that runs at them from real time. */
struct one_clock {
    bool is_frozen;
    int64_t value_ms;
};

static int64_t word_of(struct one_clock c)
{
    return c.value_ms * 2 + c.is_frozen;
}

static struct one_clock clock_of(int64_t word)
{
    bool is_frozen = (word & 1) != 0;
    return (struct one_clock){is_frozen, (word - is_frozen) / 2};
}

static int64_t now_of(struct cosmock_tenant *t, enum cosmock_clock which, int64_t real_unix_ms)
{
    struct one_clock c = clock_of(__atomic_load_n(&t->clocks[which], __ATOMIC_ACQUIRE));
    return clamp(c.is_frozen ? c.value_ms : real_unix_ms + c.value_ms, 0,
                 COSMOCK_CLOCK_MAX_UNIX_MS);
}

void world_clock_sample(struct cosmock_tenant *t, struct clock_sample *out)
{
    int64_t real_unix_ms = cos_system_unix_ms();
    out->signature_unix_ms = now_of(t, COSMOCK_CLOCK_SIGNATURE, real_unix_ms);
    out->token_unix_ms = now_of(t, COSMOCK_CLOCK_TOKEN, real_unix_ms);
    out->modification_unix_ms = now_of(t, COSMOCK_CLOCK_MODIFICATION, real_unix_ms);
    out->real_unix_ms = real_unix_ms;
}

int64_t cosmock_clock_now_unix_ms(struct cosmock_tenant *t, enum cosmock_clock which)
{
    return now_of(t, which, cos_system_unix_ms());
}

static int64_t bounded(int64_t ms)
{
    return clamp(ms, -COSMOCK_CLOCK_MAX_UNIX_MS, COSMOCK_CLOCK_MAX_UNIX_MS);
}

static void clock_put(struct batch *b, enum cosmock_clock which, struct one_clock value)
{
    clock_row_put(b, &(struct set_clock){which, value.is_frozen, bounded(value.value_ms)});
}

void clocks_reset(struct cosmock_tenant *t, const struct told *told)
{
    for (size_t i = 0; i < COSMOCK_CLOCKS; i++) {
        if (!told->clocks[i]) {
            __atomic_store_n(&t->clocks[i], 0, __ATOMIC_RELEASE);
        }
    }
}

void clock_apply(struct cosmock_tenant *t, const struct row *row)
{
    struct set_clock set;
    if (clock_row_read(row, &set)) {
        const struct one_clock value = {set.is_frozen, bounded(set.value_ms)};
        t->maps->told.clocks[set.which] = true;
        __atomic_store_n(&t->clocks[set.which], word_of(value), __ATOMIC_RELEASE);
    }
}

static int turn(struct cosmock_tenant *t, enum cosmock_clock which, struct one_clock value)
{
    struct batch *b = batch_new();
    if (b != NULL) {
        clock_put(b, which, value);
    }
    return world_commit(t, b, /* c= */ NULL, "a clock", /* err= */ NULL);
}

int world_clock_freeze(struct cosmock_tenant *t, enum cosmock_clock which, int64_t unix_ms)
{
    return turn(t, which, (struct one_clock){.is_frozen = true, .value_ms = unix_ms});
}

int world_clock_follow(struct cosmock_tenant *t, enum cosmock_clock which, int64_t offset_ms)
{
    return turn(t, which, (struct one_clock){.is_frozen = false, .value_ms = offset_ms});
}

/* From where the clock stands in its row, which has to be there unchanged at the commit. */
static struct batch *advance_batch(struct cosmock_tenant *t, enum cosmock_clock which,
                                   int64_t ms)
{
    struct row *row = NULL;
    enum backend_result r = world_clock_row_get(t->rows, which, &row);
    struct batch *b = r == BACKEND_OK || r == BACKEND_ABSENT ? batch_new() : NULL;
    if (b != NULL) {
        struct set_clock now = {0};
        bool is_set = row != NULL && clock_row_read(row, &now);
        clock_row_expect(b, which, row);
        clock_put(b, which,
                  (struct one_clock){is_set && now.is_frozen, now.value_ms + bounded(ms)});
    }
    row_unref(row);
    return b;
}

int world_clock_advance(struct cosmock_tenant *t, enum cosmock_clock which, int64_t ms)
{
    struct commit c = {0};
    int r;
    do {
        r = world_commit(t, advance_batch(t, which, ms), &c, "a clock", /* err= */ NULL);
    } while (r < 0 && c.result == BACKEND_UNEXPECTED);
    return r;
}
