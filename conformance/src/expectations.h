/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a subject beforehand: a file with the verdict of each requirement, held
 * against a run. For a subject that cannot be certified (hadoop-cos has defects that everybody
 * knows) it is what a certificate is for the others: any difference, better or worse, is news.
 */
#ifndef CONFORM_EXPECTATIONS_H
#define CONFORM_EXPECTATIONS_H

#include "run.h"

#include <stdio.h>

/**
 * Hold @report against the file @path: a YAML mapping of an id to a verdict, or to "BLOCKED by
 * ID". Each difference is a line on @to. In a narrowed run only what was selected counts. How
 * many differ; -1 with @why: the file is no good.
 */
int expectations_check(const struct conform_report *report, const char *path, FILE *to,
                       char why[512]);
/** Write such a file. 0; -1 with @why: something is ERROR, or it cannot be written. */
COS_MUST_CHECK int expectations_write(const struct conform_report *report, const char *path,
                                      char why[512]);

#endif
