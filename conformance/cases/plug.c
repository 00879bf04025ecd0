/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PLUG: how the plugin is found, loaded and kept apart. The trees are made by the harness in a
 * scratch FLUSS_HOME; the artefact under test is copied into them. Sources: the page ("Install
 * COS Plugin Manually"), Fluss's PluginUtils, FileSystem and SecurityTokenReceiverRepository
 * (requirements PLUG-001..016), the C ABI (conformance.md s.3a).
 */
#include "case.h"

#include "registry.h"

#define ARTIFACT "fluss-fs-cos"

static const char *plugins_of(struct env *env, const char *home)
{
    const char *dir = env_text(env, "%s/plugins", home);
    env_make_dir(env, dir);
    return dir;
}

/** ${FLUSS_HOME}/plugins/<folder>/ with the artefact in it. */
static const char *place(struct env *env, const char *home, const char *folder)
{
    const char *dir = env_text(env, "%s/%s", plugins_of(env, home), folder);
    env_make_dir(env, dir);
    env_place_artifact(env, dir, ARTIFACT);
    return dir;
}

static void expect_schemes(struct env *env, const struct reply *loaded, const char *only)
{
    const struct cos_json *schemes = reply_json(loaded, "schemes");
    expect_i64(env, "number of schemes", (int64_t)cos_json_count(schemes), 1);
    expect_str(env, "scheme", cos_json_str(cos_json_first(schemes)), only);
}

static void expect_it_writes(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_stored_text(env, env_key(env, "a"), "one");
    expect_count(env, "PutObject", 1);
}

static void expect_no_scheme(struct env *env)
{
    journal_mark(env);
    expect_ok(env, op_configure(env, "server", conf_new(env)));
    expect_error(env, op_open(env, "server", env_root_uri(env)), "UNSUPPORTED_SCHEME");
    expect_no_traffic(env);
}

static void the_artefact_in_plugins_cos_is_found(struct env *env)
{
    const char *home = env_scratch(env, "home");
    (void)place(env, home, "cos");
    const struct reply *loaded = op_load(env, home);
    expect_ok(env, loaded);
    expect_schemes(env, loaded, "cosn");
    expect_it_writes(env);
}

static void exactly_the_scheme_cosn_is_served(struct env *env)
{
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_stored_text(env, env_key(env, "a"), "one");
    static const char *const others[] = {"cos", "oss", "s3a", "cosnx"};
    journal_mark(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(others); i++) {
        const char *uri = env_text(env, "%s://%s/x", others[i], env_bucket(env));
        expect_error(env, op_open(env, "server", uri), "UNSUPPORTED_SCHEME");
    }
    expect_no_traffic(env);
}

static void without_the_artefact_the_scheme_is_unknown(struct env *env)
{
    const char *home = env_scratch(env, "home");
    (void)plugins_of(env, home);
    expect_ok(env, op_load(env, home));
    expect_no_scheme(env);
}

static void after_copying_and_a_restart_the_scheme_resolves(struct env *env)
{
    const char *home = env_scratch(env, "home");
    (void)plugins_of(env, home);
    expect_ok(env, op_load(env, home));
    expect_no_scheme(env);
    (void)place(env, home, "cos");
    expect_ok(env, op_load(env, home));
    expect_it_writes(env);
}

static void another_folder_name_loads_too(struct env *env)
{
    const char *home = env_scratch(env, "home");
    (void)place(env, home, "tencent-cos");
    expect_ok(env, op_load(env, home));
    expect_it_writes(env);
}

static void an_empty_plugin_folder_is_a_start_up_error(struct env *env)
{
    const char *home = env_scratch(env, "home");
    const char *folder = env_text(env, "%s/cos", plugins_of(env, home));
    env_make_dir(env, folder);
    journal_mark(env);
    const struct reply *r = op_load(env, home);
    expect_error(env, r, "CONFIG");
    expect_message_has(env, r, folder);
    expect_no_traffic(env);
}

static void other_files_in_the_folder_are_ignored(struct env *env)
{
    const char *home = env_scratch(env, "home");
    const char *folder = place(env, home, "cos");
    env_place_file(env, folder, "README.txt", "read me\n");
    const char *file = env_artifact_file(env, ARTIFACT);
    env_place_file(env, folder, env_text(env, "%s.sha256", file),
                   env_text(env, "0000  %s\n", file));
    env_place_file(env, folder, env_text(env, "%s.bak", env_artifact_file(env, "notes")),
                   "no object file\n");
    expect_ok(env, op_load(env, home));
    expect_it_writes(env);
}

static void the_environment_names_the_plugins_directory(struct env *env)
{
    const char *home = env_scratch(env, "elsewhere");
    (void)place(env, home, "cos");
    const char *dir = env_text(env, "\"plugins_dir\":\"%s/plugins\"", home);
    expect_ok(env, op_call(env, "load", dir));
    expect_it_writes(env);
}

static void a_missing_plugins_directory_is_no_crash(struct env *env)
{
    expect_ok(env, op_load(env, env_scratch(env, "home")));
    op_ping(env);
    expect_no_scheme(env);
}

static void a_token_of_another_scheme_is_refused(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = op_fs(env, "server", conf_new(env), env_root_uri(env));
    const struct reply *first = op_get_token(env, server);
    const struct reply *second = op_get_token(env, server);
    expect_ok(env, first);
    expect_ok(env, second);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", first));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    const struct reply *r =
        op_apply_token_raw(env, "client", "oss", token_payload(env, second),
                           reply_i64(second, "valid_until_ms"), /* infos_json= */ NULL);
    expect_error(env, r, "UNSUPPORTED_SCHEME|INVALID_ARG|UNSUPPORTED|CONFIG");
    journal_mark(env);
    expect_ok(env, op_read(env, reply_i64(opened, "fs"), "x"));
    expect_signed_by(env, token_field(env, first, "access_key_id"));
}

static void two_plugins_for_one_scheme_are_refused(struct env *env)
{
    const char *home = env_scratch(env, "home");
    (void)place(env, home, "cos");
    (void)place(env, home, "cos-copy");
    expect_error(env, op_load(env, home), "CONFIG|ALREADY_EXISTS");
}

static void an_unknown_abi_is_refused(struct env *env)
{
    expect_error(env, op_load_abi(env, 99), "ABI");
    expect_error(env, op_load_abi(env, 0), "ABI");
}

/*
 * The driver lends a status that ends in the middle and guards what follows (member struct_size
 * of stat).
 */
static void a_smaller_struct_is_not_overrun(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    static const unsigned sizes[] = {4, 8, 16, 24, 32};
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        const struct reply *r =
            op_call(env, "stat",
                    env_text(env, "\"fs\":%lld,\"path\":\"x\",\"struct_size\":%u",
                             (long long)fs, sizes[i]));
        expect_ok(env, r);
        if (reply_json(r, "clean") == NULL) {
            case_skip(env, "the driver lends no structs");
        }
        expect_true(env, reply_bool(r, "clean"), "a struct of %u bytes was overrun", sizes[i]);
    }
}

