/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one door to the heap. The fail-nth counters are the only static mutable data of the
 * house: a test has to reach allocations made deep inside code that knows nothing of it. They
 * stay cold, one relaxed load per allocation, until a test calls cos_alloc_fail_nth() for the
 * first time.
 */
#include "cosbase/alloc.h"

#include <stdatomic.h>

static atomic_bool counting;
static _Atomic uint64_t n_allocations;
static _Atomic uint64_t fail_at;

/* No object may be larger than PTRDIFF_MAX, and allocators differ in how loudly they say so. */
static bool must_fail(size_t bytes)
{
    if (bytes > PTRDIFF_MAX) {
        return true;
    }
    if (!atomic_load_explicit(&counting, memory_order_relaxed)) {
        return false;
    }
    uint64_t ordinal = atomic_fetch_add(&n_allocations, 1) + 1;
    return ordinal == atomic_load(&fail_at);
}

void *cos_malloc(size_t bytes)
{
    if (must_fail(bytes)) {
        return NULL;
    }
    return malloc(bytes > 0 ? bytes : 1);
}

void *cos_calloc(size_t n, size_t bytes)
{
    size_t total;
    if (!cos_size_mul(&total, n, bytes) || must_fail(total)) {
        return NULL;
    }
    return calloc(1, total > 0 ? total : 1);
}

void *cos_realloc_array(void *p, size_t n, size_t bytes)
{
    size_t total;
    if (!cos_size_mul(&total, n, bytes) || must_fail(total)) {
        return NULL;
    }
    return realloc(p, total > 0 ? total : 1);
}

char *cos_strdup(const char *s)
{
    return cos_strndup(s, strlen(s));
}

char *cos_strndup(const char *s, size_t n)
{
    size_t total;
    if (!cos_size_add(&total, n, 1)) {
        return NULL;
    }
    char *copy = cos_malloc(total);
    if (copy == NULL) {
        return NULL;
    }
    if (n > 0) {
        memcpy(copy, s, n);
    }
    copy[n] = '\0';
    return copy;
}

void *cos_free(void *p)
{
    free(p);
    return NULL;
}

void cos_alloc_fail_nth(uint64_t n)
{
    atomic_store(&n_allocations, 0);
    atomic_store(&fail_at, n);
    atomic_store(&counting, true);
}

uint64_t cos_alloc_count(void)
{
    return atomic_load(&n_allocations);
}
