/* SPDX-License-Identifier: Apache-2.0 */
/* The statement's JSON. */
#ifndef CONFORM_STATEMENT_H
#define CONFORM_STATEMENT_H

#include "certificate.h"

#define STATEMENT_LIMITS                                                                   \
    "tested against the mock of Tencent COS and STS of this project, not against Tencent " \
    "Cloud"

#define CERTIFICATE_TEXT "certificate.txt"
struct statement_parts {
    /* A JSON array. */
    const char *objections;
    /* Of the certificate for people; NULL: this is a report. */
    const char *text_sha256;
};
/** Append it. */
void statement_put(struct cos_buf *b, const struct certificate_request *request,
                   const struct statement_parts *parts);
/** A requirement's outcome; NULL: it was not tested. */
const struct outcome *statement_outcome(const struct conform_report *report,
                                        const struct requirement *r);

/* The profiles of the catalogue, in the order in which they build on each other. */
#define STATEMENT_PROFILES 5
extern const char *const statement_profiles[STATEMENT_PROFILES];

#endif
