/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as a tenant of a mock has them, made without a mock. */
#ifndef TESTS_KEPT_ROWS_H
#define TESTS_KEPT_ROWS_H

#include "store/backend.h"

/* CRC-64/XZ of "123456789": https://reveng.sourceforge.io/crc-catalogue/17plus.htm */
#define CRC64_OF_DIGITS UINT64_C(0x995dc9bbdf1939fa)

struct kept_object {
    const char *key, *text;
    uint64_t bytes, crc64; /* what the row says */
};
void put_kept_object(struct backend *b, const struct kept_object *o);
void put_kept_bucket(struct backend *b, const char *name);

#endif