static void a_broken_neighbour_does_no_harm(struct env *env)
{
    const char *home = env_scratch(env, "home");
    const char *broken = env_text(env, "%s/broken", plugins_of(env, home));
    env_make_dir(env, broken);
    env_place_file(env, broken, env_artifact_file(env, "broken"), "this is no object file\n");
    (void)place(env, home, "cos");
    expect_ok(env, op_load(env, home));
    expect_it_writes(env);
}

static void loading_and_opening_send_nothing(struct env *env)
{
    journal_mark(env);
    (void)op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_no_traffic(env);
}

static void two_buckets_do_not_mix(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    struct conf *c = conf_new(env);
    expect_ok(env, op_configure(env, "server", c));
    const struct reply *first = op_open(env, "server", env_root_uri(env));
    const struct reply *second = op_open(env, "server", env_text(env, "cosn://%s/", other));
    expect_ok(env, first);
    expect_ok(env, second);
    expect_ok(env, op_write_text(env, reply_i64(first, "fs"), "/a", "one"));
    expect_ok(env, op_write_text(env, reply_i64(second, "fs"), "/a", "two"));
    expect_stored_text(env, "a", "one");
    struct journal puts = journal_of(env, "PutObject");
    expect_i64(env, "number of uploads", (int64_t)puts.n, 2);
    expect_str(env, "bucket of the first", puts.e[0].bucket, env_bucket(env));
    expect_str(env, "bucket of the second", puts.e[1].bucket, other);
    expect_has(env, "Host of the second", puts.e[1].host, other);
}

