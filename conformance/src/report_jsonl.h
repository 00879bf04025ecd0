/* SPDX-License-Identifier: Apache-2.0 */
/* results.jsonl, written while the run goes on: header, one line a case, trailer (conformance.md R12). */
#ifndef CONFORM_REPORT_JSONL_H
#define CONFORM_REPORT_JSONL_H

#include "run.h"

#include <stdio.h>

void report_jsonl_header(FILE *to, const struct conform_options *options);
void report_jsonl_result(FILE *to, const struct conform_result *result);
void report_jsonl_trailer(FILE *to, const struct conform_report *report);

#endif
