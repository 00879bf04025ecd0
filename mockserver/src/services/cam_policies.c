/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies of an account and their versions (cam-conditions.md s.7.2; py cam models.py and
 * cam_client.py 3.1.181; the codes each call knows: sdk-go cam client.go). A document comes
 * back as the text that was sent. There are no preset policies here: nothing would say what is
 * in them (docs/DEVIATIONS.md).
 */
#include "services/cam_call.h"
#include "services/handlers.h"

#include "exchange/sts_request.h"

enum {
    POLICIES_MAX = 1500, /* cam-conditions.md s.9 */
    VERSIONS_MAX = 5,
    NAME_MAX_BYTES = 128,
    DELETED_MAX = 50, /* [assumed] at once */
    CUSTOM = 1,       /* Type: py cam models.py, GetPolicyResponse */
    BY_SYNTAX = 2,    /* CreateMode: the same, StrategyInfo */
};
#define ABSENT "InvalidParameter.PolicyIdNotExist"
#define NOT_FOUND "ResourceNotFound.PolicyIdNotFound"

static void touch(struct cosmock_exchange *x, struct catalog_policy *p)
{
    p->said.said.updated_unix_ms = x->now.modification_unix_ms;
    p->is_changed = true;
}

/* --- names, texts --- */

static bool check_free(struct cosmock_exchange *x, struct catalog *c, struct cos_span name)
{
    return catalog_policy_named(c, name) == NULL ||
           cam_refuse(x, "FailedOperation.PolicyNameInUse");
}

static bool read_document(struct cosmock_exchange *x, bool is_optional, struct cos_span *out)
{
    return cam_read_text(x, "PolicyDocument", is_optional, out) &&
           (out->ptr == NULL || cam_check_document(x, *out, CAM_IDENTITY));
}

static bool read_description(struct cosmock_exchange *x, struct cos_span *out)
{
    return cam_read_text(x, "Description", /* is_optional= */ true, out) &&
           cam_check_description(x, *out);
}

/* --- CreatePolicy --- */

static bool make_policy(struct cosmock_exchange *x, struct catalog *c, struct cos_span name,
                        struct cos_span document)
{
    struct cos_span description;
    struct catalog_policy *p = read_description(x, &description) ? catalog_add_policy(c) : NULL;
    if (p == NULL) {
        return false;
    }
    p->said.said.name = name;
    p->said.said.description = description.ptr == NULL ? COS_SPAN_EMPTY : description;
    p->said.said.created_unix_ms = x->now.modification_unix_ms;
    p->said.said.default_version = catalog_add_version(c, p, document);
    touch(x, p);
    struct cos_jw w;
    cam_begin(x, &w);
    cam_write_id(&w, "PolicyId", p->said.id);
    cam_end(x, &w);
    return true;
}

static bool create_policy(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span name;
    struct cos_span document;
    if (!cam_read_text(x, "PolicyName", /* is_optional= */ false, &name) ||
        !cam_may_all(x, "policyid") ||
        !cam_check_name(x, name, NAME_MAX_BYTES, "InvalidParameter.PolicyNameError") ||
        !read_document(x, /* is_optional= */ false, &document) || !check_free(x, c, name)) {
        return false;
    }
    return c->n_policies < POLICIES_MAX ? make_policy(x, c, name, document)
                                        : cam_refuse(x, "FailedOperation.PolicyFull");
}

int op_create_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyName", "PolicyDocument", "Description",
                                        "Tags",       "Tags.",          NULL};
    return cam_run(x, known, create_policy);
}

/* --- one --- */

static bool get_policy(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_policy *p = cam_policy_of(x, c, NOT_FOUND);
    if (p == NULL) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_span(&w, "PolicyName", p->said.said.name);
    cos_jw_span(&w, "Description", p->said.said.description);
    cos_jw_i64(&w, "Type", CUSTOM);
    cam_write_time(&w, "AddTime", p->said.said.created_unix_ms);
    cam_write_time(&w, "UpdateTime", p->said.said.updated_unix_ms);
    cos_jw_span(&w, "PolicyDocument", catalog_document(p));
    cos_jw_str(&w, "PresetAlias", "");
    cos_jw_i64(&w, "IsServiceLinkedRolePolicy", 0);
    cos_jw_array(&w, "Tags");
    cos_jw_end(&w);
    cam_end(x, &w);
    return false;
}

int op_get_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", NULL};
    return cam_run(x, known, get_policy);
}

/* By its id or, without one, by its name; with both, it will be called so (as Terraform renames
 * one: resource_tc_cam_policy). */
static struct catalog_policy *policy_to_update(struct cosmock_exchange *x, struct catalog *c,
                                               struct cos_span name)
{
    const struct sts_field *id = sts_field_get(x->sts, "PolicyId");
    if ((id != NULL && id->value.len > 0) || name.ptr == NULL) {
        return cam_policy_of(x, c, ABSENT);
    }
    struct catalog_policy *p = catalog_policy_named(c, name);
    if (p == NULL) {
        (void)(cam_may_all(x, "policyid") && cam_refuse(x, NOT_FOUND));
        return NULL;
    }
    return cam_may(x, "policyid", p->said.id) ? p : NULL;
}

