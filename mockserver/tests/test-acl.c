/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access control lists as values (cos-operations-1.md s.3): the spellings of grantees, what a
 * canned list stands for and where it may stand, which grants GET shows, what each permission
 * allows, and the judgement over lists, policies and callers together (s.3.5).
 */
#include "cam/acl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define URIS_OF_COS "http://cam.qcloud.com/groups/global/" /* cos-operations-1.md s.3 */
#define URIS_OF_S3 "http://acs.amazonaws.com/groups/global/"
#define OWNER "100000000001"
#define SUB "100000000011"
#define OTHER "100000000002"
#define OTHER_SUB "100000000021"
#define BUCKET "examplebucket-1250000000"
#define KEY "qcs::cos:ap-guangzhou:uid/1250000000:" BUCKET "/dir/a.txt"

static const struct acl_owners owners = {.resource_uin = {OWNER, sizeof(OWNER) - 1},
                                         .bucket_uin = {OWNER, sizeof(OWNER) - 1}};

/* The grants that GET shows, one a line. */
static const char *shown(const char *text, enum acl_place place, const struct acl_owners *of)
{
    static char out[8192];
    struct acl a;
    struct acl_grants all;
    struct cos_buf b;
    out[0] = '\0';
    if (!acl_read(cos_span_of(text), place, &a)) {
        return "no list";
    }
    cos_buf_init(&b, sizeof(out));
    acl_shown(&a, of, &all);
    for (size_t i = 0; i < all.n; i++) {
        acl_print_grant(&b, &all.items[i]);
        cos_buf_ch(&b, '\n');
    }
    (void)snprintf(out, sizeof(out), "%s", cos_buf_cstr(&b));
    cos_buf_deinit(&b);
    return out;
}

/* s.3.1: `id="<OwnerUin>"`, `id="<OwnerUin>/<SubUin>"` (Dpba:70), the long form (C, Node, .NET)
 * and that of everybody (PHP suite). */
static void grantees_are_read_in_every_spelling(void **state)
{
    static const struct {
        const char *id, *owner, *uin;
        enum acl_kind kind;
    } rows[] = {
        {OWNER, OWNER, OWNER, ACL_USER},
        {OWNER "/" SUB, OWNER, SUB, ACL_USER},
        {"qcs::cam::uin/" OWNER ":uin/" SUB, OWNER, SUB, ACL_USER},
        {"qcs::cam::uin/1001:uin/1001", "1001", "1001", ACL_USER},
        {"qcs::cam::anyone:anyone", "", "", ACL_ALL_USERS},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct acl_grantee g = {.owner_uin = COS_SPAN_EMPTY, .uin = COS_SPAN_EMPTY};
        assert_true(acl_grantee_of_id(cos_span_of(rows[i].id), &g));
        assert_int_equal(g.kind, rows[i].kind);
        assert_true(cos_span_eq_str(g.owner_uin, rows[i].owner));
        assert_true(cos_span_eq_str(g.uin, rows[i].uin));
    }
    struct acl_grantee g;
    assert_true(acl_grantee_of_uri(COS_SPAN_LIT(URIS_OF_COS "AllUsers"), URIS_OF_COS, &g));
    assert_int_equal(g.kind, ACL_ALL_USERS);
    assert_true(
        acl_grantee_of_uri(COS_SPAN_LIT(URIS_OF_COS "AuthenticatedUsers"), URIS_OF_S3, &g));
    assert_int_equal(g.kind, ACL_AUTHENTICATED_USERS);
    assert_true(acl_grantee_of_uri(COS_SPAN_LIT(URIS_OF_S3 "AllUsers"), URIS_OF_S3, &g));
    assert_int_equal(g.kind, ACL_ALL_USERS);
}

