/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the catalogue. A run has its own: what waits comes first. */
#include "report_order.h"

#include "cosbase/alloc.h"

#include <stdlib.h>

struct place {
    const struct requirement *requirement;
    size_t index;
};

static int compare(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    if (left->requirement != right->requirement) {
        return left->requirement < right->requirement ? -1 : 1;
    }
    return left->index < right->index ? -1 : left->index > right->index;
}

size_t *report_order(const struct conform_report *report)
{
    struct place *places = cos_calloc(report->n + 1, sizeof(*places));
    size_t *order = cos_calloc(report->n + 1, sizeof(*order));
    if (places == NULL || order == NULL) {
        (void)cos_free(places);
        return cos_free(order);
    }
    for (size_t i = 0; i < report->n; i++) {
        places[i] = (struct place){report->results[i].requirement, i};
    }
    qsort(places, report->n, sizeof(*places), compare);
    for (size_t i = 0; i < report->n; i++) {
        order[i] = places[i].index;
    }
    (void)cos_free(places);
    return order;
}
