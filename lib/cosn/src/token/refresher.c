/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The refresher: asks for a token when the plan says so and hands it on. One flight at a time:
 * whoever comes while a fetch is under way waits for that one. Fetch and deliver run outside
 * every lock, so a hung STS blocks nobody who only wants to use the credential at hand.
 *
 * Time. What is due is decided by the wall clock, because that is what tokens end by; waiting
 * is done on the monotonic one, in slices, so that a jump of the wall clock is noticed within
 * SLICE_MS (REF-022).
 *
 * A refusal. A token may end before its time: revoked, or by a clock that runs ahead of ours.
 * The provider that holds it then asks here (options.dynamic), at most once in RENEW_GAP_MS, so
 * that a token which is refused whatever one does makes no storm at STS.
 *
 * Stop. A thread that sits in a fetch cannot be interrupted from here. Stop waits GRACE_MS for
 * it and then lets it go: its result is thrown away, it touches neither clock nor log any more,
 * and options.release is called when it is done with ctx.
 *
 * A token that is already dead when it arrives counts as a failure and is not delivered: it
 * could only replace a live one.
 * Sources: fluss DefaultSecurityTokenManager.java:89-183 (fluss-plugin.md s.5); requirements
 * REF-*.
 */
#include "token/token.h"

#include "credentials/provider.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "cosbase/date.h"
#include "cosbase/rng.h"

#include <pthread.h>

#define SLICE_MS 5000
#define GRACE_MS 500
#define NUDGE_MS 20
#define RENEW_GAP_MS 30000 /* [assumed] */

struct cosn_refresher {
    struct cosn_refresher_options options;
    struct platform platform;
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock;   /* guards everything below */
    pthread_cond_t changed; /* flight over, thread over */
    bool is_flying, is_stopping, is_thread_over;
    /* the owner until stop, the thread, refused requests; the last one destroys */
    unsigned n_holders;
    bool was_asked; /* by a refused request, at: */
    int64_t asked_mono_ms;
    int last_status;
    struct cosn_error last_error;
    int64_t next_unix_ms;
    int64_t held_until_unix_ms; /* 0: no token delivered yet */
    unsigned n_failures;
};

static bool is_stopping(struct cosn_refresher *r)
{
    (void)pthread_mutex_lock(&r->lock);
    bool stopping = r->is_stopping;
    (void)pthread_mutex_unlock(&r->lock);
    return stopping;
}

/* --- one flight --- */

static int fetch_and_deliver(struct cosn_refresher *r, int64_t *out_until,
                             struct cosn_error *err)
{
    struct cosn_token *token = NULL;
    int status = r->options.fetch(r->options.ctx, &token, err);
    if (status < 0) {
        return status;
    }
    if (is_stopping(r)) {
        (void)cosn_token_free(token);
        return fail(err, COSN_E_IO, "the refresher was stopped");
    }
    int64_t until = token->valid_until_unix_ms;
    if (until != COSN_NEVER_EXPIRES && until <= platform_unix_ms(&r->platform)) {
        status = fail(err, COSN_E_EXPIRED, "the new token is already expired by this clock");
    } else if (r->options.deliver != NULL) {
        status = r->options.deliver(r->options.ctx, token, err);
    }
    (void)cosn_token_free(token);
    if (status == 0) {
        *out_until = until;
    }
    return status;
}

static void note_success(struct cosn_refresher *r, int64_t until)
{
    int64_t now = platform_unix_ms(&r->platform);
    int64_t next = cosn_refresh_after_success(&r->options.rule, now, until);
    char end[25] = "for ever";
    if (until != COSN_NEVER_EXPIRES) {
        cos_date_iso_ms(end, until);
    }
    (void)pthread_mutex_lock(&r->lock);
    r->held_until_unix_ms = until;
    r->n_failures = 0;
    r->next_unix_ms = next;
    (void)pthread_mutex_unlock(&r->lock);
    platform_log(&r->platform, COSN_LOG_INFO, "token", "token replaced, valid until %s", end);
}

static void note_failure(struct cosn_refresher *r, const struct cosn_error *why)
{
    int64_t now = platform_unix_ms(&r->platform);
    double jitter = platform_jitter(&r->platform);
    (void)pthread_mutex_lock(&r->lock);
    r->n_failures++;
    unsigned n_failures = r->n_failures;
    r->next_unix_ms = cosn_refresh_after_failure(&r->options.rule, now, r->held_until_unix_ms,
                                                 n_failures, jitter);
    int64_t wait_ms = r->next_unix_ms - now;
    (void)pthread_mutex_unlock(&r->lock);
    platform_log(&r->platform, COSN_LOG_WARN, "token",
                 "renewal failed (%u in a row), next try in %lld ms: %s", n_failures,
                 (long long)wait_ms, why->message);
}

