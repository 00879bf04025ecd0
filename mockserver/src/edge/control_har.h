/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as an HTTP archive (HAR 1.2). */
#ifndef EDGE_CONTROL_HAR_H
#define EDGE_CONTROL_HAR_H

#include "edge/control_call.h"

/** Answer with these entries. */
void control_har_write(struct call *c, const struct cosmock_entry *entries, int64_t n);

#endif
