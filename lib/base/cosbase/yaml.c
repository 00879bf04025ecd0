/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML. libyaml gives events and this file builds the tree in an arena, keeping every bound
 * while reading. Anchors, aliases and tags are refused as they come: without aliases no
 * document can be larger than its text, and without tags no scalar is anything but text.
 * Whether a plain scalar is a number or a truth value is the caller's question; only decimal
 * integers and the words true and false are answered (the "Norway problem" has no place in a
 * configuration). A scalar with a NUL character in it is refused, because callers get C
 * strings. libyaml tells of directives when all of them have been read, and compares every %TAG
 * with all before it: 1 MiB of them took 5.8 s. So they are counted before it sees the text,
 * wherever they stand: none is accepted in the end.
 */
#include "cosbase/yaml.h"

#include "cosbase/alloc.h"
#include "cosbase/arena.h"
#include "cosbase/buf.h"
#include "cosbase/codec.h"
#include "cosbase/names.h"

#include <yaml.h>

enum { TAG_DIRECTIVES_MAX = 64 }; /* the letters may also stand in a scalar */

struct cos_yaml {
    enum cos_yaml_kind kind;
    unsigned line;
    const char *key; /* in a mapping */
    unsigned key_line;
    const char *text; /* of a scalar */
    bool quoted;
    struct cos_yaml *parent, *first, *last, *next;
    size_t n_children;
    const char *pending_key; /* while reading: the key whose value comes next */
    unsigned pending_line;
};

/* The root node is the first member: what the caller holds is also the whole. */
struct document {
    struct cos_yaml root;
    struct cos_arena arena;
};

struct builder {
    yaml_parser_t parser;
    struct document *doc;
    struct cos_yaml *open; /* innermost collection not yet ended */
    struct cos_yaml_limits limits;
    size_t depth, n_nodes, n_documents;
    bool has_root;
    struct cos_text_error *err;
};

static unsigned line_of(const yaml_event_t *event)
{
    return (unsigned)event->start_mark.line + 1;
}

static int fail(struct builder *b, const yaml_event_t *event, const char *what)
{
    cos_text_error_set(b->err, line_of(event), (unsigned)event->start_mark.column + 1, "%s",
                       what);
    return -1;
}

static int fail_memory(struct builder *b)
{
    cos_text_error_set(b->err, 0, 0, "out of memory");
    return -1;
}

static int fail_syntax(struct builder *b)
{
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR) {
        return fail_memory(b);
    }
    const char *problem = p->problem != NULL ? p->problem : "the text is not YAML";
    if (p->error == YAML_READER_ERROR) {
        cos_text_error_set(b->err, (unsigned)p->mark.line + 1, 0, "%s", problem);
        return -1;
    }
    cos_text_error_set(b->err, (unsigned)p->problem_mark.line + 1,
                       (unsigned)p->problem_mark.column + 1, "%s%s%s", problem,
                       p->context != NULL ? " " : "", p->context != NULL ? p->context : "");
    return -1;
}

static void append_child(struct cos_yaml *parent, struct cos_yaml *child)
{
    child->parent = parent;
    child->key = parent->pending_key;
    child->key_line = parent->pending_line;
    parent->pending_key = NULL;
    if (parent->last == NULL) {
        parent->first = child;
    } else {
        parent->last->next = child;
    }
    parent->last = child;
    parent->n_children++;
}

/* 0 and *out, a node linked into the tree; -1 when a bound or the memory is exhausted. */
static int add_node(struct builder *b, const yaml_event_t *event, enum cos_yaml_kind kind,
                    struct cos_yaml **out)
{
    if (++b->n_nodes > b->limits.max_nodes) {
        return fail(b, event, "the text has too many values");
    }
    struct cos_yaml *n = &b->doc->root;
    if (b->has_root) {
        n = cos_arena_alloc(&b->doc->arena, sizeof(*n));
        if (n == NULL) {
            return fail_memory(b);
        }
        append_child(b->open, n);
    }
    b->has_root = true;
    n->kind = kind;
    n->line = line_of(event);
    *out = n;
    return 0;
}

static bool key_is_next(const struct builder *b)
{
    return b->open != NULL && b->open->kind == COS_YAML_MAPPING && b->open->pending_key == NULL;
}

static int refuse_decoration(struct builder *b, const yaml_event_t *event,
                             const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL) {
        return fail(b, event, "anchors (&name) are not accepted");
    }
    return tag != NULL ? fail(b, event, "tags (!name) are not accepted") : 0;
}

static int on_scalar(struct builder *b, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    struct cos_span text = cos_span_make(value, event->data.scalar.length);
    struct cos_yaml *n;
    if (refuse_decoration(b, event, event->data.scalar.anchor, event->data.scalar.tag) < 0) {
        return -1;
    }
    if (cos_span_chr(text, '\0') != SIZE_MAX) {
        return fail(b, event, "the character U+0000 is not accepted");
    }
    const char *copy = cos_arena_str(&b->doc->arena, text);
    if (copy == NULL) {
        return fail_memory(b);
    }
    if (key_is_next(b)) {
        b->open->pending_key = copy;
        b->open->pending_line = line_of(event);
        return 0;
    }
    if (add_node(b, event, COS_YAML_SCALAR, &n) < 0) {
        return -1;
    }
    n->text = copy;
    n->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return 0;
}

