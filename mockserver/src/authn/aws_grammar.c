/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the signature of an S3 client stands and how it is written. Sources: AWS,
 * "Authenticating Requests: Using the Authorization Header" (sigv4-auth-using-authorization-
 * header.html), "Using Query Parameters" (sigv4-query-string-auth.html), "Signing and
 * authenticating REST requests" (RESTAuthentication.html).
 *
 *     Authorization: AWS4-HMAC-SHA256 Credential=<id>/<day>/<region>/s3/aws4_request,
 *         SignedHeaders=<a;b>, Signature=<hex>          each once, in any order, no other
 *     X-Amz-Algorithm, -Credential, -Date, -Expires, -SignedHeaders, -Signature, in the query
 *     Authorization: AWS <id>:<base64>
 *     AWSAccessKeyId, Signature, Expires, in the query
 *
 * An empty Authorization is none. Any region will do (cos-s3.md s.3); the service is s3. Two
 * signatures in one request, a field twice or missing, another algorithm and times that are
 * none are malformed.
 */
#include "authn/aws.h"

#include "cosbase/date.h"

enum { REGION_MAX_BYTES = 64, DAY_BYTES = 8 };
#define HEADER_MALFORMED "AuthorizationHeaderMalformed"
#define QUERY_MALFORMED "AuthorizationQueryParametersError"
#define ALGORITHM "AWS4-HMAC-SHA256"

static bool fail(struct aws_flaw *flaw, const char *code, const char *why)
{
    *flaw = (struct aws_flaw){code, cos_span_of(why)};
    return false;
}

/* Of a field that both forms of version 4 have. */
static bool fail_v4(const struct aws_auth *a, struct aws_flaw *flaw, const char *why)
{
    return fail(flaw, a->form == AWS_V4_HEADER ? HEADER_MALFORMED : QUERY_MALFORMED, why);
}

/* --- times --- */

/* "20130524T000000Z" */
static bool read_basic(struct cos_span s, int64_t *unix_s)
{
    char iso[] = "dddd-dd-ddTdd:dd:ddZ";
    static const char shape[] = "ddddddddTddddddZ";
    size_t at = 0;
    for (size_t i = 0; i < sizeof(iso) - 1; i++) {
        if (iso[i] == 'd' || iso[i] == 'T' || iso[i] == 'Z') {
            bool is_there = at < s.len && (shape[at] == 'd' || s.ptr[at] == shape[at]);
            if (!is_there) {
                return false;
            }
            iso[i] = s.ptr[at++];
        }
    }
    int64_t ms = 0;
    bool ok = at == s.len && cos_date_iso_parse(cos_span_make(iso, sizeof(iso) - 1), &ms);
    *unix_s = ms / 1000;
    return ok;
}

/* As RFC 9110 has it; UTC may be +0000, too, as in AWS's own examples of version 2, and -0000,
 * as Python's email.utils.formatdate() and so botocore write it (RFC 5322 s.3.3). */
static bool read_http(struct cos_span s, int64_t *unix_s)
{
    static const char gmt[] = "GMT";
    char text[29];
    size_t kept = sizeof(text) - sizeof(gmt) + 1;
    struct cos_span zone = cos_span_from(s, kept);
    if (cos_span_eq_str(zone, "+0000") || cos_span_eq_str(zone, "-0000")) {
        char *end = cos_span_put(text, cos_span_sub(s, 0, kept));
        (void)cos_span_put(end, COS_SPAN_LIT(gmt));
        s = cos_span_make(text, sizeof(text));
    }
    return cos_date_http_parse(s, unix_s);
}

static bool read_date_header(const struct cosmock_exchange *x, struct aws_auth *a,
                             struct aws_flaw *flaw)
{
    struct cos_span sent = header_get(x, "x-amz-date");
    a->date_line = sent.ptr == NULL ? header_get(x, "Date") : COS_SPAN_EMPTY;
    sent = sent.ptr == NULL ? a->date_line : sent;
    return sent.len > 0 && (read_basic(sent, &a->at_unix_s) || read_http(sent, &a->at_unix_s))
               ? true
               : fail(flaw, "AccessDenied",
                      "AWS authentication requires a valid Date or x-amz-date header");
}

/* As the StringToSign has it, whichever form was sent. */
static void write_date(struct aws_auth *a)
{
    char iso[21];
    char *at = a->date;
    cos_date_iso(iso, a->at_unix_s);
    for (const char *p = iso; *p != '\0'; p++) {
        if (*p != '-' && *p != ':') {
            *at++ = *p;
        }
    }
    *at = '\0';
}

/* --- version 4 --- */

static bool is_region(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~') {
            return false;
        }
    }
    return s.len > 0 && s.len <= REGION_MAX_BYTES;
}

