/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in a world file: accounts with their users and roles, their keys, of which what is
 * left out is made up, and the policies they have. */
#include "world/worldfile_inside.h"

#include "cosbase/nearest.h"
#include "world/catalog.h"
#include "world/fail.h"

#define MAX_POLICIES 200 /* cam-conditions.md s.9 */
#define POLICY_MAX_BYTES (1u << 20)
#define POLICIES_MAX_BYTES (8u << 20)

static const struct text_key text_uin = {"uin", false, 20, WORLDFILE_DIGITS, "digits"},
                             text_appid = {"appid", false, 12, WORLDFILE_DIGITS, "digits"},
                             text_name = {"name", true, 64,
                                          WORLDFILE_LOWER WORLDFILE_UPPER WORLDFILE_DIGITS
                                          "+=,-_.@ ",
                                          "letters, digits, +=,-_.@ or blanks"},
                             text_role_name = {"name", false, 128,
                                               WORLDFILE_LOWER WORLDFILE_UPPER WORLDFILE_DIGITS
                                               "+=,.@_-",
                                               "letters, digits or +=,.@_-"},
                             text_role_id = {"id", true, 19, WORLDFILE_DIGITS, "digits"},
                             text_mfa = {"mfa", true, 64, WORLDFILE_UPPER "234567",
                                         "letters A to Z or digits 2 to 7 (base32)"},
                             text_secret_id = {"secret_id", true, 90,
                                               WORLDFILE_LOWER WORLDFILE_UPPER WORLDFILE_DIGITS
                                               "-_",
                                               "letters, digits, '-' or '_'"},
                             text_secret_key = {"secret_key", true, 128,
                                                WORLDFILE_LOWER WORLDFILE_UPPER WORLDFILE_DIGITS
                                                "-_+/=!#$%&()*,.:;<>?@[]^{|}~\"'`\\",
                                                "printable ASCII characters"};

static bool is_known_key(struct cosmock_tenant *t, const char *id)
{
    struct access_key *k = world_key_find(t, cos_span_of(id));
    access_key_unref(k);
    return k != NULL;
}

/* Make @id this tenant's, or say who has it. */
static int claim(const struct loader *l, const struct cos_yaml *n, const char *id)
{
    struct cos_span name = cos_span_of(id);
    char what[200];
    (void)snprintf(what, sizeof(what),
                   "secret_id %s is taken; secret ids are unique over all tenants of a mock",
                   id);
    int r = map_put(&l->draft->keys, name, /* value= */ NULL);
    if (r == 1) {
        return worldfile_taken(l, n, /* by_this_world= */ true, what);
    }
    bool may_be_there = l->again != NULL || l->is_import;
    if (r == 0 && (l->is_comparison || (may_be_there && is_known_key(l->t, id)))) {
        return 0;
    }
    r = r < 0 ? r : world_key_claim(l->t, name);
    if (r != 0) {
        (void)map_remove(&l->draft->keys, name);
    }
    return r < 0    ? worldfile_no_memory(l, "a key")
           : r == 0 ? 0
                    : worldfile_taken(l, n, /* by_this_world= */ false, what);
}

/* What the file leaves open of @id and @secret is made up, or what it was. False: no memory. */
static bool complete_key(const struct loader *l, struct cos_span *id, struct cos_span *secret)
{
    struct draft *d = l->draft;
    struct made_key made;
    struct row_pair was;
    world_key_make_up(l->t, &made); /* of every key, so that what is given moves no draw */
    struct row_pair key = {id->len > 0 ? *id : cos_span_make(made.secret_id, 36),
                           secret->len > 0 ? *secret : cos_span_make(made.secret_key, 32)};
    if (id->len == 0 || secret->len == 0) {
        key = l->again != NULL && row_pair_next(&l->again->was_made, &was) ? was : key;
        row_pair_add(&d->made, key.name, key.value);
    }
    *id = cos_arena_span(&d->texts, key.name);
    *secret = cos_arena_span(&d->texts, key.value);
    cos_wipe(&made, sizeof(made));
    return !d->texts.failed && !d->made.failed;
}

static void see_key(void *ctx, const struct access_key *key)
{
    *(bool *)ctx = true;
}

