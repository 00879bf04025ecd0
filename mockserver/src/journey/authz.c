/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May the caller do this? Which questions an operation needs (exchange/question.c builds them).
 * Copies ask twice, for the source and for the destination (sts-cam.md s.3.5);
 * DeleteMultipleObjects asks per key from its handler, and nobody anonymous gets there without
 * a right of its own: the document of a caller who may delete nothing is not read. To assume a
 * role is asked by its handler, too, and what CAM is asked to do.
 */
#include "journey/stages.h"

#include "exchange/question.h"

#define GET_OBJECT "name/cos:GetObject"
#define DELETE_MULTIPLE_OBJECTS "name/cos:DeleteMultipleObjects"

static void deny(struct cosmock_exchange *x, const struct cam_verdict *verdict,
                 const char *action)
{
    x->identity.detail = verdict->why;
    if (x->identity.hint.len > 0) {
        x->identity.detail =
            cos_arena_printf(&x->arena, COS_SPAN_FMT "; " COS_SPAN_FMT,
                             COS_SPAN_ARG(verdict->why), COS_SPAN_ARG(x->identity.hint));
    }
    struct cos_span sentence =
        x->service->say_denied == NULL ? COS_SPAN_EMPTY : x->service->say_denied(x, action);
    refuse_with(x, STAGE_AUTHZ, x->service->codes[CODE_DENIED], sentence, COS_SPAN_EMPTY);
}

static bool ask_or_deny(struct cosmock_exchange *x, const struct right *right)
{
    struct cam_verdict verdict;
    question_ask(x, right, &verdict);
    if (!verdict.allowed) {
        deny(x, &verdict, right->action);
    }
    return verdict.allowed;
}

/* What a link points to is asked for as if it had been named (cos-operations-2.md s.5). */
static bool ask_behind_link(struct cosmock_exchange *x, const struct found_object *found,
                            const struct right *right)
{
    struct right behind = *right;
    behind.key = found->points_to;
    return found->link.row == NULL || ask_or_deny(x, &behind);
}

/* cos-wire.md: which of two documents is right about the destination's action is a switch. */
static void ask_for_copy(struct cosmock_exchange *x)
{
    const struct copy_source *source = &x->target.source;
    if (source->is_malformed) {
        refuse(x, STAGE_AUTHZ, "InvalidCopySource");
        return;
    }
    const char *action = x->route.op->action;
    const char *action_or = x->route.op->action_or;
    unsigned choice = world_switch_choice(x->tenant, SWITCH_COPY_ACTION);
    if (choice == SWITCH_COPY_ACTION_PUT_OBJECT) {
        action_or = NULL;
    } else if (choice == SWITCH_COPY_ACTION_PUT_OBJECT_COPY && action_or != NULL) {
        action = action_or;
        action_or = NULL;
    }
    const struct right read = {GET_OBJECT, NULL, OP_RES_OBJECT, source->bucket, source->key};
    const struct right write = {action, action_or, OP_RES_COPY, x->route.bucket, x->route.key};
    (void)(ask_or_deny(x, &read) && ask_behind_link(x, &source->object, &read) &&
           ask_or_deny(x, &write));
}

/* sts-cam.md s.3.5 (cn:436/8289): an anonymous caller needs DeleteMultipleObjects besides
 * DeleteObject on each key; a signed one does not. */
static void ask_before_keys(struct cosmock_exchange *x)
{
    if (x->principal.who.kind == CAM_ANONYMOUS) {
        (void)ask_or_deny(x, &(struct right){.action = DELETE_MULTIPLE_OBJECTS,
                                             .form = OP_RES_BUCKET,
                                             .bucket = x->route.bucket});
    }
}

static void ask_for_one(struct cosmock_exchange *x)
{
    const struct op_row *op = x->route.op;
    bool is_list = op->action_of_list != NULL && param_value(x, "id").len == 0;
    const struct right right = {.action = is_list ? op->action_of_list : op->action,
                                .action_or = op->action_or,
                                .form = op->resource,
                                .bucket = x->route.bucket,
                                .key = op->resource == OP_RES_PREFIX ? param_value(x, "prefix")
                                                                     : x->route.key};
    (void)(ask_or_deny(x, &right) && ask_behind_link(x, &x->target.object, &right));
}

void stage_authz(struct cosmock_exchange *x)
{
    const struct op_row *op = x->route.op;
    if (op->action == NULL || op->resource == OP_RES_NONE || op->resource == OP_RES_ROLE ||
        op->resource == OP_RES_IDENTITY) {
        return;
    }
    if (op->resource == OP_RES_PER_KEY) {
        ask_before_keys(x);
    } else if (op->resource == OP_RES_COPY) {
        ask_for_copy(x);
    } else {
        ask_for_one(x);
    }
}
