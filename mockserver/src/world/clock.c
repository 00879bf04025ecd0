/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three clocks of a tenant (cosmock/clock.h). Each is real time plus an offset, or stands still. A request samples all of them once, so that one
 * journey sees one time.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"

struct one_clock {
    bool is_frozen;
    int64_t value_ms; /* frozen: the time; else the offset to real time */
};
struct tenant_clocks {
    pthread_mutex_t lock; /* guards the clocks */
    struct one_clock clocks[COSMOCK_CLOCKS];
};

struct tenant_clocks *clocks_new(void)
{
    struct tenant_clocks *c = cos_calloc(1, sizeof(*c));
    if (c != NULL) {
        pthread_mutex_init(&c->lock, NULL);
    }
    return c;
}

struct tenant_clocks *clocks_free(struct tenant_clocks *c)
{
    if (c != NULL) {
        pthread_mutex_destroy(&c->lock);
    }
    return cos_free(c);
}

static int64_t clamp(int64_t ms, int64_t min, int64_t max)
{
    return ms < min ? min : (ms > max ? max : ms);
}

static int64_t now_of(const struct one_clock *c, int64_t real_unix_ms)
{
    return clamp(c->is_frozen ? c->value_ms : real_unix_ms + c->value_ms, 0,
                 COSMOCK_CLOCK_MAX_UNIX_MS);
}

void world_clock_sample(struct cosmock_tenant *t, struct clock_sample *out)
{
    int64_t real_unix_ms = cos_system_unix_ms();
    struct tenant_clocks *c = t->clocks;
    pthread_mutex_lock(&c->lock);
    out->signature_unix_ms = now_of(&c->clocks[COSMOCK_CLOCK_SIGNATURE], real_unix_ms);
    out->token_unix_ms = now_of(&c->clocks[COSMOCK_CLOCK_TOKEN], real_unix_ms);
    out->modification_unix_ms = now_of(&c->clocks[COSMOCK_CLOCK_MODIFICATION], real_unix_ms);
    pthread_mutex_unlock(&c->lock);
    out->real_unix_ms = real_unix_ms;
}

int64_t cosmock_clock_now_unix_ms(struct cosmock_tenant *t, enum cosmock_clock which)
{
    int64_t real_unix_ms = cos_system_unix_ms();
    pthread_mutex_lock(&t->clocks->lock);
    int64_t now = now_of(&t->clocks->clocks[which], real_unix_ms);
    pthread_mutex_unlock(&t->clocks->lock);
    return now;
}

static void set(struct cosmock_tenant *t, enum cosmock_clock which, struct one_clock value)
{
    value.value_ms =
        clamp(value.value_ms, -COSMOCK_CLOCK_MAX_UNIX_MS, COSMOCK_CLOCK_MAX_UNIX_MS);
    pthread_mutex_lock(&t->clocks->lock);
    t->clocks->clocks[which] = value;
    pthread_mutex_unlock(&t->clocks->lock);
}

void cosmock_clock_freeze(struct cosmock_tenant *t, enum cosmock_clock which, int64_t unix_ms)
{
    set(t, which, (struct one_clock){.is_frozen = true, .value_ms = unix_ms});
}

void cosmock_clock_follow(struct cosmock_tenant *t, enum cosmock_clock which, int64_t offset_ms)
{
    set(t, which, (struct one_clock){.is_frozen = false, .value_ms = offset_ms});
}

void cosmock_clock_advance(struct cosmock_tenant *t, enum cosmock_clock which, int64_t ms)
{
    int64_t by_ms = clamp(ms, -COSMOCK_CLOCK_MAX_UNIX_MS, COSMOCK_CLOCK_MAX_UNIX_MS);
    pthread_mutex_lock(&t->clocks->lock);
    struct one_clock *c = &t->clocks->clocks[which];
    c->value_ms =
        clamp(c->value_ms + by_ms, -COSMOCK_CLOCK_MAX_UNIX_MS, COSMOCK_CLOCK_MAX_UNIX_MS);
    pthread_mutex_unlock(&t->clocks->lock);
}
