/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON. cJSON builds the tree; in front of it stands a strict reader of the RFC 8259 grammar,
 * because cJSON by itself takes more than JSON (numbers such as 01 or 1., raw control
 * characters, invalid UTF-8), cuts strings at \u0000 and knows neither bounds nor lines. So
 * cJSON only ever sees text that is valid, bounded, and whole in C strings. Names that repeat
 * are looked for in the finished tree, where "a" and "\u0061" are the same. cJSON's allocator
 * hooks stay untouched: they are global, and this code also lives inside other people's
 * processes. Numbers are doubles, so integers count as exact up to 2^53 - 1 (RFC 7493 s.2.2)
 * and beyond that are not integers.
 */
#include "cosbase/json.h"

#include "cosbase/alloc.h"
#include "cosbase/names.h"
#include "cosbase/utf8.h"

#include <cjson/cJSON.h>
#include <locale.h>
#include <math.h>

enum { LONGEST_NUMBER_BYTES = 63 }; /* cJSON.c parse_number copies into char[64] */

#define LARGEST_EXACT 9007199254740991.0 /* 2^53 - 1 */

struct scanner {
    struct cos_span text;
    size_t at;
    struct cos_json_limits limits;
    size_t n_nodes, n_members;
    size_t wanted_member; /* ordinal of the member whose position is asked for; 0: none */
    size_t wanted_at;
    struct cos_text_error *err;
};

static int fail_at(const struct scanner *s, size_t at, const char *what)
{
    unsigned line = 1;
    unsigned column = 1;
    for (size_t i = 0; i < at && i < s->text.len; i++) {
        char c = s->text.ptr[i];
        if (c == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)c & 0xc0) != 0x80) {
            column++;
        }
    }
    cos_text_error_set(s->err, line, column, "%s", what);
    return -1;
}

static int fail(const struct scanner *s, const char *what)
{
    return fail_at(s, s->at, s->at < s->text.len ? what : "the text ends too early");
}

/* The byte at hand, or -1 at the end. */
static int peek(const struct scanner *s)
{
    return s->at < s->text.len ? (unsigned char)s->text.ptr[s->at] : -1;
}

static bool take(struct scanner *s, char c)
{
    if (peek(s) != c) {
        return false;
    }
    s->at++;
    return true;
}

static void skip_blanks(struct scanner *s)
{
    while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\n' || peek(s) == '\r') {
        s->at++;
    }
}

static bool take_digits(struct scanner *s)
{
    size_t start = s->at;
    while (peek(s) >= '0' && peek(s) <= '9') {
        s->at++;
    }
    return s->at > start;
}

/* Four hex digits after \u, or -1. */
static int32_t scan_code_unit(struct scanner *s)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        int c = peek(s);
        if (c >= '0' && c <= '9') {
            unit = unit * 16 + (c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            unit = unit * 16 + ((c | 0x20) - 'a' + 10);
        } else {
            return -1;
        }
    }
    return unit;
}

static int scan_unicode_escape(struct scanner *s)
{
    size_t start = s->at - 2;
    int32_t unit = scan_code_unit(s);
    if (unit < 0) {
        return fail(s, "\\u must be followed by four hex digits");
    }
    if (unit == 0) {
        return fail_at(s, start, "the character U+0000 is not accepted");
    }
    if (unit < 0xd800 || unit > 0xdfff) {
        return 0;
    }
    bool has_low = unit < 0xdc00 && take(s, '\\') && take(s, 'u');
    int32_t low = has_low ? scan_code_unit(s) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
        return fail_at(s, start, "\\u names half of a surrogate pair");
    }
    return 0;
}

static int scan_escape(struct scanner *s)
{
    int c = peek(s);
    if (c < 0 || strchr("\"\\/bfnrtu", c) == NULL || c == 0) {
        return fail(s, "unknown escape in a string");
    }
    s->at++;
    return c == 'u' ? scan_unicode_escape(s) : 0;
}

static int scan_string(struct scanner *s)
{
    if (!take(s, '"')) {
        return fail(s, "a string was expected");
    }
    while (!take(s, '"')) {
        if (take(s, '\\')) {
            if (scan_escape(s) < 0) {
                return -1;
            }
            continue;
        }
        if (peek(s) < 0x20) {
            return fail(s, "a control character stands in a string without escape");
        }
        size_t n = cos_utf8_front(cos_span_from(s->text, s->at));
        if (n == 0) {
            return fail(s, "the text is not valid UTF-8");
        }
        s->at += n;
    }
    return 0;
}

/* cJSON and this test use strtod, whose decimal point follows the locale of the process. */
static bool is_finite_number(struct cos_span digits)
{
    char copy[LONGEST_NUMBER_BYTES + 1];
    memcpy(copy, digits.ptr, digits.len);
    copy[digits.len] = '\0';
    char *point = memchr(copy, '.', digits.len);
    if (point != NULL) {
        *point = localeconv()->decimal_point[0];
    }
    return isfinite(strtod(copy, NULL));
}

