/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which access control list decides, at the door: every caller against every combination of an
 * object's, its folder's and its bucket's list. What is expected is worked out here from the
 * documents: the most specific list that does not inherit decides (Danon:21), by the table of
 * permissions (Dacl:54-75). cos-operations-1.md s.3.3-3.5.
 */
#include "client.h"
#include "json.h"

#define FOREIGN_ID "AKIDEXAMPLE0000000000000000000000003"
#define FOREIGN_SECRET "mockSecretKey0000000000000000003"
#define FOREIGN_UIN "100000000002"
#define FOREIGN_SUB_ID "AKIDEXAMPLE0000000000000000000000004"
#define FOREIGN_SUB_SECRET "mockSecretKey0000000000000000004"
#define FOREIGN_SUB_UIN "100000000021"
#define KEY "dir/k"

static const char world[] =
    "accounts:\n"
    "  - uin: \"100000000001\"\n"
    "    appid: \"1250000000\"\n"
    "    keys:\n"
    "      - {secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}\n"
    "    users:\n"
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" CLIENT_SUB_ID "\", secret_key: \"" CLIENT_SUB_SECRET "\"}\n"
    "  - uin: \"" FOREIGN_UIN "\"\n"
    "    appid: \"1250000002\"\n"
    "    keys:\n"
    "      - {secret_id: \"" FOREIGN_ID "\", secret_key: \"" FOREIGN_SECRET "\"}\n"
    "    users:\n"
    "      - uin: \"" FOREIGN_SUB_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" FOREIGN_SUB_ID "\", secret_key: \"" FOREIGN_SUB_SECRET "\"}\n"
    "buckets:\n"
    "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n";

static int open_world(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    *state = c;
    return 0;
}
#define LISTS_TEST(f) cmocka_unit_test_setup_teardown(f, open_world, client_close)

/* Who sends; id NULL: nobody signs. */
struct caller {
    const char *name, *id, *secret;
};
static const struct caller nobody = {"nobody", NULL, NULL};
static const struct caller root = {"root", CLIENT_ID, CLIENT_SECRET};
static const struct caller sub = {"sub", CLIENT_SUB_ID, CLIENT_SUB_SECRET};
static const struct caller foreigner = {"foreigner", FOREIGN_ID, FOREIGN_SECRET};
static const struct caller foreign_sub = {"foreign sub", FOREIGN_SUB_ID, FOREIGN_SUB_SECRET};

struct request {
    const char *method, *target, *path; /* the path is what is signed */
    const char *header, *value;         /* one header more; NULL: none */
};

static struct answer send_as(struct client *c, const struct caller *who,
                             const struct request *r)
{
    static struct question q;
    q = (struct question){.method = r->method, .target = r->target};
    if (who->id == NULL) {
        add_header(&q, "Host", CLIENT_HOST);
    } else {
        authorize(&q, who->id, who->secret, r->path);
    }
    if (strcmp(r->method, "PUT") == 0) {
        add_header(&q, "Content-Length", "0");
    }
    if (r->header != NULL) {
        add_header(&q, r->header, r->value);
    }
    return client_send(c, &q);
}

static int status_as(struct client *c, const struct caller *who, const struct request *r)
{
    struct answer a = send_as(c, who, r);
    int status = a.status;
    answer_free(&a);
    return status;
}

static void must(struct client *c, const struct caller *who, const struct request *r)
{
    int status = status_as(c, who, r);
    if (status >= 300) {
        fail_msg("%s %s as %s: %d", r->method, r->target, who->name, status);
    }
}

static void set_list(struct client *c, const char *target, const char *path, const char *canned)
{
    must(c, &root, &(struct request){"PUT", target, path, "x-cos-acl", canned});
}

/* --- the matrix --- */

static const char *const own_lists[] = {"default", "private", "public-read",
                                        "authenticated-read"};
static const char *const bucket_lists[] = {"private", "public-read", "public-read-write",
                                           "authenticated-read"};
static const struct caller *const callers[] = {&nobody, &root, &sub, &foreigner, &foreign_sub};

/* The word that decides about reading, and whose it is. */
static const char *deciding(const char *object, const char *folder, const char *bucket,
                            const char **layer)
{
    bool own = strcmp(object, "default") != 0;
    bool folders = strcmp(folder, "default") != 0;
    *layer = own ? "object acl" : folders ? "folder acl" : "bucket acl";
    return own ? object : folders ? folder : bucket;
}

