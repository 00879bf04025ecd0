/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the control API, as the connections of its plane see them. */
#ifndef EDGE_CONTROL_VISIT_H
#define EDGE_CONTROL_VISIT_H

#include "edge/responder.h"

/** Of a struct control. */
extern const struct responder responder_control;

#endif
