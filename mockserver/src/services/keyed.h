/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of which a bucket has many, each by an id: inventories, tiering rules,
 * certificates. They are in rows alone, in the order of their birth when they are listed,
 * which the Python suite counts on (test.py:1886-1903).
 */
#ifndef SERVICES_KEYED_H
#define SERVICES_KEYED_H

#include "cosbase/base.h"
#include "cosbase/span.h"

struct batch;
struct bucket;
struct cos_xml;
struct cosmock_exchange;
struct row;

struct keyed_document {
    uint64_t order;           /* of birth; from 1 */
    struct cos_span id, text; /* in the row */
    struct row *row;          /* a reference */
};
struct keyed_documents {
    struct keyed_document *items; /* by order */
    size_t n;
};
/** All of the request's bucket whose names begin with @family, "inventory/". False: it was
 *  refused, or there is no memory. */
bool keyed_read(struct cosmock_exchange *x, const char *family, struct keyed_documents *out);
/** The same of @b. */
bool keyed_read_of(struct cosmock_exchange *x, const struct bucket *b, const char *family,
                   struct keyed_documents *out);
void keyed_deinit(struct keyed_documents *all);
COS_CLEANUP_DEINIT_DEFINE(struct keyed_documents, keyed_deinit)
/** NULL: none. */
const struct keyed_document *keyed_find(const struct keyed_documents *all, struct cos_span id);
/** As it is there, or behind all that there are. */
uint64_t keyed_order_of(const struct keyed_documents *all, struct cos_span id);
void keyed_put(struct batch *batch, const struct bucket *b, const char *family,
               const struct keyed_document *d);
void keyed_delete(struct batch *batch, const struct bucket *b, const char *family,
                  struct cos_span id);
#define KEYED_ID_MAX_BYTES 255
/** Letters, digits, '-', '_' and '.'; at most that many: cos-operations-2.md s.9, s.13. */
bool keyed_is_id(struct cos_span id);
/** The parameter @name, which is one. False: it was refused. */
bool keyed_id_param(struct cosmock_exchange *x, const char *name, struct cos_span *out);
/** The <Id> of the document is that of the request. False: it was refused. */
bool keyed_id_check(struct cosmock_exchange *x, const struct cos_xml *xml, struct cos_span id);
/** Answer with the one that the parameter id names; where there is none, refuse. */
int keyed_answer(struct cosmock_exchange *x, const struct keyed_documents *all,
                 const char *absent_code);

#endif