/* None of them has a policy. Who is somebody reads authenticated-read, but a user of another
 * account needs a policy for what is not everybody's (598/10605). */
static bool may_read(const struct caller *who, const char *word)
{
    bool is_public = strncmp(word, "public-read", strlen("public-read")) == 0;
    bool is_known = who != &nobody && who != &foreign_sub;
    return who == &root || is_public || (is_known && strcmp(word, "authenticated-read") == 0);
}

static bool may_write(const struct caller *who, const char *bucket)
{
    return who == &root || strcmp(bucket, "public-read-write") == 0;
}

static void expect_read(struct client *c, const struct caller *who, const char *lists[3])
{
    static const struct request get = {"GET", "/" KEY, "/" KEY, NULL, NULL};
    const char *layer;
    bool may = may_read(who, deciding(lists[0], lists[1], lists[2], &layer));
    int status = status_as(c, who, &get);
    struct cosmock_entry *e = last_entry(c);
    bool is_layer = who == &root ? strcmp(e->questions[0].layer, "root") == 0
                    : may        ? strcmp(e->questions[0].layer, layer) == 0
                                 : strcmp(e->questions[0].layer, "none") == 0;
    if (status != (may ? 200 : 403) || !is_layer) {
        fail_msg("%s, object %s, folder %s, bucket %s: %d by %s", who->name, lists[0], lists[1],
                 lists[2], status, e->questions[0].layer);
    }
    cosmock_entries_free(e);
}

static void set_lists(struct client *c, const char *lists[3])
{
    set_list(c, "/" KEY "?acl", "/" KEY, lists[0]);
    set_list(c, "/dir/?acl", "/dir/", lists[1]);
    set_list(c, "/?acl", "/", lists[2]);
}

static void the_most_specific_list_that_says_something_decides(void **state)
{
    struct client *c = *state;
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, KEY, "x", 1, NULL), 0);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "dir/", "", 0, NULL), 0);
    for (size_t o = 0; o < COS_ARRAY_LEN(own_lists); o++) {
        for (size_t f = 0; f < COS_ARRAY_LEN(own_lists); f++) {
            for (size_t b = 0; b < COS_ARRAY_LEN(bucket_lists); b++) {
                const char *lists[3] = {own_lists[o], own_lists[f], bucket_lists[b]};
                set_lists(c, lists);
                for (size_t w = 0; w < COS_ARRAY_LEN(callers); w++) {
                    expect_read(c, callers[w], lists);
                }
            }
        }
    }
}

static void what_writes_is_the_buckets_list_alone(void **state)
{
    static const struct request put = {"PUT", "/" KEY, "/" KEY, NULL, NULL};
    static const struct request drop = {"DELETE", "/" KEY, "/" KEY, NULL, NULL};
    struct client *c = *state;
    for (size_t b = 0; b < COS_ARRAY_LEN(bucket_lists); b++) {
        set_list(c, "/?acl", "/", bucket_lists[b]);
        for (size_t w = 0; w < COS_ARRAY_LEN(callers); w++) {
            int want = may_write(callers[w], bucket_lists[b]) ? 200 : 403;
            must(c, &root, &(struct request){"PUT", "/" KEY, "/" KEY, "x-cos-acl", "private"});
            assert_int_equal(status_as(c, callers[w], &put), want);
            must(c, &root, &(struct request){"PUT", "/" KEY, "/" KEY, "x-cos-acl", "private"});
            assert_int_equal(status_as(c, callers[w], &drop), want == 200 ? 204 : want);
        }
    }
}

/* --- single claims --- */

/* Danon:21 says folder; of several the nearest [assumed]. */
static void the_nearest_folder_counts_first(void **state)
{
    static const struct request get = {"GET", "/a/b/c/k", "/a/b/c/k", NULL, NULL};
    struct client *c = *state;
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "a/b/c/k", "x", 1, NULL), 0);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "a/", "", 0, NULL), 0);
    assert_int_equal(status_as(c, &nobody, &get), 403);
    set_list(c, "/a/?acl", "/a/", "public-read");
    assert_int_equal(status_as(c, &nobody, &get), 200);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "a/b/", "", 0, NULL), 0);
    assert_int_equal(status_as(c, &nobody, &get), 200);
    set_list(c, "/a/b/?acl", "/a/b/", "private");
    assert_int_equal(status_as(c, &nobody, &get), 403);
}

