/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets in a world file: a configuration is the text that is kept, as PUT made it. */
#include "world/worldexport_inside.h"

#include "cosbase/alloc.h"
#include "cosbase/xml.h"

/* As a mapping: the file has tags in words. */
static void write_tags(struct exporter *e, struct cos_span text)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *root = NULL;
    struct cos_text_error ignored;
    if (cos_xml_parse(&root, text, /* limits= */ NULL, &ignored) < 0) {
        e->r = BACKEND_IO;
        return;
    }
    yaml_down(&e->y, "tags");
    for (const struct cos_xml *tag = cos_xml_first(cos_xml_get(root, "TagSet")); tag != NULL;
         tag = cos_xml_next(tag)) {
        yaml_key(&e->y, cos_xml_child_text(tag, "Key"));
        cos_buf_ch(e->y.to, ' ');
        yaml_scalar(e->y.to, cos_span_of(cos_xml_child_text(tag, "Value")));
        cos_buf_ch(e->y.to, '\n');
    }
    yaml_up(&e->y);
}

static void write_versioning(struct exporter *e, struct cos_span text)
{
    bool is_enabled = cos_span_eq(text, world_versioning_text(VERSIONING_ENABLED));
    yaml_text(&e->y, "versioning",
              is_enabled ? COS_SPAN_LIT("Enabled") : COS_SPAN_LIT("Suspended"));
}

static void write_document(struct exporter *e, const char *bucket, enum bucket_document which,
                           struct cos_span text)
{
    switch (which) {
    case BUCKET_VERSIONING:
        write_versioning(e, text);
        break;
    case BUCKET_TAGGING:
        write_tags(e, text);
        break;
    case BUCKET_AZ:
        export_say(e, "that bucket %s is in several zones is not in the file", bucket);
        break;
    default:
        yaml_text(&e->y, bucket_document_name(which), text);
        break;
    }
}

static void write_bucket(struct exporter *e, const char *name)
{
    struct bucket_view at = world_bucket_view(e->t, cos_span_of(name));
    if (at.bucket != NULL) {
        yaml_item(&e->y);
        yaml_text(&e->y, "name", cos_span_of(name));
        yaml_text(&e->y, "region", cos_span_of(at.bucket->region));
        yaml_text(&e->y, "owner", cos_span_of(at.bucket->owner_uin));
        for (size_t i = 0; i < BUCKET_DOCUMENTS; i++) {
            struct cos_span text = bucket_document(&at, (enum bucket_document)i);
            if (text.len > 0) {
                write_document(e, name, (enum bucket_document)i, text);
            }
        }
        int64_t n = cosmock_object_count(e->t, name);
        if (n > 0) {
            export_say(e, "%lld objects of bucket %s are not in the file: a snapshot has them",
                       (long long)n, name);
        }
    }
    bucket_view_release(&at);
}

void export_buckets(struct exporter *e)
{
    size_t n = world_bucket_count(e->t);
    struct bucket **all = n == 0 ? NULL : cos_calloc(n, sizeof(struct bucket *));
    if (n > 0 && all == NULL) {
        e->r = BACKEND_NOMEM;
        return;
    }
    n = n == 0 ? 0 : world_buckets_of(e->t, /* owner_uin= */ NULL, all, n);
    if (n > 0) {
        yaml_list(&e->y, "buckets");
        for (size_t i = 0; i < n; i++) {
            write_bucket(e, all[i]->name);
            bucket_unref(all[i]);
        }
        yaml_list_end(&e->y);
    }
    cos_free(all);
}
