/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts in a world file: each policy that has a name stands once below `policies`, and whom
 * it is attached to names it; one that has none stands where it is. Of two texts of one name,
 * in two accounts, the second stands where it is, too. A group has no place in a file: what it
 * gives, its members have.
 */
#include "world/worldexport_inside.h"

#include "world/maps.h"

/* --- policies --- */

/* What was given without a name was called by its number and its owner. */
static bool is_made_up(struct exporter *e, struct cos_span name, struct cos_span uin)
{
    struct cos_span tail =
        cos_arena_printf(&e->arena, "of uin " COS_SPAN_FMT, COS_SPAN_ARG(uin));
    return cos_span_ends(name, tail) &&
           (name.len == tail.len || cos_span_starts(name, COS_SPAN_LIT("no. ")));
}

/* How the file refers to it: by its name, where that is, or will be, below `policies`. */
static struct cos_span reference(struct exporter *e, const struct row_pair *p,
                                 struct cos_span uin)
{
    if (is_made_up(e, p->name, uin) || cos_span_starts(p->name, COS_SPAN_LIT("{"))) {
        return p->value;
    }
    struct cos_span known = pairs_get(cos_buf_view(&e->policies), p->name);
    if (known.ptr == NULL) {
        row_pair_add(&e->policies, p->name, p->value);
    } else if (!cos_span_eq(known, p->value)) {
        export_say(e,
                   "policy '" COS_SPAN_FMT "' of uin " COS_SPAN_FMT
                   " has the name of another one and loses it",
                   COS_SPAN_ARG(p->name), COS_SPAN_ARG(uin));
        return p->value;
    }
    return p->name;
}

static void write_policies(struct exporter *e, const struct user_row *u)
{
    const struct cos_span lists[] = {u->policies, u->granted};
    if (u->policies.len + u->granted.len == 0) {
        return;
    }
    yaml_down(&e->y, "policies");
    for (size_t i = 0; i < COS_ARRAY_LEN(lists); i++) {
        struct cos_span rest = lists[i];
        struct row_pair p;
        while (row_pair_next(&rest, &p)) {
            yaml_item_text(&e->y, reference(e, &p, u->uin));
        }
    }
    yaml_up(&e->y);
}

static void write_boundary(struct exporter *e, const struct user_row *u)
{
    struct cos_span boundary = u->boundary;
    struct row_pair p;
    if (row_pair_next(&boundary, &p)) {
        yaml_text(&e->y, "boundary", reference(e, &p, u->uin));
    }
}

void export_policies(struct exporter *e)
{
    struct cos_span rest = cos_buf_view(&e->policies);
    struct row_pair p;
    if (rest.len == 0) {
        return;
    }
    yaml_down(&e->y, "policies");
    while (row_pair_next(&rest, &p)) {
        const char *name = cos_arena_str(&e->arena, p.name);
        yaml_text(&e->y, name == NULL ? "" : name, p.value);
    }
    yaml_up(&e->y);
}

/* --- keys --- */

static void write_key(struct exporter *e, const struct key_row *k)
{
    yaml_item(&e->y);
    yaml_text(&e->y, "secret_id", k->secret_id);
    if (e->with_secrets) {
        yaml_text(&e->y, "secret_key", k->secret_key);
    }
}

static void write_keys(struct exporter *e, struct cos_span uin)
{
    bool has_begun = false;
    for (size_t i = 0; i < e->n_keys; i++) {
        const struct key_row *k = &e->keys[i].said;
        if (!cos_span_eq(k->uin, uin)) {
            continue;
        }
        if (k->is_revoked) {
            export_say(e,
                       "key " COS_SPAN_FMT ", which is revoked or inactive, is not in the file",
                       COS_SPAN_ARG(k->secret_id));
            continue;
        }
        if (!has_begun) {
            yaml_list(&e->y, "keys");
            has_begun = true;
        }
        write_key(e, k);
    }
    if (has_begun) {
        yaml_list_end(&e->y);
    }
}

/* --- whoever has them --- */

/* What accounts, users and roles have alike. */
static void write_principal(struct exporter *e, const struct user_row *u)
{
    if (e->with_secrets) {
        yaml_text(&e->y, "mfa", u->mfa_seed);
    } else if (u->mfa_seed.len > 0) {
        export_say(e, "the MFA device of uin " COS_SPAN_FMT " is a secret, and not in the file",
                   COS_SPAN_ARG(u->uin));
    }
    write_keys(e, u->uin);
    write_policies(e, u);
    write_boundary(e, u);
}

static void write_user(struct exporter *e, const struct user_row *u)
{
    yaml_item(&e->y);
    yaml_text(&e->y, "uin", u->uin);
    yaml_text(&e->y, "name", u->name);
    write_principal(e, u);
}