static int scan_number(struct scanner *s)
{
    size_t start = s->at;
    (void)take(s, '-');
    bool ok = take(s, '0') || take_digits(s);
    if (ok && take(s, '.')) {
        ok = take_digits(s);
    }
    if (ok && (take(s, 'e') || take(s, 'E'))) {
        (void)(take(s, '+') || take(s, '-'));
        ok = take_digits(s);
    }
    if (!ok) {
        return fail(s, "a digit was expected");
    }
    struct cos_span digits = cos_span_sub(s->text, start, s->at - start);
    if (digits.len > LONGEST_NUMBER_BYTES) {
        return fail_at(s, start, "a number has more than 63 characters");
    }
    if (!is_finite_number(digits)) {
        return fail_at(s, start, "a number is out of range");
    }
    return 0;
}

static int scan_word(struct scanner *s, const char *word)
{
    struct cos_span expected = cos_span_of(word);
    if (!cos_span_starts(cos_span_from(s->text, s->at), expected)) {
        return fail_at(s, s->at, "a value was expected");
    }
    s->at += expected.len;
    return 0;
}

static int scan_value(struct scanner *s, size_t depth);

static int scan_member(struct scanner *s, size_t depth)
{
    skip_blanks(s);
    if (peek(s) != '"') {
        return fail(s, "a name in double quotes was expected");
    }
    if (++s->n_members == s->wanted_member) {
        s->wanted_at = s->at;
    }
    if (scan_string(s) < 0) {
        return -1;
    }
    skip_blanks(s);
    if (!take(s, ':')) {
        return fail(s, "':' was expected");
    }
    return scan_value(s, depth);
}

/* What stands between the brackets, the opening one already taken. */
static int scan_items(struct scanner *s, size_t depth, bool is_object)
{
    char close = is_object ? '}' : ']';
    skip_blanks(s);
    if (take(s, close)) {
        return 0;
    }
    do {
        int r = is_object ? scan_member(s, depth) : scan_value(s, depth);
        if (r < 0) {
            return r;
        }
        skip_blanks(s);
    } while (take(s, ','));
    if (!take(s, close)) {
        return fail(s, is_object ? "',' or '}' was expected" : "',' or ']' was expected");
    }
    return 0;
}

static int scan_value(struct scanner *s, size_t depth)
{
    skip_blanks(s);
    if (++s->n_nodes > s->limits.max_nodes) {
        return fail(s, "the text has too many values");
    }
    int c = peek(s);
    if (c == '{' || c == '[') {
        if (depth >= s->limits.max_depth) {
            return fail(s, "the text is nested too deeply");
        }
        s->at++;
        return scan_items(s, depth + 1, c == '{');
    }
    if (c == '"') {
        return scan_string(s);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        return scan_number(s);
    }
    if (c == 't') {
        return scan_word(s, "true");
    }
    if (c == 'f') {
        return scan_word(s, "false");
    }
    return c == 'n' ? scan_word(s, "null") : fail(s, "a value was expected");
}

static int scan_text(struct scanner *s)
{
    if (s->text.len > s->limits.max_bytes) {
        return fail_at(s, 0, "the text is too long");
    }
    if (cos_span_starts(s->text, COS_SPAN_LIT("\xef\xbb\xbf"))) {
        return fail(s, "the text starts with a byte order mark");
    }
    if (scan_value(s, 0) < 0) {
        return -1;
    }
    skip_blanks(s);
    return s->at == s->text.len ? 0 : fail(s, "something follows the end of the value");
}

/* One object's own names. 0 and *out (NULL: all differ), or -1 without memory. */
static int find_repeated_here(const cJSON **out, const cJSON *object)
{
    size_t n = (size_t)cJSON_GetArraySize(object);
    if (n < 2) {
        *out = NULL;
        return 0;
    }
    struct cos_name *names = cos_calloc(n, sizeof(*names));
    if (names == NULL) {
        return -1;
    }
    const cJSON *member = object->child;
    for (size_t i = 0; i < n; i++, member = member->next) {
        names[i] = (struct cos_name){member->string, member, i};
    }
    *out = cos_names_find_repeated(names, n);
    cos_free(names);
    return 0;
}

static int find_repeated(const cJSON **out, const cJSON *node)
{
    *out = NULL;
    if (cJSON_IsObject(node) && (find_repeated_here(out, node) < 0 || *out != NULL)) {
        return *out != NULL ? 0 : -1;
    }
    for (const cJSON *child = node->child; child != NULL; child = child->next) {
        if (find_repeated(out, child) < 0) {
            return -1;
        }
        if (*out != NULL) {
            return 0;
        }
    }
    return 0;
}

