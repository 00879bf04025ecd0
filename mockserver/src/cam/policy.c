/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a policy (sts-cam.md s.3.1). Strict about everything that could widen or narrow a
 * right unnoticed: unknown elements, duplicate names, wrong types, bad resources, operators and
 * values of conditions that are none. Lenient where the service is: element names, operators
 * and the effect in any case, a string for a list of one, a principal in a session policy
 * (official demos send one) is ignored, a condition key that nobody knows is absent. Some of it
 * may be refused where a policy is put (cam_policy_admit()); what is kept is read as ever.
 */
#include "cam/policy.h"

#include "cosbase/alloc.h"
#include "cosbase/json.h"

#include <stdarg.h>

#define MAX_POLICY_BYTES (64u << 10)
#define MAX_WARNINGS 8

struct reader {
    struct cos_arena *a;
    enum cam_policy_use use;
    struct cos_text_error *err;
    struct cos_span json;
    struct cam_policy *policy; /* being read */
    int statement;             /* from 0, for messages; -1: outside of them */
    enum cam_element *at;      /* what is being read */
};

/* What is being read, as the text calls it; NULL: the whole, or the statement. */
static const char *element_name(const struct reader *r)
{
    static const char *const names[CAM_ELEMENTS] = {
        [CAM_ELEMENT_VERSION] = "version",     [CAM_ELEMENT_STATEMENT] = "statement",
        [CAM_ELEMENT_EFFECT] = "effect",       [CAM_ELEMENT_ACTION] = "action",
        [CAM_ELEMENT_RESOURCE] = "resource",   [CAM_ELEMENT_PRINCIPAL] = "principal",
        [CAM_ELEMENT_CONDITION] = "condition", [CAM_ELEMENT_OPERATOR] = "condition",
        [CAM_ELEMENT_VALUE] = "condition",
    };
    return names[*r->at];
}

static int bad(const struct reader *r, const char *fmt, ...) COS_PRINTF(2, 3);
static int bad(const struct reader *r, const char *fmt, ...)
{
    char what[200];
    unsigned line = 0;
    unsigned column = 0;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    cam_locate(r->json, r->statement, element_name(r), &line, &column);
    if (r->statement < 0) {
        cos_text_error_set(r->err, line, column, "%s", what);
    } else {
        cos_text_error_set(r->err, line, column, "statement %d: %s", r->statement, what);
    }
    return -1;
}

static const struct reader *at(const struct reader *r, enum cam_element element)
{
    *r->at = element;
    return r;
}

static int no_memory(const struct reader *r)
{
    cos_text_error_set(r->err, 0, 0, "no memory for the policy");
    return -1;
}

static bool named(const struct cos_json *member, const char *name)
{
    return cos_span_eq_nocase(cos_span_of(cos_json_name(member)), cos_span_of(name));
}

/* The member called @name in any case; *out NULL when absent; -1 when it appears twice. */
static int find(const struct reader *r, const struct cos_json *object, const char *name,
                const struct cos_json **out)
{
    *out = NULL;
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        if (named(m, name)) {
            if (*out != NULL) {
                return bad(r, "element '%s' appears twice", name);
            }
            *out = m;
        }
    }
    return 0;
}

static int check_names(const struct reader *r, const struct cos_json *object,
                       const char *const known[], const char *where)
{
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        bool found = false;
        for (size_t i = 0; known[i] != NULL; i++) {
            found = found || named(m, known[i]);
        }
        if (!found) {
            return bad(r, "unknown element '%.60s' in %s; known are %s", cos_json_name(m),
                       where,
                       r->statement < 0
                           ? "version, statement, principal"
                           : "effect, action, resource, principal, condition, sid");
        }
    }
    return 0;
}

struct cos_span cam_action_plain(struct cos_span action)
{
    return cos_span_starts(action, COS_SPAN_LIT("name/")) ? cos_span_from(action, 5) : action;
}

/* A policy of 64 KiB can hold 7000 misspelt actions; looking for the neighbours of all of them
 * took 0.4 s. */
static bool may_warn(const struct reader *r)
{
    return r->policy->n_warnings < MAX_WARNINGS;
}

