/* SPDX-License-Identifier: Apache-2.0 */
/* A backend with one bucket in it, number 5, for the tests of what buckets hold. */
#ifndef MOCK_TESTS_ONE_BUCKET_H
#define MOCK_TESTS_ONE_BUCKET_H

#include "backends.h"

#include "store/objects.h"

struct one_bucket {
    const struct backend_kind *kind;
    struct backend *rows;
    struct store_bucket bucket;
};
/** @kind is set. */
void one_bucket_open(struct one_bucket *b);
void one_bucket_close(struct one_bucket *b);
enum store_result one_bucket_commit(struct one_bucket *b, struct batch *batch);
/** A row as it stands, whatever it is. */
void one_bucket_put_row(struct one_bucket *b, struct cos_span key, struct cos_span value,
                        struct blob *blob);

#endif
