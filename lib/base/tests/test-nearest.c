/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slips are counted as Damerau (1964) names them: one added, one left out, one changed, two
 * neighbours swapped.
 */
#include "check.h"

#include "cosbase/nearest.h"

static const char *const verbs[] = {
    "GetObject", "PutObject", "HeadObject", "PutObjectCopy", "DeleteObject", "--version", "-v",
};

struct row {
    const char *word, *nearest; /* NULL: none is near */
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = cos_nearest(cos_span_of(rows[i].word), verbs, COS_ARRAY_LEN(verbs));
        CHECK_ROW(rows[i].word, (got == NULL) == (rows[i].nearest == NULL));
        CHECK_ROW(rows[i].word, got == NULL || strcmp(got, rows[i].nearest) == 0);
    }
}

static void one_slip_of_each_kind_is_seen_through(void **state)
{
    static const struct row rows[] = {
        {"PutObjekt", "PutObject"},
        {"PutObjec", "PutObject"},
        {"PutObjectt", "PutObject"},
        {"PutObejct", "PutObject"},
        {"uPtObject", "PutObject"},
        {"GetObjet", "GetObject"},
        {"--verison", "--version"},
        {"--versio", "--version"},
        {"-w", "-v"},
        {"DeletObject", "DeleteObject"},
    };
    check_rows(rows, COS_ARRAY_LEN(rows));
}

static void case_is_no_slip(void **state)
{
    static const struct row rows[] = {{"putobject", "PutObject"}, {"--VERSION", "--version"}};
    check_rows(rows, COS_ARRAY_LEN(rows));
}

static void the_fewest_slips_win_and_the_first_of_equals(void **state)
{
    static const struct row rows[] = {
        {"PutObjectCpy", "PutObjectCopy"},
        {"XetObject", "GetObject"},
        {"ZutObject", "PutObject"},
        {"PetObject", "GetObject"}, /* one slip from GetObject and from PutObject */
    };
    check_rows(rows, COS_ARRAY_LEN(rows));
}

static void what_is_far_has_no_neighbour(void **state)
{
    static const struct row rows[] = {
        {"", NULL}, {"q", NULL}, {"xy", NULL}, {"ListParts", NULL}, {"*Multipart*", NULL},
    };
    check_rows(rows, COS_ARRAY_LEN(rows));
    assert_null(cos_nearest(COS_SPAN_LIT("PutObject"), /* names= */ NULL, 0));
}

static void long_words_are_passed_over(void **state)
{
    char word[200];
    memset(word, 'a', sizeof(word));
    const char *const names[] = {"b"};
    assert_null(cos_nearest(cos_span_make(word, sizeof(word)), names, 1));
    char edge[129];
    memset(edge, 'a', 128);
    edge[128] = '\0';
    const char *const same[] = {edge};
    assert_ptr_equal(cos_nearest(cos_span_make(word, 128), same, 1), edge);
    assert_null(cos_nearest(cos_span_make(word, 129), same, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slip_of_each_kind_is_seen_through),
        cmocka_unit_test(case_is_no_slip),
        cmocka_unit_test(the_fewest_slips_win_and_the_first_of_equals),
        cmocka_unit_test(what_is_far_has_no_neighbour),
        cmocka_unit_test(long_words_are_passed_over),
    };
    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
