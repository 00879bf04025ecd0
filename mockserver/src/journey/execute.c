/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one stage that changes the world: it calls the operation's handler. What the table knows
 * but nobody built says so by name, instead of pretending.
 */
#include "journey/stages.h"

#include "exchange/work.h"

static void refuse_unbuilt(struct cosmock_exchange *x)
{
    struct cos_span sentence =
        cos_arena_printf(&x->arena, "The operation %s is known to this mock but not built.",
                         x->route.op->name);
    refuse_with(x, STAGE_EXECUTE, x->service->codes[CODE_NOT_BUILT], sentence, COS_SPAN_EMPTY);
}

void stage_execute(struct cosmock_exchange *x)
{
    if (x->route.op->execute == NULL) {
        refuse_unbuilt(x);
    } else if (exchange_execute(x) != 0) {
        x->failed = true;
    }
}
