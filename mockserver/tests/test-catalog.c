/* SPDX-License-Identifier: Apache-2.0 */
/* What an account keeps in CAM as one value, and what comes of changing it. */
#include "client.h"

#include "world/catalog.h"
#include "world/projection.h"

#define OWNER "100000000001"
#define SUB CLIENT_SUB_UIN
#define READ                                                                \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":" \
    "\"name/cos:GetObject\",\"resource\":\"*\"}]}"
#define WRITE                                                               \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":" \
    "\"name/cos:PutObject\",\"resource\":\"*\"}]}"

struct opened {
    struct client *client;
    struct cos_arena arena;
    struct catalog c;
};

static void open_catalog(struct opened *o, void **state)
{
    o->client = *state;
    cos_arena_init(&o->arena, 1u << 20);
    assert_int_equal(catalog_read(&o->c, o->client->tenant, &o->arena, COS_SPAN_LIT(OWNER)),
                     BACKEND_OK);
}

static enum backend_result keep(struct opened *o)
{
    struct batch *b = catalog_batch(&o->c);
    assert_non_null(b);
    assert_int_equal(world_prepare(o->client->tenant, b), 0);
    struct commit done = {0};
    return backend_commit(o->client->tenant->rows, b, &done);
}

static void shut_catalog(struct opened *o)
{
    catalog_release(&o->c);
    cos_arena_deinit(&o->arena);
}

static struct catalog_policy *add_policy(struct opened *o, const char *name, const char *text)
{
    struct catalog_policy *p = catalog_add_policy(&o->c);
    assert_non_null(p);
    p->said.said.name = cos_span_of(name);
    p->said.said.default_version = catalog_add_version(&o->c, p, cos_span_of(text));
    return p;
}

/* What the user has by the policies of his account, as requests find it: by number, and as his
 * row names it, a blank behind each. */
static const char *granted(const struct client *c, const char *uin)
{
    static char names[200];
    struct row *row = NULL;
    struct user_row said;
    struct row_pair p;
    assert_int_equal(world_row_get(c->tenant->rows, ROWKEY_ACCOUNT, cos_span_of(uin), &row),
                     BACKEND_OK);
    assert_true(user_row_read(row, &said));
    size_t n = pairs_count(said.policies);
    struct cos_buf out;
    cos_buf_init(&out, sizeof(names) - 1);
    while (row_pair_next(&said.granted, &p)) {
        cos_buf_printf(&out, COS_SPAN_FMT "=%s ", COS_SPAN_ARG(p.name),
                       cos_span_eq_str(p.value, READ) ? "read" : "write");
        n++;
    }
    (void)snprintf(names, sizeof(names), "%s", cos_buf_cstr(&out));
    cos_buf_deinit(&out);
    row_unref(row);
    struct user *u = world_user_find(c->tenant, uin);
    assert_non_null(u);
    struct policy_set *s = world_user_policies(c->tenant, u);
    assert_int_equal(s->n, n);
    policy_set_unref(s);
    user_unref(u);
    return names;
}

static void an_attached_policy_is_the_users_once_it_is_kept(void **state)
{
    struct opened o;
    open_catalog(&o, state);
    catalog_attach(&o.c, add_policy(&o, "reads", READ), CATALOG_USER, COS_SPAN_LIT(SUB));
    assert_string_equal(granted(*state, SUB), "");
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(granted(*state, SUB), "reads=read ");
    assert_string_equal(granted(*state, OWNER), "");
    shut_catalog(&o);
    open_catalog(&o, state);
    struct catalog_policy *p = catalog_policy_named(&o.c, COS_SPAN_LIT("reads"));
    assert_non_null(p);
    assert_int_equal(catalog_is_attached(p, CATALOG_USER, COS_SPAN_LIT(SUB)),
                     CLIENT_NOW_S * INT64_C(1000));
    assert_int_equal(catalog_is_attached(p, CATALOG_ROLE, COS_SPAN_LIT(SUB)), -1);
    catalog_detach(&o.c, p, CATALOG_USER, COS_SPAN_LIT(SUB));
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(granted(*state, SUB), "");
    shut_catalog(&o);
}

