/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXP: what happens around the end of a temporary credential. Time is virtual, or only the
 * mock's token clock moves; nobody waits. Sources: the page ("validity period of 1 hour",
 * "refreshes the credential before it expires"), sts-cam.md s.4 for what COS answers.
 *
 * How COS names a dead temporary key is disputed, and so is what a client makes of it: that it
 * was refused for its end is read from the journal (expect_expired), or, where the client sends
 * nothing because it knows better, from its silence.
 */
#include "case.h"

#include "registry.h"

#define HOUR_MS (3600 * 1000)
#define MIB ((size_t)1 << 20)
#define TOKENS "token.apply"
/* A token can be had, a request carries it, it is allowed what it asks for. */
#define A_TOKEN "STS-001,STS-003,CRED-014,CRED-015,POL-019"
#define NEXT_TOKEN A_TOKEN ",EXP-004"

/* ---- parties and time ---- */

static int64_t server_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static const struct reply *mint_on(struct env *env, int64_t server)
{
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    return token;
}

static const struct reply *mint(struct env *env)
{
    return mint_on(env, server_of(env));
}

static const char *id_of(struct env *env, const struct reply *token)
{
    return token_field(env, token, "access_key_id");
}

/** A client with configuration @c that lives on @token; its filesystem. */
static int64_t client_with(struct env *env, struct conf *c, const struct reply *token)
{
    expect_ok(env, op_configure(env, "client", c));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    return reply_i64(opened, "fs");
}

static int64_t client_of(struct env *env, const struct reply *token)
{
    return client_with(env, conf_new_client(env), token);
}

/** Both clocks where the subject's can be moved; else only the service's. */
static void let_it_age(struct env *env, int64_t ms)
{
    if (env_clock_is_virtual(env)) {
        env_advance(env, ms);
    } else {
        env_age_tokens(env, ms);
    }
}

/**
 * Whoever uploads or reads ahead on threads of his own has begun by now, and time must not pass
 * between his signing and his sending. Whoever does it later has nothing under way.
 */
static void let_it_send(struct env *env, const char *op, size_t n)
{
    (void)journal_await(env, op, n, /* limit_ms= */ 2000);
}

/* Refused by the service for its end, or not even sent. */
static void expect_ended(struct env *env, const struct reply *r)
{
    if (reply_ok(r)) {
        case_fail(env, "the token has ended, but the subject answered ok");
    }
    if (journal_count(env, /* op= */ NULL) > 0) {
        expect_expired(env, r, /* op= */ NULL);
    }
    op_ping(env);
}

/* ---- the end ---- */

static void a_default_token_lives_an_hour(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = client_of(env, mint(env));
    control_ok(env, op_read(env, fs, "x"));
    let_it_age(env, HOUR_MS - 10000);
    expect_ok(env, op_read(env, fs, "x"));
    let_it_age(env, 11000);
    journal_mark(env);
    expect_ended(env, op_read(env, fs, "x"));
}

/* The client does not know of the end: it is the service that refuses. */
static void the_service_refuses_after_the_end(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    const struct reply *token = mint(env);
    int64_t fs = client_of(env, token);
    env_age_tokens(env, HOUR_MS - 10000);
    control_ok(env, op_read(env, fs, "x"));
    env_age_tokens(env, 11000);
    journal_mark(env);
    expect_expired(env, op_read(env, fs, "x"), /* op= */ NULL);
    expect_signed_by(env, id_of(env, token));
}

static void an_expired_token_fails_in_bounded_time(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = client_of(env, mint(env));
    control_ok(env, op_stat(env, fs, "x"));
    env_age_tokens(env, HOUR_MS + 1000);
    journal_mark(env);
    const struct reply *r = op_stat(env, fs, "x");
    expect_expired(env, r, /* op= */ NULL);
    expect_count_between(env, /* op= */ NULL, 1, 3);
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 5000);
}

