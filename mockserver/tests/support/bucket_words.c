/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of store/objects.h do again and again, in a word each. */
#include "bucket_words.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct one_bucket the;

const struct object_header two_headers[2] = {
    {{"Content-Type", 12}, {"text/plain", 10}},
    {{"x-cos-meta-a", 12}, {"", 0}},
};

enum store_result commit(struct batch *batch)
{
    return one_bucket_commit(&the, batch);
}

enum store_result make_bucket(struct cos_span name, uint32_t id)
{
    const struct bucket_facts facts = {.id = id,
                                       .region = COS_SPAN_LIT("ap-guangzhou"),
                                       .owner_uin = COS_SPAN_LIT("100000000001"),
                                       .appid = COS_SPAN_LIT("1250000000"),
                                       .created_unix_ms = 77};
    struct batch *batch = batch_new();
    bucket_put(batch, name, &facts);
    return commit(batch);
}

void over_backend(const char *name)
{
    the.kind = backend_kind_of(name);
}

int make_the_bucket(void **state)
{
    one_bucket_open(&the);
    return 0;
}

int remove_the_bucket(void **state)
{
    one_bucket_close(&the);
    return 0;
}

struct cos_span span(const char *s)
{
    return cos_span_of(s);
}

struct object_draft draft_of(const char *key, const char *text)
{
    return (struct object_draft){.key = span(key),
                                 .blob = backend_blob(the.rows, text, strlen(text)),
                                 .etag = COS_SPAN_LIT("0cc175b9c0f1b6a831c399e269772661"),
                                 .crc64 = 7,
                                 .mtime_unix_ms = 1000,
                                 .headers = two_headers,
                                 .n_headers = COS_ARRAY_LEN(two_headers)};
}

enum store_result put_or_not(const char *key, const char *text, bool forbid_overwrite)
{
    struct object_draft draft = draft_of(key, text);
    struct version ignored;
    draft.forbids_overwrite = forbid_overwrite;
    struct batch *batch = batch_new();
    assert_int_equal(objects_put(batch, the.rows, &the.bucket, &draft, &ignored), STORE_OK);
    return commit(batch);
}

void put(const char *key, const char *text)
{
    assert_int_equal(put_or_not(key, text, /* forbid_overwrite= */ false), STORE_OK);
}

void add_deletion(struct batch *batch, const char *key)
{
    const struct object_draft marker = {.key = span(key)};
    struct version ignored;
    assert_int_equal(objects_delete(batch, the.rows, &the.bucket, &marker, &ignored), STORE_OK);
}

enum store_result delete_object(const char *key)
{
    struct batch *batch = batch_new();
    add_deletion(batch, key);
    return commit(batch);
}

void object_holds(const char *key, const char *text)
{
    struct object o;
    assert_int_equal(objects_get(the.rows, &the.bucket, span(key), &o), STORE_OK);
    assert_true(cos_span_eq_str(o.key, key));
    assert_true(cos_span_eq_str(o.etag, "0cc175b9c0f1b6a831c399e269772661"));
    assert_int_equal(o.crc64, 7);
    assert_int_equal(o.mtime_unix_ms, 1000);
    assert_int_equal(o.bytes, strlen(text));
    assert_true(blob_holds(o.row->blob, text, strlen(text)));
    struct kept_headers rest = o.headers;
    struct object_header h;
    assert_true(kept_headers_next(&rest, &h));
    assert_true(cos_span_eq_str(h.value, "text/plain"));
    assert_true(kept_headers_next(&rest, &h));
    assert_true(cos_span_eq_str(h.name, "x-cos-meta-a"));
    assert_false(kept_headers_next(&rest, &h));
    (void)row_unref(o.row);
}

uint64_t n_objects(void)
{
    uint64_t n = 0;
    assert_int_equal(objects_count(the.rows, &the.bucket, &n), STORE_OK);
    return n;
}

uint64_t n_uploads(void)
{
    uint64_t n = 0;
    assert_int_equal(uploads_count(the.rows, &the.bucket, &n), STORE_OK);
    return n;
}

enum store_result drop(void)
{
    struct batch *batch = batch_new();
    bucket_drop(batch, &the.bucket);
    return commit(batch);
}

enum store_result begin_or_not(const char *key, const char *id)
{
    static const struct object_header type[] = {{{"Content-Type", 12}, {"video/mp4", 9}}};
    const struct object_draft draft = {.key = span(key),
                                       .mtime_unix_ms = 5000,
                                       .headers = type,
                                       .n_headers = 1};
    struct batch *batch = batch_new();
    uploads_begin(batch, &the.bucket, span(id), &draft);
    return commit(batch);
}

void begin(const char *key, const char *id)
{
    assert_int_equal(begin_or_not(key, id), STORE_OK);
}

struct upload open_upload(const char *key, const char *id)
{
    struct upload u;
    assert_int_equal(uploads_get(the.rows, &the.bucket, span(key), span(id), &u), STORE_OK);
    return u;
}

enum store_result abort_upload(const char *key, const char *id)
{
    struct upload u = open_upload(key, id);
    struct batch *batch = batch_new();
    uploads_abort(batch, &the.bucket, &u);
    (void)row_unref(u.row);
    return commit(batch);
}

enum store_result put_part(const char *key, const char *id, unsigned number, const char *text)
{
    const struct part_draft part = {.number = number,
                                    .blob = backend_blob(the.rows, text, strlen(text)),
                                    .etag = span(text),
                                    .mtime_unix_ms = 9};
    struct upload u = open_upload(key, id);
    struct batch *batch = batch_new();
    uploads_put_part(batch, &the.bucket, &u, &part);
    (void)row_unref(u.row);
    return commit(batch);
}
