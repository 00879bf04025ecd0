/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run looks like while it goes on, to a terminal and to a pipe, and how it ends when it
 * is asked to. argv: cosconform, the evil driver, the host, the plugin.
 */
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "cosbase/xml.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 60000 /* against hanging; nothing here takes long */

static const char *judge, *evil, *host, *plugin;

/* A run: what it wrote to the descriptor that is watched, and how it ended. */
struct seen {
    pid_t pid;
    int fd;
    char text[1 << 18];
    size_t n;
    int status;
};

struct setting {
    const char *name;
    /* "NAME=value"; NULL-terminated. */
    const char *env[5];
    const char *words[5];
    unsigned short columns;
};

static void become(const char *const *env, const char *const *words)
{
    const char *argv[16] = {judge, "run"};
    for (size_t i = 0; i < 12 && words[i] != NULL; i++) {
        argv[i + 2] = words[i];
    }
    union {
        const char *const *in;
        char *const *out;
    } a = {.in = argv}, e = {.in = env};
    (void)execve(judge, a.out, e.out);
    _exit(127);
}

/* Until @needle (NULL: the end) was read. */
static void read_until(struct seen *s, const char *needle)
{
    while (needle == NULL || strstr(s->text, needle) == NULL) {
        struct pollfd waited = {.fd = s->fd, .events = POLLIN};
        assert_true(s->n < sizeof(s->text) - 1);
        if (poll(&waited, 1, WAIT_MS) <= 0) {
            fail_msg("no '%s' in: %s", needle != NULL ? needle : "end", s->text);
        }
        ssize_t n = read(s->fd, s->text + s->n, sizeof(s->text) - 1 - s->n);
        if (n <= 0) { /* EIO: the terminal's other side is closed */
            break;
        }
        s->n += (size_t)n;
        s->text[s->n] = '\0';
    }
}

static void finish(struct seen *s)
{
    read_until(s, NULL);
    assert_int_equal(waitpid(s->pid, &s->status, 0), s->pid);
    (void)close(s->fd);
}

static void on_terminal(struct seen *s, const struct setting *setting)
{
    struct winsize size = {.ws_row = 24, .ws_col = setting->columns};
    *s = (struct seen){.fd = -1};
    s->pid = forkpty(&s->fd, NULL, NULL, &size);
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        become(setting->env, setting->words);
    }
}

#define CLEVER "TERM=xterm", "LC_ALL=C.UTF-8"
#define SOME "--in-process", "--only=POL,CFG"

static void a_terminal_sees_areas_fill_and_keeps_none_of_it(void **state)
{
    static struct seen s;
    const struct setting setting = {"", {CLEVER, NULL}, {SOME, NULL}, 200};
    on_terminal(&s, &setting);
    finish(&s);
    assert_non_null(strstr(s.text, "CFG"));
    assert_non_null(strstr(s.text, "\u2591"));
    assert_non_null(strstr(s.text, "\u2588"));
    assert_non_null(strstr(s.text, "\r\033[K"));
    /* Behind the last erasure stands the report. */
    char *last = s.text;
    for (char *at = s.text; (at = strstr(at, "\r\033[K")) != NULL; at++) {
        last = at;
    }
    assert_non_null(strstr(last, "requirements tested"));
    assert_true(WIFEXITED(s.status) && WEXITSTATUS(s.status) == 0);
}

/* Columns of the text from @from to @to, escape sequences aside. */
static size_t width_of(const char *from, const char *to)
{
    size_t width = 0;
    while (from < to) {
        if (*from == '\033') {
            from += strcspn(from, "mK") + 1;
            continue;
        }
        width += ((unsigned char)*from & 0xC0) != 0x80 ? 1 : 0;
        from++;
    }
    return width;
}

static void a_line_is_never_wider_than_the_terminal(void **state)
{
    static const unsigned short widths[] = {200, 120, 80, 40, 20, 12};
    static struct seen s;
    for (size_t i = 0; i < COS_ARRAY_LEN(widths); i++) {
        const struct setting setting = {"", {CLEVER, NULL}, {SOME, NULL}, widths[i]};
        size_t n = 0;
        on_terminal(&s, &setting);
        finish(&s);
        for (const char *at = s.text; (at = strchr(at, '\r')) != NULL; at++) {
            const char *end = strstr(at, "\033[K");
            if (end == NULL || memchr(at + 1, '\n', (size_t)(end - at)) != NULL) {
                continue;
            }
            if (width_of(at + 1, end) >= widths[i]) {
                fail_msg("%u columns: %.*s", widths[i], (int)(end - at), at + 1);
            }
            n++;
        }
        assert_true(n >= 2);
    }
}

