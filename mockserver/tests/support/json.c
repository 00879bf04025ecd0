/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON, or says what was none. */
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct cos_json *parse_json(struct cos_span text)
{
    struct cos_json *json = NULL;
    struct cos_text_error err = {0};
    if (cos_json_parse(&json, text, &COS_JSON_LIMITS_DEFAULT, &err) != 0) {
        fail_msg("no JSON: %s: '" COS_SPAN_FMT "'", err.message, COS_SPAN_ARG(text));
    }
    return json;
}

const char *json_text(const struct cos_json *n, const char *name)
{
    const char *s = cos_json_str(cos_json_get(n, name));
    return s == NULL ? "" : s;
}
