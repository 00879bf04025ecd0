/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of a write that become part of the object and come back with every read. */
#ifndef SERVICES_STORED_H
#define SERVICES_STORED_H

#include "services/choice.h"

struct stored_headers {
    struct object_header *items; /* in the arena */
    size_t n;
};
/** Collect and check them; false: refused, or no memory. */
bool stored_collect(struct cosmock_exchange *x, struct stored_headers *out);
/** Those of a copy that keeps its source's: the storage class comes from the request. */
bool stored_collect_copy(struct cosmock_exchange *x, const struct object *source,
                         struct stored_headers *out);
/** No key of the caller's own asks to encrypt with it: that is not built, and refused. */
bool stored_encryption_check(struct cosmock_exchange *x);
/** The bytes of @o can be read: those of an archived class cannot before they
 *  are restored, and restoring is not built. */
bool stored_readable_check(struct cosmock_exchange *x, const struct object *o);
/** Answer with the stored header, if there is one. */
void stored_echo(struct cosmock_exchange *x, enum header_name which,
                 const struct object_header *headers, size_t n);
/** STANDARD where none is stored. */
enum word stored_storage_class(const struct object_header *headers, size_t n);
/** <StorageClass>. */
void stored_xml_class(struct cos_buf *b, const struct object_header *headers, size_t n);

#endif
