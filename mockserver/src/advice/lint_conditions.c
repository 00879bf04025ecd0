/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about conditions: operators, keys, who carries a key, and how values are compared. */
#include "advice/lint_inside.h"

#include "advice/actions.h"
#include "cam/policy.h"
#include "cosbase/codec.h"

static const char *shown(struct look *l, struct cos_span text)
{
    return cos_arena_str(&l->out->arena, cos_span_sub(text, 0, 80));
}

/* --- operators --- */

/* "StringEquals", "IpAddress": of AWS; CAM's have '_' between their words. */
static bool is_of_aws(const char *name)
{
    static const char *const words[] = {"String",    "Numeric",      "Date", "Bool", "Binary",
                                        "IpAddress", "NotIpAddress", "Arn",  "Null"};
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if (strncmp(name, words[i], strlen(words[i])) == 0 && strchr(name, '_') == NULL) {
            return true;
        }
    }
    return false;
}

static bool check_operator(struct look *l, const char *name, struct cam_condition *out)
{
    char why[200];
    if (cam_condition_named(cos_span_trim(cos_span_of(name)), out, why, sizeof(why))) {
        return true;
    }
    if (is_of_aws(name)) {
        lint_add_on_name(l, LINT_AWS_WORD, "'%.60s' is an operator of AWS; CAM has %s", name,
                         strncmp(name, "String", 6) == 0 ? "string_equal, string_like"
                                                         : "numeric_equal, ip_equal");
    } else {
        lint_add_on_name(l, LINT_UNKNOWN_OPERATOR, "operator '%.60s' %s", name, why);
    }
    return false;
}

/* --- keys --- */

static const struct cam_key *in_other_case(struct look *l, struct cos_span name)
{
    struct cos_span lower = cos_arena_lower(&l->out->arena, name);
    return cos_span_eq(lower, name) ? NULL : cam_key_named(lower);
}

static void check_key(struct look *l, const struct cam_condition *c)
{
    if (c->key != NULL && c->key->id < CAM_KEY_NOT_CARRIED) {
        return;
    }
    if (c->key != NULL) {
        lint_add_on_name(l, LINT_KEY_OF_NETWORK, "no request to this mock carries %s",
                         c->key->name);
        return;
    }
    const struct cam_key *right = in_other_case(l, c->key_name);
    const char *nearest = cam_key_nearest(c->key_name);
    if (right != NULL) {
        lint_add_on_name(l, LINT_KEY_CASE, "'%s' is %s in its own case", shown(l, c->key_name),
                         right->name);
    } else {
        lint_add_on_name(l, LINT_UNKNOWN_KEY, "no request carries '%s'%s%s",
                         shown(l, c->key_name), nearest == NULL ? "" : "; the nearest is ",
                         nearest == NULL ? "" : nearest);
    }
}

/* Some known action that @glob takes and that carries the key. */
static bool is_carried(const struct cam_key *key, struct cos_span glob)
{
    if (cos_span_chr(glob, '*') == SIZE_MAX) {
        return cam_key_is_carried_by(key, glob);
    }
    for (size_t i = 0; cam_action_at(i) != NULL; i++) {
        struct cos_span known = cos_span_of(cam_action_at(i));
        if (cam_glob(glob, known) && cam_key_is_carried_by(key, known)) {
            return true;
        }
    }
    return false;
}

static void check_carried(struct look *l, const struct lint_statement *st,
                          const struct cam_condition *c)
{
    struct lint_texts t = lint_texts_of(st->action);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL && c->key != NULL;
         text = lint_next(&t)) {
        if (!is_carried(c->key, cam_action_plain(text))) {
            lint_add_on_name(l, LINT_KEY_NOT_CARRIED,
                             "'%s' does not carry %s: the condition is always %s",
                             shown(l, text), c->key->name, c->is_if_exist ? "true" : "false");
        }
    }
}

/* Every request has these. */
static bool is_always_there(const struct cam_key *key)
{
    return key->id == CAM_KEY_IP || key->id == CAM_KEY_CURRENT_TIME ||
           key->id == CAM_KEY_HOST || key->id == CAM_KEY_SECURE_TRANSPORT ||
           key->id == CAM_KEY_MFA || key->id == CAM_KEY_UIN || key->id == CAM_KEY_OWNER_UIN;
}

