/* SPDX-License-Identifier: Apache-2.0 */
/* The documentation page's own server.yaml (fixtures/configs/page-server.yaml), linked in. */
#ifndef CONFORM_PAGE_H
#define CONFORM_PAGE_H

#include "cosbase/buf.h"

struct page_values {
    const char *bucket, *suffix, *region;
    const char *secret_id, *secret_key; /* option 1 */
    const char *provider;               /* option 2 */
};
/** Append the page's text with placeholders filled in; the lines of the option not chosen (1 or 2) are left out. */
void page_fill(struct cos_buf *out, int option, const struct page_values *values);

#endif