static void a_new_configuration_takes_effect(struct env *env)
{
    int64_t before = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_ok(env, op_write_text(env, before, "a", "one"));
    const char *old = env_secret_id(env);
    env_use_sub_account(env);
    int64_t after = op_fs(env, "server", conf_new(env), env_root_uri(env));
    journal_mark(env);
    expect_ok(env, op_write_text(env, after, "a", "two"));
    expect_signed_by(env, env_secret_id(env));
    expect_true(env, strcmp(old, env_secret_id(env)) != 0, "there is only one key");
}

const struct conform_case cases_plug[] = {
    {"PLUG-001", "the artefact in plugins/cos is found", NULL,
     the_artefact_in_plugins_cos_is_found, CASE_OWN_LOADING},
    {"PLUG-002", "exactly the scheme cosn is served", "fs", exactly_the_scheme_cosn_is_served,
     0},
    {"PLUG-003", "without the artefact the scheme is unknown", NULL,
     without_the_artefact_the_scheme_is_unknown, CASE_OWN_LOADING},
    {"PLUG-004", "after copying and a restart the scheme resolves", NULL,
     after_copying_and_a_restart_the_scheme_resolves, CASE_OWN_LOADING | CASE_FRESH_PROCESS},
    {"PLUG-005", "another folder name loads too", NULL, another_folder_name_loads_too,
     CASE_OWN_LOADING},
    {"PLUG-006", "an empty plugin folder is a start-up error", NULL,
     an_empty_plugin_folder_is_a_start_up_error, CASE_OWN_LOADING},
    {"PLUG-007", "other files in the folder are ignored", NULL,
     other_files_in_the_folder_are_ignored, CASE_OWN_LOADING},
    {"PLUG-008", "the environment names the plugins directory", NULL,
     the_environment_names_the_plugins_directory, CASE_OWN_LOADING},
    {"PLUG-009", "a missing plugins directory is no crash", NULL,
     a_missing_plugins_directory_is_no_crash, CASE_OWN_LOADING},
    {"PLUG-010", "a token of another scheme is refused", "fs,token.obtain,token.apply",
     a_token_of_another_scheme_is_refused, 0},
    {"PLUG-011", "two plugins for one scheme are refused", NULL,
     two_plugins_for_one_scheme_are_refused, CASE_OWN_LOADING},
    {"PLUG-012", "an unknown ABI is refused", NULL, an_unknown_abi_is_refused, 0},
    {"PLUG-012", "a smaller struct is not overrun", "fs", a_smaller_struct_is_not_overrun, 0},
    {"PLUG-013", "a broken neighbour does no harm", NULL, a_broken_neighbour_does_no_harm,
     CASE_OWN_LOADING},
    {"PLUG-014", "loading and opening send nothing", "fs", loading_and_opening_send_nothing, 0},
    {"PLUG-015", "two buckets do not mix", "fs", two_buckets_do_not_mix, 0},
    {"PLUG-016", "a new configuration takes effect", "fs", a_new_configuration_takes_effect, 0},
    {0},
};
