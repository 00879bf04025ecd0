/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sub-accounts and the account itself (cam-conditions.md s.7.1; py cam models.py and
 * cam_client.py 3.1.181; the codes each call knows: sdk-go cam client.go). What a console would
 * do with (passwords, telephones, whether it lets somebody in) is kept as it was said and has
 * no effect here; a password that is to be made up is told once and kept nowhere.
 */
#include "services/cam_keys.h"
#include "services/handlers.h"

#include "exchange/sts_request.h"

enum {
    USERS_MAX = 1000,
    NAME_MAX_BYTES = 64 /* [assumed] as the console has it */,
    ASKED_MAX = 50,
    PASSWORD_BYTES = 32
};
#define PASSWORD_CHARS \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*,-.;<=>?@[]^_{|}~"
#define ABSENT "ResourceNotFound.UserNotExist"

static const char *const said_of_users[] = {"Remark", "PhoneNum", "CountryCode", "Email"};

static bool is_user(const struct catalog *c, const struct catalog_user *u)
{
    return !u->is_gone && u->said.trust.len == 0 && !cos_span_eq(u->said.uin, c->owner_uin);
}

static size_t count_users(const struct catalog *c, bool are_roles)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_users; i++) {
        const struct catalog_user *u = &c->users[i];
        n += are_roles ? !u->is_gone && u->said.trust.len > 0 : is_user(c, u);
    }
    return n;
}

/* --- AddUser --- */

/* What is said about @u; what is not said stays. */
static bool read_profile(struct cosmock_exchange *x, struct catalog *c, struct catalog_user *u)
{
    static const struct cam_choice login = {"ConsoleLogin", -1, 0, 1};
    int64_t may_log_in;
    for (size_t i = 0; i < COS_ARRAY_LEN(said_of_users); i++) {
        struct cos_span value;
        if (!cam_read_text(x, said_of_users[i], /* is_optional= */ true, &value)) {
            return false;
        }
        if (value.ptr != NULL) {
            cam_profile_set(c, u, said_of_users[i], value);
        }
    }
    if (!cam_read_number(x, &login, &may_log_in)) {
        return false;
    }
    if (may_log_in >= 0) {
        cam_profile_set(c, u, login.name,
                        may_log_in == 1 ? COS_SPAN_LIT("1") : COS_SPAN_LIT("0"));
    }
    u->said.updated_unix_ms = x->now.modification_unix_ms;
    u->is_changed = true;
    return true;
}

/* Of the shape that uins have; nobody's. */
static struct cos_span make_uin(struct catalog *c)
{
    struct cos_span uin = COS_SPAN_EMPTY;
    bool is_taken = true;
    while (is_taken && !c->arena->failed) {
        uin = cos_arena_printf(c->arena, "1000%08llu",
                               40000000ULL + (unsigned long long)catalog_number(c));
        struct user *u = uin.len == 0 ? NULL : world_user_find(c->t, uin.ptr);
        is_taken = u != NULL;
        (void)user_unref(u);
    }
    return uin;
}

/* Told only where it is made up. */
static struct cos_span make_password(struct cosmock_exchange *x, const struct catalog_user *u)
{
    const struct sts_field *given = sts_field_get(x->sts, "Password");
    char text[PASSWORD_BYTES + 1] = "";
    bool is_given = given != NULL && given->value.len > 0;
    if (!is_given && cos_span_eq_str(cam_profile(u, "ConsoleLogin"), "1")) {
        cos_rng_text(x->tenant->rng, text, PASSWORD_BYTES, PASSWORD_CHARS);
    }
    struct cos_span told = cos_arena_span(&x->arena, cos_span_of(text));
    cos_wipe(text, sizeof(text));
    return told;
}

static bool answer_user(struct cosmock_exchange *x, struct catalog *c, struct catalog_user *u,
                        bool has_key)
{
    struct cam_new_key key = {.secret_id = COS_SPAN_EMPTY, .secret_key = COS_SPAN_EMPTY};
    if (has_key && !cam_make_key(x, c, u->said.uin, COS_SPAN_EMPTY, &key)) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cam_write_id(&w, "Uin", u->said.uin);
    cos_jw_span(&w, "Name", u->said.name);
    cos_jw_span(&w, "Password", make_password(x, u));
    cos_jw_span(&w, "SecretId", key.secret_id);
    cos_jw_span(&w, "SecretKey", key.secret_key);
    cos_jw_i64(&w, "Uid", cam_uid(u));
    cam_end(x, &w);
    return true;
}

