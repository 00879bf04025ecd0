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

/* What a browser asks before a request, or what a request is. */
struct cors_question {
    struct cos_span origin, method;
    struct cos_span headers; /* with commas between; ptr NULL: none */
};
struct cors_match {
    const struct cors_rule *rule;
    bool is_any_origin; /* by the lone "*" */
};
/** The first rule that fits is used alone. False: none does. */
bool cors_match(const struct cors *c, const struct cors_question *q, struct cors_match *out);

#endif
