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

/** A server mints, a client without any key receives; returns the client's filesystem. */
static int64_t client_with_token(struct env *env, const struct reply **out_token)
{
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
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
    write_one(env, conf_new(env), "a");
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_str(env, "token state of a permanent request", all.e[i].token, "none");
    }
    expect_true(env, all.n > 0, "nothing was sent at all");
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
    struct conf *c = option_2(env);
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    journal_mark(env);
    const struct reply *r = op_configure(env, "server", c);
    if (reply_ok(r)) {
        r = op_open(env, "server", env_root_uri(env));
    }
    if (reply_ok(r)) {
        r = op_stat(env, reply_i64(r, "fs"), "a");
    }
    expect_error(env, r, "CRED_MISSING|CONFIG");
    expect_no_traffic(env);
}

static void an_unknown_provider_class_is_named(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, PROVIDER, "no.such.Provider");
    journal_mark(env);
    const struct reply *r = op_configure(env, "server", c);
    if (reply_ok(r)) {
        r = op_open(env, "server", env_root_uri(env));
    }
    expect_error(env, r, "CONFIG");
    expect_message_has(env, r, "no.such.Provider");
    expect_no_traffic(env);
}

static void before_the_first_token_nothing_is_sent(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_set(c, "fs.cosn.bucket.endpoint_suffix", env_suffix(env));
    journal_mark(env);
    expect_ok(env, op_configure(env, "client", c));
    const struct reply *r = op_open(env, "client", env_root_uri(env));
    if (reply_ok(r)) {
        r = op_stat(env, reply_i64(r, "fs"), "a");
    }
    expect_error(env, r, "CRED_MISSING");
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

static void with_both_options_set_one_is_used(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, PROVIDER, ENV_PROVIDER);
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    conf_set(c, "fs.cosn.userinfo.secretId", "AKIDothersothersothersothersothers01");
    write_one(env, c, "a");
    case_info(env, "the provider list wins over secretId, as in hadoop-cos");
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

static void the_simple_provider_reads_option_1(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, PROVIDER, SIMPLE_PROVIDER);
    write_one(env, c, "a");
    expect_signed_by(env, env_secret_id(env));
}

static void a_temporary_key_sends_its_token(struct env *env)
{
    const struct reply *token;
    int64_t fs = client_with_token(env, &token);
    journal_mark(env);
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_str(env, "token state", all.e[i].token, "ok");
        expect_str(env, "kind of key", all.e[i].key_kind, "temporary");
    }
    expect_true(env, all.n > 0, "nothing was sent at all");
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

static void host_is_signed(struct env *env)
{
    write_one(env, conf_new(env), "a");
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_has(env, "q-header-list", env_text(env, ";%s;", all.e[i].header_list), ";host;");
    }
    expect_true(env, all.n > 0, "nothing was sent at all");
}

static void query_parameters_are_signed(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "x");
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_list(env, fs, "d"));
    const struct cosmock_entry *e = journal_last(env, "GetBucket");
    const char *list = env_text(env, ";%s;", e->param_list);
    expect_has(env, "q-url-param-list", list, ";prefix;");
    expect_has(env, "q-url-param-list", list, ";max-keys;");
    size_t sent = 0;
    size_t listed = e->param_list[0] == '\0' ? 0 : 1;
    const char *query = strchr(e->target, '?');
    for (const char *p = query; p != NULL && *p != '\0'; p++) {
        sent += (*p == '?' || *p == '&') ? 1 : 0;
    }
    for (const char *p = e->param_list; *p != '\0'; p++) {
        listed += *p == ';' ? 1 : 0;
    }
    expect_i64(env, "number of signed parameters", (int64_t)listed, (int64_t)sent);
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
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_get_token(env, fs));
    expect_all_verified(env);
}

static void two_filesystems_do_not_share_credentials(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    const struct reply *token;
    int64_t client = client_with_token(env, &token);
    int64_t server = op_fs(env, "server", conf_new(env), env_text(env, "cosn://%s/", other));
    journal_mark(env);
    expect_ok(env, op_write_text(env, client, "a", "one"));
    expect_ok(env, op_write_text(env, server, "/b", "two"));
    struct journal all = journal_of(env, "PutObject");
    expect_i64(env, "number of uploads", (int64_t)all.n, 2);
    for (size_t i = 0; i < all.n; i++) {
        bool first = strcmp(all.e[i].bucket, env_bucket(env)) == 0;
        expect_str(env, "signing id of its bucket", all.e[i].secret_id,
                   first ? token_field(env, token, "access_key_id") : env_secret_id(env));
    }
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
    {"CRED-009", "a received token is enough", "fs,token.obtain,token.apply",
     a_received_token_is_enough, 0},
    {"CRED-010", "with both options set one is used", "fs,config.providers",
     with_both_options_set_one_is_used, 0},
    {"CRED-011", "providers are tried in order", "fs,config.providers",
     providers_are_tried_in_order, 0},
    {"CRED-012", "the simple provider reads option 1", "fs,config.providers",
     the_simple_provider_reads_option_1, 0},
    {"CRED-014", "a temporary key sends its token", "fs,token.obtain,token.apply",
     a_temporary_key_sends_its_token, 0},
    {"CRED-015", "a temporary key signs with its own secret", "fs,token.obtain,token.apply",
     a_temporary_key_signs_with_its_own_secret, 0},
    {"CRED-016", "two filesystems do not share credentials", "fs,token.obtain,token.apply",
     two_filesystems_do_not_share_credentials, 0},
    {"CRED-017", "every kind of request verifies", "fs", every_kind_of_request_verifies, 0},
    {"CRED-018", "the signing window is in seconds and holds now", "fs",
     the_signing_window_is_in_seconds_and_holds_now, 0},
    {"CRED-019", "host is signed", "fs", host_is_signed, 0},
    {"CRED-020", "query parameters are signed", "fs", query_parameters_are_signed, 0},
    {"CRED-021", "awkward keys sign and resolve", "fs", awkward_keys_sign_and_resolve, 0},
    {"CRED-022", "any printable secret signs", "fs,token.obtain", any_printable_secret_signs,
     0},
    {0},
};