static bool add_user(struct cosmock_exchange *x, struct catalog *c)
{
    static const struct cam_choice use_api = {"UseApi", 0, 0, 1};
    struct cos_span name;
    int64_t has_key;
    if (!cam_read_text(x, "Name", /* is_optional= */ false, &name) || !cam_may_all(x, "uin") ||
        !cam_check_name(x, name, NAME_MAX_BYTES, "InvalidParameter.UserNameIllegal") ||
        !cam_read_number(x, &use_api, &has_key)) {
        return false;
    }
    if (catalog_user_named(c, name) != NULL) {
        return cam_refuse(x, "InvalidParameter.SubUserNameInUse");
    }
    if (count_users(c, /* are_roles= */ false) >= USERS_MAX) {
        return cam_refuse(x, "InvalidParameter.SubUserFull");
    }
    struct catalog_user *u = catalog_add_user(c, make_uin(c));
    if (u == NULL) {
        return false;
    }
    u->said.name = name;
    u->said.appid = cos_span_of(x->principal.who.appid);
    u->said.created_unix_ms = x->now.modification_unix_ms;
    return read_profile(x, c, u) && answer_user(x, c, u, has_key == 1);
}

int op_add_user(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Name",     "Remark",   "ConsoleLogin",
                                        "UseApi",   "Password", "NeedResetPassword",
                                        "PhoneNum", "Email",    "CountryCode",
                                        NULL};
    return cam_run(x, known, add_user);
}

/* --- one --- */

static struct catalog_user *user_named(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span name;
    if (!cam_read_text(x, "Name", /* is_optional= */ false, &name)) {
        return NULL;
    }
    struct catalog_user *u = catalog_user_named(c, name);
    if (u == NULL ? !cam_may_all(x, "uin") : !cam_may(x, "uin", u->said.uin)) {
        return NULL;
    }
    if (u == NULL) {
        (void)cam_refuse(x, ABSENT);
    }
    return u;
}

static void write_user(struct cos_jw *w, const struct catalog_user *u)
{
    cam_write_id(w, "Uin", u->said.uin);
    cos_jw_span(w, "Name", u->said.name);
    cos_jw_i64(w, "Uid", cam_uid(u));
    cos_jw_span(w, "Remark", cam_profile(u, "Remark"));
    cos_jw_i64(w, "ConsoleLogin", cos_span_eq_str(cam_profile(u, "ConsoleLogin"), "1"));
    cos_jw_span(w, "PhoneNum", cam_profile(u, "PhoneNum"));
    cos_jw_span(w, "CountryCode", cam_profile(u, "CountryCode"));
    cos_jw_span(w, "Email", cam_profile(u, "Email"));
}

static bool get_user(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *u = user_named(x, c);
    if (u != NULL) {
        struct cos_jw w;
        cam_begin(x, &w);
        write_user(&w, u);
        cam_end(x, &w);
    }
    return false;
}

int op_get_user(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Name", NULL};
    return cam_run(x, known, get_user);
}

static bool update_user(struct cosmock_exchange *x, struct catalog *c)
{
    struct catalog_user *u = user_named(x, c);
    return u != NULL && read_profile(x, c, u);
}

int op_update_user(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Name",     "Remark",      "ConsoleLogin",
                                        "Password", "PhoneNum",    "NeedResetPassword",
                                        "Email",    "CountryCode", NULL};
    return cam_run(x, known, update_user);
}

/* --- DeleteUser --- */

static void drop_key(void *ctx, const struct access_key *key)
{
    key_row_delete(ctx, cos_span_of(key->secret_id));
}

/* "Deleting keys takes the right cam:DeleteApiKey" (py cam models.py, DeleteUser). */
static bool may_drop_keys(struct cosmock_exchange *x, struct cos_span uin, bool is_forced)
{
    if (!is_forced) {
        return cam_refuse(x, "OperationDenied.HaveKeys");
    }
    if (cam_may_besides(x, "name/cam:DeleteApiKey", "uin", uin)) {
        return true;
    }
    x->result.error = x->service->error("UnauthorizedOperation.DeleteApiKey");
    return false;
}

static bool delete_user(struct cosmock_exchange *x, struct catalog *c)
{
    static const struct cam_choice force = {"Force", 0, 0, 1};
    int64_t is_forced;
    struct catalog_user *u = user_named(x, c);
    if (u == NULL || !cam_read_number(x, &force, &is_forced)) {
        return false;
    }
    struct user *owner = world_user_find(x->tenant, cos_arena_str(&x->arena, u->said.uin));
    struct batch *b = catalog_besides(c);
    size_t n = cam_count_keys(x, u->said.uin);
    bool may = n == 0 || may_drop_keys(x, u->said.uin, is_forced == 1);
    if (may && owner != NULL && b != NULL) {
        (void)world_keys_of(x->tenant, owner, drop_key, b);
    }
    (void)user_unref(owner);
    if (may) {
        catalog_drop_user(c, u);
    }
    return may;
}

