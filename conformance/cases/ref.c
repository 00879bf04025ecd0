/* SPDX-License-Identifier: Apache-2.0 */
/*
 * REF: the automatic renewal. Sources: the page ("Fluss automatically refreshes the credential
 * before it expires"), Fluss's DefaultSecurityTokenManager (fluss-plugin.md s.5) for ratio and
 * keys.
 *
 * Time. With a virtual clock an hour is a function call. Where there is none the same function
 * runs in real time on tokens that live for seconds (CASE_REAL_TIME | CASE_REAL_ELSE): `life`
 * says which, and all waits are by env_now_ms(). Some rows are about threads and timers of the
 * subject's own, which virtual time replaces; they run in real time everywhere.
 *
 * What is looked at. When a token is obtained stands in the journal of STS, whatever the token
 * is worth: rows about that ask nothing else, so that a defect of requests does not indict
 * them. Rows about requests stand on what makes a request with a token possible at all.
 */
#include "case.h"

#include "registry.h"

#define MINT "GetFederationToken"
#define MANAGED "token.obtain,token.apply,refresh"
#define NEEDS MANAGED ",clock.virtual"
#define REAL_NEEDED (CASE_REAL_TIME | CASE_REAL_ELSE)
/* A token can be had, a request carries it, it is allowed what it asks for. */
#define A_MINT "STS-001,STS-003"
#define A_TOKEN A_MINT ",CRED-014,CRED-015,POL-019"
#define NEXT_TOKEN A_TOKEN ",EXP-004"
#define RATIO_KEY "client.filesystem.security.token.renewal.time-ratio"
#define BACKOFF_KEY "client.filesystem.security.token.renewal.backoff"

/* ---- time ---- */

static bool is_real(struct env *env)
{
    return !env_clock_is_virtual(env);
}

/** How long a token lives: @virtual_s of virtual time, @real_s of real time. */
static int64_t life(struct env *env, int64_t virtual_s, int64_t real_s)
{
    int64_t s = is_real(env) ? real_s : virtual_s;
    env_ttl_override(env, s);
    return s * 1000;
}

/** Let @ms pass, in real time at most until the next token is asked for. */
static void pass(struct env *env, int64_t ms)
{
    if (is_real(env)) {
        (void)journal_await(env, MINT, journal_count(env, MINT) + 1, ms);
    } else {
        env_advance(env, ms);
    }
}

/** Time passes until STS was asked @n times since the mark, or for @limit_ms. */
static bool mints_come(struct env *env, size_t n, int64_t limit_ms)
{
    int64_t end_ms = env_now_ms(env) + limit_ms;
    while (journal_count(env, MINT) < n && env_now_ms(env) < end_ms) {
        pass(env, limit_ms / 100);
    }
    return journal_count(env, MINT) >= n;
}

static struct journal mints(struct env *env, size_t n, int64_t limit_ms)
{
    if (!mints_come(env, n, limit_ms)) {
        case_fail(env, "STS was asked %zu times in %lld ms, wanted %zu",
                  journal_count(env, MINT), (long long)limit_ms, n);
    }
    return journal_of(env, MINT);
}

static int64_t gap_ms(struct journal j, size_t i)
{
    return j.e[i + 1].at_unix_ms - j.e[i].at_unix_ms;
}

/** How long token @i of @j lived when it lives for @ttl_ms: it ends with a whole second. */
static int64_t lived_ms(struct journal j, size_t i, int64_t ttl_ms)
{
    return ttl_ms - j.e[i].at_unix_ms % 1000;
}

/* ---- parties ---- */

struct pair {
    int64_t server, client, mgr;
};

/** A server that mints, a client that is kept fresh from it. */
static struct pair start(struct env *env, const char *conf_json)
{
    struct pair p;
    env_put_text(env, env_key(env, "x"), "text");
    p.server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    const struct reply *started = op_manager_start(env, "client", p.server, conf_json);
    expect_ok(env, started);
    p.mgr = reply_i64(started, "mgr");
    expect_true(env, journal_await(env, MINT, 1, /* limit_ms= */ 3000),
                "STS was not asked for a first token");
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    p.client = reply_i64(opened, "fs");
    return p;
}

/** Reads go on until @end_ms by the clock, one every @step_ms; each must be fine. */
static void read_until(struct env *env, const struct pair *p, int64_t end_ms, int64_t step_ms)
{
    control_ok(env, op_read(env, p->client, "x"));
    while (env_now_ms(env) < end_ms) {
        pass(env, step_ms);
        expect_ok(env, op_read(env, p->client, "x"));
    }
}

