/* SPDX-License-Identifier: Apache-2.0 */
/* One case, from its tenant to its result. */
#ifndef CONFORM_LIFE_H
#define CONFORM_LIFE_H

#include "cosconform/report.h"

struct lane;

/**
 * Run the case of @out (requirement, kase) in @lane and fill in the rest; the texts are heap.
 */
void life_run(struct lane *lane, struct conform_result *out);

#endif
