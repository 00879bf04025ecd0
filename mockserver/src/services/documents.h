/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bucket's documents: sub-resources that are put, got and deleted as one text. What differs
 * between them is a row (struct document); a row of the operations names its document, and one
 * trio of handlers serves them all. What each may hold is a table (services/schema.h) in the
 * file of its family, with the rules that no table can say and what others read of it.
 */
#ifndef SERVICES_DOCUMENTS_H
#define SERVICES_DOCUMENTS_H

#include "services/schema.h"
#include "world/bucket_documents.h"

struct cosmock_exchange;
struct neighbours;

#define DOCUMENT_MAX_BYTES ((size_t)64 << 10) /* cos-operations-2.md s.2.1, s.10.1 */

/* What a body may hold. */
struct document_form {
    const struct element *root;
    /** What the table cannot say; NULL: nothing. False: *out says why not. */
    bool (*rules)(const struct cos_xml *xml, struct complaint *out);
    size_t max_bytes; /* 0: DOCUMENT_MAX_BYTES */
    bool needs_md5;   /* by its page (switch document-md5) */
};

struct document {
    enum bucket_document which;
    struct document_form form;
    const char *absent_code;    /* GET of a bucket without; NULL: its root element, empty */
    int put_status;             /* 0: 200 */
    bool is_cleared_by_nothing; /* PUT of an empty body deletes it */
    bool acts_by_clock;         /* from the next midnight on (services/clock_work.h) */
    /** What depends on other buckets; NULL: nothing. False: *out says why not. */
    bool (*fits)(const struct neighbours *near, const struct cos_xml *xml,
                 struct complaint *out);
    /** What depends on the bucket and the request; NULL: nothing. False: it was refused. */
    bool (*permits)(struct cosmock_exchange *x, const struct cos_xml *xml);
    /** More into the batch that keeps it; NULL: nothing. */
    void (*also_keeps)(struct batch *batch, const struct bucket *b, int64_t now_unix_ms);
    /** Headers of the answer to GET; NULL: none. */
    void (*head)(struct cosmock_exchange *x);
};

extern const struct document document_cors, document_lifecycle, document_website,
    document_tagging, document_replication, document_encryption, document_logging,
    document_referer, document_accelerate, document_domain, document_origin,
    document_intelligent_tiering, document_object_lock, document_strict_signature;

/** The body, when it is what @form asks for; NULL: it was refused. */
struct cos_xml *document_body(struct cosmock_exchange *x, const struct document_form *form);
/** Refuse for what @c says. */
void document_refuse(struct cosmock_exchange *x, const struct complaint *c);
/** The text of @xml as it is kept, in the arena; ptr NULL: no memory. */
struct cos_span document_text(struct cosmock_exchange *x, const struct element *root,
                              const struct cos_xml *xml);
/** Answer with one text, which is XML. */
int document_answer(struct cosmock_exchange *x, struct cos_span text);

#endif
