/* SPDX-License-Identifier: Apache-2.0 */
/* What a request names, as references: an overwrite or a deletion meanwhile takes nothing of it
 * away. */
#include "exchange/exchange.h"

void target_find_object(struct cosmock_exchange *x, const struct bucket_view *at,
                        struct cos_span key, struct found_object *out)
{
    struct store *store = x->tenant->store;
    out->why = at->bucket == NULL
                   ? STORE_NO_BUCKET
                   : store->ops->get(store, at->bucket->stored, key, &out->object);
}

void target_release(struct target *t)
{
    (void)object_unref(t->object.object);
    (void)object_unref(t->source.object.object);
    bucket_view_release(&t->at);
    bucket_view_release(&t->source.at);
}