static int warn(const struct reader *r, const struct cam_statement *st, const char *what)
{
    struct cam_warning *w = cos_arena_alloc(r->a, sizeof(*w));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 2048);
    cam_print_statement(&b, r->policy, r->statement, st->sid);
    cos_buf_printf(&b, ": %s", what);
    if (w == NULL) {
        return no_memory(r);
    }
    w->text = cos_arena_span(r->a, cos_buf_view(&b));
    *r->policy->last_warning = w;
    r->policy->last_warning = &w->next;
    r->policy->n_warnings++;
    return r->a->failed ? no_memory(r) : 0;
}

/* Once is enough, where it is refused. */
static int note_taken(const struct reader *r, enum cam_liberty liberty, const char *what)
{
    struct cam_taken **taken = &r->policy->taken[liberty];
    if (*taken != NULL) {
        return 0;
    }
    *taken = cos_arena_alloc(r->a, sizeof(**taken));
    if (*taken == NULL) {
        return no_memory(r);
    }
    struct reader noting = *r;
    noting.err = &(*taken)->error;
    (*taken)->at = *r->at;
    (void)bad(&noting, "%s", what);
    return 0;
}

static int take(const struct reader *r, const struct cam_statement *st,
                enum cam_liberty liberty, const char *what)
{
    int noted = note_taken(r, liberty, what);
    return noted < 0 || !may_warn(r) ? noted : warn(r, st, what);
}

static int take_blanks(const struct reader *r, const struct cam_statement *st, const char *name,
                       struct cos_span text)
{
    char what[200];
    (void)snprintf(what, sizeof(what), "blanks stand around %s '%.*s'", name,
                   (int)(text.len < 80 ? text.len : 80), text.ptr);
    return take(r, st, CAM_LIBERTY_BLANKS, what);
}

/* A string, or a non-empty list of strings, as spans in the arena. */
static int strings(const struct reader *r, const struct cos_json *n, const char *name,
                   const struct cam_statement *st, struct cos_span **out, size_t *out_n)
{
    bool single = cos_json_is_str(n);
    size_t count = single ? 1 : (cos_json_kind(n) == COS_JSON_ARRAY ? cos_json_count(n) : 0);
    if (count == 0) {
        return bad(r, "'%s' must be a string or a non-empty list of strings", name);
    }
    struct cos_span *list = cos_arena_array(r->a, count, sizeof(*list));
    if (list == NULL) {
        return no_memory(r);
    }
    const struct cos_json *item = single ? n : cos_json_first(n);
    for (size_t i = 0; i < count; i++) {
        if (!cos_json_is_str(item)) {
            return bad(r, "'%s' must hold strings only", name);
        }
        struct cos_span text = cos_span_of(cos_json_str(item));
        list[i] = cos_arena_span(r->a, cos_span_trim(text));
        if (list[i].len != text.len && take_blanks(r, st, name, list[i]) < 0) {
            return -1;
        }
        item = cos_json_next(item);
    }
    if (r->a->failed) {
        return no_memory(r);
    }
    *out = list;
    *out_n = count;
    return 0;
}

/* --- older spellings of a path (sts-cam.md s.3.1) --- */

/* What a path is read as, and whether documents have the spelling it has. */
struct cam_path {
    struct cos_span path;
    bool is_documented;
};

/* "prefix//<appid>/<bucket>/<key>" of the STS SDKs' getPolicy. False: it is none. */
static bool read_prefix_form(struct cos_arena *a, struct cos_span path, struct cam_path *out)
{
    struct cos_span rest = path;
    if (!cos_span_starts(path, COS_SPAN_LIT("prefix//"))) {
        return false;
    }
    rest = cos_span_from(rest, 8);
    struct cos_span appid = cos_span_cut(&rest, '/');
    struct cos_span bucket = rest.ptr == NULL ? COS_SPAN_EMPTY : cos_span_cut(&rest, '/');
    uint64_t number;
    if (rest.ptr == NULL) {
        return false;
    }
    out->is_documented = cos_span_u64(appid, &number);
    out->path = cos_arena_printf(a, COS_SPAN_FMT "-" COS_SPAN_FMT "/" COS_SPAN_FMT,
                                 COS_SPAN_ARG(bucket), COS_SPAN_ARG(appid), COS_SPAN_ARG(rest));
    return true;
}

