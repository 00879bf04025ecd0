/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filesystem without its streams: status, list, mkdirs, delete, rename. Expectations:
 * fluss-plugin.md s.6.5 and s.9 and the requirements FS-030 to FS-077, ERR-002, PLUG-014.
 */
#include "fs_bench.h"

static void opening_sends_nothing(void **state)
{
    struct bench *b = *state;
    assert_int_equal(b->fake->n_requests, 0);
    assert_string_equal(cosn_fs_uri(b->fs), "cosn://" BUCKET);
}

static void opening_refuses_what_cannot_work(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *uri;
        int status;
    } rows[] = {
        {"cosn:///path", COSN_E_INVALID},
        {"oss://b/p", COSN_E_UNSUPPORTED},
        {"/path", COSN_E_INVALID},
        {"cosn://UPPER-1/p", COSN_E_INVALID},
        {"cosn://examplebucket/p", COSN_E_INVALID},
        {"cosn://a2345678901234567890123456789012345678901234567890123-1250000000/p",
         COSN_E_INVALID}, /* 64 bytes: no label of a host */
        {"cosn://" BUCKET "/..", COSN_E_INVALID},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_fs_options options = COSN_FS_OPTIONS_INIT;
        struct cosn_fs *fs = NULL;
        options.config = b->config;
        options.platform = &b->world.platform;
        CHECK_ROW(rows[i].uri,
                  cosn_fs_open(&fs, rows[i].uri, &options, &b->err) == rows[i].status);
    }
}

/* As a program compiled with an older header has them, or one that forgot ..._INIT. */
static void options_are_read_as_far_as_their_size(void **state)
{
    struct bench *b = *state;
    struct cosn_fs *fs = NULL;
    struct cosn_fs_options old = {.size = offsetof(struct cosn_fs_options, platform),
                                  .config = b->config,
                                  .platform = (const struct cosn_platform *)(uintptr_t)8};
    struct cosn_fs_options none = {.config = b->config};
    struct cosn_platform no_platform = {.scheme = "http"};
    assert_int_equal(cosn_fs_open(&fs, "cosn://" BUCKET "/", &old, &b->err), 0);
    fs = cosn_fs_free(fs);
    assert_int_equal(cosn_fs_open(&fs, "cosn://" BUCKET "/", &none, &b->err), COSN_E_INVALID);
    assert_non_null(strstr(b->err.message, "COSN_FS_OPTIONS_INIT"));
    none = (struct cosn_fs_options)COSN_FS_OPTIONS_INIT;
    none.config = b->config;
    none.platform = &no_platform;
    assert_int_equal(cosn_fs_open(&fs, "cosn://" BUCKET "/", &none, &b->err), COSN_E_INVALID);
    assert_non_null(strstr(b->err.message, "COSN_PLATFORM_INIT"));
}

/* --- status --- */

static void a_status_says_what_is_there(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "file", "12345", 5);
    fake_seed(b->fake, "marked/", "", 0);
    fake_seed(b->fake, "implicit/x", "1", 1);
    fake_seed(b->fake, "a/bc", "1", 1);
    fake_seed(b->fake, "both", "1", 1);
    fake_seed(b->fake, "both/x", "1", 1);
    static const struct {
        const char *path;
        int status;
        bool is_dir;
        int64_t length;
        int64_t mtime;
    } rows[] = {
        /* Fri, 10 Apr 2020 09:36:35 GMT */
        {"/file", 0, false, 5, INT64_C(1586511395000)},
        {"cosn://" BUCKET "//file", 0, false, 5, INT64_C(1586511395000)},
        {"/marked", 0, true, 0, INT64_C(1607571450000)},
        {"/marked/", 0, true, 0, INT64_C(1607571450000)},
        {"/implicit", 0, true, 0, 0},
        {"/a/b", COSN_E_NOT_FOUND, false, 0, 0},
        {"/missing", COSN_E_NOT_FOUND, false, 0, 0},
        {"/both", 0, false, 1, INT64_C(1586511395000)},
        {"/", 0, true, 0, 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_stat st = {0};
        int r = cosn_fs_stat(b->fs, &st, rows[i].path, &b->err);
        CHECK_ROW(rows[i].path, r == rows[i].status);
        bool exists = false;
        CHECK_ROW(rows[i].path, cosn_fs_exists(b->fs, &exists, rows[i].path, &b->err) == 0);
        CHECK_ROW(rows[i].path, exists == (r == 0));
        if (r == 0) {
            CHECK_ROW(rows[i].path, st.is_dir == rows[i].is_dir);
            CHECK_ROW(rows[i].path, st.length_bytes == rows[i].length);
            CHECK_ROW(rows[i].path, st.mtime_unix_ms == rows[i].mtime);
        }
    }
}

