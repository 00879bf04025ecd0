/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FS, status and lists: what is a file, what is a directory, and that a list is complete at
 * every page boundary. A directory is a common prefix, a marker object, or both. Sources:
 * Fluss's FileSystemBehaviorTestSuite (fluss-plugin.md s.9), hadoop-cos (s.6.5), list paging
 * (cos-wire.md s.2.1).
 */
#include "case.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "registry.h"

static int64_t fs_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static void expect_dir(struct env *env, int64_t fs, const char *path)
{
    const struct reply *st = op_stat(env, fs, path);
    expect_ok(env, st);
    expect_true(env, reply_bool(st, "is_dir"), "'%s' is no directory", path);
}

/* ---- status ---- */

static void exists_tells_file_from_nothing(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = fs_of(env);
    static const struct {
        const char *path;
        bool exists;
    } rows[] = {{"d/x", true}, {"d", true}, {"d/y", false}, {"e", false}, {"d/x/y", false}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct reply *r = op_exists(env, fs, rows[i].path);
        expect_ok(env, r);
        expect_true(env, reply_bool(r, "exists") == rows[i].exists, "exists('%s') is wrong",
                    rows[i].path);
    }
}

static void the_status_of_a_file_has_length_and_time(struct env *env)
{
    int64_t when_ms = INT64_C(1700000000000);
    cosmock_clock_freeze(env_tenant(env), COSMOCK_CLOCK_MODIFICATION, when_ms);
    env_put_gen(env, env_key(env, "f"), 3, 12345);
    int64_t fs = fs_of(env);
    const struct reply *st = op_stat(env, fs, "f");
    expect_ok(env, st);
    expect_i64(env, "length", reply_i64(st, "len"), 12345);
    expect_true(env, !reply_bool(st, "is_dir"), "a file is shown as a directory");
    expect_i64(env, "modification time in ms", reply_i64(st, "mtime_ms"), when_ms);
    const struct reply *list = op_list(env, fs, env_root_uri(env));
    static const char *const names[] = {"f"};
    expect_listing(env, list, names, 1);
    const struct cos_json *entry = cos_json_first(reply_json(list, "entries"));
    int64_t len = -1, listed_ms = -1;
    (void)cos_json_i64(cos_json_get(entry, "len"), &len);
    expect_i64(env, "length in the list", len, 12345);
    (void)cos_json_i64(cos_json_get(entry, "mtime_ms"), &listed_ms);
    expect_i64(env, "modification time in the list, ms", listed_ms, when_ms);
}

static void the_status_of_nothing_is_not_found(struct env *env)
{
    env_put_text(env, env_key(env, "somewhere"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_stat(env, fs, "somewhere"));
    expect_error(env, op_stat(env, fs, "somewhere/else"), "NOT_FOUND|NOT_DIR");
    expect_error(env, op_stat(env, fs, "somewher"), "NOT_FOUND");
    expect_error(env, op_stat(env, fs, "nowhere"), "NOT_FOUND");
    expect_error(env, op_stat(env, fs, "no/where/at/all"), "NOT_FOUND");
}

/* Of 850 bytes is the longest key; of a directory the slash at its end counts. */
static void too_long_a_path_is_not_there(struct env *env)
{
    static const size_t sizes[] = {ENV_KEY_MOST, ENV_KEY_MOST + 1, 2 * ENV_KEY_MOST};
    static const char *const names[] = {"x"};
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_stat(env, fs, "d"));
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        const char *path = env_long_path(env, "d/", sizes[i]);
        expect_error(env, op_stat(env, fs, path), "NOT_FOUND|INVALID_ARG|IO");
        expect_error(env, op_list(env, fs, path), "NOT_FOUND|INVALID_ARG|IO");
        expect_error(env, op_read(env, fs, path), "NOT_FOUND|INVALID_ARG|IO");
        const struct reply *r = op_exists(env, fs, path);
        expect_true(env, !reply_ok(r) || !reply_bool(r, "exists"), "a path of %zu bytes exists",
                    sizes[i]);
    }
    expect_listing(env, op_list(env, fs, "d"), names, 1);
}

