/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FS, delete and rename: they act on prefixes, page by page, and must lose nothing when they
 * fail midway. Sources: Fluss's FileSystem and its FileSystemBehaviorTestSuite (fluss-plugin.md
 * s.9), hadoop-cos (s.6.5), PUT Object - Copy (cos-wire.md s.2.1).
 */
#include "case.h"

#include "registry.h"

#define MIB ((size_t)1 << 20)
#define RECURSIVE true
#define FLAT false
#define MANY_MS 180000 /* for thousands of requests on a machine that has other things to do */

static int64_t fs_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static void expect_gone(struct env *env, int64_t fs, const char *path)
{
    expect_error(env, op_stat(env, fs, path), "NOT_FOUND");
}

static void expect_unchanged(struct env *env, const char *before)
{
    expect_str(env, "digest of the store", env_store_digest(env), before);
}

/* Names that XML, URIs and headers each carry in another way. */
static const char *const awkward[] = {
    "a b", "a+b", "100%", "%41", "a#b", "x&y=<z>", "\"q\"", "~t'(!)*", "\xe4\xb8\xad",
};

static void put_awkward(struct env *env, const char *dir)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(awkward); i++) {
        env_put_text(env, env_key(env, env_text(env, "%s/%s", dir, awkward[i])), awkward[i]);
    }
}

/* @op is refused once, behind @skip of its kind; @must: it comes for sure. */
static void refuse_once(struct env *env, const char *op, unsigned skip, bool must)
{
    struct cosmock_fault fault = {.op = op,
                                  .skip = skip,
                                  .times = 1,
                                  .kind = COSMOCK_FAULT_REPLY,
                                  .http_status = 400,
                                  .code = "InvalidRequest"};
    (void)(must ? env_fault(env, fault) : env_fault_maybe(env, fault));
}

/* ---- delete ---- */

static void delete_removes_a_file(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "text");
    env_put_text(env, env_key(env, "ff"), "text");
    int64_t fs = fs_of(env);
    const struct reply *r = op_delete(env, fs, "f", FLAT);
    expect_ok(env, r);
    expect_true(env, reply_bool(r, "result"), "delete did not answer true");
    expect_not_stored(env, env_key(env, "f"));
    expect_stored_text(env, env_key(env, "ff"), "text");
    env_put_text(env, env_key(env, "f"), "text");
    r = op_delete(env, fs, "f", RECURSIVE);
    expect_ok(env, r);
    expect_true(env, reply_bool(r, "result"), "delete did not answer true");
    expect_not_stored(env, env_key(env, "f"));
}

/* Who first writes a marker for the parent may fail there: then the file is not deleted. */
static void a_delete_that_fails_early_says_so(struct env *env)
{
    env_put_text(env, env_key(env, "d/f"), "text");
    env_put_text(env, env_key(env, "d/g"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_delete(env, fs, "d/g", FLAT));
    refuse_once(env, "PutObject", 0, /* must= */ false);
    const struct reply *r = op_delete(env, fs, "d/f", FLAT);
    expect_true(env,
                !reply_ok(r) || !reply_bool(r, "result") ||
                    !env_stored(env, env_key(env, "d/f")),
                "delete answered true, and the file is there");
}

static void delete_of_nothing_is_false(struct env *env)
{
    env_put_text(env, env_key(env, "nowhere-else"), "text");
    int64_t fs = fs_of(env);
    const char *before = env_store_digest(env);
    static const bool flags[] = {FLAT, RECURSIVE};
    for (size_t i = 0; i < COS_ARRAY_LEN(flags); i++) {
        const struct reply *r = op_delete(env, fs, "nowhere", flags[i]);
        expect_ok(env, r);
        expect_true(env, !reply_bool(r, "result"), "delete of nothing answered true");
    }
    expect_unchanged(env, before);
}

/* No object can have a key of more than 850 bytes; what the path begins or ends with is not
 * meant. */
static void delete_of_too_long_a_path_removes_nothing(struct env *env)
{
    char word[900] = "";
    memset(word, 'w', sizeof(word) - 1);
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = fs_of(env);
    const char *before = env_store_digest(env);
    static const bool flags[] = {FLAT, RECURSIVE};
    for (size_t i = 0; i < COS_ARRAY_LEN(flags); i++) {
        expect_refused(env, op_delete(env, fs, env_text(env, "d/%s", word), flags[i]),
                       "INVALID_ARG|NOT_FOUND|IO");
        expect_refused(env, op_delete(env, fs, env_text(env, "d/x/%s", word), flags[i]),
                       "INVALID_ARG|NOT_FOUND|NOT_DIR|IO");
        expect_refused(env, op_delete(env, fs, env_text(env, "d/%s/x", word), flags[i]),
                       "INVALID_ARG|NOT_FOUND|IO");
        expect_unchanged(env, before);
    }
    control_ok(env, op_delete(env, fs, "d/x", FLAT));
}

static void delete_of_an_empty_directory_works(struct env *env)
{
    int64_t fs = fs_of(env);
    static const bool flags[] = {FLAT, RECURSIVE};
    for (size_t i = 0; i < COS_ARRAY_LEN(flags); i++) {
        env_put_text(env, env_key(env, "d/"), "");
        expect_ok(env, op_delete(env, fs, "d", flags[i]));
        expect_gone(env, fs, "d");
        expect_not_stored(env, env_key(env, "d/"));
    }
}

static void a_flat_delete_spares_a_full_directory(struct env *env)
{
    env_put_text(env, env_key(env, "d/"), "");
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "e/sub/x"), "text");
    env_put_text(env, env_key(env, "empty/"), "");
    int64_t fs = fs_of(env);
    control_ok(env, op_delete(env, fs, "empty", FLAT));
    const char *before = env_store_digest(env);
    expect_error(env, op_delete(env, fs, "d", FLAT), "NOT_EMPTY");
    expect_error(env, op_delete(env, fs, "e", FLAT), "NOT_EMPTY");
    expect_unchanged(env, before);
}

