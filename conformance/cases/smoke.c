/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smoke group: six short cases that only fail together when the driver or the surroundings
 * are broken (conformance.md R13). They also show how a case reads.
 */
#include "case.h"

#include "registry.h"

static void write_then_read_returns_the_same_bytes(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_write_gen(env, fs, "a/f", /* seed= */ 7, 100003, /* chunk= */ 4099));
    expect_stored_gen(env, env_key(env, "a/f"), 7, 100003);
    const struct reply *r = op_read(env, fs, "a/f");
    expect_ok(env, r);
    expect_str(env, "sha256 of what was read", reply_str(r, "sha256"),
               env_gen_sha256(env, 7, 100003));
    expect_all_verified(env);
}

static void the_scheme_is_cosn(struct env *env)
{
    const struct cos_json *schemes =
        reply_json(op_call(env, "hello", "\"protocol\":1"), "schemes");
    expect_i64(env, "number of schemes", (int64_t)cos_json_count(schemes), 1);
    expect_str(env, "scheme", cos_json_str(cos_json_first(schemes)), "cosn");
    op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static void a_missing_file_is_not_found(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_error(env, op_stat(env, fs, "nowhere"), "NOT_FOUND");
}

static void objects_go_to_the_bucket_and_below_the_path(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_write_text(env, fs, "x/y", "hello"));
    const struct cosmock_entry *put = journal_last(env, "PutObject");
    expect_str(env, "bucket", put->bucket, env_bucket(env));
    expect_str(env, "key", put->key, env_key(env, "x/y"));
    expect_stored_text(env, env_key(env, "x/y"), "hello");
}

const struct conform_case cases_smoke[] = {
    {"FS-002", "write then read returns the same bytes", "fs",
     write_then_read_returns_the_same_bytes, CASE_SMOKE},
    {"PLUG-002", "the scheme is cosn", "fs", the_scheme_is_cosn, CASE_SMOKE | CASE_QUIET},
    {"FS-032", "a missing file is not found", "fs", a_missing_file_is_not_found, CASE_SMOKE},
    {"CFG-001", "objects go to the bucket and below the path", "fs",
     objects_go_to_the_bucket_and_below_the_path, CASE_SMOKE},
    {0},
};
