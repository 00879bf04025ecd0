/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refreshing: the plan as tables, an hour and more of virtual time by steps, and one real
 * thread. Expected times follow the requirements REF-* and fluss-plugin.md s.5.
 */
#include "world.h"

#include "cosn/token.h"

#include <pthread.h>
#include <stdatomic.h>

#define NOW 1700000000000LL
#define HOUR 3600000LL

static void success_waits_for_the_ratio_of_what_is_left(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double ratio;
        int64_t left_ms, delay_ms;
    } rows[] = {
        {"an hour", 0.75, HOUR, 2700000},
        {"ratio honoured", 0.5, HOUR, 1800000},
        {"ten seconds", 0.75, 10000, 7500},
        {"useless ratio falls back", 1.5, HOUR, 2700000},
        {"dead on arrival is no hot loop", 0.75, -10000, 1000},
        {"floor", 0.75, 1000, 1000},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_refresh_rule rule = COSN_REFRESH_RULE_INIT;
        rule.ratio = rows[i].ratio;
        CHECK_ROW(rows[i].name, cosn_refresh_after_success(&rule, NOW, NOW + rows[i].left_ms) ==
                                    NOW + rows[i].delay_ms);
    }
    struct cosn_refresh_rule rule = COSN_REFRESH_RULE_INIT;
    assert_true(cosn_refresh_after_success(&rule, NOW, COSN_NEVER_EXPIRES) == INT64_MAX);
}

static void failure_waits_grow_but_end_before_the_token(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t backoff_ms, left_ms; /* left 0: no token held */
        unsigned n_failures;
        int64_t delay_ms;
    } rows[] = {
        {"first, default back-off", HOUR, 15 * 60000, 1, 5000},
        {"second", HOUR, 15 * 60000, 2, 10000},
        {"fifth", HOUR, 15 * 60000, 5, 80000},
        {"never past half of what is left", HOUR, 60000, 9, 30000},
        {"ten-second token", HOUR, 2500, 1, 1250},
        {"back-off is the cap", 2000, HOUR, 7, 2000},
        {"floor", 1, HOUR, 1, 1000},
        {"nothing held", HOUR, 0, 3, 20000},
        {"dead token held", HOUR, -5000, 3, 20000},
        {"many failures", HOUR, 0, 4000000000u, HOUR},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_refresh_rule rule = COSN_REFRESH_RULE_INIT;
        rule.backoff_ms = rows[i].backoff_ms;
        int64_t expires = rows[i].left_ms == 0 ? 0 : NOW + rows[i].left_ms;
        CHECK_ROW(rows[i].name,
                  cosn_refresh_after_failure(&rule, NOW, expires, rows[i].n_failures, 0.0) ==
                      NOW + rows[i].delay_ms);
        int64_t jittered =
            cosn_refresh_after_failure(&rule, NOW, expires, rows[i].n_failures, 0.999) - NOW;
        CHECK_ROW(rows[i].name, jittered <= rows[i].delay_ms && jittered >= 1000);
        CHECK_ROW(rows[i].name, jittered >= rows[i].delay_ms * 8 / 10 || jittered == 1000);
    }
}

static void the_rule_comes_from_flusss_keys(void **state)
{
    (void)state;
    struct cosn_config *config = NULL;
    struct cosn_refresh_rule rule = COSN_REFRESH_RULE_INIT;
    struct cosn_error err = COSN_ERROR_INIT;
    assert_int_equal(cosn_config_new(&config, NULL), 0);
    assert_int_equal(cosn_refresh_rule_from_config(&rule, config, NULL), 0);
    assert_true(rule.ratio == 0.75 && rule.backoff_ms == HOUR);
    assert_int_equal(cosn_config_set(config, "client.filesystem.security.token.renewal.backoff",
                                     "5 min", /* origin= */ NULL, /* err= */ NULL),
                     0);
    assert_int_equal(cosn_config_set(config,
                                     "client.filesystem.security.token.renewal.time-ratio", "2",
                                     "c.yaml:4", NULL),
                     0);
    assert_int_equal(cosn_refresh_rule_from_config(&rule, config, &err), COSN_E_INVALID);
    CHECK_HOLDS(err.message, "c.yaml:4");
    config = cosn_config_free(config);
}

/* --- the refresher in virtual time --- */

struct server {
    struct world *w;
    int64_t ttl_ms;         /* COSN_NEVER_EXPIRES: no end */
    int fail_from, fail_to; /* calls that fail, counted from 1 */
    int n_calls, n_delivered, n_released;
    int64_t call_at[64];
    int64_t delivered_until;
};

static int serve(void *ctx, struct cosn_token **out, struct cosn_error *err)
{
    struct server *s = ctx;
    s->call_at[s->n_calls % 64] = s->w->unix_ms;
    s->n_calls++;
    if (s->n_calls >= s->fail_from && s->n_calls <= s->fail_to) {
        if (err != NULL) {
            *err = (struct cosn_error){.status = COSN_E_NET, .message = "no route"};
        }
        return COSN_E_NET;
    }
    struct cosn_token *token = cos_calloc(1, sizeof(*token));
    assert_non_null(token);
    token->valid_until_unix_ms =
        s->ttl_ms == COSN_NEVER_EXPIRES ? COSN_NEVER_EXPIRES : s->w->unix_ms + s->ttl_ms;
    *out = token;
    return 0;
}

