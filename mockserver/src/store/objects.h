/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What buckets hold, as rows: objects and their versions (store/versions.h), unfinished uploads
 * and their parts. Here alone is said what a key, a marker, a delimiter, an upload and its
 * parts mean to a backend, which knows only rows. Reading gives views: a view is a row, held by
 * a reference and read in place, so it costs no copy and no overwrite tears it. Writing only
 * adds to a batch, which one commit makes true or not at all.
 */
#ifndef STORE_OBJECTS_H
#define STORE_OBJECTS_H

#include "store/backend.h"

enum store_result {
    STORE_OK = 0,
    STORE_NO_BUCKET = -1,
    STORE_NO_KEY = -2,
    STORE_NO_UPLOAD = -3,
    /* forbid_overwrite and the key exists; an upload of that id; a bucket's name */
    STORE_EXISTS = -4,
    STORE_NOT_EMPTY = -5,
    STORE_NOMEM = -6,
    STORE_PART_CHANGED = -7, /* a part came again while its upload was completed */
    STORE_NO_ROOM = -8,      /* as BACKEND_NO_ROOM */
    STORE_IO = -9,           /* as BACKEND_IO, or a row that cannot be read */
    STORE_CHANGED = -10,     /* what the batch was made from is another by now: make it again */
    STORE_NO_VERSION = -11,
    STORE_LOCKED = -12, /* of who asks first: it must stay as it is (services/retention.h) */
};
/** What became of a batch; the tags of its expectations are these results. */
enum store_result store_committed(const struct commit *c);

/* --- buckets --- */

/* What becomes of what a key held before. */
enum versioning {
    VERSIONING_NONE,      /* an overwrite replaces it, a deletion removes it */
    VERSIONING_ENABLED,   /* it stays, as an older version */
    VERSIONING_SUSPENDED, /* the same, but for the version without a number */
};
/* The document that says which, and never goes again. */
#define STORE_VERSIONING_DOCUMENT COS_SPAN_LIT("versioning")

/* A bucket as its rows know it. */
struct store_bucket {
    struct row *row; /* a reference: every write into the bucket expects it to be there still */
    uint32_t id;     /* what the keys of its rows begin with; never used again */
    /* As its document says; who writes objects expects that to be the same still. */
    enum versioning versioning;
    struct row *versioning_row; /* of the document, borrowed; NULL: there is none */
};
struct bucket_facts {
    uint32_t id;
    struct cos_span region, owner_uin, appid;
    int64_t created_unix_ms;
};
/** False, here and below: the row is damaged. */
bool bucket_read(const struct row *row, struct bucket_facts *out);
/** Else: STORE_EXISTS. */
void bucket_put(struct batch *batch, struct cos_span name, const struct bucket_facts *b);
/** Where the same batch has deleted everything before. */
void bucket_put_anew(struct batch *batch, struct cos_span name, const struct bucket_facts *b);
/** With its documents. Else: STORE_NOT_EMPTY. */
void bucket_drop(struct batch *batch, const struct store_bucket *b);
/* A text that is kept for a bucket, under a name. */
bool document_read(const struct row *row, struct cos_span *out);
void document_put(struct batch *batch, const struct store_bucket *b, struct cos_span name,
                  struct cos_span text);
void document_delete(struct batch *batch, const struct store_bucket *b, struct cos_span name);
struct document_item {
    struct cos_span name; /* behind the prefix; in the row, as the text is */
    struct cos_span text;
    struct row *row; /* a reference */
};
struct document_list {
    struct document_item *items; /* in the order of names */
    size_t n;
};
/** All whose name begins with @prefix. */
enum store_result documents_list(struct backend *rows, const struct store_bucket *b,
                                 struct cos_span prefix, struct document_list *out);
void document_list_deinit(struct document_list *list);

/* --- headers that are kept: Content-Type, Cache-Control, x-cos-meta-*, ... --- */

struct object_header {
    struct cos_span name, value;
};
/* Those of a row, which are read in place. */
struct kept_headers {
    struct cos_span pairs;
};
/** Takes the next one; false: there is none. */
bool kept_headers_next(struct kept_headers *h, struct object_header *out);
size_t kept_headers_count(struct kept_headers h);

/* --- facets: what some objects have and most have not --- */

