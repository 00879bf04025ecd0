/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is a request, and what it is about: the table of malformed heads (RFC 9112, RFC 9110),
 * the host rules of cos-wire.md s.2.0, the forms of the target. Asserted on the journal, which
 * knows every request, also those that are none (MK-25).
 */
#include "client.h"

static struct answer send_head(struct client *c, const char *method, const char *target,
                               const char *const headers[][2], size_t n)
{
    static struct question q;
    q = (struct question){.method = method, .target = target};
    for (size_t i = 0; i < n && headers[i][0] != NULL; i++) {
        add_header(&q, headers[i][0], headers[i][1]);
    }
    return client_send(c, &q);
}

static void malformed_requests_are_refused_and_journalled(void **state)
{
    static char long_target[50000];
    static char long_value[5000];
    static const struct {
        const char *name, *method, *target;
        const char *headers[3][2];
        const char *code;
    } cases[] = {
        {"no host", "GET", "/k", {{NULL}}, "InvalidRequest"},
        {"two hosts", "GET", "/k", {{"Host", "a"}, {"Host", "a"}}, "InvalidRequest"},
        {"empty host", "GET", "/k", {{"Host", ""}}, "InvalidRequest"},
        {"a port that is a word", "GET", "/k", {{"Host", "a:http"}}, "InvalidRequest"},
        {"a port beyond all ports", "GET", "/k", {{"Host", "a:65536"}}, "InvalidRequest"},
        {"a port of the target that is a word",
         "GET",
         "http://a:x/k",
         {{NULL}},
         "InvalidRequest"},
        {"a host with a slash", "GET", "/k", {{"Host", "a/b"}}, "InvalidRequest"},
        {"a target without slash", "GET", "k", {{"Host", "a"}}, "InvalidURI"},
        {"asterisk", "OPTIONS", "*", {{"Host", "a"}}, "InvalidURI"},
        {"a blank in the target", "GET", "/a b", {{"Host", "a"}}, "InvalidURI"},
        {"a fragment", "GET", "/a#b", {{"Host", "a"}}, "InvalidURI"},
        {"a control byte", "GET", "/a\x01", {{"Host", "a"}}, "InvalidURI"},
        {"a stray percent", "GET", "/a%2", {{"Host", "a"}}, "InvalidURI"},
        {"a percent without digits", "GET", "/a%zz", {{"Host", "a"}}, "InvalidURI"},
        {"NUL", "GET", "/a%00b", {{"Host", CLIENT_HOST}}, "InvalidURI"},
        {"too long", "GET", long_target, {{"Host", "a"}}, "InvalidURI"},
        {"a method that is no token", "GE T", "/k", {{"Host", "a"}}, "InvalidRequest"},
        {"no method", "", "/k", {{"Host", "a"}}, "InvalidRequest"},
        {"a long method",
         "GETGETGETGETGETGETGETGETGETGETGETGET",
         "/k",
         {{"Host", "a"}},
         "InvalidRequest"},
        {"a header name with a blank",
         "GET",
         "/k",
         {{"Host", "a"}, {"a b", "c"}},
         "InvalidRequest"},
        {"a header without a name", "GET", "/k", {{"Host", "a"}, {"", "c"}}, "InvalidRequest"},
        {"a line break in a value",
         "GET",
         "/k",
         {{"Host", "a"}, {"b", "c\r\nd: e"}},
         "InvalidRequest"},
        {"two copy sources",
         "PUT",
         "/k",
         {{"Host", "a"}, {"x-cos-copy-source", "a/b"}, {"X-Cos-Copy-Source", "a/c"}},
         "InvalidRequest"},
        {"two signatures",
         "GET",
         "/k",
         {{"Host", "a"}, {"Authorization", "q-ak=a"}, {"Authorization", "q-ak=b"}},
         "InvalidRequest"},
        {"two lengths",
         "PUT",
         "/k",
         {{"Host", "a"}, {"Content-Length", "1"}, {"Content-Length", "2"}},
         "InvalidRequest"},
        {"a negative length",
         "PUT",
         "/k",
         {{"Host", "a"}, {"Content-Length", "-1"}},
         "InvalidRequest"},
        {"a length with a sign",
         "PUT",
         "/k",
         {{"Host", "a"}, {"Content-Length", "+1"}},
         "InvalidRequest"},
        {"a huge length",
         "PUT",
         "/k",
         {{"Host", "a"}, {"Content-Length", "99999999999999999999"}},
         "InvalidRequest"},
        {"length and chunked",
         "PUT",
         "/k",
         {{"Host", "a"}, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}},
         "InvalidRequest"},
        {"another coding",
         "PUT",
         "/k",
         {{"Host", "a"}, {"Transfer-Encoding", "gzip, chunked"}},
         "InvalidRequest"},
    };
    memset(long_target, 'a', sizeof(long_target) - 1);
    long_target[0] = '/';
    memset(long_value, 'a', sizeof(long_value) - 1);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer r =
            send_head(*state, cases[i].method, cases[i].target, cases[i].headers, 3);
        struct cosmock_entry *e = last_entry(*state);
        if (r.status != 400 || strcmp(xml_code(&r), cases[i].code) != 0 ||
            strcmp(e->code, cases[i].code) != 0 || r.want != COSMOCK_WANT_SEND ||
            strcmp(e->authn, "malformed-http") != 0 || e->detail[0] == '\0') {
            fail_msg("%s: %d %s", cases[i].name, r.status, r.body);
        }
        assert_memory_equal(answer_header(&r, "x-cosmock-reason"), "parse: ", 7);
        assert_string_equal(answer_header(&r, "Connection"), "close");
        cosmock_entries_free(e);
        answer_free(&r);
    }
    struct question *q = calloc(1, sizeof(*q));
    q->method = "GET";
    q->target = "/k";
    add_header(q, "Host", CLIENT_HOST);
    for (size_t i = 0; i < 25; i++) {
        add_header(q, "x-cos-meta-a", long_value);
    }
    struct answer r = client_send(*state, q);
    assert_string_equal(xml_code(&r), "InvalidRequest"); /* 96 KiB of headers */
    answer_free(&r);
    free(q);
}

