/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Website configurations: cos-operations-2.md s.10.1. Java puts S3's HostName and
 * HttpRedirectCode into its redirects and an empty KeyPrefixEquals beside an error code: they
 * are kept and given back, and mean nothing. URLRedirect is what the service adds to every
 * Redirect that came without one; it adds nothing else (python test.py:1063-1128).
 */
#include "services/website.h"

#include "cosbase/alloc.h"
#include "services/documents.h"

#define MAX_RULES 100
#define SWITCHED "Enabled Disabled"

static const struct element index_elements[] = {
    {A_TEXT("Suffix", ONCE, 1, 0)},
    {0},
};
static const struct element all_elements[] = {
    {A_WORD("Protocol", ONCE, "https http")},
    {A_TEXT("HostName", OPTIONAL, 0, 0)},
    {0},
};
static const struct element auto_elements[] = {
    {A_WORD("Status", ONCE, SWITCHED)},
    {0},
};
static const struct element error_elements[] = {
    {A_TEXT("Key", ONCE, 1, 0)},
    {A_WORD("OriginalHttpStatus", OPTIONAL, SWITCHED)},
    {A_TEXT("Charity404", OPTIONAL, 0, 0)},
    {0},
};
static const struct element condition_elements[] = {
    {A_TEXT("HttpErrorCodeReturnedEquals", OPTIONAL, 0, 3)},
    {A_TEXT("KeyPrefixEquals", OPTIONAL, 0, 0)},
    {0},
};
static const struct element redirect_elements[] = {
    {A_WORD("Protocol", OPTIONAL, "https http")},
    {A_TEXT("HostName", OPTIONAL, 0, 0)},
    {A_TEXT("HttpRedirectCode", OPTIONAL, 0, 0)},
    {A_TEXT("ReplaceKeyWith", OPTIONAL, 0, 0)},
    {A_TEXT("ReplaceKeyPrefixWith", OPTIONAL, 0, 0)},
    {A_WORD("URLRedirect", OPTIONAL, SWITCHED), .fallback = "Enabled"},
    {0},
};
static const struct element rule_elements[] = {
    {A_GROUP("Condition", ONCE, condition_elements)},
    {A_GROUP("Redirect", ONCE, redirect_elements)},
    {0},
};
static const struct element rules_elements[] = {
    {A_GROUP("RoutingRule", UP_TO(MAX_RULES), rule_elements)},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("IndexDocument", ONCE, index_elements)},
    {A_GROUP("RedirectAllRequestsTo", OPTIONAL, all_elements)},
    {A_GROUP("AutoAddressing", OPTIONAL, auto_elements)},
    {A_GROUP("ErrorDocument", OPTIONAL, error_elements)},
    {A_GROUP("RoutingRules", OPTIONAL, rules_elements)},
    {0},
};
static const struct element root = {A_GROUP("WebsiteConfiguration", ONCE, root_elements)};

static bool check_condition(const struct cos_xml *e, struct complaint *out)
{
    struct cos_span code = xml_child(e, "HttpErrorCodeReturnedEquals");
    uint64_t status;
    if (code.len == 0) {
        return xml_child(e, "KeyPrefixEquals").len > 0 ||
               complain(out, e, "MalformedXML",
                        "<Condition> has neither an error code nor a prefix");
    }
    return (cos_span_u64(code, &status) && status >= 400 && status <= 499) ||
           complain(out, e, NULL,
                    "<HttpErrorCodeReturnedEquals> is '" COS_SPAN_FMT "'; 400 to 499",
                    COS_SPAN_ARG(code));
}

/* The page wants a KeyPrefixEquals for ReplaceKeyPrefixWith; the suite of Java puts one for an
 * error code and is taken (BucketWebsiteTest.java:29-60). */
static bool check_redirect(const struct cos_xml *e, struct complaint *out)
{
    bool has_key = cos_xml_get(e, "ReplaceKeyWith") != NULL;
    bool has_prefix = cos_xml_get(e, "ReplaceKeyPrefixWith") != NULL;
    return has_key != has_prefix ||
           complain(out, e, "MalformedXML",
                    "<Redirect> takes one of <ReplaceKeyWith> and <ReplaceKeyPrefixWith>");
}

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    for (const struct cos_xml *rule = cos_xml_first(cos_xml_get(xml, "RoutingRules"));
         rule != NULL; rule = cos_xml_next(rule)) {
        if (strcmp(cos_xml_name(rule), "RoutingRule") == 0 &&
            (!check_condition(cos_xml_get(rule, "Condition"), out) ||
             !check_redirect(cos_xml_get(rule, "Redirect"), out))) {
            return false;
        }
    }
    return true;
}

const struct document document_website = {
    .which = BUCKET_WEBSITE,
    .form = {.root = &root, .rules = rules},
    .absent_code = "NoSuchWebsiteConfiguration",
};

/* --- for those who act on it --- */

static void forget(void *value)
{
    struct website *w = value;
    xml_reading_end(&w->reading);
    cos_free(w);
}

static struct cos_span text_or_none(const struct cos_xml *e, const char *name)
{
    const char *text = cos_xml_child_text(e, name);
    return text == NULL ? (struct cos_span){NULL, 0} : cos_span_of(text);
}

static void read_rule(struct website *w, const struct cos_xml *rule)
{
    const struct cos_xml *when = cos_xml_get(rule, "Condition");
    const struct cos_xml *to = cos_xml_get(rule, "Redirect");
    w->rules[w->n_rules++] = (struct website_rule){
        .error_status = xml_child_number(when, "HttpErrorCodeReturnedEquals", 0),
        .prefix = xml_child(when, "KeyPrefixEquals"),
        .key = text_or_none(to, "ReplaceKeyWith"),
        .key_prefix = text_or_none(to, "ReplaceKeyPrefixWith"),
        .is_to_https = xml_child_is(to, "Protocol", "https"),
        .redirects = !xml_child_is(to, "URLRedirect", "Disabled"),
    };
}

static void read_website(struct website *w, const struct cos_xml *xml)
{
    const struct cos_xml *error = cos_xml_get(xml, "ErrorDocument");
    const struct cos_xml *table = cos_xml_get(xml, "RoutingRules");
    w->index_suffix = xml_child(cos_xml_get(xml, "IndexDocument"), "Suffix");
    w->is_to_https =
        xml_child_is(cos_xml_get(xml, "RedirectAllRequestsTo"), "Protocol", "https");
    w->addresses_automatically =
        xml_child_is(cos_xml_get(xml, "AutoAddressing"), "Status", "Enabled");
    w->error_key = xml_child(error, "Key");
    w->keeps_error_status = !xml_child_is(error, "OriginalHttpStatus", "Disabled");
    w->rules = cos_arena_array(&w->reading.arena, xml_count_of(table, "RoutingRule") + 1,
                               sizeof(*w->rules));
    const struct cos_xml *rule = w->rules == NULL ? NULL : xml_first_of(table, "RoutingRule");
    for (; rule != NULL; rule = xml_next_of(rule, "RoutingRule")) {
        read_rule(w, rule);
    }
}

static void *parse(struct cos_span text)
{
    struct website *w = cos_calloc(1, sizeof(*w));
    if (w == NULL) {
        return NULL;
    }
    if (xml_reading_begin(&w->reading, text)) {
        read_website(w, w->reading.xml);
    }
    if (w->rules == NULL) {
        forget(w);
        return NULL;
    }
    return w;
}

const struct website *website_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse, forget};
    return bucket_document_value(v, BUCKET_WEBSITE, &kind);
}
