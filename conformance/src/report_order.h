/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which people look for results: that of the catalogue. */
#ifndef CONFORM_REPORT_ORDER_H
#define CONFORM_REPORT_ORDER_H

#include "run.h"

/**
 * Indices of all report->n results, by requirement as in the catalogue, then as they were
 * selected; the caller frees it. NULL without memory.
 */
COS_MUST_CHECK size_t *report_order(const struct conform_report *report);

#endif
