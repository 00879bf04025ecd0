/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles (cam-conditions.md s.6, s.7.3; py cam models.py; the codes each call knows: sdk-go cam
 * client.go). A role may go with policies attached to it (s.7.4), and
 * its sessions end with it.
 */
#include "services/cam_call.h"
#include "services/handlers.h"

#include "exchange/sts_request.h"
#include "world/maps.h"

enum {
    ROLES_MAX = 1000,
    NAME_MAX_BYTES = 128,
    TAGS_MAX = 50, /* [assumed] as those of a session */
};
#define TAG "tag:"
#define SESSION_USUAL_S 7200 /* [assumed] the default of AssumeRole: sts-cam.md s.2 */

static void touch(struct cosmock_exchange *x, struct catalog_user *r)
{
    r->said.updated_unix_ms = x->now.modification_unix_ms;
    r->is_changed = true;
}

/* --- tags: in the profile, each as "tag:<key>" --- */

static size_t count_tags(const struct catalog_user *r)
{
    struct cos_span profile = r->said.profile;
    struct row_pair p;
    size_t n = 0;
    while (row_pair_next(&profile, &p)) {
        n += cos_span_starts(p.name, COS_SPAN_LIT(TAG));
    }
    return n;
}

static const char *tag_name(struct catalog *c, struct cos_span key)
{
    return cos_arena_printf(c->arena, TAG COS_SPAN_FMT, COS_SPAN_ARG(key)).ptr;
}

static bool add_tags(struct cosmock_exchange *x, struct catalog *c, struct catalog_user *r)
{
    size_t n = cam_count(x, "Tags");
    for (size_t i = 0; i < n; i++) {
        struct cos_span key = cam_member(x, "Tags", i, "Key");
        struct cos_span value = cam_member(x, "Tags", i, "Value");
        if (key.len == 0 || key.len > 128 || value.len > 256) {
            return cam_refuse(x, "InvalidParameter.TagParamError");
        }
        cam_profile_set(c, r, tag_name(c, key), value.ptr == NULL ? COS_SPAN_EMPTY : value);
    }
    return count_tags(r) <= TAGS_MAX || cam_refuse(x, "InvalidParameter.TagLimitExceeded");
}

static void write_tags(struct cos_jw *w, const struct catalog_user *r)
{
    struct cos_span profile = r->said.profile;
    struct row_pair p;
    cos_jw_array(w, "Tags");
    while (row_pair_next(&profile, &p)) {
        if (cos_span_starts(p.name, COS_SPAN_LIT(TAG))) {
            cos_jw_object(w, /* name= */ NULL);
            cos_jw_span(w, "Key", cos_span_from(p.name, sizeof(TAG) - 1));
            cos_jw_span(w, "Value", p.value);
            cos_jw_end(w);
        }
    }
    cos_jw_end(w);
}

/* --- CreateRole --- */

static bool read_trust(struct cosmock_exchange *x, struct cos_span *out)
{
    return cam_read_text(x, "PolicyDocument", /* is_optional= */ false, out) &&
           cam_check_document(x, *out, CAM_TRUST);
}

static bool read_session(struct cosmock_exchange *x, int64_t *out)
{
    static const struct cam_choice session = {"SessionDuration", SESSION_USUAL_S, 0,
                                              WORLD_ROLE_SESSION_MAX_S};
    bool is_read = cam_read_number(x, &session, out);
    *out = *out == 0 ? SESSION_USUAL_S : *out;
    return is_read;
}

/* "Description" and "ConsoleLogin", which has no effect here. */
static bool read_profile(struct cosmock_exchange *x, struct catalog *c, struct catalog_user *r)
{
    static const struct cam_choice login = {"ConsoleLogin", -1, 0, 1};
    struct cos_span description;
    int64_t may_log_in;
    if (!cam_read_text(x, "Description", /* is_optional= */ true, &description) ||
        !cam_check_description(x, description) || !cam_read_number(x, &login, &may_log_in)) {
        return false;
    }
    if (description.ptr != NULL) {
        cam_profile_set(c, r, "Description", description);
    }
    if (may_log_in >= 0) {
        cam_profile_set(c, r, login.name,
                        may_log_in == 1 ? COS_SPAN_LIT("1") : COS_SPAN_LIT("0"));
    }
    return true;
}

