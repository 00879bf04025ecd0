/* SPDX-License-Identifier: Apache-2.0 */
/* One bucket, whose number is 7, and objects in it. */
#include "kept_rows.h"

#include "cosbase/buf.h"
#include "store/rowkey.h"
#include "store/rows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BUCKET_ID 7

static void put(struct backend *b, const struct rowkey *key, struct cos_buf *value,
                struct blob *blob)
{
    struct rowkey_room room;
    struct commit c = {0};
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_put(batch, rowkey_write(&room, key), cos_buf_view(value), blob);
    assert_int_equal(backend_commit(b, batch, &c), BACKEND_OK);
    cos_buf_deinit(value);
}

void put_kept_object(struct backend *b, const struct kept_object *o)
{
    struct cos_buf value;
    struct blob_writer *w = b->ops->blob_writer(b, strlen(o->text));
    assert_non_null(w);
    assert_int_equal(blob_writer_add(w, o->text, strlen(o->text)), 0);
    cos_buf_init(&value, 1u << 16);
    row_write_object(&value, &(struct object_row){.bytes = o->bytes,
                                                  .crc64 = o->crc64,
                                                  .etag = COS_SPAN_LIT("e"),
                                                  .sha256 = COS_SPAN_EMPTY,
                                                  .headers = COS_SPAN_EMPTY});
    put(b,
        &(struct rowkey){.kind = ROWKEY_OBJECT,
                         .bucket_id = BUCKET_ID,
                         .name = cos_span_of(o->key)},
        &value, blob_writer_done(w));
}

void put_kept_bucket(struct backend *b, const char *name)
{
    struct cos_buf value;
    cos_buf_init(&value, 1u << 16);
    row_write_bucket(&value, &(struct bucket_row){.id = BUCKET_ID,
                                                  .region = COS_SPAN_LIT("ap-guangzhou"),
                                                  .owner_uin = COS_SPAN_LIT("100000000001"),
                                                  .appid = COS_SPAN_LIT("1250000000")});
    put(b, &(struct rowkey){.kind = ROWKEY_BUCKET, .name = cos_span_of(name)}, &value,
        /* blob= */ NULL);
}
