/* SPDX-License-Identifier: Apache-2.0 */
/* THE TABLE of services. */
#include "services/service_rows.h"

#include "cam/acl.h"
#include "exchange/exchange.h"
#include "exchange/sts_request.h"
#include "services/dialects.h"
#include "services/errors.h"
#include "services/names.h"
#include "services/ops.h"
#include "services/s3_hints.h"

static void find_cos(struct cosmock_exchange *x)
{
    x->route.choice = ops_find_cos(x);
    x->route.op = x->route.choice.op;
}

static void find_sts(struct cosmock_exchange *x)
{
    x->route.op = x->sts == NULL ? NULL : ops_find_api(OP_STS, x->sts->action);
}

static void find_cam(struct cosmock_exchange *x)
{
    x->route.op = x->sts == NULL ? NULL : ops_find_api(OP_CAM, x->sts->action);
}

/* The cloud API knows neither a status nor a case. */
static const struct error_row *sts_by_status(int status)
{
    return error_sts("InternalError");
}

static const struct error_row *sts_of_case(enum error_case which)
{
    return error_sts("InvalidParameter");
}

/* What products of the cloud API have in common (sts-cam.md s.1.1): every error is a 200, and
 * the Content-Type is exactly that (traps 3 and 4). */
#define CLOUD_API                                                                        \
    .plan = PLAN_BY_FIELDS, .scheme = SCHEME_CLOUD_API, .read_fields = sts_read_fields,  \
    .small_body_max_bytes = 10u << 20, .codes = cloud_api_codes, .error = error_sts,     \
    .error_by_status = sts_by_status, .error_of_case = sts_of_case, .error_status = 200, \
    .say_denied = dialect_sts_denied, .content_type = "application/json",                \
    .write_error = dialect_sts_error, .write_headers = dialect_sts_headers,              \
    .make_request_id = dialect_sts_request_id, .answers_json = true
#define cloud_api_codes                                                                   \
    {                                                                                     \
        [CODE_NO_TENANT] = "InternalError", [CODE_MALFORMED] = "InvalidParameter",        \
        [CODE_DENIED] = "UnauthorizedOperation", [CODE_NO_OP] = "InvalidAction",          \
        [CODE_NOT_BUILT] = "UnsupportedOperation", [CODE_BODY_LATE] = "InvalidParameter", \
        [CODE_BODY_MALFORMED] = "InvalidParameter",                                       \
        [CODE_BODY_TOO_LARGE] = "RequestSizeLimitExceeded",                               \
        [CODE_DOCUMENT_TOO_LARGE] = "RequestSizeLimitExceeded",                           \
        [CODE_BODY_SHORT] = "InvalidParameter", [CODE_BODY_LONG] = "InvalidParameter",    \
        [CODE_NO_ROOM] = "RequestLimitExceeded",                                          \
    }

/* The object store, whichever its dialect. small_body_max_bytes is our own: 10,000 parts of an
 * upload fit as the C++ SDK prints them, which is 110 bytes each, and 1,000 keys of 850 bytes
 * with every '&' escaped. Dates: cos-wire.md s.2.1, s.2.2, the samples. */
#define OBJECT_STORE                                                                  \
    .plan = PLAN_BY_HEAD, .find_op = find_cos, .small_body_max_bytes = 4u << 20,      \
    .heeds_content_md5 = true, .has_known_params = true, .codes = object_store_codes, \
    .error_by_status = error_cos_by_status, .error_of_case = error_of_case,           \
    .write_error = dialect_cos_error, .write_headers = dialect_cos_headers,           \
    .make_request_id = dialect_cos_request_id,                                        \
    .dates = {[DATE_OF_BUCKET] = DATE_ISO,                                            \
              [DATE_OF_COPY] = DATE_ISO,                                              \
              [DATE_IN_LIST] = DATE_ISO_MS},                                          \
    .broken_body = "<?xml version='1.0' encoding='utf-8' ?>\n<Broken><"
#define object_store_codes                                                                    \
    {                                                                                         \
        [CODE_NO_TENANT] = "ServiceUnavailable", [CODE_DENIED] = "AccessDenied",              \
        [CODE_NO_OP] = "MethodNotAllowed", [CODE_NOT_BUILT] = "NotImplemented",               \
        [CODE_BODY_LATE] = "RequestTimeOut", [CODE_BODY_MALFORMED] = "InvalidRequest",        \
        [CODE_BODY_TOO_LARGE] = "EntityTooLarge", [CODE_DOCUMENT_TOO_LARGE] = "XMLSizeLimit", \
        [CODE_BODY_SHORT] = "IncompleteBody", [CODE_BODY_LONG] = "EntitySizeNotMatch",        \
        [CODE_NO_ROOM] = "ServiceUnavailable",                                                \
    }

/* cos-s3.md s.4.4: mapping [assumed]; GLACIER_IR can be read at once, as STANDARD_IA can. */
static const struct other_name classes_of_s3[] = {
    {"GLACIER", "ARCHIVE"},
    {"GLACIER_IR", "STANDARD_IA"},
    {"ONEZONE_IA", "STANDARD_IA"},
    {"REDUCED_REDUNDANCY", "STANDARD"},
    {NULL, NULL},
};

static const struct service rows[OP_SERVICES] = {
    [OP_COS] =
        {
            OBJECT_STORE,
            .name = "cos",
            .scheme = SCHEME_COS,
            .headers = names_cos_headers,
            .error = error_cos,
            .group_uris = ACL_GROUP_URIS,
        },
    [OP_S3] =
        {
            OBJECT_STORE,
            .name = "s3",
            .scheme = SCHEME_AWS,
            .headers = names_s3_headers,
            .own_params = names_s3_queries,
            .error = error_s3,
            .hint = s3_hint_of,
            .dialect_of = "cos",
            .spell_kept = dialect_s3_spell,
            .is_path_style_refused = true,
            .has_list_type = true,
            .has_location_constraint = true,
            .has_source_by_name = true,
            .grants_to_groups = true,
            .group_uris = "http://acs.amazonaws.com/groups/global/", /* cos-s3.md s.4.2 */
            .other_classes = classes_of_s3,
        },
    [OP_STS] =
        {
            CLOUD_API,
            .name = "sts",
            .api_version = "2018-08-13",
            .needs_region = true,
            .find_op = find_sts,
            .broken_body = "{\"Response\":{\"Credentials\":{\"Token\":",
        },
    [OP_CAM] =
        {
            CLOUD_API,
            .name = "cam",
            .api_version = "2019-01-16",
            .find_op = find_cam,
            .broken_body = "{\"Response\":{\"RequestId\":",
        },
};

const struct service *service_row(enum op_service which)
{
    return &rows[which];
}

const struct service *service_named(const char *name)
{
    for (size_t i = 0; i < OP_SERVICES; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct service *service_of_version(struct cos_span api_version)
{
    for (size_t i = 0; i < OP_SERVICES; i++) {
        if (rows[i].api_version != NULL && cos_span_eq_str(api_version, rows[i].api_version)) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *service_header_name(const char *name, enum header_name which)
{
    const struct service *s = service_named(name);
    return s == NULL || s->headers == NULL ? NULL : s->headers[which].name;
}
