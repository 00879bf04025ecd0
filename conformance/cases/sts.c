/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STS: how a plugin mints a token and what it hands over. Sources: the documentation page
 * ("Token-based Authentication"), the plugin's wire behaviour in the facts (fluss-plugin.md
 * s.4, s.7), GetFederationToken (sts-cam.md s.2).
 */
#include "case.h"

#include "registry.h"

#define MINT "GetFederationToken"

static int64_t server(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
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

static void it_asks_for_an_hour(struct env *env)
{
    expect_i64(env, "DurationSeconds", mint(env, /* out_token= */ NULL)->sts_duration_s, 3600);
}

static void it_sends_a_name(struct env *env)
{
    expect_str(env, "Name", mint(env, /* out_token= */ NULL)->sts_name, "fluss-cos-federation");
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
    expect_between(env, "number of calls", (int64_t)calls.n, 1, 2);
    for (size_t i = 0; i < calls.n; i++) {
        expect_has(env, "Policy", calls.e[i].sts_policy, "\"statement\"");
    }
}

static void the_policy_decodes_to_what_was_meant(struct env *env)
{
    const char *policy = env_text(env,
                                  "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                                  "\"action\":[\"name/cos:GetObject\"],"
                                  "\"resource\":[\"qcs::cos:%s:uid/%s:%s/a b+%%2F%%/*\"]}]}",
                                  env_region(env), env_appid(env), env_bucket(env));
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.security.token.policy", policy);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_ok(env, op_get_token(env, fs));
    expect_same_json(env, "Policy at the server", journal_last(env, MINT)->sts_policy, policy);
}

static void the_payload_has_the_plugins_four_fields(struct env *env)
{
    const struct reply *token;
    (void)mint(env, &token);
    const char *payload = token_payload(env, token);
    expect_has(env, "payload", payload, "\"version\":1");
    expect_true(env, token_field(env, token, "access_key_id")[0] != '\0', "no access_key_id");
    expect_true(env, token_field(env, token, "access_key_secret")[0] != '\0',
                "no access_key_secret");
    expect_true(env, token_field(env, token, "security_token")[0] != '\0', "no security_token");
}

static void the_payload_is_the_answer_of_sts(struct env *env)
{
    const struct reply *token;
    const struct cosmock_entry *e = mint(env, &token);
    expect_str(env, "access_key_id", token_field(env, token, "access_key_id"),
               e->issued_secret_id);
    /*
     * Secret and token are not in any journal: that they are the right ones shows when the
     * service accepts them.
     */
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    journal_mark(env);
    expect_ok(env, op_write_text(env, reply_i64(opened, "fs"), "a", "one"));
    expect_signed_by(env, e->issued_secret_id);
    expect_all_verified(env);
    expect_lacks(env, "payload", token_payload(env, token), env_secret_key(env));
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
    expect_str(env, "region info", token_info(token, "fs.cosn.userinfo.region"),
               env_region(env));
    expect_str(env, "suffix info", token_info(token, "fs.cosn.bucket.endpoint_suffix"),
               env_suffix(env));
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    expect_ok(env, op_write_text(env, reply_i64(opened, "fs"), "a", "one"));
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
    env_fault(env, (struct cosmock_fault){.op = MINT,
                                          .times = 1,
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = 200,
                                          .code = "InternalError.SystemError"});
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "STS");
    expect_str(env, "code", reply_code(r), "InternalError.SystemError");
    expect_str(env, "request id", reply_request_id(r), journal_last(env, MINT)->request_id);
}

static void an_error_inside_http_200_is_an_error(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.secretKey", "wrongwrongwrongwrongwrongwrongwr");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "STS|AUTH");
    expect_str(env, "code", reply_code(r), "AuthFailure.SignatureFailure");
    expect_i64(env, "status on the wire", journal_last(env, MINT)->http_status, 200);
}

static void an_unreachable_sts_is_a_bounded_error(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_unreachable(c, "sts.tencentcloudapi.com");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "NETWORK|TIMEOUT");
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 35000);
}