static void what_names_nobody_is_no_grantee(void **state)
{
    static const char *const ids[] = {
        "",
        "/",
        "alice",
        OWNER "/",
        "/" OWNER,
        OWNER "/" SUB "/x",
        "qcs::camuin/321023:uin/100018617869", /* PHP suite, testPutBucketAclInvalidGrant */
        "qcs::cam::uin/" OWNER,
        "qcs::cam::uin/" OWNER ":" OWNER,
        "qcs::cam::uin/" OWNER ":uin/",
        "123456789012345678901",
        "-1",
        "1 READ:AllUsers",
    };
    struct acl_grantee g;
    for (size_t i = 0; i < COS_ARRAY_LEN(ids); i++) {
        if (acl_grantee_of_id(cos_span_of(ids[i]), &g)) {
            fail_msg("'%s' is taken for somebody", ids[i]);
        }
    }
    static const char *const uris[] = {"", URIS_OF_COS, URIS_OF_COS "All",
                                       URIS_OF_S3 "AllUsers", URIS_OF_COS "LogDelivery"};
    for (size_t i = 0; i < COS_ARRAY_LEN(uris); i++) {
        if (acl_grantee_of_uri(cos_span_of(uris[i]), URIS_OF_COS, &g)) {
            fail_msg("'%s' is taken for a group", uris[i]);
        }
    }
}

