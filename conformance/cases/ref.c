/* SPDX-License-Identifier: Apache-2.0 */
/*
 * REF: the automatic renewal. Virtual time: an hour is a function call, and the journal has the
 * time of every call. Sources: the page ("Fluss automatically refreshes the credential before
 * it expires"), Fluss's DefaultSecurityTokenManager (fluss-plugin.md s.5) for ratio and keys.
 */
#include "case.h"

#include "registry.h"

#define MINT "GetFederationToken"
#define NEEDS "token.obtain,token.apply,refresh,clock.virtual"
#define RATIO_KEY "client.filesystem.security.token.renewal.time-ratio"
#define BACKOFF_KEY "client.filesystem.security.token.renewal.backoff"

struct pair {
    int64_t server, client, mgr;
};

/** A server that mints with life @ttl_s, a client that is kept fresh from it. */
static struct pair start(struct env *env, int64_t ttl_s, const char *conf_json)
{
    struct pair p;
    env_put_text(env, env_key(env, "x"), "text");
    env_ttl_override(env, ttl_s);
    p.server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    const struct reply *started = op_manager_start(env, "client", p.server, conf_json);
    expect_ok(env, started);
    p.mgr = reply_i64(started, "mgr");
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    p.client = reply_i64(opened, "fs");
    return p;
}

/** Read once every @step_ms of virtual time for @total_ms; every read must be fine. */
static void keep_reading(struct env *env, const struct pair *p, int64_t total_ms,
                         int64_t step_ms)
{
    for (int64_t t = 0; t < total_ms; t += step_ms) {
        expect_ok(env, op_read(env, p->client, "x"));
        env_advance(env, step_ms);
    }
}

static void expect_nothing_dead(struct env *env)
{
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_true(env, strcmp(all.e[i].key_state, "expired") != 0,
                    "request %llu (%s) went out with a dead credential",
                    (unsigned long long)all.e[i].seq, all.e[i].op);
    }
}

static uint64_t sts_fails(struct env *env, unsigned skip, unsigned times)
{
    return env_fault(env, (struct cosmock_fault){.op = MINT,
                                                 .skip = skip,
                                                 .times = times,
                                                 .kind = COSMOCK_FAULT_REPLY,
                                                 .http_status = 200,
                                                 .code = "InternalError.SystemError"});
}

static void renewed_before_the_end(struct env *env)
{
    struct pair p = start(env, 100, /* conf_json= */ NULL);
    keep_reading(env, &p, 400000, 5000);
    struct journal calls = journal_of(env, MINT);
    expect_true(env, calls.n >= 4, "only %zu tokens in 400 s of 100 s tokens", calls.n);
    for (size_t i = 1; i < calls.n; i++) {
        expect_between(env, "time between two mints, ms",
                       calls.e[i].at_unix_ms - calls.e[i - 1].at_unix_ms, 1000, 99999);
    }
}

static void never_a_dead_credential(struct env *env)
{
    struct pair p = start(env, 60, /* conf_json= */ NULL);
    keep_reading(env, &p, 600000, 2000);
    expect_nothing_dead(env);
    expect_true(env, journal_count(env, MINT) >= 5, "fewer than five cycles");
}

/*
 * Renewal fails for good: after the end nothing may go out any more, whatever the caller asks
 * for.
 */
static void nothing_leaves_after_the_end(struct env *env)
{
    struct pair p = start(env, 100, /* conf_json= */ NULL);
    keep_reading(env, &p, 50000, 5000);
    (void)sts_fails(env, 0, 0);
    keep_reading(env, &p, 45000, 5000);
    env_advance(env, 10000);
    expect_error(env, op_read(env, p.client, "x"), "CRED_EXPIRED|CRED_MISSING|STS");
    expect_error(env, op_write_text(env, p.client, "y", "no"), "CRED_EXPIRED|CRED_MISSING|STS");
    expect_nothing_dead(env);
}

static void renewal_at_three_quarters(struct env *env)
{
    struct pair p = start(env, 1000, /* conf_json= */ NULL);
    keep_reading(env, &p, 1000000, 10000);
    struct journal calls = journal_of(env, MINT);
    expect_true(env, calls.n >= 2, "no renewal");
    expect_between(env, "time of the renewal, ms",
                   calls.e[1].at_unix_ms - calls.e[0].at_unix_ms, 700000, 850000);
}