static void write_role(struct exporter *e, const struct user_row *r)
{
    yaml_item(&e->y);
    yaml_text(&e->y, "name", r->name);
    yaml_text(&e->y, "id", r->uin);
    yaml_text(&e->y, "trust", r->trust);
    yaml_text(&e->y, "max_session_seconds",
              cos_arena_printf(&e->arena, "%lld", (long long)r->session_max_s));
    write_principal(e, r);
}

static void write_clients(struct exporter *e, struct cos_span clients)
{
    if (clients.len == 0) {
        return;
    }
    yaml_down(&e->y, "clients");
    while (clients.ptr != NULL) {
        yaml_item_text(&e->y, cos_span_cut(&clients, ' '));
    }
    yaml_up(&e->y);
}

static void write_providers(struct exporter *e, struct cos_span pairs)
{
    struct provider p;
    if (pairs.len == 0) {
        return;
    }
    yaml_list(&e->y, "providers");
    while (world_provider_next(&pairs, &p)) {
        yaml_item(&e->y);
        yaml_text(&e->y, "name", p.name);
        yaml_text(&e->y, "kind", p.is_saml ? COS_SPAN_LIT("saml") : COS_SPAN_LIT("oidc"));
        yaml_text(&e->y, "issuer", p.issuer);
        write_clients(e, p.clients);
        yaml_text(&e->y, "jwks", p.jwks);
    }
    yaml_list_end(&e->y);
}

static int by_birth(const void *a, const void *b)
{
    const struct catalog_user *x = a;
    const struct catalog_user *y = b;
    return (x->said.order > y->said.order) - (x->said.order < y->said.order);
}

static void write_members(struct exporter *e, const struct catalog *c, bool are_roles)
{
    bool has_begun = false;
    for (size_t i = 0; i < c->n_users; i++) {
        const struct user_row *u = &c->users[i].said;
        if (cos_span_eq(u->uin, c->owner_uin) || (u->trust.len > 0) != are_roles) {
            continue;
        }
        if (!has_begun) {
            yaml_list(&e->y, are_roles ? "roles" : "users");
            has_begun = true;
        }
        (are_roles ? write_role : write_user)(e, u);
    }
    if (has_begun) {
        yaml_list_end(&e->y);
    }
}

/* What CAM keeps of the account and no file says. */
static void say_the_rest(struct exporter *e, const struct catalog *c)
{
    for (size_t i = 0; i < c->n_groups; i++) {
        export_say(e,
                   "group '" COS_SPAN_FMT "' of account " COS_SPAN_FMT
                   " is not in the file; its members have what it gives",
                   COS_SPAN_ARG(c->groups[i].said.said.name), COS_SPAN_ARG(c->owner_uin));
    }
    for (size_t i = 0; i < c->n_policies; i++) {
        const struct catalog_policy *p = &c->policies[i];
        if (pairs_get(cos_buf_view(&e->policies), p->said.said.name).ptr == NULL) {
            export_say(e,
                       "policy '" COS_SPAN_FMT "' of account " COS_SPAN_FMT
                       ", which nobody has, is not in the file",
                       COS_SPAN_ARG(p->said.said.name), COS_SPAN_ARG(c->owner_uin));
        } else if (pairs_count(p->said.said.versions) > 1) {
            export_say(e,
                       "of policy '" COS_SPAN_FMT "' the file has the version in effect alone",
                       COS_SPAN_ARG(p->said.said.name));
        }
    }
}

static void write_account(struct exporter *e, struct catalog *c)
{
    const struct catalog_user *root = catalog_user(c, c->owner_uin);
    if (root == NULL) {
        return;
    }
    const struct user_row said = root->said;
    if (c->n_users > 1) {
        qsort(c->users, c->n_users, sizeof(*c->users), by_birth);
    }
    yaml_item(&e->y);
    yaml_text(&e->y, "uin", said.uin);
    yaml_text(&e->y, "appid", said.appid);
    yaml_text(&e->y, "name", said.name);
    write_principal(e, &said);
    write_providers(e, said.providers);
    write_members(e, c, /* are_roles= */ false);
    write_members(e, c, /* are_roles= */ true);
    say_the_rest(e, c);
}

void export_accounts(struct exporter *e)
{
    if (e->n_roots == 0) {
        return;
    }
    yaml_list(&e->y, "accounts");
    for (size_t i = 0; i < e->n_roots && e->r == BACKEND_OK; i++) {
        struct catalog c;
        e->r = catalog_read(&c, e->t, &e->arena, e->roots[i]);
        if (e->r == BACKEND_OK) {
            write_account(e, &c);
        }
        catalog_release(&c);
    }
    yaml_list_end(&e->y);
}
