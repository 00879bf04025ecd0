/* SPDX-License-Identifier: Apache-2.0 */
/* What a command did to the mock, for people: a table of calls, then every failure with its
 * cause. */
#ifndef CMD_SUMMARY_H
#define CMD_SUMMARY_H

#include <stdio.h>

#include "cosmock/cosmock.h"

#include "cosbase/outfile.h"
#include "tally.h"

/** @columns: no line is longer, but for words that are. */
void summary_print(FILE *out, struct tally *tally, size_t columns);
/** Every entry as one JSON line; 0 or -errno. */
int summary_write_journal(struct cos_outfile *out, struct cosmock_tenant *t);

#endif
