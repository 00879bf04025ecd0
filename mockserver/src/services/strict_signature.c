/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict signatures: cos-operations-2.md s.9; a document that no SDK has. Its elements are in
 * small letters. The code of a bucket without one is [assumed].
 */
#include "services/strict_signature.h"

#include "cosbase/alloc.h"
#include "exchange/exchange.h"
#include "services/documents.h"
#include "services/keyed.h"

#define MAX_RULES 10
#define MAX_ACTIONS 200
#define MAX_NAMES 20

static const struct element action_elements[] = {
    {A_TEXT("action", ONE_TO(MAX_ACTIONS), 1, 0)},
    {0},
};
static const struct element header_elements[] = {
    {A_TEXT("header", UP_TO(MAX_NAMES), 1, 0)},
    {0},
};
static const struct element param_elements[] = {
    {A_TEXT("param", UP_TO(MAX_NAMES), 1, 0)},
    {0},
};
static const struct element rule_elements[] = {
    {A_TEXT("ID", ONCE, 1, KEYED_ID_MAX_BYTES)},
    {A_GROUP("actionlist", ONCE, action_elements)},
    {A_GROUP("headerlist", OPTIONAL, header_elements)},
    {A_GROUP("paramlist", OPTIONAL, param_elements)},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("Rule", ONE_TO(MAX_RULES), rule_elements)},
    {0},
};
static const struct element root = {
    A_GROUP("StrictSignatureConfiguration", ONCE, root_elements)};

static bool is_one_of(struct cos_span name, const char *const names[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (cos_span_eq_nocase(name, cos_span_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool check_actions(const struct cos_xml *rule, struct complaint *out)
{
    static const char *const unsupported[] = {"PostObject", "GetService"};
    const struct cos_xml *list = cos_xml_get(rule, "actionlist");
    for (const struct cos_xml *e = xml_first_of(list, "action"); e != NULL;
         e = xml_next_of(e, "action")) {
        if (is_one_of(cos_span_of(cos_xml_text(e)), unsupported, COS_ARRAY_LEN(unsupported))) {
            return complain(out, e, NULL, "the action %.60s cannot be signed strictly",
                            cos_xml_text(e));
        }
    }
    return true;
}

static bool check_headers(const struct cos_xml *rule, struct complaint *out)
{
    static const char *const standard[] = {"Host", "Content-Length", "Content-Type",
                                           "Content-MD5", "Range"};
    const struct cos_xml *list = cos_xml_get(rule, "headerlist");
    for (const struct cos_xml *e = xml_first_of(list, "header"); e != NULL;
         e = xml_next_of(e, "header")) {
        struct cos_span name = cos_span_of(cos_xml_text(e));
        if (!is_one_of(name, standard, COS_ARRAY_LEN(standard)) &&
            !cos_span_starts_nocase(name, COS_SPAN_LIT("x-cos-"))) {
            return complain(out, e, NULL,
                            "<header> is '%.60s'; Host, Content-Length, Content-Type, "
                            "Content-MD5, Range or x-cos-*",
                            cos_xml_text(e));
        }
    }
    return true;
}

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    for (const struct cos_xml *rule = xml_first_of(xml, "Rule"); rule != NULL;
         rule = xml_next_of(rule, "Rule")) {
        if (!keyed_is_id(xml_child(rule, "ID"))) {
            return complain(out, rule, NULL, "<ID> takes letters, digits, '-', '_' and '.'");
        }
        if (!check_actions(rule, out) || !check_headers(rule, out)) {
            return false;
        }
    }
    return true;
}

const struct document document_strict_signature = {
    .which = BUCKET_STRICT_SIGNATURE,
    .form = {.root = &root, .rules = rules},
    .absent_code = "NoSuchStrictSignatureConfiguration",
};

/* --- for those who act on it --- */

static void forget(void *value)
{
    struct strict_signature *s = value;
    xml_reading_end(&s->reading);
    cos_free(s);
}

static void *parse(struct cos_span text)
{
    struct strict_signature *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    struct cos_arena *a = &s->reading.arena;
    if (xml_reading_begin(&s->reading, text)) {
        s->rules = cos_arena_array(a, xml_count_of(s->reading.xml, "Rule"), sizeof(*s->rules));
    }
    const struct cos_xml *e = s->rules == NULL ? NULL : xml_first_of(s->reading.xml, "Rule");
    for (; e != NULL; e = xml_next_of(e, "Rule")) {
        s->rules[s->n_rules++] = (struct strict_rule){
            .id = xml_child(e, "ID"),
            .actions = xml_texts_of(a, cos_xml_get(e, "actionlist"), "action"),
            .headers = xml_texts_of(a, cos_xml_get(e, "headerlist"), "header"),
            .params = xml_texts_of(a, cos_xml_get(e, "paramlist"), "param"),
        };
    }
    if (s->rules == NULL || a->failed) {
        forget(s);
        return NULL;
    }
    return s;
}

const struct strict_signature *strict_signature_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse, forget};
    return bucket_document_value(v, BUCKET_STRICT_SIGNATURE, &kind);
}

/* --- held against a request --- */

/* The one glob of a header is the end of its name: "x-cos-*". */
static bool fits_name(struct cos_span wanted, struct cos_span name)
{
    bool is_open = wanted.len > 0 && wanted.ptr[wanted.len - 1] == '*';
    return is_open ? cos_span_starts_nocase(name, cos_span_sub(wanted, 0, wanted.len - 1))
                   : cos_span_eq_nocase(wanted, name);
}

static bool names(const struct xml_texts *wanted, struct cos_span name)
{
    size_t i = 0;
    while (i < wanted->n && !fits_name(wanted->items[i], name)) {
        i++;
    }
    return i < wanted->n;
}

static bool is_listed(struct cos_span list, struct cos_span name)
{
    while (list.ptr != NULL) {
        if (cos_span_eq_nocase(cos_span_cut(&list, ';'), name)) {
            return true;
        }
    }
    return false;
}

static bool are_headers_signed(const struct strict_rule *rule, const struct cosmock_exchange *x)
{
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        struct cos_span name = x->parts.headers[i].name;
        if (names(&rule->headers, name) && !is_listed(x->identity.header_list, name)) {
            return false;
        }
    }
    return true;
}

