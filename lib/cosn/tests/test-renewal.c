/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token that the service refuses although it lives by our clock: revoked, or the service's
 * clock runs ahead. A filesystem, a refresher and a service with a token clock of its own, all
 * in virtual time. How COS names an ended temporary key is disputed (cos-wire.md s.1.5, s.5 no.
 * 8; sts-cam.md s.4), so every way is a row.
 */
#include "world.h"

#include "cosn/fs.h"
#include "fake_transport.h"

#include <pthread.h>

#define HOUR_MS INT64_C(3600000)

struct cloud {
    struct world world;
    struct fake *fake;
    struct cosn_config *config;
    struct cosn_provider *dynamic;
    struct cosn_refresher *refresher;
    struct cosn_fs *fs;
    struct cosn_error err;
    int64_t ahead_ms; /* of the service's token clock */
    bool refuses_all;
    int http_status; /* how an ended token is refused */
    const char *code;
    pthread_mutex_t lock; /* guards what is below */
    pthread_cond_t changed;
    int n_mints, n_released;
    bool is_gated; /* the next mint waits for the gate */
};

static int64_t service_ms(const struct cloud *c)
{
    return c->world.unix_ms + c->ahead_ms;
}

/* STS: the token is its own end, in words. */
static int mint(void *ctx, struct cosn_token **out, struct cosn_error *err)
{
    struct cloud *c = ctx;
    (void)pthread_mutex_lock(&c->lock);
    int n = ++c->n_mints;
    (void)pthread_cond_broadcast(&c->changed);
    while (c->is_gated) {
        (void)pthread_cond_wait(&c->changed, &c->lock);
    }
    (void)pthread_mutex_unlock(&c->lock);
    char id[32], session[64];
    int64_t until = service_ms(c) + HOUR_MS;
    (void)snprintf(id, sizeof(id), "AKIDtmp%d", n);
    (void)snprintf(session, sizeof(session), "until-%lld", (long long)until);
    struct cosn_credentials *made = NULL;
    int r = cosn_credentials_new(&made, id, "tmpkey", session, until, err);
    struct cosn_token *token = cos_calloc(1, sizeof(*token));
    assert_true(r == 0 && token != NULL);
    token->scheme = cos_strdup("cosn");
    token->valid_until_unix_ms = until;
    r = cosn_token_to_json(&token->bytes, &token->n_bytes, made, err);
    (void)cosn_credentials_unref(made);
    *out = token;
    return r;
}

static int hand_over(void *ctx, const struct cosn_token *token, struct cosn_error *err)
{
    struct cloud *c = ctx;
    return cosn_token_receive(c->dynamic, token, err);
}

static void released(void *ctx)
{
    struct cloud *c = ctx;
    (void)pthread_mutex_lock(&c->lock);
    c->n_released++;
    (void)pthread_cond_broadcast(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
}

/* COS: refuses a token that has ended by the service's clock. */
static int judge_token(void *ctx, struct fake *f, const struct fake_request *rq,
                       struct cosn_http_reply *reply, struct cosn_error *err)
{
    const struct cloud *c = ctx;
    (void)f;
    (void)err;
    const char *session = fake_header(rq, "x-cos-security-token");
    assert_non_null(session);
    if (!c->refuses_all && strtoll(session + strlen("until-"), NULL, 10) > service_ms(c)) {
        return 0;
    }
    fake_refuse(reply, c->http_status, strcmp(rq->method, "HEAD") == 0 ? NULL : c->code, "m");
    return 1;
}

static void cloud_init(struct cloud *c, bool is_attached)
{
    memset(c, 0, sizeof(*c));
    world_init(&c->world);
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->changed, NULL);
    c->fake = fake_new();
    c->fake->intercept = judge_token;
    c->fake->intercept_ctx = c;
    c->world.platform.transport = &c->fake->transport;
    c->http_status = 403;
    c->code = "ExpiredToken";
    fake_seed(c->fake, "f", "x", 1);
    assert_int_equal(cosn_config_new(&c->config, NULL), 0);
    assert_int_equal(cosn_config_set(c->config, "fs.cosn.bucket.endpoint_suffix",
                                     "cos.ap-guangzhou.myqcloud.com", "test", NULL),
                     0);
    assert_int_equal(cosn_provider_dynamic_new(&c->dynamic, &c->world.platform, NULL), 0);
    struct cosn_refresher_options options = {.size = sizeof(options),
                                             .fetch = mint,
                                             .deliver = hand_over,
                                             .ctx = c,
                                             .rule = COSN_REFRESH_RULE_INIT,
                                             .platform = &c->world.platform,
                                             .manual = true,
                                             .release = released,
                                             .dynamic = is_attached ? c->dynamic : NULL};
    assert_int_equal(cosn_refresher_start(&c->refresher, &options, NULL), 0);
    struct cosn_fs_options fs_options = COSN_FS_OPTIONS_INIT;
    fs_options.config = c->config;
    fs_options.dynamic = c->dynamic;
    fs_options.platform = &c->world.platform;
    if (cosn_fs_open(&c->fs, "cosn://bkt-1250000000/", &fs_options, &c->err) < 0) {
        fail_msg("open: %s", c->err.message);
    }
}

static void cloud_deinit(struct cloud *c)
{
    c->refresher = cosn_refresher_stop(c->refresher);
    (void)cosn_fs_free(c->fs);
    (void)cosn_provider_unref(c->dynamic);
    (void)cosn_config_free(c->config);
    (void)fake_free(c->fake);
    assert_int_equal(c->n_released, 1);
    (void)pthread_cond_destroy(&c->changed);
    (void)pthread_mutex_destroy(&c->lock);
}

