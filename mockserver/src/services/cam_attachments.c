/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policies are attached to: users, groups, roles, and, as a boundary, users and roles
 * (cam-conditions.md s.5, s.7.2; py cam models.py; the codes each call knows: sdk-go cam
 * client.go). An attached policy is in effect with the next request. To attach what is attached
 * succeeds (apache/doris's tests, by way of cam-conditions.md s.7.4), and so, then, does to
 * detach what is not [assumed].
 */
#include "services/cam_call.h"
#include "services/handlers.h"

#include "exchange/sts_request.h"

enum {
    ATTACHED_MAX = 200, /* to one: cam-conditions.md s.9 */
    CUSTOM = 1,
    BY_SYNTAX = 2,
    /* RelatedType: py cam models.py, AttachEntityOfPolicy */
    RELATED_USER = 1,
    RELATED_GROUP = 2,
    RELATED_ROLE = 3,
};
#define ABSENT "InvalidParameter.PolicyIdNotExist"
#define NO_USER "ResourceNotFound.UserNotExist"
#define NO_GROUP "ResourceNotFound.GroupNotExist"

/* The right is asked on whom it is attached to: [assumed]. */
static struct catalog_policy *policy_of(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span id;
    struct cos_span name = {NULL, 0};
    if (!cam_read_id(x, "PolicyId", /* is_optional= */ true, &id) ||
        (id.ptr == NULL && !cam_read_text(x, "PolicyName", /* is_optional= */ true, &name))) {
        return NULL;
    }
    if (id.ptr == NULL && name.ptr == NULL) {
        (void)cam_say(x, "MissingParameter",
                      COS_SPAN_LIT("The request is missing a required parameter `PolicyId`."));
        return NULL;
    }
    struct catalog_policy *p =
        id.ptr != NULL ? catalog_policy(c, id) : catalog_policy_named(c, name);
    if (p == NULL) {
        (void)cam_refuse(x, ABSENT);
    }
    return p;
}

static size_t count_attached(const struct catalog *c, enum catalog_entity kind,
                             struct cos_span id)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_policies; i++) {
        n += catalog_is_attached(&c->policies[i], kind, id) >= 0;
    }
    return n;
}

static bool attach(struct cosmock_exchange *x, struct catalog *c, enum catalog_entity kind,
                   struct cos_span id)
{
    struct catalog_policy *p = policy_of(x, c);
    if (p == NULL) {
        return false;
    }
    if (catalog_is_attached(p, kind, id) < 0 && count_attached(c, kind, id) >= ATTACHED_MAX) {
        return cam_refuse(x, "InvalidParameter.AttachmentFull");
    }
    catalog_attach(c, p, kind, id);
    return true;
}

static bool detach(struct cosmock_exchange *x, struct catalog *c, enum catalog_entity kind,
                   struct cos_span id)
{
    struct catalog_policy *p = policy_of(x, c);
    if (p != NULL) {
        catalog_detach(c, p, kind, id);
    }
    return p != NULL;
}

/* --- attach and detach --- */

static bool attach_user_policy(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *u = cam_user_of(x, c, "AttachUin", NO_USER);
    return u != NULL && attach(x, c, CATALOG_USER, u->said.uin);
}

int op_attach_user_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "AttachUin", NULL};
    return cam_run(x, known, attach_user_policy);
}

static bool detach_user_policy(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *u = cam_user_of(x, c, "DetachUin", NO_USER);
    return u != NULL && detach(x, c, CATALOG_USER, u->said.uin);
}

int op_detach_user_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "DetachUin", NULL};
    return cam_run(x, known, detach_user_policy);
}

static bool attach_group_policy(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_group *g = cam_group_of(x, c, "AttachGroupId", NO_GROUP);
    return g != NULL && attach(x, c, CATALOG_GROUP, g->said.id);
}

int op_attach_group_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "AttachGroupId", NULL};
    return cam_run(x, known, attach_group_policy);
}

static bool detach_group_policy(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_group *g = cam_group_of(x, c, "DetachGroupId", NO_GROUP);
    return g != NULL && detach(x, c, CATALOG_GROUP, g->said.id);
}

int op_detach_group_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "DetachGroupId", NULL};
    return cam_run(x, known, detach_group_policy);
}

static bool attach_role_policy(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *r = cam_role_of(x, c, "AttachRoleId", "AttachRoleName");
    return r != NULL && attach(x, c, CATALOG_ROLE, r->said.uin);
}

int op_attach_role_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "AttachRoleId", "AttachRoleName",
                                        "PolicyName", NULL};
    return cam_run(x, known, attach_role_policy);
}

static bool detach_role_policy(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *r = cam_role_of(x, c, "DetachRoleId", "DetachRoleName");
    return r != NULL && detach(x, c, CATALOG_ROLE, r->said.uin);
}

int op_detach_role_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "DetachRoleId", "DetachRoleName",
                                        "PolicyName", NULL};
    return cam_run(x, known, detach_role_policy);
}

