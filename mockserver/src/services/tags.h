/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of tags, of buckets and of objects: one document, one rule for keys and values, and the
 * header that says the same at creation. */
#ifndef SERVICES_TAGS_H
#define SERVICES_TAGS_H

#include "services/schema.h"

struct cosmock_exchange;

#define TAGS_MAX_OF_BUCKET 50
#define TAGS_MAX_OF_OBJECT 10

extern const struct element tags_root; /* <Tagging> */
/** Of a <Tag> that a filter asks for. */
extern const struct element tags_wanted[];
/** Of a <Filter> by a prefix, a tag, or by all that stands in its <And>. */
extern const struct element tags_filter[];
/** At most @max, well formed, each key once. False: *out says why not. */
bool tags_check(const struct cos_xml *tagging, size_t max, struct complaint *out);
/** "k=v&k2=v2", percent-encoded, as the document that says the same, in the arena. False: it
 *  was refused, or there is no memory. */
bool tags_of_header(struct cosmock_exchange *x, struct cos_span header, size_t max,
                    struct cos_span *out);
/** Has the document @tagging (NULL: there is none) this tag? */
bool tags_have(struct cos_span tagging, struct cos_span key, struct cos_span value);
/** "k=v&k2=v2", percent-encoded, of the document @tagging (NULL: nothing). */
void tags_write_pairs(struct cos_buf *b, struct cos_span tagging);

/** How many there are in a text that is kept. */
size_t tags_count(struct cos_span text);

#endif