static bool has_key(struct cosmock_tenant *t, const char *uin)
{
    bool has_one = false;
    struct user *u = world_user_find(t, uin);
    if (u != NULL) {
        (void)world_keys_of(t, u, see_key, &has_one);
    }
    user_unref(u);
    return has_one;
}

/* A key that the tenant has: the secret it had, where the file tells none. */
static int merge_key(const struct loader *l, const struct cos_yaml *n, const char *id,
                     const char *secret, const char *uin)
{
    struct row *row = NULL;
    struct key_row said;
    int r = claim(l, n, id);
    if (r < 0) {
        return r;
    }
    if (world_row_get(l->t->rows, ROWKEY_ACCESS_KEY, cos_span_of(id), &row) != BACKEND_OK ||
        !key_row_read(row, &said)) {
        r = worldfile_bad(l, n, "key %s cannot be read", id);
    } else if (said.is_temporary) {
        r = worldfile_bad(l, n, "key %s is a temporary one of this tenant", id);
    } else {
        said.uin = cos_span_of(uin);
        said.secret_key = secret == NULL ? said.secret_key : cos_span_of(secret);
        said.is_revoked = false;
        key_row_put(l->draft->batch, &said);
    }
    row_unref(row);
    return r;
}

static int load_key(const struct loader *l, const struct cos_yaml *n, const char *uin)
{
    const char *given_id;
    const char *given_secret;
    int r = worldfile_want_map(l, n, "keys", "secret_id|secret_key");
    r = r < 0 ? r : worldfile_text(l, n, &text_secret_id, &given_id);
    r = r < 0 ? r : worldfile_text(l, n, &text_secret_key, &given_secret);
    if (r < 0) {
        return r;
    }
    if (given_id == NULL && (l->is_comparison || (l->is_import && has_key(l->t, uin)))) {
        return 0;
    }
    if (l->is_import && given_id != NULL && is_known_key(l->t, given_id)) {
        return merge_key(l, n, given_id, given_secret, uin);
    }
    struct cos_span id = cos_span_of(given_id);
    struct cos_span secret = cos_span_of(given_secret);
    if (!l->is_comparison && !complete_key(l, &id, &secret)) {
        return worldfile_no_memory(l, "a key");
    }
    r = claim(l, n, id.ptr);
    if (r == 0) {
        key_row_put(l->draft->batch,
                    &(struct key_row){.order = world_next_order(l->t),
                                      .secret_id = id,
                                      .uin = cos_span_of(uin),
                                      .secret_key = secret,
                                      .created_unix_ms = cosmock_clock_now_unix_ms(
                                          l->t, COSMOCK_CLOCK_MODIFICATION)});
    }
    return r;
}

static int load_keys(const struct loader *l, const struct cos_yaml *list, const char *uin)
{
    int r = worldfile_want(l, list, COS_YAML_SEQUENCE, "keys");
    for (const struct cos_yaml *n = cos_yaml_first(list); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = load_key(l, n, uin);
    }
    return r;
}

static bool is_policy_text(const char *text)
{
    struct cos_span s = cos_span_trim(cos_span_of(text));
    return s.len > 0 && s.ptr[0] == '{';
}

/* What the parser frowned at, with the place in this file. */
static void warn(const struct loader *l, const struct cos_yaml *at, const struct cam_policy *p)
{
    for (const struct cam_warning *w = cam_policy_warnings(p); w != NULL; w = w->next) {
        char text[1024];
        (void)snprintf(text, sizeof(text), "%s:%u: " COS_SPAN_FMT, l->origin, cos_yaml_line(at),
                       COS_SPAN_ARG(w->text));
        if (l->warner != NULL && l->warner->say != NULL) {
            l->warner->say(l->warner->ctx, text);
        }
    }
}

static int no_policy(const struct loader *l, const struct cos_yaml *at, const char *name)
{
    const char *names[MAX_POLICIES];
    size_t n = 0;
    for (const struct cos_yaml *p = cos_yaml_first(l->policies); p != NULL && n < MAX_POLICIES;
         p = cos_yaml_next(p)) {
        names[n++] = cos_yaml_key(p);
    }
    const char *nearest = cos_nearest(cos_span_of(name), names, n);
    return worldfile_bad(
        l, at, "'%s' is neither a policy as JSON text nor the name of one below 'policies'%s%s",
        name, nearest == NULL ? "" : "; the nearest is ", nearest == NULL ? "" : nearest);
}