/* Only virtual time is patient enough: STS answers after ten minutes. */
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
 * The key is the reference library's; who does not know it is judged in virtual time only
 * (above).
 */
static void the_configured_timeout_ends_a_silent_sts(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.sts.timeout", "300 ms");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    env_fault(env, (struct cosmock_fault){
                       .op = MINT, .times = 0, .kind = COSMOCK_FAULT_DELAY, .amount = 2000});
    expect_error(env, op_get_token(env, fs), "NETWORK|TIMEOUT|STS");
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
    size_t good = 0;
    for (const struct cos_json *n = cos_json_first(reply_json(r, "replies")); n != NULL;
         n = cos_json_next(n)) {
        good += cos_json_bool(cos_json_get(n, "ok"), /* fallback= */ false) ? 1 : 0;
    }
    expect_i64(env, "good tokens", (int64_t)good, 8);
    expect_count_between(env, MINT, 1, 8);
    expect_all_verified(env);
}

static void no_call_before_the_first_request(struct env *env)
{
    int64_t fs = server(env);
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_ok(env, op_read(env, fs, "a"));
    expect_count(env, MINT, 0);
}

static void sts_is_called_over_verified_tls(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_ca_none(c);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    journal_mark(env);
    const struct reply *r = op_get_token(env, fs);
    expect_error(env, r, "NETWORK");
    expect_count(env, MINT, 0);
}

static void a_broken_answer_is_an_error(struct env *env)
{
    int64_t fs = server(env);
    env_fault(env,
              (struct cosmock_fault){.op = MINT, .times = 1, .kind = COSMOCK_FAULT_MALFORMED});
    expect_error(env, op_get_token(env, fs), "STS|CORRUPT");
    env_fault(env, (struct cosmock_fault){
                       .op = MINT, .times = 1, .kind = COSMOCK_FAULT_TRUNCATE, .amount = 40});
    expect_error(env, op_get_token(env, fs), "STS|CORRUPT|NETWORK");
    env_fault(env, (struct cosmock_fault){.op = MINT,
                                          .times = 1,
                                          .kind = COSMOCK_FAULT_MALFORMED,
                                          .code = "ExpiredTime"}); /* all there but this */
    expect_error(env, op_get_token(env, fs), "STS|CORRUPT");
    const struct reply *token = op_get_token(env, fs);
    expect_ok(env, token);
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
    const struct reply *token;
    (void)mint(env, &token);
    expect_i64(env, "bytes of the token",
               (int64_t)strlen(token_field(env, token, "security_token")), 4096);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    journal_mark(env);
    expect_ok(env, op_write_text(env, reply_i64(opened, "fs"), "a", "one"));
    expect_all_verified(env);
    expect_str(env, "token state", journal_last(env, "PutObject")->token, "ok");
}

static void provider_only_never_signs_empty(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.secretId", /* value= */ NULL);
    conf_set(c, "fs.cosn.userinfo.secretKey", /* value= */ NULL);
    conf_set(c, "fs.cosn.credentials.provider",
             "org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider");
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *r = op_get_token(env, fs);
    if (!reply_ok(r)) {
        expect_error(env, r, "CONFIG");
        expect_message_has(env, r, "fs.cosn.userinfo.secretId");
    }
    struct journal calls = journal_of(env, MINT);
    for (size_t i = 0; i < calls.n; i++) {
        expect_true(env, calls.e[i].secret_id[0] != '\0', "signed with an empty id");
    }
}

