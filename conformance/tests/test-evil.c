/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The suite judged: misbehaving drivers (conformance/mutants/evil) must be called what they
 * are. argv: the evil program, the host, the plugin.
 *
 * Much of it is waiting, for what hangs or lives in real time, so the rows of a table are
 * judged side by side. A short limit stands only where nothing ever comes; whoever answers has
 * time, on slow machines too.
 */
#include "cosbase/file.h"
#include "cosconform/report.h"
#include "run.h"
#include "selection.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

static const char *evil_path, *host_path, *plugin_path;
static struct catalogue catalogue;

/* For what answers, and for what never will. */
#define LONG_MS 30000
#define SHORT_MS 300

struct judged {
    /* Mode. */
    const char *name;
    /* Ids and areas; NULL: all. */
    const char *only;
    bool has_host, check_protocol;
    /* It answers hello, or nothing but hello, never. */
    bool is_silent, is_asleep;
    /* 0: two. */
    unsigned jobs;
    /* Of conform_report_exit; -1: the run could not even start. */
    int status;
    /* The requirements that end so, at least. */
    size_t n_fail, n_error, n_skip;
    /* And those that pass, exactly; ANY: no matter. */
    size_t n_pass;
};
#define ANY SIZE_MAX

/*
 * A liar may only pass what nothing is sent for: the scheme (PLUG-002), and that loading sends
 * nothing (PLUG-014).
 */
#define LIAR_MAX_PASS 2

/* conformance.md s.4.2, in its order; then what it has not thought of. */
static const struct judged table[] = {
    {.name = "exit", .only = "FS-002", .status = -1},
    {.name = "silent", .only = "FS-002", .is_silent = true, .status = -1},
    {.name = "garbage", .only = "FS-002", .status = -1},
    {.name = "half-line", .only = "FS-002", .is_silent = true, .status = -1},
    {.name = "long-line", .only = "FS-002", .status = -1},
    {.name = "wrong-id", .only = "FS-002", .status = -1},
    {.name = "twice",
     .only = "FS-002,CFG-001",
     .has_host = true,
     .status = EXIT_BROKEN,
     .n_error = 1},
    {.name = "liar",
     .jobs = 16, /* a token is waited for by 20 cases, in vain */
     .status = EXIT_NOT_CERTIFIED,
     .n_fail = 100,
     .n_pass = ANY},
    {.name = "liar",
     .only = "POL,STS,SEC-002,EXP,ERR",
     .status = EXIT_NOT_CERTIFIED,
     .n_fail = 20},
    {.name = "refuses", .status = EXIT_BROKEN, .n_fail = 1},
    {.name = "refuses", .only = "ERR,EXP,POL", .status = EXIT_NOT_CERTIFIED, .n_fail = 1},
    {.name = "third",
     .only = "FS-002,CFG-001,FS-031",
     .has_host = true,
     .status = EXIT_NOT_CERTIFIED,
     .n_fail = 3},
    {.name = "crash",
     .only = "FS-002,CFG-001",
     .has_host = true,
     .status = EXIT_NOT_CERTIFIED,
     .n_fail = 1},
    {.name = "crash-in-delete",
     .only = "FS-003,FS-052,FS-010,FS-014",
     .has_host = true,
     .status = EXIT_NOT_CERTIFIED,
     .n_fail = 1,
     .n_pass = 3},
    {.name = "leak",
     .only = "SEC-001",
     .has_host = true,
     .status = EXIT_NOT_CERTIFIED,
     .n_fail = 1},
    {.name = "swapped", .only = "FS-002", .status = -1},
    {.name = "sleeps",
     .only = "FS-030,FS-031,CFG-002",
     .has_host = true,
     .is_asleep = true,
     .status = EXIT_BROKEN,
     .n_error = 3},
    {.name = "hang",
     .only = "CFG-002",
     .has_host = true,
     .is_asleep = true,
     .status = EXIT_BROKEN,
     .n_error = 1},
    {.name = "promises-all", .only = "ERR,EXP,POL", .status = EXIT_NOT_CERTIFIED, .n_fail = 1},
    {.name = "promises-nothing",
     .only = "POL,EXP,REF",
     .status = EXIT_NOT_CERTIFIED,
     .n_skip = 1},
    {.name = "real-time",
     .only = "REF-012,REF-013",
     .has_host = true,
     .status = EXIT_CERTIFIED,
     .n_pass = 2},
    {.name = "slow",
     .only = "FS-002,CFG-001",
     .has_host = true,
     .status = EXIT_CERTIFIED,
     .n_pass = 2},
    {.name = "daemon",
     .only = "FS-002,CFG-001",
     .has_host = true,
     .status = EXIT_CERTIFIED,
     .n_pass = 2},
    {.name = "never-stops",
     .only = "REF-009",
     .has_host = true,
     .status = EXIT_NOT_CERTIFIED,
     .n_fail = 1,
     .n_pass = ANY},
    {.name = "does-it-anyway", .only = "POL-001", .status = EXIT_NOT_CERTIFIED, .n_fail = 1},
    {.name = "honest",
     .only = "FS-002,CFG-001",
     .has_host = true,
     .check_protocol = true,
     .status = EXIT_CERTIFIED,
     .n_pass = 2},
    {.name = "liar",
     .only = "FS-030",
     .check_protocol = true,
     .status = EXIT_BROKEN,
     .n_error = 1},
};

