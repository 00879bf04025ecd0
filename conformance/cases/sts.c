/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STS: how a plugin mints a token and what it hands over. Sources: the documentation page
 * ("Token-based Authentication"), the plugin's wire behaviour in the facts (fluss-plugin.md
 * s.4, s.7), GetFederationToken (sts-cam.md s.2).
 */
#include "case.h"

#include "registry.h"

#define MINT "GetFederationToken"
#define POLICY_KEY "fs.cosn.security.token.policy"
#define SUFFIX_KEY "fs.cosn.bucket.endpoint_suffix"
#define REGION_KEY "fs.cosn.userinfo.region"

static int64_t server(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

/** A server whose tokens allow all of the bucket: what the default policy allows is POL-*. */
static int64_t server_of_all(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, POLICY_KEY, env_policy_all(env));
    return op_fs(env, "server", c, env_root_uri(env));
}

/** A client without any configuration that lives on @token; its filesystem. */
static int64_t client_of(struct env *env, const struct reply *token)
{
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    journal_mark(env);
    return reply_i64(opened, "fs");
}

/** A token works now; what is asked behind it is looked at alone. */
static void control(struct env *env, int64_t fs)
{
    control_ok(env, op_get_token(env, fs));
    journal_mark(env);
}

/** Words of the service, wherever the driver has them. */
static void expect_words(struct env *env, const struct reply *r, const char *code,
                         const char *request_id)
{
    const char *all =
        env_text(env, "%s %s %s", reply_code(r), reply_request_id(r), reply_message(r));
    expect_has(env, "error", all, code);
    expect_has(env, "error", all, request_id);
}

/** Mint once and return the journal entry of the call. */
static const struct cosmock_entry *mint(struct env *env, const struct reply **out_token)
{
    const struct reply *token = op_get_token(env, server(env));
    expect_ok(env, token);
    if (out_token != NULL) {
        *out_token = token;
    }
    return journal_last(env, MINT);
}

static void the_action_is_get_federation_token(struct env *env)
{
    const struct cosmock_entry *e = mint(env, /* out_token= */ NULL);
    expect_str(env, "version", e->sts_version, "2018-08-13");
    expect_count(env, MINT, 1);
    expect_i64(env, "status", e->http_status, 200);
    expect_str(env, "error code", e->code, "");
}

static void no_role_is_needed(struct env *env)
{
    (void)mint(env, /* out_token= */ NULL);
    expect_count(env, "AssumeRole", 0);
    expect_count(env, MINT, 1);
}

static void the_call_is_signed_with_the_permanent_key(struct env *env)
{
    const struct cosmock_entry *e = mint(env, /* out_token= */ NULL);
    expect_str(env, "authn", e->authn, "ok");
    expect_str(env, "signing id", e->secret_id, env_secret_id(env));
    expect_str(env, "kind of key", e->key_kind, "permanent");
}

/* Seconds of the day at which a date of another time zone would be wrong, and its end. */
static void the_date_of_the_signature_is_utc_at_any_hour(struct env *env)
{
    static const int64_t at_s[] = {15 * 3600 + 3540, 16 * 3600 + 60, 23 * 3600 + 3540,
                                   24 * 3600 + 60};
    int64_t fs = server(env);
    int64_t now_s = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(at_s); i++) {
        env_advance(env, (at_s[i] - now_s) * 1000);
        now_s = at_s[i];
        expect_ok(env, op_get_token(env, fs));
        expect_str(env, "authn", journal_last(env, MINT)->authn, "ok");
    }
}

static void it_asks_for_an_hour(struct env *env)
{
    expect_i64(env, "DurationSeconds", mint(env, /* out_token= */ NULL)->sts_duration_s, 3600);
}

static void it_sends_a_name(struct env *env)
{
    const struct cosmock_entry *e = mint(env, /* out_token= */ NULL);
    expect_true(env, e->sts_name[0] != '\0', "Name is empty");
}

static void the_region_is_the_configured_one(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.region", "ap-beijing");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_ok(env, op_get_token(env, fs));
    expect_str(env, "X-TC-Region", journal_last(env, MINT)->sts_region, "ap-beijing");
}

static void a_policy_is_sent_every_time(struct env *env)
{
    int64_t fs = server(env);
    expect_ok(env, op_get_token(env, fs));
    expect_ok(env, op_get_token(env, fs));
    struct journal calls = journal_of(env, MINT);
    expect_true(env, calls.n > 0, "STS was not called");
    for (size_t i = 0; i < calls.n; i++) {
        expect_has(env, "Policy", calls.e[i].sts_policy, "\"statement\"");
    }
}

