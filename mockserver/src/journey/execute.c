/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one stage that changes the world: it calls the operation's handler. What the table knows
 * but nobody built says so by name, instead of pretending.
 */
#include "journey/stages.h"

#include "exchange/work.h"

static void refuse_unbuilt(struct cosmock_exchange *x, const char *kind, const char *name)
{
    struct cos_span sentence =
        cos_arena_printf(&x->arena, "The %s %s is known to this mock but not built.", kind,
                         name);
    refuse_with(x, STAGE_EXECUTE, x->service->codes[CODE_NOT_BUILT], sentence, COS_SPAN_EMPTY);
}

static void refuse_unheeded(struct cosmock_exchange *x)
{
    x->identity.detail = COS_SPAN_LIT("switch unheeded-names");
    refuse_with(x, STAGE_EXECUTE, x->service->codes[CODE_NOT_BUILT], unheeded_note(x),
                COS_SPAN_EMPTY);
}

void stage_execute(struct cosmock_exchange *x)
{
    unheeded_find(x);
    if (x->route.op->execute == NULL) {
        refuse_unbuilt(x, "operation", x->route.op->name);
    } else if (x->not_built != NULL) {
        refuse_unbuilt(x, "header", x->not_built);
    } else if (x->unheeded != NULL && SWITCH_IS(x->tenant, UNHEEDED_NAMES, REFUSE)) {
        refuse_unheeded(x);
    } else if (exchange_execute(x) != 0) {
        x->failed = true;
    }
}