/* The bucket's host in its place: "<bucket>.cos.<region>.myqcloud.com/<key>", without "cos." in
 * the oldest. */
static bool read_host_form(struct cos_arena *a, struct cos_span path, struct cam_path *out)
{
    struct cos_span suffix = COS_SPAN_LIT(".myqcloud.com");
    struct cos_span rest = path;
    struct cos_span host = cos_span_cut(&rest, '/');
    if (rest.ptr == NULL || !cos_span_ends(host, suffix)) {
        return false;
    }
    struct cos_span region = cos_span_sub(host, 0, host.len - suffix.len);
    struct cos_span bucket = cos_span_cut(&region, '.');
    region = cos_span_starts(region, COS_SPAN_LIT("cos.")) ? cos_span_from(region, 4) : region;
    out->is_documented = region.len > 0 && cos_span_chr(region, '.') == SIZE_MAX;
    out->path = cos_arena_printf(a, COS_SPAN_FMT "/" COS_SPAN_FMT, COS_SPAN_ARG(bucket),
                                 COS_SPAN_ARG(rest));
    return true;
}

/* Two old spellings are documented; what only resembles them may be refused. */
static int warn_of_spelling(const struct reader *r, const struct cam_statement *st,
                            struct cos_span have, const struct cam_path *want)
{
    char what[300];
    (void)snprintf(what, sizeof(what), "'%.*s' is no spelling of the documents%s; '%.*s' is",
                   (int)(have.len < 80 ? have.len : 80), have.ptr,
                   want->is_documented ? " of today" : "",
                   (int)(want->path.len < 80 ? want->path.len : 80), want->path.ptr);
    return !want->is_documented ? take(r, st, CAM_LIBERTY_PATH, what)
           : may_warn(r)        ? warn(r, st, what)
                                : 0;
}

static int read_actions(const struct reader *r, const struct cos_json *n,
                        struct cam_statement *st)
{
    if (n == NULL) {
        return bad(r, "missing element '%s'", "action");
    }
    if (strings(r, n, "action", st, &st->actions, &st->n_actions) < 0) {
        return -1;
    }
    for (size_t i = 0; i < st->n_actions; i++) {
        struct cos_span plain = cam_action_plain(st->actions[i]);
        size_t colon = cos_span_chr(plain, ':');
        if (!cos_span_eq_str(plain, "*") &&
            (colon == SIZE_MAX || colon == 0 || colon + 1 == plain.len)) {
            return bad(r,
                       "action '%.80s' must be \"*\" or [name/]<service>:<action>, such as "
                       "name/cos:GetObject",
                       cos_arena_str(r->a, st->actions[i]));
        }
        st->actions[i] = plain;
        char what[200];
        if (may_warn(r) && cam_action_complaint(plain, what, sizeof(what)) != NULL &&
            warn(r, st, what) < 0) {
            return -1;
        }
    }
    return 0;
}

bool cam_resource_split(struct cam_resource *out, struct cos_span text)
{
    *out = (struct cam_resource){.text = text, .is_star = cos_span_eq_str(text, "*")};
    if (out->is_star) {
        return true;
    }
    struct cos_span rest = text;
    struct cos_span qcs = cos_span_cut(&rest, ':');
    struct cos_span *const segments[] = {NULL, &out->service, &out->region, &out->account};
    for (size_t i = 0; i < COS_ARRAY_LEN(segments); i++) {
        if (rest.ptr == NULL) {
            return false;
        }
        struct cos_span piece = cos_span_cut(&rest, ':');
        if (segments[i] != NULL) {
            *segments[i] = piece;
        }
    }
    out->path = rest;
    return cos_span_eq_str(qcs, "qcs") && rest.ptr != NULL;
}

