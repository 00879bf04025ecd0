/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selecting requirements: a filter that matches nothing is an error, shards share nothing and
 * lose nothing.
 */
#include "selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct catalogue catalogue;

static size_t count(const struct selection *s)
{
    size_t n = 0;
    for (size_t i = 0; i < catalogue.n; i++) {
        n += selection_has(s, &catalogue.items[i]) ? 1 : 0;
    }
    return n;
}

static void ids_areas_and_globs_select(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } table[] = {{"POL-003", 1}, {"pol-003", 1}, {"POL", 21},         {"pol", 21},
                 {"EXP-00*", 9}, {"*-001", 11},  {"POL-003,EXP", 10}, {"POL-003, POL-003", 1}};
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct selection s = SELECTION_ALL;
        char why[512];
        assert_int_equal(selection_add(&s, &catalogue, &catalogue.arena, table[i].text, why),
                         0);
        assert_int_equal(count(&s), table[i].n);
        assert_false(selection_is_all(&s));
    }
}

static void what_matches_nothing_is_an_error(void **state)
{
    static const char *const table[] = {"POL-999", "NOPE", "", "POL-003,", "X*"};
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct selection s = SELECTION_ALL;
        char why[512] = "";
        assert_int_equal(selection_add(&s, &catalogue, &catalogue.arena, table[i], why), -1);
        assert_string_not_equal(why, "");
    }
}

static void levels_include_the_stronger_ones(void **state)
{
    static const struct {
        const char *text;
        enum requirement_level weakest;
    } table[] = {{"must", LEVEL_MUST}, {"SHOULD", LEVEL_SHOULD}, {"may", LEVEL_MAY}};
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct selection s = SELECTION_ALL;
        char why[512];
        assert_int_equal(selection_level(&s, table[i].text, why), 0);
        size_t n = 0;
        for (size_t k = 0; k < catalogue.n; k++) {
            n += catalogue.items[k].level <= table[i].weakest ? 1 : 0;
        }
        assert_int_equal(count(&s), n);
    }
}

static void shards_partition_the_catalogue(void **state)
{
    for (unsigned n = 1; n <= 5; n++) {
        size_t sum = 0;
        for (unsigned i = 1; i <= n; i++) {
            struct selection s = SELECTION_ALL;
            char text[16], why[512];
            (void)snprintf(text, sizeof(text), "%u/%u", i, n);
            assert_int_equal(selection_shard(&s, text, why), 0);
            sum += count(&s);
        }
        assert_int_equal(sum, catalogue.n);
    }
}

static void bad_numbers_and_names_are_errors(void **state)
{
    static const char *const shards[] = {"", "1", "0/2", "3/2", "a/b", "1/0", "1/2/3"};
    struct selection s = SELECTION_ALL;
    char why[512];
    for (size_t i = 0; i < COS_ARRAY_LEN(shards); i++) {
        assert_int_equal(selection_shard(&s, shards[i], why), -1);
    }
    assert_int_equal(selection_level(&s, "maybe", why), -1);
    assert_int_equal(selection_profile(&s, &catalogue, "server", why), -1);
    assert_int_equal(selection_profile(&s, &catalogue, "token-server", why), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_areas_and_globs_select),
        cmocka_unit_test(what_matches_nothing_is_an_error),
        cmocka_unit_test(levels_include_the_stronger_ones),
        cmocka_unit_test(shards_partition_the_catalogue),
        cmocka_unit_test(bad_numbers_and_names_are_errors),
    };
    char why[512];
    if (catalogue_load(&catalogue, /* path= */ NULL, why) < 0) {
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalogue_deinit(&catalogue);
    return failed;
}
