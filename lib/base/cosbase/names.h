/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to lib/base: the search for a repeated name, shared by the JSON and YAML readers. Not
 * quadratic, so that a hostile object of 200000 names costs a sort.
 */
#ifndef COSBASE_NAMES_H
#define COSBASE_NAMES_H

#include "cosbase/base.h"

struct cos_name {
    const char *text;
    const void *owner; /* the node that carries the name */
    size_t index;      /* position in the document; the callee sorts */
};

/** The owner of the first name, in document order, that an earlier one repeats; NULL if all
 *  differ. Reorders @names. */
const void *cos_names_find_repeated(struct cos_name *names, size_t n);

#endif
