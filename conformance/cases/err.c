/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ERR: how failures of the service reach the caller. Every fault is planted in the mock; the
 * subject's error class and the journal must both fit. Sources: error codes and statuses
 * (cos-wire.md s.1.5, s.2), the closed list of classes (drivers/PROTOCOL.md).
 */
#include "case.h"

#include "registry.h"

static int64_t fs_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static uint64_t fails(struct env *env, const char *op, int status, const char *code,
                      unsigned times)
{
    return env_fault(env, (struct cosmock_fault){.op = op,
                                                 .times = times,
                                                 .kind = COSMOCK_FAULT_REPLY,
                                                 .http_status = status,
                                                 .code = code});
}

/** Cut the rights of the caller down to nothing; only what a sub-account may do is asked. */
static int64_t fs_without_rights(struct env *env)
{
    env_use_sub_account(env);
    int64_t fs = fs_of(env);
    env_user_policy(env, /* json= */ NULL);
    return fs;
}

static void access_denied_has_its_class(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = fs_without_rights(env);
    expect_error(env, op_read(env, fs, "x"), "ACCESS_DENIED");
    expect_error(env, op_write_text(env, fs, "y", "no"), "ACCESS_DENIED");
    expect_error(env, op_list(env, fs, env_root_uri(env)), "ACCESS_DENIED");
    expect_not_stored(env, env_key(env, "y"));
}

static void exists_on_403_is_an_error(struct env *env)
{
    int64_t fs = fs_without_rights(env);
    expect_error(env, op_exists(env, fs, "x"), "ACCESS_DENIED");
}

static void exists_on_5xx_is_an_error(struct env *env)
{
    int64_t fs = fs_of(env);
    (void)fails(env, /* op= */ NULL, 500, "InternalError", 0);
    expect_error(env, op_exists(env, fs, "x"), "IO|THROTTLED|NETWORK|INTERNAL");
}

static void a_wrong_secret_is_not_retried(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.secretKey", "wrongwrongwrongwrongwrongwrongwr");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    journal_mark(env);
    expect_error(env, op_read(env, fs, "x"), "AUTH");
    expect_count_between(env, /* op= */ NULL, 1, 2);
}

static void a_refused_connection_names_the_endpoint(struct env *env)
{
    struct conf *c = conf_new(env);
    const char *host = env_text(env, "%s.%s", env_bucket(env), env_suffix(env));
    conf_unreachable(c, host);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *r = op_stat(env, fs, "x");
    expect_error(env, r, "NETWORK|TIMEOUT");
    expect_message_has(env, r, host);
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 30000);
}

/* Only virtual time is patient enough: the answer comes after an hour. */
static void a_silent_server_hits_a_timeout(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = fs_of(env);
    env_fault(env, (struct cosmock_fault){.times = 0,
                                          .kind = COSMOCK_FAULT_DELAY,
                                          .amount = 3600000});
    const struct reply *r = op_read(env, fs, "x");
    expect_error(env, r, "TIMEOUT|NETWORK");
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 900000);
}

/*
 * The key is the reference library's; who does not know it is judged in virtual time only
 * (above).
 */
static void the_configured_timeout_ends_a_silent_request(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.request.timeout", "300 ms");
    conf_set(c, "fs.cosn.maxRetries", "0");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    env_fault(env,
              (struct cosmock_fault){.times = 0, .kind = COSMOCK_FAULT_DELAY, .amount = 2000});
    expect_error(env, op_stat(env, fs, "x"), "NETWORK|TIMEOUT");
}

static void a_malformed_listing_is_an_error(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = fs_of(env);
    env_fault(env, (struct cosmock_fault){.op = "GetBucket",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_MALFORMED});
    expect_error(env, op_list(env, fs, "d"), "CORRUPT|IO");
}

static void slow_down_is_retried_with_growing_delay(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "4");
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    (void)fails(env, "HeadObject", 503, "SlowDown", 3);
    journal_mark(env);
    const struct reply *r = op_stat(env, fs, "x");
    expect_ok(env, r);
    struct journal heads = journal_of(env, "HeadObject");
    expect_i64(env, "attempts", (int64_t)heads.n, 4);
    /*
     * A virtual clock in another process reaches the mock with the reply: there the subject's
     * own time counts.
     */
    int64_t whole = env_clock_is_virtual(env) ? reply_duration_ms(r)
                                              : heads.e[3].at_unix_ms - heads.e[0].at_unix_ms;
    expect_true(env, whole > 0, "three retries without any delay");
}

static void an_error_tells_path_status_code_and_request(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = fs_without_rights(env);
    const struct reply *r = op_read_range(env, fs, "x", 0, 1);
    expect_error(env, r, "ACCESS_DENIED");
    expect_i64(env, "http_status", reply_http_status(r), 403);
    bool is_known = false;
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        is_known = is_known || strcmp(all.e[i].request_id, reply_request_id(r)) == 0;
    }
    expect_true(env, is_known, "no request had the id '%s'", reply_request_id(r));
    expect_message_has(env, r, "x");
}

static void after_a_failure_the_filesystem_works(struct env *env)
{
    int64_t fs = fs_of(env);
    (void)fails(env, "PutObject", 403, "AccessDenied", 1);
    expect_error(env, op_write_text(env, fs, "x", "one"), "ACCESS_DENIED");
    expect_not_stored(env, env_key(env, "x"));
    expect_ok(env, op_write_text(env, fs, "x", "two"));
    expect_stored_text(env, env_key(env, "x"), "two");
}