static void provider_only_mints_with_the_providers_key(struct env *env)
{
    provider_only_never_signs_empty(env);
    expect_count(env, MINT, 1);
    expect_str(env, "signing id", journal_last(env, MINT)->secret_id, env_secret_id(env));
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

static void each_bucket_has_its_own_policy(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    expect_ok(env, op_get_token(env, server(env)));
    expect_has(env, "first policy", journal_last(env, MINT)->sts_policy, env_bucket(env));
    struct conf *c = conf_new(env);
    const char *uri = env_text(env, "cosn://%s/else", other);
    conf_set(c, "remote.data.dir", uri);
    int64_t fs = op_fs(env, "client2", c, uri);
    expect_ok(env, op_get_token(env, fs));
    const char *second = journal_last(env, MINT)->sts_policy;
    expect_has(env, "second policy", second, other);
    expect_lacks(env, "second policy", second, env_text(env, ":%s/", env_bucket(env)));
}

const struct conform_case cases_sts[] = {
    {"STS-001", "the action is GetFederationToken", "token.obtain",
     the_action_is_get_federation_token, 0},
    {"STS-002", "no role is needed", "token.obtain", no_role_is_needed, 0},
    {"STS-003", "the call is signed with the permanent key", "token.obtain",
     the_call_is_signed_with_the_permanent_key, 0},
    {"STS-004", "it asks for an hour", "token.obtain", it_asks_for_an_hour, 0},
    {"STS-005", "it sends a name", "token.obtain", it_sends_a_name, 0},
    {"STS-006", "the region is the configured one", "token.obtain",
     the_region_is_the_configured_one, 0},
    {"STS-007", "a policy is sent every time", "token.obtain", a_policy_is_sent_every_time, 0},
    {"STS-008", "the policy decodes to what was meant", "token.obtain",
     the_policy_decodes_to_what_was_meant, 0},
    {"STS-009", "the payload has the plugin's four fields", "token.obtain",
     the_payload_has_the_plugins_four_fields, 0},
    {"STS-010", "the payload is the answer of STS", "token.obtain,token.apply",
     the_payload_is_the_answer_of_sts, 0},
    {"STS-011", "validUntil is the expiry in milliseconds", "token.obtain",
     valid_until_is_the_expiry_in_milliseconds, 0},
    {"STS-012", "the token scheme is cosn", "token.obtain", the_token_scheme_is_cosn, 0},
    {"STS-013", "infos carry region and suffix", "token.obtain,token.apply",
     infos_carry_region_and_suffix, 0},
    {"STS-014", "infos carry no secret", "token.obtain", infos_carry_no_secret, 0},
    {"STS-015", "an error of STS is shown with code and request id", "token.obtain",
     an_error_of_sts_is_shown_with_code_and_request_id, 0},
    {"STS-016", "an error inside HTTP 200 is an error", "token.obtain",
     an_error_inside_http_200_is_an_error, CASE_MISSIGNED},
    {"STS-017", "an unreachable STS is a bounded error", "token.obtain",
     an_unreachable_sts_is_a_bounded_error, CASE_PROCESS_ONLY},
    {"STS-017", "a silent STS is a bounded error", "token.obtain,clock.virtual",
     a_silent_sts_is_a_bounded_error, CASE_DIRECT_ONLY},
    {"STS-017", "the configured timeout ends a silent STS", "token.obtain,clock.virtual",
     the_configured_timeout_ends_a_silent_sts, 0},
    {"STS-018", "concurrent requests are safe", "token.obtain", concurrent_requests_are_safe,
     0},
    {"STS-019", "no call before the first request", "token.obtain",
     no_call_before_the_first_request, 0},
    {"STS-020", "STS is called over verified TLS", "token.obtain",
     sts_is_called_over_verified_tls, CASE_PROCESS_ONLY},
    {"STS-021", "a broken answer is an error", "token.obtain", a_broken_answer_is_an_error, 0},
    {"STS-023", "provider only never signs empty", "token.obtain,config.providers",
     provider_only_never_signs_empty, 0},
    {"STS-024", "provider only mints with the provider's key", "token.obtain,config.providers",
     provider_only_mints_with_the_providers_key, 0},
    {"STS-026", "an expired cached token is not handed out", "token.obtain,clock.virtual",
     an_expired_cached_token_is_not_handed_out, 0},
    {"STS-027", "a token of 4 KiB survives", "token.obtain,token.apply",
     a_token_of_4_kib_survives, 0},
    {"STS-028", "each bucket has its own policy", "token.obtain",
     each_bucket_has_its_own_policy, 0},
    {0},
};