/* A row under judgement: what came of it is noted, and the claim asserts. */
struct trial {
    const struct judged *row;
    char dir[64], why[512];
    /* NULL: nowhere. */
    const char *pid_path;
    /* What the report borrows. */
    struct selection selection;
    struct cos_arena arena;
    /* NULL: it could not even start. */
    struct conform_report *report;
    bool ok;
};

static void trial_run(struct trial *t)
{
    const struct judged *row = t->row;
    const char *argv[] = {evil_path,   row->name,   row->has_host ? host_path : NULL,
                          plugin_path, t->pid_path, NULL};
    struct conform_options options = CONFORM_OPTIONS_INIT;
    cos_arena_init(&t->arena, 1 << 16);
    t->selection = SELECTION_ALL;
    t->ok = cos_dir_make(t->dir, 0700) == 0 &&
            (row->only == NULL ||
             selection_add(&t->selection, &catalogue, &t->arena, row->only, t->why) == 0);
    options.catalogue = &catalogue;
    options.selection = &t->selection;
    options.driver_argv = argv;
    options.check_protocol = row->check_protocol;
    options.jobs = row->jobs != 0 ? row->jobs : 2;
    options.seed = 1;
    options.op_timeout_ms = row->is_asleep ? SHORT_MS : LONG_MS;
    options.hello_timeout_ms = row->is_silent ? SHORT_MS : LONG_MS;
    options.scratch_dir = t->dir;
    options.rerun = "cosconform run";
    if (t->ok && conform_run(&options, &t->report, t->why) < 0) {
        t->report = NULL;
    }
}

/* The trial of one row, which could be held; its report is there or a reason is. */
static void trial_hold(struct trial *t, const char *parent, const char *name)
{
    (void)snprintf(t->dir, sizeof(t->dir), "%s/%s", parent, name);
    trial_run(t);
    assert_true(t->ok);
    assert_non_null(t->report);
}

static void trial_end(struct trial *t)
{
    t->report = conform_report_free(t->report);
    cos_arena_deinit(&t->arena);
}

/* ---- a table of rows ---- */

#define MAX_ROWS 48
#define N_JUDGES 12

struct session {
    struct trial trials[MAX_ROWS];
    /* Atomic. */
    size_t next;
    size_t n;
};

static void *judge_main(void *arg)
{
    struct session *s = arg;
    size_t i;
    while ((i = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED)) < s->n) {
        trial_run(&s->trials[i]);
    }
    return NULL;
}

