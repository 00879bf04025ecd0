/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that a test goes on to ask. */
#ifndef TESTS_JSON_H
#define TESTS_JSON_H

#include "cosbase/json.h"

/** Fails on what is no JSON; free with cos_json_free(). */
struct cos_json *parse_json(struct cos_span text);
/** The text of that name; "" when there is none. */
const char *json_text(const struct cos_json *n, const char *name);

#endif
