/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of S3 clients with one byte changed, in each field there is: the method, the path,
 * every name and value of the query and of the signed headers, and every part of what signs
 * them. Each is refused for the reason that THE TABLE below has for its field; what has no row
 * there must be a signature that differs. What version 2 does not sign (most of a query, Host
 * but for the bucket) is not changed.
 */
#include "aws_trial.h"
#include "vectors.h"

#include "cosbase/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <strings.h>

#include <cmocka.h>

enum kind { METHOD, PATH, PARAM_NAME, PARAM_VALUE, HEADER_NAME, HEADER_VALUE, PART };
enum { V4 = 1, V2 = 2, BOTH = V4 | V2 };

static const struct {
    int version;
    enum kind kind;
    const char *name; /* "x-amz-*": any that begins so */
    const char *code, *reason;
} table[] = {
    /* the Authorization header */
    {V4, PART, "algorithm", "AuthorizationHeaderMalformed", "malformed"},
    {V4, PART, "id", "InvalidAccessKeyId", "unknown-key"},
    {V4, PART, "day", "AuthorizationHeaderMalformed", "malformed"},
    {V4, PART, "service", "AuthorizationHeaderMalformed", "malformed"},
    {V4, PART, "aws4_request", "AuthorizationHeaderMalformed", "malformed"},
    {V4, PART, "signed host", "AccessDenied", "unsigned-header"},
    {V4, PART, "signed x-amz-*", "AccessDenied", "unsigned-header"},
    {V2, PART, "id", "InvalidAccessKeyId", "unknown-key"},
    /* the headers */
    {BOTH, HEADER_NAME, "host", "InvalidRequest", "malformed-http"},
    {BOTH, HEADER_NAME, "x-amz-security-token", "InvalidAccessKeyId", "token-missing"},
    {BOTH, HEADER_VALUE, "x-amz-security-token", "InvalidAccessKeyId", "token-mismatch"},
    {V4, HEADER_NAME, "x-amz-content-sha256", "InvalidRequest", "malformed"},
    {V4, HEADER_NAME, "x-amz-date", "AccessDenied", "malformed"},
    {V4, HEADER_NAME, "x-amz-*", "AccessDenied", "unsigned-header"},
    {V2, HEADER_NAME, "x-amz-date", "AccessDenied", "malformed"},
    {V2, HEADER_NAME, "date", "AccessDenied", "malformed"},
    /* the query */
    {V4, PARAM_NAME, "X-Amz-Security-Token", "InvalidAccessKeyId", "token-missing"},
    {V4, PARAM_VALUE, "X-Amz-Security-Token", "InvalidAccessKeyId", "token-mismatch"},
    {V4, PARAM_NAME, "X-Amz-Algorithm", "AuthorizationQueryParametersError", "malformed"},
    {V4, PARAM_NAME, "X-Amz-Credential", "AuthorizationQueryParametersError", "malformed"},
    {V4, PARAM_NAME, "X-Amz-Date", "AuthorizationQueryParametersError", "malformed"},
    {V4, PARAM_NAME, "X-Amz-Expires", "AuthorizationQueryParametersError", "malformed"},
    {V4, PARAM_NAME, "X-Amz-Signature", "AuthorizationQueryParametersError", "malformed"},
    {V4, PARAM_NAME, "X-Amz-SignedHeaders", "AuthorizationQueryParametersError", "malformed"},
    {V4, PARAM_VALUE, "X-Amz-Content-Sha256", "InvalidArgument", "malformed"},
    {V4, PARAM_VALUE, "X-Amz-Algorithm", "AuthorizationQueryParametersError", "malformed"},
    {V4, PARAM_VALUE, "X-Amz-Credential", "AuthorizationQueryParametersError", "malformed"},
    {V4, PARAM_VALUE, "X-Amz-SignedHeaders", "AccessDenied", "unsigned-header"},
    {V2, PARAM_NAME, "AWSAccessKeyId", "", "anonymous"}, /* nothing says that it is signed */
    {V2, PARAM_VALUE, "AWSAccessKeyId", "InvalidAccessKeyId", "unknown-key"},
    {V2, PARAM_NAME, "Signature", "AccessDenied", "malformed"},
    {V2, PARAM_NAME, "Expires", "AccessDenied", "malformed"},
    {V2, PARAM_NAME, "x-amz-security-token", "InvalidAccessKeyId", "token-missing"},
    {V2, PARAM_VALUE, "x-amz-security-token", "InvalidAccessKeyId", "token-mismatch"},
};

static bool fits(const char *pattern, const char *name)
{
    size_t n = strlen(pattern);
    return n > 0 && pattern[n - 1] == '*' ? strncasecmp(pattern, name, n - 1) == 0
                                          : strcasecmp(pattern, name) == 0;
}

struct field_of {
    struct aws_trial *t;
    const char *vector;
    int version;
    bool is_url;
    size_t n_changed;
};