/* Every row of @rows has been judged then. */
static void session_hold(struct session *s, const struct judged *rows, size_t n,
                         const char *dir)
{
    pthread_t judges[N_JUDGES];
    size_t started = 0;
    assert_true(n <= MAX_ROWS);
    *s = (struct session){.n = n};
    for (size_t i = 0; i < n; i++) {
        s->trials[i].row = &rows[i];
        (void)snprintf(s->trials[i].dir, sizeof(s->trials[i].dir), "%s/%zu", dir, i);
    }
    while (started < N_JUDGES && pthread_create(&judges[started], NULL, judge_main, s) == 0) {
        started++;
    }
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(judges[i], NULL);
    }
    assert_true(started > 0);
}

/* ---- claims ---- */

/* Of each case that ended: what it says when it is another than the row's. */
static void check_counts(const struct judged *row, const struct conform_report *report)
{
    const size_t *got = report->counts.total;
    bool is_pass = row->n_pass == ANY || got[CONFORM_PASS] == row->n_pass;
    if (got[CONFORM_FAIL] >= row->n_fail && got[CONFORM_ERROR] >= row->n_error &&
        got[CONFORM_SKIP] >= row->n_skip && is_pass) {
        return;
    }
    for (size_t i = 0; i < report->n; i++) {
        print_message("# %s %s: %s\n", report->results[i].requirement->id,
                      verdict_name((enum conform_verdict)report->results[i].verdict),
                      report->results[i].reason);
    }
    fail_msg("%s: %zu PASS, %zu FAIL, %zu ERROR, %zu SKIP", row->name, got[CONFORM_PASS],
             got[CONFORM_FAIL], got[CONFORM_ERROR], got[CONFORM_SKIP]);
}

static void check_trial(const struct trial *t)
{
    const struct judged *row = t->row;
    print_message("# %s %s\n", row->name, row->only != NULL ? row->only : "(all)");
    assert_true(t->ok);
    if (row->status == -1) {
        assert_null(t->report);
        assert_string_not_equal(t->why, "");
        return;
    }
    assert_non_null(t->report);
    check_counts(row, t->report);
    assert_int_equal(conform_report_exit(t->report, /* strict= */ false), row->status);
    if (strcmp(row->name, "liar") == 0) {
        assert_true(t->report->counts.total[CONFORM_PASS] <= LIAR_MAX_PASS);
    }
}

static void every_misbehaving_driver_is_called_what_it_is(void **state)
{
    static struct session session;
    char dir[] = "/tmp/cosconform-evil-XXXXXX";
    assert_non_null(mkdtemp(dir));
    session_hold(&session, table, COS_ARRAY_LEN(table), dir);
    for (size_t i = 0; i < session.n; i++) {
        check_trial(&session.trials[i]);
        trial_end(&session.trials[i]);
    }
    assert_int_equal(cos_dir_remove(dir), 0);
}

/*
 * Subjects that differ from the reference library and do what they say. Each row was once
 * blamed: an outside trial of a JAR found so in November 2026. n_pass: at least.
 */
static const struct judged right[] = {
    {.name = "guesses-all",
     .only =
         "CFG-004,CFG-008,CFG-014,CFG-024,CFG-030,CFG-031,CRED-006,CRED-007,CRED-008,STS-015,"
         "STS-016,STS-020,STS-021,POL-003,POL-012,POL-013,POL-014,POL-018,POL-020,PLUG-010,"
         "SEC-003,SEC-009",
     .has_host = true},
    {.name = "always-tls",
     .only = "CFG-002,CFG-009,CFG-031,CRED-001",
     .has_host = true,
     .n_pass = 1},
    {.name = "lazy",
     .only = "CFG-004,CFG-014,CFG-024,CFG-030,CFG-031,CRED-006,CRED-007,SEC-003,POL-020",
     .has_host = true,
     .n_pass = 1},
    {.name = "java", .only = "PLUG-012", .has_host = true, .n_skip = 1},
    {.name = "client",
     .only = "CRED-009,CRED-014,CRED-015,CRED-016,EXP-001,EXP-004,FS-071",
     .has_host = true,
     .n_pass = 7},
};

