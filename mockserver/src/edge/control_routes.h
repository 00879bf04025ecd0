/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a call of the control API, from its head to its handler. */
#ifndef EDGE_CONTROL_ROUTES_H
#define EDGE_CONTROL_ROUTES_H

#include "edge/control_call.h"

/** From the head alone: true to go on, and on which terms; false: the refusal is answered. */
bool control_admit(struct call *c, struct control_body_terms *out);
/** The body is longer, announced or come: answer so. */
void control_refuse_body(struct call *c, uint64_t max_bytes);
/** The whole request: answer it, or ask to be called again (c->wait). May block. */
void control_serve(struct call *c);

#endif
