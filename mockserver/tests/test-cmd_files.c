/* SPDX-License-Identifier: Apache-2.0 */
/* Files of cosmock whose paths users give. */
#include "cosbase/file.h"
#include "program.h"
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

/* Devices stand behind links: what breaks this rule as root replaces the link of a test, not
 * the machine's device. */
enum node { ABSENT, REGULAR, LINK, DANGLING, FIFO, DIRECTORY, DEVICE };
struct place {
    const char *name, *path;
    enum node node;
    bool fails;
};
static const struct place places[] = {
    {"absent", "f", ABSENT, false},
    {"regular", "f", REGULAR, false},
    {"link to a regular file", "link", LINK, false},
    {"link to nothing", "link", DANGLING, false},
    {"FIFO", "fifo", FIFO, false},
    {"standard output", "stdout", DEVICE, false},
    {"full disk", "full", DEVICE, true},
    {"directory", "d", DIRECTORY, true},
    {"in no directory", "none/f", ABSENT, true},
    {"where nobody can", "/proc/f", ABSENT, true},
};

/* A directory with a place in it; the FIFO has a reader. */
struct ground {
    struct scratch dir;
    int reader;
};

/* What stands at @p before, by lstat. */
static struct ground plant(const struct place *p)
{
    struct ground g = {.reader = -1};

    scratch_enter(&g.dir);
    if (p->node == REGULAR || p->node == LINK) {
        assert_int_equal(cos_file_write("f", COS_SPAN_LIT("old"), 0600), 0);
    }
    if (p->node == LINK || p->node == DANGLING) {
        assert_int_equal(symlink("f", "link"), 0);
    }
    assert_int_equal(symlink("/dev/stdout", "stdout"), 0);
    assert_int_equal(symlink("/dev/full", "full"), 0);
    if (p->node == DIRECTORY) {
        assert_int_equal(mkdir("d", 0700), 0);
    }
    if (p->node == FIFO) {
        assert_int_equal(mkfifo("fifo", 0600), 0);
        g.reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    return g;
}

/* The node is of the kind it was; a regular file at its end holds @text, readable by its owner
 * only. */
static void check_place(const struct place *p, int reader, const struct run *r,
                        const char *text)
{
    struct stat st = {.st_mode = 0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf got;

    cos_buf_init(&got, 1u << 20);
    (void)lstat(p->path, &st);
    if (p->node == FIFO) {
        read_all(reader, &got);
    } else if (p->node == DEVICE) {
        cos_buf_span(&got, cos_buf_view(&r->text));
    } else {
        assert_int_equal(cos_file_read(&got, p->path), 0);
    }
    if (strstr(cos_buf_cstr(&got), text) == NULL) {
        fail_msg("%s: '%s' is not in '%s'", p->name, text, cos_buf_cstr(&got));
    }
    if (S_ISLNK(st.st_mode) != (p->node == LINK || p->node == DANGLING || p->node == DEVICE) ||
        S_ISFIFO(st.st_mode) != (p->node == FIFO)) {
        fail_msg("%s became something else: mode %o", p->name, (unsigned)st.st_mode);
    }
    if (p->node != DEVICE && stat(p->path, &st) == 0 && S_ISREG(st.st_mode)) {
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void clear(const struct ground *g)
{
    if (g->reader >= 0) {
        (void)close(g->reader);
    }
    scratch_remove(&g->dir);
}

static void check_failed(const struct place *p, const struct run *r)
{
    if (r->status == 0 || strstr(cos_buf_cstr(&r->complaints), p->path) == NULL) {
        fail_msg("%s: status %d, '%s'", p->name, r->status, cos_buf_cstr(&r->complaints));
    }
}

static void the_journal_goes_where_its_path_leads(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(places); i++) {
        const struct place *p = &places[i];
        struct ground ground = plant(p);
        struct run r = RUN("exec", "--quiet", "--journal", p->path, "--", "curl", "-q", "-s",
                           "-o", "/dev/null", "http://service.cos.myqcloud.com/");

        if (p->fails) {
            check_failed(p, &r);
        } else {
            assert_int_equal(r.status, 0);
            check_place(p, ground.reader, &r, "\"GetService\"");
        }
        run_free(&r);
        clear(&ground);
    }
}

static void a_lost_journal_does_not_hide_the_commands_status(void **state)
{
    struct place full = {"full disk", "full", DEVICE, true};
    struct ground ground = plant(&full);
    struct run r = RUN("exec", "--quiet", "--journal", "full", "--", "sh", "-c",
                       "curl -q -s http://service.cos.myqcloud.com/; exit 7");

    assert_int_equal(r.status, 7);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "cannot write journal full"));
    run_free(&r);
    clear(&ground);
}

static void a_journal_that_cannot_be_written_is_told_before_the_command_runs(void **state)
{
    struct run r =
        RUN("exec", "--quiet", "--journal", "/nonexistent/j", "--", "echo", "it ran");

    assert_int_not_equal(r.status, 0);
    assert_int_equal(r.text.len, 0);
    run_free(&r);
}

/* The ready line is on standard output and in the file; at the end the file we made is gone,
 * and one that was there is empty. */
static void the_ready_file_goes_where_its_path_leads(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(places); i++) {
        const struct place *p = &places[i];
        struct ground ground = plant(p);
        struct run r = START("serve", "--ready-file", p->path);

        read_line(r.out, &r.text); /* nothing comes when it ends at once */
        if (!p->fails) {
            check_place(p, ground.reader, &r, "\"ready\":true");
        }
        assert_int_equal(kill(r.pid, SIGTERM), 0);
        finish(&r);
        struct stat st;
        if (p->fails) {
            check_failed(p, &r);
        } else {
            assert_int_equal(r.status, 0);
            if (p->node == ABSENT || p->node == DANGLING) {
                assert_int_not_equal(access("f", F_OK), 0);
            } else if (p->node == REGULAR || p->node == LINK) {
                assert_int_equal(stat("f", &st), 0);
                assert_int_equal(st.st_size, 0);
            }
            assert_true(p->node != LINK || (lstat("link", &st) == 0 && S_ISLNK(st.st_mode)));
        }
        run_free(&r);
        clear(&ground);
    }
}

