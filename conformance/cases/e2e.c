/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E2E: the page from its first line to its last, as one story a journal can tell. The
 * configuration is the page's own server.yaml (fixtures/configs), unchanged but for the values
 * in angle brackets. E2E-003 stands with the other renewals in ref.c.
 */
#include "case.h"

#include "registry.h"

#define MINT "GetFederationToken"
#define MIB ((size_t)1 << 20)
#define HOUR_MS (INT64_C(3600) * 1000)
#define NEEDS "fs,config.yaml,token.obtain,token.apply"

/** The server writes what clients will read: a snapshot of three files, one of them large. */
static void server_writes(struct env *env, int64_t fs)
{
    expect_ok(env, op_mkdirs(env, fs, "snapshot-1"));
    expect_ok(env, op_write_gen(env, fs, "snapshot-1/_METADATA", 1, 700, 0));
    expect_ok(env, op_write_gen(env, fs, "snapshot-1/a.sst", 2, 100003, 0));
    expect_ok(env, op_write_gen(env, fs, "snapshot-1/b.sst", 3, 9 * MIB + 1, 0));
    expect_stored_gen(env, env_key(env, "snapshot-1/b.sst"), 3, 9 * MIB + 1);
    expect_signed_by(env, env_secret_id(env));
    expect_count_between(env, "CompleteMultipartUpload", 1, 1);
}

/** What the page says of the call: permanent key, a policy scoped to the bucket, one hour. */
static const struct reply *server_mints(struct env *env, int64_t fs)
{
    journal_mark(env);
    const struct reply *token = op_get_token(env, fs);
    expect_ok(env, token);
    const struct cosmock_entry *e = journal_last(env, MINT);
    expect_count(env, MINT, 1);
    expect_str(env, "caller of STS", e->secret_id, env_secret_id(env));
    expect_i64(env, "DurationSeconds", e->sts_duration_s, 3600);
    expect_has(env, "policy", e->sts_policy, "name/cos:*");
    expect_has(env, "policy", e->sts_policy, env_bucket(env));
    expect_str(env, "id in the token", token_field(env, token, "access_key_id"),
               e->issued_secret_id);
    return token;
}

static void client_reads(struct env *env, int64_t fs, const char *signing_id)
{
    static const char *const names[] = {"_METADATA", "a.sst", "b.sst"};
    static const size_t sizes[] = {700, 100003, 9 * MIB + 1};
    journal_mark(env);
    expect_listing(env, op_list(env, fs, "snapshot-1"), names, COS_ARRAY_LEN(names));
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const struct reply *r = op_read(env, fs, env_text(env, "snapshot-1/%s", names[i]));
        expect_ok(env, r);
        expect_str(env, "sha256", reply_str(r, "sha256"), env_gen_sha256(env, i + 1, sizes[i]));
    }
    expect_signed_by(env, signing_id);
    expect_all_verified(env);
    expect_no_writes(env);
}

static int64_t client_starts(struct env *env, const struct reply *token)
{
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    return reply_i64(opened, "fs");
}

/**
 * Just before the end of the first token a second one arrives; after the end only that one is
 * used.
 */
static void token_is_replaced(struct env *env, int64_t server, int64_t client)
{
    if (env_clock_is_virtual(env)) {
        env_advance(env, HOUR_MS - 60000);
    } else {
        env_age_tokens(env, HOUR_MS - 60000);
    }
    const struct reply *second = server_mints(env, server);
    expect_ok(env, op_apply_token(env, "client", second));
    env_age_tokens(env, 120000);
    client_reads(env, client, token_field(env, second, "access_key_id"));
}

/** With a manager the client renews by itself: an hour and a half without a refusal. */
static void token_renews_itself(struct env *env, int64_t server, int64_t client)
{
    if (!env_has(env, "refresh") || !env_clock_is_virtual(env)) {
        return;
    }
    journal_mark(env);
    const struct reply *started =
        op_manager_start(env, "client", server, /* conf_json= */ NULL);
    expect_ok(env, started);
    for (int64_t minute = 0; minute < 90; minute += 5) {
        expect_ok(env, op_read(env, client, "snapshot-1/_METADATA"));
        env_advance(env, 5 * 60000);
    }
    expect_ok(env, op_manager_stop(env, reply_i64(started, "mgr")));
    expect_count_between(env, MINT, 2, 4);
    expect_all_verified(env);
}

static void the_story(struct env *env, struct conf *page)
{
    int64_t server = op_fs(env, "server", page, env_root_uri(env));
    server_writes(env, server);
    const struct reply *token = server_mints(env, server);
    int64_t client = client_starts(env, token);
    client_reads(env, client, token_field(env, token, "access_key_id"));
    token_is_replaced(env, server, client);
    token_renews_itself(env, server, client);
}

