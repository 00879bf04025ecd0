/* SPDX-License-Identifier: Apache-2.0 */
/* The domains that buckets were given: names of hosts besides the forms of world/host.h. */
#ifndef WORLD_DOMAINS_H
#define WORLD_DOMAINS_H

#include "world/host.h"

/** The tenant, a reference, of the bucket that has the domain @name (lower-case) switched on;
 *  the bucket into *@at, and what it is there. NULL: no bucket has. */
struct cosmock_tenant *domain_find(struct cosmock *mock, struct cos_span name,
                                   struct bucket_view *at, enum host_kind *kind);

bool domain_is_known(struct cosmock *mock, struct cos_span name);
/** The bucket names it (any case), switched on or off. */
bool domain_is_of(const struct bucket_view *at, struct cos_span name);
/** A bucket of the mock other than @but names it (any case), switched on or off. */
bool domain_is_taken(struct cosmock *mock, struct cos_span name, const char *but);
/** A bucket of another tenant than @t names it. */
bool domain_is_anothers(struct cosmock *mock, struct cos_span name,
                        const struct cosmock_tenant *t);
/** The text of a configuration, which was checked, names it. */
bool domain_is_said(struct cos_span text, struct cos_span name);

#endif