/* What a signature in the URL consists of cannot be signed by it. */
static bool is_of_signature(struct cos_span param)
{
    return cos_span_starts(param, COS_SPAN_LIT("q-")) || cos_span_eq_str(param, "sign") ||
           cos_span_eq_str(param, "x-cos-security-token");
}

static bool are_params_signed(const struct strict_rule *rule, const struct cosmock_exchange *x)
{
    bool is_all = names(&rule->params, COS_SPAN_LIT("all"));
    for (size_t i = 0; i < x->parts.n_params; i++) {
        const struct param *p = &x->parts.params[i];
        bool is_wanted = !is_of_signature(p->name) && (is_all || names(&rule->params, p->name));
        if (is_wanted && !is_listed(x->identity.param_list, p->name) &&
            !is_listed(x->identity.param_list, p->raw_name)) {
            return false;
        }
    }
    return true;
}

static bool is_about(const struct strict_rule *rule, const struct op_row *op)
{
    size_t i = 0;
    struct cos_span action = cos_span_from(cos_span_of(op->action), sizeof("name/cos:") - 1);
    while (i < rule->actions.n && !cam_glob(rule->actions.items[i], action)) {
        i++;
    }
    return i < rule->actions.n;
}

const char *strict_signature_complaint(const struct strict_signature *s,
                                       const struct cosmock_exchange *x)
{
    const struct op_row *op = x->route.op;
    bool has_rules = op != NULL && op->action != NULL && op->body != OP_BODY_FORM;
    for (size_t i = 0; has_rules && i < s->n_rules; i++) {
        const struct strict_rule *rule = &s->rules[i];
        if (is_about(rule, op) && !are_headers_signed(rule, x)) {
            return "Strict signature missing header that must be signed";
        }
        if (is_about(rule, op) && !are_params_signed(rule, x)) {
            return "Strict signature missing param that must be signed";
        }
    }
    return NULL;
}