static void the_policy_decodes_to_what_was_meant(struct env *env)
{
    const char *awkward = env_text(env,
                                   "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                                   "\"action\":[\"name/cos:GetObject\"],"
                                   "\"resource\":[\"qcs::cos:%s:uid/%s:%s/a b+%%2F%%/*\"]}]}",
                                   env_region(env), env_appid(env), env_bucket(env));
    const char *const policies[] = {awkward, env_policy_long(env)};
    for (size_t i = 0; i < COS_ARRAY_LEN(policies); i++) {
        struct conf *c = conf_new(env);
        conf_set(c, POLICY_KEY, policies[i]);
        int64_t fs = op_fs(env, "server", c, env_root_uri(env));
        expect_ok(env, op_get_token(env, fs));
        expect_same_json(env, "Policy at the server", journal_last(env, MINT)->sts_policy,
                         policies[i]);
    }
}

static void the_payload_has_the_plugins_four_fields(struct env *env)
{
    static const char *const names[] = {"access_key_id", "access_key_secret", "security_token"};
    const struct reply *token;
    (void)mint(env, &token);
    struct cos_json *root = NULL;
    struct cos_text_error why;
    int64_t version = 0;
    int r =
        cos_json_parse(&root, cos_span_of(token_payload(env, token)), /* limits= */ NULL, &why);
    bool has_version = cos_json_i64(cos_json_get(root, "version"), &version);
    (void)cos_json_free(root);
    expect_true(env, r == 0, "the payload is no JSON");
    expect_true(env, has_version && version == 1, "the payload's version is not 1");
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        expect_true(env, token_field(env, token, names[i])[0] != '\0', "no %s in the payload",
                    names[i]);
    }
}

static void the_payload_is_the_answer_of_sts(struct env *env)
{
    const struct reply *token;
    const struct cosmock_entry *e = mint(env, &token);
    expect_str(env, "access_key_id", token_field(env, token, "access_key_id"),
               e->issued_secret_id);
    expect_lacks(env, "payload", token_payload(env, token), env_secret_key(env));
}

/*
 * Secret and token are not in any journal: that they are the right ones shows when the service
 * accepts them.
 */
static void the_service_takes_the_payload(struct env *env)
{
    const struct reply *token = op_get_token(env, server_of_all(env));
    expect_ok(env, token);
    int64_t fs = client_of(env, token);
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    expect_all_verified(env);
}

static void valid_until_is_the_expiry_in_milliseconds(struct env *env)
{
    env_ttl_override(env, 1234);
    int64_t before_s = env_now_ms(env) / 1000;
    const struct reply *token;
    (void)mint(env, &token);
    int64_t until_ms = reply_i64(token, "valid_until_ms");
    int64_t after_s = env_now_ms(env) / 1000;
    expect_between(env, "valid_until_ms", until_ms, (before_s + 1234) * 1000,
                   (after_s + 1234 + 1) * 1000);
    expect_i64(env, "milliseconds part of whole seconds", until_ms % 1000, 0);
}

static void the_token_scheme_is_cosn(struct env *env)
{
    const struct reply *token;
    (void)mint(env, &token);
    expect_str(env, "scheme", reply_str(token, "scheme"), "cosn");
}

static void infos_carry_region_and_suffix(struct env *env)
{
    const struct reply *token;
    (void)mint(env, &token);
    expect_str(env, "region info", token_info(token, REGION_KEY), env_region(env));
    expect_str(env, "suffix info", token_info(token, SUFFIX_KEY), env_suffix(env));
}

/** Whatever the service says to it: the request of a client that has only @token comes here. */
static void expect_reaches_bucket(struct env *env, const struct reply *token, const char *host)
{
    int64_t fs = client_of(env, token);
    (void)op_exists(env, fs, "a");
    op_ping(env);
    expect_str(env, "Host of the client's request", journal_last(env, /* op= */ NULL)->host,
               host);
}

static void a_client_needs_no_configuration(struct env *env)
{
    const struct reply *token;
    (void)mint(env, &token);
    expect_reaches_bucket(env, token, env_text(env, "%s.%s", env_bucket(env), env_suffix(env)));
}

