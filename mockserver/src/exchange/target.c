/* SPDX-License-Identifier: Apache-2.0 */
/* What a request names, as references: an overwrite or a deletion meanwhile takes nothing of it
 * away. */
#include "exchange/exchange.h"

void target_find_object(struct cosmock_exchange *x, const struct bucket_view *at,
                        struct cos_span key, struct found_object *out)
{
    out->why = at->bucket == NULL
                   ? STORE_NO_BUCKET
                   : objects_get(x->tenant->rows, &at->bucket->stored, key, &out->object);
}

void target_release(struct target *t)
{
    (void)row_unref(t->object.object.row);
    (void)row_unref(t->source.object.object.row);
    bucket_view_release(&t->at);
    bucket_view_release(&t->source.at);
}
