/* SPDX-License-Identifier: Apache-2.0 */
/* One midnight of a bucket's inventories. */
#ifndef SERVICES_INVENTORY_RUN_H
#define SERVICES_INVENTORY_RUN_H

#include "services/clock_work.h"

/** Is it one that a report fills? Others are empty columns. */
bool inventory_has_field(const char *name);
/** Writes the reports that are due at @midnight, and says in @out when others are. */
enum store_result inventory_run(struct cosmock_tenant *t, const struct bucket_view *v,
                                int64_t midnight, struct clock_outcome *out);

#endif