/* Whether a directory is empty a list tells; who did not get it may not take it for empty. */
static void a_flat_delete_that_gets_no_list_removes_nothing(struct env *env)
{
    env_put_text(env, env_key(env, "d/"), "");
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "e/sub/x"), "text");
    int64_t fs = fs_of(env);
    static const char *const dirs[] = {"d", "e"};
    for (size_t i = 0; i < COS_ARRAY_LEN(dirs); i++) {
        journal_mark(env);
        expect_error(env, op_delete(env, fs, dirs[i], FLAT), "NOT_EMPTY");
        unsigned lists = (unsigned)journal_count(env, "GetBucket");
        for (unsigned skip = 0; skip < lists; skip++) {
            env_fault(env, (struct cosmock_fault){.op = "GetBucket",
                                                  .skip = skip,
                                                  .times = 1,
                                                  .kind = COSMOCK_FAULT_REPLY,
                                                  .http_status = 403,
                                                  .code = "AccessDenied"});
            expect_refused(env, op_delete(env, fs, dirs[i], FLAT),
                           "ACCESS_DENIED|NOT_EMPTY|IO");
            env_fault_clear(env);
            expect_stored_text(env, env_key(env, "d/x"), "text");
            expect_stored_text(env, env_key(env, "e/sub/x"), "text");
        }
    }
}

static void a_recursive_delete_takes_all_of_2500(struct env *env)
{
    env_put_many(env, env_key(env, "d/f"), "", 1250);
    env_put_many(env, env_key(env, "d/s"), "/x", 1250);
    env_put_text(env, env_key(env, "keep"), "text");
    int64_t fs = fs_of(env);
    op_patience(env, MANY_MS);
    expect_ok(env, op_delete(env, fs, "d", RECURSIVE));
    expect_gone(env, fs, "d");
    expect_stored_text(env, env_key(env, "keep"), "text");
    /* The parent's marker is allowed (FS-058). */
    expect_between(env, "objects left", env_object_count(env), 1, 2);
}

static void a_recursive_delete_takes_awkward_names(struct env *env)
{
    put_awkward(env, "d");
    env_put_text(env, env_key(env, "keep"), "text");
    int64_t fs = fs_of(env);
    expect_ok(env, op_delete(env, fs, "d", RECURSIVE));
    expect_gone(env, fs, "d");
    expect_stored_text(env, env_key(env, "keep"), "text");
    expect_between(env, "objects left", env_object_count(env), 1, 2);
}

/* Everything is allowed but to delete one object, @key below the root. */
static void forbid_deletion(struct env *env, const char *key)
{
    env_user_policy(
        env,
        env_text(
            env,
            "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
            "\"resource\":\"*\"},{\"effect\":\"deny\",\"action\":[\"name/cos:DeleteObject\","
            "\"name/cos:DeleteMultipleObjects\"],\"resource\":\"qcs::cos:%s:uid/%s:%s/%s\"}]}",
            env_region(env), env_appid(env), env_bucket(env), env_key(env, key)));
}

/* What happened was no accident: the service refused a deletion by its policy. */
static void expect_denied_deletion(struct env *env)
{
    struct journal all = journal_of(env, /* op= */ NULL);
    bool is_denied = false;
    for (size_t i = 0; i < all.n; i++) {
        const struct cosmock_entry *e = &all.e[i];
        bool is_deletion = strncmp(e->op, "Delete", 6) == 0;
        is_denied = is_denied || (is_deletion && (strcmp(e->authz, "deny") == 0 ||
                                                  strstr(e->failed_keys, "AccessDenied")));
    }
    expect_true(env, is_denied, "the journal shows no deletion that a policy denied");
}

/* First, last, only key of a page that goes in one request; before another page, and behind. */
static void a_recursive_delete_tells_of_a_key_that_stays(struct env *env)
{
    static const unsigned counts[] = {4, 4, 1, 1002, 1002};
    static const unsigned stays[] = {0, 3, 0, 0, 1001};
    env_use_sub_account(env);
    int64_t fs = fs_of(env);
    env_put_many(env, env_key(env, "free/f"), "", 4);
    control_ok(env, op_delete(env, fs, "free", RECURSIVE));
    for (size_t i = 0; i < COS_ARRAY_LEN(counts); i++) {
        const char *dir = env_text(env, "d%zu", i);
        const char *key = env_text(env, "%s/f%05u", dir, stays[i]);
        env_put_many(env, env_key(env, env_text(env, "%s/f", dir)), "", counts[i]);
        forbid_deletion(env, key);
        journal_mark(env);
        expect_refused(env, op_delete(env, fs, dir, RECURSIVE), "ACCESS_DENIED|IO");
        expect_denied_deletion(env);
        expect_i64(env, "length of the object that stays",
                   env_stored_bytes(env, env_key(env, key)), 1);
    }
}

