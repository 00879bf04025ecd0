/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which action every operation asks for, on which resource: the table of sts-cam.md s.3.5
 * (436/30580, cn:598/69901, the SDKs' scopes), as the journal has the questions of signed
 * requests. PostObject: test-form_rights.c. A preflight is signed by nobody.
 */
#include "client.h"

#define OTHER "other-1250000000"
#define WORLD CLIENT_ACCOUNT_AND_BUCKET "  - {name: " OTHER ", region: ap-shanghai}\n"
#define SOURCE_HOST OTHER ".cos.ap-shanghai.myqcloud.com"
#define SERVICE_HOST "service.cos.myqcloud.com"
#define KEYS "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>"
#define KEYS_MD5 "mZIeuEsHx6szOleIkd+Lfg=="

/* Resources of the table: "bucket/" and what stands behind it; "*" of the service. */
#define HERE "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/"
#define THERE "qcs::cos:ap-shanghai:uid/1250000000:" OTHER "/"

struct asked {
    const char *action, *resource; /* action NULL: no more */
};
struct request {
    const char *method, *target, *copy_source, *body;
    struct asked asked[4];
};

#define ON_KEY(method, target, action)           \
    {                                            \
        (method), (target), NULL, NULL,          \
        {                                        \
            {                                    \
                "name/cos:" action, HERE "dir/k" \
            }                                    \
        }                                        \
    }
#define ON_BUCKET(method, target, action) \
    {                                     \
        (method), (target), NULL, NULL,   \
        {                                 \
            {                             \
                "name/cos:" action, HERE  \
            }                             \
        }                                 \
    }
#define LISTING(target, action, prefix)         \
    {                                           \
        "GET", (target), NULL, NULL,            \
        {                                       \
            {                                   \
                "name/cos:" action, HERE prefix \
            }                                   \
        }                                       \
    }
#define SETTING(name, suffix)                        \
    ON_BUCKET("PUT", "/?" name, "PutBucket" suffix), \
        ON_BUCKET("GET", "/?" name, "GetBucket" suffix)
#define DOCUMENT(name, suffix) \
    SETTING(name, suffix), ON_BUCKET("DELETE", "/?" name, "DeleteBucket" suffix)

static const struct request rows[] = {
    ON_KEY("GET", "/dir/k", "GetObject"),
    ON_KEY("HEAD", "/dir/k", "HeadObject"),
    ON_KEY("PUT", "/dir/k", "PutObject"),
    ON_KEY("DELETE", "/dir/k", "DeleteObject"),
    ON_KEY("POST", "/dir/k?select&select-type=2", "GetObject"),
    ON_KEY("POST", "/dir/k?append&position=0", "AppendObject"),
    ON_KEY("POST", "/dir/k?uploads", "InitiateMultipartUpload"),
    ON_KEY("PUT", "/dir/k?partNumber=1&uploadId=1", "UploadPart"),
    ON_KEY("GET", "/dir/k?uploadId=1", "ListParts"),
    ON_KEY("POST", "/dir/k?uploadId=1", "CompleteMultipartUpload"),
    ON_KEY("DELETE", "/dir/k?uploadId=1", "AbortMultipartUpload"),
    ON_KEY("PUT", "/dir/k?acl", "PutObjectACL"),
    ON_KEY("GET", "/dir/k?acl", "GetObjectACL"),
    ON_KEY("PUT", "/dir/k?tagging", "PutObjectTagging"),
    ON_KEY("GET", "/dir/k?tagging", "GetObjectTagging"),
    ON_KEY("DELETE", "/dir/k?tagging", "DeleteObjectTagging"),
    {"POST",
     "/dir/k?restore",
     NULL,
     NULL,
     {{"name/cos:PostObjectRestore", HERE "dir/k"}, {"name/cos:RestoreObject", HERE "dir/k"}}},
    /* both sides of a copy; its destination has two names */
    {"PUT",
     "/dir/k",
     SOURCE_HOST "/from/k",
     NULL,
     {{"name/cos:GetObject", THERE "from/k"},
      {"name/cos:PutObject", HERE "dir/k"},
      {"name/cos:PutObjectCopy", HERE "dir/k"}}},
    {"PUT",
     "/dir/k?partNumber=1&uploadId=1",
     SOURCE_HOST "/from/k",
     NULL,
     {{"name/cos:GetObject", THERE "from/k"},
      {"name/cos:PutObject", HERE "dir/k"},
      {"name/cos:UploadPartCopy", HERE "dir/k"}}},
    /* a key at a time */
    {"POST",
     "/?delete",
     NULL,
     KEYS,
     {{"name/cos:DeleteObject", HERE "a"}, {"name/cos:DeleteObject", HERE "b/c"}}},
    LISTING("/", "GetBucket", ""),
    LISTING("/?prefix=dir%2F", "GetBucket", "dir/"),
    LISTING("/?versions&prefix=dir%2Fx", "GetBucketObjectVersions", "dir/x"),
    LISTING("/?uploads&prefix=dir%2F", "ListMultipartUploads", "dir/"),
    ON_BUCKET("PUT", "/", "PutBucket"),
    ON_BUCKET("HEAD", "/", "HeadBucket"),
    ON_BUCKET("DELETE", "/", "DeleteBucket"),
    SETTING("acl", "ACL"),
    DOCUMENT("cors", "CORS"),
    DOCUMENT("lifecycle", "Lifecycle"),
    DOCUMENT("policy", "Policy"),
    DOCUMENT("tagging", "Tagging"),
    DOCUMENT("website", "Website"),
    DOCUMENT("replication", "Replication"),
    DOCUMENT("encryption", "Encryption"),
    DOCUMENT("inventory&id=i", "Inventory"),
    DOCUMENT("origin", "Origin"),
    DOCUMENT("domain", "Domain"),
    SETTING("referer", "Referer"),
    SETTING("logging", "Logging"),
    SETTING("versioning", "Versioning"),
    SETTING("accelerate", "Accelerate"),
    SETTING("intelligenttiering", "IntelligentTiering"),
    ON_BUCKET("GET", "/?location", "GetBucketLocation"),
    ON_BUCKET("GET", "/?inventory", "ListBucketInventory"),
};

static int open_two(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, WORLD);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "dir/k", "x", 1, NULL), 0);
    assert_int_equal(cosmock_object_put(c->tenant, OTHER, "from/k", "y", 1, NULL), 0);
    *state = c;
    return 0;
}

