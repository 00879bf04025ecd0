/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One property of a Java properties file, by the rules of
 * java.util.Properties.load(InputStream): Latin-1 with \uXXXX, '#' and '!' comments, lines that
 * go on behind an odd number of backslashes, a key that ends at the first '=', ':' or blank
 * that no backslash precedes. The last of two wins.
 * Source: Java SE 11 API, java.util.Properties.load(Reader).
 */
#include "config/config.h"

#include "cosbase/buf.h"

struct scanner {
    struct cos_span text;
    size_t at;
};

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static char peek(const struct scanner *s)
{
    return s->at < s->text.len ? s->text.ptr[s->at] : '\n';
}

static void skip_line_end(struct scanner *s)
{
    bool was_cr = peek(s) == '\r';
    s->at++;
    if (was_cr && s->at < s->text.len && s->text.ptr[s->at] == '\n') {
        s->at++;
    }
}

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->text.len && is_blank(s->text.ptr[s->at])) {
        s->at++;
    }
}

static void put_code_point(struct cos_buf *out, unsigned c)
{
    if (c < 0x80) {
        cos_buf_ch(out, (char)c);
    } else if (c < 0x800) {
        cos_buf_ch(out, (char)(0xC0 | c >> 6));
        cos_buf_ch(out, (char)(0x80 | (c & 0x3F)));
    } else {
        cos_buf_ch(out, (char)(0xE0 | c >> 12));
        cos_buf_ch(out, (char)(0x80 | (c >> 6 & 0x3F)));
        cos_buf_ch(out, (char)(0x80 | (c & 0x3F)));
    }
}

static unsigned hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* Behind "\u"; false when four digits do not follow. */
static bool take_unicode(struct cos_buf *out, struct scanner *s)
{
    unsigned c = 0;
    for (int i = 0; i < 4; i++) {
        unsigned digit = hex_value(peek(s));
        if (digit > 15) {
            return false;
        }
        c = c << 4 | digit;
        s->at++;
    }
    put_code_point(out, c);
    return true;
}

/* Behind a backslash. */
static bool take_escape(struct cos_buf *out, struct scanner *s)
{
    static const char names[] = "tnrf", values[] = "\t\n\r\f";
    char c = peek(s);
    if (is_line_end(c)) {
        skip_line_end(s);
        skip_blanks(s);
        return true;
    }
    s->at++;
    if (c == 'u') {
        return take_unicode(out, s);
    }
    const char *name = strchr(names, c);
    put_code_point(out, name != NULL ? (unsigned char)values[name - names] : (unsigned char)c);
    return true;
}

/* Up to one of @ends or the end of the line. */
static bool take_text(struct cos_buf *out, struct scanner *s, const char *ends)
{
    while (s->at < s->text.len && !is_line_end(peek(s)) && strchr(ends, peek(s)) == NULL) {
        char c = s->text.ptr[s->at++];
        if (c == '\\') {
            if (!take_escape(out, s)) {
                return false;
            }
        } else {
            put_code_point(out, (unsigned char)c);
        }
    }
    return true;
}

/* False at a malformed \u, which Java refuses. */
static bool take_pair(struct cos_buf *key, struct cos_buf *value, struct scanner *s)
{
    if (!take_text(key, s, "=: \t\f")) {
        return false;
    }
    skip_blanks(s);
    if (peek(s) == '=' || peek(s) == ':') {
        s->at++;
        skip_blanks(s);
    }
    return take_text(value, s, "");
}

bool config_property_find(struct cos_buf *out, struct cos_span text, struct cos_span name)
{
    struct scanner s = {.text = text};
    bool found = false;
    while (s.at < text.len) {
        skip_blanks(&s);
        if (peek(&s) == '#' || peek(&s) == '!') {
            while (!is_line_end(peek(&s))) {
                s.at++;
            }
        }
        if (is_line_end(peek(&s))) {
            skip_line_end(&s);
            continue;
        }
        COS_CLEANUP(cos_buf_deinit) struct cos_buf key = {0};
        COS_CLEANUP(cos_buf_deinit) struct cos_buf value = {0};
        cos_buf_init(&key, 1u << 20);
        cos_buf_init(&value, 1u << 20);
        if (!take_pair(&key, &value, &s) || key.failed || value.failed) {
            return false;
        }
        if (cos_span_eq(cos_buf_view(&key), name)) {
            cos_buf_clear(out);
            cos_buf_span(out, cos_buf_view(&value));
            found = true;
        }
    }
    return found;
}