/* The region names the endpoint here, so nothing else tells a client where to go. */
static void a_server_with_a_region_only_tells_clients_the_endpoint(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, SUFFIX_KEY, /* value= */ NULL);
    conf_set(c, "fs.cosn.bucket.region", env_region(env));
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const char *host =
        env_text(env, "%s.cos.%s.myqcloud.com", env_bucket(env), env_region(env));
    (void)op_exists(env, fs, "a");
    op_ping(env);
    expect_str(env, "Host of the server's request", journal_last(env, /* op= */ NULL)->host,
               host);
    const struct reply *token = op_get_token(env, fs);
    expect_ok(env, token);
    expect_reaches_bucket(env, token, host);
}

static void infos_carry_no_secret(struct env *env)
{
    const struct reply *token;
    (void)mint(env, &token);
    const char *text = env_json(env, reply_json(token, "infos"));
    expect_lacks(env, "infos", text, env_secret_key(env));
    expect_lacks(env, "infos", text, env_secret_id(env));
    expect_lacks(env, "infos", text, token_field(env, token, "access_key_secret"));
}

static void an_error_of_sts_is_shown_with_code_and_request_id(struct env *env)
{
    int64_t fs = server(env);
    control(env, fs);
    env_fault(env, (struct cosmock_fault){.op = MINT,
                                          .times = 0, /* whoever asks again hears it again */
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = 200,
                                          .code = "UnauthorizedOperation"});
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "STS|ACCESS_DENIED|AUTH");
    expect_words(env, r, "UnauthorizedOperation", journal_last(env, MINT)->request_id);
    expect_true(env, reply_json(r, "token") == NULL, "there is a token with the error");
}

static void an_error_inside_http_200_is_an_error(struct env *env)
{
    control(env, server(env));
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.secretKey", "wrongwrongwrongwrongwrongwrongwr");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "STS|AUTH");
    const struct cosmock_entry *e = journal_last(env, MINT);
    expect_i64(env, "status on the wire", e->http_status, 200);
    expect_words(env, r, "AuthFailure.SignatureFailure", e->request_id);
}

/* Of the catalogue: "refused port -> error < 35 s". */
#define BOUND_MS 35000
#define MAX_TRIES 20

static void an_unreachable_sts_is_a_bounded_error(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_unreachable(c, "sts.tencentcloudapi.com");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "NETWORK|TIMEOUT|STS");
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, BOUND_MS);
    expect_count(env, MINT, 0);
}

/* Virtual time is patient: STS answers after ten minutes. */
static void a_silent_sts_is_a_bounded_error(struct env *env)
{
    int64_t fs = server(env);
    env_fault(env, (struct cosmock_fault){
                       .op = MINT, .times = 0, .kind = COSMOCK_FAULT_DELAY, .amount = 600000});
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "NETWORK|TIMEOUT|STS");
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 120000);
}

/*
 * Real time, any subject: STS is silent for a little longer than the bound, so who waits for it
 * gets a token in the end, and that is the violation. The key is the reference library's, makes
 * it quick here, and means nothing to others (CFG-011); the bound holds with and without it.
 */
static void a_silent_sts_is_given_up(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.sts.timeout", "300 ms");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    uint64_t silence = env_fault(env, (struct cosmock_fault){.op = MINT,
                                                             .times = 0,
                                                             .kind = COSMOCK_FAULT_DELAY,
                                                             .amount = BOUND_MS + 2000});
    op_patience(env, BOUND_MS + 10000);
    /* On a busy machine the time may be over before the request has come: then once more. */
    for (int i = 0; i < MAX_TRIES && env_fault_hits(env, silence) == 0; i++) {
        const struct reply *r = op_get_token(env, fs);
        expect_error(env, r, "NETWORK|TIMEOUT|STS");
        expect_between(env, "time it took, ms", reply_duration_ms(r), 0, BOUND_MS);
    }
}

static void concurrent_requests_are_safe(struct env *env)
{
    int64_t fs = server(env);
    const char *ops[8];
    for (size_t i = 0; i < COS_ARRAY_LEN(ops); i++) {
        ops[i] = env_text(env, "{\"op\":\"get_token\",\"fs\":%lld}", (long long)fs);
    }
    const struct reply *r = op_parallel(env, ops, COS_ARRAY_LEN(ops));
    expect_ok(env, r);
    struct journal calls = journal_of(env, MINT);
    size_t good = 0;
    for (const struct cos_json *n = cos_json_first(reply_json(r, "replies")); n != NULL;
         n = cos_json_next(n)) {
        int64_t until_ms = 0;
        bool is_alive = cos_json_i64(cos_json_get(n, "valid_until_ms"), &until_ms) &&
                        until_ms > env_now_ms(env);
        const char *b64 = cos_json_str(cos_json_get(cos_json_get(n, "token"), "b64"));
        good += is_alive && b64 != NULL && b64[0] != '\0' ? 1 : 0;
    }
    expect_i64(env, "good tokens", (int64_t)good, COS_ARRAY_LEN(ops));
    expect_true(env, calls.n > 0, "STS was not called");
    expect_all_verified(env);
}