static int read_resources(const struct reader *r, const struct cos_json *n,
                          struct cam_statement *st)
{
    struct cos_span *texts = NULL;
    if (n == NULL) {
        return r->use == CAM_TRUST ? 0 : bad(r, "missing element '%s'", "resource");
    }
    if (strings(r, n, "resource", st, &texts, &st->n_resources) < 0) {
        return -1;
    }
    st->resources = cos_arena_array(r->a, st->n_resources, sizeof(*st->resources));
    if (texts == NULL || st->resources == NULL) {
        return no_memory(r);
    }
    for (size_t i = 0; i < st->n_resources; i++) {
        if (!cam_resource_split(&st->resources[i], texts[i])) {
            return bad(r,
                       "resource '%.80s' must be \"*\" or "
                       "qcs::<service>:<region>:<account>:<resource>",
                       cos_arena_str(r->a, texts[i]));
        }
        char what[300];
        if (may_warn(r) && cam_account_complaint(texts[i], what, sizeof(what)) != NULL &&
            warn(r, st, what) < 0) {
            return -1;
        }
        struct cam_path read;
        struct cos_span *path = &st->resources[i].path;
        if (read_prefix_form(r->a, *path, &read) || read_host_form(r->a, *path, &read)) {
            if (warn_of_spelling(r, st, *path, &read) < 0) {
                return -1;
            }
            *path = read.path;
        }
    }
    return r->a->failed ? no_memory(r) : 0;
}

/* Everybody, in each of the spellings of documents and SDKs (cos-operations-1.md s.4). */
static bool is_anyone(struct cos_span text)
{
    return cos_span_eq_str(text, "*") || cos_span_eq_str(text, "qcs::cam::anyone:anyone") ||
           cos_span_eq_str(text, "qcs::cam::anonymous:anonymous");
}

/* What stands behind "qcs::cam::uin/<owner>:"; false: nothing that is known. */
static bool read_of_account(struct cos_span rest, struct cam_grantee *out)
{
    if (cos_span_eq_str(rest, "root")) {
        out->uin = out->owner_uin;
    } else if (cos_span_starts(rest, COS_SPAN_LIT("uin/"))) {
        out->uin = cos_span_from(rest, 4);
    } else if (cos_span_starts(rest, COS_SPAN_LIT("roleName/"))) {
        out->role = cos_span_from(rest, 9);
    } else if (cos_span_starts(rest, COS_SPAN_LIT("role/"))) {
        out->role_id = cos_span_from(rest, 5);
    } else if (cos_span_starts(rest, COS_SPAN_LIT("service/"))) {
        /* a product, such as cdn, which no caller is */
        out->whole_arn = cos_span_from(rest, 8).len > 0 ? rest : COS_SPAN_EMPTY;
    }
    return out->uin.len + out->role.len + out->role_id.len + out->whole_arn.len > 0;
}

/* Somebody of an account, or anyone (cam-conditions.md s.4). */
static int read_grantee(const struct reader *r, struct cos_span text, struct cam_grantee *out)
{
    *out = (struct cam_grantee){0};
    if (is_anyone(text)) {
        out->is_anyone = true;
        return 0;
    }
    struct cos_span rest = text;
    if (cos_span_starts(text, COS_SPAN_LIT("qcs::cam::uin/"))) {
        rest = cos_span_from(text, 14);
        out->owner_uin = cos_span_cut(&rest, ':');
        if (rest.ptr != NULL && read_of_account(rest, out)) {
            return 0;
        }
    }
    return bad(r,
               "principal '%.80s' must be \"*\", qcs::cam::anyone:anyone or "
               "qcs::cam::uin/<owner>: with root, uin/<user>, roleName/<name> or role/<id>",
               cos_arena_str(r->a, text));
}

/* Identity providers by their arn, services of the cloud by their host name. */
static int read_whole_arn(const struct reader *r, struct cos_span text, struct cam_grantee *out)
{
    *out = (struct cam_grantee){.whole_arn = text};
    return text.len > 0 ? 0 : bad(r, "'%s' must not be empty", "principal");
}

static int add_grantees(const struct reader *r, const struct cos_json *list,
                        struct cam_statement *st,
                        int (*read_one)(const struct reader *r, struct cos_span text,
                                        struct cam_grantee *out))
{
    struct cos_span *texts = NULL;
    size_t n = 0;
    if (list == NULL) {
        return 0;
    }
    if (strings(r, list, "principal", st, &texts, &n) < 0) {
        return -1;
    }
    struct cam_grantee *all = cos_arena_array(r->a, st->n_grantees + n, sizeof(*all));
    if (texts == NULL || all == NULL) {
        return no_memory(r);
    }
    if (st->n_grantees > 0) {
        memcpy(all, st->grantees, st->n_grantees * sizeof(*all));
    }
    st->grantees = all;
    for (size_t i = 0; i < n; i++) {
        if (read_one(r, texts[i], &all[st->n_grantees]) < 0) {
            return -1;
        }
        st->n_grantees++;
    }
    return 0;
}