/* Somebody else's mock took the name meanwhile. */
static void a_ready_file_of_another_mock_stays(void **state)
{
    struct place absent = {"absent", "f", ABSENT, false};
    struct ground ground = plant(&absent);
    struct run r = START("serve", "--ready-file", "f");

    read_line(r.out, &r.text);
    assert_int_equal(cos_file_write("g", COS_SPAN_LIT("theirs"), 0600), 0);
    assert_int_equal(rename("g", "f"), 0);
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    finish(&r);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf got;
    cos_buf_init(&got, 64);
    assert_int_equal(cos_file_read(&got, "f"), 0);
    assert_string_equal(cos_buf_cstr(&got), "theirs");
    run_free(&r);
    clear(&ground);
}

/* --dir is given by the user too: what stands under the three names is treated alike. */
static void the_exported_ca_goes_where_its_path_leads(void **state)
{
    static const char *const names[] = {"ca.pem", "truststore.jks", "hosts"};

    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        struct place link = {"link", "link", LINK, false};
        struct ground ground = plant(&link);

        assert_int_equal(rename("link", names[i]), 0);
        struct run r = START("serve", "--dir", ".");
        read_line(r.out, &r.text);
        assert_int_equal(kill(r.pid, SIGTERM), 0);
        finish(&r);
        assert_int_equal(r.status, 0);
        struct stat st;
        assert_true(lstat(names[i], &st) == 0 && S_ISLNK(st.st_mode));
        assert_true(stat("f", &st) == 0 && st.st_size > 3);
        assert_int_equal(unlink(names[i]), 0);
        assert_int_equal(symlink("/dev/full", names[i]), 0);
        run_free(&r);
        r = START("serve", "--dir", ".");
        read_line(r.out, &r.text);
        assert_int_equal(kill(r.pid, SIGTERM), 0);
        finish(&r);
        assert_int_not_equal(r.status, 0);
        assert_non_null(strstr(cos_buf_cstr(&r.complaints), names[i]));
        run_free(&r);
        clear(&ground);
    }
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_journal_goes_where_its_path_leads),
        cmocka_unit_test(a_lost_journal_does_not_hide_the_commands_status),
        cmocka_unit_test(a_journal_that_cannot_be_written_is_told_before_the_command_runs),
        cmocka_unit_test(the_ready_file_goes_where_its_path_leads),
        cmocka_unit_test(a_ready_file_of_another_mock_stays),
        cmocka_unit_test(the_exported_ca_goes_where_its_path_leads),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
