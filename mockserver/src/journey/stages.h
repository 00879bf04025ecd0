/* SPDX-License-Identifier: Apache-2.0 */
/* The stages, one file each (plan.c orders them), and the little that one stage asks of
 * another. */
#ifndef JOURNEY_STAGES_H
#define JOURNEY_STAGES_H

#include "exchange/exchange.h"

void stage_parse(struct cosmock_exchange *x, const struct cosmock_head *head);
void stage_route(struct cosmock_exchange *x);
/** What only the fields of the body say: operation, perhaps tenant (route.c). */
void stage_fields(struct cosmock_exchange *x);
void stage_fault(struct cosmock_exchange *x);
void stage_authn(struct cosmock_exchange *x);
/** Does what the request names exist? Finds it (target.c). */
void stage_target(struct cosmock_exchange *x);
void stage_authz(struct cosmock_exchange *x);
void stage_body_begin(struct cosmock_exchange *x);
void stage_body_add(struct cosmock_exchange *x, const void *bytes, size_t n);
/** May wait for the digest of a large body. */
void stage_body_end(struct cosmock_exchange *x);
void stage_body_check(struct cosmock_exchange *x);
void stage_execute(struct cosmock_exchange *x);
/** May wait: the walk stops then. */
void stage_commit(struct cosmock_exchange *x);
void stage_respond(struct cosmock_exchange *x);
void stage_journal(struct cosmock_exchange *x);

/** Put the answer of x->fault into the result (fault.c). */
void fault_answer(struct cosmock_exchange *x);

#endif
