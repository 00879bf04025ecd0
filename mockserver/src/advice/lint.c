/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linter reads the text, not the parsed policy: it goes on where the reader of cam/policy.c
 * stops, and knows where each word stands. Whatever that reader refuses is an error here, too,
 * by a rule of its own or as "unreadable"; so a policy without an error can be used.
 */
#include "advice/lint_inside.h"

#include <stdarg.h>

#define ARENA_MAX_BYTES ((size_t)64 << 20)
#define POLICY_MAX_BYTES ((size_t)1 << 20)
#define CAM_MAX_CHARACTERS 6144
#define BUCKET_MAX_BYTES ((size_t)20 << 10)

#define LINT_ROW(id, name, severity, sentence, source) \
    [LINT_##id] = {(name), LINT_##severity, (sentence), (source)},
const struct lint_row lint_rows[LINT_RULES_N] = {LINT_RULES(LINT_ROW)};

/* --- findings --- */

static void add_at(struct look *l, enum lint_rule rule, struct place at, const char *message)
{
    struct lint *out = l->out;
    if (out->n >= LINT_FINDINGS_MAX) {
        return;
    }
    struct cos_span text = cos_arena_span(&out->arena, cos_span_of(message));
    for (size_t i = 0; i < out->n; i++) {
        const struct lint_finding *f = &out->findings[i];
        if (f->rule == rule && f->at.line == at.line && f->at.column == at.column &&
            cos_span_eq(f->message, text)) {
            return;
        }
    }
    size_t i = out->n++;
    for (; i > 0 && (out->findings[i - 1].at.line > at.line ||
                     (out->findings[i - 1].at.line == at.line &&
                      out->findings[i - 1].at.column > at.column));
         i--) {
        out->findings[i] = out->findings[i - 1];
    }
    bool is_within = l->n_steps >= 2 && cos_span_eq_nocase(cos_span_of(l->steps[0].name),
                                                           COS_SPAN_LIT("statement"));
    out->findings[i] =
        (struct lint_finding){rule, at, is_within ? (int)l->steps[1].index : -1, text};
}

void lint_say(struct look *l, enum lint_rule rule, bool is_on_name, const char *fmt, ...)
{
    char message[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    add_at(l, rule, place_of(l->json, l->steps, l->n_steps, is_on_name), message);
}

void lint_enter(struct look *l, struct place_step step)
{
    if (l->n_steps < LINT_STEPS_MAX) {
        l->steps[l->n_steps] = step;
    }
    l->n_steps++;
}

void lint_leave(struct look *l)
{
    l->n_steps--;
}

struct lint_texts lint_texts_of(const struct cos_json *n)
{
    bool is_list = cos_json_kind(n) == COS_JSON_ARRAY;
    return (struct lint_texts){.next = is_list ? cos_json_first(n) : n,
                               .is_list = is_list,
                               .index = SIZE_MAX};
}

struct cos_span lint_next(struct lint_texts *t)
{
    while (t->next != NULL) {
        const struct cos_json *at = t->next;
        t->next = t->is_list ? cos_json_next(at) : NULL;
        t->index++;
        if (cos_json_is_str(at)) {
            return cos_span_trim(cos_span_of(cos_json_str(at)));
        }
    }
    return (struct cos_span){NULL, 0};
}

/* --- elements --- */

static const char *const of_policy[] = {"version", "statement", "principal", NULL};
static const char *const of_statement[] = {"effect",    "action", "resource", "principal",
                                           "condition", "sid",    NULL};

static bool is_one_of(const char *name, const char *const known[])
{
    for (size_t i = 0; known[i] != NULL; i++) {
        if (cos_span_eq_nocase(cos_span_of(name), cos_span_of(known[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_lower(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            return false;
        }
    }
    return true;
}

static void check_name(struct look *l, const char *name, const char *const known[])
{
    static const char *const not_words[] = {
        "notaction",    "not_action",    "notresource", "not_resource",
        "notprincipal", "not_principal", NULL};
    if (is_one_of(name, not_words)) {
        lint_add_on_name(l, LINT_NOT_ELEMENT,
                         "there is no '%.40s': list what is meant, or deny the rest in a "
                         "statement of its own",
                         name);
    } else if (!is_one_of(name, known)) {
        lint_add_on_name(l, LINT_UNKNOWN_ELEMENT, "'%.60s' is no element of a %s", name,
                         known == of_policy ? "policy" : "statement");
    } else if (!is_lower(name) && l->use != CAM_BUCKET && l->use != CAM_TRUST) {
        lint_add_on_name(l, LINT_ELEMENT_CASE, "'%.40s' is written in lower case", name);
    }
}

static void check_names(struct look *l, const struct cos_json *object,
                        const char *const known[])
{
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        lint_enter(l, PLACE_MEMBER(cos_json_name(m)));
        check_name(l, cos_json_name(m), known);
        lint_leave(l);
    }
}

static const struct cos_json *find(const struct cos_json *object, const char *name)
{
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        if (cos_span_eq_nocase(cos_span_of(cos_json_name(m)), cos_span_of(name))) {
            return m;
        }
    }
    return NULL;
}

static void check_version(struct look *l, const struct cos_json *version)
{
    if (version == NULL) {
        lint_add(l, LINT_VERSION, "there is no version: add \"version\": \"2.0\"");
        return;
    }
    const char *text = cos_json_str(version);
    if (text == NULL || strcmp(text, "2.0") != 0) {
        lint_enter(l, PLACE_MEMBER("version"));
        lint_add(l, LINT_VERSION, "the version is \"2.0\"%s",
                 text != NULL && strncmp(text, "20", 2) == 0
                     ? "; a date is that of another cloud's policies"
                     : "");
        lint_leave(l);
    }
}

static void check_size(struct look *l)
{
    size_t characters = 0;
    for (size_t i = 0; i < l->json.len; i++) {
        char c = l->json.ptr[i];
        characters += c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
                      ((unsigned char)c & 0xc0) != 0x80;
    }
    if (l->use == CAM_BUCKET ? l->json.len > BUCKET_MAX_BYTES
                             : characters > CAM_MAX_CHARACTERS) {
        lint_add(l, LINT_TOO_LARGE, "the policy has %zu %s, the limit is %zu",
                 l->use == CAM_BUCKET ? l->json.len : characters,
                 l->use == CAM_BUCKET ? "bytes" : "characters without blanks",
                 l->use == CAM_BUCKET ? BUCKET_MAX_BYTES : (size_t)CAM_MAX_CHARACTERS);
    }
}

/* --- a statement --- */

static void check_effect(struct look *l, const struct cos_json *effect,
                         struct lint_statement *st)
{
    if (effect == NULL) {
        lint_add(l, LINT_MISSING_ELEMENT, "the statement has no effect: allow or deny");
        return;
    }
    const char *text = cos_json_str(effect);
    struct cos_span word = cos_span_of(text);
    st->is_deny = cos_span_eq_nocase(word, COS_SPAN_LIT("deny"));
    bool is_effect = st->is_deny || cos_span_eq_nocase(word, COS_SPAN_LIT("allow"));
    lint_enter(l, PLACE_MEMBER("effect"));
    if (!is_effect) {
        lint_add(l, LINT_EFFECT, "the effect is \"allow\" or \"deny\"");
    } else if (!is_lower(text) && l->use != CAM_BUCKET && l->use != CAM_TRUST) {
        lint_add(l, LINT_EFFECT_CASE, "\"%s\" is written in lower case", text);
    }
    lint_leave(l);
}

static bool names_anyone(const struct cos_json *principal)
{
    const struct cos_json *list =
        cos_json_kind(principal) == COS_JSON_OBJECT ? find(principal, "qcs") : principal;
    struct lint_texts t = lint_texts_of(list);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL; text = lint_next(&t)) {
        if (cos_span_eq_str(text, "*") || cos_span_eq_str(text, "qcs::cam::anyone:anyone") ||
            cos_span_eq_str(text, "qcs::cam::anonymous:anonymous")) {
            return true;
        }
    }
    return false;
}

static void check_principal(struct look *l, const struct lint_statement *st)
{
    bool is_of_somebody = l->use != CAM_BUCKET && l->use != CAM_TRUST;
    const char *text = cos_json_str(st->principal);
    if (st->principal == NULL) {
        if (!is_of_somebody) {
            lint_add(l, LINT_MISSING_ELEMENT,
                     "the statement has no principal: to whom does it apply?");
        }
        return;
    }
    lint_enter(l, PLACE_MEMBER("principal"));
    if (find(st->principal, "AWS") != NULL) {
        lint_add(l, LINT_AWS_WORD, "the principal is {\"qcs\": [...]} here, not \"AWS\"");
    } else if (is_of_somebody) {
        lint_add_on_name(l, LINT_PRINCIPAL_IGNORED,
                         "the principal has no effect: whose policy it is, is who is meant");
    } else if (text != NULL && strcmp(text, "*") != 0) {
        lint_add(l, LINT_PRINCIPAL_TEXT, "write {\"qcs\": [\"%.80s\"]}", text);
    } else if (l->use == CAM_BUCKET && st->is_deny && names_anyone(st->principal)) {
        lint_add(l, LINT_DENY_ANYONE,
                 "who signs is judged by his own policies; name the accounts that shall be "
                 "denied");
    }
    lint_leave(l);
}

static void check_statement(struct look *l, const struct cos_json *n,
                            const struct cos_json *outer_principal)
{
    if (cos_json_kind(n) != COS_JSON_OBJECT) {
        lint_add(l, LINT_UNREADABLE, "a statement is an object");
        return;
    }
    const struct cos_json *own = find(n, "principal");
    struct lint_statement st = {.action = find(n, "action"),
                                .resource = find(n, "resource"),
                                .condition = find(n, "condition"),
                                .principal = own != NULL ? own : outer_principal};
    check_names(l, n, of_statement);
    check_effect(l, find(n, "effect"), &st);
    check_principal(l, &st);
    if (st.action == NULL) {
        lint_add(l, LINT_MISSING_ELEMENT, "the statement has no action");
    }
    if (st.resource == NULL && l->use != CAM_TRUST) {
        lint_add(l, LINT_MISSING_ELEMENT, "the statement has no resource");
    }
    lint_actions(l, &st);
    lint_resources(l, &st);
    lint_conditions(l, &st);
}

static void check_statements(struct look *l, const struct cos_json *root)
{
    const struct cos_json *list = find(root, "statement");
    bool is_list = cos_json_kind(list) == COS_JSON_ARRAY;
    if (list == NULL || (is_list && cos_json_count(list) == 0)) {
        lint_add(l, LINT_MISSING_ELEMENT, "the policy has no statement");
        return;
    }
    lint_enter(l, PLACE_MEMBER("statement"));
    size_t i = 0;
    for (const struct cos_json *n = is_list ? cos_json_first(list) : list; n != NULL;
         n = is_list ? cos_json_next(n) : NULL) {
        lint_enter(l, PLACE_ITEM(i++));
        check_statement(l, n, find(root, "principal"));
        lint_leave(l);
    }
    lint_leave(l);
}

/* --- the whole --- */

static bool has_error(const struct lint *out)
{
    for (size_t i = 0; i < out->n; i++) {
        if (lint_rows[out->findings[i].rule].severity == LINT_ERROR) {
            return true;
        }
    }
    return false;
}

static void add_reason(struct look *l, enum lint_rule rule, const struct cos_text_error *err)
{
    struct place at = {err->line > 0 ? err->line : 1, err->column > 0 ? err->column : 1, 0};
    at.column_chars = at.column;
    add_at(l, rule, at, err->message);
}

/* What the reader refuses and no rule has named; else what takes a policy that can be read. */
static void check_whole(struct look *l, const struct cos_json *root)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    if (cam_policy_parse(&p, l->json, l->use, "linted", &err) < 0) {
        if (!has_error(l->out)) {
            add_reason(l, LINT_UNREADABLE, &err);
        }
        return;
    }
    lint_reach(l, root, p);
    cam_policy_unref(p);
}

bool lint_policy(struct lint *out, struct cos_span json, enum cam_policy_use use,
                 struct cosmock_tenant *t)
{
    const struct cos_json_limits limits = {POLICY_MAX_BYTES, 16, 20000};
    struct look l = {.out = out, .json = json, .use = use, .tenant = t};
    struct cos_text_error err;
    *out = (struct lint){.n = 0};
    cos_arena_init(&out->arena, ARENA_MAX_BYTES);
    out->findings = cos_arena_array(&out->arena, LINT_FINDINGS_MAX, sizeof(*out->findings));
    if (out->findings == NULL) {
        return false;
    }
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    if (cos_json_parse(&root, json, &limits, &err) < 0) {
        add_reason(&l, LINT_JSON, &err);
        return !out->arena.failed;
    }
    if (cos_json_kind(root) != COS_JSON_OBJECT) {
        lint_add(&l, LINT_UNREADABLE, "a policy is an object with version and statement");
        return !out->arena.failed;
    }
    check_names(&l, root, of_policy);
    check_version(&l, find(root, "version"));
    check_size(&l);
    check_statements(&l, root);
    check_whole(&l, root);
    return !out->arena.failed;
}

void lint_deinit(struct lint *l)
{
    cos_arena_deinit(&l->arena);
    l->findings = NULL;
    l->n = 0;
}

size_t lint_complaints(const struct lint *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        n += lint_rows[l->findings[i].rule].severity != LINT_NOTE;
    }
    return n;
}