static void a_refusal_is_not_absence(void **state)
{
    struct bench *b = *state;
    static const struct {
        int http;
        const char *code;
        int status;
    } rows[] = {{403, "AccessDenied", COSN_E_DENIED},
                {500, "InternalError", COSN_E_BUSY},
                {404, "NoSuchBucket", COSN_E_NOT_FOUND}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        bench_refuse(b, "GET", "", rows[i].http, rows[i].code);
        bool exists = true;
        CHECK_ROW(rows[i].code,
                  cosn_fs_exists(b->fs, &exists, "/x", &b->err) == rows[i].status);
        CHECK_ROW(rows[i].code, exists);
    }
    assert_int_equal(b->err.detail, COSN_D_NO_BUCKET);
}

/* --- list --- */

struct seen {
    char text[400000];
    size_t n;
};

static int note(void *ctx, const char *path, const struct cosn_stat *st)
{
    struct seen *s = ctx;
    size_t used = strlen(s->text);
    (void)snprintf(s->text + used, sizeof(s->text) - used, "%s%s\n", path,
                   st->is_dir ? "/" : "");
    s->n++;
    return 0;
}

static const char *listing(struct bench *b, const char *path, bool recursive)
{
    static struct seen seen; /* one test at a time */
    memset(&seen, 0, sizeof(seen));
    if (cosn_fs_list(b->fs, path, recursive, note, &seen, &b->err) < 0) {
        return cosn_status_name(b->err.status);
    }
    return seen.text;
}

static void a_list_has_the_children_once_in_order(void **state)
{
    struct bench *b = *state;
    static const char *const keys[] = {
        "d/",   "d/b",  "d/a b+%#?", "d/sub/x", "d/sub/y/z", "d/sub-2/x", "d/\xE4\xB8\xAD",
        "d//x", "dx/y", "e/",        "file"};
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        fake_seed(b->fake, keys[i], "", 0);
    }
    for (size_t page = 1; page <= 8; page++) {
        b->fake->page_max = page;
        assert_string_equal(listing(b, "/d", /* recursive= */ false),
                            "/d/a b+%#?\n/d/b\n/d/sub-2/\n/d/sub/\n/d/\xE4\xB8\xAD\n");
    }
    assert_string_equal(listing(b, "/d", /* recursive= */ true),
                        "/d//x\n/d/a b+%#?\n/d/b\n/d/sub-2/x\n/d/sub/x\n"
                        "/d/sub/y/z\n/d/\xE4\xB8\xAD\n");
    assert_string_equal(listing(b, "/e", /* recursive= */ false), "");
    assert_string_equal(listing(b, "/file", /* recursive= */ false), "/file\n");
    assert_string_equal(listing(b, "/missing", /* recursive= */ false), "COSN_E_NOT_FOUND");
    assert_string_equal(listing(b, "/", /* recursive= */ false), "/d/\n/dx/\n/e/\n/file\n");
}

static void an_empty_bucket_lists_empty(void **state)
{
    struct bench *b = *state;
    assert_string_equal(listing(b, "/", /* recursive= */ false), "");
}

