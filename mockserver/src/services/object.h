/* SPDX-License-Identifier: Apache-2.0 */
/* What the ways to write a whole object share: PUT, and a form that is posted. */
#ifndef SERVICES_OBJECT_H
#define SERVICES_OBJECT_H

#include "exchange/exchange.h"

/** The body of the request becomes the object of its key, with the digests as headers of the
 *  answer; status and body of that are the caller's. Returns as a handler. */
int object_store(struct cosmock_exchange *x);

#endif
