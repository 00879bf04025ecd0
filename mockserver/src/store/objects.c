/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys are written by store/rowkey.h and values by store/rows.h; here is what a bucket makes of
 * them. An upload's row and those of its parts are a family: whoever ends an upload takes all
 * that lies below its key, whatever came meanwhile.
 */
#include "store/objects.h"

#include "cosbase/alloc.h"
#include "store/rowkey.h"
#include "store/rows.h"

#define VALUE_MAX_BYTES ((size_t)64 << 20)
#define OBJECT_HEAD_BYTES 5 /* of its key: the kind, the bucket */

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

static enum store_result result_of(enum backend_result r)
{
    const struct commit c = {.result = r};
    return store_committed(&c);
}

/* --- adding to a batch --- */

static struct rowkey in_bucket(enum rowkey_kind kind, uint32_t id, struct cos_span name)
{
    return (struct rowkey){.kind = kind, .bucket_id = id, .name = name};
}

static void expect(struct batch *batch, enum expectation_kind kind, struct cos_span key,
                   enum store_result tag)
{
    batch_expect(batch, kind, key, COS_SPAN_EMPTY, tag);
}

/* It is there still, and the same one. Once a batch is enough. */
/* One without a row is put by the same batch. */
static void expect_bucket(struct batch *batch, const struct store_bucket *b)
{
    if (b->row == NULL) {
        return;
    }
    struct cos_span key = row_key(b->row);
    if (batch_n_expectations(batch) == 0 ||
        !cos_span_eq(batch_expectation(batch, 0).key, key)) {
        batch_expect(batch, EXPECT_SAME, key, row_value(b->row), STORE_NO_BUCKET);
    }
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
    const struct rowkey key = in_bucket(kind, b->id, name);
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
    expect(batch, EXPECT_ABSENT, rowkey_write(&room, &key), STORE_EXISTS);
    bucket_put_anew(batch, name, b);
}