static void page_boundaries_lose_and_repeat_nothing(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < 2500; i++) {
        char key[64];
        (void)snprintf(key, sizeof(key), i % 2 == 0 ? "d/%04d" : "d/%04d/x", i);
        fake_seed(b->fake, key, "", 0);
    }
    static struct seen seen;
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(cosn_fs_list(b->fs, "/d", /* recursive= */ false, note, &seen, &b->err),
                     0);
    assert_int_equal(seen.n, 2500);
    for (int i = 0; i < 2500; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), i % 2 == 0 ? "/d/%04d\n" : "/d/%04d/\n", i);
        assert_memory_equal(seen.text + (size_t)(i / 2) * 17 + (i % 2 == 0 ? 0 : 8), path,
                            strlen(path));
    }
}

static int stop(void *ctx, const char *path, const struct cosn_stat *st)
{
    (void)path;
    (void)st;
    return ++*(int *)ctx == 2 ? 42 : 0;
}

static void a_visitor_can_stop(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "a", "", 0);
    fake_seed(b->fake, "b", "", 0);
    fake_seed(b->fake, "c", "", 0);
    int n = 0;
    assert_int_equal(cosn_fs_list(b->fs, "/", /* recursive= */ false, stop, &n, &b->err), 42);
    assert_int_equal(n, 2);
}

/* --- mkdirs --- */

static void mkdirs_makes_one_marker(void **state)
{
    struct bench *b = *state;
    assert_int_equal(cosn_fs_mkdirs(b->fs, "/a/b/c", &b->err), 0);
    assert_int_equal(b->fake->n_objects, 1);
    assert_non_null(fake_object(b->fake, "a/b/c/"));
    size_t puts = fake_count(b->fake, "PUT", /* part= */ NULL);
    assert_int_equal(cosn_fs_mkdirs(b->fs, "/a/b/c", &b->err), 0);
    assert_int_equal(cosn_fs_mkdirs(b->fs, "/a/b", &b->err), 0);
    assert_int_equal(cosn_fs_mkdirs(b->fs, "/", &b->err), 0);
    assert_int_equal(fake_count(b->fake, "PUT", /* part= */ NULL), puts);
}

static void mkdirs_refuses_files_in_its_way(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "f", "", 0);
    assert_int_equal(cosn_fs_mkdirs(b->fs, "/f", &b->err), COSN_E_EXISTS);
    assert_int_equal(b->err.detail, COSN_D_NOT_DIR);
    assert_int_equal(cosn_fs_mkdirs(b->fs, "/f/x/y", &b->err), COSN_E_EXISTS);
    assert_int_equal(b->fake->n_objects, 1);
}

static void mkdirs_works_below_what_a_scoped_token_may_see(void **state)
{
    struct bench *b = *state;
    bench_refuse(b, "HEAD", "/outside?", 403, /* code= */ NULL);
    assert_int_equal(cosn_fs_mkdirs(b->fs, "/outside/in", &b->err), 0);
    assert_non_null(fake_object(b->fake, "outside/in/"));
}

/* "bucket/scoped/" + "*" covers what lies in the directory and not its own key (fluss-plugin.md
 * s.4). */
static void a_scoped_token_sees_its_own_directory(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "scoped/x", "1", 1);
    bench_refuse(b, "HEAD", "/scoped?", 403, /* code= */ NULL);
    struct cosn_stat st;
    assert_int_equal(cosn_fs_stat(b->fs, &st, "/scoped", &b->err), 0);
    assert_true(st.is_dir);
    assert_string_equal(listing(b, "/scoped", /* recursive= */ false), "/scoped/x\n");
    bench_refuse(b, "HEAD", "/empty?", 403, /* code= */ NULL);
    assert_int_equal(cosn_fs_stat(b->fs, &st, "/empty", &b->err), COSN_E_DENIED);
    assert_string_equal(listing(b, "/empty", /* recursive= */ false),
                        cosn_status_name(COSN_E_DENIED));
}

