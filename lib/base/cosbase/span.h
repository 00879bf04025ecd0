/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A span: borrowed bytes, not NUL-terminated, valid as long as their owner. Passed by value.
 * What is compared with a literal is inline: the compiler then knows how long that is, and most
 * comparisons end at the length.
 */
#ifndef COSBASE_SPAN_H
#define COSBASE_SPAN_H

#include "cosbase/base.h"

struct cos_span {
    const char *ptr;
    size_t len;
};

#define COS_SPAN_EMPTY ((struct cos_span){"", 0})
#define COS_SPAN_LIT(s) ((struct cos_span){(s), sizeof(s) - 1})
#define COS_SPAN_FMT "%.*s"
#define COS_SPAN_ARG(s) (int)(s).len, (s).ptr

/* NULL gives the empty span. */
static inline struct cos_span cos_span_of(const char *s)
{
    return s == NULL ? COS_SPAN_EMPTY : (struct cos_span){s, strlen(s)};
}
static inline struct cos_span cos_span_make(const void *ptr, size_t len)
{
    return (struct cos_span){(const char *)ptr, len};
}
/* Clipped. */
static inline struct cos_span cos_span_sub(struct cos_span s, size_t start, size_t len)
{
    if (start >= s.len) {
        return COS_SPAN_EMPTY;
    }
    return (struct cos_span){s.ptr + start, len < s.len - start ? len : s.len - start};
}
/* Clipped. */
static inline struct cos_span cos_span_from(struct cos_span s, size_t start)
{
    return cos_span_sub(s, start, SIZE_MAX);
}
static inline bool cos_span_eq(struct cos_span a, struct cos_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool cos_span_eq_str(struct cos_span a, const char *b)
{
    return cos_span_eq(a, cos_span_of(b));
}
static inline bool cos_span_starts(struct cos_span s, struct cos_span prefix)
{
    return s.len >= prefix.len && cos_span_eq(cos_span_sub(s, 0, prefix.len), prefix);
}
/* To @at, where there is room; returns the end. */
static inline char *cos_span_put(char *at, struct cos_span s)
{
    if (s.len > 0) {
        memcpy(at, s.ptr, s.len);
    }
    return at + s.len;
}
bool cos_span_starts_nocase(struct cos_span s, struct cos_span prefix); /* ASCII only */
static inline bool cos_span_eq_nocase(struct cos_span a, struct cos_span b)
{
    return a.len == b.len && cos_span_starts_nocase(a, b);
}
int cos_span_cmp(struct cos_span a, struct cos_span b); /* unsigned byte order */
bool cos_span_ends(struct cos_span s, struct cos_span suffix);
/** Index of @c, or SIZE_MAX. */
size_t cos_span_chr(struct cos_span s, char c);
size_t cos_span_rchr(struct cos_span s, char c);
/** Index of @needle, or SIZE_MAX. */
size_t cos_span_find(struct cos_span s, struct cos_span needle);
/** Strip the bytes space, tab, CR, LF from both ends. */
struct cos_span cos_span_trim(struct cos_span s);
/**
 * Cut @*rest at the first @sep: returns what stands before it and leaves what stands after it
 * in @rest. Without @sep all is returned and @rest becomes empty with ptr NULL; a NULL ptr
 * means "no more pieces".
 */
struct cos_span cos_span_cut(struct cos_span *rest, char sep);
/** Whole span as decimal digits (an optional '-' for i64); false on anything else or
 *  overflow. */
bool cos_span_u64(struct cos_span s, uint64_t *out);
bool cos_span_i64(struct cos_span s, int64_t *out);

#endif
