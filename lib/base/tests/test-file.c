/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and trees, in a fresh directory per test under the system's temporary one.
 */
#include "check.h"
#include "cosbase/buf.h"
#include "cosbase/file.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static char dir[64];
static char path_text[256];

static int make_dir(void **state)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/cosbase-test-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
    return cos_dir_remove(dir);
}

static const char *in_dir(const char *name)
{
    (void)snprintf(path_text, sizeof(path_text), "%s/%s", dir, name);
    return path_text;
}

static size_t count_entries(void)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    (void)closedir(d);
    return n - 2; /* . and .. */
}

static void what_is_written_is_read(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    struct stat st;
    cos_buf_init(&b, 1000);
    assert_int_equal(cos_file_write(in_dir("f"), COS_SPAN_LIT("one\0two"), 0640), 0);
    assert_int_equal(cos_file_read(&b, in_dir("f")), 0);
    assert_true(cos_span_eq(cos_buf_view(&b), COS_SPAN_LIT("one\0two")));
    assert_int_equal(stat(in_dir("f"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(count_entries(), 1);
}

static void a_second_write_replaces_the_first(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1000);
    assert_int_equal(cos_file_write(in_dir("f"), COS_SPAN_LIT("a long text"), 0600), 0);
    assert_int_equal(cos_file_write(in_dir("f"), COS_SPAN_LIT("short"), 0600), 0);
    assert_int_equal(cos_file_read(&b, in_dir("f")), 0);
    assert_string_equal(cos_buf_cstr(&b), "short");
}

static void a_failed_write_leaves_nothing_behind(void **state)
{
    assert_int_equal(cos_dir_make(in_dir("d/x"), 0700), 0);
    assert_int_equal(cos_file_write(in_dir("d"), COS_SPAN_LIT("x"), 0600), -EISDIR);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(cos_file_write(in_dir("none/f"), COS_SPAN_LIT("x"), 0600), -ENOENT);
}

static void the_buffers_maximum_bounds_a_read(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    assert_int_equal(cos_file_write(in_dir("f"), COS_SPAN_LIT("12345"), 0600), 0);
    cos_buf_init(&b, 5);
    assert_int_equal(cos_file_read(&b, in_dir("f")), 0);
    cos_buf_deinit(&b);
    cos_buf_init(&b, 4);
    assert_int_equal(cos_file_read(&b, in_dir("f")), -EFBIG);
}

static void reading_what_is_not_a_file_fails(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 100);
    assert_int_equal(cos_file_read(&b, in_dir("none")), -ENOENT);
    assert_int_equal(cos_file_read(&b, dir), -EISDIR);
}

static void directories_are_made_with_parents(void **state)
{
    assert_int_equal(cos_dir_make(in_dir("a/b//c/"), 0700), 0);
    assert_int_equal(cos_dir_make(in_dir("a/b/c"), 0700), 0);
    assert_int_equal(access(in_dir("a/b/c"), X_OK), 0);
    assert_int_equal(cos_file_write(in_dir("f"), COS_SPAN_LIT(""), 0600), 0);
    assert_int_equal(cos_dir_make(in_dir("f"), 0700), -ENOTDIR);
    assert_int_equal(cos_dir_make(in_dir("f/x"), 0700), -ENOTDIR);
    assert_int_equal(cos_dir_make("", 0700), -ENOENT);
    assert_int_equal(cos_dir_make("/", 0700), 0);
}

/* FIPS 180-2 appendix B.1. */
static void a_files_sha256_is_that_of_its_bytes(void **state)
{
    char hex[65];
    assert_int_equal(cos_file_write(in_dir("f"), COS_SPAN_LIT("abc"), 0600), 0);
    assert_int_equal(cos_file_sha256(hex, in_dir("f")), 0);
    assert_string_equal(hex,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(cos_file_sha256(hex, in_dir("none")), -ENOENT);
}

static void a_removed_tree_takes_links_but_not_their_targets(void **state)
{
    char target[256];
    assert_int_equal(cos_dir_make(in_dir("kept"), 0700), 0);
    assert_int_equal(cos_file_write(in_dir("kept/f"), COS_SPAN_LIT("x"), 0600), 0);
    (void)snprintf(target, sizeof(target), "%s/kept", dir);
    assert_int_equal(cos_dir_make(in_dir("gone/deep/er"), 0700), 0);
    assert_int_equal(cos_file_write(in_dir("gone/deep/f"), COS_SPAN_LIT("x"), 0600), 0);
    assert_int_equal(symlink(target, in_dir("gone/link")), 0);
    assert_int_equal(symlink(target, in_dir("link")), 0);
    assert_int_equal(cos_dir_remove(in_dir("gone")), 0);
    assert_int_equal(access(in_dir("gone"), F_OK), -1);
    assert_int_equal(cos_dir_remove(in_dir("link")), -ENOTDIR);
    assert_int_equal(access(in_dir("kept/f"), F_OK), 0);
}

static void removing_what_is_missing_is_fine(void **state)
{
    assert_int_equal(cos_dir_remove(in_dir("none")), 0);
}

static bool write_and_read(void)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    char hex[65];
    cos_buf_init(&b, 1000);
    return cos_file_write(in_dir("f"), COS_SPAN_LIT("x"), 0600) == 0 &&
           cos_file_read(&b, in_dir("f")) == 0 && cos_file_sha256(hex, in_dir("f")) == 0 &&
           cos_dir_make(in_dir("a/b"), 0700) == 0;
}

static void failed_allocations_are_reported(void **state)
{
    assert_true(torture(write_and_read) >= 5);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(what_is_written_is_read),
        IN_DIR(a_second_write_replaces_the_first),
        IN_DIR(a_failed_write_leaves_nothing_behind),
        IN_DIR(the_buffers_maximum_bounds_a_read),
        IN_DIR(reading_what_is_not_a_file_fails),
        IN_DIR(directories_are_made_with_parents),
        IN_DIR(a_files_sha256_is_that_of_its_bytes),
        IN_DIR(a_removed_tree_takes_links_but_not_their_targets),
        IN_DIR(removing_what_is_missing_is_fine),
        IN_DIR(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
