/* SPDX-License-Identifier: Apache-2.0 */
/* In which tier an object of an intelligently tiered class lies: cos-operations-2.md s.15. */
#ifndef SERVICES_TIER_H
#define SERVICES_TIER_H

#include "services/choice.h"
#include "services/tier_rules.h"

/** FREQUENT of what is not tiered. @at: the bucket that @o lies in. */
enum tier tier_of(struct cosmock_exchange *x, const struct bucket_view *at,
                  const struct object *o);
/** x-cos-storage-tier of a read of @o, or nothing. */
void tier_header(struct cosmock_exchange *x, const struct object *o);
/** <StorageTier>, the same in a list of the request's bucket. */
void tier_xml(struct cosmock_exchange *x, const struct object *o);
/** Its reads are noted by tier_read(). */
bool tier_is_noted(const struct object *o);
/** The bytes of @o are read: a handler's end, which keeps that at most once a day and does
 *  not fail for it. */
int tier_read(struct cosmock_exchange *x, const struct object *o);
/** Objects of @class are tiered. */
bool tier_has(enum word class);

#endif
