/* SPDX-License-Identifier: Apache-2.0 */
/* One midnight of a bucket's lifecycle. */
#ifndef SERVICES_LIFECYCLE_RUN_H
#define SERVICES_LIFECYCLE_RUN_H

#include "services/clock_work.h"

/** Does what the rules of @v want at @midnight, and adds to @out what became of it. */
enum store_result lifecycle_run(struct cosmock_tenant *t, const struct bucket_view *v,
                                int64_t midnight, struct clock_outcome *out);

#endif
