/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written about a bucket: its policy and its configurations, each one text. A bucket
 * has at most one of each; what it has of many, by an id, is in rows alone (store/objects.h,
 * documents_get). All that a bucket has is one counted set that never changes: a look-up hands
 * it out with the bucket (struct bucket_view), a commit swaps it whole, and a request that asks
 * for what is not there pays for a test of one pointer. What a text means is made of it once
 * and kept at its row.
 */
#ifndef WORLD_BUCKET_DOCUMENTS_H
#define WORLD_BUCKET_DOCUMENTS_H

#include "store/objects.h"

struct bucket;
struct bucket_view;
struct cam_policy;

/* ROW(id, the name of its row) */
#define WORLD_BUCKET_DOCUMENTS(ROW)                \
    ROW(POLICY, "policy")                          \
    ROW(VERSIONING, "versioning")                  \
    ROW(ACL, "acl")                                \
    ROW(CORS, "cors")                              \
    ROW(LIFECYCLE, "lifecycle")                    \
    ROW(WEBSITE, "website")                        \
    ROW(TAGGING, "tagging")                        \
    ROW(REPLICATION, "replication")                \
    ROW(ENCRYPTION, "encryption")                  \
    ROW(LOGGING, "logging")                        \
    ROW(REFERER, "referer")                        \
    ROW(ACCELERATE, "accelerate")                  \
    ROW(DOMAIN, "domain")                          \
    ROW(ORIGIN, "origin")                          \
    ROW(INTELLIGENT_TIERING, "intelligenttiering") \
    ROW(OBJECT_LOCK, "object-lock")                \
    ROW(STRICT_SIGNATURE, "strict-signature")      \
    /* "MAZ", or nothing; said when it is made */  \
    ROW(AZ, "az")
#define BUCKET_DOCUMENT_ID(id, name) BUCKET_##id,
enum bucket_document { WORLD_BUCKET_DOCUMENTS(BUCKET_DOCUMENT_ID) BUCKET_DOCUMENTS };

/** Borrowed from @v; ptr NULL: there is none. */
struct cos_span bucket_document(const struct bucket_view *v, enum bucket_document which);
/* What a document says, as a value that never changes. */
struct bucket_document_kind {
    /** NULL: no memory, or it cannot be read. */
    void *(*parse)(struct cos_span text);
    void (*forget)(void *value);
};
/** The same, made at the first call; always of one kind. NULL: there is none, no memory, or it
 *  cannot be read. */
const void *bucket_document_value(const struct bucket_view *v, enum bucket_document which,
                                  const struct bucket_document_kind *kind);
/** NULL: none. */
const struct cam_policy *bucket_policy(const struct bucket_view *v);

/** What is in it, with what its document says of versions; borrowed from @v. */
struct store_bucket bucket_stored(const struct bucket_view *v);

/** Into @batch. @value is what @kind would make of @text, which it takes; NULL: nobody made
 *  it. */
void world_bucket_document_put(struct batch *batch, const struct bucket *b,
                               enum bucket_document which, struct cos_span text, void *value,
                               const struct bucket_document_kind *kind);
/** Fine when there is none. */
void world_bucket_document_delete(struct batch *batch, const struct bucket *b,
                                  enum bucket_document which);
/** Takes the reference to @policy; NULL: none from now on. */
void world_bucket_policy_put(struct batch *batch, const struct bucket *b,
                             struct cam_policy *policy);

/** As it is kept; "": neither. */
struct cos_span world_versioning_text(enum versioning versioning);
/** Enabled or suspended; there is no way back to neither. */
void world_bucket_versioning_put(struct batch *batch, const struct bucket *b,
                                 enum versioning versioning);

/* --- the set: the registry's lock guards which one a bucket has --- */

struct bucket_documents;
struct bucket_documents *bucket_documents_ref(struct bucket_documents *d);
struct bucket_documents *bucket_documents_unref(struct bucket_documents *d);
/** Make @next, which nobody has seen yet, what @old (NULL: empty) becomes with this row, or
 *  with none (NULL). False: it is empty. */
bool bucket_documents_fill(struct bucket_documents *next, const struct bucket_documents *old,
                           enum bucket_document which, struct row *row);
/** Of its row, and of its sub-resource. */
const char *bucket_document_name(enum bucket_document which);
/** BUCKET_DOCUMENTS: none of these. */
enum bucket_document bucket_document_named(struct cos_span name);

#endif
