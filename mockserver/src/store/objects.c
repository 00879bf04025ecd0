/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys are written by store/rowkey.h and values by store/rows.h; here is what an object makes
 * of them, and what every writer of a bucket adds to his batch.
 */
#include "store/objects.h"

#include "store/objects_inside.h"
#include "store/rows.h"

#define VERSION_TAIL_BYTES 10 /* of an older version's key: 00 00, the order */

enum store_result store_committed(const struct commit *c)
{
    switch (c->result) {
    case BACKEND_OK:
        return STORE_OK;
    case BACKEND_UNEXPECTED:
        return (enum store_result)c->tag;
    case BACKEND_NO_ROOM:
        return STORE_NO_ROOM;
    case BACKEND_IO:
        return STORE_IO;
    case BACKEND_ABSENT: /* never of a commit */
    case BACKEND_NOMEM:
        break;
    }
    return STORE_NOMEM;
}

enum store_result objects_result(enum backend_result r)
{
    const struct commit c = {.result = r};
    return store_committed(&c);
}

/* --- adding to a batch --- */

struct rowkey objects_rowkey(enum rowkey_kind kind, uint32_t id, struct cos_span name)
{
    return (struct rowkey){.kind = kind, .bucket_id = id, .name = name};
}

void objects_expect(struct batch *batch, enum expectation_kind kind, struct cos_span key,
                    enum store_result tag)
{
    batch_expect(batch, kind, key, COS_SPAN_EMPTY, tag);
}

/* Once a batch is enough: what every write of a bucket expects comes first. */
static bool is_expected(const struct batch *batch, size_t i, struct cos_span key)
{
    return batch_n_expectations(batch) > i && cos_span_eq(batch_expectation(batch, i).key, key);
}

/* It is there still, and the same one. One without a row is put by the same batch. */
void objects_expect_same_bucket(struct batch *batch, const struct store_bucket *b)
{
    if (b->row != NULL && !is_expected(batch, 0, row_key(b->row))) {
        batch_expect(batch, EXPECT_SAME, row_key(b->row), row_value(b->row), STORE_NO_BUCKET);
    }
}

void objects_expect_bucket(struct batch *batch, const struct store_bucket *b)
{
    struct rowkey_room room;
    objects_expect_same_bucket(batch, b);
    if (b->row == NULL) {
        return;
    }
    const struct rowkey document =
        objects_rowkey(ROWKEY_DOCUMENT, b->id, STORE_VERSIONING_DOCUMENT);
    struct cos_span key = rowkey_write(&room, &document);
    if (is_expected(batch, 1, key)) {
        return;
    }
    if (b->versioning_row == NULL) {
        objects_expect(batch, EXPECT_ABSENT, key, STORE_CHANGED);
    } else {
        objects_expect_same(batch, b->versioning_row);
    }
}

void objects_expect_same(struct batch *batch, const struct row *row)
{
    batch_expect(batch, EXPECT_SAME, row_key(row), row_value(row), STORE_CHANGED);
}

/* Takes the value and the reference to @blob. */
void objects_put_row(struct batch *batch, struct cos_span key, struct cos_buf *value,
                     struct blob *blob)
{
    if (value->failed || key.len == 0) {
        blob_unref(blob);
        batch_fail(batch);
    } else {
        batch_put(batch, key, cos_buf_view(value), blob);
    }
    cos_buf_deinit(value);
}

/* --- objects --- */

/* The facet of a version is its order and a byte of these; an object without it has no id. */
enum { VERSION_FACET_BYTES = 9, VERSION_IS_NULL = 1, VERSION_IS_MARKER = 2 };

uint64_t objects_order(int64_t unix_ms, unsigned us)
{
    return UINT64_MAX - (unix_ms < 0 ? 0 : (uint64_t)unix_ms * 1000 + us);
}

static uint64_t read_order(const char *bytes)
{
    uint64_t order = 0;
    for (size_t i = 0; i < 8; i++) {
        order = order << 8 | (uint8_t)bytes[i];
    }
    return order;
}

static bool version_read(struct facets facets, int64_t mtime_unix_ms, struct version *out)
{
    struct cos_span value =
        facets.pairs.len == 0 ? facets.pairs : facets_get(facets, FACET_VERSION);
    *out = (struct version){.is_null = true};
    if (value.len == 0) {
        out->order = objects_order(mtime_unix_ms, /* us= */ 0);
        return true;
    }
    if (value.len != VERSION_FACET_BYTES || (uint8_t)value.ptr[8] > 3) {
        return false;
    }
    out->order = read_order(value.ptr);
    out->is_null = ((uint8_t)value.ptr[8] & VERSION_IS_NULL) != 0;
    out->is_marker = ((uint8_t)value.ptr[8] & VERSION_IS_MARKER) != 0;
    return true;
}