/* Each has a letter in facets.c; what its value looks like is its owner's, who bounds it. */
enum facet {
    FACET_VERSION,
    FACET_TAGS,
    FACET_ACL,
    FACET_OWNER,
    FACET_LOCK,
    FACET_RESTORE,
    FACET_SSE,
    FACET_SYMLINK,
    FACET_APPEND,
    FACET_TIER,
    FACET_REPLICATION,
    FACET_READS,
    FACET_COUNT
};
/* Those of a row, which are read in place. */
struct facets {
    struct cos_span pairs;
};
/** ptr NULL: it has none such. */
struct cos_span facets_get(struct facets f, enum facet which);
/* Those of what will be a row, borrowed; ptr NULL: none such. */
struct facet_values {
    struct cos_span of[FACET_COUNT];
};
/** The same values, to write them again with some of them changed. */
struct facet_values facets_values(struct facets f);

/* --- objects --- */

/* Which version of its key an object is. */
struct version {
    uint64_t
        order;    /* among those of its key, the newest is the smallest; the number of its id */
    bool is_null; /* it has no id: from before versioning, or from while it was suspended */
    bool is_marker; /* a delete marker: it says that the key is deleted, and has no bytes */
};
/* One version of one key, borrowed from its row. */
struct object {
    struct row *row;           /* NULL: no object */
    struct cos_span key, etag; /* no quotes */
    uint64_t bytes, crc64;
    int64_t mtime_unix_ms;
    struct kept_headers headers;
    struct facets facets;
    struct version version;
};
/** Of any version. False: the row is none of an object, or damaged. */
bool object_read(struct row *row, struct object *out);
/** ptr NULL: it has none such. */
struct cos_span object_facet(const struct object *o, enum facet which);
/* What is hung up at the row of an object (row.memo) begins with this, so that nobody reads the
 * row twice. */
struct object_memo {
    struct object object;
};

/* What becomes an object, or an upload. */
struct object_draft {
    struct cos_span key;
    struct blob *blob; /* a reference, which the batch takes; NULL: no bytes */
    struct cos_span etag;
    uint64_t crc64;
    int64_t mtime_unix_ms;
    unsigned born_us; /* behind it: tells versions of one millisecond apart */
    const struct object_header *headers;
    size_t n_headers;
    struct facet_values facets; /* but that of its version, which the store makes */
    bool forbids_overwrite;     /* else STORE_EXISTS; without effect where there are versions */
};
/** The latest version, unless that is a marker. @b NULL: STORE_NO_BUCKET, as of every reading.
 *  out->row is a reference. */
enum store_result objects_get(struct backend *rows, const struct store_bucket *b,
                              struct cos_span key, struct object *out);
/**
 * What a key holds becomes an older version, or is replaced, as @b says. *made: the new
 * version, all zero where there are none. Not STORE_OK: what is there could not be read, and
 * the batch is of no use. Takes the blob.
 */
enum store_result objects_put(struct batch *batch, struct backend *rows,
                              const struct store_bucket *b, const struct object_draft *draft,
                              struct version *made);
/** Into a bucket that is made by the same batch, so that nothing was there. Takes the blob. */
void objects_put_first(struct batch *batch, const struct store_bucket *b,
                       const struct object_draft *draft);
/** As objects_put(), and the new version is a delete marker, of which @marker has key and time;
 *  where there are no versions, nothing is left. A missing key is fine. */
enum store_result objects_delete(struct batch *batch, struct backend *rows,
                                 const struct store_bucket *b,
                                 const struct object_draft *marker, struct version *made);
/** It is as @o says still. Else: STORE_CHANGED. */
void objects_expect_unchanged(struct batch *batch, const struct object *o);
void objects_expect_absent(struct batch *batch, const struct store_bucket *b,
                           struct cos_span key);
/** The same object with other facets. Else: STORE_CHANGED, it is not as @o says any more. */
void objects_change(struct batch *batch, const struct store_bucket *b, const struct object *o,
                    const struct facet_values *facets);
/** More in the place of @old, the latest, and the same version as it. Else: STORE_CHANGED. */
void objects_extend(struct batch *batch, const struct store_bucket *b, const struct object *old,
                    const struct object_draft *draft);
