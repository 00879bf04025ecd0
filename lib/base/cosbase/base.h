/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few words every file of the house uses: must-check, scoped cleanup, checked sizes, and
 * the list of functions that nobody may call because a better one exists here (the habit is
 * git's banned.h).
 */
#ifndef COSBASE_BASE_H
#define COSBASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COS_MUST_CHECK __attribute__((warn_unused_result))
#define COS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define COS_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/**
 * Free @p when the variable leaves its scope:
 *     COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
 * The function must have been declared with COS_CLEANUP_DEFINE(type, function).
 */
#define COS_CLEANUP(fn) __attribute__((cleanup(fn##_cleanup)))
#define COS_CLEANUP_DEFINE(type, fn)                         \
    static inline __attribute__((unused)) void fn##_cleanup( \
        type *p) /* NOLINT(bugprone-macro-parentheses) */    \
    {                                                        \
        (void)fn(*p);                                        \
    }
/** The same for types with a deinit taking a pointer to the caller's memory. */
#define COS_CLEANUP_DEINIT_DEFINE(type, fn)                  \
    static inline __attribute__((unused)) void fn##_cleanup( \
        type *p) /* NOLINT(bugprone-macro-parentheses) */    \
    {                                                        \
        fn(p);                                               \
    }

/* Checked size arithmetic: false on overflow, and then *out is not set. */
static inline bool cos_size_add(size_t *out, size_t a, size_t b)
{
    return !__builtin_add_overflow(a, b, out);
}
static inline bool cos_size_mul(size_t *out, size_t a, size_t b)
{
    return !__builtin_mul_overflow(a, b, out);
}

/*
 * Copy a public struct that begins with its size: what the program that made it knows, and
 * zeros for members that came later. False when it has no size: then nobody began it with its
 * ..._INIT, and every member would be ignored.
 */
static inline bool cos_sized_copy(void *out, size_t out_bytes, const void *given)
{
    size_t bytes;
    memcpy(&bytes, given, sizeof(bytes));
    memset(out, 0, out_bytes);
    memcpy(out, given, bytes < out_bytes ? bytes : out_bytes);
    memcpy(out, &out_bytes, sizeof(out_bytes));
    return bytes > sizeof(bytes);
}

/* A file that must call one of these is named in ci/check_layers.py and defines
 * COSBASE_ALLOW_BANNED. */
#ifndef COSBASE_ALLOW_BANNED
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atof gets
#pragma GCC poison gmtime localtime ctime asctime setenv putenv
#endif

#endif
