/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of errors against what the documents and captures say: cos-wire.md s.1.5, s.2.0-2.2
 * and s.5 for COS, sts-cam.md s.2.1 for STS.
 */
#include "services/errors.h"

#include "cosbase/base.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *code;
    int status;
    /* NULL: no wording is known */
    const char *message;
} documented[] = {
    {"AccessDenied", 403, "Access Denied."},
    {"BadDigest", 400, NULL},
    {"BucketAlreadyExists", 409, "The requested bucket name is not available."},
    {"BucketAlreadyOwnedByYou", 409, NULL},
    {"BucketNotEmpty", 409, NULL},
    {"EntityTooLarge", 400, NULL},
    {"EntityTooSmall", 400,
     "Your proposed upload is smaller than the minimum allowed object size."},
    {"ExpiredToken", 400, NULL},
    {"IncompleteBody", 400, NULL},
    {"InvalidAccessKeyId", 403, "The Access Key Id you provided does not exist in our records"},
    {"InvalidArgument", 400, NULL},
    {"InvalidBucketName", 400, NULL},
    {"InvalidCopySource", 400, NULL},
    {"InvalidDelimiter", 400, NULL},
    {"InvalidDigest", 400, NULL},
    {"InvalidObjectState", 403, "The operation is not valid for the object storage class."},
    {"InvalidPart", 400, NULL},
    {"InvalidPartOrder", 400, NULL},
    {"InvalidRange", 416, NULL},
    {"InvalidSHA1Digest", 400, NULL},
    {"KeyTooLong", 400, NULL},
    {"MalformedPolicy", 400, NULL},
    {"MalformedXML", 400, NULL},
    {"MethodNotAllowed", 405, "The specified method is not allowed against this resource."},
    {"MissingContentLength", 411, "You must provide the Content-Length HTTP header."},
    {"MissingRequestBodyError", 400, NULL},
    {"NoSuchBucketPolicy", 404, NULL},
    {"NoSuchPolicy", 404, NULL},
    {"NoSuchPolicyVersion", 404, NULL},
    {"NoSuchBucket", 404, "The specified bucket does not exist."},
    {"NoSuchKey", 404, "The specified key does not exist."},
    {"NoSuchUpload", 404, NULL},
    {"NoSuchVersion", 404, NULL},
    {"NotSupportedStorageClass", 400, NULL},
    {"PathConflict", 409, "Path conflict."},
    {"PathStyleDomainForbidden", 403,
     "The bucket you are attempting to access must be addressed using COS virtual-styled "
     "domain."},
    {"PreconditionFailed", 412, "Precondition not match."},
    {"RequestTimeTooSkewed", 403, NULL},
    {"SignatureDoesNotMatch", 403, "The Signature you specified is invalid."},
    {"SSEContentNotSupported", 400, NULL},
    {"TooManyBuckets", 400, NULL},
};

static void cos_errors_are_as_documented(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(documented); i++) {
        const struct error_row *row = error_cos(documented[i].code);
        assert_string_equal(row->code, documented[i].code);
        assert_int_equal(row->status, documented[i].status);
        if (documented[i].message != NULL) {
            assert_string_equal(row->message, documented[i].message);
        }
    }
}

static void sts_errors_are_always_200(void **state)
{
    static const char *const codes[] = {
        "AuthFailure.SignatureFailure",
        "AuthFailure.SecretIdNotFound",
        "AuthFailure.SignatureExpire",
        "AuthFailure.TokenFailure",
        "MissingParameter",
        "InvalidAction",
        "InvalidParameter.GrantOtherResource",
        "InvalidParameter.ResouceError",
        "InvalidParameter.OverTimeError",
        "FailedOperation.TempKeyNotAllowed",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(codes); i++) {
        assert_string_equal(error_sts(codes[i])->code, codes[i]);
    }
    for (const struct error_row *row = error_sts_rows(); row->code != NULL; row++) {
        assert_int_equal(row->status, 200);
    }
}

static void rows_are_complete(const struct error_row *rows)
{
    for (const struct error_row *row = rows; row->code != NULL; row++) {
        assert_true(row->message[0] != '\0' && row->citation[0] != '\0');
        assert_string_not_equal(error_reason_phrase(row->status), "Unknown");
        for (const struct error_row *other = rows; other != row; other++) {
            assert_string_not_equal(other->code, row->code);
        }
    }
}

static void every_row_has_words_a_source_and_a_reason_phrase(void **state)
{
    rows_are_complete(error_cos_rows());
    rows_are_complete(error_sts_rows());
}

static void an_unknown_code_is_our_own_failure(void **state)
{
    assert_string_equal(error_cos("NoSuchCode")->code, "InternalError");
    assert_int_equal(error_cos("NoSuchCode")->status, 500);
    assert_string_equal(error_sts("NoSuchCode")->code, "InternalError");
}

static void a_bare_status_finds_the_error_clients_meet(void **state)
{
    static const struct {
        int status;
        const char *code;
    } rows[] = {{403, "AccessDenied"}, {404, "NoSuchKey"},  {500, "InternalError"},
                {503, "SlowDown"},     {418, "BadRequest"}, {599, "InternalError"}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        assert_string_equal(error_cos_by_status(rows[i].status)->code, rows[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cos_errors_are_as_documented),
        cmocka_unit_test(sts_errors_are_always_200),
        cmocka_unit_test(every_row_has_words_a_source_and_a_reason_phrase),
        cmocka_unit_test(an_unknown_code_is_our_own_failure),
        cmocka_unit_test(a_bare_status_finds_the_error_clients_meet),
    };
    return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