/*
 * COS takes such keys and no XML carries them as they are: a CR comes out as LF (XML 1.0
 * s.2.11), others are no characters (s.2.2). Who deletes many in a request may leave them.
 */
static void a_recursive_delete_tells_of_names_it_cannot_write(struct env *env)
{
    static const char *const names[] = {"a\rb", "a\nb", "a\tb", "a\x01z", "\x1f"};
    env_put_text(env, env_key(env, "free/a"), "text");
    env_put_text(env, env_key(env, "free/b"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_delete(env, fs, "free", RECURSIVE));
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const char *dir = env_text(env, "d%zu", i);
        const char *key = env_key(env, env_text(env, "%s/%s", dir, names[i]));
        env_put_text(env, env_key(env, env_text(env, "%s/a", dir)), "text");
        env_put_text(env, env_key(env, env_text(env, "%s/b", dir)), "text");
        env_put_text(env, key, "text");
        const struct reply *r = op_delete(env, fs, dir, RECURSIVE);
        expect_true(env, !reply_ok(r) || !reply_bool(r, "result") || !env_stored(env, key),
                    "delete answered true, and a key with a control character is still there");
        op_ping(env);
    }
}

/* What is not listed is not deleted either, and to say so would be to leave it unseen. */
static void a_recursive_delete_tells_of_a_page_it_did_not_get(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    env_put_many(env, env_key(env, "d/f"), "", 1001);
    journal_mark(env);
    control_ok(env, op_delete(env, fs, "d", RECURSIVE));
    unsigned lists = (unsigned)journal_count(env, "GetBucket");
    for (unsigned skip = 0; skip < lists; skip++) {
        env_put_many(env, env_key(env, "d/f"), "", 1001);
        env_fault(env, (struct cosmock_fault){.op = "GetBucket",
                                              .skip = skip,
                                              .kind = COSMOCK_FAULT_REPLY,
                                              .http_status = 500,
                                              .code = "InternalError"});
        expect_refused(env, op_delete(env, fs, "d", RECURSIVE), "IO|THROTTLED|NETWORK");
        env_fault_clear(env);
    }
    control_ok(env, op_delete(env, fs, "d", RECURSIVE));
    expect_gone(env, fs, "d");
}

/* The page says nothing of any key. Who deletes one by one is not asked. */
static void a_recursive_delete_believes_no_page(struct env *env)
{
    env_put_many(env, env_key(env, "d/f"), "", 4);
    env_put_many(env, env_key(env, "e/f"), "", 4);
    int64_t fs = fs_of(env);
    control_ok(env, op_delete(env, fs, "e", RECURSIVE));
    env_fault_maybe(env, (struct cosmock_fault){.op = "DeleteMultipleObjects",
                                                .kind = COSMOCK_FAULT_FOREIGN});
    const struct reply *r = op_delete(env, fs, "d", RECURSIVE);
    env_fault_clear(env);
    expect_true(env,
                !reply_ok(r) || !reply_bool(r, "result") ||
                    !env_stored(env, env_key(env, "d/f00000")),
                "delete answered true, and all of it is there");
}

static void a_recursive_delete_spares_siblings(struct env *env)
{
    static const char *const spared[] = {"dir2/x", "dir2", "dir-x", "di"};
    for (size_t i = 0; i < COS_ARRAY_LEN(spared); i++) {
        env_put_text(env, env_key(env, spared[i]), "text");
    }
    env_put_text(env, env_key(env, "dir/x"), "text");
    env_put_text(env, env_key(env, "dir/sub/x"), "text");
    expect_ok(env, op_delete(env, fs_of(env), "dir", RECURSIVE));
    expect_not_stored(env, env_key(env, "dir/x"));
    expect_not_stored(env, env_key(env, "dir/sub/x"));
    for (size_t i = 0; i < COS_ARRAY_LEN(spared); i++) {
        expect_stored_text(env, env_key(env, spared[i]), "text");
    }
}

static void deleting_the_last_child_keeps_the_parent(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "e/sub/x"), "text");
    int64_t fs = fs_of(env);
    expect_ok(env, op_delete(env, fs, "d/x", FLAT));
    expect_ok(env, op_delete(env, fs, "e/sub", RECURSIVE));
    static const char *const parents[] = {"d", "e"};
    for (size_t i = 0; i < COS_ARRAY_LEN(parents); i++) {
        const struct reply *st = op_stat(env, fs, parents[i]);
        expect_ok(env, st);
        expect_true(env, reply_bool(st, "is_dir"), "'%s' is no directory", parents[i]);
    }
}