static void what_is_missing_inherits_so_that_a_public_bucket_says_so(void **state)
{
    static const struct request get = {"GET", "/absent", "/absent", NULL, NULL};
    struct client *c = *state;
    assert_int_equal(status_as(c, &nobody, &get), 403);
    set_list(c, "/?acl", "/", "public-read");
    assert_int_equal(status_as(c, &nobody, &get), 404);
}

/* Dacl:56: READ lists, and does not read the list. */
static void a_public_bucket_is_listed_and_no_more(void **state)
{
    static const struct {
        const char *method, *target;
        int status;
    } rows[] = {
        {"HEAD", "/", 200},    {"GET", "/", 200},          {"GET", "/?uploads", 200},
        {"GET", "/?acl", 403}, {"PUT", "/?acl", 403},      {"GET", "/?policy", 403},
        {"DELETE", "/", 403},  {"GET", "/?location", 403},
    };
    struct client *c = *state;
    set_list(c, "/?acl", "/", "public-read");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct request r = {rows[i].method, rows[i].target, "/", "x-cos-acl", "private"};
        if (status_as(c, &nobody, &r) != rows[i].status) {
            fail_msg("%s %s", rows[i].method, rows[i].target);
        }
    }
}

/* Dacl:54-75: each permission, granted to another account on the bucket. */
static void a_granted_account_may_what_its_permission_says(void **state)
{
    static const struct request list = {"GET", "/", "/", NULL, NULL};
    static const struct request get = {"GET", "/" KEY, "/" KEY, NULL, NULL};
    static const struct request put = {"PUT", "/" KEY, "/" KEY, NULL, NULL};
    static const struct request get_list = {"GET", "/?acl", "/", NULL, NULL};
    static const struct request put_list = {"PUT", "/?acl", "/", "x-cos-grant-full-control",
                                            "id=\"" FOREIGN_UIN "\""};
    static const struct {
        const char *header;
        bool may_list, may_get, may_put, reads_acl, writes_acl;
    } rows[] = {
        {"x-cos-grant-read", true, true, false, false, false},
        {"x-cos-grant-write", false, false, true, false, false},
        {"x-cos-grant-read-acp", false, false, false, true, false},
        {"x-cos-grant-full-control", true, true, true, true, true},
        {"x-cos-grant-write-acp", false, false, false, false, true},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        must(c, &root, &(struct request){"PUT", "/" KEY, "/" KEY, NULL, NULL});
        must(c, &root,
             &(struct request){"PUT", "/?acl", "/", rows[i].header, "id=\"" FOREIGN_UIN "\""});
        print_message("# %s\n", rows[i].header);
        assert_int_equal(status_as(c, &foreign_sub, &list), 403); /* he has no policy */
        assert_int_equal(status_as(c, &foreigner, &list), rows[i].may_list ? 200 : 403);
        assert_int_equal(status_as(c, &foreigner, &get), rows[i].may_get ? 200 : 403);
        assert_int_equal(status_as(c, &foreigner, &get_list), rows[i].reads_acl ? 200 : 403);
        assert_int_equal(status_as(c, &foreigner, &put), rows[i].may_put ? 200 : 403);
        assert_int_equal(status_as(c, &foreigner, &put_list), rows[i].writes_acl ? 200 : 403);
    }
}

/* --- owners: Dacl:6-7 --- */

static void expect_owner(struct client *c, const struct caller *who, const char *uin)
{
    char id[100];
    struct answer a =
        send_as(c, who, &(struct request){"GET", "/" KEY "?acl", "/" KEY, NULL, NULL});
    assert_int_equal(a.status, 200);
    (void)snprintf(id, sizeof(id), "<Owner><ID>qcs::cam::uin/%s:uin/%s</ID>", uin, uin);
    assert_non_null(strstr(a.body, id));
    answer_free(&a);
}

