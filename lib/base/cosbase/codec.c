/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hex, base64 and percent decoding (RFC 4648, RFC 3986 s.2.1). The base64 decoder takes the
 * canonical form only: padding where it belongs, unused bits zero (RFC 4648 s.3.5), no line
 * breaks. So every byte string has one spelling.
 */
#include "cosbase/codec.h"

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* The byte that two hex digits name. */
static unsigned char hex_pair(const char *two)
{
    return (unsigned char)((unsigned)hex_value(two[0]) << 4 | (unsigned)hex_value(two[1]));
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : -1;
}

/* Write the four letters of @n (1 to 3) bytes. */
static void encode_group(char out[4], const unsigned char *in, size_t n)
{
    uint32_t bits = (uint32_t)in[0] << 16;
    bits |= n > 1 ? (uint32_t)in[1] << 8 : 0;
    bits |= n > 2 ? (uint32_t)in[2] : 0;
    for (size_t i = 0; i < 4; i++) {
        out[i] = i <= n ? base64_letters[bits >> (18 - 6 * i) & 63] : '=';
    }
}

/* Decode four letters, of which the last @n_pad are '='. Returns the number of bytes, or 0. */
static size_t decode_group(unsigned char out[3], const char *in, size_t n_pad)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < 4 - n_pad ? base64_value(in[i]) : 0;
        if (value < 0) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)value;
    }
    out[0] = (unsigned char)(bits >> 16);
    out[1] = (unsigned char)(bits >> 8);
    out[2] = (unsigned char)bits;
    bool unused_bits_set = (n_pad > 0 && out[2] != 0) || (n_pad > 1 && out[1] != 0);
    return unused_bits_set ? 0 : 3 - n_pad;
}

/* Without a table, so that a compiler makes some at a time. */
static char hex_digit(unsigned value)
{
    return (char)(value + (value < 10 ? '0' : 'a' - 10));
}

void cos_hex_encode(char *out, const void *bytes, size_t n)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = hex_digit(in[i] >> 4U);
        out[2 * i + 1] = hex_digit(in[i] & 15U);
    }
    out[2 * n] = '\0';
}

bool cos_hex_decode(void *out, size_t n, struct cos_span hex)
{
    unsigned char *at = out;
    if (hex.len % 2 != 0 || hex.len / 2 != n) {
        return false;
    }
    for (size_t i = 0; i < hex.len; i++) {
        if (hex_value(hex.ptr[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        at[i] = hex_pair(hex.ptr + 2 * i);
    }
    return true;
}

void cos_base64_encode(char *out, const void *bytes, size_t n)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < n; i += 3, out += 4) {
        encode_group(out, in + i, n - i < 3 ? n - i : 3);
    }
    *out = '\0';
}

void cos_base64_append(struct cos_buf *b, const void *bytes, size_t n)
{
    size_t total = COS_BASE64_BYTES(n) - 1;
    char *at = cos_buf_reserve(b, total);
    if (at != NULL) {
        cos_base64_encode(at, bytes, n);
        b->len += total;
    }
}

bool cos_base64_decode(struct cos_buf *b, struct cos_span text)
{
    size_t len_before = b->len;
    if (text.len % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 4) {
        const char *in = text.ptr + i;
        bool is_last = i + 4 == text.len;
        size_t n_pad = is_last && in[3] == '=' ? 1 + (in[2] == '=') : 0;
        unsigned char out[3];
        size_t n = decode_group(out, in, n_pad);
        cos_buf_append(b, out, n);
        if (n == 0 || b->failed) {
            b->len = len_before;
            if (b->ptr != NULL) {
                b->ptr[b->len] = '\0';
            }
            return false;
        }
    }
    return !b->failed;
}

size_t cos_percent_decode(char *out, struct cos_span s, bool plus_is_space)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool has_two = c == '%' && s.len - i > 2;
        if (has_two && hex_value(s.ptr[i + 1]) >= 0 && hex_value(s.ptr[i + 2]) >= 0) {
            c = (char)hex_pair(s.ptr + i + 1);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out[n++] = c;
    }
    return n;
}
