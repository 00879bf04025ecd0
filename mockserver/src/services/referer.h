/* SPDX-License-Identifier: Apache-2.0 */
/* Whose pages may show what is in a bucket, as it is read from its document. */
#ifndef SERVICES_REFERER_H
#define SERVICES_REFERER_H

#include "services/schema.h"
#include "world/world.h"

struct referer {
    struct xml_reading reading;
    bool is_enabled;
    bool is_white_list; /* else the domains are those that may not */
    struct xml_texts domains;
    bool allows_empty;      /* EmptyReferConfiguration */
    bool checks_signed_url; /* VerifySignatureURL */
};
/** Borrowed from @v; NULL: the bucket has none. */
const struct referer *referer_of(const struct bucket_view *v);
/** May a request with this Referer ("" or ptr NULL: none) be answered? @covers_parent: does
 *  "*.example.com" mean example.com, too? */
bool referer_allows(const struct referer *r, struct cos_span sent, bool covers_parent);

#endif
