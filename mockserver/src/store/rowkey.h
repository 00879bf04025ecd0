/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the keys of rows are written: so that memcmp has them in the order of what they say,
 * first the kind, then the bucket, then the names, byte by byte. Numbers are big-endian. A name
 * that something follows has its 00 written as 00 FF and ends with 00 00; the last one stands
 * as it is.
 *
 *     b name                                      a bucket
 *     d bucket-id name                            a document of a bucket
 *     o bucket-id key                             an object: the latest version of its key
 *     x bucket-id key                             a delete marker that is the latest
 *     v bucket-id key 00 00 order                 any version that is not the latest
 *     u bucket-id key 00 00 upload-id             an unfinished upload
 *     p bucket-id key 00 00 upload-id 00 00 n     a part of one
 *     a uin    k secret-id    g group-id    i policy-id    s name    c name    m name
 */
#ifndef STORE_ROWKEY_H
#define STORE_ROWKEY_H

#include "cosbase/span.h"

enum rowkey_kind {
    ROWKEY_BUCKET = 'b',
    ROWKEY_DOCUMENT = 'd',
    ROWKEY_OBJECT = 'o',
    ROWKEY_MARKER = 'x',
    ROWKEY_VERSION = 'v',
    ROWKEY_UPLOAD = 'u',
    ROWKEY_PART = 'p',
    ROWKEY_ACCOUNT = 'a', /* or a user of one */
    ROWKEY_ACCESS_KEY = 'k',
    ROWKEY_GROUP = 'g',  /* of users */
    ROWKEY_POLICY = 'i', /* of identities */
    ROWKEY_SWITCH = 's',
    ROWKEY_CLOCK = 'c',
    ROWKEY_META = 'm',
};
struct rowkey {
    enum rowkey_kind kind;
    uint32_t bucket_id; /* documents, objects, markers, versions, uploads, parts */
    struct cos_span name;
    struct cos_span upload_id; /* uploads, parts */
    uint16_t number;           /* parts */
    uint64_t order;            /* versions; the newest is the smallest */
};

/* An object's key has at most 850 bytes, 1,700 escaped: every key that names something fits. */
struct rowkey_room {
    char bytes[4096];
};
/*
 * Each returns a span of @room; empty when there is not enough of it. No row has an empty key,
 * so a look-up then finds nothing; who puts rows has bounded his names before.
 */
struct cos_span rowkey_write(struct rowkey_room *room, const struct rowkey *key);
/** The same of an object, which every GET asks. */
struct cos_span rowkey_object(struct rowkey_room *room, uint32_t bucket_id,
                              struct cos_span name);
/** What all keys begin with whose name begins with @key->name; no more of @key is looked at. */
struct cos_span rowkey_prefix(struct rowkey_room *room, const struct rowkey *key);
/** The same of everything below @key->name itself, or below its upload id when it has one: of
 *  kinds in which something follows the name. */
struct cos_span rowkey_below(struct rowkey_room *room, const struct rowkey *key);
/** The first string behind all that begin with @prefix; empty: there is none. */
struct cos_span rowkey_behind(struct rowkey_room *room, struct cos_span prefix);
/** False: not a key as rowkey_write() writes them. Names are spans of @written, or of @room. */
bool rowkey_read(struct cos_span written, struct rowkey_room *room, struct rowkey *out);

#endif