static void read_for(struct env *env, const struct pair *p, int64_t total_ms)
{
    read_until(env, p, env_now_ms(env) + total_ms, total_ms / 100);
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

static void sts_fails(struct env *env, unsigned skip, unsigned times)
{
    (void)env_fault(env, (struct cosmock_fault){.op = MINT,
                                                .skip = skip,
                                                .times = times,
                                                .kind = COSMOCK_FAULT_REPLY,
                                                .http_status = 200,
                                                .code = "InternalError.SystemError"});
}

/** From the second one on an answer of STS takes @ms. */
static void sts_hangs(struct env *env, int64_t ms)
{
    (void)env_fault(env, (struct cosmock_fault){
                             .op = MINT, .skip = 1, .kind = COSMOCK_FAULT_DELAY, .amount = ms});
}

/* ---- when ---- */

static void renewed_before_the_end(struct env *env)
{
    int64_t ttl_ms = life(env, 100, 6);
    (void)start(env, /* conf_json= */ NULL);
    struct journal calls = mints(env, 2, 2 * ttl_ms);
    expect_between(env, "time between two tokens, ms", gap_ms(calls, 0), 1,
                   lived_ms(calls, 0, ttl_ms) - 1);
}

static void renewal_at_three_quarters(struct env *env)
{
    int64_t ttl_ms = life(env, 1000, 6);
    (void)start(env, /* conf_json= */ NULL);
    struct journal calls = mints(env, 3, 3 * ttl_ms);
    for (size_t i = 0; i < 2; i++) {
        int64_t whole_ms = lived_ms(calls, i, ttl_ms);
        expect_between(env, "time of the renewal, ms", gap_ms(calls, i), whole_ms * 70 / 100,
                       whole_ms * 85 / 100);
    }
}

static void expect_renewal_at(struct env *env, const char *ratio, int low, int high)
{
    int64_t ttl_ms = life(env, 1000, 6);
    journal_mark(env);
    (void)start(env, env_text(env, "{\"" RATIO_KEY "\":\"%s\"}", ratio));
    struct journal calls = mints(env, 2, 2 * ttl_ms);
    int64_t whole_ms = lived_ms(calls, 0, ttl_ms);
    expect_between(env, env_text(env, "%s: time of the renewal, ms", ratio), gap_ms(calls, 0),
                   whole_ms * low / 100, whole_ms * high / 100);
}

static void the_ratio_key_is_honoured(struct env *env)
{
    expect_renewal_at(env, "0.5", 45, 60);
}

static void a_ratio_may_have_two_digits(struct env *env)
{
    expect_renewal_at(env, "0.90", 85, 95);
}

/*
 * When is REF-006's and REF-007's matter: Fluss waits for an hour, unless its key says
 * otherwise. In real time an hour cannot be waited for, so without the key's help nothing is
 * known.
 */
static void a_failed_renewal_is_retried(struct env *env)
{
    int64_t ttl_ms = life(env, 1000, 4);
    sts_fails(env, 1, 1);
    (void)start(env, is_real(env) ? "{\"" BACKOFF_KEY "\":\"1 s\"}" : NULL);
    bool is_retried = mints_come(env, 3, is_real(env) ? 12000 : ttl_ms + 4000000);
    if (!is_retried && is_real(env)) {
        case_skip(env, "no retry in 12 s with a back-off of 1 s; an hour cannot be waited for");
    }
    struct journal calls = journal_of(env, MINT);
    expect_true(env, calls.n >= 3, "STS was asked %zu times: no retry within the hour",
                calls.n);
    expect_true(env, calls.e[2].issued_secret_id[0] != '\0', "the retry got no token");
}

static void the_backoff_key_sets_the_delay(struct env *env)
{
    int64_t backoff_ms = is_real(env) ? 2000 : 20000;
    (void)life(env, 1000, 6);
    sts_fails(env, 1, is_real(env) ? 2 : 4);
    (void)start(env, is_real(env) ? "{\"" BACKOFF_KEY "\":\"2 s\"}"
                                  : "{\"" BACKOFF_KEY "\":\"20 s\"}");
    size_t n = is_real(env) ? 4 : 6; /* the first, those that fail, one that does not */
    struct journal calls = mints(env, n, is_real(env) ? 20000 : 1000000);
    for (size_t i = 1; i + 1 < n; i++) {
        expect_between(env, "time to the retry, ms", gap_ms(calls, i), backoff_ms / 40,
                       backoff_ms * 5 / 4);
    }
    expect_between(env, "time to the last retry, ms", gap_ms(calls, n - 2), backoff_ms / 2,
                   backoff_ms * 5 / 4);
}

static void a_backoff_needs_no_blank(struct env *env)
{
    static const char *const values[] = {"20s", "20000ms"};
    for (size_t i = 0; i < COS_ARRAY_LEN(values); i++) {
        (void)life(env, 1000, 6);
        journal_mark(env);
        sts_fails(env, 1, 4);
        (void)start(env, env_text(env, "{\"" BACKOFF_KEY "\":\"%s\"}", values[i]));
        struct journal calls = mints(env, 6, 1000000);
        expect_between(env, env_text(env, "'%s': time to the last retry, ms", values[i]),
                       gap_ms(calls, 4), 10000, 25000);
        env_fault_clear(env);
    }
}

/* Short, so that whoever grows his waits up to it has come there at once. */
static void a_short_backoff_is_the_retry_delay(struct env *env)
{
    (void)life(env, 50, 6); /* looked at once a second */
    sts_fails(env, 1, 1);
    (void)start(env, "{\"" BACKOFF_KEY "\":\"4 s\"}");
    struct journal calls = mints(env, 3, 100000);
    expect_between(env, "time to the retry, ms", gap_ms(calls, 1), 2000, 6000);
}

/* The token has ended long before the last retries; that makes them no more urgent. */
static void the_backoff_holds_after_the_end(struct env *env)
{
    (void)life(env, 10, 6);
    sts_fails(env, 1, 10);
    (void)start(env, "{\"" BACKOFF_KEY "\":\"4 s\"}");
    struct journal calls = mints(env, 12, 200000);
    for (size_t i = 8; i < 11; i++) {
        expect_between(env, "time to the retry, ms", gap_ms(calls, i), 2000, 8000);
    }
}

/* Of the default back-off, an hour, nothing may be left: the token lives ten seconds. */
static void one_failure_does_not_let_the_token_lapse(struct env *env)
{
    int64_t ttl_ms = life(env, 10, 6);
    sts_fails(env, 1, 1);
    (void)start(env, /* conf_json= */ NULL);
    struct journal calls = mints(env, 3, ttl_ms);
    expect_true(env, calls.e[2].issued_secret_id[0] != '\0', "the retry got no token");
    expect_between(env, "time from the token to its successor, ms",
                   calls.e[2].at_unix_ms - calls.e[0].at_unix_ms, 1,
                   lived_ms(calls, 0, ttl_ms) - 1);
}

static void renewal_goes_on_for_life(struct env *env)
{
    int64_t ttl_ms = life(env, 60, 4);
    (void)start(env, /* conf_json= */ NULL);
    struct journal calls = mints(env, 5, 5 * ttl_ms);
    for (size_t i = 0; i < 4; i++) {
        expect_between(env, "time between two tokens, ms", gap_ms(calls, i), 1,
                       lived_ms(calls, i, ttl_ms) - 1);
    }
}

/* Nobody calls into the client meanwhile. */
static void the_subjects_own_thread_renews(struct env *env)
{
    env_ttl_override(env, 2);
    (void)start(env, /* conf_json= */ NULL);
    (void)mints(env, 3, 15000);
}

static void the_delay_follows_the_new_token(struct env *env)
{
    int64_t short_ms = life(env, 100, 4);
    (void)start(env, /* conf_json= */ NULL);
    int64_t long_ms = life(env, 1000, 10);
    (void)mints(env, 2, short_ms); /* the second one lives longer */
    (void)life(env, 100, 4);
    struct journal calls = mints(env, 4, 2 * long_ms);
    expect_between(env, "time of the renewal of the first, ms", gap_ms(calls, 0), 1,
                   short_ms - 1);
    expect_between(env, "time of the renewal of the second, ms", gap_ms(calls, 1), short_ms + 1,
                   long_ms - 1);
    expect_between(env, "time of the renewal of the third, ms", gap_ms(calls, 2), 1,
                   short_ms - 1);
}

static void a_token_dead_on_arrival_makes_no_hot_loop(struct env *env)
{
    env_ttl_override(env, -10);
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    (void)op_manager_start(env, "client", server, /* conf_json= */ NULL);
    if (is_real(env)) {
        (void)journal_await(env, MINT, 6, 3000);
    } else {
        env_advance(env, 3000);
    }
    expect_count_between(env, MINT, 1, 5);
}

/* ---- start and stop ---- */

static void after_stop_there_is_silence(struct env *env)
{
    int64_t ttl_ms = life(env, 60, 2);
    struct pair p = start(env, /* conf_json= */ NULL);
    (void)mints(env, 2, 5 * ttl_ms); /* it was renewed before */
    expect_ok(env, op_manager_stop(env, p.mgr));
    journal_mark(env);
    /* In real time one may be under way when stop comes; a timer that lives asks for more. */
    size_t too_many = is_real(env) ? 2 : 1;
    expect_true(env, !mints_come(env, too_many, 2 * ttl_ms), "STS was asked after stop");
    journal_mark(env);
    /* Not because it could not be: the next manager of the same client asks. */
    expect_ok(env, op_manager_start(env, "client", p.server, /* conf_json= */ NULL));
    expect_true(env, journal_await(env, MINT, 1, /* limit_ms= */ 3000),
                "the next manager asked for no token");
}

static void stop_does_not_wait_for_sts(struct env *env)
{
    env_ttl_override(env, 2);
    sts_hangs(env, 5000);
    struct pair p = start(env, /* conf_json= */ NULL);
    (void)mints(env, 2, 15000); /* the journal has it before it is answered */
    const struct reply *stopped = op_manager_stop(env, p.mgr);
    expect_ok(env, stopped);
    expect_between(env, "time of stop, ms", reply_duration_ms(stopped), 0, 1000);
}

/* One token every 75 s, not two; whether the second start is refused is open. */
static void a_second_start_makes_no_second_loop(struct env *env)
{
    int64_t ttl_ms = life(env, 100, 4);
    struct pair p = start(env, /* conf_json= */ NULL);
    if (strcmp(reply_class(op_manager_start_again(env, p.mgr)), "UNSUPPORTED") == 0) {
        case_skip(env, "the driver starts no manager a second time");
    }
    op_ping(env);
    struct journal calls = mints(env, 4, 4 * ttl_ms);
    /* A refused start may ask once; after that each token has its time. */
    expect_between(env, "time between two tokens, ms", gap_ms(calls, calls.n - 2), ttl_ms / 2,
                   ttl_ms - 1);
    expect_between(env, "time between two tokens, ms", gap_ms(calls, calls.n - 3), ttl_ms / 2,
                   ttl_ms - 1);
}

/* ---- what is used ---- */

static void never_a_dead_credential(struct env *env)
{
    int64_t ttl_ms = life(env, 60, 6);
    struct pair p = start(env, /* conf_json= */ NULL);
    read_for(env, &p, 5 * ttl_ms);
    expect_nothing_dead(env);
    expect_count_between(env, MINT, 5, 20);
}

/* In real time a token may need a moment from STS to the client. */
static void the_next_request_uses_the_new_token(struct env *env)
{
    (void)life(env, 100, 4);
    struct pair p = start(env, /* conf_json= */ NULL);
    (void)op_read(env, p.client, "x");
    struct journal calls = mints(env, 2, is_real(env) ? 10000 : 100000);
    const char *fresh = calls.e[calls.n - 1].issued_secret_id;
    for (int i = 0; is_real(env) && i < 20 && journal_count(env, MINT) == calls.n; i++) {
        (void)op_read(env, p.client, "x");
        if (strcmp(journal_last(env, /* op= */ "HeadObject")->secret_id, fresh) == 0) {
            break;
        }
        pass(env, 50);
    }
    journal_mark(env);
    (void)op_read(env, p.client, "x");
    expect_signed_by(env, fresh);
}

/** Reads, and between them the two tokens in turn, all at once on threads of their own. */
static void read_and_apply(struct env *env, int64_t fs, const struct reply *const tokens[2])
{
    const char *ops[16];
    for (size_t i = 0; i < COS_ARRAY_LEN(ops); i++) {
        const struct reply *t = tokens[i / 4 % 2];
        ops[i] =
            i % 4 != 3
                ? env_text(env, "{\"op\":\"stat\",\"fs\":%lld,\"path\":\"x\"}", (long long)fs)
                : env_text(env,
                           "{\"op\":\"apply_token\",\"as\":\"client\",\"scheme\":\"cosn\","
                           "\"token\":%s,\"valid_until_ms\":%lld,\"infos\":%s}",
                           env_json(env, reply_json(t, "token")),
                           (long long)reply_i64(t, "valid_until_ms"),
                           env_json(env, reply_json(t, "infos")));
    }
    expect_ok(env, op_parallel(env, ops, COS_ARRAY_LEN(ops)));
}

static void id_key_and_token_change_together(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *const tokens[] = {op_get_token(env, server), op_get_token(env, server)};
    expect_ok(env, tokens[0]);
    expect_ok(env, tokens[1]);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", tokens[0]));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    journal_mark(env);
    for (unsigned round = 0; round < 12; round++) {
        read_and_apply(env, reply_i64(opened, "fs"), tokens);
    }
    expect_all_verified(env);
    bool is_used[2] = {false, false};
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        for (size_t k = 0; k < 2; k++) {
            is_used[k] =
                is_used[k] ||
                strcmp(all.e[i].secret_id, token_field(env, tokens[k], "access_key_id")) == 0;
        }
    }
    expect_true(env, is_used[0] && is_used[1], "only one of two tokens was ever used");
}

