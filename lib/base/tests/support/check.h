/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every test of lib starts with: cmocka with the headers it wants before it, failures that
 * name a table's row or both texts, and the torture loop.
 */
#ifndef COSBASE_TESTS_CHECK_H
#define COSBASE_TESTS_CHECK_H

#include "cosbase/alloc.h"
#include "cosbase/span.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** Fail with the name of the table row when @condition is false. */
#define CHECK_ROW(name, condition)                                  \
    do {                                                            \
        if (!(condition)) {                                         \
            fail_msg("row '%s': not true: %s", (name), #condition); \
        }                                                           \
    } while (0)

/** Fail unless the text @haystack holds @needle; both are printed. */
#define CHECK_HOLDS(haystack, needle)                              \
    do {                                                           \
        if (strstr((haystack), (needle)) == NULL) {                \
            fail_msg("'%s' is not in '%s'", (needle), (haystack)); \
        }                                                          \
    } while (0)

/**
 * Run @attempt with the first allocation failing, then with the second, until it gets through
 * untouched. It returns true on success; after a failure it must have cleaned up. Returns how
 * many allocations were made to fail.
 */
uint64_t torture(bool (*attempt)(void));

#endif