static size_t count_roles(const struct catalog *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_users; i++) {
        n += c->users[i].said.trust.len > 0;
    }
    return n;
}

/* Another id than that of a former role of this name. */
static struct cos_span make_id(struct catalog *c, struct cos_span name)
{
    return world_role_id(c->arena, c->owner_uin,
                         cos_arena_printf(c->arena, COS_SPAN_FMT "/%llu", COS_SPAN_ARG(name),
                                          (unsigned long long)catalog_number(c)));
}

static bool create_role(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span name;
    struct cos_span trust;
    int64_t session_s;
    if (!cam_read_text(x, "RoleName", /* is_optional= */ false, &name) ||
        !cam_may(x, "roleName", name) ||
        !cam_check_name(x, name, NAME_MAX_BYTES, "InvalidParameter.RoleNameError") ||
        !read_trust(x, &trust) || !read_session(x, &session_s)) {
        return false;
    }
    if (catalog_role_named(c, name) != NULL) {
        return cam_refuse(x, "InvalidParameter.RoleNameInUse");
    }
    if (count_roles(c) >= ROLES_MAX) {
        return cam_refuse(x, "InvalidParameter.RoleFull");
    }
    struct catalog_user *r = catalog_add_user(c, make_id(c, name));
    if (r == NULL) {
        return false;
    }
    r->said.name = name;
    r->said.appid = cos_span_of(x->principal.who.appid);
    r->said.trust = trust;
    r->said.session_max_s = session_s;
    r->said.created_unix_ms = x->now.modification_unix_ms;
    touch(x, r);
    if (!read_profile(x, c, r) || !add_tags(x, c, r)) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_span(&w, "RoleId", r->said.uin);
    cam_end(x, &w);
    return true;
}

int op_create_role(struct cosmock_exchange *x)
{
    static const char *const known[] = {
        "RoleName", "PolicyDocument", "Description",     "ConsoleLogin",
        "Tags",     "Tags.",          "SessionDuration", NULL};
    return cam_run(x, known, create_role);
}

/* --- reading --- */

static void write_role(struct cos_jw *w, const struct catalog_user *r)
{
    char arn[200];
    (void)snprintf(arn, sizeof(arn), "qcs::cam::uin/" COS_SPAN_FMT ":roleName/" COS_SPAN_FMT,
                   COS_SPAN_ARG(r->said.owner_uin), COS_SPAN_ARG(r->said.name));
    cos_jw_span(w, "RoleId", r->said.uin);
    cos_jw_span(w, "RoleName", r->said.name);
    cos_jw_span(w, "PolicyDocument", r->said.trust);
    cos_jw_span(w, "Description", cam_profile(r, "Description"));
    cam_write_time(w, "AddTime", r->said.created_unix_ms);
    cam_write_time(w, "UpdateTime", r->said.updated_unix_ms);
    cos_jw_i64(w, "ConsoleLogin", cos_span_eq_str(cam_profile(r, "ConsoleLogin"), "1"));
    cos_jw_str(w, "RoleType", "user");
    cos_jw_i64(w, "SessionDuration", r->said.session_max_s);
    write_tags(w, r);
    cos_jw_str(w, "RoleArn", arn);
}

static bool get_role(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    if (r != NULL) {
        struct cos_jw w;
        cam_begin(x, &w);
        cos_jw_object(&w, "RoleInfo");
        write_role(&w, r);
        cos_jw_end(&w);
        cam_end(x, &w);
    }
    return false;
}

int op_get_role(struct cosmock_exchange *x)
{
    static const char *const known[] = {"RoleId", "RoleName", NULL};
    return cam_run(x, known, get_role);
}

