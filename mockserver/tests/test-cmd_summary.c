/* SPDX-License-Identifier: Apache-2.0 */
/* What cosmock exec says at the end of what its command did. */
#include "program.h"

#define CURL "curl -q -s -o /dev/null "
#define HOST "$COSMOCK_BUCKET.cos.$COSMOCK_REGION.myqcloud.com"
#define NO_WORLD                                                                      \
    "          no world has this bucket; --world FILE takes one that has ('cosmock\n" \
    "          world' prints a start)\n"

/* What each script does decides what the whole text must be; the built-in world names bucket,
 * region and account. */
static const struct {
    const char *name, *enforcement, *script, *says;
} summaries[] = {
    {"nothing", "enforce", "true", "cosmock: 0 calls, 0 failed\n"},
    {"probes are no failures", "off",
     CURL "-I http://" HOST "/absent; " CURL "-I http://" HOST "/absent; " CURL
          "-T /etc/hostname http://" HOST "/k",
     "cosmock: 3 calls, 0 failed; 2 HEADs found nothing, which is no failure\n"
     "   calls  failed  operation\n"
     "       2          cos HeadObject\n"
     "       1          cos PutObject\n"},
    {"a bucket that is nowhere", "off",
     CURL "http://nosuch-1250000000.cos.ap-guangzhou.myqcloud.com/; " CURL
          "-I http://nosuch-1250000000.cos.ap-guangzhou.myqcloud.com/k; " CURL
          "-I http://nosuch-1250000000.cos.ap-guangzhou.myqcloud.com/",
     "cosmock: 3 calls, 2 failed: 2 no such bucket; 1 HEAD found nothing, which is no\n"
     "    failure\n"
     "   calls  failed  operation\n"
     "       1       1  cos GetBucket\n"
     "       1          cos HeadBucket\n"
     "       1       1  cos HeadObject\n"
     "failed:\n"
     "      1x  GetBucket 404 NoSuchBucket, no such bucket: nosuch-1250000000\n" NO_WORLD
     "      1x  HeadObject 404 NoSuchBucket, no such bucket: nosuch-1250000000/k\n" NO_WORLD},
    {"not there, not built, without effect", "off",
     CURL "http://" HOST "/absent; " CURL "http://" HOST "/absent2; " CURL "\"http://" HOST
          "/?guetzli\"; " CURL "\"http://" HOST "/?guetzli\"; " CURL
          "-T /etc/hostname -H 'x-cos-process: x' -H 'x-cos-frob: 1' http://" HOST "/k",
     "cosmock: 5 calls, 4 failed: 2 not built, 2 otherwise\n"
     "   calls  failed  operation\n"
     "       2       2  cos GetBucketGuetzli\n"
     "       2       2  cos GetObject\n"
     "       1          cos PutObject\n"
     "failed:\n"
     "      2x  GetObject 404 NoSuchKey: examplebucket-1250000000/absent and others\n"
     "          The specified key does not exist.\n"
     "      2x  GetBucketGuetzli 400 NotImplemented, not built:\n"
     "          examplebucket-1250000000\n"
     "          The operation GetBucketGuetzli is known to this mock but not built.\n"
     "known and without effect here: x-cos-process (1x)\n"
     "not understood: x-cos-frob (1x)\n"},
    {"denied: one row for any number of keys", "enforce",
     "for k in a b a; do " CURL "http://" HOST "/$k; done; " CURL
     "-H 'Authorization: Bearer x' http://" HOST "/a",
     "cosmock: 4 calls, 4 failed: 3 denied, 1 malformed\n"
     "   calls  failed  operation\n"
     "       4       4  cos GetObject\n"
     "failed:\n"
     "      3x  GetObject 403 AccessDenied, denied: examplebucket-1250000000/a and\n"
     "          others\n"
     "          anonymous may not name/cos:GetObject on\n"
     "          qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/a: no\n"
     "          signature and no bucket policy that allows anyone, nor READ to\n"
     "          AllUsers in the bucket acl of examplebucket-1250000000; sign the\n"
     "          request\n"
     "      1x  GetObject 403 AccessDenied, malformed: examplebucket-1250000000/a\n"
     "          is a bearer token; COS reads q-sign-algorithm=sha1&q-ak=...\n"},
    {"faults are somebody's wish", "off",
     "curl -q -s -o /dev/null $COSMOCK_CONTROL/v1/t/$COSMOCK_TENANT/faults -d "
     "'{\"op\":\"GetObject\",\"kind\":\"reply\",\"http_status\":503,\"code\":\"SlowDown\"}';"
     " " CURL "http://" HOST "/k",
     "cosmock: 1 call, 1 failed: 1 by a fault\n"
     "   calls  failed  operation\n"
     "       1       1  cos GetObject\n"
     "failed:\n"
     "      1x  GetObject 503 SlowDown, by a fault: examplebucket-1250000000/k\n"
     "          Reduce your request rate.\n"},
    {"a redirect is an answer", "off",
     "curl -q -s -o /dev/null -X PUT "
     "\"$COSMOCK_CONTROL/v1/t/$COSMOCK_TENANT/cos/$COSMOCK_BUCKET?website\" -d "
     "'<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules>"
     "<RoutingRule><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
     "</Condition><Redirect><ReplaceKeyWith>k</ReplaceKeyWith></Redirect></RoutingRule>"
     "</RoutingRules></WebsiteConfiguration>'; " CURL
     "http://$COSMOCK_BUCKET.cos-website.$COSMOCK_REGION.myqcloud.com/absent",
     "cosmock: 1 call, 0 failed\n"
     "   calls  failed  operation\n"
     "       1          cos GetObject\n"},
    {"tenants that come and go are counted", "off",
     "t=$(curl -q -s $COSMOCK_CONTROL/v1/tenants -d '{\"name\":\"other\"}'); "
     "b=$(echo \"$t\" | sed 's/.*\"bucket\":\"\\([^\"]*\\)\".*/\\1/'); " CURL
     "http://$b.cos.$COSMOCK_REGION.myqcloud.com/; " CURL "http://" HOST
     "/; curl -q -s -o /dev/null -X DELETE $COSMOCK_CONTROL/v1/t/other",
     "cosmock: 2 calls, 1 failed: 1 denied\n"},
};

