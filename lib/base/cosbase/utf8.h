/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef COSBASE_UTF8_H
#define COSBASE_UTF8_H

#include "cosbase/span.h"

/** Length in bytes (1 to 4) of the sequence at the front of @s; 0 if it is invalid, cut short
 *  or @s is empty. */
size_t cos_utf8_front(struct cos_span s);
/** The code point of the valid sequence of @n bytes at @p. */
uint32_t cos_utf8_code_point(const char *p, size_t n);

#endif
