/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access control lists as values. What a permission allows is one table (cos-operations-1.md
 * s.3.3); everything it does not name is the owner's, and policies'. A grant to an account
 * speaks to its root, which may hand it on to its users by policies (436/30583); a user of the
 * owner's own account needs a grant to himself, for the owner's FULL_CONTROL stands in every
 * list.
 */
#include "cam/acl.h"

#include "cam/policy.h"

#define UIN_MAX_BYTES 20 /* as accounts have them: world/world.h */
#define NO_CANNED "-"

#define PERMISSION_WORD(id, word) [ACL_##id] = (word),
static const char *const permission_words[] = {ACL_PERMISSIONS(PERMISSION_WORD)};

#define CANNED_ROW(id, word, on_buckets, on_objects) \
    [ACL_##id] = {word, {[ACL_OF_BUCKET] = (on_buckets), [ACL_OF_OBJECT] = (on_objects)}},
static const struct {
    const char *word;
    bool may_stand[2];
} canned_rows[] = {[ACL_NO_CANNED] = {"", {false, false}}, ACL_CANNED(CANNED_ROW)};

/*
 * The documents leave out AbortMultipartUpload, AppendObject, ListParts and
 * DeleteMultipleObjects beside WRITE, and say of PutObjectCopy and UploadPartCopy that they are
 * covered (Dacl:56-73). The policy's two rows: PUT Bucket, :81 and :82.
 */
static const struct {
    const char *action;
    struct acl_need need;
} needs[] = {
    {"cos:GetObject", {ACL_OF_OBJECT, ACL_READ}},
    {"cos:HeadObject", {ACL_OF_OBJECT, ACL_READ}},
    {"cos:GetObjectACL", {ACL_OF_OBJECT, ACL_READ_ACP}},
    {"cos:PutObjectACL", {ACL_OF_OBJECT, ACL_WRITE_ACP}},
    {"cos:HeadBucket", {ACL_OF_BUCKET, ACL_READ}},
    {"cos:GetBucket", {ACL_OF_BUCKET, ACL_READ}},
    {"cos:GetBucketObjectVersions", {ACL_OF_BUCKET, ACL_READ}},
    {"cos:ListMultipartUploads", {ACL_OF_BUCKET, ACL_READ}},
    {"cos:PutObject", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:PutObjectCopy", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:PostObject", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:AppendObject", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:InitiateMultipartUpload", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:UploadPart", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:UploadPartCopy", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:ListParts", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:CompleteMultipartUpload", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:AbortMultipartUpload", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:DeleteObject", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:DeleteMultipleObjects", {ACL_OF_BUCKET, ACL_WRITE}},
    {"cos:GetBucketACL", {ACL_OF_BUCKET, ACL_READ_ACP}},
    {"cos:GetBucketPolicy", {ACL_OF_BUCKET, ACL_READ_ACP}},
    {"cos:PutBucketACL", {ACL_OF_BUCKET, ACL_WRITE_ACP}},
    {"cos:PutBucketPolicy", {ACL_OF_BUCKET, ACL_WRITE_ACP}},
};

/* --- words --- */

const char *acl_permission_word(enum acl_permission p)
{
    return permission_words[p];
}

bool acl_permission_of(struct cos_span word, enum acl_permission *out)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(permission_words); i++) {
        if (cos_span_eq_str(word, permission_words[i])) {
            *out = (enum acl_permission)i;
            return true;
        }
    }
    return false;
}

enum acl_canned acl_canned_of(struct cos_span word, enum acl_place place)
{
    for (size_t i = ACL_NO_CANNED + 1; i < COS_ARRAY_LEN(canned_rows); i++) {
        if (canned_rows[i].may_stand[place] &&
            cos_span_eq_nocase(word, cos_span_of(canned_rows[i].word))) {
            return (enum acl_canned)i;
        }
    }
    return ACL_NO_CANNED;
}

const char *acl_canned_word(enum acl_canned canned)
{
    return canned_rows[canned].word;
}

/* --- grantees --- */

static bool is_uin(struct cos_span s)
{
    uint64_t ignored;
    return s.len > 0 && s.len <= UIN_MAX_BYTES && cos_span_u64(s, &ignored);
}

/* What stands behind @prefix; ptr NULL: it does not begin so. */
static struct cos_span behind(struct cos_span s, struct cos_span prefix)
{
    return cos_span_starts(s, prefix) ? cos_span_from(s, prefix.len)
                                      : (struct cos_span){NULL, 0};
}

static bool user_of(struct cos_span owner, struct cos_span uin, struct acl_grantee *out)
{
    if (!is_uin(owner) || !is_uin(uin)) {
        return false;
    }
    *out = (struct acl_grantee){ACL_USER, owner, uin};
    return true;
}