static int take(void *ctx, const struct cosn_token *token, struct cosn_error *err)
{
    (void)err;
    struct server *s = ctx;
    s->n_delivered++;
    s->delivered_until = token->valid_until_unix_ms;
    return 0;
}

static void count_release(void *ctx)
{
    ((struct server *)ctx)->n_released++;
}

static struct cosn_refresher *start(struct server *s, bool manual)
{
    struct cosn_refresher *r = NULL;
    struct cosn_refresher_options options = {
        .size = sizeof(options),
        .fetch = serve,
        .deliver = take,
        .ctx = s,
        .rule = COSN_REFRESH_RULE_INIT,
        .platform = &s->w->platform,
        .manual = manual,
        .release = count_release,
    };
    assert_int_equal(cosn_refresher_start(&r, &options, NULL), 0);
    return r;
}

/* Step from due time to due time until @until. */
static void live(struct cosn_refresher *r, struct server *s, int64_t until)
{
    for (;;) {
        int64_t next = cosn_refresher_step(r);
        if (next > until) {
            s->w->unix_ms = until;
            return;
        }
        s->w->unix_ms = next;
    }
}

static void ten_hours_pass_without_a_gap(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct server s = {.w = &w, .ttl_ms = HOUR};
    struct cosn_refresher *r = start(&s, /* manual= */ true);
    live(r, &s, NOW + 10 * HOUR);
    assert_int_equal(s.n_calls, 14); /* at 0, 45, 90, ... 585 minutes */
    assert_int_equal(s.call_at[1], NOW + 45 * 60000);
    assert_true(s.delivered_until > w.unix_ms);
    r = cosn_refresher_stop(r);
    assert_int_equal(s.n_released, 1);
}

static void a_failed_renewal_is_retried_before_the_token_ends(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct server s = {.w = &w, .ttl_ms = HOUR, .fail_from = 2, .fail_to = 6};
    struct cosn_refresher *r = start(&s, /* manual= */ true);
    live(r, &s, NOW + HOUR - 1);
    assert_true(s.n_delivered >= 2);
    assert_true(s.delivered_until > NOW + HOUR);
    CHECK_HOLDS(w.log, "renewal failed (5 in a row)");
    r = cosn_refresher_stop(r);
}

static void the_next_delay_follows_the_new_token(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct server s = {.w = &w, .ttl_ms = 8000};
    struct cosn_refresher *r = start(&s, /* manual= */ true);
    s.ttl_ms = 40000;
    live(r, &s, NOW + 6000);
    assert_int_equal(cosn_refresher_step(r), NOW + 6000 + 30000);
    r = cosn_refresher_stop(r);
}

static void a_token_dead_on_arrival_is_not_delivered_nor_asked_for_in_a_loop(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct server s = {.w = &w, .ttl_ms = -10000};
    struct cosn_refresher *r = start(&s, /* manual= */ true);
    live(r, &s, NOW + 3000);
    assert_int_equal(s.n_delivered, 0);
    assert_true(s.n_calls <= 5);
    r = cosn_refresher_stop(r);
}

static void a_token_without_end_is_never_renewed(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct server s = {.w = &w, .ttl_ms = COSN_NEVER_EXPIRES};
    struct cosn_refresher *r = start(&s, /* manual= */ true);
    w.unix_ms += 1000 * HOUR;
    assert_true(cosn_refresher_step(r) == INT64_MAX);
    assert_int_equal(s.n_calls, 1);
    assert_int_equal(cosn_refresher_now(r, NULL), 0);
    assert_int_equal(s.n_calls, 2);
    r = cosn_refresher_stop(r);
}

static void a_forward_jump_of_the_wall_clock_renews_at_once(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct server s = {.w = &w, .ttl_ms = HOUR};
    struct cosn_refresher *r = start(&s, /* manual= */ true);
    w.unix_ms += 50 * 60000;
    (void)cosn_refresher_step(r);
    assert_int_equal(s.n_calls, 2);
    r = cosn_refresher_stop(r);
}

/* --- the thread --- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_open;
    int n_calls, n_delivered, n_released;
    int64_t until_unix_ms;
};

static void gate_init(struct gate *g)
{
    memset(g, 0, sizeof(*g));
    (void)pthread_mutex_init(&g->lock, NULL);
    (void)pthread_cond_init(&g->changed, NULL);
    g->until_unix_ms = COSN_NEVER_EXPIRES;
}

/* The first call passes; later ones hang until the gate opens. */
static int gated_fetch(void *ctx, struct cosn_token **out, struct cosn_error *err)
{
    (void)err;
    struct gate *g = ctx;
    (void)pthread_mutex_lock(&g->lock);
    g->n_calls++;
    (void)pthread_cond_broadcast(&g->changed);
    while (g->n_calls > 1 && !g->is_open) {
        (void)pthread_cond_wait(&g->changed, &g->lock);
    }
    (void)pthread_mutex_unlock(&g->lock);
    struct cosn_token *token = cos_calloc(1, sizeof(*token));
    token->valid_until_unix_ms = g->until_unix_ms;
    *out = token;
    return 0;
}

