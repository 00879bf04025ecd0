/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The suite as a program of somebody else calls it: public headers only, the linked catalogue,
 * one plugin.
 */
#include "cosconform/report.h"

#include "cosbase/file.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char scratch[] = "/tmp/test-suite-XXXXXX";

static struct conform_options in_process(const char *only)
{
    struct conform_options options = CONFORM_OPTIONS_INIT;
    options.entry = cosn_plugin_entry;
    options.in_process = true;
    options.only = only;
    options.scratch_dir = scratch;
    return options;
}

static void count(void *ctx, const struct conform_result *result)
{
    (void)result;
    *(size_t *)ctx += 1;
}

static void the_linked_catalogue_is_used_when_none_is_given(void **state)
{
    static const struct {
        const char *only;
        size_t least, most;
    } table[] = {{"PLUG-001", 1, 1}, {"PLUG-001,PLUG-002", 2, 9}, {NULL, 200, 1000}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct conform_options options = in_process(table[i].only);
        struct conform_report *report = NULL;
        char why[512] = "";
        size_t n = 0;
        options.on_result = count;
        options.ctx = &n;
        if (conform_run(&options, &report, why) < 0) {
            fail_msg("%s", why);
        }
        assert_in_range(n, table[i].least, table[i].most);
        assert_int_equal(conform_report_exit(report, /* strict= */ false), 0);
        report = conform_report_free(report);
    }
}

static void an_only_that_matches_nothing_is_named(void **state)
{
    struct conform_options options = in_process("PLUG-001,NOPE-1");
    struct conform_report *report = NULL;
    char why[512] = "";
    assert_int_equal(conform_run(&options, &report, why), -1);
    assert_null(report);
    assert_non_null(strstr(why, "NOPE-1"));
}

static void options_without_a_size_are_refused(void **state)
{
    struct conform_options options = in_process("PLUG-001");
    struct conform_report *report = NULL;
    char why[512] = "";
    options.size = 0;
    assert_int_equal(conform_run(&options, &report, why), -1);
    assert_non_null(strstr(why, "CONFORM_OPTIONS_INIT"));
}

struct told {
    /* Who called conform_run. */
    pthread_t by;
    size_t n, elsewhere;
};

static void note_thread(void *ctx, const struct conform_result *result)
{
    struct told *told = ctx;
    told->n++;
    told->elsewhere += pthread_equal(pthread_self(), told->by) ? 0 : 1;
}

/* So a slow reader of results holds no lane, and may call whatever it likes. */
static void results_are_told_on_the_thread_that_runs(void **state)
{
    struct conform_options options = in_process("FS,CFG");
    struct conform_report *report = NULL;
    char why[512] = "";
    struct told told = {.by = pthread_self()};
    options.on_result = note_thread;
    options.ctx = &told;
    options.jobs = 4;
    assert_int_equal(conform_run(&options, &report, why), 0);
    assert_in_range(told.n, 50, 1000);
    assert_int_equal(told.elsewhere, 0);
    report = conform_report_free(report);
}

static int make_scratch(void **state)
{
    return mkdtemp(scratch) != NULL ? 0 : -1;
}

static int remove_scratch(void **state)
{
    return cos_dir_remove(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_linked_catalogue_is_used_when_none_is_given),
        cmocka_unit_test(results_are_told_on_the_thread_that_runs),
        cmocka_unit_test(an_only_that_matches_nothing_is_named),
        cmocka_unit_test(options_without_a_size_are_refused),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
