/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans. A span of length 0 may carry any pointer, NULL included, so nothing here hands an
 * empty span to memcmp and its kin. Case folding is ASCII only: protocol text must not change
 * its meaning with a locale.
 */
#include "cosbase/span.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int cos_span_cmp(struct cos_span a, struct cos_span b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool cos_span_starts_nocase(struct cos_span s, struct cos_span prefix)
{
    if (s.len < prefix.len) {
        return false;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        if (lower(s.ptr[i]) != lower(prefix.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool cos_span_ends(struct cos_span s, struct cos_span suffix)
{
    return s.len >= suffix.len && cos_span_eq(cos_span_from(s, s.len - suffix.len), suffix);
}

size_t cos_span_chr(struct cos_span s, char c)
{
    const char *hit = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return hit == NULL ? SIZE_MAX : (size_t)(hit - s.ptr);
}

size_t cos_span_rchr(struct cos_span s, char c)
{
    const char *hit = s.len > 0 ? memrchr(s.ptr, c, s.len) : NULL;
    return hit == NULL ? SIZE_MAX : (size_t)(hit - s.ptr);
}

size_t cos_span_find(struct cos_span s, struct cos_span needle)
{
    if (needle.len == 0) {
        return 0;
    }
    const char *hit = s.len > 0 ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return hit == NULL ? SIZE_MAX : (size_t)(hit - s.ptr);
}

struct cos_span cos_span_trim(struct cos_span s)
{
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

struct cos_span cos_span_cut(struct cos_span *rest, char sep)
{
    struct cos_span whole = *rest;
    size_t at = cos_span_chr(whole, sep);
    if (at == SIZE_MAX) {
        *rest = (struct cos_span){NULL, 0};
        return whole.ptr == NULL ? COS_SPAN_EMPTY : whole;
    }
    *rest = (struct cos_span){whole.ptr + at + 1, whole.len - at - 1};
    return (struct cos_span){whole.ptr, at};
}

bool cos_span_u64(struct cos_span s, uint64_t *out)
{
    uint64_t value = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value)) {
            return false;
        }
    }
    *out = value;
    return true;
}

bool cos_span_i64(struct cos_span s, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t magnitude;
    if (!cos_span_u64(negative ? cos_span_from(s, 1) : s, &magnitude)) {
        return false;
    }
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    if (magnitude > limit) {
        return false;
    }
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}
