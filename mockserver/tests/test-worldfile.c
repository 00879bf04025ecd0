/* SPDX-License-Identifier: Apache-2.0 */
/* World files: what is only half said is refused where it stands, names of another tenant are
 * told from names said twice, and the built-in world always loads. */
#include "world/world.h"

#include "names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *fixtures = "fixtures";

#define ACCOUNT "accounts:\n  - uin: \"1\"\n    appid: \"11\"\n"

static int open_mock(void **state)
{
    static struct cosmock *mock;
    int r = cosmock_new(&mock, NULL, NULL);
    *state = mock;
    return r;
}

static int close_mock(void **state)
{
    cosmock_free(*state);
    return 0;
}

static int make(struct cosmock *mock, const char *world, struct cosmock_tenant **out,
                struct cosmock_error *err)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = world;
    return cosmock_tenant_new(mock, out, &options, err);
}

static void half_said_things_are_refused_where_they_stand(void **state)
{
    static const struct {
        const char *world, *says;
    } rows[] = {
        {ACCOUNT "  - uin: \"2\"\n    appid: \"11\"\n", "world:5: appid 11 appears twice"},
        {ACCOUNT "    name: [x]\n", "world:4: 'name' must be a single value, not a list"},
        {ACCOUNT "    policies: [none]\n", "world:4: 'none' is neither"},
        {ACCOUNT
         "    policies: [reed-only]\npolicies:\n  read-only: '{\"version\":\"2.0\","
         "\"statement\":[{\"effect\":\"allow\",\"action\":\"*\",\"resource\":\"*\"}]}'\n",
         "world:4: 'reed-only' is neither a policy as JSON text nor the name of one below "
         "'policies'; the nearest is read-only"},
        {"policies:\n  unused: nope\n", "world:2: policy 'unused' must be JSON text"},
        {"policies:\n  unused: {version: \"2.0\"}\n",
         "world:2: 'unused' must be a single value"},
        {"policies:\n  unused: '{\"version\":\"2.0\",\"statement\":[]}'\n", "world:2: policy"},
        {ACCOUNT "buckets:\n  - name: b-11\n    region: r\n    acl: public\n",
         "world:7: 'public': an acl is private, public-read"},
        {ACCOUNT "buckets:\n  - name: b-11\n    region: r\n    acl: [public-read]\n",
         "world:7: 'acl' must be a single value, not a list"},
        {"suffixes: [a.test, a.test]\n", "world:1: suffix 'a.test' appears twice"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_tenant *t = NULL;
        struct cosmock_error err = {0};
        int r = make(*state, rows[i].world, &t, &err);
        if (r != COSMOCK_E_INVALID || strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: %d '%s'", rows[i].says, r, err.message);
        }
    }
}

struct heard {
    size_t n;
    char last[400];
};

static void hear(void *ctx, const char *text)
{
    struct heard *h = ctx;
    h->n++;
    (void)snprintf(h->last, sizeof(h->last), "%s", text);
}

#define POLICY(action, principal)                                                     \
    "'{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"" action \
    "\"," principal "\"resource\":\"*\"}]}'"
#define STATEMENT(action) POLICY(action, "")

/* Once each, at the line where it stands, however often a named policy is used. */
static void an_unknown_action_is_warned_of_where_it_stands(void **state)
{
    static const struct {
        /* NULL: no warning */
        const char *world, *says;
    } rows[] = {
        {ACCOUNT "    policies: [p, p]\npolicies:\n  p: " STATEMENT("name/cos:GetObjet") "\n",
         "world:6: statement 0 of policy 'p': no known action is called 'cos:GetObjet'; the "
         "nearest is cos:GetObject"},
        {ACCOUNT "    policies:\n      - " STATEMENT("name/cos:Gett*") "\n",
         "world:5: statement 0 of policy 'no. 1 of uin 1': no known action fits 'cos:Gett*'"},
        {ACCOUNT "buckets:\n  - name: b-11\n    region: r\n    policy: " POLICY(
             "cos:putobject", "\"principal\":\"*\",") "\n",
         "world:7: statement 0 of the bucket policy of b-11: no known action is called "
         "'cos:putobject'; the nearest is cos:PutObject"},
        {ACCOUNT "policies:\n  p: " STATEMENT("name/cos:GetObject") "\n", NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
        options.world_text = rows[i].world;
        options.warn = hear;
        struct heard heard = {0};
        options.warn_ctx = &heard;
        struct cosmock_tenant *t = NULL;
        struct cosmock_error err = {0};
        if (cosmock_tenant_new(*state, &t, &options, &err) < 0) {
            fail_msg("%s", err.message);
        }
        cosmock_tenant_free(t);
        assert_int_equal(heard.n, rows[i].says == NULL ? 0 : 1);
        assert_string_equal(heard.last, rows[i].says == NULL ? "" : rows[i].says);
    }
}

static void check_loads(void *ctx, const char *name, bool is_good, const char *why)
{
    char world[600];
    (void)snprintf(world, sizeof(world),
                   "accounts: [{uin: '1', appid: '1250000000'}]\n"
                   "buckets:\n  - {name: '%s', region: r}\n",
                   name);
    struct cosmock_tenant *t = NULL;
    struct cosmock_error err = {0};
    int r = make(ctx, world, &t, &err);
    if (r != (is_good ? 0 : COSMOCK_E_INVALID) ||
        (!is_good && strstr(err.message, "world:3: ") == NULL)) {
        fail_msg("'%s' (%s): %d '%s'", name, why, r, err.message);
    }
    cosmock_tenant_free(t);
}

static void bucket_names_are_those_of_the_document(void **state)
{
    each_bucket_name(fixtures, check_loads, *state);
}

static void a_policy_of_the_root_account_is_loaded(void **state)
{
    struct cosmock_tenant *t = NULL;
    assert_int_equal(make(*state,
                          ACCOUNT
                          "    policies: [shut]\n"
                          "policies:\n  shut: '{\"version\":\"2.0\",\"statement\":[{\"effect\":"
                          "\"deny\",\"action\":\"*\",\"resource\":\"*\"}]}'\n",
                          &t, NULL),
                     0);
    char *json = NULL;
    const struct cosmock_explain_query query = {.size = sizeof(query),
                                                .uin = "1",
                                                .action = "name/cos:GetService",
                                                .resource = "*"};
    assert_int_equal(cosmock_policy_explain(t, &query, &json, NULL), 0);
    assert_non_null(strstr(json, "\"reason\":\"explicit_deny:identity\""));
    free(json);
}

static void a_name_of_another_tenant_is_taken_and_one_said_twice_is_invalid(void **state)
{
    struct cosmock_tenant *t = NULL;
    assert_int_equal(make(*state,
                          ACCOUNT
                          "    keys: [{secret_id: A}]\nbuckets: [{name: b-11, region: r}]\n",
                          &t, NULL),
                     0);
    struct cosmock_error err;
    assert_int_equal(make(*state, ACCOUNT "    keys: [{secret_id: A}]\n", &t, &err),
                     COSMOCK_E_EXISTS);
    assert_non_null(strstr(err.message, "world:4: secret_id A is taken"));
    assert_int_equal(make(*state, ACCOUNT "buckets: [{name: b-11, region: r}]\n", &t, &err),
                     COSMOCK_E_EXISTS);
    assert_non_null(strstr(err.message, "world:4: bucket name 'b-11' is taken"));
    assert_int_equal(make(*state, ACCOUNT "    keys: [{secret_id: B}, {secret_id: B}]\n", &t,
                          &err),
                     COSMOCK_E_INVALID);
    assert_int_equal(make(*state,
                          ACCOUNT "buckets:\n  - {name: c-11, region: r}\n"
                                  "  - {name: c-11, region: r}\n",
                          &t, &err),
                     COSMOCK_E_INVALID);
}

static void the_built_in_world_loads_any_number_of_times(void **state)
{
    struct cosmock_tenant *t[3];
    struct cosmock_world_info info[3];
    for (size_t i = 0; i < COS_ARRAY_LEN(t); i++) {
        struct cosmock_error err = {0};
        if (cosmock_tenant_new(*state, &t[i], NULL, &err) != 0) {
            fail_msg("%s", err.message);
        }
        cosmock_world_info(t[i], &info[i]);
        assert_string_equal(info[i].endpoint_suffix, "cos.mock.test");
        assert_string_equal(info[i].region, "ap-guangzhou");
    }
    assert_string_equal(info[0].bucket, "examplebucket-1250000000");
    assert_string_not_equal(info[1].bucket, info[2].bucket);
    cosmock_tenant_free(t[0]);
    assert_int_equal(cosmock_tenant_new(*state, &t[0], NULL, NULL), 0);
    cosmock_world_info(t[0], &info[0]);
    assert_string_equal(info[0].bucket, "examplebucket-1250000000");
}

static void expect_list_of(struct cosmock_tenant *t, const char *acl)
{
    struct bucket_view at = world_bucket_view(t, COS_SPAN_LIT("b-11"));
    assert_true(cos_span_eq_str(bucket_document(&at, BUCKET_ACL), acl));
    bucket_view_release(&at);
}

static void a_bucket_has_the_list_that_is_written_beside_it(void **state)
{
    struct cosmock_tenant *t = NULL;
    struct cosmock_error err = {0};
    assert_int_equal(make(*state,
                          ACCOUNT "buckets:\n  - name: b-11\n    region: r\n"
                                  "    acl: public-read WRITE:2\n",
                          &t, &err),
                     0);
    expect_list_of(t, "public-read WRITE:2");
    assert_int_equal(cosmock_bucket_acl_set(t, "b-11", "- READ:1/3", &err), 0);
    expect_list_of(t, "- READ:1/3");
    assert_int_equal(cosmock_bucket_acl_set(t, "b-11", "default", &err), COSMOCK_E_INVALID);
    assert_int_equal(cosmock_bucket_acl_set(t, "c-11", "private", &err), COSMOCK_E_NOT_FOUND);
    expect_list_of(t, "- READ:1/3");
    assert_int_equal(cosmock_bucket_acl_set(t, "b-11", NULL, &err), 0);
    expect_list_of(t, "");
}

int main(int argc, char **argv)
{
    fixtures = argc > 1 ? argv[1] : fixtures;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(half_said_things_are_refused_where_they_stand,
                                        open_mock, close_mock),
        cmocka_unit_test_setup_teardown(an_unknown_action_is_warned_of_where_it_stands,
                                        open_mock, close_mock),
        cmocka_unit_test_setup_teardown(bucket_names_are_those_of_the_document, open_mock,
                                        close_mock),
        cmocka_unit_test_setup_teardown(a_policy_of_the_root_account_is_loaded, open_mock,
                                        close_mock),
        cmocka_unit_test_setup_teardown(
            a_name_of_another_tenant_is_taken_and_one_said_twice_is_invalid, open_mock,
            close_mock),
        cmocka_unit_test_setup_teardown(a_bucket_has_the_list_that_is_written_beside_it,
                                        open_mock, close_mock),
        cmocka_unit_test_setup_teardown(the_built_in_world_loads_any_number_of_times, open_mock,
                                        close_mock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