/* Count members in document order up to @wanted; true once it was met. */
static bool count_members(size_t *n, const cJSON *node, const cJSON *wanted)
{
    for (const cJSON *child = node->child; child != NULL; child = child->next) {
        *n += child->string != NULL;
        if (child == wanted || count_members(n, child, wanted)) {
            return true;
        }
    }
    return false;
}

static int fail_repeated(const struct scanner *done, const cJSON *root, const cJSON *member)
{
    char what[160];
    struct scanner again = {.text = done->text, .limits = done->limits};
    (void)count_members(&again.wanted_member, root, member);
    (void)scan_text(&again);
    (void)snprintf(what, sizeof(what), "the name '%.100s' appears twice in one object",
                   member->string);
    return fail_at(done, again.wanted_at, what);
}

int cos_json_parse(struct cos_json **out, struct cos_span text,
                   const struct cos_json_limits *limits, struct cos_text_error *err)
{
    static const struct cos_json_limits defaults = COS_JSON_LIMITS_DEFAULT;
    limits = limits != NULL ? limits : &defaults;
    struct scanner s = {.text = text, .limits = *limits, .err = err};
    if (s.limits.max_depth > CJSON_NESTING_LIMIT) {
        s.limits.max_depth = CJSON_NESTING_LIMIT;
    }
    if (scan_text(&s) < 0) {
        return -1;
    }
    cJSON *root = cJSON_ParseWithLengthOpts(text.ptr, text.len, NULL, 0);
    const cJSON *repeated = NULL;
    if (root == NULL || find_repeated(&repeated, root) < 0) {
        cJSON_Delete(root);
        return fail_at(&s, 0, "out of memory");
    }
    if (repeated != NULL) {
        int r = fail_repeated(&s, root, repeated);
        cJSON_Delete(root);
        return r;
    }
    *out = (struct cos_json *)root;
    return 0;
}

struct cos_json *cos_json_free(struct cos_json *root)
{
    cJSON_Delete((cJSON *)root);
    return NULL;
}

static const cJSON *as_cjson(const struct cos_json *n)
{
    return (const cJSON *)n;
}

static const struct cos_json *as_node(const cJSON *n)
{
    return (const struct cos_json *)n;
}

enum cos_json_kind cos_json_kind(const struct cos_json *n)
{
    const cJSON *node = as_cjson(n);
    if (node == NULL) {
        return COS_JSON_NULL;
    }
    switch (node->type & 0xff) {
    case cJSON_True:
    case cJSON_False:
        return COS_JSON_BOOL;
    case cJSON_Number:
        return COS_JSON_NUMBER;
    case cJSON_String:
        return COS_JSON_STRING;
    case cJSON_Array:
        return COS_JSON_ARRAY;
    case cJSON_Object:
        return COS_JSON_OBJECT;
    default:
        return COS_JSON_NULL;
    }
}

const struct cos_json *cos_json_get(const struct cos_json *object, const char *name)
{
    if (cos_json_kind(object) != COS_JSON_OBJECT) {
        return NULL;
    }
    const cJSON *member = as_cjson(object)->child;
    while (member != NULL && strcmp(member->string, name) != 0) {
        member = member->next;
    }
    return as_node(member);
}

const struct cos_json *cos_json_first(const struct cos_json *array_or_object)
{
    return array_or_object == NULL ? NULL : as_node(as_cjson(array_or_object)->child);
}

const struct cos_json *cos_json_next(const struct cos_json *n)
{
    return n == NULL ? NULL : as_node(as_cjson(n)->next);
}

size_t cos_json_count(const struct cos_json *n)
{
    return n == NULL ? 0 : (size_t)cJSON_GetArraySize(as_cjson(n));
}

const char *cos_json_name(const struct cos_json *member)
{
    return member == NULL ? NULL : as_cjson(member)->string;
}

const char *cos_json_str(const struct cos_json *n)
{
    return cos_json_is_str(n) ? as_cjson(n)->valuestring : NULL;
}

bool cos_json_is_str(const struct cos_json *n)
{
    return cos_json_kind(n) == COS_JSON_STRING;
}

bool cos_json_i64(const struct cos_json *n, int64_t *out)
{
    if (cos_json_kind(n) != COS_JSON_NUMBER) {
        return false;
    }
    double value = as_cjson(n)->valuedouble;
    if (fabs(value) > LARGEST_EXACT || value != floor(value)) {
        return false;
    }
    *out = (int64_t)value;
    return true;
}

bool cos_json_bool(const struct cos_json *n, bool fallback)
{
    return cos_json_kind(n) == COS_JSON_BOOL ? cJSON_IsTrue(as_cjson(n)) != 0 : fallback;
}

double cos_json_double(const struct cos_json *n, double fallback)
{
    return cos_json_kind(n) == COS_JSON_NUMBER ? as_cjson(n)->valuedouble : fallback;
}