static struct cos_span version_write(char room[VERSION_FACET_BYTES], const struct version *v)
{
    for (size_t i = 0; i < 8; i++) {
        room[i] = (char)(uint8_t)(v->order >> (56 - 8 * i));
    }
    room[8] =
        (char)((v->is_null ? VERSION_IS_NULL : 0) | (v->is_marker ? VERSION_IS_MARKER : 0));
    return cos_span_make(room, VERSION_FACET_BYTES);
}

/* No key with a 00 is ever written to, so it lies in its row as it is. False: an older version
 * stands where another one belongs. */
static bool key_read(const struct row *row, const struct version *version, struct cos_span *out)
{
    *out = cos_span_from(row_key(row), OBJECT_HEAD_BYTES);
    if (row->bytes[0] != ROWKEY_VERSION) {
        return true;
    }
    if (out->len < VERSION_TAIL_BYTES) {
        return false;
    }
    out->len -= VERSION_TAIL_BYTES;
    return read_order(out->ptr + out->len + 2) == version->order;
}

bool object_read(struct row *row, struct object *out)
{
    struct object_row r;
    struct version version;
    struct cos_span key;
    const struct object_memo *memo = __atomic_load_n(&row->memo, __ATOMIC_ACQUIRE);
    if (memo != NULL) {
        *out = memo->object;
        return true;
    }
    if (!row_read_object(row_value(row), &r) || r.bytes != blob_bytes(row->blob) ||
        !version_read((struct facets){r.facets}, r.mtime_unix_ms, &version) ||
        !key_read(row, &version, &key)) {
        return false;
    }
    *out = (struct object){.row = row,
                           .key = key,
                           .etag = r.etag,
                           .bytes = r.bytes,
                           .crc64 = r.crc64,
                           .mtime_unix_ms = r.mtime_unix_ms,
                           .headers = {r.headers},
                           .facets = {r.facets},
                           .version = version};
    return true;
}

/* The row of a key, as a reference. @absent: what it means that there is none. */
enum store_result objects_fetch(struct backend *rows, struct cos_span key,
                                enum store_result absent, struct row **out)
{
    enum backend_result r = rows->ops->get(rows, key, out);
    return r == BACKEND_ABSENT ? absent : objects_result(r);
}

enum store_result objects_get_row(struct backend *rows, struct cos_span key, struct object *out)
{
    struct row *row = NULL;
    enum store_result r = objects_fetch(rows, key, STORE_NO_KEY, &row);
    if (r == STORE_OK && !object_read(row, out)) {
        (void)row_unref(row);
        return STORE_IO;
    }
    return r;
}

enum store_result objects_get(struct backend *rows, const struct store_bucket *b,
                              struct cos_span key, struct object *out)
{
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    struct rowkey_room room;
    return objects_get_row(rows, rowkey_object(&room, b->id, key), out);
}

/* Takes the reference to @blob. */
static void put_object(struct batch *batch, struct cos_span key, struct object_row row,
                       const struct facet_values *facets, struct blob *blob)
{
    struct cos_buf pairs;
    objects_write_facets(&pairs, facets);
    row.facets = cos_buf_view(&pairs);
    struct cos_buf value;
    cos_buf_init(&value, OBJECTS_VALUE_MAX_BYTES);
    row_write_object(&value, &row);
    value.failed = value.failed || pairs.failed;
    cos_buf_deinit(&pairs);
    objects_put_row(batch, key, &value, blob);
}

/* Of a bucket without versions: @version all zero. */
static struct facet_values with_version(struct facet_values facets,
                                        const struct version *version,
                                        char room[VERSION_FACET_BYTES])
{
    facets.of[FACET_VERSION] =
        version->order == 0 ? (struct cos_span){NULL, 0} : version_write(room, version);
    return facets;
}

void objects_put_draft(struct batch *batch, struct cos_span key,
                       const struct object_draft *draft, const struct version *version)
{
    char room[VERSION_FACET_BYTES];
    const struct facet_values facets = with_version(draft->facets, version, room);
    struct cos_buf headers;
    objects_write_headers(&headers, draft);
    const struct object_row row = {.bytes = blob_bytes(draft->blob),
                                   .crc64 = draft->crc64,
                                   .mtime_unix_ms = draft->mtime_unix_ms,
                                   .etag = draft->etag,
                                   .sha256 = COS_SPAN_EMPTY,
                                   .headers = cos_buf_view(&headers)};
    if (headers.failed) {
        batch_fail(batch);
    }
    put_object(batch, key, row, &facets, draft->blob);
    cos_buf_deinit(&headers);
}

