/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The suite judged: misbehaving drivers (conformance/mutants/evil) must be called what they
 * are. argv: the evil program, the host, the plugin.
 */
#include "cosbase/file.h"
#include "cosconform/report.h"
#include "run.h"
#include "selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *evil_path, *host_path, *plugin_path;
static struct catalogue catalogue;

struct judged {
    /* Mode. */
    const char *name;
    /* Ids and areas; NULL: all. */
    const char *only;
    bool has_host;
    /* Of conform_report_exit; -1: the run could not even start. */
    int status;
    /* A verdict of which there is at least one; -1: none demanded. */
    int must_be_shown;
    bool allows_pass;
};

/*
 * A liar may only pass what nothing is sent for: the scheme (PLUG-002), and that loading sends
 * nothing (PLUG-014).
 */
#define LIAR_MAX_PASS 2

static const struct judged table[] = {
    {"exit", "FS-002", false, -1, -1, false},
    {"silent", "FS-002", false, -1, -1, false},
    {"garbage", "FS-002", false, -1, -1, false},
    {"half-line", "FS-002", false, -1, -1, false},
    {"long-line", "FS-002", false, -1, -1, false},
    {"wrong-id", "FS-002", false, -1, -1, false},
    {"swapped", "FS-002", false, -1, -1, false},
    {"liar", NULL, false, EXIT_NOT_CERTIFIED, CONFORM_FAIL, true},
    {"liar", "POL,STS,SEC-002,EXP,ERR", false, EXIT_NOT_CERTIFIED, CONFORM_FAIL, false},
    {"refuses", NULL, false, EXIT_BROKEN, CONFORM_FAIL, false},
    {"refuses", "ERR,EXP,POL", false, EXIT_NOT_CERTIFIED, CONFORM_FAIL, false},
    {"promises-all", "ERR,EXP,POL", false, EXIT_NOT_CERTIFIED, CONFORM_FAIL, false},
    {"promises-nothing", "POL,EXP,REF", false, EXIT_NOT_CERTIFIED, CONFORM_SKIP, false},
    {"does-it-anyway", "POL-001", false, EXIT_NOT_CERTIFIED, CONFORM_FAIL, false},
    {"honest", "FS-002,CFG-001", true, EXIT_CERTIFIED, CONFORM_PASS, true},
    {"slow", "FS-002,CFG-001", true, EXIT_CERTIFIED, CONFORM_PASS, true},
    {"daemon", "FS-002,CFG-001", true, EXIT_CERTIFIED, CONFORM_PASS, true},
    {"crash", "FS-002,CFG-001", true, EXIT_NOT_CERTIFIED, CONFORM_FAIL, false},
    {"hang", "CFG-002", true, EXIT_BROKEN, CONFORM_ERROR, false},
    {"twice", "FS-002,CFG-001", true, EXIT_BROKEN, CONFORM_ERROR, false},
    {"leak", "SEC-001", true, EXIT_NOT_CERTIFIED, CONFORM_FAIL, false},
};

static struct conform_report *judge(const struct judged *row, const char *dir)
{
    static struct selection selection; /* outlives the report's use of it */
    const char *argv[] = {evil_path, row->name, row->has_host ? host_path : NULL, plugin_path,
                          NULL};
    struct cos_arena arena;
    char why[512] = "";
    struct conform_report *report = NULL;
    struct conform_options options = CONFORM_OPTIONS_INIT;
    cos_arena_init(&arena, 1 << 16);
    selection = SELECTION_ALL;
    if (row->only != NULL) {
        assert_int_equal(selection_add(&selection, &catalogue, &arena, row->only, why), 0);
    }
    options.catalogue = &catalogue;
    options.selection = &selection;
    options.driver_argv = argv;
    options.jobs = 2;
    options.seed = 1;
    options.op_timeout_ms = 1500;
    options.hello_timeout_ms = 1500;
    options.scratch_dir = dir;
    options.rerun = "cosconform run";
    int r = conform_run(&options, &report, why);
    cos_arena_deinit(&arena);
    if (r < 0) {
        assert_string_not_equal(why, "");
        return NULL;
    }
    return report;
}

static void every_misbehaving_driver_is_called_what_it_is(void **state)
{
    char dir[] = "/tmp/cosconform-evil-XXXXXX";
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        const struct judged *row = &table[i];
        print_message("# %s %s\n", row->name, row->only != NULL ? row->only : "(all)");
        struct conform_report *report = judge(row, dir);
        if (row->status == -1) {
            assert_null(report);
            continue;
        }
        assert_non_null(report);
        assert_int_equal(conform_report_exit(report, /* strict= */ false), row->status);
        assert_true(report->counts.total[row->must_be_shown] > 0);
        if (!row->allows_pass) {
            assert_int_equal(report->counts.total[CONFORM_PASS], 0);
        }
        if (strcmp(row->name, "liar") == 0) {
            assert_true(report->counts.total[CONFORM_PASS] <= LIAR_MAX_PASS);
        }
        report = conform_report_free(report);
    }
    assert_int_equal(cos_dir_remove(dir), 0);
}

/*
 * Subjects that differ from the reference library and do what they say. Each row was once
 * blamed: an outside trial of a JAR found so in November 2026.
 */
static const struct judged right[] = {
    {"guesses-all",
     "CFG-004,CFG-008,CFG-014,CFG-024,CFG-030,CFG-031,CRED-006,CRED-007,CRED-008,STS-015,"
     "STS-016,STS-020,STS-021,POL-003,POL-012,POL-013,POL-014,POL-018,POL-020,PLUG-010,"
     "SEC-003,SEC-009",
     true, EXIT_CERTIFIED, -1, true},
    {"always-tls", "CFG-002,CFG-009,CFG-031,CRED-001", true, EXIT_CERTIFIED, CONFORM_PASS,
     true},
    {"lazy", "CFG-004,CFG-014,CFG-024,CFG-030,CFG-031,CRED-006,CRED-007,SEC-003,POL-020", true,
     EXIT_CERTIFIED, CONFORM_PASS, true},
    {"java", "PLUG-012", true, EXIT_CERTIFIED, CONFORM_SKIP, true},
};

static void who_differs_and_is_right_is_not_blamed(void **state)
{
    static const enum conform_verdict bad[] = {CONFORM_FAIL, CONFORM_WARN, CONFORM_ERROR,
                                               CONFORM_BLOCKED};
    char dir[] = "/tmp/cosconform-evil-XXXXXX";
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < COS_ARRAY_LEN(right); i++) {
        const struct judged *row = &right[i];
        print_message("# %s %s\n", row->name, row->only);
        struct conform_report *report = judge(row, dir);
        assert_non_null(report);
        for (size_t v = 0; v < COS_ARRAY_LEN(bad); v++) {
            assert_int_equal(report->counts.total[bad[v]], 0);
        }
        assert_int_equal(conform_report_exit(report, /* strict= */ true), row->status);
        assert_true(row->must_be_shown < 0 || report->counts.total[row->must_be_shown] > 0);
        report = conform_report_free(report);
    }
    assert_int_equal(cos_dir_remove(dir), 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_differs_and_is_right_is_not_blamed),
        cmocka_unit_test(every_misbehaving_driver_is_called_what_it_is),
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
