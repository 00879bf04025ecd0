/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a statement stands in the text of a policy. The tree of cosbase/json.h keeps no
 * positions, so an error looks for its place in the text again: rare, and after the text was
 * read as valid JSON. It refuses nothing; what it cannot find (an element name written with
 * \u escapes) has position 0, "not known".
 */
#include "cam/policy.h"

static size_t skip_blanks(struct cos_span s, size_t at)
{
    while (at < s.len && strchr(" \t\r\n", s.ptr[at]) != NULL && s.ptr[at] != '\0') {
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

static size_t skip_value(struct cos_span s, size_t at)
{
    size_t depth = 0;
    while (at < s.len) {
        char c = s.ptr[at];
        bool opens = c == '{' || c == '[';
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',')) {
            return at;
        }
        depth = depth + (opens ? 1 : 0) - (closes ? 1 : 0);
        at = c == '"' ? skip_string(s, at) : at + 1;
    }
    return s.len;
}

static size_t value_of(struct cos_span s, size_t name)
{
    return skip_blanks(s, skip_blanks(s, skip_string(s, name)) + 1);
}

/* Offset of the member @name, in any case, of the object that begins at @at; the length when
 * there is none. */
static size_t find_member(struct cos_span s, size_t at, const char *name)
{
    bool is_object = at < s.len && s.ptr[at] == '{';
    at = is_object ? skip_blanks(s, at + 1) : s.len;
    while (at < s.len && s.ptr[at] == '"') {
        size_t end = skip_string(s, at);
        if (cos_span_eq_nocase(cos_span_sub(s, at + 1, end - at - 2), cos_span_of(name))) {
            return at;
        }
        at = skip_blanks(s, skip_value(s, value_of(s, at)) + 1);
    }
    return s.len;
}

static size_t find_statement(struct cos_span s, size_t at, int index)
{
    at = find_member(s, at, "statement");
    at = at < s.len ? value_of(s, at) : at;
    if (at >= s.len || s.ptr[at] != '[') {
        return at;
    }
    at = skip_blanks(s, at + 1);
    for (int i = 0; i < index && at < s.len; i++) {
        at = skip_blanks(s, skip_value(s, at) + 1);
    }
    return at;
}

void cam_locate(struct cos_span json, int index, const char *element, unsigned *line,
                unsigned *column)
{
    size_t at = skip_blanks(json, 0);
    if (index >= 0) {
        at = find_statement(json, at, index);
    }
    size_t member = element == NULL ? json.len : find_member(json, at, element);
    at = member < json.len ? member : at;
    if (at >= json.len) {
        *line = 0;
        *column = 0;
        return;
    }
    size_t start = 0;
    *line = 1;
    for (size_t i = 0; i < at; i++) {
        if (json.ptr[i] == '\n') {
            ++*line;
            start = i + 1;
        }
    }
    *column = (unsigned)(at - start) + 1;
}