/* --- delete --- */

static void deleting_the_last_child_keeps_the_directory(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "d/f", "", 0);
    bool deleted = false;
    assert_int_equal(cosn_fs_delete(b->fs, "/d/f", /* recursive= */ false, &deleted, &b->err),
                     0);
    assert_true(deleted);
    assert_null(fake_object(b->fake, "d/f"));
    struct cosn_stat st;
    assert_int_equal(cosn_fs_stat(b->fs, &st, "/d", &b->err), 0);
    assert_true(st.is_dir);
    assert_int_equal(cosn_fs_delete(b->fs, "/d/f", /* recursive= */ true, &deleted, &b->err),
                     0);
    assert_false(deleted);
}

static void a_directory_with_something_in_it_needs_recursive(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "d/", "", 0);
    fake_seed(b->fake, "d/f", "", 0);
    bool deleted = false;
    assert_int_equal(cosn_fs_delete(b->fs, "/d", /* recursive= */ false, &deleted, &b->err),
                     COSN_E_EXISTS);
    assert_int_equal(b->err.detail, COSN_D_NOT_EMPTY);
    assert_int_equal(b->fake->n_objects, 2);
    fake_seed(b->fake, "e/", "", 0);
    assert_int_equal(cosn_fs_delete(b->fs, "/e", /* recursive= */ false, &deleted, &b->err), 0);
    assert_true(deleted);
    assert_null(fake_object(b->fake, "e/"));
}

static void seed_tree(struct bench *b, const char *dir, int n)
{
    for (int i = 0; i < n; i++) {
        char key[64];
        (void)snprintf(key, sizeof(key), "%s/%03d/%04d", dir, i % 7, i);
        fake_seed(b->fake, key, "x", 1);
    }
}

static void a_recursive_delete_takes_all_and_no_sibling(void **state)
{
    struct bench *b = *state;
    seed_tree(b, "dir", 2500);
    fake_seed(b->fake, "dir/", "", 0);
    fake_seed(b->fake, "dir/a\nb", "", 0);
    fake_seed(b->fake, "dir2/x", "", 0);
    fake_seed(b->fake, "dir-x", "", 0);
    bool deleted = false;
    assert_int_equal(cosn_fs_delete(b->fs, "/dir", /* recursive= */ true, &deleted, &b->err),
                     0);
    assert_true(deleted);
    assert_int_equal(b->fake->n_objects, 2);
    assert_int_equal(fake_count(b->fake, "POST", "delete"), 3);
    assert_non_null(fake_header(&b->fake->requests[2], "Authorization"));
}

static void a_policy_without_multi_delete_still_deletes(void **state)
{
    struct bench *b = *state;
    seed_tree(b, "dir", 30);
    bench_refuse(b, "POST", "delete", 403, "AccessDenied");
    bool deleted = false;
    assert_int_equal(cosn_fs_delete(b->fs, "/dir", /* recursive= */ true, &deleted, &b->err),
                     0);
    assert_int_equal(b->fake->n_objects, 0);
    assert_int_equal(fake_count(b->fake, "POST", "delete"), 1);
}

static void the_root_is_never_deleted(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "f", "", 0);
    bool deleted = true;
    assert_int_equal(cosn_fs_delete(b->fs, "/", /* recursive= */ true, &deleted, &b->err), 0);
    assert_false(deleted);
    assert_int_equal(cosn_fs_delete(b->fs, "/", /* recursive= */ false, &deleted, &b->err),
                     COSN_E_EXISTS);
    assert_int_equal(b->fake->n_objects, 1);
}

/* --- rename --- */