static void the_version_in_effect_is_everybodys_who_has_the_policy(void **state)
{
    struct opened o;
    open_catalog(&o, state);
    catalog_attach(&o.c, add_policy(&o, "p", READ), CATALOG_USER, COS_SPAN_LIT(SUB));
    catalog_attach(&o.c, &o.c.policies[0], CATALOG_USER, COS_SPAN_LIT(OWNER));
    assert_int_equal(keep(&o), BACKEND_OK);
    shut_catalog(&o);
    open_catalog(&o, state);
    struct catalog_policy *p = catalog_policy_named(&o.c, COS_SPAN_LIT("p"));
    assert_int_equal(catalog_add_version(&o.c, p, COS_SPAN_LIT(WRITE)), 2);
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(granted(*state, SUB), "p=read ");
    shut_catalog(&o);
    open_catalog(&o, state);
    p = catalog_policy_named(&o.c, COS_SPAN_LIT("p"));
    p->said.said.default_version = 2;
    p->is_changed = true;
    catalog_drop_version(&o.c, p, 1);
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(granted(*state, SUB), "p=write ");
    assert_string_equal(granted(*state, OWNER), "p=write ");
    struct catalog_version v;
    assert_false(catalog_version(p, 1, &v));
    assert_int_equal(catalog_add_version(&o.c, p, COS_SPAN_LIT(READ)), 3); /* never 1 again */
    shut_catalog(&o);
}

static void members_of_a_group_have_what_it_has_and_nothing_twice(void **state)
{
    struct opened o;
    open_catalog(&o, state);
    struct catalog_group *g = catalog_add_group(&o.c);
    g->said.said.name = COS_SPAN_LIT("team");
    g->said.said.members =
        pairs_with(&o.arena, COS_SPAN_EMPTY, COS_SPAN_LIT(SUB), COS_SPAN_LIT("0"));
    struct catalog_policy *p = add_policy(&o, "of-group", READ);
    catalog_attach(&o.c, p, CATALOG_GROUP, g->said.id);
    catalog_attach(&o.c, p, CATALOG_USER, COS_SPAN_LIT(SUB));
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(granted(*state, SUB), "of-group=read ");
    shut_catalog(&o);
    open_catalog(&o, state);
    assert_non_null(catalog_group_named(&o.c, COS_SPAN_LIT("team")));
    catalog_drop_user(&o.c, catalog_user(&o.c, COS_SPAN_LIT(SUB)));
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_null(world_user_find(o.client->tenant, SUB));
    assert_int_equal(o.c.groups[0].said.said.members.len, 0);
    assert_true(o.c.policies[0].said.said.attached.len > 0); /* to the group */
    shut_catalog(&o);
}

static void a_boundary_grants_nothing(void **state)
{
    struct opened o;
    open_catalog(&o, state);
    catalog_attach(&o.c, add_policy(&o, "p", READ), CATALOG_BOUNDED, COS_SPAN_LIT(SUB));
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(granted(*state, SUB), "");
    shut_catalog(&o);
}

static void of_two_that_change_it_at_once_the_second_has_to_begin_again(void **state)
{
    struct opened first;
    struct opened second;
    open_catalog(&first, state);
    open_catalog(&second, state);
    (void)add_policy(&first, "first", READ);
    (void)add_policy(&second, "second", READ);
    assert_int_equal(keep(&first), BACKEND_OK);
    assert_int_equal(keep(&second), BACKEND_UNEXPECTED);
    shut_catalog(&second);
    open_catalog(&second, state);
    assert_int_equal(second.c.n_policies, 1);
    struct catalog_policy *p = add_policy(&second, "second", READ);
    assert_false(cos_span_eq(p->said.id, second.c.policies[0].said.id));
    assert_int_equal(keep(&second), BACKEND_OK);
    shut_catalog(&first);
    shut_catalog(&second);
}

/* cosmock_user_policy_set(): one policy instead of those the user had. */
static void a_policy_from_outside_takes_the_place_of_what_is_attached(void **state)
{
    struct client *c = *state;
    struct opened o;
    open_catalog(&o, state);
    catalog_attach(&o.c, add_policy(&o, "p", WRITE), CATALOG_USER, COS_SPAN_LIT(SUB));
    assert_int_equal(keep(&o), BACKEND_OK);
    shut_catalog(&o);
    assert_int_equal(cosmock_user_policy_set(c->tenant, SUB, READ, NULL), COSMOCK_OK);
    assert_string_equal(granted(c, SUB), "");
    open_catalog(&o, state);
    assert_int_equal(o.c.policies[0].said.said.attached.len, 0);
    struct catalog_policy *p = &o.c.policies[0];
    catalog_attach(&o.c, p, CATALOG_GROUP, COS_SPAN_LIT("1"));
    assert_int_equal(keep(&o), BACKEND_OK); /* and what changes later does not bring it back */
    assert_string_equal(granted(c, SUB), "");
    shut_catalog(&o);
}