int worldfile_load_policy(const struct loader *l, const struct cos_yaml *n,
                          enum cam_policy_use use, const char *name, struct cam_policy **out,
                          struct cos_buf *pairs)
{
    int r = worldfile_want(l, n, COS_YAML_SCALAR, "policy");
    if (r < 0) {
        return r;
    }
    const char *text = cos_yaml_str(n);
    bool is_named = !is_policy_text(text); /* then worldfile_check_policies() has warned */
    if (is_named) {
        const struct cos_yaml *named = cos_yaml_get(l->policies, text);
        if (named == NULL) {
            return no_policy(l, n, text);
        }
        n = named;
        name = use == CAM_IDENTITY || use == CAM_BOUNDARY ? text : name;
        text = cos_yaml_str(named);
        if (text == NULL) {
            return worldfile_bad(l, n, "a policy must be JSON text in quotes");
        }
    }
    struct cos_text_error why;
    if (cam_policy_parse(out, cos_span_of(text), use, name, &why) < 0) {
        return worldfile_bad(l, n, "policy, its line %u column %u: %s", why.line, why.column,
                             why.message);
    }
    if (!is_named) {
        warn(l, n, *out);
    }
    if (pairs != NULL) {
        row_pair_add(pairs, cos_span_of(name), cos_span_of(text));
    }
    return 0;
}

/* Named policies are checked even when nobody uses them; a principal is only read where one is
 * used for a bucket. */
int worldfile_check_policies(const struct loader *l)
{
    int r = worldfile_want(l, l->policies, COS_YAML_MAPPING, "policies");
    for (const struct cos_yaml *n = cos_yaml_first(l->policies); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        struct cam_policy *policy = NULL;
        r = worldfile_want(l, n, COS_YAML_SCALAR, cos_yaml_key(n));
        if (r == 0 && !is_policy_text(cos_yaml_str(n))) {
            r = worldfile_bad(l, n, "policy '%s' must be JSON text in quotes", cos_yaml_key(n));
        }
        r = r < 0 ? r
                  : worldfile_load_policy(l, n, CAM_IDENTITY, cos_yaml_key(n), &policy,
                                          /* pairs= */ NULL);
        cam_policy_unref(policy);
    }
    return r;
}

static int load_policies(const struct loader *l, const struct cos_yaml *list, const char *uin,
                         struct cos_buf *pairs)
{
    int r = worldfile_want(l, list, COS_YAML_SEQUENCE, "policies");
    size_t n = 0;
    for (const struct cos_yaml *p = cos_yaml_first(list); p != NULL && r == 0;
         p = cos_yaml_next(p)) {
        if (n == MAX_POLICIES) {
            return worldfile_bad(l, p, "more than %d policies for one user", MAX_POLICIES);
        }
        char name[WORLD_POLICY_NAME_BYTES];
        struct cam_policy *policy = NULL;
        world_policy_number(name, ++n, uin);
        r = worldfile_load_policy(l, p, CAM_IDENTITY, name, &policy, pairs);
        cam_policy_unref(policy);
    }
    return r == 0 && pairs->failed ? worldfile_no_memory(l, "policies") : r;
}

static int load_boundary(const struct loader *l, const struct cos_yaml *n, const char *uin,
                         struct cos_buf *pairs)
{
    if (n == NULL) {
        return 0;
    }
    char name[WORLD_POLICY_NAME_BYTES];
    struct cam_policy *policy = NULL;
    (void)snprintf(name, sizeof(name), WORLD_BOUNDARY_NAME, uin);
    int r = worldfile_load_policy(l, n, CAM_BOUNDARY, name, &policy, pairs);
    cam_policy_unref(policy);
    return r == 0 && pairs->failed ? worldfile_no_memory(l, "boundary") : r;
}

