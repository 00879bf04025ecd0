/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arenas: a chain of zeroed blocks, each twice its predecessor up to 64 KiB; what is larger
 * gets a block of its own, put behind the current one so that the rest of the current one stays
 * usable. `used_bytes` counts what callers were given, rounded to the alignment, and is what
 * the maximum bounds.
 */
#include "cosbase/arena.h"

#include "cosbase/alloc.h"
#include "cosbase/secret.h"

#include <stdalign.h>
#include <stdarg.h>

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_SHARED_BLOCK_BYTES = 65536 };

struct cos_arena_block {
    struct cos_arena_block *next;
    size_t cap, used;
    alignas(max_align_t) char bytes[]; /* zero from `used` on */
};
#define FIRST_CAP (FIRST_BLOCK_BYTES - sizeof(struct cos_arena_block))

static struct cos_arena_block *block_new(size_t cap)
{
    size_t total;
    if (!cos_size_add(&total, sizeof(struct cos_arena_block), cap)) {
        return NULL;
    }
    struct cos_arena_block *block = cos_calloc(1, total);
    if (block != NULL) {
        block->cap = cap;
    }
    return block;
}

static size_t shared_block_cap(const struct cos_arena *a)
{
    if (a->blocks == NULL) {
        return FIRST_CAP;
    }
    size_t doubled = 2 * (a->blocks->cap + sizeof(struct cos_arena_block));
    if (doubled > LARGEST_SHARED_BLOCK_BYTES) {
        doubled = LARGEST_SHARED_BLOCK_BYTES;
    }
    return doubled - sizeof(struct cos_arena_block);
}

/* The block that has room for @bytes; a new one if need be; NULL without memory. */
static struct cos_arena_block *block_with_room(struct cos_arena *a, size_t bytes)
{
    struct cos_arena_block *head = a->blocks;
    if (head != NULL && head->cap - head->used >= bytes) {
        return head;
    }
    size_t shared_cap = shared_block_cap(a);
    bool own_block = bytes > shared_cap / 2 && head != NULL;
    struct cos_arena_block *block =
        block_new(own_block || bytes > shared_cap ? bytes : shared_cap);
    if (block == NULL) {
        return NULL;
    }
    if (own_block) {
        block->next = head->next;
        head->next = block;
    } else {
        block->next = head;
        a->blocks = block;
    }
    return block;
}

void cos_arena_init(struct cos_arena *a, size_t max_bytes)
{
    *a = (struct cos_arena){.max_bytes = max_bytes};
}

void cos_arena_clear(struct cos_arena *a)
{
    struct cos_arena_block *kept = NULL;
    for (struct cos_arena_block *block = a->blocks, *next; block != NULL; block = next) {
        next = block->next;
        cos_wipe(block->bytes, block->used);
        if (kept == NULL && block->cap == FIRST_CAP) {
            kept = block;
            kept->next = NULL;
            kept->used = 0;
        } else {
            cos_free(block);
        }
    }
    cos_arena_init(a, a->max_bytes);
    a->blocks = kept;
}

void cos_arena_deinit(struct cos_arena *a)
{
    cos_arena_clear(a);
    a->blocks = cos_free(a->blocks);
}

void *cos_arena_alloc(struct cos_arena *a, size_t bytes)
{
    const size_t mask = alignof(max_align_t) - 1;
    size_t rounded;
    size_t used;
    if (a->failed) {
        return NULL;
    }
    bool fits = cos_size_add(&rounded, bytes > 0 ? bytes : 1, mask);
    rounded = fits ? rounded & ~mask : 0;
    fits = fits && cos_size_add(&used, a->used_bytes, rounded) && used <= a->max_bytes;
    struct cos_arena_block *block = fits ? block_with_room(a, rounded) : NULL;
    if (block == NULL) {
        a->failed = true;
        return NULL;
    }
    void *p = block->bytes + block->used;
    block->used += rounded;
    a->used_bytes += rounded;
    return p;
}

void *cos_arena_array(struct cos_arena *a, size_t n, size_t bytes)
{
    size_t total;
    if (!cos_size_mul(&total, n, bytes)) {
        a->failed = true;
        return NULL;
    }
    return cos_arena_alloc(a, total);
}

struct cos_span cos_arena_span(struct cos_arena *a, struct cos_span s)
{
    const char *copy = cos_arena_str(a, s);
    return copy == NULL ? COS_SPAN_EMPTY : (struct cos_span){copy, s.len};
}

const char *cos_arena_str(struct cos_arena *a, struct cos_span s)
{
    size_t total;
    if (!cos_size_add(&total, s.len, 1)) {
        a->failed = true;
        return NULL;
    }
    char *copy = cos_arena_alloc(a, total);
    if (copy != NULL && s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

struct cos_span cos_arena_join(struct cos_arena *a, const struct cos_span *parts, size_t n)
{
    size_t total = 1;
    bool fits = true;
    for (size_t i = 0; i < n; i++) {
        fits = fits && cos_size_add(&total, total, parts[i].len);
    }
    char *text = fits ? cos_arena_alloc(a, total) : NULL;
    if (text == NULL) {
        a->failed = true;
        return COS_SPAN_EMPTY;
    }
    char *at = text;
    for (size_t i = 0; i < n; i++) {
        at = cos_span_put(at, parts[i]);
    }
    return (struct cos_span){text, total - 1};
}

struct cos_span cos_arena_printf(struct cos_arena *a, const char *fmt, ...)
{
    struct cos_span result = COS_SPAN_EMPTY;
    va_list measure_args;
    va_list write_args;
    va_start(measure_args, fmt);
    va_copy(write_args, measure_args);
    int n = vsnprintf(NULL, 0, fmt, measure_args);
    char *at = n < 0 ? NULL : cos_arena_alloc(a, (size_t)n + 1);
    if (at != NULL) {
        (void)vsnprintf(at, (size_t)n + 1, fmt, write_args);
        result = (struct cos_span){at, (size_t)n};
    } else {
        a->failed = true;
    }
    va_end(write_args);
    va_end(measure_args);
    return result;
}

struct cos_span cos_arena_lower(struct cos_arena *a, struct cos_span s)
{
    size_t total;
    char *copy = cos_size_add(&total, s.len, 1) ? cos_arena_alloc(a, total) : NULL;
    if (copy == NULL) {
        a->failed = true;
        return COS_SPAN_EMPTY;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool is_upper = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
        copy[i] = is_upper ? (char)(s.ptr[i] + ('a' - 'A')) : s.ptr[i];
    }
    return (struct cos_span){copy, s.len};
}