static void the_ratio_key_is_honoured(struct env *env)
{
    struct pair p = start(env, 1000, "{\"" RATIO_KEY "\":\"0.5\"}");
    keep_reading(env, &p, 1000000, 10000);
    struct journal calls = journal_of(env, MINT);
    expect_true(env, calls.n >= 2, "no renewal");
    expect_between(env, "time of the renewal, ms",
                   calls.e[1].at_unix_ms - calls.e[0].at_unix_ms, 450000, 600000);
}

static void a_failed_renewal_is_retried(struct env *env)
{
    (void)sts_fails(env, 1, 1);
    struct pair p = start(env, 100, /* conf_json= */ NULL);
    keep_reading(env, &p, 200000, 1000);
    expect_nothing_dead(env);
    expect_true(env, journal_count(env, MINT) >= 3, "no retry");
}

static void the_backoff_key_bounds_the_retries(struct env *env)
{
    (void)sts_fails(env, 1, 4);
    struct pair p = start(env, 1000, "{\"" BACKOFF_KEY "\":\"20 s\"}");
    keep_reading(env, &p, 950000, 5000);
    struct journal calls = journal_of(env, MINT);
    expect_true(env, calls.n >= 5, "only %zu calls", calls.n);
    expect_between(env, "fourth retry gap, ms",
                   calls.e[5 < calls.n ? 5 : 4].at_unix_ms -
                       calls.e[5 < calls.n ? 4 : 3].at_unix_ms,
                   1000, 25000);
    expect_nothing_dead(env);
}

/* Short, so that whoever grows his waits up to it has come there at once. */
static void a_short_backoff_is_the_retry_delay(struct env *env)
{
    (void)sts_fails(env, 1, 1);
    struct pair p = start(env, 1000, "{\"" BACKOFF_KEY "\":\"4 s\"}");
    keep_reading(env, &p, 800000, 5000);
    struct journal calls = journal_of(env, MINT);
    expect_true(env, calls.n >= 3, "only %zu calls", calls.n);
    expect_between(env, "retry gap, ms", calls.e[2].at_unix_ms - calls.e[1].at_unix_ms, 2000,
                   6000);
}

static void one_failure_does_not_let_the_token_lapse(struct env *env)
{
    (void)sts_fails(env, 1, 1);
    struct pair p = start(env, 10, /* conf_json= */ NULL);
    keep_reading(env, &p, 30000, 250);
    expect_nothing_dead(env);
}

static void renewal_goes_on_for_life(struct env *env)
{
    struct pair p = start(env, 60, /* conf_json= */ NULL);
    keep_reading(env, &p, 300000, 5000);
    expect_true(env, journal_count(env, MINT) >= 3, "fewer than three tokens");
}

static void after_stop_there_is_silence(struct env *env)
{
    struct pair p = start(env, 60, /* conf_json= */ NULL);
    keep_reading(env, &p, 100000, 5000);
    expect_ok(env, op_manager_stop(env, p.mgr));
    journal_mark(env);
    env_advance(env, 120000);
    expect_count(env, MINT, 0);
}

static void a_token_dead_on_arrival_makes_no_hot_loop(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    env_ttl_override(env, -10);
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    (void)op_manager_start(env, "client", server, /* conf_json= */ NULL);
    env_advance(env, 3000);
    expect_count_between(env, MINT, 1, 5);
}

static void a_second_start_makes_no_second_loop(struct env *env)
{
    struct pair p = start(env, 100, /* conf_json= */ NULL);
    const struct reply *again =
        op_manager_start(env, "client", p.server, /* conf_json= */ NULL);
    if (!reply_ok(again)) {
        expect_error(env, again, "INVALID_ARG|ALREADY_EXISTS|CONFIG");
    }
    journal_mark(env);
    keep_reading(env, &p, 400000, 5000);
    expect_count_between(env, MINT, 4, 7); /* one every 75 s */
}

static void the_next_request_uses_the_new_token(struct env *env)
{
    struct pair p = start(env, 100, /* conf_json= */ NULL);
    keep_reading(env, &p, 80000, 1000);
    struct journal calls = journal_of(env, MINT);
    expect_true(env, calls.n >= 2, "no renewal");
    const char *fresh = calls.e[calls.n - 1].issued_secret_id;
    journal_mark(env);
    expect_ok(env, op_read(env, p.client, "x"));
    expect_signed_by(env, fresh);
}

