/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding: a byte that stays costs a look-up, and what needs none is not copied. */
#include "authn/encode.h"

const bool authn_unreserved[UCHAR_MAX + 1] = {
    ['0' ... '9'] = true, ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['-'] = true,
    ['_'] = true,         ['.'] = true,         ['~'] = true,
};

static struct cos_span encode(struct cos_arena *arena, struct cos_span s, bool keeps_slash)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t plain = 0;
    while (plain < s.len && (authn_unreserved[(unsigned char)s.ptr[plain]] ||
                             (keeps_slash && s.ptr[plain] == '/'))) {
        plain++;
    }
    if (plain == s.len) {
        return s;
    }
    char *out = cos_arena_alloc(arena, 3 * s.len);
    if (out == NULL) {
        return COS_SPAN_EMPTY;
    }
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (authn_unreserved[c] || (keeps_slash && c == '/')) {
            out[n++] = (char)c;
        } else {
            out[n++] = '%';
            out[n++] = digits[c >> 4];
            out[n++] = digits[c & 15];
        }
    }
    return (struct cos_span){out, n};
}

struct cos_span authn_encode(struct cos_arena *arena, struct cos_span s)
{
    return encode(arena, s, /* keeps_slash= */ false);
}

struct cos_span authn_encode_path(struct cos_arena *arena, struct cos_span s)
{
    return encode(arena, s, /* keeps_slash= */ true);
}