static void what_nobody_signed_is_the_bucket_owners(void **state)
{
    struct client *c = *state;
    set_list(c, "/?acl", "/", "public-read-write");
    must(c, &nobody, &(struct request){"PUT", "/" KEY, "/" KEY, NULL, NULL});
    expect_owner(c, &root, "100000000001");
}

static void what_another_account_wrote_is_its_own(void **state)
{
    static const struct request get = {"GET", "/" KEY, "/" KEY, NULL, NULL};
    struct client *c = *state;
    must(c, &root,
         &(struct request){"PUT", "/?acl", "/", "x-cos-grant-write", "id=\"" FOREIGN_UIN "\""});
    must(c, &foreigner, &(struct request){"PUT", "/" KEY, "/" KEY, NULL, NULL});
    expect_owner(c, &foreigner, FOREIGN_UIN);
    assert_int_equal(status_as(c, &foreigner, &get), 200);
    set_list(c, "/?acl", "/", "private");
    assert_int_equal(status_as(c, &foreigner, &get), 200); /* cannot be revoked */
    must(c, &foreigner,
         &(struct request){"PUT", "/" KEY "?acl", "/" KEY, "x-cos-acl", "private"});
    expect_owner(c, &root, FOREIGN_UIN);
}

/* --- what is told --- */

static void the_journal_and_the_answer_say_which_list_and_which_grant(void **state)
{
    static const struct request get = {"GET", "/" KEY, "/" KEY, NULL, NULL};
    struct client *c = *state;
    must(c, &root, &(struct request){"PUT", "/" KEY, "/" KEY, "x-cos-acl", "public-read"});
    assert_int_equal(status_as(c, &nobody, &get), 200);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->questions[0].layer, "object acl");
    assert_string_equal(e->questions[0].policy,
                        "READ to AllUsers (acl of " CLIENT_BUCKET "/" KEY ")");
    assert_string_equal(e->authz_reason,
                        "acl: READ to AllUsers (acl of " CLIENT_BUCKET "/" KEY ")");
    cosmock_entries_free(e);
    set_list(c, "/" KEY "?acl", "/" KEY, "private");
    struct answer a = send_as(c, &nobody, &get);
    assert_int_equal(a.status, 403);
    assert_non_null(strstr(answer_header(&a, "x-cosmock-reason"),
                           "nor READ to AllUsers in the object acl of " CLIENT_BUCKET "/" KEY));
    answer_free(&a);
}

static void an_explanation_tells_the_list_that_decides(void **state)
{
    struct client *c = *state;
    must(c, &root, &(struct request){"PUT", "/" KEY, "/" KEY, "x-cos-acl", "public-read"});
    struct cosmock_explain_query q = COSMOCK_EXPLAIN_QUERY_INIT;
    q.uin = CLIENT_SUB_UIN;
    q.action = "name/cos:GetObject";
    q.resource = "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/" KEY;
    char *json = NULL;
    assert_int_equal(cosmock_policy_explain(c->tenant, &q, &json, NULL), 0);
    assert_non_null(strstr(json, "\"verdict\":\"allow\",\"reason\":\"acl_anyone\","
                                 "\"layer\":\"object acl\""));
    assert_non_null(strstr(json,
                           "\"acl\":{\"layer\":\"object acl\",\"of\":\"" CLIENT_BUCKET "/" KEY
                           "\",\"canned\":\"public-read\",\"grants\":[\"FULL_CONTROL to "
                           "account 100000000001\",\"READ to AllUsers\"],\"needed\":\"READ\","
                           "\"applies\":true}"));
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTS_TEST(the_most_specific_list_that_says_something_decides),
        LISTS_TEST(what_writes_is_the_buckets_list_alone),
        LISTS_TEST(the_nearest_folder_counts_first),
        LISTS_TEST(what_is_missing_inherits_so_that_a_public_bucket_says_so),
        LISTS_TEST(a_public_bucket_is_listed_and_no_more),
        LISTS_TEST(a_granted_account_may_what_its_permission_says),
        LISTS_TEST(what_nobody_signed_is_the_bucket_owners),
        LISTS_TEST(what_another_account_wrote_is_its_own),
        LISTS_TEST(the_journal_and_the_answer_say_which_list_and_which_grant),
        LISTS_TEST(an_explanation_tells_the_list_that_decides),
    };
    return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
