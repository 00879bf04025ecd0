/* SPDX-License-Identifier: Apache-2.0 */
/* The buckets of a world file. A name is claimed when everything else has been read, for it is
 * unique over the whole mock. */
#include "world/worldfile_inside.h"

#include "cam/acl.h"
#include "world/mock.h"
#include "world/readers.h"

#define NAME_BYTES 80
#define NAMES_TRIED 1000 /* of a built-in bucket */

static const struct text_key
    text_owner = {"owner", true, 20, WORLDFILE_DIGITS, "digits"},
    text_bucket = {"name", false, 63, WORLDFILE_LOWER WORLDFILE_DIGITS "-",
                   "lower-case letters, digits or '-' (<name>-<appid>)"},
    text_region = {"region", false, 39, WORLDFILE_LOWER WORLDFILE_DIGITS "-",
                   "lower-case letters, digits or '-'"};

static int owner_of(const struct loader *l, const struct cos_yaml *n, struct user_row **out)
{
    const char *uin;
    int r = worldfile_text(l, n, &text_owner, &uin);
    if (r < 0) {
        return r;
    }
    struct user_row *owner =
        uin != NULL ? map_get(&l->draft->users, cos_span_of(uin)) : l->draft->first_user;
    if (owner != NULL && owner->trust.len > 0) {
        (void)worldfile_bad(l, cos_yaml_get(n, "owner"),
                            "%s is a role; a bucket belongs to an account", uin);
        return COSMOCK_E_INVALID;
    }
    if (owner == NULL) {
        (void)(uin != NULL
                   ? worldfile_bad(l, cos_yaml_get(n, "owner"), "no account with uin %s", uin)
                   : worldfile_bad(l, n, "a bucket needs an account to own it"));
        return COSMOCK_E_INVALID;
    }
    *out = owner;
    return 0;
}

static int bucket_taken(const struct loader *l, const struct cos_yaml *name, bool is_mine)
{
    char what[200];
    (void)snprintf(what, sizeof(what),
                   "bucket name '%s' is taken; bucket names are unique over all tenants of a "
                   "mock",
                   cos_yaml_str(name));
    return worldfile_taken(l, name, is_mine, what);
}

/* The @nth name of the built-in world's bucket, from 0: as it stands there, with the number of
 * its tenant, and with one more number for as long as others have those. */
static void nth_name(const struct cosmock_tenant *t, struct cos_span name, unsigned nth,
                     char out[NAME_BYTES])
{
    size_t dash = cos_span_rchr(name, '-');
    char number[24] = "";
    char more[16] = "";
    if (nth > 0) {
        (void)snprintf(number, sizeof(number), "-%llu",
                       (unsigned long long)t->maps->birth_number);
    }
    if (nth > 1) {
        (void)snprintf(more, sizeof(more), "-%u", nth);
    }
    (void)snprintf(out, NAME_BYTES, COS_SPAN_FMT "%s%s" COS_SPAN_FMT,
                   COS_SPAN_ARG(cos_span_sub(name, 0, dash)), number, more,
                   COS_SPAN_ARG(cos_span_from(name, dash)));
}

static enum store_result claim_bucket(const struct loader *l, struct bucket_draft *b,
                                      struct cos_span name)
{
    struct user owner = {0};
    (void)snprintf(owner.owner_uin, sizeof(owner.owner_uin), COS_SPAN_FMT,
                   COS_SPAN_ARG(b->owner->owner_uin));
    (void)snprintf(owner.appid, sizeof(owner.appid), COS_SPAN_FMT,
                   COS_SPAN_ARG(b->owner->appid));
    struct bucket *mine =
        l->again == NULL && !l->is_import ? NULL : world_bucket_find(l->t, name);
    if (l->is_import && mine != NULL) {
        b->made = mine; /* and what is in it stays */
        return STORE_OK;
    }
    bool is_again = mine != NULL;
    bucket_unref(mine);
    if (is_again) {
        b->made = world_bucket_put_again(l->draft->batch, l->t, name, b->region, &owner);
        return b->made == NULL ? STORE_NOMEM : STORE_OK;
    }
    enum store_result r = world_bucket_claim(l->t, name, b->region, &owner, &b->made);
    if (r == STORE_OK) {
        world_bucket_put(l->draft->batch, b->made);
    } else {
        b->made = bucket_unref(b->made);
    }
    return r;
}