static struct run run_in(const char *columns, const char *enforcement, const char *script)
{
    char width[32];

    (void)snprintf(width, sizeof(width), "COLUMNS=%s", columns);
    char option[64];
    (void)snprintf(option, sizeof(option), "enforcement=%s", enforcement);
    return run_program("/usr/bin/env",
                       (const char *const[]){"env", width, program, "exec", "--switch", option,
                                             "--", "sh", "-c", script, NULL});
}

static void the_summary_tells_what_the_script_did(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(summaries); i++) {
        struct run r = run_in("80", summaries[i].enforcement, summaries[i].script);
        bool is_whole = strstr(summaries[i].says, "operation") != NULL;
        const char *said = cos_buf_cstr(&r.complaints);

        if (is_whole ? strcmp(said, summaries[i].says) != 0
                     : strncmp(said, summaries[i].says, strlen(summaries[i].says)) != 0) {
            fail_msg("%s: said\n%s", summaries[i].name, said);
        }
        run_free(&r);
    }
}

/* A client that does not trust our CA: OpenSSL's "unknown ca" ends the handshake. */
static void a_failed_handshake_is_in_the_summary(void **state)
{
    struct run r = RUN("exec", "--", "sh", "-c",
                       "curl -q -s -o /dev/null --cacert /dev/null https://" HOST "/; true");

    assert_int_equal(r.status, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "1 call, 1 failed: 1 TLS\n"));
    run_free(&r);
}

/* The 200 of a multi-delete hides refusals: each key counts. The policy comes through the
 * control API, the call is anonymous. */
static void keys_that_a_multi_delete_may_not_delete_are_denied(void **state)
{
    static const char script[] =
        "curl -q -s -o /dev/null -X PUT $COSMOCK_CONTROL/v1/t/$COSMOCK_TENANT/policy -d "
        "'{\"bucket\":\"examplebucket-1250000000\",\"policy\":{\"version\":\"2.0\","
        "\"Principal\":{\"qcs\":[\"qcs::cam::anyone:anyone\"]},\"Statement\":["
        "{\"Effect\":\"allow\",\"Action\":[\"name/cos:DeleteMultipleObjects\"],"
        "\"Resource\":[\"*\"]}]}}'; "
        "d='<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>'; " CURL
        "-X POST -H \"Content-MD5: $(printf %s \"$d\" | openssl md5 -binary | base64)\" "
        "--data-binary \"$d\" \"http://" HOST "/?delete\"";
    struct run r = run_in("80", "enforce", script);

    if (strstr(cos_buf_cstr(&r.complaints), "1 call, 1 failed: 2 denied\n") == NULL ||
        strstr(cos_buf_cstr(&r.complaints),
               "2x  DeleteMultipleObjects 200 AccessDenied, denied") == NULL) {
        fail_msg("%s", cos_buf_cstr(&r.complaints));
    }
    run_free(&r);
}

/* No line is wider than the terminal but for a word that is; what a client sent cannot steer
 * the terminal. */
static void the_summary_fits_and_is_harmless(void **state)
{
    static const char *const widths[] = {"40", "60", "80", "200"};

    for (size_t i = 0; i < COS_ARRAY_LEN(widths); i++) {
        struct run r = run_in(widths[i], "enforce",
                              CURL "-A x \"http://" HOST "/a%1b%5b2Jb\"; " CURL "http://" HOST
                                   "/one; " CURL "\"http://" HOST "/?guetzli\"");
        struct cos_span rest = cos_buf_view(&r.complaints);
        size_t width = (size_t)strtoul(widths[i], NULL, 10);

        assert_int_equal(cos_span_chr(rest, '\033'), SIZE_MAX);
        assert_true(cos_span_starts(rest, COS_SPAN_LIT("cosmock: 3 calls, 3 failed")));
        while (rest.len > 0) {
            struct cos_span line = cos_span_cut(&rest, '\n');
            size_t blanks = 0;

            while (blanks < line.len && line.ptr[blanks] == ' ') {
                blanks++;
            }
            if (line.len > width &&
                cos_span_chr(cos_span_from(line, blanks), ' ') != SIZE_MAX) {
                fail_msg("%s columns: '" COS_SPAN_FMT "'", widths[i], COS_SPAN_ARG(line));
            }
        }
        run_free(&r);
    }
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_tells_what_the_script_did),
        cmocka_unit_test(a_failed_handshake_is_in_the_summary),
        cmocka_unit_test(keys_that_a_multi_delete_may_not_delete_are_denied),
        cmocka_unit_test(the_summary_fits_and_is_harmless),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
