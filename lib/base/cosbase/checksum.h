/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CRCs that are reflected and inverted at both ends, by their names in the reveng
 * catalogue: CRC-32/ISO-HDLC ("CRC-32" of zip and PNG), CRC-32/ISCSI ("CRC-32C"),
 * CRC-64/NVME. One table a kind and one step for all of them, 0.4 GB/s; CRC-64/XZ, of which
 * every object has one, is in digest.h and fast.
 */
#ifndef COSBASE_CHECKSUM_H
#define COSBASE_CHECKSUM_H

#include "cosbase/span.h"

enum cos_checksum_kind { COS_CRC32, COS_CRC32C, COS_CRC64NVME, COS_CHECKSUM_KINDS };

/** Start with 0; feed the previous value to go on. */
uint64_t cos_checksum(enum cos_checksum_kind kind, uint64_t crc, const void *bytes, size_t n);
/** 4 or 8. */
size_t cos_checksum_bytes(enum cos_checksum_kind kind);

#endif
