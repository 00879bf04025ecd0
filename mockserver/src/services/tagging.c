/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tags of objects (cos-operations-1.md s.5.2): PUT replaces them all, GET of an object that
 * has none is an empty set, as Java expects, and DELETE leaves none. They are a facet, so the
 * object keeps its time and its ETag. A set that is empty is none.
 */
#include "services/handlers.h"

#include "services/documents.h"
#include "services/retention.h"
#include "services/service.h"
#include "services/tags.h"

#define NO_TAGS COS_SPAN_LIT("<Tagging><TagSet></TagSet></Tagging>")

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    return tags_check(xml, TAGS_MAX_OF_OBJECT, out);
}

static const struct document_form form = {.root = &tags_root, .rules = rules};

/* @tags ptr NULL: none from now on. */
static int change(struct cosmock_exchange *x, const struct object *o, struct cos_span tags,
                  int status)
{
    if (retention_holds(o, x->now.modification_unix_ms)) {
        return service_refuse(x, "ObjectLocked");
    }
    struct facet_values facets = facets_values(o->facets);
    facets.of[FACET_TAGS] = tags;
    struct batch *batch = batch_new();
    if (batch != NULL) {
        objects_change(batch, &x->target.at.bucket->stored, o, &facets);
    }
    x->result.status = status;
    return service_commit(x, batch);
}

int op_get_object_tagging(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    if (o == NULL) {
        return service_stop(x);
    }
    struct cos_span tags = object_facet(o, FACET_TAGS);
    return document_answer(x, tags.ptr == NULL ? NO_TAGS : tags);
}

int op_put_object_tagging(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    if (o == NULL) {
        return service_stop(x);
    }
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = document_body(x, &form);
    if (xml == NULL) {
        return service_stop(x);
    }
    struct cos_span text = document_text(x, &tags_root, xml);
    if (text.ptr == NULL) {
        return -1;
    }
    bool has_any = tags_count(text) > 0;
    return change(x, o, has_any ? text : (struct cos_span){NULL, 0}, 200);
}

int op_delete_object_tagging(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    return o == NULL ? service_stop(x) : change(x, o, (struct cos_span){NULL, 0}, 204);
}
