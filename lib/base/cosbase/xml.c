/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML. libxml2 does the grammar through its SAX2 interface and this file builds the tree in an
 * arena. What would cost libxml2 more than time in proportion to the text is refused before it
 * sees it (xml_scan.c); depth is bounded while reading. A DOCTYPE is refused where it begins,
 * before a single entity can be declared: that is the end of billion laughs, external entities
 * and parameter tricks alike. Reading ends with the first error: a text of nothing but errors
 * would otherwise be complained about a million times. Nothing is ever fetched: no entity
 * callback exists, and the network is off besides.
 */
#include "cosbase/xml.h"

#include "cosbase/alloc.h"
#include "cosbase/arena.h"
#include "cosbase/utf8.h"
#include "cosbase/xml_library.h"
#include "cosbase/xml_scan.h"

struct attribute {
    const char *name, *value;
    struct attribute *next;
};

/* Text comes in pieces; they are joined when the element ends. */
struct piece {
    struct piece *next;
    struct cos_span text;
};

struct cos_xml {
    const char *name, *text;
    unsigned line;
    struct attribute *attributes;
    struct cos_xml *parent, *first, *last, *next;
    struct piece *pieces, *last_piece;
    size_t text_bytes;
};

/* The root element is the first member: what the caller holds is also the whole. */
struct document {
    struct cos_xml root;
    struct cos_arena arena;
};

struct builder {
    const struct xml_library *lib;
    xmlParserCtxt *parser;
    struct document *doc;
    struct cos_xml *open; /* innermost element not yet ended */
    struct cos_xml_limits limits;
    size_t depth;
    bool has_root, failed;
    struct cos_text_error *err;
};

static void stop(struct builder *b, const char *what)
{
    if (b->failed) {
        return;
    }
    b->failed = true;
    int line = b->lib->xmlSAX2GetLineNumber(b->parser);
    int column = b->lib->xmlSAX2GetColumnNumber(b->parser);
    cos_text_error_set(b->err, line > 0 ? (unsigned)line : 0, column > 0 ? (unsigned)column : 0,
                       "%s", what);
    b->lib->xmlStopParser(b->parser);
}

static struct cos_xml *new_element(struct builder *b)
{
    if (b->open == NULL) { /* once only: libxml2 refuses a second root before it tells us */
        b->has_root = true;
        return &b->doc->root;
    }
    struct cos_xml *e = cos_arena_alloc(&b->doc->arena, sizeof(*e));
    if (e == NULL) {
        return NULL;
    }
    e->parent = b->open;
    if (b->open->last == NULL) {
        b->open->first = e;
    } else {
        b->open->last->next = e;
    }
    b->open->last = e;
    return e;
}

/* libxml2 gives five pointers an attribute: local name, prefix, URI, begin and end of the
 * value. */
static void add_attributes(struct builder *b, struct cos_xml *e, int n, const xmlChar **raw)
{
    struct cos_arena *arena = &b->doc->arena;
    struct attribute **tail = &e->attributes;
    for (int i = 0; i < n; i++, raw += 5) {
        struct attribute *a = cos_arena_alloc(arena, sizeof(*a));
        if (a == NULL) {
            break;
        }
        a->name = cos_arena_str(arena, cos_span_of((const char *)raw[0]));
        a->value = cos_arena_str(arena, cos_span_make(raw[3], (size_t)(raw[4] - raw[3])));
        *tail = a;
        tail = &a->next;
    }
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes,
                     int n_defaulted, const xmlChar **attributes)
{
    struct builder *b = ((xmlParserCtxt *)ctx)->_private;
    if (b->failed) {
        return;
    }
    if (++b->depth > b->limits.max_depth) {
        stop(b, "the text is nested too deeply");
        return;
    }
    struct cos_xml *e = new_element(b);
    if (e == NULL) {
        stop(b, "out of memory");
        return;
    }
    int line = b->lib->xmlSAX2GetLineNumber(b->parser);
    e->line = line > 0 ? (unsigned)line : 0;
    e->name = cos_arena_str(&b->doc->arena, cos_span_of((const char *)name));
    add_attributes(b, e, n_attributes, attributes);
    b->open = e;
    if (b->doc->arena.failed) {
        stop(b, "out of memory");
    }
}