static bool has_bucket(struct cosmock_tenant *t, const char *name)
{
    struct bucket *b = world_bucket_find(t, cos_span_of(name));
    bool has = b != NULL;
    bucket_unref(b);
    return has;
}

/* Any number of tenants can be made without a world file; cosmock_world_info() tells the name.
 * One that begins again keeps the name it has. */
static enum store_result claim_built_in(const struct loader *l, struct bucket_draft *b,
                                        struct cos_span name)
{
    char own[NAME_BYTES];
    for (unsigned nth = 0; l->again != NULL && nth < NAMES_TRIED; nth++) {
        nth_name(l->t, name, nth, own);
        if (has_bucket(l->t, own)) {
            return claim_bucket(l, b, cos_span_of(own));
        }
    }
    enum store_result r = STORE_EXISTS;
    for (unsigned nth = 0; r == STORE_EXISTS && nth < NAMES_TRIED; nth++) {
        nth_name(l->t, name, nth, own);
        r = claim_bucket(l, b, cos_span_of(own));
    }
    return r;
}

static enum versioning versioning_of(const struct bucket_draft *b)
{
    for (const struct document_draft *d = b->first_document; d != NULL; d = d->next) {
        if (d->which == BUCKET_VERSIONING) {
            return cos_span_eq(d->text, world_versioning_text(VERSIONING_ENABLED))
                       ? VERSIONING_ENABLED
                       : VERSIONING_SUSPENDED;
        }
    }
    return VERSIONING_NONE;
}

/* An import puts objects into buckets that it makes. */
static int say_objects(const struct loader *l, const struct bucket_draft *b)
{
    char text[300];
    if (b->first_object != NULL && l->warner != NULL && l->warner->say != NULL) {
        (void)snprintf(text, sizeof(text),
                       "%s: the objects of bucket %s are not put, because it is there already",
                       l->origin, cos_yaml_str(b->at));
        l->warner->say(l->warner->ctx, text);
    }
    return 0;
}

/* A bucket keeps its owner and its region. */
static int check_there(const struct loader *l, const struct bucket_draft *b)
{
    const struct bucket *there = b->made;
    bool is_same = strcmp(there->region, b->region) == 0 &&
                   cos_span_eq_str(b->owner->owner_uin, there->owner_uin);
    return is_same ? 0
                   : worldfile_bad(l, b->at,
                                   "bucket %s is there, in %s, of account %s; a bucket keeps "
                                   "its region and its owner",
                                   there->name, there->region, there->owner_uin);
}

int worldfile_make_bucket(const struct loader *l, struct bucket_draft *b)
{
    struct cos_span name = cos_span_of(cos_yaml_str(b->at));
    enum store_result r =
        l->is_built_in ? claim_built_in(l, b, name) : claim_bucket(l, b, name);
    if (r != STORE_OK) {
        return r == STORE_EXISTS ? bucket_taken(l, b->at, /* is_mine= */ false)
                                 : worldfile_no_memory(l, name.ptr);
    }
    bool is_there = l->is_import && b->made->is_kept;
    if (is_there && check_there(l, b) < 0) {
        return COSMOCK_E_INVALID;
    }
    if (b->policy != NULL) {
        world_bucket_policy_put(l->draft->batch, b->made, b->policy);
        b->policy = NULL;
    }
    for (const struct document_draft *d = b->first_document; d != NULL; d = d->next) {
        world_bucket_document_put(l->draft->batch, b->made, d->which, d->text,
                                  /* value= */ NULL, /* kind= */ NULL);
        l->t->mock->readers->beside(l->t, l->draft->batch, b->made, d->which);
    }
    if (b->acl.ptr != NULL) {
        world_bucket_document_put(l->draft->batch, b->made, BUCKET_ACL, b->acl,
                                  /* value= */ NULL, /* kind= */ NULL);
    }
    return is_there ? say_objects(l, b) : worldfile_make_objects(l, b, versioning_of(b));
}

