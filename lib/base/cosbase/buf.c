/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing buffers. Growth copies into a fresh block and wipes the old one instead of calling
 * realloc, because buffers carry keys and tokens and realloc leaves its old block behind as it
 * was.
 */
#include "cosbase/buf.h"

#include "cosbase/alloc.h"
#include "cosbase/secret.h"

#include <inttypes.h>
#include <stdarg.h>

enum { FIRST_CAPACITY = 64 };

/* The block that holds @need bytes and the NUL: doubled, but never beyond the maximum. */
static size_t next_capacity(const struct cos_buf *b, size_t need)
{
    size_t cap = b->cap > 0 ? b->cap : FIRST_CAPACITY;
    while (cap <= need && cap <= SIZE_MAX / 2) {
        cap *= 2;
    }
    if (cap <= need || cap - 1 > b->max) {
        cap = b->max < SIZE_MAX ? b->max + 1 : SIZE_MAX;
    }
    return cap;
}

static bool grow(struct cos_buf *b, size_t need)
{
    size_t cap = next_capacity(b, need);
    char *block = cap > need ? cos_malloc(cap) : NULL;
    if (block == NULL) {
        return false;
    }
    if (b->ptr != NULL) {
        memcpy(block, b->ptr, b->len);
        cos_wipe(b->ptr, b->cap);
        cos_free(b->ptr);
    }
    block[b->len] = '\0';
    b->ptr = block;
    b->cap = cap;
    return true;
}

void cos_buf_init(struct cos_buf *b, size_t max_bytes)
{
    *b = (struct cos_buf){.max = max_bytes};
}

void cos_buf_deinit(struct cos_buf *b)
{
    if (b->ptr != NULL) {
        cos_wipe(b->ptr, b->cap);
        cos_free(b->ptr);
    }
    *b = (struct cos_buf){.max = b->max};
}

void cos_buf_clear(struct cos_buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->ptr != NULL) {
        b->ptr[0] = '\0';
    }
}

void cos_buf_append(struct cos_buf *b, const void *bytes, size_t n)
{
    char *at = cos_buf_reserve(b, n);
    if (at == NULL) {
        return;
    }
    if (n > 0) {
        memcpy(at, bytes, n);
    }
    b->len += n;
    b->ptr[b->len] = '\0';
}

void cos_buf_span(struct cos_buf *b, struct cos_span s)
{
    cos_buf_append(b, s.ptr, s.len);
}

void cos_buf_str(struct cos_buf *b, const char *s)
{
    cos_buf_span(b, cos_span_of(s));
}

void cos_buf_ch(struct cos_buf *b, char c)
{
    cos_buf_append(b, &c, 1);
}

void cos_buf_printf(struct cos_buf *b, const char *fmt, ...)
{
    va_list measure_args;
    va_list write_args;
    va_start(measure_args, fmt);
    va_copy(write_args, measure_args);
    int n = vsnprintf(NULL, 0, fmt, measure_args);
    char *at = n < 0 ? NULL : cos_buf_reserve(b, (size_t)n);
    if (at != NULL) {
        (void)vsnprintf(at, (size_t)n + 1, fmt, write_args);
        b->len += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(write_args);
    va_end(measure_args);
}

struct cos_span cos_decimal(char out[20], uint64_t v)
{
    size_t at = 20;
    do {
        out[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    return cos_span_make(out + at, 20 - at);
}

void cos_buf_u64(struct cos_buf *b, uint64_t v)
{
    char digits[20];
    cos_buf_span(b, cos_decimal(digits, v));
}

void cos_buf_i64(struct cos_buf *b, int64_t v)
{
    if (v < 0) {
        cos_buf_ch(b, '-');
        cos_buf_u64(b, 0 - (uint64_t)v);
        return;
    }
    cos_buf_u64(b, (uint64_t)v);
}

char *cos_buf_reserve(struct cos_buf *b, size_t n)
{
    size_t need;
    if (b->failed) {
        return NULL;
    }
    bool fits = cos_size_add(&need, b->len, n) && need <= b->max;
    if (!fits || (need >= b->cap && !grow(b, need))) {
        b->failed = true;
        return NULL;
    }
    return b->ptr + b->len;
}

void cos_buf_consume(struct cos_buf *b, size_t n)
{
    if (b->ptr == NULL) {
        return;
    }
    size_t gone = n < b->len ? n : b->len;
    memmove(b->ptr, b->ptr + gone, b->len - gone);
    b->len -= gone;
    b->ptr[b->len] = '\0';
}

const char *cos_buf_cstr(const struct cos_buf *b)
{
    if (b->ptr == NULL) {
        return "";
    }
    return b->ptr;
}

struct cos_span cos_buf_view(const struct cos_buf *b)
{
    return (struct cos_span){cos_buf_cstr(b), b->len};
}

char *cos_buf_take(struct cos_buf *b)
{
    if (cos_buf_reserve(b, 0) == NULL) {
        return NULL;
    }
    char *block = b->ptr;
    block[b->len] = '\0';
    cos_buf_init(b, b->max);
    return block;
}