static void land(struct cosn_refresher *r, int status, const struct cosn_error *error)
{
    (void)pthread_mutex_lock(&r->lock);
    r->last_status = status;
    r->last_error = *error;
    r->is_flying = false;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}

static int join_flight(struct cosn_refresher *r, struct cosn_error *err)
{
    while (r->is_flying) {
        (void)pthread_cond_wait(&r->changed, &r->lock);
    }
    int status = r->last_status;
    if (status < 0 && err != NULL) {
        *err = r->last_error;
    }
    return status;
}

static int fly(struct cosn_refresher *r, struct cosn_error *err)
{
    (void)pthread_mutex_lock(&r->lock);
    if (r->is_flying) {
        int status = join_flight(r, err);
        (void)pthread_mutex_unlock(&r->lock);
        return status;
    }
    r->is_flying = true;
    (void)pthread_mutex_unlock(&r->lock);

    struct cosn_error why = COSN_ERROR_INIT;
    int64_t until = 0;
    int status = fetch_and_deliver(r, &until, &why);
    if (!is_stopping(r)) {
        if (status == 0) {
            note_success(r, until);
        } else {
            note_failure(r, &why);
        }
    }
    land(r, status, &why);
    if (status < 0 && err != NULL) {
        *err = why;
    }
    return status;
}

/* --- the thread --- */

static int64_t next_due(struct cosn_refresher *r)
{
    (void)pthread_mutex_lock(&r->lock);
    int64_t next = r->next_unix_ms;
    (void)pthread_mutex_unlock(&r->lock);
    return next;
}

static void wait_slice(struct cosn_refresher *r, int64_t left_ms)
{
    const struct cosn_clock *clock = r->platform.p.clock;
    int64_t slice_ms = left_ms < SLICE_MS ? left_ms : SLICE_MS;
    (void)clock->wait_until(clock->ctx, clock->mono_ms(clock->ctx) + slice_ms);
}

static void destroy(struct cosn_refresher *r)
{
    void (*release)(void *ctx) = r->options.release;
    void *ctx = r->options.ctx;
    (void)cosn_provider_unref(r->options.dynamic);
    (void)pthread_cond_destroy(&r->changed);
    (void)pthread_mutex_destroy(&r->lock);
    platform_deinit(&r->platform);
    cos_free(r);
    if (release != NULL) {
        release(ctx);
    }
}

static void let_go(struct cosn_refresher *r)
{
    (void)pthread_mutex_lock(&r->lock);
    bool is_last = --r->n_holders == 0;
    (void)pthread_mutex_unlock(&r->lock);
    if (is_last) {
        destroy(r);
    }
}

static void *run(void *arg)
{
    struct cosn_refresher *r = arg;
    while (!is_stopping(r)) {
        int64_t next = next_due(r);
        int64_t now = platform_unix_ms(&r->platform);
        if (next <= now) {
            (void)fly(r, /* err= */ NULL);
        } else {
            wait_slice(r, next - now);
        }
    }
    (void)pthread_mutex_lock(&r->lock);
    r->is_thread_over = true;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
    let_go(r);
    return NULL;
}

/* --- a refused request --- */

static void hold(void *ctx)
{
    struct cosn_refresher *r = ctx;
    (void)pthread_mutex_lock(&r->lock);
    r->n_holders++;
    (void)pthread_mutex_unlock(&r->lock);
}

/* Whether this request may fetch; who finds a fetch under way shares it. */
static bool may_ask(struct cosn_refresher *r)
{
    int64_t now_mono_ms = platform_mono_ms(&r->platform);
    (void)pthread_mutex_lock(&r->lock);
    bool is_early = r->was_asked && now_mono_ms - r->asked_mono_ms < RENEW_GAP_MS;
    bool may = !r->is_stopping && (r->is_flying || !is_early);
    if (may && !r->is_flying) {
        r->was_asked = true;
        r->asked_mono_ms = now_mono_ms;
    }
    (void)pthread_mutex_unlock(&r->lock);
    return may;
}

static int renew(void *ctx, struct cosn_error *err)
{
    struct cosn_refresher *r = ctx;
    int status = is_stopping(r)
                     ? COSN_E_UNSUPPORTED
                     : (may_ask(r) ? fly(r, err)
                                   : fail(err, COSN_E_BUSY,
                                          "a new token was asked for less than %d s ago",
                                          RENEW_GAP_MS / 1000));
    let_go(r);
    return status;
}

/* --- life --- */