enum store_result objects_put(struct batch *batch, struct backend *rows,
                              const struct store_bucket *b, const struct object_draft *draft,
                              struct version *made)
{
    struct rowkey_room room;
    struct cos_span key = rowkey_object(&room, b->id, draft->key);
    objects_expect_bucket(batch, b);
    *made = (struct version){0};
    if (b->versioning != VERSIONING_NONE) {
        enum store_result r = versions_succeed(batch, rows, b, draft, made);
        if (r != STORE_OK) {
            blob_unref(draft->blob);
            return r;
        }
    } else if (draft->forbids_overwrite) {
        objects_expect(batch, EXPECT_ABSENT, key, STORE_EXISTS);
    }
    objects_put_draft(batch, key, draft, made);
    return STORE_OK;
}

void objects_put_first(struct batch *batch, const struct store_bucket *b,
                       const struct object_draft *draft)
{
    struct rowkey_room room;
    struct version made = {0};
    if (b->versioning != VERSIONING_NONE) {
        made = (struct version){.order = objects_order(draft->mtime_unix_ms, draft->born_us),
                                .is_null = b->versioning == VERSIONING_SUSPENDED};
    }
    objects_put_draft(batch, rowkey_object(&room, b->id, draft->key), draft, &made);
}

enum store_result objects_delete(struct batch *batch, struct backend *rows,
                                 const struct store_bucket *b,
                                 const struct object_draft *marker, struct version *made)
{
    struct rowkey_room room;
    objects_expect_bucket(batch, b);
    *made = (struct version){0};
    if (b->versioning == VERSIONING_NONE) {
        batch_delete(batch, rowkey_object(&room, b->id, marker->key));
        return STORE_OK;
    }
    enum store_result r = versions_succeed(batch, rows, b, marker, made);
    if (r == STORE_OK) {
        const struct rowkey at = objects_rowkey(ROWKEY_MARKER, b->id, marker->key);
        made->is_marker = true;
        objects_put_draft(batch, rowkey_write(&room, &at), marker, made);
    }
    return r;
}

/* @headers NULL: as they are. */
static void put_again(struct batch *batch, struct cos_span key, const struct object *o,
                      const struct facet_values *facets, const struct cos_span *headers)
{
    struct object_row row;
    if (row_read_object(row_value(o->row), &row)) { /* as it was when @o was read */
        row.headers = headers == NULL ? row.headers : *headers;
        put_object(batch, key, row, facets, blob_ref(o->row->blob));
    }
}

void objects_move(struct batch *batch, struct cos_span key, const struct object *o)
{
    char room[VERSION_FACET_BYTES];
    const struct facet_values facets =
        with_version(facets_values(o->facets), &o->version, room);
    batch_delete(batch, row_key(o->row));
    put_again(batch, key, o, &facets, /* headers= */ NULL);
}

void objects_expect_unchanged(struct batch *batch, const struct object *o)
{
    objects_expect_same(batch, o->row);
}

void objects_expect_absent(struct batch *batch, const struct store_bucket *b,
                           struct cos_span key)
{
    struct rowkey_room room;
    objects_expect(batch, EXPECT_ABSENT, rowkey_object(&room, b->id, key), STORE_CHANGED);
}

void objects_change(struct batch *batch, const struct store_bucket *b, const struct object *o,
                    const struct facet_values *facets)
{
    objects_expect_same_bucket(batch, b);
    objects_expect_same(batch, o->row);
    put_again(batch, row_key(o->row), o, facets, /* headers= */ NULL);
}

void objects_change_all(struct batch *batch, const struct store_bucket *b,
                        const struct object *o, const struct object_change *change)
{
    const struct object_draft draft = {.headers = change->headers,
                                       .n_headers = change->n_headers};
    struct cos_buf pairs;
    objects_write_headers(&pairs, &draft);
    if (pairs.failed) {
        batch_fail(batch);
    }
    const struct cos_span headers = cos_buf_view(&pairs);
    objects_expect_same_bucket(batch, b);
    objects_expect_same(batch, o->row);
    put_again(batch, row_key(o->row), o, &change->facets, &headers);
    cos_buf_deinit(&pairs);
}

void objects_extend(struct batch *batch, const struct store_bucket *b, const struct object *old,
                    const struct object_draft *draft)
{
    static const struct version none;
    struct rowkey_room room;
    struct cos_span key = rowkey_object(&room, b->id, draft->key);
    bool has_version = object_facet(old, FACET_VERSION).ptr != NULL;
    objects_expect_bucket(batch, b);
    objects_expect_same(batch, old->row);
    objects_put_draft(batch, key, draft, has_version ? &old->version : &none);
}