static void no_call_before_the_first_request(struct env *env)
{
    int64_t fs = server(env);
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_ok(env, op_read(env, fs, "a"));
    expect_count(env, MINT, 0);
    control_ok(env, op_get_token(env, fs));
    expect_count_between(env, MINT, 1, 2);
}

static void sts_is_called_over_tls(struct env *env)
{
    expect_true(env, mint(env, /* out_token= */ NULL)->tls, "STS was called without TLS");
}

static void sts_is_called_over_verified_tls(struct env *env)
{
    control(env, server(env));
    struct conf *c = conf_new(env);
    conf_ca_none(c);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "NETWORK|STS");
    expect_count(env, MINT, 0);
}

static void expect_no_token(struct env *env, int64_t fs, struct cosmock_fault fault)
{
    fault.op = MINT;
    fault.times = 0; /* whoever asks again hears it again */
    env_fault(env, fault);
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "STS|CORRUPT|NETWORK");
    expect_true(env, reply_json(r, "token") == NULL, "there is a token with the error");
    env_fault_clear(env);
}

static void a_broken_answer_is_an_error(struct env *env)
{
    static const char *const members[] = {"ExpiredTime", "Token", "TmpSecretId"};
    int64_t fs = server(env);
    control(env, fs);
    expect_no_token(env, fs, (struct cosmock_fault){.kind = COSMOCK_FAULT_MALFORMED});
    expect_no_token(env, fs,
                    (struct cosmock_fault){.kind = COSMOCK_FAULT_TRUNCATE, .amount = 40});
    for (size_t i = 0; i < COS_ARRAY_LEN(members); i++) {
        expect_no_token(env, fs,
                        (struct cosmock_fault){.kind = COSMOCK_FAULT_MALFORMED,
                                               .code = members[i]});
    }
    const struct reply *token = op_get_token(env, fs);
    expect_ok(env, token);
    expect_true(env, reply_i64(token, "valid_until_ms") > env_now_ms(env), "no end in sight");
}

/* 1970 is no end of a credential, and least of all the absence of one. */
static void an_end_in_1970_is_an_error(struct env *env)
{
    int64_t fs = server(env);
    control(env, fs);
    env_age_tokens(env, 5000 - env_now_ms(env));
    for (int64_t end_s = -1; end_s <= 0; end_s++) {
        env_ttl_override(env, end_s - env_now_ms(env) / 1000);
        const struct reply *r = op_get_token(env, fs);
        expect_error(env, r, "STS|CORRUPT|NETWORK");
        expect_true(env, reply_json(r, "token") == NULL, "there is a token with the error");
        expect_count_between(env, MINT, (size_t)end_s + 2, 10);
    }
}

static void members_that_nobody_knows_are_ignored(struct env *env)
{
    env_fault(env, (struct cosmock_fault){
                       .op = MINT, .times = 0, .kind = COSMOCK_FAULT_EXTRA, .code = "Added"});
    const struct reply *token = op_get_token(env, server(env));
    expect_ok(env, token);
    expect_str(env, "access_key_id", token_field(env, token, "access_key_id"),
               journal_last(env, MINT)->issued_secret_id);
    expect_true(env, reply_i64(token, "valid_until_ms") > env_now_ms(env), "no end in sight");
}

/*
 * The token itself is in no journal: that it came through whole shows when the service takes
 * it.
 */
static void a_token_of_4_kib_survives(struct env *env)
{
    struct cosmock_error err = {0};
    if (cosmock_switch_set(env_tenant(env), "session-token-bytes", "4096", &err) < 0) {
        case_error(env, "switch: %s", err.message);
    }
    const struct reply *token = op_get_token(env, server_of_all(env));
    expect_ok(env, token);
    expect_i64(env, "bytes of the token",
               (int64_t)strlen(token_field(env, token, "security_token")), 4096);
    int64_t fs = client_of(env, token);
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_all_verified(env);
    expect_str(env, "token state", journal_last(env, "PutObject")->token, "ok");
}