/* s.3.2: Dacl:84-102. */
static void a_canned_list_stands_where_the_documents_have_it(void **state)
{
    static const struct {
        const char *word;
        bool on_bucket, on_object;
    } rows[] = {
        {"private", true, true},
        {"public-read", true, true},
        {"public-read-write", true, false},
        {"authenticated-read", true, true},
        {"default", false, true},
        {"bucket-owner-read", false, true},
        {"bucket-owner-full-control", false, true},
        {"public-read-writ", false, false}, /* go ci_test.go:166, python ut/test.py:690 */
        {"", false, false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_span word = cos_span_of(rows[i].word);
        assert_int_equal(acl_canned_of(word, ACL_OF_BUCKET) != ACL_NO_CANNED,
                         rows[i].on_bucket);
        assert_int_equal(acl_canned_of(word, ACL_OF_OBJECT) != ACL_NO_CANNED,
                         rows[i].on_object);
    }
}

/* s.3.1, "Which grants GET shows". */
static void get_shows_what_the_suites_count(void **state)
{
    static const struct {
        const char *name, *text;
        enum acl_place place;
        const char *shown;
    } rows[] = {
        {"bucket private: 1 entry (go ci_test.go:188)", "private", ACL_OF_BUCKET,
         "FULL_CONTROL to account " OWNER "\n"},
        {"object public-read: 2 entries (go ci_test.go:593)", "public-read", ACL_OF_OBJECT,
         "FULL_CONTROL to account " OWNER "\nREAD to AllUsers\n"},
        {"default looks like private (qcloud-sdk-dotnet#19)", "default", ACL_OF_OBJECT,
         "FULL_CONTROL to account " OWNER "\n"},
        {"public-read-write (Daclp:85)", "public-read-write", ACL_OF_BUCKET,
         "FULL_CONTROL to account " OWNER "\nREAD to AllUsers\nWRITE to AllUsers\n"},
        {"authenticated-read", "authenticated-read", ACL_OF_BUCKET,
         "FULL_CONTROL to account " OWNER "\nREAD to AuthenticatedUsers\n"},
        {"XML: exactly the grants sent (node test.js:2568)", "- READ:10002/10002",
         ACL_OF_BUCKET, "READ to account 10002\n"},
        {"private and a grant: the grant only (node test.js:2814)", "private READ:10002/10002",
         ACL_OF_BUCKET, "READ to account 10002\n"},
        {"the sample of GET Bucket acl",
         "public-read WRITE:" OTHER "/" OTHER " READ_ACP:" OTHER "/" OTHER, ACL_OF_BUCKET,
         "READ to AllUsers\nWRITE to account " OTHER "\nREAD_ACP to account " OTHER "\n"},
        {"nobody at all", "-", ACL_OF_BUCKET, ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *got = shown(rows[i].text, rows[i].place, &owners);
        if (strcmp(got, rows[i].shown) != 0) {
            fail_msg("%s: %s", rows[i].name, got);
        }
    }
    struct acl_owners full = owners;
    full.public_write_is_full = true; /* Dacl:88 */
    assert_string_equal(shown("public-read-write", ACL_OF_BUCKET, &full),
                        "FULL_CONTROL to account " OWNER "\nFULL_CONTROL to AllUsers\n");
    struct acl_owners foreign = {.resource_uin = cos_span_of(OTHER),
                                 .bucket_uin = cos_span_of(OWNER)};
    assert_string_equal(shown("bucket-owner-read", ACL_OF_OBJECT, &foreign),
                        "FULL_CONTROL to account " OTHER "\nREAD to account " OWNER "\n");
}

static void texts_that_are_no_list_are_refused(void **state)
{
    static const struct {
        const char *text;
        enum acl_place place;
    } rows[] = {
        {"", ACL_OF_BUCKET},
        {"public", ACL_OF_BUCKET},
        {"default", ACL_OF_BUCKET},
        {"public-read-write", ACL_OF_OBJECT},
        {"private  ", ACL_OF_BUCKET},
        {"private READ", ACL_OF_BUCKET},
        {"private READ:", ACL_OF_BUCKET},
        {"private READS:" OTHER, ACL_OF_BUCKET},
        {"private READ:alice", ACL_OF_BUCKET},
        {"- WRITE:" OTHER, ACL_OF_OBJECT}, /* Dacl:71: objects have no WRITE */
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (strcmp(shown(rows[i].text, rows[i].place, &owners), "no list") != 0) {
            fail_msg("'%s' is taken for a list", rows[i].text);
        }
    }
}

/* Dpba:126. */
static void a_list_has_at_most_100_grants(void **state)
{
    struct cos_buf b;
    struct acl a;
    cos_buf_init(&b, 8192);
    acl_write_canned(&b, ACL_PUBLIC_READ);
    const struct acl_grant g = {{ACL_USER, cos_span_of(OTHER), cos_span_of(OTHER)}, ACL_READ};
    for (int i = 0; i < 100; i++) {
        acl_write_grant(&b, &g);
    }
    assert_true(acl_read(cos_buf_view(&b), ACL_OF_BUCKET, &a));
    assert_int_equal(acl_entries(&a), 101);
    acl_write_grant(&b, &g);
    assert_false(acl_read(cos_buf_view(&b), ACL_OF_BUCKET, &a));
    cos_buf_deinit(&b);
}

/* s.3.3, the table; what is not in it is the owner's. */
static void each_permission_allows_the_actions_of_the_table(void **state)
{
    static const struct {
        enum acl_place place;
        enum acl_permission permission;
        const char *actions[14];
    } rows[] = {
        {ACL_OF_BUCKET,
         ACL_READ,
         {"HeadBucket", "GetBucket", "GetBucketObjectVersions", "ListMultipartUploads"}},
        {ACL_OF_BUCKET,
         ACL_WRITE,
         {"PutObject", "PutObjectCopy", "PostObject", "InitiateMultipartUpload", "UploadPart",
          "UploadPartCopy", "CompleteMultipartUpload", "DeleteObject", "AbortMultipartUpload",
          "AppendObject", "ListParts", "DeleteMultipleObjects"}},
        {ACL_OF_BUCKET, ACL_READ_ACP, {"GetBucketACL", "GetBucketPolicy"}},
        {ACL_OF_BUCKET, ACL_WRITE_ACP, {"PutBucketACL", "PutBucketPolicy"}},
        {ACL_OF_OBJECT, ACL_READ, {"GetObject", "HeadObject"}},
        {ACL_OF_OBJECT, ACL_READ_ACP, {"GetObjectACL"}},
        {ACL_OF_OBJECT, ACL_WRITE_ACP, {"PutObjectACL"}},
    };
    char action[64];
    struct acl_need need;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        for (size_t k = 0; rows[i].actions[k] != NULL; k++) {
            (void)snprintf(action, sizeof(action), "cos:%s", rows[i].actions[k]);
            assert_true(acl_need_of(cos_span_of(action), &need));
            assert_int_equal(need.place, rows[i].place);
            assert_int_equal(need.permission, rows[i].permission);
        }
    }
    static const char *const owners_own[] = {
        "cos:DeleteBucketPolicy", "cos:GetBucketLocation",  "cos:PutBucketVersioning",
        "cos:DeleteBucket",       "cos:PutObjectTagging",   "cos:PostObjectRestore",
        "cos:GetService",         "cos:PutObjectRetention", "sts:GetFederationToken"};
    for (size_t i = 0; i < COS_ARRAY_LEN(owners_own); i++) {
        assert_false(acl_need_of(cos_span_of(owners_own[i]), &need));
    }
}

/* --- the judgement --- */

struct state_of_lists {
    const char *object, *bucket; /* object NULL: inherits */
    unsigned asked;
};

static bool find_list(void *ctx, const struct acl_need *need, struct acl_list *out)
{
    struct state_of_lists *s = ctx;
    s->asked++;
    bool is_own = need->place == ACL_OF_OBJECT && s->object != NULL;
    out->layer = is_own ? CAM_LAYER_OBJECT_ACL : CAM_LAYER_BUCKET_ACL;
    out->of = is_own ? COS_SPAN_LIT(BUCKET "/dir/a.txt") : COS_SPAN_LIT(BUCKET);
    out->owners = owners;
    return acl_read(cos_span_of(is_own ? s->object : s->bucket),
                    is_own ? ACL_OF_OBJECT : ACL_OF_BUCKET, &out->acl);
}

static struct cam_policy *policy(enum cam_policy_use use, const char *statement)
{
    char text[600];
    struct cam_policy *p = NULL;
    struct cos_text_error err = {0};
    (void)snprintf(text, sizeof(text), "{\"version\":\"2.0\",\"statement\":[%s]}", statement);
    if (statement != NULL && cam_policy_parse(&p, cos_span_of(text), use, "tested", &err) < 0) {
        fail_msg("%s", err.message);
    }
    return statement == NULL ? NULL : p;
}

#define ALL "\"action\":\"*\",\"resource\":\"*\""
#define ALLOW "{\"effect\":\"allow\"," ALL "}"
#define DENY "{\"effect\":\"deny\"," ALL "}"
#define DENY_ANYONE \
    "{\"effect\":\"deny\",\"principal\":{\"qcs\":[\"qcs::cam::anyone:anyone\"]}," ALL "}"
#define DENY_SUB                                                                      \
    "{\"effect\":\"deny\",\"principal\":{\"qcs\":[\"qcs::cam::uin/" OWNER ":uin/" SUB \
    "\"]}," ALL "}"

#define DENY_OTHER                                                                      \
    "{\"effect\":\"deny\",\"principal\":{\"qcs\":[\"qcs::cam::uin/" OTHER ":uin/" OTHER \
    "\"]}," ALL "}"

static const struct cam_principal nobody = {.kind = CAM_ANONYMOUS,
                                            .uin = "",
                                            .owner_uin = "",
                                            .appid = ""};
static const struct cam_principal root = {.kind = CAM_ROOT,
                                          .uin = OWNER,
                                          .owner_uin = OWNER,
                                          .appid = "1250000000"};
static const struct cam_principal sub = {.kind = CAM_USER,
                                         .uin = SUB,
                                         .owner_uin = OWNER,
                                         .appid = "1250000000"};
static const struct cam_principal other = {.kind = CAM_ROOT,
                                           .uin = OTHER,
                                           .owner_uin = OTHER,
                                           .appid = "1250000002"};
static const struct cam_principal other_sub = {.kind = CAM_USER,
                                               .uin = OTHER_SUB,
                                               .owner_uin = OTHER,
                                               .appid = "1250000002"};
/* Its id is a uin as far as its digits go. */
static const struct cam_principal role = {
    .kind = CAM_ROLE, .uin = SUB, .owner_uin = OWNER, .appid = "1250000000", .role = "app"};

struct judged {
    const char *name;
    const struct cam_principal *who;
    const char *action, *object, *bucket;           /* lists; object NULL: it inherits */
    const char *identity, *session, *bucket_policy; /* statements; NULL: none */
    bool allowed;
    const char *reason, *layer, *grant;
    unsigned lists; /* looked for */
};

static void judge(const struct judged *row, struct cos_arena *arena, struct cam_verdict *v,
                  unsigned *asked)
{
    struct cam_policy *identity = policy(CAM_IDENTITY, row->identity);
    struct cam_policy *session = policy(CAM_SESSION, row->session);
    struct cam_policy *bucket = policy(CAM_BUCKET, row->bucket_policy);
    struct cam_principal who = *row->who;
    who.kind = session != NULL ? CAM_FEDERATED : who.kind;
    who.policies = &identity;
    who.n_policies = identity == NULL ? 0 : 1;
    who.session = session;
    struct state_of_lists lists = {row->object, row->bucket, 0};
    const struct cam_question q = {.who = &who,
                                   .action = cos_span_of(row->action),
                                   .resource = COS_SPAN_LIT(KEY),
                                   .owner_uin = OWNER,
                                   .owner_appid = "1250000000",
                                   .bucket = bucket,
                                   .find_list = find_list,
                                   .lists = &lists};
    cam_eval(arena, v, &q);
    *asked = lists.asked;
    cam_policy_unref(identity);
    cam_policy_unref(session);
    cam_policy_unref(bucket);
}

#define GET "name/cos:GetObject"
#define PUT "name/cos:PutObject"
#define READ_ALL "READ to AllUsers (acl of " BUCKET
#define TO_OTHER " READ:" OTHER "/" OTHER

/* s.3.4, s.3.5; sts-cam.md s.3.3. A list that nobody needed is not looked for. */
static const struct judged rows[] = {
    {"an object's own list opens it in a private bucket (Danon:7-15)", &nobody, GET,
     "public-read", "private", NULL, NULL, NULL, true, "acl", "object acl",
     READ_ALL "/dir/a.txt)", 1},
    {"private hides an object in a public bucket (Danon:7-15)", &nobody, GET, "private",
     "public-read", NULL, NULL, NULL, false, "implicit_deny", "none", "", 1},
    {"an object without a list inherits (Daclp:69)", &nobody, GET, NULL, "public-read", NULL,
     NULL, NULL, true, "acl", "bucket acl", READ_ALL ")", 1},
    {"nobody reads what is private", &nobody, GET, NULL, "private", NULL, NULL, NULL, false,
     "implicit_deny", "none", "", 1},
    {"public-read gives no write", &nobody, PUT, "public-read", "public-read", NULL, NULL, NULL,
     false, "implicit_deny", "none", "", 1},
    {"public-read-write does", &nobody, PUT, "private", "public-read-write", NULL, NULL, NULL,
     true, "acl", "bucket acl", "WRITE to AllUsers (acl of " BUCKET ")", 1},
    {"everybody's FULL_CONTROL reads the list", &nobody, "name/cos:GetBucketACL", NULL,
     "- FULL_CONTROL:AllUsers", NULL, NULL, NULL, true, "acl", "bucket acl",
     "FULL_CONTROL to AllUsers (acl of " BUCKET ")", 1},
    {"READ does not read the list", &nobody, "name/cos:GetBucketACL", NULL, "public-read", NULL,
     NULL, NULL, false, "implicit_deny", "none", "", 1},
    {"location is nobody's by a list", &nobody, "name/cos:GetBucketLocation", NULL,
     "- FULL_CONTROL:AllUsers", NULL, NULL, NULL, false, "implicit_deny", "none", "", 0},
    {"a deny for anyone beats a public list", &nobody, GET, "public-read", "public-read", NULL,
     NULL, DENY_ANYONE, false, "explicit_deny:bucket", "bucket", "bucket policy of tested", 0},
    {"authenticated-read is not for the unsigned", &nobody, GET, "authenticated-read",
     "private", NULL, NULL, NULL, false, "implicit_deny", "none", "", 1},
    {"the owner needs no list", &root, GET, "private", "private", NULL, NULL, NULL, true,
     "allow", "root", "", 0},
    {"a user with a policy needs none", &sub, GET, "private", "private", ALLOW, NULL, NULL,
     true, "allow", "identity", "tested", 0},
    {"a user without one has none of his account's rights", &sub, GET, "private", "private",
     NULL, NULL, NULL, false, "implicit_deny", "none", "", 1},
    {"a user is granted by himself (Dpba:7)", &sub, GET, "- READ:" OWNER "/" SUB, "private",
     NULL, NULL, NULL, true, "acl", "object acl",
     "READ to uin " SUB " of account " OWNER " (acl of " BUCKET "/dir/a.txt)", 1},
    {"a grant to his account is not one to him", &sub, GET, "- READ:" OWNER "/" OWNER,
     "private", NULL, NULL, NULL, false, "implicit_deny", "none", "", 1},
    {"a user reads what is public", &sub, GET, NULL, "public-read", NULL, NULL, NULL, true,
     "acl_anyone", "bucket acl", READ_ALL ")", 1},
    {"a user reads authenticated-read", &sub, GET, NULL, "authenticated-read", NULL, NULL, NULL,
     true, "acl", "bucket acl", "READ to AuthenticatedUsers (acl of " BUCKET ")", 1},
    {"his policy's deny beats a public list", &sub, GET, "public-read", "public-read", DENY,
     NULL, NULL, false, "explicit_deny:identity", "identity", "tested", 0},
    {"the bucket's deny of him, too", &sub, GET, "public-read", "public-read", NULL, NULL,
     DENY_SUB, false, "explicit_deny:bucket", "bucket", "bucket policy of tested", 0},
    {"a deny for anyone closes the second pass (Deval:37)", &sub, GET, "public-read",
     "public-read", NULL, NULL, DENY_ANYONE, false, "implicit_deny", "none", "", 1},
    {"and not a grant to himself", &sub, GET, "public-read READ:" OWNER "/" SUB, "public-read",
     NULL, NULL, DENY_ANYONE, true, "acl", "object acl",
     "READ to uin " SUB " of account " OWNER " (acl of " BUCKET "/dir/a.txt)", 1},
    {"another account is granted by a list", &other, GET, NULL, "private" TO_OTHER, NULL, NULL,
     NULL, true, "acl", "bucket acl", "READ to account " OTHER " (acl of " BUCKET ")", 1},
    {"another account is not without", &other, GET, NULL, "private", ALLOW, NULL, NULL, false,
     "implicit_deny", "none", "", 1},
    {"its user needs its policy as well (598/10605)", &other_sub, GET, NULL, "private" TO_OTHER,
     NULL, NULL, NULL, false, "implicit_deny", "none", "", 1},
    {"with one he may", &other_sub, GET, NULL, "private" TO_OTHER, ALLOW, NULL, NULL, true,
     "acl", "bucket acl", "READ to account " OTHER " (acl of " BUCKET ")", 1},
    {"but not what his account is denied: it has nothing to hand on", &other_sub, GET, NULL,
     "private" TO_OTHER, ALLOW, NULL, DENY_OTHER, false, "implicit_deny", "none", "", 1},
    {"a grant to the user beside it stands", &other_sub, GET, NULL,
     "private READ:" OTHER "/" OTHER_SUB, ALLOW, NULL, DENY_OTHER, true, "acl", "bucket acl",
     "READ to uin " OTHER_SUB " of account " OTHER " (acl of " BUCKET ")", 1},
    {"a role is no user of whom a list could speak", &role, GET, NULL,
     "private READ:" OWNER "/" SUB, NULL, NULL, NULL, false, "implicit_deny", "none", "", 1},
    {"it is somebody, though", &role, GET, NULL, "authenticated-read", NULL, NULL, NULL, true,
     "acl", "bucket acl", "READ to AuthenticatedUsers (acl of " BUCKET ")", 1},
    {"a session bounds a grant", &sub, GET, "- READ:" OWNER "/" SUB, "private", NULL,
     "{\"effect\":\"allow\",\"action\":\"cos:PutObject\",\"resource\":\"*\"}", NULL, false,
     "implicit_deny:session", "session", "", 1},
    {"and lets it pass", &sub, GET, "- READ:" OWNER "/" SUB, "private", NULL, ALLOW, NULL, true,
     "acl", "object acl",
     "READ to uin " SUB " of account " OWNER " (acl of " BUCKET "/dir/a.txt)", 1},
    {"what is public needs no session (Deval:39)", &sub, GET, "public-read", "private", ALLOW,
     "{\"effect\":\"allow\",\"action\":\"cos:PutObject\",\"resource\":\"*\"}", NULL, true,
     "acl_anyone", "object acl", READ_ALL "/dir/a.txt)", 1},
    {"unless it denies", &sub, GET, "public-read", "public-read", ALLOW, DENY, NULL, false,
     "explicit_deny:session", "session", "session policy of tested", 0},
};

static void lists_and_policies_are_judged_together(void **state)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_arena arena;
        struct cam_verdict v;
        unsigned asked = 0;
        cos_arena_init(&arena, 1u << 20);
        judge(&rows[i], &arena, &v, &asked);
        bool good = v.allowed == rows[i].allowed &&
                    strcmp(cam_reason_word(v.reason), rows[i].reason) == 0 &&
                    strcmp(cam_layer_word(v.layer), rows[i].layer) == 0 &&
                    cos_span_eq_str(v.policy, rows[i].grant) && v.why.len > 0 &&
                    asked == rows[i].lists;
        if (!good) {
            wrong++;
            print_error("%s: %s, %s, '" COS_SPAN_FMT "', %u lists\n", rows[i].name,
                        cam_reason_word(v.reason), cam_layer_word(v.layer),
                        COS_SPAN_ARG(v.policy), asked);
        }
        cos_arena_deinit(&arena);
    }
    assert_int_equal(wrong, 0);
}