static bool read_credential(struct aws_auth *a, struct cos_span text, struct aws_flaw *flaw)
{
    struct cos_span rest = text;
    a->id = cos_span_cut(&rest, '/');
    a->day = cos_span_cut(&rest, '/');
    a->region = cos_span_cut(&rest, '/');
    struct cos_span service = cos_span_cut(&rest, '/');
    if (rest.ptr == NULL || !cos_span_eq_str(rest, "aws4_request") || a->id.len == 0) {
        return fail_v4(a, flaw,
                       "the Credential is not <SecretId>/YYYYMMDD/<region>/s3/aws4_request");
    }
    if (cos_span_eq_str(service, "s3express")) {
        return fail_v4(a, flaw,
                       "the service of the Credential is s3express, and directory buckets "
                       "(S3 Express) are not there in COS: turn off the client's S3 Express "
                       "sessions");
    }
    if (!cos_span_eq_str(service, "s3")) {
        return fail_v4(a, flaw, "the service of the Credential is not s3");
    }
    return is_region(a->region) ||
           fail_v4(a, flaw,
                   "the region of the Credential is not one to 64 characters; any will do");
}

static bool check_names(struct aws_auth *a, struct aws_flaw *flaw)
{
    size_t n = 1;
    for (size_t i = 0; i < a->signed_headers.len; i++) {
        n += a->signed_headers.ptr[i] == ';';
    }
    return (a->signed_headers.len > 0 && n <= AWS_NAMES_MAX) ||
           fail_v4(a, flaw, "SignedHeaders is not one to 128 names with ';' between them");
}

/* Of AWS4-HMAC-SHA256; what is wrong with another one. */
static bool check_algorithm(struct aws_auth *a, struct cos_span name, struct aws_flaw *flaw)
{
    if (cos_span_eq_str(name, ALGORITHM)) {
        return true;
    }
    return fail_v4(a, flaw,
                   cos_span_starts(name, COS_SPAN_LIT("AWS4-ECDSA-P256-SHA256"))
                       ? "AWS4-ECDSA-P256-SHA256 is Signature Version 4A, which is for several "
                         "regions at once and needs a key pair; COS reads " ALGORITHM
                       : "the algorithm is not " ALGORITHM);
}

/* The scope is of the day on which it was signed. */
static bool check_day(struct aws_auth *a, struct aws_flaw *flaw)
{
    write_date(a);
    return cos_span_eq(a->day, cos_span_make(a->date, DAY_BYTES)) ||
           fail_v4(a, flaw,
                   "the day of the Credential is not that of X-Amz-Date (in UTC, YYYYMMDD)");
}

struct v4_fields {
    struct cos_span credential, signed_headers, signature;
};

static bool set_field(struct v4_fields *f, struct cos_span name, struct cos_span value)
{
    struct cos_span *field = cos_span_eq_str(name, "Credential")      ? &f->credential
                             : cos_span_eq_str(name, "SignedHeaders") ? &f->signed_headers
                             : cos_span_eq_str(name, "Signature")     ? &f->signature
                                                                      : NULL;
    if (field == NULL || field->ptr != NULL || value.ptr == NULL) {
        return false;
    }
    *field = value;
    return true;
}

static bool read_fields(struct v4_fields *f, struct cos_span text)
{
    bool ok = true;
    for (struct cos_span rest = text; rest.ptr != NULL;) {
        struct cos_span value = cos_span_trim(cos_span_cut(&rest, ','));
        struct cos_span name = cos_span_cut(&value, '=');
        ok = set_field(f, name, value) && ok;
    }
    return ok && f->credential.ptr != NULL && f->signed_headers.ptr != NULL &&
           f->signature.ptr != NULL;
}

static bool read_v4_header(const struct cosmock_exchange *x, struct cos_span authorization,
                           struct aws_auth *a, struct aws_flaw *flaw)
{
    struct cos_span rest = authorization;
    struct cos_span algorithm = cos_span_cut(&rest, ' ');
    struct v4_fields f = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    bool is_whole = rest.ptr != NULL && read_fields(&f, rest);
    a->id = f.credential;
    a->id = cos_span_cut(&a->id, '/');
    a->signed_headers = f.signed_headers;
    a->signature = f.signature;
    if (!check_algorithm(a, algorithm, flaw)) {
        return false;
    }
    if (!is_whole) {
        return fail_v4(a, flaw,
                       "it is not Credential=..., SignedHeaders=..., Signature=..., each once");
    }
    return read_credential(a, f.credential, flaw) && check_names(a, flaw) &&
           read_date_header(x, a, flaw) && check_day(a, flaw);
}

/* The only one of that name. */
static struct cos_span only_param(const struct cosmock_exchange *x, const char *name,
                                  bool *is_repeated)
{
    struct cos_span found = {NULL, 0};
    for (size_t i = 0; i < x->parts.n_params; i++) {
        if (cos_span_eq_str(x->parts.params[i].name, name)) {
            *is_repeated = *is_repeated || found.ptr != NULL;
            found = x->parts.params[i].value;
        }
    }
    return found;
}

static bool check_expires(struct aws_auth *a, struct cos_span expires, struct aws_flaw *flaw)
{
    int64_t seconds = 0;
    if (!cos_span_i64(expires, &seconds)) {
        return fail(flaw, QUERY_MALFORMED, "X-Amz-Expires should be a number");
    }
    if (seconds < 1 || seconds > AWS_EXPIRES_MAX_S) {
        return fail(flaw, QUERY_MALFORMED,
                    "X-Amz-Expires must be 1 to 604800 seconds, which are a week");
    }
    a->expires_unix_s = a->at_unix_s + seconds;
    return true;
}