static void a_slow_sts_does_not_block_reads(struct env *env)
{
    env_ttl_override(env, 4);
    sts_hangs(env, 2500);
    struct pair p = start(env, "{\"" RATIO_KEY "\":\"0.5\"}");
    control_ok(env, op_read(env, p.client, "x"));
    (void)mints(env, 2, 15000); /* not answered yet; the first token lives on */
    for (int i = 0; i < 3; i++) {
        const struct reply *r = op_read(env, p.client, "x");
        expect_ok(env, r);
        expect_between(env, "time of a read, ms", reply_duration_ms(r), 0, 1000);
    }
}

/*
 * Whoever renews on demand does so once: sixteen threads hold a token that the service refuses.
 */
static void many_threads_share_one_renewal(struct env *env)
{
    (void)life(env, 1000, 1000);
    struct pair p = start(env, /* conf_json= */ NULL);
    control_ok(env, op_read(env, p.client, "x"));
    (void)env_fault_maybe(env, /* it is open whether anybody asks on demand */
                          (struct cosmock_fault){.op = MINT,
                                                 .kind = COSMOCK_FAULT_DELAY,
                                                 .amount = 500});
    env_age_tokens(env, 1001000);
    const char *ops[16];
    for (size_t i = 0; i < COS_ARRAY_LEN(ops); i++) {
        ops[i] =
            env_text(env, "{\"op\":\"read\",\"fs\":%lld,\"path\":\"x\"}", (long long)p.client);
    }
    journal_mark(env);
    expect_ok(env, op_parallel(env, ops, COS_ARRAY_LEN(ops)));
    if (journal_count(env, MINT) == 0) {
        case_info(env, "a refused request asks for no new token");
    }
    expect_count_between(env, MINT, 0, 1);
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
    const struct reply *first = op_open(env, "client", env_root_uri(env));
    expect_ok(env, first);
    journal_mark(env);
    (void)op_exists(env, reply_i64(first, "fs"), "x");
    expect_str(env, "Host before", journal_last(env, /* op= */ NULL)->host,
               env_text(env, "%s.%s", env_bucket(env), env_suffix(env)));
    const struct reply *moved =
        op_apply_token_raw(env, "client", "cosn", token_payload(env, token),
                           reply_i64(token, "valid_until_ms"),
                           env_text(env,
                                    "{\"fs.cosn.bucket.endpoint_suffix\":\"%s\","
                                    "\"fs.cosn.userinfo.region\":\"ap-beijing\"}",
                                    suffix));
    expect_ok(env, moved);
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    journal_mark(env);
    (void)op_exists(env, reply_i64(opened, "fs"), "x"); /* the bucket lies in another region */
    expect_str(env, "Host", journal_last(env, /* op= */ NULL)->host,
               env_text(env, "%s.%s", env_bucket(env), suffix));
}

