/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of a write that become part of the object and come back with every read. */
#ifndef SERVICES_STORED_H
#define SERVICES_STORED_H

#include "journey/exchange.h"

struct stored_headers {
    struct object_header *items; /* in the arena */
    size_t n;
};
/** Collect and check them; false: refused, or no memory. */
bool stored_collect(struct cosmock_exchange *x, struct stored_headers *out);
/** Those of a copy that keeps its source's: the storage class comes from the request. */
bool stored_collect_copy(struct cosmock_exchange *x, const struct object *source,
                         struct stored_headers *out);
/** The value of @name, compared without case; NULL: none. */
const char *stored_find(const struct object_header *headers, size_t n, const char *name);
const char *stored_storage_class(const struct object_header *headers, size_t n);

#endif
