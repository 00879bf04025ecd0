/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the bytes of an XML text, in front of libxml2. Its SAX interface tells of an
 * element when the start tag has been read whole, and by then the work is done: it compares
 * every attribute of a tag with every other and looks a prefix up among all namespaces in
 * scope, so one tag with 131,000 attributes (1 MiB) took 5.5 s, and 5,000 namespaces under
 * 100,000 elements 0.18 s. Here markup is only counted, in the time of memchr.
 *
 * The bytes of '<', '=' and quotes mean markup only in encodings that keep ASCII as it is; in
 * UTF-7, UTF-16 or EBCDIC a scan of bytes would count nothing. Those encodings are refused,
 * declared or guessed. Where this scan and the grammar part ways the text is malformed, and
 * libxml2 stops there.
 */
#include "cosbase/xml_scan.h"

enum {
    ATTRIBUTES_MAX = 64,  /* of one element; no document of COS has more than two */
    NAMESPACES_MAX = 512, /* declared in one document; an ACL of 100 grants declares 100 */
};

/* What XML files in the field say, and what leaves ASCII bytes alone (the second bytes of GBK
 * and GB18030 are no '<', '=' or quote). */
static const char *const encodings[] = {"UTF-8",  "US-ASCII", "ASCII",  "ISO-8859-1",
                                        "GB2312", "GBK",      "GB18030"};

struct scan {
    struct cos_span text;
    const struct cos_xml_limits *limits;
    size_t at, n_markups, n_namespaces;
    const char *refused; /* NULL: nothing yet */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct cos_span rest_of(const struct scan *s)
{
    return cos_span_from(s->text, s->at);
}

static bool looks_at(const struct scan *s, const char *word)
{
    return cos_span_starts(rest_of(s), cos_span_of(word));
}

/* Behind the next @end, or to the end of the text. */
static void skip_past(struct scan *s, const char *end)
{
    size_t found = cos_span_find(rest_of(s), cos_span_of(end));
    s->at = found == SIZE_MAX ? s->text.len : s->at + found + strlen(end);
}

static void skip_quoted(struct scan *s)
{
    char quote = s->text.ptr[s->at++];
    size_t found = cos_span_chr(rest_of(s), quote);
    s->at = found == SIZE_MAX ? s->text.len : s->at + found + 1;
}

static void count_markup(struct scan *s)
{
    if (++s->n_markups > s->limits->max_nodes) {
        s->refused = "the text has too many elements, attributes and comments";
    }
}

static void count_attribute(struct scan *s, size_t *n)
{
    count_markup(s);
    if (++*n > ATTRIBUTES_MAX) {
        s->refused = "an element has more than 64 attributes";
    }
}

static void count_namespace(struct scan *s)
{
    if (looks_at(s, "xmlns") && ++s->n_namespaces > NAMESPACES_MAX) {
        s->refused = "the text declares more than 512 namespaces";
    }
}

static void scan_start_tag(struct scan *s)
{
    size_t n_attributes = 0;
    while (s->refused == NULL && s->at < s->text.len && s->text.ptr[s->at] != '>') {
        char c = s->text.ptr[s->at];
        if (c == '"' || c == '\'') {
            skip_quoted(s);
            continue;
        }
        s->at++;
        if (c == '=') {
            count_attribute(s, &n_attributes);
        } else if (is_blank(c)) {
            count_namespace(s);
        }
    }
}

/* libxml2 does not leave a comment at its first error but reports every "--" in it: 0.1 s a
 * MiB. */
static void scan_comment(struct scan *s)
{
    s->at += 4;
    skip_past(s, "--");
    if (s->at < s->text.len && s->text.ptr[s->at] != '>') {
        s->refused = "a comment holds \"--\"";
    }
}

/* @at on a '<'. False: a declaration of a DTD, or nothing XML knows: libxml2 refuses it where
 * it begins. */
static bool scan_markup(struct scan *s)
{
    if (looks_at(s, "</")) {
        skip_past(s, ">");
        return true;
    }
    count_markup(s);
    if (looks_at(s, "<?")) {
        s->at += 2;
        skip_past(s, "?>");
    } else if (looks_at(s, "<!--")) {
        scan_comment(s);
    } else if (looks_at(s, "<![CDATA[")) {
        s->at += 9;
        skip_past(s, "]]>");
    } else if (looks_at(s, "<!")) {
        return false;
    } else {
        scan_start_tag(s);
    }
    return true;
}

/* The name in encoding='...' of an XML declaration; empty when there is none, or none that XML
 * knows. */
static struct cos_span declared_encoding(struct cos_span declaration)
{
    size_t found = cos_span_find(declaration, COS_SPAN_LIT("encoding"));
    if (found == SIZE_MAX) {
        return COS_SPAN_EMPTY;
    }
    struct cos_span rest = cos_span_trim(cos_span_from(declaration, found + 8));
    if (!cos_span_starts(rest, COS_SPAN_LIT("="))) {
        return COS_SPAN_EMPTY;
    }
    rest = cos_span_trim(cos_span_from(rest, 1));
    if (rest.len == 0 || (rest.ptr[0] != '"' && rest.ptr[0] != '\'')) {
        return COS_SPAN_EMPTY;
    }
    char quote = rest.ptr[0];
    rest = cos_span_from(rest, 1);
    return cos_span_cut(&rest, quote);
}

static bool is_known_encoding(struct cos_span name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(encodings); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(encodings[i]))) {
            return true;
        }
    }
    return name.len == 0;
}

/* A byte of zero is UTF-16 or UTF-32 (or no XML at all); a text that begins with neither '<'
 * nor a blank is EBCDIC (or no XML at all). */
static bool encoding_is_refused(struct scan *s, char what[96])
{
    if (looks_at(s, "\xef\xbb\xbf")) {
        s->at += 3;
    }
    char first = s->at < s->text.len ? s->text.ptr[s->at] : '<';
    if (first != '<' && !is_blank(first)) {
        (void)snprintf(what, 96, "the text does not begin with '<'");
        return true;
    }
    struct cos_span declaration = rest_of(s);
    if (looks_at(s, "<?xml") && declaration.len > 5 && is_blank(declaration.ptr[5])) {
        declaration = cos_span_cut(&declaration, '>');
        struct cos_span name = declared_encoding(declaration);
        if (!is_known_encoding(name)) {
            (void)snprintf(what, 96, "the encoding '%.*s' is not accepted: write UTF-8",
                           (int)(name.len > 40 ? 40 : name.len), name.ptr);
            return true;
        }
    }
    return false;
}

static bool holds_nul(struct scan *s, char what[96])
{
    size_t nul = cos_span_chr(s->text, '\0');
    if (nul == SIZE_MAX) {
        return false;
    }
    s->at = nul;
    (void)snprintf(what, 96, "the text holds a zero byte: write UTF-8");
    return true;
}

bool cos_xml_scan_refuses(struct cos_span text, const struct cos_xml_limits *limits, size_t *at,
                          char what[96])
{
    struct scan s = {.text = text, .limits = limits};
    bool refused = holds_nul(&s, what) || encoding_is_refused(&s, what);
    *at = s.at;
    while (!refused && s.at < text.len) {
        size_t found = cos_span_chr(rest_of(&s), '<');
        s.at = found == SIZE_MAX ? text.len : s.at + found;
        *at = s.at;
        if (s.at == text.len || !scan_markup(&s)) {
            return false;
        }
        if (s.refused != NULL) {
            (void)snprintf(what, 96, "%s", s.refused);
            refused = true;
        }
    }
    return refused;
}
