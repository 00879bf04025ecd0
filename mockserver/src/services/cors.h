/* SPDX-License-Identifier: Apache-2.0 */
/* The CORS rules of a bucket, as they are read from its document. */
#ifndef SERVICES_CORS_H
#define SERVICES_CORS_H

#include "services/schema.h"
#include "world/world.h"

struct cors_rule {
    struct xml_texts origins, methods, headers, exposed; /* as they were put */
    int64_t max_age_s;                                   /* -1: none */
};
struct cors {
    struct xml_reading reading;
    struct cors_rule *rules; /* the first that matches counts */
    size_t n_rules;
    bool varies; /* ResponseVary */
};
/** Borrowed from @v; NULL: the bucket has none. */
const struct cors *cors_of(const struct bucket_view *v);

#endif
