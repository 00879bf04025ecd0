/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access control lists over the wire: ?acl of buckets and objects in every spelling that SDKs
 * send, answers as their parsers need them, lists that other writes bring along, limits and
 * refusals (cos-operations-1.md s.3; SDKs at the commits its head names).
 */
#include "door.h"

#define OWNER "100000000001"
#define LONG(uin) "qcs::cam::uin/" uin ":uin/" uin
#define XSI "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
#define ALL_USERS "http://cam.qcloud.com/groups/global/AllUsers"
#define POLICY_OF(owner, grants)                                                       \
    "<AccessControlPolicy><Owner><ID>" owner "</ID></Owner><AccessControlList>" grants \
    "</AccessControlList></AccessControlPolicy>"
#define GRANT(type, who, permission)                                                      \
    "<Grant><Grantee " type ">" who "</Grantee><Permission>" permission "</Permission></" \
    "Grant>"
#define USER_OUT(uin, permission)           \
    GRANT(XSI "xsi:type=\"CanonicalUser\"", \
          "<ID>" LONG(uin) "</ID><DisplayName>" LONG(uin) "</DisplayName>", permission)
#define GROUP_OUT(group, permission) \
    GRANT(XSI "xsi:type=\"Group\"",  \
          "<URI>http://cam.qcloud.com/groups/global/" group "</URI>", permission)
#define OWNER_OUT USER_OUT(OWNER, "FULL_CONTROL")

/* The grants of ?acl, as they are written. */
static const char *grants_of(struct door *d, const char *target, char canned[64])
{
    static char out[40000];
    struct answer a = door_send(d, "GET", target, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "Content-Type"), "application/xml");
    (void)snprintf(canned, 64, "%s", answer_header(&a, "x-cos-acl"));
    const char *from = strstr(a.body, "<AccessControlList>");
    const char *to = strstr(a.body, "</AccessControlList>");
    assert_true(from != NULL && to != NULL);
    from += strlen("<AccessControlList>");
    (void)snprintf(out, sizeof(out), "%.*s", (int)(to - from), from);
    answer_free(&a);
    return out;
}

static void expect_list(struct door *d, const char *target, const char *canned,
                        const char *grants)
{
    char got[64];
    assert_string_equal(grants_of(d, target, got), grants);
    assert_string_equal(got, canned);
}

static void put_list(struct door *d, const char *target, const char *headers, const char *body)
{
    const struct ask q = {.method = "PUT",
                          .target = target,
                          .headers = headers,
                          .body = body,
                          .n = body == NULL ? 0 : strlen(body)};
    struct answer a = door_ask(d, &q);
    if (a.status != 200 || a.n != 0 || answer_header(&a, "Content-Type")[0] != '\0') {
        fail_msg("PUT %s %s: %d %s", target, headers == NULL ? body : headers, a.status,
                 a.body);
    }
    answer_free(&a);
}

/* --- what GET shows --- */

/* go ci_test.go:188, :593; node test.js:2449-2552; qcloud-sdk-dotnet#19; samples of Dgba and
 * Dgoa. */
