/* SPDX-License-Identifier: Apache-2.0 */
/* What a write says and the object keeps: headers, which come back with every read, and
 * facets. */
#ifndef SERVICES_STORED_H
#define SERVICES_STORED_H

#include "services/choice.h"

struct stored_headers {
    struct object_header *items; /* in the arena */
    size_t n;
    struct facet_values facets;
};
/** Collect and check them; false: refused, or no memory. */
bool stored_collect(struct cosmock_exchange *x, struct stored_headers *out);
/** Those of a copy that keeps its source's: the storage class comes from the request. */
bool stored_collect_copy(struct cosmock_exchange *x, const struct object *source,
                         struct stored_headers *out);
/** The tags of a copy: its source's, or those that the request says. False: as above. */
bool stored_tags_of_copy(struct cosmock_exchange *x, const struct object *source,
                         bool is_replaced, struct stored_headers *out);
/** Those that are kept, to be kept again. False: no memory. */
bool stored_again(struct cosmock_exchange *x, struct kept_headers kept,
                  struct object_draft *out);
/** The bytes of @o, which lies in @at, can be read: those of an archived class only while they
 *  are restored, those of an archive tier not at all. */
bool stored_readable_check(struct cosmock_exchange *x, const struct bucket_view *at,
                           const struct object *o);
/** The value of one of @items; ptr NULL: it is not among them. */
struct cos_span stored_value_of(const struct object_header *items, size_t n,
                                enum header_name which);
/** The value of one of them, or of one that is kept; ptr NULL: there is none. */
struct cos_span stored_value(const struct stored_headers *h, enum header_name which);
struct cos_span stored_value_kept(struct kept_headers h, enum header_name which);
/** Answer with the header, if @value is one. */
void stored_echo(struct cosmock_exchange *x, enum header_name which, struct cos_span value);
/** Of the value of the storage class; STANDARD where there is none. */
enum word stored_class(struct cos_span value);
enum word stored_class_of(const struct object *o);
#define COLDNESS_OF_ARCHIVE 3
/** How cold a class is: what a lifecycle changes grows. */
unsigned stored_coldness(enum word storage_class);
bool stored_is_archived(const struct object *o);
/** <StorageClass>. */
void stored_xml_class(struct cos_buf *b, struct kept_headers h);

#endif
