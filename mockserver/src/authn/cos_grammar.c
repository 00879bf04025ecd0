/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a signature v5 stands and how it is written: the Authorization header, whose value is
 * '&'-joined pieces split at the first '='; or the same fields as query parameters; or one
 * query parameter "sign" that holds a whole Authorization. The header wins (cos-wire.md s.1.4).
 * A form may say the same in a field Signature (.NET sends both), or sign its policy with some
 * of the fields (cos-operations-2.md s.3.1).
 * An empty Authorization is an anonymous request (python SDK, Anonymous=True). Fields may come
 * in any order and unknown ones are passed over; a repeated or missing field, another
 * algorithm, times that are not two ordered numbers and a signature that is not 40 hexadecimal
 * digits are malformed.
 */
#include "authn/cos_grammar.h"

#include "cosbase/digest.h"
#include "exchange/form.h"

enum { FIELDS = 7, SIGNATURE_DIGITS = 2 * COS_SHA1_BYTES, LIST_MAX = 128 };

static const char *const field_names[FIELDS] = {
    "q-sign-algorithm", "q-ak",        "q-sign-time", "q-key-time", "q-header-list",
    "q-url-param-list", "q-signature",
};

static struct cos_span *field_at(struct cos_auth *a, size_t i)
{
    struct cos_span *const fields[FIELDS] = {
        &a->algorithm,   &a->ak,         &a->sign_time, &a->key_time,
        &a->header_list, &a->param_list, &a->signature,
    };
    return fields[i];
}

static bool set_field(struct cos_auth *a, struct cos_span name, struct cos_span value)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (cos_span_eq_str(name, field_names[i])) {
            struct cos_span *field = field_at(a, i);
            bool is_repeated = field->ptr != NULL;
            *field = value;
            return !is_repeated;
        }
    }
    return true;
}

static bool read_pieces(struct cos_auth *a, struct cos_span text)
{
    bool ok = true;
    for (struct cos_span rest = text; rest.ptr != NULL;) {
        struct cos_span value = cos_span_cut(&rest, '&');
        struct cos_span name = cos_span_cut(&value, '=');
        ok = set_field(a, name, value.ptr == NULL ? COS_SPAN_EMPTY : value) && ok;
    }
    return ok;
}

static bool read_params(const struct cosmock_exchange *x, struct cos_auth *a)
{
    bool ok = true;
    for (size_t i = 0; i < x->parts.n_params; i++) {
        const struct param *p = &x->parts.params[i];
        ok = set_field(a, p->name, p->value) && ok;
    }
    return ok;
}

static bool read_window(struct cos_span text, int64_t *start, int64_t *end)
{
    struct cos_span second = text;
    struct cos_span first = cos_span_cut(&second, ';');
    return second.ptr != NULL && first.len <= 12 && second.len <= 12 &&
           cos_span_i64(first, start) && cos_span_i64(second, end) && *start >= 0 &&
           *start <= *end;
}

static bool looks_like_ms(struct cos_span window)
{
    int64_t ms;
    struct cos_span first = cos_span_cut(&window, ';');
    return first.len == 13 && cos_span_i64(first, &ms);
}

static bool is_list_too_long(struct cos_span list)
{
    size_t n = 1;
    for (size_t i = 0; i < list.len; i++) {
        n += list.ptr[i] == ';';
    }
    return n > LIST_MAX;
}

static bool is_hex(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_digit =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!is_digit) {
            return false;
        }
    }
    return true;
}

/* What is wrong with the fields; NULL: nothing. */
static const char *find_flaw(struct cos_auth *a)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (field_at(a, i)->ptr == NULL) {
            return "the signature lacks one of its q- fields";
        }
    }
    if (!cos_span_eq_str(a->algorithm, "sha1")) {
        return "q-sign-algorithm is not sha1";
    }
    if (a->ak.len == 0) {
        return "q-ak is empty";
    }
    if (!read_window(a->sign_time, &a->sign_start_s, &a->sign_end_s)) {
        return looks_like_ms(a->sign_time)
                   ? "q-sign-time is in milliseconds; it is <start>;<end> in seconds"
                   : "q-sign-time is not <start>;<end> with start <= end";
    }
    if (!read_window(a->key_time, &a->key_start_s, &a->key_end_s)) {
        return looks_like_ms(a->key_time)
                   ? "q-key-time is in milliseconds; it is <start>;<end> in seconds"
                   : "q-key-time is not <start>;<end> with start <= end";
    }
    if (is_list_too_long(a->header_list) || is_list_too_long(a->param_list)) {
        return "q-header-list or q-url-param-list names more than 128";
    }
    if (a->signature.len != SIGNATURE_DIGITS || !is_hex(a->signature)) {
        return "q-signature is not 40 hexadecimal digits";
    }
    return NULL;
}

