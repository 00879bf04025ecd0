/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures of S3 clients before authn alone. Vectors: fixtures/vectors/aws (what AWS
 * publishes, and what eight clients sent; SOURCE stands beside them). What is malformed, late
 * or not signed is a row of a table: codes and sentences are AWS's, as cos-s3.md s.3 has them
 * where COS was seen.
 */
#include "aws_trial.h"
#include "exchange/aws.h"
#include "vectors.h"

#include "cosbase/base.h"
#include "cosbase/codec.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct cos_json *published, *clients;

static const struct cos_json *vector_named(const char *name)
{
    const struct cos_json *v = cos_json_first(published);
    while (v != NULL && strcmp(field(v, "name"), name) != 0) {
        v = cos_json_next(v);
    }
    assert_non_null(v);
    return v;
}

static size_t hold_all(const struct cos_json *vectors)
{
    size_t n = 0;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL;
         v = cos_json_next(v), n++) {
        static struct aws_trial t;
        aws_trial_read(&t, v);
        const struct aws_verdict *r = aws_trial_ask(&t);
        if (strcmp(r->reason, "ok") != 0) {
            fail_msg("%s: %s %s: %s\n%s\n%s", field(v, "name"), r->code, r->reason, r->detail,
                     r->string_to_sign, r->canonical);
        }
    }
    return n;
}

static void every_published_signature_holds(void **state)
{
    assert_int_equal(hold_all(published), 14);
}

static void every_clients_signature_holds(void **state)
{
    assert_int_equal(hold_all(clients), 139);
}

