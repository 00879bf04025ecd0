/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an exchange stands still: a pure watch over what has moved so far. A limit on the
 * whole exchange would cut a large body on a slow line, which is then sent again and cut again
 * for ever; a limit on standing still lets it go on as long as anything moves.
 *
 * What has moved is given as one number that differs whenever a byte did, in either direction;
 * this file refuses to know which.
 */
#include "wire/wire.h"

bool stall_is_over(struct stall *s, int64_t now_mono_ms, uint64_t moved)
{
    if (!s->has_begun || moved != s->moved) {
        s->has_begun = true;
        s->moved = moved;
        s->since_mono_ms = now_mono_ms;
        return false;
    }
    return s->limit_ms > 0 && now_mono_ms - s->since_mono_ms >= s->limit_ms;
}
