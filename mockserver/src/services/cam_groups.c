/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of users (cam-conditions.md s.7.3, s.9; py cam models.py; the codes each call knows:
 * sdk-go cam client.go). What is attached to a group its members have. A group that is not
 * there has different codes in different calls; GetGroup and DeleteGroup know none for it but
 * that of a user (sdk-go), and Terraform takes what says ResourceNotFound for gone
 * (cam-conditions.md s.7.4).
 */
#include "services/cam_call.h"
#include "services/handlers.h"

#include "exchange/sts_request.h"

enum {
    GROUPS_MAX = 300,
    MEMBERS_MAX = 100,    /* of one group */
    OF_ONE_USER_MAX = 10, /* groups */
    AT_ONCE_MAX = 200,    /* [assumed] memberships */
    NAME_MAX_BYTES = 64,  /* [assumed] */
};
#define NO_GROUP "ResourceNotFound.GroupNotExist"
#define NO_USER "ResourceNotFound.UserNotExist"

static bool read_name(struct cosmock_exchange *x, struct catalog *c, bool is_optional,
                      struct cos_span *out)
{
    if (!cam_read_text(x, "GroupName", is_optional, out)) {
        return false;
    }
    if (out->ptr == NULL) {
        return true;
    }
    if (out->len > NAME_MAX_BYTES) {
        return cam_say(x, "InvalidParameter.ParamError",
                       COS_SPAN_LIT("GroupName may have 64 bytes"));
    }
    return true;
}

static bool is_free(struct cosmock_exchange *x, struct catalog *c, struct cos_span name)
{
    return catalog_group_named(c, name) == NULL ||
           cam_refuse(x, "InvalidParameter.GroupNameInUse");
}

/* --- one --- */

static bool create_group(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span name;
    struct cos_span remark;
    if (!read_name(x, c, /* is_optional= */ false, &name) || !cam_may_all(x, "groupid") ||
        !cam_read_text(x, "Remark", /* is_optional= */ true, &remark) || !is_free(x, c, name)) {
        return false;
    }
    if (c->n_groups >= GROUPS_MAX) {
        return cam_refuse(x, "InvalidParameter.GroupFull");
    }
    struct catalog_group *g = catalog_add_group(c);
    if (g == NULL) {
        return false;
    }
    g->said.said.name = name;
    g->said.said.remark = remark.ptr == NULL ? COS_SPAN_EMPTY : remark;
    g->said.said.created_unix_ms = x->now.modification_unix_ms;
    struct cos_jw w;
    cam_begin(x, &w);
    cam_write_id(&w, "GroupId", g->said.id);
    cam_end(x, &w);
    return true;
}

int op_create_group(struct cosmock_exchange *x)
{
    static const char *const known[] = {"GroupName", "Remark", NULL};
    return cam_run(x, known, create_group);
}

static bool update_group(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span name;
    struct cos_span remark;
    struct catalog_group *g = cam_group_of(x, c, "GroupId", NO_GROUP);
    if (g == NULL || !read_name(x, c, /* is_optional= */ true, &name) ||
        !cam_read_text(x, "Remark", /* is_optional= */ true, &remark)) {
        return false;
    }
    bool is_renamed = name.ptr != NULL && !cos_span_eq(name, g->said.said.name);
    if (is_renamed && !is_free(x, c, name)) {
        return false;
    }
    g->said.said.name = is_renamed ? name : g->said.said.name;
    g->said.said.remark = remark.ptr != NULL ? remark : g->said.said.remark;
    g->is_changed = true;
    return true;
}

int op_update_group(struct cosmock_exchange *x)
{
    static const char *const known[] = {"GroupId", "GroupName", "Remark", NULL};
    return cam_run(x, known, update_group);
}

static bool delete_group(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_group *g = cam_group_of(x, c, "GroupId", NO_GROUP);
    if (g == NULL) {
        return false;
    }
    catalog_detach_all(c, CATALOG_GROUP, g->said.id);
    g->is_gone = true;
    return true;
}

int op_delete_group(struct cosmock_exchange *x)
{
    static const char *const known[] = {"GroupId", NULL};
    return cam_run(x, known, delete_group);
}