static void a_file_moves(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "d/f", "content", 7);
    bool renamed = false;
    assert_int_equal(cosn_fs_rename(b->fs, "/d/f", "/g h", &renamed, &b->err), 0);
    assert_true(renamed);
    assert_null(fake_object(b->fake, "d/f"));
    assert_string_equal(fake_object(b->fake, "g h")->bytes, "content");
    assert_non_null(fake_object(b->fake, "d/"));
}

static const struct {
    const char *name, *from, *to;
    int status;
    const char *result; /* key that exists afterwards */
} renames[] = {
    {"onto a file", "/f", "/g", COSN_E_EXISTS, "f"},
    {"into a directory", "/f", "/dir", 0, "dir/f"},
    {"into a directory that has one", "/f", "/has", COSN_E_EXISTS, "f"},
    {"into the root", "/dir/x", "/", 0, "x"},
    {"missing source", "/none", "/new", COSN_E_NOT_FOUND, "f"},
    {"to itself", "/f", "/f", COSN_E_INVALID, "f"},
    {"directory to itself", "/dir", "/dir/", COSN_E_INVALID, "dir/x"},
    {"into its own subtree", "/dir", "/dir/y/z", COSN_E_INVALID, "dir/x"},
    {"missing parent", "/f", "/none/f", COSN_E_NOT_FOUND, "f"},
    {"parent is a file", "/f", "/g/f", COSN_E_EXISTS, "f"},
    {"directory", "/dir", "/new", 0, "new/x"},
    {"directory into a directory", "/dir", "/has", 0, "has/dir/x"},
};

static void a_rename_follows_the_rules(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(renames); i++) {
        if (i > 0) {
            bench_teardown(state);
            bench_setup(state);
        }
        struct bench *b = *state;
        fake_seed(b->fake, "f", "1", 1);
        fake_seed(b->fake, "g", "2", 1);
        fake_seed(b->fake, "dir/x", "3", 1);
        fake_seed(b->fake, "has/f", "4", 1);
        bool renamed = false;
        int r = cosn_fs_rename(b->fs, renames[i].from, renames[i].to, &renamed, &b->err);
        CHECK_ROW(renames[i].name, r == renames[i].status);
        CHECK_ROW(renames[i].name, renamed == (r == 0));
        CHECK_ROW(renames[i].name, fake_object(b->fake, renames[i].result) != NULL);
        if (r < 0) {
            CHECK_ROW(renames[i].name, b->fake->n_objects == 4);
            CHECK_ROW(renames[i].name, fake_count(b->fake, "DELETE", /* part= */ NULL) == 0);
        }
    }
}

static void a_directory_moves_whole(void **state)
{
    struct bench *b = *state;
    seed_tree(b, "src", 2500);
    fake_seed(b->fake, "src/", "", 0);
    fake_seed(b->fake, "src2/x", "", 0);
    bool renamed = false;
    assert_int_equal(cosn_fs_rename(b->fs, "/src", "/dst", &renamed, &b->err), 0);
    assert_int_equal(b->fake->n_objects, 2502);
    assert_non_null(fake_object(b->fake, "dst/"));
    assert_non_null(fake_object(b->fake, "dst/000/0000"));
    assert_non_null(fake_object(b->fake, "src2/x"));
}

static void a_rename_that_fails_midway_leaves_the_source_and_no_copies(void **state)
{
    struct bench *b = *state;
    seed_tree(b, "src", 20);
    bench_refuse(b, "PUT", "/dst/0", 403, "AccessDenied");
    b->let_pass = 9;
    bool renamed = true;
    assert_int_equal(cosn_fs_rename(b->fs, "/src", "/dst", &renamed, &b->err), COSN_E_DENIED);
    assert_true(renamed); /* untouched */
    assert_int_equal(b->fake->n_objects, 20);
    assert_non_null(fake_object(b->fake, "src/000/0000"));
}

static void the_root_is_not_renamed(void **state)
{
    struct bench *b = *state;
    bool renamed = true;
    assert_int_equal(cosn_fs_rename(b->fs, "/", "/x", &renamed, &b->err), 0);
    assert_false(renamed);
}