static void who_differs_and_is_right_is_not_blamed(void **state)
{
    static const enum conform_verdict bad[] = {CONFORM_FAIL, CONFORM_WARN, CONFORM_ERROR,
                                               CONFORM_BLOCKED};
    static struct session session;
    char dir[] = "/tmp/cosconform-evil-XXXXXX";
    assert_non_null(mkdtemp(dir));
    session_hold(&session, right, COS_ARRAY_LEN(right), dir);
    for (size_t i = 0; i < session.n; i++) {
        const struct judged *row = &right[i];
        const struct conform_report *report = session.trials[i].report;
        print_message("# %s %s\n", row->name, row->only);
        assert_non_null(report);
        for (size_t v = 0; v < COS_ARRAY_LEN(bad); v++) {
            assert_int_equal(report->counts.total[bad[v]], 0);
        }
        assert_int_equal(conform_report_exit(report, /* strict= */ true), row->status);
        assert_true(report->counts.total[CONFORM_PASS] >= row->n_pass);
        assert_true(report->counts.total[CONFORM_SKIP] >= row->n_skip);
        trial_end(&session.trials[i]);
    }
    assert_int_equal(cos_dir_remove(dir), 0);
}

/* A crash is told with its signal, and is the verdict of that case alone. */
static void a_crash_names_the_signal_and_the_next_case_has_a_new_process(void **state)
{
    const struct judged row = {.name = "crash-in-delete",
                               .only = "FS-003,FS-052,FS-010,FS-014",
                               .has_host = true};
    struct trial t = {.row = &row};
    char dir[] = "/tmp/cosconform-evil-XXXXXX";
    size_t n = 0;
    assert_non_null(mkdtemp(dir));
    trial_hold(&t, dir, "crash");
    for (size_t i = 0; i < t.report->n; i++) {
        const struct conform_result *r = &t.report->results[i];
        if (r->verdict == CONFORM_FAIL) {
            assert_non_null(strstr(r->reason, "the subject died in 'delete': killed by signal "
                                              "11"));
        } else {
            assert_int_equal(r->verdict, CONFORM_PASS);
            n++;
        }
    }
    assert_true(n >= 3);
    trial_end(&t);
    assert_int_equal(cos_dir_remove(dir), 0);
}

static void what_a_driver_leaves_behind_is_dead_when_the_run_is_over(void **state)
{
    const struct judged row = {.name = "daemon", .only = "FS-002", .has_host = true};
    char dir[] = "/tmp/cosconform-evil-XXXXXX";
    char path[64];
    struct trial t = {.row = &row, .pid_path = path};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 64);
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/pid", dir);
    trial_hold(&t, dir, "daemon");
    trial_end(&t);
    assert_int_equal(cos_file_read(&b, path), 0);
    pid_t left = (pid_t)strtol(cos_buf_cstr(&b), NULL, 10);
    assert_true(left > 1);
    /* Killed it dies soon, not at once; a pidfd can be read when it has. */
    int fd = (int)syscall(SYS_pidfd_open, left, 0);
    if (fd >= 0) {
        struct pollfd end = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&end, 1, 10000), 1);
        (void)close(fd);
    } else {
        assert_int_equal(errno, ESRCH);
    }
    assert_int_equal(cos_dir_remove(dir), 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_differs_and_is_right_is_not_blamed),
        cmocka_unit_test(every_misbehaving_driver_is_called_what_it_is),
        cmocka_unit_test(a_crash_names_the_signal_and_the_next_case_has_a_new_process),
        cmocka_unit_test(what_a_driver_leaves_behind_is_dead_when_the_run_is_over),
    };
    char why[512];
    if (argc < 4 || catalogue_load(&catalogue, /* path= */ NULL, why) < 0) {
        return 2;
    }
    struct catalogue_audit audit;
    catalogue_audit(&catalogue, &audit, /* note= */ NULL, /* ctx= */ NULL);
    evil_path = argv[1];
    host_path = argv[2];
    plugin_path = argv[3];
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalogue_deinit(&catalogue);
    return failed;
}