static int gated_deliver(void *ctx, const struct cosn_token *token, struct cosn_error *err)
{
    (void)token;
    (void)err;
    struct gate *g = ctx;
    (void)pthread_mutex_lock(&g->lock);
    g->n_delivered++;
    (void)pthread_mutex_unlock(&g->lock);
    return 0;
}

static void gated_release(void *ctx)
{
    struct gate *g = ctx;
    (void)pthread_mutex_lock(&g->lock);
    g->n_released++;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->lock);
}

static void gate_wait(struct gate *g, const int *counter, int wanted)
{
    (void)pthread_mutex_lock(&g->lock);
    while (*counter < wanted) {
        (void)pthread_cond_wait(&g->changed, &g->lock);
    }
    (void)pthread_mutex_unlock(&g->lock);
}

static void gate_open(struct gate *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->is_open = true;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->lock);
}

static struct cosn_refresher *start_gated(struct gate *g, bool manual)
{
    struct cosn_refresher *r = NULL;
    struct cosn_refresher_options options = {.size = sizeof(options),
                                             .fetch = gated_fetch,
                                             .deliver = gated_deliver,
                                             .ctx = g,
                                             .rule = {0.75, 1, 1},
                                             .manual = manual,
                                             .release = gated_release};
    assert_int_equal(cosn_refresher_start(&r, &options, NULL), 0);
    return r;
}

static void *ask_now(void *arg)
{
    return cosn_refresher_now(arg, NULL) == 0 ? arg : NULL;
}

static void callers_that_come_meanwhile_share_one_flight(void **state)
{
    (void)state;
    struct gate g;
    gate_init(&g);
    struct cosn_refresher *r = start_gated(&g, /* manual= */ true);
    pthread_t first;
    pthread_t others[8];
    assert_int_equal(pthread_create(&first, NULL, ask_now, r), 0);
    gate_wait(&g, &g.n_calls, 2);
    for (size_t i = 0; i < COS_ARRAY_LEN(others); i++) {
        assert_int_equal(pthread_create(&others[i], NULL, ask_now, r), 0);
    }
    gate_open(&g);
    void *result = NULL;
    (void)pthread_join(first, &result);
    assert_non_null(result);
    for (size_t i = 0; i < COS_ARRAY_LEN(others); i++) {
        (void)pthread_join(others[i], &result);
        assert_non_null(result);
    }
    /* One flight under the gate; a thread that came after it landed may have flown again. */
    assert_in_range(g.n_calls, 2, 10);
    assert_int_equal(g.n_delivered, g.n_calls);
    r = cosn_refresher_stop(r);
}

static void stop_does_not_wait_for_a_fetch_that_hangs(void **state)
{
    (void)state;
    struct gate g;
    gate_init(&g);
    g.until_unix_ms = 1; /* dead: the thread asks again at once */
    struct cosn_refresher *r = start_gated(&g, /* manual= */ false);
    gate_wait(&g, &g.n_calls, 2); /* the thread hangs in its fetch now */
    r = cosn_refresher_stop(r);
    assert_null(r);
    assert_int_equal(g.n_released, 0);
    gate_open(&g);
    gate_wait(&g, &g.n_released, 1);
    assert_int_equal(g.n_delivered, 0);
}

static void stop_ends_an_idle_thread(void **state)
{
    (void)state;
    struct gate g;
    gate_init(&g);
    struct cosn_refresher *r = start_gated(&g, /* manual= */ false);
    r = cosn_refresher_stop(r);
    assert_int_equal(g.n_calls, 1);
    assert_int_equal(g.n_delivered, 1);
    assert_int_equal(g.n_released, 1);
    assert_null(cosn_refresher_stop(NULL));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_waits_for_the_ratio_of_what_is_left),
        cmocka_unit_test(failure_waits_grow_but_end_before_the_token),
        cmocka_unit_test(the_rule_comes_from_flusss_keys),
        cmocka_unit_test(ten_hours_pass_without_a_gap),
        cmocka_unit_test(a_failed_renewal_is_retried_before_the_token_ends),
        cmocka_unit_test(the_next_delay_follows_the_new_token),
        cmocka_unit_test(a_token_dead_on_arrival_is_not_delivered_nor_asked_for_in_a_loop),
        cmocka_unit_test(a_token_without_end_is_never_renewed),
        cmocka_unit_test(a_forward_jump_of_the_wall_clock_renews_at_once),
        cmocka_unit_test(callers_that_come_meanwhile_share_one_flight),
        cmocka_unit_test(stop_does_not_wait_for_a_fetch_that_hangs),
        cmocka_unit_test(stop_ends_an_idle_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
