/* SPDX-License-Identifier: Apache-2.0 */
/* Access control lists as requests say them. Every write that takes one reads it here. */
#ifndef SERVICES_ACL_H
#define SERVICES_ACL_H

#include "cam/acl.h"
#include "exchange/exchange.h"

/** The text of the list in the headers, in the arena; ptr NULL: none is sent. False: refused,
 *  or no memory. */
bool acl_collect(struct cosmock_exchange *x, enum acl_place place, struct cos_span *out);
/** What becomes of it at a new object: its list, and whose it is where it is not the bucket
 *  owner's. False: as above. */
bool acl_collect_facets(struct cosmock_exchange *x, struct facet_values *out);
/** The account may have that many entries of @acl in the lists of its buckets, of which @but is
 *  one (NULL: a new one); else refused. */
bool acl_limit_check(struct cosmock_exchange *x, const char *owner_uin, const char *but,
                     const struct acl *acl);

#endif