static void deleting_the_root_never_wipes_the_bucket(struct env *env)
{
    env_put_text(env, "x", "text");
    env_put_text(env, "d/y", "text");
    env_put_text(env, "e/z", "text");
    int64_t fs =
        op_fs(env, "server", conf_new(env), env_text(env, "cosn://%s/", env_bucket(env)));
    control_ok(env, op_delete(env, fs, "/e", RECURSIVE));
    const char *before = env_store_digest(env);
    static const bool flags[] = {FLAT, RECURSIVE};
    for (size_t i = 0; i < COS_ARRAY_LEN(flags); i++) {
        const struct reply *r = op_delete(env, fs, "/", flags[i]);
        if (reply_ok(r)) {
            expect_true(env, !reply_bool(r, "result"), "delete of the root answered true");
        } else {
            expect_error(env, r, "NOT_EMPTY|UNSUPPORTED|INVALID_ARG|IO");
        }
        expect_unchanged(env, before);
    }
}

/* ---- rename ---- */

static void rename_moves_a_file(struct env *env)
{
    env_put_gen(env, env_key(env, "from"), 4, 70001);
    int64_t fs = fs_of(env);
    const struct reply *r = op_rename(env, fs, "from", "to");
    expect_ok(env, r);
    expect_true(env, reply_bool(r, "result"), "rename did not answer true");
    expect_stored_gen(env, env_key(env, "to"), 4, 70001);
    expect_not_stored(env, env_key(env, "from"));
    expect_gone(env, fs, "from");
}

static void rename_onto_a_directory_moves_below_it(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "text");
    env_put_text(env, env_key(env, "src/x"), "child");
    env_put_text(env, env_key(env, "dst/old"), "old");
    int64_t fs = fs_of(env);
    expect_ok(env, op_rename(env, fs, "f", "dst"));
    expect_stored_text(env, env_key(env, "dst/f"), "text");
    expect_not_stored(env, env_key(env, "f"));
    expect_ok(env, op_rename(env, fs, "src", "dst"));
    expect_stored_text(env, env_key(env, "dst/src/x"), "child");
    expect_not_stored(env, env_key(env, "src/x"));
    expect_stored_text(env, env_key(env, "dst/old"), "old");
}

/* The bucket's root is a directory like others, and a parent that nobody has to make. */
static void rename_to_the_root_moves_below_it(struct env *env)
{
    env_put_text(env, "d/f", "text");
    env_put_text(env, "d/sub/x", "child");
    env_put_text(env, "d/old", "new");
    env_put_text(env, "d/g", "text");
    env_put_text(env, "old", "old");
    int64_t fs =
        op_fs(env, "server", conf_new(env), env_text(env, "cosn://%s/", env_bucket(env)));
    expect_ok(env, op_rename(env, fs, "/d/f", "/"));
    expect_stored_text(env, "f", "text");
    expect_not_stored(env, "d/f");
    expect_ok(env, op_rename(env, fs, "/d/sub", "/"));
    expect_stored_text(env, "sub/x", "child");
    expect_not_stored(env, "d/sub/x");
    expect_ok(env, op_rename(env, fs, "/d/g", "/top"));
    expect_stored_text(env, "top", "text");
    expect_not_stored(env, "d/g");
    const char *before = env_store_digest(env);
    expect_refused(env, op_rename(env, fs, "/d/old", "/"), "ALREADY_EXISTS|IO");
    expect_unchanged(env, before);
}

static void rename_onto_a_file_fails(struct env *env)
{
    env_put_text(env, env_key(env, "from"), "new");
    env_put_text(env, env_key(env, "to"), "old");
    env_put_text(env, env_key(env, "d/x"), "child");
    env_put_text(env, env_key(env, "first"), "one");
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "first", "second"));
    const char *before = env_store_digest(env);
    expect_refused(env, op_rename(env, fs, "from", "to"), "ALREADY_EXISTS");
    expect_refused(env, op_rename(env, fs, "d", "to"), "ALREADY_EXISTS|NOT_DIR");
    expect_unchanged(env, before);
}

/* Who could not look whether the target is there may not take it for free. */
static void rename_that_cannot_look_spares_the_file(struct env *env)
{
    env_put_text(env, env_key(env, "from"), "new");
    env_put_text(env, env_key(env, "to"), "old");
    int64_t fs = fs_of(env);
    const char *before = env_store_digest(env);
    journal_mark(env);
    expect_refused(env, op_rename(env, fs, "from", "to"), "ALREADY_EXISTS");
    unsigned looks = (unsigned)journal_count(env, "HeadObject");
    for (unsigned skip = 0; skip < looks; skip++) {
        refuse_once(env, "HeadObject", skip, /* must= */ true);
        expect_refused(env, op_rename(env, fs, "from", "to"),
                       "INVALID_ARG|IO|ALREADY_EXISTS|NOT_FOUND");
        env_fault_clear(env);
        expect_unchanged(env, before);
    }
}

/* Onto a directory means below it, where the name may be taken. */
static void rename_spares_what_has_the_name_below(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "new");
    env_put_text(env, env_key(env, "src/x"), "new");
    env_put_text(env, env_key(env, "dst/f"), "old");
    env_put_text(env, env_key(env, "dst/src/x"), "old");
    int64_t fs = fs_of(env);
    const char *before = env_store_digest(env);
    expect_refused(env, op_rename(env, fs, "f", "dst"), "ALREADY_EXISTS|IO");
    expect_refused(env, op_rename(env, fs, "src", "dst"), "ALREADY_EXISTS|IS_DIR|NOT_EMPTY|IO");
    expect_unchanged(env, before);
}

