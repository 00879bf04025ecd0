/* SPDX-License-Identifier: Apache-2.0 */
/* What the document of access logs says. */
#ifndef SERVICES_LOGGING_H
#define SERVICES_LOGGING_H

#include "services/schema.h"
#include "world/world.h"

struct logging {
    struct xml_reading reading;
    bool is_on;
    struct cos_span bucket, prefix;
};
/** Borrowed from @v; NULL: the bucket has no logs. */
const struct logging *logging_of(const struct bucket_view *v);

#endif