static void write_member(struct cos_jw *w, struct catalog *c, const struct row_pair *member)
{
    const struct catalog_user *u = catalog_user(c, member->name);
    if (u == NULL) {
        return;
    }
    int64_t since_unix_ms = 0;
    (void)cos_span_i64(member->value, &since_unix_ms);
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_i64(w, "Uid", cam_uid(u));
    cam_write_id(w, "Uin", u->said.uin);
    cos_jw_span(w, "Name", u->said.name);
    cos_jw_span(w, "PhoneNum", cam_profile(u, "PhoneNum"));
    cos_jw_span(w, "CountryCode", cam_profile(u, "CountryCode"));
    cos_jw_i64(w, "PhoneFlag", 0);
    cos_jw_span(w, "Email", cam_profile(u, "Email"));
    cos_jw_i64(w, "EmailFlag", 0);
    cos_jw_i64(w, "UserType", 0);
    cam_write_time(w, "CreateTime", since_unix_ms);
    cos_jw_i64(w, "IsReceiverOwner", 0);
    cos_jw_span(w, "Remark", cam_profile(u, "Remark"));
    cos_jw_end(w);
}

/* @page NULL: all of them. */
static void write_members(struct cos_jw *w, struct catalog *c, const struct catalog_group *g,
                          struct cam_page *page)
{
    struct cos_span members = g->said.said.members;
    struct row_pair member;
    cos_jw_array(w, "UserInfo");
    while (row_pair_next(&members, &member)) {
        if (page == NULL || cam_on_page(page)) {
            write_member(w, c, &member);
        }
    }
    cos_jw_end(w);
}

static bool get_group(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_group *g = cam_group_of(x, c, "GroupId", NO_GROUP);
    if (g == NULL) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cam_write_id(&w, "GroupId", g->said.id);
    cos_jw_span(&w, "GroupName", g->said.said.name);
    cos_jw_u64(&w, "GroupNum", pairs_count(g->said.said.members));
    cos_jw_span(&w, "Remark", g->said.said.remark);
    cam_write_time(&w, "CreateTime", g->said.said.created_unix_ms);
    write_members(&w, c, g, /* page= */ NULL);
    cam_end(x, &w);
    return false;
}

int op_get_group(struct cosmock_exchange *x)
{
    static const char *const known[] = {"GroupId", NULL};
    return cam_run(x, known, get_group);
}

/* --- many --- */

static void write_group(struct cos_jw *w, const struct catalog_group *g)
{
    cos_jw_object(w, /* name= */ NULL);
    cam_write_id(w, "GroupId", g->said.id);
    cos_jw_span(w, "GroupName", g->said.said.name);
    cam_write_time(w, "CreateTime", g->said.said.created_unix_ms);
    cos_jw_span(w, "Remark", g->said.said.remark);
    cos_jw_end(w);
}

/* @uin ptr NULL: whoever is in them. */
static void answer_groups(struct cosmock_exchange *x, const struct catalog *c,
                          struct cam_page *page, struct cos_span uin)
{
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_array(&w, "GroupInfo");
    for (size_t i = 0; i < c->n_groups; i++) {
        const struct catalog_group *g = &c->groups[i];
        bool fits = uin.ptr == NULL || pairs_get(g->said.said.members, uin).ptr != NULL;
        if (fits && cam_has_keyword(page, g->said.said.name) && cam_on_page(page)) {
            write_group(&w, g);
        }
    }
    cos_jw_end(&w);
    cos_jw_i64(&w, "TotalNum", page->seen);
    cam_end(x, &w);
}

static bool list_groups(struct cosmock_exchange *x, struct catalog *c)
{
    struct cam_page page;
    if (cam_may_all(x, "groupid") && cam_read_page(x, &page)) {
        answer_groups(x, c, &page, (struct cos_span){NULL, 0});
    }
    return false;
}

int op_list_groups(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Page", "Rp", "Keyword", NULL};
    return cam_run(x, known, list_groups);
}

static struct catalog_user *user_by_uid(struct catalog *c, struct cos_span uid)
{
    int64_t number = 0;
    bool is_number = cos_span_i64(uid, &number);
    for (size_t i = 0; i < c->n_users && is_number; i++) {
        struct catalog_user *u = &c->users[i];
        if (!u->is_gone && u->said.trust.len == 0 && cam_uid(u) == number) {
            return u;
        }
    }
    return NULL;
}

/* By @uin or, without one, by @uid: one of them must be there. The account is none of them. */
static struct catalog_user *member_of(struct cosmock_exchange *x, struct catalog *c,
                                      struct cos_span uin, struct cos_span uid)
{
    if (uin.len == 0 && uid.len == 0) {
        (void)cam_refuse(x, "InvalidParameter.UserUinAndUinNotAllNull");
        return NULL;
    }
    struct catalog_user *u = uin.len > 0 ? catalog_user(c, uin) : user_by_uid(c, uid);
    if (u == NULL || u->said.trust.len > 0 || cos_span_eq(u->said.uin, c->owner_uin)) {
        (void)cam_refuse(x, NO_USER);
        return NULL;
    }
    return u;
}

