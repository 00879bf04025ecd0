/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and tokens from outside (cosmock/world.h): as outside.c, whose brother it is. */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "world/catalog.h"
#include "world/fail.h"
#include "world/projection.h"
#include "world/rows.h"

#define TEXTS_MAX_BYTES (1u << 16)
#define TOKEN_NAME "outside"
#define TOKEN_DURATION_S 1800
#define ROLE_NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-"
static const char all_of_cos[] = "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                                 "\"action\":[\"name/cos:*\"],\"resource\":[\"*\"]}]}";

/* NULL: the first account. A reference, or NULL with *err. */
static struct user *find_user(struct cosmock_tenant *t, const char *uin,
                              struct cosmock_error *err)
{
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    struct user *u = world_user_find(t, uin != NULL ? uin : info.owner_uin);
    if (u == NULL) {
        (void)world_fail(err, COSMOCK_E_NOT_FOUND,
                         "no account or user with uin '%s' in this tenant",
                         uin != NULL ? uin : info.owner_uin);
    }
    return u;
}

static int parse(struct cam_policy **out, const char *json, enum cam_policy_use use,
                 const char *name, struct cosmock_error *err)
{
    struct cos_text_error why;
    return cam_policy_parse(out, cos_span_of(json), use, name, &why) == 0
               ? 0
               : world_fail(err, COSMOCK_E_INVALID, "policy, line %u column %u: %s", why.line,
                            why.column, why.message);
}

/* --- tokens --- */

/* Only the C library's free() may be asked of a caller. */
static char *copy(const struct cos_secret *s)
{
    struct cos_span view = cos_secret_view(s);
    char *out = malloc(view.len + 1);
    if (out != NULL) {
        memcpy(out, view.ptr, view.len);
        out[view.len] = '\0';
    }
    return out;
}

static int tell_token(struct cosmock_tenant *t, struct cos_span id, struct cosmock_token *out,
                      struct cosmock_error *err)
{
    struct access_key *key = world_key_find(t, id);
    char *secret_key = key == NULL ? NULL : copy(&key->secret_key);
    char *token = key == NULL ? NULL : copy(&key->token);
    if (secret_key == NULL || token == NULL) {
        free(secret_key);
        free(token);
        access_key_unref(key);
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a token");
    }
    *out = (struct cosmock_token){.secret_key = secret_key,
                                  .token = token,
                                  .start_unix_s = key->created_unix_ms / 1000,
                                  .expires_unix_s = key->expires_unix_ms / 1000};
    (void)snprintf(out->secret_id, sizeof(out->secret_id), "%s", key->secret_id);
    access_key_unref(key);
    return 0;
}

static int grant(struct cosmock_tenant *t, const struct key_grant *g, struct cosmock_token *out,
                 struct cosmock_error *err)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, TEXTS_MAX_BYTES);
    struct cos_span id = COS_SPAN_EMPTY;
    struct batch *b = batch_new();
    if (b == NULL || world_key_grant(t, b, g, &id, &arena) != 0) {
        (void)batch_free(b);
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a token");
    }
    int r = world_commit(t, b, /* c= */ NULL, "a token", err);
    if (r < 0) {
        world_key_give_up(t, id);
        return r;
    }
    return tell_token(t, id, out, err);
}

int cosmock_token_issue(struct cosmock_tenant *t, const struct cosmock_token_request *request,
                        struct cosmock_token *out, struct cosmock_error *err)
{
    struct cosmock_token_request q;
    if (!cos_sized_copy(&q, sizeof(q), request) || q.duration_s < 0 ||
        q.duration_s > COSMOCK_TTL_MAX_S) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "a request of a token has a size (COSMOCK_TOKEN_REQUEST_INIT) and a "
                          "duration of 0 to 316224000 s");
    }
    struct cam_policy *session = NULL;
    int r =
        parse(&session, q.policy != NULL ? q.policy : all_of_cos, CAM_SESSION, TOKEN_NAME, err);
    struct user *u = r < 0 ? NULL : find_user(t, q.uin, err);
    if (u == NULL) {
        cam_policy_unref(session);
        return r < 0 ? r : COSMOCK_E_NOT_FOUND;
    }
    int64_t now_s = cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_TOKEN) / 1000;
    int64_t override_s = __atomic_load_n(&t->ttl_override_s, __ATOMIC_ACQUIRE);
    int64_t asked_s = q.duration_s == 0 ? TOKEN_DURATION_S : q.duration_s;
    const struct key_grant g = {.user = u,
                                .federated_name = TOKEN_NAME,
                                .session = session,
                                .expires_unix_ms =
                                    (now_s + (override_s != 0 ? override_s : asked_s)) * 1000};
    r = grant(t, &g, out, err);
    user_unref(u);
    cam_policy_unref(session);
    return r;
}

/* --- roles --- */