/** What a server that knows nothing but a provider says to "a token, please". */
static const struct reply *mint_by_provider(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.secretId", /* value= */ NULL);
    conf_set(c, "fs.cosn.userinfo.secretKey", /* value= */ NULL);
    conf_set(c, "fs.cosn.credentials.provider",
             "org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider");
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    return op_get_token(env, op_fs(env, "server", c, env_root_uri(env)));
}

static void provider_only_never_signs_empty(struct env *env)
{
    const struct reply *r = mint_by_provider(env);
    if (!reply_ok(r)) {
        expect_error(env, r, "CONFIG");
        expect_message_has(env, r, "fs.cosn.userinfo.secretId");
    }
    struct journal calls = journal_of(env, MINT);
    for (size_t i = 0; i < calls.n; i++) {
        expect_str(env, "kind of key", calls.e[i].key_kind, "permanent");
    }
}

static void provider_only_mints_with_the_providers_key(struct env *env)
{
    expect_ok(env, mint_by_provider(env));
    expect_str(env, "signing id", journal_last(env, MINT)->secret_id, env_secret_id(env));
}

/* Fluss's server keeps a token for a minute; whatever is kept here, it is not kept for ever. */
static void a_kept_token_is_renewed(struct env *env)
{
    int64_t fs = server(env);
    const struct reply *first = op_get_token(env, fs);
    expect_ok(env, first);
    env_advance(env, INT64_C(30) * 60 * 1000); /* half of its life */
    const struct reply *second = op_get_token(env, fs);
    expect_ok(env, second);
    expect_true(env,
                strcmp(token_field(env, first, "access_key_id"),
                       token_field(env, second, "access_key_id")) != 0,
                "the token is the one of half an hour ago");
    expect_count_between(env, MINT, 2, 4);
}

static void an_expired_cached_token_is_not_handed_out(struct env *env)
{
    int64_t fs = server(env);
    env_ttl_override(env, 5);
    const struct reply *first = op_get_token(env, fs);
    expect_ok(env, first);
    env_advance(env, 6000);
    const struct reply *second = op_get_token(env, fs);
    expect_ok(env, second);
    expect_true(env, reply_i64(second, "valid_until_ms") > env_now_ms(env),
                "the second token is dead on arrival");
}

static void expect_policy_of(struct env *env, const char *bucket, const char *other)
{
    const char *policy = journal_last(env, MINT)->sts_policy;
    expect_has(env, "policy", policy, env_text(env, ":%s/", bucket));
    expect_lacks(env, "policy", policy, env_text(env, ":%s/", other));
}

static void each_bucket_has_its_own_policy(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    expect_ok(env, op_get_token(env, server(env)));
    expect_policy_of(env, env_bucket(env), other);
    struct conf *c = conf_new(env);
    const char *uri = env_text(env, "cosn://%s/else", other);
    conf_set(c, "remote.data.dir", uri);
    int64_t fs = op_fs(env, "client2", c, uri);
    expect_ok(env, op_get_token(env, fs));
    expect_policy_of(env, other, env_bucket(env));
}

/* One server, two filesystems: remote.data.dir names the first one's bucket. */
static void two_buckets_of_a_server_have_tokens_of_their_own(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    int64_t first = server(env);
    const struct reply *opened = op_open(env, "server", env_text(env, "cosn://%s/else", other));
    expect_ok(env, opened);
    expect_ok(env, op_get_token(env, first));
    expect_policy_of(env, env_bucket(env), other);
    expect_ok(env, op_get_token(env, reply_i64(opened, "fs")));
    expect_policy_of(env, other, env_bucket(env));
    expect_ok(env, op_get_token(env, first));
    expect_policy_of(env, env_bucket(env), other);
}