/* AWS, sigv4-streaming.html: the example's derived key signs the first chunk over the seed. */
static void the_seed_and_its_key_are_left_for_the_chunks(void **state)
{
    static struct aws_trial t;
    aws_trial_read(&t, vector_named("v4: seed of a PUT in chunks"));
    const struct aws_verdict *r = aws_trial_ask(&t);
    assert_int_equal(r->payload, AWS_PAYLOAD_CHUNKS);
    assert_string_equal(r->scope, "20130524/us-east-1/s3/aws4_request");
    assert_string_equal(r->date, "20130524T000000Z");
    assert_string_equal(r->seed_signature,
                        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    /* its chunk of 65536 bytes 'a', with the string to sign the page shows */
    static const char first[] =
        "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
        "bf718b6f653bebc184e1479f1935b8da974d701b893afcf49e701f3e2f9f9c5a";
    uint8_t mac[COS_SHA256_BYTES];
    char hex[65];
    cos_hmac_sha256(mac, r->signing_key, COS_SHA256_BYTES, first, sizeof(first) - 1);
    cos_hex_encode(hex, mac, sizeof(mac));
    assert_string_equal(hex,
                        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
}

static void nothing_is_left_of_a_signature_that_does_not_hold(void **state)
{
    static const uint8_t zero[COS_SHA256_BYTES];
    static struct aws_trial t;
    aws_trial_read(&t, vector_named("v4: seed of a PUT in chunks"));
    (void)snprintf(t.method, sizeof(t.method), "POST");
    const struct aws_verdict *r = aws_trial_ask(&t);
    assert_string_equal(r->code, "SignatureDoesNotMatch");
    assert_string_equal(r->seed_signature, "");
    assert_memory_equal(r->signing_key, zero, sizeof(zero));
}

/* --- malformed --- */

#define GET "v4: GET of an object with a range"
#define ID "AKIAIOSFODNN7EXAMPLE"
#define SCOPE "/20130524/us-east-1/s3/aws4_request"
#define NAMES "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date"
#define HEX "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
#define V4 "AWS4-HMAC-SHA256 "

static const struct {
    const char *name, *authorization;
    int status; /* 0: it holds */
    const char *code, *reason, *detail;
} headers[] = {
    {"blanks behind commas", V4 "Credential=" ID SCOPE ", " NAMES ", Signature=" HEX, 0, "",
     "ok", ""},
    {"another order", V4 "Signature=" HEX "," NAMES ",Credential=" ID SCOPE, 0, "", "ok", ""},
    {"no field", "AWS4-HMAC-SHA256", 400, "AuthorizationHeaderMalformed", "malformed",
     "each once"},
    {"no Signature", V4 "Credential=" ID SCOPE "," NAMES, 400, "AuthorizationHeaderMalformed",
     "malformed", "each once"},
    {"Signature twice", V4 "Credential=" ID SCOPE "," NAMES ",Signature=" HEX ",Signature=" HEX,
     400, "AuthorizationHeaderMalformed", "malformed", "each once"},
    {"a field too many", V4 "Credential=" ID SCOPE "," NAMES ",Signature=" HEX ",X=1", 400,
     "AuthorizationHeaderMalformed", "malformed", "each once"},
    {"SigV4A", "AWS4-ECDSA-P256-SHA256 Credential=" ID SCOPE "," NAMES ",Signature=" HEX, 400,
     "AuthorizationHeaderMalformed", "malformed", "Signature Version 4A"},
    {"another digest", "AWS4-HMAC-SHA1 Credential=" ID SCOPE "," NAMES ",Signature=" HEX, 400,
     "AuthorizationHeaderMalformed", "malformed", "the algorithm is not AWS4-HMAC-SHA256"},
    {"S3 Express",
     V4 "Credential=" ID "/20130524/us-east-1/s3express/aws4_request," NAMES ",Signature=" HEX,
     400, "AuthorizationHeaderMalformed", "malformed", "S3 Express"},
    {"another service",
     V4 "Credential=" ID "/20130524/us-east-1/sts/aws4_request," NAMES ",Signature=" HEX, 400,
     "AuthorizationHeaderMalformed", "malformed", "is not s3"},
    {"no region", V4 "Credential=" ID "/20130524//s3/aws4_request," NAMES ",Signature=" HEX,
     400, "AuthorizationHeaderMalformed", "malformed", "any will do"},
    {"another end",
     V4 "Credential=" ID "/20130524/us-east-1/s3/aws5_request," NAMES ",Signature=" HEX, 400,
     "AuthorizationHeaderMalformed", "malformed", "aws4_request"},
    {"five parts and one", V4 "Credential=a/" ID SCOPE "," NAMES ",Signature=" HEX, 400,
     "AuthorizationHeaderMalformed", "malformed", "aws4_request"},
    {"no id", V4 "Credential=" SCOPE "," NAMES ",Signature=" HEX, 400,
     "AuthorizationHeaderMalformed", "malformed", "aws4_request"},
    {"another day",
     V4 "Credential=" ID "/20130523/us-east-1/s3/aws4_request," NAMES ",Signature=" HEX, 400,
     "AuthorizationHeaderMalformed", "malformed", "is not that of X-Amz-Date"},
    {"nothing signed", V4 "Credential=" ID SCOPE ",SignedHeaders=,Signature=" HEX, 400,
     "AuthorizationHeaderMalformed", "malformed", "one to 128 names"},
    {"without host",
     V4 "Credential=" ID SCOPE
        ",SignedHeaders=range;x-amz-content-sha256;x-amz-date,Signature=" HEX,
     403, "AccessDenied", "unsigned-header", "lacks host"},
    {"without a header of S3",
     V4 "Credential=" ID SCOPE ",SignedHeaders=host;x-amz-content-sha256,Signature=" HEX, 403,
     "AccessDenied", "unsigned-header", "lacks x-amz-date"},
    {"an id with a blank", V4 "Credential=" ID " " SCOPE "," NAMES ",Signature=" HEX, 403,
     "InvalidAccessKeyId", "unknown-key", "is no secret id"},
    {"an unknown id", V4 "Credential=AKIDnobody" SCOPE "," NAMES ",Signature=" HEX, 403,
     "InvalidAccessKeyId", "unknown-key", "AKIDnobody"},
    {"a Signature of another length", V4 "Credential=" ID SCOPE "," NAMES ",Signature=f0", 403,
     "SignatureDoesNotMatch", "signature-differs", ""},
    {"upper-case digits",
     V4 "Credential=" ID SCOPE "," NAMES
        ",Signature=F0E8BDB87C964420E857BD35B5D6ED310BD44F0170ABA48DD91039C6036BDB41",
     403, "SignatureDoesNotMatch", "signature-differs", ""},
    {"a bearer token", "Bearer x", 400, "InvalidArgument", "malformed",
     "Unsupported Authorization Type"},
    {"v2 without a signature", "AWS " ID ":", 400, "InvalidArgument", "malformed",
     "Expected AwsAccessKeyId:signature"},
    {"v2 without an id", "AWS :c2ln", 400, "InvalidArgument", "malformed",
     "Expected AwsAccessKeyId:signature"},
    {"v2 without a colon", "AWS " ID, 400, "InvalidArgument", "malformed",
     "Expected AwsAccessKeyId:signature"},
    {"v2 that is another one", "AWS " ID ":frJIUN8DYpKDtOLCwo//yllqDzg=", 403,
     "SignatureDoesNotMatch", "signature-differs", ""},
    {"nothing", "", 0, "", "anonymous", ""},
};

static void check(const char *name, const struct aws_trial *t, int status, const char *code,
                  const char *reason, const char *detail)
{
    const struct aws_verdict *r = aws_trial_ask(t);
    if (r->status != status || strcmp(r->code, code) != 0 || strcmp(r->reason, reason) != 0 ||
        strstr(r->detail, detail) == NULL) {
        fail_msg("%s: %d %s %s: %s", name, r->status, r->code, r->reason, r->detail);
    }
}

static void an_authorization_is_read_strictly(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(headers); i++) {
        static struct aws_trial t;
        aws_trial_read(&t, vector_named(GET));
        (void)snprintf(aws_trial_header(&t, "Authorization"), AWS_TRIAL_TEXT, "%s",
                       headers[i].authorization);
        check(headers[i].name, &t, headers[i].status, headers[i].code, headers[i].reason,
              headers[i].detail);
    }
}

#define QUERY_SCOPE "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
#define Q_ALGORITHM "X-Amz-Algorithm=AWS4-HMAC-SHA256"
#define Q_CREDENTIAL "&X-Amz-Credential=" ID QUERY_SCOPE
#define Q_DATE "&X-Amz-Date=20130524T000000Z"
#define Q_EXPIRES "&X-Amz-Expires=86400"
#define Q_NAMES "&X-Amz-SignedHeaders=host"
#define Q_SIGNATURE \
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
#define QUERY_FLAW "AuthorizationQueryParametersError"

static const struct {
    const char *name, *query;
    int status;
    const char *code, *reason, *detail;
} queries[] = {
    {"as it is published", Q_ALGORITHM Q_CREDENTIAL Q_DATE Q_EXPIRES Q_NAMES Q_SIGNATURE, 0, "",
     "ok", ""},
    {"in another order", Q_ALGORITHM Q_SIGNATURE Q_NAMES Q_EXPIRES Q_DATE Q_CREDENTIAL, 0, "",
     "ok", ""},
    {"no algorithm", Q_CREDENTIAL Q_DATE Q_EXPIRES Q_NAMES Q_SIGNATURE, 400, QUERY_FLAW,
     "malformed", "each once"},
    {"no end", Q_ALGORITHM Q_CREDENTIAL Q_DATE Q_NAMES Q_SIGNATURE, 400, QUERY_FLAW,
     "malformed", "each once"},
    {"two signatures",
     Q_ALGORITHM Q_CREDENTIAL Q_DATE Q_EXPIRES Q_NAMES Q_SIGNATURE Q_SIGNATURE, 400, QUERY_FLAW,
     "malformed", "each once"},
    {"an end that is none",
     Q_ALGORITHM Q_CREDENTIAL Q_DATE "&X-Amz-Expires=1d" Q_NAMES Q_SIGNATURE, 400, QUERY_FLAW,
     "malformed", "should be a number"},
    {"an end at once", Q_ALGORITHM Q_CREDENTIAL Q_DATE "&X-Amz-Expires=0" Q_NAMES Q_SIGNATURE,
     400, QUERY_FLAW, "malformed", "1 to 604800"},
    {"an end behind a week",
     Q_ALGORITHM Q_CREDENTIAL Q_DATE "&X-Amz-Expires=604801" Q_NAMES Q_SIGNATURE, 400,
     QUERY_FLAW, "malformed", "1 to 604800"},
    {"an end in a week",
     Q_ALGORITHM Q_CREDENTIAL Q_DATE "&X-Amz-Expires=604800" Q_NAMES Q_SIGNATURE, 403,
     "SignatureDoesNotMatch", "signature-differs", ""},
    {"an end before its beginning",
     Q_ALGORITHM Q_CREDENTIAL Q_DATE "&X-Amz-Expires=-5" Q_NAMES Q_SIGNATURE, 400, QUERY_FLAW,
     "malformed", "1 to 604800"},
    {"a date that is none",
     Q_ALGORITHM Q_CREDENTIAL "&X-Amz-Date=20130532T000000Z" Q_EXPIRES Q_NAMES Q_SIGNATURE, 400,
     QUERY_FLAW, "malformed", "yyyyMMdd'T'HHmmss'Z'"},
    {"a date that is cut off",
     Q_ALGORITHM Q_CREDENTIAL "&X-Amz-Date=20130524T00000" Q_EXPIRES Q_NAMES Q_SIGNATURE, 400,
     QUERY_FLAW, "malformed", "yyyyMMdd'T'HHmmss'Z'"},
    {"SigV4A",
     "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256" Q_CREDENTIAL Q_DATE Q_EXPIRES Q_NAMES Q_SIGNATURE,
     400, QUERY_FLAW, "malformed", "Signature Version 4A"},
    {"host not signed",
     Q_ALGORITHM Q_CREDENTIAL Q_DATE Q_EXPIRES "&X-Amz-SignedHeaders=range" Q_SIGNATURE, 403,
     "AccessDenied", "unsigned-header", "lacks host"},
    {"both versions",
     Q_ALGORITHM Q_CREDENTIAL Q_DATE Q_EXPIRES Q_NAMES Q_SIGNATURE "&AWSAccessKeyId=" ID, 403,
     "SignatureDoesNotMatch", "signature-differs", ""},
    {"v2 without an end", "AWSAccessKeyId=" ID "&Signature=c2ln", 403, "AccessDenied",
     "malformed", "each once"},
    {"v2 with an end that is none", "AWSAccessKeyId=" ID "&Signature=c2ln&Expires=2013-05-24",
     403, "AccessDenied", "malformed", "seconds since epoch"},
    {"v2 that ended", "AWSAccessKeyId=" ID "&Signature=c2ln&Expires=1369353599", 403,
     "AccessDenied", "outside-sign-time", "ended at 1369353599, 1 s ago"},
    {"v2 that ends now", "AWSAccessKeyId=" ID "&Signature=c2ln&Expires=1369353600", 403,
     "SignatureDoesNotMatch", "signature-differs", ""},
};

static void a_signed_url_is_read_strictly(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(queries); i++) {
        static struct aws_trial t;
        aws_trial_read(&t, vector_named("v4: presigned GET"));
        (void)snprintf(t.target, sizeof(t.target), "/test.txt?%s", queries[i].query);
        check(queries[i].name, &t, queries[i].status, queries[i].code, queries[i].reason,
              queries[i].detail);
    }
}

