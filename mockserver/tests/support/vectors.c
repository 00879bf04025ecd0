/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of vectors. */
#include "vectors.h"

#include "cosbase/file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct cos_json *vectors_load(const char *fixtures, const char *name)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 4u << 20);
    char path[600];
    (void)snprintf(path, sizeof(path), "%s/vectors/%s", fixtures, name);
    struct cos_text_error err = {0};
    struct cos_json *vectors = NULL;
    if (cos_file_read(&text, path) != 0 ||
        cos_json_parse(&vectors, cos_buf_view(&text), &COS_JSON_LIMITS_DEFAULT, &err) != 0) {
        print_error("cannot read %s %s\n", path, err.message);
        return NULL;
    }
    return vectors;
}

const char *field(const struct cos_json *vector, const char *name)
{
    return cos_json_str(cos_json_get(vector, name));
}
