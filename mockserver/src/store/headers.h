/* SPDX-License-Identifier: Apache-2.0 */
/* Copying a table of stored headers into the tail of a larger block (object.c, upload.c). */
#ifndef STORE_HEADERS_H
#define STORE_HEADERS_H

#include "store/store.h"

/** How many bytes headers_copy() writes; false on overflow. */
bool headers_measure(const struct object_header *headers, size_t n, size_t *out_bytes);
/** Copy table and strings to @to, which is aligned for pointers; NULL when there are none. */
struct object_header *headers_copy(void *to, const struct object_header *headers, size_t n);

#endif