/* Whoever knows of the end by himself and sends nothing names it all the same. */
static void a_known_end_is_named(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = client_of(env, mint(env));
    control_ok(env, op_stat(env, fs, "x"));
    let_it_age(env, HOUR_MS + 1000);
    journal_mark(env);
    expect_error(env, op_stat(env, fs, "x"), "CRED_EXPIRED|AUTH|ACCESS_DENIED");
    expect_error(env, op_write_text(env, fs, "y", "no"), "CRED_EXPIRED|AUTH|ACCESS_DENIED");
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_true(env, all.e[i].http_status >= 400, "request %zu got %d", i,
                    all.e[i].http_status);
    }
    expect_not_stored(env, env_key(env, "y"));
}

static void after_the_end_only_the_token_signs(struct env *env, struct conf *c)
{
    env_put_text(env, env_key(env, "x"), "text");
    const struct reply *token = mint(env);
    int64_t fs = client_with(env, c, token);
    journal_mark(env);
    control_ok(env, op_stat(env, fs, "x"));
    control_ok(env, op_write_text(env, fs, "z", "yes"));
    expect_signed_by(env, id_of(env, token));
    env_age_tokens(env, HOUR_MS + 1000);
    journal_mark(env);
    expect_expired(env, op_stat(env, fs, "x"), /* op= */ NULL);
    expect_expired(env, op_write_text(env, fs, "y", "no"), /* op= */ NULL);
    expect_signed_by(env, id_of(env, token));
    expect_not_stored(env, env_key(env, "y"));
}

static void there_is_no_other_credential_after_the_end(struct env *env)
{
    after_the_end_only_the_token_signs(env, conf_new_client(env));
}

/* Somebody else's keys lie about in the environment, as on a developer's machine. */
static void the_environments_keys_are_no_way_out(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    after_the_end_only_the_token_signs(env, c);
}

static void a_revoked_token_behaves_like_an_expired_one(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    const struct reply *token = mint(env);
    int64_t fs = client_of(env, token);
    control_ok(env, op_read(env, fs, "x"));
    struct cosmock_error err;
    if (cosmock_key_revoke(env_tenant(env), id_of(env, token), &err) < 0) {
        case_error(env, "revoke: %s", err.message);
    }
    journal_mark(env);
    const struct reply *r = op_read(env, fs, "x");
    expect_error(env, r, "CRED_EXPIRED|AUTH|ACCESS_DENIED");
    expect_str(env, "why it was refused", journal_last(env, /* op= */ NULL)->authn,
               "key-revoked");
    expect_count_between(env, /* op= */ NULL, 1, 3);
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 5000);
}

/* ---- the next token ---- */

/* Whatever the tokens are worth: the second one signs. */
static void the_next_token_signs_for_the_open_filesystem(struct env *env)
{
    int64_t server = server_of(env);
    const struct reply *first = mint_on(env, server);
    int64_t fs = client_of(env, first);
    journal_mark(env);
    (void)op_exists(env, fs, "x");
    expect_signed_by(env, id_of(env, first));
    const struct reply *second = mint_on(env, server);
    expect_ok(env, op_apply_token(env, "client", second));
    journal_mark(env);
    (void)op_exists(env, fs, "x");
    (void)op_write_text(env, fs, "y", "text");
    expect_signed_by(env, id_of(env, second));
}

static void a_new_token_revives_the_open_filesystem(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = server_of(env);
    int64_t fs = client_of(env, mint_on(env, server));
    control_ok(env, op_read(env, fs, "x"));
    let_it_age(env, HOUR_MS + 1000);
    journal_mark(env);
    expect_ended(env, op_read(env, fs, "x"));
    const struct reply *second = mint_on(env, server);
    expect_ok(env, op_apply_token(env, "client", second));
    journal_mark(env);
    expect_ok(env, op_read(env, fs, "x"));
    expect_ok(env, op_write_text(env, fs, "y", "text"));
    expect_ok(env, op_list(env, fs, "."));
    expect_signed_by(env, id_of(env, second));
}