static void id_key_and_token_change_together(struct env *env)
{
    struct pair p = start(env, 60, /* conf_json= */ NULL);
    for (unsigned cycle = 0; cycle < 20; cycle++) {
        const char *ops[4];
        for (size_t i = 0; i < COS_ARRAY_LEN(ops); i++) {
            ops[i] = env_text(env, "{\"op\":\"read\",\"fs\":%lld,\"path\":\"x\"}",
                              (long long)p.client);
        }
        expect_ok(env, op_parallel(env, ops, COS_ARRAY_LEN(ops)));
        env_advance(env, 15000);
    }
    expect_all_verified(env);
    expect_true(env, journal_count(env, MINT) >= 4, "fewer than four tokens");
}

/* Fluss hands the server's endpoint to clients in the infos of a token; it may change. */
static void changed_infos_are_used_by_what_is_opened_later(struct env *env)
{
    const char *suffix = "cos.ap-beijing.myqcloud.com";
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    struct conf *c = conf_new_client(env);
    conf_resolve(c, env_text(env, "%s.%s", env_bucket(env), suffix));
    expect_ok(env, op_configure(env, "client", c));
    expect_ok(env, op_apply_token(env, "client", token));
    expect_ok(env, op_open(env, "client", env_root_uri(env)));
    const struct reply *moved =
        op_apply_token_raw(env, "client", "cosn", token_payload(env, token),
                           reply_i64(token, "valid_until_ms"),
                           env_text(env,
                                    "{\"fs.cosn.userinfo.region\":\"ap-beijing\","
                                    "\"fs.cosn.bucket.endpoint_suffix\":\"%s\"}",
                                    suffix));
    expect_ok(env, moved);
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    journal_mark(env);
    (void)op_exists(env, reply_i64(opened, "fs"), "x"); /* the bucket lies in another region */
    expect_str(env, "Host", journal_last(env, /* op= */ NULL)->host,
               env_text(env, "%s.%s", env_bucket(env), suffix));
}

static void a_malformed_token_is_rejected_and_the_old_one_stays(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    static const char *const malformed[] = {
        "{\"version\":1,\"access_key_id\":",
        "[]",
        "{\"version\":1,\"access_key_secret\":\"s\",\"security_token\":\"t\"}",
        "{\"version\":1,\"access_key_id\":\"i\",\"security_token\":\"t\"}",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(malformed); i++) {
        expect_error(env,
                     op_apply_token_raw(env, "client", "cosn", malformed[i],
                                        env_now_ms(env) + 60000, /* infos_json= */ NULL),
                     "INVALID_ARG|CONFIG|CORRUPT|STS");
    }
    journal_mark(env);
    expect_ok(env, op_read(env, reply_i64(opened, "fs"), "x"));
    expect_signed_by(env, token_field(env, token, "access_key_id"));
}

static void the_delay_follows_the_new_token(struct env *env)
{
    struct pair p = start(env, 100, /* conf_json= */ NULL);
    env_ttl_override(env, 1000);
    keep_reading(env, &p, 100000, 5000); /* the second token lives 1000 s */
    env_ttl_override(env, 100);
    journal_mark(env);
    keep_reading(env, &p, 500000, 10000); /* a plan from the first life would mint every 75 s */
    expect_count_between(env, MINT, 0, 1);
    keep_reading(env, &p, 500000, 5000);
    expect_nothing_dead(env);
}

static void operations_go_on_while_renewal_fails(struct env *env)
{
    struct pair p = start(env, 1000, "{\"" BACKOFF_KEY "\":\"10 s\"}");
    (void)sts_fails(env, 0, 3);
    keep_reading(env, &p, 990000, 5000);
    expect_nothing_dead(env);
}

static void a_token_without_end_is_not_renewed(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token_raw(env, "client", "cosn", token_payload(env, token), -1,
                                      env_json(env, reply_json(token, "infos"))));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    journal_mark(env);
    env_advance(env, 600000);
    expect_ok(env, op_read(env, reply_i64(opened, "fs"), "x"));
    expect_count(env, MINT, 0);
}

/** A scripted answer of the server: @payload, without an end when @forever. */
static const char *scripted(struct env *env, const struct reply *token, bool forever)
{
    const char *until =
        forever ? "null" : env_text(env, "%lld", (long long)reply_i64(token, "valid_until_ms"));
    return env_text(env,
                    "{\"scheme\":\"cosn\",\"token\":%s,\"valid_until_ms\":%s,\"infos\":%s}",
                    env_json(env, reply_json(token, "token")), until,
                    env_json(env, reply_json(token, "infos")));
}

