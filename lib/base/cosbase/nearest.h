/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The known name that a mistyped one most likely meant, for messages: "unknown option
 * '--verson'; did you mean '--version'?".
 */
#ifndef COSBASE_NEAREST_H
#define COSBASE_NEAREST_H

#include "cosbase/span.h"

/**
 * The name of @names that the fewest slips (a byte added, left out, changed, two neighbours
 * swapped; ASCII case does not count) make of @word; the first of equals. NULL when nothing is
 * near: more slips than a third of the longer of the two (one is always forgiven), no byte in
 * common, or @word longer than 128 bytes. Costs |@word| times the bytes of all names. Threads:
 * any.
 */
const char *cos_nearest(struct cos_span word, const char *const *names, size_t n);

#endif