static void a_common_prefix_is_a_directory(struct env *env)
{
    env_put_text(env, env_key(env, "d/sub/x"), "text");
    int64_t fs = fs_of(env);
    expect_dir(env, fs, "d");
    expect_dir(env, fs, "d/sub");
}

static void a_marker_is_an_empty_directory(struct env *env)
{
    env_put_text(env, env_key(env, "d/"), "");
    int64_t fs = fs_of(env);
    expect_dir(env, fs, "d");
    expect_listing(env, op_list(env, fs, "d"), /* names= */ NULL, 0);
    static const char *const names[] = {"d/"};
    expect_listing(env, op_list(env, fs, env_root_uri(env)), names, 1);
}

static void a_longer_name_makes_no_directory(struct env *env)
{
    env_put_text(env, env_key(env, "a/bc"), "text");
    env_put_text(env, env_key(env, "a/bd/x"), "text");
    int64_t fs = fs_of(env);
    expect_error(env, op_stat(env, fs, "a/b"), "NOT_FOUND");
    expect_ok(env, op_stat(env, fs, "a/bc"));
    expect_dir(env, fs, "a/bd");
}

static void the_root_is_always_a_directory(struct env *env)
{
    int64_t fs =
        op_fs(env, "server", conf_new(env), env_text(env, "cosn://%s/", env_bucket(env)));
    expect_dir(env, fs, "/");
    expect_listing(env, op_list(env, fs, "/"), /* names= */ NULL, 0);
    const struct reply *r = op_exists(env, fs, "/");
    expect_ok(env, r);
    expect_true(env, reply_bool(r, "exists"), "the root does not exist");
}

/* ---- lists ---- */

static void a_list_has_direct_children_only(struct env *env)
{
    static const char *const keys[] = {"d/x", "d/y", "d/sub/z", "d/sub/deep/w", "other/v"};
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        env_put_text(env, env_key(env, keys[i]), "text");
    }
    int64_t fs = fs_of(env);
    static const char *const names[] = {"x", "y", "sub/"};
    expect_listing(env, op_list(env, fs, "d"), names, COS_ARRAY_LEN(names));
    struct journal lists = journal_of(env, "GetBucket");
    bool has_delimiter = false;
    for (size_t i = 0; i < lists.n; i++) {
        has_delimiter = has_delimiter || strstr(lists.e[i].target, "delimiter=%2F") != NULL ||
                        strstr(lists.e[i].target, "delimiter=/") != NULL;
    }
    expect_true(env, has_delimiter, "no list was asked for with the delimiter '/'");
}

/* The root has no prefix of its own, and is not empty because of that. */
static void the_root_lists_its_children(struct env *env)
{
    env_put_text(env, "x", "text");
    env_put_text(env, "d/y", "text");
    int64_t fs =
        op_fs(env, "server", conf_new(env), env_text(env, "cosn://%s/", env_bucket(env)));
    static const char *const names[] = {"x", "d/"};
    expect_listing(env, op_list(env, fs, "/"), names, COS_ARRAY_LEN(names));
}

static void a_list_omits_the_directory_itself(struct env *env)
{
    env_put_text(env, env_key(env, "d/"), "");
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "d/sub/"), "");
    int64_t fs = fs_of(env);
    static const char *const names[] = {"x", "sub/"};
    expect_listing(env, op_list(env, fs, "d"), names, COS_ARRAY_LEN(names));
}

static void a_list_of_a_file_is_the_file(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    const struct reply *r = op_list(env, fs_of(env), "d/x");
    static const char *const names[] = {"x"};
    expect_listing(env, r, names, 1);
    const struct cos_json *entry = cos_json_first(reply_json(r, "entries"));
    int64_t len = -1;
    (void)cos_json_i64(cos_json_get(entry, "len"), &len);
    expect_i64(env, "length", len, 4);
}

