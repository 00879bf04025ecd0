/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch over standing still, as a story of moments.
 */
#include "world.h"

#include "wire/wire.h"

static void only_standing_still_counts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t now_ms;
        uint64_t moved;
        bool is_over;
    } moments[] = {
        {"the beginning, however late", 1000000, 0, false},
        {"nothing yet", 1059999, 0, false},
        {"a byte just in time", 1059999, 1, false},
        {"an hour of single bytes", 4659999, 2, false},
        {"still in time", 4719998, 2, false},
        {"it stood still for a minute", 4719999, 2, true},
        {"a number that fell moved, too", 4720000, 1, false},
    };
    struct stall s = {.limit_ms = 60000};
    for (size_t i = 0; i < COS_ARRAY_LEN(moments); i++) {
        CHECK_ROW(moments[i].name,
                  stall_is_over(&s, moments[i].now_ms, moments[i].moved) == moments[i].is_over);
    }
}

static void without_a_limit_it_is_never_over(void **state)
{
    (void)state;
    struct stall s = {.limit_ms = 0};
    assert_false(stall_is_over(&s, 0, 0));
    assert_false(stall_is_over(&s, INT64_MAX, 0));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_standing_still_counts),
        cmocka_unit_test(without_a_limit_it_is_never_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
