/* SPDX-License-Identifier: Apache-2.0 */
/* Files of vectors under fixtures/vectors (SOURCE stands beside each). */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include "cosbase/json.h"

/** @name below @fixtures/vectors; free with cos_json_free(). NULL, and the reason printed, when
 *  it cannot be read. */
struct cos_json *vectors_load(const char *fixtures, const char *name);
/** The text of the member @name of a vector; NULL when it has none. */
const char *field(const struct cos_json *vector, const char *name);

#endif
