/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is expected of a subject, held against a run: a report made by hand, with a verdict of
 * each kind that a file may name.
 */
#include "expectations.h"

#include "cosbase/file.h"
#include "cosbase/tempdir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct catalogue catalogue;
static struct cos_tempdir dir;
static char path[600];

/* ---- a run: POL-003 FAIL, POL-004 PASS, POL-005 BLOCKED by POL-019 ---- */

struct made {
    struct selection selection;
    struct conform_result results[3];
    struct outcome outcomes[3];
    struct conform_report report;
};

static const char *const ids[] = {"POL-003", "POL-004", "POL-005"};

static void make(struct made *m)
{
    static const enum conform_verdict verdicts[] = {CONFORM_FAIL, CONFORM_PASS,
                                                    CONFORM_BLOCKED};
    static char no_reason[] = "", reason[] = "it was allowed";
    *m = (struct made){.selection = SELECTION_ALL};
    for (size_t i = 0; i < COS_ARRAY_LEN(ids); i++) {
        const struct requirement *r = catalogue_find(&catalogue, ids[i]);
        m->results[i] = (struct conform_result){.requirement = r,
                                                .verdict = verdicts[i],
                                                .reason = i == 0 ? reason : no_reason};
        m->outcomes[i] = (struct outcome){.requirement = r,
                                          .verdict = verdicts[i],
                                          .n_cases = 1,
                                          .worst = i};
    }
    m->results[2].blocked_by = "POL-019";
    m->report.options.catalogue = &catalogue;
    m->report.options.selection = &m->selection;
    m->report.results = m->results;
    m->report.outcomes = m->outcomes;
    m->report.n_outcomes = COS_ARRAY_LEN(ids);
    (void)snprintf(m->report.subject_name, sizeof(m->report.subject_name), "a subject");
}

static int check(struct made *m, const char *file, char said[4096], char why[512])
{
    assert_int_equal(cos_file_write(path, cos_span_of(file), 0644), 0);
    FILE *to = fmemopen(said, 4096, "w");
    assert_non_null(to);
    int n = expectations_check(&m->report, path, to, why);
    (void)fclose(to);
    return n;
}

/* ---- claims ---- */

#define AS_IT_IS "POL-003: FAIL\nPOL-004: PASS\nPOL-005: BLOCKED by POL-019\n"

static void a_difference_of_any_kind_is_named(void **state)
{
    static const struct {
        const char *name, *file;
        int differences;
        const char *says;
    } table[] = {
        {"none", AS_IT_IS, 0, ""},
        {"worse", "POL-003: PASS\nPOL-004: PASS\nPOL-005: BLOCKED by POL-019\n", 1,
         "unexpected: POL-003 is FAIL, expected PASS: it was allowed\n"},
        {"better", "POL-003: FAIL\nPOL-004: WARN\nPOL-005: BLOCKED by POL-019\n", 1,
         "unexpected: POL-004 is PASS, expected WARN\n"},
        {"another cause", "POL-003: FAIL\nPOL-004: PASS\nPOL-005: BLOCKED by CRED-014\n", 1,
         "unexpected: POL-005 is BLOCKED by POL-019, expected BLOCKED by CRED-014\n"},
        {"not in the file", "POL-003: FAIL\nPOL-005: BLOCKED by POL-019\n", 1,
         "unexpected: POL-004 is PASS, and nothing is expected of it\n"},
        {"not in the run", AS_IT_IS "POL-006: PASS\n", 1,
         "unexpected: POL-006 is not judged, expected PASS\n"},
        {"two", "POL-003: PASS\nPOL-004: FAIL\nPOL-005: BLOCKED by POL-019\n", 2,
         "unexpected: POL-004 is PASS, expected FAIL\n"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct made m;
        char said[4096] = "", why[512] = "";
        make(&m);
        int n = check(&m, table[i].file, said, why);
        if (n != table[i].differences || strstr(said, table[i].says) == NULL) {
            fail_msg("%s: %d differences: %s%s", table[i].name, n, said, why);
        }
    }
}

static void a_narrowed_run_is_asked_for_what_it_selected(void **state)
{
    struct made m;
    char said[4096] = "", why[512] = "";
    make(&m);
    for (size_t i = 0; i < COS_ARRAY_LEN(ids); i++) {
        assert_int_equal(selection_add(&m.selection, &catalogue, &catalogue.arena, ids[i], why),
                         0);
    }
    assert_int_equal(check(&m, AS_IT_IS "POL-006: PASS\nCRED-014: FAIL\n", said, why), 0);
    assert_string_equal(said, "");
}

static void a_file_that_is_no_good_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *file, *says;
    } table[] = {
        {"POL-003: FAIL\nPOL-999: PASS\n", ":2: this id is no requirement"},
        {"POL-003: FINE\n", ":1: no verdict; write PASS,"},
        {"POL-003: ERROR\n", ":1: no verdict"},
        {"POL-003: BLOCKED\n", ":1: no verdict"},
        {"POL-003: FAIL by POL-019\n", ":1: no verdict"},
        {"POL-003: [FAIL]\n", ":1: no verdict"},
        {"POL-003: FAIL\nPOL-003: FAIL\n", ":2: "},
        {"- POL-003\n", ":1: no mapping of ids to verdicts"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct made m;
        char said[4096] = "", why[512] = "";
        make(&m);
        int n = check(&m, table[i].file, said, why);
        if (n != -1 || strstr(why, table[i].says) == NULL) {
            fail_msg("%s: %d, %s", table[i].file, n, why);
        }
    }
}

static void what_is_written_is_what_is_expected(void **state)
{
    struct made m;
    char said[4096] = "", why[512] = "";
    make(&m);
    assert_int_equal(expectations_write(&m.report, path, why), 0);
    FILE *to = fmemopen(said, sizeof(said), "w");
    assert_non_null(to);
    assert_int_equal(expectations_check(&m.report, path, to, why), 0);
    (void)fclose(to);
    m.outcomes[1].verdict = CONFORM_ERROR;
    assert_int_equal(expectations_write(&m.report, path, why), -1);
    assert_string_equal(why, "POL-004 is ERROR: that says nothing of the subject");
}

static int set_up(void **state)
{
    static const char *const parents[] = {"/tmp"};
    char why[512];
    if (catalogue_load(&catalogue, NULL, why) < 0 ||
        cos_tempdir_make(&dir, parents, 1, "cosconform-expect") < 0) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/expected.yaml", dir.path);
    return 0;
}

static int tear_down(void **state)
{
    catalogue_deinit(&catalogue);
    return cos_tempdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_difference_of_any_kind_is_named),
        cmocka_unit_test(a_narrowed_run_is_asked_for_what_it_selected),
        cmocka_unit_test(a_file_that_is_no_good_is_refused_with_its_line),
        cmocka_unit_test(what_is_written_is_what_is_expected),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