static void colour_is_where_it_is_wanted(void **state)
{
    static const struct {
        struct setting setting;
        bool has_color, has_bar;
    } table[] = {
        {{"a terminal", {CLEVER}, {SOME}, 80}, true, true},
        {{"NO_COLOR", {CLEVER, "NO_COLOR=1"}, {SOME}, 80}, false, true},
        {{"NO_COLOR empty", {CLEVER, "NO_COLOR="}, {SOME}, 80}, true, true},
        {{"--color louder", {CLEVER, "NO_COLOR=1"}, {SOME, "--color=always"}, 80}, true, true},
        {{"--color never", {CLEVER}, {SOME, "--color=never"}, 80}, false, true},
        {{"dumb", {"TERM=dumb"}, {SOME}, 80}, false, false},
        {{"no TERM", {NULL}, {SOME}, 80}, false, false},
        {{"no bar", {CLEVER}, {SOME, "--progress=off"}, 80}, true, false},
    };
    static struct seen s;
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        on_terminal(&s, &table[i].setting);
        finish(&s);
        bool has_color = strstr(s.text, "\033[32m") != NULL;
        bool has_bar = strstr(s.text, "\033[K") != NULL;
        if (has_color != table[i].has_color || has_bar != table[i].has_bar) {
            fail_msg("%s: colour %d, bar %d: %s", table[i].setting.name, has_color, has_bar,
                     s.text);
        }
    }
}

/* ---- pipes ---- */

struct piped {
    /* Where its stderr goes; stdout is a file of the scratch directory. */
    struct seen err;
    /* Its other side is held by the run and by every process it starts. */
    int alive_fd;
    char dir[64], out_path[96], tmp_path[96], results_dir[96];
};

static void open_piped(struct piped *p)
{
    (void)snprintf(p->dir, sizeof(p->dir), "/tmp/test-terminal-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->out_path, sizeof(p->out_path), "%s/stdout", p->dir);
    (void)snprintf(p->tmp_path, sizeof(p->tmp_path), "%s/tmp", p->dir);
    (void)snprintf(p->results_dir, sizeof(p->results_dir), "%s/results", p->dir);
    assert_int_equal(cos_dir_make(p->tmp_path, 0700), 0);
}

static void start_piped(struct piped *p, const char *const *words)
{
    int err[2], alive[2];
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    assert_int_equal(pipe(alive), 0);
    p->err = (struct seen){.fd = err[0], .pid = fork()};
    assert_true(p->err.pid >= 0);
    if (p->err.pid == 0) {
        char tmpdir[128];
        (void)snprintf(tmpdir, sizeof(tmpdir), "TMPDIR=%s", p->tmp_path);
        const char *const env[] = {tmpdir, "PATH=/usr/bin:/bin", NULL};
        int out = open(p->out_path, O_WRONLY | O_CREAT, 0600);
        (void)dup2(out, STDOUT_FILENO);
        (void)dup2(err[1], STDERR_FILENO);
        (void)close(alive[0]);
        become(env, words);
    }
    (void)close(err[1]);
    (void)close(alive[1]);
    p->alive_fd = alive[0];
}

static void close_piped(struct piped *p)
{
    (void)close(p->alive_fd);
    assert_int_equal(cos_dir_remove(p->dir), 0);
}

static void read_file(char *text, size_t cap, const char *dir, const char *name)
{
    char path[128];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    cos_buf_init(&b, cap - 1);
    assert_int_equal(cos_file_read(&b, path), 0);
    (void)snprintf(text, cap, "%s", cos_buf_cstr(&b));
}

static const char *hanging(char out[512])
{
    (void)snprintf(out, 512, "%s hang-in-list %s %s", evil, host, plugin);
    return out;
}

/* CFG-007 reads and writes; FS-042 lists, and there this driver hangs. */
static void start_hanging(struct piped *p)
{
    char driver[512];
    const char *const words[] = {
        "--driver", hanging(driver), "--only=CFG-007,FS-042", "--jobs=1",
        "--out",    p->results_dir,  "--progress=lines",      NULL};
    start_piped(p, words);
}

static void a_pipe_gets_plain_lines(void **state)
{
    static struct piped p;
    open_piped(&p);
    start_hanging(&p);
    read_until(&p.err, "1 of 2 cases, 0 failed, at FS-042, ");
    assert_null(strchr(p.err.text, '\r'));
    assert_null(strchr(p.err.text, '\033'));
    assert_int_equal(kill(p.err.pid, SIGTERM), 0);
    finish(&p.err);
    close_piped(&p);
}

/* The driver of this run says nothing, ever. */
static void what_will_happen_is_said_before_anything_starts(void **state)
{
    static struct piped p;
    char driver[256];
    (void)snprintf(driver, sizeof(driver), "%s silent", evil);
    const char *const words[] = {"--driver",  driver,     "--only=CFG-007,FS-042",
                                 "--seed=77", "--jobs=3", NULL};
    open_piped(&p);
    start_piped(&p, words);
    read_until(&p.err, "2 requirements, 2 cases; seed 77, jobs 3");
    assert_non_null(strstr(p.err.text, driver));
    assert_int_equal(kill(p.err.pid, SIGINT), 0);
    finish(&p.err);
    assert_non_null(strstr(p.err.text, "stopped before anything was judged"));
    assert_true(WIFEXITED(p.err.status) && WEXITSTATUS(p.err.status) == 130);
    close_piped(&p);
}

/* ---- an end that was asked for ---- */

static void check_results(const char *text)
{
    const char *trailer = strstr(text, "{\"complete\":");
    assert_non_null(strstr(text, "\"id\":\"CFG-007\""));
    assert_null(strstr(text, "\"id\":\"FS-042\""));
    assert_non_null(trailer);
    assert_memory_equal(trailer, "{\"complete\":false,", 18);
    assert_non_null(strstr(trailer, "\"stopped\":true"));
}

static void check_junit(const char *text)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *root = NULL;
    struct cos_text_error err;
    assert_int_equal(cos_xml_parse(&root, cos_span_of(text), &COS_XML_LIMITS_DEFAULT, &err), 0);
    assert_string_equal(cos_xml_attr(root, "tests"), "2");
    assert_string_equal(cos_xml_attr(root, "errors"), "0");
    assert_string_equal(cos_xml_attr(root, "skipped"), "1");
}