/* Every tag that is asked for. */
static bool has_tags(struct cosmock_exchange *x, struct catalog *c,
                     const struct catalog_user *r)
{
    size_t n = cam_count(x, "Tags");
    for (size_t i = 0; i < n; i++) {
        const char *name = tag_name(c, cam_member(x, "Tags", i, "Key"));
        struct cos_span wanted = cam_member(x, "Tags", i, "Value");
        struct cos_span value = pairs_get(r->said.profile, cos_span_of(name));
        if (value.ptr == NULL || (wanted.len > 0 && !cos_span_eq(value, wanted))) {
            return false;
        }
    }
    return true;
}

static bool describe_role_list(struct cosmock_exchange *x, struct catalog *c)
{
    struct cam_page page;
    if (!cam_may_all(x, "roleName") || !cam_read_page(x, &page)) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_array(&w, "List");
    for (size_t i = 0; i < c->n_users; i++) {
        const struct catalog_user *r = &c->users[i];
        if (r->said.trust.len > 0 && has_tags(x, c, r) && cam_on_page(&page)) {
            cos_jw_object(&w, /* name= */ NULL);
            write_role(&w, r);
            cos_jw_end(&w);
        }
    }
    cos_jw_end(&w);
    cos_jw_i64(&w, "TotalNum", page.seen);
    cam_end(x, &w);
    return false;
}

int op_describe_role_list(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Page", "Rp", "Tags", "Tags.", NULL};
    return cam_run(x, known, describe_role_list);
}

/* --- changing --- */

static bool delete_role(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    if (r != NULL) {
        catalog_drop_user(c, r);
    }
    return r != NULL;
}

int op_delete_role(struct cosmock_exchange *x)
{
    static const char *const known[] = {"RoleId", "RoleName", NULL};
    return cam_run(x, known, delete_role);
}

static bool update_assume_role_policy(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span trust;
    struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    if (r == NULL || !read_trust(x, &trust)) {
        return false;
    }
    r->said.trust = trust;
    touch(x, r);
    return true;
}

int op_update_assume_role_policy(struct cosmock_exchange *x)
{
    static const char *const known[] = {"PolicyDocument", "RoleId", "RoleName", NULL};
    return cam_run(x, known, update_assume_role_policy);
}

static bool update_role_profile(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    if (r == NULL || !read_profile(x, c, r)) {
        return false;
    }
    touch(x, r);
    return true;
}

int op_update_role_description(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Description", "RoleId", "RoleName", NULL};
    return cam_run(x, known, update_role_profile);
}

int op_update_role_console_login(struct cosmock_exchange *x)
{
    static const char *const known[] = {"ConsoleLogin", "RoleId", "RoleName", NULL};
    return cam_run(x, known, update_role_profile);
}

static bool update_role_session_duration(struct cosmock_exchange *x, struct catalog *c)
{
    int64_t session_s;
    struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    if (r == NULL || !read_session(x, &session_s)) {
        return false;
    }
    r->said.session_max_s = session_s;
    touch(x, r);
    return true;
}

int op_update_role_session_duration(struct cosmock_exchange *x)
{
    static const char *const known[] = {"SessionDuration", "RoleId", "RoleName", NULL};
    return cam_run(x, known, update_role_session_duration);
}

static bool tag_role(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    return r != NULL && add_tags(x, c, r);
}

int op_tag_role(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Tags", "Tags.", "RoleId", "RoleName", NULL};
    return cam_run(x, known, tag_role);
}

static bool untag_role(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_user *r = cam_role_of(x, c, "RoleId", "RoleName");
    size_t n = r == NULL ? 0 : cam_count(x, "TagKeys");
    for (size_t i = 0; i < n; i++) {
        const char *name = tag_name(c, cam_member(x, "TagKeys", i, /* member= */ NULL));
        r->said.profile = pairs_without(c->arena, r->said.profile, cos_span_of(name));
        r->is_changed = true;
    }
    return r != NULL;
}

int op_untag_role(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TagKeys", "TagKeys.", "RoleId", "RoleName", NULL};
    return cam_run(x, known, untag_role);
}
