/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of a world file (docs/WORLD-FILE.md) answer as what PUT Object kept: digests are
 * those of the GET Object sample of the documents (cos-wire.md s.2.0), the rest is what the
 * file says.
 */
#include "door.h"

#define CONTENT "[Object Content]"
#define ETAG "\"ee8de918d05640145b18f70f4c3aa602\""
#define CRC64 "16749565679157681890"
#define HOST "b-12.cos.ap-guangzhou.myqcloud.com"
#define ACCOUNT "accounts: [{uin: '2', appid: '12', keys: [{}]}]\n"
#define BUCKET ACCOUNT "buckets:\n  - name: b-12\n    region: ap-guangzhou\n"
#define WHOLE                                                                       \
    BUCKET "    objects:\n"                                                         \
           "      private.txt: secret\n"                                            \
           "      dir/open.txt:\n"                                                  \
           "        text: \"" CONTENT "\"\n"                                        \
           "        acl: public-read\n"                                             \
           "        tags: {team: a, stage: test}\n"                                 \
           "        headers: {Cache-Control: no-cache, X-Cos-Meta-Owner: \"me\"}\n" \
           "      typed: {text: \"\", acl: public-read, headers: {content-type: image/png}}\n"

static struct cosmock_tenant *make_tenant(struct door *d, const char *world)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_tenant *t = NULL;
    struct cosmock_error err = {0};
    options.world_text = world;
    if (cosmock_tenant_new(d->mock, &t, &options, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    return t;
}

static struct answer get(struct door *d, const char *target)
{
    return door_ask(d, &(struct ask){.method = "GET", .target = target, .host = HOST});
}

static void expect_open(struct door *d)
{
    static const char *const expected[][2] = {
        {"Content-Type", "text/plain"},
        {"Content-Length", "16"},
        {"ETag", ETAG},
        {"x-cos-hash-crc64ecma", CRC64},
        {"Cache-Control", "no-cache"},
        {"x-cos-meta-owner", "me"},
        {"x-cos-tagging-count", "2"},
    };
    struct answer a = get(d, "/dir/open.txt");
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(expected); i++) {
        assert_string_equal(answer_header(&a, expected[i][0]), expected[i][1]);
    }
    answer_free(&a);
}

static void an_object_answers_as_one_that_was_put(void **state)
{
    struct door *d = *state;
    struct cosmock_tenant *t = make_tenant(d, WHOLE);
    expect_open(d);
    struct answer a = get(d, "/typed");
    assert_string_equal(answer_header(&a, "Content-Type"), "image/png");
    assert_string_equal(answer_header(&a, "Content-Length"), "0");
    answer_free(&a);
    a = get(d, "/private.txt");
    assert_int_equal(a.status, 403);
    answer_free(&a);
    assert_int_equal(cosmock_object_count(t, "b-12"), 3);
    (void)cosmock_tenant_free(t);
}

static void a_reset_has_them_again(void **state)
{
    struct door *d = *state;
    struct cosmock_tenant *t = make_tenant(d, WHOLE);
    assert_int_equal(cosmock_object_delete(t, "b-12", "private.txt", NULL), 0);
    assert_int_equal(cosmock_object_put(t, "b-12", "dir/open.txt", "x", 1, NULL), 0);
    assert_int_equal(cosmock_object_put(t, "b-12", "more", "x", 1, NULL), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cosmock_tenant_reset(t, NULL), COSMOCK_OK);
        expect_open(d);
        assert_int_equal(cosmock_object_count(t, "b-12"), 3);
    }
    (void)cosmock_tenant_free(t);
}

/* cos-operations-1.md s.2: enabled, a version has an id; suspended, it is the null version. */
static void what_a_bucket_keeps_of_versions_holds_for_them(void **state)
{
    static const struct {
        const char *status;
        bool has_id;
    } rows[] = {{"Enabled", true}, {"Suspended", false}};
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char world[1000];
        (void)snprintf(world, sizeof(world), "%s    versioning: %s\n", WHOLE, rows[i].status);
        struct cosmock_tenant *t = make_tenant(d, world);
        struct answer a = get(d, "/dir/open.txt");
        assert_int_equal(a.status, 200);
        assert_int_equal(answer_header(&a, "x-cos-version-id")[0] != '\0', rows[i].has_id);
        answer_free(&a);
        assert_int_equal(cosmock_object_put(t, "b-12", "dir/open.txt", "x", 1, NULL), 0);
        assert_int_equal(cosmock_object_count(t, "b-12"), 3);
        (void)cosmock_tenant_free(t);
    }
}

static void what_is_no_object_is_refused_where_it_stands(void **state)
{
    static const struct {
        const char *objects, *says;
    } rows[] = {
        {"[a]", ":5: 'objects' must be a mapping, not a list"},
        {"{'': x}", ":5: a key has 1 to 850 bytes, not 0"},
        {"{\"a\\x18\": x}", ":5: a key cannot hold the control characters"},
        {"{k: {}}", ":5: the bytes of an object are 'text' or a 'file', one of them"},
        {"{k: {text: a, file: b}}", ":5: the bytes of an object are 'text' or a 'file'"},
        {"{k: {text: a, colour: b}}", ":5: unknown key 'colour' in objects"},
        {"{k: {file: b}}", ":5: 'file' is for a world that is a file itself"},
        {"{k: {text: a, acl: public-read-write}}", ":5: 'public-read-write': an acl of an"},
        {"{k: {text: a, acl: 'private WRITE:1'}}", ":5: 'private WRITE:1': an acl of an"},
        {"{k: {text: a, tags: {'qcs:a': b}}}", "keys of the cloud begin with 'qcs:'"},
        {"{k: {text: a, tags: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, "
         "k: 1}}}",
         ":5: an object has at most 10 tags, not 11"},
        {"{k: {text: a, headers: {Host: b}}}", ":5: 'Host' is no header of an object here"},
        {"{k: {text: a, headers: {x-cos-meta-a_b: b}}}", "'x-cos-meta-a_b' is no header"},
        {"{k: {text: a, headers: {Expires: \"a\\nb: c\"}}}", ":5: a header is one line"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
        struct cosmock_tenant *t = NULL;
        struct cosmock_error err = {0};
        char world[1000];
        (void)snprintf(world, sizeof(world), "%s    objects: %s\n", BUCKET, rows[i].objects);
        options.world_text = world;
        if (cosmock_tenant_new(d->mock, &t, &options, &err) != COSMOCK_E_INVALID ||
            strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].says, err.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(an_object_answers_as_one_that_was_put),
        DOOR_TEST(a_reset_has_them_again),
        DOOR_TEST(what_a_bucket_keeps_of_versions_holds_for_them),
        DOOR_TEST(what_is_no_object_is_refused_where_it_stands),
    };
    return cmocka_run_group_tests_name("worldfile_objects", tests, NULL, NULL);
}
