/* SPDX-License-Identifier: Apache-2.0 */
/* Code points and which of them are not shown (Unicode 15, general categories Cc and Cf). */
#include "report_text.h"

#include "cosbase/utf8.h"

static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x00, 0x08},     {0x0B, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},     {0x061C, 0x061C},
    {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F}, {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE007F},
};

uint32_t report_text_next(struct cos_span *rest, struct cos_span *bytes)
{
    size_t n = cos_utf8_front(*rest);
    if (n == 0) {
        *rest = cos_span_from(*rest, 1);
        *bytes = COS_SPAN_LIT("\xEF\xBF\xBD");
        return 0xFFFD;
    }
    *bytes = cos_span_sub(*rest, 0, n);
    *rest = cos_span_from(*rest, n);
    return cos_utf8_code_point(bytes->ptr, n);
}

bool report_text_is_hidden(uint32_t code_point)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(hidden); i++) {
        if (code_point >= hidden[i].first && code_point <= hidden[i].last) {
            return true;
        }
    }
    return false;
}

void report_text_line(struct cos_buf *b, const char *text)
{
    for (struct cos_span rest = cos_span_of(text), bytes; rest.len > 0;) {
        uint32_t c = report_text_next(&rest, &bytes);
        if (c == '\t' || c == '\n') {
            cos_buf_ch(b, ' ');
        } else if (report_text_is_hidden(c)) {
            cos_buf_printf(b, "<U+%04X>", (unsigned)c);
        } else {
            cos_buf_span(b, bytes);
        }
    }
}