static void two_signatures_in_one_request_are_refused(void **state)
{
    static struct aws_trial t;
    aws_trial_read(&t, vector_named(GET));
    (void)snprintf(t.target, sizeof(t.target), "/test.txt?AWSAccessKeyId=" ID);
    check("v4 and v2", &t, 400, "InvalidArgument", "malformed", "Only one auth mechanism");
}

/* --- times --- */

static const struct {
    const char *name, *vector;
    int64_t late_s;
    int status;
    const char *code, *reason, *detail;
} times[] = {
    {"15 minutes late", GET, 900, 0, "", "ok", ""},
    {"later", GET, 901, 403, "RequestTimeTooSkewed", "outside-sign-time", "901 s ago"},
    {"15 minutes early", GET, -900, 0, "", "ok", ""},
    {"earlier", GET, -901, 403, "RequestTimeTooSkewed", "not-yet-valid", "901 s ahead"},
    {"of another zone", GET, -8 * 3600, 403, "RequestTimeTooSkewed", "not-yet-valid",
     "28800 s ahead of the server's clock (a local time that was taken for UTC?)"},
    {"v2, later", "v2: GET of an object", 901, 403, "RequestTimeTooSkewed", "outside-sign-time",
     "901 s ago"},
    {"v2, earlier", "v2: GET of an object", -901, 403, "RequestTimeTooSkewed", "not-yet-valid",
     "901 s ahead"},
    {"the last second of a URL", "v4: presigned GET", 86400, 0, "", "ok", ""},
    {"a URL past its end", "v4: presigned GET", 86401, 403, "AccessDenied", "outside-sign-time",
     "ended at 1369440000, 1 s ago"},
    {"a URL 15 minutes early", "v4: presigned GET", -900, 0, "", "ok", ""},
    {"a URL that is earlier", "v4: presigned GET", -901, 403, "AccessDenied", "not-yet-valid",
     "in 901 s"},
    {"v2, a URL long before its end", "v2: signed URL", -86400 * 365, 0, "", "ok", ""},
};

