/* SPDX-License-Identifier: Apache-2.0 */
/* Every name a request to COS may carry: THE TABLES of query parameters, of x-cos- and x-amz-
 * headers, and of HTTP's headers that not every request heeds; each with its source and theme.
 * Which operation heeds which themes is a column of its row (services/ops.c). */
#ifndef SERVICES_NAMES_H
#define SERVICES_NAMES_H

#include "exchange/names.h"

struct cos_buf;

/* COS's headers: first those of enum header_name, then those that no code asks for;
 * NULL-name-terminated. */
extern const struct known_name names_cos_headers[];
/* The same of S3's dialect (names_s3.c), and the parameters that it has besides those of COS,
 * or in another sense. */
extern const struct known_name names_s3_headers[], names_s3_queries[];
/** The row of a query parameter (decoded; case matters): one of @own, those of its service
 *  alone (NULL: it has none), else one of COS's; NULL: nobody has named it. */
const struct known_name *name_of_query(const struct known_name *own, struct cos_span name);
/** The row that @name would have in its right spelling; NULL: none. */
const struct known_name *name_of_query_any_case(const struct known_name *own,
                                                struct cos_span name);
/** The row of a request's header (any case) in the table of a service; NULL: unknown. */
const struct known_name *name_of_header(const struct known_name *headers, struct cos_span name);
/** The row of one of HTTP's own headers that some requests heed and others do not (any case);
 *  NULL: it is none. @name is not empty. */
const struct known_name *name_of_http_header(struct cos_span name);
/** What all names begin with that an open one stands for: "x-cos-meta-" of "x-cos-meta-...";
 *  ptr NULL: @name is not open. */
struct cos_span name_stem(const char *name);
/** Is it a header of which a client expects that a store understands it:
 *  x-cos-, x-ci-, Pic-Operations, and the x-amz- of S3 clients? */
bool name_is_own_header(struct cos_span name);
/** All query names, NULL-name-terminated; in byte order up to the first "...". */
const struct known_name *names_of_queries(void);
/** Append what becomes of each name, as tables of docs/OPERATIONS.md (names_page.c). */
void names_print(struct cos_buf *out);
/** All rows of name_of_http_header(), NULL-name-terminated. */
const struct known_name *names_of_http_headers(void);

#endif
