/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repeated names: sort by text and position, then look at neighbours.
 */
#include "cosbase/names.h"

static int compare(const void *left, const void *right)
{
    const struct cos_name *a = left;
    const struct cos_name *b = right;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

const void *cos_names_find_repeated(struct cos_name *names, size_t n)
{
    const struct cos_name *found = NULL;
    qsort(names, n, sizeof(*names), compare);
    for (size_t i = 1; i < n; i++) {
        bool repeats = strcmp(names[i - 1].text, names[i].text) == 0;
        if (repeats && (found == NULL || names[i].index < found->index)) {
            found = &names[i];
        }
    }
    return found == NULL ? NULL : found->owner;
}
