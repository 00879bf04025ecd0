/* SPDX-License-Identifier: Apache-2.0 */
/* Fields by their names, which .NET spells as it likes ("Acl": cos-operations-2.md s.3.1). */
#include "exchange/form.h"

struct cos_span form_value(const struct form *f, struct cos_span name)
{
    for (size_t i = 0; i < f->n_fields; i++) {
        if (!f->fields[i].is_behind_file && cos_span_eq_nocase(f->fields[i].name, name)) {
            return f->fields[i].value;
        }
    }
    return (struct cos_span){NULL, 0};
}

struct cos_span form_text(const struct form *f, const char *name)
{
    struct cos_span value = f == NULL ? COS_SPAN_EMPTY : form_value(f, cos_span_of(name));
    return value.ptr == NULL ? COS_SPAN_EMPTY : value;
}