const struct conform_case cases_sts[] = {
    {"STS-001", "the action is GetFederationToken", "token.obtain",
     the_action_is_get_federation_token, 0},
    {"STS-002", "no role is needed", "token.obtain", no_role_is_needed, 0},
    {"STS-003", "the call is signed with the permanent key", "token.obtain",
     the_call_is_signed_with_the_permanent_key, 0},
    {"STS-003", "the date of the signature is UTC at any hour", "token.obtain,clock.virtual",
     the_date_of_the_signature_is_utc_at_any_hour, 0},
    {"STS-004", "it asks for an hour", "token.obtain", it_asks_for_an_hour, 0},
    {"STS-005", "it sends a name", "token.obtain", it_sends_a_name, 0},
    {"STS-006", "the region is the configured one", "token.obtain",
     the_region_is_the_configured_one, 0},
    {"STS-007", "a policy is sent every time", "token.obtain", a_policy_is_sent_every_time, 0},
    {"STS-008", "the policy decodes to what was meant", "token.obtain",
     the_policy_decodes_to_what_was_meant, 0},
    {"STS-009", "the payload has the plugin's four fields", "token.obtain",
     the_payload_has_the_plugins_four_fields, 0},
    {"STS-010", "the payload is the answer of STS", "token.obtain",
     the_payload_is_the_answer_of_sts, 0},
    {"STS-010", "the service takes the payload", "fs,token.obtain,token.apply",
     the_service_takes_the_payload, 0, "CRED-014,CRED-015"},
    {"STS-011", "validUntil is the expiry in milliseconds", "token.obtain",
     valid_until_is_the_expiry_in_milliseconds, 0},
    {"STS-012", "the token scheme is cosn", "token.obtain", the_token_scheme_is_cosn, 0},
    {"STS-013", "infos carry region and suffix", "token.obtain", infos_carry_region_and_suffix,
     0},
    {"STS-013", "a client needs no configuration", "fs,token.obtain,token.apply",
     a_client_needs_no_configuration, 0},
    {"STS-014", "infos carry no secret", "token.obtain", infos_carry_no_secret, 0},
    {"STS-015", "an error of STS is shown with code and request id", "token.obtain",
     an_error_of_sts_is_shown_with_code_and_request_id, 0},
    {"STS-016", "an error inside HTTP 200 is an error", "token.obtain",
     an_error_inside_http_200_is_an_error, CASE_MISSIGNED},
    {"STS-017", "an unreachable STS is a bounded error", "token.obtain",
     an_unreachable_sts_is_a_bounded_error, CASE_PROCESS_ONLY | CASE_BOUNDED_TIME},
    {"STS-017", "a silent STS is a bounded error", "token.obtain,clock.virtual",
     a_silent_sts_is_a_bounded_error, CASE_DIRECT_ONLY},
    {"STS-017", "a silent STS is given up", "token.obtain", a_silent_sts_is_given_up,
     CASE_REAL_TIME | CASE_BOUNDED_TIME},
    {"STS-018", "concurrent requests are safe", "token.obtain", concurrent_requests_are_safe,
     0},
    {"STS-019", "no call before the first request", "token.obtain",
     no_call_before_the_first_request, 0},
    {"STS-020", "STS is called over TLS", "token.obtain", sts_is_called_over_tls, 0},
    {"STS-020", "STS is called over verified TLS", "token.obtain",
     sts_is_called_over_verified_tls, CASE_PROCESS_ONLY},
    {"STS-021", "a broken answer is an error", "token.obtain", a_broken_answer_is_an_error, 0},
    {"STS-021", "an end in 1970 is an error", "token.obtain,clock.virtual",
     an_end_in_1970_is_an_error, 0},
    {"STS-022", "members that nobody knows are ignored", "token.obtain",
     members_that_nobody_knows_are_ignored, 0},
    {"STS-023", "provider only never signs empty", "token.obtain,config.providers",
     provider_only_never_signs_empty, 0},
    {"STS-024", "provider only mints with the provider's key", "token.obtain,config.providers",
     provider_only_mints_with_the_providers_key, 0},
    {"STS-025", "a kept token is renewed", "token.obtain,clock.virtual",
     a_kept_token_is_renewed, 0},
    {"STS-026", "an expired cached token is not handed out", "token.obtain,clock.virtual",
     an_expired_cached_token_is_not_handed_out, 0},
    {"STS-027", "a token of 4 KiB survives", "token.obtain,token.apply",
     a_token_of_4_kib_survives, 0, "CRED-014,CRED-015"},
    {"STS-028", "each bucket has its own policy", "token.obtain",
     each_bucket_has_its_own_policy, 0},
    {"STS-028", "two buckets of a server have tokens of their own", "token.obtain",
     two_buckets_of_a_server_have_tokens_of_their_own, 0},
    {"STS-029", "a server with a region only tells clients the endpoint",
     "fs,token.obtain,token.apply", a_server_with_a_region_only_tells_clients_the_endpoint, 0},
    {0},
};
