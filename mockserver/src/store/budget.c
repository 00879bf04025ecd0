/* SPDX-License-Identifier: Apache-2.0 */
/* One counter for everything that clients can make grow. Nothing is allocated here: a limit
 * that needs memory would fail when it is needed. */
#include "store/budget.h"

static bool take_below(struct budget *b, uint64_t bytes, uint64_t limit_bytes)
{
    uint64_t used = __atomic_load_n(&b->used_bytes, __ATOMIC_RELAXED);
    do {
        if (used > limit_bytes || bytes > limit_bytes - used) {
            return false;
        }
    } while (!__atomic_compare_exchange_n(&b->used_bytes, &used, used + bytes, /* weak= */ true,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return true;
}

bool budget_take(struct budget *b, uint64_t bytes)
{
    return b == NULL || take_below(b, bytes, b->limit_bytes);
}

bool budget_take_passing(struct budget *b, uint64_t bytes)
{
    uint64_t limit;

    if (b == NULL) {
        return true;
    }
    limit = b->limit_bytes + b->limit_bytes / 8;
    return take_below(b, bytes, limit < b->limit_bytes ? UINT64_MAX : limit);
}

void budget_charge(struct budget *b, uint64_t bytes)
{
    if (b != NULL) {
        (void)__atomic_add_fetch(&b->used_bytes, bytes, __ATOMIC_RELAXED);
    }
}

void budget_give(struct budget *b, uint64_t bytes)
{
    if (b != NULL) {
        (void)__atomic_sub_fetch(&b->used_bytes, bytes, __ATOMIC_RELAXED);
    }
}

uint64_t budget_left(const struct budget *b)
{
    if (b == NULL) {
        return UINT64_MAX;
    }
    uint64_t used = __atomic_load_n(&b->used_bytes, __ATOMIC_RELAXED);
    return used < b->limit_bytes ? b->limit_bytes - used : 0;
}
