/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form whose policy is signed (cos-operations-2.md s.3.1 to s.3.3; document POST Object):
 *
 *     q-signature = hex(HMAC-SHA1(SignKey, hex(SHA1(policy))))      policy: before its base64
 *
 * Judged in this order: fields, policy, key, token, times, the policy's end, signature,
 * conditions [assumed: none is published]. The mock believes no condition before the signature
 * holds. How long the file may be is left in the form, for whoever sees its bytes.
 *
 * A condition speaks of a field of the form, whose name is not bound to a case, but for
 * `bucket`; of `key` as it is with its ${filename}; and `q-sign-time` is q-key-time. A field
 * that a condition names must be there; one that none names may be.
 */
#include "authn/authn.h"
#include "authn/cos_grammar.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"
#include "cosbase/json.h"
#include "exchange/form.h"

#define POLICY_MAX_BYTES ((size_t)FORM_FIELDS_MAX_BYTES)

static const struct cos_json_limits limits = {POLICY_MAX_BYTES, 8, 4096};

struct form_policy {
    struct cos_buf text;
    struct cos_json *root;
    const struct cos_json *conditions;
    int64_t expires_unix_ms;
};

static void form_policy_deinit(struct form_policy *p)
{
    cos_buf_deinit(&p->text);
    p->root = cos_json_free(p->root);
}

COS_CLEANUP_DEINIT_DEFINE(struct form_policy, form_policy_deinit)

static void refuse_policy(struct cosmock_exchange *x, const char *why)
{
    x->identity.reason = REASON_FORM_POLICY;
    x->identity.detail = cos_span_of(why);
    refuse(x, STAGE_AUTHN, "InvalidPolicyDocument");
}

/* --- the document --- */

/* What is wrong with it; NULL: nothing. */
static const char *read_policy(struct form_policy *p, struct cos_span encoded)
{
    struct cos_text_error err = {0};
    if (!cos_base64_decode(&p->text, encoded)) {
        return "the field policy is no base64";
    }
    if (cos_json_parse(&p->root, cos_buf_view(&p->text), &limits, &err) < 0 ||
        cos_json_kind(p->root) != COS_JSON_OBJECT) {
        return "the policy is no JSON object";
    }
    p->conditions = cos_json_get(p->root, "conditions");
    if (cos_json_kind(p->conditions) != COS_JSON_ARRAY || cos_json_count(p->conditions) == 0) {
        return "the policy has no conditions";
    }
    const char *end = cos_json_str(cos_json_get(p->root, "expiration"));
    if (end == NULL || !cos_date_iso_parse(cos_span_of(end), &p->expires_unix_ms)) {
        return "the policy's expiration is no time like 2019-08-30T09:38:12.414Z";
    }
    return NULL;
}

static bool expiration_check(struct cosmock_exchange *x, const struct form_policy *p)
{
    long long now_s = (long long)(x->now.signature_unix_ms / 1000);
    if (p->expires_unix_ms > x->now.signature_unix_ms) {
        return true;
    }
    x->identity.reason = REASON_FORM_POLICY;
    refuse_with(x, STAGE_AUTHN, "AccessDenied",
                cos_arena_printf(&x->arena,
                                 "You post object request has been expired, expiration time: "
                                 "%lld but the time now : %lld",
                                 (long long)(p->expires_unix_ms / 1000), now_s),
                COS_SPAN_EMPTY);
    return false;
}

static bool signature_check(struct cosmock_exchange *x, const struct cos_auth *auth,
                            const struct form_policy *p)
{
    char sign_key[AUTHN_SIGN_KEY_DIGITS + 4];
    char digest[2 * COS_SHA1_BYTES + 1];
    char expected[2 * COS_SHA1_BYTES + 1];
    authn_cos_sign_key(x, auth->key_time, sign_key);
    cos_sha1_hex(digest, p->text.ptr, p->text.len);
    cos_hmac_sha1_hex(expected, sign_key, AUTHN_SIGN_KEY_DIGITS, digest, strlen(digest));
    cos_wipe(sign_key, sizeof(sign_key));
    if (cos_equal_ct(cos_arena_lower(&x->arena, auth->signature), cos_span_of(expected))) {
        return true;
    }
    x->identity.string_to_sign = cos_arena_span(&x->arena, cos_span_of(digest));
    authn_refuse(x, "SignatureDoesNotMatch", REASON_SIGNATURE_DIFFERS,
                 cos_arena_printf(&x->arena, "the server's StringToSign is %s, of the policy",
                                  digest));
    return false;
}