static void a_list_in_headers_comes_back_as_the_suites_expect(void **state)
{
    static const struct {
        const char *target, *headers, *canned, *grants;
    } rows[] = {
        {"/?acl", "x-cos-acl: private", "private", OWNER_OUT},
        {"/?acl", "x-cos-acl: Public-Read", "public-read",
         OWNER_OUT GROUP_OUT("AllUsers", "READ")},
        {"/?acl", "x-cos-acl: public-read-write", "public-read-write",
         OWNER_OUT GROUP_OUT("AllUsers", "READ") GROUP_OUT("AllUsers", "WRITE")},
        {"/?acl", "x-cos-acl: authenticated-read", "authenticated-read",
         OWNER_OUT GROUP_OUT("AuthenticatedUsers", "READ")},
        {"/?acl", "x-cos-grant-read: id=\"" LONG("1001") "\", id=\"" LONG("1002") "\"", "",
         USER_OUT("1001", "READ") USER_OUT("1002", "READ")},
        {"/?acl", "x-cos-acl: private\nx-cos-grant-read: id=\"1001\",id=\"1002\"", "private",
         USER_OUT("1001", "READ") USER_OUT("1002", "READ")},
        /* [T] java UinGrantee.java:33, CreateDeleteHeadBucketTest.java:64-76 */
        {"/?acl", "x-cos-acl: private\nx-cos-grant-read: uin=\"1001\", uin=\"1002\"", "private",
         USER_OUT("1001", "READ") USER_OUT("1002", "READ")},
        {"/?acl", "x-cos-acl: public-read\nx-cos-grant-full-control: id=\"" LONG("1001") "\"",
         "public-read", GROUP_OUT("AllUsers", "READ") USER_OUT("1001", "FULL_CONTROL")},
        {"/?acl", /* the sample of PUT Bucket acl and of GET Bucket acl */
         "x-cos-acl: public-read\nx-cos-grant-write: id=\"100000000002\"\n"
         "x-cos-grant-read-acp: id=\"100000000002\"",
         "public-read",
         GROUP_OUT("AllUsers", "READ") USER_OUT("100000000002", "WRITE")
             USER_OUT("100000000002", "READ_ACP")},
        {"/k?acl", "x-cos-acl: private", "private", OWNER_OUT},
        {"/k?acl", "x-cos-acl: public-read", "public-read",
         OWNER_OUT GROUP_OUT("AllUsers", "READ")},
        {"/k?acl", "x-cos-acl: bucket-owner-full-control", "bucket-owner-full-control",
         OWNER_OUT},
        {"/k?acl", "x-cos-grant-write-acp: id=\"qcs::cam::anyone:anyone\"", "",
         GROUP_OUT("AllUsers", "WRITE_ACP")},
        {"/k?acl", "x-cos-acl: default", "default", OWNER_OUT},
    };
    struct door *d = *state;
    door_put(d, "/k", "x");
    expect_list(d, "/?acl", "private", OWNER_OUT);
    expect_list(d, "/k?acl", "default", OWNER_OUT);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        put_list(d, rows[i].target, rows[i].headers, NULL);
        expect_list(d, rows[i].target, rows[i].canned, rows[i].grants);
    }
}

static void every_spelling_of_a_body_is_read(void **state)
{
    static const struct {
        const char *name, *body, *grants;
    } rows[] = {
        {"node test.js:2558, no type and a stranger for its owner (base.js:264)",
         POLICY_OF(LONG("10001"), "<Grant><Grantee><ID>" LONG(
                                      "10002") "</ID></Grantee>"
                                               "<Permission>READ</Permission></Grant>"),
         USER_OUT("10002", "READ")},
        {"java AclXmlFactory.java:99, go bucket_acl_test.go:29",
         POLICY_OF(LONG(OWNER), GRANT(XSI "xsi:type=\"RootAccount\"",
                                      "<ID>" LONG("10002") "</ID>", "FULL_CONTROL")),
         USER_OUT("10002", "FULL_CONTROL")},
        {"cpp bucket_op_test.cpp:785: ID, URI and DisplayName at once, 1 grant at :817",
         POLICY_OF(LONG(OWNER),
                   GRANT(XSI "xsi:type=\"RootAccount\"",
                         "<URI>" ALL_USERS "</URI><ID>" LONG("10002") "</ID><DisplayName>" LONG(
                             "10002") "</DisplayName>",
                         "READ")),
         USER_OUT("10002", "READ")},
        {"php CosClientBucketTest.php:353",
         POLICY_OF(LONG(OWNER), GRANT(XSI "xsi:type=\"CanonicalUser\"",
                                      "<DisplayName>qcs::cam::anyone:anyone</DisplayName>"
                                      "<ID>qcs::cam::anyone:anyone</ID>",
                                      "FULL_CONTROL")),
         GROUP_OUT("AllUsers", "FULL_CONTROL")},
        {"the sample of PUT Bucket acl",
         POLICY_OF(LONG(OWNER),
                   "\n    " GRANT(XSI "xsi:type=\"Group\"",
                                  "\n      <URI>" ALL_USERS "</URI>\n    ",
                                  "READ") "\n    " GRANT(XSI "xsi:type=\"CanonicalUser\"",
                                                         "<ID>" LONG("100000000002") "</ID>",
                                                         "READ_ACP") "\n"),
         GROUP_OUT("AllUsers", "READ") USER_OUT("100000000002", "READ_ACP")},
        {"nobody", POLICY_OF(LONG(OWNER), ""), ""},
    };
    struct door *d = *state;
    door_put(d, "/k", "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        print_message("# %s\n", rows[i].name);
        put_list(d, "/?acl", NULL, rows[i].body);
        expect_list(d, "/?acl", "", rows[i].grants);
        put_list(d, "/k?acl", NULL, rows[i].body);
        expect_list(d, "/k?acl", "", rows[i].grants);
    }
}

