/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as an HTTP archive (HAR 1.2). */
#ifndef EDGE_CONTROL_HAR_H
#define EDGE_CONTROL_HAR_H

#include "edge/control_call.h"

/* What one call for the journal is answered with. */
struct journal_page {
    const struct cosmock_entry *entries;
    int64_t n;
    uint64_t last_seq; /* of the journal, when it was read */
    uint64_t next;     /* nothing that was asked for lies up to here and is not in the page */
};
void control_har_write(struct call *c, const struct journal_page *page);

#endif
