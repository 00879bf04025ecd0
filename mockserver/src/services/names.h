/* SPDX-License-Identifier: Apache-2.0 */
/* Every name a request to COS may carry: THE TABLE of query parameters, and
 * that of x-cos- headers, each with its source. */
#ifndef SERVICES_NAMES_H
#define SERVICES_NAMES_H

#include "cosbase/span.h"

enum name_kind {
    NAME_SELECTS, /* a sub-resource: decides which operation it is (services/ops.c) */
    NAME_SAYS,    /* says how, and is heeded */
    NAME_IDLE,    /* says how, is known, and has no effect here */
};
struct known_name {
    const char *name; /* "acl"; "imageMogr2/..." stands for every name that begins so */
    enum name_kind kind;
    const char *source;
};
/** The row of a query parameter (decoded; case matters); NULL: nobody has named it. */
const struct known_name *name_of_query(struct cos_span name);
/** The row that @name would have in its right spelling; NULL: none. */
const struct known_name *name_of_query_any_case(struct cos_span name);
/** The row of a header (any case); NULL: unknown. */
const struct known_name *name_of_header(struct cos_span name);
/** Is it a header of which a client expects that a store understands it:
 *  x-cos-, x-ci-, Pic-Operations, and the x-amz- of S3 clients? */
bool name_is_own_header(struct cos_span name);
/** All query names, NULL-name-terminated; in byte order up to the first "...". */
const struct known_name *names_of_queries(void);

#endif
