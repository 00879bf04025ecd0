/* SPDX-License-Identifier: Apache-2.0 */
/* Server-side encryption: with a key of the service, which is said and shown, and with a key of
 * the caller's own, which really encrypts what is kept. */
#ifndef SERVICES_ENCRYPTION_H
#define SERVICES_ENCRYPTION_H

#include "services/choice.h"

/** The body of the request is about to come: what it brings is encrypted if a key says so.
 *  False as above. */
bool encryption_begin_body(struct cosmock_exchange *x);
/** The body's ETag: its MD5, or none that tells anything. */
struct cos_span encryption_body_etag(struct cosmock_exchange *x);
/** The seal of the body, in the arena; ptr NULL: it is not encrypted. */
struct cos_span encryption_body_seal(struct cosmock_exchange *x);
/** The body as it was sent, a piece at a time; false: refused. */
bool encryption_each_of_body(struct cosmock_exchange *x,
                             void (*visit)(void *ctx, const void *bytes, size_t n), void *ctx);

/** What a write asks for beside a key of its own: *out is WORD_AES256 or WORD_NONE, the default
 *  of the bucket included. False: refused. */
bool encryption_choose(struct cosmock_exchange *x, enum word *out);
/** No key of the caller's own: this operation takes none. False: refused. */
bool encryption_takes_no_key(struct cosmock_exchange *x);
/** Tell the key of the caller's own, if there is one, by its digest. */
void encryption_tell_key(struct cosmock_exchange *x);

/** @o may be read with what the request says; x->result is told how. False: refused. */
bool encryption_permits_read(struct cosmock_exchange *x, const struct object *o, bool is_head);
/** @o may be a source of a copy. False: refused. */
bool encryption_permits_copy(struct cosmock_exchange *x, const struct object *o);
/** A copy of @o has other bytes than @o: one of them is encrypted with a key. */
bool encryption_differs(const struct cosmock_exchange *x, const struct object *o);
/* A copy that is written anew. */
struct encrypted_copy {
    struct blob *blob; /* a reference */
    struct cos_span etag, seal;
    uint64_t crc64; /* of what is not encrypted, as always */
};
/** @n bytes of @o from @first on, as the request wants them to be kept. False: refused, or no
 *  memory. */
bool encryption_copy(struct cosmock_exchange *x, const struct object *o, uint64_t first,
                     uint64_t n, struct encrypted_copy *out);

/** What an upload that begins keeps of the key, in the arena; ptr NULL: nothing. */
struct cos_span encryption_upload_seal(struct cosmock_exchange *x);
/** The request encrypts as @u was begun. False: refused. */
bool encryption_fits_upload(struct cosmock_exchange *x, const struct upload *u);
/** Tell of @u with which key, without having it. */
void encryption_tell_upload(struct cosmock_exchange *x, const struct upload *u);
/** The seal of the object that @n parts become; ptr NULL: none, or no memory. */
struct cos_span encryption_joined_seal(struct cosmock_exchange *x, const struct upload *u,
                                       const struct upload_part *const *parts, size_t n);

#endif
