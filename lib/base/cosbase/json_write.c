/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON out: nodes printed, and the comma-keeping writer. Whatever bytes come in, valid JSON
 * goes out: invalid UTF-8 becomes U+FFFD (one per byte), infinities become null, and a nesting
 * too deep fails the buffer.
 */
#include "cosbase/json.h"

#include "cosbase/utf8.h"

#include <locale.h>
#include <math.h>

enum { WRITER_DEPTH = 32 }; /* the arrays of struct cos_jw hold one level more, the top */

/* The shortest of the usual precisions that reads back as the same double; JSON has no
 * infinity, so that is null. */
static void print_double(struct cos_buf *b, double value)
{
    char text[40];
    if (!isfinite(value)) {
        cos_buf_str(b, "null");
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(text, sizeof(text), "%.*g", precision, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    char *point = strchr(text, localeconv()->decimal_point[0]);
    if (point != NULL) {
        *point = '.';
    }
    cos_buf_str(b, text);
}

static void print_number(struct cos_buf *b, const struct cos_json *n)
{
    int64_t integer;
    if (cos_json_i64(n, &integer)) {
        cos_buf_i64(b, integer);
        return;
    }
    print_double(b, cos_json_double(n, 0));
}

static void print_items(struct cos_buf *b, const struct cos_json *n, const char *brackets)
{
    cos_buf_ch(b, brackets[0]);
    for (const struct cos_json *i = cos_json_first(n); i != NULL; i = cos_json_next(i)) {
        if (i != cos_json_first(n)) {
            cos_buf_ch(b, ',');
        }
        if (cos_json_name(i) != NULL) {
            cos_json_quote(b, cos_span_of(cos_json_name(i)));
            cos_buf_ch(b, ':');
        }
        cos_json_print(b, i);
    }
    cos_buf_ch(b, brackets[1]);
}

void cos_json_print(struct cos_buf *b, const struct cos_json *n)
{
    switch (cos_json_kind(n)) {
    case COS_JSON_NULL:
        cos_buf_str(b, "null");
        return;
    case COS_JSON_BOOL:
        cos_buf_str(b, cos_json_bool(n, false) ? "true" : "false");
        return;
    case COS_JSON_NUMBER:
        print_number(b, n);
        return;
    case COS_JSON_STRING:
        cos_json_quote(b, cos_span_of(cos_json_str(n)));
        return;
    case COS_JSON_ARRAY:
        print_items(b, n, "[]");
        return;
    case COS_JSON_OBJECT:
        print_items(b, n, "{}");
        return;
    }
}

/* What must stand before a value: a comma, and its name inside an object. */
static void begin_value(struct cos_jw *w, const char *name)
{
    if (w->depth > WRITER_DEPTH) {
        return;
    }
    if (w->has_item[w->depth]) {
        cos_buf_ch(w->b, ',');
    }
    w->has_item[w->depth] = true;
    if (name != NULL) {
        cos_json_quote(w->b, cos_span_of(name));
        cos_buf_ch(w->b, ':');
    }
}

/* Too deep is our own mistake, but a caller that nests by input must see it: the buffer
 * fails. */
static void open_level(struct cos_jw *w, const char *name, bool is_array)
{
    begin_value(w, name);
    w->depth++;
    if (w->depth > WRITER_DEPTH) {
        w->b->failed = true;
        return;
    }
    cos_buf_ch(w->b, is_array ? '[' : '{');
    w->has_item[w->depth] = false;
    w->is_array[w->depth] = is_array;
}

void cos_jw_init(struct cos_jw *w, struct cos_buf *b)
{
    *w = (struct cos_jw){.b = b};
}

void cos_jw_object(struct cos_jw *w, const char *name)
{
    open_level(w, name, false);
}

void cos_jw_array(struct cos_jw *w, const char *name)
{
    open_level(w, name, true);
}

void cos_jw_end(struct cos_jw *w)
{
    if (w->depth == 0) {
        w->b->failed = true;
        return;
    }
    if (w->depth <= WRITER_DEPTH) {
        cos_buf_ch(w->b, w->is_array[w->depth] ? ']' : '}');
    }
    w->depth--;
}

void cos_jw_str(struct cos_jw *w, const char *name, const char *value)
{
    if (value == NULL) {
        cos_jw_raw(w, name, COS_SPAN_LIT("null"));
        return;
    }
    cos_jw_span(w, name, cos_span_of(value));
}

void cos_jw_span(struct cos_jw *w, const char *name, struct cos_span value)
{
    begin_value(w, name);
    cos_json_quote(w->b, value);
}

void cos_jw_i64(struct cos_jw *w, const char *name, int64_t value)
{
    begin_value(w, name);
    cos_buf_i64(w->b, value);
}

void cos_jw_u64(struct cos_jw *w, const char *name, uint64_t value)
{
    begin_value(w, name);
    cos_buf_u64(w->b, value);
}

void cos_jw_double(struct cos_jw *w, const char *name, double value)
{
    begin_value(w, name);
    print_double(w->b, value);
}

void cos_jw_bool(struct cos_jw *w, const char *name, bool value)
{
    cos_jw_raw(w, name, value ? COS_SPAN_LIT("true") : COS_SPAN_LIT("false"));
}

void cos_jw_raw(struct cos_jw *w, const char *name, struct cos_span json)
{
    begin_value(w, name);
    cos_buf_span(w->b, json);
}

static void quote_ascii(struct cos_buf *b, char c)
{
    static const char named[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *at = c == '\0' ? NULL : strchr(named, c);
    if (at != NULL) {
        cos_buf_ch(b, '\\');
        cos_buf_ch(b, letters[at - named]);
    } else if ((unsigned char)c < 0x20 || c == 0x7f) {
        cos_buf_printf(b, "\\u%04x", (unsigned)c);
    } else {
        cos_buf_ch(b, c);
    }
}

void cos_json_quote(struct cos_buf *b, struct cos_span s)
{
    cos_buf_ch(b, '"');
    while (s.len > 0) {
        size_t n = cos_utf8_front(s);
        if (n == 1) {
            quote_ascii(b, s.ptr[0]);
        } else if (n > 1) {
            cos_buf_append(b, s.ptr, n);
        } else {
            cos_buf_str(b, "\xef\xbf\xbd");
            n = 1;
        }
        s = cos_span_from(s, n);
    }
    cos_buf_ch(b, '"');
}
