/* SPDX-License-Identifier: Apache-2.0 */
/* What a request names, as references: an overwrite or a deletion meanwhile takes nothing of it
 * away. */
#include "exchange/exchange.h"

#define LINKS_MAX 8

/* A marker is no object, whoever names it: GET Object, versionId of a marker, is 404
 * (cos-operations-1.md s.1). */
void target_find_object(struct cosmock_exchange *x, const struct bucket_view *at,
                        struct cos_span key, struct version_name version,
                        struct found_object *out)
{
    if (at->bucket == NULL) {
        out->why = STORE_NO_BUCKET;
        return;
    }
    out->why = versions_get(x->tenant->rows, &at->bucket->stored, key, version, &out->object);
    if (out->why == STORE_OK && out->object.version.is_marker) {
        out->object.row = row_unref(out->object.row);
        out->why = STORE_NO_KEY;
        out->is_marker = true;
    }
}

struct version_name target_version(const struct cosmock_exchange *x)
{
    for (size_t i = 0; i < x->parts.n_params; i++) {
        if (cos_span_eq_nocase(x->parts.params[i].name, COS_SPAN_LIT("versionId"))) {
            return version_name_read(x->parts.params[i].value);
        }
    }
    return (struct version_name){.kind = VERSION_LATEST};
}

/* --- links --- */

/* One step. */
static void go_on(struct cosmock_exchange *x, const struct bucket_view *at,
                  struct found_object *found, struct cos_span to)
{
    static const struct version_name latest = {.kind = VERSION_LATEST};
    struct object here = found->object;
    found->points_to = cos_arena_span(&x->arena, to);
    found->object = (struct object){.row = NULL};
    target_find_object(x, at, found->points_to, latest, found);
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

void target_find(struct cosmock_exchange *x)
{
    struct found_object *found = &x->target.object;
    if (!x->route.op->reads_object) {
        return;
    }
    (void)row_unref(found->object.row);
    (void)row_unref(found->link.row);
    *found = (struct found_object){.why = STORE_OK};
    target_find_object(x, &x->target.at, x->route.key, x->target.version, found);
    if (x->route.op->follows_link) {
        target_follow_link(x, &x->target.at, found);
    }
}

bool target_find_again(struct cosmock_exchange *x)
{
    struct target *t = &x->target;
    struct bucket_view now = world_bucket_view(x->tenant, x->route.bucket);
    if (now.bucket == NULL || now.bucket != t->at.bucket) {
        bucket_view_release(&now);
        return false;
    }
    bucket_view_release(&t->at);
    t->at = now;
    target_find(x);
    return true;
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
