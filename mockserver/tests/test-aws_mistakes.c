/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients do wrong in the signatures of S3, one row a mistake: the text that such a client
 * signs is written out here, and signed with plain HMACs. The journal names the mistake, shows
 * both texts and where they first differ, and shows no secret.
 */
#include "aws_trial.h"

#include "cosbase/base.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ID "AKIDEXAMPLE0000000000000000000000001"
#define SECRET "mockSecretKey0000000000000000001"
#define TOKEN "exampleToken+with/every=base64//+sign=="
#define HOST "b-1250000000.cos.ap-beijing.myqcloud.com"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define NOW 1369353600 /* 20130524T000000Z */
#define NAMES "content-type;host;x-amz-content-sha256;x-amz-date"

/* GET /a//b%20c?list-type=2&prefix=d%20e&acl, by virtual host */
#define PATH "/a//b%20c"
#define QUERY "acl=&list-type=2&prefix=d%20e"
#define HEADERS_OF(type, host, hash)                                   \
    "content-type:" type "\nhost:" host "\nx-amz-content-sha256:" hash \
    "\nx-amz-date:20130524T000000Z\n"
#define HEADERS HEADERS_OF("text/plain", HOST, EMPTY)
#define REQUEST(method, path, query, headers, payload) \
    method "\n" path "\n" query "\n" headers "\n" NAMES "\n" payload

static const struct {
    const char *name, *request, *secret, *day, *region;
    const char *cause;
    const char *says;
} v4_rows[] = {
    {"nothing", REQUEST("GET", PATH, QUERY, HEADERS, EMPTY), "AWS4" SECRET, NULL, NULL, "", ""},
    {"a wrong secret", REQUEST("GET", PATH, QUERY, HEADERS, EMPTY), "AWS4nonsense", NULL, NULL,
     "", "no known mistake makes this signature"},
    {"a secret with a newline", REQUEST("GET", PATH, QUERY, HEADERS, EMPTY), "AWS4" SECRET "\n",
     NULL, NULL, "secret-newline", "a newline at its end"},
    {"no AWS4", REQUEST("GET", PATH, QUERY, HEADERS, EMPTY), SECRET, NULL, NULL,
     "no-aws4-prefix", "without AWS4"},
    {"another region in the key", REQUEST("GET", PATH, QUERY, HEADERS, EMPTY), "AWS4" SECRET,
     NULL, "us-east-1", "key-region", "derived for the region 'us-east-1'"},
    {"yesterday's key", REQUEST("GET", PATH, QUERY, HEADERS, EMPTY), "AWS4" SECRET, "20130523",
     NULL, "key-day", "derived for the day 20130523"},
    {"another method", REQUEST("HEAD", PATH, QUERY, HEADERS, EMPTY), "AWS4" SECRET, NULL, NULL,
     "method", "the signature is of a HEAD request, and a GET was sent"},
    {"a path encoded twice", REQUEST("GET", "/a//b%2520c", QUERY, HEADERS, EMPTY),
     "AWS4" SECRET, NULL, NULL, "path-encoded-twice", "encoded twice"},
    {"a path not encoded", REQUEST("GET", "/a//b c", QUERY, HEADERS, EMPTY), "AWS4" SECRET,
     NULL, NULL, "path-not-encoded", "not percent-encoded"},
    {"a path normalised", REQUEST("GET", "/a/b%20c", QUERY, HEADERS, EMPTY), "AWS4" SECRET,
     NULL, NULL, "path-normalised", "double slashes"},
    {"a path with the bucket", REQUEST("GET", "/b-1250000000" PATH, QUERY, HEADERS, EMPTY),
     "AWS4" SECRET, NULL, NULL, "path-with-bucket", "the host names already"},
    {"a query not sorted",
     REQUEST("GET", PATH, "list-type=2&prefix=d%20e&acl=", HEADERS, EMPTY), "AWS4" SECRET, NULL,
     NULL, "query-as-sent", "neither sorted"},
    {"a bare name", REQUEST("GET", PATH, "acl&list-type=2&prefix=d%20e", HEADERS, EMPTY),
     "AWS4" SECRET, NULL, NULL, "query-bare-name", "without its '='"},
    {"no query", REQUEST("GET", PATH, "", HEADERS, EMPTY), "AWS4" SECRET, NULL, NULL,
     "query-not-signed", "was not signed"},
    {"a parameter more", REQUEST("GET", PATH, "acl=&list-type=2", HEADERS, EMPTY),
     "AWS4" SECRET, NULL, NULL, "query-changed", "parameter prefix was added"},
    {"a host with a port",
     REQUEST("GET", PATH, QUERY, HEADERS_OF("text/plain", HOST ":80", EMPTY), EMPTY),
     "AWS4" SECRET, NULL, NULL, "host-port", HOST ":80"},
    {"a header changed",
     REQUEST("GET", PATH, QUERY, HEADERS_OF("binary/octet-stream", HOST, EMPTY), EMPTY),
     "AWS4" SECRET, NULL, NULL, "header-changed", "signed was 'binary/octet-stream'"},
    {"the payload unsigned", REQUEST("GET", PATH, QUERY, HEADERS, "UNSIGNED-PAYLOAD"),
     "AWS4" SECRET, NULL, NULL, "payload-unsigned", "x-amz-content-sha256 does not say so"},
    {"no payload", REQUEST("GET", PATH, QUERY, HEADERS, ""), "AWS4" SECRET, NULL, NULL,
     "payload-missing", "no payload hash"},
    {"two at once",
     REQUEST("GET", "/a//b%2520c", QUERY, HEADERS_OF("text/plain", HOST ":443", EMPTY), EMPTY),
     "AWS4" SECRET, NULL, NULL, "path-encoded-twice+host-port", "and host was signed"},
};