static int put_principal(const struct loader *l, const struct cos_yaml *n, struct user_row *u)
{
    struct cos_buf pairs;
    struct cos_buf boundary;
    cos_buf_init(&pairs, POLICIES_MAX_BYTES);
    cos_buf_init(&boundary, POLICY_MAX_BYTES);
    int r = load_policies(l, cos_yaml_get(n, "policies"), u->uin.ptr, &pairs);
    r = r < 0 ? r : load_boundary(l, cos_yaml_get(n, "boundary"), u->uin.ptr, &boundary);
    if (r == 0) {
        u->policies = cos_arena_span(&l->draft->texts, cos_buf_view(&pairs));
        u->boundary = cos_arena_span(&l->draft->texts, cos_buf_view(&boundary));
    }
    if (r == 0 && (!l->is_import || l->is_comparison)) {
        user_row_put(l->draft->batch, u);
    }
    cos_buf_deinit(&pairs);
    cos_buf_deinit(&boundary);
    return r;
}

/* An account or a user: its row, then those of its keys, which name it. */
static int load_principal(const struct loader *l, const struct cos_yaml *n,
                          const struct user_row *said)
{
    struct draft *d = l->draft;
    const char *uin = said->uin.ptr; /* of the file, so it ends with a NUL */
    struct user_row *u = cos_arena_alloc(&d->texts, sizeof(*u));
    int r = u == NULL ? -1 : map_put(&d->users, said->uin, u);
    if (r != 0) {
        return r < 0
                   ? worldfile_no_memory(l, uin)
                   : worldfile_bad(l, n,
                                   "uin %s appears twice; every account and user needs its own",
                                   uin);
    }
    *u = *said;
    u->order = world_next_order(l->t);
    if (d->first_user == NULL) {
        d->first_user = u;
    }
    r = put_principal(l, n, u);
    return r < 0 ? r : load_keys(l, cos_yaml_get(n, "keys"), uin);
}

static int name_of(const struct loader *l, const struct cos_yaml *map, const char **out)
{
    int r = worldfile_text(l, map, &text_name, out);
    *out = *out == NULL ? "" : *out;
    return r;
}

static int load_user(const struct loader *l, const struct cos_yaml *n,
                     const struct user_row *root)
{
    const char *uin;
    const char *name;
    const char *mfa;
    int r = worldfile_want_map(l, n, "users", "uin|name|keys|policies|boundary|mfa");
    r = r < 0 ? r : worldfile_text(l, n, &text_uin, &uin);
    r = r < 0 ? r : name_of(l, n, &name);
    r = r < 0 ? r : worldfile_text(l, n, &text_mfa, &mfa);
    if (r < 0) {
        return r;
    }
    return load_principal(l, n,
                          &(struct user_row){.uin = cos_span_of(uin),
                                             .owner_uin = root->uin,
                                             .appid = root->appid,
                                             .name = cos_span_of(name),
                                             .mfa_seed = cos_span_of(mfa)});
}

/* --- roles --- */

static int check_role_name(const struct loader *l, const struct cos_yaml *roles,
                           const struct cos_yaml *role, const char *name)
{
    for (const struct cos_yaml *n = cos_yaml_first(roles); n != role; n = cos_yaml_next(n)) {
        const char *other = cos_yaml_str(cos_yaml_get(n, "name"));
        if (other != NULL && strcmp(other, name) == 0) {
            return worldfile_bad(
                l, cos_yaml_get(role, "name"),
                "role '%s' appears twice in its account; every role needs its own name", name);
        }
    }
    return 0;
}

static int load_trust(const struct loader *l, const struct cos_yaml *role, const char *name,
                      struct cos_span *out)
{
    const struct cos_yaml *n = cos_yaml_get(role, "trust");
    struct cam_policy *policy = NULL;
    int r = n == NULL
                ? worldfile_bad(l, role, "missing key 'trust': who may assume the role")
                : worldfile_load_policy(l, n, CAM_TRUST, name, &policy, /* pairs= */ NULL);
    *out = r < 0 ? COS_SPAN_EMPTY : cos_arena_span(&l->draft->texts, cam_policy_text(policy));
    cam_policy_unref(policy);
    return r;
}