/* --- lists by whom --- */

/* Of whom, and how his list is called. */
struct listing {
    struct catalog *c;
    enum catalog_entity kind;
    struct cos_span id;
    const char *description; /* "Remark", "Description" */
    bool is_preset;          /* only those are asked for */
};

static void write_attached(struct cos_jw *w, const struct listing *l,
                           const struct catalog_policy *p)
{
    cos_jw_object(w, /* name= */ NULL);
    cam_write_id(w, "PolicyId", p->said.id);
    cos_jw_span(w, "PolicyName", p->said.said.name);
    cam_write_time(w, "AddTime", catalog_is_attached(p, l->kind, l->id));
    cos_jw_i64(w, "CreateMode", BY_SYNTAX);
    cos_jw_str(w, "PolicyType", "User");
    cos_jw_span(w, l->description, p->said.said.description);
    cos_jw_i64(w, "Deactived", 0);
    cos_jw_array(w, "DeactivedDetail");
    cos_jw_end(w);
    cos_jw_end(w);
}

static bool list_attached(struct cosmock_exchange *x, const struct listing *l)
{
    struct cam_page page;
    if (!cam_read_page(x, &page)) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_array(&w, "List");
    for (size_t i = 0; i < l->c->n_policies && !l->is_preset; i++) {
        const struct catalog_policy *p = &l->c->policies[i];
        if (catalog_is_attached(p, l->kind, l->id) >= 0 &&
            cam_has_keyword(&page, p->said.said.name) && cam_on_page(&page)) {
            write_attached(&w, l, p);
        }
    }
    cos_jw_end(&w);
    cos_jw_i64(&w, "TotalNum", page.seen);
    cam_end(x, &w);
    return false;
}

static bool list_attached_user_policies(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *u =
        cam_user_of(x, c, "TargetUin", "InvalidParameter.ParamError");
    return u != NULL &&
           list_attached(x, &(struct listing){c, CATALOG_USER, u->said.uin, "Remark", false});
}

int op_list_attached_user_policies(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetUin", "Page", "Rp", NULL};
    return cam_run(x, known, list_attached_user_policies);
}

static bool list_attached_group_policies(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_group *g =
        cam_group_of(x, c, "TargetGroupId", "InvalidParameter.ParamError");
    return g != NULL &&
           list_attached(x, &(struct listing){c, CATALOG_GROUP, g->said.id, "Remark", false});
}

int op_list_attached_group_policies(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetGroupId", "Page", "Rp", "Keyword", NULL};
    return cam_run(x, known, list_attached_group_policies);
}

static bool list_attached_role_policies(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span type;
    const struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    if (r == NULL || !cam_read_text(x, "PolicyType", /* is_optional= */ true, &type)) {
        return false;
    }
    return list_attached(x, &(struct listing){c, CATALOG_ROLE, r->said.uin, "Description",
                                              cos_span_eq_str(type, "QCS")});
}

int op_list_attached_role_policies(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Page",       "Rp",      "RoleId", "RoleName",
                                        "PolicyType", "Keyword", NULL};
    return cam_run(x, known, list_attached_role_policies);
}

/* --- all that a user has, by groups, too --- */

enum { ATTACHED_ALL, ATTACHED_DIRECTLY, ATTACHED_BY_GROUPS };

static bool is_by_group(const struct catalog_policy *p, const struct catalog_group *g,
                        struct cos_span uin)
{
    return pairs_get(g->said.said.members, uin).ptr != NULL &&
           catalog_is_attached(p, CATALOG_GROUP, g->said.id) >= 0;
}

static bool is_by_groups(const struct catalog *c, const struct catalog_policy *p,
                         struct cos_span uin)
{
    for (size_t i = 0; i < c->n_groups; i++) {
        if (is_by_group(p, &c->groups[i], uin)) {
            return true;
        }
    }
    return false;
}

/* Ids and numbers are texts here (598/44834). */
static void write_had(struct cos_jw *w, const struct catalog *c, const struct catalog_policy *p,
                      struct cos_span uin)
{
    int64_t since = catalog_is_attached(p, CATALOG_USER, uin);
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_span(w, "PolicyId", p->said.id);
    cos_jw_span(w, "PolicyName", p->said.said.name);
    cos_jw_span(w, "Description", p->said.said.description);
    cam_write_time(w, "AddTime", since >= 0 ? since : p->said.said.created_unix_ms);
    cos_jw_str(w, "StrategyType", "1");
    cos_jw_str(w, "CreateMode", "2");
    cos_jw_array(w, "Groups");
    for (size_t i = 0; i < c->n_groups; i++) {
        if (is_by_group(p, &c->groups[i], uin)) {
            cos_jw_object(w, /* name= */ NULL);
            cam_write_id(w, "GroupId", c->groups[i].said.id);
            cos_jw_span(w, "GroupName", c->groups[i].said.said.name);
            cos_jw_end(w);
        }
    }
    cos_jw_end(w);
    cos_jw_i64(w, "Deactived", 0);
    cos_jw_array(w, "DeactivedDetail");
    cos_jw_end(w);
    cos_jw_end(w);
}

