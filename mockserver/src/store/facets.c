/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in an object's row as pairs: headers that are kept, and facets, each under its
 * letter.
 */
#include "store/objects.h"

#include "store/objects_inside.h"
#include "store/rows.h"

/* --- headers that are kept --- */

bool kept_headers_next(struct kept_headers *h, struct object_header *out)
{
    struct row_pair pair;
    if (!row_pair_next(&h->pairs, &pair)) {
        return false;
    }
    *out = (struct object_header){pair.name, pair.value};
    return true;
}

size_t kept_headers_count(struct kept_headers h)
{
    size_t n = 0;
    for (struct object_header ignored; kept_headers_next(&h, &ignored);) {
        n++;
    }
    return n;
}

void objects_write_headers(struct cos_buf *out, const struct object_draft *draft)
{
    cos_buf_init(out, OBJECTS_VALUE_MAX_BYTES);
    for (size_t i = 0; i < draft->n_headers; i++) {
        row_pair_add(out, draft->headers[i].name, draft->headers[i].value);
    }
}

/* --- facets --- */

static const char facet_letters[FACET_COUNT] = {
    [FACET_VERSION] = 'v', [FACET_TAGS] = 't',        [FACET_ACL] = 'a',
    [FACET_OWNER] = 'o',   [FACET_LOCK] = 'l',        [FACET_RESTORE] = 'r',
    [FACET_SSE] = 'e',     [FACET_SYMLINK] = 's',     [FACET_APPEND] = 'p',
    [FACET_TIER] = 'i',    [FACET_REPLICATION] = 'c', [FACET_READS] = 'n',
};

struct cos_span facets_get(struct facets f, enum facet which)
{
    const struct cos_span name = cos_span_make(&facet_letters[which], 1);
    for (struct row_pair pair; row_pair_next(&f.pairs, &pair);) {
        if (cos_span_eq(pair.name, name)) {
            return pair.value;
        }
    }
    return (struct cos_span){NULL, 0};
}

struct facet_values facets_values(struct facets f)
{
    struct facet_values out;
    for (size_t i = 0; i < FACET_COUNT; i++) {
        out.of[i] = facets_get(f, (enum facet)i);
    }
    return out;
}

struct cos_span object_facet(const struct object *o, enum facet which)
{
    return facets_get(o->facets, which);
}

void objects_write_facets(struct cos_buf *out, const struct facet_values *facets)
{
    cos_buf_init(out, OBJECTS_VALUE_MAX_BYTES);
    for (size_t i = 0; i < FACET_COUNT; i++) {
        if (facets->of[i].ptr != NULL) {
            row_pair_add(out, cos_span_make(&facet_letters[i], 1), facets->of[i]);
        }
    }
}
