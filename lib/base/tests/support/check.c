/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See check.h.
 */
#include "check.h"

uint64_t torture(bool (*attempt)(void))
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
