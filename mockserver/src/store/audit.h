/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tenant's rows say, compared with what is there: each can be read, its body is as long
 * as it says and has the CRC-64 it says. For a check of a whole data directory, and to count
 * what is in one.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/backend.h"
#include "store/rowkey.h"

/* What a value says of the bytes beside it; zeros: there are none. */
struct audit_promise {
    uint64_t bytes, crc64;
};
/** False: it is no value of a row of @kind, or one of a newer cosmock. */
bool audit_value(enum rowkey_kind kind, struct cos_span value, struct audit_promise *out);

struct audit {
    uint64_t buckets, uploads, parts, rows; /* rows: all of them */
    uint64_t objects;                       /* latest versions that are no delete markers */
    uint64_t versions;                      /* the other versions, and all delete markers */
    uint64_t body_bytes;                    /* of objects, versions and parts */
};
/** Count a row. */
void audit_count(struct audit *a, const struct row *row);
/**
 * Count it and read its body. False: @complaint says what is wrong with which row, in one
 * sentence without a secret.
 */
bool audit_row(struct audit *a, const struct row *row, char complaint[512]);

#endif
