/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A complaint names the line and the element, what stands there and what would be right. Depth
 * is bounded by the reader of XML, and by the tables.
 *
 * Elements that no table names are passed over: the service takes a lifecycle rule with a
 * misspelt "Transation" (cos-operations-2.md s.6.1), and Java's website rules with a HostName.
 */
#include "services/schema.h"

#include "cosbase/date.h"
#include "exchange/xml_out.h"

#include <stdarg.h>

#define SHOWN_BYTES 60 /* of a value, in a complaint */
#define READING_MAX_BYTES ((size_t)4 << 20)

bool complain(struct complaint *out, const struct cos_xml *at, const char *code,
              const char *fmt, ...)
{
    int n = snprintf(out->text, sizeof(out->text), "line %u: ", cos_xml_line(at));
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(out->text + n, sizeof(out->text) - (size_t)n, fmt, args);
    va_end(args);
    out->code = code;
    return false;
}

/* --- reading --- */

struct cos_span xml_child(const struct cos_xml *e, const char *name)
{
    return cos_span_of(cos_xml_child_text(e, name));
}

static const struct cos_xml *next_called(const struct cos_xml *e, const char *name)
{
    while (e != NULL && strcmp(cos_xml_name(e), name) != 0) {
        e = cos_xml_next(e);
    }
    return e;
}

const struct cos_xml *xml_first_of(const struct cos_xml *group, const char *name)
{
    return next_called(cos_xml_first(group), name);
}

const struct cos_xml *xml_next_of(const struct cos_xml *e, const char *name)
{
    return next_called(cos_xml_next(e), name);
}

size_t xml_count_of(const struct cos_xml *group, const char *name)
{
    size_t n = 0;
    for (const struct cos_xml *e = xml_first_of(group, name); e != NULL;
         e = xml_next_of(e, name)) {
        n++;
    }
    return n;
}

int64_t xml_child_number(const struct cos_xml *e, const char *name, int64_t fallback)
{
    int64_t value;
    return cos_span_i64(cos_span_trim(xml_child(e, name)), &value) ? value : fallback;
}

bool xml_child_is(const struct cos_xml *e, const char *name, const char *word)
{
    return cos_span_eq_nocase(cos_span_trim(xml_child(e, name)), cos_span_of(word));
}

struct xml_texts xml_texts_of(struct cos_arena *a, const struct cos_xml *group,
                              const char *name)
{
    struct xml_texts texts = {0};
    size_t n = xml_count_of(group, name);
    texts.items = n == 0 ? NULL : cos_arena_array(a, n, sizeof(*texts.items));
    const struct cos_xml *e = texts.items == NULL ? NULL : xml_first_of(group, name);
    for (; e != NULL; e = xml_next_of(e, name)) {
        texts.items[texts.n++] = cos_span_of(cos_xml_text(e));
    }
    return texts;
}

bool xml_reading_begin(struct xml_reading *r, struct cos_span text)
{
    struct cos_text_error why;
    cos_arena_init(&r->arena, READING_MAX_BYTES);
    return cos_xml_parse(&r->xml, text, /* limits= */ NULL, &why) == 0;
}

void xml_reading_end(struct xml_reading *r)
{
    r->xml = cos_xml_free(r->xml);
    cos_arena_deinit(&r->arena);
}

/* --- values --- */

/* The word of the table that @text means; empty: none. */
static struct cos_span word_of(const struct element *s, struct cos_span text)
{
    struct cos_span rest = cos_span_of(s->words);
    while (rest.len > 0) {
        struct cos_span word = cos_span_cut(&rest, ' ');
        if (cos_span_eq_nocase(word, text)) {
            return word;
        }
    }
    return COS_SPAN_EMPTY;
}

