/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May the caller do this? Which questions an operation needs (exchange/question.c builds them). Copies ask twice, for the source and for the
 * destination (sts-cam.md s.3.5); DeleteMultipleObjects asks per key from its handler, and nobody anonymous gets there without a right of its own: the document
 * of a caller who may delete nothing is not read.
 */
#include "journey/stages.h"

#include "exchange/question.h"

#define GET_OBJECT "name/cos:GetObject"
#define DELETE_MULTIPLE_OBJECTS "name/cos:DeleteMultipleObjects"

static void deny(struct cosmock_exchange *x, const struct cam_verdict *verdict,
                 const char *action)
{
    struct cos_span sentence =
        x->service->say_denied == NULL ? COS_SPAN_EMPTY : x->service->say_denied(x, action);

    x->identity.detail = verdict->why;
    refuse_with(x, STAGE_AUTHZ, x->service->codes[CODE_DENIED], sentence, COS_SPAN_EMPTY);
}

/* No policy denies it, and where none has to grant it that is enough. */
static bool is_left_alone(const struct cosmock_exchange *x, const struct cam_verdict *verdict)
{
    return x->service->allows_unless_denied && verdict->identity != CAM_DENY &&
           verdict->session != CAM_DENY;
}

static bool ask_or_deny(struct cosmock_exchange *x, const char *action, const char *action_or,
                        enum op_resource form, struct cos_span bucket, struct cos_span key)
{
    struct cam_verdict verdict;

    authz_ask(x, action, action_or, form, bucket, key, &verdict);
    if (verdict.allowed) {
        return true;
    }
    if (is_left_alone(x, &verdict)) {
        x->decision.allowed = true;
        x->decision.verdict.allowed = true;
        return true;
    }
    deny(x, &verdict, action);
    return false;
}

/* cos-wire.md: which of two documents is right about the destination's action is a switch. */
static void ask_for_copy(struct cosmock_exchange *x)
{
    const struct op_row *op = x->route.op;
    unsigned choice = world_switch_choice(x->tenant, SWITCH_COPY_ACTION);
    const char *action = op->action;
    const char *action_or = op->action_or;
    struct copy_source source;

    if (choice == SWITCH_COPY_ACTION_PUT_OBJECT) {
        action_or = NULL;
    } else if (choice == SWITCH_COPY_ACTION_PUT_OBJECT_COPY && action_or != NULL) {
        action = action_or;
        action_or = NULL;
    }
    if (!copy_source_read(x, &source)) {
        refuse(x, STAGE_AUTHZ, "InvalidCopySource");
        return;
    }
    if (ask_or_deny(x, GET_OBJECT, /* action_or= */ NULL, OP_RES_OBJECT, source.bucket,
                    source.key)) {
        (void)ask_or_deny(x, action, action_or, OP_RES_COPY, x->route.bucket, x->route.key);
    }
}

/* sts-cam.md s.3.5 (cn:436/8289): an anonymous caller needs DeleteMultipleObjects besides DeleteObject on each key; a signed one does not. */
static void ask_before_keys(struct cosmock_exchange *x)
{
    if (x->principal.who.kind == CAM_ANONYMOUS) {
        (void)ask_or_deny(x, DELETE_MULTIPLE_OBJECTS, /* action_or= */ NULL, OP_RES_BUCKET,
                          x->route.bucket, COS_SPAN_EMPTY);
    }
}

void stage_authz(struct cosmock_exchange *x)
{
    const struct op_row *op = x->route.op;
    struct cos_span prefix = param_value(x, "prefix");

    if (op->action == NULL || op->resource == OP_RES_NONE) {
        return;
    }
    if (op->resource == OP_RES_PER_KEY) {
        ask_before_keys(x);
    } else if (op->resource == OP_RES_COPY) {
        ask_for_copy(x);
    } else {
        (void)ask_or_deny(x, op->action, op->action_or, op->resource, x->route.bucket,
                          op->resource == OP_RES_PREFIX ? prefix : x->route.key);
    }
}