static void a_list_of_nothing_is_not_found(struct env *env)
{
    static const char *const names[] = {"x"};
    env_put_text(env, env_key(env, "dd/x"), "text");
    int64_t fs = fs_of(env);
    expect_listing(env, op_list(env, fs, "dd"), names, 1);
    expect_error(env, op_list(env, fs, "d"), "NOT_FOUND");
}

static void a_list_of_an_empty_directory_is_empty(struct env *env)
{
    env_put_text(env, env_key(env, "d/"), "");
    env_put_text(env, env_key(env, "dd/x"), "text");
    int64_t fs = fs_of(env);
    expect_listing(env, op_list(env, fs, "d"), /* names= */ NULL, 0);
    expect_ok(env, op_mkdirs(env, fs, "made"));
    expect_listing(env, op_list(env, fs, "made"), /* names= */ NULL, 0);
}

static void all_of_2500_children_are_listed(struct env *env)
{
    env_put_many(env, env_key(env, "d/f"), "", 2500);
    int64_t fs = fs_of(env);
    journal_mark(env);
    expect_listing_many(env, op_list(env, fs, "d"), env_key(env, "d/f"), "", 2500);
    /* No page holds more than 1000. */
    expect_true(env, journal_count(env, "GetBucket") >= 3,
                "2500 children in less than 3 pages");
}

static void page_boundaries_lose_nothing(struct env *env)
{
    int64_t fs = fs_of(env);
    for (unsigned n = 998; n <= 1002; n++) {
        const char *dir = env_text(env, "d%u", n);
        const char *prefix = env_key(env, env_text(env, "%s/f", dir));
        env_put_many(env, prefix, "", n);
        expect_listing_many(env, op_list(env, fs, dir), prefix, "", n);
    }
}

/* The marker of the directory is the first key of its first page, and no child. */
static void page_boundaries_behind_a_marker_lose_nothing(struct env *env)
{
    int64_t fs = fs_of(env);
    for (unsigned n = 998; n <= 1001; n++) {
        const char *dir = env_text(env, "d%u", n);
        env_put_text(env, env_key(env, env_text(env, "%s/", dir)), "");
        const char *prefix = env_key(env, env_text(env, "%s/s", dir));
        env_put_many(env, prefix, "/x", n);
        expect_listing_many(env, op_list(env, fs, dir), prefix, "/x", n);
    }
}

/*
 * The drivers' digest over the sorted paths, each followed by a newline (subject_fs.c,
 * conformance.md s.3b). @start: "/", or what whole URIs begin with.
 */
static const char *digest_of_paths(struct env *env, const char *start,
                                   const char *const prefixes[], unsigned n)
{
    struct cos_digest d = {0};
    if (!cos_digest_init(&d, COS_SHA256)) {
        case_error(env, "no memory");
    }
    for (size_t k = 0; k < 2; k++) {
        for (unsigned i = 0; i < n; i++) {
            const char *line = env_text(env, "%s%s%05u\n", start, env_key(env, prefixes[k]), i);
            cos_digest_update(&d, line, strlen(line));
        }
    }
    uint8_t sum[COS_DIGEST_MAX_BYTES];
    char hex[2 * COS_DIGEST_MAX_BYTES + 1];
    cos_hex_encode(hex, sum, cos_digest_final(&d, sum));
    cos_digest_deinit(&d);
    return env_text(env, "%s", hex);
}

static void files_and_directories_page_together(struct env *env)
{
    static const char *const prefixes[] = {"d/f", "d/s"};
    env_put_many(env, env_key(env, prefixes[0]), "", 1500);
    env_put_many(env, env_key(env, prefixes[1]), "/x", 1500);
    const struct reply *r = op_list(env, fs_of(env), "d");
    expect_ok(env, r);
    expect_i64(env, "number of entries", reply_i64(r, "count"), 3000);
    /* Paths are absolute in the bucket, or whole URIs: both are correct. */
    const char *got = reply_str(r, "sha256_of_sorted_paths");
    const char *whole = env_text(env, "cosn://%s/", env_bucket(env));
    expect_true(env,
                strcmp(got, digest_of_paths(env, "/", prefixes, 1500)) == 0 ||
                    strcmp(got, digest_of_paths(env, whole, prefixes, 1500)) == 0,
                "the list has 3000 entries, but not the ones in the store");
}