/* "+08:00" behind a time: cuts it off and says how far it is from UTC. */
static bool take_offset(struct cos_span *text, int64_t *offset_ms)
{
    size_t at = text->len >= 6 ? text->len - 6 : 0;
    struct cos_span zone = cos_span_from(*text, at);
    uint64_t hours;
    uint64_t minutes;
    *offset_ms = 0;
    if (zone.len != 6 || (zone.ptr[0] != '+' && zone.ptr[0] != '-') || zone.ptr[3] != ':') {
        return true;
    }
    if (!cos_span_u64(cos_span_sub(zone, 1, 2), &hours) ||
        !cos_span_u64(cos_span_sub(zone, 4, 2), &minutes) || hours > 14 || minutes > 59) {
        return false;
    }
    *offset_ms = (int64_t)(hours * 60 + minutes) * 60000 * (zone.ptr[0] == '-' ? -1 : 1);
    *text = cos_span_sub(*text, 0, at);
    return true;
}

bool schema_date(struct cos_span text, int64_t *unix_ms)
{
    enum { DATE_MAX_BYTES = 40 };
    char utc[DATE_MAX_BYTES + 2];
    int64_t offset_ms;
    int64_t local_ms;
    struct cos_span time = text;
    if (text.len > DATE_MAX_BYTES || !take_offset(&time, &offset_ms)) {
        return false;
    }
    (void)snprintf(utc, sizeof(utc), COS_SPAN_FMT "%s", COS_SPAN_ARG(time),
                   time.len < text.len ? "Z" : "");
    if (!cos_date_iso_parse(cos_span_of(utc), &local_ms)) {
        return false;
    }
    *unix_ms = local_ms - offset_ms;
    return true;
}

static bool check_number(const struct element *s, const struct cos_xml *xml,
                         struct cos_span text, struct complaint *out)
{
    int64_t value;
    if (cos_span_i64(text, &value) && value >= s->least && value <= s->most) {
        return true;
    }
    return complain(out, xml, NULL, "<%s> is '" COS_SPAN_FMT "'; a number from %lld to %lld",
                    s->name, COS_SPAN_ARG(cos_span_sub(text, 0, SHOWN_BYTES)),
                    (long long)s->least, (long long)s->most);
}

static bool check_text(const struct element *s, const struct cos_xml *xml, struct cos_span text,
                       struct complaint *out)
{
    if (text.len < (size_t)s->least) {
        return complain(out, xml, NULL, "<%s> is empty", s->name);
    }
    if (s->most > 0 && text.len > (size_t)s->most) {
        return complain(out, xml, NULL, "<%s> has %zu bytes; at most %lld", s->name, text.len,
                        (long long)s->most);
    }
    return true;
}

static bool check_leaf(const struct element *s, const struct cos_xml *xml,
                       struct complaint *out)
{
    struct cos_span text = cos_span_of(cos_xml_text(xml));
    struct cos_span value = cos_span_trim(text);
    int64_t unix_ms;
    if (cos_xml_first(xml) != NULL) {
        return complain(out, xml, "MalformedXML", "<%s> holds <%s>; it takes a value", s->name,
                        cos_xml_name(cos_xml_first(xml)));
    }
    switch (s->kind) {
    case ELEMENT_WORD:
        return word_of(s, value).len > 0 ||
               complain(out, xml, NULL, "<%s> is '" COS_SPAN_FMT "'; one of: %s", s->name,
                        COS_SPAN_ARG(cos_span_sub(value, 0, SHOWN_BYTES)), s->words);
    case ELEMENT_NUMBER:
        return check_number(s, xml, value, out);
    case ELEMENT_DATE:
        return schema_date(value, &unix_ms) ||
               complain(out, xml, NULL,
                        "<%s> is '" COS_SPAN_FMT "'; as 2022-10-11T00:00:00+08:00", s->name,
                        COS_SPAN_ARG(cos_span_sub(value, 0, SHOWN_BYTES)));
    default:
        return check_text(s, xml, text, out);
    }
}

/* --- checking --- */

static bool is_called(const struct element *s, const char *name)
{
    return strcmp(s->name, name) == 0 || (s->alias != NULL && strcmp(s->alias, name) == 0);
}

static const struct element *element_of(const struct element *group, const char *name)
{
    for (const struct element *s = group->children; s->name != NULL; s++) {
        if (is_called(s, name)) {
            return s;
        }
    }
    return NULL;
}

static size_t count(const struct element *s, const struct cos_xml *group)
{
    return xml_count_of(group, s->name) +
           (s->alias == NULL ? 0 : xml_count_of(group, s->alias));
}

