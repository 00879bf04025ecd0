/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's contract (conformance.md R1) and what a broken file is told. */
#include "catalogue.h"

#include "cosbase/file.h"
#include "registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void print_sentence(void *ctx, const char *sentence)
{
    print_message("# %s\n", sentence);
}

/*
 * 261 requirements: 158 MUST, 91 SHOULD, 12 MAY (conformance.md s.2); later ones came on top.
 */
static void the_linked_catalogue_has_all_requirements(void **state)
{
    struct catalogue c;
    char why[512];
    size_t by_level[3] = {0};
    assert_int_equal(catalogue_load(&c, /* path= */ NULL, why), 0);
    for (size_t i = 0; i < c.n; i++) {
        by_level[c.items[i].level]++;
    }
    assert_true(c.n >= 261);
    assert_true(by_level[LEVEL_MUST] >= 158);
    assert_true(by_level[LEVEL_SHOULD] >= 91);
    assert_true(by_level[LEVEL_MAY] >= 12);
    catalogue_deinit(&c);
}

static void cases_and_mutants_name_requirements_that_exist(void **state)
{
    struct catalogue c;
    struct catalogue_audit audit;
    char why[512];
    assert_int_equal(catalogue_load(&c, /* path= */ NULL, why), 0);
    catalogue_audit(&c, &audit, print_sentence, /* ctx= */ NULL);
    assert_int_equal(audit.n_unknown, 0);
    assert_int_equal(audit.n_unplanted, 0);
    assert_int_equal(audit.n_mutants_unknown, 0);
    assert_int_equal(audit.n_stands_unknown, 0);
    assert_int_equal(audit.n_stands_circles, 0);
    catalogue_deinit(&c);
}

static void case_names_are_unique_within_a_requirement(void **state)
{
    for (const struct conform_case *const *a = registry_tables(); *a != NULL; a++) {
        for (const struct conform_case *x = *a; x->requirement != NULL; x++) {
            for (const struct conform_case *const *b = a; *b != NULL; b++) {
                for (const struct conform_case *y = b == a ? x + 1 : *b; y->requirement != NULL;
                     y++) {
                    if (strcmp(x->requirement, y->requirement) == 0) {
                        assert_string_not_equal(x->name, y->name);
                    }
                }
            }
        }
    }
}

#define GOOD_ROW(id, level)                   \
    "  - {id: " id ", area: X, level: " level \
    ", profile: core, statement: s, source: t, observe: o, mutant: {id: m, defect: d}}\n"

static void a_broken_file_is_told_where_and_what(void **state)
{
    static const struct {
        const char *text, *wanted;
    } table[] = {
        {"other: 1\n", "c.yaml:1: key 'requirements'"},
        {"requirements:\n" GOOD_ROW("X-1", "MUST") GOOD_ROW("X-1", "MAY"),
         "c.yaml:3: id 'X-1'"},
        {"requirements:\n" GOOD_ROW("X-1", "OFTEN"), "write MUST, SHOULD or MAY"},
        {"requirements:\n  - {id: X-1, area: X, level: MUST}\n", "key 'profile'"},
        {"requirements: [\n", "c.yaml:"},
        {"requirements:\n  - {id: X-1, area: X, level: MUST, profile: core, statement: s, "
         "source: t, sentence: [1, 0], observe: o}\n",
         "c.yaml:2: sentence '0' is none of the page"},
    };
    char dir[] = "/tmp/cosconform-test-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/c.yaml", dir);
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct catalogue c;
        char why[512] = "";
        assert_int_equal(cos_file_write(path, cos_span_of(table[i].text), 0600), 0);
        assert_int_equal(catalogue_load(&c, path, why), -1);
        if (strstr(why, table[i].wanted) == NULL) {
            fail_msg("wanted '%s' in '%s'", table[i].wanted, why);
        }
    }
    assert_int_equal(cos_dir_remove(dir), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_linked_catalogue_has_all_requirements),
        cmocka_unit_test(cases_and_mutants_name_requirements_that_exist),
        cmocka_unit_test(case_names_are_unique_within_a_requirement),
        cmocka_unit_test(a_broken_file_is_told_where_and_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
