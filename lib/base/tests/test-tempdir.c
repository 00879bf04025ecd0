/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories that die with their owners. A dead owner is a child process that was killed; what
 * stands under the same names and is not ours must stay.
 */
#include "check.h"
#include "cosbase/file.h"
#include "cosbase/tempdir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char parent[64];

static int make_parent(void **state)
{
    (void)snprintf(parent, sizeof(parent), "/tmp/cosbase-temp-XXXXXX");
    return mkdtemp(parent) == NULL || chdir(parent) != 0 ? -1 : 0;
}

static int remove_parent(void **state)
{
    return chdir("/") != 0 ? -1 : cos_dir_remove(parent);
}

static int make(struct cos_tempdir *t)
{
    const char *const parents[] = {parent};
    return cos_tempdir_make(t, parents, 1, "x");
}

static void it_is_private_and_goes_with_its_content(void **state)
{
    struct cos_tempdir t;
    struct stat st;
    char file[COS_TEMPDIR_MAX + 8];
    assert_int_equal(make(&t), 0);
    assert_int_equal(stat(t.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    (void)snprintf(file, sizeof(file), "%s/f", t.path);
    assert_int_equal(cos_file_write(file, COS_SPAN_LIT("x"), 0600), 0);
    (void)snprintf(file, sizeof(file), "%s", t.path);
    assert_int_equal(cos_tempdir_remove(&t), 0);
    assert_int_equal(access(file, F_OK), -1);
    assert_int_equal(cos_tempdir_remove(&t), 0);
}

/* A child makes one, tells the path, and is killed. */
static void leave_one_behind(char path[COS_TEMPDIR_MAX])
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        struct cos_tempdir t;
        ssize_t n = make(&t) == 0 ? write(fds[1], t.path, sizeof(t.path)) : 0;
        (void)n;
        for (;;) {
            (void)pause();
        }
    }
    assert_int_equal(read(fds[0], path, COS_TEMPDIR_MAX), COS_TEMPDIR_MAX);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void what_a_dead_owner_left_goes_at_the_next_run(void **state)
{
    char dead[COS_TEMPDIR_MAX];
    struct cos_tempdir t;
    leave_one_behind(dead);
    assert_int_equal(make(&t), 0);
    assert_int_equal(access(dead, F_OK), 0);
    cos_tempdir_remove_dead(&t);
    assert_int_equal(access(dead, F_OK), -1);
    assert_int_equal(access(t.path, F_OK), 0);
    assert_int_equal(cos_tempdir_remove(&t), 0);
}

static void what_a_living_owner_holds_stays(void **state)
{
    struct cos_tempdir a, b;
    assert_int_equal(make(&a), 0);
    assert_int_equal(make(&b), 0);
    cos_tempdir_remove_dead(&b);
    assert_int_equal(access(a.path, F_OK), 0);
    assert_int_equal(cos_tempdir_remove(&a), 0);
    assert_int_equal(cos_tempdir_remove(&b), 0);
}

static void what_is_not_ours_stays(void **state)
{
    static const char *const names[] = {
        "x-abcdef", /* no lock: of a stranger, or of one that starts */
        "x-short/lock", "x-toolong7/lock", "y-abcdef/lock", "x-dirdir/lock/",
    };
    struct cos_tempdir t;
    struct stat st;
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const char *name = names[i];
        char dir[64] = "";
        size_t dir_bytes = strcspn(name, "/");
        memcpy(dir, name, dir_bytes);
        assert_int_equal(mkdir(dir, 0700), 0);
        if (name[dir_bytes] != '\0') {
            bool is_dir = name[strlen(name) - 1] == '/';
            assert_int_equal(is_dir ? mkdir(name, 0700)
                                    : cos_file_write(name, COS_SPAN_LIT(""), 0600),
                             0);
        }
    }
    assert_int_equal(mkdir("other", 0700), 0);
    assert_int_equal(cos_file_write("other/lock", COS_SPAN_LIT(""), 0600), 0);
    assert_int_equal(symlink("other", "x-linked"), 0);
    assert_int_equal(mkdir("x-locked", 0700), 0);
    assert_int_equal(symlink("../other/lock", "x-locked/lock"), 0);
    assert_int_equal(mkdir("x-foreig", 0700), 0);
    assert_int_equal(cos_file_write("x-foreig/lock", COS_SPAN_LIT(""), 0600), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown("x-foreig", 65534, 65534), 0); /* another user's */
    } else {
        assert_int_equal(cos_dir_remove("x-foreig"), 0);
    }
    assert_int_equal(make(&t), 0);
    cos_tempdir_remove_dead(&t);
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        CHECK_ROW(names[i], lstat(names[i], &st) == 0);
    }
    assert_int_equal(lstat("x-linked", &st), 0);
    assert_int_equal(access("other/lock", F_OK), 0);
    assert_int_equal(lstat("x-locked", &st), 0);
    assert_true(geteuid() != 0 || lstat("x-foreig", &st) == 0);
    assert_int_equal(cos_tempdir_remove(&t), 0);
}

static void the_first_parent_that_lets_us_is_taken(void **state)
{
    const char *const parents[] = {NULL,    "",     "relative", "/nonexistent",
                                   "/proc", parent, "/tmp"};
    const char *const none[] = {"/nonexistent"};
    struct cos_tempdir t;
    assert_int_equal(cos_tempdir_make(&t, parents, COS_ARRAY_LEN(parents), "x"), 0);
    assert_int_equal(strncmp(t.path, parent, strlen(parent)), 0);
    assert_int_equal(cos_tempdir_remove(&t), 0);
    assert_int_equal(cos_tempdir_make(&t, none, 1, "x"), -ENOENT);
    assert_string_equal(t.path, "");
    cos_tempdir_remove_dead(&t);
}

int main(void)
{
#define IN_PARENT(f) cmocka_unit_test_setup_teardown(f, make_parent, remove_parent)
    const struct CMUnitTest tests[] = {
        IN_PARENT(it_is_private_and_goes_with_its_content),
        IN_PARENT(what_a_dead_owner_left_goes_at_the_next_run),
        IN_PARENT(what_a_living_owner_holds_stays),
        IN_PARENT(what_is_not_ours_stays),
        IN_PARENT(the_first_parent_that_lets_us_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