static int check_role(const struct cosmock_role *role, struct cosmock_error *err)
{
    size_t n = role->name == NULL ? 0 : strlen(role->name);
    if (n == 0 || n > 128 || strspn(role->name, ROLE_NAME_CHARS) != n) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the name of a role is 1 to 128 letters, digits or +=,.@_-");
    }
    if (role->trust == NULL) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "role '%s' needs a trust policy: who may assume it", role->name);
    }
    if (role->session_max_s < 0 || role->session_max_s > WORLD_ROLE_SESSION_MAX_S) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the longest session of a role has 1 to %d seconds, or 0",
                          WORLD_ROLE_SESSION_MAX_S);
    }
    struct cam_policy *trust = NULL;
    struct cam_policy *policy = NULL;
    int r = parse(&trust, role->trust, CAM_TRUST, role->name, err);
    if (r == 0 && role->policy != NULL) {
        r = parse(&policy, role->policy, CAM_IDENTITY, role->name, err);
    }
    cam_policy_unref(trust);
    cam_policy_unref(policy);
    return r;
}

/* What is not said about a role that is there stays. */
static int put_role(struct catalog *c, void *ctx, struct cosmock_error *err)
{
    const struct cosmock_role *role = ctx;
    struct cos_span name = cos_span_of(role->name);
    const struct catalog_user *owner = catalog_user(c, c->owner_uin);
    if (owner == NULL) {
        return world_fail(err, COSMOCK_E_NOT_FOUND, "account %s is not there any more",
                          c->owner_uin.ptr);
    }
    struct cos_span appid = owner->said.appid;
    struct catalog_user *r = catalog_role_named(c, name);
    r = r != NULL ? r : catalog_add_user(c, world_role_id(c->arena, c->owner_uin, name));
    if (r == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a role");
    }
    r->said.name = name;
    r->said.appid = appid;
    r->said.trust = cos_span_of(role->trust);
    r->said.session_max_s =
        role->session_max_s == 0 ? WORLD_ROLE_SESSION_MAX_S : role->session_max_s;
    r->is_changed = true;
    if (role->policy != NULL) {
        r->said.policies =
            pairs_with(c->arena, COS_SPAN_EMPTY, name, cos_span_of(role->policy));
        catalog_detach_all(c, CATALOG_ROLE, r->said.uin);
    }
    return 0;
}

int cosmock_role_put(struct cosmock_tenant *t, const struct cosmock_role *role,
                     struct cosmock_error *err)
{
    struct cosmock_role given;
    if (!cos_sized_copy(&given, sizeof(given), role)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the role has no size: begin it with COSMOCK_ROLE_INIT");
    }
    int r = check_role(&given, err);
    struct user *owner = r < 0 ? NULL : find_user(t, given.owner_uin, err);
    if (owner == NULL) {
        return r < 0 ? r : COSMOCK_E_NOT_FOUND;
    }
    if (!owner->is_root) {
        r = world_fail(err, COSMOCK_E_INVALID, "uin %s is no account; roles belong to accounts",
                       owner->uin);
    }
    r = r < 0 ? r : catalog_change(t, owner->uin, put_role, &given, given.name, err);
    user_unref(owner);
    return r;
}

static int drop_role(struct catalog *c, void *ctx, struct cosmock_error *err)
{
    const char *const *name = ctx;
    struct catalog_user *role = catalog_role_named(c, cos_span_of(*name));
    if (role == NULL) {
        return world_fail(err, COSMOCK_E_NOT_FOUND, "account %s has no role '%.128s'",
                          c->owner_uin.ptr, *name);
    }
    catalog_drop_user(c, role);
    return 0;
}

int cosmock_role_delete(struct cosmock_tenant *t, const char *owner_uin, const char *name,
                        struct cosmock_error *err)
{
    struct user *owner = find_user(t, owner_uin, err);
    if (owner == NULL) {
        return COSMOCK_E_NOT_FOUND;
    }
    int r = catalog_change(t, owner->uin, drop_role, &name, name, err);
    user_unref(owner);
    return r;
}

struct role_list {
    struct user **items; /* references */
    size_t n;
};

static void collect(void *ctx, struct cos_span uin, void *value)
{
    struct role_list *list = ctx;
    struct user *u = value;
    if (u != NULL && u->trust != NULL) {
        list->items[list->n++] = user_ref(u);
    }
}

static int by_order(const void *a, const void *b)
{
    const struct user *x = *(struct user *const *)a;
    const struct user *y = *(struct user *const *)b;
    return (x->order > y->order) - (x->order < y->order);
}

int cosmock_role_each(struct cosmock_tenant *t,
                      void (*visit)(void *ctx, const struct cosmock_role *role), void *ctx)
{
    struct role_list list = {NULL, 0};
    (void)pthread_mutex_lock(&t->lock);
    list.items = cos_calloc(t->maps->users.n + 1, sizeof(struct user *));
    if (list.items != NULL) {
        map_each(&t->maps->users, collect, &list);
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (list.items == NULL) {
        return COSMOCK_E_NOMEM;
    }
    qsort(list.items, list.n, sizeof(struct user *), by_order);
    for (size_t i = 0; i < list.n; i++) {
        const struct user *u = list.items[i];
        struct cosmock_role role = COSMOCK_ROLE_INIT;
        role.name = u->name;
        role.owner_uin = u->owner_uin;
        role.id = u->uin;
        role.trust = cam_policy_text(u->trust).ptr;
        role.session_max_s = u->session_max_s;
        visit(ctx, &role);
        user_unref(list.items[i]);
    }
    cos_free(list.items);
    return COSMOCK_OK;
}
