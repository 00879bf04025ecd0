/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRED: where credentials come from and what a request made with them looks like. Sources: the
 * documentation page ("Option 1", "Option 2"), the matrix of the real plugin in the facts
 * (fluss-plugin.md s.3), signature v5 (cos-wire.md s.1).
 */
#include "case.h"

#include "registry.h"

#define PROVIDER "fs.cosn.credentials.provider"
#define ENV_PROVIDER "org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider"
#define MIB ((size_t)1 << 20)
#define MINT "GetFederationToken"
/* Longer than anybody keeps a token that he obtained: half of its life (STS-025). */
#define TOKEN_IS_KEPT_MS (INT64_C(30) * 60 * 1000)
#define SIMPLE_PROVIDER "org.apache.hadoop.fs.cosn.auth.SimpleCredentialsProvider"

/** Option 2 of the page: the provider's class name and no key in the file. */
static struct conf *option_2(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.secretId", /* value= */ NULL);
    conf_set(c, "fs.cosn.userinfo.secretKey", /* value= */ NULL);
    conf_set(c, PROVIDER, ENV_PROVIDER);
    return c;
}

static void write_one(struct env *env, struct conf *c, const char *path)
{
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_ok(env, op_write_text(env, fs, path, "one"));
}

/** The same thing, whole, is fine; what comes behind it is looked at alone. */
static void control(struct env *env, struct conf *c)
{
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    control_ok(env, op_write_text(env, fs, "control", "one"));
    journal_mark(env);
}

/** Opens and asks for something that is not there: the first reply that is no success. */
static const struct reply *try_all(struct env *env, const char *who, struct conf *c)
{
    const struct reply *r = op_configure(env, who, c);
    r = reply_ok(r) ? op_open(env, who, env_root_uri(env)) : r;
    return reply_ok(r) ? op_stat(env, reply_i64(r, "fs"), "a") : r;
}

/**
 * A server mints, a client without any key receives; returns the client's filesystem. The
 * policy is a given one: what the default policy allows is another matter (POL-*).
 */
static int64_t client_with_token(struct env *env, const struct reply **out_token)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.security.token.policy", env_policy_all(env));
    int64_t server = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    *out_token = token;
    return reply_i64(opened, "fs");
}

static void configured_keys_sign_the_requests(struct env *env)
{
    write_one(env, conf_new(env), "a");
    expect_str(env, "signing id", journal_last(env, "PutObject")->secret_id,
               env_secret_id(env));
    expect_all_verified(env);
}

static void permanent_keys_send_no_token(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_write_text(env, fs, "d/a", "one"));
    expect_ok(env, op_read(env, fs, "d/a"));
    expect_ok(env, op_list(env, fs, "d"));
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_str(env, "token state of a permanent request", all.e[i].token, "none");
        expect_lacks(env, "q-header-list", all.e[i].header_list, "x-cos-security-token");
    }
    expect_true(env, all.n >= 3, "only %zu requests", all.n);
}

static void the_documented_class_name_selects_the_environment(struct env *env)
{
    struct conf *c = option_2(env);
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    write_one(env, c, "a");
    expect_str(env, "signing id", journal_last(env, "PutObject")->secret_id,
               env_secret_id(env));
}

static void decoys_in_the_environment_are_not_read(struct env *env)
{
    struct conf *c = option_2(env);
    conf_env(c, "COS_SECRET_ID", "AKIDdecoydecoydecoydecoydecoydecoy01");
    conf_env(c, "COS_SECRET_KEY", "decoydecoydecoydecoydecoydecoyde");
    conf_env(c, "TENCENTCLOUD_SECRET_ID", "AKIDdecoydecoydecoydecoydecoydecoy02");
    conf_env(c, "TENCENTCLOUD_SECRET_KEY", "decoydecoydecoydecoydecoydecoyde");
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    write_one(env, c, "a");
    expect_signed_by(env, env_secret_id(env));
}

static void environment_values_are_trimmed(struct env *env)
{
    struct conf *c = option_2(env);
    conf_env(c, "COSN_SECRET_ID", env_text(env, " %s\n", env_secret_id(env)));
    conf_env(c, "COSN_SECRET_KEY", env_text(env, "%s\n", env_secret_key(env)));
    write_one(env, c, "a");
    expect_all_verified(env);
}

