/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXP: what happens around the end of a temporary credential. Time is virtual or only the
 * mock's token clock moves; nobody waits. Sources: the page ("validity period of 1 hour",
 * "refreshes the credential before it expires"), sts-cam.md s.4 for what COS answers.
 */
#include "case.h"

#include "registry.h"

#define HOUR_MS (3600 * 1000)
/* The class is a set: how COS names an expired temporary key is disputed (sts-cam.md s.4). */
#define DEAD "CRED_EXPIRED|AUTH|ACCESS_DENIED"

static const struct reply *mint(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *token = op_get_token(env, fs);
    expect_ok(env, token);
    return token;
}

static int64_t client_of(struct env *env, const struct reply *token)
{
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    return reply_i64(opened, "fs");
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

static void a_default_token_lives_an_hour(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = client_of(env, mint(env));
    let_it_age(env, HOUR_MS - 10000);
    expect_ok(env, op_read(env, fs, "x"));
    let_it_age(env, 11000);
    expect_error(env, op_read(env, fs, "x"), DEAD);
}

static void the_service_refuses_after_the_end(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    const struct reply *token = mint(env);
    int64_t fs = client_of(env, token);
    env_age_tokens(env, HOUR_MS + 1000);
    journal_mark(env);
    expect_error(env, op_read(env, fs, "x"), DEAD);
    const struct cosmock_entry *e = journal_last(env, /* op= */ NULL);
    expect_str(env, "state of the key", e->key_state, "expired");
    expect_i64(env, "status", e->http_status, 403);
}

static void an_expired_token_fails_in_bounded_time(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = client_of(env, mint(env));
    env_age_tokens(env, HOUR_MS + 1000);
    journal_mark(env);
    const struct reply *r = op_stat(env, fs, "x");
    expect_error(env, r, DEAD);
    expect_count_between(env, /* op= */ NULL, 0, 3);
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 5000);
}

static void there_is_no_other_credential_after_the_end(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    const struct reply *token = mint(env);
    int64_t fs = client_of(env, token);
    env_age_tokens(env, HOUR_MS + 1000);
    journal_mark(env);
    expect_error(env, op_stat(env, fs, "x"), DEAD);
    expect_error(env, op_write_text(env, fs, "y", "no"), DEAD);
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    expect_not_stored(env, env_key(env, "y"));
}

static void a_new_token_revives_the_open_filesystem(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *first = op_get_token(env, server);
    expect_ok(env, first);
    int64_t fs = client_of(env, first);
    expect_ok(env, op_read(env, fs, "x"));
    let_it_age(env, HOUR_MS + 1000);
    expect_error(env, op_read(env, fs, "x"), DEAD);
    const struct reply *second = op_get_token(env, server);
    expect_ok(env, second);
    expect_ok(env, op_apply_token(env, "client", second));
    journal_mark(env);
    expect_ok(env, op_read(env, fs, "x"));
    expect_signed_by(env, token_field(env, second, "access_key_id"));
}

static void an_upload_survives_a_new_token(struct env *env)
{
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *first = op_get_token(env, server);
    expect_ok(env, first);
    int64_t fs = client_of(env, first);
    const struct reply *opened = op_out_open(env, fs, "big", /* overwrite= */ true);
    expect_ok(env, opened);
    int64_t out = reply_i64(opened, "out");
    size_t half = 9u << 20;
    expect_ok(env, op_out_write_gen(env, out, 5, 0, half));
    let_it_age(env, HOUR_MS - 60000);
    const struct reply *second = op_get_token(env, server);
    expect_ok(env, second);
    expect_ok(env, op_apply_token(env, "client", second));
    let_it_age(env, 120000);
    expect_ok(env, op_out_write_gen(env, out, 5, half, half));
    expect_ok(env, op_out_close(env, out));
    expect_stored_gen(env, env_key(env, "big"), 5, 2 * half);
    expect_str(env, "id of the completing request",
               journal_last(env, "CompleteMultipartUpload")->secret_id,
               token_field(env, second, "access_key_id"));
    expect_str(env, "id of the starting request",
               journal_first(env, "InitiateMultipartUpload")->secret_id,
               token_field(env, first, "access_key_id"));
}