static bool join_pieces(struct cos_arena *arena, struct cos_xml *e)
{
    char *text = cos_arena_alloc(arena, e->text_bytes + 1);
    if (text == NULL) {
        return false;
    }
    char *at = text;
    for (const struct piece *p = e->pieces; p != NULL; p = p->next) {
        memcpy(at, p->text.ptr, p->text.len);
        at += p->text.len;
    }
    e->text = text;
    return true;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct builder *b = ((xmlParserCtxt *)ctx)->_private;
    if (b->failed || b->open == NULL) {
        return;
    }
    struct cos_xml *e = b->open;
    if (e->pieces == NULL) {
        e->text = "";
    } else if (e->pieces->next == NULL) {
        e->text = e->pieces->text.ptr;
    } else if (!join_pieces(&b->doc->arena, e)) {
        stop(b, "out of memory");
        return;
    }
    b->open = e->parent;
    b->depth--;
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct builder *b = ((xmlParserCtxt *)ctx)->_private;
    struct cos_xml *e = b->open;
    if (b->failed || e == NULL || len <= 0) {
        return;
    }
    struct piece *p = cos_arena_alloc(&b->doc->arena, sizeof(*p));
    struct cos_span copy = cos_arena_span(&b->doc->arena, cos_span_make(text, (size_t)len));
    if (b->doc->arena.failed) {
        stop(b, "out of memory");
        return;
    }
    p->text = copy;
    e->text_bytes += copy.len;
    if (e->last_piece == NULL) {
        e->pieces = p;
    } else {
        e->last_piece->next = p;
    }
    e->last_piece = p;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    stop(((xmlParserCtxt *)ctx)->_private, "a DOCTYPE is not accepted");
}

/* The first complaint wins; warnings and namespace complaints leave the document
 * well-formed. */
static void on_error(void *ctx, xmlErrorPtr e)
{
    struct builder *b = ((xmlParserCtxt *)ctx)->_private;
    if (b->failed || e->level < XML_ERR_FATAL) {
        return;
    }
    b->failed = true;
    b->parser->instate =
        XML_PARSER_EOF; /* xmlStopParser would free what the parser still looks at */
    struct cos_span rest = cos_span_of(e->message);
    struct cos_span message = cos_span_trim(cos_span_cut(&rest, '\n'));
    cos_text_error_set(b->err, e->line > 0 ? (unsigned)e->line : 0,
                       e->int2 > 0 ? (unsigned)e->int2 : 0, COS_SPAN_FMT,
                       COS_SPAN_ARG(message));
}

static void set_handlers(xmlSAXHandler *sax)
{
    *sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .internalSubset = on_doctype,
        .serror = on_error,
    };
}

/* What libxml2 says without a parser at hand (bytes that no encoding has) would go to stderr,
 * with the bytes. */
static void on_stray_error(void *ctx, xmlErrorPtr e)
{
    (void)ctx;
    (void)e;
}

static int parse_quietly(const struct builder *b)
{
    const struct xml_library *lib = b->lib;
    xmlStructuredErrorFunc old = *lib->__xmlStructuredError(); /* both are of this thread */
    void *old_ctx = *lib->__xmlStructuredErrorContext();
    lib->xmlSetStructuredErrorFunc(NULL, on_stray_error);
    int r = lib->xmlParseDocument(b->parser);
    lib->xmlSetStructuredErrorFunc(old_ctx, old);
    return r;
}

static void read_document(struct builder *b)
{
    b->parser->_private = b;
    /* NOENT only means that &amp; in an attribute arrives as "&" and not as "&#38;"; no other
     * entity can exist. */
    (void)b->lib->xmlCtxtUseOptions(b->parser, XML_PARSE_NONET | XML_PARSE_NOENT);
    set_handlers(b->parser->sax);
    int r = parse_quietly(b);
    if (!b->failed && (r != 0 || !b->parser->wellFormed || !b->has_root)) {
        stop(b, "the text is not well-formed XML");
    }
}

/* Room for every byte twice (pieces and their join) and for the structures around them. */
static size_t arena_max(const struct cos_xml_limits *limits)
{
    size_t for_text;
    size_t for_nodes;
    size_t total;
    bool ok = cos_size_mul(&for_text, limits->max_bytes, 16) &&
              cos_size_mul(&for_nodes, limits->max_nodes, 2 * sizeof(struct cos_xml)) &&
              cos_size_add(&total, for_text, for_nodes);
    return ok ? total : SIZE_MAX;
}

static unsigned line_at(struct cos_span text, size_t at)
{
    unsigned line = 1;
    for (size_t i = 0; i < at; i++) {
        line += text.ptr[i] == '\n';
    }
    return line;
}

static int check_text(struct cos_span text, const struct cos_xml_limits *limits,
                      struct cos_text_error *err)
{
    if (text.len > limits->max_bytes || text.len > INT32_MAX) {
        cos_text_error_set(err, 1, 1, "the text is too long");
        return -1;
    }
    if (text.len == 0) {
        cos_text_error_set(err, 1, 1, "the text is empty");
        return -1;
    }
    size_t at;
    char what[96];
    if (cos_xml_scan_refuses(text, limits, &at, what)) {
        cos_text_error_set(err, line_at(text, at), 0, "%s", what);
        return -1;
    }
    return 0;
}