/* Each page but the first is asked for by such a name, where the one before it ended. */
static void awkward_names_page_completely(struct env *env)
{
    static const char *const words[] = {"a b+c%", "%41#&<\xe4\xb8\xad>"};
    int64_t fs = fs_of(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        const char *dir = env_text(env, "%s d", words[i]);
        const char *files = env_key(env, env_text(env, "%s/%s", dir, words[i]));
        env_put_many(env, files, "", 1001);
        journal_mark(env);
        expect_listing_many(env, op_list(env, fs, dir), files, "", 1001);
        expect_true(env, journal_count(env, "GetBucket") >= 2, "1001 children in one page");
    }
}

static void awkward_names_survive_list_and_open(struct env *env)
{
    static const char *const names[] = {
        "a b",
        "a+b",
        "100%",
        "%41",
        "a#b",
        "why?",
        "x&y=<z>",
        "\"q\"",
        "~t'(!)*",
        "\xe4\xb8\xad\xe6\x96\x87",
        "\xc3\xa9\xf0\x9f\x98\x80",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        env_put_text(env, env_key(env, env_text(env, "d/%s", names[i])), names[i]);
    }
    int64_t fs = fs_of(env);
    expect_listing(env, op_list(env, fs, "d"), names, COS_ARRAY_LEN(names));
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const struct reply *r = op_read_text(env, fs, env_text(env, "d/%s", names[i]));
        expect_ok(env, r);
        expect_str(env, "text", reply_str(r, "text"), names[i]);
    }
}

static void the_longest_name_survives_list_and_open(struct env *env)
{
    const char *path = env_long_path(env, "d/", ENV_KEY_MOST);
    const char *name = path + strlen("d/");
    env_put_text(env, env_key(env, path), "text");
    int64_t fs = fs_of(env);
    expect_listing(env, op_list(env, fs, "d"), &name, 1);
    expect_listing(env, op_list(env, fs, path), &name, 1);
    const struct reply *st = op_stat(env, fs, path);
    expect_ok(env, st);
    expect_i64(env, "length", reply_i64(st, "len"), 4);
    const struct reply *r = op_read_text(env, fs, path);
    expect_ok(env, r);
    expect_str(env, "text", reply_str(r, "text"), "text");
}

/*
 * A host goes on with what it was listed. Whether that is "/a/b" or a whole URI is the
 * language's affair; a relative path leads nowhere.
 */
static void listed_paths_lead_back(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "d/a b"), "text");
    env_put_text(env, env_key(env, "d/sub/y"), "text");
    int64_t fs = fs_of(env);
    static const char *const names[] = {"x", "a b", "sub/"};
    const struct reply *list = op_list(env, fs, "d");
    expect_listing(env, list, names, COS_ARRAY_LEN(names));
    const char *plain = env_text(env, "/%s", env_key(env, "d/"));
    const char *whole = env_text(env, "cosn://%s%s", env_bucket(env), plain);
    for (const struct cos_json *e = cos_json_first(reply_json(list, "entries")); e != NULL;
         e = cos_json_next(e)) {
        const char *path = env_text(env, "%s", cos_json_str(cos_json_get(e, "path")));
        expect_true(env,
                    strncmp(path, plain, strlen(plain)) == 0 ||
                        strncmp(path, whole, strlen(whole)) == 0,
                    "the path '%s' of the list is neither absolute nor a whole URI", path);
        bool is_dir = cos_json_bool(cos_json_get(e, "is_dir"), false);
        const struct reply *st = op_stat(env, fs, path);
        expect_ok(env, st);
        expect_true(env, reply_bool(st, "is_dir") == is_dir, "'%s' leads to something else",
                    path);
    }
}