static void an_upload_survives_a_new_token(struct env *env)
{
    int64_t server = server_of(env);
    const struct reply *first = mint_on(env, server);
    int64_t fs = client_of(env, first);
    const struct reply *opened = op_out_open(env, fs, "big", /* overwrite= */ true);
    expect_ok(env, opened);
    int64_t out = reply_i64(opened, "out");
    size_t half = 9 * MIB;
    expect_ok(env, op_out_write_gen(env, out, 5, 0, half));
    let_it_send(env, "UploadPart", 1);
    let_it_age(env, HOUR_MS - 60000);
    const struct reply *second = mint_on(env, server);
    expect_ok(env, op_apply_token(env, "client", second));
    let_it_age(env, 120000);
    expect_ok(env, op_out_write_gen(env, out, 5, half, half));
    expect_ok(env, op_out_close(env, out));
    expect_stored_gen(env, env_key(env, "big"), 5, 2 * half);
    expect_str(env, "id of the completing request",
               journal_last(env, "CompleteMultipartUpload")->secret_id, id_of(env, second));
    expect_str(env, "id of the starting request",
               journal_first(env, "InitiateMultipartUpload")->secret_id, id_of(env, first));
}

/* From its end to its beginning: nothing is left to be read ahead when the token changes. */
static void an_input_stream_survives_a_new_token(struct env *env)
{
    size_t size = 3 * MIB;
    env_put_gen(env, env_key(env, "big"), 6, size);
    int64_t server = server_of(env);
    const struct reply *first = mint_on(env, server);
    int64_t fs = client_of(env, first);
    const struct reply *opened = op_in_open(env, fs, "big");
    expect_ok(env, opened);
    int64_t in = reply_i64(opened, "in");
    expect_ok(env, op_in_seek(env, in, (int64_t)size - 1000));
    control_ok(env, op_in_read(env, in, 1000, 0));
    expect_str(env, "id of the first range", journal_last(env, "GetObject")->secret_id,
               id_of(env, first));
    let_it_age(env, HOUR_MS - 60000);
    const struct reply *second = mint_on(env, server);
    expect_ok(env, op_apply_token(env, "client", second));
    let_it_age(env, 120000);
    expect_ok(env, op_in_seek(env, in, 0));
    const struct reply *r = op_in_read(env, in, 1000, 0);
    expect_ok(env, r);
    expect_str(env, "bytes after the change", reply_str(r, "sha256"),
               env_gen_part_sha256(env, 6, 0, 1000));
    expect_str(env, "id of the last range", journal_last(env, "GetObject")->secret_id,
               id_of(env, second));
}

/* ---- writing over the end ---- */

static void a_write_over_the_end(struct env *env, size_t bytes, const char *begun)
{
    int64_t fs = client_of(env, mint(env));
    control_ok(env, op_write_gen(env, fs, "before", 5, MIB, 0));
    const struct reply *opened = op_out_open(env, fs, "big", /* overwrite= */ true);
    expect_ok(env, opened);
    int64_t out = reply_i64(opened, "out");
    expect_ok(env, op_out_write_gen(env, out, 5, 0, bytes));
    if (begun != NULL) {
        let_it_send(env, begun, 1);
    }
    env_age_tokens(env, HOUR_MS + 1000);
    journal_mark(env);
    expect_expired(env, op_out_close(env, out), /* op= */ NULL);
    expect_not_stored(env, env_key(env, "big"));
}

static void a_write_over_the_end_leaves_nothing(struct env *env)
{
    a_write_over_the_end(env, MIB, /* begun= */ NULL);
}

static void an_upload_over_the_end_leaves_nothing(struct env *env)
{
    a_write_over_the_end(env, 9 * MIB, "UploadPart");
}

/* ---- a race ---- */

/*
 * A request is on its way with the old token when the new one arrives: STS answers the manager
 * after a moment, the service refuses the request after a longer one.
 */
