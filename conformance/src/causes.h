/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root causes: what is violated and stands on something that failed is BLOCKED, and the report
 * says by what. One defect should not indict a dozen requirements.
 */
#ifndef CONFORM_CAUSES_H
#define CONFORM_CAUSES_H

#include "run.h"

/** True when this result may become BLOCKED: it is told when all have ended. */
bool causes_may_block(const struct conform_result *r);
/**
 * What violated cases stand on and nobody selected is added behind the selected results, to be
 * run; returns how many cases.
 */
size_t causes_ask(struct conform_report *report);
/** Turn the verdict of what stands on a failed requirement into BLOCKED. */
void causes_block(struct conform_report *report);
/** Fill in the report's causes. */
void causes_find(struct conform_report *report);
void causes_free(struct conform_report *report);

#endif