static int stat_f(struct cloud *c)
{
    struct cosn_stat st;
    return cosn_fs_stat(c->fs, &st, "/f", &c->err);
}

static void advance(struct cloud *c, int64_t ms)
{
    c->world.unix_ms += ms;
    c->world.mono_ms += ms;
}

static void a_refusal_that_names_the_end_renews_the_token_once(void **state)
{
    (void)state;
    static const struct {
        const char *name, *code;
        int http_status;
    } rows[] = {
        {"403 ExpiredToken", "ExpiredToken", 403},
        {"400 ExpiredToken", "ExpiredToken", 400},
        {"403 InvalidAccessKeyId", "InvalidAccessKeyId", 403},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cloud c;
        cloud_init(&c, /* is_attached= */ true);
        CHECK_ROW(rows[i].name, stat_f(&c) == 0 && c.n_mints == 1);
        c.http_status = rows[i].http_status;
        c.code = rows[i].code;
        c.ahead_ms = HOUR_MS + 100000; /* the trial: token_advance_ms 3700000 */
        for (int n = 0; n < 20; n++) {
            CHECK_ROW(rows[i].name, stat_f(&c) == 0);
            advance(&c, 1000);
        }
        CHECK_ROW(rows[i].name, c.n_mints == 2);
        cloud_deinit(&c);
    }
}

static void without_a_refresher_behind_it_the_refusal_stands(void **state)
{
    (void)state;
    struct cloud c;
    cloud_init(&c, /* is_attached= */ false);
    c.ahead_ms = 2 * HOUR_MS;
    assert_int_equal(stat_f(&c), COSN_E_EXPIRED);
    assert_int_equal(c.n_mints, 1);
    assert_true(c.fake->n_requests <= 3); /* EXP-002 */
    cloud_deinit(&c);
}

static void a_token_refused_for_ever_makes_no_storm_at_sts(void **state)
{
    (void)state;
    struct cloud c;
    cloud_init(&c, /* is_attached= */ true);
    c.refuses_all = true;
    for (int n = 0; n < 1000; n++) {
        assert_int_equal(stat_f(&c), COSN_E_EXPIRED);
        advance(&c, 100);
    }
    assert_in_range(c.n_mints, 2, 1 + 4); /* 100 s, one each 30 s */
    cloud_deinit(&c);
}

static void a_policy_that_denies_asks_nobody(void **state)
{
    (void)state;
    struct cloud c;
    cloud_init(&c, /* is_attached= */ true);
    c.refuses_all = true;
    c.code = "AccessDenied";
    assert_int_equal(stat_f(&c), COSN_E_DENIED);
    assert_int_equal(c.n_mints, 1);
    cloud_deinit(&c);
}

static void a_token_dead_by_our_own_clock_is_renewed_before_anything_is_sent(void **state)
{
    (void)state;
    struct cloud c;
    cloud_init(&c, /* is_attached= */ true);
    advance(&c, 2 * HOUR_MS); /* the machine slept; the thread has not noticed yet */
    assert_int_equal(stat_f(&c), 0);
    assert_int_equal(c.n_mints, 2);
    assert_int_equal(c.fake->n_requests, 1);
    cloud_deinit(&c);
}

static void *stat_in_thread(void *arg)
{
    struct cosn_stat st;
    struct cloud *c = arg;
    return cosn_fs_stat(c->fs, &st, "/f", NULL) == 0 ? arg : NULL;
}

static void requests_refused_together_share_one_renewal(void **state)
{
    (void)state;
    struct cloud c;
    cloud_init(&c, /* is_attached= */ true);
    c.ahead_ms = 2 * HOUR_MS;
    pthread_t threads[8];
    for (size_t i = 0; i < COS_ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, stat_in_thread, &c), 0);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(threads); i++) {
        void *done = NULL;
        (void)pthread_join(threads[i], &done);
        assert_non_null(done);
    }
    assert_int_equal(c.n_mints, 2);
    cloud_deinit(&c);
}

static void stop_does_not_wait_for_a_refused_request(void **state)
{
    (void)state;
    struct cloud c;
    cloud_init(&c, /* is_attached= */ true);
    c.ahead_ms = 2 * HOUR_MS;
    c.is_gated = true;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stat_in_thread, &c), 0);
    (void)pthread_mutex_lock(&c.lock);
    while (c.n_mints < 2) {
        (void)pthread_cond_wait(&c.changed, &c.lock);
    }
    (void)pthread_mutex_unlock(&c.lock);
    c.refresher = cosn_refresher_stop(c.refresher);
    (void)pthread_mutex_lock(&c.lock);
    assert_int_equal(c.n_released, 0);
    c.is_gated = false;
    (void)pthread_cond_broadcast(&c.changed);
    (void)pthread_mutex_unlock(&c.lock);
    void *done = &c;
    (void)pthread_join(thread, &done);
    assert_null(done); /* its token was thrown away */
    cloud_deinit(&c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_that_names_the_end_renews_the_token_once),
        cmocka_unit_test(without_a_refresher_behind_it_the_refusal_stands),
        cmocka_unit_test(a_token_refused_for_ever_makes_no_storm_at_sts),
        cmocka_unit_test(a_policy_that_denies_asks_nobody),
        cmocka_unit_test(a_token_dead_by_our_own_clock_is_renewed_before_anything_is_sent),
        cmocka_unit_test(requests_refused_together_share_one_renewal),
        cmocka_unit_test(stop_does_not_wait_for_a_refused_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