/* What an object becomes that keeps its bytes and its time. */
struct object_change {
    const struct object_header *headers;
    size_t n_headers;
    struct facet_values facets;
};
/** The same with other headers, too. */
void objects_change_all(struct batch *batch, const struct store_bucket *b,
                        const struct object *o, const struct object_change *change);
enum store_result objects_count(struct backend *rows, const struct store_bucket *b,
                                uint64_t *out);

/* --- uploads --- */

/* An upload that is under way, borrowed from its row. */
struct upload {
    struct row *row;
    struct cos_span key, id;
    int64_t initiated_unix_ms;
    struct kept_headers headers;
    struct facets facets; /* of the object that it will be */
};
struct upload_part { /* the same */
    struct row *row;
    unsigned number;
    struct cos_span etag;
    uint64_t bytes, crc64;
    int64_t mtime_unix_ms;
};
struct part_draft {
    unsigned number;
    struct blob *blob; /* a reference, which the batch takes; NULL: no bytes */
    struct cos_span etag;
    uint64_t crc64;
    int64_t mtime_unix_ms;
};
bool upload_read(struct row *row, struct upload *out);
/** out->row is a reference. */
enum store_result uploads_get(struct backend *rows, const struct store_bucket *b,
                              struct cos_span key, struct cos_span id, struct upload *out);
struct upload_parts {
    struct upload_part *items; /* ascending; each row is a reference */
    size_t n;
    bool is_truncated;
};
struct upload_parts_query {
    unsigned marker; /* those whose number is above it */
    unsigned max;
};
enum store_result uploads_parts(struct backend *rows, const struct store_bucket *b,
                                const struct upload *u, const struct upload_parts_query *q,
                                struct upload_parts *out);
void uploads_parts_deinit(struct upload_parts *parts);

/** Of @draft, what an upload knows. Else: STORE_EXISTS, an upload of that id. */
void uploads_begin(struct batch *batch, const struct store_bucket *b, struct cos_span id,
                   const struct object_draft *draft);
/** Replaces a part of the same number. Else: STORE_NO_UPLOAD, as all below. */
void uploads_put_part(struct batch *batch, const struct store_bucket *b, const struct upload *u,
                      const struct part_draft *part);
struct upload_completion {
    const struct upload *upload;
    const struct upload_part *const *parts; /* else: STORE_PART_CHANGED */
    size_t n_parts;
    const struct object_draft *draft;
};
/** One step: the upload and its parts disappear, and the object is there, as of
 *  objects_put(). */
enum store_result uploads_complete(struct batch *batch, struct backend *rows,
                                   const struct store_bucket *b,
                                   const struct upload_completion *c, struct version *made);
void uploads_abort(struct batch *batch, const struct store_bucket *b, const struct upload *u);
enum store_result uploads_count(struct backend *rows, const struct store_bucket *b,
                                uint64_t *out);

/* --- pages of a listing: their cost grows with the page, not with the bucket --- */

struct store_list_query {
    /* empty: none; marker is exclusive and may be a common prefix */
    struct cos_span prefix, delimiter, marker;
    /* of uploads: behind this one of the key that is the marker; empty: behind all of it */
    struct cos_span id_marker;
    unsigned max_items;
};
struct store_list_item {
    struct cos_span name; /* the key, or the common prefix; in the row */
    bool is_prefix;
    struct row *row; /* a reference: the object or upload, or the first of the prefix */
};
struct store_list {
    struct store_list_item *items;
    size_t n_items;
    bool is_truncated;
};
/** In the order of keys. */
enum store_result objects_list(struct backend *rows, const struct store_bucket *b,
                               const struct store_list_query *q, struct store_list *out);
/** In the order of (key, id). */
enum store_result uploads_list(struct backend *rows, const struct store_bucket *b,
                               const struct store_list_query *q, struct store_list *out);
void store_list_deinit(struct store_list *list);
/* Objects in the order of keys, read in place: no page is made of them. */
struct objects_walk {
    struct cos_span prefix, marker; /* as of a list */
    size_t max_rows;
    /** False: it is the last one. The backend is locked: it may not be asked anything. */
    bool (*visit)(void *ctx, const struct object *o);
    void *ctx;
    bool is_truncated;
    struct row *last; /* a reference to where it stopped; NULL: at the end */
};
enum store_result objects_walk(struct backend *rows, const struct store_bucket *b,
                               struct objects_walk *walk);

#endif