static void half_a_pair_in_the_environment_sends_nothing(struct env *env)
{
    static const struct {
        bool has_id, has_key;
    } rows[] = {{true, false}, {false, true}, {false, false}};
    struct conf *whole = option_2(env);
    conf_env(whole, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(whole, "COSN_SECRET_KEY", env_secret_key(env));
    control(env, whole);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct conf *c = option_2(env);
        if (rows[i].has_id) {
            conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
        }
        if (rows[i].has_key) {
            conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
        }
        expect_error(env, try_all(env, "server", c), "CRED_MISSING|CONFIG");
        expect_no_traffic(env);
    }
}

static void an_unknown_provider_class_is_named(struct env *env)
{
    control(env, conf_new(env));
    struct conf *c = conf_new(env);
    conf_set(c, PROVIDER, "no.such.Provider");
    const struct reply *r = try_all(env, "server", c);
    expect_error(env, r, "CONFIG");
    expect_message_has(env, r, "no.such.Provider");
    expect_no_traffic(env);
}

static void before_the_first_token_nothing_is_sent(struct env *env)
{
    control(env, conf_new(env));
    struct conf *c = conf_new_client(env);
    conf_set(c, "fs.cosn.bucket.endpoint_suffix", env_suffix(env));
    expect_error(env, try_all(env, "client", c), "CRED_MISSING");
    expect_no_traffic(env);
}

static void a_received_token_is_enough(struct env *env)
{
    const struct reply *token;
    int64_t fs = client_with_token(env, &token);
    journal_mark(env);
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    expect_stored_text(env, env_key(env, "a"), "one");
}

/**
 * The keys of the server's environment change under a filesystem that is open, to those of
 * another user; nothing is opened anew.
 */
static void rotate(struct env *env)
{
    env_use_sub_account(env);
    const char *const fresh[] = {"COSN_SECRET_ID", env_secret_id(env), "COSN_SECRET_KEY",
                                 env_secret_key(env)};
    const struct reply *changed = op_env(env, "server", fresh, COS_ARRAY_LEN(fresh));
    if (strcmp(reply_class(changed), "UNSUPPORTED") == 0) {
        case_skip(env, "the driver cannot change an environment");
    }
    expect_ok(env, changed);
    journal_mark(env);
}

static void a_rotated_key_is_used_without_a_restart(struct env *env)
{
    struct conf *c = option_2(env);
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_signed_by(env, env_secret_id(env));
    rotate(env);
    expect_ok(env, op_write_text(env, fs, "b", "two"));
    expect_signed_by(env, env_secret_id(env));
    expect_all_verified(env);
    expect_stored_text(env, env_key(env, "b"), "two");
}

static void a_rotated_key_mints_the_next_token(struct env *env)
{
    struct conf *c = option_2(env);
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    control_ok(env, op_get_token(env, fs));
    expect_str(env, "minting id", journal_last(env, MINT)->secret_id, env_secret_id(env));
    rotate(env);
    env_advance(env, TOKEN_IS_KEPT_MS);
    expect_ok(env, op_get_token(env, fs));
    expect_str(env, "minting id", journal_last(env, MINT)->secret_id, env_secret_id(env));
    expect_all_verified(env);
}

static void with_both_options_set_one_is_used(struct env *env)
{
    const char *permanent = env_secret_id(env);
    struct conf *c = conf_new(env);
    env_use_sub_account(env);
    conf_set(c, PROVIDER, ENV_PROVIDER);
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    write_one(env, c, "a");
    expect_all_verified(env);
    bool is_list = strcmp(journal_last(env, "PutObject")->secret_id, env_secret_id(env)) == 0;
    expect_signed_by(env, is_list ? env_secret_id(env) : permanent);
    case_note(env, is_list
                       ? "the provider list wins over secretId, as in hadoop-cos"
                       : "secretId wins over the provider list; in hadoop-cos the list does");
}

static void providers_are_tried_in_order(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, PROVIDER, ENV_PROVIDER "," SIMPLE_PROVIDER);
    write_one(env, c, "a"); /* the environment is empty: the second one is used */
    expect_signed_by(env, env_secret_id(env));
    struct conf *both = conf_new(env);
    conf_set(both, PROVIDER, SIMPLE_PROVIDER "," ENV_PROVIDER);
    conf_env(both, "COSN_SECRET_ID", "AKIDothersothersothersothersothers01");
    conf_env(both, "COSN_SECRET_KEY", "othersothersothersothersothersot");
    journal_mark(env);
    int64_t fs = op_fs(env, "client", both, env_root_uri(env));
    expect_ok(env, op_write_text(env, fs, "b", "two"));
    expect_signed_by(env, env_secret_id(env));
}