static void send(struct client *c, const struct request *r, const char *host, bool is_signed)
{
    static struct question q;
    char path[100];
    (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(r->target, "?"), r->target);
    q = (struct question){.method = r->method, .target = r->target};
    if (is_signed) {
        authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, host, path});
    } else {
        add_header(&q, "Host", host);
    }
    if (r->copy_source != NULL) {
        add_header(&q, "x-cos-copy-source", r->copy_source);
    }
    if (r->body != NULL) {
        q.body = r->body;
        q.n = strlen(r->body);
        add_header(&q, "Content-MD5", KEYS_MD5);
    } else if (strcmp(r->method, "PUT") == 0 || strcmp(r->method, "POST") == 0) {
        add_header(&q, "Content-Length", "0");
    }
    struct answer a = client_send(c, &q);
    answer_free(&a);
}

static void expect_asked(struct client *c, const struct request *r)
{
    struct cosmock_entry *e = last_entry(c);
    size_t n = 0;
    while (n < COS_ARRAY_LEN(r->asked) && r->asked[n].action != NULL) {
        n++;
    }
    bool is_right = e->n_questions == n;
    for (size_t i = 0; i < n && is_right; i++) {
        is_right = strcmp(e->questions[i].action, r->asked[i].action) == 0 &&
                   strcmp(e->questions[i].resource, r->asked[i].resource) == 0;
    }
    if (!is_right) {
        for (size_t i = 0; i < e->n_questions; i++) {
            print_error("asked %s on %s\n", e->questions[i].action, e->questions[i].resource);
        }
        fail_msg("%s %s: %d, %s", r->method, r->target, e->http_status, e->code);
    }
    (void)cosmock_entries_free(e);
}

static void every_operation_asks_for_its_action_on_its_resource(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct client *c = *state;
        send(c, &rows[i], CLIENT_HOST, /* is_signed= */ true);
        expect_asked(c, &rows[i]);
        if (strcmp(rows[i].method, "DELETE") == 0) { /* the object is to be there again */
            client_shut(c);
            free(c);
            (void)open_two(state);
        }
    }
}

static void what_is_of_no_bucket_is_asked_for_on_a_star(void **state)
{
    static const struct request services = {
        "GET", "/", NULL, NULL, {{"name/cos:GetService", "*"}}};
    send(*state, &services, SERVICE_HOST, /* is_signed= */ true);
    expect_asked(*state, &services);
}

/* cn:436/8289: who does not sign needs DeleteMultipleObjects on the bucket as well. */
static void an_anonymous_deletion_of_many_asks_for_the_bucket_first(void **state)
{
    static const char anyone[] =
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
        "\"resource\":\"*\",\"principal\":\"*\"}]}";
    static const struct request all = {"POST",
                                       "/?delete",
                                       NULL,
                                       KEYS,
                                       {{"name/cos:DeleteMultipleObjects", HERE},
                                        {"name/cos:DeleteObject", HERE "a"},
                                        {"name/cos:DeleteObject", HERE "b/c"}}};
    static const struct request first = {
        "POST", "/?delete", NULL, KEYS, {{"name/cos:DeleteMultipleObjects", HERE}}};
    struct client *c = *state;
    send(c, &first, CLIENT_HOST, /* is_signed= */ false);
    expect_asked(c, &first);
    assert_int_equal(cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET, anyone, NULL), 0);
    send(c, &all, CLIENT_HOST, /* is_signed= */ false);
    expect_asked(c, &all);
}

#define RIGHTS_TEST(f) cmocka_unit_test_setup_teardown(f, open_two, client_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGHTS_TEST(every_operation_asks_for_its_action_on_its_resource),
        RIGHTS_TEST(what_is_of_no_bucket_is_asked_for_on_a_star),
        RIGHTS_TEST(an_anonymous_deletion_of_many_asks_for_the_bucket_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