static void a_request_holds_for_its_time(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(times); i++) {
        static struct aws_trial t;
        aws_trial_read(&t, vector_named(times[i].vector));
        t.at_unix_s += times[i].late_s;
        check(times[i].name, &t, times[i].status, times[i].code, times[i].reason,
              times[i].detail);
    }
}

static const struct {
    const char *name, *date; /* of the header; NULL: it is dropped */
    int status;
    const char *code, *reason;
} dates[] = {
    {"none", NULL, 403, "AccessDenied", "malformed"},
    {"empty", "", 403, "AccessDenied", "malformed"},
    {"no date", "Bad Date", 403, "AccessDenied", "malformed"},
    {"the form of a day", "2013-05-24", 403, "AccessDenied", "malformed"},
    {"the long form", "2013-05-24T00:00:00Z", 403, "AccessDenied", "malformed"},
    {"a day that is none", "20130230T000000Z", 403, "AccessDenied", "malformed"},
    {"of 1950", "Tue, 07 Jul 1950 21:53:04 GMT", 403, "AccessDenied", "malformed"},
    {"of RFC 9110", "Fri, 24 May 2013 00:00:00 GMT", 403, "SignatureDoesNotMatch",
     "signature-differs"},
    {"of AWS's examples", "Fri, 24 May 2013 00:00:00 +0000", 403, "SignatureDoesNotMatch",
     "signature-differs"},
    {"of botocore for a Date of one's own", "Fri, 24 May 2013 00:00:00 -0000", 403,
     "SignatureDoesNotMatch", "signature-differs"},
    {"of another zone", "Fri, 24 May 2013 00:00:00 +0800", 403, "AccessDenied", "malformed"},
};

