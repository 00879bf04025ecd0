/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys are written by store/rowkey.h and values by store/rows.h; here is what a bucket makes of
 * them. An upload's row and those of its parts are a family: whoever ends an upload takes all
 * that lies below its key, whatever came meanwhile.
 */
#include "store/objects.h"

#include "cosbase/alloc.h"
#include "store/objects_inside.h"
#include "store/rows.h"

#define VALUE_MAX_BYTES ((size_t)64 << 20)
#define OBJECT_HEAD_BYTES 5   /* of its key: the kind, the bucket */
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
static void expect_bucket(struct batch *batch, const struct store_bucket *b)
{
    if (b->row != NULL && !is_expected(batch, 0, row_key(b->row))) {
        batch_expect(batch, EXPECT_SAME, row_key(b->row), row_value(b->row), STORE_NO_BUCKET);
    }
}

void objects_expect_bucket(struct batch *batch, const struct store_bucket *b)
{
    struct rowkey_room room;
    expect_bucket(batch, b);
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
static void put(struct batch *batch, struct cos_span key, struct cos_buf *value,
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

static void delete_row(struct batch *batch, const struct store_bucket *b, enum rowkey_kind kind,
                       struct cos_span name)
{
    struct rowkey_room room;
    const struct rowkey key = objects_rowkey(kind, b->id, name);
    expect_bucket(batch, b);
    batch_delete(batch, rowkey_write(&room, &key));
}

/* --- buckets --- */

bool bucket_read(const struct row *row, struct bucket_facts *out)
{
    struct bucket_row r;
    if (!row_read_bucket(row_value(row), &r)) {
        return false;
    }
    *out = (struct bucket_facts){.id = r.id,
                                 .region = r.region,
                                 .owner_uin = r.owner_uin,
                                 .appid = r.appid,
                                 .created_unix_ms = r.created_unix_ms};
    return true;
}

void bucket_put_anew(struct batch *batch, struct cos_span name, const struct bucket_facts *b)
{
    struct rowkey_room room;
    struct cos_span key =
        rowkey_write(&room, &(struct rowkey){.kind = ROWKEY_BUCKET, .name = name});
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_bucket(&value, &(struct bucket_row){.id = b->id,
                                                  .region = b->region,
                                                  .owner_uin = b->owner_uin,
                                                  .appid = b->appid,
                                                  .created_unix_ms = b->created_unix_ms});
    put(batch, key, &value, /* blob= */ NULL);
}

void bucket_put(struct batch *batch, struct cos_span name, const struct bucket_facts *b)
{
    struct rowkey_room room;
    const struct rowkey key = {.kind = ROWKEY_BUCKET, .name = name};
    objects_expect(batch, EXPECT_ABSENT, rowkey_write(&room, &key), STORE_EXISTS);
    bucket_put_anew(batch, name, b);
}

void bucket_drop(struct batch *batch, const struct store_bucket *b)
{
    static const enum rowkey_kind contents[] = {ROWKEY_OBJECT, ROWKEY_MARKER, ROWKEY_VERSION,
                                                ROWKEY_UPLOAD};
    struct rowkey_room room;
    expect_bucket(batch, b);
    for (size_t i = 0; i < COS_ARRAY_LEN(contents); i++) {
        const struct rowkey all = objects_rowkey(contents[i], b->id, COS_SPAN_EMPTY);
        objects_expect(batch, EXPECT_EMPTY, rowkey_prefix(&room, &all), STORE_NOT_EMPTY);
    }
    const struct rowkey documents = objects_rowkey(ROWKEY_DOCUMENT, b->id, COS_SPAN_EMPTY);
    batch_delete(batch, row_key(b->row));
    batch_delete_all(batch, rowkey_prefix(&room, &documents));
}

/* --- documents --- */

bool document_read(const struct row *row, struct cos_span *out)
{
    struct document_row r;
    if (!row_read_document(row_value(row), &r)) {
        return false;
    }
    *out = r.text;
    return true;
}

void document_put(struct batch *batch, const struct store_bucket *b, struct cos_span name,
                  struct cos_span text)
{
    struct rowkey_room room;
    const struct rowkey key = objects_rowkey(ROWKEY_DOCUMENT, b->id, name);
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_document(&value, &(struct document_row){text});
    expect_bucket(batch, b);
    put(batch, rowkey_write(&room, &key), &value, /* blob= */ NULL);
}

void document_delete(struct batch *batch, const struct store_bucket *b, struct cos_span name)
{
    delete_row(batch, b, ROWKEY_DOCUMENT, name);
}

/* --- headers that are kept --- */

bool kept_headers_next(struct kept_headers *h, struct object_header *out)
{
    struct row_pair pair;
    if (!row_pair_next(&h->pairs, &pair)) {
        return false;
    }
    *out = (struct object_header){pair.name, pair.value};
    return true;
}

size_t kept_headers_count(struct kept_headers h)
{
    size_t n = 0;
    for (struct object_header ignored; kept_headers_next(&h, &ignored);) {
        n++;
    }
    return n;
}

static void write_headers(struct cos_buf *out, const struct object_draft *draft)
{
    cos_buf_init(out, VALUE_MAX_BYTES);
    for (size_t i = 0; i < draft->n_headers; i++) {
        row_pair_add(out, draft->headers[i].name, draft->headers[i].value);
    }
}

/* --- facets --- */

static const char facet_letters[FACET_COUNT] = {
    [FACET_VERSION] = 'v', [FACET_TAGS] = 't',        [FACET_ACL] = 'a',
    [FACET_OWNER] = 'o',   [FACET_LOCK] = 'l',        [FACET_RESTORE] = 'r',
    [FACET_SSE] = 'e',     [FACET_SYMLINK] = 's',     [FACET_APPEND] = 'p',
    [FACET_TIER] = 'i',    [FACET_REPLICATION] = 'c',
};

struct cos_span facets_get(struct facets f, enum facet which)
{
    const struct cos_span name = cos_span_make(&facet_letters[which], 1);
    for (struct row_pair pair; row_pair_next(&f.pairs, &pair);) {
        if (cos_span_eq(pair.name, name)) {
            return pair.value;
        }
    }
    return (struct cos_span){NULL, 0};
}

struct facet_values facets_values(struct facets f)
{
    struct facet_values out;
    for (size_t i = 0; i < FACET_COUNT; i++) {
        out.of[i] = facets_get(f, (enum facet)i);
    }
    return out;
}

struct cos_span object_facet(const struct object *o, enum facet which)
{
    return facets_get(o->facets, which);
}

static void write_facets(struct cos_buf *out, const struct facet_values *facets)
{
    cos_buf_init(out, VALUE_MAX_BYTES);
    for (size_t i = 0; i < FACET_COUNT; i++) {
        if (facets->of[i].ptr != NULL) {
            row_pair_add(out, cos_span_make(&facet_letters[i], 1), facets->of[i]);
        }
    }
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
static enum store_result get(struct backend *rows, struct cos_span key,
                             enum store_result absent, struct row **out)
{
    enum backend_result r = rows->ops->get(rows, key, out);
    return r == BACKEND_ABSENT ? absent : objects_result(r);
}

enum store_result objects_get_row(struct backend *rows, struct cos_span key, struct object *out)
{
    struct row *row = NULL;
    enum store_result r = get(rows, key, STORE_NO_KEY, &row);
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
    write_facets(&pairs, facets);
    row.facets = cos_buf_view(&pairs);
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_object(&value, &row);
    value.failed = value.failed || pairs.failed;
    cos_buf_deinit(&pairs);
    put(batch, key, &value, blob);
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
    write_headers(&headers, draft);
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
    expect_bucket(batch, b);
    objects_expect_same(batch, o->row);
    put_again(batch, row_key(o->row), o, facets, /* headers= */ NULL);
}

void objects_change_all(struct batch *batch, const struct store_bucket *b,
                        const struct object *o, const struct object_change *change)
{
    const struct object_draft draft = {.headers = change->headers,
                                       .n_headers = change->n_headers};
    struct cos_buf pairs;
    write_headers(&pairs, &draft);
    if (pairs.failed) {
        batch_fail(batch);
    }
    const struct cos_span headers = cos_buf_view(&pairs);
    expect_bucket(batch, b);
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

/* --- uploads --- */

/* No key with a 00 is ever written to, so the names of an upload lie in its row as they are. */
static bool upload_key_read(const struct row *row, struct rowkey *out)
{
    struct rowkey_room unescaped;
    struct cos_span key = row_key(row);
    return rowkey_read(key, &unescaped, out) && out->name.ptr > key.ptr &&
           out->name.ptr < key.ptr + key.len;
}

bool upload_read(struct row *row, struct upload *out)
{
    struct rowkey key;
    struct upload_row r;
    if (!upload_key_read(row, &key) || !row_read_upload(row_value(row), &r)) {
        return false;
    }
    *out = (struct upload){.row = row,
                           .key = key.name,
                           .id = key.upload_id,
                           .initiated_unix_ms = r.initiated_unix_ms,
                           .headers = {r.headers},
                           .facets = {r.facets}};
    return true;
}

static struct rowkey upload_key(const struct store_bucket *b, struct cos_span key,
                                struct cos_span id)
{
    return (
        struct rowkey){.kind = ROWKEY_UPLOAD, .bucket_id = b->id, .name = key, .upload_id = id};
}

enum store_result uploads_get(struct backend *rows, const struct store_bucket *b,
                              struct cos_span key, struct cos_span id, struct upload *out)
{
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    struct rowkey_room room;
    const struct rowkey wanted = upload_key(b, key, id);
    struct row *row = NULL;
    enum store_result r = get(rows, rowkey_write(&room, &wanted), STORE_NO_UPLOAD, &row);
    if (r == STORE_OK && !upload_read(row, out)) {
        (void)row_unref(row);
        return STORE_IO;
    }
    return r;
}

void uploads_begin(struct batch *batch, const struct store_bucket *b, struct cos_span id,
                   const struct object_draft *draft)
{
    struct rowkey_room room;
    const struct rowkey named = upload_key(b, draft->key, id);
    struct cos_span key = rowkey_write(&room, &named);
    struct cos_buf headers;
    struct cos_buf facets;
    write_headers(&headers, draft);
    write_facets(&facets, &draft->facets);
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_upload(&value, &(struct upload_row){.initiated_unix_ms = draft->mtime_unix_ms,
                                                  .headers = cos_buf_view(&headers),
                                                  .facets = cos_buf_view(&facets)});
    value.failed = value.failed || headers.failed || facets.failed;
    cos_buf_deinit(&headers);
    cos_buf_deinit(&facets);
    expect_bucket(batch, b);
    objects_expect(batch, EXPECT_ABSENT, key, STORE_EXISTS);
    put(batch, key, &value, /* blob= */ NULL);
}

static void expect_upload(struct batch *batch, const struct upload *u)
{
    objects_expect(batch, EXPECT_PRESENT, row_key(u->row), STORE_NO_UPLOAD);
}

static struct rowkey part_key(const struct store_bucket *b, const struct upload *u,
                              unsigned number)
{
    return (struct rowkey){.kind = ROWKEY_PART,
                           .bucket_id = b->id,
                           .name = u->key,
                           .upload_id = u->id,
                           .number = (uint16_t)number};
}

void uploads_put_part(struct batch *batch, const struct store_bucket *b, const struct upload *u,
                      const struct part_draft *part)
{
    struct rowkey_room room;
    const struct rowkey key = part_key(b, u, part->number);
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_part(&value, &(struct part_row){.bytes = blob_bytes(part->blob),
                                              .crc64 = part->crc64,
                                              .mtime_unix_ms = part->mtime_unix_ms,
                                              .etag = part->etag});
    expect_bucket(batch, b);
    expect_upload(batch, u);
    put(batch, rowkey_write(&room, &key), &value, part->blob);
}

static void drop_upload(struct batch *batch, const struct store_bucket *b,
                        const struct upload *u)
{
    struct rowkey_room room;
    const struct rowkey key = part_key(b, u, 0);
    batch_delete(batch, row_key(u->row));
    batch_delete_all(batch, rowkey_below(&room, &key));
}

enum store_result uploads_complete(struct batch *batch, struct backend *rows,
                                   const struct store_bucket *b,
                                   const struct upload_completion *c, struct version *made)
{
    objects_expect_bucket(batch, b);
    expect_upload(batch, c->upload);
    for (size_t i = 0; i < c->n_parts; i++) {
        const struct row *row = c->parts[i]->row;
        batch_expect(batch, EXPECT_SAME, row_key(row), row_value(row), STORE_PART_CHANGED);
    }
    drop_upload(batch, b, c->upload);
    return objects_put(batch, rows, b, c->draft, made);
}

void uploads_abort(struct batch *batch, const struct store_bucket *b, const struct upload *u)
{
    expect_bucket(batch, b);
    expect_upload(batch, u);
    drop_upload(batch, b, u);
}

/* --- walks --- */

/* All rows whose key begins with @prefix, from @from on. */
static enum store_result scan(struct backend *rows, struct cos_span prefix,
                              struct cos_span from, scan_visit *visit, void *ctx)
{
    struct rowkey_room room;
    struct cos_span until = rowkey_behind(&room, prefix);
    return objects_result(rows->ops->scan(rows, from, until, visit, ctx));
}

static enum scan_next count_row(void *ctx, struct row *row, struct cos_span *seek)
{
    (void)row;
    (void)seek;
    ++*(uint64_t *)ctx;
    return SCAN_NEXT;
}

static enum store_result count(struct backend *rows, enum rowkey_kind kind,
                               const struct store_bucket *b, uint64_t *out)
{
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    struct rowkey_room room;
    const struct rowkey all = objects_rowkey(kind, b->id, COS_SPAN_EMPTY);
    struct cos_span prefix = rowkey_prefix(&room, &all);
    *out = 0;
    return scan(rows, prefix, prefix, count_row, out);
}

enum store_result objects_count(struct backend *rows, const struct store_bucket *b,
                                uint64_t *out)
{
    return count(rows, ROWKEY_OBJECT, b, out);
}

enum store_result uploads_count(struct backend *rows, const struct store_bucket *b,
                                uint64_t *out)
{
    return count(rows, ROWKEY_UPLOAD, b, out);
}

/* --- the parts of an upload --- */

struct parts_walk {
    struct upload_parts *out;
    size_t max, cap;
    enum store_result result;
};

void *objects_grown(void *items, size_t n, size_t *cap, size_t item_bytes)
{
    if (n < *cap) {
        return items;
    }
    size_t more = *cap == 0 ? 16 : *cap * 2;
    void *larger = cos_realloc_array(items, more, item_bytes);
    if (larger != NULL) {
        *cap = more;
    }
    return larger;
}

static bool part_read(struct row *row, struct upload_part *out)
{
    struct rowkey key;
    struct part_row r;
    if (!upload_key_read(row, &key) || !row_read_part(row_value(row), &r) ||
        r.bytes != blob_bytes(row->blob)) {
        return false;
    }
    *out = (struct upload_part){.row = row,
                                .number = key.number,
                                .etag = r.etag,
                                .bytes = r.bytes,
                                .crc64 = r.crc64,
                                .mtime_unix_ms = r.mtime_unix_ms};
    return true;
}

static enum scan_next visit_part(void *ctx, struct row *row, struct cos_span *seek)
{
    (void)seek;
    struct parts_walk *w = ctx;
    struct upload_parts *out = w->out;
    struct upload_part part;
    if (out->n == w->max) {
        out->is_truncated = out->n > 0;
        return SCAN_STOP;
    }
    struct upload_part *items = objects_grown(out->items, out->n, &w->cap, sizeof(*items));
    if (items == NULL) {
        w->result = STORE_NOMEM;
        return SCAN_STOP;
    }
    out->items = items;
    if (!part_read(row, &part)) {
        w->result = STORE_IO;
        return SCAN_STOP;
    }
    (void)row_ref(row);
    items[out->n++] = part;
    return SCAN_NEXT;
}

enum store_result uploads_parts(struct backend *rows, const struct store_bucket *b,
                                const struct upload *u, const struct upload_parts_query *q,
                                struct upload_parts *out)
{
    struct parts_walk w = {.out = out, .max = q->max, .result = STORE_OK};
    *out = (struct upload_parts){0};
    if (q->marker >= UINT16_MAX) {
        return STORE_OK;
    }
    struct rowkey_room prefix_room;
    struct rowkey_room from_room;
    const struct rowkey first = part_key(b, u, q->marker + 1);
    enum store_result r = scan(rows, rowkey_below(&prefix_room, &first),
                               rowkey_write(&from_room, &first), visit_part, &w);
    r = r == STORE_OK ? w.result : r;
    if (r != STORE_OK) {
        uploads_parts_deinit(out);
    }
    return r;
}

void uploads_parts_deinit(struct upload_parts *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        (void)row_unref(parts->items[i].row);
    }
    cos_free(parts->items);
    *parts = (struct upload_parts){0};
}

/* --- pages --- */

struct page_walk {
    enum rowkey_kind kind;
    uint32_t bucket_id;
    const struct store_list_query *q;
    struct store_list *out;
    size_t cap;
    struct rowkey_room seek; /* where the visitor goes next */
    enum store_result result;
};

struct cos_span objects_common_prefix(struct cos_span key, struct cos_span prefix,
                                      struct cos_span delimiter)
{
    if (delimiter.len == 0 || !cos_span_starts(key, prefix)) {
        return COS_SPAN_EMPTY;
    }
    size_t at = cos_span_find(cos_span_from(key, prefix.len), delimiter);
    return at == SIZE_MAX ? COS_SPAN_EMPTY
                          : cos_span_sub(key, 0, prefix.len + at + delimiter.len);
}

/* What the keys of all rows begin with whose name begins with @name. */
static struct cos_span beginning(struct rowkey_room *room, const struct page_walk *w,
                                 struct cos_span name)
{
    const struct rowkey key = objects_rowkey(w->kind, w->bucket_id, name);
    return rowkey_prefix(room, &key);
}

struct cos_span objects_next_key(struct rowkey_room *room, struct cos_span key)
{
    if (key.len == 0 || key.len == sizeof(room->bytes)) {
        return COS_SPAN_EMPTY;
    }
    room->bytes[key.len] = '\0';
    return cos_span_make(key.ptr, key.len + 1);
}

/* Where the page begins; empty: a marker is longer than any key. */
static struct cos_span page_start(struct rowkey_room *room, const struct page_walk *w)
{
    const struct store_list_query *q = w->q;
    if (cos_span_cmp(q->marker, q->prefix) < 0 || q->marker.len == 0) {
        return beginning(room, w, q->prefix);
    }
    struct cos_span rolled = objects_common_prefix(q->marker, q->prefix, q->delimiter);
    if (rolled.len > 0 && rolled.len == q->marker.len) {
        return rowkey_behind(room, beginning(room, w, rolled));
    }
    const struct rowkey marker = {.kind = w->kind,
                                  .bucket_id = w->bucket_id,
                                  .name = q->marker,
                                  .upload_id = q->id_marker};
    if (w->kind == ROWKEY_OBJECT || q->id_marker.len > 0) {
        return objects_next_key(room, rowkey_write(room, &marker));
    }
    return rowkey_behind(room, rowkey_below(room, &marker));
}

/* The name of a row, in it; false: it is damaged. */
static bool name_of(const struct page_walk *w, const struct row *row, struct cos_span *out)
{
    struct rowkey key;
    if (w->kind == ROWKEY_OBJECT) {
        *out = cos_span_from(row_key(row), OBJECT_HEAD_BYTES);
        return true;
    }
    bool is_read = upload_key_read(row, &key);
    *out = key.name;
    return is_read;
}

static enum scan_next stop(struct page_walk *w, enum store_result r)
{
    w->result = r;
    return SCAN_STOP;
}

static enum scan_next visit_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct page_walk *w = ctx;
    struct store_list *out = w->out;
    struct cos_span name;
    if (out->n_items == w->q->max_items) {
        out->is_truncated = true;
        return SCAN_STOP;
    }
    if (!name_of(w, row, &name)) {
        return stop(w, STORE_IO);
    }
    struct store_list_item *items =
        objects_grown(out->items, out->n_items, &w->cap, sizeof(*items));
    if (items == NULL) {
        return stop(w, STORE_NOMEM);
    }
    out->items = items;
    struct cos_span rolled = objects_common_prefix(name, w->q->prefix, w->q->delimiter);
    bool is_prefix = rolled.len > 0;
    items[out->n_items++] = (struct store_list_item){.name = is_prefix ? rolled : name,
                                                     .is_prefix = is_prefix,
                                                     .row = row_ref(row)};
    if (!is_prefix) {
        return SCAN_NEXT;
    }
    *seek = rowkey_behind(&w->seek, beginning(&w->seek, w, rolled));
    return SCAN_SEEK;
}

static enum store_result list_of(struct backend *rows, enum rowkey_kind kind,
                                 const struct store_bucket *b, const struct store_list_query *q,
                                 struct store_list *out)
{
    *out = (struct store_list){0};
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    struct page_walk w = {
        .kind = kind, .bucket_id = b->id, .q = q, .out = out, .result = STORE_OK};
    struct rowkey_room from_room;
    struct rowkey_room prefix_room;
    struct cos_span from = page_start(&from_room, &w);
    struct cos_span prefix = beginning(&prefix_room, &w, q->prefix);
    if (q->max_items == 0 || from.len == 0 || prefix.len == 0) {
        return STORE_OK;
    }
    enum store_result r = scan(rows, prefix, from, visit_row, &w);
    r = r == STORE_OK ? w.result : r;
    if (r != STORE_OK) {
        store_list_deinit(out);
    }
    return r;
}

enum store_result objects_list(struct backend *rows, const struct store_bucket *b,
                               const struct store_list_query *q, struct store_list *out)
{
    return list_of(rows, ROWKEY_OBJECT, b, q, out);
}

enum store_result uploads_list(struct backend *rows, const struct store_bucket *b,
                               const struct store_list_query *q, struct store_list *out)
{
    return list_of(rows, ROWKEY_UPLOAD, b, q, out);
}

struct walk_in_place {
    struct objects_walk *walk;
    size_t n;
    bool is_over;
    enum store_result result;
};

static enum scan_next walk_row(void *ctx, struct row *row, struct cos_span *seek)
{
    (void)seek;
    struct walk_in_place *w = ctx;
    struct object o;
    if (w->is_over) {
        w->walk->is_truncated = true;
        return SCAN_STOP;
    }
    if (!object_read(row, &o)) {
        w->result = STORE_IO;
        return SCAN_STOP;
    }
    w->n++;
    w->is_over = !w->walk->visit(w->walk->ctx, &o) || w->n == w->walk->max_rows;
    if (w->is_over) {
        w->walk->last = row_ref(row);
    }
    return SCAN_NEXT;
}

enum store_result objects_walk(struct backend *rows, const struct store_bucket *b,
                               struct objects_walk *walk)
{
    const struct store_list_query q = {.prefix = walk->prefix, .marker = walk->marker};
    const struct page_walk at = {.kind = ROWKEY_OBJECT, .bucket_id = b->id, .q = &q};
    struct walk_in_place w = {.walk = walk, .result = STORE_OK};
    struct rowkey_room from_room;
    struct rowkey_room prefix_room;
    struct cos_span from = page_start(&from_room, &at);
    struct cos_span prefix = beginning(&prefix_room, &at, q.prefix);
    walk->last = NULL;
    walk->is_truncated = false;
    if (from.len == 0 || prefix.len == 0) {
        return STORE_OK;
    }
    enum store_result r = scan(rows, prefix, from, walk_row, &w);
    r = r == STORE_OK ? w.result : r;
    if (r != STORE_OK) {
        walk->last = row_unref(walk->last);
    }
    return r;
}

void store_list_deinit(struct store_list *list)
{
    for (size_t i = 0; i < list->n_items; i++) {
        (void)row_unref(list->items[i].row);
    }
    cos_free(list->items);
    *list = (struct store_list){0};
}