static int check_bucket_name(const struct loader *l, const struct cos_yaml *n,
                             const struct user_row *owner)
{
    struct cos_span name = cos_span_of(cos_yaml_str(n));
    size_t dash = cos_span_rchr(name, '-');
    if (dash == SIZE_MAX || !cos_span_eq(cos_span_from(name, dash + 1), owner->appid)) {
        return worldfile_bad(
            l, n, "bucket name '%s' must be <name>-<appid of its owner>, such as 'data-%s'",
            name.ptr, owner->appid.ptr);
    }
    return world_is_bucket_name(name)
               ? 0
               : worldfile_bad(l, n, "bucket name '%s': " WORLD_BUCKET_NAME_RULE, name.ptr);
}

/* As it is kept (cam/acl.h). */
static int load_acl(const struct loader *l, const struct cos_yaml *n, struct bucket_draft *b)
{
    struct acl ignored;
    int r = n == NULL ? 0 : worldfile_want(l, n, COS_YAML_SCALAR, "acl");
    if (n == NULL || r < 0) {
        return r;
    }
    struct cos_span text = cos_span_of(cos_yaml_str(n));
    if (!acl_read(text, ACL_OF_BUCKET, &ignored)) {
        return worldfile_bad(l, n, "'%.80s': " WORLD_ACL_RULE, text.ptr);
    }
    b->acl = text;
    return 0;
}

int worldfile_load_bucket(const struct loader *l, const struct cos_yaml *n)
{
    const char *name;
    const char *region;
    struct user_row *owner = NULL;
    int r = worldfile_want_map(l, n, "buckets",
                               "name|region|owner|acl|policy|objects|" WORLDFILE_DOCUMENTS);
    r = r < 0 ? r : worldfile_text(l, n, &text_bucket, &name);
    r = r < 0 ? r : worldfile_text(l, n, &text_region, &region);
    r = r < 0 ? r : owner_of(l, n, &owner);
    r = r < 0 ? r : check_bucket_name(l, cos_yaml_get(n, "name"), owner);
    if (r < 0) {
        return r;
    }
    struct draft *d = l->draft;
    struct bucket_draft *b = cos_arena_alloc(&d->texts, sizeof(*b));
    r = b == NULL ? -1 : map_put(&d->buckets, cos_span_of(name), b);
    if (r != 0) {
        return r < 0 ? worldfile_no_memory(l, name)
                     : bucket_taken(l, cos_yaml_get(n, "name"), /* is_mine= */ true);
    }
    *b = (struct bucket_draft){.node = n,
                               .at = cos_yaml_get(n, "name"),
                               .region = region,
                               .owner = owner,
                               .acl = {NULL, 0}};
    *(d->last_bucket == NULL ? &d->first_bucket : &d->last_bucket->next) = b;
    d->last_bucket = b;
    r = load_acl(l, cos_yaml_get(n, "acl"), b);
    r = r < 0 ? r : worldfile_load_documents(l, n, b);
    r = r < 0 ? r : worldfile_load_objects(l, cos_yaml_get(n, "objects"), b);
    const struct cos_yaml *policy = cos_yaml_get(n, "policy");
    return policy == NULL || r < 0 ? r
                                   : worldfile_load_policy(l, policy, CAM_BUCKET, name,
                                                           &b->policy, /* pairs= */ NULL);
}
