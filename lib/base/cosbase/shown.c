/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes of secrets. A secret key of Tencent Cloud is 32 random letters and digits, its id is
 * "AKID" and as many or more, a session token some hundred characters of URL-safe base64. A
 * name that people choose has words in it: lower case, or capitals at the beginning of words,
 * or dots and slashes every few letters.
 *
 * In a URI everything before the last '@' of the authority goes. A key may hold a '/', which
 * ends the authority too early for RFC 3986; so when an authority has a ':' that no port
 * follows, everything before the last '@' of the word goes, and without one the authority.
 * Sources: cos-wire.md s.1.1 (examples of keys and ids), RFC 3986 s.3.2.1 (userinfo, and that
 * it should not be shown).
 */
#include "cosbase/shown.h"

#define HIDDEN "***"
#define ID_MARK "AKID"
#define MAX_VALUE_BYTES 80
#define MAX_HEAD_BYTES 60 /* scheme and what stands before a hidden part */
#define MAX_TAIL_BYTES 140

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_key_byte(char c)
{
    return is_upper(c) || is_lower(c) || is_digit(c);
}

/* Bytes of base64, either alphabet, without slash and padding: paths and assignments are full
 * of those. */
static bool is_token_byte(char c)
{
    return is_key_byte(c) || c == '+' || c == '_' || c == '-';
}

/* --- shapes --- */

static bool starts_with_id(struct cos_span s)
{
    return s.len >= 12 && cos_span_starts(s, COS_SPAN_LIT(ID_MARK));
}

/* Random capitals make up about half of random letters, capitals of words far less. */
static bool is_random_run(struct cos_span run)
{
    size_t upper = 0, lower = 0, digits = 0, marks = 0;
    for (size_t i = 0; i < run.len; i++) {
        upper += is_upper(run.ptr[i]);
        lower += is_lower(run.ptr[i]);
        digits += is_digit(run.ptr[i]);
        marks += !is_key_byte(run.ptr[i]);
    }
    if (starts_with_id(run)) {
        return true;
    }
    if (upper > 0 && lower > 0 && digits > 0) {
        return run.len >= 16;
    }
    if (upper > 0 && lower > 0) {
        return run.len >= 24 && upper * 10 >= (upper + lower) * 3;
    }
    return run.len >= 28 && marks == 0 && digits > 0 && upper + lower > 0;
}

bool cos_looks_secret(struct cos_span text)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && is_token_byte(text.ptr[i])) {
            continue;
        }
        if (is_random_run(cos_span_sub(text, start, i - start))) {
            return true;
        }
        start = i + 1;
    }
    return false;
}

/* --- URIs --- */

/* How many bytes at the beginning of @rest, which follows "://", must not be seen. */
static size_t hidden_bytes(struct cos_span rest)
{
    size_t n = 0;
    while (n < rest.len && strchr("/?#", rest.ptr[n]) == NULL) {
        n++;
    }
    struct cos_span authority = cos_span_sub(rest, 0, n);
    size_t at = cos_span_rchr(authority, '@');
    if (at != SIZE_MAX) {
        return at;
    }
    uint64_t port;
    size_t colon = cos_span_chr(authority, ':');
    bool has_no_port = colon != SIZE_MAX && colon + 1 < n &&
                       !cos_span_u64(cos_span_from(authority, colon + 1), &port);
    at = has_no_port ? cos_span_rchr(rest, '@') : SIZE_MAX;
    if (at != SIZE_MAX) {
        return at;
    }
    return has_no_port || cos_looks_secret(authority) ? n : 0;
}

/* Whether a URI's authority begins at @i, and how long the word is that it begins. */
static bool is_authority_start(const char *text, size_t i, size_t *out_len)
{
    if (i < 3 || strncmp(text + i - 3, "://", 3) != 0) {
        return false;
    }
    *out_len = strcspn(text + i, " \t\r\n'\"<>");
    return true;
}

/* Replace the @n bytes at @text by "***", or by fewer stars when they are fewer; the rest moves
 * up. */
static void cut(char *text, size_t n)
{
    size_t n_stars = n < strlen(HIDDEN) ? n : strlen(HIDDEN);
    memset(text, '*', n_stars);
    memmove(text + n_stars, text + n, strlen(text + n) + 1);
}

static size_t id_length(const char *s)
{
    size_t n = 0;
    while (is_key_byte(s[n]) || s[n] == '_' || s[n] == '-') {
        n++;
    }
    return n;
}

void cos_hide_secrets(char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        size_t word_len = 0;
        if (is_authority_start(text, i, &word_len)) {
            size_t n = hidden_bytes(cos_span_make(text + i, word_len));
            if (n > 0) {
                cut(text + i, n);
            }
        }
        if (strncmp(text + i, ID_MARK, strlen(ID_MARK)) == 0) {
            size_t n = id_length(text + i);
            if (n >= 12) {
                cut(text + i + strlen(ID_MARK), n - strlen(ID_MARK));
            }
        }
    }
}

/* --- quoting --- */

/* Append to @out, whose end is *used, at most @max bytes of @s and an ellipsis for the rest. */
static void append_cut(char out[COS_SHOWN_BYTES], size_t *used, struct cos_span s, size_t max)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    size_t n = s.len;
    if (n > max) {
        n = max;
        while (n > 0 && ((unsigned char)s.ptr[n] & 0xC0) == 0x80) {
            n--;
        }
    }
    memcpy(out + *used, s.ptr, n);
    *used += n;
    if (n < s.len) {
        memcpy(out + *used, ellipsis, sizeof(ellipsis) - 1);
        *used += sizeof(ellipsis) - 1;
    }
    out[*used] = '\0';
}

const char *cos_shown_uri(char out[COS_SHOWN_BYTES], struct cos_span uri)
{
    size_t mark = cos_span_find(uri, COS_SPAN_LIT("://"));
    size_t start = mark == SIZE_MAX ? 0 : mark + 3;
    size_t n = mark == SIZE_MAX ? 0 : hidden_bytes(cos_span_from(uri, start));
    struct cos_span scheme = cos_span_sub(uri, 0, start);
    size_t used = 0;
    if (cos_looks_secret(scheme)) {
        append_cut(out, &used, COS_SPAN_LIT(HIDDEN), MAX_HEAD_BYTES);
    } else if (n == 0) {
        append_cut(out, &used, uri, MAX_HEAD_BYTES + MAX_TAIL_BYTES);
    } else {
        append_cut(out, &used, scheme, MAX_HEAD_BYTES);
        append_cut(out, &used, COS_SPAN_LIT(HIDDEN), MAX_TAIL_BYTES);
        append_cut(out, &used, cos_span_from(uri, start + n), MAX_TAIL_BYTES);
    }
    cos_hide_secrets(out);
    return out;
}

const char *cos_shown_value(char out[COS_SHOWN_BYTES], struct cos_span value)
{
    if (cos_span_find(value, COS_SPAN_LIT("://")) != SIZE_MAX) {
        return cos_shown_uri(out, value);
    }
    size_t used = 0;
    append_cut(out, &used, cos_looks_secret(value) ? COS_SPAN_LIT(HIDDEN) : value,
               MAX_VALUE_BYTES);
    return out;
}