/* --- conditions --- */

enum match { MATCH_EQ, MATCH_STARTS_WITH, MATCH_RANGE, MATCH_UNKNOWN };
struct condition {
    enum match match;
    const char *name, *value;
    uint64_t least, most;
};

/* A number, or its digits: SDKs write both. */
static bool read_number(const struct cos_json *n, uint64_t *out)
{
    int64_t value = 0;
    if (cos_json_is_str(n)) {
        return cos_span_u64(cos_span_of(cos_json_str(n)), out);
    }
    if (!cos_json_i64(n, &value) || value < 0) {
        return false;
    }
    *out = (uint64_t)value;
    return true;
}

/* ["eq", "$key", "v"], ["starts-with", "$key", "v"], ["content-length-range", 1, 2] */
static struct condition read_array(const struct cos_json *array)
{
    const struct cos_json *first = cos_json_first(array);
    const struct cos_json *second = first == NULL ? NULL : cos_json_next(first);
    const struct cos_json *third = second == NULL ? NULL : cos_json_next(second);
    struct cos_span word = cos_span_of(cos_json_str(first));
    struct condition c = {.match = MATCH_UNKNOWN,
                          .name = cos_json_str(second),
                          .value = cos_json_str(third)};
    if (third == NULL || cos_json_next(third) != NULL) {
        return c;
    }
    if (cos_span_eq_nocase(word, COS_SPAN_LIT("content-length-range"))) {
        bool is_range = read_number(second, &c.least) && read_number(third, &c.most);
        c.match = is_range ? MATCH_RANGE : MATCH_UNKNOWN;
        return c;
    }
    if (c.name == NULL || c.value == NULL || c.name[0] != '$') {
        return c;
    }
    c.name++;
    if (cos_span_eq_nocase(word, COS_SPAN_LIT("eq"))) {
        c.match = MATCH_EQ;
    } else if (cos_span_eq_nocase(word, COS_SPAN_LIT("starts-with"))) {
        c.match = MATCH_STARTS_WITH;
    }
    return c;
}

/* The document's table of fields: these are matched exactly. */
static bool must_be_exact(struct cos_span name)
{
    static const char *const names[] = {"bucket", "success_action_status", "q-sign-algorithm",
                                        "q-ak", "q-sign-time"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(names[i]))) {
            return true;
        }
    }
    return cos_span_starts_nocase(name, COS_SPAN_LIT("x-cos-")) &&
           !cos_span_starts_nocase(name, COS_SPAN_LIT("x-cos-meta-"));
}

/* What the form has under the name of a condition; ptr NULL: nothing. */
static struct cos_span limited(const struct cosmock_exchange *x, struct cos_span name)
{
    if (cos_span_eq_nocase(name, COS_SPAN_LIT("bucket"))) {
        return x->route.bucket;
    }
    if (cos_span_eq_nocase(name, COS_SPAN_LIT("key"))) {
        return x->route.key;
    }
    return form_value(x->form, cos_span_eq_nocase(name, COS_SPAN_LIT("q-sign-time"))
                                   ? COS_SPAN_LIT("q-key-time")
                                   : name);
}

static void keep_range(struct form *f, const struct condition *c)
{
    f->least_bytes = c->least > f->least_bytes ? c->least : f->least_bytes;
    f->most_bytes = c->most < f->most_bytes ? c->most : f->most_bytes;
}

