/* SPDX-License-Identifier: Apache-2.0 */
/* What the service does by itself, as the journal tells it: an entry without a method, so that
 * whoever wonders where an object comes from finds out. */
#ifndef SERVICES_OWN_WORK_H
#define SERVICES_OWN_WORK_H

#include "world/world.h"

struct own_work {
    const char *op; /* "ReplicateObject": no name of an operation that can be asked for */
    const char *bucket;
    struct cos_span key;
    int status;       /* as a request would have been answered */
    const char *code; /* NULL: it was done */
    struct cos_span detail;
    uint64_t bytes; /* that were written */
};
void own_work_tell(struct cosmock_tenant *t, const struct own_work *w);

#endif