static int load_session_max(const struct loader *l, const struct cos_yaml *role, int64_t *out)
{
    const struct cos_yaml *n = cos_yaml_get(role, "max_session_seconds");
    *out = WORLD_ROLE_SESSION_MAX_S;
    int r = worldfile_want(l, n, COS_YAML_SCALAR, "max_session_seconds");
    if (n == NULL || r < 0) {
        return r;
    }
    if (!cos_span_i64(cos_span_of(cos_yaml_str(n)), out) || *out < 1 ||
        *out > WORLD_ROLE_SESSION_MAX_S) {
        return worldfile_bad(l, n,
                             "'max_session_seconds' must be a number from 1 to %d, not '%s'",
                             WORLD_ROLE_SESSION_MAX_S, cos_yaml_str(n));
    }
    return 0;
}

/* Of one that the tenant has, where the file is imported; else made of its name. */
static struct cos_span id_of_role(const struct loader *l, const struct user_row *root,
                                  struct cos_span name)
{
    struct user *known =
        l->is_import
            ? world_role_find(l->t, &(struct role_arn){.owner_uin = root->uin, .name = name})
            : NULL;
    struct cos_span id = known != NULL
                             ? cos_arena_span(&l->draft->texts, cos_span_of(known->uin))
                             : world_role_id(&l->draft->texts, root->uin, name);
    user_unref(known);
    return id;
}

static int load_role(const struct loader *l, const struct cos_yaml *n,
                     const struct cos_yaml *roles, const struct user_row *root)
{
    const char *name;
    const char *id;
    struct user_row role = {.owner_uin = root->uin, .appid = root->appid};
    int r = worldfile_want_map(l, n, "roles",
                               "name|id|trust|policies|boundary|max_session_seconds");
    r = r < 0 ? r : worldfile_text(l, n, &text_role_name, &name);
    r = r < 0 ? r : worldfile_text(l, n, &text_role_id, &id);
    r = r < 0 ? r : check_role_name(l, roles, n, name);
    r = r < 0 ? r : load_trust(l, n, name, &role.trust);
    r = r < 0 ? r : load_session_max(l, n, &role.session_max_s);
    if (r < 0) {
        return r;
    }
    role.name = cos_span_of(name);
    role.uin = id != NULL ? cos_span_of(id) : id_of_role(l, root, role.name);
    return l->draft->texts.failed ? worldfile_no_memory(l, name) : load_principal(l, n, &role);
}

static int load_roles(const struct loader *l, const struct cos_yaml *roles,
                      const struct user_row *root)
{
    int r = worldfile_want(l, roles, COS_YAML_SEQUENCE, "roles");
    for (const struct cos_yaml *n = cos_yaml_first(roles); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = load_role(l, n, roles, root);
    }
    return r;
}

/* No earlier account may have the same appid: resources name their account by it. */
static int check_appid(const struct loader *l, const struct cos_yaml *account,
                       const char *appid)
{
    for (const struct cos_yaml *n = cos_yaml_first(l->accounts); n != account;
         n = cos_yaml_next(n)) {
        const char *other = cos_yaml_str(cos_yaml_get(n, "appid"));
        if (other != NULL && strcmp(other, appid) == 0) {
            return worldfile_bad(l, cos_yaml_get(account, "appid"),
                                 "appid %s appears twice; every account needs its own", appid);
        }
    }
    return 0;
}

int worldfile_load_account(const struct loader *l, const struct cos_yaml *n)
{
    const char *uin;
    const char *appid;
    const char *name;
    const char *mfa;
    int r = worldfile_want_map(l, n, "accounts",
                               "uin|appid|name|keys|policies|users|roles|mfa|providers");
    r = r < 0 ? r : worldfile_text(l, n, &text_uin, &uin);
    r = r < 0 ? r : worldfile_text(l, n, &text_appid, &appid);
    r = r < 0 ? r : name_of(l, n, &name);
    r = r < 0 ? r : worldfile_text(l, n, &text_mfa, &mfa);
    r = r < 0 ? r : check_appid(l, n, appid);
    if (r < 0) {
        return r;
    }
    struct user_row root = {.uin = cos_span_of(uin),
                            .owner_uin = cos_span_of(uin),
                            .appid = cos_span_of(appid),
                            .name = cos_span_of(name),
                            .mfa_seed = cos_span_of(mfa)};
    r = worldfile_load_providers(l, cos_yaml_get(n, "providers"), &root.providers);
    r = r < 0 ? r : load_principal(l, n, &root);
    const struct cos_yaml *users = cos_yaml_get(n, "users");
    r = r < 0 ? r : worldfile_want(l, users, COS_YAML_SEQUENCE, "users");
    for (const struct cos_yaml *u = cos_yaml_first(users); u != NULL && r == 0;
         u = cos_yaml_next(u)) {
        r = load_user(l, u, &root);
    }
    return r < 0 ? r : load_roles(l, cos_yaml_get(n, "roles"), &root);
}

