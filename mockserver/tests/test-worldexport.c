/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant as a world file, and an import of one. What is exported and loaded again, wherever,
 * is exported as the same text: of worlds that are written by hand, and of those that chance
 * makes over the CAM API and behind its back.
 */
#include "client.h"

#include "cosbase/file.h"
#include "cosbase/rng.h"
#include "world/worldexport.h"

#define OWNER "100000000001"
#define MAY_GET                                                                      \
    "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"allow\\\"," \
    "\\\"action\\\":\\\"name/cos:GetObject\\\",\\\"resource\\\":\\\"*\\\"}]}"
#define TRUST                                                                        \
    "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"allow\\\"," \
    "\\\"action\\\":\\\"name/sts:AssumeRole\\\",\\\"principal\\\":{\\\"qcs\\\":"     \
    "[\\\"qcs::cam::uin/" OWNER ":root\\\"]}}]}"

static const struct token root = {CLIENT_ID, CLIENT_SECRET, "", 0};
static const char *fixtures;

/* --- what is said meanwhile: sentences, a line each --- */

static void hear(void *ctx, const char *text)
{
    cos_buf_printf(ctx, "%s\n", text);
}

/* The caller's; @said: what is not in it. */
static char *exported(struct cosmock_tenant *t, bool with_secrets, struct cos_buf *said)
{
    struct cos_buf out;
    struct cosmock_error err;
    const struct world_warner warner = {hear, said};
    cos_buf_init(&out, 1u << 20);
    if (world_export(t, with_secrets, &out, said == NULL ? NULL : &warner, &err) != 0) {
        fail_msg("%s", err.message);
    }
    char *text = strdup(cos_buf_cstr(&out));
    cos_buf_deinit(&out);
    return text;
}

static int import(struct cosmock_tenant *t, const char *yaml, struct cos_buf *said,
                  struct cosmock_error *err)
{
    const struct world_import_ears ears = {{hear, said}, {hear, said}};
    const struct world_source source = {.yaml = cos_span_of(yaml), .origin = "team.yaml"};
    return world_import(t, &source, said == NULL ? &(struct world_import_ears){0} : &ears, err);
}

/* Where they part is shown. */
static void same(const char *name, const char *first, const char *second)
{
    size_t at = 0;
    while (first[at] != '\0' && first[at] == second[at]) {
        at++;
    }
    if (first[at] != second[at]) {
        size_t from = at < 200 ? 0 : at - 200;
        fail_msg("%s: exported\n%.300s\n--- and then\n%.300s", name, first + from,
                 second + from);
    }
}

/* Loaded by another mock, and imported into a tenant that has nothing. */
static void comes_back(const char *name, struct cosmock_tenant *t)
{
    char *first = exported(t, /* with_secrets= */ true, /* said= */ NULL);
    struct client loaded;
    client_open_world(&loaded, first);
    char *second = exported(loaded.tenant, /* with_secrets= */ true, /* said= */ NULL);
    same(name, first, second);
    client_shut(&loaded);
    struct client empty;
    struct cosmock_error err;
    client_open_world(&empty, "accounts: []\n");
    if (import(empty.tenant, first, /* said= */ NULL, &err) != 0) {
        fail_msg("%s: %s", name, err.message);
    }
    char *third = exported(empty.tenant, /* with_secrets= */ true, /* said= */ NULL);
    same(name, first, third);
    struct cos_buf said;
    cos_buf_init(&said, 1u << 20);
    assert_int_equal(import(empty.tenant, first, &said, &err), 0);
    assert_string_equal(cos_buf_cstr(&said), ""); /* there is nothing left to change */
    cos_buf_deinit(&said);
    client_shut(&empty);
    free(first);
    free(second);
    free(third);
}

static void worlds_that_people_write_come_back(void **state)
{
    static const char *const files[] = {"mockserver/fuzz/corpus/world/whole.yaml",
                                        "ci/clients/python/roles.yaml"};
    for (size_t i = 0; i < COS_ARRAY_LEN(files); i++) {
        char path[600];
        struct cos_buf text;
        struct client c;
        (void)snprintf(path, sizeof(path), "%s/../%s", fixtures, files[i]);
        cos_buf_init(&text, 1u << 20);
        assert_int_equal(cos_file_read(&text, path), 0);
        client_open_world(&c, cos_buf_cstr(&text));
        comes_back(files[i], c.tenant);
        client_shut(&c);
        cos_buf_deinit(&text);
    }
}

