/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in a configuration that nobody sees: blanks that are none, marks without width, control
 * characters, a byte order mark, what is not UTF-8. They come with copying from web pages and
 * chats, are read as Fluss reads them, and make a key another key and a secret another secret;
 * so they are named.
 * Sources: Unicode 15 (general categories Zs, Zl, Zp, Cf, Cc); Java's String.trim() takes off
 * no more than U+0020 and below.
 */
#include "config/config.h"

#include "cosbase/shown.h"
#include "cosbase/utf8.h"

static const struct {
    unsigned first, last;
    const char *name;
} unseen[] = {
    {0x0001, 0x0008, "a control character"},  {0x0009, 0x0009, "a tab"},
    {0x000A, 0x001F, "a control character"},  {0x007F, 0x009F, "a control character"},
    {0x00A0, 0x00A0, "a no-break space"},     {0x00AD, 0x00AD, "a soft hyphen"},
    {0x061C, 0x061C, "a direction mark"},     {0x1680, 0x1680, "a blank that is none"},
    {0x180E, 0x180E, "a mark without width"}, {0x2000, 0x200A, "a blank that is none"},
    {0x200B, 0x200B, "a zero-width space"},   {0x200C, 0x200D, "a zero-width joiner"},
    {0x200E, 0x200F, "a direction mark"},     {0x2028, 0x2029, "a line separator"},
    {0x202A, 0x202E, "a direction mark"},     {0x202F, 0x202F, "a narrow no-break space"},
    {0x205F, 0x205F, "a blank that is none"}, {0x2060, 0x2064, "a mark without width"},
    {0x2066, 0x206F, "a direction mark"},     {0x3000, 0x3000, "an ideographic space"},
    {0xFEFF, 0xFEFF, "a byte order mark"},    {0xFFF9, 0xFFFB, "a mark without width"},
};

bool config_lint_find(char out[64], struct cos_span text)
{
    for (size_t at = 0; at < text.len;) {
        struct cos_span rest = cos_span_from(text, at);
        size_t n = cos_utf8_front(rest);
        if (n == 0) {
            (void)snprintf(out, 64, "a byte that is not UTF-8 (0x%02X)",
                           (unsigned char)text.ptr[at]);
            return true;
        }
        uint32_t c = cos_utf8_code_point(rest.ptr, n);
        for (size_t i = 0; i < COS_ARRAY_LEN(unseen); i++) {
            if (c >= unseen[i].first && c <= unseen[i].last) {
                (void)snprintf(out, 64, "%s (U+%04X)", unseen[i].name, (unsigned)c);
                return true;
            }
        }
        at += n;
    }
    return false;
}

int config_lint_pair(struct cosn_config *config, const char *name, unsigned line,
                     struct cos_span key, struct cos_span value, struct cosn_error *err)
{
    char what[64], shown[COS_SHOWN_BYTES];
    if (config_lint_find(what, key)) {
        int r = config_store_warn(config, err,
                                  "%s:%u: the key '%s' holds %s, which makes it another key",
                                  name, line, cos_shown_value(shown, key), what);
        if (r < 0) {
            return r;
        }
    }
    if (config_lint_find(what, value)) {
        return config_store_warn(
            config, err,
            "%s:%u: the value of '%s' holds %s, which is part of it, as in "
            "Fluss",
            name, line, cos_shown_value(shown, key), what);
    }
    return 0;
}