/** A client on @token, and its filesystem. */
static int64_t client_on(struct env *env, const struct reply *token)
{
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    return reply_i64(opened, "fs");
}

static void a_malformed_token_is_rejected_and_the_old_one_stays(struct env *env)
{
    static const char *const malformed[] = {
        "{\"version\":1,\"access_key_id\":",
        "",
        "not even JSON",
        "[]",
        "{}",
        "{\"access_key_id\":\"AKIDother\",\"access_key_secret\":\"other\"",
        "{\"access_key_secret\":\"other\",\"security_token\":\"other\"}",
        "{\"access_key_id\":\"AKIDother\",\"security_token\":\"other\"}",
        "{\"access_key_id\":\"AKIDother\",\"access_key_secret\":\"other\"}",
    };
    const char *infos = "{\"fs.cosn.bucket.endpoint_suffix\":\"cos.ap-other.myqcloud.com\"}";
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    int64_t fs = client_on(env, token);
    for (size_t i = 0; i < COS_ARRAY_LEN(malformed); i++) {
        expect_error(env,
                     op_apply_token_raw(env, "client", "cosn", malformed[i],
                                        env_now_ms(env) + 60000, infos),
                     "INVALID_ARG|CONFIG|CORRUPT|STS");
        const struct reply *later = op_open(env, "client", env_root_uri(env));
        expect_ok(env, later);
        journal_mark(env);
        (void)op_exists(env, fs, "x");
        (void)op_exists(env, reply_i64(later, "fs"), "x");
        expect_signed_by(env, token_field(env, token, "access_key_id"));
        expect_str(env, "Host", journal_last(env, /* op= */ NULL)->host,
                   env_text(env, "%s.%s", env_bucket(env), env_suffix(env)));
    }
}

