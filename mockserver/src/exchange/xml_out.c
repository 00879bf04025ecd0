/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML of answers. encoding-type=url leaves '/' as it is and writes a space as %20 (the
 * document's own samples, cos-wire.md s.2.1); '+' must become %2B, for the Java SDK decodes
 * with URLDecoder, which makes a space of '+' (cos-wire.md s.5.27).
 */
#include "exchange/xml_out.h"

#include "cosbase/xml.h"

static bool stays_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
}

void xml_out_percent(struct cos_buf *b, struct cos_span text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (stays_plain(c)) {
            cos_buf_ch(b, (char)c);
        } else {
            const char encoded[3] = {'%', digits[c >> 4], digits[c & 15]};
            cos_buf_append(b, encoded, sizeof(encoded));
        }
    }
}

static void open_element(struct cos_buf *b, const char *element)
{
    cos_buf_ch(b, '<');
    cos_buf_str(b, element);
    cos_buf_ch(b, '>');
}

static void close_element(struct cos_buf *b, const char *element)
{
    cos_buf_str(b, "</");
    cos_buf_str(b, element);
    cos_buf_ch(b, '>');
}

void xml_out_name(struct cos_buf *b, const char *element, struct cos_span text, bool is_url)
{
    open_element(b, element);
    if (is_url) {
        xml_out_percent(b, text);
    } else {
        cos_xml_escape(b, text);
    }
    close_element(b, element);
}

void xml_out_text(struct cos_buf *b, const char *element, struct cos_span text)
{
    xml_out_name(b, element, text, /* is_url= */ false);
}

void xml_out_line(struct cos_buf *b, const char *element, struct cos_span text)
{
    cos_buf_ch(b, '\t');
    xml_out_text(b, element, text);
    cos_buf_ch(b, '\n');
}

void xml_out_u64(struct cos_buf *b, const char *element, uint64_t value)
{
    open_element(b, element);
    cos_buf_u64(b, value);
    close_element(b, element);
}

void xml_out_bool(struct cos_buf *b, const char *element, bool value)
{
    open_element(b, element);
    cos_buf_str(b, value ? "true" : "false");
    close_element(b, element);
}

void xml_out_etag(struct cos_buf *b, struct cos_span etag)
{
    cos_buf_str(b, "<ETag>&quot;");
    cos_buf_span(b, etag);
    cos_buf_str(b, "&quot;</ETag>");
}
