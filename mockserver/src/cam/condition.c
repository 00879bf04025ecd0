/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions (sts-cam.md s.3.2, cam-conditions.md s.1). Of all there are, those that trust
 * policies live by: strings, for external ids and what an identity provider says of its user.
 * Values are alternatives, keys and operators must all hold; a negated operator holds when no
 * value fits; a key that the request lacks fails each of them, the negated ones too, unless it
 * says "_if_exist". A fact has one value here, so "for_any_value:" and "for_all_value:" say
 * what the bare operator says, but for a key that is absent: every value of none fits.
 */
#include "cam/condition.h"

#include "cam/policy.h"

struct cam_operator {
    const char *name;
    bool (*fits)(struct cos_span value, struct cos_span fact);
    bool is_negated;
};

static bool equal(struct cos_span value, struct cos_span fact)
{
    return cos_span_eq(value, fact);
}

static bool equal_ignore_case(struct cos_span value, struct cos_span fact)
{
    return cos_span_eq_nocase(value, fact);
}

/* cam-conditions.md s.1.1 */
static const struct cam_operator operators[] = {
    {"string_equal", equal, false},
    {"string_not_equal", equal, true},
    {"string_equal_ignore_case", equal_ignore_case, false},
    {"string_not_equal_ignore_case", equal_ignore_case, true},
    {"string_like", cam_glob, false},
    {"string_not_like", cam_glob, true},
};

/* cam-conditions.md s.6: what roles are assumed by. */
static const char *const trust_keys[] = {
    "sts:external_id", "saml:aud", "saml:iss", "saml:sub",
    "saml:sub_type",   "oidc:aud", "oidc:iss", "oidc:sub",
};

bool cam_condition_is_of_trust(struct cos_span key)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(trust_keys); i++) {
        if (cos_span_eq_str(key, trust_keys[i])) {
            return true;
        }
    }
    return false;
}

static struct cos_span without_prefix(struct cos_span name, struct cam_condition *out)
{
    static const char any[] = "for_any_value:";
    static const char all[] = "for_all_value:";
    if (cos_span_starts(name, cos_span_of(any))) {
        return cos_span_from(name, sizeof(any) - 1);
    }
    if (cos_span_starts(name, cos_span_of(all))) {
        out->is_optional = true;
        return cos_span_from(name, sizeof(all) - 1);
    }
    return name;
}

bool cam_condition_named(struct cos_span name, struct cam_condition *out)
{
    struct cos_span suffix = COS_SPAN_LIT("_if_exist");
    *out = (struct cam_condition){.name = name};
    struct cos_span plain = without_prefix(name, out);
    if (cos_span_ends(plain, suffix)) {
        plain.len -= suffix.len;
        out->is_optional = true;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(operators) && out->op == NULL; i++) {
        out->op = cos_span_eq_str(plain, operators[i].name) ? &operators[i] : NULL;
    }
    return out->op != NULL;
}

struct cos_span cam_condition_fact(const struct cam_context *context, struct cos_span key)
{
    for (size_t i = 0; i < context->n_facts; i++) {
        if (cos_span_eq_str(key, context->facts[i].key)) {
            return context->facts[i].value;
        }
    }
    return (struct cos_span){NULL, 0};
}

static bool holds(const struct cam_condition *c, const struct cam_context *context)
{
    struct cos_span fact = cam_condition_fact(context, c->key);
    if (fact.ptr == NULL) {
        return c->is_optional;
    }
    bool is_found = false;
    for (size_t i = 0; i < c->n_values && !is_found; i++) {
        is_found = c->op->fits(c->values[i], fact);
    }
    return is_found != c->op->is_negated;
}

const struct cam_condition *cam_condition_failing(const struct cam_condition *conditions,
                                                  size_t n, const struct cam_context *context)
{
    for (size_t i = 0; i < n; i++) {
        if (!holds(&conditions[i], context)) {
            return &conditions[i];
        }
    }
    return NULL;
}