/* Its default is three quarters of the life, and no retry at once. */
static void expect_renewed_by_default(struct env *env, int64_t ttl_ms, const char *what)
{
    struct journal calls = mints(env, 3, ttl_ms + 4000000);
    int64_t whole_ms = lived_ms(calls, 0, ttl_ms);
    expect_between(env, env_text(env, "%s: time of the renewal, ms", what), gap_ms(calls, 0),
                   whole_ms * 70 / 100, whole_ms * 85 / 100);
    expect_between(env, env_text(env, "%s: time to the retry, ms", what), gap_ms(calls, 1),
                   2000, 4000000);
}

static void a_wrong_value_of_renewal_is_named_or_the_default(struct env *env)
{
    static const struct {
        const char *key, *value;
    } rows[] = {{RATIO_KEY, "many"},   {RATIO_KEY, "-1"},     {RATIO_KEY, "1.5"},
                {RATIO_KEY, "0"},      {RATIO_KEY, "1"},      {RATIO_KEY, "-0.5"},
                {RATIO_KEY, "0.1e"},   {RATIO_KEY, "0.0.5"},  {RATIO_KEY, ""},
                {BACKOFF_KEY, "many"}, {BACKOFF_KEY, "-1 s"}, {BACKOFF_KEY, "5 oaks"},
                {BACKOFF_KEY, ""}};
    int64_t ttl_ms = life(env, 1000, 1000);
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    control_ok(env, op_get_token(env, server));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *what = env_text(env, "%s '%s'", rows[i].key, rows[i].value);
        const char *conf = env_text(env, "{\"%s\":\"%s\"}", rows[i].key, rows[i].value);
        journal_mark(env);
        const struct reply *started = op_manager_start(env, "client", server, conf);
        if (!reply_ok(started)) {
            expect_error(env, started, "CONFIG|INVALID_ARG");
            expect_message_has(env, started, rows[i].key);
            continue;
        }
        (void)env_fault_maybe(env, /* who takes the default meets it */
                              (struct cosmock_fault){.op = MINT,
                                                     .times = 1,
                                                     .kind = COSMOCK_FAULT_REPLY,
                                                     .http_status = 200,
                                                     .code = "InternalError.SystemError"});
        expect_renewed_by_default(env, ttl_ms, what);
        expect_ok(env, op_manager_stop(env, reply_i64(started, "mgr")));
        env_fault_clear(env);
    }
}

