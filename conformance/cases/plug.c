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

static bool is_unsupported(const struct reply *r)
{
    return !reply_ok(r) && strcmp(reply_class(r), "UNSUPPORTED") == 0;
}

/**
 * False: this driver was started with its subject and searches for none, so there is nothing to
 * ask. One whose product has a search of its own is asked.
 */
static bool can_search(struct env *env)
{
    if (env_loader_is_product(env) ||
        !is_unsupported(op_call(env, "load", /* members_json= */ NULL))) {
        return true;
    }
    case_harness(env, "the driver searches for no plugin");
    return false;
}

/**
 * Where the search for a plugin is the judge's own it says nothing of the subject: the end of
 * every case about it that went well.
 */
static void end_of_search(struct env *env)
{
    if (!env_loader_is_product(env)) {
        case_harness(env, "the search for plugins is the judge's own");
    }
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
    if (!can_search(env)) {
        return;
    }
    const char *home = env_scratch(env, "home");
    (void)place(env, home, "cos");
    const struct reply *loaded = op_load(env, home);
    expect_ok(env, loaded);
    expect_schemes(env, loaded, "cosn");
    expect_it_writes(env);
    end_of_search(env);
}

static void exactly_the_scheme_cosn_is_served(struct env *env)
{
    static const char *const others[] = {"cos", "oss", "s3a", "cosnx", "COSN2"};
    const struct reply *loaded = op_call(env, "load", /* members_json= */ NULL);
    if (!is_unsupported(loaded)) {
        expect_ok(env, loaded);
        expect_schemes(env, loaded, "cosn");
    }
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    control_ok(env, op_write_text(env, fs, "a", "one"));
    expect_stored_text(env, env_key(env, "a"), "one");
    journal_mark(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(others); i++) {
        const char *uri = env_text(env, "%s://%s/x", others[i], env_bucket(env));
        expect_error(env, op_open(env, "server", uri), "UNSUPPORTED_SCHEME");
    }
    expect_no_traffic(env);
}

static void without_the_artefact_the_scheme_is_unknown(struct env *env)
{
    if (!can_search(env)) {
        return;
    }
    const char *home = env_scratch(env, "home");
    (void)plugins_of(env, home);
    expect_ok(env, op_load(env, home));
    expect_no_scheme(env);
    end_of_search(env);
}

static void after_copying_and_a_restart_the_scheme_resolves(struct env *env)
{
    if (!can_search(env)) {
        return;
    }
    const char *home = env_scratch(env, "home");
    (void)plugins_of(env, home);
    expect_ok(env, op_load(env, home));
    expect_no_scheme(env);
    (void)place(env, home, "cos");
    expect_ok(env, op_load(env, home));
    expect_it_writes(env);
    end_of_search(env);
}

static void another_folder_name_loads_too(struct env *env)
{
    if (!can_search(env)) {
        return;
    }
    const char *home = env_scratch(env, "home");
    (void)place(env, home, "tencent-cos");
    expect_ok(env, op_load(env, home));
    expect_it_writes(env);
    end_of_search(env);
}

static void an_empty_plugin_folder_is_a_start_up_error(struct env *env)
{
    if (!can_search(env)) {
        return;
    }
    const char *home = env_scratch(env, "home");
    const char *folder = env_text(env, "%s/cos", plugins_of(env, home));
    env_make_dir(env, folder);
    journal_mark(env);
    const struct reply *r = op_load(env, home);
    expect_error(env, r, "CONFIG");
    expect_message_has(env, r, folder);
    expect_no_traffic(env);
    end_of_search(env);
}

static void other_files_in_the_folder_are_ignored(struct env *env)
{
    if (!can_search(env)) {
        return;
    }
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
    end_of_search(env);
}

static void the_environment_names_the_plugins_directory(struct env *env)
{
    if (!can_search(env)) {
        return;
    }
    const char *home = env_scratch(env, "elsewhere");
    (void)place(env, home, "cos");
    const char *dir = env_text(env, "\"plugins_dir\":\"%s/plugins\"", home);
    expect_ok(env, op_call(env, "load", dir));
    expect_it_writes(env);
    end_of_search(env);
}

static void a_missing_plugins_directory_is_no_crash(struct env *env)
{
    if (!can_search(env)) {
        return;
    }
    expect_ok(env, op_load(env, env_scratch(env, "home")));
    op_ping(env);
    expect_no_scheme(env);
    end_of_search(env);
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
    control_ok(env, op_apply_token(env, "client", first));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    static const char *const others[] = {"oss", "cos", "cosn2", ""};
    for (size_t i = 0; i < COS_ARRAY_LEN(others); i++) {
        const struct reply *r =
            op_apply_token_raw(env, "client", others[i], token_payload(env, second),
                               reply_i64(second, "valid_until_ms"), /* infos_json= */ NULL);
        expect_error(env, r, "UNSUPPORTED_SCHEME|INVALID_ARG|UNSUPPORTED|CONFIG");
    }
    journal_mark(env);
    /* Whether the service takes the token is CRED-014's matter: here it is whose it is. */
    (void)op_read(env, reply_i64(opened, "fs"), "x");
    op_ping(env);
    expect_signed_by(env, token_field(env, first, "access_key_id"));
}

/* Fluss finds receivers on the class path, not below plugins/: it cannot be asked this way. */
static void two_plugins_for_one_scheme_are_refused(struct env *env)
{
    if (env_loader_is_product(env)) {
        case_skip(env, "the product's search for receivers is not that for plugins");
    }
    if (!can_search(env)) {
        return;
    }
    const char *home = env_scratch(env, "home");
    (void)place(env, home, "cos");
    (void)place(env, home, "cos-copy");
    expect_error(env, op_load(env, home), "CONFIG|ALREADY_EXISTS");
    end_of_search(env);
}

