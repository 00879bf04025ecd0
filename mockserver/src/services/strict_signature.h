/* SPDX-License-Identifier: Apache-2.0 */
/* What a bucket wants to be signed, as it is read from its document. */
#ifndef SERVICES_STRICT_SIGNATURE_H
#define SERVICES_STRICT_SIGNATURE_H

#include "services/schema.h"
#include "world/world.h"

struct cosmock_exchange;

struct strict_rule {
    struct cos_span id;
    struct xml_texts actions; /* as in policies without their prefix: "Put*" */
    struct xml_texts headers; /* which have to be signed when they are sent; "x-cos-*" */
    struct xml_texts params;  /* the same; "all" */
};
struct strict_signature {
    struct xml_reading reading;
    struct strict_rule *rules;
    size_t n_rules;
};
/** Borrowed from @v; NULL: the bucket wants nothing. */
const struct strict_signature *strict_signature_of(const struct bucket_view *v);
/** What the signature of the request lacks, in the service's words; NULL: nothing. */
const char *strict_signature_complaint(const struct strict_signature *s,
                                       const struct cosmock_exchange *x);

#endif