bool acl_grantee_of_id(struct cos_span id, struct acl_grantee *out)
{
    if (cos_span_eq_str(id, "qcs::cam::anyone:anyone")) {
        *out = (struct acl_grantee){.kind = ACL_ALL_USERS};
        return true;
    }
    struct cos_span rest = behind(id, COS_SPAN_LIT("qcs::cam::uin/"));
    if (rest.ptr != NULL) {
        struct cos_span owner = cos_span_cut(&rest, ':');
        return user_of(owner, behind(rest, COS_SPAN_LIT("uin/")), out);
    }
    struct cos_span owner = cos_span_cut(&id, '/');
    return user_of(owner, id.ptr == NULL ? owner : id, out);
}

const char *acl_group_word(enum acl_kind group)
{
    return group == ACL_ALL_USERS ? "AllUsers" : "AuthenticatedUsers";
}

static bool group_of(struct cos_span word, struct acl_grantee *out)
{
    static const enum acl_kind groups[] = {ACL_ALL_USERS, ACL_AUTHENTICATED_USERS};
    for (size_t i = 0; i < COS_ARRAY_LEN(groups); i++) {
        if (cos_span_eq_str(word, acl_group_word(groups[i]))) {
            *out = (struct acl_grantee){.kind = groups[i]};
            return true;
        }
    }
    return false;
}

bool acl_grantee_of_uri(struct cos_span uri, const char *uris, struct acl_grantee *out)
{
    struct cos_span word = behind(uri, cos_span_of(ACL_GROUP_URIS));
    return group_of(word.ptr != NULL ? word : behind(uri, cos_span_of(uris)), out);
}

/* --- the text --- */

static bool grant_read(struct cos_span text, struct acl_grant *out)
{
    struct cos_span rest = text;
    struct acl_grant g;
    if (!acl_permission_of(cos_span_cut(&rest, ':'), &g.permission) || rest.ptr == NULL) {
        return false;
    }
    if (!group_of(rest, &g.to) && !acl_grantee_of_id(rest, &g.to)) {
        return false;
    }
    *out = g;
    return true;
}

/* Takes the next one; false: there is none. */
static bool next_grant(struct cos_span *grants, struct acl_grant *out)
{
    return grants->len > 0 && grant_read(cos_span_cut(grants, ' '), out);
}

/* Every grant can be read, and objects have no WRITE (Dacl:71). */
static bool grants_fit(struct cos_span grants, enum acl_place place)
{
    size_t n = 0;
    while (grants.len > 0) {
        struct acl_grant g;
        if (!next_grant(&grants, &g) || ++n > ACL_MAX_GRANTS ||
            (place == ACL_OF_OBJECT && g.permission == ACL_WRITE)) {
            return false;
        }
    }
    return true;
}

bool acl_read(struct cos_span text, enum acl_place place, struct acl *out)
{
    struct cos_span rest = text;
    struct cos_span word = cos_span_cut(&rest, ' ');
    enum acl_canned canned = acl_canned_of(word, place);
    bool is_list = cos_span_eq_str(word, NO_CANNED);
    if ((canned == ACL_NO_CANNED && !is_list) || !grants_fit(rest, place)) {
        return false;
    }
    *out = (struct acl){canned, rest};
    return true;
}

bool acl_inherits(const struct acl *a)
{
    return a->canned == ACL_DEFAULT && a->grants.len == 0;
}

void acl_write_canned(struct cos_buf *b, enum acl_canned canned)
{
    cos_buf_str(b, canned == ACL_NO_CANNED ? NO_CANNED : canned_rows[canned].word);
}

void acl_write_grant(struct cos_buf *b, const struct acl_grant *g)
{
    cos_buf_printf(b, " %s:", permission_words[g->permission]);
    if (g->to.kind == ACL_USER) {
        cos_buf_printf(b, COS_SPAN_FMT "/" COS_SPAN_FMT, COS_SPAN_ARG(g->to.owner_uin),
                       COS_SPAN_ARG(g->to.uin));
    } else {
        cos_buf_str(b, acl_group_word(g->to.kind));
    }
}

/* --- what a list stands for --- */

static void add(struct acl_grants *out, struct acl_grantee to, enum acl_permission permission)
{
    out->items[out->n++] = (struct acl_grant){to, permission};
}

static struct acl_grantee root_of(struct cos_span uin)
{
    return (struct acl_grantee){ACL_USER, uin, uin};
}

/* The bucket's owner, where he does not own the object anyhow. */
static void add_bucket_owner(struct acl_grants *out, enum acl_permission permission,
                             const struct acl_owners *owners)
{
    if (!cos_span_eq(owners->bucket_uin, owners->resource_uin)) {
        add(out, root_of(owners->bucket_uin), permission);
    }
}

