/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate authority that is made while other things are: most of its time is OpenSSL's
 * first steps (docs/internals/speed.md, "Where a start goes").
 */
#ifndef EDGE_AUTHORITY_H
#define EDGE_AUTHORITY_H

#include "cosmock/cosmock.h"

struct authority_making;
/** Begin, in a thread. NULL: no memory or no thread; then it is made at its first use. */
struct authority_making *authority_begin(void);
/**
 * Wait for it: from now on it is that of @mock, when that has none yet. @mock NULL: nobody
 * wants it any more. Fine with NULL.
 */
void authority_end(struct authority_making *m, struct cosmock *mock);

#endif