/* A call that chance has made may be refused: what comes of it is exported all the same. */
static void call(struct client *c, const char *action, const char *json)
{
    struct answer r = cam_call(c, &root, action, json);
    assert_int_equal(r.status, 200);
    answer_free(&r);
}

static void change_by_cam(struct client *c, struct cos_rng *rng)
{
    static const char *const documents[] = {
        MAY_GET, "{\\n \\\"version\\\": \\\"2.0\\\",\\t\\\"statement\\\": [{\\\"sid\\\": "
                 "\\\"it's \\\\\\\"d\\u00e9j\\u00e0\\\\\\\"\\\", \\\"effect\\\": \\\"deny\\\", "
                 "\\\"action\\\": \\\"*\\\", \\\"resource\\\": \\\"*\\\"}]}"};
    static const struct {
        const char *action, *format;
    } calls[] = {
        {"AddUser", "{\"Name\":\"u%u\",\"UseApi\":1}"},
        {"CreatePolicy", "{\"PolicyName\":\"p%u\",\"PolicyDocument\":\"%s\"}"},
        {"CreateRole", "{\"RoleName\":\"r%u\",\"PolicyDocument\":\"" TRUST "\"}"},
        {"AttachRolePolicy", "{\"AttachRoleName\":\"r%u\",\"PolicyName\":\"p1\"}"},
        {"AttachRolePolicy", "{\"AttachRoleName\":\"r1\",\"PolicyName\":\"p%u\"}"},
        {"AttachUserPolicy", "{\"AttachUin\":" CLIENT_SUB_UIN ",\"PolicyId\":1700000%u}"},
        {"PutUserPermissionsBoundary",
         "{\"TargetUin\":" CLIENT_SUB_UIN ",\"PolicyId\":1700000%u}"},
        {"DeleteUser", "{\"Name\":\"u%u\",\"Force\":1}"},
        {"DeleteRole", "{\"RoleName\":\"r%u\"}"},
        {"CreateAccessKey", "{\"TargetUin\":" CLIENT_SUB_UIN ",\"Description\":\"d%u\"}"},
    };
    char json[1000];
    size_t which = cos_rng_below(rng, COS_ARRAY_LEN(calls));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(json, sizeof(json), calls[which].format, (unsigned)cos_rng_below(rng, 9),
                   documents[cos_rng_below(rng, 2)]);
#pragma GCC diagnostic pop
    call(c, calls[which].action, json);
}

static void worlds_that_chance_makes_come_back(void **state)
{
    struct cos_rng *rng = cos_rng_new(7);
    for (int round = 0; round < 25; round++) {
        struct client c;
        char name[40];
        client_open_world(&c, CLIENT_WORLD);
        client_freeze(&c, CLIENT_NOW_S);
        for (int i = 0; i < 60; i++) {
            change_by_cam(&c, rng);
        }
        (void)snprintf(name, sizeof(name), "round %d", round);
        comes_back(name, c.tenant);
        client_shut(&c);
    }
    cos_rng_free(rng);
}

/* --- what a file cannot say --- */