static void v4_digits(char out[65], const char *request, const char *secret, const char *day,
                      const char *region)
{
    uint8_t key[COS_SHA256_BYTES];
    char hash[65];
    char string[400];
    cos_hmac_sha256(key, secret, strlen(secret), day, strlen(day));
    cos_hmac_sha256(key, key, sizeof(key), region, strlen(region));
    cos_hmac_sha256(key, key, sizeof(key), "s3", 2);
    cos_hmac_sha256(key, key, sizeof(key), "aws4_request", 12);
    cos_sha256_hex(hash, request, strlen(request));
    int n = snprintf(string, sizeof(string),
                     "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/ap-beijing/s3/"
                     "aws4_request\n%s",
                     hash);
    cos_hmac_sha256(key, key, sizeof(key), string, (size_t)n);
    cos_hex_encode(out, key, sizeof(key));
}

static void start(struct aws_trial *t, const char *target)
{
    memset(t, 0, sizeof(*t));
    (void)snprintf(t->method, sizeof(t->method), "GET");
    (void)snprintf(t->target, sizeof(t->target), "%s", target);
    (void)snprintf(t->bucket, sizeof(t->bucket), "b-1250000000");
    (void)snprintf(t->secret_id, sizeof(t->secret_id), ID);
    (void)snprintf(t->secret_key, sizeof(t->secret_key), SECRET);
    t->at_unix_s = NOW;
    aws_trial_add(t, "Host", HOST);
    aws_trial_add(t, "Content-Type", "text/plain");
}

static void check(const char *name, const struct aws_verdict *r, const char *cause,
                  const char *says)
{
    bool is_right = cause[0] == '\0' && says[0] == '\0';
    if (strcmp(r->reason, is_right ? "ok" : "signature-differs") != 0 ||
        strcmp(r->cause, cause) != 0 || strstr(r->detail, says) == NULL) {
        fail_msg("%s: %s '%s': %s\n%s\n%s", name, r->reason, r->cause, r->detail, r->canonical,
                 r->signed_canonical);
    }
}

static void a_mistake_in_version_4_is_named(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(v4_rows); i++) {
        static struct aws_trial t;
        char signature[65];
        char authorization[500];
        start(&t, PATH "?list-type=2&prefix=d%20e&acl");
        aws_trial_add(&t, "x-amz-date", "20130524T000000Z");
        aws_trial_add(&t, "x-amz-content-sha256", EMPTY);
        v4_digits(signature, v4_rows[i].request, v4_rows[i].secret,
                  v4_rows[i].day == NULL ? "20130524" : v4_rows[i].day,
                  v4_rows[i].region == NULL ? "ap-beijing" : v4_rows[i].region);
        (void)snprintf(authorization, sizeof(authorization),
                       "AWS4-HMAC-SHA256 Credential=" ID
                       "/20130524/ap-beijing/s3/aws4_request, SignedHeaders=" NAMES
                       ", Signature=%s",
                       signature);
        aws_trial_add(&t, "Authorization", authorization);
        check(v4_rows[i].name, aws_trial_ask(&t), v4_rows[i].cause, v4_rows[i].says);
    }
}

