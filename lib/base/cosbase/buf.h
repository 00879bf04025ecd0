/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a maximum at birth. Failure is sticky: after an append that did
 * not fit or an allocation that failed, `failed` stays true and later appends do nothing, so a
 * builder checks once at its end. The bytes are always followed by a NUL that is not counted.
 */
#ifndef COSBASE_BUF_H
#define COSBASE_BUF_H

#include "cosbase/span.h"

struct cos_buf {
    char *ptr; /* never NULL after the first append; cos_buf_str() is safe always */
    size_t len, cap, max;
    bool failed;
};

void cos_buf_init(struct cos_buf *b, size_t max_bytes);
void cos_buf_deinit(struct cos_buf *b); /* wipes, frees; fine on a zeroed object */
void cos_buf_clear(struct cos_buf *b);  /* keeps the memory, resets `failed` */
void cos_buf_append(struct cos_buf *b, const void *bytes, size_t n);
void cos_buf_span(struct cos_buf *b, struct cos_span s);
void cos_buf_str(struct cos_buf *b, const char *s);
void cos_buf_ch(struct cos_buf *b, char c);
void cos_buf_printf(struct cos_buf *b, const char *fmt, ...) COS_PRINTF(2, 3);
/** @v in decimal digits, somewhere in @out. */
struct cos_span cos_decimal(char out[20], uint64_t v);
void cos_buf_u64(struct cos_buf *b, uint64_t v);
void cos_buf_i64(struct cos_buf *b, int64_t v);
/** Make room for @n more bytes and return where to write them; the caller adds to `len`. NULL
 *  on failure. */
char *cos_buf_reserve(struct cos_buf *b, size_t n);
/** Remove @n bytes at the front. */
void cos_buf_consume(struct cos_buf *b, size_t n);
const char *cos_buf_cstr(const struct cos_buf *b); /* "" when empty */
struct cos_span cos_buf_view(const struct cos_buf *b);
/** Hand the heap block over (caller cos_free()s it); NULL when failed or out of memory. */
COS_MUST_CHECK char *cos_buf_take(struct cos_buf *b);

COS_CLEANUP_DEINIT_DEFINE(struct cos_buf, cos_buf_deinit)

#endif