/* Services of the cloud may be named anywhere, and are no caller of this mock; who comes from
 * an identity provider has a role, so that bucket policies name none. */
static int check_principal_names(const struct reader *r, const struct cos_json *n)
{
    for (const struct cos_json *m = cos_json_first(n); m != NULL; m = cos_json_next(m)) {
        const char *name = cos_json_name(m);
        bool is_known = strcmp(name, "qcs") == 0 || strcmp(name, "service") == 0 ||
                        (r->use == CAM_TRUST && strcmp(name, "federated") == 0);
        if (!is_known) {
            return bad(r, "'principal' has '%.60s'; known are qcs, service%s", name,
                       r->use == CAM_TRUST ? ", federated" : "");
        }
    }
    return 0;
}

static int read_named(const struct reader *r, const struct cos_json *n,
                      struct cam_statement *st)
{
    if (check_principal_names(r, n) < 0 ||
        add_grantees(r, cos_json_get(n, "qcs"), st, read_grantee) < 0 ||
        add_grantees(r, cos_json_get(n, "federated"), st, read_whole_arn) < 0 ||
        add_grantees(r, cos_json_get(n, "service"), st, read_whole_arn) < 0) {
        return -1;
    }
    return st->n_grantees > 0 ? 0
           : r->use == CAM_TRUST
               ? bad(r, "'%s' must name somebody below \"qcs\", \"federated\" or \"service\"",
                     "principal")
               : bad(r, "'%s' must be \"*\" or {\"qcs\": [...]}", "principal");
}

static int read_grantees(const struct reader *r, const struct cos_json *n,
                         struct cam_statement *st)
{
    if (n == NULL) {
        return bad(r,
                   r->use == CAM_TRUST
                       ? "missing element '%s': a trust policy says who may assume the role"
                       : "missing element '%s': a bucket policy says to whom it applies",
                   "principal");
    }
    if (cos_json_kind(n) == COS_JSON_OBJECT) {
        return read_named(r, n, st);
    }
    bool is_star = cos_json_is_str(n) && strcmp(cos_json_str(n), "*") == 0;
    if (!is_star && take(r, st, CAM_LIBERTY_BARE_PRINCIPAL,
                         "a principal that is no \"*\" stands in {\"qcs\": [...]}") < 0) {
        return -1;
    }
    return add_grantees(r, n, st, read_grantee);
}

/* --- conditions --- */

/* "Values are strings or numbers", and bools of bool_equal; one or a list. */
static bool is_scalar(const struct cos_json *n)
{
    enum cos_json_kind kind = cos_json_kind(n);
    return n != NULL &&
           (kind == COS_JSON_STRING || kind == COS_JSON_NUMBER || kind == COS_JSON_BOOL);
}

static int read_condition_value(const struct reader *r, const struct cos_json *n,
                                const struct cam_condition *c, struct cam_value *out)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf printed;
    cos_buf_init(&printed, MAX_POLICY_BYTES);
    if (is_scalar(n) && !cos_json_is_str(n)) {
        cos_json_print(&printed, n);
    }
    struct cos_span text =
        cos_json_is_str(n) ? cos_span_of(cos_json_str(n)) : cos_buf_view(&printed);
    if (is_scalar(n) && cam_condition_value(c, cos_arena_span(r->a, text), out)) {
        return r->a->failed ? no_memory(r) : 0;
    }
    return bad(r, "value '%.*s' of condition key %.60s below %.60s must be %s",
               (int)(text.len < 40 ? text.len : 40), text.ptr, cos_arena_str(r->a, c->key_name),
               cos_arena_str(r->a, c->name), cam_condition_form(c));
}