static bool condition_check(struct cosmock_exchange *x, const struct condition *c)
{
    if (c->match == MATCH_UNKNOWN) {
        refuse_policy(x, "a condition is none of {\"f\": \"v\"}, [\"eq\", \"$f\", \"v\"], "
                         "[\"starts-with\", \"$f\", \"v\"], [\"content-length-range\", n, m]");
        return false;
    }
    if (c->match == MATCH_RANGE) {
        keep_range(x->form, c);
        return true;
    }
    struct cos_span name = cos_span_of(c->name);
    if (c->match == MATCH_STARTS_WITH && must_be_exact(name)) {
        refuse_policy(x, "a condition starts-with is on a field that only eq may limit");
        return false;
    }
    struct cos_span has = limited(x, name);
    struct cos_span wanted = cos_span_of(c->value);
    bool holds = has.ptr != NULL && (c->match == MATCH_EQ ? cos_span_eq(has, wanted)
                                                          : cos_span_starts(has, wanted));
    if (!holds) {
        x->identity.reason = REASON_FORM_CONDITION;
        refuse_with(x, STAGE_AUTHN, "AccessDenied",
                    cos_arena_printf(&x->arena, "Condition key %s doesn't match the value %s",
                                     c->name, c->value),
                    COS_SPAN_EMPTY);
    }
    return holds;
}

/* {"key": "v"}; each member is a condition. */
static bool object_check(struct cosmock_exchange *x, const struct cos_json *object)
{
    if (cos_json_kind(object) != COS_JSON_OBJECT) {
        refuse_policy(x, "a condition is neither an object nor an array");
        return false;
    }
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        struct condition c = {.match = cos_json_is_str(m) ? MATCH_EQ : MATCH_UNKNOWN,
                              .name = cos_json_name(m),
                              .value = cos_json_str(m)};
        if (!condition_check(x, &c)) {
            return false;
        }
    }
    return true;
}

/* Does a condition fix the field? */
static bool is_fixed(const struct form_policy *p, const char *name)
{
    for (const struct cos_json *n = cos_json_first(p->conditions); n != NULL;
         n = cos_json_next(n)) {
        bool is_array = cos_json_kind(n) == COS_JSON_ARRAY;
        const struct condition c = is_array ? read_array(n) : (struct condition){0};
        if (is_array ? c.match == MATCH_EQ && strcmp(c.name, name) == 0
                     : cos_json_get(n, name) != NULL) {
            return true;
        }
    }
    return false;
}

/* The document wants these three; its older page wanted none. */
static bool required_check(struct cosmock_exchange *x, const struct form_policy *p)
{
    static const char *const names[] = {"q-sign-algorithm", "q-ak", "q-sign-time"};
    if (SWITCH_IS(x->tenant, FORM_CONDITIONS, OPTIONAL)) {
        return true;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        if (!is_fixed(p, names[i])) {
            refuse_policy(x, "the policy lacks one of the conditions q-sign-algorithm, q-ak, "
                             "q-sign-time (switch form-conditions)");
            return false;
        }
    }
    return true;
}

static bool conditions_check(struct cosmock_exchange *x, const struct form_policy *p)
{
    for (const struct cos_json *n = cos_json_first(p->conditions); n != NULL;
         n = cos_json_next(n)) {
        bool is_array = cos_json_kind(n) == COS_JSON_ARRAY;
        const struct condition c = is_array ? read_array(n) : (struct condition){0};
        if (is_array ? !condition_check(x, &c) : !object_check(x, n)) {
            return false;
        }
    }
    return true;
}

void authn_form_check(struct cosmock_exchange *x)
{
    struct cos_auth auth;
    const char *why = NULL;
    enum cos_auth_state state = cos_auth_read_form(x->form, &auth, &why);
    if (state == COS_AUTH_ABSENT) {
        return;
    }
    authn_cos_note(x, &auth);
    if (state == COS_AUTH_MALFORMED) {
        authn_cos_refuse_malformed(x, why);
        return;
    }
    COS_CLEANUP(form_policy_deinit) struct form_policy policy = {0};
    cos_buf_init(&policy.text, POLICY_MAX_BYTES);
    why = read_policy(&policy, form_text(x->form, "policy"));
    if (why != NULL) {
        refuse_policy(x, why);
    } else if (authn_cos_caller_check(x, &auth) && expiration_check(x, &policy) &&
               signature_check(x, &auth, &policy) && required_check(x, &policy) &&
               conditions_check(x, &policy)) {
        x->identity.reason = REASON_OK;
    }
}