/* The sample of GET Bucket acl, without the blanks between its elements. */
static void the_whole_answer_is_that_of_the_sample(void **state)
{
    struct door *d = *state;
    put_list(d, "/?acl", "x-cos-acl: public-read\nx-cos-grant-write: id=\"100000000002\"",
             NULL);
    struct answer a = door_send(d, "GET", "/?acl", NULL);
    const char *document = strstr(a.body, "<AccessControlPolicy>");
    assert_non_null(document);
    assert_string_equal(
        document,
        "<AccessControlPolicy><Owner><ID>qcs::cam::uin/100000000001:uin/100000000001</ID>"
        "<DisplayName>qcs::cam::uin/100000000001:uin/100000000001</DisplayName></Owner>"
        "<AccessControlList><Grant><Grantee "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">"
        "<URI>http://cam.qcloud.com/groups/global/AllUsers</URI></Grantee>"
        "<Permission>READ</Permission></Grant><Grant><Grantee "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">"
        "<ID>qcs::cam::uin/100000000002:uin/100000000002</ID>"
        "<DisplayName>qcs::cam::uin/100000000002:uin/100000000002</DisplayName></Grantee>"
        "<Permission>WRITE</Permission></Grant></AccessControlList></AccessControlPolicy>");
    answer_free(&a);
}

/* s.3.2: Dacl:84 and :88 disagree with Daclp:85. */
static void what_public_read_write_means_is_a_switch(void **state)
{
    struct door *d = *state;
    put_list(d, "/?acl", "x-cos-acl: public-read-write", NULL);
    assert_int_equal(cosmock_switch_set(d->tenant, "public-read-write", "full-control", NULL),
                     0);
    expect_list(d, "/?acl", "public-read-write",
                OWNER_OUT GROUP_OUT("AllUsers", "FULL_CONTROL"));
}

/* --- refusals --- */