static void rename_of_nothing_fails(struct env *env)
{
    env_put_text(env, env_key(env, "keep"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "keep", "kept"));
    const char *before = env_store_digest(env);
    expect_refused(env, op_rename(env, fs, "nowhere", "to"), "NOT_FOUND");
    expect_unchanged(env, before);
}

struct tally {
    const char *prefix;
    size_t below, others;
};

static void tally_key(void *ctx, const char *key, uint64_t bytes)
{
    struct tally *t = ctx;
    size_t n = strlen(t->prefix);
    if (strncmp(key, t->prefix, n) == 0 && bytes == 1) {
        t->below++;
    } else if (bytes > 0) {
        t->others++;
    }
}

static void rename_moves_all_of_2500_children(struct env *env)
{
    env_put_many(env, env_key(env, "src/f"), "", 2500);
    int64_t fs = fs_of(env);
    op_patience(env, MANY_MS);
    expect_ok(env, op_rename(env, fs, "src", "dst"));
    struct tally t = {.prefix = env_key(env, "dst/f")};
    if (cosmock_object_each(env_tenant(env), env_bucket(env), tally_key, &t) < 0) {
        case_error(env, "the store cannot be read");
    }
    expect_i64(env, "objects under the new name", (int64_t)t.below, 2500);
    expect_i64(env, "objects elsewhere", (int64_t)t.others, 0);
    expect_listing_many(env, op_list(env, fs, "dst"), env_key(env, "dst/f"), "", 2500);
    expect_gone(env, fs, "src");
}

/* A marker is the only trace of an empty directory, and a child like others. */
static void rename_moves_empty_directories_and_awkward_names(struct env *env)
{
    put_awkward(env, "src");
    put_awkward(env, "src/sub");
    env_put_text(env, env_key(env, "src/empty/"), "");
    env_put_text(env, env_key(env, "src/sub/deep/empty/"), "");
    env_put_text(env, env_key(env, "src2/x"), "sibling");
    int64_t fs = fs_of(env);
    expect_ok(env, op_rename(env, fs, "src", "dst"));
    static const char *const empty[] = {"dst/empty", "dst/sub/deep/empty"};
    for (size_t i = 0; i < COS_ARRAY_LEN(empty); i++) {
        const struct reply *st = op_stat(env, fs, empty[i]);
        expect_ok(env, st);
        expect_true(env, reply_bool(st, "is_dir"), "'%s' is no directory", empty[i]);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(awkward); i++) {
        const char *to = env_text(env, "dst/%s", awkward[i]);
        expect_stored_text(env, env_key(env, to), awkward[i]);
        to = env_text(env, "dst/sub/%s", awkward[i]);
        expect_stored_text(env, env_key(env, to), awkward[i]);
    }
    expect_gone(env, fs, "src");
    expect_stored_text(env, env_key(env, "src2/x"), "sibling");
}

/* Under its new name one of the keys is as long as a key may be, 850 bytes. */
static void rename_moves_to_the_longest_key(struct env *env)
{
    env_put_text(env, env_key(env, "src/f"), "one");
    env_put_text(env, env_key(env, "src/g"), "two");
    int64_t fs = fs_of(env);
    const char *to = env_long_path(env, "", ENV_KEY_MOST - strlen("/f"));
    expect_ok(env, op_rename(env, fs, "src", to));
    expect_stored_text(env, env_key(env, env_text(env, "%s/f", to)), "one");
    expect_stored_text(env, env_key(env, env_text(env, "%s/g", to)), "two");
    expect_gone(env, fs, "src");
}

static void rename_moves_an_empty_directory(struct env *env)
{
    env_put_text(env, env_key(env, "src/"), "");
    int64_t fs = fs_of(env);
    expect_ok(env, op_rename(env, fs, "src", "dst"));
    const struct reply *st = op_stat(env, fs, "dst");
    expect_ok(env, st);
    expect_true(env, reply_bool(st, "is_dir"), "'dst' is no directory");
    expect_gone(env, fs, "src");
}

static void rename_into_itself_loses_nothing(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "d/sub/y"), "text");
    env_put_text(env, env_key(env, "e/x"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "e", "ee")); /* no subtree, though its name begins so */
    const char *before = env_store_digest(env);
    expect_refused(env, op_rename(env, fs, "d", "d/sub"), "INVALID_ARG|IO");
    expect_refused(env, op_rename(env, fs, "d", "d/new"), "INVALID_ARG|IO");
    expect_refused(env, op_rename(env, fs, "d", "d/sub/deep/new"),
                   "INVALID_ARG|IO|NOT_FOUND|NOT_DIR");
    expect_refused(env, op_rename(env, fs, "/", "d/new"), "INVALID_ARG|IO|UNSUPPORTED");
    expect_unchanged(env, before);
}