/* The first token lives for the whole of it. */
static void operations_go_on_while_renewal_fails(struct env *env)
{
    int64_t ttl_ms = life(env, 1000, 8);
    struct pair p = start(env, /* conf_json= */ NULL);
    struct journal first = journal_of(env, MINT);
    int64_t whole_ms = lived_ms(first, 0, ttl_ms);
    sts_fails(env, 0, 0);
    read_until(env, &p, first.e[0].at_unix_ms + whole_ms * (is_real(env) ? 80 : 95) / 100,
               ttl_ms / 100);
    expect_nothing_dead(env);
    expect_true(env, journal_count(env, MINT) >= 2, "no renewal was tried");
}

/* Who asks for another token when the old one is dead gets none here, and must not ask for
 * ever: an hour is more than any patience. */
static void a_dead_token_fails_though_another_is_asked_for(struct env *env)
{
    int64_t ttl_ms = life(env, 1000, 8);
    struct pair p = start(env, /* conf_json= */ NULL);
    control_ok(env, op_stat(env, p.client, "x"));
    sts_fails(env, 0, 0);
    env_advance(env, ttl_ms + 1000);
    journal_mark(env);
    const struct reply *r = op_stat(env, p.client, "x");
    expect_error(env, r, "CRED_EXPIRED|AUTH|ACCESS_DENIED");
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 3600000);
}

/* The service refuses the token, a new one may be had: the second look must be a look. */
static void what_is_not_there_is_not_found_by_a_refused_look(struct env *env)
{
    (void)life(env, 1000, 8);
    struct pair p = start(env, /* conf_json= */ NULL);
    control_ok(env, op_exists(env, p.client, "nowhere"));
    env_advance(env, 60000);
    env_age_tokens(env, 1001000);
    journal_mark(env);
    const struct reply *r = op_exists(env, p.client, "nowhere");
    expect_true(env, strcmp(journal_first(env, /* op= */ NULL)->key_state, "expired") == 0,
                "the service did not refuse the token");
    expect_true(env, !reply_ok(r) || !reply_bool(r, "exists"),
                "exists() found what is not there when the token was refused");
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

/* It comes, but no credential is in it: that is a failure like another, and waits as long. */
static void an_unusable_token_is_asked_for_again(struct env *env)
{
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    struct conf *c = conf_new_client(env);
    conf_set(c, "fs.cosn.bucket.endpoint_suffix", env_suffix(env));
    expect_ok(env, op_configure(env, "client", c));
    const char *answers =
        env_text(env, "[{\"scheme\":\"cosn\",\"token\":{\"text\":\"{}\"},\"infos\":{}},%s]",
                 scripted(env, token, /* forever= */ false));
    expect_ok(env,
              op_manager_start_list(env, "client", answers, "{\"" BACKOFF_KEY "\":\"4 s\"}"));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    env_advance(env, 1500);
    journal_mark(env);
    if (reply_ok(opened)) {
        (void)op_exists(env, reply_i64(opened, "fs"), "x");
    } else {
        expect_error(env, opened, "CRED_MISSING"); /* without a token it may be refused here */
    }
    expect_no_traffic(env);
    env_advance(env, 4500);
    if (!reply_ok(opened)) {
        opened = op_open(env, "client", env_root_uri(env));
        expect_ok(env, opened);
    }
    (void)op_exists(env, reply_i64(opened, "fs"), "x");
    op_ping(env);
    expect_signed_by(env, token_field(env, token, "access_key_id"));
}

/* Were it renewed, the second token of the list would sign. */
static void a_token_without_end_is_let_be(struct env *env)
{
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
    if (is_real(env)) {
        (void)journal_await(env, MINT, 3, 2000); /* none comes: the list feeds the manager */
    } else {
        env_advance(env, 600000);
    }
    journal_mark(env);
    (void)op_exists(env, reply_i64(opened, "fs"), "x");
    expect_signed_by(env, token_field(env, first, "access_key_id"));
}

/* ---- jumps and hours ---- */

static void a_jump_of_the_clock_uses_no_dead_token(struct env *env)
{
    env_ttl_override(env, 900);
    struct pair p = start(env, /* conf_json= */ NULL);
    control_ok(env, op_read(env, p.client, "x"));
    for (int i = 0; i < 3; i++) {
        env_jump(env, 600000);
        expect_ok(env, op_read(env, p.client, "x"));
    }
    expect_nothing_dead(env);
    expect_count_between(env, MINT, 2, 5); /* of 900 s each, in half an hour */
}

/*
 * The date is set to when the token should have been renewed long ago, and it lives for another
 * minute: time enough for a thread that looks at the wall clock now and then.
 */
static void a_thread_notices_a_jump(struct env *env)
{
    env_ttl_override(env, 3600);
    (void)start(env, /* conf_json= */ NULL);
    expect_count(env, MINT, 1);
    env_jump(env, 3540000);
    (void)mints(env, 2, 30000);
}

/* Virtual: an hour and its end. Real: three lives of a token. */
static void an_hour_without_a_refusal(struct env *env)
{
    (void)life(env, 0, 6);
    struct pair p = start(env, /* conf_json= */ NULL);
    read_for(env, &p, is_real(env) ? 18000 : 3700000);
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_true(env, all.e[i].http_status < 400 || all.e[i].http_status == 404,
                    "request %llu (%s) got %d", (unsigned long long)all.e[i].seq, all.e[i].op,
                    all.e[i].http_status);
    }
    expect_true(env, journal_count(env, MINT) >= 2, "no renewal");
    expect_nothing_dead(env);
    expect_all_verified(env);
}

