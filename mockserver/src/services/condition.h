/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pure rules of reading: does a conditional request pass, does a Range still
 * hold, and which bytes does it ask for.
 */
#ifndef SERVICES_CONDITION_H
#define SERVICES_CONDITION_H

#include "cosbase/span.h"

/* Header values; ptr NULL: not sent. */
struct conditions {
    struct cos_span if_match, if_none_match, if_modified_since, if_unmodified_since;
};
enum condition_result { CONDITION_PASS, CONDITION_NOT_MODIFIED, CONDITION_FAILED };
/** RFC 9110 s.13.2.2 order. @etag without quotes; both sides are compared with
 *  or without them. */
enum condition_result conditions_judge(const struct conditions *c, struct cos_span etag,
                                       int64_t mtime_unix_ms);
/** If-Range (RFC 9110 s.13.1.5): is the object still the one the client has a
 *  part of? A strong tag, quotes as above, or its exact Last-Modified. */
bool if_range_holds(struct cos_span sent, struct cos_span etag, int64_t mtime_unix_ms);
bool etag_is(struct cos_span sent, struct cos_span etag); /* one tag, with or without quotes */

enum range_result { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };
/** bytes=a-b, bytes=a-, bytes=-n of @size bytes; anything else, several ranges
 *  included, means the whole. */
enum range_result range_read(struct cos_span value, uint64_t size, uint64_t *first,
                             uint64_t *count);

#endif
