/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Until when an object must stay as it is: cos-operations-1.md s.7. Only objects of a bucket
 * whose lock is on have such a time; whoever writes elsewhere pays for a test of one pointer.
 */
#ifndef SERVICES_RETENTION_H
#define SERVICES_RETENTION_H

#include "exchange/exchange.h"

/** It may be neither replaced, nor changed, nor deleted at @now_unix_ms. */
bool retention_holds(const struct object *o, int64_t now_unix_ms);
/** When that ends; 0: it never began. */
int64_t retention_ends(const struct object *o);
/** x-cos-object-lock-mode and -retain-until-date of a read, if @o ever had them. */
void retention_headers(struct cosmock_exchange *x, const struct object *o);
/** What the request, or the bucket's default, wants of what it writes, into @facets (arena).
 *  False: it was refused. */
bool retention_collect(struct cosmock_exchange *x, struct facet_values *facets);
/** STORE_LOCKED; else the write of @key replaces nothing that is locked, as @batch then
 *  expects, or what is there could not be read. */
enum store_result retention_check(const struct cosmock_exchange *x,
                                  const struct store_bucket *b, struct cos_span key,
                                  struct batch *batch);
/** STORE_LOCKED, or STORE_OK: of a version that is named. */
enum store_result retention_check_one(const struct cosmock_exchange *x, const struct object *o);

#endif