/* The first of the list has nothing, or half a pair: the environment is asked as well. */
static void an_empty_provider_gives_way_to_the_next(struct env *env)
{
    static const struct {
        const char *key, *value;
    } rows[] = {{"fs.cosn.userinfo.secretId", NULL},
                {"fs.cosn.userinfo.secretId", "AKIDothersothersothersothersothers01"},
                {"fs.cosn.userinfo.secretKey", "othersothersothersothersothersot"}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct conf *c = option_2(env);
        conf_set(c, PROVIDER, SIMPLE_PROVIDER "," ENV_PROVIDER);
        conf_set(c, rows[i].key, rows[i].value);
        conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
        conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
        journal_mark(env);
        write_one(env, c, env_text(env, "a%zu", i));
        expect_signed_by(env, env_secret_id(env));
        expect_all_verified(env);
    }
}

static void the_simple_provider_reads_option_1(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, PROVIDER, SIMPLE_PROVIDER);
    write_one(env, c, "a");
    expect_signed_by(env, env_secret_id(env));
}

/** Every request since the mark, at least @n, but those that a fault answered unseen. */
static void expect_tokens(struct env *env, size_t n)
{
    struct journal all = journal_of(env, /* op= */ NULL);
    size_t seen = 0;
    for (size_t i = 0; i < all.n; i++) {
        const struct cosmock_entry *e = &all.e[i];
        if (e->fault[0] == '\0') {
            expect_str(env, env_text(env, "token state of a %s", e->op), e->token, "ok");
            expect_str(env, env_text(env, "kind of key of a %s", e->op), e->key_kind,
                       "temporary");
            seen++;
        }
    }
    expect_true(env, seen >= n, "only %zu requests", seen);
}

/*
 * Whether the service takes the requests is another matter (CRED-015, POL-*): here it is what
 * they carry.
 */
static void a_temporary_key_sends_its_token(struct env *env)
{
    const struct reply *token;
    int64_t fs = client_with_token(env, &token);
    journal_mark(env);
    (void)op_write_text(env, fs, "d/a", "one");
    (void)op_write_gen(env, fs, "d/big", 3, 8 * MIB + 1, 0);
    (void)op_read(env, fs, "d/a");
    (void)op_list(env, fs, "d");
    (void)op_mkdirs(env, fs, "e");
    (void)op_rename(env, fs, "d/a", "e/a");
    (void)op_delete(env, fs, "e", /* recursive= */ true);
    op_ping(env);
    expect_tokens(env, 7);
}

/** The next request, whatever it is, is asked for once more. */
static void plant_slow_down(struct env *env)
{
    env_fault(env, (struct cosmock_fault){.service = "cos",
                                          .times = 1,
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = 503,
                                          .code = "SlowDown"});
}

static void a_repeated_request_sends_its_token_again(struct env *env)
{
    const struct reply *token;
    int64_t fs = client_with_token(env, &token);
    journal_mark(env);
    plant_slow_down(env);
    (void)op_write_text(env, fs, "d/a", "one");
    plant_slow_down(env);
    (void)op_read(env, fs, "d/a");
    plant_slow_down(env);
    (void)op_list(env, fs, "d");
    plant_slow_down(env);
    (void)op_delete(env, fs, "d/a", /* recursive= */ false);
    op_ping(env);
    expect_tokens(env, 4);
}

static void a_temporary_key_signs_with_its_own_secret(struct env *env)
{
    const struct reply *token;
    int64_t fs = client_with_token(env, &token);
    journal_mark(env);
    expect_ok(env, op_write_text(env, fs, "d/a", "one"));
    expect_ok(env, op_read(env, fs, "d/a"));
    expect_ok(env, op_list(env, fs, "d"));
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    expect_all_verified(env);
}

/*
 * The mock forgives another order, as some SDKs have one; the document does not (cos-wire.md
 * s.1.1: "sorted").
 */
static void expect_sorted(struct env *env, const char *what, const char *list)
{
    struct cos_span rest = cos_span_of(list), before = COS_SPAN_EMPTY;
    while (rest.len > 0) {
        struct cos_span name = cos_span_cut(&rest, ';');
        expect_true(env, cos_span_cmp(before, name) <= 0, "%s is not sorted: %s", what, list);
        before = name;
    }
}

static void every_kind_of_request_verifies(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_write_gen(env, fs, "d/big", 3, (9u << 20) + 5, 0));
    expect_ok(env, op_read_range(env, fs, "d/big", 4096, 100));
    expect_ok(env, op_list(env, fs, "d"));
    expect_ok(env, op_mkdirs(env, fs, "e/f"));
    expect_ok(env, op_rename(env, fs, "d/big", "e/big"));
    expect_ok(env, op_delete(env, fs, "e", /* recursive= */ true));
    expect_all_verified(env);
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_sorted(env, "q-header-list", all.e[i].header_list);
        expect_sorted(env, "q-url-param-list", all.e[i].param_list);
    }
    expect_true(env, all.n >= 10, "only %zu requests", all.n);
}

