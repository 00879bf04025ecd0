/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a run as a report again: what report_jsonl.c writes, read. */
#ifndef CONFORM_RESULTS_H
#define CONFORM_RESULTS_H

#include "cosbase/span.h"
#include "run.h"

/**
 * Append the results in the text of a results.jsonl, with their journals out of journal.jsonl,
 * to a report with room for them. 0, or -1 with @why: "line N: what is wrong": a case that this
 * suite does not have, one that the report has already, no trailer.
 */
COS_MUST_CHECK int results_read(struct conform_report *report, struct cos_span results,
                                struct cos_span journal, char why[512]);

#endif
