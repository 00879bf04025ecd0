/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where objects live: one versioned table, so that a directory store can stand beside the
 * memory store under one contract test. Objects and blobs are immutable and reference-counted:
 * a GET takes a reference and streams without a lock; an overwrite during a download cannot
 * tear it. A store locks itself; no call blocks on anything else.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/blob.h"

/* --- object: one version of one key --- */
struct object_header {
    /* stored response headers: Content-Type, Cache-Control, x-cos-meta-*, ... */
    char *name, *value;
};
struct object {
    int refs;  /* atomic */
    char *key; /* NUL-terminated for convenience; key_bytes counts */
    size_t key_bytes;
    struct blob *blob;
    uint64_t bytes;
    char etag[48]; /* no quotes */
    uint64_t crc64;
    char sha256[65]; /* of the body; "" when not computed (multipart) */
    int64_t mtime_unix_ms;
    struct object_header *headers;
    size_t n_headers;
    /* The header block of a 200 GET, prepared once (journey/object_head.c): opaque here, freed
     * with the object. */
    void *prepared;
    void (*prepared_free)(void *prepared);
    struct budget *budget; /* of the blob; it also pays for this struct */
    size_t charged_bytes;
};
/** A new object with one reference; takes the reference of @blob, copies the rest. NULL: no
 *  memory. */
struct object *object_new(struct cos_span key, struct blob *blob, const char *etag,
                          uint64_t crc64, int64_t mtime_unix_ms,
                          const struct object_header *headers, size_t n_headers);
struct object *object_ref(struct object *o);
struct object *object_unref(struct object *o);

/* --- multipart --- */
struct upload_part {
    unsigned number;
    struct blob *blob;
    uint64_t bytes, crc64;
    char etag[48];
    int64_t mtime_unix_ms;
};
struct upload; /* reference-counted, immutable but for its parts, which the store guards */
struct upload_info {
    const char *id;
    const char *key;
    size_t key_bytes;
    int64_t initiated_unix_ms;
    const struct object_header *headers;
    size_t n_headers;
};
struct upload *upload_ref(struct upload *u);
struct upload *upload_unref(struct upload *u);
struct upload_info upload_info(const struct upload *u); /* borrowed from the upload */

enum store_result {
    STORE_OK = 0,
    STORE_NO_BUCKET = -1,
    STORE_NO_KEY = -2,
    STORE_NO_UPLOAD = -3,
    /* forbid_overwrite and the key exists; an upload of that id; a bucket's name */
    STORE_EXISTS = -4,
    STORE_NOT_EMPTY = -5,
    STORE_NOMEM = -6,
};

#define STORE_VERSION 1
struct store_list_item {
    struct object *object;  /* a reference, or NULL for a common prefix */
    struct cos_span prefix; /* common prefix: heap copy owned by the list */
};
struct store_list_query {
    /* empty: none; marker is exclusive and may be a common prefix */
    struct cos_span prefix, delimiter, marker;
    unsigned max_items;
};
struct store_list {
    struct store_list_item *items;
    size_t n_items;
    bool is_truncated;
};
void store_list_deinit(struct store_list *list);
struct store_uploads {
    struct upload **items;
    size_t n_items;
};
void store_uploads_deinit(struct store_uploads *u);

struct store;
/* A bucket as its store knows it: no name, so nothing has to be looked for. NULL, or one that
 * was removed: STORE_NO_BUCKET. */
struct store_bucket;
struct store_ops {
    unsigned version; /* STORE_VERSION */
    const char *name;
    struct store_bucket *(*bucket_new)(struct store *s); /* empty; NULL: no memory */
    /** NOT_EMPTY: objects or uploads. From then on every call with it says NO_BUCKET. */
    enum store_result (*bucket_remove)(struct store *s, struct store_bucket *bucket);
    /** And what is in it; nobody may use it any more. */
    void (*bucket_free)(struct store *s, struct store_bucket *bucket);
    /* takes the reference on OK */
    enum store_result (*put)(struct store *s, struct store_bucket *bucket, struct object *o,
                             bool forbid_overwrite);
    enum store_result (*get)(struct store *s, struct store_bucket *bucket, struct cos_span key,
                             struct object **out);
    /* NO_KEY when missing */
    enum store_result (*del)(struct store *s, struct store_bucket *bucket, struct cos_span key);
    /** Cost grows with the page, not with the bucket: seeks past a common prefix. */
    enum store_result (*list)(struct store *s, struct store_bucket *bucket,
                              const struct store_list_query *q, struct store_list *out);
    enum store_result (*upload_begin)(struct store *s, struct store_bucket *bucket,
                                      const char *id, struct cos_span key, int64_t now_unix_ms,
                                      const struct object_header *headers, size_t n_headers);
    enum store_result (*upload_get)(struct store *s, struct store_bucket *bucket,
                                    struct cos_span key, const char *id, struct upload **out);
    /** Replaces a part of the same number; takes the blob reference on OK. */
    enum store_result (*upload_part)(struct store *s, struct store_bucket *bucket,
                                     struct cos_span key, const char *id,
                                     const struct upload_part *part);
    /** Parts in ascending order with blob references: free with store_parts_free(). */
    enum store_result (*upload_parts)(struct store *s, struct store_bucket *bucket,
                                      struct cos_span key, const char *id,
                                      struct upload_part **out, size_t *out_n);
    /** One step under the lock: the upload disappears and the object is put. NO_UPLOAD when
     *  another one was faster. */
    enum store_result (*upload_complete)(struct store *s, struct store_bucket *bucket,
                                         const char *id, struct object *o,
                                         bool forbid_overwrite);
    enum store_result (*upload_abort)(struct store *s, struct store_bucket *bucket,
                                      struct cos_span key, const char *id);
    /** Every upload in (key, id) order. */
    enum store_result (*uploads)(struct store *s, struct store_bucket *bucket,
                                 struct store_uploads *out);
    int64_t (*count)(struct store *s, struct store_bucket *bucket); /* objects; -1 no bucket */
    int64_t (*upload_count)(struct store *s, struct store_bucket *bucket); /* -1 no bucket */
    struct store *(*free)(struct store *s);
};
struct store {
    const struct store_ops *ops;
};
void store_parts_free(struct upload_part *parts, size_t n);
struct store *store_memory_new(struct budget *budget); /* NULL: no memory */

#endif