static void the_signing_window_is_in_seconds_and_holds_now(struct env *env)
{
    write_one(env, conf_new(env), "a");
    const struct cosmock_entry *e = journal_last(env, "PutObject");
    int64_t now_s = e->at_unix_ms / 1000;
    expect_between(env, "start of q-sign-time", e->sign_start_unix_s, now_s - 86400, now_s);
    expect_between(env, "end of q-sign-time", e->sign_end_unix_s, now_s, now_s + 86400);
    expect_between(env, "length of the window", e->sign_end_unix_s - e->sign_start_unix_s, 1,
                   86400);
}

static void each_request_has_a_window_of_its_own(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    for (unsigned i = 0; i < 2; i++) {
        env_advance(env, i * INT64_C(25) * 3600 * 1000);
        expect_ok(env, op_write_text(env, fs, "a", "one"));
        const struct cosmock_entry *e = journal_last(env, "PutObject");
        int64_t now_s = e->at_unix_ms / 1000;
        expect_between(env, "start of q-sign-time", e->sign_start_unix_s, now_s - 3600, now_s);
        expect_between(env, "end of q-sign-time", e->sign_end_unix_s, now_s, now_s + 86400);
    }
    expect_all_verified(env);
}

static void host_is_signed(struct env *env)
{
    write_one(env, conf_new(env), "a");
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_has(env, "q-header-list", env_text(env, ";%s;", all.e[i].header_list), ";host;");
    }
    expect_true(env, all.n > 0, "nothing was sent at all");
}

/* Names are signed in lower case, percent-encoded (cos-wire.md s.1.1). */
static void query_parameters_are_signed(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "x");
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_list(env, fs, "d"));
    const struct cosmock_entry *e = journal_last(env, "GetBucket");
    const char *list = env_text(env, ";%s;", e->param_list);
    struct cos_span query = cos_span_of(e->target);
    (void)cos_span_cut(&query, '?');
    size_t n_sent = 0;
    while (query.len > 0) {
        struct cos_span pair = cos_span_cut(&query, '&');
        struct cos_span name = cos_span_cut(&pair, '=');
        expect_has(env, "q-url-param-list", list,
                   env_text(env, ";" COS_SPAN_FMT ";", COS_SPAN_ARG(name)));
        n_sent++;
    }
    size_t n_listed = 0;
    for (const char *p = e->param_list; *p != '\0'; p++) {
        n_listed += *p == ';' ? 1 : 0;
    }
    expect_true(env, n_sent >= 2, "only %zu parameters, of a list of a directory", n_sent);
    expect_i64(env, "number of signed parameters", (int64_t)n_listed + 1, (int64_t)n_sent);
}

static void awkward_keys_sign_and_resolve(struct env *env)
{
    static const char *const names[] = {
        "a b",
        "100%",
        "1+1",
        "a#b",
        "what?",
        "a&b=c",
        "~tilde",
        "a_b-c.d", /* what everybody has, and no encoder may touch */
        "\xe4\xb8\xad\xe6\x96\x87",
        "\xc3\xa9'(x)!*",
        "%41",
    };
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const char *path = env_text(env, "/%s", env_key(env, names[i]));
        expect_ok(env, op_write_text(env, fs, path, names[i]));
        expect_stored_text(env, env_key(env, names[i]), names[i]);
        expect_str(env, "text read back", reply_str(op_read_text(env, fs, path), "text"),
                   names[i]);
    }
    expect_all_verified(env);
}

/*
 * The worlds of the suite make secret keys with the characters that a careless decoder would
 * change.
 */
static void any_printable_secret_signs(struct env *env)
{
    expect_true(env, strpbrk(env_secret_key(env), "+") != NULL, "no '+' in the secret");
    expect_true(env, strpbrk(env_secret_key(env), "/") != NULL, "no '/' in the secret");
    expect_true(env, strpbrk(env_secret_key(env), "=") != NULL, "no '=' in the secret");
    expect_true(env, strpbrk(env_secret_key(env), "%") != NULL, "no '%%' in the secret");
    write_one(env, conf_new(env), "a");
    expect_all_verified(env);
}

static void any_printable_secret_signs_for_sts(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_get_token(env, fs));
    expect_count_between(env, "GetFederationToken", 1, 2);
    expect_all_verified(env);
}