/* --- an import: what the file says of somebody is what he has --- */

struct merge {
    const struct loader *l;
    struct catalog *c;
    int r;
};

static int merge_user(const struct merge *m, const struct user_row *said)
{
    struct catalog_user *u = catalog_user(m->c, said->uin);
    struct user *known = world_user_find(m->l->t, said->uin.ptr);
    bool is_anothers = u == NULL && known != NULL;
    user_unref(known);
    if (is_anothers) {
        return world_fail(m->l->err, COSMOCK_E_INVALID,
                          "%s: uin %s is of another account in this tenant", m->l->origin,
                          said->uin.ptr);
    }
    u = u != NULL ? u : catalog_add_user(m->c, said->uin);
    if (u == NULL) {
        return worldfile_no_memory(m->l, said->uin.ptr);
    }
    if (u->row != NULL && !cos_span_eq(u->said.appid, said->appid)) {
        return world_fail(m->l->err, COSMOCK_E_INVALID,
                          "%s: the appid of uin %s is " COS_SPAN_FMT
                          ", and that of an account stays",
                          m->l->origin, said->uin.ptr, COS_SPAN_ARG(u->said.appid));
    }
    catalog_detach_all(m->c, said->trust.len > 0 ? CATALOG_ROLE : CATALOG_USER, said->uin);
    catalog_bound(m->c, u, /* p= */ NULL);
    struct user_row was = u->said;
    u->said = *said;
    u->said.order = u->row != NULL ? was.order : said->order; /* as the file has them */
    u->said.profile = was.profile;
    u->said.created_unix_ms = was.created_unix_ms;
    u->said.updated_unix_ms = was.updated_unix_ms;
    u->said.granted = was.granted; /* by groups: written anew */
    u->is_changed = true;
    return 0;
}

static void merge_of_account(void *ctx, struct cos_span uin, void *value)
{
    struct merge *m = ctx;
    const struct user_row *said = value;
    if (m->r == 0 && said != NULL && cos_span_eq(said->owner_uin, m->c->owner_uin)) {
        m->r = merge_user(m, said);
    }
}

/* Each account counts on from where the one before has stopped. */
static void merge_account(void *ctx, struct cos_span uin, void *value)
{
    struct merge *all = ctx;
    const struct user_row *said = value;
    if (all->r < 0 || said == NULL || !cos_span_eq(said->uin, said->owner_uin)) {
        return;
    }
    struct draft *d = all->l->draft;
    struct catalog c;
    enum backend_result read = catalog_read(&c, all->l->t, &d->texts, said->uin);
    struct merge m = {all->l, &c, 0};
    if (read != BACKEND_OK) {
        m.r = world_fail(all->l->err, read == BACKEND_NOMEM ? COSMOCK_E_NOMEM : COSMOCK_E_IO,
                         "what account %s keeps in CAM cannot be read", said->uin.ptr);
    } else {
        map_each(&d->users, merge_of_account, &m);
    }
    if (m.r == 0) {
        c.number += d->n_merged++;
        c.batch = d->batch;
        d->batch = catalog_batch(&c);
        m.r = d->batch == NULL ? worldfile_no_memory(all->l, said->uin.ptr) : 0;
    }
    all->r = m.r;
    catalog_release(&c);
}

int worldfile_merge_accounts(const struct loader *l)
{
    struct merge all = {.l = l};
    map_each(&l->draft->users, merge_account, &all);
    return all.r;
}