static void rename_to_itself_loses_nothing(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "text");
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = fs_of(env);
    static const char *const paths[] = {"f", "d"};
    for (size_t i = 0; i < COS_ARRAY_LEN(paths); i++) {
        const char *before = env_store_digest(env);
        const struct reply *r = op_rename(env, fs, paths[i], paths[i]);
        if (!reply_ok(r)) { /* true or false: it has its name already */
            expect_error(env, r, "INVALID_ARG|IO|ALREADY_EXISTS");
        }
        expect_unchanged(env, before);
    }
}

/* The target is a directory and the source goes below it: where it is already. */
static void rename_onto_its_own_parent_loses_nothing(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    env_put_text(env, env_key(env, "d/sub/y"), "text");
    int64_t fs = fs_of(env);
    static const char *const paths[] = {"d/x", "d/sub"};
    for (size_t i = 0; i < COS_ARRAY_LEN(paths); i++) {
        const char *before = env_store_digest(env);
        const struct reply *r = op_rename(env, fs, paths[i], "d");
        if (!reply_ok(r)) {
            expect_error(env, r, "INVALID_ARG|IO|ALREADY_EXISTS|IS_DIR");
        }
        expect_unchanged(env, before);
    }
}

static void rename_needs_the_targets_parent(struct env *env)
{
    env_put_text(env, env_key(env, "f"), "text");
    env_put_text(env, env_key(env, "g"), "text");
    env_put_text(env, env_key(env, "such/dir/x"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "g", "such/dir/g"));
    const char *before = env_store_digest(env);
    expect_refused(env, op_rename(env, fs, "f", "no/such/dir/f"), "NOT_FOUND|NOT_DIR");
    expect_refused(env, op_rename(env, fs, "f", "such/dir/x/f"),
                   "NOT_DIR|NOT_FOUND|ALREADY_EXISTS|IO");
    expect_refused(env, op_rename(env, fs, "such", "f/such"),
                   "NOT_DIR|NOT_FOUND|ALREADY_EXISTS|IO");
    expect_unchanged(env, before);
}

/*
 * What the service answers for a source over the limit of one copy is planted; a copy in parts
 * is as good as a refusal.
 */
static void rename_of_a_large_object_keeps_its_bytes(struct env *env)
{
    size_t size = 2 * MIB;
    env_put_gen(env, env_key(env, "small"), 6, size);
    env_put_gen(env, env_key(env, "big"), 6, size);
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "small", "to-small"));
    /* Who copies in parts by the size alone may never send this. */
    env_fault_maybe(env, (struct cosmock_fault){.op = "PutObjectCopy",
                                                .times = 0,
                                                .kind = COSMOCK_FAULT_REPLY,
                                                .http_status = 400,
                                                .code = "EntityTooLarge"});
    const struct reply *r = op_rename(env, fs, "big", "to");
    op_ping(env);
    if (reply_ok(r) && reply_bool(r, "result")) {
        expect_stored_gen(env, env_key(env, "to"), 6, size);
    } else {
        expect_stored_gen(env, env_key(env, "big"), 6, size);
        expect_not_stored(env, env_key(env, "to"));
    }
}

static void expect_source_complete(struct env *env, int64_t fs)
{
    expect_listing_many(env, op_list(env, fs, "src"), env_key(env, "src/f"), "", 6);
    for (unsigned i = 0; i < 6; i++) {
        const char *key = env_key(env, env_text(env, "src/f%05u", i));
        expect_i64(env, "length of a source object", env_stored_bytes(env, key), 1);
    }
}

/* At the first, a middle and the last copy, for good; the page is no answer of the service. */
static void a_rename_that_fails_midway_keeps_the_source(struct env *env)
{
    static const unsigned skips[] = {0, 2, 5};
    static const struct {
        enum cosmock_fault_kind kind;
        int http_status;
        const char *classes;
    } ways[] = {{COSMOCK_FAULT_REPLY, 403, "ACCESS_DENIED|IO"},
                {COSMOCK_FAULT_REPLY, 500, "IO|THROTTLED|NETWORK"},
                {COSMOCK_FAULT_FOREIGN, 200, "CORRUPT|IO|NETWORK"}};
    env_put_many(env, env_key(env, "src/f"), "", 6);
    env_put_many(env, env_key(env, "other/f"), "", 6);
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    control_ok(env, op_rename(env, fs, "other", "moved"));
    for (size_t i = 0; i < COS_ARRAY_LEN(ways) * COS_ARRAY_LEN(skips); i++) {
        size_t way = i % COS_ARRAY_LEN(ways);
        env_fault(env, (struct cosmock_fault){.op = "PutObjectCopy",
                                              .skip = skips[i / COS_ARRAY_LEN(ways)],
                                              .times = 0,
                                              .kind = ways[way].kind,
                                              .http_status = ways[way].http_status});
        const char *to = env_text(env, "dst%zu", i);
        expect_refused(env, op_rename(env, fs, "src", to), ways[way].classes);
        env_fault_clear(env);
        expect_source_complete(env, fs);
    }
}

static bool is_all_below(struct env *env, const char *dir)
{
    bool is_all = true;
    for (unsigned i = 0; i < 6; i++) {
        is_all = is_all && env_stored(env, env_key(env, env_text(env, "%s/f%05u", dir, i)));
    }
    return is_all;
}

