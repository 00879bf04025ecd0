/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the handlers share: checks that refuse, and small writers of results. A
 * check answers true to go on; after false the handler returns service_stop(),
 * which tells a refusal (0) from our own failure (-1).
 */
#ifndef SERVICES_SERVICE_H
#define SERVICES_SERVICE_H

#include "cosbase/xml.h"
#include "exchange/commit.h"

#define SERVICE_KEY_MAX_BYTES 850             /* cos-wire.md s.2.0 */
#define SERVICE_OBJECT_MAX_BYTES (5ull << 30) /* one PUT, part or copy: cos-wire.md s.2.0 */

int service_stop(const struct cosmock_exchange *x);
/** Refuse with the row's own words, or with others; both return 0 for the handler to return. */
int service_refuse(struct cosmock_exchange *x, const char *code);
int service_refuse_saying(struct cosmock_exchange *x, const char *code, const char *fmt, ...)
    COS_PRINTF(3, 4);
/** Refuse the value of a header or parameter; 0. */
int service_refuse_value(struct cosmock_exchange *x, const char *code, const char *name,
                         struct cos_span value);
/** Refuse in the service's words for one case of a code; 0. */
int service_refuse_case(struct cosmock_exchange *x, enum error_case which);
/** Refuse what the store said; -1 when it had no memory. */
int service_refuse_store(struct cosmock_exchange *x, enum store_result r);
/** The end of a handler that writes (exchange/commit.h). Its answer is ready in x->result, and
 *  goes out when @batch is kept; else it is dropped, and refused as above. */
int service_commit(struct cosmock_exchange *x, struct batch *batch);
/** The same, of a batch that could not be filled unless @r is STORE_OK. */
int service_commit_filled(struct cosmock_exchange *x, struct batch *batch, enum store_result r);
/** The second half of that. When what the handler had read has changed meanwhile, it runs again
 *  from its beginning: it may read what it likes and has nothing to keep. */
int service_committed(struct cosmock_exchange *x);

/** The bucket of the request, borrowed; NULL: refused with NoSuchBucket. */
const struct bucket *service_bucket(struct cosmock_exchange *x);
/** The same of its object, for service_stop() when it is NULL. */
const struct object *service_object(struct cosmock_exchange *x);
/** The key may be written: none of the controls the service refuses. (Its
 *  length was checked by route.) */
bool service_key_check(struct cosmock_exchange *x);
/** What is in it, as writers have to know it. */
struct store_bucket service_stored(const struct cosmock_exchange *x);
/** The draft of a version of the request's key that is born now. */
struct object_draft service_draft(const struct cosmock_exchange *x);
/** What is about to be written, for the logs. */
void service_tell_written(struct cosmock_exchange *x, const struct object_draft *draft);
/** x-cos-version-id of what was written; none where there are no versions, or it has no id. */
void service_version_header(struct cosmock_exchange *x, const struct version *made);
/** The same of a version that is read, or deleted: without an id as the switch says. */
void service_version_echo(struct cosmock_exchange *x, const struct version *v);
/** x-cos-content-sha1, in hex, fits the body. (Length and Content-MD5 were
 *  checked by the body stage.) */
bool service_sha1_check(struct cosmock_exchange *x);
/** Stored bytes cannot be read: @r is -errno. */
void service_refuse_reading(struct cosmock_exchange *x, int r);
/** Every byte of @b, a piece at a time; false: they cannot be read, and it was refused. */
bool service_read_all(struct cosmock_exchange *x, const struct blob *b,
                      void (*visit)(void *ctx, const void *bytes, size_t n), void *ctx);
/** The body as it was sent, digested; false also without memory. */
bool service_digest_body(struct cosmock_exchange *x, enum cos_digest_kind kind,
                         uint8_t out[COS_DIGEST_MAX_BYTES]);
/** A number parameter: @fallback when absent, more than @max counts as @max,
 *  anything else but a number is refused. */
bool service_number_param(struct cosmock_exchange *x, const char *name, unsigned fallback,
                          unsigned max, unsigned *out);
/** encoding-type: absent or "url". */
bool service_encoding_param(struct cosmock_exchange *x, bool *is_url);
/** delimiter: absent or one character. */
bool service_delimiter_param(struct cosmock_exchange *x, struct cos_span *out);
/** "" when absent. */
struct cos_span service_param(struct cosmock_exchange *x, const char *name);
/** x-cos-forbid-overwrite: true. */
bool service_forbids_overwrite(struct cosmock_exchange *x);

/** The document in the body; NULL: there is none whose root element is one of @roots, names
 *  with '|' between them, and it was refused. */
struct cos_xml *service_xml_read(struct cosmock_exchange *x, const char *roots);

/** http://<host>/<key>, as answers name what was written: encoded, while the key in them is
 *  not. Arena. */
struct cos_span service_location(struct cosmock_exchange *x);
/** ETag, in quotes. */
void service_etag_header(struct cosmock_exchange *x, struct cos_span etag);
/** ETag and x-cos-hash-crc64ecma. */
void service_digest_headers(struct cosmock_exchange *x, struct cos_span etag, uint64_t crc64);
/** The buffer for an XML answer, with the XML declaration in it. */
struct cos_buf *service_xml(struct cosmock_exchange *x);
/** A time at @place, in the form of the service. */
void service_xml_date(struct cosmock_exchange *x, const char *element, enum date_place place,
                      int64_t unix_ms);
/** End an XML answer: 0 and the status is 200, or -1. */
int service_xml_done(struct cosmock_exchange *x);
/** "qcs::cam::uin/<owner>:uin/<uin>" and its display name, as <ID> and <DisplayName>. */
void service_xml_person(struct cos_buf *b, const char *element, const char *owner_uin,
                        const char *uin);

#endif
