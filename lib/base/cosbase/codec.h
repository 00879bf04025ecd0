/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hex (RFC 4648 s.8, lower case out, either case in), base64 (s.4), and the percent decoding of
 * RFC 3986 s.2.1. Encoders append to a buffer. Percent *encoding* is not here: which bytes a
 * signature encodes is a belief about a service, and each side holds its own.
 */
#ifndef COSBASE_CODEC_H
#define COSBASE_CODEC_H

#include "cosbase/buf.h"

void cos_hex_encode(char *out, const void *bytes, size_t n); /* writes 2n + 1 bytes, NUL last */
bool cos_hex_decode(void *out, size_t n,
                    struct cos_span hex); /* true iff hex.len == 2n and all digits */
#define COS_BASE64_BYTES(n) \
    (((n) + 2) / 3 * 4 + 1) /* of the text of n bytes, its NUL included */
void cos_base64_encode(char *out, const void *bytes, size_t n); /* writes COS_BASE64_BYTES(n) */
void cos_base64_append(struct cos_buf *b, const void *bytes, size_t n);
/** Strict (padding required, no blanks); appends the bytes; false on malformed input, with
 *  nothing appended. */
bool cos_base64_decode(struct cos_buf *b, struct cos_span text);
/** Decode %XX once into @out (at most s.len bytes, returns the length); a '%' without two hex
 *  digits stays as it is. With @plus_is_space a '+' becomes a space. */
size_t cos_percent_decode(char *out, struct cos_span s, bool plus_is_space);

#endif
