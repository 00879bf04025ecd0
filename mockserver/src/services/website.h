/* SPDX-License-Identifier: Apache-2.0 */
/* The website a bucket is, as it is read from its document. */
#ifndef SERVICES_WEBSITE_H
#define SERVICES_WEBSITE_H

#include "services/schema.h"
#include "world/world.h"

struct website_rule {
    /* when: one of the two */
    int64_t error_status;   /* 0: whatever */
    struct cos_span prefix; /* of the key; "": any */
    /* where to: one of the two; ptr NULL: not so */
    struct cos_span key, key_prefix;
    bool is_to_https;
    bool redirects; /* URLRedirect: tells the client, instead of answering with it */
};
struct website {
    struct xml_reading reading;
    struct cos_span index_suffix;
    bool is_to_https; /* RedirectAllRequestsTo */
    bool addresses_automatically;
    struct cos_span error_key;  /* "": none */
    bool keeps_error_status;    /* OriginalHttpStatus */
    struct website_rule *rules; /* in the order they are tried */
    size_t n_rules;
};
/** Borrowed from @v; NULL: the bucket is none. */
const struct website *website_of(const struct bucket_view *v);

#endif
