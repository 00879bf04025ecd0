/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions and ranges as tables. Statuses: cos-wire.md s.2.0; precedence RFC 9110 s.13.2.2;
 * ranges RFC 9110 s.14.1.2; MK-19. */
#include "services/condition.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ETAG "ee8de918d05640145b18f70f4c3aa602"
#define MTIME_UNIX_MS \
    784111777500 /* Sun, 06 Nov 1994 08:49:37.5 GMT: RFC 9110 s.5.6.7's date */
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEHIND "Sun, 06 Nov 1994 08:49:38 GMT"

static const struct {
    const char *name, *match, *none_match, *modified, *unmodified;
    enum condition_result expected;
} conditions_table[] = {
    {"nothing", NULL, NULL, NULL, NULL, CONDITION_PASS},
    {"if-match, quoted", "\"" ETAG "\"", NULL, NULL, NULL, CONDITION_PASS},
    {"if-match, bare", ETAG, NULL, NULL, NULL, CONDITION_PASS},
    {"if-match, star", "*", NULL, NULL, NULL, CONDITION_PASS},
    {"if-match, one of several", "\"a\", \"" ETAG "\"", NULL, NULL, NULL, CONDITION_PASS},
    {"if-match, another", "\"aa488bb80185a6be87f4a7b936a80752\"", NULL, NULL, NULL,
     CONDITION_FAILED},
    {"if-match, a beginning", "\"ee8de918\"", NULL, NULL, NULL, CONDITION_FAILED},
    {"if-match, empty", "", NULL, NULL, NULL, CONDITION_FAILED},
    {"if-match, weak: not strong enough", "W/\"" ETAG "\"", NULL, NULL, NULL, CONDITION_FAILED},
    {"if-match, weak beside strong", "W/\"" ETAG "\", \"" ETAG "\"", NULL, NULL, NULL,
     CONDITION_PASS},
    {"if-none-match hits", NULL, "\"" ETAG "\"", NULL, NULL, CONDITION_NOT_MODIFIED},
    {"if-none-match hits, bare", NULL, ETAG, NULL, NULL, CONDITION_NOT_MODIFIED},
    {"if-none-match hits, weak", NULL, "W/\"" ETAG "\"", NULL, NULL, CONDITION_NOT_MODIFIED},
    {"if-none-match star", NULL, "*", NULL, NULL, CONDITION_NOT_MODIFIED},
    {"if-none-match, another", NULL, "\"a\"", NULL, NULL, CONDITION_PASS},
    {"modified since before", NULL, NULL, BEFORE, NULL, CONDITION_PASS},
    {"modified since the same second", NULL, NULL, SAME, NULL, CONDITION_NOT_MODIFIED},
    {"modified since behind", NULL, NULL, BEHIND, NULL, CONDITION_NOT_MODIFIED},
    {"modified since no date", NULL, NULL, "yesterday", NULL, CONDITION_PASS},
    {"unmodified since before", NULL, NULL, NULL, BEFORE, CONDITION_FAILED},
    {"unmodified since the same second", NULL, NULL, NULL, SAME, CONDITION_PASS},
    {"unmodified since behind", NULL, NULL, NULL, BEHIND, CONDITION_PASS},
    {"unmodified since no date", NULL, NULL, NULL, "yesterday", CONDITION_PASS},
    {"if-match wins over unmodified", ETAG, NULL, NULL, BEFORE, CONDITION_PASS},
    {"if-none-match wins over modified", NULL, "\"a\"", BEHIND, NULL, CONDITION_PASS},
    {"if-none-match hits though modified", NULL, ETAG, BEFORE, NULL, CONDITION_NOT_MODIFIED},
    {"both tags hit", ETAG, ETAG, NULL, NULL, CONDITION_NOT_MODIFIED},
    {"both dates hit", NULL, NULL, SAME, SAME, CONDITION_NOT_MODIFIED},
    {"412 by date goes before 304", NULL, ETAG, NULL, BEFORE, CONDITION_FAILED},
    {"412 goes before 304", "\"a\"", ETAG, NULL, NULL, CONDITION_FAILED},
};

static struct cos_span sent(const char *value)
{
    return value == NULL ? (struct cos_span){NULL, 0} : cos_span_of(value);
}