/* What a request without the key makes of it. */
static void check_absent(struct look *l, const struct lint_statement *st,
                         const struct cam_condition *c)
{
    struct cam_manner manner = cam_condition_manner(c);
    if (manner.asks_null || c->quantifier == CAM_FOR_ALL) {
        lint_add_on_name(
            l, LINT_UNDOCUMENTED,
            manner.asks_null
                ? "what null_equal compares with is not documented"
                : "for_all_value: of a request that lacks the key is not documented");
        return;
    }
    if (c->key == NULL || is_always_there(c->key)) {
        return;
    }
    if (c->is_if_exist && !manner.is_negated && st->is_deny) {
        lint_add_on_name(l, LINT_DENY_IF_EXIST,
                         "a request without %s is denied, too; to deny other values: "
                         "a negated operator with _if_exist",
                         c->key->name);
    } else if (c->is_if_exist && !st->is_deny) {
        lint_add_on_name(l, LINT_ALLOW_IF_EXIST, "a request without %s is allowed",
                         c->key->name);
    } else if (!c->is_if_exist && manner.is_negated) {
        lint_add_on_name(l, LINT_NEGATED_PLAIN, "a request without %s is not %s", c->key->name,
                         st->is_deny ? "denied" : "allowed");
    }
}

/* --- values --- */

static bool has_escape(struct cos_span text)
{
    char decoded[200];
    struct cos_span some = cos_span_sub(text, 0, sizeof(decoded));
    return cos_percent_decode(decoded, some, /* plus_is_space= */ false) < some.len;
}

/* What @text would be as requests are compared: '*' of a pattern stays. */
static struct cos_span as_compared(struct cos_arena *a, struct cos_span text, bool is_like)
{
    char *raw = cos_arena_alloc(a, text.len + 1);
    struct cos_buf b;
    cos_buf_init(&b, 64u << 10);
    struct cos_span rest =
        raw == NULL ? COS_SPAN_EMPTY : cos_span_make(raw, cos_percent_decode(raw, text, false));
    while (rest.ptr != NULL) {
        size_t star = is_like ? cos_span_chr(rest, '*') : SIZE_MAX;
        struct cos_span piece = star == SIZE_MAX ? rest : cos_span_sub(rest, 0, star);
        cos_buf_span(&b, cam_percent_encoded(a, piece));
        if (star != SIZE_MAX) {
            cos_buf_ch(&b, '*');
        }
        rest = star == SIZE_MAX ? (struct cos_span){NULL, 0} : cos_span_from(rest, star + 1);
    }
    struct cos_span out = cos_arena_span(a, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return out;
}

static void check_text(struct look *l, const struct cam_condition *c, struct cos_span text)
{
    struct cam_manner manner = cam_condition_manner(c);
    size_t star = cos_span_chr(text, '*');
    bool is_parameter = c->key != NULL && c->key->is_parameter;
    bool is_variable = cos_span_find(text, COS_SPAN_LIT("${")) != SIZE_MAX;
    struct cos_span right =
        is_parameter && !is_variable ? as_compared(&l->out->arena, text, manner.is_like) : text;
    if (is_parameter && !manner.is_like && star != SIZE_MAX) {
        lint_add(l, LINT_STAR_IN_EQUAL, "'*' is itself to %s: string_like", shown(l, c->name));
    } else if (!cos_span_eq(right, text)) {
        lint_add(l, LINT_VALUE_UNENCODED, "%s is a parameter: write '%s'", c->key->name,
                 shown(l, right));
    } else if (!is_parameter && has_escape(text)) {
        lint_add(l, LINT_VALUE_ENCODED, "%s is compared as it is: write the characters",
                 shown(l, c->key_name));
    }
    if (!is_parameter && !manner.is_like && star != SIZE_MAX) {
        lint_add(l, LINT_STAR_IN_EQUAL, "'*' is itself to %s: string_like", shown(l, c->name));
    }
    bool is_inner = manner.is_like && text.len > 2 &&
                    cos_span_chr(cos_span_sub(text, 1, text.len - 2), '*') != SIZE_MAX;
    if (is_inner) {
        lint_add(l, LINT_INNER_STAR, "the '*' within '%s' is not documented", shown(l, text));
    }
}

/* "2030-01-01T00:00:00Z" */
static bool is_plain_date(struct cos_span text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    bool is_it = text.len == sizeof(form) - 1;
    for (size_t i = 0; is_it && i < text.len; i++) {
        is_it =
            form[i] == 'd' ? text.ptr[i] >= '0' && text.ptr[i] <= '9' : text.ptr[i] == form[i];
    }
    return is_it;
}

static void check_value(struct look *l, const struct cam_condition *c, const struct cos_json *n)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf printed;
    cos_buf_init(&printed, 64u << 10);
    if (!cos_json_is_str(n)) {
        cos_json_print(&printed, n);
    }
    struct cos_span text =
        cos_json_is_str(n) ? cos_span_of(cos_json_str(n)) : cos_buf_view(&printed);
    struct cam_value value;
    struct cam_manner manner = cam_condition_manner(c);
    if (!cam_condition_value(c, text, &value)) {
        lint_add(l, LINT_VALUE_FORM, "%s compares %s", shown(l, c->name),
                 cam_condition_form(c));
    } else if (manner.type == CAM_TYPE_DATE && !is_plain_date(text)) {
        lint_add(l, LINT_DATE_FORM, "a time is written like 2030-01-01T00:00:00Z");
    } else if (manner.type == CAM_TYPE_STRING && cos_json_is_str(n)) {
        check_text(l, c, text);
    }
}