/* ---- mkdirs ---- */

static void mkdirs_makes_a_directory(struct env *env)
{
    int64_t fs = fs_of(env);
    const struct reply *r = op_mkdirs(env, fs, "d");
    expect_ok(env, r);
    expect_true(env, reply_bool(r, "result"), "mkdirs did not answer true");
    expect_dir(env, fs, "d");
    static const char *const names[] = {"d/"};
    expect_listing(env, op_list(env, fs, env_root_uri(env)), names, 1);
}

/*
 * There is no marker for such a directory, and to say it was made is no help. Those of its
 * parents may have been made by then.
 */
static void mkdirs_of_too_long_a_path_is_no_success(struct env *env)
{
    static const size_t sizes[] = {ENV_KEY_MOST, ENV_KEY_MOST + 1, 2 * ENV_KEY_MOST};
    int64_t fs = fs_of(env);
    const char *longest = env_long_path(env, "a/", ENV_KEY_MOST - 1);
    control_ok(env, op_mkdirs(env, fs, longest));
    expect_dir(env, fs, longest);
    for (size_t i = 0; i < COS_ARRAY_LEN(sizes); i++) {
        const char *path = env_long_path(env, "d/", sizes[i]);
        expect_refused(env, op_mkdirs(env, fs, path), "INVALID_ARG|NOT_FOUND|IO");
    }
    expect_dir(env, fs, longest);
}

static void mkdirs_makes_the_parents_visible(struct env *env)
{
    int64_t fs = fs_of(env);
    expect_ok(env, op_mkdirs(env, fs, "a/b/c"));
    expect_dir(env, fs, "a");
    expect_dir(env, fs, "a/b");
    expect_dir(env, fs, "a/b/c");
    static const char *const names[] = {"b/"}, *const deeper[] = {"c/"};
    expect_listing(env, op_list(env, fs, "a"), names, 1);
    expect_listing(env, op_list(env, fs, "a/b"), deeper, 1);
}