static void a_failed_operation_poisons_nothing(void **state)
{
    struct bench *b = *state;
    bench_refuse(b, "HEAD", "", 403, /* code= */ NULL);
    struct cosn_stat st;
    assert_int_equal(cosn_fs_stat(b->fs, &st, "/f", &b->err), COSN_E_DENIED);
    assert_null(strstr(b->err.message, "CANARY"));
    bench_behave(b);
    fake_seed(b->fake, "f", "1", 1);
    assert_int_equal(cosn_fs_stat(b->fs, &st, "/f", &b->err), 0);
}

struct slow_down {
    const struct world *world;
    int64_t until_mono_ms;
};

static int slow_down_until(void *ctx, struct fake *f, const struct fake_request *rq,
                           struct cosn_http_reply *reply, struct cosn_error *err)
{
    const struct slow_down *s = ctx;
    (void)f;
    (void)rq;
    (void)err;
    if (s->world->mono_ms >= s->until_mono_ms) {
        return 0;
    }
    fake_refuse(reply, 503, /* code= */ NULL, /* message= */ NULL);
    return 1;
}

static void the_retry_keys_say_how_long_trouble_is_outlived(void **state)
{
    struct bench *b = *state;
    fake_seed(b->fake, "f", "x", 1);
    static const struct {
        const char *retries, *interval_s;
        int64_t lasts_ms;
        int want;
    } rows[] = {
        {"3", "3", 8900, 0},          {"3", "3", 9100, COSN_E_BUSY},
        {"3", "10", 29900, 0},        {"3", "10", 30100, COSN_E_BUSY},
        {"3", "1", 2900, 0},          {"3", "1", 3100, COSN_E_BUSY},
        {"20", "3", 59000, 0},        {"1", "3", 2900, 0},
        {"0", "3", 100, COSN_E_BUSY},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char row[64];
        (void)snprintf(row, sizeof(row), "%s x %s s, %lld ms", rows[i].retries,
                       rows[i].interval_s, (long long)rows[i].lasts_ms);
        bench_set(b, "fs.cosn.maxRetries", rows[i].retries);
        bench_set(b, "fs.cosn.retry.interval.seconds", rows[i].interval_s);
        bench_open(b);
        struct slow_down s = {&b->world, b->world.mono_ms + rows[i].lasts_ms};
        b->fake->intercept = slow_down_until;
        b->fake->intercept_ctx = &s;
        struct cosn_stat st;
        CHECK_ROW(row, cosn_fs_stat(b->fs, &st, "/f", &b->err) == rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(opening_sends_nothing),
        T(opening_refuses_what_cannot_work),
        T(options_are_read_as_far_as_their_size),
        T(a_status_says_what_is_there),
        T(a_refusal_is_not_absence),
        T(a_list_has_the_children_once_in_order),
        T(an_empty_bucket_lists_empty),
        T(page_boundaries_lose_and_repeat_nothing),
        T(a_visitor_can_stop),
        T(mkdirs_makes_one_marker),
        T(mkdirs_refuses_files_in_its_way),
        T(mkdirs_works_below_what_a_scoped_token_may_see),
        T(a_scoped_token_sees_its_own_directory),
        T(deleting_the_last_child_keeps_the_directory),
        T(a_directory_with_something_in_it_needs_recursive),
        T(a_recursive_delete_takes_all_and_no_sibling),
        T(a_policy_without_multi_delete_still_deletes),
        T(the_root_is_never_deleted),
        T(a_file_moves),
        T(a_rename_follows_the_rules),
        T(a_directory_moves_whole),
        T(a_rename_that_fails_midway_leaves_the_source_and_no_copies),
        T(the_root_is_not_renamed),
        T(a_failed_operation_poisons_nothing),
        T(the_retry_keys_say_how_long_trouble_is_outlived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
