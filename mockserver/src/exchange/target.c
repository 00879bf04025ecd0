/* SPDX-License-Identifier: Apache-2.0 */
/* What a request names, as references: an overwrite or a deletion meanwhile takes nothing of it
 * away. */
#include "exchange/exchange.h"

#define LINKS_MAX 8

void target_find_object(struct cosmock_exchange *x, const struct bucket_view *at,
                        struct cos_span key, struct found_object *out)
{
    out->why = at->bucket == NULL
                   ? STORE_NO_BUCKET
                   : objects_get(x->tenant->rows, &at->bucket->stored, key, &out->object);
}

/* --- links --- */

/* One step. */
static void go_on(struct cosmock_exchange *x, const struct bucket_view *at,
                  struct found_object *found, struct cos_span to)
{
    struct object here = found->object;
    found->points_to = cos_arena_span(&x->arena, to);
    found->object = (struct object){.row = NULL};
    target_find_object(x, at, found->points_to, found);
    if (found->link.row == NULL) {
        found->link = here;
    } else {
        (void)row_unref(here.row);
    }
}

/* ptr NULL: it is no link. */
static struct cos_span link_of(const struct found_object *found)
{
    return found->object.row == NULL ? (struct cos_span){NULL, 0}
                                     : object_facet(&found->object, FACET_SYMLINK);
}

/* What a link points to when that is a link: no page says (switch symlink-chain). One that
 * leads too far, or in a circle, leads nowhere. */
void target_follow_link(struct cosmock_exchange *x, const struct bucket_view *at,
                        struct found_object *found)
{
    struct cos_span to = link_of(found);
    for (unsigned n = 0; to.ptr != NULL; n++) {
        if (n == (SWITCH_IS(x->tenant, SYMLINK_CHAIN, FOLLOW) ? LINKS_MAX : 1)) {
            found->object.row = row_unref(found->object.row);
            found->why = STORE_NO_KEY;
            return;
        }
        go_on(x, at, found, to);
        to = link_of(found);
    }
}

void target_release(struct target *t)
{
    (void)row_unref(t->object.object.row);
    (void)row_unref(t->object.link.row);
    (void)row_unref(t->source.object.link.row);
    (void)row_unref(t->source.object.object.row);
    bucket_view_release(&t->at);
    bucket_view_release(&t->source.at);
}
