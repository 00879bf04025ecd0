/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world file makes a tenant, once; a tenant that is kept goes on from where it was, whatever
 * the file says by then. Whoever gives the file again, changed or not, is told what is not as
 * it says, a sentence each. What the tenant has beyond the file is its own business, and what
 * the secrets are is nobody's.
 */
#include "world/differences.h"

#include "world/rows.h"

#include <stdarg.h>

static void say(const struct differences *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct differences *d, const char *fmt, ...)
{
    if (d->warner == NULL || d->warner->say == NULL) {
        return;
    }
    char what[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    char text[1024];
    if (d->are_applied) {
        (void)snprintf(text, sizeof(text), "%s: %s", d->origin, what);
    } else {
        (void)snprintf(text, sizeof(text),
                       "%s is not applied to tenant '%s', which was made before: %s", d->origin,
                       d->t->name, what);
    }
    d->warner->say(d->warner->ctx, text);
}

#define ABSENT "is in the file and not in the tenant"

static void user_differs(const struct differences *d, const struct row *in_file,
                         const struct row *kept)
{
    struct user_row file;
    struct user_row here = {0};
    if (!user_row_read(in_file, &file)) {
        return;
    }
    const char *kind = file.trust.len > 0                      ? "role"
                       : cos_span_eq(file.uin, file.owner_uin) ? "account"
                                                               : "user";
    if (kept == NULL || !user_row_read(kept, &here)) {
        say(d, "%s " COS_SPAN_FMT " " ABSENT, kind, COS_SPAN_ARG(file.uin));
        return;
    }
    const struct {
        const char *what;
        struct cos_span file, here;
    } texts[] = {
        {"appid", file.appid, here.appid},
        {"account", file.owner_uin, here.owner_uin},
        {"name", file.name, here.name},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        if (!cos_span_eq(texts[i].file, texts[i].here)) {
            say(d,
                "the %s of %s " COS_SPAN_FMT " is '" COS_SPAN_FMT
                "' in the file and '" COS_SPAN_FMT "' in the tenant",
                texts[i].what, kind, COS_SPAN_ARG(file.uin), COS_SPAN_ARG(texts[i].file),
                COS_SPAN_ARG(texts[i].here));
        }
    }
    if (!cos_span_eq(file.trust, here.trust) || file.session_max_s != here.session_max_s) {
        say(d, "whom %s " COS_SPAN_FMT " trusts, and for how long, is otherwise in the tenant",
            kind, COS_SPAN_ARG(file.uin));
    }
    if (!cos_span_eq(file.providers, here.providers)) {
        say(d, "the identity providers of %s " COS_SPAN_FMT " are others in the tenant", kind,
            COS_SPAN_ARG(file.uin));
    }
    if (!cos_span_eq(file.mfa_seed, here.mfa_seed)) {
        say(d, "%s " COS_SPAN_FMT " has another MFA device in the tenant", kind,
            COS_SPAN_ARG(file.uin));
    }
    if (!cos_span_eq(file.policies, here.policies)) {
        say(d, "the policies of %s " COS_SPAN_FMT " are others in the tenant", kind,
            COS_SPAN_ARG(file.uin));
    }
    if (!cos_span_eq(file.boundary, here.boundary)) {
        say(d, "%s " COS_SPAN_FMT " has another permission boundary in the tenant", kind,
            COS_SPAN_ARG(file.uin));
    }
}

static void key_differs(const struct differences *d, const struct row *in_file,
                        const struct row *kept)
{
    struct key_row file;
    struct key_row here;
    if (!key_row_read(in_file, &file)) {
        return;
    }
    if (kept == NULL || !key_row_read(kept, &here)) {
        say(d, "key " COS_SPAN_FMT " of uin " COS_SPAN_FMT " " ABSENT,
            COS_SPAN_ARG(file.secret_id), COS_SPAN_ARG(file.uin));
        return;
    }
    if (!cos_span_eq(file.uin, here.uin)) {
        say(d,
            "key " COS_SPAN_FMT " is of uin " COS_SPAN_FMT " in the file and of " COS_SPAN_FMT
            " in the tenant",
            COS_SPAN_ARG(file.secret_id), COS_SPAN_ARG(file.uin), COS_SPAN_ARG(here.uin));
    }
    if (file.secret_key.len > 0 && !cos_span_eq(file.secret_key, here.secret_key)) {
        say(d, "key " COS_SPAN_FMT " has another secret_key in the tenant",
            COS_SPAN_ARG(file.secret_id));
    }
    if (here.is_revoked) {
        say(d, "key " COS_SPAN_FMT " is revoked in the tenant", COS_SPAN_ARG(file.secret_id));
    }
}

static void switch_differs(const struct differences *d, const struct row *in_file,
                           const struct row *kept)
{
    struct set_switch file;
    if (!switch_row_read(in_file, &file)) {
        return;
    }
    char name[64];
    (void)snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(file.name));
    const char *here = cosmock_switch_get(d->t, name);
    if (here == NULL || !cos_span_eq_str(file.value, here)) {
        say(d, "switch '%s' is '" COS_SPAN_FMT "' in the file and '%s' in the tenant", name,
            COS_SPAN_ARG(file.value), here == NULL ? "" : here);
    }
}