static int read_condition_values(const struct reader *r, const struct cos_json *n,
                                 struct cam_condition *c)
{
    bool is_list = cos_json_kind(n) == COS_JSON_ARRAY;
    size_t count = is_list ? cos_json_count(n) : 1;
    c->values = cos_arena_array(r->a, count, sizeof(*c->values));
    if (count == 0) {
        return bad(r, "condition key '%.60s' must have a value or a non-empty list of them",
                   cos_arena_str(r->a, c->key_name));
    }
    if (c->values == NULL) {
        return no_memory(r);
    }
    const struct cos_json *item = is_list ? cos_json_first(n) : n;
    for (size_t i = 0; i < count; i++, item = cos_json_next(item)) {
        if (read_condition_value(r, item, c, &c->values[i]) < 0) {
            return -1;
        }
        c->n_values++;
    }
    return 0;
}

/* A trust policy may ask what the calls of STS say, and what is said by every request. */
static int check_key_of_trust(const struct reader *r, const struct cam_condition *c)
{
    bool is_general = cos_span_starts(c->key_name, COS_SPAN_LIT("qcs:"));
    if (c->key != NULL && (c->key->id == CAM_KEY_OF_TRUST || is_general)) {
        return 0;
    }
    return bad(r,
               "condition key '%.60s' must be sts:external_id, or one of saml:aud, "
               "saml:iss, saml:sub, saml:sub_type, oidc:aud, oidc:iss, oidc:sub",
               cos_arena_str(r->a, c->key_name));
}

static int read_condition(const struct reader *r, const struct cos_json *op,
                          const struct cos_json *key, const struct cam_statement *st,
                          struct cam_condition *out)
{
    char what[200];
    if (!cam_condition_named(cos_span_trim(cos_span_of(cos_json_name(op))), out, what,
                             sizeof(what))) {
        return bad(at(r, CAM_ELEMENT_OPERATOR), "condition operator '%.60s' %s",
                   cos_json_name(op), what);
    }
    out->name = cos_arena_span(r->a, out->name);
    out->key_name = cos_arena_span(r->a, cos_span_trim(cos_span_of(cos_json_name(key))));
    out->key = cam_key_named(out->key_name);
    (void)at(r, CAM_ELEMENT_VALUE);
    if ((r->use == CAM_TRUST && check_key_of_trust(r, out) < 0) ||
        read_condition_values(r, key, out) < 0) {
        return -1;
    }
    return may_warn(r) && cam_condition_complaint(out, what, sizeof(what)) != NULL
               ? warn(r, st, what)
               : 0;
}

static int read_conditions(const struct reader *r, const struct cos_json *n,
                           struct cam_statement *st)
{
    size_t most = 0;
    for (const struct cos_json *op = cos_json_first(n); op != NULL; op = cos_json_next(op)) {
        if (cos_json_kind(op) != COS_JSON_OBJECT || cos_json_count(op) == 0) {
            return bad(r, "'%s' must be {operator: {key: value}}", "condition");
        }
        most += cos_json_count(op);
    }
    st->conditions = cos_arena_array(r->a, most, sizeof(*st->conditions));
    if (st->conditions == NULL) {
        return no_memory(r);
    }
    for (const struct cos_json *op = cos_json_first(n); op != NULL; op = cos_json_next(op)) {
        for (const struct cos_json *k = cos_json_first(op); k != NULL; k = cos_json_next(k)) {
            if (read_condition(r, op, k, st, &st->conditions[st->n_conditions]) < 0) {
                return -1;
            }
            st->n_conditions++;
        }
    }
    return 0;
}

static int check_condition(const struct reader *r, const struct cos_json *n,
                           struct cam_statement *st)
{
    bool is_object = cos_json_kind(n) == COS_JSON_OBJECT;
    if (n == NULL || (is_object && cos_json_count(n) == 0)) {
        return 0;
    }
    return is_object ? read_conditions(r, n, st)
                     : bad(r, "'%s' must be {operator: {key: value}}", "condition");
}

static int read_effect(const struct reader *r, const struct cos_json *n,
                       struct cam_statement *st)
{
    struct cos_span effect = cos_span_of(cos_json_str(n));
    st->is_deny = cos_span_eq_nocase(effect, COS_SPAN_LIT("deny"));
    if (!st->is_deny && !cos_span_eq_nocase(effect, COS_SPAN_LIT("allow"))) {
        return bad(r, "'%s' must be \"allow\" or \"deny\"", "effect");
    }
    return 0;
}