/* What is below the source a list tells; of a page of somebody else nothing follows. */
static void a_rename_that_gets_no_list_keeps_the_source(struct env *env)
{
    env_put_many(env, env_key(env, "src/f"), "", 6);
    env_put_many(env, env_key(env, "other/f"), "", 6);
    int64_t fs = fs_of(env);
    journal_mark(env);
    control_ok(env, op_rename(env, fs, "other", "moved"));
    unsigned lists = (unsigned)journal_count(env, "GetBucket");
    for (unsigned skip = 0; skip < lists; skip++) {
        struct cosmock_fault foreign = {.op = "GetBucket",
                                        .skip = skip,
                                        .times = 0,
                                        .kind = COSMOCK_FAULT_FOREIGN};
        if (skip == 0) {
            env_fault(env, foreign);
        } else {
            env_fault_maybe(env, foreign); /* who has met one of before may ask less often */
        }
        env_put_many(env, env_key(env, "src/f"), "", 6);
        const char *to = env_text(env, "dst%u", skip);
        const struct reply *r = op_rename(env, fs, "src", to);
        env_fault_clear(env);
        if (!is_all_below(env, to)) {
            expect_source_complete(env, fs);
            expect_true(env, !reply_ok(r) || !reply_bool(r, "result"),
                        "rename answered true, and all is under the old name");
        }
    }
}

/* Who first makes the new directory may fail there: then all is under the old name. */
static void a_rename_that_fails_early_says_so(struct env *env)
{
    env_put_many(env, env_key(env, "src/f"), "", 6);
    env_put_many(env, env_key(env, "other/f"), "", 6);
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "other", "moved"));
    refuse_once(env, "PutObject", 0, /* must= */ false);
    const struct reply *r = op_rename(env, fs, "src", "dst");
    env_fault_clear(env);
    if (reply_ok(r) && reply_bool(r, "result")) {
        expect_listing_many(env, op_list(env, fs, "dst"), env_key(env, "dst/f"), "", 6);
    } else {
        expect_source_complete(env, fs);
    }
}

/* The new name is so long that one key below it is more than the service takes, 850 bytes. */
static void a_rename_to_a_name_that_is_too_long_keeps_the_source(struct env *env)
{
    char word[400] = "";
    memset(word, 'w', sizeof(word) - 1);
    const char *deep = env_text(env, "src/%s/%s", word, "x");
    env_put_text(env, env_key(env, deep), "deep");
    env_put_text(env, env_key(env, "src/a"), "flat");
    env_put_text(env, env_key(env, "src/z"), "flat");
    env_put_text(env, env_key(env, "other/x"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "other", word));
    const struct reply *r = op_rename(env, fs, "src", env_text(env, "%s/%s", word, word));
    expect_refused(env, r, "INVALID_ARG|IO");
    r = op_rename(env, fs, "src/a", env_text(env, "%s%s%s", word, word, word));
    expect_refused(env, r, "INVALID_ARG|IO");
    expect_stored_text(env, env_key(env, deep), "deep");
    expect_stored_text(env, env_key(env, "src/a"), "flat");
    expect_stored_text(env, env_key(env, "src/z"), "flat");
}

/* All may be read and copied, but the objects of one name not be deleted. */
static void a_rename_that_may_not_delete_loses_nothing(struct env *env)
{
    env_use_sub_account(env);
    env_put_many(env, env_key(env, "src/f"), "", 6);
    env_put_text(env, env_key(env, "f"), "text");
    env_put_text(env, env_key(env, "g"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "g", "moved"));
    forbid_deletion(env, "f");
    journal_mark(env);
    expect_refused(env, op_rename(env, fs, "f", "to"), "ACCESS_DENIED|IO");
    expect_denied_deletion(env);
    expect_stored_text(env, env_key(env, "f"), "text");
    static const unsigned stays[] = {0, 5};
    for (size_t k = 0; k < COS_ARRAY_LEN(stays); k++) {
        const char *dst = env_text(env, "dst%zu", k);
        forbid_deletion(env, env_text(env, "src/f%05u", stays[k]));
        env_put_many(env, env_key(env, "src/f"), "", 6);
        journal_mark(env);
        expect_refused(env, op_rename(env, fs, "src", dst), "ACCESS_DENIED|IO");
        expect_denied_deletion(env);
        for (unsigned i = 0; i < 6; i++) {
            const char *from = env_key(env, env_text(env, "src/f%05u", i));
            const char *to = env_key(env, env_text(env, "%s/f%05u", dst, i));
            expect_true(env, env_stored(env, from) || env_stored(env, to), "f%05u is lost", i);
        }
    }
}

static void the_copy_source_is_qualified_and_encoded(struct env *env)
{
    const char *from = "a b+c%\xe4\xb8\xad";
    env_put_text(env, env_key(env, from), "text");
    int64_t fs = fs_of(env);
    expect_ok(env, op_rename(env, fs, from, "to"));
    expect_stored_text(env, env_key(env, "to"), "text");
    const char *source = journal_last(env, "PutObjectCopy")->copy_source;
    if (source[0] == '/') {
        source++;
    }
    const char *qualified = env_text(env, "%s.%s/", env_bucket(env), env_suffix(env));
    expect_has(env, "x-cos-copy-source", source, qualified);
    expect_true(env, strncmp(source, qualified, strlen(qualified)) == 0,
                "x-cos-copy-source does not begin with the source's host");
    /* RFC 3986 s.6.2.2.1: %2b and %2B are the same. */
    expect_true(env, strcasestr(source, "a%20b%2Bc%25%E4%B8%AD") != NULL,
                "x-cos-copy-source '%s' is not url-encoded", source);
}

