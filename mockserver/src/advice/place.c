/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of cosbase/json.h keeps no positions, so the way is walked in the text again. */
#include "advice/place.h"

static size_t skip_blanks(struct cos_span s, size_t at)
{
    while (at < s.len &&
           (s.ptr[at] == ' ' || s.ptr[at] == '\t' || s.ptr[at] == '\r' || s.ptr[at] == '\n')) {
        at++;
    }
    return at;
}

/* @at on the opening quote; the result is behind the closing one. */
static size_t skip_string(struct cos_span s, size_t at)
{
    for (at++; at < s.len && s.ptr[at] != '"'; at++) {
        at += s.ptr[at] == '\\' ? 1 : 0;
    }
    return at < s.len ? at + 1 : s.len;
}

/* To the ',' or the bracket behind the value that begins at @at. */
static size_t skip_value(struct cos_span s, size_t at)
{
    size_t depth = 0;
    while (at < s.len) {
        char c = s.ptr[at];
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',')) {
            return at;
        }
        depth = depth + (c == '{' || c == '[' ? 1 : 0) - (closes ? 1 : 0);
        at = c == '"' ? skip_string(s, at) : at + 1;
    }
    return s.len;
}

struct found {
    size_t name, value; /* offsets; name of an item: its own */
};

static bool find_member(struct cos_span s, size_t at, const char *name, struct found *out)
{
    if (s.ptr[at] != '{') {
        return false;
    }
    at = skip_blanks(s, at + 1);
    while (at < s.len && s.ptr[at] == '"') {
        size_t end = skip_string(s, at);
        size_t value = skip_blanks(s, skip_blanks(s, end) + 1);
        if (cos_span_eq_nocase(cos_span_sub(s, at + 1, end - at - 2), cos_span_of(name))) {
            *out = (struct found){at, value};
            return value < s.len;
        }
        at = skip_blanks(s, skip_value(s, value) + 1);
    }
    return false;
}

static bool find_item(struct cos_span s, size_t at, size_t index, struct found *out)
{
    if (s.ptr[at] != '[') {
        *out = (struct found){at, at};
        return index == 0;
    }
    at = skip_blanks(s, at + 1);
    for (size_t i = 0; i < index && at < s.len && s.ptr[at] != ']'; i++) {
        at = skip_blanks(s, skip_value(s, at) + 1);
    }
    *out = (struct found){at, at};
    return at < s.len && s.ptr[at] != ']';
}

static struct place at_offset(struct cos_span s, size_t at)
{
    struct place p = {1, 1, 1};
    for (size_t i = 0; i < at; i++) {
        bool is_end = s.ptr[i] == '\n';
        bool is_inner = ((unsigned char)s.ptr[i] & 0xc0) == 0x80; /* of a UTF-8 character */
        p.line += is_end ? 1 : 0;
        p.column = is_end ? 1 : p.column + 1;
        p.column_chars = is_end ? 1 : p.column_chars + (is_inner ? 0 : 1);
    }
    return p;
}

struct place place_of(struct cos_span text, const struct place_step *steps, size_t n,
                      bool is_name)
{
    size_t at = skip_blanks(text, 0);
    struct found found = {at, at};
    for (size_t i = 0; i < n && at < text.len; i++) {
        bool is_there = steps[i].name != NULL ? find_member(text, at, steps[i].name, &found)
                                              : find_item(text, at, steps[i].index, &found);
        if (!is_there) {
            return at_offset(text, at);
        }
        at = found.value;
    }
    return at_offset(text, is_name ? found.name : found.value);
}
