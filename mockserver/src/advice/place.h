/* SPDX-License-Identifier: Apache-2.0 */
/* Where an element stands in the text of a policy. */
#ifndef ADVICE_PLACE_H
#define ADVICE_PLACE_H

#include "cosbase/span.h"

/* Down one level: to a member, in whatever case it is written, or to an item of a list. A value
 * that is no list is its own item 0. */
struct place_step {
    const char *name; /* NULL: an item */
    size_t index;
};
#define PLACE_MEMBER(its_name) ((struct place_step){.name = (its_name)})
#define PLACE_ITEM(its_index) ((struct place_step){.index = (its_index)})

struct place {
    unsigned line, column; /* from 1; the column in bytes, as compilers count */
    unsigned column_chars; /* in characters, as editors do */
};
/** Of the value at the end of @steps in the valid JSON @text; where the way ends early (a name
 *  that is written with escapes), of what was found. With @is_name of its name instead. */
struct place place_of(struct cos_span text, const struct place_step *steps, size_t n,
                      bool is_name);

#endif