static int on_start(struct builder *b, const yaml_event_t *event, enum cos_yaml_kind kind,
                    const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (refuse_decoration(b, event, anchor, tag) < 0) {
        return -1;
    }
    if (key_is_next(b)) {
        return fail(b, event, "a key must be a scalar");
    }
    if (++b->depth > b->limits.max_depth) {
        return fail(b, event, "the text is nested too deeply");
    }
    struct cos_yaml *n;
    if (add_node(b, event, kind, &n) < 0) {
        return -1;
    }
    b->open = n;
    return 0;
}

static int refuse_repeated_keys(struct builder *b, const struct cos_yaml *mapping)
{
    if (mapping->n_children < 2) {
        return 0;
    }
    struct cos_name *names = cos_calloc(mapping->n_children, sizeof(*names));
    if (names == NULL) {
        return fail_memory(b);
    }
    const struct cos_yaml *child = mapping->first;
    for (size_t i = 0; i < mapping->n_children; i++, child = child->next) {
        names[i] = (struct cos_name){child->key, child, i};
    }
    const struct cos_yaml *repeated = cos_names_find_repeated(names, mapping->n_children);
    cos_free(names);
    if (repeated == NULL) {
        return 0;
    }
    cos_text_error_set(b->err, repeated->key_line, 0,
                       "the key '%.100s' appears twice in one mapping", repeated->key);
    return -1;
}

static int on_end(struct builder *b)
{
    struct cos_yaml *ended = b->open;
    b->open = ended->parent;
    b->depth--;
    return ended->kind == COS_YAML_MAPPING ? refuse_repeated_keys(b, ended) : 0;
}

static int on_document(struct builder *b, const yaml_event_t *event)
{
    const struct yaml_tag_directive_s *first = event->data.document_start.tag_directives.start;
    if (first != event->data.document_start.tag_directives.end) {
        return fail(b, event, "%TAG is not accepted");
    }
    return ++b->n_documents > 1 ? fail(b, event, "only one document is accepted") : 0;
}