const struct conform_case cases_ref[] = {
    {"REF-001", "renewed before the end", NEEDS, renewed_before_the_end, 0, A_MINT},
    {"REF-001", "renewed before the end, in real time", MANAGED, renewed_before_the_end,
     REAL_NEEDED, A_MINT},
    {"REF-002", "never a dead credential", NEEDS, never_a_dead_credential, 0, NEXT_TOKEN},
    {"REF-002", "never a dead credential, in real time", MANAGED, never_a_dead_credential,
     REAL_NEEDED, NEXT_TOKEN},
    {"REF-003", "renewal at three quarters", NEEDS, renewal_at_three_quarters, 0, "REF-001"},
    {"REF-003", "renewal at three quarters, in real time", MANAGED, renewal_at_three_quarters,
     REAL_NEEDED, "REF-001"},
    {"REF-004", "the ratio key is honoured", NEEDS, the_ratio_key_is_honoured, 0, "REF-001"},
    {"REF-004", "the ratio key is honoured, in real time", MANAGED, the_ratio_key_is_honoured,
     REAL_NEEDED, "REF-001"},
    {"REF-004", "a ratio may have two digits", NEEDS, a_ratio_may_have_two_digits, 0,
     "REF-001"},
    {"REF-005", "a failed renewal is retried", NEEDS, a_failed_renewal_is_retried, 0,
     "REF-001"},
    {"REF-005", "a failed renewal is retried, in real time", MANAGED,
     a_failed_renewal_is_retried, REAL_NEEDED, "REF-001"},
    {"REF-006", "the backoff key sets the delay", NEEDS, the_backoff_key_sets_the_delay, 0,
     "REF-005"},
    {"REF-006", "a back-off needs no blank", NEEDS, a_backoff_needs_no_blank, 0, "REF-001"},
    {"REF-006", "the backoff key sets the delay, in real time", MANAGED,
     the_backoff_key_sets_the_delay, REAL_NEEDED, "REF-005"},
    {"REF-006", "a short backoff is the retry delay", NEEDS, a_short_backoff_is_the_retry_delay,
     0, "REF-005"},
    {"REF-006", "the backoff holds after the end", NEEDS, the_backoff_holds_after_the_end, 0,
     "REF-005"},
    {"REF-006", "an unusable token is asked for again", NEEDS,
     an_unusable_token_is_asked_for_again, 0, "REF-005,CRED-008"},
    {"REF-007", "one failure does not let the token lapse", NEEDS,
     one_failure_does_not_let_the_token_lapse, 0, "REF-005"},
    {"REF-007", "one failure does not let the token lapse, in real time", MANAGED,
     one_failure_does_not_let_the_token_lapse, REAL_NEEDED, "REF-005"},
    {"REF-008", "renewal goes on for life", NEEDS, renewal_goes_on_for_life, 0, "REF-001"},
    {"REF-008", "renewal goes on for life, in real time", MANAGED, renewal_goes_on_for_life,
     REAL_NEEDED, "REF-001"},
    {"REF-009", "after stop there is silence", NEEDS, after_stop_there_is_silence, 0,
     "REF-001"},
    {"REF-009", "after stop no timer goes off", MANAGED, after_stop_there_is_silence,
     CASE_REAL_TIME, "REF-001"},
    {"REF-010", "stop does not wait for STS", MANAGED, stop_does_not_wait_for_sts,
     CASE_REAL_TIME | CASE_BOUNDED_TIME, "REF-001"},
    {"REF-011", "a second start makes no second loop", NEEDS,
     a_second_start_makes_no_second_loop, 0, "REF-001"},
    {"REF-011", "a second start makes no second loop, in real time", MANAGED,
     a_second_start_makes_no_second_loop, REAL_NEEDED, "REF-001"},
    {"REF-012", "a token dead on arrival makes no hot loop", NEEDS,
     a_token_dead_on_arrival_makes_no_hot_loop, CASE_BOUNDED_TIME, A_MINT},
    {"REF-012", "a token dead on arrival makes no hot loop, in real time", MANAGED,
     a_token_dead_on_arrival_makes_no_hot_loop, REAL_NEEDED | CASE_BOUNDED_TIME, A_MINT},
    {"REF-013", "the next request uses the new token", NEEDS,
     the_next_request_uses_the_new_token, 0, "REF-001,EXP-004"},
    {"REF-013", "the next request uses the new token, in real time", MANAGED,
     the_next_request_uses_the_new_token, REAL_NEEDED, "REF-001,EXP-004"},
    {"REF-014", "id, key and token change together", "token.obtain,token.apply",
     id_key_and_token_change_together, 0, "CRED-014,CRED-015,EXP-004"},
    {"REF-015", "a slow STS does not block reads", MANAGED, a_slow_sts_does_not_block_reads,
     CASE_REAL_TIME | CASE_BOUNDED_TIME, "REF-001," A_TOKEN},
    {"REF-016", "changed infos are used by what is opened later", "token.obtain,token.apply",
     changed_infos_are_used_by_what_is_opened_later, 0, A_MINT},
    {"REF-017", "a malformed token is rejected and the old one stays",
     "token.obtain,token.apply", a_malformed_token_is_rejected_and_the_old_one_stays, 0,
     A_MINT},
    {"REF-018", "the delay follows the new token", NEEDS, the_delay_follows_the_new_token, 0,
     "REF-001"},
    {"REF-018", "the delay follows the new token, in real time", MANAGED,
     the_delay_follows_the_new_token, REAL_NEEDED, "REF-001"},
    {"REF-019", "operations go on while renewal fails", NEEDS,
     operations_go_on_while_renewal_fails, 0, A_TOKEN},
    {"REF-019", "operations go on while renewal fails, in real time", MANAGED,
     operations_go_on_while_renewal_fails, REAL_NEEDED, A_TOKEN},
    {"REF-020", "many threads share one renewal", MANAGED, many_threads_share_one_renewal,
     CASE_REAL_TIME, A_TOKEN},
    {"REF-021", "a token without end is let be", NEEDS, a_token_without_end_is_let_be, 0,
     A_MINT},
    {"REF-021", "a token without end is let be, in real time", MANAGED,
     a_token_without_end_is_let_be, REAL_NEEDED, A_MINT},
    {"REF-022", "a jump of the clock uses no dead token", NEEDS,
     a_jump_of_the_clock_uses_no_dead_token, 0, NEXT_TOKEN},
    {"REF-022", "a thread notices a jump", MANAGED ",clock.jump", a_thread_notices_a_jump,
     CASE_REAL_TIME, "REF-001"},
    {"REF-023", "the subject's own thread renews", MANAGED, the_subjects_own_thread_renews,
     CASE_REAL_TIME, A_MINT},
    {"EXP-002", "a dead token fails though another is asked for", NEEDS,
     a_dead_token_fails_though_another_is_asked_for, CASE_BOUNDED_TIME, NEXT_TOKEN},
    {"ERR-002", "what is not there is not found by a refused look", NEEDS,
     what_is_not_there_is_not_found_by_a_refused_look, 0, NEXT_TOKEN},
    {"CFG-031", "a wrong value of renewal is named, or the default", NEEDS,
     a_wrong_value_of_renewal_is_named_or_the_default, 0, "REF-001"},
    {"E2E-003", "an hour without a refusal", NEEDS, an_hour_without_a_refusal, 0, NEXT_TOKEN},
    {"E2E-003", "three lives without a refusal, in real time", MANAGED,
     an_hour_without_a_refusal, REAL_NEEDED, NEXT_TOKEN},
    {0},
};
