/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three ways to write a text (YAML 1.2 s.7.3): plain where it is a word that no reader takes
 * for something else, in single quotes where it is printable ASCII, which leaves JSON as it is,
 * and in double quotes where something must be escaped.
 */
#include "world/yaml_out.h"

#define INDENT 2

/* --- texts --- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What YAML 1.1 or 1.2 reads as something else than a text. */
static bool is_reserved(struct cos_span s)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no", "on",
                                        "off",  "y",     "n",    "nan", "inf"};
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if (cos_span_eq_nocase(s, cos_span_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_plain(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_inner = i > 0 && ((c >= '0' && c <= '9') || strchr("_.-/", c) != NULL);
        if (c == '\0' || (!is_letter(c) && !is_inner)) {
            return false;
        }
    }
    return s.len > 0 && !is_reserved(s);
}

static bool is_printable(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < ' ' || s.ptr[i] > '~') {
            return false;
        }
    }
    return true;
}

static void put_single(struct cos_buf *to, struct cos_span s)
{
    cos_buf_ch(to, '\'');
    for (size_t i = 0; i < s.len; i++) {
        cos_buf_str(to, s.ptr[i] == '\'' ? "'" : "");
        cos_buf_ch(to, s.ptr[i]);
    }
    cos_buf_ch(to, '\'');
}

static void put_double(struct cos_buf *to, struct cos_span s)
{
    cos_buf_ch(to, '"');
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '"' || c == '\\') {
            cos_buf_ch(to, '\\');
            cos_buf_ch(to, c);
        } else if ((c >= 0 && c < ' ') || c == 0x7f) {
            cos_buf_printf(to, "\\x%02X", (unsigned)c);
        } else {
            cos_buf_ch(to, c);
        }
    }
    cos_buf_ch(to, '"');
}

void yaml_scalar(struct cos_buf *to, struct cos_span value)
{
    if (is_plain(value)) {
        cos_buf_span(to, value);
    } else if (is_printable(value)) {
        put_single(to, value);
    } else {
        put_double(to, value);
    }
}

/* --- structure --- */

static void begin_line(struct yaml_out *y)
{
    unsigned n = y->depth * INDENT;
    cos_buf_printf(y->to, "%*s%s", (int)(y->is_item ? n - INDENT : n), "",
                   y->is_item ? "- " : "");
    y->is_item = false;
}

void yaml_key(struct yaml_out *y, const char *name)
{
    begin_line(y);
    yaml_scalar(y->to, cos_span_of(name));
    cos_buf_ch(y->to, ':');
}

void yaml_text(struct yaml_out *y, const char *name, struct cos_span value)
{
    if (value.len > 0) {
        yaml_key(y, name);
        cos_buf_ch(y->to, ' ');
        yaml_scalar(y->to, value);
        cos_buf_ch(y->to, '\n');
    }
}

void yaml_down(struct yaml_out *y, const char *name)
{
    yaml_key(y, name);
    cos_buf_ch(y->to, '\n');
    y->depth++;
}

void yaml_up(struct yaml_out *y)
{
    y->depth--;
}

void yaml_list(struct yaml_out *y, const char *name)
{
    yaml_down(y, name);
    y->depth++;
}

void yaml_list_end(struct yaml_out *y)
{
    y->depth -= 2;
}

void yaml_item(struct yaml_out *y)
{
    y->is_item = true;
}

void yaml_item_text(struct yaml_out *y, struct cos_span value)
{
    cos_buf_printf(y->to, "%*s- ", (int)(y->depth * INDENT), "");
    yaml_scalar(y->to, value);
    cos_buf_ch(y->to, '\n');
}