static void a_date_must_be_one(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(dates); i++) {
        static struct aws_trial t;
        aws_trial_read(&t, vector_named(GET));
        if (dates[i].date == NULL) {
            aws_trial_drop(&t, "x-amz-date");
        } else {
            (void)snprintf(aws_trial_header(&t, "x-amz-date"), AWS_TRIAL_TEXT, "%s",
                           dates[i].date);
        }
        check(dates[i].name, &t, dates[i].status, dates[i].code, dates[i].reason, "");
    }
}

/* --- what version 2 leaves out of a query --- */

#define V2_DATE "Fri, 24 May 2013 00:00:00 GMT"

static void v2_ask(const char *resource, const char *selects, const char *reason)
{
    static struct aws_trial t;
    char string[200];
    char authorization[200];
    uint8_t mac[COS_SHA1_BYTES];
    char base64[COS_BASE64_BYTES(COS_SHA1_BYTES)];
    aws_trial_read(&t, vector_named("v2: GET of an object"));
    (void)snprintf(t.target, sizeof(t.target), "/?domain&prefix=a");
    (void)snprintf(aws_trial_header(&t, "Date"), AWS_TRIAL_TEXT, V2_DATE);
    t.at_unix_s = 1369353600;
    t.selects = selects;
    int n = snprintf(string, sizeof(string), "GET\n\n\n" V2_DATE "\n%s", resource);
    cos_hmac_sha1(mac, t.secret_key, strlen(t.secret_key), string, (size_t)n);
    cos_base64_encode(base64, mac, sizeof(mac));
    (void)snprintf(authorization, sizeof(authorization), "AWS " ID ":%s", base64);
    (void)snprintf(aws_trial_header(&t, "Authorization"), AWS_TRIAL_TEXT, "%s", authorization);
    const struct aws_verdict *r = aws_trial_ask(&t);
    if (strcmp(r->reason, reason) != 0) {
        fail_msg("%s: %s %s", resource, r->reason, r->detail);
    }
}