static void what_is_no_list_is_refused_and_the_old_one_stays(void **state)
{
    static const struct {
        const char *target, *headers, *body, *code;
        int status;
    } rows[] = {
        {"/?acl", "x-cos-acl: public-read-writ", NULL, "InvalidArgument", 400},
        {"/?acl", "x-cos-acl: public", NULL, "InvalidArgument", 400}, /* php :165 */
        {"/?acl", "x-cos-acl: default", NULL, "InvalidArgument", 400},
        {"/?acl", "x-cos-acl: bucket-owner-read", NULL, "InvalidArgument", 400},
        {"/k?acl", "x-cos-acl: public-read-write", NULL, "InvalidArgument", 400}, /* Dacl:102 */
        {"/k?acl", "x-cos-grant-write: id=\"1\"", NULL, "InvalidArgument", 400},  /* Dacl:71 */
        /* php :298, testPutBucketAclInvalidGrant */
        {"/?acl", "x-cos-grant-full-control: id=\"qcs::camuin/321023:uin/100018617869\"", NULL,
         "InvalidArgument", 400},
        {"/?acl", "x-cos-grant-read: uri=\"" ALL_USERS "\"", NULL, "InvalidArgument", 400},
        {"/?acl", "x-cos-grant-read: emailAddress=\"a@b.c\"", NULL, "InvalidArgument", 400},
        {"/?acl", "x-cos-grant-read: id=\"1\",", NULL, "InvalidArgument", 400},
        {"/?acl", "x-cos-grant-read: id=\"1", NULL, "InvalidArgument", 400},
        {"/?acl", "x-cos-grant-read: id=\"1\"\nx-cos-grant-read: id=\"2\"", NULL,
         "InvalidRequest", 400},
        {"/?acl", NULL, NULL, "MissingRequestBodyError", 400},
        {"/?acl", NULL, "<AccessControlPolicy>", "MalformedXML", 400},
        {"/?acl", NULL, "<Policy><Owner><ID>1</ID></Owner><AccessControlList/></Policy>",
         "MalformedXML", 400},
        {"/?acl", NULL, "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>",
         "MalformedXML", 400},
        {"/?acl", NULL, "<AccessControlPolicy><Owner><ID>1</ID></Owner></AccessControlPolicy>",
         "MalformedXML", 400},
        {"/?acl", NULL, POLICY_OF("1", GRANT("", "<ID>1</ID>", "READS")), "MalformedXML", 400},
        {"/?acl", NULL, POLICY_OF("1", "<Grant><Permission>READ</Permission></Grant>"),
         "MalformedXML", 400},
        {"/?acl", NULL,
         POLICY_OF("1", GRANT(XSI "xsi:type=\"AmazonCustomerByEmail\"", "<ID>1</ID>", "READ")),
         "MalformedXML", 400},
        {"/?acl", NULL, POLICY_OF("1", GRANT(XSI "xsi:type=\"Group\"", "<ID>1</ID>", "READ")),
         "MalformedXML", 400},
        {"/?acl", NULL, POLICY_OF("1", GRANT("", "<ID>alice</ID>", "READ")), "InvalidArgument",
         400},
        {"/?acl", NULL, POLICY_OF("1", GRANT("", "<URI>http://x/</URI>", "READ")),
         "InvalidArgument", 400},
        {"/k?acl", NULL, POLICY_OF("1", GRANT("", "<ID>1</ID>", "WRITE")), "InvalidArgument",
         400},
        /* an older page of PUT Object acl, :159 */
        {"/?acl", "x-cos-acl: private", POLICY_OF("1", ""), "InvalidRequest", 400},
        {"/absent?acl", "x-cos-acl: private", NULL, "NoSuchKey", 404},
        {"/k?acl&versionId=x", "x-cos-acl: private", NULL, "NoSuchVersion", 404},
    };
    struct door *d = *state;
    door_put(d, "/k", "x");
    put_list(d, "/?acl", "x-cos-acl: authenticated-read", NULL);
    put_list(d, "/k?acl", "x-cos-acl: authenticated-read", NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask q = {.method = "PUT",
                              .target = rows[i].target,
                              .headers = rows[i].headers,
                              .body = rows[i].body,
                              .n = rows[i].body == NULL ? 0 : strlen(rows[i].body)};
        print_message("# %s\n", rows[i].headers != NULL ? rows[i].headers : rows[i].body);
        door_expect(d, &q, rows[i].status, rows[i].code);
    }
    const char *read = OWNER_OUT GROUP_OUT("AuthenticatedUsers", "READ");
    expect_list(d, "/?acl", "authenticated-read", read);
    expect_list(d, "/k?acl", "authenticated-read", read);
    door_expect(d, &(struct ask){.method = "GET", .target = "/absent?acl"}, 404, "NoSuchKey");
}

/* The captured form of x-cos-acl (cos-wx-sdk-v5#12), for the grants as well. */
static void a_refused_header_is_named_with_its_value(void **state)
{
    struct answer a = door_send(*state, "PUT", "/?acl", "x-cos-grant-read: id=alice");
    assert_string_equal(xml_of(&a, "Message"), "x-cos-grant-read value invalid:id=alice");
    answer_free(&a);
    a = door_send(*state, "PUT", "/o", "x-cos-acl: [object Undefined]");
    assert_string_equal(xml_of(&a, "Message"), "x-cos-acl value invalid:[object Undefined]");
    answer_free(&a);
}

static void header_and_body_conflict_unless_the_switch_lets_the_header_win(void **state)
{
    struct door *d = *state;
    const char *body = POLICY_OF(LONG(OWNER), GRANT("", "<ID>2</ID>", "READ"));
    struct answer a = door_ask(d, &(struct ask){.method = "PUT",
                                                .target = "/?acl",
                                                .headers = "x-cos-acl: public-read",
                                                .body = body,
                                                .n = strlen(body)});
    assert_int_equal(a.status, 400);
    assert_string_equal(xml_of(&a, "Message"), "header acl and body acl conflict");
    answer_free(&a);
    assert_int_equal(cosmock_switch_set(d->tenant, "acl-header-and-body", "header", NULL), 0);
    put_list(d, "/?acl", "x-cos-acl: public-read", body);
    expect_list(d, "/?acl", "public-read", OWNER_OUT GROUP_OUT("AllUsers", "READ"));
}

/* Node sends uin 10001 (test.js:2407), Python says that it must be the owner's
 * (ut/test.py:718). */