static void mkdirs_again_keeps_the_children(struct env *env)
{
    env_put_text(env, env_key(env, "d/"), "");
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = fs_of(env);
    const char *before = env_store_digest(env);
    const struct reply *r = op_mkdirs(env, fs, "d");
    expect_ok(env, r);
    expect_true(env, reply_bool(r, "result"), "mkdirs did not answer true");
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

static void mkdirs_on_a_file_fails(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_mkdirs(env, fs, "ff"));
    const char *before = env_store_digest(env);
    expect_error(env, op_mkdirs(env, fs, "f"), "NOT_DIR|ALREADY_EXISTS");
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

/* Nor is it free when what is there was not to be seen. */
static void mkdirs_on_a_file_that_is_not_seen_fails(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "text");
    int64_t fs = fs_of(env);
    const char *before = env_store_digest(env);
    env_fault(env, (struct cosmock_fault){.op = "HeadObject",
                                          .times = 1,
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = 400,
                                          .code = "InvalidRequest"});
    expect_refused(env, op_mkdirs(env, fs, "f"), "INVALID_ARG|IO|NOT_DIR|ALREADY_EXISTS");
    env_fault_clear(env);
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

static void mkdirs_below_a_file_fails(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_mkdirs(env, fs, "d/d"));
    const char *before = env_store_digest(env);
    expect_error(env, op_mkdirs(env, fs, "f/d"), "NOT_DIR|ALREADY_EXISTS");
    expect_error(env, op_mkdirs(env, fs, "f/d/e"), "NOT_DIR|ALREADY_EXISTS");
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

/* Who could not look whether a parent is a file may not go on as if it were none. */
static void mkdirs_that_cannot_look_makes_nothing(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    env_put_text(env, env_key(env, "f"), "text");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const char *before = env_store_digest(env);
    journal_mark(env);
    expect_error(env, op_mkdirs(env, fs, "f/d"), "NOT_DIR|ALREADY_EXISTS");
    unsigned looks = (unsigned)journal_count(env, "HeadObject");
    for (unsigned skip = 0; skip < looks; skip++) {
        env_fault(env, (struct cosmock_fault){.op = "HeadObject",
                                              .skip = skip,
                                              .kind = COSMOCK_FAULT_REPLY,
                                              .http_status = 500,
                                              .code = "InternalError"});
        expect_refused(env, op_mkdirs(env, fs, "f/d"),
                       "IO|THROTTLED|NETWORK|NOT_DIR|ALREADY_EXISTS");
        env_fault_clear(env);
        expect_str(env, "digest of the store", env_store_digest(env), before);
    }
}

const struct conform_case cases_fs_list[] = {
    {"FS-030", "exists tells a file from nothing", "fs", exists_tells_file_from_nothing, 0},
    {"FS-031", "the status of a file has length and time", "fs",
     the_status_of_a_file_has_length_and_time, 0},
    {"FS-032", "the status of nothing is not found", "fs", the_status_of_nothing_is_not_found,
     0},
    {"FS-032", "too long a path is not there", "fs", too_long_a_path_is_not_there, 0},
    {"FS-033", "a common prefix is a directory", "fs", a_common_prefix_is_a_directory, 0},
    {"FS-034", "a marker is an empty directory", "fs", a_marker_is_an_empty_directory, 0},
    {"FS-035", "a longer name makes no directory", "fs", a_longer_name_makes_no_directory, 0},
    {"FS-036", "the root is always a directory", "fs", the_root_is_always_a_directory, 0},
    {"FS-037", "a list has direct children only", "fs", a_list_has_direct_children_only, 0},
    {"FS-037", "the root lists its children", "fs", the_root_lists_its_children, 0},
    {"FS-038", "a list omits the directory itself", "fs", a_list_omits_the_directory_itself, 0},
    {"FS-039", "a list of a file is the file", "fs", a_list_of_a_file_is_the_file, 0},
    {"FS-040", "a list of nothing is not found", "fs", a_list_of_nothing_is_not_found, 0},
    {"FS-041", "a list of an empty directory is empty", "fs",
     a_list_of_an_empty_directory_is_empty, 0},
    {"FS-042", "all of 2500 children are listed", "fs", all_of_2500_children_are_listed, 0},
    {"FS-043", "page boundaries lose nothing", "fs", page_boundaries_lose_nothing, 0},
    {"FS-043", "page boundaries behind a marker lose nothing", "fs",
     page_boundaries_behind_a_marker_lose_nothing, 0},
    {"FS-044", "files and directories page together", "fs", files_and_directories_page_together,
     0},
    {"FS-045", "awkward names survive list and open", "fs", awkward_names_survive_list_and_open,
     0},
    {"FS-045", "awkward names page completely", "fs", awkward_names_page_completely, 0},
    {"FS-045", "the longest name survives list and open", "fs",
     the_longest_name_survives_list_and_open, 0},
    {"FS-046", "listed paths lead back", "fs", listed_paths_lead_back, 0},
    {"FS-047", "mkdirs makes a directory", "fs", mkdirs_makes_a_directory, 0},
    {"FS-047", "mkdirs of too long a path is no success", "fs",
     mkdirs_of_too_long_a_path_is_no_success, 0},
    {"FS-048", "mkdirs makes the parents visible", "fs", mkdirs_makes_the_parents_visible, 0},
    {"FS-049", "mkdirs again keeps the children", "fs", mkdirs_again_keeps_the_children, 0},
    {"FS-050", "mkdirs on a file fails", "fs", mkdirs_on_a_file_fails, 0},
    {"FS-050", "mkdirs on a file that is not seen fails", "fs",
     mkdirs_on_a_file_that_is_not_seen_fails, 0},
    {"FS-051", "mkdirs below a file fails", "fs", mkdirs_below_a_file_fails, 0},
    {"FS-051", "mkdirs that cannot look makes nothing", "fs",
     mkdirs_that_cannot_look_makes_nothing, 0},
    {0},
};