static void a_malformed_request_to_sts_is_answered_in_json(void **state)
{
    const char *const headers[][2] = {{"Host", CLIENT_STS_HOST}, {NULL, NULL}};
    struct answer r = send_head(*state, "GET", "/%zz", headers, 1);
    assert_int_equal(r.status, 200);
    assert_string_equal(sts_code(&r), "InvalidParameter");
    answer_free(&r);
}

static void blanks_around_values_are_no_part_of_them(void **state)
{
    const char *const headers[][2] = {{"Host", " \t" CLIENT_HOST " "},
                                      {"Range", "\tbytes=0-1 "}};
    struct answer r = send_head(*state, "GET", "/k", headers, 2);
    struct cosmock_entry *e = last_entry(*state);
    assert_string_equal(e->host, CLIENT_HOST);
    assert_string_equal(e->range, "bytes=0-1");
    cosmock_entries_free(e);
    answer_free(&r);
}

static void hosts_and_paths_say_what_is_meant(void **state)
{
    static const struct {
        const char *method, *host, *target;
        const char *service, *bucket, *key, *op;
    } cases[] = {
        /* virtual host */
        {"GET", CLIENT_HOST, "/a/b", "cos", CLIENT_BUCKET, "a/b", "GetObject"},
        {"GET", CLIENT_HOST ":8080", "/a", "cos", CLIENT_BUCKET, "a", "GetObject"},
        {"GET", "ExampleBucket-1250000000.COS.ap-beijing.myqcloud.com", "/a", "cos",
         CLIENT_BUCKET, "a", "GetObject"},
        {"GET", CLIENT_BUCKET ".cos.ap-beijing.tencentcos.cn", "/a", "cos", CLIENT_BUCKET, "a",
         "GetObject"},
        {"GET", CLIENT_BUCKET ".cos-internal.ap-beijing.tencentcos.cn", "/a", "cos",
         CLIENT_BUCKET, "a", "GetObject"},
        {"GET", CLIENT_BUCKET ".cos.accelerate.myqcloud.com", "/a", "cos", CLIENT_BUCKET, "a",
         "GetObject"},
        {"GET", CLIENT_BUCKET ".cn-north.myqcloud.com", "/a", "cos", CLIENT_BUCKET, "a",
         "GetObject"},
        {"GET", CLIENT_BUCKET ".cos.mock.test", "/a", "cos", CLIENT_BUCKET, "a", "GetObject"},
        {"GET", CLIENT_BUCKET ".cos.mock.test:1234", "/", "cos", CLIENT_BUCKET, "",
         "GetBucket"},
        {"GET", "nobody-1250000000.cos.mock.test", "/a", "cos", "nobody-1250000000", "a",
         "GetObject"},
        {"GET", CLIENT_BUCKET ".localhost", "/a", "cos", CLIENT_BUCKET, "a", "GetObject"},
        {"HEAD", CLIENT_HOST, "/", "cos", CLIENT_BUCKET, "", "HeadBucket"},
        {"GET", CLIENT_HOST, "/", "cos", CLIENT_BUCKET, "", "GetBucket"},
        {"POST", CLIENT_HOST, "/k?uploads", "cos", CLIENT_BUCKET, "k",
         "InitiateMultipartUpload"},
        {"PUT", CLIENT_HOST, "/k?partNumber=1&uploadId=x", "cos", CLIENT_BUCKET, "k",
         "UploadPart"},
        /* service */
        {"GET", "service.cos.myqcloud.com", "/", "cos", "", "", "GetService"},
        {"GET", "cos.ap-beijing.myqcloud.com", "/", "cos", "", "", "GetService"},
        {"GET", "cos.mock.test", "/", "cos", "", "", "GetService"},
        /* path style */
        {"GET", "cos.ap-beijing.myqcloud.com", "/" CLIENT_BUCKET "/a/b", "cos", CLIENT_BUCKET,
         "a/b", "GetObject"},
        {"GET", "127.0.0.1:9000", "/" CLIENT_BUCKET "/a", "cos", CLIENT_BUCKET, "a",
         "GetObject"},
        {"GET", "localhost", "/" CLIENT_BUCKET, "cos", CLIENT_BUCKET, "", "GetBucket"},
        {"GET", "[::1]:9000", "/" CLIENT_BUCKET "/", "cos", CLIENT_BUCKET, "", "GetBucket"},
        /* a name nobody gave it, and one that is told: test-host.c */
        {"GET", "cosmock:9000", "/" CLIENT_BUCKET "/a", "cos", "", "", ""},
        {"GET", "127.0.0.1", "/", "cos", "", "", "GetService"},
        /* the key as it is: cos-wire.md s.1.1, s.5.19, s.5.20 */
        {"GET", CLIENT_HOST, "//a", "cos", CLIENT_BUCKET, "/a", "GetObject"},
        {"GET", CLIENT_HOST, "/%2Fpublic/a", "cos", CLIENT_BUCKET, "/public/a", "GetObject"},
        {"GET", CLIENT_HOST, "/a/%2Fb/./c", "cos", CLIENT_BUCKET, "a//b/./c", "GetObject"},
        {"GET", CLIENT_HOST, "/a+b%2B%20c", "cos", CLIENT_BUCKET, "a+b+ c", "GetObject"},
        {"GET", CLIENT_HOST, "/%E4%B8%AD", "cos", CLIENT_BUCKET, "\xe4\xb8\xad", "GetObject"},
        /* absolute form */
        {"GET", CLIENT_HOST, "http://" CLIENT_HOST "/a", "cos", CLIENT_BUCKET, "a",
         "GetObject"},
        {"GET", CLIENT_HOST, "HTTP://" CLIENT_HOST ":80", "cos", CLIENT_BUCKET, "",
         "GetBucket"},
        {"GET", CLIENT_HOST, "http://" CLIENT_HOST "?prefix=x", "cos", CLIENT_BUCKET, "",
         "GetBucket"},
        {"GET", CLIENT_HOST, "https://" CLIENT_HOST "/a", "cos", CLIENT_BUCKET, "a",
         "GetObject"},
        /* STS */
        {"POST", "sts.tencentcloudapi.com", "/", "sts", "", "", ""},
        {"POST", "sts.ap-guangzhou.tencentcloudapi.com:443", "/", "sts", "", "", ""},
        {"POST", "sts.internal.tencentcloudapi.com", "/", "sts", "", "", ""},
        {"GET", "127.0.0.1:9445", "/?Action=GetCallerIdentity&SecretId=x", "sts", "", "",
         "GetCallerIdentity"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const char *const headers[][2] = {{"Host", cases[i].host}};
        struct answer r = send_head(*state, cases[i].method, cases[i].target, headers, 1);
        struct cosmock_entry *e = last_entry(*state);
        if (strcmp(e->service, cases[i].service) != 0 ||
            strcmp(e->bucket, cases[i].bucket) != 0 || strcmp(e->key, cases[i].key) != 0 ||
            strcmp(e->op, cases[i].op) != 0) {
            fail_msg("%s %s %s: %s '%s' '%s' %s (%s)", cases[i].method, cases[i].host,
                     cases[i].target, e->service, e->bucket, e->key, e->op, e->code);
        }
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

static void the_cloud_api_is_known_on_a_loopback_host(void **state)
{
    static const struct {
        const char *name;
        const char *headers[3][2];
        const char *service;
    } cases[] = {
        {"X-TC-Action", {{"Host", "127.0.0.1:1"}, {"X-TC-Action", "GetCallerIdentity"}}, "sts"},
        {"TC3", {{"Host", "localhost"}, {"Authorization", "TC3-HMAC-SHA256 x"}}, "sts"},
        {"a form",
         {{"Host", "127.0.0.1:1"},
          {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
         "sts"},
        {"a bucket's host",
         {{"Host", CLIENT_HOST}, {"X-TC-Action", "GetCallerIdentity"}},
         "cos"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer r = send_head(*state, "POST", "/", cases[i].headers, 3);
        struct cosmock_entry *e = last_entry(*state);
        if (strcmp(e->service, cases[i].service) != 0) {
            fail_msg("%s: %s", cases[i].name, e->service);
        }
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

static struct answer send_signed(struct client *c, const char *method, const char *host,
                                 const char *target, const char *path)
{
    static struct question q;
    q = (struct question){.method = method, .target = target};
    authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, host, path});
    return client_send(c, &q);
}

static void what_does_not_exist_is_said_after_the_signature(void **state)
{
    static char long_key[900];
    static const struct {
        const char *name, *method, *host, *target;
        int status;
        const char *code;
    } cases[] = {
        {"no such bucket", "GET", "nobody-1250000000.cos.ap-beijing.myqcloud.com", "/k", 404,
         "NoSuchBucket"},
        /* cos-wire.md s.5.22 (zfile#200): visible on its own region's host only */
        {"the bucket of another region", "GET", CLIENT_BUCKET ".cos.ap-guangzhou.myqcloud.com",
         "/k", 404, "NoSuchBucket"},
        {"the same in path style", "GET", "cos.ap-guangzhou.myqcloud.com",
         "/" CLIENT_BUCKET "/k", 404, "NoSuchBucket"},
        {"no such operation", "PATCH", CLIENT_HOST, "/k", 405, "MethodNotAllowed"},
        /* coscli#35 */
        {"a write to the website", "PUT", CLIENT_BUCKET ".cos-website.ap-beijing.myqcloud.com",
         "/k", 405, "MethodNotAllowed"},
        {"a key of 851 bytes", "DELETE", CLIENT_HOST, long_key, 400, "KeyTooLong"},
    };
    memset(long_key, 'k', 852);
    long_key[0] = '/';
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer r = send_signed(*state, cases[i].method, cases[i].host, cases[i].target,
                                      cases[i].target);
        if (r.status != cases[i].status || strcmp(xml_code(&r), cases[i].code) != 0) {
            fail_msg("%s: %d %s", cases[i].name, r.status, r.body);
        }
        answer_free(&r);
        r = send_signed(*state, cases[i].method, cases[i].host, cases[i].target, "/other");
        assert_string_equal(xml_code(&r), "SignatureDoesNotMatch");
        answer_free(&r);
    }
}

#define OTHER_HOST "other-1250000000.cos.ap-beijing.myqcloud.com"

/* RFC 9112 s.3.2 and s.3.2.2, RFC 9110 s.4.2.3 (default ports, case). */
static void the_target_s_authority_is_the_host(void **state)
{
    static const struct {
        const char *target, *host;
        bool is_refused;
    } cases[] = {
        {"http://" CLIENT_HOST "/k", CLIENT_HOST, false},
        {"http://" CLIENT_HOST ":80/k", CLIENT_HOST, false},
        {"http://" CLIENT_HOST "/k", CLIENT_HOST ":80", false},
        {"http://" CLIENT_HOST ":/k", CLIENT_HOST, false},
        {"https://" CLIENT_HOST "/k", CLIENT_HOST ":443", false},
        {"http://" CLIENT_HOST ":8080/k", CLIENT_HOST ":8080", false},
        {"http://EXAMPLEBUCKET-1250000000.cos.ap-beijing.MYQCLOUD.com/k", CLIENT_HOST, false},
        {"http://" CLIENT_HOST "/k", NULL, false},
        {"http://" CLIENT_HOST "/k", OTHER_HOST, true},
        {"http://" OTHER_HOST "/k", CLIENT_HOST, true},
        {"http://" CLIENT_HOST ":8080/k", CLIENT_HOST, true},
        {"http://" CLIENT_HOST "/k", CLIENT_HOST ":443", true},
        {"https://" CLIENT_HOST "/k", CLIENT_HOST ":80", true},
        {"http://" CLIENT_HOST "/k", "", true},
        {"http://" CLIENT_HOST "/k", CLIENT_HOST ".", true},
        {"http://[::1]/" CLIENT_BUCKET "/k", "[::1]:80", false},
        {"http://[::1]/" CLIENT_BUCKET "/k", "[::2]", true},
    };

    client_switch(*state, "enforcement", "off");
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const char *const headers[][2] = {{"Host", cases[i].host}};
        struct answer r =
            send_head(*state, "GET", cases[i].target, headers, cases[i].host != NULL);
        if (r.status != (cases[i].is_refused ? 400 : 404)) {
            fail_msg("%s, Host %s: %d %s", cases[i].target, cases[i].host, r.status, r.body);
        }
        answer_free(&r);
    }
}

/* Signed for one bucket, sent to another: the trial's DELETE (facts of 2026-11-26). */
static void a_signature_for_one_host_does_not_act_on_another(void **state)
{
    struct client *c = *state;
    static struct question q;

    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "a", "x", 1, NULL),
                     COSMOCK_OK);
    q = (struct question){.method = "DELETE", .target = "http://" CLIENT_HOST "/a"};
    authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, OTHER_HOST, "/a"});
    struct answer r = client_send(c, &q);
    assert_int_equal(r.status, 400);
    assert_string_equal(xml_code(&r), "InvalidRequest");
    answer_free(&r);
    assert_int_equal(cosmock_object_count(c->tenant, CLIENT_BUCKET), 1);
}