static void conditions_are_judged_as_documented(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(conditions_table); i++) {
        struct conditions c = {
            .if_match = sent(conditions_table[i].match),
            .if_none_match = sent(conditions_table[i].none_match),
            .if_modified_since = sent(conditions_table[i].modified),
            .if_unmodified_since = sent(conditions_table[i].unmodified),
        };
        enum condition_result got = conditions_judge(&c, COS_SPAN_LIT(ETAG), MTIME_UNIX_MS);
        if (got != conditions_table[i].expected) {
            fail_msg("%s: got %d", conditions_table[i].name, got);
        }
    }
}

static const struct {
    const char *value;
    uint64_t size;
    enum range_result expected;
    uint64_t first, count;
} ranges_table[] = {
    {NULL, 10, RANGE_WHOLE, 0, 10},
    {"bytes=0-9", 10, RANGE_PART, 0, 10},
    {"bytes=0-0", 10, RANGE_PART, 0, 1},
    {"bytes=9-9", 10, RANGE_PART, 9, 1},
    {"bytes=3-5", 10, RANGE_PART, 3, 3},
    {"Bytes=3-5", 10, RANGE_PART, 3, 3},
    {"bytes=3-", 10, RANGE_PART, 3, 7},
    {"bytes=3-10", 10, RANGE_PART, 3, 7}, /* clipped */
    {"bytes=3-18446744073709551615", 10, RANGE_PART, 3, 7},
    {"bytes=-1", 10, RANGE_PART, 9, 1},
    {"bytes=-10", 10, RANGE_PART, 0, 10},
    {"bytes=-11", 10, RANGE_PART, 0, 10},
    {"bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 10},
    {"bytes=10-20", 10, RANGE_UNSATISFIABLE, 0, 10},
    {"bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 10},
    {"bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=-5", 0, RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=5-3", 10, RANGE_WHOLE, 0, 10}, /* from here on: not a range, so ignored */
    {"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 10},
    {"bytes=", 10, RANGE_WHOLE, 0, 10},
    {"bytes=-", 10, RANGE_WHOLE, 0, 10},
    {"bytes=a-b", 10, RANGE_WHOLE, 0, 10},
    {"bytes=1-b", 10, RANGE_WHOLE, 0, 10},
    {"bytes=18446744073709551616-", 10, RANGE_WHOLE, 0, 10},
    {"items=0-1", 10, RANGE_WHOLE, 0, 10},
    {"", 10, RANGE_WHOLE, 0, 10},
};

static void ranges_are_clipped_refused_or_ignored(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(ranges_table); i++) {
        uint64_t first = 99;
        uint64_t count = 99;
        enum range_result got =
            range_read(sent(ranges_table[i].value), ranges_table[i].size, &first, &count);
        if (got != ranges_table[i].expected || first != ranges_table[i].first ||
            count != ranges_table[i].count) {
            fail_msg("%s of %llu: got %d, %llu + %llu", ranges_table[i].value,
                     (unsigned long long)ranges_table[i].size, got, (unsigned long long)first,
                     (unsigned long long)count);
        }
    }
}

static const struct {
    const char *name, *sent;
    bool holds;
} if_range_table[] = {
    {"the tag", "\"" ETAG "\"", true},
    {"the tag, bare", ETAG, true},
    {"another tag", "\"aa488bb80185a6be87f4a7b936a80752\"", false},
    {"the tag, weak: not strong enough", "W/\"" ETAG "\"", false},
    {"a star is no tag here", "*", false},
    {"a list is no tag here", "\"a\", \"" ETAG "\"", false},
    {"the date", SAME, true},
    {"a date before", BEFORE, false},
    {"a date behind is not the same, either", BEHIND, false},
    {"no date and no tag", "yesterday", false},
    {"nothing", "", false},
};

/* RFC 9110 s.13.1.5: strong comparison, exact match of the date. */
static void if_range_wants_the_same_object(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(if_range_table); i++) {
        if (if_range_holds(cos_span_of(if_range_table[i].sent), COS_SPAN_LIT(ETAG),
                           MTIME_UNIX_MS) != if_range_table[i].holds) {
            fail_msg("%s", if_range_table[i].name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(if_range_wants_the_same_object),
        cmocka_unit_test(conditions_are_judged_as_documented),
        cmocka_unit_test(ranges_are_clipped_refused_or_ignored),
    };
    return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
