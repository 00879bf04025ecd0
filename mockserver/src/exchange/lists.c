/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of lists (cos-operations-1.md s.3.4, Danon:21): the object's own, that of the
 * object "dir/" of each folder above it, the nearest first, the bucket's. The first that says
 * something of its own decides, and those behind it are not asked. What a write needs stands in
 * the bucket's. On a domain that the bucket was given its own list is the only one (console
 * guide, access permissions of objects).
 */
#include "exchange/lists.h"

bool lists_of_bucket(const struct bucket_view *at, struct acl *out)
{
    struct cos_span text = bucket_document(at, BUCKET_ACL);
    *out = (struct acl){ACL_PRIVATE, COS_SPAN_EMPTY};
    return text.ptr == NULL || acl_read(text, ACL_OF_BUCKET, out);
}

bool lists_of_object(const struct object *o, struct acl *out)
{
    struct cos_span text = object_facet(o, FACET_ACL);
    *out = (struct acl){ACL_DEFAULT, COS_SPAN_EMPTY};
    return text.ptr == NULL || acl_read(text, ACL_OF_OBJECT, out);
}

struct acl_owners lists_owners(struct cosmock_tenant *t, const struct bucket *b,
                               const struct object *o)
{
    struct cos_span writer =
        o == NULL ? (struct cos_span){NULL, 0} : object_facet(o, FACET_OWNER);
    struct cos_span owner = cos_span_of(b->owner_uin);
    return (struct acl_owners){.resource_uin = writer.ptr == NULL ? owner : writer,
                               .bucket_uin = owner,
                               .public_write_is_full =
                                   SWITCH_IS(t, PUBLIC_READ_WRITE, FULL_CONTROL)};
}

/* What is found outlives the rows it was read from. */
static void copy(const struct lists *l, struct acl_list *out)
{
    out->acl.grants = cos_arena_span(l->arena, out->acl.grants);
    out->owners.resource_uin = cos_arena_span(l->arena, out->owners.resource_uin);
}

static void name(const struct lists *l, struct cos_span key, struct acl_list *out)
{
    const char *slash = key.len == 0 ? "" : "/";
    out->of = cos_arena_printf(l->arena, "%s%s" COS_SPAN_FMT, l->at->bucket->name, slash,
                               COS_SPAN_ARG(key));
}

/* False: it says nothing of its own, or cannot be read. */
static bool take_object(const struct lists *l, const struct object *o, enum cam_layer layer,
                        struct acl_list *out)
{
    if (o->row == NULL || !lists_of_object(o, &out->acl) || acl_inherits(&out->acl)) {
        return false;
    }
    out->owners = lists_owners(l->tenant, l->at->bucket, o);
    out->layer = layer;
    name(l, o->key, out);
    copy(l, out);
    return !l->arena->failed;
}

/* Whose an object is counts although it inherits. */
static void take_owner(const struct lists *l, const struct object *o, struct acl_list *out)
{
    if (o != NULL && o->row != NULL) {
        out->owners = lists_owners(l->tenant, l->at->bucket, o);
        copy(l, out);
    }
}

static bool find_object(const struct lists *l, struct cos_span key, struct object *out)
{
    *out = (struct object){.row = NULL};
    return objects_get(l->tenant->rows, &l->at->bucket->stored, key, out) == STORE_OK;
}

/* "a/b/" of "a/b/c" and of "a/b/c/"; empty: there is none above. */
static struct cos_span folder_of(struct cos_span key)
{
    size_t slash =
        key.len == 0 ? SIZE_MAX : cos_span_rchr(cos_span_sub(key, 0, key.len - 1), '/');
    return slash == SIZE_MAX ? COS_SPAN_EMPTY : cos_span_sub(key, 0, slash + 1);
}

static bool find_folder(const struct lists *l, struct acl_list *out)
{
    bool is_found = false;
    for (struct cos_span dir = folder_of(l->key); dir.len > 0 && !is_found;
         dir = folder_of(dir)) {
        struct object o;
        is_found = find_object(l, dir, &o) && take_object(l, &o, CAM_LAYER_FOLDER_ACL, out);
        (void)row_unref(o.row);
    }
    return is_found;
}

static bool find_bucket(const struct lists *l, struct acl_list *out)
{
    if (!lists_of_bucket(l->at, &out->acl)) {
        return false;
    }
    out->owners = lists_owners(l->tenant, l->at->bucket, /* o= */ NULL);
    out->layer = CAM_LAYER_BUCKET_ACL;
    name(l, COS_SPAN_EMPTY, out);
    copy(l, out);
    return !l->arena->failed;
}

static bool find_for_object(const struct lists *l, const struct object *o, struct acl_list *out)
{
    if (!l->is_bucket_alone && take_object(l, o, CAM_LAYER_OBJECT_ACL, out)) {
        return true;
    }
    bool is_found = (!l->is_bucket_alone && find_folder(l, out)) || find_bucket(l, out);
    take_owner(l, o, out);
    return is_found && !l->arena->failed;
}

bool lists_find(void *ctx, const struct acl_need *need, struct acl_list *out)
{
    const struct lists *l = ctx;
    if (l->at->bucket == NULL) {
        return false;
    }
    if (need->place == ACL_OF_BUCKET) {
        return find_bucket(l, out);
    }
    if (l->object != NULL) {
        return find_for_object(l, l->object, out);
    }
    struct object o;
    (void)find_object(l, l->key, &o); /* what is not there inherits */
    bool is_found = find_for_object(l, &o, out);
    (void)row_unref(o.row);
    return is_found;
}