static void both_requests_are_shown_and_where_they_differ(void **state)
{
    static struct aws_trial t;
    char signature[65];
    char authorization[500];
    start(&t, PATH "?list-type=2&prefix=d%20e&acl");
    aws_trial_add(&t, "x-amz-date", "20130524T000000Z");
    aws_trial_add(&t, "x-amz-content-sha256", EMPTY);
    v4_digits(signature, REQUEST("GET", "/a/b%20c", QUERY, HEADERS, EMPTY), "AWS4" SECRET,
              "20130524", "ap-beijing");
    (void)snprintf(authorization, sizeof(authorization),
                   "AWS4-HMAC-SHA256 Credential=" ID
                   "/20130524/ap-beijing/s3/aws4_request, SignedHeaders=" NAMES
                   ", Signature=%s",
                   signature);
    aws_trial_add(&t, "Authorization", authorization);
    const struct aws_verdict *r = aws_trial_ask(&t);
    assert_string_equal(r->canonical, REQUEST("GET", PATH, QUERY, HEADERS, EMPTY));
    assert_string_equal(r->signed_canonical, REQUEST("GET", "/a/b%20c", QUERY, HEADERS, EMPTY));
    assert_non_null(strstr(r->detail, "differs from byte 3 of line 2 on: '/a//b%20c' here, "
                                      "signed was '/a/b%20c'"));
}

/* --- version 2 --- */

#define DATE "Fri, 24 May 2013 00:00:00 GMT"
#define AMZ "x-amz-security-token:" TOKEN "\n"
#define V2(method, type, date, amz, resource) method "\n\n" type "\n" date "\n" amz resource

static const struct {
    const char *name, *string, *secret, *cause, *says;
} v2_rows[] = {
    {"nothing", V2("GET", "text/plain", DATE, AMZ, "/b-1250000000/a%20b?acl"), SECRET, "", ""},
    {"a wrong secret", V2("GET", "text/plain", DATE, AMZ, "/b-1250000000/a%20b?acl"), "x", "",
     "no known mistake makes this signature"},
    {"a secret with a blank", V2("GET", "text/plain", DATE, AMZ, "/b-1250000000/a%20b?acl"),
     SECRET " ", "secret-blank", "a blank at its end"},
    {"without the bucket", V2("GET", "text/plain", DATE, AMZ, "/a%20b?acl"), SECRET,
     "resource-without-bucket", "without the bucket"},
    {"without the sub-resource", V2("GET", "text/plain", DATE, AMZ, "/b-1250000000/a%20b"),
     SECRET, "sub-resource-not-signed", "the sub-resource was not signed"},
    {"the whole query", V2("GET", "text/plain", DATE, AMZ, "/b-1250000000/a%20b?prefix=c&acl"),
     SECRET, "query-signed", "the whole query was signed"},
    {"a decoded path", V2("GET", "text/plain", DATE, AMZ, "/b-1250000000/a b?acl"), SECRET,
     "path-not-encoded", "signed decoded"},
    {"another method", V2("PUT", "text/plain", DATE, AMZ, "/b-1250000000/a%20b?acl"), SECRET,
     "method", "of a PUT request"},
    {"without the type", V2("GET", "", DATE, AMZ, "/b-1250000000/a%20b?acl"), SECRET,
     "header-changed", "Content-Type was added"},
    {"without the token", V2("GET", "text/plain", DATE, "", "/b-1250000000/a%20b?acl"), SECRET,
     "amz-headers-not-signed", "x-amz-* headers were not signed"},
    {"without the date", V2("GET", "text/plain", "", AMZ, "/b-1250000000/a%20b?acl"), SECRET,
     "date-line", "signed empty"},
};

static void a_mistake_in_version_2_is_named(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(v2_rows); i++) {
        static struct aws_trial t;
        uint8_t mac[COS_SHA1_BYTES];
        char base64[COS_BASE64_BYTES(COS_SHA1_BYTES)];
        char authorization[200];
        start(&t, "/a%20b?prefix=c&acl");
        (void)snprintf(t.token, sizeof(t.token), TOKEN);
        aws_trial_add(&t, "Date", DATE);
        aws_trial_add(&t, "x-amz-security-token", TOKEN);
        cos_hmac_sha1(mac, v2_rows[i].secret, strlen(v2_rows[i].secret), v2_rows[i].string,
                      strlen(v2_rows[i].string));
        cos_base64_encode(base64, mac, sizeof(mac));
        (void)snprintf(authorization, sizeof(authorization), "AWS " ID ":%s", base64);
        aws_trial_add(&t, "Authorization", authorization);
        const struct aws_verdict *r = aws_trial_ask(&t);
        check(v2_rows[i].name, r, v2_rows[i].cause, v2_rows[i].says);
        assert_null(strstr(r->detail, TOKEN));
        assert_null(strstr(r->canonical, TOKEN));
        assert_null(strstr(r->string_to_sign, TOKEN));
        assert_null(strstr(r->signed_canonical, TOKEN));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mistake_in_version_4_is_named),
        cmocka_unit_test(both_requests_are_shown_and_where_they_differ),
        cmocka_unit_test(a_mistake_in_version_2_is_named),
    };
    int r = cmocka_run_group_tests(tests, NULL, NULL);
    aws_trial_end();
    return r;
}