/* Whose policy it is, is who is meant. Demos of STS send one all the same, so of a session it
 * is never refused. */
static int read_ignored(const struct reader *r, const struct cos_json *principal,
                        const struct cam_statement *st)
{
    static const char what[] = "its principal is ignored: whose policy it is, is who is meant";
    return principal == NULL       ? 0
           : r->use != CAM_SESSION ? take(r, st, CAM_LIBERTY_PRINCIPAL, what)
           : may_warn(r)           ? warn(r, st, what)
                                   : 0;
}

static int read_statement(const struct reader *r, const struct cos_json *n,
                          const struct cos_json *outer_principal, struct cam_statement *st)
{
    static const char *const known[] = {"effect", "action",    "resource", "principal",
                                        "sid",    "condition", NULL};
    if (cos_json_kind(n) != COS_JSON_OBJECT) {
        return bad(at(r, CAM_ELEMENT_STATEMENT), "%s must be an object", "it");
    }
    const struct cos_json *effect;
    const struct cos_json *action;
    const struct cos_json *resource;
    const struct cos_json *principal;
    const struct cos_json *condition;
    const struct cos_json *sid;
    if (check_names(r, n, known, "a statement") < 0 || find(r, n, "effect", &effect) < 0 ||
        find(r, n, "action", &action) < 0 || find(r, n, "resource", &resource) < 0 ||
        find(r, n, "principal", &principal) < 0 || find(r, n, "condition", &condition) < 0 ||
        find(r, n, "sid", &sid) < 0) {
        return -1;
    }
    st->sid = cos_arena_span(r->a, cos_span_of(cos_json_str(sid)));
    if (check_condition(at(r, CAM_ELEMENT_CONDITION), condition, st) < 0 ||
        read_effect(at(r, CAM_ELEMENT_EFFECT), effect, st) < 0 ||
        read_actions(at(r, CAM_ELEMENT_ACTION), action, st) < 0 ||
        read_resources(at(r, CAM_ELEMENT_RESOURCE), resource, st) < 0) {
        return -1;
    }
    principal = principal != NULL ? principal : outer_principal;
    if (r->use == CAM_BUCKET || r->use == CAM_TRUST) {
        return read_grantees(at(r, CAM_ELEMENT_PRINCIPAL), principal, st);
    }
    return read_ignored(at(r, CAM_ELEMENT_PRINCIPAL), principal, st);
}

