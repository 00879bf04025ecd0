/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding as signatures have it: what RFC 3986 s.2.3 leaves is left, %XX is in upper
 * case, bytes that are no UTF-8 are encoded like others. */
#ifndef AUTHN_ENCODE_H
#define AUTHN_ENCODE_H

#include "cosbase/arena.h"

#include <limits.h>

/** A table: each byte that was signed is looked up. */
extern const bool authn_unreserved[UCHAR_MAX + 1];
/** @s itself where nothing is to be encoded. */
struct cos_span authn_encode(struct cos_arena *arena, struct cos_span s);
/** The same of a path, whose '/' stay. */
struct cos_span authn_encode_path(struct cos_arena *arena, struct cos_span s);

#endif