static void expect_c(struct env *env)
{
    const char *language = env_language(env);
    if (language[0] != '\0' && strcmp(language, "c") != 0) {
        case_lacking(env, "abi");
    }
}

static void an_unknown_abi_is_refused(struct env *env)
{
    expect_c(env);
    control_ok(env, op_load_abi(env, 1));
    expect_error(env, op_load_abi(env, 99), "ABI");
    expect_error(env, op_load_abi(env, 2), "ABI");
    expect_error(env, op_load_abi(env, 0), "ABI");
}

/*
 * The driver lends a status that ends in the middle and guards what follows (member struct_size
 * of stat).
 */
static void a_smaller_struct_is_not_overrun(struct env *env)
{
    expect_c(env);
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

/* Of the host's struct, too, only what the host knew of has a meaning. */
static void an_older_host_is_served(struct env *env)
{
    expect_c(env);
    struct conf *c = conf_new(env);
    conf_abi_minor(c, 1);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_stored_text(env, env_key(env, "a"), "one");
}

static void a_broken_neighbour_does_no_harm(struct env *env)
{
    if (!can_search(env)) {
        return;
    }
    const char *home = env_scratch(env, "home");
    const char *broken = env_text(env, "%s/broken", plugins_of(env, home));
    env_make_dir(env, broken);
    env_place_file(env, broken, env_artifact_file(env, "broken"), "this is no object file\n");
    (void)place(env, home, "cos");
    expect_ok(env, op_load(env, home));
    expect_it_writes(env);
    end_of_search(env);
}

static void loading_and_opening_send_nothing(struct env *env)
{
    journal_mark(env);
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    expect_no_traffic(env);
    expect_ok(env, op_exists(env, fs, "x"));
    expect_true(env, journal_count(env, /* op= */ NULL) > 0, "the first look sends nothing");
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

/* Either refused or done where it says; never in the bucket that is open. */
static void a_uri_of_another_bucket_is_not_taken_for_this_one(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    const char *there = env_text(env, "cosn://%s/x", other);
    env_put_text(env, "y", "of the first bucket");
    int64_t fs = op_fs(env, "server", conf_new(env), env_root_uri(env));
    control_ok(env, op_write_text(env, fs, env_text(env, "cosn://%s/z", env_bucket(env)), "z"));
    expect_stored_text(env, "z", "z");
    journal_mark(env);
    const struct reply *r = op_write_text(env, fs, there, "two");
    expect_not_stored(env, "x");
    if (reply_ok(r)) {
        expect_str(env, "bucket", journal_last(env, "PutObject")->bucket, other);
    } else {
        expect_error(env, r, "INVALID_ARG|UNSUPPORTED|CONFIG|NOT_FOUND|IO");
    }
    r = op_read_text(env, fs, env_text(env, "cosn://%s/y", other));
    expect_true(env, !reply_ok(r), "a file of another bucket was read from this one");
    op_ping(env);
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

/* They load by themselves, and ask for nothing where nobody searches. */
#define SEARCH (CASE_OWN_LOADING | CASE_QUIET)

const struct conform_case cases_plug[] = {
    {"PLUG-001", "the artefact in plugins/cos is found", NULL,
     the_artefact_in_plugins_cos_is_found, SEARCH},
    {"PLUG-002", "exactly the scheme cosn is served", "fs", exactly_the_scheme_cosn_is_served,
     0},
    {"PLUG-003", "without the artefact the scheme is unknown", NULL,
     without_the_artefact_the_scheme_is_unknown, SEARCH},
    {"PLUG-004", "after copying and a restart the scheme resolves", NULL,
     after_copying_and_a_restart_the_scheme_resolves, SEARCH | CASE_FRESH_PROCESS},
    {"PLUG-005", "another folder name loads too", NULL, another_folder_name_loads_too, SEARCH},
    {"PLUG-006", "an empty plugin folder is a start-up error", NULL,
     an_empty_plugin_folder_is_a_start_up_error, SEARCH},
    {"PLUG-007", "other files in the folder are ignored", NULL,
     other_files_in_the_folder_are_ignored, SEARCH},
    {"PLUG-008", "the environment names the plugins directory", NULL,
     the_environment_names_the_plugins_directory, SEARCH},
    {"PLUG-009", "a missing plugins directory is no crash", NULL,
     a_missing_plugins_directory_is_no_crash, SEARCH},
    {"PLUG-010", "a token of another scheme is refused", "fs,token.obtain,token.apply",
     a_token_of_another_scheme_is_refused, 0},
    {"PLUG-011", "two plugins for one scheme are refused", NULL,
     two_plugins_for_one_scheme_are_refused, SEARCH},
    {"PLUG-012", "an unknown ABI is refused", NULL, an_unknown_abi_is_refused, 0},
    {"PLUG-012", "a smaller struct is not overrun", "fs", a_smaller_struct_is_not_overrun, 0},
    {"PLUG-012", "an older host is served", "fs", an_older_host_is_served, 0},
    {"PLUG-013", "a broken neighbour does no harm", NULL, a_broken_neighbour_does_no_harm,
     SEARCH},
    {"PLUG-014", "loading and opening send nothing", "fs", loading_and_opening_send_nothing, 0},
    {"PLUG-015", "two buckets do not mix", "fs", two_buckets_do_not_mix, 0},
    {"PLUG-016", "a new configuration takes effect", "fs", a_new_configuration_takes_effect, 0},
    {"PLUG-017", "a URI of another bucket is not taken for this one", "fs",
     a_uri_of_another_bucket_is_not_taken_for_this_one, 0},
    {0},
};