/* cos-operations-1.md s.3.2. */
static void add_canned(struct acl_grants *out, enum acl_canned canned,
                       const struct acl_owners *owners)
{
    static const struct acl_grantee everyone = {.kind = ACL_ALL_USERS};
    switch (canned) {
    case ACL_PUBLIC_READ:
        add(out, everyone, ACL_READ);
        break;
    case ACL_PUBLIC_READ_WRITE:
        if (owners->public_write_is_full) {
            add(out, everyone, ACL_FULL_CONTROL);
        } else {
            add(out, everyone, ACL_READ);
            add(out, everyone, ACL_WRITE);
        }
        break;
    case ACL_AUTHENTICATED_READ:
        add(out, (struct acl_grantee){.kind = ACL_AUTHENTICATED_USERS}, ACL_READ);
        break;
    case ACL_BUCKET_OWNER_READ:
        add_bucket_owner(out, ACL_READ, owners);
        break;
    case ACL_BUCKET_OWNER_FULL_CONTROL:
        add_bucket_owner(out, ACL_FULL_CONTROL, owners);
        break;
    case ACL_NO_CANNED:
    case ACL_DEFAULT:
    case ACL_PRIVATE:
        break;
    }
}

static void add_given(struct acl_grants *out, struct cos_span grants)
{
    for (struct acl_grant g; out->n < COS_ARRAY_LEN(out->items) && next_grant(&grants, &g);) {
        add(out, g.to, g.permission);
    }
}

void acl_shown(const struct acl *a, const struct acl_owners *owners, struct acl_grants *out)
{
    out->n = 0;
    if (a->canned != ACL_NO_CANNED && a->grants.len == 0) {
        add(out, root_of(owners->resource_uin), ACL_FULL_CONTROL);
    }
    add_canned(out, a->canned, owners);
    add_given(out, a->grants);
}

size_t acl_entries(const struct acl *a)
{
    struct acl_grants all;
    all.n = 0;
    add_canned(&all, a->canned,
               &(struct acl_owners){.resource_uin = COS_SPAN_EMPTY,
                                    .bucket_uin = COS_SPAN_EMPTY});
    add_given(&all, a->grants);
    return all.n;
}

/* --- the judgement --- */

bool acl_need_of(struct cos_span action, struct acl_need *out)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(needs); i++) {
        if (cos_span_eq_str(action, needs[i].action)) {
            *out = needs[i].need;
            return true;
        }
    }
    return false;
}

static bool speaks_to(const struct acl_grantee *to, const struct cam_principal *who,
                      enum acl_audience audience)
{
    bool is_account = to->kind == ACL_USER && who->kind != CAM_ANONYMOUS &&
                      cos_span_eq_str(to->owner_uin, who->owner_uin);
    switch (audience) {
    case ACL_EVERYONE:
        return to->kind == ACL_ALL_USERS;
    case ACL_CALLER:
        return (is_account && who->kind != CAM_ROLE && cos_span_eq_str(to->uin, who->uin)) ||
               (to->kind == ACL_AUTHENTICATED_USERS && who->kind != CAM_ANONYMOUS);
    case ACL_HIS_ROOT:
        return is_account && cos_span_eq_str(to->uin, who->owner_uin);
    }
    return false;
}

bool acl_find_grant(const struct acl *a, const struct acl_owners *owners,
                    const struct cam_principal *who, enum acl_audience audience,
                    enum acl_permission needed, struct acl_grant *out)
{
    struct acl_grants all;
    all.n = 0;
    add(&all, root_of(owners->resource_uin), ACL_FULL_CONTROL); /* cannot be revoked: Dacl:7 */
    add_canned(&all, a->canned, owners);
    add_given(&all, a->grants);
    for (size_t i = 0; i < all.n; i++) {
        const struct acl_grant *g = &all.items[i];
        if ((g->permission == needed || g->permission == ACL_FULL_CONTROL) &&
            speaks_to(&g->to, who, audience)) {
            *out = *g;
            return true;
        }
    }
    return false;
}

void acl_print_grant(struct cos_buf *b, const struct acl_grant *g)
{
    cos_buf_printf(b, "%s to ", permission_words[g->permission]);
    if (g->to.kind == ACL_ALL_USERS) {
        cos_buf_str(b, "AllUsers");
    } else if (g->to.kind == ACL_AUTHENTICATED_USERS) {
        cos_buf_str(b, "AuthenticatedUsers");
    } else if (cos_span_eq(g->to.owner_uin, g->to.uin)) {
        cos_buf_printf(b, "account " COS_SPAN_FMT, COS_SPAN_ARG(g->to.uin));
    } else {
        cos_buf_printf(b, "uin " COS_SPAN_FMT " of account " COS_SPAN_FMT,
                       COS_SPAN_ARG(g->to.uin), COS_SPAN_ARG(g->to.owner_uin));
    }
}