void bucket_drop(struct batch *batch, const struct store_bucket *b)
{
    static const enum rowkey_kind contents[] = {ROWKEY_OBJECT, ROWKEY_UPLOAD};
    struct rowkey_room room;
    expect_bucket(batch, b);
    for (size_t i = 0; i < COS_ARRAY_LEN(contents); i++) {
        const struct rowkey all = in_bucket(contents[i], b->id, COS_SPAN_EMPTY);
        expect(batch, EXPECT_EMPTY, rowkey_prefix(&room, &all), STORE_NOT_EMPTY);
    }
    const struct rowkey documents = in_bucket(ROWKEY_DOCUMENT, b->id, COS_SPAN_EMPTY);
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
    const struct rowkey key = in_bucket(ROWKEY_DOCUMENT, b->id, name);
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
    [FACET_VERSION] = 'v', [FACET_TAGS] = 't',    [FACET_ACL] = 'a',
    [FACET_OWNER] = 'o',   [FACET_LOCK] = 'l',    [FACET_RESTORE] = 'r',
    [FACET_SSE] = 'e',     [FACET_SYMLINK] = 's', [FACET_APPEND] = 'p',
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

bool object_read(struct row *row, struct object *out)
{
    struct object_row r;
    const struct object_memo *memo = __atomic_load_n(&row->memo, __ATOMIC_ACQUIRE);
    if (memo != NULL) {
        *out = memo->object;
        return true;
    }
    if (!row_read_object(row_value(row), &r) || r.bytes != blob_bytes(row->blob)) {
        return false;
    }
    *out = (struct object){.row = row,
                           .key = cos_span_from(row_key(row), OBJECT_HEAD_BYTES),
                           .etag = r.etag,
                           .bytes = r.bytes,
                           .crc64 = r.crc64,
                           .mtime_unix_ms = r.mtime_unix_ms,
                           .headers = {r.headers},
                           .facets = {r.facets}};
    return true;
}

/* The row of a key, as a reference. @absent: what it means that there is none. */
static enum store_result get(struct backend *rows, struct cos_span key,
                             enum store_result absent, struct row **out)
{
    enum backend_result r = rows->ops->get(rows, key, out);
    return r == BACKEND_ABSENT ? absent : result_of(r);
}

enum store_result objects_get(struct backend *rows, const struct store_bucket *b,
                              struct cos_span key, struct object *out)
{
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    struct rowkey_room room;
    struct row *row = NULL;
    enum store_result r = get(rows, rowkey_object(&room, b->id, key), STORE_NO_KEY, &row);
    if (r == STORE_OK && !object_read(row, out)) {
        (void)row_unref(row);
        return STORE_IO;
    }
    return r;
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

void objects_put(struct batch *batch, const struct store_bucket *b,
                 const struct object_draft *draft, bool forbid_overwrite)
{
    struct rowkey_room room;
    struct cos_span key = rowkey_object(&room, b->id, draft->key);
    struct cos_buf headers;
    write_headers(&headers, draft);
    const struct object_row row = {.bytes = blob_bytes(draft->blob),
                                   .crc64 = draft->crc64,
                                   .mtime_unix_ms = draft->mtime_unix_ms,
                                   .etag = draft->etag,
                                   .sha256 = COS_SPAN_EMPTY,
                                   .headers = cos_buf_view(&headers)};
    expect_bucket(batch, b);
    if (forbid_overwrite) {
        expect(batch, EXPECT_ABSENT, key, STORE_EXISTS);
    }
    if (headers.failed) {
        batch_fail(batch);
    }
    put_object(batch, key, row, &draft->facets, draft->blob);
    cos_buf_deinit(&headers);
}

void objects_expect_unchanged(struct batch *batch, const struct object *o)
{
    batch_expect(batch, EXPECT_SAME, row_key(o->row), row_value(o->row), STORE_CHANGED);
}

/* @headers NULL: as they are. */
static void put_again(struct batch *batch, const struct object *o,
                      const struct facet_values *facets, const struct cos_span *headers)
{
    struct object_row row;
    objects_expect_unchanged(batch, o);
    if (row_read_object(row_value(o->row), &row)) { /* as it was when @o was read */
        row.headers = headers == NULL ? row.headers : *headers;
        put_object(batch, row_key(o->row), row, facets, blob_ref(o->row->blob));
    }
}

void objects_change(struct batch *batch, const struct store_bucket *b, const struct object *o,
                    const struct facet_values *facets)
{
    expect_bucket(batch, b);
    put_again(batch, o, facets, /* headers= */ NULL);
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
    put_again(batch, o, &change->facets, &headers);
    cos_buf_deinit(&pairs);
}

void objects_extend(struct batch *batch, const struct store_bucket *b, const struct object *old,
                    const struct object_draft *draft)
{
    struct rowkey_room room;
    struct cos_span key = rowkey_object(&room, b->id, draft->key);
    expect_bucket(batch, b);
    if (old == NULL) {
        expect(batch, EXPECT_ABSENT, key, STORE_CHANGED);
    } else {
        batch_expect(batch, EXPECT_SAME, key, row_value(old->row), STORE_CHANGED);
    }
    objects_put(batch, b, draft, /* forbid_overwrite= */ false);
}

void objects_delete(struct batch *batch, const struct store_bucket *b, struct cos_span key)
{
    delete_row(batch, b, ROWKEY_OBJECT, key);
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
    expect(batch, EXPECT_ABSENT, key, STORE_EXISTS);
    put(batch, key, &value, /* blob= */ NULL);
}

static void expect_upload(struct batch *batch, const struct upload *u)
{
    expect(batch, EXPECT_PRESENT, row_key(u->row), STORE_NO_UPLOAD);
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

void uploads_complete(struct batch *batch, const struct store_bucket *b,
                      const struct upload_completion *c)
{
    expect_bucket(batch, b);
    expect_upload(batch, c->upload);
    for (size_t i = 0; i < c->n_parts; i++) {
        const struct row *row = c->parts[i]->row;
        batch_expect(batch, EXPECT_SAME, row_key(row), row_value(row), STORE_PART_CHANGED);
    }
    objects_put(batch, b, c->draft, c->forbids_overwrite);
    drop_upload(batch, b, c->upload);
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
    return result_of(rows->ops->scan(rows, from, until, visit, ctx));
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
    const struct rowkey all = in_bucket(kind, b->id, COS_SPAN_EMPTY);
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

/* @items with room for one more. */
static void *grown(void *items, size_t n, size_t *cap, size_t item_bytes)
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
    struct upload_part *items = grown(out->items, out->n, &w->cap, sizeof(*items));
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

/* The part of @key that rolls up into one common prefix: up to and with the first delimiter
 * behind the prefix. len 0: none. */
static struct cos_span common_prefix(struct cos_span key, const struct store_list_query *q)
{
    if (q->delimiter.len == 0 || !cos_span_starts(key, q->prefix)) {
        return COS_SPAN_EMPTY;
    }
    size_t at = cos_span_find(cos_span_from(key, q->prefix.len), q->delimiter);
    return at == SIZE_MAX ? COS_SPAN_EMPTY
                          : cos_span_sub(key, 0, q->prefix.len + at + q->delimiter.len);
}

/* What the keys of all rows begin with whose name begins with @name. */
static struct cos_span beginning(struct rowkey_room *room, const struct page_walk *w,
                                 struct cos_span name)
{
    const struct rowkey key = in_bucket(w->kind, w->bucket_id, name);
    return rowkey_prefix(room, &key);
}

/* The first key behind @key itself. */
static struct cos_span next_key(struct rowkey_room *room, struct cos_span key)
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
    struct cos_span rolled = common_prefix(q->marker, q);
    if (rolled.len > 0 && rolled.len == q->marker.len) {
        return rowkey_behind(room, beginning(room, w, rolled));
    }
    const struct rowkey marker = {.kind = w->kind,
                                  .bucket_id = w->bucket_id,
                                  .name = q->marker,
                                  .upload_id = q->id_marker};
    if (w->kind == ROWKEY_OBJECT || q->id_marker.len > 0) {
        return next_key(room, rowkey_write(room, &marker));
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
    struct store_list_item *items = grown(out->items, out->n_items, &w->cap, sizeof(*items));
    if (items == NULL) {
        return stop(w, STORE_NOMEM);
    }
    out->items = items;
    struct cos_span rolled = common_prefix(name, w->q);
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

void store_list_deinit(struct store_list *list)
{
    for (size_t i = 0; i < list->n_items; i++) {
        (void)row_unref(list->items[i].row);
    }
    cos_free(list->items);
    *list = (struct store_list){0};
}
