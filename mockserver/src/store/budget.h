/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients may make the mock keep, in bytes, together. Bytes of bodies ask first and are
 * refused; what comes with them (names, headers, tables) is counted and never refused, so that
 * nothing is half done. Any thread.
 */
#ifndef STORE_BUDGET_H
#define STORE_BUDGET_H

#include "cosbase/base.h"

enum { BUDGET_SPARES = 8 };
struct blob;

struct budget {
    uint64_t limit_bytes;
    uint64_t used_bytes; /* atomic */
    /* Large segments of bodies that went, for those that come; not counted. Each is atomic. */
    void *spares[BUDGET_SPARES];
    /** Calls blob_end() of what is large, soon and on another thread. NULL, or false: whoever
     *  let go of it does. Set before the first blob. */
    bool (*later)(void *ctx, struct blob *b);
    void *later_ctx;
};
/** All the functions take NULL: no limit, nothing counted. False: it would be more than the
 *  limit, and nothing was taken. */
COS_MUST_CHECK bool budget_take(struct budget *b, uint64_t bytes);
/** The same for what is kept for a moment: it may go an eighth beyond the limit, so that a full
 *  mock can still be told what to delete. */
COS_MUST_CHECK bool budget_take_passing(struct budget *b, uint64_t bytes);
/** Take in any case. */
void budget_charge(struct budget *b, uint64_t bytes);
void budget_give(struct budget *b, uint64_t bytes);
uint64_t budget_left(const struct budget *b);

#endif
