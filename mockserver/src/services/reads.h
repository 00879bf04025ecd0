/* SPDX-License-Identifier: Apache-2.0 */
/* How often an object was read on each of the last days (China's), for lifecycle rules that
 * ask: AccessFrequency, cos-operations-2.md s.6. Kept only where one does. */
#ifndef SERVICES_READS_H
#define SERVICES_READS_H

#include "exchange/exchange.h"

/** In the @days before @midnight, which is none of them. */
uint64_t reads_before(const struct object *o, int64_t midnight, int64_t days);
/** The bytes of @o are read: a handler's end, which does not fail for what it keeps. */
int reads_note(struct cosmock_exchange *x, const struct object *o);

#endif