static bool list_groups_for_user(struct cosmock_exchange *x, struct catalog *c)
{
    struct cam_page page;
    struct cos_span uin;
    struct cos_span uid;
    if (!cam_read_id(x, "SubUin", /* is_optional= */ true, &uin) ||
        !cam_read_id(x, "Uid", /* is_optional= */ true, &uid) || !cam_read_page(x, &page) ||
        !(uin.ptr != NULL ? cam_may(x, "uin", uin) : cam_may_all(x, "uin"))) {
        return false;
    }
    const struct catalog_user *u = member_of(x, c, uin, uid);
    if (u != NULL) {
        answer_groups(x, c, &page, u->said.uin);
    }
    return false;
}

int op_list_groups_for_user(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Uid", "Rp", "Page", "SubUin", NULL};
    return cam_run(x, known, list_groups_for_user);
}

static bool list_users_for_group(struct cosmock_exchange *x, struct catalog *c)
{
    struct cam_page page;
    const struct catalog_group *g = cam_group_of(x, c, "GroupId", NO_GROUP);
    if (g == NULL || !cam_read_page(x, &page)) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    write_members(&w, c, g, &page);
    cos_jw_i64(&w, "TotalNum", page.seen);
    cam_end(x, &w);
    return false;
}

int op_list_users_for_group(struct cosmock_exchange *x)
{
    static const char *const known[] = {"GroupId", "Page", "Rp", NULL};
    return cam_run(x, known, list_users_for_group);
}

/* --- members --- */

static size_t count_groups(const struct catalog *c, struct cos_span uin)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_groups; i++) {
        n += pairs_get(c->groups[i].said.said.members, uin).ptr != NULL;
    }
    return n;
}

static bool add_member(struct cosmock_exchange *x, struct catalog *c, struct catalog_group *g,
                       const struct catalog_user *u)
{
    if (pairs_get(g->said.said.members, u->said.uin).ptr != NULL) {
        return true;
    }
    if (pairs_count(g->said.said.members) >= MEMBERS_MAX) {
        return cam_refuse(x, "InvalidParameter.GroupUserFull");
    }
    if (count_groups(c, u->said.uin) >= OF_ONE_USER_MAX) {
        return cam_refuse(x, "InvalidParameter.UserGroupFull");
    }
    g->said.said.members =
        pairs_with(c->arena, g->said.said.members, u->said.uin,
                   cos_arena_printf(c->arena, "%lld", (long long)x->now.modification_unix_ms));
    g->is_changed = true;
    return true;
}

static bool remove_member(struct cosmock_exchange *x, struct catalog *c,
                          struct catalog_group *g, const struct catalog_user *u)
{
    g->said.said.members = pairs_without(c->arena, g->said.said.members, u->said.uin);
    g->is_changed = true;
    return true;
}

/* "Info": each names a group and somebody. */
static bool each_membership(struct cosmock_exchange *x, struct catalog *c,
                            bool (*change)(struct cosmock_exchange *x, struct catalog *c,
                                           struct catalog_group *g,
                                           const struct catalog_user *u),
                            const char *no_group)
{
    size_t n = cam_count(x, "Info");
    if (n == 0 || n > AT_ONCE_MAX) {
        return cam_say(x, n == 0 ? "MissingParameter" : "InvalidParameter.ParamError",
                       n == 0 ? COS_SPAN_LIT("The request is missing a required parameter "
                                             "`Info`.")
                              : COS_SPAN_LIT("Info may have 200 items"));
    }
    for (size_t i = 0; i < n; i++) {
        struct cos_span id = cam_member(x, "Info", i, "GroupId");
        if (!cam_may(x, "groupid", id.ptr == NULL ? COS_SPAN_EMPTY : id)) {
            return false;
        }
        struct catalog_group *g = catalog_group(c, id);
        if (g == NULL) {
            return cam_refuse(x, no_group);
        }
        const struct catalog_user *u =
            member_of(x, c, cam_member(x, "Info", i, "Uin"), cam_member(x, "Info", i, "Uid"));
        if (u == NULL || !change(x, c, g, u)) {
            return false;
        }
    }
    return true;
}

static bool add_user_to_group(struct cosmock_exchange *x, struct catalog *c)
{
    return each_membership(x, c, add_member, "InvalidParameter.GroupNotExist");
}

int op_add_user_to_group(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Info", "Info.", NULL};
    return cam_run(x, known, add_user_to_group);
}

static bool remove_user_from_group(struct cosmock_exchange *x, struct catalog *c)
{
    return each_membership(x, c, remove_member, NO_GROUP);
}

int op_remove_user_from_group(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Info", "Info.", NULL};
    return cam_run(x, known, remove_user_from_group);
}