/* No file of it, and no process of it is left. */
static void check_clean(const struct piped *p)
{
    struct pollfd waited = {.fd = p->alive_fd, .events = POLLIN};
    char byte;
    assert_true(poll(&waited, 1, WAIT_MS) > 0);
    assert_int_equal(read(p->alive_fd, &byte, 1), 0);
    assert_int_equal(rmdir(p->tmp_path), 0);
}

static void a_first_signal_shows_what_is_known_and_leaves_nothing_behind(void **state)
{
    static const int signals[] = {SIGINT, SIGTERM};
    static struct piped p;
    static char text[1 << 16];
    for (size_t i = 0; i < COS_ARRAY_LEN(signals); i++) {
        open_piped(&p);
        start_hanging(&p);
        read_until(&p.err, "1 of 2 cases");
        assert_int_equal(kill(p.err.pid, signals[i]), 0);
        finish(&p.err);
        assert_true(WIFEXITED(p.err.status) && WEXITSTATUS(p.err.status) == 130);
        read_file(text, sizeof(text), p.dir, "stdout");
        assert_non_null(strstr(text, "Stopped: 1 of 2 cases have a verdict"));
        read_file(text, sizeof(text), p.results_dir, "results.jsonl");
        check_results(text);
        read_file(text, sizeof(text), p.results_dir, "junit.xml");
        check_junit(text);
        check_clean(&p);
        close_piped(&p);
    }
}

static void a_daemon_with_a_session_of_its_own_is_dead_when_the_run_is_over(void **state)
{
    static struct piped p;
    char driver[512];
    (void)snprintf(driver, sizeof(driver), "%s session %s %s", evil, host, plugin);
    const char *const words[] = {"--driver", driver, "--only=CFG-007", "--jobs=1", NULL};
    open_piped(&p);
    start_piped(&p, words);
    finish(&p.err);
    assert_true(WIFEXITED(p.err.status) && WEXITSTATUS(p.err.status) == 0);
    check_clean(&p);
    close_piped(&p);
}

/* The report of this run is longer than what its reader takes, so it stands in a write. */
static void a_second_signal_ends_at_once(void **state)
{
    int out[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_true(fcntl(out[1], F_SETPIPE_SZ, 4096) >= 4096);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
        const char *const words[] = {"--in-process", "--only=POL,CFG,CRED,FS,STS,ERR",
                                     "--verbose", "--progress=off", NULL};
        (void)dup2(out[1], STDOUT_FILENO);
        become(env, words);
    }
    struct pollfd waited = {.fd = out[0], .events = POLLIN};
    assert_int_equal(poll(&waited, 1, WAIT_MS), 1);
    int status = 0;
    pid_t ended = 0;
    for (int i = 0; i < WAIT_MS / 10 && ended == 0; i++) {
        assert_int_equal(kill(pid, SIGINT), 0); /* two that are pending are one */
        (void)poll(NULL, 0, 10);
        ended = waitpid(pid, &status, WNOHANG);
    }
    assert_int_equal(ended, pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    (void)close(out[0]);
    (void)close(out[1]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_sees_areas_fill_and_keeps_none_of_it),
        cmocka_unit_test(a_line_is_never_wider_than_the_terminal),
        cmocka_unit_test(colour_is_where_it_is_wanted),
        cmocka_unit_test(a_pipe_gets_plain_lines),
        cmocka_unit_test(what_will_happen_is_said_before_anything_starts),
        cmocka_unit_test(a_first_signal_shows_what_is_known_and_leaves_nothing_behind),
        cmocka_unit_test(a_daemon_with_a_session_of_its_own_is_dead_when_the_run_is_over),
        cmocka_unit_test(a_second_signal_ends_at_once),
    };
    if (argc != 5) {
        (void)fprintf(stderr, "usage: test-terminal COSCONFORM EVIL HOST PLUGIN\n");
        return 2;
    }
    judge = argv[1];
    evil = argv[2];
    host = argv[3];
    plugin = argv[4];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