static void the_page_with_option_1(struct env *env)
{
    struct conf *page = conf_new(env);
    conf_file_of_page(page, 1);
    the_story(env, page);
}

static void the_page_with_option_2(struct env *env)
{
    struct conf *page = conf_new(env);
    conf_file_of_page(page, 2);
    conf_env(page, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(page, "COSN_SECRET_KEY", env_secret_key(env));
    the_story(env, page);
}

/* ---- three clients ---- */

#define CLIENTS 3

struct crowd {
    int64_t fs[CLIENTS], mgr[CLIENTS];
    /* Whose token signed the last request of each. */
    const char *id[CLIENTS];
    unsigned n_changes[CLIENTS];
};

static struct crowd gather(struct env *env, int64_t server)
{
    static const char *const who[CLIENTS] = {"client", "client2", "client3"};
    struct crowd c = {.id = {"", "", ""}};
    for (size_t i = 0; i < CLIENTS; i++) {
        expect_ok(env, op_configure(env, who[i], conf_new_client(env)));
        const struct reply *started =
            op_manager_start(env, who[i], server, /* conf_json= */ NULL);
        expect_ok(env, started);
        c.mgr[i] = reply_i64(started, "mgr");
        const struct reply *opened = op_open(env, who[i], env_root_uri(env));
        expect_ok(env, opened);
        c.fs[i] = reply_i64(opened, "fs");
    }
    return c;
}

/** Client @i reads; a token that it did not have before is noted. */
static void read_as(struct env *env, struct crowd *c, size_t i)
{
    journal_mark(env);
    expect_ok(env, op_read(env, c->fs[i], "x"));
    const char *id = journal_last(env, "GetObject")->secret_id;
    for (size_t k = 0; k < CLIENTS; k++) {
        expect_true(env, k == i || strcmp(c->id[k], id) != 0,
                    "clients %zu and %zu use the same token", i + 1, k + 1);
    }
    c->n_changes[i] += strcmp(c->id[i], id) != 0 ? 1 : 0;
    c->id[i] = id;
}

/* In real time at most until the next token is asked for. */
static void let_pass(struct env *env, int64_t ms)
{
    if (env_clock_is_virtual(env)) {
        env_advance(env, ms);
    } else {
        journal_mark(env);
        (void)journal_await(env, MINT, 1, ms);
    }
}

/* The first one stops; the others go on, each with tokens of its own. */
static void three_clients_renew_on_their_own(struct env *env)
{
    int64_t ttl_ms = env_clock_is_virtual(env) ? 100000 : 6000;
    env_put_text(env, env_key(env, "x"), "text");
    env_ttl_override(env, ttl_ms / 1000);
    struct crowd c = gather(env, op_fs(env, "server", conf_new(env), env_root_uri(env)));
    for (size_t i = 0; i < CLIENTS; i++) {
        read_as(env, &c, i);
    }
    expect_ok(env, op_manager_stop(env, c.mgr[0]));
    int64_t end_ms = env_now_ms(env) + 5 * ttl_ms / 2;
    while (env_now_ms(env) < end_ms) {
        let_pass(env, ttl_ms / 20);
        read_as(env, &c, 1);
        read_as(env, &c, 2);
    }
    expect_between(env, "tokens of the second client", c.n_changes[1], 3, 5);
    expect_between(env, "tokens of the third client", c.n_changes[2], 3, 5);
    journal_mark(env);
    expect_true(env, !reply_ok(op_read(env, c.fs[0], "x")),
                "the stopped client still has a token that lives");
}

/*
 * A token can be had, a request carries it, it is allowed what it asks for, the next one
 * counts.
 */
#define STANDS_ON "STS-001,STS-003,CRED-014,CRED-015,POL-019,EXP-004"

const struct conform_case cases_e2e[] = {
    {"E2E-001", "the page with option 1", NEEDS, the_page_with_option_1, 0, STANDS_ON},
    {"E2E-002", "the page with option 2", NEEDS ",config.providers", the_page_with_option_2, 0,
     STANDS_ON},
    {"E2E-004", "three clients renew on their own",
     "fs,token.obtain,token.apply,refresh,clock.virtual", three_clients_renew_on_their_own, 0,
     STANDS_ON ",REF-001"},
    {"E2E-004", "three clients renew on their own, in real time",
     "fs,token.obtain,token.apply,refresh", three_clients_renew_on_their_own,
     CASE_REAL_TIME | CASE_REAL_ELSE, STANDS_ON ",REF-001"},
    {0},
};