static void mark_differs(const struct differences *d, const struct row *in_file,
                         const struct row *kept)
{
    if (cos_span_eq_str(cos_span_from(row_key(in_file), 1), MARK_SUFFIXES) &&
        (kept == NULL || !cos_span_eq(row_value(in_file), row_value(kept)))) {
        say(d, "the suffixes are others in the tenant");
    }
}

static void row_differs(const struct differences *d, const struct row *in_file)
{
    struct row *kept = NULL;
    enum backend_result r = d->t->rows->ops->get(d->t->rows, row_key(in_file), &kept);
    if (r != BACKEND_OK && r != BACKEND_ABSENT) {
        say(d, "a row of it cannot be read");
        return;
    }
    switch (in_file->bytes[0]) {
    case ROWKEY_ACCOUNT:
        user_differs(d, in_file, kept);
        break;
    case ROWKEY_ACCESS_KEY:
        key_differs(d, in_file, kept);
        break;
    case ROWKEY_SWITCH:
        switch_differs(d, in_file, kept);
        break;
    case ROWKEY_META:
        mark_differs(d, in_file, kept);
        break;
    default:
        break;
    }
    row_unref(kept);
}

void differences_of_rows(const struct differences *d, const struct batch *batch)
{
    for (size_t i = 0; i < batch_size(batch); i++) {
        row_differs(d, batch_change(batch, i).row);
    }
}

void differences_of_bucket(const struct differences *d, const struct bucket_said *b)
{
    struct bucket_view here = world_bucket_view(d->t, cos_span_of(b->name));
    if (here.bucket == NULL) {
        say(d, "bucket %s " ABSENT, b->name);
        return;
    }
    if (strcmp(here.bucket->region, b->region) != 0) {
        say(d, "the region of bucket %s is '%s' in the file and '%s' in the tenant", b->name,
            b->region, here.bucket->region);
    }
    struct user *owner = world_user_find(d->t, b->owner_uin);
    if (owner == NULL || strcmp(here.bucket->owner_uin, owner->owner_uin) != 0) {
        say(d, "the owner of bucket %s is %s in the file and %s in the tenant", b->name,
            b->owner_uin, here.bucket->owner_uin);
    }
    user_unref(owner);
    struct cos_span file = b->policy == NULL ? COS_SPAN_EMPTY : cam_policy_text(b->policy);
    struct cos_span text = bucket_document(&here, BUCKET_POLICY);
    if (!cos_span_eq(file, text)) {
        say(d, "the policy of bucket %s is another in the tenant", b->name);
    }
    if (!cos_span_eq(b->acl, bucket_document(&here, BUCKET_ACL))) {
        say(d, "the acl of bucket %s is another in the tenant", b->name);
    }
    bucket_view_release(&here);
}

void differences_of_document(const struct differences *d, const char *bucket,
                             enum bucket_document which, struct cos_span text)
{
    struct bucket_view here = world_bucket_view(d->t, cos_span_of(bucket));
    if (here.bucket != NULL && !cos_span_eq(text, bucket_document(&here, which))) {
        say(d, "the %s of bucket %s is another in the tenant", bucket_document_name(which),
            bucket);
    }
    bucket_view_release(&here);
}

void differences_of_object(const struct differences *d, const char *bucket,
                           const struct object_said *o)
{
    struct object here;
    struct bucket_view at = world_bucket_view(d->t, cos_span_of(bucket));
    if (at.bucket == NULL) {
        return; /* that was said */
    }
    const struct store_bucket b = bucket_stored(&at);
    enum store_result r = objects_get(d->t->rows, &b, o->key, &here);
    if (r != STORE_OK) {
        say(d, "the object '" COS_SPAN_FMT "' of bucket %s " ABSENT,
            COS_SPAN_ARG(cos_span_sub(o->key, 0, 80)), bucket);
    } else if (!cos_span_eq(o->etag, here.etag) ||
               !cos_span_eq(o->acl, object_facet(&here, FACET_ACL)) ||
               !cos_span_eq(o->tags, object_facet(&here, FACET_TAGS))) {
        say(d, "the object '" COS_SPAN_FMT "' of bucket %s is another in the tenant",
            COS_SPAN_ARG(cos_span_sub(o->key, 0, 80)), bucket);
    }
    (void)row_unref(r == STORE_OK ? here.row : NULL);
    bucket_view_release(&at);
}
