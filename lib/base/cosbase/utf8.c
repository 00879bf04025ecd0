/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of well-formed byte sequences of RFC 3629 s.4: only the second byte has ranges that
 * depend on the first.
 */
#include "cosbase/utf8.h"

struct lead {
    unsigned char first, last;            /* of the leading byte */
    unsigned char second_min, second_max; /* of the byte after it */
    unsigned char n;
};

static const struct lead leads[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool matches(const struct lead *lead, const unsigned char *p, size_t available)
{
    if (p[0] < lead->first || p[0] > lead->last || available < lead->n) {
        return false;
    }
    for (size_t i = 2; i < lead->n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return false;
        }
    }
    return p[1] >= lead->second_min && p[1] <= lead->second_max;
}

size_t cos_utf8_front(struct cos_span s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (s.len == 0) {
        return 0;
    }
    if (p[0] < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(leads); i++) {
        if (matches(&leads[i], p, s.len)) {
            return leads[i].n;
        }
    }
    return 0;
}

uint32_t cos_utf8_code_point(const char *p, size_t n)
{
    static const unsigned char lead_bits[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t value = (unsigned char)p[0] & lead_bits[n];
    for (size_t i = 1; i < n; i++) {
        value = value << 6 | ((unsigned char)p[i] & 0x3f);
    }
    return value;
}