/* Were it renewed, the second token of the list would sign. */
static void a_manager_lets_a_token_without_end_be(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *first = op_get_token(env, server);
    const struct reply *second = op_get_token(env, server);
    expect_ok(env, first);
    expect_ok(env, second);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_manager_start_list(env, "client",
                                         env_text(env, "[%s,%s]",
                                                  scripted(env, first, /* forever= */ true),
                                                  scripted(env, second, /* forever= */ false)),
                                         /* conf_json= */ NULL));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    env_advance(env, 600000);
    journal_mark(env);
    expect_ok(env, op_read(env, reply_i64(opened, "fs"), "x"));
    expect_signed_by(env, token_field(env, first, "access_key_id"));
}

static void a_jump_of_the_clock_uses_no_dead_token(struct env *env)
{
    struct pair p = start(env, 900, /* conf_json= */ NULL);
    keep_reading(env, &p, 60000, 5000);
    env_jump(env, 600000);
    expect_ok(env, op_read(env, p.client, "x"));
    env_jump(env, 600000);
    expect_ok(env, op_read(env, p.client, "x"));
    expect_nothing_dead(env);
}

static void one_simulated_hour_without_a_refusal(struct env *env)
{
    struct pair p = start(env, 0, /* conf_json= */ NULL);
    keep_reading(env, &p, 3700 * 1000, 10000);
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_true(env, all.e[i].http_status < 400 || all.e[i].http_status == 404,
                    "request %llu (%s) got %d", (unsigned long long)all.e[i].seq, all.e[i].op,
                    all.e[i].http_status);
    }
    expect_true(env, journal_count(env, MINT) >= 2, "no renewal in an hour");
    expect_nothing_dead(env);
    expect_all_verified(env);
}

const struct conform_case cases_ref[] = {
    {"REF-001", "renewed before the end", NEEDS, renewed_before_the_end, 0},
    {"REF-002", "never a dead credential", NEEDS, never_a_dead_credential, 0},
    {"REF-002", "nothing leaves after the end", NEEDS, nothing_leaves_after_the_end, 0},
    {"REF-003", "renewal at three quarters", NEEDS, renewal_at_three_quarters, 0},
    {"REF-004", "the ratio key is honoured", NEEDS, the_ratio_key_is_honoured, 0},
    {"REF-005", "a failed renewal is retried", NEEDS, a_failed_renewal_is_retried, 0},
    {"REF-006", "the backoff key bounds the retries", NEEDS, the_backoff_key_bounds_the_retries,
     0},
    {"REF-006", "a short backoff is the retry delay", NEEDS, a_short_backoff_is_the_retry_delay,
     0},
    {"REF-007", "one failure does not let the token lapse", NEEDS,
     one_failure_does_not_let_the_token_lapse, 0},
    {"REF-008", "renewal goes on for life", NEEDS, renewal_goes_on_for_life, 0},
    {"REF-009", "after stop there is silence", NEEDS, after_stop_there_is_silence, 0},
    {"REF-011", "a second start makes no second loop", NEEDS,
     a_second_start_makes_no_second_loop, 0},
    {"REF-012", "a token dead on arrival makes no hot loop", NEEDS,
     a_token_dead_on_arrival_makes_no_hot_loop, 0},
    {"REF-013", "the next request uses the new token", NEEDS,
     the_next_request_uses_the_new_token, 0},
    {"REF-014", "id, key and token change together", NEEDS, id_key_and_token_change_together,
     0},
    {"REF-016", "changed infos are used by what is opened later", "token.obtain,token.apply",
     changed_infos_are_used_by_what_is_opened_later, 0},
    {"REF-017", "a malformed token is rejected and the old one stays",
     "token.obtain,token.apply", a_malformed_token_is_rejected_and_the_old_one_stays, 0},
    {"REF-018", "the delay follows the new token", NEEDS, the_delay_follows_the_new_token, 0},
    {"REF-019", "operations go on while renewal fails", NEEDS,
     operations_go_on_while_renewal_fails, 0},
    {"REF-021", "a token without end is not renewed", NEEDS, a_token_without_end_is_not_renewed,
     0},
    {"REF-021", "a manager lets a token without end be", NEEDS,
     a_manager_lets_a_token_without_end_be, 0},
    {"REF-022", "a jump of the clock uses no dead token", NEEDS,
     a_jump_of_the_clock_uses_no_dead_token, 0},
    {"E2E-003", "one simulated hour without a refusal", NEEDS,
     one_simulated_hour_without_a_refusal, 0},
    {0},
};
