/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every byte of every head passes here, twice: at the edge, which must know where a request
 * ends, and at the door, which others call without it. So: a table, and a loop without a way
 * out, which a compiler turns into one over words.
 */
#include "cosbase/http.h"

#include <limits.h>

static const bool is_token_byte[UCHAR_MAX + 1] = {
    ['0' ... '9'] = true, ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['!'] = true,
    ['#'] = true,         ['$'] = true,         ['%'] = true,         ['&'] = true,
    ['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true,
    ['.'] = true,         ['^'] = true,         ['_'] = true,         ['`'] = true,
    ['|'] = true,         ['~'] = true,
};

bool cos_http_is_token(struct cos_span s)
{
    bool is_token = s.len > 0;
    for (size_t i = 0; i < s.len; i++) {
        is_token &= is_token_byte[(unsigned char)s.ptr[i]];
    }
    return is_token;
}

bool cos_http_has_control(struct cos_span s, bool may_hold_tab)
{
    unsigned char allowed = may_hold_tab ? '\t' : 0x7f; /* 0x7f is refused by itself */
    unsigned char found = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        found |= ((c < 0x20) & (c != allowed)) | (c == 0x7f);
    }
    return found != 0;
}
