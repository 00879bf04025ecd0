/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation through one door, so that a test can make the Nth allocation fail. All return NULL
 * on failure, including on size overflow; cos_free(NULL) is fine.
 */
#ifndef COSBASE_ALLOC_H
#define COSBASE_ALLOC_H

#include "cosbase/base.h"

COS_MUST_CHECK void *cos_malloc(size_t bytes);
COS_MUST_CHECK void *cos_calloc(size_t n, size_t bytes); /* zeroed */
COS_MUST_CHECK void *cos_realloc_array(void *p, size_t n, size_t bytes);
COS_MUST_CHECK char *cos_strdup(const char *s);
COS_MUST_CHECK char *cos_strndup(const char *s,
                                 size_t n); /* always NUL-terminated copy of n bytes */
void *cos_free(void *p);                    /* returns NULL */

/** Tests only, one thread: the @n-th allocation from now (1 = next) fails once; 0 switches it
 *  off. */
void cos_alloc_fail_nth(uint64_t n);
/** Tests only: allocations made since the last cos_alloc_fail_nth call. */
uint64_t cos_alloc_count(void);

#endif
