/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bucket (one_bucket.h), made anew for each claim, and short words for what store/objects.h
 * does to it: what the tests of that header share.
 */
#ifndef MOCK_TESTS_BUCKET_WORDS_H
#define MOCK_TESTS_BUCKET_WORDS_H

#include "one_bucket.h"

#define THE_BUCKET COS_SPAN_LIT("bucket-1250000000")

extern struct one_bucket the; /* of the running claim */

/** Which backend: a name of backends.c. */
void over_backend(const char *name);
int make_the_bucket(void **state);
int remove_the_bucket(void **state);

enum store_result commit(struct batch *batch);
enum store_result make_bucket(struct cos_span name, uint32_t id);
enum store_result drop(void);
struct cos_span span(const char *s);

/* A Content-Type and a header of the user's. */
extern const struct object_header two_headers[2];
/** With both headers, and an ETag, a CRC and a time that object_holds() asks for. */
struct object_draft draft_of(const char *key, const char *text);
enum store_result put_or_not(const char *key, const char *text, bool forbid_overwrite);
void put(const char *key, const char *text);
void add_deletion(struct batch *batch, const char *key);
enum store_result delete_object(const char *key);
void object_holds(const char *key, const char *text);
uint64_t n_objects(void);

enum store_result begin_or_not(const char *key, const char *id);
void begin(const char *key, const char *id);
struct upload open_upload(const char *key, const char *id);
enum store_result put_part(const char *key, const char *id, unsigned number, const char *text);
enum store_result abort_upload(const char *key, const char *id);
uint64_t n_uploads(void);

#endif
