/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of thing that may stand at a path, and what a write leaves there. The right values
 * are those of a shell's `> path` (POSIX XCU 2.7.2), but for regular files, which change in one
 * step.
 */
#include "check.h"
#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "cosbase/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define NOBODY 65534
#define TEXT "new bytes"

static char dir[64];

static int make_dir(void **state)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/cosbase-out-XXXXXX");
    return mkdtemp(dir) == NULL || chdir(dir) != 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
    return chdir("/") != 0 ? -1 : cos_dir_remove(dir);
}

static void plant(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void check_text(const char *path, const char *text)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1 << 20);
    assert_int_equal(cos_file_read(&b, path), 0);
    assert_string_equal(cos_buf_cstr(&b), text);
}

static struct stat look(const char *path)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return st;
}

static size_t count_entries(void)
{
    size_t n = 0;
    DIR *d = opendir(".");
    assert_non_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    (void)closedir(d);
    return n - 2; /* . and .. */
}

/* The whole way; flags 0 and 0600 are what the programs use. */
static int put(const char *path)
{
    COS_CLEANUP(cos_outfile_deinit) struct cos_outfile o = {.is_open = false};
    int r = cos_outfile_open(&o, path, 0600, 0);
    if (r == 0) {
        cos_outfile_write(&o, cos_span_of(TEXT));
        r = cos_outfile_commit(&o);
    }
    return r;
}

static void what_was_absent_is_made(void **state)
{
    assert_int_equal(put("f"), 0);
    check_text("f", TEXT);
    assert_int_equal(look("f").st_mode, S_IFREG | 0600);
    assert_int_equal(count_entries(), 1);
}

static void the_umask_applies_to_a_new_file(void **state)
{
    struct cos_outfile o;
    mode_t old = umask(027);
    assert_int_equal(cos_outfile_open(&o, "f", 0666, 0), 0);
    assert_int_equal(cos_outfile_commit(&o), 0);
    (void)umask(old);
    assert_int_equal(look("f").st_mode & 0777, 0640);
    cos_outfile_deinit(&o);
}

static void a_regular_file_keeps_its_mode_and_changes_in_one_step(void **state)
{
    struct cos_outfile o;
    plant("f", "old", 0640);
    assert_int_equal(cos_outfile_open(&o, "f", 0666, 0), 0);
    cos_outfile_write(&o, cos_span_of(TEXT));
    check_text("f", "old");
    assert_int_equal(cos_outfile_commit(&o), 0);
    check_text("f", TEXT);
    assert_int_equal(look("f").st_mode & 0777, 0640);
    assert_int_equal(count_entries(), 1);
    cos_outfile_deinit(&o);
}

static void what_is_not_committed_leaves_the_old_bytes(void **state)
{
    struct cos_outfile o;
    plant("f", "old", 0640);
    assert_int_equal(cos_outfile_open(&o, "f", 0666, 0), 0);
    cos_outfile_write(&o, cos_span_of(TEXT));
    /* Where the file system has files without a name, not even SIGKILL leaves one. */
    assert_int_equal(count_entries(), o.temporary == NULL ? 1 : 2);
    cos_outfile_deinit(&o);
    check_text("f", "old");
    assert_int_equal(count_entries(), 1);
}

static void a_private_file_loses_what_others_could_read(void **state)
{
    struct cos_outfile o;
    plant("f", "old", 0644);
    assert_int_equal(cos_outfile_open(&o, "f", 0600, COS_OUTFILE_PRIVATE), 0);
    cos_outfile_write(&o, cos_span_of(TEXT));
    assert_int_equal(cos_outfile_commit(&o), 0);
    assert_int_equal(look("f").st_mode & 0777, 0600);
    cos_outfile_deinit(&o);
}

static void a_hard_link_stays_one(void **state)
{
    plant("f", "old and longer", 0600);
    assert_int_equal(link("f", "g"), 0);
    ino_t before = look("f").st_ino;
    assert_int_equal(put("f"), 0);
    check_text("g", TEXT);
    assert_int_equal(look("f").st_ino, before);
}

static void a_link_is_followed(void **state)
{
    assert_int_equal(mkdir("d", 0700), 0);
    plant("d/f", "old", 0640);
    assert_int_equal(symlink("d/f", "one"), 0);
    assert_int_equal(symlink("one", "two"), 0);
    assert_int_equal(put("two"), 0);
    assert_true(S_ISLNK(look("two").st_mode) && S_ISLNK(look("one").st_mode));
    check_text("d/f", TEXT);
    assert_int_equal(look("d/f").st_mode & 0777, 0640);
}

static void a_link_to_nothing_makes_what_it_names(void **state)
{
    assert_int_equal(symlink("later", "link"), 0);
    assert_int_equal(put("link"), 0);
    assert_true(S_ISLNK(look("link").st_mode));
    assert_int_equal(look("later").st_mode, S_IFREG | 0600);
    check_text("later", TEXT);
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_int_equal(put("loop"), -ELOOP);
}

