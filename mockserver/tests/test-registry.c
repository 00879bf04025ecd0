/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is found by which name, and until when: a tenant is found from the moment its world is
 * loaded until it leaves, and what it leaves behind answers for nothing (design.md s.3: a
 * tenant is dropped whole).
 */
#include "world/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "issue.h"
#include "world/maps.h"
#include "world/mock.h"

#define BUCKET COS_SPAN_LIT("examplebucket-1250000000")

struct stage {
    struct cosmock *mock;
    struct cosmock_tenant *t;
};

static int open_stage(void **state)
{
    static struct stage s;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.name = "only";
    options.seed = 5;
    *state = &s;
    return cosmock_new(&s.mock, NULL, NULL) < 0 ||
           cosmock_tenant_new(s.mock, &s.t, &options, NULL) < 0;
}

static int close_stage(void **state)
{
    struct stage *s = *state;
    s->t = cosmock_tenant_free(s->t);
    s->mock = cosmock_free(s->mock);
    return 0;
}

static void count(void *ctx, struct cosmock_tenant *t)
{
    ++*(int *)ctx;
}

static bool drop_and_tell(struct cosmock_tenant *t)
{
    bool found = t != NULL;
    tenant_unref(t);
    return found;
}

static bool finds_bucket(struct stage *s, struct cos_span name)
{
    struct bucket_view found;
    struct cosmock_tenant *t = registry_by_bucket(s->mock, name, &found);
    assert_int_equal(t != NULL, found.bucket != NULL);
    bucket_view_release(&found);
    return drop_and_tell(t);
}

/** How many of the five ways lead to a tenant. */
static int ways_to(struct stage *s, const char *secret_id)
{
    int visited = 0;
    registry_each(s->mock, count, &visited);
    return visited + finds_bucket(s, BUCKET) +
           drop_and_tell(registry_by_secret_id(s->mock, cos_span_of(secret_id))) +
           drop_and_tell(registry_by_name(s->mock, COS_SPAN_LIT("only"))) +
           drop_and_tell(registry_first(s->mock));
}

static void an_open_tenant_is_found_by_every_name(void **state)
{
    struct stage *s = *state;
    struct cosmock_world_info info;
    cosmock_world_info(s->t, &info);
    assert_int_equal(ways_to(s, info.secret_id), 5);
}

static void a_tenant_that_is_still_loading_is_not_found(void **state)
{
    struct stage *s = *state;
    struct cosmock_world_info info;
    cosmock_world_info(s->t, &info);
    s->t->maps->is_open = false;
    assert_int_equal(ways_to(s, info.secret_id), 0);
    registry_open(s->t);
    assert_int_equal(ways_to(s, info.secret_id), 5);
}

static void a_request_under_way_claims_nothing_for_a_dead_tenant(void **state)
{
    struct stage *s = *state;
    struct cosmock_tenant *under_way = tenant_ref(s->t);
    struct cosmock_world_info info;
    cosmock_world_info(s->t, &info);
    struct user *user = world_user_find(s->t, info.owner_uin);
    s->t = cosmock_tenant_free(s->t);
    assert_int_equal(ways_to(s, info.secret_id), 0);
    const struct key_grant grant = {user, "late", /* session= */ NULL, 1};
    assert_null(issue_key(under_way, &grant));
    assert_int_equal(world_bucket_create(under_way, COS_SPAN_LIT("late-1250000000"), "r", user),
                     STORE_NOMEM);
    assert_false(finds_bucket(s, COS_SPAN_LIT("late-1250000000")));
    user_unref(user);
    tenant_unref(under_way);
}

static void a_failed_world_leaves_no_name_behind(void **state)
{
    struct stage *s = *state;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.name = "second";
    options.world_text =
        "accounts:\n  - {uin: \"7\", appid: \"77\"}\n"
        "buckets:\n  - {name: left-77, region: r}\n  - {name: bad, region: r}\n";
    struct cosmock_tenant *t = NULL;
    assert_int_equal(cosmock_tenant_new(s->mock, &t, &options, NULL), COSMOCK_E_INVALID);
    assert_null(t);
    assert_false(drop_and_tell(registry_by_name(s->mock, COS_SPAN_LIT("second"))));
    options.world_text = "accounts:\n  - {uin: \"7\", appid: \"77\"}\n"
                         "buckets:\n  - {name: left-77, region: r}\n";
    assert_int_equal(cosmock_tenant_new(s->mock, &t, &options, NULL), 0);
    cosmock_tenant_free(t);
}

/* A tenant that a test made and dropped takes its journal with it; whoever asked reads it
 * before. */
static void the_end_of_every_tenant_is_told(void **state)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    options.tenant_ends = count;
    int told = 0;
    options.tenant_ends_ctx = &told;
    struct cosmock *mock = NULL;
    assert_int_equal(cosmock_new(&mock, &options, NULL), 0);
    struct cosmock_tenant_options tenant = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_tenant *dropped = NULL;
    assert_int_equal(cosmock_tenant_new(mock, &dropped, &tenant, NULL), 0);
    struct cosmock_tenant *kept = NULL;
    assert_int_equal(cosmock_tenant_new(mock, &kept, &tenant, NULL), 0);
    cosmock_tenant_free(dropped);
    assert_int_equal(told, 1);
    cosmock_free(mock);
    assert_int_equal(told, 2);
}

static void removing_by_value_takes_every_key_of_it(void **state)
{
    struct map m = {0};
    int mine = 0;
    int other = 0;
    for (int i = 0; i < 300; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "k%d", i);
        assert_int_equal(map_put(&m, cos_span_of(name), i % 3 == 0 ? &other : &mine), 0);
    }
    map_remove_value(&m, &mine);
    assert_int_equal(m.n, 100);
    assert_ptr_equal(map_get(&m, COS_SPAN_LIT("k3")), &other);
    assert_null(map_get(&m, COS_SPAN_LIT("k4")));
    assert_int_equal(map_put(&m, COS_SPAN_LIT("k4"), &other), 0);
    map_deinit(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_open_tenant_is_found_by_every_name, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(a_tenant_that_is_still_loading_is_not_found, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(a_request_under_way_claims_nothing_for_a_dead_tenant,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_failed_world_leaves_no_name_behind, open_stage,
                                        close_stage),
        cmocka_unit_test(the_end_of_every_tenant_is_told),
        cmocka_unit_test(removing_by_value_takes_every_key_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