static bool check_times(const struct element *group, const struct cos_xml *xml,
                        struct complaint *out)
{
    for (const struct element *s = group->children; s->name != NULL; s++) {
        size_t n = count(s, xml);
        if (n < s->from) {
            return complain(out, xml, "MalformedXML", "<%s> has no <%s>", group->name, s->name);
        }
        if (s->to > 0 && n > s->to) {
            return complain(out, xml, s->times_code == NULL ? "MalformedXML" : s->times_code,
                            "<%s> has %zu <%s>; at most %u", group->name, n, s->name, s->to);
        }
    }
    return true;
}

bool schema_knows(const struct element *root, const struct cos_xml *xml, struct complaint *out)
{
    const struct cos_xml *e = root->kind == ELEMENT_GROUP ? cos_xml_first(xml) : NULL;
    for (; e != NULL; e = cos_xml_next(e)) {
        const struct element *s = element_of(root, cos_xml_name(e));
        if (s == NULL) {
            return complain(out, e, NULL, "<%.80s> is no element of <%s>; it was passed over",
                            cos_xml_name(e), root->name);
        }
        if (!schema_knows(s, e, out)) {
            return false;
        }
    }
    return true;
}

bool schema_check(const struct element *root, const struct cos_xml *xml, struct complaint *out)
{
    if (root->kind == ELEMENT_TREE) {
        return true;
    }
    if (root->kind != ELEMENT_GROUP) {
        return check_leaf(root, xml, out);
    }
    if (!check_times(root, xml, out)) {
        return false;
    }
    for (const struct cos_xml *e = cos_xml_first(xml); e != NULL; e = cos_xml_next(e)) {
        const struct element *s = element_of(root, cos_xml_name(e));
        if (s != NULL && !schema_check(s, e, out)) {
            return false;
        }
    }
    return true;
}

/* --- writing --- */

static void write_leaf(const struct element *s, const struct cos_xml *xml, struct cos_buf *out)
{
    struct cos_span text = cos_span_of(cos_xml_text(xml));
    char date[25];
    int64_t value = 0;
    switch (s->kind) {
    case ELEMENT_WORD:
        text = s->keeps_spelling ? cos_span_trim(text) : word_of(s, cos_span_trim(text));
        break;
    case ELEMENT_NUMBER:
        (void)cos_span_i64(cos_span_trim(text), &value);
        xml_out_u64(out, s->name, (uint64_t)value);
        return;
    case ELEMENT_DATE:
        (void)schema_date(cos_span_trim(text), &value);
        cos_date_iso_ms(date, value);
        text = cos_span_of(date);
        break;
    default:
        break;
    }
    xml_out_text(out, s->name, text);
}

static void write_tree(const struct cos_xml *xml, struct cos_buf *out)
{
    const char *name = cos_xml_name(xml);
    const struct cos_xml *e = cos_xml_first(xml);
    if (e == NULL) {
        xml_out_text(out, name, cos_span_of(cos_xml_text(xml)));
        return;
    }
    cos_buf_printf(out, "<%s>", name);
    for (; e != NULL; e = cos_xml_next(e)) {
        write_tree(e, out);
    }
    cos_buf_printf(out, "</%s>", name);
}

static void write_group(const struct element *group, const struct cos_xml *xml,
                        struct cos_buf *out)
{
    for (const struct cos_xml *e = cos_xml_first(xml); e != NULL; e = cos_xml_next(e)) {
        const struct element *s = element_of(group, cos_xml_name(e));
        if (s != NULL) {
            schema_write(s, e, out);
        }
    }
    for (const struct element *s = group->children; s->name != NULL; s++) {
        if (s->fallback != NULL && count(s, xml) == 0) {
            xml_out_text(out, s->name, cos_span_of(s->fallback));
        }
    }
}

void schema_write(const struct element *root, const struct cos_xml *xml, struct cos_buf *out)
{
    if (root->kind == ELEMENT_TREE) {
        write_tree(xml, out);
    } else if (root->kind != ELEMENT_GROUP) {
        write_leaf(root, xml, out);
    } else {
        cos_buf_printf(out, "<%s>", root->name);
        write_group(root, xml, out);
        cos_buf_printf(out, "</%s>", root->name);
    }
}
