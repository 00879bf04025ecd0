/* SPDX-License-Identifier: Apache-2.0 */
/* The stages, one file each (pipeline.c orders them), and the little that one stage asks of another. */
#ifndef JOURNEY_STAGES_H
#define JOURNEY_STAGES_H

#include "exchange/exchange.h"

void stage_parse(struct cosmock_exchange *x, const struct cosmock_head *head);
void stage_route(struct cosmock_exchange *x);
void stage_sts_fields(struct cosmock_exchange *x); /* STS: route once the body is there */
void stage_fault(struct cosmock_exchange *x);
void stage_authn(struct cosmock_exchange *x); /* dispatches to authn/cos.c, tc3.c, v1.c */
void stage_target(
    struct cosmock_exchange *x); /* does what the request names exist? (route.c) */
void stage_authz(struct cosmock_exchange *x);
void stage_body_begin(struct cosmock_exchange *x);
void stage_body_add(struct cosmock_exchange *x, const void *bytes, size_t n);
void stage_body_end(struct cosmock_exchange *x);
void stage_execute(struct cosmock_exchange *x);
void stage_respond(struct cosmock_exchange *x);
void stage_journal(struct cosmock_exchange *x);

/** STS: the secret id came with the body; go to its tenant (route.c). */
void route_to_secret_id(struct cosmock_exchange *x, struct cos_span secret_id);
/** Put the answer of x->fault into the result (fault.c). */
void fault_answer(struct cosmock_exchange *x);

#endif