static void a_strange_owner_is_ignored_unless_the_switch_refuses_it(void **state)
{
    struct door *d = *state;
    const char *strange = POLICY_OF(LONG("10001"), "");
    const char *own = POLICY_OF(LONG(OWNER), "");
    put_list(d, "/?acl", NULL, strange);
    assert_int_equal(cosmock_switch_set(d->tenant, "acl-owner", "AccessDenied", NULL), 0);
    const struct ask q = {.method = "PUT",
                          .target = "/?acl",
                          .body = strange,
                          .n = strlen(strange)};
    door_expect(d, &q, 403, "AccessDenied");
    put_list(d, "/?acl", NULL, own);
}

static void the_digest_of_a_body_is_checked(void **state)
{
    struct door *d = *state;
    const char *body = POLICY_OF(LONG(OWNER), "");
    struct ask q = {
        .method = "PUT", .target = "/?acl", .body = body, .n = strlen(body), .with_md5 = true};
    door_expect(d, &q, 200, NULL);
    q.with_md5 = false;
    q.headers = "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg=="; /* of nothing */
    door_expect(d, &q, 400, "BadDigest");
}

/* --- limits --- */

static void fill(char *out, size_t size, const char *name, unsigned n)
{
    size_t used = (size_t)snprintf(out, size, "%s: id=\"1\"", name);
    for (unsigned i = 1; i < n; i++) {
        used += (size_t)snprintf(out + used, size - used, ",id=\"%u\"", i + 1);
    }
}

/* Dpba:126. */
static void a_list_of_101_grants_is_refused(void **state)
{
    static char headers[3000];
    struct door *d = *state;
    fill(headers, sizeof(headers), "x-cos-grant-read", 100);
    put_list(d, "/?acl", headers, NULL);
    fill(headers, sizeof(headers), "x-cos-grant-read", 101);
    const struct ask q = {.method = "PUT", .target = "/?acl", .headers = headers};
    door_expect(d, &q, 400, "InvalidArgument");
}

/* Dlim:103; cos-php-sdk-v5#69. What belongs to an object is not counted. */
static void an_account_has_1000_entries_in_the_lists_of_its_buckets(void **state)
{
    static char headers[3000];
    struct door *d = *state;
    fill(headers, sizeof(headers), "x-cos-grant-read", 100);
    char host[160];
    for (int i = 0; i < 10; i++) {
        (void)snprintf(host, sizeof(host), "b%d-1250000000.cos.%s.myqcloud.com", i,
                       d->info.region);
        const struct ask q = {.method = "PUT", .target = "/", .host = host, .headers = headers};
        door_expect(d, &q, 200, NULL);
    }
    struct answer a = door_send(d, "PUT", "/?acl", "x-cos-acl: public-read");
    assert_int_equal(a.status, 400);
    assert_string_equal(xml_of(&a, "Code"), "PolicyFull");
    assert_string_equal(xml_of(&a, "Message"), "your policy or acl has reached the limit");
    answer_free(&a);
    const struct ask another = {.method = "PUT",
                                .target = "/",
                                .host = "more-1250000000.cos.ap-guangzhou.myqcloud.com",
                                .headers = "x-cos-acl: public-read"};
    door_expect(d, &another, 400, "PolicyFull");
    put_list(d, "/?acl", "x-cos-acl: private", NULL);
    const struct ask again = {.method = "PUT",
                              .target = "/?acl",
                              .host = host,
                              .headers = "x-cos-acl: public-read"};
    door_expect(d, &again, 200, NULL); /* its own hundred are replaced */
    door_put(d, "/k", "x");
    put_list(d, "/k?acl", headers, NULL);
}

/* --- lists that other writes bring along --- */

/* O:.../PUT Bucket:60: with a bad one no bucket is made. */
static void a_bucket_is_made_with_its_list_or_not_at_all(void **state)
{
    struct door *d = *state;
    const char *host = "fresh-1250000000.cos.ap-guangzhou.myqcloud.com";
    struct ask q = {.method = "PUT", .target = "/", .host = host, .headers = "x-cos-acl: pub"};
    door_expect(d, &q, 400, "InvalidArgument");
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/", .host = host}, 404, NULL);
    /* the sample of PUT Bucket */
    q.headers = "x-cos-acl: public-read\nx-cos-grant-write: id=\"100000000002\"";
    door_expect(d, &q, 200, NULL);
    struct answer a =
        door_ask(d, &(struct ask){.method = "GET", .target = "/?acl", .host = host});
    assert_string_equal(answer_header(&a, "x-cos-acl"), "public-read");
    assert_non_null(strstr(a.body, USER_OUT("100000000002", "WRITE")));
    answer_free(&a);
}