static void what_selects_an_operation_is_signed_in_version_2(void **state)
{
    v2_ask("/johnsmith/", "domain", "signature-differs");
    v2_ask("/johnsmith/?domain", "domain", "ok");
    v2_ask("/johnsmith/", NULL, "ok");
    v2_ask("/johnsmith/?domain", NULL, "signature-differs");
}

/* --- what the payload is --- */

static const struct {
    const char *text;
    int payload;
    const char *code;
} payloads[] = {
    {NULL, AWS_PAYLOAD_NONE, "InvalidRequest"},
    {"UNSIGNED-PAYLOAD", AWS_PAYLOAD_UNSIGNED, "SignatureDoesNotMatch"},
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", AWS_PAYLOAD_CHUNKS, "SignatureDoesNotMatch"},
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", AWS_PAYLOAD_CHUNKS_TRAILER,
     "SignatureDoesNotMatch"},
    {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", AWS_PAYLOAD_UNSIGNED_CHUNKS,
     "SignatureDoesNotMatch"},
    {"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", AWS_PAYLOAD_HASH,
     "SignatureDoesNotMatch"},
    {"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b07", AWS_PAYLOAD_UNKNOWN,
     "InvalidArgument"},
    {"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", AWS_PAYLOAD_UNKNOWN, "InvalidArgument"},
    {"unsigned-payload", AWS_PAYLOAD_UNKNOWN, "InvalidArgument"},
    {"", AWS_PAYLOAD_UNKNOWN, "InvalidArgument"},
};

static void the_payload_is_one_of_five_or_refused(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(payloads); i++) {
        static struct aws_trial t;
        aws_trial_read(&t, vector_named(GET));
        if (payloads[i].text == NULL) {
            aws_trial_drop(&t, "x-amz-content-sha256");
        } else {
            (void)snprintf(aws_trial_header(&t, "x-amz-content-sha256"), AWS_TRIAL_TEXT, "%s",
                           payloads[i].text);
        }
        const struct aws_verdict *r = aws_trial_ask(&t);
        if (r->payload != payloads[i].payload || strcmp(r->code, payloads[i].code) != 0) {
            fail_msg("'%s': %d %s %s", payloads[i].text, r->payload, r->code, r->detail);
        }
    }
}

int main(int argc, char **argv)
{
    const char *fixtures = argc > 1 ? argv[1] : "fixtures";
    published = vectors_load(fixtures, "aws/published.json");
    clients = vectors_load(fixtures, "aws/clients.json");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_published_signature_holds),
        cmocka_unit_test(every_clients_signature_holds),
        cmocka_unit_test(the_seed_and_its_key_are_left_for_the_chunks),
        cmocka_unit_test(nothing_is_left_of_a_signature_that_does_not_hold),
        cmocka_unit_test(an_authorization_is_read_strictly),
        cmocka_unit_test(a_signed_url_is_read_strictly),
        cmocka_unit_test(two_signatures_in_one_request_are_refused),
        cmocka_unit_test(a_request_holds_for_its_time),
        cmocka_unit_test(a_date_must_be_one),
        cmocka_unit_test(what_selects_an_operation_is_signed_in_version_2),
        cmocka_unit_test(the_payload_is_one_of_five_or_refused),
    };
    bool is_loaded = published != NULL && clients != NULL;
    int r = is_loaded ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    aws_trial_end();
    published = cos_json_free(published);
    clients = cos_json_free(clients);
    return r;
}