const struct conform_case cases_fs_change[] = {
    {"FS-052", "delete removes a file", "fs", delete_removes_a_file, 0},
    {"FS-052", "a delete that fails early says so", "fs", a_delete_that_fails_early_says_so, 0},
    {"FS-053", "delete of nothing is false", "fs", delete_of_nothing_is_false, 0},
    {"FS-053", "delete of too long a path removes nothing", "fs",
     delete_of_too_long_a_path_removes_nothing, 0},
    {"FS-054", "delete of an empty directory works", "fs", delete_of_an_empty_directory_works,
     0},
    {"FS-055", "a flat delete spares a full directory", "fs",
     a_flat_delete_spares_a_full_directory, 0},
    {"FS-055", "a flat delete that gets no list removes nothing", "fs",
     a_flat_delete_that_gets_no_list_removes_nothing, 0},
    {"FS-056", "a recursive delete takes all of 2500", "fs",
     a_recursive_delete_takes_all_of_2500, 0},
    {"FS-056", "a recursive delete takes awkward names", "fs",
     a_recursive_delete_takes_awkward_names, 0},
    {"FS-057", "a recursive delete spares siblings", "fs", a_recursive_delete_spares_siblings,
     0},
    {"FS-058", "deleting the last child keeps the parent", "fs",
     deleting_the_last_child_keeps_the_parent, 0},
    {"FS-059", "deleting the root never wipes the bucket", "fs",
     deleting_the_root_never_wipes_the_bucket, 0},
    {"FS-060", "rename moves a file", "fs", rename_moves_a_file, 0},
    {"FS-061", "rename onto a directory moves below it", "fs",
     rename_onto_a_directory_moves_below_it, 0},
    {"FS-061", "rename to the root moves below it", "fs", rename_to_the_root_moves_below_it, 0},
    {"FS-062", "rename onto a file fails", "fs", rename_onto_a_file_fails, 0},
    {"FS-062", "rename spares what has the name below a directory", "fs",
     rename_spares_what_has_the_name_below, 0},
    {"FS-062", "rename that cannot look spares the file", "fs",
     rename_that_cannot_look_spares_the_file, 0},
    {"FS-063", "rename of nothing fails", "fs", rename_of_nothing_fails, 0},
    {"FS-064", "rename moves all of 2500 children", "fs", rename_moves_all_of_2500_children, 0},
    {"FS-064", "rename moves empty directories and awkward names", "fs",
     rename_moves_empty_directories_and_awkward_names, 0},
    {"FS-064", "rename moves an empty directory", "fs", rename_moves_an_empty_directory, 0},
    {"FS-064", "rename moves to the longest key", "fs", rename_moves_to_the_longest_key, 0},
    {"FS-065", "rename into itself loses nothing", "fs", rename_into_itself_loses_nothing, 0},
    {"FS-066", "rename to itself loses nothing", "fs", rename_to_itself_loses_nothing, 0},
    {"FS-066", "rename onto its own parent loses nothing", "fs",
     rename_onto_its_own_parent_loses_nothing, 0},
    {"FS-067", "rename needs the target's parent", "fs", rename_needs_the_targets_parent, 0},
    {"FS-068", "rename of a large object keeps its bytes", "fs",
     rename_of_a_large_object_keeps_its_bytes, 0},
    {"FS-069", "a rename that fails midway keeps the source", "fs",
     a_rename_that_fails_midway_keeps_the_source, 0},
    {"FS-069", "a rename that gets no list keeps the source", "fs",
     a_rename_that_gets_no_list_keeps_the_source, 0},
    {"FS-069", "a rename that fails early says so", "fs", a_rename_that_fails_early_says_so, 0},
    {"FS-069", "a rename to a name that is too long keeps the source", "fs",
     a_rename_to_a_name_that_is_too_long_keeps_the_source, 0},
    {"FS-070", "the copy source is qualified and encoded", "fs",
     the_copy_source_is_qualified_and_encoded, 0},
    {"FS-088", "a recursive delete tells of a key that stays", "fs",
     a_recursive_delete_tells_of_a_key_that_stays, 0},
    {"FS-088", "a recursive delete tells of names it cannot write", "fs",
     a_recursive_delete_tells_of_names_it_cannot_write, 0},
    {"FS-088", "a recursive delete tells of a page it did not get", "fs",
     a_recursive_delete_tells_of_a_page_it_did_not_get, 0},
    {"FS-088", "a recursive delete believes no page of somebody else", "fs",
     a_recursive_delete_believes_no_page, 0},
    {"FS-089", "a rename that may not delete loses nothing", "fs",
     a_rename_that_may_not_delete_loses_nothing, 0},
    {0},
};
