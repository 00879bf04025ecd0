/* SPDX-License-Identifier: Apache-2.0 */
/* What zlib is asked for besides unpacking (services/unpacker.h). */
#ifndef SERVICES_GZIP_H
#define SERVICES_GZIP_H

#include "cosbase/span.h"

/** CRC-32 of IEEE 802.3 (RFC 1952 s.8), of @bytes behind those of @crc; it begins with 0. */
uint32_t gzip_crc32(uint32_t crc, struct cos_span bytes);

#endif