static void an_input_stream_survives_a_new_token(struct env *env)
{
    size_t size = 3u << 20;
    env_put_gen(env, env_key(env, "big"), 6, size);
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *first = op_get_token(env, server);
    expect_ok(env, first);
    int64_t fs = client_of(env, first);
    const struct reply *opened = op_in_open(env, fs, "big");
    expect_ok(env, opened);
    int64_t in = reply_i64(opened, "in");
    expect_ok(env, op_in_read(env, in, 1000, 0));
    let_it_age(env, HOUR_MS - 60000);
    const struct reply *second = op_get_token(env, server);
    expect_ok(env, second);
    expect_ok(env, op_apply_token(env, "client", second));
    let_it_age(env, 120000);
    expect_ok(env, op_in_seek(env, in, (int64_t)size - 1000));
    const struct reply *r = op_in_read(env, in, 1000, 0);
    expect_ok(env, r);
    expect_str(env, "bytes after the change", reply_str(r, "sha256"),
               env_gen_part_sha256(env, 6, size - 1000, 1000));
    expect_str(env, "id of the last range", journal_last(env, "GetObject")->secret_id,
               token_field(env, second, "access_key_id"));
}

static void a_write_over_the_end_leaves_nothing(struct env *env)
{
    int64_t fs = client_of(env, mint(env));
    const struct reply *opened = op_out_open(env, fs, "big", /* overwrite= */ true);
    expect_ok(env, opened);
    int64_t out = reply_i64(opened, "out");
    expect_ok(env, op_out_write_gen(env, out, 5, 0, 1u << 20));
    env_age_tokens(env, HOUR_MS + 1000);
    expect_error(env, op_out_close(env, out), DEAD);
    (void)op_out_free(env, out);
    expect_not_stored(env, env_key(env, "big"));
}

static void a_revoked_token_behaves_like_an_expired_one(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    const struct reply *token = mint(env);
    int64_t fs = client_of(env, token);
    expect_ok(env, op_read(env, fs, "x"));
    struct cosmock_error err;
    if (cosmock_key_revoke(env_tenant(env), token_field(env, token, "access_key_id"), &err) <
        0) {
        case_error(env, "revoke: %s", err.message);
    }
    journal_mark(env);
    expect_error(env, op_read(env, fs, "x"), DEAD);
    expect_count_between(env, /* op= */ NULL, 1, 3);
}

const struct conform_case cases_exp[] = {
    {"EXP-001", "a default token lives an hour", "token.obtain,token.apply",
     a_default_token_lives_an_hour, 0},
    {"EXP-001", "the service refuses after the end", "token.obtain,token.apply",
     the_service_refuses_after_the_end, 0},
    {"EXP-002", "an expired token fails in bounded time", "token.obtain,token.apply",
     an_expired_token_fails_in_bounded_time, 0},
    {"EXP-003", "there is no other credential after the end", "token.obtain,token.apply",
     there_is_no_other_credential_after_the_end, 0},
    {"EXP-004", "a new token revives the open filesystem", "token.obtain,token.apply",
     a_new_token_revives_the_open_filesystem, 0},
    {"EXP-005", "an upload survives a new token", "fs.streams,token.obtain,token.apply",
     an_upload_survives_a_new_token, 0},
    {"EXP-006", "an input stream survives a new token", "fs.streams,token.obtain,token.apply",
     an_input_stream_survives_a_new_token, 0},
    {"EXP-007", "a write over the end leaves nothing", "fs.streams,token.obtain,token.apply",
     a_write_over_the_end_leaves_nothing, 0},
    {"EXP-009", "a revoked token behaves like an expired one", "token.obtain,token.apply",
     a_revoked_token_behaves_like_an_expired_one, 0},
    {0},
};