static bool list_attached_user_all_policies(struct cosmock_exchange *x, struct catalog *c)
{
    static const struct cam_choice attach_type = {"AttachType", ATTACHED_ALL, ATTACHED_ALL,
                                                  ATTACHED_BY_GROUPS};
    static const struct cam_choice policy_type = {"StrategyType", CUSTOM, CUSTOM, CUSTOM + 1};
    int64_t how;
    int64_t type;
    struct cam_page page;
    const struct catalog_user *u = cam_user_of(x, c, "TargetUin", NO_USER);
    if (u == NULL || !cam_read_page(x, &page) || !cam_read_number(x, &attach_type, &how) ||
        !cam_read_number(x, &policy_type, &type)) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_array(&w, "PolicyList");
    for (size_t i = 0; i < c->n_policies && type == CUSTOM; i++) {
        const struct catalog_policy *p = &c->policies[i];
        bool is_direct = catalog_is_attached(p, CATALOG_USER, u->said.uin) >= 0;
        bool by_groups = is_by_groups(c, p, u->said.uin);
        bool fits = how == ATTACHED_DIRECTLY    ? is_direct
                    : how == ATTACHED_BY_GROUPS ? by_groups
                                                : is_direct || by_groups;
        if (fits && cam_has_keyword(&page, p->said.said.name) && cam_on_page(&page)) {
            write_had(&w, c, p, u->said.uin);
        }
    }
    cos_jw_end(&w);
    cos_jw_i64(&w, "TotalNum", page.seen);
    cam_end(x, &w);
    return false;
}

int op_list_attached_user_all_policies(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetUin",    "Rp",      "Page", "AttachType",
                                        "StrategyType", "Keyword", NULL};
    return cam_run(x, known, list_attached_user_all_policies);
}

/* --- lists by policy --- */

static void write_entity(struct cos_jw *w, struct catalog *c,
                         const struct catalog_attachment *a)
{
    static const int related[] = {[CATALOG_USER] = RELATED_USER,
                                  [CATALOG_GROUP] = RELATED_GROUP,
                                  [CATALOG_ROLE] = RELATED_ROLE};
    const struct catalog_user *u = a->kind == CATALOG_GROUP ? NULL : catalog_user(c, a->id);
    const struct catalog_group *g = a->kind == CATALOG_GROUP ? catalog_group(c, a->id) : NULL;
    struct cos_span name = u != NULL   ? u->said.name
                           : g != NULL ? g->said.said.name
                                       : COS_SPAN_EMPTY;
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_span(w, "Id", a->id);
    cos_jw_span(w, "Name", name);
    cam_write_id(w, "Uin", a->kind == CATALOG_USER ? a->id : COS_SPAN_LIT("0"));
    cos_jw_i64(w, "RelatedType", related[a->kind]);
    cam_write_time(w, "AttachmentTime", a->since_unix_ms);
    cos_jw_end(w);
}

static bool read_filter(struct cosmock_exchange *x, bool wanted[CATALOG_ENTITIES])
{
    static const struct {
        const char *word;
        enum catalog_entity kind;
    } filters[] = {{"User", CATALOG_USER}, {"Group", CATALOG_GROUP}, {"Role", CATALOG_ROLE}};
    struct cos_span filter;
    if (!cam_read_text(x, "EntityFilter", /* is_optional= */ true, &filter)) {
        return false;
    }
    bool is_all = filter.ptr == NULL || cos_span_eq_str(filter, "All");
    bool is_known = is_all;
    for (size_t i = 0; i < COS_ARRAY_LEN(filters); i++) {
        wanted[filters[i].kind] = is_all || cos_span_eq_str(filter, filters[i].word);
        is_known = is_known || wanted[filters[i].kind];
    }
    return is_known || cam_refuse(x, "InvalidParameter.EntityFilterError");
}

static bool list_entities_for_policy(struct cosmock_exchange *x, struct catalog *c)
{
    struct cam_page page;
    bool wanted[CATALOG_ENTITIES] = {false};
    const struct catalog_policy *p = cam_policy_of(x, c, "InvalidParameter.PolicyIdError");
    if (p == NULL || !cam_read_page(x, &page) || !read_filter(x, wanted)) {
        return false;
    }
    struct cos_span attached = p->said.said.attached;
    struct catalog_attachment a;
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_array(&w, "List");
    while (catalog_attachment_next(&attached, &a)) {
        if (wanted[a.kind] && cam_on_page(&page)) {
            write_entity(&w, c, &a);
        }
    }
    cos_jw_end(&w);
    cos_jw_i64(&w, "TotalNum", page.seen);
    cam_end(x, &w);
    return false;
}

int op_list_entities_for_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "Page", "Rp", "EntityFilter", NULL};
    return cam_run(x, known, list_entities_for_policy);
}