static void a_refusal_of_the_old_token_is_repeated_with_the_new(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = server_of(env);
    const struct reply *first = mint_on(env, server);
    int64_t fs = client_of(env, first);
    control_ok(env, op_stat(env, fs, "x"));
    env_age_tokens(env, HOUR_MS + 1000);
    (void)env_fault(env, (struct cosmock_fault){.op = "GetFederationToken",
                                                .kind = COSMOCK_FAULT_DELAY,
                                                .amount = 400});
    (void)env_fault(env, (struct cosmock_fault){.op = "HeadObject",
                                                .kind = COSMOCK_FAULT_DELAY,
                                                .amount = 1500});
    const char *ops[] = {
        env_text(env, "{\"op\":\"stat\",\"fs\":%lld,\"path\":\"x\"}", (long long)fs),
        env_text(env,
                 "{\"op\":\"manager_start\",\"as\":\"client\",\"source\":\"self\",\"fs\":%lld}",
                 (long long)server)};
    journal_mark(env);
    const struct reply *both = op_parallel(env, ops, COS_ARRAY_LEN(ops));
    expect_ok(env, both);
    const struct cosmock_entry *refused = journal_first(env, "HeadObject");
    if (strcmp(refused->secret_id, id_of(env, first)) != 0) {
        case_skip(env, "the new token was there before the request left");
    }
    expect_true(env, refused->http_status >= 400, "the old token was not refused");
    expect_true(env,
                cos_json_bool(cos_json_get(cos_json_first(reply_json(both, "replies")), "ok"),
                              false),
                "it was not tried again with the token that had arrived meanwhile");
    expect_count(env, "HeadObject", 2);
    expect_str(env, "id of the second request", journal_last(env, "HeadObject")->secret_id,
               journal_last(env, "GetFederationToken")->issued_secret_id);
}

const struct conform_case cases_exp[] = {
    {"EXP-001", "a default token lives an hour", TOKENS, a_default_token_lives_an_hour, 0,
     A_TOKEN},
    {"EXP-001", "the service refuses after the end", TOKENS, the_service_refuses_after_the_end,
     0, A_TOKEN},
    {"EXP-002", "an expired token fails in bounded time", TOKENS,
     an_expired_token_fails_in_bounded_time, CASE_BOUNDED_TIME, A_TOKEN},
    {"EXP-002", "a known end is named", TOKENS, a_known_end_is_named, 0, A_TOKEN},
    {"EXP-003", "there is no other credential after the end", TOKENS,
     there_is_no_other_credential_after_the_end, 0, A_TOKEN},
    {"EXP-003", "the environment's keys are no way out", TOKENS,
     the_environments_keys_are_no_way_out, 0, A_TOKEN},
    {"EXP-004", "the next token signs for the open filesystem", TOKENS,
     the_next_token_signs_for_the_open_filesystem, 0, "STS-001,STS-003"},
    {"EXP-004", "a new token revives the open filesystem", TOKENS,
     a_new_token_revives_the_open_filesystem, 0, A_TOKEN},
    {"EXP-005", "an upload survives a new token", "fs.streams," TOKENS,
     an_upload_survives_a_new_token, 0, NEXT_TOKEN},
    {"EXP-006", "an input stream survives a new token", "fs.streams," TOKENS,
     an_input_stream_survives_a_new_token, 0, NEXT_TOKEN},
    {"EXP-007", "a write over the end leaves nothing", "fs.streams," TOKENS,
     a_write_over_the_end_leaves_nothing, 0, A_TOKEN},
    {"EXP-007", "an upload over the end leaves nothing", "fs.streams," TOKENS,
     an_upload_over_the_end_leaves_nothing, 0, A_TOKEN},
    {"EXP-008", "a refusal of the old token is repeated with the new",
     TOKENS ",token.obtain,refresh", a_refusal_of_the_old_token_is_repeated_with_the_new,
     CASE_REAL_TIME, NEXT_TOKEN},
    {"EXP-009", "a revoked token behaves like an expired one", TOKENS,
     a_revoked_token_behaves_like_an_expired_one, CASE_BOUNDED_TIME, A_TOKEN},
    {0},
};
