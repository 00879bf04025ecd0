/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets and what is kept for them: a row each, and a row for each document. */
#include "store/objects.h"

#include "store/objects_inside.h"
#include "store/rows.h"

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
    cos_buf_init(&value, OBJECTS_VALUE_MAX_BYTES);
    row_write_bucket(&value, &(struct bucket_row){.id = b->id,
                                                  .region = b->region,
                                                  .owner_uin = b->owner_uin,
                                                  .appid = b->appid,
                                                  .created_unix_ms = b->created_unix_ms});
    objects_put_row(batch, key, &value, /* blob= */ NULL);
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
    objects_expect_same_bucket(batch, b);
    for (size_t i = 0; i < COS_ARRAY_LEN(contents); i++) {
        const struct rowkey all = objects_rowkey(contents[i], b->id, COS_SPAN_EMPTY);
        objects_expect(batch, EXPECT_EMPTY, rowkey_prefix(&room, &all), STORE_NOT_EMPTY);
    }
    const struct rowkey documents = objects_rowkey(ROWKEY_DOCUMENT, b->id, COS_SPAN_EMPTY);
    batch_delete(batch, row_key(b->row));
    batch_delete_all(batch, rowkey_prefix(&room, &documents));
}

/* --- documents --- */

static void delete_row(struct batch *batch, const struct store_bucket *b, enum rowkey_kind kind,
                       struct cos_span name)
{
    struct rowkey_room room;
    const struct rowkey key = objects_rowkey(kind, b->id, name);
    objects_expect_same_bucket(batch, b);
    batch_delete(batch, rowkey_write(&room, &key));
}

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
    cos_buf_init(&value, OBJECTS_VALUE_MAX_BYTES);
    row_write_document(&value, &(struct document_row){text});
    objects_expect_same_bucket(batch, b);
    objects_put_row(batch, rowkey_write(&room, &key), &value, /* blob= */ NULL);
}

void document_delete(struct batch *batch, const struct store_bucket *b, struct cos_span name)
{
    delete_row(batch, b, ROWKEY_DOCUMENT, name);
}