static void check_values(struct look *l, const struct cam_condition *c,
                         const struct cos_json *key)
{
    bool is_list = cos_json_kind(key) == COS_JSON_ARRAY;
    size_t i = 0;
    for (const struct cos_json *n = is_list ? cos_json_first(key) : key; n != NULL;
         n = is_list ? cos_json_next(n) : NULL) {
        lint_enter(l, PLACE_ITEM(i++));
        check_value(l, c, n);
        lint_leave(l);
    }
}

/* Numbers, times and addresses are compared as such; as texts "10" is not "10.0". */
static void check_type(struct look *l, const struct cam_condition *c)
{
    struct cam_manner manner = cam_condition_manner(c);
    if (c->key == NULL || manner.asks_null || manner.type == c->key->type) {
        return;
    }
    bool is_odd = manner.type != CAM_TYPE_STRING || c->key->type == CAM_TYPE_IP ||
                  c->key->type == CAM_TYPE_DATE;
    if (is_odd) {
        lint_add_on_name(l, LINT_OPERATOR_TYPE, "%s is %s, which %s does not compare",
                         c->key->name, cam_type_form(c->key->type), shown(l, c->name));
    }
}

/* --- the whole --- */

static void check_condition(struct look *l, const struct lint_statement *st,
                            const struct cam_condition *op, const struct cos_json *key)
{
    struct cam_condition c = *op;
    struct cos_span name = cos_span_of(cos_json_name(key));
    c.key_name = cos_span_trim(name);
    c.key = cam_key_named(c.key_name);
    if (c.key_name.len != name.len) {
        lint_add_on_name(l, LINT_BLANK, "'%s' begins or ends with a blank", shown(l, name));
    }
    if (l->use != CAM_TRUST) {
        check_key(l, &c);
    }
    check_carried(l, st, &c);
    check_absent(l, st, &c);
    check_type(l, &c);
    check_values(l, &c, key);
}

void lint_conditions(struct look *l, const struct lint_statement *st)
{
    if (cos_json_kind(st->condition) != COS_JSON_OBJECT) {
        return; /* the reader says it */
    }
    lint_enter(l, PLACE_MEMBER("condition"));
    for (const struct cos_json *op = cos_json_first(st->condition); op != NULL;
         op = cos_json_next(op)) {
        struct cam_condition named;
        lint_enter(l, PLACE_MEMBER(cos_json_name(op)));
        if (check_operator(l, cos_json_name(op), &named) &&
            cos_json_kind(op) == COS_JSON_OBJECT) {
            for (const struct cos_json *key = cos_json_first(op); key != NULL;
                 key = cos_json_next(key)) {
                lint_enter(l, PLACE_MEMBER(cos_json_name(key)));
                check_condition(l, st, &named, key);
                lint_leave(l);
            }
        }
        lint_leave(l);
    }
    lint_leave(l);
}
