/* SPDX-License-Identifier: Apache-2.0 */
/* What the service does by itself, as the journal tells it: an entry without a method, so that
 * whoever wonders where an object comes from finds out. */
#ifndef SERVICES_OWN_WORK_H
#define SERVICES_OWN_WORK_H

#include "world/world.h"

/* THE TABLE of them: X(id, the journal's op), none of which can be asked for. */
#define OWN_WORKS(X)                       \
    X(APPLY_LIFECYCLE, "ApplyLifecycle")   \
    X(DELIVER_LOG, "DeliverLog")           \
    X(PULL_ORIGIN, "PullOrigin")           \
    X(REPLICATE_OBJECT, "ReplicateObject") \
    X(WRITE_INVENTORY, "WriteInventory")
#define OWN_WORK_ID(id, op) OWN_##id,
enum own_work_kind { OWN_WORKS(OWN_WORK_ID) OWN_WORK_KINDS };
/** Is it one of the table's? */
bool own_work_is_op(const char *op);

struct own_work {
    enum own_work_kind kind;
    const char *bucket;
    struct cos_span key;
    int status;       /* as a request would have been answered */
    const char *code; /* NULL: it was done */
    struct cos_span detail;
    uint64_t bytes; /* that were written */
};
void own_work_tell(struct cosmock_tenant *t, const struct own_work *w);

#endif
