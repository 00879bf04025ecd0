/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every test here starts with: cmocka with the headers it wants before it, a
 * table-friendly failure message, and the torture loop.
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

/**
 * Run @attempt with the first allocation failing, then with the second, until it gets through
 * untouched. It returns true on success; after a failure it must have cleaned up. Returns how
 * many allocations were made to fail.
 */
static inline uint64_t torture(bool (*attempt)(void))
{
    for (uint64_t n = 1;; n++) {
        cos_alloc_fail_nth(n);
        bool ok = attempt();
        bool was_hit = cos_alloc_count() >= n;
        cos_alloc_fail_nth(0);
        if (!was_hit) {
            assert_true(ok);
            return n - 1;
        }
        assert_true(n < 100000);
    }
}

#endif