static bool read_v4_query(const struct cosmock_exchange *x, struct aws_auth *a,
                          struct aws_flaw *flaw)
{
    bool is_repeated = false;
    struct cos_span algorithm = only_param(x, "X-Amz-Algorithm", &is_repeated);
    struct cos_span credential = only_param(x, "X-Amz-Credential", &is_repeated);
    struct cos_span date = only_param(x, "X-Amz-Date", &is_repeated);
    struct cos_span expires = only_param(x, "X-Amz-Expires", &is_repeated);
    a->id = credential;
    a->id = cos_span_cut(&a->id, '/');
    a->signed_headers = only_param(x, "X-Amz-SignedHeaders", &is_repeated);
    a->signature = only_param(x, "X-Amz-Signature", &is_repeated);
    if (is_repeated || algorithm.ptr == NULL || credential.ptr == NULL || date.ptr == NULL ||
        expires.ptr == NULL || a->signed_headers.ptr == NULL || a->signature.ptr == NULL) {
        return fail(flaw, QUERY_MALFORMED,
                    "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                    "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
                    "X-Amz-Expires parameters, each once");
    }
    if (!read_basic(date, &a->at_unix_s)) {
        return fail(flaw, QUERY_MALFORMED,
                    "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
    }
    return check_algorithm(a, algorithm, flaw) && read_credential(a, credential, flaw) &&
           check_names(a, flaw) && check_day(a, flaw) && check_expires(a, expires, flaw);
}

/* --- version 2 --- */

static bool read_v2_header(const struct cosmock_exchange *x, struct cos_span authorization,
                           struct aws_auth *a, struct aws_flaw *flaw)
{
    struct cos_span rest = cos_span_trim(cos_span_from(authorization, sizeof("AWS ") - 1));
    a->id = cos_span_cut(&rest, ':');
    a->signature = rest;
    if (a->id.len == 0 || rest.len == 0 || cos_span_chr(rest, ':') != SIZE_MAX) {
        return fail(flaw, "InvalidArgument",
                    "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature");
    }
    return read_date_header(x, a, flaw);
}

static bool read_v2_query(const struct cosmock_exchange *x, struct aws_auth *a,
                          struct aws_flaw *flaw)
{
    bool is_repeated = false;
    a->id = only_param(x, "AWSAccessKeyId", &is_repeated);
    a->signature = only_param(x, "Signature", &is_repeated);
    a->date_line = only_param(x, "Expires", &is_repeated);
    if (is_repeated || a->id.len == 0 || a->signature.len == 0 || a->date_line.len == 0) {
        return fail(flaw, "AccessDenied",
                    "Query-string authentication requires the Signature, Expires and "
                    "AWSAccessKeyId parameters, each once");
    }
    return (cos_span_i64(a->date_line, &a->expires_unix_s) && a->expires_unix_s >= 0 &&
            a->date_line.len <= 12) ||
           fail(flaw, "AccessDenied",
                "Invalid date (should be seconds since epoch): it is Expires");
}

/* --- which --- */

static enum aws_form form_of_query(const struct cosmock_exchange *x)
{
    return param_get(x, "X-Amz-Algorithm") != NULL ||
                   param_get(x, "X-Amz-Credential") != NULL ||
                   param_get(x, "X-Amz-Signature") != NULL
               ? AWS_V4_QUERY
           : param_get(x, "AWSAccessKeyId") != NULL ? AWS_V2_QUERY
                                                    : AWS_UNSIGNED;
}

bool aws_auth_read(const struct cosmock_exchange *x, struct aws_auth *out,
                   struct aws_flaw *flaw)
{
    struct cos_span authorization = header_get(x, "Authorization");
    bool is_v2 = cos_span_starts(authorization, COS_SPAN_LIT("AWS "));
    enum aws_form in_query = form_of_query(x);
    *out = (struct aws_auth){.form = authorization.len == 0 ? in_query
                                     : is_v2                ? AWS_V2_HEADER
                                                            : AWS_V4_HEADER};
    if (authorization.len > 0 && in_query != AWS_UNSIGNED) {
        return fail(flaw, "InvalidArgument",
                    "Only one auth mechanism allowed; only the X-Amz-Algorithm query "
                    "parameter, Signature query string parameter or the Authorization header "
                    "should be specified");
    }
    switch (out->form) {
    case AWS_V4_HEADER:
        return cos_span_starts(authorization, COS_SPAN_LIT("AWS4-"))
                   ? read_v4_header(x, authorization, out, flaw)
                   : fail(flaw, "InvalidArgument", "Unsupported Authorization Type");
    case AWS_V4_QUERY:
        return read_v4_query(x, out, flaw);
    case AWS_V2_HEADER:
        return read_v2_header(x, authorization, out, flaw);
    case AWS_V2_QUERY:
        return read_v2_query(x, out, flaw);
    case AWS_UNSIGNED:
        break;
    }
    return true;
}
