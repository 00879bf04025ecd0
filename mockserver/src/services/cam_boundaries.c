/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permission boundaries of users and roles (cam-conditions.md s.5; py cam models.py; the codes
 * each call knows: sdk-go cam client.go): one policy of the account each, of which the version
 * in effect bounds what the others give.
 */
#include "services/cam_call.h"
#include "services/handlers.h"

enum { CUSTOM = 1, BY_SYNTAX = 2 };

static struct catalog_policy *boundary_policy(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span id;
    if (!cam_read_id(x, "PolicyId", /* is_optional= */ false, &id)) {
        return NULL;
    }
    struct catalog_policy *p = catalog_policy(c, id);
    if (p == NULL) {
        (void)cam_refuse(x, "InvalidParameter.PolicyIdNotExist");
    }
    return p;
}

/* Of a sub-account: an account has none. */
static struct catalog_user *bounded_user(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_user *u = cam_user_of(x, c, "TargetUin", "InvalidParameter.UserNotExist");
    if (u != NULL && cos_span_eq(u->said.uin, c->owner_uin)) {
        (void)cam_refuse(x, "InvalidParameter.UserNotExist");
        return NULL;
    }
    return u;
}

static bool put_boundary(struct cosmock_exchange *x, struct catalog *c, struct catalog_user *u)
{
    struct catalog_policy *p = u == NULL ? NULL : boundary_policy(x, c);
    if (p != NULL) {
        catalog_bound(c, u, p);
    }
    return p != NULL;
}

static bool drop_boundary(struct catalog *c, struct catalog_user *u)
{
    if (u != NULL) {
        catalog_bound(c, u, /* p= */ NULL);
    }
    return u != NULL;
}

/* All of it null where there is none (py cam models.py). A boundary of the world file is no
 * policy of the account, and has no id. */
static void answer_boundary(struct cosmock_exchange *x, struct catalog *c,
                            const struct catalog_user *u)
{
    struct cos_span boundary = u->said.boundary;
    struct row_pair pair;
    bool has_one = row_pair_next(&boundary, &pair);
    const struct catalog_policy *p = NULL;
    for (size_t i = 0; i < c->n_policies && p == NULL; i++) {
        bool is_it = catalog_is_attached(&c->policies[i], CATALOG_BOUNDED, u->said.uin) >= 0;
        p = is_it ? &c->policies[i] : NULL;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    if (has_one) {
        cam_write_id(&w, "PolicyId", p == NULL ? COS_SPAN_LIT("0") : p->said.id);
        cos_jw_span(&w, "PolicyName", pair.name);
        cos_jw_span(&w, "PolicyDocument", pair.value);
        cos_jw_i64(&w, "PolicyType", CUSTOM);
        cos_jw_i64(&w, "CreateMode", BY_SYNTAX);
    } else {
        static const char *const fields[] = {"PolicyId", "PolicyName", "PolicyDocument",
                                             "PolicyType", "CreateMode"};
        for (size_t i = 0; i < COS_ARRAY_LEN(fields); i++) {
            cos_jw_str(&w, fields[i], /* value= */ NULL);
        }
    }
    cam_end(x, &w);
}

static bool put_user_permissions_boundary(struct cosmock_exchange *x, struct catalog *c)
{
    return put_boundary(x, c, bounded_user(x, c));
}

int op_put_user_permissions_boundary(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetUin", "PolicyId", NULL};
    return cam_run(x, known, put_user_permissions_boundary);
}

static bool delete_user_permissions_boundary(struct cosmock_exchange *x, struct catalog *c)
{
    return drop_boundary(c, bounded_user(x, c));
}

int op_delete_user_permissions_boundary(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetUin", NULL};
    return cam_run(x, known, delete_user_permissions_boundary);
}

static bool get_user_permission_boundary(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *u =
        cam_user_of(x, c, "TargetUin", "InvalidParameter.ParamError");
    if (u != NULL) {
        answer_boundary(x, c, u);
    }
    return false;
}

int op_get_user_permission_boundary(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetUin", NULL};
    return cam_run(x, known, get_user_permission_boundary);
}

static bool put_role_permissions_boundary(struct cosmock_exchange *x, struct catalog *c)
{
    return put_boundary(x, c, cam_role_of(x, c, "RoleId", "RoleName"));
}

int op_put_role_permissions_boundary(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyId", "RoleId", "RoleName", NULL};
    return cam_run(x, known, put_role_permissions_boundary);
}

static bool delete_role_permissions_boundary(struct cosmock_exchange *x, struct catalog *c)
{
    return drop_boundary(c, cam_role_of(x, c, "RoleId", "RoleName"));
}

int op_delete_role_permissions_boundary(struct cosmock_exchange *x)
{
    static const char *const known[] = {"RoleId", "RoleName", NULL};
    return cam_run(x, known, delete_role_permissions_boundary);
}

static bool get_role_permission_boundary(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    if (r != NULL) {
        answer_boundary(x, c, r);
    }
    return false;
}

int op_get_role_permission_boundary(struct cosmock_exchange *x)
{
    static const char *const known[] = {"RoleId", NULL};
    return cam_run(x, known, get_role_permission_boundary);
}