static void complete(struct door *d, const char *headers)
{
    struct answer begun = door_send(d, "POST", "/m?uploads", headers);
    char target[200];
    (void)snprintf(target, sizeof(target), "/m?uploadId=%s", xml_of(&begun, "UploadId"));
    answer_free(&begun);
    char part_target[220];
    (void)snprintf(part_target, sizeof(part_target), "%s&partNumber=1", target);
    struct answer part =
        door_ask(d, &(struct ask){.method = "PUT", .target = part_target, .body = "x", .n = 1});
    char document[300];
    door_one_part(document, &part);
    answer_free(&part);
    const struct ask q = {.method = "POST",
                          .target = target,
                          .body = document,
                          .n = strlen(document)};
    door_expect(d, &q, 200, NULL);
}

/* Dput:86, Dcopy:98, Initiate:70; the request's list, never the source's or the old one. */
static void each_write_of_an_object_takes_a_list(void **state)
{
    struct door *d = *state;
    const char *shown = OWNER_OUT GROUP_OUT("AllUsers", "READ");
    struct answer a = door_send(d, "PUT", "/k", "x-cos-acl: public-read");
    answer_free(&a);
    expect_list(d, "/k?acl", "public-read", shown);
    char source[300];
    (void)snprintf(source, sizeof(source), "x-cos-copy-source: %s/k", d->host);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/c", .headers = source}, 200,
                NULL);
    expect_list(d, "/c?acl", "default", OWNER_OUT);
    char with[400];
    (void)snprintf(with, sizeof(with), "%s\nx-cos-grant-read: id=\"1002\"", source);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/c", .headers = with}, 200, NULL);
    expect_list(d, "/c?acl", "", USER_OUT("1002", "READ"));
    complete(d, "x-cos-acl: public-read");
    expect_list(d, "/m?acl", "public-read", shown);
    complete(d, NULL);
    expect_list(d, "/m?acl", "default", OWNER_OUT);
    door_put(d, "/k", "y");
    expect_list(d, "/k?acl", "default", OWNER_OUT);
}

static void a_write_with_a_list_that_is_none_stores_nothing(void **state)
{
    static const char *const headers[] = {"x-cos-acl: public-read-write",
                                          "x-cos-grant-write: id=\"1\"",
                                          "x-cos-grant-read: nobody"};
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(headers); i++) {
        door_expect(d, &(struct ask){.method = "PUT", .target = "/o", .headers = headers[i]},
                    400, "InvalidArgument");
        door_expect(
            d, &(struct ask){.method = "POST", .target = "/o?uploads", .headers = headers[i]},
            400, "InvalidArgument");
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
    assert_int_equal(cosmock_upload_count(d->tenant, d->info.bucket), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_list_in_headers_comes_back_as_the_suites_expect),
        DOOR_TEST(every_spelling_of_a_body_is_read),
        DOOR_TEST(the_whole_answer_is_that_of_the_sample),
        DOOR_TEST(what_public_read_write_means_is_a_switch),
        DOOR_TEST(what_is_no_list_is_refused_and_the_old_one_stays),
        DOOR_TEST(a_refused_header_is_named_with_its_value),
        DOOR_TEST(header_and_body_conflict_unless_the_switch_lets_the_header_win),
        DOOR_TEST(a_strange_owner_is_ignored_unless_the_switch_refuses_it),
        DOOR_TEST(the_digest_of_a_body_is_checked),
        DOOR_TEST(a_list_of_101_grants_is_refused),
        DOOR_TEST(an_account_has_1000_entries_in_the_lists_of_its_buckets),
        DOOR_TEST(a_bucket_is_made_with_its_list_or_not_at_all),
        DOOR_TEST(each_write_of_an_object_takes_a_list),
        DOOR_TEST(a_write_with_a_list_that_is_none_stores_nothing),
    };
    return cmocka_run_group_tests_name("acl_requests", tests, NULL, NULL);
}