/* "The default version is changed, and no new one is made" (py cam_client.py, UpdatePolicy). */
static void set_document(struct catalog *c, struct catalog_policy *p, struct cos_span document)
{
    struct cos_span versions = p->said.said.versions;
    struct row_pair v;
    while (row_pair_next(&versions, &v)) {
        struct cos_span one = cos_span_make(v.name.ptr, v.name.len);
        struct cos_span number = cos_span_cut(&one, ' ');
        uint64_t n = 0;
        if (cos_span_u64(number, &n) && n == p->said.said.default_version) {
            p->said.said.versions =
                pairs_with(c->arena, p->said.said.versions, v.name, document);
            return;
        }
    }
}

static bool update_policy(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span name;
    struct cos_span document;
    struct cos_span description;
    if (!cam_read_text(x, "PolicyName", /* is_optional= */ true, &name)) {
        return false;
    }
    struct catalog_policy *p = policy_to_update(x, c, name);
    if (p == NULL || !read_document(x, /* is_optional= */ true, &document) ||
        !read_description(x, &description)) {
        return false;
    }
    bool is_renamed = name.ptr != NULL && !cos_span_eq(name, p->said.said.name);
    if (is_renamed &&
        (!cam_check_name(x, name, NAME_MAX_BYTES, "InvalidParameter.PolicyNameError") ||
         !check_free(x, c, name))) {
        return false;
    }
    p->said.said.name = is_renamed ? name : p->said.said.name;
    p->said.said.description = description.ptr != NULL ? description : p->said.said.description;
    if (document.ptr != NULL) {
        set_document(c, p, document);
    }
    touch(x, p);
    struct cos_jw w;
    cam_begin(x, &w);
    cam_write_id(&w, "PolicyId", p->said.id);
    cam_end(x, &w);
    return true;
}

int op_update_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId",       "PolicyName", "Description",
                                        "PolicyDocument", "Alias",      NULL};
    return cam_run(x, known, update_policy);
}

static bool delete_one(struct cosmock_exchange *x, void *ctx, struct cos_span id)
{
    if (!cam_may(x, "policyid", id)) {
        return false;
    }
    struct catalog_policy *p = catalog_policy(ctx, id);
    if (p == NULL) {
        return cam_refuse(x, NOT_FOUND);
    }
    p->is_gone = true; /* and with it what it is attached to: [assumed] */
    return true;
}

static bool delete_policy(struct cosmock_exchange *x, struct catalog *c)
{
    return cam_each_id(x, "PolicyId", DELETED_MAX, delete_one, c);
}

int op_delete_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "PolicyId.", NULL};
    return cam_run(x, known, delete_policy);
}

/* --- many --- */

static size_t count_attached(const struct catalog_policy *p, bool are_bounded)
{
    struct cos_span attached = p->said.said.attached;
    struct catalog_attachment a;
    size_t n = 0;
    while (catalog_attachment_next(&attached, &a)) {
        n += are_bounded == (a.kind == CATALOG_BOUNDED);
    }
    return n;
}

static void write_policy(struct cos_jw *w, const struct catalog_policy *p)
{
    size_t n = count_attached(p, /* are_bounded= */ false);
    cos_jw_object(w, /* name= */ NULL);
    cam_write_id(w, "PolicyId", p->said.id);
    cos_jw_span(w, "PolicyName", p->said.said.name);
    cam_write_time(w, "AddTime", p->said.said.created_unix_ms);
    cam_write_time(w, "UpdateTime", p->said.said.updated_unix_ms);
    cos_jw_i64(w, "Type", CUSTOM);
    cos_jw_span(w, "Description", p->said.said.description);
    cos_jw_i64(w, "CreateMode", BY_SYNTAX);
    cos_jw_u64(w, "Attachments", n);
    cos_jw_str(w, "ServiceType", "");
    cos_jw_i64(w, "Deactived", 0);
    cos_jw_i64(w, "IsServiceLinkedPolicy", 0);
    cos_jw_u64(w, "AttachEntityCount", n);
    cos_jw_u64(w, "AttachEntityBoundaryCount", count_attached(p, /* are_bounded= */ true));
    cos_jw_end(w);
}