static void path_style_can_be_refused(void **state)
{
    client_switch(*state, "path-style", "refuse");
    struct answer r = send_signed(*state, "GET", "cos.ap-beijing.myqcloud.com",
                                  "/" CLIENT_BUCKET "/k", "/" CLIENT_BUCKET "/k");
    assert_int_equal(r.status, 403);
    assert_string_equal(xml_code(&r), "PathStyleDomainForbidden");
    answer_free(&r);
    r = send_signed(*state, "GET", CLIENT_HOST, "/k", "/k");
    assert_string_equal(xml_code(&r), "NoSuchKey");
    answer_free(&r);
}

/* MK-27: names are unique in a mock, and each leads to its own tenant. */
static void a_request_finds_its_tenant_by_bucket_or_by_key(void **state)
{
    struct client *c = *state;
    struct client other = {.mock = c->mock};
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text =
        "accounts:\n  - uin: \"200000000001\"\n    appid: \"1260000000\"\n"
        "    keys:\n      - {secret_id: \"AKIDother\", secret_key: \"other\"}\n"
        "buckets:\n  - {name: other-1260000000, region: ap-beijing}\n";
    assert_int_equal(cosmock_tenant_new(c->mock, &other.tenant, &options, NULL), COSMOCK_OK);
    client_freeze(&other, CLIENT_NOW_S);
#define REGION "cos.ap-beijing.myqcloud.com"
    static const struct {
        const char *name, *host, *target, *id;
        bool is_other;
        const char *reason;
    } cases[] = {
        {"its bucket", "other-1260000000.cos.ap-beijing.myqcloud.com", "/", "AKIDother", true,
         "ok"},
        {"its key alone", "service.cos.myqcloud.com", "/", "AKIDother", true, "ok"},
        {"its bucket, a foreign key", "other-1260000000.cos.ap-beijing.myqcloud.com", "/",
         CLIENT_ID, true, "unknown-key"},
        {"a foreign bucket, its key", CLIENT_HOST, "/", "AKIDother", false, "unknown-key"},
        {"its bucket in the path", REGION, "/other-1260000000/k", "AKIDother", true, "ok"},
        {"its bucket in the path, a foreign key", REGION, "/other-1260000000/k", CLIENT_ID,
         true, "unknown-key"},
        {"a foreign bucket in the path, its key", REGION, "/" CLIENT_BUCKET "/k", "AKIDother",
         false, "unknown-key"},
        {"neither", "service.cos.myqcloud.com", "/", "AKIDnobody", false, "unknown-key"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        static struct question q;
        struct client *in = cases[i].is_other ? &other : c;
        uint64_t before = cosmock_journal_last_seq(in->tenant);
        q = (struct question){.method = "GET", .target = cases[i].target};
        const char *secret = strcmp(cases[i].id, CLIENT_ID) == 0 ? CLIENT_SECRET : "other";
        authorize_as(&q,
                     &(struct signing){cases[i].id, secret, cases[i].host, cases[i].target});
        struct answer r = client_send(c, &q);
        if (cosmock_journal_last_seq(in->tenant) != before + 1) {
            fail_msg("%s: not in the tenant's journal", cases[i].name);
        }
        struct cosmock_entry *e = last_entry(in);
        assert_string_equal(e->authn, cases[i].reason);
        cosmock_entries_free(e);
        answer_free(&r);
    }
    other.tenant = cosmock_tenant_free(other.tenant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(malformed_requests_are_refused_and_journalled),
        CLIENT_TEST(a_malformed_request_to_sts_is_answered_in_json),
        CLIENT_TEST(blanks_around_values_are_no_part_of_them),
        CLIENT_TEST(hosts_and_paths_say_what_is_meant),
        CLIENT_TEST(the_cloud_api_is_known_on_a_loopback_host),
        CLIENT_TEST(what_does_not_exist_is_said_after_the_signature),
        CLIENT_TEST(the_target_s_authority_is_the_host),
        CLIENT_TEST(a_signature_for_one_host_does_not_act_on_another),
        CLIENT_TEST(path_style_can_be_refused),
        CLIENT_TEST(a_request_finds_its_tenant_by_bucket_or_by_key),
    };
    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