static void no_bucket_is_not_a_missing_file(struct env *env)
{
    const char *uri = env_text(env, "cosn://nobucket-%s/d", env_appid(env));
    struct conf *c = conf_new(env);
    conf_resolve(c, env_text(env, "nobucket-%s.%s", env_appid(env), env_suffix(env)));
    int64_t fs = op_fs(env, "server", c, uri);
    expect_error(env, op_list(env, fs, "/d"), "NO_BUCKET");
}

static void a_reset_during_put_is_no_success(struct env *env)
{
    int64_t fs = fs_of(env);
    env_fault(env, (struct cosmock_fault){.op = "PutObject",
                                          .times = 1,
                                          .kind = COSMOCK_FAULT_RESET});
    const struct reply *r = op_write_text(env, fs, "x", "one");
    if (reply_ok(r)) {
        expect_stored_text(env, env_key(env, "x"), "one");
    } else {
        expect_error(env, r, "NETWORK|IO");
        expect_not_stored(env, env_key(env, "x"));
    }
    env_fault(env, (struct cosmock_fault){.op = "PutObject",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_RESET});
    expect_error(env, op_write_text(env, fs, "y", "two"), "NETWORK|IO");
    expect_not_stored(env, env_key(env, "y"));
}

static void an_error_inside_a_200_complete_is_an_error(struct env *env)
{
    int64_t fs = fs_of(env);
    env_fault(env, (struct cosmock_fault){.op = "CompleteMultipartUpload",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_REPLY_200,
                                          .http_status = 200,
                                          .code = "InternalError"});
    const struct reply *r = op_write_gen(env, fs, "big", 5, 9u << 20, 1u << 20);
    expect_true(env, !reply_ok(r), "the write was reported as done");
    op_ping(env);
    expect_not_stored(env, env_key(env, "big"));
}

static void an_error_inside_a_200_copy_is_an_error(struct env *env)
{
    env_put_text(env, env_key(env, "from"), "text");
    int64_t fs = fs_of(env);
    env_fault(env, (struct cosmock_fault){.op = "PutObjectCopy",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_REPLY_200,
                                          .http_status = 200,
                                          .code = "InternalError"});
    const struct reply *r = op_rename(env, fs, "from", "to");
    expect_true(env, !reply_ok(r), "the rename was reported as done");
    op_ping(env);
    expect_stored_text(env, env_key(env, "from"), "text");
}

static void a_missing_token_is_an_auth_error(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = fs_of(env);
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    struct conf *c =
        conf_new(env); /* the temporary pair as if it were permanent: no token is sent */
    conf_set(c, "fs.cosn.userinfo.secretId", token_field(env, token, "access_key_id"));
    conf_set(c, "fs.cosn.userinfo.secretKey", token_field(env, token, "access_key_secret"));
    int64_t fs = op_fs(env, "client", c, env_root_uri(env));
    journal_mark(env);
    expect_error(env, op_read(env, fs, "x"), "AUTH|ACCESS_DENIED");
    expect_str(env, "token state", journal_last(env, /* op= */ NULL)->token, "missing");
}

const struct conform_case cases_err[] = {
    {"ERR-001", "AccessDenied has its class", "fs", access_denied_has_its_class, 0},
    {"ERR-002", "exists on 403 is an error", "fs", exists_on_403_is_an_error, 0},
    {"ERR-003", "exists on 5xx is an error", "fs", exists_on_5xx_is_an_error, 0},
    {"ERR-004", "a wrong secret is not retried", "fs", a_wrong_secret_is_not_retried, 0},
    {"ERR-005", "a refused connection names the endpoint", "fs",
     a_refused_connection_names_the_endpoint, CASE_PROCESS_ONLY},
    {"ERR-006", "a silent server hits a timeout", "fs,clock.virtual",
     a_silent_server_hits_a_timeout, CASE_DIRECT_ONLY},
    {"ERR-006", "the configured timeout ends a silent request", "fs,clock.virtual",
     the_configured_timeout_ends_a_silent_request, 0},
    {"ERR-007", "a malformed listing is an error", "fs", a_malformed_listing_is_an_error, 0},
    {"ERR-008", "SlowDown is retried with growing delay", "fs",
     slow_down_is_retried_with_growing_delay, 0},
    {"ERR-009", "an error tells path, status, code and request", "fs",
     an_error_tells_path_status_code_and_request, 0},
    {"ERR-010", "after a failure the filesystem works", "fs",
     after_a_failure_the_filesystem_works, 0},
    {"ERR-011", "no bucket is not a missing file", "fs", no_bucket_is_not_a_missing_file, 0},
    {"ERR-012", "a reset during PUT is no success", "fs", a_reset_during_put_is_no_success, 0},
    {"ERR-013", "an error inside a 200 complete is an error", "fs",
     an_error_inside_a_200_complete_is_an_error, 0},
    {"ERR-014", "an error inside a 200 copy is an error", "fs",
     an_error_inside_a_200_copy_is_an_error, 0},
    {"ERR-015", "a missing token is an auth error", "fs,token.obtain",
     a_missing_token_is_an_auth_error, 0},
    {0},
};