static bool list_policies(struct cosmock_exchange *x, struct catalog *c)
{
    struct cam_page page;
    struct cos_span scope;
    if (!cam_may_all(x, "policyid") || !cam_read_page(x, &page) ||
        !cam_read_text(x, "Scope", /* is_optional= */ true, &scope)) {
        return false;
    }
    bool is_preset = cos_span_eq_str(scope, "QCS");
    if (scope.ptr != NULL && !is_preset && !cos_span_eq_str(scope, "All") &&
        !cos_span_eq_str(scope, "Local")) {
        return cam_refuse(x, "InvalidParameter.ScopeError");
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_array(&w, "List");
    for (size_t i = 0; i < c->n_policies && !is_preset; i++) {
        if (cam_has_keyword(&page, c->policies[i].said.said.name) && cam_on_page(&page)) {
            write_policy(&w, &c->policies[i]);
        }
    }
    cos_jw_end(&w);
    cos_jw_i64(&w, "TotalNum", page.seen);
    cos_jw_array(&w, "ServiceTypeList");
    cos_jw_end(&w);
    cam_end(x, &w);
    return false;
}

int op_list_policies(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Rp", "Page", "Scope", "Keyword", NULL};
    return cam_run(x, known, list_policies);
}

/* --- versions --- */

static bool create_policy_version(struct cosmock_exchange *x, struct catalog *c)
{
    const struct sts_field *is_default = sts_field_get(x->sts, "SetAsDefault");
    struct cos_span document;
    struct catalog_policy *p = cam_policy_of(x, c, ABSENT);
    if (p == NULL || !read_document(x, /* is_optional= */ false, &document)) {
        return false;
    }
    if (pairs_count(p->said.said.versions) >= VERSIONS_MAX) {
        return cam_refuse(x, "FailedOperation.PolicyVersionFull");
    }
    uint64_t number = catalog_add_version(c, p, document);
    if (is_default != NULL && (cos_span_eq_str(is_default->value, "true") ||
                               cos_span_eq_str(is_default->value, "1"))) {
        p->said.said.default_version = number;
    }
    touch(x, p);
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_u64(&w, "VersionId", number);
    cam_end(x, &w);
    return true;
}

int op_create_policy_version(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "PolicyDocument", "SetAsDefault", NULL};
    return cam_run(x, known, create_policy_version);
}

/* VersionId of @p. */
static bool read_version(struct cosmock_exchange *x, const struct catalog_policy *p,
                         struct catalog_version *out)
{
    struct cos_span id;
    uint64_t number = 0;
    *out = (struct catalog_version){.number = 0};
    if (!cam_read_id(x, "VersionId", /* is_optional= */ false, &id)) {
        return false;
    }
    return (cos_span_u64(id, &number) && catalog_version(p, number, out)) ||
           cam_refuse(x, "InvalidParameter.PolicyVersionNotExists");
}

static bool set_default_policy_version(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_version v;
    struct catalog_policy *p = cam_policy_of(x, c, ABSENT);
    if (p == NULL || !read_version(x, p, &v)) {
        return false;
    }
    if (v.number == p->said.said.default_version) {
        return cam_refuse(x, "FailedOperation.PolicyVersionAlreadyDefault");
    }
    p->said.said.default_version = v.number;
    touch(x, p);
    return true;
}

int op_set_default_policy_version(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "VersionId", NULL};
    return cam_run(x, known, set_default_policy_version);
}

struct doomed {
    struct catalog *c;
    struct catalog_policy *p;
};

static bool delete_version(struct cosmock_exchange *x, void *ctx, struct cos_span id)
{
    struct doomed *d = ctx;
    uint64_t number = 0;
    struct catalog_version v;
    if (!cos_span_u64(id, &number) || !catalog_version(d->p, number, &v)) {
        return cam_refuse(x, "InvalidParameter.PolicyVersionNotExists");
    }
    if (number == d->p->said.said.default_version) {
        return cam_refuse(x, "FailedOperation.PolicyVersionAlreadyDefault");
    }
    catalog_drop_version(d->c, d->p, number);
    return true;
}

static bool delete_policy_version(struct cosmock_exchange *x, struct catalog *c)
{
    struct doomed d = {c, cam_policy_of(x, c, ABSENT)};
    return d.p != NULL && cam_each_id(x, "VersionId", VERSIONS_MAX, delete_version, &d);
}

int op_delete_policy_version(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "VersionId", "VersionId.", NULL};
    return cam_run(x, known, delete_policy_version);
}

static void write_version(struct cos_jw *w, const struct catalog_policy *p,
                          const struct catalog_version *v)
{
    cos_jw_u64(w, "VersionId", v->number);
    cam_write_time(w, "CreateDate", v->created_unix_ms);
    cos_jw_i64(w, "IsDefaultVersion", v->number == p->said.said.default_version);
}

static bool get_policy_version(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_version v;
    const struct catalog_policy *p = cam_policy_of(x, c, NOT_FOUND);
    if (p == NULL || !read_version(x, p, &v)) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_object(&w, "PolicyVersion");
    write_version(&w, p, &v);
    cos_jw_span(&w, "Document", v.document);
    cos_jw_end(&w);
    cam_end(x, &w);
    return false;
}

int op_get_policy_version(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "VersionId", NULL};
    return cam_run(x, known, get_policy_version);
}

static bool list_policy_versions(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_policy *p = cam_policy_of(x, c, NOT_FOUND);
    if (p == NULL) {
        return false;
    }
    struct cos_span versions = p->said.said.versions;
    struct catalog_version v;
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_array(&w, "Versions");
    while (catalog_version_next(&versions, &v)) {
        cos_jw_object(&w, /* name= */ NULL);
        write_version(&w, p, &v);
        cos_jw_end(&w);
    }
    cos_jw_end(&w);
    cam_end(x, &w);
    return false;
}

int op_list_policy_versions(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", NULL};
    return cam_run(x, known, list_policy_versions);
}