int op_delete_user(struct cosmock_exchange *x)
{
    static const char *const known[] = {"Name", "Force", NULL};
    return cam_run(x, known, delete_user);
}

/* --- many --- */

static bool list_users(struct cosmock_exchange *x, struct catalog *c)
{
    if (!cam_may_all(x, "uin")) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_array(&w, "Data");
    for (size_t i = 0; i < c->n_users; i++) {
        const struct catalog_user *u = &c->users[i];
        if (is_user(c, u)) {
            cos_jw_object(&w, /* name= */ NULL);
            write_user(&w, u);
            cam_write_time(&w, "CreateTime", u->said.created_unix_ms);
            cos_jw_str(&w, "NickName", "");
            cos_jw_end(&w);
        }
    }
    cos_jw_end(&w);
    cam_end(x, &w);
    return false;
}

int op_list_users(struct cosmock_exchange *x)
{
    static const char *const known[] = {NULL};
    return cam_run(x, known, list_users);
}

struct asked {
    struct catalog *c;
    struct cos_jw w;
};

/* Who is not there is left out. */
static bool describe_one(struct cosmock_exchange *x, void *ctx, struct cos_span uin)
{
    enum { SUB_USER = 2 }; /* UserType: py cam models.py, SubAccountUser */
    struct asked *asked = ctx;
    const struct catalog_user *u = catalog_user(asked->c, uin);
    if (u != NULL && is_user(asked->c, u)) {
        cos_jw_object(&asked->w, /* name= */ NULL);
        cam_write_id(&asked->w, "Uin", u->said.uin);
        cos_jw_span(&asked->w, "Name", u->said.name);
        cos_jw_i64(&asked->w, "Uid", cam_uid(u));
        cos_jw_span(&asked->w, "Remark", cam_profile(u, "Remark"));
        cam_write_time(&asked->w, "CreateTime", u->said.created_unix_ms);
        cos_jw_i64(&asked->w, "UserType", SUB_USER);
        cos_jw_str(&asked->w, "LastLoginIp", "");
        cos_jw_str(&asked->w, "LastLoginTime", "");
        cos_jw_end(&asked->w);
    }
    return true;
}

static bool describe_sub_accounts(struct cosmock_exchange *x, struct catalog *c)
{
    struct asked asked = {.c = c};
    if (!cam_may_all(x, "uin")) {
        return false;
    }
    cam_begin(x, &asked.w);
    cos_jw_array(&asked.w, "SubAccounts");
    if (cam_each_id(x, "FilterSubAccountUin", ASKED_MAX, describe_one, &asked)) {
        cos_jw_end(&asked.w);
        cam_end(x, &asked.w);
    }
    return false;
}

int op_describe_sub_accounts(struct cosmock_exchange *x)
{
    static const char *const known[] = {"FilterSubAccountUin", "FilterSubAccountUin.", NULL};
    return cam_run(x, known, describe_sub_accounts);
}

/* --- the account --- */

static bool get_user_app_id(struct cosmock_exchange *x, struct catalog *c)
{
    const struct cam_principal *who = &x->principal.who;
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_str(&w, "Uin", who->uin);
    cos_jw_str(&w, "OwnerUin", who->owner_uin);
    cam_write_id(&w, "AppId", cos_span_of(who->appid));
    cam_end(x, &w);
    return false;
}

int op_get_user_app_id(struct cosmock_exchange *x)
{
    static const char *const known[] = {NULL};
    return cam_run(x, known, get_user_app_id);
}

static bool get_account_summary(struct cosmock_exchange *x, struct catalog *c)
{
    size_t members = 0;
    if (!cam_may_all(x, "uin")) {
        return false;
    }
    for (size_t i = 0; i < c->n_groups; i++) {
        members += pairs_count(c->groups[i].said.said.members);
    }
    const struct catalog_user *root = catalog_user(c, c->owner_uin);
    size_t idps = root == NULL ? 0 : pairs_count(root->said.providers);
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_u64(&w, "Policies", c->n_policies);
    cos_jw_u64(&w, "Roles", count_users(c, /* are_roles= */ true));
    cos_jw_u64(&w, "Idps", idps);
    cos_jw_u64(&w, "User", count_users(c, /* are_roles= */ false));
    cos_jw_u64(&w, "Group", c->n_groups);
    cos_jw_u64(&w, "Member", members);
    cos_jw_u64(&w, "IdentityProviders", idps);
    cam_end(x, &w);
    return false;
}

int op_get_account_summary(struct cosmock_exchange *x)
{
    static const char *const known[] = {NULL};
    return cam_run(x, known, get_account_summary);
}