/* Other services' signatures, by how the header begins: who points the wrong client at COS
 * shall read so. */
static const struct {
    const char *begins, *flaw;
} foreign[] = {
    {"TC3-", "looks like TC3, which is for the Tencent Cloud API; COS reads "
             "q-sign-algorithm=sha1&q-ak=..."},
    {"OSS", "looks like an Aliyun OSS signature; COS reads q-sign-algorithm=sha1&q-ak=..."},
    {"Basic ", "is Basic authentication; COS reads q-sign-algorithm=sha1&q-ak=..."},
    {"Bearer ", "is a bearer token; COS reads q-sign-algorithm=sha1&q-ak=..."},
};

static const char *find_foreign(struct cos_span authorization)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(foreign); i++) {
        if (cos_span_starts_nocase(authorization, cos_span_of(foreign[i].begins))) {
            return foreign[i].flaw;
        }
    }
    return NULL;
}

/* S3 signs the policy of a form by fields of its own; nobody knows whether COS reads them
 * (cos-s3.md s.3). NULL: it does not look so. */
static const char *find_foreign_form(const struct form *f)
{
    static const char *const names[] = {"x-amz-signature", "x-amz-credential",
                                        "x-amz-algorithm", "AWSAccessKeyId"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        if (form_text(f, names[i]).len > 0) {
            return "the form is signed as forms of S3 are (x-amz-signature, AWSAccessKeyId); "
                   "COS reads q-sign-algorithm, q-ak, q-key-time and q-signature";
        }
    }
    return NULL;
}

const char *cos_auth_foreign_query(const struct cosmock_exchange *x)
{
    static const struct {
        const char *name, *says;
    } params[] = {
        {"OSSAccessKeyId", "the query looks like an Aliyun OSS signature; COS reads "
                           "q-signature=..."},
        {"X-TC-Signature", "the query looks like one of the Tencent Cloud API; COS reads "
                           "q-signature=..."},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(params); i++) {
        if (param_get(x, params[i].name) != NULL) {
            return params[i].says;
        }
    }
    return "";
}

enum cos_auth_state cos_auth_read(const struct cosmock_exchange *x, struct cos_auth *out,
                                  const char **why)
{
    *out = (struct cos_auth){0};
    struct cos_span authorization = header_get(x, "Authorization");
    *why = find_foreign(authorization);
    if (*why != NULL) {
        return COS_AUTH_MALFORMED;
    }
    if (authorization.len == 0) {
        *why = find_foreign_form(x->form);
        authorization = form_text(x->form, "Signature");
    }
    if (*why != NULL) {
        return COS_AUTH_MALFORMED;
    }
    struct cos_span sign = param_value(x, "sign");
    bool ok;
    if (authorization.len > 0) {
        ok = read_pieces(out, authorization);
    } else if (sign.len > 0) {
        ok = read_pieces(out, sign);
    } else if (param_get(x, "q-signature") != NULL || param_get(x, "q-ak") != NULL) {
        ok = read_params(x, out);
    } else {
        return COS_AUTH_ABSENT;
    }
    *why = ok ? find_flaw(out) : "a q- field stands twice";
    return *why == NULL ? COS_AUTH_PRESENT : COS_AUTH_MALFORMED;
}

enum cos_auth_state cos_auth_read_form(const struct form *f, struct cos_auth *out,
                                       const char **why)
{
    *out = (struct cos_auth){.algorithm = form_value(f, COS_SPAN_LIT("q-sign-algorithm")),
                             .ak = form_value(f, COS_SPAN_LIT("q-ak")),
                             .key_time = form_value(f, COS_SPAN_LIT("q-key-time")),
                             .header_list = COS_SPAN_EMPTY,
                             .param_list = COS_SPAN_EMPTY,
                             .signature = form_value(f, COS_SPAN_LIT("q-signature"))};
    out->sign_time = out->key_time;
    bool has_policy = form_value(f, COS_SPAN_LIT("policy")).ptr != NULL;
    if (!has_policy && out->ak.ptr == NULL && out->signature.ptr == NULL) {
        return COS_AUTH_ABSENT;
    }
    *why = has_policy ? find_flaw(out) : "the form is signed and has no policy";
    return *why == NULL ? COS_AUTH_PRESENT : COS_AUTH_MALFORMED;
}
