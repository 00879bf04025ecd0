/* SPDX-License-Identifier: Apache-2.0 */
/* What a command did to the mock, in a few lines: calls by operation, and why what was denied was denied. */
#ifndef CMD_SUMMARY_H
#define CMD_SUMMARY_H

#include <stdio.h>

#include "cosmock/cosmock.h"

#include "cosbase/outfile.h"

void summary_print(FILE *out, struct cosmock *mock, struct cosmock_tenant *t);
/** Every entry as one JSON line; 0 or -errno. */
int summary_write_journal(struct cos_outfile *out, struct cosmock_tenant *t);

#endif