static void secrets_are_in_it_when_they_are_asked_for(void **state)
{
    struct client c;
    struct cos_buf said;
    cos_buf_init(&said, 1u << 16);
    client_open_world(&c, "accounts:\n  - uin: \"7\"\n    appid: \"77\"\n    mfa: "
                          "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n    keys: [{secret_id: AKIDx, "
                          "secret_key: 'it''s-a-s3cret'}]\n");
    char *without = exported(c.tenant, /* with_secrets= */ false, &said);
    assert_null(strstr(without, "s3cret"));
    assert_null(strstr(without, "GEZDGNBV"));
    assert_non_null(strstr(without, "secret_id: AKIDx"));
    assert_non_null(strstr(cos_buf_cstr(&said), "the MFA device of uin 7 is a secret"));
    char *with = exported(c.tenant, /* with_secrets= */ true, /* said= */ NULL);
    assert_non_null(strstr(with, "secret_key: 'it''s-a-s3cret'"));
    assert_non_null(strstr(with, "mfa: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
    struct cosmock_error err;
    assert_int_equal(import(c.tenant, without, /* said= */ NULL, &err), 0);
    struct access_key *k = world_key_find(c.tenant, COS_SPAN_LIT("AKIDx"));
    assert_true(cos_span_eq_str(cos_secret_view(&k->secret_key), "it's-a-s3cret"));
    access_key_unref(k);
    free(without);
    free(with);
    cos_buf_deinit(&said);
    client_shut(&c);
}

static void what_is_not_in_it_is_said(void **state)
{
    struct client *c = *state;
    struct cos_buf said;
    cos_buf_init(&said, 1u << 16);
    call(c, "CreateGroup", "{\"GroupName\":\"night\"}");
    call(c, "CreatePolicy", "{\"PolicyName\":\"p\",\"PolicyDocument\":\"" MAY_GET "\"}");
    call(c, "UpdateAccessKey",
         "{\"TargetUin\":" CLIENT_SUB_UIN ",\"AccessKeyId\":"
         "\"" CLIENT_SUB_ID "\",\"Status\":\"Inactive\"}");
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
    char *world = exported(c->tenant, /* with_secrets= */ true, &said);
    static const char *const sentences[] = {
        "group 'night' of account " OWNER " is not in the file",
        "key " CLIENT_SUB_ID ", which is revoked or inactive, is not in the file",
        "policy 'p' of account " OWNER ", which nobody has, is not in the file",
        "1 objects of bucket " CLIENT_BUCKET " are not in the file",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(sentences); i++) {
        if (strstr(cos_buf_cstr(&said), sentences[i]) == NULL) {
            fail_msg("%s: %s", sentences[i], cos_buf_cstr(&said));
        }
    }
    assert_null(strstr(world, "p: '{"));
    free(world);
    cos_buf_deinit(&said);
}

/* --- importing --- */

static const char changed[] =
    "accounts:\n"
    "  - uin: \"" OWNER "\"\n"
    "    appid: \"1250000000\"\n"
    "    users:\n"
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"
    "        name: renamed\n"
    "        policies: [reads]\n"
    "      - {uin: \"100000000012\", name: new, keys: [{secret_id: AKIDnew, secret_key: s}]}\n"
    "policies:\n"
    "  reads: '{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
    "\"name/cos:GetObject\",\"resource\":\"*\"}]}'\n"
    "buckets:\n"
    "  - {name: " CLIENT_BUCKET ", region: ap-beijing, tags: {team: a}}\n"
    "  - {name: second-1250000000, region: ap-beijing}\n";

static void an_import_changes_what_the_file_says_and_leaves_the_rest(void **state)
{
    struct client *c = *state;
    struct cosmock_error err;
    struct cos_buf said;
    cos_buf_init(&said, 1u << 16);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
    call(c, "CreatePolicy", "{\"PolicyName\":\"p\",\"PolicyDocument\":\"" MAY_GET "\"}");
    assert_int_equal(import(c->tenant, changed, &said, &err), 0);
    static const char *const sentences[] = {
        "team.yaml: the name of user " CLIENT_SUB_UIN
        " is 'renamed' in the file and 'sub' in the tenant\n",
        "team.yaml: the policies of user " CLIENT_SUB_UIN " are others in the tenant\n",
        "team.yaml: user 100000000012 is in the file and not in the tenant\n",
        "team.yaml: key AKIDnew of uin 100000000012 is in the file and not in the tenant\n",
        "team.yaml: the tagging of bucket " CLIENT_BUCKET " is another in the tenant\n",
        "team.yaml: bucket second-1250000000 is in the file and not in the tenant\n",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(sentences); i++) {
        if (strstr(cos_buf_cstr(&said), sentences[i]) == NULL) {
            fail_msg("%s: %s", sentences[i], cos_buf_cstr(&said));
        }
    }
    cos_buf_deinit(&said);
    assert_int_equal(cosmock_object_count(c->tenant, CLIENT_BUCKET), 1);
    assert_int_equal(cosmock_object_count(c->tenant, "second-1250000000"), 0);
    char *now = exported(c->tenant, /* with_secrets= */ true, /* said= */ NULL);
    static const char *const there[] = {
        "name: renamed", CLIENT_SUB_ID, CLIENT_ID, "AKIDnew", "team: a", "- reads",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(there); i++) {
        if (strstr(now, there[i]) == NULL) {
            fail_msg("no %s in %s", there[i], now);
        }
    }
    free(now);
    assert_int_equal(cosmock_tenant_reset(c->tenant, NULL), 0); /* goes back to what it did */
    assert_int_equal(cosmock_object_count(c->tenant, "second-1250000000"), -1);
    assert_null(world_key_find(c->tenant, COS_SPAN_LIT("AKIDnew")));
}

/* What a user has is what the file says of him. */
static void an_import_takes_what_is_attached_away(void **state)
{
    struct client *c = *state;
    struct cosmock_error err;
    struct answer r = cam_call(c, &root, "CreatePolicy",
                               "{\"PolicyName\":\"p\",\"PolicyDocument\":\"" MAY_GET "\"}");
    char json[200];
    (void)snprintf(json, sizeof(json), "{\"PolicyId\":%s,\"AttachUin\":" CLIENT_SUB_UIN "}",
                   between(r.body, "\"PolicyId\":", ","));
    answer_free(&r);
    call(c, "AttachUserPolicy", json);
    assert_int_equal(import(c->tenant,
                            "accounts: [{uin: \"" OWNER "\", appid: \"1250000000\", users: "
                            "[{uin: \"" CLIENT_SUB_UIN "\", name: sub}]}]\n",
                            /* said= */ NULL, &err),
                     0);
    struct user *u = world_user_find(c->tenant, CLIENT_SUB_UIN);
    struct policy_set *s = world_user_policies(c->tenant, u);
    assert_int_equal(s->n, 0);
    policy_set_unref(s);
    user_unref(u);
    r = cam_call(c, &root, "ListAttachedUserPolicies", "{\"TargetUin\":" CLIENT_SUB_UIN "}");
    assert_non_null(strstr(r.body, "\"TotalNum\":0"));
    answer_free(&r);
}

static void an_import_that_cannot_be_is_refused_whole(void **state)
{
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {"accounts: [{uin: \"" OWNER "\", appid: \"1250000000\", name: x}]\n"
         "buckets: [{name: " CLIENT_BUCKET ", region: ap-shanghai}]\n",
         "team.yaml:2: bucket " CLIENT_BUCKET " is there, in ap-beijing, of account " OWNER},
        {"accounts: [{uin: \"" OWNER "\", appid: \"1250000009\", name: x}]\n",
         "team.yaml: the appid of uin " OWNER " is 1250000000"},
        {"accounts: [{uin: \"8\", appid: \"88\", users: [{uin: \"" CLIENT_SUB_UIN "\"}]}]\n",
         "team.yaml: uin " CLIENT_SUB_UIN " is of another account"},
        {"accounts: [{uin: \"" OWNER "\", appid: \"1250000000\", name: x, colour: red}]\n",
         "team.yaml:1: unknown key 'colour'"},
    };
    struct client *c = *state;
    char *before = exported(c->tenant, /* with_secrets= */ true, /* said= */ NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_error err = {0};
        assert_int_equal(import(c->tenant, rows[i].yaml, /* said= */ NULL, &err),
                         COSMOCK_E_INVALID);
        if (strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].says, err.message);
        }
        char *now = exported(c->tenant, /* with_secrets= */ true, /* said= */ NULL);
        assert_string_equal(now, before);
        free(now);
    }
    free(before);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worlds_that_people_write_come_back),
        cmocka_unit_test(worlds_that_chance_makes_come_back),
        cmocka_unit_test(secrets_are_in_it_when_they_are_asked_for),
        CLIENT_TEST(what_is_not_in_it_is_said),
        CLIENT_TEST(an_import_changes_what_the_file_says_and_leaves_the_rest),
        CLIENT_TEST(an_import_takes_what_is_attached_away),
        CLIENT_TEST(an_import_that_cannot_be_is_refused_whole),
    };
    fixtures = argc > 1 ? argv[1] : "fixtures";
    return cmocka_run_group_tests_name("worldexport", tests, NULL, NULL);
}