static void expect(const struct field_of *f, enum kind kind, const char *name, const char *was,
                   const char **code, const char **reason)
{
    *code = "SignatureDoesNotMatch";
    *reason = "signature-differs";
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        if ((table[i].version & f->version) != 0 && table[i].kind == kind &&
            fits(table[i].name, name)) {
            *code = table[i].code;
            *reason = table[i].reason;
            return;
        }
    }
    /* AWS's own form of UTC; another zone is none */
    size_t n = strlen(was);
    if (kind == HEADER_VALUE && n > 5 && strcmp(was + n - 5, "+0000") == 0 &&
        (strcasecmp(name, "date") == 0 || strcasecmp(name, "x-amz-date") == 0)) {
        *code = "AccessDenied";
        *reason = "malformed";
    }
    /* a word that is none is no payload, another hash is one */
    if (f->version == V4 && kind == HEADER_VALUE && strlen(was) != 64 &&
        strcasecmp(name, "x-amz-content-sha256") == 0) {
        *code = "InvalidArgument";
        *reason = "malformed";
    }
}

/* The last digit of the @n bytes, else the last letter, is another one; it is put back behind
 * the question. */
static void change(struct field_of *f, enum kind kind, const char *name, char *text, size_t n)
{
    char *at = NULL;
    for (size_t i = 0; i < n; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        bool is_letter =
            (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z');
        bool has_digit = at != NULL && *at >= '0' && *at <= '9';
        bool is_escape = i >= 1 && (text[i - 1] == '%' || (i >= 2 && text[i - 2] == '%'));
        if (!is_escape && (is_digit || (is_letter && !has_digit))) {
            at = text + i;
        }
    }
    if (at == NULL) {
        return; /* "/" */
    }
    const char *code;
    const char *reason;
    char was[AWS_TRIAL_TEXT];
    (void)snprintf(was, sizeof(was), "%.*s", (int)n, text);
    expect(f, kind, name, was, &code, &reason);
    char byte = *at;
    *at = byte == '9' ? '0' : byte == 'z' ? 'y' : byte == 'Z' ? 'Y' : (char)(byte + 1);
    const struct aws_verdict *r = aws_trial_ask(f->t);
    if (strcmp(r->code, code) != 0 || strcmp(r->reason, reason) != 0) {
        fail_msg("%s, %s of '%s' became '%.*s': %s %s, want %s %s: %s", f->vector, name, was,
                 (int)n, text, r->code, r->reason, code, reason, r->detail);
    }
    *at = byte;
    f->n_changed++;
}

/* --- the query --- */

/* Of version 2: what it signs of a query (RESTAuthentication.html), and what signs it. */
static bool is_signed_by_v2(const char *name)
{
    static const char *const names[] = {"acl",     "delete",         "location",
                                        "uploads", "uploadId",       "partNumber",
                                        "tagging", "versionId",      "response-*",
                                        "x-amz-*", "AWSAccessKeyId", "Signature",
                                        "Expires"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        if (fits(names[i], name)) {
            return true;
        }
    }
    return false;
}

static void change_query(struct field_of *f, char *query)
{
    for (char *p = query; *p != '\0';) {
        size_t n = strcspn(p, "&");
        size_t n_name = strcspn(p, "=&");
        char name[64];
        (void)snprintf(name, sizeof(name), "%.*s", (int)n_name, p);
        if (f->version == V4 || is_signed_by_v2(name)) {
            change(f, PARAM_NAME, name, p, n_name);
            change(f, PARAM_VALUE, name, p + n_name, n - n_name);
        }
        p += n + (p[n] == '&');
    }
}

static void change_target(struct field_of *f)
{
    char *target = f->t->target;
    size_t n = strcspn(target, "?");
    change(f, PATH, "path", target, n);
    if (target[n] == '?') {
        change_query(f, target + n + 1);
    }
}

/* --- the headers --- */

static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = list; p != NULL && *p != '\0'; p = strchr(p, ';')) {
        p += *p == ';';
        if (strncasecmp(p, name, n) == 0 && (p[n] == ';' || p[n] == ',' || p[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool is_signed_header(const struct field_of *f, const char *name, const char *list)
{
    if (f->version == V4) {
        return is_listed(list, name);
    }
    return strncasecmp(name, "x-amz-", 6) == 0 || strcasecmp(name, "content-type") == 0 ||
           strcasecmp(name, "content-md5") == 0 ||
           (!f->is_url && strcasecmp(name, "date") == 0);
}

static void change_headers(struct field_of *f, const char *list)
{
    bool has_amz_date = false;
    bool has_date = false;
    for (size_t i = 0; i < f->t->n_headers; i++) {
        has_amz_date = has_amz_date || strcasecmp(f->t->headers[i].name, "x-amz-date") == 0;
        has_date = has_date || strcasecmp(f->t->headers[i].name, "date") == 0;
    }
    for (size_t i = 0; i < f->t->n_headers; i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "%s", f->t->headers[i].name);
        bool is_spare_date = strcasecmp(name, "date") == 0 && has_amz_date;
        if (is_signed_header(f, name, list) && !(is_spare_date && f->version == V2)) {
            /* without x-amz-date there is still the other one: the row of x-amz-* */
            bool is_one_of_two = has_date && strcasecmp(name, "x-amz-date") == 0;
            change(f, HEADER_NAME, is_one_of_two ? "x-amz-date, and Date" : name,
                   f->t->headers[i].name, strlen(name));
            change(f, HEADER_VALUE, name, f->t->headers[i].value,
                   strlen(f->t->headers[i].value));
        }
    }
}

/* --- what signs --- */

/* What stands between two marks in @text; NULL: it is not there. */
static char *part(char *text, const char *from, const char *to, size_t *n)
{
    char *at = strstr(text, from);
    if (at == NULL) {
        return NULL;
    }
    at += strlen(from);
    *n = strcspn(at, to);
    return at;
}

static void change_part(struct field_of *f, const char *name, char **at, const char *to)
{
    size_t n = strcspn(*at, to);
    change(f, PART, name, *at, n);
    *at += n + 1;
}

static void change_v4(struct field_of *f, char *authorization)
{
    static const char *const names[] = {"id", "day", "region", "service"};
    size_t n = 0;
    char *at = part(authorization, "Credential=", "/", &n);
    assert_non_null(at);
    change(f, PART, "algorithm", authorization, strcspn(authorization, " "));
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        change_part(f, names[i], &at, "/");
    }
    change_part(f, "aws4_request", &at, ",");
    at = part(authorization, "SignedHeaders=", ",", &n);
    assert_non_null(at);
    for (char *end = at + n; at < end;) {
        char name[80];
        (void)snprintf(name, sizeof(name), "signed %.*s", (int)strcspn(at, ";,"), at);
        change_part(f, name, &at, ";,");
    }
    at = part(authorization, "Signature=", ",", &n);
    assert_non_null(at);
    change(f, PART, "signature", at, n);
}

static void change_v2(struct field_of *f, char *authorization)
{
    size_t n = 0;
    char *at = part(authorization, "AWS ", ":", &n);
    assert_non_null(at);
    change(f, PART, "id", at, n);
    change(f, PART, "signature", at + n + 1, strlen(at + n + 1));
}

static void change_all(struct field_of *f)
{
    char *authorization = NULL;
    for (size_t i = 0; i < f->t->n_headers; i++) {
        if (strcasecmp(f->t->headers[i].name, "Authorization") == 0) {
            authorization = f->t->headers[i].value;
        }
    }
    f->is_url = authorization == NULL;
    bool is_v2 = f->is_url ? strstr(f->t->target, "AWSAccessKeyId=") != NULL
                           : strncmp(authorization, "AWS ", 4) == 0;
    f->version = is_v2 ? V2 : V4;
    size_t n = 0;
    char *list = f->is_url ? part(f->t->target, "X-Amz-SignedHeaders=", "&", &n)
                           : part(authorization, "SignedHeaders=", ",", &n);
    char names[AWS_TRIAL_TEXT] = "";
    (void)snprintf(names, sizeof(names), "%.*s", (int)n, list == NULL ? "" : list);
    change(f, METHOD, "method", f->t->method, strlen(f->t->method));
    change_target(f);
    change_headers(f, f->is_url && !is_v2 ? "host" : names);
    if (!f->is_url && is_v2) {
        change_v2(f, authorization);
    } else if (!f->is_url) {
        change_v4(f, authorization);
    }
}

static size_t alter(const char *fixtures, const char *file)
{
    struct cos_json *vectors = vectors_load(fixtures, file);
    assert_non_null(vectors);
    size_t n_changed = 0;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        static struct aws_trial t;
        aws_trial_read(&t, v);
        struct field_of f = {.t = &t, .vector = field(v, "name")};
        change_all(&f);
        assert_string_equal(aws_trial_ask(&t)->reason, "ok"); /* all is put back */
        n_changed += f.n_changed;
    }
    cos_json_free(vectors);
    return n_changed;
}

static const char *fixtures = "fixtures";

static void a_published_request_with_a_byte_changed_is_refused_for_it(void **state)
{
    assert_in_range(alter(fixtures, "aws/published.json"), 100, 1000);
}

static void a_clients_request_with_a_byte_changed_is_refused_for_it(void **state)
{
    assert_in_range(alter(fixtures, "aws/clients.json"), 2000, 9000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_published_request_with_a_byte_changed_is_refused_for_it),
        cmocka_unit_test(a_clients_request_with_a_byte_changed_is_refused_for_it),
    };
    fixtures = argc > 1 ? argv[1] : fixtures;
    int r = cmocka_run_group_tests(tests, NULL, NULL);
    aws_trial_end();
    return r;
}