int cos_xml_parse(struct cos_xml **out, struct cos_span text,
                  const struct cos_xml_limits *limits, struct cos_text_error *err)
{
    static const struct cos_xml_limits defaults = COS_XML_LIMITS_DEFAULT;
    limits = limits != NULL ? limits : &defaults;
    if (check_text(text, limits, err) < 0) {
        return -1;
    }
    struct builder b = {.lib = xml_library(), .limits = *limits, .err = err};
    if (b.lib->complaint != NULL) {
        cos_text_error_set(err, 1, 1, "%s", b.lib->complaint);
        return -1;
    }
    b.doc = cos_calloc(1, sizeof(*b.doc));
    b.parser = b.doc == NULL ? NULL : b.lib->xmlCreateMemoryParserCtxt(text.ptr, (int)text.len);
    if (b.parser == NULL) {
        cos_free(b.doc);
        cos_text_error_set(err, 1, 1, "out of memory");
        return -1;
    }
    cos_arena_init(&b.doc->arena, arena_max(limits));
    read_document(&b);
    b.lib->xmlFreeDoc(b.parser->myDoc); /* it makes one for entities of a refused DOCTYPE */
    b.parser->myDoc = NULL;
    b.lib->xmlFreeParserCtxt(b.parser);
    if (b.failed) {
        (void)cos_xml_free(&b.doc->root);
        return -1;
    }
    *out = &b.doc->root;
    return 0;
}

struct cos_xml *cos_xml_free(struct cos_xml *root)
{
    struct document *doc = (struct document *)root;
    if (doc != NULL) {
        cos_arena_deinit(&doc->arena);
        cos_free(doc);
    }
    return NULL;
}

const char *cos_xml_name(const struct cos_xml *e)
{
    return e == NULL ? NULL : e->name;
}

const struct cos_xml *cos_xml_get(const struct cos_xml *e, const char *name)
{
    const struct cos_xml *child = cos_xml_first(e);
    while (child != NULL && strcmp(child->name, name) != 0) {
        child = child->next;
    }
    return child;
}

const struct cos_xml *cos_xml_first(const struct cos_xml *e)
{
    return e == NULL ? NULL : e->first;
}

const struct cos_xml *cos_xml_next(const struct cos_xml *e)
{
    return e == NULL ? NULL : e->next;
}

const char *cos_xml_text(const struct cos_xml *e)
{
    return e == NULL ? NULL : e->text;
}

const char *cos_xml_child_text(const struct cos_xml *e, const char *name)
{
    return cos_xml_text(cos_xml_get(e, name));
}

const char *cos_xml_attr(const struct cos_xml *e, const char *name)
{
    const struct attribute *a = e == NULL ? NULL : e->attributes;
    while (a != NULL && strcmp(a->name, name) != 0) {
        a = a->next;
    }
    return a == NULL ? NULL : a->value;
}

unsigned cos_xml_line(const struct cos_xml *e)
{
    return e == NULL ? 0 : e->line;
}

/* Char of XML 1.0 s.2.2, for a valid UTF-8 sequence. */
static bool is_xml_char(const char *p, size_t n)
{
    uint32_t c = cos_utf8_code_point(p, n);
    if (c < 0x20) {
        return c == '\t' || c == '\n' || c == '\r';
    }
    return c != 0xfffe && c != 0xffff;
}

static const char *entity_of(char c, bool is_attr)
{
    switch (c) {
    case '\r':
        return "&#13;";
    case '\n':
        return is_attr ? "&#10;" : NULL;
    case '\t':
        return is_attr ? "&#9;" : NULL;
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    default:
        return NULL;
    }
}

static void escape(struct cos_buf *b, struct cos_span s, bool is_attr)
{
    while (s.len > 0) {
        size_t n = cos_utf8_front(s);
        const char *entity = n == 1 ? entity_of(s.ptr[0], is_attr) : NULL;
        if (entity != NULL) {
            cos_buf_str(b, entity);
        } else if (n > 0 && is_xml_char(s.ptr, n)) {
            cos_buf_append(b, s.ptr, n);
        } else {
            cos_buf_str(b, "\xef\xbf\xbd");
        }
        s = cos_span_from(s, n > 0 ? n : 1);
    }
}

void cos_xml_escape(struct cos_buf *b, struct cos_span s)
{
    escape(b, s, /* is_attr= */ false);
}

void cos_xml_escape_attr(struct cos_buf *b, struct cos_span s)
{
    escape(b, s, /* is_attr= */ true);
}