static int on_event(struct builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return on_document(b, event);
    case YAML_ALIAS_EVENT:
        return fail(b, event, "aliases (*name) are not accepted");
    case YAML_SCALAR_EVENT:
        return on_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(b, event, COS_YAML_SEQUENCE, event->data.sequence_start.anchor,
                        event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return on_start(b, event, COS_YAML_MAPPING, event->data.mapping_start.anchor,
                        event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(b);
    default:
        return 0;
    }
}

static int read_stream(struct builder *b)
{
    bool at_end = false;
    while (!at_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event)) {
            return fail_syntax(b);
        }
        int r = on_event(b, &event);
        at_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static bool is_empty(const struct builder *b)
{
    const struct cos_yaml *root = &b->doc->root;
    return !b->has_root ||
           (root->kind == COS_YAML_SCALAR && !root->quoted && root->text[0] == '\0');
}

/* Every node costs its struct, every byte of text itself and its alignment. */
static size_t arena_max(const struct cos_yaml_limits *limits)
{
    size_t for_text;
    size_t for_nodes;
    size_t total;
    bool ok = cos_size_mul(&for_text, limits->max_bytes, 20) &&
              cos_size_mul(&for_nodes, limits->max_nodes, 2 * sizeof(struct cos_yaml)) &&
              cos_size_add(&total, for_text, for_nodes);
    return ok ? total : SIZE_MAX;
}

static bool has_many_tag_directives(struct cos_span text)
{
    const struct cos_span word = COS_SPAN_LIT("%TAG");
    size_t n = 0;
    size_t found;
    while (n <= TAG_DIRECTIVES_MAX && (found = cos_span_find(text, word)) != SIZE_MAX) {
        text = cos_span_from(text, found + word.len);
        n++;
    }
    return n > TAG_DIRECTIVES_MAX;
}

/* --- JSON's characters beyond U+FFFF --- */

/* The half of a pair that is escaped at @at as "\\uXXXX", @first being the first of its 1024;
 * false: there is none. */
static bool read_half(struct cos_span text, size_t at, uint32_t first, uint32_t *out)
{
    unsigned char bytes[2];
    struct cos_span escape = cos_span_sub(text, at, 6);
    if (escape.len < 6 || !cos_span_starts(escape, COS_SPAN_LIT("\\u")) ||
        !cos_hex_decode(bytes, sizeof(bytes), cos_span_from(escape, 2))) {
        return false;
    }
    *out = ((uint32_t)bytes[0] << 8 | bytes[1]) - first;
    return *out < 0x400;
}

/* Writes the escape that begins at @at; the result is the length of what was read. */
static size_t write_escape(struct cos_buf *b, struct cos_span text, size_t at)
{
    uint32_t high;
    uint32_t low;
    if (read_half(text, at, 0xd800, &high) && read_half(text, at + 6, 0xdc00, &low)) {
        cos_buf_printf(b, "\\U%08x", 0x10000 + (high << 10 | low));
        return 12;
    }
    cos_buf_span(b, cos_span_sub(text, at, 2));
    return 2;
}

/*
 * JSON escapes "\\ud83d\\ude00" where YAML has "\\U0001f600". Only JSON, whose strings have
 * double quotes, is rewritten, and not a text that YAML embeds in single ones: a policy, say.
 */
static void join_pairs(struct cos_buf *b, struct cos_span text)
{
    bool is_string = false;
    for (size_t at = 0; at < text.len;) {
        char c = text.ptr[at];
        if (!is_string && (c == '\'' || c == '#')) {
            cos_buf_span(b, cos_span_from(text, at));
            return;
        }
        is_string = is_string != (c == '"');
        if (is_string && c == '\\') {
            at += write_escape(b, text, at);
        } else {
            cos_buf_ch(b, c);
            at++;
        }
    }
}

static bool may_have_pairs(struct cos_span text)
{
    struct cos_span begin = cos_span_trim(cos_span_sub(text, 0, 200));
    return begin.len > 0 && (begin.ptr[0] == '{' || begin.ptr[0] == '[') &&
           (cos_span_find(text, COS_SPAN_LIT("\\ud")) != SIZE_MAX ||
            cos_span_find(text, COS_SPAN_LIT("\\uD")) != SIZE_MAX);
}

int cos_yaml_parse(struct cos_yaml **out, struct cos_span text,
                   const struct cos_yaml_limits *limits, struct cos_text_error *err)
{
    static const struct cos_yaml_limits defaults = COS_YAML_LIMITS_DEFAULT;
    limits = limits != NULL ? limits : &defaults;
    struct builder b = {.limits = *limits, .err = err};
    if (text.len > limits->max_bytes) {
        cos_text_error_set(err, 1, 1, "the text is too long");
        return -1;
    }
    if (has_many_tag_directives(text)) {
        cos_text_error_set(err, 1, 1, "%%TAG is not accepted");
        return -1;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf joined;
    cos_buf_init(&joined, text.len);
    if (may_have_pairs(text)) {
        join_pairs(&joined, text);
        text = cos_buf_view(&joined);
    }
    if (joined.failed) {
        return fail_memory(&b);
    }
    b.doc = cos_calloc(1, sizeof(*b.doc));
    if (b.doc == NULL || !yaml_parser_initialize(&b.parser)) {
        cos_free(b.doc);
        return fail_memory(&b);
    }
    cos_arena_init(&b.doc->arena, arena_max(limits));
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)text.ptr, text.len);
    int r = read_stream(&b);
    yaml_parser_delete(&b.parser);
    if (r < 0) {
        (void)cos_yaml_free(&b.doc->root);
        return r;
    }
    *out = is_empty(&b) ? cos_yaml_free(&b.doc->root) : &b.doc->root;
    return 0;
}

struct cos_yaml *cos_yaml_free(struct cos_yaml *root)
{
    struct document *doc = (struct document *)root;
    if (doc != NULL) {
        cos_arena_deinit(&doc->arena);
        cos_free(doc);
    }
    return NULL;
}

enum cos_yaml_kind cos_yaml_kind(const struct cos_yaml *n)
{
    return n == NULL ? COS_YAML_NONE : n->kind;
}

unsigned cos_yaml_line(const struct cos_yaml *n)
{
    return n == NULL ? 0 : n->line;
}

const struct cos_yaml *cos_yaml_get(const struct cos_yaml *mapping, const char *key)
{
    if (cos_yaml_kind(mapping) != COS_YAML_MAPPING) {
        return NULL;
    }
    const struct cos_yaml *child = mapping->first;
    while (child != NULL && strcmp(child->key, key) != 0) {
        child = child->next;
    }
    return child;
}

const struct cos_yaml *cos_yaml_first(const struct cos_yaml *n)
{
    return n == NULL ? NULL : n->first;
}

const struct cos_yaml *cos_yaml_next(const struct cos_yaml *n)
{
    return n == NULL ? NULL : n->next;
}

const char *cos_yaml_key(const struct cos_yaml *value)
{
    return value == NULL ? NULL : value->key;
}

const char *cos_yaml_str(const struct cos_yaml *n)
{
    return cos_yaml_kind(n) == COS_YAML_SCALAR ? n->text : NULL;
}

bool cos_yaml_quoted(const struct cos_yaml *n)
{
    return n != NULL && n->quoted;
}

bool cos_yaml_i64(const struct cos_yaml *n, int64_t *out)
{
    return cos_yaml_kind(n) == COS_YAML_SCALAR && !n->quoted &&
           cos_span_i64(cos_span_of(n->text), out);
}

bool cos_yaml_bool(const struct cos_yaml *n, bool *out)
{
    if (cos_yaml_kind(n) != COS_YAML_SCALAR || n->quoted) {
        return false;
    }
    bool is_true = strcmp(n->text, "true") == 0;
    if (!is_true && strcmp(n->text, "false") != 0) {
        return false;
    }
    *out = is_true;
    return true;
}