static int init_sync(struct cosn_refresher *r, struct cosn_error *err)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return 0;
}

static int create(struct cosn_refresher **out, const struct cosn_refresher_options *options,
                  struct cosn_error *err)
{
    struct cosn_refresher *r = cos_calloc(1, sizeof(*r));
    if (r == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    if (!cos_sized_copy(&r->options, sizeof(r->options), options)) {
        cos_free(r);
        return fail(err, COSN_E_INVALID, "the refresher's options have no size");
    }
    int status = platform_init_light(&r->platform, r->options.platform, err);
    if (status == 0) {
        status = init_sync(r, err);
        if (status < 0) {
            platform_deinit(&r->platform);
        }
    }
    if (status < 0) {
        cos_free(r);
        return status;
    }
    r->n_holders = 1;
    r->options.dynamic = cosn_provider_ref(r->options.dynamic);
    *out = r;
    return 0;
}

static int attach(struct cosn_refresher *r, struct cosn_error *err)
{
    struct provider_renewer renewer = {.hold = hold, .renew = renew, .ctx = r};
    return r->options.dynamic == NULL
               ? 0
               : provider_dynamic_attach(r->options.dynamic, &renewer, err);
}

/* Whatever was not started is let go; the ctx stays the caller's. */
static int give_up_start(struct cosn_refresher *r, int status)
{
    (void)pthread_mutex_lock(&r->lock);
    r->is_stopping = true;
    r->options.release = NULL;
    (void)pthread_mutex_unlock(&r->lock);
    provider_dynamic_detach(r->options.dynamic, r);
    let_go(r);
    return status;
}

int cosn_refresher_start(struct cosn_refresher **out,
                         const struct cosn_refresher_options *options, struct cosn_error *err)
{
    struct cosn_refresher *r = NULL;
    int status = create(&r, options, err);
    if (status != 0) {
        return status;
    }
    status = attach(r, err);
    if (status != 0) {
        return give_up_start(r, status);
    }
    (void)fly(r, /* err= */ NULL); /* a failure is logged and retried */
    if (!r->options.manual) {
        hold(r); /* the thread's */
        if (pthread_create(&r->thread, NULL, run, r) != 0) {
            let_go(r);
            return give_up_start(r, fail(err, COSN_E_NOMEM, "no thread for the refresher"));
        }
        r->has_thread = true;
    }
    *out = r;
    return 0;
}

int cosn_refresher_now(struct cosn_refresher *r, struct cosn_error *err)
{
    int status = fly(r, err);
    if (r->has_thread) {
        r->platform.p.clock->wake(r->platform.p.clock->ctx);
    }
    return status;
}

int64_t cosn_refresher_step(struct cosn_refresher *r)
{
    if (next_due(r) <= platform_unix_ms(&r->platform)) {
        (void)fly(r, /* err= */ NULL);
    }
    return next_due(r);
}

static void wait_a_nudge(struct cosn_refresher *r)
{
    int64_t until_ns = cos_system_mono_ns() + NUDGE_MS * 1000000LL;
    struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000),
                             .tv_nsec = (long)(until_ns % 1000000000)};
    (void)pthread_mutex_lock(&r->lock);
    if (!r->is_thread_over) {
        (void)pthread_cond_timedwait(&r->changed, &r->lock, &until);
    }
    (void)pthread_mutex_unlock(&r->lock);
}

/* True when the thread has ended. A wake may have been taken by another waiter
 * of a shared clock, so it is repeated. */
static bool end_thread(struct cosn_refresher *r)
{
    const struct cosn_clock *clock = r->platform.p.clock;
    for (int waited_ms = 0; waited_ms < GRACE_MS; waited_ms += NUDGE_MS) {
        clock->wake(clock->ctx);
        wait_a_nudge(r);
        (void)pthread_mutex_lock(&r->lock);
        bool is_over = r->is_thread_over;
        (void)pthread_mutex_unlock(&r->lock);
        if (is_over) {
            return true;
        }
    }
    return false;
}

static void part_with_thread(struct cosn_refresher *r)
{
    if (end_thread(r)) {
        (void)pthread_join(r->thread, NULL);
    } else {
        (void)pthread_detach(r->thread); /* it holds r as long as it needs it */
    }
}

struct cosn_refresher *cosn_refresher_stop(struct cosn_refresher *r)
{
    if (r == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&r->lock);
    r->is_stopping = true;
    (void)pthread_mutex_unlock(&r->lock);
    provider_dynamic_detach(r->options.dynamic, r);
    if (r->has_thread) {
        part_with_thread(r);
    }
    let_go(r);
    return NULL;
}