static void what_is_said_of_a_user_outlives_a_policy_from_outside(void **state)
{
    struct client *c = *state;
    struct opened o;
    open_catalog(&o, state);
    struct catalog_user *u = catalog_user_named(&o.c, COS_SPAN_LIT("sub"));
    assert_non_null(u);
    u->said.profile = pairs_with(&o.arena, COS_SPAN_EMPTY, COS_SPAN_LIT("Remark"),
                                 COS_SPAN_LIT("of the desk"));
    u->said.created_unix_ms = 7000;
    u->is_changed = true;
    assert_int_equal(keep(&o), BACKEND_OK);
    shut_catalog(&o);
    assert_int_equal(cosmock_user_policy_set(c->tenant, SUB, READ, NULL), COSMOCK_OK);
    open_catalog(&o, state);
    u = catalog_user(&o.c, COS_SPAN_LIT(SUB));
    assert_true(
        cos_span_eq_str(pairs_get(u->said.profile, COS_SPAN_LIT("Remark")), "of the desk"));
    assert_int_equal(u->said.created_unix_ms, 7000);
    shut_catalog(&o);
}

/* What bounds the user, as requests find it; "": nothing. */
static const char *boundary(const struct client *c, const char *uin)
{
    static char said[200];
    struct user *u = world_user_find(c->tenant, uin);
    struct policy_set *s = world_user_policies(c->tenant, u);
    said[0] = '\0';
    if (s->boundary != NULL) {
        (void)snprintf(said, sizeof(said), "%s",
                       cos_span_eq_str(cam_policy_text(s->boundary), READ) ? "read" : "write");
    }
    policy_set_unref(s);
    user_unref(u);
    return said;
}

static void a_boundary_is_the_version_in_effect_until_the_policy_has_gone(void **state)
{
    struct opened o;
    open_catalog(&o, state);
    struct catalog_policy *p = add_policy(&o, "bounds", READ);
    catalog_bound(&o.c, catalog_user(&o.c, COS_SPAN_LIT(SUB)), p);
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(boundary(*state, SUB), "read");
    assert_string_equal(boundary(*state, OWNER), "");
    shut_catalog(&o);
    open_catalog(&o, state);
    p = catalog_policy_named(&o.c, COS_SPAN_LIT("bounds"));
    p->said.said.default_version = catalog_add_version(&o.c, p, COS_SPAN_LIT(WRITE));
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(boundary(*state, SUB), "write");
    shut_catalog(&o);
    open_catalog(&o, state);
    catalog_policy_named(&o.c, COS_SPAN_LIT("bounds"))->is_gone = true;
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(boundary(*state, SUB), "");
    shut_catalog(&o);
}

/* From outside as well as from the account. */
static void a_user_has_one_boundary(void **state)
{
    struct client *c = *state;
    struct opened o;
    open_catalog(&o, state);
    catalog_bound(&o.c, catalog_user(&o.c, COS_SPAN_LIT(SUB)), add_policy(&o, "first", READ));
    assert_int_equal(keep(&o), BACKEND_OK);
    shut_catalog(&o);
    assert_int_equal(cosmock_user_boundary_set(c->tenant, SUB, WRITE, NULL), COSMOCK_OK);
    assert_string_equal(boundary(c, SUB), "write");
    open_catalog(&o, state);
    struct catalog_policy *p = catalog_policy_named(&o.c, COS_SPAN_LIT("first"));
    assert_int_equal(catalog_is_attached(p, CATALOG_BOUNDED, COS_SPAN_LIT(SUB)), -1);
    catalog_bound(&o.c, catalog_user(&o.c, COS_SPAN_LIT(SUB)), p);
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(boundary(c, SUB), "read");
    shut_catalog(&o);
    open_catalog(&o, state);
    catalog_bound(&o.c, catalog_user(&o.c, COS_SPAN_LIT(SUB)), /* p= */ NULL);
    assert_int_equal(keep(&o), BACKEND_OK);
    assert_string_equal(boundary(c, SUB), "");
    shut_catalog(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(an_attached_policy_is_the_users_once_it_is_kept),
        CLIENT_TEST(the_version_in_effect_is_everybodys_who_has_the_policy),
        CLIENT_TEST(members_of_a_group_have_what_it_has_and_nothing_twice),
        CLIENT_TEST(a_boundary_grants_nothing),
        CLIENT_TEST(a_boundary_is_the_version_in_effect_until_the_policy_has_gone),
        CLIENT_TEST(a_user_has_one_boundary),
        CLIENT_TEST(of_two_that_change_it_at_once_the_second_has_to_begin_again),
        CLIENT_TEST(a_policy_from_outside_takes_the_place_of_what_is_attached),
        CLIENT_TEST(what_is_said_of_a_user_outlives_a_policy_from_outside),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
