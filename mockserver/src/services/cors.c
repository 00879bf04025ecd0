/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CORS configurations: cos-operations-2.md s.2.1. Documents ask for AllowedHeader, ExposeHeader
 * and MaxAgeSeconds in every rule; SDK suites leave them out and expect 200, so they may be
 * absent. ResponseVary is in no API page; Node and Go send and read it.
 */
#include "services/cors.h"

#include "cam/cam.h"
#include "cosbase/alloc.h"
#include "services/documents.h"

#define MAX_RULES 100
#define ID_MAX_BYTES 255

static const struct element rule_elements[] = {
    {A_TEXT("ID", OPTIONAL, 0, ID_MAX_BYTES)},
    {A_TEXT("AllowedOrigin", SOME, 1, 0)},
    {A_WORD("AllowedMethod", SOME, "GET PUT POST DELETE HEAD")},
    {A_TEXT("AllowedHeader", MANY, 0, 0)},
    {A_TEXT("ExposeHeader", MANY, 0, 0)},
    {A_NUMBER("MaxAgeSeconds", OPTIONAL, 0, INT32_MAX)},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("CORSRule", ONE_TO(MAX_RULES), rule_elements)},
    {A_WORD("ResponseVary", OPTIONAL, "true false")},
    {0},
};
static const struct element root = {A_GROUP("CORSConfiguration", ONCE, root_elements)};

static bool check_origin(const struct cos_xml *e, struct complaint *out)
{
    struct cos_span origin = cos_span_of(cos_xml_text(e));
    size_t first = cos_span_chr(origin, '*');
    return first == SIZE_MAX || cos_span_rchr(origin, '*') == first ||
           complain(out, e, NULL, "<AllowedOrigin> has more than one '*'");
}

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    for (const struct cos_xml *rule = xml_first_of(xml, "CORSRule"); rule != NULL;
         rule = xml_next_of(rule, "CORSRule")) {
        for (const struct cos_xml *e = xml_first_of(rule, "AllowedOrigin"); e != NULL;
             e = xml_next_of(e, "AllowedOrigin")) {
            if (!check_origin(e, out)) {
                return false;
            }
        }
    }
    return true;
}

const struct document document_cors = {
    .which = BUCKET_CORS,
    .form = {.root = &root, .rules = rules, .needs_md5 = true},
    .absent_code = "NoSuchCORSConfiguration",
};

/* --- for those who act on it --- */

static void forget(void *value)
{
    struct cors *c = value;
    xml_reading_end(&c->reading);
    cos_free(c);
}

static void read_rule(struct cors *c, const struct cos_xml *e)
{
    struct cos_arena *a = &c->reading.arena;
    c->rules[c->n_rules++] = (struct cors_rule){
        .origins = xml_texts_of(a, e, "AllowedOrigin"),
        .methods = xml_texts_of(a, e, "AllowedMethod"),
        .headers = xml_texts_of(a, e, "AllowedHeader"),
        .exposed = xml_texts_of(a, e, "ExposeHeader"),
        .max_age_s = xml_child_number(e, "MaxAgeSeconds", -1),
    };
}

static void *parse(struct cos_span text)
{
    struct cors *c = cos_calloc(1, sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    if (xml_reading_begin(&c->reading, text)) {
        c->rules = cos_arena_array(&c->reading.arena, xml_count_of(c->reading.xml, "CORSRule"),
                                   sizeof(*c->rules));
        c->varies = xml_child_is(c->reading.xml, "ResponseVary", "true");
    }
    const struct cos_xml *e =
        c->rules == NULL ? NULL : xml_first_of(c->reading.xml, "CORSRule");
    for (; e != NULL; e = xml_next_of(e, "CORSRule")) {
        read_rule(c, e);
    }
    if (c->rules == NULL || c->reading.arena.failed) {
        forget(c);
        return NULL;
    }
    return c;
}

const struct cors *cors_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse, forget};
    return bucket_document_value(v, BUCKET_CORS, &kind);
}

static bool allows_origin(const struct cors_rule *rule, struct cos_span origin,
                          bool *is_any_origin)
{
    for (size_t i = 0; i < rule->origins.n; i++) {
        if (cam_glob(rule->origins.items[i], origin)) {
            *is_any_origin = cos_span_eq_str(rule->origins.items[i], "*");
            return true;
        }
    }
    return false;
}

static bool allows_method(const struct cors_rule *rule, struct cos_span method)
{
    size_t i = 0;
    while (i < rule->methods.n && !cos_span_eq(rule->methods.items[i], method)) {
        i++;
    }
    return i < rule->methods.n;
}

/* Names have no case; the one wildcard is the lone "*" [assumed]. */
static bool allows_header(const struct cors_rule *rule, struct cos_span name)
{
    for (size_t i = 0; i < rule->headers.n; i++) {
        struct cos_span allowed = cos_span_trim(rule->headers.items[i]);
        if (cos_span_eq_str(allowed, "*") || cos_span_eq_nocase(allowed, name)) {
            return true;
        }
    }
    return false;
}

static bool allows_headers(const struct cors_rule *rule, struct cos_span list)
{
    while (list.ptr != NULL) {
        struct cos_span name = cos_span_trim(cos_span_cut(&list, ','));
        if (name.len > 0 && !allows_header(rule, name)) {
            return false;
        }
    }
    return true;
}

bool cors_match(const struct cors *c, const struct cors_question *q, struct cors_match *out)
{
    for (size_t i = 0; q->origin.ptr != NULL && i < c->n_rules; i++) {
        const struct cors_rule *rule = &c->rules[i];
        if (allows_origin(rule, q->origin, &out->is_any_origin) &&
            allows_method(rule, q->method) && allows_headers(rule, q->headers)) {
            out->rule = rule;
            return true;
        }
    }
    return false;
}
