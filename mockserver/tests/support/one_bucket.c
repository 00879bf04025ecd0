/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket is put as any other; its row is read back, because writes into it expect that. */
#include "one_bucket.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void one_bucket_open(struct one_bucket *b)
{
    const struct bucket_facts facts = {.id = 5,
                                       .region = COS_SPAN_LIT("ap-guangzhou"),
                                       .owner_uin = COS_SPAN_LIT("100000000001"),
                                       .appid = COS_SPAN_LIT("1250000000"),
                                       .created_unix_ms = 77};
    b->rows = b->kind->open();
    struct batch *batch = batch_new();
    bucket_put(batch, COS_SPAN_LIT("bucket-1250000000"), &facts);
    assert_int_equal(one_bucket_commit(b, batch), STORE_OK);
    assert_int_equal(b->rows->ops->get(b->rows, COS_SPAN_LIT("bbucket-1250000000"),
                                       &b->bucket.row),
                     BACKEND_OK);
    b->bucket.id = facts.id;
}

void one_bucket_close(struct one_bucket *b)
{
    b->bucket.row = row_unref(b->bucket.row);
    b->kind->close(b->rows);
}

enum store_result one_bucket_commit(struct one_bucket *b, struct batch *batch)
{
    struct commit c = {0};
    assert_non_null(batch);
    (void)backend_commit(b->rows, batch, &c);
    return store_committed(&c);
}

void one_bucket_put_row(struct one_bucket *b, struct cos_span key, struct cos_span value,
                        struct blob *blob)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_put(batch, key, value, blob);
    assert_int_equal(one_bucket_commit(b, batch), STORE_OK);
}
