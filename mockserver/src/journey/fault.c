/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the tenant's faults once, for every request whose operation is known, so that no handler
 * can forget. What must happen instead of executing is refused here; what happens to the reply
 * is remembered in x->fault and done by respond.
 */
#include "journey/stages.h"

/* A fault may name a code that no table has: it is then sent as it is. */
static const struct error_row *fault_error(struct cosmock_exchange *x)
{
    const struct fault_hit *f = &x->fault;
    const struct error_row *known = f->code[0] == '\0'
                                        ? x->service->error_by_status(f->http_status)
                                        : x->service->error(f->code);
    if (f->code[0] == '\0' || strcmp(known->code, f->code) == 0) {
        return known;
    }
    struct error_row *row = cos_arena_alloc(&x->arena, sizeof(*row));
    if (row == NULL) {
        return known;
    }
    int status = x->service->error_status != 0 ? x->service->error_status : 500;
    *row = (struct error_row){f->code, status, "Injected fault.", "fault"};
    return row;
}

static void name_fault(struct cosmock_exchange *x)
{
    x->identity.detail =
        cos_arena_printf(&x->arena, "planted fault %llu", (unsigned long long)x->fault.id);
}

void fault_answer(struct cosmock_exchange *x)
{
    struct result *r = &x->result;
    r->error = fault_error(x);
    r->status = r->error->status;
    r->error_message = cos_span_of(x->fault.message); /* lives with the exchange */
    r->error_extra = COS_SPAN_EMPTY;
    r->refused_by = STAGE_FAULT;
    name_fault(x);
    if (x->fault.location[0] != '\0') {
        /* lives with the exchange */
        result_header(x, "Location", cos_span_of(x->fault.location));
    }
    bool has_fixed_status = x->service->error_status != 0 && x->fault.code[0] != '\0';
    if (x->fault.kind == COSMOCK_FAULT_REPLY_200) {
        r->status = 200;
    } else if (x->fault.http_status != 0 && !has_fixed_status) {
        r->status = x->fault.http_status;
    }
}

/* Who answers is not the service: respond writes a page of somebody else. */
static void answer_foreign(struct cosmock_exchange *x)
{
    x->result.status = x->fault.http_status != 0 ? x->fault.http_status : 200;
    x->result.refused_by = STAGE_FAULT;
    name_fault(x);
}

static void skew_clock(struct cosmock_exchange *x)
{
    int64_t ms = x->now.signature_unix_ms + x->fault.amount;
    ms = ms < 0 ? 0 : ms;
    x->now.signature_unix_ms = ms > COSMOCK_CLOCK_MAX_UNIX_MS ? COSMOCK_CLOCK_MAX_UNIX_MS : ms;
}

void stage_fault(struct cosmock_exchange *x)
{
    const struct fault_question question = {x->route.op, x->service->name,
                                            x->service->dialect_of, x->route.key};
    if (x->is_owners || !world_fault_ask(x->tenant, &question, &x->fault)) {
        x->fault.id = 0;
        return;
    }
    switch (x->fault.kind) {
    case COSMOCK_FAULT_REPLY:
    case COSMOCK_FAULT_REPLY_200:
        fault_answer(x);
        break;
    case COSMOCK_FAULT_RESET:
        x->result.refused_by = STAGE_FAULT; /* respond closes the connection */
        break;
    case COSMOCK_FAULT_FOREIGN:
        answer_foreign(x);
        break;
    case COSMOCK_FAULT_SKEW:
        skew_clock(x);
        break;
    case COSMOCK_FAULT_REPLY_AFTER:
    case COSMOCK_FAULT_DELAY:
    case COSMOCK_FAULT_RESET_AFTER:
    case COSMOCK_FAULT_TRUNCATE:
    case COSMOCK_FAULT_CORRUPT:
    case COSMOCK_FAULT_MALFORMED:
    case COSMOCK_FAULT_HEADER:
    case COSMOCK_FAULT_EXTRA:
        break;
    }
}