static void a_refusal_names_the_list_and_what_it_lacks(void **state)
{
    struct cos_arena arena;
    struct cam_verdict v;
    unsigned asked;
    cos_arena_init(&arena, 1u << 20);
    judge(&rows[1], &arena, &v, &asked);
    assert_non_null(
        strstr(v.why.ptr, "nor READ to AllUsers in the object acl of " BUCKET "/dir/a.txt"));
    cos_arena_deinit(&arena);
}

/* An object that another account wrote is that account's (Dacl:6). */
static void who_owns_an_object_controls_it_whatever_its_list_says(void **state)
{
    struct acl a;
    struct acl_grant g;
    const struct acl_owners foreign = {.resource_uin = cos_span_of(OTHER),
                                       .bucket_uin = cos_span_of(OWNER)};
    assert_true(acl_read(COS_SPAN_LIT("-"), ACL_OF_OBJECT, &a));
    assert_true(acl_find_grant(&a, &foreign, &other, ACL_CALLER, ACL_WRITE_ACP, &g));
    assert_false(acl_find_grant(&a, &foreign, &sub, ACL_CALLER, ACL_READ, &g));
    assert_true(acl_find_grant(&a, &foreign, &other_sub, ACL_HIS_ROOT, ACL_READ, &g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grantees_are_read_in_every_spelling),
        cmocka_unit_test(what_names_nobody_is_no_grantee),
        cmocka_unit_test(a_canned_list_stands_where_the_documents_have_it),
        cmocka_unit_test(get_shows_what_the_suites_count),
        cmocka_unit_test(texts_that_are_no_list_are_refused),
        cmocka_unit_test(a_list_has_at_most_100_grants),
        cmocka_unit_test(each_permission_allows_the_actions_of_the_table),
        cmocka_unit_test(lists_and_policies_are_judged_together),
        cmocka_unit_test(a_refusal_names_the_list_and_what_it_lacks),
        cmocka_unit_test(who_owns_an_object_controls_it_whatever_its_list_says),
    };
    return cmocka_run_group_tests_name("acl", tests, NULL, NULL);
}
