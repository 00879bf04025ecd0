/* SPDX-License-Identifier: Apache-2.0 */
/* The documentation page's own server.yaml (fixtures/configs/page-server.yaml), linked in. */
#ifndef CONFORM_PAGE_H
#define CONFORM_PAGE_H

#include "cosbase/buf.h"

struct page_values {
    const char *bucket, *suffix, *region;
    /* Option 1. */
    const char *secret_id, *secret_key;
    /* Option 2. */
    const char *provider;
};
/**
 * Append the page's text with placeholders filled in; the lines of the option not chosen (1 or
 * 2) are left out.
 */
void page_fill(struct cos_buf *out, int option, const struct page_values *values);

/** The digest of this server.yaml as it is linked in. */
void page_yaml_sha256(char out[65]);

#endif