static int read_policy(struct reader *r, const struct cos_json *root, struct cam_policy *p)
{
    static const char *const known[] = {"version", "statement", "principal", NULL};
    if (cos_json_kind(root) != COS_JSON_OBJECT) {
        return bad(r, "%s must be an object with 'version' and 'statement'", "a policy");
    }
    const struct cos_json *version;
    const struct cos_json *statement;
    const struct cos_json *principal;
    if (check_names(r, root, known, "a policy") < 0 || find(r, root, "version", &version) < 0 ||
        find(r, root, "statement", &statement) < 0 ||
        find(r, root, "principal", &principal) < 0) {
        return -1;
    }
    if (cos_json_str(version) == NULL || strcmp(cos_json_str(version), "2.0") != 0) {
        return bad(at(r, CAM_ELEMENT_VERSION), "'%s' must be \"2.0\"", "version");
    }
    bool single = cos_json_kind(statement) == COS_JSON_OBJECT;
    if (!single &&
        (cos_json_kind(statement) != COS_JSON_ARRAY || cos_json_count(statement) == 0)) {
        return bad(at(r, CAM_ELEMENT_STATEMENT), "'%s' must be a non-empty list of statements",
                   "statement");
    }
    p->n_statements = single ? 1 : cos_json_count(statement);
    p->statements = cos_arena_array(r->a, p->n_statements, sizeof(*p->statements));
    if (p->statements == NULL) {
        return no_memory(r);
    }
    const struct cos_json *n = single ? statement : cos_json_first(statement);
    for (size_t i = 0; i < p->n_statements; i++, n = cos_json_next(n)) {
        r->statement = (int)i;
        if (read_statement(at(r, CAM_ELEMENT_DOCUMENT), n, principal, &p->statements[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static const char *const titles[] = {
    [CAM_IDENTITY] = "",
    [CAM_SESSION] = "session policy of ",
    [CAM_BUCKET] = "bucket policy of ",
    [CAM_TRUST] = "trust policy of role ",
    [CAM_BOUNDARY] = "permission boundary ",
};

int cam_policy_parse_at(struct cam_policy **out, struct cos_span json, enum cam_policy_use use,
                        const char *name, struct cos_text_error *err, enum cam_element *at)
{
    *at = CAM_ELEMENT_DOCUMENT;
    const struct cos_json_limits limits = {MAX_POLICY_BYTES, 16, 20000};
    struct cos_json *root = NULL;
    if (cos_json_parse(&root, json, &limits, err) < 0) {
        return -1;
    }
    struct cam_policy *p = cos_calloc(1, sizeof(*p));
    int result = -1;
    if (p == NULL) {
        cos_text_error_set(err, 0, 0, "no memory for the policy");
    } else {
        p->refs = 1;
        p->use = use;
        cos_arena_init(&p->arena, 4u << 20);
        p->name = cos_arena_printf(&p->arena, "%s%s", titles[use], name);
        p->text = use == CAM_IDENTITY ? COS_SPAN_EMPTY : cos_arena_span(&p->arena, json);
        p->last_warning = &p->warnings;
        struct reader r = {.a = &p->arena,
                           .use = use,
                           .err = err,
                           .json = json,
                           .policy = p,
                           .statement = -1,
                           .at = at};
        result = p->arena.failed ? no_memory(&r) : read_policy(&r, root, p);
    }
    cos_json_free(root);
    if (result < 0) {
        cam_policy_unref(p);
        return -1;
    }
    *out = p;
    return 0;
}

int cam_policy_parse(struct cam_policy **out, struct cos_span json, enum cam_policy_use use,
                     const char *name, struct cos_text_error *err)
{
    enum cam_element ignored;
    return cam_policy_parse_at(out, json, use, name, err, &ignored);
}

int cam_policy_admit(const struct cam_policy *p, const struct cam_rules *rules,
                     struct cos_text_error *err, enum cam_element *at)
{
    for (size_t i = 0; i < CAM_LIBERTIES; i++) {
        const struct cam_taken *taken = p->taken[i];
        if (taken == NULL || !rules->refuses[i]) {
            continue;
        }
        *err = taken->error;
        if (at != NULL) {
            *at = taken->at;
        }
        return -1;
    }
    return 0;
}

const struct cam_warning *cam_policy_warnings(const struct cam_policy *p)
{
    return p == NULL ? NULL : p->warnings;
}

struct cos_span cam_policy_text(const struct cam_policy *p)
{
    return p->text;
}

size_t cam_policy_bytes(const struct cam_policy *p)
{
    return p == NULL ? 0 : sizeof(*p) + p->arena.used_bytes;
}

struct cam_policy *cam_policy_unref(struct cam_policy *p)
{
    if (p != NULL && __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        cos_arena_deinit(&p->arena);
        cos_free(p);
    }
    return NULL;
}

/* Does the account segment name somebody else? Empty and wildcards do not (apache/fluss#3983:
 * STS lets "uid/ *" pass). */
static bool is_foreign(struct cos_span account, const char *appid, const char *owner_uin)
{
    if (account.len == 0 || cos_span_eq_str(account, "*")) {
        return false;
    }
    struct cos_span id = cos_span_from(account, 4);
    if (cos_span_eq_str(id, "*")) {
        return false;
    }
    if (cos_span_starts(account, COS_SPAN_LIT("uid/"))) {
        return !cos_span_eq_str(id, appid);
    }
    return !cos_span_starts(account, COS_SPAN_LIT("uin/")) || !cos_span_eq_str(id, owner_uin);
}

bool cam_policy_names_other_account(const struct cam_policy *p, const char *appid,
                                    const char *owner_uin)
{
    for (size_t i = 0; i < p->n_statements; i++) {
        const struct cam_statement *st = &p->statements[i];
        for (size_t k = 0; k < st->n_resources; k++) {
            if (!st->resources[k].is_star &&
                is_foreign(st->resources[k].account, appid, owner_uin)) {
                return true;
            }
        }
    }
    return false;
}
