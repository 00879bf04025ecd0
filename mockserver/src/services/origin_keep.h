/* SPDX-License-Identifier: Apache-2.0 */
/* What an origin gave is kept, under the key that was asked for; who asks the origin:
 * journey/origin.c. */
#ifndef SERVICES_ORIGIN_KEEP_H
#define SERVICES_ORIGIN_KEEP_H

#include "exchange/exchange.h"

/** As the key of @x, which then is what the request has found. Returns as a handler does. @url:
 *  where @from is from; arena. */
int origin_keep(struct cosmock_exchange *x, const struct object *from, struct cos_span url);
struct origin_place {
    struct cos_span bucket, key;
};
/** The same where nobody waits; waits itself. */
void origin_keep_for(struct cosmock_tenant *t, const struct origin_place *to,
                     const struct object *from, struct cos_span url);

#endif
