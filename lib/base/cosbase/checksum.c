/* SPDX-License-Identifier: Apache-2.0 */
/* Polynomials: https://reveng.sourceforge.io/crc-catalogue/17plus.htm, bits reversed. */
#include "cosbase/checksum.h"

#include <pthread.h>

static const struct {
    uint64_t polynomial;
    size_t n_bytes;
} kinds[COS_CHECKSUM_KINDS] = {
    [COS_CRC32] = {UINT64_C(0xEDB88320), 4},
    [COS_CRC32C] = {UINT64_C(0x82F63B78), 4},
    [COS_CRC64NVME] = {UINT64_C(0x9A6C9329AC4BC9B5), 8},
};
/* What a byte does to the remainder. Constant after `once`. */
static uint64_t effects[COS_CHECKSUM_KINDS][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
    for (size_t kind = 0; kind < COS_CHECKSUM_KINDS; kind++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint64_t crc = byte;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc & 1 ? crc >> 1 ^ kinds[kind].polynomial : crc >> 1;
            }
            effects[kind][byte] = crc;
        }
    }
}

size_t cos_checksum_bytes(enum cos_checksum_kind kind)
{
    return kinds[kind].n_bytes;
}

uint64_t cos_checksum(enum cos_checksum_kind kind, uint64_t crc, const void *bytes, size_t n)
{
    (void)pthread_once(&once, make_tables);
    uint64_t ones = kinds[kind].n_bytes == 4 ? UINT64_C(0xFFFFFFFF) : ~UINT64_C(0);
    const uint8_t *at = bytes;
    crc ^= ones;
    for (; n > 0; n--, at++) {
        crc = crc >> 8 ^ effects[kind][(crc ^ *at) & 255];
    }
    return crc ^ ones;
}
