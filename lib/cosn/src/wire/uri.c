/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent-encoding of what this library sends: RFC 3986 unreserved bytes stay, all others
 * become %XX with upper-case digits; '/' stays in a path. The same rule encodes values for
 * signature v5.
 *
 * Two details are for servers and proxies that tidy up paths: a '/' that follows another '/'
 * and the '/' after a "." or ".." segment are sent as %2F, as the Java SDK does, because an
 * intermediary would collapse them. The signature is over the decoded path, so this changes
 * nothing there.
 * Sources: cos-wire.md s.1.1 (encode function, PATH); cos_api UrlEncoderUtils.java:61-85,
 * 190-244.
 */
#include "wire/wire.h"

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

static void append_encoded(struct cos_buf *b, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    char triple[3] = {'%', digits[c >> 4], digits[c & 15]};
    cos_buf_append(b, triple, sizeof(triple));
}

void uri_encode_component(struct cos_buf *b, struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (is_unreserved(c)) {
            cos_buf_ch(b, (char)c);
        } else {
            append_encoded(b, c);
        }
    }
}

/* Whether the segment that ends just before @slash is empty, "." or "..": then the slash must
 * not travel raw. */
static bool slash_would_be_normalised(struct cos_span path, size_t slash)
{
    size_t start = slash;
    while (start > 0 && path.ptr[start - 1] != '/') {
        start--;
    }
    struct cos_span segment = cos_span_sub(path, start, slash - start);
    if (slash == 0) {
        return false;
    }
    return segment.len == 0 || cos_span_eq_str(segment, ".") || cos_span_eq_str(segment, "..");
}

void uri_encode_path(struct cos_buf *b, struct cos_span path)
{
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        if (c == '/' && !slash_would_be_normalised(path, i)) {
            cos_buf_ch(b, '/');
        } else if (is_unreserved(c)) {
            cos_buf_ch(b, (char)c);
        } else {
            append_encoded(b, c);
        }
    }
}