/* Whose a request is shows before the service takes or refuses it. */
static void two_filesystems_do_not_share_credentials(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    const struct reply *token;
    int64_t client = client_with_token(env, &token);
    int64_t server = op_fs(env, "server", conf_new(env), env_text(env, "cosn://%s/", other));
    journal_mark(env);
    (void)op_write_text(env, client, "a", "one");
    (void)op_write_text(env, server, "/b", "two");
    op_ping(env);
    struct journal all = journal_of(env, /* op= */ NULL);
    size_t n_first = 0;
    for (size_t i = 0; i < all.n; i++) {
        bool first = strcmp(all.e[i].bucket, env_bucket(env)) == 0;
        n_first += first ? 1 : 0;
        expect_str(env, "signing id of its bucket", all.e[i].secret_id,
                   first ? token_field(env, token, "access_key_id") : env_secret_id(env));
    }
    expect_true(env, n_first > 0 && n_first < all.n, "%zu of %zu requests were for the first",
                n_first, all.n);
}

const struct conform_case cases_cred[] = {
    {"CRED-001", "configured keys sign the requests", "fs", configured_keys_sign_the_requests,
     0},
    {"CRED-002", "permanent keys send no token", "fs", permanent_keys_send_no_token, 0},
    {"CRED-003", "the documented class name selects the environment", "fs,config.providers",
     the_documented_class_name_selects_the_environment, 0},
    {"CRED-004", "decoys in the environment are not read", "fs,config.providers",
     decoys_in_the_environment_are_not_read, 0},
    {"CRED-005", "environment values are trimmed", "fs,config.providers",
     environment_values_are_trimmed, 0},
    {"CRED-006", "half a pair in the environment sends nothing", "fs,config.providers",
     half_a_pair_in_the_environment_sends_nothing, 0},
    {"CRED-007", "an unknown provider class is named", "fs,config.providers",
     an_unknown_provider_class_is_named, 0},
    {"CRED-008", "before the first token nothing is sent", "fs,token.apply",
     before_the_first_token_nothing_is_sent, CASE_FRESH_PROCESS},
    {"CRED-009", "a received token is enough", "fs,token.apply", a_received_token_is_enough, 0},
    {"CRED-010", "with both options set one is used", "fs,config.providers",
     with_both_options_set_one_is_used, 0},
    {"CRED-011", "providers are tried in order", "fs,config.providers",
     providers_are_tried_in_order, 0},
    {"CRED-011", "an empty provider gives way to the next", "fs,config.providers",
     an_empty_provider_gives_way_to_the_next, 0},
    {"CRED-012", "the simple provider reads option 1", "fs,config.providers",
     the_simple_provider_reads_option_1, 0},
    {"CRED-013", "a rotated key is used without a restart", "fs,config.providers",
     a_rotated_key_is_used_without_a_restart, 0},
    {"CRED-013", "a rotated key mints the next token",
     "token.obtain,config.providers,clock.virtual", a_rotated_key_mints_the_next_token, 0,
     "STS-024"},
    {"CRED-014", "a temporary key sends its token", "fs,token.apply",
     a_temporary_key_sends_its_token, 0},
    {"CRED-014", "a repeated request sends its token again", "fs,token.apply",
     a_repeated_request_sends_its_token_again, 0},
    {"CRED-015", "a temporary key signs with its own secret", "fs,token.apply",
     a_temporary_key_signs_with_its_own_secret, 0, "CRED-014"},
    {"CRED-016", "two filesystems do not share credentials", "fs,token.apply",
     two_filesystems_do_not_share_credentials, 0},
    {"CRED-017", "every kind of request verifies", "fs", every_kind_of_request_verifies, 0},
    {"CRED-018", "the signing window is in seconds and holds now", "fs",
     the_signing_window_is_in_seconds_and_holds_now, 0},
    {"CRED-018", "each request has a window of its own", "fs,clock.virtual",
     each_request_has_a_window_of_its_own, 0},
    {"CRED-019", "host is signed", "fs", host_is_signed, 0},
    {"CRED-020", "query parameters are signed", "fs", query_parameters_are_signed, 0},
    {"CRED-021", "awkward keys sign and resolve", "fs", awkward_keys_sign_and_resolve, 0},
    {"CRED-022", "any printable secret signs", "fs", any_printable_secret_signs, 0},
    {"CRED-022", "any printable secret signs for STS", "fs,token.obtain",
     any_printable_secret_signs_for_sts, 0},
    {0},
};