static void a_fifo_gets_the_bytes_and_stays(void **state)
{
    char got[32] = "";
    assert_int_equal(mkfifo("fifo", 0600), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_int_equal(put("fifo"), 0);
    assert_int_equal(read(reader, got, sizeof(got) - 1), strlen(TEXT));
    assert_string_equal(got, TEXT);
    assert_int_equal(read(reader, got, sizeof(got)), 0); /* and its end */
    assert_true(S_ISFIFO(look("fifo").st_mode));
    (void)close(reader);
}

static void a_reader_that_goes_away_is_an_error(void **state)
{
    struct cos_outfile o;
    void (*old)(int) = signal(SIGPIPE, SIG_IGN);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_int_equal(cos_outfile_open(&o, "fifo", 0600, 0), 0);
    (void)close(reader);
    cos_outfile_write(&o, cos_span_of(TEXT));
    assert_int_equal(cos_outfile_commit(&o), -EPIPE);
    cos_outfile_deinit(&o);
    (void)signal(SIGPIPE, old);
}

/* A descriptor by name: what stands there is not opened again, so a redirected file goes on
 * where it is. */
static void a_named_descriptor_is_written_where_it_stands(void **state)
{
    plant("f", "before ", 0600);
    int fd = open("f", O_WRONLY | O_APPEND | O_CLOEXEC);
    ino_t before = look("f").st_ino;
    char path[64];
    (void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
    assert_int_equal(symlink(path, "link"), 0);
    assert_int_equal(put(path), 0);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    assert_int_equal(put(path), 0);
    assert_int_equal(put("link"), 0);
    check_text("f", "before " TEXT TEXT TEXT);
    assert_int_equal(look("f").st_ino, before);
    (void)close(fd);
    (void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
    assert_int_equal(put(path), -EBADF);
}

static void a_socket_and_a_slow_pipe_are_written_through(void **state)
{
    static const char big[200000] = {'x'};
    struct cos_outfile o;
    int pair[2];
    char path[64], got[64] = "";
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    (void)snprintf(path, sizeof(path), "/dev/fd/%d", pair[0]);
    assert_int_equal(put(path), 0);
    assert_int_equal(read(pair[1], got, sizeof(got) - 1), strlen(TEXT));
    (void)close(pair[0]);
    (void)close(pair[1]);

    assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK), 0);
    (void)snprintf(path, sizeof(path), "/dev/fd/%d", pair[1]);
    pid_t reader = fork();
    if (reader == 0) {
        size_t n = 0;
        while (n < sizeof(big)) {
            (void)poll(&(struct pollfd){.fd = pair[0], .events = POLLIN}, 1, -1);
            ssize_t more = read(pair[0], got, sizeof(got));
            n += more > 0 ? (size_t)more : 0;
        }
        _exit(0);
    }
    assert_int_equal(cos_outfile_open(&o, path, 0600, 0), 0);
    cos_outfile_write(&o, cos_span_make(big, sizeof(big)));
    assert_int_equal(cos_outfile_commit(&o), 0);
    cos_outfile_deinit(&o);
    assert_int_equal(waitpid(reader, NULL, 0), reader);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void what_cannot_be_written_is_an_error_and_leaves_nothing(void **state)
{
    struct cos_outfile o;
    assert_int_equal(put("/dev/full"), -ENOSPC);
    assert_int_equal(cos_outfile_open(&o, "/dev/full", 0600, 0), 0);
    assert_true(fprintf(cos_outfile_stream(&o), TEXT) > 0);
    assert_int_equal(cos_outfile_commit(&o), -ENOSPC);
    cos_outfile_deinit(&o);
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(put("d"), -EISDIR);
    assert_int_equal(put("d/"), -EISDIR);
    assert_int_equal(put("new/"), -EISDIR);
    assert_int_equal(put("none/f"), -ENOENT);
    assert_int_equal(put(""), -ENOENT);
    plant("f", "old", 0600);
    assert_int_equal(put("f/g"), -ENOTDIR);
    assert_int_equal(count_entries(), 2);
}

/* Root may write everywhere: the rows are tried as nobody. */
static void rights_are_asked_before_the_first_byte(void **state)
{
    struct cos_outfile o;
    bool is_root = geteuid() == 0;
    assert_int_equal(chmod(".", 0555), 0);
    assert_int_equal(is_root ? seteuid(NOBODY) : 0, 0);
    int absent = cos_outfile_open(&o, "f", 0600, 0);
    cos_outfile_deinit(&o);
    assert_int_equal(is_root ? seteuid(0) : 0, 0);
    assert_int_equal(absent, -EACCES);

    assert_int_equal(chmod(".", 0755), 0);
    plant("f", "old", 0444);
    assert_int_equal(is_root ? seteuid(NOBODY) : 0, 0);
    int existing = cos_outfile_open(&o, "f", 0600, 0);
    cos_outfile_deinit(&o);
    assert_int_equal(is_root ? seteuid(0) : 0, 0);
    assert_int_equal(existing, -EACCES);
    check_text("f", "old");
}

static void a_file_in_a_closed_directory_is_written_in_place(void **state)
{
    bool is_root = geteuid() == 0;
    plant("f", "old and longer", 0666);
    ino_t before = look("f").st_ino;
    assert_int_equal(chmod(".", 0555), 0);
    assert_int_equal(is_root ? seteuid(NOBODY) : 0, 0);
    int r = put("f");
    assert_int_equal(is_root ? seteuid(0) : 0, 0);
    assert_int_equal(chmod(".", 0755), 0);
    assert_int_equal(r, 0);
    check_text("f", TEXT);
    assert_int_equal(look("f").st_ino, before);
}

static void a_file_of_another_owner_stays_theirs(void **state)
{
    if (geteuid() != 0) {
        skip(); /* only root can make one */
    }
    plant("f", "old", 0666);
    assert_int_equal(chmod(".", 0777), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    int r = put("f");
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(r, 0);
    assert_int_equal(look("f").st_uid, 0);
    check_text("f", TEXT);
    assert_int_equal(chown("f", NOBODY, NOBODY), 0);
    assert_int_equal(put("f"), 0); /* root replaces it, and gives it back */
    assert_int_equal(look("f").st_uid, NOBODY);
    assert_int_equal(count_entries(), 1);
}

static void a_stream_is_visible_as_it_grows(void **state)
{
    struct cos_outfile o;
    assert_int_equal(cos_outfile_open(&o, "f", 0644, COS_OUTFILE_STREAM), 0);
    FILE *to = cos_outfile_stream(&o);
    assert_non_null(to);
    assert_true(fprintf(to, "one\n") == 4 && fflush(to) == 0);
    check_text("f", "one\n");
    assert_int_equal(cos_outfile_commit(&o), 0);
    cos_outfile_deinit(&o);
}

static void only_what_we_made_is_taken_away(void **state)
{
    static const struct {
        const char *name, *plant, *link;
        bool replaced, stays;
    } rows[] = {
        {.name = "absent"},
        {.name = "existing", .plant = "f", .stays = true},
        {.name = "link to nothing", .link = "f"},
        {.name = "made by us, replaced by another", .replaced = true, .stays = true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_outfile o;
        struct stat st;
        if (rows[i].plant != NULL) {
            plant("f", "old", 0600);
        }
        if (rows[i].link != NULL) {
            assert_int_equal(symlink("f", "link"), 0);
        }
        assert_int_equal(cos_outfile_open(&o, rows[i].link != NULL ? "link" : "f", 0600, 0), 0);
        cos_outfile_write(&o, cos_span_of(TEXT));
        assert_int_equal(cos_outfile_commit(&o), 0);
        if (rows[i].replaced) {
            plant("g", "theirs", 0600);
            assert_int_equal(rename("g", "f"), 0);
        }
        cos_outfile_remove(&o);
        cos_outfile_deinit(&o);
        CHECK_ROW(rows[i].name, (lstat("f", &st) == 0) == rows[i].stays);
        CHECK_ROW(rows[i].name, rows[i].link == NULL || S_ISLNK(look("link").st_mode));
        CHECK_ROW(rows[i].name, rows[i].plant == NULL || st.st_size == 0);
        CHECK_ROW(rows[i].name, !rows[i].replaced || st.st_size == 6);
        (void)unlink("f");
        (void)unlink("link");
    }
}

int main(void)
{
#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        IN_DIR(what_was_absent_is_made),
        IN_DIR(the_umask_applies_to_a_new_file),
        IN_DIR(a_regular_file_keeps_its_mode_and_changes_in_one_step),
        IN_DIR(what_is_not_committed_leaves_the_old_bytes),
        IN_DIR(a_private_file_loses_what_others_could_read),
        IN_DIR(a_hard_link_stays_one),
        IN_DIR(a_link_is_followed),
        IN_DIR(a_link_to_nothing_makes_what_it_names),
        IN_DIR(a_fifo_gets_the_bytes_and_stays),
        IN_DIR(a_reader_that_goes_away_is_an_error),
        IN_DIR(a_named_descriptor_is_written_where_it_stands),
        IN_DIR(a_socket_and_a_slow_pipe_are_written_through),
        IN_DIR(what_cannot_be_written_is_an_error_and_leaves_nothing),
        IN_DIR(rights_are_asked_before_the_first_byte),
        IN_DIR(a_file_in_a_closed_directory_is_written_in_place),
        IN_DIR(a_file_of_another_owner_stays_theirs),
        IN_DIR(a_stream_is_visible_as_it_grows),
        IN_DIR(only_what_we_made_is_taken_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
