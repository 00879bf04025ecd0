/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bucket's documents: sub-resources that are put, got and deleted as one
 * text. What differs between them is a row (struct document); a row of the
 * operations names its document, and one trio of handlers serves them all.
 */
#ifndef SERVICES_DOCUMENTS_H
#define SERVICES_DOCUMENTS_H

#include "cosbase/buf.h"
#include "cosbase/error.h"
#include "world/bucket_documents.h"

struct batch;
struct bucket;
struct cosmock_exchange;

struct document {
    const char *content_type; /* of the answer to GET */
    size_t max_bytes;
    const char *absent_code; /* GET of a bucket that has none; NULL: read() refuses by itself */
    const char *bad_code;    /* PUT of what does not pass, or is too long */
    /** Append the text; false: there is none. */
    bool (*read)(struct cosmock_exchange *x, struct cos_buf *out);
    /** Check @text and add it to @batch for @b. False: @why says what is wrong. */
    bool (*keep)(struct batch *batch, const struct bucket *b, struct cos_span text,
                 struct cos_text_error *why);
    enum bucket_document which;
};

extern const struct document document_bucket_policy;

#endif
