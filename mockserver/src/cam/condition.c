/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions (sts-cam.md s.3.2, cam-conditions.md s.1). Values are alternatives, keys and
 * operators must all hold; a negated operator holds when no value fits. A key that the request
 * lacks fails each of them, the negated ones too, unless it says "_if_exist"; "for_all_value:"
 * holds then, because all values of none fit, and null_equal asks just that. A value of the
 * request that is not of the operator's type fails it.
 *
 * Nothing is looked up before a condition wants it. Parameters are compared percent-encoded
 * (436/46205 notes), which the real service was seen to do (apache/gravitino#12199).
 */
#include "cam/condition.h"

#include "cam/match.h"
#include "cam/policy.h"
#include "cosbase/nearest.h"

enum relation {
    EQUAL,
    NOT_EQUAL,
    GREATER,
    GREATER_EQUAL,
    LESS,
    LESS_EQUAL,
    EQUAL_IGNORE_CASE,
    NOT_EQUAL_IGNORE_CASE,
    LIKE,
    NOT_LIKE,
    IS_NULL,
};
struct cam_operator {
    const char *name;
    enum cam_type type;
    enum relation relation;
};

/* cam-conditions.md s.1.1 */
static const struct cam_operator operators[] = {
    {"string_equal", CAM_TYPE_STRING, EQUAL},
    {"string_not_equal", CAM_TYPE_STRING, NOT_EQUAL},
    {"string_equal_ignore_case", CAM_TYPE_STRING, EQUAL_IGNORE_CASE},
    {"string_not_equal_ignore_case", CAM_TYPE_STRING, NOT_EQUAL_IGNORE_CASE},
    {"string_like", CAM_TYPE_STRING, LIKE},
    {"string_not_like", CAM_TYPE_STRING, NOT_LIKE},
    {"binary_equal", CAM_TYPE_STRING, EQUAL},
    {"numeric_equal", CAM_TYPE_NUMBER, EQUAL},
    {"numeric_not_equal", CAM_TYPE_NUMBER, NOT_EQUAL},
    {"numeric_greater_than", CAM_TYPE_NUMBER, GREATER},
    {"numeric_greater_than_equal", CAM_TYPE_NUMBER, GREATER_EQUAL},
    {"numeric_less_than", CAM_TYPE_NUMBER, LESS},
    {"numeric_less_than_equal", CAM_TYPE_NUMBER, LESS_EQUAL},
    {"date_equal", CAM_TYPE_DATE, EQUAL},
    {"date_not_equal", CAM_TYPE_DATE, NOT_EQUAL},
    {"date_greater_than", CAM_TYPE_DATE, GREATER},
    {"date_greater_than_equal", CAM_TYPE_DATE, GREATER_EQUAL},
    {"date_less_than", CAM_TYPE_DATE, LESS},
    {"date_less_than_equal", CAM_TYPE_DATE, LESS_EQUAL},
    {"bool_equal", CAM_TYPE_BOOL, EQUAL},
    {"ip_equal", CAM_TYPE_IP, EQUAL},
    {"ip_not_equal", CAM_TYPE_IP, NOT_EQUAL},
    {"null_equal", CAM_TYPE_BOOL, IS_NULL},
};

/* --- operators --- */

static bool is_negated(const struct cam_operator *op)
{
    return op->relation == NOT_EQUAL || op->relation == NOT_EQUAL_IGNORE_CASE ||
           op->relation == NOT_LIKE;
}

static struct cos_span without_prefix(struct cos_span name, struct cam_condition *out)
{
    struct cos_span any = COS_SPAN_LIT("for_any_value:");
    struct cos_span all = COS_SPAN_LIT("for_all_value:");
    if (cos_span_starts_nocase(name, any)) {
        out->quantifier = CAM_FOR_ANY;
        return cos_span_from(name, any.len);
    }
    if (cos_span_starts_nocase(name, all)) {
        out->quantifier = CAM_FOR_ALL;
        return cos_span_from(name, all.len);
    }
    return name;
}

static struct cos_span without_suffix(struct cos_span name, struct cam_condition *out)
{
    struct cos_span suffix = COS_SPAN_LIT("_if_exist");
    if (name.len > suffix.len &&
        cos_span_eq_nocase(cos_span_from(name, name.len - suffix.len), suffix)) {
        out->is_if_exist = true;
        name.len -= suffix.len;
    }
    return name;
}

static void say_nearest(struct cos_span plain, char *why, size_t size)
{
    const char *names[COS_ARRAY_LEN(operators)];
    for (size_t i = 0; i < COS_ARRAY_LEN(operators); i++) {
        names[i] = operators[i].name;
    }
    const char *nearest = cos_nearest(plain, names, COS_ARRAY_LEN(operators));
    (void)snprintf(why, size, "is none; %s%s", nearest == NULL ? "one is " : "the nearest is ",
                   nearest == NULL ? operators[0].name : nearest);
}

bool cam_condition_named(struct cos_span name, struct cam_condition *out, char *why,
                         size_t size)
{
    *out = (struct cam_condition){.name = name};
    struct cos_span plain = without_suffix(without_prefix(name, out), out);
    for (size_t i = 0; i < COS_ARRAY_LEN(operators) && out->op == NULL; i++) {
        bool is_it = cos_span_eq_nocase(plain, cos_span_of(operators[i].name));
        out->op = is_it ? &operators[i] : NULL;
    }
    if (out->op == NULL) {
        say_nearest(plain, why, size);
        return false;
    }
    if (out->op->relation == IS_NULL && out->is_if_exist) {
        (void)snprintf(why, size, "is none; null_equal has no _if_exist");
        return false;
    }
    return true;
}

bool cam_condition_value(const struct cam_condition *c, struct cos_span text,
                         struct cam_value *out)
{
    if (!cam_value_read(out, c->op->type, text)) {
        return false;
    }
    out->has_variables =
        c->op->type == CAM_TYPE_STRING && cos_span_find(text, COS_SPAN_LIT("${")) != SIZE_MAX;
    return true;
}

const char *cam_condition_form(const struct cam_condition *c)
{
    return cam_type_form(c->op->type);
}

struct cam_manner cam_condition_manner(const struct cam_condition *c)
{
    enum relation relation = c->op->relation;
    return (struct cam_manner){
        .type = c->op->type,
        .is_negated = is_negated(c->op),
        .is_like = relation == LIKE || relation == NOT_LIKE,
        .ignores_case = relation == EQUAL_IGNORE_CASE || relation == NOT_EQUAL_IGNORE_CASE,
        .asks_null = relation == IS_NULL,
    };
}

/* --- what looks like a mistake --- */

static const char *value_complaint(const struct cam_condition *c, char *out, size_t size)
{
    for (size_t i = 0; c->key->is_parameter && i < c->n_values; i++) {
        struct cos_span text = c->values[i].text;
        size_t slash = cos_span_chr(text, '/');
        if (slash != SIZE_MAX) {
            (void)snprintf(out, size,
                           "the '/' in '%.*s' never fits: %s is a parameter and compared "
                           "percent-encoded; write %%2F",
                           (int)(text.len < 60 ? text.len : 60), text.ptr, c->key->name);
            return out;
        }
    }
    return NULL;
}

const char *cam_condition_complaint(const struct cam_condition *c, char *out, size_t size)
{
    if (c->key == NULL) {
        const char *nearest = cam_key_nearest(c->key_name);
        (void)snprintf(out, size, "no request carries condition key '%.*s'%s%s",
                       (int)(c->key_name.len < 60 ? c->key_name.len : 60), c->key_name.ptr,
                       nearest == NULL ? "" : "; the nearest is ",
                       nearest == NULL ? "" : nearest);
        return out;
    }
    if (c->key->id >= CAM_KEY_NOT_CARRIED) {
        (void)snprintf(out, size, "no request to this mock carries condition key %s",
                       c->key->name);
        return out;
    }
    bool is_odd = c->op->type != c->key->type && c->op->type != CAM_TYPE_STRING &&
                  c->op->relation != IS_NULL;
    if (is_odd) {
        (void)snprintf(out, size, "%s compares %s, and %s is none", c->op->name,
                       cam_type_form(c->op->type), c->key->name);
        return out;
    }
    return value_complaint(c, out, size);
}

/* --- what the request says --- */

void cam_asked_init(struct cam_asked *a, const struct cam_question *q, struct cos_arena *arena)
{
    a->question = q;
    a->arena = arena;
    a->known = 0;
}

static struct cam_values one_value(struct cos_span value)
{
    return (struct cam_values){.one = value, .n = value.ptr != NULL};
}

/* As encodeURIComponent of an SDK does it, without the characters RFC 3986 reserves. */
struct cos_span cam_percent_encoded(struct cos_arena *arena, struct cos_span value)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = cos_arena_alloc(arena, 3 * value.len + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                        (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.' || c == '~';
        out[n++] = is_plain ? (char)c : '%';
        if (!is_plain) {
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        }
    }
    return out == NULL ? COS_SPAN_EMPTY : cos_span_make(out, n);
}

static struct cam_values look_up(struct cam_asked *a, const struct cam_key *key)
{
    const struct cam_question *q = a->question;
    const struct cam_context *context = &q->context;
    for (size_t i = 0; i < context->n_facts; i++) {
        if (strcmp(key->name, context->facts[i].key) == 0) {
            return one_value(context->facts[i].value);
        }
    }
    if (key->id == CAM_KEY_UIN || key->id == CAM_KEY_OWNER_UIN) {
        bool is_somebody = q->who->kind != CAM_ANONYMOUS;
        const char *uin = key->id == CAM_KEY_UIN ? q->who->uin : q->who->owner_uin;
        return one_value(is_somebody ? cos_span_of(uin) : (struct cos_span){NULL, 0});
    }
    struct cam_values out = {.n = 0};
    if (context->find == NULL || !cam_key_is_carried_by(key, cam_action_plain(q->action))) {
        return out;
    }
    context->find(context->ctx, key, &out);
    if (key->is_parameter && out.n == 1) {
        out = one_value(cam_percent_encoded(a->arena, out.one));
    }
    return out;
}

struct cam_values cam_asked_values(struct cam_asked *a, const struct cam_condition *c)
{
    if (c->key == NULL) {
        return (struct cam_values){.n = 0};
    }
    if (c->key->id == CAM_KEY_OF_TRUST) { /* many keys, few facts */
        return look_up(a, c->key);
    }
    uint64_t bit = UINT64_C(1) << c->key->id;
    if ((a->known & bit) == 0) {
        a->of[c->key->id] = look_up(a, c->key);
        a->known |= bit;
    }
    return a->of[c->key->id];
}

struct cos_span cam_value_at(const struct cam_values *v, size_t i)
{
    return v->several == NULL ? v->one : v->several[i];
}

/* --- the judgement --- */

/* "${uin}", "${owner_uin}", "${app_id}" of the caller; others stand for themselves. */
static struct cos_span expanded(struct cam_asked *a, struct cos_span text)
{
    const struct cam_principal *who = a->question->who;
    const struct {
        struct cos_span name;
        const char *value;
    } variables[] = {{COS_SPAN_LIT("${uin}"), who->uin},
                     {COS_SPAN_LIT("${owner_uin}"), who->owner_uin},
                     {COS_SPAN_LIT("${app_id}"), who->appid}};
    size_t most = strlen(who->uin) + strlen(who->owner_uin) + strlen(who->appid);
    char *out = cos_arena_alloc(a->arena, text.len * (most + 1));
    char *end = out;
    while (text.len > 0 && out != NULL) {
        size_t i = 0;
        while (i < COS_ARRAY_LEN(variables) && !cos_span_starts(text, variables[i].name)) {
            i++;
        }
        bool is_variable = i < COS_ARRAY_LEN(variables);
        end = cos_span_put(end, is_variable ? cos_span_of(variables[i].value)
                                            : cos_span_sub(text, 0, 1));
        text = cos_span_from(text, is_variable ? variables[i].name.len : 1);
    }
    return out == NULL ? COS_SPAN_EMPTY : cos_span_make(out, (size_t)(end - out));
}

/* Whether @have fits one value, or, of a negated operator, that which it negates. */
static bool fits(struct cam_asked *a, const struct cam_operator *op,
                 const struct cam_value *wanted, const struct cam_value *have,
                 struct cam_text *searched)
{
    if (op->type == CAM_TYPE_IP) {
        return cam_network_holds(&wanted->network, &have->network);
    }
    if (op->type == CAM_TYPE_BOOL) {
        return wanted->is_true == have->is_true;
    }
    if (op->type == CAM_TYPE_STRING) {
        struct cos_span text = wanted->has_variables ? expanded(a, wanted->text) : wanted->text;
        return op->relation == LIKE || op->relation == NOT_LIKE ? cam_glob_in(searched, text)
               : op->relation == EQUAL || op->relation == NOT_EQUAL
                   ? cos_span_eq(text, have->text)
                   : cos_span_eq_nocase(text, have->text);
    }
    int order = cam_value_compare(op->type, have, wanted);
    return op->relation == GREATER         ? order > 0
           : op->relation == GREATER_EQUAL ? order >= 0
           : op->relation == LESS          ? order < 0
           : op->relation == LESS_EQUAL    ? order <= 0
                                           : order == 0;
}

/* One value that the request has. */
static bool holds_for(struct cam_asked *a, const struct cam_condition *c, struct cos_span text)
{
    struct cam_value have;
    if (!cam_value_read(&have, c->op->type, text)) {
        return false;
    }
    COS_CLEANUP(cam_text_deinit) struct cam_text searched = {have.text, .may_index = true};
    bool is_found = false;
    for (size_t i = 0; i < c->n_values && !is_found; i++) {
        is_found = fits(a, c->op, &c->values[i], &have, &searched);
    }
    return is_found != is_negated(c->op);
}

/* cam-conditions.md s.1.4; that an empty value is none, too: 598/10608. */
static bool holds_null(const struct cam_condition *c, const struct cam_values *v)
{
    bool is_null = v->n == 0 || (v->n == 1 && cam_value_at(v, 0).len == 0);
    for (size_t i = 0; i < c->n_values; i++) {
        if (c->values[i].is_true == is_null) {
            return true;
        }
    }
    return false;
}

static bool holds(struct cam_asked *a, const struct cam_condition *c)
{
    struct cam_values v = cam_asked_values(a, c);
    if (c->op->relation == IS_NULL) {
        return holds_null(c, &v);
    }
    if (v.n == 0) {
        return c->is_if_exist || c->quantifier == CAM_FOR_ALL;
    }
    bool all =
        c->quantifier == CAM_FOR_ALL || (c->quantifier == CAM_PLAIN && is_negated(c->op));
    for (size_t i = 0; i < v.n; i++) {
        if (holds_for(a, c, cam_value_at(&v, i)) != all) {
            return !all;
        }
    }
    return all;
}

const struct cam_condition *cam_condition_failing(const struct cam_condition *conditions,
                                                  size_t n, struct cam_asked *asked)
{
    for (size_t i = 0; i < n; i++) {
        if (!holds(asked, &conditions[i])) {
            return &conditions[i];
        }
    }
    return NULL;
}
