/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An upload's row and those of its parts are a family: whoever ends an upload takes all that
 * lies below its key, whatever came meanwhile.
 */
#include "store/objects.h"

#include "cosbase/alloc.h"
#include "store/objects_inside.h"
#include "store/rows.h"

/* --- uploads --- */

/* No key with a 00 is ever written to, so the names of an upload lie in its row as they are. */
bool uploads_key_read(const struct row *row, struct rowkey *out)
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
    if (!uploads_key_read(row, &key) || !row_read_upload(row_value(row), &r)) {
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
    enum store_result r =
        objects_fetch(rows, rowkey_write(&room, &wanted), STORE_NO_UPLOAD, &row);
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
    objects_write_headers(&headers, draft);
    objects_write_facets(&facets, &draft->facets);
    struct cos_buf value;
    cos_buf_init(&value, OBJECTS_VALUE_MAX_BYTES);
    row_write_upload(&value, &(struct upload_row){.initiated_unix_ms = draft->mtime_unix_ms,
                                                  .headers = cos_buf_view(&headers),
                                                  .facets = cos_buf_view(&facets)});
    value.failed = value.failed || headers.failed || facets.failed;
    cos_buf_deinit(&headers);
    cos_buf_deinit(&facets);
    objects_expect_same_bucket(batch, b);
    objects_expect(batch, EXPECT_ABSENT, key, STORE_EXISTS);
    objects_put_row(batch, key, &value, /* blob= */ NULL);
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
    cos_buf_init(&value, OBJECTS_VALUE_MAX_BYTES);
    row_write_part(&value, &(struct part_row){.bytes = blob_bytes(part->blob),
                                              .crc64 = part->crc64,
                                              .mtime_unix_ms = part->mtime_unix_ms,
                                              .etag = part->etag});
    objects_expect_same_bucket(batch, b);
    expect_upload(batch, u);
    objects_put_row(batch, rowkey_write(&room, &key), &value, part->blob);
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
    objects_expect_same_bucket(batch, b);
    expect_upload(batch, u);
    drop_upload(batch, b, u);
}

/* --- the parts of an upload --- */

struct parts_walk {
    struct upload_parts *out;
    size_t max, cap;
    enum store_result result;
};

static bool part_read(struct row *row, struct upload_part *out)
{
    struct rowkey key;
    struct part_row r;
    if (!uploads_key_read(row, &key) || !row_read_part(row_value(row), &r) ||
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
    enum store_result r = objects_scan(rows, rowkey_below(&prefix_room, &first),
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
